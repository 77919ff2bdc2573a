
/*
 * Looking at origins: has something changed.  Blocking, for the background
 * thread.
 */


#ifndef _NGX_RTALPHA_CFG_WATCH_H_INCLUDED_
#define _NGX_RTALPHA_CFG_WATCH_H_INCLUDED_


#include "ngx_rtalpha_cfg_listing.h"


#define NGX_RTALPHA_CFG_WATCH_DIGEST  20       /* SHA-1 */


/*
 * A digest over the references of a repository on this machine: it differs
 * when a reference has moved.  path: NUL-terminated.  NGX_DECLINED: there is
 * no repository.
 */
ngx_int_t ngx_rtalpha_cfg_watch_refs(const u_char *path, u_char *digest);

/*
 * All files below a folder (NUL-terminated, trailing "/") as a listing whose
 * object ids are digests of path, time, size and inode, and the time.  Links
 * are followed; names that begin with ".." or ".git" are not.  A folder that
 * is not there is empty.  NGX_DECLINED: more than max files.
 */
ngx_int_t ngx_rtalpha_cfg_watch_folder(ngx_pool_t *pool, const u_char *root,
    ngx_uint_t max, ngx_str_t *packed);

/* when the file with this id was modified */
int64_t ngx_rtalpha_cfg_watch_modified(const u_char *oid);


/* removes a folder with all in it */
void ngx_rtalpha_cfg_watch_remove(const char *path);


#endif /* _NGX_RTALPHA_CFG_WATCH_H_INCLUDED_ */
