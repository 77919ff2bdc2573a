
/*
 * The XML half of the renderer; called by ngx_rtalpha_reg_render.c only.
 */


#ifndef _NGX_RTALPHA_REG_RENDER_XML_H_INCLUDED_
#define _NGX_RTALPHA_REG_RENDER_XML_H_INCLUDED_


#include "ngx_rtalpha_reg_render.h"


void ngx_rtalpha_reg_xml_members(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
void ngx_rtalpha_reg_xml_instance(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
void ngx_rtalpha_reg_xml_app(ngx_rtalpha_reg_render_t *rr,
    const ngx_str_t *name);
void ngx_rtalpha_reg_xml_app_end(ngx_rtalpha_reg_render_t *rr);
void ngx_rtalpha_reg_xml_list(ngx_rtalpha_reg_render_t *rr, ngx_uint_t edge,
    const ngx_str_t *version, const ngx_str_t *hash);

/* shared with the JSON half */
const ngx_str_t *ngx_rtalpha_reg_render_dc(ngx_uint_t dc);
ngx_uint_t ngx_rtalpha_reg_render_dc_kept(const ngx_str_t *key);
ngx_uint_t ngx_rtalpha_reg_render_is_self(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc);


#endif /* _NGX_RTALPHA_REG_RENDER_XML_H_INCLUDED_ */
