
/*
 * What a change of references needs: listings of the commits that
 * references in use have moved to, and the objects that changed there.
 */


#include "ngx_rtalpha_cfg_preload.h"
#include "ngx_rtalpha_cfg_docs.h"
#include "ngx_rtalpha_cfg_load.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_zone.h"


static ngx_uint_t
ngx_rtalpha_cfg_preload_cached(ngx_uint_t type, const ngx_str_t *key)
{
    ngx_uint_t  there;

    ngx_rtalpha_zone_lock();
    there = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache, type,
                                       key)
            != NULL;
    ngx_rtalpha_zone_unlock();

    return there;
}


/* the objects that changed from one listing to the next and are in use */

static ngx_int_t
ngx_rtalpha_cfg_preload_changes(ngx_rtalpha_cfg_listing_t *old,
    ngx_rtalpha_cfg_listing_t *new, ngx_uint_t oid_len, ngx_array_t *wanted)
{
    u_char                     buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_str_t                  key;
    ngx_uint_t                 i, kind, text;
    ngx_rtalpha_cfg_entry_t    was, is;
    ngx_rtalpha_cfg_wanted_t  *w;

    for (i = 0; i < new->count; i++) {

        if (ngx_rtalpha_cfg_listing_at(new, i, &is) != NGX_OK
            || ngx_rtalpha_cfg_listing_find(old, &is.path, &was) != NGX_OK
            || ngx_memcmp(was.oid, is.oid, NGX_RTALPHA_CFG_OID) == 0)
        {
            continue;
        }

        for (text = 0; text < 2; text++) {
            kind = text ? NGX_RTALPHA_CFG_FILE_NONE
                        : ngx_rtalpha_cfg_docs_kind(&is.path);

            ngx_rtalpha_cfg_load_object_key(kind, was.oid, buf, &key);

            if ((kind == NGX_RTALPHA_CFG_FILE_NONE) != text
                || !ngx_rtalpha_cfg_preload_cached(text
                        ? NGX_RTALPHA_CFG_CACHE_TEXT
                        : NGX_RTALPHA_CFG_CACHE_DOCS, &key))
            {
                continue;
            }

            w = ngx_array_push(wanted);
            if (w == NULL) {
                return NGX_ERROR;
            }

            ngx_memcpy(w->oid, is.oid, NGX_RTALPHA_CFG_OID);
            w->oid_len = oid_len;
            w->kind = kind;
            ngx_str_null(&w->path);
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_preload(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *text, ngx_uint_t objects)
{
    u_char                      buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_int_t                   rc, again;
    ngx_str_t                  *line, name, key, why;
    ngx_uint_t                  i, version;
    ngx_array_t                 wanted;
    ngx_rtalpha_cfg_refs_t      refs, *old;
    ngx_rtalpha_cfg_commit_t    is, was;
    ngx_rtalpha_cfg_listing_t  *before, *after;

    if (ngx_rtalpha_cfg_refs_open(pool, text, &refs) != NGX_OK
        || ngx_rtalpha_cfg_local_refs(repo, &old, &version) != NGX_OK
        || ngx_array_init(&wanted, pool, 8,
                          sizeof(ngx_rtalpha_cfg_wanted_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    line = refs.lines.elts;
    again = NGX_OK;

    for (i = 0; i < refs.lines.nelts; i++) {

        if (ngx_rtalpha_cfg_refs_line(&line[i], &name, &is) != NGX_OK
            || ngx_rtalpha_cfg_refs_find(old, &name, &was) != NGX_OK
            || ngx_memcmp(is.oid, was.oid, NGX_RTALPHA_CFG_OID) == 0)
        {
            continue;
        }

        ngx_rtalpha_cfg_load_listing_key(was.oid, buf, &key);

        if (!ngx_rtalpha_cfg_preload_cached(NGX_RTALPHA_CFG_CACHE_LISTING,
                                          &key))
        {
            continue;
        }

        ngx_rtalpha_cfg_load_listing_key(is.oid, buf, &key);

        if (!ngx_rtalpha_cfg_preload_cached(NGX_RTALPHA_CFG_CACHE_LISTING,
                                          &key))
        {
            rc = ngx_rtalpha_cfg_load_listing(conf, repo, &is, &why);

            if (rc == NGX_AGAIN) {
                again = NGX_AGAIN;
            }

        } else if (objects
                   && ngx_rtalpha_cfg_local_listing(repo, &was, &before,
                                                    &version)
                      == NGX_OK
                   && ngx_rtalpha_cfg_local_listing(repo, &is, &after,
                                                    &version)
                      == NGX_OK
                   && ngx_rtalpha_cfg_preload_changes(before, after, is.oid_len,
                                                    &wanted)
                      != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (wanted.nelts == 0) {
        return again;
    }

    /* what is there already is not loaded again */

    return ngx_rtalpha_cfg_load_objects(conf, repo, &wanted, &why);
}
