
/*
 * The config role in nginx: directives, and the core's hooks.
 */


#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_cfg_bus.h"
#include "ngx_rtalpha_cfg_clients.h"
#include "ngx_rtalpha_cfg_fetch.h"
#include "ngx_rtalpha_cfg_heldback.h"
#include "ngx_rtalpha_cfg_load.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_cfg_notice.h"
#include "ngx_rtalpha_cfg_offer.h"
#include "ngx_rtalpha_cfg_pages.h"
#include "ngx_rtalpha_cfg_status.h"
#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_role.h"


typedef struct {
    ngx_array_t                servers;     /* ngx_rtalpha_cfg_server_t * */
    ngx_str_t                  bus;         /* amqp://, or empty */
} ngx_rtalpha_cfg_main_conf_t;


typedef struct {
    ngx_rtalpha_cfg_server_t  *server;      /* of this location only */
    ngx_rtalpha_props_t       *overlay;
} ngx_rtalpha_cfg_loc_conf_t;


static ngx_int_t ngx_rtalpha_cfg_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_rtalpha_cfg_postconfiguration(ngx_conf_t *cf);
static void *ngx_rtalpha_cfg_create_main_conf(ngx_conf_t *cf);
static void *ngx_rtalpha_cfg_create_loc_conf(ngx_conf_t *cf);
static char *ngx_rtalpha_cfg_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_rtalpha_cfg_server_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_rtalpha_cfg_key_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_rtalpha_cfg_bus_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);

static ngx_int_t ngx_rtalpha_cfg_check(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_report_t *report);
static void ngx_rtalpha_cfg_apply(void *data, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version);

static ngx_int_t ngx_rtalpha_cfg_init_zone(ngx_cycle_t *cycle,
    ngx_uint_t fresh);
static ngx_int_t ngx_rtalpha_cfg_init_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_cfg_exit_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_cfg_quit(void);
static void ngx_rtalpha_cfg_wake(void);
static void ngx_rtalpha_cfg_lead(ngx_uint_t leading);
static void ngx_rtalpha_cfg_tick(void);


const ngx_rtalpha_role_t  ngx_rtalpha_cfg_role = {
    ngx_string("config"),
    sizeof(ngx_rtalpha_cfg_root_t),
    1,
    ngx_rtalpha_cfg_init_zone,
    ngx_rtalpha_cfg_store_repair,
    ngx_rtalpha_cfg_init_process,
    ngx_rtalpha_cfg_exit_process,
    ngx_rtalpha_cfg_quit,
    ngx_rtalpha_cfg_wake,
    ngx_rtalpha_cfg_lead,
    ngx_rtalpha_cfg_tick,
    ngx_rtalpha_cfg_status_health,
    ngx_rtalpha_cfg_status_metrics,
    NULL,                                  /* state: a look finds it empty */
    NULL                                   /* flush: nothing is pending */
};


static const ngx_rtalpha_settings_user_t  ngx_rtalpha_cfg_settings_user = {
    ngx_rtalpha_cfg_check,
    ngx_rtalpha_cfg_apply
};


/* directives that stand for one key each */

static const struct {
    ngx_str_t  directive;
    ngx_str_t  key;
} ngx_rtalpha_cfg_keys[] = {
    { ngx_string("rtalpha_config_git_uri"),
      ngx_string("spring.cloud.config.server.git.uri") },
    { ngx_string("rtalpha_config_git_search_paths"),
      ngx_string("spring.cloud.config.server.git.search-paths") },
    { ngx_string("rtalpha_config_git_refresh_rate"),
      ngx_string("spring.cloud.config.server.git.refresh-rate") },
    { ngx_string("rtalpha_config_default_label"),
      ngx_string("spring.cloud.config.server.default-label") },
    { ngx_string("rtalpha_config_prefix"),
      ngx_string("spring.cloud.config.server.prefix") }
};


