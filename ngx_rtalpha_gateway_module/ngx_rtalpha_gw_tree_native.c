
/*
 * The native tree: rtalpha.gateway.routes.ID.KEY.
 *
 *     orders: {host: api.example.org, path: /orders/{id}, methods: [GET],
 *              service: orders, strip: 1, timeout: 2s, retries: 2}
 *
 * A route's conditions and filters become definitions as Spring Cloud
 * Gateway's tree has them, and are compiled by its makers: there is one
 * predicate "Header", whoever asks for it.  Stripping, time-outs and the
 * target are the plan's own, and cost nothing per request.
 */


#include "ngx_rtalpha_gw_scg.h"
#include "ngx_rtalpha_gw_policy.h"


typedef struct {
    ngx_rtalpha_gw_scg_route_t  route;      /* must be first */
    ngx_rtalpha_gw_policy_t     policy;
    ngx_str_t                   service;
    ngx_str_t                   url;
    ngx_str_t                   forward;
    ngx_int_t                   strip;
} ngx_rtalpha_gw_native_t;


typedef struct {
    ngx_rtalpha_gw_scg_t        s;          /* for the makers */
    ngx_array_t                 routes;     /* ngx_rtalpha_gw_native_t */
    ngx_rtalpha_gw_index_t      names;
} ngx_rtalpha_gw_natives_t;


/* conditions: a list of values, or a name with a value */
typedef struct {
    ngx_str_t                   key;
    ngx_str_t                   predicate;
    ngx_uint_t                  named;
} ngx_rtalpha_gw_native_pred_t;


