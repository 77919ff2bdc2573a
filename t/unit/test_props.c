/* unit: ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_props.h"


static void
set(ngx_rtalpha_props_t *props, char *key, char *text, ngx_uint_t type)
{
    ngx_rtalpha_prop_t  prop;

    ngx_memzero(&prop, sizeof(prop));
    prop.key.data = (u_char *) key;
    prop.key.len = strlen(key);
    prop.text.data = (u_char *) text;
    prop.text.len = strlen(text);
    prop.type = type;
    prop.line = (uint32_t) prop.key.len;
    prop.column = 7;
    prop.file = 3;

    CHECK(ngx_rtalpha_props_set(props, &prop) == NGX_OK);
}


static void
test_order(ngx_pool_t *pool)
{
    ngx_rtalpha_props_t       *props, *lower;
    const ngx_rtalpha_prop_t  *a;

    props = ngx_rtalpha_props_create(pool);
    CHECK(props != NULL);
    CHECK(ngx_rtalpha_props_count(props) == 0);
    CHECK(ngx_rtalpha_props_find_lit(props, "a") == NULL);

    set(props, "a", "1", NGX_RTALPHA_PROP_INT);
    set(props, "b", "2", NGX_RTALPHA_PROP_INT);
    a = ngx_rtalpha_props_at(props, 0);
    set(props, "a", "x", NGX_RTALPHA_PROP_STRING);
    set(props, "", "empty", NGX_RTALPHA_PROP_STRING);
    set(props, "n", "", NGX_RTALPHA_PROP_NULL);

    /* a key that is set again keeps its place and its address */

    CHECK(ngx_rtalpha_props_count(props) == 4);
    CHECK(ngx_rtalpha_props_at(props, 0) == a);
    CHECK_STR(&a->key, "a");
    CHECK_STR(&a->text, "x");
    CHECK(a->type == NGX_RTALPHA_PROP_STRING);
    CHECK_STR(&ngx_rtalpha_props_at(props, 1)->key, "b");
    CHECK_STR(&ngx_rtalpha_props_find(props, NULL, 0)->text, "empty");
    CHECK(ngx_rtalpha_props_find_lit(props, "aa") == NULL);

    lower = ngx_rtalpha_props_create(pool);
    set(lower, "c", "3", NGX_RTALPHA_PROP_INT);
    set(lower, "b", "low", NGX_RTALPHA_PROP_STRING);

    CHECK(ngx_rtalpha_props_merge(props, lower) == NGX_OK);
    CHECK(ngx_rtalpha_props_count(props) == 5);
    CHECK_STR(&ngx_rtalpha_props_find_lit(props, "b")->text, "2");
    CHECK_STR(&ngx_rtalpha_props_at(props, 4)->key, "c");
}


/* a list comes from one source as a whole */

