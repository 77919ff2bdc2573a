
/*
 * Values as Spring's binder reads them: numbers, durations, sizes, booleans.
 */


#include "ngx_rtalpha_bind.h"

#include <stdlib.h>


#define NGX_RTALPHA_BIND_NUMBER  64     /* longest text of a decimal */


typedef struct {
    ngx_str_t   suffix;
    uint64_t    nsec;
} ngx_rtalpha_bind_unit_t;


static const ngx_rtalpha_bind_unit_t  ngx_rtalpha_bind_units[] = {
    { ngx_string("ns"), 1 },
    { ngx_string("us"), 1000 },
    { ngx_string("ms"), 1000000 },
    { ngx_string("s"), 1000000000ULL },
    { ngx_string("m"), 60000000000ULL },
    { ngx_string("h"), 3600000000000ULL },
    { ngx_string("d"), 86400000000000ULL },
    { ngx_null_string, 0 }
};


/* position after digits; NULL: no digit, or too large for an ngx_int_t */

static u_char *
ngx_rtalpha_bind_digits(u_char *p, u_char *last, uint64_t *n)
{
    u_char  *from;

    *n = 0;

    for (from = p; p < last && *p >= '0' && *p <= '9'; p++) {
        if (*n > (NGX_MAX_INT_T_VALUE - 9) / 10) {
            return NULL;
        }

        *n = *n * 10 + (*p - '0');
    }

    return (p > from) ? p : NULL;
}


