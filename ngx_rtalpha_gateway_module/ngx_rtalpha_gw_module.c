
/*
 * The gateway role: directives, phases and process hooks.
 *
 *     location / { rtalpha_gateway settings=config:api-gateway; }
 *
 * in a server that includes conf/rtalpha_server.conf, in an http block that
 * includes conf/rtalpha_http.conf.
 */


#include "ngx_rtalpha_gw_peers.h"
#include "ngx_rtalpha_gw_shared.h"
#include "ngx_rtalpha_gw_try.h"
#include "ngx_rtalpha_metrics.h"


/* nginx's default for request_pool_size, and ours in its place */
#define NGX_RTALPHA_GW_POOL_USUAL  4096
#define NGX_RTALPHA_GW_POOL        12288


static ngx_int_t ngx_rtalpha_gw_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_rtalpha_gw_postconfiguration(ngx_conf_t *cf);
static void *ngx_rtalpha_gw_create_main_conf(ngx_conf_t *cf);
static void *ngx_rtalpha_gw_create_srv_conf(ngx_conf_t *cf);
static void *ngx_rtalpha_gw_create_loc_conf(ngx_conf_t *cf);
static ngx_int_t ngx_rtalpha_gw_named(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf);
static ngx_int_t ngx_rtalpha_gw_init_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_gw_exit_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_gw_wake(void);
static ngx_uint_t ngx_rtalpha_gw_health(ngx_rtalpha_json_t *j);
static void ngx_rtalpha_gw_metrics(ngx_rtalpha_out_t *out);
static ngx_rtalpha_gw_main_conf_t *ngx_rtalpha_gw_main(void);


static ngx_uint_t  ngx_rtalpha_gw_counter[NGX_RTALPHA_GW_REASON_OTHER + 1];


const ngx_rtalpha_role_t  ngx_rtalpha_gw_role = {
    ngx_string("gateway"),
    sizeof(ngx_rtalpha_gw_root_t),
    2,
    NULL,                                  /* init_zone */
    NULL,                                  /* repair */
    ngx_rtalpha_gw_init_process,
    ngx_rtalpha_gw_exit_process,
    NULL,                                  /* quit */
    ngx_rtalpha_gw_wake,
    NULL,                                  /* lead */
    ngx_rtalpha_gw_shared_sweep,           /* tick */
    ngx_rtalpha_gw_health,
    ngx_rtalpha_gw_metrics,
    NULL,                                  /* state */
    NULL                                   /* flush */
};


