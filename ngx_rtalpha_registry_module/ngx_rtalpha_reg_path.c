
/*
 * Paths and queries of the registry; see the header.
 */


#include "ngx_rtalpha_reg_path.h"


#define NGX_RTALPHA_REG_SEGMENTS  8


typedef struct {
    ngx_str_t     first;            /* of what follows /eureka[/v2] */
    ngx_uint_t    segments;
    ngx_str_t     last;             /* a fixed last segment, or empty */
    ngx_uint_t    resource;
    ngx_uint_t    name;             /* segment of the name; 0: none */
    ngx_uint_t    id;
} ngx_rtalpha_reg_route_t;


static ngx_int_t ngx_rtalpha_reg_path_split(const ngx_str_t *uri,
    ngx_str_t *raw, ngx_uint_t *n);
static ngx_int_t ngx_rtalpha_reg_path_decode(ngx_str_t *s, u_char **buf,
    ngx_uint_t query);
static ngx_uint_t ngx_rtalpha_reg_path_utf8(const ngx_str_t *s);
static ngx_uint_t ngx_rtalpha_reg_path_page(ngx_str_t *seg, ngx_uint_t n);
static void ngx_rtalpha_reg_path_route(ngx_str_t *seg, ngx_uint_t n,
    ngx_rtalpha_reg_path_t *path);


/* the more particular ones first */

static const ngx_rtalpha_reg_route_t  ngx_rtalpha_reg_routes[] = {
    { ngx_string("apps"), 1, ngx_null_string,
      NGX_RTALPHA_REG_PATH_APPS, 0, 0 },
    { ngx_string("apps"), 2, ngx_string("delta"),
      NGX_RTALPHA_REG_PATH_DELTA, 0, 0 },
    { ngx_string("apps"), 2, ngx_null_string,
      NGX_RTALPHA_REG_PATH_APP, 1, 0 },
    { ngx_string("apps"), 3, ngx_null_string,
      NGX_RTALPHA_REG_PATH_INSTANCE, 1, 2 },
    { ngx_string("apps"), 4, ngx_string("status"),
      NGX_RTALPHA_REG_PATH_STATUS, 1, 2 },
    { ngx_string("apps"), 4, ngx_string("metadata"),
      NGX_RTALPHA_REG_PATH_METADATA, 1, 2 },
    { ngx_string("instances"), 2, ngx_null_string,
      NGX_RTALPHA_REG_PATH_BY_ID, 0, 1 },
    { ngx_string("vips"), 2, ngx_null_string,
      NGX_RTALPHA_REG_PATH_VIP, 1, 0 },
    { ngx_string("svips"), 2, ngx_null_string,
      NGX_RTALPHA_REG_PATH_SVIP, 1, 0 },
    { ngx_string("peerreplication"), 2, ngx_string("batch"),
      NGX_RTALPHA_REG_PATH_BATCH, 0, 0 },
    { ngx_string("asg"), 3, ngx_string("status"),
      NGX_RTALPHA_REG_PATH_ASG, 1, 0 },
    { ngx_string("status"), 1, ngx_null_string,
      NGX_RTALPHA_REG_PATH_INFO, 0, 0 },
    { ngx_string("serverinfo"), 2, ngx_string("statusoverrides"),
      NGX_RTALPHA_REG_PATH_OVERRIDES, 0, 0 }
};


