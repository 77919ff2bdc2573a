
/*
 * Marks of instances: what the verbs of requests do for the cluster.  With
 * the zone locked, in every worker.
 */


#include "ngx_rtalpha_reg_redis_inner.h"
#include "ngx_rtalpha_notify.h"


static void ngx_rtalpha_reg_redis_carry(ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_inst_t *old);
static ngx_msec_t ngx_rtalpha_reg_redis_lease(
    const ngx_rtalpha_reg_inst_t *inst);
static ngx_rtalpha_reg_inst_t *ngx_rtalpha_reg_redis_bury(
    ngx_rtalpha_reg_inst_t *inst);


size_t
ngx_rtalpha_reg_redis_room(size_t len)
{
    if (!ngx_rtalpha_reg_root->cluster.on) {
        return 0;
    }

    return ngx_align(len, 8) - len + sizeof(ngx_rtalpha_reg_share_t);
}


void
ngx_rtalpha_reg_redis_linked(ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_inst_t *old, const ngx_rtalpha_reg_put_t *put)
{
    ngx_rtalpha_reg_share_t  *share;

    if (old && ngx_rtalpha_reg_shared(old)) {
        ngx_rtalpha_reg_redis_leave(old);
        ngx_rtalpha_reg_redis_carry(inst, old);
    }

    if (!ngx_rtalpha_reg_redis_on(inst)) {
        return;
    }

    share = ngx_rtalpha_reg_share(inst);

    if (put->mark) {
        share->mark = *put->mark;
        share->mark.lease = (uint32_t) ngx_rtalpha_reg_redis_lease(inst);
        ngx_rtalpha_reg_redis_side(inst);
        ngx_rtalpha_reg_redis_ask(inst);

        if (share->mark.seen == 0) {
            ngx_rtalpha_reg_redis_want(inst, NGX_RTALPHA_REG_DO_LEASE);
        }

        return;
    }

    if (put->state) {
        ngx_rtalpha_reg_cluster_load(&ngx_rtalpha_reg_root->cluster.self,
                                     &share->mark, inst->state.dirty,
                                     ngx_rtalpha_reg_redis_lease(inst),
                                     ngx_rtalpha_reg_clock());
        ngx_rtalpha_reg_redis_side(inst);
        return;
    }

    ngx_rtalpha_reg_redis_write(inst);
}


/* mark and place in the list; one that was dead is so no more */

static void
ngx_rtalpha_reg_redis_carry(ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_inst_t *old)
{
    ngx_rtalpha_reg_share_t  *from, *to;

    if (old->flags & NGX_RTALPHA_REG_INST_TOMB) {
        ngx_rtalpha_reg_root->cluster.tombs--;
    }

    from = ngx_rtalpha_reg_share(old);

    if (!ngx_rtalpha_reg_shared(inst)) {
        ngx_rtalpha_reg_redis_unwant(from);
        return;
    }

    to = ngx_rtalpha_reg_share(inst);
    to->mark = from->mark;
    to->inst = inst;

    if (from->want) {
        to->want = from->want;
        ngx_queue_insert_after(&from->todo, &to->todo);
        ngx_queue_remove(&from->todo);
    }
}


void
ngx_rtalpha_reg_redis_want(ngx_rtalpha_reg_inst_t *inst, ngx_uint_t todo)
{
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_share_t  *share;

    root = ngx_rtalpha_reg_root;
    share = ngx_rtalpha_reg_share(inst);

    if (share->want == 0) {
        share->inst = inst;
        ngx_queue_insert_tail(&root->cluster.todo, &share->todo);
        root->cluster.waiting++;
    }

    share->want |= (uint32_t) todo | NGX_RTALPHA_REG_WANT;

    if (ngx_rtalpha_reg_link.pool) {
        ngx_rtalpha_reg_redis_post();

    } else if (ngx_process == NGX_PROCESS_WORKER) {
        ngx_rtalpha_notify_ring();
    }
}


void
ngx_rtalpha_reg_redis_unwant(ngx_rtalpha_reg_share_t *share)
{
    if (share->want) {
        ngx_queue_remove(&share->todo);
        share->want = 0;
        ngx_rtalpha_reg_root->cluster.waiting--;
    }
}


/*
 * What renews elsewhere does not renew here: it is neither expected here
 * nor missing.
 */

