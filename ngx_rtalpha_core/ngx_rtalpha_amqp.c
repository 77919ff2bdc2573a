
/*
 * The thread of an AMQP session.
 *
 * Two lists under the mutex: what waits to be sent, and what has been sent
 * and is not confirmed.  When the connection breaks the second goes back
 * before the first.  The thread sleeps in poll() on its eventfd and on the
 * broker's socket; librabbitmq sends and checks heartbeats whenever it is
 * asked for a frame, so it is asked at least twice a second.
 */


#include "ngx_rtalpha_amqp.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>


#define NGX_RTALPHA_AMQP_CHANNEL  1
#define NGX_RTALPHA_AMQP_TURN     500       /* ms between looks */
#define NGX_RTALPHA_AMQP_PAUSE    250       /* ms after the first failure */
#define NGX_RTALPHA_AMQP_PAUSES   5         /* doublings of it */
#define NGX_RTALPHA_AMQP_STEP     50        /* ms, how soon it can end */
#define NGX_RTALPHA_AMQP_CAS      "/etc/ssl/certs/ca-certificates.crt"


typedef struct ngx_rtalpha_amqp_msg_s  ngx_rtalpha_amqp_msg_t;

struct ngx_rtalpha_amqp_msg_s {
    ngx_queue_t                queue;
    uint64_t                   tag;         /* of the broker */
    size_t                     key_len;
    size_t                     len;
    u_char                     bytes[1];    /* key, body */
};


struct ngx_rtalpha_amqp_s {
    pthread_t                  tid;
    pthread_mutex_t            mutex;
    ngx_queue_t                waiting;     /* ngx_rtalpha_amqp_msg_t */
    ngx_queue_t                sent;        /* in the order of their tags */
    ngx_rtalpha_amqp_state_t   state;
    int                        wake;        /* eventfd */
    int                        stop;        /* __atomic */

    /* the thread's own */
    amqp_connection_state_t    conn;
    uint64_t                   tag;
    void                     (*received)(void *data, const u_char *body,
                                         size_t len);
    void                      *data;
    ngx_uint_t                 port;
    ngx_uint_t                 heartbeat;
    ngx_msec_t                 timeout;
    ngx_uint_t                 tls;
    char                       host[NGX_RTALPHA_AMQP_NAME];
    char                       user[NGX_RTALPHA_AMQP_NAME];
    char                       password[NGX_RTALPHA_AMQP_NAME];
    char                       vhost[NGX_RTALPHA_AMQP_NAME];
    char                       exchange[NGX_RTALPHA_AMQP_NAME];
};


static void *ngx_rtalpha_amqp_main(void *data);


static ngx_uint_t
ngx_rtalpha_amqp_stopping(ngx_rtalpha_amqp_t *a)
{
    return __atomic_load_n(&a->stop, __ATOMIC_ACQUIRE);
}


static ngx_int_t
ngx_rtalpha_amqp_copy(char *to, const ngx_str_t *from)
{
    if (from->len >= NGX_RTALPHA_AMQP_NAME) {
        return NGX_ERROR;
    }

    ngx_memcpy(to, from->data, from->len);
    to[from->len] = '\0';

    return NGX_OK;
}


static void
ngx_rtalpha_amqp_drop(ngx_queue_t *list)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(list)) {
        q = ngx_queue_head(list);
        ngx_queue_remove(q);
        ngx_free(ngx_queue_data(q, ngx_rtalpha_amqp_msg_t, queue));
    }
}


static void
ngx_rtalpha_amqp_free(ngx_rtalpha_amqp_t *a)
{
    ngx_rtalpha_amqp_drop(&a->waiting);
    ngx_rtalpha_amqp_drop(&a->sent);
    (void) pthread_mutex_destroy(&a->mutex);

    if (a->wake != -1) {
        (void) close(a->wake);
    }

    ngx_explicit_memzero(a->password, sizeof(a->password));
    ngx_free(a);
}


