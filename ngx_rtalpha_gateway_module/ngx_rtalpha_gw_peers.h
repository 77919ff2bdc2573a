
/*
 * Instances chosen by anything other than plain round robin: a service's
 * peers in this process, and what a request has to do with one of them.
 */


#ifndef _NGX_RTALPHA_GW_PEERS_H_INCLUDED_
#define _NGX_RTALPHA_GW_PEERS_H_INCLUDED_


#include "ngx_rtalpha_gw.h"


/*
 * The next instance for a request of a route with plan->lb; NULL: none may
 * be used.  ctx->busy: only since all are at their limit.
 */
ngx_rtalpha_instance_t *ngx_rtalpha_gw_peers_choose(
    ngx_rtalpha_gw_ctx_t *ctx);

/* a try begins; the answer's header is there; the request is done with it */
void ngx_rtalpha_gw_peers_begin(ngx_rtalpha_gw_ctx_t *ctx);
void ngx_rtalpha_gw_peers_answered(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status);
void ngx_rtalpha_gw_peers_failed(ngx_rtalpha_gw_ctx_t *ctx);
void ngx_rtalpha_gw_peers_leave(ngx_rtalpha_gw_ctx_t *ctx);

/* what is known of an instance; NULL: nothing */
ngx_rtalpha_gw_stat_t *ngx_rtalpha_gw_peers_known(const ngx_str_t *service,
    const ngx_str_t *id);

/* in preconfiguration */
void ngx_rtalpha_gw_peers_counters(ngx_conf_t *cf);


#endif /* _NGX_RTALPHA_GW_PEERS_H_INCLUDED_ */
