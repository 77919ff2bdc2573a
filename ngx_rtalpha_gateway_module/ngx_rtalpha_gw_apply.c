
/*
 * Edits of a route, applied to nginx's request and to its answer; and the
 * answers that a filter or CORS gives at once.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_gw_json.h"


/* longest JSON body that is edited */
#define NGX_RTALPHA_GW_BODY_MAX  (4 * 1024 * 1024)


static void ngx_rtalpha_gw_apply_field(ngx_table_elt_t *h,
    const ngx_keyval_t *kv);
static ngx_int_t ngx_rtalpha_gw_apply_target(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_message_t *m);
static ngx_int_t ngx_rtalpha_gw_apply_uri(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_str_t *uri);
static void ngx_rtalpha_gw_cors_ask(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_cors_ask_t *ask);
static ngx_int_t ngx_rtalpha_gw_apply_op(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, const ngx_rtalpha_gw_op_t *op);
static ngx_uint_t ngx_rtalpha_gw_answer_count(ngx_http_request_t *r,
    const ngx_str_t *name);
static void ngx_rtalpha_gw_answer_drop(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static void ngx_rtalpha_gw_answer_remove(ngx_http_request_t *r,
    const ngx_str_t *name);
static ngx_int_t ngx_rtalpha_gw_answer_put(ngx_http_request_t *r,
    const ngx_str_t *name, const ngx_str_t *value);
static void ngx_rtalpha_gw_answer_dedupe(ngx_http_request_t *r,
    const ngx_rtalpha_gw_op_t *op);
static ngx_uint_t ngx_rtalpha_gw_answer_seen(ngx_http_request_t *r,
    ngx_table_elt_t *until);
static ngx_int_t ngx_rtalpha_gw_answer_rewrite(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_answer_status(ngx_http_request_t *r,
    const ngx_rtalpha_gw_op_t *op);


/*
 * NGX_OK: the request's list and ctx->target are the edited ones; else what
 * the phase handler returns.
 */

ngx_int_t
ngx_rtalpha_gw_apply_request(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_rtalpha_gw_edits_t    *edits;
    ngx_rtalpha_gw_headers_t   headers;
    ngx_rtalpha_gw_message_t   m;

    edits = ctx->rule->plan.edits;

    if (ngx_rtalpha_gw_headers_take(r, ctx, &headers) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&m, sizeof(ngx_rtalpha_gw_message_t));
    m.pool = r->pool;
    m.headers = &headers;
    m.vars = &ctx->req.vars;
    m.path = ctx->path.raw;
    m.query = ctx->req.query;
    m.length = r->headers_in.content_length_n;
    m.keep_host = ctx->rule->plan.keep_host;

    rc = ngx_rtalpha_gw_edit_request(&m, edits->request.elts,
                                     edits->request.nelts);

    if (rc == NGX_DONE) {
        return ngx_rtalpha_gw_answer_now(r, ctx, m.status, &m.field, &m.text);
    }

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                   NGX_RTALPHA_GW_REASON_FILTER);
    }

    if (rc != NGX_OK || ngx_rtalpha_gw_apply_target(r, ctx, &m) != NGX_OK
        || ngx_rtalpha_gw_headers_forwarding(r, ctx, &headers, &m.path)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_gw_headers_give(r, &headers);

    ctx->edited = 1;

    if (m.host.len) {
        ctx->host = m.host;

    } else if (m.keep_host) {
        ctx->host = ctx->client_host;
    }

    return m.uri.len ? ngx_rtalpha_gw_apply_uri(r, ctx, &m.uri) : NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_apply_target(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_message_t *m)
{
    u_char     *p;
    ngx_str_t  *base;

    base = &ctx->rule->plan.base;

    if (ctx->rule->plan.whole) {
        m->path = *base;
    }

    p = ngx_pnalloc(r->pool, m->path.len + m->query.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->target.data = p;
    p = ngx_rtalpha_put(p, &m->path);

    if (m->query.data) {
        *p++ = '?';
        p = ngx_rtalpha_put(p, &m->query);
    }

    ctx->target.len = p - ctx->target.data;

    return NGX_OK;
}


/*
 * Another address, path and query for this request.  Only literal addresses:
 * names from requests would have to be looked up.
 */

static ngx_int_t
ngx_rtalpha_gw_apply_uri(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_str_t *uri)
{
    ngx_rtalpha_gw_server_t  server;

    if (ngx_rtalpha_gw_table_url(uri, &server, &ctx->target) != NGX_OK) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_BAD_GATEWAY,
                                   NGX_RTALPHA_GW_REASON_FILTER);
    }

    if (ctx->target.len == 0) {
        ngx_str_set(&ctx->target, "/");

    } else if (ctx->target.data[0] != '/') {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_BAD_GATEWAY,
                                   NGX_RTALPHA_GW_REASON_FILTER);
    }

    ctx->service = ngx_rtalpha_gw_one_server(&server);

    if (ctx->service == NULL || ctx->service->n == 0) {
        return ngx_rtalpha_gw_fail(r, ctx, NGX_HTTP_BAD_GATEWAY,
                                   NGX_RTALPHA_GW_REASON_NO_INSTANCE);
    }

    ctx->secure = server.secure;

    return NGX_OK;
}


