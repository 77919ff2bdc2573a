
/*
 * Members taken out of a JSON text, the rest byte for byte
 * (RemoveJsonAttributesResponseBody).
 */


#ifndef _NGX_RTALPHA_GW_JSON_H_INCLUDED_
#define _NGX_RTALPHA_GW_JSON_H_INCLUDED_


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_GW_JSON_DEPTH  100


/*
 * names: ngx_str_t.  Only the members of the outermost object, or, deep,
 * those of all objects.  NGX_OK; NGX_DECLINED: not JSON, or too deep;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_gw_json_remove(const ngx_str_t *text,
    const ngx_array_t *names, ngx_uint_t deep, ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_GW_JSON_H_INCLUDED_ */
