
/*
 * One connection to one Redis server.
 *
 * Commands of one turn of the event loop leave in one write: send() only
 * appends and posts an event.  One timer, on the read event, runs while a
 * reply is awaited.  The connection is marked idle while none is, so that
 * nginx closes it when the worker shuts down.
 *
 * After each callback the generation is compared with the one before it: a
 * callback may have closed the link, or opened it anew (on the very same
 * ngx_connection_t).
 */


#include "ngx_rtalpha_link.h"


#define NGX_RTALPHA_LINK_DOWN        0
#define NGX_RTALPHA_LINK_CONNECTING  1
#define NGX_RTALPHA_LINK_GREETING    2
#define NGX_RTALPHA_LINK_UP          3

#define NGX_RTALPHA_LINK_TOLD        60     /* seconds */

#define NGX_RTALPHA_LINK_READ        16384
#define NGX_RTALPHA_LINK_GREETINGS   4


struct ngx_rtalpha_link_s {
    ngx_pool_t                      *pool;
    const ngx_rtalpha_link_conf_t   *conf;
    const ngx_rtalpha_link_owner_t  *owner;
    void                            *data;

    ngx_uint_t                       state;
    ngx_uint_t                       generation;
    ngx_connection_t                *connection;
    ngx_rtalpha_resp_buf_t           out;
    ngx_rtalpha_resp_reader_t       *reader;
    ngx_queue_t                      calls;
    ngx_uint_t                       ncalls;
    ngx_event_t                      flush;
    ngx_event_t                      ping;
    ngx_connection_t                 dummy;     /* for the timer's log */

    ngx_rtalpha_call_t               greetings[NGX_RTALPHA_LINK_GREETINGS];
    ngx_uint_t                       ngreetings;
    ngx_rtalpha_call_t               ping_call;

    ngx_str_t                        name;
    u_char                           name_data[NGX_SOCKADDR_STRLEN];
    socklen_t                        socklen;
    ngx_sockaddr_t                   sockaddr;

    const char                      *told;      /* the last reason logged */
    time_t                           told_at;

    unsigned                         push:1;
    unsigned                         pinged:1;
    unsigned                         heard:1;   /* since the last ping */
};


static void ngx_rtalpha_link_connect_handler(ngx_event_t *ev);
static ngx_err_t ngx_rtalpha_link_test_connect(ngx_connection_t *c);
static ngx_int_t ngx_rtalpha_link_greet(ngx_rtalpha_link_t *link);
static ngx_int_t ngx_rtalpha_link_say(ngx_rtalpha_link_t *link,
    ngx_uint_t n, const ngx_str_t *words,
    void (*answered)(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply));
