/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_path.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_pattern.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_regex.c ngx_rtalpha_core/ngx_rtalpha_out.c ngx_rtalpha_core/ngx_rtalpha_glob.c */

/*
 * Paths, patterns and expressions, against the tables of Spring's own tests
 * (AntPathMatcherTests, PathPatternTests) and the rules for hostile paths.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_pattern.h"


typedef struct {
    int          style;
    const char  *pattern;
    const char  *path;
    int          match;
} row_t;


static row_t  rows[] = {

    /* Ant: a segment, a character, a name */
    { NGX_RTALPHA_GW_ANT, "/pms/**", "/pms", 1 },
    { NGX_RTALPHA_GW_ANT, "/pms/**", "/pms/", 1 },
    { NGX_RTALPHA_GW_ANT, "/pms/**", "/pms/a/b", 1 },
    { NGX_RTALPHA_GW_ANT, "/pms/**", "/pmsx", 0 },
    { NGX_RTALPHA_GW_ANT, "/pms/*", "/pms/a", 1 },
    { NGX_RTALPHA_GW_ANT, "/pms/*", "/pms/a/b", 0 },
    { NGX_RTALPHA_GW_ANT, "/pms/*", "/pms", 0 },
    { NGX_RTALPHA_GW_ANT, "/pms/*", "/pms/", 1 },
    { NGX_RTALPHA_GW_ANT, "/exact", "/exact", 1 },
    { NGX_RTALPHA_GW_ANT, "/exact", "/exact/", 0 },
    { NGX_RTALPHA_GW_ANT, "/slash/", "/slash", 0 },
    { NGX_RTALPHA_GW_ANT, "/slash/", "/slash/", 1 },
    { NGX_RTALPHA_GW_ANT, "/star*", "/starlight", 1 },
    { NGX_RTALPHA_GW_ANT, "/star*", "/starlight/x", 0 },
    { NGX_RTALPHA_GW_ANT, "/t?st", "/test", 1 },
    { NGX_RTALPHA_GW_ANT, "/t?st", "/tst", 0 },
    { NGX_RTALPHA_GW_ANT, "/*bla*/**/bla/**",
      "/XXXblaXXXX/testing/testing/bla/testing/testing/", 1 },
    { NGX_RTALPHA_GW_ANT, "/*bla*/**/bla/*",
      "/XXXblaXXXX/testing/testing/bla/testing", 1 },
    { NGX_RTALPHA_GW_ANT, "/*bla*/**/bla/*",
      "/XXXblaXXXX/testing/testing/bla/testing/testing", 0 },
    { NGX_RTALPHA_GW_ANT, "/x/x/**/bla", "/x/x/x/", 0 },
    { NGX_RTALPHA_GW_ANT, "/**/secret", "/a/secret", 1 },
    { NGX_RTALPHA_GW_ANT, "/**/secret", "/secret", 1 },
    { NGX_RTALPHA_GW_ANT, "/**/secret", "/a/secret/x", 0 },
    { NGX_RTALPHA_GW_ANT, "/**/a/**/b/**", "/x/a/y/b/z", 1 },
    { NGX_RTALPHA_GW_ANT, "/**/a/**/b/**", "/x/b/y/a/z", 0 },
    { NGX_RTALPHA_GW_ANT, "/**/**/b", "/b", 1 },
    { NGX_RTALPHA_GW_ANT, "/**", "/", 1 },
    { NGX_RTALPHA_GW_ANT, "/var/{id}/**", "/var/7/x", 1 },
    { NGX_RTALPHA_GW_ANT, "/var/{id}/**", "/var", 0 },
    { NGX_RTALPHA_GW_ANT, "/v/{id:[0-9]+}", "/v/12", 1 },
    { NGX_RTALPHA_GW_ANT, "/v/{id:[0-9]+}", "/v/1a", 0 },
    { NGX_RTALPHA_GW_ANT, "/v/{id:[0-9]{2}}", "/v/12", 1 },
    { NGX_RTALPHA_GW_ANT, "/{a}-{b}.html", "/x-y.html", 1 },
    { NGX_RTALPHA_GW_ANT, "/{a}-{b}.html", "/x-yxhtml", 0 },
    { NGX_RTALPHA_GW_ANT, "/a//b", "/a/b", 1 },
    { NGX_RTALPHA_GW_ANT, "/a/b", "/a//b", 1 },
    { NGX_RTALPHA_GW_ANT, "a/**", "/a/b", 0 },

    /* PathPattern */
    { NGX_RTALPHA_GW_PATH_SLASH, "/exact", "/exact/", 1 },
    { NGX_RTALPHA_GW_PATH, "/exact", "/exact/", 0 },
    { NGX_RTALPHA_GW_PATH, "/exact", "/exact", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/slash/", "/slash", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/slash/", "/slash/", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/red/{s}", "/red/1/", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/red/{s}", "/red/", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/red/{s}", "/red", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/one/*", "/one/", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/one/*", "/one", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/mid/*/end", "/mid/a/end", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/mid/*/end", "/mid//end", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/rest/{*r}", "/rest", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/rest/{*r}", "/restx", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/pass/**", "//pass/a", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/pass/**", "/pass//a", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/a/b", "/a//b", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/", "/", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/num/{n:[0-9]+}/x", "/num/12/x", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/num/{n:[0-9]+}/x", "/num/ab/x", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/q?x/*", "/qax/b", 1 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/q?x/*", "/qx/b", 0 },
    { NGX_RTALPHA_GW_PATH_SLASH, "/red/{s}", "/red/1;v=2", 1 },
    { 0, NULL, NULL, 0 }
};


static row_t  hosts[] = {
    { 0, "**.some.org", "some.org", 1 },
    { 0, "**.some.org", "a.b.some.org", 1 },
    { 0, "**.some.org", "xsome.org", 0 },
    { 0, "*.one.org", "x.one.org", 1 },
    { 0, "*.one.org", "x.y.one.org", 0 },
    { 0, "exact.org", "exact.org:8080", 0 },
    { 0, "exact.org", "exact.org.", 0 },
    { 0, "exact.org", "EXACT.org", 0 },
    { 0, "port.org:8080", "port.org:8080", 1 },
    { 0, "{sub}.other.org", "v.other.org", 1 },
    { 0, NULL, NULL, 0 }
};


typedef struct {
    const char  *raw;
    int          rc;
    const char  *segs;          /* decoded, joined by "|" */
    const char  *forward;
} path_row_t;


