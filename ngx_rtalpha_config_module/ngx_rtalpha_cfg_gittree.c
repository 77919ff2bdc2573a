
/*
 * Tree objects.
 */


#include "ngx_rtalpha_cfg_gittree.h"


/* the entry at p; NULL: there is none, else what follows it */

static u_char *
ngx_rtalpha_cfg_gittree_entry(const ngx_rtalpha_cfg_gittree_t *tree, u_char *p,
    ngx_rtalpha_cfg_entry_t *e)
{
    u_char  *last, *end;

    last = tree->data + tree->len;
    e->mode = 0;
    e->size = 0;

    for ( /* void */ ; p < last && *p >= '0' && *p <= '7'; p++) {
        e->mode = e->mode * 8 + (*p - '0');
    }

    if (p == last || *p != ' ') {
        return NULL;
    }

    p++;
    end = ngx_strlchr(p, last, '\0');

    if (end == NULL || end == p
        || (size_t) (last - end) < 1 + tree->oid_len)
    {
        return NULL;
    }

    e->path.data = p;
    e->path.len = end - p;
    ngx_memzero(e->oid, NGX_RTALPHA_CFG_OID);
    ngx_memcpy(e->oid, end + 1, tree->oid_len);

    return end + 1 + tree->oid_len;
}


ngx_int_t
ngx_rtalpha_cfg_gittree_open(ngx_rtalpha_cfg_gittree_t *tree, ngx_pool_t *pool,
    const ngx_str_t *bytes, ngx_uint_t oid_len, ngx_uint_t max)
{
    u_char                   *p, *last;
    ngx_uint_t                n, most;
    ngx_rtalpha_cfg_entry_t   e;

    if ((oid_len != 20 && oid_len != 32) || bytes->len > 0xffffffff) {
        return NGX_DECLINED;
    }

    tree->data = bytes->data;
    tree->len = bytes->len;
    tree->oid_len = oid_len;

    /* an entry is "1 x NUL id" at least */

    most = ngx_min(bytes->len / (oid_len + 4) + 1, max);
    tree->offsets = ngx_pnalloc(pool, most * sizeof(uint32_t) + 1);

    if (tree->offsets == NULL) {
        return NGX_ERROR;
    }

    p = bytes->data;
    last = p + bytes->len;

    for (n = 0; p < last; n++) {

        if (n == most) {
            return NGX_DECLINED;
        }

        tree->offsets[n] = (uint32_t) (p - bytes->data);
        p = ngx_rtalpha_cfg_gittree_entry(tree, p, &e);

        if (p == NULL) {
            return NGX_DECLINED;
        }
    }

    tree->count = n;

    return NGX_OK;
}


void
ngx_rtalpha_cfg_gittree_at(const ngx_rtalpha_cfg_gittree_t *tree, ngx_uint_t i,
    ngx_rtalpha_cfg_entry_t *entry)
{
    (void) ngx_rtalpha_cfg_gittree_entry(tree, tree->data + tree->offsets[i],
                                      entry);
}


ngx_int_t
ngx_rtalpha_cfg_gittree_compare(const ngx_rtalpha_cfg_entry_t *a,
    const ngx_rtalpha_cfg_entry_t *b)
{
    size_t     len;
    u_char     x, y;
    ngx_int_t  rc;

    len = ngx_min(a->path.len, b->path.len);
    rc = ngx_memcmp(a->path.data, b->path.data, len);

    if (rc != 0) {
        return rc;
    }

    x = a->path.len > len ? a->path.data[len]
                          : (ngx_rtalpha_cfg_gittree_is_dir(a) ? '/' : '\0');
    y = b->path.len > len ? b->path.data[len]
                          : (ngx_rtalpha_cfg_gittree_is_dir(b) ? '/' : '\0');

    return (ngx_int_t) x - (ngx_int_t) y;
}


ngx_int_t
ngx_rtalpha_cfg_gittree_find(const ngx_rtalpha_cfg_gittree_t *tree,
    const ngx_str_t *name, ngx_uint_t dir, ngx_rtalpha_cfg_entry_t *entry)
{
    ngx_int_t                rc;
    ngx_uint_t               low, high, mid;
    ngx_rtalpha_cfg_entry_t  want;

    want.path = *name;
    want.mode = dir ? 0040000 : 0100000;
    low = 0;
    high = tree->count;

    while (low < high) {
        mid = low + (high - low) / 2;
        ngx_rtalpha_cfg_gittree_at(tree, mid, entry);
        rc = ngx_rtalpha_cfg_gittree_compare(entry, &want);

        if (rc == 0) {
            return (dir ? ngx_rtalpha_cfg_gittree_is_dir(entry)
                        : ngx_rtalpha_cfg_gittree_is_file(entry))
                   ? NGX_OK : NGX_DECLINED;
        }

        if (rc < 0) {
            low = mid + 1;

        } else {
            high = mid;
        }
    }

    return NGX_DECLINED;
}
