
/*
 * Scalars, as SnakeYAML's Emitter writes them.  A scalar is analysed for
 * what it forbids; the first style that is left wins: plain, literal (only
 * for text of several lines), single quotes, double quotes.
 */


#include "ngx_rtalpha_cfg_scalar.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_scalar.h"


#define NGX_RTALPHA_CFG_SCALAR_WIDTH  80
#define NGX_RTALPHA_CFG_SCALAR_KEY    128     /* with its tag */
#define NGX_RTALPHA_CFG_SCALAR_DATE   50      /* longest text tried */


typedef struct {
    unsigned  plain:1;              /* allowed */
    unsigned  single:1;
    unsigned  block:1;
    unsigned  multiline:1;
    unsigned  unprintable:1;
} ngx_rtalpha_cfg_analysis_t;


/* the character at p; a byte that is no UTF-8 counts as unprintable */

static uint32_t
ngx_rtalpha_cfg_scalar_char(u_char *p, u_char *last, size_t *len)
{
    uint32_t  c;

    *len = ngx_rtalpha_cfg_path_char(p, last, &c);

    if (*len == 0) {
        *len = 1;
        return 1;
    }

    return c;
}


static ngx_uint_t
ngx_rtalpha_cfg_scalar_break(uint32_t c)
{
    return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029;
}


static ngx_uint_t
ngx_rtalpha_cfg_scalar_printable(uint32_t c)
{
    return (c >= 0x20 && c <= 0x7e) || c == '\n' || c == '\r' || c == '\t'
           || c == 0x85 || (c >= 0xa0 && c <= 0xd7ff)
           || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}


static ngx_uint_t
ngx_rtalpha_cfg_scalar_space(uint32_t c)
{
    return c == 0 || c == ' ' || c == '\t' || c == '\r'
           || ngx_rtalpha_cfg_scalar_break(c);
}


/* an indicator that forbids the plain style in a block */

static ngx_uint_t
ngx_rtalpha_cfg_scalar_indicates(uint32_t c, ngx_uint_t first,
    ngx_uint_t before, ngx_uint_t after)
{
    if (c >= 0x80 || c == 0) {
        return 0;
    }

    if (first) {
        return ngx_strchr("#,[]{}&*!|>'\"%@`", c) != NULL
               || ((c == '?' || c == ':' || c == '-') && after);
    }

    return (c == ':' && after) || (c == '#' && before);
}


static ngx_rtalpha_cfg_analysis_t
ngx_rtalpha_cfg_scalar_analyse(const ngx_str_t *s)
{
    u_char                      *p, *last;
    size_t                       len, n;
    uint32_t                     c, next;
    ngx_uint_t                   before, after, indicator, edge, special;
    ngx_uint_t                   was_space, was_break, break_space;
    ngx_uint_t                   space_break, trailing;
    ngx_rtalpha_cfg_analysis_t   a;

    ngx_memzero(&a, sizeof(a));
    last = s->data + s->len;
    indicator = ngx_rtalpha_str_begins(s, "---")
                || ngx_rtalpha_str_begins(s, "...");
    before = 1;
    edge = trailing = special = 0;
    was_space = was_break = break_space = space_break = 0;

    for (p = s->data; p < last; p += len) {
        c = ngx_rtalpha_cfg_scalar_char(p, last, &len);
        next = (p + len < last)
               ? ngx_rtalpha_cfg_scalar_char(p + len, last, &n) : 0;
        after = ngx_rtalpha_cfg_scalar_space(next);

        indicator |= ngx_rtalpha_cfg_scalar_indicates(c, p == s->data, before,
                                                      after);
        a.unprintable |= !ngx_rtalpha_cfg_scalar_printable(c);
        special |= (c == '\t' || c == '\r'
                    || !ngx_rtalpha_cfg_scalar_printable(c));

        if (c == ' ') {
            edge |= (p == s->data || p + len == last);
            trailing |= (p + len == last);
            break_space |= was_break;
            was_space = 1;
            was_break = 0;

        } else if (ngx_rtalpha_cfg_scalar_break(c)) {
            a.multiline = 1;
            edge |= (p == s->data || p + len == last);
            space_break |= was_space;
            was_space = 0;
            was_break = 1;

        } else {
            was_space = 0;
            was_break = 0;
        }

        before = ngx_rtalpha_cfg_scalar_space(c);
    }

    special |= space_break;
    a.plain = !edge && !break_space && !special && !a.multiline && !indicator;
    a.single = !break_space && !special;
    a.block = !trailing && !special;

    return a;
}


