
/*
 * Redis: objects, calls, scripts and subscriptions.
 *
 * A single server and a master found by Sentinel are one node; a cluster has
 * many.  The file ngx_rtalpha_redis_topology.c knows how nodes are found.
 *
 * A call keeps the bytes that it was sent as: it may have to be sent again,
 * to another node (MOVED, ASK) or with its script's source (NOSCRIPT).  It
 * never is after a connection was lost: nobody knows what became of it.
 */


#include "ngx_rtalpha_redis_inner.h"
#include "ngx_rtalpha_metrics.h"

#include <ngx_sha1.h>


#define NGX_RTALPHA_REDIS_POOL       4096
#define NGX_RTALPHA_REDIS_PAUSE      50


static void ngx_rtalpha_redis_connect(ngx_rtalpha_redis_t *redis);
static void ngx_rtalpha_redis_retry(ngx_event_t *ev);
static void ngx_rtalpha_redis_opened(void *data);
static void ngx_rtalpha_redis_closed(void *data);
static void ngx_rtalpha_redis_pushed(void *data,
    const ngx_rtalpha_reply_t *reply);
static ngx_int_t ngx_rtalpha_redis_listen(ngx_rtalpha_redis_node_t *node);
static ngx_rtalpha_redis_call_t *ngx_rtalpha_redis_make(
    ngx_rtalpha_redis_t *redis, ngx_rtalpha_redis_pt handler, void *data);
static void ngx_rtalpha_redis_keep(ngx_rtalpha_redis_call_t *call,
    ngx_rtalpha_resp_buf_t *buf);
static ngx_int_t ngx_rtalpha_redis_route(ngx_rtalpha_redis_call_t *call);
static ngx_rtalpha_redis_call_t *ngx_rtalpha_redis_dispatch(
    ngx_rtalpha_redis_call_t *call, const ngx_str_t *key);
static void ngx_rtalpha_redis_answered(ngx_rtalpha_call_t *link_call,
    const ngx_rtalpha_reply_t *reply);
static ngx_int_t ngx_rtalpha_redis_source(ngx_rtalpha_redis_call_t *call);
static void ngx_rtalpha_redis_hash(ngx_rtalpha_redis_script_t *script);


static const ngx_rtalpha_link_owner_t  ngx_rtalpha_redis_owner = {
    ngx_rtalpha_redis_opened,
    ngx_rtalpha_redis_closed,
    ngx_rtalpha_redis_pushed
};


static ngx_uint_t  ngx_rtalpha_redis_good;
static ngx_uint_t  ngx_rtalpha_redis_bad;
static ngx_uint_t  ngx_rtalpha_redis_refused;
static ngx_uint_t  ngx_rtalpha_redis_lost;


void
ngx_rtalpha_redis_counters(ngx_conf_t *cf)
{
    static char  calls[] = "rtalpha_redis_calls_total";
    static char  help[] =
        "Calls of Redis; failed: without a reply, refused: not sent.";

    ngx_rtalpha_redis_good = ngx_rtalpha_metrics_counter(cf, calls,
        "result=\"replied\"", help);
    ngx_rtalpha_redis_bad = ngx_rtalpha_metrics_counter(cf, calls,
        "result=\"failed\"", help);
    ngx_rtalpha_redis_refused = ngx_rtalpha_metrics_counter(cf, calls,
        "result=\"refused\"", help);

    ngx_rtalpha_redis_lost = ngx_rtalpha_metrics_counter(cf,
        "rtalpha_redis_failures_total", NULL,
        "Connections to Redis that were lost or could not be made.");
}


