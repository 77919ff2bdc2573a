
/*
 * A set of header names with a mark for each: what a header list is sifted
 * with.  Found by the hash that nginx's parser has already made.
 */


#ifndef _NGX_RTALPHA_GW_NAMES_H_INCLUDED_
#define _NGX_RTALPHA_GW_NAMES_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_GW_NAME_NONE = 0,
    NGX_RTALPHA_GW_NAME_DROP,
    NGX_RTALPHA_GW_NAME_XFF,            /* these six in this order */
    NGX_RTALPHA_GW_NAME_XFHOST,
    NGX_RTALPHA_GW_NAME_XFPORT,
    NGX_RTALPHA_GW_NAME_XFPROTO,
    NGX_RTALPHA_GW_NAME_XFPREFIX,
    NGX_RTALPHA_GW_NAME_FORWARDED,
    NGX_RTALPHA_GW_NAME_CONNECTION,
    NGX_RTALPHA_GW_NAME_UPGRADE,
    NGX_RTALPHA_GW_NAME_HOP,            /* nginx's proxy leaves it out */
    NGX_RTALPHA_GW_NAME_LAST
} ngx_rtalpha_gw_name_e;


typedef struct {
    uint32_t                 hash;      /* ngx_hash_key_lc() */
    uint32_t                 mark;      /* ngx_rtalpha_gw_name_e */
    ngx_str_t                name;      /* lower case */
} ngx_rtalpha_gw_name_t;


typedef struct {
    uint64_t                 bits;      /* of hashes: most names are none */
    ngx_uint_t               mask;
    ngx_uint_t               used;
    ngx_rtalpha_gw_name_t   *slots;
} ngx_rtalpha_gw_names_t;


/* NULL: no memory.  base may be NULL: else the new set begins as a copy. */
ngx_rtalpha_gw_names_t *ngx_rtalpha_gw_names_create(ngx_pool_t *pool,
    const ngx_rtalpha_gw_names_t *base);

/* a name that is there keeps its mark, unless the new one is DROP */
ngx_int_t ngx_rtalpha_gw_names_add(ngx_pool_t *pool,
    ngx_rtalpha_gw_names_t *names, const ngx_str_t *name, ngx_uint_t mark);

/* array of ngx_str_t, all to be dropped; NULL is empty */
ngx_int_t ngx_rtalpha_gw_names_drop(ngx_pool_t *pool,
    ngx_rtalpha_gw_names_t *names, const ngx_array_t *list);

/* hop-by-hop fields and inbound forwarding fields with their marks */
ngx_int_t ngx_rtalpha_gw_names_request(ngx_pool_t *pool,
    ngx_rtalpha_gw_names_t *names);

/* hop-by-hop fields of an answer */
ngx_int_t ngx_rtalpha_gw_names_response(ngx_pool_t *pool,
    ngx_rtalpha_gw_names_t *names);


static ngx_inline ngx_uint_t
ngx_rtalpha_gw_names_find(const ngx_rtalpha_gw_names_t *names,
    ngx_uint_t hash, const u_char *lowcase, size_t len)
{
    ngx_uint_t                    i;
    const ngx_rtalpha_gw_name_t  *slot;

    if (!(names->bits & (1ULL << (hash % 64)))) {
        return NGX_RTALPHA_GW_NAME_NONE;
    }

    for (i = hash; /* void */ ; i++) {
        slot = &names->slots[i & names->mask];

        if (slot->mark == NGX_RTALPHA_GW_NAME_NONE) {
            return NGX_RTALPHA_GW_NAME_NONE;
        }

        if (slot->hash == (uint32_t) hash && slot->name.len == len
            && ngx_memcmp(slot->name.data, lowcase, len) == 0)
        {
            return slot->mark;
        }
    }
}


#endif /* _NGX_RTALPHA_GW_NAMES_H_INCLUDED_ */
