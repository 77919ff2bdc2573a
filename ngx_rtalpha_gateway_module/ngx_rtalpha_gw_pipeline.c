
/*
 * A request's way through the gateway, one handler a phase.
 *
 * REWRITE finds the route.  PRECONTENT chooses the instance, writes the path
 * and the headers that go to it, and hands over to a named location of
 * conf/rtalpha_server.conf, where nginx proxies: this is not a proxy.
 *
 * nginx forgets module contexts at each internal redirect; ours is found
 * again through the pool's cleanup list.
 */


#include "ngx_rtalpha_gw_peers.h"


static ngx_rtalpha_gw_ctx_t *ngx_rtalpha_gw_create(ngx_http_request_t *r,
    ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_begin(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_end(ngx_rtalpha_gw_ctx_t *ctx);
static void ngx_rtalpha_gw_cleanup(void *data);
static ngx_int_t ngx_rtalpha_gw_path(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_raw(ngx_http_request_t *r, ngx_str_t *raw,
    ngx_str_t *query);
static ngx_int_t ngx_rtalpha_gw_find(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static void ngx_rtalpha_gw_keep(ngx_rtalpha_gw_ctx_t *ctx, ngx_str_t *kept,
    ngx_str_t *prefix);
static ngx_int_t ngx_rtalpha_gw_to_instance(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_str_t *prefix);
static ngx_int_t ngx_rtalpha_gw_limits(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_nobody(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_is_grpc(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_gw_forward(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_target(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_str_t *prefix);


#define NGX_RTALPHA_GW_FREE_CTX  512


static ngx_rtalpha_gw_ctx_t  *ngx_rtalpha_gw_free_ctx;
static ngx_uint_t             ngx_rtalpha_gw_nfree_ctx;


ngx_rtalpha_gw_ctx_t *
ngx_rtalpha_gw_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t    *cln;
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_rtalpha_gw_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_rtalpha_gw_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r, ctx, ngx_rtalpha_gw_module);
            return ctx;
        }
    }

    return NULL;
}


/*
 * Contexts are kept for the next request: taken from the request's pool they
 * would be what makes it ask for a second block of memory.
 */

static ngx_rtalpha_gw_ctx_t *
ngx_rtalpha_gw_create(ngx_http_request_t *r, ngx_rtalpha_gw_table_t *table)
{
    ngx_pool_cleanup_t    *cln;
    ngx_rtalpha_gw_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    ctx = ngx_rtalpha_gw_free_ctx;

    if (ctx) {
        ngx_rtalpha_gw_free_ctx = ctx->next;
        ngx_rtalpha_gw_nfree_ctx--;

    } else {
        ctx = ngx_alloc(sizeof(ngx_rtalpha_gw_ctx_t), r->connection->log);
        if (ctx == NULL) {
            return NULL;
        }
    }

    ngx_memzero(ctx, offsetof(ngx_rtalpha_gw_ctx_t, path));

    cln->handler = ngx_rtalpha_gw_cleanup;
    cln->data = ctx;

    ctx->request = r;
    ngx_rtalpha_gw_begin(ctx, table);
    ngx_http_set_ctx(r, ctx, ngx_rtalpha_gw_module);

    return ctx;
}


static void
ngx_rtalpha_gw_begin(ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_table_t *table)
{
    ctx->table = table;

    if (table) {
        ctx->dialect = table->dialect;
        table->refs++;
    }
}


static void
ngx_rtalpha_gw_end(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_rtalpha_gw_breaker_end(ctx, -1);
    ngx_rtalpha_gw_peers_leave(ctx);

    if (ctx->service) {
        ngx_rtalpha_services_release(ctx->service);
    }

    if (ctx->former) {
        ngx_rtalpha_services_release(ctx->former);
    }

    if (ctx->table) {
        ngx_rtalpha_gw_table_release(ctx->table);
    }
}


static void
ngx_rtalpha_gw_cleanup(void *data)
{
    ngx_rtalpha_gw_ctx_t  *ctx = data;

    ngx_rtalpha_gw_end(ctx);

    if (ngx_rtalpha_gw_nfree_ctx == NGX_RTALPHA_GW_FREE_CTX) {
        ngx_free(ctx);
        return;
    }

    ctx->next = ngx_rtalpha_gw_free_ctx;
    ngx_rtalpha_gw_free_ctx = ctx;
    ngx_rtalpha_gw_nfree_ctx++;
}


void
ngx_rtalpha_gw_pipeline_exit(void)
{
    ngx_rtalpha_gw_ctx_t  *ctx;

    while (ngx_rtalpha_gw_free_ctx) {
        ctx = ngx_rtalpha_gw_free_ctx;
        ngx_rtalpha_gw_free_ctx = ctx->next;
        ngx_free(ctx);
    }
}


ngx_int_t
ngx_rtalpha_gw_rewrite_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_rtalpha_gw_ctx_t        *ctx;
    ngx_rtalpha_gw_loc_conf_t   *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_rtalpha_gw_module);

    if (lcf->gateway == NULL || r != r->main) {
        return (r->err_status && r == r->main) ? ngx_rtalpha_gw_failed(r)
                                               : NGX_DECLINED;
    }

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx) {
        ngx_rtalpha_gw_end(ctx);
        ngx_memzero(ctx, offsetof(ngx_rtalpha_gw_ctx_t, path));
        ctx->request = r;
        ngx_rtalpha_gw_begin(ctx, lcf->gateway->table);

    } else {
        ctx = ngx_rtalpha_gw_create(r, lcf->gateway->table);

        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ctx->table == NULL) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                   NGX_RTALPHA_GW_REASON_NOT_READY);
    }

    rc = ngx_rtalpha_gw_path(r, ctx);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_BAD_REQUEST,
                                   NGX_RTALPHA_GW_REASON_BAD_PATH);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_gw_find(r, ctx);
}


