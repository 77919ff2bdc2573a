
/*
 * git diff-tree, asked once for two commits: what it says stays true.
 */


#include "ngx_rtalpha_cfg_changes.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_lasting.h"


/* beside the ids of revisions, whose keys go on with a hexadecimal digit */

static void
ngx_rtalpha_cfg_changes_key(const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_commit_t *was, const ngx_rtalpha_cfg_commit_t *is,
    u_char *buf, ngx_str_t *key)
{
    u_char  *p;

    p = ngx_cpymem(buf, repo->id, NGX_RTALPHA_CFG_ID);
    *p++ = '=';
    p = ngx_cpymem(p, was->oid, NGX_RTALPHA_CFG_OID);
    p = ngx_cpymem(p, is->oid, NGX_RTALPHA_CFG_OID);

    key->data = buf;
    key->len = p - buf;
}


/* "M\0path\0A\0path\0"; a byte in front, so that it is never empty */

static void
ngx_rtalpha_cfg_changes_run(ngx_rtalpha_job_t *job)
{
    ngx_str_t               *out;
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;

    if (job->child->status != 0) {
        ngx_rtalpha_cfg_git_error(job->pool, job->child, &load->result.error);
        return;
    }

    out = &job->child->output;

    if (out->len > NGX_RTALPHA_CFG_CHANGES_MAX) {
        ngx_str_set(&load->result.error, "too many files are different");
        return;
    }

    load->result.bytes.data = ngx_pnalloc(job->pool, out->len + 1);
    if (load->result.bytes.data == NULL) {
        return;
    }

    load->result.bytes.data[0] = '\0';
    load->result.bytes.len = out->len + 1;
    load->result.there = 1;

    if (out->len) {
        ngx_memcpy(load->result.bytes.data + 1, out->data, out->len);
    }
}


static ngx_int_t
ngx_rtalpha_cfg_changes_parse(ngx_pool_t *pool, const ngx_str_t *bytes,
    ngx_array_t *changes)
{
    u_char                    *p, *last, *end;
    ngx_rtalpha_cfg_change_t  *change;

    p = bytes->data + 1;
    last = bytes->data + bytes->len;

    while (last - p > 2) {
        end = ngx_strlchr(p + 2, last, '\0');

        if (p[1] != '\0' || end == NULL) {
            break;
        }

        change = ngx_array_push(changes);
        if (change == NULL) {
            return NGX_ERROR;
        }

        change->letter = *p;
        change->path.len = end - (p + 2);
        change->path.data = ngx_pnalloc(pool, change->path.len + 1);
        if (change->path.data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(change->path.data, p + 2, change->path.len);
        p = end + 1;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_changes(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_commit_t *was,
    const ngx_rtalpha_cfg_commit_t *is, ngx_array_t *changes, ngx_str_t *why)
{
    char                        *args[8];
    u_char                       buf[NGX_RTALPHA_CFG_LOAD_KEY];
    u_char                       from[65], to[65];
    ngx_int_t                    rc;
    ngx_str_t                    key, bytes, text;
    ngx_rtalpha_blob_t          *blob;
    ngx_rtalpha_cfg_revision_t   revision;

    ngx_rtalpha_cfg_changes_key(repo, was, is, buf, &key);

    rc = ngx_rtalpha_cfg_store_get(pool, NGX_RTALPHA_CFG_CACHE_REVISION, &key,
                                   &blob, &revision, sizeof(revision));
    if (rc == NGX_OK) {
        return ngx_rtalpha_blob_flat(pool, blob, &bytes) == NGX_OK
               ? ngx_rtalpha_cfg_changes_parse(pool, &bytes, changes)
               : NGX_ERROR;
    }

    if (rc != NGX_DECLINED) {
        return rc;
    }

    ngx_rtalpha_cfg_refs_hex(was, from, &text);
    from[text.len] = '\0';
    ngx_rtalpha_cfg_refs_hex(is, to, &text);
    to[text.len] = '\0';

    args[0] = "diff-tree";
    args[1] = "-r";
    args[2] = "-z";
    args[3] = "--name-status";
    args[4] = "--no-renames";
    args[5] = (char *) from;
    args[6] = (char *) to;
    args[7] = NULL;

    return ngx_rtalpha_cfg_lasting_ask(conf, repo, &key, args,
                                       ngx_rtalpha_cfg_changes_run, why);
}
