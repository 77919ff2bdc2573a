
/*
 * Writing requests: register, renew, cancel, status, metadata.  Peers are
 * told of what clients did, not of what peers did.
 */


#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_accept.h"
#include "ngx_rtalpha_reg_batch.h"
#include "ngx_rtalpha_reg_peer.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_settings.h"

#include <zlib.h>


static ngx_int_t ngx_rtalpha_reg_write_register(ngx_http_request_t *r,
    ngx_str_t *body, void *data);
static ngx_int_t ngx_rtalpha_reg_write_parse(ngx_http_request_t *r,
    ngx_str_t *body, ngx_rtalpha_reg_sent_t *sent);
static ngx_int_t ngx_rtalpha_reg_write_charset(ngx_http_request_t *r,
    ngx_str_t *body);
static ngx_int_t ngx_rtalpha_reg_write_text(ngx_http_request_t *r,
    const ngx_str_t *type, ngx_str_t *text);
static ngx_int_t ngx_rtalpha_reg_write_inflate(ngx_http_request_t *r,
    ngx_str_t *body);
static ngx_int_t ngx_rtalpha_reg_write_renew(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_write_cancel(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_write_status(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_write_metadata(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_write_merge(ngx_http_request_t *r,
    const ngx_rtalpha_reg_copy_t *copy, ngx_rtalpha_reg_sent_t *sent);
static ngx_int_t ngx_rtalpha_reg_write_pairs(ngx_http_request_t *r,
    ngx_array_t *pairs);
static ngx_int_t ngx_rtalpha_reg_write_answer(ngx_http_request_t *r,
    ngx_uint_t status);


ngx_int_t
ngx_rtalpha_reg_write(ngx_http_request_t *r, ngx_rtalpha_reg_request_t *rq)
{
    switch (rq->path.resource) {

    case NGX_RTALPHA_REG_PATH_APP:
        return ngx_rtalpha_answer_body(r, ngx_rtalpha_reg_conf.max_body,
                                       ngx_rtalpha_reg_write_register, rq);

    case NGX_RTALPHA_REG_PATH_INSTANCE:
        return (r->method == NGX_HTTP_PUT)
               ? ngx_rtalpha_reg_write_renew(r, rq)
               : ngx_rtalpha_reg_write_cancel(r, rq);

    case NGX_RTALPHA_REG_PATH_STATUS:
        return ngx_rtalpha_reg_write_status(r, rq);

    case NGX_RTALPHA_REG_PATH_METADATA:
        return ngx_rtalpha_reg_write_metadata(r, rq);

    case NGX_RTALPHA_REG_PATH_BATCH:
        return ngx_rtalpha_answer_body(r, ngx_rtalpha_reg_conf.max_batch,
                                       ngx_rtalpha_reg_batch, rq);

    default:

        /* an ASG: there is no Amazon here */

        return ngx_rtalpha_reg_error(r, NGX_HTTP_BAD_REQUEST);
    }
}


static ngx_int_t
ngx_rtalpha_reg_write_answer(ngx_http_request_t *r, ngx_uint_t status)
{
    if (status == NGX_HTTP_OK) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_OK);
    }

    return ngx_rtalpha_reg_error(r, status);
}


static ngx_int_t
ngx_rtalpha_reg_write_register(ngx_http_request_t *r, ngx_str_t *body,
    void *data)
{
    ngx_int_t                   rc;
    ngx_str_t                   problem;
    ngx_rtalpha_reg_put_t       put;
    ngx_rtalpha_reg_sent_t      sent;
    ngx_rtalpha_reg_request_t  *rq;

    rq = data;

    if (ngx_rtalpha_reg_write_inflate(r, body) != NGX_OK) {
        return ngx_rtalpha_reg_write_unreadable(r, rq);
    }

    rc = ngx_rtalpha_reg_write_parse(r, body, &sent);

    if (rc == NGX_ABORT) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE);
    }

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_reg_write_unreadable(r, rq);
    }

    if (rc != NGX_OK
        || ngx_rtalpha_reg_instance_check(r->pool, &sent, &rq->app, &problem)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (problem.len) {
        return ngx_rtalpha_reg_write_text(r, ngx_rtalpha_reg_type(rq->form),
                                          &problem);
    }

    rc = ngx_rtalpha_reg_store_prepare(r->pool, &sent, &put);

    if (rc == NGX_DECLINED) {
        ngx_str_set(&problem, "instanceId or appName too long");
        return ngx_rtalpha_reg_write_text(r, ngx_rtalpha_reg_type(rq->form),
                                          &problem);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    put.replica = rq->replica;

    if (!rq->replica) {
        ngx_rtalpha_reg_write_source(r, &put.source);
    }

    rc = ngx_rtalpha_reg_store_register(&put);

    if (rc == NGX_DONE) {
        ngx_str_set(&problem, "instanceId used by too many applications");
        return ngx_rtalpha_reg_write_text(r, ngx_rtalpha_reg_type(rq->form),
                                          &problem);
    }

    if (rc != NGX_OK) {
        return ngx_rtalpha_reg_refuse(r, ngx_rtalpha_reg_write_why(rc));
    }

    ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_REGISTER, 1);
    ngx_rtalpha_reg_tell(&put.app);

    if (!rq->replica) {
        ngx_rtalpha_reg_peer_register(r->pool, &sent, &put);
    }

    return ngx_rtalpha_answer_empty(r, NGX_HTTP_NO_CONTENT);
}


