
/*
 * Placeholders.  One pass over a text pairs the braces, so that any number
 * of openings without an end costs no more than that; resolving walks over
 * the pairs.  A value that was looked up is a text of its own.
 */


#include "ngx_rtalpha_placeholder.h"


#define NGX_RTALPHA_PLACEHOLDER_DEPTH    128      /* text and braces */
#define NGX_RTALPHA_PLACEHOLDER_OUTPUT   (1024 * 1024)
#define NGX_RTALPHA_PLACEHOLDER_LOOKUPS  10000
#define NGX_RTALPHA_PLACEHOLDER_WORK     (64 * 1024 * 1024)
#define NGX_RTALPHA_PLACEHOLDER_OPEN     ((size_t) -1)


/* "${" at start; its "}" at end, or OPEN */
typedef struct {
    size_t                       start;
    size_t                       end;
} ngx_rtalpha_placeholder_span_t;


/* names that are being resolved, from the inside out */
typedef struct ngx_rtalpha_placeholder_name_s  ngx_rtalpha_placeholder_name_t;

struct ngx_rtalpha_placeholder_name_s {
    const ngx_str_t                 *name;
    ngx_rtalpha_placeholder_name_t  *outer;
};


typedef struct {
    ngx_pool_t                       *pool;
    const ngx_rtalpha_placeholder_t  *ph;
    ngx_rtalpha_placeholder_name_t   *names;
    size_t                            output;
    size_t                            work;         /* bytes still to scan */
    ngx_uint_t                        lookups;
    ngx_uint_t                        depth;
    ngx_str_t                        *bad;
} ngx_rtalpha_placeholder_run_t;


typedef struct {
    const u_char                          *data;
    size_t                                 pos;
    size_t                                 last;
    const ngx_rtalpha_placeholder_span_t  *span;
    const ngx_rtalpha_placeholder_span_t  *spans_end;
} ngx_rtalpha_placeholder_range_t;


static ngx_int_t ngx_rtalpha_placeholder_range(
    ngx_rtalpha_placeholder_run_t *run, ngx_rtalpha_placeholder_range_t *range,
    ngx_rtalpha_out_t *out);


static ngx_int_t
ngx_rtalpha_placeholder_give_up(ngx_rtalpha_placeholder_run_t *run,
    const u_char *data, size_t len)
{
    ngx_str_t  name;

    name.data = (u_char *) data;
    name.len = ngx_min(len, 256);

    run->bad->data = ngx_pstrdup(run->pool, &name);
    if (run->bad->data == NULL) {
        return NGX_ERROR;
    }

    run->bad->len = name.len;

    return NGX_DECLINED;
}


/* the spans of a text in the order of their beginnings */

