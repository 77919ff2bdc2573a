
/*
 * What the registry keeps in the zone.  For the files of the store only
 * (store, lease, delta, segment, persist …); requests use their verbs.
 *
 * Authoritative is one hash table of instances by id, those that were just
 * deleted included, one of applications, one of status overrides.  All else
 * is derived and rebuilt from them after a death in a locked section: the
 * lists of an application's instances (pieces), the segments that full
 * answers are made of, the wheel of leases, the log of changes, counts.
 *
 * Every visible change has a number, from 1; the number of the last one is
 * the registry's version, and that of an application or a segment is the
 * number of the last change in it.
 */


#ifndef _NGX_RTALPHA_REG_ROOT_H_INCLUDED_
#define _NGX_RTALPHA_REG_ROOT_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_zone.h"
#include "ngx_rtalpha_reg_cluster.h"
#include "ngx_rtalpha_reg_doc.h"
#include "ngx_rtalpha_reg_guard.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_status.h"
#include "ngx_rtalpha_reg_table.h"


#define NGX_RTALPHA_REG_LAYOUT       4

#define NGX_RTALPHA_REG_WHEEL        8192   /* slots of the wheel … */
#define NGX_RTALPHA_REG_WHEEL_SHIFT  7      /* … of 128 ms */

#define NGX_RTALPHA_REG_ZONES        64

/* two records of the zone fill a page */
#define NGX_RTALPHA_REG_LOG_CHUNK    ((1984 - 3 * sizeof(void *))             \
                                      / sizeof(void *))

/* instances with the same id in several applications */
#define NGX_RTALPHA_REG_SAME_ID      1024


typedef struct ngx_rtalpha_reg_inst_s   ngx_rtalpha_reg_inst_t;
typedef struct ngx_rtalpha_reg_app_s    ngx_rtalpha_reg_app_t;
typedef struct ngx_rtalpha_reg_piece_s  ngx_rtalpha_reg_piece_t;
typedef struct ngx_rtalpha_reg_seg_s    ngx_rtalpha_reg_seg_t;
typedef struct ngx_rtalpha_reg_log_s    ngx_rtalpha_reg_log_t;
typedef struct ngx_rtalpha_reg_source_s ngx_rtalpha_reg_source_t;


struct ngx_rtalpha_reg_inst_s {
    ngx_rtalpha_reg_node_t     node;        /* by id */
    ngx_rtalpha_reg_app_t     *app;
    ngx_rtalpha_reg_source_t  *source;      /* who registered it; or NULL */

    /* derived */
    ngx_rtalpha_reg_piece_t   *piece;       /* NULL: deleted */
    ngx_rtalpha_reg_inst_t    *next;        /* in the piece */
    ngx_rtalpha_reg_inst_t    *prev;
    ngx_rtalpha_reg_inst_t    *wheel_next;
    ngx_rtalpha_reg_inst_t   **wheel_link;  /* what points here; or NULL */

    ngx_rtalpha_reg_inst_t   **entry;       /* its place in the log, or NULL */
    uint64_t                   seq;         /* of its last change */
    uint64_t                   changed;     /* when that was, monotonic */
    uint64_t                   beat;        /* last renewal, monotonic */
    ngx_rtalpha_reg_state_t    state;       /* but renewed: from beat */

    uint32_t                   vip_hash;
    uint32_t                   svip_hash;
    uint16_t                   id_off;      /* in data */
    uint16_t                   id_len;
    u_char                     zone;        /* index of its zone */
    u_char                     flags;
    uint16_t                   doc_off;
    uint32_t                   doc_len;
    ngx_rtalpha_blob_t        *blob;        /* the document, if it is not
                                               in data */
    u_char                     data[8];
};

#define NGX_RTALPHA_REG_INST_RENEWED  1     /* has been, since registered */
#define NGX_RTALPHA_REG_INST_EXPIRED  2     /* in the list of expired ones */
#define NGX_RTALPHA_REG_INST_VIPS     4     /* an address is a list */
#define NGX_RTALPHA_REG_INST_SHARED   8     /* has an ngx_rtalpha_reg_share_t */
#define NGX_RTALPHA_REG_INST_AWAY     16    /* renews with another node */
#define NGX_RTALPHA_REG_INST_TOMB     32    /* deleted, and out of the log */


