
/*
 * Packed instance documents.  Layout: a head of fixed size, then for each
 * text that the head's bits name a length and its bytes, then the two maps,
 * each as length and pairs.  Lengths are base-128 numbers, low bits first.
 */


#include "ngx_rtalpha_reg_doc.h"


typedef struct {
    int32_t      port;
    int32_t      secure_port;
    int32_t      country;
    uint32_t     interval;
    uint32_t     duration;
    uint16_t     present;           /* bit per text */
    u_char       dc;
    u_char       flags;
} ngx_rtalpha_reg_doc_head_t;

#define NGX_RTALPHA_REG_DOC_PORT_ON    1
#define NGX_RTALPHA_REG_DOC_SECURE_ON  2
#define NGX_RTALPHA_REG_DOC_LEASE      4


static void ngx_rtalpha_reg_doc_put_text(ngx_rtalpha_out_t *out,
    const ngx_str_t *s);
static ngx_int_t ngx_rtalpha_reg_doc_get_text(u_char **p, u_char *last,
    ngx_str_t *s);
static uint32_t ngx_rtalpha_reg_doc_upper_char(uint32_t c);
static u_char *ngx_rtalpha_reg_doc_put_char(u_char *dst, uint32_t c);


void
ngx_rtalpha_reg_doc_pack(const ngx_rtalpha_reg_doc_t *doc,
    ngx_rtalpha_out_t *out)
{
    ngx_uint_t                  i;
    ngx_rtalpha_reg_doc_head_t  head;

    ngx_memzero(&head, sizeof(ngx_rtalpha_reg_doc_head_t));

    head.port = doc->port;
    head.secure_port = doc->secure_port;
    head.country = doc->country;
    head.interval = doc->interval;
    head.duration = doc->duration;
    head.dc = (u_char) doc->dc;

    if (doc->port_on) {
        head.flags |= NGX_RTALPHA_REG_DOC_PORT_ON;
    }

    if (doc->secure_on) {
        head.flags |= NGX_RTALPHA_REG_DOC_SECURE_ON;
    }

    if (doc->lease_sent) {
        head.flags |= NGX_RTALPHA_REG_DOC_LEASE;
    }

    for (i = 0; i < NGX_RTALPHA_REG_TEXTS; i++) {
        if (doc->text[i].data) {
            head.present |= (uint16_t) (1 << i);
        }
    }

    ngx_rtalpha_out_bytes(out, (u_char *) &head, sizeof(head));

    for (i = 0; i < NGX_RTALPHA_REG_TEXTS; i++) {
        if (doc->text[i].data) {
            ngx_rtalpha_reg_doc_put_text(out, &doc->text[i]);
        }
    }

    ngx_rtalpha_reg_doc_put_text(out, &doc->metadata);
    ngx_rtalpha_reg_doc_put_text(out, &doc->dc_metadata);
}


