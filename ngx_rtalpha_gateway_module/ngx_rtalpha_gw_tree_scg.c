
/*
 * The tree of Spring Cloud Gateway, under all the prefixes it has had.
 *
 * Routes are first read as they are written and then compiled one by one, so
 * that a broken definition refuses the tree, or only itself where
 * fail-on-route-definition-error is false.  Where two prefixes give routes
 * the older one's list wins whole, as in 4.3.
 */


#include "ngx_rtalpha_gw_scg.h"


typedef enum {
    NGX_RTALPHA_GW_SCG_OLD = 0,         /* spring.cloud.gateway */
    NGX_RTALPHA_GW_SCG_WEBFLUX,
    NGX_RTALPHA_GW_SCG_WEBMVC,
    NGX_RTALPHA_GW_SCG_MVC,
    NGX_RTALPHA_GW_SCG_LAST
} ngx_rtalpha_gw_scg_prefix_e;


static ngx_str_t  ngx_rtalpha_gw_scg_prefixes[] = {
    ngx_string("spring.cloud.gateway."),
    ngx_string("spring.cloud.gateway.server.webflux."),
    ngx_string("spring.cloud.gateway.server.webmvc."),
    ngx_string("spring.cloud.gateway.mvc.")
};


static ngx_uint_t ngx_rtalpha_gw_scg_prefix(const ngx_rtalpha_prop_t *prop,
    ngx_str_t *rest);
static ngx_int_t ngx_rtalpha_gw_scg_read(ngx_rtalpha_gw_scg_t *s,
    ngx_uint_t prefix);
static ngx_uint_t ngx_rtalpha_gw_scg_with_routes(
    ngx_rtalpha_gw_table_t *table);