/* of a unix socket there is no address */

void
ngx_rtalpha_reg_write_source(ngx_http_request_t *r, ngx_str_t *key)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    ngx_str_null(key);

    switch (r->connection->sockaddr->sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) r->connection->sockaddr;
        key->data = sin6->sin6_addr.s6_addr;
        key->len = NGX_RTALPHA_REG_SOURCE;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            key->data += 12;
            key->len = 4;
        }

        break;
#endif

    case AF_INET:
        sin = (struct sockaddr_in *) r->connection->sockaddr;
        key->data = (u_char *) &sin->sin_addr;
        key->len = 4;
        break;
    }
}


const char *
ngx_rtalpha_reg_write_why(ngx_int_t rc)
{
    switch (rc) {

    case NGX_RTALPHA_REG_OVER_ALL:
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_OVER_ALL, 1);
        return "the registry has as many instances as "
               "rtalpha.registry.max-instances allows\n";

    case NGX_RTALPHA_REG_OVER_APP:
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_OVER_APP, 1);
        return "the application has as many instances as "
               "rtalpha.registry.max-instances-per-application allows\n";

    case NGX_RTALPHA_REG_OVER_SOURCE:
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_OVER_SOURCE, 1);
        return "your address has registered as many instances as "
               "rtalpha.registry.max-instances-per-address allows\n";

    default:
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_FULL, 1);
        return "the registry is full: rtalpha_zone has no room for this "
               "instance\n";
    }
}


/* NGX_ABORT: not of the charset it says it is of */

static ngx_int_t
ngx_rtalpha_reg_write_parse(ngx_http_request_t *r, ngx_str_t *body,
    ngx_rtalpha_reg_sent_t *sent)
{
    switch (ngx_rtalpha_reg_accept_body(
                                   &r->headers_in.content_type->value))
    {
    case NGX_RTALPHA_REG_BODY_JSON:
        return ngx_rtalpha_reg_instance_json(r->pool, body, sent);

    case NGX_RTALPHA_REG_BODY_XML:

        if (ngx_rtalpha_reg_write_charset(r, body) != NGX_OK) {
            return NGX_ABORT;
        }

        return ngx_rtalpha_reg_instance_xml(r->pool, body, sent);

    default:
        return NGX_DECLINED;
    }
}


/* XML said to be US-ASCII must be that */

