
/*
 * Profile expressions: "dev & !cloud", "(a | b) & c" (Spring Framework,
 * org.springframework.core.env.Profiles).
 */


#ifndef _NGX_RTALPHA_CFG_PROFILE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_PROFILE_H_INCLUDED_


#include "ngx_rtalpha.h"


/*
 * active: array of ngx_str_t.  NGX_OK: accepted; NGX_DECLINED: not accepted;
 * NGX_ERROR: malformed.
 */
ngx_int_t ngx_rtalpha_cfg_profile_match(const ngx_str_t *expression,
    const ngx_array_t *active);

/*
 * Comma list into an array of ngx_str_t; blanks around elements go if trim
 * is set; empty elements are kept if empty is set.  NULL: no memory.
 */
ngx_array_t *ngx_rtalpha_cfg_profile_list(ngx_pool_t *pool,
    const ngx_str_t *text, ngx_uint_t trim, ngx_uint_t empty);

/* is the string in the array */
ngx_uint_t ngx_rtalpha_cfg_profile_in(const ngx_array_t *list,
    const ngx_str_t *one);

/* appends what is not in it yet; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_cfg_profile_push(ngx_array_t *list,
    const ngx_str_t *one);


#endif /* _NGX_RTALPHA_CFG_PROFILE_H_INCLUDED_ */
