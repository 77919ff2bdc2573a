
/*
 * ${…}: a recursive walk over the text.
 *
 * The name of a placeholder may hold placeholders itself, and so may its
 * default; braces nest.  What is looked up is first the whole inside ("a:b"
 * may be a key), then the part before the first ':' that is not escaped.  A
 * backslash before "${" makes it text.  Names that are being resolved are on
 * a stack, which is how a cycle is found.
 */


#include "ngx_rtalpha_placeholder.h"


#define NGX_RTALPHA_PLACEHOLDER_DEPTH    64
#define NGX_RTALPHA_PLACEHOLDER_OUTPUT   (1024 * 1024)
#define NGX_RTALPHA_PLACEHOLDER_LOOKUPS  10000


typedef struct {
    ngx_pool_t                       *pool;
    const ngx_rtalpha_placeholder_t  *ph;
    ngx_str_t                         names[NGX_RTALPHA_PLACEHOLDER_DEPTH];
    ngx_uint_t                        nnames;   /* being resolved */
    ngx_uint_t                        depth;
    ngx_uint_t                        lookups;
    ngx_str_t                        *bad;
} ngx_rtalpha_placeholder_ctx_t;


static ngx_int_t ngx_rtalpha_placeholder_text(
    ngx_rtalpha_placeholder_ctx_t *ctx, const ngx_str_t *text,
    ngx_rtalpha_out_t *out);
static ngx_int_t ngx_rtalpha_placeholder_one(
    ngx_rtalpha_placeholder_ctx_t *ctx, ngx_str_t *inside,
    ngx_rtalpha_out_t *out);
static ngx_int_t ngx_rtalpha_placeholder_name(
    ngx_rtalpha_placeholder_ctx_t *ctx, ngx_str_t *raw, ngx_str_t *name);
static ngx_int_t ngx_rtalpha_placeholder_value(
    ngx_rtalpha_placeholder_ctx_t *ctx, ngx_str_t *name,
    ngx_rtalpha_out_t *out);
static ngx_int_t ngx_rtalpha_placeholder_bad(
    ngx_rtalpha_placeholder_ctx_t *ctx, const ngx_str_t *name);
static u_char *ngx_rtalpha_placeholder_end(u_char *p, u_char *last);
static u_char *ngx_rtalpha_placeholder_colon(u_char *p, u_char *last);


