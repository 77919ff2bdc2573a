
/*
 * The balancer inside nginx's proxy: upstream { rtalpha_balancer; }.
 *
 * The first instance has been chosen before the request was written (its
 * Host is in there); the callbacks here give its address, count tries and
 * find the next one.  A connection that is refused, or closed before a byte
 * of an answer, goes to another instance at once, within what nginx thinks
 * safe for the method; further retries are what the route asks for.
 *
 * Time-outs and conditions of the route are those of a copy of the
 * location's upstream configuration, kept with the route: nginx reads it
 * through a pointer.
 */


#include "ngx_rtalpha_gw_peers.h"
#include "ngx_rtalpha_gw_try.h"
#include "ngx_rtalpha_gw_verify.h"


#define NGX_RTALPHA_GW_INTERIM  16  /* interim answers to one request */


typedef struct {
    const ngx_http_upstream_conf_t  *of;
    ngx_http_upstream_conf_t         conf;
} ngx_rtalpha_gw_uconf_t;


static ngx_int_t ngx_rtalpha_gw_init_upstream(ngx_conf_t *cf,
    ngx_http_upstream_srv_conf_t *us);
static ngx_int_t ngx_rtalpha_gw_init_peer(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us);
static ngx_int_t ngx_rtalpha_gw_tune(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static void ngx_rtalpha_gw_tune_times(ngx_http_upstream_conf_t *conf,
    ngx_rtalpha_gw_ctx_t *ctx);
static void ngx_rtalpha_gw_tune_request(ngx_http_upstream_conf_t *conf,
    ngx_rtalpha_gw_ctx_t *ctx);
static void ngx_rtalpha_gw_tune_body(ngx_http_upstream_t *u,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_get_peer(ngx_peer_connection_t *pc,
    void *data);
static void ngx_rtalpha_gw_free_peer(ngx_peer_connection_t *pc, void *data,
    ngx_uint_t state);
static ngx_int_t ngx_rtalpha_gw_reinit(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_gw_process_header(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_gw_parse(ngx_http_request_t *r,
    ngx_http_upstream_t *u, ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_verify(ngx_http_request_t *r,
    ngx_http_upstream_t *u, ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_pass_over(ngx_http_request_t *r,
    ngx_http_upstream_t *u, ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_tries_again(ngx_http_request_t *r,
    ngx_http_upstream_t *u, ngx_rtalpha_gw_ctx_t *ctx);
#if (NGX_HTTP_SSL)
static ngx_int_t ngx_rtalpha_gw_set_session(ngx_peer_connection_t *pc,
    void *data);
static void ngx_rtalpha_gw_save_session(ngx_peer_connection_t *pc,
    void *data);
#endif


char *
ngx_rtalpha_gw_balancer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_upstream_server_t    *us;
    ngx_http_upstream_srv_conf_t  *uscf;

    uscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module);

    if (uscf->peer.init_upstream) {
        return "must come first, and only once";
    }

    /* nginx wants a server in every upstream */

    us = ngx_array_push(uscf->servers);
    if (us == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(us, sizeof(ngx_http_upstream_server_t));
    ngx_str_set(&us->name, "rtalpha");
    us->down = 1;

    uscf->flags = NGX_HTTP_UPSTREAM_CREATE;
    uscf->peer.init_upstream = ngx_rtalpha_gw_init_upstream;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_rtalpha_gw_init_upstream(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    us->peer.init = ngx_rtalpha_gw_init_peer;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_init_peer(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us)
{
    ngx_http_upstream_t    *u;
    ngx_rtalpha_gw_ctx_t   *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL || ctx->instance == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "an upstream with \"rtalpha_balancer\" is for "
                      "requests of \"rtalpha_gateway\" only");
        return NGX_ERROR;
    }

    /* the request has been written: the client's own again, for logs */

    r->unparsed_uri = ctx->unparsed_uri;
    r->valid_unparsed_uri = ctx->valid_unparsed_uri;

    u = r->upstream;
    u->peer.data = ctx;
    u->peer.get = ngx_rtalpha_gw_get_peer;
    u->peer.free = ngx_rtalpha_gw_free_peer;
#if (NGX_HTTP_SSL)
    u->peer.set_session = ngx_rtalpha_gw_set_session;
    u->peer.save_session = ngx_rtalpha_gw_save_session;
#endif
    u->peer.tries = ngx_rtalpha_gw_try_count(ctx);

    ctx->process_header = u->process_header;
    ctx->reinit_request = u->reinit_request;
    u->process_header = ngx_rtalpha_gw_process_header;
    u->reinit_request = ngx_rtalpha_gw_reinit;

    return ngx_rtalpha_gw_tune(r, ctx);
}


/* time-outs and conditions of the route */

static ngx_int_t
ngx_rtalpha_gw_tune(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t                       own;
    ngx_http_upstream_t             *u;
    ngx_rtalpha_gw_plan_t           *plan;
    ngx_rtalpha_gw_uconf_t          *copy;
    ngx_http_upstream_conf_t        *of;

    u = r->upstream;
    of = u->conf;
    plan = &ctx->rule->plan;
    copy = plan->runtime;

    /* what depends on the request is not kept with the route */

    own = ctx->deadline
          || (plan->retry && ngx_rtalpha_gw_try_method(r, plan->retry));

    if (copy == NULL || copy->of != of || own) {

        /* the pool of the table while it is the location's usual one */

        copy = ngx_palloc(plan->runtime || own ? r->pool : ctx->table->pool,
                          sizeof(ngx_rtalpha_gw_uconf_t));
        if (copy == NULL) {
            return NGX_ERROR;
        }

        copy->of = of;
        copy->conf = *of;
        ngx_rtalpha_gw_tune_times(&copy->conf, ctx);

        if (own) {
            ngx_rtalpha_gw_tune_request(&copy->conf, ctx);

        } else if (plan->runtime == NULL) {
            plan->runtime = copy;
        }
    }

    ctx->usual = of;
    ctx->tuned = &copy->conf;
    u->conf = ctx->tuned;

    return NGX_OK;
}


static void
ngx_rtalpha_gw_tune_times(ngx_http_upstream_conf_t *conf,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;

    if (plan->connect_timeout) {
        conf->connect_timeout = plan->connect_timeout;
    }

    if (plan->read_timeout) {
        conf->read_timeout = plan->read_timeout;
    }

    if (plan->fallback && plan->fallback->time_limit) {
        conf->read_timeout = ngx_min(conf->read_timeout,
                                     plan->fallback->time_limit);
    }

    if (plan->total_timeout) {
        conf->read_timeout = ngx_min(conf->read_timeout,
                                     plan->total_timeout);
        conf->next_upstream_timeout = plan->total_timeout;
    }
}


static void
ngx_rtalpha_gw_tune_request(ngx_http_upstream_conf_t *conf,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_msec_t               left;
    ngx_rtalpha_gw_retry_t  *retry;

    retry = ctx->rule->plan.retry;

    if (retry && ngx_rtalpha_gw_try_method(ctx->request, retry)) {
        conf->next_upstream |= NGX_HTTP_UPSTREAM_FT_INVALID_HEADER
                               |NGX_HTTP_UPSTREAM_FT_NON_IDEMPOTENT;

        if (retry->timeouts) {
            conf->next_upstream |= NGX_HTTP_UPSTREAM_FT_TIMEOUT;
        }
    }

    if (ctx->deadline) {
        left = ngx_max(ngx_rtalpha_gw_deadline_left(ctx), 1);
        conf->connect_timeout = ngx_min(conf->connect_timeout, left);
        conf->read_timeout = ngx_min(conf->read_timeout, left);
        conf->next_upstream_timeout = left;
    }
}


/*
 * The route's time is that until the answer; what comes behind it, messages
 * of a WebSocket or of a stream, has the location's.  Ribbon's is that of
 * every read.
 */

static void
ngx_rtalpha_gw_tune_body(ngx_http_upstream_t *u, ngx_rtalpha_gw_ctx_t *ctx)
{
    if (ctx->deadline
        || (ctx->rule->plan.dialect == NGX_RTALPHA_GW_ZUUL && !ctx->grpc
            && u->headers_in.status_n != NGX_HTTP_SWITCHING_PROTOCOLS))
    {
        return;
    }

    u->conf = ctx->usual;
}


static ngx_int_t
ngx_rtalpha_gw_get_peer(ngx_peer_connection_t *pc, void *data)
{
    ngx_rtalpha_gw_ctx_t  *ctx = data;

    ngx_str_t               *name;
    ngx_rtalpha_instance_t  *instance;

    if (ctx->chosen) {

        /* before the request was written */
        instance = ctx->instance;
        ctx->chosen = 0;
        ctx->tries = ngx_max(ctx->tries, 1);

    } else if (ctx->stale) {

        /* only an idle connection was closed: the instance may be well */
        instance = ctx->instance;
        ctx->stale = 0;

    } else {
        instance = ngx_rtalpha_gw_next(ctx);

        if (instance && ctx->secure != ngx_rtalpha_gw_speaks(ctx, instance)) {

            /* its connections are those of the other upstream */

            if (!ctx->request->request_body_no_buffering) {
                ctx->instance = instance;
                ctx->chosen = 1;
                ctx->again = 1;
            }

            instance = NULL;
        }
    }

    /* fresh for each try: nginx keeps the pointer for its log */

    name = ngx_palloc(ctx->request->pool, sizeof(ngx_str_t));
    if (name == NULL) {
        return NGX_ERROR;
    }

    if (instance == NULL) {
        ngx_str_set(name, "rtalpha");
        pc->name = name;
        return NGX_BUSY;
    }

    ctx->instance = instance;

    if (ctx->stat) {
        ngx_rtalpha_gw_peers_begin(ctx);
    }

    *name = instance->addr;
    pc->name = name;
    pc->sockaddr = instance->sockaddr;
    pc->socklen = instance->socklen;
    pc->cached = 0;
    pc->connection = NULL;

    return NGX_OK;
}


static void
ngx_rtalpha_gw_free_peer(ngx_peer_connection_t *pc, void *data,
    ngx_uint_t state)
{
    ngx_rtalpha_gw_ctx_t  *ctx = data;

    ngx_http_upstream_t  *u;

    if (pc->tries) {
        pc->tries--;
    }

    if (state & NGX_PEER_FAILED) {
        u = ctx->request->upstream;
        ctx->refused = !u->request_sent;

        /* an idle connection that was closed, not one that was answered */

        ctx->stale = pc->cached
                     && (u->buffer.start == NULL
                         || u->buffer.last == u->buffer.start)
                     && !(pc->connection && pc->connection->read->timedout);

        if (ctx->stale) {
            return;
        }

        if (ctx->stat) {
            ngx_rtalpha_gw_peers_failed(ctx);
        }

        ngx_rtalpha_gw_try_failed(ctx, pc);

    } else if (ctx->stat) {
        ngx_rtalpha_gw_peers_leave(ctx);
    }
}


/*
 * Before another try the proxy puts its first parser in place again, and the
 * route's times count again: nginx's own conditions (http_503) look at an
 * answer when its head has been taken.
 */

static ngx_int_t
ngx_rtalpha_gw_reinit(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);
    rc = ctx->reinit_request(r);

    ctx->process_header = r->upstream->process_header;
    r->upstream->process_header = ngx_rtalpha_gw_process_header;
    r->upstream->conf = ctx->tuned;

    return rc;
}


/*
 * A status that the route retries is treated as no answer at all, until the
 * last try, whose answer is passed on.  Interim answers (RFC 9110, 15.2) are
 * passed over: nginx 1.22 would take one for the answer.
 */

static ngx_int_t
ngx_rtalpha_gw_process_header(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_uint_t                        n;
    ngx_http_upstream_t              *u;
    ngx_rtalpha_gw_ctx_t             *ctx;
    const ngx_rtalpha_gw_fallback_t  *fallback;

    u = r->upstream;
    ctx = ngx_rtalpha_gw_ctx(r);

    for (n = 0; /* void */ ; n++) {
        rc = ngx_rtalpha_gw_parse(r, u, ctx);

        if (rc != NGX_OK) {
            return rc;
        }

        if (u->headers_in.status_n < 100 || u->headers_in.status_n >= 200
            || u->headers_in.status_n == NGX_HTTP_SWITCHING_PROTOCOLS)
        {
            break;
        }

        if (n == NGX_RTALPHA_GW_INTERIM
            || ngx_rtalpha_gw_pass_over(r, u, ctx) != NGX_OK)
        {
            return NGX_HTTP_UPSTREAM_INVALID_HEADER;
        }
    }

    if (ngx_rtalpha_gw_verify(r, u, ctx) != NGX_OK) {
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    if (ctx->stat) {
        ngx_rtalpha_gw_peers_answered(ctx, u->headers_in.status_n);
    }

    if (ngx_rtalpha_gw_tries_again(r, u, ctx)) {
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    fallback = ctx->rule->plan.fallback;

    if (fallback
        && ngx_rtalpha_gw_retry_has(fallback, u->headers_in.status_n))
    {
        /* as if there were no answer, and no further try */

        ctx->bad_status = u->headers_in.status_n;
        u->peer.tries = 0;
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    ngx_rtalpha_gw_tune_body(u, ctx);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_parse(ngx_http_request_t *r, ngx_http_upstream_t *u,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t   rc;
    ngx_uint_t  version;

    version = r->http_version;
    rc = ctx->process_header(r);

    /* the proxy puts its own functions in place as it goes on */

    if (u->process_header != ngx_rtalpha_gw_process_header) {
        ctx->process_header = u->process_header;
        u->process_header = ngx_rtalpha_gw_process_header;
    }

    if (rc == NGX_AGAIN || rc == NGX_OK) {
        ctx->refused = 0;
    }

    /*
     * What has no status line is HTTP/0.9 to nginx, and then so is the
     * client: our own answer would have no head.
     */

    if (rc == NGX_OK && u->headers_in.status_n == 0) {
        r->http_version = version;
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_verify(ngx_http_request_t *r, ngx_http_upstream_t *u,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t   status;
    const char  *wrong;

    status = u->headers_in.status_n;
    wrong = ngx_rtalpha_gw_verify_head(status, &u->headers_in.headers.part,
                                       ctx->upgrade);

    if (status == NGX_HTTP_NO_CONTENT) {

        /*
         * There is no body, whatever the fields say (RFC 9112, 6.3), and
         * none of them goes on (RFC 9110, 8.6); if bytes follow all the
         * same, then not as another answer.
         */

        if (u->headers_in.content_length_n > 0 || u->headers_in.chunked) {
            u->headers_in.connection_close = 1;
            u->keepalive = 0;
        }

        u->headers_in.content_length_n = -1;

    } else if (wrong == NULL && u->headers_in.chunked
               && status != NGX_HTTP_NOT_MODIFIED
               && r->method != NGX_HTTP_HEAD
               && !ngx_rtalpha_gw_verify_chunks(u->buffer.pos,
                                                u->buffer.last))
    {
        wrong = "an invalid chunked body";
    }

    if (wrong == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "%V sent %s", &ctx->instance->addr, wrong);

    return NGX_ERROR;
}


/* the parser begins anew behind an interim answer */

static ngx_int_t
ngx_rtalpha_gw_pass_over(ngx_http_request_t *r, ngx_http_upstream_t *u,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_memzero(&u->headers_in, sizeof(ngx_http_upstream_headers_in_t));
    u->headers_in.content_length_n = -1;
    u->headers_in.last_modified_time = -1;
    u->keepalive = 0;

    if (ngx_list_init(&u->headers_in.headers, r->pool, 8,
                      sizeof(ngx_table_elt_t))
        != NGX_OK
        || ngx_list_init(&u->headers_in.trailers, r->pool, 2,
                         sizeof(ngx_table_elt_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_reinit(r);
}


static ngx_uint_t
ngx_rtalpha_gw_tries_again(ngx_http_request_t *r, ngx_http_upstream_t *u,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_rtalpha_gw_retry_t  *retry;

    retry = ctx->rule->plan.retry;

    return retry
           && ngx_rtalpha_gw_retry_has(retry, u->headers_in.status_n)
           && u->peer.tries > 1
           && ctx->tries < ngx_rtalpha_gw_try_limit(retry)
           && ngx_rtalpha_gw_try_method(r, retry)
           && !(u->request_sent && r->request_body_no_buffering);
}


#if (NGX_HTTP_SSL)

/*
 * Sessions are not kept: connections are, and a session belongs to a name
 * and an address, which change with the instance.
 */

static ngx_int_t
ngx_rtalpha_gw_set_session(ngx_peer_connection_t *pc, void *data)
{
    return NGX_OK;
}


static void
ngx_rtalpha_gw_save_session(ngx_peer_connection_t *pc, void *data)
{
}

#endif