static ngx_command_t  ngx_rtalpha_cfg_commands[] = {

    { ngx_string("rtalpha_bus"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_cfg_bus_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_config_server"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_rtalpha_cfg_server_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_config_git_uri"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_cfg_key_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_config_git_search_paths"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_cfg_key_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_config_git_refresh_rate"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_cfg_key_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_config_default_label"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_cfg_key_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_config_prefix"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_cfg_key_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_rtalpha_cfg_module_ctx = {
    ngx_rtalpha_cfg_preconfiguration,      /* preconfiguration */
    ngx_rtalpha_cfg_postconfiguration,     /* postconfiguration */

    ngx_rtalpha_cfg_create_main_conf,      /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_rtalpha_cfg_create_loc_conf,       /* create location configuration */
    ngx_rtalpha_cfg_merge_loc_conf         /* merge location configuration */
};


ngx_module_t  ngx_rtalpha_cfg_module = {
    NGX_MODULE_V1,
    &ngx_rtalpha_cfg_module_ctx,           /* module context */
    ngx_rtalpha_cfg_commands,              /* module directives */
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


ngx_rtalpha_cfg_counters_t      ngx_rtalpha_cfg_counters;


/* the settings of each server in this process */

static ngx_rtalpha_cfg_conf_t  *ngx_rtalpha_cfg_confs
                                            [NGX_RTALPHA_CFG_SERVERS + 1];
static ngx_rtalpha_cfg_conf_t  *ngx_rtalpha_cfg_present
                                            [NGX_RTALPHA_CFG_SERVERS + 1];


static ngx_int_t
ngx_rtalpha_cfg_preconfiguration(ngx_conf_t *cf)
{
    const char  *name = "rtalpha_config_requests_total";

    ngx_rtalpha_cfg_counters.cached = ngx_rtalpha_metrics_counter(cf, name,
                                          "result=\"cached\"",
                                          "Answers of the config server.");
    ngx_rtalpha_cfg_counters.made = ngx_rtalpha_metrics_counter(cf, name,
                                          "result=\"made\"", NULL);
    ngx_rtalpha_cfg_counters.refused = ngx_rtalpha_metrics_counter(cf, name,
                                          "result=\"refused\"", NULL);
    ngx_rtalpha_cfg_counters.forbidden = ngx_rtalpha_metrics_counter(cf, name,
                                          "result=\"forbidden\"", NULL);
    ngx_rtalpha_cfg_counters.large = ngx_rtalpha_metrics_counter(cf,
                                          "rtalpha_config_too_large_total",
                                          NULL, "Files that were larger than "
                                          "limits.file-size.");
    ngx_rtalpha_cfg_counters.outlived = ngx_rtalpha_metrics_counter(cf,
                                          "rtalpha_config_outlived_total",
                                          NULL, "Cached answers that a change "
                                          "of other labels left as they "
                                          "were.");
    ngx_rtalpha_cfg_counters.waited = ngx_rtalpha_metrics_counter(cf,
                                          "rtalpha_config_waited_total", NULL,
                                          "Requests that waited for git.");
    ngx_rtalpha_cfg_counters.held = ngx_rtalpha_metrics_counter(cf,
                                          "rtalpha_config_held_total", NULL,
                                          "Requests held until a change.");

    return ngx_rtalpha_cfg_pages_add(cf) == NGX_OK
           ? ngx_rtalpha_role_add(cf, &ngx_rtalpha_cfg_role) : NGX_ERROR;
}


static void *
ngx_rtalpha_cfg_create_main_conf(ngx_conf_t *cf)
{
    ngx_rtalpha_cfg_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_cfg_main_conf_t));

    if (mcf == NULL
        || ngx_array_init(&mcf->servers, cf->pool, 2, sizeof(void *))
           != NGX_OK)
    {
        return NULL;
    }

    return mcf;
}


static void *
ngx_rtalpha_cfg_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_cfg_loc_conf_t));
}


