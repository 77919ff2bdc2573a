
/*
 * A session with an AMQP 0-9-1 broker: JSON messages out to a topic
 * exchange, everything that passes it in.
 *
 * librabbitmq blocks, and a broker may be slow for minutes, so a session has
 * a thread of its own: in the one background thread it would hold up what
 * requests wait for.  The thread connects again and again with growing
 * pauses; messages are kept until the broker has confirmed them, so each is
 * delivered at least once.  Nothing here blocks the event loop.
 */


#ifndef _NGX_RTALPHA_AMQP_H_INCLUDED_
#define _NGX_RTALPHA_AMQP_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_AMQP_NAME   256     /* longest name, with its zero */
#define NGX_RTALPHA_AMQP_ERROR  160
#define NGX_RTALPHA_AMQP_KEEP   1024    /* messages that wait, at most */


typedef struct {
    ngx_str_t     host;
    ngx_str_t     user;
    ngx_str_t     password;
    ngx_str_t     vhost;
    ngx_str_t     exchange;
    ngx_uint_t    port;
    ngx_uint_t    heartbeat;            /* seconds */
    ngx_msec_t    timeout;              /* to connect, to answer a call */
    unsigned      tls:1;                /* the peer is verified */
} ngx_rtalpha_amqp_conf_t;


typedef struct {
    ngx_uint_t    up;
    ngx_uint_t    waiting;              /* not confirmed yet */
    ngx_uint_t    sent;                 /* confirmed */
    ngx_uint_t    received;
    ngx_uint_t    connects;
    ngx_uint_t    failures;
    u_char        error[NGX_RTALPHA_AMQP_ERROR];    /* the last, or "" */
} ngx_rtalpha_amqp_state_t;


typedef struct ngx_rtalpha_amqp_s  ngx_rtalpha_amqp_t;


/*
 * Reads amqp[s]://[USER[:PASSWORD]@]HOST[:PORT][/VHOST] (RabbitMQ's URI
 * specification: no path is the host "/", a lone slash the empty one) over
 * what conf holds.  NULL, or what is wrong.  Strings are of the pool.
 */
const char *ngx_rtalpha_amqp_parse(ngx_pool_t *pool, const ngx_str_t *uri,
    ngx_rtalpha_amqp_conf_t *conf);

/*
 * Starts the thread; conf is copied.  received(), called in the thread for
 * each message, may use nothing of nginx.  NULL: no memory or no thread.
 */
ngx_rtalpha_amqp_t *ngx_rtalpha_amqp_start(
    const ngx_rtalpha_amqp_conf_t *conf,
    void (*received)(void *data, const u_char *body, size_t len), void *data);

/*
 * Hands over a message.  One with the same key that has not left yet makes
 * it needless.  NGX_OK; NGX_DECLINED: too many wait; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_amqp_publish(ngx_rtalpha_amqp_t *amqp,
    const ngx_str_t *key, const ngx_str_t *body);

void ngx_rtalpha_amqp_state(ngx_rtalpha_amqp_t *amqp,
    ngx_rtalpha_amqp_state_t *state);

/*
 * Ends the thread.  One that is stuck in a call is left to itself after
 * wait milliseconds, and its memory with it.
 */
void ngx_rtalpha_amqp_stop(ngx_rtalpha_amqp_t *amqp, ngx_msec_t wait);


#endif /* _NGX_RTALPHA_AMQP_H_INCLUDED_ */
