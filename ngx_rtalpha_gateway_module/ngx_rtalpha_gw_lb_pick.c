
/*
 * The algorithms.  Each gives a place in the set, or NGX_DECLINED when none
 * of it may be used.  What may be used can change between two looks at it:
 * other workers write to the same records.
 */


#include "ngx_rtalpha_gw_lb.h"


#define NGX_RTALPHA_GW_LB_DRAWS    8
#define NGX_RTALPHA_GW_LB_UNKNOWN  1000000      /* us, of the second request
                                                   before the first answer */


static ngx_int_t ngx_rtalpha_gw_lb_round_robin(
    ngx_rtalpha_gw_choice_t *choice, const ngx_rtalpha_gw_set_t *set);
static ngx_int_t ngx_rtalpha_gw_lb_weighted(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set);
static ngx_int_t ngx_rtalpha_gw_lb_any(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set);
static ngx_int_t ngx_rtalpha_gw_lb_least(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set);
static ngx_int_t ngx_rtalpha_gw_lb_ewma(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set);
static ngx_int_t ngx_rtalpha_gw_lb_hash(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set);


const ngx_rtalpha_gw_lb_pt
ngx_rtalpha_gw_lb_algorithms[NGX_RTALPHA_GW_LB_LAST] = {
    ngx_rtalpha_gw_lb_round_robin,
    ngx_rtalpha_gw_lb_weighted,
    ngx_rtalpha_gw_lb_any,
    ngx_rtalpha_gw_lb_least,
    ngx_rtalpha_gw_lb_ewma,
    ngx_rtalpha_gw_lb_hash
};


/* does one that is still slow take this turn */

static ngx_uint_t
ngx_rtalpha_gw_lb_takes(ngx_rtalpha_gw_choice_t *choice, ngx_uint_t i)
{
    uint32_t  warm;

    if (choice->rule->slow_start == 0) {
        return 1;
    }

    warm = ngx_rtalpha_gw_lb_warm(choice, &choice->peers->peers[i]);

    return warm >= 65536
           || (ngx_rtalpha_gw_lb_random(&choice->random) & 0xffff) < warm;
}


/* from a place on, the first that may be used and takes its turn */

static ngx_int_t
ngx_rtalpha_gw_lb_from(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set, ngx_uint_t place)
{
    ngx_int_t   first;
    ngx_uint_t  k;

    first = NGX_DECLINED;

    for (k = 0; k < set->n; k++) {

        if (ngx_rtalpha_gw_lb_usable(choice, set->at[place])) {

            if (ngx_rtalpha_gw_lb_takes(choice, set->at[place])) {
                return place;
            }

            if (first == NGX_DECLINED) {
                first = place;
            }
        }

        place = (place + 1 == set->n) ? 0 : place + 1;
    }

    return first;
}


