
/*
 * The core's configuration: for files of the core only.  Roles ask
 * ngx_rtalpha_role.h.
 */


#ifndef _NGX_RTALPHA_MODULE_H_INCLUDED_
#define _NGX_RTALPHA_MODULE_H_INCLUDED_


#include "ngx_rtalpha_redis.h"
#include "ngx_rtalpha_role.h"


#define NGX_RTALPHA_ZONE_DEFAULT  (64 * 1024 * 1024)
#define NGX_RTALPHA_ZONE_MIN      (8 * 1024 * 1024)
#define NGX_RTALPHA_STATE_DEFAULT "/var/lib/rtalpha"
#define NGX_RTALPHA_PARKED        4096
#define NGX_RTALPHA_STREAMS       4096
#define NGX_RTALPHA_JOBS          1024


typedef struct {
    const ngx_rtalpha_role_t  *role;
    ngx_uint_t                 used;
} ngx_rtalpha_role_use_t;


typedef struct {
    ngx_str_t                  path;
    ngx_int_t                (*handler)(ngx_http_request_t *r);
} ngx_rtalpha_role_page_t;


typedef struct {
    size_t                     zone_size;   /* rtalpha_zone */
    ngx_uint_t                 timed;       /* … its lock is */
    ngx_str_t                  state;       /* rtalpha_state */
    ngx_int_t                  parked;      /* rtalpha_parked */
    ngx_int_t                  streams;     /* rtalpha_streams */
    ngx_int_t                  jobs;        /* rtalpha_jobs */
    ngx_rtalpha_redis_conf_t  *redis;       /* rtalpha_redis; NULL: none */

    ngx_shm_zone_t            *shm_zone;    /* NULL: nothing needs it */
    ngx_uint_t                 used;        /* some role is, or the admin */
    ngx_array_t                roles;       /* of ngx_rtalpha_role_use_t */
    ngx_array_t                pages;       /* of ngx_rtalpha_role_page_t */
    ngx_array_t                settings;    /* of ngx_rtalpha_settings_t * */
    ngx_array_t                wants;       /* of …_settings_want_t */
} ngx_rtalpha_main_conf_t;


/* of the cycle; NULL: there is no http block, or it needs no zone */
ngx_rtalpha_main_conf_t *ngx_rtalpha_module_conf(ngx_cycle_t *cycle);

/* content handler of rtalpha_admin */
ngx_int_t ngx_rtalpha_admin_handler(ngx_http_request_t *r);


#endif /* _NGX_RTALPHA_MODULE_H_INCLUDED_ */
