
/*
 * Settings objects: the merged tree in the zone, and who is told about it.
 *
 * Each object has a record in the zone with its version and its tree as
 * packed properties.  The master publishes trees made of files alone, so
 * that a reload reads what it says; the zone leader publishes everything
 * that comes later: a file that has changed, a tree that the config role
 * offers.  A merged tree is published when every source has given one and
 * the role finds it good; the state leader then keeps it on disk as the last
 * good one, from which a new zone is filled.
 */


#include "ngx_rtalpha_source.h"
#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_env.h"
#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_lastgood.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_module.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_SETTINGS_LAYOUT  1


typedef struct {
    ngx_atomic_t                        number;
    ngx_rtalpha_settings_record_t      *first;
} ngx_rtalpha_settings_root_t;


/* a walk over all sources; zeroed at its beginning */
typedef struct {
    ngx_rtalpha_settings_t             *settings;   /* whose it is */
    ngx_uint_t                          i;
    ngx_uint_t                          k;
} ngx_rtalpha_settings_walk_t;


static ngx_rtalpha_settings_t *ngx_rtalpha_settings_find(
    ngx_rtalpha_main_conf_t *mcf, const ngx_str_t *name);
static ngx_int_t ngx_rtalpha_settings_read_initial(ngx_conf_t *cf,
    ngx_rtalpha_settings_t *settings);
static ngx_int_t ngx_rtalpha_settings_attach(ngx_cycle_t *cycle,
    ngx_rtalpha_main_conf_t *mcf);
static ngx_rtalpha_settings_record_t *ngx_rtalpha_settings_record(
    const ngx_str_t *name);
static ngx_int_t ngx_rtalpha_settings_publish(
    ngx_rtalpha_settings_t *settings, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props);
static ngx_int_t ngx_rtalpha_settings_bytes(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, uint64_t *version, ngx_str_t *bytes);
static void ngx_rtalpha_settings_recover(ngx_rtalpha_settings_t *settings);
static ngx_uint_t ngx_rtalpha_settings_is_current(
    ngx_rtalpha_settings_t *settings, ngx_pool_t *pool, ngx_str_t *bytes);
static ngx_int_t ngx_rtalpha_settings_merge_into(
    ngx_rtalpha_settings_t *settings, ngx_pool_t *pool,
    ngx_rtalpha_props_t *props);
static void ngx_rtalpha_settings_apply(ngx_rtalpha_settings_t *settings);


static void ngx_rtalpha_settings_restore(ngx_cycle_t *cycle,
    ngx_rtalpha_main_conf_t *mcf, ngx_rtalpha_settings_t *settings);


static ngx_rtalpha_settings_root_t  *ngx_rtalpha_settings_root;


ngx_rtalpha_settings_t *
ngx_rtalpha_settings_add(ngx_conf_t *cf, ngx_str_t *name,
    ngx_array_t *sources, const ngx_rtalpha_settings_user_t *user,
    void *data)
{
    ngx_str_t                *text;
    ngx_uint_t                i;
    ngx_rtalpha_source_t     *source;
    ngx_rtalpha_settings_t   *settings, **slot;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);

    settings = ngx_rtalpha_settings_find(mcf, name);
    if (settings) {
        return settings;
    }

    if (name->len >= NGX_RTALPHA_SETTINGS_NAME) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name of settings \"%V\" is too long", name);
        return NULL;
    }

    settings = ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_settings_t));
    slot = ngx_array_push(&mcf->settings);

    if (settings == NULL || slot == NULL
        || ngx_array_init(&settings->sources, cf->pool,
                          ngx_max(sources->nelts, 1),
                          sizeof(ngx_rtalpha_source_t))
           != NGX_OK)
    {
        return NULL;
    }

    *slot = settings;
    settings->name = *name;
    settings->user = user;
    settings->data = data;

    text = sources->elts;

    for (i = 0; i < sources->nelts; i++) {
        source = ngx_array_push(&settings->sources);
        if (source == NULL) {
            return NULL;
        }

        ngx_memzero(source, sizeof(ngx_rtalpha_source_t));
        source->number = i;

        if (ngx_rtalpha_source_parse(cf, &text[i], source) != NGX_OK) {
            return NULL;
        }
    }

    if (ngx_rtalpha_settings_read_initial(cf, settings) != NGX_OK) {
        return NULL;
    }

    return settings;
}


