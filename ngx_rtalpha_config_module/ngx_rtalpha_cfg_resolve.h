
/*
 * Which documents make up an environment, and in which order: the rules of
 * Spring Boot's ConfigDataEnvironment (activation, profile groups, includes,
 * imports, profile-specific files) over a listing of files.
 *
 * Pure: files come through a callback, which may say that one is still to be
 * loaded; the rest is then looked at all the same, so that one answer of
 * NGX_AGAIN tells all that is missing as far as it can be known.
 */


#ifndef _NGX_RTALPHA_CFG_RESOLVE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_RESOLVE_H_INCLUDED_


#include "ngx_rtalpha_cfg_docs.h"


/* a directory that is searched */
typedef struct {
    ngx_str_t               dir;        /* path with a trailing "/", or "" */
    ngx_str_t               text;       /* as names show it */
    ngx_uint_t              group;      /* not 0: neighbours of the same group
                                           are searched name by name */
} ngx_rtalpha_cfg_place_t;


/* one property source of the result */
typedef struct {
    ngx_str_t               path;
    ngx_str_t               place;      /* text of the place, or of the
                                           import */
    ngx_rtalpha_props_t    *props;
    ngx_int_t               number;     /* of the document; -1: the only one */
} ngx_rtalpha_cfg_source_t;


/*
 * NGX_OK; NGX_DECLINED: no such file; NGX_AGAIN: not loaded yet (the callee
 * has noted it); NGX_ERROR: no memory.
 */
typedef ngx_int_t (*ngx_rtalpha_cfg_load_pt)(void *data,
    const ngx_str_t *path, ngx_rtalpha_cfg_docs_t **docs);


typedef struct {
    ngx_pool_t               *pool;
    ngx_array_t              *names;        /* ngx_str_t, lowest first */
    ngx_array_t              *places;       /* ngx_rtalpha_cfg_place_t,
                                               lowest first */
    ngx_array_t              *profiles;     /* ngx_str_t, as asked for */
    ngx_rtalpha_cfg_load_pt   load;
    void                     *data;
    ngx_uint_t                max;          /* files looked at; 0: 10 000 */

    /* results */
    ngx_array_t               sources;      /* ngx_rtalpha_cfg_source_t,
                                               highest first */
    ngx_array_t              *active;       /* profiles, expanded */
    ngx_str_t                 error;        /* of NGX_DECLINED */
    ngx_str_t                 error_path;   /* file that it is about */
} ngx_rtalpha_cfg_resolve_t;


/*
 * NGX_OK; NGX_AGAIN: files are missing; NGX_DECLINED: the environment cannot
 * be made (unusable file, bad expression): see error; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_cfg_resolve(ngx_rtalpha_cfg_resolve_t *r);


#endif /* _NGX_RTALPHA_CFG_RESOLVE_H_INCLUDED_ */
