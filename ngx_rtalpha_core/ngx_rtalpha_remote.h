
/*
 * The answer of a Spring-compatible config server, read as a property tree:
 * what a settings source http: fetches.
 */


#ifndef _NGX_RTALPHA_REMOTE_H_INCLUDED_
#define _NGX_RTALPHA_REMOTE_H_INCLUDED_


#include "ngx_rtalpha_props.h"


/*
 * The environment as JSON: {"propertySources": [{"source": {KEY: VALUE}}]},
 * earlier sources win.  A value may be an object with a "value" (the second
 * version of the format).  NGX_OK; NGX_DECLINED with *error: not such an
 * answer; NGX_ERROR: no memory.  Usable in the thread.
 */
ngx_int_t ngx_rtalpha_remote_parse(ngx_pool_t *pool, const ngx_str_t *bytes,
    uint32_t file, ngx_rtalpha_props_t **props, ngx_str_t *error);


#endif /* _NGX_RTALPHA_REMOTE_H_INCLUDED_ */
