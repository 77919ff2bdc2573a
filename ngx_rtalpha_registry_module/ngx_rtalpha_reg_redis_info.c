
/*
 * What the cluster shows of itself in health, metrics and on the page, and
 * the clock that it keeps on disk: until when what this node has was
 * current.
 */


#include "ngx_rtalpha_reg_redis_inner.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_metrics.h"

#include <openssl/rand.h>


#define NGX_RTALPHA_REG_REDIS_FILE   "/registry.clock"
#define NGX_RTALPHA_REG_REDIS_SAVES  10000


typedef struct {
    ngx_str_t    path;
    ngx_str_t    text;
    ngx_str_t    error;
} ngx_rtalpha_reg_clock_job_t;


static ngx_int_t ngx_rtalpha_reg_redis_path(ngx_pool_t *pool,
    ngx_str_t *path);
static uint64_t ngx_rtalpha_reg_redis_saved(ngx_cycle_t *cycle);
static void ngx_rtalpha_reg_redis_save_run(ngx_rtalpha_job_t *job);


static const char  *ngx_rtalpha_reg_redis_phases[] = {
    "alone", "scanning", "catching up", "joined"
};


uint64_t
ngx_rtalpha_reg_redis_random(void)
{
    uint64_t  n;

    if (RAND_bytes((u_char *) &n, sizeof(n)) != 1) {
        n = ((uint64_t) ngx_random() << 32) ^ (uint64_t) ngx_random()
            ^ ((uint64_t) ngx_pid << 24) ^ ngx_rtalpha_reg_now();
    }

    return n | 1;
}


void
ngx_rtalpha_reg_redis_note(void)
{
    ngx_rtalpha_reg_link_t    *link;
    ngx_rtalpha_reg_shared_t  *shared;

    link = &ngx_rtalpha_reg_link;
    shared = &ngx_rtalpha_reg_root->cluster;

    shared->nodes = link->c.members.alive.nelts;

    if (shared->phase == link->c.phase && shared->since) {
        return;
    }

    if (link->c.phase == NGX_RTALPHA_REG_JOINED) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "rtalpha registry: joined a cluster of %ui nodes",
                      shared->nodes);

    } else if (shared->phase == NGX_RTALPHA_REG_JOINED) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha registry: without Redis, this node goes on "
                      "alone");
    }

    shared->phase = link->c.phase;
    shared->since = ngx_rtalpha_reg_clock();
}


void
ngx_rtalpha_reg_redis_health(ngx_rtalpha_json_t *j)
{
    u_char                     id[16];
    ngx_str_t                  state;
    ngx_rtalpha_reg_shared_t  *shared;

    shared = &ngx_rtalpha_reg_root->cluster;

    if (!shared->on) {
        return;
    }

    ngx_rtalpha_reg_line_write_hex(shared->self.id, id);
    state.data = (u_char *) ngx_rtalpha_reg_redis_phases[shared->phase];
    state.len = ngx_strlen(state.data);

    ngx_rtalpha_json_key_lit(j, "cluster");
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "state");
    ngx_rtalpha_json_text(j, state.data, state.len);
    ngx_rtalpha_json_key_lit(j, "node");
    ngx_rtalpha_json_text(j, id, sizeof(id));
    ngx_rtalpha_json_key_lit(j, "nodes");
    ngx_rtalpha_json_int(j, (int64_t) shared->nodes);
    ngx_rtalpha_json_key_lit(j, "seconds");
    ngx_rtalpha_json_int(j, shared->since
           ? (int64_t) (ngx_rtalpha_reg_clock() - shared->since) / 1000 : 0);
    ngx_rtalpha_json_key_lit(j, "waiting");
    ngx_rtalpha_json_int(j, (int64_t) shared->waiting);
    ngx_rtalpha_json_key_lit(j, "remembered");
    ngx_rtalpha_json_int(j, (int64_t) shared->tombs);
    ngx_rtalpha_json_key_lit(j, "resyncs");
    ngx_rtalpha_json_int(j, (int64_t) shared->resyncs);
    ngx_rtalpha_json_end(j);
}


void
ngx_rtalpha_reg_redis_metrics(ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_reg_shared_t  *shared;

    shared = &ngx_rtalpha_reg_root->cluster;

    if (!shared->on) {
        return;
    }

    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_cluster_joined",
                              "Whether this node hears the others",
                              shared->phase == NGX_RTALPHA_REG_JOINED);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_cluster_nodes",
                              "Nodes of the cluster, as last heard",
                              (int64_t) shared->nodes);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_cluster_waiting",
                              "Instances that wait to be told",
                              (int64_t) shared->waiting);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_cluster_remembered",
                              "Deleted instances that are remembered",
                              (int64_t) shared->tombs);

    ngx_rtalpha_out_printf(out,
        "# HELP rtalpha_registry_cluster_messages_total Messages to and from "
        "Redis\n# TYPE rtalpha_registry_cluster_messages_total counter\n"
        "rtalpha_registry_cluster_messages_total{direction=\"told\"} %uL\n"
        "rtalpha_registry_cluster_messages_total{direction=\"heard\"} %uL\n",
        shared->told, shared->heard);
    ngx_rtalpha_out_printf(out,
        "# HELP rtalpha_registry_cluster_resyncs_total Readings of all that "
        "is in Redis\n# TYPE rtalpha_registry_cluster_resyncs_total counter\n"
        "rtalpha_registry_cluster_resyncs_total %uL\n", shared->resyncs);
    ngx_rtalpha_out_printf(out,
        "# HELP rtalpha_registry_cluster_failures_total Losses of Redis\n"
        "# TYPE rtalpha_registry_cluster_failures_total counter\n"
        "rtalpha_registry_cluster_failures_total %uL\n", shared->failures);
}


