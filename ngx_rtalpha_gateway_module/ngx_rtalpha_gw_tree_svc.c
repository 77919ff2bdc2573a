
/*
 * What a tree says about its services, put into the plans of the routes that
 * go to them.
 */


#include "ngx_rtalpha_gw_table.h"


static ngx_int_t ngx_rtalpha_gw_tree_service(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_svc_t *svc);
static ngx_int_t ngx_rtalpha_gw_tree_fallback(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_svc_t *svc);


ngx_int_t
ngx_rtalpha_gw_tree_services(ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t              i;
    ngx_rtalpha_gw_svc_t   *svc, *copy;
    ngx_rtalpha_gw_svcs_t   svcs;
    ngx_rtalpha_gw_plan_t  *plan;
    ngx_rtalpha_gw_rule_t  **rule;

    if (ngx_rtalpha_gw_svcs_read(table->pool, table->props, table->report,
                                 &svcs)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        plan = &rule[i]->plan;

        if (plan->kind != NGX_RTALPHA_GW_TO_SERVICE) {
            continue;
        }

        svc = svcs.list.nelts
              ? ngx_rtalpha_gw_svcs_find(&svcs, &plan->service) : NULL;

        if (plan->dialect == NGX_RTALPHA_GW_NATIVE && svc == NULL) {
            svc = svcs.native;
        }

        if (plan->dialect == NGX_RTALPHA_GW_NATIVE && !svc->chosen) {

            if (svc->native == NULL) {
                copy = ngx_palloc(table->pool, sizeof(ngx_rtalpha_gw_svc_t));
                if (copy == NULL) {
                    return NGX_ERROR;
                }

                *copy = *svc;
                copy->rule.algorithm = NGX_RTALPHA_GW_LB_EWMA;
                copy->balances = 1;
                svc->native = copy;
            }

            svc = svc->native;
        }

        plan->svc = svc;
        plan->lb = (svc && svc->balances) ? svc : NULL;

        if (svc && ngx_rtalpha_gw_tree_service(table, plan, svc) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_tree_service(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_svc_t *svc)
{
    if (svc->connect_timeout) {
        plan->connect_timeout = svc->connect_timeout;
    }

    if (svc->response_timeout) {
        plan->read_timeout = svc->response_timeout;
    }

    if (svc->total_timeout) {
        plan->total_timeout = svc->total_timeout;
    }

    /* a route's own limit is not loosened */

    if (svc->max_body
        && (plan->max_body == 0 || plan->max_body > (off_t) svc->max_body))
    {
        plan->max_body = svc->max_body;
    }

    if (svc->breaker.percent || svc->fallback.forward.len
        || svc->fallback.service.len || svc->fallback.status)
    {
        return ngx_rtalpha_gw_tree_fallback(table, plan, svc);
    }

    if (plan->fallback) {
        plan->fallback->breaker.recover = svc->breaker.recover;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_tree_fallback(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_svc_t *svc)
{
    ngx_rtalpha_gw_fallback_t      *fallback;
    ngx_rtalpha_gw_breaker_conf_t  *b;

    fallback = plan->fallback;

    if (fallback == NULL) {
        fallback = ngx_pcalloc(table->pool,
                               sizeof(ngx_rtalpha_gw_fallback_t));
        if (fallback == NULL) {
            return NGX_ERROR;
        }

        /* without a word about it, the breaker never opens */

        fallback->name = plan->service;
        fallback->breaker.window = NGX_RTALPHA_GW_BREAKER_WINDOW;
        fallback->breaker.least = 1;
        fallback->breaker.percent = 101;
        fallback->breaker.trial = 1;
        plan->fallback = fallback;
    }

    b = &fallback->breaker;
    b->recover = svc->breaker.recover;

    if (svc->breaker.percent) {
        b->percent = svc->breaker.percent;
        b->least = svc->breaker.least;
        b->trial = svc->breaker.trial;
        b->open = svc->breaker.open;
        b->span = 10000;
    }

    if (fallback->uri.len || fallback->resume) {
        return NGX_OK;
    }

    fallback->uri = svc->fallback.forward;
    fallback->service = svc->fallback.service;
    fallback->status = svc->fallback.status;
    fallback->type = svc->fallback.type;
    fallback->body = svc->fallback.body;

    if (fallback->service.len) {
        fallback->fixed = ngx_rtalpha_gw_table_static(table,
                                                      &fallback->service, 0);
    }

    return NGX_OK;
}