static char *
ngx_rtalpha_cfg_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_rtalpha_cfg_loc_conf_t  *lcf;

    lcf = child;

    if (lcf->overlay && lcf->server == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"rtalpha_config_\" directives need "
                           "\"rtalpha_config_server\" in the same location");
        return NGX_CONF_ERROR;
    }

    if (lcf->server) {
        lcf->server->overlay = lcf->overlay;
    }

    return NGX_CONF_OK;
}


static char *
ngx_rtalpha_cfg_key_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                   *value;
    ngx_uint_t                   i;
    ngx_rtalpha_prop_t           prop;
    ngx_rtalpha_cfg_loc_conf_t  *lcf;

    lcf = conf;
    value = cf->args->elts;

    if (lcf->overlay == NULL) {
        lcf->overlay = ngx_rtalpha_props_create(cf->pool);
        if (lcf->overlay == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));
    prop.text = value[1];

    for (i = 0;
         !ngx_rtalpha_str_eq(&ngx_rtalpha_cfg_keys[i].directive, &cmd->name);
         i++)
    {
        /* void */
    }

    prop.key = ngx_rtalpha_cfg_keys[i].key;

    if (ngx_rtalpha_props_find(lcf->overlay, prop.key.data, prop.key.len)) {
        return "is duplicate";
    }

    return ngx_rtalpha_props_set(lcf->overlay, &prop) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_rtalpha_cfg_bus_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                    *value;
    const char                   *error;
    ngx_rtalpha_amqp_conf_t       amqp;
    ngx_rtalpha_cfg_main_conf_t  *mcf;

    mcf = conf;
    value = cf->args->elts;

    if (mcf->bus.len) {
        return "is duplicate";
    }

    /* a password is in it: not shown */

    error = ngx_rtalpha_amqp_parse(cf->pool, &value[1], &amqp);

    if (error) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid address in \"rtalpha_bus\": %s", error);
        return NGX_CONF_ERROR;
    }

    mcf->bus = value[1];

    return NGX_CONF_OK;
}


/* nobody would ever answer a "config:" source without the server it means */

static ngx_int_t
ngx_rtalpha_cfg_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                      i;
    ngx_array_t                    *wants;
    ngx_rtalpha_cfg_server_t      **server;
    ngx_rtalpha_cfg_main_conf_t    *mcf;
    ngx_rtalpha_settings_want_t    *want;

    wants = ngx_rtalpha_settings_wanted(cf);
    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_cfg_module);
    server = mcf->servers.elts;

    if (wants->nelts == 0) {
        return NGX_OK;
    }

    for (i = 0; i < mcf->servers.nelts; i++) {
        if (server[i]->name.len == 0) {
            return NGX_OK;
        }
    }

    want = wants->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"settings=config:%V\" needs a "
                       "\"rtalpha_config_server\" without a name in this "
                       "nginx; one elsewhere is asked by its URL",
                       &want[0].application);
    return NGX_ERROR;
}


/* the server that "config:" means would wait for itself */

static ngx_int_t
ngx_rtalpha_cfg_server_sources(ngx_conf_t *cf,
    ngx_rtalpha_cfg_server_t *server, ngx_array_t *sources)
{
    ngx_str_t   *source;
    ngx_uint_t   i;

    source = sources->elts;

    for (i = 0; i < sources->nelts && server->name.len == 0; i++) {
        if (ngx_rtalpha_str_begins(&source[i], "config:")) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"rtalpha_config_server\" cannot have its "
                               "settings from itself: \"%V\"", &source[i]);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_server_add(ngx_conf_t *cf, ngx_rtalpha_cfg_server_t *server)
{
    ngx_uint_t                      i;
    ngx_http_core_loc_conf_t       *clcf;
    ngx_rtalpha_cfg_server_t      **slot;
    ngx_rtalpha_cfg_main_conf_t    *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_cfg_module);
    slot = mcf->servers.elts;

    for (i = 0; i < mcf->servers.nelts; i++) {
        if (ngx_rtalpha_str_eq(&slot[i]->name, &server->name)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "there is another \"rtalpha_config_server\" "
                               "with the same name: give one a \"name=\"");
            return NGX_ERROR;
        }
    }

    if (i == NGX_RTALPHA_CFG_SERVERS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many \"rtalpha_config_server\"");
        return NGX_ERROR;
    }

    slot = ngx_array_push(&mcf->servers);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = server;
    server->index = i;

    /* below "location /config/" the routes begin after it */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_rtalpha_cfg_handler;

    if (clcf->name.len > 1 && clcf->name.data[0] == '/'
        && !clcf->exact_match && !clcf->named
#if (NGX_PCRE)
        && clcf->regex == NULL
#endif
        )
    {
        server->base = clcf->name;
    }

    return NGX_OK;
}


