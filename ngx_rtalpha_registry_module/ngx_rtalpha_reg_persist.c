
/*
 * Snapshot and journal.
 *
 * The state leader reads the log of changes from where it stopped and
 * appends what it finds to the journal, in background jobs, one at a time.
 * What the log no longer holds (a new leader, a long outage of the disk), or
 * a journal that has grown larger than what it describes, is answered by a
 * new snapshot: the journal is begun anew with every instance in it.
 *
 * Both are one file of frames; a snapshot is the file replaced as a whole.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_persist.h"
#include "ngx_rtalpha_reg_record.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"


#define NGX_RTALPHA_REG_PERSIST_NAME    "/registry.journal"
#define NGX_RTALPHA_REG_PERSIST_MAX     ((size_t) 8 * 1024 * 1024 * 1024)

/* changes in one job; sections of the log read for it */
#define NGX_RTALPHA_REG_PERSIST_COPIES  256
#define NGX_RTALPHA_REG_PERSIST_SIZE    (512 * 1024)
#define NGX_RTALPHA_REG_PERSIST_TURNS   64

/* a journal is replaced when it is larger than this and twice the content */
#define NGX_RTALPHA_REG_PERSIST_SMALL   (4 * 1024 * 1024)

#define NGX_RTALPHA_REG_PERSIST_BEAT    50


typedef struct {
    ngx_str_t     path;
    ngx_str_t     frames;
    ngx_uint_t    whole;            /* a snapshot */
    uint64_t      seq;              /* what it brings the file up to */

    ngx_int_t     rc;
    ngx_str_t     error;
} ngx_rtalpha_reg_persist_job_t;


static ngx_int_t ngx_rtalpha_reg_persist_records(ngx_log_t *log,
    ngx_str_t *bytes, ngx_uint_t *lost);
static ngx_int_t ngx_rtalpha_reg_persist_record(ngx_pool_t *pool,
    ngx_str_t *bytes);
static void ngx_rtalpha_reg_persist_timer(ngx_event_t *ev);
static ngx_int_t ngx_rtalpha_reg_persist_start(void);
static ngx_int_t ngx_rtalpha_reg_persist_changes(ngx_rtalpha_job_t *job,
    ngx_rtalpha_out_t *out);
static ngx_int_t ngx_rtalpha_reg_persist_all(ngx_rtalpha_job_t *job,
    ngx_rtalpha_out_t *out);
static void ngx_rtalpha_reg_persist_frame(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy);
static void ngx_rtalpha_reg_persist_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_persist_done(ngx_rtalpha_job_t *job);
static ngx_int_t ngx_rtalpha_reg_persist_path(ngx_pool_t *pool,
    ngx_str_t *path);


static ngx_event_t  ngx_rtalpha_reg_persist_event;
static ngx_uint_t   ngx_rtalpha_reg_persist_busy;
static ngx_uint_t   ngx_rtalpha_reg_persist_whole;  /* a snapshot is due */
static ngx_uint_t   ngx_rtalpha_reg_persist_leads;
static ngx_uint_t   ngx_rtalpha_reg_persist_renewed;
static ngx_uint_t   ngx_rtalpha_reg_persist_failing;
static uint64_t     ngx_rtalpha_reg_persist_seq;    /* on disk up to it */
static size_t       ngx_rtalpha_reg_persist_bytes;  /* in the journal */
static size_t       ngx_rtalpha_reg_persist_base;   /* … when it was new */


static ngx_int_t
ngx_rtalpha_reg_persist_path(ngx_pool_t *pool, ngx_str_t *path)
{
    const ngx_str_t  *folder;

    folder = ngx_rtalpha_leader_state_path();

    path->len = folder->len + sizeof(NGX_RTALPHA_REG_PERSIST_NAME) - 1;
    path->data = ngx_pnalloc(pool, path->len + 1);

    if (path->data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(path->data, "%V" NGX_RTALPHA_REG_PERSIST_NAME "%Z", folder);

    return NGX_OK;
}


void
ngx_rtalpha_reg_persist_load(ngx_log_t *log)
{
    ngx_int_t    rc;
    ngx_str_t    path, bytes, error;
    ngx_uint_t   lost;
    ngx_pool_t  *pool;

    lost = 0;

    pool = ngx_create_pool(4096, log);
    if (pool == NULL) {
        return;
    }

    ngx_str_null(&error);
    rc = ngx_rtalpha_reg_persist_path(pool, &path);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_disk_read(pool, &path, NGX_RTALPHA_REG_PERSIST_MAX,
                                   &bytes, &error);
    }

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "rtalpha registry: the state file cannot be read, the "
                      "registry begins empty: %V", &error);
    }

    if (rc != NGX_OK) {
        ngx_destroy_pool(pool);
        return;
    }

    rc = ngx_rtalpha_reg_persist_records(log, &bytes, &lost);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "rtalpha registry: the end of \"%V\" is damaged and "
                      "left out", &path);
    }

    if (lost) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "rtalpha registry: no room for %ui instances that are "
                      "on disk: \"rtalpha_zone\" is too small", lost);
    }

    ngx_rtalpha_reg_root->loaded = ngx_rtalpha_reg_root->n;

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "rtalpha registry: %ui instances read from disk",
                  ngx_rtalpha_reg_root->n);

    ngx_destroy_pool(pool);
}


