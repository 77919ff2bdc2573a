
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
#include "ngx_rtalpha_reg_room.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_reg_take.h"
#include "ngx_rtalpha_notify.h"


#define NGX_RTALPHA_REG_FULL_SLICE   4000       /* microseconds */
#define NGX_RTALPHA_REG_FULL_PARTS   4096

/* attempts to join while others go on changing things */
#define NGX_RTALPHA_REG_FULL_TRIES   16

/* segments looked at, or given back, in one locked section */
#define NGX_RTALPHA_REG_FULL_SECTION  128


typedef struct {
    ngx_event_t                timer;       /* first: it leads back here */
    ngx_uint_t                 form;
    ngx_uint_t                 tries;       /* to join, in vain */
    ngx_rtalpha_reg_taken_t    taken;

    ngx_rtalpha_reg_apart_pair_t  pair;     /* in a full zone */
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
    ngx_rtalpha_reg_text_t     sum;
} ngx_rtalpha_reg_parts_t;


static ngx_int_t ngx_rtalpha_reg_full_build(ngx_rtalpha_reg_builder_t *b,
    ngx_rtalpha_reg_given_t *given);
static ngx_int_t ngx_rtalpha_reg_full_slice(ngx_rtalpha_reg_builder_t *b);
static void ngx_rtalpha_reg_full_timer(ngx_event_t *ev);
static ngx_int_t ngx_rtalpha_reg_full_work(ngx_rtalpha_reg_builder_t *b);
static ngx_int_t ngx_rtalpha_reg_full_apart(ngx_rtalpha_reg_builder_t *b);
static ngx_int_t ngx_rtalpha_reg_full_render(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken);
static void ngx_rtalpha_reg_full_publish(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken, ngx_rtalpha_pin_t *pin,
    ngx_rtalpha_reg_text_t *text);
static ngx_int_t ngx_rtalpha_reg_full_join(ngx_rtalpha_reg_builder_t *b);
static ngx_int_t ngx_rtalpha_reg_full_gather(ngx_uint_t form,
    ngx_uint_t section, ngx_rtalpha_reg_parts_t *parts);
static ngx_int_t ngx_rtalpha_reg_full_part(ngx_uint_t form,
    const ngx_rtalpha_reg_seg_t *seg, ngx_rtalpha_reg_parts_t *parts);
static ngx_int_t ngx_rtalpha_reg_full_frame(ngx_uint_t form,
    ngx_rtalpha_reg_parts_t *parts);
static ngx_int_t ngx_rtalpha_reg_full_comma(ngx_uint_t form);
static void ngx_rtalpha_reg_full_release(ngx_rtalpha_reg_parts_t *parts);


static ngx_rtalpha_reg_parts_t    *ngx_rtalpha_reg_full_parts;
static ngx_rtalpha_reg_builder_t   ngx_rtalpha_reg_builders[
                                                       NGX_RTALPHA_REG_FORMS];


ngx_int_t
ngx_rtalpha_reg_full_init(ngx_cycle_t *cycle)
{
    ngx_uint_t    i;
    ngx_event_t  *ev;

    ngx_rtalpha_reg_full_parts = ngx_alloc(sizeof(ngx_rtalpha_reg_parts_t),
                                           cycle->log);

    if (ngx_rtalpha_reg_full_parts == NULL
        || ngx_rtalpha_reg_take_init(cycle) != NGX_OK)
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
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_REG_FORMS; i++) {
        ngx_rtalpha_reg_apart_empty(&ngx_rtalpha_reg_builders[i].pair);
    }

    ngx_rtalpha_reg_take_exit();

    if (ngx_rtalpha_reg_full_parts) {
        ngx_free(ngx_rtalpha_reg_full_parts);
        ngx_rtalpha_reg_full_parts = NULL;
    }
}


