
/*
 * An environment as one document: .yml, .json, .properties; and texts with
 * placeholders.
 */


#ifndef _NGX_RTALPHA_CFG_RENDER_TEXT_H_INCLUDED_
#define _NGX_RTALPHA_CFG_RENDER_TEXT_H_INCLUDED_


#include "ngx_rtalpha_cfg_render_env.h"


typedef struct {
    ngx_pool_t                   *pool;
    const ngx_rtalpha_cfg_env_t  *env;
    ngx_uint_t                    format;       /* NGX_RTALPHA_CFG_YAML … */
    ngx_uint_t                    index;        /* largest list index */
    unsigned                      resolve:1;
    unsigned                      strip:1;      /* of "document" */

    ngx_uint_t                    status;       /* of NGX_DECLINED */
    ngx_str_t                     error;
} ngx_rtalpha_cfg_text_t;


/* NGX_OK; NGX_DECLINED: see status and error; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_cfg_render_text(ngx_rtalpha_cfg_text_t *text,
    ngx_rtalpha_out_t *out);

/*
 * Replaces placeholders in a text by values of the environment; NGX_DECLINED:
 * they go round in a circle.
 */
ngx_int_t ngx_rtalpha_cfg_render_resolve(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_env_t *env, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *error);

#endif /* _NGX_RTALPHA_CFG_RENDER_TEXT_H_INCLUDED_ */
