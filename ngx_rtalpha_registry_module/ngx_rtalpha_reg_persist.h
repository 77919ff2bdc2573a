
/*
 * The registry on disk: a snapshot and a journal of changes after it, in the
 * state folder.  Heartbeats are not written down: after a start every lease
 * begins anew, once.
 */


#ifndef _NGX_RTALPHA_REG_PERSIST_H_INCLUDED_
#define _NGX_RTALPHA_REG_PERSIST_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* in the master, into an empty zone; what is damaged is left out */
void ngx_rtalpha_reg_persist_load(ngx_log_t *log);

/* the journal's path, with something at its end */
ngx_int_t ngx_rtalpha_reg_persist_path(ngx_pool_t *pool, const char *end,
    ngx_str_t *path);

/* in the zone leader */
void ngx_rtalpha_reg_persist_lead(ngx_uint_t leading);
void ngx_rtalpha_reg_persist_tick(void);

/* the role's hooks state and flush (ngx_rtalpha_role.h) */
void ngx_rtalpha_reg_persist_state(void);
ngx_int_t ngx_rtalpha_reg_persist_flush(void);


#endif /* _NGX_RTALPHA_REG_PERSIST_H_INCLUDED_ */
