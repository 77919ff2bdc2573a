
/*
 * Operations that wait to be told to peers: one bounded queue in the zone,
 * filled by every worker, read by the state leader for each peer.
 */


#ifndef _NGX_RTALPHA_REG_QUEUE_H_INCLUDED_
#define _NGX_RTALPHA_REG_QUEUE_H_INCLUDED_


#include "ngx_rtalpha_http.h"


typedef struct {
    uint64_t       number;
    uint32_t       key;
    ngx_str_t      text;
} ngx_rtalpha_reg_queued_t;


/*
 * text is what is sent; it is dropped when it has waited for life ms, or
 * when more than limit operations are waiting.  key: not 0 where a later
 * operation with the same key makes this one needless.  only: hash of the
 * one peer it is for, 0: all.
 */
void ngx_rtalpha_reg_queue_add(const ngx_str_t *text, uint32_t key,
    uint32_t only, ngx_msec_t life, ngx_uint_t limit);

/*
 * Appends up to max operations after *number for a peer (of
 * ngx_rtalpha_reg_queued_t, copied into pool); moves *number on to the last
 * one looked at.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_queue_read(ngx_pool_t *pool, uint32_t peer,
    uint64_t *number, ngx_uint_t max, ngx_array_t *ops);

/* frees what every peer has been told, that is up to number */
void ngx_rtalpha_reg_queue_trim(uint64_t number);

/* the number of the last operation; how many wait */
uint64_t ngx_rtalpha_reg_queue_last(void);
ngx_uint_t ngx_rtalpha_reg_queue_length(void);


#endif /* _NGX_RTALPHA_REG_QUEUE_H_INCLUDED_ */
