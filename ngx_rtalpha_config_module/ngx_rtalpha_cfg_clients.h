
/*
 * Who has fetched what, and when: one record for each address, name and
 * path, in a table of its own, the longest unseen of which go first.
 *
 * The leader writes it to the state folder now and then, and fills an empty
 * zone from there.
 */


#ifndef _NGX_RTALPHA_CFG_CLIENTS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CLIENTS_H_INCLUDED_


#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_cfg_request.h"


/* an answer goes out */
void ngx_rtalpha_cfg_clients_seen(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req);

/* about once a second, in the leader */
void ngx_rtalpha_cfg_clients_tick(void);

/* leadership gained or lost */
void ngx_rtalpha_cfg_clients_lead(ngx_uint_t leading);

/* an array of records */
void ngx_rtalpha_cfg_clients_list(ngx_rtalpha_json_t *j);


#endif /* _NGX_RTALPHA_CFG_CLIENTS_H_INCLUDED_ */
