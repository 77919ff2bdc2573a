
/*
 * YAML 1.1 scalars: what SnakeYAML takes a plain text for, and the value as
 * Java prints it.  "1_000" is 1000, "0x1F" is 31, "12:30" is 750, "1.10" is
 * 1.1, "yes" is true, "~" is null.
 */


#ifndef _NGX_RTALPHA_SCALAR_H_INCLUDED_
#define _NGX_RTALPHA_SCALAR_H_INCLUDED_


#include "ngx_rtalpha_props.h"


typedef enum {
    NGX_RTALPHA_SCALAR_STR = 0,
    NGX_RTALPHA_SCALAR_INT,
    NGX_RTALPHA_SCALAR_FLOAT,
    NGX_RTALPHA_SCALAR_BOOL,
    NGX_RTALPHA_SCALAR_NULL,
    NGX_RTALPHA_SCALAR_MERGE,       /* "<<" */
    NGX_RTALPHA_SCALAR_BINARY,      /* only with a tag */
    NGX_RTALPHA_SCALAR_TIMESTAMP    /* only with a tag */
} ngx_rtalpha_scalar_e;


/* the implicit tag of a plain scalar (timestamps are strings, as in Boot) */
ngx_uint_t ngx_rtalpha_scalar_resolve(const ngx_str_t *text);

/*
 * The value of a scalar with a tag.  *type becomes one of
 * ngx_rtalpha_prop_type_e; *value may point into text.  The value of null
 * is a STRING, the empty one.
 * NGX_OK, NGX_DECLINED: the text is no such value, NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_scalar_value(ngx_pool_t *pool, ngx_uint_t tag,
    const ngx_str_t *text, ngx_uint_t *type, ngx_str_t *value);


#endif /* _NGX_RTALPHA_SCALAR_H_INCLUDED_ */
