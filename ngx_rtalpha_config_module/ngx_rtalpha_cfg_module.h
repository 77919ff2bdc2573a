
/*
 * What the config role's nginx glue shares: one record for each location
 * that serves configuration.
 */


#ifndef _NGX_RTALPHA_CFG_MODULE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_MODULE_H_INCLUDED_


#include "ngx_rtalpha_settings.h"
#include "ngx_rtalpha_cfg_conf.h"


#define NGX_RTALPHA_CFG_SERVERS  16


typedef struct {
    ngx_str_t                 name;         /* of name=, or empty */
    ngx_uint_t                index;
    ngx_str_t                 base;         /* the location's own path */
    ngx_rtalpha_settings_t   *settings;
    ngx_rtalpha_props_t      *overlay;      /* from directives; or NULL */
} ngx_rtalpha_cfg_server_t;


/* counters */
typedef struct {
    ngx_uint_t                cached;
    ngx_uint_t                outlived;
    ngx_uint_t                large;
    ngx_uint_t                made;
    ngx_uint_t                refused;
    ngx_uint_t                forbidden;
    ngx_uint_t                waited;
    ngx_uint_t                held;
} ngx_rtalpha_cfg_counters_t;


extern ngx_module_t                 ngx_rtalpha_cfg_module;
extern ngx_rtalpha_cfg_counters_t   ngx_rtalpha_cfg_counters;


/* the content handler */
ngx_int_t ngx_rtalpha_cfg_handler(ngx_http_request_t *r);

/* the server of a location, NULL: none */
ngx_rtalpha_cfg_server_t *ngx_rtalpha_cfg_server_of(ngx_http_request_t *r);

/* the settings that are there, NULL-terminated */
ngx_rtalpha_cfg_conf_t **ngx_rtalpha_cfg_all(void);

/* by its name; an empty one may mean the only server.  NULL: none */
ngx_rtalpha_cfg_server_t *ngx_rtalpha_cfg_server_named(
    const ngx_str_t *name);

/* a server's settings in this process; NULL: none yet */
ngx_rtalpha_cfg_conf_t *ngx_rtalpha_cfg_server_conf(
    const ngx_rtalpha_cfg_server_t *server);


#endif /* _NGX_RTALPHA_CFG_MODULE_H_INCLUDED_ */
