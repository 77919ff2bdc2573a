
/*
 * Java .properties into property trees, as Spring Boot's
 * OriginTrackedPropertiesLoader: ISO-8859-1 unless UTF-8 is asked for,
 * escapes, continuation lines, "#---" separating documents, "key[]=v" lists.
 * All values are strings.
 */


#ifndef _NGX_RTALPHA_PROPERTIES_H_INCLUDED_
#define _NGX_RTALPHA_PROPERTIES_H_INCLUDED_


#include "ngx_rtalpha_load.h"


/* as ngx_rtalpha_yaml_load(); documents without properties are left out */
ngx_int_t ngx_rtalpha_properties_load(ngx_pool_t *pool,
    const ngx_str_t *input, const ngx_rtalpha_load_limits_t *limits,
    uint32_t file, ngx_array_t **docs, ngx_rtalpha_load_error_t *error);


#endif /* _NGX_RTALPHA_PROPERTIES_H_INCLUDED_ */
