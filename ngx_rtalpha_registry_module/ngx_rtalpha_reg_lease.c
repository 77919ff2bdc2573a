
/*
 * The wheel of leases; see the header.
 *
 * What has expired but is kept (self-preservation, or the Java server's
 * habit of evicting a share at a time) waits in a list of its own, from
 * which a heartbeat takes it back.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_lease.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_settings.h"


/* instances looked at in one locked section */
#define NGX_RTALPHA_REG_LEASE_SLICE  64

/* sections in one run, so that the event loop goes on */
#define NGX_RTALPHA_REG_LEASE_TURNS  64


static void ngx_rtalpha_reg_lease_link(ngx_rtalpha_reg_inst_t **head,
    ngx_rtalpha_reg_inst_t *inst);
static ngx_uint_t ngx_rtalpha_reg_lease_turn(uint64_t clock);
static ngx_uint_t ngx_rtalpha_reg_lease_evict(uint64_t clock,
    ngx_uint_t *evicted);
static ngx_uint_t ngx_rtalpha_reg_lease_quota(uint64_t clock);
static ngx_uint_t ngx_rtalpha_reg_lease_holds(ngx_uint_t zone,
    uint64_t clock);


static uint64_t    ngx_rtalpha_reg_lease_pass;      /* next pass, if any */
static ngx_uint_t  ngx_rtalpha_reg_lease_left;      /* to evict in it */


uint64_t
ngx_rtalpha_reg_lease_end(const ngx_rtalpha_reg_inst_t *inst)
{
    uint64_t  lease;

    lease = (uint64_t) inst->state.lease * 1000;

    if (ngx_rtalpha_reg_conf.double_lease
        && (inst->flags & NGX_RTALPHA_REG_INST_RENEWED))
    {
        lease *= 2;
    }

    return inst->beat + lease;
}


void
ngx_rtalpha_reg_lease_place(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_lease_place_at(inst, ngx_rtalpha_reg_lease_end(inst));
}


void
ngx_rtalpha_reg_lease_place_at(ngx_rtalpha_reg_inst_t *inst, uint64_t end)
{
    uint64_t                 tick;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    ngx_rtalpha_reg_lease_remove(inst);

    tick = end >> NGX_RTALPHA_REG_WHEEL_SHIFT;

    if (tick <= root->wheel_tick) {
        tick = root->wheel_tick + 1;
    }

    if (tick > root->wheel_tick + NGX_RTALPHA_REG_WHEEL - 1) {
        tick = root->wheel_tick + NGX_RTALPHA_REG_WHEEL - 1;
    }

    ngx_rtalpha_reg_lease_link(&root->wheel[tick % NGX_RTALPHA_REG_WHEEL],
                               inst);
}


static void
ngx_rtalpha_reg_lease_link(ngx_rtalpha_reg_inst_t **head,
    ngx_rtalpha_reg_inst_t *inst)
{
    inst->wheel_next = *head;
    inst->wheel_link = head;

    if (*head) {
        (*head)->wheel_link = &inst->wheel_next;
    }

    *head = inst;
}


void
ngx_rtalpha_reg_lease_remove(ngx_rtalpha_reg_inst_t *inst)
{
    if (inst->wheel_link == NULL) {
        return;
    }

    if (inst->flags & NGX_RTALPHA_REG_INST_EXPIRED) {
        inst->flags &= (u_char) ~NGX_RTALPHA_REG_INST_EXPIRED;
        ngx_rtalpha_reg_root->nexpired--;
    }

    *inst->wheel_link = inst->wheel_next;

    if (inst->wheel_next) {
        inst->wheel_next->wheel_link = inst->wheel_link;
    }

    inst->wheel_next = NULL;
    inst->wheel_link = NULL;
}


ngx_uint_t
ngx_rtalpha_reg_lease_run(ngx_uint_t *more)
{
    uint64_t    clock;
    ngx_uint_t  turns, evicted;

    clock = ngx_rtalpha_reg_clock();
    evicted = 0;

    for (turns = 0; turns < NGX_RTALPHA_REG_LEASE_TURNS; turns++) {

        ngx_rtalpha_zone_lock();
        *more = ngx_rtalpha_reg_lease_turn(clock);
        ngx_rtalpha_zone_unlock();

        if (!*more) {
            break;
        }
    }

    for (turns = 0; turns < NGX_RTALPHA_REG_LEASE_TURNS; turns++) {

        if (!ngx_rtalpha_reg_lease_evict(clock, &evicted)) {
            return evicted;
        }
    }

    *more = 1;

    return evicted;
}


