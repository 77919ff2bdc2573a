/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_edit.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_headers.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_names.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_forwarding.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_json.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_time.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_path.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_pattern.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_regex.c ngx_rtalpha_core/ngx_rtalpha_out.c ngx_rtalpha_core/ngx_rtalpha_glob.c ngx_rtalpha_core/ngx_rtalpha_line.c */

/*
 * Edits of requests, header lists, members of JSON bodies and times: what
 * the filters of a route are made of.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_edit.h"
#include "ngx_rtalpha_gw_forwarding.h"
#include "ngx_rtalpha_gw_json.h"
#include "ngx_rtalpha_gw_time.h"


static ngx_str_t
str(const char *text)
{
    ngx_str_t  s;

    s.data = (u_char *) text;
    s.len = ngx_strlen(text);

    return s;
}


static ngx_table_elt_t *
line(ngx_list_t *list, const char *name, const char *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(list);
    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->key = str(name);
    h->value = str(value);
    h->lowcase_key = ngx_pnalloc(list->pool, h->key.len + 1);
    h->hash = ngx_hash_strlow(h->lowcase_key, h->key.data, h->key.len);

    return h;
}


static const char *
value_of(ngx_rtalpha_gw_headers_t *headers, const char *name)
{
    ngx_uint_t   i;
    ngx_str_t    want;
    static char  text[512];

    want = str(name);

    for (i = 0; i < headers->n; i++) {
        if (headers->elts[i].key.len == want.len
            && ngx_strncasecmp(headers->elts[i].key.data, want.data, want.len)
               == 0)
        {
            (void) ngx_snprintf((u_char *) text, sizeof(text), "%V%Z",
                                &headers->elts[i].value);
            return text;
        }
    }

    return "(none)";
}


static void
one(ngx_pool_t *pool, ngx_uint_t type, const char *name, const char *value,
    off_t n, const char *path, const char *query, const char *want)
{
    u_char                     buf[512], *p;
    ngx_str_t                  error, got, expr;
    ngx_rtalpha_gw_op_t        op;
    ngx_rtalpha_gw_vars_t      vars;
    ngx_rtalpha_gw_headers_t   headers;
    ngx_rtalpha_gw_message_t   m;

    ngx_memzero(&op, sizeof(op));
    ngx_memzero(&vars, sizeof(vars));
    ngx_memzero(&headers, sizeof(headers));
    ngx_memzero(&m, sizeof(m));

    op.type = type;
    op.name = str(name);
    op.value = str(value);
    op.n = n;

    if (type == NGX_RTALPHA_GW_REWRITE_PATH) {
        expr = op.name;
        op.regex = ngx_rtalpha_gw_regex_compile(pool, &expr, &error);
    }

    vars.pool = pool;
    expr = str("v");
    got = str("x y/z");
    ngx_rtalpha_gw_vars_set(&vars, &expr, &got);
    op.vars = (strchr(value, '{') != NULL);

    headers.pool = pool;
    m.pool = pool;
    m.vars = &vars;
    m.headers = &headers;
    m.path = str(path);

    if (query) {
        m.query = str(query);
    }

    if (ngx_rtalpha_gw_edit_request(&m, &op, 1) != NGX_OK) {
        CHECK(want == NULL);
        return;
    }

    p = ngx_sprintf(buf, "%V", &m.path);

    if (m.query.data) {
        p = ngx_sprintf(p, "?%V", &m.query);
    }

    got.data = buf;
    got.len = p - buf;

    if (want == NULL) {
        printf("%s %s: should be refused\n", name, value);
        CHECK(0);
        return;
    }

    unit_check_str(&got, want, strlen(want), want, (int) type);
}


static void
test_paths(ngx_pool_t *pool)
{
    one(pool, NGX_RTALPHA_GW_STRIP_PREFIX, "", "", 1, "/a/b/c", NULL, "/b/c");
    one(pool, NGX_RTALPHA_GW_STRIP_PREFIX, "", "", 2, "/a/", NULL, "/");
    one(pool, NGX_RTALPHA_GW_STRIP_PREFIX, "", "", 0, "/a", NULL, "/a");
    one(pool, NGX_RTALPHA_GW_PREFIX_PATH, "", "/p/", 0, "/a", "q", "/p/a?q");
    one(pool, NGX_RTALPHA_GW_PREFIX_PATH, "", "/{v}", 0, "/a", NULL,
        "/x%20y/z/a");
    one(pool, NGX_RTALPHA_GW_SET_PATH, "", "/s/{v}", 0, "/a", NULL,
        "/s/x%20y/z");
    one(pool, NGX_RTALPHA_GW_SET_PATH, "", "/s/{no}", 0, "/a", NULL, NULL);
    one(pool, NGX_RTALPHA_GW_REWRITE_PATH, "/a/?(?<r>.*)", "/${r}", 0,
        "/a/b%2Fc", "q=1", "/b%2Fc?q=1");
    one(pool, NGX_RTALPHA_GW_REWRITE_PATH, "a", "b\nc", 0, "/a", NULL, NULL);
    one(pool, NGX_RTALPHA_GW_REWRITE_PATH, "/a", "x", 0, "/a", NULL, "/x");
    one(pool, NGX_RTALPHA_GW_REWRITE_PATH, "z", "x", 0, "/a", NULL, "/a");

    /* no slashes in a row where a filter would make them, no query of a path */
    one(pool, NGX_RTALPHA_GW_PREFIX_PATH, "", "/p//{v}//", 0, "/a//b", NULL,
        "/p/x%20y/z/a//b");
    one(pool, NGX_RTALPHA_GW_SET_PATH, "", "/s//{v}?x=1", 0, "/a", "q=1",
        "/s/x%20y/z?q=1");
    one(pool, NGX_RTALPHA_GW_REWRITE_PATH, "/a/(.*)", "/$1//b?c=//d", 0,
        "/a//x", NULL, "/x/b?c=//d");
}


