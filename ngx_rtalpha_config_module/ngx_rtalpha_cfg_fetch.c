
/*
 * The leader's work on repositories, as a state machine for each of them:
 *
 *     idle -> look -> (clone | fetch) -> refs -> preload -> idle
 *
 * A look finds out what is there and whether a local origin has changed;
 * remote origins are fetched when they are due.  The references that are
 * published stay until the new ones have been read and what is in use of
 * them is in the cache, so that no request waits for a change.
 */


#include "ngx_rtalpha_cfg_fetch.h"
#include "ngx_rtalpha_cfg_fetch_run.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_origin.h"
#include "ngx_rtalpha_cfg_preload.h"
#include "ngx_rtalpha_cfg_refs.h"
#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_notify.h"


#define NGX_RTALPHA_CFG_FETCH_TIMER    250      /* ms */
#define NGX_RTALPHA_CFG_FETCH_FOLDER   500
#define NGX_RTALPHA_CFG_FETCH_REMOTE   3        /* seconds */
#define NGX_RTALPHA_CFG_FETCH_IDLE     60       /* nobody asks any more */
#define NGX_RTALPHA_CFG_FETCH_RETRY    3000     /* ms, doubled to a minute */
#define NGX_RTALPHA_CFG_FETCH_PRELOAD  10000    /* ms at most */


typedef enum {
    NGX_RTALPHA_CFG_FETCH_REST = 0,
    NGX_RTALPHA_CFG_FETCH_BUSY,
    NGX_RTALPHA_CFG_FETCH_PRELOADING
} ngx_rtalpha_cfg_fetch_state_e;


typedef struct ngx_rtalpha_cfg_fetch_s  ngx_rtalpha_cfg_fetch_t;

struct ngx_rtalpha_cfg_fetch_s {
    ngx_rtalpha_cfg_fetch_t    *next;
    ngx_rtalpha_cfg_repo_t     *repo;
    ngx_uint_t                  state;
    ngx_msec_t                  due;        /* next look */
    ngx_msec_t                  fetched;
    ngx_msec_t                  retry;
    ngx_msec_t                  deadline;   /* of a preload */
    ngx_uint_t                  wanted;     /* fetches asked for, seen */
    u_char                      digest[NGX_RTALPHA_CFG_ID];
    ngx_pool_t                 *pool;       /* of refs */
    ngx_str_t                   refs;       /* to be published */
    unsigned                    prepared:1;
    unsigned                    digested:1; /* a fetch has followed digest */
    unsigned                    ever:1;     /* fetched in this process */
    unsigned                    grown:1;    /* no longer shallow */
    unsigned                    stuck:1;    /* a deleted branch is in the way
                                               of a new one */
};


static void ngx_rtalpha_cfg_fetch_timer(ngx_event_t *ev);
static void ngx_rtalpha_cfg_fetch_look(ngx_rtalpha_cfg_fetch_t *f,
    ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_backend_t *b);
static void ngx_rtalpha_cfg_fetch_refs(ngx_rtalpha_cfg_fetch_t *f);
static void ngx_rtalpha_cfg_fetch_publish(ngx_rtalpha_cfg_fetch_t *f);
static void ngx_rtalpha_cfg_fetch_advance(ngx_rtalpha_cfg_fetch_t *f);


static ngx_rtalpha_cfg_confs_pt   ngx_rtalpha_cfg_fetch_confs;
static void                     (*ngx_rtalpha_cfg_fetch_changed)(
                                      ngx_rtalpha_cfg_repo_t *repo);
static ngx_rtalpha_cfg_fetch_t   *ngx_rtalpha_cfg_fetches;
static ngx_event_t                ngx_rtalpha_cfg_fetch_event;
static ngx_connection_t           ngx_rtalpha_cfg_fetch_connection;
static ngx_uint_t                 ngx_rtalpha_cfg_fetch_leading;


