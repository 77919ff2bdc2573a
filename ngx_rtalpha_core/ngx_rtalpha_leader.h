
/*
 * Who does the work that must be done once.
 *
 * The zone leader is one live worker, by a word in the zone: it changes what
 * time changes (evictions), reads settings, fills the zone.  The state
 * leader is the zone leader that also holds the lock on the state folder:
 * it alone fetches, writes the state folder and speaks to peers.  The kernel
 * frees that lock when the process dies; the word is taken over by the next
 * worker that finds its holder gone.
 */


#ifndef _NGX_RTALPHA_LEADER_H_INCLUDED_
#define _NGX_RTALPHA_LEADER_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* in init_process */
ngx_int_t ngx_rtalpha_leader_init(ngx_log_t *log, const ngx_str_t *state);

/*
 * Once a second and on every ring: is this worker the zone leader now?
 * Tries the lock on the state folder again as long as it has not got it.
 */
ngx_uint_t ngx_rtalpha_leader_claim(ngx_log_t *log);

/*
 * When the worker begins to shut down, and in exit_process.  The state folder
 * is released apart from it (ngx_rtalpha_state_release), before.
 */
void ngx_rtalpha_leader_resign(void);

/*
 * In exit_process: does nobody lead any more?  Then this process does, for
 * what it has left to write, until it resigns again; 0 also if it could not
 * have the state folder.
 */
ngx_uint_t ngx_rtalpha_leader_last(ngx_log_t *log);

/* is it this process */
ngx_uint_t ngx_rtalpha_leader_of_zone(void);
ngx_uint_t ngx_rtalpha_leader_of_state(void);

/* the state folder, without a trailing slash */
const ngx_str_t *ngx_rtalpha_leader_state_path(void);


#endif /* _NGX_RTALPHA_LEADER_H_INCLUDED_ */
