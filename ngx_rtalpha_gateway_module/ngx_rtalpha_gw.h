
/*
 * The gateway role's own: its configuration, the context of a request, and
 * what its files ask of each other.
 */


#ifndef _NGX_RTALPHA_GW_H_INCLUDED_
#define _NGX_RTALPHA_GW_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_role.h"
#include "ngx_rtalpha_services.h"
#include "ngx_rtalpha_settings.h"
#include "ngx_rtalpha_gw_table.h"


#define NGX_RTALPHA_GW_COUNTERS  4096   /* services that take turns */
#define NGX_RTALPHA_GW_BREAKERS  1024

#define NGX_RTALPHA_GW_LOOP_DETECTED  508   /* RFC 5842, 7.2 */


/* a table of routes that follows its settings; one for each settings= */
typedef struct {
    ngx_str_t                   name;
    ngx_rtalpha_settings_t     *settings;
    const ngx_rtalpha_props_t  *own;        /* of directives; NULL: none */

    /* of the process */
    ngx_rtalpha_gw_table_t     *table;      /* NULL: none yet */
    ngx_uint_t                  compiling;
    ngx_pool_t                 *waiting;    /* a newer tree */
    const ngx_rtalpha_props_t  *waiting_props;
    uint64_t                    waiting_version;
    uint64_t                    services;   /* number seen */
} ngx_rtalpha_gw_t;


typedef struct {
    ngx_array_t                 gateways;   /* ngx_rtalpha_gw_t * */
} ngx_rtalpha_gw_main_conf_t;


/* named locations of conf/rtalpha_server.conf */
typedef enum {
    NGX_RTALPHA_GW_LOC_HTTP = 0,
    NGX_RTALPHA_GW_LOC_STREAM,
    NGX_RTALPHA_GW_LOC_UPGRADE,
    NGX_RTALPHA_GW_LOC_GRPC,            /* may be missing */
    NGX_RTALPHA_GW_LOC_LAST
} ngx_rtalpha_gw_loc_e;


typedef struct {
    /* the second with TLS */
    ngx_http_core_loc_conf_t   *named[NGX_RTALPHA_GW_LOC_LAST][2];
    ngx_uint_t                  gateways;   /* locations of the server */
    ngx_rtalpha_gw_t           *first;      /* of these */
} ngx_rtalpha_gw_srv_conf_t;


typedef struct {
    ngx_rtalpha_gw_t           *gateway;
    ngx_array_t                *sources;    /* ngx_str_t; NULL: none here */
    ngx_rtalpha_props_t        *own;        /* of directives */
} ngx_rtalpha_gw_loc_conf_t;


/* of a breaker, by the hash of its name */
typedef struct {
    uint32_t                    hash;
    ngx_rtalpha_gw_breaker_t    breaker;
} ngx_rtalpha_gw_place_t;


/* in the zone */
typedef struct {
    ngx_rtalpha_gw_place_t      breakers[NGX_RTALPHA_GW_BREAKERS];
    struct {
        ngx_atomic_t            hash;
        ngx_atomic_t            turn;
    } counters[NGX_RTALPHA_GW_COUNTERS];
} ngx_rtalpha_gw_root_t;


/* why a request was answered by the gateway itself */
typedef enum {
    NGX_RTALPHA_GW_REASON_NONE = 0,
    NGX_RTALPHA_GW_REASON_NO_ROUTE,
    NGX_RTALPHA_GW_REASON_BAD_PATH,
    NGX_RTALPHA_GW_REASON_NOT_READY,
    NGX_RTALPHA_GW_REASON_NO_INSTANCE,
    NGX_RTALPHA_GW_REASON_REFUSED,
    NGX_RTALPHA_GW_REASON_CLOSED,
    NGX_RTALPHA_GW_REASON_INVALID,
    NGX_RTALPHA_GW_REASON_TIMEOUT,
    NGX_RTALPHA_GW_REASON_LOOP,
    NGX_RTALPHA_GW_REASON_FILTER,
    NGX_RTALPHA_GW_REASON_BREAKER,
    NGX_RTALPHA_GW_REASON_STATUS,       /* one that counts as a failure */
    NGX_RTALPHA_GW_REASON_BUSY,         /* all instances are at their limit */
    NGX_RTALPHA_GW_REASON_OTHER
} ngx_rtalpha_gw_reason_e;


typedef struct ngx_rtalpha_gw_ctx_s  ngx_rtalpha_gw_ctx_t;

struct ngx_rtalpha_gw_ctx_s {
    ngx_rtalpha_gw_ctx_t       *next;       /* of the free ones */
    ngx_http_request_t         *request;
    ngx_rtalpha_gw_table_t     *table;
    ngx_rtalpha_gw_rule_t      *rule;       /* NULL: no route */
    ngx_rtalpha_service_t      *service;
    ngx_rtalpha_instance_t     *instance;   /* of the current try */

    ngx_str_t                   target;     /* path and query */
    ngx_str_t                   unparsed_uri;   /* the client's */
    ngx_str_t                   host;       /* for the instance */
    ngx_str_t                   client_host;    /* as sent */
    ngx_array_t                *fields;     /* ngx_keyval_t, of CORS */
    ngx_rtalpha_gw_origin_t    *origin;     /* where fields are written */

