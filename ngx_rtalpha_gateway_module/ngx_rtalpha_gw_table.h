
/*
 * What a tree of settings compiles into: a table of routes and, for each, a
 * plan that says where a request goes and what is changed on the way.
 *
 * Read only once made.  A worker keeps the newest; requests keep theirs by
 * a reference.
 */


#ifndef _NGX_RTALPHA_GW_TABLE_H_INCLUDED_
#define _NGX_RTALPHA_GW_TABLE_H_INCLUDED_


#include "ngx_rtalpha_bind.h"
#include "ngx_rtalpha_gw_cors.h"
#include "ngx_rtalpha_gw_edit.h"
#include "ngx_rtalpha_gw_forwarding.h"
#include "ngx_rtalpha_gw_breaker.h"
#include "ngx_rtalpha_gw_headers.h"
#include "ngx_rtalpha_gw_names.h"
#include "ngx_rtalpha_gw_route.h"
#include "ngx_rtalpha_gw_series.h"
#include "ngx_rtalpha_gw_svc.h"


/*
 * Places in an array by name: trees of 100 000 routes are not searched from
 * end to end for each.
 */
typedef struct {
    ngx_uint_t                  mask;
    ngx_uint_t                  used;
    uint32_t                   *hashes;
    uint32_t                   *places;     /* from 1; 0: free */
} ngx_rtalpha_gw_index_t;


#define NGX_RTALPHA_GW_ROUTES_MAX  200000


/* whose manner of speaking an answer of our own has */
typedef enum {
    NGX_RTALPHA_GW_ZUUL = 0,
    NGX_RTALPHA_GW_SCG,
    NGX_RTALPHA_GW_NATIVE
} ngx_rtalpha_gw_dialect_e;


typedef enum {
    NGX_RTALPHA_GW_TO_SERVICE = 0,
    NGX_RTALPHA_GW_TO_URL,              /* one address */
    NGX_RTALPHA_GW_TO_LOCATION,         /* forward: */
    NGX_RTALPHA_GW_TO_NOWHERE,          /* no://op: 200, empty */
    NGX_RTALPHA_GW_TO_NONE              /* not proxied: 404 */
} ngx_rtalpha_gw_target_e;


/* an address of a URL or of a static list */
typedef struct {
    ngx_str_t                   host;
    in_port_t                   port;
    unsigned                    secure:1;
    ngx_str_t                   zone;
    uint32_t                    weight;     /* 0: not written */
} ngx_rtalpha_gw_server_t;


typedef struct ngx_rtalpha_gw_static_s {
    ngx_str_t                   name;
    ngx_array_t                 servers;    /* ngx_rtalpha_gw_server_t */
    unsigned                    discovered:1;   /* of a discovery client */
    void                       *runtime;    /* of the balancer */
} ngx_rtalpha_gw_static_t;


/* when a try is followed by another, beyond a refused connection */
typedef struct {
    uint16_t                    same;       /* more tries of one instance */
    uint16_t                    next;       /* more instances */
    unsigned                    on:1;
    unsigned                    all:1;      /* any method, else GET only */
    unsigned                    timeouts:1;
    unsigned                    closed:1;   /* closed before an answer */
    uint32_t                    methods;    /* bits of nginx's; 0: see all */
    uint64_t                    statuses[8];    /* bit per status - 100 */
    ngx_rtalpha_gw_backoff_t    backoff;
} ngx_rtalpha_gw_retry_t;

#define ngx_rtalpha_gw_retry_status(retry, n)                                 \
    if ((n) >= 100 && (n) < 612) {                                            \
        (retry)->statuses[((n) - 100) / 64] |= 1ULL << (((n) - 100) % 64);    \
    }

#define ngx_rtalpha_gw_retry_has(retry, n)                                    \
    ((n) >= 100 && (n) < 612                                                  \
     && ((retry)->statuses[((n) - 100) / 64] & 1ULL << (((n) - 100) % 64)))