static ngx_rtalpha_settings_t *
ngx_rtalpha_settings_find(ngx_rtalpha_main_conf_t *mcf, const ngx_str_t *name)
{
    ngx_uint_t               i;
    ngx_rtalpha_settings_t **settings;

    settings = mcf->settings.elts;

    for (i = 0; i < mcf->settings.nelts; i++) {
        if (ngx_rtalpha_str_eq(&settings[i]->name, name)) {
            return settings[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_rtalpha_settings_read_initial(ngx_conf_t *cf,
    ngx_rtalpha_settings_t *settings)
{
    ngx_uint_t             i;
    ngx_rtalpha_source_t  *source;

    settings->initial = ngx_rtalpha_props_create(cf->pool);
    if (settings->initial == NULL) {
        return NGX_ERROR;
    }

    settings->files = 1;
    source = settings->sources.elts;

    for (i = 0; i < settings->sources.nelts; i++) {
        if (source[i].type != NGX_RTALPHA_SOURCE_FILE) {
            settings->files = 0;
            continue;
        }

        if (ngx_rtalpha_props_merge(settings->initial, source[i].initial)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_rtalpha_env_resolve(cf->pool, settings->initial) != NGX_OK) {
        return NGX_ERROR;
    }

    return settings->files ? ngx_rtalpha_settings_report_initial(cf, settings)
                           : NGX_OK;
}


const ngx_rtalpha_props_t *
ngx_rtalpha_settings_initial(ngx_rtalpha_settings_t *settings)
{
    return settings->initial;
}


uint64_t
ngx_rtalpha_settings_version(ngx_rtalpha_settings_t *settings)
{
    return settings->record ? ngx_rtalpha_zone_read(settings->record->version)
                            : 0;
}


ngx_array_t *
ngx_rtalpha_settings_wants(void)
{
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);

    return mcf ? &mcf->wants : NULL;
}


ngx_array_t *
ngx_rtalpha_settings_wanted(ngx_conf_t *cf)
{
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);

    return &mcf->wants;
}


ngx_int_t
ngx_rtalpha_settings_init_zone(ngx_cycle_t *cycle)
{
    ngx_uint_t                i;
    ngx_pool_t               *pool;
    ngx_rtalpha_settings_t  **settings;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf(cycle);

    if (ngx_rtalpha_settings_attach(cycle, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    settings = mcf->settings.elts;

    for (i = 0; i < mcf->settings.nelts; i++) {
        if (!settings[i]->files) {

            if (settings[i]->record->version == 0) {
                ngx_rtalpha_settings_restore(cycle, mcf, settings[i]);
            }

            continue;
        }

        pool = ngx_create_pool(4096, cycle->log);
        if (pool == NULL) {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_settings_publish(settings[i], pool,
                                         settings[i]->initial)
            != NGX_OK)
        {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "no room in \"rtalpha_zone\" for settings \"%V\"",
                          &settings[i]->name);
            ngx_destroy_pool(pool);
            return NGX_ERROR;
        }

        ngx_destroy_pool(pool);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_settings_attach(ngx_cycle_t *cycle, ngx_rtalpha_main_conf_t *mcf)
{
    ngx_uint_t                i;
    ngx_rtalpha_settings_t  **settings;

    static ngx_str_t          name = ngx_string("settings");

    ngx_rtalpha_settings_root = ngx_rtalpha_zone_root(&name,
                                         sizeof(ngx_rtalpha_settings_root_t),
                                         NGX_RTALPHA_SETTINGS_LAYOUT);
    if (ngx_rtalpha_settings_root == NULL) {
        goto full;
    }

    settings = mcf->settings.elts;

    for (i = 0; i < mcf->settings.nelts; i++) {
        settings[i]->record = ngx_rtalpha_settings_record(&settings[i]->name);

        if (settings[i]->record == NULL) {
            goto full;
        }
    }

    return NGX_OK;

full:

    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "\"rtalpha_zone\" is too small");

    return NGX_ERROR;
}


/* finds or makes it; records stay for ever: their number is that of names
 * that configurations have used */

static ngx_rtalpha_settings_record_t *
ngx_rtalpha_settings_record(const ngx_str_t *name)
{
    ngx_rtalpha_settings_record_t  *record;

    ngx_rtalpha_zone_lock();

    for (record = ngx_rtalpha_settings_root->first;
         record;
         record = record->next)
    {
        if (record->len == name->len
            && ngx_memcmp(record->name, name->data, name->len) == 0)
        {
            goto done;
        }
    }

    record = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_settings_record_t));

    if (record) {
        record->len = name->len;
        ngx_memcpy(record->name, name->data, name->len);
        record->next = ngx_rtalpha_settings_root->first;
        ngx_memory_barrier();
        ngx_rtalpha_settings_root->first = record;
    }

done:

    ngx_rtalpha_zone_unlock();

    return record;
}


static ngx_int_t
ngx_rtalpha_settings_publish(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, const ngx_rtalpha_props_t *props)
{
    ngx_str_t                       bytes;
    ngx_rtalpha_out_t               out;
    ngx_rtalpha_pin_t              *pin;
    ngx_rtalpha_blob_t             *old;
    ngx_rtalpha_settings_record_t  *record;

    if (ngx_rtalpha_out_init(&out, pool, 4096, NGX_RTALPHA_SETTINGS_MAX)
        != NGX_OK
        || ngx_rtalpha_props_pack(props, &out) != NGX_OK
        || ngx_rtalpha_out_done(&out, &bytes) != NGX_OK)
    {
        return NGX_ERROR;
    }

    record = settings->record;

    if (ngx_rtalpha_settings_is_current(settings, pool, &bytes)) {
        ngx_rtalpha_settings_recover(settings);
        return NGX_OK;
    }

    pin = ngx_rtalpha_blob_create(bytes.data, bytes.len);
    if (pin == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_zone_lock();

    old = record->tree;
    ngx_rtalpha_blob_hold(ngx_rtalpha_blob_of(pin));
    record->tree = ngx_rtalpha_blob_of(pin);
    record->version = ++ngx_rtalpha_settings_root->number;

    if (old) {
        ngx_rtalpha_blob_drop(old);
    }

    ngx_rtalpha_blob_unpin_locked(pin);

    ngx_rtalpha_zone_unlock();

    ngx_rtalpha_settings_recover(settings);
    ngx_rtalpha_events_publish(NGX_RTALPHA_EVENT_SETTINGS, &settings->name);

    if (!settings->files && ngx_rtalpha_leader_of_state()) {
        ngx_rtalpha_lastgood_save(&settings->name, &bytes);
    }

    return NGX_OK;
}


/* whoever has read of an error in the log reads of its end as well */

static void
ngx_rtalpha_settings_recover(ngx_rtalpha_settings_t *settings)
{
    if (settings->record->error[0] == '\0') {
        return;
    }

    ngx_rtalpha_zone_lock();
    settings->record->error[0] = '\0';
    ngx_rtalpha_zone_unlock();

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "settings \"%V\": good now", &settings->name);
}


static ngx_uint_t
ngx_rtalpha_settings_is_current(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, ngx_str_t *bytes)
{
    ngx_str_t           now;
    ngx_uint_t          same;
    ngx_rtalpha_pin_t  *pin;

    if (settings->record->tree == NULL) {
        return 0;
    }

    ngx_rtalpha_zone_lock();
    pin = ngx_rtalpha_blob_pin(settings->record->tree);
    ngx_rtalpha_zone_unlock();

    if (pin == NULL) {
        return 0;
    }

    same = ngx_rtalpha_blob_flat(pool, ngx_rtalpha_blob_of(pin), &now)
           == NGX_OK
           && ngx_rtalpha_str_eq(&now, bytes);

    ngx_rtalpha_blob_unpin(pin);

    return same;
}


void
ngx_rtalpha_settings_fail(ngx_rtalpha_settings_t *settings,
    const ngx_str_t *why)
{
    u_char  *error;
    size_t   len;

    error = settings->record->error;
    len = ngx_min(why->len, NGX_RTALPHA_SOURCE_ERROR - 1);

    if (ngx_strlen(error) == len
        && ngx_strncmp(error, why->data, len) == 0)
    {
        return;
    }

    ngx_rtalpha_zone_lock();
    ngx_memcpy(error, why->data, len);
    error[len] = '\0';
    ngx_rtalpha_zone_unlock();

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "settings \"%V\": %V%s", &settings->name, why,
                  settings->record->version ? "; the last good ones stay"
                                            : "");
}


void
ngx_rtalpha_settings_merge(ngx_rtalpha_settings_t *settings)
{
    ngx_int_t             rc;
    ngx_str_t             why;
    ngx_pool_t           *pool;
    ngx_rtalpha_props_t  *props;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    props = ngx_rtalpha_props_create(pool);
    rc = NGX_ERROR;

    if (props) {
        rc = ngx_rtalpha_settings_merge_into(settings, pool, props);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_settings_check(settings, pool, props, &why);

        if (rc == NGX_DECLINED) {
            ngx_rtalpha_settings_fail(settings, &why);

        } else if (rc == NGX_OK) {
            rc = ngx_rtalpha_settings_publish(settings, pool, props);
        }
    }

    if (rc == NGX_ERROR) {
        ngx_str_set(&why, "no memory for a new tree");
        ngx_rtalpha_settings_fail(settings, &why);
    }

    ngx_destroy_pool(pool);
}


/* NGX_DECLINED: some source has not given a tree yet */

static ngx_int_t
ngx_rtalpha_settings_merge_into(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, ngx_rtalpha_props_t *props)
{
    ngx_uint_t             i;
    ngx_rtalpha_props_t   *tree;
    ngx_rtalpha_source_t  *source;

    source = settings->sources.elts;

    for (i = 0; i < settings->sources.nelts; i++) {
        if (source[i].packed.data == NULL) {
            return NGX_DECLINED;
        }

        tree = ngx_rtalpha_props_unpack(pool, source[i].packed.data,
                                        source[i].packed.len);

        if (tree == NULL || ngx_rtalpha_props_merge(props, tree) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_env_resolve(pool, props);
}


ngx_int_t
ngx_rtalpha_settings_init_process(ngx_cycle_t *cycle)
{
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf(cycle);

    if (ngx_rtalpha_settings_attach(cycle, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_settings_wake();

    return NGX_OK;
}


void
ngx_rtalpha_settings_wake(void)
{
    ngx_uint_t                i;
    ngx_rtalpha_settings_t  **settings;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    settings = mcf->settings.elts;

    for (i = 0; i < mcf->settings.nelts; i++) {
        if (ngx_rtalpha_settings_version(settings[i]) != settings[i]->seen) {
            ngx_rtalpha_settings_apply(settings[i]);
        }
    }
}


static void
ngx_rtalpha_settings_apply(ngx_rtalpha_settings_t *settings)
{
    uint64_t              version;
    ngx_pool_t           *pool;
    ngx_rtalpha_props_t  *props;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    props = ngx_rtalpha_settings_tree(settings, pool, &version);

    if (props == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "settings \"%V\" could not be taken over: no memory",
                      &settings->name);
        ngx_destroy_pool(pool);
        return;
    }

    settings->seen = version;
    settings->user->apply(settings->data, pool, props, version);
}


ngx_rtalpha_props_t *
ngx_rtalpha_settings_tree(ngx_rtalpha_settings_t *settings, ngx_pool_t *pool,
    uint64_t *version)
{
    ngx_str_t  bytes;

    return ngx_rtalpha_settings_bytes(settings, pool, version, &bytes)
           == NGX_OK
           ? ngx_rtalpha_props_unpack(pool, bytes.data, bytes.len) : NULL;
}


/* the packed tree, copied; NGX_DECLINED: there is none, or no memory */

static ngx_int_t
ngx_rtalpha_settings_bytes(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, uint64_t *version, ngx_str_t *bytes)
{
    ngx_int_t           rc;
    ngx_rtalpha_pin_t  *pin;

    if (settings->record->tree == NULL) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_zone_lock();
    *version = settings->record->version;
    pin = ngx_rtalpha_blob_pin(settings->record->tree);
    ngx_rtalpha_zone_unlock();

    if (pin == NULL) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_blob_flat(pool, ngx_rtalpha_blob_of(pin), bytes);

    if (rc == NGX_OK) {
        bytes->data = ngx_pstrdup(pool, bytes);
    }

    ngx_rtalpha_blob_unpin(pin);

    return rc == NGX_OK && bytes->data ? NGX_OK : NGX_DECLINED;
}


void
ngx_rtalpha_settings_save(void)
{
    uint64_t                  version;
    ngx_str_t                 bytes;
    ngx_uint_t                i;
    ngx_pool_t               *pool;
    ngx_rtalpha_settings_t  **settings;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    settings = mcf->settings.elts;

    for (i = 0; i < mcf->settings.nelts; i++) {
        if (settings[i]->files) {
            continue;
        }

        pool = ngx_create_pool(4096, ngx_cycle->log);
        if (pool == NULL) {
            return;
        }

        if (ngx_rtalpha_settings_bytes(settings[i], pool, &version, &bytes)
            == NGX_OK)
        {
            ngx_rtalpha_lastgood_save(&settings[i]->name, &bytes);
        }

        ngx_destroy_pool(pool);
    }
}


/* the next source of any settings object; NULL: no more */

static ngx_rtalpha_source_t *
ngx_rtalpha_settings_next(ngx_rtalpha_settings_walk_t *w)
{
    ngx_rtalpha_source_t     *source;
    ngx_rtalpha_settings_t  **settings;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    settings = mcf->settings.elts;

    for ( /* void */ ; w->i < mcf->settings.nelts; w->i++, w->k = 0) {
        w->settings = settings[w->i];

        if (w->k < w->settings->sources.nelts) {
            source = w->settings->sources.elts;
            return &source[w->k++];
        }
    }

    return NULL;
}


void
ngx_rtalpha_settings_exit(void)
{
    ngx_rtalpha_source_t        *source;
    ngx_rtalpha_settings_walk_t  w;

    ngx_memzero(&w, sizeof(ngx_rtalpha_settings_walk_t));

    while ((source = ngx_rtalpha_settings_next(&w)) != NULL) {
        ngx_rtalpha_source_forget(source);
    }
}


void
ngx_rtalpha_settings_lead(ngx_uint_t leading)
{
    ngx_rtalpha_source_t        *source;
    ngx_rtalpha_settings_walk_t  w;

    if (!leading) {
        return;
    }

    ngx_memzero(&w, sizeof(ngx_rtalpha_settings_walk_t));

    while ((source = ngx_rtalpha_settings_next(&w)) != NULL) {
        if (source->type == NGX_RTALPHA_SOURCE_FILE
            && source->packed.data == NULL)
        {
            (void) ngx_rtalpha_source_keep(source, source->initial);
        }
    }
}


void
ngx_rtalpha_settings_tick(void)
{
    ngx_rtalpha_source_t        *source;
    ngx_rtalpha_settings_walk_t  w;

    ngx_memzero(&w, sizeof(ngx_rtalpha_settings_walk_t));

    while ((source = ngx_rtalpha_settings_next(&w)) != NULL) {
        ngx_rtalpha_reread(w.settings, source);
    }
}


void
ngx_rtalpha_settings_offer(const ngx_rtalpha_settings_want_t *want,
    const ngx_rtalpha_props_t *props, const ngx_str_t *reason)
{
    ngx_rtalpha_source_t        *source;
    ngx_rtalpha_settings_walk_t  w;

    ngx_memzero(&w, sizeof(ngx_rtalpha_settings_walk_t));

    while ((source = ngx_rtalpha_settings_next(&w)) != NULL) {
        if (source->type != NGX_RTALPHA_SOURCE_CONFIG
            || !ngx_rtalpha_str_eq(&source->want.application,
                                   &want->application)
            || !ngx_rtalpha_str_eq(&source->want.profiles, &want->profiles)
            || !ngx_rtalpha_str_eq(&source->want.label, &want->label)
            || !ngx_rtalpha_str_eq(&source->want.server, &want->server))
        {
            continue;
        }

        if (props == NULL) {
            ngx_rtalpha_settings_fail(w.settings, reason);

        } else if (ngx_rtalpha_source_keep(source, props) == NGX_OK) {
            ngx_rtalpha_settings_merge(w.settings);
        }
    }
}


ngx_uint_t
ngx_rtalpha_settings_health(ngx_rtalpha_json_t *j)
{
    ngx_uint_t                      i, missing;
    ngx_rtalpha_settings_t        **settings;
    ngx_rtalpha_main_conf_t        *mcf;
    ngx_rtalpha_settings_record_t  *record;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    settings = mcf->settings.elts;
    missing = 0;

    for (i = 0; i < mcf->settings.nelts; i++) {
        record = settings[i]->record;
        missing += record->version == 0;

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "name");
        ngx_rtalpha_json_str(j, &settings[i]->name);
        ngx_rtalpha_json_key_lit(j, "version");
        ngx_rtalpha_json_int(j, record->version);

        if (record->error[0]) {
            ngx_rtalpha_json_key_lit(j, "error");
            ngx_rtalpha_json_text(j, record->error,
                                  ngx_strlen(record->error));
        }

        ngx_rtalpha_json_end(j);
    }

    return missing;
}


/* in the master, where the zone has none: the last good ones on disk */

static void
ngx_rtalpha_settings_restore(ngx_cycle_t *cycle, ngx_rtalpha_main_conf_t *mcf,
    ngx_rtalpha_settings_t *settings)
{
    ngx_str_t             why;
    ngx_pool_t           *pool;
    ngx_rtalpha_props_t  *props;

    pool = ngx_create_pool(4096, cycle->log);
    if (pool == NULL) {
        return;
    }

    props = ngx_rtalpha_lastgood_read(pool, cycle->log, &mcf->state,
                                      &settings->name);

    if (props) {
        switch (ngx_rtalpha_settings_check(settings, pool, props, &why)) {

        case NGX_OK:
            (void) ngx_rtalpha_settings_publish(settings, pool, props);
            break;

        case NGX_DECLINED:
            ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                          "the last good settings \"%V\" are not used: %V",
                          &settings->name, &why);
        }
    }

    ngx_destroy_pool(pool);
}
