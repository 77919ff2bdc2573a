/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_gittree.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_listing.c ngx_rtalpha_core/ngx_rtalpha_out.c */

/*
 * Tree objects of git: its order of names, what is a file and what a
 * directory, and bytes that are no tree.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_gittree.h"


#define ID  "abcdefghijklmnopqrst"


/* as git sorts them: a directory as if its name ended in a slash */

static const char  bytes[] =
    "100644 a.yml\0" ID "120000 link\0" ID "100644 sub-x\0" ID
    "100644 sub.yml\0" ID "40000 sub\0" ID "100755 sub0\0" ID
    "160000 module\0" ID;


static ngx_int_t
find(const ngx_rtalpha_cfg_gittree_t *tree, const char *text, ngx_uint_t dir)
{
    ngx_str_t                name;
    ngx_rtalpha_cfg_entry_t  e;

    name.data = (u_char *) text;
    name.len = ngx_strlen(text);

    return ngx_rtalpha_cfg_gittree_find(tree, &name, dir, &e);
}


static void
test_find(ngx_pool_t *pool)
{
    ngx_str_t                input;
    ngx_rtalpha_cfg_gittree_t   tree;
    ngx_rtalpha_cfg_entry_t  e;

    input.data = (u_char *) bytes;
    input.len = sizeof(bytes) - 1 - sizeof("160000 module\0" ID) + 1;

    CHECK(ngx_rtalpha_cfg_gittree_open(&tree, pool, &input, 20, 100) == NGX_OK);
    CHECK(tree.count == 6);

    CHECK(find(&tree, "a.yml", 0) == NGX_OK);
    CHECK(find(&tree, "sub-x", 0) == NGX_OK);
    CHECK(find(&tree, "sub.yml", 0) == NGX_OK);
    CHECK(find(&tree, "sub", 1) == NGX_OK);
    CHECK(find(&tree, "sub0", 0) == NGX_OK);

    CHECK(find(&tree, "sub", 0) == NGX_DECLINED);
    CHECK(find(&tree, "a.yml", 1) == NGX_DECLINED);
    CHECK(find(&tree, "link", 0) == NGX_DECLINED);
    CHECK(find(&tree, "link", 1) == NGX_DECLINED);
    CHECK(find(&tree, "", 0) == NGX_DECLINED);
    CHECK(find(&tree, "a.ym", 0) == NGX_DECLINED);
    CHECK(find(&tree, "zzz", 0) == NGX_DECLINED);

    ngx_rtalpha_cfg_gittree_at(&tree, 4, &e);
    CHECK(ngx_rtalpha_cfg_gittree_is_dir(&e));
    CHECK_STR(&e.path, "sub");
    CHECK(ngx_memcmp(e.oid, ID, 20) == 0 && e.oid[20] == 0);
}


static void
test_damage(ngx_pool_t *pool)
{
    u_char                  *copy;
    ngx_str_t                input;
    ngx_uint_t               i, good;
    ngx_rtalpha_cfg_gittree_t   tree;

    input.data = (u_char *) bytes;
    input.len = sizeof(bytes) - 1;

    CHECK(ngx_rtalpha_cfg_gittree_open(&tree, pool, &input, 20, 7) == NGX_OK);
    CHECK(ngx_rtalpha_cfg_gittree_open(&tree, pool, &input, 20, 6)
          == NGX_DECLINED);
    CHECK(ngx_rtalpha_cfg_gittree_open(&tree, pool, &input, 21, 7)
          == NGX_DECLINED);

    good = 0;

    for (i = 0; i < sizeof(bytes) - 1; i++) {
        copy = ngx_pnalloc(pool, i + 1);
        ngx_memcpy(copy, bytes, i);
        input.data = copy;
        input.len = i;
        good += (ngx_rtalpha_cfg_gittree_open(&tree, pool, &input, 20, 100)
                 == NGX_OK);
    }

    /* whole only between entries, and when there are none */

    CHECK(good == 7);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();
    test_find(pool);
    test_damage(pool);
    ngx_destroy_pool(pool);

    return unit_done();
}
