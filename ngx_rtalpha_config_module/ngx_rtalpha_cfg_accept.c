
/*
 * Content negotiation.  Which of two handlers of one path Spring MVC takes
 * follows from its ProducesRequestCondition: the accepted types are walked
 * best first, and a handler wins with the first one that equals or includes
 * what it produces.
 */


#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_charset.h"


#define NGX_RTALPHA_CFG_V2                                                    \
    "application/vnd.spring-cloud.config-server.v2+json"


typedef struct {
    ngx_str_t    type;
    ngx_str_t    sub;
    ngx_str_t    params;        /* with the leading ';', without q */
    ngx_uint_t   nparams;
    ngx_uint_t   quality;       /* thousandths */
    ngx_uint_t   charset;
} ngx_rtalpha_cfg_type_t;


static ngx_int_t ngx_rtalpha_cfg_accept_one(ngx_rtalpha_cfg_accept_t *accept,
    u_char *p, u_char *last);
static void ngx_rtalpha_cfg_accept_sort(ngx_rtalpha_cfg_accept_t *accept);


static u_char *
ngx_rtalpha_cfg_accept_trim(u_char *p, u_char **last)
{
    while (p < *last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (*last > p && ((*last)[-1] == ' ' || (*last)[-1] == '\t')) {
        (*last)--;
    }

    return p;
}


ngx_int_t
ngx_rtalpha_cfg_accept_parse(ngx_pool_t *pool, const ngx_str_t *header,
    ngx_rtalpha_cfg_accept_t *accept)
{
    u_char     *p, *last, *end, *start;
    ngx_int_t   rc;
    ngx_uint_t  quoted;

    accept->pool = pool;
    accept->bad = 0;
    accept->charset = NGX_RTALPHA_CFG_CHARSET_NONE;

    if (ngx_array_init(&accept->types, pool, 4,
                       sizeof(ngx_rtalpha_cfg_type_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (header == NULL) {
        return NGX_OK;
    }

    p = header->data;
    last = header->data + header->len;
    quoted = 0;

    for (start = p; p <= last; p++) {

        if (p < last && *p == '"') {
            quoted = !quoted;
        }

        if (p < last && (quoted || *p != ',')) {
            continue;
        }

        end = p;
        start = ngx_rtalpha_cfg_accept_trim(start, &end);

        if (start < end) {
            rc = ngx_rtalpha_cfg_accept_one(accept, start, end);

            if (rc == NGX_ERROR) {
                return rc;
            }

            if (rc == NGX_DECLINED || accept->types.nelts > 50) {
                accept->bad = 1;
                return NGX_OK;
            }
        }

        start = p + 1;
    }

    ngx_rtalpha_cfg_accept_sort(accept);

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_cfg_accept_token(const ngx_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] <= ' ' || s->data[i] >= 0x7f
            || ngx_strchr("()<>@,;:\\\"/[]?={}", s->data[i]))
        {
            return 0;
        }
    }

    return s->len != 0;
}


static ngx_int_t
ngx_rtalpha_cfg_accept_quality(u_char *p, u_char *last, ngx_uint_t *quality)
{
    ngx_int_t  n;

    if (last - p > 2 && *p == '"' && last[-1] == '"') {
        p++;
        last--;
    }

    n = ngx_atofp(p, last - p, 3);

    if (n == NGX_ERROR || n > 1000) {
        return NGX_DECLINED;
    }

    *quality = n;

    return NGX_OK;
}


/* a charset that nobody knows spoils the type */

static ngx_int_t
ngx_rtalpha_cfg_accept_charset(ngx_rtalpha_cfg_type_t *t, u_char *p,
    u_char *last, u_char **pos)
{
    ngx_str_t  name;

    if (last - p > 2 && *p == '"' && last[-1] == '"') {
        p++;
        last--;
    }

    name.data = p;
    name.len = last - p;
    t->charset = ngx_rtalpha_cfg_charset_find(&name);

    if (t->charset == NGX_RTALPHA_CFG_CHARSET_NONE) {
        return NGX_DECLINED;
    }

    *pos = ngx_sprintf(*pos, ";charset=%V", &name);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_accept_params(ngx_rtalpha_cfg_accept_t *accept,
    ngx_rtalpha_cfg_type_t *t, u_char *p, u_char *last)
{
    u_char  *end, *start, *eq, *d;

    d = ngx_pnalloc(accept->pool, last - p + 2);
    if (d == NULL) {
        return NGX_ERROR;
    }

    t->params.data = d;

    while (p < last) {
        end = ngx_strlchr(p, last, ';');
        if (end == NULL) {
            end = last;
        }

        start = p;
        p = end + 1;
        start = ngx_rtalpha_cfg_accept_trim(start, &end);

        if (start == end) {
            continue;
        }

        eq = ngx_strlchr(start, end, '=');

        if (eq == NULL || eq == start || eq + 1 == end) {
            return NGX_DECLINED;
        }

        if (eq - start == 1 && (*start | 0x20) == 'q') {
            if (ngx_rtalpha_cfg_accept_quality(eq + 1, end, &t->quality)
                != NGX_OK)
            {
                return NGX_DECLINED;
            }

            continue;
        }

        t->nparams++;

        if (eq - start == sizeof("charset") - 1
            && ngx_strncasecmp(start, (u_char *) "charset", eq - start) == 0)
        {
            if (ngx_rtalpha_cfg_accept_charset(t, eq + 1, end, &d) != NGX_OK) {
                return NGX_DECLINED;
            }

            continue;
        }

        *d++ = ';';
        d = ngx_cpymem(d, start, end - start);
    }

    t->params.len = d - t->params.data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_accept_one(ngx_rtalpha_cfg_accept_t *accept, u_char *p,
    u_char *last)
{
    u_char                  *end, *slash, *start;
    ngx_rtalpha_cfg_type_t  *t;

    t = ngx_array_push(&accept->types);
    if (t == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(t, sizeof(ngx_rtalpha_cfg_type_t));
    t->quality = 1000;

    end = ngx_strlchr(p, last, ';');
    if (end == NULL) {
        end = last;
    }

    start = p;
    p = end;
    start = ngx_rtalpha_cfg_accept_trim(start, &end);

    if (end - start == 1 && *start == '*') {
        ngx_str_set(&t->type, "*");
        ngx_str_set(&t->sub, "*");
        return ngx_rtalpha_cfg_accept_params(accept, t, p, last);
    }

    slash = ngx_strlchr(start, end, '/');
    if (slash == NULL) {
        return NGX_DECLINED;
    }

    t->type.data = start;
    t->type.len = slash - start;
    t->sub.data = slash + 1;
    t->sub.len = end - slash - 1;

    if (!ngx_rtalpha_cfg_accept_token(&t->type)
        || !ngx_rtalpha_cfg_accept_token(&t->sub)
        || (ngx_rtalpha_str_is(&t->type, "*")
            && !ngx_rtalpha_str_is(&t->sub, "*")))
    {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_cfg_accept_params(accept, t, p, last);
}


static ngx_uint_t
ngx_rtalpha_cfg_accept_wild(const ngx_str_t *s)
{
    return ngx_rtalpha_str_is(s, "*") || ngx_rtalpha_str_begins(s, "*+");
}


static ngx_uint_t
ngx_rtalpha_cfg_accept_better(const ngx_rtalpha_cfg_type_t *a,
    const ngx_rtalpha_cfg_type_t *b)
{
    ngx_uint_t  wa, wb;

    if (a->quality != b->quality) {
        return a->quality > b->quality;
    }

    wa = ngx_rtalpha_str_is(&a->type, "*");
    wb = ngx_rtalpha_str_is(&b->type, "*");

    if (wa != wb) {
        return wb;
    }

    wa = ngx_rtalpha_cfg_accept_wild(&a->sub);
    wb = ngx_rtalpha_cfg_accept_wild(&b->sub);

    if (wa != wb) {
        return wb;
    }

    return ngx_rtalpha_str_eq(&a->type, &b->type)
           && ngx_rtalpha_str_eq(&a->sub, &b->sub)
           && a->nparams > b->nparams;
}


static void
ngx_rtalpha_cfg_accept_sort(ngx_rtalpha_cfg_accept_t *accept)
{
    ngx_uint_t               i, k, n;
    ngx_rtalpha_cfg_type_t  *t, tmp;

    t = accept->types.elts;
    n = accept->types.nelts;

    for (i = 0; i < n; i++) {
        for (k = 1; k < n - i; k++) {

            if (ngx_rtalpha_cfg_accept_better(&t[k], &t[k - 1])) {
                tmp = t[k];
                t[k] = t[k - 1];
                t[k - 1] = tmp;
            }
        }
    }
}


static ngx_uint_t
ngx_rtalpha_cfg_accept_is(const ngx_rtalpha_cfg_type_t *t, const char *name)
{
    size_t  len;

    len = t->type.len;

    return ngx_strncasecmp((u_char *) name, t->type.data, len) == 0
           && name[len] == '/'
           && ngx_strlen(name) == len + 1 + t->sub.len
           && ngx_strncasecmp((u_char *) name + len + 1, t->sub.data,
                              t->sub.len)
              == 0;
}


static ngx_uint_t
ngx_rtalpha_cfg_accept_json_like(const ngx_rtalpha_cfg_type_t *t)
{
    return ngx_rtalpha_cfg_accept_is(t, "application/json")
           || (t->type.len == 11
               && ngx_strncasecmp(t->type.data, (u_char *) "application", 11)
                  == 0
               && t->sub.len > 5
               && ngx_strncasecmp(t->sub.data + t->sub.len - 5,
                                  (u_char *) "+json", 5)
                  == 0);
}


/* type as accepted, with its parameters; tail is appended */

static void
ngx_rtalpha_cfg_accept_echo(ngx_rtalpha_cfg_accept_t *accept,
    const ngx_rtalpha_cfg_type_t *t, const char *tail, ngx_str_t *type)
{
    u_char  *p;

    accept->charset = t->charset;
    type->len = t->type.len + 1 + t->sub.len + t->params.len
                + ngx_strlen(tail);

    p = ngx_pnalloc(accept->pool, type->len);
    if (p == NULL) {
        ngx_str_set(type, "application/octet-stream");
        return;
    }

    type->data = p;
    ngx_sprintf(p, "%V/%V%V%s", &t->type, &t->sub, &t->params, tail);
}


ngx_uint_t
ngx_rtalpha_cfg_accept_env(ngx_rtalpha_cfg_accept_t *accept, ngx_str_t *type)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_type_t  *t;

    ngx_str_set(type, "application/json");

    if (accept->bad) {
        return NGX_RTALPHA_CFG_ACCEPT_NONE;
    }

    t = accept->types.elts;

    for (i = 0; i < accept->types.nelts; i++) {

        if (ngx_rtalpha_cfg_accept_is(&t[i], "*/*")
            || ngx_rtalpha_cfg_accept_is(&t[i], "application/*"))
        {
            return NGX_RTALPHA_CFG_ACCEPT_JSON;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "application/json")) {
            ngx_rtalpha_cfg_accept_echo(accept, &t[i], "", type);
            return NGX_RTALPHA_CFG_ACCEPT_JSON;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "application/*+json")) {
            ngx_str_set(type, NGX_RTALPHA_CFG_V2);
            return NGX_RTALPHA_CFG_ACCEPT_V2;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], NGX_RTALPHA_CFG_V2)) {
            ngx_rtalpha_cfg_accept_echo(accept, &t[i], "", type);
            return NGX_RTALPHA_CFG_ACCEPT_V2;
        }
    }

    return i ? NGX_RTALPHA_CFG_ACCEPT_NONE : NGX_RTALPHA_CFG_ACCEPT_JSON;
}


/* would the HTML page of the error controller win */

static ngx_uint_t
ngx_rtalpha_cfg_accept_html(ngx_rtalpha_cfg_accept_t *accept)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_type_t  *t;

    t = accept->types.elts;

    for (i = 0; i < accept->types.nelts; i++) {

        if (ngx_rtalpha_cfg_accept_is(&t[i], "*/*")) {
            return 0;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "text/html")
            || ngx_rtalpha_cfg_accept_is(&t[i], "text/*"))
        {
            return 1;
        }
    }

    return 0;
}


