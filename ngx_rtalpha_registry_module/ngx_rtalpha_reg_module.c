
/*
 * The registry role: its directive, its hooks, its settings.
 *
 *     rtalpha_registry [settings=SOURCE] ...;       context: location
 */


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_role.h"
#include "ngx_rtalpha_settings.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_full.h"
#include "ngx_rtalpha_reg_lease.h"
#include "ngx_rtalpha_reg_mirror.h"
#include "ngx_rtalpha_reg_peer.h"
#include "ngx_rtalpha_reg_persist.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_room.h"
#include "ngx_rtalpha_reg_services.h"
#include "ngx_rtalpha_reg_single.h"
#include "ngx_rtalpha_reg_settings.h"


/* how often the leader looks for leases that have ended, in ms */
#define NGX_RTALPHA_REG_BEAT  100


typedef struct {
    ngx_rtalpha_settings_t  *settings;      /* NULL: no such location */
    ngx_array_t             *sources;       /* of ngx_str_t */
    ngx_uint_t               late;          /* they come after the start */
} ngx_rtalpha_reg_main_conf_t;


typedef struct {
    ngx_str_t                base;          /* the location's prefix */
} ngx_rtalpha_reg_loc_conf_t;


static ngx_int_t ngx_rtalpha_reg_preconfiguration(ngx_conf_t *cf);
static void *ngx_rtalpha_reg_create_main_conf(ngx_conf_t *cf);
static void *ngx_rtalpha_reg_create_loc_conf(ngx_conf_t *cf);
static char *ngx_rtalpha_reg_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_rtalpha_reg_directive_sources(ngx_conf_t *cf,
    ngx_rtalpha_reg_main_conf_t *mcf);
static ngx_int_t ngx_rtalpha_reg_handler(ngx_http_request_t *r);

static ngx_int_t ngx_rtalpha_reg_check(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_report_t *report);
static void ngx_rtalpha_reg_apply(void *data, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version);

static ngx_int_t ngx_rtalpha_reg_init_zone(ngx_cycle_t *cycle,
    ngx_uint_t fresh);
static void ngx_rtalpha_reg_repair(void);
static ngx_int_t ngx_rtalpha_reg_init_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_reg_exit_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_reg_lead(ngx_uint_t leading);
static void ngx_rtalpha_reg_tick(void);
static void ngx_rtalpha_reg_beat(ngx_event_t *ev);
static ngx_uint_t ngx_rtalpha_reg_health(ngx_rtalpha_json_t *j);
static void ngx_rtalpha_reg_metrics(ngx_rtalpha_out_t *out);


static const ngx_rtalpha_role_t  ngx_rtalpha_reg_role = {
    .name = ngx_string("registry"),
    .root_size = sizeof(ngx_rtalpha_reg_root_t),
    .layout = NGX_RTALPHA_REG_LAYOUT,
    .init_zone = ngx_rtalpha_reg_init_zone,
    .repair = ngx_rtalpha_reg_repair,
    .init_process = ngx_rtalpha_reg_init_process,
    .exit_process = ngx_rtalpha_reg_exit_process,
    .wake = ngx_rtalpha_reg_redis_wake,
    .lead = ngx_rtalpha_reg_lead,
    .tick = ngx_rtalpha_reg_tick,
    .health = ngx_rtalpha_reg_health,
    .metrics = ngx_rtalpha_reg_metrics,
    .state = ngx_rtalpha_reg_persist_state,
    .flush = ngx_rtalpha_reg_persist_flush
};


static const ngx_rtalpha_settings_user_t  ngx_rtalpha_reg_settings_user = {
    ngx_rtalpha_reg_check,
    ngx_rtalpha_reg_apply
};


