
/*
 * One place for each key store of the process, by the store's location, with
 * the keys that were opened last and what they were opened by: settings and
 * the state of the file.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>
#include <sys/stat.h>

#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_cfg_keyring.h"
#include "ngx_rtalpha_cfg_keys.h"


#define NGX_RTALPHA_CFG_KEYRING_PLACES  16


typedef struct {
    u_char                    location[NGX_RTALPHA_CFG_ID];
    u_char                    id[NGX_RTALPHA_CFG_ID];       /* of keys */
    u_char                    bad[NGX_RTALPHA_CFG_ID];      /* not opened */
    ngx_pool_t               *pool;                         /* of keys */
    ngx_rtalpha_cfg_keys_t   *keys;                         /* or NULL */
    unsigned                  used:1;
    unsigned                  failed:1;
} ngx_rtalpha_cfg_keyring_place_t;


typedef struct {
    ngx_rtalpha_cfg_conf_t    conf;         /* what concerns the store */
    ngx_rtalpha_cfg_keys_t   *keys;
    ngx_int_t                 rc;
    ngx_str_t                 why;
    u_char                    location[NGX_RTALPHA_CFG_ID];
    u_char                    id[NGX_RTALPHA_CFG_ID];
} ngx_rtalpha_cfg_keyring_job_t;


static ngx_rtalpha_cfg_keyring_place_t
                     ngx_rtalpha_cfg_keyring[NGX_RTALPHA_CFG_KEYRING_PLACES];
static ngx_uint_t    ngx_rtalpha_cfg_keyring_next;

/* pools that outlive a configuration must not have its log */
static ngx_log_t     ngx_rtalpha_cfg_keyring_log;


static ngx_rtalpha_cfg_keyring_place_t *
ngx_rtalpha_cfg_keyring_find(const u_char *location)
{
    ngx_uint_t                        i;
    ngx_rtalpha_cfg_keyring_place_t  *place;

    for (i = 0; i < NGX_RTALPHA_CFG_KEYRING_PLACES; i++) {
        place = &ngx_rtalpha_cfg_keyring[i];

        if (place->used
            && ngx_memcmp(place->location, location, NGX_RTALPHA_CFG_ID) == 0)
        {
            return place;
        }
    }

    return NULL;
}


static ngx_rtalpha_cfg_keyring_place_t *
ngx_rtalpha_cfg_keyring_place(const u_char *location)
{
    ngx_rtalpha_cfg_keyring_place_t  *place;

    place = ngx_rtalpha_cfg_keyring_find(location);

    if (place) {
        return place;
    }

    place = &ngx_rtalpha_cfg_keyring[ngx_rtalpha_cfg_keyring_next++
                                     % NGX_RTALPHA_CFG_KEYRING_PLACES];
    if (place->pool) {
        ngx_destroy_pool(place->pool);
    }

    ngx_memzero(place, sizeof(ngx_rtalpha_cfg_keyring_place_t));
    ngx_memcpy(place->location, location, NGX_RTALPHA_CFG_ID);
    place->used = 1;

    return place;
}


/* keeps a copy of what has been opened */

static void
ngx_rtalpha_cfg_keyring_keep(const u_char *location, const u_char *id,
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

    place = ngx_rtalpha_cfg_keyring_place(location);

    if (place->pool) {
        ngx_destroy_pool(place->pool);
    }

    place->pool = pool;
    place->keys = copy;
    place->failed = 0;
    ngx_memcpy(place->id, id, NGX_RTALPHA_CFG_ID);
}


static void
ngx_rtalpha_cfg_keyring_ids(const ngx_rtalpha_cfg_conf_t *conf,
    u_char *location, u_char *id)
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

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, conf->store.data, conf->store.len);
    ngx_sha1_final(location, &sha);

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


