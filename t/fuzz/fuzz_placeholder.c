/* unit: ngx_rtalpha_core/ngx_rtalpha_placeholder.c ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz.h"
#include "ngx_rtalpha_placeholder.h"
#include "ngx_rtalpha_properties.h"


static ngx_uint_t  lookups;


static ngx_int_t
lookup(void *data, const ngx_str_t *name, ngx_str_t *value)
{
    const ngx_rtalpha_prop_t  *prop;

    lookups++;

    prop = ngx_rtalpha_props_find(data, name->data, name->len);
    if (prop == NULL) {
        return NGX_DECLINED;
    }

    *value = prop->text;

    return NGX_OK;
}


/* a byte of flags, properties, and after a zero byte the text to resolve */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_int_t                   rc;
    ngx_str_t                   file, text, result, bad;
    ngx_pool_t                 *pool;
    ngx_array_t                *docs;
    const uint8_t              *zero;
    ngx_rtalpha_load_error_t    error;
    ngx_rtalpha_placeholder_t   ph;

    zero = size ? memchr(data + 1, '\0', size - 1) : NULL;

    if (zero == NULL) {
        return 0;
    }

    pool = fuzz_pool();
    file = fuzz_input(pool, data + 1, zero - data - 1);
    text = fuzz_input(pool, zero + 1, data + size - zero - 1);

    rc = ngx_rtalpha_properties_load(pool, &file, NULL, 0, &docs, &error);

    if (rc == NGX_OK && docs->nelts) {
        ngx_memzero(&ph, sizeof(ph));
        ph.lookup = lookup;
        ph.data = *(ngx_rtalpha_props_t **) docs->elts;
        ph.strict = data[0] & 1;
        ph.verbatim = (data[0] & 2) != 0;
        ph.trim = (data[0] & 4) != 0;

        lookups = 0;

        if (data[0] & 8) {
            rc = ngx_rtalpha_placeholder_value(pool, &ph, &text, &result,
                                               &bad);

        } else if (data[0] & 16) {
            rc = ngx_rtalpha_placeholder_text(pool, &ph, &text, &result, &bad);

        } else {
            rc = ngx_rtalpha_placeholder_resolve(pool, &ph, &text, &result,
                                                 &bad);
        }

        FUZZ_CHECK(rc == NGX_OK || rc == NGX_DECLINED);
        FUZZ_CHECK(lookups <= 10000 + size);
        FUZZ_CHECK(rc != NGX_OK || result.len <= (1 << 20) + size);
    }

    ngx_destroy_pool(pool);

    return 0;
}
