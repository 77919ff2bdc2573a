
/*
 * Routes of Spring Cloud Gateway into rules: predicates, the target of the
 * URI, filters in their order, and metadata.
 */


#include "ngx_rtalpha_gw_scg.h"


static ngx_int_t ngx_rtalpha_gw_scg_target(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_scg_route_t *route);
static ngx_int_t ngx_rtalpha_gw_scg_filters(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_scg_route_t *route);
static ngx_int_t ngx_rtalpha_gw_scg_metadata(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_scg_route_t *route);


ngx_int_t
ngx_rtalpha_gw_scg_rule(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_scg_route_t *route)
{
    u_char                 *p;
    ngx_int_t               rc;
    ngx_str_t               none;
    ngx_uint_t              i;
    ngx_rtalpha_gw_def_t   *def;
    ngx_rtalpha_gw_rule_t  *rule;

    if (route->id.len == 0) {
        p = ngx_pnalloc(s->table->pool, sizeof("route-") + NGX_INT_T_LEN);
        if (p == NULL) {
            return NGX_ERROR;
        }

        route->id.data = p;
        route->id.len = ngx_sprintf(p, "route-%ui", route->number - 1) - p;
    }

    rule = ngx_rtalpha_gw_table_rule(s->table, &route->id);
    if (rule == NULL) {
        return NGX_ERROR;
    }

    ngx_str_null(&none);

    if (route->predicates.nelts == 0) {
        return ngx_rtalpha_gw_scg_refuse(s, route->prop,
                                         "a route needs predicates%V", &none);
    }

    rule->plan.dialect = s->native ? NGX_RTALPHA_GW_NATIVE
                                   : NGX_RTALPHA_GW_SCG;
    rule->plan.order = route->order;
    rule->plan.request = s->request;
    rule->plan.response = s->response;
    rule->plan.add_forwarded = s->add_forwarded;
    rule->plan.connect_timeout = s->connect_timeout;
    rule->plan.read_timeout = s->response_timeout;
    rule->plan.absent = s->use404 ? 404 : 0;
    rule->match.preds = ngx_pcalloc(s->table->pool,
                                    route->predicates.nelts
                                    * sizeof(ngx_rtalpha_gw_pred_t));
    if (rule->match.preds == NULL) {
        return NGX_ERROR;
    }

    def = route->predicates.elts;

    for (i = 0; i < route->predicates.nelts; i++) {
        rc = ngx_rtalpha_gw_scg_predicate(s, rule, &def[i],
                                          &rule->match.preds[i]);
        if (rc != NGX_OK) {
            return rc;
        }

        rule->match.npreds++;
    }

    rc = ngx_rtalpha_gw_scg_target(s, rule, route);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_gw_scg_filters(s, rule, route);
    }

    return rc == NGX_OK ? ngx_rtalpha_gw_scg_metadata(s, rule, route) : rc;
}


static ngx_int_t
ngx_rtalpha_gw_scg_target(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_scg_route_t *route)
{
    ngx_str_t                uri, path;
    ngx_rtalpha_gw_plan_t   *plan;
    ngx_rtalpha_gw_server_t  server;

    plan = &rule->plan;
    uri = route->uri;
    plan->location = uri;

    if (ngx_rtalpha_str_begins(&uri, "forward:")) {
        uri.data += 8;
        uri.len -= 8;

        if (ngx_rtalpha_str_begins(&uri, "///")) {
            uri.data += 2;
            uri.len -= 2;
        }

        plan->kind = NGX_RTALPHA_GW_TO_LOCATION;
        plan->base = uri;
        plan->whole = 1;
        return NGX_OK;
    }

    if (ngx_rtalpha_str_begins(&uri, "no://")) {
        plan->kind = NGX_RTALPHA_GW_TO_NOWHERE;
        return NGX_OK;
    }

    if (ngx_rtalpha_str_begins(&uri, "lb:")) {
        uri.data += 3;
        uri.len -= 3;

        if (ngx_rtalpha_str_begins(&uri, "//")) {
            path.data = uri.data + 2;

        } else {
            path.data = ngx_strlchr(uri.data, uri.data + uri.len, '/');

            if (path.data == NULL || ngx_strncmp(path.data, "//", 2) != 0) {
                return ngx_rtalpha_gw_scg_refuse(s, route->prop,
                                                 "\"%V\" names no service",
                                                 &route->uri);
            }

            path.data += 2;
        }

        plan->service.data = path.data;
        path.data = ngx_strlchr(path.data, uri.data + uri.len, '/');
        plan->service.len = (path.data ? path.data : uri.data + uri.len)
                            - plan->service.data;

        if (plan->service.len == 0) {
            return ngx_rtalpha_gw_scg_refuse(s, route->prop,
                                             "\"%V\" names no service",
                                             &route->uri);
        }

        plan->kind = NGX_RTALPHA_GW_TO_SERVICE;
        plan->fixed = ngx_rtalpha_gw_table_static(s->table, &plan->service,
                                                  0);
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_table_url(&uri, &server, &path) != NGX_OK) {
        return ngx_rtalpha_gw_scg_refuse(s, route->prop,
                                         "\"%V\" is not a URI of a route",
                                         &route->uri);
    }

    return ngx_rtalpha_gw_table_to_url(s->table, plan, &server);
}