static ngx_int_t ngx_rtalpha_gw_scg_prop(ngx_rtalpha_gw_scg_t *s,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest);
static ngx_int_t ngx_rtalpha_gw_scg_text(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_scg_route_t *route, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_scg_shortcut(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_scg_conf(ngx_rtalpha_gw_scg_t *s);
static ngx_int_t ngx_rtalpha_gw_scg_forwarding(ngx_rtalpha_gw_scg_t *s);
static ngx_int_t ngx_rtalpha_gw_scg_compile(ngx_rtalpha_gw_scg_t *s);
static ngx_flag_t ngx_rtalpha_gw_scg_flag(ngx_rtalpha_gw_scg_t *s,
    const char *name, ngx_flag_t usual);
static int ngx_libc_cdecl ngx_rtalpha_gw_scg_order(const void *one,
    const void *two);


ngx_int_t
ngx_rtalpha_gw_tree_scg(ngx_rtalpha_gw_table_t *table, ngx_array_t *services)
{
    ngx_pool_t            *pool;
    ngx_rtalpha_gw_scg_t   s;

    ngx_memzero(&s, sizeof(ngx_rtalpha_gw_scg_t));
    s.table = table;
    pool = table->pool;

    if (ngx_array_init(&s.routes, pool, 16,
                       sizeof(ngx_rtalpha_gw_scg_route_t))
        != NGX_OK
        || ngx_array_init(&s.defaults, pool, 4, sizeof(ngx_rtalpha_gw_def_t))
           != NGX_OK
        || ngx_array_init(&s.groups, pool, 4,
                          sizeof(ngx_rtalpha_gw_group_t *))
           != NGX_OK
        || ngx_array_init(&table->cors.entries, pool, 4,
                          sizeof(ngx_rtalpha_gw_cors_entry_t))
           != NGX_OK
        || ngx_rtalpha_gw_scg_read(&s, ngx_rtalpha_gw_scg_with_routes(table))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!s.present) {
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_scg_conf(&s) != NGX_OK
        || ngx_rtalpha_gw_scg_cors(&s) != NGX_OK
        || ngx_rtalpha_gw_scg_locator(&s, services) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_scg_compile(&s);
}


/* takes the element if it is the one */

ngx_uint_t
ngx_rtalpha_gw_scg_element(ngx_str_t *rest, const char *name)
{
    ngx_str_t  copy, elem, want;

    copy = *rest;
    want.data = (u_char *) name;
    want.len = ngx_strlen(name);

    if (ngx_rtalpha_bind_element(&copy, &elem) != NGX_OK
        || !ngx_rtalpha_bind_same(&elem, &want))
    {
        return 0;
    }

    *rest = copy;

    return 1;
}


static ngx_uint_t
ngx_rtalpha_gw_scg_prefix(const ngx_rtalpha_prop_t *prop, ngx_str_t *rest)
{
    *rest = prop->key;

    if (rest->len < 21 || (rest->data[0] | 0x20) != 's'
        || !ngx_rtalpha_gw_scg_element(rest, "spring")
        || !ngx_rtalpha_gw_scg_element(rest, "cloud")
        || !ngx_rtalpha_gw_scg_element(rest, "gateway"))
    {
        return NGX_RTALPHA_GW_SCG_LAST;
    }

    if (ngx_rtalpha_gw_scg_element(rest, "mvc")) {
        return NGX_RTALPHA_GW_SCG_MVC;
    }

    if (!ngx_rtalpha_gw_scg_element(rest, "server")) {
        return NGX_RTALPHA_GW_SCG_OLD;
    }

    if (ngx_rtalpha_gw_scg_element(rest, "webflux")) {
        return NGX_RTALPHA_GW_SCG_WEBFLUX;
    }

    return ngx_rtalpha_gw_scg_element(rest, "webmvc")
           ? NGX_RTALPHA_GW_SCG_WEBMVC : NGX_RTALPHA_GW_SCG_LAST;
}


ngx_uint_t
ngx_rtalpha_gw_scg_below(const ngx_rtalpha_prop_t *prop, ngx_str_t *rest)
{
    return ngx_rtalpha_gw_scg_prefix(prop, rest) != NGX_RTALPHA_GW_SCG_LAST;
}


/* the first prefix that gives routes */

static ngx_uint_t
ngx_rtalpha_gw_scg_with_routes(ngx_rtalpha_gw_table_t *table)
{
    ngx_str_t   rest;
    ngx_uint_t  i, n, prefix, best;

    best = NGX_RTALPHA_GW_SCG_LAST;
    n = ngx_rtalpha_props_count(table->props);

    for (i = 0; i < n; i++) {
        prefix = ngx_rtalpha_gw_scg_prefix(
                             ngx_rtalpha_props_at(table->props, i), &rest);

        if (prefix < best && ngx_rtalpha_gw_scg_element(&rest, "routes")
            && rest.len)
        {
            best = prefix;
        }
    }

    return best;
}


static ngx_int_t
ngx_rtalpha_gw_scg_read(ngx_rtalpha_gw_scg_t *s, ngx_uint_t prefix)
{
    ngx_str_t                  rest;
    ngx_uint_t                 i, n, which;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(s->table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(s->table->props, i);
        which = ngx_rtalpha_gw_scg_prefix(prop, &rest);

        if (which == NGX_RTALPHA_GW_SCG_LAST) {
            continue;
        }

        s->present = 1;

        if (ngx_rtalpha_gw_scg_element(&rest, "routes")) {

            if (which == prefix
                && ngx_rtalpha_gw_scg_prop(s, prop, &rest) != NGX_OK)
            {
                return NGX_ERROR;
            }

        } else if (ngx_rtalpha_gw_scg_element(&rest, "default-filters")) {

            if (ngx_rtalpha_gw_scg_def(s, &s->defaults, &rest, prop)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_rtalpha_gw_scg_route_t *
ngx_rtalpha_gw_scg_route(ngx_rtalpha_gw_scg_t *s)
{
    ngx_pool_t                  *pool;
    ngx_rtalpha_gw_scg_route_t  *route;

    pool = s->table->pool;
    route = ngx_array_push(&s->routes);

    if (route == NULL) {
        return NULL;
    }

    ngx_memzero(route, sizeof(ngx_rtalpha_gw_scg_route_t));
    route->number = s->routes.nelts;
    route->enabled = 1;

    if (ngx_array_init(&route->predicates, pool, 2,
                       sizeof(ngx_rtalpha_gw_def_t))
        != NGX_OK
        || ngx_array_init(&route->filters, pool, 2,
                          sizeof(ngx_rtalpha_gw_def_t))
           != NGX_OK
        || ngx_array_init(&route->metadata, pool, 1, sizeof(ngx_keyval_t))
           != NGX_OK)
    {
        return NULL;
    }

    return route;
}


/* rest is behind "routes": "[n].field…", or "[n]" with the text form */

static ngx_int_t
ngx_rtalpha_gw_scg_prop(ngx_rtalpha_gw_scg_t *s,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest)
{
    ngx_int_t                    n;
    ngx_str_t                    index;
    ngx_keyval_t                *kv;
    ngx_rtalpha_gw_scg_route_t  *route;

    if (ngx_rtalpha_bind_element(rest, &index) != NGX_OK) {
        return NGX_OK;
    }

    n = ngx_atoi(index.data, index.len);

    if (n == NGX_ERROR || n >= NGX_RTALPHA_GW_ROUTES_MAX) {
        return ngx_rtalpha_report_add(s->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "routes are a list");
    }

    while (s->routes.nelts <= (ngx_uint_t) n) {
        if (ngx_rtalpha_gw_scg_route(s) == NULL) {
            return NGX_ERROR;
        }
    }

    route = (ngx_rtalpha_gw_scg_route_t *) s->routes.elts + n;

    if (route->prop == NULL) {
        route->prop = prop;
    }

    if (rest->len == 0) {
        return ngx_rtalpha_gw_scg_text(s, route, prop);
    }

    if (ngx_rtalpha_gw_scg_element(rest, "predicates")) {
        return ngx_rtalpha_gw_scg_def(s, &route->predicates, rest, prop);
    }

    if (ngx_rtalpha_gw_scg_element(rest, "filters")) {
        return ngx_rtalpha_gw_scg_def(s, &route->filters, rest, prop);
    }

    if (ngx_rtalpha_gw_scg_element(rest, "metadata")) {
        kv = ngx_array_push(&route->metadata);
        if (kv == NULL) {
            return NGX_ERROR;
        }

        kv->key = *rest;
        kv->value = prop->text;
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_scg_element(rest, "id")) {
        route->id = prop->text;

    } else if (ngx_rtalpha_gw_scg_element(rest, "uri")) {
        route->uri = prop->text;
        route->prop = prop;

    } else if (ngx_rtalpha_gw_scg_element(rest, "enabled")) {
        (void) ngx_rtalpha_bind_flag(&prop->text, &route->enabled);

    } else if (ngx_rtalpha_gw_scg_element(rest, "order")) {
        n = (prop->text.len && prop->text.data[0] == '-') ? 1 : 0;
        route->order = ngx_atoi(prop->text.data + n, prop->text.len - n);
        route->order = n ? -route->order : route->order;

    } else {
        return ngx_rtalpha_report_add(s->table->report, prop,
                                      NGX_RTALPHA_BIND_UNKNOWN,
                                      "a route has no such property");
    }

    return NGX_OK;
}


/* "id=uri,Predicate=…,Predicate=…" */

static ngx_int_t
ngx_rtalpha_gw_scg_text(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_scg_route_t *route, const ngx_rtalpha_prop_t *prop)
{
    u_char                *p, *start, *last, *equals;
    ngx_str_t              part;
    ngx_rtalpha_gw_def_t  *def;

    start = prop->text.data;
    last = start + prop->text.len;
    equals = ngx_strlchr(start, last, '=');

    if (equals == NULL) {
        return NGX_OK;
    }

    route->id.data = start;
    route->id.len = equals - start;

    for (start = equals + 1; start < last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        part.data = start;
        part.len = p - start;

        if (route->uri.len == 0) {
            route->uri = part;
            continue;
        }

        def = ngx_array_push(&route->predicates);
        if (def == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(def, sizeof(ngx_rtalpha_gw_def_t));
        def->prop = prop;

        if (ngx_rtalpha_gw_scg_shortcut(s, def, &part) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_scg_def(ngx_rtalpha_gw_scg_t *s, ngx_array_t *defs,
    ngx_str_t *rest, const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t              n;
    ngx_str_t              index;
    ngx_keyval_t          *kv;
    ngx_rtalpha_gw_def_t  *def;

    if (ngx_rtalpha_bind_element(rest, &index) != NGX_OK) {
        return NGX_OK;
    }

    n = ngx_atoi(index.data, index.len);

    if (n == NGX_ERROR || n > 1000) {
        return NGX_OK;
    }

    while (defs->nelts <= (ngx_uint_t) n) {
        def = ngx_array_push(defs);

        if (def == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(def, sizeof(ngx_rtalpha_gw_def_t));

        if (ngx_array_init(&def->args, s->table->pool, 2,
                           sizeof(ngx_keyval_t))
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    def = (ngx_rtalpha_gw_def_t *) defs->elts + n;

    if (def->prop == NULL) {
        def->prop = prop;
    }

    if (rest->len == 0) {
        return ngx_rtalpha_gw_scg_shortcut(s, def, &prop->text);
    }

    if (ngx_rtalpha_gw_scg_element(rest, "name")) {
        def->name = prop->text;
        return NGX_OK;
    }

    if (!ngx_rtalpha_gw_scg_element(rest, "args")) {
        return NGX_OK;
    }

    kv = ngx_array_push(&def->args);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key = *rest;
    kv->value = prop->text;

    if (kv->key.len && kv->key.data[0] == '.') {
        kv->key.data++;
        kv->key.len--;
    }

    return NGX_OK;
}


/* values between commas, trimmed, empty ones left out */

static ngx_int_t
ngx_rtalpha_gw_scg_shortcut(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, const ngx_str_t *text)
{
    u_char        *p, *start, *last, *end;
    ngx_keyval_t  *kv;

    def->shortcut = 1;

    if (ngx_array_init(&def->args, s->table->pool, 2, sizeof(ngx_keyval_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    start = text->data;
    last = start + text->len;
    p = ngx_strlchr(start, last, '=');

    def->name.data = start;
    def->name.len = (p ? p : last) - start;

    if (p == NULL) {
        return NGX_OK;
    }

    for (start = p + 1; start <= last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        for (end = p; end > start && end[-1] == ' '; end--) { /* void */ }

        if (end == start) {
            continue;
        }

        kv = ngx_array_push(&def->args);
        if (kv == NULL) {
            return NGX_ERROR;
        }

        ngx_str_null(&kv->key);
        kv->value.data = start;
        kv->value.len = end - start;
    }

    return NGX_OK;
}


const ngx_str_t *
ngx_rtalpha_gw_def_arg(const ngx_rtalpha_gw_def_t *def, ngx_uint_t i,
    const char *name)
{
    ngx_str_t      want, key;
    ngx_uint_t     k, n;
    ngx_keyval_t  *kv;

    kv = def->args.elts;
    n = 0;
    want.data = (u_char *) name;
    want.len = ngx_strlen(name);

    for (k = 0; k < def->args.nelts; k++) {

        if (kv[k].key.len == 0) {
            if (n++ == i) {
                return &kv[k].value;
            }

            continue;
        }

        /* "_genkey_0" is what Spring makes of the short form */

        key = kv[k].key;

        if (ngx_rtalpha_bind_same(&key, &want)
            || (key.len > 8 && ngx_strncmp(key.data, "_genkey_", 8) == 0
                && (ngx_uint_t) ngx_atoi(key.data + 8, key.len - 8) == i))
        {
            return &kv[k].value;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_gw_def_joined(ngx_rtalpha_gw_scg_t *s,
    const ngx_rtalpha_gw_def_t *def, ngx_uint_t i, const char *name,
    ngx_str_t *text)
{
    ngx_str_t           want, rest, key;
    ngx_uint_t          k, n;
    ngx_keyval_t       *kv;
    const ngx_str_t    *value;
    ngx_rtalpha_out_t   out;

    ngx_str_null(text);

    value = ngx_rtalpha_gw_def_arg(def, i, name);

    if (value) {
        *text = *value;
        return NGX_OK;
    }

    if (ngx_rtalpha_out_init(&out, s->table->pool, 64, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    want.data = (u_char *) name;
    want.len = ngx_strlen(name);
    kv = def->args.elts;
    n = 0;

    for (k = 0; k < def->args.nelts; k++) {
        rest = kv[k].key;

        if (ngx_rtalpha_bind_element(&rest, &key) != NGX_OK
            || !ngx_rtalpha_bind_same(&key, &want))
        {
            continue;
        }

        if (n++) {
            ngx_rtalpha_out_char(&out, ',');
        }

        ngx_rtalpha_out_str(&out, &kv[k].value);
    }

    return n ? ngx_rtalpha_out_done(&out, text) : NGX_OK;
}


const ngx_rtalpha_prop_t *
ngx_rtalpha_gw_scg_find(ngx_rtalpha_gw_scg_t *s, const char *name)
{
    u_char                     key[256], *p;
    ngx_str_t                  text;
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    for (i = 0; i < NGX_RTALPHA_GW_SCG_LAST; i++) {
        p = ngx_snprintf(key, sizeof(key), "%V%s",
                         &ngx_rtalpha_gw_scg_prefixes[i], name);
        text.data = key;
        text.len = p - key;

        prop = ngx_rtalpha_bind_find(s->table->props, &text);
        if (prop) {
            return prop;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_gw_scg_list(ngx_rtalpha_gw_scg_t *s, const char *name,
    ngx_array_t **list)
{
    u_char                      key[256], *p;
    ngx_uint_t                  i;
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_bind_t          table[2];

    ngx_memzero(table, sizeof(table));
    table[0].type = NGX_RTALPHA_BIND_LIST;
    *list = NULL;

    for (i = 0; i < NGX_RTALPHA_GW_SCG_LAST && *list == NULL; i++) {
        p = ngx_snprintf(key, sizeof(key), "%V%s",
                         &ngx_rtalpha_gw_scg_prefixes[i], name);
        table[0].key.data = key;
        table[0].key.len = p - key;

        if (ngx_rtalpha_report_init(&report, s->table->pool) != NGX_OK
            || ngx_rtalpha_bind(s->table->pool, s->table->props, table, list,
                                &report)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_scg_refuse(ngx_rtalpha_gw_scg_t *s,
    const ngx_rtalpha_prop_t *prop, const char *fmt, ngx_str_t *text)
{
    if (ngx_rtalpha_report_add(s->table->report, prop,
                               s->lenient ? NGX_RTALPHA_BIND_IGNORED
                                          : NGX_RTALPHA_BIND_WRONG,
                               fmt, text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_DECLINED;
}


static ngx_flag_t
ngx_rtalpha_gw_scg_flag(ngx_rtalpha_gw_scg_t *s, const char *name,
    ngx_flag_t usual)
{
    ngx_flag_t                 flag;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_gw_scg_find(s, name);

    return (prop && ngx_rtalpha_bind_flag(&prop->text, &flag) == NGX_OK)
           ? flag : usual;
}


static ngx_int_t
ngx_rtalpha_gw_scg_conf(ngx_rtalpha_gw_scg_t *s)
{
    ngx_uint_t                 i;
    ngx_str_t                  error, never;
    ngx_pool_t                *pool;
    const ngx_rtalpha_prop_t  *prop;
    ngx_rtalpha_gw_names_t   **set;

    pool = s->table->pool;

    s->table->dialect = NGX_RTALPHA_GW_SCG;
    s->style = NGX_RTALPHA_GW_PATH_SLASH;
    s->include_port = ngx_rtalpha_gw_scg_flag(s,
                                          "predicate.host.include-port", 1);
    s->table->strip_port = !s->include_port;
    s->lenient = !ngx_rtalpha_gw_scg_flag(s,
                                       "fail-on-route-definition-error", 1);
    s->use404 = ngx_rtalpha_gw_scg_flag(s, "loadbalancer.use404", 0);

    prop = ngx_rtalpha_gw_scg_find(s, "httpclient.connect-timeout");
    if (prop) {
        (void) ngx_rtalpha_bind_msec(&prop->text, 1, &s->connect_timeout);
    }

    prop = ngx_rtalpha_gw_scg_find(s, "httpclient.response-timeout");
    if (prop) {
        (void) ngx_rtalpha_bind_msec(&prop->text, 1, &s->response_timeout);
    }

    prop = ngx_rtalpha_gw_scg_find(s,
                                   "set-status.original-status-header-name");
    if (prop) {
        s->original = prop->text;
    }

    prop = ngx_rtalpha_gw_scg_find(s, "trusted-proxies");
    if (prop && prop->text.len) {
        s->table->trusted_re = ngx_rtalpha_gw_regex_compile(pool, &prop->text,
                                                            &error);
        if (s->table->trusted_re == NULL) {
            return error.data ? ngx_rtalpha_report_add(s->table->report, prop,
                                                 NGX_RTALPHA_BIND_WRONG,
                                                 "%V", &error)
                              : NGX_ERROR;
        }
    }

    if (ngx_rtalpha_gw_scg_forwarding(s) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&never, "X-Application-Context");

    for (i = 0; i < 2; i++) {
        set = i ? &s->response : &s->request;
        *set = ngx_rtalpha_gw_names_create(pool, NULL);

        if (*set == NULL
            || (i ? ngx_rtalpha_gw_names_response(pool, *set)
                  : ngx_rtalpha_gw_names_request(pool, *set))
               != NGX_OK
            || ngx_rtalpha_gw_names_add(pool, *set, &never,
                                        NGX_RTALPHA_GW_NAME_DROP)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * As 4.3 has it: forwarding fields are written where trusted-proxies is set,
 * or where x-forwarded.enabled is written out.
 */

static ngx_int_t
ngx_rtalpha_gw_scg_forwarding(ngx_rtalpha_gw_scg_t *s)
{
    u_char                        key[64];
    ngx_uint_t                    i;
    ngx_rtalpha_gw_forwarding_t  *f;

    static const char  *parts[] = { "for", "host", "port", "proto",
                                    "prefix" };

    if (s->table->trusted_re == NULL
        && !ngx_rtalpha_gw_scg_flag(s, "x-forwarded.enabled", 0))
    {
        return NGX_OK;
    }

    f = ngx_pcalloc(s->table->pool, sizeof(ngx_rtalpha_gw_forwarding_t));
    if (f == NULL) {
        return NGX_ERROR;
    }

    s->table->forwarding = f;
    f->trusted = s->table->trusted_re;
    f->x = ngx_rtalpha_gw_scg_flag(s, "x-forwarded.enabled", 1);
    f->forwarded = f->trusted
                   && ngx_rtalpha_gw_scg_flag(s, "forwarded.enabled", 1);
    f->by = ngx_rtalpha_gw_scg_flag(s, "forwarded.by.enabled", 0);

    for (i = 0; i < 5; i++) {
        (void) ngx_snprintf(key, sizeof(key), "x-forwarded.%s-enabled%Z",
                            parts[i]);
        f->enabled |= ngx_rtalpha_gw_scg_flag(s, (char *) key, 1) << i;

        (void) ngx_snprintf(key, sizeof(key), "x-forwarded.%s-append%Z",
                            parts[i]);
        f->append |= ngx_rtalpha_gw_scg_flag(s, (char *) key, 1) << i;
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_rtalpha_gw_scg_order(const void *one, const void *two)
{
    const ngx_rtalpha_gw_scg_route_t  *a = one, *b = two;

    if (a->order != b->order) {
        return (a->order < b->order) ? -1 : 1;
    }

    return (a->number < b->number) ? -1 : 1;
}


static ngx_int_t
ngx_rtalpha_gw_scg_compile(ngx_rtalpha_gw_scg_t *s)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    ngx_rtalpha_gw_scg_route_t  *route;

    route = s->routes.elts;

    ngx_qsort(route, s->routes.nelts, sizeof(ngx_rtalpha_gw_scg_route_t),
              ngx_rtalpha_gw_scg_order);

    for (i = 0; i < s->routes.nelts; i++) {

        if (!route[i].enabled || route[i].prop == NULL) {
            continue;
        }

        rc = ngx_rtalpha_gw_scg_rule(s, &route[i]);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_DECLINED) {

            /* the route is left out, or the report refuses the tree */
            s->table->rules.nelts--;
        }
    }

    return NGX_OK;
}
