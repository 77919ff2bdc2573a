
/*
 * The patterns are those of SnakeYAML's Resolver, the conversions those of
 * its SafeConstructor, underscores and arithmetic of Java's int included.
 */


#include "ngx_rtalpha_scalar.h"
#include "ngx_rtalpha_java.h"

#include <stdlib.h>


#define NGX_RTALPHA_SCALAR_MAX    1024      /* longest text tried as number */
#define NGX_RTALPHA_SCALAR_LIMBS  (NGX_RTALPHA_SCALAR_MAX * 4 / 29 + 2)


static ngx_int_t ngx_rtalpha_scalar_int(ngx_pool_t *pool,
    const ngx_str_t *text, ngx_str_t *value);
static ngx_int_t ngx_rtalpha_scalar_float(ngx_pool_t *pool,
    const ngx_str_t *text, ngx_str_t *value);
static ngx_int_t ngx_rtalpha_scalar_binary(ngx_pool_t *pool,
    const ngx_str_t *text, ngx_str_t *value);


/* position after the longest run of characters of a set, "_" included */

static const u_char *
ngx_rtalpha_scalar_run(const u_char *p, const u_char *last, ngx_uint_t base)
{
    u_char  c;

    for ( /* void */ ; p < last; p++) {

        if (*p == '_' || (*p >= '0' && *p <= '9' && *p - '0' < (int) base)) {
            continue;
        }

        c = *p | 0x20;

        if (base != 16 || c < 'a' || c > 'f') {
            break;
        }
    }

    return p;
}


static const u_char *
ngx_rtalpha_scalar_underscores(const u_char *p, const u_char *last)
{
    while (p < last && *p == '_') {
        p++;
    }

    return p;
}


/* (:[0-5]?[0-9])+ */

static const u_char *
ngx_rtalpha_scalar_sixties(const u_char *p, const u_char *last)
{
    while (last - p >= 2 && *p == ':' && p[1] >= '0' && p[1] <= '9') {

        if (p[1] <= '5' && last - p >= 3 && p[2] >= '0' && p[2] <= '9') {
            p++;
        }

        p += 2;
    }

    return p;
}


static ngx_uint_t
ngx_rtalpha_scalar_is_int(const u_char *p, const u_char *last)
{
    ngx_uint_t     base;
    const u_char  *q;

    if (*p == '-' || *p == '+') {
        p++;
    }

    if (p == last || *p < '0' || *p > '9') {
        return 0;
    }

    if (*p != '0') {
        p = ngx_rtalpha_scalar_run(p, last, 10);

        return p == last
               || (*p == ':' && ngx_rtalpha_scalar_sixties(p, last) == last);
    }

    if (++p == last) {
        return 1;
    }

    base = 8;

    if (*p == 'b' || *p == 'x') {
        base = (*p++ == 'b') ? 2 : 16;
    }

    q = ngx_rtalpha_scalar_underscores(p, last);

    return q < last && ngx_rtalpha_scalar_run(p, last, base) == last;
}


/* [eE][-+]?[0-9]+ up to the end */

static ngx_uint_t
ngx_rtalpha_scalar_is_exponent(const u_char *p, const u_char *last)
{
    if (p == last || (*p | 0x20) != 'e') {
        return 0;
    }

    p++;

    if (p < last && (*p == '-' || *p == '+')) {
        p++;
    }

    if (p == last) {
        return 0;
    }

    while (p < last && *p >= '0' && *p <= '9') {
        p++;
    }

    return p == last;
}


#define ngx_rtalpha_scalar_is(p, last, s)                                     \
    ((size_t) (last - p) == sizeof(s) - 1                                     \
     && ngx_memcmp(p, s, sizeof(s) - 1) == 0)


static ngx_uint_t
ngx_rtalpha_scalar_is_float(const u_char *p, const u_char *last)
{
    const u_char  *q;

    if (ngx_rtalpha_scalar_is(p, last, ".nan")
        || ngx_rtalpha_scalar_is(p, last, ".NaN")
        || ngx_rtalpha_scalar_is(p, last, ".NAN"))
    {
        return 1;
    }

    if (*p == '-' || *p == '+') {
        p++;
    }

    if (ngx_rtalpha_scalar_is(p, last, ".inf")
        || ngx_rtalpha_scalar_is(p, last, ".Inf")
        || ngx_rtalpha_scalar_is(p, last, ".INF"))
    {
        return 1;
    }

    if (p == last) {
        return 0;
    }

    if (*p == '.') {
        q = ngx_rtalpha_scalar_run(++p, last, 10);

        return q > p
               && (q == last || ngx_rtalpha_scalar_is_exponent(q, last));
    }

    if (*p < '0' || *p > '9') {
        return 0;
    }

    p = ngx_rtalpha_scalar_run(p, last, 10);

    if (p < last && *p == ':') {
        p = ngx_rtalpha_scalar_sixties(p, last);

        return p < last && *p == '.'
               && ngx_rtalpha_scalar_run(p + 1, last, 10) == last;
    }

    if (p < last && *p == '.') {
        p = ngx_rtalpha_scalar_run(p + 1, last, 10);

        return p == last || ngx_rtalpha_scalar_is_exponent(p, last);
    }

    return ngx_rtalpha_scalar_is_exponent(p, last);
}


