
/*
 * YAML into property trees, one per document, as Spring Boot's
 * OriginTrackedYamlLoader does it over SnakeYAML: YAML 1.1 scalars, merge
 * keys, flattening with "a.b[0]", empty collections as "".
 */


#ifndef _NGX_RTALPHA_YAML_H_INCLUDED_
#define _NGX_RTALPHA_YAML_H_INCLUDED_


#include "ngx_rtalpha_load.h"


/*
 * docs: array of ngx_rtalpha_props_t *, one per document in file order.  As
 * with Spring, a document without content ("---" alone, comments, null, "")
 * is none; "{}" is one without properties.  file is stored in each property;
 * line and column are those of the value, 0 for members of a set.
 * NGX_OK, NGX_DECLINED (bad input: error is filled), NGX_ERROR (no memory).
 */
ngx_int_t ngx_rtalpha_yaml_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, uint32_t file,
    ngx_array_t **docs, ngx_rtalpha_load_error_t *error);


#endif /* _NGX_RTALPHA_YAML_H_INCLUDED_ */
