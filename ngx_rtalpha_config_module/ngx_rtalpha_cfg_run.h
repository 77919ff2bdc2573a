
/*
 * One resolution on its way: the tree of documents, for the files that make
 * it (ngx_rtalpha_cfg_resolve.c, ngx_rtalpha_cfg_groups.c) and nobody else.
 */


#ifndef _NGX_RTALPHA_CFG_RUN_H_INCLUDED_
#define _NGX_RTALPHA_CFG_RUN_H_INCLUDED_


#include "ngx_rtalpha_cfg_resolve.h"


typedef enum {
    NGX_RTALPHA_CFG_PHASE_FIRST = 0,    /* unconditional documents */
    NGX_RTALPHA_CFG_PHASE_PLATFORM,     /* the platform is known */
    NGX_RTALPHA_CFG_PHASE_PROFILES      /* the profiles, too */
} ngx_rtalpha_cfg_phase_e;


typedef struct ngx_rtalpha_cfg_node_s  ngx_rtalpha_cfg_node_t;

struct ngx_rtalpha_cfg_node_s {
    ngx_rtalpha_cfg_doc_t    *doc;          /* NULL: the search locations */
    ngx_str_t                 path;
    ngx_str_t                 place;
    ngx_int_t                 number;
    ngx_array_t              *child[2];     /* of ngx_rtalpha_cfg_node_t * */
    unsigned                  specific:1;   /* from a profile's file */
    unsigned                  movable:1;
};


typedef struct {
    ngx_rtalpha_cfg_resolve_t  *r;
    ngx_rtalpha_cfg_node_t      root;
    ngx_array_t                 loaded;     /* ngx_str_t: paths */
    ngx_uint_t                  phase;
    ngx_uint_t                  looked;
    ngx_uint_t                  depth;
    unsigned                    plain:1;    /* "default" is first:
                                               profiles in files are ignored */
    unsigned                    missing:1;
    unsigned                    nested:1;   /* a name has a "/" */
} ngx_rtalpha_cfg_run_t;


typedef ngx_int_t (*ngx_rtalpha_cfg_visit_pt)(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node);


/* NGX_DECLINED, with what is wrong in which file */
ngx_int_t ngx_rtalpha_cfg_resolve_refuse(ngx_rtalpha_cfg_run_t *run,
    const ngx_str_t *path, const ngx_str_t *text);

#define ngx_rtalpha_cfg_resolve_refuse_lit(run, path, text)                   \
    ngx_rtalpha_cfg_resolve_refuse(run, path,                                 \
                                   &(ngx_str_t) ngx_string(text))

/* visits in order of precedence, highest first, until it is not NGX_OK */
ngx_int_t ngx_rtalpha_cfg_resolve_walk(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, ngx_rtalpha_cfg_visit_pt visit);

/* 1: active in this phase, 0: not, NGX_ERROR: a bad expression */
ngx_int_t ngx_rtalpha_cfg_resolve_active(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node);

/* a file's documents, last first, unless the file is in the tree already */
ngx_int_t ngx_rtalpha_cfg_resolve_file(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, ngx_rtalpha_cfg_node_t *like);

/* the path of "dir" "name" ["-" "profile"] "ext" */
ngx_int_t ngx_rtalpha_cfg_resolve_join(ngx_pool_t *pool, ngx_str_t *path,
    const ngx_str_t *dir, const ngx_str_t *name, const ngx_str_t *profile,
    const ngx_str_t *ext);

/* all names in all places, and in a directory that is imported */
ngx_int_t ngx_rtalpha_cfg_resolve_places(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, const ngx_str_t *profile);
ngx_int_t ngx_rtalpha_cfg_resolve_import_dir(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, const ngx_rtalpha_cfg_place_t *place,
    const ngx_str_t *profile);

/* sets the active profiles, from those asked for and from the documents */
ngx_int_t ngx_rtalpha_cfg_resolve_profiles(ngx_rtalpha_cfg_run_t *run);


#endif /* _NGX_RTALPHA_CFG_RUN_H_INCLUDED_ */
