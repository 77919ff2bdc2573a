
/*
 * Notices.  Questions live in the zone's cache.  The leader goes over its
 * buckets, a slice in each turn of the event loop; what cannot be answered
 * yet is asked again in the next round.
 */


#include "ngx_rtalpha_cfg_notice.h"

#include <ngx_md5.h>

#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_CFG_NOTICE_BUCKETS  256     /* looked at in a slice */
#define NGX_RTALPHA_CFG_NOTICE_SLICES   64      /* of them, in a turn */
#define NGX_RTALPHA_CFG_NOTICE_ASKS     4       /* answered in a turn */
#define NGX_RTALPHA_CFG_NOTICE_PAUSE    1       /* ms between turns */
#define NGX_RTALPHA_CFG_NOTICE_AGAIN    200     /* ms to the next round */
#define NGX_RTALPHA_CFG_NOTICE_ROUNDS   50      /* for what does not load */
#define NGX_RTALPHA_CFG_NOTICE_DEPS     2


typedef struct {
    u_char                   digest[16];
    uint64_t                 settings;          /* their version */
    ngx_uint_t               ndeps;             /* 0: ask in any case */
    ngx_rtalpha_cfg_dep_t    deps[NGX_RTALPHA_CFG_NOTICE_DEPS];
} ngx_rtalpha_cfg_question_meta_t;


static ngx_rtalpha_cfg_conf_pt   ngx_rtalpha_cfg_notice_conf;
static ngx_rtalpha_cfg_told_pt   ngx_rtalpha_cfg_notice_told;
static ngx_uint_t                ngx_rtalpha_cfg_notice_leading;
static ngx_event_t               ngx_rtalpha_cfg_notice_timer;

/* nginx's debug log looks for a connection behind every timer */
static ngx_connection_t          ngx_rtalpha_cfg_notice_nobody = {
    .fd = (ngx_socket_t) -1
};

/* of the round */
static ngx_uint_t                ngx_rtalpha_cfg_notice_bucket;
static ngx_uint_t                ngx_rtalpha_cfg_notice_rounds;
static ngx_uint_t                ngx_rtalpha_cfg_notice_missing;


static void ngx_rtalpha_cfg_notice_turn(ngx_event_t *ev);


void
ngx_rtalpha_cfg_notice_init(ngx_rtalpha_cfg_conf_pt conf,
    ngx_rtalpha_cfg_told_pt told)
{
    ngx_rtalpha_cfg_notice_conf = conf;
    ngx_rtalpha_cfg_notice_told = told;
    ngx_rtalpha_cfg_notice_leading = 0;

    ngx_memzero(&ngx_rtalpha_cfg_notice_timer, sizeof(ngx_event_t));
    ngx_rtalpha_cfg_notice_timer.handler = ngx_rtalpha_cfg_notice_turn;
    ngx_rtalpha_cfg_notice_timer.data = &ngx_rtalpha_cfg_notice_nobody;
    ngx_rtalpha_cfg_notice_timer.log = ngx_cycle->log;
    ngx_rtalpha_cfg_notice_timer.cancelable = 1;
}


static void
ngx_rtalpha_cfg_notice_add(ngx_md5_t *md5, const ngx_str_t *s)
{
    ngx_md5_update(md5, &s->len, sizeof(s->len));
    ngx_md5_update(md5, s->data, s->len);
}


/* names of sources and values; not the version, which each commit changes */

static void
ngx_rtalpha_cfg_notice_digest(const ngx_rtalpha_cfg_env_t *env,
    u_char *digest)
{
    ngx_md5_t                  md5;
    ngx_uint_t                 i, k, n;
    const ngx_rtalpha_prop_t  *prop;
    ngx_rtalpha_cfg_named_t   *source;

    ngx_md5_init(&md5);
    source = env->sources.elts;

    for (i = 0; i < env->sources.nelts; i++) {
        ngx_rtalpha_cfg_notice_add(&md5, &source[i].name);
        n = ngx_rtalpha_props_count(source[i].props);
        ngx_md5_update(&md5, &n, sizeof(n));

        for (k = 0; k < n; k++) {
            prop = ngx_rtalpha_props_at(source[i].props, k);
            ngx_rtalpha_cfg_notice_add(&md5, &prop->key);
            ngx_rtalpha_cfg_notice_add(&md5, &prop->text);
            ngx_md5_update(&md5, &prop->type, sizeof(prop->type));
        }
    }

    ngx_md5_final(digest, &md5);
}