void
ngx_rtalpha_cfg_fetch_init(ngx_rtalpha_cfg_confs_pt confs,
    void (*changed)(ngx_rtalpha_cfg_repo_t *repo))
{
    ngx_rtalpha_cfg_fetch_confs = confs;
    ngx_rtalpha_cfg_fetch_changed = changed;
    ngx_rtalpha_cfg_fetches = NULL;
    ngx_rtalpha_cfg_fetch_leading = 0;

    ngx_memzero(&ngx_rtalpha_cfg_fetch_event, sizeof(ngx_event_t));
    ngx_memzero(&ngx_rtalpha_cfg_fetch_connection, sizeof(ngx_connection_t));
    ngx_rtalpha_cfg_fetch_connection.fd = (ngx_socket_t) -1;
    ngx_rtalpha_cfg_fetch_event.handler = ngx_rtalpha_cfg_fetch_timer;
    ngx_rtalpha_cfg_fetch_event.data = &ngx_rtalpha_cfg_fetch_connection;
    ngx_rtalpha_cfg_fetch_event.log = ngx_cycle->log;
    ngx_rtalpha_cfg_fetch_event.cancelable = 1;
}


void
ngx_rtalpha_cfg_fetch_exit(void)
{
    ngx_rtalpha_cfg_fetch_t  *f;

    while (ngx_rtalpha_cfg_fetches) {
        f = ngx_rtalpha_cfg_fetches;
        ngx_rtalpha_cfg_fetches = f->next;

        if (f->pool) {
            ngx_destroy_pool(f->pool);
        }

        ngx_free(f);
    }
}


void
ngx_rtalpha_cfg_fetch_lead(ngx_uint_t leading)
{
    ngx_rtalpha_cfg_fetch_leading = leading;

    if (leading) {
        if (!ngx_rtalpha_cfg_fetch_event.timer_set) {
            ngx_add_timer(&ngx_rtalpha_cfg_fetch_event, 1);
        }

        return;
    }

    if (ngx_rtalpha_cfg_fetch_event.timer_set) {
        ngx_del_timer(&ngx_rtalpha_cfg_fetch_event);
    }
}


void
ngx_rtalpha_cfg_fetch_all(void)
{
    ngx_rtalpha_cfg_repo_t  *repo;

    for (repo = ngx_rtalpha_cfg_root->repos; repo; repo = repo->next) {
        (void) ngx_atomic_fetch_add(&repo->wanted, 1);
    }

    ngx_rtalpha_notify_ring();
}


static ngx_rtalpha_cfg_fetch_t *
ngx_rtalpha_cfg_fetch_of(ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_rtalpha_cfg_fetch_t  *f;

    for (f = ngx_rtalpha_cfg_fetches; f; f = f->next) {
        if (f->repo == repo) {
            return f;
        }
    }

    f = ngx_calloc(sizeof(ngx_rtalpha_cfg_fetch_t), ngx_cycle->log);
    if (f == NULL) {
        return NULL;
    }

    f->repo = repo;
    f->due = ngx_current_msec;
    f->retry = NGX_RTALPHA_CFG_FETCH_RETRY;
    f->next = ngx_rtalpha_cfg_fetches;
    ngx_rtalpha_cfg_fetches = f;

    return f;
}


static void
ngx_rtalpha_cfg_fetch_rest(ngx_rtalpha_cfg_fetch_t *f, ngx_msec_t wait)
{
    f->state = NGX_RTALPHA_CFG_FETCH_REST;
    f->due = ngx_current_msec + wait;
}


