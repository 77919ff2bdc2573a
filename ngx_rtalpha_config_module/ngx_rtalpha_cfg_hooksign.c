
/*
 * Signatures of webhooks.  SHA-1 (X-Hub-Signature: sha1=) is not taken:
 * whoever sends it sends the longer one, too.
 */


#include "ngx_rtalpha_cfg_hooksign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


static ngx_int_t
ngx_rtalpha_cfg_hooksign_hex(const ngx_str_t *text, const u_char *digest)
{
    u_char      sent[NGX_RTALPHA_CFG_HOOKSIGN];
    ngx_int_t   n;
    ngx_uint_t  i;

    if (text->len != 2 * NGX_RTALPHA_CFG_HOOKSIGN) {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_RTALPHA_CFG_HOOKSIGN; i++) {
        n = ngx_hextoi(text->data + 2 * i, 2);

        if (n == NGX_ERROR) {
            return NGX_DECLINED;
        }

        sent[i] = (u_char) n;
    }

    return CRYPTO_memcmp(sent, digest, sizeof(sent)) == 0 ? NGX_OK
                                                          : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_hooksign_prefixed(const ngx_str_t *text,
    const u_char *digest)
{
    ngx_str_t  hex;

    if (!ngx_rtalpha_str_begins(text, "sha256=")) {
        return NGX_DECLINED;
    }

    hex.data = text->data + sizeof("sha256=") - 1;
    hex.len = text->len - (sizeof("sha256=") - 1);

    return ngx_rtalpha_cfg_hooksign_hex(&hex, digest);
}


static ngx_int_t
ngx_rtalpha_cfg_hooksign_token(const ngx_str_t *text,
    const ngx_str_t *secret)
{
    return text->len == secret->len
           && CRYPTO_memcmp(text->data, secret->data, secret->len) == 0
           ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_cfg_hooksign_check(const ngx_str_t *secret,
    const ngx_rtalpha_cfg_proof_t *proof, const ngx_str_t *body,
    u_char *digest)
{
    unsigned int  len;

    if (secret->len == 0
        || HMAC(EVP_sha256(), secret->data, (int) secret->len, body->data,
                body->len, digest, &len)
           == NULL)
    {
        return NGX_DECLINED;
    }

    if (proof->hub256.data) {
        return ngx_rtalpha_cfg_hooksign_prefixed(&proof->hub256, digest);
    }

    if (proof->hub.data) {
        return ngx_rtalpha_cfg_hooksign_prefixed(&proof->hub, digest);
    }

    if (proof->gitea.data) {
        return ngx_rtalpha_cfg_hooksign_hex(&proof->gitea, digest);
    }

    if (proof->gogs.data) {
        return ngx_rtalpha_cfg_hooksign_hex(&proof->gogs, digest);
    }

    if (proof->gitlab.data) {
        return ngx_rtalpha_cfg_hooksign_token(&proof->gitlab, secret);
    }

    if (proof->gitee.data) {
        return ngx_rtalpha_cfg_hooksign_token(&proof->gitee, secret);
    }

    return NGX_DECLINED;
}
