
/*
 * The body of a batch, read.  Pure.
 */


#ifndef _NGX_RTALPHA_REG_BATCH_READ_H_INCLUDED_
#define _NGX_RTALPHA_REG_BATCH_READ_H_INCLUDED_


#include "ngx_rtalpha_reg_instance.h"


typedef enum {
    NGX_RTALPHA_REG_BATCH_NONE = 0,
    NGX_RTALPHA_REG_BATCH_HEARTBEAT,
    NGX_RTALPHA_REG_BATCH_REGISTER,
    NGX_RTALPHA_REG_BATCH_CANCEL,
    NGX_RTALPHA_REG_BATCH_STATUS,
    NGX_RTALPHA_REG_BATCH_RESTORE
} ngx_rtalpha_reg_batch_e;


typedef struct {
    ngx_uint_t               action;
    ngx_str_t                app;           /* in upper case */
    ngx_str_t                id;
    ngx_str_t                status;
    ngx_str_t                overridden;
    int64_t                  dirty;
    ngx_rtalpha_reg_sent_t  *sent;          /* of instanceInfo; or NULL */
    unsigned                 dirty_sent:1;
    unsigned                 named:1;       /* an appName was there */
} ngx_rtalpha_reg_item_t;


/*
 * Items (ngx_rtalpha_reg_item_t) in their order; the strings live in pool.
 * NGX_DECLINED: 400 for the whole of it; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_batch_read(ngx_pool_t *pool, ngx_str_t *body,
    ngx_array_t *items);


#endif /* _NGX_RTALPHA_REG_BATCH_READ_H_INCLUDED_ */