ngx_rtalpha_redis_t *
ngx_rtalpha_redis_create(const ngx_rtalpha_redis_conf_t *conf,
    void (*changed)(void *data, ngx_uint_t up), void *data)
{
    ngx_pool_t           *pool;
    ngx_rtalpha_redis_t  *redis;

    pool = ngx_create_pool(NGX_RTALPHA_REDIS_POOL, ngx_cycle->log);

    if (pool == NULL) {
        return NULL;
    }

    redis = ngx_pcalloc(pool, sizeof(ngx_rtalpha_redis_t));

    if (redis == NULL) {
        goto failed;
    }

    redis->pool = pool;
    redis->conf = conf;
    redis->changed = changed;
    redis->data = data;
    redis->pause = NGX_RTALPHA_REDIS_PAUSE;

    redis->link_conf = conf->link;
    redis->link_conf.master = (conf->kind == NGX_RTALPHA_REDIS_SENTINEL);

    redis->retry.handler = ngx_rtalpha_redis_retry;
    redis->retry.data = &redis->dummy;
    redis->retry.log = ngx_cycle->log;
    redis->retry.cancelable = 1;
    redis->dummy.fd = (ngx_socket_t) -1;
    redis->dummy.data = redis;

    redis->nodes = ngx_pcalloc(pool, NGX_RTALPHA_REDIS_NODES
                                     * sizeof(ngx_rtalpha_redis_node_t *));
    if (redis->nodes == NULL) {
        goto failed;
    }

    if (conf->kind == NGX_RTALPHA_REDIS_CLUSTER) {
        redis->slots = ngx_pcalloc(pool, NGX_RTALPHA_RESP_SLOTS
                                         * sizeof(uint16_t));
        if (redis->slots == NULL) {
            goto failed;
        }
    }

    /* from the event loop: the caller may still want to subscribe */

    ngx_add_timer(&redis->retry, 1);

    return redis;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


void
ngx_rtalpha_redis_destroy(ngx_rtalpha_redis_t *redis)
{
    ngx_uint_t  i;

    redis->dying = 1;
    redis->up = 0;

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    if (redis->asker) {
        ngx_rtalpha_link_close(redis->asker);
    }

    for (i = 0; i < redis->n; i++) {
        ngx_rtalpha_redis_drop(redis->nodes[i]);
    }

    ngx_rtalpha_resp_free(&redis->question_text);
    ngx_destroy_pool(redis->pool);
}


ngx_uint_t
ngx_rtalpha_redis_ready(const ngx_rtalpha_redis_t *redis)
{
    return redis->up;
}


/* a call whose words are written into buf; NULL: refused, or no memory */

static ngx_rtalpha_redis_call_t *
ngx_rtalpha_redis_begin(ngx_rtalpha_redis_t *redis,
    ngx_rtalpha_resp_buf_t *buf, ngx_rtalpha_redis_pt handler, void *data)
{
    if (!redis->up) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_redis_refused, 1);
        return NULL;
    }

    ngx_memzero(buf, sizeof(ngx_rtalpha_resp_buf_t));
    buf->max = redis->link_conf.max_output;

    return ngx_rtalpha_redis_make(redis, handler, data);
}


/* the call's last words; rc: of what has been written before */

static ngx_rtalpha_redis_call_t *
ngx_rtalpha_redis_words(ngx_rtalpha_redis_call_t *call,
    ngx_rtalpha_resp_buf_t *buf, ngx_int_t rc, ngx_uint_t n,
    const ngx_str_t *words, const ngx_str_t *key)
{
    ngx_uint_t  i;

    for (i = 0; i < n && rc == NGX_OK; i++) {
        rc = ngx_rtalpha_resp_bulk(buf, words[i].data, words[i].len);
    }

    ngx_rtalpha_redis_keep(call, buf);

    if (rc != NGX_OK) {
        free(call->call.bytes);
        ngx_free(call);
        return NULL;
    }

    return ngx_rtalpha_redis_dispatch(call, key);
}


ngx_rtalpha_redis_call_t *
ngx_rtalpha_redis_call(ngx_rtalpha_redis_t *redis, const ngx_str_t *key,
    ngx_uint_t n, const ngx_str_t *words, ngx_rtalpha_redis_pt handler,
    void *data)
{
    ngx_int_t                  rc;
    ngx_rtalpha_resp_buf_t     buf;
    ngx_rtalpha_redis_call_t  *call;

    call = ngx_rtalpha_redis_begin(redis, &buf, handler, data);

    if (call == NULL) {
        return NULL;
    }

    rc = ngx_rtalpha_resp_head(&buf, n);

    return ngx_rtalpha_redis_words(call, &buf, rc, n, words, key);
}


void
ngx_rtalpha_redis_cancel(ngx_rtalpha_redis_call_t *call)
{
    call->handler = NULL;
}


