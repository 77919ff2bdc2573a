
/*
 * Records of instances in the zone.  Nothing here takes the zone's lock but
 * what a process does once.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_gw_shared.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_slot.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_GW_SHARED_LAYOUT   2
#define NGX_RTALPHA_GW_SHARED_WORKERS  256
#define NGX_RTALPHA_GW_SHARED_BUDGETS  1024
#define NGX_RTALPHA_GW_SHARED_PROBES   128
#define NGX_RTALPHA_GW_SHARED_IDLE     600      /* s */


typedef struct {
    ngx_atomic_t               hash;        /* of the service's name */
    ngx_atomic_t               tokens;
    ngx_atomic_t               turns;       /* that have been paid for */
} ngx_rtalpha_gw_shared_budget_t;


typedef struct {
    ngx_atomic_t               pid;
    uint32_t                  *counts;      /* as many as records */
} ngx_rtalpha_gw_shared_worker_t;


typedef struct {
    ngx_rtalpha_gw_stat_t           stats[NGX_RTALPHA_GW_STATS];
    ngx_rtalpha_gw_shared_budget_t  budgets[NGX_RTALPHA_GW_SHARED_BUDGETS];
    ngx_rtalpha_gw_shared_worker_t  workers[NGX_RTALPHA_GW_SHARED_WORKERS];
} ngx_rtalpha_gw_shared_t;


static ngx_rtalpha_gw_shared_budget_t *ngx_rtalpha_gw_shared_budget(
    const ngx_str_t *service);
static uint64_t ngx_rtalpha_gw_shared_now(void);
static void ngx_rtalpha_gw_shared_count(void);
static void ngx_rtalpha_gw_shared_clear(ngx_rtalpha_gw_shared_worker_t *w);


static ngx_rtalpha_gw_shared_t  *ngx_rtalpha_gw_shared;
static uint32_t                 *ngx_rtalpha_gw_shared_counts;


void
ngx_rtalpha_gw_shared_init(void)
{
    static ngx_str_t  name = ngx_string("gateway-peers");

    ngx_rtalpha_gw_shared_counts = NULL;
    ngx_rtalpha_gw_shared = NULL;

    if (ngx_rtalpha_zone_exists()) {
        ngx_rtalpha_gw_shared = ngx_rtalpha_zone_root(&name,
                                              sizeof(ngx_rtalpha_gw_shared_t),
                                              NGX_RTALPHA_GW_SHARED_LAYOUT);
    }
}


/* this process' page, when it is first needed */

static void
ngx_rtalpha_gw_shared_count(void)
{
    ngx_uint_t                       i;
    ngx_rtalpha_gw_shared_worker_t  *w;

    ngx_rtalpha_zone_lock();

    for (i = 0; i < NGX_RTALPHA_GW_SHARED_WORKERS; i++) {
        w = &ngx_rtalpha_gw_shared->workers[i];

        if (w->pid == 0) {

            if (w->counts == NULL) {
                w->counts = ngx_rtalpha_zone_array(NGX_RTALPHA_GW_STATS
                                                   * sizeof(uint32_t));
            }

            if (w->counts) {
                w->pid = ngx_pid;
                ngx_rtalpha_gw_shared_counts = w->counts;
            }

            break;
        }
    }

    ngx_rtalpha_zone_unlock();
}


void
ngx_rtalpha_gw_shared_exit(void)
{
    ngx_uint_t  i;

    if (ngx_rtalpha_gw_shared == NULL
        || ngx_rtalpha_gw_shared_counts == NULL)
    {
        return;
    }

    for (i = 0; i < NGX_RTALPHA_GW_SHARED_WORKERS; i++) {
        if (ngx_rtalpha_gw_shared->workers[i].counts
            == ngx_rtalpha_gw_shared_counts)
        {
            ngx_rtalpha_gw_shared_clear(&ngx_rtalpha_gw_shared->workers[i]);
        }
    }

    ngx_rtalpha_gw_shared_counts = NULL;
}


