
/*
 * One connection to one Redis server: nginx's transport, our queue of calls.
 * Replies come in the order of the calls, so that a call that times out
 * takes the connection with it.
 *
 * A link does not connect again by itself: its owner knows where to.  The
 * callbacks come from the event loop, never from within a verb, but for
 * close(), which fails the calls that wait.
 */


#ifndef _NGX_RTALPHA_LINK_H_INCLUDED_
#define _NGX_RTALPHA_LINK_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_resp.h"


typedef struct {
    ngx_str_t     username;         /* empty: the default user */
    ngx_str_t     password;         /* empty: no AUTH */
    ngx_uint_t    db;
    ngx_msec_t    connect_timeout;
    ngx_msec_t    timeout;          /* of a call */
    ngx_msec_t    ping;             /* between pings of an idle link */
    size_t        max_output;       /* bytes that wait to be sent */
    size_t        max_reply;
    ngx_uint_t    max_calls;        /* that wait for their replies */
    unsigned      master:1;         /* refuse a server that is no master */
    unsigned      background:1;     /* its calls do not keep a worker */
} ngx_rtalpha_link_conf_t;


typedef struct ngx_rtalpha_link_s  ngx_rtalpha_link_t;
typedef struct ngx_rtalpha_call_s  ngx_rtalpha_call_t;


/*
 * A call belongs to the link from send() to answered(), which gets NULL when
 * there is no reply and will be none.
 */
struct ngx_rtalpha_call_s {
    ngx_queue_t    queue;
    void         (*answered)(ngx_rtalpha_call_t *call,
                             const ngx_rtalpha_reply_t *reply);
    void          *owner;
    u_char        *bytes;           /* the command as it is sent */
    size_t         len;
};


typedef struct {
    void         (*opened)(void *data);
    void         (*closed)(void *data);
    void         (*pushed)(void *data, const ngx_rtalpha_reply_t *reply);
} ngx_rtalpha_link_owner_t;


/* NULL: no memory.  conf and owner must live as long as the link. */
ngx_rtalpha_link_t *ngx_rtalpha_link_create(ngx_pool_t *pool,
    const ngx_rtalpha_link_conf_t *conf,
    const ngx_rtalpha_link_owner_t *owner, void *data);

/*
 * Begins to connect and to log in: opened() or closed() will come.  name is
 * for the log; all is copied.  What is open is closed without closed().
 */
ngx_int_t ngx_rtalpha_link_open(ngx_rtalpha_link_t *link,
    struct sockaddr *sockaddr, socklen_t socklen, const ngx_str_t *name);

/* fails what waits; without closed() */
void ngx_rtalpha_link_close(ngx_rtalpha_link_t *link);

ngx_uint_t ngx_rtalpha_link_ready(const ngx_rtalpha_link_t *link);
const ngx_str_t *ngx_rtalpha_link_name(const ngx_rtalpha_link_t *link);

/* NGX_DECLINED: not open, or too much waits; the call is the caller's */
ngx_int_t ngx_rtalpha_link_send(ngx_rtalpha_link_t *link,
    ngx_rtalpha_call_t *call);

/*
 * From now on every reply is pushed(); bytes may be sent without a call
 * (SUBSCRIBE, UNSUBSCRIBE).  Until the link is closed.
 */
void ngx_rtalpha_link_push(ngx_rtalpha_link_t *link);
ngx_int_t ngx_rtalpha_link_write(ngx_rtalpha_link_t *link,
    const u_char *bytes, size_t len);


#endif /* _NGX_RTALPHA_LINK_H_INCLUDED_ */