ngx_rtalpha_redis_call_t *
ngx_rtalpha_redis_eval(ngx_rtalpha_redis_t *redis,
    ngx_rtalpha_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t n,
    const ngx_str_t *words, ngx_rtalpha_redis_pt handler, void *data)
{
    u_char                     keys[NGX_INT_T_LEN];
    ngx_int_t                  rc;
    ngx_rtalpha_resp_buf_t     buf;
    ngx_rtalpha_redis_call_t  *call;

    call = ngx_rtalpha_redis_begin(redis, &buf, handler, data);

    if (call == NULL) {
        return NULL;
    }

    ngx_rtalpha_redis_hash(script);

    rc = ngx_rtalpha_resp_head(&buf, n + 3);
    rc |= ngx_rtalpha_resp_bulk(&buf, ngx_rtalpha_lit("EVALSHA"));
    rc |= ngx_rtalpha_resp_bulk(&buf, script->sha, sizeof(script->sha));

    call->script = script;
    call->words = n + 3;
    call->tail = ngx_rtalpha_resp_size(&buf);

    rc |= ngx_rtalpha_resp_bulk(&buf, keys,
                                ngx_sprintf(keys, "%ui", nkeys) - keys);

    return ngx_rtalpha_redis_words(call, &buf, rc, n, words,
                                   nkeys ? &words[0] : NULL);
}


ngx_int_t
ngx_rtalpha_redis_subscribe(ngx_rtalpha_redis_t *redis, ngx_uint_t n,
    const ngx_str_t *channels, ngx_rtalpha_redis_message_pt handler,
    void *data)
{
    ngx_uint_t  i;

    redis->channels = ngx_palloc(redis->pool, n * sizeof(ngx_str_t));

    if (redis->channels == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        redis->channels[i].len = channels[i].len;
        redis->channels[i].data = ngx_pstrdup(redis->pool,
                                              (ngx_str_t *) &channels[i]);

        if (redis->channels[i].data == NULL) {
            return NGX_ERROR;
        }
    }

    redis->nchannels = n;
    redis->message = handler;
    redis->message_data = data;

    return NGX_OK;
}


ngx_rtalpha_redis_node_t *
ngx_rtalpha_redis_node(ngx_rtalpha_redis_t *redis, struct sockaddr *sockaddr,
    socklen_t socklen, const ngx_str_t *name)
{
    ngx_uint_t                 i;
    ngx_rtalpha_redis_node_t  *node;

    for (i = 0; i < redis->n; i++) {
        node = redis->nodes[i];

        if (ngx_cmp_sockaddr(sockaddr, socklen, &node->sockaddr.sockaddr,
                             node->socklen, 1)
            == NGX_OK)
        {
            return node;
        }
    }

    if (redis->n == NGX_RTALPHA_REDIS_NODES
        || socklen > (socklen_t) sizeof(ngx_sockaddr_t))
    {
        return NULL;
    }

    node = ngx_pcalloc(redis->pool, sizeof(ngx_rtalpha_redis_node_t));

    if (node == NULL) {
        return NULL;
    }

    node->link = ngx_rtalpha_link_create(redis->pool, &redis->link_conf,
                                         &ngx_rtalpha_redis_owner, node);
    if (node->link == NULL) {
        return NULL;
    }

    node->redis = redis;
    node->socklen = socklen;
    ngx_memcpy(&node->sockaddr, sockaddr, socklen);
    ngx_queue_init(&node->held);

    node->name.len = ngx_min(name->len, sizeof(node->name_data));
    node->name.data = node->name_data;
    ngx_memcpy(node->name_data, name->data, node->name.len);

    redis->nodes[redis->n++] = node;

    return node;
}


void
ngx_rtalpha_redis_open(ngx_rtalpha_redis_node_t *node)
{
    if (node->opening || ngx_rtalpha_link_ready(node->link)) {
        return;
    }

    if (ngx_rtalpha_link_open(node->link, &node->sockaddr.sockaddr,
                              node->socklen, &node->name)
        == NGX_OK)
    {
        node->opening = 1;
        return;
    }

    ngx_rtalpha_redis_closed(node);
}


void
ngx_rtalpha_redis_drop(ngx_rtalpha_redis_node_t *node)
{
    ngx_queue_t  *q;

    node->opening = 0;
    ngx_rtalpha_link_close(node->link);

    while (!ngx_queue_empty(&node->held)) {
        q = ngx_queue_head(&node->held);
        ngx_queue_remove(q);

        ngx_rtalpha_redis_end((ngx_rtalpha_redis_call_t *)
                              ngx_queue_data(q, ngx_rtalpha_call_t, queue),
                              NULL);
    }
}


