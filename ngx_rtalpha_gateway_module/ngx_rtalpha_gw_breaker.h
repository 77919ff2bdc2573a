
/*
 * A circuit breaker: the last outcomes of a service's calls, and whether the
 * next call is let through.
 *
 * Closed, it counts; when enough of the last calls failed it opens, and
 * nothing passes for a while.  Then some trial calls pass: their share of
 * failures decides.  If they went well it recovers: the share of calls that
 * pass grows evenly until it is closed.  The state lies in shared memory; the
 * caller locks, but for the question whether it is closed.
 */


#ifndef _NGX_RTALPHA_GW_BREAKER_H_INCLUDED_
#define _NGX_RTALPHA_GW_BREAKER_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_GW_BREAKER_WINDOW  128      /* calls remembered */


typedef struct {
    uint32_t     window;        /* calls, up to the above */
    uint32_t     least;         /* calls before it may open */
    uint32_t     percent;       /* of failures that open it */
    uint32_t     trial;         /* calls let through to find out */
    ngx_msec_t   open;          /* for how long nothing passes */
    ngx_msec_t   span;          /* older calls do not count; 0: no limit */
    ngx_msec_t   recover;       /* until all pass again; 0: at once */
} ngx_rtalpha_gw_breaker_conf_t;


typedef enum {
    NGX_RTALPHA_GW_BREAKER_CLOSED = 0,
    NGX_RTALPHA_GW_BREAKER_OPEN,
    NGX_RTALPHA_GW_BREAKER_TRIAL,
    NGX_RTALPHA_GW_BREAKER_RECOVERY
} ngx_rtalpha_gw_breaker_state_e;


typedef struct {
    uint32_t     state;
    uint32_t     n;             /* outcomes remembered */
    uint32_t     at;            /* place of the next one */
    uint32_t     failed;        /* among them */
    uint32_t     admitted;      /* trial calls under way or done; in the
                                   recovery: ms of credit */
    uint32_t     round;         /* moves with every change of state */
    uint64_t     since;         /* ms: opened, or the first outcome */
    uint64_t     bits[NGX_RTALPHA_GW_BREAKER_WINDOW / 64];
} ngx_rtalpha_gw_breaker_t;


/*
 * May a call pass?  now: a clock in ms that all processes share.  *round is
 * given back with the outcome: one of an earlier round does not count.
 */
ngx_uint_t ngx_rtalpha_gw_breaker_admit(ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now,
    uint32_t *round);

/*
 * Would the recording of a success change nothing?  That is so as long as
 * the whole window is of successes, and is asked without a lock: a success
 * that is forgotten in a race harms nobody.
 */
ngx_uint_t ngx_rtalpha_gw_breaker_well(const ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now);

/* failed: 1 or 0 */
void ngx_rtalpha_gw_breaker_record(ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now, uint32_t round,
    ngx_uint_t failed);

/* a call that was admitted ended without an outcome */
void ngx_rtalpha_gw_breaker_release(ngx_rtalpha_gw_breaker_t *b,
    uint32_t round);


#endif /* _NGX_RTALPHA_GW_BREAKER_H_INCLUDED_ */