void
ngx_rtalpha_reg_redis_side(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_uint_t                     here;
    ngx_rtalpha_reg_zone_t        *zone;
    const ngx_rtalpha_reg_mark_t  *mark;

    mark = &ngx_rtalpha_reg_share(inst)->mark;
    zone = &ngx_rtalpha_reg_root->zones[inst->zone];

    here = mark->regs.owner == ngx_rtalpha_reg_root->cluster.self.id
           || mark->regs.owner == 0;

    if (here && (inst->flags & NGX_RTALPHA_REG_INST_AWAY)) {
        inst->flags &= (u_char) ~NGX_RTALPHA_REG_INST_AWAY;
        ngx_rtalpha_reg_guard_back(zone, ngx_rtalpha_reg_clock(),
                                   mark->lease / 3);

    } else if (!here && !(inst->flags & NGX_RTALPHA_REG_INST_AWAY)) {
        inst->flags |= NGX_RTALPHA_REG_INST_AWAY;
        ngx_rtalpha_reg_guard_away(zone);
    }
}


void
ngx_rtalpha_reg_redis_leave(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_zone_t  *zone;

    if (inst->flags & NGX_RTALPHA_REG_INST_AWAY) {
        inst->flags &= (u_char) ~NGX_RTALPHA_REG_INST_AWAY;
        zone = &ngx_rtalpha_reg_root->zones[inst->zone];
        zone->away -= (zone->away != 0);
    }
}


void
ngx_rtalpha_reg_redis_write(ngx_rtalpha_reg_inst_t *inst)
{
    if (!ngx_rtalpha_reg_redis_on(inst)) {
        return;
    }

    ngx_rtalpha_reg_cluster_write(&ngx_rtalpha_reg_root->cluster.self,
                                  &ngx_rtalpha_reg_share(inst)->mark,
                                  inst->state.dirty,
                                  ngx_rtalpha_reg_redis_lease(inst),
                                  ngx_rtalpha_reg_clock());

    ngx_rtalpha_reg_redis_side(inst);
    ngx_rtalpha_reg_redis_want(inst, NGX_RTALPHA_REG_DO_PUSH);
}


void
ngx_rtalpha_reg_redis_renew(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_int_t  rc;

    if (!ngx_rtalpha_reg_redis_on(inst)) {
        return;
    }

    rc = ngx_rtalpha_reg_cluster_renew(&ngx_rtalpha_reg_root->cluster.self,
                                       &ngx_rtalpha_reg_share(inst)->mark,
                                       ngx_rtalpha_reg_clock());

    if (rc != NGX_OK) {
        ngx_rtalpha_reg_redis_side(inst);
        ngx_rtalpha_reg_redis_want(inst, rc == NGX_AGAIN
                                         ? NGX_RTALPHA_REG_DO_LEASE : 0);
    }
}


/* what the journal says was deleted, the cluster may say otherwise */

void
ngx_rtalpha_reg_redis_cancel(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_share_t  *share;

    if (!ngx_rtalpha_reg_redis_on(inst)) {
        return;
    }

    share = ngx_rtalpha_reg_share(inst);

    if (ngx_rtalpha_reg_root->cluster.loading) {
        ngx_memzero(&share->mark, sizeof(ngx_rtalpha_reg_mark_t));
        return;
    }

    ngx_rtalpha_reg_cluster_cancel(&ngx_rtalpha_reg_root->cluster.self,
                                   &share->mark, ngx_rtalpha_reg_clock());
    ngx_rtalpha_reg_redis_want(inst, NGX_RTALPHA_REG_DO_PUSH);
}


static ngx_msec_t
ngx_rtalpha_reg_redis_lease(const ngx_rtalpha_reg_inst_t *inst)
{
    ngx_msec_t  lease;

    lease = (ngx_msec_t) ngx_min(inst->state.lease, 1000000) * 1000;

    return ngx_rtalpha_reg_conf.double_lease ? 2 * lease : lease;
}


uint32_t
ngx_rtalpha_reg_redis_key(const ngx_str_t *app, const ngx_str_t *id)
{
    return ngx_murmur_hash2(app->data, app->len)
           ^ (ngx_murmur_hash2(id->data, id->len) * 31);
}


uint32_t
ngx_rtalpha_reg_redis_inst_key(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_str_t  app, id;

    app.data = inst->app->name;
    app.len = inst->app->len;
    ngx_rtalpha_reg_inst_id(inst, &id);

    return ngx_rtalpha_reg_redis_key(&app, &id);
}


