
/*
 * The lines of the settings report.
 */


#include "ngx_rtalpha_bind.h"


#define NGX_RTALPHA_REPORT_NOTE  512


ngx_int_t
ngx_rtalpha_report_init(ngx_rtalpha_report_t *report, ngx_pool_t *pool)
{
    report->pool = pool;
    report->wrong = 0;

    return ngx_array_init(&report->lines, pool, 16,
                          sizeof(ngx_rtalpha_report_line_t));
}


ngx_int_t
ngx_rtalpha_report_add(ngx_rtalpha_report_t *report,
    const ngx_rtalpha_prop_t *prop, ngx_uint_t verdict, const char *note, ...)
{
    u_char                     *last, text[NGX_RTALPHA_REPORT_NOTE];
    va_list                     args;
    ngx_rtalpha_report_line_t  *line;

    line = ngx_array_push(&report->lines);
    if (line == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(line, sizeof(ngx_rtalpha_report_line_t));

    line->key = prop->key;
    line->line = prop->line;
    line->file = prop->file;
    line->verdict = verdict;

    report->wrong += (verdict == NGX_RTALPHA_BIND_WRONG);

    if (note == NULL) {
        return NGX_OK;
    }

    va_start(args, note);
    last = ngx_vslprintf(text, text + sizeof(text), note, args);
    va_end(args);

    line->note.len = last - text;
    line->note.data = ngx_pnalloc(report->pool, line->note.len + 1);
    if (line->note.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(line->note.data, text, line->note.len);

    return NGX_OK;
}
