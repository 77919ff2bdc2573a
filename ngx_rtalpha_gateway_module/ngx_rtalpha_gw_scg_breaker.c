
/*
 * The CircuitBreaker filter: what counts as a failure and what is answered
 * instead, with the time limit of resilience4j.
 */


#include "ngx_rtalpha_gw_scg.h"


static ngx_int_t ngx_rtalpha_gw_scg_limit(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_fallback_t *fallback);


ngx_int_t
ngx_rtalpha_gw_scg_breaker_plan(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def)
{
    u_char                     *p, *start, *last;
    ngx_str_t                   codes, item;
    ngx_uint_t                  n;
    const ngx_str_t            *text;
    ngx_rtalpha_gw_fallback_t  *fallback;

    fallback = ngx_pcalloc(s->table->pool, sizeof(ngx_rtalpha_gw_fallback_t));
    if (fallback == NULL) {
        return NGX_ERROR;
    }

    text = ngx_rtalpha_gw_def_arg(def, 0, "name");
    fallback->name = text ? *text : rule->match.id;

    text = ngx_rtalpha_gw_def_arg(def, (ngx_uint_t) -1, "fallback-uri");

    if (text) {

        if (!ngx_rtalpha_str_begins(text, "forward:/")) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not forward:/…",
                                             (ngx_str_t *) text);
        }

        fallback->uri.data = text->data + sizeof("forward:") - 1;
        fallback->uri.len = text->len - (sizeof("forward:") - 1);
    }

    text = ngx_rtalpha_gw_def_arg(def, (ngx_uint_t) -1,
                                  "resume-without-error");
    fallback->resume = text && ngx_rtalpha_str_is(text, "true");

    if (ngx_rtalpha_gw_def_joined(s, def, (ngx_uint_t) -1, "status-codes",
                                  &codes)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    start = codes.data;
    last = start + codes.len;

    for ( /* void */ ; start < last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        item.data = start;
        item.len = p - start;
        n = ngx_rtalpha_gw_scg_status(&item);

        if (n == 0) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a status", &item);
        }

        ngx_rtalpha_gw_retry_status(fallback, n);
    }

    rule->plan.fallback = fallback;

    return ngx_rtalpha_gw_scg_limit(s, fallback);
}


/* one second unless resilience4j.timelimiter says otherwise */

static ngx_int_t
ngx_rtalpha_gw_scg_limit(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_fallback_t *fallback)
{
    u_char                     key[512], *p;
    ngx_str_t                  text;
    const ngx_rtalpha_prop_t  *prop;

    fallback->time_limit = 1000;

    p = ngx_snprintf(key, sizeof(key),
                     "resilience4j.timelimiter.instances.%V.timeout-duration",
                     &fallback->name);
    text.data = key;
    text.len = p - key;
    prop = ngx_rtalpha_bind_find(s->table->props, &text);

    if (prop == NULL) {
        ngx_str_set(&text, "resilience4j.timelimiter.configs.default."
                           "timeout-duration");
        prop = ngx_rtalpha_bind_find(s->table->props, &text);
    }

    if (prop && ngx_rtalpha_bind_msec(&prop->text, 1, &fallback->time_limit)
                != NGX_OK)
    {
        return ngx_rtalpha_report_add(s->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "\"%V\" is not a duration",
                                      &prop->text);
    }

    return NGX_OK;
}