/* what happens instead of an error */
typedef struct {
    ngx_str_t                   name;       /* of the breaker */
    ngx_str_t                   uri;        /* a path here; empty: none */
    ngx_msec_t                  time_limit;     /* 0: none */
    uint64_t                    statuses[8];    /* that count as errors */
    unsigned                    resume:1;   /* 200, empty */
    unsigned                    counts:1;   /* there are statuses */
    ngx_str_t                   service;    /* another one; empty: none */
    struct ngx_rtalpha_gw_static_s  *fixed; /* its addresses, as in plans */
    ngx_uint_t                  status;     /* of a static answer; 0: none */
    ngx_str_t                   type;
    ngx_str_t                   body;
    ngx_rtalpha_gw_breaker_conf_t  breaker;
    ngx_rtalpha_gw_breaker_t   *state;      /* of the process: in the zone */
} ngx_rtalpha_gw_fallback_t;


/* what a policy may say, and where it was said */
typedef enum {
    NGX_RTALPHA_GW_SAID_CONNECT = 0,
    NGX_RTALPHA_GW_SAID_READ,
    NGX_RTALPHA_GW_SAID_TOTAL,
    NGX_RTALPHA_GW_SAID_RETRIES,
    NGX_RTALPHA_GW_SAID_LAST
} ngx_rtalpha_gw_said_e;


typedef struct {
    uint8_t                     dialect;
    uint8_t                     kind;       /* ngx_rtalpha_gw_target_e */
    uint16_t                    absent;     /* status without an instance;
                                               0: 503 */
    unsigned                    secure:1;   /* https or wss */
    unsigned                    keep_host:1;
    unsigned                    add_forwarded:1;
    unsigned                    keep_prefix:1;
    unsigned                    websocket:1;
    unsigned                    whole:1;    /* base is the whole path */
    unsigned                    unmetered:1;
    unsigned                    custom:1;   /* Zuul: own sensitive headers */
    int32_t                     order;      /* as written */

    ngx_str_t                   service;    /* or host[:port] of a URL */
    ngx_str_t                   base;       /* before the rest of the path */
    ngx_str_t                   location;   /* as configured, for people */
    ngx_rtalpha_gw_static_t    *fixed;      /* addresses known here */

    uint16_t                    prefix;     /* segments of zuul.prefix */
    uint16_t                    strip;      /* segments of the route's own */
    ngx_str_t                   forwarded_prefix;   /* as a literal */
    unsigned                    prefix_raw:1;       /* ask the path instead */

    ngx_rtalpha_gw_names_t     *request;    /* header names sifted out */
    ngx_rtalpha_gw_names_t     *response;
    ngx_rtalpha_gw_edits_t     *edits;      /* NULL: none */

    ngx_msec_t                  connect_timeout;    /* 0: the location's */
    ngx_msec_t                  read_timeout;
    ngx_msec_t                  total_timeout;
    off_t                       max_body;           /* 0: nginx's alone */
    ngx_rtalpha_gw_retry_t     *retry;      /* NULL: none */
    ngx_rtalpha_gw_fallback_t  *fallback;   /* NULL: none */
    ngx_rtalpha_gw_cors_t      *cors;       /* instead of the table's */
    const ngx_str_t            *said[NGX_RTALPHA_GW_SAID_LAST];     /* keys;
                                               NULL: the tree's own */
    ngx_rtalpha_gw_svc_t       *svc;        /* NULL: nothing is said */
    ngx_rtalpha_gw_svc_t       *lb;         /* NULL: plain round robin */
    void                       *runtime;
    ngx_rtalpha_gw_series_t    *series[NGX_RTALPHA_GW_SERIES_LAST];
                                            /* of the process: in the zone */
} ngx_rtalpha_gw_plan_t;


typedef struct {
    ngx_rtalpha_gw_route_t      match;      /* must be first */
    ngx_rtalpha_gw_plan_t       plan;
} ngx_rtalpha_gw_rule_t;


