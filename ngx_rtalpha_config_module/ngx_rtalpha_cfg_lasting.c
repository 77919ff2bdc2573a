
/*
 * One question to git, in the background: the claim that keeps others from
 * asking the same, the job, and the arguments, which must last as long as
 * the job does.
 */


#include "ngx_rtalpha_cfg_lasting.h"
#include "ngx_rtalpha_cfg_git.h"


#define NGX_RTALPHA_CFG_LASTING_ARGS  12


static ngx_rtalpha_job_t *
ngx_rtalpha_cfg_lasting_job(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *key, char **args,
    void (*run)(ngx_rtalpha_job_t *job))
{
    char               *copies[NGX_RTALPHA_CFG_LASTING_ARGS + 1];
    size_t              len;
    ngx_uint_t          n;
    ngx_rtalpha_job_t  *job;

    job = ngx_rtalpha_cfg_load_job(conf, repo, NGX_RTALPHA_CFG_CACHE_REVISION);
    if (job == NULL) {
        return NULL;
    }

    for (n = 0; args[n] && n < NGX_RTALPHA_CFG_LASTING_ARGS; n++) {
        len = ngx_strlen(args[n]) + 1;

        copies[n] = ngx_pnalloc(job->pool, len);
        if (copies[n] == NULL) {
            goto failed;
        }

        ngx_memcpy(copies[n], args[n], len);
    }

    copies[n] = NULL;

    if (ngx_rtalpha_cfg_load_key_copy(job, key) != NGX_OK
        || ngx_rtalpha_cfg_git_read(job, repo,
               ngx_rtalpha_cfg_load_backend(conf, repo), copies)
           != NGX_OK)
    {
        goto failed;
    }

    job->run = run;
    job->done = ngx_rtalpha_cfg_load_single_done;

    return job;

failed:

    ngx_rtalpha_background_discard(job);

    return NULL;
}


ngx_int_t
ngx_rtalpha_cfg_lasting_ask(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *key, char **args,
    void (*run)(ngx_rtalpha_job_t *job), ngx_str_t *why)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_cfg_load_claim(NGX_RTALPHA_CFG_CACHE_REVISION, key, why);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_cfg_load_post(
               ngx_rtalpha_cfg_lasting_job(conf, repo, key, args, run),
               NGX_RTALPHA_CFG_CACHE_REVISION, key);
}
