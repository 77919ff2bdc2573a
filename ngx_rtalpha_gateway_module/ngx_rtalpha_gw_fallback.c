
/*
 * Breakers of the routes, and what happens instead of an error.
 *
 * A failure ends in nginx's proxy with 502, 503 or 504.  The locations that
 * the gateway hands over to send these statuses to one of themselves, and
 * there ngx_rtalpha_gw_failed() decides: another try, the fallback, or the
 * status after all.
 */


#include "ngx_rtalpha_gw_peers.h"
#include "ngx_rtalpha_gw_try.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_zone.h"


static ngx_rtalpha_gw_breaker_t *ngx_rtalpha_gw_breaker_get(
    ngx_rtalpha_gw_fallback_t *fallback);
static uint64_t ngx_rtalpha_gw_clock(void);
static ngx_int_t ngx_rtalpha_gw_fall_text(ngx_http_request_t *r,
    ngx_rtalpha_gw_fallback_t *fallback);
static ngx_int_t ngx_rtalpha_gw_fall_service(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status);
static void ngx_rtalpha_gw_fall_release(void *data);
static ngx_int_t ngx_rtalpha_gw_page(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status);


static ngx_uint_t  ngx_rtalpha_gw_fallback_opened;
static ngx_uint_t  ngx_rtalpha_gw_fallback_shut;
static ngx_uint_t  ngx_rtalpha_gw_fallback_used;


#define ngx_rtalpha_gw_error_page(status)                                     \
    { status, -1, { ngx_string("@rtalpha_http"), NULL, NULL, NULL,            \
                    { 0 } }, ngx_null_string }

static ngx_http_err_page_t  ngx_rtalpha_gw_error_pages[] = {
    ngx_rtalpha_gw_error_page(NGX_HTTP_BAD_GATEWAY),
    ngx_rtalpha_gw_error_page(NGX_HTTP_SERVICE_UNAVAILABLE),
    ngx_rtalpha_gw_error_page(NGX_HTTP_GATEWAY_TIME_OUT)
};

static ngx_array_t  ngx_rtalpha_gw_error_list = {
    ngx_rtalpha_gw_error_pages, 3, sizeof(ngx_http_err_page_t), 3, NULL
};


void
ngx_rtalpha_gw_fallback_counters(ngx_conf_t *cf)
{
    ngx_rtalpha_gw_fallback_opened = ngx_rtalpha_metrics_counter(cf,
                   "rtalpha_gateway_breakers_opened_total", NULL,
                   "Breakers that opened.");
    ngx_rtalpha_gw_fallback_shut = ngx_rtalpha_metrics_counter(cf,
                   "rtalpha_gateway_breakers_refused_total", NULL,
                   "Requests that a breaker did not let pass.");
    ngx_rtalpha_gw_fallback_used = ngx_rtalpha_metrics_counter(cf,
                   "rtalpha_gateway_fallbacks_total", NULL,
                   "Requests that went to a fallback.");
}


/*
 * After all merging.  A page of the configuration's own for one of the three
 * comes into its right when the gateway has nothing better.
 */

ngx_int_t
ngx_rtalpha_gw_fallback_init(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    ngx_uint_t            i;
    ngx_array_t          *pages;
    ngx_http_err_page_t  *page, *own;

    if (clcf->error_pages == NULL) {
        clcf->error_pages = &ngx_rtalpha_gw_error_list;
        return NGX_OK;
    }

    pages = ngx_array_create(cf->pool, 3 + clcf->error_pages->nelts,
                             sizeof(ngx_http_err_page_t));
    if (pages == NULL) {
        return NGX_ERROR;
    }

    page = ngx_array_push_n(pages, 3);
    ngx_memcpy(page, ngx_rtalpha_gw_error_pages,
               sizeof(ngx_rtalpha_gw_error_pages));

    own = clcf->error_pages->elts;

    for (i = 0; i < clcf->error_pages->nelts; i++) {
        page = ngx_array_push(pages);
        *page = own[i];
    }

    clcf->error_pages = pages;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_fall(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status)
{
    ngx_str_t                   uri, args;
    ngx_rtalpha_gw_fallback_t  *fallback;

    fallback = ctx->rule->plan.fallback;
    ngx_rtalpha_gw_breaker_end(ctx, 1);

    if (ctx->fallen
        || (fallback->uri.len == 0 && !fallback->resume
            && fallback->status == 0 && fallback->service.len == 0))
    {
        return status;
    }

    ctx->fallen = 1;
    ngx_rtalpha_metrics_add(ngx_rtalpha_gw_fallback_used, 1);

    if (fallback->service.len) {
        return ngx_rtalpha_gw_fall_service(r, ctx, status);
    }

    r->err_status = 0;

    if (fallback->status) {
        return ngx_rtalpha_gw_fall_text(r, fallback);
    }

    if (fallback->uri.len == 0) {
        ctx->filtered = 1;
        return ngx_rtalpha_gw_answer_now(r, ctx, NGX_HTTP_OK, NULL, NULL);
    }

    if (r->uri_changes <= 1) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                   NGX_RTALPHA_GW_REASON_LOOP);
    }

    uri = fallback->uri;
    args = r->args;

    (void) ngx_http_internal_redirect(r, &uri, &args);
    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


