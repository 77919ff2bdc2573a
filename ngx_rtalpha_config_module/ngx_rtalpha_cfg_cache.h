
/*
 * What the config role keeps in the zone and could make again: directories of
 * commits, parsed documents, texts, rendered answers.  One table, one order
 * of last use, one limit in bytes; what is used least goes first.
 *
 * All verbs are called with the zone locked unless they say otherwise.
 */


#ifndef _NGX_RTALPHA_CFG_CACHE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CACHE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_blob.h"


#define NGX_RTALPHA_CFG_CACHE_KEY   1400    /* longest key */
#define NGX_RTALPHA_CFG_CACHE_META  640


typedef enum {
    NGX_RTALPHA_CFG_CACHE_LISTING = 1,      /* key: commit; its root tree */
    NGX_RTALPHA_CFG_CACHE_DOCS,             /* key: kind, object */
    NGX_RTALPHA_CFG_CACHE_TEXT,             /* key: object */
    NGX_RTALPHA_CFG_CACHE_REVISION,         /* key: repository, text */
    NGX_RTALPHA_CFG_CACHE_LABEL,            /* key: repository, label */
    NGX_RTALPHA_CFG_CACHE_ANSWER,           /* key: the question's bytes */
    NGX_RTALPHA_CFG_CACHE_QUESTION,         /* key: server, names */
    NGX_RTALPHA_CFG_CACHE_HOOK,             /* key: digest of a webhook */
    NGX_RTALPHA_CFG_CACHE_PLAIN,            /* key: keys, cipher text */
    NGX_RTALPHA_CFG_CACHE_TREE,             /* key: object */
    NGX_RTALPHA_CFG_CACHE_CLIENT            /* key: address, name, path; in
                                               a table of its own */
} ngx_rtalpha_cfg_cache_e;


typedef struct ngx_rtalpha_cfg_item_s  ngx_rtalpha_cfg_item_t;

struct ngx_rtalpha_cfg_item_s {
    ngx_rtalpha_cfg_item_t  *next;          /* of its bucket */
    ngx_queue_t              queue;         /* by last use */
    ngx_rtalpha_blob_t      *blob;          /* or NULL */
    size_t                   size;
    uint32_t                 hash;
    uint32_t                 used;          /* seconds */
    uint16_t                 type;
    uint16_t                 key_len;
    uint32_t                 meta_len;
    u_char                   bytes[1];      /* meta, key */
};


typedef struct {
    ngx_rtalpha_cfg_item_t **buckets;
    ngx_uint_t               n;             /* power of 2 */
    ngx_queue_t              queue;         /* last used first */
    size_t                   size;
    size_t                   max;
    ngx_uint_t               count;
    ngx_uint_t               evicted;
} ngx_rtalpha_cfg_cache_t;


/* takes the lock itself; once, when the zone is new */
ngx_int_t ngx_rtalpha_cfg_cache_init(ngx_rtalpha_cfg_cache_t *cache);

void ngx_rtalpha_cfg_cache_limit(ngx_rtalpha_cfg_cache_t *cache, size_t max);

/* NULL: not there; counts as a use */
ngx_rtalpha_cfg_item_t *ngx_rtalpha_cfg_cache_find(
    ngx_rtalpha_cfg_cache_t *cache, ngx_uint_t type, const ngx_str_t *key);

/* the same, but does not count as a use */
ngx_rtalpha_cfg_item_t *ngx_rtalpha_cfg_cache_look(
    ngx_rtalpha_cfg_cache_t *cache, ngx_uint_t type, const ngx_str_t *key);

#define ngx_rtalpha_cfg_cache_meta(item)  ((void *) (item)->bytes)
#define ngx_rtalpha_cfg_cache_key(item)   ((item)->bytes + (item)->meta_len)

/*
 * Takes the lock itself.  Sets what is kept under a key, with a copy of
 * meta (may be NULL) and of the bytes (NULL: no blob).  NGX_DECLINED: there
 * is no room, even after throwing out what is old.
 */
ngx_int_t ngx_rtalpha_cfg_cache_put(ngx_rtalpha_cfg_cache_t *cache,
    ngx_uint_t type, const ngx_str_t *key, const void *meta, size_t meta_len,
    const ngx_str_t *bytes);

void ngx_rtalpha_cfg_cache_drop(ngx_rtalpha_cfg_cache_t *cache,
    ngx_rtalpha_cfg_item_t *item);

/* after a crash in a locked section: the order and the sums from the table */
void ngx_rtalpha_cfg_cache_repair(ngx_rtalpha_cfg_cache_t *cache);


#endif /* _NGX_RTALPHA_CFG_CACHE_H_INCLUDED_ */
