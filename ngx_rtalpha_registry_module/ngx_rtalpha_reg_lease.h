
/*
 * Leases: when they end, and what happens then.
 *
 * A wheel of slots in time holds every instance.  A heartbeat stores a time
 * and leaves it where it is; only when its slot is due is it looked at, and
 * moved on if it has been renewed meanwhile: once a lease, not once a
 * heartbeat.  A lease that has ended is seen within a slot's length.
 */


#ifndef _NGX_RTALPHA_REG_LEASE_H_INCLUDED_
#define _NGX_RTALPHA_REG_LEASE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_json.h"


/*
 * In the zone leader, often.  Looks at what is due and evicts what may be
 * evicted; returns the number of instances evicted.  *more: there is work
 * left, come again at once.
 */
ngx_uint_t ngx_rtalpha_reg_lease_run(ngx_uint_t *more);

/* is anything kept from eviction by self-preservation; takes the lock */
ngx_uint_t ngx_rtalpha_reg_lease_preserved(void);

/* members for health and status pages: an object is open */
void ngx_rtalpha_reg_lease_report(ngx_rtalpha_json_t *j);


#endif /* _NGX_RTALPHA_REG_LEASE_H_INCLUDED_ */
