
/*
 * From which instances one is chosen, and the sets for it.
 */


#include "ngx_rtalpha_gw_lb.h"


#define NGX_RTALPHA_GW_LB_TURNS  4096   /* of a round, roughly */
#define NGX_RTALPHA_GW_LB_WARM   6554   /* a tenth, to begin with */


/* a peer's next turns, for the order of a weighted round */
typedef struct {
    uint64_t                    due;
    uint64_t                    step;
    uint32_t                    place;
} ngx_rtalpha_gw_due_t;


static ngx_int_t ngx_rtalpha_gw_lb_set(ngx_pool_t *pool,
    const ngx_rtalpha_gw_peers_t *peers, ngx_rtalpha_gw_set_t *set,
    const u_char *near, ngx_uint_t weighted);
static ngx_int_t ngx_rtalpha_gw_lb_turns(ngx_pool_t *pool,
    const ngx_rtalpha_gw_peers_t *peers, ngx_rtalpha_gw_set_t *set);
static uint32_t ngx_rtalpha_gw_lb_stay(const ngx_rtalpha_gw_peers_t *peers,
    const u_char *near, ngx_uint_t zones);
static void ngx_rtalpha_gw_lb_sink(ngx_rtalpha_gw_due_t *heap, ngx_uint_t n,
    ngx_uint_t i);


ngx_int_t
ngx_rtalpha_gw_lb_choose(ngx_rtalpha_gw_choice_t *choice)
{
    ngx_int_t                i;
    ngx_rtalpha_gw_set_t    *near;
    ngx_rtalpha_gw_lb_pt     pick;
    ngx_rtalpha_gw_peers_t  *peers;

    peers = choice->peers;
    near = &peers->near;
    pick = ngx_rtalpha_gw_lb_algorithms[choice->rule->algorithm];

    choice->full = 0;
    choice->left = 0;
    choice->panic = 0;

    if (near->n && near->n < peers->n) {

        if (peers->stay >= 65536
            || (ngx_rtalpha_gw_lb_random(&choice->random) & 0xffff)
               < peers->stay)
        {
            i = pick(choice, near);

            if (i != NGX_DECLINED) {
                return near->at[i];
            }
        }

        choice->left = 1;
    }

    i = pick(choice, &peers->all);

    if (i == NGX_DECLINED) {
        choice->panic = 1;
        i = pick(choice, &peers->all);
    }

    return (i == NGX_DECLINED) ? NGX_DECLINED
                               : (ngx_int_t) peers->all.at[i];
}


ngx_uint_t
ngx_rtalpha_gw_lb_usable(ngx_rtalpha_gw_choice_t *choice, ngx_uint_t i)
{
    ngx_rtalpha_gw_stat_t  *stat;

    if (choice->tried & (1ULL << (i % 64))) {
        return 0;
    }

    stat = choice->peers->peers[i].stat;

    if (choice->rule->max_active
        && stat->active >= choice->rule->max_active)
    {
        choice->full = 1;
        return 0;
    }

    return choice->panic || choice->now >= stat->ejected;
}


/* it begins anew when it has been left out */

uint32_t
ngx_rtalpha_gw_lb_warm(const ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_peer_t *peer)
{
    uint64_t    since, age;
    ngx_msec_t  time;

    time = choice->rule->slow_start;

    if (time == 0) {
        return 65536;
    }

    since = ngx_max(peer->since, peer->stat->ejected);

    if (since == 0 || choice->now >= since + time) {
        return 65536;
    }

    age = (choice->now > since) ? choice->now - since : 0;

    return ngx_max((uint32_t) (age * 65536 / time), NGX_RTALPHA_GW_LB_WARM);
}


/* xorshift64*: cheap, and good enough for choices */

uint64_t
ngx_rtalpha_gw_lb_random(uint64_t *state)
{
    uint64_t  x;

    x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;

    return (x * 0x2545f4914f6cdd1dULL) >> 16;
}


/* the finalizer of MurmurHash3 */

uint64_t
ngx_rtalpha_gw_lb_mix(uint64_t a, uint64_t b)
{
    uint64_t  h;

    h = a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2));
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;

    return h ^ (h >> 33);
}