/* behind the data of an instance, in a cluster over Redis */
typedef struct {
    ngx_rtalpha_reg_mark_t     mark;
    ngx_queue_t                todo;        /* derived; with want alone */
    ngx_rtalpha_reg_inst_t    *inst;        /* likewise */
    uint32_t                   want;        /* NGX_RTALPHA_REG_DO_… */
} ngx_rtalpha_reg_share_t;

#define NGX_RTALPHA_REG_WANT  0x10000       /* in any case */


typedef struct {
    ngx_rtalpha_reg_self_t     self;
    ngx_uint_t                 on;          /* new instances have marks */
    ngx_uint_t                 loading;     /* the journal is being read */
    uint32_t                   epoch;       /* of the last resync */
    uint64_t                   current;     /* see reg_cluster */

    ngx_queue_t                todo;        /* derived, of shares */
    ngx_uint_t                 waiting;     /* in it */
    ngx_uint_t                 tombs;

    /* for pages; written by the leader */
    ngx_uint_t                 phase;
    ngx_uint_t                 nodes;
    uint64_t                   since;       /* of the phase, monotonic */
    uint64_t                   told;        /* messages */
    uint64_t                   heard;
    uint64_t                   resyncs;
    uint64_t                   failures;
} ngx_rtalpha_reg_shared_t;


/*
 * Some of an application's instances, in one segment.  A small application
 * has one, a large one as many as it has segments.
 */
struct ngx_rtalpha_reg_piece_s {
    ngx_rtalpha_reg_app_t     *app;
    ngx_rtalpha_reg_seg_t     *seg;
    ngx_rtalpha_reg_inst_t    *first;
    ngx_rtalpha_reg_inst_t    *last;
    ngx_rtalpha_reg_piece_t   *next;        /* of the application */
    ngx_rtalpha_reg_piece_t   *prev;
    ngx_rtalpha_reg_piece_t   *seg_next;
    ngx_rtalpha_reg_piece_t   *seg_prev;
    uint32_t                   n;
    uint32_t                   bytes;       /* of text, estimated */
};


struct ngx_rtalpha_reg_app_s {
    ngx_rtalpha_reg_node_t     node;        /* by name */
    uint64_t                   seq;
    uint32_t                   refs;        /* instances, deleted ones too */
    uint32_t                   n;           /* instances */
    ngx_rtalpha_reg_piece_t   *pieces;
    ngx_rtalpha_reg_piece_t   *last;
    ngx_rtalpha_reg_piece_t   *fill;        /* where new ones go first */
    size_t                     target;      /* at which fill was begun */
    uint32_t                   len;
    u_char                     name[4];
};


/* an address, of IPv6 the first half: a client has all of the other one */
#define NGX_RTALPHA_REG_SOURCE  8

struct ngx_rtalpha_reg_source_s {
    ngx_rtalpha_reg_node_t     node;        /* by key */
    uint32_t                   n;           /* instances it registered */
    uint32_t                   len;
    u_char                     key[NGX_RTALPHA_REG_SOURCE];
};


typedef struct {
    ngx_rtalpha_blob_t        *blob;
    uint64_t                   seq;         /* of the segment it shows */
    size_t                     raw;         /* length before compression */
    uint32_t                   crc;         /* of that */
    uint32_t                   edges;       /* of a large application */
} ngx_rtalpha_reg_form_t;


struct ngx_rtalpha_reg_seg_s {
    ngx_rtalpha_reg_seg_t     *next;        /* in the order of answers */
    ngx_rtalpha_reg_seg_t     *prev;
    ngx_rtalpha_reg_seg_t     *room_next;   /* with room for small ones */
    ngx_rtalpha_reg_seg_t     *room_prev;
    ngx_rtalpha_reg_piece_t   *pieces;
    ngx_rtalpha_reg_piece_t   *last;
    uint64_t                   seq;
    uint64_t                   id;          /* never the same again */
    uint32_t                   n;
    uint32_t                   bytes;
    uint32_t                   alone;       /* one piece of a large one */
    uint32_t                   room;        /* in the list of those with it */
    ngx_rtalpha_reg_form_t     forms[NGX_RTALPHA_REG_FORMS];
};


