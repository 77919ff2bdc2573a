
/*
 * What Redis said of an instance, brought into the store: registers and
 * document are judged and put in one locked section, so that no client's
 * change gets lost between.  In the leader.
 */


#include "ngx_rtalpha_reg_redis_inner.h"
#include "ngx_rtalpha_reg_record.h"
#include "ngx_rtalpha_reg_request.h"


/* what is being merged, and what became of it */
typedef struct ngx_rtalpha_reg_came_s {
    const ngx_rtalpha_reg_regs_t  *regs;
    ngx_rtalpha_reg_mark_t         mark;
    ngx_uint_t                     doc;
    ngx_uint_t                     override;
    ngx_uint_t                     fetch;
    ngx_uint_t                     tell;
    ngx_uint_t                     changed;
} ngx_rtalpha_reg_came_t;


static ngx_int_t ngx_rtalpha_reg_redis_names(const ngx_str_t *name,
    ngx_str_t *app, ngx_str_t *id);
static ngx_int_t ngx_rtalpha_reg_redis_unpack(ngx_pool_t *pool,
    const ngx_str_t *doc, ngx_rtalpha_reg_record_t *record,
    ngx_rtalpha_reg_put_t *put);
static ngx_int_t ngx_rtalpha_reg_redis_decide(ngx_rtalpha_reg_put_t *put,
    ngx_rtalpha_reg_inst_t *old);
static void ngx_rtalpha_reg_redis_settle(ngx_rtalpha_reg_put_t *put,
    ngx_rtalpha_reg_inst_t *old);
static ngx_rtalpha_reg_inst_t *ngx_rtalpha_reg_redis_tomb(
    const ngx_str_t *app, const ngx_str_t *id);
static ngx_rtalpha_reg_inst_t *ngx_rtalpha_reg_redis_find(
    const ngx_str_t *name);


static ngx_int_t
ngx_rtalpha_reg_redis_names(const ngx_str_t *name, ngx_str_t *app,
    ngx_str_t *id)
{
    u_char  *p;

    p = ngx_strlchr(name->data, name->data + name->len, '\0');

    if (p == NULL || p == name->data || p + 1 == name->data + name->len) {
        return NGX_ERROR;
    }

    app->data = name->data;
    app->len = (size_t) (p - name->data);
    id->data = p + 1;
    id->len = name->len - app->len - 1;

    return id->len <= 1200 && app->len <= 1200 ? NGX_OK : NGX_ERROR;
}


void
ngx_rtalpha_reg_redis_merge(const ngx_str_t *name,
    const ngx_rtalpha_reg_regs_t *regs, const ngx_str_t *doc)
{
    ngx_int_t                 rc;
    ngx_str_t                 app, id;
    ngx_pool_t               *pool;
    ngx_rtalpha_reg_put_t     put;
    ngx_rtalpha_reg_came_t    came;
    ngx_rtalpha_reg_record_t  record;

    if (ngx_rtalpha_reg_redis_names(name, &app, &id) != NGX_OK) {
        return;
    }

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(&put, sizeof(ngx_rtalpha_reg_put_t));
    ngx_memzero(&came, sizeof(ngx_rtalpha_reg_came_t));

    rc = NGX_OK;

    if (doc->len) {
        rc = ngx_rtalpha_reg_redis_unpack(pool, doc, &record, &put);

        if (rc != NGX_OK || !ngx_rtalpha_str_eq(&put.app, &app)
            || !ngx_rtalpha_str_eq(&put.id, &id))
        {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "rtalpha registry: what is in Redis of \"%V\" "
                          "cannot be read", &id);
            rc = NGX_ERROR;
        }
    }

    if (rc == NGX_OK) {
        came.override = doc->len ? record.override : NGX_RTALPHA_REG_NONE;
        put.app = app;
        put.id = id;
        put.decide = ngx_rtalpha_reg_redis_decide;
        put.came = &came;
        put.mark = &came.mark;
        came.regs = regs;
        came.doc = (doc->len != 0);

        rc = ngx_rtalpha_reg_store_register(&put);

        if (rc != NGX_OK && rc != NGX_DONE) {
            ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_FULL, 1);
        }
    }

    if (came.changed) {
        ngx_rtalpha_reg_tell(&app);
    }

    if (came.fetch) {
        ngx_rtalpha_reg_redis_fetch(name);
    }

    ngx_destroy_pool(pool);
}


