
/*
 * Cross-origin requests as Spring's CorsConfiguration answers them.
 */


#ifndef _NGX_RTALPHA_GW_CORS_H_INCLUDED_
#define _NGX_RTALPHA_GW_CORS_H_INCLUDED_


#include "ngx_rtalpha_out.h"
#include "ngx_rtalpha_gw_pattern.h"


/* lists: NULL is unset; one element "*" is any */
typedef struct {
    ngx_array_t                *origins;    /* of ngx_str_t */
    ngx_array_t                *patterns;   /* with "*" */
    ngx_array_t                *methods;
    ngx_array_t                *headers;
    ngx_array_t                *exposed;
    ngx_int_t                   max_age;    /* s; -1: unset */
    unsigned                    credentials:1;
} ngx_rtalpha_gw_cors_t;


typedef struct {
    ngx_rtalpha_gw_pattern_t    pattern;
    ngx_rtalpha_gw_cors_t       cors;
} ngx_rtalpha_gw_cors_entry_t;


typedef struct {
    ngx_array_t                 entries;    /* in order */
} ngx_rtalpha_gw_cors_table_t;


typedef struct {
    ngx_str_t                   method;
    ngx_str_t                   origin;     /* data NULL: not sent */
    ngx_str_t                   request_method;
    ngx_str_t                   request_headers;
    ngx_str_t                   scheme;
    ngx_str_t                   host;       /* with port, as sent */
} ngx_rtalpha_gw_cors_ask_t;


/* the configuration for a path, NULL: none */
ngx_rtalpha_gw_cors_t *ngx_rtalpha_gw_cors_find(
    ngx_rtalpha_gw_cors_table_t *table, const ngx_rtalpha_gw_path_t *path);

/* is it a preflight */
ngx_uint_t ngx_rtalpha_gw_cors_preflight(
    const ngx_rtalpha_gw_cors_ask_t *ask);

/*
 * Appends header fields (ngx_keyval_t) to answer.  NGX_OK: go on (of a
 * preflight: answer 200); NGX_DECLINED: answer 403; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_gw_cors_check(ngx_pool_t *pool,
    const ngx_rtalpha_gw_cors_t *cors, const ngx_rtalpha_gw_cors_ask_t *ask,
    ngx_array_t *answer);


#endif /* _NGX_RTALPHA_GW_CORS_H_INCLUDED_ */
