
/*
 * A pattern is an array of elements, one a segment; a path likewise.  What
 * differs between the styles is only how the ends meet: see the two match
 * functions.
 */


#include "ngx_rtalpha_gw_pattern.h"
#include "ngx_rtalpha_glob.h"


#define NGX_RTALPHA_GW_PATTERN_MAX  1000    /* elements */


static ngx_int_t ngx_rtalpha_gw_pattern_elem(ngx_pool_t *pool,
    ngx_rtalpha_gw_pattern_t *pattern, ngx_rtalpha_gw_elem_t *elem,
    ngx_uint_t last, ngx_str_t *error);
static ngx_int_t ngx_rtalpha_gw_pattern_regex(ngx_pool_t *pool,
    ngx_rtalpha_gw_elem_t *elem, ngx_str_t *error);
static void ngx_rtalpha_gw_pattern_char(ngx_rtalpha_out_t *out, u_char ch);
static u_char *ngx_rtalpha_gw_pattern_group(ngx_rtalpha_out_t *out,
    ngx_array_t *names, u_char *p, u_char *end);
static u_char *ngx_rtalpha_gw_pattern_brace(u_char *p, u_char *end);
static ngx_uint_t ngx_rtalpha_gw_pattern_one(
    const ngx_rtalpha_gw_elem_t *elem, const ngx_rtalpha_gw_seg_t *seg,
    ngx_rtalpha_gw_vars_t *vars);
static ngx_uint_t ngx_rtalpha_gw_pattern_ant(
    const ngx_rtalpha_gw_pattern_t *pattern,
    const ngx_rtalpha_gw_path_t *path, ngx_rtalpha_gw_vars_t *vars);
static ngx_uint_t ngx_rtalpha_gw_pattern_doubles(
    const ngx_rtalpha_gw_elem_t *e, ngx_int_t first, ngx_int_t last);
static ngx_uint_t ngx_rtalpha_gw_pattern_middle(
    const ngx_rtalpha_gw_elem_t *e, const ngx_rtalpha_gw_seg_t *s,
    ngx_int_t ei, ngx_int_t ej, ngx_int_t si, ngx_int_t sj,
    ngx_rtalpha_gw_vars_t *vars);
static ngx_uint_t ngx_rtalpha_gw_pattern_path(
    const ngx_rtalpha_gw_pattern_t *pattern,
    const ngx_rtalpha_gw_path_t *path, ngx_rtalpha_gw_vars_t *vars);
static void ngx_rtalpha_gw_pattern_rest(const ngx_rtalpha_gw_elem_t *elem,
    const ngx_rtalpha_gw_path_t *path, ngx_uint_t i,
    ngx_rtalpha_gw_vars_t *vars);


