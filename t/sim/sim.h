
/*
 * A world of registry nodes, clients and one shared store, in virtual time.
 *
 * Everything that happens is an event in one queue; all chance comes from
 * one generator, so that a seed is a schedule.  The nodes run the product's
 * rules (ngx_rtalpha_reg_cluster) as they stand.  Times are milliseconds.
 */


#ifndef _SIM_H_INCLUDED_
#define _SIM_H_INCLUDED_


#include "ngx_rtalpha_reg_cluster.h"


#define SIM_NODES    7
#define SIM_KEYS     32
#define SIM_STREAM   512
#define SIM_MEMBERS  128
#define SIM_READ     40


/* a line of the store's hash of instances */
typedef struct {
    ngx_rtalpha_reg_regs_t   regs;
    uint32_t                 there;
    uint32_t                 doc;       /* 0: the line has none */
} sim_row_t;


typedef enum {
    SIM_ENTRY_ROW = 0,
    SIM_ENTRY_GONE,
    SIM_ENTRY_JOIN,
    SIM_ENTRY_DEAD
} sim_entry_e;


typedef struct {
    uint64_t                 seq;
    uint64_t                 node;
    ngx_uint_t               kind;
    ngx_uint_t               key;
    sim_row_t                row;
} sim_entry_t;


typedef struct {
    uint64_t                 id;
    uint64_t                 count;
} sim_member_t;


/* what a restart or a failover can set back */
typedef struct {
    uint64_t                 run;
    uint64_t                 era;
    uint64_t                 seq;
    sim_row_t                rows[SIM_KEYS];
    sim_member_t             members[SIM_MEMBERS];
    ngx_uint_t               nmembers;
    sim_entry_t              stream[SIM_STREAM];
    ngx_uint_t               kept;      /* entries of it */
} sim_data_t;


typedef enum {
    SIM_HELLO = 0,
    SIM_SCAN,
    SIM_READ_STREAM,
    SIM_MERGE,
    SIM_FETCH,
    SIM_FORGET,
    SIM_BEAT,
    SIM_SILENT
} sim_command_e;

#define SIM_COMMANDS  8


typedef enum {
    SIM_OK = 0,
    SIM_NEED,
    SIM_ERA,
    SIM_NONE
} sim_status_e;


/* a command on its way to the store, or the answer to it */
typedef struct {
    ngx_uint_t               kind;
    ngx_uint_t               node;
    ngx_uint_t               conn;
    ngx_uint_t               key;
    ngx_uint_t               status;
    ngx_uint_t               block;
    ngx_uint_t               n;
    uint64_t                 era;
    uint64_t                 seq;
    uint64_t                 ids[NGX_RTALPHA_REG_WATCH];
    uint64_t                 counts[NGX_RTALPHA_REG_WATCH];
    sim_row_t                row;
    void                    *list;      /* entries, rows or ids; malloc'd */
} sim_msg_t;


typedef struct {
    ngx_uint_t               up;
    ngx_uint_t               conn;
    ngx_uint_t               linked;    /* as the node believes */
    ngx_uint_t               wire;      /* as it is */
    ngx_uint_t               ready;     /* the hello has been answered */
    ngx_uint_t               cut;
    uint64_t                 lost;      /* when the wire broke */
    int64_t                  skew;      /* of its monotonic clock */
    int64_t                  wall;      /* of its clock on the wall */
    uint64_t                 joined;    /* since when, or 0 */
    ngx_pool_t              *pool;
    ngx_rtalpha_reg_self_t   self;
    ngx_rtalpha_reg_cluster_t  c;
    ngx_rtalpha_reg_mark_t   marks[SIM_KEYS];
    uint32_t                 docs[SIM_KEYS];
    uint64_t                 due[SIM_KEYS];
    uint64_t                 gone_at;   /* when it went down, for its disk */
    uint64_t                 stale;     /* what it had then, since when */
    ngx_uint_t               disk;      /* it will come up with it */
} sim_node_t;


typedef struct {
    ngx_uint_t               running;   /* it heartbeats */
    ngx_uint_t               known;     /* it believes it is registered */
    ngx_uint_t               node;
    ngx_uint_t               roams;     /* another node each time */
    ngx_uint_t               steady;    /* renews with the same one only */
    ngx_uint_t               dateless;  /* sends no lastDirtyTimestamp */
    ngx_uint_t               timer;     /* number of the one that counts */
    uint64_t                 lease;
    uint64_t                 interval;
    int64_t                  skew;
    int64_t                  dirty;
    uint64_t                 acked;     /* last registration or renewal */
    uint64_t                 touched;   /* last change, also an operator's */
    ngx_uint_t               acker;
    uint64_t                 acker_id;
    ngx_rtalpha_reg_regs_t   wrote;     /* content last acknowledged */
    uint32_t                 doc;
    ngx_uint_t               buried;    /* a cancel, forgotten in time */
    ngx_uint_t               excused;   /* that was lost with its node */
} sim_client_t;


