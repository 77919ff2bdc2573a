
/*
 * Content negotiation as Spring MVC does it: the Accept header sorted by
 * quality and specificity, and the choice between the variants that a
 * config server has.
 */


#ifndef _NGX_RTALPHA_CFG_ACCEPT_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ACCEPT_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_CFG_ACCEPT_NONE = 0,    /* nothing fits */
    NGX_RTALPHA_CFG_ACCEPT_JSON,        /* v1, or a JSON error */
    NGX_RTALPHA_CFG_ACCEPT_V2,
    NGX_RTALPHA_CFG_ACCEPT_HTML,
    NGX_RTALPHA_CFG_ACCEPT_YAML,
    NGX_RTALPHA_CFG_ACCEPT_TEXT,
    NGX_RTALPHA_CFG_ACCEPT_BINARY
} ngx_rtalpha_cfg_accept_e;


typedef struct {
    ngx_pool_t   *pool;
    ngx_array_t   types;        /* best first; empty: anything goes */
    ngx_uint_t    charset;      /* of the type chosen: of cfg_charset.h */
    unsigned      bad:1;        /* the header cannot be parsed */
} ngx_rtalpha_cfg_accept_t;


/* header: NULL or the value; NGX_OK or NGX_ERROR (no memory) */
ngx_int_t ngx_rtalpha_cfg_accept_parse(ngx_pool_t *pool,
    const ngx_str_t *header, ngx_rtalpha_cfg_accept_t *accept);

/*
 * The variant for an environment (NONE, JSON, V2), for an error (NONE, JSON,
 * HTML, YAML) and for a plain text resource (NONE, TEXT, BINARY), with its
 * Content-Type.
 */
ngx_uint_t ngx_rtalpha_cfg_accept_env(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type);
ngx_uint_t ngx_rtalpha_cfg_accept_error(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type);
/* 1 if JSON that is no error can be sent */
ngx_uint_t ngx_rtalpha_cfg_accept_json(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type);

/* the actuator's: 1 if one of its types fits */
ngx_uint_t ngx_rtalpha_cfg_accept_actuator(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type);

ngx_uint_t ngx_rtalpha_cfg_accept_plain(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type);

/*
 * Can JSON be written in the charset of the type chosen (Jackson's: UTF-8,
 * UTF-16 and UTF-32 with a byte order, and US-ASCII, which means UTF-8)?
 * If so, text is converted.  NGX_DECLINED: it cannot.
 */
ngx_int_t ngx_rtalpha_cfg_accept_encode(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *text);


#endif /* _NGX_RTALPHA_CFG_ACCEPT_H_INCLUDED_ */
