
/*
 * "${name:default}" as Spring's PlaceholderParser (Framework 6.2 and later)
 * resolves it: nested names and defaults, recursion into values, a name that
 * refers to itself is an error.  A backslash before "${" or ":" takes their
 * meaning away and is left out.
 */


#ifndef _NGX_RTALPHA_PLACEHOLDER_H_INCLUDED_
#define _NGX_RTALPHA_PLACEHOLDER_H_INCLUDED_


#include "ngx_rtalpha_props.h"


/*
 * NGX_OK with the raw value, NGX_DECLINED: no such name, NGX_ABORT: give up
 * (the whole call is NGX_DECLINED), NGX_ERROR: no memory
 */
typedef ngx_int_t (*ngx_rtalpha_placeholder_pt)(void *data,
    const ngx_str_t *name, ngx_str_t *value);


typedef struct {
    ngx_rtalpha_placeholder_pt   lookup;
    void                        *data;
    unsigned                     strict:1;  /* unknown without default is
                                               NGX_DECLINED; else left as
                                               text */
    unsigned                     verbatim:1; /* a backslash has no meaning */
    unsigned                     trim:1;    /* names without blanks around */
} ngx_rtalpha_placeholder_t;


/*
 * Work is bounded: depth 64; output 1 MB and 10 000 look-ups a call, beyond
 * the size of the text and what is written in it.
 * NGX_OK; NGX_DECLINED: unresolved (strict), cyclic or over a limit, with
 * the offending name in *bad; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_placeholder_resolve(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad);

/*
 * The two ways of the config server (4.3.4 and later); only lookup and data
 * of ph count.  One or two backslashes before "${" keep it as text.
 *
 * value: a string in a .yml or .json answer.  Names may have blanks around
 * them; what a name stands for has to resolve completely.
 * text: a .properties answer or a plain text file as a whole.
 */
ngx_int_t ngx_rtalpha_placeholder_value(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad);
ngx_int_t ngx_rtalpha_placeholder_text(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad);


#endif /* _NGX_RTALPHA_PLACEHOLDER_H_INCLUDED_ */
