
/*
 * The table.  Buckets are singly linked and are the truth; the order of use
 * is derived from them when a process has died in the middle.
 */


#include "ngx_rtalpha_cfg_cache.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_CFG_CACHE_TRIES  64     /* evictions for one allocation */


ngx_int_t
ngx_rtalpha_cfg_cache_init(ngx_rtalpha_cfg_cache_t *cache)
{
    ngx_uint_t  n;

    for (n = 1024; n < 262144 && n < ngx_rtalpha_zone_size() / 4096; n *= 2) {
        /* void */
    }

    ngx_rtalpha_zone_lock();

    for ( /* void */ ; n >= 64; n /= 2) {
        cache->buckets = ngx_rtalpha_zone_array(n * sizeof(void *));

        if (cache->buckets) {
            break;
        }
    }

    cache->n = n;
    cache->max = ngx_rtalpha_zone_size() / 2;
    ngx_queue_init(&cache->queue);

    ngx_rtalpha_zone_unlock();

    return cache->buckets ? NGX_OK : NGX_ERROR;
}


void
ngx_rtalpha_cfg_cache_limit(ngx_rtalpha_cfg_cache_t *cache, size_t max)
{
    cache->max = max;
}


static uint32_t
ngx_rtalpha_cfg_cache_hash(ngx_uint_t type, const ngx_str_t *key)
{
    return ngx_crc32_long(key->data, key->len)
           + (uint32_t) type * 2654435761u;
}


static ngx_rtalpha_cfg_item_t *
ngx_rtalpha_cfg_cache_item(ngx_rtalpha_cfg_cache_t *cache, ngx_uint_t type,
    const ngx_str_t *key, uint32_t hash)
{
    ngx_rtalpha_cfg_item_t  *item;

    for (item = cache->buckets[hash & (cache->n - 1)];
         item;
         item = item->next)
    {
        if (item->hash == hash && item->type == type
            && item->key_len == key->len
            && ngx_memcmp(ngx_rtalpha_cfg_cache_key(item), key->data,
                          key->len)
               == 0)
        {
            return item;
        }
    }

    return NULL;
}


ngx_rtalpha_cfg_item_t *
ngx_rtalpha_cfg_cache_look(ngx_rtalpha_cfg_cache_t *cache, ngx_uint_t type,
    const ngx_str_t *key)
{
    return key->len > NGX_RTALPHA_CFG_CACHE_KEY ? NULL
           : ngx_rtalpha_cfg_cache_item(cache, type, key,
                                    ngx_rtalpha_cfg_cache_hash(type, key));
}


ngx_rtalpha_cfg_item_t *
ngx_rtalpha_cfg_cache_find(ngx_rtalpha_cfg_cache_t *cache, ngx_uint_t type,
    const ngx_str_t *key)
{
    uint32_t                 now;
    ngx_rtalpha_cfg_item_t  *item;

    if (key->len > NGX_RTALPHA_CFG_CACHE_KEY) {
        return NULL;
    }

    item = ngx_rtalpha_cfg_cache_item(cache, type, key,
                                      ngx_rtalpha_cfg_cache_hash(type, key));
    if (item == NULL) {
        return NULL;
    }

    now = (uint32_t) ngx_time();

    /* once a second is often enough for the order */

    if (item->used != now) {
        item->used = now;
        ngx_queue_remove(&item->queue);
        ngx_queue_insert_head(&cache->queue, &item->queue);
    }

    return item;
}


void
ngx_rtalpha_cfg_cache_drop(ngx_rtalpha_cfg_cache_t *cache,
    ngx_rtalpha_cfg_item_t *item)
{
    ngx_rtalpha_cfg_item_t  **p;

    for (p = &cache->buckets[item->hash & (cache->n - 1)];
         *p;
         p = &(*p)->next)
    {
        if (*p == item) {
            *p = item->next;
            break;
        }
    }

    ngx_queue_remove(&item->queue);
    cache->size -= item->size;
    cache->count--;

    if (item->blob) {
        ngx_rtalpha_blob_drop(item->blob);
    }

    ngx_rtalpha_zone_free(item);
}


static ngx_uint_t
ngx_rtalpha_cfg_cache_evict(ngx_rtalpha_cfg_cache_t *cache)
{
    ngx_rtalpha_cfg_item_t  *item;

    if (ngx_queue_empty(&cache->queue)) {
        return 0;
    }

    item = ngx_queue_data(ngx_queue_last(&cache->queue),
                          ngx_rtalpha_cfg_item_t, queue);
    cache->evicted++;
    ngx_rtalpha_cfg_cache_drop(cache, item);

    return 1;
}