ngx_int_t
ngx_rtalpha_bind_flag(const ngx_str_t *text, ngx_flag_t *value)
{
    ngx_uint_t  i;

    static const ngx_str_t  words[] = {
        ngx_string("true"), ngx_string("on"), ngx_string("yes"),
        ngx_string("1"), ngx_string("false"), ngx_string("off"),
        ngx_string("no"), ngx_string("0")
    };

    for (i = 0; i < 8; i++) {
        if (text->len == words[i].len
            && ngx_strncasecmp(text->data, words[i].data, text->len) == 0)
        {
            *value = (i < 4);
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


/* "0.85", "8.5E-1": what Double.toString() may print of a number */

static ngx_int_t
ngx_rtalpha_bind_decimal(const ngx_str_t *text, double *value)
{
    size_t   i;
    char    *end, buf[NGX_RTALPHA_BIND_NUMBER];

    if (text->len == 0 || text->len >= sizeof(buf)) {
        return NGX_ERROR;
    }

    for (i = 0; i < text->len; i++) {
        if ((text->data[i] < '0' || text->data[i] > '9')
            && ngx_strlchr((u_char *) "+-.eE", (u_char *) "+-.eE" + 5,
                           text->data[i])
               == NULL)
        {
            return NGX_ERROR;
        }

        buf[i] = (char) text->data[i];
    }

    buf[i] = '\0';
    *value = strtod(buf, &end);

    return (end == buf + text->len) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_bind_fraction(const ngx_str_t *text, ngx_int_t *value)
{
    double  d;

    if (ngx_rtalpha_bind_decimal(text, &d) != NGX_OK
        || d > 2147483647.0 || d < -2147483647.0)
    {
        return NGX_ERROR;
    }

    *value = (ngx_int_t) (d * 1000000 + (d < 0 ? -0.5 : 0.5));

    return NGX_OK;
}


/* 1e6 in YAML is the text "1000000.0" */

ngx_int_t
ngx_rtalpha_bind_int(const ngx_str_t *text, ngx_int_t *value)
{
    u_char    *p, *last;
    double     d;
    uint64_t   n;

    p = text->data;
    last = p + text->len;

    if (p < last && (*p == '-' || *p == '+')) {
        p++;
    }

    p = ngx_rtalpha_bind_digits(p, last, &n);

    if (p == last && p != NULL) {
        *value = (text->data[0] == '-') ? - (ngx_int_t) n : (ngx_int_t) n;
        return NGX_OK;
    }

    if (ngx_rtalpha_bind_decimal(text, &d) != NGX_OK
        || d > 9007199254740992.0 || d < -9007199254740992.0
        || (double) (int64_t) d != d)
    {
        return NGX_ERROR;
    }

    *value = (ngx_int_t) d;

    return NGX_OK;
}


/*
 * The part of java.time.Duration that makes sense for time-outs: no signs,
 * fractions of seconds only.  PnDTnHnMn.nS
 */

static ngx_int_t
ngx_rtalpha_bind_iso_part(u_char **pos, u_char *last, ngx_uint_t time,
    uint64_t *msec)
{
    u_char    *p;
    uint64_t   n, fraction, scale;

    p = ngx_rtalpha_bind_digits(*pos, last, &n);

    if (p == NULL || p == last || n > NGX_MAX_INT32_VALUE) {
        return NGX_ERROR;
    }

    fraction = 0;

    if (*p == '.') {
        for (scale = 100, p++; p < last && *p >= '0' && *p <= '9'; p++) {
            fraction += (*p - '0') * scale;
            scale /= 10;
        }

        if (p == last || (*p | 0x20) != 's') {
            return NGX_ERROR;
        }
    }

    *pos = p + 1;

    switch (*p | 0x20) {

    case 'd':
        *msec += n * 86400000;
        return time ? NGX_ERROR : NGX_OK;

    case 'h':
        *msec += n * 3600000;
        break;

    case 'm':
        *msec += n * 60000;
        break;

    case 's':
        *msec += n * 1000 + fraction;
        break;

    default:
        return NGX_ERROR;
    }

    return time ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_bind_iso(u_char *p, u_char *last, ngx_msec_t *value)
{
    uint64_t    msec;
    ngx_uint_t  time, parts;

    msec = 0;
    time = 0;

    for (parts = 0; p < last; parts++) {

        if (parts == 8) {
            return NGX_ERROR;
        }

        if ((*p | 0x20) == 't' && (time++ || ++p == last)) {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_bind_iso_part(&p, last, time, &msec) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (parts == 0) {
        return NGX_ERROR;
    }

    *value = (ngx_msec_t) msec;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_bind_msec(const ngx_str_t *text, ngx_msec_t unit,
    ngx_msec_t *value)
{
    u_char                         *p, *last;
    uint64_t                        n, nsec;
    const ngx_rtalpha_bind_unit_t  *u;

    p = text->data;
    last = p + text->len;

    if (p < last && (*p | 0x20) == 'p') {
        return ngx_rtalpha_bind_iso(p + 1, last, value);
    }

    if (p < last && *p == '+') {
        p++;
    }

    p = ngx_rtalpha_bind_digits(p, last, &n);
    if (p == NULL) {
        return NGX_ERROR;
    }

    nsec = (uint64_t) unit * 1000000;

    if (p < last) {
        for (u = ngx_rtalpha_bind_units; u->nsec; u++) {
            if ((size_t) (last - p) == u->suffix.len
                && ngx_strncasecmp(p, u->suffix.data, u->suffix.len) == 0)
            {
                break;
            }
        }

        nsec = u->nsec;
    }

    if (nsec == 0) {
        return NGX_ERROR;
    }

    if (nsec < 1000000) {
        *value = (ngx_msec_t) (n / (1000000 / nsec));
        return NGX_OK;
    }

    if (n > NGX_MAX_INT_T_VALUE / (nsec / 1000000)) {
        return NGX_ERROR;
    }

    *value = (ngx_msec_t) (n * (nsec / 1000000));

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_bind_size(const ngx_str_t *text, size_t *value)
{
    u_char      *p, *last;
    uint64_t     n;
    ngx_uint_t   shift;

    p = text->data;
    last = p + text->len;

    p = ngx_rtalpha_bind_digits(p, last, &n);
    if (p == NULL) {
        return NGX_ERROR;
    }

    shift = 0;

    if (p < last) {
        switch (*p | 0x20) {

        case 'k':
            shift = 10;
            break;

        case 'm':
            shift = 20;
            break;

        case 'g':
            shift = 30;
            break;

        case 't':
            shift = 40;
            break;
        }

        p += (shift != 0);

        if (p < last && (*p | 0x20) == 'b') {
            p++;
        }
    }

    if (p != last || n > ((uint64_t) NGX_MAX_INT_T_VALUE >> shift)) {
        return NGX_ERROR;
    }

    *value = (size_t) n << shift;

    return NGX_OK;
}
