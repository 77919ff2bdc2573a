
/*
 * Search places.  The order is that of the original: for each path, for each
 * profile, for each application; a directory counts where it comes first.
 */


#include "ngx_rtalpha_cfg_places.h"
#include "ngx_rtalpha_glob.h"


#define NGX_RTALPHA_CFG_PLACES_MAX  4096


static ngx_int_t
ngx_rtalpha_cfg_places_append(ngx_rtalpha_out_t *out, const ngx_str_t *pattern,
    size_t *i, const char *name, const ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (value == NULL || pattern->len - *i < len
        || ngx_memcmp(pattern->data + *i, name, len) != 0)
    {
        return NGX_DECLINED;
    }

    ngx_rtalpha_out_str(out, value);
    *i += len;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_places_fill(ngx_pool_t *pool, const ngx_str_t *pattern,
    const ngx_str_t *application, const ngx_str_t *profile,
    const ngx_str_t *label, ngx_str_t *result)
{
    size_t             i;
    ngx_rtalpha_out_t  out;

    if (ngx_strlchr(pattern->data, pattern->data + pattern->len, '{') == NULL)
    {
        *result = *pattern;
        return NGX_OK;
    }

    if (ngx_rtalpha_out_init(&out, pool, pattern->len + 64, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < pattern->len; /* void */ ) {

        if (pattern->data[i] == '{'
            && (ngx_rtalpha_cfg_places_append(&out, pattern, &i,
                                              "{application}", application)
                == NGX_OK
                || ngx_rtalpha_cfg_places_append(&out, pattern, &i,
                                                 "{profile}", profile)
                   == NGX_OK
                || ngx_rtalpha_cfg_places_append(&out, pattern, &i,
                                                 "{label}", label)
                   == NGX_OK))
        {
            continue;
        }

        ngx_rtalpha_out_char(&out, pattern->data[i++]);
    }

    return ngx_rtalpha_out_done(&out, result);
}


/* element by element; "**" takes any number of them, tried shortest first */

static ngx_uint_t
ngx_rtalpha_cfg_places_elements(u_char *p, u_char *pe, u_char *s, u_char *se,
    ngx_uint_t depth)
{
    u_char  *pend, *send;

    while (p < pe) {
        pend = ngx_strlchr(p, pe, '/');
        pend = pend ? pend : pe;

        if (pend - p == 2 && p[0] == '*' && p[1] == '*') {

            if (depth == 8) {
                return 0;
            }

            p = (pend < pe) ? pend + 1 : pe;

            for ( ;; ) {
                if (ngx_rtalpha_cfg_places_elements(p, pe, s, se, depth + 1)) {
                    return 1;
                }

                if (s == se) {
                    return 0;
                }

                send = ngx_strlchr(s, se, '/');
                s = send ? send + 1 : se;
            }
        }

        if (s == se) {
            return 0;
        }

        send = ngx_strlchr(s, se, '/');
        send = send ? send : se;

        if (!ngx_rtalpha_glob_ant(p, pend - p, s, send - s)) {
            return 0;
        }

        p = (pend < pe) ? pend + 1 : pe;
        s = (send < se) ? send + 1 : se;
    }

    return s == se;
}


ngx_uint_t
ngx_rtalpha_cfg_places_match(const ngx_str_t *pattern, const ngx_str_t *path)
{
    return ngx_rtalpha_cfg_places_elements(pattern->data,
               pattern->data + pattern->len, path->data,
               path->data + path->len, 0);
}


static ngx_int_t
ngx_rtalpha_cfg_places_push(ngx_array_t *places, const ngx_str_t *dir)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_place_t  *place;

    place = places->elts;

    for (i = 0; i < places->nelts; i++) {
        if (ngx_rtalpha_str_eq(&place[i].dir, dir)) {
            return NGX_OK;
        }
    }

    if (places->nelts == NGX_RTALPHA_CFG_PLACES_MAX) {
        return NGX_OK;
    }

    place = ngx_array_push(places);
    if (place == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(place, sizeof(ngx_rtalpha_cfg_place_t));
    place->dir = *dir;
    place->text = *dir;

    return NGX_OK;
}


/* one filled path: existing directories that it names or matches */

static ngx_int_t
ngx_rtalpha_cfg_places_dirs(ngx_rtalpha_cfg_places_t *p, ngx_str_t *path,
    ngx_array_t *places)
{
    u_char       *d;
    ngx_int_t     rc;
    ngx_str_t     pattern, *dir;
    ngx_uint_t    i;
    ngx_array_t   dirs;

    while (path->len && path->data[0] == '/') {
        path->data++;
        path->len--;
    }

    d = ngx_pnalloc(p->pool, path->len + 1);
    if (d == NULL) {
        return NGX_ERROR;
    }

    pattern.data = d;
    d = ngx_cpymem(d, path->data, path->len);

    if (path->len && d[-1] != '/') {
        *d++ = '/';
    }

    pattern.len = d - pattern.data;

    if (ngx_strlchr(pattern.data, d, '*') == NULL
        && ngx_strlchr(pattern.data, d, '?') == NULL)
    {
        rc = ngx_rtalpha_cfg_files_dir(p->files, &pattern);

        if (rc == NGX_OK) {
            return ngx_rtalpha_cfg_places_push(places, &pattern);
        }

        p->again |= (rc == NGX_AGAIN);

        return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
    }

    if (ngx_array_init(&dirs, p->pool, 16, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_files_dirs(p->files, &pattern, &dirs);

    if (rc == NGX_AGAIN) {
        p->again = 1;
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    dir = dirs.elts;

    for (i = 0; i < dirs.nelts; i++) {
        if (ngx_rtalpha_cfg_places_push(places, &dir[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* calls back for each pattern filled with each profile and application */

typedef ngx_int_t (*ngx_rtalpha_cfg_places_pt)(ngx_rtalpha_cfg_places_t *p,
    ngx_str_t *path, ngx_array_t *places);


static ngx_int_t
ngx_rtalpha_cfg_places_each(ngx_rtalpha_cfg_places_t *p, ngx_array_t *places,
    ngx_rtalpha_cfg_places_pt take)
{
    ngx_int_t    rc;
    ngx_str_t   *pattern, *profile, *application, path;
    ngx_uint_t   i, k, n;

    pattern = p->patterns->elts;
    profile = p->profiles->elts;
    application = p->applications->elts;

    for (i = 0; i < p->patterns->nelts; i++) {
        for (k = 0; k < p->profiles->nelts; k++) {
            for (n = 0; n < p->applications->nelts; n++) {

                if (ngx_rtalpha_cfg_places_fill(p->pool, &pattern[i],
                        &application[n], &profile[k], p->label, &path)
                    != NGX_OK)
                {
                    return NGX_ERROR;
                }

                rc = take(p, &path, places);

                if (rc != NGX_OK) {
                    return rc;
                }
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_places_git(ngx_rtalpha_cfg_places_t *p, ngx_array_t *places)
{
    ngx_int_t  rc;
    ngx_str_t  root;

    ngx_str_set(&root, "");

    if (ngx_rtalpha_cfg_places_push(places, &root) != NGX_OK) {
        return NGX_ERROR;
    }

    if (p->patterns == NULL) {
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_places_each(p, places, ngx_rtalpha_cfg_places_dirs);

    return rc == NGX_OK && p->again ? NGX_AGAIN : rc;
}


static ngx_int_t
ngx_rtalpha_cfg_places_slash(ngx_pool_t *pool, const ngx_str_t *path,
    const ngx_str_t *tail, ngx_str_t *result)
{
    u_char  *d;

    d = ngx_pnalloc(pool, path->len + tail->len + 2);
    if (d == NULL) {
        return NGX_ERROR;
    }

    result->data = d;
    d = ngx_cpymem(d, path->data, path->len);
    d = ngx_cpymem(d, tail->data, tail->len);

    if (d == result->data || d[-1] != '/' || tail->len) {
        *d++ = '/';
    }

    result->len = d - result->data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_places_native_one(ngx_rtalpha_cfg_places_t *p,
    ngx_str_t *path, ngx_array_t *places)
{
    ngx_str_t  dir, none;

    ngx_str_set(&none, "");

    if (ngx_rtalpha_cfg_places_slash(p->pool, path, &none, &dir) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_cfg_places_push(places, &dir);
}


ngx_int_t
ngx_rtalpha_cfg_places_native(ngx_rtalpha_cfg_places_t *p,
    const ngx_array_t *labels, ngx_array_t *places)
{
    u_char      *d;
    ngx_str_t   *label, *pattern, base, dir, none;
    ngx_uint_t   i, k;

    if (ngx_rtalpha_cfg_places_each(p, places,
                                    ngx_rtalpha_cfg_places_native_one)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&none, "");
    pattern = p->patterns->elts;

    for (i = 0; labels && i < p->patterns->nelts; i++) {

        /* there are no labels below a location with placeholders */

        if (ngx_strlchr(pattern[i].data, pattern[i].data + pattern[i].len,
                        '{'))
        {
            continue;
        }

        if (ngx_rtalpha_cfg_places_slash(p->pool, &pattern[i], &none, &base)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        label = labels->elts;

        for (k = 0; k < labels->nelts; k++) {
            dir.len = base.len + label[k].len + 1;

            d = ngx_pnalloc(p->pool, dir.len);
            if (d == NULL) {
                return NGX_ERROR;
            }

            dir.data = d;
            ngx_sprintf(d, "%V%V/", &base, &label[k]);

            if (ngx_rtalpha_cfg_places_push(places, &dir) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}
