
/*
 * Flat copies, each with a pool of its own, in a small table ordered by last
 * use.  The copies of one process are limited in number and in bytes.
 */


#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_cfg_load.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_CFG_LOCAL_MAX    256
#define NGX_RTALPHA_CFG_LOCAL_BYTES  (64 * 1024 * 1024)


typedef struct {
    ngx_queue_t                 queue;
    ngx_pool_t                 *pool;
    ngx_rtalpha_cfg_repo_t     *repo;       /* refs or a native folder */
    ngx_uint_t                  version;
    u_char                      oid[NGX_RTALPHA_CFG_OID];
    size_t                      size;
    ngx_rtalpha_cfg_refs_t      refs;
    ngx_rtalpha_cfg_listing_t   listing;
    ngx_rtalpha_cfg_gittree_t      tree;
} ngx_rtalpha_cfg_copy_t;


static ngx_queue_t  ngx_rtalpha_cfg_copies;
static ngx_uint_t   ngx_rtalpha_cfg_ncopies;
static size_t       ngx_rtalpha_cfg_copied;


void
ngx_rtalpha_cfg_local_init(void)
{
    ngx_queue_init(&ngx_rtalpha_cfg_copies);
    ngx_rtalpha_cfg_ncopies = 0;
    ngx_rtalpha_cfg_copied = 0;
}


static void
ngx_rtalpha_cfg_local_free(ngx_rtalpha_cfg_copy_t *copy)
{
    ngx_queue_remove(&copy->queue);
    ngx_rtalpha_cfg_ncopies--;
    ngx_rtalpha_cfg_copied -= copy->size;
    ngx_destroy_pool(copy->pool);
}


void
ngx_rtalpha_cfg_local_exit(void)
{
    ngx_queue_t  *q;

    while (ngx_rtalpha_cfg_ncopies) {
        q = ngx_queue_head(&ngx_rtalpha_cfg_copies);
        ngx_rtalpha_cfg_local_free(ngx_queue_data(q, ngx_rtalpha_cfg_copy_t,
                                                  queue));
    }
}