static ngx_command_t  ngx_rtalpha_reg_commands[] = {

    { ngx_string("rtalpha_registry"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_rtalpha_reg_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_rtalpha_reg_module_ctx = {
    ngx_rtalpha_reg_preconfiguration,      /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_rtalpha_reg_create_main_conf,      /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_rtalpha_reg_create_loc_conf,       /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_rtalpha_reg_module = {
    NGX_MODULE_V1,
    &ngx_rtalpha_reg_module_ctx,           /* module context */
    ngx_rtalpha_reg_commands,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_event_t  ngx_rtalpha_reg_beat_event;
static ngx_uint_t   ngx_rtalpha_reg_leading;
static uint64_t     ngx_rtalpha_reg_trimmed;    /* when the log was, ms */
static ngx_uint_t   ngx_rtalpha_reg_ready;      /* settings are there */
static ngx_pool_t  *ngx_rtalpha_reg_conf_pool;


static ngx_int_t
ngx_rtalpha_reg_preconfiguration(ngx_conf_t *cf)
{
    ngx_rtalpha_reg_counters(cf);

    return ngx_rtalpha_role_add(cf, &ngx_rtalpha_reg_role);
}


static void *
ngx_rtalpha_reg_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_reg_main_conf_t));
}


static void *
ngx_rtalpha_reg_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_reg_loc_conf_t));
}


/*
 * There is one registry in an nginx; several locations may serve it, and
 * those that name settings must name the same.
 */

static char *
ngx_rtalpha_reg_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_rtalpha_reg_loc_conf_t *rlcf = conf;

    ngx_http_core_loc_conf_t     *clcf;
    ngx_rtalpha_reg_main_conf_t  *mcf;

    static ngx_str_t  name = ngx_string("registry");

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_reg_module);

    if (clcf->handler) {
        return "is duplicate";
    }

    clcf->handler = ngx_rtalpha_reg_handler;

    /* the prefix is not part of the registry's paths */

    rlcf->base = clcf->name;

#if (NGX_PCRE)
    if (clcf->regex) {
        ngx_str_null(&rlcf->base);
    }
#endif

    if (clcf->exact_match || clcf->named || clcf->noname) {
        ngx_str_null(&rlcf->base);
    }

    if (ngx_rtalpha_reg_directive_sources(cf, mcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (mcf->settings == NULL) {
        mcf->settings = ngx_rtalpha_settings_add(cf, &name, mcf->sources,
                                              &ngx_rtalpha_reg_settings_user,
                                              NULL);
        if (mcf->settings == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_rtalpha_role_use(cf, &ngx_rtalpha_reg_role) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_rtalpha_reg_directive_sources(ngx_conf_t *cf,
    ngx_rtalpha_reg_main_conf_t *mcf)
{
    ngx_str_t   *value, *source, *first;
    ngx_uint_t   i, n;

    value = cf->args->elts;
    n = 0;

    if (mcf->sources == NULL) {
        mcf->sources = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (mcf->sources == NULL) {
            return NGX_ERROR;
        }
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_rtalpha_str_begins(&value[i], "settings=")) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_ERROR;
        }

        value[i].data += sizeof("settings=") - 1;
        value[i].len -= sizeof("settings=") - 1;

        if (mcf->settings) {
            first = mcf->sources->elts;

            if (n >= mcf->sources->nelts
                || !ngx_rtalpha_str_eq(&first[n], &value[i]))
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "there is one registry in an nginx: "
                                   "\"rtalpha_registry\" was given other "
                                   "settings before");
                return NGX_ERROR;
            }

            n++;
            continue;
        }

        source = ngx_array_push(mcf->sources);
        if (source == NULL) {
            return NGX_ERROR;
        }

        *source = value[i];

        if (!ngx_rtalpha_str_begins(source, "file:")) {
            mcf->late = 1;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_handler(ngx_http_request_t *r)
{
    ngx_rtalpha_reg_loc_conf_t  *rlcf;

    if (!ngx_rtalpha_reg_ready || ngx_rtalpha_reg_root == NULL) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    if (ngx_rtalpha_reg_conf.mirror
        && !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)))
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_ALLOWED);
    }

    rlcf = ngx_http_get_module_loc_conf(r, ngx_rtalpha_reg_module);

    return ngx_rtalpha_reg_request(r, &rlcf->base);
}


