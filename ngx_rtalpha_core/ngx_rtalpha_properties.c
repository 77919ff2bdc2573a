
/*
 * The .properties loader follows Spring Boot's OriginTrackedPropertiesLoader
 * character by character, its oddities included: a backslash does not keep
 * '#' at the beginning of a line from starting a comment, and "#---" next to
 * a comment is a comment.
 *
 * Text grows at most twofold on the way (ISO-8859-1 to UTF-8), so that all
 * keys and values but those of expanded lists lie in one block.
 */


#include "ngx_rtalpha_properties.h"


#define NGX_RTALPHA_PROPERTIES_END   -1
#define NGX_RTALPHA_PROPERTIES_RAW   0x200000   /* a byte of UTF-8 input */


typedef struct {
    ngx_pool_t                 *pool;
    ngx_rtalpha_load_limits_t   limits;
    ngx_rtalpha_load_error_t   *error;
    uint32_t                    file;

    const u_char               *pos;
    const u_char               *last;
    ngx_uint_t                  line;           /* newlines read */
    ngx_int_t                   column;         /* of c, from 0 */
    int32_t                     c;
    int32_t                     comment;        /* prefix on the line above */
    unsigned                    escaped:1;
    unsigned                    malformed:1;

    u_char                     *text;
    uint32_t                    surrogate;      /* a first half */
    ngx_uint_t                  nodes;
    size_t                      list_text;

    ngx_array_t                *docs;
    ngx_rtalpha_props_t        *doc;
} ngx_rtalpha_properties_t;


static void ngx_rtalpha_properties_read(ngx_rtalpha_properties_t *ctx);


#define ngx_rtalpha_properties_at_end(ctx)                                    \
    ((ctx)->c == NGX_RTALPHA_PROPERTIES_END                                   \
     || ((ctx)->c == '\n' && !(ctx)->escaped))

#define ngx_rtalpha_properties_is_blank(ctx)                                  \
    (!(ctx)->escaped                                                          \
     && ((ctx)->c == ' ' || (ctx)->c == '\t' || (ctx)->c == '\f'))


/* the next character with any end of line as "\n" */

static int32_t
ngx_rtalpha_properties_next(ngx_rtalpha_properties_t *ctx)
{
    u_char  c;

    if (ctx->pos == ctx->last) {
        return NGX_RTALPHA_PROPERTIES_END;
    }

    c = *ctx->pos++;

    if (c == '\r') {
        if (ctx->pos < ctx->last && *ctx->pos == '\n') {
            ctx->pos++;
        }

        c = '\n';
    }

    if (c == '\n') {
        ctx->line++;
    }

    if (c >= 0x80 && ctx->limits.utf8) {
        return c | NGX_RTALPHA_PROPERTIES_RAW;
    }

    return c;
}


static void
ngx_rtalpha_properties_read_unicode(ngx_rtalpha_properties_t *ctx)
{
    int32_t     c;
    ngx_uint_t  i;

    ctx->c = 0;

    for (i = 0; i < 4; i++) {
        c = ngx_rtalpha_properties_next(ctx);

        if (c >= '0' && c <= '9') {
            ctx->c = (ctx->c << 4) + c - '0';
            continue;
        }

        c |= 0x20;

        if (c < 'a' || c > 'f') {
            ctx->malformed = 1;
            ctx->c = NGX_RTALPHA_PROPERTIES_END;
            ctx->pos = ctx->last;
            return;
        }

        ctx->c = (ctx->c << 4) + c - 'a' + 10;
    }
}


static void
ngx_rtalpha_properties_read_escaped(ngx_rtalpha_properties_t *ctx)
{
    ctx->c = ngx_rtalpha_properties_next(ctx);

    switch (ctx->c) {

    case 't':
        ctx->c = '\t';
        break;

    case 'r':
        ctx->c = '\r';
        break;

    case 'n':
        ctx->c = '\n';
        break;

    case 'f':
        ctx->c = '\f';
        break;

    case 'u':
        ngx_rtalpha_properties_read_unicode(ctx);
        break;
    }
}


static void
ngx_rtalpha_properties_skip_blanks(ngx_rtalpha_properties_t *ctx)
{
    while (ngx_rtalpha_properties_is_blank(ctx)) {
        ctx->c = ngx_rtalpha_properties_next(ctx);
        ctx->column++;
    }
}


