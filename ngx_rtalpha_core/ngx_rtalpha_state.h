
/*
 * The state folder: one nginx at a time writes there.
 *
 * The worker that leads holds a lock on a file in it, which the kernel frees
 * when the process dies.  What it sees is in a word of the zone, so that
 * every worker can tell.  A folder that is removed meanwhile is made again.
 */


#ifndef _NGX_RTALPHA_STATE_H_INCLUDED_
#define _NGX_RTALPHA_STATE_H_INCLUDED_


#include "ngx_rtalpha_http.h"


typedef enum {
    NGX_RTALPHA_STATE_WAITING = 0,  /* no leader has tried yet */
    NGX_RTALPHA_STATE_HELD,
    NGX_RTALPHA_STATE_ELSEWHERE,    /* another nginx holds it */
    NGX_RTALPHA_STATE_MISSING       /* it is gone and cannot be made */
} ngx_rtalpha_state_e;


/* in the master, before any worker: makes it, for the user of the workers */
ngx_int_t ngx_rtalpha_state_make(ngx_cycle_t *cycle, const ngx_str_t *path);

/* in the master and in init_process */
ngx_int_t ngx_rtalpha_state_init(ngx_log_t *log, const ngx_str_t *path);

/*
 * In the zone leader, as often as it likes: takes the lock, looks once a
 * second whether the folder is still there.
 */
void ngx_rtalpha_state_hold(ngx_log_t *log);

/* the leader ends, or another one may take over */
void ngx_rtalpha_state_release(void);

/* does this process hold it */
ngx_uint_t ngx_rtalpha_state_held(void);

/*
 * 1 once after it has been taken or made again: what is in it may be
 * anything, and whoever keeps something there writes it anew.
 */
ngx_uint_t ngx_rtalpha_state_renewed(void);

/* as seen last by the leader (ngx_rtalpha_state_e), and its name */
ngx_uint_t ngx_rtalpha_state_seen(void);
const char *ngx_rtalpha_state_name(void);

/* without a trailing slash */
const ngx_str_t *ngx_rtalpha_state_path(void);


#endif /* _NGX_RTALPHA_STATE_H_INCLUDED_ */
