
/*
 * The text of a YAML file between libyaml and SnakeYAML; see the header.
 * libyaml's marks count characters, so a place in the text is found by
 * walking.  UTF-16 is left alone.
 */


#include "ngx_rtalpha_yaml_text.h"


#define NGX_RTALPHA_YAML_TEXT_MENDS  256
#define NGX_RTALPHA_YAML_TEXT_WORK   (64 * 1024 * 1024)
#define NGX_RTALPHA_YAML_TEXT_PAIR   (sizeof("\\ud83d\\ude00") - 1)


typedef struct {
    const u_char              *pos;
    const u_char              *last;
    size_t                     index;       /* of pos, in characters */
    ngx_uint_t                 plain;       /* was the last token */
    ngx_pool_t                *pool;
    ngx_rtalpha_load_error_t  *error;
} ngx_rtalpha_yaml_walk_t;


static const u_char *
ngx_rtalpha_yaml_text_start(const ngx_str_t *text)
{
    if (text->len >= 3 && ngx_memcmp(text->data, "\xef\xbb\xbf", 3) == 0) {
        return text->data + 3;
    }

    if (text->len >= 2 && text->data[0] >= 0xfe && text->data[1] >= 0xfe) {
        return NULL;
    }

    return text->data;
}


static const u_char *
ngx_rtalpha_yaml_text_forward(const u_char *p, const u_char *last, size_t n)
{
    while (n && p < last) {
        p++;

        while (p < last && (*p & 0xc0) == 0x80) {
            p++;
        }

        n--;
    }

    return p;
}


/* four digits after "\u", or 0 */

static uint32_t
ngx_rtalpha_yaml_text_hex(const u_char *p, const u_char *last)
{
    ngx_int_t  n;

    if (last - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return 0;
    }

    n = ngx_hextoi((u_char *) p + 2, 4);

    return (n == NGX_ERROR) ? 0 : (uint32_t) n;
}


/* two characters that are not in the text */

static ngx_int_t
ngx_rtalpha_yaml_text_unused(ngx_rtalpha_yaml_text_t *t)
{
    u_char      *p, *last, c[4];
    ngx_uint_t   n, found;

    last = t->text.data + t->text.len;
    ngx_memzero(c, sizeof(c));
    c[0] = 0xee;
    found = 0;

    for (n = 0; n < 4096 && found < 2; n++) {
        c[1] = (u_char) (0x80 | (n >> 6));
        c[2] = (u_char) (0x80 | (n & 0x3f));

        for (p = t->text.data; last - p >= 3; p++) {
            p = memchr(p, c[0], last - p);

            if (p == NULL || (last - p >= 3 && p[1] == c[1] && p[2] == c[2])) {
                break;
            }
        }

        if (p == NULL || last - p < 3) {
            ngx_memcpy(found ? t->tab : t->filler, c, sizeof(c));
            found++;
        }
    }

    return found == 2 ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_yaml_text_replace(ngx_rtalpha_yaml_text_t *t, ngx_pool_t *pool,
    const u_char *p, size_t len, const u_char *with, size_t n)
{
    u_char  *text, *q;

    text = ngx_palloc(pool, t->text.len - len + n);
    if (text == NULL) {
        return NGX_ERROR;
    }

    q = ngx_cpymem(text, t->text.data, p - t->text.data);
    q = ngx_cpymem(q, with, n);
    q = ngx_cpymem(q, p + len, t->text.data + t->text.len - p - len);

    if (t->mends > 1) {
        (void) ngx_pfree(pool, t->text.data);
    }

    t->text.data = text;
    t->text.len = q - text;

    return NGX_OK;
}


/* the pair as one character, and as wide as it was */

static ngx_int_t
ngx_rtalpha_yaml_text_pair(ngx_rtalpha_yaml_text_t *t, ngx_pool_t *pool,
    const u_char *p)
{
    u_char         *q, with[4 + 3 * NGX_RTALPHA_YAML_TEXT_PAIR];
    uint32_t        high, low, c;
    ngx_uint_t      i;
    const u_char   *last;

    last = t->text.data + t->text.len;

    if (p - t->text.data < 2) {
        return NGX_DECLINED;
    }

    /* the mark is after the "\u" */

    p -= 2;
    high = ngx_rtalpha_yaml_text_hex(p, last);

    if (high < 0xd800 || high > 0xdbff) {
        return NGX_DECLINED;
    }

    low = ngx_rtalpha_yaml_text_hex(p + 6, last);

    if (low < 0xdc00 || low > 0xdfff) {
        return NGX_DECLINED;
    }

    c = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);

    with[0] = (u_char) (0xf0 | (c >> 18));
    with[1] = (u_char) (0x80 | ((c >> 12) & 0x3f));
    with[2] = (u_char) (0x80 | ((c >> 6) & 0x3f));
    with[3] = (u_char) (0x80 | (c & 0x3f));
    q = with + 4;

    for (i = 1; i < NGX_RTALPHA_YAML_TEXT_PAIR; i++) {
        q = ngx_cpymem(q, t->filler, 3);
    }

    return ngx_rtalpha_yaml_text_replace(t, pool, p,
                                         NGX_RTALPHA_YAML_TEXT_PAIR, with,
                                         q - with);
}


