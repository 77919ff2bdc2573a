
/*
 * Choosing instances; see the header.  Walks are cut into short sections:
 * over the pieces of one application, or over the buckets of the table.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_path.h"
#include "ngx_rtalpha_reg_select.h"


#define NGX_RTALPHA_REG_SELECT_COPIES  128
#define NGX_RTALPHA_REG_SELECT_SIZE    (128 * 1024)

/* walks over an application that goes on changing, before one that counts */
#define NGX_RTALPHA_REG_SELECT_TRIES   3


typedef struct {
    ngx_pool_t                      *pool;
    const ngx_rtalpha_reg_select_t  *select;
    ngx_array_t                     *copies;
    ngx_rtalpha_reg_copies_t         c;
    uint32_t                         hash;
} ngx_rtalpha_reg_walk_t;


static ngx_int_t ngx_rtalpha_reg_select_app(ngx_rtalpha_reg_walk_t *w,
    uint64_t *seq);
static ngx_int_t ngx_rtalpha_reg_select_all(ngx_rtalpha_reg_walk_t *w,
    uint64_t *seq);
static ngx_uint_t ngx_rtalpha_reg_select_match(void *data,
    const ngx_rtalpha_reg_inst_t *inst);
static ngx_int_t ngx_rtalpha_reg_select_flush(ngx_rtalpha_reg_walk_t *w);
static ngx_uint_t ngx_rtalpha_reg_select_vip(
    const ngx_rtalpha_reg_select_t *select, const ngx_rtalpha_reg_copy_t *c);


