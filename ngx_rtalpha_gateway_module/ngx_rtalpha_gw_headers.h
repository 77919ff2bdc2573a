
/*
 * The header list that goes to an instance: the client's without what must
 * not pass, and with the forwarding fields that the tree asks for.
 *
 * nginx's proxy copies the request's list as it stands, so the list is built
 * once and handed over, instead of being described by directives that are
 * evaluated for every request.
 */


#ifndef _NGX_RTALPHA_GW_HEADERS_H_INCLUDED_
#define _NGX_RTALPHA_GW_HEADERS_H_INCLUDED_


#include "ngx_rtalpha_out.h"
#include "ngx_rtalpha_gw_names.h"


typedef struct {
    ngx_pool_t              *pool;
    ngx_table_elt_t         *elts;
    ngx_uint_t               n;
    ngx_uint_t               max;

    u_char                  *room;      /* memory for values, if it does */
    size_t                   nroom;

    /* first of each marked name that came in, by mark; NULL: none */
    ngx_table_elt_t         *marked[NGX_RTALPHA_GW_NAME_LAST];
} ngx_rtalpha_gw_headers_t;


/* the client and what it asked for, as the gateway sees it */
typedef struct {
    ngx_str_t                scheme;    /* "http" or "https" */
    ngx_str_t                addr;      /* of the peer */
    ngx_str_t                host;      /* Host as sent; may be empty */
    ngx_str_t                server;    /* address of the listening socket,
                                           for clients without Host */
    ngx_str_t                local;     /* "address:port" of the socket */
    in_port_t                client_port;
} ngx_rtalpha_gw_client_t;


/*
 * May all lines pass as they are (those that nginx leaves out by itself not
 * counted)?  Then headers is as after sift(), but without a copy.
 */
ngx_uint_t ngx_rtalpha_gw_headers_clean(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_names_t *names);

/*
 * Copies the lines of part that may pass.  Forwarding fields are held back
 * (see marked) and are passed on with headers_pass(); fields named in
 * Connection are dropped.  trusted: else inbound forwarding fields do not
 * exist.  spare: room for so many more.
 */
ngx_int_t ngx_rtalpha_gw_headers_sift(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_names_t *names,
    ngx_uint_t trusted, ngx_uint_t spare);

/* adds the held-back lines of one mark as they came */
ngx_int_t ngx_rtalpha_gw_headers_pass(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_names_t *names,
    ngx_uint_t mark);

/* a zeroed element; NULL: no memory */
ngx_table_elt_t *ngx_rtalpha_gw_headers_push(
    ngx_rtalpha_gw_headers_t *headers);

/* value is referenced; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_gw_headers_add(ngx_rtalpha_gw_headers_t *headers,
    const ngx_str_t *name, const ngx_str_t *value);

/*
 * Zuul's X-Forwarded-*, as one element with several lines; prefix: of the
 * route, may be empty.
 */
ngx_int_t ngx_rtalpha_gw_headers_zuul(
    const ngx_rtalpha_gw_headers_t *headers, ngx_table_elt_t *h,
    const ngx_rtalpha_gw_client_t *client, const ngx_str_t *prefix);

/* is name one of those that the Connection header lists */
ngx_uint_t ngx_rtalpha_gw_headers_named(const ngx_str_t *connection,
    const u_char *lowcase, size_t len);

/* the host without its port, and the port's digits (empty: none) */
void ngx_rtalpha_gw_headers_host(const ngx_str_t *host, ngx_str_t *name,
    ngx_str_t *port);


#endif /* _NGX_RTALPHA_GW_HEADERS_H_INCLUDED_ */
