
/*
 * Regular expressions of route trees: Java's, run by PCRE2 with own limits,
 * so that no expression and no request can hold a worker.
 *
 * Expressions without a special character are compared as text.
 */


#ifndef _NGX_RTALPHA_GW_REGEX_H_INCLUDED_
#define _NGX_RTALPHA_GW_REGEX_H_INCLUDED_


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_GW_REGEX_LEN    4096    /* longest expression */
#define NGX_RTALPHA_GW_REGEX_CAPS   20      /* groups given to callers */


typedef struct ngx_rtalpha_gw_regex_s  ngx_rtalpha_gw_regex_t;


/*
 * Lives as long as the pool.  NULL: *error says why (NULL data: no memory).
 */
ngx_rtalpha_gw_regex_t *ngx_rtalpha_gw_regex_compile(ngx_pool_t *pool,
    const ngx_str_t *expr, ngx_str_t *error);

/*
 * Matcher.matches(): the whole subject.  caps: up to max groups from group 1
 * on, NULL data where a group took no part.  1: yes; 0: no, or over a limit.
 */
ngx_uint_t ngx_rtalpha_gw_regex_full(const ngx_rtalpha_gw_regex_t *re,
    const u_char *data, size_t len, ngx_str_t *caps, ngx_uint_t max);

/* number of groups, and the index (from 1) of a named one; 0: none */
ngx_uint_t ngx_rtalpha_gw_regex_groups(const ngx_rtalpha_gw_regex_t *re);
ngx_uint_t ngx_rtalpha_gw_regex_group(const ngx_rtalpha_gw_regex_t *re,
    const ngx_str_t *name);

/*
 * String.replaceAll(): "$1", "${name}" and "\" in the replacement as in
 * Java.  NGX_OK (out has the whole result); NGX_DECLINED: nothing matched,
 * nothing is written; NGX_ERROR: no memory, over a limit, or a reference to
 * a group that is not there.
 */
ngx_int_t ngx_rtalpha_gw_regex_replace(const ngx_rtalpha_gw_regex_t *re,
    const ngx_str_t *subject, const ngx_str_t *replacement,
    ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_GW_REGEX_H_INCLUDED_ */
