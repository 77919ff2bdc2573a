
/*
 * The text that says which Redis to use, taken apart when the configuration
 * is read.  Names are resolved then, once, as nginx does for proxy_pass.
 */


#include "ngx_rtalpha_redis.h"


#define NGX_RTALPHA_REDIS_PORT           6379
#define NGX_RTALPHA_REDIS_SENTINEL_PORT  26379


static const char *ngx_rtalpha_redis_parse_user(ngx_pool_t *pool,
    ngx_str_t *rest, ngx_rtalpha_redis_conf_t *conf);
static const char *ngx_rtalpha_redis_parse_path(ngx_pool_t *pool,
    ngx_str_t *rest, ngx_rtalpha_redis_conf_t *conf);
static const char *ngx_rtalpha_redis_parse_addrs(ngx_pool_t *pool,
    ngx_str_t *rest, ngx_rtalpha_redis_conf_t *conf);
static ngx_int_t ngx_rtalpha_redis_decode(ngx_pool_t *pool, ngx_str_t *text);
static u_char *ngx_rtalpha_redis_last(const ngx_str_t *text, u_char c);
static void ngx_rtalpha_redis_defaults(ngx_rtalpha_redis_conf_t *conf);


const char *
ngx_rtalpha_redis_parse(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_rtalpha_redis_conf_t *conf)
{
    size_t       scheme;
    ngx_str_t    rest;
    const char  *error;

    ngx_rtalpha_redis_defaults(conf);

    rest = *text;
    scheme = 0;

    if (ngx_rtalpha_str_begins(&rest, "redis://")) {
        scheme = sizeof("redis://") - 1;

    } else if (ngx_rtalpha_str_begins(&rest, "sentinel://")) {
        scheme = sizeof("sentinel://") - 1;
        conf->kind = NGX_RTALPHA_REDIS_SENTINEL;

    } else if (ngx_rtalpha_str_begins(&rest, "cluster://")) {
        scheme = sizeof("cluster://") - 1;
        conf->kind = NGX_RTALPHA_REDIS_CLUSTER;

    } else if (ngx_rtalpha_str_begins(&rest, "rediss://")) {
        return "TLS to Redis is not supported";
    }

    rest.data += scheme;
    rest.len -= scheme;

    if (ngx_array_init(&conf->addrs, pool, 4, sizeof(ngx_addr_t)) != NGX_OK) {
        return "no memory";
    }

    if (scheme) {
        error = ngx_rtalpha_redis_parse_user(pool, &rest, conf);

        if (error == NULL) {
            error = ngx_rtalpha_redis_parse_path(pool, &rest, conf);
        }

        if (error) {
            return error;
        }
    }

    return ngx_rtalpha_redis_parse_addrs(pool, &rest, conf);
}


/* takes "user:password@" off */

static const char *
ngx_rtalpha_redis_parse_user(ngx_pool_t *pool, ngx_str_t *rest,
    ngx_rtalpha_redis_conf_t *conf)
{
    u_char     *at, *colon;
    ngx_str_t   user;

    at = ngx_rtalpha_redis_last(rest, '@');

    if (at == NULL) {
        return NULL;
    }

    user.data = rest->data;
    user.len = (size_t) (at - rest->data);

    rest->data = at + 1;
    rest->len -= user.len + 1;

    colon = ngx_strlchr(user.data, user.data + user.len, ':');

    if (colon == NULL) {
        return "has a user without a password";
    }

    conf->link.username.data = user.data;
    conf->link.username.len = (size_t) (colon - user.data);
    conf->link.password.data = colon + 1;
    conf->link.password.len = (size_t) (user.data + user.len - colon - 1);

    if (ngx_rtalpha_redis_decode(pool, &conf->link.username) != NGX_OK
        || ngx_rtalpha_redis_decode(pool, &conf->link.password) != NGX_OK)
    {
        return "no memory";
    }

    return NULL;
}


/* takes "/DB" off, or "/MASTER" and "/MASTER/DB" */