static ngx_int_t
ngx_rtalpha_reg_write_charset(ngx_http_request_t *r, ngx_str_t *body)
{
    size_t      i;
    ngx_str_t  *type;

    type = &r->headers_in.content_type->value;

    if (ngx_strlcasestrn(type->data, type->data + type->len,
                         (u_char *) "us-ascii", sizeof("us-ascii") - 2)
        == NULL)
    {
        return NGX_OK;
    }

    for (i = 0; i < body->len; i++) {
        if (body->data[i] >= 0x80) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* the words and the label of the Java server */

ngx_int_t
ngx_rtalpha_reg_write_unreadable(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_str_t  text, *type;

    type = &r->headers_in.content_type->value;

    if (type->len == sizeof("application/json") - 1
        && ngx_strncasecmp(type->data, (u_char *) "application/json",
                           type->len) == 0)
    {
        ngx_str_set(&text, "{\"error\": \"cannot parse request body\"}");

    } else {
        ngx_str_set(&text, "<error><message>cannot parse request body"
                           "</message></error>");
    }

    return ngx_rtalpha_reg_write_text(r, type, &text);
}


static ngx_int_t
ngx_rtalpha_reg_write_text(ngx_http_request_t *r, const ngx_str_t *type,
    ngx_str_t *text)
{
    ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_REFUSED, 1);

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_BAD_REQUEST, type, text);
}


/* Content-Encoding: gzip, as Netflix's server takes it; bounded */

static ngx_int_t
ngx_rtalpha_reg_write_inflate(ngx_http_request_t *r, ngx_str_t *body)
{
    int                 rc;
    z_stream            z;
    const ngx_str_t    *encoding;
    ngx_rtalpha_out_t   out;

    encoding = ngx_rtalpha_reg_header(r, "content-encoding");

    if (encoding == NULL || encoding->len != 4
        || ngx_strncasecmp(encoding->data, (u_char *) "gzip", 4) != 0)
    {
        return NGX_OK;
    }

    ngx_memzero(&z, sizeof(z_stream));

    if (ngx_rtalpha_out_init(&out, r->pool, body->len * 4 + 64,
                             ngx_rtalpha_reg_conf.max_body)
        != NGX_OK
        || inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
    {
        return NGX_ERROR;
    }

    z.next_in = body->data;
    z.avail_in = (uInt) body->len;

    do {
        rc = Z_MEM_ERROR;

        if (ngx_rtalpha_out_reserve(&out, 1) == NGX_OK) {
            z.next_out = out.pos;
            z.avail_out = (uInt) (out.end - out.pos);
            rc = inflate(&z, Z_NO_FLUSH);
            out.pos = z.next_out;
        }

    } while (rc == Z_OK && (z.avail_in || z.avail_out == 0));

    inflateEnd(&z);

    if (rc != Z_STREAM_END) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_out_done(&out, body);
}


/* a time of the query: 1 it is there, 0 it is not, NGX_ERROR it is none */

static ngx_int_t
ngx_rtalpha_reg_write_dirty(ngx_http_request_t *r, u_char *buf,
    int64_t *dirty)
{
    ngx_str_t  value;

    if (r->args.len == 0
        || ngx_rtalpha_reg_path_arg(&r->args, "lastDirtyTimestamp", buf,
                                    &value)
           != NGX_OK)
    {
        return 0;
    }

    return ngx_rtalpha_reg_token_parse_long(&value, dirty) == NGX_OK
           ? 1 : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_reg_write_renew(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    u_char                  *buf;
    int64_t                  dirty;
    ngx_int_t                sent;
    ngx_str_t                value;
    ngx_uint_t               status, overridden;
    ngx_rtalpha_reg_copy_t   copy;

    sent = 0;
    overridden = NGX_RTALPHA_REG_NONE;

    if (r->args.len) {

        buf = ngx_pnalloc(r->pool, r->args.len);
        if (buf == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (ngx_rtalpha_reg_path_arg(&r->args, "overriddenstatus", buf,
                                     &value)
            == NGX_OK)
        {
            overridden = ngx_rtalpha_reg_status_find(value.data, value.len);

            if (overridden == NGX_RTALPHA_REG_NONE) {
                overridden = NGX_RTALPHA_REG_JUNK;
            }
        }

        sent = ngx_rtalpha_reg_write_dirty(r, buf, &dirty);
    }

    status = ngx_rtalpha_reg_store_renew(&rq->app, &rq->path.id,
                                         sent > 0 ? &dirty : NULL, overridden,
                                         rq->replica);

    /* the time is looked at only after the lease was found */

    if (sent == NGX_ERROR && status == NGX_HTTP_OK) {
        status = NGX_HTTP_BAD_REQUEST;
    }

    if (!rq->replica) {
        ngx_rtalpha_reg_peer_heartbeat(r->pool, &rq->app, &rq->path.id);
    }

    if (status == NGX_HTTP_OK) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_RENEW, 1);
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_OK);
    }

    if (status == NGX_HTTP_CONFLICT
        && ngx_rtalpha_reg_store_get(r->pool, &rq->app, &rq->path.id, 1,
                                     &copy)
           == NGX_OK)
    {
        return ngx_rtalpha_reg_read_copy(r, rq, status, &copy);
    }

    if (status == NGX_HTTP_NOT_FOUND) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_UNKNOWN, 1);
    }

    return ngx_rtalpha_reg_error(r, status);
}


