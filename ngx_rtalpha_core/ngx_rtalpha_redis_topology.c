
/*
 * How the nodes of a Redis are found: by Sentinel, or by Cluster.
 *
 * Sentinel: one sentinel after the other is asked for the master, whenever
 * the connection to a master is lost; the master has to say itself that it
 * is one.  When a master is replaced, Sentinel makes the old one close its
 * connections, so that nothing else has to be watched.
 *
 * Cluster: the map of slots is read from a node that is open, at the start,
 * after a node was lost and when a node says that a slot has moved.  Calls
 * for a node that is just being opened wait for it.
 */


#include "ngx_rtalpha_redis_inner.h"


static void ngx_rtalpha_sentinel_opened(void *data);
static void ngx_rtalpha_sentinel_closed(void *data);
static void ngx_rtalpha_sentinel_pushed(void *data,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_sentinel_answered(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);
static ngx_int_t ngx_rtalpha_sentinel_found(ngx_rtalpha_redis_t *redis,
    const ngx_rtalpha_reply_t *reply);
static ngx_rtalpha_redis_node_t *ngx_rtalpha_topology_node(
    ngx_rtalpha_redis_t *redis, const ngx_str_t *host,
    const ngx_str_t *port);
static ngx_uint_t ngx_rtalpha_cluster_index(ngx_rtalpha_redis_node_t *node);
static void ngx_rtalpha_cluster_ask(ngx_rtalpha_redis_t *redis);
static void ngx_rtalpha_cluster_answered(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_cluster_range(ngx_rtalpha_redis_t *redis,
    const ngx_rtalpha_reply_t *range);
static void ngx_rtalpha_cluster_use(ngx_rtalpha_redis_t *redis);
static ngx_int_t ngx_rtalpha_cluster_asking(ngx_rtalpha_redis_node_t *node);
static void ngx_rtalpha_cluster_asked(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply);


static const ngx_rtalpha_link_owner_t  ngx_rtalpha_sentinel_owner = {
    ngx_rtalpha_sentinel_opened,
    ngx_rtalpha_sentinel_closed,
    ngx_rtalpha_sentinel_pushed
};


static u_char  ngx_rtalpha_cluster_slots[] =
    "*2" CRLF "$7" CRLF "CLUSTER" CRLF "$5" CRLF "SLOTS" CRLF;
static u_char  ngx_rtalpha_cluster_asking_bytes[] =
    "*1" CRLF "$6" CRLF "ASKING" CRLF;


ngx_int_t
ngx_rtalpha_sentinel_ask(ngx_rtalpha_redis_t *redis)
{
    ngx_addr_t  *addr;

    if (redis->asker == NULL) {
        redis->ask_conf = redis->link_conf;
        redis->ask_conf.master = 0;
        redis->ask_conf.db = 0;
        ngx_str_null(&redis->ask_conf.username);
        ngx_str_null(&redis->ask_conf.password);

        redis->question_text.max = redis->link_conf.max_output;

        redis->asker = ngx_rtalpha_link_create(redis->pool, &redis->ask_conf,
                                               &ngx_rtalpha_sentinel_owner,
                                               redis);
        if (redis->asker == NULL) {
            return NGX_ERROR;
        }
    }

    addr = redis->conf->addrs.elts;
    addr += redis->next++ % redis->conf->addrs.nelts;

    if (ngx_rtalpha_link_open(redis->asker, addr->sockaddr, addr->socklen,
                              &addr->name)
        != NGX_OK)
    {
        ngx_rtalpha_sentinel_closed(redis);
    }

    return NGX_OK;
}


static void
ngx_rtalpha_sentinel_opened(void *data)
{
    ngx_int_t                rc;
    ngx_rtalpha_redis_t     *redis = data;
    ngx_rtalpha_resp_buf_t  *buf;

    buf = &redis->question_text;
    ngx_rtalpha_resp_sent(buf, ngx_rtalpha_resp_size(buf));

    rc = ngx_rtalpha_resp_head(buf, 3);
    rc |= ngx_rtalpha_resp_bulk(buf, ngx_rtalpha_lit("SENTINEL"));
    rc |= ngx_rtalpha_resp_bulk(buf,
                                ngx_rtalpha_lit("get-master-addr-by-name"));
    rc |= ngx_rtalpha_resp_bulk(buf, redis->conf->master.data,
                                redis->conf->master.len);

    redis->question.answered = ngx_rtalpha_sentinel_answered;
    redis->question.owner = redis;
    redis->question.bytes = buf->pos;
    redis->question.len = ngx_rtalpha_resp_size(buf);

    if (rc != NGX_OK
        || ngx_rtalpha_link_send(redis->asker, &redis->question) != NGX_OK)
    {
        ngx_rtalpha_link_close(redis->asker);
        ngx_rtalpha_sentinel_closed(redis);
    }
}


/* the next sentinel at once, but pauses between rounds of all */

static void
ngx_rtalpha_sentinel_closed(void *data)
{
    ngx_rtalpha_redis_t  *redis = data;

    redis->failures++;

    if (redis->failures % redis->conf->addrs.nelts && !ngx_exiting) {
        ngx_add_timer(&redis->retry, 1);
        return;
    }

    ngx_rtalpha_redis_later(redis);
}


static void
ngx_rtalpha_sentinel_pushed(void *data, const ngx_rtalpha_reply_t *reply)
{
    /* a sentinel is asked, never listened to */
}


static void
ngx_rtalpha_sentinel_answered(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_int_t             rc;
    ngx_rtalpha_redis_t  *redis;

    redis = call->owner;

    if (reply == NULL) {
        return;                                 /* closed() comes */
    }

    rc = ngx_rtalpha_sentinel_found(redis, reply);

    ngx_rtalpha_link_close(redis->asker);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "sentinel %V knows no master \"%V\"",
                      ngx_rtalpha_link_name(redis->asker),
                      &redis->conf->master);
        ngx_rtalpha_sentinel_closed(redis);
    }
}