static const char *
ngx_rtalpha_redis_parse_path(ngx_pool_t *pool, ngx_str_t *rest,
    ngx_rtalpha_redis_conf_t *conf)
{
    u_char     *slash;
    ngx_int_t   db;
    ngx_str_t   path;

    slash = ngx_strlchr(rest->data, rest->data + rest->len, '/');

    if (slash == NULL) {
        return (conf->kind == NGX_RTALPHA_REDIS_SENTINEL)
               ? "names no master" : NULL;
    }

    path.data = slash + 1;
    path.len = (size_t) (rest->data + rest->len - slash - 1);
    rest->len = (size_t) (slash - rest->data);

    if (conf->kind == NGX_RTALPHA_REDIS_SENTINEL) {
        slash = ngx_strlchr(path.data, path.data + path.len, '/');

        conf->master = path;
        path.len = 0;

        if (slash) {
            path.len = (size_t) (conf->master.data + conf->master.len
                                 - slash - 1);
            conf->master.len = (size_t) (slash - conf->master.data);
            path.data = slash + 1;
        }

        if (conf->master.len == 0) {
            return "names no master";
        }
    }

    if (path.len == 0) {
        return NULL;
    }

    db = ngx_atoi(path.data, path.len);

    if (db == NGX_ERROR) {
        return "has no number as its database";
    }

    if (db && conf->kind == NGX_RTALPHA_REDIS_CLUSTER) {
        return "has a database, which clusters do not";
    }

    conf->link.db = (ngx_uint_t) db;

    return NULL;
}


static const char *
ngx_rtalpha_redis_parse_addrs(ngx_pool_t *pool, ngx_str_t *rest,
    ngx_rtalpha_redis_conf_t *conf)
{
    u_char      *comma, *end;
    ngx_url_t    u;
    ngx_uint_t   i;
    ngx_addr_t  *addr;

    end = rest->data + rest->len;

    for ( ;; ) {
        comma = (conf->kind == NGX_RTALPHA_REDIS_SINGLE)
                ? NULL : ngx_strlchr(rest->data, end, ',');

        ngx_memzero(&u, sizeof(ngx_url_t));

        u.url.data = rest->data;
        u.url.len = (size_t) ((comma ? comma : end) - rest->data);
        u.default_port = (conf->kind == NGX_RTALPHA_REDIS_SENTINEL)
                         ? NGX_RTALPHA_REDIS_SENTINEL_PORT
                         : NGX_RTALPHA_REDIS_PORT;

        if (u.url.len == 0) {
            return "names no server";
        }

        if (ngx_parse_url(pool, &u) != NGX_OK) {
            return u.err ? u.err : "names no server";
        }

        if (u.uri.len || u.naddrs == 0) {
            return "names no server";
        }

        for (i = 0; i < u.naddrs; i++) {
            addr = ngx_array_push(&conf->addrs);

            if (addr == NULL) {
                return "no memory";
            }

            *addr = u.addrs[i];
        }

        if (comma == NULL) {
            return NULL;
        }

        rest->data = comma + 1;
    }
}


static ngx_int_t
ngx_rtalpha_redis_decode(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char  *to, *from;

    if (text->len == 0) {
        return NGX_OK;
    }

    from = text->data;

    text->data = ngx_pnalloc(pool, text->len);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    to = text->data;
    ngx_unescape_uri(&to, &from, text->len, 0);
    text->len = (size_t) (to - text->data);

    return NGX_OK;
}


static u_char *
ngx_rtalpha_redis_last(const ngx_str_t *text, u_char c)
{
    u_char  *p;

    for (p = text->data + text->len; p > text->data; p--) {
        if (p[-1] == c) {
            return p - 1;
        }
    }

    return NULL;
}


static void
ngx_rtalpha_redis_defaults(ngx_rtalpha_redis_conf_t *conf)
{
    ngx_memzero(conf, sizeof(ngx_rtalpha_redis_conf_t));

    conf->pause = 1000;
    conf->link.connect_timeout = 500;
    conf->link.timeout = 1000;
    conf->link.ping = 5000;
    conf->link.max_output = 16 * 1024 * 1024;
    conf->link.max_reply = 64 * 1024 * 1024;
    conf->link.max_calls = 65536;
}
