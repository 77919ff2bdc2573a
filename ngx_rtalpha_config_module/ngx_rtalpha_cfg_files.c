
/*
 * Going down directories.
 */


#include "ngx_rtalpha_cfg_files.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_cfg_places.h"


#define NGX_RTALPHA_CFG_FILES_DEPTH  100


/* a directory to be visited */
typedef struct {
    ngx_str_t    path;                  /* with a trailing "/", or empty */
    ngx_uint_t   depth;
    u_char       oid[NGX_RTALPHA_CFG_OID];
} ngx_rtalpha_cfg_visit_t;


ngx_int_t
ngx_rtalpha_cfg_files_want(ngx_array_t *list, const u_char *oid,
    ngx_uint_t oid_len, ngx_uint_t kind)
{
    ngx_rtalpha_cfg_wanted_t  *w;

    w = ngx_array_push(list);
    if (w == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(w, sizeof(ngx_rtalpha_cfg_wanted_t));
    ngx_memcpy(w->oid, oid, NGX_RTALPHA_CFG_OID);
    w->oid_len = oid_len;
    w->kind = kind;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_files_tree(ngx_rtalpha_cfg_files_t *files, const u_char *oid,
    ngx_rtalpha_cfg_gittree_t **tree)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_cfg_local_tree(oid, files->oid_len, tree);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    return ngx_rtalpha_cfg_files_want(files->missing, oid, files->oid_len,
                                      NGX_RTALPHA_CFG_LOAD_TREE)
           == NGX_OK ? NGX_AGAIN : NGX_ERROR;
}


/* down to the directory of the path; name: what is left of it */

static ngx_int_t
ngx_rtalpha_cfg_files_down(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *path, ngx_rtalpha_cfg_gittree_t **tree, ngx_str_t *name)
{
    u_char                   *p, *last, *slash, *oid;
    ngx_int_t                 rc;
    ngx_uint_t                depth;
    ngx_rtalpha_cfg_entry_t   entry;

    p = path->data;
    last = p + path->len;
    oid = files->root;

    for (depth = 0; depth < NGX_RTALPHA_CFG_FILES_DEPTH; depth++) {

        rc = ngx_rtalpha_cfg_files_tree(files, oid, tree);

        if (rc != NGX_OK) {
            return rc;
        }

        slash = (p < last) ? ngx_strlchr(p, last, '/') : NULL;
        name->data = p;
        name->len = (slash ? slash : last) - p;

        if (slash == NULL) {
            return NGX_OK;
        }

        if (ngx_rtalpha_cfg_gittree_find(*tree, name, 1, &entry) != NGX_OK) {
            return NGX_DECLINED;
        }

        oid = entry.oid;
        p = slash + 1;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_cfg_files_find(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *path, ngx_rtalpha_cfg_entry_t *entry)
{
    ngx_int_t                rc;
    ngx_str_t                name;
    ngx_rtalpha_cfg_gittree_t  *tree;

    rc = ngx_rtalpha_cfg_files_down(files, path, &tree, &name);

    if (rc != NGX_OK) {
        return rc;
    }

    return name.len ? ngx_rtalpha_cfg_gittree_find(tree, &name, 0, entry)
                    : NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_cfg_files_dir(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *dir)
{
    ngx_str_t                name, path;
    ngx_rtalpha_cfg_gittree_t  *tree;
    ngx_rtalpha_cfg_entry_t  entry;
    ngx_int_t                rc;

    if (dir->len == 0) {
        return NGX_OK;
    }

    path = *dir;
    path.len--;
    rc = ngx_rtalpha_cfg_files_down(files, &path, &tree, &name);

    if (rc != NGX_OK) {
        return rc;
    }

    return name.len ? ngx_rtalpha_cfg_gittree_find(tree, &name, 1, &entry)
                    : NGX_DECLINED;
}


/*
 * Element number depth of a pattern; NGX_DECLINED: it has fewer, NGX_DONE:
 * "**" stands before it or is it, so that anything may be below.
 */

static ngx_int_t
ngx_rtalpha_cfg_files_element(const ngx_str_t *pattern, ngx_uint_t depth,
    ngx_str_t *element)
{
    u_char  *p, *last, *end;

    p = pattern->data;
    last = p + pattern->len;

    for ( ;; ) {

        if (p >= last) {
            return NGX_DECLINED;
        }

        end = ngx_strlchr(p, last, '/');
        end = end ? end : last;
        element->data = p;
        element->len = end - p;

        if (ngx_rtalpha_str_is(element, "**")) {
            return NGX_DONE;
        }

        if (depth-- == 0) {
            return NGX_OK;
        }

        p = end + 1;
    }
}


/* puts the directories in one that the pattern may lead through on a list */

static ngx_int_t
ngx_rtalpha_cfg_files_below(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *pattern, const ngx_rtalpha_cfg_visit_t *at,
    const ngx_rtalpha_cfg_gittree_t *tree, ngx_array_t *visits)
{
    u_char                   *p;
    ngx_int_t                 rc;
    ngx_str_t                 element;
    ngx_uint_t                i;
    ngx_rtalpha_cfg_entry_t   e;
    ngx_rtalpha_cfg_visit_t  *v;

    rc = ngx_rtalpha_cfg_files_element(pattern, at->depth, &element);

    if (rc == NGX_DECLINED || at->depth == NGX_RTALPHA_CFG_FILES_DEPTH) {
        return NGX_OK;
    }

    for (i = 0; i < tree->count; i++) {
        ngx_rtalpha_cfg_gittree_at(tree, i, &e);

        if (!ngx_rtalpha_cfg_gittree_is_dir(&e)
            || (rc == NGX_OK
                && !ngx_rtalpha_cfg_places_match(&element, &e.path)))
        {
            continue;
        }

        if (visits->nelts >= files->max) {
            return NGX_DECLINED;
        }

        v = ngx_array_push(visits);
        if (v == NULL) {
            return NGX_ERROR;
        }

        v->depth = at->depth + 1;
        ngx_memcpy(v->oid, e.oid, NGX_RTALPHA_CFG_OID);
        v->path.len = at->path.len + e.path.len + 1;

        p = ngx_pnalloc(files->pool, v->path.len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        v->path.data = p;
        ngx_sprintf(p, "%V%V/", &at->path, &e.path);
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_rtalpha_cfg_files_sort(const void *one, const void *two)
{
    const ngx_str_t  *a = one, *b = two;

    return (int) ngx_memn2cmp(a->data, b->data, a->len, b->len);
}


ngx_int_t
ngx_rtalpha_cfg_files_dirs(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *pattern, ngx_array_t *dirs)
{
    ngx_int_t                 rc, result;
    ngx_str_t                *dir, element;
    ngx_uint_t                i, first;
    ngx_array_t               visits;
    ngx_rtalpha_cfg_gittree_t   *tree;
    ngx_rtalpha_cfg_visit_t  *v, at;

    if (ngx_array_init(&visits, files->pool, 16,
                       sizeof(ngx_rtalpha_cfg_visit_t))
        != NGX_OK
        || (v = ngx_array_push(&visits)) == NULL)
    {
        return NGX_ERROR;
    }

    ngx_memzero(v, sizeof(ngx_rtalpha_cfg_visit_t));
    ngx_memcpy(v->oid, files->root, NGX_RTALPHA_CFG_OID);
    first = dirs->nelts;
    result = NGX_OK;

    for (i = 0; i < visits.nelts; i++) {
        v = visits.elts;
        at = v[i];

        if (at.depth && ngx_rtalpha_cfg_places_match(pattern, &at.path)) {
            dir = ngx_array_push(dirs);
            if (dir == NULL) {
                return NGX_ERROR;
            }

            *dir = at.path;
        }

        if (ngx_rtalpha_cfg_files_element(pattern, at.depth, &element)
            == NGX_DECLINED)
        {
            continue;
        }

        rc = ngx_rtalpha_cfg_files_tree(files, at.oid, &tree);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_cfg_files_below(files, pattern, &at, tree,
                                             &visits);
        }

        if (rc == NGX_AGAIN) {
            result = NGX_AGAIN;

        } else if (rc != NGX_OK) {
            return rc;
        }
    }

    dir = dirs->elts;
    ngx_qsort(dir + first, dirs->nelts - first, sizeof(ngx_str_t),
              ngx_rtalpha_cfg_files_sort);

    return result;
}
