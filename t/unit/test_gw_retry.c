/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_retry.c */

/*
 * Budgets under load, and the times between tries.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_retry.h"


/* everything fails: requests at a rate for some seconds, each tried again */

static ngx_uint_t
storm(const ngx_rtalpha_gw_budget_conf_t *conf, ngx_uint_t rate,
    ngx_uint_t seconds)
{
    uint64_t      now;
    ngx_uint_t    i, tries;
    ngx_atomic_t  tokens;

    tokens = 0;
    tries = 0;

    for (i = 0; i < rate * seconds; i++) {
        now = 5000000000ULL + i * 1000 / rate;
        ngx_rtalpha_gw_budget_add(&tokens, conf, now, 1);
        tries += ngx_rtalpha_gw_budget_take(&tokens, conf, now);
    }

    return tries;
}


static void
test_budget(void)
{
    ngx_uint_t                    n;
    ngx_rtalpha_gw_budget_conf_t  conf = { 20, 10, 1000 };

    /* 20 %, and 10 a second, and the 1 100 that it begins with */

    n = storm(&conf, 1000, 100);
    CHECK(n >= 20000 + 1000 && n <= 20000 + 1000 + 1100 + 20);

    /* the least is allowed however few requests there are */

    n = storm(&conf, 5, 100);
    CHECK(n == 500);

    conf.least = 0;
    n = storm(&conf, 1000, 100);
    CHECK(n >= 20000 && n <= 20000 + 1000 + 1);

    /* none: no budget at all */

    conf.percent = 0;
    CHECK(storm(&conf, 1000, 10) == 10000);
}


static void
test_backoff(void)
{
    ngx_uint_t                i;
    ngx_msec_t                time, least, most;
    ngx_rtalpha_gw_backoff_t  b;

    ngx_memzero(&b, sizeof(b));
    CHECK(ngx_rtalpha_gw_backoff(&b, 3, 0) == 0);

    b.first = 5;
    b.factor = 2;
    CHECK(ngx_rtalpha_gw_backoff(&b, 1, 0) == 5);
    CHECK(ngx_rtalpha_gw_backoff(&b, 2, 0) == 10);
    CHECK(ngx_rtalpha_gw_backoff(&b, 5, 0) == 80);

    b.max = 50;
    CHECK(ngx_rtalpha_gw_backoff(&b, 5, 0) == 50);
    CHECK(ngx_rtalpha_gw_backoff(&b, 1000000, 0) == 50);

    b.max = 0;
    CHECK(ngx_rtalpha_gw_backoff(&b, 1000000, 0) >= 3600000);

    b.first = 100;
    b.jitter = 50;
    least = 1000;
    most = 0;

    for (i = 0; i < 1000; i++) {
        time = ngx_rtalpha_gw_backoff(&b, 1, i * 7919);
        least = ngx_min(least, time);
        most = ngx_max(most, time);
    }

    CHECK(least == 50 && most == 150);
}


int
main(void)
{
    test_budget();
    test_backoff();

    return unit_done();
}
