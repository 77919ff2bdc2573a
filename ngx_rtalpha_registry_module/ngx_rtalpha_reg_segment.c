
/*
 * Segments: what full answers are made of.
 *
 * A segment is about 64 KB of text: some small applications, or one piece of
 * a large one.  A change marks one segment, whatever the number of instances
 * and whatever their applications' sizes.  An answer can have only so many
 * parts: when there are too many segments, the size they grow to doubles.
 *
 * Small applications move between segments by moving their one piece; the
 * instances in it are not touched.
 */


#include "ngx_rtalpha_reg_root.h"


#define NGX_RTALPHA_REG_SEG_MAX      1900
#define NGX_RTALPHA_REG_SEG_STEP     12
#define NGX_RTALPHA_REG_SEG_SHED     16     /* looked at in one go */
#define NGX_RTALPHA_REG_SEG_WIDEN    64     /* likewise */
#define NGX_RTALPHA_REG_SEG_LARGEST  (16 * 1024 * 1024)

/* text of an instance beyond its packed document */
#define NGX_RTALPHA_REG_SEG_EXTRA    650


static ngx_rtalpha_reg_seg_t *ngx_rtalpha_reg_segment_create(
    ngx_rtalpha_reg_seg_t *after);
static void ngx_rtalpha_reg_segment_free(ngx_rtalpha_reg_seg_t *seg);
static ngx_uint_t ngx_rtalpha_reg_segment_bare(ngx_rtalpha_reg_seg_t *seg);
static void ngx_rtalpha_reg_segment_room(ngx_rtalpha_reg_seg_t *seg);
static ngx_rtalpha_reg_piece_t *ngx_rtalpha_reg_piece_create(
    ngx_rtalpha_reg_app_t *app, ngx_rtalpha_reg_seg_t *seg);
static void ngx_rtalpha_reg_piece_free(ngx_rtalpha_reg_piece_t *piece);
static void ngx_rtalpha_reg_piece_put(ngx_rtalpha_reg_piece_t *piece,
    ngx_rtalpha_reg_seg_t *seg);
static void ngx_rtalpha_reg_piece_take(ngx_rtalpha_reg_piece_t *piece);
static ngx_rtalpha_reg_piece_t *ngx_rtalpha_reg_piece_for(
    ngx_rtalpha_reg_app_t *app);
static ngx_rtalpha_reg_piece_t *ngx_rtalpha_reg_piece_outgrow(
    ngx_rtalpha_reg_piece_t *piece);


static uint32_t
ngx_rtalpha_reg_segment_text(const ngx_rtalpha_reg_inst_t *inst)
{
    return inst->doc_len + NGX_RTALPHA_REG_SEG_EXTRA;
}


ngx_int_t
ngx_rtalpha_reg_segment_add(ngx_rtalpha_reg_inst_t *inst)
{
    uint32_t                  text;
    ngx_uint_t                left;
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_piece_t  *piece;

    root = ngx_rtalpha_reg_root;

    for (left = NGX_RTALPHA_REG_SEG_WIDEN; left && root->widen; left--) {
        ngx_rtalpha_reg_segment_room(root->widen);
        root->widen = root->widen->next;
    }

    piece = ngx_rtalpha_reg_piece_for(inst->app);
    if (piece == NULL) {
        return NGX_ERROR;
    }

    inst->next = NULL;
    inst->prev = piece->last;

    if (piece->last) {
        piece->last->next = inst;

    } else {
        piece->first = inst;
    }

    piece->last = inst;
    inst->piece = piece;

    text = ngx_rtalpha_reg_segment_text(inst);
    piece->n++;
    piece->bytes += text;
    piece->seg->n++;
    piece->seg->bytes += text;

    ngx_rtalpha_reg_segment_room(piece->seg);

    return NGX_OK;
}


