
/*
 * Static lists of instances: NAME.ribbon.listOfServers (Ribbon's
 * configuration-based list) and
 * spring.cloud.discovery.client.simple.instances.NAME[n].uri.
 */


#include "ngx_rtalpha_gw_table.h"


static ngx_int_t ngx_rtalpha_gw_statics_ribbon(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_statics_simple(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop);
static void ngx_rtalpha_gw_statics_metadata(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *uri, ngx_rtalpha_gw_server_t *server);
static ngx_int_t ngx_rtalpha_gw_statics_add(ngx_rtalpha_gw_table_t *table,
    const ngx_str_t *name, ngx_str_t *text, const ngx_rtalpha_prop_t *prop,
    ngx_uint_t discovered);


ngx_int_t
ngx_rtalpha_gw_tree_statics(ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(table->props, i);

        if (ngx_rtalpha_gw_statics_ribbon(table, prop) != NGX_OK
            || ngx_rtalpha_gw_statics_simple(table, prop) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the name itself may have dots; Archaius keys are not relaxed */

static ngx_int_t
ngx_rtalpha_gw_statics_ribbon(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop)
{
    u_char     *p, *start, *last;
    size_t      len;
    ngx_str_t   name, text;

    static ngx_str_t  suffix = ngx_string(".ribbon.listOfServers");

    len = prop->key.len;

    for (p = prop->key.data + len; len && p[-1] == ']'; /* void */ ) {

        while (len && *--p != '[') {
            len--;
        }

        len = p - prop->key.data;
        break;
    }

    if (len <= suffix.len
        || ngx_memcmp(prop->key.data + len - suffix.len, suffix.data,
                      suffix.len) != 0)
    {
        return NGX_OK;
    }

    name.data = prop->key.data;
    name.len = len - suffix.len;

    p = prop->text.data;
    last = p + prop->text.len;

    for (start = p; start < last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        text.data = start;
        text.len = p - start;

        while (text.len && text.data[text.len - 1] == ' ') {
            text.len--;
        }

        if (text.len
            && ngx_rtalpha_gw_statics_add(table, &name, &text, prop, 0)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_statics_simple(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t    rest, elem, name, text;
    ngx_uint_t   i;

    static ngx_str_t  path[] = {
        ngx_string("spring"), ngx_string("cloud"), ngx_string("discovery"),
        ngx_string("client"), ngx_string("simple"), ngx_string("instances")
    };
    static ngx_str_t  uri = ngx_string("uri");

    if (prop->key.len < 6 || (prop->key.data[0] | 0x20) != 's') {
        return NGX_OK;
    }

    rest = prop->key;

    for (i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
        if (ngx_rtalpha_bind_element(&rest, &elem) != NGX_OK
            || !ngx_rtalpha_bind_same(&elem, &path[i]))
        {
            return NGX_OK;
        }
    }

    /* NAME, index, "uri" */

    if (ngx_rtalpha_bind_element(&rest, &name) != NGX_OK
        || ngx_rtalpha_bind_element(&rest, &elem) != NGX_OK
        || ngx_rtalpha_bind_element(&rest, &elem) != NGX_OK
        || !ngx_rtalpha_bind_same(&elem, &uri))
    {
        return NGX_OK;
    }

    text = prop->text;

    return ngx_rtalpha_gw_statics_add(table, &name, &text, prop, 1);
}


/* NAME[n].metadata.zone and .weight, written like NAME[n].uri */

static void
ngx_rtalpha_gw_statics_metadata(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *uri, ngx_rtalpha_gw_server_t *server)
{
    u_char                     key[512], *p;
    ngx_int_t                  n;
    ngx_str_t                  base;
    const ngx_rtalpha_prop_t  *prop;

    base = uri->key;
    base.len -= sizeof("uri") - 1;

    p = ngx_snprintf(key, sizeof(key), "%Vmetadata.zone", &base);
    prop = ngx_rtalpha_props_find(table->props, key, p - key);

    if (prop) {
        server->zone = prop->text;
    }

    p = ngx_snprintf(key, sizeof(key), "%Vmetadata.weight", &base);
    prop = ngx_rtalpha_props_find(table->props, key, p - key);

    if (prop) {
        n = ngx_atoi(prop->text.data, prop->text.len);

        if (n >= 1 && n <= 65535) {
            server->weight = (uint32_t) n;
        }
    }
}


static ngx_int_t
ngx_rtalpha_gw_statics_add(ngx_rtalpha_gw_table_t *table,
    const ngx_str_t *name, ngx_str_t *text, const ngx_rtalpha_prop_t *prop,
    ngx_uint_t discovered)
{
    u_char                   *p;
    ngx_str_t                 url, path;
    ngx_uint_t                i;
    ngx_rtalpha_gw_server_t   server, *s;
    ngx_rtalpha_gw_static_t  *st;

    url = *text;

    if (ngx_strlchr(text->data, text->data + text->len, '/') == NULL) {
        url.data = ngx_pnalloc(table->pool, text->len + 7);
        if (url.data == NULL) {
            return NGX_ERROR;
        }

        p = ngx_cpymem(url.data, "http://", 7);
        p = ngx_cpymem(p, text->data, text->len);
        url.len = p - url.data;
    }

    if (ngx_rtalpha_gw_table_url(&url, &server, &path) != NGX_OK) {
        return ngx_rtalpha_report_add(table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "\"%V\" is not host:port or a URL",
                                      text);
    }

    st = ngx_rtalpha_gw_table_static(table, name, 1);
    if (st == NULL) {
        return NGX_ERROR;
    }

    st->discovered |= discovered;

    /* the same list is often written for both clients */

    s = st->servers.elts;

    for (i = 0; i < st->servers.nelts; i++) {
        if (s[i].port == server.port && s[i].secure == server.secure
            && ngx_rtalpha_str_eq(&s[i].host, &server.host))
        {
            return NGX_OK;
        }
    }

    s = ngx_array_push(&st->servers);
    if (s == NULL) {
        return NGX_ERROR;
    }

    if (discovered) {
        ngx_rtalpha_gw_statics_metadata(table, prop, &server);
    }

    *s = server;

    return NGX_OK;
}
