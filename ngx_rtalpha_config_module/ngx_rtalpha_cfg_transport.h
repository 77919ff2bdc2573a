
/*
 * How git reaches an origin: credentials, keys, host keys, proxies.
 *
 * Nothing secret stands on a command line.  What ssh and git have to know is
 * in files of mode 0600 below <state>/git/keys, which the environment of a
 * child names; a login goes only to the host of the repository's own URI.
 */


#ifndef _NGX_RTALPHA_CFG_TRANSPORT_H_INCLUDED_
#define _NGX_RTALPHA_CFG_TRANSPORT_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


typedef struct {
    ngx_str_t    path;                  /* NUL-terminated */
    ngx_str_t    bytes;
    mode_t       mode;
} ngx_rtalpha_cfg_secret_t;


/*
 * The URI as git may be told it: a local path without its scheme, others
 * without a password (and over http without a name).
 */
ngx_int_t ngx_rtalpha_cfg_transport_uri(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_str_t *uri);

/* for messages: without what is secret; the URI as it is without memory */
void ngx_rtalpha_cfg_transport_shown(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, ngx_str_t *uri);

/*
 * The files for a repository, of the pool: ngx_rtalpha_cfg_secret_t.  To be
 * called in the event loop; the thread writes those that are not there
 * already, and removes files of repositories whose ids are not in known
 * (NULL: none are removed).
 */
ngx_int_t ngx_rtalpha_cfg_transport_files(ngx_pool_t *pool,
    const ngx_str_t *dir, const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_backend_t *b, ngx_array_t *files);
ngx_int_t ngx_rtalpha_cfg_transport_write(ngx_pool_t *pool,
    const ngx_str_t *dir, ngx_array_t *files, ngx_array_t *known,
    ngx_str_t *error);

/* what a child's environment says of all this; env: of char * */
ngx_int_t ngx_rtalpha_cfg_transport_env(ngx_pool_t *pool,
    const ngx_str_t *dir, const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_backend_t *b, ngx_array_t *env);


#endif /* _NGX_RTALPHA_CFG_TRANSPORT_H_INCLUDED_ */
