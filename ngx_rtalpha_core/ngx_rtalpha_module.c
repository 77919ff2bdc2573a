
/*
 * The suite's first module: what all roles share, and when.
 *
 * Directives size the zone and name the state folder; roles add themselves
 * (ngx_rtalpha_role.h).  Where no directive of any role is used nothing is
 * set up: no zone, no folder, no timer.
 *
 * A worker comes to life in this order: zone, slot, events, leadership,
 * background, roles, settings; then the doorbell and a timer of a second
 * drive the rest.  It goes in the opposite order.
 */


#include "ngx_rtalpha_module.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_env.h"
#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_services.h"
#include "ngx_rtalpha_settings.h"
#include "ngx_rtalpha_slot.h"
#include "ngx_rtalpha_state.h"
#include "ngx_rtalpha_stream.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_TICK   1000


static ngx_int_t ngx_rtalpha_preconfiguration(ngx_conf_t *cf);
static void *ngx_rtalpha_create_main_conf(ngx_conf_t *cf);
static char *ngx_rtalpha_init_main_conf(ngx_conf_t *cf, void *conf);
static char *ngx_rtalpha_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_rtalpha_redis_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_rtalpha_admin_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_rtalpha_init_zone(ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t ngx_rtalpha_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_rtalpha_fill_zone(ngx_cycle_t *cycle,
    ngx_rtalpha_main_conf_t *mcf);
static ngx_int_t ngx_rtalpha_init_process(ngx_cycle_t *cycle);
static ngx_int_t ngx_rtalpha_init_roles(ngx_cycle_t *cycle,
    ngx_rtalpha_main_conf_t *mcf);
static void ngx_rtalpha_exit_process(ngx_cycle_t *cycle);
static void ngx_rtalpha_woken(void);
static void ngx_rtalpha_quit(void);
static void ngx_rtalpha_tick(ngx_event_t *ev);
static void ngx_rtalpha_look_for_leader(void);
static void ngx_rtalpha_write_anew(ngx_rtalpha_main_conf_t *mcf);
static ngx_int_t ngx_rtalpha_flush(ngx_rtalpha_main_conf_t *mcf);
static ngx_int_t ngx_rtalpha_flush_roles(ngx_rtalpha_main_conf_t *mcf);
static void ngx_rtalpha_flush_last(ngx_cycle_t *cycle,
    ngx_rtalpha_main_conf_t *mcf);
static void ngx_rtalpha_repair(void);


static ngx_event_t       ngx_rtalpha_timer;
static ngx_connection_t  ngx_rtalpha_timer_connection;
static ngx_uint_t        ngx_rtalpha_leading;


static ngx_command_t  ngx_rtalpha_commands[] = {

    { ngx_string("rtalpha_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_rtalpha_zone_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_rtalpha_main_conf_t, zone_size),
      NULL },

    { ngx_string("rtalpha_state"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_rtalpha_main_conf_t, state),
      NULL },

    { ngx_string("rtalpha_parked"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_rtalpha_main_conf_t, parked),
      NULL },

    { ngx_string("rtalpha_streams"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_rtalpha_main_conf_t, streams),
      NULL },

    { ngx_string("rtalpha_jobs"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_rtalpha_main_conf_t, jobs),
      NULL },

    { ngx_string("rtalpha_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_redis_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("rtalpha_admin"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_rtalpha_admin_directive,
      0,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_rtalpha_module_ctx = {
    ngx_rtalpha_preconfiguration,          /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_rtalpha_create_main_conf,          /* create main configuration */
    ngx_rtalpha_init_main_conf,            /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_rtalpha_module = {
    NGX_MODULE_V1,
    &ngx_rtalpha_module_ctx,               /* module context */
    ngx_rtalpha_commands,                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_rtalpha_init_module,               /* init module */
    ngx_rtalpha_init_process,              /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_rtalpha_exit_process,              /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_rtalpha_preconfiguration(ngx_conf_t *cf)
{
    ngx_rtalpha_answer_counters(cf);
    ngx_rtalpha_background_counters(cf);
    ngx_rtalpha_redis_counters(cf);
    ngx_rtalpha_stream_counters(cf);

    return NGX_OK;
}


static void *
ngx_rtalpha_create_main_conf(ngx_conf_t *cf)
{
    ngx_rtalpha_main_conf_t  *mcf;

    if (ngx_rtalpha_env_keep(cf->pool) != NGX_OK) {
        return NULL;
    }

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_rtalpha_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    mcf->zone_size = NGX_CONF_UNSET_SIZE;
    mcf->parked = NGX_CONF_UNSET;
    mcf->streams = NGX_CONF_UNSET;
    mcf->jobs = NGX_CONF_UNSET;

    if (ngx_array_init(&mcf->roles, cf->pool, 4,
                       sizeof(ngx_rtalpha_role_use_t))
        != NGX_OK
        || ngx_array_init(&mcf->pages, cf->pool, 4,
                          sizeof(ngx_rtalpha_role_page_t))
           != NGX_OK
        || ngx_array_init(&mcf->settings, cf->pool, 4,
                          sizeof(ngx_rtalpha_settings_t *))
           != NGX_OK
        || ngx_array_init(&mcf->wants, cf->pool, 4,
                          sizeof(ngx_rtalpha_settings_want_t))
           != NGX_OK)
    {
        return NULL;
    }

    return mcf;
}


static char *
ngx_rtalpha_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_rtalpha_main_conf_t  *mcf = conf;

    static ngx_str_t          name = ngx_string("rtalpha");

    ngx_conf_init_size_value(mcf->zone_size, NGX_RTALPHA_ZONE_DEFAULT);
    ngx_conf_init_value(mcf->parked, NGX_RTALPHA_PARKED);
    ngx_conf_init_value(mcf->streams, NGX_RTALPHA_STREAMS);
    ngx_conf_init_value(mcf->jobs, NGX_RTALPHA_JOBS);

    if (mcf->state.data == NULL) {
        ngx_str_set(&mcf->state, NGX_RTALPHA_STATE_DEFAULT);
    }

    if (ngx_conf_full_name(cf->cycle, &mcf->state, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    while (mcf->state.len > 1 && mcf->state.data[mcf->state.len - 1] == '/') {
        mcf->state.len--;
    }

    if (!mcf->used) {
        return NGX_CONF_OK;
    }

    mcf->shm_zone = ngx_shared_memory_add(cf, &name, mcf->zone_size,
                                          &ngx_rtalpha_module);
    if (mcf->shm_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->shm_zone->init = ngx_rtalpha_init_zone;
    mcf->shm_zone->data = mcf;

    return NGX_CONF_OK;
}


static char *
ngx_rtalpha_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                     *rv;
    ngx_str_t                *value;
    ngx_rtalpha_main_conf_t  *mcf = conf;

    value = cf->args->elts;

    if (cf->args->nelts == 3) {

        if (ngx_strcmp(value[2].data, "timed") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        mcf->timed = 1;
    }

    rv = ngx_conf_set_size_slot(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (mcf->zone_size < NGX_RTALPHA_ZONE_MIN) {
        return "is too small: the least is 8m";
    }

    return NGX_CONF_OK;
}


static char *
ngx_rtalpha_redis_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                *value;
    const char               *error;
    ngx_rtalpha_main_conf_t  *mcf = conf;

    if (mcf->redis) {
        return "is duplicate";
    }

    value = cf->args->elts;
    mcf->redis = ngx_palloc(cf->pool, sizeof(ngx_rtalpha_redis_conf_t));

    if (mcf->redis == NULL) {
        return NGX_CONF_ERROR;
    }

    error = ngx_rtalpha_redis_parse(cf->pool, &value[1], mcf->redis);

    if (error) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"rtalpha_redis\" %s",
                           error);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_rtalpha_admin_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_rtalpha_main_conf_t   *mcf;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "conflicts with another content handler of this location";
    }

    clcf->handler = ngx_rtalpha_admin_handler;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);
    mcf->used = 1;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_rtalpha_init_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    return ngx_rtalpha_zone_init((ngx_slab_pool_t *) shm_zone->shm.addr,
                                 shm_zone->shm.log);
}


ngx_rtalpha_main_conf_t *
ngx_rtalpha_module_conf(ngx_cycle_t *cycle)
{
    ngx_rtalpha_main_conf_t  *mcf;

    if (ngx_get_conf(cycle->conf_ctx, ngx_http_module) == NULL) {
        return NULL;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_rtalpha_module);

    return mcf && mcf->shm_zone ? mcf : NULL;
}


const ngx_rtalpha_redis_conf_t *
ngx_rtalpha_redis_configured(ngx_cycle_t *cycle)
{
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf(cycle);

    return mcf ? mcf->redis : NULL;
}


/* in the master: what has to be there before the workers are */

static ngx_int_t
ngx_rtalpha_init_module(ngx_cycle_t *cycle)
{
    ngx_int_t                 rc;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf(cycle);

    if (mcf == NULL || ngx_test_config) {
        ngx_rtalpha_zone_use(NULL, NULL);
        return NGX_OK;
    }

    ngx_rtalpha_zone_use((ngx_slab_pool_t *) mcf->shm_zone->shm.addr,
                         ngx_rtalpha_repair);

    if (ngx_rtalpha_notify_open(cycle->log) != NGX_OK
        || ngx_rtalpha_state_make(cycle, &mcf->state) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_fill_zone(cycle, mcf);

    ngx_rtalpha_slot_detach();

    return rc;
}


static ngx_int_t
ngx_rtalpha_fill_zone(ngx_cycle_t *cycle, ngx_rtalpha_main_conf_t *mcf)
{
    ngx_uint_t               i, fresh;
    ngx_rtalpha_role_use_t  *use;

    fresh = ngx_rtalpha_zone_fresh();

    if (ngx_rtalpha_slot_attach(NGX_RTALPHA_SLOT_MASTER, cycle->log)
        != NGX_OK
        || ngx_rtalpha_leader_init(cycle->log, &mcf->state) != NGX_OK
        || ngx_rtalpha_events_init(cycle->log) != NGX_OK
        || ngx_rtalpha_services_init(cycle) != NGX_OK
        || ngx_rtalpha_settings_init_zone(cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (!use[i].used || use[i].role->init_zone == NULL) {
            continue;
        }

        if (use[i].role->root_size
            && ngx_rtalpha_role_root(use[i].role) == NULL)
        {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "no room for the %V role in \"rtalpha_zone\", or "
                          "another build laid it out", &use[i].role->name);
            return NGX_ERROR;
        }

        if (use[i].role->init_zone(cycle, fresh) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_init_process(ngx_cycle_t *cycle)
{
    ngx_rtalpha_main_conf_t  *mcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_rtalpha_module_conf(cycle);

    if (mcf == NULL) {
        return NGX_OK;
    }

    ngx_rtalpha_zone_use((ngx_slab_pool_t *) mcf->shm_zone->shm.addr,
                         ngx_rtalpha_repair);
    ngx_rtalpha_zone_timed(mcf->timed);
    ngx_rtalpha_leading = 0;

    if (ngx_rtalpha_slot_attach(ngx_process_slot, cycle->log) != NGX_OK
        || ngx_rtalpha_events_init(cycle->log) != NGX_OK
        || ngx_rtalpha_leader_init(cycle->log, &mcf->state) != NGX_OK
        || ngx_rtalpha_services_init(cycle) != NGX_OK
        || ngx_rtalpha_notify_listen(cycle, ngx_rtalpha_woken,
                                     ngx_rtalpha_quit)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_background_init(cycle, mcf->jobs);
    ngx_rtalpha_answer_limit(mcf->parked);
    ngx_rtalpha_stream_limit(mcf->streams);

    if (ngx_rtalpha_init_roles(cycle, mcf) != NGX_OK
        || ngx_rtalpha_settings_init_process(cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* nginx's debug log looks for a connection behind every timer */

    ngx_rtalpha_timer_connection.fd = (ngx_socket_t) -1;

    ngx_rtalpha_timer.handler = ngx_rtalpha_tick;
    ngx_rtalpha_timer.log = cycle->log;
    ngx_rtalpha_timer.data = &ngx_rtalpha_timer_connection;
    ngx_rtalpha_timer.cancelable = 1;

    /* the first look comes with the first turn of the loop */

    ngx_add_timer(&ngx_rtalpha_timer, 1);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_init_roles(ngx_cycle_t *cycle, ngx_rtalpha_main_conf_t *mcf)
{
    ngx_uint_t               i;
    ngx_rtalpha_role_use_t  *use;

    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->init_process
            && use[i].role->init_process(cycle) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_rtalpha_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    if (!ngx_rtalpha_slot_attached()) {
        return;
    }

    mcf = ngx_rtalpha_module_conf(cycle);

    if (mcf == NULL) {
        return;
    }

    if (ngx_rtalpha_leader_of_state()) {
        (void) ngx_rtalpha_flush(mcf);
    }

    ngx_rtalpha_background_exit(cycle);

    if (!ngx_rtalpha_background_waiting()) {
        ngx_rtalpha_state_release();
    }

    ngx_rtalpha_leader_resign();
    ngx_rtalpha_flush_last(cycle, mcf);

    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->exit_process) {
            use[i].role->exit_process(cycle);
        }
    }

    ngx_rtalpha_settings_exit();
    ngx_rtalpha_notify_unlisten();
    ngx_rtalpha_slot_detach();
}


static void
ngx_rtalpha_woken(void)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);

    ngx_rtalpha_look_for_leader();
    ngx_rtalpha_settings_wake();

    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->wake) {
            use[i].role->wake();
        }
    }

    ngx_rtalpha_answer_wake_all();
    ngx_rtalpha_stream_wake();
}


/* nginx has begun to shut this worker down */

static void
ngx_rtalpha_quit(void)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    use = mcf->roles.elts;

    /* what the thread may still write keeps the folder until it has ended */

    if (!ngx_rtalpha_leader_of_state() || ngx_rtalpha_flush(mcf) == NGX_OK) {
        ngx_rtalpha_state_release();
    }

    ngx_rtalpha_leader_resign();
    ngx_rtalpha_look_for_leader();

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->quit) {
            use[i].role->quit();
        }
    }

    ngx_rtalpha_answer_quit();
    ngx_rtalpha_stream_quit();
    ngx_rtalpha_background_quit();
}


static void
ngx_rtalpha_tick(ngx_event_t *ev)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    ngx_rtalpha_look_for_leader();

    if (ngx_rtalpha_leading) {
        ngx_rtalpha_slot_sweep();
        ngx_rtalpha_settings_tick();

        mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
        use = mcf->roles.elts;

        for (i = 0; i < mcf->roles.nelts; i++) {
            if (use[i].used && use[i].role->tick) {
                use[i].role->tick();
            }
        }
    }

    if (!ngx_exiting) {
        ngx_add_timer(ev, NGX_RTALPHA_TICK);
    }
}


static void
ngx_rtalpha_look_for_leader(void)
{
    ngx_uint_t                i, leading;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    leading = ngx_rtalpha_leader_claim(ngx_cycle->log);
    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);

    if (leading != ngx_rtalpha_leading) {
        ngx_rtalpha_leading = leading;

        use = mcf->roles.elts;

        ngx_rtalpha_settings_lead(leading);

        for (i = 0; i < mcf->roles.nelts; i++) {
            if (use[i].used && use[i].role->lead) {
                use[i].role->lead(leading);
            }
        }
    }

    if (leading && ngx_rtalpha_state_renewed()) {
        ngx_rtalpha_write_anew(mcf);
    }
}


static void
ngx_rtalpha_write_anew(ngx_rtalpha_main_conf_t *mcf)
{
    ngx_uint_t               i;
    ngx_rtalpha_role_use_t  *use;

    use = mcf->roles.elts;

    ngx_rtalpha_settings_save();

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->state) {
            use[i].role->state();
        }
    }
}


/* blocks, but not for long: this worker is about to end */

static ngx_int_t
ngx_rtalpha_flush(ngx_rtalpha_main_conf_t *mcf)
{
    ngx_int_t   rc;
    ngx_msec_t  end, left;

    ngx_time_update();
    end = ngx_current_msec + NGX_RTALPHA_FLUSH;

    for ( ;; ) {
        rc = ngx_rtalpha_flush_roles(mcf);

        if (rc != NGX_AGAIN) {
            return rc;
        }

        ngx_time_update();
        left = end - ngx_current_msec;

        if ((ngx_msec_int_t) left <= 0
            || ngx_rtalpha_background_wait(left) != NGX_OK)
        {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "the newest changes are not on disk: writing to "
                          "\"%V\" takes too long", ngx_rtalpha_state_path());
            return NGX_ERROR;
        }
    }
}


