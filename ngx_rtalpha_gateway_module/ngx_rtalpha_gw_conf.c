
/*
 * Directives of the gateway's locations.
 *
 *     rtalpha_gateway       [settings=SOURCE] …;
 *     rtalpha_route         ID KEY=VALUE …;
 *     rtalpha_route_policy  ID|* KEY=VALUE …;
 *
 * A route of a directive is the same as rtalpha.gateway.routes.ID of a tree:
 * it becomes these keys, and the location's table is compiled from them over
 * what the sources say.  Locations without routes of their own share the
 * table of their list of sources.
 */


#include "ngx_rtalpha_gw.h"


static ngx_int_t ngx_rtalpha_gw_conf_put(ngx_conf_t *cf,
    ngx_rtalpha_props_t *props, const char *kind, const ngx_str_t *id,
    const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_conf_name(ngx_conf_t *cf,
    ngx_rtalpha_gw_loc_conf_t *lcf, ngx_str_t *name);
static ngx_int_t ngx_rtalpha_gw_conf_check(ngx_conf_t *cf,
    ngx_rtalpha_gw_t *gateway);


char *
ngx_rtalpha_gw_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_rtalpha_gw_loc_conf_t  *lcf = conf;

    ngx_str_t                  *value, *source;
    ngx_uint_t                  i;
    ngx_rtalpha_gw_srv_conf_t  *scf;

    if (lcf->sources) {
        return "is duplicate";
    }

    lcf->sources = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (lcf->sources == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_rtalpha_str_begins(&value[i], "settings=")) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        source = ngx_array_push(lcf->sources);
        if (source == NULL) {
            return NGX_CONF_ERROR;
        }

        source->data = value[i].data + sizeof("settings=") - 1;
        source->len = value[i].len - (sizeof("settings=") - 1);
    }

    if (ngx_rtalpha_role_use(cf, &ngx_rtalpha_gw_role) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_rtalpha_gw_module);
    scf->gateways++;

    return NGX_CONF_OK;
}


char *
ngx_rtalpha_gw_route_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_rtalpha_gw_loc_conf_t  *lcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (lcf->own == NULL) {
        lcf->own = ngx_rtalpha_props_create(cf->pool);
        if (lcf->own == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_rtalpha_gw_conf_put(cf, lcf->own, cmd->post, &value[1],
                                    &value[i])
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* a key of the tree that the directive stands for */

static ngx_int_t
ngx_rtalpha_gw_conf_put(ngx_conf_t *cf, ngx_rtalpha_props_t *props,
    const char *kind, const ngx_str_t *id, const ngx_str_t *text)
{
    u_char              *p, *equals;
    ngx_str_t            key;
    ngx_rtalpha_prop_t   prop;

    equals = ngx_strlchr(text->data, text->data + text->len, '=');

    if (equals == NULL || equals == text->data
        || ngx_strlchr(id->data, id->data + id->len, ']'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V %V\" is not an id and key=value", id, text);
        return NGX_ERROR;
    }

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));
    key.data = text->data;
    key.len = equals - text->data;

    p = ngx_pnalloc(cf->pool, sizeof("rtalpha.gateway.policies[].") - 1
                              + id->len + key.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    prop.key.data = p;
    prop.key.len = ngx_sprintf(p, "rtalpha.gateway.%s[%V].%V", kind, id, &key)
                   - p;
    prop.text.data = equals + 1;
    prop.text.len = text->len - key.len - 1;

    if (ngx_rtalpha_props_find(props, prop.key.data, prop.key.len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is given twice", &key, id);
        return NGX_ERROR;
    }

    return ngx_rtalpha_props_set(props, &prop);
}


/* not inherited: the named locations are not gateways themselves */

char *
ngx_rtalpha_gw_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_rtalpha_gw_loc_conf_t  *lcf = child;

    ngx_str_t                   name;
    ngx_rtalpha_gw_srv_conf_t  *scf;

    if (lcf->sources == NULL) {

        if (lcf->own) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"rtalpha_route\" is for locations with "
                          "\"rtalpha_gateway\"");
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    if (ngx_rtalpha_gw_conf_name(cf, lcf, &name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lcf->gateway = ngx_rtalpha_gw_live_add(cf, &name, lcf->sources, lcf->own);

    if (lcf->gateway == NULL
        || (lcf->own && ngx_rtalpha_gw_conf_check(cf, lcf->gateway)
                        != NGX_OK))
    {
        return NGX_CONF_ERROR;
    }

    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_rtalpha_gw_module);

    if (scf->first == NULL) {
        scf->first = lcf->gateway;
    }

    return NGX_CONF_OK;
}


/* by the sources, and by number where there are routes besides */

static ngx_int_t
ngx_rtalpha_gw_conf_name(ngx_conf_t *cf, ngx_rtalpha_gw_loc_conf_t *lcf,
    ngx_str_t *name)
{
    u_char                      *p;
    size_t                       len;
    ngx_str_t                   *source;
    ngx_uint_t                   i;
    ngx_rtalpha_gw_main_conf_t  *mcf;

    source = lcf->sources->elts;
    len = sizeof("gateway:#") + NGX_INT_T_LEN;

    for (i = 0; i < lcf->sources->nelts; i++) {
        len += source[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name->data = p;
    p = ngx_cpymem(p, "gateway:", sizeof("gateway:") - 1);

    for (i = 0; i < lcf->sources->nelts; i++) {

        if (i) {
            *p++ = ',';
        }

        p = ngx_rtalpha_put(p, &source[i]);
    }

    if (lcf->own) {
        mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_gw_module);
        p = ngx_sprintf(p, "#%ui", mcf->gateways.nelts + 1);
    }

    name->len = p - name->data;

    return NGX_OK;
}


/* together with what is known of the sources by now */

static ngx_int_t
ngx_rtalpha_gw_conf_check(ngx_conf_t *cf, ngx_rtalpha_gw_t *gateway)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_pool_t                 *pool;
    ngx_rtalpha_props_t        *props;
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_report_line_t  *line;

    pool = ngx_create_pool(16384, cf->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;
    props = ngx_rtalpha_props_create(pool);

    if (props == NULL
        || ngx_rtalpha_report_init(&report, pool) != NGX_OK
        || ngx_rtalpha_props_merge(props, gateway->own) != NGX_OK
        || ngx_rtalpha_props_merge(props,
                              ngx_rtalpha_settings_initial(gateway->settings))
           != NGX_OK
        || ngx_rtalpha_gw_settings_user.check(pool, props, &report)
           != NGX_OK)
    {
        goto done;
    }

    line = report.lines.elts;

    for (i = 0; i < report.lines.nelts; i++) {
        if (line[i].verdict == NGX_RTALPHA_BIND_WRONG) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"%V\": %V",
                          &line[i].key, &line[i].note);
        }
    }

    rc = report.wrong ? NGX_ERROR : NGX_OK;

done:

    ngx_destroy_pool(pool);

    return rc;
}