static void
test_params(ngx_pool_t *pool)
{
    one(pool, NGX_RTALPHA_GW_ADD_PARAM, "red", "{v}", 0, "/a", NULL,
        "/a?red=x%20y/z");
    one(pool, NGX_RTALPHA_GW_ADD_PARAM, "red", "a&b", 0, "/a", "x=+%20",
        "/a?x=+%20&red=a%26b");
    one(pool, NGX_RTALPHA_GW_REMOVE_PARAM, "red", "", 0, "/a",
        "red=1&blue=+&%72ed", "/a?blue=+");
    one(pool, NGX_RTALPHA_GW_REMOVE_PARAM, "red", "", 0, "/a", "red=1", "/a");
    one(pool, NGX_RTALPHA_GW_REMOVE_PARAM, "red", "", 0, "/a", "&&x", "/a?&&x");
    one(pool, NGX_RTALPHA_GW_REWRITE_PARAM, "c", "new", 0, "/a", "c=1&b=2&c",
        "/a?b=2&c=new");
    one(pool, NGX_RTALPHA_GW_REWRITE_PARAM, "c", "new", 0, "/a", "b=2",
        "/a?b=2");
}


static void
test_expand(ngx_pool_t *pool)
{
    ngx_str_t              text, name, value, got;
    ngx_rtalpha_gw_vars_t  vars;

    ngx_memzero(&vars, sizeof(vars));
    vars.pool = pool;
    name = str("v");
    value = str("a\r\nX-Evil: 1");
    ngx_rtalpha_gw_vars_set(&vars, &name, &value);

    text = str("x-{v}");
    CHECK(ngx_rtalpha_gw_edit_expand(pool, &vars, &text, 0, &got)
          == NGX_DECLINED);
    CHECK(ngx_rtalpha_gw_edit_expand(pool, &vars, &text, 1, &got) == NGX_OK);
    CHECK_STR(&got, "x-a%0D%0AX-Evil:%201");

    text = str("x-{v");
    CHECK(ngx_rtalpha_gw_edit_expand(pool, &vars, &text, 0, &got)
          == NGX_DECLINED);
}