ngx_int_t
ngx_rtalpha_reg_select(ngx_pool_t *pool,
    const ngx_rtalpha_reg_select_t *select, ngx_array_t *copies,
    uint64_t *seq)
{
    ngx_rtalpha_reg_walk_t  w;

    ngx_memzero(&w, sizeof(ngx_rtalpha_reg_walk_t));

    w.pool = pool;
    w.select = select;
    w.copies = copies;

    if (ngx_rtalpha_reg_copies_init(&w.c, pool, NGX_RTALPHA_REG_SELECT_COPIES,
                                    NGX_RTALPHA_REG_SELECT_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (select->app.data) {
        return ngx_rtalpha_reg_select_app(&w, seq);
    }

    if (select->vip.data) {
        w.hash = ngx_rtalpha_reg_store_hash(&select->vip);
    }

    return ngx_rtalpha_reg_select_all(&w, seq);
}


/*
 * The place in a walk is the number of instances that have been seen: when
 * the application has changed between two sections, it begins anew, but for
 * the last try.
 */

static ngx_int_t
ngx_rtalpha_reg_select_app(ngx_rtalpha_reg_walk_t *w, uint64_t *seq)
{
    uint32_t                  hash;
    ngx_int_t                 rc;
    ngx_uint_t                seen, n, tries;
    ngx_rtalpha_reg_app_t    *app;
    ngx_rtalpha_reg_inst_t   *inst;
    ngx_rtalpha_reg_piece_t  *piece;

    hash = ngx_rtalpha_reg_store_hash(&w->select->app);
    tries = 0;
    seen = 0;
    *seq = 0;

    do {
        rc = NGX_OK;
        n = 0;

        ngx_rtalpha_zone_lock();

        app = ngx_rtalpha_reg_app_find(&w->select->app, hash);

        if (app == NULL || app->n == 0) {
            *seq = app ? app->seq : 0;
            ngx_rtalpha_zone_unlock();
            return app ? NGX_DONE : NGX_DECLINED;
        }

        if (seen && app->seq != *seq
            && ++tries < NGX_RTALPHA_REG_SELECT_TRIES)
        {
            seen = 0;
            w->copies->nelts = 0;
        }

        *seq = app->seq;

        for (piece = app->pieces; piece && rc == NGX_OK; piece = piece->next)
        {
            if (n + piece->n <= seen) {
                n += piece->n;
                continue;
            }

            for (inst = piece->first; inst; inst = inst->next) {

                if (n++ < seen) {
                    continue;
                }

                if (!ngx_rtalpha_reg_select_match(w, inst)) {
                    seen++;
                    continue;
                }

                if (ngx_rtalpha_reg_copies_add(&w->c, inst) != NGX_OK) {
                    rc = NGX_AGAIN;
                    break;
                }

                seen++;
            }
        }

        ngx_rtalpha_zone_unlock();

        if (ngx_rtalpha_reg_select_flush(w) != NGX_OK) {
            return NGX_ERROR;
        }

    } while (rc == NGX_AGAIN);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_select_all(ngx_rtalpha_reg_walk_t *w, uint64_t *seq)
{
    ngx_int_t                rc;
    ngx_rtalpha_reg_place_t  place;

    ngx_memzero(&place, sizeof(ngx_rtalpha_reg_place_t));

    do {
        *seq = ngx_rtalpha_reg_root->seq;

        rc = ngx_rtalpha_reg_copies_walk(&w->c, &place,
                                         ngx_rtalpha_reg_select_match, w);

        if (ngx_rtalpha_reg_select_flush(w) != NGX_OK) {
            return NGX_ERROR;
        }

        if (w->select->limit && w->copies->nelts >= w->select->limit) {
            break;
        }

    } while (rc == NGX_AGAIN);

    return NGX_OK;
}


/* what can be told without its document; with the zone locked */

static ngx_uint_t
ngx_rtalpha_reg_select_match(void *data, const ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_walk_t *w = data;

    ngx_str_t                        s;
    const ngx_rtalpha_reg_zone_t    *zone;
    const ngx_rtalpha_reg_select_t  *select;

    select = w->select;

    if (select->usable) {
        return inst->state.status == NGX_RTALPHA_REG_UP;
    }

    if (select->status != NGX_RTALPHA_REG_NONE
        && inst->state.status != select->status)
    {
        return 0;
    }

    if (select->vip.data) {
        return (inst->flags & NGX_RTALPHA_REG_INST_VIPS)
               || (select->secure ? inst->svip_hash : inst->vip_hash)
                  == w->hash;
    }

    if (select->zone.data) {
        zone = &ngx_rtalpha_reg_root->zones[inst->zone];

        if (zone->len != select->zone.len
            || ngx_memcmp(zone->name, select->zone.data, zone->len) != 0)
        {
            return 0;
        }
    }

    if (select->apps.data) {
        s.data = inst->app->name;
        s.len = inst->app->len;

        return ngx_rtalpha_reg_path_listed(&select->apps, &s);
    }

    return 1;
}


/* brings the copies over to the result, and makes room for more */

static ngx_int_t
ngx_rtalpha_reg_select_flush(ngx_rtalpha_reg_walk_t *w)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_copy_t  *copy;

    if (w->c.n == 0) {
        return NGX_OK;
    }

    if (ngx_rtalpha_reg_copies_settle(&w->c, w->pool) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < w->c.n; i++) {

        if (w->select->vip.data
            && !ngx_rtalpha_reg_select_vip(w->select, &w->c.copies[i]))
        {
            continue;
        }

        copy = ngx_array_push(w->copies);
        if (copy == NULL) {
            return NGX_ERROR;
        }

        *copy = w->c.copies[i];
    }

    return ngx_rtalpha_reg_copies_init(&w->c, w->pool,
                                       NGX_RTALPHA_REG_SELECT_COPIES,
                                       NGX_RTALPHA_REG_SELECT_SIZE);
}


/* the address is split at commas, without trimming */

static ngx_uint_t
ngx_rtalpha_reg_select_vip(const ngx_rtalpha_reg_select_t *select,
    const ngx_rtalpha_reg_copy_t *copy)
{
    ngx_rtalpha_reg_doc_t  doc;

    if (ngx_rtalpha_reg_doc_unpack(copy->doc.data, copy->doc.len, &doc)
        != NGX_OK)
    {
        return 0;
    }

    return ngx_rtalpha_reg_path_listed(
               &doc.text[select->secure ? NGX_RTALPHA_REG_TEXT_VIPS
                                        : NGX_RTALPHA_REG_TEXT_VIP],
               &select->vip);
}


uint64_t
ngx_rtalpha_reg_select_version(const ngx_str_t *name)
{
    uint32_t                hash;
    uint64_t                seq;
    ngx_rtalpha_reg_app_t  *app;

    hash = ngx_rtalpha_reg_store_hash(name);

    ngx_rtalpha_zone_lock();
    app = ngx_rtalpha_reg_app_find(name, hash);
    seq = app ? app->seq : 0;
    ngx_rtalpha_zone_unlock();

    return seq;
}


ngx_int_t
ngx_rtalpha_reg_select_names(ngx_pool_t *pool, ngx_array_t *names)
{
    u_char                  *buf, *p;
    size_t                   size;
    ngx_str_t               *name;
    ngx_uint_t               bucket, left, more;
    ngx_rtalpha_reg_app_t   *app;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    bucket = 0;

    do {
        size = 64 * 1024;
        buf = ngx_pnalloc(pool, size);
        if (buf == NULL) {
            return NGX_ERROR;
        }

        p = buf;
        more = 0;
        left = 64;

        ngx_rtalpha_zone_lock();

        for ( /* void */ ; bucket < root->apps.buckets; bucket++, left--) {

            if (left == 0 || (size_t) (p - buf) > size / 2) {
                more = 1;
                break;
            }

            for (node = ngx_rtalpha_reg_table_bucket(&root->apps, bucket);
                 node;
                 node = node->next)
            {
                app = (ngx_rtalpha_reg_app_t *) node;

                if (app->n == 0 || (size_t) (buf + size - p) < app->len) {
                    continue;
                }

                name = ngx_array_push(names);

                if (name) {
                    name->data = p;
                    name->len = app->len;
                    p = ngx_cpymem(p, app->name, app->len);
                }
            }
        }

        ngx_rtalpha_zone_unlock();

    } while (more);

    return NGX_OK;
}
