
/*
 * Charsets of requests.  Files are in UTF-8 unless the request says that
 * they are in another one; answers are unless the accepted type says so.
 * Names that Java knows and we cannot write are known as such.
 */


#include "ngx_rtalpha_cfg_charset.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_out.h"


static const struct {
    ngx_str_t   name;
    ngx_uint_t  charset;
} ngx_rtalpha_cfg_charsets[] = {
    { ngx_string("UTF-8"), NGX_RTALPHA_CFG_CHARSET_UTF8 },
    { ngx_string("UTF8"), NGX_RTALPHA_CFG_CHARSET_UTF8 },
    { ngx_string("US-ASCII"), NGX_RTALPHA_CFG_CHARSET_ASCII },
    { ngx_string("ASCII"), NGX_RTALPHA_CFG_CHARSET_ASCII },
    { ngx_string("ISO-8859-1"), NGX_RTALPHA_CFG_CHARSET_LATIN1 },
    { ngx_string("ISO8859_1"), NGX_RTALPHA_CFG_CHARSET_LATIN1 },
    { ngx_string("ISO8859-1"), NGX_RTALPHA_CFG_CHARSET_LATIN1 },
    { ngx_string("latin1"), NGX_RTALPHA_CFG_CHARSET_LATIN1 },
    { ngx_string("l1"), NGX_RTALPHA_CFG_CHARSET_LATIN1 },
    { ngx_string("UTF-16"), NGX_RTALPHA_CFG_CHARSET_UTF16 },
    { ngx_string("UTF_16"), NGX_RTALPHA_CFG_CHARSET_UTF16 },
    { ngx_string("unicode"), NGX_RTALPHA_CFG_CHARSET_UTF16 },
    { ngx_string("UTF-16BE"), NGX_RTALPHA_CFG_CHARSET_UTF16BE },
    { ngx_string("UTF_16BE"), NGX_RTALPHA_CFG_CHARSET_UTF16BE },
    { ngx_string("UTF-16LE"), NGX_RTALPHA_CFG_CHARSET_UTF16LE },
    { ngx_string("UTF_16LE"), NGX_RTALPHA_CFG_CHARSET_UTF16LE },
    { ngx_string("UTF-32"), NGX_RTALPHA_CFG_CHARSET_UTF32 },
    { ngx_string("UTF-32BE"), NGX_RTALPHA_CFG_CHARSET_UTF32BE },
    { ngx_string("UTF-32LE"), NGX_RTALPHA_CFG_CHARSET_UTF32LE },
    { ngx_string("ISO-8859-2"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("ISO-8859-5"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("ISO-8859-7"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("ISO-8859-9"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("ISO-8859-13"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("ISO-8859-15"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("windows-1250"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("windows-1251"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("windows-1252"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("cp1252"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("KOI8-R"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("KOI8-U"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("GBK"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("GB2312"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("GB18030"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("Big5"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("Shift_JIS"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("EUC-JP"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("EUC-KR"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_string("ISO-2022-JP"), NGX_RTALPHA_CFG_CHARSET_OTHER },
    { ngx_null_string, 0 }
};


ngx_uint_t
ngx_rtalpha_cfg_charset_find(const ngx_str_t *name)
{
    ngx_uint_t  i;

    for (i = 0; ngx_rtalpha_cfg_charsets[i].name.len; i++) {

        if (ngx_rtalpha_cfg_charsets[i].name.len == name->len
            && ngx_strncasecmp(ngx_rtalpha_cfg_charsets[i].name.data,
                               name->data, name->len)
               == 0)
        {
            return ngx_rtalpha_cfg_charsets[i].charset;
        }
    }

    return NGX_RTALPHA_CFG_CHARSET_NONE;
}


ngx_uint_t
ngx_rtalpha_cfg_charset_legal(const ngx_str_t *name)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < name->len; i++) {
        c = name->data[i];

        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        {
            continue;
        }

        if (i == 0 || ngx_strchr("-+:_.", c) == NULL) {
            return 0;
        }
    }

    return 1;
}


/* one byte for each character, as ISO-8859-1 and US-ASCII have it */

static ngx_int_t
ngx_rtalpha_cfg_charset_latin(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t ascii)
{
    size_t             i;
    u_char             c;
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, pool, text->len + 16, text->len * 3 + 16)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (c < 0x80) {
            ngx_rtalpha_out_char(&out, c);

        } else if (ascii) {
            ngx_rtalpha_out_lit(&out, "\xef\xbf\xbd");

        } else {
            ngx_rtalpha_out_char(&out, 0xc0 | (c >> 6));
            ngx_rtalpha_out_char(&out, 0x80 | (c & 0x3f));
        }
    }

    return ngx_rtalpha_out_done(&out, text);
}


static void
ngx_rtalpha_cfg_charset_utf8(ngx_rtalpha_out_t *out, uint32_t c)
{
    if (c < 0x80) {
        ngx_rtalpha_out_char(out, (u_char) c);

    } else if (c < 0x800) {
        ngx_rtalpha_out_char(out, (u_char) (0xc0 | (c >> 6)));
        ngx_rtalpha_out_char(out, 0x80 | (c & 0x3f));

    } else if (c < 0x10000) {
        ngx_rtalpha_out_char(out, (u_char) (0xe0 | (c >> 12)));
        ngx_rtalpha_out_char(out, 0x80 | ((c >> 6) & 0x3f));
        ngx_rtalpha_out_char(out, 0x80 | (c & 0x3f));

    } else {
        ngx_rtalpha_out_char(out, (u_char) (0xf0 | (c >> 18)));
        ngx_rtalpha_out_char(out, 0x80 | ((c >> 12) & 0x3f));
        ngx_rtalpha_out_char(out, 0x80 | ((c >> 6) & 0x3f));
        ngx_rtalpha_out_char(out, 0x80 | (c & 0x3f));
    }
}


/* UTF-16; big-endian unless a byte order mark or little says otherwise */

static ngx_int_t
ngx_rtalpha_cfg_charset_utf16(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t mark, ngx_uint_t little)
{
    size_t             i;
    uint32_t           c, low;
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, pool, text->len + 16, text->len * 3 + 16)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    i = 0;

    if (mark && text->len >= 2) {

        if (text->data[0] == 0xff && text->data[1] == 0xfe) {
            little = 1;
            i = 2;

        } else if (text->data[0] == 0xfe && text->data[1] == 0xff) {
            i = 2;
        }
    }

    for ( /* void */ ; i + 1 < text->len; i += 2) {
        c = little ? text->data[i] | (text->data[i + 1] << 8)
                   : text->data[i + 1] | (text->data[i] << 8);

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < text->len) {
            low = little ? text->data[i + 2] | (text->data[i + 3] << 8)
                         : text->data[i + 3] | (text->data[i + 2] << 8);

            /* what is no pair is one bad character all the same */

            i += 2;

            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            }
        }

        if (c >= 0xd800 && c < 0xe000) {
            c = 0xfffd;
        }

        ngx_rtalpha_cfg_charset_utf8(&out, c);
    }

    if (i < text->len) {
        ngx_rtalpha_cfg_charset_utf8(&out, 0xfffd);
    }

    return ngx_rtalpha_out_done(&out, text);
}


/* what is no UTF-8 becomes U+FFFD, one for each maximal bad part */

static ngx_int_t
ngx_rtalpha_cfg_charset_repair(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char             *p, *last, *start;
    size_t              len;
    uint32_t            c;
    ngx_rtalpha_out_t   out;

    if (ngx_rtalpha_cfg_path_utf8(text)) {
        return NGX_OK;
    }

    if (ngx_rtalpha_out_init(&out, pool, text->len + 16, text->len * 3 + 16)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = text->data;
    last = p + text->len;

    while (p < last) {
        start = p;
        len = ngx_rtalpha_cfg_path_char(p, last, &c);

        if (len) {
            ngx_rtalpha_out_bytes(&out, p, len);
            p += len;
            continue;
        }

        ngx_rtalpha_out_lit(&out, "\xef\xbf\xbd");

        /* the lead byte, and continuation bytes that could be of it */

        p = start + 1;

        while (p < last && p - start < 3 && (*p & 0xc0) == 0x80
               && *start >= 0xe0 && *start < 0xf5
               && !(*start == 0xe0 && p == start + 1 && *p < 0xa0)
               && !(*start == 0xed && p == start + 1 && *p > 0x9f)
               && !(*start == 0xf0 && p == start + 1 && *p < 0x90)
               && !(*start == 0xf4 && p == start + 1 && *p > 0x8f))
        {
            p++;

            if (*start < 0xf0 && p - start == 2) {
                break;
            }
        }
    }

    return ngx_rtalpha_out_done(&out, text);
}


ngx_int_t
ngx_rtalpha_cfg_charset_decode(ngx_pool_t *pool, ngx_uint_t charset,
    ngx_str_t *text)
{
    switch (charset) {

    case NGX_RTALPHA_CFG_CHARSET_LATIN1:
    case NGX_RTALPHA_CFG_CHARSET_ASCII:
        return ngx_rtalpha_cfg_charset_latin(pool, text,
                   charset == NGX_RTALPHA_CFG_CHARSET_ASCII);

    case NGX_RTALPHA_CFG_CHARSET_UTF16:
    case NGX_RTALPHA_CFG_CHARSET_UTF16BE:
    case NGX_RTALPHA_CFG_CHARSET_UTF16LE:
        return ngx_rtalpha_cfg_charset_utf16(pool, text,
                   charset == NGX_RTALPHA_CFG_CHARSET_UTF16,
                   charset == NGX_RTALPHA_CFG_CHARSET_UTF16LE);

    default:
        return ngx_rtalpha_cfg_charset_repair(pool, text);
    }
}


/* a number of two or four bytes */

static void
ngx_rtalpha_cfg_charset_unit(ngx_rtalpha_out_t *out, uint32_t c,
    ngx_uint_t size, ngx_uint_t little)
{
    ngx_uint_t  i;

    for (i = 0; i < size; i++) {
        ngx_rtalpha_out_char(out,
                             (u_char) (c >> 8 * (little ? i : size - 1 - i)));
    }
}


static void
ngx_rtalpha_cfg_charset_write(ngx_rtalpha_out_t *out, ngx_uint_t charset,
    uint32_t c)
{
    ngx_uint_t  little;

    switch (charset) {

    case NGX_RTALPHA_CFG_CHARSET_ASCII:
        ngx_rtalpha_out_char(out, c < 0x80 ? (u_char) c : '?');
        return;

    case NGX_RTALPHA_CFG_CHARSET_LATIN1:
        ngx_rtalpha_out_char(out, c < 0x100 ? (u_char) c : '?');
        return;

    case NGX_RTALPHA_CFG_CHARSET_UTF32:
    case NGX_RTALPHA_CFG_CHARSET_UTF32BE:
    case NGX_RTALPHA_CFG_CHARSET_UTF32LE:
        little = (charset == NGX_RTALPHA_CFG_CHARSET_UTF32LE);
        ngx_rtalpha_cfg_charset_unit(out, c, 4, little);
        return;
    }

    little = (charset == NGX_RTALPHA_CFG_CHARSET_UTF16LE);

    if (c >= 0x10000) {
        c -= 0x10000;
        ngx_rtalpha_cfg_charset_unit(out, 0xd800 + (c >> 10), 2, little);
        c = 0xdc00 + (c & 0x3ff);
    }

    ngx_rtalpha_cfg_charset_unit(out, c, 2, little);
}


ngx_int_t
ngx_rtalpha_cfg_charset_encode(ngx_pool_t *pool, ngx_uint_t charset,
    ngx_str_t *text)
{
    u_char             *p, *last;
    size_t              len;
    uint32_t            c;
    ngx_rtalpha_out_t   out;

    if (charset == NGX_RTALPHA_CFG_CHARSET_NONE
        || charset == NGX_RTALPHA_CFG_CHARSET_UTF8)
    {
        return NGX_OK;
    }

    if (ngx_rtalpha_out_init(&out, pool, text->len + 16, text->len * 4 + 16)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (charset == NGX_RTALPHA_CFG_CHARSET_UTF16 && text->len) {
        ngx_rtalpha_cfg_charset_unit(&out, 0xfeff, 2, 0);
    }

    last = text->data + text->len;

    for (p = text->data; p < last; p += len) {
        len = ngx_rtalpha_cfg_path_char(p, last, &c);

        if (len == 0) {
            len = 1;
            c = 0xfffd;
        }

        ngx_rtalpha_cfg_charset_write(&out, charset, c);
    }

    return ngx_rtalpha_out_done(&out, text);
}
