
/*
 * A request's path (or host) cut into the parts that patterns are compared
 * with: decoded and normalised for matching, while the bytes that may be
 * forwarded stay as they were sent.
 *
 * Rules: an encoded slash is no separator and is a NUL byte in decoded text
 * (which cannot be there otherwise); NUL, a backslash, an invalid
 * percent-encoding and dot segments that leave the root are refused, raw or
 * encoded, as are dot segments hidden behind an encoded slash.  A path with
 * dot segments (RFC 3986, 5.2.4; also encoded, also with matrix parameters)
 * is replaced by its normal form; any other keeps its bytes.
 */


#ifndef _NGX_RTALPHA_GW_PATH_H_INCLUDED_
#define _NGX_RTALPHA_GW_PATH_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_GW_PATH_SEGS  8     /* without an allocation */


/* what ";name=value" in a segment means */
typedef enum {
    NGX_RTALPHA_GW_MATRIX_IGNORE = 0,   /* not matched, forwarded */
    NGX_RTALPHA_GW_MATRIX_REMOVE,       /* neither */
    NGX_RTALPHA_GW_MATRIX_TEXT          /* part of the segment */
} ngx_rtalpha_gw_matrix_e;


typedef struct {
    u_char      *text;          /* decoded */
    uint32_t     len;
    uint32_t     hash;          /* ngx_rtalpha_gw_path_hash() of text */
    uint32_t     start;         /* in raw: the slash before the segment */
    uint32_t     end;           /* in raw: the byte behind it */
} ngx_rtalpha_gw_seg_t;


typedef struct {
    ngx_str_t               raw;        /* may be forwarded */
    ngx_rtalpha_gw_seg_t   *segs;
    ngx_uint_t              n;
    unsigned                lead:1;     /* begins with the separator */
    unsigned                slash:1;    /* ends with it */
    unsigned                holes:1;    /* there are empty segments */
    ngx_rtalpha_gw_seg_t    room[NGX_RTALPHA_GW_PATH_SEGS];
} ngx_rtalpha_gw_path_t;


/*
 * raw: the path of the request line, without the query, beginning with "/".
 * NGX_OK; NGX_DECLINED: answer 400; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_gw_path_parse(ngx_pool_t *pool,
    ngx_rtalpha_gw_path_t *path, const ngx_str_t *raw, ngx_uint_t matrix);

/* the same cut for text that needs no decoding, such as a host */
ngx_int_t ngx_rtalpha_gw_path_split(ngx_pool_t *pool,
    ngx_rtalpha_gw_path_t *path, const ngx_str_t *text, u_char separator);

/* dst is src without its empty segments */
ngx_int_t ngx_rtalpha_gw_path_compact(ngx_pool_t *pool,
    ngx_rtalpha_gw_path_t *dst, const ngx_rtalpha_gw_path_t *src);

/* dst is src without its first segment */
void ngx_rtalpha_gw_path_shift(ngx_rtalpha_gw_path_t *dst,
    const ngx_rtalpha_gw_path_t *src);

uint32_t ngx_rtalpha_gw_path_hash(const u_char *text, size_t len);

/* slashes in a row, up to a "?", become one, in place */
void ngx_rtalpha_gw_path_merge(ngx_str_t *path);

/*
 * Percent-decoding into dst, which has room for len bytes; plus: "+" is a
 * blank (forms, queries).  An invalid encoding stays as it is.  Gives the
 * length.
 */
size_t ngx_rtalpha_gw_path_decode(u_char *dst, const u_char *src, size_t len,
    ngx_uint_t plus);


#endif /* _NGX_RTALPHA_GW_PATH_H_INCLUDED_ */