/* JSON or YAML, whichever is accepted first */

static ngx_uint_t
ngx_rtalpha_cfg_accept_data(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_type_t  *t;

    ngx_str_set(type, "application/json");
    t = accept->types.elts;

    for (i = 0; i < accept->types.nelts; i++) {

        if (ngx_rtalpha_cfg_accept_is(&t[i], "*/*")
            || ngx_rtalpha_cfg_accept_is(&t[i], "application/*")
            || ngx_rtalpha_cfg_accept_is(&t[i], "application/*+json"))
        {
            return NGX_RTALPHA_CFG_ACCEPT_JSON;
        }

        if (ngx_rtalpha_cfg_accept_json_like(&t[i])) {
            ngx_rtalpha_cfg_accept_echo(accept, &t[i], "", type);
            return NGX_RTALPHA_CFG_ACCEPT_JSON;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "application/yaml")) {
            ngx_str_set(type, "application/yaml");
            return NGX_RTALPHA_CFG_ACCEPT_YAML;
        }
    }

    return i ? NGX_RTALPHA_CFG_ACCEPT_NONE : NGX_RTALPHA_CFG_ACCEPT_JSON;
}


ngx_uint_t
ngx_rtalpha_cfg_accept_error(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type)
{
    if (accept->bad) {
        return NGX_RTALPHA_CFG_ACCEPT_NONE;
    }

    if (ngx_rtalpha_cfg_accept_html(accept)) {
        ngx_str_set(type, "text/html;charset=UTF-8");
        return NGX_RTALPHA_CFG_ACCEPT_HTML;
    }

    return ngx_rtalpha_cfg_accept_data(accept, type);
}


