
/*
 * The merge rules of a cluster of registries over one shared store.  Pure:
 * they decide, their callers act.  docs/registry-cluster.md has the why.
 *
 * Of each instance there are two registers.  The content register (what the
 * client said of itself, or that it cancelled) is ordered by stamp, which is
 * the client's lastDirtyTimestamp or, if that is greater, the stamp it
 * follows.  The lease register says which node takes the renewals (the
 * owner), or that the lease has ended.  Both only ever grow; merging takes
 * the greater of each, so that messages may be lost, doubled and reordered.
 * The shared store holds the join of all that it was told, each node that of
 * all that it has heard, and every node tells the store what it lacks.
 *
 * Times are milliseconds of this node's own monotonic clock.
 */


#ifndef _NGX_RTALPHA_REG_CLUSTER_H_INCLUDED_
#define _NGX_RTALPHA_REG_CLUSTER_H_INCLUDED_


#include "ngx_rtalpha.h"
#include "ngx_rtalpha_reg_members.h"


/* both registers: what travels */
typedef struct {
    int64_t      stamp;
    uint64_t     writer;        /* node that wrote the content */
    uint64_t     owner;         /* node that took, or ended, the lease */
    uint32_t     rev;           /* of the content, within its stamp */
    uint32_t     turn;          /* of the lease; 0: there is no instance */
    uint32_t     age;           /* ms from the renewal to the message that
                                   tells of it; 0 in what is kept */
    unsigned     closed:1;      /* cancelled: the stamp is over */
    unsigned     live:1;        /* the lease has not ended */
} ngx_rtalpha_reg_regs_t;


/* what a node keeps of an instance; all zero: it knows of none */
typedef struct {
    ngx_rtalpha_reg_regs_t  regs;
    uint64_t     held;          /* last renewal by a client, here; or 0 */
    uint64_t     since;         /* the renewal, or else the change, that the
                                   registers tell of */
    uint32_t     lease;         /* ms */
    uint32_t     seen;          /* resync in which the store was seen to have
                                   the registers; 0: it must be told */
    unsigned     late:1;        /* … which may be older than since */
    unsigned     lapsed:1;      /* ended by this node alone */
} ngx_rtalpha_reg_mark_t;


/* what the verbs of requests need: it lies where every worker reads it */
typedef struct {
    uint64_t     id;            /* of this node, never used before */
    uint32_t     writes;        /* contents that it has written */
    ngx_uint_t   joined;
} ngx_rtalpha_reg_self_t;


typedef enum {
    NGX_RTALPHA_REG_ALONE = 0,      /* no link to the store */
    NGX_RTALPHA_REG_SCAN,           /* reading all that is in the store */
    NGX_RTALPHA_REG_CATCHUP,        /* reading the stream to its end */
    NGX_RTALPHA_REG_JOINED
} ngx_rtalpha_reg_phase_e;


typedef struct {
    ngx_rtalpha_reg_self_t     *self;
    ngx_rtalpha_reg_members_t   members;
    ngx_uint_t   phase;
    uint32_t     epoch;         /* number of the last resync, from 1 */
    uint64_t     era;           /* of the store's data; 0: resync */
    uint64_t     pos;           /* of the stream, read up to it */
    uint64_t     target;        /* where it ended at the hello */
    uint64_t     up;            /* when the last hello was answered */
    uint64_t     resync;        /* when the last resync began */
    uint64_t     current;       /* when nothing was left to tell or hear */
    ngx_uint_t   fresh;         /* the last hello began a resync */
    ngx_uint_t   sweeps;        /* those that have been asked for */
    ngx_uint_t   left;          /* the last one found something to tell */
    ngx_msec_t   settle;        /* that other nodes get to come back, ms */
    ngx_msec_t   retain;        /* that the dead are remembered, ms */
} ngx_rtalpha_reg_cluster_t;


#define NGX_RTALPHA_REG_SETTLE  1500
#define NGX_RTALPHA_REG_RETAIN  3600000


/* what is to be done; bits */
#define NGX_RTALPHA_REG_DO_SHOW    1    /* the registry must agree with the
                                           mark: put the document, or delete */
#define NGX_RTALPHA_REG_DO_LEASE   2    /* tell the store: registers alone */
#define NGX_RTALPHA_REG_DO_PUSH    4    /* tell the store, with the document */
#define NGX_RTALPHA_REG_DO_FETCH   8    /* ask the store for the instance and
                                           merge the answer; nothing changed */
#define NGX_RTALPHA_REG_DO_EXPIRE  16   /* tell the store that it ended */
#define NGX_RTALPHA_REG_DO_LAPSE   32   /* evict it here, tell nobody */
#define NGX_RTALPHA_REG_DO_DROP    64   /* forget the mark (and delete) */
#define NGX_RTALPHA_REG_DO_FORGET  128  /* have the store forget it, too */


/* verbs of requests, with the instance locked; they fill in the mark */

/*
 * A registration or any other change of the instance.  dirty: the client's
 * lastDirtyTimestamp; lease: ms.  The store must be told, with the document.
 */
