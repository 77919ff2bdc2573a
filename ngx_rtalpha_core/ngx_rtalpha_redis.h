
/*
 * Redis as the suite uses it: calls that are answered later, scripts,
 * subscriptions; over one server, over Sentinel or over Cluster.
 *
 * An object belongs to one process.  It connects by itself, again and again
 * with growing pauses; while it is down calls fail at once, never queue.
 * What a failure means (serve on, refuse) is the caller's policy.
 *
 * Where a value is a key's, pass the key: in a cluster it decides the node.
 * Keys of one subject share a tag in braces, so that a script finds all of
 * them on one node.
 */


#ifndef _NGX_RTALPHA_REDIS_H_INCLUDED_
#define _NGX_RTALPHA_REDIS_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_link.h"


typedef enum {
    NGX_RTALPHA_REDIS_SINGLE = 0,
    NGX_RTALPHA_REDIS_SENTINEL,
    NGX_RTALPHA_REDIS_CLUSTER
} ngx_rtalpha_redis_kind_e;


typedef struct {
    ngx_uint_t                kind;
    ngx_array_t               addrs;    /* of ngx_addr_t: the server, the
                                           sentinels, some cluster nodes */
    ngx_str_t                 master;   /* name, of SENTINEL */
    ngx_msec_t                pause;    /* longest between two attempts */
    ngx_rtalpha_link_conf_t   link;
} ngx_rtalpha_redis_conf_t;


typedef struct ngx_rtalpha_redis_s       ngx_rtalpha_redis_t;
typedef struct ngx_rtalpha_redis_call_s  ngx_rtalpha_redis_call_t;


/*
 * At configuration time, with the defaults of time-outs and sizes:
 *
 *     HOST[:PORT]
 *     redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]
 *     unix:/PATH
 *     sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT] …]/MASTER[/DB]
 *     cluster://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT] …]
 *
 * User and password may be percent-encoded.  NULL, or what is wrong.
 */
const char *ngx_rtalpha_redis_parse(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_rtalpha_redis_conf_t *conf);

/*
 * That of rtalpha_redis; NULL: none is given.  An object with other needs
 * has a copy: for XREAD with BLOCK a timeout longer than that, and
 * background set, so that it does not keep a worker that shuts down.
 */
const ngx_rtalpha_redis_conf_t *ngx_rtalpha_redis_configured(
    ngx_cycle_t *cycle);

/*
 * In init_process; begins to connect.  conf must live as long as the object.
 * changed (or NULL) is called when it has come up (up = 1) or gone down: what
 * was missed meanwhile must be read anew.
 */
ngx_rtalpha_redis_t *ngx_rtalpha_redis_create(
    const ngx_rtalpha_redis_conf_t *conf,
    void (*changed)(void *data, ngx_uint_t up), void *data);

/*
 * In exit_process, or when it is not needed any more; calls that wait get
 * NULL.  Not from within one of its callbacks.
 */
void ngx_rtalpha_redis_destroy(ngx_rtalpha_redis_t *redis);

/* for the core module, in preconfiguration */
void ngx_rtalpha_redis_counters(ngx_conf_t *cf);

/* is it worth while to call */
ngx_uint_t ngx_rtalpha_redis_ready(const ngx_rtalpha_redis_t *redis);


/* reply: NULL if there is none; good until the function returns */
typedef void (*ngx_rtalpha_redis_pt)(void *data,
    const ngx_rtalpha_reply_t *reply);

/*
 * Sends n words, a command with its arguments.  NULL: down, or too much
 * waits; handler is not called then.  Else handler is called exactly once,
 * never before this returns.
 */
ngx_rtalpha_redis_call_t *ngx_rtalpha_redis_call(ngx_rtalpha_redis_t *redis,
    const ngx_str_t *key, ngx_uint_t n, const ngx_str_t *words,
    ngx_rtalpha_redis_pt handler, void *data);

/* the handler is not called any more; from a request's cleanup */
void ngx_rtalpha_redis_cancel(ngx_rtalpha_redis_call_t *call);


/* a static one, with the source alone filled in */
typedef struct {
    ngx_str_t    source;
    u_char       sha[40];           /* hex; made when first used */
} ngx_rtalpha_redis_script_t;

/*
 * Runs a script: EVALSHA, and EVAL where the server does not know it.  The
 * first nkeys words are KEYS, the rest ARGV; the first key decides the node.
 */
ngx_rtalpha_redis_call_t *ngx_rtalpha_redis_eval(ngx_rtalpha_redis_t *redis,
    ngx_rtalpha_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t n,
    const ngx_str_t *words, ngx_rtalpha_redis_pt handler, void *data);


/*
 * Makes the object one for subscriptions: it subscribes to the channels
 * whenever it has connected, and takes no calls.  message: NULL when the
 * subscription stands (again): what was published before may be lost.
 */
typedef void (*ngx_rtalpha_redis_message_pt)(void *data,
    const ngx_str_t *channel, const ngx_str_t *message);

ngx_int_t ngx_rtalpha_redis_subscribe(ngx_rtalpha_redis_t *redis,
    ngx_uint_t n, const ngx_str_t *channels,
    ngx_rtalpha_redis_message_pt handler, void *data);


#endif /* _NGX_RTALPHA_REDIS_H_INCLUDED_ */