static ngx_int_t
ngx_rtalpha_sentinel_found(ngx_rtalpha_redis_t *redis,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_reply_t       *host, *port;
    ngx_rtalpha_redis_node_t  *node;

    host = ngx_rtalpha_reply_at(reply, 0);
    port = ngx_rtalpha_reply_at(reply, 1);

    if (host == NULL || port == NULL) {
        return NGX_ERROR;
    }

    node = ngx_rtalpha_topology_node(redis, &host->str, &port->str);

    if (node == NULL) {
        return NGX_ERROR;
    }

    redis->failures = 0;

    ngx_rtalpha_redis_open(node);

    return NGX_OK;
}


static ngx_rtalpha_redis_node_t *
ngx_rtalpha_topology_node(ngx_rtalpha_redis_t *redis, const ngx_str_t *host,
    const ngx_str_t *port)
{
    ngx_addr_t                 addr;
    ngx_pool_t                *pool;
    ngx_rtalpha_redis_node_t  *node;

    pool = ngx_create_pool(1024, ngx_cycle->log);

    if (pool == NULL) {
        return NULL;
    }

    node = NULL;

    if (ngx_rtalpha_redis_addr(pool, host, port, &addr) == NGX_OK) {
        node = ngx_rtalpha_redis_node(redis, addr.sockaddr, addr.socklen,
                                      &addr.name);
    }

    ngx_destroy_pool(pool);

    return node;
}


ngx_int_t
ngx_rtalpha_cluster_connect(ngx_rtalpha_redis_t *redis)
{
    ngx_uint_t                 i, ready;
    ngx_addr_t                *addr;
    ngx_rtalpha_redis_node_t  *node;

    addr = redis->conf->addrs.elts;
    ready = 0;

    for (i = 0; i < redis->conf->addrs.nelts; i++) {
        (void) ngx_rtalpha_redis_node(redis, addr[i].sockaddr,
                                      addr[i].socklen, &addr[i].name);
    }

    for (i = 0; i < redis->n; i++) {
        ready |= ngx_rtalpha_link_ready(redis->nodes[i]->link);
    }

    /* those of the map; all that were ever known while nobody answers */

    for (i = 0; i < redis->n; i++) {
        node = redis->nodes[i];

        if (node->listed || !ready) {
            ngx_rtalpha_redis_open(node);
        }
    }

    ngx_rtalpha_cluster_ask(redis);

    return redis->n ? NGX_OK : NGX_ERROR;
}