static ngx_int_t
ngx_rtalpha_reg_check(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_rtalpha_report_t *report)
{
    ngx_rtalpha_reg_conf_t  conf;

    return ngx_rtalpha_reg_conf_bind(pool, props, &conf, report);
}


static void
ngx_rtalpha_reg_apply(void *data, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version)
{
    ngx_rtalpha_report_t    report;
    ngx_rtalpha_reg_conf_t  conf;

    if (ngx_rtalpha_report_init(&report, pool) != NGX_OK
        || ngx_rtalpha_reg_conf_bind(pool, props, &conf, &report) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return;
    }

    ngx_rtalpha_reg_conf = conf;
    ngx_rtalpha_reg_ready = 1;

    ngx_rtalpha_reg_peer_settings((ngx_cycle_t *) ngx_cycle);
    ngx_rtalpha_reg_redis_settings();

    if (ngx_rtalpha_reg_conf_pool) {
        ngx_destroy_pool(ngx_rtalpha_reg_conf_pool);
    }

    ngx_rtalpha_reg_conf_pool = pool;
}


static ngx_int_t
ngx_rtalpha_reg_init_zone(ngx_cycle_t *cycle, ngx_uint_t fresh)
{
    void                         *root;
    ngx_pool_t                   *pool;
    ngx_rtalpha_report_t          report;
    ngx_rtalpha_reg_main_conf_t  *mcf;
    const ngx_rtalpha_props_t    *props;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_rtalpha_reg_module);
    root = ngx_rtalpha_role_root(&ngx_rtalpha_reg_role);

    if (root == NULL || ngx_rtalpha_reg_root_init(root) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "rtalpha registry: the zone is too small");
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_conf_defaults(&ngx_rtalpha_reg_conf);

    props = ngx_rtalpha_settings_initial(mcf->settings);

    if (props) {
        pool = cycle->pool;

        if (ngx_rtalpha_report_init(&report, pool) != NGX_OK
            || ngx_rtalpha_reg_conf_bind(pool, props, &ngx_rtalpha_reg_conf,
                                         &report)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_rtalpha_reg_redis_load(cycle, fresh);

    if (fresh && ngx_rtalpha_reg_conf.persist) {
        ngx_rtalpha_reg_persist_load(cycle->log);
    }

    ngx_rtalpha_reg_redis_loaded();

    return NGX_OK;
}


static void
ngx_rtalpha_reg_repair(void)
{
    ngx_rtalpha_reg_store_repair();
}


static ngx_int_t
ngx_rtalpha_reg_init_process(ngx_cycle_t *cycle)
{
    ngx_rtalpha_reg_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_rtalpha_reg_module);

    ngx_rtalpha_reg_root_use(ngx_rtalpha_role_root(&ngx_rtalpha_reg_role));

    if (!mcf->late) {
        ngx_rtalpha_reg_ready = 1;
    }

    ngx_rtalpha_reg_beat_event.handler = ngx_rtalpha_reg_beat;
    ngx_rtalpha_reg_beat_event.log = cycle->log;
    ngx_rtalpha_reg_beat_event.data = &ngx_rtalpha_reg_nobody;
    ngx_rtalpha_reg_beat_event.cancelable = 1;

    if (ngx_rtalpha_reg_full_init(cycle) != NGX_OK
        || ngx_rtalpha_reg_tell_init(cycle) != NGX_OK
        || ngx_rtalpha_reg_services_init() != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_rtalpha_reg_exit_process(ngx_cycle_t *cycle)
{
    ngx_rtalpha_reg_redis_exit();
    ngx_rtalpha_reg_full_exit();
    ngx_rtalpha_reg_single_exit();
}


static void
ngx_rtalpha_reg_lead(ngx_uint_t leading)
{
    ngx_rtalpha_reg_leading = leading;

    if (leading && !ngx_rtalpha_reg_beat_event.timer_set) {
        ngx_add_timer(&ngx_rtalpha_reg_beat_event, NGX_RTALPHA_REG_BEAT);
    }

    ngx_rtalpha_reg_persist_lead(leading);
    ngx_rtalpha_reg_peer_lead(leading);
    ngx_rtalpha_reg_mirror_lead(leading);
    ngx_rtalpha_reg_redis_lead(leading);
}


static void
ngx_rtalpha_reg_beat(ngx_event_t *ev)
{
    ngx_uint_t  more, evicted;

    if (!ngx_rtalpha_reg_leading || ngx_exiting) {
        return;
    }

    more = 0;
    evicted = ngx_rtalpha_reg_conf.mirror ? 0
                                          : ngx_rtalpha_reg_lease_run(&more);

    if (evicted) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_EVICT, evicted);
    }

    ngx_add_timer(ev, more ? 1 : NGX_RTALPHA_REG_BEAT);
}


