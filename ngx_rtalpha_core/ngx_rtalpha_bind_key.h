
/*
 * Keys of the binding table as a tree of their elements, so that a key of a
 * tree is found by its elements and not by comparing it with every entry.
 * For ngx_rtalpha_bind.c only.
 */


#ifndef _NGX_RTALPHA_BIND_KEY_H_INCLUDED_
#define _NGX_RTALPHA_BIND_KEY_H_INCLUDED_


#include "ngx_rtalpha_bind.h"


typedef struct ngx_rtalpha_bind_node_s  ngx_rtalpha_bind_node_t;


/* NULL: no memory */
ngx_rtalpha_bind_node_t *ngx_rtalpha_bind_tree(ngx_pool_t *pool,
    const ngx_rtalpha_bind_t *table);

/* the entry for a key; literal elements rank before "*" and "**"; or NULL */
const ngx_rtalpha_bind_t *ngx_rtalpha_bind_match(
    const ngx_rtalpha_bind_node_t *root, const ngx_str_t *key);

/* does the key begin with the first two elements of one in the table */
ngx_uint_t ngx_rtalpha_bind_is_ours(const ngx_rtalpha_bind_node_t *root,
    const ngx_str_t *key);

/* the entry whose key takes the fewest edits; NULL: none is near */
const ngx_rtalpha_bind_t *ngx_rtalpha_bind_nearest(
    const ngx_rtalpha_bind_t *table, const ngx_str_t *key);

/* a whole number from 0, in brackets at the end of a key; else NGX_ERROR */
ngx_int_t ngx_rtalpha_bind_index(const ngx_str_t *key);


#endif /* _NGX_RTALPHA_BIND_KEY_H_INCLUDED_ */