void
ngx_rtalpha_cluster_opened(ngx_rtalpha_redis_node_t *node)
{
    ngx_rtalpha_redis_t  *redis;

    redis = node->redis;

    if (redis->mapped) {
        ngx_rtalpha_redis_tell(redis, 1);
        return;
    }

    ngx_rtalpha_cluster_ask(redis);
}


ngx_rtalpha_redis_node_t *
ngx_rtalpha_cluster_node(ngx_rtalpha_redis_t *redis, ngx_uint_t slot)
{
    ngx_uint_t                 i;
    ngx_rtalpha_redis_node_t  *node;

    if (slot != NGX_RTALPHA_REDIS_ANY) {
        i = redis->slots[slot];
        return i ? redis->nodes[i - 1] : NULL;
    }

    for (i = 0; i < redis->n; i++) {
        node = redis->nodes[i];

        if (node->listed && ngx_rtalpha_link_ready(node->link)) {
            return node;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_cluster_redirect(ngx_rtalpha_redis_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    u_char                    *p, *end;
    ngx_int_t                  slot;
    ngx_str_t                  host, port;
    ngx_uint_t                 ask;
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_redis_node_t  *node;

    redis = call->redis;
    ask = ngx_rtalpha_reply_is_error(reply, "ASK ");

    if ((!ask && !ngx_rtalpha_reply_is_error(reply, "MOVED "))
        || call->hops++ == NGX_RTALPHA_REDIS_HOPS)
    {
        return NGX_DECLINED;
    }

    /* "MOVED 3999 127.0.0.1:6381" */

    p = reply->str.data + (ask ? sizeof("ASK ") : sizeof("MOVED ")) - 1;
    end = reply->str.data + reply->str.len;

    host.data = ngx_strlchr(p, end, ' ');

    if (host.data == NULL) {
        return NGX_DECLINED;
    }

    slot = ngx_atoi(p, (size_t) (host.data - p));
    host.data++;

    for (port.data = end; port.data > host.data; port.data--) {
        if (port.data[-1] == ':') {
            break;
        }
    }

    if (port.data == host.data || slot < 0
        || slot >= NGX_RTALPHA_RESP_SLOTS)
    {
        return NGX_DECLINED;
    }

    port.len = (size_t) (end - port.data);
    host.len = (size_t) (port.data - 1 - host.data);

    node = ngx_rtalpha_topology_node(redis, &host, &port);

    if (node == NULL) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_redis_open(node);

    if (ask) {
        if (ngx_rtalpha_cluster_asking(node) != NGX_OK) {
            return NGX_DECLINED;
        }

    } else {
        node->listed = 1;
        redis->slots[slot] = (uint16_t) (ngx_rtalpha_cluster_index(node) + 1);
        ngx_rtalpha_cluster_ask(redis);
    }

    return ngx_rtalpha_redis_send(node, call);
}


static ngx_uint_t
ngx_rtalpha_cluster_index(ngx_rtalpha_redis_node_t *node)
{
    ngx_uint_t  i;

    for (i = 0; node->redis->nodes[i] != node; i++) { /* void */ }

    return i;
}


/* asks any node that is open for the map, one at a time */

static void
ngx_rtalpha_cluster_ask(ngx_rtalpha_redis_t *redis)
{
    ngx_uint_t                 i;
    ngx_rtalpha_redis_node_t  *node;

    if (redis->mapping) {
        return;
    }

    redis->map_call.answered = ngx_rtalpha_cluster_answered;
    redis->map_call.owner = redis;
    redis->map_call.bytes = ngx_rtalpha_cluster_slots;
    redis->map_call.len = sizeof(ngx_rtalpha_cluster_slots) - 1;

    for (i = 0; i < redis->n; i++) {
        node = redis->nodes[(redis->next + i) % redis->n];

        if (ngx_rtalpha_link_send(node->link, &redis->map_call) == NGX_OK) {
            redis->mapping = 1;
            redis->next += i + 1;
            return;
        }
    }
}


static void
ngx_rtalpha_cluster_answered(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_uint_t            i;
    ngx_rtalpha_redis_t  *redis;

    redis = call->owner;
    redis->mapping = 0;

    if (redis->dying) {
        return;
    }

    if (reply == NULL || reply->type != NGX_RTALPHA_RESP_ARRAY
        || reply->n == 0)
    {
        if (reply && reply->type == NGX_RTALPHA_RESP_ERROR) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "redis cluster: %V", &reply->str);
        }

        ngx_rtalpha_redis_later(redis);
        return;
    }

    ngx_memzero(redis->slots, NGX_RTALPHA_RESP_SLOTS * sizeof(uint16_t));

    for (i = 0; i < redis->n; i++) {
        redis->nodes[i]->listed = 0;
    }

    for (i = 0; i < reply->n; i++) {
        ngx_rtalpha_cluster_range(redis, reply->elements[i]);
    }

    redis->mapped = 1;

    ngx_rtalpha_cluster_use(redis);
}


/* [first, last, [host, port, …] of the master, [host, port, …] … ] */

static void
ngx_rtalpha_cluster_range(ngx_rtalpha_redis_t *redis,
    const ngx_rtalpha_reply_t *range)
{
    int64_t                    slot;
    uint16_t                   index;
    ngx_rtalpha_reply_t       *first, *last, *master, *host, *port;
    ngx_rtalpha_redis_node_t  *node;

    first = ngx_rtalpha_reply_at(range, 0);
    last = ngx_rtalpha_reply_at(range, 1);
    master = ngx_rtalpha_reply_at(range, 2);

    host = master ? ngx_rtalpha_reply_at(master, 0) : NULL;
    port = master ? ngx_rtalpha_reply_at(master, 1) : NULL;

    if (host == NULL || port == NULL || first->integer < 0
        || last->integer >= NGX_RTALPHA_RESP_SLOTS)
    {
        return;
    }

    node = ngx_rtalpha_topology_node(redis, &host->str, &port->str);

    if (node == NULL) {
        return;
    }

    node->listed = 1;
    index = (uint16_t) (ngx_rtalpha_cluster_index(node) + 1);

    for (slot = first->integer; slot <= last->integer; slot++) {
        redis->slots[slot] = index;
    }
}


/* opens the masters; leaves the others alone, which would only redirect */

static void
ngx_rtalpha_cluster_use(ngx_rtalpha_redis_t *redis)
{
    ngx_uint_t                 i, missing;
    ngx_rtalpha_redis_node_t  *node;

    missing = 0;

    for (i = 0; i < redis->n; i++) {
        node = redis->nodes[i];

        if (!node->listed) {
            ngx_rtalpha_redis_drop(node);
            continue;
        }

        if (!ngx_rtalpha_link_ready(node->link)) {
            missing++;
            ngx_rtalpha_redis_open(node);
        }
    }

    if (missing == 0) {
        redis->pause = 50;
    }

    ngx_rtalpha_redis_tell(redis,
                ngx_rtalpha_cluster_node(redis, NGX_RTALPHA_REDIS_ANY)
                ? 1 : 0);
}


/* goes before a command whose slot is on its way to the node */

static ngx_int_t
ngx_rtalpha_cluster_asking(ngx_rtalpha_redis_node_t *node)
{
    ngx_rtalpha_redis_call_t  *call;

    call = ngx_calloc(sizeof(ngx_rtalpha_redis_call_t), ngx_cycle->log);

    if (call == NULL) {
        return NGX_ERROR;
    }

    call->redis = node->redis;
    call->call.answered = ngx_rtalpha_cluster_asked;
    call->call.owner = call;
    call->call.bytes = malloc(sizeof(ngx_rtalpha_cluster_asking_bytes) - 1);
    call->call.len = sizeof(ngx_rtalpha_cluster_asking_bytes) - 1;

    if (call->call.bytes == NULL) {
        ngx_free(call);
        return NGX_ERROR;
    }

    ngx_memcpy(call->call.bytes, ngx_rtalpha_cluster_asking_bytes,
               call->call.len);

    if (ngx_rtalpha_redis_send(node, call) != NGX_OK) {
        ngx_rtalpha_redis_end(call, NULL);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_rtalpha_cluster_asked(ngx_rtalpha_call_t *call,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_redis_end(call->owner, reply);
}