/* one of three spellings: yes, Yes, YES */

static ngx_uint_t
ngx_rtalpha_scalar_is_word(const ngx_str_t *text, const char *word)
{
    size_t      i, n;
    ngx_uint_t  upper;

    n = ngx_strlen(word);

    if (text->len != n || (text->data[0] | 0x20) != word[0]) {
        return 0;
    }

    upper = (text->data[0] < 'a' && n > 1 && text->data[1] < 'a');

    for (i = 1; i < n; i++) {
        if (text->data[i] != (u_char) (upper ? word[i] & ~0x20 : word[i])) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_rtalpha_scalar_resolve(const ngx_str_t *text)
{
    const u_char  *p, *last;

    p = text->data;
    last = p + text->len;

    if (text->len == 0) {
        return NGX_RTALPHA_SCALAR_NULL;
    }

    switch (*p) {

    case 'y': case 'Y': case 'n': case 'N': case 't': case 'T': case 'f':
    case 'F': case 'o': case 'O':

        if (ngx_rtalpha_scalar_is_word(text, "null")) {
            return NGX_RTALPHA_SCALAR_NULL;
        }

        if (ngx_rtalpha_scalar_is_word(text, "true")
            || ngx_rtalpha_scalar_is_word(text, "false")
            || ngx_rtalpha_scalar_is_word(text, "yes")
            || ngx_rtalpha_scalar_is_word(text, "no")
            || ngx_rtalpha_scalar_is_word(text, "on")
            || ngx_rtalpha_scalar_is_word(text, "off"))
        {
            return NGX_RTALPHA_SCALAR_BOOL;
        }

        return NGX_RTALPHA_SCALAR_STR;

    case '-': case '+': case '.': case '0': case '1': case '2': case '3':
    case '4': case '5': case '6': case '7': case '8': case '9':

        if (text->len > NGX_RTALPHA_SCALAR_MAX) {
            return NGX_RTALPHA_SCALAR_STR;
        }

        if (*p != '.' && ngx_rtalpha_scalar_is_int(p, last)) {
            return NGX_RTALPHA_SCALAR_INT;
        }

        return ngx_rtalpha_scalar_is_float(p, last) ? NGX_RTALPHA_SCALAR_FLOAT
                                                    : NGX_RTALPHA_SCALAR_STR;

    case '<':
        return ngx_rtalpha_scalar_is(p, last, "<<") ? NGX_RTALPHA_SCALAR_MERGE
                                                    : NGX_RTALPHA_SCALAR_STR;

    case '~': case ' ':
        return (text->len == 1) ? NGX_RTALPHA_SCALAR_NULL
                                : NGX_RTALPHA_SCALAR_STR;
    }

    return NGX_RTALPHA_SCALAR_STR;
}


/* in any case of letters; with a tag, any other text is null */

static void
ngx_rtalpha_scalar_bool(const ngx_str_t *text, ngx_uint_t *type,
    ngx_str_t *value)
{
    ngx_uint_t  i;

    static const ngx_str_t  words[] = {
        ngx_string("true"), ngx_string("false"), ngx_string("yes"),
        ngx_string("no"), ngx_string("on"), ngx_string("off")
    };

    for (i = 0; i < 6; i++) {
        if (words[i].len == text->len
            && ngx_strncasecmp(words[i].data, text->data, text->len) == 0)
        {
            *type = NGX_RTALPHA_PROP_BOOL;
            *value = words[i % 2];
            return;
        }
    }
}


ngx_int_t
ngx_rtalpha_scalar_value(ngx_pool_t *pool, ngx_uint_t tag,
    const ngx_str_t *text, ngx_uint_t *type, ngx_str_t *value)
{
    *type = NGX_RTALPHA_PROP_STRING;
    ngx_str_set(value, "");

    switch (tag) {

    case NGX_RTALPHA_SCALAR_INT:
        *type = NGX_RTALPHA_PROP_INT;
        return ngx_rtalpha_scalar_int(pool, text, value);

    case NGX_RTALPHA_SCALAR_FLOAT:
        *type = NGX_RTALPHA_PROP_FLOAT;
        return ngx_rtalpha_scalar_float(pool, text, value);

    case NGX_RTALPHA_SCALAR_BINARY:
        *type = NGX_RTALPHA_PROP_BINARY;
        return ngx_rtalpha_scalar_binary(pool, text, value);

    case NGX_RTALPHA_SCALAR_TIMESTAMP:
        *type = NGX_RTALPHA_PROP_DATE;
        return ngx_rtalpha_java_timestamp(pool, text, value);

    case NGX_RTALPHA_SCALAR_NULL:
        return NGX_OK;

    case NGX_RTALPHA_SCALAR_BOOL:
        ngx_rtalpha_scalar_bool(text, type, value);
        return NGX_OK;
    }

    *value = *text;

    return NGX_OK;
}


/* a copy without "_" and sign, ended by a zero byte */

static ngx_int_t
ngx_rtalpha_scalar_clean(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *digits, ngx_uint_t *minus)
{
    u_char  *p;
    size_t   i;

    p = ngx_pnalloc(pool, text->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    digits->data = p;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] != '_') {
            *p++ = text->data[i];
        }
    }

    *p = '\0';
    digits->len = p - digits->data;

    *minus = (digits->data[0] == '-');

    if (digits->len && (digits->data[0] == '-' || digits->data[0] == '+')) {
        digits->data++;
        digits->len--;
    }

    return digits->len ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_scalar_put_int(ngx_pool_t *pool, ngx_uint_t minus,
    const u_char *digits, size_t len, ngx_str_t *value)
{
    u_char  *p;

    while (len > 1 && *digits == '0') {
        digits++;
        len--;
    }

    minus = minus && *digits != '0';

    p = ngx_pnalloc(pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    if (minus) {
        *p++ = '-';
    }

    value->len = ngx_cpymem(p, digits, len) - value->data;

    return NGX_OK;
}


/* any number of binary, octal or hexadecimal digits, by limbs of 10^9 */

static ngx_int_t
ngx_rtalpha_scalar_convert(ngx_pool_t *pool, ngx_uint_t minus,
    const ngx_str_t *digits, ngx_uint_t bits, ngx_str_t *value)
{
    u_char      *p, *last, buf[NGX_RTALPHA_SCALAR_LIMBS * 9];
    uint32_t     limb[NGX_RTALPHA_SCALAR_LIMBS];
    uint64_t     carry;
    ngx_uint_t   i, n, shift;
    ngx_int_t    d;

    if (digits->len > NGX_RTALPHA_SCALAR_MAX || digits->len == 0) {
        return NGX_DECLINED;
    }

    n = 0;
    p = digits->data;
    last = p + digits->len;

    while (p < last) {
        carry = 0;

        /* as many digits as fit into 28 bits at a time */

        for (shift = 0; p < last && shift + bits <= 28; shift += bits, p++) {
            d = ngx_hextoi(p, 1);

            if (d == NGX_ERROR || d >= 1 << bits) {
                return NGX_DECLINED;
            }

            carry = carry << bits | (uint64_t) d;
        }

        for (i = 0; i < n; i++) {
            carry += (uint64_t) limb[i] << shift;
            limb[i] = (uint32_t) (carry % 1000000000);
            carry /= 1000000000;
        }

        if (carry) {
            limb[n++] = (uint32_t) carry;
        }
    }

    for (p = buf; n; n--) {
        p = ngx_sprintf(p, "%09uD", limb[n - 1]);
    }

    if (p == buf) {
        *p++ = '0';
    }

    return ngx_rtalpha_scalar_put_int(pool, minus, buf, p - buf, value);
}


/* hours:minutes:seconds, in the arithmetic of Java's int */

static ngx_int_t
ngx_rtalpha_scalar_sexagesimal(ngx_pool_t *pool, ngx_uint_t minus,
    const ngx_str_t *digits, ngx_str_t *value)
{
    u_char    *p, *last, buf[NGX_INT32_LEN + 1];
    off_t      n;
    uint32_t   sum, unit;

    sum = 0;
    unit = 1;
    last = digits->data + digits->len;

    do {
        for (p = last; p > digits->data && p[-1] != ':'; p--) { /* void */ }

        n = ngx_atoof(p, last - p);
        if (n == NGX_ERROR) {
            return NGX_DECLINED;
        }

        sum += (uint32_t) ((uint64_t) n * (uint64_t) (int64_t) (int32_t) unit);
        unit *= 60;

        if (p > digits->data) {
            last = p - 1;
        }

    } while (p > digits->data);

    if ((int32_t) sum < 0) {
        if (minus) {
            return NGX_DECLINED;
        }

        minus = 1;
        sum = 0 - sum;
    }

    p = ngx_sprintf(buf, "%uD", sum);

    return ngx_rtalpha_scalar_put_int(pool, minus, buf, p - buf, value);
}


static ngx_int_t
ngx_rtalpha_scalar_int(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *value)
{
    size_t      i;
    ngx_int_t   rc;
    ngx_str_t   digits;
    ngx_uint_t  minus;

    rc = ngx_rtalpha_scalar_clean(pool, text, &digits, &minus);
    if (rc != NGX_OK) {
        return rc;
    }

    if (digits.data[0] == '0' && digits.len > 1) {

        switch (digits.data[1]) {

        case 'b':
            digits.data += 2;
            digits.len -= 2;
            return ngx_rtalpha_scalar_convert(pool, minus, &digits, 1, value);

        case 'x':
            digits.data += 2;
            digits.len -= 2;
            return ngx_rtalpha_scalar_convert(pool, minus, &digits, 4, value);
        }

        digits.data++;
        digits.len--;

        return ngx_rtalpha_scalar_convert(pool, minus, &digits, 3, value);
    }

    for (i = 0; i < digits.len; i++) {
        if (digits.data[i] == ':') {
            return ngx_rtalpha_scalar_sexagesimal(pool, minus, &digits, value);
        }

        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return NGX_DECLINED;
        }
    }

    return ngx_rtalpha_scalar_put_int(pool, minus, digits.data, digits.len,
                                      value);
}


/* the decimal numbers that Double.valueOf() takes, and strtod() as well */

static ngx_int_t
ngx_rtalpha_scalar_parse_double(u_char *p, u_char *last, double *d)
{
    u_char      *end;
    ngx_uint_t   digits;

    digits = 0;

    for (end = p; end < last && *end >= '0' && *end <= '9'; end++) {
        digits++;
    }

    if (end < last && *end == '.') {
        for (end++; end < last && *end >= '0' && *end <= '9'; end++) {
            digits++;
        }
    }

    if (digits == 0
        || (end < last && !ngx_rtalpha_scalar_is_exponent(end, last)))
    {
        return NGX_DECLINED;
    }

    *d = strtod((char *) p, NULL);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_scalar_parse_float(ngx_str_t *digits, double *d)
{
    u_char    *p, *last;
    double     part;
    int32_t    unit;

    *d = 0;
    unit = 1;
    last = digits->data + digits->len;

    if (ngx_strlchr(digits->data, last, ':') == NULL) {
        return ngx_rtalpha_scalar_parse_double(digits->data, last, d);
    }

    do {
        *last = '\0';

        for (p = last; p > digits->data && p[-1] != ':'; p--) { /* void */ }

        if (ngx_rtalpha_scalar_parse_double(p, last, &part) != NGX_OK) {
            return NGX_DECLINED;
        }

        *d += part * unit;
        unit = (int32_t) ((uint32_t) unit * 60);

        if (p > digits->data) {
            last = p - 1;
        }

    } while (p > digits->data);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_scalar_float(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *value)
{
    u_char      *p;
    double       d;
    ngx_int_t    rc;
    ngx_str_t    digits;
    ngx_uint_t   minus;

    rc = ngx_rtalpha_scalar_clean(pool, text, &digits, &minus);
    if (rc != NGX_OK) {
        return rc;
    }

    if (digits.len == 4
        && ngx_strncasecmp(digits.data, (u_char *) ".inf", 4) == 0)
    {
        if (minus) {
            ngx_str_set(value, "-Infinity");

        } else {
            ngx_str_set(value, "Infinity");
        }

        return NGX_OK;
    }

    if (digits.len == 4
        && ngx_strncasecmp(digits.data, (u_char *) ".nan", 4) == 0)
    {
        ngx_str_set(value, "NaN");
        return NGX_OK;
    }

    if (ngx_rtalpha_scalar_parse_float(&digits, &d) != NGX_OK) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(pool, NGX_RTALPHA_JAVA_DOUBLE_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;
    value->len = ngx_rtalpha_java_double(p, minus ? -d : d) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_scalar_binary(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *value)
{
    u_char     c, *p;
    size_t     i;
    ngx_str_t  src, bytes;

    src.data = ngx_pnalloc(pool, text->len + 1);
    bytes.data = ngx_pnalloc(pool, ngx_base64_decoded_length(text->len));
    value->data = ngx_pnalloc(pool, ngx_base64_encoded_length(text->len));

    if (src.data == NULL || bytes.data == NULL || value->data == NULL) {
        return NGX_ERROR;
    }

    p = src.data;

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (c != ' ' && (c < '\t' || c > '\r')) {
            *p++ = c;
        }
    }

    src.len = p - src.data;

    if (ngx_decode_base64(&bytes, &src) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_encode_base64(value, &bytes);

    return NGX_OK;
}