void
ngx_rtalpha_redis_later(ngx_rtalpha_redis_t *redis)
{
    ngx_msec_t  pause;

    if (redis->dying || ngx_exiting || redis->retry.timer_set) {
        return;
    }

    /* not all workers at once */

    pause = redis->pause / 2 + (ngx_msec_t) ngx_random() % redis->pause;

    redis->pause = ngx_min(redis->pause * 2, redis->conf->pause);

    ngx_add_timer(&redis->retry, pause);
}


void
ngx_rtalpha_redis_tell(ngx_rtalpha_redis_t *redis, ngx_uint_t up)
{
    if (redis->up == up || redis->dying) {
        return;
    }

    redis->up = up;

    if (redis->changed) {
        redis->changed(redis->data, up);
    }
}


ngx_int_t
ngx_rtalpha_redis_send(ngx_rtalpha_redis_node_t *node,
    ngx_rtalpha_redis_call_t *call)
{
    if (node->opening) {
        ngx_queue_insert_tail(&node->held, &call->call.queue);
        return NGX_OK;
    }

    return ngx_rtalpha_link_send(node->link, &call->call);
}


void
ngx_rtalpha_redis_end(ngx_rtalpha_redis_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_metrics_add(reply ? ngx_rtalpha_redis_good
                                  : ngx_rtalpha_redis_bad, 1);

    if (call->handler) {
        call->handler(call->data, reply);
    }

    free(call->call.bytes);
    ngx_free(call);
}


