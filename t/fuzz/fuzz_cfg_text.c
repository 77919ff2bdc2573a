/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_render_text.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_render_env.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_unflatten.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_charset.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_dump.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_scalar.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_value.c ngx_rtalpha_core/ngx_rtalpha_placeholder.c ngx_rtalpha_core/ngx_rtalpha_yaml.c ngx_rtalpha_core/ngx_rtalpha_yaml_text.c ngx_rtalpha_core/ngx_rtalpha_yaml_flat.c ngx_rtalpha_core/ngx_rtalpha_yaml_merge.c ngx_rtalpha_core/ngx_rtalpha_scalar.c ngx_rtalpha_core/ngx_rtalpha_java.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_cfg_render_text.h"
#include "ngx_rtalpha_yaml.h"


/* a byte of flags and a YAML file, as the three formats of one source */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                   input, result;
    ngx_pool_t                 *pool;
    ngx_array_t                *docs;
    ngx_uint_t                  i;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_cfg_env_t       env;
    ngx_rtalpha_cfg_text_t      text;
    ngx_rtalpha_cfg_named_t    *named;
    ngx_rtalpha_load_error_t    error;

    if (size < 1) {
        return 0;
    }

    pool = fuzz_pool();
    input = fuzz_input(pool, data + 1, size - 1);

    ngx_memzero(&error, sizeof(error));
    ngx_memzero(&env, sizeof(env));

    if (ngx_rtalpha_yaml_load(pool, &input, &ngx_rtalpha_load_defaults, 0,
                              &docs, &error)
        != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return 0;
    }

    FUZZ_CHECK(ngx_array_init(&env.sources, pool, 4,
                              sizeof(ngx_rtalpha_cfg_named_t)) == NGX_OK);

    for (i = 0; i < docs->nelts; i++) {
        named = ngx_array_push(&env.sources);
        FUZZ_CHECK(named);
        ngx_memzero(named, sizeof(*named));
        ngx_str_set(&named->name, "s");
        named->props = ((ngx_rtalpha_props_t **) docs->elts)[i];
    }

    ngx_memzero(&text, sizeof(text));
    text.pool = pool;
    text.env = &env;
    text.format = NGX_RTALPHA_CFG_YAML + (data[0] & 3) % 3;
    text.resolve = (data[0] >> 2) & 1;
    text.strip = (data[0] >> 3) & 1;

    FUZZ_CHECK(ngx_rtalpha_out_init(&out, pool, 256, 1 << 20) == NGX_OK);

    if (ngx_rtalpha_cfg_render_text(&text, &out) == NGX_OK) {
        (void) ngx_rtalpha_out_done(&out, &result);
    }

    ngx_destroy_pool(pool);

    return 0;
}