static ngx_int_t
ngx_rtalpha_reg_write_cancel(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_uint_t  status;

    status = ngx_rtalpha_reg_store_cancel(&rq->app, &rq->path.id);

    if (status == NGX_HTTP_OK) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_CANCEL, 1);
        ngx_rtalpha_reg_tell(&rq->app);

        if (!rq->replica) {
            ngx_rtalpha_reg_peer_cancel(r->pool, &rq->app, &rq->path.id);
        }

    }

    return ngx_rtalpha_reg_write_answer(r, status);
}


static ngx_int_t
ngx_rtalpha_reg_write_status(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    u_char                  *buf;
    int64_t                  dirty;
    ngx_int_t                sent, rc;
    ngx_str_t                value;
    ngx_uint_t               status, set, odd, result;
    ngx_rtalpha_reg_copy_t   copy;

    set = (r->method == NGX_HTTP_PUT);

    buf = ngx_pnalloc(r->pool, 2 * r->args.len + 1);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_reg_path_arg(&r->args, "value", buf, &value);

    status = (rc == NGX_OK)
             ? ngx_rtalpha_reg_status_find(value.data, value.len)
             : NGX_RTALPHA_REG_NONE;

    if (rc != NGX_OK && !set) {
        status = NGX_RTALPHA_REG_UNKNOWN;
    }

    sent = ngx_rtalpha_reg_write_dirty(r, buf + r->args.len, &dirty);
    odd = (sent == NGX_ERROR);

    if (status == NGX_RTALPHA_REG_NONE || (odd && !set)) {
        return ngx_rtalpha_reg_error(r,
            ngx_rtalpha_reg_store_get(r->pool, &rq->app, &rq->path.id, 0,
                                      &copy) == NGX_DECLINED
            ? NGX_HTTP_NOT_FOUND : NGX_HTTP_BAD_REQUEST);
    }

    if (set) {
        result = ngx_rtalpha_reg_store_override(&rq->app, &rq->path.id,
                                                status,
                                                sent > 0 ? &dirty : NULL,
                                                odd);
    } else {
        result = ngx_rtalpha_reg_store_restore(&rq->app, &rq->path.id, status,
                                               sent > 0 ? &dirty : NULL);
    }

    if (result == NGX_HTTP_OK) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_OVERRIDE, 1);
        ngx_rtalpha_reg_tell(&rq->app);

        if (!rq->replica) {
            ngx_rtalpha_reg_peer_status(r->pool, &rq->app, &rq->path.id,
                                        !set);
        }

    }

    return ngx_rtalpha_reg_write_answer(r, result);
}


