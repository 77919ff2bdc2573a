/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_render_text.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_render_env.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_unflatten.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_charset.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_dump.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_scalar.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_value.c ngx_rtalpha_core/ngx_rtalpha_placeholder.c ngx_rtalpha_core/ngx_rtalpha_yaml.c ngx_rtalpha_core/ngx_rtalpha_yaml_text.c ngx_rtalpha_core/ngx_rtalpha_yaml_flat.c ngx_rtalpha_core/ngx_rtalpha_yaml_merge.c ngx_rtalpha_core/ngx_rtalpha_scalar.c ngx_rtalpha_core/ngx_rtalpha_java.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_cfg_charset.h"
#include "ngx_rtalpha_cfg_render_text.h"
#include "ngx_rtalpha_yaml.h"


static ngx_pool_t  *pool;


/* sources as YAML, highest first, NULL-terminated; "!400": refused */

static ngx_str_t
render(ngx_uint_t format, const char **sources)
{
    ngx_int_t                   rc;
    ngx_str_t                   input, result;
    ngx_array_t                *docs;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_cfg_env_t       env;
    ngx_rtalpha_cfg_text_t      text;
    ngx_rtalpha_cfg_named_t    *named;
    ngx_rtalpha_load_error_t    error;

    ngx_memzero(&env, sizeof(env));
    ngx_array_init(&env.sources, pool, 4, sizeof(ngx_rtalpha_cfg_named_t));

    for ( /* void */ ; *sources; sources++) {
        input.data = (u_char *) *sources;
        input.len = strlen(*sources);
        ngx_memzero(&error, sizeof(error));
        CHECK(ngx_rtalpha_yaml_load(pool, &input, &ngx_rtalpha_load_defaults,
                                    0, &docs, &error)
              == NGX_OK);
        named = ngx_array_push(&env.sources);
        ngx_memzero(named, sizeof(*named));
        ngx_str_set(&named->name, "s");
        named->props = *(ngx_rtalpha_props_t **) docs->elts;
    }

    ngx_memzero(&text, sizeof(text));
    text.pool = pool;
    text.env = &env;
    text.format = format;
    text.resolve = 1;
    text.strip = 1;

    ngx_rtalpha_out_init(&out, pool, 256, 1 << 20);
    rc = ngx_rtalpha_cfg_render_text(&text, &out);

    if (rc != NGX_OK) {
        result.data = ngx_pnalloc(pool, 8);
        result.len = ngx_sprintf(result.data, "!%ui", text.status)
                     - result.data;
        return result;
    }

    CHECK(ngx_rtalpha_out_done(&out, &result) == NGX_OK);

    return result;
}


#define YML(...)                                                              \
    render(NGX_RTALPHA_CFG_YAML, (const char *[]) { __VA_ARGS__, NULL })
#define JSON(...)                                                             \
    render(NGX_RTALPHA_CFG_JSON, (const char *[]) { __VA_ARGS__, NULL })
#define PROPS(...)                                                            \
    render(NGX_RTALPHA_CFG_PROPERTIES,                                        \
           (const char *[]) { __VA_ARGS__, NULL })


static void
merging(void)
{
    ngx_str_t  s;

    s = JSON("l2: [q]\nm: {1: uno}\n", "l: [z]\no: [{v: 9}]\ns: foo\n",
             "l: [a, b, c]\nm: {1: one, 5: five}\no: [{n: x, v: 1}]\n"
             "s: base\nonly: 1\n");
    CHECK_STR(&s, "{\"s\":\"foo\",\"only\":1,\"l\":[\"z\"],"
                  "\"m\":[null,\"uno\"],\"o\":[{\"v\":9}],\"l2\":[\"q\"]}");

    s = PROPS("l: [z]\ns: ${only}\n", "only: 1.50\nl: [a, b]\n");
    CHECK_STR(&s, "only: 1.5\ns: 1.5\nl[0]: z");
}


