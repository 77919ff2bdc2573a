/* unit: ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz_trees.h"
#include "ngx_rtalpha_json.h"


/* bytes that say they are a packed tree; keys and values written as JSON */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                   input, text;
    ngx_pool_t                 *pool;
    ngx_uint_t                  i;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_prop_t          prop;
    ngx_rtalpha_json_t          j;
    ngx_rtalpha_props_t        *props;
    const ngx_rtalpha_prop_t   *p;

    pool = fuzz_pool();
    input = fuzz_input(pool, data, size);

    props = ngx_rtalpha_props_unpack(pool, input.data, input.len);

    if (props) {
        FUZZ_CHECK(ngx_rtalpha_out_init(&out, pool, 0, 1 << 24) == NGX_OK);
        ngx_rtalpha_json_init(&j, &out);
        ngx_rtalpha_json_object(&j);

        for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
            p = ngx_rtalpha_props_at(props, i);
            (void) ngx_rtalpha_props_find(props, p->key.data, p->key.len);

            ngx_rtalpha_json_key(&j, p->key.data, p->key.len);
            ngx_rtalpha_json_str(&j, &p->text);
        }

        ngx_rtalpha_json_end(&j);
        (void) ngx_rtalpha_out_done(&out, &text);

        ngx_memzero(&prop, sizeof(prop));
        prop.key = input;
        prop.text = input;

        FUZZ_CHECK(ngx_rtalpha_props_set(props, &prop) == NGX_OK);
        FUZZ_CHECK(ngx_rtalpha_props_find(props, input.data, input.len));
    }

    ngx_destroy_pool(pool);

    return 0;
}
