
/*
 * Does a webhook come from somebody who knows the secret.
 */


#ifndef _NGX_RTALPHA_CFG_HOOKSIGN_H_INCLUDED_
#define _NGX_RTALPHA_CFG_HOOKSIGN_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_CFG_HOOKSIGN  32        /* bytes of a digest */


/* headers that prove it; data NULL: not sent */
typedef struct {
    ngx_str_t  hub256;          /* X-Hub-Signature-256: GitHub, Gitea */
    ngx_str_t  hub;             /* X-Hub-Signature: Bitbucket (sha256=) */
    ngx_str_t  gitea;           /* X-Gitea-Signature */
    ngx_str_t  gogs;            /* X-Gogs-Signature */
    ngx_str_t  gitlab;          /* X-Gitlab-Token: the secret itself */
    ngx_str_t  gitee;           /* X-Gitee-Token: the secret itself */
} ngx_rtalpha_cfg_proof_t;


/*
 * The first header that is there, in the order above, decides; comparisons
 * take the same time wherever bytes differ.  Signatures are HMAC-SHA256 of
 * the body, in hexadecimal.  digest: that HMAC, which tells one body from
 * another.  NGX_OK; NGX_DECLINED: no proof, or a wrong one.
 */
ngx_int_t ngx_rtalpha_cfg_hooksign_check(const ngx_str_t *secret,
    const ngx_rtalpha_cfg_proof_t *proof, const ngx_str_t *body,
    u_char *digest);


#endif /* _NGX_RTALPHA_CFG_HOOKSIGN_H_INCLUDED_ */
