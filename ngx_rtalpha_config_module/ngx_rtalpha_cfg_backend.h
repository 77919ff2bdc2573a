
/*
 * One backend's part of an answer: a git repository at a label, or native
 * folders.
 */


#ifndef _NGX_RTALPHA_CFG_BACKEND_H_INCLUDED_
#define _NGX_RTALPHA_CFG_BACKEND_H_INCLUDED_


#include "ngx_rtalpha_cfg_ask.h"
#include "ngx_rtalpha_cfg_files.h"
#include "ngx_rtalpha_cfg_resolve.h"


/* the files of one place in time: a commit, or native folders */
typedef struct {
    ngx_rtalpha_cfg_ask_t            *ask;
    const ngx_rtalpha_cfg_backend_t  *backend;
    ngx_rtalpha_cfg_repo_t           *repo;         /* git */
    ngx_rtalpha_cfg_commit_t          commit;
    ngx_rtalpha_cfg_files_t           files;        /* git */
    ngx_array_t                      *roots;        /* native: of
                                                 ngx_rtalpha_cfg_repo_t * */
    int64_t                           modified;     /* native: the file that
                                                       was found last */
    ngx_array_t                       places;
    ngx_array_t                       wanted;       /* not loaded yet */
    ngx_rtalpha_cfg_repo_t           *wanted_repo;
    unsigned                          branch:1;     /* the label moves */
} ngx_rtalpha_cfg_view_t;


/*
 * Opens a git repository at one label.  uri: of the backend, filled in.
 * Results as ngx_rtalpha_cfg_ask_env().
 */
ngx_int_t ngx_rtalpha_cfg_view_git(ngx_rtalpha_cfg_view_t *view,
    ngx_rtalpha_cfg_ask_t *ask, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *uri, const ngx_str_t *label);

/* the same view at another commit of its repository */
ngx_int_t ngx_rtalpha_cfg_view_at(ngx_rtalpha_cfg_view_t *view,
    const ngx_rtalpha_cfg_commit_t *commit, const ngx_str_t *label);

/*
 * Native places as Spring Boot reads a location: a comma (and with Java's
 * errors a ";") ends one, and "*" then stands for the folders in one.
 */
ngx_int_t ngx_rtalpha_cfg_view_locations(ngx_rtalpha_cfg_view_t *view);

/* "file:/a/b/", "/a/b/" as a path; relative ones are of nginx's prefix */
ngx_int_t ngx_rtalpha_cfg_view_folder(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *path);

ngx_int_t ngx_rtalpha_cfg_view_native(ngx_rtalpha_cfg_view_t *view,
    ngx_rtalpha_cfg_ask_t *ask, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *label, ngx_array_t *labels);

/* appends the sources of the view to ask->env */
ngx_int_t ngx_rtalpha_cfg_view_env(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *uri);

/*
 * A file below the view's places: NGX_DECLINED with ask->status 404 when
 * there is none.
 */
ngx_int_t ngx_rtalpha_cfg_view_file(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *path);

ngx_int_t ngx_rtalpha_cfg_view_refuse(ngx_rtalpha_cfg_ask_t *ask,
    ngx_uint_t status, char *reason, const ngx_str_t *message);

#define ngx_rtalpha_cfg_view_refuse_lit(ask, status, reason, text)            \
    ngx_rtalpha_cfg_view_refuse(ask, status, reason,                          \
                                &(ngx_str_t) ngx_string(text))


/*
 * For the files that open views: the record of a repository, what to say
 * while it has no content, and that the answer depends on it (label and
 * commit as ngx_rtalpha_cfg_depend_set() takes them).
 */
ngx_rtalpha_cfg_repo_t *ngx_rtalpha_cfg_view_repo(ngx_rtalpha_cfg_ask_t *ask,
    ngx_uint_t kind, const ngx_str_t *uri,
    const ngx_rtalpha_cfg_backend_t *b);
ngx_int_t ngx_rtalpha_cfg_view_absent(ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_cfg_repo_t *repo);
void ngx_rtalpha_cfg_view_depend(ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t version, const ngx_str_t *label,
    const ngx_rtalpha_cfg_commit_t *commit);


#endif /* _NGX_RTALPHA_CFG_BACKEND_H_INCLUDED_ */