void
ngx_rtalpha_gw_shared_sweep(void)
{
    ngx_uint_t                       i;
    ngx_rtalpha_gw_shared_worker_t  *w;

    if (ngx_rtalpha_gw_shared == NULL) {
        return;
    }

    for (i = 0; i < NGX_RTALPHA_GW_SHARED_WORKERS; i++) {
        w = &ngx_rtalpha_gw_shared->workers[i];

        if (w->pid && (ngx_pid_t) w->pid != ngx_pid
            && !ngx_rtalpha_slot_alive((ngx_pid_t) w->pid))
        {
            ngx_rtalpha_gw_shared_clear(w);
        }
    }
}


/* its owner is gone, or it is ours: nobody else writes to it */

static void
ngx_rtalpha_gw_shared_clear(ngx_rtalpha_gw_shared_worker_t *w)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_GW_STATS; i++) {

        if (w->counts[i]) {
            (void) ngx_atomic_fetch_add(
                                   &ngx_rtalpha_gw_shared->stats[i].active,
                                   -(ngx_atomic_int_t) w->counts[i]);
            w->counts[i] = 0;
        }
    }

    ngx_memory_barrier();
    w->pid = 0;
}


ngx_rtalpha_gw_stat_t *
ngx_rtalpha_gw_shared_stat(uint64_t tag)
{
    uint32_t                now;
    ngx_uint_t              i, n;
    ngx_atomic_uint_t       old;
    ngx_rtalpha_gw_stat_t  *stat, *idle;

    if (ngx_rtalpha_gw_shared == NULL) {
        return NULL;
    }

    idle = NULL;
    now = (uint32_t) ngx_time();

    for (n = 0; n < NGX_RTALPHA_GW_SHARED_PROBES; n++) {
        i = (tag + n) % NGX_RTALPHA_GW_STATS;
        stat = &ngx_rtalpha_gw_shared->stats[i];
        old = stat->tag;

        if (old == tag) {
            stat->seen = now;
            return stat;
        }

        if (idle == NULL
            && (old == 0
                || (now - stat->seen > NGX_RTALPHA_GW_SHARED_IDLE
                    && now - stat->seen < NGX_MAX_INT32_VALUE
                    && stat->active == 0)))
        {
            idle = stat;
        }

        if (old == 0) {
            break;
        }
    }

    if (idle == NULL) {
        return NULL;
    }

    old = idle->tag;

    if (!ngx_atomic_cmp_set(&idle->tag, old, tag)) {

        /* somebody was faster, most likely for the same instance */
        return (idle->tag == tag) ? idle : NULL;
    }

    idle->seen = now;

    if (old) {
        idle->latency = 0;
        idle->ejected = 0;
        idle->row = 0;
        idle->total = 0;
        idle->failed = 0;
        idle->ejections = 0;
    }

    return idle;
}


/* the index in a process' page; -1: not a record of the zone */

static ngx_int_t
ngx_rtalpha_gw_shared_index(ngx_rtalpha_gw_stat_t *stat)
{
    if (ngx_rtalpha_gw_shared == NULL
        || stat < ngx_rtalpha_gw_shared->stats
        || stat >= ngx_rtalpha_gw_shared->stats + NGX_RTALPHA_GW_STATS)
    {
        return -1;
    }

    return stat - ngx_rtalpha_gw_shared->stats;
}


ngx_uint_t
ngx_rtalpha_gw_shared_enter(ngx_rtalpha_gw_stat_t *stat)
{
    ngx_int_t  i;

    i = ngx_rtalpha_gw_shared_index(stat);

    if (i >= 0) {

        if (ngx_rtalpha_gw_shared_counts == NULL) {
            ngx_rtalpha_gw_shared_count();
        }

        if (ngx_rtalpha_gw_shared_counts) {
            ngx_rtalpha_gw_shared_counts[i]++;
        }
    }

    return ngx_atomic_fetch_add(&stat->active, 1);
}