static ngx_int_t
ngx_rtalpha_flush_roles(ngx_rtalpha_main_conf_t *mcf)
{
    ngx_int_t                rc, all;
    ngx_uint_t               i;
    ngx_rtalpha_role_use_t  *use;

    use = mcf->roles.elts;
    all = NGX_OK;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (!use[i].used || use[i].role->flush == NULL) {
            continue;
        }

        rc = use[i].role->flush();

        if (rc == NGX_AGAIN || all == NGX_OK) {
            all = rc;
        }
    }

    return all;
}


/*
 * Workers that end go on with the requests that they have, and what these
 * change has no leader any more when nginx stops.  So each of them looks in
 * the end; that two look at the same time is made good by the second look.
 */

static void
ngx_rtalpha_flush_last(ngx_cycle_t *cycle, ngx_rtalpha_main_conf_t *mcf)
{
    ngx_int_t  rc;

    if (ngx_rtalpha_background_waiting()) {
        return;
    }

    do {
        if (!ngx_rtalpha_leader_last(cycle->log)) {
            break;
        }

        ngx_rtalpha_background_init(cycle, mcf->jobs);
        rc = ngx_rtalpha_flush(mcf);
        ngx_rtalpha_background_exit(cycle);

        ngx_rtalpha_state_release();
        ngx_rtalpha_leader_resign();

    } while (rc == NGX_OK && ngx_rtalpha_flush_roles(mcf) != NGX_OK);

    ngx_rtalpha_state_release();
    ngx_rtalpha_leader_resign();
}


/* with the zone locked: a process died inside a locked section */

static void
ngx_rtalpha_repair(void)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);

    if (mcf == NULL) {
        return;
    }

    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->repair) {
            use[i].role->repair();
        }
    }
}
