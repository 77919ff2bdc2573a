/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_lb.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_lb_pick.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_outlier.c */

/*
 * The algorithms: who gets how many requests, and, against simulated
 * instances, how long these take.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_lb.h"


#define PEERS    256
#define SERVERS  64


static ngx_rtalpha_gw_stat_t     stats[PEERS];
static ngx_rtalpha_gw_peer_t     list[PEERS];
static ngx_rtalpha_gw_peers_t    peers;
static ngx_rtalpha_gw_lb_rule_t  rule;
static ngx_rtalpha_gw_choice_t   choice;
static ngx_uint_t                count[PEERS];


static void
set_up(ngx_pool_t *pool, ngx_uint_t n, ngx_uint_t algorithm)
{
    ngx_uint_t  i;

    ngx_memzero(stats, sizeof(stats));
    ngx_memzero(list, sizeof(list));
    ngx_memzero(&rule, sizeof(rule));
    ngx_memzero(&choice, sizeof(choice));
    ngx_memzero(count, sizeof(count));

    for (i = 0; i < n; i++) {
        list[i].stat = &stats[i];
        list[i].tag = ngx_rtalpha_gw_lb_mix(i + 1, 7);
        list[i].weight = 100;
    }

    peers.n = n;
    peers.peers = list;
    rule.algorithm = algorithm;
    choice.rule = &rule;
    choice.peers = &peers;
    choice.random = 0x1234567;
    choice.now = 1000000;

    CHECK(ngx_rtalpha_gw_lb_sets(pool, &peers, NULL, 0, 1) == NGX_OK);
}


static void
run(ngx_uint_t n)
{
    ngx_int_t  i;

    ngx_memzero(count, sizeof(count));

    while (n--) {
        i = ngx_rtalpha_gw_lb_choose(&choice);
        choice.turn++;

        if (i >= 0) {
            count[i]++;
        }
    }
}


static ngx_uint_t
near(ngx_uint_t got, ngx_uint_t want, ngx_uint_t percent)
{
    ngx_uint_t  off;

    off = (got > want) ? got - want : want - got;

    if (off * 100 > want * percent) {
        printf("got %lu, want %lu\n", (unsigned long) got,
               (unsigned long) want);
    }

    return off * 100 <= want * percent;
}


static void
test_round_robin(ngx_pool_t *pool)
{
    ngx_uint_t  i;

    set_up(pool, 3, NGX_RTALPHA_GW_LB_ROUND_ROBIN);
    run(300);
    CHECK(count[0] == 100 && count[1] == 100 && count[2] == 100);

    /* one that is out leaves its turns to its neighbour */

    stats[1].ejected = choice.now + 1;
    run(300);
    CHECK(count[0] == 100 && count[1] == 0 && count[2] == 200);

    /* all out: one that fails is better than none */

    for (i = 0; i < 3; i++) {
        stats[i].ejected = choice.now + 1;
    }

    CHECK(ngx_rtalpha_gw_lb_choose(&choice) >= 0);
    CHECK(choice.panic);

    /* all tried, or all at their limit: none */

    choice.tried = 7;
    CHECK(ngx_rtalpha_gw_lb_choose(&choice) == NGX_DECLINED);
    CHECK(!choice.full);

    choice.tried = 0;
    rule.max_active = 5;
    stats[0].active = 5;
    stats[1].active = 6;
    stats[2].active = 4;
    CHECK(ngx_rtalpha_gw_lb_choose(&choice) == 2);
    stats[2].active = 5;
    CHECK(ngx_rtalpha_gw_lb_choose(&choice) == NGX_DECLINED);
    CHECK(choice.full);
}


static void
test_weighted(ngx_pool_t *pool)
{
    ngx_int_t   last, i;
    ngx_uint_t  k, row, most;

    set_up(pool, 3, NGX_RTALPHA_GW_LB_WEIGHTED);
    list[0].weight = 5;
    list[1].weight = 1;
    list[2].weight = 1;
    CHECK(ngx_rtalpha_gw_lb_sets(pool, &peers, NULL, 0, 1) == NGX_OK);
    CHECK(peers.all.nturns == 7);
    run(700);
    CHECK(count[0] == 500 && count[1] == 100 && count[2] == 100);

    /* smooth: the heavy one never has its five in a row */

    last = -1;
    row = most = 0;

    for (k = 0; k < 70; k++, choice.turn++) {
        i = ngx_rtalpha_gw_lb_choose(&choice);
        row = (i == last) ? row + 1 : 1;
        last = i;

        if (row > most) {
            most = row;
        }
    }

    CHECK(most <= 3);

    /* weights that have no common round */

    set_up(pool, 200, NGX_RTALPHA_GW_LB_WEIGHTED);

    for (k = 0; k < 200; k++) {
        list[k].weight = 1000 + 7 * k;
    }

    list[0].weight = 60000;
    CHECK(ngx_rtalpha_gw_lb_sets(pool, &peers, NULL, 0, 1) == NGX_OK);
    run(400000);

    /* the sum of the weights: 60000 + 199 * (1007 + 2393) / 2 */
    CHECK(near(count[0], 400000ULL * 60000 / 398300, 2));
    CHECK(near(count[199], 400000ULL * 2393 / 398300, 10));
}


