
/*
 * The environment that nginx was started with, and ${…} in property trees.
 */


#ifndef _NGX_RTALPHA_ENV_H_INCLUDED_
#define _NGX_RTALPHA_ENV_H_INCLUDED_


#include "ngx_rtalpha_props.h"


/*
 * Before any settings are read: copies the environment, if no earlier
 * configuration has.  The copy stays as long as the pool of one of them.
 */
ngx_int_t ngx_rtalpha_env_keep(ngx_pool_t *pool);

/* NGX_DECLINED: not set */
ngx_int_t ngx_rtalpha_env_get(const ngx_str_t *name, ngx_str_t *value);

/*
 * Resolves ${name:default} in all values, in the tree first, then in the
 * environment (as name, and as Spring spells it: "a.b-c" is A_BC).  What
 * cannot be resolved stays as it is.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_env_resolve(ngx_pool_t *pool,
    ngx_rtalpha_props_t *props);


#endif /* _NGX_RTALPHA_ENV_H_INCLUDED_ */
