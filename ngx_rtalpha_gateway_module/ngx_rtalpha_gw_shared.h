
/*
 * What all workers know of instances, in the zone: a record for each, looked
 * up by a tag that is made of the service's and the instance's name, and the
 * budgets of the services.
 *
 * Records are never freed.  One that nobody has used for ten minutes, and
 * that nobody is using, is given to the next instance; whoever holds a record
 * compares its tag with its own before it believes what it says.
 *
 * Requests under way are counted twice: in the record and, for each process,
 * in a page of its own, so that what a process had open when it died can be
 * taken off.
 */


#ifndef _NGX_RTALPHA_GW_SHARED_H_INCLUDED_
#define _NGX_RTALPHA_GW_SHARED_H_INCLUDED_


#include "ngx_rtalpha_gw_outlier.h"
#include "ngx_rtalpha_gw_retry.h"
#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_GW_STATS  4096


/* in a worker that has the zone, and at its end */
void ngx_rtalpha_gw_shared_init(void);
void ngx_rtalpha_gw_shared_exit(void);

/* takes off what dead processes had open; in the zone's leader */
void ngx_rtalpha_gw_shared_sweep(void);

/* tag is not 0; NULL: no zone, or all records are in use */
ngx_rtalpha_gw_stat_t *ngx_rtalpha_gw_shared_stat(uint64_t tag);

/* a request more, or less; a record of the zone or any other */
ngx_uint_t ngx_rtalpha_gw_shared_enter(ngx_rtalpha_gw_stat_t *stat);
void ngx_rtalpha_gw_shared_leave(ngx_rtalpha_gw_stat_t *stat);

/*
 * A service's budget of tries.  Its requests are counted by their turns; one
 * that takes none, as there is only one instance, is paid for by itself.
 */
ngx_uint_t ngx_rtalpha_gw_shared_take(const ngx_str_t *service,
    const ngx_rtalpha_gw_budget_conf_t *conf);
void ngx_rtalpha_gw_shared_pay(const ngx_str_t *service,
    const ngx_rtalpha_gw_budget_conf_t *conf);

/* gauges */
void ngx_rtalpha_gw_shared_metrics(ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_GW_SHARED_H_INCLUDED_ */