static ngx_command_t  ngx_rtalpha_gw_commands[] = {

    { ngx_string("rtalpha_gateway"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_rtalpha_gw_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_route"),
      NGX_HTTP_LOC_CONF|NGX_CONF_2MORE,
      ngx_rtalpha_gw_route_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      "routes" },

    { ngx_string("rtalpha_route_policy"),
      NGX_HTTP_LOC_CONF|NGX_CONF_2MORE,
      ngx_rtalpha_gw_route_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      "policies" },

    { ngx_string("rtalpha_actuator"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_rtalpha_gw_actuator_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_balancer"),
      NGX_HTTP_UPS_CONF|NGX_CONF_NOARGS,
      ngx_rtalpha_gw_balancer,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_rtalpha_gw_module_ctx = {
    ngx_rtalpha_gw_preconfiguration,       /* preconfiguration */
    ngx_rtalpha_gw_postconfiguration,      /* postconfiguration */

    ngx_rtalpha_gw_create_main_conf,       /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_rtalpha_gw_create_srv_conf,        /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_rtalpha_gw_create_loc_conf,        /* create location configuration */
    ngx_rtalpha_gw_merge_loc_conf          /* merge location configuration */
};


ngx_module_t  ngx_rtalpha_gw_module = {
    NGX_MODULE_V1,
    &ngx_rtalpha_gw_module_ctx,            /* module context */
    ngx_rtalpha_gw_commands,               /* module directives */
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


static ngx_int_t
ngx_rtalpha_gw_preconfiguration(ngx_conf_t *cf)
{
    static ngx_str_t  explain = ngx_string("/_rtalpha/api/explain");
    static ngx_str_t  preview = ngx_string("/_rtalpha/api/preview");

    ngx_rtalpha_gw_counters(cf);
    ngx_rtalpha_gw_peers_counters(cf);
    ngx_rtalpha_gw_try_counters(cf);
    ngx_rtalpha_gw_fallback_counters(cf);

    if (ngx_rtalpha_gw_vars_add(cf) != NGX_OK
        || ngx_rtalpha_role_page(cf, &explain, ngx_rtalpha_gw_explain_page)
           != NGX_OK
        || ngx_rtalpha_role_page(cf, &preview, ngx_rtalpha_gw_preview_page)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_role_add(cf, &ngx_rtalpha_gw_role);
}


static ngx_int_t
ngx_rtalpha_gw_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                    i;
    ngx_http_handler_pt          *h;
    ngx_http_core_srv_conf_t    **cscf;
    ngx_http_core_main_conf_t    *cmcf;
    ngx_rtalpha_gw_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_gw_module);

    if (mcf->gateways.nelts == 0) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {
        if (ngx_rtalpha_gw_named(cf, cscf[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_rtalpha_gw_rewrite_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_rtalpha_gw_precontent_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_rtalpha_gw_log_handler;

    return ngx_rtalpha_gw_filters_init();
}


/* where the gateways of a server hand over to */

static ngx_int_t
ngx_rtalpha_gw_named(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf)
{
    ngx_uint_t                   i;
    ngx_http_core_loc_conf_t   **named, **slot;
    ngx_rtalpha_gw_srv_conf_t   *scf;

    static ngx_str_t  names[] = {
        ngx_string("@rtalpha_http"), ngx_string("@rtalpha_https"),
        ngx_string("@rtalpha_stream"), ngx_string("@rtalpha_streams"),
        ngx_string("@rtalpha_upgrade"), ngx_string("@rtalpha_upgrades"),
        ngx_string("@rtalpha_grpc"), ngx_string("@rtalpha_grpcs")
    };

    scf = cscf->ctx->srv_conf[ngx_rtalpha_gw_module.ctx_index];

    if (scf->gateways == 0) {
        return NGX_OK;
    }

    /*
     * What nginx's proxy and we need for a request fills three pools of the
     * usual size: one piece of that size is taken and given back at once.
     */

    if (cscf->request_pool_size == NGX_RTALPHA_GW_POOL_USUAL) {
        cscf->request_pool_size = NGX_RTALPHA_GW_POOL;
    }

    slot = &scf->named[0][0];

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {

        for (named = cscf->named_locations; named && *named; named++) {
            if (ngx_rtalpha_str_eq(&(*named)->name, &names[i])) {
                slot[i] = *named;
                break;
            }
        }

        if (slot[i] == NULL && i >= 2 * NGX_RTALPHA_GW_LOC_GRPC) {
            continue;
        }

        if (slot[i] == NULL || slot[i]->handler == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "a server with \"rtalpha_gateway\" has no "
                          "location \"%V\": include rtalpha_server.conf "
                          "in it", &names[i]);
            return NGX_ERROR;
        }

        if (ngx_rtalpha_gw_fallback_init(cf, slot[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void *
ngx_rtalpha_gw_create_main_conf(ngx_conf_t *cf)
{
    ngx_rtalpha_gw_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_gw_main_conf_t));

    if (mcf == NULL
        || ngx_array_init(&mcf->gateways, cf->pool, 2,
                          sizeof(ngx_rtalpha_gw_t *))
           != NGX_OK)
    {
        return NULL;
    }

    return mcf;
}


static void *
ngx_rtalpha_gw_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_gw_srv_conf_t));
}


/* not inherited: the named locations are not gateways themselves */

static void *
ngx_rtalpha_gw_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_gw_loc_conf_t));
}


static ngx_rtalpha_gw_main_conf_t *
ngx_rtalpha_gw_main(void)
{
    return ngx_http_cycle_get_module_main_conf((ngx_cycle_t *) ngx_cycle,
                                               ngx_rtalpha_gw_module);
}


static ngx_int_t
ngx_rtalpha_gw_init_process(ngx_cycle_t *cycle)
{
    ngx_rtalpha_gw_balance_init();
    ngx_rtalpha_gw_shared_init();
    ngx_rtalpha_gw_series_init();

    return NGX_OK;
}


static void
ngx_rtalpha_gw_exit_process(ngx_cycle_t *cycle)
{
    ngx_rtalpha_gw_shared_exit();
    ngx_rtalpha_gw_live_exit(cycle);
    ngx_rtalpha_gw_pipeline_exit();
}


static void
ngx_rtalpha_gw_wake(void)
{
    ngx_rtalpha_gw_live_wake((ngx_cycle_t *) ngx_cycle);
}


static ngx_uint_t
ngx_rtalpha_gw_health(ngx_rtalpha_json_t *j)
{
    ngx_uint_t                    i, ready;
    ngx_rtalpha_gw_t            **gateway;
    ngx_rtalpha_gw_main_conf_t   *mcf;

    ready = 1;
    mcf = ngx_rtalpha_gw_main();
    gateway = mcf->gateways.elts;

    ngx_rtalpha_json_key_lit(j, "gateways");
    ngx_rtalpha_json_array(j);

    for (i = 0; i < mcf->gateways.nelts; i++) {
        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "name");
        ngx_rtalpha_json_str(j, &gateway[i]->name);

        if (gateway[i]->table == NULL) {
            ready = 0;

        } else {
            ngx_rtalpha_json_key_lit(j, "routes");
            ngx_rtalpha_json_int(j, gateway[i]->table->rules.nelts);
            ngx_rtalpha_json_key_lit(j, "version");
            ngx_rtalpha_json_int(j, gateway[i]->table->version);
        }

        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);

    return ready;
}


void
ngx_rtalpha_gw_counters(ngx_conf_t *cf)
{
    ngx_uint_t     i;

    /* the list of counters outlives the configuration that declares them */
    static u_char  labels[NGX_RTALPHA_GW_REASON_OTHER + 1][64];

    for (i = 1; i <= NGX_RTALPHA_GW_REASON_OTHER; i++) {
        (void) ngx_snprintf(labels[i], sizeof(labels[i]), "reason=\"%s\"%Z",
                            ngx_rtalpha_gw_reason(i));

        ngx_rtalpha_gw_counter[i] = ngx_rtalpha_metrics_counter(cf,
                       "rtalpha_gateway_own_answers_total",
                       (char *) labels[i],
                       "Requests that the gateway answered itself.");
    }
}


void
ngx_rtalpha_gw_count(ngx_uint_t reason)
{
    ngx_rtalpha_metrics_add(ngx_rtalpha_gw_counter[reason], 1);
}


static void
ngx_rtalpha_gw_metrics(ngx_rtalpha_out_t *out)
{
    int64_t                       n;
    ngx_uint_t                    i;
    ngx_rtalpha_gw_t            **gateway;
    ngx_rtalpha_gw_main_conf_t   *mcf;

    n = 0;
    mcf = ngx_rtalpha_gw_main();
    gateway = mcf->gateways.elts;

    for (i = 0; i < mcf->gateways.nelts; i++) {
        n += gateway[i]->table ? gateway[i]->table->rules.nelts : 0;
    }

    ngx_rtalpha_metrics_gauge(out, "rtalpha_gateway_routes",
                              "Routes in use.", n);
    ngx_rtalpha_gw_shared_metrics(out);
    ngx_rtalpha_gw_series_metrics(out);
}
