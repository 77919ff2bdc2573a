
/*
 * The shared memory of all roles: one zone, sized by one directive, mapped
 * at the same address in every process of one master, so that pointers into
 * it are good in all of them (pointers out of it never are).
 *
 * Records come in size classes of their own (multiples of 64 bytes up to
 * 2 KB), carved out of slab pages; anything larger is a blob.
 *
 * Rules of the lock: short sections only, nothing in them that can crash or
 * that depends on a client's bytes; build a record whole, link it last with
 * one store; unlink first, free last.  If a process dies inside a section,
 * the next one to lock calls the roles' repair hooks.  Authoritative
 * structures are singly linked, so that they are whole at every instruction;
 * all others are rebuilt from them.
 */


#ifndef _NGX_RTALPHA_ZONE_H_INCLUDED_
#define _NGX_RTALPHA_ZONE_H_INCLUDED_


#include "ngx_rtalpha.h"
#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_ZONE_RECORD_MAX  2048


/*
 * Before anything else in a process: the slab pool of the zone; NULL: there
 * is none.  repair() is called with the zone locked when a process has died
 * inside a locked section.
 */
void ngx_rtalpha_zone_use(ngx_slab_pool_t *shpool, void (*repair)(void));

/* NGX_OK, or NGX_ERROR: the zone was laid out by another build */
ngx_int_t ngx_rtalpha_zone_init(ngx_slab_pool_t *shpool, ngx_log_t *log);

/*
 * The zone has named roots, from which everything in it is reached.  Gives
 * the address of the root, made and zeroed if it is new; NULL: no memory, or
 * it has another size or layout number.  Zone not locked.
 */
void *ngx_rtalpha_zone_root(const ngx_str_t *name, size_t size,
    uint32_t layout);

/* is there a zone in this process; is nothing in it yet */
ngx_uint_t ngx_rtalpha_zone_exists(void);
ngx_uint_t ngx_rtalpha_zone_fresh(void);


void ngx_rtalpha_zone_lock(void);
void ngx_rtalpha_zone_unlock(void);

/*
 * size <= NGX_RTALPHA_ZONE_RECORD_MAX; zeroed; NULL: the zone is full.
 * With the zone locked.
 */
void *ngx_rtalpha_zone_alloc(size_t size);
void ngx_rtalpha_zone_free(void *record);

/* could a record of that size be had without another page; zone locked */
ngx_uint_t ngx_rtalpha_zone_has(size_t size);

/*
 * An array of pointers for hash tables, up to 4 MB of slots: NULL when there
 * is no run of free pages that long.  Zeroed.  With the zone locked.
 */
void *ngx_rtalpha_zone_array(size_t bytes);
void ngx_rtalpha_zone_array_free(void *array);

/* one page of ngx_pagesize bytes, not zeroed; given back with array_free */
void *ngx_rtalpha_zone_page(void);

/* bytes of the zone, and free bytes (whole pages), for limits and metrics */
size_t ngx_rtalpha_zone_size(void);
size_t ngx_rtalpha_zone_free_size(void);

/* how often a process died inside a locked section */
ngx_uint_t ngx_rtalpha_zone_repairs(void);

/*
 * How long the lock is held, in CPU time of the holder: measured while on,
 * in this process, at the cost of two system calls a section.
 */
void ngx_rtalpha_zone_timed(ngx_uint_t on);

/* sections by length in microseconds, as a Prometheus histogram, and the
 * longest one; nothing when none was measured */
void ngx_rtalpha_zone_holds(ngx_rtalpha_out_t *out);

/* one word a worker can read without the lock; see the roles' roots */
#define ngx_rtalpha_zone_read(word)                                           \
    (*(volatile ngx_atomic_uint_t *) &(word))


#endif /* _NGX_RTALPHA_ZONE_H_INCLUDED_ */