/*
 * A deleted one has left the log.  What is known of it is remembered, its
 * document is not: it moves into a smaller record, if there is room for one.
 */

ngx_uint_t
ngx_rtalpha_reg_redis_keep(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_inst_t  *tomb;

    if (!ngx_rtalpha_reg_redis_on(inst)
        || ngx_rtalpha_reg_share(inst)->mark.regs.turn == 0)
    {
        if (ngx_rtalpha_reg_shared(inst)) {
            ngx_rtalpha_reg_redis_unwant(ngx_rtalpha_reg_share(inst));
        }

        return 0;
    }

    tomb = ngx_rtalpha_reg_redis_bury(inst);

    tomb->flags |= NGX_RTALPHA_REG_INST_TOMB;
    tomb->state.action = 0;
    ngx_rtalpha_reg_root->cluster.tombs++;

    return 1;
}


static ngx_rtalpha_reg_inst_t *
ngx_rtalpha_reg_redis_bury(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_inst_t  *tomb;

    if (inst->blob == NULL && inst->doc_len <= inst->id_len) {
        return inst;
    }

    tomb = ngx_rtalpha_zone_alloc(offsetof(ngx_rtalpha_reg_inst_t, data)
                         + inst->id_len
                         + ngx_rtalpha_reg_redis_room(inst->id_len));
    if (tomb == NULL) {
        return inst;
    }

    *tomb = *inst;
    tomb->blob = NULL;
    tomb->id_off = 0;
    tomb->doc_len = inst->id_len;
    ngx_memcpy(tomb->data, inst->data + inst->id_off, inst->id_len);

    ngx_rtalpha_reg_redis_carry(tomb, inst);
    ngx_rtalpha_reg_table_replace(&ngx_rtalpha_reg_root->insts, &inst->node,
                                  &tomb->node);
    if (inst->blob) {
        ngx_rtalpha_blob_drop(inst->blob);
    }

    ngx_rtalpha_zone_free(inst);

    return tomb;
}


void
ngx_rtalpha_reg_redis_drop(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_share_t  *share;

    share = ngx_rtalpha_reg_share(inst);
    ngx_rtalpha_reg_redis_unwant(share);
    ngx_memzero(&share->mark, sizeof(ngx_rtalpha_reg_mark_t));

    if (inst->piece) {
        ngx_rtalpha_reg_delta_reserve();
        ngx_rtalpha_reg_store_evict(inst);

    } else if (inst->flags & NGX_RTALPHA_REG_INST_TOMB) {
        ngx_rtalpha_reg_root->cluster.tombs--;
        ngx_rtalpha_reg_store_forget(inst);
    }
}


/* the list is derived: whatever Redis has not been seen to have is on it */

void
ngx_rtalpha_reg_redis_repair(void)
{
    ngx_uint_t                i;
    ngx_rtalpha_reg_node_t   *node;
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_inst_t   *inst;
    ngx_rtalpha_reg_share_t  *share;

    root = ngx_rtalpha_reg_root;

    ngx_queue_init(&root->cluster.todo);
    root->cluster.waiting = 0;
    root->cluster.tombs = 0;

    for (i = 0; i < NGX_RTALPHA_REG_ZONES; i++) {
        root->zones[i].away = 0;
    }

    for (i = 0; i < root->insts.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->insts, i);
             node;
             node = node->next)
        {
            inst = (ngx_rtalpha_reg_inst_t *) node;

            if (!ngx_rtalpha_reg_shared(inst)) {
                continue;
            }

            share = ngx_rtalpha_reg_share(inst);
            share->want = 0;

            if (share->mark.regs.turn && share->mark.seen == 0) {
                share->want = NGX_RTALPHA_REG_DO_PUSH|NGX_RTALPHA_REG_WANT;
                share->inst = inst;
                ngx_queue_insert_tail(&root->cluster.todo, &share->todo);
                root->cluster.waiting++;
            }

            root->cluster.tombs +=
                              (inst->flags & NGX_RTALPHA_REG_INST_TOMB) != 0;
            inst->flags &= (u_char) ~NGX_RTALPHA_REG_INST_AWAY;

            if (inst->piece) {
                ngx_rtalpha_reg_redis_side(inst);
            }
        }
    }
}