ngx_int_t
ngx_rtalpha_yaml_text_mend(ngx_rtalpha_yaml_text_t *t, ngx_pool_t *pool,
    const yaml_parser_t *parser)
{
    ngx_uint_t     tab;
    const u_char  *p, *last;

    if (parser->error != YAML_SCANNER_ERROR
        || t->mends == NGX_RTALPHA_YAML_TEXT_MENDS
        || (t->mends + 1) * t->text.len > NGX_RTALPHA_YAML_TEXT_WORK)
    {
        return NGX_DECLINED;
    }

    tab = (ngx_strstr(parser->problem, "found a tab character where") != NULL);

    if (!tab && ngx_strstr(parser->problem, "Unicode character escape") == NULL)
    {
        return NGX_DECLINED;
    }

    p = ngx_rtalpha_yaml_text_start(&t->text);

    if (p == NULL) {
        return NGX_DECLINED;
    }

    if (t->mends++ == 0 && ngx_rtalpha_yaml_text_unused(t) != NGX_OK) {
        return NGX_DECLINED;
    }

    last = t->text.data + t->text.len;
    p = ngx_rtalpha_yaml_text_forward(p, last, parser->problem_mark.index);

    if (!tab) {
        return ngx_rtalpha_yaml_text_pair(t, pool, p);
    }

    if (p == last || *p != '\t') {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_yaml_text_replace(t, pool, p, 1, t->tab, 3);
}


/* what a tab does to the folding of lines is not put back */

ngx_int_t
ngx_rtalpha_yaml_text_restore(const ngx_rtalpha_yaml_text_t *t,
    yaml_scalar_style_t style, ngx_str_t *scalar)
{
    u_char  *p, *q, *last;

    last = scalar->data + scalar->len;

    for (p = q = scalar->data; p < last; /* void */ ) {

        if (last - p >= 3 && ngx_memcmp(p, t->filler, 3) == 0) {
            p += 3;

        } else if (last - p >= 3 && ngx_memcmp(p, t->tab, 3) == 0) {

            if (style != YAML_LITERAL_SCALAR_STYLE) {
                return NGX_DECLINED;
            }

            *q++ = '\t';
            p += 3;

        } else {
            *q++ = *p++;
        }
    }

    scalar->len = q - scalar->data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_walk_refuse(ngx_rtalpha_yaml_walk_t *w, const u_char *p,
    const yaml_mark_t *mark, const char *problem)
{
    ngx_uint_t     line, column;
    const u_char  *q;

    line = mark->line + 1;
    column = mark->column + 1;

    for (q = w->pos; q < p; q++) {
        if (*q == '\n') {
            line++;
            column = 1;

        } else if ((*q & 0xc0) != 0x80) {
            column++;
        }
    }

    return ngx_rtalpha_load_refuse(w->pool, w->error, line, column, "%s",
                                   problem);
}


/*
 * The text between two tokens.  Blanks after a plain scalar are still read
 * with it.
 */

static const u_char *
ngx_rtalpha_yaml_walk_gap(const u_char *p, const u_char *last,
    ngx_uint_t plain)
{
    while (plain && p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    for ( /* void */ ; p < last; p++) {

        if (*p == '\t') {
            return p;
        }

        if (*p == '#') {
            while (p < last && *p != '\n' && *p != '\r') {
                p++;
            }

            if (p == last) {
                break;
            }
        }
    }

    return NULL;
}


/* what is wrong within a scalar, and where */

static const u_char *
ngx_rtalpha_yaml_walk_scalar(const u_char *p, const u_char *last,
    yaml_scalar_style_t style, const char **problem)
{
    ngx_uint_t  fresh;

    *problem = "found a tab that cannot start any token";

    switch (style) {

    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:

        *problem = "found unknown escape character /";

        for ( /* void */ ; last - p >= 2; p++) {
            if (*p == '\\' && *++p == '/') {
                return p;
            }
        }

        return NULL;

    case YAML_PLAIN_SCALAR_STYLE:

        for (fresh = 0; p < last; p++) {

            if (*p == '\t' && fresh) {
                return p;
            }

            fresh = (*p == '\n' || *p == '\r' || (fresh && *p == ' '));
        }

        return NULL;

    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:

        /* the line with the indicator */

        for ( /* void */ ; p < last && *p != '\n' && *p != '#'; p++) {
            if (*p == '\t') {
                return p;
            }
        }

        return NULL;

    default:
        return NULL;
    }
}


static ngx_int_t
ngx_rtalpha_yaml_walk_token(ngx_rtalpha_yaml_walk_t *w,
    const yaml_token_t *token, const yaml_mark_t *from)
{
    const u_char  *start, *end, *bad;
    const char    *problem;

    start = ngx_rtalpha_yaml_text_forward(w->pos, w->last,
                                          token->start_mark.index - w->index);

    bad = ngx_rtalpha_yaml_walk_gap(w->pos, start, w->plain);

    if (bad) {
        return ngx_rtalpha_yaml_walk_refuse(w, bad, from,
                                            "found a tab that cannot start "
                                            "any token");
    }

    end = ngx_rtalpha_yaml_text_forward(start, w->last,
                                        token->end_mark.index
                                        - token->start_mark.index);
    w->pos = start;
    w->plain = 0;

    if (token->type == YAML_SCALAR_TOKEN) {
        w->plain = (token->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
        bad = ngx_rtalpha_yaml_walk_scalar(start, end,
                                           token->data.scalar.style,
                                           &problem);
        if (bad) {
            return ngx_rtalpha_yaml_walk_refuse(w, bad, &token->start_mark,
                                                problem);
        }
    }

    w->pos = end;
    w->index = token->end_mark.index;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_yaml_text_check(const ngx_str_t *text, ngx_pool_t *pool,
    ngx_rtalpha_load_error_t *error)
{
    ngx_int_t                 rc;
    ngx_uint_t                end;
    yaml_mark_t               from;
    yaml_token_t              token;
    yaml_parser_t             parser;
    ngx_rtalpha_yaml_walk_t   w;

    ngx_memzero(&w, sizeof(ngx_rtalpha_yaml_walk_t));
    ngx_memzero(&from, sizeof(yaml_mark_t));

    w.pos = ngx_rtalpha_yaml_text_start(text);
    w.last = text->data + text->len;
    w.pool = pool;
    w.error = error;

    if (w.pos == NULL
        || (memchr(text->data, '\t', text->len) == NULL
            && memmem(text->data, text->len, "\\/", 2) == NULL))
    {
        return NGX_OK;
    }

    if (!yaml_parser_initialize(&parser)) {
        return NGX_ERROR;
    }

    yaml_parser_set_input_string(&parser, text->data, text->len);

    do {
        /* an error here is the loader's to tell */

        if (!yaml_parser_scan(&parser, &token)) {
            rc = (parser.error == YAML_MEMORY_ERROR) ? NGX_ERROR : NGX_OK;
            break;
        }

        end = (token.type == YAML_STREAM_END_TOKEN
               || token.type == YAML_NO_TOKEN);
        rc = NGX_OK;

        /* ends of blocks are where the next token is */

        if (token.start_mark.index >= w.index) {
            rc = ngx_rtalpha_yaml_walk_token(&w, &token, &from);
            from = token.end_mark;
        }

        yaml_token_delete(&token);

    } while (rc == NGX_OK && !end);

    yaml_parser_delete(&parser);

    return rc;
}
