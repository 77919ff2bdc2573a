
/*
 * Native locations, as Spring Boot reads what a label, an application or a
 * profile has made of them: "spring.config.location" is a list, and one
 * element may have a wildcard.
 */


#include "ngx_rtalpha_cfg_backend.h"
#include "ngx_rtalpha_cfg_local.h"


/* the first element of a list; NGX_DECLINED: one of them is no directory */

static ngx_int_t
ngx_rtalpha_cfg_location_first(ngx_rtalpha_cfg_view_t *view,
    ngx_rtalpha_cfg_place_t *place)
{
    u_char      c;
    size_t      i, first;
    ngx_uint_t  java;
    ngx_str_t   text;

    text = place->text;
    java = view->ask->conf->java_errors;
    first = text.len;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c != ',' && (c != ';' || !java)) {
            continue;
        }

        if (i && text.data[i - 1] != '/' && text.data[i - 1] != ','
            && text.data[i - 1] != ';')
        {
            return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 500,
                       "invalid-location", "a location that is a list");
        }

        first = ngx_min(first, i);
    }

    if (first == text.len) {
        return NGX_OK;
    }

    place->text.len = first;

    return ngx_rtalpha_cfg_view_folder(view->ask->pool, &place->text,
                                       &place->dir);
}


/* one folder in a location with a wildcard */

static ngx_int_t
ngx_rtalpha_cfg_location_push(ngx_rtalpha_cfg_view_t *view,
    ngx_array_t *places, const ngx_rtalpha_cfg_place_t *pattern,
    const ngx_str_t *base, const ngx_str_t *name)
{
    u_char                   *p;
    ngx_str_t                 text;
    ngx_rtalpha_cfg_place_t  *place;

    text.len = base->len + 1 + name->len;
    p = ngx_pnalloc(view->ask->pool, text.len);
    place = ngx_array_push(places);

    if (p == NULL || place == NULL) {
        return NGX_ERROR;
    }

    text.data = p;
    p = ngx_cpymem(p, base->data, base->len);

    if (p[-1] == '/') {
        text.len--;

    } else {
        *p++ = '/';
    }

    ngx_memcpy(p, name->data, name->len);

    ngx_memzero(place, sizeof(ngx_rtalpha_cfg_place_t));
    place->text = text;
    place->group = pattern->group;

    return ngx_rtalpha_cfg_view_folder(view->ask->pool, &text, &place->dir);
}


/* the folders of a listing right below a directory; its files are sorted */

static ngx_int_t
ngx_rtalpha_cfg_location_below(ngx_rtalpha_cfg_view_t *view,
    ngx_array_t *places, const ngx_rtalpha_cfg_place_t *pattern,
    const ngx_str_t *base, const ngx_rtalpha_cfg_listing_t *listing,
    const ngx_str_t *dir)
{
    u_char                   *slash;
    ngx_str_t                 name, before;
    ngx_uint_t                i;
    ngx_rtalpha_cfg_entry_t   entry;

    ngx_str_null(&before);

    for (i = 0; i < listing->count; i++) {

        if (ngx_rtalpha_cfg_listing_at(listing, i, &entry) != NGX_OK) {
            return NGX_ERROR;
        }

        if (entry.path.len <= dir->len
            || ngx_memcmp(entry.path.data, dir->data, dir->len) != 0)
        {
            continue;
        }

        name.data = entry.path.data + dir->len;
        slash = ngx_strlchr(name.data, entry.path.data + entry.path.len, '/');

        if (slash == NULL) {
            continue;
        }

        name.len = slash + 1 - name.data;

        if (ngx_rtalpha_str_eq(&name, &before)) {
            continue;
        }

        before = name;

        if (ngx_rtalpha_cfg_location_push(view, places, pattern, base, &name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_location_folders(ngx_rtalpha_cfg_view_t *view,
    ngx_array_t *places, const ngx_rtalpha_cfg_place_t *pattern,
    const ngx_str_t *base)
{
    ngx_str_t                    path, dir;
    ngx_uint_t                   i, version;
    ngx_rtalpha_cfg_repo_t     **root;
    ngx_rtalpha_cfg_listing_t   *listing;

    if (ngx_rtalpha_cfg_view_folder(view->ask->pool, base, &path) != NGX_OK) {
        return NGX_ERROR;
    }

    if (path.data[path.len - 1] != '/') {
        path.data[path.len++] = '/';
    }

    root = view->roots->elts;

    for (i = 0; i < view->roots->nelts; i++) {

        if (path.len < root[i]->uri_len
            || ngx_memcmp(path.data, root[i]->uri, root[i]->uri_len) != 0
            || ngx_rtalpha_cfg_local_listing(root[i], &listing, &version)
               != NGX_OK)
        {
            continue;
        }

        dir.data = path.data + root[i]->uri_len;
        dir.len = path.len - root[i]->uri_len;

        return ngx_rtalpha_cfg_location_below(view, places, pattern, base,
                                              listing, &dir);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_location_expand(ngx_rtalpha_cfg_view_t *view,
    ngx_array_t *places, const ngx_rtalpha_cfg_place_t *place)
{
    u_char                    *star, *last, *name;
    ngx_str_t                  base;
    ngx_rtalpha_cfg_place_t   *slot;

    last = place->text.data + place->text.len;
    star = view->ask->conf->java_errors
           ? ngx_strlchr(place->text.data, last, '*') : NULL;

    if (star == NULL) {
        slot = ngx_array_push(places);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        *slot = *place;

        return NGX_OK;
    }

    name = ngx_strlchr(view->ask->application.data,
                       view->ask->application.data
                       + view->ask->application.len, '/');

    if (last - star != 2 || last[-1] != '/' || name) {
        return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 500,
                   "invalid-location", "a location must end with */");
    }

    base.data = place->text.data;
    base.len = star - base.data;

    return ngx_rtalpha_cfg_location_folders(view, places, place, &base);
}


ngx_int_t
ngx_rtalpha_cfg_view_locations(ngx_rtalpha_cfg_view_t *view)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_array_t               places;
    ngx_rtalpha_cfg_place_t  *place;

    if (ngx_array_init(&places, view->ask->pool, view->places.nelts + 1,
                       sizeof(ngx_rtalpha_cfg_place_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    place = view->places.elts;

    for (i = 0; i < view->places.nelts; i++) {
        place[i].group = i + 1;
        rc = ngx_rtalpha_cfg_location_first(view, &place[i]);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_cfg_location_expand(view, &places, &place[i]);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    view->places = places;

    return NGX_OK;
}
