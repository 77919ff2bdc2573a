
/*
 * The CircuitBreaker filter: what counts as a failure and what is answered
 * instead, with the time limit of resilience4j.
 */


#include "ngx_rtalpha_gw_scg.h"


static const ngx_rtalpha_prop_t *ngx_rtalpha_gw_scg_circuit(
    ngx_rtalpha_gw_scg_t *s, const ngx_str_t *name, const char *key);
static ngx_int_t ngx_rtalpha_gw_scg_circuit_number(ngx_rtalpha_gw_scg_t *s,
    const ngx_str_t *name, const char *key, uint32_t max, uint32_t *value);
static ngx_int_t ngx_rtalpha_gw_scg_breaking(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_fallback_t *fallback);
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
        fallback->counts = 1;
    }

    rule->plan.fallback = fallback;

    return (ngx_rtalpha_gw_scg_breaking(s, fallback) == NGX_OK)
           ? ngx_rtalpha_gw_scg_limit(s, fallback) : NGX_ERROR;
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


/* resilience4j.circuitbreaker: of the instance, else of all */

static const ngx_rtalpha_prop_t *
ngx_rtalpha_gw_scg_circuit(ngx_rtalpha_gw_scg_t *s, const ngx_str_t *name,
    const char *key)
{
    u_char                     text[512], *p;
    ngx_str_t                  canonical;
    const ngx_rtalpha_prop_t  *prop;

    p = ngx_snprintf(text, sizeof(text),
                     "resilience4j.circuitbreaker.instances.%V.%s", name,
                     key);
    canonical.data = text;
    canonical.len = p - text;
    prop = ngx_rtalpha_bind_find(s->table->props, &canonical);

    if (prop) {
        return prop;
    }

    p = ngx_snprintf(text, sizeof(text),
                     "resilience4j.circuitbreaker.configs.default.%s", key);
    canonical.len = p - text;

    return ngx_rtalpha_bind_find(s->table->props, &canonical);
}


static ngx_int_t
ngx_rtalpha_gw_scg_circuit_number(ngx_rtalpha_gw_scg_t *s,
    const ngx_str_t *name, const char *key, uint32_t max, uint32_t *value)
{
    ngx_int_t                  n;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_gw_scg_circuit(s, name, key);

    if (prop == NULL) {
        return NGX_OK;
    }

    if (ngx_rtalpha_bind_int(&prop->text, &n) != NGX_OK || n < 1) {
        return ngx_rtalpha_report_add(s->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "\"%V\" is not a number above 0",
                                      &prop->text);
    }

    *value = ngx_min((uint64_t) n, max);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_breaking(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_fallback_t *fallback)
{
    const ngx_rtalpha_prop_t       *prop;
    ngx_rtalpha_gw_breaker_conf_t  *b;

    b = &fallback->breaker;
    b->window = 100;
    b->least = 100;
    b->percent = 50;
    b->trial = 10;
    b->open = 60000;

    if (ngx_rtalpha_gw_scg_circuit_number(s, &fallback->name,
                                  "sliding-window-size",
                                  NGX_RTALPHA_GW_BREAKER_WINDOW, &b->window)
        != NGX_OK
        || ngx_rtalpha_gw_scg_circuit_number(s, &fallback->name,
                                  "minimum-number-of-calls",
                                  NGX_RTALPHA_GW_BREAKER_WINDOW, &b->least)
           != NGX_OK
        || ngx_rtalpha_gw_scg_circuit_number(s, &fallback->name,
                                  "failure-rate-threshold", 100, &b->percent)
           != NGX_OK
        || ngx_rtalpha_gw_scg_circuit_number(s, &fallback->name,
                       "permitted-number-of-calls-in-half-open-state",
                       NGX_RTALPHA_GW_BREAKER_WINDOW, &b->trial)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* as resilience4j has it for windows of calls */

    b->least = ngx_min(b->least, b->window);

    prop = ngx_rtalpha_gw_scg_circuit(s, &fallback->name,
                                      "wait-duration-in-open-state");

    if (prop && ngx_rtalpha_bind_msec(&prop->text, 1, &b->open) != NGX_OK) {
        return ngx_rtalpha_report_add(s->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "\"%V\" is not a duration",
                                      &prop->text);
    }

    return NGX_OK;
}
