
/*
 * Flat properties to a tree of maps and lists, as a config server does it
 * for .yml and .json.
 */


#ifndef _NGX_RTALPHA_CFG_UNFLATTEN_H_INCLUDED_
#define _NGX_RTALPHA_CFG_UNFLATTEN_H_INCLUDED_


#include "ngx_rtalpha_props.h"


typedef enum {
    NGX_RTALPHA_CFG_NODE_NULL = 0,
    NGX_RTALPHA_CFG_NODE_LEAF,
    NGX_RTALPHA_CFG_NODE_MAP,
    NGX_RTALPHA_CFG_NODE_LIST
} ngx_rtalpha_cfg_node_e;


typedef struct ngx_rtalpha_cfg_tree_s  ngx_rtalpha_cfg_tree_t;

struct ngx_rtalpha_cfg_tree_s {
    ngx_uint_t                  type;
    const ngx_rtalpha_prop_t   *prop;       /* of a leaf */
    ngx_str_t                   key;        /* in a map */
    ngx_array_t                *items;      /* ngx_rtalpha_cfg_tree_t *;
                                               NULL is a null element */
    ngx_rtalpha_props_t        *index;      /* of a large map */
};


/*
 * index: largest list index, 0: 65 535.  NGX_DECLINED: an invalid key, which
 * is a client error; NGX_ABORT: the keys contradict each other, which the
 * original fails on; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_cfg_unflatten(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_uint_t index,
    ngx_rtalpha_cfg_tree_t **root, ngx_str_t *error);


#endif /* _NGX_RTALPHA_CFG_UNFLATTEN_H_INCLUDED_ */
