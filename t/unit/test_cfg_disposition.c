/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_disposition.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_path.c ngx_rtalpha_config_module/ngx_rtalpha_cfg_value.c */

/*
 * Which targets look like a file that a browser should not open; answers of
 * Config Server 4.3.1.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_disposition.h"


int
main(void)
{
    size_t       i;
    ngx_str_t    target;
    ngx_pool_t  *pool;

    static const struct {
        const char  *target;
        ngx_uint_t   odd;
    } tests[] = {
        { "/app/dev/v1.0", 1 }, { "/app/dev/name.txt", 0 },
        { "/app/dev/rel.yml", 0 }, { "/app/dev/x.html", 1 },
        { "/app/a.b", 1 }, { "/app.x/dev", 0 }, { "/app/dev", 0 },
        { "/app/dev/v1.0?x=y.txt", 1 }, { "/app/dev/main?x=/a.b", 0 },
        { "/app/dev/v1.0;a=b", 1 }, { "/app/dev/main;a=c.d", 1 },
        { "/app/dev/a.b;c=d.txt", 1 }, { "/app/dev/a.txt;c=d.x", 1 },
        { "/app/dev/nolabel.TXT", 0 }, { "/app/dev/a%2Eb", 1 },
        { "/app/dev/a%2Etxt", 0 }, { "/app/dev/nolabel.", 0 },
        { "/app/dev/.b", 1 }, { "/app/dev/a.b%2C", 1 },
        { "/app/dev/a.b/", 0 }, { "/app-dev.yaml", 0 },
        { "/app/dev/x.jpeg", 0 }, { "/app/dev/x.3g2", 0 },
        { "/app/dev/x.zmm", 0 }, { "/app/dev/x.exe", 1 },
        { "/app/dev/x.aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 }, { "", 0 },
        { "/", 0 }, { "/a.%20", 0 }, { "/a.b%2Fc", 0 }
    };

    pool = unit_pool();

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        target.data = (u_char *) tests[i].target;
        target.len = ngx_strlen(tests[i].target);

        if (ngx_rtalpha_cfg_disposition(pool, &target) != tests[i].odd) {
            printf("%s\n", tests[i].target);
        }

        CHECK(ngx_rtalpha_cfg_disposition(pool, &target) == tests[i].odd);
    }

    ngx_destroy_pool(pool);

    return unit_done();
}