/* signals are the event loop's */

static int
ngx_rtalpha_amqp_thread(ngx_rtalpha_amqp_t *a)
{
    int       err;
    sigset_t  all, old;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_BLOCK, &all, &old);

    err = pthread_create(&a->tid, NULL, ngx_rtalpha_amqp_main, a);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);

    return err;
}


ngx_rtalpha_amqp_t *
ngx_rtalpha_amqp_start(const ngx_rtalpha_amqp_conf_t *conf,
    void (*received)(void *data, const u_char *body, size_t len), void *data)
{
    ngx_rtalpha_amqp_t  *a;

    a = calloc(1, sizeof(ngx_rtalpha_amqp_t));
    if (a == NULL) {
        return NULL;
    }

    (void) pthread_mutex_init(&a->mutex, NULL);
    ngx_queue_init(&a->waiting);
    ngx_queue_init(&a->sent);

    a->received = received;
    a->data = data;
    a->port = conf->port;
    a->heartbeat = conf->heartbeat;
    a->timeout = conf->timeout;
    a->tls = conf->tls;
    a->wake = eventfd(0, EFD_CLOEXEC|EFD_NONBLOCK);

    if (a->wake == -1
        || ngx_rtalpha_amqp_copy(a->host, &conf->host) != NGX_OK
        || ngx_rtalpha_amqp_copy(a->user, &conf->user) != NGX_OK
        || ngx_rtalpha_amqp_copy(a->password, &conf->password) != NGX_OK
        || ngx_rtalpha_amqp_copy(a->vhost, &conf->vhost) != NGX_OK
        || ngx_rtalpha_amqp_copy(a->exchange, &conf->exchange) != NGX_OK
        || ngx_rtalpha_amqp_thread(a) != 0)
    {
        ngx_rtalpha_amqp_free(a);
        return NULL;
    }

    return a;
}


static void
ngx_rtalpha_amqp_ring(ngx_rtalpha_amqp_t *a)
{
    uint64_t  one;

    one = 1;

    /* a full counter has rung already */

    if (write(a->wake, &one, sizeof(one)) == -1) {
        return;
    }
}


