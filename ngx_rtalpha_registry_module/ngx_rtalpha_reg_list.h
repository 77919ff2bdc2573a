
/*
 * A registry's answer to GET apps or apps/delta, read.  Pure.
 */


#ifndef _NGX_RTALPHA_REG_LIST_H_INCLUDED_
#define _NGX_RTALPHA_REG_LIST_H_INCLUDED_


#include "ngx_rtalpha_reg_instance.h"


typedef struct {
    ngx_str_t        version;
    ngx_str_t        hash;
    ngx_array_t      instances;     /* of ngx_rtalpha_reg_sent_t */
} ngx_rtalpha_reg_list_t;


/*
 * JSON; single objects in place of arrays are taken.  NGX_OK; NGX_DECLINED:
 * it is no such list; NGX_ERROR: no memory.  The strings live in pool.
 */
ngx_int_t ngx_rtalpha_reg_list_read(ngx_pool_t *pool, const ngx_str_t *body,
    ngx_rtalpha_reg_list_t *list);


#endif /* _NGX_RTALPHA_REG_LIST_H_INCLUDED_ */
