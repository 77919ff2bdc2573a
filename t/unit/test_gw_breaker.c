/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_breaker.c */

/*
 * The breaker against a plain list of outcomes, and its way through open,
 * trial and closed.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_breaker.h"


static ngx_rtalpha_gw_breaker_conf_t  conf = { 4, 4, 50, 2, 1000, 0, 0 };


static ngx_uint_t
call(ngx_rtalpha_gw_breaker_t *b, uint64_t now, ngx_uint_t failed)
{
    uint32_t  round;

    if (!ngx_rtalpha_gw_breaker_admit(b, &conf, now, &round)) {
        return 0;
    }

    ngx_rtalpha_gw_breaker_record(b, &conf, now, round, failed);

    return 1;
}


static void
test_way(void)
{
    uint32_t                  one, two, three;
    ngx_rtalpha_gw_breaker_t  b;

    ngx_memzero(&b, sizeof(b));

    CHECK(call(&b, 1, 1) && call(&b, 2, 1) && call(&b, 3, 1));
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_CLOSED);
    CHECK(call(&b, 4, 0));
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_OPEN);
    CHECK(!call(&b, 1003, 0));

    /* two trial calls, a third has to wait */

    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &conf, 1004, &one));
    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &conf, 1004, &two));
    CHECK(!ngx_rtalpha_gw_breaker_admit(&b, &conf, 1004, &three));

    /* one of them is given up: its place is free again */

    ngx_rtalpha_gw_breaker_release(&b, two);
    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &conf, 1005, &two));

    ngx_rtalpha_gw_breaker_record(&b, &conf, 1006, one, 0);
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_TRIAL);
    ngx_rtalpha_gw_breaker_record(&b, &conf, 1007, two, 0);
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_CLOSED);

    /* a late outcome of the round before does not count */

    ngx_rtalpha_gw_breaker_record(&b, &conf, 1008, two, 1);
    CHECK(b.n == 0);
}


static void
test_trial_fails(void)
{
    ngx_uint_t                i;
    ngx_rtalpha_gw_breaker_t  b;

    ngx_memzero(&b, sizeof(b));

    for (i = 0; i < 4; i++) {
        CHECK(call(&b, i, 1));
    }

    CHECK(call(&b, 1003, 1) && call(&b, 1003, 0));
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_OPEN);
    CHECK(!call(&b, 2002, 0));
    CHECK(call(&b, 2003, 0));
}


static void
test_lost_trials(void)
{
    uint32_t                  round;
    ngx_uint_t                i;
    ngx_rtalpha_gw_breaker_t  b;

    ngx_memzero(&b, sizeof(b));

    for (i = 0; i < 4; i++) {
        CHECK(call(&b, i, 1));
    }

    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &conf, 1003, &round));
    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &conf, 1003, &round));
    CHECK(!ngx_rtalpha_gw_breaker_admit(&b, &conf, 2002, &round));
    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &conf, 2003, &round));
}


/* the running count is that of the last outcomes, whatever the window */

static void
test_ring(void)
{
    uint64_t                       seed;
    uint32_t                       round;
    ngx_uint_t                     i, k, n, failed, list[2000];
    ngx_rtalpha_gw_breaker_t       b;
    ngx_rtalpha_gw_breaker_conf_t  c = { 0, 10000, 50, 1, 1000, 0, 0 };

    seed = 88172645463325252ULL;

    for (c.window = 1; c.window <= NGX_RTALPHA_GW_BREAKER_WINDOW;
         c.window += 9)
    {
        ngx_memzero(&b, sizeof(b));

        for (i = 0; i < 2000; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            list[i] = seed & 1;

            (void) ngx_rtalpha_gw_breaker_admit(&b, &c, i, &round);
            ngx_rtalpha_gw_breaker_record(&b, &c, i, round, list[i]);
        }

        n = c.window;

        for (k = 2000 - n, failed = 0; k < 2000; k++) {
            failed += list[k];
        }

        CHECK(b.n == n && b.failed == failed);
    }
}


