
/*
 * The delta's text out of copied changes.  Pure: small ones are rendered at
 * once, large ones in the background thread.
 */


#ifndef _NGX_RTALPHA_REG_RECENT_H_INCLUDED_
#define _NGX_RTALPHA_REG_RECENT_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_render.h"


typedef struct {
    ngx_pool_t       *pool;
    ngx_uint_t        form;
    ngx_array_t       copies;       /* of ngx_rtalpha_reg_copy_t, in order */
    ngx_uint_t        doubled;      /* one may stand twice: the later counts */
    ngx_str_t         version;
    ngx_str_t         hash;
    ngx_str_t         self;

    ngx_str_t         text;         /* result; data NULL: no memory */
} ngx_rtalpha_reg_recent_t;


void ngx_rtalpha_reg_recent_render(ngx_rtalpha_reg_recent_t *recent);


#endif /* _NGX_RTALPHA_REG_RECENT_H_INCLUDED_ */
