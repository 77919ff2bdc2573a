
/*
 * Batches: what a peer's clients did there, done here, item by item.  The
 * answer has one result for each item, in order; an item that cannot be done
 * is 500 and the rest go on.
 */


#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_batch.h"
#include "ngx_rtalpha_reg_accept.h"
#include "ngx_rtalpha_reg_batch_read.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_settings.h"


static ngx_uint_t ngx_rtalpha_reg_batch_do(ngx_pool_t *pool,
    ngx_rtalpha_reg_item_t *item);
static ngx_uint_t ngx_rtalpha_reg_batch_bad(ngx_pool_t *pool,
    ngx_rtalpha_reg_item_t *item);
static ngx_uint_t ngx_rtalpha_reg_batch_register(ngx_pool_t *pool,
    ngx_rtalpha_reg_item_t *item);
static void ngx_rtalpha_reg_batch_result(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out, ngx_rtalpha_reg_item_t *item, ngx_uint_t status,
    ngx_uint_t first, ngx_uint_t xml);


#define ngx_rtalpha_reg_put(out, s)  ngx_rtalpha_out_bytes(out,               \
                                                       ngx_rtalpha_lit(s))


ngx_int_t
ngx_rtalpha_reg_batch(ngx_http_request_t *r, ngx_str_t *body, void *data)
{
    ngx_int_t                   rc;
    ngx_str_t                   answer;
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

    rc = ngx_rtalpha_reg_batch_read(r->pool, body, &items);

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

    item = items.elts;

    for (i = 0; i < items.nelts; i++) {
        status = ngx_rtalpha_reg_batch_do(r->pool, &item[i]);
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


/* the status of one item's result */

static ngx_uint_t
ngx_rtalpha_reg_batch_do(ngx_pool_t *pool, ngx_rtalpha_reg_item_t *item)
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
        return ngx_rtalpha_reg_batch_register(pool, item);

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
ngx_rtalpha_reg_batch_register(ngx_pool_t *pool, ngx_rtalpha_reg_item_t *item)
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

    /* of no address: the peer that tells of it has counted whose it is */

    put.replica = 1;

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
