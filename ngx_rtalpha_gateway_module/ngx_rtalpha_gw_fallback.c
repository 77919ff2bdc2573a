
/*
 * Breakers of the routes, and what happens instead of an error.
 *
 * A failure ends in nginx's proxy with 502, 503 or 504.  Requests of routes
 * with a fallback run with a copy of the location's core configuration that
 * sends these statuses to a named location, where ngx_rtalpha_gw_fall()
 * takes over; for all others nothing is different.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_zone.h"


typedef struct ngx_rtalpha_gw_fallen_conf_s  ngx_rtalpha_gw_fallen_conf_t;

struct ngx_rtalpha_gw_fallen_conf_s {
    ngx_rtalpha_gw_fallen_conf_t  *next;
    void                         **from;
    void                         **conf;
};


static void **ngx_rtalpha_gw_fallback_conf(void **from);
static void ngx_rtalpha_gw_fallback_forget(void *data);
static ngx_rtalpha_gw_breaker_t *ngx_rtalpha_gw_breaker_get(
    ngx_rtalpha_gw_fallback_t *fallback);
static uint64_t ngx_rtalpha_gw_clock(void);


static ngx_rtalpha_gw_fallen_conf_t  *ngx_rtalpha_gw_fallen_confs;


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


ngx_int_t
ngx_rtalpha_gw_fallback_set(ngx_http_request_t *r,
    const ngx_rtalpha_gw_fallback_t *fallback)
{
    void  **conf;

    if (fallback->uri.len == 0 && !fallback->resume && !fallback->counts) {
        return NGX_OK;
    }

    conf = ngx_rtalpha_gw_fallback_conf(r->loc_conf);
    if (conf == NULL) {
        return NGX_ERROR;
    }

    r->loc_conf = conf;

    return NGX_OK;
}


/*
 * The copy of a location, one for all its requests: nginx looks into the
 * core configuration of a request when the request is freed already.
 */

static void **
ngx_rtalpha_gw_fallback_conf(void **from)
{
    void                         **conf;
    ngx_pool_cleanup_t            *cln;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_rtalpha_gw_fallen_conf_t  *fc;

    for (fc = ngx_rtalpha_gw_fallen_confs; fc; fc = fc->next) {
        if (fc->from == from) {
            return fc->conf;
        }
    }

    cln = ngx_pool_cleanup_add(ngx_cycle->pool,
                               sizeof(ngx_rtalpha_gw_fallen_conf_t));
    conf = ngx_palloc(ngx_cycle->pool, ngx_http_max_module * sizeof(void *));
    clcf = ngx_palloc(ngx_cycle->pool, sizeof(ngx_http_core_loc_conf_t));

    if (cln == NULL || conf == NULL || clcf == NULL) {
        return NULL;
    }

    ngx_memcpy(conf, from, ngx_http_max_module * sizeof(void *));
    *clcf = *(ngx_http_core_loc_conf_t *)
                                    conf[ngx_http_core_module.ctx_index];
    clcf->error_pages = &ngx_rtalpha_gw_error_list;
    conf[ngx_http_core_module.ctx_index] = clcf;

    cln->handler = ngx_rtalpha_gw_fallback_forget;

    fc = cln->data;
    fc->next = ngx_rtalpha_gw_fallen_confs;
    fc->from = from;
    fc->conf = conf;
    ngx_rtalpha_gw_fallen_confs = fc;

    return conf;
}


/* the configuration goes: its copies, and those that lead to them */

static void
ngx_rtalpha_gw_fallback_forget(void *data)
{
    ngx_rtalpha_gw_fallen_confs = NULL;
}


ngx_int_t
ngx_rtalpha_gw_fall(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status)
{
    ngx_str_t                   uri, args;
    ngx_rtalpha_gw_fallback_t  *fallback;

    fallback = ctx->rule->plan.fallback;
    ngx_rtalpha_gw_breaker_end(ctx, 1);

    if (ctx->fallen || (fallback->uri.len == 0 && !fallback->resume)) {
        return status;
    }

    ctx->fallen = 1;
    r->err_status = 0;

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


/* after a failure, in the named location */

ngx_int_t
ngx_rtalpha_gw_failed(ngx_http_request_t *r)
{
    ngx_uint_t             status;
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL || ctx->rule == NULL || ctx->rule->plan.fallback == NULL
        || ctx->service == NULL || ctx->fallen)
    {
        return NGX_DECLINED;
    }

    status = r->err_status;

    if (ctx->bad_status) {
        status = ctx->bad_status;
        ctx->reason = NGX_RTALPHA_GW_REASON_STATUS;
    }

    return ngx_rtalpha_gw_fall(r, ctx, status);
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

    return admitted;
}


void
ngx_rtalpha_gw_breaker_end(ngx_rtalpha_gw_ctx_t *ctx, ngx_int_t failed)
{
    uint64_t                    now;
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

    if (failed >= 0) {
        ngx_rtalpha_gw_breaker_record(breaker, &fallback->breaker, now,
                                      ctx->round, failed);

    } else {
        ngx_rtalpha_gw_breaker_release(breaker, ctx->round);
    }

    ngx_rtalpha_zone_unlock();
}
