/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_bus_text.c ngx_rtalpha_core/ngx_rtalpha_amqp_uri.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

/*
 * Spring Cloud Bus: whom a notice is for, what it says, which message an
 * acknowledgement answers; addresses of brokers.
 */

#include "unit.h"

#include "ngx_rtalpha_amqp.h"
#include "ngx_rtalpha_cfg_bus_text.h"


static ngx_pool_t  *pool;


static ngx_str_t
str(const char *text)
{
    ngx_str_t  s;

    s.data = (u_char *) text;
    s.len = ngx_strlen(text);

    return s;
}


static void
destination(const char *application, const char *profiles, const char *want)
{
    ngx_int_t  rc;
    ngx_str_t  app, prof, got;

    app = str(application);
    prof = str(profiles);
    rc = ngx_rtalpha_cfg_bus_destination(pool, &app, &prof, &got);

    if (want == NULL) {
        CHECK(rc == NGX_DECLINED);
        return;
    }

    CHECK(rc == NGX_OK);
    unit_check_str(&got, want, ngx_strlen(want), __FILE__, __LINE__);
}


static void
test_destinations(void)
{
    destination("foo", "default", "foo:*:*");
    destination("foo", "dev", "foo:dev:**");
    destination("foo", "dev,cloud", "foo:dev,cloud:**");
    destination("foo,bar", "dev", "foo:dev:**");
    destination("f:o", "dev", NULL);
    destination("*", "dev", NULL);
    destination("foo", "d?v", NULL);
    destination("foo", "{x}", NULL);
    destination("", "dev", NULL);
    destination(",foo", "dev", NULL);
}


static void
test_refresh(void)
{
    ngx_str_t          origin, to, got;
    ngx_rtalpha_out_t  out;

    static const u_char  id[] = "51cb2cc9-9bdc-4ede-9c89-94acb92b9821";

    origin = str("me:0:\"x");
    to = str("foo:dev:**");

    CHECK(ngx_rtalpha_out_init(&out, pool, 64, 4096) == NGX_OK);
    ngx_rtalpha_cfg_bus_refresh(&out, id, 1795464082514, &origin, &to);
    CHECK(ngx_rtalpha_out_done(&out, &got) == NGX_OK);
    CHECK_STR(&got, "{\"type\":\"RefreshRemoteApplicationEvent\","
              "\"timestamp\":1795464082514,\"originService\":\"me:0:\\\"x\","
              "\"destinationService\":\"foo:dev:**\","
              "\"id\":\"51cb2cc9-9bdc-4ede-9c89-94acb92b9821\"}");
}


static ngx_int_t
ack(const char *text, u_char *id)
{
    return ngx_rtalpha_cfg_bus_ack((const u_char *) text, ngx_strlen(text),
                                   id);
}


static void
test_acks(void)
{
    u_char  id[NGX_RTALPHA_CFG_BUS_ID];

    CHECK(ack("{\"type\":\"AckRemoteApplicationEvent\",\"ackId\":"
              "\"51cb2cc9-9bdc-4ede-9c89-94acb92b9821\"}", id) == NGX_OK);
    CHECK(ngx_memcmp(id, "51cb2cc9-9bdc-4ede-9c89-94acb92b9821", 36) == 0);

    CHECK(ack("{\"type\":\"RefreshRemoteApplicationEvent\",\"ackId\":"
              "\"51cb2cc9-9bdc-4ede-9c89-94acb92b9821\"}", id)
          == NGX_DECLINED);
    CHECK(ack("{\"type\":\"AckRemoteApplicationEvent\",\"ackId\":\"51\"}", id)
          == NGX_DECLINED);
    CHECK(ack("{\"type\":\"AckRemoteApplicationEvent\",\"ackId\":7}", id)
          == NGX_DECLINED);
    CHECK(ack("{\"type\":\"AckRemoteApplicationEvent\"}", id)
          == NGX_DECLINED);
    CHECK(ack("[]", id) == NGX_DECLINED);
    CHECK(ack("", id) == NGX_DECLINED);
    CHECK(ack("{", id) == NGX_DECLINED);
}


static void
test_ids(void)
{
    u_char  a[NGX_RTALPHA_CFG_BUS_ID], b[NGX_RTALPHA_CFG_BUS_ID];

    ngx_rtalpha_cfg_bus_uuid(a);
    ngx_rtalpha_cfg_bus_uuid(b);

    CHECK(ngx_memcmp(a, b, sizeof(a)) != 0);
    CHECK(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
    CHECK(a[14] == '4');
    CHECK(ngx_strchr("89ab", a[19]) != NULL);
}


static const char *
parse(const char *text, ngx_rtalpha_amqp_conf_t *conf)
{
    ngx_str_t  uri;

    ngx_memzero(conf, sizeof(ngx_rtalpha_amqp_conf_t));
    ngx_str_set(&conf->vhost, "/");
    uri = str(text);

    return ngx_rtalpha_amqp_parse(pool, &uri, conf);
}


static void
test_addresses(void)
{
    ngx_rtalpha_amqp_conf_t  conf;

    CHECK(parse("amqp://guest:g%40%3a@127.0.0.1:5673", &conf) == NULL);
    CHECK_STR(&conf.user, "guest");
    CHECK_STR(&conf.password, "g@:");
    CHECK_STR(&conf.host, "127.0.0.1");
    CHECK_STR(&conf.vhost, "/");
    CHECK(conf.port == 5673 && !conf.tls);

    CHECK(parse("amqps://broker/a%2Fb", &conf) == NULL);
    CHECK_STR(&conf.vhost, "a/b");
    CHECK(conf.port == 5671 && conf.tls);

    CHECK(parse("amqp://broker/", &conf) == NULL);
    CHECK_STR(&conf.vhost, "");

    CHECK(parse("amqp://[::1]:7", &conf) == NULL);
    CHECK_STR(&conf.host, "::1");
    CHECK(conf.port == 7);

    CHECK(parse("http://broker", &conf) != NULL);
    CHECK(parse("amqp://", &conf) != NULL);
    CHECK(parse("amqp://:5672", &conf) != NULL);
    CHECK(parse("amqp://a:70000", &conf) != NULL);
    CHECK(parse("amqp://a:x", &conf) != NULL);
    CHECK(parse("amqp://[::1", &conf) != NULL);
    CHECK(parse("amqp://[::1]x", &conf) != NULL);
    CHECK(parse("amqp://a%2/b", &conf) != NULL);
    CHECK(parse("amqp://a%00/b", &conf) != NULL);
}


int
main(void)
{
    pool = unit_pool();

    test_destinations();
    test_refresh();
    test_acks();
    test_ids();
    test_addresses();

    ngx_destroy_pool(pool);

    return unit_done();
}
