
/*
 * discovery.locator: a route for each service.
 *
 * Of Spring's expression language this much is understood: text in quotes,
 * serviceId with toLowerCase() and toUpperCase(), "+", and for
 * include-expression comparisons of these, "&&", "||", true and false.
 */


#include "ngx_rtalpha_gw_scg.h"


typedef struct {
    ngx_rtalpha_gw_scg_t   *s;
    ngx_str_t               service;
    ngx_flag_t              lower;
} ngx_rtalpha_gw_locator_t;


static ngx_int_t ngx_rtalpha_gw_locator_service(ngx_rtalpha_gw_locator_t *l,
    const ngx_str_t *name);
static ngx_int_t ngx_rtalpha_gw_locator_included(ngx_rtalpha_gw_locator_t *l);
static ngx_int_t ngx_rtalpha_gw_locator_compare(ngx_rtalpha_gw_locator_t *l,
    const ngx_str_t *text);
static u_char *ngx_rtalpha_gw_locator_find(const ngx_str_t *text,
    const char *what);
static ngx_int_t ngx_rtalpha_gw_locator_defs(ngx_rtalpha_gw_locator_t *l,
    const char *which, ngx_array_t *defs);
static ngx_int_t ngx_rtalpha_gw_locator_usual(ngx_rtalpha_gw_locator_t *l,
    ngx_rtalpha_gw_scg_route_t *route);
static ngx_int_t ngx_rtalpha_gw_locator_value(ngx_rtalpha_gw_locator_t *l,
    const ngx_str_t *expr, ngx_str_t *value);
static ngx_int_t ngx_rtalpha_gw_locator_arg(ngx_rtalpha_gw_locator_t *l,
    ngx_rtalpha_gw_def_t *def, const char *fmt);