/* a backslash before the end of a line joins the next one, less its blanks */

static void
ngx_rtalpha_properties_read(ngx_rtalpha_properties_t *ctx)
{
    for ( ;; ) {
        ctx->escaped = 0;
        ctx->c = ngx_rtalpha_properties_next(ctx);

        if ((ctx->c & ~0x3f) != (NGX_RTALPHA_PROPERTIES_RAW | 0x80)) {
            ctx->column++;
        }

        if (ctx->column == 0) {
            ngx_rtalpha_properties_skip_blanks(ctx);
        }

        if (ctx->c == '\n') {
            ctx->column = -1;
        }

        if (ctx->c != '\\') {
            return;
        }

        ctx->escaped = 1;

        if (ctx->pos == ctx->last || (*ctx->pos != '\n' && *ctx->pos != '\r'))
        {
            ngx_rtalpha_properties_read_escaped(ctx);
            return;
        }

        (void) ngx_rtalpha_properties_next(ctx);
        ctx->column = -1;
    }
}


static void
ngx_rtalpha_properties_skip_comment(ngx_rtalpha_properties_t *ctx)
{
    while (ctx->c != '\n' && ctx->c != NGX_RTALPHA_PROPERTIES_END) {
        ctx->c = ngx_rtalpha_properties_next(ctx);
    }

    ctx->column = -1;
}


static void
ngx_rtalpha_properties_put_code(ngx_rtalpha_properties_t *ctx, uint32_t c)
{
    u_char  *p;

    p = ctx->text;

    if (c < 0x80) {
        *p++ = (u_char) c;

    } else if (c < 0x800) {
        *p++ = (u_char) (0xc0 | c >> 6);
        *p++ = (u_char) (0x80 | (c & 0x3f));

    } else if (c < 0x10000) {
        *p++ = (u_char) (0xe0 | c >> 12);
        *p++ = (u_char) (0x80 | (c >> 6 & 0x3f));
        *p++ = (u_char) (0x80 | (c & 0x3f));

    } else {
        *p++ = (u_char) (0xf0 | c >> 18);
        *p++ = (u_char) (0x80 | (c >> 12 & 0x3f));
        *p++ = (u_char) (0x80 | (c >> 6 & 0x3f));
        *p++ = (u_char) (0x80 | (c & 0x3f));
    }

    ctx->text = p;
}


/* two escaped halves make one character, a lone half is replaced */

static void
ngx_rtalpha_properties_put(ngx_rtalpha_properties_t *ctx)
{
    uint32_t  c, first;

    c = (uint32_t) ctx->c;
    first = ctx->surrogate;
    ctx->surrogate = 0;

    if (first && c >= 0xdc00 && c <= 0xdfff) {
        ngx_rtalpha_properties_put_code(ctx, 0x10000 + ((first - 0xd800) << 10)
                                             + (c - 0xdc00));
        return;
    }

    if (first) {
        ngx_rtalpha_properties_put_code(ctx, 0xfffd);
    }

    if (c >= 0xd800 && c <= 0xdbff) {
        ctx->surrogate = c;
        return;
    }

    if (c >= 0xdc00 && c <= 0xdfff) {
        c = 0xfffd;
    }

    if (c & NGX_RTALPHA_PROPERTIES_RAW) {
        *ctx->text++ = (u_char) c;
        return;
    }

    ngx_rtalpha_properties_put_code(ctx, c);
}


static void
ngx_rtalpha_properties_close(ngx_rtalpha_properties_t *ctx, ngx_str_t *s)
{
    if (ctx->surrogate) {
        ctx->surrogate = 0;
        ngx_rtalpha_properties_put_code(ctx, 0xfffd);
    }

    s->len = ctx->text - s->data;
}


/* String.trim() at the end: control characters go as well */

static void
ngx_rtalpha_properties_read_key(ngx_rtalpha_properties_t *ctx, ngx_str_t *key)
{
    ngx_uint_t  blank;

    blank = 0;
    key->data = ctx->text;

    while (!ngx_rtalpha_properties_at_end(ctx)) {

        if (!ctx->escaped && (ctx->c == '=' || ctx->c == ':')) {
            ngx_rtalpha_properties_read(ctx);
            break;
        }

        if (blank && !ngx_rtalpha_properties_is_blank(ctx)) {
            break;
        }

        blank = ngx_rtalpha_properties_is_blank(ctx);

        ngx_rtalpha_properties_put(ctx);
        ngx_rtalpha_properties_read(ctx);
    }

    ngx_rtalpha_properties_close(ctx, key);

    while (key->len && key->data[0] <= ' ') {
        key->data++;
        key->len--;
    }

    while (key->len && key->data[key->len - 1] <= ' ') {
        key->len--;
    }
}


