
/*
 * Values in the form that Java prints, for what came out of a YAML file.
 */


#ifndef _NGX_RTALPHA_JAVA_H_INCLUDED_
#define _NGX_RTALPHA_JAVA_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_JAVA_DOUBLE_LEN  32

/*
 * Double.toString(): "1.5E10", "0.001", "Infinity"; at most
 * NGX_RTALPHA_JAVA_DOUBLE_LEN bytes.  Returns the end.
 */
u_char *ngx_rtalpha_java_double(u_char *p, double d);

/*
 * A YAML 1.1 timestamp in the form of Jackson:
 * "2001-12-14T21:59:43.100+00:00".
 * NGX_OK, NGX_DECLINED: no timestamp, NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_java_timestamp(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *value);


#endif /* _NGX_RTALPHA_JAVA_H_INCLUDED_ */
