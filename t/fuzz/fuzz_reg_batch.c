/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_batch_read.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance_check.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_token.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_doc.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_status.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_render.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_render_xml.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz_reg.h"
#include "ngx_rtalpha_reg_batch_read.h"


/* a peer's batch: each of its instances is rendered in every form */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                input;
    ngx_uint_t               i;
    ngx_pool_t              *pool;
    ngx_array_t              items;
    ngx_rtalpha_reg_item_t  *item;

    pool = fuzz_pool();
    input = fuzz_input(pool, data, size);

    FUZZ_CHECK(ngx_array_init(&items, pool, 4,
                              sizeof(ngx_rtalpha_reg_item_t))
               == NGX_OK);

    if (ngx_rtalpha_reg_batch_read(pool, &input, &items) == NGX_OK) {
        item = items.elts;

        for (i = 0; i < items.nelts; i++) {
            FUZZ_CHECK(item[i].action <= NGX_RTALPHA_REG_BATCH_RESTORE);

            if (item[i].sent) {
                fuzz_reg_render(pool, item[i].sent);
            }
        }
    }

    ngx_destroy_pool(pool);

    return 0;
}