static void
ngx_rtalpha_cfg_fetch_step(ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_rtalpha_cfg_conf_t           *conf;
    ngx_rtalpha_cfg_fetch_t          *f;
    const ngx_rtalpha_cfg_backend_t  *b;

    f = ngx_rtalpha_cfg_fetch_of(repo);
    b = ngx_rtalpha_cfg_origin_backend(ngx_rtalpha_cfg_fetch_confs(),
                                       repo, &conf);

    if (f == NULL || b == NULL) {
        return;
    }

    /* a made-up repository is not tried for ever */

    if (!repo->seeded && repo->version == 0 && repo->failed
        && f->state == NGX_RTALPHA_CFG_FETCH_REST
        && ngx_time() - (time_t) repo->asked > NGX_RTALPHA_CFG_FETCH_IDLE)
    {
        return;
    }

    if (f->state == NGX_RTALPHA_CFG_FETCH_REST) {

        /* without watching, the first time and when asked */

        if (f->wanted != repo->wanted
            || ((conf->realtime || !f->ever || repo->version == 0)
                && (ngx_msec_int_t) (ngx_current_msec - f->due) >= 0))
        {
            ngx_rtalpha_cfg_fetch_look(f, conf, b);
        }

        return;
    }

    if (f->state != NGX_RTALPHA_CFG_FETCH_BUSY) {
        ngx_rtalpha_cfg_fetch_advance(f);
    }
}


void
ngx_rtalpha_cfg_fetch_wake(void)
{
    ngx_rtalpha_cfg_repo_t   *repo;
    ngx_rtalpha_cfg_conf_t  **confs;

    if (!ngx_rtalpha_cfg_fetch_leading) {
        return;
    }

    for (confs = ngx_rtalpha_cfg_fetch_confs(); *confs; confs++) {
        ngx_rtalpha_cfg_origin_seed(*confs, (*confs)->backends.elts,
                                   (*confs)->backends.nelts);
    }

    for (repo = ngx_rtalpha_cfg_root->repos; repo; repo = repo->next) {
        ngx_rtalpha_cfg_fetch_step(repo);
    }
}


static void
ngx_rtalpha_cfg_fetch_timer(ngx_event_t *ev)
{
    ngx_rtalpha_cfg_fetch_wake();

    if (ngx_rtalpha_cfg_fetch_leading && !ngx_exiting) {
        ngx_add_timer(ev, NGX_RTALPHA_CFG_FETCH_TIMER);
    }
}


static ngx_rtalpha_job_t *
ngx_rtalpha_cfg_fetch_job(ngx_rtalpha_cfg_fetch_t *f)
{
    ngx_rtalpha_job_t            *job;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_cfg_fetch_job_t));
    if (job == NULL) {
        return NULL;
    }

    j = job->data;
    j->fetch = f;

    if (ngx_rtalpha_cfg_git_dir(job->pool, &j->dir) != NGX_OK
        || ngx_rtalpha_cfg_git_mirror(job->pool, f->repo, &j->mirror)
           != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return NULL;
    }

    return job;
}


static void
ngx_rtalpha_cfg_fetch_post(ngx_rtalpha_cfg_fetch_t *f,
    ngx_rtalpha_job_t *job, ngx_int_t rc)
{
    if (job && rc == NGX_OK && ngx_rtalpha_background_post(job) == NGX_OK) {
        f->state = NGX_RTALPHA_CFG_FETCH_BUSY;
        return;
    }

    if (job) {
        ngx_rtalpha_background_discard(job);
    }

    ngx_rtalpha_cfg_fetch_rest(f, NGX_RTALPHA_CFG_FETCH_RETRY);
}


static void
ngx_rtalpha_cfg_fetch_failed(ngx_rtalpha_cfg_fetch_t *f,
    const ngx_str_t *why)
{
    ngx_str_t    uri;
    ngx_uint_t   first;
    ngx_pool_t  *pool;

    first = (f->repo->failed == 0);
    ngx_rtalpha_cfg_store_failed(f->repo, why);
    pool = first ? ngx_create_pool(2048, ngx_cycle->log) : NULL;

    if (pool) {
        ngx_rtalpha_cfg_transport_shown(pool, f->repo, &uri);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha config: \"%V\": %V", &uri, why);
        ngx_destroy_pool(pool);
    }

    f->retry = ngx_min(f->retry * 2, 60000);
    ngx_rtalpha_cfg_fetch_rest(f, f->repo->version ? f->retry / 2
                               : NGX_RTALPHA_CFG_FETCH_RETRY);

    /* whoever waits for the first content is told at once */
    ngx_rtalpha_notify_ring();
}


