
/*
 * Limits and messages of the loaders.
 */


#include "ngx_rtalpha_load.h"


#define NGX_RTALPHA_LOAD_MESSAGE  512


const ngx_rtalpha_load_limits_t  ngx_rtalpha_load_defaults = {
    16 * 1024 * 1024, 1000000, 50, 10000, 65535, 128 * 1024 * 1024, 0
};


#define ngx_rtalpha_load_default(field)                                       \
    if (result->field == 0) {                                                 \
        result->field = ngx_rtalpha_load_defaults.field;                      \
    }


void
ngx_rtalpha_load_limits(ngx_rtalpha_load_limits_t *result,
    const ngx_rtalpha_load_limits_t *limits)
{
    *result = limits ? *limits : ngx_rtalpha_load_defaults;

    ngx_rtalpha_load_default(size);
    ngx_rtalpha_load_default(nodes);
    ngx_rtalpha_load_default(depth);
    ngx_rtalpha_load_default(aliases);
    ngx_rtalpha_load_default(index);
    ngx_rtalpha_load_default(text);
}


ngx_int_t
ngx_rtalpha_load_refuse(ngx_pool_t *pool, ngx_rtalpha_load_error_t *error,
    ngx_uint_t line, ngx_uint_t column, const char *fmt, ...)
{
    u_char   *p;
    va_list   args;

    error->line = line;
    error->column = column;
    ngx_str_null(&error->message);

    p = ngx_pnalloc(pool, NGX_RTALPHA_LOAD_MESSAGE);
    if (p == NULL) {
        return NGX_ERROR;
    }

    error->message.data = p;

    va_start(args, fmt);
    p = ngx_vslprintf(p, p + NGX_RTALPHA_LOAD_MESSAGE, fmt, args);
    va_end(args);

    error->message.len = p - error->message.data;

    return NGX_DECLINED;
}