static path_row_t  paths[] = {
    { "/", NGX_OK, "", "/" },
    { "/a/b", NGX_OK, "a|b", "/a/b" },
    { "/a/b/", NGX_OK, "a|b|/", "/a/b/" },
    { "//a", NGX_OK, "|a", "//a" },
    { "/a%20b", NGX_OK, "a b", "/a%20b" },
    { "/a%2Fb", NGX_OK, "a^b", "/a%2Fb" },
    { "/a%252Fb", NGX_OK, "a%2Fb", "/a%252Fb" },
    { "/a;x=1/b", NGX_OK, "a|b", "/a;x=1/b" },
    { "/a%3Bx/b", NGX_OK, "a;x|b", "/a%3Bx/b" },
    { "/a/../b", NGX_OK, "b", "/b" },
    { "/a/%2e%2e/b", NGX_OK, "b", "/b" },
    { "/a/.%2E/b", NGX_OK, "b", "/b" },
    { "/a/..;x=1/b", NGX_OK, "b", "/b" },
    { "/a/./b", NGX_OK, "a|b", "/a/b" },
    { "/a/b/..", NGX_OK, "a|/", "/a/" },
    { "/a/..", NGX_OK, "/", "/" },
    { "/a//../b", NGX_OK, "b", "/b" },
    { "/a/...", NGX_OK, "a|...", "/a/..." },
    { "/a/.hidden", NGX_OK, "a|.hidden", "/a/.hidden" },
    { "/..", NGX_DECLINED, NULL, NULL },
    { "/a/../../b", NGX_DECLINED, NULL, NULL },
    { "/a/%2e%2e/%2e%2e/b", NGX_DECLINED, NULL, NULL },
    { "/a%00b", NGX_DECLINED, NULL, NULL },
    { "/a\\b", NGX_DECLINED, NULL, NULL },
    { "/a%5Cb", NGX_DECLINED, NULL, NULL },
    { "/a;x=\\/b", NGX_DECLINED, NULL, NULL },
    { "/a%zz", NGX_DECLINED, NULL, NULL },
    { "/a%2", NGX_DECLINED, NULL, NULL },
    { "/a/..%2Fb", NGX_DECLINED, NULL, NULL },
    { "/a/x%2F..%2Fb", NGX_DECLINED, NULL, NULL },
    { "/a/x%2F.b", NGX_OK, "a|x^.b", "/a/x%2F.b" },
    { "a", NGX_DECLINED, NULL, NULL },
    { "", NGX_DECLINED, NULL, NULL },
    { NULL, 0, NULL, NULL }
};


