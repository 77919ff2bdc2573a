
/*
 * Opened keys are found by their id: all settings that concern the store and
 * the state of its file.  So servers that share a store under other aliases
 * have places of their own.  Keys that wait for the thread are in a list, and
 * get what they wait for, or what their server had before, from the end of
 * the job itself: a place that has been given to another store since cannot
 * leave anybody waiting.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>
#include <sys/stat.h>

#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_cfg_keyring.h"
#include "ngx_rtalpha_cfg_keys.h"


#define NGX_RTALPHA_CFG_KEYRING_PLACES  64      /* 16 servers, reloads */


typedef struct {
    u_char                    id[NGX_RTALPHA_CFG_ID];
    u_char                    settings[NGX_RTALPHA_CFG_ID]; /* any file */
    ngx_pool_t               *pool;                 /* NULL: a free place */
    ngx_rtalpha_cfg_keys_t   *keys;
    ngx_uint_t                used;                 /* greatest: last */
} ngx_rtalpha_cfg_keyring_place_t;


typedef struct {
    ngx_rtalpha_cfg_conf_t    conf;         /* what concerns the store */
    ngx_rtalpha_cfg_keys_t   *keys;
    ngx_int_t                 rc;
    ngx_str_t                 why;
    u_char                    id[NGX_RTALPHA_CFG_ID];
    u_char                    settings[NGX_RTALPHA_CFG_ID];
} ngx_rtalpha_cfg_keyring_job_t;


static ngx_rtalpha_cfg_keyring_place_t
                     ngx_rtalpha_cfg_keyring[NGX_RTALPHA_CFG_KEYRING_PLACES];
static ngx_uint_t    ngx_rtalpha_cfg_keyring_uses;

/* keys that the thread opens or has failed to open, until they are freed */
static ngx_queue_t   ngx_rtalpha_cfg_keyring_list = {
    &ngx_rtalpha_cfg_keyring_list, &ngx_rtalpha_cfg_keyring_list
};

/* pools that outlive a configuration must not have its log */
static ngx_log_t     ngx_rtalpha_cfg_keyring_log;


/* by id, or else by settings alone: the same before the file changed */

static ngx_rtalpha_cfg_keyring_place_t *
ngx_rtalpha_cfg_keyring_find(const u_char *id, const u_char *settings)
{
    ngx_uint_t                        i;
    ngx_rtalpha_cfg_keyring_place_t  *place, *found;

    found = NULL;

    for (i = 0; i < NGX_RTALPHA_CFG_KEYRING_PLACES; i++) {
        place = &ngx_rtalpha_cfg_keyring[i];

        if (place->pool == NULL || (found && place->used < found->used)) {
            continue;
        }

        if (id ? ngx_memcmp(place->id, id, NGX_RTALPHA_CFG_ID) == 0
               : ngx_memcmp(place->settings, settings, NGX_RTALPHA_CFG_ID)
                 == 0)
        {
            found = place;
        }
    }

    if (found) {
        found->used = ++ngx_rtalpha_cfg_keyring_uses;
    }

    return found;
}


/* a free one, or else the one that was used longest ago */

static ngx_rtalpha_cfg_keyring_place_t *
ngx_rtalpha_cfg_keyring_place(const u_char *id)
{
    ngx_uint_t                        i;
    ngx_rtalpha_cfg_keyring_place_t  *place, *oldest;

    place = ngx_rtalpha_cfg_keyring_find(id, NULL);

    if (place) {
        return place;
    }

    oldest = &ngx_rtalpha_cfg_keyring[0];

    for (i = 1; i < NGX_RTALPHA_CFG_KEYRING_PLACES; i++) {
        place = &ngx_rtalpha_cfg_keyring[i];

        if (place->used < oldest->used) {
            oldest = place;
        }
    }

    return oldest;
}


/* keeps a copy of what has been opened */

static void
ngx_rtalpha_cfg_keyring_keep(const u_char *id, const u_char *settings,
    const ngx_rtalpha_cfg_keys_t *keys)
{
    ngx_pool_t                       *pool;
    ngx_rtalpha_cfg_keys_t           *copy;
    ngx_rtalpha_cfg_keyring_place_t  *place;

    pool = ngx_create_pool(1024, &ngx_rtalpha_cfg_keyring_log);
    if (pool == NULL) {
        return;
    }

    copy = ngx_rtalpha_cfg_crypt_share(pool, keys);

    if (copy == NULL) {
        ngx_destroy_pool(pool);
        return;
    }

    place = ngx_rtalpha_cfg_keyring_place(id);

    if (place->pool) {
        ngx_destroy_pool(place->pool);
    }

    place->pool = pool;
    place->keys = copy;
    place->used = ++ngx_rtalpha_cfg_keyring_uses;
    ngx_memcpy(place->id, id, NGX_RTALPHA_CFG_ID);
    ngx_memcpy(place->settings, settings, NGX_RTALPHA_CFG_ID);
}