static ngx_int_t
ngx_rtalpha_placeholder_pair(ngx_rtalpha_placeholder_run_t *run,
    const ngx_str_t *text, ngx_array_t *spans)
{
    size_t                           i, *brace;
    ngx_array_t                      braces;
    ngx_rtalpha_placeholder_span_t  *span;

    if (text->len > run->work) {
        return ngx_rtalpha_placeholder_give_up(run, text->data, text->len);
    }

    run->work -= text->len;

    if (ngx_array_init(&braces, run->pool, 8, sizeof(size_t)) != NGX_OK
        || ngx_array_init(spans, run->pool, 4,
                          sizeof(ngx_rtalpha_placeholder_span_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < text->len; i++) {

        if (text->data[i] == '}' && braces.nelts) {
            brace = (size_t *) braces.elts + --braces.nelts;

            if (*brace != NGX_RTALPHA_PLACEHOLDER_OPEN) {
                span = spans->elts;
                span[*brace].end = i;
            }
        }

        if (text->data[i] != '{') {
            continue;
        }

        brace = ngx_array_push(&braces);
        if (brace == NULL) {
            return NGX_ERROR;
        }

        *brace = NGX_RTALPHA_PLACEHOLDER_OPEN;

        if (i && text->data[i - 1] == '$') {
            *brace = spans->nelts;

            span = ngx_array_push(spans);
            if (span == NULL) {
                return NGX_ERROR;
            }

            span->start = i - 1;
            span->end = NGX_RTALPHA_PLACEHOLDER_OPEN;
        }
    }

    return NGX_OK;
}


/* a text with placeholders, or without any */

static ngx_int_t
ngx_rtalpha_placeholder_write(ngx_rtalpha_placeholder_run_t *run,
    const ngx_str_t *text, ngx_rtalpha_out_t *out)
{
    ngx_int_t                        rc;
    ngx_array_t                      spans;
    ngx_rtalpha_placeholder_range_t  range;

    if (++run->depth > NGX_RTALPHA_PLACEHOLDER_DEPTH) {
        return ngx_rtalpha_placeholder_give_up(run, text->data, text->len);
    }

    rc = ngx_rtalpha_placeholder_pair(run, text, &spans);
    if (rc != NGX_OK) {
        return rc;
    }

    range.data = text->data;
    range.pos = 0;
    range.last = text->len;
    range.span = spans.elts;
    range.spans_end = range.span + spans.nelts;

    rc = ngx_rtalpha_placeholder_range(run, &range, out);

    run->depth--;

    if (rc == NGX_OK && out->failed) {
        return ngx_rtalpha_placeholder_give_up(run, text->data, text->len);
    }

    return rc;
}


/* NGX_DONE: the name is not known */

static ngx_int_t
ngx_rtalpha_placeholder_look_up(ngx_rtalpha_placeholder_run_t *run,
    const ngx_str_t *key, ngx_rtalpha_out_t *out)
{
    ngx_int_t                        rc;
    ngx_str_t                        name, value;
    ngx_rtalpha_placeholder_name_t   frame, *outer;

    name = *key;

    while (run->ph->trim && name.len && name.data[0] <= ' ') {
        name.data++;
        name.len--;
    }

    while (run->ph->trim && name.len && name.data[name.len - 1] <= ' ') {
        name.len--;
    }

    if (run->lookups-- == 0) {
        run->lookups = 0;
        return ngx_rtalpha_placeholder_give_up(run, name.data, name.len);
    }

    ngx_str_null(&value);

    rc = run->ph->lookup(run->ph->data, &name, &value);

    if (rc == NGX_DECLINED) {
        return NGX_DONE;
    }

    if (rc == NGX_ABORT) {
        return ngx_rtalpha_placeholder_give_up(run, name.data, name.len);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    for (outer = run->names; outer; outer = outer->outer) {
        if (ngx_rtalpha_str_eq(outer->name, key)) {
            return ngx_rtalpha_placeholder_give_up(run, name.data, name.len);
        }
    }

    frame.name = key;
    frame.outer = run->names;
    run->names = &frame;

    rc = ngx_rtalpha_placeholder_write(run, &value, out);

    run->names = frame.outer;

    return rc;
}


static ngx_int_t
ngx_rtalpha_placeholder_unknown(ngx_rtalpha_placeholder_run_t *run,
    const ngx_str_t *key, ngx_rtalpha_out_t *out)
{
    if (run->ph->strict) {
        return ngx_rtalpha_placeholder_give_up(run, key->data, key->len);
    }

    ngx_rtalpha_out_lit(out, "${");
    ngx_rtalpha_out_str(out, key);
    ngx_rtalpha_out_char(out, '}');

    return NGX_OK;
}


/*
 * Writes a part of text; in the name of a placeholder (key set) up to the
 * first ":" without a backslash, and backslashes before ":" are left out.
 * NGX_DONE: such a ":" was found, range->pos is behind it.
 */

static ngx_int_t
ngx_rtalpha_placeholder_piece(ngx_rtalpha_placeholder_run_t *run,
    ngx_rtalpha_placeholder_range_t *range, size_t last, ngx_uint_t key,
    ngx_rtalpha_out_t *out)
{
    size_t         i, begin;
    const u_char  *p;

    p = range->data;
    begin = range->pos;

    for (i = begin; key && i < last; i++) {

        if (p[i] != ':') {
            continue;
        }

        if (run->ph->verbatim || i == range->pos || p[i - 1] != '\\') {
            ngx_rtalpha_out_bytes(out, p + begin, i - begin);
            range->pos = i + 1;
            return NGX_DONE;
        }

        ngx_rtalpha_out_bytes(out, p + begin, i - 1 - begin);
        begin = i;
    }

    ngx_rtalpha_out_bytes(out, p + begin, last - begin);
    range->pos = last;

    return NGX_OK;
}


static ngx_int_t ngx_rtalpha_placeholder_parts(
    ngx_rtalpha_placeholder_run_t *run, ngx_rtalpha_placeholder_range_t *range,
    ngx_uint_t key, ngx_rtalpha_out_t *out);


/*
 * What stands between the braces.  If there are no placeholders in it the
 * whole of it is tried as a name first, its default included.
 */

static ngx_int_t
ngx_rtalpha_placeholder_content(ngx_rtalpha_placeholder_run_t *run,
    ngx_rtalpha_placeholder_range_t *range, ngx_rtalpha_out_t *out)
{
    ngx_int_t           rc;
    ngx_str_t           whole, key;
    ngx_uint_t          simple, fallback;
    ngx_rtalpha_out_t   name;

    whole.data = (u_char *) range->data + range->pos;
    whole.len = range->last - range->pos;
    simple = (range->span == range->spans_end
              || range->span->start >= range->last);

    if (ngx_rtalpha_out_init(&name, run->pool, ngx_min(whole.len, 256),
                             run->output)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_placeholder_parts(run, range, 1, &name);

    if (rc != NGX_OK && rc != NGX_DONE) {
        return rc;
    }

    fallback = (rc == NGX_DONE);

    if (ngx_rtalpha_out_done(&name, &key) != NGX_OK) {
        return ngx_rtalpha_placeholder_give_up(run, whole.data, whole.len);
    }

    if (simple && !ngx_rtalpha_str_eq(&whole, &key)) {
        rc = ngx_rtalpha_placeholder_look_up(run, &whole, out);
        if (rc != NGX_DONE) {
            return rc;
        }
    }

    rc = ngx_rtalpha_placeholder_look_up(run, &key, out);
    if (rc != NGX_DONE) {
        return rc;
    }

    if (fallback) {
        return ngx_rtalpha_placeholder_range(run, range, out);
    }

    return ngx_rtalpha_placeholder_unknown(run, &key, out);
}


/* the placeholder at the range's span; goes on behind its end */

static ngx_int_t
ngx_rtalpha_placeholder_one(ngx_rtalpha_placeholder_run_t *run,
    ngx_rtalpha_placeholder_range_t *range, ngx_rtalpha_out_t *out)
{
    size_t                           end;
    ngx_int_t                        rc;
    ngx_rtalpha_placeholder_range_t  inner;

    inner = *range;
    end = range->span->end;

    inner.span++;
    inner.pos = range->span->start + 2;
    inner.last = end;

    if (++run->depth > NGX_RTALPHA_PLACEHOLDER_DEPTH) {
        return ngx_rtalpha_placeholder_give_up(run, inner.data + inner.pos,
                                               end - inner.pos);
    }

    rc = ngx_rtalpha_placeholder_content(run, &inner, out);

    run->depth--;

    while (range->span < range->spans_end && range->span->start < end) {
        range->span++;
    }

    range->pos = end + 1;

    return rc;
}


static ngx_int_t
ngx_rtalpha_placeholder_parts(ngx_rtalpha_placeholder_run_t *run,
    ngx_rtalpha_placeholder_range_t *range, ngx_uint_t key,
    ngx_rtalpha_out_t *out)
{
    size_t                                 first, last;
    ngx_int_t                              rc;
    ngx_uint_t                             escaped, open;
    const ngx_rtalpha_placeholder_span_t  *span;

    first = range->pos;

    while (range->span < range->spans_end && range->span->start < range->last)
    {
        span = range->span;
        open = (span->end == NGX_RTALPHA_PLACEHOLDER_OPEN);
        escaped = (!open && !run->ph->verbatim && span->start > first
                   && range->data[span->start - 1] == '\\');

        last = open ? span->start + 2 : span->start - escaped;

        rc = ngx_rtalpha_placeholder_piece(run, range, last, key, out);
        if (rc != NGX_OK) {
            return rc;
        }

        if (escaped) {
            ngx_rtalpha_out_lit(out, "${");
            range->pos = span->start + 2;
        }

        if (escaped || open) {
            range->span++;
            continue;
        }

        rc = ngx_rtalpha_placeholder_one(run, range, out);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_rtalpha_placeholder_piece(run, range, range->last, key, out);
}


static ngx_int_t
ngx_rtalpha_placeholder_range(ngx_rtalpha_placeholder_run_t *run,
    ngx_rtalpha_placeholder_range_t *range, ngx_rtalpha_out_t *out)
{
    return ngx_rtalpha_placeholder_parts(run, range, 0, out);
}


static ngx_uint_t
ngx_rtalpha_placeholder_any(const ngx_str_t *text)
{
    u_char  *p, *last;

    p = text->data;
    last = p + text->len;

    while (p && (p = ngx_strlchr(p, last, '$')) != NULL) {
        if (++p < last && *p == '{') {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_placeholder_resolve(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad)
{
    ngx_int_t                      rc;
    ngx_rtalpha_out_t              out;
    ngx_rtalpha_placeholder_run_t  run;

    ngx_str_null(bad);

    if (!ngx_rtalpha_placeholder_any(text)) {
        *result = *text;
        return NGX_OK;
    }

    ngx_memzero(&run, sizeof(ngx_rtalpha_placeholder_run_t));

    run.pool = pool;
    run.ph = ph;
    run.output = text->len + NGX_RTALPHA_PLACEHOLDER_OUTPUT;
    run.work = text->len + NGX_RTALPHA_PLACEHOLDER_WORK;
    run.lookups = text->len / 4 + NGX_RTALPHA_PLACEHOLDER_LOOKUPS;
    run.bad = bad;

    if (ngx_rtalpha_out_init(&out, pool, text->len + 64, run.output) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_placeholder_write(&run, text, &out);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_out_done(&out, result);
}


/* one or two backslashes before "${" become "$_{", which is undone later */

static ngx_int_t
ngx_rtalpha_placeholder_mask(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *result)
{
    u_char  *p, *src, *last;
    size_t   n;

    result->data = ngx_pnalloc(pool, text->len + 1);
    if (result->data == NULL) {
        return NGX_ERROR;
    }

    p = result->data;
    src = text->data;
    last = src + text->len;

    while (src < last) {
        n = 0;

        while (n < 3 && src + n < last && src[n] == '\\') {
            n++;
        }

        if ((n == 1 || n == 2) && last - src >= (ssize_t) n + 2
            && src[n] == '$' && src[n + 1] == '{')
        {
            p = ngx_cpymem(p, "$_{", 3);
            src += n + 2;
            continue;
        }

        *p++ = *src++;
    }

    result->len = p - result->data;

    return NGX_OK;
}


static void
ngx_rtalpha_placeholder_unmask(ngx_str_t *text)
{
    u_char  *p, *src, *last;

    p = text->data;
    src = p;
    last = src + text->len;

    while (src < last) {
        *p++ = *src++;

        if (src[-1] == '$' && last - src >= 2 && src[0] == '_'
            && src[1] == '{')
        {
            src++;
        }
    }

    text->len = p - text->data;
}


typedef struct {
    ngx_pool_t                       *pool;
    const ngx_rtalpha_placeholder_t  *ph;
    ngx_uint_t                        lookups;
    ngx_str_t                         bad;
} ngx_rtalpha_placeholder_nested_t;


/* a look-up that counts, for the placeholders inside of values */

static ngx_int_t
ngx_rtalpha_placeholder_count(void *data, const ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_rtalpha_placeholder_nested_t  *nested = data;

    if (nested->lookups == 0) {
        return NGX_ABORT;
    }

    nested->lookups--;

    return nested->ph->lookup(nested->ph->data, name, value);
}


/* Environment.getProperty(): the value with everything in it resolved */

static ngx_int_t
ngx_rtalpha_placeholder_get(void *data, const ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_rtalpha_placeholder_nested_t  *nested = data;

    ngx_int_t                  rc;
    ngx_str_t                  raw;
    ngx_rtalpha_placeholder_t  ph;

    rc = ngx_rtalpha_placeholder_count(nested, name, &raw);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&ph, sizeof(ngx_rtalpha_placeholder_t));

    ph.lookup = ngx_rtalpha_placeholder_count;
    ph.data = nested;
    ph.strict = 1;

    rc = ngx_rtalpha_placeholder_resolve(nested->pool, &ph, &raw, value,
                                         &nested->bad);

    return (rc == NGX_DECLINED) ? NGX_ABORT : rc;
}


/* "${" and "}" with something between that is no "}" */

static ngx_uint_t
ngx_rtalpha_placeholder_complete(const ngx_str_t *text)
{
    u_char  *p, *last;

    p = text->data;
    last = p + text->len;

    while (p && (p = ngx_strlchr(p, last, '$')) != NULL) {
        p++;

        if (last - p >= 3 && p[0] == '{' && p[1] != '}') {
            return ngx_strlchr(p + 2, last, '}') != NULL;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_placeholder_value(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad)
{
    ngx_int_t                         rc;
    ngx_str_t                         masked;
    ngx_rtalpha_placeholder_t         outer;
    ngx_rtalpha_placeholder_nested_t  nested;

    ngx_str_null(bad);

    if (!ngx_rtalpha_placeholder_complete(text)) {
        *result = *text;
        return NGX_OK;
    }

    if (ngx_rtalpha_placeholder_mask(pool, text, &masked) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&outer, sizeof(ngx_rtalpha_placeholder_t));
    ngx_memzero(&nested, sizeof(ngx_rtalpha_placeholder_nested_t));

    nested.pool = pool;
    nested.ph = ph;
    nested.lookups = text->len / 4 + NGX_RTALPHA_PLACEHOLDER_LOOKUPS;

    outer.lookup = ngx_rtalpha_placeholder_get;
    outer.data = &nested;
    outer.verbatim = 1;
    outer.trim = 1;

    rc = ngx_rtalpha_placeholder_resolve(pool, &outer, &masked, result, bad);

    if (rc == NGX_DECLINED && nested.bad.len) {
        *bad = nested.bad;
    }

    if (rc == NGX_OK) {
        ngx_rtalpha_placeholder_unmask(result);
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_placeholder_text(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad)
{
    ngx_int_t                  rc;
    ngx_str_t                  masked;
    ngx_rtalpha_placeholder_t  lenient;

    ngx_str_null(bad);

    if (ngx_rtalpha_placeholder_mask(pool, text, &masked) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&lenient, sizeof(ngx_rtalpha_placeholder_t));

    lenient.lookup = ph->lookup;
    lenient.data = ph->data;

    rc = ngx_rtalpha_placeholder_resolve(pool, &lenient, &masked, result, bad);

    if (rc == NGX_OK) {
        ngx_rtalpha_placeholder_unmask(result);
    }

    return rc;
}