static ngx_str_t
str(const char *text)
{
    ngx_str_t  s;

    s.data = (u_char *) text;
    s.len = ngx_strlen(text);

    return s;
}


static void
test_paths(ngx_pool_t *pool)
{
    u_char                 buf[256], *p;
    ngx_str_t              raw, got;
    ngx_uint_t             i, k;
    path_row_t            *row;
    ngx_rtalpha_gw_path_t  path;

    for (row = paths; row->raw; row++) {
        raw = str(row->raw);

        if (ngx_rtalpha_gw_path_parse(pool, &path, &raw, 0) != row->rc) {
            printf("path %s\n", row->raw);
            CHECK(0);
            continue;
        }

        CHECK(1);

        if (row->rc != NGX_OK) {
            continue;
        }

        p = buf;

        for (i = 0; i < path.n; i++) {

            if (i) {
                *p++ = '|';
            }

            for (k = 0; k < path.segs[i].len; k++) {
                *p++ = path.segs[i].text[k] ? path.segs[i].text[k] : '^';
            }
        }

        if (path.slash && ngx_strcmp(row->raw, "/") != 0) {

            if (path.n) {
                *p++ = '|';
            }

            *p++ = '/';
        }

        got.data = buf;
        got.len = p - buf;

        unit_check_str(&got, row->segs, strlen(row->segs), row->raw, 0);
        unit_check_str(&path.raw, row->forward, strlen(row->forward),
                       row->raw, 1);
    }
}


static void
test_rows(ngx_pool_t *pool, row_t *row, u_char separator)
{
    ngx_str_t                 text, raw, error;
    ngx_rtalpha_gw_path_t     path, flat;
    ngx_rtalpha_gw_pattern_t  pattern;

    for ( /* void */ ; row->pattern; row++) {
        text = str(row->pattern);
        raw = str(row->path);

        CHECK(ngx_rtalpha_gw_pattern_compile(pool, &pattern, &text,
                                             row->style, separator, &error)
              == NGX_OK);

        if (separator == '/') {
            CHECK(ngx_rtalpha_gw_path_parse(pool, &path, &raw, 0) == NGX_OK);

        } else {
            CHECK(ngx_rtalpha_gw_path_split(pool, &path, &raw, separator)
                  == NGX_OK);
        }

        CHECK(ngx_rtalpha_gw_path_compact(pool, &flat, &path) == NGX_OK);

        if ((int) ngx_rtalpha_gw_pattern_match(&pattern,
                          row->style == NGX_RTALPHA_GW_ANT ? &flat : &path,
                          NULL)
            != row->match)
        {
            printf("%s on %s\n", row->pattern, row->path);
            CHECK(0);
            continue;
        }

        CHECK(1);
    }
}


static void
test_bad(ngx_pool_t *pool)
{
    ngx_str_t                  text, error;
    ngx_uint_t                 i;
    ngx_rtalpha_gw_pattern_t   pattern;

    static const char         *bad[] = {
        "/a/{", "/a/{}", "/{a:[}", "/**/x", "/{*r}/x", "/{a:(x)}"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        text = str(bad[i]);
        CHECK(ngx_rtalpha_gw_pattern_compile(pool, &pattern, &text,
                                             NGX_RTALPHA_GW_PATH, '/', &error)
              == NGX_DECLINED);
        CHECK(error.len != 0);
    }
}