static void
test_lists(ngx_pool_t *pool)
{
    ngx_rtalpha_props_t  *props, *lower;

    props = ngx_rtalpha_props_create(pool);
    set(props, "l[0]", "z", NGX_RTALPHA_PROP_STRING);
    set(props, "o[0].n", "1", NGX_RTALPHA_PROP_STRING);
    set(props, "s", "x,y", NGX_RTALPHA_PROP_STRING);
    set(props, "m[a.b]", "1", NGX_RTALPHA_PROP_STRING);
    set(props, "e", "", NGX_RTALPHA_PROP_STRING);

    lower = ngx_rtalpha_props_create(pool);
    set(lower, "l[0]", "a", NGX_RTALPHA_PROP_STRING);
    set(lower, "l[1]", "b", NGX_RTALPHA_PROP_STRING);
    set(lower, "l.x", "c", NGX_RTALPHA_PROP_STRING);
    set(lower, "o[0].v", "1", NGX_RTALPHA_PROP_STRING);
    set(lower, "o[1].n[0]", "1", NGX_RTALPHA_PROP_STRING);
    set(lower, "o", "1", NGX_RTALPHA_PROP_STRING);
    set(lower, "s[0]", "1", NGX_RTALPHA_PROP_STRING);
    set(lower, "e[0]", "1", NGX_RTALPHA_PROP_STRING);
    set(lower, "m[c.d]", "2", NGX_RTALPHA_PROP_STRING);
    set(lower, "n[0]", "3", NGX_RTALPHA_PROP_STRING);
    set(lower, "n[1]", "4", NGX_RTALPHA_PROP_STRING);
    set(lower, "q[", "5", NGX_RTALPHA_PROP_STRING);
    set(lower, "q[]", "5", NGX_RTALPHA_PROP_STRING);
    set(lower, "q[1", "5", NGX_RTALPHA_PROP_STRING);
    set(lower, "[1]", "5", NGX_RTALPHA_PROP_STRING);

    CHECK(ngx_rtalpha_props_merge(props, lower) == NGX_OK);

    CHECK_STR(&ngx_rtalpha_props_find_lit(props, "l[0]")->text, "z");
    CHECK(ngx_rtalpha_props_find_lit(props, "l[1]") == NULL);
    CHECK(ngx_rtalpha_props_find_lit(props, "o[0].v") == NULL);
    CHECK(ngx_rtalpha_props_find_lit(props, "o[1].n[0]") == NULL);
    CHECK(ngx_rtalpha_props_find_lit(props, "o") == NULL);
    CHECK(ngx_rtalpha_props_find_lit(props, "s[0]") == NULL);
    CHECK(ngx_rtalpha_props_find_lit(props, "e[0]") == NULL);
    CHECK(ngx_rtalpha_props_find_lit(props, "l.x") != NULL);
    CHECK_STR(&ngx_rtalpha_props_find_lit(props, "m[c.d]")->text, "2");
    CHECK_STR(&ngx_rtalpha_props_find_lit(props, "n[0]")->text, "3");
    CHECK_STR(&ngx_rtalpha_props_find_lit(props, "n[1]")->text, "4");
    CHECK(ngx_rtalpha_props_count(props) == 13);
}


static ngx_rtalpha_props_t *
fill(ngx_pool_t *pool, ngx_uint_t n)
{
    u_char               *p;
    ngx_uint_t            i;
    ngx_rtalpha_prop_t    prop;
    ngx_rtalpha_props_t  *props;

    props = ngx_rtalpha_props_create(pool);

    for (i = 0; i < n; i++) {
        p = ngx_pnalloc(pool, 64);
        ngx_memzero(&prop, sizeof(prop));
        prop.key.data = p;
        prop.key.len = ngx_sprintf(p, "some.prefix%ui.name%ui", i, i * i) - p;
        prop.text.data = p + prop.key.len;
        prop.text.len = ngx_sprintf(prop.text.data, "%ui", i)
                        - prop.text.data;
        prop.line = (uint32_t) i + 1;
        prop.column = 2;
        prop.file = 9;
        prop.type = i % 5;

        if (ngx_rtalpha_props_set(props, &prop) != NGX_OK) {
            CHECK(0);
        }
    }

    return props;
}


/* every entry is where it should be and is found by its key */

static ngx_uint_t
intact(const ngx_rtalpha_props_t *props, ngx_uint_t n)
{
    u_char                     key[64], text[32];
    size_t                     len, tlen;
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    if (ngx_rtalpha_props_count(props) != n) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        len = ngx_sprintf(key, "some.prefix%ui.name%ui", i, i * i) - key;
        tlen = ngx_sprintf(text, "%ui", i) - text;

        prop = ngx_rtalpha_props_at(props, i);

        if (prop != ngx_rtalpha_props_find(props, key, len)
            || prop->text.len != tlen
            || ngx_memcmp(prop->text.data, text, tlen) != 0
            || prop->line != i + 1 || prop->column != 2 || prop->file != 9
            || prop->type != i % 5)
        {
            return 0;
        }

        key[0] = 'S';

        if (ngx_rtalpha_props_find(props, key, len) != NULL) {
            return 0;
        }
    }

    return 1;
}


