/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_path.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_value.c */

#include "unit.h"
#include "ngx_rtalpha_cfg_path.h"


static ngx_pool_t                   *pool;
static ngx_rtalpha_cfg_path_conf_t   conf;
static ngx_rtalpha_cfg_question_t    q;


static void
parse(ngx_uint_t method, const char *text)
{
    ngx_str_t  target;

    target.len = strlen(text);
    target.data = ngx_pnalloc(pool, target.len ? target.len : 1);
    ngx_memcpy(target.data, text, target.len);

    CHECK(ngx_rtalpha_cfg_path_parse(pool, &conf, method, &target, &q)
          == NGX_OK);
}


static void
get(const char *text)
{
    parse(NGX_RTALPHA_CFG_GET, text);
}


static void
environments(void)
{
    get("/foo/dev");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENV && q.status == 0);
    CHECK_STR(&q.name, "foo");
    CHECK_STR(&q.profiles, "dev");
    CHECK(!q.labelled);

    get("/foo/dev,prod/feature(_)x");
    CHECK_STR(&q.profiles, "dev,prod");
    CHECK_STR(&q.label, "feature/x");
    CHECK(q.labelled);

    get("/x(_)a/dev;v=1");
    CHECK_STR(&q.name, "x/a");
    CHECK_STR(&q.profiles, "dev");

    /* a file name as a label is a label */

    get("/foo/dev/main.yml");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENV);
    CHECK_STR(&q.label, "main.yml");

    get("/foo/dev.ymlx");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENV);
    get("/foo/dev/");
    CHECK(q.status == 404);
    get("/foo");
    CHECK(q.status == 404);
    get("//foo/dev");
    CHECK(q.status == 404);
    get("/foo/a.json.b");
    CHECK(q.status == 404);
}


static void
formats(void)
{
    get("/foo-bar-dev.yml");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_FORMAT);
    CHECK(q.format == NGX_RTALPHA_CFG_YAML);
    CHECK_STR(&q.name, "foo-bar");
    CHECK_STR(&q.profiles, "dev");

    get("/main/foo-dev.properties");
    CHECK(q.format == NGX_RTALPHA_CFG_PROPERTIES);
    CHECK_STR(&q.label, "main");

    get("/foo-dev.yml.json");
    CHECK(q.format == NGX_RTALPHA_CFG_JSON);
    CHECK_STR(&q.profiles, "dev.yml");

    get("/-dev.yml");
    CHECK(q.status == 0 && q.name.len == 0);
    get("/foo.yml");
    CHECK(q.status == 404);
    get("/main/foo.yml");
    CHECK(q.status == 404);

    get("/foo-dev.yml?resolvePlaceholders=off");
    CHECK(q.status == 0 && !q.resolve);
    get("/foo-dev.yml?resolvePlaceholders=");
    CHECK(q.status == 0 && q.resolve);
    get("/foo-dev.yml?resolvePlaceholders=maybe");
    CHECK(q.status == 400);
}


static void
files(void)
{
    get("/foo/dev/main/a//b/c.txt");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_PLAIN);
    CHECK_STR(&q.path, "a/b/c.txt");
    CHECK_STR(&q.label, "main");

    get("/foo/dev/sub(_)f.txt?useDefaultLabel");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_PLAIN && !q.labelled);
    CHECK_STR(&q.path, "sub/f.txt");
}


static void
methods(void)
{
    parse(NGX_RTALPHA_CFG_POST, "/foo/dev");
    CHECK(q.status == 405 && q.methods == NGX_RTALPHA_CFG_GET);
    parse(NGX_RTALPHA_CFG_POST, "/encrypt");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENCRYPT && q.status == 0);
    parse(NGX_RTALPHA_CFG_POST, "/encrypt/a/b");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENCRYPT && q.status == 0);
    get("/encrypt");
    CHECK(q.status == 405);
    get("/encrypt/a");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENV);
    get("/encrypt/status");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_STATUS);
    get("/key/a/b");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_KEY);
    parse(NGX_RTALPHA_CFG_OPTIONS, "/foo/dev");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_OPTIONS);
    get("/monitor");
    CHECK(q.status == 404);
}


static void
refused(void)
{
    ngx_uint_t  i;

    static const char  *bad[] = {
        "/foo/../dev", "/..%2e/dev/x", "/foo/a%2e%2e/x", "/foo/a%252e%252e",
        "/foo/-a", "/foo/a-", "/foo/a,", "/foo/a:b", "/foo/x(_)y",
        "/(_)foo/dev", "/foo/dev/(_)x", "/foo/dev/a..b", "/foo/%20/x",
        "/foo/dev/main/../../etc/passwd", "/foo/dev/main/%2e%2e/x",
        "/foo/dev/main/%252e%252e/x", "/foo/dev/main/(_)etc(_)passwd"
    };

    static const char  *malformed[] = {
        "/foo/d%2Fev", "/foo/d%5Cev", "/foo/d%00ev", "/foo/d%zz", "/foo/%ff",
        "/foo/%c0%af", "/foo/%ed%a0%80", "/foo/{a}", "/foo/a|b", "/foo/a b",
        "/%2e%2e/%2e%2e/x", "/a/../../b", ""
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        get(bad[i]);
        CHECK(q.status == 400);
    }

    for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        get(malformed[i]);
        CHECK(q.status == 400 && q.bare);
    }

    /* what clients mean by an encoded slash */

    conf.slash = 1;
    get("/foo/dev/feature%2Fx");
    CHECK(q.status == 0);
    CHECK_STR(&q.label, "feature/x");
    conf.slash = 0;
}


static void
profiles(void)
{
    ngx_uint_t  i;
    ngx_str_t   s;

    static ngx_str_t  good[] = {
        ngx_string("dev"), ngx_string("d-e.v_1+2@x"), ngx_string("\xc3\xa4"),
        ngx_string("\xe6\x97\xa5\xe6\x9c\xac")
    };

    static ngx_str_t  wrong[] = {
        ngx_string(""), ngx_string("-a"), ngx_string("a."), ngx_string("a b"),
        ngx_string("\xf0\x9f\x98\x80"), ngx_string("a\xe2\x80\xae""b"),
        ngx_string("\xff"), ngx_string("_")
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CHECK(ngx_rtalpha_cfg_path_profile_valid(&good[i]));
    }

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CHECK(!ngx_rtalpha_cfg_path_profile_valid(&wrong[i]));
    }

    ngx_str_set(&s, "a(_)(_)b");
    CHECK(ngx_rtalpha_cfg_path_slashes(pool, &s, &s) == NGX_OK);
    CHECK_STR(&s, "a//b");
}


static void
prefixes(void)
{
    ngx_str_set(&conf.prefix, "/config/");
    get("/config/foo/dev");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_ENV && q.status == 0);
    get("/foo/dev");
    CHECK(q.status == 404);
    get("/actuator/health");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_HEALTH);
    ngx_str_null(&conf.prefix);

    ngx_str_set(&conf.monitor, "/monitor");
    parse(NGX_RTALPHA_CFG_POST, "/monitor");
    CHECK(q.route == NGX_RTALPHA_CFG_ROUTE_MONITOR && q.status == 0);
    get("/monitor");
    CHECK(q.status == 405);
    ngx_str_null(&conf.monitor);
}


int
main(void)
{
    pool = unit_pool();
    conf.validate = 1;
    ngx_str_set(&conf.application, "application");
    ngx_str_set(&conf.profile, "default");

    environments();
    formats();
    files();
    methods();
    refused();
    profiles();
    prefixes();

    return unit_done();
}