/* what is read at p: from min to max digits; NULL if there are fewer */

static const u_char *
ngx_rtalpha_cfg_scalar_digits(const u_char *p, const u_char *last,
    ngx_uint_t min, ngx_uint_t max)
{
    ngx_uint_t  n;

    for (n = 0; n < max && p < last && *p >= '0' && *p <= '9'; n++) {
        p++;
    }

    return n < min ? NULL : p;
}


static const u_char *
ngx_rtalpha_cfg_scalar_literally(const u_char *p, const u_char *last,
    u_char c)
{
    return (p && p < last && *p == c) ? p + 1 : NULL;
}


static const u_char *
ngx_rtalpha_cfg_scalar_blanks(const u_char *p, const u_char *last)
{
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}


/* H?H:MM:SS, a fraction, a zone: is that all there is */

static ngx_uint_t
ngx_rtalpha_cfg_scalar_time(const u_char *p, const u_char *last)
{
    ngx_uint_t  i;

    p = ngx_rtalpha_cfg_scalar_digits(p, last, 1, 2);

    for (i = 0; i < 2; i++) {
        p = ngx_rtalpha_cfg_scalar_literally(p, last, ':');
        p = p ? ngx_rtalpha_cfg_scalar_digits(p, last, 2, 2) : NULL;
    }

    if (p == NULL) {
        return 0;
    }

    if (p < last && *p == '.') {
        p = ngx_rtalpha_cfg_scalar_digits(p + 1, last, 0, last - p);
    }

    if (p == last) {
        return 1;
    }

    p = ngx_rtalpha_cfg_scalar_blanks(p, last);

    if (p == last) {
        return 0;
    }

    if (*p == 'Z') {
        return p + 1 == last;
    }

    if (*p != '-' && *p != '+') {
        return 0;
    }

    p = ngx_rtalpha_cfg_scalar_digits(p + 1, last, 1, 2);

    if (p == NULL || p == last) {
        return p != NULL;
    }

    p = ngx_rtalpha_cfg_scalar_literally(p, last, ':');

    return p && ngx_rtalpha_cfg_scalar_digits(p, last, 2, 2) == last;
}


/* YYYY-MM-DD, or with a time and perhaps shorter */

static ngx_uint_t
ngx_rtalpha_cfg_scalar_date(const ngx_str_t *s)
{
    const u_char  *p, *q, *last;

    if (s->len > NGX_RTALPHA_CFG_SCALAR_DATE) {
        return 0;
    }

    last = s->data + s->len;
    p = ngx_rtalpha_cfg_scalar_digits(s->data, last, 4, 4);
    p = ngx_rtalpha_cfg_scalar_literally(p, last, '-');
    p = p ? ngx_rtalpha_cfg_scalar_digits(p, last, 1, 2) : NULL;
    p = ngx_rtalpha_cfg_scalar_literally(p, last, '-');
    p = p ? ngx_rtalpha_cfg_scalar_digits(p, last, 1, 2) : NULL;

    if (p == NULL) {
        return 0;
    }

    if (p == last) {
        return s->len == sizeof("YYYY-MM-DD") - 1;
    }

    if (*p == 'T' || *p == 't') {
        return ngx_rtalpha_cfg_scalar_time(p + 1, last);
    }

    q = ngx_rtalpha_cfg_scalar_blanks(p, last);

    return q > p && ngx_rtalpha_cfg_scalar_time(q, last);
}


/* would plain text come back as something else than a string */

static ngx_uint_t
ngx_rtalpha_cfg_scalar_typed(const ngx_str_t *s)
{
    return s->len == 0
           || ngx_rtalpha_scalar_resolve(s) != NGX_RTALPHA_SCALAR_STR
           || ngx_rtalpha_cfg_scalar_date(s);
}


/* 0[0-9_]+, which other readers take for a number */