static void
ngx_rtalpha_cfg_keyring_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_keyring_job_t    *j;
    ngx_rtalpha_cfg_keyring_place_t  *place;

    j = job->data;

    if (j->rc == NGX_OK) {
        ngx_rtalpha_cfg_keyring_keep(j->location, j->id, j->keys);

    } else {
        if (j->rc == NGX_ERROR) {
            ngx_str_set(&j->why, "no memory for a key store");
        }

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "rtalpha config: %V; keys opened before stay in use",
                      &j->why);

        place = ngx_rtalpha_cfg_keyring_place(j->location);
        place->failed = 1;
        ngx_memcpy(place->bad, j->id, NGX_RTALPHA_CFG_ID);
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
    const u_char *location, const u_char *id)
{
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_cfg_keyring_job_t  *j;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_cfg_keyring_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    j = job->data;
    j->conf.rsa_strong = conf->rsa_strong;
    ngx_memcpy(j->location, location, NGX_RTALPHA_CFG_ID);
    ngx_memcpy(j->id, id, NGX_RTALPHA_CFG_ID);

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


ngx_int_t
ngx_rtalpha_cfg_keyring_get(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_keys_t **keys,
    ngx_str_t *why)
{
    u_char                            location[NGX_RTALPHA_CFG_ID];
    u_char                            id[NGX_RTALPHA_CFG_ID];
    ngx_int_t                         rc;
    ngx_rtalpha_cfg_keyring_place_t  *place;

    if (conf->store.len == 0) {
        return ngx_rtalpha_cfg_crypt_keys(pool, conf, keys, why);
    }

    ngx_rtalpha_cfg_keyring_ids(conf, location, id);
    place = ngx_rtalpha_cfg_keyring_find(location);

    if (place && place->keys
        && ngx_memcmp(place->id, id, NGX_RTALPHA_CFG_ID) == 0)
    {
        *keys = ngx_rtalpha_cfg_crypt_share(pool, place->keys);
        return *keys ? NGX_OK : NGX_ERROR;
    }

    rc = NGX_DECLINED;

    if (ngx_process == NGX_PROCESS_WORKER) {
        rc = ngx_rtalpha_cfg_keyring_start(conf, location, id);
    }

    if (rc == NGX_OK) {
        *keys = ngx_rtalpha_cfg_crypt_create(pool);

        if (*keys == NULL) {
            return NGX_ERROR;
        }

        (*keys)->pool = pool;
        (*keys)->pending = 1;
        ngx_memcpy((*keys)->location, location, NGX_RTALPHA_CFG_ID);
        ngx_memcpy((*keys)->id, id, NGX_RTALPHA_CFG_ID);
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_crypt_keys(pool, conf, keys, why);

    if (rc == NGX_OK) {
        ngx_rtalpha_cfg_keyring_keep(location, id, *keys);
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_keyring_ready(ngx_rtalpha_cfg_keys_t *keys)
{
    ngx_uint_t                        now, bad;
    ngx_rtalpha_cfg_keyring_place_t  *place;

    if (keys == NULL || !keys->pending) {
        return NGX_OK;
    }

    place = ngx_rtalpha_cfg_keyring_find(keys->location);

    if (place == NULL) {
        return NGX_AGAIN;
    }

    now = place->keys
          && ngx_memcmp(place->id, keys->id, NGX_RTALPHA_CFG_ID) == 0;
    bad = place->failed
          && ngx_memcmp(place->bad, keys->id, NGX_RTALPHA_CFG_ID) == 0;

    if (!now && !bad) {
        return NGX_AGAIN;
    }

    if (place->keys
        && ngx_rtalpha_cfg_crypt_adopt(keys->pool, keys, place->keys)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    keys->pending = 0;

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_cfg_keyring_failed(void)
{
    ngx_uint_t  i, n;

    for (i = 0, n = 0; i < NGX_RTALPHA_CFG_KEYRING_PLACES; i++) {
        n += ngx_rtalpha_cfg_keyring[i].failed;
    }

    return n;
}