void
ngx_rtalpha_reg_redis_page(ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_reg_shared_t  *shared;

    shared = &ngx_rtalpha_reg_root->cluster;

    if (!shared->on) {
        return;
    }

    ngx_rtalpha_out_printf(out, "<p>Cluster: %s, %ui node%s",
                           ngx_rtalpha_reg_redis_phases[shared->phase],
                           shared->nodes, shared->nodes == 1 ? "" : "s");

    if (shared->phase == NGX_RTALPHA_REG_ALONE) {
        ngx_rtalpha_out_lit(out, ". Redis cannot be reached: changes made "
                                 "elsewhere are not seen");
    }

    ngx_rtalpha_out_lit(out, ".</p>\n");
}


static ngx_int_t
ngx_rtalpha_reg_redis_path(ngx_pool_t *pool, ngx_str_t *path)
{
    const ngx_str_t  *folder;

    folder = ngx_rtalpha_leader_state_path();

    path->len = folder->len + sizeof(NGX_RTALPHA_REG_REDIS_FILE) - 1;
    path->data = ngx_pnalloc(pool, path->len + 1);

    if (path->data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(path->data, "%V" NGX_RTALPHA_REG_REDIS_FILE "%Z", folder);

    return NGX_OK;
}


/*
 * Before the journal is read.  Without the file what is in the journal is
 * from before there was a cluster, and as good as new.
 */

void
ngx_rtalpha_reg_redis_load(ngx_cycle_t *cycle, ngx_uint_t fresh)
{
    uint64_t                   saved, now, clock;
    ngx_rtalpha_reg_shared_t  *shared;

    shared = &ngx_rtalpha_reg_root->cluster;

    if (!fresh) {
        return;
    }

    ngx_queue_init(&shared->todo);
    shared->self.id = ngx_rtalpha_reg_redis_random();

    if (!ngx_rtalpha_reg_conf.cluster || ngx_rtalpha_reg_conf.mirror
        || ngx_rtalpha_redis_configured(cycle) == NULL)
    {
        return;
    }

    clock = ngx_rtalpha_reg_clock();
    now = ngx_rtalpha_reg_now();
    saved = ngx_rtalpha_reg_redis_saved(cycle);

    shared->on = 1;
    shared->loading = 1;
    shared->current = clock;

    if (saved && saved < now) {
        shared->current = now - saved < clock ? clock - (now - saved) : 1;
    }
}


void
ngx_rtalpha_reg_redis_loaded(void)
{
    ngx_rtalpha_reg_root->cluster.loading = 0;
}


/* in ms of the epoch; 0: there is none */

static uint64_t
ngx_rtalpha_reg_redis_saved(ngx_cycle_t *cycle)
{
    ngx_int_t    n;
    ngx_str_t    path, bytes, error;
    ngx_pool_t  *pool;

    n = NGX_ERROR;

    pool = ngx_create_pool(1024, cycle->log);
    if (pool == NULL) {
        return 0;
    }

    if (ngx_rtalpha_reg_redis_path(pool, &path) == NGX_OK
        && ngx_rtalpha_disk_read(pool, &path, 64, &bytes, &error) == NGX_OK)
    {
        n = ngx_atoi(bytes.data, bytes.len);
    }

    ngx_destroy_pool(pool);

    return n == NGX_ERROR ? 0 : (uint64_t) n;
}


void
ngx_rtalpha_reg_redis_save(void)
{
    uint64_t                      now;
    ngx_rtalpha_job_t            *job;
    ngx_rtalpha_reg_link_t       *link;
    ngx_rtalpha_reg_clock_job_t  *cj;

    link = &ngx_rtalpha_reg_link;
    now = ngx_rtalpha_reg_clock();

    if (link->c.current == 0 || now - link->c.current > 1000
        || now - link->saved < NGX_RTALPHA_REG_REDIS_SAVES
        || !ngx_rtalpha_reg_conf.persist || !ngx_rtalpha_leader_of_state())
    {
        return;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_clock_job_t));
    if (job == NULL) {
        return;
    }

    cj = job->data;
    cj->text.data = ngx_pnalloc(job->pool, NGX_INT64_LEN);
    job->run = ngx_rtalpha_reg_redis_save_run;

    if (cj->text.data == NULL
        || ngx_rtalpha_reg_redis_path(job->pool, &cj->path) != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return;
    }

    cj->text.len = ngx_sprintf(cj->text.data, "%uL", ngx_rtalpha_reg_now())
                   - cj->text.data;
    link->saved = now;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
    }
}


static void
ngx_rtalpha_reg_redis_save_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reg_clock_job_t  *cj;

    cj = job->data;

    /* a disk that fails is told of by the journal */

    (void) ngx_rtalpha_disk_write(job->pool, &cj->path, &cj->text,
                                  &cj->error);
}