ngx_int_t
ngx_rtalpha_gw_pattern_compile(ngx_pool_t *pool,
    ngx_rtalpha_gw_pattern_t *pattern, const ngx_str_t *text,
    ngx_uint_t style, u_char separator, ngx_str_t *error)
{
    u_char                 *p, *start, *last, *close;
    ngx_int_t               rc;
    ngx_uint_t              n;
    ngx_rtalpha_gw_elem_t  *elem;

    ngx_memzero(pattern, sizeof(ngx_rtalpha_gw_pattern_t));

    pattern->text = *text;
    pattern->style = style;

    p = text->data;
    last = p + text->len;

    for (n = 1; p < last; p++) {
        n += (*p == separator);
    }

    if (n > NGX_RTALPHA_GW_PATTERN_MAX) {
        ngx_str_set(error, "the pattern has too many segments");
        return NGX_DECLINED;
    }

    pattern->elems = ngx_pcalloc(pool, n * sizeof(ngx_rtalpha_gw_elem_t));
    if (pattern->elems == NULL) {
        return NGX_ERROR;
    }

    p = text->data;
    pattern->lead = (p < last && *p == separator);
    pattern->slash = (p < last && last[-1] == separator);

    if (pattern->lead) {
        p++;
    }

    for (start = p; p <= last; start = ++p) {

        while (p < last && *p != separator) {

            /* a regular expression may hold the separator */

            if (*p == '{') {
                close = ngx_rtalpha_gw_pattern_brace(p, last);

                if (close == NULL) {
                    ngx_str_set(error, "a \"{\" is not closed");
                    return NGX_DECLINED;
                }

                p = close;
            }

            p++;
        }

        if (p == start && (style == NGX_RTALPHA_GW_ANT || p == last)) {
            continue;
        }

        elem = &pattern->elems[pattern->n++];
        elem->text.data = start;
        elem->text.len = p - start;

        rc = ngx_rtalpha_gw_pattern_elem(pool, pattern, elem, p == last,
                                         error);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_pattern_elem(ngx_pool_t *pool,
    ngx_rtalpha_gw_pattern_t *pattern, ngx_rtalpha_gw_elem_t *elem,
    ngx_uint_t last, ngx_str_t *error)
{
    size_t      i;
    u_char     *p;
    ngx_str_t  *text;

    text = &elem->text;
    p = text->data;

    if (ngx_rtalpha_str_is(text, "**")) {
        elem->kind = NGX_RTALPHA_GW_DOUBLE;

        if (pattern->style != NGX_RTALPHA_GW_ANT && !last) {
            ngx_str_set(error, "nothing may follow \"**\"");
            return NGX_DECLINED;
        }

        return NGX_OK;
    }

    if (ngx_rtalpha_str_is(text, "*")) {
        elem->kind = NGX_RTALPHA_GW_ANY;
        return NGX_OK;
    }

    if (text->len > 3 && p[0] == '{' && p[1] == '*'
        && pattern->style != NGX_RTALPHA_GW_ANT)
    {
        if (!last || p[text->len - 1] != '}') {
            ngx_str_set(error, "nothing may follow \"{*name}\"");
            return NGX_DECLINED;
        }

        elem->kind = NGX_RTALPHA_GW_REST;
        text->data += 2;
        text->len -= 3;
        return NGX_OK;
    }

    for (i = 0; i < text->len; i++) {

        if (p[i] == '{') {
            return ngx_rtalpha_gw_pattern_regex(pool, elem, error);
        }

        if (p[i] == '*' || p[i] == '?') {
            elem->kind = NGX_RTALPHA_GW_GLOB;
        }
    }

    elem->hash = ngx_rtalpha_gw_path_hash(text->data, text->len);

    return NGX_OK;
}


/* a segment with "{…}": one variable, or an expression with its groups */

static ngx_int_t
ngx_rtalpha_gw_pattern_regex(ngx_pool_t *pool, ngx_rtalpha_gw_elem_t *elem,
    ngx_str_t *error)
{
    u_char             *p, *end;
    ngx_str_t           expr;
    ngx_array_t        *names;
    ngx_rtalpha_out_t   out;

    p = elem->text.data;
    end = p + elem->text.len;

    if (ngx_rtalpha_gw_pattern_brace(p, end) == end - 1
        && ngx_strlchr(p, end, ':') == NULL)
    {
        elem->kind = NGX_RTALPHA_GW_VAR;
        elem->text.data++;
        elem->text.len -= 2;

        if (elem->text.len == 0) {
            ngx_str_set(error, "a variable has no name");
            return NGX_DECLINED;
        }

        return NGX_OK;
    }

    names = ngx_array_create(pool, 2, sizeof(ngx_str_t));

    if (names == NULL
        || ngx_rtalpha_out_init(&out, pool, 64, NGX_RTALPHA_GW_REGEX_LEN)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    while (p < end) {

        if (*p != '{') {
            ngx_rtalpha_gw_pattern_char(&out, *p++);
            continue;
        }

        p = ngx_rtalpha_gw_pattern_group(&out, names, p, end);

        if (p == NULL) {
            ngx_str_set(error, "a variable has no name, or there are too "
                               "many of them");
            return NGX_DECLINED;
        }
    }

    if (ngx_rtalpha_out_done(&out, &expr) != NGX_OK) {
        ngx_str_set(error, "the expression is too long");
        return NGX_DECLINED;
    }

    elem->kind = NGX_RTALPHA_GW_REGEX;
    elem->names = names->elts;
    elem->regex = ngx_rtalpha_gw_regex_compile(pool, &expr, error);

    if (elem->regex == NULL) {
        return error->data ? NGX_DECLINED : NGX_ERROR;
    }

    if (ngx_rtalpha_gw_regex_groups(elem->regex) != names->nelts) {
        ngx_str_set(error, "groups are not allowed in \"{name:regex}\"");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* a character of the pattern, as an expression */

static void
ngx_rtalpha_gw_pattern_char(ngx_rtalpha_out_t *out, u_char ch)
{
    if (ch == '*') {
        ngx_rtalpha_out_lit(out, ".*");
        return;
    }

    if (ch == '?') {
        ngx_rtalpha_out_char(out, '.');
        return;
    }

    if (ngx_strchr("\\^$.|+()[]}", ch) != NULL) {
        ngx_rtalpha_out_char(out, '\\');
    }

    ngx_rtalpha_out_char(out, ch);
}


static u_char *
ngx_rtalpha_gw_pattern_group(ngx_rtalpha_out_t *out, ngx_array_t *names,
    u_char *p, u_char *end)
{
    u_char     *close, *colon;
    ngx_str_t  *name;

    close = ngx_rtalpha_gw_pattern_brace(p, end);
    name = ngx_array_push(names);

    if (close == NULL || name == NULL
        || names->nelts > NGX_RTALPHA_GW_REGEX_CAPS)
    {
        return NULL;
    }

    p++;
    colon = ngx_strlchr(p, close, ':');

    name->data = p;
    name->len = (colon ? colon : close) - p;

    if (name->len == 0) {
        return NULL;
    }

    ngx_rtalpha_out_char(out, '(');

    if (colon) {
        ngx_rtalpha_out_bytes(out, colon + 1, close - colon - 1);

    } else {
        ngx_rtalpha_out_lit(out, ".*");
    }

    ngx_rtalpha_out_char(out, ')');

    return close + 1;
}


/* p is at "{": the "}" that belongs to it */

static u_char *
ngx_rtalpha_gw_pattern_brace(u_char *p, u_char *end)
{
    ngx_uint_t  depth;

    for (depth = 0; p < end; p++) {

        if (*p == '\\' && p + 1 < end) {
            p++;

        } else if (*p == '{') {
            depth++;

        } else if (*p == '}' && --depth == 0) {
            return p;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_rtalpha_gw_pattern_match(const ngx_rtalpha_gw_pattern_t *pattern,
    const ngx_rtalpha_gw_path_t *path, ngx_rtalpha_gw_vars_t *vars)
{
    if (pattern->lead != path->lead) {
        return 0;
    }

    if (pattern->style == NGX_RTALPHA_GW_ANT) {
        return ngx_rtalpha_gw_pattern_ant(pattern, path, vars);
    }

    return ngx_rtalpha_gw_pattern_path(pattern, path, vars);
}


static ngx_uint_t
ngx_rtalpha_gw_pattern_one(const ngx_rtalpha_gw_elem_t *elem,
    const ngx_rtalpha_gw_seg_t *seg, ngx_rtalpha_gw_vars_t *vars)
{
    ngx_str_t   value, caps[NGX_RTALPHA_GW_REGEX_CAPS];
    ngx_uint_t  i, n;

    switch (elem->kind) {

    case NGX_RTALPHA_GW_LITERAL:
        return elem->hash == seg->hash && elem->text.len == seg->len
               && ngx_memcmp(elem->text.data, seg->text, seg->len) == 0;

    case NGX_RTALPHA_GW_ANY:
        return seg->len != 0;

    case NGX_RTALPHA_GW_VAR:

        if (seg->len == 0) {
            return 0;
        }

        if (vars) {
            value.data = seg->text;
            value.len = seg->len;
            ngx_rtalpha_gw_vars_set(vars, &elem->text, &value);
        }

        return 1;

    case NGX_RTALPHA_GW_GLOB:
        return ngx_rtalpha_glob_ant(elem->text.data, elem->text.len,
                                    seg->text, seg->len);

    case NGX_RTALPHA_GW_REGEX:

        n = ngx_rtalpha_gw_regex_groups(elem->regex);

        if (!ngx_rtalpha_gw_regex_full(elem->regex, seg->text, seg->len,
                                       caps, n))
        {
            return 0;
        }

        for (i = 0; vars && i < n; i++) {
            ngx_rtalpha_gw_vars_set(vars, &elem->names[i], &caps[i]);
        }

        return 1;

    default:
        return 0;
    }
}


/* AntPathMatcher.doMatch() of Spring 5.2 */

static ngx_uint_t
ngx_rtalpha_gw_pattern_ant(const ngx_rtalpha_gw_pattern_t *pattern,
    const ngx_rtalpha_gw_path_t *path, ngx_rtalpha_gw_vars_t *vars)
{
    ngx_int_t                     ei, ej, si, sj;
    const ngx_rtalpha_gw_seg_t   *s;
    const ngx_rtalpha_gw_elem_t  *e;

    e = pattern->elems;
    s = path->segs;
    ei = 0;
    si = 0;
    ej = (ngx_int_t) pattern->n - 1;
    sj = (ngx_int_t) path->n - 1;

    for ( /* void */ ; ei <= ej && si <= sj; ei++, si++) {

        if (e[ei].kind == NGX_RTALPHA_GW_DOUBLE) {
            break;
        }

        if (!ngx_rtalpha_gw_pattern_one(&e[ei], &s[si], vars)) {
            return 0;
        }
    }

    if (si > sj) {

        if (ei > ej) {
            return pattern->slash == path->slash;
        }

        if (ei == ej && e[ei].kind == NGX_RTALPHA_GW_ANY && path->slash) {
            return 1;
        }

        return ngx_rtalpha_gw_pattern_doubles(e, ei, ej);
    }

    if (ei > ej) {
        return 0;
    }

    for ( /* void */ ; ei <= ej && si <= sj; ej--, sj--) {

        if (e[ej].kind == NGX_RTALPHA_GW_DOUBLE) {
            break;
        }

        if (!ngx_rtalpha_gw_pattern_one(&e[ej], &s[sj], vars)) {
            return 0;
        }
    }

    if (si > sj) {
        return ngx_rtalpha_gw_pattern_doubles(e, ei, ej);
    }

    return ngx_rtalpha_gw_pattern_middle(e, s, ei, ej, si, sj, vars);
}


static ngx_uint_t
ngx_rtalpha_gw_pattern_doubles(const ngx_rtalpha_gw_elem_t *e,
    ngx_int_t first, ngx_int_t last)
{
    for ( /* void */ ; first <= last; first++) {
        if (e[first].kind != NGX_RTALPHA_GW_DOUBLE) {
            return 0;
        }
    }

    return 1;
}


/* elements ei and ej are "**": what stands between must be found in order */

static ngx_uint_t
ngx_rtalpha_gw_pattern_middle(const ngx_rtalpha_gw_elem_t *e,
    const ngx_rtalpha_gw_seg_t *s, ngx_int_t ei, ngx_int_t ej, ngx_int_t si,
    ngx_int_t sj, ngx_rtalpha_gw_vars_t *vars)
{
    ngx_int_t  next, n, i, j;

    while (ei != ej && si <= sj) {

        for (next = ei + 1; e[next].kind != NGX_RTALPHA_GW_DOUBLE; next++) {
            /* void: e[ej] ends it */
        }

        n = next - ei - 1;

        for (i = si; i + n - 1 <= sj; i++) {

            for (j = 0; j < n; j++) {
                if (!ngx_rtalpha_gw_pattern_one(&e[ei + 1 + j], &s[i + j],
                                                vars))
                {
                    break;
                }
            }

            if (j == n) {
                break;
            }
        }

        if (i + n - 1 > sj) {
            return 0;
        }

        ei = next;
        si = i + n;
    }

    return ngx_rtalpha_gw_pattern_doubles(e, ei, ej);
}


/* the chain of PathElement.matches() of Spring 6 */

static ngx_uint_t
ngx_rtalpha_gw_pattern_path(const ngx_rtalpha_gw_pattern_t *pattern,
    const ngx_rtalpha_gw_path_t *path, ngx_rtalpha_gw_vars_t *vars)
{
    ngx_uint_t                    i;
    const ngx_rtalpha_gw_elem_t  *e;

    for (i = 0; i < pattern->n; i++) {
        e = &pattern->elems[i];

        if (e->kind == NGX_RTALPHA_GW_DOUBLE) {
            return 1;
        }

        if (e->kind == NGX_RTALPHA_GW_REST) {
            ngx_rtalpha_gw_pattern_rest(e, path, i, vars);
            return 1;
        }

        if (i == path->n) {
            return e->kind == NGX_RTALPHA_GW_ANY && i + 1 == pattern->n
                   && !pattern->slash && path->slash;
        }

        if (!ngx_rtalpha_gw_pattern_one(e, &path->segs[i], vars)) {
            return 0;
        }
    }

    if (i != path->n) {
        return 0;
    }

    if (pattern->slash) {
        return path->slash;
    }

    return !path->slash || pattern->style == NGX_RTALPHA_GW_PATH_SLASH;
}


/* "{*v}" takes the rest with its first slash */

static void
ngx_rtalpha_gw_pattern_rest(const ngx_rtalpha_gw_elem_t *elem,
    const ngx_rtalpha_gw_path_t *path, ngx_uint_t i,
    ngx_rtalpha_gw_vars_t *vars)
{
    ngx_str_t          value;
    ngx_rtalpha_out_t  out;

    if (vars == NULL) {
        return;
    }

    if (ngx_rtalpha_out_init(&out, vars->pool, 64, path->raw.len * 3 + 1)
        != NGX_OK)
    {
        vars->failed = 1;
        return;
    }

    for ( /* void */ ; i < path->n; i++) {
        ngx_rtalpha_out_char(&out, '/');
        ngx_rtalpha_out_bytes(&out, path->segs[i].text, path->segs[i].len);
    }

    if (path->slash) {
        ngx_rtalpha_out_char(&out, '/');
    }

    if (ngx_rtalpha_out_done(&out, &value) != NGX_OK) {
        vars->failed = 1;
        return;
    }

    ngx_rtalpha_gw_vars_set(vars, &elem->text, &value);
}


void
ngx_rtalpha_gw_vars_set(ngx_rtalpha_gw_vars_t *vars, const ngx_str_t *name,
    const ngx_str_t *value)
{
    size_t         n;
    ngx_str_t      copy;
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    /* an encoded slash is a slash in a value */

    if (value->len && memchr(value->data, '\0', value->len) != NULL) {
        copy.len = value->len;
        copy.data = ngx_pstrdup(vars->pool, (ngx_str_t *) value);

        if (copy.data == NULL) {
            vars->failed = 1;
            return;
        }

        for (n = 0; n < copy.len; n++) {
            if (copy.data[n] == '\0') {
                copy.data[n] = '/';
            }
        }

        value = &copy;
    }

    if (vars->array == NULL) {
        vars->array = ngx_array_create(vars->pool, 4, sizeof(ngx_keyval_t));
    }

    if (vars->array == NULL) {
        vars->failed = 1;
        return;
    }

    kv = vars->array->elts;

    for (i = 0; i < vars->array->nelts; i++) {
        if (ngx_rtalpha_str_eq(&kv[i].key, name)) {
            kv[i].value = *value;
            return;
        }
    }

    kv = ngx_array_push(vars->array);
    if (kv == NULL) {
        vars->failed = 1;
        return;
    }

    kv->key = *name;
    kv->value = *value;
}


const ngx_str_t *
ngx_rtalpha_gw_vars_get(const ngx_rtalpha_gw_vars_t *vars,
    const ngx_str_t *name)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    if (vars->array == NULL) {
        return NULL;
    }

    kv = vars->array->elts;

    for (i = 0; i < vars->array->nelts; i++) {
        if (ngx_rtalpha_str_eq(&kv[i].key, name)) {
            return &kv[i].value;
        }
    }

    return NULL;
}