static char *
ngx_rtalpha_cfg_server_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    u_char                      *p;
    ngx_str_t                   *value, *source, name;
    ngx_uint_t                   i;
    ngx_array_t                  sources;
    ngx_rtalpha_cfg_server_t    *server;
    ngx_rtalpha_cfg_loc_conf_t  *lcf;

    lcf = conf;

    if (lcf->server) {
        return "is duplicate";
    }

    server = ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_cfg_server_t));

    if (server == NULL
        || ngx_array_init(&sources, cf->pool, 2, sizeof(ngx_str_t)) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_rtalpha_str_begins(&value[i], "name=")
            && value[i].len > sizeof("name=") - 1)
        {
            server->name.data = value[i].data + sizeof("name=") - 1;
            server->name.len = value[i].len - (sizeof("name=") - 1);
            continue;
        }

        if (ngx_rtalpha_str_begins(&value[i], "settings=")) {
            source = ngx_array_push(&sources);
            if (source == NULL) {
                return NGX_CONF_ERROR;
            }

            source->data = value[i].data + sizeof("settings=") - 1;
            source->len = value[i].len - (sizeof("settings=") - 1);
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    p = ngx_pnalloc(cf->pool, sizeof("config:") + server->name.len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    name.data = p;
    name.len = ngx_sprintf(p, "config%s%V", server->name.len ? ":" : "",
                           &server->name)
               - p;

    if (ngx_rtalpha_cfg_server_sources(cf, server, &sources) != NGX_OK
        || ngx_rtalpha_cfg_server_add(cf, server) != NGX_OK
        || ngx_rtalpha_role_use(cf, &ngx_rtalpha_cfg_role) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    server->settings = ngx_rtalpha_settings_add(cf, &name, &sources,
                                       &ngx_rtalpha_cfg_settings_user, server);
    if (server->settings == NULL) {
        return NGX_CONF_ERROR;
    }

    lcf->server = server;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_check(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_rtalpha_report_t *report)
{
    return ngx_rtalpha_cfg_conf_create(pool, props, NULL, report) ? NGX_OK
                                                                  : NGX_ERROR;
}


static void
ngx_rtalpha_cfg_apply(void *data, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, uint64_t version)
{
    ngx_rtalpha_props_t        *merged;
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_cfg_conf_t     *conf, *old;
    ngx_rtalpha_cfg_server_t   *server;

    server = data;
    conf = NULL;
    old = ngx_rtalpha_cfg_confs[server->index];
    merged = ngx_rtalpha_props_create(pool);

    if (merged
        && (server->overlay == NULL
            || ngx_rtalpha_props_merge(merged, server->overlay) == NGX_OK)
        && ngx_rtalpha_props_merge(merged, props) == NGX_OK
        && ngx_rtalpha_report_init(&report, pool) == NGX_OK)
    {
        conf = ngx_rtalpha_cfg_conf_create(pool, merged,
                                           old ? old->keys : NULL, &report);
    }

    if (conf == NULL) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "rtalpha config: no memory for settings");
        ngx_destroy_pool(pool);
        return;
    }

    conf->version = version;
    ngx_rtalpha_cfg_confs[server->index] = conf;

    if (old) {
        ngx_destroy_pool(old->pool);
    }

    ngx_rtalpha_cfg_cache_limit(&ngx_rtalpha_cfg_root->clients,
                                conf->max_clients);

    if (conf->max_cache) {
        ngx_rtalpha_cfg_cache_limit(&ngx_rtalpha_cfg_root->cache,
                                    conf->max_cache);
    }

    ngx_rtalpha_cfg_fetch_wake();
    ngx_rtalpha_cfg_offer_again();
    ngx_rtalpha_cfg_notice_check();
}


ngx_rtalpha_cfg_server_t *
ngx_rtalpha_cfg_server_of(ngx_http_request_t *r)
{
    ngx_rtalpha_cfg_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_rtalpha_cfg_module);

    return lcf->server;
}