ngx_int_t
ngx_rtalpha_redis_addr(ngx_pool_t *pool, const ngx_str_t *host,
    const ngx_str_t *port, ngx_addr_t *addr)
{
    ngx_int_t  n;

    n = ngx_atoi(port->data, port->len);

    if (n < 1 || n > 65535
        || ngx_parse_addr(pool, addr, host->data, host->len) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_inet_set_port(addr->sockaddr, (in_port_t) n);

    addr->name.data = ngx_pnalloc(pool, NGX_SOCKADDR_STRLEN);

    if (addr->name.data == NULL) {
        return NGX_ERROR;
    }

    addr->name.len = ngx_sock_ntop(addr->sockaddr, addr->socklen,
                                   addr->name.data, NGX_SOCKADDR_STRLEN, 1);

    return NGX_OK;
}


static void
ngx_rtalpha_redis_connect(ngx_rtalpha_redis_t *redis)
{
    ngx_addr_t                *addr;
    ngx_rtalpha_redis_node_t  *node;

    if (redis->conf->kind == NGX_RTALPHA_REDIS_SENTINEL) {
        if (ngx_rtalpha_sentinel_ask(redis) != NGX_OK) {
            ngx_rtalpha_redis_later(redis);
        }

        return;
    }

    if (redis->conf->kind == NGX_RTALPHA_REDIS_CLUSTER
        && redis->nchannels == 0)
    {
        if (ngx_rtalpha_cluster_connect(redis) != NGX_OK) {
            ngx_rtalpha_redis_later(redis);
        }

        return;
    }

    /* any node of a cluster has every message */

    addr = redis->conf->addrs.elts;
    addr += redis->next++ % redis->conf->addrs.nelts;

    node = ngx_rtalpha_redis_node(redis, addr->sockaddr, addr->socklen,
                                  &addr->name);
    if (node == NULL) {
        ngx_rtalpha_redis_later(redis);
        return;
    }

    ngx_rtalpha_redis_open(node);
}


static void
ngx_rtalpha_redis_retry(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    ngx_rtalpha_redis_connect(c->data);
}


static void
ngx_rtalpha_redis_opened(void *data)
{
    ngx_queue_t               *q, held;
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_redis_call_t  *call;
    ngx_rtalpha_redis_node_t  *node = data;

    redis = node->redis;
    node->opening = 0;

    if (redis->nchannels) {

        if (ngx_rtalpha_redis_listen(node) != NGX_OK) {
            ngx_rtalpha_link_close(node->link);
            ngx_rtalpha_redis_later(redis);
        }

        return;
    }

    ngx_queue_init(&held);

    if (!ngx_queue_empty(&node->held)) {
        ngx_queue_add(&held, &node->held);
        ngx_queue_init(&node->held);
    }

    while (!ngx_queue_empty(&held)) {
        q = ngx_queue_head(&held);
        ngx_queue_remove(q);

        call = (ngx_rtalpha_redis_call_t *)
                                ngx_queue_data(q, ngx_rtalpha_call_t, queue);

        if (ngx_rtalpha_link_send(node->link, &call->call) != NGX_OK) {
            ngx_rtalpha_redis_end(call, NULL);
        }
    }

    if (redis->conf->kind == NGX_RTALPHA_REDIS_CLUSTER) {
        ngx_rtalpha_cluster_opened(node);
        return;
    }

    redis->pause = NGX_RTALPHA_REDIS_PAUSE;
    ngx_rtalpha_redis_tell(redis, 1);
}


static void
ngx_rtalpha_redis_closed(void *data)
{
    ngx_uint_t                 i, up;
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_redis_node_t  *node = data;

    ngx_rtalpha_metrics_add(ngx_rtalpha_redis_lost, 1);

    redis = node->redis;
    node->opening = 0;
    up = 0;

    for (i = 0; i < redis->n; i++) {
        up |= ngx_rtalpha_link_ready(redis->nodes[i]->link);
    }

    ngx_rtalpha_redis_tell(redis, up);
    ngx_rtalpha_redis_drop(node);
    ngx_rtalpha_redis_later(redis);
}


static ngx_int_t
ngx_rtalpha_redis_listen(ngx_rtalpha_redis_node_t *node)
{
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_rtalpha_redis_t     *redis;
    ngx_rtalpha_resp_buf_t   buf;

    redis = node->redis;

    ngx_memzero(&buf, sizeof(ngx_rtalpha_resp_buf_t));
    buf.max = redis->link_conf.max_output;

    rc = ngx_rtalpha_resp_head(&buf, redis->nchannels + 1);
    rc |= ngx_rtalpha_resp_bulk(&buf, ngx_rtalpha_lit("SUBSCRIBE"));

    for (i = 0; i < redis->nchannels && rc == NGX_OK; i++) {
        rc = ngx_rtalpha_resp_bulk(&buf, redis->channels[i].data,
                                   redis->channels[i].len);
    }

    if (rc == NGX_OK) {
        ngx_rtalpha_link_push(node->link);
        rc = ngx_rtalpha_link_write(node->link, buf.pos,
                                    ngx_rtalpha_resp_size(&buf));
    }

    ngx_rtalpha_resp_free(&buf);

    return rc;
}


static void
ngx_rtalpha_redis_pushed(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_reply_t       *kind, *channel, *message;
    ngx_rtalpha_redis_node_t  *node = data;

    redis = node->redis;

    kind = ngx_rtalpha_reply_at(reply, 0);
    channel = ngx_rtalpha_reply_at(reply, 1);
    message = ngx_rtalpha_reply_at(reply, 2);

    if (reply->type == NGX_RTALPHA_RESP_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "redis %V: subscribing: %V", &node->name, &reply->str);
        ngx_rtalpha_link_close(node->link);
        ngx_rtalpha_redis_closed(node);
        return;
    }

    if (kind == NULL || channel == NULL || message == NULL) {
        return;                                             /* a pong */
    }

    if (ngx_rtalpha_str_is(&kind->str, "message")) {
        redis->message(redis->message_data, &channel->str, &message->str);
        return;
    }

    if (ngx_rtalpha_str_is(&kind->str, "subscribe")) {
        redis->pause = NGX_RTALPHA_REDIS_PAUSE;
        ngx_rtalpha_redis_tell(redis, 1);
        redis->message(redis->message_data, &channel->str, NULL);
    }
}


static ngx_rtalpha_redis_call_t *
ngx_rtalpha_redis_make(ngx_rtalpha_redis_t *redis,
    ngx_rtalpha_redis_pt handler, void *data)
{
    ngx_rtalpha_redis_call_t  *call;

    call = ngx_calloc(sizeof(ngx_rtalpha_redis_call_t), ngx_cycle->log);

    if (call) {
        call->redis = redis;
        call->handler = handler;
        call->data = data;
        call->slot = NGX_RTALPHA_REDIS_ANY;
        call->call.answered = ngx_rtalpha_redis_answered;
        call->call.owner = call;
    }

    return call;
}


/* the memory of the buffer becomes the call's */

