
/*
 * What the two files of Zuul's tree share: its settings, and a route as it
 * is written.
 */


#ifndef _NGX_RTALPHA_GW_ZUUL_H_INCLUDED_
#define _NGX_RTALPHA_GW_ZUUL_H_INCLUDED_


#include "ngx_rtalpha_gw_table.h"


typedef struct {
    ngx_str_t                   prefix;
    ngx_flag_t                  strip_prefix;
    ngx_flag_t                  retryable;
    ngx_flag_t                  add_proxy_headers;
    ngx_flag_t                  add_host_header;
    ngx_flag_t                  decode_url;
    ngx_flag_t                  remove_semicolon;
    ngx_flag_t                  ignore_local;
    ngx_array_t                *ignored_services;
    ngx_array_t                *ignored_patterns;
    ngx_array_t                *ignored_headers;
    ngx_array_t                *sensitive_headers;
    ngx_str_t                   servlet;
    ngx_msec_t                  socket_timeout;
    ngx_msec_t                  connect_timeout;
    ngx_str_t                   include_message;
} ngx_rtalpha_gw_zuul_conf_t;


typedef struct {
    ngx_str_t                   key;
    ngx_str_t                   id;
    ngx_str_t                   path;
    ngx_str_t                   service;
    ngx_str_t                   url;
    ngx_flag_t                  strip;
    ngx_flag_t                  retryable;
    ngx_array_t                *sensitive;  /* NULL: the global list */
    const ngx_rtalpha_prop_t   *prop;       /* of the path */
    const ngx_rtalpha_prop_t   *where;      /* of the target */
    unsigned                    custom:1;
} ngx_rtalpha_gw_zuul_entry_t;


typedef struct {
    ngx_rtalpha_gw_table_t     *table;
    ngx_rtalpha_gw_zuul_conf_t  conf;
    ngx_array_t                 entries;    /* ngx_rtalpha_gw_zuul_entry_t */
    ngx_rtalpha_gw_index_t      keys;       /* of entries */
    ngx_rtalpha_gw_index_t      paths;      /* of those that are written */
    ngx_array_t                 breakers;   /* ngx_rtalpha_gw_fallback_t * */
    ngx_rtalpha_gw_index_t      services;   /* of these */
    ngx_rtalpha_gw_names_t     *base[2];    /* request, response */
    ngx_rtalpha_gw_names_t     *shared[2];  /* with the global lists */
    ngx_uint_t                  prefix_segs;
} ngx_rtalpha_gw_zuul_t;


/* "http:…" or "https:…" */
ngx_uint_t ngx_rtalpha_gw_zuul_is_url(ngx_str_t *s);

/* a route for each service that discovery knows and nobody has ignored */
ngx_int_t ngx_rtalpha_gw_zuul_implicit(ngx_rtalpha_gw_zuul_t *z,
    ngx_array_t *services);

/* the rule of a route, at the end of the table */
ngx_int_t ngx_rtalpha_gw_zuul_rule(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry);

/* rules for paths that are not proxied: these come first */
ngx_int_t ngx_rtalpha_gw_zuul_ignored(ngx_rtalpha_gw_zuul_t *z);


#endif /* _NGX_RTALPHA_GW_ZUUL_H_INCLUDED_ */
