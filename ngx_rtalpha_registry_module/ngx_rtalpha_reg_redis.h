
/*
 * The cluster over Redis: what carries out the rules of reg_cluster.
 *
 * Verbs of requests fill in the mark of an instance, which lies behind its
 * document, and put it on a list; the zone leader alone speaks to Redis.  It
 * takes instances off the list and tells Redis, and brings into the store
 * what other nodes told.  Where no cluster is configured an instance has no
 * mark, and the hooks of the store do nothing.
 */


#ifndef _NGX_RTALPHA_REG_REDIS_H_INCLUDED_
#define _NGX_RTALPHA_REG_REDIS_H_INCLUDED_


#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_reg_root.h"


/* hooks of the store: with the zone locked, after the store's own change */

/* bytes behind a document of len bytes for the mark; 0: no cluster */
size_t ngx_rtalpha_reg_redis_room(size_t len);

/* inst is linked, in place of old (or NULL), which is about to be freed */
struct ngx_rtalpha_reg_put_s;
void ngx_rtalpha_reg_redis_linked(ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_inst_t *old, const struct ngx_rtalpha_reg_put_s *put);

/* what is said of it has changed; it has been renewed; it is cancelled */
void ngx_rtalpha_reg_redis_write(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_redis_renew(ngx_rtalpha_reg_inst_t *inst);
void ngx_rtalpha_reg_redis_cancel(ngx_rtalpha_reg_inst_t *inst);

/* it leaves the lists */
void ngx_rtalpha_reg_redis_leave(ngx_rtalpha_reg_inst_t *inst);

/* a deleted one has left the log: 1: it must be remembered */
ngx_uint_t ngx_rtalpha_reg_redis_keep(ngx_rtalpha_reg_inst_t *inst);

/* after a death in a locked section */
void ngx_rtalpha_reg_redis_repair(void);


/* hooks of the wheel of leases: in the leader, with the zone locked */

/* when to look at it again; not after clock: its lease is over */
uint64_t ngx_rtalpha_reg_redis_end(ngx_rtalpha_reg_inst_t *inst,
    uint64_t clock);

/* 1: it may be evicted; 0: its end is being told, it is in the wheel */
ngx_uint_t ngx_rtalpha_reg_redis_lapse(ngx_rtalpha_reg_inst_t *inst,
    uint64_t clock);


/* hooks of the role */

/* around the reading of the journal, in the master */
void ngx_rtalpha_reg_redis_load(ngx_cycle_t *cycle, ngx_uint_t fresh);
void ngx_rtalpha_reg_redis_loaded(void);

void ngx_rtalpha_reg_redis_lead(ngx_uint_t leading);
void ngx_rtalpha_reg_redis_settings(void);
void ngx_rtalpha_reg_redis_wake(void);
void ngx_rtalpha_reg_redis_exit(void);

/* a member for health pages (an object is open), lines of metrics, a row */
void ngx_rtalpha_reg_redis_health(ngx_rtalpha_json_t *j);
void ngx_rtalpha_reg_redis_metrics(ngx_rtalpha_out_t *out);
void ngx_rtalpha_reg_redis_page(ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_REG_REDIS_H_INCLUDED_ */
