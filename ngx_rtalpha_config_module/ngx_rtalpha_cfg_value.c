
/*
 * Values of a question: decoding, UTF-8, what names and profiles may be.
 */


#include <ngx_config.h>
#include <locale.h>
#include <wctype.h>

#include "ngx_rtalpha_cfg_path.h"


ngx_int_t
ngx_rtalpha_cfg_path_decode(ngx_pool_t *pool, const ngx_str_t *raw,
    ngx_uint_t plus, ngx_str_t *value)
{
    u_char     *d;
    size_t      i;
    ngx_int_t   c;

    value->data = ngx_pnalloc(pool, raw->len + 1);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    d = value->data;

    for (i = 0; i < raw->len; i++) {

        if (raw->data[i] == '+' && plus) {
            *d++ = ' ';
            continue;
        }

        if (raw->data[i] != '%') {
            *d++ = raw->data[i];
            continue;
        }

        if (raw->len - i < 3) {
            return NGX_DECLINED;
        }

        c = ngx_hextoi(&raw->data[i + 1], 2);
        if (c == NGX_ERROR) {
            return NGX_DECLINED;
        }

        *d++ = (u_char) c;
        i += 2;
    }

    value->len = d - value->data;

    return NGX_OK;
}


size_t
ngx_rtalpha_cfg_path_char(const u_char *p, const u_char *last, uint32_t *c)
{
    size_t    i, len;
    uint32_t  least;

    if (*p < 0x80) {
        *c = *p;
        return 1;
    }

    if (*p >= 0xc2 && *p <= 0xdf) {
        len = 2;
        least = 0x80;
        *c = *p & 0x1f;

    } else if (*p >= 0xe0 && *p <= 0xef) {
        len = 3;
        least = 0x800;
        *c = *p & 0x0f;

    } else if (*p >= 0xf0 && *p <= 0xf4) {
        len = 4;
        least = 0x10000;
        *c = *p & 0x07;

    } else {
        return 0;
    }

    if ((size_t) (last - p) < len) {
        return 0;
    }

    for (i = 1; i < len; i++) {

        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        *c = (*c << 6) | (p[i] & 0x3f);
    }

    if (*c < least || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff)) {
        return 0;
    }

    return len;
}


ngx_uint_t
ngx_rtalpha_cfg_path_utf8(const ngx_str_t *text)
{
    u_char    *p, *last;
    size_t     len;
    uint32_t   c;

    last = text->data + text->len;

    for (p = text->data; p < last; p += len) {
        len = ngx_rtalpha_cfg_path_char(p, last, &c);

        if (len == 0) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_rtalpha_cfg_path_has(const ngx_str_t *value, const char *what, size_t len)
{
    size_t  i;

    for (i = 0; i + len <= value->len; i++) {
        if (ngx_memcmp(value->data + i, what, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_cfg_path_bad(const ngx_str_t *value)
{
    return ngx_rtalpha_cfg_path_has(value, "..", 2)
           || ngx_rtalpha_cfg_path_has(value, "#", 1)
           || ngx_rtalpha_str_begins(value, "(_)");
}


ngx_uint_t
ngx_rtalpha_cfg_path_invalid(ngx_pool_t *pool, const ngx_str_t *value)
{
    ngx_str_t  once;

    if (ngx_rtalpha_cfg_path_bad(value)) {
        return 1;
    }

    if (!ngx_rtalpha_cfg_path_has(value, "%", 1)) {
        return 0;
    }

    if (ngx_rtalpha_cfg_path_decode(pool, value, 1, &once) != NGX_OK) {
        return 0;
    }

    if (ngx_rtalpha_cfg_path_bad(&once)) {
        return 1;
    }

    while (once.len && *once.data <= ' ') {
        once.data++;
        once.len--;
    }

    return ngx_rtalpha_str_begins(&once, "(_)");
}


ngx_int_t
ngx_rtalpha_cfg_path_slashes(ngx_pool_t *pool, const ngx_str_t *value,
    ngx_str_t *result)
{
    u_char     *d;
    size_t      i;
    ngx_str_t   text;

    text = *value;
    *result = text;

    if (!ngx_rtalpha_cfg_path_has(&text, "(_)", 3)) {
        return NGX_OK;
    }

    d = ngx_pnalloc(pool, text.len);
    if (d == NULL) {
        return NGX_ERROR;
    }

    result->data = d;

    for (i = 0; i < text.len; i++) {

        if (text.len - i >= 3 && ngx_memcmp(text.data + i, "(_)", 3) == 0) {
            *d++ = '/';
            i += 2;
            continue;
        }

        *d++ = text.data[i];
    }

    result->len = d - result->data;

    return NGX_OK;
}


/* a letter or a digit of any script */

static ngx_uint_t
ngx_rtalpha_cfg_path_alnum(uint32_t c)
{
    static locale_t  locale;

    if (c < 0x80) {
        return (c >= '0' && c <= '9')
               || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    }

    if (locale == (locale_t) 0) {
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
    }

    return locale == (locale_t) 0 || iswalnum_l((wint_t) c, locale);
}


ngx_uint_t
ngx_rtalpha_cfg_path_profile_valid(const ngx_str_t *profile)
{
    u_char      *p, *last;
    size_t       len;
    uint32_t     c;
    ngx_uint_t   alnum;

    last = profile->data + profile->len;
    alnum = 0;

    for (p = profile->data; p < last; p += len) {
        len = ngx_rtalpha_cfg_path_char(p, last, &c);

        if (len == 0) {
            return 0;
        }

        alnum = ngx_rtalpha_cfg_path_alnum(c);

        if (!alnum && (p == profile->data || c >= 0x80
                       || ngx_strchr("-_.+@", c) == NULL))
        {
            return 0;
        }
    }

    return alnum;
}


ngx_int_t
ngx_rtalpha_cfg_path_param(ngx_pool_t *pool, const ngx_str_t *query,
    const char *name, ngx_str_t *value)
{
    u_char     *p, *last, *eq, *end;
    size_t      len;
    ngx_int_t   rc;
    ngx_str_t   raw, key;

    len = ngx_strlen(name);
    p = query->data;
    last = query->data + query->len;

    while (p < last) {
        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        eq = ngx_strlchr(p, end, '=');

        raw.data = p;
        raw.len = (eq ? eq : end) - p;

        rc = ngx_rtalpha_cfg_path_decode(pool, &raw, 1, &key);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_OK && key.len == len
            && ngx_memcmp(key.data, name, len) == 0)
        {
            raw.data = eq ? eq + 1 : end;
            raw.len = end - raw.data;

            rc = ngx_rtalpha_cfg_path_decode(pool, &raw, 1, value);

            if (rc == NGX_DECLINED) {
                ngx_str_null(value);
                rc = NGX_OK;
            }

            return rc;
        }

        p = end + 1;
    }

    return NGX_DECLINED;
}
