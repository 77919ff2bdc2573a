/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_compare.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_bind_key.c */

/*
 * Differences of two trees: which keys, and that equal values have equal
 * digests that do not tell them.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_compare.h"


static ngx_pool_t  *pool;


static void
set(ngx_rtalpha_props_t *tree, const char *key, const char *value,
    ngx_uint_t type)
{
    ngx_rtalpha_prop_t  prop;

    ngx_memzero(&prop, sizeof(prop));
    prop.key.data = (u_char *) key;
    prop.key.len = ngx_strlen(key);
    prop.text.data = (u_char *) value;
    prop.text.len = ngx_strlen(value);
    prop.type = (uint32_t) type;
    (void) ngx_rtalpha_props_set(tree, &prop);
}


static ngx_uint_t
compare(const ngx_rtalpha_props_t *was, const ngx_rtalpha_props_t *is,
    ngx_uint_t max, ngx_str_t *text)
{
    ngx_uint_t          n;
    ngx_rtalpha_out_t   out;
    ngx_rtalpha_json_t  j;

    static u_char  secret[NGX_RTALPHA_CFG_COMPARE_SECRET] = "k";

    (void) ngx_rtalpha_out_init(&out, pool, 64, 65536);
    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    n = ngx_rtalpha_cfg_compare(&j, was, is, secret, max);
    ngx_rtalpha_json_end(&j);
    (void) ngx_rtalpha_out_done(&out, text);

    return n;
}


static ngx_uint_t
has(const ngx_str_t *text, const char *part)
{
    return ngx_strnstr(text->data, (char *) part, text->len) != NULL;
}


int
main(void)
{
    ngx_str_t             text;
    ngx_rtalpha_props_t  *was, *is;

    pool = unit_pool();
    was = ngx_rtalpha_props_create(pool);
    is = ngx_rtalpha_props_create(pool);

    CHECK(compare(was, is, 10, &text) == 0);
    CHECK_STR(&text, "{\"added\":[],\"removed\":[],\"changed\":[]}");

    set(was, "same", "1", NGX_RTALPHA_PROP_INT);
    set(is, "same", "1", NGX_RTALPHA_PROP_INT);
    set(was, "gone", "secret", NGX_RTALPHA_PROP_STRING);
    set(is, "new", "secret", NGX_RTALPHA_PROP_STRING);
    set(was, "type", "1", NGX_RTALPHA_PROP_STRING);
    set(is, "type", "1", NGX_RTALPHA_PROP_INT);

    CHECK(compare(was, is, 10, &text) == 3);
    CHECK(has(&text, "\"added\":[{\"key\":\"new\",\"is\":\""));
    CHECK(has(&text, "\"removed\":[{\"key\":\"gone\",\"was\":\""));
    CHECK(has(&text, "\"changed\":[{\"key\":\"type\",\"was\":\""));
    CHECK(!has(&text, "same"));
    CHECK(!has(&text, "secret"));

    set(is, "new2", "", NGX_RTALPHA_PROP_NULL);
    CHECK(compare(was, is, 1, &text) == 4);
    CHECK(!has(&text, "new2"));

    return unit_done();
}
