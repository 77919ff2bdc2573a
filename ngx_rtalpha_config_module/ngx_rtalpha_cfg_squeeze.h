
/*
 * Documents as they lie in the zone: parsed text is full of offsets and of
 * words that repeat, and deflates to a quarter.  Large ones stay as they
 * are, since the event loop inflates.  Pure.
 */


#ifndef _NGX_RTALPHA_CFG_SQUEEZE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_SQUEEZE_H_INCLUDED_


#include "ngx_rtalpha.h"


/* in the thread; bytes that do not get smaller stay.  NGX_OK, NGX_ERROR */
ngx_int_t ngx_rtalpha_cfg_squeeze(ngx_pool_t *pool, ngx_str_t *bytes);

/* the inverse; NGX_DECLINED: damaged */
ngx_int_t ngx_rtalpha_cfg_unsqueeze(ngx_pool_t *pool, ngx_str_t *bytes);


#endif /* _NGX_RTALPHA_CFG_SQUEEZE_H_INCLUDED_ */
