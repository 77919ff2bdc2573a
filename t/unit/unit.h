
/*
 * What a unit test needs: checks that count, a pool, a last line.
 *
 *     CHECK(cond);                       a condition
 *     CHECK_STR(ngx_str_t *, "text");    the bytes of a string
 *     unit_pool()                        a new pool
 *     return unit_done();                at the end of main()
 *
 * A failed check prints where it stands and what was found; the program
 * goes on, so that one run shows every failure.
 */


#ifndef _UNIT_H_INCLUDED_
#define _UNIT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


static ngx_uint_t  unit_passed;
static ngx_uint_t  unit_failed;


static inline void
unit_check(ngx_uint_t ok, const char *file, int line, const char *what)
{
    if (ok) {
        unit_passed++;
        return;
    }

    unit_failed++;
    printf("%s:%d: failed: %s\n", file, line, what);
}


static inline void
unit_check_str(const ngx_str_t *got, const char *want, size_t len,
    const char *file, int line)
{
    if (got != NULL && got->len == len
        && (len == 0 || ngx_memcmp(got->data, want, len) == 0))
    {
        unit_passed++;
        return;
    }

    unit_failed++;
    printf("%s:%d: failed: got \"%.*s\", want \"%.*s\"\n", file, line,
           got ? (int) got->len : 4, got ? (char *) got->data : "NULL",
           (int) len, want);
}


#define CHECK(cond)                                                           \
    unit_check((cond) != 0, __FILE__, __LINE__, #cond)

#define CHECK_STR(s, text)                                                    \
    unit_check_str(s, text, sizeof(text) - 1, __FILE__, __LINE__)


static inline ngx_pool_t *
unit_pool(void)
{
    ngx_pool_t        *pool;
    static ngx_log_t   log;

    ngx_pagesize = getpagesize();
    ngx_cacheline_size = NGX_CPU_CACHE_LINE;

    pool = ngx_create_pool(4096, &log);
    if (pool == NULL) {
        printf("no memory\n");
        exit(2);
    }

    return pool;
}


static inline int
unit_done(void)
{
    printf("%lu passed, %lu failed\n", (unsigned long) unit_passed,
           (unsigned long) unit_failed);

    return unit_failed ? 1 : 0;
}


#endif /* _UNIT_H_INCLUDED_ */
