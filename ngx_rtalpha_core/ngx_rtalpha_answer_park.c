
/*
 * Parked requests: answered when something has changed, at their timeout,
 * or when the worker shuts down.
 *
 * Those that wait for something with a version are in a group for each such
 * thing, and a ring of the doorbell asks a group only when the version has
 * moved.  All others of a worker are in one queue, and each ring asks every
 * one of them.  A round first moves the whole queue aside, then takes the
 * requests off one by one: so requests may be finalized, freed or parked
 * anew meanwhile, and none is asked twice.
 *
 * Where many are parked, rounds keep a distance, so that a busy doorbell
 * costs them no more than some tenths of a worker's time.
 *
 * A parked request holds one count of its main request, given back by the
 * one ngx_http_finalize_request().  The record lives in a pool cleanup, which
 * is what notices a client that has gone.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_metrics.h"


#define NGX_RTALPHA_PARKED_MANY  64
#define NGX_RTALPHA_PARKED_GAP   10

#define NGX_RTALPHA_PARKED_BUCKETS  4096        /* a power of two */


typedef struct {
    ngx_queue_t                    list;        /* of groups */
    ngx_queue_t                    bucket;
    ngx_queue_t                    requests;
    ngx_uint_t                     n;           /* who needs it */
    ngx_rtalpha_answer_version_pt  version;
    uint64_t                       seen;
    ngx_str_t                      name;
} ngx_rtalpha_parked_group_t;


typedef struct {
    ngx_queue_t                  queue;
    ngx_rtalpha_parked_group_t  *group;         /* NULL: asked at each ring */
    ngx_event_t                  timer;
    ngx_http_request_t          *request;
    ngx_rtalpha_answer_wake_pt   wake;
    void                        *data;
    unsigned                     linked:1;
} ngx_rtalpha_parked_t;


