
/*
 * gzip in pieces (RFC 1952): every part is deflated on its own and closed by
 * a full flush, so that parts can be put one after another in any order, and
 * the check sums are combined.  Pure.
 */


#ifndef _NGX_RTALPHA_REG_GZIP_H_INCLUDED_
#define _NGX_RTALPHA_REG_GZIP_H_INCLUDED_


#include "ngx_rtalpha_out.h"


typedef struct ngx_rtalpha_reg_gzip_s  ngx_rtalpha_reg_gzip_t;


/* NULL: no memory */
ngx_rtalpha_reg_gzip_t *ngx_rtalpha_reg_gzip_create(ngx_pool_t *pool);
void ngx_rtalpha_reg_gzip_destroy(ngx_rtalpha_reg_gzip_t *gz);

/* a part, with the head of the stream before it if it is the first one */
ngx_int_t ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_gzip_t *gz,
    const ngx_str_t *text, ngx_uint_t first, ngx_rtalpha_out_t *out,
    uint32_t *crc);

/*
 * The last part and the trailer; crc and length are those of all text
 * before it.
 */
ngx_int_t ngx_rtalpha_reg_gzip_last(ngx_rtalpha_reg_gzip_t *gz,
    const ngx_str_t *text, uint32_t crc, size_t length,
    ngx_rtalpha_out_t *out);

/* check sum of a part after another; len is the second part's */
uint32_t ngx_rtalpha_reg_gzip_combine(uint32_t crc, uint32_t next,
    size_t len);


#endif /* _NGX_RTALPHA_REG_GZIP_H_INCLUDED_ */
