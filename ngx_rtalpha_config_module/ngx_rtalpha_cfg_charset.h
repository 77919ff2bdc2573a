
/*
 * Charsets that requests name: of files (Accept-Charset, as the original has
 * it) and of answers (a parameter of the accepted type).
 */


#ifndef _NGX_RTALPHA_CFG_CHARSET_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CHARSET_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_CFG_CHARSET_NONE = 0,   /* none named, or an unknown one */
    NGX_RTALPHA_CFG_CHARSET_UTF8,
    NGX_RTALPHA_CFG_CHARSET_ASCII,
    NGX_RTALPHA_CFG_CHARSET_LATIN1,
    NGX_RTALPHA_CFG_CHARSET_UTF16,
    NGX_RTALPHA_CFG_CHARSET_UTF16BE,
    NGX_RTALPHA_CFG_CHARSET_UTF16LE,
    NGX_RTALPHA_CFG_CHARSET_UTF32,
    NGX_RTALPHA_CFG_CHARSET_UTF32BE,
    NGX_RTALPHA_CFG_CHARSET_UTF32LE,
    NGX_RTALPHA_CFG_CHARSET_OTHER       /* known by name only */
} ngx_rtalpha_cfg_charset_e;


ngx_uint_t ngx_rtalpha_cfg_charset_find(const ngx_str_t *name);

/* could it be a name at all: letters, digits and inside "-+:_." */
ngx_uint_t ngx_rtalpha_cfg_charset_legal(const ngx_str_t *name);

/* bytes of a file to UTF-8; what is malformed becomes U+FFFD */
ngx_int_t ngx_rtalpha_cfg_charset_decode(ngx_pool_t *pool,
    ngx_uint_t charset, ngx_str_t *text);

/* UTF-8 to the charset of an answer; "?" for what it does not have */
ngx_int_t ngx_rtalpha_cfg_charset_encode(ngx_pool_t *pool,
    ngx_uint_t charset, ngx_str_t *text);


#endif /* _NGX_RTALPHA_CFG_CHARSET_H_INCLUDED_ */
