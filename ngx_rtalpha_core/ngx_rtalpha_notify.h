
/*
 * The doorbell: one eventfd shared by all workers, old and new, that says
 * "look at the sequence numbers".  It carries no data, so nothing is lost,
 * doubled or out of order.  Ringing calls the roles' wake hooks in every
 * worker, this one included.
 */


#ifndef _NGX_RTALPHA_NOTIFY_H_INCLUDED_
#define _NGX_RTALPHA_NOTIFY_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* in the master, before workers are forked */
ngx_int_t ngx_rtalpha_notify_open(ngx_log_t *log);

/* in a worker; woken() on every ring, quit() when it begins to shut down */
ngx_int_t ngx_rtalpha_notify_listen(ngx_cycle_t *cycle,
    void (*woken)(void), void (*quit)(void));
void ngx_rtalpha_notify_unlisten(void);

/*
 * Rings, from the event loop, whether the zone is locked or not; any number
 * of calls in one turn of the loop ring once, at its end.
 */
void ngx_rtalpha_notify_ring(void);


#endif /* _NGX_RTALPHA_NOTIFY_H_INCLUDED_ */
