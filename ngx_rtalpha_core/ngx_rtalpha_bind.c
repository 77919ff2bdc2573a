
/*
 * Relaxed binding over one table, and the lines of the report.
 *
 * A key of a tree and a key of the table are compared element by element:
 * '-' and '_' do not count, letters have no case, what stands in brackets is
 * taken as it is.  A tree of a hundred thousand keys is bound in one pass;
 * most entries of the table fall out at the first letters.
 */


#include "ngx_rtalpha_bind.h"


#define NGX_RTALPHA_BIND_NOTE     512
#define NGX_RTALPHA_BIND_NEAREST  64    /* unknown keys that get a proposal */
#define NGX_RTALPHA_BIND_KEY      96    /* bytes of a key compared for it */


typedef struct {
    ngx_pool_t                 *pool;
    const ngx_rtalpha_bind_t   *table;
    void                       *dst;
    ngx_rtalpha_report_t       *report;
    u_char                     *set;        /* per entry: has a value */
    ngx_uint_t                  unknown;
} ngx_rtalpha_bind_ctx_t;


static ngx_int_t ngx_rtalpha_bind_one(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_bind_unknown(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_bind_set(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_bind_set_number(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop,
    ngx_int_t value);
static ngx_int_t ngx_rtalpha_bind_set_list(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_bind_wrong(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop, const char *what);
static ngx_uint_t ngx_rtalpha_bind_matches(const ngx_str_t *key,
    const ngx_rtalpha_bind_t *entry);
static ngx_uint_t ngx_rtalpha_bind_same_element(const ngx_str_t *a,
    const ngx_str_t *b);
static ngx_uint_t ngx_rtalpha_bind_is_index(const ngx_str_t *element);
static ngx_uint_t ngx_rtalpha_bind_same_root(const ngx_str_t *key,
    const ngx_str_t *canonical);
static const ngx_rtalpha_bind_t *ngx_rtalpha_bind_nearest(
    const ngx_rtalpha_bind_t *table, const ngx_str_t *key);
static ngx_uint_t ngx_rtalpha_bind_distance(const ngx_str_t *a,
    const ngx_str_t *b);


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
    u_char                     *last, text[NGX_RTALPHA_BIND_NOTE];
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

    report->wrong += verdict == NGX_RTALPHA_BIND_WRONG;

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


ngx_int_t
ngx_rtalpha_bind(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    const ngx_rtalpha_bind_t *table, void *dst, ngx_rtalpha_report_t *report)
{
    ngx_uint_t              i, n;
    ngx_rtalpha_bind_ctx_t  ctx;

    for (n = 0; table[n].key.len; n++) { /* void */ }

    ctx.pool = pool;
    ctx.table = table;
    ctx.dst = dst;
    ctx.report = report;
    ctx.unknown = 0;

    ctx.set = ngx_pcalloc(pool, n + 1);
    if (ctx.set == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        if (ngx_rtalpha_bind_one(&ctx, ngx_rtalpha_props_at(props, i))
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_bind_one(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_uint_t                 i, wrong;
    const ngx_rtalpha_bind_t  *entry;

    for (i = 0; ctx->table[i].key.len; i++) {
        entry = &ctx->table[i];

        if (!ngx_rtalpha_bind_matches(&prop->key, entry)) {
            continue;
        }

        wrong = ctx->report->wrong;

        /* of two spellings of one key the first counts */

        if (entry->type != NGX_RTALPHA_BIND_NONE
            && (!ctx->set[i] || entry->type == NGX_RTALPHA_BIND_LIST))
        {
            if (ngx_rtalpha_bind_set(ctx, entry, prop) != NGX_OK) {
                return NGX_ERROR;
            }

            ctx->set[i] = 1;
        }

        if (ctx->report->wrong != wrong) {
            return NGX_OK;
        }

        return ngx_rtalpha_report_add(ctx->report, prop, entry->verdict,
                                      entry->note ? "%s" : NULL,
                                      entry->note);
    }

    return ngx_rtalpha_bind_unknown(ctx, prop);
}


static ngx_int_t
ngx_rtalpha_bind_unknown(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_uint_t                 i;
    const ngx_rtalpha_bind_t  *nearest;

    for (i = 0; ctx->table[i].key.len; i++) {
        if (ngx_rtalpha_bind_same_root(&prop->key, &ctx->table[i].key)) {
            break;
        }
    }

    if (ctx->table[i].key.len == 0) {
        return NGX_OK;
    }

    nearest = NULL;

    if (ctx->unknown++ < NGX_RTALPHA_BIND_NEAREST) {
        nearest = ngx_rtalpha_bind_nearest(ctx->table, &prop->key);
    }

    return ngx_rtalpha_report_add(ctx->report, prop, NGX_RTALPHA_BIND_UNKNOWN,
                                  nearest ? "is not known; the nearest key "
                                            "is \"%V\""
                                          : "is not known",
                                  nearest ? &nearest->key : NULL);
}


static ngx_int_t
ngx_rtalpha_bind_set(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop)
{
    size_t      size;
    u_char     *field;
    ngx_int_t   n;
    ngx_flag_t  flag;
    ngx_msec_t  msec;

    field = (u_char *) ctx->dst + entry->offset;

    if (entry->type == NGX_RTALPHA_BIND_STR) {
        *(ngx_str_t *) field = prop->text;
        return NGX_OK;
    }

    if (entry->type == NGX_RTALPHA_BIND_LIST) {
        return ngx_rtalpha_bind_set_list(ctx, entry, prop);
    }

    if (prop->text.len == 0) {
        /* as Spring: an empty value is none */
        return NGX_OK;
    }

    switch (entry->type) {

    case NGX_RTALPHA_BIND_FLAG:
        if (ngx_rtalpha_bind_flag(&prop->text, &flag) != NGX_OK) {
            return ngx_rtalpha_bind_wrong(ctx, prop, "is neither true nor "
                                                     "false");
        }

        *(ngx_flag_t *) field = flag;
        return NGX_OK;

    case NGX_RTALPHA_BIND_MSEC:
    case NGX_RTALPHA_BIND_SEC:
        if (ngx_rtalpha_bind_msec(&prop->text,
                                  entry->type == NGX_RTALPHA_BIND_SEC ? 1000
                                                                      : 1,
                                  &msec)
            != NGX_OK)
        {
            return ngx_rtalpha_bind_wrong(ctx, prop, "is no duration");
        }

        return ngx_rtalpha_bind_set_number(ctx, entry, prop, msec);

    case NGX_RTALPHA_BIND_SIZE:
        if (ngx_rtalpha_bind_size(&prop->text, &size) != NGX_OK) {
            return ngx_rtalpha_bind_wrong(ctx, prop, "is no size");
        }

        return ngx_rtalpha_bind_set_number(ctx, entry, prop, size);

    case NGX_RTALPHA_BIND_FRACTION:
        n = ngx_atofp(prop->text.data, prop->text.len, 6);
        break;

    default: /* NGX_RTALPHA_BIND_INT */

        if (prop->text.data[0] == '-') {
            n = ngx_atoi(prop->text.data + 1, prop->text.len - 1);

            if (n != NGX_ERROR) {
                return ngx_rtalpha_bind_set_number(ctx, entry, prop, -n);
            }

        } else {
            n = ngx_atoi(prop->text.data, prop->text.len);
        }
    }

    if (n == NGX_ERROR) {
        return ngx_rtalpha_bind_wrong(ctx, prop, "is no number");
    }

    return ngx_rtalpha_bind_set_number(ctx, entry, prop, n);
}


static ngx_int_t
ngx_rtalpha_bind_set_number(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop,
    ngx_int_t value)
{
    /* ngx_int_t, ngx_msec_t and size_t are all of one size */

    if ((entry->min || entry->max) && value < entry->min) {
        return ngx_rtalpha_report_add(ctx->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "is less than %i: \"%V\"", entry->min,
                                      &prop->text);
    }

    if (entry->max && value > entry->max) {
        return ngx_rtalpha_report_add(ctx->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "is more than %i: \"%V\"", entry->max,
                                      &prop->text);
    }

    *(ngx_int_t *) ((u_char *) ctx->dst + entry->offset) = value;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_bind_set_list(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop)
{
    u_char       *p, *last, *comma;
    ngx_str_t    *value;
    ngx_uint_t    indexed;
    ngx_array_t **field;

    field = (ngx_array_t **) ((u_char *) ctx->dst + entry->offset);
    indexed = prop->key.data[prop->key.len - 1] == ']';

    if (!ctx->set[entry - ctx->table]) {
        /* the caller's default is replaced as a whole */

        *field = ngx_array_create(ctx->pool, 4, sizeof(ngx_str_t));
        if (*field == NULL) {
            return NGX_ERROR;
        }

    } else if (!indexed) {
        return NGX_OK;
    }

    p = prop->text.data;
    last = p + prop->text.len;

    while (p < last) {
        comma = indexed ? NULL : ngx_strlchr(p, last, ',');

        value = ngx_array_push(*field);
        if (value == NULL) {
            return NGX_ERROR;
        }

        value->data = p;
        value->len = (comma ? comma : last) - p;
        p = comma ? comma + 1 : last;

        while (value->len && *value->data == ' ') {
            value->data++;
            value->len--;
        }

        while (value->len && value->data[value->len - 1] == ' ') {
            value->len--;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_bind_wrong(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop, const char *what)
{
    return ngx_rtalpha_report_add(ctx->report, prop, NGX_RTALPHA_BIND_WRONG,
                                  "%s: \"%V\"", what, &prop->text);
}


static ngx_uint_t
ngx_rtalpha_bind_matches(const ngx_str_t *key,
    const ngx_rtalpha_bind_t *entry)
{
    ngx_int_t  rc;
    ngx_str_t  left, pattern, a, b;

    left = *key;
    pattern = entry->key;

    for ( ;; ) {
        if (pattern.len == 0) {
            return left.len == 0;
        }

        if (ngx_rtalpha_bind_element(&pattern, &b) != NGX_OK) {
            return 0;
        }

        if (ngx_rtalpha_str_is(&b, "**")) {
            return 1;
        }

        rc = ngx_rtalpha_bind_element(&left, &a);

        if (rc != NGX_OK
            || (!ngx_rtalpha_str_is(&b, "*")
                && !ngx_rtalpha_bind_same_element(&a, &b)))
        {
            return 0;
        }

        if (pattern.len == 0 && left.len
            && entry->type == NGX_RTALPHA_BIND_LIST)
        {
            return ngx_rtalpha_bind_element(&left, &a) == NGX_OK
                   && left.len == 0
                   && ngx_rtalpha_bind_is_index(&a);
        }
    }
}


static ngx_uint_t
ngx_rtalpha_bind_is_index(const ngx_str_t *element)
{
    return ngx_atoi(element->data, element->len) != NGX_ERROR;
}


static ngx_uint_t
ngx_rtalpha_bind_same_element(const ngx_str_t *a, const ngx_str_t *b)
{
    u_char  *p, *q, *plast, *qlast;

    p = a->data;
    plast = p + a->len;
    q = b->data;
    qlast = q + b->len;

    for ( ;; ) {
        while (p < plast && (*p == '-' || *p == '_')) { p++; }
        while (q < qlast && (*q == '-' || *q == '_')) { q++; }

        if (p == plast || q == qlast) {
            return p == plast && q == qlast;
        }

        if (ngx_tolower(*p) != ngx_tolower(*q)) {
            return 0;
        }

        p++;
        q++;
    }
}


ngx_uint_t
ngx_rtalpha_bind_same(const ngx_str_t *key, const ngx_str_t *canonical)
{
    ngx_rtalpha_bind_t  entry;

    ngx_memzero(&entry, sizeof(ngx_rtalpha_bind_t));
    entry.key = *canonical;

    return ngx_rtalpha_bind_matches(key, &entry);
}


const ngx_rtalpha_prop_t *
ngx_rtalpha_bind_find(const ngx_rtalpha_props_t *props, const ngx_str_t *key)
{
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_props_find(props, key->data, key->len);

    if (prop) {
        return prop;
    }

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        prop = ngx_rtalpha_props_at(props, i);

        if (ngx_rtalpha_bind_same(&prop->key, key)) {
            return prop;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_bind_element(ngx_str_t *rest, ngx_str_t *element)
{
    u_char  *p, *last;

    if (rest->len == 0) {
        return NGX_DONE;
    }

    p = rest->data;
    last = p + rest->len;

    if (*p == '[') {
        element->data = ++p;
        p = ngx_strlchr(p, last, ']');

        if (p == NULL) {
            return NGX_ERROR;
        }

        element->len = p - element->data;
        p++;

    } else {
        element->data = p;

        while (p < last && *p != '.' && *p != '[') {
            p++;
        }

        element->len = p - element->data;
    }

    if (p < last && *p == '.') {
        if (++p == last) {
            return NGX_ERROR;
        }
    }

    rest->data = p;
    rest->len = last - p;

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_bind_same_root(const ngx_str_t *key, const ngx_str_t *canonical)
{
    ngx_str_t   a, b, left, right;
    ngx_uint_t  i;

    left = *key;
    right = *canonical;

    for (i = 0; i < 2; i++) {
        if (ngx_rtalpha_bind_element(&right, &b) != NGX_OK
            || b.data[0] == '*')
        {
            return i > 0;
        }

        if (ngx_rtalpha_bind_element(&left, &a) != NGX_OK
            || !ngx_rtalpha_bind_same_element(&a, &b))
        {
            return 0;
        }
    }

    return 1;
}


/* the entry whose key takes the fewest edits; NULL: none is near */

static const ngx_rtalpha_bind_t *
ngx_rtalpha_bind_nearest(const ngx_rtalpha_bind_t *table,
    const ngx_str_t *key)
{
    ngx_uint_t                 distance, least;
    const ngx_rtalpha_bind_t  *entry, *nearest;

    nearest = NULL;
    least = key->len / 4 + 2;

    for (entry = table; entry->key.len; entry++) {
        distance = ngx_rtalpha_bind_distance(key, &entry->key);

        if (distance < least) {
            least = distance;
            nearest = entry;
        }
    }

    return nearest;
}


/* Levenshtein's, over the bytes in lower case */

static ngx_uint_t
ngx_rtalpha_bind_distance(const ngx_str_t *a, const ngx_str_t *b)
{
    ngx_uint_t  i, k, left, up, cost, row[NGX_RTALPHA_BIND_KEY + 1];

    if (a->len > NGX_RTALPHA_BIND_KEY || b->len > NGX_RTALPHA_BIND_KEY) {
        return NGX_MAX_INT32_VALUE;
    }

    for (k = 0; k <= b->len; k++) {
        row[k] = k;
    }

    for (i = 1; i <= a->len; i++) {
        left = row[0];
        row[0] = i;

        for (k = 1; k <= b->len; k++) {
            up = row[k];
            cost = left + (ngx_tolower(a->data[i - 1])
                           != ngx_tolower(b->data[k - 1]));
            left = up;
            row[k] = ngx_min(cost, ngx_min(up, row[k - 1]) + 1);
        }
    }

    return row[b->len];
}
