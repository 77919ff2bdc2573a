
/*
 * How long a request may take, and how large its body may be.
 *
 * A deadline comes as a number of ms in a header field; it can only shorten
 * what the route allows.  What is left of it goes on to the instance, so that
 * nobody works for a client that has gone.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_line.h"


ngx_int_t
ngx_rtalpha_gw_deadline(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t               n;
    ngx_msec_t              time;
    ngx_table_elt_t        *h;
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;
    time = plan->total_timeout;

    if (plan->svc && plan->svc->deadline.len) {
        h = ngx_rtalpha_line_first(&r->headers_in.headers.part,
                                   &plan->svc->deadline);
        n = h ? ngx_atoi(h->value.data, h->value.len) : NGX_ERROR;

        if (n == 0) {
            return NGX_DECLINED;
        }

        if (n > 0 && (time == 0 || (ngx_msec_t) n < time)) {
            time = ngx_min(n, 86400000);
        }
    }

    if (time == 0) {
        return NGX_OK;
    }

    /* from when its first byte came */

    ctx->deadline = (ngx_msec_t) r->start_sec * 1000 + r->start_msec + time;

    return ngx_rtalpha_gw_deadline_left(ctx) ? NGX_OK : NGX_DECLINED;
}


ngx_msec_t
ngx_rtalpha_gw_deadline_left(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_time_t      *tp;
    ngx_msec_int_t   left;

    tp = ngx_timeofday();
    left = (ngx_msec_int_t) (ctx->deadline
                             - ((ngx_msec_t) tp->sec * 1000 + tp->msec));

    return ngx_max(left, 0);
}


ngx_int_t
ngx_rtalpha_gw_deadline_tell(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    u_char           *p;
    ngx_str_t        *name;
    ngx_table_elt_t  *h;

    name = &ctx->rule->plan.svc->deadline;
    h = ngx_rtalpha_line_first(&r->headers_in.headers.part, name);
    p = ngx_pnalloc(r->pool, NGX_INT_T_LEN + name->len);

    if (p == NULL) {
        return NGX_ERROR;
    }

    if (h == NULL) {
        h = ngx_list_push(&r->headers_in.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(h, sizeof(ngx_table_elt_t));
        h->key = *name;
        h->lowcase_key = p + NGX_INT_T_LEN;
        h->hash = ngx_hash_strlow(h->lowcase_key, name->data, name->len);
    }

    h->value.data = p;
    h->value.len = ngx_sprintf(p, "%M", ngx_rtalpha_gw_deadline_left(ctx)) - p;

    return NGX_OK;
}


/*
 * A body in chunks is counted by nginx as it comes, by what the location
 * allows: the request gets a copy with the plan's.
 */

ngx_int_t
ngx_rtalpha_gw_body_limit(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    off_t                       max;
    void                      **conf;
    ngx_http_core_loc_conf_t   *clcf;

    max = ctx->rule->plan.max_body;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!r->headers_in.chunked
        || (clcf->client_max_body_size && clcf->client_max_body_size <= max))
    {
        return NGX_OK;
    }

    conf = ngx_rtalpha_gw_copy_conf(r->loc_conf, max);
    if (conf == NULL) {
        return NGX_ERROR;
    }

    r->loc_conf = conf;

    return NGX_OK;
}
