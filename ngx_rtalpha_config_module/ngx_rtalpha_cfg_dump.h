
/*
 * A tree as JSON (Jackson's compact form) and as YAML (SnakeYAML's block
 * style with its defaults: indent 2, width 80).
 */


#ifndef _NGX_RTALPHA_CFG_DUMP_H_INCLUDED_
#define _NGX_RTALPHA_CFG_DUMP_H_INCLUDED_


#include "ngx_rtalpha_cfg_unflatten.h"
#include "ngx_rtalpha_json.h"


void ngx_rtalpha_cfg_dump_json(const ngx_rtalpha_cfg_tree_t *root,
    ngx_rtalpha_out_t *out);

/* strip: a root with the only key "document" is shown as its value */
void ngx_rtalpha_cfg_dump_yaml(const ngx_rtalpha_cfg_tree_t *root,
    ngx_uint_t strip, ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_CFG_DUMP_H_INCLUDED_ */