static void
test_random(ngx_pool_t *pool)
{
    set_up(pool, 4, NGX_RTALPHA_GW_LB_RANDOM);
    list[3].weight = 300;
    CHECK(ngx_rtalpha_gw_lb_sets(pool, &peers, NULL, 0, 1) == NGX_OK);
    run(60000);

    CHECK(near(count[0], 10000, 5) && near(count[1], 10000, 5));
    CHECK(near(count[2], 10000, 5) && near(count[3], 30000, 5));

    /* only one may be used, however unlikely it is to be drawn */

    set_up(pool, 250, NGX_RTALPHA_GW_LB_RANDOM);
    rule.max_active = 1;

    for (choice.turn = 0; choice.turn < 250; choice.turn++) {
        stats[choice.turn].active = (choice.turn != 77);
    }

    run(100);
    CHECK(count[77] == 100);
}


static void
test_least(ngx_pool_t *pool)
{
    set_up(pool, 4, NGX_RTALPHA_GW_LB_LEAST);
    stats[0].active = 3;
    stats[1].active = 2;
    stats[2].active = 4;
    stats[3].active = 2;
    run(100);
    CHECK(count[0] == 0 && count[2] == 0);
    CHECK(count[1] && count[3] && count[1] + count[3] == 100);

    /* (3 + 1) / 200 is less than (2 + 1) / 100 */

    list[0].weight = 200;
    run(100);
    CHECK(count[0] == 100);
}


static void
test_hash(ngx_pool_t *pool)
{
    ngx_int_t   before[4096], i;
    ngx_uint_t  k, moved, wrong;

    set_up(pool, 10, NGX_RTALPHA_GW_LB_HASH);

    for (k = 0; k < 4096; k++) {
        choice.key = ngx_rtalpha_gw_lb_mix(k, 1);
        before[k] = ngx_rtalpha_gw_lb_choose(&choice);
        count[before[k]]++;
    }

    for (k = 0; k < 10; k++) {
        CHECK(near(count[k], 410, 20));
    }

    /* one goes: only its keys move */

    stats[4].ejected = choice.now + 1;
    moved = wrong = 0;

    for (k = 0; k < 4096; k++) {
        choice.key = ngx_rtalpha_gw_lb_mix(k, 1);
        i = ngx_rtalpha_gw_lb_choose(&choice);
        moved += (i != before[k]);
        wrong += (i != before[k] && before[k] != 4);
    }

    CHECK(moved == count[4] && wrong == 0);

    /* weights are shares of the keys */

    set_up(pool, 4, NGX_RTALPHA_GW_LB_HASH);
    list[0].weight = 300;

    for (k = 0; k < 30000; k++) {
        choice.key = ngx_rtalpha_gw_lb_mix(k, 3);
        count[ngx_rtalpha_gw_lb_choose(&choice)]++;
    }

    CHECK(near(count[0], 15000, 7) && near(count[1], 5000, 7));
}


/* one hot key: no instance gets more than its part times the bound */

static void
test_bounded(ngx_pool_t *pool)
{
    ngx_int_t   i;
    ngx_uint_t  k, most;

    set_up(pool, 10, NGX_RTALPHA_GW_LB_HASH);
    rule.bound = 125;
    choice.key = 12345;

    for (k = 0; k < 1000; k++) {
        i = ngx_rtalpha_gw_lb_choose(&choice);
        CHECK(i >= 0);
        stats[i].active++;
    }

    most = 0;

    for (k = 0; k < 10; k++) {
        most = ngx_max(most, stats[k].active);
    }

    CHECK(most <= 126 && most >= 120);

    /* while it is not loaded, the key stays where it is */

    for (k = 0; k < 10; k++) {
        stats[k].active = 1;
    }

    i = ngx_rtalpha_gw_lb_choose(&choice);
    CHECK(i >= 0 && i == ngx_rtalpha_gw_lb_choose(&choice));
}


