
/*
 * PCRE2 is called directly: nginx's wrapper compiles into a pool that is
 * shared by the whole process and takes no match limits.  Match data is
 * scratch of the thread that matches, made once.
 */


#define PCRE2_CODE_UNIT_WIDTH  8

#include "ngx_rtalpha_gw_regex.h"

#include <pcre2.h>


#define NGX_RTALPHA_GW_REGEX_MATCH   50000
#define NGX_RTALPHA_GW_REGEX_DEPTH   1000
#define NGX_RTALPHA_GW_REGEX_HEAP    2048       /* KB */
#define NGX_RTALPHA_GW_REGEX_TIMES   1000       /* replacements a call */


struct ngx_rtalpha_gw_regex_s {
    ngx_str_t      text;
    pcre2_code    *code;        /* NULL: compared as text */
};


static ngx_uint_t ngx_rtalpha_gw_regex_literal(const ngx_str_t *expr);
static void ngx_rtalpha_gw_regex_free(void *data);
static int ngx_rtalpha_gw_regex_exec(const ngx_rtalpha_gw_regex_t *re,
    const u_char *data, size_t len, size_t offset, uint32_t options);
static ngx_int_t ngx_rtalpha_gw_regex_expand(const ngx_rtalpha_gw_regex_t *re,
    const ngx_str_t *subject, const ngx_str_t *replacement, int rc,
    ngx_rtalpha_out_t *out);
static u_char *ngx_rtalpha_gw_regex_reference(
    const ngx_rtalpha_gw_regex_t *re, u_char *p, u_char *last,
    ngx_uint_t *group);


static __thread pcre2_match_data     *ngx_rtalpha_gw_regex_data;
static __thread pcre2_match_context  *ngx_rtalpha_gw_regex_limits;


ngx_rtalpha_gw_regex_t *
ngx_rtalpha_gw_regex_compile(ngx_pool_t *pool, const ngx_str_t *expr,
    ngx_str_t *error)
{
    int                      code;
    u_char                  *text;
    size_t                   offset;
    ngx_pool_cleanup_t      *cln;
    ngx_rtalpha_gw_regex_t  *re;

    ngx_str_null(error);

    if (expr->len > NGX_RTALPHA_GW_REGEX_LEN) {
        ngx_str_set(error, "the expression is too long");
        return NULL;
    }

    re = ngx_palloc(pool, sizeof(ngx_rtalpha_gw_regex_t));
    if (re == NULL) {
        return NULL;
    }

    re->text = *expr;
    re->code = NULL;

    if (ngx_rtalpha_gw_regex_literal(expr)) {
        return re;
    }

    cln = ngx_pool_cleanup_add(pool, 0);
    text = ngx_pnalloc(pool, 160);

    if (cln == NULL || text == NULL) {
        return NULL;
    }

    re->code = pcre2_compile(expr->data, expr->len,
                             PCRE2_UTF|PCRE2_MATCH_INVALID_UTF
                             |PCRE2_DOLLAR_ENDONLY|PCRE2_NEVER_BACKSLASH_C,
                             &code, &offset, NULL);

    if (re->code == NULL) {
        error->data = text;
        error->len = ngx_snprintf(text, 32, "at offset %uz: ", offset) - text;
        code = pcre2_get_error_message(code, text + error->len, 120);
        error->len += ngx_max(code, 0);
        return NULL;
    }

    cln->handler = ngx_rtalpha_gw_regex_free;
    cln->data = re->code;

    return re;
}


static ngx_uint_t
ngx_rtalpha_gw_regex_literal(const ngx_str_t *expr)
{
    size_t  i;

    for (i = 0; i < expr->len; i++) {
        if (ngx_strchr("\\^$.|?*+()[]{}", expr->data[i]) != NULL) {
            return 0;
        }
    }

    return 1;
}


static void
ngx_rtalpha_gw_regex_free(void *data)
{
    pcre2_code_free(data);
}


