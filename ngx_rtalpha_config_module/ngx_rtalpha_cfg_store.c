
/*
 * The config role's zone root.  Repositories form a singly linked list of
 * records that are linked last and never unlinked.
 */


#include <ngx_sha1.h>

#include "ngx_rtalpha_cfg_store.h"
#include "ngx_rtalpha_zone.h"


/* seconds after which nobody waits for a made-up repository any more */
#define NGX_RTALPHA_CFG_IDLE  10


ngx_rtalpha_cfg_root_t  *ngx_rtalpha_cfg_root;


ngx_int_t
ngx_rtalpha_cfg_store_init(ngx_cycle_t *cycle)
{
    if (ngx_rtalpha_cfg_store_attach() != NGX_OK) {
        return NGX_ERROR;
    }

    if ((ngx_rtalpha_cfg_root->cache.buckets == NULL
         && ngx_rtalpha_cfg_cache_init(&ngx_rtalpha_cfg_root->cache)
            != NGX_OK)
        || (ngx_rtalpha_cfg_root->clients.buckets == NULL
            && ngx_rtalpha_cfg_cache_init(&ngx_rtalpha_cfg_root->clients)
               != NGX_OK))
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"rtalpha_zone\" is too small for the config role");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_store_attach(void)
{
    ngx_rtalpha_cfg_root = ngx_rtalpha_role_root(&ngx_rtalpha_cfg_role);

    return ngx_rtalpha_cfg_root ? NGX_OK : NGX_ERROR;
}


void
ngx_rtalpha_cfg_store_repair(void)
{
    if (ngx_rtalpha_cfg_root) {
        ngx_rtalpha_cfg_cache_repair(&ngx_rtalpha_cfg_root->cache);
        ngx_rtalpha_cfg_cache_repair(&ngx_rtalpha_cfg_root->clients);
    }
}


static void
ngx_rtalpha_cfg_store_digest(const ngx_str_t *uri, const u_char *owner,
    u_char *id)
{
    ngx_sha1_t  sha;

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, uri->data, uri->len);

    if (owner) {
        ngx_sha1_update(&sha, "\0", 1);
        ngx_sha1_update(&sha, owner, NGX_RTALPHA_CFG_ID);
    }

    ngx_sha1_final(id, &sha);
}


/*
 * The record of a repository that somebody has made up: asked for by a
 * client, never read, and not asked for any more.  No answer points to it.
 */

static ngx_rtalpha_cfg_repo_t *
ngx_rtalpha_cfg_store_idle(ngx_rtalpha_cfg_root_t *root)
{
    ngx_rtalpha_cfg_repo_t  *repo, *found;

    found = NULL;

    for (repo = root->repos; repo; repo = repo->next) {

        if (repo->seeded || repo->version || repo->failed == 0
            || ngx_time() - (time_t) repo->asked < NGX_RTALPHA_CFG_IDLE)
        {
            continue;
        }

        if (found == NULL || repo->asked < found->asked) {
            found = repo;
        }
    }

    return found;
}


ngx_rtalpha_cfg_repo_t *
ngx_rtalpha_cfg_store_repo(ngx_uint_t kind, const ngx_str_t *uri,
    const u_char *owner, ngx_uint_t max, ngx_uint_t seeded)
{
    u_char                   id[NGX_RTALPHA_CFG_ID];
    ngx_uint_t               linked;
    ngx_rtalpha_cfg_repo_t  *repo;
    ngx_rtalpha_cfg_root_t  *root;

    if (uri->len == 0 || uri->len > NGX_RTALPHA_CFG_URI_MAX) {
        return NULL;
    }

    root = ngx_rtalpha_cfg_root;
    ngx_rtalpha_cfg_store_digest(uri, owner, id);

    ngx_rtalpha_zone_lock();

    for (repo = root->repos; repo; repo = repo->next) {
        if (ngx_memcmp(repo->id, id, NGX_RTALPHA_CFG_ID) == 0) {
            repo->seeded |= seeded;
            goto done;
        }
    }

    linked = root->nrepos >= max;
    repo = linked ? ngx_rtalpha_cfg_store_idle(root)
                  : ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_cfg_repo_t));

    if (repo == NULL) {
        goto done;
    }

    repo->kind = kind;
    repo->seeded = seeded;
    repo->failed = 0;
    repo->error_len = 0;
    repo->uri_len = uri->len;
    ngx_memcpy(repo->uri, uri->data, uri->len);
    ngx_memcpy(repo->id, id, NGX_RTALPHA_CFG_ID);
    ngx_memcpy(repo->owner, owner, NGX_RTALPHA_CFG_ID);
    ngx_rtalpha_cfg_store_digest(uri, NULL, repo->mirror);
    repo->asked = ngx_time();

    /* what a process may be doing for the one before is noticed by this */

    repo->wanted++;

    if (!linked) {
        repo->next = root->repos;
        root->nrepos++;
        root->repos = repo;
    }

