
/*
 * Bringing in what is in use of a repository before its new references are
 * published, so that no request waits for a change.
 */


#ifndef _NGX_RTALPHA_CFG_PRELOAD_H_INCLUDED_
#define _NGX_RTALPHA_CFG_PRELOAD_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


/*
 * text: the references to come, against those that are published.  Where the
 * old commit's directories and files are in the cache those that took their
 * places are loaded.  NGX_AGAIN: something is on its way, call again when the
 * doorbell rings; else all is there that can be had.
 */
ngx_int_t ngx_rtalpha_cfg_preload(ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *text);


#endif /* _NGX_RTALPHA_CFG_PRELOAD_H_INCLUDED_ */
