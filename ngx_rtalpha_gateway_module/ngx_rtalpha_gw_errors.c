
/*
 * Answers of the gateway's own, in the manner of the gateway that the tree
 * was written for, instead of nginx's pages.
 *
 * Whoever finds that a request cannot be served returns a status; nginx
 * makes its page of it, discards the request's body and decides about the
 * connection; the filters here replace what the page says.  So there is one
 * place for all errors, nginx's own (413, 504 …) included, and none of them
 * leaves a body unread.
 *
 * Also here: header fields of a service's answer that must not pass.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_line.h"


static ngx_int_t ngx_rtalpha_gw_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_gw_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_rtalpha_gw_own_header(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_why(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status);
static void ngx_rtalpha_gw_answer(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx);
static ngx_uint_t ngx_rtalpha_gw_wants_html(ngx_http_request_t *r);
static void ngx_rtalpha_gw_error_html(ngx_rtalpha_out_t *out,
    ngx_uint_t status, const char *text);
static void ngx_rtalpha_gw_error_zuul(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_json_t *j, ngx_uint_t status,
    const char *text, const ngx_str_t *path);
static void ngx_rtalpha_gw_error_scg(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_json_t *j, ngx_uint_t status,
    const char *text, const ngx_str_t *path);
static void ngx_rtalpha_gw_error_problem(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_json_t *j, ngx_uint_t status,
    const char *text, const ngx_str_t *path);
static void ngx_rtalpha_gw_timestamp(ngx_rtalpha_json_t *j);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/* short codes, the same in bodies, logs and metrics */

static const char  *ngx_rtalpha_gw_reasons[] = {
    "", "no-route", "bad-path", "not-ready", "no-instance", "refused",
    "closed", "invalid-answer", "timeout", "loop", "filter", "breaker-open",
    "failure-status", "busy", "other"
};


typedef struct {
    ngx_uint_t    status;
    const char   *text;
} ngx_rtalpha_gw_status_t;

static const ngx_rtalpha_gw_status_t  ngx_rtalpha_gw_statuses[] = {
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 402, "Payment Required" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Payload Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Requested range not satisfiable" },
    { 421, "Misdirected Request" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 507, "Insufficient Storage" },
    { 508, "Loop Detected" },
    { 0, "Error" }
};


const char *
ngx_rtalpha_gw_reason(ngx_uint_t reason)
{
    return ngx_rtalpha_gw_reasons[reason];
}


ngx_int_t
ngx_rtalpha_gw_filters_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_rtalpha_gw_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_rtalpha_gw_body_filter;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_fail(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status, ngx_uint_t reason)
{
    ctx->reason = reason;

    return status;
}