static ngx_uint_t
ngx_rtalpha_cfg_scalar_zero(const ngx_str_t *s)
{
    size_t  i;

    if (s->len < 2 || s->data[0] != '0') {
        return 0;
    }

    for (i = 1; i < s->len; i++) {
        if ((s->data[i] < '0' || s->data[i] > '9') && s->data[i] != '_') {
            return 0;
        }
    }

    return 1;
}


static void
ngx_rtalpha_cfg_scalar_write(ngx_rtalpha_cfg_emitter_t *e, u_char *p,
    u_char *last)
{
    u_char  *q;

    ngx_rtalpha_out_bytes(e->out, p, last - p);

    for (q = p; q < last; q++) {
        if ((*q & 0xc0) != 0x80) {
            e->column += (*q >= 0xf0) ? 2 : 1;
        }
    }
}


static void
ngx_rtalpha_cfg_scalar_newline(ngx_rtalpha_cfg_emitter_t *e, u_char *p,
    size_t len)
{
    e->whitespace = 1;
    e->indention = 1;
    e->column = 0;

    if (len == 1) {
        ngx_rtalpha_out_char(e->out, '\n');
        return;
    }

    ngx_rtalpha_out_bytes(e->out, p, len);
}


void
ngx_rtalpha_cfg_scalar_indent(ngx_rtalpha_cfg_emitter_t *e)
{
    if (!e->indention || e->column > e->indent
        || (e->column == e->indent && !e->whitespace))
    {
        ngx_rtalpha_cfg_scalar_newline(e, NULL, 1);
    }

    if (e->column < e->indent) {
        e->whitespace = 1;
    }

    while (e->column < e->indent && !e->out->failed) {
        ngx_rtalpha_out_char(e->out, ' ');
        e->column++;
    }
}


void
ngx_rtalpha_cfg_scalar_indicator(ngx_rtalpha_cfg_emitter_t *e,
    const char *text, ngx_uint_t need, ngx_uint_t whitespace,
    ngx_uint_t indention)
{
    if (!e->whitespace && need) {
        e->column++;
        ngx_rtalpha_out_char(e->out, ' ');
    }

    e->whitespace = whitespace;
    e->indention = e->indention && indention;
    ngx_rtalpha_cfg_scalar_write(e, (u_char *) text,
                                 (u_char *) text + ngx_strlen(text));
}


void
ngx_rtalpha_cfg_scalar_plain(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t split)
{
    u_char      *p, *start, *last;
    ngx_uint_t   spaces;

    if (s->len == 0) {
        return;
    }

    if (!e->whitespace) {
        e->column++;
        ngx_rtalpha_out_char(e->out, ' ');
    }

    e->whitespace = 0;
    e->indention = 0;
    last = s->data + s->len;
    spaces = 0;

    for (start = p = s->data; p <= last; p++) {

        if (spaces) {
            if (p == last || *p != ' ') {

                if (start + 1 == p && split
                    && e->column > NGX_RTALPHA_CFG_SCALAR_WIDTH)
                {
                    ngx_rtalpha_cfg_scalar_indent(e);
                    e->whitespace = 0;
                    e->indention = 0;

                } else {
                    ngx_rtalpha_cfg_scalar_write(e, start, p);
                }

                start = p;
            }

        } else if (p == last || *p == ' ') {
            ngx_rtalpha_cfg_scalar_write(e, start, p);
            start = p;
        }

        spaces = (p < last && *p == ' ');
    }
}


static void
ngx_rtalpha_cfg_scalar_breaks(ngx_rtalpha_cfg_emitter_t *e, u_char *p,
    u_char *last)
{
    size_t  len;

    while (p < last) {
        (void) ngx_rtalpha_cfg_scalar_char(p, last, &len);
        ngx_rtalpha_cfg_scalar_newline(e, p, len);
        p += len;
    }
}


static void
ngx_rtalpha_cfg_scalar_single(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t split)
{
    u_char       c, *p, *start, *last;
    ngx_uint_t   spaces;

    ngx_rtalpha_cfg_scalar_indicator(e, "'", 1, 0, 0);

    last = s->data + s->len;
    spaces = 0;

    for (start = p = s->data; p <= last; p++) {
        c = (p < last) ? *p : 0;

        if (spaces) {
            if (c != ' ') {

                if (start + 1 == p && split && start != s->data && p != last
                    && e->column > NGX_RTALPHA_CFG_SCALAR_WIDTH)
                {
                    ngx_rtalpha_cfg_scalar_indent(e);

                } else {
                    ngx_rtalpha_cfg_scalar_write(e, start, p);
                }

                start = p;
            }

        } else if (c == 0 || c == ' ' || c == '\'') {
            ngx_rtalpha_cfg_scalar_write(e, start, p);
            start = p;
        }

        if (c == '\'') {
            e->column += 2;
            ngx_rtalpha_out_lit(e->out, "''");
            start = p + 1;
        }

        spaces = (c == ' ');
    }

    ngx_rtalpha_cfg_scalar_indicator(e, "'", 0, 0, 0);
}