ngx_int_t
ngx_rtalpha_gw_scg_locator(ngx_rtalpha_gw_scg_t *s, ngx_array_t *services)
{
    ngx_str_t                  *name;
    ngx_flag_t                  on;
    ngx_uint_t                  i;
    ngx_rtalpha_gw_static_t   **st;
    const ngx_rtalpha_prop_t   *prop;
    ngx_rtalpha_gw_locator_t    l;

    prop = ngx_rtalpha_gw_scg_find(s, "discovery.locator.enabled");

    if (prop == NULL || ngx_rtalpha_bind_flag(&prop->text, &on) != NGX_OK
        || !on)
    {
        return NGX_OK;
    }

    s->table->discovers = 1;

    ngx_memzero(&l, sizeof(ngx_rtalpha_gw_locator_t));
    l.s = s;
    prop = ngx_rtalpha_gw_scg_find(s,
                                   "discovery.locator.lower-case-service-id");
    if (prop) {
        (void) ngx_rtalpha_bind_flag(&prop->text, &l.lower);
    }

    st = s->table->statics.elts;

    for (i = 0; i < s->table->statics.nelts; i++) {
        if (st[i]->discovered
            && ngx_rtalpha_gw_locator_service(&l, &st[i]->name) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    name = services ? services->elts : NULL;

    for (i = 0; services && i < services->nelts; i++) {
        if (ngx_rtalpha_gw_locator_service(&l, &name[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_locator_service(ngx_rtalpha_gw_locator_t *l,
    const ngx_str_t *name)
{
    u_char                      *p;
    ngx_int_t                    rc;
    ngx_str_t                    prefix;
    const ngx_rtalpha_prop_t    *prop;
    ngx_rtalpha_gw_scg_t        *s;
    ngx_rtalpha_gw_scg_route_t  *route;

    s = l->s;
    l->service = *name;

    rc = ngx_rtalpha_gw_locator_included(l);
    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : rc;
    }

    ngx_str_set(&prefix, "ReactiveCompositeDiscoveryClient_");
    prop = ngx_rtalpha_gw_scg_find(s, "discovery.locator.route-id-prefix");

    if (prop) {
        prefix = prop->text;
    }

    route = ngx_rtalpha_gw_scg_route(s);
    if (route == NULL) {
        return NGX_ERROR;
    }

    route->id.len = prefix.len + name->len;
    route->id.data = ngx_pnalloc(s->table->pool, route->id.len + 1);
    route->uri.data = ngx_pnalloc(s->table->pool, name->len + 6);

    if (route->id.data == NULL || route->uri.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_rtalpha_put(route->id.data, &prefix);
    (void) ngx_rtalpha_put(p, name);
    route->uri.len = ngx_sprintf(route->uri.data, "lb://%V", name)
                     - route->uri.data;

    if (l->lower) {
        l->service.data = ngx_pnalloc(s->table->pool, name->len + 1);
        if (l->service.data == NULL) {
            return NGX_ERROR;
        }

        ngx_strlow(l->service.data, name->data, name->len);
    }

    route->prop = ngx_rtalpha_gw_scg_find(s, "discovery.locator.enabled");

    if (ngx_rtalpha_gw_locator_defs(l, "predicates", &route->predicates)
        != NGX_OK
        || ngx_rtalpha_gw_locator_defs(l, "filters", &route->filters)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_locator_usual(l, route);
}


/* a path that begins with the name, which is taken off */

static ngx_int_t
ngx_rtalpha_gw_locator_usual(ngx_rtalpha_gw_locator_t *l,
    ngx_rtalpha_gw_scg_route_t *route)
{
    ngx_rtalpha_gw_def_t  *def;

    if (route->predicates.nelts == 0) {
        def = ngx_array_push(&route->predicates);
        if (def == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(def, sizeof(ngx_rtalpha_gw_def_t));
        ngx_str_set(&def->name, "Path");
        def->prop = route->prop;

        if (ngx_rtalpha_gw_locator_arg(l, def, "/%V/**") != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (route->filters.nelts) {
        return NGX_OK;
    }

    def = ngx_array_push(&route->filters);
    if (def == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(def, sizeof(ngx_rtalpha_gw_def_t));
    ngx_str_set(&def->name, "RewritePath");
    def->prop = route->prop;

    if (ngx_rtalpha_gw_locator_arg(l, def, "/\\Q%V\\E/?(?<remaining>.*)")
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_locator_arg(l, def, "/${remaining}");
}


static ngx_int_t
ngx_rtalpha_gw_locator_arg(ngx_rtalpha_gw_locator_t *l,
    ngx_rtalpha_gw_def_t *def, const char *fmt)
{
    u_char        *p;
    ngx_pool_t    *pool;
    ngx_keyval_t  *kv;

    pool = l->s->table->pool;

    if (def->args.elts == NULL
        && ngx_array_init(&def->args, pool, 2, sizeof(ngx_keyval_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    kv = ngx_array_push(&def->args);
    p = ngx_pnalloc(pool, l->service.len + 64);

    if (kv == NULL || p == NULL) {
        return NGX_ERROR;
    }

    ngx_str_null(&kv->key);
    kv->value.data = p;
    kv->value.len = ngx_sprintf(p, fmt, &l->service) - p;

    return NGX_OK;
}


/* own definitions: each value is an expression */

static ngx_int_t
ngx_rtalpha_gw_locator_defs(ngx_rtalpha_gw_locator_t *l, const char *which,
    ngx_array_t *defs)
{
    ngx_int_t                  k;
    ngx_str_t                  rest, index;
    ngx_uint_t                 i, n;
    ngx_keyval_t              *kv;
    ngx_rtalpha_gw_def_t      *def;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(l->s->table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(l->s->table->props, i);

        if (!ngx_rtalpha_gw_scg_below(prop, &rest)
            || !ngx_rtalpha_gw_scg_element(&rest, "discovery")
            || !ngx_rtalpha_gw_scg_element(&rest, "locator")
            || !ngx_rtalpha_gw_scg_element(&rest, which)
            || ngx_rtalpha_bind_element(&rest, &index) != NGX_OK)
        {
            continue;
        }

        k = ngx_atoi(index.data, index.len);

        if (k == NGX_ERROR || k > 100) {
            continue;
        }

        while (defs->nelts <= (ngx_uint_t) k) {
            def = ngx_array_push(defs);

            if (def == NULL) {
                return NGX_ERROR;
            }

            ngx_memzero(def, sizeof(ngx_rtalpha_gw_def_t));

            if (ngx_array_init(&def->args, l->s->table->pool, 2,
                               sizeof(ngx_keyval_t))
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        def = (ngx_rtalpha_gw_def_t *) defs->elts + k;
        def->prop = prop;

        if (ngx_rtalpha_gw_scg_element(&rest, "name")) {
            def->name = prop->text;
            continue;
        }

        if (!ngx_rtalpha_gw_scg_element(&rest, "args")) {
            continue;
        }

        kv = ngx_array_push(&def->args);
        if (kv == NULL) {
            return NGX_ERROR;
        }

        kv->key = rest;

        if (ngx_rtalpha_gw_locator_value(l, &prop->text, &kv->value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* a sum of texts; anything else stands for itself */

static ngx_int_t
ngx_rtalpha_gw_locator_value(ngx_rtalpha_gw_locator_t *l,
    const ngx_str_t *expr, ngx_str_t *value)
{
    u_char             *p, *q, *last;
    size_t              start, i;
    ngx_str_t           left;
    ngx_rtalpha_out_t   out;

    if (ngx_rtalpha_out_init(&out, l->s->table->pool, 64, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    p = expr->data;
    last = p + expr->len;

    while (p < last) {

        if (*p == ' ' || *p == '+') {
            p++;
            continue;
        }

        if (*p == '\'') {
            q = ngx_strlchr(p + 1, last, '\'');

            if (q == NULL) {
                *value = *expr;
                return NGX_OK;
            }

            ngx_rtalpha_out_bytes(&out, p + 1, q - p - 1);
            p = q + 1;
            continue;
        }

        left.data = p;
        left.len = last - p;

        if (ngx_rtalpha_str_begins(&left, "serviceId")) {
            start = out.pos - out.start;
            ngx_rtalpha_out_str(&out, &l->service);
            p += sizeof("serviceId") - 1;
            left.data = p;
            left.len = last - p;

            if (ngx_rtalpha_str_begins(&left, ".toLowerCase()")) {
                p += sizeof(".toLowerCase()") - 1;

                for (i = start; out.start + i < out.pos; i++) {
                    out.start[i] = ngx_tolower(out.start[i]);
                }

            } else if (ngx_rtalpha_str_begins(&left, ".toUpperCase()")) {
                p += sizeof(".toUpperCase()") - 1;

                for (i = start; out.start + i < out.pos; i++) {
                    out.start[i] = ngx_toupper(out.start[i]);
                }
            }

            continue;
        }

        *value = *expr;
        return NGX_OK;
    }

    return ngx_rtalpha_out_done(&out, value);
}


static u_char *
ngx_rtalpha_gw_locator_find(const ngx_str_t *text, const char *what)
{
    if (text->len < ngx_strlen(what)) {
        return NULL;
    }

    return ngx_strlcasestrn(text->data, text->data + text->len,
                            (u_char *) what, ngx_strlen(what) - 1);
}


/* NGX_OK, NGX_DECLINED: left out, NGX_ERROR */

static ngx_int_t
ngx_rtalpha_gw_locator_included(ngx_rtalpha_gw_locator_t *l)
{
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_str_t                  part, rest;
    ngx_uint_t                 any;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_gw_scg_find(l->s,
                                   "discovery.locator.include-expression");
    if (prop == NULL) {
        return NGX_OK;
    }

    rest = prop->text;
    any = ngx_rtalpha_gw_locator_find(&rest, "||") != NULL;
    rc = any ? NGX_DECLINED : NGX_OK;

    for ( ;; ) {
        p = ngx_rtalpha_gw_locator_find(&rest, any ? "||" : "&&");
        part = rest;

        if (p) {
            part.len = p - part.data;
        }

        rc = ngx_rtalpha_gw_locator_compare(l, &part);

        if (rc == NGX_ERROR || p == NULL || (rc == NGX_OK) == any) {
            return rc;
        }

        rest.len -= p + 2 - rest.data;
        rest.data = p + 2;
    }
}


static ngx_int_t
ngx_rtalpha_gw_locator_compare(ngx_rtalpha_gw_locator_t *l,
    const ngx_str_t *text)
{
    u_char      *p;
    ngx_str_t    side[2], value[2];
    ngx_uint_t   equal;

    equal = 1;
    p = ngx_rtalpha_gw_locator_find(text, "==");

    if (p == NULL) {
        p = ngx_rtalpha_gw_locator_find(text, "!=");
        equal = 0;
    }

    if (p == NULL) {
        return ngx_rtalpha_gw_locator_find(text, "false") ? NGX_DECLINED
                                                          : NGX_OK;
    }

    side[0].data = text->data;
    side[0].len = p - text->data;
    side[1].data = p + 2;
    side[1].len = text->data + text->len - side[1].data;

    if (ngx_rtalpha_gw_locator_value(l, &side[0], &value[0]) != NGX_OK
        || ngx_rtalpha_gw_locator_value(l, &side[1], &value[1]) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_str_eq(&value[0], &value[1]) == equal ? NGX_OK
                                                             : NGX_DECLINED;
}
