
/*
 * One directory of a commit: a tree object as git has it, "mode name NUL id"
 * for each entry, sorted by name with a slash after that of a directory.
 * Pure.
 */


#ifndef _NGX_RTALPHA_CFG_GITTREE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_GITTREE_H_INCLUDED_


#include "ngx_rtalpha_cfg_listing.h"


typedef struct {
    u_char      *data;
    size_t       len;
    ngx_uint_t   oid_len;               /* 20 or 32 */
    uint32_t    *offsets;
    ngx_uint_t   count;
} ngx_rtalpha_cfg_gittree_t;


#define ngx_rtalpha_cfg_gittree_is_dir(e)   (((e)->mode & 0170000) == 0040000)
#define ngx_rtalpha_cfg_gittree_is_file(e)  (((e)->mode & 0170000) == 0100000)


/*
 * The bytes have to outlive the tree.  max: most entries.  NGX_DECLINED:
 * these bytes are no tree, or it has more.
 */
ngx_int_t ngx_rtalpha_cfg_gittree_open(ngx_rtalpha_cfg_gittree_t *tree,
    ngx_pool_t *pool, const ngx_str_t *bytes, ngx_uint_t oid_len,
    ngx_uint_t max);

/* path is the name alone, size is 0 */
void ngx_rtalpha_cfg_gittree_at(const ngx_rtalpha_cfg_gittree_t *tree,
    ngx_uint_t i, ngx_rtalpha_cfg_entry_t *entry);

/* NGX_DECLINED: no such entry of this kind */
ngx_int_t ngx_rtalpha_cfg_gittree_find(const ngx_rtalpha_cfg_gittree_t *tree,
    const ngx_str_t *name, ngx_uint_t dir, ngx_rtalpha_cfg_entry_t *entry);

/* the order of entries in git */
ngx_int_t ngx_rtalpha_cfg_gittree_compare(const ngx_rtalpha_cfg_entry_t *a,
    const ngx_rtalpha_cfg_entry_t *b);


#endif /* _NGX_RTALPHA_CFG_GITTREE_H_INCLUDED_ */