static void
unflattening(void)
{
    ngx_str_t  s;

    s = JSON("a: leaf\na.b: child\nx: {y: 1}\nx.y.z: deep\nd.e: 1\nd: v\n");
    CHECK_STR(&s, "{\"a\":\"leaf\",\"a.b\":\"child\",\"x\":{\"y\":1,"
                  "\"y.z\":\"deep\"},\"d\":\"v\"}");
    s = JSON("m: {'[x/y]': 1, '[a.b]': {c: 2}}\nk: {'q[r]s': 1}\n");
    CHECK_STR(&s, "{\"m[x/y]\":1,\"m[a\":{\"b]\":{\"c\":2}},"
                  "\"k\":{\"q[r]s\":1}}");
    s = JSON("'a..b': 1\n");
    CHECK_STR(&s, "!400");
    s = JSON("1: one\n");
    CHECK_STR(&s, "!400");
    s = JSON("'a[0]b': 1\n");
    CHECK_STR(&s, "!400");
    s = JSON("list: scalar\n'list[0]': z\n");
    CHECK_STR(&s, "!500");

    /* a key cannot make a list of any length */

    s = JSON("m: {100000000: x}\n");
    CHECK_STR(&s, "!400");
    s = JSON("m: {2147483647: x}\n");
    CHECK_STR(&s, "!400");

    /* brackets without a number of 32 bits belong to the name */

    s = JSON("m: {99999999999999999999: x}\n");
    CHECK_STR(&s, "{\"m[99999999999999999999]\":\"x\"}");
    s = JSON("'5]': x\n'a]b': y\n");
    CHECK_STR(&s, "{\"5]\":\"x\",\"a]b\":\"y\"}");
    s = JSON("'a[-1]': x\n");
    CHECK_STR(&s, "!400");
    s = JSON("z: {x: 1}\n'z[-1]': y\n");
    CHECK_STR(&s, "!500");
    s = JSON("'a[0': x\n");
    CHECK_STR(&s, "{\"a[0\":\"x\"}");
    s = JSON("'a[0][x]': x\n");
    CHECK_STR(&s, "!400");

    /* the name of a scalar on the way stays with the leaf */

    s = JSON("a: leaf\na.b.c: x\n");
    CHECK_STR(&s, "{\"a\":\"leaf\",\"b\":{\"a.c\":\"x\"}}");
    s = JSON("a: leaf\nb: leaf\na.b.c: x\n");
    CHECK_STR(&s, "{\"a\":\"leaf\",\"b\":\"leaf\",\"b.c\":\"x\"}");
}


static void
yaml(void)
{
    ngx_str_t  s;

    s = YML("a: '123'\nb: yes\nc: 'yes'\nd: ''\ne: 1.0\nf: '2001-01-01'\n"
            "g: 'a: b'\nh: \"a\\tb\"\ni: \"x\\ny\"\nj: [1, [2, {k: v}]]\n");
    CHECK_STR(&s, "a: '123'\nb: true\nc: 'yes'\nd: ''\ne: 1.0\n"
                  "f: '2001-01-01'\ng: 'a: b'\nh: \"a\\tb\"\ni: |-\n  x\n  y\n"
                  "j:\n- 1\n- - 2\n  - k: v\n");
    s = YML("- a\n- b: 1\n");
    CHECK_STR(&s, "- a\n- b: 1\n");
    s = YML("42\n");
    CHECK_STR(&s, "'42'\n");
    s = YML("{}\n");
    CHECK_STR(&s, "{}\n");
    s = YML("\"\\x01\": \"\\x01\"\n'': 1\n");
    CHECK_STR(&s, "!!binary \"AQ==\": !!binary |-\n  AQ==\n? ''\n: 1\n");
    s = YML("a: ${b}\nb: ${a}\n");
    CHECK_STR(&s, "!400");

    /* several lines are literal, and if they cannot be, in double quotes */

    s = YML("a: \"x\\ny \"\nb: \"x \\ny\"\n");
    CHECK_STR(&s, "a: \"x\\ny \"\nb: \"x \\ny\"\n");

    s = YML("a: '0_'\nb: '-08'\nc: '08'\nd: '2001-1-1'\n"
            "e: '2001-1-1 1:02:03'\nf: '2001-01-01x'\n");
    CHECK_STR(&s, "a: '0_'\nb: -08\nc: '08'\nd: 2001-1-1\n"
                  "e: '2001-1-1 1:02:03'\nf: 2001-01-01x\n");

    /* a long key counts with its tag */

    s = YML("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
            "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 1\n");
    CHECK(s.data[0] == 'k');
    s = YML("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
            "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 1\n");
    CHECK(s.data[0] == '?');
}


