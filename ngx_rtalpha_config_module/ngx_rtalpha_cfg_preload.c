
/*
 * What a change of references needs.  Old and new directories are compared
 * side by side, and only those that are in use are gone into: the cost is
 * that of the change, not of the repository.
 */


#include "ngx_rtalpha_cfg_preload.h"
#include "ngx_rtalpha_cfg_docs.h"
#include "ngx_rtalpha_cfg_files.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_zone.h"


/* two directories that stand in the same place */
typedef struct {
    u_char      old[NGX_RTALPHA_CFG_OID];
    u_char      new[NGX_RTALPHA_CFG_OID];
} ngx_rtalpha_cfg_preload_pair_t;


typedef struct {
    ngx_pool_t               *pool;
    ngx_rtalpha_cfg_conf_t   *conf;
    ngx_rtalpha_cfg_repo_t   *repo;
    ngx_uint_t                oid_len;
    ngx_array_t               pairs;        /* to be compared */
    ngx_array_t               wanted;
    unsigned                  again:1;
} ngx_rtalpha_cfg_preload_t;


static ngx_uint_t
ngx_rtalpha_cfg_preload_cached(ngx_uint_t type, const ngx_str_t *key)
{
    ngx_uint_t  there;

    ngx_rtalpha_zone_lock();
    there = ngx_rtalpha_cfg_cache_look(&ngx_rtalpha_cfg_root->cache, type,
                                       key)
            != NULL;
    ngx_rtalpha_zone_unlock();

    return there;
}


static ngx_uint_t
ngx_rtalpha_cfg_preload_has(ngx_uint_t kind, const u_char *oid)
{
    u_char      buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_str_t   key;
    ngx_uint_t  type;

    ngx_rtalpha_cfg_load_object_key(kind, oid, buf, &key);

    type = (kind == NGX_RTALPHA_CFG_LOAD_TREE) ? NGX_RTALPHA_CFG_CACHE_TREE
           : (kind == NGX_RTALPHA_CFG_FILE_NONE) ? NGX_RTALPHA_CFG_CACHE_TEXT
                                                 : NGX_RTALPHA_CFG_CACHE_DOCS;

    return ngx_rtalpha_cfg_preload_cached(type, &key);
}


/* what is in use as this kind, and is another object now */

static ngx_int_t
ngx_rtalpha_cfg_preload_object(ngx_rtalpha_cfg_preload_t *p, ngx_uint_t kind,
    const u_char *old, const u_char *new)
{
    if (!ngx_rtalpha_cfg_preload_has(kind, old)
        || ngx_rtalpha_cfg_preload_has(kind, new))
    {
        return NGX_OK;
    }

    return ngx_rtalpha_cfg_files_want(&p->wanted, new, p->oid_len, kind);
}


/* both are in use; children are put on the list */

