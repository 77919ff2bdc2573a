
/*
 * Request target to question.
 *
 * The order is that of the original: the servlet container refuses malformed
 * targets, Spring MVC picks the most specific pattern, the controller checks
 * and normalises the values.
 */


#include "ngx_rtalpha_cfg_path.h"


#define NGX_RTALPHA_CFG_SEGMENTS  64


typedef struct {
    ngx_pool_t                         *pool;
    const ngx_rtalpha_cfg_path_conf_t  *conf;
    ngx_uint_t                          method;
    ngx_str_t                           path;       /* as sent */
    ngx_str_t                           query;
    ngx_str_t                           seg[NGX_RTALPHA_CFG_SEGMENTS];
    ngx_uint_t                          n;
    ngx_rtalpha_cfg_question_t         *q;
} ngx_rtalpha_cfg_path_ctx_t;


static ngx_uint_t ngx_rtalpha_cfg_path_raw_ok(ngx_rtalpha_cfg_path_ctx_t *c);
static ngx_uint_t ngx_rtalpha_cfg_path_leaves(const ngx_str_t *path);
static ngx_uint_t ngx_rtalpha_cfg_path_walled(const ngx_str_t *path);
static ngx_int_t ngx_rtalpha_cfg_path_split(ngx_rtalpha_cfg_path_ctx_t *c,
    ngx_str_t *path);
static ngx_int_t ngx_rtalpha_cfg_path_route(ngx_rtalpha_cfg_path_ctx_t *c);
static ngx_int_t ngx_rtalpha_cfg_path_one(ngx_rtalpha_cfg_path_ctx_t *c);
static ngx_int_t ngx_rtalpha_cfg_path_two(ngx_rtalpha_cfg_path_ctx_t *c);
static ngx_int_t ngx_rtalpha_cfg_path_three(ngx_rtalpha_cfg_path_ctx_t *c);
static ngx_uint_t ngx_rtalpha_cfg_path_format(const ngx_str_t *seg,
    ngx_rtalpha_cfg_question_t *q);
static ngx_uint_t ngx_rtalpha_cfg_path_extended(const ngx_str_t *seg);
static ngx_int_t ngx_rtalpha_cfg_path_values(ngx_rtalpha_cfg_path_ctx_t *c);
static ngx_int_t ngx_rtalpha_cfg_path_switch(ngx_rtalpha_cfg_path_ctx_t *c);
static void ngx_rtalpha_cfg_path_refuse(ngx_rtalpha_cfg_question_t *q,
    ngx_uint_t status, char *reason);


static const struct {
    ngx_str_t   ext;
    ngx_uint_t  format;
} ngx_rtalpha_cfg_path_exts[] = {
    { ngx_string(".yml"),        NGX_RTALPHA_CFG_YAML },
    { ngx_string(".yaml"),       NGX_RTALPHA_CFG_YAML },
    { ngx_string(".properties"), NGX_RTALPHA_CFG_PROPERTIES },
    { ngx_string(".json"),       NGX_RTALPHA_CFG_JSON }
};

#define NGX_RTALPHA_CFG_PATH_EXTS                                             \
    (sizeof(ngx_rtalpha_cfg_path_exts) / sizeof(ngx_rtalpha_cfg_path_exts[0]))


