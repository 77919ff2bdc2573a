
/*
 * The pull reader of JSON; see the header.
 */


#include "ngx_rtalpha_reg_token.h"


#define ngx_rtalpha_reg_token_in_array(t)                                     \
    ((t)->array[(t)->depth / 8] & (1 << ((t)->depth % 8)))


static ngx_uint_t ngx_rtalpha_reg_token_fail(ngx_rtalpha_reg_token_t *t);
static void ngx_rtalpha_reg_token_blank(ngx_rtalpha_reg_token_t *t);
static ngx_uint_t ngx_rtalpha_reg_token_name(ngx_rtalpha_reg_token_t *t);
static ngx_uint_t ngx_rtalpha_reg_token_value(ngx_rtalpha_reg_token_t *t);
static ngx_uint_t ngx_rtalpha_reg_token_open(ngx_rtalpha_reg_token_t *t,
    ngx_uint_t array);
static ngx_uint_t ngx_rtalpha_reg_token_close(ngx_rtalpha_reg_token_t *t);
static ngx_uint_t ngx_rtalpha_reg_token_word(ngx_rtalpha_reg_token_t *t,
    const char *word, size_t len, ngx_uint_t type);
static ngx_uint_t ngx_rtalpha_reg_token_number(ngx_rtalpha_reg_token_t *t);
static ngx_int_t ngx_rtalpha_reg_token_string(ngx_rtalpha_reg_token_t *t);
static ngx_int_t ngx_rtalpha_reg_token_escape(ngx_rtalpha_reg_token_t *t);
static ngx_int_t ngx_rtalpha_reg_token_utf8(ngx_rtalpha_reg_token_t *t);
static void ngx_rtalpha_reg_token_trim(ngx_str_t *s);
static ngx_int_t ngx_rtalpha_reg_token_double(const ngx_str_t *s, double *d);


