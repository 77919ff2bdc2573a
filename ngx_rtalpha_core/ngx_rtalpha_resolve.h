
/*
 * Host names of instances into addresses, without ever blocking: literal
 * addresses at once, names from a table of this process that the background
 * thread fills with getaddrinfo() and refreshes.
 */


#ifndef _NGX_RTALPHA_RESOLVE_H_INCLUDED_
#define _NGX_RTALPHA_RESOLVE_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/*
 * NGX_OK with the address (the first one, IPv4 before IPv6) and its text
 * "ip:port", from pool; NGX_AGAIN: being looked up, or unknown;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_resolve(ngx_pool_t *pool, const ngx_str_t *host,
    in_port_t port, struct sockaddr **sockaddr, socklen_t *socklen,
    ngx_str_t *addr);

/* is it an IPv4 or IPv6 address, which never changes */
ngx_uint_t ngx_rtalpha_resolve_is_literal(const ngx_str_t *host);

/* moves whenever an answer of ngx_rtalpha_resolve() may have changed */
ngx_uint_t ngx_rtalpha_resolve_number(void);


#endif /* _NGX_RTALPHA_RESOLVE_H_INCLUDED_ */
