
/*
 * Self-preservation: telling services that die from a network that is cut.
 * Pure.
 *
 * A renewal covers the time since the one before it.  In a healthy zone the
 * time covered in a window is the number of instances times its length,
 * whatever the clients' intervals are.  When less than a share of that has
 * been covered, and more than a few instances' worth is missing, it is the
 * network's doing: nobody of that zone is evicted until it is over.
 */


#ifndef _NGX_RTALPHA_REG_GUARD_H_INCLUDED_
#define _NGX_RTALPHA_REG_GUARD_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_REG_GUARD_BUCKETS  12
#define NGX_RTALPHA_REG_GUARD_BUCKET   5000     /* ms */
#define NGX_RTALPHA_REG_GUARD_NAME     48


typedef struct {
    uint64_t     number;            /* time of it, in buckets */
    uint64_t     covered;           /* ms of instances' time */
    uint64_t     renewals;
    uint64_t     late;              /* instances that are new */
    uint64_t     offset;            /* ms of the bucket before each of them */
} ngx_rtalpha_reg_bucket_t;


typedef struct {
    uint32_t     len;
    u_char       name[NGX_RTALPHA_REG_GUARD_NAME];
    uint64_t     n;                 /* instances */
    uint64_t     away;              /* … that renew with another node */
    ngx_rtalpha_reg_bucket_t  buckets[NGX_RTALPHA_REG_GUARD_BUCKETS];
} ngx_rtalpha_reg_zone_t;


typedef struct {
    uint64_t     expected;          /* ms of instances' time in the window */
    uint64_t     covered;
    uint64_t     renewals;          /* in the last full minute */
    ngx_uint_t   missing;           /* instances' worth */
} ngx_rtalpha_reg_guard_t;


/* now: monotonic ms.  span: ms that the renewal covers. */
void ngx_rtalpha_reg_guard_renew(ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    uint64_t span);

/* an instance is there from now on; interval: ms between its renewals */
void ngx_rtalpha_reg_guard_add(ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    uint64_t interval);
void ngx_rtalpha_reg_guard_remove(ngx_rtalpha_reg_zone_t *zone);

/* one that is there renews with another node from now on, or here again */
void ngx_rtalpha_reg_guard_away(ngx_rtalpha_reg_zone_t *zone);
void ngx_rtalpha_reg_guard_back(ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    uint64_t interval);

void ngx_rtalpha_reg_guard_sum(const ngx_rtalpha_reg_zone_t *zone,
    uint64_t now, ngx_rtalpha_reg_guard_t *sum);

/* threshold in millionths; floor: instances that may always go missing */
ngx_uint_t ngx_rtalpha_reg_guard_holds(const ngx_rtalpha_reg_guard_t *sum,
    ngx_int_t threshold, ngx_int_t floor);


#endif /* _NGX_RTALPHA_REG_GUARD_H_INCLUDED_ */