/* an answer of our own with an empty body and perhaps one more field */

ngx_int_t
ngx_rtalpha_gw_answer_now(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status, const ngx_str_t *name, const ngx_str_t *value)
{
    ngx_int_t  rc;

    if (name && name->len
        && ngx_rtalpha_gw_answer_put(r, name, value) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return NGX_DONE;
    }

    ngx_http_finalize_request(r, ngx_http_send_special(r, NGX_HTTP_LAST));

    return NGX_DONE;
}


static void
ngx_rtalpha_gw_cors_ask(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_cors_ask_t *ask)
{
    const ngx_str_t  *value;

    ngx_memzero(ask, sizeof(ngx_rtalpha_gw_cors_ask_t));

    ask->method = r->method_name;
    ask->host = ctx->client_host;

    if (r->http_connection->ssl) {
        ngx_str_set(&ask->scheme, "https");

    } else {
        ngx_str_set(&ask->scheme, "http");
    }

    value = ngx_rtalpha_answer_request_header(r, "origin", 6);
    if (value) {
        ask->origin = *value;
    }

    value = ngx_rtalpha_answer_request_header(r,
                               "access-control-request-method",
                               sizeof("access-control-request-method") - 1);
    if (value) {
        ask->request_method = *value;
    }

    value = ngx_rtalpha_answer_request_header(r,
                               "access-control-request-headers",
                               sizeof("access-control-request-headers") - 1);
    if (value) {
        ask->request_headers = *value;
    }
}


/* NGX_OK: go on; else what the phase handler returns */

ngx_int_t
ngx_rtalpha_gw_apply_cors(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_keyval_t               *kv;
    ngx_rtalpha_gw_cors_t      *cors;
    ngx_rtalpha_gw_cors_ask_t   ask;

    static ngx_str_t  vary = ngx_string("Vary");
    static ngx_str_t  names[] = {
        ngx_string("Origin"), ngx_string("Access-Control-Request-Method"),
        ngx_string("Access-Control-Request-Headers")
    };

    cors = ctx->rule ? ctx->rule->plan.cors : NULL;

    if (cors == NULL) {
        cors = ngx_rtalpha_gw_cors_find(&ctx->table->cors, &ctx->path);
    }

    if (cors == NULL) {
        return NGX_OK;
    }

    ctx->fields = ngx_array_create(r->pool, 8, sizeof(ngx_keyval_t));
    if (ctx->fields == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; i < 3; i++) {
        kv = ngx_array_push(ctx->fields);
        if (kv == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        kv->key = vary;
        kv->value = names[i];
    }

    ngx_rtalpha_gw_cors_ask(r, ctx, &ask);

    /* a preflight is for a route that takes it */

    rc = (ctx->rule == NULL && ngx_rtalpha_gw_cors_preflight(&ask))
         ? NGX_DECLINED
         : ngx_rtalpha_gw_cors_check(r->pool, cors, &ask, ctx->fields);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_gw_answer_now(r, ctx, NGX_HTTP_FORBIDDEN, NULL,
                                         NULL);
    }

    if (ngx_rtalpha_gw_cors_preflight(&ask)) {
        return ngx_rtalpha_gw_answer_now(r, ctx, NGX_HTTP_OK, NULL, NULL);
    }

    return NGX_OK;
}