/*
 * Default filters and those of the route are numbered by themselves and then
 * taken by number: one of each in turn.
 */

static ngx_int_t
ngx_rtalpha_gw_scg_filters(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_scg_route_t *route)
{
    ngx_int_t                rc;
    ngx_uint_t               i, n, k;
    ngx_rtalpha_gw_op_t     *op, swap;
    ngx_rtalpha_gw_def_t    *def[2];
    ngx_rtalpha_gw_edits_t  *edits;

    n = ngx_max(s->defaults.nelts, route->filters.nelts);

    if (n == 0) {
        return NGX_OK;
    }

    edits = ngx_pcalloc(s->table->pool, sizeof(ngx_rtalpha_gw_edits_t));

    if (edits == NULL
        || ngx_array_init(&edits->request, s->table->pool, n,
                          sizeof(ngx_rtalpha_gw_op_t))
           != NGX_OK
        || ngx_array_init(&edits->answer, s->table->pool, n,
                          sizeof(ngx_rtalpha_gw_op_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    rule->plan.edits = edits;
    def[0] = s->defaults.elts;
    def[1] = route->filters.elts;

    for (i = 0; i < n; i++) {
        for (k = 0; k < 2; k++) {

            if (i >= (k ? route->filters.nelts : s->defaults.nelts)) {
                continue;
            }

            rc = ngx_rtalpha_gw_scg_filter(s, rule, &def[k][i]);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    /* answers go through the filters from the inside out */

    op = edits->answer.elts;
    n = edits->answer.nelts;

    for (i = 0; i < n / 2; i++) {
        swap = op[i];
        op[i] = op[n - 1 - i];
        op[n - 1 - i] = swap;
    }

    if (edits->request.nelts == 0 && n == 0 && edits->members == NULL) {
        rule->plan.edits = NULL;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_metadata(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_scg_route_t *route)
{
    ngx_int_t       n;
    ngx_str_t       rest;
    ngx_uint_t      i;
    ngx_keyval_t   *kv;

    kv = route->metadata.elts;

    for (i = 0; i < route->metadata.nelts; i++) {
        rest = kv[i].key;

        if (ngx_rtalpha_gw_scg_element(&rest, "cors")) {

            if (rule->plan.cors == NULL) {
                rule->plan.cors = ngx_pcalloc(s->table->pool,
                                              sizeof(ngx_rtalpha_gw_cors_t));
                if (rule->plan.cors == NULL) {
                    return NGX_ERROR;
                }

                rule->plan.cors->max_age = -1;
                s->table->route_cors = 1;
            }

            if (ngx_rtalpha_gw_scg_cors_field(s, rule->plan.cors, &rest,
                                              &kv[i].value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        n = ngx_atoi(kv[i].value.data, kv[i].value.len);

        if (ngx_rtalpha_gw_scg_element(&rest, "connect-timeout")) {

            if (n > 0) {
                rule->plan.connect_timeout = n;
            }

        } else if (ngx_rtalpha_gw_scg_element(&rest, "response-timeout")) {

            /* below 0: none */
            rule->plan.read_timeout = (n == NGX_ERROR) ? 24 * 3600 * 1000
                                                       : n;
        }
    }

    return NGX_OK;
}
