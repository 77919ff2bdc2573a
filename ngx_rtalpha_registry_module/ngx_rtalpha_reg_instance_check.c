
/*
 * What both readers of instance documents share: defaults, what is derived
 * at the end, and the checks of a registration.
 */


#include "ngx_rtalpha_reg_instance.h"


static ngx_int_t ngx_rtalpha_reg_instance_legacy_id(ngx_pool_t *pool,
    ngx_rtalpha_reg_doc_t *doc);
static ngx_int_t ngx_rtalpha_reg_instance_amazon(ngx_pool_t *pool,
    ngx_rtalpha_reg_doc_t *doc, ngx_array_t *dc_metadata);


ngx_int_t
ngx_rtalpha_reg_instance_begin(ngx_rtalpha_reg_sent_t *sent)
{
    ngx_memzero(sent, sizeof(ngx_rtalpha_reg_sent_t));

    sent->status = NGX_RTALPHA_REG_UP;
    sent->overridden = NGX_RTALPHA_REG_UNKNOWN;
    sent->doc.port = 7001;
    sent->doc.port_on = 1;
    sent->doc.secure_port = 7002;
    sent->doc.country = 1;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_instance_finish(ngx_pool_t *pool,
    ngx_rtalpha_reg_sent_t *sent, ngx_array_t *metadata,
    ngx_array_t *dc_metadata)
{
    ngx_rtalpha_out_t       out;
    ngx_rtalpha_reg_doc_t  *doc;

    doc = &sent->doc;

    if (doc->text[NGX_RTALPHA_REG_TEXT_APP].data == NULL) {
        return NGX_DECLINED;
    }

    if (doc->interval == 0) {
        doc->interval = 30;
    }

    if (doc->duration == 0) {
        doc->duration = 90;
    }

    if (ngx_rtalpha_str_is(&doc->text[NGX_RTALPHA_REG_TEXT_SID], "na")
        || ngx_rtalpha_str_is(&doc->text[NGX_RTALPHA_REG_TEXT_SID],
                              "unknown"))
    {
        ngx_str_null(&doc->text[NGX_RTALPHA_REG_TEXT_SID]);
    }

    if (ngx_rtalpha_out_init(&out, pool, 256, NGX_MAX_INT32_VALUE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_map(metadata, &out);

    if (ngx_rtalpha_out_done(&out, &doc->metadata) != NGX_OK
        || ngx_rtalpha_reg_instance_legacy_id(pool, doc) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (doc->dc != NGX_RTALPHA_REG_DC_AMAZON) {
        return NGX_OK;
    }

    return ngx_rtalpha_reg_instance_amazon(pool, doc, dc_metadata);
}


/* an Amazon data centre without an id of its own gets the instance's */

static ngx_int_t
ngx_rtalpha_reg_instance_amazon(ngx_pool_t *pool, ngx_rtalpha_reg_doc_t *doc,
    ngx_array_t *dc_metadata)
{
    ngx_str_t          id, key;
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, pool, 256, NGX_MAX_INT32_VALUE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_map(dc_metadata, &out);

    if (ngx_rtalpha_out_done(&out, &doc->dc_metadata) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_doc_find(&doc->dc_metadata, "instance-id", &key)
        == NGX_OK)
    {
        return NGX_OK;
    }

    ngx_rtalpha_reg_doc_id(doc, &id);
    ngx_str_set(&key, "instance-id");

    if (ngx_rtalpha_reg_doc_put(dc_metadata, &key, &id) == NGX_ERROR
        || ngx_rtalpha_out_init(&out, pool, 256, NGX_MAX_INT32_VALUE)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_map(dc_metadata, &out);

    return ngx_rtalpha_out_done(&out, &doc->dc_metadata);
}


/*
 * Spring clients older than 1.2 give their id as metadata: the id is then
 * "host:" and that, unless it begins with the host already.
 */

static ngx_int_t
ngx_rtalpha_reg_instance_legacy_id(ngx_pool_t *pool,
    ngx_rtalpha_reg_doc_t *doc)
{
    u_char     *p;
    ngx_str_t   id, *host;

    if (doc->text[NGX_RTALPHA_REG_TEXT_ID].data
        || ngx_rtalpha_reg_doc_find(&doc->metadata, "instanceId", &id)
           != NGX_OK
        || id.len == 0)
    {
        return NGX_OK;
    }

    host = &doc->text[NGX_RTALPHA_REG_TEXT_HOST];

    if (id.len >= host->len
        && ngx_memcmp(id.data, host->data, host->len) == 0)
    {
        doc->text[NGX_RTALPHA_REG_TEXT_ID] = id;
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, host->len + 1 + id.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    doc->text[NGX_RTALPHA_REG_TEXT_ID].data = p;
    doc->text[NGX_RTALPHA_REG_TEXT_ID].len = host->len + 1 + id.len;

    p = ngx_cpymem(p, host->data, host->len);
    *p++ = ':';
    ngx_memcpy(p, id.data, id.len);

    return NGX_OK;
}


/*
 * An empty host name is no host name.  Another one after the first makes the
 * Java server work out the addresses anew, from templates that a document
 * does not have: those set so far are lost.
 */

void
ngx_rtalpha_reg_instance_text(ngx_rtalpha_reg_sent_t *sent, ngx_uint_t i,
    const ngx_str_t *text)
{
    ngx_str_t  *host;

    if (i == NGX_RTALPHA_REG_TEXT_HOST) {
        host = &sent->doc.text[i];

        if (text->len == 0) {
            return;
        }

        if (host->data && !ngx_rtalpha_str_eq(host, text)) {
            ngx_str_null(&sent->doc.text[NGX_RTALPHA_REG_TEXT_VIP]);
            ngx_str_null(&sent->doc.text[NGX_RTALPHA_REG_TEXT_VIPS]);
        }
    }

    sent->doc.text[i] = *text;
}


ngx_int_t
ngx_rtalpha_reg_instance_upper(ngx_pool_t *pool, ngx_str_t *s)
{
    u_char  *p;

    p = ngx_pnalloc(pool, s->len * 3 + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_upper(s, p, s);

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_instance_check(ngx_pool_t *pool,
    const ngx_rtalpha_reg_sent_t *sent, const ngx_str_t *app,
    ngx_str_t *problem)
{
    ngx_str_t                     id;
    const ngx_str_t              *name;
    const ngx_rtalpha_reg_doc_t  *doc;

    doc = &sent->doc;
    name = &doc->text[NGX_RTALPHA_REG_TEXT_APP];
    ngx_str_null(problem);

    ngx_rtalpha_reg_doc_id(doc, &id);

    if (id.len == 0) {
        ngx_str_set(problem, "Missing instanceId");

    } else if (doc->text[NGX_RTALPHA_REG_TEXT_HOST].len == 0) {
        ngx_str_set(problem, "Missing hostname");

    } else if (doc->text[NGX_RTALPHA_REG_TEXT_IP].len == 0) {
        ngx_str_set(problem, "Missing ip address");

    } else if (name->len == 0) {
        ngx_str_set(problem, "Missing appName");

    } else if (!ngx_rtalpha_str_eq(app, name)) {

        problem->data = ngx_pnalloc(pool, sizeof("Mismatched appName, "
                                                 "expecting  but was ") - 1
                                          + app->len + name->len);
        if (problem->data == NULL) {
            return NGX_ERROR;
        }

        problem->len = ngx_sprintf(problem->data, "Mismatched appName, "
                                   "expecting %V but was %V", app, name)
                       - problem->data;

    } else if (doc->dc == NGX_RTALPHA_REG_DC_NONE) {
        ngx_str_set(problem, "Missing dataCenterInfo");

    } else if (doc->dc == NGX_RTALPHA_REG_DC_NAMELESS) {
        ngx_str_set(problem, "Missing dataCenterInfo Name");
    }

    return NGX_OK;
}
