
/*
 * Nearly every path needs no decoding: one loop cuts it, hashing on the way,
 * and segments point into the request line.  The first byte out of the
 * ordinary ("%", ";", "\", a dot after a slash) leaves for the second way,
 * which decodes each segment into memory of its own and, where it must,
 * writes the path anew.
 */


#include "ngx_rtalpha_gw_path.h"


typedef struct {
    ngx_pool_t              *pool;
    ngx_rtalpha_gw_path_t   *path;
    ngx_uint_t               matrix;
    u_char                  *to;        /* decoded bytes go here */
    unsigned                 dots:1;
    unsigned                 cut:1;     /* matrix parameters were removed */
} ngx_rtalpha_gw_path_ctx_t;


static ngx_int_t ngx_rtalpha_gw_path_plain(ngx_rtalpha_gw_path_t *path,
    const ngx_str_t *text, u_char separator, ngx_uint_t special);
static ngx_int_t ngx_rtalpha_gw_path_slow(ngx_pool_t *pool,
    ngx_rtalpha_gw_path_t *path, const ngx_str_t *raw, ngx_uint_t matrix);
static ngx_int_t ngx_rtalpha_gw_path_room(ngx_pool_t *pool,
    ngx_rtalpha_gw_path_t *path, const ngx_str_t *text, u_char separator);
static ngx_int_t ngx_rtalpha_gw_path_segment(ngx_rtalpha_gw_path_ctx_t *ctx,
    u_char *start, u_char *end, ngx_uint_t last);
static ngx_int_t ngx_rtalpha_gw_path_text(ngx_rtalpha_gw_path_ctx_t *ctx,
    ngx_rtalpha_gw_seg_t *seg, u_char *p, u_char *end);
static ngx_uint_t ngx_rtalpha_gw_path_hidden(u_char *p, u_char *end);
static ngx_uint_t ngx_rtalpha_gw_path_dots(u_char *p, size_t len);
static ngx_int_t ngx_rtalpha_gw_path_rewrite(ngx_rtalpha_gw_path_ctx_t *ctx,
    u_char *base);
static ngx_int_t ngx_rtalpha_gw_path_hex(u_char ch);


/* bytes that need a second look: NUL, "%", ".", ";", "\" */

static const uint32_t  ngx_rtalpha_gw_path_odd[8] = {
    0x00000001, 0x08004020, 0x10000000, 0, 0, 0, 0, 0
};

static const uint32_t  ngx_rtalpha_gw_path_even[8];


uint32_t
ngx_rtalpha_gw_path_hash(const u_char *text, size_t len)
{
    size_t    i;
    uint32_t  hash;

    hash = 0;

    for (i = 0; i < len; i++) {
        hash = hash * 31 + text[i];
    }

    return hash;
}


ngx_int_t
ngx_rtalpha_gw_path_parse(ngx_pool_t *pool, ngx_rtalpha_gw_path_t *path,
    const ngx_str_t *raw, ngx_uint_t matrix)
{
    if (raw->len == 0 || raw->data[0] != '/' || raw->len > NGX_MAX_INT32_VALUE)
    {
        return NGX_DECLINED;
    }

    path->segs = path->room;

    if (ngx_rtalpha_gw_path_plain(path, raw, '/', 1) == NGX_OK) {
        return NGX_OK;
    }

    return ngx_rtalpha_gw_path_slow(pool, path, raw, matrix);
}


