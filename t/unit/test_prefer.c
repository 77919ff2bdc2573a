/* unit: ngx_rtalpha_core/ngx_rtalpha_prefer.c */

/*
 * Prefer: wait, in every way in which it may be written.
 */

#include "unit.h"

#include "ngx_rtalpha_prefer.h"


int
main(void)
{
    size_t     i;
    ngx_str_t  value;

    static const struct {
        const char  *value;
        ngx_uint_t   seconds;
    } tests[] = {
        { "wait=10", 10 }, { "WAIT=10", 10 }, { "wait = 10", 10 },
        { "wait=\"10\"", 10 }, { "respond-async, wait=10", 10 },
        { "respond-async,wait=10;x=y,z", 10 }, { "\twait=7 ; a", 7 },
        { "a=\"x, wait=5\", wait=6", 6 }, { "wait=1, wait=2", 1 },
        { "wait=999999999999999999999999", 300 }, { "wait=301", 300 },
        { "wait=0", 0 }, { "wait", 0 }, { "wait=", 0 }, { "wait=x", 0 },
        { "wait=1x", 0 }, { "wait=-1", 0 }, { "wait=\"1", 0 },
        { "waits=1", 0 }, { "", 0 }, { ",,", 0 }, { "a=\"\\", 0 },
        { "handling=wait", 0 }
    };

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        value.data = (u_char *) tests[i].value;
        value.len = ngx_strlen(tests[i].value);
        CHECK(ngx_rtalpha_prefer_wait(&value, 300) == tests[i].seconds);
    }

    return unit_done();
}
