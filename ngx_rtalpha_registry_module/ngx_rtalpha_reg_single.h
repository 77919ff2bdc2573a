
/*
 * Lists of one application that is large: made in slices, in memory of the
 * process, and sent to all who ask for it meanwhile.
 */


#ifndef _NGX_RTALPHA_REG_SINGLE_H_INCLUDED_
#define _NGX_RTALPHA_REG_SINGLE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_reg_apart.h"


/*
 * NGX_OK; NGX_AGAIN: it is being made, the doorbell will ring; NGX_DECLINED:
 * it is not large, and is made at once elsewhere; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_single_get(ngx_uint_t form, const ngx_str_t *app,
    ngx_rtalpha_reg_given_t *given);

/* in exit_process */
void ngx_rtalpha_reg_single_exit(void);


#endif /* _NGX_RTALPHA_REG_SINGLE_H_INCLUDED_ */
