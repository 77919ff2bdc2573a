
/*
 * The commit before a file became what it is: where the last good content
 * is looked for when a file cannot be used.
 */


#ifndef _NGX_RTALPHA_CFG_BEFORE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_BEFORE_H_INCLUDED_


#include "ngx_rtalpha_cfg_ask.h"


/*
 * The first parent of the commit that last touched the path, seen from a
 * commit along first parents.  NGX_OK; NGX_AGAIN: later; NGX_DECLINED: there
 * is none, or the mirror does not reach back that far; NGX_ERROR.
 */
ngx_int_t ngx_rtalpha_cfg_before(ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_commit_t *commit, const ngx_str_t *path,
    ngx_rtalpha_cfg_commit_t *before);


#endif /* _NGX_RTALPHA_CFG_BEFORE_H_INCLUDED_ */
