
/*
 * The background thread's poll() set.  Few descriptors, so that gathering
 * them anew costs less than keeping a second set in step.
 */


#include "ngx_rtalpha_poll.h"

#include <poll.h>
#include <time.h>


#define NGX_RTALPHA_POLL_NEVER  ((uint64_t) -1)


ngx_int_t
ngx_rtalpha_poll_init(ngx_rtalpha_poll_t *set, ngx_pool_t *pool)
{
    ngx_memzero(set, sizeof(ngx_rtalpha_poll_t));

    return ngx_array_init(&set->fds, pool, 16, sizeof(struct pollfd));
}


void
ngx_rtalpha_poll_begin(ngx_rtalpha_poll_t *set)
{
    set->fds.nelts = 0;
    set->deadline = NGX_RTALPHA_POLL_NEVER;
    set->now = ngx_rtalpha_poll_clock();
}


ngx_int_t
ngx_rtalpha_poll_add(ngx_rtalpha_poll_t *set, int fd, short events)
{
    struct pollfd  *pfd;

    pfd = ngx_array_push(&set->fds);

    if (pfd == NULL) {
        return NGX_ERROR;
    }

    pfd->fd = fd;
    pfd->events = events;
    pfd->revents = 0;

    return (ngx_int_t) set->fds.nelts - 1;
}


void
ngx_rtalpha_poll_until(ngx_rtalpha_poll_t *set, uint64_t deadline)
{
    set->deadline = ngx_min(set->deadline, deadline);
}


void
ngx_rtalpha_poll_wait(ngx_rtalpha_poll_t *set, ngx_uint_t busy)
{
    int             timeout;
    ngx_uint_t      i;
    struct pollfd  *pfd;

    if (busy || set->deadline <= set->now) {
        timeout = 0;

    } else if (set->deadline == NGX_RTALPHA_POLL_NEVER) {
        timeout = -1;

    } else {
        timeout = (int) ngx_min(set->deadline - set->now, 60000);
    }

    if (poll(set->fds.elts, (nfds_t) set->fds.nelts, timeout) == -1) {

        /* all signals are blocked in the thread: no memory, then */

        pfd = set->fds.elts;

        for (i = 0; i < set->fds.nelts; i++) {
            pfd[i].revents = 0;
        }
    }

    set->now = ngx_rtalpha_poll_clock();
}


short
ngx_rtalpha_poll_events(const ngx_rtalpha_poll_t *set, ngx_int_t i)
{
    struct pollfd  *pfd;

    if (i < 0 || i >= (ngx_int_t) set->fds.nelts) {
        return 0;
    }

    pfd = set->fds.elts;

    return pfd[i].revents;
}


uint64_t
ngx_rtalpha_poll_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}