struct ngx_rtalpha_reg_log_s {
    ngx_rtalpha_reg_log_t     *next;
    uint64_t                   base;        /* number of the first entry */
    ngx_uint_t                 n;
    ngx_rtalpha_reg_inst_t    *insts[NGX_RTALPHA_REG_LOG_CHUNK];
};


typedef struct {
    ngx_rtalpha_reg_node_t     node;        /* by id */
    uint32_t                   status;
    uint32_t                   len;
    u_char                     id[8];
} ngx_rtalpha_reg_override_t;


/* a whole answer, as last made */
typedef struct {
    ngx_rtalpha_blob_t        *blob;
    uint64_t                   seq;
    uint64_t                   trim;        /* deltas: what had left */
    uint64_t                   made;        /* ms of the epoch */
    uint64_t                   number;      /* deltas: versions__delta */
} ngx_rtalpha_reg_answer_t;


/* an operation for peers, as the text that is sent */
typedef struct ngx_rtalpha_reg_op_s  ngx_rtalpha_reg_op_t;

struct ngx_rtalpha_reg_op_s {
    ngx_rtalpha_reg_op_t      *next;
    uint64_t                   number;
    uint64_t                   made;        /* monotonic */
    uint64_t                   ends;        /* too old then */
    uint32_t                   key;         /* of a heartbeat: one is enough */
    uint32_t                   only;        /* hash of a peer; 0: all */
    uint32_t                   len;
    ngx_rtalpha_blob_t        *blob;        /* the text, if it is long */
    u_char                     text[8];
};


typedef struct {
    ngx_rtalpha_reg_op_t      *first;
    ngx_rtalpha_reg_op_t      *last;
    uint64_t                   number;      /* of the last one */
    ngx_uint_t                 n;
    uint64_t                   dropped;
} ngx_rtalpha_reg_queue_t;


#define NGX_RTALPHA_REG_PEERS  32

typedef struct {
    uint32_t                   hash;        /* of its URL; 0: free */
    uint64_t                   number;      /* told up to this operation */
} ngx_rtalpha_reg_told_t;


typedef struct {
    ngx_uint_t                 ready;
    uint64_t                   key;         /* of the hashes */

    ngx_rtalpha_reg_table_t    insts;
    ngx_rtalpha_reg_table_t    apps;
    ngx_rtalpha_reg_table_t    overrides;
    ngx_rtalpha_reg_table_t    sources;

    /* derived */
    uint64_t                   seq;
    uint64_t                   counts[NGX_RTALPHA_REG_STATUSES];
    ngx_uint_t                 n;           /* instances, not deleted */
    ngx_uint_t                 napps;       /* with instances */

    ngx_rtalpha_reg_log_t     *log;
    ngx_rtalpha_reg_log_t     *log_last;
    uint64_t                   log_first;   /* number of the oldest entry */
    uint64_t                   trims;
    uint64_t                   recycled;    /* chunks, for want of memory */

    ngx_rtalpha_reg_seg_t     *segs;
    ngx_rtalpha_reg_seg_t     *segs_last;
    ngx_rtalpha_reg_seg_t     *room;
    ngx_uint_t                 nsegs;
    uint64_t                   seg_id;
    uint64_t                   seg_epoch;   /* of the list of segments */
    size_t                     seg_target;  /* bytes of text */
    ngx_uint_t                 seg_max;     /* segments more than usual */
    ngx_rtalpha_reg_seg_t     *widen;       /* who may have room now */
    uint64_t                   piece_epoch; /* of pieces that were freed */
    ngx_rtalpha_reg_seg_t     *shed;        /* whose forms go next */
    uint64_t                   nshed;       /* forms given up for memory */

    ngx_rtalpha_reg_inst_t   **wheel;
    uint64_t                   wheel_tick;  /* slots up to it are empty */
    ngx_rtalpha_reg_inst_t    *expired;
    ngx_uint_t                 nexpired;

    uint64_t                   started;     /* monotonic */
    uint64_t                   offset;      /* of the epoch's clock to that */
    ngx_rtalpha_reg_answer_t   full[NGX_RTALPHA_REG_FORMS];
    ngx_rtalpha_reg_answer_t   delta[NGX_RTALPHA_REG_FORMS];
    uint64_t                   delta_number;

    ngx_rtalpha_reg_zone_t     zones[NGX_RTALPHA_REG_ZONES];
    ngx_uint_t                 nzones;

    ngx_rtalpha_blob_t        *comma[2];    /* plain and deflated */
    uint32_t                   comma_crc;

    ngx_rtalpha_reg_queue_t    queue;       /* for the peers */
    ngx_rtalpha_reg_told_t     told[NGX_RTALPHA_REG_PEERS];
    ngx_uint_t                 synced;      /* content fetched from a peer */

    uint64_t                   loaded;      /* instances read at the start */
    uint64_t                   saved;       /* journalled up to this change */

    ngx_rtalpha_reg_shared_t   cluster;
} ngx_rtalpha_reg_root_t;


