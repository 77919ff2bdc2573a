/* unit: ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz_trees.h"
#include "ngx_rtalpha_properties.h"


/* the first byte says which encoding */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_int_t                   rc;
    ngx_str_t                   input;
    ngx_pool_t                 *pool;
    ngx_array_t                *docs;
    ngx_rtalpha_load_error_t    error;
    ngx_rtalpha_load_limits_t   limits;

    if (size == 0) {
        return 0;
    }

    pool = fuzz_pool();
    input = fuzz_input(pool, data + 1, size - 1);

    ngx_memzero(&limits, sizeof(limits));
    limits.utf8 = data[0] & 1;

    rc = ngx_rtalpha_properties_load(pool, &input, &limits, 0, &docs, &error);

    FUZZ_CHECK(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_OK) {
        fuzz_check_trees(pool, docs);

    } else {
        FUZZ_CHECK(error.message.len);
    }

    ngx_destroy_pool(pool);

    return 0;
}
