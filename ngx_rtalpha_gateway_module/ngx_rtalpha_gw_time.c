
/*
 * Date, time, fraction and offset, each by a function that moves the
 * position on.
 */


#include "ngx_rtalpha_gw_time.h"


static ngx_int_t ngx_rtalpha_gw_time_number(u_char **p, u_char *last,
    ngx_uint_t digits);
static ngx_int_t ngx_rtalpha_gw_time_fields(u_char **p, u_char *last,
    ngx_int_t *f);
static int64_t ngx_rtalpha_gw_time_fraction(u_char **p, u_char *last);
static ngx_int_t ngx_rtalpha_gw_time_offset(u_char **p, u_char *last,
    int64_t *minutes);
static int64_t ngx_rtalpha_gw_time_days(ngx_int_t y, ngx_int_t m,
    ngx_int_t d);


ngx_int_t
ngx_rtalpha_gw_time_parse(const ngx_str_t *text, uint64_t *ms)
{
    u_char     *p, *last;
    int64_t     value, minutes;
    ngx_int_t   f[6];

    p = text->data;
    last = p + text->len;

    if (ngx_rtalpha_gw_time_fields(&p, last, f) != NGX_OK) {
        return NGX_DECLINED;
    }

    value = ngx_rtalpha_gw_time_fraction(&p, last);

    if (ngx_rtalpha_gw_time_offset(&p, last, &minutes) != NGX_OK
        || (p != last && *p != '['))
    {
        return NGX_DECLINED;
    }

    value += (((ngx_rtalpha_gw_time_days(f[0], f[1], f[2]) * 24 + f[3]) * 60
               + f[4] - minutes)
              * 60 + f[5])
             * 1000;

    *ms = value > 0 ? (uint64_t) value : 1;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_time_number(u_char **p, u_char *last, ngx_uint_t digits)
{
    ngx_int_t  n;

    if ((ngx_uint_t) (last - *p) < digits) {
        return NGX_ERROR;
    }

    n = ngx_atoi(*p, digits);
    *p += digits;

    return n;
}


/* YYYY-MM-DDTHH:MM[:SS] */

static ngx_int_t
ngx_rtalpha_gw_time_fields(u_char **p, u_char *last, ngx_int_t *f)
{
    ngx_int_t  i;

    static u_char  before[] = "--T::";

    f[5] = 0;

    for (i = 0; i < 6; i++) {

        if (i && (*p == last || **p != before[i - 1])) {

            if (i == 5) {
                break;
            }

            return NGX_DECLINED;
        }

        *p += (i != 0);
        f[i] = ngx_rtalpha_gw_time_number(p, last, i ? 2 : 4);

        if (f[i] == NGX_ERROR) {
            return NGX_DECLINED;
        }
    }

    return (f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 23
            || f[4] > 59 || f[5] > 60)
           ? NGX_DECLINED : NGX_OK;
}


/* in ms */

static int64_t
ngx_rtalpha_gw_time_fraction(u_char **p, u_char *last)
{
    int64_t  ms, unit;

    if (*p == last || **p != '.') {
        return 0;
    }

    ms = 0;

    for (unit = 100, (*p)++; *p < last && **p >= '0' && **p <= '9'; (*p)++) {
        ms += (**p - '0') * unit;
        unit /= 10;
    }

    return ms;
}


/* "Z", "+hh:mm", "-hh" */

static ngx_int_t
ngx_rtalpha_gw_time_offset(u_char **p, u_char *last, int64_t *minutes)
{
    u_char     sign;
    ngx_int_t  h, m;

    *minutes = 0;

    if (*p == last) {
        return NGX_DECLINED;
    }

    sign = *(*p)++;

    if (sign == 'Z') {
        return NGX_OK;
    }

    if (sign != '+' && sign != '-') {
        return NGX_DECLINED;
    }

    h = ngx_rtalpha_gw_time_number(p, last, 2);
    m = 0;

    if (*p < last && **p == ':') {
        (*p)++;
        m = ngx_rtalpha_gw_time_number(p, last, 2);
    }

    if (h == NGX_ERROR || m == NGX_ERROR || h > 18 || m > 59) {
        return NGX_DECLINED;
    }

    *minutes = (sign == '-') ? -(h * 60 + m) : h * 60 + m;

    return NGX_OK;
}


/* since 1970-01-01, of the proleptic Gregorian calendar */

static int64_t
ngx_rtalpha_gw_time_days(ngx_int_t y, ngx_int_t m, ngx_int_t d)
{
    ngx_int_t  era, of_era, of_year;

    y -= (m <= 2);
    era = y / 400;
    of_era = y - era * 400;
    of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return (int64_t) era * 146097 + of_era * 365 + of_era / 4 - of_era / 100
           + of_year - 719468;
}
