
/*
 * Bringing in what is in use of a repository before its new references are
 * published, so that no request waits for a change.
 */


#ifndef _NGX_RTALPHA_CFG_PRELOAD_H_INCLUDED_
#define _NGX_RTALPHA_CFG_PRELOAD_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


/*
 * text: the references to come, against those that are published.  For each
 * one whose old commit has a listing in the cache the new one's is loaded,
 * and then (objects) the objects that changed and are in the cache.
 * NGX_OK: all is there; NGX_AGAIN: on its way; else it is not to be had.
 */
ngx_int_t ngx_rtalpha_cfg_preload(ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *text, ngx_uint_t objects);


#endif /* _NGX_RTALPHA_CFG_PRELOAD_H_INCLUDED_ */
