
/*
 * Routes of Zuul into rules: the pattern, what is stripped, the target, the
 * header lists, and what of ribbon.* and hystrix.* shapes a service's plan.
 */


#include "ngx_rtalpha_gw_zuul.h"


static ngx_int_t ngx_rtalpha_gw_zuul_circuit(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *name, const char *key, ngx_int_t usual);
static ngx_int_t ngx_rtalpha_gw_zuul_hystrix(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan);
static ngx_int_t ngx_rtalpha_gw_zuul_pattern(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_str_t *text,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_strip(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry);
static ngx_int_t ngx_rtalpha_gw_zuul_target(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry);
static ngx_int_t ngx_rtalpha_gw_zuul_lists(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_rtalpha_gw_zuul_entry_t *entry);
static const ngx_str_t *ngx_rtalpha_gw_zuul_value(ngx_rtalpha_gw_zuul_t *z,
    const char *before, const ngx_str_t *service, const char *after);
static ngx_uint_t ngx_rtalpha_gw_zuul_number(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, const char *name, ngx_uint_t usual);
static ngx_int_t ngx_rtalpha_gw_zuul_ribbon(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_uint_t retryable);
static ngx_int_t ngx_rtalpha_gw_zuul_statuses(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, ngx_rtalpha_gw_retry_t *retry);


/* paths that are not proxied come first, as routes to nowhere */

ngx_int_t
ngx_rtalpha_gw_zuul_ignored(ngx_rtalpha_gw_zuul_t *z)
{
    ngx_str_t                   id, key, *text;
    ngx_uint_t                  i;
    const ngx_rtalpha_prop_t   *prop;
    ngx_rtalpha_gw_rule_t      *rule;

    if (z->conf.ignored_patterns == NULL) {
        return NGX_OK;
    }

    ngx_str_set(&id, "ignored");
    ngx_str_set(&key, "zuul.ignored-patterns");

    text = z->conf.ignored_patterns->elts;
    prop = ngx_rtalpha_bind_find(z->table->props, &key);

    for (i = 0; i < z->conf.ignored_patterns->nelts; i++) {
        rule = ngx_rtalpha_gw_table_rule(z->table, &id);

        if (rule == NULL
            || ngx_rtalpha_gw_zuul_pattern(z, rule, &text[i], prop)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        rule->plan.dialect = NGX_RTALPHA_GW_ZUUL;
        rule->plan.kind = NGX_RTALPHA_GW_TO_NONE;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_pattern(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_str_t *text,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t               rc;
    ngx_str_t               error;
    ngx_rtalpha_gw_pred_t  *pred;

    pred = ngx_pcalloc(z->table->pool, sizeof(ngx_rtalpha_gw_pred_t));
    if (pred == NULL) {
        return NGX_ERROR;
    }

    pred->type = NGX_RTALPHA_GW_PRED_PATH;
    pred->n = 1;
    pred->u.patterns = ngx_palloc(z->table->pool,
                                  sizeof(ngx_rtalpha_gw_pattern_t));
    if (pred->u.patterns == NULL) {
        return NGX_ERROR;
    }

    rule->match.preds = pred;
    rule->match.npreds = 1;

    rc = ngx_rtalpha_gw_pattern_compile(z->table->pool, pred->u.patterns,
                                        text, NGX_RTALPHA_GW_ANT, '/',
                                        &error);
    if (rc == NGX_DECLINED && prop) {
        pred->u.patterns->n = 0;
        return ngx_rtalpha_report_add(z->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "pattern \"%V\": %V", text, &error);
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_gw_zuul_rule(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry)
{
    u_char                 *p;
    ngx_str_t               text;
    ngx_rtalpha_gw_rule_t  *rule;

    rule = ngx_rtalpha_gw_table_rule(z->table, &entry->id);
    if (rule == NULL) {
        return NGX_ERROR;
    }

    text = entry->path;

    if (z->conf.prefix.len) {
        text.len = z->conf.prefix.len + entry->path.len;
        text.data = ngx_pnalloc(z->table->pool, text.len);
        if (text.data == NULL) {
            return NGX_ERROR;
        }

        p = ngx_rtalpha_put(text.data, &z->conf.prefix);
        (void) ngx_rtalpha_put(p, &entry->path);
    }

    rule->plan.dialect = NGX_RTALPHA_GW_ZUUL;
    rule->plan.custom = entry->custom;
    rule->plan.keep_host = z->conf.add_host_header;
    rule->plan.add_forwarded = z->conf.add_proxy_headers;

    if (ngx_rtalpha_gw_zuul_pattern(z, rule, &text, entry->prop) != NGX_OK
        || ngx_rtalpha_gw_zuul_strip(z, rule, entry) != NGX_OK
        || ngx_rtalpha_gw_zuul_target(z, rule, entry) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_zuul_lists(z, &rule->plan, entry);
}


/*
 * What is taken off the path: the segments before the first one with a star.
 * A pattern without a star loses nothing.
 */

static ngx_int_t
ngx_rtalpha_gw_zuul_strip(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry)
{
    u_char                    *end;
    ngx_str_t                 *text;
    ngx_uint_t                 i;
    ngx_rtalpha_gw_elem_t     *e;
    ngx_rtalpha_gw_plan_t     *plan;
    ngx_rtalpha_gw_pattern_t  *pattern;

    plan = &rule->plan;
    pattern = rule->match.preds->u.patterns;
    text = &pattern->text;

    plan->prefix = z->prefix_segs;
    plan->keep_prefix = !z->conf.strip_prefix;
    plan->forwarded_prefix = z->conf.prefix;

    if (!entry->strip) {
        return NGX_OK;
    }

    for (i = plan->prefix; i < pattern->n; i++) {
        e = &pattern->elems[i];

        if (e->kind == NGX_RTALPHA_GW_DOUBLE || e->kind == NGX_RTALPHA_GW_ANY
            || (e->kind == NGX_RTALPHA_GW_GLOB
                && ngx_strlchr(e->text.data, e->text.data + e->text.len, '*')))
        {
            break;
        }

        plan->prefix_raw |= (e->kind != NGX_RTALPHA_GW_LITERAL);
    }

    if (i == pattern->n || i <= plan->prefix) {
        plan->prefix_raw = 0;
        return NGX_OK;
    }

    plan->strip = i - plan->prefix;

    e = &pattern->elems[i - 1];
    end = e->text.data + e->text.len;
    plan->forwarded_prefix.data = text->data;
    plan->forwarded_prefix.len = end - text->data;

    if (plan->prefix_raw) {
        return ngx_rtalpha_report_add(z->table->report, entry->prop,
                                      NGX_RTALPHA_BIND_DIFFERENT,
                                      "works as meant: variables in what is "
                                      "stripped; Zuul never serves it");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_target(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry)
{
    ngx_str_t                path;
    ngx_uint_t               retryable;
    ngx_rtalpha_gw_plan_t   *plan;
    ngx_rtalpha_gw_server_t  server;

    plan = &rule->plan;
    plan->location = entry->url.len ? entry->url : entry->service;

    if (ngx_rtalpha_gw_zuul_is_url(&entry->url)) {

        if (ngx_rtalpha_gw_table_url(&entry->url, &server, &path) != NGX_OK) {
            return ngx_rtalpha_report_add(z->table->report,
                                          entry->where ? entry->where
                                                       : entry->prop,
                                          NGX_RTALPHA_BIND_WRONG,
                                          "\"%V\" is not a URL", &entry->url);
        }

        plan->base = path;
        plan->connect_timeout = z->conf.connect_timeout;
        plan->read_timeout = z->conf.socket_timeout;

        return ngx_rtalpha_gw_table_to_url(z->table, plan, &server);
    }

    if (ngx_rtalpha_str_begins(&entry->url, "forward:")) {
        plan->kind = NGX_RTALPHA_GW_TO_LOCATION;
        plan->base.data = entry->url.data + sizeof("forward:") - 1;
        plan->base.len = entry->url.len - (sizeof("forward:") - 1);
        return NGX_OK;
    }

    plan->kind = NGX_RTALPHA_GW_TO_SERVICE;
    plan->service = plan->location;
    plan->fixed = ngx_rtalpha_gw_table_static(z->table, &plan->service, 0);

    retryable = (entry->retryable == -1) ? z->conf.retryable
                                         : entry->retryable;

    return ngx_rtalpha_gw_zuul_ribbon(z, plan, retryable);
}


static ngx_int_t
ngx_rtalpha_gw_zuul_lists(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_rtalpha_gw_zuul_entry_t *entry)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_names_t  *set[2];

    for (i = 0; i < 2; i++) {

        if (!entry->custom) {
            set[i] = z->shared[i];
            continue;
        }

        if (entry->sensitive == NULL || entry->sensitive->nelts == 0) {
            set[i] = z->base[i];
            continue;
        }

        set[i] = ngx_rtalpha_gw_names_create(z->table->pool, z->base[i]);

        if (set[i] == NULL
            || ngx_rtalpha_gw_names_drop(z->table->pool, set[i],
                                         entry->sensitive)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    plan->request = set[0];
    plan->response = set[1];

    return NGX_OK;
}


/* the value of "before + service + after", exact; NULL: not there */

static const ngx_str_t *
ngx_rtalpha_gw_zuul_value(ngx_rtalpha_gw_zuul_t *z, const char *before,
    const ngx_str_t *service, const char *after)
{
    u_char                     key[512], *p;
    const ngx_rtalpha_prop_t  *prop;

    p = ngx_snprintf(key, sizeof(key), "%s%V%s", before, service, after);
    prop = ngx_rtalpha_props_find(z->table->props, key, p - key);

    return prop ? &prop->text : NULL;
}


/* NAME.ribbon.X, else ribbon.X */

static ngx_uint_t
ngx_rtalpha_gw_zuul_number(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, const char *name, ngx_uint_t usual)
{
    u_char            key[64];
    ngx_int_t         n;
    const ngx_str_t  *text;
    ngx_str_t         empty;

    ngx_str_null(&empty);
    (void) ngx_snprintf(key, sizeof(key), ".ribbon.%s%Z", name);

    text = ngx_rtalpha_gw_zuul_value(z, "", service, (char *) key);

    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "", &empty, (char *) key + 1);
    }

    if (text == NULL) {
        return usual;
    }

    if (ngx_rtalpha_str_is(text, "true")) {
        return 1;
    }

    n = ngx_atoi(text->data, text->len);

    return (n == NGX_ERROR) ? usual : (ngx_uint_t) n;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_ribbon(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_uint_t retryable)
{
    ngx_int_t                n;
    const ngx_str_t         *text, *name;
    ngx_rtalpha_gw_retry_t  *retry;

    static ngx_str_t  usual = ngx_string("default");

    name = &plan->service;

    plan->connect_timeout = ngx_rtalpha_gw_zuul_number(z, name,
                                                  "ConnectTimeout", 1000);
    plan->read_timeout = ngx_rtalpha_gw_zuul_number(z, name, "ReadTimeout",
                                                    1000);
    plan->secure = ngx_rtalpha_gw_zuul_number(z, name, "IsSecure", 0) ? 1 : 0;

    text = ngx_rtalpha_gw_zuul_value(z, "hystrix.command.", name,
                      ".execution.isolation.thread.timeoutInMilliseconds");

    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "hystrix.command.", &usual,
                      ".execution.isolation.thread.timeoutInMilliseconds");
    }

    n = text ? ngx_atoi(text->data, text->len) : NGX_ERROR;

    if (n > 0) {
        plan->total_timeout = n;
    }

    if (ngx_rtalpha_gw_zuul_hystrix(z, plan) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!retryable) {
        return NGX_OK;
    }

    retry = ngx_pcalloc(z->table->pool, sizeof(ngx_rtalpha_gw_retry_t));
    if (retry == NULL) {
        return NGX_ERROR;
    }

    retry->same = ngx_min(ngx_rtalpha_gw_zuul_number(z, name,
                                                "MaxAutoRetries", 0), 100);
    retry->next = ngx_min(ngx_rtalpha_gw_zuul_number(z, name,
                                       "MaxAutoRetriesNextServer", 1), 100);
    retry->all = ngx_rtalpha_gw_zuul_number(z, name,
                                            "OkToRetryOnAllOperations", 0)
                 ? 1 : 0;
    retry->timeouts = 1;
    retry->closed = 1;
    plan->retry = retry;

    return ngx_rtalpha_gw_zuul_statuses(z, name, retry);
}


static ngx_int_t
ngx_rtalpha_gw_zuul_statuses(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, ngx_rtalpha_gw_retry_t *retry)
{
    u_char           *p, *last;
    ngx_str_t         empty;
    ngx_uint_t        n;
    const ngx_str_t  *text;

    ngx_str_null(&empty);

    text = ngx_rtalpha_gw_zuul_value(z, "", service,
                                     ".ribbon.retryableStatusCodes");
    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "", &empty,
                                         "ribbon.retryableStatusCodes");
    }

    if (text == NULL) {
        return NGX_OK;
    }

    p = text->data;
    last = p + text->len;
    n = 0;

    for ( /* void */ ; p <= last; p++) {

        if (p < last && *p >= '0' && *p <= '9') {
            n = ngx_min(n * 10 + (*p - '0'), 1000);
            continue;
        }

        ngx_rtalpha_gw_retry_status(retry, n);
        n = 0;
    }

    return NGX_OK;
}


/* hystrix.command.NAME.circuitBreaker.KEY, else that of "default" */

static ngx_int_t
ngx_rtalpha_gw_zuul_circuit(ngx_rtalpha_gw_zuul_t *z, const ngx_str_t *name,
    const char *key, ngx_int_t usual)
{
    u_char            after[64];
    ngx_int_t         n;
    const ngx_str_t  *text;

    static ngx_str_t  all = ngx_string("default");

    (void) ngx_snprintf(after, sizeof(after), ".circuitBreaker.%s%Z", key);

    text = ngx_rtalpha_gw_zuul_value(z, "hystrix.command.", name,
                                     (char *) after);

    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "hystrix.command.", &all,
                                         (char *) after);
    }

    if (text == NULL) {
        return usual;
    }

    if (ngx_rtalpha_str_is(text, "false")) {
        return 0;
    }

    n = ngx_atoi(text->data, text->len);

    return (n == NGX_ERROR) ? usual : n;
}


/* its failures are counted over ten seconds, and one call tries again */

static ngx_int_t
ngx_rtalpha_gw_zuul_hystrix(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan)
{
    uint32_t                        hash;
    ngx_str_t                      *name;
    ngx_uint_t                      i, place;
    ngx_rtalpha_gw_fallback_t      *fallback, **slot;
    ngx_rtalpha_gw_breaker_conf_t  *b;

    name = &plan->service;

    if (ngx_rtalpha_gw_zuul_circuit(z, name, "enabled", 1) == 0) {
        return NGX_OK;
    }

    /* one for all routes of a service */

    i = 0;
    slot = z->breakers.elts;
    hash = ngx_murmur_hash2(name->data, name->len);

    while ((place = ngx_rtalpha_gw_index_next(&z->services, hash, &i)) != 0) {
        if (ngx_rtalpha_str_eq(&slot[place - 1]->name, name)) {
            plan->fallback = slot[place - 1];
            return NGX_OK;
        }
    }

    fallback = ngx_pcalloc(z->table->pool, sizeof(ngx_rtalpha_gw_fallback_t));
    slot = ngx_array_push(&z->breakers);

    if (fallback == NULL || slot == NULL
        || ngx_rtalpha_gw_index_add(z->table->temp, &z->services, hash,
                                    z->breakers.nelts - 1)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    *slot = fallback;
    fallback->name = *name;

    b = &fallback->breaker;
    b->window = NGX_RTALPHA_GW_BREAKER_WINDOW;
    b->least = ngx_rtalpha_gw_zuul_circuit(z, name, "requestVolumeThreshold",
                                           20);
    b->least = ngx_max(1, ngx_min(b->least, b->window));
    b->percent = ngx_rtalpha_gw_zuul_circuit(z, name,
                                             "errorThresholdPercentage", 50);
    b->open = ngx_rtalpha_gw_zuul_circuit(z, name, "sleepWindowInMilliseconds",
                                          5000);
    b->trial = 1;
    b->span = 10000;

    plan->fallback = fallback;

    return NGX_OK;
}