static ngx_uint_t
ngx_rtalpha_cfg_fetch_is_due(ngx_rtalpha_cfg_fetch_t *f,
    const ngx_rtalpha_cfg_backend_t *b, ngx_rtalpha_cfg_fetch_job_t *j)
{
    ngx_msec_t  since;

    if (!f->ever) {
        return b->refresh >= 0 || f->repo->version == 0;
    }

    if (f->wanted != f->repo->wanted) {
        return 1;
    }

    since = ngx_current_msec - f->fetched;

    if (b->refresh < 0) {
        return 0;
    }

    if (b->refresh > 0) {
        return since >= (ngx_msec_t) b->refresh * 1000;
    }

    if (j->digested) {
        return !f->digested
               || ngx_memcmp(f->digest, j->digest, NGX_RTALPHA_CFG_ID) != 0;
    }

    if (f->repo->failed) {
        return 1;
    }

    return since >= NGX_RTALPHA_CFG_FETCH_REMOTE * 1000
           && ngx_time() - (time_t) f->repo->asked
              < NGX_RTALPHA_CFG_FETCH_IDLE;
}


static void
ngx_rtalpha_cfg_fetch_pull_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_fetch_t      *f;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    j = job->data;
    f = j->fetch;
    f->fetched = ngx_current_msec;
    f->stuck = j->stuck;

    if (!j->ok) {
        if (j->error.len == 0) {
            ngx_str_set(&j->error, "no memory");
        }

        ngx_rtalpha_cfg_fetch_failed(f, &j->error);
        return;
    }

    f->ever = 1;
    f->grown = j->shallow;
    f->retry = NGX_RTALPHA_CFG_FETCH_RETRY;
    ngx_rtalpha_cfg_store_good(f->repo);
    ngx_rtalpha_cfg_fetch_refs(f);
}


/*
 * References that the origin has no more stay, as in the original's clone,
 * unless the settings say otherwise; a local origin is what it is.
 */

static ngx_uint_t
ngx_rtalpha_cfg_fetch_prunes(ngx_rtalpha_cfg_fetch_t *f,
    const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_str_t  uri, path;

    uri.data = f->repo->uri;
    uri.len = f->repo->uri_len;

    return b->prune || f->stuck || ngx_rtalpha_cfg_conf_local(&uri, &path);
}


static void
ngx_rtalpha_cfg_fetch_pull(ngx_rtalpha_cfg_fetch_t *f,
    const ngx_rtalpha_cfg_backend_t *b, ngx_uint_t there, ngx_uint_t shallow)
{
    ngx_int_t                     rc;
    ngx_rtalpha_job_t            *job;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    f->wanted = f->repo->wanted;
    job = ngx_rtalpha_cfg_fetch_job(f);
    rc = NGX_ERROR;

    if (job) {
        j = job->data;
        j->there = there;
        j->shallow = shallow && b->depth <= 0;
        job->run = ngx_rtalpha_cfg_fetch_pull_run;
        job->done = ngx_rtalpha_cfg_fetch_pull_done;
        rc = there ? ngx_rtalpha_cfg_git_fetch(job, f->repo, b,
                         ngx_rtalpha_cfg_fetch_prunes(f, b), shallow)
                   : ngx_rtalpha_cfg_git_clone(job, f->repo, b);
    }

    ngx_rtalpha_cfg_fetch_post(f, job, rc);
}


/*
 * A job is done, and another is to follow: for which backend.  NULL: there
 * is none any more, or another process leads, and so it rests.
 */

