
/*
 * Segments out of the zone; see the header.
 *
 * A segment is copied in sections of some instances.  Whatever changes in it
 * between two of them moves its number, and the copying begins anew.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_gzip.h"
#include "ngx_rtalpha_reg_take.h"


#define NGX_RTALPHA_REG_TAKE_TEXT   ((size_t) 1024 * 1024 * 1024)

/* instances in one section; attempts before all are copied in one */
#define NGX_RTALPHA_REG_TAKE_SLICE  16
#define NGX_RTALPHA_REG_TAKE_TRIES  3

/* segments looked at in one section */
#define NGX_RTALPHA_REG_TAKE_LOOK   256

/* bytes for a document, its names and a bit, beyond the segment's text */
#define NGX_RTALPHA_REG_TAKE_EACH   2048


static ngx_rtalpha_reg_seg_t *ngx_rtalpha_reg_take_next(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken, ngx_uint_t *more);
static ngx_int_t ngx_rtalpha_reg_take_begin(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken);
static ngx_int_t ngx_rtalpha_reg_take_all(ngx_rtalpha_reg_taken_t *taken,
    ngx_uint_t slice);
static ngx_int_t ngx_rtalpha_reg_take_piece(ngx_rtalpha_reg_taken_t *taken);
static ngx_int_t ngx_rtalpha_reg_take_copy(ngx_rtalpha_reg_piece_t **piece,
    ngx_rtalpha_reg_inst_t **inst, ngx_uint_t one, ngx_uint_t slice);
static void ngx_rtalpha_reg_take_forget(void);
static ngx_int_t ngx_rtalpha_reg_take_edge(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_text_t *text);
static ngx_int_t ngx_rtalpha_reg_take_room(ngx_uint_t max, size_t size);


static ngx_pool_t                *ngx_rtalpha_reg_take_pool;
static ngx_rtalpha_reg_copies_t   ngx_rtalpha_reg_take_copies;
static void                      *ngx_rtalpha_reg_take_memory;
static size_t                     ngx_rtalpha_reg_take_size;
static ngx_rtalpha_out_t          ngx_rtalpha_reg_take_out;
static ngx_rtalpha_out_t          ngx_rtalpha_reg_take_zout;
static ngx_rtalpha_reg_gzip_t    *ngx_rtalpha_reg_take_z;