/* in every process, once the zone is there */
extern ngx_rtalpha_reg_root_t  *ngx_rtalpha_reg_root;

/* makes it ready, in the master; NGX_ERROR: the zone is full */
ngx_int_t ngx_rtalpha_reg_root_init(void *root);
/* finds it, in a worker */
void ngx_rtalpha_reg_root_use(void *root);


/* milliseconds: of the epoch, and since whenever (never set back) */
uint64_t ngx_rtalpha_reg_now(void);
uint64_t ngx_rtalpha_reg_clock(void);

/* in the leader, now and then: follows a clock that has been set */
void ngx_rtalpha_reg_clock_check(void);

/* what nginx's debug log takes for the connection of a timer */
extern ngx_connection_t  ngx_rtalpha_reg_nobody;

#define ngx_rtalpha_reg_inst_id(inst, s)                                      \
    (s)->data = (inst)->data + (inst)->id_off;                                \
    (s)->len = (inst)->id_len


/* group: the application of that name; NULL: there is none */
ngx_rtalpha_reg_app_t *ngx_rtalpha_reg_app_find(const ngx_str_t *name,
    uint32_t hash);
/* group: made if need be; NULL: the zone is full; freed if nobody is in it */
ngx_rtalpha_reg_app_t *ngx_rtalpha_reg_app_get(const ngx_str_t *name,
    uint32_t hash);
void ngx_rtalpha_reg_app_release(ngx_rtalpha_reg_app_t *app);
/* group: the index of a zone */
ngx_uint_t ngx_rtalpha_reg_zone_get(const ngx_str_t *name);
/* group: by whom an instance is registered; an empty key is nobody */
ngx_rtalpha_reg_source_t *ngx_rtalpha_reg_source_find(const ngx_str_t *key);
void ngx_rtalpha_reg_source_enter(ngx_rtalpha_reg_inst_t *inst,
    const ngx_str_t *key);
void ngx_rtalpha_reg_source_leave(ngx_rtalpha_reg_inst_t *inst);

/* store: is it the one of that id, and (unless NULL) application */
ngx_uint_t ngx_rtalpha_reg_store_same(const ngx_rtalpha_reg_inst_t *inst,
    const ngx_str_t *app, const ngx_str_t *id);

/* store: one that is not deleted */
ngx_rtalpha_reg_inst_t *ngx_rtalpha_reg_store_find(const ngx_str_t *app,
    const ngx_str_t *id, uint32_t hash);
/* store: its lease begins anew */
void ngx_rtalpha_reg_store_renew_lease(ngx_rtalpha_reg_inst_t *inst,
    uint64_t clock);

