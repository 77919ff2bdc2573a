
/*
 * Batches: what a peer's clients did there, done here, item by item.  The
 * answer has one result for each item, in order; an item that cannot be done
 * is 500 and the rest go on.
 */


#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_batch.h"
#include "ngx_rtalpha_reg_accept.h"
#include "ngx_rtalpha_reg_instance.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_settings.h"


typedef enum {
    NGX_RTALPHA_REG_BATCH_NONE = 0,
    NGX_RTALPHA_REG_BATCH_HEARTBEAT,
    NGX_RTALPHA_REG_BATCH_REGISTER,
    NGX_RTALPHA_REG_BATCH_CANCEL,
    NGX_RTALPHA_REG_BATCH_STATUS,
    NGX_RTALPHA_REG_BATCH_RESTORE
} ngx_rtalpha_reg_batch_e;


typedef struct {
    ngx_uint_t               action;
    ngx_str_t                app;           /* in upper case */
    ngx_str_t                id;
    ngx_str_t                status;
    ngx_str_t                overridden;
    int64_t                  dirty;
    ngx_rtalpha_reg_sent_t  *sent;          /* of instanceInfo; or NULL */
    unsigned                 dirty_sent:1;
    unsigned                 named:1;       /* an appName was there */
} ngx_rtalpha_reg_item_t;


static ngx_int_t ngx_rtalpha_reg_batch_item(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_item_t *item);
static ngx_int_t ngx_rtalpha_reg_batch_field(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, const ngx_str_t *name,
    ngx_rtalpha_reg_item_t *item);
static ngx_int_t ngx_rtalpha_reg_batch_dirty(ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_item_t *item);
static ngx_int_t ngx_rtalpha_reg_batch_action(const ngx_str_t *name,
    ngx_uint_t *action);
static ngx_uint_t ngx_rtalpha_reg_batch_do(ngx_pool_t *pool,
    ngx_rtalpha_reg_item_t *item, const ngx_str_t *source);
static ngx_uint_t ngx_rtalpha_reg_batch_bad(ngx_pool_t *pool,
    ngx_rtalpha_reg_item_t *item);
static ngx_uint_t ngx_rtalpha_reg_batch_register(ngx_pool_t *pool,
    ngx_rtalpha_reg_item_t *item, const ngx_str_t *source);
static void ngx_rtalpha_reg_batch_result(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out, ngx_rtalpha_reg_item_t *item, ngx_uint_t status,
    ngx_uint_t first, ngx_uint_t xml);
static ngx_int_t ngx_rtalpha_reg_batch_parse(ngx_pool_t *pool,
    ngx_str_t *body, ngx_array_t *items);


#define ngx_rtalpha_reg_put(out, s)  ngx_rtalpha_out_bytes(out,               \
                                                       ngx_rtalpha_lit(s))


ngx_int_t
ngx_rtalpha_reg_batch(ngx_http_request_t *r, ngx_str_t *body, void *data)
{
    ngx_int_t                   rc;
    ngx_str_t                   answer, source;
    ngx_uint_t                  i, xml, status;
    ngx_array_t                 items;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_reg_item_t     *item;
    ngx_rtalpha_reg_request_t  *rq;

    rq = data;
    xml = rq->form & NGX_RTALPHA_REG_FORM_XML;

    if (ngx_array_init(&items, r->pool, 64, sizeof(ngx_rtalpha_reg_item_t))
        != NGX_OK
        || ngx_rtalpha_out_init(&out, r->pool, 4096,
                                (size_t) 1024 * 1024 * 1024)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* everything is read before anything is done */

    if (ngx_rtalpha_reg_accept_body(&r->headers_in.content_type->value)
        != NGX_RTALPHA_REG_BODY_JSON)
    {
        return ngx_rtalpha_reg_write_unreadable(r, rq);
    }

    rc = ngx_rtalpha_reg_batch_parse(r->pool, body, &items);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_reg_write_unreadable(r, rq);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_BATCH, 1);

    if (xml) {
        ngx_rtalpha_reg_put(&out, "<com.netflix.eureka.cluster.protocol."
                                  "ReplicationListResponse>\n"
                                  "  <responseList>");
    } else {
        ngx_rtalpha_reg_put(&out, "{\"responseList\":[");
    }

    ngx_rtalpha_reg_write_source(r, &source);
    item = items.elts;

    for (i = 0; i < items.nelts; i++) {
        status = ngx_rtalpha_reg_batch_do(r->pool, &item[i], &source);
        ngx_rtalpha_reg_batch_result(r, &out, &item[i], status, i == 0, xml);
    }

    if (xml) {
        ngx_rtalpha_reg_put(&out, "</responseList>\n"
                                  "</com.netflix.eureka.cluster.protocol."
                                  "ReplicationListResponse>");
    } else {
        ngx_rtalpha_reg_put(&out, "]}");
    }

    if (ngx_rtalpha_out_done(&out, &answer) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK,
                                    ngx_rtalpha_reg_type(rq->form), &answer);
}