/* takes the lock itself */

static ngx_rtalpha_pin_t *
ngx_rtalpha_cfg_cache_blob(ngx_rtalpha_cfg_cache_t *cache,
    const ngx_str_t *bytes)
{
    ngx_uint_t          i, more;
    ngx_rtalpha_pin_t  *pin;

    for (i = 0; i < NGX_RTALPHA_CFG_CACHE_TRIES; i++) {
        pin = ngx_rtalpha_blob_create(bytes->data, bytes->len);

        if (pin) {
            return pin;
        }

        ngx_rtalpha_zone_lock();
        more = ngx_rtalpha_cfg_cache_evict(cache);
        ngx_rtalpha_zone_unlock();

        if (!more) {
            return NULL;
        }
    }

    return NULL;
}


static void
ngx_rtalpha_cfg_cache_link(ngx_rtalpha_cfg_cache_t *cache,
    ngx_rtalpha_cfg_item_t *item)
{
    ngx_rtalpha_cfg_item_t  **bucket;

    bucket = &cache->buckets[item->hash & (cache->n - 1)];
    item->next = *bucket;
    ngx_queue_insert_head(&cache->queue, &item->queue);
    cache->size += item->size;
    cache->count++;
    *bucket = item;
}


ngx_int_t
ngx_rtalpha_cfg_cache_put(ngx_rtalpha_cfg_cache_t *cache, ngx_uint_t type,
    const ngx_str_t *key, const void *meta, size_t meta_len,
    const ngx_str_t *bytes)
{
    size_t                   len, size;
    ngx_uint_t               i;
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_cfg_item_t  *item, *old;

    len = offsetof(ngx_rtalpha_cfg_item_t, bytes) + meta_len + key->len;
    size = len + (bytes ? bytes->len : 0);

    if (key->len > NGX_RTALPHA_CFG_CACHE_KEY
        || meta_len > NGX_RTALPHA_CFG_CACHE_META || size > cache->max)
    {
        return NGX_DECLINED;
    }

    pin = NULL;

    if (bytes) {
        pin = ngx_rtalpha_cfg_cache_blob(cache, bytes);
        if (pin == NULL) {
            return NGX_DECLINED;
        }
    }

    ngx_rtalpha_zone_lock();

    for (i = 0; cache->size + size > cache->max
                && i < NGX_RTALPHA_CFG_CACHE_TRIES; i++)
    {
        if (!ngx_rtalpha_cfg_cache_evict(cache)) {
            break;
        }
    }

    do {
        item = ngx_rtalpha_zone_alloc(len);
    } while (item == NULL && ngx_rtalpha_cfg_cache_evict(cache));

    if (item) {
        item->hash = ngx_rtalpha_cfg_cache_hash(type, key);
        item->type = (uint16_t) type;
        item->key_len = (uint16_t) key->len;
        item->meta_len = (uint32_t) meta_len;
        item->size = size;
        item->used = (uint32_t) ngx_time();
        item->blob = pin ? ngx_rtalpha_blob_of(pin) : NULL;

        if (meta_len) {
            ngx_memcpy(item->bytes, meta, meta_len);
        }

        ngx_memcpy(item->bytes + meta_len, key->data, key->len);

        if (item->blob) {
            ngx_rtalpha_blob_hold(item->blob);
        }

        old = ngx_rtalpha_cfg_cache_item(cache, type, key, item->hash);

        if (old) {
            ngx_rtalpha_cfg_cache_drop(cache, old);
        }

        ngx_rtalpha_cfg_cache_link(cache, item);
    }

    if (pin) {
        ngx_rtalpha_blob_unpin_locked(pin);
    }

    ngx_rtalpha_zone_unlock();

    return item ? NGX_OK : NGX_DECLINED;
}


void
ngx_rtalpha_cfg_cache_repair(ngx_rtalpha_cfg_cache_t *cache)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_item_t  *item;

    ngx_queue_init(&cache->queue);
    cache->size = 0;
    cache->count = 0;

    for (i = 0; cache->buckets && i < cache->n; i++) {
        for (item = cache->buckets[i]; item; item = item->next) {
            ngx_queue_insert_tail(&cache->queue, &item->queue);
            cache->size += item->size;
            cache->count++;
        }
    }
}
