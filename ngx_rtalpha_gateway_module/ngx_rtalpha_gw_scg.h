
/*
 * What the readers of Spring Cloud Gateway's tree share: definitions of
 * predicates and filters as they are written, before anybody knows their
 * names.
 */


#ifndef _NGX_RTALPHA_GW_SCG_H_INCLUDED_
#define _NGX_RTALPHA_GW_SCG_H_INCLUDED_


#include "ngx_rtalpha_gw_table.h"


/* "Name=a,b", or name and args */
typedef struct {
    ngx_str_t                   name;
    ngx_array_t                 args;       /* ngx_keyval_t; key empty:
                                               positional */
    const ngx_rtalpha_prop_t   *prop;
    unsigned                    shortcut:1;
} ngx_rtalpha_gw_def_t;


typedef struct {
    ngx_str_t                   id;
    ngx_str_t                   uri;
    ngx_int_t                   order;
    ngx_flag_t                  enabled;
    ngx_array_t                 predicates; /* ngx_rtalpha_gw_def_t */
    ngx_array_t                 filters;
    ngx_array_t                 metadata;   /* ngx_keyval_t */
    const ngx_rtalpha_prop_t   *prop;
    ngx_uint_t                  number;     /* as written */
} ngx_rtalpha_gw_scg_route_t;


typedef struct {
    ngx_rtalpha_gw_table_t     *table;
    ngx_array_t                 routes;     /* ngx_rtalpha_gw_scg_route_t */
    ngx_array_t                 defaults;   /* ngx_rtalpha_gw_def_t */
    ngx_array_t                 groups;     /* ngx_rtalpha_gw_group_t * */
    ngx_rtalpha_gw_names_t     *request;
    ngx_rtalpha_gw_names_t     *response;
    ngx_uint_t                  style;      /* of paths */
    ngx_flag_t                  include_port;
    ngx_flag_t                  lenient;    /* bad routes are left out */
    ngx_flag_t                  use404;
    ngx_flag_t                  add_forwarded;
    ngx_msec_t                  connect_timeout;
    ngx_msec_t                  response_timeout;
    ngx_str_t                   original;   /* set-status.original-… */
    unsigned                    present:1;
    unsigned                    native:1;   /* routes of the native tree */
} ngx_rtalpha_gw_scg_t;


/* of a definition; NULL: not there.  i: its place in the short form */
const ngx_str_t *ngx_rtalpha_gw_def_arg(const ngx_rtalpha_gw_def_t *def,
    ngx_uint_t i, const char *name);

/* the same for a list; its elements joined with commas; empty: not there */
ngx_int_t ngx_rtalpha_gw_def_joined(ngx_rtalpha_gw_scg_t *s,
    const ngx_rtalpha_gw_def_t *def, ngx_uint_t i, const char *name,
    ngx_str_t *text);

/* next item of a list with commas, trimmed, no empty ones; 0: no more */
ngx_uint_t ngx_rtalpha_gw_scg_next(const ngx_str_t *list, size_t *pos,
    ngx_str_t *item);

/*
 * A key of predicates or filters into their definitions; rest is behind
 * "filters": "[m]", "[m].name", "[m].args…".
 */
ngx_int_t ngx_rtalpha_gw_scg_def(ngx_rtalpha_gw_scg_t *s, ngx_array_t *defs,
    ngx_str_t *rest, const ngx_rtalpha_prop_t *prop);

/* is the key under one of the prefixes: rest is what follows */
ngx_uint_t ngx_rtalpha_gw_scg_below(const ngx_rtalpha_prop_t *prop,
    ngx_str_t *rest);

/* takes the next element off if it is the one (relaxed) */
ngx_uint_t ngx_rtalpha_gw_scg_element(ngx_str_t *rest, const char *name);

/* a value under any of the tree's prefixes, the older ones first */
const ngx_rtalpha_prop_t *ngx_rtalpha_gw_scg_find(ngx_rtalpha_gw_scg_t *s,
    const char *name);

/* a list under any of the prefixes; *list stays NULL if there is none */
ngx_int_t ngx_rtalpha_gw_scg_list(ngx_rtalpha_gw_scg_t *s, const char *name,
    ngx_array_t **list);

/* why a route is no good; NGX_DECLINED so that the route ends there */
ngx_int_t ngx_rtalpha_gw_scg_refuse(ngx_rtalpha_gw_scg_t *s,
    const ngx_rtalpha_prop_t *prop, const char *fmt, ngx_str_t *text);

/* an expression of a definition; NGX_DECLINED: refused */
ngx_int_t ngx_rtalpha_gw_scg_regex(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, const ngx_str_t *expr,
    ngx_rtalpha_gw_regex_t **regex);

/*
 * The rule of a route, at the end of the table.  NGX_DECLINED: refused, and
 * the caller takes it away.
 */
ngx_int_t ngx_rtalpha_gw_scg_rule(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_scg_route_t *route);

/* NGX_OK; NGX_DECLINED: refused; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_gw_scg_predicate(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
ngx_int_t ngx_rtalpha_gw_scg_filter(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def);

ngx_int_t ngx_rtalpha_gw_scg_secure_ops(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule);
ngx_int_t ngx_rtalpha_gw_scg_retry_plan(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def);
ngx_int_t ngx_rtalpha_gw_scg_breaker_plan(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def);

/* one more operation of the route, zeroed; NULL: no memory */
ngx_rtalpha_gw_op_t *ngx_rtalpha_gw_scg_op(ngx_rtalpha_gw_rule_t *rule,
    ngx_uint_t type);

/* status by number or by Spring's name; 0: neither */
ngx_uint_t ngx_rtalpha_gw_scg_status(const ngx_str_t *text);

/* CORS of the tree, and of a route's metadata */
ngx_int_t ngx_rtalpha_gw_scg_cors(ngx_rtalpha_gw_scg_t *s);
ngx_int_t ngx_rtalpha_gw_scg_cors_field(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_cors_t *cors, ngx_str_t *field, const ngx_str_t *text);

/* routes for services */
ngx_int_t ngx_rtalpha_gw_scg_locator(ngx_rtalpha_gw_scg_t *s,
    ngx_array_t *services);

ngx_rtalpha_gw_scg_route_t *ngx_rtalpha_gw_scg_route(
    ngx_rtalpha_gw_scg_t *s);


#endif /* _NGX_RTALPHA_GW_SCG_H_INCLUDED_ */
