
/*
 * A program that a background job runs first: its standard input, output
 * and errors, its end and its status.  The fields are filled by who posts
 * the job; the verbs below are for the background thread alone.
 *
 * It runs without a shell's reading of its arguments, with exactly the
 * environment given, in a process group of its own, with no descriptor but
 * the three.
 */


#ifndef _NGX_RTALPHA_CHILD_H_INCLUDED_
#define _NGX_RTALPHA_CHILD_H_INCLUDED_


#include "ngx_rtalpha.h"
#include "ngx_rtalpha_poll.h"


typedef struct {
    char          **argv;           /* NULL-terminated; argv[0] by PATH */
    char          **envp;           /* NULL-terminated, whole */
    ngx_str_t       input;          /* to its standard input */
    size_t          max_output;     /* more: killed, overflow; 0: 16 MB */
    ngx_msec_t      timeout;        /* longer: killed, timed_out; 0: 60 s */

    /* results */
    ngx_str_t       output;
    ngx_str_t       errors;         /* the last 4 KB of its standard error */
    int             status;         /* exit status; 127: not started;
                                       128 + signal */
    unsigned        overflow:1;
    unsigned        timed_out:1;
} ngx_rtalpha_child_t;


typedef struct ngx_rtalpha_children_s  ngx_rtalpha_children_t;


/*
 * Children of one thread; pool is the thread's own.  ended() is called when
 * a child's results are there, owner is what start() was given.
 */
ngx_rtalpha_children_t *ngx_rtalpha_children_create(ngx_pool_t *pool,
    void (*ended)(void *owner));

/*
 * Starts it; results are made in pool.  A child that cannot be started has
 * ended with status 127 and the reason in errors.
 */
void ngx_rtalpha_children_start(ngx_rtalpha_children_t *children,
    ngx_pool_t *pool, ngx_rtalpha_child_t *child, void *owner);

/* says what to wait for, and serves what has come */
ngx_int_t ngx_rtalpha_children_poll(ngx_rtalpha_children_t *children,
    ngx_rtalpha_poll_t *set);
void ngx_rtalpha_children_serve(ngx_rtalpha_children_t *children,
    ngx_rtalpha_poll_t *set);

ngx_uint_t ngx_rtalpha_children_count(ngx_rtalpha_children_t *children);

/* kills all; ended() is called for each */
void ngx_rtalpha_children_kill(ngx_rtalpha_children_t *children);


#endif /* _NGX_RTALPHA_CHILD_H_INCLUDED_ */
