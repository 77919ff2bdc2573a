
/*
 * What files that serve requests include: nginx's HTTP, the differences
 * between its versions, and the suite's core.
 */


#ifndef _NGX_RTALPHA_HTTP_H_INCLUDED_
#define _NGX_RTALPHA_HTTP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_rtalpha.h"
#include "ngx_rtalpha_compat.h"


extern ngx_module_t  ngx_rtalpha_module;


#endif /* _NGX_RTALPHA_HTTP_H_INCLUDED_ */
