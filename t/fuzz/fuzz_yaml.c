/* unit: ngx_rtalpha_core/ngx_rtalpha_yaml.c ngx_rtalpha_core/ngx_rtalpha_yaml_text.c ngx_rtalpha_core/ngx_rtalpha_yaml_merge.c ngx_rtalpha_core/ngx_rtalpha_yaml_flat.c ngx_rtalpha_core/ngx_rtalpha_scalar.c ngx_rtalpha_core/ngx_rtalpha_java.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz_trees.h"
#include "ngx_rtalpha_yaml.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_int_t                  rc;
    ngx_str_t                  input;
    ngx_pool_t                *pool;
    ngx_array_t               *docs;
    ngx_rtalpha_load_error_t   error;

    static const ngx_rtalpha_load_limits_t  limits = {
        0, 20000, 0, 0, 1000, 1000000, 0
    };

    pool = fuzz_pool();
    input = fuzz_input(pool, data, size);

    rc = ngx_rtalpha_yaml_load(pool, &input, &limits, 0, &docs, &error);

    FUZZ_CHECK(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_OK) {
        fuzz_check_trees(pool, docs);

    } else {
        FUZZ_CHECK(error.message.len);
    }

    ngx_destroy_pool(pool);

    return 0;
}
