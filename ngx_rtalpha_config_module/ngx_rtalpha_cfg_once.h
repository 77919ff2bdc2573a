
/*
 * Several nodes see the same commit; on a bus that reaches all clients one
 * of them tells of it.
 */


#ifndef _NGX_RTALPHA_CFG_ONCE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ONCE_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* what a notice is of; strings are copied */
typedef struct {
    ngx_str_t    application;
    ngx_str_t    profiles;
    ngx_str_t    label;
    ngx_str_t    version;           /* of the content; empty: has none */
    u_char       digest[16];        /* of the values */
} ngx_rtalpha_cfg_once_t;


typedef void (*ngx_rtalpha_cfg_once_pt)(const ngx_str_t *application,
    const ngx_str_t *profiles);


/* leadership gained or lost: there is a connection to Redis, where given */
void ngx_rtalpha_cfg_once_lead(ngx_uint_t leading);

/*
 * Calls tell, now or when Redis has answered, unless another node has said
 * within half a minute that it tells the same: the same values of the same
 * version.  Without Redis, while it is away, and for what has no version,
 * every node tells.
 */
void ngx_rtalpha_cfg_once(const ngx_rtalpha_cfg_once_t *notice,
    ngx_rtalpha_cfg_once_pt tell);

/* notices that were left to other nodes */
ngx_uint_t ngx_rtalpha_cfg_once_left(void);


#endif /* _NGX_RTALPHA_CFG_ONCE_H_INCLUDED_ */
