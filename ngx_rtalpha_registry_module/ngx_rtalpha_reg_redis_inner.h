
/*
 * Inside of the cluster over Redis, for its own files alone.
 */


#ifndef _NGX_RTALPHA_REG_REDIS_INNER_H_INCLUDED_
#define _NGX_RTALPHA_REG_REDIS_INNER_H_INCLUDED_


#include "ngx_rtalpha_redis.h"
#include "ngx_rtalpha_reg_line.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_reg_store.h"


/* commands under way; instances that one locked section looks at */
#define NGX_RTALPHA_REG_REDIS_WINDOW  1024
#define NGX_RTALPHA_REG_REDIS_SLICE   32

#define ngx_rtalpha_reg_shared(inst)                                          \
    ((inst)->flags & NGX_RTALPHA_REG_INST_SHARED)

/* behind the document, or behind the id where the document is a blob */
#define ngx_rtalpha_reg_share(inst)                                           \
    ((ngx_rtalpha_reg_share_t *) ((inst)->data                                \
        + ngx_align((inst)->blob ? (inst)->id_len : (inst)->doc_len, 8)))


/* the link to Redis, in the leader */
typedef struct {
    ngx_pool_t                *pool;        /* NULL: there is none */
    ngx_rtalpha_reg_cluster_t  c;
    ngx_rtalpha_redis_conf_t   conf;
    ngx_rtalpha_redis_conf_t   read_conf;
    ngx_rtalpha_redis_t       *redis;
    ngx_rtalpha_redis_t       *reader;
    ngx_str_t                  keys[4];
    ngx_str_t                  limit;       /* entries of the stream */
    u_char                     era[16];     /* hex */

    ngx_uint_t                 conn;        /* answers of before are void */
    ngx_uint_t                 ready;       /* the hello has been answered */
    ngx_uint_t                 reading;     /* a read of the stream is */
    ngx_uint_t                 calls;       /* commands under way */
    ngx_uint_t                 beating;     /* a beat is */
    ngx_uint_t                 told;        /* the log knows what is wrong */
    ngx_uint_t                 nwatched;    /* with the last beat */
    uint64_t                   watched[NGX_RTALPHA_REG_WATCH];
    uint64_t                   again;       /* when to say hello again */
    uint64_t                   beat;        /* when the last one was sent */
    uint64_t                   saved;       /* when the clock was */
    ngx_uint_t                 prepare;     /* bucket + 1: marks are made */
    ngx_uint_t                 sweep;       /* bucket + 1: a sweep is on */
    ngx_uint_t                 age;         /* bucket that is looked at next */
    uint64_t                   aged;        /* when that began at the first */
    ngx_event_t                timer;
    ngx_event_t                work;
} ngx_rtalpha_reg_link_t;


typedef enum {
    NGX_RTALPHA_REG_KEY_META = 0,
    NGX_RTALPHA_REG_KEY_DOCS,
    NGX_RTALPHA_REG_KEY_NODES,
    NGX_RTALPHA_REG_KEY_STREAM
} ngx_rtalpha_reg_key_e;


extern ngx_rtalpha_reg_link_t  ngx_rtalpha_reg_link;


/* is there a cluster, for this instance */
#define ngx_rtalpha_reg_redis_on(inst)                                        \
    (ngx_rtalpha_reg_root->cluster.on && ngx_rtalpha_reg_shared(inst))

/* mark: what is to be told of an instance; with the zone locked */
void ngx_rtalpha_reg_redis_want(ngx_rtalpha_reg_inst_t *inst,
    ngx_uint_t todo);
void ngx_rtalpha_reg_redis_unwant(ngx_rtalpha_reg_share_t *share);
/* mark: counts it for self-preservation here or not */
void ngx_rtalpha_reg_redis_side(ngx_rtalpha_reg_inst_t *inst);
/* walk: looks at its lease, and puts it where that is to be done again */
void ngx_rtalpha_reg_redis_ask(ngx_rtalpha_reg_inst_t *inst);
/* mark: the number of its name, the same on all nodes */
uint32_t ngx_rtalpha_reg_redis_key(const ngx_str_t *app, const ngx_str_t *id);
uint32_t ngx_rtalpha_reg_redis_inst_key(ngx_rtalpha_reg_inst_t *inst);
/* mark: a dead one that nobody remembers any more */
void ngx_rtalpha_reg_redis_drop(ngx_rtalpha_reg_inst_t *inst);

/* merge: what Redis said of an instance; name: application, 0, id */
void ngx_rtalpha_reg_redis_merge(const ngx_str_t *name,
    const ngx_rtalpha_reg_regs_t *regs, const ngx_str_t *doc);
/* merge: Redis has forgotten it; Redis does not know it */
void ngx_rtalpha_reg_redis_gone(const ngx_str_t *name,
    const ngx_rtalpha_reg_regs_t *regs);
void ngx_rtalpha_reg_redis_unknown(const ngx_str_t *name);
/* merge: Redis lacks its document */
void ngx_rtalpha_reg_redis_need(const ngx_str_t *name);

/* tell: takes instances off the list; asks for one */
void ngx_rtalpha_reg_redis_flush(void);
void ngx_rtalpha_reg_redis_fetch(const ngx_str_t *name);
/* walk: some buckets of what goes over all instances; 1: there are more */
ngx_uint_t ngx_rtalpha_reg_redis_walk(void);

/* read: the stream; all that is in Redis, from a cursor on */
void ngx_rtalpha_reg_redis_read(void);
void ngx_rtalpha_reg_redis_scan(const ngx_str_t *cursor);

/* redis: says hello, at once or after a pause; posts the work */
void ngx_rtalpha_reg_redis_hello(void);
void ngx_rtalpha_reg_redis_trouble(const ngx_rtalpha_reply_t *reply);
void ngx_rtalpha_reg_redis_post(void);
/* info: shows where it stands in the zone, for all workers' pages */
void ngx_rtalpha_reg_redis_note(void);

/* info: keeps the clock on disk, now and then; a number, not 0 */
void ngx_rtalpha_reg_redis_save(void);
uint64_t ngx_rtalpha_reg_redis_random(void);

/*
 * redis: checks an answer: 1 if it is the first word "ok" or "need" (else
 * what has to be done has been done).  conn: when it was asked.
 */
ngx_uint_t ngx_rtalpha_reg_redis_good(const ngx_rtalpha_reply_t *reply,
    ngx_uint_t conn);


/* scripts; each gets the four keys, and (but hello) era and limit first */
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_hello;
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_beat;
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_silent;
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_scan;
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_merge;
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_fetch;
extern ngx_rtalpha_redis_script_t  ngx_rtalpha_reg_script_forget;

/* n words after keys, era and limit; NULL as of ngx_rtalpha_redis_eval */
#define NGX_RTALPHA_REG_REDIS_HEAD  6
ngx_rtalpha_redis_call_t *ngx_rtalpha_reg_redis_eval(
    ngx_rtalpha_redis_script_t *script, ngx_str_t *words, ngx_uint_t n,
    ngx_rtalpha_redis_pt handler, void *data);


#endif /* _NGX_RTALPHA_REG_REDIS_INNER_H_INCLUDED_ */