void
ngx_rtalpha_gw_shared_leave(ngx_rtalpha_gw_stat_t *stat)
{
    ngx_int_t  i;

    (void) ngx_atomic_fetch_add(&stat->active, -1);

    i = ngx_rtalpha_gw_shared_index(stat);

    if (i >= 0 && ngx_rtalpha_gw_shared_counts
        && ngx_rtalpha_gw_shared_counts[i])
    {
        ngx_rtalpha_gw_shared_counts[i]--;
    }
}


ngx_uint_t
ngx_rtalpha_gw_shared_take(const ngx_str_t *service,
    const ngx_rtalpha_gw_budget_conf_t *conf)
{
    uint64_t                         now;
    ngx_atomic_uint_t                turns, old;
    ngx_rtalpha_gw_shared_budget_t  *budget;

    budget = ngx_rtalpha_gw_shared_budget(service);
    now = ngx_rtalpha_gw_shared_now();

    turns = ngx_rtalpha_gw_turns(service);
    old = budget->turns;

    if (turns != old && ngx_atomic_cmp_set(&budget->turns, old, turns)) {
        ngx_rtalpha_gw_budget_add(&budget->tokens, conf, now, turns - old);
    }

    return ngx_rtalpha_gw_budget_take(&budget->tokens, conf, now);
}


void
ngx_rtalpha_gw_shared_pay(const ngx_str_t *service,
    const ngx_rtalpha_gw_budget_conf_t *conf)
{
    ngx_rtalpha_gw_shared_budget_t  *budget;

    budget = ngx_rtalpha_gw_shared_budget(service);

    ngx_rtalpha_gw_budget_add(&budget->tokens, conf,
                              ngx_rtalpha_gw_shared_now(), 1);
}


static uint64_t
ngx_rtalpha_gw_shared_now(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (uint64_t) tp->sec * 1000 + tp->msec;
}


/* that of this process if the zone has no other */

static ngx_rtalpha_gw_shared_budget_t *
ngx_rtalpha_gw_shared_budget(const ngx_str_t *service)
{
    ngx_uint_t                       i, n;
    ngx_atomic_uint_t                hash, old;
    ngx_rtalpha_gw_shared_budget_t  *budget;

    static ngx_rtalpha_gw_shared_budget_t  own;

    if (ngx_rtalpha_gw_shared == NULL) {
        return &own;
    }

    hash = ngx_murmur_hash2(service->data, service->len);
    hash = (hash << 16) ^ (ngx_atomic_uint_t) service->len ^ 1;

    for (n = 0; n < 32; n++) {
        i = ((hash >> 16) + n) % NGX_RTALPHA_GW_SHARED_BUDGETS;
        budget = &ngx_rtalpha_gw_shared->budgets[i];
        old = budget->hash;

        if (old == hash
            || (old == 0
                && (ngx_atomic_cmp_set(&budget->hash, 0, hash)
                    || budget->hash == hash)))
        {
            return budget;
        }
    }

    return &own;
}


void
ngx_rtalpha_gw_shared_metrics(ngx_rtalpha_out_t *out)
{
    uint64_t                now;
    ngx_uint_t              i, known, ejected, active;
    ngx_rtalpha_gw_stat_t  *stat;

    if (ngx_rtalpha_gw_shared == NULL) {
        return;
    }

    now = ngx_rtalpha_gw_shared_now();
    known = 0;
    ejected = 0;
    active = 0;

    for (i = 0; i < NGX_RTALPHA_GW_STATS; i++) {
        stat = &ngx_rtalpha_gw_shared->stats[i];
        known += (stat->tag != 0);
        ejected += (stat->ejected > now);
        active += stat->active;
    }

    ngx_rtalpha_metrics_gauge(out, "rtalpha_gateway_instances",
                              "Instances that are measured.", known);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_gateway_instances_max",
                              "Instances that can be measured.",
                              NGX_RTALPHA_GW_STATS);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_gateway_instances_ejected",
                              "Instances that are left out for a while.",
                              ejected);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_gateway_instances_requests",
                              "Requests under way at measured instances.",
                              active);
}
