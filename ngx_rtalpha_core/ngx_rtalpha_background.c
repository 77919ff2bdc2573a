
/*
 * The background thread of a worker.
 *
 * Jobs go in through a list under the mutex and an eventfd that ends the
 * thread's poll(); they come out the same way, the second eventfd being one
 * more connection of nginx's event loop.  In the thread everything else is
 * its own: no lock is held while it works.
 *
 * The thread serves children and transfers between two runs, so that a long
 * queue of runs does not let a pipe fill up.
 *
 * A stopped thread kills its children, drops its jobs and returns.  Nobody
 * waits for it but exit_process, and that not for long.
 */


#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_metrics.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>


#define NGX_RTALPHA_BACKGROUND_POOL  4096
#define NGX_RTALPHA_BACKGROUND_EXIT  5


typedef struct {
    ngx_rtalpha_job_t         *first;
    ngx_rtalpha_job_t        **last;
} ngx_rtalpha_jobs_t;


/* what both sides use */

typedef struct {
    pthread_mutex_t            mutex;       /* of the two lists */
    ngx_rtalpha_jobs_t         in;
    ngx_rtalpha_jobs_t         out;
    int                        in_fd;
    int                        out_fd;
    ngx_uint_t                 stop;        /* __atomic */
} ngx_rtalpha_background_t;


/* the thread's own */

typedef struct {
    ngx_pool_t                *pool;
    ngx_rtalpha_poll_t         set;
    ngx_rtalpha_jobs_t         ready;       /* for their run() */
    ngx_rtalpha_children_t    *children;
    ngx_rtalpha_transfers_t   *transfers;
} ngx_rtalpha_thread_t;


