
/*
 * Relaxed binding over one table.  A tree of a hundred thousand keys is
 * bound in one pass; lists are put together at the end, when all their
 * elements are known.
 */


#include "ngx_rtalpha_bind_key.h"


#define NGX_RTALPHA_BIND_NEAREST  64    /* unknown keys that get a proposal */


typedef struct {
    ngx_array_t                 elements;   /* of const ngx_rtalpha_prop_t * */
    unsigned                    set:1;      /* by the key itself */
} ngx_rtalpha_bind_state_t;


typedef struct {
    ngx_pool_t                 *pool;
    const ngx_rtalpha_bind_t   *table;
    ngx_rtalpha_bind_node_t    *tree;
    ngx_rtalpha_bind_state_t   *states;     /* one for each entry */
    void                       *dst;
    ngx_rtalpha_report_t       *report;
    ngx_uint_t                  unknown;
} ngx_rtalpha_bind_ctx_t;


#define ngx_rtalpha_bind_field(ctx, entry, type)                              \
    ((type *) (void *) ((u_char *) (ctx)->dst + (entry)->offset))


static ngx_int_t
ngx_rtalpha_bind_wrong(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop, const char *what)
{
    return ngx_rtalpha_report_add(ctx->report, prop, NGX_RTALPHA_BIND_WRONG,
                                  "%s: \"%V\"", what, &prop->text);
}


static ngx_int_t
ngx_rtalpha_bind_unknown(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop)
{
    const ngx_rtalpha_bind_t  *nearest;

    if (!ngx_rtalpha_bind_is_ours(ctx->tree, &prop->key)) {
        return NGX_OK;
    }

    nearest = NULL;

    if (ctx->unknown++ < NGX_RTALPHA_BIND_NEAREST) {
        nearest = ngx_rtalpha_bind_nearest(ctx->table, &prop->key);
    }

    if (nearest == NULL) {
        return ngx_rtalpha_report_add(ctx->report, prop,
                                      NGX_RTALPHA_BIND_UNKNOWN,
                                      "is not known");
    }

    return ngx_rtalpha_report_add(ctx->report, prop, NGX_RTALPHA_BIND_UNKNOWN,
                                  "is not known; the nearest key is \"%V\"",
                                  &nearest->key);
}


