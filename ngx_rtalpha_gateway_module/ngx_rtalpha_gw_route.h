
/*
 * A route table: what a tree of settings compiles into, and what every
 * request is looked up in.
 *
 * The first route in table order all of whose predicates hold wins.  The
 * matcher finds it without looking at the others: patterns are kept in a
 * tree of path segments below the literal end of the host, and the walk is
 * cut where nothing earlier than the best route so far can follow.  What it
 * finds is what a scan of the whole table would find, since each candidate
 * is judged by the same function.
 *
 * A table is made whole, then read only; it belongs to one process.
 */


#ifndef _NGX_RTALPHA_GW_ROUTE_H_INCLUDED_
#define _NGX_RTALPHA_GW_ROUTE_H_INCLUDED_


#include "ngx_rtalpha_gw_pattern.h"
#include "ngx_rtalpha_gw_predicate.h"


typedef struct ngx_rtalpha_gw_node_s   ngx_rtalpha_gw_node_t;
typedef struct ngx_rtalpha_gw_route_s  ngx_rtalpha_gw_route_t;


typedef struct {
    ngx_rtalpha_gw_node_t   *root;      /* any host */
    ngx_rtalpha_gw_node_t  **slots;     /* by parent and segment */
    ngx_uint_t               mask;
    ngx_uint_t               used;
    uint32_t                 nodes;
    unsigned                 hosts:1;   /* there are patterns of hosts */
} ngx_rtalpha_gw_matcher_t;


/* the part of a route that is matched; whoever owns it knows the rest */
struct ngx_rtalpha_gw_route_s {
    ngx_str_t                id;
    uint32_t                 index;     /* place in the table */
    uint16_t                 npreds;
    unsigned                 vars:1;    /* its filters use variables */
    ngx_rtalpha_gw_pred_t   *preds;
};


ngx_int_t ngx_rtalpha_gw_matcher_init(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher);

/* routes must come in table order, with ascending index */
ngx_int_t ngx_rtalpha_gw_matcher_add(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_route_t *route);

/* NULL: no route */
ngx_rtalpha_gw_route_t *ngx_rtalpha_gw_matcher_find(
    const ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_request_t *req);

/*
 * Do all predicates hold?  With vars, sets req->vars too.  *failed: the
 * first predicate that does not hold (for explanations), may be NULL.
 */
ngx_uint_t ngx_rtalpha_gw_route_matches(const ngx_rtalpha_gw_route_t *route,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars, ngx_uint_t *failed);


#endif /* _NGX_RTALPHA_GW_ROUTE_H_INCLUDED_ */
