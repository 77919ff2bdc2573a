
/*
 * The doorbell.
 *
 * The eventfd is made by the master once and kept over reloads, so that old
 * and new workers share it.  Each worker watches it edge-triggered and never
 * reads it: every write wakes every worker.  Its connection is flagged idle,
 * which makes nginx call the read handler with c->close set when the worker
 * begins to shut down -- the one quit hook that a module has.
 */


#include "ngx_rtalpha_notify.h"

#include <sys/eventfd.h>


static void ngx_rtalpha_notify_read(ngx_event_t *ev);
static void ngx_rtalpha_notify_write(ngx_event_t *ev);


static int                ngx_rtalpha_notify_fd = -1;
static ngx_connection_t  *ngx_rtalpha_notify_connection;
static ngx_event_t        ngx_rtalpha_notify_posted;

static void             (*ngx_rtalpha_notify_woken)(void);
static void             (*ngx_rtalpha_notify_quit)(void);


ngx_int_t
ngx_rtalpha_notify_open(ngx_log_t *log)
{
    if (ngx_rtalpha_notify_fd != -1) {
        return NGX_OK;
    }

    ngx_rtalpha_notify_fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (ngx_rtalpha_notify_fd == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno, "eventfd() failed");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_notify_listen(ngx_cycle_t *cycle, void (*woken)(void),
    void (*quit)(void))
{
    ngx_connection_t  *c;

    c = ngx_get_connection(ngx_rtalpha_notify_fd, cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->log = cycle->log;
    c->idle = 1;
    c->read->log = cycle->log;
    c->read->handler = ngx_rtalpha_notify_read;
    c->read->channel = 1;
    c->write->log = cycle->log;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_CLEAR_EVENT) != NGX_OK) {
        ngx_free_connection(c);
        return NGX_ERROR;
    }

    ngx_rtalpha_notify_connection = c;
    ngx_rtalpha_notify_woken = woken;
    ngx_rtalpha_notify_quit = quit;

    ngx_rtalpha_notify_posted.handler = ngx_rtalpha_notify_write;
    ngx_rtalpha_notify_posted.log = cycle->log;

    return NGX_OK;
}


void
ngx_rtalpha_notify_unlisten(void)
{
    ngx_connection_t  *c;

    c = ngx_rtalpha_notify_connection;

    if (c == NULL) {
        return;
    }

    ngx_rtalpha_notify_connection = NULL;

    if (ngx_rtalpha_notify_posted.posted) {
        ngx_delete_posted_event(&ngx_rtalpha_notify_posted);
    }

    ngx_del_event(c->read, NGX_READ_EVENT, 0);

    /* the descriptor itself stays: the process is about to end, or shares
     * it with the next cycle */

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


void
ngx_rtalpha_notify_ring(void)
{
    if (ngx_rtalpha_notify_connection == NULL) {
        return;
    }

    if (!ngx_rtalpha_notify_posted.posted) {
        ngx_post_event(&ngx_rtalpha_notify_posted, &ngx_posted_events);
    }
}


static void
ngx_rtalpha_notify_write(ngx_event_t *ev)
{
    uint64_t  one;

    one = 1;

    if (write(ngx_rtalpha_notify_fd, &one, sizeof(one)) == -1
        && ngx_errno != NGX_EAGAIN)
    {
        ngx_log_error(NGX_LOG_ALERT, ev->log, ngx_errno,
                      "write() to the doorbell failed");
    }
}


static void
ngx_rtalpha_notify_read(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    if (c->close) {
        c->close = 0;
        c->idle = 0;
        ngx_rtalpha_notify_quit();
        return;
    }

    ngx_rtalpha_notify_woken();
}