static void
ngx_rtalpha_cfg_keyring_ids(const ngx_rtalpha_cfg_conf_t *conf,
    u_char *id, u_char *settings)
{
    int64_t      facts[4];
    ngx_uint_t   i;
    ngx_sha1_t   sha;
    struct stat  st;
    u_char       path[NGX_MAX_PATH];
    ngx_str_t    store;

    const ngx_str_t  *s[] = { &conf->store, &conf->store_password,
                              &conf->store_alias, &conf->store_secret,
                              &conf->rsa_algorithm, &conf->rsa_salt };

    store = conf->store;

    if (ngx_rtalpha_str_begins(&store, "file:")) {
        store.data += 5;
        store.len -= 5;
    }

    ngx_memzero(facts, sizeof(facts));
    *ngx_snprintf(path, sizeof(path) - 1, "%V", &store) = '\0';

    if (stat((char *) path, &st) == 0) {
        facts[0] = st.st_mtim.tv_sec;
        facts[1] = st.st_mtim.tv_nsec;
        facts[2] = st.st_size;
        facts[3] = st.st_ino;
    }

    ngx_sha1_init(&sha);

    for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
        ngx_sha1_update(&sha, &s[i]->len, sizeof(s[i]->len));
        ngx_sha1_update(&sha, s[i]->len ? (char *) s[i]->data : "",
                        s[i]->len);
    }

    ngx_sha1_update(&sha, &conf->rsa_strong, sizeof(conf->rsa_strong));
    ngx_sha1_final(settings, &sha);

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, settings, NGX_RTALPHA_CFG_ID);
    ngx_sha1_update(&sha, facts, sizeof(facts));
    ngx_sha1_final(id, &sha);
}


static void
ngx_rtalpha_cfg_keyring_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_keyring_job_t  *j;

    j = job->data;
    j->rc = ngx_rtalpha_cfg_crypt_keys(job->pool, &j->conf, &j->keys,
                                       &j->why);
}


/* what they wait for is there (or NULL: it could not be opened) */

static void
ngx_rtalpha_cfg_keyring_settle(ngx_rtalpha_cfg_keys_t *keys,
    const ngx_rtalpha_cfg_keys_t *opened, const u_char *settings)
{
    ngx_rtalpha_cfg_keyring_place_t  *place;

    keys->pending = 0;
    keys->failed = (opened == NULL);

    if (opened == NULL) {
        opened = keys->before;
    }

    if (opened == NULL) {
        place = ngx_rtalpha_cfg_keyring_find(NULL, settings);
        opened = place ? place->keys : NULL;
    }

    if (opened && ngx_rtalpha_cfg_crypt_adopt(keys->pool, keys, opened)
                  != NGX_OK)
    {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "rtalpha config: no memory for keys");
        keys->failed = 1;
    }
}


static void
ngx_rtalpha_cfg_keyring_done(ngx_rtalpha_job_t *job)
{
    ngx_queue_t                    *q;
    ngx_rtalpha_cfg_keys_t         *keys;
    ngx_rtalpha_cfg_keyring_job_t  *j;

    j = job->data;

    if (j->rc == NGX_OK) {
        ngx_rtalpha_cfg_keyring_keep(j->id, j->settings, j->keys);

    } else {
        j->keys = NULL;

        if (j->rc == NGX_ERROR) {
            ngx_str_set(&j->why, "no memory for a key store");
        }

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "rtalpha config: %V; keys opened before stay in use",
                      &j->why);
    }

    for (q = ngx_queue_head(&ngx_rtalpha_cfg_keyring_list);
         q != ngx_queue_sentinel(&ngx_rtalpha_cfg_keyring_list);
         q = ngx_queue_next(q))
    {
        keys = ngx_queue_data(q, ngx_rtalpha_cfg_keys_t, queue);

        if (keys->pending
            && ngx_memcmp(keys->id, j->id, NGX_RTALPHA_CFG_ID) == 0)
        {
            ngx_rtalpha_cfg_keyring_settle(keys, j->keys, j->settings);
        }
    }

    ngx_rtalpha_notify_ring();
}


static ngx_int_t
ngx_rtalpha_cfg_keyring_copy(ngx_pool_t *pool, const ngx_str_t *from,
    ngx_str_t *to)
{
    to->len = from->len;
    to->data = ngx_pnalloc(pool, from->len + 1);

    if (to->data == NULL) {
        return NGX_ERROR;
    }

    *ngx_rtalpha_put(to->data, from) = '\0';

    return NGX_OK;
}


/* in a worker: the thread opens the store */

