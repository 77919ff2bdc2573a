
/*
 * A table of host names that services are registered under.
 *
 * A name that is not there is looked up by the background thread; meanwhile
 * it has no address, and when the answer has come the number moves, so that
 * readers ask again.  An answer is good for 30 s and then looked up anew in
 * the background while the old one goes on being used; a name that cannot be
 * resolved keeps its last address, or is tried again after 5 s.  At most
 * 4 096 names are kept.
 */


#include "ngx_rtalpha_resolve.h"
#include "ngx_rtalpha_background.h"

#include <netdb.h>


#define NGX_RTALPHA_RESOLVE_NAMES  4096
#define NGX_RTALPHA_RESOLVE_HOST   255
#define NGX_RTALPHA_RESOLVE_GOOD   30000
#define NGX_RTALPHA_RESOLVE_BAD    5000


typedef struct {
    ngx_str_node_t    sn;
    ngx_sockaddr_t    sockaddr;
    socklen_t         socklen;          /* 0: no address */
    ngx_msec_t        due;              /* when to look again */
    ngx_uint_t        asking;
    u_char            host[NGX_RTALPHA_RESOLVE_HOST + 1];
} ngx_rtalpha_resolve_name_t;


typedef struct {
    u_char            host[NGX_RTALPHA_RESOLVE_HOST + 1];
    ngx_sockaddr_t    sockaddr;
    socklen_t         socklen;
} ngx_rtalpha_resolve_job_t;


static ngx_rtalpha_resolve_name_t *ngx_rtalpha_resolve_find(
    const ngx_str_t *host);
static void ngx_rtalpha_resolve_ask(ngx_rtalpha_resolve_name_t *name);
static void ngx_rtalpha_resolve_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_resolve_done(ngx_rtalpha_job_t *job);
static ngx_int_t ngx_rtalpha_resolve_give(ngx_pool_t *pool,
    struct sockaddr *from, socklen_t len, in_port_t port,
    struct sockaddr **sockaddr, socklen_t *socklen, ngx_str_t *addr);


static ngx_rbtree_t       ngx_rtalpha_resolve_tree;
static ngx_rbtree_node_t  ngx_rtalpha_resolve_sentinel;
static ngx_uint_t         ngx_rtalpha_resolve_names;
static ngx_uint_t         ngx_rtalpha_resolve_moves;


ngx_uint_t
ngx_rtalpha_resolve_number(void)
{
    return ngx_rtalpha_resolve_moves;
}


ngx_uint_t
ngx_rtalpha_resolve_is_literal(const ngx_str_t *host)
{
    u_char  addr[16];

    return ngx_inet_addr(host->data, host->len) != INADDR_NONE
           || ngx_inet6_addr(host->data, host->len, addr) == NGX_OK;
}


ngx_int_t
ngx_rtalpha_resolve(ngx_pool_t *pool, const ngx_str_t *host, in_port_t port,
    struct sockaddr **sockaddr, socklen_t *socklen, ngx_str_t *addr)
{
    ngx_addr_t                   literal;
    ngx_rtalpha_resolve_name_t  *name;

    if (ngx_parse_addr(pool, &literal, host->data, host->len) == NGX_OK) {
        return ngx_rtalpha_resolve_give(pool, literal.sockaddr,
                                        literal.socklen, port, sockaddr,
                                        socklen, addr);
    }

    name = ngx_rtalpha_resolve_find(host);
    if (name == NULL) {
        return NGX_AGAIN;
    }

    if (!name->asking && (ngx_msec_int_t) (ngx_current_msec - name->due) >= 0)
    {
        ngx_rtalpha_resolve_ask(name);
    }

    if (name->socklen == 0) {
        return NGX_AGAIN;
    }

    return ngx_rtalpha_resolve_give(pool, &name->sockaddr.sockaddr,
                                    name->socklen, port, sockaddr, socklen,
                                    addr);
}


