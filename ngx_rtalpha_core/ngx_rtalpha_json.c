
/*
 * The JSON writer.  Nearly every string that is written holds printable
 * ASCII only, so a run of safe bytes is looked for eight bytes at a time
 * and copied at once; only what breaks a run is looked at byte by byte.
 */


#include "ngx_rtalpha_json.h"


#define NGX_RTALPHA_JSON_ONES  0x0101010101010101ULL
#define NGX_RTALPHA_JSON_TOPS  0x8080808080808080ULL


static const u_char *ngx_rtalpha_json_safe(const u_char *p,
    const u_char *last);
static size_t ngx_rtalpha_json_utf8(const u_char *p, const u_char *last,
    ngx_uint_t *valid);
static void ngx_rtalpha_json_control(ngx_rtalpha_out_t *out, u_char c);
static void ngx_rtalpha_json_before(ngx_rtalpha_json_t *j);
static void ngx_rtalpha_json_open(ngx_rtalpha_json_t *j, u_char c,
    ngx_uint_t array);


void
ngx_rtalpha_json_init(ngx_rtalpha_json_t *j, ngx_rtalpha_out_t *out)
{
    ngx_memzero(j, sizeof(ngx_rtalpha_json_t));

    j->out = out;
}


void
ngx_rtalpha_json_object(ngx_rtalpha_json_t *j)
{
    ngx_rtalpha_json_open(j, '{', 0);
}


void
ngx_rtalpha_json_array(ngx_rtalpha_json_t *j)
{
    ngx_rtalpha_json_open(j, '[', 1);
}


static void
ngx_rtalpha_json_open(ngx_rtalpha_json_t *j, u_char c, ngx_uint_t array)
{
    uint64_t  bit;

    ngx_rtalpha_json_before(j);

    if (j->depth == NGX_RTALPHA_JSON_DEPTH) {
        ngx_rtalpha_out_fail(j->out);
        return;
    }

    bit = (uint64_t) 1 << j->depth++;

    j->filled &= ~bit;
    j->array = array ? (j->array | bit) : (j->array & ~bit);

    ngx_rtalpha_out_char(j->out, c);
}


void
ngx_rtalpha_json_end(ngx_rtalpha_json_t *j)
{
    if (j->depth == 0 || j->keyed) {
        ngx_rtalpha_out_fail(j->out);
        return;
    }

    j->depth--;

    ngx_rtalpha_out_char(j->out, (j->array >> j->depth & 1) ? ']' : '}');
}


/* the comma, where one is due */

static void
ngx_rtalpha_json_before(ngx_rtalpha_json_t *j)
{
    uint64_t  bit;

    if (j->keyed) {
        j->keyed = 0;
        return;
    }

    if (j->depth == 0) {
        return;
    }

    bit = (uint64_t) 1 << (j->depth - 1);

    if (j->filled & bit) {
        ngx_rtalpha_out_char(j->out, ',');
        return;
    }

    j->filled |= bit;
}


void
ngx_rtalpha_json_key(ngx_rtalpha_json_t *j, const u_char *data, size_t len)
{
    if (j->keyed) {
        ngx_rtalpha_out_fail(j->out);
        return;
    }

    ngx_rtalpha_json_text(j, data, len);
    ngx_rtalpha_out_char(j->out, ':');

    j->keyed = 1;
}


void
ngx_rtalpha_json_text(ngx_rtalpha_json_t *j, const u_char *data, size_t len)
{
    ngx_rtalpha_out_t  *out;

    out = j->out;

    ngx_rtalpha_json_before(j);

    if (ngx_rtalpha_json_safe(data, data + len) != data + len) {
        ngx_rtalpha_out_char(out, '"');
        ngx_rtalpha_json_escape(out, data, len);
        ngx_rtalpha_out_char(out, '"');
        return;
    }

    if ((size_t) (out->end - out->pos) < len + 2
        && ngx_rtalpha_out_reserve(out, len + 2) != NGX_OK)
    {
        return;
    }

    *out->pos++ = '"';

    if (len) {
        out->pos = ngx_cpymem(out->pos, data, len);
    }

    *out->pos++ = '"';
}


void
ngx_rtalpha_json_str(ngx_rtalpha_json_t *j, const ngx_str_t *s)
{
    ngx_rtalpha_json_text(j, s->data, s->len);
}


void
ngx_rtalpha_json_int(ngx_rtalpha_json_t *j, int64_t n)
{
    ngx_rtalpha_json_before(j);
    ngx_rtalpha_out_int(j->out, n);
}


