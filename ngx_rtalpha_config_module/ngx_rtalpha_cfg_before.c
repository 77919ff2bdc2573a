
/*
 * History, asked from git once for a commit and a path: what is found is
 * true for ever and stays in the cache.
 */


#include <ngx_sha1.h>

#include "ngx_rtalpha_cfg_before.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_load_inner.h"


/* beside the ids of revisions, whose keys go on with a hexadecimal digit */

static void
ngx_rtalpha_cfg_before_key(const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_commit_t *commit, const ngx_str_t *path,
    u_char *buf, ngx_str_t *key)
{
    u_char      *p;
    ngx_sha1_t   sha;

    p = ngx_cpymem(buf, repo->id, NGX_RTALPHA_CFG_ID);
    *p++ = '<';

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, commit->oid, NGX_RTALPHA_CFG_OID);
    ngx_sha1_update(&sha, path->data, path->len);
    ngx_sha1_final(p, &sha);

    key->data = buf;
    key->len = p + 20 - buf;
}


/* "PARENT PARENT…\n", or an empty line, or nothing */

static void
ngx_rtalpha_cfg_before_run(ngx_rtalpha_job_t *job)
{
    size_t                   len;
    ngx_str_t                out;
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;

    if (job->child->status != 0) {
        ngx_rtalpha_cfg_git_error(job->pool, job->child, &load->result.error);
        return;
    }

    load->result.there = 1;
    ngx_memzero(&load->commit, sizeof(ngx_rtalpha_cfg_commit_t));
    out = job->child->output;

    for (len = 0; len < out.len && out.data[len] > ' '; len++) {
        /* void */
    }

    if (len
        && ngx_rtalpha_cfg_oid_parse(out.data, len, load->commit.oid)
           == NGX_OK)
    {
        load->commit.oid_len = len / 2;
    }
}


static ngx_rtalpha_job_t *
ngx_rtalpha_cfg_before_job(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_commit_t *commit,
    const ngx_str_t *path, const ngx_str_t *key)
{
    char               *args[8];
    u_char             *hex, *spec;
    ngx_str_t           text;
    ngx_rtalpha_job_t  *job;

    job = ngx_rtalpha_cfg_load_job(conf, repo, NGX_RTALPHA_CFG_CACHE_REVISION);
    if (job == NULL) {
        return NULL;
    }

    hex = ngx_pcalloc(job->pool, 65);
    spec = ngx_pnalloc(job->pool, path->len + sizeof(":(top,literal)"));

    if (hex == NULL || spec == NULL) {
        goto failed;
    }

    ngx_rtalpha_cfg_refs_hex(commit, hex, &text);
    ngx_sprintf(spec, ":(top,literal)%V%Z", path);

    args[0] = "log";
    args[1] = "-1";
    args[2] = "--first-parent";
    args[3] = "--format=%P";
    args[4] = (char *) hex;
    args[5] = "--";
    args[6] = (char *) spec;
    args[7] = NULL;

    if (ngx_rtalpha_cfg_load_key_copy(job, key) != NGX_OK
        || ngx_rtalpha_cfg_git_read(job, repo,
               ngx_rtalpha_cfg_load_backend(conf, repo), args)
           != NGX_OK)
    {
        goto failed;
    }

    job->run = ngx_rtalpha_cfg_before_run;
    job->done = ngx_rtalpha_cfg_load_single_done;

    return job;

failed:

    ngx_rtalpha_background_discard(job);

    return NULL;
}


ngx_int_t
ngx_rtalpha_cfg_before(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_commit_t *commit,
    const ngx_str_t *path, ngx_rtalpha_cfg_commit_t *before)
{
    u_char                       buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_int_t                    rc;
    ngx_str_t                    key, why;
    ngx_rtalpha_blob_t          *blob;
    ngx_rtalpha_cfg_revision_t   revision;

    ngx_rtalpha_cfg_before_key(repo, commit, path, buf, &key);

    rc = ngx_rtalpha_cfg_store_get(pool, NGX_RTALPHA_CFG_CACHE_REVISION, &key,
                                   &blob, &revision, sizeof(revision));
    if (rc == NGX_OK) {
        *before = revision.commit;
        return before->oid_len ? NGX_OK : NGX_DECLINED;
    }

    if (rc != NGX_DECLINED) {
        return rc;
    }

    rc = ngx_rtalpha_cfg_load_claim(NGX_RTALPHA_CFG_CACHE_REVISION, &key,
                                    &why);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_cfg_load_post(
               ngx_rtalpha_cfg_before_job(conf, repo, commit, path, &key),
               NGX_RTALPHA_CFG_CACHE_REVISION, &key);
}