static const ngx_str_t  ngx_rtalpha_reg_allows[] = {
    ngx_string(""),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,POST,GET,OPTIONS"),
    ngx_string("HEAD,DELETE,GET,OPTIONS,PUT"),
    ngx_string("DELETE,OPTIONS,PUT"),
    ngx_string("OPTIONS,PUT"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("POST,OPTIONS"),
    ngx_string("OPTIONS,PUT"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS"),
    ngx_string("HEAD,GET,OPTIONS")
};


ngx_int_t
ngx_rtalpha_reg_path_parse(const ngx_str_t *uri, u_char *buf,
    ngx_rtalpha_reg_path_t *path)
{
    ngx_int_t    rc;
    ngx_str_t    seg[NGX_RTALPHA_REG_SEGMENTS];
    ngx_uint_t   i, n;

    ngx_memzero(path, sizeof(ngx_rtalpha_reg_path_t));

    rc = ngx_rtalpha_reg_path_split(uri, seg, &n);

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    path->resource = ngx_rtalpha_reg_path_page(seg, n);

    if (path->resource != NGX_RTALPHA_REG_PATH_NONE) {
        return NGX_OK;
    }

    if (n < 2 || !ngx_rtalpha_str_is(&seg[0], "eureka")) {
        return NGX_OK;
    }

    /* names are decoded, the fixed words are not: "%61pps" is no resource */

    for (i = 2; i < n; i++) {
        if (ngx_rtalpha_reg_path_decode(&seg[i], &buf, 0) != NGX_OK
            || !ngx_rtalpha_reg_path_utf8(&seg[i]))
        {
            return NGX_DECLINED;
        }
    }

    i = ngx_rtalpha_str_is(&seg[1], "v2") ? 2 : 1;

    ngx_rtalpha_reg_path_route(&seg[i], n - i, path);

    return NGX_OK;
}


/*
 * Cuts the path at slashes.  One trailing slash is allowed, other empty
 * segments are no resource (NGX_DECLINED), nor are "." and "..".
 */

static ngx_int_t
ngx_rtalpha_reg_path_split(const ngx_str_t *uri, ngx_str_t *seg,
    ngx_uint_t *n)
{
    u_char  *p, *last, *start, *semi;

    *n = 0;

    p = uri->data;
    last = uri->data + uri->len;

    /* a doubled slash at the front comes from a base URL that ends in one */

    if (p < last && *p == '/') {
        p++;
    }

    if (p < last && *p == '/') {
        p++;
    }

    while (p < last) {
        start = p;
        semi = NULL;

        while (p < last && *p != '/') {
            if (*p == ';' && semi == NULL) {
                semi = p;
            }

            p++;
        }

        if (*n == NGX_RTALPHA_REG_SEGMENTS) {
            return NGX_DECLINED;
        }

        seg[*n].data = start;
        seg[*n].len = (semi ? semi : p) - start;

        if (seg[*n].len == 0 || ngx_rtalpha_str_is(&seg[*n], ".")
            || ngx_rtalpha_str_is(&seg[*n], ".."))
        {
            return NGX_DECLINED;
        }

        (*n)++;
        p++;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_reg_path_page(ngx_str_t *seg, ngx_uint_t n)
{
    if (n == 0) {
        return NGX_RTALPHA_REG_PATH_PAGE;
    }

    if (n == 1 && ngx_rtalpha_str_is(&seg[0], "lastn")) {
        return NGX_RTALPHA_REG_PATH_LASTN;
    }

    if (n == 2 && ngx_rtalpha_str_is(&seg[0], "actuator")) {

        if (ngx_rtalpha_str_is(&seg[1], "health")) {
            return NGX_RTALPHA_REG_PATH_HEALTH;
        }

        if (ngx_rtalpha_str_is(&seg[1], "info")) {
            return NGX_RTALPHA_REG_PATH_ABOUT;
        }
    }

    return NGX_RTALPHA_REG_PATH_NONE;
}


static void
ngx_rtalpha_reg_path_route(ngx_str_t *seg, ngx_uint_t n,
    ngx_rtalpha_reg_path_t *path)
{
    ngx_uint_t                      i;
    const ngx_rtalpha_reg_route_t  *route;

    if (n == 0) {
        return;
    }

    for (i = 0;
         i < sizeof(ngx_rtalpha_reg_routes) / sizeof(ngx_rtalpha_reg_routes[0]);
         i++)
    {
        route = &ngx_rtalpha_reg_routes[i];

        if (route->segments != n
            || !ngx_rtalpha_str_eq(&route->first, &seg[0])
            || (route->last.len
                && !ngx_rtalpha_str_eq(&route->last, &seg[n - 1])))
        {
            continue;
        }

        path->resource = route->resource;

        if (route->name) {
            path->name = seg[route->name];
        }

        if (route->id) {
            path->id = seg[route->id];
        }

        return;
    }
}


/*
 * Percent-decodes in place of *buf.  A slash or backslash hidden in an
 * escape is refused in paths, as Spring's server refuses it: what stands
 * before us might take it for a separator.
 */

static ngx_int_t
ngx_rtalpha_reg_path_decode(ngx_str_t *s, u_char **buf, ngx_uint_t query)
{
    u_char     *p, *last, *dst;
    ngx_int_t   n;

    dst = *buf;
    last = s->data + s->len;

    for (p = s->data; p < last; p++) {

        if (*p == '+' && query) {
            *dst++ = ' ';
            continue;
        }

        if (*p != '%') {
            *dst++ = *p;
            continue;
        }

        if (last - p < 3) {
            return NGX_DECLINED;
        }

        n = ngx_hextoi(p + 1, 2);

        if (n == NGX_ERROR || n == 0
            || (!query && (n == '/' || n == '\\')))
        {
            return NGX_DECLINED;
        }

        *dst++ = (u_char) n;
        p += 2;
    }

    s->data = *buf;
    s->len = dst - *buf;
    *buf = dst;

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_reg_path_utf8(const ngx_str_t *s)
{
    u_char  *p, *last;

    p = s->data;
    last = p + s->len;

    while (p < last) {
        if (*p < 0x80) {
            p++;
            continue;
        }

        if (ngx_utf8_decode(&p, last - p) > 0x10ffff) {
            return 0;
        }
    }

    return 1;
}


const ngx_str_t *
ngx_rtalpha_reg_path_allow(ngx_uint_t resource)
{
    return &ngx_rtalpha_reg_allows[resource];
}


ngx_uint_t
ngx_rtalpha_reg_path_listed(const ngx_str_t *list, const ngx_str_t *word)
{
    u_char  *p, *last, *start;

    last = list->data + list->len;

    for (p = list->data; p < last; p++) {
        start = p;

        while (p < last && *p != ',') {
            p++;
        }

        if ((size_t) (p - start) == word->len
            && ngx_memcmp(start, word->data, word->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_reg_path_next_arg(ngx_str_t *rest, u_char **buf, ngx_str_t *key,
    ngx_str_t *value)
{
    u_char     *p, *last, *eq;
    ngx_str_t   pair;

    for ( ;; ) {
        if (rest->len == 0) {
            return NGX_DONE;
        }

        last = rest->data + rest->len;
        eq = NULL;

        for (p = rest->data; p < last && *p != '&'; p++) {
            if (*p == '=' && eq == NULL) {
                eq = p;
            }
        }

        pair.data = rest->data;
        pair.len = p - rest->data;

        if (p < last) {
            p++;
        }

        rest->data = p;
        rest->len = last - p;

        if (pair.len == 0) {
            continue;
        }

        *key = pair;
        value->data = pair.data + pair.len;
        value->len = 0;

        if (eq) {
            key->len = eq - pair.data;
            value->data = eq + 1;
            value->len = pair.len - key->len - 1;
        }

        if (ngx_rtalpha_reg_path_decode(key, buf, 1) != NGX_OK
            || ngx_rtalpha_reg_path_decode(value, buf, 1) != NGX_OK)
        {
            continue;
        }

        return NGX_OK;
    }
}


ngx_int_t
ngx_rtalpha_reg_path_arg(const ngx_str_t *args, const char *name, u_char *buf,
    ngx_str_t *value)
{
    size_t      len;
    u_char     *p;
    ngx_str_t   rest, key;

    rest = *args;
    len = ngx_strlen(name);

    for ( ;; ) {
        p = buf;

        if (ngx_rtalpha_reg_path_next_arg(&rest, &p, &key, value) != NGX_OK) {
            return NGX_DECLINED;
        }

        if (key.len == len && ngx_memcmp(key.data, name, len) == 0) {
            return NGX_OK;
        }
    }
}
