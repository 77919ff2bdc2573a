
/*
 * One try to answer a request, and the routes that make the answer.
 */


#ifndef _NGX_RTALPHA_CFG_HANDLER_H_INCLUDED_
#define _NGX_RTALPHA_CFG_HANDLER_H_INCLUDED_


#include "ngx_rtalpha_cfg_ask.h"
#include "ngx_rtalpha_cfg_path.h"


typedef struct {
    ngx_pool_t                  *pool;
    ngx_rtalpha_cfg_conf_t      *conf;
    ngx_rtalpha_cfg_question_t   q;
    ngx_rtalpha_cfg_ask_t        ask;

    /* the answer */
    ngx_str_t                    type;
    ngx_str_t                    body;
    int64_t                      modified;      /* -1: not known */
    ngx_int_t                    rc;            /* of NGX_DONE */
    unsigned                     empty:1;       /* an error without a body */
} ngx_rtalpha_cfg_pass_t;


/*
 * NGX_OK: type, body (and modified) are set; NGX_AGAIN: later; NGX_DECLINED:
 * refused, by q or ask; NGX_DONE: answered with rc already; NGX_ERROR.
 */
ngx_int_t ngx_rtalpha_cfg_dispatch(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass);

/*
 * Says when the content was modified (-1: not known); 1 if the request has
 * it as it is now.
 */
ngx_uint_t ngx_rtalpha_cfg_unmodified(ngx_http_request_t *r,
    int64_t modified);

/* /actuator and what is below it; q.path says what */
ngx_int_t ngx_rtalpha_cfg_route_actuator(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass);


#endif /* _NGX_RTALPHA_CFG_HANDLER_H_INCLUDED_ */