void
ngx_rtalpha_reg_segment_remove(ngx_rtalpha_reg_inst_t *inst)
{
    uint32_t                  text;
    ngx_rtalpha_reg_seg_t    *seg;
    ngx_rtalpha_reg_piece_t  *piece;

    piece = inst->piece;
    seg = piece->seg;

    if (inst->prev) {
        inst->prev->next = inst->next;

    } else {
        piece->first = inst->next;
    }

    if (inst->next) {
        inst->next->prev = inst->prev;

    } else {
        piece->last = inst->prev;
    }

    inst->piece = NULL;

    text = ngx_rtalpha_reg_segment_text(inst);
    piece->n--;
    piece->bytes -= text;
    seg->n--;
    seg->bytes -= text;

    /* the change that comes next does not find the segment any more */

    seg->seq = ngx_rtalpha_reg_root->seq + 1;

    if (piece->n == 0) {
        ngx_rtalpha_reg_piece_free(piece);

    } else {
        piece->app->fill = piece;
        ngx_rtalpha_reg_segment_room(seg);
    }
}


void
ngx_rtalpha_reg_segment_replace(ngx_rtalpha_reg_inst_t *old,
    ngx_rtalpha_reg_inst_t *inst)
{
    uint32_t                  before, after;
    ngx_rtalpha_reg_piece_t  *piece;

    piece = old->piece;

    inst->piece = piece;
    inst->next = old->next;
    inst->prev = old->prev;

    if (inst->prev) {
        inst->prev->next = inst;

    } else {
        piece->first = inst;
    }

    if (inst->next) {
        inst->next->prev = inst;

    } else {
        piece->last = inst;
    }

    before = ngx_rtalpha_reg_segment_text(old);
    after = ngx_rtalpha_reg_segment_text(inst);

    piece->bytes += after - before;
    piece->seg->bytes += after - before;
}


/* the piece that one more instance of the application goes into */

static ngx_rtalpha_reg_piece_t *
ngx_rtalpha_reg_piece_for(ngx_rtalpha_reg_app_t *app)
{
    ngx_rtalpha_reg_seg_t    *seg;
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_piece_t  *piece;

    root = ngx_rtalpha_reg_root;
    piece = app->last;

    if (piece == NULL) {
        seg = root->room;

        if (seg == NULL) {
            seg = ngx_rtalpha_reg_segment_create(NULL);
            if (seg == NULL) {
                return NULL;
            }
        }

        return ngx_rtalpha_reg_piece_create(app, seg);
    }

    /* holes, and what a larger size makes of full ones, are filled first */

    if (app->fill == NULL || app->target != root->seg_target) {
        app->fill = app->pieces;
        app->target = root->seg_target;
    }

    while (app->fill->seg->bytes >= root->seg_target && app->fill->next) {
        app->fill = app->fill->next;
    }

    if (app->fill->seg->bytes < root->seg_target) {
        return app->fill;
    }

    if (!piece->seg->alone) {
        return ngx_rtalpha_reg_piece_outgrow(piece);
    }

    seg = ngx_rtalpha_reg_segment_create(piece->seg);
    if (seg == NULL) {
        return NULL;
    }

    seg->alone = 1;

    return ngx_rtalpha_reg_piece_create(app, seg);
}


/*
 * The segment of a small application is full: it moves to another one, or
 * to one of its own when it is large itself.
 */

static ngx_rtalpha_reg_piece_t *
ngx_rtalpha_reg_piece_outgrow(ngx_rtalpha_reg_piece_t *piece)
{
    ngx_uint_t               alone;
    ngx_rtalpha_reg_seg_t   *seg, *old;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    old = piece->seg;
    alone = piece->bytes > root->seg_target / 2;

    if (old->pieces == piece && piece->seg_next == NULL) {
        old->alone = 1;
        ngx_rtalpha_reg_segment_room(old);

        seg = ngx_rtalpha_reg_segment_create(old);
        if (seg == NULL) {
            return NULL;
        }

        seg->alone = 1;

        return ngx_rtalpha_reg_piece_create(piece->app, seg);
    }

    seg = alone ? NULL : root->room;

    if (seg == NULL) {
        seg = ngx_rtalpha_reg_segment_create(NULL);
        if (seg == NULL) {
            return NULL;
        }

        seg->alone = alone;
    }

    ngx_rtalpha_reg_piece_take(piece);
    old->seq = root->seq + 1;
    root->seg_epoch++;
    ngx_rtalpha_reg_piece_put(piece, seg);
    ngx_rtalpha_reg_segment_room(old);
    ngx_rtalpha_reg_segment_room(seg);

    return piece;
}