/* the escape of a character in double quotes; "": none is needed */

static u_char *
ngx_rtalpha_cfg_scalar_escape(uint32_t c, u_char *buf)
{
    ngx_uint_t  i;

    static const struct {
        uint32_t  c;
        u_char    as;
    } named[] = {
        { 0, '0' }, { 7, 'a' }, { 8, 'b' }, { 9, 't' }, { 10, 'n' },
        { 11, 'v' }, { 12, 'f' }, { 13, 'r' }, { 27, 'e' }, { '"', '"' },
        { '\\', '\\' }, { 0x85, 'N' }, { 0xa0, '_' }, { 0x2028, 'L' },
        { 0x2029, 'P' }
    };

    for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i].c == c) {
            return ngx_sprintf(buf, "\\%c", named[i].as);
        }
    }

    if (ngx_rtalpha_cfg_scalar_printable(c)) {
        return buf;
    }

    if (c <= 0xff) {
        return ngx_sprintf(buf, "\\x%02xD", c);
    }

    return ngx_sprintf(buf, "\\u%04xD", c);
}


static void
ngx_rtalpha_cfg_scalar_double(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t split)
{
    u_char    *p, *start, *last, *end, buf[16];
    size_t     len, n;
    uint32_t   c;

    ngx_rtalpha_cfg_scalar_indicator(e, "\"", 1, 0, 0);
    last = s->data + s->len;

    for (start = p = s->data; p <= last; p += len) {
        len = 1;
        c = (p < last) ? ngx_rtalpha_cfg_scalar_char(p, last, &len) : 0;
        end = (p < last) ? ngx_rtalpha_cfg_scalar_escape(c, buf) : buf;

        if (p == last || end > buf || c >= 0x7f) {

            if (start < p) {
                ngx_rtalpha_cfg_scalar_write(e, start, p);
                start = p;
            }

            if (p < last) {
                if (end > buf) {
                    ngx_rtalpha_cfg_scalar_write(e, buf, end);

                } else {
                    ngx_rtalpha_cfg_scalar_write(e, p, p + len);
                }

                start = p + len;
            }
        }

        n = start < p ? (size_t) (p - start) : 0;

        if (split && p > s->data && p + len < last && (c == ' ' || start >= p)
            && e->column + n - (start > p) > NGX_RTALPHA_CFG_SCALAR_WIDTH)
        {
            if (start < p) {
                ngx_rtalpha_cfg_scalar_write(e, start, p);
                start = p;
            }

            e->column++;
            ngx_rtalpha_out_char(e->out, '\\');
            ngx_rtalpha_cfg_scalar_indent(e);
            e->whitespace = 0;
            e->indention = 0;

            if (*start == ' ') {
                e->column++;
                ngx_rtalpha_out_char(e->out, '\\');
            }
        }
    }

    ngx_rtalpha_cfg_scalar_indicator(e, "\"", 0, 0, 0);
}


