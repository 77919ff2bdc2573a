
/*
 * Event streams.
 *
 * A stream has one buffer, filled with as many events as fit and not filled
 * again before the client has taken it: a slow client costs that buffer and
 * falls behind in the ring, nothing else.  When the ring has gone on without
 * it, it is told by a "reset" event and goes on with the oldest one kept.  A
 * comment every fifteen seconds finds clients that are gone.  When the
 * worker shuts down streams end properly; clients come back with
 * Last-Event-ID and miss nothing.
 *
 * Each new event is read once and looked up in the index of interests: what
 * it costs are the streams that it concerns.  These become due and are
 * served some in a turn of the event loop, so that an event for a hundred
 * thousand holds up nobody.  An idle stream has everything that concerns it
 * up to the mark, whatever its own number says.
 */


#include "ngx_rtalpha_stream.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_interest.h"
#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_metrics.h"


#define NGX_RTALPHA_STREAM_BUFFER  2048
#define NGX_RTALPHA_STREAM_BEAT    15000
#define NGX_RTALPHA_STREAM_TYPES   5
#define NGX_RTALPHA_STREAM_TURN    256


typedef struct {
    ngx_queue_t          queue;
    ngx_http_request_t  *request;
    uint64_t             seen;
    ngx_buf_t            buf;
    ngx_chain_t          link;
    ngx_event_t          beat;
    ngx_queue_t          due;
    ngx_uint_t           filtered;
    ngx_uint_t           wanted[NGX_RTALPHA_STREAM_TYPES];
    ngx_str_t            subject[NGX_RTALPHA_STREAM_TYPES];

    /* by type; the first one, for all, of those without a filter */
    ngx_rtalpha_interest_t  interests[NGX_RTALPHA_STREAM_TYPES];

    unsigned             idle:1;
    unsigned             is_due:1;
} ngx_rtalpha_stream_t;


static ngx_int_t ngx_rtalpha_stream_open(ngx_http_request_t *r);
static void ngx_rtalpha_stream_filters(ngx_rtalpha_stream_t *s);
static ngx_uint_t ngx_rtalpha_stream_argument(ngx_http_request_t *r,
    ngx_str_t *name);
static void ngx_rtalpha_stream_begin(ngx_rtalpha_stream_t *s);
static void ngx_rtalpha_stream_interests(ngx_rtalpha_stream_t *s);
static void ngx_rtalpha_stream_found(void *data);
static void ngx_rtalpha_stream_turn(ngx_event_t *ev);
static void ngx_rtalpha_stream_push(ngx_rtalpha_stream_t *s);
static ngx_int_t ngx_rtalpha_stream_flow(ngx_rtalpha_stream_t *s);
static void ngx_rtalpha_stream_fill(ngx_rtalpha_stream_t *s);
static ngx_uint_t ngx_rtalpha_stream_wants(ngx_rtalpha_stream_t *s,
    ngx_rtalpha_event_t *event);
static ngx_int_t ngx_rtalpha_stream_write(ngx_rtalpha_stream_t *s,
    ngx_rtalpha_event_t *event, ngx_uint_t reset);
static ngx_int_t ngx_rtalpha_stream_send(ngx_rtalpha_stream_t *s);
static void ngx_rtalpha_stream_writer(ngx_http_request_t *r);
static void ngx_rtalpha_stream_beat(ngx_event_t *ev);
static void ngx_rtalpha_stream_cleanup(void *data);


static ngx_str_t  ngx_rtalpha_stream_types[NGX_RTALPHA_STREAM_TYPES] = {
    ngx_null_string,
    ngx_string("config"),
    ngx_string("service"),
    ngx_string("routes"),
    ngx_string("settings")
};

static ngx_queue_t  ngx_rtalpha_streams = {
    &ngx_rtalpha_streams, &ngx_rtalpha_streams
};

/* those that are not idle and whose client takes more */
static ngx_queue_t  ngx_rtalpha_stream_due = {
    &ngx_rtalpha_stream_due, &ngx_rtalpha_stream_due
};

