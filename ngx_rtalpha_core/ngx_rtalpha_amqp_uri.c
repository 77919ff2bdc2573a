
/*
 * amqp:// addresses.
 */


#include "ngx_rtalpha_amqp.h"


/* percent-decoded, without NUL */

static const char *
ngx_rtalpha_amqp_uri_part(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_str_t *value)
{
    u_char     *d;
    ngx_int_t   n;

    if ((size_t) (last - p) >= NGX_RTALPHA_AMQP_NAME) {
        return "a name is too long";
    }

    d = ngx_pnalloc(pool, last - p + 1);
    if (d == NULL) {
        return "no memory";
    }

    value->data = d;

    while (p < last) {

        if (*p != '%') {
            *d++ = *p++;
            continue;
        }

        n = (last - p > 2) ? ngx_hextoi(p + 1, 2) : NGX_ERROR;

        if (n == NGX_ERROR || n == 0) {
            return "malformed percent-encoding";
        }

        *d++ = (u_char) n;
        p += 3;
    }

    *d = '\0';
    value->len = d - value->data;

    return NULL;
}


static const char *
ngx_rtalpha_amqp_uri_user(ngx_pool_t *pool, u_char *p, u_char *at,
    ngx_rtalpha_amqp_conf_t *conf)
{
    u_char      *colon;
    const char  *error;

    colon = ngx_strlchr(p, at, ':');
    error = ngx_rtalpha_amqp_uri_part(pool, p, colon ? colon : at,
                                      &conf->user);

    if (error == NULL && colon) {
        error = ngx_rtalpha_amqp_uri_part(pool, colon + 1, at,
                                          &conf->password);
    }

    return error;
}


/* HOST[:PORT], an IPv6 address in brackets */

static const char *
ngx_rtalpha_amqp_uri_host(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_rtalpha_amqp_conf_t *conf)
{
    u_char     *end, *colon;
    ngx_int_t   port;

    end = NULL;

    if (p < last && *p == '[') {
        p++;
        end = ngx_strlchr(p, last, ']');
        if (end == NULL) {
            return "\"]\" is missing";
        }

        colon = (end + 1 < last) ? end + 1 : NULL;

    } else {
        colon = ngx_strlchr(p, last, ':');
        end = colon ? colon : last;
    }

    if (colon) {
        port = (*colon == ':') ? ngx_atoi(colon + 1, last - colon - 1)
                               : NGX_ERROR;
        if (port < 1 || port > 65535) {
            return "no such port";
        }

        conf->port = port;
    }

    if (end == p) {
        return "the host is missing";
    }

    return ngx_rtalpha_amqp_uri_part(pool, p, end, &conf->host);
}


const char *
ngx_rtalpha_amqp_parse(ngx_pool_t *pool, const ngx_str_t *uri,
    ngx_rtalpha_amqp_conf_t *conf)
{
    u_char      *p, *at, *slash, *last;
    const char  *error;

    p = uri->data;
    last = p + uri->len;

    if (ngx_rtalpha_str_begins(uri, "amqps://")) {
        p += sizeof("amqps://") - 1;
        conf->tls = 1;
        conf->port = 5671;

    } else if (ngx_rtalpha_str_begins(uri, "amqp://")) {
        p += sizeof("amqp://") - 1;
        conf->tls = 0;
        conf->port = 5672;

    } else {
        return "it does not begin with \"amqp://\" or \"amqps://\"";
    }

    slash = ngx_strlchr(p, last, '/');
    at = ngx_strlchr(p, slash ? slash : last, '@');

    if (at) {
        error = ngx_rtalpha_amqp_uri_user(pool, p, at, conf);
        if (error) {
            return error;
        }

        p = at + 1;
    }

    if (slash) {
        error = ngx_rtalpha_amqp_uri_part(pool, slash + 1, last,
                                          &conf->vhost);
        if (error) {
            return error;
        }
    }

    return ngx_rtalpha_amqp_uri_host(pool, p, slash ? slash : last, conf);
}