ngx_rtalpha_cfg_conf_t *
ngx_rtalpha_cfg_server_conf(const ngx_rtalpha_cfg_server_t *server)
{
    return ngx_rtalpha_cfg_confs[server->index];
}


static ngx_rtalpha_cfg_main_conf_t *
ngx_rtalpha_cfg_main(ngx_cycle_t *cycle)
{
    if (ngx_get_conf(cycle->conf_ctx, ngx_http_module) == NULL) {
        return NULL;
    }

    return ngx_http_cycle_get_module_main_conf(cycle, ngx_rtalpha_cfg_module);
}


ngx_rtalpha_cfg_conf_t **
ngx_rtalpha_cfg_all(void)
{
    ngx_uint_t  i, n;

    for (i = 0, n = 0; i < NGX_RTALPHA_CFG_SERVERS; i++) {
        if (ngx_rtalpha_cfg_confs[i]) {
            ngx_rtalpha_cfg_present[n++] = ngx_rtalpha_cfg_confs[i];
        }
    }

    ngx_rtalpha_cfg_present[n] = NULL;

    return ngx_rtalpha_cfg_present;
}


ngx_rtalpha_cfg_server_t *
ngx_rtalpha_cfg_server_named(const ngx_str_t *name)
{
    ngx_uint_t                     i;
    ngx_rtalpha_cfg_server_t     **server;
    ngx_rtalpha_cfg_main_conf_t   *mcf;

    mcf = ngx_rtalpha_cfg_main((ngx_cycle_t *) ngx_cycle);
    server = mcf->servers.elts;

    for (i = 0; i < mcf->servers.nelts; i++) {
        if (ngx_rtalpha_str_eq(&server[i]->name, name)) {
            return server[i];
        }
    }

    return (name->len == 0 && mcf->servers.nelts == 1) ? server[0] : NULL;
}


/* the settings of a name, in this process; NULL: none, or not yet */

static ngx_rtalpha_cfg_conf_t *
ngx_rtalpha_cfg_named(const ngx_str_t *name)
{
    ngx_rtalpha_cfg_server_t  *server;

    server = ngx_rtalpha_cfg_server_named(name);

    return (server && ngx_rtalpha_str_eq(&server->name, name))
           ? ngx_rtalpha_cfg_confs[server->index] : NULL;
}


static ngx_int_t
ngx_rtalpha_cfg_init_zone(ngx_cycle_t *cycle, ngx_uint_t fresh)
{
    return ngx_rtalpha_cfg_store_init(cycle);
}


static ngx_rtalpha_cfg_conf_t *
ngx_rtalpha_cfg_indexed(ngx_uint_t index)
{
    return index < NGX_RTALPHA_CFG_SERVERS ? ngx_rtalpha_cfg_confs[index]
                                           : NULL;
}


/* an application has other values than before, in the leader */

static void
ngx_rtalpha_cfg_told(const ngx_rtalpha_cfg_once_t *notice)
{
    u_char     buf[NGX_RTALPHA_EVENT_TEXT];
    ngx_str_t  text;

    text.data = buf;
    text.len = ngx_snprintf(buf, sizeof(buf), "%V/%V %V",
                            &notice->application, &notice->profiles,
                            &notice->label)
               - buf;

    /* each node has streams of its own; the bus is one for all */

    ngx_rtalpha_events_publish(NGX_RTALPHA_EVENT_CONFIG, &text);
    ngx_rtalpha_cfg_once(notice, ngx_rtalpha_cfg_bus_tell);
}


