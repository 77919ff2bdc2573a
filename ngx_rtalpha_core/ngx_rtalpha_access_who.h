
/*
 * Who sends a request: a user by HTTP Basic, the subject of a client
 * certificate.  What they may do: ngx_rtalpha_access.h.
 */


#ifndef _NGX_RTALPHA_ACCESS_WHO_H_INCLUDED_
#define _NGX_RTALPHA_ACCESS_WHO_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_access.h"


/*
 * users: of ngx_rtalpha_access_user_t.  The subject is $ssl_client_s_dn of a
 * certificate that nginx has verified (ssl_verify_client).  Strings are good
 * until the request ends.  NGX_OK, also for the anonymous; NGX_DECLINED:
 * HTTP Basic with credentials that are wrong; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_access_who(ngx_http_request_t *r,
    const ngx_array_t *users, ngx_rtalpha_access_who_t *who);

/* 401 with an empty body, asking for HTTP Basic as Spring Security does */
ngx_int_t ngx_rtalpha_access_challenge(ngx_http_request_t *r);


#endif /* _NGX_RTALPHA_ACCESS_WHO_H_INCLUDED_ */
