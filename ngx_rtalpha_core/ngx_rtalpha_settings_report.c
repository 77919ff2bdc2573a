
/*
 * What became of every key: the settings report.  nginx -t prints a summary
 * and what is wrong; the admin API gives the whole.
 */


#include "ngx_rtalpha_source.h"
#include "ngx_rtalpha_module.h"


static void ngx_rtalpha_settings_report_object(
    ngx_rtalpha_settings_t *settings, ngx_pool_t *pool,
    ngx_rtalpha_json_t *j);
static void ngx_rtalpha_settings_report_line(ngx_rtalpha_settings_t *settings,
    ngx_rtalpha_report_line_t *line, ngx_rtalpha_json_t *j);
static ngx_int_t ngx_rtalpha_settings_wrong(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, const ngx_rtalpha_report_line_t *line, ngx_str_t *why);


/* in the order of ngx_rtalpha_bind_verdict_e */
static ngx_str_t  ngx_rtalpha_settings_verdicts[] = {
    ngx_string("used"),
    ngx_string("used differently"),
    ngx_string("ignored"),
    ngx_string("unknown"),
    ngx_string("wrong")
};


ngx_int_t
ngx_rtalpha_settings_report_initial(ngx_conf_t *cf,
    ngx_rtalpha_settings_t *settings)
{
    ngx_uint_t                  i, level, n[NGX_RTALPHA_BIND_WRONG + 1];
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_source_t       *source;
    ngx_rtalpha_report_line_t  *line;

    if (ngx_rtalpha_report_init(&report, cf->pool) != NGX_OK
        || (settings->user->check
            && settings->user->check(cf->pool, settings->initial, &report)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    ngx_memzero(n, sizeof(n));

    source = settings->sources.elts;
    line = report.lines.elts;

    for (i = 0; i < report.lines.nelts; i++) {
        n[line[i].verdict]++;

        if (line[i].verdict != NGX_RTALPHA_BIND_WRONG
            && line[i].verdict != NGX_RTALPHA_BIND_UNKNOWN)
        {
            continue;
        }

        level = line[i].verdict == NGX_RTALPHA_BIND_WRONG ? NGX_LOG_EMERG
                                                          : NGX_LOG_WARN;

        if (line[i].file < settings->sources.nelts) {
            ngx_log_error(level, cf->log, 0, "%V:%uD: \"%V\" %V",
                          &source[line[i].file].path, line[i].line,
                          &line[i].key, &line[i].note);
        } else {
            ngx_log_error(level, cf->log, 0, "settings \"%V\": \"%V\" %V",
                          &settings->name, &line[i].key, &line[i].note);
        }
    }

    if (n[NGX_RTALPHA_BIND_WRONG]) {
        return NGX_ERROR;
    }

    if (report.lines.nelts) {
        ngx_log_error(NGX_LOG_NOTICE, cf->log, 0,
                      "settings \"%V\": %ui used, %ui used differently, "
                      "%ui ignored, %ui unknown", &settings->name,
                      n[NGX_RTALPHA_BIND_USED],
                      n[NGX_RTALPHA_BIND_DIFFERENT],
                      n[NGX_RTALPHA_BIND_IGNORED],
                      n[NGX_RTALPHA_BIND_UNKNOWN]);
    }

    return NGX_OK;
}


/* the key, what is wrong, and where it is, if that is known */

static ngx_int_t
ngx_rtalpha_settings_wrong(ngx_rtalpha_settings_t *settings, ngx_pool_t *pool,
    const ngx_rtalpha_report_line_t *line, ngx_str_t *why)
{
    u_char                *p;
    ngx_str_t              none, *where;
    ngx_rtalpha_source_t  *source;

    ngx_str_null(&none);
    source = settings->sources.elts;
    where = line->line && line->file < settings->sources.nelts
            ? &source[line->file].text : &none;

    why->data = ngx_pnalloc(pool, line->key.len + line->note.len + where->len
                                  + sizeof("\"\"  (, line )") - 1
                                  + NGX_INT_T_LEN);
    if (why->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(why->data, "\"%V\" %V", &line->key, &line->note);

    if (where->len) {
        p = ngx_sprintf(p, " (%V, line %uD)", where, line->line);
    }

    why->len = p - why->data;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_settings_check(ngx_rtalpha_settings_t *settings, ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_str_t *why)
{
    ngx_uint_t                  i;
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_report_line_t  *line;

    if (settings->user->check == NULL) {
        return NGX_OK;
    }

    if (ngx_rtalpha_report_init(&report, pool) != NGX_OK
        || settings->user->check(pool, props, &report) != NGX_OK)
    {
        return NGX_ERROR;
    }

    line = report.lines.elts;

    for (i = 0; i < report.lines.nelts; i++) {
        if (line[i].verdict != NGX_RTALPHA_BIND_WRONG) {
            continue;
        }

        if (ngx_rtalpha_settings_wrong(settings, pool, &line[i], why)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_rtalpha_settings_report(ngx_pool_t *pool, ngx_rtalpha_json_t *j)
{
    ngx_uint_t                i;
    ngx_rtalpha_settings_t  **settings;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    settings = mcf->settings.elts;

    ngx_rtalpha_json_array(j);

    for (i = 0; i < mcf->settings.nelts; i++) {
        ngx_rtalpha_settings_report_object(settings[i], pool, j);
    }

    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_settings_report_object(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, ngx_rtalpha_json_t *j)
{
    uint64_t                    version;
    ngx_uint_t                  i;
    ngx_rtalpha_props_t        *props;
    ngx_rtalpha_report_t        report;
    ngx_rtalpha_source_t       *source;
    ngx_rtalpha_report_line_t  *line;

    version = 0;
    props = ngx_rtalpha_settings_tree(settings, pool, &version);

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "name");
    ngx_rtalpha_json_str(j, &settings->name);
    ngx_rtalpha_json_key_lit(j, "version");
    ngx_rtalpha_json_int(j, version);

    ngx_rtalpha_json_key_lit(j, "sources");
    ngx_rtalpha_json_array(j);

    source = settings->sources.elts;

    for (i = 0; i < settings->sources.nelts; i++) {
        ngx_rtalpha_json_str(j, &source[i].text);
    }

    ngx_rtalpha_json_end(j);

    ngx_rtalpha_json_key_lit(j, "keys");
    ngx_rtalpha_json_array(j);

    if (props && settings->user->check
        && ngx_rtalpha_report_init(&report, pool) == NGX_OK
        && settings->user->check(pool, props, &report) == NGX_OK)
    {
        line = report.lines.elts;

        for (i = 0; i < report.lines.nelts; i++) {
            ngx_rtalpha_settings_report_line(settings, &line[i], j);
        }
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_settings_report_line(ngx_rtalpha_settings_t *settings,
    ngx_rtalpha_report_line_t *line, ngx_rtalpha_json_t *j)
{
    ngx_rtalpha_source_t  *source;

    source = settings->sources.elts;

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "key");
    ngx_rtalpha_json_str(j, &line->key);
    ngx_rtalpha_json_key_lit(j, "verdict");
    ngx_rtalpha_json_str(j, &ngx_rtalpha_settings_verdicts[line->verdict]);

    if (line->note.len) {
        ngx_rtalpha_json_key_lit(j, "note");
        ngx_rtalpha_json_str(j, &line->note);
    }

    if (line->line && line->file < settings->sources.nelts) {
        ngx_rtalpha_json_key_lit(j, "source");
        ngx_rtalpha_json_str(j, &source[line->file].text);
        ngx_rtalpha_json_key_lit(j, "line");
        ngx_rtalpha_json_int(j, line->line);
    }

    ngx_rtalpha_json_end(j);
}
