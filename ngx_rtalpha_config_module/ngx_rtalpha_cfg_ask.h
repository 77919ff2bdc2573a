
/*
 * A question to the repositories: the environment of an application under
 * profiles and a label, or a file.
 *
 * Synchronous: what is not in the cache is asked for and the verb says
 * NGX_AGAIN; the caller comes back when the doorbell has rung.
 */


#ifndef _NGX_RTALPHA_CFG_ASK_H_INCLUDED_
#define _NGX_RTALPHA_CFG_ASK_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"
#include "ngx_rtalpha_cfg_depend.h"
#include "ngx_rtalpha_cfg_refs.h"
#include "ngx_rtalpha_cfg_render_env.h"


#define NGX_RTALPHA_CFG_ASK_DEPS  72


typedef struct {
    ngx_pool_t                *pool;
    ngx_rtalpha_cfg_conf_t    *conf;
    ngx_str_t                  application;
    ngx_str_t                  profiles;
    ngx_str_t                  label;
    unsigned                   labelled:1;
    unsigned                   exact:1;         /* nothing else instead of
                                                   what the label means */

    /* results */
    ngx_rtalpha_cfg_env_t      env;
    ngx_str_t                  bytes;           /* of a file */
    ngx_str_t                  file;            /* its path */
    time_t                     time;            /* of its commit */
    ngx_uint_t                 status;          /* of NGX_DECLINED */
    char                      *reason;
    ngx_str_t                  message;
    ngx_str_t                  broken;          /* of "unusable-file": path */
    ngx_rtalpha_cfg_dep_t      deps[NGX_RTALPHA_CFG_ASK_DEPS];
    ngx_uint_t                 ndeps;
    unsigned                   volatile_:1;     /* not to be remembered */
} ngx_rtalpha_cfg_ask_t;


/*
 * NGX_OK; NGX_AGAIN: later; NGX_DECLINED: status, reason and message say
 * why not; NGX_ERROR: no memory.  overrides and decryption are applied.
 */
ngx_int_t ngx_rtalpha_cfg_ask_env(ngx_rtalpha_cfg_ask_t *ask);

/* NGX_DECLINED: no sources, and accept-empty forbids that */
ngx_int_t ngx_rtalpha_cfg_ask_nonempty(ngx_rtalpha_cfg_ask_t *ask);

/* the same for a plain file: bytes, file and time are set */
ngx_int_t ngx_rtalpha_cfg_ask_file(ngx_rtalpha_cfg_ask_t *ask,
    const ngx_str_t *path);


#endif /* _NGX_RTALPHA_CFG_ASK_H_INCLUDED_ */