done:

    ngx_rtalpha_zone_unlock();

    return repo;
}


static ngx_uint_t
ngx_rtalpha_cfg_store_same(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *refs)
{
    ngx_str_t           old;
    ngx_uint_t          same, version;
    ngx_pool_t         *pool;
    ngx_rtalpha_pin_t  *pin;

    pin = ngx_rtalpha_cfg_store_pin_refs(repo, &version);
    if (pin == NULL) {
        return 0;
    }

    same = 0;
    pool = ngx_create_pool(4096, ngx_cycle->log);

    if (pool) {
        same = ngx_rtalpha_blob_flat(pool, ngx_rtalpha_blob_of(pin), &old)
               == NGX_OK
               && ngx_rtalpha_str_eq(&old, refs);
        ngx_destroy_pool(pool);
    }

    ngx_rtalpha_blob_unpin(pin);

    return same;
}


ngx_int_t
ngx_rtalpha_cfg_store_refs(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *refs, ngx_uint_t grown)
{
    ngx_rtalpha_pin_t   *pin;
    ngx_rtalpha_blob_t  *old;

    if (!grown && ngx_rtalpha_cfg_store_same(repo, refs)) {
        return NGX_DONE;
    }

    pin = ngx_rtalpha_blob_create(refs->data, refs->len);
    if (pin == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_zone_lock();

    old = repo->refs;
    ngx_rtalpha_blob_hold(ngx_rtalpha_blob_of(pin));
    repo->refs = ngx_rtalpha_blob_of(pin);
    repo->version = ++ngx_rtalpha_cfg_root->number;
    repo->commits++;

    if (old) {
        ngx_rtalpha_blob_drop(old);
    }

    ngx_rtalpha_blob_unpin_locked(pin);

    ngx_rtalpha_zone_unlock();

    return NGX_OK;
}


void
ngx_rtalpha_cfg_store_good(ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_rtalpha_zone_lock();
    repo->good = ngx_time();
    repo->failed = 0;
    repo->error_len = 0;
    ngx_rtalpha_zone_unlock();
}


void
ngx_rtalpha_cfg_store_failed(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *why)
{
    size_t  len;

    len = ngx_min(why->len, NGX_RTALPHA_CFG_ERROR_MAX);

    ngx_rtalpha_zone_lock();

    ngx_memcpy(repo->error, why->data, len);
    repo->error_len = len;

    if (repo->failed == 0) {
        repo->failed = ngx_time();
    }

    ngx_rtalpha_zone_unlock();
}


ngx_rtalpha_pin_t *
ngx_rtalpha_cfg_store_pin_refs(ngx_rtalpha_cfg_repo_t *repo,
    ngx_uint_t *version)
{
    ngx_rtalpha_pin_t  *pin;

    ngx_rtalpha_zone_lock();

    pin = repo->refs ? ngx_rtalpha_blob_pin(repo->refs) : NULL;
    *version = repo->version;

    ngx_rtalpha_zone_unlock();

    return pin;
}


ngx_int_t
ngx_rtalpha_cfg_store_get(ngx_pool_t *pool, ngx_uint_t type,
    const ngx_str_t *key, ngx_rtalpha_blob_t **blob, void *meta,
    size_t meta_len)
{
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_cfg_item_t  *item;

    pin = NULL;

    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache, type, key);

    if (item == NULL) {
        ngx_rtalpha_zone_unlock();
        return NGX_DECLINED;
    }

    if (item->blob) {
        pin = ngx_rtalpha_blob_pin(item->blob);

        if (pin == NULL) {
            ngx_rtalpha_zone_unlock();
            return NGX_ERROR;
        }
    }

    if (meta) {
        ngx_memcpy(meta, ngx_rtalpha_cfg_cache_meta(item),
                   ngx_min(meta_len, item->meta_len));
    }

    ngx_rtalpha_zone_unlock();

    if (pin == NULL) {
        return NGX_OK;
    }

    *blob = ngx_rtalpha_blob_of(pin);

    return ngx_rtalpha_blob_unpin_later(pool, pin);
}
