
/*
 * Who asked, as trusted proxies tell it, and the fields that tell it to the
 * services in the manner of Spring Cloud Gateway: X-Forwarded-* and
 * Forwarded (RFC 7239), each part by a key of its own.
 */


#ifndef _NGX_RTALPHA_GW_FORWARDING_H_INCLUDED_
#define _NGX_RTALPHA_GW_FORWARDING_H_INCLUDED_


#include "ngx_rtalpha_gw_headers.h"
#include "ngx_rtalpha_gw_regex.h"


typedef struct {
    ngx_rtalpha_gw_regex_t   *trusted;      /* addresses; NULL: any */
    unsigned                  x:1;          /* X-Forwarded-* at all */
    unsigned                  enabled:5;    /* bit by mark, XFF first */
    unsigned                  append:5;
    unsigned                  forwarded:1;
    unsigned                  by:1;
} ngx_rtalpha_gw_forwarding_t;


typedef struct {
    ngx_str_t                 addr;
    ngx_str_t                 scheme;
    ngx_str_t                 host;         /* without its port */
    ngx_str_t                 port;
    unsigned                  known:1;      /* the peer is trusted */
    unsigned                  trusted:1;    /* addr may be told */
} ngx_rtalpha_gw_origin_t;


/*
 * What the request's fields say, if the peer is trusted; else the peer.
 * Forwarded counts alone where it is there.  The address is the rightmost
 * that is not trusted, else the leftmost.
 */
void ngx_rtalpha_gw_origin_read(const ngx_rtalpha_gw_forwarding_t *f,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_client_t *client,
    ngx_uint_t trusted, ngx_rtalpha_gw_origin_t *origin);

/*
 * Adds the fields to headers, from which sift() has held back those that
 * came (they are in part).  before, after: the path as it came and as it is
 * sent.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_gw_forwarding_write(
    const ngx_rtalpha_gw_forwarding_t *f, ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_client_t *client,
    const ngx_rtalpha_gw_origin_t *origin, const ngx_str_t *before,
    const ngx_str_t *after);


#endif /* _NGX_RTALPHA_GW_FORWARDING_H_INCLUDED_ */
