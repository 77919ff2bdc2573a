
/*
 * Media types, as far as the registry needs them (RFC 9110, 12.5).
 */


#include "ngx_rtalpha_reg_accept.h"


typedef struct {
    ngx_str_t    type;              /* "application/json" */
    ngx_int_t    q;                 /* thousandths */
} ngx_rtalpha_reg_range_t;


static ngx_uint_t ngx_rtalpha_reg_accept_page(const ngx_str_t *type,
    ngx_uint_t *xml);
static ngx_int_t ngx_rtalpha_reg_accept_next(ngx_str_t *rest,
    ngx_rtalpha_reg_range_t *range);
static ngx_int_t ngx_rtalpha_reg_accept_weight(u_char *p, u_char *last);
static void ngx_rtalpha_reg_accept_trim(ngx_str_t *s);


#define ngx_rtalpha_reg_type_is(s, lit)                                       \
    ((s)->len == sizeof(lit) - 1                                              \
     && ngx_strncasecmp((s)->data, (u_char *) lit, sizeof(lit) - 1) == 0)


ngx_uint_t
ngx_rtalpha_reg_accept(const ngx_str_t *accept, ngx_uint_t named)
{
    ngx_int_t                 q[2], level[2], json_first;
    ngx_str_t                 rest;
    ngx_uint_t                i, any;
    ngx_rtalpha_reg_range_t   range;

    enum { xml = 0, json };

    if (accept == NULL) {
        return NGX_RTALPHA_REG_ACCEPT_XML;
    }

    rest = *accept;
    q[xml] = q[json] = 0;
    level[xml] = level[json] = 0;
    json_first = 0;
    any = 0;

    while (ngx_rtalpha_reg_accept_next(&rest, &range) == NGX_OK) {
        any = 1;

        for (i = xml; i <= json; i++) {

            if ((i == xml && ngx_rtalpha_reg_type_is(&range.type,
                                                     "application/xml"))
                || (i == json && ngx_rtalpha_reg_type_is(&range.type,
                                                      "application/json")))
            {
                if (level[xml] < 3 && level[json] < 3) {
                    json_first = (i == json);
                }

                level[i] = 3;
                q[i] = range.q;

            } else if (level[i] < 2
                       && ngx_rtalpha_reg_type_is(&range.type,
                                                  "application/*"))
            {
                level[i] = 2;
                q[i] = range.q;

            } else if (level[i] < 1
                       && (ngx_rtalpha_reg_type_is(&range.type, "*/*")
                           || ngx_rtalpha_reg_type_is(&range.type, "*")))
            {
                level[i] = 1;
                q[i] = range.q;
            }
        }
    }

    if (!any) {
        return NGX_RTALPHA_REG_ACCEPT_XML;
    }

    /* where all is q=0 the Java server gives what is named all the same */

    if (q[xml] == 0 && q[json] == 0) {
        return (level[json] == 3) ? NGX_RTALPHA_REG_ACCEPT_JSON
               : (level[xml] || level[json]) ? NGX_RTALPHA_REG_ACCEPT_XML
                                             : NGX_RTALPHA_REG_ACCEPT_NONE;
    }

    if (q[json] > 0
        && ((named && level[json] == 3) || q[json] > q[xml]
            || (q[json] == q[xml] && json_first)))
    {
        return NGX_RTALPHA_REG_ACCEPT_JSON;
    }

    return q[xml] > 0 ? NGX_RTALPHA_REG_ACCEPT_XML
                      : NGX_RTALPHA_REG_ACCEPT_JSON;
}


/* the page is HTML where that is named, else JSON or XML by weight */

ngx_int_t
ngx_rtalpha_reg_accept_error(ngx_pool_t *pool, const ngx_str_t *accept,
    ngx_str_t *type)
{
    ngx_int_t                 best;
    ngx_str_t                 rest, whole, wanted;
    ngx_uint_t                xml, charset;
    ngx_rtalpha_reg_range_t   range;

    ngx_str_set(type, "application/json");

    if (accept == NULL || accept->len == 0) {
        return NGX_OK;
    }

    rest = *accept;
    best = -1;
    xml = 0;
    charset = 0;
    ngx_str_null(&wanted);

    for ( ;; ) {
        whole.data = rest.data;

        if (ngx_rtalpha_reg_accept_next(&rest, &range) != NGX_OK) {
            break;
        }

        if (ngx_rtalpha_reg_type_is(&range.type, "text/html")) {
            ngx_str_set(type, "text/html;charset=UTF-8");
            return NGX_OK;
        }

        if (range.q <= best
            || !ngx_rtalpha_reg_accept_page(&range.type, &xml))
        {
            continue;
        }

        best = range.q;
        wanted = range.type;
        charset = xml;

        /* parameters are echoed */

        if (!xml && range.q == 1000) {
            whole.len = rest.data - whole.data - (rest.len || rest.data[-1]
                                                  == ',');
            ngx_rtalpha_reg_accept_trim(&whole);
            wanted = whole;
        }
    }

    if (best < 0) {
        return NGX_DECLINED;
    }

    if (ngx_strlchr(wanted.data, wanted.data + wanted.len, '*')) {
        return NGX_OK;
    }

    type->data = ngx_pnalloc(pool, wanted.len + sizeof(";charset=UTF-8") - 1);
    if (type->data == NULL) {
        return NGX_ERROR;
    }

    type->len = ngx_sprintf(type->data, "%V%s", &wanted,
                            charset ? ";charset=UTF-8" : "")
                - type->data;

    return NGX_OK;
}


