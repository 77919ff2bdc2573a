
/*
 * Immutable bytes in the zone, counted references, sent without a copy.
 *
 * A blob's bytes lie in single pages (which never fragment the zone);
 * neighbouring pages are one piece.  A joined blob holds references to other
 * blobs and is sent as their concatenation.
 *
 * There are two kinds of reference.  A *hold* belongs to a record in the
 * zone.  A *pin* belongs to this process and is written down in its slot: if
 * the process dies, the leader drops its pins within a second.
 */


#ifndef _NGX_RTALPHA_BLOB_H_INCLUDED_
#define _NGX_RTALPHA_BLOB_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct ngx_rtalpha_blob_s  ngx_rtalpha_blob_t;

/* a cell in the process' slot; NULL in it: free */
typedef struct {
    ngx_rtalpha_blob_t  *blob;
} ngx_rtalpha_pin_t;


/*
 * Makes a blob of a copy of the bytes and pins it.  The zone must NOT be
 * locked: pages are taken in short sections, and copied into outside them.
 * NULL: the zone is full (the caller evicts and tries again, or refuses).
 */
ngx_rtalpha_pin_t *ngx_rtalpha_blob_create(const u_char *data, size_t len);

/*
 * A blob that is the concatenation of others, each of which is held by it.
 * Zone not locked; each part must be pinned or held meanwhile.  Up to 4096
 * parts, none of them joined itself.
 */
ngx_rtalpha_pin_t *ngx_rtalpha_blob_join(ngx_rtalpha_blob_t **parts,
    ngx_uint_t n);

#define ngx_rtalpha_blob_of(pin)  ((pin)->blob)
size_t ngx_rtalpha_blob_len(const ngx_rtalpha_blob_t *blob);

/* pins: with the zone locked.  NULL: no memory. */
ngx_rtalpha_pin_t *ngx_rtalpha_blob_pin(ngx_rtalpha_blob_t *blob);

/* takes the lock itself; _locked: with the zone locked */
void ngx_rtalpha_blob_unpin(ngx_rtalpha_pin_t *pin);
void ngx_rtalpha_blob_unpin_locked(ngx_rtalpha_pin_t *pin);

/* a record's reference, with the zone locked */
void ngx_rtalpha_blob_hold(ngx_rtalpha_blob_t *blob);
void ngx_rtalpha_blob_drop(ngx_rtalpha_blob_t *blob);

/* unpins when the pool goes; NGX_ERROR: no memory, and it is unpinned */
ngx_int_t ngx_rtalpha_blob_unpin_later(ngx_pool_t *pool,
    ngx_rtalpha_pin_t *pin);

/*
 * The bytes in one piece: in place if they are (good while pinned), else
 * copied into the pool.
 */
ngx_int_t ngx_rtalpha_blob_flat(ngx_pool_t *pool,
    const ngx_rtalpha_blob_t *blob, ngx_str_t *bytes);

/*
 * Appends buffers over the bytes to a chain: *last is the address of the
 * pointer that ends it, and is moved on.  The blob stays pinned until the
 * pool goes.
 */
ngx_int_t ngx_rtalpha_blob_chain(ngx_pool_t *pool,
    const ngx_rtalpha_blob_t *blob, ngx_chain_t ***last);


#endif /* _NGX_RTALPHA_BLOB_H_INCLUDED_ */