ngx_uint_t
ngx_rtalpha_cfg_accept_json(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type)
{
    return !accept->bad
           && ngx_rtalpha_cfg_accept_data(accept, type)
              == NGX_RTALPHA_CFG_ACCEPT_JSON;
}


ngx_uint_t
ngx_rtalpha_cfg_accept_plain(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_type_t  *t;

    ngx_str_set(type, "text/plain;charset=UTF-8");

    if (accept->bad) {
        return NGX_RTALPHA_CFG_ACCEPT_NONE;
    }

    t = accept->types.elts;

    for (i = 0; i < accept->types.nelts; i++) {

        if (ngx_rtalpha_cfg_accept_is(&t[i], "*/*")) {
            break;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "application/octet-stream")
            || ngx_rtalpha_cfg_accept_is(&t[i], "application/*"))
        {
            ngx_str_set(type, "application/octet-stream");
            return NGX_RTALPHA_CFG_ACCEPT_BINARY;
        }
    }

    for (i = 0; i < accept->types.nelts; i++) {

        if (ngx_rtalpha_cfg_accept_is(&t[i], "*/*")
            || ngx_rtalpha_cfg_accept_is(&t[i], "text/*"))
        {
            return NGX_RTALPHA_CFG_ACCEPT_TEXT;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "application/*+json")) {
            ngx_str_set(type, "application/json");
            return NGX_RTALPHA_CFG_ACCEPT_TEXT;
        }

        if (ngx_rtalpha_cfg_accept_wild(&t[i].sub)) {
            continue;
        }

        ngx_rtalpha_cfg_accept_echo(accept, &t[i],
            ngx_rtalpha_cfg_accept_json_like(&t[i]) || t[i].charset
                ? "" : ";charset=UTF-8", type);
        return NGX_RTALPHA_CFG_ACCEPT_TEXT;
    }

    return i ? NGX_RTALPHA_CFG_ACCEPT_NONE : NGX_RTALPHA_CFG_ACCEPT_TEXT;
}


