
/*
 * What the background thread does for the leader's work on repositories:
 * each verb is the run() of a job, over the job's data alone.
 */


#ifndef _NGX_RTALPHA_CFG_FETCH_RUN_H_INCLUDED_
#define _NGX_RTALPHA_CFG_FETCH_RUN_H_INCLUDED_


#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_cfg_conf.h"


typedef struct {
    void                       *fetch;      /* the leader's own */
    ngx_str_t                   dir;
    ngx_str_t                   mirror;
    ngx_str_t                   origin;     /* local path, or empty */
    ngx_str_t                   head;
    ngx_str_t                   bytes;
    ngx_str_t                   error;
    ngx_uint_t                  max_files;
    ngx_array_t                 files;      /* credentials, to be written */
    ngx_array_t                *known;      /* ids of repositories */
    u_char                      digest[NGX_RTALPHA_CFG_ID];
    unsigned                    there:1;    /* the mirror */
    unsigned                    shallow:1;
    unsigned                    stuck:1;
    unsigned                    digested:1;
    unsigned                    ok:1;
} ngx_rtalpha_cfg_fetch_job_t;


/* what is there: a folder's files, or the mirror and a local origin's state */
void ngx_rtalpha_cfg_fetch_look_run(ngx_rtalpha_job_t *job);

/* after a clone or fetch: a whole clone takes its name */
void ngx_rtalpha_cfg_fetch_pull_run(ngx_rtalpha_job_t *job);

/* what an interrupted clone has left goes */
void ngx_rtalpha_cfg_fetch_clean_run(ngx_rtalpha_job_t *job);

/* after for-each-ref: the references as they are published */
void ngx_rtalpha_cfg_fetch_refs_run(ngx_rtalpha_job_t *job);


#endif /* _NGX_RTALPHA_CFG_FETCH_RUN_H_INCLUDED_ */
