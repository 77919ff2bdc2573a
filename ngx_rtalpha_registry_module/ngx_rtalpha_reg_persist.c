
/*
 * Snapshot and journal.
 *
 * The state leader reads the log of changes from where it stopped and
 * appends what it finds to the journal, in background jobs, one at a time.
 *
 * A snapshot is taken when only one can tell what is in the file (a new
 * leader, changes that the log no longer holds), or when the journal has
 * grown to more than what it describes.  It is written beside the journal,
 * some instances a job, and jobs that append changes go on between them.
 * The last job adds what has changed since the first one, and puts the
 * snapshot in the journal's place.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_persist.h"
#include "ngx_rtalpha_reg_record.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_reg_take.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"


#define NGX_RTALPHA_REG_PERSIST_NAME    "/registry.journal"
#define NGX_RTALPHA_REG_PERSIST_NEXT    ".next"

/* one job: bytes it may have, and microseconds of the event loop's time */
#define NGX_RTALPHA_REG_PERSIST_BYTES   (2 * 1024 * 1024)
#define NGX_RTALPHA_REG_PERSIST_MAX     ((size_t) 256 * 1024 * 1024)
#define NGX_RTALPHA_REG_PERSIST_USEC    2000

/* instances copied in one section, and room for their documents */
#define NGX_RTALPHA_REG_PERSIST_COPIES  16
#define NGX_RTALPHA_REG_PERSIST_SIZE    (64 * 1024)

/* a journal is replaced when it is larger than this and twice the content */
#define NGX_RTALPHA_REG_PERSIST_SMALL   (4 * 1024 * 1024)

#define NGX_RTALPHA_REG_PERSIST_BEAT    50


typedef struct {
    ngx_str_t                 path;
    ngx_str_t                 next;     /* of the snapshot */
    ngx_str_t                 frames;
    uint64_t                  seq;      /* what it brings the file up to */
    ngx_uint_t                round;    /* of the snapshot; 0: changes */
    ngx_uint_t                first;
    ngx_uint_t                last;

    ngx_int_t                 rc;
    ngx_str_t                 error;
} ngx_rtalpha_reg_persist_job_t;


/* a snapshot that is being taken */
typedef struct {
    ngx_uint_t                active;
    ngx_uint_t                round;    /* a number, never 0 */
    ngx_uint_t                begun;    /* a job of it has been done */
    ngx_uint_t                walked;   /* changes are left */
    uint64_t                  seq;      /* … after this one */
    ngx_rtalpha_reg_place_t   place;
    size_t                    bytes;
} ngx_rtalpha_reg_snapshot_t;


static void ngx_rtalpha_reg_persist_timer(ngx_event_t *ev);
static ngx_int_t ngx_rtalpha_reg_persist_start(void);
static ngx_int_t ngx_rtalpha_reg_persist_fill(ngx_rtalpha_job_t *job,
    ngx_uint_t snapshot);
static ngx_int_t ngx_rtalpha_reg_persist_copies(ngx_rtalpha_out_t *out,
    uint64_t *seq, ngx_rtalpha_reg_place_t *place);
static ngx_int_t ngx_rtalpha_reg_persist_section(ngx_rtalpha_out_t *out,
    uint64_t *seq, ngx_rtalpha_reg_place_t *place);
