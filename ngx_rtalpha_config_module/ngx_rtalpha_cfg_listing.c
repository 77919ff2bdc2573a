
/*
 * Listings.  A head, the offsets of the records in the order of their paths,
 * then the records: object id, size, mode, length of the path, path.
 * git lists full paths in byte order, which is what the search needs.
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


/* "100644 blob OID    SIZE\tPATH" */

static ngx_int_t
ngx_rtalpha_cfg_listing_line(u_char *p, u_char *last,
    ngx_rtalpha_cfg_entry_t *e)
{
    u_char  *end;

    for (e->mode = 0; p < last && *p >= '0' && *p <= '7'; p++) {
        e->mode = e->mode * 8 + (*p - '0');
    }

    if (last - p < 6 || ngx_strncmp(p, " blob ", 6) != 0) {
        return NGX_DECLINED;
    }

    p += 6;
    end = ngx_strlchr(p, last, ' ');

    if (end == NULL
        || ngx_rtalpha_cfg_oid_parse(p, end - p, e->oid) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    for (p = end; p < last && *p == ' '; p++) { /* void */ }

    for (e->size = 0; p < last && *p >= '0' && *p <= '9'; p++) {
        e->size = e->size * 10 + (*p - '0');
    }

    if (p == last || *p != '\t') {
        return NGX_DECLINED;
    }

    e->path.data = p + 1;
    e->path.len = last - p - 1;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_listing_git(ngx_pool_t *pool, const ngx_str_t *output,
    ngx_uint_t max, ngx_str_t *packed)
{
    u_char                   *p, *last, *end;
    ngx_array_t               entries;
    ngx_rtalpha_cfg_entry_t  *e, entry;

    if (ngx_array_init(&entries, pool, 256, sizeof(ngx_rtalpha_cfg_entry_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = output->data;
    last = output->data + output->len;

    while (p < last) {
        end = ngx_strlchr(p, last, '\0');

        if (end == NULL || entries.nelts == max) {
            return NGX_DECLINED;
        }

        /* submodules are commits; symbolic links could lead anywhere */

        if (ngx_rtalpha_cfg_listing_line(p, end, &entry) == NGX_OK
            && (entry.mode & 0170000) == 0100000)
        {
            e = ngx_array_push(&entries);
            if (e == NULL) {
                return NGX_ERROR;
            }

            *e = entry;
        }

        p = end + 1;
    }

    return ngx_rtalpha_cfg_listing_pack(pool, &entries, packed);
}


ngx_int_t
ngx_rtalpha_cfg_listing_open(ngx_rtalpha_cfg_listing_t *listing,
    ngx_pool_t *pool, u_char *data, size_t len)
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

    listing->pool = pool;
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


ngx_uint_t
ngx_rtalpha_cfg_listing_has_dir(const ngx_rtalpha_cfg_listing_t *listing,
    const ngx_str_t *dir)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_entry_t  e;

    if (dir->len == 0) {
        return 1;
    }

    i = ngx_rtalpha_cfg_listing_lower(listing, dir);

    return i < listing->count
           && ngx_rtalpha_cfg_listing_at(listing, i, &e) == NGX_OK
           && e.path.len > dir->len
           && ngx_memcmp(e.path.data, dir->data, dir->len) == 0;
}


static int ngx_libc_cdecl
ngx_rtalpha_cfg_listing_sort(const void *one, const void *two)
{
    return (int) ngx_rtalpha_cfg_listing_compare(one, two);
}


ngx_array_t *
ngx_rtalpha_cfg_listing_dirs(ngx_rtalpha_cfg_listing_t *listing)
{
    size_t                    k, common;
    ngx_str_t                *d, last;
    ngx_uint_t                i;
    ngx_array_t              *dirs;
    ngx_rtalpha_cfg_entry_t   e;

    if (listing->dirs) {
        return listing->dirs;
    }

    dirs = ngx_array_create(listing->pool, 64, sizeof(ngx_str_t));
    if (dirs == NULL) {
        return NULL;
    }

    ngx_str_null(&last);

    for (i = 0; i < listing->count; i++) {

        if (ngx_rtalpha_cfg_listing_at(listing, i, &e) != NGX_OK) {
            break;
        }

        /* what the path before it shares has been listed */

        for (common = 0;
             common < e.path.len && common < last.len
             && e.path.data[common] == last.data[common];
             common++)
        {
            /* void */
        }

        for (k = common; k < e.path.len; k++) {

            if (e.path.data[k] != '/') {
                continue;
            }

            d = ngx_array_push(dirs);
            if (d == NULL) {
                return NULL;
            }

            d->data = e.path.data;
            d->len = k + 1;
        }

        last = e.path;
    }

    ngx_qsort(dirs->elts, dirs->nelts, sizeof(ngx_str_t),
              ngx_rtalpha_cfg_listing_sort);

    listing->dirs = dirs;

    return dirs;
}