/* successes that are left out while all is well change nothing */

static void
test_well(void)
{
    uint64_t                       seed, now;
    uint32_t                       rounds[2];
    ngx_uint_t                     i, left, failed, admitted;
    ngx_rtalpha_gw_breaker_t       a, b;
    ngx_rtalpha_gw_breaker_conf_t  c = { 20, 5, 30, 3, 50, 400, 0 };

    seed = 2463534242ULL;
    left = 0;
    now = 1000;

    ngx_memzero(&a, sizeof(a));
    ngx_memzero(&b, sizeof(b));

    for (i = 0; i < 200000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;

        /* long stretches without failures, and some with many */

        failed = (i / 1000 % 3 == 0) && seed % 3 == 0;
        now += seed >> 60;

        admitted = ngx_rtalpha_gw_breaker_admit(&a, &c, now, &rounds[0]);

        CHECK(ngx_rtalpha_gw_breaker_admit(&b, &c, now, &rounds[1])
              == admitted);

        if (!admitted) {
            continue;
        }

        ngx_rtalpha_gw_breaker_record(&a, &c, now, rounds[0], failed);

        if (!failed && ngx_rtalpha_gw_breaker_well(&b, &c, now)) {
            left++;

        } else {
            ngx_rtalpha_gw_breaker_record(&b, &c, now, rounds[1], failed);
        }

        if (a.state != b.state || a.n != b.n || a.failed != b.failed
            || a.round != b.round || a.since != b.since)
        {
            CHECK(0);
            return;
        }
    }

    CHECK(left > 1000);
}


/* recovery: the share that passes grows evenly, a failure opens it again */

static void
test_recovery(void)
{
    uint32_t                       round;
    ngx_uint_t                     i, k, passed, before;
    ngx_rtalpha_gw_breaker_t       b;
    ngx_rtalpha_gw_breaker_conf_t  c = { 10, 4, 50, 1, 1000, 0, 10000 };

    ngx_memzero(&b, sizeof(b));

    for (i = 0; i < 4; i++) {
        CHECK(ngx_rtalpha_gw_breaker_admit(&b, &c, i, &round));
        ngx_rtalpha_gw_breaker_record(&b, &c, i, round, 1);
    }

    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_OPEN);
    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &c, 2000, &round));
    ngx_rtalpha_gw_breaker_record(&b, &c, 2000, round, 0);
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_RECOVERY);

    before = 0;

    for (k = 0; k < 10; k++) {
        passed = 0;

        for (i = 0; i < 1000; i++) {
            if (ngx_rtalpha_gw_breaker_admit(&b, &c, 2000 + k * 1000 + i,
                                             &round))
            {
                passed++;
                ngx_rtalpha_gw_breaker_record(&b, &c, 2000 + k * 1000 + i,
                                              round, 0);
            }
        }

        /* a tenth more in each tenth of the time, a tenth at least */

        CHECK(passed >= k * 100 + 40 && passed <= k * 100 + 110);
        CHECK(passed + 5 >= before);
        before = passed;
    }

    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &c, 12000, &round));
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_CLOSED);

    for (i = 0; i < 20; i++) {
        ngx_rtalpha_gw_breaker_record(&b, &c, 13000, b.round, 1);
    }

    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_OPEN);
    CHECK(ngx_rtalpha_gw_breaker_admit(&b, &c, 20000, &round));
    ngx_rtalpha_gw_breaker_record(&b, &c, 20000, round, 0);
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_RECOVERY);
    ngx_rtalpha_gw_breaker_record(&b, &c, 20001, b.round, 1);
    CHECK(b.state == NGX_RTALPHA_GW_BREAKER_OPEN);
}


int
main(void)
{
    test_way();
    test_trial_fails();
    test_lost_trials();
    test_ring();
    test_well();

    test_recovery();

    return unit_done();
}
