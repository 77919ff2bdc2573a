/* unit: ngx_rtalpha_core/ngx_rtalpha_bind.c ngx_rtalpha_core/ngx_rtalpha_bind_key.c ngx_rtalpha_core/ngx_rtalpha_bind_value.c ngx_rtalpha_core/ngx_rtalpha_bind_report.c ngx_rtalpha_core/ngx_rtalpha_properties.c ngx_rtalpha_core/ngx_rtalpha_load.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "fuzz.h"
#include "ngx_rtalpha_bind.h"
#include "ngx_rtalpha_properties.h"


typedef struct {
    ngx_flag_t    flag;
    ngx_int_t     number;
    ngx_msec_t    msec;
    ngx_msec_t    sec;
    size_t        size;
    ngx_int_t     fraction;
    ngx_str_t     str;
    ngx_array_t  *list;
} conf_t;


static const ngx_rtalpha_bind_t  table[] = {
    { ngx_string("a.b.flag-of"), NGX_RTALPHA_BIND_FLAG,
      offsetof(conf_t, flag), 0, 0, 0, NULL },
    { ngx_string("a.b.number"), NGX_RTALPHA_BIND_INT,
      offsetof(conf_t, number), -5, 1000, 0, NULL },
    { ngx_string("a.b.msec"), NGX_RTALPHA_BIND_MSEC,
      offsetof(conf_t, msec), 0, 0, 0, NULL },
    { ngx_string("a.b.sec"), NGX_RTALPHA_BIND_SEC,
      offsetof(conf_t, sec), 0, 3600000, 0, NULL },
    { ngx_string("a.b.size"), NGX_RTALPHA_BIND_SIZE,
      offsetof(conf_t, size), 0, 0, 0, NULL },
    { ngx_string("a.b.fraction"), NGX_RTALPHA_BIND_FRACTION,
      offsetof(conf_t, fraction), 0, 1000000, 1, "x" },
    { ngx_string("a.str"), NGX_RTALPHA_BIND_STR,
      offsetof(conf_t, str), 0, 0, 0, NULL },
    { ngx_string("a.list"), NGX_RTALPHA_BIND_LIST,
      offsetof(conf_t, list), 0, 0, 0, NULL },
    { ngx_string("z.*.x"), NGX_RTALPHA_BIND_NONE, 0, 0, 0, 0, NULL },
    { ngx_string("z.*.*.**"), NGX_RTALPHA_BIND_NONE, 0, 0, 0, 2, "y" },
    ngx_rtalpha_bind_null
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    conf_t                      conf;
    ngx_int_t                   rc;
    ngx_str_t                   file, rest, element;
    ngx_pool_t                 *pool;
    ngx_uint_t                  i, n;
    ngx_array_t                *docs;
    ngx_rtalpha_props_t        *props;
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_load_error_t    error;

    pool = fuzz_pool();
    file = fuzz_input(pool, data, size);

    rc = ngx_rtalpha_properties_load(pool, &file, NULL, 0, &docs, &error);

    if (rc != NGX_OK || docs->nelts == 0) {
        ngx_destroy_pool(pool);
        return 0;
    }

    props = *(ngx_rtalpha_props_t **) docs->elts;

    ngx_memzero(&conf, sizeof(conf));
    FUZZ_CHECK(ngx_rtalpha_report_init(&report, pool) == NGX_OK);
    FUZZ_CHECK(ngx_rtalpha_bind(pool, props, table, &conf, &report)
               == NGX_OK);
    FUZZ_CHECK(conf.number >= -5 && conf.number <= 1000);
    FUZZ_CHECK(conf.sec <= 3600000);
    FUZZ_CHECK(conf.fraction >= 0 && conf.fraction <= 1000000);

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        rest = ngx_rtalpha_props_at(props, i)->key;

        FUZZ_CHECK(ngx_rtalpha_bind_find(props, &rest) != NULL);

        for (n = 0; ngx_rtalpha_bind_element(&rest, &element) == NGX_OK; n++) {
            FUZZ_CHECK(element.len && n < size);
        }
    }

    ngx_destroy_pool(pool);

    return 0;
}