static void
test_sizes(ngx_pool_t *pool)
{
    ngx_uint_t            i;
    ngx_str_t             packed, again;
    ngx_rtalpha_out_t     out;
    ngx_rtalpha_props_t  *props, *other;

    static const ngx_uint_t  n[] = {
        0, 1, 7, 8, 9, 15, 16, 17, 24, 25, 47, 48, 49, 96, 97, 1000, 20000
    };

    for (i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
        props = fill(pool, n[i]);
        CHECK(intact(props, n[i]));

        CHECK(ngx_rtalpha_out_init(&out, pool, 0, 8000000) == NGX_OK);
        CHECK(ngx_rtalpha_props_pack(props, &out) == NGX_OK);
        CHECK(ngx_rtalpha_out_done(&out, &packed) == NGX_OK);

        /* at an odd address, with bytes after it */

        again.data = ngx_pnalloc(pool, packed.len + 4);
        ngx_memcpy(again.data + 1, packed.data, packed.len);

        other = ngx_rtalpha_props_unpack(pool, again.data + 1,
                                         packed.len + 3);
        CHECK(other != NULL);
        CHECK(other && intact(other, n[i]));

        /* equal trees are equal bytes, and an unpacked tree can grow */

        if (other) {
            CHECK(ngx_rtalpha_out_init(&out, pool, 0, 8000000) == NGX_OK);
            CHECK(ngx_rtalpha_props_pack(other, &out) == NGX_OK);
            CHECK(ngx_rtalpha_out_done(&out, &again) == NGX_OK);
            CHECK(again.len == packed.len
                  && ngx_memcmp(again.data, packed.data, again.len) == 0);

            CHECK(ngx_rtalpha_props_merge(other, fill(pool, n[i] + 100))
                  == NGX_OK);
            CHECK(intact(other, n[i] + 100));
        }
    }
}


/* whatever byte is wrong, unpacking ends and what it gives can be read */

static void
test_corrupt(ngx_pool_t *pool)
{
    size_t                     i, len, sum;
    u_char                    *copy;
    ngx_str_t                  packed;
    ngx_uint_t                 k, n;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_props_t       *props;
    const ngx_rtalpha_prop_t  *prop;

    props = fill(pool, 20);
    CHECK(ngx_rtalpha_out_init(&out, pool, 0, 8000000) == NGX_OK);
    CHECK(ngx_rtalpha_props_pack(props, &out) == NGX_OK);
    CHECK(ngx_rtalpha_out_done(&out, &packed) == NGX_OK);

    for (len = 0; len < packed.len; len++) {
        copy = ngx_pnalloc(pool, len + 1);
        ngx_memcpy(copy, packed.data, len);

        if (ngx_rtalpha_props_unpack(pool, copy, len) != NULL) {
            CHECK(0);
        }
    }

    copy = ngx_pnalloc(pool, packed.len);
    sum = 0;
    n = 0;

    for (i = 0; i < packed.len * 2; i++) {
        ngx_memcpy(copy, packed.data, packed.len);
        copy[i / 2] ^= (i % 2) ? 0xff : 1;

        props = ngx_rtalpha_props_unpack(pool, copy, packed.len);
        if (props == NULL) {
            n++;
            continue;
        }

        for (k = 0; k < ngx_rtalpha_props_count(props); k++) {
            prop = ngx_rtalpha_props_at(props, k);
            sum += prop->key.len ? prop->key.data[prop->key.len - 1] : 0;
            sum += prop->text.len ? prop->text.data[prop->text.len - 1] : 0;
            sum += ngx_rtalpha_props_find(props, prop->key.data,
                                          prop->key.len) != NULL;
        }
    }

    CHECK(n > 100);
    CHECK(sum > 0);
}


static void
test_limits(ngx_pool_t *pool)
{
    ngx_str_t             s;
    ngx_rtalpha_out_t     out;
    ngx_rtalpha_props_t  *props;

    props = fill(pool, 10);

    CHECK(ngx_rtalpha_out_init(&out, pool, 0, 200) == NGX_OK);
    CHECK(ngx_rtalpha_props_pack(props, &out) == NGX_ERROR);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_order(pool);
    test_lists(pool);
    test_sizes(pool);
    test_corrupt(pool);
    test_limits(pool);

    ngx_destroy_pool(pool);

    return unit_done();
}
