
/*
 * Values as Spring's binder reads them: durations, sizes, booleans.
 */


#include "ngx_rtalpha_bind.h"


typedef struct {
    ngx_str_t   suffix;
    uint64_t    nsec;
} ngx_rtalpha_bind_unit_t;


static ngx_int_t ngx_rtalpha_bind_iso(u_char *p, u_char *last,
    ngx_msec_t *value);
static u_char *ngx_rtalpha_bind_digits(u_char *p, u_char *last, uint64_t *n);


static ngx_rtalpha_bind_unit_t  ngx_rtalpha_bind_units[] = {
    { ngx_string("ns"), 1 },
    { ngx_string("us"), 1000 },
    { ngx_string("ms"), 1000000 },
    { ngx_string("s"), 1000000000ULL },
    { ngx_string("m"), 60000000000ULL },
    { ngx_string("h"), 3600000000000ULL },
    { ngx_string("d"), 86400000000000ULL },
    { ngx_null_string, 0 }
};


ngx_int_t
ngx_rtalpha_bind_flag(const ngx_str_t *text, ngx_flag_t *value)
{
    ngx_uint_t         i;

    static ngx_str_t   words[] = {
        ngx_string("true"), ngx_string("on"), ngx_string("yes"),
        ngx_string("1"), ngx_string("false"), ngx_string("off"),
        ngx_string("no"), ngx_string("0")
    };

    for (i = 0; i < 8; i++) {
        if (text->len == words[i].len
            && ngx_strncasecmp(text->data, words[i].data, text->len) == 0)
        {
            *value = i < 4;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


/* "10s", "500", "PT1M30S"; a bare number counts in units of unit ms */

ngx_int_t
ngx_rtalpha_bind_msec(const ngx_str_t *text, ngx_msec_t unit,
    ngx_msec_t *value)
{
    u_char                   *p, *last;
    uint64_t                  n, nsec;
    ngx_rtalpha_bind_unit_t  *u;

    p = text->data;
    last = p + text->len;

    if (p < last && (*p == 'P' || *p == 'p')) {
        return ngx_rtalpha_bind_iso(p + 1, last, value);
    }

    if (p < last && *p == '+') {
        p++;
    }

    p = ngx_rtalpha_bind_digits(p, last, &n);
    if (p == NULL) {
        return NGX_ERROR;
    }

    nsec = unit * 1000000ULL;

    if (p < last) {
        for (u = ngx_rtalpha_bind_units; u->nsec; u++) {
            if ((size_t) (last - p) == u->suffix.len
                && ngx_strncasecmp(p, u->suffix.data, u->suffix.len) == 0)
            {
                break;
            }
        }

        if (u->nsec == 0) {
            return NGX_ERROR;
        }

        nsec = u->nsec;
    }

    if (nsec >= 1000000) {
        if (n > NGX_MAX_INT_T_VALUE / (nsec / 1000000)) {
            return NGX_ERROR;
        }

        *value = n * (nsec / 1000000);

    } else {
        *value = n / (1000000 / nsec);
    }

    return NGX_OK;
}


/* java.time.Duration without signs and fractions other than of seconds */

static ngx_int_t
ngx_rtalpha_bind_iso(u_char *p, u_char *last, ngx_msec_t *value)
{
    uint64_t    n, fraction, scale, msec;
    ngx_uint_t  time, parts;

    msec = 0;
    time = 0;

    for (parts = 0; p < last; parts++) {

        if (*p == 'T' || *p == 't') {
            if (time++ || ++p == last) {
                return NGX_ERROR;
            }
        }

        p = ngx_rtalpha_bind_digits(p, last, &n);

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

        switch (*p++ | 0x20) {
        case 'd':
            if (time) {
                return NGX_ERROR;
            }
            msec += n * 86400000;
            break;
        case 'h':
            msec += n * 3600000;
            break;
        case 'm':
            msec += n * 60000;
            break;
        case 's':
            msec += n * 1000 + fraction;
            break;
        default:
            return NGX_ERROR;
        }
    }

    *value = msec;

    return parts ? NGX_OK : NGX_ERROR;
}


/* "10MB"; a bare number counts bytes */

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

        p += shift != 0;

        if (p < last && (*p | 0x20) == 'b') {
            p++;
        }
    }

    if (p != last || n > ((uint64_t) NGX_MAX_SIZE_T_VALUE >> shift)) {
        return NGX_ERROR;
    }

    *value = (size_t) n << shift;

    return NGX_OK;
}


/* NULL: no digit, or more than an int64_t */

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

    return p > from ? p : NULL;
}
