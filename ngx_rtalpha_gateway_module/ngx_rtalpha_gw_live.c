
/*
 * Tables that follow their settings.
 *
 * The core gives every worker each new tree; the table is compiled from it
 * in the background thread, in the pool that the tree came in, and put in
 * place by one assignment.  Requests in flight go on with the table they
 * began with.  While one is being compiled only the newest of the trees that
 * arrive meanwhile is kept.
 *
 * Routes made from the names of services are compiled anew when the set of
 * names has changed.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_resolve.h"


#define NGX_RTALPHA_GW_LIVE_MANY  1000      /* routes */


typedef struct {
    ngx_rtalpha_gw_t           *gateway;
    ngx_pool_t                 *pool;       /* of the tree and the table */
    const ngx_rtalpha_props_t  *props;
    uint64_t                    version;
    ngx_array_t                *services;
    ngx_uint_t                  names;      /* their hash */
    ngx_rtalpha_gw_table_t     *table;      /* NULL: it failed */
} ngx_rtalpha_gw_compile_t;


static ngx_int_t ngx_rtalpha_gw_live_check(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_report_t *report);
static void ngx_rtalpha_gw_live_apply(void *data, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version);
static void ngx_rtalpha_gw_live_compile(ngx_rtalpha_gw_t *gateway,
    ngx_pool_t *pool, const ngx_rtalpha_props_t *props, uint64_t version);
static void ngx_rtalpha_gw_live_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_gw_live_make(ngx_rtalpha_gw_compile_t *c);
static void ngx_rtalpha_gw_live_done(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_gw_live_swap(ngx_rtalpha_gw_compile_t *c);
static void ngx_rtalpha_gw_live_services(ngx_rtalpha_gw_t *gateway);


const ngx_rtalpha_settings_user_t  ngx_rtalpha_gw_settings_user = {
    ngx_rtalpha_gw_live_check,
    ngx_rtalpha_gw_live_apply
};


ngx_rtalpha_gw_t *
ngx_rtalpha_gw_live_add(ngx_conf_t *cf, ngx_str_t *name, ngx_array_t *sources,
    const ngx_rtalpha_props_t *own)
{
    ngx_uint_t                   i;
    ngx_rtalpha_gw_t            *gateway, **slot;
    ngx_rtalpha_gw_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_gw_module);
    slot = mcf->gateways.elts;

    for (i = 0; i < mcf->gateways.nelts; i++) {
        if (ngx_rtalpha_str_eq(&slot[i]->name, name)) {
            return slot[i];
        }
    }

    gateway = ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_gw_t));
    slot = ngx_array_push(&mcf->gateways);

    if (gateway == NULL || slot == NULL) {
        return NULL;
    }

    gateway->name = *name;
    gateway->own = own;
    gateway->settings = ngx_rtalpha_settings_add(cf, name, sources,
                                                &ngx_rtalpha_gw_settings_user,
                                                gateway);
    if (gateway->settings == NULL) {
        return NULL;
    }

    *slot = gateway;

    return gateway;
}