static int
ngx_rtalpha_gw_regex_exec(const ngx_rtalpha_gw_regex_t *re,
    const u_char *data, size_t len, size_t offset, uint32_t options)
{
    if (ngx_rtalpha_gw_regex_data == NULL) {
        ngx_rtalpha_gw_regex_data = pcre2_match_data_create(
                                       NGX_RTALPHA_GW_REGEX_CAPS + 1, NULL);
        ngx_rtalpha_gw_regex_limits = pcre2_match_context_create(NULL);

        if (ngx_rtalpha_gw_regex_data == NULL
            || ngx_rtalpha_gw_regex_limits == NULL)
        {
            return PCRE2_ERROR_NOMEMORY;
        }

        pcre2_set_match_limit(ngx_rtalpha_gw_regex_limits,
                              NGX_RTALPHA_GW_REGEX_MATCH);
        pcre2_set_depth_limit(ngx_rtalpha_gw_regex_limits,
                              NGX_RTALPHA_GW_REGEX_DEPTH);
        pcre2_set_heap_limit(ngx_rtalpha_gw_regex_limits,
                             NGX_RTALPHA_GW_REGEX_HEAP);
    }

    return pcre2_match(re->code, data, len, offset, options,
                       ngx_rtalpha_gw_regex_data,
                       ngx_rtalpha_gw_regex_limits);
}


ngx_uint_t
ngx_rtalpha_gw_regex_full(const ngx_rtalpha_gw_regex_t *re,
    const u_char *data, size_t len, ngx_str_t *caps, ngx_uint_t max)
{
    int          rc;
    size_t      *v;
    ngx_uint_t   i;

    for (i = 0; i < max; i++) {
        ngx_str_null(&caps[i]);
    }

    if (re->code == NULL) {
        return re->text.len == len && ngx_memcmp(re->text.data, data, len) == 0;
    }

    rc = ngx_rtalpha_gw_regex_exec(re, data, len, 0,
                                   PCRE2_ANCHORED|PCRE2_ENDANCHORED);
    if (rc < 0) {
        return 0;
    }

    rc = (rc == 0) ? NGX_RTALPHA_GW_REGEX_CAPS + 1 : rc;
    v = pcre2_get_ovector_pointer(ngx_rtalpha_gw_regex_data);

    for (i = 0; i < max && i + 1 < (ngx_uint_t) rc; i++) {

        if (v[2 * i + 2] == PCRE2_UNSET) {
            continue;
        }

        caps[i].data = (u_char *) data + v[2 * i + 2];
        caps[i].len = v[2 * i + 3] - v[2 * i + 2];
    }

    return 1;
}


ngx_uint_t
ngx_rtalpha_gw_regex_groups(const ngx_rtalpha_gw_regex_t *re)
{
    uint32_t  n;

    n = 0;

    if (re->code) {
        (void) pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &n);
    }

    return n;
}


ngx_uint_t
ngx_rtalpha_gw_regex_group(const ngx_rtalpha_gw_regex_t *re,
    const ngx_str_t *name)
{
    int      n;
    u_char   text[33];

    if (re->code == NULL || name->len >= sizeof(text)) {
        return 0;
    }

    (void) ngx_cpystrn(text, name->data, name->len + 1);

    n = pcre2_substring_number_from_name(re->code, text);

    return (n > 0) ? (ngx_uint_t) n : 0;
}