static void
test_slow_start(ngx_pool_t *pool)
{
    ngx_uint_t  a;

    for (a = 0; a < NGX_RTALPHA_GW_LB_LEAST; a++) {
        set_up(pool, 4, a);
        rule.slow_start = 10000;
        list[2].since = choice.now - 5000;
        run(70000);
        CHECK(near(count[2], 9375, 10));
        CHECK(count[0] >= 17000 && count[3] >= 17000);

        choice.now += 5000;
        run(40000);
        CHECK(near(count[2], 10000, 5));
    }

    /* from a tenth on; also when it comes back from ejection */

    set_up(pool, 2, 0);
    rule.slow_start = 10000;
    list[0].since = choice.now;
    CHECK(near(ngx_rtalpha_gw_lb_warm(&choice, &list[0]), 6554, 1));
    list[0].since = 0;
    CHECK(ngx_rtalpha_gw_lb_warm(&choice, &list[0]) == 65536);
    stats[0].ejected = choice.now - 2500;
    CHECK(near(ngx_rtalpha_gw_lb_warm(&choice, &list[0]), 16384, 1));
}


static void
test_zones(ngx_pool_t *pool)
{
    u_char      own[PEERS];
    ngx_uint_t  i;

    ngx_memzero(own, sizeof(own));
    own[0] = own[1] = 1;

    /* two of ten in one of two zones have a fifth of the capacity */

    set_up(pool, 10, NGX_RTALPHA_GW_LB_ROUND_ROBIN);
    CHECK(ngx_rtalpha_gw_lb_sets(pool, &peers, own, 2, 0) == NGX_OK);
    CHECK(near(peers.stay, 65536 * 2 / 5, 1));
    run(100000);
    CHECK(count[0] + count[1] > 42000 && count[9] > 5000);

    /* without overflow, or with enough of them, all stay */

    CHECK(ngx_rtalpha_gw_lb_sets(pool, &peers, own, 0, 0) == NGX_OK);
    run(1000);
    CHECK(count[0] == 500 && count[1] == 500);

    /* until none of the zone may be used */

    stats[0].ejected = stats[1].ejected = choice.now + 1;
    run(800);
    CHECK(count[0] == 0 && choice.left && !choice.panic);

    for (i = 2; i < 10; i++) {
        CHECK(count[i] > 0);
    }
}


/* --- instances with one place each and a queue before it --- */

typedef struct {
    uint64_t    free;       /* us: when the last of the queue is done */
    uint64_t    done[64];   /* of those under way */
    ngx_uint_t  n;
} server_t;

static uint64_t  random_state = 99;
static server_t  servers[SERVERS];
static uint64_t  waits[200000];


static uint64_t
spread(uint64_t mean)
{
    /* two thirds to four thirds */

    return mean * 2 / 3
           + ngx_rtalpha_gw_lb_random(&random_state) % (mean * 2 / 3 + 1);
}


static int
compare(const void *a, const void *b)
{
    uint64_t  x, y;

    x = *(const uint64_t *) a;
    y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}


static void
leave(uint64_t now, ngx_uint_t n)
{
    ngx_uint_t  i, k;
    server_t   *s;

    for (i = 0; i < n; i++) {
        s = &servers[i];

        for (k = 0; k < s->n; /* void */ ) {

            if (s->done[k] > now) {
                k++;
                continue;
            }

            s->done[k] = s->done[--s->n];
            stats[i].active--;
        }
    }
}


/*
 * 20 instances, of which 2 take ten times as long, at 60 % of what all can
 * do; gives the 99th percentile of the time to answer, in us.
 */

static uint64_t
simulate(ngx_pool_t *pool, ngx_uint_t algorithm)
{
    uint64_t    now, cost, end;
    ngx_int_t   i;
    ngx_uint_t  k;
    server_t   *s;

    set_up(pool, 20, algorithm);
    ngx_memzero(servers, sizeof(servers));
    random_state = 99;
    now = 1000000000;

    for (k = 0; k < 100000; k++) {
        now += spread(91);
        choice.now = now / 1000;
        leave(now, 20);

        i = ngx_rtalpha_gw_lb_choose(&choice);
        choice.turn++;
        s = &servers[i];

        cost = spread(i < 2 ? 10000 : 1000);
        end = ngx_max(s->free, now) + cost;

        if (s->n == 64) {
            waits[k] = 1000000;
            continue;
        }

        s->free = end;
        s->done[s->n++] = end;
        stats[i].active++;
        waits[k] = end - now;

        /* known when it is answered; a little early here */
        ngx_rtalpha_gw_stat_sample(&stats[i], end / 1000,
                                   (uint32_t) (end - now));
    }

    qsort(waits, k, sizeof(uint64_t), compare);

    return waits[k * 99 / 100];
}


