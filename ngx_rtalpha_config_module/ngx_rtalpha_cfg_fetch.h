
/*
 * Keeping mirrors up to date, in the leader: clone, look at the origin,
 * fetch, bring what is in use into the cache, publish the new references in
 * one step.
 */


#ifndef _NGX_RTALPHA_CFG_FETCH_H_INCLUDED_
#define _NGX_RTALPHA_CFG_FETCH_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


/* confs: the servers of this process, NULL-terminated */
typedef ngx_rtalpha_cfg_conf_t **(*ngx_rtalpha_cfg_confs_pt)(void);


/* in init_process; changed() is called in the leader when content moved */
void ngx_rtalpha_cfg_fetch_init(ngx_rtalpha_cfg_confs_pt confs,
    void (*changed)(ngx_rtalpha_cfg_repo_t *repo));

/* in exit_process */
void ngx_rtalpha_cfg_fetch_exit(void);

/* leadership gained or lost; the worker goes */
void ngx_rtalpha_cfg_fetch_lead(ngx_uint_t leading);

/* the doorbell has rung, settings have changed */
void ngx_rtalpha_cfg_fetch_wake(void);

/* asks for a look at every origin, from any worker; rings */
void ngx_rtalpha_cfg_fetch_all(void);


#endif /* _NGX_RTALPHA_CFG_FETCH_H_INCLUDED_ */
