
/*
 * Tries beyond the first.
 *
 * nginx goes to the next instance at once, and cannot wait.  Where a route
 * wants time between tries, or the next instance speaks TLS and the one
 * before did not, the proxy is told that there is nothing left; the error
 * that it ends with leads to a named location (see gw_fallback.c), and from
 * there the request begins anew, its body still at hand.
 */


#include "ngx_rtalpha_gw_peers.h"
#include "ngx_rtalpha_gw_shared.h"
#include "ngx_rtalpha_gw_try.h"
#include "ngx_rtalpha_metrics.h"


#define NGX_RTALPHA_GW_TRIES  32    /* instances that may refuse */


static ngx_uint_t ngx_rtalpha_gw_try_renew(ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_try_paid(ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_try_repeats(ngx_rtalpha_gw_ctx_t *ctx);
static void ngx_rtalpha_gw_try_wake(ngx_http_request_t *r);


static ngx_uint_t  ngx_rtalpha_gw_try_others;
static ngx_uint_t  ngx_rtalpha_gw_try_waits;
static ngx_uint_t  ngx_rtalpha_gw_try_denied;


void
ngx_rtalpha_gw_try_counters(ngx_conf_t *cf)
{
    ngx_rtalpha_gw_try_others = ngx_rtalpha_metrics_counter(cf,
                   "rtalpha_gateway_retries_total", NULL,
                   "Tries beyond the first.");
    ngx_rtalpha_gw_try_waits = ngx_rtalpha_metrics_counter(cf,
                   "rtalpha_gateway_retry_waits_total", NULL,
                   "Tries that came after a while.");
    ngx_rtalpha_gw_try_denied = ngx_rtalpha_metrics_counter(cf,
                   "rtalpha_gateway_retries_denied_total", NULL,
                   "Tries that a service's budget did not allow.");
}


ngx_uint_t
ngx_rtalpha_gw_try_method(ngx_http_request_t *r,
    const ngx_rtalpha_gw_retry_t *retry)
{
    if (retry->all) {
        return 1;
    }

    if (retry->methods) {
        return (r->method & retry->methods) != 0;
    }

    return r->method == NGX_HTTP_GET;
}


ngx_uint_t
ngx_rtalpha_gw_try_count(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t                    n;
    ngx_rtalpha_gw_retry_t       *retry;
    const ngx_rtalpha_gw_svc_t   *svc;

    retry = ctx->rule->plan.retry;
    n = ngx_min(ctx->service->n, NGX_RTALPHA_GW_TRIES);

    if (retry == NULL || !ngx_rtalpha_gw_try_method(ctx->request, retry)) {
        return n;
    }

    /* others are counted by their turns */

    if (ctx->service->n == 1 && ctx->tries == 0) {
        svc = ctx->rule->plan.svc;

        ngx_rtalpha_gw_shared_pay(&ctx->service->name,
                                  svc ? &svc->budget
                                      : &ngx_rtalpha_gw_budget_usual);
    }

    return ngx_max(n, ngx_rtalpha_gw_try_limit(retry));
}


ngx_rtalpha_instance_t *
ngx_rtalpha_gw_next(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_rtalpha_gw_retry_t  *retry;
    ngx_rtalpha_instance_t  *instance;

    ctx->tries++;
    retry = ctx->rule->plan.retry;
    instance = NULL;

    ngx_rtalpha_metrics_add(ngx_rtalpha_gw_try_others, 1);

    if (retry && !ctx->refused && ctx->same < retry->same) {
        instance = ngx_rtalpha_gw_balance(ctx, 1);
        ctx->same++;
    }

    if (instance == NULL) {
        instance = ngx_rtalpha_gw_balance(ctx, 0);
        ctx->same = 0;
    }

    /* all have been tried: those that answered are tried again */

    if (instance == NULL && retry && !ctx->refused) {
        ctx->tried = 0;
        instance = ngx_rtalpha_gw_balance(ctx, 0);
    }

    return instance;
}


void
ngx_rtalpha_gw_try_failed(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_peer_connection_t *pc)
{
    ngx_rtalpha_gw_retry_t  *retry;

    retry = ctx->rule->plan.retry;

    if (ctx->refused) {

        /* instances that came since are not on the request's list */

        if (pc->tries == 0 && ngx_rtalpha_gw_try_renew(ctx)) {
            pc->tries = ngx_min(ctx->service->n, NGX_RTALPHA_GW_TRIES);
        }

        return;
    }

    if (!ngx_rtalpha_gw_try_repeats(ctx)) {
        return;
    }

    /* beyond refusals, tries are what the route allows */

    if (retry && ctx->same >= retry->same
        && ctx->tries >= ngx_rtalpha_gw_try_limit(retry))
    {
        pc->tries = 0;
        return;
    }

    if (pc->tries == 0 && ngx_rtalpha_gw_try_renew(ctx)) {
        pc->tries = 1;
    }

    if (pc->tries && !ngx_rtalpha_gw_try_paid(ctx)) {
        pc->tries = 0;
    }

    if (pc->tries && retry && retry->backoff.first) {
        pc->tries = 0;
        ctx->again = 1;
    }
}


/* may it be sent once more at all, by its method and its body */

static ngx_uint_t
ngx_rtalpha_gw_try_repeats(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_http_request_t      *r;
    ngx_rtalpha_gw_retry_t  *retry;

    r = ctx->request;
    retry = ctx->rule->plan.retry;

    if (r->request_body_no_buffering || ctx->bad_status) {
        return 0;
    }

    if (retry && ngx_rtalpha_gw_try_method(r, retry)) {
        return 1;
    }

    return !(r->method & (NGX_HTTP_POST|NGX_HTTP_LOCK|NGX_HTTP_PATCH));
}


/* the list of now, once, if it is another one */

static ngx_uint_t
ngx_rtalpha_gw_try_renew(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_rtalpha_service_t      *service;
    ngx_rtalpha_gw_fallback_t  *fallback;

    if (ctx->former) {
        return 0;
    }

    fallback = ctx->rule->plan.fallback;
    service = ctx->other
              ? ngx_rtalpha_gw_servers_of(fallback->fixed, &fallback->service)
              : ngx_rtalpha_gw_servers(&ctx->rule->plan);

    if (service == NULL) {
        return 0;
    }

    if (service == ctx->service || service->n == 0) {
        ngx_rtalpha_services_release(service);
        return 0;
    }

    /* names of its instances are still in use, in logs */

    ngx_rtalpha_gw_peers_leave(ctx);
    ctx->former = ctx->service;
    ctx->service = service;
    ctx->instance = NULL;
    ctx->tried = 0;

    return 1;
}


static ngx_uint_t
ngx_rtalpha_gw_try_paid(ngx_rtalpha_gw_ctx_t *ctx)
{
    const ngx_rtalpha_gw_svc_t  *svc;

    svc = ctx->rule->plan.svc;

    if (ngx_rtalpha_gw_shared_take(&ctx->service->name,
                                   svc ? &svc->budget
                                       : &ngx_rtalpha_gw_budget_usual))
    {
        return 1;
    }

    ngx_rtalpha_metrics_add(ngx_rtalpha_gw_try_denied, 1);

    return 0;
}


ngx_int_t
ngx_rtalpha_gw_try_again(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_event_t             *wev;
    ngx_msec_t               time;
    ngx_rtalpha_gw_retry_t  *retry;

    ctx->again = 0;
    retry = ctx->rule->plan.retry;
    time = (retry && !ctx->chosen)
           ? ngx_rtalpha_gw_backoff(&retry->backoff, ctx->tries, ngx_random())
           : 0;

    if (ctx->deadline && time >= ngx_rtalpha_gw_deadline_left(ctx)) {
        return r->err_status;
    }

    if (time == 0) {
        return ngx_rtalpha_gw_try_now(r, ctx);
    }

    ngx_rtalpha_metrics_add(ngx_rtalpha_gw_try_waits, 1);

    ctx->waiting = 1;
    wev = r->connection->write;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_rtalpha_gw_try_wake;

    if (r->connection->read->ready) {
        ngx_post_event(r->connection->read, &ngx_posted_events);

    } else if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    wev->delayed = 1;
    ngx_add_timer(wev, time);

    return NGX_DONE;
}


static void
ngx_rtalpha_gw_try_wake(ngx_http_request_t *r)
{
    ngx_event_t  *wev;

    wev = r->connection->write;

    if (wev->delayed) {

        if (ngx_handle_write_event(wev, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}


ngx_int_t
ngx_rtalpha_gw_try_now(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t               status;
    ngx_rtalpha_instance_t  *instance;

    ctx->waiting = 0;
    status = r->err_status;
    instance = ctx->chosen ? ctx->instance : ngx_rtalpha_gw_next(ctx);

    if (instance == NULL) {
        return status;
    }

    ctx->instance = instance;
    ctx->secure = ngx_rtalpha_gw_speaks(ctx, instance);

    if (ngx_rtalpha_gw_host(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* what the failure has left */

    r->err_status = 0;
    r->error_page = 0;
    r->uri_changes = NGX_HTTP_MAX_URI_CHANGES + 1;

    return ngx_rtalpha_gw_hand_over(r, ctx);
}
