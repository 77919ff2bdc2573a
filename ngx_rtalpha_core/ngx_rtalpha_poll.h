
/*
 * What the background thread waits for: descriptors and the nearest
 * deadline, gathered anew for every turn of its loop.
 */


#ifndef _NGX_RTALPHA_POLL_H_INCLUDED_
#define _NGX_RTALPHA_POLL_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct {
    ngx_array_t   fds;              /* of struct pollfd */
    uint64_t      now;              /* ms of the monotonic clock */
    uint64_t      deadline;         /* of the same; the nearest */
} ngx_rtalpha_poll_t;


ngx_int_t ngx_rtalpha_poll_init(ngx_rtalpha_poll_t *set, ngx_pool_t *pool);

/* begins a turn: no descriptors, no deadline, the time of now */
void ngx_rtalpha_poll_begin(ngx_rtalpha_poll_t *set);

/* events: POLLIN, POLLOUT.  Gives the index, or NGX_ERROR: no memory. */
ngx_int_t ngx_rtalpha_poll_add(ngx_rtalpha_poll_t *set, int fd,
    short events);

/* wait no longer than until then */
void ngx_rtalpha_poll_until(ngx_rtalpha_poll_t *set, uint64_t deadline);

/* waits (not at all if busy) and sets now */
void ngx_rtalpha_poll_wait(ngx_rtalpha_poll_t *set, ngx_uint_t busy);

/* what has come of a descriptor, by its index; 0: nothing */
short ngx_rtalpha_poll_events(const ngx_rtalpha_poll_t *set, ngx_int_t i);

/* ms of the monotonic clock, now */
uint64_t ngx_rtalpha_poll_clock(void);


#endif /* _NGX_RTALPHA_POLL_H_INCLUDED_ */