void
ngx_rtalpha_json_bool(ngx_rtalpha_json_t *j, ngx_uint_t b)
{
    ngx_rtalpha_json_before(j);

    if (b) {
        ngx_rtalpha_out_lit(j->out, "true");
        return;
    }

    ngx_rtalpha_out_lit(j->out, "false");
}


void
ngx_rtalpha_json_null(ngx_rtalpha_json_t *j)
{
    ngx_rtalpha_json_before(j);
    ngx_rtalpha_out_lit(j->out, "null");
}


void
ngx_rtalpha_json_raw(ngx_rtalpha_json_t *j, const u_char *data, size_t len)
{
    ngx_rtalpha_json_before(j);
    ngx_rtalpha_out_bytes(j->out, data, len);
}


void
ngx_rtalpha_json_escape(ngx_rtalpha_out_t *out, const u_char *data,
    size_t len)
{
    size_t         n;
    ngx_uint_t     valid;
    const u_char  *p, *run, *last;

    p = data;
    run = data;
    last = data + len;

    for ( ;; ) {
        p = ngx_rtalpha_json_safe(p, last);

        if (p == last) {
            break;
        }

        if (*p < 0x80) {
            ngx_rtalpha_out_bytes(out, run, p - run);
            ngx_rtalpha_json_control(out, *p++);
            run = p;
            continue;
        }

        n = ngx_rtalpha_json_utf8(p, last, &valid);

        if (!valid) {
            ngx_rtalpha_out_bytes(out, run, p - run);
            ngx_rtalpha_out_lit(out, "\xEF\xBF\xBD");
            run = p + n;
        }

        p += n;
    }

    ngx_rtalpha_out_bytes(out, run, last - run);
}


/*
 * The first byte that is not to be copied as it stands.  A borrow between
 * the bytes of a word can only flag a byte after one that is flagged
 * rightly, so the word test has no false negative.
 */

static const u_char *
ngx_rtalpha_json_safe(const u_char *p, const u_char *last)
{
    uint64_t  w, bad;

    while (last - p >= 8) {
        ngx_memcpy(&w, p, 8);

        bad = w;
        bad |= w - NGX_RTALPHA_JSON_ONES * 0x20;
        bad |= (w ^ NGX_RTALPHA_JSON_ONES * '"') - NGX_RTALPHA_JSON_ONES;
        bad |= (w ^ NGX_RTALPHA_JSON_ONES * '\\') - NGX_RTALPHA_JSON_ONES;

        if (bad & NGX_RTALPHA_JSON_TOPS) {
            break;
        }

        p += 8;
    }

    while (p < last && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\') {
        p++;
    }

    return p;
}


/*
 * Length of the sequence at p, or of the longest part of one that cannot be
 * completed (Unicode 3.9, "maximal subpart"): each is replaced once.
 */

static size_t
ngx_rtalpha_json_utf8(const u_char *p, const u_char *last, ngx_uint_t *valid)
{
    u_char  lo, hi;
    size_t  i, n;

    *valid = 0;
    lo = 0x80;
    hi = 0xbf;

    if (*p >= 0xc2 && *p <= 0xdf) {
        n = 2;

    } else if (*p >= 0xe0 && *p <= 0xef) {
        n = 3;
        lo = (*p == 0xe0) ? 0xa0 : lo;
        hi = (*p == 0xed) ? 0x9f : hi;

    } else if (*p >= 0xf0 && *p <= 0xf4) {
        n = 4;
        lo = (*p == 0xf0) ? 0x90 : lo;
        hi = (*p == 0xf4) ? 0x8f : hi;

    } else {
        return 1;
    }

    for (i = 1; i < n; i++) {
        if (p + i == last || p[i] < lo || p[i] > hi) {
            return i;
        }

        lo = 0x80;
        hi = 0xbf;
    }

    *valid = 1;

    return n;
}


static void
ngx_rtalpha_json_control(ngx_rtalpha_out_t *out, u_char c)
{
    u_char               esc[6];
    static const u_char  hex[] = "0123456789ABCDEF";
    static const u_char  two[] = "btn\0fr";

    esc[0] = '\\';

    if (c == '"' || c == '\\') {
        esc[1] = c;
        ngx_rtalpha_out_bytes(out, esc, 2);
        return;
    }

    if (c >= '\b' && c <= '\r' && c != '\v') {
        esc[1] = two[c - '\b'];
        ngx_rtalpha_out_bytes(out, esc, 2);
        return;
    }

    esc[1] = 'u';
    esc[2] = '0';
    esc[3] = '0';
    esc[4] = hex[c >> 4];
    esc[5] = hex[c & 15];

    ngx_rtalpha_out_bytes(out, esc, 6);
}
