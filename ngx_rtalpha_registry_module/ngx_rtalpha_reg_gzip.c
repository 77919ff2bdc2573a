
/*
 * Deflating in parts; see the header.
 */


#include "ngx_rtalpha_reg_gzip.h"

#include <zlib.h>


/* fast, and 1.5 times the size of the best: it is done once a change */
#define NGX_RTALPHA_REG_GZIP_LEVEL  4


struct ngx_rtalpha_reg_gzip_s {
    z_stream    z;
};


static ngx_int_t ngx_rtalpha_reg_gzip_run(ngx_rtalpha_reg_gzip_t *gz,
    const ngx_str_t *text, int flush, ngx_rtalpha_out_t *out);


ngx_rtalpha_reg_gzip_t *
ngx_rtalpha_reg_gzip_create(ngx_pool_t *pool)
{
    ngx_rtalpha_reg_gzip_t  *gz;

    gz = ngx_pcalloc(pool, sizeof(ngx_rtalpha_reg_gzip_t));
    if (gz == NULL) {
        return NULL;
    }

    if (deflateInit2(&gz->z, NGX_RTALPHA_REG_GZIP_LEVEL, Z_DEFLATED,
                     -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY)
        != Z_OK)
    {
        return NULL;
    }

    return gz;
}


void
ngx_rtalpha_reg_gzip_destroy(ngx_rtalpha_reg_gzip_t *gz)
{
    deflateEnd(&gz->z);
}


static ngx_int_t
ngx_rtalpha_reg_gzip_run(ngx_rtalpha_reg_gzip_t *gz, const ngx_str_t *text,
    int flush, ngx_rtalpha_out_t *out)
{
    int     rc;
    size_t  room;

    if (deflateReset(&gz->z) != Z_OK) {
        return NGX_ERROR;
    }

    gz->z.next_in = text->data;
    gz->z.avail_in = (uInt) text->len;

    for ( ;; ) {

        room = ngx_max(gz->z.avail_in / 4, 256);

        if (ngx_rtalpha_out_reserve(out, room) != NGX_OK) {
            return NGX_ERROR;
        }

        room = out->end - out->pos;

        gz->z.next_out = out->pos;
        gz->z.avail_out = (uInt) room;

        rc = deflate(&gz->z, flush);

        out->pos = gz->z.next_out;

        if (rc == Z_STREAM_END) {
            return NGX_OK;
        }

        if (rc != Z_OK && rc != Z_BUF_ERROR) {
            return NGX_ERROR;
        }

        if (flush == Z_FULL_FLUSH && gz->z.avail_in == 0
            && gz->z.avail_out > 0)
        {
            return NGX_OK;
        }
    }
}


ngx_int_t
ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_gzip_t *gz, const ngx_str_t *text,
    ngx_uint_t first, ngx_rtalpha_out_t *out, uint32_t *crc)
{
    static u_char  head[10] = {
        0x1f, 0x8b, Z_DEFLATED, 0, 0, 0, 0, 0, 0, 3
    };

    if (first) {
        ngx_rtalpha_out_bytes(out, head, sizeof(head));
    }

    *crc = (uint32_t) crc32(0, text->data, (uInt) text->len);

    return ngx_rtalpha_reg_gzip_run(gz, text, Z_FULL_FLUSH, out);
}


ngx_int_t
ngx_rtalpha_reg_gzip_last(ngx_rtalpha_reg_gzip_t *gz, const ngx_str_t *text,
    uint32_t crc, size_t length, ngx_rtalpha_out_t *out)
{
    uint32_t    sum;
    u_char      tail[8];
    ngx_uint_t  i;

    if (ngx_rtalpha_reg_gzip_run(gz, text, Z_FINISH, out) != NGX_OK) {
        return NGX_ERROR;
    }

    sum = (uint32_t) crc32(0, text->data, (uInt) text->len);
    sum = ngx_rtalpha_reg_gzip_combine(crc, sum, text->len);
    length += text->len;

    for (i = 0; i < 4; i++) {
        tail[i] = (u_char) (sum >> (8 * i));
        tail[i + 4] = (u_char) (length >> (8 * i));
    }

    ngx_rtalpha_out_bytes(out, tail, sizeof(tail));

    return NGX_OK;
}


uint32_t
ngx_rtalpha_reg_gzip_combine(uint32_t crc, uint32_t next, size_t len)
{
    return (uint32_t) crc32_combine(crc, next, (z_off_t) len);
}
