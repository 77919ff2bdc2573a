
/*
 * Spring Cloud Bus: tells clients over RabbitMQ that their configuration has
 * changed, and counts who has taken it up.  In the leader only.
 */


#ifndef _NGX_RTALPHA_CFG_BUS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_BUS_H_INCLUDED_


#include "ngx_rtalpha_amqp.h"
#include "ngx_rtalpha_cfg_conf.h"


/* in init_process; uri: of the directive rtalpha_bus, or empty */
void ngx_rtalpha_cfg_bus_init(const ngx_str_t *uri);

/*
 * Connects as the settings say, or not; about once a second, in the leader.
 * confs: NULL-terminated; the first that names a broker counts.
 */
void ngx_rtalpha_cfg_bus_look(ngx_rtalpha_cfg_conf_t **confs);

/* leadership lost, or the worker goes: ends the session */
void ngx_rtalpha_cfg_bus_leave(void);

/* an application under profiles has other values than before */
void ngx_rtalpha_cfg_bus_tell(const ngx_str_t *application,
    const ngx_str_t *profiles);

/* is there a session in this process, and how is it */
ngx_uint_t ngx_rtalpha_cfg_bus_state(ngx_rtalpha_amqp_state_t *state,
    ngx_uint_t *acknowledged);


#endif /* _NGX_RTALPHA_CFG_BUS_H_INCLUDED_ */
