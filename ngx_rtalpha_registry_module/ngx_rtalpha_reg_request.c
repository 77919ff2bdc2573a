
/*
 * From the content handler to the verbs: path, method, negotiation.  The
 * order of the refusals is the Java server's: 404 before 405 before 415
 * before 406.
 */


#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_accept.h"
#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_services.h"
#include "ngx_rtalpha_json.h"


#define NGX_RTALPHA_REG_TELL_NAMES  32
#define NGX_RTALPHA_REG_TELL_LEN    200

/* seconds after which a refused client is to try again */
#define NGX_RTALPHA_REG_RETRY       "30"

/* several changes within this time are told as one, in ms */
#define NGX_RTALPHA_REG_TELL_DELAY  5


static ngx_int_t ngx_rtalpha_reg_request_path(ngx_http_request_t *r,
    const ngx_str_t *base, ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_request_method(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_request_form(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static void ngx_rtalpha_reg_tell_flush(ngx_event_t *ev);


static const ngx_str_t  ngx_rtalpha_reg_any_method =
    ngx_string("GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH");
static const ngx_str_t  ngx_rtalpha_reg_type_json =
    ngx_string("application/json");
static const ngx_str_t  ngx_rtalpha_reg_type_xml =
    ngx_string("application/xml");


/* names of applications that have changed; more than these is "*" */

static struct {
    u_char       name[NGX_RTALPHA_REG_TELL_LEN];
    size_t       len;
} ngx_rtalpha_reg_told[NGX_RTALPHA_REG_TELL_NAMES];

static ngx_uint_t   ngx_rtalpha_reg_ntold;
static ngx_event_t  ngx_rtalpha_reg_tell_event;

static ngx_uint_t   ngx_rtalpha_reg_ids[NGX_RTALPHA_REG_COUNT_MAX];


ngx_int_t
ngx_rtalpha_reg_request(ngx_http_request_t *r, const ngx_str_t *base)
{
    ngx_int_t                   rc;
    ngx_rtalpha_reg_request_t  *rq;

    rq = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_reg_request_t));
    if (rq == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* each step answers itself, or declines to: then the next one follows */

    rc = ngx_rtalpha_reg_request_path(r, base, rq);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    rc = ngx_rtalpha_reg_request_method(r, rq);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (rq->path.resource < NGX_RTALPHA_REG_PATH_PAGE) {
        rc = ngx_rtalpha_reg_request_form(r, rq);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_READ, 1);
        return ngx_rtalpha_reg_read(r, rq);
    }

    return ngx_rtalpha_reg_write(r, rq);
}


/*
 * The raw path counts: what nginx has made of it chose the location and
 * nothing more.
 */

static ngx_int_t
ngx_rtalpha_reg_request_path(ngx_http_request_t *r, const ngx_str_t *base,
    ngx_rtalpha_reg_request_t *rq)
{
    u_char     *p, *buf;
    size_t      len;
    ngx_int_t   rc;
    ngx_str_t   uri;

    uri = r->unparsed_uri;

    p = ngx_strlchr(uri.data, uri.data + uri.len, '?');
    if (p) {
        uri.len = p - uri.data;
    }

    buf = ngx_pnalloc(r->pool, uri.len * 4 + 4);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_reg_path_parse(&uri, buf, &rq->path);

    /*
     * "location /eureka/" has the paths as they are, "location /registry/"
     * has them after its prefix, of which the last slash belongs to them.
     */

    len = base->len;

    if (len && base->data[len - 1] == '/') {
        len--;
    }

    if (rc == NGX_OK && rq->path.resource == NGX_RTALPHA_REG_PATH_NONE
        && len && uri.len >= len
        && ngx_memcmp(uri.data, base->data, len) == 0)
    {
        uri.data += len;
        uri.len -= len;

        rc = ngx_rtalpha_reg_path_parse(&uri, buf, &rq->path);
    }

    if (rc != NGX_OK) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_BAD_REQUEST);
    }

    if (rq->path.resource == NGX_RTALPHA_REG_PATH_NONE
        || (rq->path.resource == NGX_RTALPHA_REG_PATH_PAGE
            && !ngx_rtalpha_reg_conf.dashboard))
    {
        if (r->method == NGX_HTTP_OPTIONS
            && ngx_rtalpha_answer_header(r, "Allow",
                                         &ngx_rtalpha_reg_any_method)
               != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_rtalpha_reg_error(r, NGX_HTTP_NOT_FOUND);
    }

    ngx_rtalpha_reg_doc_upper(&rq->path.name, buf + uri.len, &rq->app);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_request_method(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    const ngx_str_t  *allow;

    allow = ngx_rtalpha_reg_path_allow(rq->path.resource);

    if (ngx_rtalpha_reg_path_listed(allow, &r->method_name)
        && r->method != NGX_HTTP_OPTIONS)
    {
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_answer_header(r, "Allow", allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NO_CONTENT);
    }

    return ngx_rtalpha_reg_error(r, NGX_HTTP_NOT_ALLOWED);
}


static ngx_int_t
ngx_rtalpha_reg_request_form(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_uint_t        accept, body;
    const ngx_str_t  *header;

    /* without a body there is none of a wrong type */

    if (r->method == NGX_HTTP_POST
        && (r->headers_in.content_type || r->headers_in.content_length_n > 0
            || r->headers_in.chunked))
    {
        body = ngx_rtalpha_reg_accept_body(
                   r->headers_in.content_type
                   ? &r->headers_in.content_type->value : NULL);

        if (body == NGX_RTALPHA_REG_BODY_NONE) {
            return ngx_rtalpha_reg_error(r,
                                         NGX_HTTP_UNSUPPORTED_MEDIA_TYPE);
        }

        if (body == NGX_RTALPHA_REG_BODY_INVALID) {
            return ngx_rtalpha_reg_error(r, NGX_HTTP_BAD_REQUEST);
        }
    }

    header = ngx_rtalpha_reg_header(r, "accept");

    accept = ngx_rtalpha_reg_accept(header,
                          rq->path.resource != NGX_RTALPHA_REG_PATH_INSTANCE
                          && rq->path.resource != NGX_RTALPHA_REG_PATH_BY_ID);

    if (accept == NGX_RTALPHA_REG_ACCEPT_NONE) {
        return ngx_rtalpha_reg_error(r, 406);
    }

    if (r->method == NGX_HTTP_POST && r->headers_in.content_type == NULL) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_BAD_REQUEST);
    }

    if (accept == NGX_RTALPHA_REG_ACCEPT_XML) {
        rq->form |= NGX_RTALPHA_REG_FORM_XML;
    }

    header = ngx_rtalpha_reg_header(r, "x-eureka-accept");

    if (header && header->len == 7
        && ngx_strncasecmp(header->data, (u_char *) "compact", 7) == 0)
    {
        rq->form |= NGX_RTALPHA_REG_FORM_COMPACT;
    }

    header = ngx_rtalpha_reg_header(r, "x-netflix-discovery-replication");

    rq->replica = header && ngx_rtalpha_str_is(header, "true");

    header = ngx_rtalpha_reg_header(r, "accept-encoding");

    rq->gzip = ngx_rtalpha_reg_accept_gzip(header);

    return NGX_DECLINED;
}


