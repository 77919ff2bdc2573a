
/*
 * Patterns with wildcards over one text.  Their time is bounded by the
 * product of both lengths: of the stars that have matched only the last is
 * ever tried again.
 */


#ifndef _NGX_RTALPHA_GLOB_H_INCLUDED_
#define _NGX_RTALPHA_GLOB_H_INCLUDED_


#include "ngx_rtalpha.h"


/* "*" anywhere in the pattern stands for any text; 1 or 0 */
ngx_uint_t ngx_rtalpha_glob(const ngx_str_t *pattern, const ngx_str_t *text);

/* the same, and "?" for any one byte */
ngx_uint_t ngx_rtalpha_glob_ant(const u_char *pattern, size_t plen,
    const u_char *text, size_t len);


#endif /* _NGX_RTALPHA_GLOB_H_INCLUDED_ */
