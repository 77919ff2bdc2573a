
/*
 * Is what an instance sent an answer at all?  nginx's proxy is lenient with
 * servers that it is meant to trust; a gateway passes answers of many on,
 * over connections that are used again, and both sides must agree where an
 * answer ends.
 */


#ifndef _NGX_RTALPHA_GW_VERIFY_H_INCLUDED_
#define _NGX_RTALPHA_GW_VERIFY_H_INCLUDED_


#include "ngx_rtalpha.h"


/*
 * The head of a final answer, or of one with status 101.  upgrade: the
 * instance was asked for a WebSocket.  NULL, or what is wrong with it:
 *
 *   a status outside 200 to 599 (RFC 9110, 15); 101 that was not asked for,
 *   or to another protocol (7.8); a Content-Length that is no number, twice,
 *   or beside Transfer-Encoding, a transfer coding other than "chunked"
 *   (RFC 9112, 6.3).
 */
const char *ngx_rtalpha_gw_verify_head(ngx_uint_t status,
    const ngx_list_part_t *part, ngx_uint_t upgrade);

/* the beginning of a chunked body, as much as there is; 0: it is none */
ngx_uint_t ngx_rtalpha_gw_verify_chunks(const u_char *p, const u_char *last);


#endif /* _NGX_RTALPHA_GW_VERIFY_H_INCLUDED_ */