/* is there an error page of this type */

static ngx_uint_t
ngx_rtalpha_reg_accept_page(const ngx_str_t *type, ngx_uint_t *xml)
{
    u_char  *last;

    last = type->data + type->len;

    *xml = ngx_rtalpha_reg_type_is(type, "application/xml")
           || ngx_rtalpha_reg_type_is(type, "text/xml")
           || (type->len > 16
               && ngx_strncasecmp(type->data, (u_char *) "application/", 12)
                  == 0
               && ngx_strncasecmp(last - 4, (u_char *) "+xml", 4) == 0);

    return *xml
           || ngx_rtalpha_reg_type_is(type, "application/json")
           || ngx_rtalpha_reg_type_is(type, "application/*")
           || ngx_rtalpha_reg_type_is(type, "*/*")
           || ngx_rtalpha_reg_type_is(type, "*")
           || (type->len > 17
               && ngx_strncasecmp(type->data, (u_char *) "application/", 12)
                  == 0
               && ngx_strncasecmp(last - 5, (u_char *) "+json", 5) == 0);
}


static ngx_int_t
ngx_rtalpha_reg_accept_next(ngx_str_t *rest, ngx_rtalpha_reg_range_t *range)
{
    u_char  *p, *last, *semi;

    for ( ;; ) {
        if (rest->len == 0) {
            return NGX_DONE;
        }

        last = rest->data + rest->len;
        semi = NULL;

        for (p = rest->data; p < last && *p != ','; p++) {
            if (*p == ';' && semi == NULL) {
                semi = p;
            }
        }

        range->type.data = rest->data;
        range->type.len = (semi ? semi : p) - rest->data;
        range->q = semi ? ngx_rtalpha_reg_accept_weight(semi, p) : 1000;

        ngx_rtalpha_reg_accept_trim(&range->type);

        if (p < last) {
            p++;
        }

        rest->data = p;
        rest->len = last - p;

        if (range->type.len) {
            return NGX_OK;
        }
    }
}


/* the weight among the parameters between p and last */

static ngx_int_t
ngx_rtalpha_reg_accept_weight(u_char *p, u_char *last)
{
    ngx_int_t   q, scale;

    for ( /* void */ ; p < last; p++) {

        if (*p != ';') {
            continue;
        }

        do {
            p++;
        } while (p < last && *p == ' ');

        if (last - p < 3 || (p[0] | 0x20) != 'q' || p[1] != '=') {
            p--;
            continue;
        }

        p += 2;

        if (*p == '1') {
            return 1000;
        }

        q = 0;
        scale = 100;

        if (*p == '0') {
            p++;
        }

        if (p < last && *p == '.') {
            for (p++; p < last && *p >= '0' && *p <= '9'; p++) {
                q += (*p - '0') * scale;
                scale /= 10;
            }
        }

        return q;
    }

    return 1000;
}


static void
ngx_rtalpha_reg_accept_trim(ngx_str_t *s)
{
    while (s->len && (s->data[0] == ' ' || s->data[0] == '\t')) {
        s->data++;
        s->len--;
    }

    while (s->len && (s->data[s->len - 1] == ' '
                      || s->data[s->len - 1] == '\t'))
    {
        s->len--;
    }
}


ngx_uint_t
ngx_rtalpha_reg_accept_gzip(const ngx_str_t *encodings)
{
    ngx_str_t                 rest;
    ngx_rtalpha_reg_range_t   range;

    if (encodings == NULL) {
        return 0;
    }

    rest = *encodings;

    while (ngx_rtalpha_reg_accept_next(&rest, &range) == NGX_OK) {

        if (ngx_rtalpha_reg_type_is(&range.type, "gzip")
            || ngx_rtalpha_reg_type_is(&range.type, "x-gzip"))
        {
            return range.q > 0;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_reg_accept_body(const ngx_str_t *header)
{
    u_char     *p;
    ngx_str_t   type;

    if (header == NULL) {
        return NGX_RTALPHA_REG_BODY_NONE;
    }

    type = *header;
    p = ngx_strlchr(type.data, type.data + type.len, ';');

    if (p) {
        type.len = p - type.data;
    }

    ngx_rtalpha_reg_accept_trim(&type);

    if (ngx_rtalpha_reg_type_is(&type, "application/json")) {
        return NGX_RTALPHA_REG_BODY_JSON;
    }

    if (ngx_rtalpha_reg_type_is(&type, "application/xml")) {
        return NGX_RTALPHA_REG_BODY_XML;
    }

    if (ngx_rtalpha_reg_type_is(&type, "application/*")
        || ngx_rtalpha_reg_type_is(&type, "*/*"))
    {
        return NGX_RTALPHA_REG_BODY_WILD;
    }

    if (ngx_strlchr(type.data, type.data + type.len, '/') == NULL) {
        return NGX_RTALPHA_REG_BODY_INVALID;
    }

    return NGX_RTALPHA_REG_BODY_NONE;
}
