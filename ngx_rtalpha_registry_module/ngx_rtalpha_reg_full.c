
/*
 * The builder of whole answers.
 *
 * A worker that is asked for an answer that is out of date renders the
 * segments that have changed, one after another: a segment's instances are
 * copied out in one short locked section, rendered outside, and published if
 * the segment is still the same.  What takes longer than a few milliseconds
 * is done in slices, between which the event loop goes on; the doorbell
 * rings when it is finished.  At the end all segments' bytes are joined.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_full.h"
#include "ngx_rtalpha_reg_gzip.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_notify.h"


#define NGX_RTALPHA_REG_FULL_SLICE   4000       /* microseconds */
#define NGX_RTALPHA_REG_FULL_PARTS   4096
#define NGX_RTALPHA_REG_FULL_TEXT    ((size_t) 1024 * 1024 * 1024)

/* attempts to join while others go on changing things */
#define NGX_RTALPHA_REG_FULL_TRIES   16


/* what has been taken of a segment */
typedef struct {
    ngx_rtalpha_reg_seg_t     *seg;
    uint64_t                   id;
    uint64_t                   seq;
    uint64_t                   epoch;
    uint32_t                   edges;
} ngx_rtalpha_reg_taken_t;


typedef struct {
    ngx_event_t                timer;       /* first: it leads back here */
    ngx_uint_t                 form;
} ngx_rtalpha_reg_builder_t;


/* parts of an answer while it is joined, and what they add up to */
typedef struct {
    ngx_rtalpha_blob_t        *blobs[NGX_RTALPHA_REG_FULL_PARTS];
    ngx_rtalpha_pin_t         *pins[NGX_RTALPHA_REG_FULL_PARTS];
    ngx_uint_t                 n;
    ngx_uint_t                 npins;
    uint32_t                   crcs[NGX_RTALPHA_REG_FULL_PARTS];
    size_t                     raws[NGX_RTALPHA_REG_FULL_PARTS];
    uint64_t                   seq;
    uint64_t                   counts[NGX_RTALPHA_REG_STATUSES];
} ngx_rtalpha_reg_parts_t;


static ngx_int_t ngx_rtalpha_reg_full_work(ngx_rtalpha_reg_builder_t *b);
static void ngx_rtalpha_reg_full_timer(ngx_event_t *ev);
static ngx_int_t ngx_rtalpha_reg_full_take(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken);
static ngx_int_t ngx_rtalpha_reg_full_render(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken);
static void ngx_rtalpha_reg_full_publish(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken, ngx_rtalpha_pin_t *pin, size_t raw,
    uint32_t crc);
static ngx_int_t ngx_rtalpha_reg_full_join(ngx_uint_t form);
static ngx_int_t ngx_rtalpha_reg_full_gather(ngx_uint_t form,
    ngx_rtalpha_reg_parts_t *parts);
static ngx_int_t ngx_rtalpha_reg_full_frame(ngx_uint_t form,
    ngx_rtalpha_reg_parts_t *parts);
static ngx_int_t ngx_rtalpha_reg_full_text(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_parts_t *parts, const ngx_str_t *version);
static ngx_int_t ngx_rtalpha_reg_full_comma(ngx_uint_t form);
static void ngx_rtalpha_reg_full_release(ngx_rtalpha_reg_parts_t *parts);
static ngx_int_t ngx_rtalpha_reg_full_room(ngx_uint_t max, size_t size);
static uint32_t ngx_rtalpha_reg_full_edges(const ngx_rtalpha_reg_seg_t *seg);
static uint64_t ngx_rtalpha_reg_full_usec(void);


static ngx_pool_t                 *ngx_rtalpha_reg_full_pool;
static ngx_rtalpha_reg_copies_t    ngx_rtalpha_reg_full_copies;
static void                       *ngx_rtalpha_reg_full_memory;
static size_t                      ngx_rtalpha_reg_full_size;
static ngx_rtalpha_out_t           ngx_rtalpha_reg_full_out;
static ngx_rtalpha_out_t           ngx_rtalpha_reg_full_zout;
static ngx_rtalpha_reg_gzip_t     *ngx_rtalpha_reg_full_gzip;
static ngx_rtalpha_reg_parts_t    *ngx_rtalpha_reg_full_parts;
static ngx_rtalpha_reg_builder_t   ngx_rtalpha_reg_builders[
                                                       NGX_RTALPHA_REG_FORMS];


