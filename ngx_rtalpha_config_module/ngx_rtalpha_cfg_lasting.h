
/*
 * What git is asked once, since it stays true of a commit: the answer is
 * kept beside the revisions in the cache, under a key of its own.
 */


#ifndef _NGX_RTALPHA_CFG_LASTING_H_INCLUDED_
#define _NGX_RTALPHA_CFG_LASTING_H_INCLUDED_


#include "ngx_rtalpha_cfg_load_inner.h"


/*
 * Asks, unless somebody does already.  args: git's, at most 12 and a NULL,
 * which are copied; run: takes git's output over into the job's load.
 * NGX_AGAIN: later; NGX_DECLINED: it has failed, why says so; NGX_ERROR.
 */
ngx_int_t ngx_rtalpha_cfg_lasting_ask(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *key, char **args,
    void (*run)(ngx_rtalpha_job_t *job), ngx_str_t *why);


#endif /* _NGX_RTALPHA_CFG_LASTING_H_INCLUDED_ */
