
/*
 * What may be said of any route, whatever tree it comes from: time-outs,
 * retries and the like.  A native route has a policy of its own; those of
 * rtalpha.gateway.policies, for "*" and then for the route's id, are merged
 * over what the route says.
 */


#ifndef _NGX_RTALPHA_GW_POLICY_H_INCLUDED_
#define _NGX_RTALPHA_GW_POLICY_H_INCLUDED_


#include "ngx_rtalpha_gw_table.h"


typedef struct {
    ngx_str_t                   id;         /* of routes, or "*" */
    const ngx_rtalpha_prop_t   *prop;       /* its first key */

    /* keys that were given; NULL: not said */
    const ngx_rtalpha_prop_t   *connect;
    const ngx_rtalpha_prop_t   *read;
    const ngx_rtalpha_prop_t   *total;
    const ngx_rtalpha_prop_t   *tries;
    const ngx_rtalpha_prop_t   *host;
    const ngx_rtalpha_prop_t   *metered;

    ngx_msec_t                  connect_timeout;
    ngx_msec_t                  read_timeout;
    ngx_msec_t                  total_timeout;
    ngx_int_t                   retries;
    ngx_flag_t                  keep_host;
    ngx_flag_t                  metrics;
} ngx_rtalpha_gw_policy_t;


/*
 * One key of a policy, rest is its name.  Wrong values, and policies that
 * there is no part of the gateway for, are in the report.  NGX_DECLINED: no
 * such key; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_gw_policy_set(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_policy_t *policy, ngx_str_t *rest,
    const ngx_rtalpha_prop_t *prop);

ngx_int_t ngx_rtalpha_gw_policy_apply(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_policy_t *policy);


#endif /* _NGX_RTALPHA_GW_POLICY_H_INCLUDED_ */
