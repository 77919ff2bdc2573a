
/*
 * Answers of the registry, rendered from packed documents: JSON and XML,
 * full and compact, byte for byte as Eureka's server writes them.  Pure.
 *
 * A form is one of the four texts; NGX_RTALPHA_REG_FORM_GZIP is added to it
 * where the cached bytes are compressed.
 */


#ifndef _NGX_RTALPHA_REG_RENDER_H_INCLUDED_
#define _NGX_RTALPHA_REG_RENDER_H_INCLUDED_


#include "ngx_rtalpha_reg_doc.h"
#include "ngx_rtalpha_reg_status.h"


#define NGX_RTALPHA_REG_FORM_XML      1
#define NGX_RTALPHA_REG_FORM_COMPACT  2
#define NGX_RTALPHA_REG_FORM_GZIP     4
#define NGX_RTALPHA_REG_FORMS         8

/* what stands before the first and after the last of a list's members */
#define NGX_RTALPHA_REG_OPEN          1
#define NGX_RTALPHA_REG_CLOSE         2

/* an application that is not in a list */
#define NGX_RTALPHA_REG_ALONE         4


typedef struct {
    ngx_rtalpha_out_t   *out;
    ngx_uint_t           form;
    ngx_str_t            self;      /* id of this server's own instance */
    ngx_uint_t           depth;     /* of the indentation of XML */
    ngx_uint_t           as_sent;   /* to peers: no lease if none was sent */
} ngx_rtalpha_reg_render_t;


/* the members of an instance, without a wrapper (of the batch protocol) */
void ngx_rtalpha_reg_render_members(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);

/* {"instance":{…}} */
void ngx_rtalpha_reg_render_instance(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);

/*
 * One application of a list, or the only one: begin, each of its instances,
 * end.  first: no comma before it.
 */
void ngx_rtalpha_reg_render_app(ngx_rtalpha_reg_render_t *rr,
    const ngx_str_t *name, ngx_uint_t first);
void ngx_rtalpha_reg_render_app_member(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st,
    ngx_uint_t first);
void ngx_rtalpha_reg_render_app_end(ngx_rtalpha_reg_render_t *rr);

/* {"application": … } around the only one */
void ngx_rtalpha_reg_render_only(ngx_rtalpha_reg_render_t *rr,
    ngx_uint_t edge);

/*
 * What stands around a list of applications; version is that of the delta
 * ("1" for a full list, "-1" for an address).
 */
void ngx_rtalpha_reg_render_list(ngx_rtalpha_reg_render_t *rr,
    ngx_uint_t edge, const ngx_str_t *version, const ngx_str_t *hash);

/* text of XML, escaped; bytes that XML cannot hold become U+FFFD */
void ngx_rtalpha_reg_render_xml_text(ngx_rtalpha_out_t *out,
    const ngx_str_t *s);

/* the name of an element for a key of metadata, as XStream escapes it */
void ngx_rtalpha_reg_render_xml_name(ngx_rtalpha_out_t *out,
    const ngx_str_t *key);


#endif /* _NGX_RTALPHA_REG_RENDER_H_INCLUDED_ */
