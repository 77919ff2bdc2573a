
/*
 * Self-preservation's arithmetic; see the header.
 */


#include "ngx_rtalpha_reg_guard.h"


#define NGX_RTALPHA_REG_GUARD_WINDOW                                          \
    ((uint64_t) NGX_RTALPHA_REG_GUARD_BUCKETS * NGX_RTALPHA_REG_GUARD_BUCKET)


static ngx_rtalpha_reg_bucket_t *
ngx_rtalpha_reg_guard_bucket(ngx_rtalpha_reg_zone_t *zone, uint64_t now)
{
    uint64_t                   number;
    ngx_rtalpha_reg_bucket_t  *b;

    number = now / NGX_RTALPHA_REG_GUARD_BUCKET;
    b = &zone->buckets[number % NGX_RTALPHA_REG_GUARD_BUCKETS];

    if (b->number != number) {
        b->number = number;
        b->covered = 0;
        b->renewals = 0;
        b->late = 0;
        b->offset = 0;
    }

    return b;
}


void
ngx_rtalpha_reg_guard_renew(ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    uint64_t span)
{
    ngx_rtalpha_reg_bucket_t  *b;

    b = ngx_rtalpha_reg_guard_bucket(zone, now);

    b->covered += span;
    b->renewals++;
}


/*
 * The time before it was there is not expected of it.  The registration
 * covers one interval ahead, as nothing is due until then.
 */

void
ngx_rtalpha_reg_guard_add(ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    uint64_t interval)
{
    ngx_rtalpha_reg_bucket_t  *b;

    b = ngx_rtalpha_reg_guard_bucket(zone, now);

    b->late++;
    b->offset += now % NGX_RTALPHA_REG_GUARD_BUCKET;
    b->covered += interval;
    zone->n++;
}


void
ngx_rtalpha_reg_guard_away(ngx_rtalpha_reg_zone_t *zone)
{
    zone->away++;
}


void
ngx_rtalpha_reg_guard_back(ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    uint64_t interval)
{
    ngx_rtalpha_reg_guard_add(zone, now, interval);
    zone->n--;

    if (zone->away) {
        zone->away--;
    }
}


void
ngx_rtalpha_reg_guard_remove(ngx_rtalpha_reg_zone_t *zone)
{
    if (zone->n) {
        zone->n--;
    }
}


void
ngx_rtalpha_reg_guard_sum(const ngx_rtalpha_reg_zone_t *zone, uint64_t now,
    ngx_rtalpha_reg_guard_t *sum)
{
    uint64_t                         number, start, missing, before, n;
    ngx_uint_t                       i;
    const ngx_rtalpha_reg_bucket_t  *b;

    ngx_memzero(sum, sizeof(ngx_rtalpha_reg_guard_t));

    number = now / NGX_RTALPHA_REG_GUARD_BUCKET;
    start = number < NGX_RTALPHA_REG_GUARD_BUCKETS
            ? 0 : number - NGX_RTALPHA_REG_GUARD_BUCKETS + 1;

    n = zone->n - ngx_min(zone->away, zone->n);
    sum->expected = n * (now - start * NGX_RTALPHA_REG_GUARD_BUCKET);

    for (i = 0; i < NGX_RTALPHA_REG_GUARD_BUCKETS; i++) {
        b = &zone->buckets[i];

        if (b->number < start || b->number > number) {
            continue;
        }

        sum->covered += b->covered;
        sum->renewals += b->renewals;

        before = b->late * (b->number - start) * NGX_RTALPHA_REG_GUARD_BUCKET
                 + b->offset;

        sum->expected -= ngx_min(before, sum->expected);
    }

    missing = sum->expected > sum->covered ? sum->expected - sum->covered : 0;

    if (sum->expected) {
        sum->missing = (ngx_uint_t) (missing * n / sum->expected);
    }
}


ngx_uint_t
ngx_rtalpha_reg_guard_holds(const ngx_rtalpha_reg_guard_t *sum,
    ngx_int_t threshold, ngx_int_t floor)
{
    if ((ngx_int_t) sum->missing <= floor) {
        return 0;
    }

    return sum->covered < sum->expected / 1000000 * (uint64_t) threshold
                          + sum->expected % 1000000 * (uint64_t) threshold
                            / 1000000;
}
