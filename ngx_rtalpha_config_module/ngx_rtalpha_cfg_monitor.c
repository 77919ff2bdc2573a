
/*
 * Webhooks.  Providers are tried in the order of the original; one that
 * finds no path leaves the event to the next.
 */


#include "ngx_rtalpha_cfg_monitor.h"
#include "ngx_rtalpha_cfg_profile.h"

#include <ngx_config.h>
#include <jansson.h>


static ngx_int_t
ngx_rtalpha_cfg_monitor_push(ngx_pool_t *pool, ngx_array_t *list,
    const char *text, size_t len)
{
    ngx_str_t  s;

    s.len = len;
    s.data = ngx_pnalloc(pool, len + 1);
    if (s.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(s.data, text, len);

    return ngx_rtalpha_cfg_profile_push(list, &s);
}


static ngx_str_t *
ngx_rtalpha_cfg_monitor_header(ngx_rtalpha_cfg_hook_t *hook,
    ngx_uint_t provider)
{
    switch (provider) {
    case NGX_RTALPHA_CFG_HOOK_GITHUB:
        return &hook->github;
    case NGX_RTALPHA_CFG_HOOK_GITLAB:
        return &hook->gitlab;
    case NGX_RTALPHA_CFG_HOOK_GITEA:
        return &hook->gitea;
    case NGX_RTALPHA_CFG_HOOK_GITEE:
        return &hook->gitee;
    case NGX_RTALPHA_CFG_HOOK_GOGS:
        return &hook->gogs;
    default:
        return &hook->bitbucket;
    }
}


ngx_uint_t
ngx_rtalpha_cfg_monitor_provider(const ngx_rtalpha_cfg_hook_t *hook)
{
    ngx_uint_t              i;
    ngx_rtalpha_cfg_hook_t  copy;

    static const ngx_uint_t  order[] = {
        NGX_RTALPHA_CFG_HOOK_GITEA,
        NGX_RTALPHA_CFG_HOOK_GOGS,
        NGX_RTALPHA_CFG_HOOK_GITEE,
        NGX_RTALPHA_CFG_HOOK_GITLAB,
        NGX_RTALPHA_CFG_HOOK_BITBUCKET,
        NGX_RTALPHA_CFG_HOOK_GITHUB
    };

    copy = *hook;

    for (i = 0; i < NGX_RTALPHA_CFG_HOOKS; i++) {
        if (ngx_rtalpha_cfg_monitor_header(&copy, order[i])->data) {
            return order[i];
        }
    }

    return NGX_RTALPHA_CFG_HOOKS;
}


void
ngx_rtalpha_cfg_monitor_disable(ngx_rtalpha_cfg_hook_t *hook,
    ngx_uint_t provider)
{
    ngx_str_t  *header;

    header = ngx_rtalpha_cfg_monitor_header(hook, provider);
    ngx_str_null(header);
}


/* commits[].added, .removed, .modified */

static ngx_int_t
ngx_rtalpha_cfg_monitor_commits(ngx_pool_t *pool, json_t *root,
    ngx_array_t *paths)
{
    json_t      *commits, *commit, *list, *path;
    size_t       i, n;
    ngx_uint_t   k;

    static const char  *keys[] = { "added", "removed", "modified" };

    commits = json_object_get(root, "commits");

    if (!json_is_array(commits)) {
        return NGX_OK;
    }

    json_array_foreach(commits, i, commit) {
        for (k = 0; k < 3; k++) {
            list = json_object_get(commit, keys[k]);

            if (list == NULL || json_is_null(list)) {
                continue;
            }

            if (!json_is_array(list)) {
                return NGX_ABORT;
            }

            json_array_foreach(list, n, path) {

                if (json_is_string(path)
                    && ngx_rtalpha_cfg_monitor_push(pool, paths,
                           json_string_value(path), json_string_length(path))
                       != NGX_OK)
                {
                    return NGX_ERROR;
                }
            }
        }
    }

    return NGX_OK;
}


/* "path": a text or a list of texts */

static ngx_int_t
ngx_rtalpha_cfg_monitor_generic(ngx_pool_t *pool, json_t *root,
    ngx_array_t *paths)
{
    json_t  *path, *one;
    size_t   i;

    path = json_object_get(root, "path");

    if (json_is_string(path)) {
        return ngx_rtalpha_cfg_monitor_push(pool, paths,
                   json_string_value(path), json_string_length(path));
    }

    if (!json_is_array(path)) {
        return NGX_OK;
    }

    json_array_foreach(path, i, one) {

        if (json_is_string(one)
            && ngx_rtalpha_cfg_monitor_push(pool, paths,
                   json_string_value(one), json_string_length(one))
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_cfg_monitor_is(const ngx_str_t *value, const char *text)
{
    return value->data && value->len == ngx_strlen(text)
           && ngx_memcmp(value->data, text, value->len) == 0;
}


/* events that do not say which files: all applications */

static ngx_uint_t
ngx_rtalpha_cfg_monitor_any(const ngx_rtalpha_cfg_hook_t *hook, json_t *root)
{
    json_t  *push;

    if (ngx_rtalpha_cfg_monitor_is(&hook->gitea, "push")
        && json_is_array(json_object_get(root, "commits")))
    {
        return 1;
    }

    push = json_object_get(root, "push");

    if (hook->hook.len
        && (ngx_rtalpha_cfg_monitor_is(&hook->bitbucket, "repo:push")
            || ngx_rtalpha_cfg_monitor_is(&hook->bitbucket,
                                          "pullrequest:fulfilled"))
        && json_is_array(json_object_get(push, "changes")))
    {
        return 1;
    }

    if (hook->request.len == 0) {
        return 0;
    }

    return ngx_rtalpha_cfg_monitor_is(&hook->bitbucket, "pr:merged")
           || (ngx_rtalpha_cfg_monitor_is(&hook->bitbucket,
                                          "repo:refs_changed")
               && json_is_array(json_object_get(root, "changes")));
}


static ngx_int_t
ngx_rtalpha_cfg_monitor_extract(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_hook_t *hook, json_t *root, ngx_array_t *paths)
{
    ngx_int_t  rc;

    if (ngx_rtalpha_cfg_monitor_is(&hook->github, "push")) {
        rc = ngx_rtalpha_cfg_monitor_commits(pool, root, paths);

        if (rc != NGX_OK || paths->nelts) {
            return rc;
        }
    }

    rc = ngx_rtalpha_cfg_monitor_generic(pool, root, paths);

    if (rc != NGX_OK || paths->nelts) {
        return rc;
    }

    if (ngx_rtalpha_cfg_monitor_is(&hook->gitlab, "Push Hook")
        || ngx_rtalpha_cfg_monitor_is(&hook->gitee, "Push Hook")
        || ngx_rtalpha_cfg_monitor_is(&hook->gogs, "push"))
    {
        rc = ngx_rtalpha_cfg_monitor_commits(pool, root, paths);

        if (rc != NGX_OK || paths->nelts) {
            return rc;
        }
    }

    return ngx_rtalpha_cfg_monitor_any(hook, root)
           ? ngx_rtalpha_cfg_monitor_push(pool, paths, "application.yml",
                                          sizeof("application.yml") - 1)
           : NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_monitor_paths(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_hook_t *hook, const ngx_str_t *body,
    ngx_array_t *paths)
{
    json_t        *root;
    ngx_int_t      rc;
    json_error_t   error;

    root = json_loadb((char *) body->data, body->len, JSON_ALLOW_NUL, &error);

    if (!json_is_object(root)) {
        json_decref(root);
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_monitor_extract(pool, hook, root, paths);
    json_decref(root);

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_monitor_names(ngx_pool_t *pool, const ngx_str_t *path,
    ngx_array_t *names)
{
    u_char     *p, *last;
    ngx_str_t   stem;

    static ngx_str_t  all = ngx_string("*");

    last = path->data + path->len;

    for (p = last; p > path->data && p[-1] != '/' && p[-1] != '\\'; p--) {
        /* void */
    }

    stem.data = p;
    stem.len = last - p;

    for (p = last; p > stem.data; p--) {
        if (p[-1] == '.') {
            stem.len = p - 1 - stem.data;
            break;
        }
    }

    for ( ;; ) {

        if (ngx_rtalpha_cfg_profile_push(names,
                ngx_rtalpha_str_is(&stem, "application") ? &all : &stem)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        for (p = stem.data + stem.len; p > stem.data && p[-1] != '-'; p--) {
            /* void */
        }

        if (p == stem.data) {
            return NGX_OK;
        }

        stem.len = p - 1 - stem.data;
    }
}
