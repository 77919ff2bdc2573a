
/*
 * DefaultCorsProcessor and CorsConfiguration of Spring 6.
 */


#include "ngx_rtalpha_gw_cors.h"
#include "ngx_rtalpha_glob.h"


static ngx_uint_t ngx_rtalpha_gw_cors_any(const ngx_array_t *list);
static ngx_uint_t ngx_rtalpha_gw_cors_has(const ngx_array_t *list,
    const ngx_str_t *text, ngx_uint_t anycase);
static ngx_uint_t ngx_rtalpha_gw_cors_same(
    const ngx_rtalpha_gw_cors_ask_t *ask);
static const ngx_str_t *ngx_rtalpha_gw_cors_origin(
    const ngx_rtalpha_gw_cors_t *cors, const ngx_str_t *origin);
static ngx_uint_t ngx_rtalpha_gw_cors_method(
    const ngx_rtalpha_gw_cors_t *cors, const ngx_str_t *method);
static ngx_int_t ngx_rtalpha_gw_cors_headers(ngx_pool_t *pool,
    const ngx_rtalpha_gw_cors_t *cors, const ngx_str_t *asked,
    ngx_str_t *allowed);
static ngx_int_t ngx_rtalpha_gw_cors_allow(ngx_pool_t *pool,
    const ngx_rtalpha_gw_cors_t *cors, const ngx_rtalpha_gw_cors_ask_t *ask,
    const ngx_str_t *headers, ngx_array_t *answer);
