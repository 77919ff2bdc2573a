
/*
 * Checks of the trees that a loader made: everything can be read, a key finds
 * its own entry, and packing and unpacking gives the same tree.
 */


#ifndef _FUZZ_TREES_H_INCLUDED_
#define _FUZZ_TREES_H_INCLUDED_


#include "fuzz.h"
#include "ngx_rtalpha_props.h"


static inline void
fuzz_check_tree(ngx_pool_t *pool, const ngx_rtalpha_props_t *tree)
{
    ngx_str_t                  packed;
    ngx_uint_t                 i;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_props_t       *other;
    const ngx_rtalpha_prop_t  *a, *b;

    FUZZ_CHECK(ngx_rtalpha_out_init(&out, pool, 0, 1 << 30) == NGX_OK);
    FUZZ_CHECK(ngx_rtalpha_props_pack(tree, &out) == NGX_OK);
    FUZZ_CHECK(ngx_rtalpha_out_done(&out, &packed) == NGX_OK);

    other = ngx_rtalpha_props_unpack(pool, packed.data, packed.len);

    FUZZ_CHECK(other);
    FUZZ_CHECK(ngx_rtalpha_props_count(other)
               == ngx_rtalpha_props_count(tree));

    for (i = 0; i < ngx_rtalpha_props_count(tree); i++) {
        a = ngx_rtalpha_props_at(tree, i);
        b = ngx_rtalpha_props_at(other, i);

        FUZZ_CHECK(ngx_rtalpha_props_find(tree, a->key.data, a->key.len) == a);
        FUZZ_CHECK(ngx_rtalpha_props_find(other, a->key.data, a->key.len)
                   == b);
        FUZZ_CHECK(a->text.len == b->text.len
                   && (a->text.len == 0
                       || ngx_memcmp(a->text.data, b->text.data, a->text.len)
                          == 0));
        FUZZ_CHECK(a->type == b->type && a->line == b->line
                   && a->column == b->column);
    }
}


static inline void
fuzz_check_trees(ngx_pool_t *pool, ngx_array_t *docs)
{
    ngx_uint_t             i;
    ngx_rtalpha_props_t  **doc;

    doc = docs->elts;

    for (i = 0; i < docs->nelts; i++) {
        fuzz_check_tree(pool, doc[i]);

        if (i) {
            FUZZ_CHECK(ngx_rtalpha_props_merge(doc[i], doc[i - 1]) == NGX_OK);
            fuzz_check_tree(pool, doc[i]);
        }
    }
}


#endif /* _FUZZ_TREES_H_INCLUDED_ */