static void
test_sift(ngx_pool_t *pool)
{
    ngx_list_t                list;
    ngx_rtalpha_gw_names_t   *names;
    ngx_rtalpha_gw_headers_t  headers;
    ngx_table_elt_t           h;
    ngx_rtalpha_gw_client_t   client;
    ngx_str_t                 prefix;

    (void) ngx_list_init(&list, pool, 2, sizeof(ngx_table_elt_t));
    ngx_memzero(&headers, sizeof(headers));
    headers.pool = pool;

    names = ngx_rtalpha_gw_names_create(pool, NULL);
    CHECK(ngx_rtalpha_gw_names_request(pool, names) == NGX_OK);

    (void) line(&list, "Host", "x");
    (void) line(&list, "X-A", "1");
    CHECK(ngx_rtalpha_gw_headers_clean(&headers, &list.part, names) == 1);

    (void) line(&list, "Connection", "keep-alive");
    CHECK(ngx_rtalpha_gw_headers_clean(&headers, &list.part, names) == 1);

    (void) line(&list, "X-Hop", "1");
    (void) line(&list, "Connection", "close, X-HOP");
    (void) line(&list, "TE", "trailers");
    (void) line(&list, "X-Forwarded-For", "10.0.0.1");
    (void) line(&list, "X-Forwarded-Odd", "1");
    CHECK(ngx_rtalpha_gw_headers_clean(&headers, &list.part, names) == 0);

    CHECK(ngx_rtalpha_gw_headers_sift(&headers, &list.part, names, 0, 2)
          == NGX_OK);
    CHECK(strcmp(value_of(&headers, "x-a"), "1") == 0);
    CHECK(strcmp(value_of(&headers, "te"), "(none)") == 0);
    CHECK(strcmp(value_of(&headers, "x-forwarded-for"), "(none)") == 0);
    CHECK(strcmp(value_of(&headers, "x-forwarded-odd"), "(none)") == 0);

    CHECK(ngx_rtalpha_gw_headers_sift(&headers, &list.part, names, 1, 2)
          == NGX_OK);
    CHECK(strcmp(value_of(&headers, "x-forwarded-odd"), "1") == 0);

    ngx_memzero(&client, sizeof(client));
    client.scheme = str("http");
    client.addr = str("127.0.0.1");
    client.host = str("shop.example.org:8443");
    prefix = str("/pms");
    CHECK(ngx_rtalpha_gw_headers_zuul(&headers, &h, &client, &prefix)
          == NGX_OK);
    CHECK_STR(&h.value, "shop.example.org:8443\r\nX-Forwarded-Proto: http\r\n"
                        "X-Forwarded-Port: 8443\r\nX-Forwarded-Prefix: /pms"
                        "\r\nX-Forwarded-For: 10.0.0.1, 127.0.0.1");

    CHECK(ngx_rtalpha_gw_headers_named(&client.host,
                                       (u_char *) "", 0) == 0);
}


static void
origin(ngx_pool_t *pool, const char *trusted, const char *xff,
    const char *rfc, const char *want, ngx_uint_t known)
{
    ngx_str_t                     expr, error;
    ngx_list_t                    list;
    ngx_rtalpha_gw_client_t       client;
    ngx_rtalpha_gw_origin_t       o;
    ngx_rtalpha_gw_forwarding_t   f;

    ngx_memzero(&f, sizeof(f));
    ngx_memzero(&client, sizeof(client));
    (void) ngx_list_init(&list, pool, 2, sizeof(ngx_table_elt_t));

    expr = str(trusted);
    f.trusted = ngx_rtalpha_gw_regex_compile(pool, &expr, &error);
    client.addr = str("127.0.0.1");
    client.scheme = str("http");
    client.host = str("here:80");

    if (xff) {
        (void) line(&list, "X-Forwarded-For", xff);
    }

    if (rfc) {
        (void) line(&list, "Forwarded", rfc);
    }

    ngx_rtalpha_gw_origin_read(&f, &list.part, &client, known, &o);
    unit_check_str(&o.addr, want, strlen(want), trusted, 0);
}


