
/*
 * git children: how they are called, and in what surroundings.
 *
 * They run with an environment of their own (no configuration of the machine
 * or of a user, no prompts, only known protocols), and whatever comes from
 * a client or from settings stands after "--" or on standard input.
 */


#ifndef _NGX_RTALPHA_CFG_GIT_H_INCLUDED_
#define _NGX_RTALPHA_CFG_GIT_H_INCLUDED_


#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_cfg_conf.h"


/* the mirror's folder, NUL-terminated */
ngx_int_t ngx_rtalpha_cfg_git_mirror(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, ngx_str_t *path);

/*
 * A child that runs git in the mirror with the arguments given (NULL ends
 * them; each NUL-terminated).  b: the backend, or NULL.  NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_rtalpha_cfg_git_read(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    char **args);

/*
 * The objects whose ids are the child's input, each on a line, as git
 * cat-file --batch gives them.  "ID large SIZE" stands for one of more than
 * max bytes, "ID later 0" for one that is too much for this child; these
 * come first.
 */
ngx_int_t ngx_rtalpha_cfg_git_objects(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    size_t max);

/*
 * git cat-file --batch of the commit that an id (or its first digits) means;
 * a shallow clone gets it from the origin first.
 */
ngx_int_t ngx_rtalpha_cfg_git_commit(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *id);

/*
 * A child that speaks to the origin, with the backend's credentials: clone
 * into "<mirror>.new", or fetch.  prune: references that the origin has no
 * more go; shallow: the mirror is.
 */
ngx_int_t ngx_rtalpha_cfg_git_clone(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b);
ngx_int_t ngx_rtalpha_cfg_git_fetch(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_uint_t prune, ngx_uint_t shallow);

/* a NUL-terminated text of at most 8 KB; an item more: NULL without memory */
char *ngx_rtalpha_cfg_git_printf(ngx_pool_t *pool, const char *fmt, ...);
char **ngx_rtalpha_cfg_git_push(ngx_array_t *list, char *text);

/*
 * Blocking, for the background thread: makes <state>/git and its
 * configuration.  dir: as ngx_rtalpha_cfg_git_dir() gave it.
 */
ngx_int_t ngx_rtalpha_cfg_git_prepare(ngx_pool_t *pool, const ngx_str_t *dir,
    ngx_str_t *error);
ngx_int_t ngx_rtalpha_cfg_git_dir(ngx_pool_t *pool, ngx_str_t *dir);

/* why a child has failed, in one line */
void ngx_rtalpha_cfg_git_error(ngx_pool_t *pool,
    const ngx_rtalpha_child_t *child, ngx_str_t *error);


#endif /* _NGX_RTALPHA_CFG_GIT_H_INCLUDED_ */