static void
charset(const char *name, const char *bytes, size_t len, const char *want)
{
    ngx_str_t   text, set;
    ngx_uint_t  found;

    set.data = (u_char *) name;
    set.len = ngx_strlen(name);
    found = ngx_rtalpha_cfg_charset_find(&set);

    text.data = (u_char *) bytes;
    text.len = len;
    CHECK(ngx_rtalpha_cfg_charset_decode(pool, found, &text) == NGX_OK);
    CHECK(text.len == ngx_strlen(want)
          && ngx_memcmp(text.data, want, text.len) == 0);
}


#define CHARSET(name, bytes, want)                                            \
    charset(name, bytes, sizeof(bytes) - 1, want)


static void
charsets(void)
{
    ngx_str_t  text;

    CHARSET("ISO-8859-1", "caf\xe9", "caf\xc3\xa9");
    CHARSET("", "a\xff\xe2\x82z\xc0\xaf",
            "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
    CHARSET("nosuch", "caf\xc3\xa9", "caf\xc3\xa9");
    CHARSET("utf-16", "\x00" "a\xd8\x3d\xde\x00\xd8",
            "a\xf0\x9f\x98\x80\xef\xbf\xbd");

    text = (ngx_str_t) ngx_string("a\xc3\xa9\xf0\x9f\x98\x80");
    CHECK(ngx_rtalpha_cfg_charset_encode(pool, NGX_RTALPHA_CFG_CHARSET_LATIN1,
                                         &text) == NGX_OK);
    CHECK_STR(&text, "a\xe9?");

    text = (ngx_str_t) ngx_string("\xc3\xa9\xf0\x9f\x98\x80");
    CHECK(ngx_rtalpha_cfg_charset_encode(pool, NGX_RTALPHA_CFG_CHARSET_UTF16LE,
                                         &text) == NGX_OK);
    CHECK(text.len == 6 && ngx_memcmp(text.data, "\xe9\x00\x3d\xd8\x00\xde",
                                      6) == 0);

    text = (ngx_str_t) ngx_string("a");
    CHECK(ngx_rtalpha_cfg_charset_encode(pool, NGX_RTALPHA_CFG_CHARSET_UTF16,
                                         &text) == NGX_OK);
    CHECK(text.len == 4 && ngx_memcmp(text.data, "\xfe\xff\x00" "a", 4) == 0);

    text = (ngx_str_t) ngx_string("a");
    CHECK(ngx_rtalpha_cfg_charset_encode(pool, NGX_RTALPHA_CFG_CHARSET_UTF32BE,
                                         &text) == NGX_OK);
    CHECK(text.len == 4 && ngx_memcmp(text.data, "\x00\x00\x00" "a", 4) == 0);

    text = (ngx_str_t) ngx_string("UTF-8;q=0.5");
    CHECK(!ngx_rtalpha_cfg_charset_legal(&text));
    text = (ngx_str_t) ngx_string("-x");
    CHECK(!ngx_rtalpha_cfg_charset_legal(&text));
    text = (ngx_str_t) ngx_string("x-y_z:1.0+");
    CHECK(ngx_rtalpha_cfg_charset_legal(&text));
}


int
main(void)
{
    pool = unit_pool();

    merging();
    unflattening();
    yaml();
    charsets();

    return unit_done();
}