static ngx_rtalpha_parked_t *ngx_rtalpha_parked_of(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_parked_watch(ngx_http_request_t *r);
static void ngx_rtalpha_parked_due(ngx_event_t *ev);
static void ngx_rtalpha_parked_round(ngx_uint_t last);
static void ngx_rtalpha_parked_ask_all(ngx_queue_t *requests,
    ngx_uint_t last);
static void ngx_rtalpha_parked_group_round(ngx_rtalpha_parked_group_t *group,
    ngx_uint_t last);
static ngx_rtalpha_parked_group_t *ngx_rtalpha_parked_group(
    ngx_rtalpha_answer_version_pt version, const ngx_str_t *name,
    uint64_t since);
static void ngx_rtalpha_parked_group_drop(ngx_rtalpha_parked_group_t *group);
static void ngx_rtalpha_parked_ask(ngx_rtalpha_parked_t *p, ngx_uint_t last);
static void ngx_rtalpha_parked_call(ngx_rtalpha_parked_t *p,
    ngx_uint_t last);
static ngx_int_t ngx_rtalpha_parked_last(ngx_http_request_t *r,
    ngx_rtalpha_answer_wake_pt wake, void *data);
static void ngx_rtalpha_parked_timeout(ngx_event_t *ev);
static void ngx_rtalpha_parked_link(ngx_rtalpha_parked_t *p);
static void ngx_rtalpha_parked_unlink(ngx_rtalpha_parked_t *p);
static void ngx_rtalpha_parked_cleanup(void *data);


static ngx_queue_t  ngx_rtalpha_parked = {
    &ngx_rtalpha_parked, &ngx_rtalpha_parked
};

static ngx_queue_t  ngx_rtalpha_parked_groups = {
    &ngx_rtalpha_parked_groups, &ngx_rtalpha_parked_groups
};

static ngx_queue_t  ngx_rtalpha_parked_table[NGX_RTALPHA_PARKED_BUCKETS];

static ngx_uint_t  ngx_rtalpha_parked_n;
static ngx_uint_t  ngx_rtalpha_parked_limit = 4096;
static ngx_uint_t  ngx_rtalpha_parked_quitting;

static ngx_event_t       ngx_rtalpha_parked_later;
static ngx_connection_t  ngx_rtalpha_parked_dummy;
static ngx_msec_t        ngx_rtalpha_parked_last_round;

static ngx_uint_t  ngx_rtalpha_parked_total;
static ngx_uint_t  ngx_rtalpha_parked_refused;


void
ngx_rtalpha_answer_counters(ngx_conf_t *cf)
{
    ngx_rtalpha_parked_total = ngx_rtalpha_metrics_counter(cf,
        "rtalpha_parked_requests_total", "result=\"parked\"",
        "Requests that waited for a change.");

    ngx_rtalpha_parked_refused = ngx_rtalpha_metrics_counter(cf,
        "rtalpha_parked_requests_total", "result=\"refused\"",
        "Requests that waited for a change.");
}


void
ngx_rtalpha_answer_limit(ngx_uint_t n)
{
    ngx_rtalpha_parked_limit = n;
}


ngx_uint_t
ngx_rtalpha_answer_parked(void)
{
    return ngx_rtalpha_parked_n;
}


ngx_int_t
ngx_rtalpha_answer_park(ngx_http_request_t *r, ngx_msec_t timeout,
    ngx_rtalpha_answer_wake_pt wake, void *data)
{
    return ngx_rtalpha_answer_park_on(r, timeout, wake, data, NULL, NULL, 0);
}


ngx_int_t
ngx_rtalpha_answer_park_on(ngx_http_request_t *r, ngx_msec_t timeout,
    ngx_rtalpha_answer_wake_pt wake, void *data,
    ngx_rtalpha_answer_version_pt version, const ngx_str_t *name,
    uint64_t since)
{
    ngx_int_t              rc;
    ngx_rtalpha_parked_t  *p;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (timeout == 0 || ngx_rtalpha_parked_quitting) {
        return ngx_rtalpha_parked_last(r, wake, data);
    }

    if (ngx_rtalpha_parked_n >= ngx_rtalpha_parked_limit) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_parked_refused, 1);

        return ngx_rtalpha_answer_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                          "too-many-waiting",
                                          "%ui requests are waiting already",
                                          ngx_rtalpha_parked_n);
    }

    p = ngx_rtalpha_parked_of(r);

    if (p == NULL || ngx_rtalpha_parked_watch(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p->wake = wake;
    p->data = data;
    p->group = NULL;

    if (version) {
        p->group = ngx_rtalpha_parked_group(version, name, since);

        if (p->group == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ngx_rtalpha_parked_link(p);
    ngx_add_timer(&p->timer, timeout);

    ngx_rtalpha_metrics_add(ngx_rtalpha_parked_total, 1);

    r->main->count++;

    return NGX_DONE;
}


void
ngx_rtalpha_answer_wake_all(void)
{
    ngx_msec_t    passed;
    ngx_event_t  *later;

    later = &ngx_rtalpha_parked_later;
    passed = ngx_current_msec - ngx_rtalpha_parked_last_round;

    if (ngx_rtalpha_parked_n <= NGX_RTALPHA_PARKED_MANY
        || passed >= NGX_RTALPHA_PARKED_GAP)
    {
        ngx_rtalpha_parked_round(0);
        return;
    }

    if (!later->timer_set) {
        later->handler = ngx_rtalpha_parked_due;
        later->data = &ngx_rtalpha_parked_dummy;
        later->log = ngx_cycle->log;
        ngx_rtalpha_parked_dummy.fd = (ngx_socket_t) -1;

        ngx_add_timer(later, NGX_RTALPHA_PARKED_GAP - passed);
    }
}


void
ngx_rtalpha_answer_quit(void)
{
    ngx_rtalpha_parked_quitting = 1;

    ngx_rtalpha_parked_round(1);
}


/* the request's record: one for all times that it is parked */

static ngx_rtalpha_parked_t *
ngx_rtalpha_parked_of(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t    *cln;
    ngx_rtalpha_parked_t  *p;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        p = cln->data;

        if (cln->handler == ngx_rtalpha_parked_cleanup && p->request == r) {
            return p;
        }
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_rtalpha_parked_t));

    if (cln == NULL) {
        return NULL;
    }

    p = cln->data;
    ngx_memzero(p, sizeof(ngx_rtalpha_parked_t));

    p->request = r;
    p->timer.handler = ngx_rtalpha_parked_timeout;
    p->timer.data = p;
    p->timer.log = r->connection->log;

    cln->handler = ngx_rtalpha_parked_cleanup;

    return p;
}


/* notices a client that closes its connection */

static ngx_int_t
ngx_rtalpha_parked_watch(ngx_http_request_t *r)
{
    ngx_event_t  *rev;

    r->write_event_handler = ngx_http_request_empty_handler;

    if (r != r->main || r->discard_body) {
        return NGX_OK;
    }

    r->read_event_handler = ngx_http_test_reading;

    rev = r->connection->read;

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);
        return NGX_OK;
    }

    return ngx_handle_read_event(rev, 0);
}


static void
ngx_rtalpha_parked_due(ngx_event_t *ev)
{
    ngx_rtalpha_parked_round(0);
}


static void
ngx_rtalpha_parked_round(ngx_uint_t last)
{
    ngx_queue_t                 *q, *next;
    ngx_rtalpha_parked_group_t  *group;

    if (ngx_rtalpha_parked_later.timer_set) {
        ngx_del_timer(&ngx_rtalpha_parked_later);
    }

    ngx_rtalpha_parked_last_round = ngx_current_msec;

    ngx_rtalpha_parked_ask_all(&ngx_rtalpha_parked, last);

    for (q = ngx_queue_head(&ngx_rtalpha_parked_groups);
         q != ngx_queue_sentinel(&ngx_rtalpha_parked_groups);
         q = next)
    {
        group = ngx_queue_data(q, ngx_rtalpha_parked_group_t, list);

        /* asking may make groups, which are at the end, and end this one */

        group->n++;
        ngx_rtalpha_parked_group_round(group, last);
        next = ngx_queue_next(q);
        ngx_rtalpha_parked_group_drop(group);
    }
}


