
/*
 * Bringing into the cache what a question needs and what is not there yet.
 *
 * Each worker loads for itself, in its background thread, with git children
 * that read the mirror.  A thing is asked for once however many requests
 * wait for it; when it is there the doorbell rings.
 */


#ifndef _NGX_RTALPHA_CFG_LOAD_H_INCLUDED_
#define _NGX_RTALPHA_CFG_LOAD_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"
#include "ngx_rtalpha_cfg_refs.h"


/* a kind beside those of files: a directory */
#define NGX_RTALPHA_CFG_LOAD_TREE  16


/* one object to load: as documents, or as it is */
typedef struct {
    u_char       oid[NGX_RTALPHA_CFG_OID];
    ngx_uint_t   oid_len;
    ngx_uint_t   kind;                      /* NGX_RTALPHA_CFG_FILE_*;
                                               NONE: as it is; or TREE */
    ngx_str_t    path;                      /* native: to read it from */
} ngx_rtalpha_cfg_wanted_t;


/*
 * NGX_AGAIN: on its way, the doorbell will ring.  NGX_DECLINED: has just
 * been tried in vain, *why says what came of it.  NGX_ERROR: no memory, or
 * too much is on its way.
 */
ngx_int_t ngx_rtalpha_cfg_load_listing(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_commit_t *commit,
    ngx_str_t *why);
ngx_int_t ngx_rtalpha_cfg_load_revision(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *digits, ngx_str_t *why);
ngx_int_t ngx_rtalpha_cfg_load_objects(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_array_t *wanted, ngx_str_t *why);

/* keys of the cache */
void ngx_rtalpha_cfg_load_listing_key(const u_char *oid, u_char *buf,
    ngx_str_t *key);
void ngx_rtalpha_cfg_load_object_key(ngx_uint_t kind, const u_char *oid,
    u_char *buf, ngx_str_t *key);
void ngx_rtalpha_cfg_load_revision_key(const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *digits, u_char *buf, ngx_str_t *key);

#define NGX_RTALPHA_CFG_LOAD_KEY  128


/* of a revision: which commit; oid_len 0: there is none */
typedef struct {
    ngx_rtalpha_cfg_commit_t  commit;
    ngx_uint_t                version;      /* of the references then */
} ngx_rtalpha_cfg_revision_t;


/* in init_process */
void ngx_rtalpha_cfg_load_init(void);


#endif /* _NGX_RTALPHA_CFG_LOAD_H_INCLUDED_ */
