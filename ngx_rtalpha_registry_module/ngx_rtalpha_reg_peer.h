
/*
 * Peers: servers that speak Eureka's replication protocol.  What clients did
 * here is told to each of them, in batches; what was there before us is
 * fetched once at the start.
 */


#ifndef _NGX_RTALPHA_REG_PEER_H_INCLUDED_
#define _NGX_RTALPHA_REG_PEER_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_reg_store.h"


/*
 * Queue an operation that a client did, for all peers; they do nothing where
 * there are none.  dirty: NULL, or as the client sent it.
 */
void ngx_rtalpha_reg_peer_register(ngx_pool_t *pool,
    const ngx_rtalpha_reg_sent_t *sent, const ngx_rtalpha_reg_put_t *put);
void ngx_rtalpha_reg_peer_heartbeat(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id);
void ngx_rtalpha_reg_peer_cancel(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id);
void ngx_rtalpha_reg_peer_status(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t restore);


/* a registration for the one peer that said it does not know the instance */
void ngx_rtalpha_reg_peer_again(ngx_pool_t *pool, uint32_t only,
    const ngx_str_t *app, const ngx_str_t *id);

/* settings have come: the list of peers may be another one */
void ngx_rtalpha_reg_peer_settings(ngx_cycle_t *cycle);

/* leadership of the zone; the sender works while it has the state's, too */
void ngx_rtalpha_reg_peer_lead(ngx_uint_t leading);

/* a row for each peer, for pages: URL, operations that wait */
void ngx_rtalpha_reg_peer_rows(ngx_rtalpha_out_t *out);
ngx_uint_t ngx_rtalpha_reg_peer_count(void);


#endif /* _NGX_RTALPHA_REG_PEER_H_INCLUDED_ */
