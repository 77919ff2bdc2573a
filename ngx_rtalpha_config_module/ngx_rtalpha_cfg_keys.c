
/*
 * Keys from settings: a text, PEM, or a key store with several keys.
 */


#include <ngx_config.h>
#include <openssl/pkcs12.h>

#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_cfg_jks.h"
#include "ngx_rtalpha_cfg_keys.h"


#define NGX_RTALPHA_CFG_KEYS_FILE  (4 * 1024 * 1024)


static ngx_int_t
ngx_rtalpha_cfg_crypt_salt(ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *salt)
{
    if (salt->len / 2 > sizeof(keys->salt)) {
        return NGX_DECLINED;
    }

    keys->salt_len = salt->len / 2;

    if (ngx_rtalpha_cfg_crypt_unhex(salt, keys->salt) == NGX_OK) {
        return NGX_OK;
    }

    /* text that is not hexadecimal counts as its bytes */

    if (salt->len > sizeof(keys->salt)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(keys->salt, salt->data, salt->len);
    keys->salt_len = salt->len;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_crypt_free(void *data)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_keys_t   *keys;
    ngx_rtalpha_cfg_pair_t   *pair;

    keys = data;
    pair = keys->pairs.elts;

    for (i = 0; i < keys->pairs.nelts; i++) {
        EVP_PKEY_free(pair[i].pkey);
    }

    OPENSSL_cleanse(keys->secret, sizeof(keys->secret));
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_pair(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    EVP_PKEY *pkey, const char *name)
{
    ngx_rtalpha_cfg_pair_t  *pair;

    pair = ngx_array_push(&keys->pairs);

    if (pair == NULL) {
        EVP_PKEY_free(pkey);
        return NGX_ERROR;
    }

    pair->pkey = pkey;
    ngx_str_null(&pair->alias);

    if (name) {
        pair->alias.len = ngx_strlen(name);
        pair->alias.data = ngx_pnalloc(pool, pair->alias.len + 1);
        if (pair->alias.data == NULL) {
            return NGX_ERROR;
        }

        ngx_strlow(pair->alias.data, (u_char *) name, pair->alias.len);
    }

    return NGX_OK;
}


/* one bag of a key store: a key is taken with its name */

static ngx_int_t
ngx_rtalpha_cfg_crypt_bag(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    PKCS12_SAFEBAG *bag, const char *password)
{
    char                 *name;
    EVP_PKEY             *pkey;
    ngx_int_t             rc;
    PKCS8_PRIV_KEY_INFO  *info;

    if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag) {
        return NGX_OK;
    }

    info = PKCS12_decrypt_skey(bag, password, (int) ngx_strlen(password));
    if (info == NULL) {
        return NGX_DECLINED;
    }

    pkey = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);

    if (pkey == NULL) {
        return NGX_DECLINED;
    }

    name = PKCS12_get_friendlyname(bag);
    rc = ngx_rtalpha_cfg_crypt_pair(pool, keys, pkey, name);
    OPENSSL_free(name);

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_bags(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    PKCS7 *p7, const char *password)
{
    int                       i, nid;
    ngx_int_t                 rc;
    STACK_OF(PKCS12_SAFEBAG) *bags;

    nid = OBJ_obj2nid(p7->type);

    if (nid == NID_pkcs7_data) {
        bags = PKCS12_unpack_p7data(p7);

    } else if (nid == NID_pkcs7_encrypted) {
        bags = PKCS12_unpack_p7encdata(p7, password,
                                       (int) ngx_strlen(password));
    } else {
        return NGX_OK;
    }

    if (bags == NULL) {
        return NGX_DECLINED;
    }

    rc = NGX_OK;

    for (i = 0; rc == NGX_OK && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        rc = ngx_rtalpha_cfg_crypt_bag(pool, keys,
                                       sk_PKCS12_SAFEBAG_value(bags, i),
                                       password);
    }

    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_pkcs12(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    PKCS12 *p12, const char *password)
{
    int               i;
    ngx_int_t         rc;
    STACK_OF(PKCS7)  *safes;

    if (PKCS12_verify_mac(p12, password, (int) ngx_strlen(password)) != 1) {
        return NGX_DECLINED;
    }

    safes = PKCS12_unpack_authsafes(p12);
    if (safes == NULL) {
        return NGX_DECLINED;
    }

    rc = NGX_OK;

    for (i = 0; rc == NGX_OK && i < sk_PKCS7_num(safes); i++) {
        rc = ngx_rtalpha_cfg_crypt_bags(pool, keys, sk_PKCS7_value(safes, i),
                                        password);
    }

    sk_PKCS7_pop_free(safes, PKCS7_free);

    return rc;
}


static char *
ngx_rtalpha_cfg_crypt_cstr(ngx_pool_t *pool, const ngx_str_t *s)
{
    u_char  *p;

    p = ngx_pnalloc(pool, s->len + 1);

    if (p) {
        ngx_memcpy(p, s->data, s->len);
        p[s->len] = '\0';
    }

    return (char *) p;
}


/* the file as it is, NUL-terminated path */

static ngx_int_t
ngx_rtalpha_cfg_crypt_file(ngx_pool_t *pool, const ngx_str_t *location,
    ngx_str_t *bytes, ngx_str_t *why)
{
    ngx_str_t  path;

    path = *location;

    if (ngx_rtalpha_str_begins(&path, "file:")) {
        path.data += 5;
        path.len -= 5;
    }

    while (path.len > 1 && path.data[0] == '/' && path.data[1] == '/') {
        path.data++;
        path.len--;
    }

    path.data = (u_char *) ngx_rtalpha_cfg_crypt_cstr(pool, &path);
    if (path.data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_disk_read(pool, &path, NGX_RTALPHA_CFG_KEYS_FILE, bytes,
                              why)
        == NGX_OK)
    {
        return NGX_OK;
    }

    ngx_str_set(why, "encrypt.key-store.location cannot be read");

    return NGX_DECLINED;
}


/* NGX_DECLINED without *why: damaged, or another password */

static ngx_int_t
ngx_rtalpha_cfg_crypt_java(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_str_t *bytes)
{
    EVP_PKEY                   *pkey;
    ngx_int_t                   rc;
    ngx_str_t                   secret;
    ngx_uint_t                  i;
    ngx_array_t                 list;
    const u_char               *q;
    ngx_rtalpha_cfg_jks_key_t  *key;

    secret = conf->store_secret.len ? conf->store_secret
                                    : conf->store_password;
    keys->password = secret;

    if (ngx_array_init(&list, pool, 2, sizeof(ngx_rtalpha_cfg_jks_key_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_jks_read(pool, bytes, &conf->store_password, &secret,
                                  &list);
    key = list.elts;

    for (i = 0; rc == NGX_OK && i < list.nelts; i++) {
        q = key[i].pkcs8.data;
        pkey = d2i_AutoPrivateKey(NULL, &q, (long) key[i].pkcs8.len);

        if (pkey == NULL) {
            return NGX_DECLINED;
        }

        key[i].alias.data[key[i].alias.len] = '\0';
        rc = ngx_rtalpha_cfg_crypt_pair(pool, keys, pkey,
                                        (char *) key[i].alias.data);
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_der(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_str_t *bytes,
    ngx_str_t *why)
{
    char          *password;
    PKCS12        *p12;
    ngx_int_t      rc;
    const u_char  *q;

    keys->password = conf->store_password;
    password = ngx_rtalpha_cfg_crypt_cstr(pool, &conf->store_password);
    if (password == NULL) {
        return NGX_ERROR;
    }

    q = bytes->data;
    p12 = d2i_PKCS12(NULL, &q, (long) bytes->len);

    if (p12 == NULL) {
        ngx_str_set(why, "the key store is neither of type PKCS12 nor JKS");
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_crypt_pkcs12(pool, keys, p12, password);
    PKCS12_free(p12);

    return rc;
}


/* by what is in the file, as Java does: its default type reads both */

static ngx_int_t
ngx_rtalpha_cfg_crypt_store(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_str_t *why)
{
    ngx_int_t  rc;
    ngx_str_t  bytes;

    rc = ngx_rtalpha_cfg_crypt_file(pool, &conf->store, &bytes, why);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_str_null(why);

    rc = ngx_rtalpha_cfg_jks_is(&bytes)
         ? ngx_rtalpha_cfg_crypt_java(pool, keys, conf, &bytes)
         : ngx_rtalpha_cfg_crypt_der(pool, keys, conf, &bytes, why);

    if (rc == NGX_DECLINED || (rc == NGX_OK && keys->pairs.nelts == 0)) {

        if (why->len == 0) {
            ngx_str_set(why, "the key store cannot be opened with its "
                             "password");
        }

        return NGX_DECLINED;
    }

    keys->alias = conf->store_alias;
    keys->oaep = ngx_rtalpha_str_is(&conf->rsa_algorithm, "OAEP");
    keys->strong = conf->rsa_strong;

    return rc == NGX_OK ? ngx_rtalpha_cfg_crypt_salt(keys, &conf->rsa_salt)
                        : rc;
}


static ngx_uint_t
ngx_rtalpha_cfg_crypt_has(const ngx_str_t *s, const char *what)
{
    return ngx_strnstr(s->data, (char *) what, s->len) != NULL;
}


/* PEM text that has lost its line breaks on the way */

static ngx_int_t
ngx_rtalpha_cfg_crypt_pem(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *key, ngx_str_t *why)
{
    u_char         *p, *d, *last, *start, *der;
    EVP_PKEY       *pkey;
    ngx_str_t       coded, bytes;
    const u_char   *q;

    ngx_str_set(why, "encrypt.key is no private key in PEM");

    start = ngx_strnstr(key->data, "KEY-----", key->len);
    if (start == NULL) {
        return NGX_DECLINED;
    }

    start += sizeof("KEY-----") - 1;
    last = key->data + key->len;
    d = ngx_pnalloc(pool, last - start + 1);
    if (d == NULL) {
        return NGX_ERROR;
    }

    coded.data = d;

    for (p = start; p < last && *p != '-'; p++) {
        if (*p > ' ') {
            *d++ = *p;
        }
    }

    coded.len = d - coded.data;
    der = ngx_pnalloc(pool, ngx_base64_decoded_length(coded.len));
    if (der == NULL) {
        return NGX_ERROR;
    }

    bytes.data = der;

    if (ngx_decode_base64(&bytes, &coded) != NGX_OK) {
        return NGX_DECLINED;
    }

    q = bytes.data;
    pkey = d2i_AutoPrivateKey(NULL, &q, (long) bytes.len);

    if (pkey == NULL) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_cfg_crypt_salt(keys, &(ngx_str_t) ngx_string("deadbeef"));

    return ngx_rtalpha_cfg_crypt_pair(pool, keys, pkey, NULL);
}


/* tells keys apart: public parts, and how they are used */

static ngx_int_t
ngx_rtalpha_cfg_crypt_digest(ngx_rtalpha_cfg_keys_t *keys)
{
    int                      len;
    u_char                  *der, flags[2];
    ngx_int_t                rc;
    ngx_uint_t               i;
    EVP_MD_CTX              *ctx;
    ngx_rtalpha_cfg_pair_t  *pair;

    ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    flags[0] = keys->oaep;
    flags[1] = keys->strong;
    pair = keys->pairs.elts;

    rc = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
         && EVP_DigestUpdate(ctx, flags, sizeof(flags)) == 1
         && EVP_DigestUpdate(ctx, keys->salt, keys->salt_len) == 1
         && EVP_DigestUpdate(ctx, keys->alias.data, keys->alias.len) == 1
         ? NGX_OK : NGX_ERROR;

    for (i = 0; rc == NGX_OK && i < keys->pairs.nelts; i++) {
        der = NULL;
        len = i2d_PUBKEY(pair[i].pkey, &der);

        rc = len > 0 && EVP_DigestUpdate(ctx, der, len) == 1
             && EVP_DigestUpdate(ctx, "", 1) == 1
             && EVP_DigestUpdate(ctx, pair[i].alias.data, pair[i].alias.len)
                == 1
             ? NGX_OK : NGX_ERROR;

        OPENSSL_free(der);
    }

    if (rc == NGX_OK && EVP_DigestFinal_ex(ctx, keys->digest, NULL) != 1) {
        rc = NGX_ERROR;
    }

    EVP_MD_CTX_free(ctx);

    return rc;
}


ngx_rtalpha_cfg_keys_t *
ngx_rtalpha_cfg_crypt_create(ngx_pool_t *pool)
{
    ngx_pool_cleanup_t      *cln;
    ngx_rtalpha_cfg_keys_t  *keys;

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_rtalpha_cfg_keys_t));
    if (cln == NULL) {
        return NULL;
    }

    keys = cln->data;
    ngx_memzero(keys, sizeof(ngx_rtalpha_cfg_keys_t));

    if (ngx_array_init(&keys->pairs, pool, 2, sizeof(ngx_rtalpha_cfg_pair_t))
        != NGX_OK)
    {
        return NULL;
    }

    cln->handler = ngx_rtalpha_cfg_crypt_free;

    return keys;
}


static ngx_int_t
ngx_rtalpha_cfg_crypt_copy(ngx_pool_t *pool, const ngx_str_t *from,
    ngx_str_t *to)
{
    *to = *from;
    to->data = (u_char *) ngx_rtalpha_cfg_crypt_cstr(pool, from);

    return to->data ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_cfg_crypt_adopt(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *copy,
    const ngx_rtalpha_cfg_keys_t *keys)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_pair_t  *pair, *from;

    ngx_memcpy(copy->secret, keys->secret, sizeof(keys->secret));
    ngx_memcpy(copy->digest, keys->digest, sizeof(keys->digest));
    ngx_memcpy(copy->salt, keys->salt, sizeof(keys->salt));
    copy->salt_len = keys->salt_len;
    copy->symmetric = keys->symmetric;
    copy->oaep = keys->oaep;
    copy->strong = keys->strong;

    if (ngx_rtalpha_cfg_crypt_copy(pool, &keys->alias, &copy->alias) != NGX_OK
        || ngx_rtalpha_cfg_crypt_copy(pool, &keys->password, &copy->password)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    from = keys->pairs.elts;

    for (i = 0; i < keys->pairs.nelts; i++) {
        pair = ngx_array_push(&copy->pairs);

        if (pair == NULL) {
            return NGX_ERROR;
        }

        EVP_PKEY_up_ref(from[i].pkey);
        pair->pkey = from[i].pkey;

        if (ngx_rtalpha_cfg_crypt_copy(pool, &from[i].alias, &pair->alias)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_rtalpha_cfg_keys_t *
ngx_rtalpha_cfg_crypt_share(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_keys_t *keys)
{
    ngx_rtalpha_cfg_keys_t  *copy;

    copy = ngx_rtalpha_cfg_crypt_create(pool);

    return copy && ngx_rtalpha_cfg_crypt_adopt(pool, copy, keys) == NGX_OK
           ? copy : NULL;
}


/* by kind; the keys are whole after NGX_OK */

static ngx_int_t
ngx_rtalpha_cfg_crypt_fill(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *k,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_str_t *why)
{
    ngx_int_t  rc;

    if (conf->store.len) {
        rc = ngx_rtalpha_cfg_crypt_store(pool, k, conf, why);
        return rc == NGX_OK ? ngx_rtalpha_cfg_crypt_digest(k) : rc;
    }

    if (ngx_rtalpha_cfg_crypt_has(&conf->key, "PRIVATE KEY")) {
        rc = ngx_rtalpha_cfg_crypt_pem(pool, k, &conf->key, why);
        return rc == NGX_OK ? ngx_rtalpha_cfg_crypt_digest(k) : rc;
    }

    if (ngx_rtalpha_str_begins(&conf->key, "ssh-rsa")
        || ngx_rtalpha_cfg_crypt_has(&conf->key, "PUBLIC KEY"))
    {
        ngx_str_set(why, "encrypt.key is a public key");
        return NGX_DECLINED;
    }

    k->symmetric = 1;

    if (ngx_rtalpha_cfg_crypt_salt(k, &conf->salt) != NGX_OK) {
        ngx_str_set(why, "encrypt.salt is too long");
        return NGX_DECLINED;
    }

    return ngx_rtalpha_cfg_crypt_derive(k, conf->key.data, conf->key.len,
                                        k->secret);
}


ngx_int_t
ngx_rtalpha_cfg_crypt_keys(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_keys_t **keys,
    ngx_str_t *why)
{
    *keys = NULL;

    if (conf->key.len == 0 && conf->store.len == 0) {
        return NGX_OK;
    }

    *keys = ngx_rtalpha_cfg_crypt_create(pool);

    return *keys ? ngx_rtalpha_cfg_crypt_fill(pool, *keys, conf, why)
                 : NGX_ERROR;
}
