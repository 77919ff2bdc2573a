
/*
 * The files of a commit, found by going down its directories.  Directories
 * are objects like files: those that are alike in several commits are kept
 * once, and what nobody looks into is not read.
 */


#ifndef _NGX_RTALPHA_CFG_FILES_H_INCLUDED_
#define _NGX_RTALPHA_CFG_FILES_H_INCLUDED_


#include "ngx_rtalpha_cfg_load.h"
#include "ngx_rtalpha_cfg_gittree.h"


typedef struct {
    ngx_pool_t    *pool;
    ngx_uint_t     oid_len;
    u_char         root[NGX_RTALPHA_CFG_OID];
    ngx_uint_t     max;                 /* directories that a pattern visits */
    ngx_array_t   *missing;             /* ngx_rtalpha_cfg_wanted_t */
} ngx_rtalpha_cfg_files_t;


/*
 * NGX_OK; NGX_DECLINED: no such file; NGX_AGAIN: a directory has to be
 * loaded first, it is appended to missing.  entry->path is that of the
 * directory's entry.
 */
ngx_int_t ngx_rtalpha_cfg_files_find(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *path, ngx_rtalpha_cfg_entry_t *entry);

/* the same for a directory; dir ends in "/" or is empty */
ngx_int_t ngx_rtalpha_cfg_files_dir(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *dir);

/*
 * Appends the directories (ngx_str_t, each with a trailing "/", sorted) that
 * a pattern of ngx_rtalpha_cfg_places_match() takes.  NGX_DECLINED: there
 * are more than max to look at.
 */
ngx_int_t ngx_rtalpha_cfg_files_dirs(ngx_rtalpha_cfg_files_t *files,
    const ngx_str_t *pattern, ngx_array_t *dirs);

/* puts an object on a list of what has to be loaded */
ngx_int_t ngx_rtalpha_cfg_files_want(ngx_array_t *list, const u_char *oid,
    ngx_uint_t oid_len, ngx_uint_t kind);


#endif /* _NGX_RTALPHA_CFG_FILES_H_INCLUDED_ */
