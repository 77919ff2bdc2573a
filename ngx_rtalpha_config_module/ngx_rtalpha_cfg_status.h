
/*
 * What the config role tells of itself: the core's hooks for health and
 * metrics.
 */


#ifndef _NGX_RTALPHA_CFG_STATUS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_STATUS_H_INCLUDED_


#include "ngx_rtalpha_json.h"


ngx_uint_t ngx_rtalpha_cfg_status_health(ngx_rtalpha_json_t *j);
void ngx_rtalpha_cfg_status_metrics(ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_CFG_STATUS_H_INCLUDED_ */
