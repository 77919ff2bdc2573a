
/*
 * Algorithms that choose one of a service's instances.
 *
 * Pure: what they know of the instances is in records (which lie in shared
 * memory, see gw_outlier.h), in configured weights and in the sets below,
 * which are made once for each list of instances.  Time and chance come from
 * the caller.
 */


#ifndef _NGX_RTALPHA_GW_LB_H_INCLUDED_
#define _NGX_RTALPHA_GW_LB_H_INCLUDED_


#include "ngx_rtalpha_gw_outlier.h"


typedef enum {
    NGX_RTALPHA_GW_LB_ROUND_ROBIN = 0,
    NGX_RTALPHA_GW_LB_WEIGHTED,     /* round robin, smooth */
    NGX_RTALPHA_GW_LB_RANDOM,
    NGX_RTALPHA_GW_LB_LEAST,        /* requests under way */
    NGX_RTALPHA_GW_LB_EWMA,         /* the better of two, by latency */
    NGX_RTALPHA_GW_LB_HASH,         /* consistent, with bounded load */
    NGX_RTALPHA_GW_LB_LAST
} ngx_rtalpha_gw_lb_e;


typedef struct {
    ngx_uint_t                  algorithm;
    ngx_msec_t                  slow_start;     /* 0: none */
    uint32_t                    max_active;     /* of one instance; 0: any */
    uint32_t                    bound;          /* HASH: percent of the
                                                   average load; 0: none */
} ngx_rtalpha_gw_lb_rule_t;


typedef struct {
    ngx_rtalpha_gw_stat_t      *stat;
    uint64_t                    tag;        /* of the instance */
    uint64_t                    since;      /* ms of the epoch; 0: long ago */
    uint32_t                    weight;     /* from 1 */
    ngx_int_t                   count;      /* of the caller */
} ngx_rtalpha_gw_peer_t;


/* instances that are chosen from, by their index */
typedef struct {
    ngx_uint_t                  n;
    uint32_t                   *at;
    ngx_uint_t                  nturns;
    uint32_t                   *turns;      /* of WEIGHTED, as places in at */
    uint32_t                    heaviest;
} ngx_rtalpha_gw_set_t;


typedef struct {
    ngx_uint_t                  n;
    ngx_rtalpha_gw_peer_t      *peers;
    ngx_rtalpha_gw_set_t        all;
    ngx_rtalpha_gw_set_t        near;       /* of the preferred zone */
    uint32_t                    stay;       /* of 65536 requests, how many
                                               stay there */
} ngx_rtalpha_gw_peers_t;


/* one request's choice */
typedef struct {
    const ngx_rtalpha_gw_lb_rule_t  *rule;
    ngx_rtalpha_gw_peers_t          *peers;
    uint64_t                         now;       /* ms of the epoch */
    uint64_t                         tried;     /* bits by index modulo 64 */
    uint64_t                         key;       /* HASH; 0: none */
    uint64_t                         random;    /* state, not 0 */
    ngx_uint_t                       turn;      /* one more each time */

    /* result */
    unsigned                         full:1;    /* some were at their limit */
    unsigned                         left:1;    /* the zone was left */
    unsigned                         panic:1;   /* an ejected one was taken */
} ngx_rtalpha_gw_choice_t;


/*
 * The index of the next instance, or NGX_DECLINED: none may be used.  First
 * those of the zone, then all, then those that are ejected: one that fails is
 * better than none.
 */
ngx_int_t ngx_rtalpha_gw_lb_choose(ngx_rtalpha_gw_choice_t *choice);

/* may this one be used */
ngx_uint_t ngx_rtalpha_gw_lb_usable(ngx_rtalpha_gw_choice_t *choice,
    ngx_uint_t i);

/* of 65536, how much of its weight an instance has so soon after it came */
uint32_t ngx_rtalpha_gw_lb_warm(const ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_peer_t *peer);

uint64_t ngx_rtalpha_gw_lb_random(uint64_t *state);
uint64_t ngx_rtalpha_gw_lb_mix(uint64_t a, uint64_t b);

/*
 * Sets of peers whose weights are known.  near: a flag for each peer, NULL:
 * no zone is preferred.  zones: in how many zones there are instances; with
 * overflow, so many requests leave a zone that has less than its part of the
 * capacity that all instances get the same load; 0: all stay.
 */
ngx_int_t ngx_rtalpha_gw_lb_sets(ngx_pool_t *pool,
    ngx_rtalpha_gw_peers_t *peers, const u_char *near, ngx_uint_t zones,
    ngx_uint_t weighted);


/* the algorithms, of gw_lb_pick.c: a place in the set, or NGX_DECLINED */

typedef ngx_int_t (*ngx_rtalpha_gw_lb_pt)(ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_set_t *set);

extern const ngx_rtalpha_gw_lb_pt
    ngx_rtalpha_gw_lb_algorithms[NGX_RTALPHA_GW_LB_LAST];


#endif /* _NGX_RTALPHA_GW_LB_H_INCLUDED_ */
