
/*
 * Linear hashing in the zone; see the header.  There are at most 512 * 1024
 * buckets; beyond that chains get longer, by two nodes a million records.
 */


#include "ngx_rtalpha_reg_table.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_REG_TABLE_PAGE   512
#define NGX_RTALPHA_REG_TABLE_PAGES  1024


static ngx_rtalpha_reg_node_t **ngx_rtalpha_reg_table_slot(
    ngx_rtalpha_reg_table_t *t, uint32_t hash);
static void ngx_rtalpha_reg_table_split(ngx_rtalpha_reg_table_t *t);


#define ngx_rtalpha_reg_table_at(t, i)                                        \
    (&(t)->pages[(i) / NGX_RTALPHA_REG_TABLE_PAGE]                            \
                [(i) % NGX_RTALPHA_REG_TABLE_PAGE])


ngx_int_t
ngx_rtalpha_reg_table_init(ngx_rtalpha_reg_table_t *t)
{
    if (t->buckets) {
        return NGX_OK;
    }

    if (t->pages == NULL) {
        t->pages = ngx_rtalpha_zone_array(NGX_RTALPHA_REG_TABLE_PAGES
                                          * sizeof(void *));
        if (t->pages == NULL) {
            return NGX_ERROR;
        }
    }

    if (t->pages[0] == NULL) {
        t->pages[0] = ngx_rtalpha_zone_array(NGX_RTALPHA_REG_TABLE_PAGE
                                             * sizeof(void *));
        if (t->pages[0] == NULL) {
            return NGX_ERROR;
        }
    }

    t->half = NGX_RTALPHA_REG_TABLE_PAGE;
    t->buckets = NGX_RTALPHA_REG_TABLE_PAGE;

    return NGX_OK;
}


static ngx_rtalpha_reg_node_t **
ngx_rtalpha_reg_table_slot(ngx_rtalpha_reg_table_t *t, uint32_t hash)
{
    ngx_uint_t  i;

    i = hash & (2 * t->half - 1);

    if (i >= t->buckets) {
        i -= t->half;
    }

    return ngx_rtalpha_reg_table_at(t, i);
}


ngx_rtalpha_reg_node_t *
ngx_rtalpha_reg_table_chain(ngx_rtalpha_reg_table_t *t, uint32_t hash)
{
    return *ngx_rtalpha_reg_table_slot(t, hash);
}


ngx_rtalpha_reg_node_t *
ngx_rtalpha_reg_table_bucket(ngx_rtalpha_reg_table_t *t, ngx_uint_t i)
{
    return *ngx_rtalpha_reg_table_at(t, i);
}


void
ngx_rtalpha_reg_table_add(ngx_rtalpha_reg_table_t *t,
    ngx_rtalpha_reg_node_t *node)
{
    ngx_rtalpha_reg_node_t  **slot;

    slot = ngx_rtalpha_reg_table_slot(t, node->hash);

    node->next = *slot;
    ngx_memory_barrier();
    *slot = node;

    t->count++;

    if (t->count > t->buckets) {
        ngx_rtalpha_reg_table_split(t);
    }
}


/*
 * One more bucket: takes its share of the nodes of the bucket at half its
 * number.  Without memory the table stays as it is.
 */

static void
ngx_rtalpha_reg_table_split(ngx_rtalpha_reg_table_t *t)
{
    void                     *page;
    ngx_uint_t                n;
    ngx_rtalpha_reg_node_t  **from, **to, *node;

    n = t->buckets;

    if (n / NGX_RTALPHA_REG_TABLE_PAGE == NGX_RTALPHA_REG_TABLE_PAGES) {
        return;
    }

    if (t->pages[n / NGX_RTALPHA_REG_TABLE_PAGE] == NULL) {

        page = ngx_rtalpha_zone_array(NGX_RTALPHA_REG_TABLE_PAGE
                                      * sizeof(void *));
        if (page == NULL) {
            return;
        }

        t->pages[n / NGX_RTALPHA_REG_TABLE_PAGE] = page;
    }

    from = ngx_rtalpha_reg_table_at(t, n - t->half);
    to = ngx_rtalpha_reg_table_at(t, n);

    t->buckets = n + 1;

    while (*from) {
        node = *from;

        if ((node->hash & (2 * t->half - 1)) != n) {
            from = &node->next;
            continue;
        }

        t->moving = node;
        ngx_memory_barrier();
        *from = node->next;
        node->next = *to;
        ngx_memory_barrier();
        *to = node;
        t->moving = NULL;
    }

    if (t->buckets == 2 * t->half) {
        t->half *= 2;
    }
}


