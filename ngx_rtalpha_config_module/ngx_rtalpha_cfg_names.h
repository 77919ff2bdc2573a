
/*
 * propertySources[].name: what clients match profiles against and replace
 * sources by, so it follows the original to the letter, and never holds
 * anything that changes from one start to the next.
 */


#ifndef _NGX_RTALPHA_CFG_NAMES_H_INCLUDED_
#define _NGX_RTALPHA_CFG_NAMES_H_INCLUDED_


#include "ngx_rtalpha_cfg_resolve.h"
#include "ngx_rtalpha_glob.h"


/*
 * Of a file in a git repository: uri "/" path, or for one of several
 * documents the text that the original makes, in which base is the (constant)
 * working directory.
 */
ngx_int_t ngx_rtalpha_cfg_names_git(ngx_pool_t *pool, const ngx_str_t *uri,
    const ngx_str_t *base, const ngx_rtalpha_cfg_source_t *source,
    ngx_str_t *name);

/* of a file of a native location; root: what paths are relative to */
ngx_int_t ngx_rtalpha_cfg_names_native(ngx_pool_t *pool,
    const ngx_str_t *root, const ngx_rtalpha_cfg_source_t *source,
    ngx_str_t *name);

/* a repository's URI without a password, and but for ssh without a user */
ngx_int_t ngx_rtalpha_cfg_names_uri(ngx_pool_t *pool, const ngx_str_t *uri,
    ngx_str_t *shown);

/* a pattern of names, of which "*" is the only wildcard */
#define ngx_rtalpha_cfg_names_glob  ngx_rtalpha_glob


#endif /* _NGX_RTALPHA_CFG_NAMES_H_INCLUDED_ */
