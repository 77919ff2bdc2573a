
/*
 * Registrations made ready for the store, outside its lock: the document is
 * packed, and what the store looks at is looked out.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"


/* bytes of an id, of an application's name: they lie in one record */
#define NGX_RTALPHA_REG_NAME_MAX  1200


ngx_int_t
ngx_rtalpha_reg_store_prepare(ngx_pool_t *pool, ngx_rtalpha_reg_sent_t *sent,
    ngx_rtalpha_reg_put_t *put)
{
    ngx_rtalpha_out_t  out;

    ngx_memzero(put, sizeof(ngx_rtalpha_reg_put_t));

    if (ngx_rtalpha_out_init(&out, pool, 1024, NGX_MAX_INT32_VALUE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_pack(&sent->doc, &out);

    if (ngx_rtalpha_out_done(&out, &put->doc) != NGX_OK) {
        return NGX_ERROR;
    }

    put->status = sent->status;
    put->overridden = sent->overridden;
    put->dirty = sent->dirty_sent ? sent->dirty
                                  : (int64_t) ngx_rtalpha_reg_now();
    put->lease = sent->doc.duration;

    return ngx_rtalpha_reg_store_prepare_doc(pool, put);
}


ngx_int_t
ngx_rtalpha_reg_store_prepare_doc(ngx_pool_t *pool,
    ngx_rtalpha_reg_put_t *put)
{
    ngx_str_t              *vip, *svip;
    ngx_rtalpha_reg_doc_t   doc;

    if (ngx_rtalpha_reg_doc_unpack(put->doc.data, put->doc.len, &doc)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    put->app = doc.text[NGX_RTALPHA_REG_TEXT_APP];
    put->interval = doc.interval;
    ngx_rtalpha_reg_doc_id(&doc, &put->id);
    ngx_rtalpha_reg_doc_zone(&doc, &put->zone);

    if (put->id.len == 0 || put->id.len > NGX_RTALPHA_REG_NAME_MAX
        || put->app.len == 0 || put->app.len > NGX_RTALPHA_REG_NAME_MAX)
    {
        return NGX_DECLINED;
    }

    put->id_off = put->id.data - put->doc.data;

    vip = &doc.text[NGX_RTALPHA_REG_TEXT_VIP];
    svip = &doc.text[NGX_RTALPHA_REG_TEXT_VIPS];

    put->vip_hash = vip->data ? ngx_rtalpha_reg_store_hash(vip) : 0;
    put->svip_hash = svip->data ? ngx_rtalpha_reg_store_hash(svip) : 0;
    put->vips = ngx_strlchr(vip->data, vip->data + vip->len, ',') != NULL
                || ngx_strlchr(svip->data, svip->data + svip->len, ',')
                   != NULL;

    return NGX_OK;
}
