
/*
 * Answers of the suite's own endpoints.
 *
 * The status line and the headers are sent here for every status, errors
 * too: returning an error status to nginx would bring error_page and nginx's
 * own pages between a client and the body that its protocol prescribes.
 * Only when an answer cannot be made (no memory, a malformed request body)
 * a status is returned for nginx to answer.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_line.h"


#define NGX_RTALPHA_ANSWER_DETAIL   1024
#define NGX_RTALPHA_ANSWER_PROBLEM  (64 * 1024)


typedef struct {
    ngx_uint_t   status;
    ngx_str_t    title;
} ngx_rtalpha_answer_title_t;


static ngx_int_t ngx_rtalpha_answer_begin(ngx_http_request_t *r,
    ngx_uint_t status, const ngx_str_t *type, off_t len);
static ngx_int_t ngx_rtalpha_answer_send(ngx_http_request_t *r,
    ngx_chain_t *out);
static ngx_int_t ngx_rtalpha_answer_render_problem(ngx_http_request_t *r,
    ngx_uint_t status, const char *reason, ngx_str_t *detail,
    ngx_str_t *body);
static const ngx_str_t *ngx_rtalpha_answer_title(ngx_uint_t status);
static void ngx_rtalpha_answer_path(ngx_http_request_t *r, ngx_str_t *path);
static ngx_uint_t ngx_rtalpha_answer_match(const ngx_str_t *list,
    const ngx_str_t *etag);


static const ngx_str_t  ngx_rtalpha_answer_problem_type =
    ngx_string("application/problem+json");


/* RFC 9110, 15, and RFC 6585 */

static const ngx_rtalpha_answer_title_t  ngx_rtalpha_answer_titles[] = {
    { 400, ngx_string("Bad Request") },
    { 401, ngx_string("Unauthorized") },
    { 403, ngx_string("Forbidden") },
    { 404, ngx_string("Not Found") },
    { 405, ngx_string("Method Not Allowed") },
    { 406, ngx_string("Not Acceptable") },
    { 408, ngx_string("Request Timeout") },
    { 409, ngx_string("Conflict") },
    { 410, ngx_string("Gone") },
    { 411, ngx_string("Length Required") },
    { 412, ngx_string("Precondition Failed") },
    { 413, ngx_string("Content Too Large") },
    { 414, ngx_string("URI Too Long") },
    { 415, ngx_string("Unsupported Media Type") },
    { 422, ngx_string("Unprocessable Content") },
    { 429, ngx_string("Too Many Requests") },
    { 431, ngx_string("Request Header Fields Too Large") },
    { 500, ngx_string("Internal Server Error") },
    { 501, ngx_string("Not Implemented") },
    { 502, ngx_string("Bad Gateway") },
    { 503, ngx_string("Service Unavailable") },
    { 504, ngx_string("Gateway Timeout") },
    { 507, ngx_string("Insufficient Storage") },
    { 0, ngx_null_string }
};


ngx_int_t
ngx_rtalpha_answer_empty(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_answer_begin(r, status, NULL, 0);

    if (rc != NGX_OK) {
        return rc;
    }

    if (status == NGX_HTTP_NO_CONTENT || status == NGX_HTTP_NOT_MODIFIED) {
        ngx_http_clear_content_length(r);
    }

    return ngx_rtalpha_answer_send(r, NULL);
}


ngx_int_t
ngx_rtalpha_answer_bytes(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, const ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    rc = ngx_rtalpha_answer_begin(r, status, type, (off_t) body->len);

    if (rc != NGX_OK) {
        return rc;
    }

    if (body->len == 0) {
        return ngx_rtalpha_answer_send(r, NULL);
    }

    cl = ngx_alloc_chain_link(r->pool);
    b = ngx_calloc_buf(r->pool);

    if (cl == NULL || b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;

    cl->buf = b;
    cl->next = NULL;

    return ngx_rtalpha_answer_send(r, cl);
}


ngx_int_t
ngx_rtalpha_answer_chain(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, ngx_chain_t *body, off_t length)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_answer_begin(r, status, type, length);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_answer_send(r, r->method == NGX_HTTP_HEAD ? NULL
                                                                 : body);
}