static ngx_int_t ngx_rtalpha_background_start(ngx_log_t *log);
static ngx_int_t ngx_rtalpha_background_listen(ngx_log_t *log);
static ngx_int_t ngx_rtalpha_background_thread(ngx_log_t *log);
static void ngx_rtalpha_background_close(void);
static void ngx_rtalpha_background_results(ngx_event_t *ev);
static void ngx_rtalpha_background_count(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_background_drop(ngx_rtalpha_jobs_t *jobs);

static void *ngx_rtalpha_thread_main(void *data);
static ngx_int_t ngx_rtalpha_thread_init(ngx_rtalpha_thread_t *thread);
static void ngx_rtalpha_thread_turn(ngx_rtalpha_thread_t *thread);
static void ngx_rtalpha_thread_take(ngx_rtalpha_thread_t *thread);
static void ngx_rtalpha_thread_run(ngx_rtalpha_thread_t *thread);
static void ngx_rtalpha_thread_ended(void *owner);
static void ngx_rtalpha_thread_deliver(ngx_rtalpha_job_t *job);

static void ngx_rtalpha_jobs_init(ngx_rtalpha_jobs_t *jobs);
static void ngx_rtalpha_jobs_push(ngx_rtalpha_jobs_t *jobs,
    ngx_rtalpha_job_t *job);
static ngx_rtalpha_job_t *ngx_rtalpha_jobs_pop(ngx_rtalpha_jobs_t *jobs);
static void ngx_rtalpha_jobs_move(ngx_rtalpha_jobs_t *to,
    ngx_rtalpha_jobs_t *from);
static void ngx_rtalpha_eventfd_write(int fd);
static void ngx_rtalpha_eventfd_read(int fd);


/* pools that are used in the thread must not log: level 0 */

static ngx_log_t                  ngx_rtalpha_background_log;

static ngx_rtalpha_background_t   ngx_rtalpha_background;
static ngx_rtalpha_thread_t       ngx_rtalpha_thread;
static pthread_t                  ngx_rtalpha_background_tid;
static ngx_connection_t          *ngx_rtalpha_background_connection;

static ngx_uint_t                 ngx_rtalpha_background_allowed;
static ngx_uint_t                 ngx_rtalpha_background_started;
static ngx_uint_t                 ngx_rtalpha_background_limit;
static ngx_uint_t                 ngx_rtalpha_background_n;

static ngx_uint_t                 ngx_rtalpha_background_jobs;
static ngx_uint_t                 ngx_rtalpha_background_refused;
static ngx_uint_t                 ngx_rtalpha_background_children;
static ngx_uint_t                 ngx_rtalpha_background_children_bad;
static ngx_uint_t                 ngx_rtalpha_background_transfers;
static ngx_uint_t                 ngx_rtalpha_background_transfers_bad;


void
ngx_rtalpha_background_counters(ngx_conf_t *cf)
{
    static char  jobs[] = "rtalpha_background_jobs_total";
    static char  jobs_help[] = "Jobs of the background thread.";
    static char  children[] = "rtalpha_background_children_total";
    static char  children_help[] =
        "Programs run; failed: a status other than 0, killed or not started.";
    static char  http[] = "rtalpha_background_transfers_total";
    static char  http_help[] =
        "HTTP requests made; failed: without a whole answer.";

    ngx_rtalpha_background_jobs = ngx_rtalpha_metrics_counter(cf, jobs,
        "result=\"done\"", jobs_help);
    ngx_rtalpha_background_refused = ngx_rtalpha_metrics_counter(cf, jobs,
        "result=\"refused\"", jobs_help);

    ngx_rtalpha_background_children = ngx_rtalpha_metrics_counter(cf,
        children, "result=\"ok\"", children_help);
    ngx_rtalpha_background_children_bad = ngx_rtalpha_metrics_counter(cf,
        children, "result=\"failed\"", children_help);

    ngx_rtalpha_background_transfers = ngx_rtalpha_metrics_counter(cf, http,
        "result=\"ok\"", http_help);
    ngx_rtalpha_background_transfers_bad = ngx_rtalpha_metrics_counter(cf,
        http, "result=\"failed\"", http_help);
}


void
ngx_rtalpha_background_init(ngx_cycle_t *cycle, ngx_uint_t limit)
{
    ngx_rtalpha_background_limit = limit;

    ngx_rtalpha_background_allowed = (ngx_process == NGX_PROCESS_WORKER
                                      || ngx_process == NGX_PROCESS_SINGLE);
}


ngx_rtalpha_job_t *
ngx_rtalpha_background_job(size_t size)
{
    ngx_pool_t         *pool;
    ngx_rtalpha_job_t  *job;

    pool = ngx_create_pool(NGX_RTALPHA_BACKGROUND_POOL,
                           &ngx_rtalpha_background_log);

    if (pool == NULL) {
        return NULL;
    }

    job = ngx_pcalloc(pool, sizeof(ngx_rtalpha_job_t));

    if (job == NULL) {
        goto failed;
    }

    job->pool = pool;

    if (size) {
        job->data = ngx_pcalloc(pool, size);

        if (job->data == NULL) {
            goto failed;
        }
    }

    return job;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


void
ngx_rtalpha_background_discard(ngx_rtalpha_job_t *job)
{
    ngx_destroy_pool(job->pool);
}


ngx_int_t
ngx_rtalpha_background_post(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_background_t  *bg = &ngx_rtalpha_background;

    if (!ngx_rtalpha_background_allowed) {
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_background_n >= ngx_rtalpha_background_limit) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "%ui background jobs are waiting already",
                      ngx_rtalpha_background_n);
        goto refused;
    }

    if (!ngx_rtalpha_background_started
        && ngx_rtalpha_background_start(ngx_cycle->log) != NGX_OK)
    {
        goto refused;
    }

    ngx_rtalpha_background_n++;

    (void) pthread_mutex_lock(&bg->mutex);
    ngx_rtalpha_jobs_push(&bg->in, job);
    (void) pthread_mutex_unlock(&bg->mutex);

    ngx_rtalpha_eventfd_write(bg->in_fd);

    return NGX_OK;

refused:

    ngx_rtalpha_metrics_add(ngx_rtalpha_background_refused, 1);

    return NGX_DECLINED;
}


ngx_uint_t
ngx_rtalpha_background_stopping(void)
{
    return __atomic_load_n(&ngx_rtalpha_background.stop, __ATOMIC_RELAXED);
}


ngx_uint_t
ngx_rtalpha_background_waiting(void)
{
    return ngx_rtalpha_background_n;
}


ngx_int_t
ngx_rtalpha_background_wait(ngx_msec_t limit)
{
    int            n;
    struct pollfd  pfd;

    if (!ngx_rtalpha_background_started || ngx_rtalpha_background_n == 0) {
        return NGX_DECLINED;
    }

    pfd.fd = ngx_rtalpha_background.out_fd;
    pfd.events = POLLIN;

    do {
        n = poll(&pfd, 1, (int) limit);
    } while (n == -1 && ngx_errno == NGX_EINTR);

    if (n <= 0) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_background_results(NULL);

    return NGX_OK;
}