static void ngx_rtalpha_reg_persist_frame(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy);
static void ngx_rtalpha_reg_persist_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_persist_done(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_persist_failed(
    ngx_rtalpha_reg_persist_job_t *pj);
static void ngx_rtalpha_reg_snapshot_begin(void);
static void ngx_rtalpha_reg_snapshot_done(ngx_rtalpha_reg_persist_job_t *pj);


static ngx_event_t                 ngx_rtalpha_reg_persist_event;
static ngx_rtalpha_reg_snapshot_t  ngx_rtalpha_reg_snapshot;
static ngx_uint_t   ngx_rtalpha_reg_persist_busy;
static ngx_uint_t   ngx_rtalpha_reg_persist_whole;  /* nothing else will do */
static ngx_uint_t   ngx_rtalpha_reg_persist_grown;  /* it is worth while */
static ngx_uint_t   ngx_rtalpha_reg_persist_turn;   /* the snapshot's */
static ngx_uint_t   ngx_rtalpha_reg_persist_leads;
static ngx_uint_t   ngx_rtalpha_reg_persist_failing;
static uint64_t     ngx_rtalpha_reg_persist_seq;    /* on disk up to it */
static size_t       ngx_rtalpha_reg_persist_bytes;  /* in the journal */
static size_t       ngx_rtalpha_reg_persist_base;   /* … when it was new */


ngx_int_t
ngx_rtalpha_reg_persist_path(ngx_pool_t *pool, const char *end,
    ngx_str_t *path)
{
    const ngx_str_t  *folder;

    folder = ngx_rtalpha_leader_state_path();

    path->len = folder->len + sizeof(NGX_RTALPHA_REG_PERSIST_NAME) - 1
                + ngx_strlen(end);
    path->data = ngx_pnalloc(pool, path->len + 1);

    if (path->data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(path->data, "%V" NGX_RTALPHA_REG_PERSIST_NAME "%s%Z", folder,
                end);

    return NGX_OK;
}


/*
 * What is in the file, only a snapshot can tell: the leader before may have
 * died while it wrote.  If it has not, what it said in the zone is true, and
 * changes are appended as ever.
 */

void
ngx_rtalpha_reg_persist_lead(ngx_uint_t leading)
{
    ngx_event_t  *ev;

    ngx_rtalpha_reg_persist_leads = leading;

    if (!leading) {
        return;
    }

    ngx_rtalpha_reg_persist_whole = 1;
    ngx_rtalpha_reg_persist_seq = ngx_rtalpha_reg_root->saved;

    ev = &ngx_rtalpha_reg_persist_event;

    if (!ev->timer_set) {
        ev->handler = ngx_rtalpha_reg_persist_timer;
        ev->log = ngx_cycle->log;
        ev->data = &ngx_rtalpha_reg_nobody;
        ev->cancelable = 1;
        ngx_add_timer(ev, NGX_RTALPHA_REG_PERSIST_BEAT);
    }
}


static void
ngx_rtalpha_reg_persist_timer(ngx_event_t *ev)
{
    if (!ngx_rtalpha_reg_persist_leads || ngx_exiting) {
        return;
    }

    if (!ngx_rtalpha_reg_persist_busy && ngx_rtalpha_reg_conf.persist
        && ngx_rtalpha_leader_of_state())
    {
        ngx_rtalpha_reg_persist_start();
    }

    ngx_add_timer(ev, NGX_RTALPHA_REG_PERSIST_BEAT);
}


/*
 * One job, if there is anything to do: changes and a part of a snapshot by
 * turns.
 */

static ngx_int_t
ngx_rtalpha_reg_persist_start(void)
{
    uint64_t                        seq;
    ngx_int_t                       rc;
    ngx_uint_t                      changes, snapshot;
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_reg_snapshot_t      before;
    ngx_rtalpha_reg_persist_job_t  *pj;

    if ((ngx_rtalpha_reg_persist_whole || ngx_rtalpha_reg_persist_grown)
        && !ngx_rtalpha_reg_snapshot.active)
    {
        ngx_rtalpha_reg_snapshot_begin();
    }

    changes = (ngx_rtalpha_reg_persist_seq != ngx_rtalpha_reg_delta_last());
    snapshot = ngx_rtalpha_reg_snapshot.active
               && (ngx_rtalpha_reg_persist_turn || !changes);

    if (!changes && !snapshot) {
        return NGX_OK;
    }

    ngx_rtalpha_reg_persist_turn = !snapshot;
    before = ngx_rtalpha_reg_snapshot;
    seq = ngx_rtalpha_reg_persist_seq;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_persist_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    pj = job->data;
    job->run = ngx_rtalpha_reg_persist_run;
    job->done = ngx_rtalpha_reg_persist_done;

    rc = ngx_rtalpha_reg_persist_path(job->pool, "", &pj->path);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_reg_persist_path(job->pool,
                                          NGX_RTALPHA_REG_PERSIST_NEXT,
                                          &pj->next);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_reg_persist_fill(job, snapshot);
    }

    if (rc != NGX_OK || ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);

        /* nobody writes what was taken: it is taken again */

        if (rc != NGX_DECLINED) {
            ngx_rtalpha_reg_snapshot = before;
            ngx_rtalpha_reg_persist_seq = seq;
        }

        return NGX_ERROR;
    }

    ngx_rtalpha_reg_persist_busy = 1;

    return NGX_OK;
}


