
/*
 * Which files differ between two commits.
 */


#ifndef _NGX_RTALPHA_CFG_CHANGES_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CHANGES_H_INCLUDED_


#include "ngx_rtalpha_cfg_ask.h"


#define NGX_RTALPHA_CFG_CHANGES_MAX  (1024 * 1024)  /* bytes of the list */


typedef struct {
    u_char       letter;                    /* git's: A, D, M, T */
    ngx_str_t    path;
} ngx_rtalpha_cfg_change_t;


/*
 * changes: array of ngx_rtalpha_cfg_change_t, strings of the pool.  NGX_OK;
 * NGX_AGAIN: later; NGX_DECLINED: git cannot tell, why says so; NGX_ERROR.
 */
ngx_int_t ngx_rtalpha_cfg_changes(ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_commit_t *was, const ngx_rtalpha_cfg_commit_t *is,
    ngx_array_t *changes, ngx_str_t *why);


#endif /* _NGX_RTALPHA_CFG_CHANGES_H_INCLUDED_ */
