
/*
 * Encryption and decryption.
 */


#include "ngx_rtalpha_cfg_keys.h"
#include "ngx_rtalpha_cfg_path.h"

#include <ngx_config.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>


#define NGX_RTALPHA_CFG_CRYPT_IV      16
#define NGX_RTALPHA_CFG_CRYPT_TAG     16
#define NGX_RTALPHA_CFG_CRYPT_ROUNDS  1024
#define NGX_RTALPHA_CFG_CRYPT_MAX     (1024 * 1024)


/* hexadecimal to bytes; NGX_DECLINED: it is none */

ngx_int_t
ngx_rtalpha_cfg_crypt_unhex(const ngx_str_t *hex, u_char *bytes)
{
    size_t     i;
    ngx_int_t  n;

    if (hex->len % 2) {
        return NGX_DECLINED;
    }

    for (i = 0; i < hex->len; i += 2) {
        n = ngx_hextoi(hex->data + i, 2);

        if (n == NGX_ERROR) {
            return NGX_DECLINED;
        }

        bytes[i / 2] = (u_char) n;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_crypt_derive(ngx_rtalpha_cfg_keys_t *keys,
    const u_char *password, size_t len, u_char *secret)
{
    return PKCS5_PBKDF2_HMAC_SHA1((const char *) password, (int) len,
                                  keys->salt, (int) keys->salt_len,
                                  NGX_RTALPHA_CFG_CRYPT_ROUNDS, 32, secret)
           == 1 ? NGX_OK : NGX_ERROR;
}


ngx_uint_t
ngx_rtalpha_cfg_crypt_symmetric(const ngx_rtalpha_cfg_keys_t *keys)
{
    return keys && keys->symmetric;
}


/* what the keys of the store are protected with */

ngx_uint_t
ngx_rtalpha_cfg_crypt_secret(const ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *secret)
{
    return keys == NULL || keys->password.len == 0
           || ngx_rtalpha_str_eq(&keys->password, secret);
}


static EVP_PKEY *
ngx_rtalpha_cfg_crypt_find(ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *alias)
{
    ngx_uint_t               i;
    const ngx_str_t         *name;
    ngx_rtalpha_cfg_pair_t  *pair;

    name = (alias && alias->data) ? alias : &keys->alias;
    pair = keys->pairs.elts;

    for (i = 0; i < keys->pairs.nelts; i++) {

        if (pair[i].alias.len == 0
            || (pair[i].alias.len == name->len
                && ngx_strncasecmp(pair[i].alias.data, name->data, name->len)
                   == 0))
        {
            return pair[i].pkey;
        }
    }

    return NULL;
}


/* IV, then the text; GCM with its tag at the end */

static ngx_int_t
ngx_rtalpha_cfg_crypt_aes_open(const u_char *secret, ngx_uint_t gcm,
    u_char *p, size_t len, ngx_str_t *plain)
{
    int              n, m;
    size_t           body;
    ngx_int_t        rc;
    EVP_CIPHER_CTX  *ctx;

    if (len < NGX_RTALPHA_CFG_CRYPT_IV) {
        return NGX_DECLINED;
    }

    body = len - NGX_RTALPHA_CFG_CRYPT_IV;
    plain->len = 0;

    if (body == 0 && !gcm) {
        return NGX_OK;
    }

    if (gcm) {
        if (body < NGX_RTALPHA_CFG_CRYPT_TAG) {
            return NGX_DECLINED;
        }

        body -= NGX_RTALPHA_CFG_CRYPT_TAG;
    }

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_DECLINED;
    n = m = 0;

    if (EVP_DecryptInit_ex(ctx, gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc(),
                           NULL, NULL, NULL)
        == 1
        && (!gcm || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
                                        NGX_RTALPHA_CFG_CRYPT_IV, NULL)
                    == 1)
        && EVP_DecryptInit_ex(ctx, NULL, NULL, secret, p) == 1
        && EVP_DecryptUpdate(ctx, plain->data, &n,
                             p + NGX_RTALPHA_CFG_CRYPT_IV, (int) body)
           == 1
        && (!gcm || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
                        NGX_RTALPHA_CFG_CRYPT_TAG,
                        p + NGX_RTALPHA_CFG_CRYPT_IV + body)
                    == 1)
        && EVP_DecryptFinal_ex(ctx, plain->data + n, &m) == 1)
    {
        plain->len = n + m;
        rc = NGX_OK;
    }

    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


/* at out: IV and text; room for len + 48 bytes */

static ngx_int_t
ngx_rtalpha_cfg_crypt_aes_close(const u_char *secret, ngx_uint_t gcm,
    const ngx_str_t *plain, u_char *out, size_t *len)
{
    int              n, m;
    ngx_int_t        rc;
    EVP_CIPHER_CTX  *ctx;

    if (RAND_bytes(out, NGX_RTALPHA_CFG_CRYPT_IV) != 1) {
        return NGX_ERROR;
    }

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;
    *len = NGX_RTALPHA_CFG_CRYPT_IV;
    n = m = 0;

    if (EVP_EncryptInit_ex(ctx, gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc(),
                           NULL, NULL, NULL)
        == 1
        && (!gcm || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
                                        NGX_RTALPHA_CFG_CRYPT_IV, NULL)
                    == 1)
        && EVP_EncryptInit_ex(ctx, NULL, NULL, secret, out) == 1
        && EVP_EncryptUpdate(ctx, out + *len, &n, plain->data,
                             (int) plain->len)
           == 1
        && EVP_EncryptFinal_ex(ctx, out + *len + n, &m) == 1)
    {
        *len += n + m;
        rc = NGX_OK;

        if (gcm) {
            rc = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
                                     NGX_RTALPHA_CFG_CRYPT_TAG, out + *len)
                 == 1 ? NGX_OK : NGX_ERROR;
            *len += NGX_RTALPHA_CFG_CRYPT_TAG;
        }
    }

    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


