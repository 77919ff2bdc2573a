
/*
 * The last good settings on disk, for ngx_rtalpha_settings.c.
 */


#ifndef _NGX_RTALPHA_LASTGOOD_H_INCLUDED_
#define _NGX_RTALPHA_LASTGOOD_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_props.h"


/* in the state leader: writes packed properties in the background */
void ngx_rtalpha_lastgood_save(const ngx_str_t *name, const ngx_str_t *bytes);

/* in the master; NULL: there are none, or they are damaged (logged) */
ngx_rtalpha_props_t *ngx_rtalpha_lastgood_read(ngx_pool_t *pool,
    ngx_log_t *log, const ngx_str_t *state, const ngx_str_t *name);


#endif /* _NGX_RTALPHA_LASTGOOD_H_INCLUDED_ */
