
/*
 * The LOG phase: a request of a route is counted, once.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_gw_series.h"


ngx_int_t
ngx_rtalpha_gw_log_handler(ngx_http_request_t *r)
{
    ngx_uint_t              status;
    ngx_time_t             *tp;
    ngx_msec_int_t          ms;
    ngx_rtalpha_gw_ctx_t   *ctx;
    ngx_rtalpha_gw_plan_t  *plan;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL || ctx->rule == NULL || r != r->main
        || ctx->rule->plan.unmetered)
    {
        return NGX_OK;
    }

    plan = &ctx->rule->plan;

    if (plan->series[NGX_RTALPHA_GW_SERIES_ROUTE] == NULL) {
        plan->series[NGX_RTALPHA_GW_SERIES_ROUTE] =
            ngx_rtalpha_gw_series_get(NGX_RTALPHA_GW_SERIES_ROUTE,
                                      &ctx->rule->match.id);

        if (plan->service.len) {
            plan->series[NGX_RTALPHA_GW_SERIES_SERVICE] =
                ngx_rtalpha_gw_series_get(NGX_RTALPHA_GW_SERIES_SERVICE,
                                          &plan->service);
        }
    }

    status = r->err_status ? r->err_status : r->headers_out.status;

    tp = ngx_timeofday();
    ms = (ngx_msec_int_t) ((tp->sec - r->start_sec) * 1000
                           + (tp->msec - r->start_msec));
    ms = ngx_max(ms, 0);

    if (plan->series[NGX_RTALPHA_GW_SERIES_ROUTE]) {
        ngx_rtalpha_gw_series_add(plan->series[NGX_RTALPHA_GW_SERIES_ROUTE],
                                  status, ms);
    }

    if (plan->series[NGX_RTALPHA_GW_SERIES_SERVICE]) {
        ngx_rtalpha_gw_series_add(plan->series[NGX_RTALPHA_GW_SERIES_SERVICE],
                                  status, ms);
    }

    return NGX_OK;
}
