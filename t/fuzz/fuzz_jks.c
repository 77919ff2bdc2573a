/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_jks.c */

#include "fuzz.h"

#include <ngx_sha1.h>

#include "ngx_rtalpha_cfg_jks.h"


/* a key store as it is, and with a digest that fits */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char        *p;
    ngx_str_t      input, signed_;
    ngx_sha1_t     sha;
    ngx_pool_t    *pool;
    ngx_array_t    keys;

    static ngx_str_t  password = ngx_string("p");

    pool = fuzz_pool();
    input = fuzz_input(pool, data, size);
    p = ngx_pnalloc(pool, size + 20);

    FUZZ_CHECK(p);
    FUZZ_CHECK(ngx_array_init(&keys, pool, 2,
                              sizeof(ngx_rtalpha_cfg_jks_key_t))
               == NGX_OK);

    (void) ngx_rtalpha_cfg_jks_is(&input);
    (void) ngx_rtalpha_cfg_jks_read(pool, &input, &password, &password,
                                    &keys);

    ngx_memcpy(p, data, size);
    ngx_sha1_init(&sha);
    ngx_sha1_update(&sha, "\0p" "Mighty Aphrodite", 18);
    ngx_sha1_update(&sha, p, size);
    ngx_sha1_final(p + size, &sha);

    signed_ = fuzz_input(pool, p, size + 20);
    (void) ngx_rtalpha_cfg_jks_read(pool, &signed_, &password, &password,
                                    &keys);
    ngx_destroy_pool(pool);

    return 0;
}
