/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_squeeze.c */

/*
 * What goes in comes out; what is damaged does not.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_squeeze.h"


int
main(void)
{
    u_char      *text, *copy;
    ngx_str_t    bytes, packed, cut;
    ngx_uint_t   i, k, size, bad;
    ngx_pool_t  *pool;

    static ngx_uint_t  sizes[] = { 0, 1, 7, 8, 511, 512, 10000, 524288,
                                   524289 };

    pool = unit_pool();
    text = ngx_palloc(pool, 524289);

    for (i = 0; i < 524289; i++) {
        text[i] = (u_char) (i % 251 + (i >> 12));
    }

    for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        size = sizes[k];
        bytes.data = text;
        bytes.len = size;

        CHECK(ngx_rtalpha_cfg_squeeze(pool, &bytes) == NGX_OK);
        CHECK((bytes.len < size) == (size >= 512 && size <= 524288));
        CHECK(ngx_rtalpha_cfg_unsqueeze(pool, &bytes) == NGX_OK);
        CHECK(bytes.len == size && ngx_memcmp(bytes.data, text, size) == 0);
    }

    packed.data = text;
    packed.len = 10000;
    CHECK(ngx_rtalpha_cfg_squeeze(pool, &packed) == NGX_OK);
    bad = 0;

    for (i = 8; i < packed.len; i++) {
        copy = ngx_pnalloc(pool, i);
        ngx_memcpy(copy, packed.data, i);
        cut.data = copy;
        cut.len = i;
        bad += (ngx_rtalpha_cfg_unsqueeze(pool, &cut) == NGX_DECLINED);
    }

    CHECK(bad == packed.len - 8);

    copy = ngx_pnalloc(pool, packed.len);
    ngx_memcpy(copy, packed.data, packed.len);
    ngx_memset(copy + 4, 0xff, 4);
    cut.data = copy;
    cut.len = packed.len;
    CHECK(ngx_rtalpha_cfg_unsqueeze(pool, &cut) == NGX_DECLINED);

    ngx_destroy_pool(pool);

    return unit_done();
}