const ngx_str_t *
ngx_rtalpha_reg_type(ngx_uint_t form)
{
    return (form & NGX_RTALPHA_REG_FORM_XML) ? &ngx_rtalpha_reg_type_xml
                                             : &ngx_rtalpha_reg_type_json;
}


ngx_int_t
ngx_rtalpha_reg_error(ngx_http_request_t *r, ngx_uint_t status)
{
    u_char               when[sizeof("1970-01-01T00:00:00.000+00:00")];
    ngx_tm_t             tm;
    ngx_str_t            body, error, type;
    ngx_rtalpha_out_t    out;
    ngx_rtalpha_json_t   j;

    if (status >= 400) {
        ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_REFUSED, 1);
    }

    /* a HEAD says of what type the page would be, had there been one */

    if (r->method == NGX_HTTP_HEAD
        && ngx_rtalpha_reg_accept_error(r->pool,
               ngx_rtalpha_reg_header(r, "accept"), &type)
           == NGX_OK)
    {
        ngx_str_null(&body);
        return ngx_rtalpha_answer_bytes(r, status, &type, &body);
    }

    if (!ngx_rtalpha_reg_conf.error_body || status == 406) {
        return ngx_rtalpha_answer_empty(r, status);
    }

    switch (status) {
    case NGX_HTTP_BAD_REQUEST: ngx_str_set(&error, "Bad Request"); break;
    case NGX_HTTP_NOT_FOUND: ngx_str_set(&error, "Not Found"); break;
    case NGX_HTTP_NOT_ALLOWED: ngx_str_set(&error, "Method Not Allowed");
        break;
    case NGX_HTTP_UNSUPPORTED_MEDIA_TYPE:
        ngx_str_set(&error, "Unsupported Media Type"); break;
    default: ngx_str_set(&error, "Internal Server Error"); break;
    }

    ngx_gmtime(ngx_time(), &tm);

    if (ngx_rtalpha_out_init(&out, r->pool, 256, 65536) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "timestamp");
    ngx_rtalpha_json_text(&j, when,
        ngx_sprintf(when, "%4d-%02d-%02dT%02d:%02d:%02d.%03M+00:00",
                    tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                    tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
                    ngx_timeofday()->msec)
        - when);
    ngx_rtalpha_json_key_lit(&j, "status");
    ngx_rtalpha_json_int(&j, (int64_t) status);
    ngx_rtalpha_json_key_lit(&j, "error");
    ngx_rtalpha_json_str(&j, &error);
    ngx_rtalpha_json_key_lit(&j, "path");
    ngx_rtalpha_json_str(&j, &r->uri);
    ngx_rtalpha_json_end(&j);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, status, &ngx_rtalpha_reg_type_json,
                                    &body);
}


