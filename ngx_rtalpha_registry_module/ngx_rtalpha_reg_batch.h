
/*
 * Batches from peers: POST peerreplication/batch.
 */


#ifndef _NGX_RTALPHA_REG_BATCH_H_INCLUDED_
#define _NGX_RTALPHA_REG_BATCH_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/* an ngx_rtalpha_answer_body_pt; data: ngx_rtalpha_reg_request_t */
ngx_int_t ngx_rtalpha_reg_batch(ngx_http_request_t *r, ngx_str_t *body,
    void *data);


#endif /* _NGX_RTALPHA_REG_BATCH_H_INCLUDED_ */
