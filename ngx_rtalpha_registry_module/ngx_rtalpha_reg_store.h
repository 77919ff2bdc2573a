
/*
 * The registry's content: what requests, peers, the journal and timers do
 * with it.  Every verb takes the zone's lock itself, for microseconds; none
 * is called with it held.
 */


#ifndef _NGX_RTALPHA_REG_STORE_H_INCLUDED_
#define _NGX_RTALPHA_REG_STORE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_reg_cluster.h"
#include "ngx_rtalpha_reg_instance.h"


struct ngx_rtalpha_reg_inst_s;
struct ngx_rtalpha_reg_came_s;


/* a registration, ready to be put into the zone */
typedef struct ngx_rtalpha_reg_put_s  ngx_rtalpha_reg_put_t;

struct ngx_rtalpha_reg_put_s {
    ngx_str_t                doc;           /* packed */
    ngx_str_t                app;
    ngx_str_t                id;
    ngx_str_t                zone;
    ngx_str_t                source;        /* whose address; empty: none */
    ngx_uint_t               id_off;        /* of the id in doc */
    uint32_t                 vip_hash;
    uint32_t                 svip_hash;
    ngx_uint_t               vips;
    ngx_uint_t               status;        /* as sent */
    ngx_uint_t               overridden;
    int64_t                  dirty;
    uint32_t                 interval;      /* seconds */
    uint32_t                 lease;
    ngx_uint_t               replica;

    /* of the journal and of other nodes: taken as they are */
    const ngx_rtalpha_reg_state_t  *state;  /* NULL: a client's or peer's */

    /*
     * Of other nodes: asked with the zone locked before anything is changed;
     * old: what is there, also deleted, or NULL.  NGX_OK: put it, with
     * *mark; else that is the result.
     */
    ngx_int_t              (*decide)(ngx_rtalpha_reg_put_t *put,
                                     struct ngx_rtalpha_reg_inst_s *old);
    struct ngx_rtalpha_reg_came_s  *came;
    const ngx_rtalpha_reg_mark_t   *mark;
};


/* one instance, copied out */
typedef struct {
    ngx_rtalpha_reg_state_t  state;
    ngx_str_t                app;
    ngx_str_t                id;
    ngx_str_t                doc;
    ngx_rtalpha_pin_t       *pin;           /* the document is a blob */
    uint64_t                 seq;
} ngx_rtalpha_reg_copy_t;


/* instances copied out in one short section */
typedef struct ngx_rtalpha_reg_copies_s {
    ngx_rtalpha_reg_copy_t  *copies;
    ngx_uint_t               n;
    ngx_uint_t               max;
    u_char                  *pos;
    u_char                  *last;
} ngx_rtalpha_reg_copies_t;


/* what a verb did, for who must be told */
#define NGX_RTALPHA_REG_CHANGED  1


/* what is derived, from the tables; with the zone locked */
void ngx_rtalpha_reg_store_repair(void);

/*
 * Packs what was sent and looks out what the store needs of it.  NGX_OK;
 * NGX_DECLINED: a name too long (400); NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_store_prepare(ngx_pool_t *pool,
    ngx_rtalpha_reg_sent_t *sent, ngx_rtalpha_reg_put_t *put);
/* the same of a packed document */
ngx_int_t ngx_rtalpha_reg_store_prepare_doc(ngx_pool_t *pool,
    ngx_rtalpha_reg_put_t *put);

/* over a limit: of all instances, of the application's, of the address' */
#define NGX_RTALPHA_REG_OVER_ALL     -101
#define NGX_RTALPHA_REG_OVER_APP     -102
#define NGX_RTALPHA_REG_OVER_SOURCE  -103

/*
 * NGX_OK; NGX_ERROR: the zone is full (503); one of the limits (503);
 * NGX_DONE: the same id in too many applications (400).
 */
ngx_int_t ngx_rtalpha_reg_store_register(ngx_rtalpha_reg_put_t *put);

/* these give an HTTP status: 200, 404, 400 and 409 (of a replica), 503 */

/*
 * dirty: NULL if it was not sent; overridden: likewise NONE.  An override
 * that came with an unreadable dirty time (odd) counts, but is no change by
 * the client: the action stays what it was.
 */
ngx_uint_t ngx_rtalpha_reg_store_renew(const ngx_str_t *app,
    const ngx_str_t *id, const int64_t *dirty, ngx_uint_t overridden,
    ngx_uint_t replica);
ngx_uint_t ngx_rtalpha_reg_store_cancel(const ngx_str_t *app,
    const ngx_str_t *id);
ngx_uint_t ngx_rtalpha_reg_store_override(const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t status, const int64_t *dirty,
    ngx_uint_t odd);
ngx_uint_t ngx_rtalpha_reg_store_restore(const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t status, const int64_t *dirty);

/*
 * Copies one instance.  app NULL: the first of that id in any application.
 * hidden: give it even if its lease has ended.  NGX_OK; NGX_DECLINED: there
 * is none; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_store_get(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t hidden, ngx_rtalpha_reg_copy_t *copy);

/* an override that a peer tells of; 0 if there is no such instance */
ngx_uint_t ngx_rtalpha_reg_store_impose(const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t status);

/* the override recorded for an id, or NGX_RTALPHA_REG_NONE */
ngx_uint_t ngx_rtalpha_reg_store_overridden(const ngx_str_t *id);

/* the wheel of leases calls this for one whose end has come; locked */
void ngx_rtalpha_reg_store_evict(struct ngx_rtalpha_reg_inst_s *inst);

/*
 * Copies: room for max instances and size bytes of documents.  add: with the
 * zone locked; NGX_AGAIN: no room for it.  settle: after the lock, brings
 * the documents that are blobs into pool.
 */
ngx_int_t ngx_rtalpha_reg_copies_init(ngx_rtalpha_reg_copies_t *c,
    ngx_pool_t *pool, ngx_uint_t max, size_t size);
ngx_int_t ngx_rtalpha_reg_copies_add(ngx_rtalpha_reg_copies_t *c,
    const struct ngx_rtalpha_reg_inst_s *inst);
ngx_int_t ngx_rtalpha_reg_copies_settle(ngx_rtalpha_reg_copies_t *c,
    ngx_pool_t *pool);

/* where a walk over all instances stands; zeroed at its beginning */
typedef struct {
    ngx_uint_t               bucket;
    ngx_uint_t               skip;
} ngx_rtalpha_reg_place_t;

/*
 * One section of a walk: copies instances that match (NULL: all) from place
 * on, which it moves on.  NGX_AGAIN: there are more; NGX_OK: that was all.
 * What is there from the walk's beginning to its end is copied once or more.
 */
typedef ngx_uint_t (*ngx_rtalpha_reg_match_pt)(void *data,
    const struct ngx_rtalpha_reg_inst_s *inst);

ngx_int_t ngx_rtalpha_reg_copies_walk(ngx_rtalpha_reg_copies_t *c,
    ngx_rtalpha_reg_place_t *place, ngx_rtalpha_reg_match_pt match,
    void *data);

uint32_t ngx_rtalpha_reg_store_hash(const ngx_str_t *s);


#endif /* _NGX_RTALPHA_REG_STORE_H_INCLUDED_ */
