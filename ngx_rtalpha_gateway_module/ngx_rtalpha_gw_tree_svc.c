
/*
 * What a tree says about its services, put into the plans of the routes that
 * go to them.
 */


#include "ngx_rtalpha_gw_table.h"


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
    }

    return NGX_OK;
}