static void
ngx_rtalpha_cfg_scalar_literal(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s)
{
    u_char      *p, *start, *last, *end;
    size_t       len;
    uint32_t     c, tail, before;
    ngx_uint_t   breaks;
    char         hints[4];

    last = s->data + s->len;
    tail = before = 0;

    for (p = s->data; p < last; p += len) {
        before = tail;
        tail = ngx_rtalpha_cfg_scalar_char(p, last, &len);
    }

    c = ngx_rtalpha_cfg_scalar_char(s->data, last, &len);
    end = (u_char *) hints;
    *end++ = '|';

    if (c == ' ' || ngx_rtalpha_cfg_scalar_break(c)) {
        *end++ = '2';
    }

    if (!ngx_rtalpha_cfg_scalar_break(tail)) {
        *end++ = '-';

    } else if (before == 0 || ngx_rtalpha_cfg_scalar_break(before)) {
        *end++ = '+';
    }

    *end = '\0';

    ngx_rtalpha_cfg_scalar_indicator(e, hints, 1, 0, 0);
    ngx_rtalpha_cfg_scalar_newline(e, NULL, 1);

    breaks = 1;

    for (start = p = s->data; p <= last; p += len) {
        len = 1;
        c = (p < last) ? ngx_rtalpha_cfg_scalar_char(p, last, &len) : 0;

        if (breaks) {
            if (p == last || !ngx_rtalpha_cfg_scalar_break(c)) {
                ngx_rtalpha_cfg_scalar_breaks(e, start, p);

                if (p < last) {
                    ngx_rtalpha_cfg_scalar_indent(e);
                }

                start = p;
            }

        } else if (p == last || ngx_rtalpha_cfg_scalar_break(c)) {
            ngx_rtalpha_out_bytes(e->out, start, p - start);

            if (p == last) {
                ngx_rtalpha_cfg_scalar_newline(e, NULL, 1);
            }

            start = p;
        }

        breaks = ngx_rtalpha_cfg_scalar_break(c);
    }
}


void
ngx_rtalpha_cfg_scalar_binary(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *base64)
{
    ngx_rtalpha_cfg_scalar_indicator(e, "!!binary", 1, 0, 0);

    if (base64->len == 0) {
        ngx_rtalpha_cfg_scalar_double(e, base64, 0);
        return;
    }

    ngx_rtalpha_cfg_scalar_literal(e, base64);
}


static void
ngx_rtalpha_cfg_scalar_encoded(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t key)
{
    ngx_str_t  coded, bytes;

    coded.data = ngx_pnalloc(e->out->pool, ngx_base64_encoded_length(s->len));

    if (coded.data == NULL) {
        e->out->failed = 1;
        return;
    }

    bytes = *s;
    ngx_encode_base64(&coded, &bytes);

    if (key) {
        ngx_rtalpha_cfg_scalar_indicator(e, "!!binary", 1, 0, 0);
        ngx_rtalpha_cfg_scalar_double(e, &coded, 0);
        return;
    }

    ngx_rtalpha_cfg_scalar_binary(e, &coded);
}


/* the emitter's measure counts the tag, also where it is left out */

ngx_uint_t
ngx_rtalpha_cfg_scalar_simple(const ngx_str_t *s)
{
    u_char                      *p;
    ngx_uint_t                   n;
    ngx_rtalpha_cfg_analysis_t   a;

    a = ngx_rtalpha_cfg_scalar_analyse(s);

    if (s->len == 0 || (a.multiline && !a.unprintable)) {
        return 0;
    }

    if (a.unprintable) {
        return sizeof("!!binary") - 1 + ngx_base64_encoded_length(s->len)
               < NGX_RTALPHA_CFG_SCALAR_KEY;
    }

    n = sizeof("!!str") - 1;

    for (p = s->data; p < s->data + s->len; p++) {
        n += (*p & 0xc0) != 0x80;
        n += (*p >= 0xf0);
    }

    return n < NGX_RTALPHA_CFG_SCALAR_KEY;
}


/* text of several lines is literal where it can be, else in double quotes */

void
ngx_rtalpha_cfg_scalar_string(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t key)
{
    ngx_rtalpha_cfg_analysis_t  a;

    a = ngx_rtalpha_cfg_scalar_analyse(s);

    if (a.unprintable) {
        ngx_rtalpha_cfg_scalar_encoded(e, s, key);
        return;
    }

    if (a.multiline) {

        if (a.block && !key) {
            ngx_rtalpha_cfg_scalar_literal(e, s);

        } else {
            ngx_rtalpha_cfg_scalar_double(e, s, !key);
        }

        return;
    }

    if (a.plain && !ngx_rtalpha_cfg_scalar_typed(s)
        && !ngx_rtalpha_cfg_scalar_zero(s))
    {
        ngx_rtalpha_cfg_scalar_plain(e, s, !key);
        return;
    }

    if (a.single) {
        ngx_rtalpha_cfg_scalar_single(e, s, !key);
        return;
    }

    ngx_rtalpha_cfg_scalar_double(e, s, !key);
}
