
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


/* is the base64 text the digest */

static ngx_int_t
ngx_rtalpha_cfg_hooksign_base64(const ngx_str_t *text, const u_char *digest)
{
    u_char     sent[NGX_RTALPHA_CFG_HOOKSIGN + 4];
    ngx_str_t  src, dst;

    src = *text;
    dst.data = sent;

    if (src.len != 44 || ngx_decode_base64(&dst, &src) != NGX_OK
        || dst.len != NGX_RTALPHA_CFG_HOOKSIGN)
    {
        return NGX_DECLINED;
    }

    return CRYPTO_memcmp(sent, digest, NGX_RTALPHA_CFG_HOOKSIGN) == 0
           ? NGX_OK : NGX_DECLINED;
}


/* is a time within so many seconds of now; unit: of one second */

static ngx_uint_t
ngx_rtalpha_cfg_hooksign_timely(const ngx_str_t *text, time_t now,
    time_t unit, time_t range)
{
    time_t  t;

    t = ngx_atotm(text->data, text->len);

    return t != NGX_ERROR && t / unit >= now - range
           && t / unit <= now + range;
}


static ngx_int_t
ngx_rtalpha_cfg_hooksign_gitee(const ngx_rtalpha_cfg_proof_t *proof,
    const ngx_str_t *secret, time_t now)
{
    u_char         md[EVP_MAX_MD_SIZE], text[512], *p;
    unsigned int   len;

    if (proof->gitee_time.data == NULL) {
        return ngx_rtalpha_cfg_hooksign_token(&proof->gitee, secret);
    }

    if (!ngx_rtalpha_cfg_hooksign_timely(&proof->gitee_time, now, 1000, 3600)
        || proof->gitee_time.len + 1 + secret->len > sizeof(text))
    {
        return NGX_DECLINED;
    }

    p = ngx_cpymem(text, proof->gitee_time.data, proof->gitee_time.len);
    *p++ = '\n';
    p = ngx_cpymem(p, secret->data, secret->len);

    if (HMAC(EVP_sha256(), secret->data, (int) secret->len, text, p - text,
             md, &len)
        == NULL)
    {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_cfg_hooksign_base64(&proof->gitee, md);
}


/* "v1,BASE64 v1,BASE64": one of them */

static ngx_int_t
ngx_rtalpha_cfg_hooksign_one_of(const ngx_str_t *list, const u_char *digest)
{
    u_char     *p, *last, *end;
    ngx_int_t   rc;
    ngx_str_t   one;

    last = list->data + list->len;
    rc = NGX_DECLINED;

    for (p = list->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ' ');
        end = end ? end : last;

        if (end - p > 3 && ngx_memcmp(p, "v1,", 3) == 0) {
            one.data = p + 3;
            one.len = end - one.data;

            if (ngx_rtalpha_cfg_hooksign_base64(&one, digest) == NGX_OK) {
                rc = NGX_OK;
            }
        }
    }

    return rc;
}


/* HMAC-SHA256 of "id.timestamp.body" */

static ngx_int_t
ngx_rtalpha_cfg_hooksign_parts(const ngx_rtalpha_cfg_proof_t *proof,
    const ngx_str_t *key, const ngx_str_t *body, u_char *md)
{
    size_t       len;
    ngx_uint_t   ok;
    EVP_PKEY    *pkey;
    EVP_MD_CTX  *ctx;

    len = NGX_RTALPHA_CFG_HOOKSIGN;
    ctx = EVP_MD_CTX_new();
    pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key->data,
                                        key->len);

    ok = ctx && pkey
         && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1
         && EVP_DigestSignUpdate(ctx, proof->standard_id.data,
                                 proof->standard_id.len)
            == 1
         && EVP_DigestSignUpdate(ctx, ".", 1) == 1
         && EVP_DigestSignUpdate(ctx, proof->standard_time.data,
                                 proof->standard_time.len)
            == 1
         && EVP_DigestSignUpdate(ctx, ".", 1) == 1
         && EVP_DigestSignUpdate(ctx, body->data, body->len) == 1
         && EVP_DigestSignFinal(ctx, md, &len) == 1;

    EVP_PKEY_free(pkey);
    EVP_MD_CTX_free(ctx);

    return ok ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_hooksign_standard(const ngx_rtalpha_cfg_proof_t *proof,
    const ngx_str_t *secret, const ngx_str_t *body, time_t now)
{
    u_char     md[NGX_RTALPHA_CFG_HOOKSIGN], bytes[256];
    ngx_str_t  key, coded;

    key = *secret;

    if (ngx_rtalpha_str_begins(secret, "whsec_")) {
        coded.data = secret->data + sizeof("whsec_") - 1;
        coded.len = secret->len - (sizeof("whsec_") - 1);
        key.data = bytes;

        if (ngx_base64_decoded_length(coded.len) > sizeof(bytes)
            || ngx_decode_base64(&key, &coded) != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    if (proof->standard_id.data == NULL || proof->standard_time.data == NULL
        || !ngx_rtalpha_cfg_hooksign_timely(&proof->standard_time, now, 1,
                                            300)
        || ngx_rtalpha_cfg_hooksign_parts(proof, &key, body, md) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_cfg_hooksign_one_of(&proof->standard, md);
}


ngx_int_t
ngx_rtalpha_cfg_hooksign_check(const ngx_str_t *secret,
    const ngx_rtalpha_cfg_proof_t *proof, const ngx_str_t *body, time_t now,
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

    if (proof->standard.data) {
        return ngx_rtalpha_cfg_hooksign_standard(proof, secret, body, now);
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
        return ngx_rtalpha_cfg_hooksign_gitee(proof, secret, now);
    }

    return NGX_DECLINED;
}