static ngx_event_t  ngx_rtalpha_stream_more = {
    .handler = ngx_rtalpha_stream_turn
};

static uint64_t    ngx_rtalpha_stream_mark;
static uint64_t    ngx_rtalpha_stream_number;   /* of the event after it */
static ngx_uint_t  ngx_rtalpha_streams_n;
static ngx_uint_t  ngx_rtalpha_streams_limit;
static ngx_uint_t  ngx_rtalpha_streams_total;
static ngx_uint_t  ngx_rtalpha_streams_refused;


void
ngx_rtalpha_stream_counters(ngx_conf_t *cf)
{
    ngx_rtalpha_streams_total = ngx_rtalpha_metrics_counter(cf,
        "rtalpha_event_streams_total", "result=\"opened\"",
        "Event streams asked for.");

    ngx_rtalpha_streams_refused = ngx_rtalpha_metrics_counter(cf,
        "rtalpha_event_streams_total", "result=\"refused\"",
        "Event streams asked for.");
}


void
ngx_rtalpha_stream_limit(ngx_uint_t n)
{
    ngx_rtalpha_streams_limit = n;
}


ngx_int_t
ngx_rtalpha_stream_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_pool_cleanup_t    *cln;
    ngx_rtalpha_stream_t  *s;

    if (ngx_rtalpha_streams_n >= ngx_rtalpha_streams_limit || ngx_exiting) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_streams_refused, 1);

        return ngx_rtalpha_answer_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                          "too-many-streams",
                                          "%ui streams are open already",
                                          ngx_rtalpha_streams_n);
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_rtalpha_stream_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    s = cln->data;
    ngx_memzero(s, sizeof(ngx_rtalpha_stream_t));
    s->request = r;

    s->buf.start = ngx_palloc(r->pool, NGX_RTALPHA_STREAM_BUFFER);
    if (s->buf.start == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_stream_filters(s);

    rc = ngx_rtalpha_stream_open(r);
    if (rc != NGX_OK || r->header_only) {
        return rc;
    }

    cln->handler = ngx_rtalpha_stream_cleanup;

    ngx_rtalpha_stream_begin(s);

    r->main->count++;

    return NGX_DONE;
}