static ngx_rtalpha_resolve_name_t *
ngx_rtalpha_resolve_find(const ngx_str_t *host)
{
    u_char                       lower[NGX_RTALPHA_RESOLVE_HOST];
    uint32_t                     hash;
    ngx_str_t                    key;
    ngx_rtalpha_resolve_name_t  *name;

    if (ngx_rtalpha_resolve_tree.root == NULL) {
        ngx_rbtree_init(&ngx_rtalpha_resolve_tree,
                        &ngx_rtalpha_resolve_sentinel,
                        ngx_str_rbtree_insert_value);
    }

    if (host->len == 0 || host->len > sizeof(lower)
        || ngx_strlchr(host->data, host->data + host->len, '\0'))
    {
        return NULL;
    }

    hash = ngx_hash_strlow(lower, host->data, host->len);
    key.data = lower;
    key.len = host->len;

    name = (ngx_rtalpha_resolve_name_t *)
           ngx_str_rbtree_lookup(&ngx_rtalpha_resolve_tree, &key, hash);

    if (name || ngx_rtalpha_resolve_names == NGX_RTALPHA_RESOLVE_NAMES) {
        return name;
    }

    name = ngx_calloc(sizeof(ngx_rtalpha_resolve_name_t), ngx_cycle->log);
    if (name == NULL) {
        return NULL;
    }

    ngx_memcpy(name->host, lower, host->len);
    name->sn.node.key = hash;
    name->sn.str.data = name->host;
    name->sn.str.len = host->len;
    name->due = ngx_current_msec;

    ngx_rbtree_insert(&ngx_rtalpha_resolve_tree, &name->sn.node);
    ngx_rtalpha_resolve_names++;

    return name;
}


static void
ngx_rtalpha_resolve_ask(ngx_rtalpha_resolve_name_t *name)
{
    ngx_rtalpha_job_t          *job;
    ngx_rtalpha_resolve_job_t  *ask;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_resolve_job_t));
    if (job == NULL) {
        return;
    }

    ask = job->data;
    ngx_memcpy(ask->host, name->host, sizeof(ask->host));

    job->run = ngx_rtalpha_resolve_run;
    job->done = ngx_rtalpha_resolve_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return;
    }

    name->asking = 1;
}


/* in the thread */

static void
ngx_rtalpha_resolve_run(ngx_rtalpha_job_t *job)
{
    struct addrinfo             hints, *res, *ai, *best;
    ngx_rtalpha_resolve_job_t  *ask;

    ask = job->data;

    ngx_memzero(&hints, sizeof(hints));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;

    if (getaddrinfo((char *) ask->host, NULL, &hints, &res) != 0) {
        return;
    }

    best = res;

    for (ai = res; ai; ai = ai->ai_next) {
        if (ai->ai_family == AF_INET) {
            best = ai;
            break;
        }
    }

    if (best && best->ai_addrlen <= sizeof(ngx_sockaddr_t)) {
        ngx_memcpy(&ask->sockaddr, best->ai_addr, best->ai_addrlen);
        ask->socklen = best->ai_addrlen;
    }

    freeaddrinfo(res);
}


static void
ngx_rtalpha_resolve_done(ngx_rtalpha_job_t *job)
{
    ngx_str_t                    host;
    ngx_rtalpha_resolve_job_t   *ask;
    ngx_rtalpha_resolve_name_t  *name;

    ask = job->data;

    host.data = ask->host;
    host.len = ngx_strlen(ask->host);

    name = ngx_rtalpha_resolve_find(&host);
    if (name == NULL) {
        return;
    }

    name->asking = 0;

    if (ask->socklen == 0) {
        name->due = ngx_current_msec + NGX_RTALPHA_RESOLVE_BAD;

        if (name->socklen == 0) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "host \"%V\" of an instance cannot be resolved",
                          &host);
            ngx_rtalpha_resolve_moves++;
        }

        return;
    }

    name->due = ngx_current_msec + NGX_RTALPHA_RESOLVE_GOOD;

    if (name->socklen == ask->socklen
        && ngx_memcmp(&name->sockaddr, &ask->sockaddr, ask->socklen) == 0)
    {
        return;
    }

    ngx_memcpy(&name->sockaddr, &ask->sockaddr, ask->socklen);
    name->socklen = ask->socklen;
    ngx_rtalpha_resolve_moves++;
}


static ngx_int_t
ngx_rtalpha_resolve_give(ngx_pool_t *pool, struct sockaddr *from,
    socklen_t len, in_port_t port, struct sockaddr **sockaddr,
    socklen_t *socklen, ngx_str_t *addr)
{
    u_char            text[NGX_SOCKADDR_STRLEN];
    struct sockaddr  *copy;

    copy = ngx_palloc(pool, len);
    if (copy == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy, from, len);
    ngx_inet_set_port(copy, port);

    addr->len = ngx_sock_ntop(copy, len, text, sizeof(text), 1);
    addr->data = ngx_pnalloc(pool, addr->len);
    if (addr->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(addr->data, text, addr->len);

    *sockaddr = copy;
    *socklen = len;

    return NGX_OK;
}
