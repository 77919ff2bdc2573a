
/*
 * An instance as bytes for the journal and for other nodes: its state, the
 * override of its id, and its packed document.  Pure.
 */


#ifndef _NGX_RTALPHA_REG_RECORD_H_INCLUDED_
#define _NGX_RTALPHA_REG_RECORD_H_INCLUDED_


#include "ngx_rtalpha_reg_doc.h"


typedef struct {
    ngx_rtalpha_reg_state_t  state;
    ngx_uint_t               override;      /* NGX_RTALPHA_REG_NONE: none */
    ngx_str_t                app;
    ngx_str_t                id;
    ngx_str_t                doc;           /* empty: it was deleted */
} ngx_rtalpha_reg_record_t;


void ngx_rtalpha_reg_record_write(const ngx_rtalpha_reg_record_t *record,
    ngx_rtalpha_out_t *out);

/* NGX_ERROR: not such a record */
ngx_int_t ngx_rtalpha_reg_record_read(ngx_str_t *bytes,
    ngx_rtalpha_reg_record_t *record);


#endif /* _NGX_RTALPHA_REG_RECORD_H_INCLUDED_ */
