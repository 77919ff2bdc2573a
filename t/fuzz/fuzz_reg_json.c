/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance_check.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_list.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_token.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_doc.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_status.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_render.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_render_xml.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz_reg.h"
#include "ngx_rtalpha_reg_list.h"


/* a registration in JSON, rendered in every form; lists of a registry */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                input;
    ngx_pool_t              *pool;
    ngx_rtalpha_reg_list_t   list;
    ngx_rtalpha_reg_sent_t   sent;

    pool = fuzz_pool();
    input = fuzz_input(pool, data, size);

    if (ngx_rtalpha_reg_instance_json(pool, &input, &sent) == NGX_OK) {
        fuzz_reg_render(pool, &sent);
    }

    (void) ngx_rtalpha_reg_list_read(pool, &input, &list);

    ngx_destroy_pool(pool);

    return 0;
}