ngx_int_t
ngx_rtalpha_reg_take_init(ngx_cycle_t *cycle)
{
    ngx_pool_t  *pool;

    pool = ngx_create_pool(4096, cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_take_pool = pool;
    ngx_rtalpha_reg_take_z = ngx_rtalpha_reg_gzip_create(pool);

    if (ngx_rtalpha_reg_take_z == NULL
        || ngx_rtalpha_out_init(&ngx_rtalpha_reg_take_out, pool, 65536,
                                NGX_RTALPHA_REG_TAKE_TEXT)
           != NGX_OK
        || ngx_rtalpha_out_init(&ngx_rtalpha_reg_take_zout, pool, 16384,
                                NGX_RTALPHA_REG_TAKE_TEXT)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_rtalpha_reg_take_exit(void)
{
    if (ngx_rtalpha_reg_take_z) {
        ngx_rtalpha_reg_gzip_destroy(ngx_rtalpha_reg_take_z);
        ngx_rtalpha_reg_take_z = NULL;
    }

    if (ngx_rtalpha_reg_take_memory) {
        ngx_free(ngx_rtalpha_reg_take_memory);
        ngx_rtalpha_reg_take_memory = NULL;
    }

    if (ngx_rtalpha_reg_take_pool) {
        ngx_destroy_pool(ngx_rtalpha_reg_take_pool);
        ngx_rtalpha_reg_take_pool = NULL;
    }
}


uint64_t
ngx_rtalpha_reg_take_usec(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}


uint32_t
ngx_rtalpha_reg_segment_edges(const ngx_rtalpha_reg_seg_t *seg)
{
    uint32_t                        edges;
    const ngx_rtalpha_reg_piece_t  *piece;

    if (!seg->alone) {
        return NGX_RTALPHA_REG_OPEN | NGX_RTALPHA_REG_CLOSE;
    }

    edges = 0;
    piece = seg->pieces;

    if (piece->prev == NULL) {
        edges |= NGX_RTALPHA_REG_OPEN;
    }

    if (piece->next == NULL) {
        edges |= NGX_RTALPHA_REG_CLOSE;
    }

    return edges;
}


ngx_int_t
ngx_rtalpha_reg_take(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken)
{
    ngx_int_t   rc;
    ngx_uint_t  tries;

    for (tries = 0; /* void */ ; tries++) {
        rc = taken->app.len ? ngx_rtalpha_reg_take_piece(taken)
                            : ngx_rtalpha_reg_take_begin(form, taken);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_reg_take_all(taken,
                                      tries < NGX_RTALPHA_REG_TAKE_TRIES
                                      ? NGX_RTALPHA_REG_TAKE_SLICE
                                      : NGX_MAX_INT_T_VALUE);
        }

        if (rc == NGX_OK || rc == NGX_DONE) {
            return rc;
        }

        ngx_rtalpha_reg_take_forget();

        if (rc == NGX_ERROR || taken->every) {
            return rc;
        }
    }
}


/*
 * With the zone locked: is there memory for n instances whose text has these
 * bytes.  NGX_OK; else the zone is not locked any more: NGX_AGAIN: there is
 * memory now; NGX_ERROR.
 */

static ngx_int_t
ngx_rtalpha_reg_take_fit(ngx_uint_t n, size_t bytes)
{
    size_t                     size;
    ngx_rtalpha_reg_copies_t  *c;

    c = &ngx_rtalpha_reg_take_copies;
    size = bytes + n * NGX_RTALPHA_REG_TAKE_EACH;

    if (c->max >= n && (size_t) (c->last - c->pos) >= size) {
        return NGX_OK;
    }

    ngx_rtalpha_zone_unlock();

    return ngx_rtalpha_reg_take_room(n + n / 2 + 64, size + size / 2)
           == NGX_OK
           ? NGX_AGAIN : NGX_ERROR;
}


/* finds the segment, and memory for it; NGX_OK: the zone is locked */

static ngx_int_t
ngx_rtalpha_reg_take_begin(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken)
{
    ngx_int_t                rc;
    ngx_uint_t               more;
    ngx_rtalpha_reg_seg_t   *seg;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    for ( ;; ) {
        ngx_rtalpha_zone_lock();

        if (taken->every && taken->seg && taken->epoch != root->seg_epoch) {
            ngx_rtalpha_zone_unlock();
            return NGX_AGAIN;
        }

        seg = ngx_rtalpha_reg_take_next(form, taken, &more);

        if (seg == NULL) {
            ngx_rtalpha_zone_unlock();

            if (more) {
                continue;
            }

            return NGX_DONE;
        }

        rc = ngx_rtalpha_reg_take_fit(seg->n, seg->bytes);

        if (rc == NGX_OK) {
            break;
        }

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    taken->seg = seg;
    taken->id = seg->id;
    taken->seq = seg->seq;
    taken->epoch = root->seg_epoch;

    return NGX_OK;
}


/* likewise the next piece of an application */

static ngx_int_t
ngx_rtalpha_reg_take_piece(ngx_rtalpha_reg_taken_t *taken)
{
    uint32_t                  hash;
    ngx_int_t                 rc;
    ngx_rtalpha_reg_app_t    *app;
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_piece_t  *piece;

    root = ngx_rtalpha_reg_root;
    hash = ngx_rtalpha_reg_store_hash(&taken->app);

    for ( ;; ) {
        ngx_rtalpha_zone_lock();

        app = ngx_rtalpha_reg_app_find(&taken->app, hash);

        if (app == NULL || (taken->piece && taken->epoch != root->piece_epoch))
        {
            ngx_rtalpha_zone_unlock();
            return NGX_AGAIN;
        }

        piece = taken->piece ? taken->piece->next : app->pieces;

        if (piece == NULL) {
            ngx_rtalpha_zone_unlock();
            return NGX_DONE;
        }

        rc = ngx_rtalpha_reg_take_fit(piece->n, piece->bytes);

        if (rc == NGX_OK) {
            break;
        }

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    taken->piece = piece;
    taken->seg = piece->seg;
    taken->seq = piece->seg->seq;
    taken->epoch = root->piece_epoch;
    taken->edges = NGX_RTALPHA_REG_ALONE
                   | (piece->prev ? 0 : NGX_RTALPHA_REG_OPEN)
                   | (piece->next ? 0 : NGX_RTALPHA_REG_CLOSE);

    return NGX_OK;
}


/* with the zone locked, which is not at the end; NGX_AGAIN: it has changed */

static ngx_int_t
ngx_rtalpha_reg_take_all(ngx_rtalpha_reg_taken_t *taken, ngx_uint_t slice)
{
    ngx_int_t                 rc;
    ngx_rtalpha_reg_root_t   *root;
    ngx_rtalpha_reg_inst_t   *inst;
    ngx_rtalpha_reg_piece_t  *piece;

    root = ngx_rtalpha_reg_root;
    piece = taken->piece ? taken->piece : taken->seg->pieces;
    inst = piece->first;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_take_copy(&piece, &inst,
                                       taken->piece != NULL, slice);
        ngx_rtalpha_zone_unlock();

        if (rc != NGX_AGAIN) {
            return rc;
        }

        ngx_rtalpha_zone_lock();

        /* what inst points to is good while nothing has changed */

        if (taken->epoch != (taken->piece ? root->piece_epoch
                                          : root->seg_epoch)
            || taken->seq != taken->seg->seq)
        {
            ngx_rtalpha_zone_unlock();
            return NGX_AGAIN;
        }
    }
}


/*
 * With the zone locked: where to go on, or from the beginning.  NULL: there
 * is none, or more are to be looked at in another section.
 */

static ngx_rtalpha_reg_seg_t *
ngx_rtalpha_reg_take_next(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken,
    ngx_uint_t *more)
{
    ngx_uint_t                     left;
    ngx_rtalpha_reg_seg_t         *seg;
    ngx_rtalpha_reg_root_t        *root;
    const ngx_rtalpha_reg_form_t  *f;

    root = ngx_rtalpha_reg_root;
    seg = root->segs;
    *more = 0;

    if (taken->seg && taken->epoch == root->seg_epoch) {
        seg = taken->every ? taken->seg->next : taken->seg;
    }

    for (left = NGX_RTALPHA_REG_TAKE_LOOK; seg; seg = seg->next) {

        if (left-- == 0) {
            taken->seg = seg;
            taken->epoch = root->seg_epoch;
            *more = 1;
            return NULL;
        }

        taken->edges = ngx_rtalpha_reg_segment_edges(seg);
        f = &seg->forms[form];

        if (taken->every || f->blob == NULL || f->seq != seg->seq
            || f->edges != taken->edges)
        {
            break;
        }
    }

    return seg;
}


/* one section; NGX_AGAIN: more are needed */

static ngx_int_t
ngx_rtalpha_reg_take_copy(ngx_rtalpha_reg_piece_t **piece,
    ngx_rtalpha_reg_inst_t **inst, ngx_uint_t one, ngx_uint_t slice)
{
    for ( /* void */ ; slice; slice--) {

        if (ngx_rtalpha_reg_copies_add(&ngx_rtalpha_reg_take_copies, *inst)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        *inst = (*inst)->next;

        if (*inst == NULL) {
            *piece = one ? NULL : (*piece)->seg_next;

            if (*piece == NULL) {
                return NGX_OK;
            }

            *inst = (*piece)->first;
        }
    }

    return NGX_AGAIN;
}


/* copies that are of no use */

static void
ngx_rtalpha_reg_take_forget(void)
{
    ngx_uint_t                 i;
    ngx_rtalpha_reg_copies_t  *c;

    c = &ngx_rtalpha_reg_take_copies;

    for (i = 0; i < c->n; i++) {
        if (c->copies[i].pin) {
            ngx_rtalpha_blob_unpin(c->copies[i].pin);
        }
    }

    ngx_rtalpha_reg_take_room(c->max, 0);
}


/* makes the memory for copies anew if need be, and empty in any case */

static ngx_int_t
ngx_rtalpha_reg_take_room(ngx_uint_t max, size_t size)
{
    size_t                     all;
    ngx_rtalpha_reg_copies_t  *c;

    c = &ngx_rtalpha_reg_take_copies;
    all = max * sizeof(ngx_rtalpha_reg_copy_t) + size;

    if (all > ngx_rtalpha_reg_take_size) {

        if (ngx_rtalpha_reg_take_memory) {
            ngx_free(ngx_rtalpha_reg_take_memory);
        }

        ngx_rtalpha_reg_take_size = 0;
        c->max = 0;

        ngx_rtalpha_reg_take_memory = ngx_alloc(all, ngx_cycle->log);
        if (ngx_rtalpha_reg_take_memory == NULL) {
            return NGX_ERROR;
        }

        ngx_rtalpha_reg_take_size = all;
    }

    c->copies = ngx_rtalpha_reg_take_memory;
    c->n = 0;
    c->max = max;
    c->pos = (u_char *) (c->copies + max);
    c->last = (u_char *) ngx_rtalpha_reg_take_memory
              + ngx_rtalpha_reg_take_size;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_take_text(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken,
    ngx_rtalpha_reg_text_t *text)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_pool_t                *pool;
    ngx_rtalpha_reg_copies_t  *c;

    c = &ngx_rtalpha_reg_take_copies;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(text, sizeof(ngx_rtalpha_reg_text_t));
    rc = ngx_rtalpha_reg_copies_settle(c, pool);

    if (rc == NGX_OK) {
        ngx_rtalpha_out_reset(&ngx_rtalpha_reg_take_out);
        ngx_rtalpha_reg_full_lines(form, c, taken->edges,
                                   &ngx_rtalpha_reg_take_out);
        rc = ngx_rtalpha_out_done(&ngx_rtalpha_reg_take_out, &text->bytes);
    }

    for (i = 0; i < c->n; i++) {
        text->counts[c->copies[i].state.status]++;
    }

    ngx_destroy_pool(pool);
    ngx_rtalpha_reg_take_room(c->max, 0);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    text->raw = text->bytes.len;

    if (form & NGX_RTALPHA_REG_FORM_GZIP) {
        return ngx_rtalpha_reg_take_part(&text->bytes, text);
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_take_part(const ngx_str_t *bytes,
    ngx_rtalpha_reg_text_t *text)
{
    ngx_rtalpha_out_reset(&ngx_rtalpha_reg_take_zout);

    text->raw = bytes->len;

    if (ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_take_z, bytes, 0,
                                  &ngx_rtalpha_reg_take_zout, &text->crc)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_out_done(&ngx_rtalpha_reg_take_zout, &text->bytes);
}


ngx_int_t
ngx_rtalpha_reg_take_gzip(const ngx_str_t *text, ngx_str_t *bytes)
{
    uint32_t   crc;
    ngx_str_t  none;

    ngx_str_null(&none);
    ngx_rtalpha_out_reset(&ngx_rtalpha_reg_take_zout);

    if (ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_take_z, text, 1,
                                  &ngx_rtalpha_reg_take_zout, &crc)
        != NGX_OK
        || ngx_rtalpha_reg_gzip_last(ngx_rtalpha_reg_take_z, &none, crc,
                                     text->len, &ngx_rtalpha_reg_take_zout)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_out_done(&ngx_rtalpha_reg_take_zout, bytes);
}


ngx_int_t
ngx_rtalpha_reg_take_frame(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_text_t *text)
{
    u_char                     buf[NGX_RTALPHA_REG_HASH_LEN];
    ngx_str_t                  hash;
    ngx_rtalpha_reg_render_t   rr;

    static const ngx_str_t  version = ngx_string("1");

    ngx_rtalpha_out_reset(&ngx_rtalpha_reg_take_out);
    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));

    hash.data = buf;
    hash.len = ngx_rtalpha_reg_status_hash(buf, text->counts) - buf;

    rr.out = &ngx_rtalpha_reg_take_out;
    rr.form = form;

    ngx_rtalpha_reg_render_list(&rr, edge, &version, &hash);

    return ngx_rtalpha_reg_take_edge(form, edge, text);
}


ngx_int_t
ngx_rtalpha_reg_take_only(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_text_t *text)
{
    ngx_rtalpha_reg_render_t  rr;

    ngx_rtalpha_out_reset(&ngx_rtalpha_reg_take_out);
    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));

    rr.out = &ngx_rtalpha_reg_take_out;
    rr.form = form;

    ngx_rtalpha_reg_render_only(&rr, edge);

    return ngx_rtalpha_reg_take_edge(form, edge, text);
}


/* what was rendered, as the first or the last part of an answer */

static ngx_int_t
ngx_rtalpha_reg_take_edge(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_text_t *text)
{
    uint32_t   crc;
    ngx_int_t  rc;
    ngx_str_t  bytes;

    if (ngx_rtalpha_out_done(&ngx_rtalpha_reg_take_out, &bytes) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!(form & NGX_RTALPHA_REG_FORM_GZIP)) {
        text->bytes = bytes;
        return NGX_OK;
    }

    ngx_rtalpha_out_reset(&ngx_rtalpha_reg_take_zout);

    if (edge == NGX_RTALPHA_REG_OPEN) {
        rc = ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_take_z, &bytes, 1,
                                       &ngx_rtalpha_reg_take_zout, &crc);

        text->crc = ngx_rtalpha_reg_gzip_combine(crc, text->crc, text->raw);
        text->raw += bytes.len;

    } else {
        rc = ngx_rtalpha_reg_gzip_last(ngx_rtalpha_reg_take_z, &bytes,
                                       text->crc, text->raw,
                                       &ngx_rtalpha_reg_take_zout);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_out_done(&ngx_rtalpha_reg_take_zout, &text->bytes);
}
