
/*
 * How many tries beyond the first a service may cost, and when they come.
 *
 * A budget is tokens in one word of shared memory: each request pays some
 * in, each further try takes one out.  When most requests fail, tries stop
 * multiplying the load.
 */


#ifndef _NGX_RTALPHA_GW_RETRY_H_INCLUDED_
#define _NGX_RTALPHA_GW_RETRY_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct {
    uint32_t       percent;     /* tries per 100 requests; 0: no budget */
    uint32_t       least;       /* tries a second that are always allowed */
    uint32_t       burst;       /* tries that it holds beyond ten seconds'
                                   worth of these */
} ngx_rtalpha_gw_budget_conf_t;


typedef struct {
    ngx_msec_t     first;       /* 0: at once */
    ngx_msec_t     max;         /* 0: no limit */
    uint32_t       factor;
    uint32_t       jitter;      /* percent, up and down */
} ngx_rtalpha_gw_backoff_t;


/* 20 %, ten a second, 1 000 */
extern const ngx_rtalpha_gw_budget_conf_t  ngx_rtalpha_gw_budget_usual;


/* n requests have begun; now: ms of the epoch */
void ngx_rtalpha_gw_budget_add(ngx_atomic_t *tokens,
    const ngx_rtalpha_gw_budget_conf_t *conf, uint64_t now, ngx_uint_t n);

/* may it be tried once more */
ngx_uint_t ngx_rtalpha_gw_budget_take(ngx_atomic_t *tokens,
    const ngx_rtalpha_gw_budget_conf_t *conf, uint64_t now);

/* how long to wait before the n-th further try, from 1 */
ngx_msec_t ngx_rtalpha_gw_backoff(const ngx_rtalpha_gw_backoff_t *backoff,
    ngx_uint_t n, uint64_t random);


#endif /* _NGX_RTALPHA_GW_RETRY_H_INCLUDED_ */
