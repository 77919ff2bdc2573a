
/*
 * Times as Spring's predicates have them: ISO 8601 with an offset, and
 * perhaps the name of a zone, which the offset makes superfluous:
 * 2017-01-20T17:42:47.789-07:00[America/Denver]
 */


#ifndef _NGX_RTALPHA_GW_TIME_H_INCLUDED_
#define _NGX_RTALPHA_GW_TIME_H_INCLUDED_


#include "ngx_rtalpha.h"


/* ms of the epoch, at least 1; NGX_DECLINED: not such a time */
ngx_int_t ngx_rtalpha_gw_time_parse(const ngx_str_t *text, uint64_t *ms);


#endif /* _NGX_RTALPHA_GW_TIME_H_INCLUDED_ */