static ngx_uint_t
ngx_rtalpha_amqp_known(ngx_rtalpha_amqp_t *a, const ngx_str_t *key)
{
    ngx_queue_t             *q;
    ngx_rtalpha_amqp_msg_t  *m;

    for (q = ngx_queue_head(&a->waiting);
         q != ngx_queue_sentinel(&a->waiting);
         q = ngx_queue_next(q))
    {
        m = ngx_queue_data(q, ngx_rtalpha_amqp_msg_t, queue);

        if (m->key_len == key->len
            && ngx_memcmp(m->bytes, key->data, key->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_amqp_publish(ngx_rtalpha_amqp_t *a, const ngx_str_t *key,
    const ngx_str_t *body)
{
    ngx_int_t                rc;
    ngx_rtalpha_amqp_msg_t  *m;

    m = malloc(sizeof(ngx_rtalpha_amqp_msg_t) + key->len + body->len);
    if (m == NULL) {
        return NGX_ERROR;
    }

    m->tag = 0;
    m->key_len = key->len;
    m->len = body->len;
    ngx_memcpy(ngx_cpymem(m->bytes, key->data, key->len), body->data,
               body->len);

    rc = NGX_DONE;
    (void) pthread_mutex_lock(&a->mutex);

    if (!ngx_rtalpha_amqp_known(a, key)) {
        rc = NGX_DECLINED;

        if (a->state.waiting < NGX_RTALPHA_AMQP_KEEP) {
            ngx_queue_insert_tail(&a->waiting, &m->queue);
            a->state.waiting++;
            rc = NGX_OK;
        }
    }

    (void) pthread_mutex_unlock(&a->mutex);

    if (rc != NGX_OK) {
        ngx_free(m);
        return rc == NGX_DONE ? NGX_OK : rc;
    }

    ngx_rtalpha_amqp_ring(a);

    return NGX_OK;
}


void
ngx_rtalpha_amqp_state(ngx_rtalpha_amqp_t *a, ngx_rtalpha_amqp_state_t *state)
{
    (void) pthread_mutex_lock(&a->mutex);
    *state = a->state;
    (void) pthread_mutex_unlock(&a->mutex);
}


void
ngx_rtalpha_amqp_stop(ngx_rtalpha_amqp_t *a, ngx_msec_t wait)
{
    struct timespec  until;

    __atomic_store_n(&a->stop, 1, __ATOMIC_RELEASE);
    ngx_rtalpha_amqp_ring(a);

    (void) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait / 1000;
    until.tv_nsec += (wait % 1000) * 1000000;

    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }

    if (pthread_timedjoin_np(a->tid, NULL, &until) == 0) {
        ngx_rtalpha_amqp_free(a);
        return;
    }

    (void) pthread_detach(a->tid);
}


/* from here on: in the thread */

static void
ngx_rtalpha_amqp_said(ngx_rtalpha_amqp_t *a, ngx_uint_t up, const char *what,
    const char *error)
{
    u_char  *p;

    (void) pthread_mutex_lock(&a->mutex);

    a->state.up = up;

    if (up) {
        a->state.connects++;
        a->state.error[0] = '\0';

    } else {
        a->state.failures++;
        p = ngx_snprintf(a->state.error, NGX_RTALPHA_AMQP_ERROR - 1, "%s: %s",
                         what, error);
        *p = '\0';
    }

    (void) pthread_mutex_unlock(&a->mutex);
}


/* the broker's answer to a call; what: the call */

static ngx_int_t
ngx_rtalpha_amqp_reply(ngx_rtalpha_amqp_t *a, amqp_rpc_reply_t reply,
    const char *what)
{
    u_char                     buf[NGX_RTALPHA_AMQP_ERROR], *p;
    amqp_bytes_t               text;
    amqp_channel_close_t      *ch;
    amqp_connection_close_t   *conn;

    switch (reply.reply_type) {

    case AMQP_RESPONSE_NORMAL:
        return NGX_OK;

    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
        ngx_rtalpha_amqp_said(a, 0, what,
                              amqp_error_string2(reply.library_error));
        return NGX_ERROR;

    case AMQP_RESPONSE_SERVER_EXCEPTION:
        break;

    default:
        ngx_rtalpha_amqp_said(a, 0, what, "no answer");
        return NGX_ERROR;
    }

    ngx_memzero(&text, sizeof(text));

    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        ch = reply.reply.decoded;
        text = ch->reply_text;

    } else if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        conn = reply.reply.decoded;
        text = conn->reply_text;
    }

    p = ngx_snprintf(buf, sizeof(buf) - 1, "%*s", text.len,
                     text.len ? (u_char *) text.bytes : (u_char *) "");
    *p = '\0';
    ngx_rtalpha_amqp_said(a, 0, what, (char *) buf);

    return NGX_ERROR;
}


static struct timeval
ngx_rtalpha_amqp_time(ngx_msec_t msec)
{
    struct timeval  tv;

    tv.tv_sec = msec / 1000;
    tv.tv_usec = (msec % 1000) * 1000;

    return tv;
}


static ngx_int_t
ngx_rtalpha_amqp_open(ngx_rtalpha_amqp_t *a)
{
    int             rc;
    amqp_socket_t  *socket;
    struct timeval  tv;

    a->conn = amqp_new_connection();
    if (a->conn == NULL) {
        return NGX_ERROR;
    }

    tv = ngx_rtalpha_amqp_time(a->timeout);
    (void) amqp_set_handshake_timeout(a->conn, &tv);
    (void) amqp_set_rpc_timeout(a->conn, &tv);

    if (a->tls) {
        amqp_set_initialize_ssl_library(0);
        socket = amqp_ssl_socket_new(a->conn);

        if (socket
            && amqp_ssl_socket_set_cacert(socket, NGX_RTALPHA_AMQP_CAS)
               != AMQP_STATUS_OK)
        {
            ngx_rtalpha_amqp_said(a, 0, "connect", "no certificates in "
                                  NGX_RTALPHA_AMQP_CAS);
            return NGX_ERROR;
        }

    } else {
        socket = amqp_tcp_socket_new(a->conn);
    }

    if (socket == NULL) {
        ngx_rtalpha_amqp_said(a, 0, "connect", "no memory");
        return NGX_ERROR;
    }

    rc = amqp_socket_open_noblock(socket, a->host, (int) a->port, &tv);

    if (rc != AMQP_STATUS_OK) {
        ngx_rtalpha_amqp_said(a, 0, "connect", amqp_error_string2(rc));
        return NGX_ERROR;
    }

    return ngx_rtalpha_amqp_reply(a,
               amqp_login(a->conn, a->vhost, 0, AMQP_DEFAULT_FRAME_SIZE,
                          (int) a->heartbeat, AMQP_SASL_METHOD_PLAIN, a->user,
                          a->password),
               "login");
}


/*
 * The exchange as Spring Cloud Stream declares it, and a queue of our own
 * with a name that the broker makes.
 */

static ngx_int_t
ngx_rtalpha_amqp_declare(ngx_rtalpha_amqp_t *a)
{
    amqp_bytes_t              exchange, name;
    amqp_queue_declare_ok_t  *queue;

    exchange = amqp_cstring_bytes(a->exchange);

    if (amqp_channel_open(a->conn, NGX_RTALPHA_AMQP_CHANNEL) == NULL) {
        goto failed;
    }

    amqp_exchange_declare(a->conn, NGX_RTALPHA_AMQP_CHANNEL, exchange,
                          amqp_cstring_bytes("topic"), 0, 1, 0, 0,
                          amqp_empty_table);

    if (amqp_get_rpc_reply(a->conn).reply_type != AMQP_RESPONSE_NORMAL) {
        goto failed;
    }

    queue = amqp_queue_declare(a->conn, NGX_RTALPHA_AMQP_CHANNEL,
                               amqp_empty_bytes, 0, 0, 1, 1,
                               amqp_empty_table);
    if (queue == NULL) {
        goto failed;
    }

    name = amqp_bytes_malloc_dup(queue->queue);

    amqp_queue_bind(a->conn, NGX_RTALPHA_AMQP_CHANNEL, name, exchange,
                    amqp_cstring_bytes("#"), amqp_empty_table);
    amqp_bytes_free(name);

    if (amqp_get_rpc_reply(a->conn).reply_type != AMQP_RESPONSE_NORMAL
        || amqp_basic_consume(a->conn, NGX_RTALPHA_AMQP_CHANNEL,
                              amqp_empty_bytes, amqp_empty_bytes, 0, 1, 1,
                              amqp_empty_table)
           == NULL
        || amqp_confirm_select(a->conn, NGX_RTALPHA_AMQP_CHANNEL) == NULL)
    {
        goto failed;
    }

    return NGX_OK;

failed:

    (void) ngx_rtalpha_amqp_reply(a, amqp_get_rpc_reply(a->conn), "declare");

    return NGX_ERROR;
}


/* what has not been confirmed is sent again, in its order */

static void
ngx_rtalpha_amqp_close(ngx_rtalpha_amqp_t *a)
{
    ngx_queue_t  *q;

    if (a->conn) {
        (void) amqp_destroy_connection(a->conn);
        a->conn = NULL;
    }

    (void) pthread_mutex_lock(&a->mutex);

    a->state.up = 0;

    while (!ngx_queue_empty(&a->sent)) {
        q = ngx_queue_last(&a->sent);
        ngx_queue_remove(q);
        ngx_queue_insert_head(&a->waiting, q);
    }

    (void) pthread_mutex_unlock(&a->mutex);
}


static ngx_rtalpha_amqp_msg_t *
ngx_rtalpha_amqp_take(ngx_rtalpha_amqp_t *a)
{
    ngx_queue_t             *q;
    ngx_rtalpha_amqp_msg_t  *m;

    m = NULL;
    (void) pthread_mutex_lock(&a->mutex);

    if (!ngx_queue_empty(&a->waiting)) {
        q = ngx_queue_head(&a->waiting);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&a->sent, q);
        m = ngx_queue_data(q, ngx_rtalpha_amqp_msg_t, queue);
        m->tag = ++a->tag;
    }

    (void) pthread_mutex_unlock(&a->mutex);

    return m;
}


