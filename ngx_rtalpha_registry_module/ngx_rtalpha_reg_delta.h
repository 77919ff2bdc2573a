
/*
 * The log of changes: what deltas show, and what the journal, peers and
 * other nodes read.  An instance stands in it once, at its latest change.
 */


#ifndef _NGX_RTALPHA_REG_DELTA_H_INCLUDED_
#define _NGX_RTALPHA_REG_DELTA_H_INCLUDED_


#include "ngx_rtalpha_reg_store.h"


/* number of the last change; without a lock */
uint64_t ngx_rtalpha_reg_delta_last(void);

/*
 * Copies changes after *after, oldest first, and moves *after on to the last
 * change that was looked at.  NGX_OK: that was the last change of all;
 * NGX_AGAIN: there are more; NGX_DECLINED: those right after *after are no
 * longer kept (and *after is set to where the log begins).
 * end(): called with the zone still locked when it was the last one.
 */
ngx_int_t ngx_rtalpha_reg_delta_read(uint64_t *after,
    ngx_rtalpha_reg_copies_t *copies, void (*end)(void *data), void *data);

/*
 * In the zone leader, now and then: drops what is older than keep ms.
 */
void ngx_rtalpha_reg_delta_trim(ngx_msec_t keep);


#endif /* _NGX_RTALPHA_REG_DELTA_H_INCLUDED_ */
