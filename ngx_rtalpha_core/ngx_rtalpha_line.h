
/*
 * Header lines of a name, in one of nginx's lists of them.
 */


#ifndef _NGX_RTALPHA_LINE_H_INCLUDED_
#define _NGX_RTALPHA_LINE_H_INCLUDED_


#include "ngx_rtalpha.h"


/*
 * The next line of that name, in any case (RFC 9110, 5.1); NULL: no more.
 * part and i are where the walk stands: a list's first part and 0 to begin
 * with.  The list of an HTTP/0.9 request, all zeros, is one empty part.
 */
ngx_table_elt_t *ngx_rtalpha_line_next(const ngx_list_part_t **part,
    ngx_uint_t *i, const ngx_str_t *name);

ngx_table_elt_t *ngx_rtalpha_line_first(const ngx_list_part_t *part,
    const ngx_str_t *name);


#endif /* _NGX_RTALPHA_LINE_H_INCLUDED_ */
