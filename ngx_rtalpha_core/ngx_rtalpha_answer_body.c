
/*
 * Request bodies in one piece.
 *
 * nginx gives a body as a chain of buffers in memory, in a temporary file or
 * both; here it becomes one string.  A body in a single buffer is used where
 * it is.  nginx's own client_max_body_size bounds what is read at all, and
 * a chunked body is known to be too long only when it is there.
 */


#include "ngx_rtalpha_answer.h"


typedef struct {
    size_t                       max;
    ngx_rtalpha_answer_body_pt   handler;
    void                        *data;
} ngx_rtalpha_answer_body_t;


static void ngx_rtalpha_answer_body_read(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_answer_body_flat(ngx_http_request_t *r,
    size_t max, ngx_str_t *body);
static ngx_int_t ngx_rtalpha_answer_body_copy(ngx_buf_t *b, u_char **pos);
static ngx_int_t ngx_rtalpha_answer_body_large(ngx_http_request_t *r,
    size_t max);


ngx_int_t
ngx_rtalpha_answer_body(ngx_http_request_t *r, size_t max,
    ngx_rtalpha_answer_body_pt handler, void *data)
{
    ngx_int_t                   rc;
    ngx_rtalpha_answer_body_t  *ctx;

    if (r->headers_in.content_length_n > 0
        && (uint64_t) r->headers_in.content_length_n > (uint64_t) max)
    {
        return ngx_rtalpha_answer_body_large(r, max);
    }

    ctx = ngx_palloc(r->pool, sizeof(ngx_rtalpha_answer_body_t));

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->max = max;
    ctx->handler = handler;
    ctx->data = data;

    ngx_http_set_ctx(r, ctx, ngx_rtalpha_module);

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_rtalpha_answer_body_read);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_rtalpha_answer_body_read(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_str_t                   body;
    ngx_rtalpha_answer_body_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_rtalpha_module);

    rc = ngx_rtalpha_answer_body_flat(r, ctx->max, &body);

    if (rc == NGX_OK) {
        rc = ctx->handler(r, &body, ctx->data);

    } else if (rc == NGX_DECLINED) {
        rc = ngx_rtalpha_answer_body_large(r, ctx->max);

    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_finalize_request(r, rc);
}


/* NGX_DECLINED: longer than max */

static ngx_int_t
ngx_rtalpha_answer_body_flat(ngx_http_request_t *r, size_t max,
    ngx_str_t *body)
{
    u_char       *p;
    size_t        len;
    ngx_chain_t  *cl, *bufs;

    ngx_str_null(body);

    bufs = r->request_body ? r->request_body->bufs : NULL;
    len = 0;

    for (cl = bufs; cl; cl = cl->next) {
        if ((uint64_t) ngx_buf_size(cl->buf) > (uint64_t) (max - len)) {
            return NGX_DECLINED;
        }

        len += (size_t) ngx_buf_size(cl->buf);
    }

    if (len == 0) {
        return NGX_OK;
    }

    if (bufs->next == NULL && ngx_buf_in_memory(bufs->buf)) {
        body->data = bufs->buf->pos;
        body->len = len;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len);

    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;
    body->len = len;

    for (cl = bufs; cl; cl = cl->next) {
        if (ngx_rtalpha_answer_body_copy(cl->buf, &p) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_answer_body_copy(ngx_buf_t *b, u_char **pos)
{
    size_t   len, done;
    ssize_t  n;

    len = (size_t) ngx_buf_size(b);

    if (ngx_buf_in_memory(b)) {
        *pos = ngx_cpymem(*pos, b->pos, len);
        return NGX_OK;
    }

    for (done = 0; done < len; done += (size_t) n) {
        n = ngx_read_file(b->file, *pos, len - done,
                          b->file_pos + (off_t) done);

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (n == 0) {
            ngx_log_error(NGX_LOG_CRIT, b->file->log, 0,
                          "request body file \"%V\" was cut",
                          &b->file->name);
            return NGX_ERROR;
        }

        *pos += n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_answer_body_large(ngx_http_request_t *r, size_t max)
{
    return ngx_rtalpha_answer_problem(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                      "body-too-large",
                                      "the request body is longer than "
                                      "%uz bytes", max);
}