ngx_int_t
ngx_rtalpha_gw_lb_sets(ngx_pool_t *pool, ngx_rtalpha_gw_peers_t *peers,
    const u_char *near, ngx_uint_t zones, ngx_uint_t weighted)
{
    peers->near.n = 0;
    peers->stay = 65536;

    if (ngx_rtalpha_gw_lb_set(pool, peers, &peers->all, NULL, weighted)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (near == NULL) {
        return NGX_OK;
    }

    if (zones) {
        peers->stay = ngx_rtalpha_gw_lb_stay(peers, near, zones);
    }

    return ngx_rtalpha_gw_lb_set(pool, peers, &peers->near, near, weighted);
}


/*
 * Gateways stand in all zones alike, so each zone's part of the requests is
 * the same; what a zone has of the capacity may be less.
 */

static uint32_t
ngx_rtalpha_gw_lb_stay(const ngx_rtalpha_gw_peers_t *peers,
    const u_char *near, ngx_uint_t zones)
{
    uint64_t    own, all;
    ngx_uint_t  i;

    own = 0;
    all = 0;

    for (i = 0; i < peers->n; i++) {
        all += peers->peers[i].weight;
        own += near[i] ? peers->peers[i].weight : 0;
    }

    return (own * zones >= all) ? 65536
                                : (uint32_t) (own * zones * 65536 / all);
}


static ngx_int_t
ngx_rtalpha_gw_lb_set(ngx_pool_t *pool, const ngx_rtalpha_gw_peers_t *peers,
    ngx_rtalpha_gw_set_t *set, const u_char *near, ngx_uint_t weighted)
{
    ngx_uint_t  i;

    ngx_memzero(set, sizeof(ngx_rtalpha_gw_set_t));

    if (peers->n == 0) {
        return NGX_OK;
    }

    set->at = ngx_palloc(pool, peers->n * sizeof(uint32_t));
    if (set->at == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < peers->n; i++) {

        if (near == NULL || near[i]) {
            set->at[set->n++] = i;
            set->heaviest = ngx_max(set->heaviest, peers->peers[i].weight);
        }
    }

    return (weighted && set->n) ? ngx_rtalpha_gw_lb_turns(pool, peers, set)
                                : NGX_OK;
}


/*
 * The order of a weighted round, made once: each instance's turns are spread
 * evenly over the round, so that a heavy one does not get its requests in a
 * row.  Workers share one counter, the order is the same in all of them, and
 * a choice costs no more than that of a plain round.
 */

static ngx_int_t
ngx_rtalpha_gw_lb_turns(ngx_pool_t *pool,
    const ngx_rtalpha_gw_peers_t *peers, ngx_rtalpha_gw_set_t *set)
{
    uint64_t               sum, limit, phase;
    uint32_t               a, b, gcd;
    ngx_uint_t             i, k, n;
    ngx_rtalpha_gw_due_t  *heap;

    sum = 0;
    gcd = 0;

    for (i = 0; i < set->n; i++) {
        a = peers->peers[set->at[i]].weight;
        sum += a;

        for (b = gcd; b; /* void */ ) {
            k = a % b;
            a = b;
            b = k;
        }

        gcd = a;
    }

    limit = ngx_max(NGX_RTALPHA_GW_LB_TURNS, 4 * set->n);
    n = ngx_min(sum / gcd, limit);

    heap = ngx_palloc(pool, set->n * sizeof(ngx_rtalpha_gw_due_t));
    set->turns = ngx_palloc(pool, n * sizeof(uint32_t));

    if (heap == NULL || set->turns == NULL) {
        return NGX_ERROR;
    }

    /*
     * Weights are below 2^16: 2^40 divides well by all of them.  Each begins
     * at a part of its step of its own, by the golden ratio: light ones of
     * the same weight do not come one after the other.
     */

    for (i = 0; i < set->n; i++) {
        phase = (0x80000000 + i * 0x9e3779b9) & 0xffffffff;
        heap[i].step = (1ULL << 40) / peers->peers[set->at[i]].weight;
        heap[i].due = (heap[i].step >> 8) * phase >> 24;
        heap[i].place = i;
    }

    for (i = set->n / 2; i-- > 0; /* void */ ) {
        ngx_rtalpha_gw_lb_sink(heap, set->n, i);
    }

    for (k = 0; k < n; k++) {
        set->turns[k] = heap[0].place;
        heap[0].due += heap[0].step;
        ngx_rtalpha_gw_lb_sink(heap, set->n, 0);
    }

    set->nturns = n;

    return NGX_OK;
}


static void
ngx_rtalpha_gw_lb_sink(ngx_rtalpha_gw_due_t *heap, ngx_uint_t n, ngx_uint_t i)
{
    ngx_uint_t            k;
    ngx_rtalpha_gw_due_t  moved;

    moved = heap[i];

    for (k = 2 * i + 1; k < n; i = k, k = 2 * i + 1) {

        if (k + 1 < n
            && (heap[k + 1].due < heap[k].due
                || (heap[k + 1].due == heap[k].due
                    && heap[k + 1].place < heap[k].place)))
        {
            k++;
        }

        if (moved.due < heap[k].due
            || (moved.due == heap[k].due && moved.place < heap[k].place))
        {
            break;
        }

        heap[i] = heap[k];
    }

    heap[i] = moved;
}
