
/*
 * The text of a segment.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_settings.h"


/* the applications of a segment, or a part of one */

void
ngx_rtalpha_reg_full_lines(ngx_uint_t form, ngx_rtalpha_reg_copies_t *c,
    ngx_uint_t edges, ngx_rtalpha_out_t *out)
{
    ngx_uint_t                 i, first, begun;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_render_t   rr;

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));

    rr.out = out;
    rr.form = form;
    rr.depth = (edges & NGX_RTALPHA_REG_ALONE) ? 0 : 1;
    rr.self = ngx_rtalpha_reg_conf.instance_id;

    begun = 0;
    first = (edges & NGX_RTALPHA_REG_OPEN) ? 1 : 0;

    for (i = 0; i < c->n; i++) {
        copy = &c->copies[i];

        if (ngx_rtalpha_reg_doc_unpack(copy->doc.data, copy->doc.len, &doc)
            != NGX_OK)
        {
            continue;
        }

        if (i == 0 || !ngx_rtalpha_str_eq(&copy->app, &copy[-1].app)) {

            if (begun) {
                ngx_rtalpha_reg_render_app_end(&rr);
            }

            if (i || (edges & NGX_RTALPHA_REG_OPEN)) {
                ngx_rtalpha_reg_render_app(&rr, &copy->app, i == 0);
                first = 1;
            }

            begun = 1;
        }

        ngx_rtalpha_reg_render_app_member(&rr, &doc, &copy->state, first);
        first = 0;
    }

    if (begun && (edges & NGX_RTALPHA_REG_CLOSE)) {
        ngx_rtalpha_reg_render_app_end(&rr);
    }
}