static void
ngx_rtalpha_reg_snapshot_begin(void)
{
    ngx_rtalpha_reg_snapshot_t  *snapshot;

    snapshot = &ngx_rtalpha_reg_snapshot;

    snapshot->active = 1;
    snapshot->round++;
    snapshot->begun = 0;
    snapshot->walked = 0;
    snapshot->seq = ngx_rtalpha_reg_delta_last();
    snapshot->bytes = 0;
    ngx_memzero(&snapshot->place, sizeof(ngx_rtalpha_reg_place_t));
}


/* what the job is to write; NGX_DECLINED: it is a snapshot's turn now */

static ngx_int_t
ngx_rtalpha_reg_persist_fill(ngx_rtalpha_job_t *job, ngx_uint_t snapshot)
{
    ngx_int_t                       rc;
    ngx_rtalpha_out_t               out;
    ngx_rtalpha_reg_snapshot_t     *s;
    ngx_rtalpha_reg_persist_job_t  *pj;

    pj = job->data;
    s = &ngx_rtalpha_reg_snapshot;

    if (ngx_rtalpha_out_init(&out, job->pool, 256 * 1024,
                             NGX_RTALPHA_REG_PERSIST_MAX)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!snapshot) {
        rc = ngx_rtalpha_reg_persist_copies(&out,
                                       &ngx_rtalpha_reg_persist_seq, NULL);
        pj->seq = ngx_rtalpha_reg_persist_seq;

    } else {
        pj->round = s->round;
        pj->first = !s->begun;

        if (!s->walked) {
            rc = ngx_rtalpha_reg_persist_copies(&out, NULL, &s->place);
            s->walked = (rc == NGX_OK);

        } else {
            rc = ngx_rtalpha_reg_persist_copies(&out, &s->seq, NULL);
            pj->last = (rc == NGX_OK);
        }

        pj->seq = s->seq;
    }

    /* the log no longer holds what comes next */

    if (rc == NGX_DECLINED) {
        ngx_rtalpha_reg_persist_whole = 1;
        s->active = 0;
    }

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        return rc;
    }

    return ngx_rtalpha_out_done(&out, &pj->frames);
}


/*
 * Changes after *seq, or instances from a place on; NGX_AGAIN: there are
 * more than one job should have.
 */

static ngx_int_t
ngx_rtalpha_reg_persist_copies(ngx_rtalpha_out_t *out, uint64_t *seq,
    ngx_rtalpha_reg_place_t *place)
{
    uint64_t   until;
    ngx_int_t  rc;

    until = ngx_rtalpha_reg_take_usec() + NGX_RTALPHA_REG_PERSIST_USEC;

    do {
        rc = ngx_rtalpha_reg_persist_section(out, seq, place);

    } while (rc == NGX_AGAIN
             && out->pos - out->start < NGX_RTALPHA_REG_PERSIST_BYTES
             && ngx_rtalpha_reg_take_usec() < until);

    return rc;
}