static void ngx_rtalpha_link_greeted(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_link_role(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_link_welcome(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);
static ngx_int_t ngx_rtalpha_link_queue(ngx_rtalpha_link_t *link,
    ngx_rtalpha_call_t *call);
static void ngx_rtalpha_link_idle(ngx_rtalpha_link_t *link);
static void ngx_rtalpha_link_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_rtalpha_link_replies(ngx_rtalpha_link_t *link);
static void ngx_rtalpha_link_reply(ngx_rtalpha_link_t *link,
    ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_link_write_handler(ngx_event_t *wev);
static void ngx_rtalpha_link_flush_handler(ngx_event_t *ev);
static void ngx_rtalpha_link_flush(ngx_rtalpha_link_t *link);
static void ngx_rtalpha_link_ping_handler(ngx_event_t *ev);
static void ngx_rtalpha_link_ponged(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_link_fail(ngx_rtalpha_link_t *link,
    const char *reason, const ngx_str_t *text);


static u_char  ngx_rtalpha_link_ping[] = "*1" CRLF "$4" CRLF "PING" CRLF;


ngx_rtalpha_link_t *
ngx_rtalpha_link_create(ngx_pool_t *pool, const ngx_rtalpha_link_conf_t *conf,
    const ngx_rtalpha_link_owner_t *owner, void *data)
{
    ngx_rtalpha_link_t  *link;

    link = ngx_pcalloc(pool, sizeof(ngx_rtalpha_link_t));

    if (link == NULL) {
        return NULL;
    }

    link->pool = pool;
    link->conf = conf;
    link->owner = owner;
    link->data = data;
    link->out.max = conf->max_output;

    ngx_queue_init(&link->calls);

    link->dummy.fd = (ngx_socket_t) -1;
    link->dummy.data = link;

    link->flush.handler = ngx_rtalpha_link_flush_handler;
    link->flush.data = &link->dummy;
    link->flush.log = ngx_cycle->log;

    link->ping.handler = ngx_rtalpha_link_ping_handler;
    link->ping.data = &link->dummy;
    link->ping.log = ngx_cycle->log;
    link->ping.cancelable = 1;

    return link;
}


ngx_int_t
ngx_rtalpha_link_open(ngx_rtalpha_link_t *link, struct sockaddr *sockaddr,
    socklen_t socklen, const ngx_str_t *name)
{
    ngx_int_t              rc;
    ngx_connection_t      *c;
    ngx_peer_connection_t  peer;

    ngx_rtalpha_link_close(link);

    if (!ngx_rtalpha_str_eq(&link->name, name)) {
        link->told = NULL;
    }

    link->name.data = link->name_data;
    link->name.len = ngx_min(name->len, sizeof(link->name_data));
    ngx_memcpy(link->name_data, name->data, link->name.len);

    link->socklen = ngx_min(socklen, (socklen_t) sizeof(ngx_sockaddr_t));
    ngx_memcpy(&link->sockaddr, sockaddr, link->socklen);

    link->reader = ngx_rtalpha_resp_reader_create(link->conf->max_reply);

    if (link->reader == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&peer, sizeof(ngx_peer_connection_t));

    peer.sockaddr = &link->sockaddr.sockaddr;
    peer.socklen = link->socklen;
    peer.name = &link->name;
    peer.get = ngx_event_get_peer;
    peer.log = ngx_cycle->log;
    peer.log_error = NGX_ERROR_ERR;

    rc = ngx_event_connect_peer(&peer);

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        if (peer.connection) {
            ngx_close_connection(peer.connection);
        }

        ngx_rtalpha_link_close(link);
        return NGX_ERROR;
    }

    c = peer.connection;
    c->data = link;
    c->log = ngx_cycle->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_rtalpha_link_connect_handler;
    c->write->handler = ngx_rtalpha_link_connect_handler;
    c->read->cancelable = link->conf->background;
    c->write->cancelable = 1;
    c->idle = 1;

    link->connection = c;
    link->state = NGX_RTALPHA_LINK_CONNECTING;

    if (rc == NGX_OK) {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    ngx_add_timer(c->write, link->conf->connect_timeout);

    return NGX_OK;
}


void
ngx_rtalpha_link_close(ngx_rtalpha_link_t *link)
{
    ngx_queue_t         *q, calls;
    ngx_connection_t    *c;
    ngx_rtalpha_call_t  *call;

    link->state = NGX_RTALPHA_LINK_DOWN;
    link->generation++;
    link->push = 0;
    link->pinged = 0;

    c = link->connection;

    if (c) {
        link->connection = NULL;
        ngx_close_connection(c);
    }

    if (link->flush.posted) {
        ngx_delete_posted_event(&link->flush);
    }

    if (link->ping.timer_set) {
        ngx_del_timer(&link->ping);
    }

    ngx_rtalpha_resp_free(&link->out);

    if (link->reader) {
        ngx_rtalpha_resp_reader_destroy(link->reader);
        link->reader = NULL;
    }

    /* callbacks may open the link again, and send */

    ngx_queue_init(&calls);

    if (!ngx_queue_empty(&link->calls)) {
        ngx_queue_add(&calls, &link->calls);
        ngx_queue_init(&link->calls);
    }

    link->ncalls = 0;

    while (!ngx_queue_empty(&calls)) {
        q = ngx_queue_head(&calls);
        ngx_queue_remove(q);

        call = ngx_queue_data(q, ngx_rtalpha_call_t, queue);
        call->answered(call, NULL);
    }
}


ngx_uint_t
ngx_rtalpha_link_ready(const ngx_rtalpha_link_t *link)
{
    return link->state == NGX_RTALPHA_LINK_UP;
}


const ngx_str_t *
ngx_rtalpha_link_name(const ngx_rtalpha_link_t *link)
{
    return &link->name;
}


ngx_int_t
ngx_rtalpha_link_send(ngx_rtalpha_link_t *link, ngx_rtalpha_call_t *call)
{
    if (link->state != NGX_RTALPHA_LINK_UP || link->push
        || link->ncalls >= link->conf->max_calls)
    {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_link_queue(link, call);
}


void
ngx_rtalpha_link_push(ngx_rtalpha_link_t *link)
{
    link->push = 1;
}


ngx_int_t
ngx_rtalpha_link_write(ngx_rtalpha_link_t *link, const u_char *bytes,
    size_t len)
{
    if (link->state != NGX_RTALPHA_LINK_UP
        || ngx_rtalpha_resp_raw(&link->out, bytes, len) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_post_event(&link->flush, &ngx_posted_events);

    return NGX_OK;
}


static void
ngx_rtalpha_link_connect_handler(ngx_event_t *ev)
{
    ngx_err_t            err;
    ngx_str_t            text;
    ngx_connection_t    *c;
    ngx_rtalpha_link_t  *link;

    c = ev->data;
    link = c->data;

    if (c->close) {
        ngx_rtalpha_link_fail(link, "the worker shuts down", NULL);
        return;
    }

    if (ev->timedout) {
        ngx_rtalpha_link_fail(link, "connecting timed out", NULL);
        return;
    }

    err = ngx_rtalpha_link_test_connect(c);

    if (err) {
        text.data = (u_char *) strerror(err);
        text.len = ngx_strlen(text.data);
        ngx_rtalpha_link_fail(link, "cannot connect", &text);
        return;
    }

    if (!ev->write) {
        return;
    }

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    c->read->handler = ngx_rtalpha_link_read_handler;
    c->write->handler = ngx_rtalpha_link_write_handler;

    link->state = NGX_RTALPHA_LINK_GREETING;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK
        || ngx_rtalpha_link_greet(link) != NGX_OK)
    {
        ngx_rtalpha_link_fail(link, "no memory", NULL);
        return;
    }

    ngx_rtalpha_link_flush(link);
}


static ngx_err_t
ngx_rtalpha_link_test_connect(ngx_connection_t *c)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    return err;
}


/* logs in; PING last: its answer says whether the server serves at all */

static ngx_int_t
ngx_rtalpha_link_greet(ngx_rtalpha_link_t *link)
{
    ngx_uint_t                      n;
    ngx_str_t                       words[3];
    u_char                          db[NGX_INT_T_LEN];
    const ngx_rtalpha_link_conf_t  *conf;

    conf = link->conf;
    link->ngreetings = 0;

    if (conf->password.len) {
        n = 0;
        ngx_str_set(&words[n], "AUTH");
        n++;

        if (conf->username.len) {
            words[n++] = conf->username;
        }

        words[n++] = conf->password;

        ngx_rtalpha_link_say(link, n, words, ngx_rtalpha_link_greeted);
    }

    if (conf->db) {
        ngx_str_set(&words[0], "SELECT");
        words[1].data = db;
        words[1].len = ngx_sprintf(db, "%ui", conf->db) - db;

        ngx_rtalpha_link_say(link, 2, words, ngx_rtalpha_link_greeted);
    }

    if (conf->master) {
        ngx_str_set(&words[0], "ROLE");
        ngx_rtalpha_link_say(link, 1, words, ngx_rtalpha_link_role);
    }

    ngx_str_set(&words[0], "PING");

    return ngx_rtalpha_link_say(link, 1, words, ngx_rtalpha_link_welcome);
}


/*
 * What does not fit into a buffer of megabytes at once is a lack of memory:
 * the last one, PING, then fails too.
 */

static ngx_int_t
ngx_rtalpha_link_say(ngx_rtalpha_link_t *link, ngx_uint_t n,
    const ngx_str_t *words, void (*answered)(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply))
{
    ngx_int_t            rc;
    ngx_uint_t           i;
    ngx_rtalpha_call_t  *call;

    rc = ngx_rtalpha_resp_head(&link->out, n);

    for (i = 0; i < n && rc == NGX_OK; i++) {
        rc = ngx_rtalpha_resp_bulk(&link->out, words[i].data, words[i].len);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    call = &link->greetings[link->ngreetings++];

    ngx_memzero(call, sizeof(ngx_rtalpha_call_t));
    call->answered = answered;
    call->owner = link;

    return ngx_rtalpha_link_queue(link, call);
}


static void
ngx_rtalpha_link_greeted(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    if (reply && reply->type == NGX_RTALPHA_RESP_ERROR) {
        ngx_rtalpha_link_fail(call->owner, "refuses us", &reply->str);
    }
}


static void
ngx_rtalpha_link_role(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_reply_t  *role;

    if (reply == NULL) {
        return;
    }

    role = ngx_rtalpha_reply_at(reply, 0);

    if (role == NULL || !ngx_rtalpha_str_is(&role->str, "master")) {
        ngx_rtalpha_link_fail(call->owner, "is not a master",
                              role ? &role->str : &reply->str);
    }
}


static void
ngx_rtalpha_link_welcome(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_link_t  *link;

    link = call->owner;

    if (reply == NULL) {
        return;
    }

    if (reply->type == NGX_RTALPHA_RESP_ERROR) {
        ngx_rtalpha_link_fail(link, "does not serve", &reply->str);
        return;
    }

    link->state = NGX_RTALPHA_LINK_UP;
    link->told = NULL;
    link->heard = 1;
    ngx_add_timer(&link->ping, link->conf->ping);

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "redis %V: connected", &link->name);

    link->owner->opened(link->data);
}


static ngx_int_t
ngx_rtalpha_link_queue(ngx_rtalpha_link_t *link, ngx_rtalpha_call_t *call)
{
    if (call->len
        && ngx_rtalpha_resp_raw(&link->out, call->bytes, call->len) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_queue_insert_tail(&link->calls, &call->queue);
    link->ncalls++;

    ngx_rtalpha_link_idle(link);
    ngx_post_event(&link->flush, &ngx_posted_events);

    return NGX_OK;
}


/* the timer of replies, and whether nginx may close us when it quits */

static void
ngx_rtalpha_link_idle(ngx_rtalpha_link_t *link)
{
    ngx_connection_t  *c;

    c = link->connection;

    if (link->ncalls) {
        c->idle = link->conf->background;

        if (!c->read->timer_set) {
            ngx_add_timer(c->read, link->conf->timeout);
        }

        return;
    }

    c->idle = 1;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
}


static void
ngx_rtalpha_link_read_handler(ngx_event_t *rev)
{
    ssize_t              n;
    ngx_uint_t           generation;
    ngx_connection_t    *c;
    ngx_rtalpha_link_t  *link;

    static u_char        buf[NGX_RTALPHA_LINK_READ];

    c = rev->data;
    link = c->data;

    if (c->close) {
        ngx_rtalpha_link_fail(link, "the worker shuts down", NULL);
        return;
    }

    if (rev->timedout) {
        ngx_rtalpha_link_fail(link, "a call timed out", NULL);
        return;
    }

    generation = link->generation;

    for ( ;; ) {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_rtalpha_link_fail(link, "closed the connection", NULL);
            return;
        }

        link->heard = 1;

        if (ngx_rtalpha_resp_feed(link->reader, buf, (size_t) n) != NGX_OK) {
            ngx_rtalpha_link_fail(link, "sends too long a reply", NULL);
            return;
        }

        if (ngx_rtalpha_link_replies(link) != NGX_OK
            || link->generation != generation)
        {
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_rtalpha_link_fail(link, "cannot be read", NULL);
        return;
    }

    /* nobody waits any more, and nginx asked us to go */

    if (ngx_exiting && c->idle) {
        ngx_rtalpha_link_fail(link, "the worker shuts down", NULL);
    }
}


/* NGX_ERROR: the connection is not the same any more */

static ngx_int_t
ngx_rtalpha_link_replies(ngx_rtalpha_link_t *link)
{
    ngx_int_t             rc;
    ngx_uint_t            generation;
    ngx_rtalpha_reply_t  *reply;

    generation = link->generation;

    for ( ;; ) {
        rc = ngx_rtalpha_resp_next(link->reader, &reply);

        if (rc == NGX_AGAIN) {
            return NGX_OK;
        }

        if (rc == NGX_ERROR) {
            ngx_rtalpha_link_fail(link, "sends no RESP2", NULL);
            return NGX_ERROR;
        }

        ngx_rtalpha_link_reply(link, reply);
        ngx_rtalpha_reply_free(reply);

        if (link->generation != generation) {
            return NGX_ERROR;
        }
    }
}


static void
ngx_rtalpha_link_reply(ngx_rtalpha_link_t *link, ngx_rtalpha_reply_t *reply)
{
    ngx_queue_t         *q;
    ngx_rtalpha_call_t  *call;

    if (link->push) {
        link->owner->pushed(link->data, reply);
        return;
    }

    if (ngx_queue_empty(&link->calls)) {
        ngx_rtalpha_link_fail(link, "sends what nobody asked for",
                              &reply->str);
        return;
    }

    q = ngx_queue_head(&link->calls);
    ngx_queue_remove(q);
    link->ncalls--;

    /* each reply gives the next one its time */

    if (link->connection->read->timer_set) {
        ngx_del_timer(link->connection->read);
    }

    ngx_rtalpha_link_idle(link);

    call = ngx_queue_data(q, ngx_rtalpha_call_t, queue);
    call->answered(call, reply);
}


static void
ngx_rtalpha_link_write_handler(ngx_event_t *wev)
{
    ngx_connection_t  *c;

    c = wev->data;

    ngx_rtalpha_link_flush(c->data);
}


static void
ngx_rtalpha_link_flush_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    ngx_rtalpha_link_flush(c->data);
}


static void
ngx_rtalpha_link_flush(ngx_rtalpha_link_t *link)
{
    ssize_t            n;
    ngx_connection_t  *c;

    c = link->connection;

    if (c == NULL || link->state == NGX_RTALPHA_LINK_CONNECTING) {
        return;
    }

    while (ngx_rtalpha_resp_size(&link->out)) {
        n = c->send(c, link->out.pos, ngx_rtalpha_resp_size(&link->out));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_rtalpha_link_fail(link, "cannot be written to", NULL);
            return;
        }

        ngx_rtalpha_resp_sent(&link->out, (size_t) n);
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_rtalpha_link_fail(link, "cannot be written to", NULL);
    }
}


/* a peer that is gone without a word is noticed by two pings */

static void
ngx_rtalpha_link_ping_handler(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_rtalpha_link_t  *link;

    c = ev->data;
    link = c->data;

    if (link->push) {

        if (!link->heard) {
            ngx_rtalpha_link_fail(link, "is silent", NULL);
            return;
        }

        link->heard = 0;
        (void) ngx_rtalpha_link_write(link, ngx_rtalpha_link_ping,
                                      sizeof(ngx_rtalpha_link_ping) - 1);

    } else if (!link->pinged && link->ncalls == 0) {

        link->ping_call.answered = ngx_rtalpha_link_ponged;
        link->ping_call.owner = link;
        link->ping_call.bytes = ngx_rtalpha_link_ping;
        link->ping_call.len = sizeof(ngx_rtalpha_link_ping) - 1;

        if (ngx_rtalpha_link_queue(link, &link->ping_call) == NGX_OK) {
            link->pinged = 1;
        }
    }

    ngx_add_timer(&link->ping, link->conf->ping);
}


static void
ngx_rtalpha_link_ponged(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_link_t  *link;

    link = call->owner;
    link->pinged = 0;
}


static void
ngx_rtalpha_link_fail(ngx_rtalpha_link_t *link, const char *reason,
    const ngx_str_t *text)
{
    ngx_uint_t        level;

    static ngx_str_t  none = ngx_string("");

    level = NGX_LOG_ERR;

    /* who is away for long is tried often, and told of once a minute */

    if (ngx_exiting
        || (link->told == reason
            && ngx_time() - link->told_at < NGX_RTALPHA_LINK_TOLD))
    {
        level = NGX_LOG_INFO;

    } else {
        link->told = reason;
        link->told_at = ngx_time();
    }

    ngx_log_error(level, ngx_cycle->log, 0,
                  "redis %V: %s%s%V", &link->name, reason,
                  text ? ": " : "", text ? text : &none);

    ngx_rtalpha_link_close(link);

    link->owner->closed(link->data);
}
