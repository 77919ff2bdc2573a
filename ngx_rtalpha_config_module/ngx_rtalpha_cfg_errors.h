
/*
 * Errors as a Spring Boot server answers them.
 */


#ifndef _NGX_RTALPHA_CFG_ERRORS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ERRORS_H_INCLUDED_


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_path.h"


/*
 * Answers with a status: JSON, HTML, YAML or no body, as Accept says.
 * reason (a short code) and message are members of the JSON where they are
 * given.
 */
ngx_int_t ngx_rtalpha_cfg_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *reason, const ngx_str_t *message);

/* what the path parser has refused */
ngx_int_t ngx_rtalpha_cfg_error_question(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_question_t *q);

/* sets Content-Disposition where the path looks like a file's */
ngx_int_t ngx_rtalpha_cfg_error_disposition(ngx_http_request_t *r);

/* sets Allow */
ngx_int_t ngx_rtalpha_cfg_error_allow(ngx_http_request_t *r,
    ngx_uint_t methods, ngx_uint_t options);


#endif /* _NGX_RTALPHA_CFG_ERRORS_H_INCLUDED_ */
