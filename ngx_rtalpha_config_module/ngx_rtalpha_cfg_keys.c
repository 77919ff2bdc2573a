
/*
 * Keys from settings: a text, PEM, or a PKCS#12 store with several keys.
 */


#include <ngx_config.h>
#include <openssl/bio.h>
#include <openssl/pkcs12.h>

#include "ngx_rtalpha_cfg_keys.h"


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


static ngx_int_t
ngx_rtalpha_cfg_crypt_store(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_str_t *why)
{
    BIO        *bio;
    char       *path, *password;
    PKCS12     *p12;
    ngx_int_t   rc;
    ngx_str_t   location;

    location = conf->store;

    if (ngx_rtalpha_str_begins(&location, "file:")) {
        location.data += 5;
        location.len -= 5;
    }

    while (location.len > 1 && location.data[0] == '/'
           && location.data[1] == '/')
    {
        location.data++;
        location.len--;
    }

    path = ngx_rtalpha_cfg_crypt_cstr(pool, &location);
    password = ngx_rtalpha_cfg_crypt_cstr(pool, &conf->store_password);

    if (path == NULL || password == NULL) {
        return NGX_ERROR;
    }

    bio = BIO_new_file(path, "rb");

    if (bio == NULL) {
        ngx_str_set(why, "encrypt.key-store.location cannot be read");
        return NGX_DECLINED;
    }

    p12 = d2i_PKCS12_bio(bio, NULL);
    BIO_free(bio);

    if (p12 == NULL) {
        ngx_str_set(why, "the key store is not of type PKCS12");
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_crypt_pkcs12(pool, keys, p12, password);
    PKCS12_free(p12);

    if (rc == NGX_DECLINED || (rc == NGX_OK && keys->pairs.nelts == 0)) {
        ngx_str_set(why, "the key store cannot be opened with its password");
        return NGX_DECLINED;
    }

    keys->alias = conf->store_alias;
    keys->password = conf->store_password;
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


ngx_int_t
ngx_rtalpha_cfg_crypt_keys(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_keys_t **keys,
    ngx_str_t *why)
{
    ngx_pool_cleanup_t      *cln;
    ngx_rtalpha_cfg_keys_t  *k;

    *keys = NULL;

    if (conf->key.len == 0 && conf->store.len == 0) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_rtalpha_cfg_keys_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    k = cln->data;
    ngx_memzero(k, sizeof(ngx_rtalpha_cfg_keys_t));

    if (ngx_array_init(&k->pairs, pool, 2, sizeof(ngx_rtalpha_cfg_pair_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = ngx_rtalpha_cfg_crypt_free;
    *keys = k;

    if (conf->store.len) {
        return ngx_rtalpha_cfg_crypt_store(pool, k, conf, why);
    }

    if (ngx_rtalpha_cfg_crypt_has(&conf->key, "PRIVATE KEY")) {
        return ngx_rtalpha_cfg_crypt_pem(pool, k, &conf->key, why);
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