void ngx_rtalpha_reg_cluster_write(ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, int64_t dirty, ngx_msec_t lease,
    uint64_t now);

/* the client cancelled.  The store must be told. */
void ngx_rtalpha_reg_cluster_cancel(ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, uint64_t now);

/*
 * A renewal.  NGX_OK: nothing else; NGX_AGAIN: this node became the owner,
 * the store must be told (registers alone); NGX_DECLINED: it may do so soon,
 * due() is to be asked.
 */
ngx_int_t ngx_rtalpha_reg_cluster_renew(const ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, uint64_t now);

/* one that was read from disk at the start */
void ngx_rtalpha_reg_cluster_load(const ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, int64_t dirty, ngx_msec_t lease,
    uint64_t now);


/* verbs of the process that speaks to the store */

/* current: when what this node has was current; 0: it has nothing */
ngx_int_t ngx_rtalpha_reg_cluster_init(ngx_rtalpha_reg_cluster_t *c,
    ngx_pool_t *pool, ngx_rtalpha_reg_self_t *self, uint64_t current);

/*
 * The store's answer to the hello: its era, the number of its stream's last
 * entry, the nodes it knows.  NGX_OK: read the stream after c->pos;
 * NGX_AGAIN: scan the store first, then call scanned(); NGX_ERROR: memory.
 */
ngx_int_t ngx_rtalpha_reg_cluster_hello(ngx_rtalpha_reg_cluster_t *c,
    uint64_t era, uint64_t seq, const uint64_t *nodes, ngx_uint_t n,
    uint64_t now);
void ngx_rtalpha_reg_cluster_scanned(ngx_rtalpha_reg_cluster_t *c);
void ngx_rtalpha_reg_cluster_down(ngx_rtalpha_reg_cluster_t *c);

/*
 * An entry of the stream has been read.  NGX_OK: merge it; NGX_DECLINED: it
 * has been before; NGX_ERROR: some before it are gone, say hello again.
 */
ngx_int_t ngx_rtalpha_reg_cluster_entry(ngx_rtalpha_reg_cluster_t *c,
    uint64_t seq);

/* a read found nothing more.  NGX_ERROR: entries are gone, as above. */
ngx_int_t ngx_rtalpha_reg_cluster_tip(ngx_rtalpha_reg_cluster_t *c);

/* several times a second.  Not 0: have every mark swept. */
ngx_uint_t ngx_rtalpha_reg_cluster_tick(ngx_rtalpha_reg_cluster_t *c,
    uint64_t now);

/*
 * What the store said of an instance: an entry, a line of the scan, or the
 * answer to what it was told.  doc: the document came along; key: a number
 * of the instance's name, the same on all nodes.  Bits: SHOW LEASE FETCH.
 * Afterwards due() is to be asked.
 */
ngx_uint_t ngx_rtalpha_reg_cluster_merge(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, const ngx_rtalpha_reg_regs_t *r,
    ngx_uint_t doc, uint32_t key, uint64_t now);

/*
 * Is the lease over?  0, EXPIRE or LAPSE; PUSH: the store must hear of the
 * last change before; LEASE: this node became the owner.  *next: when to ask
 * again, 0: never (unless the mark changes).
 */
ngx_uint_t ngx_rtalpha_reg_cluster_due(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, uint32_t key, uint64_t now, uint64_t *next);

/* the registers for the store: of LEASE and PUSH; of EXPIRE */
void ngx_rtalpha_reg_cluster_told(const ngx_rtalpha_reg_mark_t *m,
    uint64_t now, ngx_rtalpha_reg_regs_t *r);
void ngx_rtalpha_reg_cluster_ended(const ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m, ngx_rtalpha_reg_regs_t *r);

/* 0, LEASE, PUSH, EXPIRE, FETCH, or DROP */
ngx_uint_t ngx_rtalpha_reg_cluster_sweep(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, uint32_t key, uint64_t now);

/* of one that is dead, now and then: 0, DROP, FORGET */
ngx_uint_t ngx_rtalpha_reg_cluster_age(ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m, uint32_t key, uint64_t now);

/* the store has forgotten these registers: 0, DROP or LEASE */
ngx_uint_t ngx_rtalpha_reg_cluster_gone(ngx_rtalpha_reg_mark_t *m,
    const ngx_rtalpha_reg_regs_t *r);


/* the order of each register: < 0, 0, > 0 */
ngx_int_t ngx_rtalpha_reg_regs_content(const ngx_rtalpha_reg_regs_t *a,
    const ngx_rtalpha_reg_regs_t *b);
ngx_int_t ngx_rtalpha_reg_regs_lease(const ngx_rtalpha_reg_regs_t *a,
    const ngx_rtalpha_reg_regs_t *b);

/* is the instance to be seen */
#define ngx_rtalpha_reg_regs_show(r)  (!(r)->closed && (r)->live)
#define ngx_rtalpha_reg_mark_show(m)                                          \
    (ngx_rtalpha_reg_regs_show(&(m)->regs) && !(m)->lapsed)


#endif /* _NGX_RTALPHA_REG_CLUSTER_H_INCLUDED_ */