static ngx_rtalpha_reg_piece_t *
ngx_rtalpha_reg_piece_create(ngx_rtalpha_reg_app_t *app,
    ngx_rtalpha_reg_seg_t *seg)
{
    ngx_rtalpha_reg_piece_t  *piece;

    piece = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_reg_piece_t));

    if (piece == NULL) {
        if (seg->pieces == NULL) {
            ngx_rtalpha_reg_segment_free(seg);
        }

        return NULL;
    }

    piece->app = app;
    piece->prev = app->last;

    if (app->last) {
        app->last->next = piece;

    } else {
        app->pieces = piece;
    }

    app->last = piece;

    ngx_rtalpha_reg_piece_put(piece, seg);

    return piece;
}


static void
ngx_rtalpha_reg_piece_free(ngx_rtalpha_reg_piece_t *piece)
{
    ngx_rtalpha_reg_app_t  *app;
    ngx_rtalpha_reg_seg_t  *seg;

    app = piece->app;
    seg = piece->seg;

    if (piece->prev) {
        piece->prev->next = piece->next;

    } else {
        app->pieces = piece->next;
    }

    if (piece->next) {
        piece->next->prev = piece->prev;

    } else {
        app->last = piece->prev;
    }

    app->fill = app->pieces;

    ngx_rtalpha_reg_root->piece_epoch++;
    ngx_rtalpha_reg_piece_take(piece);
    ngx_rtalpha_zone_free(piece);

    if (seg->pieces == NULL) {
        ngx_rtalpha_reg_segment_free(seg);

    } else {
        ngx_rtalpha_reg_segment_room(seg);
    }
}


static void
ngx_rtalpha_reg_piece_put(ngx_rtalpha_reg_piece_t *piece,
    ngx_rtalpha_reg_seg_t *seg)
{
    piece->seg = seg;
    piece->seg_next = NULL;
    piece->seg_prev = seg->last;

    if (seg->last) {
        seg->last->seg_next = piece;

    } else {
        seg->pieces = piece;
    }

    seg->last = piece;
    seg->n += piece->n;
    seg->bytes += piece->bytes;
}


static void
ngx_rtalpha_reg_piece_take(ngx_rtalpha_reg_piece_t *piece)
{
    ngx_rtalpha_reg_seg_t  *seg;

    seg = piece->seg;

    if (piece->seg_prev) {
        piece->seg_prev->seg_next = piece->seg_next;

    } else {
        seg->pieces = piece->seg_next;
    }

    if (piece->seg_next) {
        piece->seg_next->seg_prev = piece->seg_prev;

    } else {
        seg->last = piece->seg_prev;
    }

    seg->n -= piece->n;
    seg->bytes -= piece->bytes;
}


/* after another one, whose application goes on in it, or at the end */

static ngx_rtalpha_reg_seg_t *
ngx_rtalpha_reg_segment_create(ngx_rtalpha_reg_seg_t *after)
{
    ngx_rtalpha_reg_seg_t   *seg;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    seg = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_reg_seg_t));
    if (seg == NULL) {
        return NULL;
    }

    seg->id = ++root->seg_id;
    seg->seq = root->seq + 1;

    seg->prev = after ? after : root->segs_last;
    seg->next = after ? after->next : NULL;

    if (seg->prev) {
        seg->prev->next = seg;

    } else {
        root->segs = seg;
    }

    if (seg->next) {
        seg->next->prev = seg;

    } else {
        root->segs_last = seg;
    }

    root->nsegs++;
    root->seg_epoch++;

    if (root->nsegs > NGX_RTALPHA_REG_SEG_MAX + root->seg_max
        && root->seg_target < NGX_RTALPHA_REG_SEG_LARGEST)
    {
        root->seg_target *= 2;
        root->seg_max += NGX_RTALPHA_REG_SEG_STEP;

        root->widen = root->segs;
    }

    return seg;
}


