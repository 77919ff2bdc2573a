/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_status.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_accept.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_guard.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_reg_status.h"
#include "ngx_rtalpha_reg_accept.h"
#include "ngx_rtalpha_reg_guard.h"


enum {
    D = NGX_RTALPHA_REG_DOWN,
    O = NGX_RTALPHA_REG_OUT_OF_SERVICE,
    S = NGX_RTALPHA_REG_STARTING,
    K = NGX_RTALPHA_REG_UNKNOWN,
    U = NGX_RTALPHA_REG_UP,
    N = NGX_RTALPHA_REG_NONE
};


/* what a client's registration makes of an instance that is there */

static void
test_matrix(void)
{
    ngx_uint_t  i, k, o;

    static const ngx_uint_t  sent[5] = { U, D, S, O, K };

    static const ngx_uint_t  table[5][6] = {
        /* current,  sent: U  D  S  O  K */
        { U, U, D, S, U, K },
        { D, U, D, S, O, K },
        { S, U, D, S, O, K },
        { O, O, D, S, O, K },
        { K, U, D, S, O, K }
    };

    for (i = 0; i < 5; i++) {
        for (k = 0; k < 5; k++) {
            CHECK(ngx_rtalpha_reg_status_resolve(sent[k], N, table[i][0], 0)
                  == table[i][k + 1]);

            /* what a peer says is taken as it is */

            CHECK(ngx_rtalpha_reg_status_resolve(sent[k], N, table[i][0], 1)
                  == sent[k]);

            /* an override counts for UP and OUT_OF_SERVICE */

            for (o = 0; o < 5; o++) {
                CHECK(ngx_rtalpha_reg_status_resolve(sent[k], o, table[i][0],
                                                     0)
                      == (sent[k] == U || sent[k] == O ? o : sent[k]));
            }
        }
    }
}


static void
test_hash(void)
{
    u_char     buf[NGX_RTALPHA_REG_HASH_LEN];
    uint64_t   counts[5] = { 2, 1, 0, 0, 8 };
    ngx_str_t  s;

    s.data = buf;
    s.len = ngx_rtalpha_reg_status_hash(buf, counts) - buf;
    CHECK_STR(&s, "DOWN_2_OUT_OF_SERVICE_1_UP_8_");

    ngx_memzero(counts, sizeof(counts));
    s.len = ngx_rtalpha_reg_status_hash(buf, counts) - buf;
    CHECK(s.len == 0);

    CHECK(ngx_rtalpha_reg_status_find((u_char *) "UP", 2) == U);
    CHECK(ngx_rtalpha_reg_status_find((u_char *) "up", 2) == N);
    CHECK(ngx_rtalpha_reg_status_find((u_char *) "", 0) == N);
}


static ngx_uint_t
negotiate(const char *text, ngx_uint_t named)
{
    ngx_str_t  s;

    s.data = (u_char *) text;
    s.len = strlen(text);

    return ngx_rtalpha_reg_accept(&s, named);
}


static void
test_accept(void)
{
    ngx_str_t  s;

    enum { none, xml, json };

    CHECK(ngx_rtalpha_reg_accept(NULL, 1) == xml);
    CHECK(negotiate("", 1) == xml);
    CHECK(negotiate("*/*", 1) == xml);
    CHECK(negotiate("application/*", 1) == xml);
    CHECK(negotiate("application/json", 1) == json);
    CHECK(negotiate("APPLICATION/JSON", 1) == json);
    CHECK(negotiate("application/json;charset=utf-8", 1) == json);
    CHECK(negotiate("application/json;q=0.1", 1) == json);
    CHECK(negotiate("application/xml;q=0.9,application/json", 1) == json);
    CHECK(negotiate("application/xml, application/json;q=0.5", 1) == json);
    CHECK(negotiate("application/xml, application/json;q=0.5", 0) == xml);
    CHECK(negotiate("text/html,application/xhtml+xml,application/xml;q=0.9,"
                 "*/*;q=0.8", 1) == xml);
    CHECK(negotiate("text/html", 1) == none);
    CHECK(negotiate("text/json", 1) == none);
    CHECK(negotiate("application/vnd.example+json", 1) == none);
    CHECK(negotiate("nonsense", 1) == none);
    CHECK(negotiate("application/json;q=0, */*", 1) == xml);
    CHECK(negotiate("application/json;q=0", 1) == json);
    CHECK(negotiate("application/json;q=0, application/xml", 1) == xml);
    CHECK(negotiate("application/json;q=0, application/xml;q=0", 1) == json);
    CHECK(negotiate("*/*;q=0", 1) == xml);
    CHECK(negotiate("text/html;q=0", 1) == none);

    ngx_str_set(&s, "deflate, gzip;q=0.5");
    CHECK(ngx_rtalpha_reg_accept_gzip(&s) == 1);
    ngx_str_set(&s, "gzip;q=0");
    CHECK(ngx_rtalpha_reg_accept_gzip(&s) == 0);
    ngx_str_set(&s, "gzip;q=0.000, br");
    CHECK(ngx_rtalpha_reg_accept_gzip(&s) == 0);
    CHECK(ngx_rtalpha_reg_accept_gzip(NULL) == 0);

    ngx_str_set(&s, "application/json ;charset=utf-8");
    CHECK(ngx_rtalpha_reg_accept_body(&s) == NGX_RTALPHA_REG_BODY_JSON);
    ngx_str_set(&s, "text/xml");
    CHECK(ngx_rtalpha_reg_accept_body(&s) == NGX_RTALPHA_REG_BODY_NONE);
    ngx_str_set(&s, "nonsense");
    CHECK(ngx_rtalpha_reg_accept_body(&s) == NGX_RTALPHA_REG_BODY_INVALID);
    CHECK(ngx_rtalpha_reg_accept_body(NULL) == NGX_RTALPHA_REG_BODY_NONE);
}