typedef enum {
    SIM_EV_COMMAND = 0,
    SIM_EV_REPLY,
    SIM_EV_NOTICE,
    SIM_EV_LINK,
    SIM_EV_BEAT,
    SIM_EV_TICK,
    SIM_EV_DUE,
    SIM_EV_CLIENT,
    SIM_EV_START,
    SIM_EV_STORE_UP,
    SIM_EV_CHECK,
    SIM_EV_TROUBLE
} sim_event_e;


typedef struct sim_event_s  sim_event_t;

struct sim_event_s {
    uint64_t                 time;
    uint64_t                 order;
    ngx_uint_t               kind;
    ngx_uint_t               a;
    ngx_uint_t               b;
    uint64_t                 c;
    sim_event_t             *free;
    sim_msg_t                msg;
};


typedef struct {
    uint64_t                 now;
    uint64_t                 seed;
    uint64_t                 random[2];
    ngx_uint_t               nodes_n;
    ngx_uint_t               keys_n;
    sim_node_t               nodes[SIM_NODES];
    sim_client_t             clients[SIM_KEYS];

    ngx_uint_t               store_up;
    sim_data_t               data;
    sim_data_t               saved;     /* what a restart goes back to */
    sim_msg_t                waiting[SIM_NODES];    /* blocked reads */
    ngx_uint_t               trim;      /* entries the stream keeps */

    /* how bad it is */
    ngx_uint_t               delay;     /* ms at most */
    ngx_uint_t               loss;      /* a message in so many; 0: none */
    ngx_uint_t               twice;
    uint64_t                 retain;
    uint64_t                 calm;      /* since when all is well, or 0 */
    uint64_t                 mild;      /* the same but for nodes that died */
    uint64_t                 end;       /* of the troubles */

    /* figures */
    uint64_t                 commands[SIM_COMMANDS];
    uint64_t                 told;      /* registers given to the store */
    uint64_t                 changes;   /* that were due to be told */
    uint64_t                 resynced;  /* instances read or told again */
    uint64_t                 beats;
    uint64_t                 checks;

    ngx_uint_t               failed;
    ngx_uint_t               quiet;     /* a failure is but a doubt */
    ngx_uint_t               doubt;
    ngx_uint_t               agreed[SIM_KEYS];
    ngx_uint_t               trace;
    char                     why[256];
} sim_t;


extern sim_t  sim;


/* sim_world.c: chance, events, failure */
uint64_t sim_random(uint64_t n);        /* 0 … n - 1 */
ngx_uint_t sim_chance(ngx_uint_t one_in);
sim_event_t *sim_at(uint64_t time, ngx_uint_t kind, ngx_uint_t a,
    ngx_uint_t b, uint64_t c);
sim_event_t *sim_next(uint64_t until);    /* NULL: none until then */
void sim_free(sim_event_t *ev);
void sim_clear(void);
void sim_fail(const char *fmt, ...);
void sim_say(const char *fmt, ...);

/* sim_store.c: the shared store */
void sim_store_reset(sim_data_t *d);
void sim_store_run(sim_msg_t *m);
void sim_store_crash(ngx_uint_t how);
void sim_store_start(void);

/* sim_node.c: a node; the thin part around the rules */
void sim_node_start(ngx_uint_t n, ngx_uint_t disk);
void sim_node_stop(ngx_uint_t n, ngx_uint_t disk);
void sim_node_break(ngx_uint_t n);
void sim_node_notice(ngx_uint_t n);
void sim_node_link(ngx_uint_t n);
void sim_node_beat(ngx_uint_t n);
void sim_node_tick(ngx_uint_t n);
void sim_node_due(ngx_uint_t n, ngx_uint_t key);
void sim_node_reply(sim_msg_t *m);
uint64_t sim_node_now(ngx_uint_t n);
#define sim_node_shows(n, key)                                                \
    ngx_rtalpha_reg_mark_show(&sim.nodes[n].marks[key])

/* what clients ask: HTTP statuses */
ngx_uint_t sim_node_register(ngx_uint_t n, ngx_uint_t key, int64_t dirty,
    uint64_t lease);
ngx_uint_t sim_node_renew(ngx_uint_t n, ngx_uint_t key);
ngx_uint_t sim_node_cancel(ngx_uint_t n, ngx_uint_t key);
ngx_uint_t sim_node_override(ngx_uint_t n, ngx_uint_t key);

/* sim_client.c: clients */
void sim_client_init(ngx_uint_t key);
void sim_client_act(ngx_uint_t key, ngx_uint_t timer);

/* sim_check.c: what must hold */
void sim_check_answer(ngx_uint_t key, ngx_uint_t n);
ngx_uint_t sim_check_older(const ngx_rtalpha_reg_regs_t *a,
    const ngx_rtalpha_reg_regs_t *b);
void sim_check_lost(void);
void sim_check_gone(ngx_uint_t key, ngx_uint_t n);
void sim_check_lapse(ngx_uint_t key, ngx_uint_t n);
void sim_check_death(ngx_uint_t key, uint64_t acked);
void sim_check_converged(void);
void sim_check_ghosts(void);
void sim_check_messages(void);


#endif /* _SIM_H_INCLUDED_ */