static void
ngx_rtalpha_reg_tick(void)
{
    uint64_t  clock;

    clock = ngx_rtalpha_reg_clock();

    if (clock - ngx_rtalpha_reg_trimmed > ngx_rtalpha_reg_conf.delta_timer) {
        ngx_rtalpha_reg_trimmed = clock;
        ngx_rtalpha_reg_delta_trim(ngx_rtalpha_reg_conf.delta_retention);
    }

    ngx_rtalpha_reg_clock_check();
    ngx_rtalpha_reg_persist_tick();
}


static ngx_uint_t
ngx_rtalpha_reg_health(ngx_rtalpha_json_t *j)
{
    if (ngx_rtalpha_reg_root == NULL || !ngx_rtalpha_reg_ready) {
        return 0;
    }

    ngx_rtalpha_json_key_lit(j, "instances");
    ngx_rtalpha_json_int(j, (int64_t) ngx_rtalpha_reg_root->n);
    ngx_rtalpha_json_key_lit(j, "applications");
    ngx_rtalpha_json_int(j, (int64_t) ngx_rtalpha_reg_root->napps);
    ngx_rtalpha_json_key_lit(j, "version");
    ngx_rtalpha_json_int(j, (int64_t) ngx_rtalpha_reg_root->seq);
    ngx_rtalpha_json_key_lit(j, "full");
    ngx_rtalpha_json_bool(j, ngx_rtalpha_reg_room_short());
    ngx_rtalpha_json_key_lit(j, "selfPreservation");
    ngx_rtalpha_json_bool(j, ngx_rtalpha_reg_lease_preserved());
    ngx_rtalpha_reg_lease_report(j);
    ngx_rtalpha_reg_redis_health(j);

    return 1;
}


static void
ngx_rtalpha_reg_metrics(ngx_rtalpha_out_t *out)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    if (root == NULL) {
        return;
    }

    ngx_rtalpha_out_lit(out, "# HELP rtalpha_registry_instances Instances by "
                             "status\n"
                             "# TYPE rtalpha_registry_instances gauge\n");

    for (i = 0; i < NGX_RTALPHA_REG_STATUSES; i++) {
        ngx_rtalpha_out_printf(out,
                               "rtalpha_registry_instances{status=\"%V\"} "
                               "%uL\n", ngx_rtalpha_reg_status_name(i),
                               root->counts[i]);
    }

    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_applications",
                              "Applications with instances",
                              (int64_t) root->napps);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_version",
                              "Number of the last change",
                              (int64_t) root->seq);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_saved",
                              "Number of the last change that is on disk",
                              (int64_t) root->saved);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_expired",
                              "Instances kept although their lease ended",
                              (int64_t) root->nexpired);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_self_preservation",
                              "Whether a zone is protected from eviction",
                              ngx_rtalpha_reg_lease_preserved());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_segments",
                              "Segments of the full answer",
                              (int64_t) root->nsegs);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_addresses",
                              "Addresses that have registered instances",
                              (int64_t) root->sources.count);
    ngx_rtalpha_reg_room_metrics(out);
    ngx_rtalpha_reg_redis_metrics(out);
}
