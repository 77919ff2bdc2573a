
/*
 * The config role's part of the zone: repositories with their references,
 * and the cache of everything that can be made again.
 *
 * A repository's record is never freed, so that an answer may point to the
 * records it was made from; its version moves when its references do.
 */


#ifndef _NGX_RTALPHA_CFG_STORE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_STORE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_role.h"
#include "ngx_rtalpha_cfg_cache.h"
#include "ngx_rtalpha_cfg_listing.h"


#define NGX_RTALPHA_CFG_URI_MAX    1024
#define NGX_RTALPHA_CFG_ERROR_MAX  256
#define NGX_RTALPHA_CFG_ID         20


typedef enum {
    NGX_RTALPHA_CFG_REPO_GIT = 0,
    NGX_RTALPHA_CFG_REPO_NATIVE
} ngx_rtalpha_cfg_repo_e;


typedef struct ngx_rtalpha_cfg_repo_s  ngx_rtalpha_cfg_repo_t;

struct ngx_rtalpha_cfg_repo_s {
    ngx_rtalpha_cfg_repo_t  *next;
    ngx_atomic_t             version;       /* of refs; 0: none yet */
    ngx_rtalpha_blob_t      *refs;          /* git: "oid time name" lines;
                                               native: a listing */
    ngx_atomic_t             asked;         /* last time, seconds */
    ngx_atomic_t             good;          /* origin last seen, seconds */
    ngx_atomic_t             failed;        /* since, seconds; 0: fine */
    ngx_atomic_t             wanted;        /* fetches asked for */
    ngx_atomic_t             commits;       /* changes seen */
    uint32_t                 kind;
    uint32_t                 uri_len;
    uint32_t                 error_len;
    uint32_t                 seeded;        /* settings name it, no client */
    u_char                   id[NGX_RTALPHA_CFG_ID];        /* uri, owner */
    u_char                   owner[NGX_RTALPHA_CFG_ID];     /* the settings */
    u_char                   mirror[NGX_RTALPHA_CFG_ID];    /* uri */
    u_char                   error[NGX_RTALPHA_CFG_ERROR_MAX];
    u_char                   uri[NGX_RTALPHA_CFG_URI_MAX];
};


struct ngx_rtalpha_cfg_heldback_s;


typedef struct {
    ngx_atomic_t             number;        /* source of versions */
    ngx_uint_t               nrepos;
    ngx_rtalpha_cfg_repo_t  *repos;
    ngx_rtalpha_cfg_cache_t  cache;
    struct ngx_rtalpha_cfg_heldback_s
                            *heldback;
    ngx_atomic_t             nheldback;
    ngx_rtalpha_cfg_cache_t  clients;
    ngx_atomic_t             clients_read;  /* from the state folder */
} ngx_rtalpha_cfg_root_t;


extern const ngx_rtalpha_role_t   ngx_rtalpha_cfg_role;
extern ngx_rtalpha_cfg_root_t    *ngx_rtalpha_cfg_root;


/* in init_zone: fresh or found again */
ngx_int_t ngx_rtalpha_cfg_store_init(ngx_cycle_t *cycle);

/* in init_process */
ngx_int_t ngx_rtalpha_cfg_store_attach(void);

void ngx_rtalpha_cfg_store_repair(void);

/*
 * The record of a repository, made when there is none.  seeded: it is in the
 * settings by its URI.  NULL: no room, the URI is too long, or there are max
 * repositories already; records of those that clients have named and that
 * could never be read are used again.
 */
ngx_rtalpha_cfg_repo_t *ngx_rtalpha_cfg_store_repo(ngx_uint_t kind,
    const ngx_str_t *uri, const u_char *owner, ngx_uint_t max,
    ngx_uint_t seeded);

/*
 * A new set of references; the version moves if they differ from the old, or
 * if there are (grown) commits that there were not.
 * NGX_OK: moved; NGX_DONE: the same; NGX_ERROR: no room.
 */
ngx_int_t ngx_rtalpha_cfg_store_refs(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *refs, ngx_uint_t grown);

/* the origin could be read, or could not (why) */
void ngx_rtalpha_cfg_store_good(ngx_rtalpha_cfg_repo_t *repo);
void ngx_rtalpha_cfg_store_failed(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *why);

/* pins; the zone not locked.  NULL: none yet */
ngx_rtalpha_pin_t *ngx_rtalpha_cfg_store_pin_refs(
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t *version);

/*
 * Finds in the cache and pins the blob until the pool goes; meta: copied if
 * not NULL.  Zone not locked.  NGX_OK, NGX_DECLINED: not there, NGX_ERROR.
 */
ngx_int_t ngx_rtalpha_cfg_store_get(ngx_pool_t *pool, ngx_uint_t type,
    const ngx_str_t *key, ngx_rtalpha_blob_t **blob, void *meta,
    size_t meta_len);


#endif /* _NGX_RTALPHA_CFG_STORE_H_INCLUDED_ */
