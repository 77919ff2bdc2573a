
/*
 * A request's decision in words, for people: what a table does with a
 * request, and why.
 */


#ifndef _NGX_RTALPHA_GW_EXPLAIN_H_INCLUDED_
#define _NGX_RTALPHA_GW_EXPLAIN_H_INCLUDED_


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_json.h"


#define NGX_RTALPHA_GW_EXPLAIN_LOST  100    /* routes that are told of */


/*
 * All of these write members into an open object of j.
 *
 * route: id, place, tree and target; lost: the routes whose path matches but
 * that were not taken, with the reason; headers: what of the request's lines
 * does not go on, and why; limits: time-outs and tries, and which key said
 * so; candidates: instances, with what is known of them.
 */
void ngx_rtalpha_gw_explain_route(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule);
void ngx_rtalpha_gw_explain_lost(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table, const ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_request_t *req);
void ngx_rtalpha_gw_explain_headers(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan, const ngx_list_part_t *part,
    ngx_uint_t trusted);
void ngx_rtalpha_gw_explain_limits(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan);
void ngx_rtalpha_gw_explain_candidates(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan);

/* a predicate as a text */
void ngx_rtalpha_gw_explain_pred(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_pred_t *pred);


#endif /* _NGX_RTALPHA_GW_EXPLAIN_H_INCLUDED_ */
