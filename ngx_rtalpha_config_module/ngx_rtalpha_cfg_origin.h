
/*
 * Repositories in the zone and backends in the settings.
 */


#ifndef _NGX_RTALPHA_CFG_ORIGIN_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ORIGIN_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


/* confs is NULL-terminated; NULL: no settings speak of it any more */
const ngx_rtalpha_cfg_backend_t *ngx_rtalpha_cfg_origin_backend(
    ngx_rtalpha_cfg_conf_t **confs, const ngx_rtalpha_cfg_repo_t *repo,
    ngx_rtalpha_cfg_conf_t **conf);

/* records for the n backends whose URI has no placeholders */
void ngx_rtalpha_cfg_origin_seed(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_backend_t *b, ngx_uint_t n);


#endif /* _NGX_RTALPHA_CFG_ORIGIN_H_INCLUDED_ */
