
/*
 * What is done with a document that was taken: packed, unpacked, rendered.
 */


#ifndef _FUZZ_REG_H_INCLUDED_
#define _FUZZ_REG_H_INCLUDED_


#include "fuzz.h"
#include "ngx_rtalpha_reg_instance.h"
#include "ngx_rtalpha_reg_render.h"


static inline void
fuzz_reg_render(ngx_pool_t *pool, ngx_rtalpha_reg_sent_t *sent)
{
    ngx_str_t                  packed, text, app, id, problem;
    ngx_uint_t                 form;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_state_t    st;
    ngx_rtalpha_reg_render_t   rr;

    ngx_str_set(&app, "A");
    FUZZ_CHECK(ngx_rtalpha_reg_instance_check(pool, sent, &app, &problem)
               == NGX_OK);

    FUZZ_CHECK(ngx_rtalpha_out_init(&out, pool, 0, 1 << 26) == NGX_OK);
    ngx_rtalpha_reg_doc_pack(&sent->doc, &out);
    FUZZ_CHECK(ngx_rtalpha_out_done(&out, &packed) == NGX_OK);
    FUZZ_CHECK(ngx_rtalpha_reg_doc_unpack(packed.data, packed.len, &doc)
               == NGX_OK);
    ngx_rtalpha_reg_doc_id(&doc, &id);

    ngx_memzero(&st, sizeof(ngx_rtalpha_reg_state_t));
    st.status = (u_char) sent->status;
    st.overridden = (u_char) sent->overridden;
    st.dirty = sent->dirty;

    for (form = 0; form < NGX_RTALPHA_REG_FORM_GZIP; form++) {
        ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
        FUZZ_CHECK(ngx_rtalpha_out_init(&out, pool, 0, 1 << 26) == NGX_OK);
        rr.out = &out;
        rr.form = form;
        ngx_rtalpha_reg_render_app(&rr, &app, 1);
        ngx_rtalpha_reg_render_app_member(&rr, &doc, &st, 1);
        ngx_rtalpha_reg_render_app_end(&rr);
        FUZZ_CHECK(ngx_rtalpha_out_done(&out, &text) == NGX_OK);
    }
}


#endif /* _FUZZ_REG_H_INCLUDED_ */