static void
test_latency(ngx_pool_t *pool)
{
    uint64_t  turns, chance, least, ewma;

    turns = simulate(pool, NGX_RTALPHA_GW_LB_ROUND_ROBIN);
    chance = simulate(pool, NGX_RTALPHA_GW_LB_RANDOM);
    least = simulate(pool, NGX_RTALPHA_GW_LB_LEAST);
    ewma = simulate(pool, NGX_RTALPHA_GW_LB_EWMA);

    printf("p99, us: round robin %lu, random %lu, least requests %lu, "
           "two choices %lu\n", (unsigned long) turns, (unsigned long) chance,
           (unsigned long) least, (unsigned long) ewma);

    /* slow ones drown under even shares */

    CHECK(turns >= 500000 && chance >= 500000);
    CHECK(least < turns / 20);
    CHECK(ewma < turns / 20);
}


static void
test_stat(void)
{
    ngx_rtalpha_gw_stat_t  s;

    ngx_memzero(&s, sizeof(s));

    CHECK(ngx_rtalpha_gw_stat_latency(&s, 5) == 0);

    ngx_rtalpha_gw_stat_sample(&s, 1000, 500);
    CHECK(ngx_rtalpha_gw_stat_latency(&s, 1000) == 500);

    /* a peak counts at once, and is forgotten little by little */

    ngx_rtalpha_gw_stat_sample(&s, 1010, 90000);
    CHECK(ngx_rtalpha_gw_stat_latency(&s, 1010) == 90000);
    ngx_rtalpha_gw_stat_sample(&s, 2010, 500);
    CHECK(near(ngx_rtalpha_gw_stat_latency(&s, 2010), 81863, 1));

    /* it fades, so that a slow one is asked again */

    CHECK(near(ngx_rtalpha_gw_stat_latency(&s, 12010), 40931, 1));

    /* a clock that is behind does no harm */

    CHECK(near(ngx_rtalpha_gw_stat_latency(&s, 1990), 81863, 1));
}


static void
test_outlier(void)
{
    ngx_uint_t                     i;
    ngx_rtalpha_gw_stat_t          s;
    ngx_rtalpha_gw_outlier_conf_t  conf = { 5, 50, 20, 50, 10000, 30000,
                                            300000 };

    ngx_memzero(&s, sizeof(s));

    /* in a row; one that is well begins the row anew */

    for (i = 0; i < 4; i++) {
        CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 1000, 1));
    }

    CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 1000, 0));

    for (i = 0; i < 4; i++) {
        CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 1000, 1));
    }

    CHECK(ngx_rtalpha_gw_outlier_record(&s, &conf, 1000, 1));
    CHECK(ngx_rtalpha_gw_outlier_eject(&s, &conf, 1000) == 31000);

    /* what comes back late does not count */

    CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 2000, 1));
    CHECK(s.row == 0 && s.total == 0);

    /* the second time it takes longer, up to the most */

    CHECK(ngx_rtalpha_gw_outlier_eject(&s, &conf, 31000) == 91000);

    for (i = 0; i < 20; i++) {
        (void) ngx_rtalpha_gw_outlier_eject(&s, &conf, 100000);
    }

    CHECK(s.ejected == 400000);

    /* well for long enough: the first again */

    CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 700001, 0));
    CHECK(ngx_rtalpha_gw_outlier_eject(&s, &conf, 700002) == 730002);

    /* a share, of enough outcomes */

    ngx_memzero(&s, sizeof(s));

    for (i = 0; i < 19; i++) {
        CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 50000, i & 1));
    }

    CHECK(ngx_rtalpha_gw_outlier_record(&s, &conf, 50000, 1));

    /* of another interval */

    CHECK(!ngx_rtalpha_gw_outlier_record(&s, &conf, 61000, 1));

    /* never more than the part that is set, but one of several */

    CHECK(ngx_rtalpha_gw_outlier_may(&conf, 4, 10));
    CHECK(!ngx_rtalpha_gw_outlier_may(&conf, 5, 10));
    CHECK(!ngx_rtalpha_gw_outlier_may(&conf, 0, 1));
    conf.most = 10;
    CHECK(ngx_rtalpha_gw_outlier_may(&conf, 0, 3));
    CHECK(!ngx_rtalpha_gw_outlier_may(&conf, 1, 3));
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_round_robin(pool);
    test_weighted(pool);
    test_random(pool);
    test_least(pool);
    test_hash(pool);
    test_bounded(pool);
    test_slow_start(pool);
    test_zones(pool);
    test_latency(pool);
    test_stat();
    test_outlier();

    ngx_destroy_pool(pool);

    return unit_done();
}