/*
 * Fields of CORS come before those of the service: they are a part of their
 * own at the head of the list.  Whoever reads a list takes it that only its
 * first part may be empty.
 */

ngx_int_t
ngx_rtalpha_gw_apply_fields(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t        i;
    ngx_list_t       *list;
    ngx_keyval_t     *kv;
    ngx_list_part_t  *old;
    ngx_table_elt_t  *h;

    kv = ctx->fields->elts;
    list = &r->headers_out.headers;

    if (list->part.nelts == 0) {
        for (i = 0; i < ctx->fields->nelts; i++) {
            h = ngx_list_push(list);
            if (h == NULL) {
                return NGX_ERROR;
            }

            ngx_rtalpha_gw_apply_field(h, &kv[i]);
        }

        return NGX_OK;
    }

    old = ngx_palloc(r->pool, sizeof(ngx_list_part_t));
    h = ngx_palloc(r->pool, ctx->fields->nelts * sizeof(ngx_table_elt_t));

    if (old == NULL || h == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < ctx->fields->nelts; i++) {
        ngx_rtalpha_gw_apply_field(&h[i], &kv[i]);
    }

    *old = list->part;

    if (list->last == &list->part) {
        list->last = old;
    }

    list->part.elts = h;
    list->part.nelts = ctx->fields->nelts;
    list->part.next = old;

    return NGX_OK;
}


static void
ngx_rtalpha_gw_apply_field(ngx_table_elt_t *h, const ngx_keyval_t *kv)
{
    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = kv->key;
    h->value = kv->value;
}