static ngx_int_t
ngx_rtalpha_cfg_keyring_start(const ngx_rtalpha_cfg_conf_t *conf,
    const u_char *id, const u_char *settings)
{
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_cfg_keyring_job_t  *j;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_cfg_keyring_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    j = job->data;
    j->conf.rsa_strong = conf->rsa_strong;
    ngx_memcpy(j->id, id, NGX_RTALPHA_CFG_ID);
    ngx_memcpy(j->settings, settings, NGX_RTALPHA_CFG_ID);

    if (ngx_rtalpha_cfg_keyring_copy(job->pool, &conf->store, &j->conf.store)
        != NGX_OK
        || ngx_rtalpha_cfg_keyring_copy(job->pool, &conf->store_password,
                                        &j->conf.store_password)
           != NGX_OK
        || ngx_rtalpha_cfg_keyring_copy(job->pool, &conf->store_alias,
                                        &j->conf.store_alias)
           != NGX_OK
        || ngx_rtalpha_cfg_keyring_copy(job->pool, &conf->store_secret,
                                        &j->conf.store_secret)
           != NGX_OK
        || ngx_rtalpha_cfg_keyring_copy(job->pool, &conf->rsa_algorithm,
                                        &j->conf.rsa_algorithm)
           != NGX_OK
        || ngx_rtalpha_cfg_keyring_copy(job->pool, &conf->rsa_salt,
                                        &j->conf.rsa_salt)
           != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return NGX_ERROR;
    }

    job->run = ngx_rtalpha_cfg_keyring_run;
    job->done = ngx_rtalpha_cfg_keyring_done;

    if (ngx_rtalpha_background_post(job) == NGX_OK) {
        return NGX_OK;
    }

    ngx_rtalpha_background_discard(job);

    return NGX_DECLINED;
}


static void
ngx_rtalpha_cfg_keyring_forget(void *data)
{
    ngx_rtalpha_cfg_keys_t  *keys;

    keys = data;
    ngx_queue_remove(&keys->queue);
}


/* keys that are none yet */

static ngx_rtalpha_cfg_keys_t *
ngx_rtalpha_cfg_keyring_wait(ngx_pool_t *pool, const u_char *id,
    const ngx_rtalpha_cfg_keys_t *before)
{
    ngx_pool_cleanup_t      *cln;
    ngx_rtalpha_cfg_keys_t  *keys;

    keys = ngx_rtalpha_cfg_crypt_create(pool);
    cln = ngx_pool_cleanup_add(pool, 0);

    if (keys == NULL || cln == NULL) {
        return NULL;
    }

    if (before && before->pending) {
        before = before->before;
    }

    if (before && before->pairs.nelts) {
        keys->before = ngx_rtalpha_cfg_crypt_share(pool, before);

        if (keys->before == NULL) {
            return NULL;
        }
    }

    keys->pool = pool;
    keys->pending = 1;
    ngx_memcpy(keys->id, id, NGX_RTALPHA_CFG_ID);
    ngx_queue_insert_tail(&ngx_rtalpha_cfg_keyring_list, &keys->queue);

    cln->handler = ngx_rtalpha_cfg_keyring_forget;
    cln->data = keys;

    return keys;
}


ngx_int_t
ngx_rtalpha_cfg_keyring_get(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_keys_t *before,
    ngx_rtalpha_cfg_keys_t **keys, ngx_str_t *why)
{
    u_char                            id[NGX_RTALPHA_CFG_ID];
    u_char                            settings[NGX_RTALPHA_CFG_ID];
    ngx_int_t                         rc;
    ngx_rtalpha_cfg_keyring_place_t  *place;

    if (conf->store.len == 0) {
        return ngx_rtalpha_cfg_crypt_keys(pool, conf, keys, why);
    }

    ngx_rtalpha_cfg_keyring_ids(conf, id, settings);
    place = ngx_rtalpha_cfg_keyring_find(id, NULL);

    if (place) {
        *keys = ngx_rtalpha_cfg_crypt_share(pool, place->keys);
        return *keys ? NGX_OK : NGX_ERROR;
    }

    rc = NGX_DECLINED;

    if (ngx_process == NGX_PROCESS_WORKER) {
        rc = ngx_rtalpha_cfg_keyring_start(conf, id, settings);
    }

    if (rc == NGX_OK) {
        *keys = ngx_rtalpha_cfg_keyring_wait(pool, id, before);
        return *keys ? NGX_OK : NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_crypt_keys(pool, conf, keys, why);

    if (rc == NGX_OK) {
        ngx_rtalpha_cfg_keyring_keep(id, settings, *keys);
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_keyring_ready(const ngx_rtalpha_cfg_keys_t *keys)
{
    return keys && keys->pending ? NGX_AGAIN : NGX_OK;
}


ngx_uint_t
ngx_rtalpha_cfg_keyring_failed(void)
{
    ngx_uint_t               n;
    ngx_queue_t             *q;
    ngx_rtalpha_cfg_keys_t  *keys;

    n = 0;

    for (q = ngx_queue_head(&ngx_rtalpha_cfg_keyring_list);
         q != ngx_queue_sentinel(&ngx_rtalpha_cfg_keyring_list);
         q = ngx_queue_next(q))
    {
        keys = ngx_queue_data(q, ngx_rtalpha_cfg_keys_t, queue);
        n += keys->failed;
    }

    return n;
}