ngx_int_t
ngx_rtalpha_gw_regex_replace(const ngx_rtalpha_gw_regex_t *re,
    const ngx_str_t *subject, const ngx_str_t *replacement,
    ngx_rtalpha_out_t *out)
{
    int                      rc;
    size_t                   done, at, from, to, *v;
    ngx_uint_t               times;
    ngx_rtalpha_gw_regex_t   literal;

    literal = *re;

    if (re->code == NULL) {
        literal.code = pcre2_compile(re->text.data, re->text.len,
                                     PCRE2_LITERAL, &rc, &at, NULL);
        if (literal.code == NULL) {
            return NGX_ERROR;
        }
    }

    done = 0;
    at = 0;
    rc = PCRE2_ERROR_NOMATCH;

    for (times = 0; times < NGX_RTALPHA_GW_REGEX_TIMES; times++) {

        rc = ngx_rtalpha_gw_regex_exec(&literal, subject->data, subject->len,
                                       at, 0);
        if (rc < 0) {
            break;
        }

        v = pcre2_get_ovector_pointer(ngx_rtalpha_gw_regex_data);
        from = v[0];
        to = v[1];

        ngx_rtalpha_out_bytes(out, subject->data + done, from - done);

        if (ngx_rtalpha_gw_regex_expand(&literal, subject, replacement, rc,
                                        out)
            != NGX_OK)
        {
            rc = PCRE2_ERROR_INTERNAL;
            break;
        }

        done = to;
        at = (to == from) ? to + 1 : to;

        if (at > subject->len) {
            rc = PCRE2_ERROR_NOMATCH;
            times++;
            break;
        }
    }

    if (re->code == NULL) {
        pcre2_code_free(literal.code);
    }

    if (rc != PCRE2_ERROR_NOMATCH) {
        return NGX_ERROR;
    }

    if (times == 0) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_out_bytes(out, subject->data + done, subject->len - done);

    return NGX_OK;
}


/* appends the replacement for the match that has just been found */

static ngx_int_t
ngx_rtalpha_gw_regex_expand(const ngx_rtalpha_gw_regex_t *re,
    const ngx_str_t *subject, const ngx_str_t *replacement, int rc,
    ngx_rtalpha_out_t *out)
{
    u_char      *p, *last;
    size_t      *v;
    ngx_uint_t   group;

    v = pcre2_get_ovector_pointer(ngx_rtalpha_gw_regex_data);
    rc = (rc == 0) ? NGX_RTALPHA_GW_REGEX_CAPS + 1 : rc;
    p = replacement->data;
    last = p + replacement->len;

    while (p < last) {

        if (*p == '\\') {

            if (++p == last) {
                return NGX_ERROR;
            }

            ngx_rtalpha_out_char(out, *p++);
            continue;
        }

        if (*p != '$') {
            ngx_rtalpha_out_char(out, *p++);
            continue;
        }

        p = ngx_rtalpha_gw_regex_reference(re, p + 1, last, &group);

        if (p == NULL) {
            return NGX_ERROR;
        }

        if (group < (ngx_uint_t) rc && v[2 * group] != PCRE2_UNSET) {
            ngx_rtalpha_out_bytes(out, subject->data + v[2 * group],
                                  v[2 * group + 1] - v[2 * group]);
        }
    }

    return out->failed ? NGX_ERROR : NGX_OK;
}


/*
 * What follows "$": "{name}" or digits, of which Java takes as many as name
 * a group that exists.  NULL: not a reference.
 */

static u_char *
ngx_rtalpha_gw_regex_reference(const ngx_rtalpha_gw_regex_t *re, u_char *p,
    u_char *last, ngx_uint_t *group)
{
    ngx_str_t   name;
    ngx_uint_t  n, groups;

    if (p < last && *p == '{') {
        name.data = ++p;

        while (p < last && *p != '}') {
            p++;
        }

        name.len = p - name.data;
        *group = ngx_rtalpha_gw_regex_group(re, &name);

        return (p == last || *group == 0) ? NULL : p + 1;
    }

    if (p == last || *p < '0' || *p > '9') {
        return NULL;
    }

    groups = ngx_rtalpha_gw_regex_groups(re);
    *group = *p++ - '0';

    if (*group > groups) {
        return NULL;
    }

    while (p < last && *p >= '0' && *p <= '9') {

        n = *group * 10 + (*p - '0');

        if (n > groups) {
            break;
        }

        *group = n;
        p++;
    }

    return p;
}