/* an empty value is none, as with Spring */

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

    *ngx_rtalpha_bind_field(ctx, entry, ngx_int_t) = value;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_bind_set(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop)
{
    size_t      size;
    ngx_int_t   n;
    ngx_flag_t  flag;
    ngx_msec_t  msec;

    if (entry->type == NGX_RTALPHA_BIND_STR) {
        *ngx_rtalpha_bind_field(ctx, entry, ngx_str_t) = prop->text;
        return NGX_OK;
    }

    if (prop->text.len == 0) {
        return NGX_OK;
    }

    switch (entry->type) {

    case NGX_RTALPHA_BIND_FLAG:
        if (ngx_rtalpha_bind_flag(&prop->text, &flag) != NGX_OK) {
            return ngx_rtalpha_bind_wrong(ctx, prop,
                                          "is neither true nor false");
        }

        *ngx_rtalpha_bind_field(ctx, entry, ngx_flag_t) = flag;
        return NGX_OK;

    case NGX_RTALPHA_BIND_MSEC:
    case NGX_RTALPHA_BIND_SEC:
        if (ngx_rtalpha_bind_msec(&prop->text,
                                  (entry->type == NGX_RTALPHA_BIND_SEC)
                                  ? 1000 : 1, &msec)
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
        if (ngx_rtalpha_bind_fraction(&prop->text, &n) != NGX_OK) {
            return ngx_rtalpha_bind_wrong(ctx, prop, "is no number");
        }

        return ngx_rtalpha_bind_set_number(ctx, entry, prop, n);

    default: /* NGX_RTALPHA_BIND_INT */
        if (ngx_rtalpha_bind_int(&prop->text, &n) != NGX_OK) {
            return ngx_rtalpha_bind_wrong(ctx, prop, "is no whole number");
        }

        return ngx_rtalpha_bind_set_number(ctx, entry, prop, n);
    }
}


/* "a, b": elements without blanks around them, empty ones left out */

static ngx_int_t
ngx_rtalpha_bind_set_list(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop)
{
    u_char       *p, *last, *comma, *end;
    ngx_str_t    *value;
    ngx_array_t  *list;

    list = ngx_array_create(ctx->pool, 4, sizeof(ngx_str_t));
    if (list == NULL) {
        return NGX_ERROR;
    }

    p = prop->text.data;
    last = p + prop->text.len;

    while (p < last) {
        comma = ngx_strlchr(p, last, ',');
        comma = comma ? comma : last;
        end = comma;

        while (p < end && *p <= ' ') {
            p++;
        }

        while (end > p && end[-1] <= ' ') {
            end--;
        }

        if (end > p) {
            value = ngx_array_push(list);
            if (value == NULL) {
                return NGX_ERROR;
            }

            value->data = p;
            value->len = end - p;
        }

        p = comma + 1;
    }

    *ngx_rtalpha_bind_field(ctx, entry, ngx_array_t *) = list;

    return NGX_OK;
}


/* key[0], key[1] …, in any order; all of them have to be there */

static ngx_int_t
ngx_rtalpha_bind_set_elements(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, ngx_array_t *elements)
{
    ngx_int_t                   k;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_array_t                *list;
    const ngx_rtalpha_prop_t  **prop;

    list = ngx_array_create(ctx->pool, elements->nelts, sizeof(ngx_str_t));
    if (list == NULL) {
        return NGX_ERROR;
    }

    value = ngx_array_push_n(list, elements->nelts);
    ngx_memzero(value, elements->nelts * sizeof(ngx_str_t));

    prop = elements->elts;

    for (i = 0; i < elements->nelts; i++) {
        k = ngx_rtalpha_bind_index(&prop[i]->key);

        if (k < 0 || (ngx_uint_t) k >= elements->nelts || value[k].data) {
            return ngx_rtalpha_bind_wrong(ctx, prop[i],
                                          "list has gaps before this");
        }

        value[k].len = prop[i]->text.len;
        value[k].data = value[k].len ? prop[i]->text.data : (u_char *) "";
    }

    *ngx_rtalpha_bind_field(ctx, entry, ngx_array_t *) = list;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_bind_element_seen(ngx_rtalpha_bind_ctx_t *ctx,
    ngx_rtalpha_bind_state_t *state, const ngx_rtalpha_prop_t *prop)
{
    const ngx_rtalpha_prop_t  **p;

    if (state->elements.pool == NULL
        && ngx_array_init(&state->elements, ctx->pool, 4,
                          sizeof(ngx_rtalpha_prop_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_array_push(&state->elements);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p = prop;

    return NGX_OK;
}


/* of two spellings of one key the first counts */

static ngx_int_t
ngx_rtalpha_bind_value(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_bind_t *entry, const ngx_rtalpha_prop_t *prop)
{
    ngx_rtalpha_bind_state_t  *state;

    if (entry->type == NGX_RTALPHA_BIND_NONE) {
        return NGX_OK;
    }

    state = &ctx->states[entry - ctx->table];

    if (entry->type == NGX_RTALPHA_BIND_LIST
        && ngx_rtalpha_bind_index(&prop->key) != NGX_ERROR)
    {
        return ngx_rtalpha_bind_element_seen(ctx, state, prop);
    }

    if (state->set) {
        return NGX_OK;
    }

    state->set = 1;

    if (entry->type == NGX_RTALPHA_BIND_LIST) {
        return ngx_rtalpha_bind_set_list(ctx, entry, prop);
    }

    return ngx_rtalpha_bind_set(ctx, entry, prop);
}


static ngx_int_t
ngx_rtalpha_bind_one(ngx_rtalpha_bind_ctx_t *ctx,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_uint_t                 wrong;
    const ngx_rtalpha_bind_t  *entry;

    entry = ngx_rtalpha_bind_match(ctx->tree, &prop->key);

    if (entry == NULL) {
        return ngx_rtalpha_bind_unknown(ctx, prop);
    }

    wrong = ctx->report->wrong;

    if (ngx_rtalpha_bind_value(ctx, entry, prop) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->report->wrong != wrong) {
        return NGX_OK;
    }

    return ngx_rtalpha_report_add(ctx->report, prop, entry->verdict,
                                  entry->note ? "%s" : NULL, entry->note);
}


/* a list under its own key ranks before its elements, as with Spring */

static ngx_int_t
ngx_rtalpha_bind_lists(ngx_rtalpha_bind_ctx_t *ctx)
{
    ngx_uint_t                 i;
    ngx_rtalpha_bind_state_t  *state;

    for (i = 0; ctx->table[i].key.len; i++) {
        state = &ctx->states[i];

        if (state->elements.nelts == 0 || state->set) {
            continue;
        }

        if (ngx_rtalpha_bind_set_elements(ctx, &ctx->table[i],
                                          &state->elements)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

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

    ctx.tree = ngx_rtalpha_bind_tree(pool, table);
    ctx.states = ngx_pcalloc(pool, (n + 1) * sizeof(ngx_rtalpha_bind_state_t));

    if (ctx.tree == NULL || ctx.states == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        if (ngx_rtalpha_bind_one(&ctx, ngx_rtalpha_props_at(props, i))
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_bind_lists(&ctx);
}