/* the request line's own bytes; after a rewrite, the new path encoded */

static ngx_int_t
ngx_rtalpha_gw_raw(ngx_http_request_t *r, ngx_str_t *raw, ngx_str_t *query)
{
    u_char     *p, *last;
    uintptr_t   escape;

    if (r->valid_unparsed_uri) {
        p = r->unparsed_uri.data;
        last = p + r->unparsed_uri.len;

        *raw = r->unparsed_uri;
        ngx_str_null(query);

        /* nginx has found the query already */

        if (r->args.len || (last > p && last[-1] == '?')) {
            p = ngx_strlchr(p, last, '?');

            raw->len = p - raw->data;
            query->data = p + 1;
            query->len = last - p - 1;
        }

        p = ngx_strlchr(raw->data, raw->data + raw->len, '#');
        if (p) {
            raw->len = p - raw->data;
        }

        return NGX_OK;
    }

    *query = r->args;

    if (query->len == 0) {
        query->data = NULL;
    }

    escape = 2 * ngx_escape_uri(NULL, r->uri.data, r->uri.len,
                                NGX_ESCAPE_URI);
    if (escape == 0) {
        *raw = r->uri;
        return NGX_OK;
    }

    raw->data = ngx_pnalloc(r->pool, r->uri.len + escape);
    if (raw->data == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) ngx_escape_uri(raw->data, r->uri.data, r->uri.len,
                                  NGX_ESCAPE_URI);
    raw->len = p - raw->data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_path(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_str_t                  raw, *servlet;
    ngx_rtalpha_gw_seg_t      *seg;
    ngx_rtalpha_gw_path_t     *flat;
    ngx_rtalpha_gw_request_t  *req;

    req = &ctx->req;

    if (ngx_rtalpha_gw_raw(r, &raw, &req->query) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_gw_path_parse(r->pool, &ctx->path, &raw,
                                   ctx->table->matrix);
    if (rc != NGX_OK) {
        return rc;
    }

    servlet = &ctx->table->servlet;
    seg = ctx->path.segs;

    if (servlet->len && ctx->path.n && seg->len == servlet->len
        && ngx_memcmp(seg->text, servlet->data, servlet->len) == 0)
    {
        ngx_rtalpha_gw_path_shift(&ctx->path, &ctx->path);
        ctx->alias = 1;
    }

    req->path = &ctx->path;
    req->flat = &ctx->path;

    if (ctx->path.holes) {
        flat = ngx_palloc(r->pool, sizeof(ngx_rtalpha_gw_path_t));
        if (flat == NULL) {
            return NGX_ERROR;
        }

        req->flat = flat;
        return ngx_rtalpha_gw_path_compact(r->pool, flat, &ctx->path);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_find(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_str_t                  port;
    ngx_rtalpha_gw_rule_t     *rule;
    ngx_rtalpha_gw_request_t  *req;

    req = &ctx->req;

    req->pool = r->pool;
    req->vars.pool = r->pool;
    req->method = r->method_name;
    req->headers = &r->headers_in.headers.part;
    req->peer = r->connection->sockaddr;

    if (r->headers_in.host) {
        ctx->client_host = r->headers_in.host->value;
        req->host = ctx->client_host;

        if (ctx->table->lower_host) {
            req->host = r->headers_in.server;

        } else if (ctx->table->strip_port) {
            ngx_rtalpha_gw_headers_host(&ctx->client_host, &req->host, &port);
        }
    }

    if (ctx->table->forwarding && ngx_rtalpha_gw_origin(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rule = ngx_rtalpha_gw_table_find(ctx->table, req);

    if (rule == NULL || rule->plan.kind == NGX_RTALPHA_GW_TO_NONE) {

        /* answered in the last phase: access rules come first */
        return NGX_DECLINED;
    }

    ctx->rule = rule;
    ctx->dialect = rule->plan.dialect;

    return NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_gw_precontent_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_str_t                    prefix;
    ngx_rtalpha_gw_ctx_t        *ctx;
    ngx_rtalpha_gw_plan_t       *plan;
    ngx_rtalpha_gw_loc_conf_t   *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_rtalpha_gw_module);

    if (lcf->gateway == NULL || r != r->main) {
        return NGX_DECLINED;
    }

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->table->cors.entries.nelts || ctx->table->route_cors) {
        rc = ngx_rtalpha_gw_apply_cors(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ctx->rule == NULL) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_NOT_FOUND,
                                   NGX_RTALPHA_GW_REASON_NO_ROUTE);
    }

    plan = &ctx->rule->plan;
    ngx_str_null(&prefix);

    rc = (plan->edits && plan->edits->request.nelts)
         ? ngx_rtalpha_gw_apply_request(r, ctx)
         : ngx_rtalpha_gw_target(r, ctx, &prefix);

    if (rc != NGX_OK) {
        return rc;
    }

    switch (plan->kind) {

    case NGX_RTALPHA_GW_TO_LOCATION:
        return ngx_rtalpha_gw_forward(r, ctx);

    case NGX_RTALPHA_GW_TO_NOWHERE:
        ctx->filtered = 1;
        return ngx_rtalpha_gw_answer_now(r, ctx, NGX_HTTP_OK, NULL, NULL);

    default:
        return ngx_rtalpha_gw_to_instance(r, ctx, &prefix);
    }
}


static ngx_int_t
ngx_rtalpha_gw_to_instance(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_str_t *prefix)
{
    ngx_int_t               rc;
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;

    if (ctx->service == NULL) {
        ctx->secure = plan->secure;
    }

    if (plan->max_body || plan->total_timeout || plan->svc) {
        rc = ngx_rtalpha_gw_limits(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (plan->fallback && !ngx_rtalpha_gw_breaker_begin(ctx)) {
        ctx->reason = NGX_RTALPHA_GW_REASON_BREAKER;
        rc = ngx_rtalpha_gw_fall(r, ctx, NGX_HTTP_SERVICE_UNAVAILABLE);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ctx->service == NULL) {
        ctx->service = ngx_rtalpha_gw_servers(plan);
    }

    if (ctx->service) {
        ctx->instance = ngx_rtalpha_gw_balance(ctx, 0);
    }

    if (ctx->instance == NULL) {
        rc = ngx_rtalpha_gw_nobody(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ctx->secure |= ctx->instance->secure;

    if ((!ctx->edited && ngx_rtalpha_gw_headers(r, ctx, prefix) != NGX_OK)
        || ngx_rtalpha_gw_host(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_gw_via(r, ctx);

    if (rc != NGX_OK) {
        return rc == NGX_ERROR ? NGX_HTTP_INTERNAL_SERVER_ERROR
                               : ngx_rtalpha_gw_fail(r, ctx,
                                                NGX_RTALPHA_GW_LOOP_DETECTED,
                                                NGX_RTALPHA_GW_REASON_LOOP);
    }

    return ngx_rtalpha_gw_hand_over(r, ctx);
}


/* how large and how late the request may be */

static ngx_int_t
ngx_rtalpha_gw_limits(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;

    if (plan->max_body && r->headers_in.content_length_n > plan->max_body) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                   NGX_RTALPHA_GW_REASON_FILTER);
    }

    if ((plan->total_timeout && plan->retry)
        || (plan->svc && plan->svc->deadline.len))
    {
        if (ngx_rtalpha_gw_deadline(r, ctx) != NGX_OK) {
            return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_GATEWAY_TIME_OUT,
                                       NGX_RTALPHA_GW_REASON_TIMEOUT);
        }
    }

    return NGX_OK;
}


/* no instance: the fallback's, NGX_OK, or what is answered */

static ngx_int_t
ngx_rtalpha_gw_nobody(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_uint_t              status;
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;
    status = plan->absent ? plan->absent : NGX_HTTP_SERVICE_UNAVAILABLE;
    ctx->reason = ctx->busy ? NGX_RTALPHA_GW_REASON_BUSY
                            : NGX_RTALPHA_GW_REASON_NO_INSTANCE;

    if (plan->fallback == NULL) {
        return status;
    }

    rc = ngx_rtalpha_gw_fall(r, ctx, status);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->instance = ngx_rtalpha_gw_balance(ctx, 0);

    return ctx->instance ? NGX_OK : (ngx_int_t) status;
}


static ngx_int_t
ngx_rtalpha_gw_forward(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_str_t   uri, args;
    ngx_uint_t  flags;

    /* the next round makes its own target where this one lies */

    uri.len = ctx->target.len;
    uri.data = ngx_pstrdup(r->pool, &ctx->target);

    if (uri.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_null(&args);
    flags = NGX_HTTP_LOG_UNSAFE;

    if (r->uri_changes <= 1) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                   NGX_RTALPHA_GW_REASON_LOOP);
    }

    if (ngx_http_parse_unsafe_uri(r, &uri, &args, &flags) != NGX_OK) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_BAD_REQUEST,
                                   NGX_RTALPHA_GW_REASON_BAD_PATH);
    }

    (void) ngx_http_internal_redirect(r, &uri, &args);
    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


/*
 * The target: the plan's own path, what of the request's path is kept, the
 * query.  prefix: what the services are told has been taken off.
 */

static ngx_int_t
ngx_rtalpha_gw_target(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_str_t *prefix)
{
    u_char     *p;
    size_t      len;
    ngx_str_t   kept[2], base, query;

    base = ctx->rule->plan.base;
    query = ctx->req.query;

    ngx_rtalpha_gw_keep(ctx, kept, prefix);

    if (base.len && base.data[base.len - 1] == '/'
        && (kept[0].len || kept[1].len))
    {
        base.len--;
    }

    len = base.len + kept[0].len + kept[1].len + query.len + 3;
    p = ctx->room;

    if (len > sizeof(ctx->room)) {
        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ctx->target.data = p;

    p = ngx_rtalpha_put(p, &base);
    p = ngx_rtalpha_put(p, &kept[0]);
    p = ngx_rtalpha_put(p, &kept[1]);

    if (p == ctx->target.data) {
        *p++ = '/';
    }

    if (query.data) {
        *p++ = '?';
        p = ngx_cpymem(p, query.data, query.len);
    }

    ctx->target.len = p - ctx->target.data;

    return NGX_OK;
}


/*
 * Two pieces of the path's own bytes: a global prefix that stays, and what
 * comes behind the segments that are stripped.
 */

static void
ngx_rtalpha_gw_keep(ngx_rtalpha_gw_ctx_t *ctx, ngx_str_t *kept,
    ngx_str_t *prefix)
{
    size_t                  head, from, to, end;
    ngx_uint_t              n;
    ngx_rtalpha_gw_path_t  *path;
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;
    path = ctx->req.flat;
    *prefix = plan->forwarded_prefix;

    if (plan->whole) {
        ngx_str_null(&kept[0]);
        ngx_str_null(&kept[1]);
        return;
    }

    head = path->n ? path->segs[0].start : path->raw.len - path->slash;
    from = head;
    to = head;

    if (plan->prefix && (path->n > plan->prefix || path->slash)) {
        to = path->segs[plan->prefix - 1].end;
        from = plan->keep_prefix ? to : head;
    }

    /* what has no pattern may be shorter than what is to be stripped */

    n = ngx_min((ngx_uint_t) plan->prefix + plan->strip, path->n);

    if (plan->strip && n) {
        end = path->segs[n - 1].end;

        if (plan->prefix_raw) {
            prefix->data = path->raw.data + head;
            prefix->len = end - head;
        }

        if (to == head && plan->prefix) {
            from = path->segs[plan->prefix - 1].end;
        }

        to = end;
    }

    kept[0].data = path->raw.data + head;
    kept[0].len = from - head;
    kept[1].data = path->raw.data + to;
    kept[1].len = path->raw.len - to;
}


/*
 * Small bodies are read first, so that another instance can have them too;
 * large ones and those of unknown length are passed on as they come.
 *
 * The named location takes over where this phase ends: its configuration and
 * its handler are put in place as ngx_http_named_location() would, without a
 * second run through the phases.
 */

/* messages in both directions at once, with trailers: HTTP/2 all the way */

static ngx_uint_t
ngx_rtalpha_gw_is_grpc(ngx_http_request_t *r)
{
    ngx_table_elt_t  *type;

    type = r->headers_in.content_type;

    return r->http_version == NGX_HTTP_VERSION_20 && type
           && type->value.len >= sizeof("application/grpc") - 1
           && ngx_strncasecmp(type->value.data, (u_char *) "application/grpc",
                              sizeof("application/grpc") - 1)
              == 0;
}


ngx_int_t
ngx_rtalpha_gw_hand_over(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t                  which;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_rtalpha_gw_srv_conf_t  *scf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    scf = ngx_http_get_module_srv_conf(r, ngx_rtalpha_gw_module);

    /* no other protocol passes (RFC 9110, 7.8, lets us ignore it) */

    if (r->headers_in.upgrade && r->http_version == NGX_HTTP_VERSION_11
        && r->headers_in.upgrade->value.len == sizeof("websocket") - 1
        && ngx_strncasecmp(r->headers_in.upgrade->value.data,
                           (u_char *) "websocket", sizeof("websocket") - 1)
           == 0)
    {
        which = NGX_RTALPHA_GW_LOC_UPGRADE;
        ctx->upgrade = 1;

    } else if (scf->named[NGX_RTALPHA_GW_LOC_GRPC][ctx->secure]
               && ngx_rtalpha_gw_is_grpc(r))
    {
        which = NGX_RTALPHA_GW_LOC_GRPC;
        ctx->grpc = 1;

    } else if (r->headers_in.chunked
               || r->headers_in.content_length_n
                  > (off_t) clcf->client_body_buffer_size)
    {
        which = NGX_RTALPHA_GW_LOC_STREAM;

    } else {
        which = NGX_RTALPHA_GW_LOC_HTTP;
    }

    clcf = scf->named[which][ctx->secure];

    /*
     * The proxy sends the request line's own bytes if they are still valid:
     * they are ours until the request has been written.
     */

    ctx->chosen = 1;
    ctx->unparsed_uri = r->unparsed_uri;
    ctx->valid_unparsed_uri = r->valid_unparsed_uri;
    r->unparsed_uri = ctx->target;
    r->valid_unparsed_uri = 1;

    r->loc_conf = clcf->loc_conf;
    ngx_http_update_location_config(r);

    if (ctx->rule->plan.max_body
        && ngx_rtalpha_gw_body_limit(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->deadline && ctx->rule->plan.svc
        && ctx->rule->plan.svc->deadline.len
        && ngx_rtalpha_gw_deadline_tell(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}