void
ngx_rtalpha_reg_table_remove(ngx_rtalpha_reg_table_t *t,
    ngx_rtalpha_reg_node_t *node)
{
    ngx_rtalpha_reg_node_t  **slot;

    for (slot = ngx_rtalpha_reg_table_slot(t, node->hash);
         *slot;
         slot = &(*slot)->next)
    {
        if (*slot == node) {
            *slot = node->next;
            t->count--;
            return;
        }
    }
}


void
ngx_rtalpha_reg_table_replace(ngx_rtalpha_reg_table_t *t,
    ngx_rtalpha_reg_node_t *old, ngx_rtalpha_reg_node_t *node)
{
    ngx_rtalpha_reg_node_t  **slot;

    for (slot = ngx_rtalpha_reg_table_slot(t, node->hash);
         *slot;
         slot = &(*slot)->next)
    {
        if (*slot == old) {
            node->next = old->next;
            ngx_memory_barrier();
            *slot = node;
            return;
        }
    }
}


/*
 * A bucket may have been split half way: its nodes are put where they belong
 * now.  half is corrected first, as it is the last word a split writes.
 */

void
ngx_rtalpha_reg_table_repair(ngx_rtalpha_reg_table_t *t)
{
    ngx_uint_t                i;
    ngx_rtalpha_reg_node_t  **slot, **to, *node, *moved;

    if (t->buckets == 0) {
        return;
    }

    if (t->buckets == 2 * t->half) {
        t->half *= 2;
    }

    t->count = 0;
    moved = t->moving;

    for (i = 0; i < t->buckets; i++) {
        slot = ngx_rtalpha_reg_table_at(t, i);

        while (*slot) {
            node = *slot;

            if (node == moved) {
                moved = NULL;
            }

            to = ngx_rtalpha_reg_table_slot(t, node->hash);

            if (to == ngx_rtalpha_reg_table_at(t, i)) {
                t->count++;
                slot = &node->next;
                continue;
            }

            t->moving = node;
            ngx_memory_barrier();
            *slot = node->next;
            node->next = *to;
            ngx_memory_barrier();
            *to = node;
        }
    }

    if (moved) {
        to = ngx_rtalpha_reg_table_slot(t, moved->hash);
        moved->next = *to;
        *to = moved;
        t->count++;
    }

    t->moving = NULL;
}


/* multiply and fold, eight bytes a step */

uint32_t
ngx_rtalpha_reg_table_hash(uint64_t key, const u_char *data, size_t len)
{
    uint64_t  h, v;

#define fold(a, b)                                                            \
    do {                                                                      \
        unsigned __int128  p_ = (unsigned __int128) (a) * (b);                \
        (a) = (uint64_t) p_ ^ (uint64_t) (p_ >> 64);                          \
    } while (0)

    h = key ^ (len * 0x9e3779b97f4a7c15ULL);

    while (len >= 8) {
        ngx_memcpy(&v, data, 8);
        h ^= v;
        fold(h, key | 1);
        h += 0xa0761d6478bd642fULL;
        data += 8;
        len -= 8;
    }

    v = 0;

    if (len) {
        ngx_memcpy(&v, data, len);
    }

    h ^= v;
    fold(h, key | 1);
    fold(h, 0xe7037ed1a0b428dbULL);

#undef fold

    return (uint32_t) (h ^ (h >> 32));
}
