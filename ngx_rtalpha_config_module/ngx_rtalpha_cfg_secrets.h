
/*
 * Decrypted values.  With RSA keys a value costs a millisecond or more, so
 * the background thread decrypts, and what it has found is kept in the
 * zone's cache under a digest of the keys and the cipher text.  A symmetric
 * key costs microseconds: such values are decrypted where they are.
 */


#ifndef _NGX_RTALPHA_CFG_SECRETS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_SECRETS_H_INCLUDED_


#include "ngx_rtalpha_cfg_crypt.h"


typedef struct {
    ngx_pool_t              *pool;
    ngx_rtalpha_cfg_keys_t  *keys;          /* NULL: none */
    ngx_array_t              wanted;        /* not decrypted yet; made when
                                               first needed */
} ngx_rtalpha_cfg_secrets_t;


void ngx_rtalpha_cfg_secrets_init(ngx_rtalpha_cfg_secrets_t *s,
    ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys);

/*
 * As ngx_rtalpha_cfg_crypt_open(); NGX_AGAIN: not yet, it has been put on
 * the list.  alias may be NULL.
 */
ngx_int_t ngx_rtalpha_cfg_secrets_open(ngx_rtalpha_cfg_secrets_t *s,
    const ngx_str_t *alias, const ngx_str_t *text, ngx_str_t *plain);

/*
 * Starts what is on the list: NGX_AGAIN, the doorbell will ring; NGX_OK:
 * nothing is on it; NGX_ERROR: it cannot be started.
 */
ngx_int_t ngx_rtalpha_cfg_secrets_start(ngx_rtalpha_cfg_secrets_t *s);


#endif /* _NGX_RTALPHA_CFG_SECRETS_H_INCLUDED_ */
