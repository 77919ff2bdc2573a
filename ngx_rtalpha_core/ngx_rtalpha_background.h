
/*
 * The one place for work that blocks or takes long: at most one thread a
 * process, with a queue.
 *
 * A job has a pool of its own.  Its run() is called in the thread and may
 * use nothing but that pool, plain C libraries and pure code: no nginx
 * object, no zone, no log.  Its done() is called in the event loop with the
 * results, and the job with its pool is destroyed after it.
 *
 * A job may have a child: a program that is run first, beside other jobs and
 * children (nobody waits in the queue behind a slow fetch); run() is called
 * when it has ended.
 *
 * When the worker begins to shut down, children are killed, queued jobs are
 * dropped without done(), and ngx_rtalpha_background_stopping() is true for
 * the one that runs.
 */


#ifndef _NGX_RTALPHA_BACKGROUND_H_INCLUDED_
#define _NGX_RTALPHA_BACKGROUND_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/*
 * Runs without a shell, with exactly the environment given, in a process
 * group of its own, with no descriptor but the three.
 */
typedef struct {
    char          **argv;           /* NULL-terminated; argv[0] by PATH */
    char          **envp;           /* NULL-terminated, whole */
    ngx_str_t       input;          /* to its standard input */
    size_t          max_output;     /* more: killed, overflow */
    ngx_msec_t      timeout;        /* longer: killed, timed_out */

    /* results */
    ngx_str_t       output;
    ngx_str_t       errors;         /* the last 4 KB of its standard error */
    int             status;         /* exit status; 127: not started;
                                       128 + signal */
    unsigned        overflow:1;
    unsigned        timed_out:1;
} ngx_rtalpha_child_t;


typedef struct ngx_rtalpha_job_s  ngx_rtalpha_job_t;

struct ngx_rtalpha_job_s {
    ngx_pool_t            *pool;
    void                  *data;    /* size bytes, zeroed */
    ngx_rtalpha_child_t   *child;   /* NULL: none */
    void                 (*run)(ngx_rtalpha_job_t *job);    /* or NULL */
    void                 (*done)(ngx_rtalpha_job_t *job);   /* or NULL */
    ngx_rtalpha_job_t     *next;    /* of the queue's */
};


/* a job with size bytes of data; NULL: no memory */
ngx_rtalpha_job_t *ngx_rtalpha_background_job(size_t size);

/* an unposted job is given back with this */
void ngx_rtalpha_background_discard(ngx_rtalpha_job_t *job);

/*
 * From the event loop.  NGX_OK; NGX_DECLINED: too many jobs (default 1024)
 * or the worker is shutting down; the job is the caller's again.
 */
ngx_int_t ngx_rtalpha_background_post(ngx_rtalpha_job_t *job);

/* in run(): is it time to give up */
ngx_uint_t ngx_rtalpha_background_stopping(void);


#endif /* _NGX_RTALPHA_BACKGROUND_H_INCLUDED_ */
