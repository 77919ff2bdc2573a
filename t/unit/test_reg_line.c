/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_line.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_cluster.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_members.c */

/*
 * Registers as text: what is written is read back, and the order of the
 * texts, by which the scripts in Redis judge, is that of the rules.
 */


#include "unit.h"
#include "ngx_rtalpha_reg_line.h"


static uint64_t  seed = 88172645463325252ULL;


static uint64_t
chance(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed;
}


/* few values, so that many are the same; small and large ones, both signs */

static uint64_t
some(void)
{
    static const uint64_t  values[] = {
        0, 1, 9, 10, 15, 16, 255, 0x7fffffff, 0xffffffff, 0x100000000ULL,
        1700000000000ULL, 0x7fffffffffffffffULL, 0x8000000000000000ULL,
        0xffffffffffffffffULL
    };

    return values[chance() % (sizeof(values) / sizeof(values[0]))];
}


static void
make(ngx_rtalpha_reg_regs_t *r)
{
    ngx_memzero(r, sizeof(ngx_rtalpha_reg_regs_t));

    r->stamp = (int64_t) some();
    r->closed = chance() & 1;
    r->rev = (uint32_t) some();
    r->writer = some();
    r->turn = (uint32_t) some();
    r->live = chance() & 1;
    r->owner = some();

    if (r->turn == 0) {
        r->turn = 1;
    }
}


static int
sign(ngx_int_t n)
{
    return n < 0 ? -1 : n > 0;
}


static void
test_order(void)
{
    u_char                  one[NGX_RTALPHA_REG_LINE + 1];
    u_char                  two[NGX_RTALPHA_REG_LINE + 1];
    ngx_str_t               line;
    ngx_uint_t              i;
    ngx_rtalpha_reg_regs_t  a, b, back;

    for (i = 0; i < 200000; i++) {
        make(&a);

        if (chance() % 3) {
            b = a;
            b.rev += chance() % 2;
            b.owner ^= chance() % 2;
            b.live = chance() & 1;

        } else {
            make(&b);
        }

        one[NGX_RTALPHA_REG_LINE] = '!';
        ngx_rtalpha_reg_line_write(&a, one);
        ngx_rtalpha_reg_line_write(&b, two);

        if (sign(memcmp(one, two, NGX_RTALPHA_REG_LINE_CONTENT))
            != sign(ngx_rtalpha_reg_regs_content(&a, &b))
            || sign(memcmp(one + NGX_RTALPHA_REG_LINE_CONTENT,
                           two + NGX_RTALPHA_REG_LINE_CONTENT,
                           NGX_RTALPHA_REG_LINE_LEASE))
               != sign(ngx_rtalpha_reg_regs_lease(&a, &b)))
        {
            CHECK(!"the texts have another order");
            return;
        }

        line.data = one;
        line.len = NGX_RTALPHA_REG_LINE + 1;

        if (one[NGX_RTALPHA_REG_LINE] != '!'
            || ngx_rtalpha_reg_line_read(&line, &back) != NGX_OK
            || ngx_memcmp(&a, &back, sizeof(a)) != 0)
        {
            CHECK(!"it is not read back");
            return;
        }
    }

    CHECK(i == 200000);
}


static void
test_junk(void)
{
    u_char                  text[NGX_RTALPHA_REG_LINE];
    ngx_str_t               line;
    ngx_uint_t              i;
    ngx_rtalpha_reg_regs_t  r;

    make(&r);
    ngx_rtalpha_reg_line_write(&r, text);

    line.data = text;

    for (i = 0; i < NGX_RTALPHA_REG_LINE; i++) {
        line.len = i;
        CHECK(ngx_rtalpha_reg_line_read(&line, &r) == NGX_ERROR);
    }

    line.len = NGX_RTALPHA_REG_LINE;
    CHECK(ngx_rtalpha_reg_line_read(&line, &r) == NGX_OK);

    for (i = 0; i < NGX_RTALPHA_REG_LINE; i++) {
        text[i] ^= 0x40;
        CHECK(ngx_rtalpha_reg_line_read(&line, &r) == NGX_ERROR);
        text[i] ^= 0x40;
    }

    /* no such flag, and an instance that has never been */

    text[16] = '2';
    CHECK(ngx_rtalpha_reg_line_read(&line, &r) == NGX_ERROR);
    text[16] = '0';
    ngx_memset(text + NGX_RTALPHA_REG_LINE_CONTENT, '0', 8);
    CHECK(ngx_rtalpha_reg_line_read(&line, &r) == NGX_ERROR);
}


int
main(void)
{
    test_order();
    test_junk();

    return unit_done();
}
