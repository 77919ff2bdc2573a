
/*
 * Instance documents in XML, by expat.
 *
 * A document type is refused as soon as it begins, so no entity is ever
 * declared, let alone expanded.  The value of an element is its text before
 * its first child, as XStream reads it.
 */


#include "ngx_rtalpha_reg_instance.h"

#include <expat.h>


#define NGX_RTALPHA_REG_XML_DEPTH  64


typedef struct {
    ngx_pool_t              *pool;
    XML_Parser               parser;
    ngx_rtalpha_reg_sent_t  *sent;
    ngx_array_t              metadata;
    ngx_array_t              dc_metadata;
    ngx_uint_t               depth;
    ngx_str_t                name[5];   /* of the open elements, by level */
    ngx_str_t                enabled;   /* attribute of a port */
    ngx_rtalpha_out_t        text;      /* of the innermost element */
    ngx_int_t                rc;
    unsigned                 closed:1;  /* text here is nobody's value */
    unsigned                 astray:1;  /* leaseInfo had what is no number */
    unsigned                 deaf:1;    /* and has ended */
} ngx_rtalpha_reg_xml_t;


static void ngx_rtalpha_reg_xml_stop(ngx_rtalpha_reg_xml_t *x, ngx_int_t rc);
static void XMLCALL ngx_rtalpha_reg_xml_doctype(void *data,
    const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
    int internal);
static void XMLCALL ngx_rtalpha_reg_xml_start(void *data,
    const XML_Char *name, const XML_Char **atts);
static ngx_uint_t ngx_rtalpha_reg_xml_counts(ngx_rtalpha_reg_xml_t *x);
static void XMLCALL ngx_rtalpha_reg_xml_chars(void *data,
    const XML_Char *s, int len);
static void XMLCALL ngx_rtalpha_reg_xml_end(void *data,
    const XML_Char *name);