static const ngx_rtalpha_cfg_backend_t *
ngx_rtalpha_cfg_fetch_going(ngx_rtalpha_cfg_fetch_t *f)
{
    ngx_rtalpha_cfg_conf_t           *conf;
    const ngx_rtalpha_cfg_backend_t  *b;

    b = ngx_rtalpha_cfg_origin_backend(ngx_rtalpha_cfg_fetch_confs(),
                                       f->repo, &conf);

    if (b && ngx_rtalpha_cfg_fetch_leading) {
        return b;
    }

    ngx_rtalpha_cfg_fetch_rest(f, NGX_RTALPHA_CFG_FETCH_RETRY);

    return NULL;
}


/* what an interrupted clone left is in the way of the next */

static void
ngx_rtalpha_cfg_fetch_clean_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_fetch_t          *f;
    ngx_rtalpha_cfg_fetch_job_t      *j;
    const ngx_rtalpha_cfg_backend_t  *b;

    j = job->data;
    f = j->fetch;
    b = ngx_rtalpha_cfg_fetch_going(f);

    if (b) {
        ngx_rtalpha_cfg_fetch_pull(f, b, 0, 0);
    }
}


static void
ngx_rtalpha_cfg_fetch_clean(ngx_rtalpha_cfg_fetch_t *f)
{
    ngx_rtalpha_job_t  *job;

    job = ngx_rtalpha_cfg_fetch_job(f);

    if (job) {
        job->run = ngx_rtalpha_cfg_fetch_clean_run;
        job->done = ngx_rtalpha_cfg_fetch_clean_done;
    }

    ngx_rtalpha_cfg_fetch_post(f, job, NGX_OK);
}


static void
ngx_rtalpha_cfg_fetch_folder_done(ngx_rtalpha_cfg_fetch_t *f,
    ngx_rtalpha_cfg_fetch_job_t *j)
{
    ngx_int_t  rc;

    f->wanted = f->repo->wanted;

    if (!j->ok) {
        ngx_rtalpha_cfg_fetch_failed(f, &j->error);
        return;
    }

    f->ever = 1;
    ngx_rtalpha_cfg_store_good(f->repo);
    rc = ngx_rtalpha_cfg_store_refs(f->repo, &j->bytes, 0);
    ngx_rtalpha_cfg_fetch_rest(f, NGX_RTALPHA_CFG_FETCH_FOLDER);

    if (rc == NGX_OK) {
        ngx_rtalpha_cfg_fetch_changed(f->repo);
        ngx_rtalpha_notify_ring();
    }
}


static void
ngx_rtalpha_cfg_fetch_look_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_fetch_t          *f;
    ngx_rtalpha_cfg_fetch_job_t      *j;
    const ngx_rtalpha_cfg_backend_t  *b;

    j = job->data;
    f = j->fetch;
    b = ngx_rtalpha_cfg_fetch_going(f);

    if (b == NULL) {
        return;
    }

    if (f->repo->kind == NGX_RTALPHA_CFG_REPO_NATIVE) {
        ngx_rtalpha_cfg_fetch_folder_done(f, j);
        return;
    }

    if (!j->ok) {
        ngx_rtalpha_cfg_fetch_failed(f, &j->error);
        return;
    }

    /* what the mirror has is served before anything is fetched */

    if (j->there && f->repo->version == 0) {
        ngx_rtalpha_cfg_fetch_refs(f);
        return;
    }

    if (!ngx_rtalpha_leader_of_state()) {

        if (j->there) {
            ngx_rtalpha_cfg_fetch_refs(f);

        } else {
            ngx_rtalpha_cfg_fetch_rest(f, NGX_RTALPHA_CFG_FETCH_RETRY);
        }

        return;
    }

    if (!j->there) {
        ngx_rtalpha_cfg_fetch_clean(f);
        return;
    }

    if (ngx_rtalpha_cfg_fetch_is_due(f, b, j)) {
        ngx_memcpy(f->digest, j->digest, NGX_RTALPHA_CFG_ID);
        f->digested = j->digested;
        ngx_rtalpha_cfg_fetch_pull(f, b, 1, j->shallow);
        return;
    }

    if (j->digested && f->repo->failed == 0) {
        ngx_rtalpha_cfg_store_good(f->repo);
    }

    ngx_rtalpha_cfg_fetch_rest(f, 0);
}


