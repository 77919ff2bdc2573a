
/*
 * The registry's settings: an Eureka server's own keys and those of ours,
 * bound into one structure that the worker's code reads.
 */


#ifndef _NGX_RTALPHA_REG_SETTINGS_H_INCLUDED_
#define _NGX_RTALPHA_REG_SETTINGS_H_INCLUDED_


#include "ngx_rtalpha_bind.h"


typedef struct {
    /* eureka.server.* */
    ngx_flag_t     self_preservation;
    ngx_int_t      threshold;           /* millionths */
    ngx_msec_t     eviction_interval;
    ngx_flag_t     read_only_cache;
    ngx_msec_t     cache_interval;
    ngx_msec_t     delta_retention;
    ngx_msec_t     delta_timer;
    ngx_flag_t     disable_delta;
    ngx_flag_t     sync_dirty;
    ngx_msec_t     peer_connect;
    ngx_msec_t     peer_read;
    ngx_int_t      peer_queue;
    ngx_msec_t     peer_max_age;
    ngx_str_t      my_url;

    /* eureka.instance.*, eureka.environment, eureka.datacenter */
    ngx_str_t      hostname;
    ngx_str_t      instance_id;
    ngx_str_t      environment;
    ngx_str_t      datacenter;
    ngx_flag_t     dashboard;
    ngx_str_t      dashboard_path;

    /* rtalpha.registry.* */
    ngx_flag_t     double_lease;
    ngx_int_t      eviction_share;      /* millionths; 1000000: no limit */
    ngx_flag_t     error_body;
    ngx_flag_t     persist;
    ngx_int_t      floor;
    ngx_uint_t     max_instances;
    ngx_uint_t     max_app;             /* of one application */
    ngx_uint_t     max_source;          /* registered from one address */
    ngx_uint_t     max_delta;           /* records */
    size_t         max_body;
    size_t         max_batch;
    size_t         max_answer;          /* made aside, in a full zone */

    ngx_flag_t     cluster;             /* over rtalpha_redis */
    ngx_str_t      cluster_name;
    ngx_uint_t     cluster_stream;      /* entries */

    ngx_flag_t     mirror;              /* of the peers; no writes, leases */
    ngx_msec_t     mirror_hold;
    ngx_msec_t     fetch_interval;

    ngx_str_t      region;              /* whose zones are listed */
    ngx_flag_t     prefer_zone;         /* its first zone is one's own */
    ngx_array_t   *peers;               /* of ngx_str_t: their base URLs */
} ngx_rtalpha_reg_conf_t;


/* of this worker; defaults until settings have come */
extern ngx_rtalpha_reg_conf_t  ngx_rtalpha_reg_conf;

extern const ngx_rtalpha_bind_t  ngx_rtalpha_reg_binds[];


void ngx_rtalpha_reg_conf_defaults(ngx_rtalpha_reg_conf_t *conf);

/* binds a tree over the defaults; a check of it with the same results */
ngx_int_t ngx_rtalpha_reg_conf_bind(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_reg_conf_t *conf,
    ngx_rtalpha_report_t *report);

/* a URL for logs and pages: what follows the user and the password */
ngx_str_t ngx_rtalpha_reg_conf_shown(const ngx_str_t *url);

/* why an HTTP request has failed, for logs; status 0: error says it */
#define NGX_RTALPHA_REG_WHY  64
ngx_str_t ngx_rtalpha_reg_conf_why(ngx_uint_t status, const ngx_str_t *error,
    u_char *buf);


#endif /* _NGX_RTALPHA_REG_SETTINGS_H_INCLUDED_ */