/* NGX_DECLINED: the end is damaged */

static ngx_int_t
ngx_rtalpha_reg_persist_records(ngx_log_t *log, ngx_str_t *bytes,
    ngx_uint_t *lost)
{
    ngx_int_t    rc;
    ngx_str_t    record, copy;
    ngx_pool_t  *pool;

    pool = ngx_create_pool(16384, log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    for ( ;; ) {
        rc = ngx_rtalpha_disk_next(bytes, &record);

        if (rc != NGX_OK) {
            break;
        }

        copy = record;

        if (ngx_rtalpha_reg_persist_record(pool, &record) != NGX_OK) {

            /* what was deleted since has no reader yet */

            ngx_rtalpha_reg_delta_trim(0);

            if (ngx_rtalpha_reg_persist_record(pool, &copy) != NGX_OK) {
                (*lost)++;
            }
        }

        ngx_reset_pool(pool);
    }

    ngx_destroy_pool(pool);

    return rc;
}


/* NGX_ERROR: there is no room for it */

static ngx_int_t
ngx_rtalpha_reg_persist_record(ngx_pool_t *pool, ngx_str_t *bytes)
{
    ngx_rtalpha_reg_put_t     put;
    ngx_rtalpha_reg_record_t  record;

    if (ngx_rtalpha_reg_record_read(bytes, &record) != NGX_OK) {
        return NGX_OK;
    }

    if (record.doc.len == 0
        || record.state.action == NGX_RTALPHA_REG_DELETED)
    {
        ngx_rtalpha_reg_store_cancel(&record.app, &record.id);
        return NGX_OK;
    }

    ngx_memzero(&put, sizeof(ngx_rtalpha_reg_put_t));

    put.doc = record.doc;
    put.state = &record.state;
    put.status = record.state.status;
    put.overridden = record.override;
    put.dirty = record.state.dirty;
    put.lease = record.state.lease;
    put.replica = 1;

    if (ngx_rtalpha_reg_store_prepare_doc(pool, &put) != NGX_OK
        || ngx_rtalpha_reg_store_register(&put) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_rtalpha_reg_persist_lead(ngx_uint_t leading)
{
    ngx_event_t  *ev;

    ngx_rtalpha_reg_persist_leads = leading;

    if (!leading) {
        return;
    }

    /* what is in the file, only a snapshot can tell */

    ngx_rtalpha_reg_persist_whole = 1;

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


/* one job: what has changed since the last one, or everything */

static ngx_int_t
ngx_rtalpha_reg_persist_start(void)
{
    ngx_int_t                       rc;
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_out_t               out;
    ngx_rtalpha_reg_persist_job_t  *pj;

    if (!ngx_rtalpha_reg_persist_whole
        && ngx_rtalpha_reg_persist_seq == ngx_rtalpha_reg_delta_last())
    {
        return NGX_OK;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_persist_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    pj = job->data;
    pj->seq = ngx_rtalpha_reg_persist_seq;
    pj->whole = ngx_rtalpha_reg_persist_whole;

    rc = ngx_rtalpha_reg_persist_path(job->pool, &pj->path);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_out_init(&out, job->pool, 65536,
                                  NGX_RTALPHA_REG_PERSIST_MAX);
    }

    if (rc == NGX_OK) {
        rc = pj->whole ? ngx_rtalpha_reg_persist_all(job, &out)
                       : ngx_rtalpha_reg_persist_changes(job, &out);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_out_done(&out, &pj->frames);
    }

    if (rc == NGX_DECLINED) {
        ngx_rtalpha_reg_persist_whole = 1;
    }

    job->run = ngx_rtalpha_reg_persist_run;
    job->done = ngx_rtalpha_reg_persist_done;

    if (rc != NGX_OK || ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_persist_busy = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_persist_changes(ngx_rtalpha_job_t *job,
    ngx_rtalpha_out_t *out)
{
    ngx_int_t                       rc;
    ngx_uint_t                      i, turns;
    ngx_pool_t                     *pool;
    ngx_rtalpha_reg_copies_t        c;
    ngx_rtalpha_reg_persist_job_t  *pj;

    pj = job->data;
    rc = NGX_AGAIN;

    for (turns = 0;
         rc == NGX_AGAIN && turns < NGX_RTALPHA_REG_PERSIST_TURNS;
         turns++)
    {
        pool = ngx_create_pool(4096, ngx_cycle->log);
        if (pool == NULL) {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_reg_copies_init(&c, pool,
                                         NGX_RTALPHA_REG_PERSIST_COPIES,
                                         NGX_RTALPHA_REG_PERSIST_SIZE);
        if (rc == NGX_OK) {
            rc = ngx_rtalpha_reg_delta_read(&pj->seq, &c, NULL, NULL);
        }

        if (rc != NGX_ERROR && rc != NGX_DECLINED) {

            if (ngx_rtalpha_reg_copies_settle(&c, pool) != NGX_OK) {
                rc = NGX_ERROR;

            } else {
                for (i = 0; i < c.n; i++) {
                    ngx_rtalpha_reg_persist_frame(out, &c.copies[i]);
                }
            }
        }

        ngx_destroy_pool(pool);
    }

    return rc == NGX_AGAIN ? NGX_OK : rc;
}


/*
 * Everything, in slices; what changes meanwhile is in the log after seq, and
 * will be appended next.
 */

static ngx_int_t
ngx_rtalpha_reg_persist_all(ngx_rtalpha_job_t *job, ngx_rtalpha_out_t *out)
{
    uint64_t                        seq;
    ngx_int_t                       rc;
    ngx_uint_t                      i;
    ngx_pool_t                     *pool;
    ngx_array_t                     copies;
    ngx_rtalpha_reg_copy_t         *copy;
    ngx_rtalpha_reg_select_t        select;
    ngx_rtalpha_reg_persist_job_t  *pj;

    pj = job->data;
    pj->seq = ngx_rtalpha_reg_delta_last();

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    select.status = NGX_RTALPHA_REG_NONE;

    pool = ngx_create_pool(16384, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (ngx_array_init(&copies, pool, 256, sizeof(ngx_rtalpha_reg_copy_t))
        == NGX_OK)
    {
        rc = ngx_rtalpha_reg_select(pool, &select, &copies, &seq);
    }

    if (rc == NGX_OK) {
        copy = copies.elts;

        for (i = 0; i < copies.nelts; i++) {
            ngx_rtalpha_reg_persist_frame(out, &copy[i]);
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
    ngx_rtalpha_reg_persist_job_t  *pj;

    pj = job->data;

    if (pj->whole) {
        pj->rc = ngx_rtalpha_disk_write(job->pool, &pj->path, &pj->frames,
                                        &pj->error);
    } else {
        pj->rc = ngx_rtalpha_disk_append(job->pool, &pj->path, &pj->frames,
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

        if (!ngx_rtalpha_reg_persist_failing) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "rtalpha registry: changes cannot be written to "
                          "disk: %V", &pj->error);
            ngx_rtalpha_reg_persist_failing = 1;
        }

        return;
    }

    ngx_rtalpha_reg_persist_failing = 0;
    ngx_rtalpha_reg_persist_seq = pj->seq;
    ngx_rtalpha_reg_root->saved = pj->seq;

    if (pj->whole) {
        ngx_rtalpha_reg_persist_bytes = pj->frames.len;
        ngx_rtalpha_reg_persist_base = pj->frames.len;
        ngx_rtalpha_reg_persist_whole = ngx_rtalpha_reg_persist_renewed;
        ngx_rtalpha_reg_persist_renewed = 0;

    } else {
        ngx_rtalpha_reg_persist_bytes += pj->frames.len;
    }

    if (ngx_rtalpha_reg_persist_bytes > NGX_RTALPHA_REG_PERSIST_SMALL
        && ngx_rtalpha_reg_persist_bytes
           > 2 * ngx_rtalpha_reg_persist_base)
    {
        ngx_rtalpha_reg_persist_whole = 1;
    }

    /* more has come meanwhile: go on at once */

    if (ngx_rtalpha_reg_persist_event.timer_set
        && ngx_rtalpha_reg_persist_seq != ngx_rtalpha_reg_delta_last())
    {
        ngx_rtalpha_reg_persist_start();
    }
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
    ngx_rtalpha_reg_persist_renewed = ngx_rtalpha_reg_persist_busy;
}


/*
 * A worker that has not led takes up where the file ends: the leader before
 * it has said in the zone how far that is.
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

    return ngx_rtalpha_reg_persist_start() == NGX_OK ? NGX_AGAIN : NGX_ERROR;
}