void
ngx_rtalpha_background_quit(void)
{
    ngx_rtalpha_background_allowed = 0;

    if (ngx_rtalpha_background_started) {
        __atomic_store_n(&ngx_rtalpha_background.stop, 1, __ATOMIC_RELAXED);
        ngx_rtalpha_eventfd_write(ngx_rtalpha_background.in_fd);
    }
}


void
ngx_rtalpha_background_exit(ngx_cycle_t *cycle)
{
    int              err;
    struct timespec  until;

    ngx_rtalpha_background_quit();

    if (!ngx_rtalpha_background_started) {
        return;
    }

    (void) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += NGX_RTALPHA_BACKGROUND_EXIT;

    err = pthread_timedjoin_np(ngx_rtalpha_background_tid, NULL, &until);

    if (err) {

        /* what it uses must stay: not even its descriptors are closed */

        ngx_log_error(NGX_LOG_ERR, cycle->log, err,
                      "the background thread does not stop");

        ngx_rtalpha_background_connection->fd = (ngx_socket_t) -1;
        return;
    }

    ngx_rtalpha_background_drop(&ngx_rtalpha_background.in);
    ngx_rtalpha_background_drop(&ngx_rtalpha_background.out);
    ngx_rtalpha_background_close();

    ngx_rtalpha_background_started = 0;
    ngx_rtalpha_background_n = 0;
}


static ngx_int_t
ngx_rtalpha_background_start(ngx_log_t *log)
{
    ngx_rtalpha_background_t  *bg = &ngx_rtalpha_background;

    ngx_memzero(bg, sizeof(ngx_rtalpha_background_t));

    (void) pthread_mutex_init(&bg->mutex, NULL);
    ngx_rtalpha_jobs_init(&bg->in);
    ngx_rtalpha_jobs_init(&bg->out);

    bg->in_fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);
    bg->out_fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (bg->in_fd == -1 || bg->out_fd == -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno, "eventfd() failed");
        goto failed;
    }

    if (ngx_rtalpha_background_listen(log) != NGX_OK
        || ngx_rtalpha_background_thread(log) != NGX_OK)
    {
        goto failed;
    }

    ngx_rtalpha_background_started = 1;

    return NGX_OK;

failed:

    ngx_rtalpha_background_close();

    return NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_background_listen(ngx_log_t *log)
{
    ngx_event_t       *rev;
    ngx_connection_t  *c;

    c = ngx_get_connection(ngx_rtalpha_background.out_fd, log);

    if (c == NULL) {
        return NGX_ERROR;
    }

    /* "channel" keeps nginx from closing it and from reporting it open */

    rev = c->read;
    rev->log = log;
    rev->channel = 1;
    rev->handler = ngx_rtalpha_background_results;

    c->write->log = log;
    c->write->channel = 1;
    c->write->handler = ngx_rtalpha_background_results;

    ngx_rtalpha_background_connection = c;

    return ngx_add_event(rev, NGX_READ_EVENT, 0);
}


