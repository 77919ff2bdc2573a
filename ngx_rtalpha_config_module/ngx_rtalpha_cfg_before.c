
/*
 * History, asked from git once for a commit and a path: what is found is
 * true for ever and stays in the cache.
 */


#include <ngx_sha1.h>

#include "ngx_rtalpha_cfg_before.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_lasting.h"


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


ngx_int_t
ngx_rtalpha_cfg_before(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_commit_t *commit,
    const ngx_str_t *path, ngx_rtalpha_cfg_commit_t *before)
{
    char                        *args[8];
    u_char                       buf[NGX_RTALPHA_CFG_LOAD_KEY], hex[65];
    u_char                      *spec;
    ngx_int_t                    rc;
    ngx_str_t                    key, why, text;
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

    spec = ngx_pnalloc(pool, path->len + sizeof(":(top,literal)"));
    if (spec == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(spec, ":(top,literal)%V%Z", path);
    ngx_rtalpha_cfg_refs_hex(commit, hex, &text);
    hex[text.len] = '\0';

    args[0] = "log";
    args[1] = "-1";
    args[2] = "--first-parent";
    args[3] = "--format=%P";
    args[4] = (char *) hex;
    args[5] = "--";
    args[6] = (char *) spec;
    args[7] = NULL;

    return ngx_rtalpha_cfg_lasting_ask(conf, repo, &key, args,
                                       ngx_rtalpha_cfg_before_run, &why);
}
