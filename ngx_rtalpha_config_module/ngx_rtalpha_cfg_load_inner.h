
/*
 * The steps of a load, for the files that load something and nobody else:
 * claim, job, what the job runs, post.
 */


#ifndef _NGX_RTALPHA_CFG_LOAD_INNER_H_INCLUDED_
#define _NGX_RTALPHA_CFG_LOAD_INNER_H_INCLUDED_


#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_load.h"
#include "ngx_rtalpha_cfg_load.h"


typedef struct {
    ngx_str_t        bytes;                 /* packed, or as it is */
    ngx_str_t        error;
    unsigned         there:1;
    unsigned         later:1;               /* ask again */
    unsigned         large:1;
} ngx_rtalpha_cfg_loaded_t;


typedef struct {
    ngx_uint_t                   type;
    ngx_uint_t                   kind;      /* of the repository */
    ngx_uint_t                   version;   /* of the references */
    ngx_uint_t                   oid_len;
    ngx_uint_t                   max_files;
    size_t                       max_file;
    ngx_rtalpha_load_limits_t    limits;    /* of parsers */
    ngx_str_t                    root;      /* native */
    ngx_str_t                    key;       /* of a listing or revision */
    ngx_rtalpha_cfg_commit_t     commit;
    ngx_array_t                  wanted;    /* ngx_rtalpha_cfg_wanted_t */
    ngx_rtalpha_cfg_loaded_t    *loaded;    /* as many */
    ngx_rtalpha_cfg_loaded_t     result;
} ngx_rtalpha_cfg_load_t;


/* NGX_OK: nobody else loads it; else as ngx_rtalpha_cfg_load_listing() */
ngx_int_t ngx_rtalpha_cfg_load_claim(ngx_uint_t type, const ngx_str_t *key,
    ngx_str_t *why);

/* the claim ends; why: it was in vain, NULL: it was not, or never begun */
void ngx_rtalpha_cfg_load_end(ngx_uint_t type, const ngx_str_t *key,
    const ngx_str_t *why);

ngx_rtalpha_job_t *ngx_rtalpha_cfg_load_job(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t type);

/* whose settings tell how to reach the origin; NULL: nobody's */
const ngx_rtalpha_cfg_backend_t *ngx_rtalpha_cfg_load_backend(
    ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_repo_t *repo);

ngx_int_t ngx_rtalpha_cfg_load_key_copy(ngx_rtalpha_job_t *job,
    const ngx_str_t *key);

/* puts a result into the cache, or remembers why there is none */
void ngx_rtalpha_cfg_load_put(ngx_uint_t type, const ngx_str_t *key,
    const void *meta, size_t meta_len, ngx_rtalpha_cfg_loaded_t *loaded);

/* in the thread: a directory that can be read, and is not too large */
void ngx_rtalpha_cfg_load_tree(ngx_rtalpha_job_t *job,
    const ngx_str_t *bytes, ngx_uint_t oid_len,
    ngx_rtalpha_cfg_loaded_t *loaded);

/* the job's done(), of what is one commit: puts load->commit under its key */
void ngx_rtalpha_cfg_load_single_done(ngx_rtalpha_job_t *job);

/* posts the job (NULL: none could be made); else the claim is given up */
ngx_int_t ngx_rtalpha_cfg_load_post(ngx_rtalpha_job_t *job, ngx_uint_t type,
    const ngx_str_t *key);


#endif /* _NGX_RTALPHA_CFG_LOAD_INNER_H_INCLUDED_ */