static void
ngx_rtalpha_cfg_notice_meta(const ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_cfg_question_meta_t *meta)
{
    ngx_memzero(meta, sizeof(ngx_rtalpha_cfg_question_meta_t));
    ngx_rtalpha_cfg_notice_digest(&ask->env, meta->digest);
    meta->settings = ask->conf->version;
    meta->ndeps = ngx_rtalpha_cfg_depend_fit(ask->deps, ask->ndeps,
                                             meta->deps,
                                             NGX_RTALPHA_CFG_NOTICE_DEPS);

    if (meta->ndeps > NGX_RTALPHA_CFG_NOTICE_DEPS || ask->volatile_) {
        meta->ndeps = 0;
    }
}


/* has nothing moved that the answer was made from: no need to ask again */

static ngx_uint_t
ngx_rtalpha_cfg_notice_idle(const ngx_str_t *key,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_rtalpha_cfg_item_t           *item;
    ngx_rtalpha_cfg_question_meta_t   meta;

    ngx_memzero(&meta, sizeof(meta));
    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_look(&ngx_rtalpha_cfg_root->cache,
                                      NGX_RTALPHA_CFG_CACHE_QUESTION, key);
    if (item) {
        ngx_memcpy(&meta, ngx_rtalpha_cfg_cache_meta(item), sizeof(meta));
    }

    ngx_rtalpha_zone_unlock();

    return meta.ndeps && meta.settings == conf->version
           && ngx_rtalpha_cfg_depend_fresh(meta.deps, meta.ndeps);
}


/* index, application, NUL, profiles, NUL, labelled, label */

static ngx_int_t
ngx_rtalpha_cfg_notice_key(ngx_uint_t index, const ngx_rtalpha_cfg_ask_t *ask,
    u_char *buf, ngx_str_t *key)
{
    u_char  *p;

    if (ask->application.len + ask->profiles.len + ask->label.len + 4
        > NGX_RTALPHA_CFG_CACHE_KEY)
    {
        return NGX_DECLINED;
    }

    p = buf;
    *p++ = (u_char) index;
    p = ngx_rtalpha_put(p, &ask->application);
    *p++ = '\0';
    p = ngx_rtalpha_put(p, &ask->profiles);
    *p++ = '\0';
    *p++ = ask->labelled ? '+' : '-';
    p = ngx_rtalpha_put(p, &ask->label);

    key->data = buf;
    key->len = p - buf;

    return NGX_OK;
}


/* the inverse; NGX_ERROR: not such a key */

static ngx_int_t
ngx_rtalpha_cfg_notice_unkey(const ngx_str_t *key, ngx_uint_t *index,
    ngx_rtalpha_cfg_ask_t *ask)
{
    u_char  *p, *last, *end;

    p = key->data;
    last = p + key->len;
    *index = *p++;

    end = ngx_strlchr(p, last, '\0');
    if (end == NULL) {
        return NGX_ERROR;
    }

    ask->application.data = p;
    ask->application.len = end - p;
    p = end + 1;
    end = ngx_strlchr(p, last, '\0');

    if (end == NULL || end + 1 == last) {
        return NGX_ERROR;
    }

    ask->profiles.data = p;
    ask->profiles.len = end - p;
    ask->labelled = (end[1] == '+');
    ask->label.data = end + 2;
    ask->label.len = last - ask->label.data;

    return NGX_OK;
}


/*
 * A question that is known keeps its digest: only the leader's comparison
 * may change it, or a change that is served at once would never be told.
 */

void
ngx_rtalpha_cfg_notice_asked(ngx_uint_t index,
    const ngx_rtalpha_cfg_ask_t *ask)
{
    u_char                            buf[NGX_RTALPHA_CFG_CACHE_KEY];
    ngx_str_t                         key;
    ngx_uint_t                        known;
    ngx_rtalpha_cfg_question_meta_t   meta;

    if (ngx_rtalpha_cfg_notice_key(index, ask, buf, &key) != NGX_OK) {
        return;
    }

    ngx_rtalpha_zone_lock();
    known = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache,
                                       NGX_RTALPHA_CFG_CACHE_QUESTION, &key)
            != NULL;
    ngx_rtalpha_zone_unlock();

    if (known) {
        return;
    }

    ngx_rtalpha_cfg_notice_meta(ask, &meta);

    (void) ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->cache,
                                     NGX_RTALPHA_CFG_CACHE_QUESTION, &key,
                                     &meta, sizeof(meta), NULL);
}