/* RSA, either way; NGX_DECLINED: not with this key */

static ngx_int_t
ngx_rtalpha_cfg_crypt_rsa(ngx_rtalpha_cfg_keys_t *keys, EVP_PKEY *pkey,
    ngx_uint_t open, const u_char *in, size_t in_len, u_char *out,
    size_t *out_len)
{
    ngx_int_t      rc;
    EVP_PKEY_CTX  *ctx;

    ctx = EVP_PKEY_CTX_new(pkey, NULL);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_DECLINED;

    if ((open ? EVP_PKEY_decrypt_init(ctx) : EVP_PKEY_encrypt_init(ctx)) > 0
        && EVP_PKEY_CTX_set_rsa_padding(ctx, keys->oaep
                                             ? RSA_PKCS1_OAEP_PADDING
                                             : RSA_PKCS1_PADDING) > 0
        && (open ? EVP_PKEY_decrypt(ctx, out, out_len, in, in_len)
                 : EVP_PKEY_encrypt(ctx, out, out_len, in, in_len)) > 0)
    {
        rc = NGX_OK;
    }

    EVP_PKEY_CTX_free(ctx);

    return rc;
}


/* strictly: no blanks, padded; nginx's decoder takes anything at the end */

static ngx_int_t
ngx_rtalpha_cfg_crypt_base64(const ngx_str_t *text, ngx_str_t *bytes)
{
    size_t     i, pad;
    ngx_str_t  coded;

    coded = *text;

    for (pad = 0; pad < 2 && coded.len
                  && coded.data[coded.len - 1] == '='; pad++)
    {
        coded.len--;
    }

    if (text->len % 4 && (pad || coded.len % 4 == 1)) {
        return NGX_DECLINED;
    }

    for (i = 0; i < coded.len; i++) {
        if (!(coded.data[i] == '+' || coded.data[i] == '/'
              || (coded.data[i] >= '0' && coded.data[i] <= '9')
              || ((coded.data[i] | 0x20) >= 'a'
                  && (coded.data[i] | 0x20) <= 'z')))
        {
            return NGX_DECLINED;
        }
    }

    return ngx_decode_base64(bytes, &coded) == NGX_OK ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_rsa_open(ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *keys, const ngx_str_t *alias, ngx_str_t *bytes,
    ngx_str_t *plain)
{
    u_char      random[1024], hex[2048], secret[32];
    size_t      head, n;
    EVP_PKEY   *pkey;
    ngx_int_t   rc;

    pkey = ngx_rtalpha_cfg_crypt_find(keys, alias);

    if (pkey == NULL || bytes->len < 2) {
        return NGX_DECLINED;
    }

    head = (bytes->data[0] << 8) | bytes->data[1];

    if (head > bytes->len - 2 || head > sizeof(random)
        || (size_t) EVP_PKEY_get_size(pkey) > sizeof(random))
    {
        return NGX_DECLINED;
    }

    n = sizeof(random);
    rc = ngx_rtalpha_cfg_crypt_rsa(keys, pkey, 1, bytes->data + 2, head,
                                   random, &n);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_hex_dump(hex, random, n);

    if (ngx_rtalpha_cfg_crypt_derive(keys, hex, 2 * n, secret) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_cfg_crypt_aes_open(secret, keys->strong,
                                          bytes->data + 2 + head,
                                          bytes->len - 2 - head, plain);
}


ngx_int_t
ngx_rtalpha_cfg_crypt_open(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *alias, const ngx_str_t *text, ngx_str_t *plain)
{
    ngx_int_t  rc;
    ngx_str_t  bytes;

    if (keys == NULL || text->len > NGX_RTALPHA_CFG_CRYPT_MAX) {
        return NGX_DECLINED;
    }

    bytes.len = text->len / 2;
    bytes.data = ngx_pnalloc(pool, text->len + 1);
    plain->data = ngx_pnalloc(pool, text->len + 32);

    if (bytes.data == NULL || plain->data == NULL) {
        return NGX_ERROR;
    }

    if (keys->symmetric) {
        rc = ngx_rtalpha_cfg_crypt_unhex(text, bytes.data);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_cfg_crypt_aes_open(keys->secret, 0, bytes.data,
                                                bytes.len, plain);
        }

    } else {
        rc = ngx_rtalpha_cfg_crypt_base64(text, &bytes);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_cfg_crypt_rsa_open(pool, keys, alias, &bytes,
                                                plain);
        }
    }

    if (rc == NGX_OK && !ngx_rtalpha_cfg_path_utf8(plain)) {
        return NGX_DECLINED;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_rsa_close(ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *alias, const ngx_str_t *plain, u_char *out, size_t *len)
{
    u_char      random[16], hex[32], secret[32];
    size_t      head, n;
    EVP_PKEY   *pkey;
    ngx_int_t   rc;

    pkey = ngx_rtalpha_cfg_crypt_find(keys, alias);

    if (pkey == NULL || EVP_PKEY_get_size(pkey) > 1024) {
        return NGX_DECLINED;
    }

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return NGX_ERROR;
    }

    head = 1024;
    rc = ngx_rtalpha_cfg_crypt_rsa(keys, pkey, 0, random, sizeof(random),
                                   out + 2, &head);
    if (rc != NGX_OK) {
        return rc;
    }

    out[0] = (u_char) (head >> 8);
    out[1] = (u_char) head;
    ngx_hex_dump(hex, random, sizeof(random));

    if (ngx_rtalpha_cfg_crypt_derive(keys, hex, sizeof(hex), secret)
        != NGX_OK
        || ngx_rtalpha_cfg_crypt_aes_close(secret, keys->strong, plain,
                                           out + 2 + head, &n)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    *len = 2 + head + n;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_crypt_close(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *alias, const ngx_str_t *plain, ngx_str_t *text)
{
    size_t      len;
    u_char     *bytes;
    ngx_int_t   rc;
    ngx_str_t   raw;

    if (plain->len > NGX_RTALPHA_CFG_CRYPT_MAX) {
        return NGX_DECLINED;
    }

    bytes = ngx_pnalloc(pool, plain->len + 2048);
    if (bytes == NULL) {
        return NGX_ERROR;
    }

    if (keys->symmetric) {
        rc = ngx_rtalpha_cfg_crypt_aes_close(keys->secret, 0, plain, bytes,
                                             &len);
        if (rc != NGX_OK) {
            return rc;
        }

        text->len = 2 * len;
        text->data = ngx_pnalloc(pool, text->len);
        if (text->data == NULL) {
            return NGX_ERROR;
        }

        ngx_hex_dump(text->data, bytes, len);
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_crypt_rsa_close(keys, alias, plain, bytes, &len);

    if (rc != NGX_OK) {
        return rc;
    }

    raw.data = bytes;
    raw.len = len;
    text->data = ngx_pnalloc(pool, ngx_base64_encoded_length(len));
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64(text, &raw);

    return NGX_OK;
}


static u_char *
ngx_rtalpha_cfg_crypt_field(u_char *p, const u_char *data, size_t len)
{
    *p++ = (u_char) (len >> 24);
    *p++ = (u_char) (len >> 16);
    *p++ = (u_char) (len >> 8);
    *p++ = (u_char) len;

    return ngx_cpymem(p, data, len);
}


/* a number in the form of OpenSSH: a zero before a leading one bit */

static u_char *
ngx_rtalpha_cfg_crypt_number(u_char *p, EVP_PKEY *pkey, const char *name)
{
    u_char   buf[1025];
    size_t   len;
    BIGNUM  *bn;

    bn = NULL;

    if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1) {
        return NULL;
    }

    len = BN_num_bytes(bn);

    if (len > 1024) {
        BN_free(bn);
        return NULL;
    }

    buf[0] = 0;
    BN_bn2bin(bn, buf + 1);
    BN_free(bn);

    return (buf[1] & 0x80) ? ngx_rtalpha_cfg_crypt_field(p, buf, len + 1)
                           : ngx_rtalpha_cfg_crypt_field(p, buf + 1, len);
}


ngx_int_t
ngx_rtalpha_cfg_crypt_public(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    ngx_str_t *line)
{
    u_char     *p, bytes[3072];
    EVP_PKEY   *pkey;
    ngx_str_t   raw, coded;

    pkey = (keys && !keys->symmetric) ? ngx_rtalpha_cfg_crypt_find(keys, NULL)
                                      : NULL;
    if (pkey == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_rtalpha_cfg_crypt_field(bytes, (u_char *) "ssh-rsa", 7);
    p = ngx_rtalpha_cfg_crypt_number(p, pkey, "e");
    p = p ? ngx_rtalpha_cfg_crypt_number(p, pkey, "n") : NULL;

    if (p == NULL) {
        return NGX_DECLINED;
    }

    raw.data = bytes;
    raw.len = p - bytes;
    coded.data = ngx_pnalloc(pool, ngx_base64_encoded_length(raw.len));
    if (coded.data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64(&coded, &raw);

    p = ngx_pnalloc(pool, coded.len + sizeof("ssh-rsa  application"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    line->data = p;
    line->len = ngx_sprintf(p, "ssh-rsa %V application", &coded) - p;

    return NGX_OK;
}