static void
ngx_rtalpha_properties_read_value(ngx_rtalpha_properties_t *ctx,
    ngx_rtalpha_prop_t *prop, ngx_uint_t list)
{
    while (ngx_rtalpha_properties_is_blank(ctx)) {
        ngx_rtalpha_properties_read(ctx);
    }

    prop->line = (uint32_t) ctx->line + 1;
    prop->column = (uint32_t) (ctx->column + 1);
    prop->text.data = ctx->text;

    /* to Java's LineNumberReader the end ends a line, too */

    if (ctx->c == NGX_RTALPHA_PROPERTIES_END && ctx->last[-1] != '\n'
        && ctx->last[-1] != '\r')
    {
        prop->line++;
    }

    while (!ngx_rtalpha_properties_at_end(ctx)
           && !(list && ctx->c == ',' && !ctx->escaped))
    {
        ngx_rtalpha_properties_put(ctx);
        ngx_rtalpha_properties_read(ctx);
    }

    ngx_rtalpha_properties_close(ctx, &prop->text);
}


static ngx_int_t
ngx_rtalpha_properties_set(ngx_rtalpha_properties_t *ctx,
    const ngx_rtalpha_prop_t *prop)
{
    if (ctx->malformed) {
        return ngx_rtalpha_load_refuse(ctx->pool, ctx->error, ctx->line + 1, 0,
                                       "malformed \\uXXXX escape");
    }

    if (prop->key.len == 0) {
        return NGX_OK;
    }

    if (ctx->nodes-- == 0) {
        return ngx_rtalpha_load_refuse(ctx->pool, ctx->error, prop->line,
                                       prop->column,
                                       "more than %ui properties",
                                       ctx->limits.nodes);
    }

    return ngx_rtalpha_props_set(ctx->doc, prop);
}


/* "key[]=a,b" is key[0]=a, key[1]=b */

static ngx_int_t
ngx_rtalpha_properties_set_list(ngx_rtalpha_properties_t *ctx,
    ngx_rtalpha_prop_t *prop)
{
    size_t      len;
    ngx_int_t   rc;
    ngx_str_t   name;
    ngx_uint_t  i;

    name = prop->key;
    name.len -= 2;

    i = 0;

    do {
        len = name.len + NGX_INT_T_LEN + 2;

        if (i > ctx->limits.index || len > ctx->list_text) {
            return ngx_rtalpha_load_refuse(ctx->pool, ctx->error,
                                           ctx->line + 1,
                                           (ngx_uint_t) (ctx->column + 1),
                                           "list is too long");
        }

        ctx->list_text -= len;

        prop->key.data = ngx_pnalloc(ctx->pool, len);
        if (prop->key.data == NULL) {
            return NGX_ERROR;
        }

        prop->key.len = ngx_sprintf(prop->key.data, "%V[%ui]", &name, i++)
                        - prop->key.data;

        ngx_rtalpha_properties_read_value(ctx, prop, 1);

        rc = ngx_rtalpha_properties_set(ctx, prop);
        if (rc != NGX_OK) {
            return rc;
        }

        if (!ngx_rtalpha_properties_at_end(ctx)) {
            ngx_rtalpha_properties_read(ctx);
        }

    } while (!ngx_rtalpha_properties_at_end(ctx));

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_properties_pair(ngx_rtalpha_properties_t *ctx)
{
    ngx_rtalpha_prop_t  prop;

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));

    prop.file = ctx->file;
    prop.type = NGX_RTALPHA_PROP_STRING;

    ngx_rtalpha_properties_read_key(ctx, &prop.key);

    if (prop.key.len >= 2
        && ngx_memcmp(prop.key.data + prop.key.len - 2, "[]", 2) == 0)
    {
        return ngx_rtalpha_properties_set_list(ctx, &prop);
    }

    ngx_rtalpha_properties_read_value(ctx, &prop, 0);

    return ngx_rtalpha_properties_set(ctx, &prop);
}


