
/*
 * An environment, and its JSON as config clients read it.
 */


#ifndef _NGX_RTALPHA_CFG_RENDER_ENV_H_INCLUDED_
#define _NGX_RTALPHA_CFG_RENDER_ENV_H_INCLUDED_


#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_props.h"


/* one property source of an answer */
typedef struct {
    ngx_str_t               name;
    ngx_rtalpha_props_t    *props;
    unsigned                overrides:1;
} ngx_rtalpha_cfg_named_t;


typedef struct {
    ngx_str_t               name;
    ngx_str_t               profiles;       /* as asked for, one element */
    ngx_str_t               label;
    ngx_str_t               version;
    ngx_str_t               state;
    ngx_array_t             sources;        /* ngx_rtalpha_cfg_named_t,
                                               highest first */
    unsigned                labelled:1;     /* else null */
    unsigned                versioned:1;
    unsigned                stated:1;
} ngx_rtalpha_cfg_env_t;


/* v2: values with their origin */
void ngx_rtalpha_cfg_render_env(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_cfg_env_t *env, ngx_uint_t v2);


#endif /* _NGX_RTALPHA_CFG_RENDER_ENV_H_INCLUDED_ */