static ngx_int_t ngx_rtalpha_gw_cors_join(ngx_pool_t *pool,
    const ngx_array_t *list, const char *separator, ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_cors_put(ngx_array_t *answer,
    const char *name, const ngx_str_t *value);


static ngx_str_t  ngx_rtalpha_gw_cors_star = ngx_string("*");


ngx_rtalpha_gw_cors_t *
ngx_rtalpha_gw_cors_find(ngx_rtalpha_gw_cors_table_t *table,
    const ngx_rtalpha_gw_path_t *path)
{
    ngx_uint_t                    i;
    ngx_rtalpha_gw_cors_entry_t  *entry;

    entry = table->entries.elts;

    for (i = 0; i < table->entries.nelts; i++) {
        if (ngx_rtalpha_gw_pattern_match(&entry[i].pattern, path, NULL)) {
            return &entry[i].cors;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_rtalpha_gw_cors_preflight(const ngx_rtalpha_gw_cors_ask_t *ask)
{
    return ngx_rtalpha_str_is(&ask->method, "OPTIONS")
           && ask->origin.data && ask->request_method.data;
}


static ngx_uint_t
ngx_rtalpha_gw_cors_any(const ngx_array_t *list)
{
    return ngx_rtalpha_gw_cors_has(list, &ngx_rtalpha_gw_cors_star, 0);
}


static ngx_uint_t
ngx_rtalpha_gw_cors_has(const ngx_array_t *list, const ngx_str_t *text,
    ngx_uint_t anycase)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    if (list == NULL) {
        return 0;
    }

    s = list->elts;

    for (i = 0; i < list->nelts; i++) {
        if (s[i].len == text->len
            && (anycase ? ngx_strncasecmp(s[i].data, text->data, text->len)
                        : ngx_memcmp(s[i].data, text->data, text->len))
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* the origin is the gateway itself */

static ngx_uint_t
ngx_rtalpha_gw_cors_same(const ngx_rtalpha_gw_cors_ask_t *ask)
{
    const ngx_str_t  *o;

    o = &ask->origin;

    return o->len == ask->scheme.len + 3 + ask->host.len
           && ngx_memcmp(o->data, ask->scheme.data, ask->scheme.len) == 0
           && ngx_memcmp(o->data + ask->scheme.len, "://", 3) == 0
           && ngx_strncasecmp(o->data + ask->scheme.len + 3, ask->host.data,
                              ask->host.len)
              == 0;
}


/* the value for Access-Control-Allow-Origin, NULL: not allowed */

static const ngx_str_t *
ngx_rtalpha_gw_cors_origin(const ngx_rtalpha_gw_cors_t *cors,
    const ngx_str_t *origin)
{
    ngx_str_t   *p, text;
    ngx_uint_t   i;

    if (ngx_rtalpha_gw_cors_any(cors->origins) && !cors->credentials) {
        return &ngx_rtalpha_gw_cors_star;
    }

    text = *origin;

    if (text.len && text.data[text.len - 1] == '/') {
        text.len--;
    }

    if (ngx_rtalpha_gw_cors_has(cors->origins, &text, 1)) {
        return origin;
    }

    if (cors->patterns == NULL) {
        return NULL;
    }

    p = cors->patterns->elts;

    for (i = 0; i < cors->patterns->nelts; i++) {
        if (ngx_rtalpha_glob_ant(p[i].data, p[i].len, text.data, text.len)) {
            return origin;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_rtalpha_gw_cors_method(const ngx_rtalpha_gw_cors_t *cors,
    const ngx_str_t *method)
{
    if (cors->methods == NULL) {
        return ngx_rtalpha_str_is(method, "GET")
               || ngx_rtalpha_str_is(method, "HEAD");
    }

    return ngx_rtalpha_gw_cors_any(cors->methods)
           || ngx_rtalpha_gw_cors_has(cors->methods, method, 0);
}


ngx_int_t
ngx_rtalpha_gw_cors_check(ngx_pool_t *pool, const ngx_rtalpha_gw_cors_t *cors,
    const ngx_rtalpha_gw_cors_ask_t *ask, ngx_array_t *answer)
{
    ngx_str_t         text, yes;
    ngx_uint_t        preflight;
    const ngx_str_t  *origin, *method;

    if (ask->origin.data == NULL || ngx_rtalpha_gw_cors_same(ask)) {
        return NGX_OK;
    }

    preflight = ngx_rtalpha_gw_cors_preflight(ask);
    method = preflight ? &ask->request_method : &ask->method;
    origin = ngx_rtalpha_gw_cors_origin(cors, &ask->origin);

    ngx_str_null(&text);

    if (origin == NULL || !ngx_rtalpha_gw_cors_method(cors, method)
        || (preflight
            && ngx_rtalpha_gw_cors_headers(pool, cors, &ask->request_headers,
                                           &text)
               != NGX_OK))
    {
        return NGX_DECLINED;
    }

    ngx_str_set(&yes, "true");

    if (ngx_rtalpha_gw_cors_put(answer, "Access-Control-Allow-Origin", origin)
        != NGX_OK
        || (cors->credentials
            && ngx_rtalpha_gw_cors_put(answer,
                                       "Access-Control-Allow-Credentials",
                                       &yes)
               != NGX_OK)
        || (preflight
            && ngx_rtalpha_gw_cors_allow(pool, cors, ask, &text, answer)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    if (cors->exposed == NULL || cors->exposed->nelts == 0) {
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_cors_join(pool, cors->exposed, ", ", &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_cors_put(answer, "Access-Control-Expose-Headers",
                                   &text);
}


/* what only a preflight is told */

static ngx_int_t
ngx_rtalpha_gw_cors_allow(ngx_pool_t *pool, const ngx_rtalpha_gw_cors_t *cors,
    const ngx_rtalpha_gw_cors_ask_t *ask, const ngx_str_t *headers,
    ngx_array_t *answer)
{
    ngx_str_t  text;

    if (headers->len
        && ngx_rtalpha_gw_cors_put(answer, "Access-Control-Allow-Headers",
                                   headers)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&text, "GET,HEAD");

    if (ngx_rtalpha_gw_cors_any(cors->methods)) {
        text = ask->request_method;

    } else if (cors->methods
               && ngx_rtalpha_gw_cors_join(pool, cors->methods, ",", &text)
                  != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_gw_cors_put(answer, "Access-Control-Allow-Methods", &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (cors->max_age < 0) {
        return NGX_OK;
    }

    text.data = ngx_pnalloc(pool, NGX_INT_T_LEN);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_sprintf(text.data, "%i", cors->max_age) - text.data;

    return ngx_rtalpha_gw_cors_put(answer, "Access-Control-Max-Age", &text);
}


/* those of the asked ones that are allowed; NGX_DECLINED: none of them is */

static ngx_int_t
ngx_rtalpha_gw_cors_headers(ngx_pool_t *pool,
    const ngx_rtalpha_gw_cors_t *cors, const ngx_str_t *asked,
    ngx_str_t *allowed)
{
    u_char             *p, *start, *last, *end;
    ngx_str_t           name;
    ngx_uint_t          any, n;
    ngx_rtalpha_out_t   out;

    if (asked->len == 0) {
        return NGX_OK;
    }

    if (cors->headers == NULL
        || ngx_rtalpha_out_init(&out, pool, asked->len + 16, 16384) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    any = ngx_rtalpha_gw_cors_any(cors->headers);
    n = 0;
    last = asked->data + asked->len;

    for (start = asked->data; start < last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        for (end = p; end > start && end[-1] == ' '; end--) { /* void */ }

        name.data = start;
        name.len = end - start;

        if (name.len == 0
            || (!any && !ngx_rtalpha_gw_cors_has(cors->headers, &name, 1)))
        {
            continue;
        }

        if (n++) {
            ngx_rtalpha_out_lit(&out, ", ");
        }

        ngx_rtalpha_out_str(&out, &name);
    }

    return n ? ngx_rtalpha_out_done(&out, allowed) : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_gw_cors_join(ngx_pool_t *pool, const ngx_array_t *list,
    const char *separator, ngx_str_t *text)
{
    ngx_str_t          *s;
    ngx_uint_t          i;
    ngx_rtalpha_out_t   out;

    if (ngx_rtalpha_out_init(&out, pool, 64, 16384) != NGX_OK) {
        return NGX_ERROR;
    }

    s = list->elts;

    for (i = 0; i < list->nelts; i++) {

        if (i) {
            ngx_rtalpha_out_bytes(&out, (u_char *) separator,
                                  ngx_strlen(separator));
        }

        ngx_rtalpha_out_str(&out, &s[i]);
    }

    return ngx_rtalpha_out_done(&out, text);
}


static ngx_int_t
ngx_rtalpha_gw_cors_put(ngx_array_t *answer, const char *name,
    const ngx_str_t *value)
{
    ngx_keyval_t  *kv;

    kv = ngx_array_push(answer);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key.data = (u_char *) name;
    kv->key.len = ngx_strlen(name);
    kv->value = *value;

    return NGX_OK;
}
