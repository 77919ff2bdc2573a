
/*
 * Content negotiation of the registry: XML is the default, JSON what most
 * clients ask for.  Pure.
 */


#ifndef _NGX_RTALPHA_REG_ACCEPT_H_INCLUDED_
#define _NGX_RTALPHA_REG_ACCEPT_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_REG_ACCEPT_NONE = 0,    /* neither: 406 */
    NGX_RTALPHA_REG_ACCEPT_XML,
    NGX_RTALPHA_REG_ACCEPT_JSON
} ngx_rtalpha_reg_accept_e;


/*
 * Of an Accept header; NULL: none was sent.  named: JSON is taken wherever
 * it is named, whatever the weights are (of the lists).
 */
ngx_uint_t ngx_rtalpha_reg_accept(const ngx_str_t *accept, ngx_uint_t named);

/*
 * The type of Spring Boot's error page for such an Accept header; NULL: none
 * was sent.  NGX_OK; NGX_DECLINED: it has no page of a type that is wanted;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_accept_error(ngx_pool_t *pool,
    const ngx_str_t *accept, ngx_str_t *type);

/* does an Accept-Encoding header allow gzip */
ngx_uint_t ngx_rtalpha_reg_accept_gzip(const ngx_str_t *encodings);


typedef enum {
    NGX_RTALPHA_REG_BODY_NONE = 0,      /* 415 */
    NGX_RTALPHA_REG_BODY_INVALID,       /* no media type at all: 400 */
    NGX_RTALPHA_REG_BODY_WILD,          /* a wildcard: 400, as if unreadable */
    NGX_RTALPHA_REG_BODY_XML,
    NGX_RTALPHA_REG_BODY_JSON
} ngx_rtalpha_reg_body_e;

/* of a Content-Type header; NULL: none was sent */
ngx_uint_t ngx_rtalpha_reg_accept_body(const ngx_str_t *type);


#endif /* _NGX_RTALPHA_REG_ACCEPT_H_INCLUDED_ */
