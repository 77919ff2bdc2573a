
/*
 * What is known of one instance, in shared memory, and when it is left out
 * for a while because it fails.
 *
 * A record is one cache line.  Everything in it is written without a lock:
 * each word is right by itself, and a lost update of a count or of a latency
 * does no harm.
 */


#ifndef _NGX_RTALPHA_GW_OUTLIER_H_INCLUDED_
#define _NGX_RTALPHA_GW_OUTLIER_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct {
    ngx_atomic_t   tag;         /* whose; 0: nobody's */
    ngx_atomic_t   active;      /* requests under way, of all workers */
    ngx_atomic_t   latency;     /* see ngx_rtalpha_gw_stat_sample() */
    ngx_atomic_t   ejected;     /* ms of the epoch: left out until then */
    uint32_t       row;         /* failures in a row */
    uint32_t       total;       /* outcomes in the interval */
    uint32_t       failed;      /* among them */
    uint32_t       interval;    /* its beginning, s of the epoch */
    uint32_t       ejections;   /* lately; each one lasts longer */
    uint32_t       seen;        /* s of the epoch: last used */
    uint64_t       reserved;
} ngx_rtalpha_gw_stat_t;


typedef struct {
    uint32_t       row;         /* failures in a row that eject; 0: none do */
    uint32_t       percent;     /* share of failures that ejects; 0: none */
    uint32_t       least;       /* outcomes before a share counts */
    uint32_t       most;        /* percent of a service's instances that may
                                   be out at once */
    ngx_msec_t     interval;    /* for shares */
    ngx_msec_t     base;        /* first ejection; n-th: n times as long */
    ngx_msec_t     max;
} ngx_rtalpha_gw_outlier_conf_t;


/*
 * The outcome of a request; now: ms of the epoch.  1: the instance should be
 * ejected (the caller knows how many are).
 */
ngx_uint_t ngx_rtalpha_gw_outlier_record(ngx_rtalpha_gw_stat_t *stat,
    const ngx_rtalpha_gw_outlier_conf_t *conf, uint64_t now,
    ngx_uint_t failed);

/* leaves it out; gives until when */
uint64_t ngx_rtalpha_gw_outlier_eject(ngx_rtalpha_gw_stat_t *stat,
    const ngx_rtalpha_gw_outlier_conf_t *conf, uint64_t now);

/* may one more of n be ejected, with so many out already */
ngx_uint_t ngx_rtalpha_gw_outlier_may(
    const ngx_rtalpha_gw_outlier_conf_t *conf, ngx_uint_t out, ngx_uint_t n);

/*
 * Peak-sensitive moving average of latencies: a higher one counts at once, a
 * lower one little by little (with a time constant of ten seconds).
 */
void ngx_rtalpha_gw_stat_sample(ngx_rtalpha_gw_stat_t *stat, uint64_t now,
    uint32_t usec);

/* the average, fading while nothing is heard; 0: nothing is known */
uint32_t ngx_rtalpha_gw_stat_latency(const ngx_rtalpha_gw_stat_t *stat,
    uint64_t now);


#endif /* _NGX_RTALPHA_GW_OUTLIER_H_INCLUDED_ */
