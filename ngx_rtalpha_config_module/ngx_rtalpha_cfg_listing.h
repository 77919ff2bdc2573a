
/*
 * The files of one watched folder: a sorted list of path, id and size, packed
 * into bytes without pointers.
 */


#ifndef _NGX_RTALPHA_CFG_LISTING_H_INCLUDED_
#define _NGX_RTALPHA_CFG_LISTING_H_INCLUDED_


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_CFG_OID  32             /* room for a SHA-256 */


typedef struct {
    u_char       oid[NGX_RTALPHA_CFG_OID];  /* zero-padded */
    uint64_t     size;
    uint32_t     mode;                      /* as git has it, e.g. 0100644 */
    ngx_str_t    path;
} ngx_rtalpha_cfg_entry_t;


typedef struct {
    u_char      *data;
    size_t       len;
    uint32_t     count;
} ngx_rtalpha_cfg_listing_t;


/* from an array of ngx_rtalpha_cfg_entry_t sorted by path */
ngx_int_t ngx_rtalpha_cfg_listing_pack(ngx_pool_t *pool,
    const ngx_array_t *entries, ngx_str_t *packed);

/* NGX_DECLINED: these bytes, which have to outlive it, are no listing */
ngx_int_t ngx_rtalpha_cfg_listing_open(ngx_rtalpha_cfg_listing_t *listing,
    u_char *data, size_t len);

ngx_int_t ngx_rtalpha_cfg_listing_at(
    const ngx_rtalpha_cfg_listing_t *listing, ngx_uint_t i,
    ngx_rtalpha_cfg_entry_t *entry);

/* NGX_DECLINED: no such file */
ngx_int_t ngx_rtalpha_cfg_listing_find(
    const ngx_rtalpha_cfg_listing_t *listing, const ngx_str_t *path,
    ngx_rtalpha_cfg_entry_t *entry);

/* hexadecimal to bytes (zero-padded); NGX_DECLINED: not an object id */
ngx_int_t ngx_rtalpha_cfg_oid_parse(const u_char *hex, size_t len,
    u_char *oid);


#endif /* _NGX_RTALPHA_CFG_LISTING_H_INCLUDED_ */
