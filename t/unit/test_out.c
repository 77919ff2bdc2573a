/* unit: ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_out.h"


static void
test_ints(ngx_pool_t *pool)
{
    ngx_uint_t         i;
    ngx_str_t          s;
    ngx_rtalpha_out_t  out;
    char               want[32];

    static const int64_t  n[] = {
        0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 12345, 123456, -1, -9, -10,
        -99, -100, -12345, 9223372036854775807LL, -9223372036854775807LL - 1
    };

    for (i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
        CHECK(ngx_rtalpha_out_init(&out, pool, 0, 100) == NGX_OK);
        ngx_rtalpha_out_int(&out, n[i]);
        CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);

        snprintf(want, sizeof(want), "%lld", (long long) n[i]);
        unit_check_str(&s, want, strlen(want), __FILE__, __LINE__);
    }
}


static void
test_limit(ngx_pool_t *pool)
{
    ngx_uint_t         i;
    ngx_str_t          s;
    ngx_rtalpha_out_t  out;

    /* the limit itself can be filled to the last byte */

    CHECK(ngx_rtalpha_out_init(&out, pool, 1, 10) == NGX_OK);

    for (i = 0; i < 10; i++) {
        ngx_rtalpha_out_char(&out, (u_char) ('0' + i));
    }

    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK_STR(&s, "0123456789");

    /* one more fails, and nothing mends it but a reset */

    ngx_rtalpha_out_char(&out, 'x');
    CHECK(out.failed);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);
    CHECK(s.len == 0);

    ngx_rtalpha_out_lit(&out, "");
    ngx_rtalpha_out_lit(&out, "abc");
    CHECK(ngx_rtalpha_out_reserve(&out, 0) == NGX_ERROR);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    ngx_rtalpha_out_reset(&out);
    ngx_rtalpha_out_lit(&out, "abc");
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK_STR(&s, "abc");

    /* lengths that would overflow a sum */

    CHECK(ngx_rtalpha_out_reserve(&out, NGX_MAX_SIZE_T_VALUE) == NGX_ERROR);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    /* a limit of nothing */

    CHECK(ngx_rtalpha_out_init(&out, pool, 0, 0) == NGX_OK);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK(s.len == 0);
    ngx_rtalpha_out_char(&out, 'x');
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    /* giving up */

    CHECK(ngx_rtalpha_out_init(&out, pool, 16, 100) == NGX_OK);
    ngx_rtalpha_out_lit(&out, "abc");
    ngx_rtalpha_out_fail(&out);
    ngx_rtalpha_out_lit(&out, "def");
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);
}


static void
test_growth(ngx_pool_t *pool)
{
    size_t             i, sum;
    ngx_str_t          s, t;
    ngx_rtalpha_out_t  out;

    CHECK(ngx_rtalpha_out_init(&out, pool, 3, 1000000) == NGX_OK);

    ngx_str_set(&t, "0123456789");

    for (i = 0; i < 50000; i++) {
        ngx_rtalpha_out_str(&out, &t);
    }

    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK(s.len == 500000);

    for (i = 0, sum = 0; i < s.len; i++) {
        sum += (s.data[i] == '0' + i % 10);
    }

    CHECK(sum == s.len);

    /* room that was asked for may be filled by hand */

    CHECK(ngx_rtalpha_out_init(&out, pool, 3, 64) == NGX_OK);
    CHECK(ngx_rtalpha_out_reserve(&out, 64) == NGX_OK);
    ngx_memset(out.pos, 'a', 64);
    out.pos += 64;
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK(s.len == 64);
}


static void
test_printf(ngx_pool_t *pool)
{
    ngx_str_t          s, v;
    ngx_rtalpha_out_t  out;
    u_char             big[1100];

    ngx_str_set(&v, "val");

    CHECK(ngx_rtalpha_out_init(&out, pool, 3, 4096) == NGX_OK);
    ngx_rtalpha_out_printf(&out, "%V=%i;%s", &v, (ngx_int_t) -5, "x");
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK_STR(&s, "val=-5;x");

    /* 1024 bytes are written, 1025 fail rather than being cut */

    ngx_memset(big, 'b', sizeof(big));
    v.data = big;
    v.len = 1024;

    ngx_rtalpha_out_reset(&out);
    ngx_rtalpha_out_printf(&out, "%V", &v);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK(s.len == 1024);

    v.len = 1025;

    ngx_rtalpha_out_reset(&out);
    ngx_rtalpha_out_printf(&out, "%V", &v);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_ints(pool);
    test_limit(pool);
    test_growth(pool);
    test_printf(pool);

    ngx_destroy_pool(pool);

    return unit_done();
}
