
/*
 * The delta.  Changes come in their order; they are grouped by application
 * in the order of its first change, what was deleted after what was not:
 * a client that does not know the application yet would otherwise add it
 * with the deleted instance in it.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_recent.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_full.h"
#include "ngx_rtalpha_reg_gzip.h"
#include "ngx_rtalpha_reg_room.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_notify.h"


/* more than these are rendered in the background */
#define NGX_RTALPHA_REG_RECENT_INLINE  1500

#define NGX_RTALPHA_REG_RECENT_COPIES  64
#define NGX_RTALPHA_REG_RECENT_SIZE    (64 * 1024)


/* a set of indices, by what they stand for */
typedef struct {
    uint32_t         *slots;        /* index + 1 */
    size_t            mask;
} ngx_rtalpha_reg_set_t;


typedef struct {
    uint32_t          first;        /* index + 1 of its copies */
    uint32_t          last;
} ngx_rtalpha_reg_group_t;


/* what is taken in the moment in which the last change is copied */
typedef struct {
    uint64_t          counts[NGX_RTALPHA_REG_STATUSES];
    uint64_t          seq;
    uint64_t          trims;
    uint64_t          number;
    ngx_uint_t        form;
} ngx_rtalpha_reg_moment_t;


typedef struct {
    ngx_rtalpha_reg_recent_t  recent;
    ngx_rtalpha_reg_moment_t  moment;
} ngx_rtalpha_reg_recent_job_t;


static void ngx_rtalpha_reg_recent_end(void *data);
static ngx_int_t ngx_rtalpha_reg_recent_copy(
    ngx_rtalpha_reg_recent_t *recent, ngx_rtalpha_reg_moment_t *moment);
static void ngx_rtalpha_reg_recent_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_recent_done(ngx_rtalpha_job_t *job);
static ngx_int_t ngx_rtalpha_reg_recent_publish(
    ngx_rtalpha_reg_recent_job_t *rj, ngx_rtalpha_reg_given_t *given);
static ngx_int_t ngx_rtalpha_reg_recent_lines(
    ngx_rtalpha_reg_recent_t *recent, ngx_rtalpha_out_t *out);
static ngx_uint_t ngx_rtalpha_reg_recent_group(
    ngx_rtalpha_reg_recent_t *recent, uint32_t *next,
    ngx_rtalpha_reg_group_t *groups);
static ngx_int_t ngx_rtalpha_reg_recent_once(
    ngx_rtalpha_reg_recent_t *recent, u_char *dead);
static ngx_int_t ngx_rtalpha_reg_recent_gzip(
    ngx_rtalpha_reg_recent_t *recent);


static ngx_uint_t                ngx_rtalpha_reg_recent_busy[
                                                       NGX_RTALPHA_REG_FORMS];

/* what had no room in the zone */
static ngx_rtalpha_reg_apart_t  *ngx_rtalpha_reg_recent_made[
                                                       NGX_RTALPHA_REG_FORMS];