static void
test_vars(ngx_pool_t *pool)
{
    ngx_str_t                 text, raw, error, name;
    ngx_rtalpha_gw_vars_t     vars;
    ngx_rtalpha_gw_path_t     path;
    ngx_rtalpha_gw_pattern_t  pattern;

    ngx_memzero(&vars, sizeof(vars));
    vars.pool = pool;

    text = str("/a/{b}/{c:[a-z]+}-{d}/{*e}");
    raw = str("/a/x%2Fy/abc-1/r/s%20t/");

    CHECK(ngx_rtalpha_gw_pattern_compile(pool, &pattern, &text,
                                         NGX_RTALPHA_GW_PATH, '/', &error)
          == NGX_OK);
    CHECK(ngx_rtalpha_gw_path_parse(pool, &path, &raw, 0) == NGX_OK);
    CHECK(ngx_rtalpha_gw_pattern_match(&pattern, &path, &vars) == 1);

    name = str("b");
    CHECK_STR(ngx_rtalpha_gw_vars_get(&vars, &name), "x/y");
    name = str("c");
    CHECK_STR(ngx_rtalpha_gw_vars_get(&vars, &name), "abc");
    name = str("d");
    CHECK_STR(ngx_rtalpha_gw_vars_get(&vars, &name), "1");
    name = str("e");
    CHECK_STR(ngx_rtalpha_gw_vars_get(&vars, &name), "/r/s t/");
    name = str("f");
    CHECK(ngx_rtalpha_gw_vars_get(&vars, &name) == NULL);
}


static void
test_replace(ngx_pool_t *pool, const char *expr, const char *subject,
    const char *replacement, const char *want)
{
    ngx_int_t                rc;
    ngx_str_t                e, s, r, error, got;
    ngx_rtalpha_out_t        out;
    ngx_rtalpha_gw_regex_t  *re;

    e = str(expr);
    s = str(subject);
    r = str(replacement);

    re = ngx_rtalpha_gw_regex_compile(pool, &e, &error);
    CHECK(re != NULL);

    if (re == NULL) {
        return;
    }

    CHECK(ngx_rtalpha_out_init(&out, pool, 16, 10000) == NGX_OK);

    rc = ngx_rtalpha_gw_regex_replace(re, &s, &r, &out);

    if (want == NULL) {
        CHECK(rc == NGX_ERROR);
        return;
    }

    if (rc == NGX_DECLINED) {
        got = s;

    } else {
        CHECK(rc == NGX_OK && ngx_rtalpha_out_done(&out, &got) == NGX_OK);
    }

    unit_check_str(&got, want, strlen(want), expr, 0);
}


static void
test_regex(ngx_pool_t *pool)
{
    ngx_str_t                e, error;
    ngx_rtalpha_gw_regex_t  *re;

    test_replace(pool, "/rewrite/?(?<segment>.*)", "/rewrite/a/b",
                 "/${segment}", "/a/b");
    test_replace(pool, "a(.)", "/abac", "b$1", "/bbbc");
    test_replace(pool, "x", "axbx", "\\$1", "a$1b$1");
    test_replace(pool, "(a)(b)?", "ac", "[$2$1]", "[a]c");
    test_replace(pool, "(a)", "a", "$12", "a2");
    test_replace(pool, "(a)", "a", "$2", NULL);
    test_replace(pool, "(a)", "a", "${no}", NULL);
    test_replace(pool, "(a)", "a", "$", NULL);
    test_replace(pool, "b*", "abc", "-", "-a--c-");
    test_replace(pool, "z", "abc", "-", "abc");

    /* over the limits: no match, at once */

    e = str("(a+)+$");
    re = ngx_rtalpha_gw_regex_compile(pool, &e, &error);
    CHECK(re != NULL);
    CHECK(ngx_rtalpha_gw_regex_full(re,
              (u_char *) "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 47,
              NULL, 0) == 0);

    e = str("(");
    CHECK(ngx_rtalpha_gw_regex_compile(pool, &e, &error) == NULL);
    CHECK(error.len > 0);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_paths(pool);
    test_rows(pool, rows, '/');
    test_rows(pool, hosts, '.');
    test_bad(pool);
    test_vars(pool);
    test_regex(pool);

    ngx_destroy_pool(pool);

    return unit_done();
}