ngx_int_t
ngx_rtalpha_placeholder_resolve(ngx_pool_t *pool,
    const ngx_rtalpha_placeholder_t *ph, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *bad)
{
    ngx_int_t                      rc;
    ngx_rtalpha_out_t              out;
    ngx_rtalpha_placeholder_ctx_t  ctx;

    ctx.pool = pool;
    ctx.ph = ph;
    ctx.nnames = 0;
    ctx.depth = 0;
    ctx.lookups = 0;
    ctx.bad = bad;

    ngx_str_null(bad);

    if (ngx_rtalpha_out_init(&out, pool, text->len + 64,
                             NGX_RTALPHA_PLACEHOLDER_OUTPUT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_placeholder_text(&ctx, text, &out);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_out_done(&out, result) != NGX_OK) {
        *bad = *text;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_placeholder_text(ngx_rtalpha_placeholder_ctx_t *ctx,
    const ngx_str_t *text, ngx_rtalpha_out_t *out)
{
    u_char     *p, *from, *last, *end;
    ngx_int_t   rc;
    ngx_str_t   inside;

    if (ctx->depth == NGX_RTALPHA_PLACEHOLDER_DEPTH) {
        return ngx_rtalpha_placeholder_bad(ctx, text);
    }

    ctx->depth++;

    from = text->data;
    last = text->data + text->len;

    for (p = from; p + 1 < last; /* void */ ) {

        if (p[0] != '$' || p[1] != '{') {
            p++;
            continue;
        }

        if (p > from && p[-1] == '\\') {
            ngx_rtalpha_out_bytes(out, from, p - 1 - from);
            ngx_rtalpha_out_lit(out, "${");
            p += 2;
            from = p;
            continue;
        }

        end = ngx_rtalpha_placeholder_end(p + 2, last);
        if (end == NULL) {
            break;
        }

        ngx_rtalpha_out_bytes(out, from, p - from);

        inside.data = p + 2;
        inside.len = end - inside.data;

        rc = ngx_rtalpha_placeholder_one(ctx, &inside, out);
        if (rc != NGX_OK) {
            return rc;
        }

        p = end + 1;
        from = p;
    }

    ngx_rtalpha_out_bytes(out, from, last - from);
    ctx->depth--;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_placeholder_one(ngx_rtalpha_placeholder_ctx_t *ctx,
    ngx_str_t *inside, ngx_rtalpha_out_t *out)
{
    u_char     *colon;
    ngx_int_t   rc;
    ngx_str_t   raw, name, value;

    colon = ngx_rtalpha_placeholder_colon(inside->data,
                                          inside->data + inside->len);

    if (colon && ngx_strlchr(inside->data, inside->data + inside->len, '{')
                 == NULL)
    {
        rc = ngx_rtalpha_placeholder_value(ctx, inside, out);
        if (rc != NGX_DONE) {
            return rc;
        }
    }

    raw.data = inside->data;
    raw.len = colon ? (size_t) (colon - inside->data) : inside->len;

    rc = ngx_rtalpha_placeholder_name(ctx, &raw, &name);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_rtalpha_placeholder_value(ctx, &name, out);
    if (rc != NGX_DONE) {
        return rc;
    }

    if (colon) {
        value.data = colon + 1;
        value.len = inside->data + inside->len - value.data;

        return ngx_rtalpha_placeholder_text(ctx, &value, out);
    }

    if (ctx->ph->strict) {
        return ngx_rtalpha_placeholder_bad(ctx, &name);
    }

    ngx_rtalpha_out_lit(out, "${");
    ngx_rtalpha_out_str(out, inside);
    ngx_rtalpha_out_char(out, '}');

    return NGX_OK;
}


/* resolves a name that has placeholders in it, and takes "\:" for ":" */

static ngx_int_t
ngx_rtalpha_placeholder_name(ngx_rtalpha_placeholder_ctx_t *ctx,
    ngx_str_t *raw, ngx_str_t *name)
{
    u_char             *p, *last, *to;
    ngx_int_t           rc;
    ngx_rtalpha_out_t   out;

    *name = *raw;
    last = raw->data + raw->len;

    if (ngx_strlchr(raw->data, last, '$')) {

        if (ngx_rtalpha_out_init(&out, ctx->pool, raw->len + 64,
                                 NGX_RTALPHA_PLACEHOLDER_OUTPUT)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_placeholder_text(ctx, raw, &out);
        if (rc != NGX_OK) {
            return rc;
        }

        if (ngx_rtalpha_out_done(&out, name) != NGX_OK) {
            return ngx_rtalpha_placeholder_bad(ctx, raw);
        }
    }

    if (ngx_strlchr(name->data, name->data + name->len, '\\') == NULL) {
        return NGX_OK;
    }

    p = name->data;
    last = p + name->len;

    name->data = ngx_pnalloc(ctx->pool, name->len);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    for (to = name->data; p < last; p++) {
        if (*p == '\\' && p + 1 < last && p[1] == ':') {
            continue;
        }

        *to++ = *p;
    }

    name->len = to - name->data;

    return NGX_OK;
}


/* the value of a name, resolved; NGX_DONE: there is none */

static ngx_int_t
ngx_rtalpha_placeholder_value(ngx_rtalpha_placeholder_ctx_t *ctx,
    ngx_str_t *name, ngx_rtalpha_out_t *out)
{
    ngx_int_t   rc;
    ngx_str_t   value;
    ngx_uint_t  i;

    if (ctx->lookups++ == NGX_RTALPHA_PLACEHOLDER_LOOKUPS) {
        return ngx_rtalpha_placeholder_bad(ctx, name);
    }

    rc = ctx->ph->lookup(ctx->ph->data, name, &value);

    if (rc == NGX_DECLINED) {
        return NGX_DONE;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    for (i = 0; i < ctx->nnames; i++) {
        if (ngx_rtalpha_str_eq(&ctx->names[i], name)) {
            return ngx_rtalpha_placeholder_bad(ctx, name);
        }
    }

    if (ctx->nnames == NGX_RTALPHA_PLACEHOLDER_DEPTH) {
        return ngx_rtalpha_placeholder_bad(ctx, name);
    }

    ctx->names[ctx->nnames++] = *name;

    rc = ngx_rtalpha_placeholder_text(ctx, &value, out);

    ctx->nnames--;

    return rc;
}


static ngx_int_t
ngx_rtalpha_placeholder_bad(ngx_rtalpha_placeholder_ctx_t *ctx,
    const ngx_str_t *name)
{
    *ctx->bad = *name;

    return NGX_DECLINED;
}


/* the brace that closes; braces inside nest.  NULL: none */

static u_char *
ngx_rtalpha_placeholder_end(u_char *p, u_char *last)
{
    ngx_uint_t  nested;

    nested = 0;

    for ( /* void */ ; p < last; p++) {

        if (*p == '{') {
            nested++;

        } else if (*p == '}') {
            if (nested == 0) {
                return p;
            }

            nested--;
        }
    }

    return NULL;
}


/* the first ':' outside of inner placeholders; NULL: none */

static u_char *
ngx_rtalpha_placeholder_colon(u_char *p, u_char *last)
{
    u_char      prev;
    ngx_uint_t  nested;

    nested = 0;
    prev = '\0';

    for ( /* void */ ; p < last; prev = *p++) {

        if (*p == '{') {
            nested++;

        } else if (*p == '}') {
            nested -= nested > 0;

        } else if (*p == ':' && nested == 0 && prev != '\\') {
            return p;
        }
    }

    return NULL;
}
