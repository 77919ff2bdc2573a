
/*
 * Inside of an ngx_rtalpha_redis_t, for its own files alone.
 */


#ifndef _NGX_RTALPHA_REDIS_INNER_H_INCLUDED_
#define _NGX_RTALPHA_REDIS_INNER_H_INCLUDED_


#include "ngx_rtalpha_redis.h"


#define NGX_RTALPHA_REDIS_NODES  256
#define NGX_RTALPHA_REDIS_HOPS   5
#define NGX_RTALPHA_REDIS_ANY    ((ngx_uint_t) -1)


typedef struct {
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_link_t        *link;
    ngx_queue_t                held;        /* calls until it is open */
    socklen_t                  socklen;
    ngx_sockaddr_t             sockaddr;
    ngx_str_t                  name;
    u_char                     name_data[NGX_SOCKADDR_STRLEN];
    unsigned                   opening:1;
    unsigned                   listed:1;    /* of the last map */
} ngx_rtalpha_redis_node_t;


struct ngx_rtalpha_redis_call_s {
    ngx_rtalpha_call_t           call;      /* first: found by cast */
    ngx_rtalpha_redis_t         *redis;
    ngx_rtalpha_redis_pt         handler;   /* NULL: nobody wants it */
    void                        *data;
    ngx_rtalpha_redis_script_t  *script;    /* not sent as a source yet */
    ngx_uint_t                   words;
    size_t                       tail;      /* of bytes: after the hash */
    ngx_uint_t                   slot;
    ngx_uint_t                   hops;
};


struct ngx_rtalpha_redis_s {
    ngx_pool_t                       *pool;
    const ngx_rtalpha_redis_conf_t   *conf;
    ngx_rtalpha_link_conf_t           link_conf;
    ngx_rtalpha_link_conf_t           ask_conf;
    void                            (*changed)(void *data, ngx_uint_t up);
    void                             *data;

    ngx_rtalpha_redis_node_t        **nodes;
    ngx_uint_t                        n;
    ngx_uint_t                        next;     /* address or sentinel */
    ngx_uint_t                        failures; /* in a row */

    ngx_event_t                       retry;
    ngx_connection_t                  dummy;
    ngx_msec_t                        pause;

    ngx_rtalpha_link_t               *asker;    /* of a sentinel */
    ngx_rtalpha_call_t                question;
    ngx_rtalpha_resp_buf_t            question_text;

    uint16_t                         *slots;    /* of a cluster: node + 1 */
    ngx_rtalpha_call_t                map_call;

    ngx_uint_t                        nchannels;
    ngx_str_t                        *channels;
    ngx_rtalpha_redis_message_pt      message;
    void                             *message_data;

    unsigned                          up:1;
    unsigned                          dying:1;
    unsigned                          mapping:1;
    unsigned                          mapped:1;
};


/* the node at an address, made if need be; NULL: no memory, or too many */
ngx_rtalpha_redis_node_t *ngx_rtalpha_redis_node(ngx_rtalpha_redis_t *redis,
    struct sockaddr *sockaddr, socklen_t socklen, const ngx_str_t *name);
void ngx_rtalpha_redis_open(ngx_rtalpha_redis_node_t *node);

/* closes it, and fails what waits for it */
void ngx_rtalpha_redis_drop(ngx_rtalpha_redis_node_t *node);

/* tries again after a pause that grows */
void ngx_rtalpha_redis_later(ngx_rtalpha_redis_t *redis);

/* is it up, now: tells who wants to know */
void ngx_rtalpha_redis_tell(ngx_rtalpha_redis_t *redis, ngx_uint_t up);

/* sends to the node, or holds the call until it is open */
ngx_int_t ngx_rtalpha_redis_send(ngx_rtalpha_redis_node_t *node,
    ngx_rtalpha_redis_call_t *call);
void ngx_rtalpha_redis_end(ngx_rtalpha_redis_call_t *call,
    const ngx_rtalpha_reply_t *reply);

/* address and port as Redis writes them */
ngx_int_t ngx_rtalpha_redis_addr(ngx_pool_t *pool, const ngx_str_t *host,
    const ngx_str_t *port, ngx_addr_t *addr);


/* sentinels: asks the next one for the master */
ngx_int_t ngx_rtalpha_sentinel_ask(ngx_rtalpha_redis_t *redis);

/* clusters */
ngx_int_t ngx_rtalpha_cluster_connect(ngx_rtalpha_redis_t *redis);
void ngx_rtalpha_cluster_opened(ngx_rtalpha_redis_node_t *node);
ngx_rtalpha_redis_node_t *ngx_rtalpha_cluster_node(
    ngx_rtalpha_redis_t *redis, ngx_uint_t slot);

/* NGX_OK: the call is on its way to where it belongs */
ngx_int_t ngx_rtalpha_cluster_redirect(ngx_rtalpha_redis_call_t *call,
    const ngx_rtalpha_reply_t *reply);


#endif /* _NGX_RTALPHA_REDIS_INNER_H_INCLUDED_ */
