
/*
 * Wildcards: one walk over the text, which goes back to the last star where
 * the pattern does not fit.
 */


#include "ngx_rtalpha_glob.h"


static ngx_uint_t
ngx_rtalpha_glob_walk(const u_char *p, const u_char *pe, const u_char *s,
    const u_char *se, ngx_uint_t ant)
{
    const u_char  *star, *mark;

    star = NULL;
    mark = NULL;

    while (s < se) {

        if (p < pe && *p == '*') {
            star = p++;
            mark = s;

        } else if (p < pe && (*p == *s || (ant && *p == '?'))) {
            p++;
            s++;

        } else if (star) {
            p = star + 1;
            s = ++mark;

        } else {
            return 0;
        }
    }

    while (p < pe && *p == '*') {
        p++;
    }

    return p == pe;
}


ngx_uint_t
ngx_rtalpha_glob(const ngx_str_t *pattern, const ngx_str_t *text)
{
    return ngx_rtalpha_glob_walk(pattern->data, pattern->data + pattern->len,
                                 text->data, text->data + text->len, 0);
}


ngx_uint_t
ngx_rtalpha_glob_ant(const u_char *pattern, size_t plen, const u_char *text,
    size_t len)
{
    return ngx_rtalpha_glob_walk(pattern, pattern + plen, text, text + len, 1);
}