/* n instances of which the first "alive" renew every "interval" seconds */

static ngx_uint_t
guard(ngx_uint_t n, ngx_uint_t alive, ngx_uint_t interval,
    ngx_uint_t silence, ngx_rtalpha_reg_guard_t *sum)
{
    uint64_t                now;
    ngx_uint_t              i, t;
    ngx_rtalpha_reg_zone_t  zone;

    ngx_memzero(&zone, sizeof(zone));
    now = 10000000;

    for (i = 0; i < n; i++) {
        ngx_rtalpha_reg_guard_add(&zone, now, interval * 1000);
    }

    for (t = 1; t <= 300 + silence; t++) {
        now += 1000;

        for (i = 0; i < n; i++) {
            if ((t + i) % interval == 0 && (t <= 300 || i < alive)) {
                ngx_rtalpha_reg_guard_renew(&zone, now, interval * 1000);
            }
        }
    }

    ngx_rtalpha_reg_guard_sum(&zone, now, sum);

    return ngx_rtalpha_reg_guard_holds(sum, 850000, 5);
}


static void
test_guard(void)
{
    ngx_uint_t               i, k, intervals[3] = { 1, 10, 30 };
    ngx_rtalpha_reg_zone_t   zone;
    ngx_rtalpha_reg_guard_t  sum;

    /* whatever the clients' interval is */

    for (i = 0; i < 3; i++) {
        CHECK(guard(100, 100, intervals[i], 0, &sum) == 0);
        CHECK(sum.missing <= 5);

        CHECK(guard(100, 90, intervals[i], 90, &sum) == 0);
        CHECK(guard(100, 70, intervals[i], 90, &sum) == 1);
        CHECK(sum.missing >= 25 && sum.missing <= 36);
        CHECK(guard(100, 0, intervals[i], 90, &sum) == 1);

        /* a small registry lets its dead go */

        CHECK(guard(3, 2, intervals[i], 90, &sum) == 0);
        CHECK(guard(5, 0, intervals[i], 90, &sum) == 0);
    }

    /* a dozen silent from the first, whatever the moment they came at */

    for (i = 0; i < 5000; i += 250) {
        ngx_memzero(&zone, sizeof(zone));

        for (k = 0; k < 12; k++) {
            ngx_rtalpha_reg_guard_add(&zone, 10000000 + i, 1000);
        }

        ngx_rtalpha_reg_guard_sum(&zone, 10003000 + i, &sum);
        CHECK(ngx_rtalpha_reg_guard_holds(&sum, 850000, 3) == 1);
    }

    /* many that are new owe nothing for the time before */

    ngx_memzero(&zone, sizeof(zone));

    for (i = 0; i < 1000; i++) {
        ngx_rtalpha_reg_guard_add(&zone, 10000000 + i, 30000);
    }

    ngx_rtalpha_reg_guard_sum(&zone, 10002000, &sum);
    CHECK(ngx_rtalpha_reg_guard_holds(&sum, 850000, 5) == 0);
}


/* who renews with another node neither is missing here nor covers anything */

static void
test_guard_away(void)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_zone_t   zone;
    ngx_rtalpha_reg_guard_t  sum;

    ngx_memzero(&zone, sizeof(zone));

    for (i = 0; i < 100; i++) {
        ngx_rtalpha_reg_guard_add(&zone, 10000000, 1000);
    }

    for (i = 0; i < 97; i++) {
        ngx_rtalpha_reg_guard_away(&zone);
    }

    ngx_rtalpha_reg_guard_sum(&zone, 10050000, &sum);
    CHECK(sum.missing <= 3);
    CHECK(ngx_rtalpha_reg_guard_holds(&sum, 850000, 5) == 0);

    /* they come: nothing is held against them for the time before */

    for (i = 0; i < 97; i++) {
        ngx_rtalpha_reg_guard_back(&zone, 10050000, 30000);
    }

    CHECK(zone.n == 100 && zone.away == 0);
    ngx_rtalpha_reg_guard_sum(&zone, 10060000, &sum);
    CHECK(ngx_rtalpha_reg_guard_holds(&sum, 850000, 5) == 0);

    /* and are missed when they do not renew */

    ngx_rtalpha_reg_guard_sum(&zone, 10105000, &sum);
    CHECK(ngx_rtalpha_reg_guard_holds(&sum, 850000, 5) == 1);
}


int
main(void)
{
    test_matrix();
    test_hash();
    test_accept();
    test_guard();
    test_guard_away();

    return unit_done();
}