static ngx_int_t
ngx_rtalpha_amqp_send(ngx_rtalpha_amqp_t *a)
{
    int                       rc;
    amqp_bytes_t              body, exchange;
    ngx_rtalpha_amqp_msg_t   *m;
    amqp_basic_properties_t   props;

    ngx_memzero(&props, sizeof(props));
    props._flags = AMQP_BASIC_CONTENT_TYPE_FLAG|AMQP_BASIC_DELIVERY_MODE_FLAG;
    props.content_type = amqp_cstring_bytes("application/json");
    props.delivery_mode = 2;
    exchange = amqp_cstring_bytes(a->exchange);

    while (!ngx_rtalpha_amqp_stopping(a)) {
        m = ngx_rtalpha_amqp_take(a);

        if (m == NULL) {
            return NGX_OK;
        }

        body.bytes = m->bytes + m->key_len;
        body.len = m->len;

        rc = amqp_basic_publish(a->conn, NGX_RTALPHA_AMQP_CHANNEL, exchange,
                                exchange, 0, 0, &props, body);

        if (rc != AMQP_STATUS_OK) {
            ngx_rtalpha_amqp_said(a, 0, "publish", amqp_error_string2(rc));
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_rtalpha_amqp_confirmed(ngx_rtalpha_amqp_t *a, amqp_basic_ack_t *ack)
{
    ngx_queue_t             *q, *next;
    ngx_rtalpha_amqp_msg_t  *m;

    (void) pthread_mutex_lock(&a->mutex);

    for (q = ngx_queue_head(&a->sent);
         q != ngx_queue_sentinel(&a->sent);
         q = next)
    {
        next = ngx_queue_next(q);
        m = ngx_queue_data(q, ngx_rtalpha_amqp_msg_t, queue);

        if (m->tag == ack->delivery_tag
            || (ack->multiple && m->tag < ack->delivery_tag))
        {
            ngx_queue_remove(q);
            ngx_free(m);
            a->state.waiting--;
            a->state.sent++;
        }
    }

    (void) pthread_mutex_unlock(&a->mutex);
}


/* a frame that is no message: a confirmation, or the end */

static ngx_int_t
ngx_rtalpha_amqp_frame(ngx_rtalpha_amqp_t *a)
{
    int             rc;
    amqp_frame_t    frame;
    struct timeval  tv;

    tv = ngx_rtalpha_amqp_time(0);
    rc = amqp_simple_wait_frame_noblock(a->conn, &frame, &tv);

    if (rc == AMQP_STATUS_TIMEOUT) {
        return NGX_OK;
    }

    if (rc != AMQP_STATUS_OK) {
        ngx_rtalpha_amqp_said(a, 0, "read", amqp_error_string2(rc));
        return NGX_ERROR;
    }

    if (frame.frame_type != AMQP_FRAME_METHOD) {
        return NGX_OK;
    }

    switch (frame.payload.method.id) {

    case AMQP_BASIC_ACK_METHOD:
        ngx_rtalpha_amqp_confirmed(a, frame.payload.method.decoded);
        return NGX_OK;

    case AMQP_BASIC_NACK_METHOD:
    case AMQP_BASIC_CANCEL_METHOD:
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
        ngx_rtalpha_amqp_said(a, 0, "read", "closed by the broker");
        return NGX_ERROR;

    default:
        return NGX_OK;
    }
}


/* what has come; NGX_AGAIN: nothing more for now */

static ngx_int_t
ngx_rtalpha_amqp_read(ngx_rtalpha_amqp_t *a)
{
    amqp_envelope_t    env;
    struct timeval     tv;
    amqp_rpc_reply_t   reply;

    amqp_maybe_release_buffers(a->conn);
    tv = ngx_rtalpha_amqp_time(0);
    reply = amqp_consume_message(a->conn, &env, &tv, 0);

    if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
        a->received(a->data, env.message.body.bytes, env.message.body.len);
        amqp_destroy_envelope(&env);

        (void) pthread_mutex_lock(&a->mutex);
        a->state.received++;
        (void) pthread_mutex_unlock(&a->mutex);

        return NGX_OK;
    }

    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {

        if (reply.library_error == AMQP_STATUS_TIMEOUT) {
            return NGX_AGAIN;
        }

        if (reply.library_error == AMQP_STATUS_UNEXPECTED_STATE) {
            return ngx_rtalpha_amqp_frame(a);
        }
    }

    (void) ngx_rtalpha_amqp_reply(a, reply, "read");

    return NGX_ERROR;
}


/* until there is something to do; the socket may be -1 */

static void
ngx_rtalpha_amqp_sleep(ngx_rtalpha_amqp_t *a, int fd, int msec)
{
    uint64_t       n;
    struct pollfd  fds[2];

    fds[0].fd = a->wake;
    fds[0].events = POLLIN;
    fds[1].fd = fd;
    fds[1].events = POLLIN;

    if (poll(fds, 2, msec) > 0 && fds[0].revents
        && read(a->wake, &n, sizeof(n)) == -1)
    {
        return;
    }
}


static void
ngx_rtalpha_amqp_serve(ngx_rtalpha_amqp_t *a)
{
    ngx_int_t  rc;

    while (!ngx_rtalpha_amqp_stopping(a)) {

        if (ngx_rtalpha_amqp_send(a) != NGX_OK) {
            return;
        }

        do {
            rc = ngx_rtalpha_amqp_read(a);
        } while (rc == NGX_OK && !ngx_rtalpha_amqp_stopping(a));

        if (rc == NGX_ERROR) {
            return;
        }

        ngx_rtalpha_amqp_sleep(a, amqp_get_sockfd(a->conn),
                               NGX_RTALPHA_AMQP_TURN);
    }
}


/* the wish to send does not shorten a pause, the end does */

static void
ngx_rtalpha_amqp_pause(ngx_rtalpha_amqp_t *a, ngx_uint_t failures)
{
    ngx_msec_t  left;

    left = NGX_RTALPHA_AMQP_PAUSE
           << ngx_min(failures - 1, NGX_RTALPHA_AMQP_PAUSES);

    while (left && !ngx_rtalpha_amqp_stopping(a)) {
        (void) poll(NULL, 0, NGX_RTALPHA_AMQP_STEP);
        left -= ngx_min(left, NGX_RTALPHA_AMQP_STEP);
    }
}


static void *
ngx_rtalpha_amqp_main(void *data)
{
    ngx_uint_t           failures;
    ngx_rtalpha_amqp_t  *a;

    a = data;
    failures = 0;

    while (!ngx_rtalpha_amqp_stopping(a)) {
        a->tag = 0;

        if (ngx_rtalpha_amqp_open(a) == NGX_OK
            && ngx_rtalpha_amqp_declare(a) == NGX_OK)
        {
            failures = 0;
            ngx_rtalpha_amqp_said(a, 1, NULL, NULL);
            ngx_rtalpha_amqp_serve(a);
        }

        ngx_rtalpha_amqp_close(a);
        ngx_rtalpha_amqp_pause(a, ++failures);
    }

    return NULL;
}