ngx_int_t
ngx_rtalpha_reg_full_init(ngx_cycle_t *cycle)
{
    ngx_uint_t    i;
    ngx_event_t  *ev;
    ngx_pool_t   *pool;

    pool = ngx_create_pool(4096, cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_full_pool = pool;

    ngx_rtalpha_reg_full_parts = ngx_palloc(pool,
                                           sizeof(ngx_rtalpha_reg_parts_t));
    ngx_rtalpha_reg_full_gzip = ngx_rtalpha_reg_gzip_create(pool);

    if (ngx_rtalpha_reg_full_parts == NULL
        || ngx_rtalpha_reg_full_gzip == NULL
        || ngx_rtalpha_out_init(&ngx_rtalpha_reg_full_out, pool, 65536,
                                NGX_RTALPHA_REG_FULL_TEXT)
           != NGX_OK
        || ngx_rtalpha_out_init(&ngx_rtalpha_reg_full_zout, pool, 16384,
                                NGX_RTALPHA_REG_FULL_TEXT)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_RTALPHA_REG_FORMS; i++) {
        ngx_rtalpha_reg_builders[i].form = i;

        ev = &ngx_rtalpha_reg_builders[i].timer;
        ev->handler = ngx_rtalpha_reg_full_timer;
        ev->data = &ngx_rtalpha_reg_nobody;
        ev->log = cycle->log;
        ev->cancelable = 1;
    }

    return NGX_OK;
}


void
ngx_rtalpha_reg_full_exit(void)
{
    if (ngx_rtalpha_reg_full_gzip) {
        ngx_rtalpha_reg_gzip_destroy(ngx_rtalpha_reg_full_gzip);
        ngx_rtalpha_reg_full_gzip = NULL;
    }

    if (ngx_rtalpha_reg_full_memory) {
        ngx_free(ngx_rtalpha_reg_full_memory);
        ngx_rtalpha_reg_full_memory = NULL;
    }

    if (ngx_rtalpha_reg_full_pool) {
        ngx_destroy_pool(ngx_rtalpha_reg_full_pool);
        ngx_rtalpha_reg_full_pool = NULL;
    }
}


ngx_int_t
ngx_rtalpha_reg_full_get(ngx_uint_t form, ngx_rtalpha_pin_t **pin,
    uint64_t *seq)
{
    ngx_int_t                   rc;
    ngx_rtalpha_reg_answer_t   *answer;
    ngx_rtalpha_reg_builder_t  *b;

    answer = &ngx_rtalpha_reg_root->full[form];
    b = &ngx_rtalpha_reg_builders[form];

    rc = ngx_rtalpha_reg_full_cached(answer, 0, pin, seq);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (b->timer.timer_set) {
        return NGX_AGAIN;
    }

    rc = ngx_rtalpha_reg_full_work(b);

    if (rc == NGX_AGAIN) {
        ngx_add_timer(&b->timer, 1);
        return NGX_AGAIN;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    /* it may be older by now than it could be: it is whole, and will do */

    ngx_rtalpha_zone_lock();

    rc = NGX_ERROR;

    if (answer->blob) {
        *pin = ngx_rtalpha_blob_pin(answer->blob);
        *seq = answer->seq;
        rc = *pin ? NGX_OK : NGX_ERROR;
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


/*
 * NGX_DECLINED: there is none that shows the latest change.  With Eureka's
 * read-only cache, one is as good as any other until the cache's next beat.
 */

ngx_int_t
ngx_rtalpha_reg_full_cached(ngx_rtalpha_reg_answer_t *answer, uint64_t trim,
    ngx_rtalpha_pin_t **pin, uint64_t *seq)
{
    uint64_t                 beat;
    ngx_int_t                rc;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    rc = NGX_DECLINED;
    beat = ngx_rtalpha_reg_conf.cache_interval;

    ngx_rtalpha_zone_lock();

    if (answer->blob
        && ((answer->seq == root->seq && answer->trim == trim)
            || (ngx_rtalpha_reg_conf.read_only_cache
                && answer->made / beat == ngx_rtalpha_reg_now() / beat)))
    {
        *pin = ngx_rtalpha_blob_pin(answer->blob);
        *seq = answer->seq;
        rc = *pin ? NGX_OK : NGX_ERROR;
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


static void
ngx_rtalpha_reg_full_timer(ngx_event_t *ev)
{
    ngx_int_t                   rc;
    ngx_rtalpha_reg_builder_t  *b;

    b = (ngx_rtalpha_reg_builder_t *) ev;

    rc = ngx_rtalpha_reg_full_work(b);

    if (rc == NGX_AGAIN && !ngx_exiting) {
        ngx_add_timer(ev, 1);
        return;
    }

    ngx_rtalpha_notify_ring();
}


/* one slice of work: NGX_OK: the answer has been made; NGX_AGAIN: not yet */

static ngx_int_t
ngx_rtalpha_reg_full_work(ngx_rtalpha_reg_builder_t *b)
{
    uint64_t                 until;
    ngx_int_t                rc;
    ngx_uint_t               tries;
    ngx_rtalpha_reg_taken_t  taken;

    until = ngx_rtalpha_reg_full_usec() + NGX_RTALPHA_REG_FULL_SLICE;
    tries = 0;
    taken.seg = NULL;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_full_take(b->form, &taken);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_reg_full_render(b->form, &taken);

            if (rc != NGX_OK) {
                return NGX_ERROR;
            }

            if (ngx_rtalpha_reg_full_usec() > until) {
                return NGX_AGAIN;
            }

            continue;
        }

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        /* nothing to render is left */

        rc = ngx_rtalpha_reg_full_join(b->form);

        if (rc != NGX_AGAIN) {
            return rc;
        }

        taken.seg = NULL;

        if (++tries == NGX_RTALPHA_REG_FULL_TRIES
            || ngx_rtalpha_reg_full_usec() > until)
        {
            return NGX_AGAIN;
        }
    }
}


static uint64_t
ngx_rtalpha_reg_full_usec(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}


static uint32_t
ngx_rtalpha_reg_full_edges(const ngx_rtalpha_reg_seg_t *seg)
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


/*
 * Copies the next segment whose bytes in this form are out of date.  taken
 * tells where to go on; NGX_DONE: there is none.
 */

static ngx_int_t
ngx_rtalpha_reg_full_take(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken)
{
    size_t                     size;
    ngx_int_t                  rc;
    ngx_rtalpha_reg_seg_t     *seg;
    ngx_rtalpha_reg_root_t    *root;
    ngx_rtalpha_reg_inst_t    *inst;
    ngx_rtalpha_reg_piece_t   *piece;
    ngx_rtalpha_reg_copies_t  *c;

    root = ngx_rtalpha_reg_root;
    c = &ngx_rtalpha_reg_full_copies;

again:

    ngx_rtalpha_zone_lock();

    seg = (taken->seg && taken->epoch == root->seg_epoch) ? taken->seg
                                                          : root->segs;

    for ( /* void */ ; seg; seg = seg->next) {
        taken->edges = ngx_rtalpha_reg_full_edges(seg);

        if (seg->forms[form].blob == NULL
            || seg->forms[form].seq != seg->seq
            || seg->forms[form].edges != taken->edges)
        {
            break;
        }
    }

    if (seg == NULL) {
        ngx_rtalpha_zone_unlock();
        return NGX_DONE;
    }

    /* a document, its names and a bit, for each */

    size = (size_t) seg->bytes + (size_t) seg->n * 2048;

    if (c->max < seg->n || (size_t) (c->last - c->pos) < size) {
        rc = seg->n;
        ngx_rtalpha_zone_unlock();

        if (ngx_rtalpha_reg_full_room((ngx_uint_t) rc + rc / 2 + 64,
                                      size + size / 2)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        goto again;
    }

    taken->seg = seg;
    taken->id = seg->id;
    taken->seq = seg->seq;
    taken->epoch = root->seg_epoch;

    rc = NGX_OK;

    for (piece = seg->pieces; piece && rc == NGX_OK; piece = piece->seg_next) {
        for (inst = piece->first; inst && rc == NGX_OK; inst = inst->next) {
            rc = ngx_rtalpha_reg_copies_add(c, inst);
        }
    }

    ngx_rtalpha_zone_unlock();

    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}


/* makes the memory for copies anew if need be, and empty in any case */

static ngx_int_t
ngx_rtalpha_reg_full_room(ngx_uint_t max, size_t size)
{
    size_t                     all;
    ngx_rtalpha_reg_copies_t  *c;

    c = &ngx_rtalpha_reg_full_copies;
    all = max * sizeof(ngx_rtalpha_reg_copy_t) + size;

    if (all > ngx_rtalpha_reg_full_size) {

        if (ngx_rtalpha_reg_full_memory) {
            ngx_free(ngx_rtalpha_reg_full_memory);
        }

        ngx_rtalpha_reg_full_size = 0;
        c->max = 0;

        ngx_rtalpha_reg_full_memory = ngx_alloc(all, ngx_cycle->log);
        if (ngx_rtalpha_reg_full_memory == NULL) {
            return NGX_ERROR;
        }

        ngx_rtalpha_reg_full_size = all;
    }

    c->copies = ngx_rtalpha_reg_full_memory;
    c->n = 0;
    c->max = max;
    c->pos = (u_char *) (c->copies + max);
    c->last = (u_char *) ngx_rtalpha_reg_full_memory
              + ngx_rtalpha_reg_full_size;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_full_render(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken)
{
    uint32_t                   crc;
    ngx_int_t                  rc;
    ngx_str_t                  text, bytes;
    ngx_pool_t                *pool;
    ngx_rtalpha_pin_t         *pin;
    ngx_rtalpha_reg_copies_t  *c;

    c = &ngx_rtalpha_reg_full_copies;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_reg_copies_settle(c, pool);

    if (rc == NGX_OK) {
        ngx_rtalpha_out_reset(&ngx_rtalpha_reg_full_out);
        ngx_rtalpha_reg_full_lines(form, c, taken->edges,
                                   &ngx_rtalpha_reg_full_out);
        rc = ngx_rtalpha_out_done(&ngx_rtalpha_reg_full_out, &text);
    }

    ngx_destroy_pool(pool);
    ngx_rtalpha_reg_full_room(c->max, 0);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    bytes = text;
    crc = 0;

    if (form & NGX_RTALPHA_REG_FORM_GZIP) {
        ngx_rtalpha_out_reset(&ngx_rtalpha_reg_full_zout);

        if (ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_full_gzip, &text, 0,
                                      &ngx_rtalpha_reg_full_zout, &crc)
            != NGX_OK
            || ngx_rtalpha_out_done(&ngx_rtalpha_reg_full_zout, &bytes)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    pin = ngx_rtalpha_blob_create(bytes.data, bytes.len);
    if (pin == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_full_publish(form, taken, pin, text.len, crc);

    return NGX_OK;
}


static void
ngx_rtalpha_reg_full_publish(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken,
    ngx_rtalpha_pin_t *pin, size_t raw, uint32_t crc)
{
    ngx_rtalpha_blob_t      *blob;
    ngx_rtalpha_reg_seg_t   *seg;
    ngx_rtalpha_reg_form_t  *f;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    ngx_rtalpha_zone_lock();

    seg = taken->seg;

    if (taken->epoch != root->seg_epoch) {

        for (seg = root->segs; seg; seg = seg->next) {
            if (seg->id == taken->id) {
                break;
            }
        }
    }

    if (seg && seg->seq == taken->seq) {
        f = &seg->forms[form];
        blob = f->blob;

        f->blob = ngx_rtalpha_blob_of(pin);
        ngx_rtalpha_blob_hold(f->blob);
        f->seq = taken->seq;
        f->raw = raw;
        f->crc = crc;
        f->edges = taken->edges;

        if (blob) {
            ngx_rtalpha_blob_drop(blob);
        }
    }

    ngx_rtalpha_blob_unpin_locked(pin);
    ngx_rtalpha_zone_unlock();
}


/* NGX_AGAIN: something has changed meanwhile */

static ngx_int_t
ngx_rtalpha_reg_full_join(ngx_uint_t form)
{
    ngx_int_t                  rc;
    ngx_rtalpha_pin_t         *pin;
    ngx_rtalpha_reg_root_t    *root;
    ngx_rtalpha_reg_parts_t   *parts;

    root = ngx_rtalpha_reg_root;
    parts = ngx_rtalpha_reg_full_parts;

    if (ngx_rtalpha_reg_full_comma(form) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_reg_full_gather(form, parts);

    if (rc != NGX_OK) {
        ngx_rtalpha_reg_full_release(parts);
        return rc;
    }

    if (ngx_rtalpha_reg_full_frame(form, parts) != NGX_OK) {
        ngx_rtalpha_reg_full_release(parts);
        return NGX_ERROR;
    }

    pin = ngx_rtalpha_blob_join(parts->blobs, parts->n);

    ngx_rtalpha_reg_full_release(parts);

    if (pin == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_zone_lock();
    ngx_rtalpha_reg_full_keep(&root->full[form], pin, parts->seq, 0, 0);
    ngx_rtalpha_zone_unlock();

    return NGX_OK;
}


/* puts a new answer in an older one's place; with the zone locked */

void
ngx_rtalpha_reg_full_keep(ngx_rtalpha_reg_answer_t *answer,
    ngx_rtalpha_pin_t *pin, uint64_t seq, uint64_t trim, uint64_t number)
{
    ngx_rtalpha_blob_t  *old;

    if (answer->blob == NULL || answer->seq < seq
        || (answer->seq == seq && answer->trim < trim))
    {
        old = answer->blob;

        answer->blob = ngx_rtalpha_blob_of(pin);
        ngx_rtalpha_blob_hold(answer->blob);
        answer->seq = seq;
        answer->trim = trim;
        answer->number = number;
        answer->made = ngx_rtalpha_reg_now();

        if (old) {
            ngx_rtalpha_blob_drop(old);
        }
    }

    ngx_rtalpha_blob_unpin_locked(pin);
}


/* all segments' bytes, as they are at one moment; place 0 is left free */

static ngx_int_t
ngx_rtalpha_reg_full_gather(ngx_uint_t form, ngx_rtalpha_reg_parts_t *parts)
{
    ngx_int_t                rc;
    ngx_uint_t               json, gzip;
    ngx_rtalpha_reg_seg_t   *seg;
    ngx_rtalpha_reg_form_t  *f;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    json = (form & NGX_RTALPHA_REG_FORM_XML) == 0;
    gzip = (form & NGX_RTALPHA_REG_FORM_GZIP) != 0;
    rc = NGX_OK;

    parts->n = 1;
    parts->npins = 0;

    ngx_rtalpha_zone_lock();

    for (seg = root->segs; seg; seg = seg->next) {
        f = &seg->forms[form];

        if (f->blob == NULL || f->seq != seg->seq
            || f->edges != ngx_rtalpha_reg_full_edges(seg))
        {
            rc = NGX_AGAIN;
            break;
        }

        if (parts->n > NGX_RTALPHA_REG_FULL_PARTS - 4) {
            rc = NGX_ERROR;
            break;
        }

        if (json && parts->n > 1 && (f->edges & NGX_RTALPHA_REG_OPEN)) {
            parts->crcs[parts->n] = root->comma_crc;
            parts->raws[parts->n] = 1;
            parts->blobs[parts->n++] = root->comma[gzip];
        }

        parts->pins[parts->npins] = ngx_rtalpha_blob_pin(f->blob);

        if (parts->pins[parts->npins] == NULL) {
            rc = NGX_ERROR;
            break;
        }

        parts->npins++;
        parts->crcs[parts->n] = f->crc;
        parts->raws[parts->n] = f->raw;
        parts->blobs[parts->n++] = f->blob;
    }

    parts->seq = root->seq;
    ngx_memcpy(parts->counts, root->counts, sizeof(parts->counts));

    ngx_rtalpha_zone_unlock();

    return rc;
}


/* what stands before and after the segments */

static ngx_int_t
ngx_rtalpha_reg_full_frame(ngx_uint_t form, ngx_rtalpha_reg_parts_t *parts)
{
    uint32_t            crc;
    size_t              length;
    ngx_str_t           text, bytes;
    ngx_uint_t          i, edge, gzip;
    ngx_rtalpha_pin_t  *pin;

    static const ngx_str_t  version = ngx_string("1");

    gzip = form & NGX_RTALPHA_REG_FORM_GZIP;
    crc = 0;
    length = 0;

    for (edge = NGX_RTALPHA_REG_OPEN; edge <= NGX_RTALPHA_REG_CLOSE; edge++) {

        ngx_rtalpha_out_reset(&ngx_rtalpha_reg_full_out);

        if (ngx_rtalpha_reg_full_text(form, edge, parts, &version) != NGX_OK
            || ngx_rtalpha_out_done(&ngx_rtalpha_reg_full_out, &text)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        bytes = text;

        if (gzip) {
            ngx_rtalpha_out_reset(&ngx_rtalpha_reg_full_zout);

            if (edge == NGX_RTALPHA_REG_OPEN) {
                ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_full_gzip, &text, 1,
                                          &ngx_rtalpha_reg_full_zout, &crc);
                length = text.len;

                for (i = 1; i < parts->n; i++) {
                    crc = ngx_rtalpha_reg_gzip_combine(crc, parts->crcs[i],
                                                       parts->raws[i]);
                    length += parts->raws[i];
                }

            } else {
                ngx_rtalpha_reg_gzip_last(ngx_rtalpha_reg_full_gzip, &text,
                                          crc, length,
                                          &ngx_rtalpha_reg_full_zout);
            }

            if (ngx_rtalpha_out_done(&ngx_rtalpha_reg_full_zout, &bytes)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        pin = ngx_rtalpha_blob_create(bytes.data, bytes.len);
        if (pin == NULL) {
            return NGX_ERROR;
        }

        i = (edge == NGX_RTALPHA_REG_OPEN) ? 0 : parts->n++;

        parts->blobs[i] = ngx_rtalpha_blob_of(pin);
        parts->pins[parts->npins++] = pin;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_full_text(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_parts_t *parts, const ngx_str_t *version)
{
    u_char                     buf[NGX_RTALPHA_REG_HASH_LEN];
    ngx_str_t                  hash;
    ngx_rtalpha_reg_render_t   rr;

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));

    hash.data = buf;
    hash.len = ngx_rtalpha_reg_status_hash(buf, parts->counts) - buf;

    rr.out = &ngx_rtalpha_reg_full_out;
    rr.form = form;

    ngx_rtalpha_reg_render_list(&rr, edge, version, &hash);

    return NGX_OK;
}


/* the comma between two segments, made once */

static ngx_int_t
ngx_rtalpha_reg_full_comma(ngx_uint_t form)
{
    uint32_t                 crc;
    ngx_str_t                bytes;
    ngx_uint_t               gzip;
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    gzip = (form & NGX_RTALPHA_REG_FORM_GZIP) != 0;

    if (root->comma[gzip]) {
        return NGX_OK;
    }

    ngx_str_set(&bytes, ",");
    crc = 0;

    if (gzip) {
        ngx_rtalpha_out_reset(&ngx_rtalpha_reg_full_zout);

        if (ngx_rtalpha_reg_gzip_part(ngx_rtalpha_reg_full_gzip, &bytes, 0,
                                      &ngx_rtalpha_reg_full_zout, &crc)
            != NGX_OK
            || ngx_rtalpha_out_done(&ngx_rtalpha_reg_full_zout, &bytes)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    pin = ngx_rtalpha_blob_create(bytes.data, bytes.len);
    if (pin == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_zone_lock();

    if (root->comma[gzip] == NULL) {

        if (gzip) {
            root->comma_crc = crc;
        }

        ngx_rtalpha_blob_hold(ngx_rtalpha_blob_of(pin));
        root->comma[gzip] = ngx_rtalpha_blob_of(pin);
    }

    ngx_rtalpha_blob_unpin_locked(pin);
    ngx_rtalpha_zone_unlock();

    return NGX_OK;
}


static void
ngx_rtalpha_reg_full_release(ngx_rtalpha_reg_parts_t *parts)
{
    ngx_uint_t  i;

    ngx_rtalpha_zone_lock();

    for (i = 0; i < parts->npins; i++) {
        ngx_rtalpha_blob_unpin_locked(parts->pins[i]);
    }

    ngx_rtalpha_zone_unlock();

    parts->npins = 0;
}
