
/*
 * The verbs of the registry.  A new document is built whole and put in the
 * place of the old one by one store; a state is a few words.  Whatever can
 * fail (memory) is asked for before anything is changed.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_room.h"
#include "ngx_rtalpha_reg_settings.h"


#define NGX_RTALPHA_REG_INLINE                                                \
    (NGX_RTALPHA_ZONE_RECORD_MAX - offsetof(ngx_rtalpha_reg_inst_t, data))


/* what a registration works with while the zone is locked */
typedef struct {
    ngx_rtalpha_reg_put_t        *put;
    uint32_t                      hash;
    uint32_t                      app_hash;
    ngx_rtalpha_pin_t            *pin;
    ngx_rtalpha_reg_inst_t       *old;
    ngx_rtalpha_reg_inst_t       *inst;
    ngx_rtalpha_reg_app_t        *app;
} ngx_rtalpha_reg_work_t;


static ngx_int_t ngx_rtalpha_reg_store_register_locked(
    ngx_rtalpha_reg_work_t *w);
static ngx_int_t ngx_rtalpha_reg_store_limits(ngx_rtalpha_reg_work_t *w);
static ngx_int_t ngx_rtalpha_reg_store_older(ngx_rtalpha_reg_work_t *w,
    ngx_rtalpha_reg_inst_t *inst);
static ngx_int_t ngx_rtalpha_reg_store_room(ngx_rtalpha_reg_work_t *w,
    size_t size);
static ngx_int_t ngx_rtalpha_reg_store_room_for(ngx_rtalpha_reg_work_t *w);
static ngx_int_t ngx_rtalpha_reg_store_seek(ngx_rtalpha_reg_work_t *w);
static void ngx_rtalpha_reg_store_link(ngx_rtalpha_reg_work_t *w);
static ngx_int_t ngx_rtalpha_reg_store_build(ngx_rtalpha_reg_work_t *w);
static void ngx_rtalpha_reg_store_state(ngx_rtalpha_reg_work_t *w,
    ngx_rtalpha_reg_inst_t *inst, ngx_uint_t override, ngx_uint_t current);
static ngx_uint_t ngx_rtalpha_reg_store_compare(ngx_rtalpha_reg_inst_t *inst,
    uint32_t hash, const int64_t *dirty, ngx_uint_t overridden,
    ngx_uint_t replica);
static void ngx_rtalpha_reg_store_delete(ngx_rtalpha_reg_inst_t *inst);


uint32_t
ngx_rtalpha_reg_store_hash(const ngx_str_t *s)
{
    return ngx_rtalpha_reg_table_hash(ngx_rtalpha_reg_root->key, s->data,
                                      s->len);
}


