
/*
 * XML properties over expat.  A document type with an internal subset is
 * refused: its entities are of no use here and can be made to grow without
 * end.  External ones are never read (expat does not by itself).
 */


#include "ngx_rtalpha_cfg_xml.h"

#include <ngx_config.h>
#include <expat.h>


typedef struct {
    ngx_pool_t            *pool;
    XML_Parser             parser;
    ngx_rtalpha_props_t   *props;
    ngx_rtalpha_out_t      text;
    ngx_str_t              key;
    ngx_uint_t             depth;
    ngx_uint_t             count;
    ngx_uint_t             max;
    const char            *bad;
    unsigned               entry:1;
    unsigned               failed:1;        /* no memory */
} ngx_rtalpha_cfg_xml_t;


static void
ngx_rtalpha_cfg_xml_stop(ngx_rtalpha_cfg_xml_t *x, const char *bad)
{
    if (bad == NULL) {
        x->failed = 1;
    }

    x->bad = bad;
    XML_StopParser(x->parser, XML_FALSE);
}


static ngx_int_t
ngx_rtalpha_cfg_xml_copy(ngx_pool_t *pool, const u_char *data, size_t len,
    ngx_str_t *s)
{
    s->len = len;
    s->data = ngx_pnalloc(pool, len ? len : 1);
    if (s->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(s->data, data, len);

    return NGX_OK;
}


static void XMLCALL
ngx_rtalpha_cfg_xml_start(void *data, const XML_Char *name,
    const XML_Char **atts)
{
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;
    x->depth++;

    if (x->depth == 1) {
        if (ngx_strcmp(name, "properties") != 0) {
            ngx_rtalpha_cfg_xml_stop(x, "the root is not <properties>");
        }

        return;
    }

    if (x->depth > 2) {
        ngx_rtalpha_cfg_xml_stop(x, "an element inside an entry");
        return;
    }

    if (ngx_strcmp(name, "comment") == 0) {
        return;
    }

    if (ngx_strcmp(name, "entry") != 0) {
        ngx_rtalpha_cfg_xml_stop(x, "an element that is no <entry>");
        return;
    }

    for ( /* void */ ; atts[0]; atts += 2) {
        if (ngx_strcmp(atts[0], "key") == 0) {
            break;
        }
    }

    if (atts[0] == NULL) {
        ngx_rtalpha_cfg_xml_stop(x, "an <entry> without a key");
        return;
    }

    if (++x->count > x->max) {
        ngx_rtalpha_cfg_xml_stop(x, "too many entries");
        return;
    }

    if (ngx_rtalpha_cfg_xml_copy(x->pool, (u_char *) atts[1],
                                 ngx_strlen(atts[1]), &x->key)
        != NGX_OK)
    {
        ngx_rtalpha_cfg_xml_stop(x, NULL);
        return;
    }

    x->entry = 1;
    ngx_rtalpha_out_reset(&x->text);
}


static void XMLCALL
ngx_rtalpha_cfg_xml_chars(void *data, const XML_Char *s, int len)
{
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;

    if (x->entry) {
        ngx_rtalpha_out_bytes(&x->text, (u_char *) s, len);
    }
}


static void XMLCALL
ngx_rtalpha_cfg_xml_end(void *data, const XML_Char *name)
{
    ngx_str_t               text;
    ngx_rtalpha_prop_t      prop;
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;
    x->depth--;

    if (!x->entry) {
        return;
    }

    x->entry = 0;
    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));
    prop.key = x->key;
    prop.type = NGX_RTALPHA_PROP_STRING;

    if (ngx_rtalpha_out_done(&x->text, &text) != NGX_OK
        || ngx_rtalpha_cfg_xml_copy(x->pool, text.data, text.len, &prop.text)
           != NGX_OK
        || ngx_rtalpha_props_set(x->props, &prop) != NGX_OK)
    {
        ngx_rtalpha_cfg_xml_stop(x, NULL);
    }
}


static void XMLCALL
ngx_rtalpha_cfg_xml_doctype(void *data, const XML_Char *name,
    const XML_Char *sysid, const XML_Char *pubid, int subset)
{
    if (subset) {
        ngx_rtalpha_cfg_xml_stop(data, "a document type of its own");
    }
}


static void
ngx_rtalpha_cfg_xml_error(ngx_rtalpha_cfg_xml_t *x,
    ngx_rtalpha_load_error_t *error)
{
    const char  *text;

    text = x->bad ? x->bad : XML_ErrorString(XML_GetErrorCode(x->parser));

    if (text == NULL) {
        text = "malformed";
    }

    error->line = XML_GetCurrentLineNumber(x->parser);
    error->column = XML_GetCurrentColumnNumber(x->parser) + 1;
    error->message.data = (u_char *) text;
    error->message.len = ngx_strlen(text);
}


ngx_int_t
ngx_rtalpha_cfg_xml_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, ngx_array_t **docs,
    ngx_rtalpha_load_error_t *error)
{
    ngx_int_t               rc;
    ngx_rtalpha_props_t   **doc;
    ngx_rtalpha_cfg_xml_t   x;

    if (input->len > limits->size) {
        ngx_str_set(&error->message, "the file is too large");
        return NGX_DECLINED;
    }

    ngx_memzero(&x, sizeof(ngx_rtalpha_cfg_xml_t));
    x.pool = pool;
    x.max = limits->nodes;
    x.props = ngx_rtalpha_props_create(pool);
    x.parser = XML_ParserCreate(NULL);
    *docs = ngx_array_create(pool, 1, sizeof(ngx_rtalpha_props_t *));

    if (x.parser == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (x.props == NULL || *docs == NULL
        || ngx_rtalpha_out_init(&x.text, pool, 256, limits->size) != NGX_OK)
    {
        goto done;
    }

    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, ngx_rtalpha_cfg_xml_start,
                          ngx_rtalpha_cfg_xml_end);
    XML_SetCharacterDataHandler(x.parser, ngx_rtalpha_cfg_xml_chars);
    XML_SetStartDoctypeDeclHandler(x.parser, ngx_rtalpha_cfg_xml_doctype);

    if (XML_Parse(x.parser, (char *) input->data, (int) input->len, 1)
        == XML_STATUS_OK)
    {
        rc = NGX_OK;

        if (ngx_rtalpha_props_count(x.props)) {
            doc = ngx_array_push(*docs);

            if (doc == NULL) {
                rc = NGX_ERROR;
                goto done;
            }

            *doc = x.props;
        }

    } else if (!x.failed) {
        ngx_rtalpha_cfg_xml_error(&x, error);
        rc = NGX_DECLINED;
    }

done:

    XML_ParserFree(x.parser);

    return rc;
}