    ngx_rtalpha_service_t      *former;     /* its list before; NULL: the
                                               first is in use */
    ngx_uint_t                  tries;      /* begun */
    ngx_uint_t                  same;       /* of the current instance */
    uint64_t                    tried;      /* bits, by index modulo 64 */
    ngx_int_t                 (*process_header)(ngx_http_request_t *r);
    ngx_int_t                 (*reinit_request)(ngx_http_request_t *r);
    ngx_http_upstream_conf_t   *usual;      /* the location's */
    ngx_http_upstream_conf_t   *tuned;      /* with the route's times */

    unsigned                    reason:8;
    unsigned                    dialect:2;
    unsigned                    secure:1;
    unsigned                    trusted:1;
    unsigned                    own:1;      /* our body replaces nginx's */
    unsigned                    sent:1;     /* and has been sent */
    unsigned                    refused:1;  /* the last try: not connected */
    unsigned                    stale:1;    /* … an idle connection */
    unsigned                    valid_unparsed_uri:1;
    unsigned                    edited:1;   /* headers and target are made */
    unsigned                    filtered:1; /* the route's filters see the
                                               answer */
    unsigned                    alias:1;    /* came through Zuul's servlet */
    unsigned                    breaking:1; /* the breaker waits for an
                                               outcome */
    unsigned                    fallen:1;   /* to the fallback */
    unsigned                    other:1;    /* which is another service */
    unsigned                    hosted:1;   /* host is the instance's */
    unsigned                    upgrade:1;  /* a WebSocket is asked for */
    unsigned                    bad_status:10;  /* an answer not passed on */
    unsigned                    chosen:1;   /* for the next try */
    unsigned                    again:1;    /* after a while */
    unsigned                    grpc:1;
    unsigned                    waiting:1;
    unsigned                    busy:1;     /* some were at their limit */
    unsigned                    stuck:1;    /* by a cookie */
    uint32_t                    round;      /* of the breaker */

    ngx_rtalpha_gw_stat_t      *stat;       /* of the instance; NULL: not
                                               measured */
    uint64_t                    started;    /* us: the current try */
    ngx_msec_t                  deadline;   /* 0: none */

    ngx_str_t                   body;       /* of own answers */
    ngx_rtalpha_out_t          *capture;    /* an answer's body, to edit */
    ngx_rtalpha_gw_request_t    req;
    ngx_rtalpha_gw_path_t       path;       /* this and what follows is not
                                               zeroed */
    u_char                      room[192];  /* for the target */
    u_char                      values[320];    /* for header values */
};


extern ngx_module_t              ngx_rtalpha_gw_module;
extern const ngx_rtalpha_role_t  ngx_rtalpha_gw_role;


/* the request's context, also after an internal redirect; NULL: none */
ngx_rtalpha_gw_ctx_t *ngx_rtalpha_gw_ctx(ngx_http_request_t *r);

/* directives; see gw_conf.c */
char *ngx_rtalpha_gw_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_rtalpha_gw_route_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_rtalpha_gw_actuator_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_rtalpha_gw_actuator_handler(ngx_http_request_t *r);
char *ngx_rtalpha_gw_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* live tables; own: routes of directives, over those of the sources */
ngx_rtalpha_gw_t *ngx_rtalpha_gw_live_add(ngx_conf_t *cf, ngx_str_t *name,
    ngx_array_t *sources, const ngx_rtalpha_props_t *own);

/* names of services; the hash says whether the set has changed */
ngx_array_t *ngx_rtalpha_gw_live_names(ngx_pool_t *pool, ngx_uint_t *hash);

void ngx_rtalpha_gw_live_wake(ngx_cycle_t *cycle);
void ngx_rtalpha_gw_live_exit(ngx_cycle_t *cycle);
void ngx_rtalpha_gw_table_release(ngx_rtalpha_gw_table_t *table);
extern const ngx_rtalpha_settings_user_t  ngx_rtalpha_gw_settings_user;

