
/*
 * Commits that are held back: what a branch has come to cannot be used for
 * some application, which keeps the last commit before that.
 */


#ifndef _NGX_RTALPHA_CFG_HELDBACK_H_INCLUDED_
#define _NGX_RTALPHA_CFG_HELDBACK_H_INCLUDED_


#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_cfg_refs.h"
#include "ngx_rtalpha_cfg_store.h"


#define NGX_RTALPHA_CFG_HELDBACK_TEXT  256


typedef struct ngx_rtalpha_cfg_heldback_s  ngx_rtalpha_cfg_heldback_t;

/* in the zone; one for each application that meets a broken file */
struct ngx_rtalpha_cfg_heldback_s {
    ngx_rtalpha_cfg_heldback_t  *next;
    ngx_rtalpha_cfg_repo_t      *repo;
    ngx_rtalpha_cfg_commit_t     bad;
    ngx_rtalpha_cfg_commit_t     good;      /* what is served */
    int64_t                      since;
    uint16_t                     application_len;
    uint16_t                     label_len;
    uint16_t                     message_len;
    u_char                       application[128];
    u_char                       label[128];
    u_char                       message[NGX_RTALPHA_CFG_HELDBACK_TEXT];
};


/*
 * Remembers it; the first time it is logged.  message: "FILE: what is wrong".
 */
void ngx_rtalpha_cfg_heldback_add(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_commit_t *bad, const ngx_rtalpha_cfg_commit_t *good,
    const ngx_str_t *application, const ngx_str_t *label,
    const ngx_str_t *message);

/* references have moved: what was held is over where the label is elsewhere */
void ngx_rtalpha_cfg_heldback_moved(ngx_rtalpha_cfg_repo_t *repo);

/* how many there are */
ngx_uint_t ngx_rtalpha_cfg_heldback_count(void);

/* an array of them */
void ngx_rtalpha_cfg_heldback_list(ngx_rtalpha_json_t *j);


#endif /* _NGX_RTALPHA_CFG_HELDBACK_H_INCLUDED_ */
