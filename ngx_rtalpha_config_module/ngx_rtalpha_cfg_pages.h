
/*
 * The config role's pages below /_rtalpha/api/config/.
 */


#ifndef _NGX_RTALPHA_CFG_PAGES_H_INCLUDED_
#define _NGX_RTALPHA_CFG_PAGES_H_INCLUDED_


#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_out.h"


/* in preconfiguration */
ngx_int_t ngx_rtalpha_cfg_pages_add(ngx_conf_t *cf);

/* content handlers */
ngx_int_t ngx_rtalpha_cfg_page_check(ngx_http_request_t *r);


/* for them: NGX_DECLINED for GET and HEAD, else what to return */
ngx_int_t ngx_rtalpha_cfg_page_get(ngx_http_request_t *r);

/* the server that "?server=NAME" names, or the only one; NULL: none */
ngx_rtalpha_cfg_server_t *ngx_rtalpha_cfg_page_server(ngx_http_request_t *r);

/* answers with the JSON that has been written */
ngx_int_t ngx_rtalpha_cfg_page_answer(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_CFG_PAGES_H_INCLUDED_ */