static ngx_int_t
ngx_rtalpha_gw_fall_text(ngx_http_request_t *r,
    ngx_rtalpha_gw_fallback_t *fallback)
{
    ngx_http_complex_value_t  cv;

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = fallback->body;

    ngx_http_finalize_request(r, ngx_http_send_response(r, fallback->status,
                                                    &fallback->type, &cv));
    return NGX_DONE;
}


/* the request goes on with the other one's instances: NGX_OK */

static ngx_int_t
ngx_rtalpha_gw_fall_service(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status)
{
    ngx_pool_cleanup_t         *cln;
    ngx_rtalpha_service_t      *service;
    ngx_rtalpha_gw_fallback_t  *fallback;

    if (r->request_body_no_buffering) {
        return status;
    }

    fallback = ctx->rule->plan.fallback;
    service = ngx_rtalpha_gw_servers_of(fallback->fixed, &fallback->service);

    if (service == NULL) {
        return status;
    }

    if (service->n == 0) {
        ngx_rtalpha_services_release(service);
        return status;
    }

    ngx_rtalpha_gw_peers_leave(ctx);

    if (ctx->service) {

        /* names of its instances are still in use, in logs */

        cln = ngx_pool_cleanup_add(r->pool, 0);

        if (cln == NULL) {
            ngx_rtalpha_services_release(service);
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        cln->handler = ngx_rtalpha_gw_fall_release;
        cln->data = ctx->service;
    }

    ctx->service = service;
    ctx->secure = ctx->rule->plan.secure;
    ctx->instance = NULL;
    ctx->tried = 0;
    ctx->refused = 0;
    ctx->bad_status = 0;
    ctx->reason = NGX_RTALPHA_GW_REASON_NONE;
    ctx->other = 1;

    if (ctx->hosted) {
        ngx_str_null(&ctx->host);
    }

    return NGX_OK;
}


static void
ngx_rtalpha_gw_fall_release(void *data)
{
    ngx_rtalpha_services_release(data);
}


/* after a failure, in the named location */

ngx_int_t
ngx_rtalpha_gw_failed(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_uint_t             status;
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL || ctx->rule == NULL || ctx->service == NULL
        || (ctx->fallen && !ctx->other)
        || r->err_status < NGX_HTTP_BAD_GATEWAY
        || r->err_status > NGX_HTTP_GATEWAY_TIME_OUT)
    {
        return NGX_DECLINED;
    }

    rc = NGX_OK;

    if (ctx->waiting) {
        rc = ngx_rtalpha_gw_try_now(r, ctx);

    } else if (ctx->again) {
        rc = ngx_rtalpha_gw_try_again(r, ctx);
    }

    if (rc == NGX_DECLINED || rc == NGX_DONE) {
        return rc;
    }

    /* whatever comes now is not sent here again */

    r->error_page = 1;
    status = r->err_status;

    if (ctx->bad_status) {
        status = ctx->bad_status;
        ctx->reason = NGX_RTALPHA_GW_REASON_STATUS;
    }

    if (ctx->rule->plan.fallback == NULL) {
        return ngx_rtalpha_gw_page(r, ctx, status);
    }

    rc = ngx_rtalpha_gw_fall(r, ctx, status);

    return (rc == NGX_OK) ? ngx_rtalpha_gw_try_now(r, ctx) : rc;
}