/* NGX_DECLINED: 400 for the whole of it */

static ngx_int_t
ngx_rtalpha_reg_batch_parse(ngx_pool_t *pool, ngx_str_t *body,
    ngx_array_t *items)
{
    ngx_int_t                 rc;
    ngx_uint_t                type, seen;
    ngx_rtalpha_reg_item_t   *item;
    ngx_rtalpha_reg_token_t   t;

    if (ngx_rtalpha_reg_token_init(&t, pool, body) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return NGX_DECLINED;
    }

    seen = 0;

    for ( ;; ) {
        type = ngx_rtalpha_reg_token_next(&t);

        if (type == NGX_RTALPHA_REG_TOKEN_OBJECT_END) {
            break;
        }

        if (type != NGX_RTALPHA_REG_TOKEN_NAME
            || !ngx_rtalpha_str_is(&t.text, "replicationList")
            || ngx_rtalpha_reg_token_next(&t)
               != NGX_RTALPHA_REG_TOKEN_ARRAY)
        {
            return NGX_DECLINED;
        }

        items->nelts = 0;
        seen = 1;

        for ( ;; ) {
            type = ngx_rtalpha_reg_token_next(&t);

            if (type == NGX_RTALPHA_REG_TOKEN_ARRAY_END) {
                break;
            }

            /* a field here: an item that was ended too early goes on as
             * another one, as the Java server reads it */

            if (type != NGX_RTALPHA_REG_TOKEN_OBJECT
                && type != NGX_RTALPHA_REG_TOKEN_NAME)
            {
                return NGX_DECLINED;
            }

            item = ngx_array_push(items);
            if (item == NULL) {
                return NGX_ERROR;
            }

            ngx_memzero(item, sizeof(ngx_rtalpha_reg_item_t));

            rc = ngx_rtalpha_reg_batch_item(pool, &t, item);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return seen ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_batch_item(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_item_t *item)
{
    ngx_int_t   rc;
    ngx_str_t   name;
    ngx_uint_t  type;

    type = t->type;

    if (type == NGX_RTALPHA_REG_TOKEN_OBJECT) {
        type = ngx_rtalpha_reg_token_next(t);
    }

    while (type != NGX_RTALPHA_REG_TOKEN_OBJECT_END) {

        if (type != NGX_RTALPHA_REG_TOKEN_NAME) {
            return NGX_DECLINED;
        }

        name = t->text;

        if (ngx_rtalpha_reg_token_next(t) == NGX_RTALPHA_REG_TOKEN_ERROR) {
            return NGX_DECLINED;
        }

        rc = ngx_rtalpha_reg_batch_field(pool, t, &name, item);
        if (rc != NGX_OK) {
            return rc;
        }

        type = ngx_rtalpha_reg_token_next(t);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_batch_field(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    const ngx_str_t *name, ngx_rtalpha_reg_item_t *item)
{
    ngx_str_t   *text;
    ngx_uint_t   null;

    null = (t->type == NGX_RTALPHA_REG_TOKEN_NULL);

    if (ngx_rtalpha_str_is(name, "instanceInfo")) {

        if (null) {
            return NGX_OK;
        }

        if (t->type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
            return NGX_DECLINED;
        }

        item->sent = ngx_palloc(pool, sizeof(ngx_rtalpha_reg_sent_t));
        if (item->sent == NULL) {
            return NGX_ERROR;
        }

        return ngx_rtalpha_reg_instance_read(pool, t, item->sent);
    }

    /* scalars only */

    if (t->type <= NGX_RTALPHA_REG_TOKEN_NAME) {
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_str_is(name, "action")) {
        return null ? NGX_OK
                    : ngx_rtalpha_reg_batch_action(&t->text, &item->action);
    }

    if (ngx_rtalpha_str_is(name, "lastDirtyTimestamp")) {
        return ngx_rtalpha_reg_batch_dirty(t, item);
    }

    if (ngx_rtalpha_str_is(name, "appName")) {

        if (null) {
            return NGX_OK;
        }

        item->app = t->text;
        item->named = 1;
        return ngx_rtalpha_reg_instance_upper(pool, &item->app);
    }

    if (ngx_rtalpha_str_is(name, "id")) {
        text = &item->id;

    } else if (ngx_rtalpha_str_is(name, "status")) {
        text = &item->status;

    } else if (ngx_rtalpha_str_is(name, "overriddenStatus")) {
        text = &item->overridden;

    } else {
        return NGX_DECLINED;
    }

    if (!null) {
        *text = t->text;
    }

    return NGX_OK;
}


/* a number, or a string that is one */

static ngx_int_t
ngx_rtalpha_reg_batch_dirty(ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_item_t *item)
{
    ngx_int_t  rc;

    switch (t->type) {

    case NGX_RTALPHA_REG_TOKEN_NULL:
        return NGX_OK;

    case NGX_RTALPHA_REG_TOKEN_STRING:

        if (t->text.len == 0) {
            return NGX_OK;
        }

        rc = ngx_rtalpha_reg_token_parse_long(&t->text, &item->dirty);
        break;

    case NGX_RTALPHA_REG_TOKEN_INT:
    case NGX_RTALPHA_REG_TOKEN_FLOAT:
        rc = ngx_rtalpha_reg_token_long(t, &item->dirty);
        break;

    default:
        return NGX_DECLINED;
    }

    item->dirty_sent = 1;

    return rc == NGX_OK ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_batch_action(const ngx_str_t *name, ngx_uint_t *action)
{
    ngx_uint_t  i;

    static const ngx_str_t  names[] = {
        ngx_string("Heartbeat"),
        ngx_string("Register"),
        ngx_string("Cancel"),
        ngx_string("StatusUpdate"),
        ngx_string("DeleteStatusOverride")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ngx_rtalpha_str_eq(&names[i], name)) {
            *action = NGX_RTALPHA_REG_BATCH_HEARTBEAT + i;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* the status of one item's result */

static ngx_uint_t
ngx_rtalpha_reg_batch_do(ngx_pool_t *pool, ngx_rtalpha_reg_item_t *item,
    const ngx_str_t *source)
{
    int64_t     *dirty;
    ngx_uint_t   status, rc;

    if (!item->named || item->action == NGX_RTALPHA_REG_BATCH_NONE) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    dirty = item->dirty_sent ? &item->dirty : NULL;
    status = NGX_RTALPHA_REG_NONE;

    if (item->status.data) {
        status = ngx_rtalpha_reg_status_find(item->status.data,
                                             item->status.len);
    }

    switch (item->action) {

    case NGX_RTALPHA_REG_BATCH_REGISTER:
        return ngx_rtalpha_reg_batch_register(pool, item, source);

    case NGX_RTALPHA_REG_BATCH_HEARTBEAT:
        return ngx_rtalpha_reg_store_renew(&item->app, &item->id, dirty,
            item->overridden.data
            ? ngx_rtalpha_reg_status_find(item->overridden.data,
                                          item->overridden.len)
            : NGX_RTALPHA_REG_NONE, 1);

    case NGX_RTALPHA_REG_BATCH_CANCEL:
        rc = ngx_rtalpha_reg_store_cancel(&item->app, &item->id);
        break;

    case NGX_RTALPHA_REG_BATCH_STATUS:

        if (status == NGX_RTALPHA_REG_NONE) {
            return ngx_rtalpha_reg_batch_bad(pool, item);
        }

        rc = ngx_rtalpha_reg_store_override(&item->app, &item->id, status,
                                            dirty, 0);
        break;

    default:

        if (dirty == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (item->status.data == NULL) {
            status = NGX_RTALPHA_REG_UNKNOWN;
        }

        if (status == NGX_RTALPHA_REG_NONE) {
            return ngx_rtalpha_reg_batch_bad(pool, item);
        }

        rc = ngx_rtalpha_reg_store_restore(&item->app, &item->id, status,
                                           dirty);
        break;
    }

    if (rc == NGX_HTTP_OK) {
        ngx_rtalpha_reg_tell(&item->app);
    }

    return rc;
}


/* a status that cannot be read: looked at only where there is an instance */

static ngx_uint_t
ngx_rtalpha_reg_batch_bad(ngx_pool_t *pool, ngx_rtalpha_reg_item_t *item)
{
    ngx_rtalpha_reg_copy_t  copy;

    return ngx_rtalpha_reg_store_get(pool, &item->app, &item->id, 0, &copy)
           == NGX_DECLINED
           ? NGX_HTTP_NOT_FOUND : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


/* 200 even for what the checks refuse, as the Java server answers */

static ngx_uint_t
ngx_rtalpha_reg_batch_register(ngx_pool_t *pool, ngx_rtalpha_reg_item_t *item,
    const ngx_str_t *source)
{
    ngx_int_t              rc;
    ngx_str_t              problem;
    ngx_rtalpha_reg_put_t  put;

    if (item->sent == NULL
        || ngx_rtalpha_reg_instance_check(pool, item->sent, &item->app,
                                          &problem)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (problem.len
        || ngx_rtalpha_reg_store_prepare(pool, item->sent, &put) != NGX_OK)
    {
        return NGX_HTTP_OK;
    }

    put.replica = 1;

    put.source = *source;

    rc = ngx_rtalpha_reg_store_register(&put);

    if (rc != NGX_OK) {
        ngx_rtalpha_reg_write_why(rc);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_reg_tell(&put.app);

    return NGX_HTTP_OK;
}


static void
ngx_rtalpha_reg_batch_v1(u_char *status)
{
    if (*status == NGX_RTALPHA_REG_OUT_OF_SERVICE
        || *status == NGX_RTALPHA_REG_UNKNOWN)
    {
        *status = NGX_RTALPHA_REG_DOWN;
    }
}


/* with our instance where the peer's word is older than ours */

static void
ngx_rtalpha_reg_batch_result(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
    ngx_rtalpha_reg_item_t *item, ngx_uint_t status, ngx_uint_t first,
    ngx_uint_t xml)
{
    ngx_uint_t                 with;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_copy_t     copy;
    ngx_rtalpha_reg_render_t   rr;

    with = status == NGX_HTTP_CONFLICT
           && ngx_rtalpha_reg_store_get(r->pool, &item->app, &item->id, 1,
                                        &copy)
              == NGX_OK
           && ngx_rtalpha_reg_doc_unpack(copy.doc.data, copy.doc.len, &doc)
              == NGX_OK;

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
    rr.out = out;
    rr.self = ngx_rtalpha_reg_conf.instance_id;

    if (xml) {
        rr.form = NGX_RTALPHA_REG_FORM_XML;
        rr.depth = 3;

        ngx_rtalpha_out_printf(out, "\n    <com.netflix.eureka.cluster."
                               "protocol.ReplicationInstanceResponse>\n"
                               "      <statusCode>%ui</statusCode>", status);

        if (with) {

            /* in XML the Java server's peers are still of version 1, which
             * knew no more than UP, DOWN and STARTING */

            ngx_rtalpha_reg_batch_v1(&copy.state.status);

            ngx_rtalpha_reg_put(out, "\n      <responseEntity>");
            ngx_rtalpha_reg_render_members(&rr, &doc, &copy.state);
            ngx_rtalpha_reg_put(out, "\n      </responseEntity>");
        }

        ngx_rtalpha_reg_put(out, "\n    </com.netflix.eureka.cluster."
                                 "protocol.ReplicationInstanceResponse>");
        return;
    }

    if (!first) {
        ngx_rtalpha_out_char(out, ',');
    }

    ngx_rtalpha_out_printf(out, "{\"statusCode\":%ui", status);

    if (with) {
        ngx_rtalpha_reg_put(out, ",\"responseEntity\":{");
        ngx_rtalpha_reg_render_members(&rr, &doc, &copy.state);
        ngx_rtalpha_out_char(out, '}');
    }

    ngx_rtalpha_out_char(out, '}');
}