ngx_int_t
ngx_rtalpha_answer_blob(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, ngx_rtalpha_pin_t *pin)
{
    ngx_int_t            rc;
    ngx_chain_t         *out, **last;
    ngx_rtalpha_blob_t  *blob;

    blob = ngx_rtalpha_blob_of(pin);

    if (ngx_rtalpha_blob_unpin_later(r->pool, pin) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_answer_begin(r, status, type,
                                  (off_t) ngx_rtalpha_blob_len(blob));

    if (rc != NGX_OK) {
        return rc;
    }

    out = NULL;
    last = &out;

    if (r->method != NGX_HTTP_HEAD
        && ngx_rtalpha_blob_chain(r->pool, blob, &last) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *last = NULL;

    return ngx_rtalpha_answer_send(r, out);
}


ngx_int_t
ngx_rtalpha_answer_problem(ngx_http_request_t *r, ngx_uint_t status,
    const char *reason, const char *detail, ...)
{
    u_char     *p, text[NGX_RTALPHA_ANSWER_DETAIL];
    va_list     args;
    ngx_str_t   body, said;

    va_start(args, detail);
    p = ngx_vslprintf(text, text + sizeof(text), detail, args);
    va_end(args);

    said.data = text;
    said.len = p - text;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "rtalpha answers %ui (%s): %V", status, reason, &said);

    if (ngx_rtalpha_answer_render_problem(r, status, reason, &said, &body)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, status,
                                    &ngx_rtalpha_answer_problem_type, &body);
}


ngx_uint_t
ngx_rtalpha_answer_etag(ngx_http_request_t *r, const ngx_str_t *tag)
{
    u_char                 *p;
    ngx_uint_t              i, found;
    ngx_table_elt_t        *h, *etag;
    const ngx_list_part_t  *part;

    static ngx_str_t  none_match = ngx_string("If-None-Match");

    ngx_http_clear_etag(r);

    p = ngx_pnalloc(r->pool, tag->len + 2);

    if (p == NULL) {
        return 0;
    }

    etag = ngx_list_push(&r->headers_out.headers);

    if (etag == NULL) {
        return 0;
    }

    ngx_memzero(etag, sizeof(ngx_table_elt_t));

    etag->hash = 1;
    ngx_str_set(&etag->key, "ETag");
    etag->value.data = p;
    etag->value.len = tag->len + 2;

    *p++ = '"';
    p = ngx_cpymem(p, tag->data, tag->len);
    *p = '"';

    r->headers_out.etag = etag;

    found = 0;

    part = &r->headers_in.headers.part;
    i = 0;

    while ((h = ngx_rtalpha_line_next(&part, &i, &none_match)) != NULL) {
        found |= ngx_rtalpha_answer_match(&h->value, &etag->value);
    }

    return found;
}


ngx_int_t
ngx_rtalpha_answer_header(ngx_http_request_t *r, const char *name,
    const ngx_str_t *value)
{
    size_t            i;
    ngx_table_elt_t  *h;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] == CR || value->data[i] == LF
            || value->data[i] == '\0')
        {
            return NGX_ERROR;
        }
    }

    h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    /* nginx's gzip filter looks at this one before it compresses */

    if (ngx_strcasecmp(h->key.data, (u_char *) "Content-Encoding") == 0) {
        r->headers_out.content_encoding = h;
    }

    return NGX_OK;
}


const ngx_str_t *
ngx_rtalpha_answer_request_header(ngx_http_request_t *r,
    const char *lowcase_name, size_t len)
{
    ngx_str_t         name;
    ngx_table_elt_t  *h;

    name.data = (u_char *) lowcase_name;
    name.len = len;

    h = ngx_rtalpha_line_first(&r->headers_in.headers.part, &name);

    return h ? &h->value : NULL;
}