ngx_int_t
ngx_rtalpha_reg_refuse(ngx_http_request_t *r, const char *text)
{
    ngx_str_t  body;

    static ngx_str_t  type = ngx_string("text/plain");
    static ngx_str_t  later = ngx_string(NGX_RTALPHA_REG_RETRY);

    body.data = (u_char *) text;
    body.len = ngx_strlen(text);

    if (ngx_rtalpha_answer_header(r, "Retry-After", &later) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_SERVICE_UNAVAILABLE, &type,
                                    &body);
}


ngx_int_t
ngx_rtalpha_reg_tell_init(ngx_cycle_t *cycle)
{
    ngx_rtalpha_reg_tell_event.handler = ngx_rtalpha_reg_tell_flush;
    ngx_rtalpha_reg_tell_event.log = cycle->log;
    ngx_rtalpha_reg_tell_event.data = &ngx_rtalpha_reg_nobody;
    ngx_rtalpha_reg_tell_event.cancelable = 1;

    return NGX_OK;
}


/*
 * Balancers see the number at once; events, which wake every worker, come a
 * few milliseconds later, one for each application that has changed.
 */

void
ngx_rtalpha_reg_tell(const ngx_str_t *app)
{
    size_t      len;
    ngx_uint_t  i;

    ngx_rtalpha_services_changed();

    len = ngx_min(app->len, NGX_RTALPHA_REG_TELL_LEN);

    for (i = 0; i < ngx_rtalpha_reg_ntold; i++) {
        if (ngx_rtalpha_reg_told[i].len == len
            && ngx_memcmp(ngx_rtalpha_reg_told[i].name, app->data, len) == 0)
        {
            return;
        }
    }

    if (i < NGX_RTALPHA_REG_TELL_NAMES) {
        ngx_memcpy(ngx_rtalpha_reg_told[i].name, app->data, len);
        ngx_rtalpha_reg_told[i].len = len;
        ngx_rtalpha_reg_ntold++;
    }

    if (!ngx_rtalpha_reg_tell_event.timer_set) {
        ngx_add_timer(&ngx_rtalpha_reg_tell_event,
                      NGX_RTALPHA_REG_TELL_DELAY);
    }
}


static void
ngx_rtalpha_reg_tell_flush(ngx_event_t *ev)
{
    ngx_str_t   name;
    ngx_uint_t  i;

    static ngx_str_t  many = ngx_string("*");

    if (ngx_rtalpha_reg_ntold == NGX_RTALPHA_REG_TELL_NAMES) {
        ngx_rtalpha_events_publish(NGX_RTALPHA_EVENT_SERVICE, &many);

    } else {
        for (i = 0; i < ngx_rtalpha_reg_ntold; i++) {
            name.data = ngx_rtalpha_reg_told[i].name;
            name.len = ngx_rtalpha_reg_told[i].len;
            ngx_rtalpha_events_publish(NGX_RTALPHA_EVENT_SERVICE, &name);
        }
    }

    ngx_rtalpha_reg_ntold = 0;
}


void
ngx_rtalpha_reg_counters(ngx_conf_t *cf)
{
    ngx_uint_t  i;

    static struct {
        const char  *name;
        const char  *labels;
        const char  *help;
    } counters[] = {
        { "rtalpha_registry_registrations_total", NULL,
          "Registrations taken" },
        { "rtalpha_registry_renewals_total", "result=\"ok\"",
          "Heartbeats" },
        { "rtalpha_registry_renewals_total", "result=\"unknown\"", NULL },
        { "rtalpha_registry_cancellations_total", NULL,
          "Instances that deregistered" },
        { "rtalpha_registry_evictions_total", NULL,
          "Instances whose lease ended" },
        { "rtalpha_registry_overrides_total", NULL,
          "Status overrides set or removed" },
        { "rtalpha_registry_reads_total", NULL, "Reading requests" },
        { "rtalpha_registry_refused_total", NULL,
          "Requests answered with a client's error" },
        { "rtalpha_registry_full_total", "reason=\"memory\"",
          "Registrations refused over a limit or for want of memory" },
        { "rtalpha_registry_full_total", "reason=\"instances\"", NULL },
        { "rtalpha_registry_full_total", "reason=\"application\"", NULL },
        { "rtalpha_registry_full_total", "reason=\"address\"", NULL },
        { "rtalpha_registry_batches_total", NULL,
          "Batches taken from peers" },
        { "rtalpha_registry_answers_apart_total", NULL,
          "Whole answers made by a worker for itself: the zone is full" }
    };

    for (i = 0; i < NGX_RTALPHA_REG_COUNT_MAX; i++) {
        ngx_rtalpha_reg_ids[i] = ngx_rtalpha_metrics_counter(cf,
                                    counters[i].name, counters[i].labels,
                                    counters[i].help);
    }
}


void
ngx_rtalpha_reg_count(ngx_uint_t what, ngx_uint_t n)
{
    ngx_rtalpha_metrics_add(ngx_rtalpha_reg_ids[what], n);
}