/* some instances of the slots that are due; 1: there are more */

static ngx_uint_t
ngx_rtalpha_reg_lease_turn(uint64_t clock)
{
    uint64_t                  due, end;
    ngx_uint_t                n;
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_inst_t   *inst, **slot;

    root = ngx_rtalpha_reg_root;
    due = (clock >> NGX_RTALPHA_REG_WHEEL_SHIFT) - 1;
    n = 0;

    while (root->wheel_tick < due) {

        slot = &root->wheel[(root->wheel_tick + 1) % NGX_RTALPHA_REG_WHEEL];

        while (*slot) {

            if (n++ == NGX_RTALPHA_REG_LEASE_SLICE) {
                return 1;
            }

            inst = *slot;

            end = ngx_rtalpha_reg_redis_end(inst, clock);

            if (end > clock) {
                ngx_rtalpha_reg_lease_remove(inst);

                /* beyond this slot, which is not done with yet */

                root->wheel_tick++;
                ngx_rtalpha_reg_lease_place_at(inst, end);
                root->wheel_tick--;
                continue;
            }

            ngx_rtalpha_reg_lease_remove(inst);
            ngx_rtalpha_reg_lease_link(&root->expired, inst);
            inst->flags |= NGX_RTALPHA_REG_INST_EXPIRED;
            root->nexpired++;
        }

        root->wheel_tick++;
        n++;

        if (n >= NGX_RTALPHA_REG_LEASE_SLICE) {
            return root->wheel_tick < due;
        }
    }

    return 0;
}


/* some of the expired ones; 1: there are more that may go now */

static ngx_uint_t
ngx_rtalpha_reg_lease_evict(uint64_t clock, ngx_uint_t *evicted)
{
    ngx_str_t                app;
    ngx_uint_t               n, more, quota;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_inst_t  *inst, *next;
    u_char                   holds[NGX_RTALPHA_REG_ZONES];

    root = ngx_rtalpha_reg_root;

    if (root->expired == NULL) {
        return 0;
    }

    ngx_rtalpha_zone_lock();

    quota = ngx_rtalpha_reg_lease_quota(clock);
    more = 0;

    for (n = 0; n < root->nzones; n++) {
        holds[n] = (u_char) ngx_rtalpha_reg_lease_holds(n, clock);
    }

    n = 0;

    for (inst = root->expired; inst && quota; inst = next) {
        next = inst->wheel_next;

        if (n++ == NGX_RTALPHA_REG_LEASE_SLICE) {
            break;
        }

        if (holds[inst->zone]) {
            continue;
        }

        if (!ngx_rtalpha_reg_redis_lapse(inst, clock)) {
            more = 1;
            continue;
        }

        ngx_rtalpha_reg_delta_reserve();

        app.data = inst->app->name;
        app.len = inst->app->len;
        ngx_rtalpha_reg_tell(&app);

        ngx_rtalpha_reg_store_evict(inst);
        (*evicted)++;
        more = 1;

        quota--;

        if (ngx_rtalpha_reg_lease_left) {
            ngx_rtalpha_reg_lease_left--;
        }
    }

    /* without self-preservation the list is walked once a slice, with it
     * those that stay are turned to its end, a slice at a time */

    if (!more && root->nexpired > NGX_RTALPHA_REG_LEASE_SLICE && quota) {

        for (n = 0; n < NGX_RTALPHA_REG_LEASE_SLICE; n++) {
            inst = root->expired;
            ngx_rtalpha_reg_lease_place(inst);
        }
    }

    ngx_rtalpha_zone_unlock();

    return more && root->expired != NULL;
}


/*
 * How many may go now.  The Java server's way, on request: a pass every so
 * often, and in each not more than a share of all.
 */

static ngx_uint_t
ngx_rtalpha_reg_lease_quota(uint64_t clock)
{
    uint64_t  n, keep;

    if (ngx_rtalpha_reg_conf.eviction_share >= 1000000) {
        return NGX_MAX_INT_T_VALUE;
    }

    if (clock >= ngx_rtalpha_reg_lease_pass) {
        n = ngx_rtalpha_reg_root->n;
        keep = n * (uint64_t) (1000000 - ngx_rtalpha_reg_conf.eviction_share)
               / 1000000;

        ngx_rtalpha_reg_lease_left = n - keep;
        ngx_rtalpha_reg_lease_pass = clock
                                     + ngx_rtalpha_reg_conf.eviction_interval;
    }

    return ngx_rtalpha_reg_lease_left;
}


