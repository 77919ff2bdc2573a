
/*
 * Names of property sources.
 */


#include "ngx_rtalpha_cfg_names.h"


ngx_int_t
ngx_rtalpha_cfg_names_git(ngx_pool_t *pool, const ngx_str_t *uri,
    const ngx_str_t *base, const ngx_rtalpha_cfg_source_t *source,
    ngx_str_t *name)
{
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, pool, uri->len + source->path.len + 128,
                             65536)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_str(&out, uri);
    ngx_rtalpha_out_char(&out, '/');

    if (source->number < 0) {
        ngx_rtalpha_out_str(&out, &source->path);
        return ngx_rtalpha_out_done(&out, name);
    }

    /* the "]" after the path is missing in the original, too */

    ngx_rtalpha_out_lit(&out, "Config resource 'file [");
    ngx_rtalpha_out_str(&out, base);
    ngx_rtalpha_out_char(&out, '/');
    ngx_rtalpha_out_str(&out, &source->path);
    ngx_rtalpha_out_lit(&out, "' via location '");
    ngx_rtalpha_out_str(&out, &source->place);
    ngx_rtalpha_out_lit(&out, "' (document #");
    ngx_rtalpha_out_int(&out, source->number);
    ngx_rtalpha_out_char(&out, ')');

    return ngx_rtalpha_out_done(&out, name);
}


ngx_int_t
ngx_rtalpha_cfg_names_native(ngx_pool_t *pool, const ngx_str_t *root,
    const ngx_rtalpha_cfg_source_t *source, ngx_str_t *name)
{
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, pool, root->len + source->path.len + 128,
                             65536)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (source->number < 0) {
        ngx_rtalpha_out_lit(&out, "file:");
        ngx_rtalpha_out_str(&out, root);
        ngx_rtalpha_out_str(&out, &source->path);
        return ngx_rtalpha_out_done(&out, name);
    }

    ngx_rtalpha_out_lit(&out, "Config resource 'file [");
    ngx_rtalpha_out_str(&out, root);
    ngx_rtalpha_out_str(&out, &source->path);
    ngx_rtalpha_out_lit(&out, "]' via location '");
    ngx_rtalpha_out_str(&out, &source->place);
    ngx_rtalpha_out_lit(&out, "' (document #");
    ngx_rtalpha_out_int(&out, source->number);
    ngx_rtalpha_out_char(&out, ')');

    return ngx_rtalpha_out_done(&out, name);
}


/* what ends the part of the user that may be shown: ssh needs the name */

static u_char *
ngx_rtalpha_cfg_names_user(const ngx_str_t *uri, u_char *host, u_char *at)
{
    u_char  *colon;

    if (!ngx_rtalpha_str_begins(uri, "ssh://")
        && !ngx_rtalpha_str_begins(uri, "git+ssh://")
        && !ngx_rtalpha_str_begins(uri, "ssh+git://"))
    {
        return host;
    }

    colon = ngx_strlchr(host, at - 1, ':');

    return colon ? colon : at - 1;
}


ngx_int_t
ngx_rtalpha_cfg_names_uri(ngx_pool_t *pool, const ngx_str_t *uri,
    ngx_str_t *shown)
{
    u_char  *p, *last, *host, *at, *end, *user;

    *shown = *uri;
    last = uri->data + uri->len;
    host = ngx_strnstr(uri->data, "://", uri->len);

    if (host == NULL) {
        return NGX_OK;
    }

    host += 3;
    end = ngx_strlchr(host, last, '/');
    end = end ? end : last;

    for (at = end; at > host && at[-1] != '@'; at--) { /* void */ }

    if (at == host) {
        return NGX_OK;
    }

    user = ngx_rtalpha_cfg_names_user(uri, host, at);

    shown->data = ngx_pnalloc(pool, uri->len);
    if (shown->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(shown->data, uri->data, user - uri->data);

    if (user > host) {
        *p++ = '@';
    }

    p = ngx_cpymem(p, at, last - at);
    shown->len = p - shown->data;

    return NGX_OK;
}
