/* unit: ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_json.h"


static ngx_rtalpha_out_t   out;
static ngx_rtalpha_json_t  j;


static void
begin(ngx_pool_t *pool)
{
    CHECK(ngx_rtalpha_out_init(&out, pool, 8, 100000) == NGX_OK);
    ngx_rtalpha_json_init(&j, &out);
}


#define CHECK_OUT(text)                                                       \
    do {                                                                      \
        ngx_str_t  got_;                                                      \
        CHECK(ngx_rtalpha_out_done(&out, &got_) == NGX_OK);                   \
        CHECK_STR(&got_, text);                                               \
    } while (0)

#define CHECK_TEXT(in, text)                                                  \
    do {                                                                      \
        begin(pool);                                                          \
        ngx_rtalpha_json_lit(&j, in);                                         \
        CHECK_OUT(text);                                                      \
    } while (0)


static void
test_structure(ngx_pool_t *pool)
{
    ngx_str_t  s;

    begin(pool);
    ngx_str_set(&s, "foo");

    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "name");
    ngx_rtalpha_json_str(&j, &s);
    ngx_rtalpha_json_key_lit(&j, "list");
    ngx_rtalpha_json_array(&j);
    ngx_rtalpha_json_int(&j, 1);
    ngx_rtalpha_json_bool(&j, 1);
    ngx_rtalpha_json_bool(&j, 0);
    ngx_rtalpha_json_null(&j);
    ngx_rtalpha_json_array(&j);
    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "a");
    ngx_rtalpha_json_raw(&j, ngx_rtalpha_lit("1.0E10"));
    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_json_key_lit(&j, "z");
    ngx_rtalpha_json_int(&j, -2);
    ngx_rtalpha_json_end(&j);

    CHECK_OUT("{\"name\":\"foo\",\"list\":[1,true,false,null,[],"
              "{\"a\":1.0E10},{}],\"z\":-2}");
}


static void
test_escapes(ngx_pool_t *pool)
{
    CHECK_TEXT("", "\"\"");
    CHECK_TEXT("plain text, longer than two words of eight",
               "\"plain text, longer than two words of eight\"");
    CHECK_TEXT("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    CHECK_TEXT("\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"");
    CHECK_TEXT("\x01\x0b\x0e\x1f\x7f",
               "\"\\u0001\\u000B\\u000E\\u001F\x7f\"");

    begin(pool);
    ngx_rtalpha_json_text(&j, (u_char *) "a\0b", 3);
    CHECK_OUT("\"a\\u0000b\"");

    begin(pool);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "a\nb");
    ngx_rtalpha_json_null(&j);
    ngx_rtalpha_json_end(&j);
    CHECK_OUT("{\"a\\nb\":null}");
}


/* what is to be escaped is found at every place of a word */

static void
test_places(ngx_pool_t *pool)
{
    u_char                buf[32];
    size_t                i, n;
    ngx_str_t             s;
    ngx_uint_t            k;
    static const u_char   c[] = { '"', '\\', '\n', 0x1f, 0 };

    for (k = 0; k < sizeof(c); k++) {
        for (i = 0; i < 20; i++) {
            ngx_memset(buf, '!', sizeof(buf));
            buf[i] = c[k];

            begin(pool);
            ngx_rtalpha_json_escape(&out, buf, 20);
            CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);

            n = (c[k] == 0x1f || c[k] == 0) ? 6 : 2;
            CHECK(s.len == 19 + n);
            CHECK(s.data[i] == '\\');
            CHECK(i == 0 || s.data[i - 1] == '!');
            CHECK(i == 19 || s.data[i + n] == '!');
        }
    }

    /* every byte that is safe stays one byte */

    for (k = 0x20; k < 0x80; k++) {
        if (k == '"' || k == '\\') {
            continue;
        }

        ngx_memset(buf, (int) k, sizeof(buf));

        begin(pool);
        ngx_rtalpha_json_escape(&out, buf, 17);
        CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
        CHECK(s.len == 17 && ngx_memcmp(s.data, buf, 17) == 0);
    }
}


#define FFFD  "\xEF\xBF\xBD"

static void
test_utf8(ngx_pool_t *pool)
{
    CHECK_TEXT("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
               "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    CHECK_TEXT("\xEF\xBF\xBF\xF4\x8F\xBF\xBF",
               "\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\"");
    CHECK_TEXT("\xE2\x80\xA8", "\"\xE2\x80\xA8\"");

    CHECK_TEXT("a\xFF" "b", "\"a" FFFD "b\"");
    CHECK_TEXT("\x80", "\"" FFFD "\"");
    CHECK_TEXT("\xC0\xAF", "\"" FFFD FFFD "\"");
    CHECK_TEXT("\xE0\x9F\xBF", "\"" FFFD FFFD FFFD "\"");
    CHECK_TEXT("\xED\xA0\x80", "\"" FFFD FFFD FFFD "\"");
    CHECK_TEXT("\xF4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\"");
    CHECK_TEXT("\xF5", "\"" FFFD "\"");
    CHECK_TEXT("\xE2\x82", "\"" FFFD "\"");
    CHECK_TEXT("\xE2\x82z", "\"" FFFD "z\"");
    CHECK_TEXT("\xE2\x82\"", "\"" FFFD "\\\"\"");
    CHECK_TEXT("\xF0\x9F\x98", "\"" FFFD "\"");
    CHECK_TEXT("\xC3\xC3\xA4", "\"" FFFD "\xC3\xA4\"");
}


static void
test_misuse(ngx_pool_t *pool)
{
    ngx_str_t   s;
    ngx_uint_t  i;

    /* the deepest nesting, and one more */

    begin(pool);

    for (i = 0; i < NGX_RTALPHA_JSON_DEPTH; i++) {
        if (i % 2) {
            ngx_rtalpha_json_array(&j);

        } else {
            ngx_rtalpha_json_object(&j);
            ngx_rtalpha_json_key_lit(&j, "k");
        }
    }

    for (i = 0; i < NGX_RTALPHA_JSON_DEPTH; i++) {
        ngx_rtalpha_json_end(&j);
    }

    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_OK);
    CHECK(s.len == 32 * 6 + 32 * 2);

    begin(pool);

    for (i = 0; i < NGX_RTALPHA_JSON_DEPTH + 1; i++) {
        ngx_rtalpha_json_array(&j);
    }

    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    begin(pool);
    ngx_rtalpha_json_end(&j);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    begin(pool);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "k");
    ngx_rtalpha_json_end(&j);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    begin(pool);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "k");
    ngx_rtalpha_json_key_lit(&j, "k");
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);

    /* a writer that is full stays quiet */

    CHECK(ngx_rtalpha_out_init(&out, pool, 8, 10) == NGX_OK);
    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_array(&j);
    ngx_rtalpha_json_lit(&j, "0123456789");
    ngx_rtalpha_json_lit(&j, "\n");
    ngx_rtalpha_json_end(&j);
    CHECK(ngx_rtalpha_out_done(&out, &s) == NGX_ERROR);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_structure(pool);
    test_escapes(pool);
    test_places(pool);
    test_utf8(pool);
    test_misuse(pool);

    ngx_destroy_pool(pool);

    return unit_done();
}