static ngx_uint_t
ngx_rtalpha_reg_lease_holds(ngx_uint_t zone, uint64_t clock)
{
    ngx_rtalpha_reg_guard_t  sum;

    if (!ngx_rtalpha_reg_conf.self_preservation) {
        return 0;
    }

    ngx_rtalpha_reg_guard_sum(&ngx_rtalpha_reg_root->zones[zone], clock,
                              &sum);

    return ngx_rtalpha_reg_guard_holds(&sum, ngx_rtalpha_reg_conf.threshold,
                                       ngx_rtalpha_reg_conf.floor);
}


/* with the zone locked: would its ended lease be held against it */

ngx_uint_t
ngx_rtalpha_reg_lease_over(const ngx_rtalpha_reg_inst_t *inst)
{
    uint64_t  clock;

    clock = ngx_rtalpha_reg_clock();

    /* of those that may renew with other nodes, the leader knows */

    if (inst->flags & NGX_RTALPHA_REG_INST_SHARED) {
        return 0;
    }

    return ngx_rtalpha_reg_lease_end(inst) < clock
           && !ngx_rtalpha_reg_lease_holds(inst->zone, clock);
}


ngx_uint_t
ngx_rtalpha_reg_lease_preserved(void)
{
    uint64_t    clock;
    ngx_uint_t  i, held;

    held = 0;
    clock = ngx_rtalpha_reg_clock();

    ngx_rtalpha_zone_lock();

    for (i = 0; i < ngx_rtalpha_reg_root->nzones; i++) {
        held |= ngx_rtalpha_reg_lease_holds(i, clock);
    }

    ngx_rtalpha_zone_unlock();

    return held;
}


void
ngx_rtalpha_reg_lease_report(ngx_rtalpha_json_t *j)
{
    uint64_t                 clock;
    ngx_uint_t               i, n;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_zone_t   zone;
    ngx_rtalpha_reg_guard_t  sum;

    root = ngx_rtalpha_reg_root;
    clock = ngx_rtalpha_reg_clock();
    n = ngx_min(root->nzones, NGX_RTALPHA_REG_ZONES);

    ngx_rtalpha_json_key_lit(j, "zones");
    ngx_rtalpha_json_array(j);

    for (i = 0; i < n; i++) {

        ngx_rtalpha_zone_lock();
        zone = root->zones[i];
        ngx_rtalpha_zone_unlock();

        if (zone.n == 0) {
            continue;
        }

        ngx_rtalpha_reg_guard_sum(&zone, clock, &sum);

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "zone");
        ngx_rtalpha_json_text(j, zone.name, zone.len);
        ngx_rtalpha_json_key_lit(j, "instances");
        ngx_rtalpha_json_int(j, (int64_t) zone.n);
        ngx_rtalpha_json_key_lit(j, "renewals");
        ngx_rtalpha_json_int(j, (int64_t) sum.renewals);
        ngx_rtalpha_json_key_lit(j, "expectedSeconds");
        ngx_rtalpha_json_int(j, (int64_t) (sum.expected / 1000));
        ngx_rtalpha_json_key_lit(j, "coveredSeconds");
        ngx_rtalpha_json_int(j, (int64_t) (sum.covered / 1000));
        ngx_rtalpha_json_key_lit(j, "missing");
        ngx_rtalpha_json_int(j, (int64_t) sum.missing);
        ngx_rtalpha_json_key_lit(j, "preserved");
        ngx_rtalpha_json_bool(j, ngx_rtalpha_reg_conf.self_preservation
                     && ngx_rtalpha_reg_guard_holds(&sum,
                                              ngx_rtalpha_reg_conf.threshold,
                                              ngx_rtalpha_reg_conf.floor));
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
}


void
ngx_rtalpha_reg_lease_repair(void)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_inst_t  *inst;

    root = ngx_rtalpha_reg_root;

    ngx_memzero(root->wheel, NGX_RTALPHA_REG_WHEEL * sizeof(void *));
    root->expired = NULL;
    root->nexpired = 0;

    for (i = 0; i < root->insts.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->insts, i);
             node;
             node = node->next)
        {
            inst = (ngx_rtalpha_reg_inst_t *) node;
            inst->wheel_next = NULL;
            inst->wheel_link = NULL;
            inst->flags &= (u_char) ~NGX_RTALPHA_REG_INST_EXPIRED;

            if (inst->piece) {
                ngx_rtalpha_reg_lease_place(inst);
            }
        }
    }
}