ngx_int_t
ngx_rtalpha_gw_path_split(ngx_pool_t *pool, ngx_rtalpha_gw_path_t *path,
    const ngx_str_t *text, u_char separator)
{
    path->segs = path->room;

    if (ngx_rtalpha_gw_path_plain(path, text, separator, 0) == NGX_OK) {
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_path_room(pool, path, text, separator) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_path_plain(path, text, separator, 0);
}


/*
 * NGX_DECLINED: there is something special, or the segments do not fit.
 * The room is known by path->segs being path->room.
 */

static ngx_int_t
ngx_rtalpha_gw_path_plain(ngx_rtalpha_gw_path_t *path, const ngx_str_t *text,
    u_char separator, ngx_uint_t special)
{
    u_char                *p, *start, *last, ch;
    uint32_t               hash;
    ngx_uint_t             n, max;
    const uint32_t        *odd;
    ngx_rtalpha_gw_seg_t  *seg;

    odd = special ? ngx_rtalpha_gw_path_odd : ngx_rtalpha_gw_path_even;
    max = (path->segs == path->room) ? NGX_RTALPHA_GW_PATH_SEGS
                                     : NGX_MAX_INT32_VALUE;
    p = text->data;
    last = p + text->len;
    n = 0;
    hash = 0;

    path->raw = *text;
    path->holes = 0;
    path->lead = (p < last && *p == separator);

    if (path->lead) {
        p++;
    }

    for (start = p; p < last; p++) {
        ch = *p;

        if (ch != separator) {

            if (odd[ch >> 5] & (1U << (ch & 0x1f))
                && (ch != '.' || p == start))
            {
                return NGX_DECLINED;
            }

            hash = hash * 31 + ch;
            continue;
        }

        if (n == max) {
            return NGX_DECLINED;
        }

        seg = &path->segs[n++];
        seg->text = start;
        seg->len = p - start;
        seg->hash = hash;
        seg->end = p - text->data;
        seg->start = seg->end - seg->len - (n > 1 || path->lead);

        path->holes |= (p == start);
        start = p + 1;
        hash = 0;
    }

    path->slash = (start == last && text->len != 0);

    if (start != last) {

        if (n == max) {
            return NGX_DECLINED;
        }

        seg = &path->segs[n++];
        seg->text = start;
        seg->len = last - start;
        seg->hash = hash;
        seg->end = text->len;
        seg->start = seg->end - seg->len - (n > 1 || path->lead);
    }

    path->n = n;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_path_room(ngx_pool_t *pool, ngx_rtalpha_gw_path_t *path,
    const ngx_str_t *text, u_char separator)
{
    size_t      i;
    ngx_uint_t  n;

    n = 1;

    for (i = 0; i < text->len; i++) {
        n += (text->data[i] == separator);
    }

    if (n <= NGX_RTALPHA_GW_PATH_SEGS) {
        path->segs = path->room;
        return NGX_OK;
    }

    path->segs = ngx_palloc(pool, n * sizeof(ngx_rtalpha_gw_seg_t));

    return path->segs ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_gw_path_slow(ngx_pool_t *pool, ngx_rtalpha_gw_path_t *path,
    const ngx_str_t *raw, ngx_uint_t matrix)
{
    u_char                     *p, *start, *last;
    ngx_int_t                   rc;
    ngx_rtalpha_gw_path_ctx_t   ctx;

    if (ngx_rtalpha_gw_path_room(pool, path, raw, '/') != NGX_OK) {
        return NGX_ERROR;
    }

    ctx.pool = pool;
    ctx.path = path;
    ctx.matrix = matrix;
    ctx.dots = 0;
    ctx.cut = 0;
    ctx.to = ngx_pnalloc(pool, raw->len);

    if (ctx.to == NULL) {
        return NGX_ERROR;
    }

    path->raw = *raw;
    path->n = 0;
    path->lead = 1;
    path->slash = 0;
    path->holes = 0;

    last = raw->data + raw->len;

    for (start = raw->data + 1; start <= last; start = p + 1) {

        for (p = start; p < last && *p != '/'; p++) { /* void */ }

        rc = ngx_rtalpha_gw_path_segment(&ctx, start, p, p == last);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ctx.dots || ctx.cut) {
        return ngx_rtalpha_gw_path_rewrite(&ctx, raw->data);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_path_segment(ngx_rtalpha_gw_path_ctx_t *ctx, u_char *start,
    u_char *end, ngx_uint_t last)
{
    u_char                 *p;
    ngx_uint_t              dots;
    ngx_rtalpha_gw_seg_t   *seg;
    ngx_rtalpha_gw_path_t  *path;

    path = ctx->path;

    if (start == end && last) {
        path->slash = 1;
        return NGX_OK;
    }

    for (p = start; p < end && *p != ';'; p++) { /* void */ }

    seg = &path->segs[path->n];
    seg->start = start - 1 - path->raw.data;
    seg->end = end - path->raw.data;

    if (ngx_rtalpha_gw_path_text(ctx, seg, start, p) != NGX_OK) {
        return NGX_DECLINED;
    }

    dots = ngx_rtalpha_gw_path_dots(seg->text, seg->len);

    if (dots) {
        ctx->dots = 1;
        path->slash = last;

        if (dots == 1) {
            return NGX_OK;
        }

        /* as nginx does: empty segments are no place to go back to */

        while (path->n && path->segs[path->n - 1].len == 0) {
            path->n--;
        }

        if (path->n == 0) {
            return NGX_DECLINED;
        }

        path->n--;

        return NGX_OK;
    }

    if (p != end) {

        if (ctx->matrix == NGX_RTALPHA_GW_MATRIX_REMOVE) {
            seg->end = p - path->raw.data;
            ctx->cut = 1;

        } else if (ctx->matrix == NGX_RTALPHA_GW_MATRIX_TEXT) {

            ctx->to = seg->text;

            if (ngx_rtalpha_gw_path_text(ctx, seg, start, end) != NGX_OK) {
                return NGX_DECLINED;
            }

        } else if (ngx_strlchr(p, end, '\\') != NULL) {
            return NGX_DECLINED;
        }
    }

    seg->hash = ngx_rtalpha_gw_path_hash(seg->text, seg->len);
    path->holes |= (seg->len == 0);
    path->n++;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_path_text(ngx_rtalpha_gw_path_ctx_t *ctx,
    ngx_rtalpha_gw_seg_t *seg, u_char *p, u_char *end)
{
    u_char      *d, ch;
    ngx_int_t    hi, lo;
    ngx_uint_t   slash;

    slash = 0;
    d = ctx->to;
    seg->text = d;

    for ( /* void */ ; p < end; p++) {
        ch = *p;

        if (ch == '%') {

            if (end - p < 3) {
                return NGX_DECLINED;
            }

            hi = ngx_rtalpha_gw_path_hex(p[1]);
            lo = ngx_rtalpha_gw_path_hex(p[2]);

            if (hi < 0 || lo < 0) {
                return NGX_DECLINED;
            }

            ch = (u_char) (hi * 16 + lo);
            p += 2;

            if (ch == '/') {
                *d++ = '\0';
                slash = 1;
                continue;
            }
        }

        if (ch == '\0' || ch == '\\') {
            return NGX_DECLINED;
        }

        *d++ = ch;
    }

    seg->len = d - seg->text;
    ctx->to = d;

    if (slash && ngx_rtalpha_gw_path_hidden(seg->text, d)) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* would a server that decodes the slash see a dot segment */

static ngx_uint_t
ngx_rtalpha_gw_path_hidden(u_char *p, u_char *end)
{
    u_char  *start;

    for (start = p; p <= end; p++) {

        if (p < end && *p != '\0') {
            continue;
        }

        if (ngx_rtalpha_gw_path_dots(start, p - start)) {
            return 1;
        }

        start = p + 1;
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_gw_path_dots(u_char *p, size_t len)
{
    if (len == 1 && p[0] == '.') {
        return 1;
    }

    return (len == 2 && p[0] == '.' && p[1] == '.') ? 2 : 0;
}


/* the path again, of the segments that are left */

static ngx_int_t
ngx_rtalpha_gw_path_rewrite(ngx_rtalpha_gw_path_ctx_t *ctx, u_char *base)
{
    u_char                 *d, *start;
    size_t                  len;
    ngx_uint_t              i, n;
    ngx_rtalpha_gw_seg_t   *seg;
    ngx_rtalpha_gw_path_t  *path;

    path = ctx->path;

    start = ngx_pnalloc(ctx->pool, path->raw.len + 1);
    if (start == NULL) {
        return NGX_ERROR;
    }

    d = start;
    n = 0;
    path->holes = 0;

    for (i = 0; i < path->n; i++) {

        if (path->segs[i].len == 0 && ctx->dots) {
            continue;
        }

        seg = &path->segs[n++];
        *seg = path->segs[i];
        len = seg->end - seg->start;
        d = ngx_cpymem(d, base + seg->start, len);
        seg->end = d - start;
        seg->start = seg->end - len;
        path->holes |= (seg->len == 0);
    }

    path->n = n;
    path->slash |= (n == 0);

    if (path->slash) {
        *d++ = '/';
    }

    path->raw.data = start;
    path->raw.len = d - start;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_path_hex(u_char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch |= 0x20;

    return (ch >= 'a' && ch <= 'f') ? ch - 'a' + 10 : -1;
}


ngx_int_t
ngx_rtalpha_gw_path_compact(ngx_pool_t *pool, ngx_rtalpha_gw_path_t *dst,
    const ngx_rtalpha_gw_path_t *src)
{
    ngx_uint_t  i;

    dst->segs = dst->room;

    if (src->n > NGX_RTALPHA_GW_PATH_SEGS) {
        dst->segs = ngx_palloc(pool, src->n * sizeof(ngx_rtalpha_gw_seg_t));
        if (dst->segs == NULL) {
            return NGX_ERROR;
        }
    }

    dst->raw = src->raw;
    dst->lead = src->lead;
    dst->slash = src->slash;
    dst->holes = 0;
    dst->n = 0;

    for (i = 0; i < src->n; i++) {
        if (src->segs[i].len) {
            dst->segs[dst->n++] = src->segs[i];
        }
    }

    return NGX_OK;
}


void
ngx_rtalpha_gw_path_shift(ngx_rtalpha_gw_path_t *dst,
    const ngx_rtalpha_gw_path_t *src)
{
    dst->raw = src->raw;
    dst->segs = src->segs + 1;
    dst->n = src->n - 1;
    dst->lead = src->lead;
    dst->slash = (src->slash || dst->n == 0);
    dst->holes = src->holes;
}


size_t
ngx_rtalpha_gw_path_decode(u_char *dst, const u_char *src, size_t len,
    ngx_uint_t plus)
{
    u_char     *d;
    size_t      i;
    ngx_int_t   hi, lo;

    d = dst;

    for (i = 0; i < len; i++) {

        if (src[i] == '%' && len - i >= 3) {
            hi = ngx_rtalpha_gw_path_hex(src[i + 1]);
            lo = ngx_rtalpha_gw_path_hex(src[i + 2]);

            if (hi >= 0 && lo >= 0) {
                *d++ = (u_char) (hi * 16 + lo);
                i += 2;
                continue;
            }
        }

        *d++ = (plus && src[i] == '+') ? ' ' : src[i];
    }

    return d - dst;
}


void
ngx_rtalpha_gw_path_merge(ngx_str_t *path)
{
    u_char  *p, *d, *last;

    p = path->data;
    d = p;
    last = p + path->len;

    for ( /* void */ ; p < last && *p != '?'; p++) {
        if (*p != '/' || d == path->data || d[-1] != '/') {
            *d++ = *p;
        }
    }

    while (p < last) {
        *d++ = *p++;
    }

    path->len = d - path->data;
}
