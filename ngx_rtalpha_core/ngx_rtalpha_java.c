
/*
 * Numbers and points in time as text, the way Java and Jackson write them.
 */


#include "ngx_rtalpha_java.h"

#include <stdio.h>
#include <stdlib.h>


/*
 * The fewest digits, but at least two, that read back as the same number.
 * A number that has a form of up to 15 digits is printed as it with 15,
 * but for zeros at the end; the smallest ones need every length tried.
 */

static void
ngx_rtalpha_java_shortest(char *buf, size_t size, double d)
{
    int  n;

    n = (d < 2.3e-308) ? 2 : 15;

    do {
        (void) snprintf(buf, size, "%.*e", n - 1, d);
    } while (strtod(buf, NULL) != d && ++n <= 17);
}


u_char *
ngx_rtalpha_java_double(u_char *p, double d)
{
    int     exponent, i, n;
    char   *e, buf[NGX_RTALPHA_JAVA_DOUBLE_LEN];

    if (d != d) {
        return ngx_cpymem(p, "NaN", 3);
    }

    if (d < 0 || (d == 0 && 1 / d < 0)) {
        *p++ = '-';
        d = -d;
    }

    if (d == 0) {
        return ngx_cpymem(p, "0.0", 3);
    }

    if (d > 1.7976931348623157e308) {
        return ngx_cpymem(p, "Infinity", 8);
    }

    ngx_rtalpha_java_shortest(buf, sizeof(buf), d);

    e = strchr(buf, 'e');
    exponent = atoi(e + 1);

    /* d.ddd becomes dddd */

    n = (int) (e - buf) - 1;
    ngx_memmove(buf + 1, buf + 2, n - 1);

    while (n > 1 && buf[n - 1] == '0') {
        n--;
    }

    if (exponent < -3 || exponent >= 7) {
        *p++ = buf[0];
        *p++ = '.';
        p = (n > 1) ? ngx_cpymem(p, buf + 1, n - 1) : ngx_cpymem(p, "0", 1);

        return ngx_sprintf(p, "E%i", (ngx_int_t) exponent);
    }

    if (exponent < 0) {
        p = ngx_cpymem(p, "0.", 2);

        for (i = -1; i > exponent; i--) {
            *p++ = '0';
        }

        return ngx_cpymem(p, buf, n);
    }

    for (i = 0; i <= exponent; i++) {
        *p++ = (i < n) ? (u_char) buf[i] : '0';
    }

    *p++ = '.';

    if (i >= n) {
        *p++ = '0';
        return p;
    }

    return ngx_cpymem(p, buf + i, n - i);
}


static ngx_int_t
ngx_rtalpha_java_number(const u_char **p, const u_char *last,
    ngx_uint_t min, ngx_uint_t max)
{
    ngx_int_t   n;
    ngx_uint_t  i;

    n = 0;

    for (i = 0; i < max && *p < last && **p >= '0' && **p <= '9'; i++) {
        n = n * 10 + *(*p)++ - '0';
    }

    return (i < min) ? NGX_ERROR : n;
}


/* days since 1970-01-01 of a date in the Gregorian calendar */

static int64_t
ngx_rtalpha_java_days(int64_t y, int64_t m, int64_t d)
{
    int64_t  era;

    y += (m - 1) / 12;
    m = (m - 1) % 12 + 1;

    if (m < 1) {
        m += 12;
        y--;
    }

    if (m < 3) {
        m += 12;
        y--;
    }

    era = (y >= 0 ? y : y - 399) / 400;
    y -= era * 400;

    return era * 146097 + y * 365 + y / 4 - y / 100 + (153 * (m - 3) + 2) / 5
           + d - 1 - 719468;
}


static void
ngx_rtalpha_java_print_time(ngx_str_t *value, int64_t ms)
{
    int64_t  days, era, day, year, m;

    days = (ms >= 0 ? ms : ms - 86399999) / 86400000;
    ms -= days * 86400000;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day = days - era * 146097;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    m = (5 * day + 2) / 153;
    day -= (153 * m + 2) / 5;
    m += (m < 10) ? 3 : -9;
    year += era * 400 + (m <= 2);

    value->len = ngx_sprintf(value->data,
                             "%04L-%02L-%02LT%02L:%02L:%02L.%03L+00:00",
                             year, m, day + 1, ms / 3600000,
                             ms / 60000 % 60, ms / 1000 % 60, ms % 1000)
                 - value->data;
}


