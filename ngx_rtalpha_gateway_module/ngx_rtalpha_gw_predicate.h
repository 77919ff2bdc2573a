
/*
 * Predicates of routes: what a route asks of a request.  A predicate is a
 * pure function of the request as it came; even the random choice of a
 * weight group is drawn once for the request.
 */


#ifndef _NGX_RTALPHA_GW_PREDICATE_H_INCLUDED_
#define _NGX_RTALPHA_GW_PREDICATE_H_INCLUDED_


#include "ngx_rtalpha_gw_pattern.h"


typedef enum {
    NGX_RTALPHA_GW_PRED_PATH = 0,
    NGX_RTALPHA_GW_PRED_HOST,
    NGX_RTALPHA_GW_PRED_METHOD,
    NGX_RTALPHA_GW_PRED_HEADER,
    NGX_RTALPHA_GW_PRED_QUERY,
    NGX_RTALPHA_GW_PRED_COOKIE,
    NGX_RTALPHA_GW_PRED_TIME,
    NGX_RTALPHA_GW_PRED_REMOTE,
    NGX_RTALPHA_GW_PRED_FORWARDED,      /* of X-Forwarded-For */
    NGX_RTALPHA_GW_PRED_WEIGHT
} ngx_rtalpha_gw_pred_e;


/* routes between which chance decides */
typedef struct {
    ngx_str_t                  name;
    ngx_uint_t                 n;
    ngx_uint_t                 total;
    ngx_uint_t                *weights;
} ngx_rtalpha_gw_group_t;


typedef struct {
    uint32_t                   type;    /* ngx_rtalpha_gw_pred_e */
    uint32_t                   n;       /* of patterns, methods, cidrs;
                                           WEIGHT: index in the group;
                                           FORWARDED: see depth */
    union {
        ngx_rtalpha_gw_pattern_t  *patterns;
        ngx_str_t                 *methods;
        ngx_cidr_t                *cidrs;
        ngx_rtalpha_gw_group_t    *group;
        struct {
            ngx_str_t                *name;
            ngx_rtalpha_gw_regex_t   *regex;    /* NULL: present */
        } value;
        struct {
            uint64_t                  after;    /* ms of the epoch; 0 */
            uint64_t                  before;   /* 0: no limit */
        } time;
    } u;
    uint32_t                   depth;   /* FORWARDED: trusted addresses */
} ngx_rtalpha_gw_pred_t;


/* a request, as predicates see it */
typedef struct {
    ngx_pool_t                *pool;
    ngx_str_t                  method;
    ngx_str_t                  host;    /* the Host header as sent */
    ngx_str_t                  query;   /* without "?" */
    ngx_rtalpha_gw_path_t     *path;
    ngx_rtalpha_gw_path_t     *flat;    /* without empty segments */
    ngx_list_part_t           *headers; /* of ngx_table_elt_t */
    struct sockaddr           *peer;

    /* set on the way, where a predicate asks */
    uint64_t                   now;     /* ms of the epoch */
    uint32_t                   random;
    ngx_rtalpha_gw_path_t     *labels;  /* of host */
    ngx_rtalpha_gw_vars_t      vars;
} ngx_rtalpha_gw_request_t;


/* vars: set req->vars from patterns */
ngx_uint_t ngx_rtalpha_gw_pred_holds(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars);

/* the host's labels, NULL: no memory */
ngx_rtalpha_gw_path_t *ngx_rtalpha_gw_request_labels(
    ngx_rtalpha_gw_request_t *req);

/* is the address in one of the ranges; IPv4 in IPv6 is IPv4 */
ngx_uint_t ngx_rtalpha_gw_cidr_holds(const ngx_cidr_t *cidrs, ngx_uint_t n,
    struct sockaddr *sa);

/*
 * Next "name=value" of a query, from *pos on; undecoded.  0: no more.
 */
ngx_uint_t ngx_rtalpha_gw_query_next(const ngx_str_t *query, size_t *pos,
    ngx_str_t *name, ngx_str_t *value, ngx_uint_t *has_value);


#endif /* _NGX_RTALPHA_GW_PREDICATE_H_INCLUDED_ */