static ngx_rtalpha_cfg_copy_t *
ngx_rtalpha_cfg_local_find(ngx_rtalpha_cfg_repo_t *repo, const u_char *oid)
{
    ngx_queue_t             *q;
    ngx_rtalpha_cfg_copy_t  *copy;

    for (q = ngx_queue_head(&ngx_rtalpha_cfg_copies);
         q != ngx_queue_sentinel(&ngx_rtalpha_cfg_copies);
         q = ngx_queue_next(q))
    {
        copy = ngx_queue_data(q, ngx_rtalpha_cfg_copy_t, queue);

        if (copy->repo != repo
            || (oid && ngx_memcmp(copy->oid, oid, NGX_RTALPHA_CFG_OID) != 0))
        {
            continue;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_head(&ngx_rtalpha_cfg_copies, q);
        return copy;
    }

    return NULL;
}


/* takes the pin over; the copy is flat in any case */

static ngx_rtalpha_cfg_copy_t *
ngx_rtalpha_cfg_local_make(ngx_rtalpha_pin_t *pin, ngx_str_t *bytes)
{
    ngx_pool_t              *pool;
    ngx_queue_t             *q;
    ngx_rtalpha_cfg_copy_t  *copy;

    bytes->len = ngx_rtalpha_blob_len(ngx_rtalpha_blob_of(pin));

    while (ngx_rtalpha_cfg_ncopies >= NGX_RTALPHA_CFG_LOCAL_MAX
           || (ngx_rtalpha_cfg_ncopies > 16
               && ngx_rtalpha_cfg_copied + bytes->len
                  > NGX_RTALPHA_CFG_LOCAL_BYTES))
    {
        q = ngx_queue_last(&ngx_rtalpha_cfg_copies);
        ngx_rtalpha_cfg_local_free(ngx_queue_data(q, ngx_rtalpha_cfg_copy_t,
                                                  queue));
    }

    pool = ngx_create_pool(1024, ngx_cycle->log);
    copy = pool ? ngx_pcalloc(pool, sizeof(ngx_rtalpha_cfg_copy_t)) : NULL;

    if (copy == NULL) {
        ngx_rtalpha_blob_unpin(pin);

    } else if (ngx_rtalpha_blob_unpin_later(pool, pin) != NGX_OK
               || ngx_rtalpha_blob_flat(pool, ngx_rtalpha_blob_of(pin), bytes)
                  != NGX_OK)
    {
        copy = NULL;
    }

    if (copy == NULL) {

        if (pool) {
            ngx_destroy_pool(pool);
        }

        return NULL;
    }

    copy->pool = pool;
    copy->size = bytes->len;
    ngx_queue_insert_head(&ngx_rtalpha_cfg_copies, &copy->queue);
    ngx_rtalpha_cfg_ncopies++;
    ngx_rtalpha_cfg_copied += copy->size;

    return copy;
}


/* what belongs to a repository itself, at its present version */

static ngx_rtalpha_cfg_copy_t *
ngx_rtalpha_cfg_local_of(ngx_rtalpha_cfg_repo_t *repo, ngx_int_t *rc)
{
    ngx_str_t                bytes;
    ngx_uint_t               version;
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_cfg_copy_t  *copy;

    *rc = NGX_OK;
    copy = ngx_rtalpha_cfg_local_find(repo, NULL);

    if (copy) {
        if (copy->version == repo->version) {
            return copy;
        }

        ngx_rtalpha_cfg_local_free(copy);
    }

    pin = ngx_rtalpha_cfg_store_pin_refs(repo, &version);

    if (pin == NULL) {
        *rc = NGX_DECLINED;
        return NULL;
    }

    copy = ngx_rtalpha_cfg_local_make(pin, &bytes);

    if (copy == NULL) {
        *rc = NGX_ERROR;
        return NULL;
    }

    copy->repo = repo;
    copy->version = version;

    if (repo->kind == NGX_RTALPHA_CFG_REPO_NATIVE) {
        *rc = ngx_rtalpha_cfg_listing_open(&copy->listing, bytes.data,
                                           bytes.len);
    } else {
        *rc = ngx_rtalpha_cfg_refs_open(copy->pool, &bytes, &copy->refs);
    }

    if (*rc != NGX_OK) {
        ngx_rtalpha_cfg_local_free(copy);
        return NULL;
    }

    return copy;
}


ngx_int_t
ngx_rtalpha_cfg_local_refs(ngx_rtalpha_cfg_repo_t *repo,
    ngx_rtalpha_cfg_refs_t **refs, ngx_uint_t *version)
{
    ngx_int_t                rc;
    ngx_rtalpha_cfg_copy_t  *copy;

    copy = ngx_rtalpha_cfg_local_of(repo, &rc);

    if (copy) {
        *refs = &copy->refs;
        *version = copy->version;
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_local_listing(ngx_rtalpha_cfg_repo_t *repo,
    ngx_rtalpha_cfg_listing_t **listing, ngx_uint_t *version)
{
    ngx_int_t                rc;
    ngx_rtalpha_cfg_copy_t  *copy;

    copy = ngx_rtalpha_cfg_local_of(repo, &rc);

    if (copy) {
        *listing = &copy->listing;
        *version = copy->version;
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_local_root(const ngx_rtalpha_cfg_commit_t *commit,
    u_char *oid)
{
    u_char                       buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_str_t                    key;
    ngx_rtalpha_cfg_item_t      *item;
    ngx_rtalpha_cfg_revision_t  *root;

    ngx_rtalpha_cfg_load_listing_key(commit->oid, buf, &key);

    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache,
                                      NGX_RTALPHA_CFG_CACHE_LISTING, &key);
    if (item) {
        root = ngx_rtalpha_cfg_cache_meta(item);
        ngx_memcpy(oid, root->commit.oid, NGX_RTALPHA_CFG_OID);
    }

    ngx_rtalpha_zone_unlock();

    return item ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_cfg_local_tree(const u_char *oid, ngx_uint_t oid_len,
    ngx_rtalpha_cfg_gittree_t **tree)
{
    u_char                   buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_str_t                key, bytes;
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_cfg_copy_t  *copy;
    ngx_rtalpha_cfg_item_t  *item;

    copy = ngx_rtalpha_cfg_local_find(NULL, oid);

    if (copy) {
        *tree = &copy->tree;
        return NGX_OK;
    }

    ngx_rtalpha_cfg_load_object_key(NGX_RTALPHA_CFG_LOAD_TREE, oid, buf,
                                    &key);
    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache,
                                      NGX_RTALPHA_CFG_CACHE_TREE, &key);
    pin = (item && item->blob) ? ngx_rtalpha_blob_pin(item->blob) : NULL;

    ngx_rtalpha_zone_unlock();

    if (pin == NULL) {
        return item ? NGX_ERROR : NGX_DECLINED;
    }

    copy = ngx_rtalpha_cfg_local_make(pin, &bytes);
    if (copy == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy->oid, oid, NGX_RTALPHA_CFG_OID);

    if (ngx_rtalpha_cfg_gittree_open(&copy->tree, copy->pool, &bytes, oid_len,
                                  (ngx_uint_t) -1)
        != NGX_OK)
    {
        ngx_rtalpha_cfg_local_free(copy);
        return NGX_ERROR;
    }

    *tree = &copy->tree;

    return NGX_OK;
}
