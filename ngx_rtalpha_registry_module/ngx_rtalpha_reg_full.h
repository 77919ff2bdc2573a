
/*
 * Whole answers: the list of all applications and the delta, made when they
 * are first asked for after a change, kept in the zone, sent without a copy.
 * In a full zone a process makes them for itself.
 */


#ifndef _NGX_RTALPHA_REG_FULL_H_INCLUDED_
#define _NGX_RTALPHA_REG_FULL_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_reg_apart.h"


/*
 * The answer in a form, which is the caller's then.  NGX_AGAIN: it is being
 * made in slices, the doorbell will ring; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_full_get(ngx_uint_t form,
    ngx_rtalpha_reg_given_t *given);

/* likewise; NGX_DECLINED: it would be larger than the full list is worth */
ngx_int_t ngx_rtalpha_reg_delta_get(ngx_uint_t form,
    ngx_rtalpha_reg_given_t *given);

/* in init_process, exit_process */
ngx_int_t ngx_rtalpha_reg_full_init(ngx_cycle_t *cycle);
void ngx_rtalpha_reg_full_exit(void);


#endif /* _NGX_RTALPHA_REG_FULL_H_INCLUDED_ */