ngx_int_t
ngx_rtalpha_reg_token_init(ngx_rtalpha_reg_token_t *t, ngx_pool_t *pool,
    const ngx_str_t *body)
{
    ngx_memzero(t, sizeof(ngx_rtalpha_reg_token_t));

    t->pos = body->data;
    t->last = body->data + body->len;

    /* a decoded string is never longer than its source */

    t->buf = ngx_pnalloc(pool, body->len + 1);
    if (t->buf == NULL) {
        return NGX_ERROR;
    }

    if (body->len >= 3 && ngx_memcmp(t->pos, "\xef\xbb\xbf", 3) == 0) {
        t->pos += 3;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_reg_token_next(ngx_rtalpha_reg_token_t *t)
{
    if (t->failed) {
        return NGX_RTALPHA_REG_TOKEN_ERROR;
    }

    ngx_rtalpha_reg_token_blank(t);

    if (t->pos == t->last) {
        return ngx_rtalpha_reg_token_fail(t);
    }

    if (t->depth && !t->named) {

        if (*t->pos == '}' || *t->pos == ']') {
            return ngx_rtalpha_reg_token_close(t);
        }

        if (t->next) {
            if (*t->pos != ',') {
                return ngx_rtalpha_reg_token_fail(t);
            }

            t->pos++;
            ngx_rtalpha_reg_token_blank(t);
        }

        if (!ngx_rtalpha_reg_token_in_array(t)) {
            return ngx_rtalpha_reg_token_name(t);
        }
    }

    return ngx_rtalpha_reg_token_value(t);
}


static ngx_uint_t
ngx_rtalpha_reg_token_fail(ngx_rtalpha_reg_token_t *t)
{
    t->failed = 1;
    t->type = NGX_RTALPHA_REG_TOKEN_ERROR;
    ngx_str_null(&t->text);

    return NGX_RTALPHA_REG_TOKEN_ERROR;
}


static void
ngx_rtalpha_reg_token_blank(ngx_rtalpha_reg_token_t *t)
{
    while (t->pos < t->last
           && (*t->pos == ' ' || *t->pos == '\t' || *t->pos == '\n'
               || *t->pos == '\r'))
    {
        t->pos++;
    }
}


static ngx_uint_t
ngx_rtalpha_reg_token_name(ngx_rtalpha_reg_token_t *t)
{
    if (t->pos == t->last || *t->pos != '"'
        || ngx_rtalpha_reg_token_string(t) != NGX_OK)
    {
        return ngx_rtalpha_reg_token_fail(t);
    }

    ngx_rtalpha_reg_token_blank(t);

    if (t->pos == t->last || *t->pos != ':') {
        return ngx_rtalpha_reg_token_fail(t);
    }

    t->pos++;
    t->named = 1;
    t->type = NGX_RTALPHA_REG_TOKEN_NAME;

    return t->type;
}


static ngx_uint_t
ngx_rtalpha_reg_token_value(ngx_rtalpha_reg_token_t *t)
{
    if (t->pos == t->last) {
        return ngx_rtalpha_reg_token_fail(t);
    }

    t->named = 0;
    t->next = 1;

    switch (*t->pos) {

    case '{':
        return ngx_rtalpha_reg_token_open(t, 0);

    case '[':
        return ngx_rtalpha_reg_token_open(t, 1);

    case '"':
        if (ngx_rtalpha_reg_token_string(t) != NGX_OK) {
            return ngx_rtalpha_reg_token_fail(t);
        }

        t->type = NGX_RTALPHA_REG_TOKEN_STRING;
        return t->type;

    case 't':
        return ngx_rtalpha_reg_token_word(t, "true", 4,
                                          NGX_RTALPHA_REG_TOKEN_TRUE);

    case 'f':
        return ngx_rtalpha_reg_token_word(t, "false", 5,
                                          NGX_RTALPHA_REG_TOKEN_FALSE);

    case 'n':
        return ngx_rtalpha_reg_token_word(t, "null", 4,
                                          NGX_RTALPHA_REG_TOKEN_NULL);
    }

    return ngx_rtalpha_reg_token_number(t);
}


static ngx_uint_t
ngx_rtalpha_reg_token_open(ngx_rtalpha_reg_token_t *t, ngx_uint_t array)
{
    u_char  bit;

    if (t->depth == NGX_RTALPHA_REG_TOKEN_DEPTH - 1) {
        return ngx_rtalpha_reg_token_fail(t);
    }

    t->text.data = t->pos++;
    t->text.len = 1;
    t->next = 0;

    t->depth++;
    bit = (u_char) (1 << (t->depth % 8));

    if (array) {
        t->array[t->depth / 8] |= bit;
        t->type = NGX_RTALPHA_REG_TOKEN_ARRAY;

    } else {
        t->array[t->depth / 8] &= (u_char) ~bit;
        t->type = NGX_RTALPHA_REG_TOKEN_OBJECT;
    }

    return t->type;
}


static ngx_uint_t
ngx_rtalpha_reg_token_close(ngx_rtalpha_reg_token_t *t)
{
    if ((ngx_rtalpha_reg_token_in_array(t) != 0) != (*t->pos == ']')) {
        return ngx_rtalpha_reg_token_fail(t);
    }

    t->type = (*t->pos == ']') ? NGX_RTALPHA_REG_TOKEN_ARRAY_END
                               : NGX_RTALPHA_REG_TOKEN_OBJECT_END;
    t->text.data = t->pos++;
    t->text.len = 1;
    t->next = 1;
    t->depth--;

    return t->type;
}


static ngx_uint_t
ngx_rtalpha_reg_token_word(ngx_rtalpha_reg_token_t *t, const char *word,
    size_t len, ngx_uint_t type)
{
    u_char  *p;

    p = t->pos;

    if ((size_t) (t->last - p) < len || ngx_memcmp(p, word, len) != 0) {
        return ngx_rtalpha_reg_token_fail(t);
    }

    t->text.data = p;
    t->text.len = len;
    t->pos = p + len;
    t->type = type;

    /* "nullx" is one bad word, "null{" is null and something after it */

    if (t->pos < t->last
        && ((*t->pos | 0x20) >= 'a' && (*t->pos | 0x20) <= 'z'))
    {
        return ngx_rtalpha_reg_token_fail(t);
    }

    return type;
}


static ngx_uint_t
ngx_rtalpha_reg_token_number(ngx_rtalpha_reg_token_t *t)
{
    u_char      *p, *q;
    ngx_uint_t   real;

#define digits()  while (p < t->last && *p >= '0' && *p <= '9') { p++; }

    p = t->pos;
    real = 0;

    if (*p == '-') {
        p++;
    }

    q = p;
    digits();

    if (p == q || (*q == '0' && p - q > 1)) {
        return ngx_rtalpha_reg_token_fail(t);
    }

    if (p < t->last && *p == '.') {
        real = 1;
        q = ++p;
        digits();

        if (p == q) {
            return ngx_rtalpha_reg_token_fail(t);
        }
    }

    if (p < t->last && (*p | 0x20) == 'e') {
        real = 1;
        p++;

        if (p < t->last && (*p == '+' || *p == '-')) {
            p++;
        }

        q = p;
        digits();

        if (p == q) {
            return ngx_rtalpha_reg_token_fail(t);
        }
    }

#undef digits

    t->text.data = t->pos;
    t->text.len = p - t->pos;
    t->pos = p;
    t->type = real ? NGX_RTALPHA_REG_TOKEN_FLOAT : NGX_RTALPHA_REG_TOKEN_INT;

    return t->type;
}


/* *pos is the opening quote */

static ngx_int_t
ngx_rtalpha_reg_token_string(ngx_rtalpha_reg_token_t *t)
{
    u_char  *start;

    start = t->buf;
    t->pos++;

    while (t->pos < t->last) {

        if (*t->pos == '"') {
            t->pos++;
            t->text.data = start;
            t->text.len = t->buf - start;
            return NGX_OK;
        }

        if (*t->pos < 0x20) {
            return NGX_ERROR;
        }

        if (*t->pos == '\\') {
            if (ngx_rtalpha_reg_token_escape(t) != NGX_OK) {
                return NGX_ERROR;
            }

            continue;
        }

        if (*t->pos < 0x80) {
            *t->buf++ = *t->pos++;
            continue;
        }

        if (ngx_rtalpha_reg_token_utf8(t) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_reg_token_utf8(ngx_rtalpha_reg_token_t *t)
{
    u_char  *p;

    p = t->pos;

    if (ngx_utf8_decode(&p, t->last - p) > 0x10ffff) {
        return NGX_ERROR;
    }

    t->buf = ngx_cpymem(t->buf, t->pos, p - t->pos);
    t->pos = p;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_token_escape(ngx_rtalpha_reg_token_t *t)
{
    u_char     *p;
    uint32_t    c;
    ngx_int_t   n, low;

    p = t->pos + 1;

    if (p == t->last) {
        return NGX_ERROR;
    }

    t->pos = p + 1;

    switch (*p) {
    case '"': case '\\': case '/': *t->buf++ = *p; return NGX_OK;
    case 'b': *t->buf++ = '\b'; return NGX_OK;
    case 'f': *t->buf++ = '\f'; return NGX_OK;
    case 'n': *t->buf++ = '\n'; return NGX_OK;
    case 'r': *t->buf++ = '\r'; return NGX_OK;
    case 't': *t->buf++ = '\t'; return NGX_OK;
    case 'u': break;
    default: return NGX_ERROR;
    }

    if (t->last - p < 5 || (n = ngx_hextoi(p + 1, 4)) == NGX_ERROR) {
        return NGX_ERROR;
    }

    t->pos = p + 5;
    c = (uint32_t) n;

    if (c >= 0xd800 && c < 0xdc00 && t->last - t->pos >= 6
        && t->pos[0] == '\\' && t->pos[1] == 'u')
    {
        low = ngx_hextoi(t->pos + 2, 4);

        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (uint32_t) (low - 0xdc00);
            t->pos += 6;
        }
    }

    /* half a pair cannot be written as UTF-8: Java would write "?" */

    if (c >= 0xd800 && c < 0xe000) {
        c = '?';
    }

    if (c < 0x80) {
        *t->buf++ = (u_char) c;

    } else if (c < 0x800) {
        *t->buf++ = (u_char) (0xc0 | (c >> 6));
        *t->buf++ = (u_char) (0x80 | (c & 0x3f));

    } else if (c < 0x10000) {
        *t->buf++ = (u_char) (0xe0 | (c >> 12));
        *t->buf++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
        *t->buf++ = (u_char) (0x80 | (c & 0x3f));

    } else {
        *t->buf++ = (u_char) (0xf0 | (c >> 18));
        *t->buf++ = (u_char) (0x80 | ((c >> 12) & 0x3f));
        *t->buf++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
        *t->buf++ = (u_char) (0x80 | (c & 0x3f));
    }

    return NGX_OK;
}


static void
ngx_rtalpha_reg_token_trim(ngx_str_t *s)
{
    while (s->len && s->data[0] <= ' ') {
        s->data++;
        s->len--;
    }

    while (s->len && s->data[s->len - 1] <= ' ') {
        s->len--;
    }
}


static ngx_int_t
ngx_rtalpha_reg_token_double(const ngx_str_t *s, double *d)
{
    char    text[64], *end;
    size_t  i;

    if (s->len == 0 || s->len >= sizeof(text)) {
        return NGX_DECLINED;
    }

    for (i = 0; i < s->len; i++) {
        if (ngx_strchr("0123456789+-.eE", s->data[i]) == NULL) {
            return NGX_DECLINED;
        }

        text[i] = (char) s->data[i];
    }

    text[i] = '\0';
    *d = strtod(text, &end);

    return *end == '\0' ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_reg_token_parse_long(const ngx_str_t *text, int64_t *value)
{
    size_t    i;
    uint64_t  n, limit;
    ngx_uint_t  minus;

    i = 0;
    n = 0;
    minus = 0;

    if (text->len && (text->data[0] == '-' || text->data[0] == '+')) {
        minus = (text->data[0] == '-');
        i = 1;
    }

    if (i == text->len) {
        return NGX_DECLINED;
    }

    limit = (uint64_t) 0x7fffffffffffffff + minus;

    for ( /* void */ ; i < text->len; i++) {

        if (text->data[i] < '0' || text->data[i] > '9') {
            return NGX_DECLINED;
        }

        if (n > (limit - (text->data[i] - '0')) / 10) {
            return NGX_DECLINED;
        }

        n = n * 10 + (text->data[i] - '0');
    }

    *value = minus ? (int64_t) (0 - n) : (int64_t) n;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_token_long(ngx_rtalpha_reg_token_t *t, int64_t *value)
{
    double     d;
    ngx_str_t  s;

    *value = 0;

    switch (t->type) {

    case NGX_RTALPHA_REG_TOKEN_TRUE:
        *value = 1;
        return NGX_OK;

    case NGX_RTALPHA_REG_TOKEN_INT:
        return ngx_rtalpha_reg_token_parse_long(&t->text, value) == NGX_OK
               ? NGX_OK : NGX_ERROR;

    case NGX_RTALPHA_REG_TOKEN_FLOAT:
    case NGX_RTALPHA_REG_TOKEN_STRING:
        break;

    default:
        return NGX_OK;
    }

    s = t->text;
    ngx_rtalpha_reg_token_trim(&s);

    if (ngx_rtalpha_reg_token_parse_long(&s, value) == NGX_OK) {
        return NGX_OK;
    }

    if (ngx_rtalpha_reg_token_double(&s, &d) != NGX_OK) {
        return NGX_OK;
    }

    if (d > -9.2e18 && d < 9.2e18) {
        *value = (int64_t) d;
        return NGX_OK;
    }

    if (t->type == NGX_RTALPHA_REG_TOKEN_FLOAT) {
        return NGX_ERROR;
    }

    *value = d > 0 ? 0x7fffffffffffffffLL : -0x7fffffffffffffffLL - 1;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_token_int(ngx_rtalpha_reg_token_t *t, int32_t *value)
{
    int64_t     n;
    ngx_str_t   s;
    ngx_uint_t  plain;

    *value = 0;

    if (ngx_rtalpha_reg_token_long(t, &n) != NGX_OK) {
        return NGX_ERROR;
    }

    if (n >= -2147483648LL && n <= 2147483647LL) {
        *value = (int32_t) n;
        return NGX_OK;
    }

    if (t->type != NGX_RTALPHA_REG_TOKEN_STRING) {
        return NGX_ERROR;
    }

    /* Java: parseInt() of digits fails, and a double's cast is clipped */

    s = t->text;
    ngx_rtalpha_reg_token_trim(&s);
    plain = ngx_rtalpha_reg_token_parse_long(&s, &n) == NGX_OK;

    if (!plain) {
        *value = n > 0 ? 2147483647 : -2147483647 - 1;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_reg_token_bool(ngx_rtalpha_reg_token_t *t)
{
    int64_t    n;
    ngx_str_t  s;

    switch (t->type) {

    case NGX_RTALPHA_REG_TOKEN_TRUE:
        return 1;

    case NGX_RTALPHA_REG_TOKEN_INT:
        return ngx_rtalpha_reg_token_long(t, &n) == NGX_OK && n != 0;

    case NGX_RTALPHA_REG_TOKEN_STRING:
        s = t->text;
        ngx_rtalpha_reg_token_trim(&s);
        return ngx_rtalpha_str_is(&s, "true");
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_reg_token_member(ngx_rtalpha_reg_token_t *t, ngx_str_t *name)
{
    ngx_uint_t  type;

    type = ngx_rtalpha_reg_token_next(t);

    if (type == NGX_RTALPHA_REG_TOKEN_OBJECT_END) {
        return NGX_DONE;
    }

    *name = t->text;

    if (type != NGX_RTALPHA_REG_TOKEN_NAME
        || ngx_rtalpha_reg_token_next(t) == NGX_RTALPHA_REG_TOKEN_ERROR)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_token_skip(ngx_rtalpha_reg_token_t *t)
{
    ngx_uint_t  depth;

    if (t->type != NGX_RTALPHA_REG_TOKEN_OBJECT
        && t->type != NGX_RTALPHA_REG_TOKEN_ARRAY)
    {
        return t->failed ? NGX_ERROR : NGX_OK;
    }

    depth = t->depth - 1;

    while (t->depth > depth) {
        if (ngx_rtalpha_reg_token_next(t) == NGX_RTALPHA_REG_TOKEN_ERROR) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
