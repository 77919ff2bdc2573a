
/*
 * Lists of some instances: one application, an address, a filter.
 */


#ifndef _NGX_RTALPHA_REG_SELECT_H_INCLUDED_
#define _NGX_RTALPHA_REG_SELECT_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_reg_store.h"


typedef struct {
    ngx_str_t        app;           /* one application, in upper case; or */
    ngx_str_t        vip;           /* an address, as one element; or */
    ngx_uint_t       secure;        /* … of secureVipAddress */
    ngx_str_t        apps;          /* names with commas between */
    ngx_str_t        zone;
    ngx_uint_t       status;        /* NGX_RTALPHA_REG_NONE: any */
    ngx_uint_t       limit;         /* instances; 0: none */
    ngx_uint_t       usable;        /* UP, whatever the rest says */
} ngx_rtalpha_reg_select_t;


/*
 * Appends copies (of ngx_rtalpha_reg_copy_t) in short sections.  *seq: the
 * version of the application, or of the registry.  NGX_DECLINED: there is
 * no such application; NGX_DONE: nobody is in it; NGX_BUSY: it changes too
 * fast; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_select(ngx_pool_t *pool,
    const ngx_rtalpha_reg_select_t *select, ngx_array_t *copies,
    uint64_t *seq);

/* version of an application, 0: unknown; names of all of them */
uint64_t ngx_rtalpha_reg_select_version(const ngx_str_t *app);
ngx_int_t ngx_rtalpha_reg_select_names(ngx_pool_t *pool, ngx_array_t *names);


#endif /* _NGX_RTALPHA_REG_SELECT_H_INCLUDED_ */
