
/*
 * The bounded writer.  Memory is doubled until the limit; the old block
 * goes back to the pool where the pool can take it (large blocks).
 *
 * A failed writer has no room left (pos == end), so that the common path
 * of every verb is one comparison and the flag is looked at only where
 * memory runs out.
 */


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_OUT_MIN     128
#define NGX_RTALPHA_OUT_PRINTF  1024


static const u_char  ngx_rtalpha_out_digits[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";


ngx_int_t
ngx_rtalpha_out_init(ngx_rtalpha_out_t *out, ngx_pool_t *pool, size_t hint,
    size_t max)
{
    ngx_memzero(out, sizeof(ngx_rtalpha_out_t));

    out->pool = pool;
    out->max = max;

    if (hint == 0) {
        hint = NGX_RTALPHA_OUT_MIN;
    }

    if (hint > max) {
        hint = max;
    }

    if (hint == 0) {
        return NGX_OK;
    }

    out->start = ngx_pnalloc(pool, hint);
    if (out->start == NULL) {
        out->failed = 1;
        return NGX_ERROR;
    }

    out->pos = out->start;
    out->end = out->start + hint;

    return NGX_OK;
}


void
ngx_rtalpha_out_fail(ngx_rtalpha_out_t *out)
{
    out->failed = 1;
    out->pos = out->end;
}


ngx_int_t
ngx_rtalpha_out_reserve(ngx_rtalpha_out_t *out, size_t n)
{
    size_t   used, size;
    u_char  *p;

    if ((size_t) (out->end - out->pos) >= n && !out->failed) {
        return NGX_OK;
    }

    if (out->failed) {
        return NGX_ERROR;
    }

    used = out->pos - out->start;

    if (n > out->max - used) {
        goto failed;
    }

    size = out->end - out->start;
    size = (size > out->max / 2) ? out->max : size * 2;

    if (size < used + n) {
        size = used + n;
    }

    if (size < NGX_RTALPHA_OUT_MIN) {
        size = ngx_min(NGX_RTALPHA_OUT_MIN, out->max);
    }

    p = ngx_pnalloc(out->pool, size);
    if (p == NULL) {
        goto failed;
    }

    if (out->start) {
        ngx_memcpy(p, out->start, used);
        (void) ngx_pfree(out->pool, out->start);
    }

    out->start = p;
    out->pos = p + used;
    out->end = p + size;

    return NGX_OK;

failed:

    ngx_rtalpha_out_fail(out);

    return NGX_ERROR;
}


void
ngx_rtalpha_out_bytes(ngx_rtalpha_out_t *out, const u_char *data, size_t len)
{
    if (len == 0) {
        return;
    }

    if ((size_t) (out->end - out->pos) < len
        && ngx_rtalpha_out_reserve(out, len) != NGX_OK)
    {
        return;
    }

    out->pos = ngx_cpymem(out->pos, data, len);
}


void
ngx_rtalpha_out_str(ngx_rtalpha_out_t *out, const ngx_str_t *s)
{
    ngx_rtalpha_out_bytes(out, s->data, s->len);
}


void
ngx_rtalpha_out_char(ngx_rtalpha_out_t *out, u_char c)
{
    if (out->pos == out->end && ngx_rtalpha_out_reserve(out, 1) != NGX_OK) {
        return;
    }

    *out->pos++ = c;
}


void
ngx_rtalpha_out_int(ngx_rtalpha_out_t *out, int64_t n)
{
    u_char    *p, buf[NGX_INT64_LEN];
    uint64_t   u;

    p = buf + NGX_INT64_LEN;
    u = (n < 0) ? - (uint64_t) n : (uint64_t) n;

    while (u >= 100) {
        p -= 2;
        ngx_memcpy(p, &ngx_rtalpha_out_digits[(u % 100) * 2], 2);
        u /= 100;
    }

    if (u >= 10) {
        p -= 2;
        ngx_memcpy(p, &ngx_rtalpha_out_digits[u * 2], 2);

    } else {
        *--p = (u_char) ('0' + u);
    }

    if (n < 0) {
        *--p = '-';
    }

    ngx_rtalpha_out_bytes(out, p, buf + NGX_INT64_LEN - p);
}


void
ngx_rtalpha_out_printf(ngx_rtalpha_out_t *out, const char *fmt, ...)
{
    u_char   *p, buf[NGX_RTALPHA_OUT_PRINTF + 1];
    va_list   args;

    va_start(args, fmt);
    p = ngx_vslprintf(buf, buf + sizeof(buf), fmt, args);
    va_end(args);

    if (p == buf + sizeof(buf)) {
        ngx_rtalpha_out_fail(out);
        return;
    }

    ngx_rtalpha_out_bytes(out, buf, p - buf);
}


ngx_int_t
ngx_rtalpha_out_done(ngx_rtalpha_out_t *out, ngx_str_t *result)
{
    if (out->failed) {
        ngx_str_null(result);
        return NGX_ERROR;
    }

    result->data = out->start;
    result->len = out->pos - out->start;

    return NGX_OK;
}


void
ngx_rtalpha_out_reset(ngx_rtalpha_out_t *out)
{
    out->failed = 0;
    out->pos = out->start;
}
