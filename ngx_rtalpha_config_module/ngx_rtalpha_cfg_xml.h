
/*
 * Java's XML form of properties (java.util.Properties.loadFromXML): a root
 * <properties> with <comment> and <entry key="…">value</entry>.
 */


#ifndef _NGX_RTALPHA_CFG_XML_H_INCLUDED_
#define _NGX_RTALPHA_CFG_XML_H_INCLUDED_


#include "ngx_rtalpha_yaml.h"


/* as ngx_rtalpha_yaml_load(), one document at most; no lines are known */
ngx_int_t ngx_rtalpha_cfg_xml_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, ngx_array_t **docs,
    ngx_rtalpha_load_error_t *error);


#endif /* _NGX_RTALPHA_CFG_XML_H_INCLUDED_ */
