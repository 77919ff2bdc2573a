
/*
 * Listings.  A head, the offsets of the records in the order of their paths,
 * then the records: object id, size, mode, length of the path, path.
 * They are in the order of the bytes of their paths.
 */


#include "ngx_rtalpha_cfg_listing.h"


#define NGX_RTALPHA_CFG_LISTING_MAGIC  0x316c6372


typedef struct {
    uint32_t  magic;
    uint32_t  count;
} ngx_rtalpha_cfg_listing_head_t;


typedef struct {
    u_char    oid[NGX_RTALPHA_CFG_OID];
    uint64_t  size;
    uint32_t  mode;
    uint32_t  len;
} ngx_rtalpha_cfg_listing_record_t;


ngx_int_t
ngx_rtalpha_cfg_oid_parse(const u_char *hex, size_t len, u_char *oid)
{
    size_t     i;
    ngx_int_t  n;

    if (len != 40 && len != 64) {
        return NGX_DECLINED;
    }

    ngx_memzero(oid, NGX_RTALPHA_CFG_OID);

    for (i = 0; i < len; i += 2) {
        n = ngx_hextoi((u_char *) hex + i, 2);

        if (n == NGX_ERROR) {
            return NGX_DECLINED;
        }

        oid[i / 2] = (u_char) n;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_listing_pack(ngx_pool_t *pool, const ngx_array_t *entries,
    ngx_str_t *packed)
{
    uint32_t                           offset;
    ngx_uint_t                         i;
    ngx_rtalpha_out_t                  out;
    ngx_rtalpha_cfg_entry_t           *e;
    ngx_rtalpha_cfg_listing_head_t     head;
    ngx_rtalpha_cfg_listing_record_t   record;

    head.magic = NGX_RTALPHA_CFG_LISTING_MAGIC;
    head.count = entries->nelts;

    if (ngx_rtalpha_out_init(&out, pool, 128 * entries->nelts + 64, 1 << 30)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_bytes(&out, (u_char *) &head, sizeof(head));

    e = entries->elts;
    offset = sizeof(head) + 4 * head.count;

    for (i = 0; i < entries->nelts; i++) {
        ngx_rtalpha_out_bytes(&out, (u_char *) &offset, 4);
        offset += sizeof(record) + e[i].path.len;
    }

    ngx_memzero(&record, sizeof(record));

    for (i = 0; i < entries->nelts; i++) {
        ngx_memcpy(record.oid, e[i].oid, NGX_RTALPHA_CFG_OID);
        record.size = e[i].size;
        record.mode = e[i].mode;
        record.len = e[i].path.len;

        ngx_rtalpha_out_bytes(&out, (u_char *) &record, sizeof(record));
        ngx_rtalpha_out_str(&out, &e[i].path);
    }

    return ngx_rtalpha_out_done(&out, packed);
}


ngx_int_t
ngx_rtalpha_cfg_listing_open(ngx_rtalpha_cfg_listing_t *listing,
    u_char *data, size_t len)
{
    ngx_rtalpha_cfg_listing_head_t  head;

    ngx_memzero(listing, sizeof(ngx_rtalpha_cfg_listing_t));

    if (len < sizeof(head)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(&head, data, sizeof(head));

    if (head.magic != NGX_RTALPHA_CFG_LISTING_MAGIC
        || head.count > (len - sizeof(head)) / 4)
    {
        return NGX_DECLINED;
    }

    listing->data = data;
    listing->len = len;
    listing->count = head.count;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_listing_at(const ngx_rtalpha_cfg_listing_t *listing,
    ngx_uint_t i, ngx_rtalpha_cfg_entry_t *entry)
{
    uint32_t                           offset;
    ngx_rtalpha_cfg_listing_record_t   record;

    ngx_memcpy(&offset, listing->data
                        + sizeof(ngx_rtalpha_cfg_listing_head_t) + 4 * i, 4);

    if (offset > listing->len || listing->len - offset < sizeof(record)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(&record, listing->data + offset, sizeof(record));

    if (record.len > listing->len - offset - sizeof(record)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(entry->oid, record.oid, NGX_RTALPHA_CFG_OID);
    entry->size = record.size;
    entry->mode = record.mode;
    entry->path.data = listing->data + offset + sizeof(record);
    entry->path.len = record.len;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_listing_compare(const ngx_str_t *a, const ngx_str_t *b)
{
    return ngx_memn2cmp(a->data, b->data, a->len, b->len);
}


/* the first entry whose path is not below the one given */

static ngx_uint_t
ngx_rtalpha_cfg_listing_lower(const ngx_rtalpha_cfg_listing_t *listing,
    const ngx_str_t *path)
{
    ngx_uint_t               low, high, mid;
    ngx_rtalpha_cfg_entry_t  e;

    low = 0;
    high = listing->count;

    while (low < high) {
        mid = low + (high - low) / 2;

        if (ngx_rtalpha_cfg_listing_at(listing, mid, &e) == NGX_OK
            && ngx_rtalpha_cfg_listing_compare(&e.path, path) < 0)
        {
            low = mid + 1;

        } else {
            high = mid;
        }
    }

    return low;
}


ngx_int_t
ngx_rtalpha_cfg_listing_find(const ngx_rtalpha_cfg_listing_t *listing,
    const ngx_str_t *path, ngx_rtalpha_cfg_entry_t *entry)
{
    ngx_uint_t  i;

    i = ngx_rtalpha_cfg_listing_lower(listing, path);

    if (i == listing->count
        || ngx_rtalpha_cfg_listing_at(listing, i, entry) != NGX_OK
        || !ngx_rtalpha_str_eq(&entry->path, path))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}