static void
ngx_rtalpha_redis_keep(ngx_rtalpha_redis_call_t *call,
    ngx_rtalpha_resp_buf_t *buf)
{
    free(call->call.bytes);

    call->call.bytes = buf->start;
    call->call.len = ngx_rtalpha_resp_size(buf);
}


static ngx_rtalpha_redis_call_t *
ngx_rtalpha_redis_dispatch(ngx_rtalpha_redis_call_t *call,
    const ngx_str_t *key)
{
    if (key && call->redis->slots) {
        call->slot = ngx_rtalpha_resp_slot(key);
    }

    if (ngx_rtalpha_redis_route(call) == NGX_OK) {
        return call;
    }

    ngx_rtalpha_metrics_add(ngx_rtalpha_redis_refused, 1);

    free(call->call.bytes);
    ngx_free(call);

    return NULL;
}


static ngx_int_t
ngx_rtalpha_redis_route(ngx_rtalpha_redis_call_t *call)
{
    ngx_uint_t                 i;
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_redis_node_t  *node;

    redis = call->redis;
    node = NULL;

    if (redis->slots) {
        node = ngx_rtalpha_cluster_node(redis, call->slot);

    } else {
        for (i = 0; i < redis->n && node == NULL; i++) {
            if (ngx_rtalpha_link_ready(redis->nodes[i]->link)) {
                node = redis->nodes[i];
            }
        }
    }

    return node ? ngx_rtalpha_redis_send(node, call) : NGX_DECLINED;
}


static void
ngx_rtalpha_redis_answered(ngx_rtalpha_call_t *link_call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_uint_t                 i, lost;
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_redis_call_t  *call;

    call = link_call->owner;
    redis = call->redis;

    if (reply == NULL || reply->type != NGX_RTALPHA_RESP_ERROR
        || redis->dying)
    {
        ngx_rtalpha_redis_end(call, reply);
        return;
    }

    if (call->script && ngx_rtalpha_reply_is_error(reply, "NOSCRIPT")
        && ngx_rtalpha_redis_source(call) == NGX_OK)
    {
        return;
    }

    if (redis->slots
        && ngx_rtalpha_cluster_redirect(call, reply) == NGX_OK)
    {
        return;
    }

    /* a master that has become a replica */

    lost = (redis->conf->kind == NGX_RTALPHA_REDIS_SENTINEL
            && ngx_rtalpha_reply_is_error(reply, "READONLY"));

    ngx_rtalpha_redis_end(call, reply);

    for (i = 0; lost && i < redis->n; i++) {
        if (ngx_rtalpha_link_ready(redis->nodes[i]->link)) {
            ngx_rtalpha_redis_drop(redis->nodes[i]);
            ngx_rtalpha_redis_closed(redis->nodes[i]);
        }
    }
}


/* the server does not know the script: with its source, once */

static ngx_int_t
ngx_rtalpha_redis_source(ngx_rtalpha_redis_call_t *call)
{
    ngx_int_t                    rc;
    ngx_rtalpha_resp_buf_t       buf;
    ngx_rtalpha_redis_script_t  *script;

    script = call->script;
    call->script = NULL;

    ngx_memzero(&buf, sizeof(ngx_rtalpha_resp_buf_t));
    buf.max = call->redis->link_conf.max_output;

    rc = ngx_rtalpha_resp_head(&buf, call->words);
    rc |= ngx_rtalpha_resp_bulk(&buf, ngx_rtalpha_lit("EVAL"));
    rc |= ngx_rtalpha_resp_bulk(&buf, script->source.data,
                                script->source.len);
    rc |= ngx_rtalpha_resp_raw(&buf, call->call.bytes + call->tail,
                               call->call.len - call->tail);

    if (rc != NGX_OK) {
        ngx_rtalpha_resp_free(&buf);
        return NGX_ERROR;
    }

    ngx_rtalpha_redis_keep(call, &buf);

    return ngx_rtalpha_redis_route(call);
}


static void
ngx_rtalpha_redis_hash(ngx_rtalpha_redis_script_t *script)
{
    u_char      hash[20];
    ngx_sha1_t  sha;

    if (script->sha[0]) {
        return;
    }

    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, script->source.data, script->source.len);
    ngx_sha1_final(hash, &sha);
    ngx_hex_dump(script->sha, hash, sizeof(hash));
}