/* NGX_OK: the digest was another one */

static ngx_int_t
ngx_rtalpha_cfg_notice_swap(const ngx_str_t *key,
    const ngx_rtalpha_cfg_question_meta_t *now)
{
    ngx_int_t                         rc;
    ngx_rtalpha_cfg_item_t           *item;
    ngx_rtalpha_cfg_question_meta_t  *meta;

    rc = NGX_DECLINED;
    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_look(&ngx_rtalpha_cfg_root->cache,
                                      NGX_RTALPHA_CFG_CACHE_QUESTION, key);

    if (item) {
        meta = ngx_rtalpha_cfg_cache_meta(item);

        if (ngx_memcmp(meta->digest, now->digest, sizeof(meta->digest)) != 0)
        {
            rc = NGX_OK;
        }

        *meta = *now;
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


/* 1: it has been asked again */

static ngx_uint_t
ngx_rtalpha_cfg_notice_one(ngx_pool_t *pool, const ngx_str_t *key)
{
    ngx_int_t                         rc;
    ngx_uint_t                        index;
    ngx_rtalpha_cfg_ask_t             ask;
    ngx_rtalpha_cfg_once_t            notice;
    ngx_rtalpha_cfg_question_meta_t   meta;

    ngx_memzero(&ask, sizeof(ngx_rtalpha_cfg_ask_t));
    ask.pool = pool;

    if (ngx_rtalpha_cfg_notice_unkey(key, &index, &ask) != NGX_OK) {
        return 0;
    }

    ask.conf = ngx_rtalpha_cfg_notice_conf(index);

    if (ask.conf == NULL || ngx_rtalpha_cfg_notice_idle(key, ask.conf)) {
        return 0;
    }

    rc = ngx_rtalpha_cfg_ask_env(&ask);

    if (rc == NGX_AGAIN) {
        ngx_rtalpha_cfg_notice_missing = 1;
    }

    if (rc != NGX_OK) {
        return 1;
    }

    ngx_rtalpha_cfg_notice_meta(&ask, &meta);

    if (ngx_rtalpha_cfg_notice_swap(key, &meta) == NGX_OK
        && ask.conf->realtime)
    {
        ngx_memzero(&notice, sizeof(ngx_rtalpha_cfg_once_t));
        notice.application = ask.application;
        notice.profiles = ask.profiles;
        notice.label = ask.label;
        ngx_memcpy(notice.digest, meta.digest, sizeof(notice.digest));

        if (ask.env.versioned) {
            notice.version = ask.env.version;
        }

        ngx_rtalpha_cfg_notice_told(&notice);
    }

    return 1;
}


/* keys of the next buckets, until there are max; the zone locked */

static ngx_int_t
ngx_rtalpha_cfg_notice_slice(ngx_pool_t *pool, ngx_array_t *keys,
    ngx_uint_t *bucket, ngx_uint_t max)
{
    ngx_str_t                *key;
    ngx_uint_t                n;
    ngx_rtalpha_cfg_item_t   *item;
    ngx_rtalpha_cfg_cache_t  *cache;

    cache = &ngx_rtalpha_cfg_root->cache;

    for (n = 0;
         n < NGX_RTALPHA_CFG_NOTICE_BUCKETS
         && keys->nelts < max && *bucket < cache->n;
         n++, (*bucket)++)
    {
        for (item = cache->buckets[*bucket]; item; item = item->next) {
            if (item->type != NGX_RTALPHA_CFG_CACHE_QUESTION) {
                continue;
            }

            key = ngx_array_push(keys);
            if (key == NULL) {
                return NGX_ERROR;
            }

            key->len = item->key_len;
            key->data = ngx_pnalloc(pool, item->key_len);
            if (key->data == NULL) {
                return NGX_ERROR;
            }

            ngx_memcpy(key->data, ngx_rtalpha_cfg_cache_key(item), key->len);
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_notice_known(ngx_pool_t *pool, ngx_uint_t index,
    ngx_array_t *known)
{
    ngx_int_t                 rc;
    ngx_str_t                *key;
    ngx_uint_t                i, bucket, server;
    ngx_array_t               keys;
    ngx_rtalpha_cfg_ask_t     ask;
    ngx_rtalpha_cfg_known_t  *q;

    if (ngx_array_init(&keys, pool, 64, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    for (bucket = 0; bucket < ngx_rtalpha_cfg_root->cache.n; /* void */ ) {
        ngx_rtalpha_zone_lock();
        rc = ngx_rtalpha_cfg_notice_slice(pool, &keys, &bucket,
                                          NGX_MAX_UINT32_VALUE);
        ngx_rtalpha_zone_unlock();

        if (rc != NGX_OK) {
            return rc;
        }
    }

    key = keys.elts;

    for (i = 0; i < keys.nelts; i++) {

        if (ngx_rtalpha_cfg_notice_unkey(&key[i], &server, &ask) != NGX_OK
            || server != index)
        {
            continue;
        }

        q = ngx_array_push(known);
        if (q == NULL) {
            return NGX_ERROR;
        }

        q->application = ask.application;
        q->profiles = ask.profiles;
        q->label = ask.label;
        q->labelled = ask.labelled;
    }

    return NGX_OK;
}


/* goes on until enough has been done for one turn */

static void
ngx_rtalpha_cfg_notice_some(ngx_pool_t *pool)
{
    ngx_int_t     rc;
    ngx_str_t    *key;
    ngx_uint_t    i, n, asked;
    ngx_array_t   keys;

    if (ngx_array_init(&keys, pool, 16, sizeof(ngx_str_t)) != NGX_OK) {
        return;
    }

    asked = 0;

    for (n = 0;
         n < NGX_RTALPHA_CFG_NOTICE_SLICES
         && asked < NGX_RTALPHA_CFG_NOTICE_ASKS
         && ngx_rtalpha_cfg_notice_bucket < ngx_rtalpha_cfg_root->cache.n;
         n++)
    {
        keys.nelts = 0;

        ngx_rtalpha_zone_lock();
        rc = ngx_rtalpha_cfg_notice_slice(pool, &keys,
                                          &ngx_rtalpha_cfg_notice_bucket, 1);
        ngx_rtalpha_zone_unlock();

        key = keys.elts;

        for (i = 0; rc == NGX_OK && i < keys.nelts; i++) {
            asked += ngx_rtalpha_cfg_notice_one(pool, &key[i]);
        }
    }
}


static void
ngx_rtalpha_cfg_notice_turn(ngx_event_t *ev)
{
    ngx_pool_t  *pool;

    if (!ngx_rtalpha_cfg_notice_leading) {
        return;
    }

    pool = ngx_create_pool(16384, ngx_cycle->log);

    if (pool) {
        ngx_rtalpha_cfg_notice_some(pool);
        ngx_destroy_pool(pool);
    }

    if (ngx_rtalpha_cfg_notice_bucket < ngx_rtalpha_cfg_root->cache.n) {
        ngx_add_timer(ev, NGX_RTALPHA_CFG_NOTICE_PAUSE);
        return;
    }

    ngx_rtalpha_cfg_notice_bucket = 0;

    if (ngx_rtalpha_cfg_notice_missing
        && ngx_rtalpha_cfg_notice_rounds++ < NGX_RTALPHA_CFG_NOTICE_ROUNDS)
    {
        ngx_rtalpha_cfg_notice_missing = 0;
        ngx_add_timer(ev, NGX_RTALPHA_CFG_NOTICE_AGAIN);
    }
}


void
ngx_rtalpha_cfg_notice_check(void)
{
    if (!ngx_rtalpha_cfg_notice_leading) {
        return;
    }

    ngx_rtalpha_cfg_notice_rounds = 0;

    /* a round goes on to its end, or the last buckets might never be seen */

    if (ngx_rtalpha_cfg_notice_timer.timer_set) {
        ngx_rtalpha_cfg_notice_missing = 1;
        return;
    }

    ngx_rtalpha_cfg_notice_bucket = 0;
    ngx_rtalpha_cfg_notice_missing = 0;

    ngx_add_timer(&ngx_rtalpha_cfg_notice_timer,
                  NGX_RTALPHA_CFG_NOTICE_PAUSE);
}


void
ngx_rtalpha_cfg_notice_lead(ngx_uint_t leading)
{
    ngx_rtalpha_cfg_notice_leading = leading;
    ngx_rtalpha_cfg_notice_bucket = 0;

    if (leading) {
        ngx_rtalpha_cfg_notice_check();

    } else if (ngx_rtalpha_cfg_notice_timer.timer_set) {
        ngx_del_timer(&ngx_rtalpha_cfg_notice_timer);
    }
}
