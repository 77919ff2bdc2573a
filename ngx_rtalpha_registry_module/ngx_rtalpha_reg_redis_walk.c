
/*
 * Leases as the cluster sees them, and what goes over all instances, some
 * buckets at a time: marks are made for those that were there before there
 * was a cluster, sweeps find what Redis has not got, the dead are forgotten.
 * In the leader.
 */


#include "ngx_rtalpha_reg_redis_inner.h"


/* sections of one walk, so that the event loop goes on */
#define NGX_RTALPHA_REG_REDIS_TURNS  32

/* more dead than these are forgotten before their time */
#define NGX_RTALPHA_REG_REDIS_TOMBS  100000

/* how long it takes to look at all that may be forgotten, ms */
#define NGX_RTALPHA_REG_REDIS_ROUND  30000


typedef void (*ngx_rtalpha_reg_redis_step_pt)(ngx_rtalpha_reg_inst_t *inst);


static uint64_t ngx_rtalpha_reg_redis_due(ngx_rtalpha_reg_inst_t *inst,
    uint64_t clock);
static ngx_uint_t ngx_rtalpha_reg_redis_pass(ngx_uint_t *bucket,
    ngx_rtalpha_reg_redis_step_pt step);
static void ngx_rtalpha_reg_redis_step_prepare(ngx_rtalpha_reg_inst_t *inst);
static ngx_rtalpha_reg_inst_t *ngx_rtalpha_reg_redis_widen(
    ngx_rtalpha_reg_inst_t *inst);
static void ngx_rtalpha_reg_redis_step_sweep(ngx_rtalpha_reg_inst_t *inst);
static void ngx_rtalpha_reg_redis_step_age(ngx_rtalpha_reg_inst_t *inst);


/* the next time; not after clock: it is over, and nothing has been done */

static uint64_t
ngx_rtalpha_reg_redis_due(ngx_rtalpha_reg_inst_t *inst, uint64_t clock)
{
    uint64_t                 next;
    ngx_uint_t               todo;
    ngx_rtalpha_reg_mark_t   copy, *mark;

    mark = &ngx_rtalpha_reg_share(inst)->mark;
    copy = *mark;

    todo = ngx_rtalpha_reg_cluster_due(&ngx_rtalpha_reg_link.c, &copy,
                                       ngx_rtalpha_reg_redis_inst_key(inst),
                                       clock, &next);

    if (todo & (NGX_RTALPHA_REG_DO_EXPIRE|NGX_RTALPHA_REG_DO_LAPSE)) {
        return clock;
    }

    *mark = copy;

    if (todo) {
        ngx_rtalpha_reg_redis_side(inst);
        ngx_rtalpha_reg_redis_want(inst, todo);
    }

    return next > clock ? next : clock + 1000;
}


uint64_t
ngx_rtalpha_reg_redis_end(ngx_rtalpha_reg_inst_t *inst, uint64_t clock)
{
    if (!ngx_rtalpha_reg_redis_on(inst)
        || ngx_rtalpha_reg_link.pool == NULL)
    {
        return ngx_rtalpha_reg_lease_end(inst);
    }

    return ngx_rtalpha_reg_redis_due(inst, clock);
}


void
ngx_rtalpha_reg_redis_ask(ngx_rtalpha_reg_inst_t *inst)
{
    if (inst->piece) {
        ngx_rtalpha_reg_lease_place_at(inst,
               ngx_rtalpha_reg_redis_due(inst, ngx_rtalpha_reg_clock()));
    }
}


ngx_uint_t
ngx_rtalpha_reg_redis_lapse(ngx_rtalpha_reg_inst_t *inst, uint64_t clock)
{
    uint64_t    next;
    ngx_uint_t  todo;

    if (!ngx_rtalpha_reg_redis_on(inst)
        || ngx_rtalpha_reg_link.pool == NULL)
    {
        return 1;
    }

    todo = ngx_rtalpha_reg_cluster_due(&ngx_rtalpha_reg_link.c,
                                       &ngx_rtalpha_reg_share(inst)->mark,
                                       ngx_rtalpha_reg_redis_inst_key(inst),
                                       clock, &next);

    if (todo & NGX_RTALPHA_REG_DO_LAPSE) {
        return 1;
    }

    if (todo) {
        ngx_rtalpha_reg_redis_side(inst);
        ngx_rtalpha_reg_redis_want(inst, todo);
    }

    ngx_rtalpha_reg_lease_place_at(inst, next > clock ? next : clock + 1000);

    return 0;
}


ngx_uint_t
ngx_rtalpha_reg_redis_walk(void)
{
    uint64_t                 clock;
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;
    clock = ngx_rtalpha_reg_clock();

    if (link->prepare) {
        return ngx_rtalpha_reg_redis_pass(&link->prepare,
                                         ngx_rtalpha_reg_redis_step_prepare);
    }

    if (!link->sweep && ngx_rtalpha_reg_cluster_tick(&link->c, clock)) {
        link->sweep = 1;
    }

    if (link->sweep) {
        return ngx_rtalpha_reg_redis_pass(&link->sweep,
                                          ngx_rtalpha_reg_redis_step_sweep);
    }

    if (!link->age && ngx_rtalpha_reg_root->cluster.tombs
        && clock - link->aged > ngx_min(NGX_RTALPHA_REG_REDIS_ROUND,
                                        link->c.retain / 4))
    {
        link->aged = clock;
        link->age = 1;
    }

    if (link->age) {
        return ngx_rtalpha_reg_redis_pass(&link->age,
                                          ngx_rtalpha_reg_redis_step_age);
    }

    return 0;
}