typedef struct {
    ngx_pool_t                 *pool;
    ngx_pool_t                 *temp;       /* while it is being compiled */
    const ngx_rtalpha_props_t  *props;
    ngx_rtalpha_report_t       *report;

    ngx_array_t                 rules;      /* ngx_rtalpha_gw_rule_t * */
    ngx_array_t                 statics;    /* ngx_rtalpha_gw_static_t * */
    ngx_rtalpha_gw_index_t      names;      /* of statics */
    ngx_rtalpha_gw_matcher_t    matcher;
    ngx_uint_t                  dialect;    /* of answers without a route */
    ngx_uint_t                  matrix;     /* ngx_rtalpha_gw_matrix_e */
    ngx_str_t                   servlet;    /* Zuul's second entry */
    ngx_uint_t                  implicit;   /* hash of the services' names */
    unsigned                    discovers:1;    /* has routes of services */
    unsigned                    message:1;  /* Zuul: errors have a message */
    unsigned                    strip_port:1;   /* hosts match without */
    unsigned                    lower_host:1;   /* … and in lower case */
    unsigned                    route_cors:1;   /* some route has its own */
    ngx_rtalpha_gw_cors_table_t cors;
    ngx_rtalpha_gw_forwarding_t *forwarding;    /* NULL: nothing is written */

    ngx_array_t                *trusted;    /* ngx_cidr_t */
    ngx_rtalpha_gw_regex_t     *trusted_re; /* of addresses */

    uint64_t                    version;
    ngx_uint_t                  refs;
} ngx_rtalpha_gw_table_t;


/*
 * Compiles a tree; services: names (ngx_str_t) that discovery knows, for
 * implicit routes.  NGX_ERROR: no memory.  The caller looks at
 * report->wrong.  May be called in the background thread.
 */
ngx_int_t ngx_rtalpha_gw_table_compile(ngx_pool_t *pool,
    ngx_rtalpha_gw_table_t *table, const ngx_rtalpha_props_t *props,
    ngx_array_t *services, ngx_rtalpha_report_t *report);

/* the route of a request; NULL: none */
ngx_rtalpha_gw_rule_t *ngx_rtalpha_gw_table_find(
    const ngx_rtalpha_gw_table_t *table, ngx_rtalpha_gw_request_t *req);


/* for the readers of trees: */

/*
 * The first place from *i on with that hash (0 to begin with); gives place
 * plus one, 0: none.  The caller compares names.
 */
ngx_uint_t ngx_rtalpha_gw_index_next(const ngx_rtalpha_gw_index_t *index,
    uint32_t hash, ngx_uint_t *i);
ngx_int_t ngx_rtalpha_gw_index_add(ngx_pool_t *pool,
    ngx_rtalpha_gw_index_t *index, uint32_t hash, ngx_uint_t place);

ngx_rtalpha_gw_rule_t *ngx_rtalpha_gw_table_rule(
    ngx_rtalpha_gw_table_t *table, const ngx_str_t *id);

/* servers under a name, found or made */
ngx_rtalpha_gw_static_t *ngx_rtalpha_gw_table_static(
    ngx_rtalpha_gw_table_t *table, const ngx_str_t *name, ngx_uint_t make);

/*
 * "scheme://host[:port][/path]" into a server and a path.  NGX_DECLINED:
 * not a URL of that kind.
 */
ngx_int_t ngx_rtalpha_gw_table_url(const ngx_str_t *url,
    ngx_rtalpha_gw_server_t *server, ngx_str_t *path);

/* target is one address */
ngx_int_t ngx_rtalpha_gw_table_to_url(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_server_t *server);

/* the readers; each takes what is its own and adds rules in order */
ngx_int_t ngx_rtalpha_gw_tree_zuul(ngx_rtalpha_gw_table_t *table,
    ngx_array_t *services);
ngx_int_t ngx_rtalpha_gw_tree_scg(ngx_rtalpha_gw_table_t *table,
    ngx_array_t *services);

/* native routes, before all others in the table */
ngx_int_t ngx_rtalpha_gw_tree_native(ngx_rtalpha_gw_table_t *table);

/* after the others: policies over what the routes say */
ngx_int_t ngx_rtalpha_gw_tree_policies(ngx_rtalpha_gw_table_t *table);

/* is the key rtalpha.gateway.NAME: rest is what follows */
ngx_uint_t ngx_rtalpha_gw_native_below(const ngx_rtalpha_prop_t *prop,
    const char *name, ngx_str_t *rest);

/* after the others: what is said about the services of their routes */
ngx_int_t ngx_rtalpha_gw_tree_services(ngx_rtalpha_gw_table_t *table);

/* static lists of ribbon and of Spring's simple discovery client */
ngx_int_t ngx_rtalpha_gw_tree_statics(ngx_rtalpha_gw_table_t *table);


#endif /* _NGX_RTALPHA_GW_TABLE_H_INCLUDED_ */
