
/*
 * Key stores of Java's own type JKS, as keytool of Java 8 and older writes
 * them: the private keys in one, decrypted.  Pure.
 */


#ifndef _NGX_RTALPHA_CFG_JKS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_JKS_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct {
    ngx_str_t    alias;                 /* lower case, as Java keeps it */
    ngx_str_t    pkcs8;                 /* PrivateKeyInfo in DER */
} ngx_rtalpha_cfg_jks_key_t;


/* do the bytes begin like such a store */
ngx_uint_t ngx_rtalpha_cfg_jks_is(const ngx_str_t *bytes);

/*
 * password: of the store, secret: of its keys; both UTF-8.  keys: of
 * ngx_rtalpha_cfg_jks_key_t, only those that the secret opens.  NGX_OK;
 * NGX_DECLINED: damaged, or another password; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_cfg_jks_read(ngx_pool_t *pool, const ngx_str_t *bytes,
    const ngx_str_t *password, const ngx_str_t *secret, ngx_array_t *keys);


#endif /* _NGX_RTALPHA_CFG_JKS_H_INCLUDED_ */
