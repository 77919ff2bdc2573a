
/*
 * The endpoints that answer a request by themselves.
 */


#ifndef _NGX_RTALPHA_CFG_ENDPOINTS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ENDPOINTS_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_cfg_conf.h"


/* the type of a JSON answer as Accept has it; NULL: JSON is not wanted */
ngx_str_t *ngx_rtalpha_cfg_endpoint_json(ngx_http_request_t *r);

/* each returns what a content handler returns */
ngx_int_t ngx_rtalpha_cfg_endpoint_status(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf);
ngx_int_t ngx_rtalpha_cfg_endpoint_key(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf);

ngx_int_t ngx_rtalpha_cfg_endpoint_monitor(ngx_http_request_t *r);

/* encrypt: else decrypt */
ngx_int_t ngx_rtalpha_cfg_endpoint_crypt(ngx_http_request_t *r,
    ngx_uint_t encrypt);


#endif /* _NGX_RTALPHA_CFG_ENDPOINTS_H_INCLUDED_ */
