
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
    ngx_str_t  gitee;           /* X-Gitee-Token: the secret itself, or … */
    ngx_str_t  gitee_time;      /* X-Gitee-Timestamp: … a signature of it */
    ngx_str_t  standard;        /* Webhook-Signature: GitLab's signing token
                                   (Standard Webhooks) */
    ngx_str_t  standard_id;     /* Webhook-Id */
    ngx_str_t  standard_time;   /* Webhook-Timestamp, seconds */
} ngx_rtalpha_cfg_proof_t;


/*
 * The first header that is there decides: the standard's, then in the order
 * above; comparisons take the same time wherever bytes differ.  Signatures
 * are HMAC-SHA256: in hexadecimal, of the body; Gitee's in base64, of
 * timestamp (milliseconds, an hour old at most), LF, secret; the standard's
 * in base64 behind "v1,", of id, ".", timestamp (five minutes old at most),
 * ".", body, with the secret's bytes or what follows "whsec_" in base64.
 * now: seconds.  digest: that HMAC, which tells one body from
 * another.  NGX_OK; NGX_DECLINED: no proof, or a wrong one.
 */
ngx_int_t ngx_rtalpha_cfg_hooksign_check(const ngx_str_t *secret,
    const ngx_rtalpha_cfg_proof_t *proof, const ngx_str_t *body, time_t now,
    u_char *digest);


#endif /* _NGX_RTALPHA_CFG_HOOKSIGN_H_INCLUDED_ */
