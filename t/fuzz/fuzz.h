
/*
 * What every fuzz target needs.  A target is a program for libFuzzer:
 *
 *     clang -fsanitize=fuzzer,address,undefined -DNGX_DEBUG_PALLOC=1 ...
 *
 * Its first line names the project's files it is made of, as in unit tests;
 * nginx's core objects and t/unit/shim.c come on top.  The corpus lies in
 * corpus/NAME; an input that once crashed stays there.
 */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* a promise that is broken is a crash */
#define FUZZ_CHECK(cond)                                                      \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond);    \
        abort();                                                              \
    }


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static inline ngx_pool_t *
fuzz_pool(void)
{
    ngx_pool_t        *pool;
    static ngx_log_t   log;

    ngx_pagesize = getpagesize();
    ngx_cacheline_size = NGX_CPU_CACHE_LINE;

    pool = ngx_create_pool(4096, &log);
    FUZZ_CHECK(pool);

    return pool;
}


/* a copy of exactly that size, so that reading past its end is found */

static inline ngx_str_t
fuzz_input(ngx_pool_t *pool, const uint8_t *data, size_t size)
{
    ngx_str_t  s;

    s.len = size;
    s.data = ngx_pnalloc(pool, size ? size : 1);
    FUZZ_CHECK(s.data);

    ngx_memcpy(s.data, data, size);

    return s;
}


#endif /* _FUZZ_H_INCLUDED_ */