static ngx_int_t
ngx_rtalpha_gw_live_check(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_rtalpha_report_t *report)
{
    ngx_int_t                rc;
    ngx_pool_t              *temp;
    ngx_rtalpha_gw_table_t   table;

    /* expressions and addresses of the trial go at once */

    temp = ngx_create_pool(16384, ngx_cycle->log);
    if (temp == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_gw_table_compile(temp, &table, props, NULL, report);

    ngx_destroy_pool(temp);

    return rc;
}


static void
ngx_rtalpha_gw_live_apply(void *data, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version)
{
    ngx_rtalpha_gw_t  *gateway = data;

    ngx_rtalpha_props_t  *merged;

    if (gateway->own) {
        merged = ngx_rtalpha_props_create(pool);

        if (merged == NULL
            || ngx_rtalpha_props_merge(merged, gateway->own) != NGX_OK
            || ngx_rtalpha_props_merge(merged, props) != NGX_OK)
        {
            ngx_destroy_pool(pool);
            return;
        }

        props = merged;
    }

    if (gateway->compiling) {

        if (gateway->waiting) {
            ngx_destroy_pool(gateway->waiting);
        }

        gateway->waiting = pool;
        gateway->waiting_props = props;
        gateway->waiting_version = version;
        return;
    }

    ngx_rtalpha_gw_live_compile(gateway, pool, props, version);
}


static void
ngx_rtalpha_gw_live_compile(ngx_rtalpha_gw_t *gateway, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version)
{
    ngx_rtalpha_job_t         *job;
    ngx_rtalpha_gw_compile_t  *c, first;

    ngx_memzero(&first, sizeof(ngx_rtalpha_gw_compile_t));
    first.gateway = gateway;
    first.pool = pool;
    first.props = props;
    first.version = version;
    first.services = ngx_rtalpha_gw_live_names(pool, &first.names);

    gateway->services = ngx_rtalpha_services_number();

    /* the first one is waited for: requests come as soon as a worker is up */

    if (gateway->table == NULL) {
        ngx_rtalpha_gw_live_make(&first);
        ngx_rtalpha_gw_live_swap(&first);
        return;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_gw_compile_t));
    if (job == NULL) {
        ngx_destroy_pool(pool);
        return;
    }

    c = job->data;
    *c = first;
    job->run = ngx_rtalpha_gw_live_run;
    job->done = ngx_rtalpha_gw_live_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        ngx_destroy_pool(pool);
        return;
    }

    gateway->compiling = 1;
}


ngx_array_t *
ngx_rtalpha_gw_live_names(ngx_pool_t *pool, ngx_uint_t *hash)
{
    ngx_str_t    *name;
    ngx_uint_t    i;
    ngx_array_t  *names;

    *hash = 0;
    names = ngx_array_create(pool, 16, sizeof(ngx_str_t));

    if (names == NULL || ngx_rtalpha_services_names(pool, names) != NGX_OK) {
        return NULL;
    }

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        ngx_strlow(name[i].data, name[i].data, name[i].len);
        *hash += 1 + ngx_murmur_hash2(name[i].data, name[i].len);
    }

    return names;
}


static void
ngx_rtalpha_gw_live_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_gw_live_make(job->data);
}


static void
ngx_rtalpha_gw_live_make(ngx_rtalpha_gw_compile_t *c)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_pool_t                *temp;
    ngx_rtalpha_report_t       report;
    ngx_rtalpha_gw_table_t    *table;
    ngx_rtalpha_gw_static_t  **st;

    table = ngx_pcalloc(c->pool, sizeof(ngx_rtalpha_gw_table_t));
    if (table == NULL) {
        return;
    }

    temp = ngx_create_pool(16384, c->pool->log);
    if (temp == NULL) {
        return;
    }

    rc = ngx_rtalpha_report_init(&report, temp);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_gw_table_compile(c->pool, table, c->props,
                                          c->services, &report);
    }

    ngx_destroy_pool(temp);

    if (rc != NGX_OK || report.wrong) {
        return;
    }

    /* lists that were needed meanwhile are pieces between those that stay */

    if (table->rules.nelts > NGX_RTALPHA_GW_LIVE_MANY) {
        ngx_rtalpha_memory_trim();
    }

    st = table->statics.elts;

    for (i = 0; i < table->statics.nelts; i++) {
        if (ngx_rtalpha_gw_static_init(c->pool, st[i]) != NGX_OK) {
            return;
        }
    }

    table->report = NULL;
    table->version = c->version;
    table->implicit = c->names;
    c->table = table;
}


static void
ngx_rtalpha_gw_live_done(ngx_rtalpha_job_t *job)
{
    ngx_pool_t                *pool;
    ngx_rtalpha_gw_t          *gateway;
    ngx_rtalpha_gw_compile_t  *c;

    c = job->data;
    gateway = c->gateway;
    gateway->compiling = 0;

    ngx_rtalpha_gw_live_swap(c);

    if (gateway->waiting) {
        pool = gateway->waiting;
        gateway->waiting = NULL;
        ngx_rtalpha_gw_live_compile(gateway, pool, gateway->waiting_props,
                                    gateway->waiting_version);
    }
}


