
/*
 * A growing, bounded writer of bytes in a pool.
 *
 * Nobody computes a size beforehand; a writer that reaches its limit or
 * finds no memory fails, stays failed and ignores what follows, so that a
 * renderer checks once, at the end, with ngx_rtalpha_out_done().
 */


#ifndef _NGX_RTALPHA_OUT_H_INCLUDED_
#define _NGX_RTALPHA_OUT_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct {
    ngx_pool_t  *pool;
    u_char      *start;
    u_char      *pos;           /* next byte goes here */
    u_char      *end;           /* end of the memory in hand */
    size_t       max;           /* limit in bytes */
    unsigned     failed:1;
} ngx_rtalpha_out_t;


/* hint: bytes to begin with; max: limit in bytes.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_rtalpha_out_init(ngx_rtalpha_out_t *out, ngx_pool_t *pool,
    size_t hint, size_t max);

/* makes room for n more bytes; NGX_ERROR sets out->failed */
ngx_int_t ngx_rtalpha_out_reserve(ngx_rtalpha_out_t *out, size_t n);

void ngx_rtalpha_out_bytes(ngx_rtalpha_out_t *out, const u_char *data,
    size_t len);
void ngx_rtalpha_out_str(ngx_rtalpha_out_t *out, const ngx_str_t *s);
void ngx_rtalpha_out_char(ngx_rtalpha_out_t *out, u_char c);
void ngx_rtalpha_out_int(ngx_rtalpha_out_t *out, int64_t n);

/* ngx_sprintf() formats; more than 1024 bytes of output a call fail */
void ngx_rtalpha_out_printf(ngx_rtalpha_out_t *out, const char *fmt, ...);

#define ngx_rtalpha_out_lit(out, s)                                           \
    ngx_rtalpha_out_bytes(out, ngx_rtalpha_lit(s))

/* gives up: for a renderer that finds that it cannot go on */
void ngx_rtalpha_out_fail(ngx_rtalpha_out_t *out);

/* what has been written; NGX_ERROR if anything failed on the way */
ngx_int_t ngx_rtalpha_out_done(ngx_rtalpha_out_t *out, ngx_str_t *result);

/* the same writer again for other bytes; keeps its memory */
void ngx_rtalpha_out_reset(ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_OUT_H_INCLUDED_ */
