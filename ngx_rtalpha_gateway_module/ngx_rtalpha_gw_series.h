
/*
 * Counters and latencies of routes and services, in the zone.
 *
 * Each route and each service has a series: a fixed place that is taken by
 * name when the first request is counted and kept for the life of the zone.
 * When all places are taken the rest is counted as "overflow", so that
 * neither memory nor what a scrape costs grows with the number of routes.
 */


#ifndef _NGX_RTALPHA_GW_SERIES_H_INCLUDED_
#define _NGX_RTALPHA_GW_SERIES_H_INCLUDED_


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_GW_SERIES       512     /* of routes, and of services */
#define NGX_RTALPHA_GW_SERIES_NAME  64
#define NGX_RTALPHA_GW_BUCKETS      12


typedef enum {
    NGX_RTALPHA_GW_SERIES_ROUTE = 0,
    NGX_RTALPHA_GW_SERIES_SERVICE,
    NGX_RTALPHA_GW_SERIES_LAST
} ngx_rtalpha_gw_series_e;


typedef struct {
    ngx_atomic_t    tag;                    /* of the name; 0: free */
    u_char          name[NGX_RTALPHA_GW_SERIES_NAME];   /* may be cut */
    ngx_atomic_t    statuses[6];            /* by hundreds; [0]: none */
    ngx_atomic_t    buckets[NGX_RTALPHA_GW_BUCKETS];    /* not cumulated */
    ngx_atomic_t    ms;                     /* sum */
} ngx_rtalpha_gw_series_t;


/* in a worker that has the zone */
void ngx_rtalpha_gw_series_init(void);

/* the place of a name, or that of "overflow"; NULL: there is no zone */
ngx_rtalpha_gw_series_t *ngx_rtalpha_gw_series_get(ngx_uint_t kind,
    const ngx_str_t *name);

/* one more request, with its status and how long it took */
void ngx_rtalpha_gw_series_add(ngx_rtalpha_gw_series_t *series,
    ngx_uint_t status, ngx_msec_t ms);

/* Prometheus text */
void ngx_rtalpha_gw_series_metrics(ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_GW_SERIES_H_INCLUDED_ */
