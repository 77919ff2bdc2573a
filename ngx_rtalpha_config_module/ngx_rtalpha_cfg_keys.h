
/*
 * What keys look like inside, for the files that make and use them.
 */


#ifndef _NGX_RTALPHA_CFG_KEYS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_KEYS_H_INCLUDED_


#include <ngx_config.h>
#include <openssl/evp.h>

#include "ngx_rtalpha_cfg_crypt.h"


typedef struct {
    ngx_str_t     alias;
    EVP_PKEY     *pkey;
} ngx_rtalpha_cfg_pair_t;


struct ngx_rtalpha_cfg_keys_s {
    u_char        secret[32];           /* of the symmetric key */
    ngx_array_t   pairs;                /* ngx_rtalpha_cfg_pair_t */
    ngx_str_t     alias;                /* of the default one */
    ngx_str_t     password;             /* of the store and its keys */
    u_char        digest[32];           /* of all this; not if symmetric */
    u_char        salt[256];
    size_t        salt_len;
    unsigned      symmetric:1;
    unsigned      oaep:1;
    unsigned      strong:1;             /* GCM */

    /* of a store that the thread opens: see ngx_rtalpha_cfg_keyring.h */
    ngx_pool_t   *pool;
    ngx_queue_t   queue;
    u_char        id[NGX_RTALPHA_CFG_ID];
    unsigned      pending:1;
    unsigned      failed:1;
    ngx_rtalpha_cfg_keys_t  *before;    /* NULL: none */
};


/* hexadecimal to bytes; NGX_DECLINED: it is none */
ngx_int_t ngx_rtalpha_cfg_crypt_unhex(const ngx_str_t *hex, u_char *bytes);

/* none yet; they go with the pool */
ngx_rtalpha_cfg_keys_t *ngx_rtalpha_cfg_crypt_create(ngx_pool_t *pool);

/* makes keys that are none yet the same as others */
ngx_int_t ngx_rtalpha_cfg_crypt_adopt(ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *copy, const ngx_rtalpha_cfg_keys_t *keys);

/*
 * The same keys with a life of their own, in another pool; NULL: no memory.
 * What is no key (alias, password) is copied, too.
 */
ngx_rtalpha_cfg_keys_t *ngx_rtalpha_cfg_crypt_share(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_keys_t *keys);

/* 32 bytes from a password, with the salt of the keys */
ngx_int_t ngx_rtalpha_cfg_crypt_derive(ngx_rtalpha_cfg_keys_t *keys,
    const u_char *password, size_t len, u_char *secret);


#endif /* _NGX_RTALPHA_CFG_KEYS_H_INCLUDED_ */