/* after a change of settings: whose credentials are still of use */

static ngx_array_t *
ngx_rtalpha_cfg_fetch_known(ngx_pool_t *pool)
{
    u_char                   *id;
    uint64_t                  versions;
    ngx_array_t              *known;
    ngx_rtalpha_cfg_repo_t   *repo;
    ngx_rtalpha_cfg_conf_t   *conf, **confs;

    static uint64_t           swept;

    versions = 0;

    for (confs = ngx_rtalpha_cfg_fetch_confs(); *confs; confs++) {
        versions += (*confs)->version;
    }

    known = (versions == swept) ? NULL
                                : ngx_array_create(pool, 16,
                                                   NGX_RTALPHA_CFG_ID);
    if (known == NULL) {
        return NULL;
    }

    for (repo = ngx_rtalpha_cfg_root->repos; repo; repo = repo->next) {

        if (ngx_rtalpha_cfg_origin_backend(ngx_rtalpha_cfg_fetch_confs(),
                                           repo, &conf)
            == NULL)
        {
            continue;
        }

        id = ngx_array_push(known);
        if (id == NULL) {
            return NULL;
        }

        ngx_memcpy(id, repo->id, NGX_RTALPHA_CFG_ID);
    }

    swept = versions;

    return known;
}


static ngx_int_t
ngx_rtalpha_cfg_fetch_files(ngx_pool_t *pool, ngx_rtalpha_cfg_fetch_t *f,
    const ngx_rtalpha_cfg_backend_t *b, ngx_rtalpha_cfg_fetch_job_t *j)
{
    if (ngx_array_init(&j->files, pool, 4, sizeof(ngx_rtalpha_cfg_secret_t))
        != NGX_OK
        || ngx_rtalpha_cfg_transport_files(pool, &j->dir, f->repo, b,
                                           &j->files)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_leader_of_state()) {
        j->known = ngx_rtalpha_cfg_fetch_known(pool);
    }

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_fetch_look(ngx_rtalpha_cfg_fetch_t *f,
    ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_backend_t *b)
{
    u_char                       *p;
    ngx_str_t                     uri, path;
    ngx_rtalpha_job_t            *job;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    job = ngx_rtalpha_cfg_fetch_job(f);
    if (job == NULL) {
        return;
    }

    j = job->data;
    j->max_files = conf->max_files;
    uri.data = f->repo->uri;
    uri.len = f->repo->uri_len;

    if (f->repo->kind == NGX_RTALPHA_CFG_REPO_GIT
        && ngx_rtalpha_cfg_fetch_files(job->pool, f, b, j) != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return;
    }

    if (ngx_rtalpha_cfg_conf_local(&uri, &path)) {
        p = ngx_pnalloc(job->pool, path.len + 1);

        if (p == NULL) {
            ngx_rtalpha_background_discard(job);
            return;
        }

        ngx_memcpy(p, path.data, path.len);
        p[path.len] = '\0';
        j->origin.data = p;
        j->origin.len = path.len;
    }

    job->run = ngx_rtalpha_cfg_fetch_look_run;
    job->done = ngx_rtalpha_cfg_fetch_look_done;
    ngx_rtalpha_cfg_fetch_post(f, job, NGX_OK);
}


/* keeps the new references until what is in use of them is there */

static ngx_int_t
ngx_rtalpha_cfg_fetch_keep(ngx_rtalpha_cfg_fetch_t *f,
    const ngx_str_t *refs)
{
    f->pool = ngx_create_pool(4096, ngx_cycle->log);
    if (f->pool == NULL) {
        return NGX_ERROR;
    }

    f->refs.len = refs->len;
    f->refs.data = ngx_pnalloc(f->pool, refs->len + 1);

    if (f->refs.data == NULL) {
        ngx_destroy_pool(f->pool);
        f->pool = NULL;
        return NGX_ERROR;
    }

    ngx_memcpy(f->refs.data, refs->data, refs->len);

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_fetch_refs_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_fetch_t      *f;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    j = job->data;
    f = j->fetch;

    if (!j->ok || ngx_rtalpha_cfg_fetch_keep(f, &j->bytes) != NGX_OK) {
        if (j->error.len == 0) {
            ngx_str_set(&j->error, "cannot read the references");
        }

        ngx_rtalpha_cfg_fetch_failed(f, &j->error);
        return;
    }

    if (f->repo->version == 0) {
        ngx_rtalpha_cfg_fetch_publish(f);
        return;
    }

    f->state = NGX_RTALPHA_CFG_FETCH_PRELOADING;
    f->deadline = ngx_current_msec + NGX_RTALPHA_CFG_FETCH_PRELOAD;
    ngx_rtalpha_cfg_fetch_advance(f);
}


static void
ngx_rtalpha_cfg_fetch_refs(ngx_rtalpha_cfg_fetch_t *f)
{
    ngx_int_t           rc;
    ngx_rtalpha_job_t  *job;

    static char  *args[] = { "for-each-ref", NGX_RTALPHA_CFG_REFS_FORMAT,
                             NULL };

    job = ngx_rtalpha_cfg_fetch_job(f);
    rc = NGX_ERROR;

    if (job) {
        job->run = ngx_rtalpha_cfg_fetch_refs_run;
        job->done = ngx_rtalpha_cfg_fetch_refs_done;
        rc = ngx_rtalpha_cfg_git_read(job, f->repo, NULL, args);
    }

    ngx_rtalpha_cfg_fetch_post(f, job, rc);
}


static void
ngx_rtalpha_cfg_fetch_publish(ngx_rtalpha_cfg_fetch_t *f)
{
    ngx_int_t  rc;

    static ngx_str_t  full = ngx_string("there is no room in rtalpha_zone");

    rc = ngx_rtalpha_cfg_store_refs(f->repo, &f->refs, f->grown);
    f->grown = 0;

    ngx_destroy_pool(f->pool);
    f->pool = NULL;
    ngx_str_null(&f->refs);

    if (rc == NGX_ERROR) {
        ngx_rtalpha_cfg_fetch_failed(f, &full);
        return;
    }

    ngx_rtalpha_cfg_fetch_rest(f, 0);

    if (rc == NGX_OK) {
        ngx_rtalpha_cfg_fetch_changed(f->repo);
        ngx_rtalpha_notify_ring();
    }
}


static void
ngx_rtalpha_cfg_fetch_advance(ngx_rtalpha_cfg_fetch_t *f)
{
    ngx_int_t                rc;
    ngx_pool_t              *pool;
    ngx_rtalpha_cfg_conf_t  *conf;

    pool = ngx_create_pool(16384, ngx_cycle->log);
    rc = NGX_OK;

    if (pool) {
        if (ngx_rtalpha_cfg_origin_backend(ngx_rtalpha_cfg_fetch_confs(),
                                           f->repo, &conf)
            && (ngx_msec_int_t) (ngx_current_msec - f->deadline) <= 0)
        {
            rc = ngx_rtalpha_cfg_preload(pool, conf, f->repo, &f->refs);
        }

        ngx_destroy_pool(pool);
    }

    if (rc != NGX_AGAIN) {
        ngx_rtalpha_cfg_fetch_publish(f);
    }
}
