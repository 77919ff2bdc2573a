
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


#include "ngx_rtalpha_gw.h"


static ngx_rtalpha_gw_ctx_t *ngx_rtalpha_gw_create(ngx_http_request_t *r,
    ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_cleanup(void *data);
static ngx_int_t ngx_rtalpha_gw_path(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_raw(ngx_http_request_t *r, ngx_str_t *raw,
    ngx_str_t *query);
static ngx_int_t ngx_rtalpha_gw_find(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_trusted(ngx_http_request_t *r,
    ngx_rtalpha_gw_table_t *table);
static ngx_int_t ngx_rtalpha_gw_forward(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_nowhere(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_gw_target(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_str_t *prefix);
static ngx_int_t ngx_rtalpha_gw_headers(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, const ngx_str_t *prefix);
static ngx_int_t ngx_rtalpha_gw_host(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_int_t ngx_rtalpha_gw_hand_over(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);


static ngx_str_t  ngx_rtalpha_gw_http = ngx_string("@rtalpha_http");
static ngx_str_t  ngx_rtalpha_gw_stream = ngx_string("@rtalpha_stream");
static ngx_str_t  ngx_rtalpha_gw_upgrade = ngx_string("@rtalpha_upgrade");


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


static ngx_rtalpha_gw_ctx_t *
ngx_rtalpha_gw_create(ngx_http_request_t *r, ngx_rtalpha_gw_table_t *table)
{
    ngx_pool_cleanup_t    *cln;
    ngx_rtalpha_gw_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_rtalpha_gw_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, offsetof(ngx_rtalpha_gw_ctx_t, flat));

    cln->handler = ngx_rtalpha_gw_cleanup;
    ctx->table = table;

    if (table) {
        ctx->dialect = table->dialect;
        table->refs++;
    }

    ngx_http_set_ctx(r, ctx, ngx_rtalpha_gw_module);

    return ctx;
}


static void
ngx_rtalpha_gw_cleanup(void *data)
{
    ngx_rtalpha_gw_ctx_t  *ctx = data;

    if (ctx->service) {
        ngx_rtalpha_services_release(ctx->service);
        ctx->service = NULL;
    }

    if (ctx->table) {
        ngx_rtalpha_gw_table_release(ctx->table);
        ctx->table = NULL;
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
        return NGX_DECLINED;
    }

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx) {
        ngx_rtalpha_gw_cleanup(ctx);
        ngx_memzero(ctx, offsetof(ngx_rtalpha_gw_ctx_t, flat));
        ctx->table = lcf->gateway->table;

        if (ctx->table) {
            ctx->dialect = ctx->table->dialect;
            ctx->table->refs++;
        }

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
        rc = ngx_rtalpha_gw_path_compact(r->pool, &ctx->flat, &ctx->path);
        req->flat = &ctx->flat;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_find(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_time_t                *tp;
    ngx_rtalpha_gw_rule_t     *rule;
    ngx_rtalpha_gw_request_t  *req;

    req = &ctx->req;
    tp = ngx_timeofday();

    req->pool = r->pool;
    req->vars.pool = r->pool;
    req->method = r->method_name;
    req->headers = &r->headers_in.headers.part;
    req->peer = r->connection->sockaddr;
    req->now = (uint64_t) tp->sec * 1000 + tp->msec;
    req->random = (uint32_t) ngx_random();

    if (r->headers_in.host) {
        req->host = r->headers_in.host->value;
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

    if (ctx->rule == NULL) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_NOT_FOUND,
                                   NGX_RTALPHA_GW_REASON_NO_ROUTE);
    }

    plan = &ctx->rule->plan;

    if (ngx_rtalpha_gw_target(r, ctx, &prefix) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (plan->kind == NGX_RTALPHA_GW_TO_LOCATION) {
        return ngx_rtalpha_gw_forward(r, ctx);
    }

    if (plan->kind == NGX_RTALPHA_GW_TO_NOWHERE) {
        return ngx_rtalpha_gw_nowhere(r);
    }

    ctx->service = ngx_rtalpha_gw_servers(plan);

    if (ctx->service) {
        ctx->instance = ngx_rtalpha_gw_balance(ctx, 0);
    }

    if (ctx->instance == NULL) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                   NGX_RTALPHA_GW_REASON_NO_INSTANCE);
    }

    ctx->secure = plan->secure || ctx->instance->secure;

    if (ngx_rtalpha_gw_headers(r, ctx, &prefix) != NGX_OK
        || ngx_rtalpha_gw_host(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_gw_hand_over(r, ctx);
}


static ngx_int_t
ngx_rtalpha_gw_forward(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_str_t   uri, args;
    ngx_uint_t  flags;

    uri = ctx->target;
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


static ngx_int_t
ngx_rtalpha_gw_nowhere(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return NGX_DONE;
    }

    ngx_http_finalize_request(r, ngx_http_send_special(r, NGX_HTTP_LAST));

    return NGX_DONE;
}


/*
 * The rest of the path behind the plan's own; prefix: what the services are
 * told has been taken off.
 */

static ngx_int_t
ngx_rtalpha_gw_target(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_str_t *prefix)
{
    u_char                 *p;
    size_t                  head, from, to, len;
    ngx_str_t               base, query;
    ngx_rtalpha_gw_path_t  *path;
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;
    path = ctx->req.flat;
    query = ctx->req.query;
    base = plan->base;
    *prefix = plan->forwarded_prefix;

    /* raw bytes: [head, from) of the global prefix, [to, …) the rest */

    head = path->n ? path->segs[0].start : path->raw.len - path->slash;
    from = head;
    to = head;

    if (plan->prefix && (path->n > plan->prefix || path->slash)) {

        to = path->segs[plan->prefix - 1].end;

        if (plan->keep_prefix) {
            from = to;
        }
    }

    if (plan->strip) {
        len = path->segs[plan->prefix + plan->strip - 1].end;

        if (plan->prefix_raw) {
            prefix->data = path->raw.data + head;
            prefix->len = len - head;
        }

        if (to == head && plan->prefix) {
            from = path->segs[plan->prefix - 1].end;
        }

        to = len;
    }

    if (base.len && base.data[base.len - 1] == '/'
        && (from > head || to < path->raw.len))
    {
        base.len--;
    }

    len = base.len + (from - head) + (path->raw.len - to) + query.len + 3;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->target.data = p;

    p = ngx_cpymem(p, base.data, base.len);
    p = ngx_cpymem(p, path->raw.data + head, from - head);
    p = ngx_cpymem(p, path->raw.data + to, path->raw.len - to);

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


/* the peer is trusted to say who came before it */

static ngx_uint_t
ngx_rtalpha_gw_trusted(ngx_http_request_t *r, ngx_rtalpha_gw_table_t *table)
{
    in_addr_t             addr;
    struct sockaddr      *sa;
    struct sockaddr_in6  *sin6;

    sa = r->connection->sockaddr;

    if (table->trusted_re) {
        return ngx_rtalpha_gw_regex_full(table->trusted_re,
                                         r->connection->addr_text.data,
                                         r->connection->addr_text.len,
                                         NULL, 0);
    }

    switch (sa->sa_family) {

    case AF_INET:
        addr = ((struct sockaddr_in *) sa)->sin_addr.s_addr;
        return (ntohl(addr) >> 24) == 127;

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr)
               || (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)
                   && sin6->sin6_addr.s6_addr[12] == 127);

    case AF_UNIX:
        return 1;

    default:
        return 0;
    }
}


static ngx_int_t
ngx_rtalpha_gw_headers(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    const ngx_str_t *prefix)
{
    ngx_uint_t                  mark;
    ngx_list_t                 *list;
    ngx_list_part_t             part;
    ngx_rtalpha_gw_plan_t      *plan;
    ngx_rtalpha_gw_client_t     client;
    ngx_rtalpha_gw_headers_t    headers;

    plan = &ctx->rule->plan;
    list = &r->headers_in.headers;
    part = list->part;

    ctx->trusted = ngx_rtalpha_gw_trusted(r, ctx->table);
    headers.pool = r->pool;

    if (ngx_rtalpha_gw_headers_sift(&headers, &part, plan->request,
                                    ctx->trusted, 6)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (plan->add_forwarded) {

        if (r->http_connection->ssl) {
            ngx_str_set(&client.scheme, "https");

        } else {
            ngx_str_set(&client.scheme, "http");
        }

        client.addr = r->connection->addr_text;
        client.host = ctx->req.host;
        client.server = r->headers_in.server;

        if (ngx_rtalpha_gw_headers_zuul(&headers, &client, prefix) != NGX_OK
            || ngx_rtalpha_gw_headers_pass(&headers, &part, plan->request,
                                           NGX_RTALPHA_GW_NAME_FORWARDED)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

    } else {
        for (mark = NGX_RTALPHA_GW_NAME_XFF;
             mark <= NGX_RTALPHA_GW_NAME_FORWARDED;
             mark++)
        {
            if (ngx_rtalpha_gw_headers_pass(&headers, &part, plan->request,
                                            mark)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    /* the list is handed over as one part */

    list->part.elts = headers.elts;
    list->part.nelts = headers.n;
    list->part.next = NULL;
    list->last = &list->part;
    list->nalloc = headers.max;

    return NGX_OK;
}


/* Host for the instance: its own authority, unless the client's is kept */

static ngx_int_t
ngx_rtalpha_gw_host(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    u_char                  *p;
    in_port_t                usual;
    ngx_rtalpha_instance_t  *in;

    if (ctx->host.len) {
        return NGX_OK;
    }

    if (ctx->rule->plan.keep_host && ctx->req.host.len) {
        ctx->host = ctx->req.host;
        return NGX_OK;
    }

    in = ctx->instance;
    usual = ctx->secure ? 443 : 80;

    if (in->port == usual) {
        ctx->host = in->host;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, in->host.len + sizeof(":65535") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->host.data = p;
    p = ngx_cpymem(p, in->host.data, in->host.len);
    p = ngx_sprintf(p, ":%ui", (ngx_uint_t) in->port);
    ctx->host.len = p - ctx->host.data;

    return NGX_OK;
}


/*
 * Small bodies are read first, so that another instance can have them too;
 * large ones and those of unknown length are passed on as they come.
 */

static ngx_int_t
ngx_rtalpha_gw_hand_over(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_str_t                 *name;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->headers_in.upgrade && r->http_version == NGX_HTTP_VERSION_11) {
        name = &ngx_rtalpha_gw_upgrade;

    } else if (r->headers_in.chunked
               || r->headers_in.content_length_n
                  > (off_t) clcf->client_body_buffer_size)
    {
        name = &ngx_rtalpha_gw_stream;

    } else {
        name = &ngx_rtalpha_gw_http;
    }

    (void) ngx_http_named_location(r, name);
    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}