static ngx_int_t
ngx_rtalpha_gw_lb_round_robin(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set)
{
    return set->n ? ngx_rtalpha_gw_lb_from(choice, set, choice->turn % set->n)
                  : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_gw_lb_weighted(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set)
{
    ngx_uint_t  k, place, turn;

    if (set->nturns == 0) {
        return ngx_rtalpha_gw_lb_round_robin(choice, set);
    }

    turn = choice->turn % set->nturns;

    for (k = 0; k < NGX_RTALPHA_GW_LB_DRAWS; k++) {
        place = set->turns[(turn + k) % set->nturns];

        if (ngx_rtalpha_gw_lb_usable(choice, set->at[place])
            && ngx_rtalpha_gw_lb_takes(choice, set->at[place]))
        {
            return place;
        }
    }

    return ngx_rtalpha_gw_lb_from(choice, set, set->turns[turn]);
}


/* some that may be used, after a few draws by search */

static ngx_int_t
ngx_rtalpha_gw_lb_draw(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set, ngx_uint_t weighted)
{
    uint32_t    weight;
    ngx_uint_t  k, place;

    if (set->n == 0) {
        return NGX_DECLINED;
    }

    for (k = 0; k < NGX_RTALPHA_GW_LB_DRAWS; k++) {
        place = ngx_rtalpha_gw_lb_random(&choice->random) % set->n;

        if (!ngx_rtalpha_gw_lb_usable(choice, set->at[place])) {
            continue;
        }

        if (!weighted) {
            return place;
        }

        weight = choice->peers->peers[set->at[place]].weight;

        if ((weight == set->heaviest
             || ngx_rtalpha_gw_lb_random(&choice->random) % set->heaviest
                < weight)
            && ngx_rtalpha_gw_lb_takes(choice, set->at[place]))
        {
            return place;
        }
    }

    return ngx_rtalpha_gw_lb_from(choice, set,
                        ngx_rtalpha_gw_lb_random(&choice->random) % set->n);
}


static ngx_int_t
ngx_rtalpha_gw_lb_any(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set)
{
    return ngx_rtalpha_gw_lb_draw(choice, set, 1);
}


/* the weight of now; 0 never */

static uint64_t
ngx_rtalpha_gw_lb_weight(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_peer_t *peer)
{
    return (uint64_t) peer->weight * ngx_rtalpha_gw_lb_warm(choice, peer);
}


/* among equals, by turns */

static ngx_int_t
ngx_rtalpha_gw_lb_least(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set)
{
    uint64_t                load, weight, least, least_weight;
    ngx_int_t               best;
    ngx_uint_t              k, place;
    ngx_rtalpha_gw_peer_t  *peer;

    best = NGX_DECLINED;
    least = 0;
    least_weight = 1;
    place = set->n ? choice->turn % set->n : 0;

    for (k = 0; k < set->n; k++) {

        if (ngx_rtalpha_gw_lb_usable(choice, set->at[place])) {
            peer = &choice->peers->peers[set->at[place]];
            load = ngx_min(peer->stat->active, 0xffffff) + 1;
            weight = ngx_rtalpha_gw_lb_weight(choice, peer);

            if (best == NGX_DECLINED
                || load * least_weight < least * weight)
            {
                best = place;
                least = load;
                least_weight = weight;
            }
        }

        place = (place + 1 == set->n) ? 0 : place + 1;
    }

    return best;
}


/*
 * How long a request would take: latency times those that are before it.  An
 * instance that has never answered is tried, by one request at a time.
 */

static uint64_t
ngx_rtalpha_gw_lb_cost(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_peer_t *peer)
{
    uint64_t  active, latency, weight;

    active = ngx_min(peer->stat->active, 0xffffff);
    latency = ngx_rtalpha_gw_stat_latency(peer->stat, choice->now);

    if (latency == 0 && active) {
        latency = NGX_RTALPHA_GW_LB_UNKNOWN;
    }

    weight = ngx_rtalpha_gw_lb_weight(choice, peer) >> 8;

    return latency * (active + 1) * 256 / ngx_max(weight, 1);
}


static ngx_int_t
ngx_rtalpha_gw_lb_ewma(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set)
{
    uint64_t   one, other;
    ngx_int_t  a, b;

    a = ngx_rtalpha_gw_lb_draw(choice, set, 0);

    if (a == NGX_DECLINED || set->n == 1) {
        return a;
    }

    /* the other is any of the rest */

    b = ngx_rtalpha_gw_lb_random(&choice->random) % (set->n - 1);
    b += (b >= a);

    if (!ngx_rtalpha_gw_lb_usable(choice, set->at[b])) {
        b = ngx_rtalpha_gw_lb_draw(choice, set, 0);

        /* another worker has taken the last one that was free */

        if (b == NGX_DECLINED) {
            return a;
        }
    }

    one = ngx_rtalpha_gw_lb_cost(choice, &choice->peers->peers[set->at[a]]);
    other = ngx_rtalpha_gw_lb_cost(choice, &choice->peers->peers[set->at[b]]);

    return (other < one) ? b : a;
}


/* -log2(u / 2^64) in 65536ths, within a hundredth */

static uint64_t
ngx_rtalpha_gw_lb_log(uint64_t u)
{
    uint64_t    f, log;
    ngx_uint_t  n;

    u |= 1;

    for (n = 0; !(u & (1ULL << 63)); n++) {
        u <<= 1;
    }

    f = (u << 1) >> 48;

    /* log2(1 + f) is about f + 0.3463 f (1 - f) */

    log = f + ((f * (65536 - f) >> 16) * 22695 >> 16);

    return (uint64_t) (n + 1) * 65536 - log;
}


/*
 * Rendezvous: every instance draws a number from the key, the best one wins;
 * one that comes or goes takes or leaves its own keys only, and no table has
 * to be kept.  With weight w it draws log(u) / w, so that its share is w.
 *
 * Load is bounded: an instance that has more than its part of what is under
 * way, times the bound, is passed over in favour of the key's next one.
 */

static ngx_int_t
ngx_rtalpha_gw_lb_hash(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set)
{
    uint64_t                load, weight, score, best_score, room;
    ngx_int_t               best;
    ngx_uint_t              place;
    ngx_rtalpha_gw_peer_t  *peer;

    if (choice->key == 0) {
        return ngx_rtalpha_gw_lb_ewma(choice, set);
    }

    load = 1;
    weight = 0;
    best = NGX_DECLINED;
    best_score = 0;

    for (place = 0; choice->rule->bound && place < set->n; place++) {

        if (ngx_rtalpha_gw_lb_usable(choice, set->at[place])) {
            peer = &choice->peers->peers[set->at[place]];
            load += ngx_min(peer->stat->active, 0xffffff);
            weight += peer->weight;
        }
    }

    for (place = 0; place < set->n; place++) {

        if (!ngx_rtalpha_gw_lb_usable(choice, set->at[place])) {
            continue;
        }

        peer = &choice->peers->peers[set->at[place]];

        /* no weight: nothing was free a moment ago */

        if (choice->rule->bound && weight) {
            room = (load * peer->weight * choice->rule->bound
                    + weight * 100 - 1) / (weight * 100);

            if (peer->stat->active >= room) {
                continue;
            }
        }

        score = (ngx_rtalpha_gw_lb_log(ngx_rtalpha_gw_lb_mix(choice->key,
                                                             peer->tag))
                 << 24) / peer->weight;

        if (best == NGX_DECLINED || score < best_score) {
            best = place;
            best_score = score;
        }
    }

    return best;
}