/* phases */
ngx_int_t ngx_rtalpha_gw_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_gw_precontent_handler(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_gw_log_handler(ngx_http_request_t *r);
void ngx_rtalpha_gw_pipeline_exit(void);

/* in a worker that has the zone */
void ngx_rtalpha_gw_balance_init(void);

/* room for the addresses of a static list, before the table is used */
ngx_int_t ngx_rtalpha_gw_static_init(ngx_pool_t *pool,
    ngx_rtalpha_gw_static_t *st);

/* addresses of a plan; NULL: none is known, or no memory */
ngx_rtalpha_service_t *ngx_rtalpha_gw_servers(
    const ngx_rtalpha_gw_plan_t *plan);
ngx_rtalpha_service_t *ngx_rtalpha_gw_servers_of(
    ngx_rtalpha_gw_static_t *fixed, const ngx_str_t *name);

/* one more each time, over all workers */
ngx_uint_t ngx_rtalpha_gw_turn(const ngx_str_t *service);

/* how many there were */
ngx_uint_t ngx_rtalpha_gw_turns(const ngx_str_t *service);

/*
 * The next instance for the request, NULL: none is left.  again: the last
 * one may be taken once more.
 */
ngx_rtalpha_instance_t *ngx_rtalpha_gw_balance(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t again);

/*
 * How long the request may take, from the client's header field and the plan;
 * NGX_DECLINED: its time is over.  What is left of it is told the instance.
 */
ngx_int_t ngx_rtalpha_gw_deadline(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_deadline_tell(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* ms that are left, 0: nothing; for a request with a deadline */
ngx_msec_t ngx_rtalpha_gw_deadline_left(ngx_rtalpha_gw_ctx_t *ctx);

/*
 * A location's configuration with another limit of bodies or, for 0, without
 * the gateway's three error pages.  One copy serves all requests: nginx looks
 * into it when a request is freed already.  NULL: no memory, or too many.
 */
void **ngx_rtalpha_gw_copy_conf(void **from, off_t max_body);

/* the plan's limit for a body in chunks, in the location's place */
ngx_int_t ngx_rtalpha_gw_body_limit(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* to nginx's proxy, for the instance that has been chosen */
ngx_int_t ngx_rtalpha_gw_hand_over(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* upstream */
char *ngx_rtalpha_gw_balancer(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* answers of our own: returns what the phase handler returns */
ngx_int_t ngx_rtalpha_gw_fail(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status, ngx_uint_t reason);
ngx_int_t ngx_rtalpha_gw_filters_init(void);
const char *ngx_rtalpha_gw_reason(ngx_uint_t reason);

/* the error body, in the dialect of the route or tree */
ngx_int_t ngx_rtalpha_gw_error_body(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status, ngx_str_t *type,
    ngx_str_t *body);

/* edits and CORS */
ngx_int_t ngx_rtalpha_gw_apply_request(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_apply_cors(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_apply_fields(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_apply_answer(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_apply_capture(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
ngx_int_t ngx_rtalpha_gw_apply_body(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_chain_t *in, ngx_chain_t *out);
ngx_int_t ngx_rtalpha_gw_answer_now(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status, const ngx_str_t *name,
    const ngx_str_t *value);

/* the client as trusted proxies tell it, where forwarding fields are written */
ngx_int_t ngx_rtalpha_gw_origin(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* the header list of an unedited request; prefix: of Zuul's routes */
ngx_int_t ngx_rtalpha_gw_headers(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, const ngx_str_t *prefix);

/* the peer is trusted to say who came before it */
ngx_uint_t ngx_rtalpha_gw_trusted(ngx_http_request_t *r,
    ngx_rtalpha_gw_table_t *table);

/* Via for a hop to ourselves; NGX_DECLINED: one too many */
ngx_int_t ngx_rtalpha_gw_via(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* ctx->host, if it is not there yet */
ngx_int_t ngx_rtalpha_gw_host(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);

/* the client's list sifted into one of our own, and handed back */
ngx_int_t ngx_rtalpha_gw_headers_take(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_headers_t *headers);
ngx_int_t ngx_rtalpha_gw_headers_forwarding(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_headers_t *headers,
    const ngx_str_t *after);
void ngx_rtalpha_gw_headers_give(ngx_http_request_t *r,
    ngx_rtalpha_gw_headers_t *headers);

/* a list of one address, which must be a literal; referenced */
ngx_rtalpha_service_t *ngx_rtalpha_gw_one_server(
    ngx_rtalpha_gw_server_t *server);

void ngx_rtalpha_gw_fallback_counters(ngx_conf_t *cf);

/* breaker: 1 if the request may pass; its outcome is 0, 1 for a failure, or
   -1 for none */
ngx_uint_t ngx_rtalpha_gw_breaker_begin(ngx_rtalpha_gw_ctx_t *ctx);
void ngx_rtalpha_gw_breaker_end(ngx_rtalpha_gw_ctx_t *ctx, ngx_int_t failed);

/* failures in the location from here on go to ngx_rtalpha_gw_failed() */
ngx_int_t ngx_rtalpha_gw_fallback_init(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);
ngx_int_t ngx_rtalpha_gw_failed(ngx_http_request_t *r);

/*
 * The fallback in place of a status; the status where there is none; NGX_OK:
 * the request goes on with another service.
 */
ngx_int_t ngx_rtalpha_gw_fall(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status);

/* pages of rtalpha_admin */
ngx_int_t ngx_rtalpha_gw_explain_page(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_gw_preview_page(ngx_http_request_t *r);

/* the gateway of that name; empty: the first; NULL: none */
ngx_rtalpha_gw_t *ngx_rtalpha_gw_by_name(const ngx_str_t *name);

/* variables */
ngx_int_t ngx_rtalpha_gw_vars_add(ngx_conf_t *cf);

/* counters */
void ngx_rtalpha_gw_counters(ngx_conf_t *cf);
void ngx_rtalpha_gw_count(ngx_uint_t reason);


#endif /* _NGX_RTALPHA_GW_H_INCLUDED_ */
