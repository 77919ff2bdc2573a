
/*
 * Preferences: "respond-async, wait=100; x=y".
 */


#include "ngx_rtalpha_prefer.h"


/* the end of a preference: a comma outside quotes */

static u_char *
ngx_rtalpha_prefer_end(u_char *p, u_char *last)
{
    ngx_uint_t  quoted;

    for (quoted = 0; p < last; p++) {

        if (quoted && *p == '\\' && last - p > 1) {
            p++;

        } else if (*p == '"') {
            quoted = !quoted;

        } else if (*p == ',' && !quoted) {
            break;
        }
    }

    return p;
}


static u_char *
ngx_rtalpha_prefer_blanks(u_char *p, u_char *last)
{
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}


/* the number after "wait", which p is behind; 0: none */

static ngx_uint_t
ngx_rtalpha_prefer_number(u_char *p, u_char *last, ngx_uint_t max)
{
    ngx_uint_t  n, quoted;

    p = ngx_rtalpha_prefer_blanks(p, last);

    if (p == last || *p != '=') {
        return 0;
    }

    p = ngx_rtalpha_prefer_blanks(p + 1, last);
    quoted = (p < last && *p == '"');
    n = 0;

    for (p += quoted; p < last && *p >= '0' && *p <= '9'; p++) {
        n = ngx_min(n * 10 + (*p - '0'), max);
    }

    if (quoted) {
        if (p == last || *p != '"') {
            return 0;
        }

        p++;
    }

    p = ngx_rtalpha_prefer_blanks(p, last);

    return (p == last || *p == ';') ? n : 0;
}


ngx_uint_t
ngx_rtalpha_prefer_wait(const ngx_str_t *value, ngx_uint_t max)
{
    u_char  *p, *last, *end;

    last = value->data + value->len;

    for (p = value->data; p < last; p = end + 1) {
        end = ngx_rtalpha_prefer_end(p, last);
        p = ngx_rtalpha_prefer_blanks(p, end);

        if (end - p >= 4 && ngx_strncasecmp(p, (u_char *) "wait", 4) == 0
            && (end - p == 4 || p[4] == '=' || p[4] == ' ' || p[4] == '\t'))
        {
            return ngx_rtalpha_prefer_number(p + 4, end, max);
        }
    }

    return 0;
}