/* content has moved, in the leader */

static void
ngx_rtalpha_cfg_changed(ngx_rtalpha_cfg_repo_t *repo)
{
    u_char       buf[NGX_RTALPHA_EVENT_TEXT];
    ngx_str_t    text, uri;
    ngx_pool_t  *pool;

    pool = ngx_create_pool(2048, ngx_cycle->log);

    if (pool) {
        ngx_rtalpha_cfg_transport_shown(pool, repo, &uri);
        text.data = buf;
        text.len = ngx_snprintf(buf, sizeof(buf), "* %V", &uri) - buf;
        ngx_rtalpha_events_publish(NGX_RTALPHA_EVENT_CONFIG, &text);
        ngx_destroy_pool(pool);
    }

    ngx_rtalpha_cfg_heldback_moved(repo);
    ngx_rtalpha_cfg_notice_check();
}


static ngx_int_t
ngx_rtalpha_cfg_init_process(ngx_cycle_t *cycle)
{
    ngx_memzero(ngx_rtalpha_cfg_confs, sizeof(ngx_rtalpha_cfg_confs));

    ngx_rtalpha_cfg_load_init();
    ngx_rtalpha_cfg_local_init();
    ngx_rtalpha_cfg_fetch_init(ngx_rtalpha_cfg_all, ngx_rtalpha_cfg_changed);
    ngx_rtalpha_cfg_offer_init(ngx_rtalpha_cfg_named);
    ngx_rtalpha_cfg_notice_init(ngx_rtalpha_cfg_indexed,
                                ngx_rtalpha_cfg_told);
    ngx_rtalpha_cfg_bus_init(&ngx_rtalpha_cfg_main(cycle)->bus);

    return ngx_rtalpha_cfg_store_attach();
}


static void
ngx_rtalpha_cfg_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t  i;

    ngx_rtalpha_cfg_local_exit();
    ngx_rtalpha_cfg_fetch_exit();

    for (i = 0; i < NGX_RTALPHA_CFG_SERVERS; i++) {
        if (ngx_rtalpha_cfg_confs[i]) {
            ngx_destroy_pool(ngx_rtalpha_cfg_confs[i]->pool);
            ngx_rtalpha_cfg_confs[i] = NULL;
        }
    }
}


static void
ngx_rtalpha_cfg_quit(void)
{
    ngx_rtalpha_cfg_fetch_lead(0);
    ngx_rtalpha_cfg_offer_lead(0);
    ngx_rtalpha_cfg_notice_lead(0);
    ngx_rtalpha_cfg_once_lead(0);
    ngx_rtalpha_cfg_clients_lead(0);
    ngx_rtalpha_cfg_bus_leave();
}


static void
ngx_rtalpha_cfg_wake(void)
{
    ngx_rtalpha_cfg_fetch_wake();
    ngx_rtalpha_cfg_offer_wake();
}


static void
ngx_rtalpha_cfg_lead(ngx_uint_t leading)
{
    ngx_rtalpha_cfg_fetch_lead(leading);
    ngx_rtalpha_cfg_offer_lead(leading);
    ngx_rtalpha_cfg_notice_lead(leading);
    ngx_rtalpha_cfg_once_lead(leading);
    ngx_rtalpha_cfg_clients_lead(leading);

    if (leading) {
        ngx_rtalpha_cfg_bus_look(ngx_rtalpha_cfg_all());

    } else {
        ngx_rtalpha_cfg_bus_leave();
    }
}


static void
ngx_rtalpha_cfg_tick(void)
{
    ngx_rtalpha_cfg_bus_look(ngx_rtalpha_cfg_all());
    ngx_rtalpha_cfg_offer_wake();
    ngx_rtalpha_cfg_clients_tick();
}
