
/*
 * Which files resolution looks at: each name, with and without a profile, in
 * each directory, in the order of their rank.
 */


#include "ngx_rtalpha_cfg_run.h"
#include "ngx_rtalpha_cfg_profile.h"


#define NGX_RTALPHA_CFG_RESOLVE_FILES  10000


static const ngx_str_t  ngx_rtalpha_cfg_resolve_exts[] = {  /* highest first */
    ngx_string(".properties"),
    ngx_string(".xml"),
    ngx_string(".yml"),
    ngx_string(".yaml")
};


static ngx_int_t
ngx_rtalpha_cfg_resolve_child(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, ngx_rtalpha_cfg_node_t *like,
    ngx_rtalpha_cfg_docs_t *docs, ngx_uint_t i)
{
    ngx_rtalpha_cfg_doc_t   *doc;
    ngx_rtalpha_cfg_node_t  *node, **slot;

    doc = docs->docs.elts;
    doc += i;

    if (doc->bad) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &like->path,
                   "a condition on an unknown cloud platform");
    }

    node = ngx_pcalloc(run->r->pool, sizeof(ngx_rtalpha_cfg_node_t));
    slot = ngx_array_push(children);

    if (node == NULL || slot == NULL) {
        return NGX_ERROR;
    }

    *node = *like;
    node->doc = doc;
    node->number = docs->docs.nelts > 1 ? (ngx_int_t) i : -1;
    *slot = node;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_resolve_file(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, ngx_rtalpha_cfg_node_t *like)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_rtalpha_cfg_docs_t     *docs;
    ngx_rtalpha_cfg_resolve_t  *r;

    r = run->r;

    if (++run->looked > (r->max ? r->max : NGX_RTALPHA_CFG_RESOLVE_FILES)) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &like->path,
                   "too many files to look at");
    }

    if (ngx_rtalpha_cfg_profile_in(&run->loaded, &like->path)) {
        return NGX_OK;
    }

    rc = r->load(r->data, &like->path, &docs);

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    if (rc == NGX_AGAIN) {
        run->missing = 1;
        return NGX_OK;
    }

    if (rc != NGX_OK
        || ngx_rtalpha_cfg_profile_push(&run->loaded, &like->path) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (docs->error.len) {
        return ngx_rtalpha_cfg_resolve_refuse(run, &like->path, &docs->error);
    }

    for (i = docs->docs.nelts; i > 0; i--) {
        rc = ngx_rtalpha_cfg_resolve_child(run, children, like, docs, i - 1);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_resolve_join(ngx_pool_t *pool, ngx_str_t *path,
    const ngx_str_t *dir, const ngx_str_t *name, const ngx_str_t *profile,
    const ngx_str_t *ext)
{
    u_char  *p;

    path->len = dir->len + name->len + ext->len
                + (profile ? profile->len + 1 : 0);

    p = ngx_pnalloc(pool, path->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    path->data = p;
    p = ngx_cpymem(p, dir->data, dir->len);
    p = ngx_cpymem(p, name->data, name->len);

    if (profile) {
        *p++ = '-';
        p = ngx_cpymem(p, profile->data, profile->len);
    }

    ngx_memcpy(p, ext->data, ext->len);

    return NGX_OK;
}


/* the files of one name in one directory, highest first */

static ngx_int_t
ngx_rtalpha_cfg_resolve_name(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, const ngx_rtalpha_cfg_place_t *place,
    const ngx_str_t *name, const ngx_str_t *profile)
{
    ngx_int_t                rc;
    ngx_uint_t               k;
    ngx_rtalpha_cfg_node_t   like;

    ngx_memzero(&like, sizeof(ngx_rtalpha_cfg_node_t));
    like.place = place->text;
    like.specific = (profile != NULL);
    like.movable = (profile != NULL);

    for (k = 0; k < 4; k++) {

        if (ngx_rtalpha_cfg_resolve_join(run->r->pool, &like.path,
                                         &place->dir, name, profile,
                                         &ngx_rtalpha_cfg_resolve_exts[k])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_cfg_resolve_file(run, children, &like);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* is "dir" "name" what another place and name mean too */

static ngx_uint_t
ngx_rtalpha_cfg_resolve_same(const ngx_str_t *dir, const ngx_str_t *name,
    const ngx_str_t *dir2, const ngx_str_t *name2)
{
    size_t            n;
    const ngx_str_t  *swap;

    if (dir->len + name->len != dir2->len + name2->len) {
        return 0;
    }

    if (dir->len > dir2->len) {
        swap = dir;
        dir = dir2;
        dir2 = swap;
        swap = name;
        name = name2;
        name2 = swap;
    }

    n = dir2->len - dir->len;

    return ngx_memcmp(dir->data, dir2->data, dir->len) == 0
           && ngx_memcmp(name->data, dir2->data + dir->len, n) == 0
           && ngx_memcmp(name->data + n, name2->data, name2->len) == 0;
}


/* what a lower place has too has its rank from there */

static ngx_uint_t
ngx_rtalpha_cfg_resolve_below(ngx_rtalpha_cfg_run_t *run, ngx_uint_t at,
    const ngx_str_t *name)
{
    ngx_str_t                *other;
    ngx_uint_t                i, k;
    ngx_rtalpha_cfg_place_t  *place;

    if (!run->nested) {
        return 0;
    }

    place = run->r->places->elts;
    other = run->r->names->elts;

    for (i = 0; i < at; i++) {
        for (k = 0; k < run->r->names->nelts; k++) {

            if (ngx_rtalpha_cfg_resolve_same(&place[at].dir, name,
                                             &place[i].dir, &other[k]))
            {
                return 1;
            }
        }
    }

    return 0;
}


/*
 * All names in places of one group: each name in all of its directories,
 * highest first.  first: the lowest place of the group.
 */

static ngx_int_t
ngx_rtalpha_cfg_resolve_group(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, ngx_uint_t first, ngx_uint_t last,
    const ngx_str_t *profile)
{
    ngx_int_t                 rc;
    ngx_str_t                *name;
    ngx_uint_t                i, n;
    ngx_rtalpha_cfg_place_t  *place;

    place = run->r->places->elts;
    name = run->r->names->elts;

    for (n = run->r->names->nelts; n > 0; n--) {
        for (i = last; i > first; i--) {

            if (ngx_rtalpha_cfg_resolve_below(run, i - 1, &name[n - 1])) {
                continue;
            }

            rc = ngx_rtalpha_cfg_resolve_name(run, children, &place[i - 1],
                                              &name[n - 1], profile);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_resolve_places(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, const ngx_str_t *profile)
{
    ngx_int_t                 rc;
    ngx_uint_t                i, first;
    ngx_rtalpha_cfg_place_t  *place;

    place = run->r->places->elts;

    for (i = run->r->places->nelts; i > 0; i = first) {
        first = i - 1;

        while (first && place[i - 1].group
               && place[first - 1].group == place[i - 1].group)
        {
            first--;
        }

        rc = ngx_rtalpha_cfg_resolve_group(run, children, first, i, profile);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_resolve_import_dir(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, const ngx_rtalpha_cfg_place_t *place,
    const ngx_str_t *profile)
{
    ngx_int_t    rc;
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = run->r->names->elts;

    for (i = run->r->names->nelts; i > 0; i--) {
        rc = ngx_rtalpha_cfg_resolve_name(run, children, place, &name[i - 1],
                                          profile);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}
