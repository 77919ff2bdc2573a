
/*
 * The profiles of a resolution: those asked for, those that documents
 * include, and the members of their groups.
 */


#include "ngx_rtalpha_cfg_run.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_cfg_profile.h"


static ngx_int_t
ngx_rtalpha_cfg_resolve_push_profile(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, ngx_array_t *list, const ngx_str_t *one)
{
    if (!ngx_rtalpha_cfg_path_profile_valid(one)) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                   "a profile with characters that are not allowed");
    }

    return ngx_rtalpha_cfg_profile_push(list, one);
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_include(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node)
{
    ngx_int_t               rc;
    ngx_str_t              *s;
    ngx_uint_t              i;
    ngx_rtalpha_cfg_doc_t  *doc;

    doc = node->doc;

    if (doc == NULL) {
        return NGX_OK;
    }

    if ((doc->includes || doc->groups || doc->active || doc->fallback)
        && !ngx_rtalpha_cfg_resolve_active(run, node))
    {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                   "profiles are set in a document that is not active");
    }

    s = doc->includes ? doc->includes->elts : NULL;

    for (i = 0; doc->includes && i < doc->includes->nelts; i++) {
        rc = ngx_rtalpha_cfg_resolve_push_profile(run, node, run->r->active,
                                                  &s[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* the members of a profile's group: the highest document that has one */

typedef struct {
    ngx_rtalpha_cfg_run_t   run;
    const ngx_str_t        *profile;
    ngx_array_t            *members;
    ngx_rtalpha_cfg_node_t *node;
} ngx_rtalpha_cfg_group_find_t;


static ngx_int_t
ngx_rtalpha_cfg_resolve_find_group(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node)
{
    ngx_uint_t                     i;
    ngx_rtalpha_cfg_group_t       *g;
    ngx_rtalpha_cfg_group_find_t  *find;

    find = (ngx_rtalpha_cfg_group_find_t *) run;

    if (node->doc == NULL || node->doc->groups == NULL) {
        return NGX_OK;
    }

    g = node->doc->groups->elts;

    for (i = 0; i < node->doc->groups->nelts; i++) {

        if (ngx_rtalpha_str_eq(&g[i].profile, find->profile)) {
            find->members = g[i].members;
            find->node = node;
            return NGX_DONE;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_expand(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *expanded, const ngx_str_t *profile,
    ngx_rtalpha_cfg_node_t *from)
{
    ngx_int_t                      rc;
    ngx_str_t                     *s;
    ngx_uint_t                     i, n;
    ngx_rtalpha_cfg_group_find_t   find;

    n = expanded->nelts;

    rc = from ? ngx_rtalpha_cfg_resolve_push_profile(run, from, expanded,
                                                     profile)
              : ngx_rtalpha_cfg_profile_push(expanded, profile);

    if (rc != NGX_OK || expanded->nelts == n) {
        return rc;
    }

    if (run->plain) {
        return NGX_OK;
    }

    if (n > 1000) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &run->root.path,
                                                  "too many profiles");
    }

    find.run = *run;
    find.profile = profile;
    find.members = NULL;

    if (ngx_rtalpha_cfg_resolve_walk(&find.run, &run->root,
                                     ngx_rtalpha_cfg_resolve_find_group)
        != NGX_DONE)
    {
        return NGX_OK;
    }

    s = find.members ? find.members->elts : NULL;

    for (i = 0; find.members && i < find.members->nelts; i++) {
        rc = ngx_rtalpha_cfg_resolve_expand(run, expanded, &s[i], find.node);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_resolve_profiles(ngx_rtalpha_cfg_run_t *run)
{
    ngx_int_t     rc;
    ngx_str_t    *s;
    ngx_uint_t    i;
    ngx_array_t  *asked, *expanded;

    asked = run->r->profiles;
    run->r->active = ngx_array_create(run->r->pool, 8, sizeof(ngx_str_t));
    expanded = ngx_array_create(run->r->pool, 8, sizeof(ngx_str_t));

    if (run->r->active == NULL || expanded == NULL) {
        return NGX_ERROR;
    }

    s = asked->elts;

    for (i = 0; i < asked->nelts; i++) {
        if (ngx_rtalpha_cfg_profile_push(run->r->active, &s[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (!run->plain) {
        rc = ngx_rtalpha_cfg_resolve_walk(run, &run->root,
                                          ngx_rtalpha_cfg_resolve_include);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    s = run->r->active->elts;

    for (i = 0; i < run->r->active->nelts; i++) {
        rc = ngx_rtalpha_cfg_resolve_expand(run, expanded, &s[i], NULL);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    run->r->active = expanded;

    return NGX_OK;
}
