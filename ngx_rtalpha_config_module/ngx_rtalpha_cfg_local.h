
/*
 * This process' own flat copies of references, directories and listings of
 * native folders, which are searched with every question that has no answer
 * yet.  They follow the versions in the zone.
 */


#ifndef _NGX_RTALPHA_CFG_LOCAL_H_INCLUDED_
#define _NGX_RTALPHA_CFG_LOCAL_H_INCLUDED_


#include "ngx_rtalpha_cfg_refs.h"
#include "ngx_rtalpha_cfg_store.h"
#include "ngx_rtalpha_cfg_gittree.h"


/* in init_process and exit_process */
void ngx_rtalpha_cfg_local_init(void);
void ngx_rtalpha_cfg_local_exit(void);

/*
 * Good until the event loop is entered again.  NGX_DECLINED: not in the
 * zone.  version: of the references.
 */
ngx_int_t ngx_rtalpha_cfg_local_refs(ngx_rtalpha_cfg_repo_t *repo,
    ngx_rtalpha_cfg_refs_t **refs, ngx_uint_t *version);

/* of a native folder */
ngx_int_t ngx_rtalpha_cfg_local_listing(ngx_rtalpha_cfg_repo_t *repo,
    ngx_rtalpha_cfg_listing_t **listing, ngx_uint_t *version);

/* which tree is the root of a commit; oid: NGX_RTALPHA_CFG_OID bytes */
ngx_int_t ngx_rtalpha_cfg_local_root(const ngx_rtalpha_cfg_commit_t *commit,
    u_char *oid);

/* a directory; it stays while fewer than a hundred others are asked for */
ngx_int_t ngx_rtalpha_cfg_local_tree(const u_char *oid, ngx_uint_t oid_len,
    ngx_rtalpha_cfg_gittree_t **tree);


#endif /* _NGX_RTALPHA_CFG_LOCAL_H_INCLUDED_ */