/* the configuration's own page for the status, if it has one */

static ngx_int_t
ngx_rtalpha_gw_page(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status)
{
    void                      **conf;
    ngx_http_core_loc_conf_t   *clcf;

    ctx->fallen = 1;
    ctx->other = 0;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->error_pages == NULL
        || clcf->error_pages == &ngx_rtalpha_gw_error_list)
    {
        return status;
    }

    conf = ngx_rtalpha_gw_copy_conf(r->loc_conf, 0);
    if (conf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->loc_conf = conf;
    r->error_page = 0;

    return status;
}


static uint64_t
ngx_rtalpha_gw_clock(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (uint64_t) tp->sec * 1000 + tp->msec;
}


/*
 * The breaker of a name: a place, once taken, stays for the life of the zone
 * and is remembered with the route.  NULL: there is no zone, or all places
 * are taken.
 */

static ngx_rtalpha_gw_breaker_t *
ngx_rtalpha_gw_breaker_get(ngx_rtalpha_gw_fallback_t *fallback)
{
    uint32_t                 hash;
    ngx_uint_t               i, n;
    ngx_rtalpha_gw_root_t   *root;
    ngx_rtalpha_gw_place_t  *place;

    if (fallback->state) {
        return fallback->state;
    }

    root = ngx_rtalpha_role_root(&ngx_rtalpha_gw_role);

    if (root == NULL) {
        return NULL;
    }

    hash = ngx_murmur_hash2(fallback->name.data, fallback->name.len) | 1;

    ngx_rtalpha_zone_lock();

    for (n = 0; n < 32; n++) {
        i = (hash + n) % NGX_RTALPHA_GW_BREAKERS;
        place = &root->breakers[i];

        if (place->hash == 0) {
            place->hash = hash;
        }

        if (place->hash == hash) {
            fallback->state = &place->breaker;
            break;
        }
    }

    ngx_rtalpha_zone_unlock();

    return fallback->state;
}


ngx_uint_t
ngx_rtalpha_gw_breaker_begin(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t                  admitted;
    ngx_rtalpha_gw_breaker_t   *breaker;
    ngx_rtalpha_gw_fallback_t  *fallback;

    fallback = ctx->rule->plan.fallback;
    breaker = ngx_rtalpha_gw_breaker_get(fallback);

    if (breaker == NULL) {
        return 1;
    }

    /* a closed one lets all pass: no need to lock */

    if (breaker->state == NGX_RTALPHA_GW_BREAKER_CLOSED) {
        ctx->round = breaker->round;
        ctx->breaking = 1;
        return 1;
    }

    ngx_rtalpha_zone_lock();

    admitted = ngx_rtalpha_gw_breaker_admit(breaker, &fallback->breaker,
                                            ngx_rtalpha_gw_clock(),
                                            &ctx->round);

    ngx_rtalpha_zone_unlock();

    ctx->breaking = admitted;

    if (!admitted) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_gw_fallback_shut, 1);
    }

    return admitted;
}


void
ngx_rtalpha_gw_breaker_end(ngx_rtalpha_gw_ctx_t *ctx, ngx_int_t failed)
{
    uint64_t                    now;
    ngx_uint_t                  opened;
    ngx_rtalpha_gw_breaker_t   *breaker;
    ngx_rtalpha_gw_fallback_t  *fallback;

    if (!ctx->breaking) {
        return;
    }

    ctx->breaking = 0;
    fallback = ctx->rule->plan.fallback;
    breaker = fallback->state;
    now = ngx_rtalpha_gw_clock();

    if (failed == 0
        && ngx_rtalpha_gw_breaker_well(breaker, &fallback->breaker, now))
    {
        return;
    }

    ngx_rtalpha_zone_lock();

    opened = (breaker->state != NGX_RTALPHA_GW_BREAKER_OPEN);

    if (failed >= 0) {
        ngx_rtalpha_gw_breaker_record(breaker, &fallback->breaker, now,
                                      ctx->round, failed);

    } else {
        ngx_rtalpha_gw_breaker_release(breaker, ctx->round);
    }

    opened &= (breaker->state == NGX_RTALPHA_GW_BREAKER_OPEN);

    ngx_rtalpha_zone_unlock();

    if (opened) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_gw_fallback_opened, 1);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "breaker \"%V\" opens", &fallback->name);
    }
}
