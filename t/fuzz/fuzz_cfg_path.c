/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_path.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_value.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_accept.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_charset.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz.h"
#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_charset.h"
#include "ngx_rtalpha_cfg_path.h"


static void
negotiate(ngx_pool_t *pool, const ngx_str_t *header)
{
    ngx_str_t                  type, body;
    ngx_rtalpha_cfg_accept_t   accept;

    FUZZ_CHECK(ngx_rtalpha_cfg_accept_parse(pool, header, &accept) == NGX_OK);

    (void) ngx_rtalpha_cfg_accept_error(&accept, &type);
    (void) ngx_rtalpha_cfg_accept_json(&accept, &type);
    (void) ngx_rtalpha_cfg_accept_actuator(&accept, &type);
    (void) ngx_rtalpha_cfg_accept_env(&accept, &type);
    FUZZ_CHECK(type.len);

    body = *header;
    FUZZ_CHECK(ngx_rtalpha_cfg_accept_encode(&accept, &body) != NGX_ERROR);
    (void) ngx_rtalpha_cfg_accept_plain(&accept, &type);
    FUZZ_CHECK(type.len);
}


static void
convert(ngx_pool_t *pool, ngx_uint_t charset, const ngx_str_t *input)
{
    ngx_str_t  text;

    text = *input;
    FUZZ_CHECK(ngx_rtalpha_cfg_charset_decode(pool, charset, &text)
               == NGX_OK);
    FUZZ_CHECK(ngx_rtalpha_cfg_path_utf8(&text));
    FUZZ_CHECK(ngx_rtalpha_cfg_charset_encode(pool, charset, &text)
               == NGX_OK);
    (void) ngx_rtalpha_cfg_charset_legal(input);
}


/*
 * Two bytes of flags and a charset; then a target, which is also an Accept
 * header and the bytes of a file
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                     input;
    ngx_pool_t                   *pool;
    ngx_rtalpha_cfg_question_t    q;
    ngx_rtalpha_cfg_path_conf_t   conf;

    if (size < 2) {
        return 0;
    }

    pool = fuzz_pool();
    input = fuzz_input(pool, data + 2, size - 2);

    ngx_memzero(&conf, sizeof(conf));
    ngx_str_set(&conf.application, "application");
    ngx_str_set(&conf.profile, "default");
    ngx_str_set(&conf.monitor, "/monitor");
    conf.slash = data[0] & 1;
    conf.validate = (data[0] >> 1) & 1;
    conf.firewall = (data[0] >> 2) & 1;

    if (data[0] & 8) {
        ngx_str_set(&conf.prefix, "/config");
    }

    FUZZ_CHECK(ngx_rtalpha_cfg_path_parse(pool, &conf, 1 << ((data[0] >> 4)
                                                             & 3),
                                          &input, &q)
               == NGX_OK);

    /* what is let through leads nowhere outside */

    if (q.status == 0 && (q.route == NGX_RTALPHA_CFG_ROUTE_ENV
                          || q.route == NGX_RTALPHA_CFG_ROUTE_FORMAT
                          || q.route == NGX_RTALPHA_CFG_ROUTE_PLAIN))
    {
        FUZZ_CHECK(memmem(q.name.data, q.name.len, "..", 2) == NULL);
        FUZZ_CHECK(memmem(q.label.data, q.label.len, "..", 2) == NULL);
        FUZZ_CHECK(memmem(q.path.data, q.path.len, "..", 2) == NULL);
        FUZZ_CHECK(memmem(q.profiles.data, q.profiles.len, "..", 2) == NULL);
    }

    negotiate(pool, &input);
    convert(pool, data[1] % (NGX_RTALPHA_CFG_CHARSET_OTHER + 1), &input);

    ngx_destroy_pool(pool);

    return 0;
}
