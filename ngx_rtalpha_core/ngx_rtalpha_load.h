
/*
 * What the loaders of configuration files have in common: limits, and how
 * they say no.
 */


#ifndef _NGX_RTALPHA_LOAD_H_INCLUDED_
#define _NGX_RTALPHA_LOAD_H_INCLUDED_


#include "ngx_rtalpha_props.h"


/* what a loader refuses; a message for people, with line and column */
typedef struct {
    ngx_str_t    message;
    ngx_uint_t   line;              /* from 1; 0: unknown */
    ngx_uint_t   column;
} ngx_rtalpha_load_error_t;


/* 0 in any of the numbers: its default */
typedef struct {
    size_t       size;              /* bytes of input, default 16 MB */
    ngx_uint_t   nodes;             /* scalars and collections after alias
                                       expansion, default 1 000 000 */
    ngx_uint_t   depth;             /* nesting, default 50 (SnakeYAML) */
    ngx_uint_t   aliases;           /* aliases of collections, default 10 000;
                                       Boot has no limit there and "nodes"
                                       holds bombs */
    ngx_uint_t   index;             /* largest index of a list that the
                                       loader numbers, default 65 535; not
                                       looked at in keys as written */
    size_t       text;              /* bytes of all flat keys, default
                                       128 MB */
    unsigned     utf8:1;            /* .properties: UTF-8, not ISO-8859-1 */
} ngx_rtalpha_load_limits_t;


extern const ngx_rtalpha_load_limits_t  ngx_rtalpha_load_defaults;


/* the limits with defaults put in; limits may be NULL */
void ngx_rtalpha_load_limits(ngx_rtalpha_load_limits_t *result,
    const ngx_rtalpha_load_limits_t *limits);

/*
 * Fills the error, with an ngx_sprintf() format of at most 512 bytes.
 * Returns NGX_DECLINED, or NGX_ERROR without memory.
 */
ngx_int_t ngx_rtalpha_load_refuse(ngx_pool_t *pool,
    ngx_rtalpha_load_error_t *error, ngx_uint_t line, ngx_uint_t column,
    const char *fmt, ...);


#endif /* _NGX_RTALPHA_LOAD_H_INCLUDED_ */
