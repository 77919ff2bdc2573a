
/*
 * What every file of the suite may use: nginx's core (strings, pools,
 * arrays, trees).  Pure code -- parsers, matchers, renderers -- includes
 * nothing more than this, so that it is compiled into unit tests and fuzz
 * targets as it stands.  Files that serve requests include
 * ngx_rtalpha_http.h instead.
 */


#ifndef _NGX_RTALPHA_H_INCLUDED_
#define _NGX_RTALPHA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* a string literal as the two arguments (pointer, length) */
#define ngx_rtalpha_lit(s)       (u_char *) s, sizeof(s) - 1

/* does the ngx_str_t equal the literal, byte for byte */
#define ngx_rtalpha_str_is(v, s)                                              \
    ((v)->len == sizeof(s) - 1                                                \
     && ngx_memcmp((v)->data, s, sizeof(s) - 1) == 0)

/* does the ngx_str_t begin with the literal */
#define ngx_rtalpha_str_begins(v, s)                                          \
    ((v)->len >= sizeof(s) - 1                                                \
     && ngx_memcmp((v)->data, s, sizeof(s) - 1) == 0)

/* do two ngx_str_t hold the same bytes */
#define ngx_rtalpha_str_eq(a, b)                                              \
    ((a)->len == (b)->len                                                     \
     && ((a)->len == 0 || ngx_memcmp((a)->data, (b)->data, (a)->len) == 0))

/* ngx_cpymem() of an ngx_str_t, which may be empty and point nowhere */
#define ngx_rtalpha_put(p, s)                                                 \
    ((s)->len ? ngx_cpymem(p, (s)->data, (s)->len) : (p))


#endif /* _NGX_RTALPHA_H_INCLUDED_ */