static void
ngx_rtalpha_gw_live_swap(ngx_rtalpha_gw_compile_t *c)
{
    ngx_rtalpha_gw_table_t  *old;

    if (c->table == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "routes of \"%V\" were not compiled, the ones in use "
                      "stay", &c->gateway->name);
        ngx_destroy_pool(c->pool);
        return;
    }

    old = c->gateway->table;
    c->table->refs = 1;
    c->gateway->table = c->table;

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "%ui routes of \"%V\", version %uL",
                  c->table->rules.nelts, &c->gateway->name, c->version);

    if (old) {
        ngx_rtalpha_gw_table_release(old);
    }
}


void
ngx_rtalpha_gw_table_release(ngx_rtalpha_gw_table_t *table)
{
    if (--table->refs == 0) {
        ngx_destroy_pool(table->pool);
    }
}


ngx_rtalpha_gw_t *
ngx_rtalpha_gw_by_name(const ngx_str_t *name)
{
    ngx_uint_t                    i;
    ngx_rtalpha_gw_t            **gateway;
    ngx_rtalpha_gw_main_conf_t   *mcf;

    mcf = ngx_http_cycle_get_module_main_conf((ngx_cycle_t *) ngx_cycle,
                                              ngx_rtalpha_gw_module);
    if (mcf == NULL) {
        return NULL;
    }

    gateway = mcf->gateways.elts;

    for (i = 0; i < mcf->gateways.nelts; i++) {
        if (name->len == 0 || ngx_rtalpha_str_eq(&gateway[i]->name, name)) {
            return gateway[i];
        }
    }

    return NULL;
}


void
ngx_rtalpha_gw_live_wake(ngx_cycle_t *cycle)
{
    ngx_uint_t                    i;
    ngx_rtalpha_gw_t            **gateway;
    ngx_rtalpha_gw_main_conf_t   *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_rtalpha_gw_module);

    if (mcf == NULL) {
        return;
    }

    gateway = mcf->gateways.elts;

    for (i = 0; i < mcf->gateways.nelts; i++) {
        ngx_rtalpha_gw_live_services(gateway[i]);
    }
}


/* have the names changed that routes were made of */

static void
ngx_rtalpha_gw_live_services(ngx_rtalpha_gw_t *gateway)
{
    ngx_pool_t           *pool;
    ngx_uint_t            hash;
    ngx_str_t             bytes;
    ngx_rtalpha_out_t     out;
    ngx_rtalpha_props_t  *props;

    if (gateway->table == NULL
        || !gateway->table->discovers
        || gateway->compiling
        || gateway->services == ngx_rtalpha_services_number())
    {
        return;
    }

    gateway->services = ngx_rtalpha_services_number();

    pool = ngx_create_pool(16384, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    if (ngx_rtalpha_gw_live_names(pool, &hash) == NULL
        || hash == gateway->table->implicit)
    {
        ngx_destroy_pool(pool);
        return;
    }

    /* the same tree once more, in a pool of its own */

    if (ngx_rtalpha_out_init(&out, pool, 4096, NGX_MAX_INT32_VALUE) != NGX_OK
        || ngx_rtalpha_props_pack(gateway->table->props, &out) != NGX_OK
        || ngx_rtalpha_out_done(&out, &bytes) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return;
    }

    props = ngx_rtalpha_props_unpack(pool, bytes.data, bytes.len);
    if (props == NULL) {
        ngx_destroy_pool(pool);
        return;
    }

    ngx_rtalpha_gw_live_compile(gateway, pool, props,
                                gateway->table->version);
}


void
ngx_rtalpha_gw_live_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t                    i;
    ngx_rtalpha_gw_t            **gateway;
    ngx_rtalpha_gw_main_conf_t   *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_rtalpha_gw_module);

    if (mcf == NULL) {
        return;
    }

    gateway = mcf->gateways.elts;

    for (i = 0; i < mcf->gateways.nelts; i++) {

        if (gateway[i]->waiting) {
            ngx_destroy_pool(gateway[i]->waiting);
            gateway[i]->waiting = NULL;
        }

        if (gateway[i]->table) {
            ngx_rtalpha_gw_table_release(gateway[i]->table);
            gateway[i]->table = NULL;
        }
    }
}