static ngx_int_t
ngx_rtalpha_reg_redis_unpack(ngx_pool_t *pool, const ngx_str_t *doc,
    ngx_rtalpha_reg_record_t *record, ngx_rtalpha_reg_put_t *put)
{
    if (ngx_rtalpha_reg_record_read((ngx_str_t *) doc, record) != NGX_OK
        || record->doc.len == 0)
    {
        return NGX_ERROR;
    }

    put->doc = record->doc;
    put->state = &record->state;
    put->status = record->state.status;
    put->overridden = record->override;
    put->dirty = record->state.dirty;
    put->lease = record->state.lease;
    put->replica = 1;

    return ngx_rtalpha_reg_store_prepare_doc(pool, put);
}


/*
 * Of a document that comes the override is taken as it is, also if it has
 * none: whoever wrote it had heard of the one before.
 */

static ngx_int_t
ngx_rtalpha_reg_redis_decide(ngx_rtalpha_reg_put_t *put,
    ngx_rtalpha_reg_inst_t *old)
{
    uint32_t                 hash;
    ngx_uint_t               todo;
    ngx_rtalpha_reg_came_t  *came;

    came = put->came;

    if (old && ngx_rtalpha_reg_shared(old)) {
        came->mark = ngx_rtalpha_reg_share(old)->mark;
    }

    todo = ngx_rtalpha_reg_cluster_merge(&ngx_rtalpha_reg_link.c,
                                         &came->mark, came->regs, came->doc,
                                         ngx_rtalpha_reg_redis_key(&put->app,
                                                                   &put->id),
                                         ngx_rtalpha_reg_clock());

    if (todo & NGX_RTALPHA_REG_DO_FETCH) {
        came->fetch = 1;
        return NGX_DONE;
    }

    came->changed = (todo & NGX_RTALPHA_REG_DO_SHOW) != 0;
    came->tell = todo & NGX_RTALPHA_REG_DO_LEASE;

    if (!came->changed || !ngx_rtalpha_reg_mark_show(&came->mark)) {
        ngx_rtalpha_reg_redis_settle(put, old);
        return NGX_DONE;
    }

    hash = ngx_rtalpha_reg_store_hash(&put->id);

    if (came->override == NGX_RTALPHA_REG_NONE) {
        ngx_rtalpha_reg_store_override_drop(&put->id, hash);

    } else if (ngx_rtalpha_reg_store_override_set(&put->id, hash,
                                                  came->override)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* there is nothing to put: what is left are the mark and a deletion */

static void
ngx_rtalpha_reg_redis_settle(ngx_rtalpha_reg_put_t *put,
    ngx_rtalpha_reg_inst_t *old)
{
    ngx_rtalpha_reg_came_t  *came;

    came = put->came;

    if (old == NULL || !ngx_rtalpha_reg_shared(old)) {

        if (old == NULL && came->mark.regs.turn) {
            old = ngx_rtalpha_reg_redis_tomb(&put->app, &put->id);
        }

        if (old == NULL || !ngx_rtalpha_reg_shared(old)) {
            return;
        }
    }

    ngx_rtalpha_reg_share(old)->mark = came->mark;

    if (came->tell) {
        ngx_rtalpha_reg_redis_want(old, came->tell);
    }

    if (old->piece == NULL) {
        return;
    }

    if (came->changed) {
        ngx_rtalpha_reg_store_evict(old);
        return;
    }

    ngx_rtalpha_reg_redis_side(old);
    ngx_rtalpha_reg_redis_ask(old);
}


/* a dead one that was never seen here is remembered, too */

static ngx_rtalpha_reg_inst_t *
ngx_rtalpha_reg_redis_tomb(const ngx_str_t *app, const ngx_str_t *id)
{
    size_t                   room;
    ngx_rtalpha_reg_app_t   *a;
    ngx_rtalpha_reg_inst_t  *inst;

    room = ngx_rtalpha_reg_redis_room(id->len);
    a = ngx_rtalpha_reg_app_get(app, ngx_rtalpha_reg_store_hash(app));

    if (room == 0 || a == NULL) {
        return NULL;
    }

    inst = ngx_rtalpha_zone_alloc(offsetof(ngx_rtalpha_reg_inst_t, data)
                                  + id->len + room);
    if (inst == NULL) {
        ngx_rtalpha_reg_app_release(a);
        return NULL;
    }

    inst->node.hash = ngx_rtalpha_reg_store_hash(id);
    inst->app = a;
    inst->id_len = (uint16_t) id->len;
    inst->doc_len = (uint32_t) id->len;
    inst->flags = NGX_RTALPHA_REG_INST_SHARED|NGX_RTALPHA_REG_INST_TOMB;
    ngx_memcpy(inst->data, id->data, id->len);

    a->refs++;
    ngx_rtalpha_reg_table_add(&ngx_rtalpha_reg_root->insts, &inst->node);
    ngx_rtalpha_reg_root->cluster.tombs++;

    return inst;
}


/* with the zone locked: also one that is deleted */

static ngx_rtalpha_reg_inst_t *
ngx_rtalpha_reg_redis_find(const ngx_str_t *name)
{
    uint32_t                 hash;
    ngx_str_t                app, id;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_inst_t  *inst;

    if (ngx_rtalpha_reg_redis_names(name, &app, &id) != NGX_OK) {
        return NULL;
    }

    hash = ngx_rtalpha_reg_store_hash(&id);

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->insts,
                                            hash);
         node;
         node = node->next)
    {
        inst = (ngx_rtalpha_reg_inst_t *) node;

        if (node->hash == hash && ngx_rtalpha_reg_shared(inst)
            && ngx_rtalpha_reg_store_same(inst, &app, &id))
        {
            return inst;
        }
    }

    return NULL;
}