static ngx_int_t
ngx_rtalpha_properties_push(ngx_rtalpha_properties_t *ctx)
{
    ngx_rtalpha_props_t  **docp;

    if (ngx_rtalpha_props_count(ctx->doc) == 0) {
        return NGX_OK;
    }

    docp = ngx_array_push(ctx->docs);
    if (docp == NULL) {
        return NGX_ERROR;
    }

    *docp = ctx->doc;

    return NGX_OK;
}


/* "#---" or "!---" alone, in the first column, not after such a comment */

static ngx_uint_t
ngx_rtalpha_properties_is_separator(ngx_rtalpha_properties_t *ctx)
{
    ngx_uint_t  i, result;

    if (ctx->c == ctx->comment) {
        return 0;
    }

    result = (ctx->column == 0);

    for (i = 0; i < 3 && result; i++) {
        ngx_rtalpha_properties_read(ctx);
        result = (ctx->c == '-');
    }

    if (!ngx_rtalpha_properties_at_end(ctx)) {
        ngx_rtalpha_properties_read(ctx);
        ngx_rtalpha_properties_skip_blanks(ctx);
    }

    return result && ngx_rtalpha_properties_at_end(ctx);
}


/* a comment right after a separator takes the separator back */

static ngx_int_t
ngx_rtalpha_properties_comment(ngx_rtalpha_properties_t *ctx)
{
    int32_t               prefix;
    ngx_rtalpha_props_t **docp;

    prefix = ctx->c;

    if (ngx_rtalpha_properties_is_separator(ctx)) {
        if (ngx_rtalpha_properties_push(ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        ctx->doc = ngx_rtalpha_props_create(ctx->pool);

        return ctx->doc ? NGX_OK : NGX_ERROR;
    }

    if (ngx_rtalpha_props_count(ctx->doc) == 0 && ctx->docs->nelts) {
        docp = ctx->docs->elts;
        ctx->doc = docp[--ctx->docs->nelts];
    }

    ctx->comment = prefix;
    ngx_rtalpha_properties_skip_comment(ctx);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_properties_init(ngx_rtalpha_properties_t *ctx,
    const ngx_str_t *input, ngx_array_t **docs)
{
    size_t         high;
    const u_char  *p;

    ctx->pos = input->data;
    ctx->last = input->data + input->len;
    ctx->column = -1;
    ctx->nodes = ctx->limits.nodes;
    ctx->list_text = ctx->limits.text;

    high = 0;

    for (p = ctx->pos; p < ctx->last; p++) {
        high += *p >> 7;
    }

    ctx->text = ngx_pnalloc(ctx->pool, input->len + high + 1);
    ctx->docs = ngx_array_create(ctx->pool, 4, sizeof(ngx_rtalpha_props_t *));
    ctx->doc = ngx_rtalpha_props_create(ctx->pool);

    if (ctx->text == NULL || ctx->docs == NULL || ctx->doc == NULL) {
        return NGX_ERROR;
    }

    *docs = ctx->docs;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_properties_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, uint32_t file,
    ngx_array_t **docs, ngx_rtalpha_load_error_t *error)
{
    ngx_int_t                 rc;
    ngx_rtalpha_properties_t  ctx;

    ngx_memzero(&ctx, sizeof(ngx_rtalpha_properties_t));

    ctx.pool = pool;
    ctx.error = error;
    ctx.file = file;

    ngx_rtalpha_load_limits(&ctx.limits, limits);

    if (input->len > ctx.limits.size) {
        return ngx_rtalpha_load_refuse(pool, error, 0, 0,
                                       "more than %uz bytes",
                                       ctx.limits.size);
    }

    if (ngx_rtalpha_properties_init(&ctx, input, docs) != NGX_OK) {
        return NGX_ERROR;
    }

    for ( ;; ) {
        ngx_rtalpha_properties_read(&ctx);

        if (ctx.c == NGX_RTALPHA_PROPERTIES_END && !ctx.malformed) {
            break;
        }

        if (ctx.c == '#' || ctx.c == '!') {
            rc = ngx_rtalpha_properties_comment(&ctx);

        } else {
            ctx.comment = NGX_RTALPHA_PROPERTIES_END;
            rc = ngx_rtalpha_properties_pair(&ctx);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_rtalpha_properties_push(&ctx);
}
