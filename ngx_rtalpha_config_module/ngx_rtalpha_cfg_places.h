
/*
 * Which directories are searched: search-paths of a git repository,
 * search-locations of a native one, with {application}, {profile}, {label}
 * and wildcards.
 */


#ifndef _NGX_RTALPHA_CFG_PLACES_H_INCLUDED_
#define _NGX_RTALPHA_CFG_PLACES_H_INCLUDED_


#include "ngx_rtalpha_cfg_files.h"
#include "ngx_rtalpha_cfg_resolve.h"


typedef struct {
    ngx_pool_t                 *pool;
    ngx_array_t                *patterns;       /* ngx_str_t */
    const ngx_array_t          *applications;   /* ngx_str_t, as asked for */
    const ngx_array_t          *profiles;
    const ngx_str_t            *label;
    ngx_rtalpha_cfg_files_t    *files;          /* git */
    unsigned                    again:1;        /* directories are missing */
} ngx_rtalpha_cfg_places_t;


/*
 * Appends to places (array of ngx_rtalpha_cfg_place_t), lowest first: the
 * root, then the search paths.  What does not exist is left out.  NGX_AGAIN:
 * see p->files->missing; NGX_DECLINED: a pattern leads through too many
 * directories.
 */
ngx_int_t ngx_rtalpha_cfg_places_git(ngx_rtalpha_cfg_places_t *p,
    ngx_array_t *places);

/*
 * Native: the locations, then each of them with the labels appended if
 * labels is not NULL (array of ngx_str_t, in the order to append).  Places
 * have the text as configured; dir is left equal to it.
 */
ngx_int_t ngx_rtalpha_cfg_places_native(ngx_rtalpha_cfg_places_t *p,
    const ngx_array_t *labels, ngx_array_t *places);

/* replaces every {application}, {profile} and {label} */
ngx_int_t ngx_rtalpha_cfg_places_fill(ngx_pool_t *pool,
    const ngx_str_t *pattern, const ngx_str_t *application,
    const ngx_str_t *profile, const ngx_str_t *label, ngx_str_t *result);

/*
 * Ant-style match of a path: "?", "*" within an element, "**" over several.
 */
ngx_uint_t ngx_rtalpha_cfg_places_match(const ngx_str_t *pattern,
    const ngx_str_t *path);


#endif /* _NGX_RTALPHA_CFG_PLACES_H_INCLUDED_ */