ngx_int_t
ngx_rtalpha_reg_delta_get(ngx_uint_t form, ngx_rtalpha_reg_given_t *given)
{
    ngx_int_t                      rc;
    ngx_rtalpha_job_t             *job;
    ngx_rtalpha_reg_root_t        *root;
    ngx_rtalpha_reg_apart_t      **made;
    ngx_rtalpha_reg_recent_job_t  *rj;

    root = ngx_rtalpha_reg_root;
    made = &ngx_rtalpha_reg_recent_made[form];

    rc = ngx_rtalpha_reg_full_cached(&root->delta[form], root->trims, given);
    if (rc == NGX_OK) {
        return NGX_OK;
    }

    if (*made) {

        if (ngx_rtalpha_reg_apart_fresh(*made, root->seq)) {
            ngx_rtalpha_reg_apart_give(*made, given);
            return NGX_OK;
        }

        ngx_rtalpha_reg_apart_drop(*made);
        *made = NULL;
    }

    if (ngx_rtalpha_reg_recent_busy[form]) {
        return NGX_AGAIN;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_recent_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    rj = job->data;
    rj->recent.pool = job->pool;
    rj->recent.form = form;
    rj->recent.self = ngx_rtalpha_reg_conf.instance_id;
    rj->moment.form = form;

    rc = ngx_rtalpha_reg_recent_copy(&rj->recent, &rj->moment);

    if (rc != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return rc;
    }

    if (rj->recent.copies.nelts > NGX_RTALPHA_REG_RECENT_INLINE) {
        job->run = ngx_rtalpha_reg_recent_run;
        job->done = ngx_rtalpha_reg_recent_done;

        if (ngx_rtalpha_background_post(job) == NGX_OK) {
            ngx_rtalpha_reg_recent_busy[form] = 1;
            return NGX_AGAIN;
        }
    }

    ngx_rtalpha_reg_recent_render(&rj->recent);
    rc = ngx_rtalpha_reg_recent_publish(rj, given);
    ngx_rtalpha_background_discard(job);

    return rc;
}


/*
 * Copies the whole log in short sections.  What changes meanwhile comes
 * again at the log's end; the counts are taken together with the last one,
 * so that the delta and its hash code fit each other.
 */

static ngx_int_t
ngx_rtalpha_reg_recent_copy(ngx_rtalpha_reg_recent_t *recent,
    ngx_rtalpha_reg_moment_t *moment)
{
    u_char                    *buf;
    uint64_t                   after, begun;
    ngx_int_t                  rc;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_copies_t   c;

    begun = ngx_rtalpha_reg_root->seq;
    after = 0;

    if (ngx_array_init(&recent->copies, recent->pool, 64,
                       sizeof(ngx_rtalpha_reg_copy_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for ( ;; ) {

        if (ngx_rtalpha_reg_copies_init(&c, recent->pool,
                                        NGX_RTALPHA_REG_RECENT_COPIES,
                                        NGX_RTALPHA_REG_RECENT_SIZE)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_reg_delta_read(&after, &c,
                                        ngx_rtalpha_reg_recent_end, moment);

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (ngx_rtalpha_reg_copies_settle(&c, recent->pool) != NGX_OK) {
            return NGX_ERROR;
        }

        if (c.n) {
            copy = ngx_array_push_n(&recent->copies, c.n);
            if (copy == NULL) {
                return NGX_ERROR;
            }

            ngx_memcpy(copy, c.copies, c.n * sizeof(ngx_rtalpha_reg_copy_t));
        }

        if (recent->copies.nelts > ngx_rtalpha_reg_conf.max_delta) {
            return NGX_DECLINED;
        }

        if (rc == NGX_OK) {
            break;
        }
    }

    recent->doubled = (moment->seq != begun);

    buf = ngx_pnalloc(recent->pool, NGX_RTALPHA_REG_HASH_LEN
                                    + NGX_INT64_LEN);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    recent->version.data = buf;
    recent->version.len = ngx_sprintf(buf, "%uL", moment->number) - buf;

    buf += NGX_INT64_LEN;
    recent->hash.data = buf;
    recent->hash.len = ngx_rtalpha_reg_status_hash(buf, moment->counts) - buf;

    return NGX_OK;
}


static void
ngx_rtalpha_reg_recent_end(void *data)
{
    ngx_rtalpha_reg_root_t    *root;
    ngx_rtalpha_reg_answer_t  *other;
    ngx_rtalpha_reg_moment_t  *moment;

    root = ngx_rtalpha_reg_root;
    moment = data;

    ngx_memcpy(moment->counts, root->counts, sizeof(moment->counts));
    moment->seq = root->seq;
    moment->trims = root->trims;

    /* the compressed form is the same answer, with the same number */

    other = &root->delta[moment->form ^ NGX_RTALPHA_REG_FORM_GZIP];

    if (other->blob && other->seq == root->seq && other->trim == root->trims)
    {
        moment->number = other->number;

    } else {
        moment->number = ++root->delta_number;
    }
}


static void
ngx_rtalpha_reg_recent_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reg_recent_job_t  *rj;

    rj = job->data;

    ngx_rtalpha_reg_recent_render(&rj->recent);
}


static void
ngx_rtalpha_reg_recent_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reg_given_t        given;
    ngx_rtalpha_reg_recent_job_t  *rj;

    rj = job->data;

    ngx_rtalpha_reg_recent_busy[rj->moment.form] = 0;

    if (ngx_rtalpha_reg_recent_publish(rj, &given) == NGX_OK) {

        /* those who wait for it find it there, however full the zone is */

        if (given.apart) {
            ngx_rtalpha_reg_recent_made[rj->moment.form] = given.apart;

        } else {
            ngx_rtalpha_blob_unpin(given.pin);
        }
    }

    ngx_rtalpha_notify_ring();
}


/* into the zone, or aside if there is no room; given is the caller's */

static ngx_int_t
ngx_rtalpha_reg_recent_publish(ngx_rtalpha_reg_recent_job_t *rj,
    ngx_rtalpha_reg_given_t *given)
{
    ngx_str_t                 *text;
    ngx_rtalpha_pin_t         *pin;
    ngx_rtalpha_reg_moment_t  *moment;

    moment = &rj->moment;
    text = &rj->recent.text;

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(given, sizeof(ngx_rtalpha_reg_given_t));
    given->seq = moment->seq;

    pin = ngx_rtalpha_reg_room_kept(text->len)
          ? ngx_rtalpha_blob_create(text->data, text->len) : NULL;

    if (pin) {
        ngx_rtalpha_zone_lock();

        given->pin = ngx_rtalpha_blob_pin(ngx_rtalpha_blob_of(pin));
        ngx_rtalpha_reg_full_keep(&ngx_rtalpha_reg_root->delta[moment->form],
                                  pin, moment->seq, moment->trims,
                                  moment->number);

        ngx_rtalpha_zone_unlock();
    }

    if (given->pin == NULL) {
        given->apart = ngx_rtalpha_reg_apart_copy(text, moment->seq,
                               rj->recent.copies.nelts
                               > NGX_RTALPHA_REG_RECENT_INLINE);
        if (given->apart == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_rtalpha_reg_recent_render(ngx_rtalpha_reg_recent_t *recent)
{
    ngx_rtalpha_out_t         out;
    ngx_rtalpha_reg_render_t  rr;

    ngx_str_null(&recent->text);

    if (ngx_rtalpha_out_init(&out, recent->pool,
                             1024 + recent->copies.nelts * 1400,
                             (size_t) 1024 * 1024 * 1024)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
    rr.out = &out;
    rr.form = recent->form;

    ngx_rtalpha_reg_render_list(&rr, NGX_RTALPHA_REG_OPEN, &recent->version,
                                &recent->hash);

    if (ngx_rtalpha_reg_recent_lines(recent, &out) != NGX_OK) {
        return;
    }

    ngx_rtalpha_reg_render_list(&rr, NGX_RTALPHA_REG_CLOSE, &recent->version,
                                &recent->hash);

    if (ngx_rtalpha_out_done(&out, &recent->text) != NGX_OK) {
        ngx_str_null(&recent->text);
        return;
    }

    if ((recent->form & NGX_RTALPHA_REG_FORM_GZIP)
        && ngx_rtalpha_reg_recent_gzip(recent) != NGX_OK)
    {
        ngx_str_null(&recent->text);
    }
}


static ngx_int_t
ngx_rtalpha_reg_recent_lines(ngx_rtalpha_reg_recent_t *recent,
    ngx_rtalpha_out_t *out)
{
    u_char                    *dead;
    uint32_t                  *next, k;
    ngx_uint_t                 i, n, pass, first;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_group_t   *groups;
    ngx_rtalpha_reg_render_t   rr;

    n = recent->copies.nelts;
    copy = recent->copies.elts;

    next = ngx_pcalloc(recent->pool, (n + 1) * sizeof(uint32_t));
    groups = ngx_pcalloc(recent->pool,
                         (n + 1) * sizeof(ngx_rtalpha_reg_group_t));
    dead = ngx_pcalloc(recent->pool, n + 1);

    if (next == NULL || groups == NULL || dead == NULL) {
        return NGX_ERROR;
    }

    if (recent->doubled && ngx_rtalpha_reg_recent_once(recent, dead) != NGX_OK)
    {
        return NGX_ERROR;
    }

    n = ngx_rtalpha_reg_recent_group(recent, next, groups);
    if (n == (ngx_uint_t) NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
    rr.out = out;
    rr.form = recent->form;
    rr.self = recent->self;
    rr.depth = 1;

    for (i = 0; i < n; i++) {

        ngx_rtalpha_reg_render_app(&rr, &copy[groups[i].first - 1].app,
                                   i == 0);
        first = 1;

        for (pass = 0; pass < 2; pass++) {
            for (k = groups[i].first; k; k = next[k - 1]) {

                if (dead[k - 1]
                    || (copy[k - 1].state.action == NGX_RTALPHA_REG_DELETED)
                       != (pass == 1)
                    || ngx_rtalpha_reg_doc_unpack(copy[k - 1].doc.data,
                                                  copy[k - 1].doc.len, &doc)
                       != NGX_OK)
                {
                    continue;
                }

                ngx_rtalpha_reg_render_app_member(&rr, &doc,
                                                  &copy[k - 1].state, first);
                first = 0;
            }
        }

        ngx_rtalpha_reg_render_app_end(&rr);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_recent_set(ngx_rtalpha_reg_recent_t *recent,
    ngx_rtalpha_reg_set_t *set)
{
    set->mask = 64;

    while (set->mask < 2 * recent->copies.nelts) {
        set->mask *= 2;
    }

    set->slots = ngx_pcalloc(recent->pool, set->mask * sizeof(uint32_t));
    set->mask--;

    return set->slots ? NGX_OK : NGX_ERROR;
}


/* lists of copies by application; returns the number of applications */

static ngx_uint_t
ngx_rtalpha_reg_recent_group(ngx_rtalpha_reg_recent_t *recent,
    uint32_t *next, ngx_rtalpha_reg_group_t *groups)
{
    size_t                    h;
    uint32_t                  g;
    ngx_uint_t                i, n;
    ngx_rtalpha_reg_set_t     set;
    ngx_rtalpha_reg_copy_t   *copy;

    if (ngx_rtalpha_reg_recent_set(recent, &set) != NGX_OK) {
        return (ngx_uint_t) NGX_ERROR;
    }

    copy = recent->copies.elts;
    n = 0;

    for (i = 0; i < recent->copies.nelts; i++) {

        h = ngx_rtalpha_reg_table_hash(1, copy[i].app.data, copy[i].app.len);

        for ( ;; h++) {
            g = set.slots[h & set.mask];

            if (g == 0) {
                set.slots[h & set.mask] = (uint32_t) ++n;
                groups[n - 1].first = (uint32_t) i + 1;
                groups[n - 1].last = (uint32_t) i + 1;
                break;
            }

            if (ngx_rtalpha_str_eq(&copy[groups[g - 1].first - 1].app,
                                   &copy[i].app))
            {
                next[groups[g - 1].last - 1] = (uint32_t) i + 1;
                groups[g - 1].last = (uint32_t) i + 1;
                break;
            }
        }
    }

    return n;
}


/* marks copies that a later one of the same instance makes void */

static ngx_int_t
ngx_rtalpha_reg_recent_once(ngx_rtalpha_reg_recent_t *recent, u_char *dead)
{
    size_t                    h;
    uint32_t                  k;
    ngx_uint_t                i;
    ngx_rtalpha_reg_set_t     set;
    ngx_rtalpha_reg_copy_t   *copy;

    if (ngx_rtalpha_reg_recent_set(recent, &set) != NGX_OK) {
        return NGX_ERROR;
    }

    copy = recent->copies.elts;

    for (i = recent->copies.nelts; i; i--) {

        h = ngx_rtalpha_reg_table_hash(1, copy[i - 1].id.data,
                                       copy[i - 1].id.len);

        for ( ;; h++) {
            k = set.slots[h & set.mask];

            if (k == 0) {
                set.slots[h & set.mask] = (uint32_t) i;
                break;
            }

            if (ngx_rtalpha_str_eq(&copy[k - 1].id, &copy[i - 1].id)
                && ngx_rtalpha_str_eq(&copy[k - 1].app, &copy[i - 1].app))
            {
                dead[i - 1] = 1;
                break;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_recent_gzip(ngx_rtalpha_reg_recent_t *recent)
{
    uint32_t                 crc;
    ngx_int_t                rc;
    ngx_str_t                none;
    ngx_rtalpha_out_t        out;
    ngx_rtalpha_reg_gzip_t  *gz;

    ngx_str_null(&none);

    gz = ngx_rtalpha_reg_gzip_create(recent->pool);
    if (gz == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_out_init(&out, recent->pool, recent->text.len / 4 + 64,
                              recent->text.len * 2 + 1024);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_reg_gzip_part(gz, &recent->text, 1, &out, &crc);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_reg_gzip_last(gz, &none, crc, recent->text.len,
                                       &out);
    }

    ngx_rtalpha_reg_gzip_destroy(gz);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_out_done(&out, &recent->text);
    }

    return rc;
}
