
/*
 * Pages beside the protocol: the dashboard at "/", the last leases, status
 * and health as Spring's server has them.
 */


#ifndef _NGX_RTALPHA_REG_PAGE_H_INCLUDED_
#define _NGX_RTALPHA_REG_PAGE_H_INCLUDED_


#include "ngx_rtalpha_reg_request.h"


ngx_int_t ngx_rtalpha_reg_page(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);

/* the HTML ones */
ngx_int_t ngx_rtalpha_reg_page_dashboard(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_reg_page_lastn(ngx_http_request_t *r);


#endif /* _NGX_RTALPHA_REG_PAGE_H_INCLUDED_ */
