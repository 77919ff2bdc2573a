
/*
 * Dependencies of answers.
 */


#include "ngx_rtalpha_cfg_depend.h"
#include "ngx_rtalpha_cfg_conf.h"
#include "ngx_rtalpha_cfg_local.h"


void
ngx_rtalpha_cfg_depend_set(ngx_rtalpha_cfg_dep_t *dep,
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t version, const ngx_str_t *label,
    const ngx_rtalpha_cfg_commit_t *commit)
{
    ngx_memzero(dep, sizeof(ngx_rtalpha_cfg_dep_t));
    dep->repo = repo;
    dep->version = version;

    if (label == NULL || label->len > NGX_RTALPHA_CFG_DEPEND_LABEL) {
        dep->strict = 1;
        return;
    }

    dep->label_len = (uint8_t) label->len;
    ngx_memcpy(dep->label, label->data, label->len);

    if (commit) {
        ngx_memcpy(dep->oid, commit->oid, NGX_RTALPHA_CFG_OID);
    }
}


ngx_uint_t
ngx_rtalpha_cfg_depend_same(const ngx_rtalpha_cfg_dep_t *dep, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (dep[i].repo->version != dep[i].version) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_rtalpha_cfg_depend_one(ngx_rtalpha_cfg_dep_t *dep)
{
    ngx_str_t                  uri, path, label;
    ngx_uint_t                 version;
    ngx_rtalpha_cfg_refs_t    *refs;
    ngx_rtalpha_cfg_commit_t   commit;

    if (dep->repo->version == dep->version) {
        return 1;
    }

    if (dep->strict
        || ngx_rtalpha_cfg_local_refs(dep->repo, &refs, &version) != NGX_OK)
    {
        return 0;
    }

    uri.data = dep->repo->uri;
    uri.len = dep->repo->uri_len;
    label.data = dep->label;
    label.len = dep->label_len;

    if (ngx_rtalpha_cfg_refs_label(refs, &label,
                                   !ngx_rtalpha_cfg_conf_local(&uri, &path),
                                   &commit)
        != NGX_OK)
    {
        ngx_memzero(commit.oid, NGX_RTALPHA_CFG_OID);
    }

    if (ngx_memcmp(commit.oid, dep->oid, NGX_RTALPHA_CFG_OID) != 0) {
        return 0;
    }

    dep->version = version;

    return 1;
}


ngx_uint_t
ngx_rtalpha_cfg_depend_fresh(ngx_rtalpha_cfg_dep_t *dep, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (!ngx_rtalpha_cfg_depend_one(&dep[i])) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_rtalpha_cfg_depend_fit(const ngx_rtalpha_cfg_dep_t *dep, ngx_uint_t n,
    ngx_rtalpha_cfg_dep_t *to, ngx_uint_t max)
{
    ngx_uint_t  i, k, count;

    if (n <= max) {
        ngx_memcpy(to, dep, n * sizeof(ngx_rtalpha_cfg_dep_t));
        return n;
    }

    count = 0;

    for (i = 0; i < n; i++) {

        for (k = 0; k < count; k++) {
            if (to[k].repo == dep[i].repo) {

                /* the references seen first count, whatever came after */

                to[k].version = ngx_min(to[k].version, dep[i].version);
                break;
            }
        }

        if (k < count) {
            continue;
        }

        if (count < max) {
            ngx_rtalpha_cfg_depend_set(&to[count], dep[i].repo,
                                       dep[i].version, NULL, NULL);
        }

        count++;
    }

    return count;
}
