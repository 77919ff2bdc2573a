
/*
 * Keys from key stores, once in each process.  Opening a store takes tens of
 * milliseconds: a worker lets the background thread do it, and whoever needs
 * the keys waits.  A store that cannot be opened after a change leaves those
 * in use that its server had before.
 */


#ifndef _NGX_RTALPHA_CFG_KEYRING_H_INCLUDED_
#define _NGX_RTALPHA_CFG_KEYRING_H_INCLUDED_


#include "ngx_rtalpha_cfg_crypt.h"


/*
 * As ngx_rtalpha_cfg_crypt_keys(), which it calls where nothing may wait:
 * outside of workers, and for keys that are no store.  before: the server's
 * keys until now, for when the thread cannot open the store; NULL: none.
 */
ngx_int_t ngx_rtalpha_cfg_keyring_get(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_keys_t *before,
    ngx_rtalpha_cfg_keys_t **keys, ngx_str_t *why);

/* may the keys be used: NGX_AGAIN: not yet, the doorbell will ring */
ngx_int_t ngx_rtalpha_cfg_keyring_ready(const ngx_rtalpha_cfg_keys_t *keys);

/* settings in use whose store could not be opened, in this process */
ngx_uint_t ngx_rtalpha_cfg_keyring_failed(void);


#endif /* _NGX_RTALPHA_CFG_KEYRING_H_INCLUDED_ */
