
/*
 * What a tree says about a service beyond its routes: how its instances are
 * chosen, when they are left out, what is tried again.  Keys of ours are
 * rtalpha.gateway.services.NAME.*, with NAME "*" for all; those of Ribbon and
 * Spring Cloud LoadBalancer compile into the same.
 */


#ifndef _NGX_RTALPHA_GW_SVC_H_INCLUDED_
#define _NGX_RTALPHA_GW_SVC_H_INCLUDED_


#include "ngx_rtalpha_bind.h"
#include "ngx_rtalpha_gw_lb.h"
#include "ngx_rtalpha_gw_retry.h"


typedef enum {
    NGX_RTALPHA_GW_KEY_NONE = 0,
    NGX_RTALPHA_GW_KEY_ADDR,            /* of the client */
    NGX_RTALPHA_GW_KEY_PATH,
    NGX_RTALPHA_GW_KEY_HEADER,
    NGX_RTALPHA_GW_KEY_COOKIE
} ngx_rtalpha_gw_key_e;


typedef struct ngx_rtalpha_gw_svc_s  ngx_rtalpha_gw_svc_t;

struct ngx_rtalpha_gw_svc_s {
    ngx_str_t                      name;        /* "*": all */

    ngx_rtalpha_gw_lb_rule_t       rule;
    ngx_rtalpha_gw_outlier_conf_t  outlier;
    ngx_uint_t                     key;         /* of HASH */
    ngx_str_t                      key_name;
    ngx_str_t                      sticky;      /* name of the cookie */
    ngx_str_t                      zone;        /* of this gateway */
    uint32_t                       missing;     /* weight without metadata;
                                                   0: as the source says */
    ngx_rtalpha_gw_budget_conf_t   budget;

    ngx_msec_t                     connect_timeout;     /* 0: the route's */
    ngx_msec_t                     response_timeout;
    ngx_msec_t                     total_timeout;
    size_t                         max_body;            /* 0: nginx's */
    ngx_str_t                      deadline;    /* name of a header field */

    struct {
        uint32_t                   percent;     /* 0: the tree's or none */
        uint32_t                   least;
        uint32_t                   trial;
        ngx_msec_t                 open;
        ngx_msec_t                 recover;
    } breaker;

    struct {
        ngx_str_t                  forward;
        ngx_str_t                  service;
        uint32_t                   status;
        ngx_str_t                  body;
        ngx_str_t                  type;
    } fallback;

    unsigned                       chosen:1;    /* algorithm is written out */
    unsigned                       zones:1;     /* the own one is preferred */
    unsigned                       overflow:1;  /* others help by share */
    unsigned                       balances:1;  /* more than round robin */
    uint32_t                       shape;       /* hash of what the sets of
                                                   instances depend on */
    ngx_rtalpha_gw_svc_t          *native;      /* for routes whose default
                                                   is another algorithm */
};


/* services of a tree, "*" first */
typedef struct {
    ngx_array_t                    list;        /* ngx_rtalpha_gw_svc_t * */
    ngx_rtalpha_gw_svc_t          *native;      /* where nothing is said */
} ngx_rtalpha_gw_svcs_t;


/* reads the tree; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_gw_svcs_read(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_report_t *report,
    ngx_rtalpha_gw_svcs_t *svcs);

/* what is said about one, in any case of letters; NULL: nothing */
ngx_rtalpha_gw_svc_t *ngx_rtalpha_gw_svcs_find(
    const ngx_rtalpha_gw_svcs_t *svcs, const ngx_str_t *name);


#endif /* _NGX_RTALPHA_GW_SVC_H_INCLUDED_ */