static void
ngx_rtalpha_parked_group_round(ngx_rtalpha_parked_group_t *group,
    ngx_uint_t last)
{
    uint64_t  version;

    version = group->version(&group->name);

    if (version != group->seen || last) {
        group->seen = version;
        ngx_rtalpha_parked_ask_all(&group->requests, last);
    }
}


static void
ngx_rtalpha_parked_ask_all(ngx_queue_t *requests, ngx_uint_t last)
{
    ngx_queue_t  *q, round;

    if (ngx_queue_empty(requests)) {
        return;
    }

    ngx_queue_init(&round);
    ngx_queue_add(&round, requests);
    ngx_queue_init(requests);

    while (!ngx_queue_empty(&round)) {
        q = ngx_queue_head(&round);

        ngx_rtalpha_parked_ask(ngx_queue_data(q, ngx_rtalpha_parked_t, queue),
                               last);
    }
}


/* finds or makes it; it stays as long as somebody waits in it */

static ngx_rtalpha_parked_group_t *
ngx_rtalpha_parked_group(ngx_rtalpha_answer_version_pt version,
    const ngx_str_t *name, uint64_t since)
{
    ngx_queue_t                 *q, *bucket;
    ngx_rtalpha_parked_group_t  *group;

    bucket = &ngx_rtalpha_parked_table[ngx_crc32_short(name->data, name->len)
                                       & (NGX_RTALPHA_PARKED_BUCKETS - 1)];

    if (bucket->next == NULL) {
        ngx_queue_init(bucket);
    }

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        group = ngx_queue_data(q, ngx_rtalpha_parked_group_t, bucket);

        if (group->version == version
            && ngx_rtalpha_str_eq(&group->name, name))
        {
            return group;
        }
    }

    group = ngx_calloc(sizeof(ngx_rtalpha_parked_group_t) + name->len,
                       ngx_cycle->log);
    if (group == NULL) {
        return NULL;
    }

    group->version = version;
    group->seen = since;
    group->name.data = (u_char *) &group[1];
    group->name.len = name->len;
    (void) ngx_rtalpha_put(group->name.data, name);

    ngx_queue_init(&group->requests);
    ngx_queue_insert_tail(bucket, &group->bucket);
    ngx_queue_insert_tail(&ngx_rtalpha_parked_groups, &group->list);

    return group;
}


static void
ngx_rtalpha_parked_group_drop(ngx_rtalpha_parked_group_t *group)
{
    if (--group->n) {
        return;
    }

    ngx_queue_remove(&group->list);
    ngx_queue_remove(&group->bucket);
    ngx_free(group);
}


static void
ngx_rtalpha_parked_ask(ngx_rtalpha_parked_t *p, ngx_uint_t last)
{
    ngx_rtalpha_parked_group_t  *group;

    group = p->group;

    if (group) {
        group->n++;
    }

    ngx_rtalpha_parked_unlink(p);
    ngx_rtalpha_parked_call(p, last);

    if (group) {
        ngx_rtalpha_parked_group_drop(group);
    }
}


static void
ngx_rtalpha_parked_call(ngx_rtalpha_parked_t *p, ngx_uint_t last)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = p->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (last) {
        rc = ngx_rtalpha_parked_last(r, p->wake, p->data);

    } else {
        rc = p->wake(r, p->data, 0);

        /* with a header sent it is an answer, the rest of which waits */

        if (rc == NGX_AGAIN && !r->header_sent) {
            ngx_rtalpha_parked_link(p);
            return;
        }
    }

    /* parked anew, the timer is the new one's */

    if (!p->linked && p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_rtalpha_parked_last(ngx_http_request_t *r,
    ngx_rtalpha_answer_wake_pt wake, void *data)
{
    ngx_int_t  rc;

    rc = wake(r, data, 1);

    return (rc == NGX_AGAIN && !r->header_sent)
           ? NGX_HTTP_SERVICE_UNAVAILABLE : rc;
}


static void
ngx_rtalpha_parked_timeout(ngx_event_t *ev)
{
    ngx_rtalpha_parked_ask(ev->data, 1);
}


static void
ngx_rtalpha_parked_link(ngx_rtalpha_parked_t *p)
{
    if (p->group) {
        ngx_queue_insert_tail(&p->group->requests, &p->queue);
        p->group->n++;

    } else {
        ngx_queue_insert_tail(&ngx_rtalpha_parked, &p->queue);
    }

    p->linked = 1;
    ngx_rtalpha_parked_n++;
}


static void
ngx_rtalpha_parked_unlink(ngx_rtalpha_parked_t *p)
{
    if (p->linked) {
        ngx_queue_remove(&p->queue);

        p->linked = 0;
        ngx_rtalpha_parked_n--;

        if (p->group) {
            ngx_rtalpha_parked_group_drop(p->group);
        }
    }
}


static void
ngx_rtalpha_parked_cleanup(void *data)
{
    ngx_rtalpha_parked_t  *p = data;

    ngx_rtalpha_parked_unlink(p);

    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }
}