ngx_int_t
ngx_rtalpha_reg_store_register(ngx_rtalpha_reg_put_t *put)
{
    ngx_int_t               rc;
    ngx_rtalpha_reg_work_t  w;

    ngx_memzero(&w, sizeof(ngx_rtalpha_reg_work_t));

    w.put = put;
    w.hash = ngx_rtalpha_reg_store_hash(&put->id);
    w.app_hash = ngx_rtalpha_reg_store_hash(&put->app);

    if (put->doc.len + ngx_rtalpha_reg_redis_room(put->doc.len)
        > NGX_RTALPHA_REG_INLINE)
    {
        if (ngx_rtalpha_reg_store_room_for(&w) != NGX_OK) {
            return NGX_ERROR;
        }

        w.pin = ngx_rtalpha_blob_create(put->doc.data, put->doc.len);
        if (w.pin == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_rtalpha_zone_lock();

    rc = ngx_rtalpha_reg_store_register_locked(&w);

    if (w.pin) {
        ngx_rtalpha_blob_unpin_locked(w.pin);
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


static ngx_int_t
ngx_rtalpha_reg_store_register_locked(ngx_rtalpha_reg_work_t *w)
{
    ngx_int_t                     rc;
    size_t                        size;
    ngx_uint_t                    override, current;
    ngx_rtalpha_reg_inst_t       *inst;
    const ngx_rtalpha_reg_put_t  *put;

    put = w->put;

    ngx_rtalpha_reg_delta_reserve();

    if (ngx_rtalpha_reg_store_seek(w) != NGX_OK) {
        return NGX_DONE;
    }

    if (put->decide) {
        rc = put->decide(w->put, w->old);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (w->old == NULL || w->old->piece == NULL) {
        rc = ngx_rtalpha_reg_store_limits(w);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    size = w->pin ? put->id.len : put->doc.len;
    size += offsetof(ngx_rtalpha_reg_inst_t, data)
            + ngx_rtalpha_reg_redis_room(size);

    if (ngx_rtalpha_reg_store_room(w, size) != NGX_OK) {
        return NGX_ERROR;
    }

    inst = w->old;
    current = NGX_RTALPHA_REG_NONE;

    if (inst && inst->piece) {
        current = inst->state.status;

        if (put->state == NULL && inst->state.dirty > put->dirty) {
            return ngx_rtalpha_reg_store_older(w, inst);
        }
    }

    override = ngx_rtalpha_reg_store_override_take(&put->id, w->hash,
                                                   put->overridden);

    if (override == (ngx_uint_t) NGX_ERROR) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_reg_store_build(w);
    if (rc != NGX_OK) {
        return rc;
    }

    inst = w->inst;
    inst->state.dirty = put->dirty;
    inst->state.overridden = (u_char) put->overridden;
    inst->state.status = (u_char) put->status;

    if (w->old && w->old->piece) {
        inst->state.service_up = w->old->state.service_up;
    }

    ngx_rtalpha_reg_store_state(w, inst, override, current);
    ngx_rtalpha_reg_store_link(w);

    return NGX_OK;
}


/*
 * An older word than what is there (by lastDirtyTimestamp) does not replace
 * the document, but it is a registration all the same: a new lease.
 */

static ngx_int_t
ngx_rtalpha_reg_store_older(ngx_rtalpha_reg_work_t *w,
    ngx_rtalpha_reg_inst_t *inst)
{
    ngx_uint_t  override;

    override = ngx_rtalpha_reg_store_override_take(&w->put->id, w->hash,
                                                   inst->state.overridden);

    if (override == (ngx_uint_t) NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_store_count(inst, -1);
    ngx_rtalpha_reg_store_state(w, inst, override, inst->state.status);
    ngx_rtalpha_reg_store_count(inst, 1);
    ngx_rtalpha_reg_lease_place(inst);
    ngx_rtalpha_reg_delta_change(inst);
    ngx_rtalpha_reg_redis_write(inst);

    return NGX_OK;
}


/* may there be one more instance */

static ngx_int_t
ngx_rtalpha_reg_store_limits(ngx_rtalpha_reg_work_t *w)
{
    ngx_rtalpha_reg_app_t     *app;
    ngx_rtalpha_reg_source_t  *source;

    if (ngx_rtalpha_reg_root->n >= ngx_rtalpha_reg_conf.max_instances) {
        return NGX_RTALPHA_REG_OVER_ALL;
    }

    app = ngx_rtalpha_reg_app_find(&w->put->app, w->app_hash);

    if (app && app->n >= ngx_rtalpha_reg_conf.max_app) {
        return NGX_RTALPHA_REG_OVER_APP;
    }

    source = ngx_rtalpha_reg_source_find(&w->put->source);

    if (source && source->n >= ngx_rtalpha_reg_conf.max_source) {
        return NGX_RTALPHA_REG_OVER_SOURCE;
    }

    return NGX_OK;
}


/*
 * Room for a document, beyond what the registry keeps free to go on with.
 * One that is no longer than what it replaces needs none.
 */

static ngx_int_t
ngx_rtalpha_reg_store_room(ngx_rtalpha_reg_work_t *w, size_t size)
{
    ngx_int_t  rc;

    if ((w->old && w->old->piece && w->put->doc.len <= w->old->doc_len)
        || ngx_rtalpha_zone_has(size))
    {
        return NGX_OK;
    }

    /* what was here before a restart may use some of the reserve */

    if (w->put->state
        && ngx_rtalpha_zone_free_size() > ngx_rtalpha_reg_room_reserve() / 2)
    {
        return NGX_OK;
    }

    rc = ngx_rtalpha_reg_room_make(size);

    /* one that was deleted may have been freed for it */

    w->old = NULL;
    ngx_rtalpha_reg_store_seek(w);

    return rc;
}


/* the same ahead of a document that is to be a blob */

static ngx_int_t
ngx_rtalpha_reg_store_room_for(ngx_rtalpha_reg_work_t *w)
{
    ngx_int_t  rc;

    ngx_rtalpha_zone_lock();

    ngx_rtalpha_reg_store_seek(w);
    rc = ngx_rtalpha_reg_store_room(w, w->put->doc.len);
    w->old = NULL;

    ngx_rtalpha_zone_unlock();

    return rc;
}


/* is it there already; NGX_DONE: its id is in too many applications */

static ngx_int_t
ngx_rtalpha_reg_store_seek(ngx_rtalpha_reg_work_t *w)
{
    ngx_uint_t                    same;
    ngx_rtalpha_reg_node_t       *node;
    ngx_rtalpha_reg_inst_t       *inst;
    const ngx_rtalpha_reg_put_t  *put;

    put = w->put;
    same = 0;

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->insts,
                                            w->hash);
         node;
         node = node->next)
    {
        inst = (ngx_rtalpha_reg_inst_t *) node;

        if (node->hash != w->hash) {
            continue;
        }

        if (ngx_rtalpha_reg_store_same(inst, &put->app, &put->id)) {
            w->old = inst;
            return NGX_OK;
        }

        if (++same == NGX_RTALPHA_REG_SAME_ID) {
            return NGX_DONE;
        }
    }

    return NGX_OK;
}


/* links a whole instance into the tables, and into what is derived */

static void
ngx_rtalpha_reg_store_link(ngx_rtalpha_reg_work_t *w)
{
    ngx_rtalpha_reg_inst_t  *inst, *old;
    ngx_rtalpha_reg_root_t  *root;

    inst = w->inst;
    old = w->old;
    root = ngx_rtalpha_reg_root;

    if (old == NULL) {
        inst->app->refs++;
        ngx_rtalpha_reg_table_add(&root->insts, &inst->node);

    } else {
        ngx_rtalpha_reg_table_replace(&root->insts, &old->node, &inst->node);
        ngx_rtalpha_reg_delta_replace(old, inst);
    }

    if (old) {
        ngx_rtalpha_reg_source_leave(old);
    }

    ngx_rtalpha_reg_source_enter(inst, &w->put->source);

    if (old && old->piece) {
        ngx_rtalpha_reg_store_count(old, -1);
        ngx_rtalpha_reg_guard_remove(&root->zones[old->zone]);
        ngx_rtalpha_reg_segment_replace(old, inst);
        ngx_rtalpha_reg_lease_remove(old);

    } else {
        if (inst->app->n++ == 0) {
            root->napps++;
        }

        root->n++;
    }

    ngx_rtalpha_reg_guard_add(&root->zones[inst->zone],
                              ngx_rtalpha_reg_clock(),
                              (uint64_t) w->put->interval * 1000);
    ngx_rtalpha_reg_store_count(inst, 1);
    ngx_rtalpha_reg_lease_place(inst);
    ngx_rtalpha_reg_delta_change(inst);
    ngx_rtalpha_reg_redis_linked(inst, old, w->put);

    if (old) {
        if (old->blob) {
            ngx_rtalpha_blob_drop(old->blob);
        }

        ngx_rtalpha_zone_free(old);
    }
}


static ngx_int_t
ngx_rtalpha_reg_store_build(ngx_rtalpha_reg_work_t *w)
{
    size_t                        size, room;
    u_char                       *p;
    ngx_rtalpha_reg_inst_t       *inst;
    const ngx_rtalpha_reg_put_t  *put;

    put = w->put;

    w->app = w->old ? w->old->app
                    : ngx_rtalpha_reg_app_get(&put->app, w->app_hash);
    if (w->app == NULL) {
        return NGX_ERROR;
    }

    size = w->pin ? put->id.len : put->doc.len;
    room = ngx_rtalpha_reg_redis_room(size);
    size += room;

    inst = ngx_rtalpha_zone_alloc(ngx_max(sizeof(ngx_rtalpha_reg_inst_t),
                                    offsetof(ngx_rtalpha_reg_inst_t, data)
                                    + size));
    if (inst == NULL) {
        ngx_rtalpha_reg_app_release(w->app);
        return NGX_ERROR;
    }

    inst->node.hash = w->hash;
    inst->app = w->app;
    inst->zone = (u_char) ngx_rtalpha_reg_zone_get(&put->zone);
    inst->vip_hash = put->vip_hash;
    inst->svip_hash = put->svip_hash;
    inst->id_len = (uint16_t) put->id.len;
    inst->doc_len = (uint32_t) put->doc.len;
    inst->flags = (u_char) ((put->vips ? NGX_RTALPHA_REG_INST_VIPS : 0)
                            | (room ? NGX_RTALPHA_REG_INST_SHARED : 0));

    p = inst->data;

    if (w->pin) {
        inst->blob = ngx_rtalpha_blob_of(w->pin);
        ngx_memcpy(p, put->id.data, put->id.len);

    } else {
        inst->id_off = (uint16_t) put->id_off;
        ngx_memcpy(p, put->doc.data, put->doc.len);
    }

    /* where it stands in its application: what else can want memory */

    if ((w->old == NULL || w->old->piece == NULL)
        && ngx_rtalpha_reg_segment_add(inst) != NGX_OK)
    {
        ngx_rtalpha_zone_free(inst);
        ngx_rtalpha_reg_app_release(w->app);
        return NGX_ERROR;
    }

    if (inst->blob) {
        ngx_rtalpha_blob_hold(inst->blob);
    }

    w->inst = inst;

    return NGX_OK;
}


/* what a registration does to the state; the rest of it is there already */

static void
ngx_rtalpha_reg_store_state(ngx_rtalpha_reg_work_t *w,
    ngx_rtalpha_reg_inst_t *inst, ngx_uint_t override, ngx_uint_t current)
{
    uint64_t                      now;
    ngx_rtalpha_reg_state_t      *st;
    const ngx_rtalpha_reg_put_t  *put;

    st = &inst->state;
    put = w->put;
    now = ngx_rtalpha_reg_now();

    inst->beat = ngx_rtalpha_reg_clock();
    inst->flags &= (u_char) ~NGX_RTALPHA_REG_INST_RENEWED;

    if (put->state) {
        *st = *put->state;
        return;
    }

    st->lease = put->lease;
    st->registered = now;
    st->updated = now;
    st->evicted = 0;
    st->action = NGX_RTALPHA_REG_ADDED;

    if (override != NGX_RTALPHA_REG_NONE) {
        st->overridden = (u_char) override;
    }

    st->status = (u_char) ngx_rtalpha_reg_status_resolve(st->status, override,
                                                         current,
                                                         put->replica);

    if (st->status == NGX_RTALPHA_REG_UP && st->service_up == 0) {
        st->service_up = now;
    }
}


ngx_rtalpha_reg_inst_t *
ngx_rtalpha_reg_store_find(const ngx_str_t *app, const ngx_str_t *id,
    uint32_t hash)
{
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_inst_t  *inst;

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->insts,
                                            hash);
         node;
         node = node->next)
    {
        inst = (ngx_rtalpha_reg_inst_t *) node;

        if (node->hash == hash && inst->piece
            && ngx_rtalpha_reg_store_same(inst, app, id))
        {
            return inst;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_rtalpha_reg_store_same(const ngx_rtalpha_reg_inst_t *inst,
    const ngx_str_t *app, const ngx_str_t *id)
{
    return inst->id_len == id->len
           && ngx_memcmp(inst->data + inst->id_off, id->data, id->len) == 0
           && (app == NULL
               || (inst->app->len == app->len
                   && ngx_memcmp(inst->app->name, app->data, app->len) == 0));
}


void
ngx_rtalpha_reg_store_count(ngx_rtalpha_reg_inst_t *inst, ngx_int_t delta)
{
    ngx_rtalpha_reg_root->counts[inst->state.status] += (uint64_t) delta;
}


void
ngx_rtalpha_reg_store_status(ngx_rtalpha_reg_inst_t *inst, ngx_uint_t status)
{
    ngx_rtalpha_reg_store_count(inst, -1);
    inst->state.status = (u_char) status;
    ngx_rtalpha_reg_store_count(inst, 1);
}


void
ngx_rtalpha_reg_store_renew_lease(ngx_rtalpha_reg_inst_t *inst,
    uint64_t clock)
{
    uint64_t  span, lease;

    span = clock - inst->beat;
    lease = (uint64_t) inst->state.lease * 1000;

    ngx_rtalpha_reg_guard_renew(&ngx_rtalpha_reg_root->zones[inst->zone],
                                clock, ngx_min(span, lease));

    inst->beat = clock;
    inst->flags |= NGX_RTALPHA_REG_INST_RENEWED;

    if (inst->flags & NGX_RTALPHA_REG_INST_EXPIRED) {
        ngx_rtalpha_reg_lease_place(inst);
    }
}


ngx_uint_t
ngx_rtalpha_reg_store_renew(const ngx_str_t *app, const ngx_str_t *id,
    const int64_t *dirty, ngx_uint_t overridden, ngx_uint_t replica)
{
    uint32_t                     hash;
    uint64_t                     clock;
    ngx_uint_t                   rc, status;
    ngx_rtalpha_reg_inst_t      *inst;
    ngx_rtalpha_reg_override_t  *o;

    hash = ngx_rtalpha_reg_store_hash(id);
    clock = ngx_rtalpha_reg_clock();

    ngx_rtalpha_zone_lock();

    rc = NGX_HTTP_NOT_FOUND;
    inst = ngx_rtalpha_reg_store_find(app, id, hash);

    if (inst == NULL) {
        goto done;
    }

    status = inst->state.status;

    if (status == NGX_RTALPHA_REG_UP
        || status == NGX_RTALPHA_REG_OUT_OF_SERVICE)
    {
        o = ngx_rtalpha_reg_store_override_find(id, hash);
        status = o ? o->status : status;
    }

    if (status == NGX_RTALPHA_REG_UNKNOWN) {
        goto done;
    }

    if (status != inst->state.status) {
        ngx_rtalpha_reg_delta_reserve();
        ngx_rtalpha_reg_store_status(inst, status);
        ngx_rtalpha_reg_delta_change(inst);
        ngx_rtalpha_reg_redis_write(inst);
    }

    ngx_rtalpha_reg_store_renew_lease(inst, clock);
    ngx_rtalpha_reg_redis_renew(inst);

    rc = ngx_rtalpha_reg_store_compare(inst, hash, dirty, overridden,
                                       replica);

done:

    ngx_rtalpha_zone_unlock();

    return rc;
}


/*
 * Whose word is newer.  A client that has changed since is told to register
 * (404); a peer that is behind gets our instance (409).
 */

static ngx_uint_t
ngx_rtalpha_reg_store_compare(ngx_rtalpha_reg_inst_t *inst, uint32_t hash,
    const int64_t *dirty, ngx_uint_t overridden, ngx_uint_t replica)
{
    ngx_str_t                    id;
    ngx_rtalpha_reg_override_t  *o;

    if (dirty == NULL || *dirty == inst->state.dirty
        || !ngx_rtalpha_reg_conf.sync_dirty)
    {
        return NGX_HTTP_OK;
    }

    if (*dirty < inst->state.dirty) {
        return replica ? NGX_HTTP_CONFLICT : NGX_HTTP_OK;
    }

    if (replica && overridden == NGX_RTALPHA_REG_JUNK) {
        return NGX_HTTP_BAD_REQUEST;
    }

    if (replica && overridden != NGX_RTALPHA_REG_NONE
        && overridden != NGX_RTALPHA_REG_UNKNOWN)
    {
        ngx_rtalpha_reg_inst_id(inst, &id);

        o = ngx_rtalpha_reg_store_override_find(&id, hash);

        if ((o == NULL || o->status != overridden)
            && ngx_rtalpha_reg_store_override_set(&id, hash, overridden)
               == NGX_OK)
        {
            inst->state.overridden = (u_char) overridden;
        }
    }

    return NGX_HTTP_NOT_FOUND;
}


ngx_uint_t
ngx_rtalpha_reg_store_cancel(const ngx_str_t *app, const ngx_str_t *id)
{
    uint32_t                 hash;
    ngx_uint_t               rc;
    ngx_rtalpha_reg_inst_t  *inst;

    hash = ngx_rtalpha_reg_store_hash(id);
    rc = NGX_HTTP_NOT_FOUND;

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_store_find(app, id, hash);

    if (inst == NULL) {

        /* overrides go by the id alone */
        ngx_rtalpha_reg_store_override_drop(id, hash);

    } else {
        ngx_rtalpha_reg_delta_reserve();
        ngx_rtalpha_reg_store_override_drop(id, hash);
        ngx_rtalpha_reg_store_delete(inst);
        ngx_rtalpha_reg_redis_cancel(inst);
        rc = NGX_HTTP_OK;
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


void
ngx_rtalpha_reg_store_evict(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_str_t  id;

    ngx_rtalpha_reg_inst_id(inst, &id);
    ngx_rtalpha_reg_store_override_drop(&id, inst->node.hash);
    ngx_rtalpha_reg_store_delete(inst);
}


/* out of the lists, but in the log until that is too old */

static void
ngx_rtalpha_reg_store_delete(ngx_rtalpha_reg_inst_t *inst)
{
    uint64_t                 now;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    now = ngx_rtalpha_reg_now();

    ngx_rtalpha_reg_store_count(inst, -1);
    ngx_rtalpha_reg_guard_remove(&root->zones[inst->zone]);
    ngx_rtalpha_reg_redis_leave(inst);

    inst->state.evicted = now;
    inst->state.updated = now;
    inst->state.action = NGX_RTALPHA_REG_DELETED;

    ngx_rtalpha_reg_source_leave(inst);
    ngx_rtalpha_reg_lease_remove(inst);
    ngx_rtalpha_reg_segment_remove(inst);
    ngx_rtalpha_reg_delta_change(inst);

    root->n--;

    if (--inst->app->n == 0) {
        root->napps--;
    }
}


void
ngx_rtalpha_reg_store_forget(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_app_t   *app;

    if (ngx_rtalpha_reg_redis_keep(inst)) {
        return;
    }

    app = inst->app;

    ngx_rtalpha_reg_table_remove(&ngx_rtalpha_reg_root->insts, &inst->node);

    if (inst->blob) {
        ngx_rtalpha_blob_drop(inst->blob);
    }

    ngx_rtalpha_zone_free(inst);

    app->refs--;
    ngx_rtalpha_reg_app_release(app);
}


