
/*
 * Native backends: which watched folders a location is in, and which
 * folders are searched for a question.
 */


#include "ngx_rtalpha_cfg_backend.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_cfg_places.h"
#include "ngx_rtalpha_cfg_profile.h"


ngx_int_t
ngx_rtalpha_cfg_view_folder(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *path)
{
    u_char     *p, *d;
    size_t      i;
    ngx_str_t   s;

    s = *text;

    if (ngx_rtalpha_str_begins(&s, "optional:")) {
        s.data += sizeof("optional:") - 1;
        s.len -= sizeof("optional:") - 1;
    }

    if (ngx_rtalpha_str_begins(&s, "file:")) {
        s.data += sizeof("file:") - 1;
        s.len -= sizeof("file:") - 1;
    }

    p = ngx_pnalloc(pool, ngx_cycle->prefix.len + s.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    path->data = p;
    d = p;

    if (s.len == 0 || s.data[0] != '/') {
        d = ngx_cpymem(d, ngx_cycle->prefix.data, ngx_cycle->prefix.len);
    }

    /* doubled slashes and "./" are one */

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '/' && d > p && d[-1] == '/') {
            continue;
        }

        if (s.data[i] == '.' && d > p && d[-1] == '/' && i + 1 < s.len
            && s.data[i + 1] == '/')
        {
            i++;
            continue;
        }

        *d++ = s.data[i];
    }

    path->len = d - p;

    return NGX_OK;
}


/* the watched folder of a location: what is before its placeholders */

static ngx_int_t
ngx_rtalpha_cfg_view_root(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *location)
{
    ngx_int_t                  rc;
    ngx_str_t                  path;
    ngx_uint_t                 version;
    ngx_rtalpha_cfg_repo_t    *repo, **slot;
    ngx_rtalpha_cfg_listing_t *listing;

    rc = ngx_rtalpha_cfg_view_folder(view->ask->pool, location, &path);

    if (rc != NGX_OK) {
        return rc;
    }

    for (version = 0; version < path.len; version++) {
        if (path.data[version] == '{') {
            path.len = version;

            while (path.len && path.data[path.len - 1] != '/') {
                path.len--;
            }

            break;
        }
    }

    if (path.data[path.len - 1] != '/') {
        path.data[path.len++] = '/';
    }

    repo = ngx_rtalpha_cfg_view_repo(view->ask, NGX_RTALPHA_CFG_REPO_NATIVE,
                                     &path, view->backend);
    if (repo == NULL) {
        return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 503,
                   "too-many-repositories", "there are too many folders "
                   "(rtalpha.config.limits.repositories)");
    }

    rc = ngx_rtalpha_cfg_local_listing(repo, &listing, &version);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_absent(view->ask, repo);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_rtalpha_cfg_view_depend(view->ask, repo, version, NULL, NULL);

    slot = ngx_array_push(view->roots);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = repo;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_view_native(ngx_rtalpha_cfg_view_t *view,
    ngx_rtalpha_cfg_ask_t *ask, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *label, ngx_array_t *labels)
{
    ngx_int_t                  rc;
    ngx_str_t                 *location;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_place_t   *place;
    ngx_rtalpha_cfg_places_t   places;

    ngx_memzero(view, sizeof(ngx_rtalpha_cfg_view_t));
    view->ask = ask;
    view->backend = b;
    view->roots = ngx_array_create(ask->pool, 4, sizeof(void *));

    if (b->search == NULL || b->search->nelts == 0) {
        return ngx_rtalpha_cfg_view_refuse_lit(ask, 500, "no-locations",
                   "spring.cloud.config.server.native.search-locations is "
                   "not set");
    }

    if (view->roots == NULL
        || ngx_array_init(&view->places, ask->pool, 8,
                          sizeof(ngx_rtalpha_cfg_place_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    location = b->search->elts;

    for (i = 0; i < b->search->nelts; i++) {
        rc = ngx_rtalpha_cfg_view_root(view, &location[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_memzero(&places, sizeof(ngx_rtalpha_cfg_places_t));
    places.pool = ask->pool;
    places.patterns = b->search;
    places.applications = ngx_rtalpha_cfg_profile_list(ask->pool,
                                                  &ask->application, 0, 0);
    places.profiles = ngx_rtalpha_cfg_profile_list(ask->pool, &ask->profiles,
                                                   0, 0);
    places.label = label;

    if (places.applications == NULL || places.profiles == NULL
        || ngx_rtalpha_cfg_places_native(&places,
                                         b->label_places ? labels : NULL,
                                         &view->places)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    place = view->places.elts;

    for (i = 0; i < view->places.nelts; i++) {
        if (ngx_rtalpha_cfg_view_folder(ask->pool, &place[i].text,
                                        &place[i].dir)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
