
/*
 * Choosing instances; see the header.  Walks are cut into short sections:
 * over the pieces of one application, or over the buckets of the table.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_path.h"
#include "ngx_rtalpha_reg_select.h"


#define NGX_RTALPHA_REG_SELECT_COPIES  32
#define NGX_RTALPHA_REG_SELECT_SIZE    (64 * 1024)

/* instances of an application looked at in one section */
#define NGX_RTALPHA_REG_SELECT_LOOK    128

/* walks over an application that goes on changing, before one that counts */
#define NGX_RTALPHA_REG_SELECT_TRIES   3

/* walks over one that goes on losing whole pieces */
#define NGX_RTALPHA_REG_SELECT_LIMIT   16


typedef struct {
    ngx_pool_t                      *pool;
    const ngx_rtalpha_reg_select_t  *select;
    ngx_array_t                     *copies;
    ngx_rtalpha_reg_copies_t         c;
    uint32_t                         hash;

    /* within an application */
    ngx_rtalpha_reg_piece_t         *piece;
    ngx_uint_t                       seen;      /* of the piece */
    uint64_t                         epoch;     /* of all pieces */
} ngx_rtalpha_reg_walk_t;


static ngx_int_t ngx_rtalpha_reg_select_app(ngx_rtalpha_reg_walk_t *w,
    uint64_t *seq);
static ngx_int_t ngx_rtalpha_reg_select_pieces(ngx_rtalpha_reg_walk_t *w);
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
 * When the application has changed between two sections the walk begins
 * anew, but for the last try, which goes on where it was.
 */

static ngx_int_t
ngx_rtalpha_reg_select_app(ngx_rtalpha_reg_walk_t *w, uint64_t *seq)
{
    uint32_t                hash;
    ngx_int_t               rc;
    ngx_uint_t              tries;
    ngx_rtalpha_reg_app_t  *app;

    hash = ngx_rtalpha_reg_store_hash(&w->select->app);
    tries = 0;
    *seq = 0;

    do {
        ngx_rtalpha_zone_lock();

        app = ngx_rtalpha_reg_app_find(&w->select->app, hash);

        if (app == NULL || app->n == 0) {
            *seq = app ? app->seq : 0;
            ngx_rtalpha_zone_unlock();
            return app ? NGX_DONE : NGX_DECLINED;
        }

        if (w->piece
            && (w->epoch != ngx_rtalpha_reg_root->piece_epoch
                || (app->seq != *seq
                    && tries < NGX_RTALPHA_REG_SELECT_TRIES)))
        {
            w->piece = NULL;
            w->copies->nelts = 0;

            if (++tries == NGX_RTALPHA_REG_SELECT_LIMIT) {
                ngx_rtalpha_zone_unlock();
                return NGX_BUSY;
            }
        }

        if (w->piece == NULL) {
            w->piece = app->pieces;
            w->seen = 0;
            w->epoch = ngx_rtalpha_reg_root->piece_epoch;
        }

        *seq = app->seq;
        rc = ngx_rtalpha_reg_select_pieces(w);

        ngx_rtalpha_zone_unlock();

        if (ngx_rtalpha_reg_select_flush(w) != NGX_OK) {
            return NGX_ERROR;
        }

    } while (rc == NGX_AGAIN);

    return NGX_OK;
}


/* one section, from the seen-th instance of a piece on */

static ngx_int_t
ngx_rtalpha_reg_select_pieces(ngx_rtalpha_reg_walk_t *w)
{
    ngx_uint_t               n, left;
    ngx_rtalpha_reg_inst_t  *inst;

    left = NGX_RTALPHA_REG_SELECT_LOOK;

    for ( /* void */ ; w->piece; w->piece = w->piece->next) {

        n = 0;

        for (inst = w->piece->first; inst; inst = inst->next) {

            if (n++ < w->seen) {
                continue;
            }

            if (left-- == 0
                || (ngx_rtalpha_reg_select_match(w, inst)
                    && ngx_rtalpha_reg_copies_add(&w->c, inst) != NGX_OK))
            {
                return NGX_AGAIN;
            }

            w->seen++;
        }

        w->seen = 0;
    }

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
