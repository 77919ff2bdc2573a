
/*
 * Instance documents as clients and peers send them, in JSON and in XML.
 * Pure; the Java server's reading of odd bodies is the contract.
 */


#ifndef _NGX_RTALPHA_REG_INSTANCE_H_INCLUDED_
#define _NGX_RTALPHA_REG_INSTANCE_H_INCLUDED_


#include "ngx_rtalpha_reg_doc.h"
#include "ngx_rtalpha_reg_status.h"
#include "ngx_rtalpha_reg_token.h"


typedef struct {
    ngx_rtalpha_reg_doc_t    doc;
    ngx_uint_t               status;        /* as sent; UP if it is not */
    ngx_uint_t               overridden;    /* UNKNOWN if not sent */
    int64_t                  dirty;
    unsigned                 deleted:1;     /* of a delta's record */
    unsigned                 dirty_sent:1;  /* else it is "now" */
} ngx_rtalpha_reg_sent_t;


/*
 * A whole body.  NGX_OK; NGX_DECLINED: it cannot be read (400); NGX_ERROR:
 * no memory.  The strings live in pool.
 */
ngx_int_t ngx_rtalpha_reg_instance_json(ngx_pool_t *pool,
    const ngx_str_t *body, ngx_rtalpha_reg_sent_t *sent);
ngx_int_t ngx_rtalpha_reg_instance_xml(ngx_pool_t *pool,
    const ngx_str_t *body, ngx_rtalpha_reg_sent_t *sent);

/*
 * One instance within a body that is being read; the current token is the
 * one before its first field.  Results as above.
 */
ngx_int_t ngx_rtalpha_reg_instance_read(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_sent_t *sent);

/*
 * What is missing of a registration, in the words of the contract; empty:
 * nothing.  app: the name of the path.  The text lives in pool.
 */
ngx_int_t ngx_rtalpha_reg_instance_check(ngx_pool_t *pool,
    const ngx_rtalpha_reg_sent_t *sent, const ngx_str_t *app,
    ngx_str_t *problem);

/* shared by both readers: defaults, and what is derived at the end */
ngx_int_t ngx_rtalpha_reg_instance_begin(ngx_rtalpha_reg_sent_t *sent);
ngx_int_t ngx_rtalpha_reg_instance_finish(ngx_pool_t *pool,
    ngx_rtalpha_reg_sent_t *sent, ngx_array_t *metadata,
    ngx_array_t *dc_metadata);
void ngx_rtalpha_reg_instance_text(ngx_rtalpha_reg_sent_t *sent,
    ngx_uint_t i, const ngx_str_t *text);
ngx_int_t ngx_rtalpha_reg_instance_upper(ngx_pool_t *pool, ngx_str_t *s);


#endif /* _NGX_RTALPHA_REG_INSTANCE_H_INCLUDED_ */
