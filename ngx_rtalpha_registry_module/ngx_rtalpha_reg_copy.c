
/*
 * Instances copied out of the zone, for rendering, journal and peers; and
 * the repair of the store, which walks all of them.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_settings.h"


#define NGX_RTALPHA_REG_COPY_MAX      8192

/* buckets of the table in one section of a walk */
#define NGX_RTALPHA_REG_COPY_BUCKETS  32


static ngx_int_t ngx_rtalpha_reg_copy_bucket(ngx_rtalpha_reg_copies_t *c,
    ngx_rtalpha_reg_place_t *place, ngx_rtalpha_reg_match_pt match,
    void *data);
static void ngx_rtalpha_reg_copy_state(const ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_state_t *st);


ngx_int_t
ngx_rtalpha_reg_copies_init(ngx_rtalpha_reg_copies_t *c, ngx_pool_t *pool,
    ngx_uint_t max, size_t size)
{
    c->n = 0;
    c->max = max;

    c->copies = ngx_palloc(pool, max * sizeof(ngx_rtalpha_reg_copy_t));
    c->pos = ngx_palloc(pool, size);

    if (c->copies == NULL || c->pos == NULL) {
        return NGX_ERROR;
    }

    c->last = c->pos + size;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_copies_add(ngx_rtalpha_reg_copies_t *c,
    const ngx_rtalpha_reg_inst_t *inst)
{
    size_t                   size;
    ngx_rtalpha_reg_copy_t  *copy;

    size = inst->app->len + inst->id_len;

    if (inst->blob == NULL) {
        size += inst->doc_len;
    }

    if (c->n == c->max || size > (size_t) (c->last - c->pos)) {
        return NGX_AGAIN;
    }

    copy = &c->copies[c->n];

    copy->pin = NULL;
    copy->seq = inst->seq;
    ngx_rtalpha_reg_copy_state(inst, &copy->state);

    if (inst->blob) {
        copy->pin = ngx_rtalpha_blob_pin(inst->blob);
        if (copy->pin == NULL) {
            return NGX_AGAIN;
        }

        ngx_str_null(&copy->doc);

    } else {
        copy->doc.data = c->pos;
        copy->doc.len = inst->doc_len;
        c->pos = ngx_cpymem(c->pos, inst->data + inst->doc_off,
                            inst->doc_len);
    }

    copy->app.data = c->pos;
    copy->app.len = inst->app->len;
    c->pos = ngx_cpymem(c->pos, inst->app->name, inst->app->len);

    copy->id.data = c->pos;
    copy->id.len = inst->id_len;
    c->pos = ngx_cpymem(c->pos, inst->data + inst->id_off, inst->id_len);

    c->n++;

    return NGX_OK;
}


/*
 * The time of the last renewal is kept on the monotonic clock.  With the
 * Java server's doubled leases it is shown as that server shows it: as much
 * in the future as the lease is long.
 */

static void
ngx_rtalpha_reg_copy_state(const ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_state_t *st)
{
    *st = inst->state;

    st->renewed = inst->beat + ngx_rtalpha_reg_root->offset;

    if (ngx_rtalpha_reg_conf.double_lease
        && (inst->flags & NGX_RTALPHA_REG_INST_RENEWED))
    {
        st->renewed += (uint64_t) st->lease * 1000;
    }
}


ngx_int_t
ngx_rtalpha_reg_copies_settle(ngx_rtalpha_reg_copies_t *c, ngx_pool_t *pool)
{
    ngx_int_t                rc;
    ngx_str_t                bytes;
    ngx_uint_t               i;
    ngx_rtalpha_reg_copy_t  *copy;

    rc = NGX_OK;

    for (i = 0; i < c->n; i++) {
        copy = &c->copies[i];

        if (copy->pin == NULL) {
            continue;
        }

        if (rc == NGX_OK
            && ngx_rtalpha_blob_flat(pool, ngx_rtalpha_blob_of(copy->pin),
                                     &bytes)
               == NGX_OK)
        {
            copy->doc.len = bytes.len;
            copy->doc.data = ngx_pnalloc(pool, bytes.len + 1);
        }

        if (copy->doc.data == NULL) {
            rc = NGX_ERROR;

        } else {
            ngx_memcpy(copy->doc.data, bytes.data, bytes.len);
        }

        ngx_rtalpha_blob_unpin(copy->pin);
        copy->pin = NULL;
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_reg_copies_walk(ngx_rtalpha_reg_copies_t *c,
    ngx_rtalpha_reg_place_t *place, ngx_rtalpha_reg_match_pt match,
    void *data)
{
    u_char                  *pos;
    ngx_int_t                rc;
    ngx_uint_t               n, left;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    rc = NGX_OK;

    ngx_rtalpha_zone_lock();

    for (left = NGX_RTALPHA_REG_COPY_BUCKETS;
         place->bucket < root->insts.buckets;
         place->bucket++)
    {
        if (left-- == 0) {
            rc = NGX_AGAIN;
            break;
        }

        n = c->n;
        pos = c->pos;

        rc = ngx_rtalpha_reg_copy_bucket(c, place, match, data);

        if (rc == NGX_OK) {
            place->skip = 0;
            continue;
        }

        /*
         * A chain that does not fit is copied whole next time: what leaves
         * it meanwhile would move the others to where they are not seen.
         */

        if (n) {
            place->skip = 0;

            while (c->n > n) {
                if (c->copies[--c->n].pin) {
                    ngx_rtalpha_blob_unpin_locked(c->copies[c->n].pin);
                }
            }

            c->pos = pos;
        }

        break;
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


/* NGX_AGAIN: there was no room for all of it; place->skip of it are done */

static ngx_int_t
ngx_rtalpha_reg_copy_bucket(ngx_rtalpha_reg_copies_t *c,
    ngx_rtalpha_reg_place_t *place, ngx_rtalpha_reg_match_pt match,
    void *data)
{
    ngx_uint_t               n;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_inst_t  *inst;

    n = 0;

    for (node = ngx_rtalpha_reg_table_bucket(&ngx_rtalpha_reg_root->insts,
                                             place->bucket);
         node;
         node = node->next)
    {
        if (n++ < place->skip) {
            continue;
        }

        inst = (ngx_rtalpha_reg_inst_t *) node;

        if (inst->piece && (match == NULL || match(data, inst))
            && ngx_rtalpha_reg_copies_add(c, inst) != NGX_OK)
        {
            return NGX_AGAIN;
        }

        place->skip = n;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_store_get(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t hidden, ngx_rtalpha_reg_copy_t *copy)
{
    uint32_t                  hash;
    ngx_int_t                 rc;
    ngx_rtalpha_reg_node_t   *node;
    ngx_rtalpha_reg_inst_t   *inst;
    ngx_rtalpha_reg_copies_t  c;

    if (ngx_rtalpha_reg_copies_init(&c, pool, 1, NGX_RTALPHA_REG_COPY_MAX)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    hash = ngx_rtalpha_reg_store_hash(id);
    rc = NGX_DECLINED;

    ngx_rtalpha_zone_lock();

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->insts,
                                            hash);
         node;
         node = node->next)
    {
        inst = (ngx_rtalpha_reg_inst_t *) node;

        if (node->hash != hash || inst->piece == NULL
            || !ngx_rtalpha_reg_store_same(inst, app, id)
            || (!hidden && ngx_rtalpha_reg_lease_over(inst)))
        {
            continue;
        }

        rc = ngx_rtalpha_reg_copies_add(&c, inst);
        break;
    }

    ngx_rtalpha_zone_unlock();

    if (rc == NGX_OK && ngx_rtalpha_reg_copies_settle(&c, pool) == NGX_OK) {
        *copy = c.copies[0];
        return NGX_OK;
    }

    return rc == NGX_DECLINED ? NGX_DECLINED : NGX_ERROR;
}


/* nobody is counted by anything */

static void
ngx_rtalpha_reg_store_repair_zero(void)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_app_t   *app;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    ngx_memzero(root->counts, sizeof(root->counts));
    root->n = 0;
    root->napps = 0;

    for (i = 0; i < NGX_RTALPHA_REG_ZONES; i++) {
        root->zones[i].n = 0;
    }

    for (i = 0; i < root->sources.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->sources, i);
             node;
             node = node->next)
        {
            ((ngx_rtalpha_reg_source_t *) node)->n = 0;
        }
    }

    for (i = 0; i < root->apps.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->apps, i);
             node;
             node = node->next)
        {
            app = (ngx_rtalpha_reg_app_t *) node;
            app->refs = 0;
            app->n = 0;
        }
    }
}


static void
ngx_rtalpha_reg_store_repair_count(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    inst->app->refs++;

    if (inst->piece == NULL) {
        return;
    }

    if (inst->source) {
        inst->source->n++;
    }

    if (inst->app->n++ == 0) {
        root->napps++;
    }

    root->n++;
    root->zones[inst->zone].n++;
    root->counts[inst->state.status]++;
}


/* what is derived, from the tables; the zone is locked by who asks for it */

void
ngx_rtalpha_reg_store_repair(void)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    if (root == NULL || !root->ready) {
        return;
    }

    ngx_rtalpha_reg_table_repair(&root->insts);
    ngx_rtalpha_reg_table_repair(&root->apps);
    ngx_rtalpha_reg_table_repair(&root->overrides);
    ngx_rtalpha_reg_table_repair(&root->sources);

    ngx_memzero(root->full, sizeof(root->full));
    ngx_memzero(root->delta, sizeof(root->delta));
    root->comma[0] = NULL;
    root->comma[1] = NULL;

    ngx_rtalpha_reg_segment_repair();
    ngx_rtalpha_reg_store_repair_zero();

    for (i = 0; i < root->insts.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->insts, i);
             node;
             node = node->next)
        {
            ngx_rtalpha_reg_store_repair_count((ngx_rtalpha_reg_inst_t *)
                                               node);
        }
    }

    ngx_rtalpha_reg_delta_repair();
    ngx_rtalpha_reg_lease_repair();
    ngx_rtalpha_reg_redis_repair();
}
