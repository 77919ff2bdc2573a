
/*
 * "${name:default}" as Spring's PropertyPlaceholderHelper resolves it:
 * nested names and defaults, recursion into values, cycles are errors,
 * "\${" stays as text where the version of Spring says so.
 */


#ifndef _NGX_RTALPHA_PLACEHOLDER_H_INCLUDED_
#define _NGX_RTALPHA_PLACEHOLDER_H_INCLUDED_


#include "ngx_rtalpha_props.h"


/* NGX_OK with the raw value, NGX_DECLINED: no such name */
typedef ngx_int_t (*ngx_rtalpha_placeholder_pt)(void *data,
    const ngx_str_t *name, ngx_str_t *value);


typedef struct {
    ngx_rtalpha_placeholder_pt   lookup;
    void                        *data;
    unsigned                     strict:1;  /* unknown without default is
                                               NGX_DECLINED; else left as
                                               text */
} ngx_rtalpha_placeholder_t;


/*
 * Work is bounded: depth 64, output 1 MB, 10 000 look-ups a call.
 * NGX_OK; NGX_DECLINED: unresolved (strict), cyclic or over a limit, with
 * the offending name in *bad; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_placeholder_resolve(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad);


#endif /* _NGX_RTALPHA_PLACEHOLDER_H_INCLUDED_ */
