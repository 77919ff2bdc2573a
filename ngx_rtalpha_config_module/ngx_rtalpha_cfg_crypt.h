
/*
 * {cipher} values, with the formats of Spring Security's text encryptors: a
 * symmetric key (PBKDF2, AES-256-CBC, hexadecimal), or RSA keys (a random
 * secret encrypted by RSA, AES under it, base64).
 */


#ifndef _NGX_RTALPHA_CFG_CRYPT_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CRYPT_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"
#include "ngx_rtalpha_cfg_render_env.h"


/*
 * The keys of a configuration, of its pool.  NGX_OK with *keys NULL: there
 * are none; NGX_DECLINED: they cannot be used, *why says why.
 */
ngx_int_t ngx_rtalpha_cfg_crypt_keys(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_keys_t **keys,
    ngx_str_t *why);

/*
 * alias may be NULL: the default key.  NGX_DECLINED: it cannot be decrypted,
 * or there is no such key.
 */
ngx_int_t ngx_rtalpha_cfg_crypt_open(ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *keys, const ngx_str_t *alias,
    const ngx_str_t *text, ngx_str_t *plain);
ngx_int_t ngx_rtalpha_cfg_crypt_close(ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *keys, const ngx_str_t *alias,
    const ngx_str_t *plain, ngx_str_t *text);

/* is there one key without a name, whose text is hexadecimal */
ngx_uint_t ngx_rtalpha_cfg_crypt_symmetric(
    const ngx_rtalpha_cfg_keys_t *keys);

/* is it the password of the store's keys */
ngx_uint_t ngx_rtalpha_cfg_crypt_secret(const ngx_rtalpha_cfg_keys_t *keys,
    const ngx_str_t *secret);

/* "ssh-rsa …" of the default key; NGX_DECLINED: it is no RSA key */
ngx_int_t ngx_rtalpha_cfg_crypt_public(ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *keys, ngx_str_t *line);

/*
 * Prefixes "{name:value}": the value of "key" (data NULL: none; one that
 * names no key where "secret" is not the store's own), all of them but "name"
 * and "profiles" as an answer repeats them, and the text without them.
 */
ngx_int_t ngx_rtalpha_cfg_crypt_prefixes(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_keys_t *keys, const ngx_str_t *text,
    ngx_str_t *key, ngx_str_t *repeated, ngx_str_t *rest);

/*
 * Replaces the {cipher} values of an environment: the plain text at the end
 * of its source, or "invalid.KEY" where it cannot be decrypted (mark), or
 * the cipher text itself.  keys may be NULL.  NGX_AGAIN: the doorbell will
 * ring when it has been decrypted.
 */
ngx_int_t ngx_rtalpha_cfg_crypt_env(ngx_pool_t *pool,
    ngx_rtalpha_cfg_keys_t *keys, ngx_uint_t mark,
    ngx_rtalpha_cfg_env_t *env);


#endif /* _NGX_RTALPHA_CFG_CRYPT_H_INCLUDED_ */