static ngx_int_t ngx_rtalpha_gw_native_init(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_table_t *table);
static ngx_int_t ngx_rtalpha_gw_native_read(ngx_rtalpha_gw_natives_t *n);
static ngx_int_t ngx_rtalpha_gw_native_other(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_native_trusted(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop);
static ngx_rtalpha_gw_native_t *ngx_rtalpha_gw_native_route(
    ngx_rtalpha_gw_natives_t *n, const ngx_str_t *id,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_native_key(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route, ngx_str_t *rest,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_native_cond(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route, ngx_str_t *rest,
    const ngx_rtalpha_prop_t *prop);
static ngx_rtalpha_gw_def_t *ngx_rtalpha_gw_native_def(
    ngx_rtalpha_gw_natives_t *n, ngx_array_t *defs, const ngx_str_t *name,
    ngx_uint_t fresh, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_native_args(ngx_rtalpha_gw_def_t *def,
    const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_native_flag(ngx_rtalpha_gw_natives_t *n,
    const ngx_rtalpha_prop_t *prop, ngx_int_t rc);
static ngx_int_t ngx_rtalpha_gw_native_compile(ngx_rtalpha_gw_natives_t *n);
static ngx_int_t ngx_rtalpha_gw_native_rule(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route);
static ngx_int_t ngx_rtalpha_gw_native_target(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route);
static ngx_int_t ngx_rtalpha_gw_native_hosts(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route);
static ngx_int_t ngx_rtalpha_gw_native_path(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route, ngx_rtalpha_gw_plan_t *plan,
    const ngx_str_t *base);
static ngx_int_t ngx_rtalpha_gw_native_first(ngx_rtalpha_gw_table_t *table,
    ngx_uint_t others);
static int ngx_libc_cdecl ngx_rtalpha_gw_native_order(const void *one,
    const void *two);


static const ngx_rtalpha_gw_native_pred_t  ngx_rtalpha_gw_native_preds[] = {
    { ngx_string("path"), ngx_string("Path"), 0 },
    { ngx_string("host"), ngx_string("Host"), 0 },
    { ngx_string("methods"), ngx_string("Method"), 0 },
    { ngx_string("remote"), ngx_string("RemoteAddr"), 0 },
    { ngx_string("after"), ngx_string("After"), 0 },
    { ngx_string("before"), ngx_string("Before"), 0 },
    { ngx_string("weight"), ngx_string("Weight"), 0 },
    { ngx_string("headers"), ngx_string("Header"), 1 },
    { ngx_string("query"), ngx_string("Query"), 1 },
    { ngx_string("cookies"), ngx_string("Cookie"), 1 },
    { ngx_null_string, ngx_null_string, 0 }
};


ngx_uint_t
ngx_rtalpha_gw_native_below(const ngx_rtalpha_prop_t *prop, const char *name,
    ngx_str_t *rest)
{
    *rest = prop->key;

    return rest->len > sizeof("rtalpha.gateway.") - 1
           && (rest->data[0] | 0x20) == 'r'
           && ngx_rtalpha_gw_scg_element(rest, "rtalpha")
           && ngx_rtalpha_gw_scg_element(rest, "gateway")
           && ngx_rtalpha_gw_scg_element(rest, name);
}


ngx_int_t
ngx_rtalpha_gw_tree_native(ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t                others;
    ngx_rtalpha_gw_natives_t  n;

    if (ngx_rtalpha_gw_native_init(&n, table) != NGX_OK
        || ngx_rtalpha_gw_native_read(&n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (n.routes.nelts == 0) {
        return NGX_OK;
    }

    others = table->rules.nelts;

    if (others == 0 && table->dialect != NGX_RTALPHA_GW_SCG) {
        table->dialect = NGX_RTALPHA_GW_NATIVE;
    }

    /* Spring Cloud Gateway's hosts have a case, and perhaps a port */

    if (table->dialect != NGX_RTALPHA_GW_SCG) {
        table->strip_port = 1;
        table->lower_host = 1;
    }

    if (ngx_rtalpha_gw_native_compile(&n) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_native_first(table, others);
}


static ngx_int_t
ngx_rtalpha_gw_native_init(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_table_t *table)
{
    ngx_pool_t  *pool;

    ngx_memzero(n, sizeof(ngx_rtalpha_gw_natives_t));

    pool = table->pool;
    n->s.table = table;
    n->s.style = NGX_RTALPHA_GW_PATH_SLASH;
    n->s.native = 1;
    n->s.add_forwarded = 1;
    n->s.request = ngx_rtalpha_gw_names_create(pool, NULL);
    n->s.response = ngx_rtalpha_gw_names_create(pool, NULL);

    if (n->s.request == NULL || n->s.response == NULL
        || ngx_rtalpha_gw_names_request(pool, n->s.request) != NGX_OK
        || ngx_rtalpha_gw_names_response(pool, n->s.response) != NGX_OK
        || ngx_array_init(&n->s.defaults, pool, 1,
                          sizeof(ngx_rtalpha_gw_def_t))
           != NGX_OK
        || ngx_array_init(&n->s.groups, pool, 1,
                          sizeof(ngx_rtalpha_gw_group_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_array_init(&n->routes, table->temp, 16,
                          sizeof(ngx_rtalpha_gw_native_t));
}


static ngx_int_t
ngx_rtalpha_gw_native_read(ngx_rtalpha_gw_natives_t *n)
{
    ngx_int_t                  rc;
    ngx_str_t                  rest, id;
    ngx_uint_t                 i, count;
    const ngx_rtalpha_prop_t  *prop;
    ngx_rtalpha_gw_native_t   *route;

    count = ngx_rtalpha_props_count(n->s.table->props);

    for (i = 0; i < count; i++) {
        prop = ngx_rtalpha_props_at(n->s.table->props, i);

        if (!ngx_rtalpha_gw_native_below(prop, "routes", &rest)
            || ngx_rtalpha_bind_element(&rest, &id) != NGX_OK)
        {
            if (ngx_rtalpha_gw_native_other(n->s.table, prop) != NGX_OK) {
                return NGX_ERROR;
            }

            continue;
        }

        route = ngx_rtalpha_gw_native_route(n, &id, prop);
        if (route == NULL) {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_gw_native_key(n, route, &rest, prop);

        if (rc == NGX_DECLINED) {
            rc = ngx_rtalpha_report_add(n->s.table->report, prop,
                                        NGX_RTALPHA_BIND_WRONG,
                                        "a route has no such property");
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* what else is below rtalpha.gateway */

static ngx_int_t
ngx_rtalpha_gw_native_other(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t   rest;
    ngx_uint_t  i;

    static const char  *read[] = { "policies", "services", "zone" };
    static const char  *later[] = { "auth", "limits", "caches", "beans" };

    if (ngx_rtalpha_gw_native_below(prop, "trusted-proxies", &rest)) {
        return ngx_rtalpha_gw_native_trusted(table, prop);
    }

    for (i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
        if (ngx_rtalpha_gw_native_below(prop, read[i], &rest)) {
            return NGX_OK;
        }
    }

    for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        if (ngx_rtalpha_gw_native_below(prop, later[i], &rest)) {
            return ngx_rtalpha_report_add(table->report, prop,
                                          NGX_RTALPHA_BIND_IGNORED,
                                          "not in this version");
        }
    }

    rest = prop->key;

    return (ngx_rtalpha_gw_scg_element(&rest, "rtalpha")
            && ngx_rtalpha_gw_scg_element(&rest, "gateway"))
           ? ngx_rtalpha_report_add(table->report, prop,
                                    NGX_RTALPHA_BIND_UNKNOWN,
                                    "the gateway has no such key")
           : NGX_OK;
}


/* address ranges, between commas or as a list */

static ngx_int_t
ngx_rtalpha_gw_native_trusted(ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_prop_t *prop)
{
    size_t       pos;
    ngx_str_t    item;
    ngx_cidr_t  *cidr;

    if (table->trusted == NULL) {
        table->trusted = ngx_array_create(table->pool, 2, sizeof(ngx_cidr_t));
        if (table->trusted == NULL) {
            return NGX_ERROR;
        }
    }

    pos = 0;

    while (ngx_rtalpha_gw_scg_next(&prop->text, &pos, &item)) {

        cidr = ngx_array_push(table->trusted);
        if (cidr == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(cidr, sizeof(ngx_cidr_t));

        if (ngx_ptocidr(&item, cidr) == NGX_ERROR) {
            return ngx_rtalpha_report_add(table->report, prop,
                                          NGX_RTALPHA_BIND_WRONG,
                                          "\"%V\" is not an address range",
                                          &item);
        }
    }

    return ngx_rtalpha_report_add(table->report, prop, NGX_RTALPHA_BIND_USED,
                                  "");
}


static ngx_rtalpha_gw_native_t *
ngx_rtalpha_gw_native_route(ngx_rtalpha_gw_natives_t *n, const ngx_str_t *id,
    const ngx_rtalpha_prop_t *prop)
{
    uint32_t                  hash;
    ngx_uint_t                i, place;
    ngx_pool_t               *pool;
    ngx_rtalpha_gw_native_t  *route;

    i = 0;
    pool = n->s.table->pool;
    route = n->routes.elts;
    hash = ngx_murmur_hash2(id->data, id->len);

    while ((place = ngx_rtalpha_gw_index_next(&n->names, hash, &i)) != 0) {
        if (ngx_rtalpha_str_eq(&route[place - 1].route.id, id)) {
            return &route[place - 1];
        }
    }

    route = ngx_array_push(&n->routes);
    if (route == NULL) {
        return NULL;
    }

    ngx_memzero(route, sizeof(ngx_rtalpha_gw_native_t));
    route->route.id = *id;
    route->route.enabled = 1;
    route->route.prop = prop;
    route->route.number = n->routes.nelts;

    if (ngx_array_init(&route->route.predicates, pool, 2,
                       sizeof(ngx_rtalpha_gw_def_t))
        != NGX_OK
        || ngx_array_init(&route->route.filters, pool, 1,
                          sizeof(ngx_rtalpha_gw_def_t))
           != NGX_OK
        || ngx_array_init(&route->route.metadata, pool, 1,
                          sizeof(ngx_keyval_t))
           != NGX_OK
        || ngx_rtalpha_gw_index_add(n->s.table->temp, &n->names, hash,
                                    n->routes.nelts - 1)
           != NGX_OK)
    {
        return NULL;
    }

    return route;
}


static ngx_int_t
ngx_rtalpha_gw_native_key(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route, ngx_str_t *rest,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t  rc;
    ngx_str_t  left;

    left = *rest;

    if (ngx_rtalpha_gw_scg_element(&left, "filters")) {
        rc = ngx_rtalpha_gw_scg_def(&n->s, &route->route.filters, &left,
                                    prop);

        return rc == NGX_OK ? ngx_rtalpha_gw_native_flag(n, prop, NGX_OK)
                            : rc;
    }

    rc = ngx_rtalpha_gw_native_cond(n, route, rest, prop);

    if (rc == NGX_DECLINED) {
        left = *rest;
        rc = ngx_rtalpha_gw_policy_set(n->s.table, &route->policy, &left,
                                       prop);
    }

    if (rc != NGX_DECLINED) {
        return rc;
    }

    left = *rest;
    rc = NGX_OK;

    if (ngx_rtalpha_gw_scg_element(&left, "service")) {
        route->service = prop->text;

    } else if (ngx_rtalpha_gw_scg_element(&left, "url")) {
        route->url = prop->text;

    } else if (ngx_rtalpha_gw_scg_element(&left, "forward")) {
        route->forward = prop->text;

    } else if (ngx_rtalpha_gw_scg_element(&left, "strip")) {
        rc = ngx_rtalpha_bind_int(&prop->text, &route->strip);
        rc = (route->strip < 0 || route->strip > 32) ? NGX_ERROR : rc;

    } else if (ngx_rtalpha_gw_scg_element(&left, "order")) {
        rc = ngx_rtalpha_bind_int(&prop->text, &route->route.order);

    } else if (ngx_rtalpha_gw_scg_element(&left, "enabled")) {
        rc = ngx_rtalpha_bind_flag(&prop->text, &route->route.enabled);

    } else {
        return NGX_DECLINED;
    }

    return left.len ? NGX_DECLINED : ngx_rtalpha_gw_native_flag(n, prop, rc);
}


static ngx_int_t
ngx_rtalpha_gw_native_flag(ngx_rtalpha_gw_natives_t *n,
    const ngx_rtalpha_prop_t *prop, ngx_int_t rc)
{
    return ngx_rtalpha_report_add(n->s.table->report, prop,
                                  rc == NGX_OK ? NGX_RTALPHA_BIND_USED
                                               : NGX_RTALPHA_BIND_WRONG,
                                  rc == NGX_OK ? "" : "not a value of this "
                                  "key, or out of its range");
}


/* "path", "path[0]", "headers.NAME" … */

static ngx_int_t
ngx_rtalpha_gw_native_cond(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route, ngx_str_t *rest,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t                            left, name, value;
    ngx_keyval_t                        *kv;
    ngx_rtalpha_gw_def_t                *def;
    const ngx_rtalpha_gw_native_pred_t  *p;

    left = *rest;

    for (p = ngx_rtalpha_gw_native_preds; p->key.len; p++) {
        if (ngx_rtalpha_gw_scg_element(&left, (char *) p->key.data)) {
            break;
        }
    }

    if (p->key.len == 0) {
        return NGX_DECLINED;
    }

    def = ngx_rtalpha_gw_native_def(n, &route->route.predicates,
                                    &p->predicate, p->named, prop);
    if (def == NULL) {
        return NGX_ERROR;
    }

    if (!p->named) {

        if (ngx_rtalpha_gw_native_args(def, &prop->text) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_rtalpha_gw_native_flag(n, prop, NGX_OK);
    }

    if (ngx_rtalpha_bind_element(&left, &name) != NGX_OK || left.len) {
        return ngx_rtalpha_report_add(n->s.table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "is a map of names");
    }

    kv = ngx_array_push(&def->args);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    ngx_str_null(&kv->key);
    kv->value = name;
    value = prop->text;

    if (value.len && !ngx_rtalpha_str_is(&value, "*")) {

        kv = ngx_array_push(&def->args);
        if (kv == NULL) {
            return NGX_ERROR;
        }

        ngx_str_null(&kv->key);
        kv->value = value;
    }

    return ngx_rtalpha_gw_native_flag(n, prop, NGX_OK);
}


/* the definition of that name, or one more of it */

static ngx_rtalpha_gw_def_t *
ngx_rtalpha_gw_native_def(ngx_rtalpha_gw_natives_t *n, ngx_array_t *defs,
    const ngx_str_t *name, ngx_uint_t fresh, const ngx_rtalpha_prop_t *prop)
{
    ngx_uint_t             i;
    ngx_rtalpha_gw_def_t  *def;

    def = defs->elts;

    for (i = 0; i < defs->nelts && !fresh; i++) {
        if (ngx_rtalpha_str_eq(&def[i].name, name)) {
            return &def[i];
        }
    }

    def = ngx_array_push(defs);
    if (def == NULL) {
        return NULL;
    }

    ngx_memzero(def, sizeof(ngx_rtalpha_gw_def_t));
    def->name = *name;
    def->prop = prop;
    def->shortcut = 1;

    if (ngx_array_init(&def->args, n->s.table->pool, 2, sizeof(ngx_keyval_t))
        != NGX_OK)
    {
        return NULL;
    }

    return def;
}


/* values between commas, trimmed, empty ones left out */

static ngx_int_t
ngx_rtalpha_gw_native_args(ngx_rtalpha_gw_def_t *def, const ngx_str_t *text)
{
    size_t         pos;
    ngx_str_t      item;
    ngx_keyval_t  *kv;

    pos = 0;

    while (ngx_rtalpha_gw_scg_next(text, &pos, &item)) {

        kv = ngx_array_push(&def->args);
        if (kv == NULL) {
            return NGX_ERROR;
        }

        ngx_str_null(&kv->key);
        kv->value = item;
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_rtalpha_gw_native_order(const void *one, const void *two)
{
    const ngx_rtalpha_gw_native_t  *a = one, *b = two;

    if (a->route.order != b->route.order) {
        return (a->route.order < b->route.order) ? -1 : 1;
    }

    return (a->route.number < b->route.number) ? -1 : 1;
}


static ngx_int_t
ngx_rtalpha_gw_native_compile(ngx_rtalpha_gw_natives_t *n)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_rtalpha_gw_native_t  *route;

    route = n->routes.elts;

    ngx_qsort(route, n->routes.nelts, sizeof(ngx_rtalpha_gw_native_t),
              ngx_rtalpha_gw_native_order);

    for (i = 0; i < n->routes.nelts; i++) {

        if (!route[i].route.enabled) {
            continue;
        }

        rc = ngx_rtalpha_gw_native_rule(n, &route[i]);

        /* NGX_DECLINED: the report refuses the tree */

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_native_rule(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route)
{
    ngx_int_t                 rc;
    ngx_str_t                 path;
    ngx_rtalpha_gw_rule_t   **rule;
    ngx_rtalpha_gw_plan_t    *plan;
    ngx_rtalpha_gw_server_t   server;

    if (ngx_rtalpha_gw_native_hosts(n, route) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_gw_native_target(n, route);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_gw_scg_rule(&n->s, &route->route);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    rule = n->s.table->rules.elts;
    plan = &rule[n->s.table->rules.nelts - 1]->plan;

    ngx_str_null(&path);

    if (route->url.len) {
        (void) ngx_rtalpha_gw_table_url(&route->url, &server, &path);
    }

    if (ngx_rtalpha_gw_native_path(n, route, plan, &path) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_policy_apply(n->s.table, plan, &route->policy);
}


static ngx_int_t
ngx_rtalpha_gw_native_target(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route)
{
    u_char      *p;
    ngx_str_t    none, *text, *uri;
    const char  *before;

    ngx_str_null(&none);

    if ((route->service.len != 0) + (route->url.len != 0)
        + (route->forward.len != 0) != 1)
    {
        return ngx_rtalpha_gw_scg_refuse(&n->s, route->route.prop,
                                         "a route needs exactly one of "
                                         "service, url and forward%V", &none);
    }

    if (route->url.len) {
        route->route.uri = route->url;
        return NGX_OK;
    }

    text = route->service.len ? &route->service : &route->forward;
    before = route->service.len ? "lb://" : "forward:";
    uri = &route->route.uri;

    uri->data = ngx_pnalloc(n->s.table->pool,
                            text->len + sizeof("forward:"));
    if (uri->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(uri->data, "%s%V", before, text);
    uri->len = p - uri->data;

    return NGX_OK;
}


/* hosts have no case; beside Spring Cloud Gateway's they may have a port */

static ngx_int_t
ngx_rtalpha_gw_native_hosts(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route)
{
    u_char                *p;
    ngx_uint_t             i, k, count;
    ngx_keyval_t          *kv;
    ngx_rtalpha_gw_def_t  *def;

    def = route->route.predicates.elts;

    for (i = 0; i < route->route.predicates.nelts; i++) {

        if (!ngx_rtalpha_str_is(&def[i].name, "Host")) {
            continue;
        }

        count = def[i].args.nelts;

        for (k = 0; k < count; k++) {
            kv = (ngx_keyval_t *) def[i].args.elts + k;

            p = ngx_pnalloc(n->s.table->pool, kv->value.len + 2);
            if (p == NULL) {
                return NGX_ERROR;
            }

            ngx_strlow(p, kv->value.data, kv->value.len);
            kv->value.data = p;

            if (n->s.table->strip_port) {
                continue;
            }

            ngx_memcpy(p + kv->value.len, ":*", 2);

            kv = ngx_array_push(&def[i].args);
            if (kv == NULL) {
                return NGX_ERROR;
            }

            ngx_str_null(&kv->key);
            kv->value.data = p;
            kv->value.len = ((ngx_keyval_t *) def[i].args.elts + k)->value.len
                            + 2;
        }
    }

    return NGX_OK;
}


/*
 * strip, and the path of a URL: by the plan, or by the filters where there
 * are some.
 */

static ngx_int_t
ngx_rtalpha_gw_native_path(ngx_rtalpha_gw_natives_t *n,
    ngx_rtalpha_gw_native_t *route, ngx_rtalpha_gw_plan_t *plan,
    const ngx_str_t *base)
{
    ngx_uint_t            count;
    ngx_rtalpha_gw_op_t  *op;

    if (plan->edits == NULL || plan->edits->request.nelts == 0) {
        plan->strip = route->strip;
        plan->prefix_raw = (route->strip != 0);

        if (base->len) {
            plan->base = *base;
        }

        return NGX_OK;
    }

    count = plan->edits->request.nelts;

    if (route->strip) {

        op = ngx_array_push(&plan->edits->request);
        if (op == NULL) {
            return NGX_ERROR;
        }

        op = plan->edits->request.elts;
        ngx_memmove(op + 1, op, count * sizeof(ngx_rtalpha_gw_op_t));
        ngx_memzero(op, sizeof(ngx_rtalpha_gw_op_t));
        op->type = NGX_RTALPHA_GW_STRIP_PREFIX;
        op->n = route->strip;
    }

    if (base->len > 1) {

        op = ngx_array_push(&plan->edits->request);
        if (op == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(op, sizeof(ngx_rtalpha_gw_op_t));
        op->type = NGX_RTALPHA_GW_PREFIX_PATH;
        op->value = *base;
    }

    return NGX_OK;
}


/* native routes come first in the table */

static ngx_int_t
ngx_rtalpha_gw_native_first(ngx_rtalpha_gw_table_t *table, ngx_uint_t others)
{
    ngx_uint_t               count;
    ngx_rtalpha_gw_rule_t  **rule, **copy;

    if (others == 0) {
        return NGX_OK;
    }

    count = table->rules.nelts - others;
    rule = table->rules.elts;

    copy = ngx_palloc(table->pool, others * sizeof(ngx_rtalpha_gw_rule_t *));
    if (copy == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy, rule, others * sizeof(ngx_rtalpha_gw_rule_t *));
    ngx_memmove(rule, rule + others, count * sizeof(ngx_rtalpha_gw_rule_t *));
    ngx_memcpy(rule + count, copy, others * sizeof(ngx_rtalpha_gw_rule_t *));

    return NGX_OK;
}
