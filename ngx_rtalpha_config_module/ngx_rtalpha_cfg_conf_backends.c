
/*
 * Backends and their repositories, which the settings number or name: a git
 * repository, those with patterns below it, native folders, a composite.
 */


#include "ngx_rtalpha_cfg_conf_read.h"
#include "ngx_rtalpha_cfg_profile.h"


ngx_int_t
ngx_rtalpha_cfg_conf_uri(ngx_pool_t *pool, ngx_str_t *uri)
{
    u_char  *p, *slash;

    while (uri->len > 1 && uri->data[uri->len - 1] == '/') {
        uri->len--;
    }

    for (p = uri->data; p + 3 < uri->data + uri->len; p++) {

        if (ngx_strncmp(p, "://", 3) != 0) {
            continue;
        }

        slash = ngx_strlchr(p + 3, uri->data + uri->len, '/');

        if (slash) {
            return NGX_OK;
        }

        p = ngx_pnalloc(pool, uri->len + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p, uri->data, uri->len);
        p[uri->len] = '/';
        uri->data = p;
        uri->len++;
        return NGX_OK;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_cfg_conf_local(const ngx_str_t *uri, ngx_str_t *path)
{
    *path = *uri;

    if (ngx_rtalpha_str_begins(uri, "file:")) {
        path->data += 5;
        path->len -= 5;

        while (path->len > 1 && path->data[0] == '/' && path->data[1] == '/')
        {
            path->data++;
            path->len--;
        }

        return 1;
    }

    return uri->len && uri->data[0] == '/';
}


static ngx_int_t
ngx_rtalpha_cfg_conf_pattern(ngx_pool_t *pool, ngx_array_t *patterns,
    const ngx_str_t *pattern, const char *tail)
{
    ngx_str_t  *s;

    s = ngx_array_push(patterns);
    if (s == NULL) {
        return NGX_ERROR;
    }

    s->data = ngx_pnalloc(pool, pattern->len + 2);
    if (s->data == NULL) {
        return NGX_ERROR;
    }

    s->len = ngx_sprintf(s->data, "%V%s", pattern, tail) - s->data;

    return NGX_OK;
}


/* without "/" it is for any profile, without "*" also for further ones */

static ngx_int_t
ngx_rtalpha_cfg_conf_patterns(ngx_pool_t *pool, ngx_array_t *given,
    ngx_array_t **patterns)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    *patterns = ngx_array_create(pool, 8, sizeof(ngx_str_t));
    if (*patterns == NULL) {
        return NGX_ERROR;
    }

    s = given->elts;

    for (i = 0; i < given->nelts; i++) {

        if (ngx_rtalpha_cfg_conf_pattern(pool, *patterns, &s[i], "")
            != NGX_OK
            || (ngx_strlchr(s[i].data, s[i].data + s[i].len, '/') == NULL
                && ngx_rtalpha_cfg_conf_pattern(pool, *patterns, &s[i], "/*")
                   != NGX_OK)
            || (s[i].len && s[i].data[s[i].len - 1] != '*'
                && ngx_rtalpha_cfg_conf_pattern(pool, *patterns, &s[i], ",*")
                   != NGX_OK))
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_repo(ngx_rtalpha_cfg_reader_t *rd,
    ngx_rtalpha_cfg_backend_t *parent, const ngx_str_t *name,
    const ngx_str_t *prefix)
{
    ngx_str_t                  *s;
    ngx_array_t                *given;
    const ngx_rtalpha_prop_t   *prop;
    ngx_rtalpha_cfg_backend_t  *b;

    b = ngx_array_push(parent->repos);
    if (b == NULL) {
        return NGX_ERROR;
    }

    /* credentials and times are inherited, labels and paths are not */

    *b = *parent;
    b->name = *name;
    b->search = NULL;
    b->repos = NULL;
    ngx_str_set(&b->label, "main");
    ngx_str_null(&b->uri);

    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, "");

    if (ngx_rtalpha_cfg_conf_git(rd, prefix, b) != NGX_OK) {
        return NGX_ERROR;
    }

    if (prop) {
        b->uri = prop->text;

        if (ngx_rtalpha_cfg_conf_uri(rd->pool, &b->uri) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_rtalpha_cfg_conf_owner(b);
    }

    given = NULL;

    if (ngx_rtalpha_cfg_conf_list(rd, prefix, "pattern", &given) != NGX_OK) {
        return NGX_ERROR;
    }

    if (given == NULL || given->nelts == 0) {
        given = ngx_array_create(rd->pool, 1, sizeof(ngx_str_t));

        if (given == NULL || (s = ngx_array_push(given)) == NULL) {
            return NGX_ERROR;
        }

        *s = *name;
    }

    return ngx_rtalpha_cfg_conf_patterns(rd->pool, given, &b->patterns);
}


static ngx_uint_t
ngx_rtalpha_cfg_conf_has_repo(ngx_array_t *repos, const ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_rtalpha_cfg_backend_t  *b;

    b = repos->elts;

    for (i = 0; i < repos->nelts; i++) {
        if (ngx_rtalpha_str_eq(&b[i].name, name)) {
            return 1;
        }
    }

    return 0;
}


/* the repositories named below prefix "repos", in the order of the file */

static ngx_int_t
ngx_rtalpha_cfg_conf_repos(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b)
{
    u_char                    *p;
    size_t                     len;
    ngx_str_t                  rest, name, under;
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;

    b->repos = ngx_array_create(rd->pool, 4,
                                sizeof(ngx_rtalpha_cfg_backend_t));
    if (b->repos == NULL) {
        return NGX_ERROR;
    }

    len = prefix->len + sizeof("repos") - 1;
    n = ngx_rtalpha_props_count(rd->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(rd->props, i);

        if (prop->key.len <= len + 1
            || ngx_strncasecmp(prop->key.data, prefix->data, prefix->len) != 0
            || ngx_strncasecmp(prop->key.data + prefix->len,
                               (u_char *) "repos", 5)
               != 0
            || (prop->key.data[len] != '.' && prop->key.data[len] != '['))
        {
            continue;
        }

        rest.data = prop->key.data + len;
        rest.len = prop->key.len - len;

        if (rest.data[0] == '.') {
            rest.data++;
            rest.len--;
        }

        if (ngx_rtalpha_bind_element(&rest, &name) != NGX_OK
            || ngx_rtalpha_cfg_conf_has_repo(b->repos, &name))
        {
            continue;
        }

        /* the prefix as written, up to where the element ended */

        under.len = (rest.len ? (size_t) (rest.data - prop->key.data)
                              : prop->key.len);
        under.data = ngx_pnalloc(rd->pool, under.len + 1);
        if (under.data == NULL) {
            return NGX_ERROR;
        }

        p = ngx_cpymem(under.data, prop->key.data, under.len);

        if (rest.len && p[-1] != '.') {
            *p++ = '.';
            under.len++;
        }

        if (ngx_rtalpha_cfg_conf_repo(rd, b, &name, &under) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_native(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b)
{
    ngx_flag_t                 flag;
    const ngx_rtalpha_prop_t  *prop;

    ngx_str_set(&b->label, "master");
    ngx_rtalpha_cfg_conf_str(rd, prefix, "default-label", &b->label);

    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, "version");

    if (prop) {
        b->version = prop->text;
        b->versioned = 1;
    }

    if (ngx_rtalpha_cfg_conf_list(rd, prefix, "search-locations", &b->search)
        != NGX_OK
        || ngx_rtalpha_cfg_conf_flag(rd, prefix, "add-label-locations", 1,
                                     &flag)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    b->label_places = flag;
    ngx_rtalpha_cfg_conf_owner(b);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_backend(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const ngx_str_t *type)
{
    ngx_rtalpha_cfg_backend_t  *b;

    b = ngx_array_push(&rd->conf->backends);
    if (b == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(b, sizeof(ngx_rtalpha_cfg_backend_t));

    if (ngx_rtalpha_str_is(type, "native")) {
        b->kind = NGX_RTALPHA_CFG_REPO_NATIVE;
        return ngx_rtalpha_cfg_conf_native(rd, prefix, b);
    }

    b->kind = NGX_RTALPHA_CFG_REPO_GIT;
    b->try_master = 1;
    b->strict_host_key = 1;
    b->timeout = 5000;
    ngx_str_set(&b->label, "main");

    if (ngx_rtalpha_cfg_conf_git(rd, prefix, b) != NGX_OK) {
        return NGX_ERROR;
    }

    if (rd->conf->label.len) {
        b->label = rd->conf->label;
    }

    return ngx_rtalpha_cfg_conf_repos(rd, prefix, b);
}


static ngx_int_t
ngx_rtalpha_cfg_conf_composite(ngx_rtalpha_cfg_reader_t *rd)
{
    u_char                     buf[128];
    ngx_str_t                  prefix;
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    prefix.data = buf;

    for (i = 0; i < 1000; i++) {
        prefix.len = ngx_sprintf(buf, NGX_RTALPHA_CFG_SERVER
                                 "composite[%ui].", i)
                     - buf;

        prop = ngx_rtalpha_cfg_conf_find(rd, &prefix, "type");

        if (prop == NULL) {
            return NGX_OK;
        }

        if (!ngx_rtalpha_str_is(&prop->text, "git")
            && !ngx_rtalpha_str_is(&prop->text, "native"))
        {
            if (ngx_rtalpha_report_add(rd->report, prop,
                                       NGX_RTALPHA_BIND_WRONG,
                                       "is no backend that is there: git or "
                                       "native")
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        if (ngx_rtalpha_cfg_conf_backend(rd, &prefix, &prop->text) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* which backends: by the server's own active profiles, as Spring does */

ngx_int_t
ngx_rtalpha_cfg_conf_backends(ngx_rtalpha_cfg_reader_t *rd)
{
    ngx_str_t    *s;
    ngx_uint_t    i, known;
    ngx_array_t  *active;

    static ngx_str_t  none = ngx_null_string;
    static ngx_str_t  git = ngx_string("git");
    static ngx_str_t  native = ngx_string("native");
    static ngx_str_t  composite = ngx_string("composite");
    static ngx_str_t  git_prefix = ngx_string(NGX_RTALPHA_CFG_SERVER "git.");
    static ngx_str_t  native_prefix =
                              ngx_string(NGX_RTALPHA_CFG_SERVER "native.");

    active = NULL;

    if (ngx_rtalpha_cfg_conf_list(rd, &none, "spring.profiles.active",
                                  &active)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    known = 0;
    s = active ? active->elts : NULL;

    for (i = 0; active && i < active->nelts; i++) {

        if (ngx_rtalpha_str_eq(&s[i], &composite)) {
            return ngx_rtalpha_cfg_conf_composite(rd);
        }
    }

    for (i = 0; active && i < active->nelts; i++) {

        if (ngx_rtalpha_str_eq(&s[i], &native)) {
            known = 1;

            if (ngx_rtalpha_cfg_conf_backend(rd, &native_prefix, &native)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

        } else if (ngx_rtalpha_str_eq(&s[i], &git)) {
            known = 1;

            if (ngx_rtalpha_cfg_conf_backend(rd, &git_prefix, &git) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return known ? NGX_OK
                 : ngx_rtalpha_cfg_conf_backend(rd, &git_prefix, &git);
}
