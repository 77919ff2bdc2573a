
/*
 * What one environment has that another has not, without telling values.
 */


#ifndef _NGX_RTALPHA_CFG_COMPARE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_COMPARE_H_INCLUDED_


#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_props.h"


#define NGX_RTALPHA_CFG_COMPARE_SECRET  32


/*
 * Writes the members "added", "removed" and "changed" of an object that is
 * open: arrays of {key, was, is}.  was and is are digests of values, made
 * with the secret (its size is above): equal where values are equal, and
 * nothing that a list of likely values could be tried on.  At most max keys
 * in each array.  Returns how many keys differ.
 */
ngx_uint_t ngx_rtalpha_cfg_compare(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_props_t *was, const ngx_rtalpha_props_t *is,
    const u_char *secret, ngx_uint_t max);


#endif /* _NGX_RTALPHA_CFG_COMPARE_H_INCLUDED_ */
