
/*
 * Environments as JSON, v1 and v2.
 */


#include "ngx_rtalpha_cfg_render_env.h"


static void
ngx_rtalpha_cfg_render_scalar(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_prop_t *prop)
{
    u_char  c;

    switch (prop->type) {

    case NGX_RTALPHA_PROP_FLOAT:
        c = prop->text.data[prop->text.len - 1];

        /* Infinity and NaN are no JSON numbers */

        if (c < '0' || c > '9') {
            ngx_rtalpha_json_str(j, &prop->text);
            return;
        }

        /* fall through */

    case NGX_RTALPHA_PROP_BOOL:
    case NGX_RTALPHA_PROP_INT:
        ngx_rtalpha_json_raw(j, prop->text.data, prop->text.len);
        return;

    default:
        ngx_rtalpha_json_str(j, &prop->text);
    }
}


static void
ngx_rtalpha_cfg_render_origin(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_cfg_named_t *source, const ngx_rtalpha_prop_t *prop)
{
    u_char  buf[2 * NGX_INT32_LEN + 1];

    ngx_rtalpha_json_key_lit(j, "origin");

    if (source->overrides) {
        ngx_rtalpha_json_lit(j, "Config server overrides");
        return;
    }

    ngx_rtalpha_json_text(j, buf,
        ngx_sprintf(buf, "%uD:%uD", prop->line, prop->column) - buf);
}


static void
ngx_rtalpha_cfg_render_source(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_cfg_named_t *source, ngx_uint_t v2)
{
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "name");
    ngx_rtalpha_json_str(j, &source->name);
    ngx_rtalpha_json_key_lit(j, "source");
    ngx_rtalpha_json_object(j);

    n = ngx_rtalpha_props_count(source->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(source->props, i);
        ngx_rtalpha_json_key(j, prop->key.data, prop->key.len);

        if (!v2 || (prop->line == 0 && !source->overrides)) {
            ngx_rtalpha_cfg_render_scalar(j, prop);
            continue;
        }

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "value");
        ngx_rtalpha_cfg_render_scalar(j, prop);
        ngx_rtalpha_cfg_render_origin(j, source, prop);
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_cfg_render_or_null(ngx_rtalpha_json_t *j, ngx_uint_t there,
    const ngx_str_t *value)
{
    if (there) {
        ngx_rtalpha_json_str(j, value);

    } else {
        ngx_rtalpha_json_null(j);
    }
}


void
ngx_rtalpha_cfg_render_env(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_cfg_env_t *env, ngx_uint_t v2)
{
    ngx_uint_t                i;
    ngx_rtalpha_json_t        j;
    ngx_rtalpha_cfg_named_t  *source;

    ngx_rtalpha_json_init(&j, out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "name");
    ngx_rtalpha_json_str(&j, &env->name);

    ngx_rtalpha_json_key_lit(&j, "profiles");
    ngx_rtalpha_json_array(&j);
    ngx_rtalpha_json_str(&j, &env->profiles);
    ngx_rtalpha_json_end(&j);

    ngx_rtalpha_json_key_lit(&j, "label");
    ngx_rtalpha_cfg_render_or_null(&j, env->labelled, &env->label);
    ngx_rtalpha_json_key_lit(&j, "version");
    ngx_rtalpha_cfg_render_or_null(&j, env->versioned, &env->version);
    ngx_rtalpha_json_key_lit(&j, "state");
    ngx_rtalpha_cfg_render_or_null(&j, env->stated, &env->state);

    ngx_rtalpha_json_key_lit(&j, "propertySources");
    ngx_rtalpha_json_array(&j);

    source = env->sources.elts;

    for (i = 0; i < env->sources.nelts; i++) {
        ngx_rtalpha_cfg_render_source(&j, &source[i], v2);
    }

    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_json_end(&j);
}
