
/*
 * The registry as a source of services for the gateway.
 */


#ifndef _NGX_RTALPHA_REG_SERVICES_H_INCLUDED_
#define _NGX_RTALPHA_REG_SERVICES_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* in init_process */
ngx_int_t ngx_rtalpha_reg_services_init(void);


#endif /* _NGX_RTALPHA_REG_SERVICES_H_INCLUDED_ */