ngx_int_t
ngx_rtalpha_reg_doc_unpack(u_char *data, size_t len,
    ngx_rtalpha_reg_doc_t *doc)
{
    u_char                      *p, *last;
    ngx_uint_t                   i;
    ngx_rtalpha_reg_doc_head_t   head;

    ngx_memzero(doc, sizeof(ngx_rtalpha_reg_doc_t));

    if (len < sizeof(head)) {
        return NGX_ERROR;
    }

    ngx_memcpy(&head, data, sizeof(head));

    doc->port = head.port;
    doc->secure_port = head.secure_port;
    doc->country = head.country;
    doc->interval = head.interval;
    doc->duration = head.duration;
    doc->dc = head.dc;
    doc->port_on = (head.flags & NGX_RTALPHA_REG_DOC_PORT_ON) != 0;
    doc->lease_sent = (head.flags & NGX_RTALPHA_REG_DOC_LEASE) != 0;
    doc->secure_on = (head.flags & NGX_RTALPHA_REG_DOC_SECURE_ON) != 0;

    p = data + sizeof(head);
    last = data + len;

    for (i = 0; i < NGX_RTALPHA_REG_TEXTS; i++) {

        if ((head.present & (1 << i)) == 0) {
            continue;
        }

        if (ngx_rtalpha_reg_doc_get_text(&p, last, &doc->text[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_rtalpha_reg_doc_get_text(&p, last, &doc->metadata) != NGX_OK
        || ngx_rtalpha_reg_doc_get_text(&p, last, &doc->dc_metadata)
           != NGX_OK
        || p != last)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_rtalpha_reg_doc_put_text(ngx_rtalpha_out_t *out, const ngx_str_t *s)
{
    size_t  n;

    for (n = s->len; n > 127; n >>= 7) {
        ngx_rtalpha_out_char(out, (u_char) (n | 0x80));
    }

    ngx_rtalpha_out_char(out, (u_char) n);
    ngx_rtalpha_out_bytes(out, s->data, s->len);
}


static ngx_int_t
ngx_rtalpha_reg_doc_get_text(u_char **p, u_char *last, ngx_str_t *s)
{
    size_t      n;
    ngx_uint_t  shift;

    n = 0;

    for (shift = 0; *p < last && shift <= 28; shift += 7) {
        n |= (size_t) (**p & 0x7f) << shift;

        if (*(*p)++ < 0x80) {

            if (n > (size_t) (last - *p)) {
                return NGX_ERROR;
            }

            s->data = *p;
            s->len = n;
            *p += n;

            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


void
ngx_rtalpha_reg_doc_map(ngx_array_t *pairs, ngx_rtalpha_out_t *out)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = pairs->elts;

    for (i = 0; i < pairs->nelts; i++) {
        ngx_rtalpha_reg_doc_put_text(out, &kv[i].key);
        ngx_rtalpha_reg_doc_put_text(out, &kv[i].value);
    }
}


ngx_int_t
ngx_rtalpha_reg_doc_next(ngx_str_t *rest, ngx_str_t *key, ngx_str_t *value)
{
    u_char  *p, *last;

    p = rest->data;
    last = p + rest->len;

    if (rest->len == 0
        || ngx_rtalpha_reg_doc_get_text(&p, last, key) != NGX_OK
        || ngx_rtalpha_reg_doc_get_text(&p, last, value) != NGX_OK)
    {
        return NGX_DONE;
    }

    rest->data = p;
    rest->len = last - p;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_doc_find(const ngx_str_t *map, const char *name,
    ngx_str_t *value)
{
    size_t      len;
    ngx_str_t   rest, key;

    rest = *map;
    len = ngx_strlen(name);

    while (ngx_rtalpha_reg_doc_next(&rest, &key, value) == NGX_OK) {
        if (key.len == len && ngx_memcmp(key.data, name, len) == 0) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_reg_doc_put(ngx_array_t *pairs, const ngx_str_t *key,
    const ngx_str_t *value)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = pairs->elts;

    for (i = 0; i < pairs->nelts; i++) {
        if (ngx_rtalpha_str_eq(&kv[i].key, key)) {
            kv[i].value = *value;
            return NGX_OK;
        }
    }

    if (pairs->nelts == NGX_RTALPHA_REG_PAIRS) {
        return NGX_DECLINED;
    }

    kv = ngx_array_push(pairs);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key = *key;
    kv->value = *value;

    return NGX_OK;
}


void
ngx_rtalpha_reg_doc_id(const ngx_rtalpha_reg_doc_t *doc, ngx_str_t *id)
{
    *id = doc->text[NGX_RTALPHA_REG_TEXT_ID];

    if (id->len) {
        return;
    }

    if (doc->dc == NGX_RTALPHA_REG_DC_AMAZON
        && ngx_rtalpha_reg_doc_find(&doc->dc_metadata, "instance-id", id)
           == NGX_OK
        && id->len)
    {
        return;
    }

    *id = doc->text[NGX_RTALPHA_REG_TEXT_HOST];
}


void
ngx_rtalpha_reg_doc_zone(const ngx_rtalpha_reg_doc_t *doc, ngx_str_t *zone)
{
    if (ngx_rtalpha_reg_doc_find(&doc->metadata, "zone", zone) == NGX_OK) {
        return;
    }

    if (ngx_rtalpha_reg_doc_find(&doc->dc_metadata, "availability-zone", zone)
        == NGX_OK)
    {
        return;
    }

    ngx_str_null(zone);
}


void
ngx_rtalpha_reg_doc_upper(const ngx_str_t *src, u_char *dst,
    ngx_str_t *result)
{
    u_char    *p, *last, *q;
    uint32_t   c;

    p = src->data;
    last = p + src->len;

    result->data = dst;

    while (p < last) {

        if (*p < 0x80) {
            *dst++ = ngx_toupper(*p);
            p++;
            continue;
        }

        q = p;
        c = ngx_utf8_decode(&p, last - p);

        if (c > 0x10ffff) {
            *dst++ = *q;
            p = q + 1;
            continue;
        }

        if (c == 0xdf) {
            *dst++ = 'S';
            *dst++ = 'S';
            continue;
        }

        dst = ngx_rtalpha_reg_doc_put_char(dst,
                                           ngx_rtalpha_reg_doc_upper_char(c));
    }

    result->len = dst - result->data;
}


/*
 * Simple case pairs of Latin, Greek, Cyrillic and Armenian: the letters that
 * names of applications are written in.
 */

static uint32_t
ngx_rtalpha_reg_doc_upper_char(uint32_t c)
{
    if (c == 0xb5) {
        return 0x39c;
    }

    if (c >= 0xe0 && c <= 0xfe && c != 0xf7) {
        return c - 32;
    }

    if (c == 0xff) {
        return 0x178;
    }

    if (c == 0x131) {
        return 'I';
    }

    if (c >= 0x100 && c <= 0x17f) {

        if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) {
            return (c & 1) ? c : c - 1;
        }

        if (c == 0x138 || c == 0x149 || c == 0x17f || c == 0x130) {
            return c == 0x17f ? 'S' : c;
        }

        return (c & 1) ? c - 1 : c;
    }

    if (c >= 0x3b1 && c <= 0x3cb) {
        return c == 0x3c2 ? 0x3a3 : c - 32;
    }

    if (c >= 0x430 && c <= 0x44f) {
        return c - 32;
    }

    if (c >= 0x450 && c <= 0x45f) {
        return c - 80;
    }

    if (c >= 0x460 && c <= 0x481) {
        return (c & 1) ? c - 1 : c;
    }

    if (c >= 0x561 && c <= 0x586) {
        return c - 48;
    }

    return c;
}


static u_char *
ngx_rtalpha_reg_doc_put_char(u_char *dst, uint32_t c)
{
    if (c < 0x80) {
        *dst++ = (u_char) c;
        return dst;
    }

    if (c < 0x800) {
        *dst++ = (u_char) (0xc0 | (c >> 6));
        *dst++ = (u_char) (0x80 | (c & 0x3f));
        return dst;
    }

    if (c < 0x10000) {
        *dst++ = (u_char) (0xe0 | (c >> 12));
        *dst++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
        *dst++ = (u_char) (0x80 | (c & 0x3f));
        return dst;
    }

    *dst++ = (u_char) (0xf0 | (c >> 18));
    *dst++ = (u_char) (0x80 | ((c >> 12) & 0x3f));
    *dst++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
    *dst++ = (u_char) (0x80 | (c & 0x3f));
    return dst;
}
