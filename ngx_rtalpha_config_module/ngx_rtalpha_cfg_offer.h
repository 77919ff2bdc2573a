
/*
 * Settings of the other roles (and of this one) that come from "config:"
 * sources: the leader makes their trees and offers them to the core.
 */


#ifndef _NGX_RTALPHA_CFG_OFFER_H_INCLUDED_
#define _NGX_RTALPHA_CFG_OFFER_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


typedef ngx_rtalpha_cfg_conf_t *(*ngx_rtalpha_cfg_named_pt)(
    const ngx_str_t *name);


void ngx_rtalpha_cfg_offer_init(ngx_rtalpha_cfg_named_pt named);
void ngx_rtalpha_cfg_offer_lead(ngx_uint_t leading);

/* looks whether something is to be offered */
void ngx_rtalpha_cfg_offer_wake(void);

/* settings have changed: everything again */
void ngx_rtalpha_cfg_offer_again(void);


#endif /* _NGX_RTALPHA_CFG_OFFER_H_INCLUDED_ */
