
/*
 * The request header Prefer (RFC 7240): how long a client would wait.
 */


#ifndef _NGX_RTALPHA_PREFER_H_INCLUDED_
#define _NGX_RTALPHA_PREFER_H_INCLUDED_


#include "ngx_rtalpha.h"


/*
 * Seconds of the preference "wait" in a header's value, the first one if it
 * is there more than once; 0: none, or no number above 0.  At most max.
 */
ngx_uint_t ngx_rtalpha_prefer_wait(const ngx_str_t *value, ngx_uint_t max);


#endif /* _NGX_RTALPHA_PREFER_H_INCLUDED_ */