ngx_int_t
ngx_rtalpha_cfg_path_parse(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_path_conf_t *conf, ngx_uint_t method,
    const ngx_str_t *target, ngx_rtalpha_cfg_question_t *q)
{
    u_char                      *p;
    ngx_int_t                    rc;
    ngx_str_t                    path;
    ngx_rtalpha_cfg_path_ctx_t   c;

    ngx_memzero(q, sizeof(ngx_rtalpha_cfg_question_t));
    ngx_memzero(&c, sizeof(ngx_rtalpha_cfg_path_ctx_t));

    c.pool = pool;
    c.conf = conf;
    c.method = method;
    c.q = q;
    c.path = *target;

    p = ngx_strlchr(target->data, target->data + target->len, '?');

    if (p) {
        c.path.len = p - target->data;
        c.query.data = p + 1;
        c.query.len = target->data + target->len - c.query.data;
    }

    if (!ngx_rtalpha_cfg_path_raw_ok(&c)
        || ngx_rtalpha_cfg_path_leaves(&c.path))
    {
        q->bare = 1;
        ngx_rtalpha_cfg_path_refuse(q, 400, "malformed-target");
        return NGX_OK;
    }

    if (conf->firewall && ngx_rtalpha_cfg_path_walled(&c.path)) {

        /* its error page is behind the login */

        ngx_rtalpha_cfg_path_refuse(q, 401, "rejected-target");
        return NGX_OK;
    }

    path = c.path;
    rc = ngx_rtalpha_cfg_path_split(&c, &path);

    if (rc == NGX_DECLINED) {
        q->bare = 1;
        ngx_rtalpha_cfg_path_refuse(q, 400, "malformed-target");
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_cfg_path_route(&c);
}


static void
ngx_rtalpha_cfg_path_refuse(ngx_rtalpha_cfg_question_t *q, ngx_uint_t status,
    char *reason)
{
    q->status = status;
    q->reason = reason;
}


/* what no servlet container lets through */

static ngx_uint_t
ngx_rtalpha_cfg_path_raw_ok(ngx_rtalpha_cfg_path_ctx_t *c)
{
    u_char  *p, *last;

    last = c->query.len ? c->query.data + c->query.len
                        : c->path.data + c->path.len;

    for (p = c->path.data; p < last; p++) {

        if (*p <= 0x20 || *p >= 0x7f) {
            return 0;
        }

        switch (*p) {
        case '"': case '#': case '<': case '>': case '[': case '\\':
        case ']': case '^': case '`': case '{': case '|': case '}':
            return 0;
        }
    }

    return c->path.len && c->path.data[0] == '/';
}


/* do the dot segments, decoded once, leave the root */

static ngx_uint_t
ngx_rtalpha_cfg_path_leaves(const ngx_str_t *path)
{
    u_char     *p, *last, *start;
    ngx_int_t   depth, dots;

    last = path->data + path->len;
    depth = 0;

    for (p = path->data; p < last; /* void */ ) {
        start = ++p;
        dots = 0;

        while (p < last && *p != '/') {
            if (*p == '.') {
                dots++;
                p++;

            } else if (last - p >= 3 && p[0] == '%' && p[1] == '2'
                       && (p[2] == 'e' || p[2] == 'E'))
            {
                dots++;
                p += 3;

            } else {
                dots = 8;
                p++;
            }
        }

        if (p == start || dots == 1) {
            continue;
        }

        depth += (dots == 2) ? -1 : 1;

        if (depth < 0) {
            return 1;
        }
    }

    return 0;
}


/* Spring Security's StrictHttpFirewall, as far as the container left it */

static ngx_uint_t
ngx_rtalpha_cfg_path_walled(const ngx_str_t *path)
{
    u_char  *p, *last;

    last = path->data + path->len;

    for (p = path->data; p < last; p++) {

        if (*p == ';') {
            return 1;
        }

        if (*p == '/') {
            if (last - p >= 2 && p[1] == '/') {
                return 1;
            }

            if (last - p >= 2 && p[1] == '.'
                && (last - p == 2 || p[2] == '/'
                    || (p[2] == '.' && (last - p == 3 || p[3] == '/'))))
            {
                return 1;
            }
        }

        if (*p == '%' && last - p >= 3) {

            if (p[1] == '0' || p[1] == '1' || (p[1] == '7' && p[2] > 'e')
                || (p[1] == '2' && (p[2] == '5' || (p[2] | 0x20) == 'e'))
                || (p[1] == '3' && (p[2] | 0x20) == 'b'))
            {
                return 1;
            }
        }
    }

    return 0;
}


/*
 * Cuts the path into decoded segments, after a leading prefix that makes
 * them relative.  A trailing slash is an empty last segment.
 */

static ngx_int_t
ngx_rtalpha_cfg_path_split(ngx_rtalpha_cfg_path_ctx_t *c, ngx_str_t *path)
{
    u_char     *p, *last, *semi;
    ngx_int_t   rc;
    ngx_str_t   raw, *seg;

    p = path->data;
    last = path->data + path->len;

    while (p < last) {
        raw.data = ++p;

        while (p < last && *p != '/') {
            p++;
        }

        raw.len = p - raw.data;
        semi = ngx_strlchr(raw.data, p, ';');

        if (semi) {
            raw.len = semi - raw.data;
        }

        if (c->n == NGX_RTALPHA_CFG_SEGMENTS) {
            return NGX_DECLINED;
        }

        seg = &c->seg[c->n++];
        rc = ngx_rtalpha_cfg_path_decode(c->pool, &raw, 0, seg);

        if (rc != NGX_OK) {
            return rc;
        }

        if (ngx_strlchr(seg->data, seg->data + seg->len, '\0')
            || ngx_strlchr(seg->data, seg->data + seg->len, '\\')
            || (!c->conf->slash
                && ngx_strlchr(seg->data, seg->data + seg->len, '/'))
            || !ngx_rtalpha_cfg_path_utf8(seg))
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_prefix(ngx_rtalpha_cfg_path_ctx_t *c)
{
    size_t       len;
    u_char      *p;
    ngx_str_t    prefix, seg;
    ngx_uint_t   i, n;

    prefix = c->conf->prefix;
    n = 0;

    for (p = prefix.data; prefix.len; /* void */ ) {

        if (*p == '/') {
            p++;
            prefix.len--;
            continue;
        }

        for (len = 0; len < prefix.len && p[len] != '/'; len++) { /* void */ }

        seg.data = p;
        seg.len = len;

        if (n == c->n || !ngx_rtalpha_str_eq(&seg, &c->seg[n])) {
            return NGX_DECLINED;
        }

        n++;
        p += len;
        prefix.len -= len;
    }

    c->n -= n;

    for (i = 0; i < c->n; i++) {
        c->seg[i] = c->seg[i + n];
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_cfg_path_is_monitor(ngx_rtalpha_cfg_path_ctx_t *c)
{
    return c->conf->monitor.len
           && ngx_rtalpha_str_eq(&c->path, &c->conf->monitor);
}


static ngx_uint_t
ngx_rtalpha_cfg_path_is_health(ngx_rtalpha_cfg_path_ctx_t *c)
{
    return c->n && ngx_rtalpha_str_is(&c->seg[0], "actuator")
           && (c->n == 1 || ngx_rtalpha_str_is(&c->seg[1], "health"));
}


static ngx_int_t
ngx_rtalpha_cfg_path_health(ngx_rtalpha_cfg_path_ctx_t *c)
{
    c->q->route = NGX_RTALPHA_CFG_ROUTE_HEALTH;
    c->q->methods = NGX_RTALPHA_CFG_GET;
    c->q->probe = c->n > 1;

    if (c->n > 3) {
        c->q->empty = 1;
        ngx_rtalpha_cfg_path_refuse(c->q, 404, "no-such-component");

    } else if (c->n == 3 && c->seg[2].len) {
        c->q->path = c->seg[2];

    } else if (c->n > 1) {
        c->q->path = c->seg[1];
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_route(ngx_rtalpha_cfg_path_ctx_t *c)
{
    ngx_int_t                    rc;
    ngx_rtalpha_cfg_question_t  *q;

    q = c->q;

    if (ngx_rtalpha_cfg_path_is_monitor(c)) {
        q->route = NGX_RTALPHA_CFG_ROUTE_MONITOR;
        q->methods = NGX_RTALPHA_CFG_POST;

    } else if (ngx_rtalpha_cfg_path_is_health(c)) {
        rc = ngx_rtalpha_cfg_path_health(c);

        if (rc != NGX_OK || q->status) {
            return rc;
        }

    } else if (c->n == 1 && ngx_rtalpha_str_is(&c->seg[0], "error")) {
        q->route = NGX_RTALPHA_CFG_ROUTE_ERROR;
        q->methods = NGX_RTALPHA_CFG_GET|NGX_RTALPHA_CFG_POST
                     |NGX_RTALPHA_CFG_OTHER;

    } else if (ngx_rtalpha_cfg_path_prefix(c) == NGX_OK) {

        switch (c->n) {
        case 1:
            rc = ngx_rtalpha_cfg_path_one(c);
            break;
        case 2:
            rc = ngx_rtalpha_cfg_path_two(c);
            break;
        default:
            rc = c->n ? ngx_rtalpha_cfg_path_three(c) : NGX_OK;
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (q->route == NGX_RTALPHA_CFG_ROUTE_NONE) {
        ngx_rtalpha_cfg_path_refuse(q, 404, "no-such-route");
        return NGX_OK;
    }

    if (c->method == NGX_RTALPHA_CFG_OPTIONS
        && q->route != NGX_RTALPHA_CFG_ROUTE_ERROR)
    {
        q->route = NGX_RTALPHA_CFG_ROUTE_OPTIONS;
        return NGX_OK;
    }

    if (!(q->methods & c->method)) {
        ngx_rtalpha_cfg_path_refuse(q, 405, "method-not-allowed");
        return NGX_OK;
    }

    return ngx_rtalpha_cfg_path_values(c);
}


static ngx_int_t
ngx_rtalpha_cfg_path_crypt(ngx_rtalpha_cfg_path_ctx_t *c)
{
    ngx_rtalpha_cfg_question_t  *q;

    q = c->q;

    if (ngx_rtalpha_str_is(&c->seg[0], "encrypt")) {
        q->route = NGX_RTALPHA_CFG_ROUTE_ENCRYPT;

    } else if (ngx_rtalpha_str_is(&c->seg[0], "decrypt")) {
        q->route = NGX_RTALPHA_CFG_ROUTE_DECRYPT;

    } else {
        return NGX_DECLINED;
    }

    q->methods = NGX_RTALPHA_CFG_POST;

    if (c->n == 1) {
        q->name = c->conf->application;
        q->profiles = c->conf->profile;

    } else {
        q->name = c->seg[1];
        q->profiles = c->seg[2];
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_one(ngx_rtalpha_cfg_path_ctx_t *c)
{
    ngx_rtalpha_cfg_question_t  *q;

    q = c->q;

    if (ngx_rtalpha_str_is(&c->seg[0], "key")) {
        q->route = NGX_RTALPHA_CFG_ROUTE_KEY;
        q->methods = NGX_RTALPHA_CFG_GET;
        q->name = c->conf->application;
        q->profiles = c->conf->profile;
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_path_crypt(c) == NGX_OK) {
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_path_format(&c->seg[0], q)) {
        q->route = NGX_RTALPHA_CFG_ROUTE_FORMAT;
        q->methods = NGX_RTALPHA_CFG_GET;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_two(ngx_rtalpha_cfg_path_ctx_t *c)
{
    ngx_rtalpha_cfg_question_t  *q;

    q = c->q;
    q->methods = NGX_RTALPHA_CFG_GET;

    if (ngx_rtalpha_str_is(&c->seg[0], "encrypt")
        && ngx_rtalpha_str_is(&c->seg[1], "status"))
    {
        q->route = NGX_RTALPHA_CFG_ROUTE_STATUS;
        return NGX_OK;
    }

    if (c->seg[0].len == 0 || c->seg[1].len == 0) {
        return NGX_OK;
    }

    if (!ngx_rtalpha_cfg_path_extended(&c->seg[1])) {
        q->formatted = ngx_rtalpha_cfg_path_format(&c->seg[1], q);
        q->route = NGX_RTALPHA_CFG_ROUTE_ENV;
        q->name = c->seg[0];
        q->profiles = c->seg[1];
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_path_format(&c->seg[1], q)) {
        q->route = NGX_RTALPHA_CFG_ROUTE_FORMAT;
        q->label = c->seg[0];
        q->labelled = 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_remainder(ngx_rtalpha_cfg_path_ctx_t *c)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   i;

    len = 0;

    for (i = 3; i < c->n; i++) {
        len += c->seg[i].len + 1;
    }

    p = ngx_pnalloc(c->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    c->q->path.data = p;

    for (i = 3; i < c->n; i++) {

        /* doubled slashes are one */

        if (c->seg[i].len == 0 && i + 1 < c->n) {
            continue;
        }

        p = ngx_cpymem(p, c->seg[i].data, c->seg[i].len);

        if (i + 1 < c->n) {
            *p++ = '/';
        }
    }

    c->q->path.len = p - c->q->path.data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_three(ngx_rtalpha_cfg_path_ctx_t *c)
{
    ngx_int_t                    rc;
    ngx_str_t                    value;
    ngx_rtalpha_cfg_question_t  *q;

    q = c->q;

    if (c->seg[0].len == 0 || c->seg[1].len == 0 || c->seg[2].len == 0) {
        return NGX_OK;
    }

    q->methods = NGX_RTALPHA_CFG_GET;
    q->name = c->seg[0];
    q->profiles = c->seg[1];

    if (c->n > 3) {
        q->route = NGX_RTALPHA_CFG_ROUTE_PLAIN;
        q->label = c->seg[2];
        q->labelled = 1;
        return ngx_rtalpha_cfg_path_remainder(c);
    }

    if (ngx_rtalpha_str_is(&c->seg[0], "key")) {
        q->route = NGX_RTALPHA_CFG_ROUTE_KEY;
        q->name = c->seg[1];
        q->profiles = c->seg[2];
        return NGX_OK;
    }

    if (c->method != NGX_RTALPHA_CFG_GET
        && ngx_rtalpha_cfg_path_crypt(c) == NGX_OK)
    {
        q->methods = NGX_RTALPHA_CFG_GET|NGX_RTALPHA_CFG_POST;
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_path_param(c->pool, &c->query, "useDefaultLabel",
                                    &value);
    if (rc == NGX_ERROR) {
        return rc;
    }

    if (rc == NGX_OK) {
        q->route = NGX_RTALPHA_CFG_ROUTE_PLAIN;
        q->path = c->seg[2];
        return NGX_OK;
    }

    q->route = NGX_RTALPHA_CFG_ROUTE_ENV;
    q->label = c->seg[2];
    q->labelled = 1;

    return NGX_OK;
}


/* name-profiles.ext, split at the last dash before the extension */

static ngx_uint_t
ngx_rtalpha_cfg_path_format(const ngx_str_t *seg,
    ngx_rtalpha_cfg_question_t *q)
{
    u_char           *dash;
    size_t            len;
    ngx_uint_t        i;
    const ngx_str_t  *ext;

    for (i = 0; i < NGX_RTALPHA_CFG_PATH_EXTS; i++) {
        ext = &ngx_rtalpha_cfg_path_exts[i].ext;

        if (seg->len < ext->len
            || ngx_memcmp(seg->data + seg->len - ext->len, ext->data,
                          ext->len)
               != 0)
        {
            continue;
        }

        len = seg->len - ext->len;

        for (dash = seg->data + len; dash > seg->data; dash--) {
            if (dash[-1] != '-') {
                continue;
            }

            q->format = ngx_rtalpha_cfg_path_exts[i].format;
            q->name.data = seg->data;
            q->name.len = dash - 1 - seg->data;
            q->profiles.data = dash;
            q->profiles.len = seg->data + len - dash;
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_cfg_path_word(u_char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}


/* a format's extension between word boundaries, anywhere */

static ngx_uint_t
ngx_rtalpha_cfg_path_extended(const ngx_str_t *seg)
{
    size_t            i, end;
    ngx_uint_t        k;
    const ngx_str_t  *ext;

    for (i = 1; i < seg->len; i++) {

        if (seg->data[i] != '.' || !ngx_rtalpha_cfg_path_word(seg->data[i - 1]))
        {
            continue;
        }

        for (k = 0; k < NGX_RTALPHA_CFG_PATH_EXTS; k++) {
            ext = &ngx_rtalpha_cfg_path_exts[k].ext;
            end = i + ext->len;

            if (end <= seg->len
                && ngx_memcmp(seg->data + i, ext->data, ext->len) == 0
                && (end == seg->len
                    || !ngx_rtalpha_cfg_path_word(seg->data[end])))
            {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_cfg_path_profiles_ok(ngx_rtalpha_cfg_path_ctx_t *c,
    const ngx_str_t *profiles)
{
    size_t     i;
    ngx_str_t  one;

    if (ngx_rtalpha_cfg_path_invalid(c->pool, profiles)) {
        return 0;
    }

    if (!c->conf->validate || profiles->len == 0) {
        return 1;
    }

    one.data = profiles->data;

    for (i = 0; i <= profiles->len; i++) {

        if (i < profiles->len && profiles->data[i] != ',') {
            continue;
        }

        one.len = profiles->data + i - one.data;

        if (!ngx_rtalpha_cfg_path_profile_valid(&one)) {
            return 0;
        }

        one.data = profiles->data + i + 1;
    }

    return 1;
}


/* the controllers' own checks, and normalisation */

static ngx_int_t
ngx_rtalpha_cfg_path_values(ngx_rtalpha_cfg_path_ctx_t *c)
{
    ngx_rtalpha_cfg_question_t  *q;

    q = c->q;
    q->resolve = 1;

    switch (q->route) {
    case NGX_RTALPHA_CFG_ROUTE_ENV:
    case NGX_RTALPHA_CFG_ROUTE_FORMAT:
    case NGX_RTALPHA_CFG_ROUTE_PLAIN:
    case NGX_RTALPHA_CFG_ROUTE_ENCRYPT:
    case NGX_RTALPHA_CFG_ROUTE_DECRYPT:
        break;
    default:
        return NGX_OK;
    }

    if (q->route != NGX_RTALPHA_CFG_ROUTE_ENCRYPT
        && q->route != NGX_RTALPHA_CFG_ROUTE_DECRYPT
        && ngx_rtalpha_cfg_path_switch(c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_cfg_path_invalid(c->pool, &q->name)
        || ngx_rtalpha_cfg_path_invalid(c->pool, &q->label)
        || ngx_rtalpha_cfg_path_invalid(c->pool, &q->path)
        || !ngx_rtalpha_cfg_path_profiles_ok(c, &q->profiles))
    {
        ngx_rtalpha_cfg_path_refuse(q, 400, "invalid-name");
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_path_slashes(c->pool, &q->name, &q->name) != NGX_OK
        || ngx_rtalpha_cfg_path_slashes(c->pool, &q->label, &q->label)
           != NGX_OK
        || ngx_rtalpha_cfg_path_slashes(c->pool, &q->path, &q->path)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_path_switch(ngx_rtalpha_cfg_path_ctx_t *c)
{
    u_char      *p;
    ngx_int_t    rc;
    ngx_str_t    value;
    ngx_uint_t   i;

    static const struct {
        ngx_str_t   word;
        ngx_uint_t  value;
    } words[] = {
        { ngx_string("true"), 1 },  { ngx_string("on"), 1 },
        { ngx_string("yes"), 1 },   { ngx_string("1"), 1 },
        { ngx_string("false"), 0 }, { ngx_string("off"), 0 },
        { ngx_string("no"), 0 },    { ngx_string("0"), 0 }
    };

    rc = ngx_rtalpha_cfg_path_param(c->pool, &c->query, "resolvePlaceholders",
                                    &value);
    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : rc;
    }

    while (value.len && value.data[0] == ' ') {
        value.data++;
        value.len--;
    }

    while (value.len && value.data[value.len - 1] == ' ') {
        value.len--;
    }

    if (value.len == 0) {
        return NGX_OK;
    }

    p = value.data;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (words[i].word.len == value.len
            && ngx_strncasecmp(words[i].word.data, p, value.len) == 0)
        {
            c->q->resolve = words[i].value;
            return NGX_OK;
        }
    }

    c->q->unresolved = 1;

    if (c->q->route == NGX_RTALPHA_CFG_ROUTE_FORMAT) {
        ngx_rtalpha_cfg_path_refuse(c->q, 400, "invalid-parameter");
    }

    return NGX_OK;
}
