
/*
 * Who may read what of a config server.
 */


#ifndef _NGX_RTALPHA_CFG_ACCESS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ACCESS_H_INCLUDED_


#include "ngx_rtalpha_access_who.h"
#include "ngx_rtalpha_cfg_conf_read.h"


/*
 * Users and rules of the settings: conf->users, conf->access.  NGX_ERROR: no
 * memory.  After the backends are there.
 */
ngx_int_t ngx_rtalpha_cfg_access_create(ngx_rtalpha_cfg_reader_t *rd);

/* can anybody post to /monitor by a rule */
ngx_uint_t ngx_rtalpha_cfg_access_monitored(
    const ngx_rtalpha_cfg_conf_t *conf);

/*
 * May the request have its target, which q is only read from where there are
 * rules.  who: set.  NGX_OK, or NGX_DECLINED with the status: 401 or 403;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_cfg_access_check(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_question_t *q,
    ngx_rtalpha_access_who_t *who, ngx_uint_t *status);

/* may the request post to /monitor by a rule */
ngx_uint_t ngx_rtalpha_cfg_access_monitor(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf);


#endif /* _NGX_RTALPHA_CFG_ACCESS_H_INCLUDED_ */