static ngx_int_t
ngx_rtalpha_reg_persist_section(ngx_rtalpha_out_t *out, uint64_t *seq,
    ngx_rtalpha_reg_place_t *place)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_pool_t               *pool;
    ngx_rtalpha_reg_copies_t  c;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_reg_copies_init(&c, pool, NGX_RTALPHA_REG_PERSIST_COPIES,
                                     NGX_RTALPHA_REG_PERSIST_SIZE);
    if (rc == NGX_OK) {
        rc = place ? ngx_rtalpha_reg_copies_walk(&c, place, NULL, NULL)
                   : ngx_rtalpha_reg_delta_read(seq, &c, NULL, NULL);
    }

    if (rc == NGX_OK || rc == NGX_AGAIN) {

        if (ngx_rtalpha_reg_copies_settle(&c, pool) != NGX_OK) {
            rc = NGX_ERROR;

        } else {
            for (i = 0; i < c.n; i++) {
                ngx_rtalpha_reg_persist_frame(out, &c.copies[i]);
            }
        }
    }

    ngx_destroy_pool(pool);

    return rc;
}


static void
ngx_rtalpha_reg_persist_frame(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy)
{
    size_t                    at;
    u_char                    head[NGX_RTALPHA_DISK_HEAD];
    ngx_rtalpha_reg_record_t  record;

    record.state = copy->state;
    record.app = copy->app;
    record.id = copy->id;
    record.doc = copy->doc;
    record.override = NGX_RTALPHA_REG_NONE;

    if (copy->state.action == NGX_RTALPHA_REG_DELETED) {
        ngx_str_null(&record.doc);

    } else if (ngx_rtalpha_reg_root->overrides.count) {
        record.override = ngx_rtalpha_reg_store_overridden(&copy->id);
    }

    at = out->pos - out->start;

    ngx_memzero(head, sizeof(head));
    ngx_rtalpha_out_bytes(out, head, sizeof(head));
    ngx_rtalpha_reg_record_write(&record, out);

    if (!out->failed) {
        ngx_rtalpha_disk_frame(out->start + at,
                               out->start + at + NGX_RTALPHA_DISK_HEAD,
                               out->pos - out->start - at
                               - NGX_RTALPHA_DISK_HEAD);
    }
}


static void
ngx_rtalpha_reg_persist_run(ngx_rtalpha_job_t *job)
{
    ngx_str_t                      *path;
    ngx_rtalpha_reg_persist_job_t  *pj;

    pj = job->data;
    pj->rc = NGX_OK;
    path = pj->round ? &pj->next : &pj->path;

    if (pj->first) {
        pj->rc = ngx_rtalpha_disk_remove(job->pool, path, &pj->error);
    }

    /* a snapshot of nothing is a file, too */

    if (pj->rc == NGX_OK && (pj->frames.len || pj->first)) {
        pj->rc = ngx_rtalpha_disk_append(job->pool, path, &pj->frames,
                                         &pj->error);
    }

    if (pj->rc == NGX_OK && pj->last) {
        pj->rc = ngx_rtalpha_disk_rename(job->pool, path, &pj->path,
                                         &pj->error);
    }
}


static void
ngx_rtalpha_reg_persist_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reg_persist_job_t  *pj;

    pj = job->data;
    ngx_rtalpha_reg_persist_busy = 0;

    if (pj->rc != NGX_OK) {
        ngx_rtalpha_reg_persist_failed(pj);
        return;
    }

    ngx_rtalpha_reg_persist_failing = 0;

    if (pj->round) {
        ngx_rtalpha_reg_snapshot_done(pj);

    } else {
        ngx_rtalpha_reg_persist_bytes += pj->frames.len;

        if (!ngx_rtalpha_reg_persist_whole) {
            ngx_rtalpha_reg_root->saved = pj->seq;
        }
    }

    if (ngx_rtalpha_reg_persist_bytes > NGX_RTALPHA_REG_PERSIST_SMALL
        && ngx_rtalpha_reg_persist_bytes
           > 2 * ngx_rtalpha_reg_persist_base)
    {
        ngx_rtalpha_reg_persist_grown = 1;
    }

    /* more to do: go on at once */

    if (ngx_rtalpha_reg_persist_event.timer_set) {
        ngx_rtalpha_reg_persist_start();
    }
}