static ngx_int_t
ngx_rtalpha_background_thread(ngx_log_t *log)
{
    int       err;
    sigset_t  set, old;

    if (ngx_rtalpha_transfers_load() != NGX_OK
        || ngx_rtalpha_thread_init(&ngx_rtalpha_thread) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "the background thread cannot be made");
        return NGX_ERROR;
    }

    /* signals are the event loop's */

    sigfillset(&set);
    sigdelset(&set, SIGILL);
    sigdelset(&set, SIGFPE);
    sigdelset(&set, SIGSEGV);
    sigdelset(&set, SIGBUS);

    (void) pthread_sigmask(SIG_BLOCK, &set, &old);

    err = pthread_create(&ngx_rtalpha_background_tid, NULL,
                         ngx_rtalpha_thread_main, &ngx_rtalpha_thread);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);

    if (err) {
        ngx_log_error(NGX_LOG_ALERT, log, err, "pthread_create() failed");

        ngx_rtalpha_transfers_destroy(ngx_rtalpha_thread.transfers);
        ngx_destroy_pool(ngx_rtalpha_thread.pool);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_rtalpha_background_close(void)
{
    ngx_connection_t          *c;
    ngx_rtalpha_background_t  *bg = &ngx_rtalpha_background;

    c = ngx_rtalpha_background_connection;

    if (c) {
        ngx_rtalpha_background_connection = NULL;
        ngx_close_connection(c);
        bg->out_fd = -1;
    }

    if (bg->out_fd != -1) {
        (void) close(bg->out_fd);
    }

    if (bg->in_fd != -1) {
        (void) close(bg->in_fd);
    }

    (void) pthread_mutex_destroy(&bg->mutex);
}


static void
ngx_rtalpha_background_results(ngx_event_t *ev)
{
    ngx_rtalpha_job_t         *job;
    ngx_rtalpha_jobs_t         jobs;
    ngx_rtalpha_background_t  *bg = &ngx_rtalpha_background;

    ngx_rtalpha_eventfd_read(bg->out_fd);

    (void) pthread_mutex_lock(&bg->mutex);
    ngx_rtalpha_jobs_move(&jobs, &bg->out);
    (void) pthread_mutex_unlock(&bg->mutex);

    for ( ;; ) {
        job = ngx_rtalpha_jobs_pop(&jobs);

        if (job == NULL) {
            return;
        }

        ngx_rtalpha_background_n--;
        ngx_rtalpha_background_count(job);

        if (job->done && ngx_rtalpha_background_allowed) {
            job->done(job);
        }

        ngx_destroy_pool(job->pool);
    }
}


static void
ngx_rtalpha_background_count(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_metrics_add(ngx_rtalpha_background_jobs, 1);

    if (job->child) {
        ngx_rtalpha_metrics_add(job->child->status == 0
                                ? ngx_rtalpha_background_children
                                : ngx_rtalpha_background_children_bad, 1);

    } else if (job->http) {
        ngx_rtalpha_metrics_add(job->http->status
                                ? ngx_rtalpha_background_transfers
                                : ngx_rtalpha_background_transfers_bad, 1);
    }
}


static void
ngx_rtalpha_background_drop(ngx_rtalpha_jobs_t *jobs)
{
    ngx_rtalpha_job_t  *job;

    for ( ;; ) {
        job = ngx_rtalpha_jobs_pop(jobs);

        if (job == NULL) {
            return;
        }

        ngx_destroy_pool(job->pool);
    }
}


/* from here on: in the thread */

static void *
ngx_rtalpha_thread_main(void *data)
{
    ngx_rtalpha_thread_t  *thread = data;

    while (!ngx_rtalpha_background_stopping()) {
        ngx_rtalpha_thread_turn(thread);
    }

    ngx_rtalpha_children_kill(thread->children);
    ngx_rtalpha_transfers_destroy(thread->transfers);
    ngx_rtalpha_background_drop(&thread->ready);
    ngx_destroy_pool(thread->pool);

    return NULL;
}


static ngx_int_t
ngx_rtalpha_thread_init(ngx_rtalpha_thread_t *thread)
{
    ngx_rtalpha_jobs_init(&thread->ready);

    thread->pool = ngx_create_pool(NGX_RTALPHA_BACKGROUND_POOL,
                                   &ngx_rtalpha_background_log);

    if (thread->pool == NULL) {
        return NGX_ERROR;
    }

    thread->children = ngx_rtalpha_children_create(thread->pool,
                                                   ngx_rtalpha_thread_ended);

    if (thread->children == NULL
        || ngx_rtalpha_poll_init(&thread->set, thread->pool) != NGX_OK)
    {
        goto failed;
    }

    thread->transfers = ngx_rtalpha_transfers_create(thread->pool,
                                                   ngx_rtalpha_thread_ended);

    if (thread->transfers == NULL) {
        goto failed;
    }

    return NGX_OK;

failed:

    ngx_destroy_pool(thread->pool);

    return NGX_ERROR;
}


static void
ngx_rtalpha_thread_turn(ngx_rtalpha_thread_t *thread)
{
    ngx_uint_t           busy;
    ngx_rtalpha_poll_t  *set;

    set = &thread->set;

    ngx_rtalpha_poll_begin(set);

    busy = (thread->ready.first != NULL);

    if (ngx_rtalpha_poll_add(set, ngx_rtalpha_background.in_fd, POLLIN)
        == NGX_ERROR
        || ngx_rtalpha_children_poll(thread->children, set) != NGX_OK
        || ngx_rtalpha_transfers_poll(thread->transfers, set) != NGX_OK)
    {
        /* no memory: what is in the set is served, and tried again soon */

        ngx_rtalpha_poll_until(set, set->now + 100);
    }

    ngx_rtalpha_poll_wait(set, busy);

    ngx_rtalpha_thread_take(thread);
    ngx_rtalpha_children_serve(thread->children, set);
    ngx_rtalpha_transfers_serve(thread->transfers, set);
    ngx_rtalpha_thread_run(thread);
}


static void
ngx_rtalpha_thread_take(ngx_rtalpha_thread_t *thread)
{
    ngx_rtalpha_job_t         *job;
    ngx_rtalpha_jobs_t         jobs;
    ngx_rtalpha_background_t  *bg = &ngx_rtalpha_background;

    ngx_rtalpha_eventfd_read(bg->in_fd);

    (void) pthread_mutex_lock(&bg->mutex);
    ngx_rtalpha_jobs_move(&jobs, &bg->in);
    (void) pthread_mutex_unlock(&bg->mutex);

    for ( ;; ) {
        job = ngx_rtalpha_jobs_pop(&jobs);

        if (job == NULL) {
            return;
        }

        if (job->child) {
            ngx_rtalpha_children_start(thread->children, job->pool,
                                       job->child, job);

        } else if (job->http) {
            ngx_rtalpha_transfers_start(thread->transfers, job->pool,
                                        job->http, job);

        } else {
            ngx_rtalpha_jobs_push(&thread->ready, job);
        }
    }
}


/* one run, then the pipes again */

static void
ngx_rtalpha_thread_run(ngx_rtalpha_thread_t *thread)
{
    ngx_rtalpha_job_t  *job;

    if (ngx_rtalpha_background_stopping()) {
        return;
    }

    job = ngx_rtalpha_jobs_pop(&thread->ready);

    if (job == NULL) {
        return;
    }

    if (job->run) {
        job->run(job);
    }

    ngx_rtalpha_thread_deliver(job);
}


/* a child or a transfer has ended */

static void
ngx_rtalpha_thread_ended(void *owner)
{
    ngx_rtalpha_jobs_push(&ngx_rtalpha_thread.ready, owner);
}


static void
ngx_rtalpha_thread_deliver(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_background_t  *bg = &ngx_rtalpha_background;

    (void) pthread_mutex_lock(&bg->mutex);
    ngx_rtalpha_jobs_push(&bg->out, job);
    (void) pthread_mutex_unlock(&bg->mutex);

    ngx_rtalpha_eventfd_write(bg->out_fd);
}


static void
ngx_rtalpha_jobs_init(ngx_rtalpha_jobs_t *jobs)
{
    jobs->first = NULL;
    jobs->last = &jobs->first;
}


static void
ngx_rtalpha_jobs_push(ngx_rtalpha_jobs_t *jobs, ngx_rtalpha_job_t *job)
{
    job->next = NULL;
    *jobs->last = job;
    jobs->last = &job->next;
}


static ngx_rtalpha_job_t *
ngx_rtalpha_jobs_pop(ngx_rtalpha_jobs_t *jobs)
{
    ngx_rtalpha_job_t  *job;

    job = jobs->first;

    if (job) {
        jobs->first = job->next;

        if (jobs->first == NULL) {
            jobs->last = &jobs->first;
        }
    }

    return job;
}


static void
ngx_rtalpha_jobs_move(ngx_rtalpha_jobs_t *to, ngx_rtalpha_jobs_t *from)
{
    ngx_rtalpha_jobs_init(to);

    if (from->first) {
        *to = *from;
        ngx_rtalpha_jobs_init(from);
    }
}


static void
ngx_rtalpha_eventfd_write(int fd)
{
    uint64_t  one;

    one = 1;

    /* it can fail only when the counter is full, and then it is rung */

    if (write(fd, &one, sizeof(uint64_t)) == -1) {
        return;
    }
}


static void
ngx_rtalpha_eventfd_read(int fd)
{
    uint64_t  n;

    if (read(fd, &n, sizeof(uint64_t)) == -1) {
        return;
    }
}