static ngx_int_t ngx_rtalpha_reg_xml_field(ngx_rtalpha_reg_xml_t *x,
    const ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_rtalpha_reg_xml_number_field(ngx_rtalpha_reg_xml_t *x,
    const ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_rtalpha_reg_xml_lease(ngx_rtalpha_reg_xml_t *x,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_rtalpha_reg_xml_part(ngx_rtalpha_reg_xml_t *x,
    ngx_str_t *value);
static ngx_int_t ngx_rtalpha_reg_xml_pair(ngx_rtalpha_reg_xml_t *x,
    ngx_array_t *pairs, const ngx_str_t *name, const ngx_str_t *value);
static ngx_int_t ngx_rtalpha_reg_xml_copy(ngx_rtalpha_reg_xml_t *x,
    const char *s, ngx_str_t *copy);
static ngx_uint_t ngx_rtalpha_reg_xml_status(ngx_str_t *value);
static ngx_int_t ngx_rtalpha_reg_xml_int(const ngx_str_t *value, int32_t *n);


static const ngx_str_t  ngx_rtalpha_reg_xml_texts[] = {
    ngx_string("instanceId"),
    ngx_string("hostName"),
    ngx_string("app"),
    ngx_string("ipAddr"),
    ngx_string("sid"),
    ngx_string("appGroupName"),
    ngx_string("homePageUrl"),
    ngx_string("statusPageUrl"),
    ngx_string("healthCheckUrl"),
    ngx_string("secureHealthCheckUrl"),
    ngx_string("vipAddress"),
    ngx_string("secureVipAddress"),
    ngx_string("asgName")
};


ngx_int_t
ngx_rtalpha_reg_instance_xml(ngx_pool_t *pool, const ngx_str_t *body,
    ngx_rtalpha_reg_sent_t *sent)
{
    enum XML_Status        status;
    ngx_rtalpha_reg_xml_t  x;

    ngx_memzero(&x, sizeof(ngx_rtalpha_reg_xml_t));

    x.pool = pool;
    x.sent = sent;
    x.closed = 1;

    ngx_rtalpha_reg_instance_begin(sent);

    if (ngx_array_init(&x.metadata, pool, 8, sizeof(ngx_keyval_t)) != NGX_OK
        || ngx_array_init(&x.dc_metadata, pool, 1, sizeof(ngx_keyval_t))
           != NGX_OK
        || ngx_rtalpha_out_init(&x.text, pool, 256, body->len + 1) != NGX_OK)
    {
        return NGX_ERROR;
    }

    x.parser = XML_ParserCreate(NULL);
    if (x.parser == NULL) {
        return NGX_ERROR;
    }

    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, ngx_rtalpha_reg_xml_start,
                          ngx_rtalpha_reg_xml_end);
    XML_SetCharacterDataHandler(x.parser, ngx_rtalpha_reg_xml_chars);
    XML_SetStartDoctypeDeclHandler(x.parser, ngx_rtalpha_reg_xml_doctype);

    status = XML_Parse(x.parser, (char *) body->data, (int) body->len, 1);

    XML_ParserFree(x.parser);

    if (x.rc != NGX_OK) {
        return x.rc;
    }

    if (status != XML_STATUS_OK) {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_reg_instance_finish(pool, sent, &x.metadata,
                                           &x.dc_metadata);
}


static void
ngx_rtalpha_reg_xml_stop(ngx_rtalpha_reg_xml_t *x, ngx_int_t rc)
{
    if (x->rc == NGX_OK) {
        x->rc = rc;
        XML_StopParser(x->parser, XML_FALSE);
    }
}


static void XMLCALL
ngx_rtalpha_reg_xml_doctype(void *data, const XML_Char *name,
    const XML_Char *sysid, const XML_Char *pubid, int internal)
{
    ngx_rtalpha_reg_xml_stop(data, NGX_DECLINED);
}


static void XMLCALL
ngx_rtalpha_reg_xml_start(void *data, const XML_Char *name,
    const XML_Char **atts)
{
    ngx_rtalpha_reg_xml_t  *x;

    x = data;

    if (x->rc != NGX_OK) {
        return;
    }

    if (x->depth == NGX_RTALPHA_REG_XML_DEPTH) {
        ngx_rtalpha_reg_xml_stop(x, NGX_DECLINED);
        return;
    }

    if (x->depth == 0 && ngx_strcmp(name, "instance") != 0
        && ngx_strcmp(name, "com.netflix.appinfo.InstanceInfo") != 0)
    {
        ngx_rtalpha_reg_xml_stop(x, NGX_DECLINED);
        return;
    }

    if (x->depth < 5
        && ngx_rtalpha_reg_xml_copy(x, name, &x->name[x->depth]) != NGX_OK)
    {
        ngx_rtalpha_reg_xml_stop(x, NGX_ERROR);
        return;
    }

    if (x->depth == 1) {
        ngx_str_null(&x->enabled);

        for ( /* void */ ; atts[0]; atts += 2) {
            if (ngx_strcmp(atts[0], "enabled") == 0
                && ngx_rtalpha_reg_xml_copy(x, atts[1], &x->enabled)
                   != NGX_OK)
            {
                ngx_rtalpha_reg_xml_stop(x, NGX_ERROR);
                return;
            }
        }
    }

    x->depth++;

    if (ngx_rtalpha_reg_xml_counts(x)) {
        ngx_rtalpha_out_reset(&x->text);
        x->closed = 0;

    } else {
        x->closed = 1;
    }

    /* the metadata of a data centre must come after its name */

    if (x->depth == 3 && !x->deaf
        && ngx_rtalpha_str_is(&x->name[1], "dataCenterInfo")
        && ngx_rtalpha_str_is(&x->name[2], "metadata")
        && x->sent->doc.dc == NGX_RTALPHA_REG_DC_NONE)
    {
        ngx_rtalpha_reg_xml_stop(x, NGX_DECLINED);
    }
}


/* does the element that has just begun have a value of its own */

static ngx_uint_t
ngx_rtalpha_reg_xml_counts(ngx_rtalpha_reg_xml_t *x)
{
    ngx_uint_t  dc;

    dc = ngx_rtalpha_str_is(&x->name[1], "dataCenterInfo");

    switch (x->depth) {

    case 2:
        return 1;

    case 3:
        return dc || ngx_rtalpha_str_is(&x->name[1], "metadata")
               || ngx_rtalpha_str_is(&x->name[1], "leaseInfo");

    case 4:
        return dc && ngx_rtalpha_str_is(&x->name[2], "metadata");
    }

    return 0;
}


static void XMLCALL
ngx_rtalpha_reg_xml_chars(void *data, const XML_Char *s, int len)
{
    ngx_rtalpha_reg_xml_t  *x;

    x = data;

    if (x->rc == NGX_OK && !x->closed) {
        ngx_rtalpha_out_bytes(&x->text, (u_char *) s, (size_t) len);
    }
}


static void XMLCALL
ngx_rtalpha_reg_xml_end(void *data, const XML_Char *name)
{
    ngx_int_t               rc;
    ngx_str_t               text, value;
    ngx_rtalpha_reg_xml_t  *x;

    x = data;

    if (x->rc != NGX_OK) {
        return;
    }

    rc = NGX_OK;

    if (x->depth == 2 && x->astray) {
        x->deaf = 1;
    }

    if (x->depth >= 2 && x->depth <= 4 && !x->deaf) {

        if (ngx_rtalpha_out_done(&x->text, &text) != NGX_OK) {
            ngx_rtalpha_reg_xml_stop(x, NGX_ERROR);
            return;
        }

        value.len = text.len;
        value.data = ngx_pnalloc(x->pool, text.len + 1);
        if (value.data == NULL) {
            ngx_rtalpha_reg_xml_stop(x, NGX_ERROR);
            return;
        }

        ngx_memcpy(value.data, text.data, text.len);

        rc = (x->depth == 2)
             ? ngx_rtalpha_reg_xml_field(x, &x->name[1], &value)
             : ngx_rtalpha_reg_xml_part(x, &value);
    }

    x->depth--;
    x->closed = 1;

    if (rc != NGX_OK) {
        ngx_rtalpha_reg_xml_stop(x, rc);
    }
}


/* an element directly below the root */

static ngx_int_t
ngx_rtalpha_reg_xml_field(ngx_rtalpha_reg_xml_t *x, const ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_sent_t  *sent;

    sent = x->sent;

    for (i = 0; i < NGX_RTALPHA_REG_TEXTS; i++) {

        if (!ngx_rtalpha_str_eq(&ngx_rtalpha_reg_xml_texts[i], name)) {
            continue;
        }

        ngx_rtalpha_reg_instance_text(sent, i, value);

        if (i == NGX_RTALPHA_REG_TEXT_APP) {
            return ngx_rtalpha_reg_instance_upper(x->pool,
                                                  &sent->doc.text[i]);
        }

        return NGX_OK;
    }

    if (ngx_rtalpha_str_is(name, "status")) {
        sent->status = ngx_rtalpha_reg_xml_status(value);

    } else if (ngx_rtalpha_str_is(name, "overriddenstatus")
               || ngx_rtalpha_str_is(name, "overriddenStatus"))
    {
        sent->overridden = ngx_rtalpha_reg_xml_status(value);

    } else {
        return ngx_rtalpha_reg_xml_number_field(x, name, value);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_xml_number_field(ngx_rtalpha_reg_xml_t *x,
    const ngx_str_t *name, ngx_str_t *value)
{
    int64_t                  n;
    ngx_rtalpha_reg_sent_t  *sent;

    sent = x->sent;

    if (ngx_rtalpha_str_is(name, "countryId")) {
        return ngx_rtalpha_reg_xml_int(value, &sent->doc.country);
    }

    /* on unless it says "false"; off unless it says "true" */

    if (ngx_rtalpha_str_is(name, "port")) {
        sent->doc.port_on = !ngx_rtalpha_str_is(&x->enabled, "false");
        return ngx_rtalpha_reg_xml_int(value, &sent->doc.port);
    }

    if (ngx_rtalpha_str_is(name, "securePort")) {
        sent->doc.secure_on = ngx_rtalpha_str_is(&x->enabled, "true");
        return ngx_rtalpha_reg_xml_int(value, &sent->doc.secure_port);
    }

    if (ngx_rtalpha_str_is(name, "lastDirtyTimestamp")
        && ngx_rtalpha_reg_token_parse_long(value, &n) == NGX_OK)
    {
        sent->dirty = n;
        sent->dirty_sent = 1;
    }

    return NGX_OK;
}


/*
 * The Java server loses its way at what is no number: the rest of leaseInfo
 * counts as fields of the instance, and what follows leaseInfo is not read.
 */

static ngx_int_t
ngx_rtalpha_reg_xml_lease(ngx_rtalpha_reg_xml_t *x, ngx_str_t *name,
    ngx_str_t *value)
{
    int64_t                 l;
    uint32_t                n;
    ngx_rtalpha_reg_doc_t  *doc;

    doc = &x->sent->doc;
    doc->lease_sent = 1;

    if (x->astray) {
        return ngx_rtalpha_reg_xml_field(x, name, value);
    }

    if (ngx_rtalpha_reg_token_parse_long(value, &l) != NGX_OK) {
        x->astray = 1;
        return NGX_OK;
    }

    n = (int32_t) l > 0 ? (uint32_t) l : 0;

    if (ngx_rtalpha_str_is(name, "durationInSecs")) {
        doc->duration = n;

    } else if (ngx_rtalpha_str_is(name, "renewalIntervalInSecs")) {
        doc->interval = n;
    }

    return NGX_OK;
}


/* an element of leaseInfo, metadata or dataCenterInfo */

static ngx_int_t
ngx_rtalpha_reg_xml_part(ngx_rtalpha_reg_xml_t *x, ngx_str_t *value)
{
    ngx_str_t              *field, *name;
    ngx_rtalpha_reg_doc_t  *doc;

    doc = &x->sent->doc;
    field = &x->name[1];
    name = &x->name[2];

    if (x->depth == 4) {

        if (ngx_rtalpha_str_is(field, "dataCenterInfo")
            && ngx_rtalpha_str_is(name, "metadata")
            && doc->dc == NGX_RTALPHA_REG_DC_AMAZON)
        {
            return ngx_rtalpha_reg_xml_pair(x, &x->dc_metadata, &x->name[3],
                                            value);
        }

        return NGX_OK;
    }

    if (ngx_rtalpha_str_is(field, "metadata")) {
        return ngx_rtalpha_reg_xml_pair(x, &x->metadata, name, value);
    }

    if (ngx_rtalpha_str_is(field, "leaseInfo")) {
        return ngx_rtalpha_reg_xml_lease(x, name, value);
    }

    if (ngx_rtalpha_str_is(field, "dataCenterInfo")
        && ngx_rtalpha_str_is(name, "name"))
    {
        if (value->len == 6
            && ngx_strncasecmp(value->data, (u_char *) "Amazon", 6) == 0)
        {
            doc->dc = NGX_RTALPHA_REG_DC_AMAZON;

        } else if (ngx_rtalpha_str_is(value, "MyOwn")) {
            doc->dc = NGX_RTALPHA_REG_DC_MYOWN;

        } else if (ngx_rtalpha_str_is(value, "Netflix")) {
            doc->dc = NGX_RTALPHA_REG_DC_NETFLIX;

        } else {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* undoes XStream's escape of names: "__", "_-" and "_.XXXX" */

static ngx_int_t
ngx_rtalpha_reg_xml_pair(ngx_rtalpha_reg_xml_t *x, ngx_array_t *pairs,
    const ngx_str_t *name, const ngx_str_t *value)
{
    u_char     *p, *last, *dst;
    ngx_int_t   c;
    ngx_str_t   key;

    key.data = ngx_pnalloc(x->pool, name->len + 1);
    if (key.data == NULL) {
        return NGX_ERROR;
    }

    dst = key.data;
    p = name->data;
    last = p + name->len;

    while (p < last) {

        if (*p != '_' || last - p < 2) {
            *dst++ = *p++;
            continue;
        }

        if (p[1] == '_' || p[1] == '-') {
            *dst++ = (p[1] == '_') ? '_' : '$';
            p += 2;
            continue;
        }

        if (p[1] != '.' || last - p < 6
            || (c = ngx_hextoi(p + 2, 4)) == NGX_ERROR
            || (c >= 0xd800 && c < 0xe000))
        {
            *dst++ = *p++;
            continue;
        }

        if (c < 0x80) {
            *dst++ = (u_char) c;

        } else if (c < 0x800) {
            *dst++ = (u_char) (0xc0 | (c >> 6));
            *dst++ = (u_char) (0x80 | (c & 0x3f));

        } else {
            *dst++ = (u_char) (0xe0 | (c >> 12));
            *dst++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
            *dst++ = (u_char) (0x80 | (c & 0x3f));
        }

        p += 6;
    }

    key.len = dst - key.data;

    return ngx_rtalpha_reg_doc_put(pairs, &key, value);
}


static ngx_int_t
ngx_rtalpha_reg_xml_copy(ngx_rtalpha_reg_xml_t *x, const char *s,
    ngx_str_t *copy)
{
    copy->len = ngx_strlen(s);
    copy->data = ngx_pnalloc(x->pool, copy->len + 1);

    if (copy->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy->data, s, copy->len);

    return NGX_OK;
}


/* without regard to case here, but not in JSON */

static ngx_uint_t
ngx_rtalpha_reg_xml_status(ngx_str_t *value)
{
    u_char      name[16];
    size_t      i;
    ngx_uint_t  status;

    if (value->len > sizeof(name)) {
        return NGX_RTALPHA_REG_UNKNOWN;
    }

    for (i = 0; i < value->len; i++) {
        name[i] = ngx_toupper(value->data[i]);
    }

    status = ngx_rtalpha_reg_status_find(name, value->len);

    return status == NGX_RTALPHA_REG_NONE ? NGX_RTALPHA_REG_UNKNOWN : status;
}


static ngx_int_t
ngx_rtalpha_reg_xml_int(const ngx_str_t *value, int32_t *n)
{
    int64_t  l;

    if (ngx_rtalpha_reg_token_parse_long(value, &l) != NGX_OK
        || l < -2147483648LL || l > 2147483647LL)
    {
        return NGX_DECLINED;
    }

    *n = (int32_t) l;

    return NGX_OK;
}