/* [-+]hh[:mm], in milliseconds; "Z" and nothing are 0 */

static ngx_int_t
ngx_rtalpha_java_zone(const u_char *p, const u_char *last, int64_t *zone)
{
    ngx_int_t   h, m;
    ngx_uint_t  minus;

    *zone = 0;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    if (p == last) {
        return NGX_OK;
    }

    if (*p == 'Z') {
        return (p + 1 == last) ? NGX_OK : NGX_DECLINED;
    }

    if (*p != '-' && *p != '+') {
        return NGX_DECLINED;
    }

    minus = (*p++ == '-');
    m = 0;

    h = ngx_rtalpha_java_number(&p, last, 1, 2);

    if (h != NGX_ERROR && p < last && *p == ':') {
        p++;
        m = ngx_rtalpha_java_number(&p, last, 2, 2);
    }

    if (h == NGX_ERROR || m == NGX_ERROR || p != last) {
        return NGX_DECLINED;
    }

    *zone = (h * 60 + m) * 60000;
    *zone = minus ? -*zone : *zone;

    return NGX_OK;
}


/* hh:mm:ss[.fraction][zone], in milliseconds */

static ngx_int_t
ngx_rtalpha_java_time(const u_char *p, const u_char *last, int64_t *ms)
{
    int64_t     zone, fraction, unit;
    ngx_int_t   h, m, s;

    h = ngx_rtalpha_java_number(&p, last, 1, 2);

    if (h == NGX_ERROR || p == last || *p++ != ':') {
        return NGX_DECLINED;
    }

    m = ngx_rtalpha_java_number(&p, last, 2, 2);

    if (m == NGX_ERROR || p == last || *p++ != ':') {
        return NGX_DECLINED;
    }

    s = ngx_rtalpha_java_number(&p, last, 2, 2);

    if (s == NGX_ERROR) {
        return NGX_DECLINED;
    }

    fraction = 0;

    if (p < last && *p == '.') {
        unit = 1000;

        for (p++; p < last && *p >= '0' && *p <= '9'; p++) {
            unit /= 10;
            fraction += (*p - '0') * unit;
        }
    }

    if (ngx_rtalpha_java_zone(p, last, &zone) != NGX_OK) {
        return NGX_DECLINED;
    }

    *ms = ((h * 60 + m) * 60 + s) * 1000 + fraction - zone;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_java_timestamp(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *value)
{
    int64_t        ms;
    ngx_int_t      y, m, d;
    const u_char  *p, *last;

    p = text->data;
    last = p + text->len;
    m = NGX_ERROR;
    d = NGX_ERROR;
    ms = 0;

    y = ngx_rtalpha_java_number(&p, last, 4, 4);

    if (y != NGX_ERROR && p < last && *p++ == '-') {
        m = ngx_rtalpha_java_number(&p, last, 1, 2);
    }

    if (m != NGX_ERROR && p < last && *p++ == '-') {
        d = ngx_rtalpha_java_number(&p, last, 1, 2);
    }

    if (d == NGX_ERROR) {
        return NGX_DECLINED;
    }

    if (p < last) {
        if (*p != 'T' && *p != 't' && *p != ' ' && *p != '\t') {
            return NGX_DECLINED;
        }

        for (p++; p < last && (*p == ' ' || *p == '\t'); p++) { /* void */ }

        if (ngx_rtalpha_java_time(p, last, &ms) != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    value->data = ngx_pnalloc(pool, sizeof("-2147483648-00-00T00:00:00.000"
                                           "+00:00"));
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    ms += ngx_rtalpha_java_days(y, m, d) * 86400000;
    ngx_rtalpha_java_print_time(value, ms);

    return NGX_OK;
}
