
/*
 * Counters for /_rtalpha/metrics (Prometheus text format 0.0.4).
 *
 * A counter is a word in the slot of each process, added to without a lock
 * and summed on read; counts of processes that are gone are kept.  Counters
 * are declared at configuration time, always in the same order.
 */


#ifndef _NGX_RTALPHA_METRICS_H_INCLUDED_
#define _NGX_RTALPHA_METRICS_H_INCLUDED_


#include "ngx_rtalpha.h"
#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_METRICS_MAX  256


/*
 * In preconfiguration.  name without labels, e.g.
 * "rtalpha_registry_renewals_total"; labels as "result=\"ok\"" or NULL; help
 * of the first of a name counts.  Gives the id.  The texts are kept and not
 * copied: they are static, never of a configuration's pool.
 */
ngx_uint_t ngx_rtalpha_metrics_counter(ngx_conf_t *cf, const char *name,
    const char *labels, const char *help);

/* in a worker, without a lock */
void ngx_rtalpha_metrics_add(ngx_uint_t id, ngx_uint_t n);

/* all counters, as text */
void ngx_rtalpha_metrics_write(ngx_rtalpha_out_t *out);

/* for the roles' metrics hooks: one gauge with its HELP and TYPE */
void ngx_rtalpha_metrics_gauge(ngx_rtalpha_out_t *out, const char *name,
    const char *help, int64_t value);


#endif /* _NGX_RTALPHA_METRICS_H_INCLUDED_ */