/* *bucket is the next one + 1; 0 when all have been seen.  1: there are more */

static ngx_uint_t
ngx_rtalpha_reg_redis_pass(ngx_uint_t *bucket,
    ngx_rtalpha_reg_redis_step_pt step)
{
    ngx_uint_t                turns, n;
    ngx_rtalpha_reg_node_t   *node, *next;
    ngx_rtalpha_reg_table_t  *insts;

    insts = &ngx_rtalpha_reg_root->insts;

    for (turns = 0; turns < NGX_RTALPHA_REG_REDIS_TURNS; turns++) {

        ngx_rtalpha_zone_lock();

        for (n = 0; n < NGX_RTALPHA_REG_REDIS_SLICE; n++) {

            if (*bucket > insts->buckets) {
                *bucket = 0;
                ngx_rtalpha_zone_unlock();
                return 0;
            }

            for (node = ngx_rtalpha_reg_table_bucket(insts, *bucket - 1);
                 node;
                 node = next)
            {
                next = node->next;
                step((ngx_rtalpha_reg_inst_t *) node);
            }

            (*bucket)++;
        }

        ngx_rtalpha_zone_unlock();
    }

    return 1;
}


/* one with a mark that nobody has kept, as if it were read from disk */

static void
ngx_rtalpha_reg_redis_step_prepare(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_share_t  *share;

    if (ngx_rtalpha_reg_shared(inst)) {
        share = ngx_rtalpha_reg_share(inst);

    } else if (inst->piece == NULL) {
        return;

    } else {
        inst = ngx_rtalpha_reg_redis_widen(inst);

        if (inst == NULL) {
            return;
        }

        share = ngx_rtalpha_reg_share(inst);
    }

    if (inst->piece == NULL) {
        ngx_rtalpha_reg_redis_drop(inst);
        return;
    }

    ngx_rtalpha_reg_redis_unwant(share);
    ngx_rtalpha_reg_cluster_load(&ngx_rtalpha_reg_root->cluster.self,
                                 &share->mark, inst->state.dirty,
                                 (ngx_msec_t) inst->state.lease * 1000,
                                 ngx_rtalpha_reg_clock());
    ngx_rtalpha_reg_redis_side(inst);
}


/*
 * The same with room for a mark.  One that would be too long for a record is
 * left as it is: it gets its mark when its client registers again.
 */

static ngx_rtalpha_reg_inst_t *
ngx_rtalpha_reg_redis_widen(ngx_rtalpha_reg_inst_t *inst)
{
    size_t                   len, size;
    ngx_rtalpha_reg_inst_t  *wide;

    len = inst->blob ? inst->id_len : inst->doc_len;
    size = offsetof(ngx_rtalpha_reg_inst_t, data) + len
           + ngx_rtalpha_reg_redis_room(len);

    if (size > NGX_RTALPHA_ZONE_RECORD_MAX) {
        return NULL;
    }

    wide = ngx_rtalpha_zone_alloc(size);

    if (wide == NULL) {
        return NULL;
    }

    ngx_rtalpha_reg_lease_remove(inst);

    ngx_memcpy(wide, inst, offsetof(ngx_rtalpha_reg_inst_t, data) + len);
    wide->flags |= NGX_RTALPHA_REG_INST_SHARED;

    if (wide->entry) {
        *wide->entry = wide;
    }

    ngx_rtalpha_reg_table_replace(&ngx_rtalpha_reg_root->insts, &inst->node,
                                  &wide->node);
    ngx_rtalpha_reg_segment_replace(inst, wide);
    ngx_rtalpha_reg_lease_place(wide);
    ngx_rtalpha_zone_free(inst);

    return wide;
}


static void
ngx_rtalpha_reg_redis_step_sweep(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_uint_t               todo;
    ngx_rtalpha_reg_mark_t  *mark;

    if (!ngx_rtalpha_reg_shared(inst)) {
        return;
    }

    mark = &ngx_rtalpha_reg_share(inst)->mark;

    todo = ngx_rtalpha_reg_cluster_sweep(&ngx_rtalpha_reg_link.c, mark,
                                         ngx_rtalpha_reg_redis_inst_key(inst),
                                         ngx_rtalpha_reg_clock());

    if (todo & NGX_RTALPHA_REG_DO_DROP) {
        ngx_rtalpha_reg_redis_drop(inst);

    } else if (todo) {
        ngx_rtalpha_reg_redis_want(inst, todo);
    }
}


static void
ngx_rtalpha_reg_redis_step_age(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_uint_t                  todo;
    ngx_rtalpha_reg_mark_t     *mark;
    ngx_rtalpha_reg_cluster_t  *c;

    if (!(inst->flags & NGX_RTALPHA_REG_INST_TOMB)) {
        return;
    }

    c = &ngx_rtalpha_reg_link.c;
    mark = &ngx_rtalpha_reg_share(inst)->mark;

    todo = ngx_rtalpha_reg_cluster_age(c, mark,
                                       ngx_rtalpha_reg_redis_inst_key(inst),
                                       ngx_rtalpha_reg_clock());

    if (ngx_rtalpha_reg_root->cluster.tombs > NGX_RTALPHA_REG_REDIS_TOMBS
        && c->phase == NGX_RTALPHA_REG_JOINED && mark->seen == c->epoch)
    {
        todo = NGX_RTALPHA_REG_DO_FORGET;
    }

    if (todo & NGX_RTALPHA_REG_DO_DROP) {
        ngx_rtalpha_reg_redis_drop(inst);

    } else if (todo) {
        ngx_rtalpha_reg_redis_want(inst, todo);
    }
}
