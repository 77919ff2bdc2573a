
/*
 * What comes after a try that failed: another instance at once, another try
 * after a while, another service, or nothing.
 */


#ifndef _NGX_RTALPHA_GW_TRY_H_INCLUDED_
#define _NGX_RTALPHA_GW_TRY_H_INCLUDED_


#include "ngx_rtalpha_gw.h"


/* tries of one request, refused connections not counted */
#define ngx_rtalpha_gw_try_limit(retry)                                       \
    ((ngx_uint_t) ((retry)->same + 1) * ((retry)->next + 1))


/* TLS, 1 or 0 */
#define ngx_rtalpha_gw_speaks(ctx, in)                                        \
    ((unsigned) ((ctx)->rule->plan.secure | (in)->secure))


/* does the route ask for more tries of a request with this method */
ngx_uint_t ngx_rtalpha_gw_try_method(ngx_http_request_t *r,
    const ngx_rtalpha_gw_retry_t *retry);

/* how many tries nginx may make by itself */
ngx_uint_t ngx_rtalpha_gw_try_count(ngx_rtalpha_gw_ctx_t *ctx);

/* the instance of another try; NULL: none is left */
ngx_rtalpha_instance_t *ngx_rtalpha_gw_next(ngx_rtalpha_gw_ctx_t *ctx);

/* leaves in pc->tries what is allowed after a failure */
void ngx_rtalpha_gw_try_failed(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_peer_connection_t *pc);

/*
 * In the named location of a failed request: another try, now or after its
 * time.  Returns what the phase handler returns.
 */
ngx_int_t ngx_rtalpha_gw_try_again(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_try_now(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* in preconfiguration */
void ngx_rtalpha_gw_try_counters(ngx_conf_t *cf);


#endif /* _NGX_RTALPHA_GW_TRY_H_INCLUDED_ */