/* what was to be written is not: only a snapshot has all of it now */

static void
ngx_rtalpha_reg_persist_failed(ngx_rtalpha_reg_persist_job_t *pj)
{
    ngx_rtalpha_reg_snapshot.active = 0;

    if (pj->round == 0) {
        ngx_rtalpha_reg_persist_whole = 1;
    }

    if (!ngx_rtalpha_reg_persist_failing) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "rtalpha registry: changes cannot be written to "
                      "disk: %V", &pj->error);
        ngx_rtalpha_reg_persist_failing = 1;
    }
}


static void
ngx_rtalpha_reg_snapshot_done(ngx_rtalpha_reg_persist_job_t *pj)
{
    ngx_rtalpha_reg_snapshot_t  *snapshot;

    snapshot = &ngx_rtalpha_reg_snapshot;

    if (!snapshot->active || pj->round != snapshot->round) {
        return;
    }

    snapshot->begun = 1;
    snapshot->bytes += pj->frames.len;

    if (!pj->last) {
        return;
    }

    snapshot->active = 0;

    ngx_rtalpha_reg_persist_seq = pj->seq;
    ngx_rtalpha_reg_root->saved = pj->seq;
    ngx_rtalpha_reg_persist_bytes = snapshot->bytes;
    ngx_rtalpha_reg_persist_base = snapshot->bytes;
    ngx_rtalpha_reg_persist_whole = 0;
    ngx_rtalpha_reg_persist_grown = 0;
}


void
ngx_rtalpha_reg_persist_tick(void)
{
    /* the timer does the work; a leader that lost it begins again here */

    if (ngx_rtalpha_reg_persist_leads
        && !ngx_rtalpha_reg_persist_event.timer_set)
    {
        ngx_rtalpha_reg_persist_lead(1);
    }
}


/* a snapshot that is being written may go to the folder of before */

void
ngx_rtalpha_reg_persist_state(void)
{
    ngx_rtalpha_reg_persist_whole = 1;
    ngx_rtalpha_reg_snapshot.active = 0;
}


/*
 * A worker that has not led takes up where the file ends: the leader before
 * it has said in the zone how far that is.  A snapshot that is not needed is
 * left to the next leader.
 */

ngx_int_t
ngx_rtalpha_reg_persist_flush(void)
{
    ngx_uint_t  whole;

    whole = ngx_rtalpha_reg_persist_leads && ngx_rtalpha_reg_persist_whole;

    if (!ngx_rtalpha_reg_conf.persist
        || (!whole
            && ngx_rtalpha_reg_root->saved == ngx_rtalpha_reg_delta_last()))
    {
        return NGX_OK;
    }

    if (ngx_rtalpha_reg_persist_busy) {
        return NGX_AGAIN;
    }

    if (ngx_rtalpha_reg_persist_failing || !ngx_rtalpha_leader_of_state()) {
        return NGX_ERROR;
    }

    if (!ngx_rtalpha_reg_persist_leads) {
        ngx_rtalpha_reg_persist_seq = ngx_rtalpha_reg_root->saved;
        ngx_rtalpha_reg_persist_whole |= ngx_rtalpha_reg_root->saved == 0;
    }

    if (!ngx_rtalpha_reg_persist_whole) {
        ngx_rtalpha_reg_persist_grown = 0;
        ngx_rtalpha_reg_snapshot.active = 0;
    }

    return ngx_rtalpha_reg_persist_start() == NGX_OK ? NGX_AGAIN : NGX_ERROR;
}
