
/*
 * YAML into property trees, one per document, as Spring Boot's
 * OriginTrackedYamlLoader does it over SnakeYAML: YAML 1.1 scalars, merge
 * keys, flattening with "a.b[0]", empty collections as "".
 */


#ifndef _NGX_RTALPHA_YAML_H_INCLUDED_
#define _NGX_RTALPHA_YAML_H_INCLUDED_


#include "ngx_rtalpha_props.h"


/* what a loader refuses; a message for people, with line and column */
typedef struct {
    ngx_str_t    message;
    ngx_uint_t   line;              /* from 1; 0: unknown */
    ngx_uint_t   column;
} ngx_rtalpha_load_error_t;


typedef struct {
    size_t       size;              /* bytes of input, default 16 MB */
    ngx_uint_t   nodes;             /* scalars and collections after alias
                                       expansion, default 1 000 000 */
    ngx_uint_t   depth;             /* nesting, default 50 (SnakeYAML) */
    ngx_uint_t   aliases;           /* aliases of collections, default 50
                                       (SnakeYAML) */
    ngx_uint_t   index;             /* largest list index that a flat key
                                       may name, default 65 535 */
} ngx_rtalpha_load_limits_t;


extern const ngx_rtalpha_load_limits_t  ngx_rtalpha_load_defaults;


/*
 * docs: array of ngx_rtalpha_props_t *, one per document in file order
 * (empty documents too).  file is stored in each property.
 * NGX_OK, NGX_DECLINED (bad input: error is filled), NGX_ERROR (no memory).
 */
ngx_int_t ngx_rtalpha_yaml_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, uint32_t file,
    ngx_array_t **docs, ngx_rtalpha_load_error_t *error);


#endif /* _NGX_RTALPHA_YAML_H_INCLUDED_ */
