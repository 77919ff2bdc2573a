
/*
 * A mirror of another registry, for nodes that only read: gateways.  The
 * list is fetched from the first of the URLs that answers; what differs is
 * taken over, what is gone is removed.  A registry that lost its clients
 * does not empty it.
 */


#ifndef _NGX_RTALPHA_REG_MIRROR_H_INCLUDED_
#define _NGX_RTALPHA_REG_MIRROR_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* leadership of the zone */
void ngx_rtalpha_reg_mirror_lead(ngx_uint_t leading);


#endif /* _NGX_RTALPHA_REG_MIRROR_H_INCLUDED_ */
