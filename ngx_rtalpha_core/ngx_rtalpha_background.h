
/*
 * The one place for work that blocks or takes long: at most one thread a
 * process, with a queue.
 *
 * A job has a pool of its own.  Its run() is called in the thread and may
 * use nothing but that pool, plain C libraries and pure code: no nginx
 * object, no zone, no log.  Its done() is called in the event loop with the
 * results, and the job with its pool is destroyed after it.
 *
 * A job may have a child (a program that is run first) or a transfer (an
 * HTTP request that is made first), beside other jobs, children and
 * transfers: nobody waits in the queue behind a slow fetch.  run() is called
 * when it has ended.
 *
 * When the worker begins to shut down, children are killed, transfers and
 * queued jobs are dropped without done(), and
 * ngx_rtalpha_background_stopping() is true for the one that runs.
 */


#ifndef _NGX_RTALPHA_BACKGROUND_H_INCLUDED_
#define _NGX_RTALPHA_BACKGROUND_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_child.h"
#include "ngx_rtalpha_curl.h"


typedef struct ngx_rtalpha_job_s  ngx_rtalpha_job_t;

struct ngx_rtalpha_job_s {
    ngx_pool_t            *pool;
    void                  *data;    /* size bytes, zeroed */
    ngx_rtalpha_child_t   *child;   /* NULL: none */
    ngx_rtalpha_curl_t    *http;    /* NULL: none; not with a child */
    void                 (*run)(ngx_rtalpha_job_t *job);    /* or NULL */
    void                 (*done)(ngx_rtalpha_job_t *job);   /* or NULL */
    ngx_rtalpha_job_t     *next;    /* of the queue's */
};


/* a job with size bytes of data; NULL: no memory */
ngx_rtalpha_job_t *ngx_rtalpha_background_job(size_t size);

/* an unposted job is given back with this */
void ngx_rtalpha_background_discard(ngx_rtalpha_job_t *job);

/*
 * From the event loop.  NGX_OK; NGX_DECLINED: too many jobs (default 1024),
 * no thread to be had, not a worker, or it is shutting down; the job is the
 * caller's again.
 */
ngx_int_t ngx_rtalpha_background_post(ngx_rtalpha_job_t *job);

/*
 * Blocks until a job comes back, for limit ms at most, and calls done() of
 * those that have; only for a worker that is about to end.  NGX_DECLINED:
 * none came.
 */
ngx_int_t ngx_rtalpha_background_wait(ngx_msec_t limit);

/* in run(): is it time to give up */
ngx_uint_t ngx_rtalpha_background_stopping(void);

/* jobs posted and not done yet, in this process */
ngx_uint_t ngx_rtalpha_background_waiting(void);


/*
 * For the core module.  counters: in preconfiguration.  init: in
 * init_process of every process (it does nothing in those that are no
 * workers; the thread is started by the first post); limit is the largest
 * number of jobs.  quit: when the worker begins to shut down.  exit: in
 * exit_process; it waits for the thread, for 5 seconds at most.
 */
void ngx_rtalpha_background_counters(ngx_conf_t *cf);
void ngx_rtalpha_background_init(ngx_cycle_t *cycle, ngx_uint_t limit);
void ngx_rtalpha_background_quit(void);
void ngx_rtalpha_background_exit(ngx_cycle_t *cycle);


#endif /* _NGX_RTALPHA_BACKGROUND_H_INCLUDED_ */