static ngx_int_t
ngx_rtalpha_answer_begin(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, off_t len)
{
    u_char     *p;
    ngx_int_t   rc;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (status == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        r->keepalive = 0;
    }

    /*
     * Conditions are the endpoints' own business: nginx's filter would turn
     * the answer to a write that is already done into 412 or 304.
     */

    r->disable_not_modified = 1;

    r->headers_out.status = status;
    r->headers_out.status_line.len = 0;
    r->headers_out.content_length_n = len;
    r->headers_out.content_type_lowcase = NULL;

    if (type == NULL) {
        ngx_str_null(&r->headers_out.content_type);
        r->headers_out.content_type_len = 0;
        return NGX_OK;
    }

    /* what gzip_types and the charset filter compare is without parameters */

    p = ngx_strlchr(type->data, type->data + type->len, ';');

    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = p ? (size_t) (p - type->data)
                                        : type->len;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_answer_send(ngx_http_request_t *r, ngx_chain_t *out)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t  *cl, last;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (out == NULL) {
        if (r != r->main) {
            return rc;
        }

        b = ngx_calloc_buf(r->pool);

        if (b == NULL) {
            return NGX_ERROR;
        }

        last.buf = b;
        last.next = NULL;
        out = &last;
    }

    for (cl = out; cl->next; cl = cl->next) { /* void */ }

    cl->buf->last_buf = (r == r->main) ? 1 : 0;
    cl->buf->last_in_chain = 1;

    return ngx_http_output_filter(r, out);
}


static ngx_int_t
ngx_rtalpha_answer_render_problem(ngx_http_request_t *r, ngx_uint_t status,
    const char *reason, ngx_str_t *detail, ngx_str_t *body)
{
    ngx_str_t           path;
    ngx_rtalpha_out_t   out;
    ngx_rtalpha_json_t  j;

    if (ngx_rtalpha_out_init(&out, r->pool, 512, NGX_RTALPHA_ANSWER_PROBLEM)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_answer_path(r, &path);

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "type");
    ngx_rtalpha_json_lit(&j, "about:blank");
    ngx_rtalpha_json_key_lit(&j, "title");
    ngx_rtalpha_json_str(&j, ngx_rtalpha_answer_title(status));
    ngx_rtalpha_json_key_lit(&j, "status");
    ngx_rtalpha_json_int(&j, (int64_t) status);
    ngx_rtalpha_json_key_lit(&j, "detail");
    ngx_rtalpha_json_str(&j, detail);
    ngx_rtalpha_json_key_lit(&j, "instance");
    ngx_rtalpha_json_str(&j, &path);
    ngx_rtalpha_json_key_lit(&j, "reason");
    ngx_rtalpha_json_text(&j, (u_char *) reason, ngx_strlen(reason));
    ngx_rtalpha_json_end(&j);

    return ngx_rtalpha_out_done(&out, body);
}


static const ngx_str_t *
ngx_rtalpha_answer_title(ngx_uint_t status)
{
    const ngx_rtalpha_answer_title_t  *t;

    static const ngx_str_t  other = ngx_string("Error");

    for (t = ngx_rtalpha_answer_titles; t->status; t++) {
        if (t->status == status) {
            return &t->title;
        }
    }

    return &other;
}


/*
 * The path as it was sent, percent-encoding and all; without the query,
 * which may hold secrets.
 */

static void
ngx_rtalpha_answer_path(ngx_http_request_t *r, ngx_str_t *path)
{
    u_char  *p;

    *path = r->unparsed_uri;

    p = ngx_strlchr(path->data, path->data + path->len, '?');

    if (p) {
        path->len = p - path->data;
    }

    path->len = ngx_min(path->len, NGX_RTALPHA_ANSWER_DETAIL);
}


/*
 * Is the entity tag in the list of If-None-Match?  Weak comparison (RFC
 * 9110, 13.1.2): nginx's gzip filter makes the tag weak on its way out.
 */

static ngx_uint_t
ngx_rtalpha_answer_match(const ngx_str_t *list, const ngx_str_t *etag)
{
    u_char  *p, *end, *tag;

    p = list->data;
    end = p + list->len;

    while (p < end) {

        if (*p == ' ' || *p == '\t' || *p == ',') {
            p++;
            continue;
        }

        if (*p == '*') {
            return 1;
        }

        if (end - p > 2 && p[0] == 'W' && p[1] == '/') {
            p += 2;
        }

        if (*p != '"') {
            return 0;
        }

        tag = p;
        p = ngx_strlchr(p + 1, end, '"');

        if (p == NULL) {
            return 0;
        }

        p++;

        if ((size_t) (p - tag) == etag->len
            && ngx_memcmp(tag, etag->data, etag->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