static ngx_int_t
ngx_rtalpha_gw_header_filter(ngx_http_request_t *r)
{
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL || r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    if (r->err_status >= NGX_HTTP_BAD_REQUEST
        && r->err_status == r->headers_out.status)
    {
        ngx_rtalpha_gw_breaker_end(ctx, r->err_status
                                        >= NGX_HTTP_INTERNAL_SERVER_ERROR
                                        ? 1 : -1);

        if (ngx_rtalpha_gw_own_header(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

    } else if (ctx->rule && r->upstream && r->upstream->headers_in.status_n
               && (!ctx->fallen || ctx->other))
    {
        ngx_rtalpha_gw_breaker_end(ctx, 0);
        ngx_rtalpha_gw_answer(r, ctx);
        ctx->filtered = 1;
    }

    if (ctx->fields && ngx_rtalpha_gw_apply_fields(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->filtered && ctx->rule->plan.edits
        && (ngx_rtalpha_gw_apply_answer(r, ctx) != NGX_OK
            || ngx_rtalpha_gw_apply_capture(r, ctx) != NGX_OK))
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_rtalpha_gw_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t              rc;
    ngx_buf_t             *b;
    ngx_chain_t           *cl, out;
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx && ctx->capture && r == r->main) {
        rc = ngx_rtalpha_gw_apply_body(r, ctx, in, &out);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        return ngx_http_next_body_filter(r, rc == NGX_OK ? &out : NULL);
    }

    if (ctx == NULL || !ctx->own || r != r->main) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (ctx->sent) {
        return ngx_http_next_body_filter(r, NULL);
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    ctx->sent = 1;

    b->pos = ctx->body.data;
    b->last = b->pos + ctx->body.len;
    b->memory = (ctx->body.len != 0);
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


static ngx_int_t
ngx_rtalpha_gw_own_header(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_str_t   type;
    ngx_uint_t  i, status;

    static const ngx_str_t  english = ngx_string("en");
    static const ngx_str_t  vary[] = {
        ngx_string("Origin"),
        ngx_string("Access-Control-Request-Method"),
        ngx_string("Access-Control-Request-Headers")
    };

    status = r->headers_out.status;

    if (ctx->reason == NGX_RTALPHA_GW_REASON_NONE) {
        ctx->reason = ngx_rtalpha_gw_why(r, ctx, status);
    }

    ngx_rtalpha_gw_count(ctx->reason);

    if (ngx_rtalpha_gw_error_body(r, ctx, status, &type, &ctx->body)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->own = 1;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);

    r->headers_out.content_length_n = ctx->body.len;
    r->headers_out.content_type = type;
    r->headers_out.content_type_len = type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    if (ctx->dialect != NGX_RTALPHA_GW_ZUUL) {
        return NGX_OK;
    }

    if (ngx_rtalpha_str_begins(&type, "text/html")
        && ngx_rtalpha_answer_header(r, "Content-Language", &english) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (status != NGX_HTTP_NOT_FOUND
        || ctx->reason != NGX_RTALPHA_GW_REASON_NO_ROUTE)
    {
        return NGX_OK;
    }

    if (ctx->alias && ngx_rtalpha_str_is(&type, "application/json")) {
        ngx_str_set(&r->headers_out.content_type,
                    "application/json;charset=ISO-8859-1");
        r->headers_out.content_type_len = r->headers_out.content_type.len;
    }

    /* Spring MVC's own 404 has these three */

    for (i = 0; i < sizeof(vary) / sizeof(vary[0]); i++) {
        if (ngx_rtalpha_answer_header(r, "Vary", &vary[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_gw_why(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    switch (status) {

    case NGX_HTTP_NOT_FOUND:
        return NGX_RTALPHA_GW_REASON_NO_ROUTE;

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return NGX_RTALPHA_GW_REASON_NO_INSTANCE;

    case NGX_HTTP_GATEWAY_TIME_OUT:
        return NGX_RTALPHA_GW_REASON_TIMEOUT;

    case NGX_HTTP_BAD_GATEWAY:

        if (ctx->refused) {
            return NGX_RTALPHA_GW_REASON_REFUSED;
        }

        return (u && u->buffer.start && u->buffer.last != u->buffer.start)
               ? NGX_RTALPHA_GW_REASON_INVALID
               : NGX_RTALPHA_GW_REASON_CLOSED;

    default:
        return NGX_RTALPHA_GW_REASON_OTHER;
    }
}


/* what a service's answer must not carry on */

static void
ngx_rtalpha_gw_answer(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_str_t                *connection;
    ngx_uint_t                i, mark;
    ngx_list_part_t          *part;
    ngx_table_elt_t          *h;
    ngx_rtalpha_gw_names_t   *names;

    connection = NULL;
    names = ctx->rule->plan.response;

    /* a stream is passed on as it comes */

    if (r->upstream->headers_in.content_length_n == -1) {
        r->upstream->buffering = 0;
    }

    for (part = &r->upstream->headers_in.headers.part; part;
         part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof("connection") - 1
                && ngx_strncmp(h[i].lowcase_key, "connection",
                               sizeof("connection") - 1) == 0)
            {
                connection = &h[i].value;

                if (ngx_rtalpha_str_is(connection, "keep-alive")
                    || ngx_rtalpha_str_is(connection, "close"))
                {
                    connection = NULL;
                }
            }
        }
    }

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0 || h[i].lowcase_key == NULL) {
                continue;
            }

            mark = ngx_rtalpha_gw_names_find(names, h[i].hash,
                                             h[i].lowcase_key, h[i].key.len);

            if (mark == NGX_RTALPHA_GW_NAME_DROP
                || (mark == NGX_RTALPHA_GW_NAME_UPGRADE
                    && r->headers_out.status
                       != NGX_HTTP_SWITCHING_PROTOCOLS)
                || (connection && mark == NGX_RTALPHA_GW_NAME_NONE
                    && ngx_rtalpha_gw_headers_named(connection,
                                        h[i].lowcase_key, h[i].key.len)))
            {
                h[i].hash = 0;

                if (r->headers_out.server == &h[i]) {
                    r->headers_out.server = NULL;
                }

                if (r->headers_out.date == &h[i]) {
                    r->headers_out.date = NULL;
                }
            }
        }
    }
}


ngx_int_t
ngx_rtalpha_gw_error_body(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *type, ngx_str_t *body)
{
    u_char                          *p;
    ngx_str_t                        path;
    ngx_rtalpha_out_t                out;
    ngx_rtalpha_json_t               j;
    const ngx_rtalpha_gw_status_t   *s;

    for (s = ngx_rtalpha_gw_statuses; s->status; s++) {
        if (s->status == status) {
            break;
        }
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 256, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_gw_wants_html(r)) {
        ngx_str_set(type, "text/html;charset=UTF-8");
        ngx_rtalpha_gw_error_html(&out, status, s->text);
        return ngx_rtalpha_out_done(&out, body);
    }

    path = r->unparsed_uri;
    p = ngx_strlchr(path.data, path.data + path.len, '?');

    if (p) {
        path.len = p - path.data;
    }

    path.len = ngx_min(path.len, 8192);

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);

    if (ctx->dialect == NGX_RTALPHA_GW_NATIVE) {
        ngx_str_set(type, "application/problem+json");
        ngx_rtalpha_gw_error_problem(r, ctx, &j, status, s->text, &path);

    } else {
        ngx_str_set(type, "application/json");

        if (ctx->dialect == NGX_RTALPHA_GW_ZUUL) {
            ngx_rtalpha_gw_error_zuul(r, ctx, &j, status, s->text, &path);

        } else {
            ngx_rtalpha_gw_error_scg(r, ctx, &j, status, s->text, &path);
        }

        if (status >= NGX_HTTP_BAD_GATEWAY
            && status <= NGX_HTTP_GATEWAY_TIME_OUT)
        {
            ngx_rtalpha_json_key_lit(&j, "reason");
            p = (u_char *) ngx_rtalpha_gw_reason(ctx->reason);
            ngx_rtalpha_json_text(&j, p, ngx_strlen(p));
        }
    }

    ngx_rtalpha_json_end(&j);

    return ngx_rtalpha_out_done(&out, body);
}


static ngx_uint_t
ngx_rtalpha_gw_wants_html(ngx_http_request_t *r)
{
    ngx_uint_t              i;
    ngx_table_elt_t        *h;
    const ngx_list_part_t  *part;

    static ngx_str_t  accept = ngx_string("Accept");

    part = &r->headers_in.headers.part;
    i = 0;

    while ((h = ngx_rtalpha_line_next(&part, &i, &accept)) != NULL) {
        if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                             (u_char *) "text/html", 9 - 1)
            != NULL)
        {
            return 1;
        }
    }

    return 0;
}


static void
ngx_rtalpha_gw_error_html(ngx_rtalpha_out_t *out, ngx_uint_t status,
    const char *text)
{
    ngx_rtalpha_out_printf(out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>%ui %s</title>"
        "</head><body><h1>%s</h1><p>The gateway could not serve this "
        "request (status %ui).</p></body></html>\n",
        status, text, text, status);
}


static void
ngx_rtalpha_gw_timestamp(ngx_rtalpha_json_t *j)
{
    u_char       text[sizeof("2026-01-01T00:00:00.000+00:00")];
    u_char      *p;
    ngx_tm_t     tm;
    ngx_time_t  *tp;

    tp = ngx_timeofday();
    ngx_gmtime(tp->sec, &tm);

    p = ngx_sprintf(text, "%4d-%02d-%02dT%02d:%02d:%02d.%03M+00:00",
                    tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                    tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec, tp->msec);

    ngx_rtalpha_json_key_lit(j, "timestamp");
    ngx_rtalpha_json_text(j, text, p - text);
}


/* Spring Boot 2.3 */

static void
ngx_rtalpha_gw_error_zuul(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_json_t *j, ngx_uint_t status, const char *text,
    const ngx_str_t *path)
{
    const char  *message;

    message = (ctx->table && ctx->table->message
               && ctx->reason != NGX_RTALPHA_GW_REASON_NO_ROUTE)
              ? ngx_rtalpha_gw_reason(ctx->reason) : "";

    ngx_rtalpha_gw_timestamp(j);
    ngx_rtalpha_json_key_lit(j, "status");
    ngx_rtalpha_json_int(j, status);
    ngx_rtalpha_json_key_lit(j, "error");
    ngx_rtalpha_json_text(j, (u_char *) text, ngx_strlen(text));
    ngx_rtalpha_json_key_lit(j, "message");
    ngx_rtalpha_json_text(j, (u_char *) message, ngx_strlen(message));

    /* a failure of a service was dispatched to a page without a path */

    if (status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        ngx_rtalpha_json_key_lit(j, "path");
        ngx_rtalpha_json_str(j, path);
    }
}


/* Spring Boot 3 with WebFlux */

static void
ngx_rtalpha_gw_error_scg(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_json_t *j, ngx_uint_t status, const char *text,
    const ngx_str_t *path)
{
    u_char   id[32];
    u_char  *p;

    ngx_rtalpha_gw_timestamp(j);
    ngx_rtalpha_json_key_lit(j, "path");
    ngx_rtalpha_json_str(j, path);
    ngx_rtalpha_json_key_lit(j, "status");
    ngx_rtalpha_json_int(j, status);
    ngx_rtalpha_json_key_lit(j, "error");
    ngx_rtalpha_json_text(j, (u_char *) text, ngx_strlen(text));
    ngx_rtalpha_json_key_lit(j, "requestId");
    p = ngx_sprintf(id, "%xA-%ui", r->connection->number,
                    r->connection->requests);
    ngx_rtalpha_json_text(j, id, p - id);
}


/* RFC 9457 */

static void
ngx_rtalpha_gw_error_problem(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_json_t *j, ngx_uint_t status,
    const char *text, const ngx_str_t *path)
{
    const char  *reason;

    reason = ngx_rtalpha_gw_reason(ctx->reason);

    ngx_rtalpha_json_key_lit(j, "type");
    ngx_rtalpha_json_lit(j, "about:blank");
    ngx_rtalpha_json_key_lit(j, "title");
    ngx_rtalpha_json_text(j, (u_char *) text, ngx_strlen(text));
    ngx_rtalpha_json_key_lit(j, "status");
    ngx_rtalpha_json_int(j, status);
    ngx_rtalpha_json_key_lit(j, "instance");
    ngx_rtalpha_json_str(j, path);
    ngx_rtalpha_json_key_lit(j, "reason");
    ngx_rtalpha_json_text(j, (u_char *) reason, ngx_strlen(reason));
}