void
ngx_rtalpha_reg_redis_gone(const ngx_str_t *name,
    const ngx_rtalpha_reg_regs_t *regs)
{
    ngx_uint_t               todo;
    ngx_rtalpha_reg_inst_t  *inst;

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_redis_find(name);

    if (inst) {
        todo = ngx_rtalpha_reg_cluster_gone(
                                   &ngx_rtalpha_reg_share(inst)->mark, regs);

        if (todo & NGX_RTALPHA_REG_DO_DROP) {
            ngx_rtalpha_reg_redis_drop(inst);

        } else if (todo) {
            ngx_rtalpha_reg_redis_want(inst, todo);
        }
    }

    ngx_rtalpha_zone_unlock();
}


void
ngx_rtalpha_reg_redis_unknown(const ngx_str_t *name)
{
    ngx_rtalpha_reg_inst_t  *inst;
    ngx_rtalpha_reg_mark_t  *mark;

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_redis_find(name);

    if (inst) {
        mark = &ngx_rtalpha_reg_share(inst)->mark;

        if (mark->lapsed && !ngx_rtalpha_reg_mark_show(mark)) {
            ngx_rtalpha_reg_redis_drop(inst);
        }
    }

    ngx_rtalpha_zone_unlock();
}


void
ngx_rtalpha_reg_redis_need(const ngx_str_t *name)
{
    ngx_rtalpha_reg_inst_t  *inst;

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_redis_find(name);

    if (inst) {
        ngx_rtalpha_reg_redis_want(inst,
                 ngx_rtalpha_reg_mark_show(&ngx_rtalpha_reg_share(inst)->mark)
                 ? NGX_RTALPHA_REG_DO_PUSH : NGX_RTALPHA_REG_DO_FETCH);
    }

    ngx_rtalpha_zone_unlock();
}
