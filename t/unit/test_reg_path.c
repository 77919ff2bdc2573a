/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_path.c */

#include "unit.h"
#include "ngx_rtalpha_reg_path.h"


static ngx_rtalpha_reg_path_t  path;
static u_char                  buf[1024];


static ngx_int_t
parse(const char *text)
{
    ngx_str_t  uri;

    uri.data = (u_char *) text;
    uri.len = strlen(text);

    return ngx_rtalpha_reg_path_parse(&uri, buf, &path);
}


#define CHECK_PATH(text, what)                                                \
    CHECK(parse(text) == NGX_OK);                                             \
    CHECK(path.resource == NGX_RTALPHA_REG_PATH_##what)


static void
test_routes(void)
{
    CHECK_PATH("/eureka/apps", APPS);
    CHECK_PATH("/eureka/apps/", APPS);
    CHECK_PATH("/eureka/v2/apps/", APPS);
    CHECK_PATH("//eureka/apps", APPS);
    CHECK_PATH("/eureka/apps;x=1", APPS);
    CHECK_PATH("/eureka/apps/delta", DELTA);
    CHECK_PATH("/eureka/apps/delta/", DELTA);
    CHECK_PATH("/eureka/peerreplication/batch/", BATCH);
    CHECK_PATH("/eureka/asg/x/status", ASG);
    CHECK_PATH("/eureka/status", INFO);
    CHECK_PATH("/", PAGE);
    CHECK_PATH("", PAGE);
    CHECK_PATH("/lastn", LASTN);
    CHECK_PATH("/actuator/health", HEALTH);

    CHECK_PATH("/eureka/apps/A", APP);
    CHECK_STR(&path.name, "A");
    CHECK_PATH("/eureka/apps/A%20B;x=1/i%3A1;y", INSTANCE);
    CHECK_STR(&path.name, "A B");
    CHECK_STR(&path.id, "i:1");
    CHECK_PATH("/eureka/apps/A/g%3Bh/status/", STATUS);
    CHECK_STR(&path.id, "g;h");
    CHECK_PATH("/eureka/apps/A/a+b/metadata", METADATA);
    CHECK_STR(&path.id, "a+b");
    CHECK_PATH("/eureka/instances/x", BY_ID);
    CHECK_STR(&path.id, "x");
    CHECK_PATH("/eureka/vips/a,b", VIP);
    CHECK_STR(&path.name, "a,b");
    CHECK_PATH("/eureka/svips/s", SVIP);

    CHECK_PATH("/eureka", NONE);
    CHECK_PATH("/eureka/", NONE);
    CHECK_PATH("/eureka/v2", NONE);
    CHECK_PATH("/eureka/v3/apps", NONE);
    CHECK_PATH("/eureka/v2/v2/apps", NONE);
    CHECK_PATH("/eureka//apps", NONE);
    CHECK_PATH("/eureka/apps//", NONE);
    CHECK_PATH("/eureka/apps//A", NONE);
    CHECK_PATH("/eureka/./apps", NONE);
    CHECK_PATH("/eureka/x/../apps", NONE);
    CHECK_PATH("/eureka/%61pps", NONE);
    CHECK_PATH("/eureka/Apps", NONE);
    CHECK_PATH("/EUREKA/apps", NONE);
    CHECK_PATH("/eureka/apps/A/i/extra", NONE);
    CHECK_PATH("/eureka/apps/A/i/status/x", NONE);
    CHECK_PATH("/eureka/instances/", NONE);
    CHECK_PATH("/a/b/c/d/e/f/g/h/i/j", NONE);

    CHECK(parse("/eureka/apps/A/i%2Fj") == NGX_DECLINED);
    CHECK(parse("/eureka/apps/A/i%5Cj") == NGX_DECLINED);
    CHECK(parse("/eureka/apps/%zz") == NGX_DECLINED);
    CHECK(parse("/eureka/apps/%00") == NGX_DECLINED);
    CHECK(parse("/eureka/apps/%E9") == NGX_DECLINED);
    CHECK(parse("/eureka/apps/%4") == NGX_DECLINED);
}


static void
test_args(void)
{
    u_char     *p;
    ngx_str_t   args, key, value;

    ngx_str_set(&args, "value=OUT%20OF&x&value=2&=e&lang=a+b&bad=%zz");

    CHECK(ngx_rtalpha_reg_path_arg(&args, "value", buf, &value) == NGX_OK);
    CHECK_STR(&value, "OUT OF");
    CHECK(ngx_rtalpha_reg_path_arg(&args, "x", buf, &value) == NGX_OK);
    CHECK(value.len == 0);
    CHECK(ngx_rtalpha_reg_path_arg(&args, "lang", buf, &value) == NGX_OK);
    CHECK_STR(&value, "a b");
    CHECK(ngx_rtalpha_reg_path_arg(&args, "bad", buf, &value)
          == NGX_DECLINED);
    CHECK(ngx_rtalpha_reg_path_arg(&args, "valu", buf, &value)
          == NGX_DECLINED);

    ngx_str_set(&args, "&&a=1&");
    p = buf;
    CHECK(ngx_rtalpha_reg_path_next_arg(&args, &p, &key, &value) == NGX_OK);
    CHECK_STR(&key, "a");
    CHECK_STR(&value, "1");
    CHECK(ngx_rtalpha_reg_path_next_arg(&args, &p, &key, &value) == NGX_DONE);
}


int
main(void)
{
    test_routes();
    test_args();

    return unit_done();
}