ngx_int_t
ngx_rtalpha_reg_full_get(ngx_uint_t form, ngx_rtalpha_reg_given_t *given)
{
    ngx_int_t                   rc;
    ngx_rtalpha_reg_builder_t  *b;

    b = &ngx_rtalpha_reg_builders[form];

    rc = ngx_rtalpha_reg_full_cached(&ngx_rtalpha_reg_root->full[form], 0,
                                     given);
    if (rc == NGX_OK) {
        return NGX_OK;
    }

    if (b->pair.made) {

        if (ngx_rtalpha_reg_apart_fresh(b->pair.made,
                                        ngx_rtalpha_reg_root->seq))
        {
            ngx_rtalpha_reg_apart_give(b->pair.made, given);
            return NGX_OK;
        }

        ngx_rtalpha_reg_apart_drop(b->pair.made);
        b->pair.made = NULL;
    }

    if (b->timer.timer_set) {
        return NGX_AGAIN;
    }

    return ngx_rtalpha_reg_full_build(b, given);
}


static ngx_int_t
ngx_rtalpha_reg_full_build(ngx_rtalpha_reg_builder_t *b,
    ngx_rtalpha_reg_given_t *given)
{
    ngx_int_t                  rc;
    ngx_rtalpha_reg_answer_t  *answer;

    rc = ngx_rtalpha_reg_full_slice(b);

    if (rc == NGX_AGAIN) {
        ngx_add_timer(&b->timer, 1);
        return NGX_AGAIN;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (b->pair.made) {
        ngx_rtalpha_reg_apart_give(b->pair.made, given);
        return NGX_OK;
    }

    /* it may be older by now than it could be: it is whole, and will do */

    answer = &ngx_rtalpha_reg_root->full[b->form];
    rc = NGX_ERROR;

    ngx_rtalpha_zone_lock();

    if (answer->blob) {
        given->apart = NULL;
        given->pin = ngx_rtalpha_blob_pin(answer->blob);
        given->seq = answer->seq;
        rc = given->pin ? NGX_OK : NGX_ERROR;
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
    ngx_rtalpha_reg_given_t *given)
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
        given->apart = NULL;
        given->pin = ngx_rtalpha_blob_pin(answer->blob);
        given->seq = answer->seq;
        rc = given->pin ? NGX_OK : NGX_DECLINED;
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

    rc = ngx_rtalpha_reg_full_slice(b);

    if (rc == NGX_AGAIN && !ngx_exiting) {
        ngx_add_timer(ev, 1);
        return;
    }

    ngx_rtalpha_notify_ring();
}


/* one slice of work: NGX_OK: the answer has been made; NGX_AGAIN: not yet */

static ngx_int_t
ngx_rtalpha_reg_full_slice(ngx_rtalpha_reg_builder_t *b)
{
    ngx_int_t  rc;

    if (b->pair.making) {
        return ngx_rtalpha_reg_full_apart(b);
    }

    rc = ngx_rtalpha_reg_full_work(b);

    if (rc != NGX_AGAIN) {
        b->taken.seg = NULL;
        b->tries = 0;
    }

    return (rc == NGX_DECLINED) ? ngx_rtalpha_reg_full_apart(b) : rc;
}


static ngx_int_t
ngx_rtalpha_reg_full_apart(ngx_rtalpha_reg_builder_t *b)
{
    static const ngx_str_t  whole = ngx_null_string;

    return ngx_rtalpha_reg_apart_renew(&b->pair, b->form, &whole,
                                       NGX_RTALPHA_REG_FULL_SLICE);
}


/* in the zone; NGX_DECLINED: it has no room */

static ngx_int_t
ngx_rtalpha_reg_full_work(ngx_rtalpha_reg_builder_t *b)
{
    uint64_t   until;
    ngx_int_t  rc;

    until = ngx_rtalpha_reg_take_usec() + NGX_RTALPHA_REG_FULL_SLICE;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_take(b->form, &b->taken);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_reg_full_render(b->form, &b->taken);

        } else if (rc == NGX_DONE) {

            /* nothing to render is left */

            b->taken.seg = NULL;
            rc = ngx_rtalpha_reg_full_join(b);

            if (rc != NGX_AGAIN) {
                return rc;
            }

            rc = NGX_OK;
            b->tries++;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        if (ngx_rtalpha_reg_take_usec() > until) {
            return NGX_AGAIN;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_full_render(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken)
{
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_reg_text_t   text;

    if (ngx_rtalpha_reg_take_text(form, taken, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_rtalpha_reg_room_kept(text.bytes.len)) {
        return NGX_DECLINED;
    }

    pin = ngx_rtalpha_blob_create(text.bytes.data, text.bytes.len);
    if (pin == NULL) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_reg_full_publish(form, taken, pin, &text);

    return NGX_OK;
}


static void
ngx_rtalpha_reg_full_publish(ngx_uint_t form, ngx_rtalpha_reg_taken_t *taken,
    ngx_rtalpha_pin_t *pin, ngx_rtalpha_reg_text_t *text)
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
        f->raw = text->raw;
        f->crc = text->crc;
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
ngx_rtalpha_reg_full_join(ngx_rtalpha_reg_builder_t *b)
{
    ngx_int_t                  rc;
    ngx_rtalpha_pin_t         *pin;
    ngx_rtalpha_reg_parts_t   *parts;

    parts = ngx_rtalpha_reg_full_parts;

    if (ngx_rtalpha_reg_full_comma(b->form) != NGX_OK) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_reg_full_gather(b->form,
                                     b->tries < NGX_RTALPHA_REG_FULL_TRIES
                                     ? NGX_RTALPHA_REG_FULL_SECTION
                                     : NGX_RTALPHA_REG_FULL_PARTS,
                                     parts);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_reg_full_frame(b->form, parts);
    }

    if (rc != NGX_OK) {
        ngx_rtalpha_reg_full_release(parts);
        return rc;
    }

    pin = ngx_rtalpha_blob_join(parts->blobs, parts->n);

    ngx_rtalpha_reg_full_release(parts);

    if (pin == NULL) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_zone_lock();
    ngx_rtalpha_reg_full_keep(&ngx_rtalpha_reg_root->full[b->form], pin,
                              parts->seq, 0, 0);
    ngx_rtalpha_zone_unlock();

    return NGX_OK;
}


/* with the zone locked */

void
ngx_rtalpha_reg_full_drop(ngx_rtalpha_reg_answer_t *answer)
{
    ngx_rtalpha_blob_t  *blob;

    blob = answer->blob;

    if (blob) {
        answer->blob = NULL;
        ngx_rtalpha_blob_drop(blob);
    }
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


/*
 * All segments' bytes, as they are at one moment; place 0 is left free.
 * They are gathered in sections, and anew if anything changes meanwhile.
 */

static ngx_int_t
ngx_rtalpha_reg_full_gather(ngx_uint_t form, ngx_uint_t section,
    ngx_rtalpha_reg_parts_t *parts)
{
    ngx_int_t                rc;
    ngx_uint_t               left;
    ngx_rtalpha_reg_seg_t   *seg;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    rc = NGX_OK;

    parts->n = 1;
    parts->npins = 0;
    ngx_memzero(&parts->sum, sizeof(ngx_rtalpha_reg_text_t));

    ngx_rtalpha_zone_lock();

    parts->seq = root->seq;
    ngx_memcpy(parts->sum.counts, root->counts, sizeof(root->counts));
    left = section;

    for (seg = root->segs; seg; seg = seg->next) {

        rc = ngx_rtalpha_reg_full_part(form, seg, parts);

        if (rc != NGX_OK) {
            break;
        }

        if (--left == 0) {
            ngx_rtalpha_zone_unlock();
            left = section;
            ngx_rtalpha_zone_lock();

            if (parts->seq != root->seq) {
                rc = NGX_AGAIN;
                break;
            }
        }
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


static ngx_int_t
ngx_rtalpha_reg_full_part(ngx_uint_t form, const ngx_rtalpha_reg_seg_t *seg,
    ngx_rtalpha_reg_parts_t *parts)
{
    ngx_uint_t                     json, gzip;
    ngx_rtalpha_pin_t             *pin;
    ngx_rtalpha_reg_root_t        *root;
    const ngx_rtalpha_reg_form_t  *f;

    root = ngx_rtalpha_reg_root;
    f = &seg->forms[form];
    json = (form & NGX_RTALPHA_REG_FORM_XML) == 0;
    gzip = (form & NGX_RTALPHA_REG_FORM_GZIP) != 0;

    if (f->blob == NULL || f->seq != seg->seq
        || f->edges != ngx_rtalpha_reg_segment_edges(seg))
    {
        return NGX_AGAIN;
    }

    if (parts->n > NGX_RTALPHA_REG_FULL_PARTS - 4) {
        return NGX_ERROR;
    }

    if (json && parts->n > 1 && (f->edges & NGX_RTALPHA_REG_OPEN)) {
        parts->crcs[parts->n] = root->comma_crc;
        parts->raws[parts->n] = 1;
        parts->blobs[parts->n++] = root->comma[gzip];
    }

    pin = ngx_rtalpha_blob_pin(f->blob);

    if (pin == NULL) {
        return NGX_DECLINED;
    }

    parts->pins[parts->npins++] = pin;
    parts->crcs[parts->n] = f->crc;
    parts->raws[parts->n] = f->raw;
    parts->blobs[parts->n++] = f->blob;

    return NGX_OK;
}


/* what stands before and after the segments */

static ngx_int_t
ngx_rtalpha_reg_full_frame(ngx_uint_t form, ngx_rtalpha_reg_parts_t *parts)
{
    ngx_uint_t          i, edge;
    ngx_rtalpha_pin_t  *pin;

    for (i = 1; i < parts->n; i++) {

        if (form & NGX_RTALPHA_REG_FORM_GZIP) {
            parts->sum.crc = ngx_rtalpha_reg_gzip_combine(parts->sum.crc,
                                                          parts->crcs[i],
                                                          parts->raws[i]);
        }

        parts->sum.raw += parts->raws[i];
    }

    for (edge = NGX_RTALPHA_REG_OPEN; edge <= NGX_RTALPHA_REG_CLOSE; edge++) {

        if (ngx_rtalpha_reg_take_frame(form, edge, &parts->sum) != NGX_OK) {
            return NGX_ERROR;
        }

        pin = ngx_rtalpha_blob_create(parts->sum.bytes.data,
                                      parts->sum.bytes.len);
        if (pin == NULL) {
            return NGX_DECLINED;
        }

        i = (edge == NGX_RTALPHA_REG_OPEN) ? 0 : parts->n++;

        parts->blobs[i] = ngx_rtalpha_blob_of(pin);
        parts->pins[parts->npins++] = pin;
    }

    return NGX_OK;
}


/* the comma between two segments, made once */

static ngx_int_t
ngx_rtalpha_reg_full_comma(ngx_uint_t form)
{
    ngx_str_t                bytes;
    ngx_uint_t               gzip;
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_reg_text_t   text;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    gzip = (form & NGX_RTALPHA_REG_FORM_GZIP) != 0;

    if (root->comma[gzip]) {
        return NGX_OK;
    }

    ngx_str_set(&bytes, ",");
    text.bytes = bytes;
    text.crc = 0;

    if (gzip && ngx_rtalpha_reg_take_part(&bytes, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    pin = ngx_rtalpha_blob_create(text.bytes.data, text.bytes.len);
    if (pin == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_zone_lock();

    if (root->comma[gzip] == NULL) {

        if (gzip) {
            root->comma_crc = text.crc;
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

        if (i % NGX_RTALPHA_REG_FULL_SECTION
            == NGX_RTALPHA_REG_FULL_SECTION - 1)
        {
            ngx_rtalpha_zone_unlock();
            ngx_rtalpha_zone_lock();
        }

        ngx_rtalpha_blob_unpin_locked(parts->pins[i]);
    }

    ngx_rtalpha_zone_unlock();

    parts->npins = 0;
}