static ngx_int_t
ngx_rtalpha_stream_open(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    static ngx_str_t  type = ngx_string("text/event-stream");
    static ngx_str_t  no = ngx_string("no-cache");

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = -1;
    r->headers_out.content_type = type;
    r->headers_out.content_type_len = type.len;
    r->allow_ranges = 0;

    if (ngx_rtalpha_answer_header(r, "Cache-Control", &no) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    return rc == NGX_AGAIN ? NGX_OK : rc;
}


static void
ngx_rtalpha_stream_filters(ngx_rtalpha_stream_t *s)
{
    ngx_str_t            value;
    ngx_uint_t           i;
    ngx_http_request_t  *r;

    r = s->request;

    for (i = 1; i < NGX_RTALPHA_STREAM_TYPES; i++) {

        if (ngx_http_arg(r, ngx_rtalpha_stream_types[i].data,
                         ngx_rtalpha_stream_types[i].len, &value)
            == NGX_OK)
        {
            s->subject[i] = value;

        } else if (!ngx_rtalpha_stream_argument(r,
                                                &ngx_rtalpha_stream_types[i]))
        {
            continue;
        }

        s->wanted[i] = 1;
        s->filtered = 1;
    }
}


/* an argument without "=": ngx_http_arg() does not see it */

static ngx_uint_t
ngx_rtalpha_stream_argument(ngx_http_request_t *r, ngx_str_t *name)
{
    u_char  *p, *last, *end;

    p = r->args.data;
    last = p + r->args.len;

    while (p < last) {
        end = ngx_strlchr(p, last, '&');
        end = end ? end : last;

        if ((size_t) (end - p) == name->len
            && ngx_strncmp(p, name->data, name->len) == 0)
        {
            return 1;
        }

        p = end + 1;
    }

    return 0;
}


static void
ngx_rtalpha_stream_begin(ngx_rtalpha_stream_t *s)
{
    ngx_int_t            last;
    const ngx_str_t     *id;
    ngx_http_request_t  *r;

    r = s->request;
    s->seen = ngx_rtalpha_events_last();

    id = ngx_rtalpha_answer_request_header(r,
                                           "last-event-id",
                                           sizeof("last-event-id") - 1);
    if (id) {
        last = ngx_atoi(id->data, id->len);

        if (last != NGX_ERROR && (uint64_t) last < s->seen) {
            s->seen = last;
        }
    }

    s->beat.handler = ngx_rtalpha_stream_beat;
    s->beat.data = s;
    s->beat.log = r->connection->log;

    ngx_queue_insert_tail(&ngx_rtalpha_streams, &s->queue);
    ngx_rtalpha_streams_n++;
    ngx_rtalpha_metrics_add(ngx_rtalpha_streams_total, 1);

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_rtalpha_stream_writer;

    s->buf.pos = s->buf.start;
    s->buf.last = ngx_cpymem(s->buf.start, ": rtalpha\n\n", 11);
    ngx_rtalpha_stream_interests(s);

    ngx_add_timer(&s->beat, NGX_RTALPHA_STREAM_BEAT);

    /* the handler's caller must see NGX_DONE before a failure ends it */

    if (ngx_rtalpha_stream_flow(s) != NGX_OK) {
        r->connection->error = 1;
        ngx_post_event(r->connection->write, &ngx_posted_events);
    }
}


static void
ngx_rtalpha_stream_interests(ngx_rtalpha_stream_t *s)
{
    ngx_uint_t               i;
    ngx_rtalpha_interest_t  *interest;

    s->wanted[0] = !s->filtered;

    for (i = 0; i < NGX_RTALPHA_STREAM_TYPES; i++) {
        if (s->wanted[i]) {
            interest = &s->interests[i];
            interest->type = i;
            interest->subject = s->subject[i];
            interest->data = s;
            ngx_rtalpha_interest_add(interest);
        }
    }
}


void
ngx_rtalpha_stream_wake(void)
{
    ngx_int_t             rc;
    ngx_queue_t          *q;
    ngx_rtalpha_event_t   event;

    if (ngx_rtalpha_streams_n == 0
        || ngx_rtalpha_stream_mark > ngx_rtalpha_events_last())
    {
        ngx_rtalpha_stream_mark = ngx_rtalpha_events_last();
        return;
    }

    for ( ;; ) {
        rc = ngx_rtalpha_events_next(ngx_rtalpha_stream_mark, &event);

        if (rc == NGX_DONE) {
            break;
        }

        ngx_rtalpha_stream_number = event.number;

        if (rc == NGX_OK) {
            ngx_rtalpha_interest_find(event.type, event.text, event.len,
                                      ngx_rtalpha_stream_found);
            ngx_rtalpha_stream_mark = event.number;
            continue;
        }

        /* the ring has gone on without this worker: all are told */

        for (q = ngx_queue_head(&ngx_rtalpha_streams);
             q != ngx_queue_sentinel(&ngx_rtalpha_streams);
             q = ngx_queue_next(q))
        {
            ngx_rtalpha_stream_found(ngx_queue_data(q, ngx_rtalpha_stream_t,
                                                    queue));
        }

        ngx_rtalpha_stream_mark = event.number;
    }

    if (!ngx_rtalpha_stream_more.posted) {
        ngx_rtalpha_stream_turn(&ngx_rtalpha_stream_more);
    }
}


static void
ngx_rtalpha_stream_found(void *data)
{
    ngx_rtalpha_stream_t  *s = data;

    if (!s->idle || s->seen >= ngx_rtalpha_stream_number) {
        return;
    }

    s->idle = 0;
    s->is_due = 1;
    s->seen = ngx_max(s->seen, ngx_rtalpha_stream_mark);
    ngx_queue_insert_tail(&ngx_rtalpha_stream_due, &s->due);
}


static void
ngx_rtalpha_stream_turn(ngx_event_t *ev)
{
    ngx_uint_t             n;
    ngx_queue_t           *q;
    ngx_rtalpha_stream_t  *s;

    for (n = 0; !ngx_queue_empty(&ngx_rtalpha_stream_due); n++) {

        if (n == NGX_RTALPHA_STREAM_TURN) {
            ev->log = ngx_cycle->log;
            ngx_post_event(ev, &ngx_posted_next_events);
            return;
        }

        q = ngx_queue_head(&ngx_rtalpha_stream_due);
        s = ngx_queue_data(q, ngx_rtalpha_stream_t, due);

        ngx_queue_remove(q);
        s->is_due = 0;

        ngx_rtalpha_stream_push(s);
    }
}


void
ngx_rtalpha_stream_quit(void)
{
    ngx_queue_t           *q;
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_rtalpha_stream_t  *s;

    while (!ngx_queue_empty(&ngx_rtalpha_streams)) {
        q = ngx_queue_head(&ngx_rtalpha_streams);
        s = ngx_queue_data(q, ngx_rtalpha_stream_t, queue);
        r = s->request;
        c = r->connection;

        ngx_rtalpha_stream_cleanup(s);

        ngx_http_finalize_request(r, ngx_http_send_special(r, NGX_HTTP_LAST));
        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_rtalpha_stream_push(ngx_rtalpha_stream_t *s)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = s->request;
    c = r->connection;

    if (s->idle || s->buf.pos != s->buf.last || c->buffered) {
        return;
    }

    if (ngx_rtalpha_stream_flow(s) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
        ngx_http_run_posted_requests(c);
    }
}


/* until the client has everything, or takes no more */

static ngx_int_t
ngx_rtalpha_stream_flow(ngx_rtalpha_stream_t *s)
{
    ngx_int_t  rc;

    do {
        ngx_rtalpha_stream_fill(s);
        rc = ngx_rtalpha_stream_send(s);

    } while (rc == NGX_OK && !s->idle && s->buf.pos == s->buf.last);

    return rc;
}


static void
ngx_rtalpha_stream_fill(ngx_rtalpha_stream_t *s)
{
    ngx_int_t            rc;
    ngx_rtalpha_event_t  event;

    for ( ;; ) {
        rc = ngx_rtalpha_events_next(s->seen, &event);

        if (rc == NGX_DONE) {
            s->idle = 1;
            return;
        }

        if ((rc == NGX_DECLINED || ngx_rtalpha_stream_wants(s, &event))
            && ngx_rtalpha_stream_write(s, &event, rc == NGX_DECLINED)
               != NGX_OK)
        {
            return;
        }

        s->seen = event.number;
    }
}


static ngx_uint_t
ngx_rtalpha_stream_wants(ngx_rtalpha_stream_t *s, ngx_rtalpha_event_t *event)
{
    size_t      len;
    ngx_str_t  *subject;

    if (!s->filtered) {
        return 1;
    }

    if (event->type >= NGX_RTALPHA_STREAM_TYPES || !s->wanted[event->type]) {
        return 0;
    }

    /* the subject ends at a blank, its first part at a slash */

    subject = &s->subject[event->type];
    len = subject->len;

    return len == 0
           || (len <= event->len
               && ngx_strncasecmp(event->text, subject->data, len) == 0
               && (len == event->len || event->text[len] == ' '
                   || event->text[len] == '/'));
}


/* NGX_DECLINED: it does not fit any more */

static ngx_int_t
ngx_rtalpha_stream_write(ngx_rtalpha_stream_t *s, ngx_rtalpha_event_t *event,
    ngx_uint_t reset)
{
    u_char             *blank, *last;
    size_t              room;
    ngx_str_t           text, *type;
    ngx_rtalpha_out_t   out;
    ngx_rtalpha_json_t  j;

    static ngx_str_t    reset_type = ngx_string("reset");
    static ngx_str_t    other = ngx_string("other");

    room = s->buf.start + NGX_RTALPHA_STREAM_BUFFER - s->buf.last;

    ngx_memzero(&out, sizeof(ngx_rtalpha_out_t));
    out.pool = s->request->pool;
    out.start = s->buf.last;
    out.pos = out.start;
    out.end = out.start + room;
    out.max = room;

    type = event->type < NGX_RTALPHA_STREAM_TYPES
           ? &ngx_rtalpha_stream_types[event->type] : &other;

    last = event->text + event->len;
    blank = ngx_strlchr(event->text, last, ' ');

    ngx_rtalpha_out_printf(&out, "id: %uL\nevent: %V\ndata: ", event->number,
                           reset ? &reset_type : type);

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "type");
    ngx_rtalpha_json_str(&j, type);
    ngx_rtalpha_json_key_lit(&j, "subject");
    ngx_rtalpha_json_text(&j, event->text,
                          (blank ? blank : last) - event->text);

    if (blank) {
        ngx_rtalpha_json_key_lit(&j, "detail");
        ngx_rtalpha_json_text(&j, blank + 1, last - blank - 1);
    }

    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_out_lit(&out, "\n\n");

    if (ngx_rtalpha_out_done(&out, &text) != NGX_OK) {
        return NGX_DECLINED;
    }

    s->buf.last = out.pos;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_stream_send(ngx_rtalpha_stream_t *s)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    if (s->buf.pos == s->buf.last) {
        return NGX_OK;
    }

    r = s->request;

    s->buf.memory = 1;
    s->buf.flush = 1;
    s->link.buf = &s->buf;
    s->link.next = NULL;

    rc = ngx_http_output_filter(r, &s->link);

    if (rc == NGX_ERROR || r->connection->error) {
        return NGX_ERROR;
    }

    if (s->buf.pos == s->buf.last) {
        s->buf.pos = s->buf.start;
        s->buf.last = s->buf.start;
        return NGX_OK;
    }

    return ngx_handle_write_event(r->connection->write, 0);
}


static void
ngx_rtalpha_stream_writer(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t    *cln;
    ngx_rtalpha_stream_t  *s;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_rtalpha_stream_cleanup) {
            break;
        }
    }

    if (cln == NULL || r->connection->error) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    s = cln->data;

    if (ngx_http_output_filter(r, NULL) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (s->buf.pos == s->buf.last) {
        s->buf.pos = s->buf.start;
        s->buf.last = s->buf.start;
        ngx_rtalpha_stream_push(s);

    } else if (ngx_handle_write_event(r->connection->write, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}


static void
ngx_rtalpha_stream_beat(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_rtalpha_stream_t  *s;

    s = ev->data;
    r = s->request;
    c = r->connection;

    ngx_add_timer(ev, NGX_RTALPHA_STREAM_BEAT);

    if (s->buf.pos != s->buf.last || c->buffered) {
        return;
    }

    s->buf.last = ngx_cpymem(s->buf.start, ":\n\n", 3);

    if (ngx_rtalpha_stream_send(s) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_rtalpha_stream_cleanup(void *data)
{
    ngx_rtalpha_stream_t  *s = data;

    ngx_uint_t             i;

    if (s->request == NULL) {
        return;
    }

    s->request = NULL;
    ngx_queue_remove(&s->queue);
    ngx_rtalpha_streams_n--;

    for (i = 0; i < NGX_RTALPHA_STREAM_TYPES; i++) {
        if (s->wanted[i]) {
            ngx_rtalpha_interest_drop(&s->interests[i]);
        }
    }

    if (s->is_due) {
        ngx_queue_remove(&s->due);
    }

    if (s->beat.timer_set) {
        ngx_del_timer(&s->beat);
    }
}
