
/*
 * Status overrides: what is recorded by instance id, and the verbs that set
 * and remove them.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_store.h"


ngx_rtalpha_reg_override_t *
ngx_rtalpha_reg_store_override_find(const ngx_str_t *id, uint32_t hash)
{
    ngx_rtalpha_reg_node_t      *node;
    ngx_rtalpha_reg_override_t  *o;

    if (ngx_rtalpha_reg_root->overrides.count == 0) {
        return NULL;
    }

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->overrides,
                                            hash);
         node;
         node = node->next)
    {
        o = (ngx_rtalpha_reg_override_t *) node;

        if (node->hash == hash && o->len == id->len
            && ngx_memcmp(o->id, id->data, id->len) == 0)
        {
            return o;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_reg_store_override_set(const ngx_str_t *id, uint32_t hash,
    ngx_uint_t status)
{
    ngx_rtalpha_reg_override_t  *o;

    o = ngx_rtalpha_reg_store_override_find(id, hash);

    if (o) {
        o->status = (uint32_t) status;
        return NGX_OK;
    }

    o = ngx_rtalpha_zone_alloc(ngx_max(sizeof(ngx_rtalpha_reg_override_t),
                                offsetof(ngx_rtalpha_reg_override_t, id)
                                + id->len));
    if (o == NULL) {
        return NGX_ERROR;
    }

    o->node.hash = hash;
    o->status = (uint32_t) status;
    o->len = (uint32_t) id->len;
    ngx_memcpy(o->id, id->data, id->len);

    ngx_rtalpha_reg_table_add(&ngx_rtalpha_reg_root->overrides, &o->node);

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_reg_store_override_take(const ngx_str_t *id, uint32_t hash,
    ngx_uint_t overridden)
{
    ngx_rtalpha_reg_override_t  *o;

    o = ngx_rtalpha_reg_store_override_find(id, hash);

    if (o) {
        return o->status;
    }

    if (overridden == NGX_RTALPHA_REG_UNKNOWN
        || overridden == NGX_RTALPHA_REG_NONE)
    {
        return NGX_RTALPHA_REG_NONE;
    }

    if (ngx_rtalpha_reg_store_override_set(id, hash, overridden) != NGX_OK) {
        return (ngx_uint_t) NGX_ERROR;
    }

    return overridden;
}


ngx_uint_t
ngx_rtalpha_reg_store_override_drop(const ngx_str_t *id, uint32_t hash)
{
    ngx_uint_t                   status;
    ngx_rtalpha_reg_override_t  *o;

    o = ngx_rtalpha_reg_store_override_find(id, hash);

    if (o == NULL) {
        return NGX_RTALPHA_REG_NONE;
    }

    status = o->status;
    ngx_rtalpha_reg_table_remove(&ngx_rtalpha_reg_root->overrides, &o->node);
    ngx_rtalpha_zone_free(o);

    return status;
}


ngx_uint_t
ngx_rtalpha_reg_store_overridden(const ngx_str_t *id)
{
    uint32_t                     hash;
    ngx_uint_t                   status;
    ngx_rtalpha_reg_override_t  *o;

    hash = ngx_rtalpha_reg_store_hash(id);

    ngx_rtalpha_zone_lock();
    o = ngx_rtalpha_reg_store_override_find(id, hash);
    status = o ? o->status : NGX_RTALPHA_REG_NONE;
    ngx_rtalpha_zone_unlock();

    return status;
}


ngx_uint_t
ngx_rtalpha_reg_store_impose(const ngx_str_t *app, const ngx_str_t *id,
    ngx_uint_t status)
{
    uint32_t                 hash;
    ngx_rtalpha_reg_inst_t  *inst;

    hash = ngx_rtalpha_reg_store_hash(id);

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_store_find(app, id, hash);

    if (inst
        && ngx_rtalpha_reg_store_override_set(id, hash, status) == NGX_OK)
    {
        inst->state.overridden = (u_char) status;
        ngx_rtalpha_reg_redis_write(inst);
    }

    ngx_rtalpha_zone_unlock();

    return inst != NULL;
}


ngx_uint_t
ngx_rtalpha_reg_store_override(const ngx_str_t *app, const ngx_str_t *id,
    ngx_uint_t status, const int64_t *dirty, ngx_uint_t odd)
{
    uint32_t                  hash;
    ngx_uint_t                rc;
    ngx_rtalpha_reg_inst_t   *inst;
    ngx_rtalpha_reg_state_t  *st;

    hash = ngx_rtalpha_reg_store_hash(id);
    rc = NGX_HTTP_NOT_FOUND;

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_store_find(app, id, hash);

    if (inst == NULL) {
        goto done;
    }

    rc = NGX_HTTP_OK;
    st = &inst->state;
    ngx_rtalpha_reg_store_renew_lease(inst, ngx_rtalpha_reg_clock());
    ngx_rtalpha_reg_redis_renew(inst);

    if (st->status == status) {
        goto done;
    }

    ngx_rtalpha_reg_delta_reserve();

    if (ngx_rtalpha_reg_store_override_set(id, hash, status) != NGX_OK) {
        rc = NGX_HTTP_SERVICE_UNAVAILABLE;
        goto done;
    }

    ngx_rtalpha_reg_store_status(inst, status);

    st->overridden = (u_char) status;

    if (!odd) {
        st->action = NGX_RTALPHA_REG_MODIFIED;
        st->updated = ngx_rtalpha_reg_now();
    }

    if (status == NGX_RTALPHA_REG_UP && st->service_up == 0) {
        st->service_up = ngx_rtalpha_reg_now();
    }

    if (dirty && *dirty > st->dirty) {
        st->dirty = *dirty;
    }

    ngx_rtalpha_reg_delta_change(inst);
    ngx_rtalpha_reg_redis_write(inst);

done:

    ngx_rtalpha_zone_unlock();

    return rc;
}


ngx_uint_t
ngx_rtalpha_reg_store_restore(const ngx_str_t *app, const ngx_str_t *id,
    ngx_uint_t status, const int64_t *dirty)
{
    uint32_t                  hash;
    ngx_uint_t                rc;
    ngx_rtalpha_reg_inst_t   *inst;
    ngx_rtalpha_reg_state_t  *st;

    hash = ngx_rtalpha_reg_store_hash(id);
    rc = NGX_HTTP_NOT_FOUND;

    ngx_rtalpha_zone_lock();

    inst = ngx_rtalpha_reg_store_find(app, id, hash);

    if (inst == NULL) {
        goto done;
    }

    ngx_rtalpha_reg_delta_reserve();

    rc = NGX_HTTP_OK;
    st = &inst->state;
    ngx_rtalpha_reg_store_renew_lease(inst, ngx_rtalpha_reg_clock());
    ngx_rtalpha_reg_redis_renew(inst);

    if (ngx_rtalpha_reg_store_override_drop(id, hash)
        == NGX_RTALPHA_REG_NONE)
    {
        goto done;
    }

    ngx_rtalpha_reg_store_status(inst, status);

    st->overridden = NGX_RTALPHA_REG_UNKNOWN;
    st->action = NGX_RTALPHA_REG_MODIFIED;
    st->updated = ngx_rtalpha_reg_now();

    if (dirty && *dirty > st->dirty) {
        st->dirty = *dirty;
    }

    ngx_rtalpha_reg_delta_change(inst);
    ngx_rtalpha_reg_redis_write(inst);

done:

    ngx_rtalpha_zone_unlock();

    return rc;
}