/*
 * override: of an id; set: NGX_ERROR: the zone is full; drop: what it was;
 * take: one within a registration counts where none is recorded yet, and
 * what is recorded then is given, NONE, or NGX_ERROR
 */
ngx_rtalpha_reg_override_t *ngx_rtalpha_reg_store_override_find(
    const ngx_str_t *id, uint32_t hash);
ngx_int_t ngx_rtalpha_reg_store_override_set(const ngx_str_t *id,
    uint32_t hash, ngx_uint_t status);
ngx_uint_t ngx_rtalpha_reg_store_override_take(const ngx_str_t *id,
    uint32_t hash, ngx_uint_t overridden);
ngx_uint_t ngx_rtalpha_reg_store_override_drop(const ngx_str_t *id,
    uint32_t hash);

/* store: counts an instance's status, up (1) or down (-1) */
void ngx_rtalpha_reg_store_count(ngx_rtalpha_reg_inst_t *inst,
    ngx_int_t delta);
/* store: gives it a status, and counts that */
void ngx_rtalpha_reg_store_status(ngx_rtalpha_reg_inst_t *inst,
    ngx_uint_t status);
/* store: frees a deleted instance that has left the log */
void ngx_rtalpha_reg_store_forget(ngx_rtalpha_reg_inst_t *inst);

/*
 * delta: room for one more entry, of which there always is: in a full zone
 * the log's oldest entries leave it.  What was deleted may be freed then.
 */
void ngx_rtalpha_reg_delta_reserve(void);
/* delta: the oldest entries leave, whatever their age; 0: there are none */
ngx_uint_t ngx_rtalpha_reg_delta_shed(void);
/* delta: a visible change of inst, for which there is room */
void ngx_rtalpha_reg_delta_change(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_delta_replace(ngx_rtalpha_reg_inst_t *old,
    ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_delta_repair(void);

/* segment: an instance comes into its application's lists, or leaves them */
ngx_int_t ngx_rtalpha_reg_segment_add(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_segment_remove(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_segment_replace(ngx_rtalpha_reg_inst_t *old,
    ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_segment_repair(void);
/* take: does it begin, or end, an application (NGX_RTALPHA_REG_OPEN …) */
uint32_t ngx_rtalpha_reg_segment_edges(const ngx_rtalpha_reg_seg_t *seg);
/* segment: the next one or more give up their rendered forms */
void ngx_rtalpha_reg_segment_shed(void);

/*
 * full: applications out of copied instances; the answer if it is up to
 * date (NGX_DECLINED if not); gives an answer up, keeps one (with the zone
 * locked)
 */
struct ngx_rtalpha_reg_copies_s;
void ngx_rtalpha_reg_full_lines(ngx_uint_t form,
    struct ngx_rtalpha_reg_copies_s *c, ngx_uint_t edges,
    ngx_rtalpha_out_t *out);
struct ngx_rtalpha_reg_given_s;
ngx_int_t ngx_rtalpha_reg_full_cached(ngx_rtalpha_reg_answer_t *answer,
    uint64_t trim, struct ngx_rtalpha_reg_given_s *given);
void ngx_rtalpha_reg_full_drop(ngx_rtalpha_reg_answer_t *answer);
void ngx_rtalpha_reg_full_keep(ngx_rtalpha_reg_answer_t *answer,
    ngx_rtalpha_pin_t *pin, uint64_t seq, uint64_t trim, uint64_t number);

/* lease: puts an instance where its lease ends, takes it out */
void ngx_rtalpha_reg_lease_place(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_lease_place_at(ngx_rtalpha_reg_inst_t *inst,
    uint64_t end);
void ngx_rtalpha_reg_lease_remove(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_lease_replace(ngx_rtalpha_reg_inst_t *old,
    ngx_rtalpha_reg_inst_t *inst);
ngx_uint_t ngx_rtalpha_reg_lease_over(const ngx_rtalpha_reg_inst_t *inst);
uint64_t ngx_rtalpha_reg_lease_end(const ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_lease_repair(void);


#endif /* _NGX_RTALPHA_REG_ROOT_H_INCLUDED_ */