ngx_uint_t
ngx_rtalpha_cfg_accept_actuator(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *type)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_type_t  *t;

    ngx_str_set(type, "application/vnd.spring-boot.actuator.v3+json");

    if (accept->bad) {
        return 0;
    }

    t = accept->types.elts;

    for (i = 0; i < accept->types.nelts; i++) {

        if (ngx_rtalpha_cfg_accept_is(&t[i], "*/*")
            || ngx_rtalpha_cfg_accept_is(&t[i], "application/*")
            || ngx_rtalpha_cfg_accept_is(&t[i], "application/*+json"))
        {
            return 1;
        }

        if (ngx_rtalpha_cfg_accept_is(&t[i], "application/json")
            || ngx_rtalpha_cfg_accept_is(&t[i],
                   "application/vnd.spring-boot.actuator.v3+json")
            || ngx_rtalpha_cfg_accept_is(&t[i],
                   "application/vnd.spring-boot.actuator.v2+json"))
        {
            ngx_rtalpha_cfg_accept_echo(accept, &t[i], "", type);
            return 1;
        }
    }

    return i == 0;
}


ngx_int_t
ngx_rtalpha_cfg_accept_encode(ngx_rtalpha_cfg_accept_t *accept,
    ngx_str_t *text)
{
    switch (accept->charset) {

    case NGX_RTALPHA_CFG_CHARSET_NONE:
    case NGX_RTALPHA_CFG_CHARSET_UTF8:
    case NGX_RTALPHA_CFG_CHARSET_ASCII:
        return NGX_OK;

    case NGX_RTALPHA_CFG_CHARSET_UTF16BE:
    case NGX_RTALPHA_CFG_CHARSET_UTF16LE:
    case NGX_RTALPHA_CFG_CHARSET_UTF32BE:
    case NGX_RTALPHA_CFG_CHARSET_UTF32LE:
        return ngx_rtalpha_cfg_charset_encode(accept->pool, accept->charset,
                                              text);

    default:
        return NGX_DECLINED;
    }
}