static void
ngx_rtalpha_reg_segment_free(ngx_rtalpha_reg_seg_t *seg)
{
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    seg->alone = 1;
    ngx_rtalpha_reg_segment_room(seg);

    if (root->shed == seg) {
        root->shed = seg->next;
    }

    if (root->widen == seg) {
        root->widen = seg->next;
    }

    if (seg->prev) {
        seg->prev->next = seg->next;

    } else {
        root->segs = seg->next;
    }

    if (seg->next) {
        seg->next->prev = seg->prev;

    } else {
        root->segs_last = seg->prev;
    }

    ngx_rtalpha_reg_segment_bare(seg);

    root->nsegs--;
    root->seg_epoch++;
    ngx_rtalpha_zone_free(seg);
}


/* returns how many forms it gave up */

static ngx_uint_t
ngx_rtalpha_reg_segment_bare(ngx_rtalpha_reg_seg_t *seg)
{
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < NGX_RTALPHA_REG_FORMS; i++) {
        if (seg->forms[i].blob) {
            ngx_rtalpha_blob_drop(seg->forms[i].blob);
            seg->forms[i].blob = NULL;
            n++;
        }
    }

    return n;
}


/* whole answers hold segments' forms: they go first */

void
ngx_rtalpha_reg_segment_shed(void)
{
    ngx_uint_t               i, n, left;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    for (i = 0; i < NGX_RTALPHA_REG_FORMS; i++) {
        ngx_rtalpha_reg_full_drop(&root->full[i]);
        ngx_rtalpha_reg_full_drop(&root->delta[i]);
    }

    n = 0;

    for (left = NGX_RTALPHA_REG_SEG_SHED; left && n == 0; left--) {

        if (root->shed == NULL) {
            root->shed = root->segs;

            if (root->shed == NULL) {
                return;
            }
        }

        n = ngx_rtalpha_reg_segment_bare(root->shed);
        root->shed = root->shed->next;
    }

    root->nshed += n;
}


/* in or out of the list of segments with room for small applications */

static void
ngx_rtalpha_reg_segment_room(ngx_rtalpha_reg_seg_t *seg)
{
    ngx_uint_t               room;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    room = !seg->alone && seg->bytes < root->seg_target - root->seg_target / 8;

    if (room == seg->room) {
        return;
    }

    seg->room = (uint32_t) room;

    if (room) {
        seg->room_prev = NULL;
        seg->room_next = root->room;

        if (root->room) {
            root->room->room_prev = seg;
        }

        root->room = seg;
        return;
    }

    if (seg->room_prev) {
        seg->room_prev->room_next = seg->room_next;

    } else {
        root->room = seg->room_next;
    }

    if (seg->room_next) {
        seg->room_next->room_prev = seg->room_prev;
    }
}


/*
 * From the table alone.  Old pieces and segments are given up, with the
 * bytes they hold: what is torn cannot be freed.
 */

void
ngx_rtalpha_reg_segment_repair(void)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_app_t   *app;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_inst_t  *inst;

    root = ngx_rtalpha_reg_root;

    root->segs = NULL;
    root->segs_last = NULL;
    root->room = NULL;
    root->shed = NULL;
    root->widen = NULL;
    root->nsegs = 0;
    root->seg_epoch++;

    for (i = 0; i < root->apps.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->apps, i);
             node;
             node = node->next)
        {
            app = (ngx_rtalpha_reg_app_t *) node;
            app->pieces = NULL;
            app->last = NULL;
            app->fill = NULL;
        }
    }

    for (i = 0; i < root->insts.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->insts, i);
             node;
             node = node->next)
        {
            inst = (ngx_rtalpha_reg_inst_t *) node;
            inst->piece = NULL;

            if (inst->state.action == NGX_RTALPHA_REG_DELETED) {
                continue;
            }

            if (ngx_rtalpha_reg_segment_add(inst) != NGX_OK) {

                /* no memory even for this: it is gone, and will come back
                 * with its client's next heartbeat */

                inst->state.action = NGX_RTALPHA_REG_DELETED;
            }
        }
    }
}