/*
 * The instance registers again with more metadata: what the Java server
 * does, down to the action and the new lease.
 */

static ngx_int_t
ngx_rtalpha_reg_write_metadata(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_int_t                rc;
    ngx_rtalpha_reg_put_t    put;
    ngx_rtalpha_reg_copy_t   copy;
    ngx_rtalpha_reg_sent_t   sent;

    rc = ngx_rtalpha_reg_store_get(r->pool, &rq->app, &rq->path.id, 1, &copy);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_NOT_FOUND);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_reg_write_merge(r, &copy, &sent);
    }

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_BAD_REQUEST);
    }

    if (rc != NGX_OK
        || ngx_rtalpha_reg_store_prepare(r->pool, &sent, &put) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!rq->replica) {
        ngx_rtalpha_reg_write_source(r, &put.source);
    }

    rc = ngx_rtalpha_reg_store_register(&put);

    if (rc != NGX_OK) {
        return ngx_rtalpha_reg_refuse(r, ngx_rtalpha_reg_write_why(rc));
    }

    ngx_rtalpha_reg_tell(&rq->app);
    ngx_rtalpha_reg_peer_register(r->pool, &sent, &put);

    return ngx_rtalpha_answer_empty(r, NGX_HTTP_OK);
}


static ngx_int_t
ngx_rtalpha_reg_write_merge(ngx_http_request_t *r,
    const ngx_rtalpha_reg_copy_t *copy, ngx_rtalpha_reg_sent_t *sent)
{
    ngx_int_t          rc;
    ngx_str_t          rest, key, value;
    ngx_array_t        pairs;
    ngx_rtalpha_out_t  out;

    ngx_memzero(sent, sizeof(ngx_rtalpha_reg_sent_t));

    if (ngx_rtalpha_reg_doc_unpack(copy->doc.data, copy->doc.len, &sent->doc)
        != NGX_OK
        || ngx_array_init(&pairs, r->pool, 8, sizeof(ngx_keyval_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    sent->status = copy->state.status;
    sent->overridden = copy->state.overridden;
    sent->dirty = copy->state.dirty;
    sent->dirty_sent = 1;

    rest = sent->doc.metadata;

    while (ngx_rtalpha_reg_doc_next(&rest, &key, &value) == NGX_OK) {
        if (ngx_rtalpha_reg_doc_put(&pairs, &key, &value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    rc = ngx_rtalpha_reg_write_pairs(r, &pairs);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 512, NGX_MAX_INT32_VALUE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_map(&pairs, &out);

    return ngx_rtalpha_out_done(&out, &sent->doc.metadata);
}


/* the query's pairs: of several with the same key the first one counts */

static ngx_int_t
ngx_rtalpha_reg_write_pairs(ngx_http_request_t *r, ngx_array_t *pairs)
{
    u_char        *buf;
    ngx_int_t      rc;
    ngx_str_t      rest, key, value;
    ngx_uint_t     i;
    ngx_array_t    sent;
    ngx_keyval_t  *kv;

    buf = ngx_pnalloc(r->pool, r->args.len + 1);

    if (buf == NULL
        || ngx_array_init(&sent, r->pool, 8, sizeof(ngx_keyval_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rest = r->args;

    while (ngx_rtalpha_reg_path_next_arg(&rest, &buf, &key, &value)
           == NGX_OK)
    {
        kv = sent.elts;

        for (i = 0; i < sent.nelts; i++) {
            if (ngx_rtalpha_str_eq(&kv[i].key, &key)) {
                break;
            }
        }

        if (i < sent.nelts || key.len == 0) {
            continue;
        }

        rc = ngx_rtalpha_reg_doc_put(&sent, &key, &value);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_reg_doc_put(pairs, &key, &value);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}