ngx_int_t
ngx_rtalpha_gw_apply_answer(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_uint_t                i;
    ngx_array_t              *answer;
    ngx_rtalpha_gw_op_t      *op;

    answer = &ctx->rule->plan.edits->answer;
    op = answer->elts;

    for (i = 0; i < answer->nelts; i++) {
        if (ngx_rtalpha_gw_apply_op(r, ctx, &op[i]) == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_apply_op(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_str_t  value;

    value = op->value;

    if (op->vars
        && ngx_rtalpha_gw_edit_expand(r->pool, &ctx->req.vars, &op->value, 0,
                                      &value)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    switch (op->type) {

    case NGX_RTALPHA_GW_ADD_ANSWER:

        if (op->flag && ngx_rtalpha_gw_answer_count(r, &op->name)) {
            return NGX_OK;
        }

        return ngx_rtalpha_gw_answer_put(r, &op->name, &value);

    case NGX_RTALPHA_GW_SET_ANSWER:
        ngx_rtalpha_gw_answer_remove(r, &op->name);
        return ngx_rtalpha_gw_answer_put(r, &op->name, &value);

    case NGX_RTALPHA_GW_REMOVE_ANSWER:
        ngx_rtalpha_gw_answer_remove(r, &op->name);
        return NGX_OK;

    case NGX_RTALPHA_GW_DEDUPE_ANSWER:
        ngx_rtalpha_gw_answer_dedupe(r, op);
        return NGX_OK;

    case NGX_RTALPHA_GW_REWRITE_ANSWER:
    case NGX_RTALPHA_GW_LOCATION_ANSWER:
        return ngx_rtalpha_gw_answer_rewrite(r, ctx, op);

    case NGX_RTALPHA_GW_STATUS_ANSWER:
        return ngx_rtalpha_gw_answer_status(r, op);

    default:
        return NGX_OK;
    }
}


/* every line of that name that is still there */

#define ngx_rtalpha_gw_answer_each(r, name, part, h, i)                       \
    for (part = &(r)->headers_out.headers.part; part; part = part->next)      \
        for (h = part->elts, i = 0; i < part->nelts; i++, h++)                \
            if (h->hash && h->key.len == (name)->len                          \
                && ngx_strncasecmp(h->key.data, (name)->data, (name)->len)    \
                   == 0)


static ngx_uint_t
ngx_rtalpha_gw_answer_count(ngx_http_request_t *r, const ngx_str_t *name)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    n = 0;

    ngx_rtalpha_gw_answer_each(r, name, part, h, i) {
        n++;
    }

    if (name->len == sizeof("content-type") - 1
        && ngx_strncasecmp(name->data, (u_char *) "content-type", name->len)
           == 0)
    {
        n += (r->headers_out.content_type.len != 0);
    }

    return n;
}


static void
ngx_rtalpha_gw_answer_drop(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    h->hash = 0;

    if (r->headers_out.server == h) {
        r->headers_out.server = NULL;

    } else if (r->headers_out.date == h) {
        r->headers_out.date = NULL;

    } else if (r->headers_out.location == h) {
        r->headers_out.location = NULL;

    } else if (r->headers_out.etag == h) {
        r->headers_out.etag = NULL;

    } else if (r->headers_out.last_modified == h) {
        r->headers_out.last_modified = NULL;
        r->headers_out.last_modified_time = -1;

    } else if (r->headers_out.content_encoding == h) {
        r->headers_out.content_encoding = NULL;

    } else if (r->headers_out.www_authenticate == h) {
        r->headers_out.www_authenticate = NULL;

    } else if (r->headers_out.accept_ranges == h) {
        r->headers_out.accept_ranges = NULL;
    }
}


static void
ngx_rtalpha_gw_answer_remove(ngx_http_request_t *r, const ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_rtalpha_gw_answer_each(r, name, part, h, i) {
        ngx_rtalpha_gw_answer_drop(r, h);
    }

    if (name->len == sizeof("content-type") - 1
        && ngx_strncasecmp(name->data, (u_char *) "content-type", name->len)
           == 0)
    {
        ngx_str_null(&r->headers_out.content_type);
        r->headers_out.content_type_len = 0;
    }
}


static ngx_int_t
ngx_rtalpha_gw_answer_put(ngx_http_request_t *r, const ngx_str_t *name,
    const ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    if (name->len == sizeof("content-type") - 1
        && ngx_strncasecmp(name->data, (u_char *) "content-type", name->len)
           == 0)
    {
        r->headers_out.content_type = *value;
        r->headers_out.content_type_len = value->len;
        r->headers_out.content_type_lowcase = NULL;
        return NGX_OK;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    h->key = *name;
    h->value = *value;

    return NGX_OK;
}


static void
ngx_rtalpha_gw_answer_dedupe(ngx_http_request_t *r,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_uint_t        i, n, k, all;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    all = ngx_rtalpha_gw_answer_count(r, &op->name);
    k = 0;

    ngx_rtalpha_gw_answer_each(r, &op->name, part, h, i) {

        k++;

        switch (op->n) {

        case NGX_RTALPHA_GW_RETAIN_FIRST:
            n = (k > 1);
            break;

        case NGX_RTALPHA_GW_RETAIN_LAST:
            n = (k < all);
            break;

        default:
            n = ngx_rtalpha_gw_answer_seen(r, h);
            break;
        }

        if (n) {
            ngx_rtalpha_gw_answer_drop(r, h);
        }
    }
}


/* is there an earlier line with the same name and value */

static ngx_uint_t
ngx_rtalpha_gw_answer_seen(ngx_http_request_t *r, ngx_table_elt_t *until)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_rtalpha_gw_answer_each(r, &until->key, part, h, i) {

        if (h == until) {
            return 0;
        }

        if (ngx_rtalpha_str_eq(&h->value, &until->value)) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_gw_answer_rewrite(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, const ngx_rtalpha_gw_op_t *op)
{
    size_t              k;
    ngx_int_t           rc;
    ngx_str_t           value;
    ngx_uint_t          i;
    ngx_list_part_t    *part;
    ngx_table_elt_t    *h;
    ngx_rtalpha_out_t   out;

    ngx_rtalpha_gw_answer_each(r, &op->name, part, h, i) {

        if (op->type == NGX_RTALPHA_GW_LOCATION_ANSWER) {
            rc = ngx_rtalpha_gw_edit_location(r->pool, op, &h->value,
                                              &ctx->client_host,
                                              &ctx->path.raw, &value);

        } else {

            if (ngx_rtalpha_out_init(&out, r->pool, h->value.len + 64, 65536)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            rc = ngx_rtalpha_gw_regex_replace(op->regex, &h->value,
                                              &op->value, &out);
            if (rc == NGX_OK) {
                rc = ngx_rtalpha_out_done(&out, &value);
            }
        }

        if (rc != NGX_OK) {
            continue;
        }

        for (k = 0; k < value.len; k++) {
            if (value.data[k] == CR || value.data[k] == LF) {
                break;
            }
        }

        if (k == value.len) {
            h->value = value;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_answer_status(ngx_http_request_t *r,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_str_t  value;

    if (op->name.len) {
        value.data = ngx_pnalloc(r->pool, sizeof("[999]"));
        if (value.data == NULL) {
            return NGX_ERROR;
        }

        value.len = ngx_sprintf(value.data, "[%ui]", r->headers_out.status)
                    - value.data;

        if (ngx_rtalpha_gw_answer_put(r, &op->name, &value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    r->headers_out.status = op->n;
    ngx_str_null(&r->headers_out.status_line);

    return NGX_OK;
}


/* shall the body of this answer be kept back and edited */

ngx_int_t
ngx_rtalpha_gw_apply_capture(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    if (ctx->rule->plan.edits->members == NULL || r->header_only
        || r->headers_out.content_encoding
        || r->headers_out.content_length_n == 0
        || r->headers_out.content_type.len < sizeof("application/json") - 1
        || ngx_strncasecmp(r->headers_out.content_type.data,
                           (u_char *) "application/json",
                           sizeof("application/json") - 1)
           != 0)
    {
        return NGX_OK;
    }

    ctx->capture = ngx_palloc(r->pool, sizeof(ngx_rtalpha_out_t));

    if (ctx->capture == NULL
        || ngx_rtalpha_out_init(ctx->capture, r->pool, 4096,
                                NGX_RTALPHA_GW_BODY_MAX)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    r->filter_need_in_memory = 1;

    return NGX_OK;
}


/*
 * NGX_AGAIN: more is to come; NGX_OK: out has the whole; NGX_ERROR: the body
 * is too long, and breaks off.  What is not JSON stays as it is.
 */

ngx_int_t
ngx_rtalpha_gw_apply_body(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_chain_t *in, ngx_chain_t *out)
{
    ngx_buf_t               *b;
    ngx_int_t                rc;
    ngx_str_t                text, result;
    ngx_uint_t               last;
    ngx_rtalpha_out_t        edited;
    ngx_rtalpha_gw_edits_t  *edits;

    last = 0;

    for ( /* void */ ; in; in = in->next) {
        b = in->buf;
        ngx_rtalpha_out_bytes(ctx->capture, b->pos, b->last - b->pos);
        b->pos = b->last;
        last |= b->last_buf;
    }

    if (ctx->capture->failed) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "a JSON body to be edited is too long");
        return NGX_ERROR;
    }

    if (!last) {
        return NGX_AGAIN;
    }

    edits = ctx->rule->plan.edits;

    if (ngx_rtalpha_out_done(ctx->capture, &text) != NGX_OK
        || ngx_rtalpha_out_init(&edited, r->pool, text.len + 1,
                                NGX_RTALPHA_GW_BODY_MAX)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_gw_json_remove(&text, edits->members, edits->deep,
                                    &edited);
    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        result = text;

    } else if (ngx_rtalpha_out_done(&edited, &result) != NGX_OK) {
        return NGX_ERROR;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = result.data;
    b->last = b->pos + result.len;
    b->memory = (result.len != 0);
    b->last_buf = 1;
    b->last_in_chain = 1;

    out->buf = b;
    out->next = NULL;
    ctx->capture = NULL;

    return NGX_OK;
}