static void
test_origin(ngx_pool_t *pool)
{
    origin(pool, "10\\..*", "10.1.1.1, 10.1.1.2", NULL, "10.1.1.1", 1);
    origin(pool, "10\\..*", "9.9.9.9, 1.2.3.4, 10.0.0.1", NULL, "1.2.3.4", 1);
    origin(pool, ".*", "1.2.3.4, 10.0.0.1", NULL, "1.2.3.4", 1);
    origin(pool, ".*", "1.2.3.4", "for=10.9.9.9;proto=https", "10.9.9.9", 1);
    origin(pool, ".*", ", ,", NULL, "127.0.0.1", 1);
    origin(pool, ".*", "1.2.3.4", NULL, "127.0.0.1", 0);
}


static void
json(ngx_pool_t *pool, const char *text, ngx_uint_t deep, const char *want)
{
    ngx_int_t          rc;
    ngx_str_t          in, got, *name;
    ngx_array_t        names;
    ngx_rtalpha_out_t  out;

    (void) ngx_array_init(&names, pool, 2, sizeof(ngx_str_t));
    name = ngx_array_push(&names);
    *name = str("a");
    in = str(text);
    (void) ngx_rtalpha_out_init(&out, pool, 16, 10000);

    rc = ngx_rtalpha_gw_json_remove(&in, &names, deep, &out);

    if (want == NULL) {
        CHECK(rc == NGX_DECLINED);
        return;
    }

    CHECK(rc == NGX_OK && ngx_rtalpha_out_done(&out, &got) == NGX_OK);
    unit_check_str(&got, want, strlen(want), text, 0);
}


static void
test_json(ngx_pool_t *pool)
{
    u_char      text[300];
    ngx_uint_t  i;

    json(pool, "{\"a\":1,\"b\":{\"a\":2}}", 0, "{\"b\":{\"a\":2}}");
    json(pool, "{ \"a\" : [1,2] , \"b\" : { \"a\" : 2 } }", 1, "{\"b\":{}}");
    json(pool, "[{\"a\":1,\"c\":\"x\\\"a\\\"\"}]", 1,
         "[{\"c\":\"x\\\"a\\\"\"}]");
    json(pool, "[{\"a\":1}]", 0, "[{\"a\":1}]");
    json(pool, "12", 1, "12");
    json(pool, "{\"a\"", 1, NULL);
    json(pool, "{\"a\":}", 1, NULL);
    json(pool, "\"x", 1, NULL);
    json(pool, "", 1, NULL);
    json(pool, "{} x", 1, NULL);

    for (i = 0; i < 250; i++) {
        text[i] = '[';
    }

    text[i] = '\0';
    json(pool, (char *) text, 1, NULL);
}


static void
test_time(void)
{
    uint64_t   ms;
    ngx_str_t  text;

    text = str("1970-01-01T00:00:01Z");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_OK && ms == 1000);

    text = str("2017-01-20T17:42:47.789-07:00[America/Denver]");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_OK
          && ms == 1484959367789ULL);

    text = str("2024-02-29T12:00+02");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_OK
          && ms == 1709200800000ULL);

    text = str("2024-02-29T12:00:00");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_DECLINED);
    text = str("2024-13-29T12:00:00Z");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_DECLINED);
    text = str("");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_DECLINED);
    text = str("2024-02-29T12:00:00Zx");
    CHECK(ngx_rtalpha_gw_time_parse(&text, &ms) == NGX_DECLINED);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_paths(pool);
    test_params(pool);
    test_expand(pool);
    test_sift(pool);
    test_origin(pool);
    test_json(pool);
    test_time();

    ngx_destroy_pool(pool);

    return unit_done();
}