static ngx_int_t
ngx_rtalpha_cfg_preload_entry(ngx_rtalpha_cfg_preload_t *p,
    const ngx_rtalpha_cfg_entry_t *old, const ngx_rtalpha_cfg_entry_t *new)
{
    ngx_uint_t                       kind;
    ngx_rtalpha_cfg_preload_pair_t  *pair;

    if (ngx_memcmp(old->oid, new->oid, NGX_RTALPHA_CFG_OID) == 0) {
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_gittree_is_dir(new)) {

        if (!ngx_rtalpha_cfg_preload_has(NGX_RTALPHA_CFG_LOAD_TREE, old->oid))
        {
            return NGX_OK;
        }

        pair = ngx_array_push(&p->pairs);
        if (pair == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(pair->old, old->oid, NGX_RTALPHA_CFG_OID);
        ngx_memcpy(pair->new, new->oid, NGX_RTALPHA_CFG_OID);
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_preload_object(p, NGX_RTALPHA_CFG_FILE_NONE,
                                       old->oid, new->oid)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    kind = ngx_rtalpha_cfg_docs_kind(&new->path);

    return kind == NGX_RTALPHA_CFG_FILE_NONE ? NGX_OK
           : ngx_rtalpha_cfg_preload_object(p, kind, old->oid, new->oid);
}


static ngx_int_t
ngx_rtalpha_cfg_preload_compare(ngx_rtalpha_cfg_preload_t *p,
    const ngx_rtalpha_cfg_gittree_t *old, const ngx_rtalpha_cfg_gittree_t *new)
{
    ngx_int_t                rc;
    ngx_uint_t               i, k;
    ngx_rtalpha_cfg_entry_t  was, is;

    for (i = 0, k = 0; i < old->count && k < new->count; /* void */ ) {
        ngx_rtalpha_cfg_gittree_at(old, i, &was);
        ngx_rtalpha_cfg_gittree_at(new, k, &is);
        rc = ngx_rtalpha_cfg_gittree_compare(&was, &is);

        if (rc == 0 && ngx_rtalpha_cfg_preload_entry(p, &was, &is) != NGX_OK)
        {
            return NGX_ERROR;
        }

        i += (rc <= 0);
        k += (rc >= 0);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_preload_pairs(ngx_rtalpha_cfg_preload_t *p)
{
    ngx_int_t                        rc;
    ngx_uint_t                       i;
    ngx_rtalpha_cfg_gittree_t          *old, *new;
    ngx_rtalpha_cfg_preload_pair_t   pair;

    for (i = 0; i < p->pairs.nelts; i++) {
        pair = ((ngx_rtalpha_cfg_preload_pair_t *) p->pairs.elts)[i];

        rc = ngx_rtalpha_cfg_local_tree(pair.new, p->oid_len, &new);

        if (rc == NGX_DECLINED) {
            rc = ngx_rtalpha_cfg_files_want(&p->wanted, pair.new, p->oid_len,
                                            NGX_RTALPHA_CFG_LOAD_TREE);
            if (rc != NGX_OK) {
                return rc;
            }

            continue;
        }

        if (rc == NGX_OK
            && ngx_rtalpha_cfg_local_tree(pair.old, p->oid_len, &old)
               == NGX_OK
            && ngx_rtalpha_cfg_preload_compare(p, old, new) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* one reference that has moved */

static ngx_int_t
ngx_rtalpha_cfg_preload_commit(ngx_rtalpha_cfg_preload_t *p,
    const ngx_rtalpha_cfg_commit_t *was, const ngx_rtalpha_cfg_commit_t *is)
{
    u_char                           buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_int_t                        rc;
    ngx_str_t                        key, why;
    ngx_rtalpha_cfg_preload_pair_t   pair, *next;

    ngx_rtalpha_cfg_load_listing_key(was->oid, buf, &key);

    if (!ngx_rtalpha_cfg_preload_cached(NGX_RTALPHA_CFG_CACHE_LISTING, &key)
        || ngx_rtalpha_cfg_local_root(was, pair.old) != NGX_OK)
    {
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_local_root(is, pair.new) != NGX_OK) {
        rc = ngx_rtalpha_cfg_load_listing(p->conf, p->repo, is, &why);
        p->again |= (rc == NGX_AGAIN);
        return NGX_OK;
    }

    next = ngx_array_push(&p->pairs);
    if (next == NULL) {
        return NGX_ERROR;
    }

    *next = pair;
    p->oid_len = is->oid_len;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_preload(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *text)
{
    ngx_int_t                   rc;
    ngx_str_t                  *line, name, why;
    ngx_uint_t                  i, version;
    ngx_rtalpha_cfg_refs_t      refs, *old;
    ngx_rtalpha_cfg_commit_t    is, was;
    ngx_rtalpha_cfg_preload_t   p;

    ngx_memzero(&p, sizeof(ngx_rtalpha_cfg_preload_t));
    p.pool = pool;
    p.conf = conf;
    p.repo = repo;

    if (ngx_rtalpha_cfg_refs_open(pool, text, &refs) != NGX_OK
        || ngx_rtalpha_cfg_local_refs(repo, &old, &version) != NGX_OK
        || ngx_array_init(&p.pairs, pool, 8,
                          sizeof(ngx_rtalpha_cfg_preload_pair_t))
           != NGX_OK
        || ngx_array_init(&p.wanted, pool, 8,
                          sizeof(ngx_rtalpha_cfg_wanted_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    line = refs.lines.elts;

    for (i = 0; i < refs.lines.nelts; i++) {

        if (ngx_rtalpha_cfg_refs_line(&line[i], &name, &is) == NGX_OK
            && ngx_rtalpha_cfg_refs_find(old, &name, &was) == NGX_OK
            && ngx_memcmp(is.oid, was.oid, NGX_RTALPHA_CFG_OID) != 0
            && ngx_rtalpha_cfg_preload_commit(&p, &was, &is) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_rtalpha_cfg_preload_pairs(&p) != NGX_OK) {
        return NGX_ERROR;
    }

    if (p.wanted.nelts) {
        rc = ngx_rtalpha_cfg_load_objects(conf, repo, &p.wanted, &why);
        p.again |= (rc == NGX_AGAIN);
    }

    return p.again ? NGX_AGAIN : NGX_OK;
}
