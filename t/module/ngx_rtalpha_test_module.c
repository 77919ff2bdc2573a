
/*
 * Handlers for the tests of the core alone: answers, request bodies, parked
 * requests, background jobs, Redis.  Never part of the product:
 * t/module/build.sh links it with the objects of a build into a module of
 * its own.
 *
 *     rtalpha_test VERB;     in a location; arguments come in the query
 */


#include "ngx_rtalpha_test.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_events.h"


typedef struct {
    ngx_str_t    name;
    ngx_int_t  (*handler)(ngx_http_request_t *r);
} ngx_rtalpha_test_verb_t;


typedef struct {
    uint64_t     since;             /* number of the last event */
    ngx_uint_t   rounds;
    ngx_uint_t   ticket;
} ngx_rtalpha_test_wait_t;


typedef struct {
    ngx_uint_t   ticket;
    ngx_uint_t   sleep;             /* ms */
    ngx_uint_t   stopped;
} ngx_rtalpha_test_job_t;


static void ngx_rtalpha_test_exit(ngx_cycle_t *cycle);
static char *ngx_rtalpha_test(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_rtalpha_test_empty(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_bytes(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_blob(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_problem(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_echo(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_park(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_body_park(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_ring(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_parked(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_job(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_child(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_test_http(ngx_http_request_t *r);


static ngx_rtalpha_test_verb_t  ngx_rtalpha_test_verbs[] = {
    { ngx_string("empty"), ngx_rtalpha_test_empty },
    { ngx_string("bytes"), ngx_rtalpha_test_bytes },
    { ngx_string("blob"), ngx_rtalpha_test_blob },
    { ngx_string("problem"), ngx_rtalpha_test_problem },
    { ngx_string("echo"), ngx_rtalpha_test_echo },
    { ngx_string("park"), ngx_rtalpha_test_park },
    { ngx_string("body_park"), ngx_rtalpha_test_body_park },
    { ngx_string("ring"), ngx_rtalpha_test_ring },
    { ngx_string("parked"), ngx_rtalpha_test_parked },
    { ngx_string("job"), ngx_rtalpha_test_job },
    { ngx_string("child"), ngx_rtalpha_test_child },
    { ngx_string("http"), ngx_rtalpha_test_http },
    { ngx_string("redis"), ngx_rtalpha_test_redis },
    { ngx_string("eval"), ngx_rtalpha_test_eval },
    { ngx_string("many"), ngx_rtalpha_test_many },
    { ngx_string("messages"), ngx_rtalpha_test_messages },
    { ngx_string("redis_state"), ngx_rtalpha_test_redis_state },
    { ngx_null_string, NULL }
};


static ngx_command_t  ngx_rtalpha_test_commands[] = {

    { ngx_string("rtalpha_test"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_rtalpha_test,
      0,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_rtalpha_test_module_ctx = {
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};


ngx_module_t  ngx_rtalpha_test_module = {
    NGX_MODULE_V1,
    &ngx_rtalpha_test_module_ctx,
    ngx_rtalpha_test_commands,
    NGX_HTTP_MODULE,
    NULL,
    NULL,
    ngx_rtalpha_test_redis_init,
    NULL,
    NULL,
    ngx_rtalpha_test_exit,
    NULL,
    NGX_MODULE_V1_PADDING
};


static ngx_str_t  ngx_rtalpha_test_text = ngx_string("text/plain");

/* results of jobs, by ticket */

static ngx_str_t   ngx_rtalpha_test_results[1024];
static ngx_uint_t  ngx_rtalpha_test_tickets;
static ngx_uint_t  ngx_rtalpha_test_asked;


static void
ngx_rtalpha_test_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t  i;

    ngx_rtalpha_test_redis_exit(cycle);

    for (i = 0; i < 1024; i++) {
        if (ngx_rtalpha_test_results[i].data) {
            ngx_free(ngx_rtalpha_test_results[i].data);
            ngx_str_null(&ngx_rtalpha_test_results[i]);
        }
    }
}


static char *
ngx_rtalpha_test(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                 *value;
    ngx_rtalpha_test_verb_t   *verb;
    ngx_http_core_loc_conf_t  *clcf;

    value = cf->args->elts;
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    for (verb = ngx_rtalpha_test_verbs; verb->handler; verb++) {
        if (ngx_rtalpha_str_eq(&verb->name, &value[1])) {
            clcf->handler = verb->handler;
            return NGX_CONF_OK;
        }
    }

    return "is not known";
}


ngx_int_t
ngx_rtalpha_test_number(ngx_http_request_t *r, char *name, ngx_int_t other)
{
    ngx_int_t  n;
    ngx_str_t  value;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &value)
        != NGX_OK)
    {
        return other;
    }

    n = ngx_atoi(value.data, value.len);

    return (n == NGX_ERROR) ? other : n;
}


ngx_int_t
ngx_rtalpha_test_say(ngx_http_request_t *r, const char *fmt, ...)
{
    u_char     *p;
    va_list     args;
    ngx_str_t   body;

    p = ngx_pnalloc(r->pool, 256);

    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    va_start(args, fmt);
    body.data = p;
    body.len = ngx_vslprintf(p, p + 256, fmt, args) - p;
    va_end(args);

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &ngx_rtalpha_test_text,
                                    &body);
}


static ngx_int_t
ngx_rtalpha_test_empty(ngx_http_request_t *r)
{
    return ngx_rtalpha_answer_empty(r,
                              ngx_rtalpha_test_number(r, "status", 200));
}


static ngx_int_t
ngx_rtalpha_test_bytes(ngx_http_request_t *r)
{
    ngx_str_t         tag, value, type, bad;
    const ngx_str_t  *sent;

    ngx_str_set(&tag, "v1");
    ngx_str_set(&bad, "a\r\nX-Smuggled: 1");
    ngx_str_set(&type, "text/html; charset=utf-8");

    if (ngx_rtalpha_answer_etag(r, &tag)) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_MODIFIED);
    }

    sent = ngx_rtalpha_answer_request_header(r,
                                             (char *) ngx_rtalpha_lit("x-a"));

    if (sent) {
        value = *sent;

    } else {
        ngx_str_set(&value, "none");
    }

    if (ngx_rtalpha_answer_header(r, "X-A", &value) != NGX_OK
        || ngx_rtalpha_answer_header(r, "X-Bad", &bad) != NGX_ERROR)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_set(&value, "hello\n");

    return ngx_rtalpha_answer_bytes(r,
                               ngx_rtalpha_test_number(r, "status", 200),
                               &type, &value);
}


static ngx_int_t
ngx_rtalpha_test_blob(ngx_http_request_t *r)
{
    size_t              i, len;
    u_char             *p;
    ngx_rtalpha_pin_t  *pin;

    len = ngx_rtalpha_test_number(r, "len", 100);
    p = ngx_pnalloc(r->pool, len + 1);

    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; i < len; i++) {
        p[i] = (u_char) ('a' + i % 23);
    }

    pin = ngx_rtalpha_blob_create(p, len);

    if (pin == NULL) {
        return ngx_rtalpha_answer_problem(r, 507, "full", "no room");
    }

    return ngx_rtalpha_answer_blob(r, NGX_HTTP_OK, &ngx_rtalpha_test_text,
                                   pin);
}


static ngx_int_t
ngx_rtalpha_test_problem(ngx_http_request_t *r)
{
    return ngx_rtalpha_answer_problem(r,
                              ngx_rtalpha_test_number(r, "status", 404),
                              "test-reason", "no \"%V\" here", &r->args);
}


static ngx_int_t
ngx_rtalpha_test_echoed(ngx_http_request_t *r, ngx_str_t *body, void *data)
{
    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &ngx_rtalpha_test_text,
                                    body);
}


static ngx_int_t
ngx_rtalpha_test_echo(ngx_http_request_t *r)
{
    return ngx_rtalpha_answer_body(r,
                           ngx_rtalpha_test_number(r, "max", 100000),
                           ngx_rtalpha_test_echoed, NULL);
}


/* woken for good by the second change after "rounds" of them */

static ngx_int_t
ngx_rtalpha_test_woken_again(ngx_http_request_t *r, void *data,
    ngx_uint_t last)
{
    ngx_rtalpha_test_wait_t  *wait = data;

    if (last) {
        return ngx_rtalpha_test_say(r, "last\n");
    }

    if (ngx_rtalpha_events_last() == wait->since) {
        return NGX_AGAIN;
    }

    return ngx_rtalpha_test_say(r, "woken again\n");
}


static ngx_int_t
ngx_rtalpha_test_woken(ngx_http_request_t *r, void *data, ngx_uint_t last)
{
    uint64_t                  now;
    ngx_rtalpha_test_wait_t  *wait = data;

    ngx_rtalpha_test_asked++;

    if (last) {
        return ngx_rtalpha_test_say(r, "last\n");
    }

    now = ngx_rtalpha_events_last();

    if (now == wait->since) {
        return NGX_AGAIN;
    }

    wait->since = now;

    if (wait->rounds) {
        wait->rounds--;
        return ngx_rtalpha_answer_park(r,
                               ngx_rtalpha_test_number(r, "t", 10000),
                               wait->rounds ? ngx_rtalpha_test_woken
                                            : ngx_rtalpha_test_woken_again,
                               wait);
    }

    return ngx_rtalpha_test_say(r, "woken\n");
}


static ngx_rtalpha_test_wait_t *
ngx_rtalpha_test_wait(ngx_http_request_t *r)
{
    ngx_rtalpha_test_wait_t  *wait;

    wait = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_test_wait_t));

    if (wait) {
        wait->since = ngx_rtalpha_events_last();
        wait->rounds = ngx_rtalpha_test_number(r, "rounds", 0);
    }

    return wait;
}


/* the number of the newest event whose text this is */

static uint64_t
ngx_rtalpha_test_version(const ngx_str_t *name)
{
    uint64_t             seen, version;
    ngx_rtalpha_event_t  event;

    version = 0;
    seen = 0;

    while (ngx_rtalpha_events_next(seen, &event) != NGX_DONE) {
        seen = event.number;

        if (event.len == name->len
            && ngx_memcmp(event.text, name->data, name->len) == 0)
        {
            version = seen;
        }
    }

    return version;
}


static ngx_int_t
ngx_rtalpha_test_park(ngx_http_request_t *r)
{
    ngx_str_t  name;

    if (ngx_http_arg(r, (u_char *) "on", 2, &name) == NGX_OK) {
        return ngx_rtalpha_answer_park_on(r,
                                   ngx_rtalpha_test_number(r, "t", 10000),
                                   ngx_rtalpha_test_woken,
                                   ngx_rtalpha_test_wait(r),
                                   ngx_rtalpha_test_version, &name,
                                   ngx_rtalpha_test_version(&name));
    }

    return ngx_rtalpha_answer_park(r,
                                   ngx_rtalpha_test_number(r, "t", 10000),
                                   ngx_rtalpha_test_woken,
                                   ngx_rtalpha_test_wait(r));
}


static ngx_int_t
ngx_rtalpha_test_body_parked(ngx_http_request_t *r, ngx_str_t *body,
    void *data)
{
    return ngx_rtalpha_test_park(r);
}


static ngx_int_t
ngx_rtalpha_test_body_park(ngx_http_request_t *r)
{
    return ngx_rtalpha_answer_body(r, 100000, ngx_rtalpha_test_body_parked,
                                   NULL);
}


static ngx_int_t
ngx_rtalpha_test_ring(ngx_http_request_t *r)
{
    ngx_str_t  text;

    if (ngx_http_arg(r, (u_char *) "text", 4, &text) != NGX_OK) {
        ngx_str_set(&text, "test");
    }

    ngx_rtalpha_events_publish(ngx_rtalpha_test_number(r, "type",
                                                NGX_RTALPHA_EVENT_SETTINGS),
                               &text);

    return ngx_rtalpha_answer_empty(r, NGX_HTTP_NO_CONTENT);
}


static ngx_int_t
ngx_rtalpha_test_parked(ngx_http_request_t *r)
{
    return ngx_rtalpha_test_say(r, "%ui parked, %ui jobs, %ui asked\n",
                                ngx_rtalpha_answer_parked(),
                                ngx_rtalpha_background_waiting(),
                                ngx_rtalpha_test_asked);
}


static ngx_int_t
ngx_rtalpha_test_result(ngx_http_request_t *r, void *data, ngx_uint_t last)
{
    ngx_str_t                *result;
    ngx_rtalpha_test_wait_t  *wait = data;

    result = &ngx_rtalpha_test_results[wait->ticket % 1024];

    if (result->data) {
        return ngx_rtalpha_test_say(r, "%V", result);
    }

    return last ? ngx_rtalpha_test_say(r, "last\n") : NGX_AGAIN;
}


static void
ngx_rtalpha_test_keep(ngx_uint_t ticket, const char *fmt, ...)
{
    u_char     *p;
    va_list     args;
    ngx_str_t  *result, text;

    static ngx_str_t  done = ngx_string("job done");

    p = ngx_alloc(256, ngx_cycle->log);

    if (p == NULL) {
        return;
    }

    va_start(args, fmt);
    text.data = p;
    text.len = ngx_vslprintf(p, p + 256, fmt, args) - p;
    va_end(args);

    result = &ngx_rtalpha_test_results[ticket % 1024];

    if (result->data) {
        ngx_free(result->data);
    }

    *result = text;

    ngx_rtalpha_events_publish(NGX_RTALPHA_EVENT_SETTINGS, &done);
}


static ngx_int_t
ngx_rtalpha_test_post(ngx_http_request_t *r, ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_test_job_t   *data;
    ngx_rtalpha_test_wait_t  *wait;

    wait = ngx_rtalpha_test_wait(r);

    if (wait == NULL) {
        ngx_rtalpha_background_discard(job);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    data = job->data;
    data->ticket = ngx_rtalpha_test_tickets++;
    data->sleep = ngx_rtalpha_test_number(r, "sleep", 0);
    wait->ticket = data->ticket;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return ngx_rtalpha_answer_problem(r, 503, "refused", "no job");
    }

    return ngx_rtalpha_answer_park(r, ngx_rtalpha_test_number(r, "t", 10000),
                                   ngx_rtalpha_test_result, wait);
}


static void
ngx_rtalpha_test_job_run(ngx_rtalpha_job_t *job)
{
    ngx_uint_t               i;
    ngx_rtalpha_test_job_t  *data = job->data;

    for (i = 0; i < data->sleep; i += 5) {
        if (ngx_rtalpha_background_stopping()) {
            data->stopped = 1;
            return;
        }

        usleep(5000);
    }
}


static void
ngx_rtalpha_test_job_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_test_job_t  *data = job->data;

    ngx_rtalpha_test_keep(data->ticket, "slept %ui\n", data->sleep);
}


static ngx_int_t
ngx_rtalpha_test_job(ngx_http_request_t *r)
{
    ngx_rtalpha_job_t  *job;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_test_job_t));

    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    job->run = ngx_rtalpha_test_job_run;
    job->done = ngx_rtalpha_test_job_done;

    return ngx_rtalpha_test_post(r, job);
}


static void
ngx_rtalpha_test_child_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_test_job_t  *data = job->data;

    ngx_rtalpha_test_keep(data->ticket, "status %d timed out %d: %V\n",
                          job->child->status, (int) job->child->timed_out,
                          &job->child->output);
}


static ngx_int_t
ngx_rtalpha_test_child(ngx_http_request_t *r)
{
    char               **argv;
    ngx_str_t            seconds;
    ngx_rtalpha_job_t   *job;

    static char         *envp[] = { NULL };

    if (ngx_http_arg(r, (u_char *) "run", 3, &seconds) != NGX_OK) {
        ngx_str_set(&seconds, "0");
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_test_job_t));

    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    job->child = ngx_pcalloc(job->pool, sizeof(ngx_rtalpha_child_t));
    argv = ngx_pcalloc(job->pool, 6 * sizeof(char *));

    if (job->child == NULL || argv == NULL) {
        ngx_rtalpha_background_discard(job);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    argv[0] = "sh";
    argv[1] = "-c";
    argv[2] = "sleep $1; ls /proc/self/fd | tr '\\n' ' '; exit 3";
    argv[3] = "sh";
    argv[4] = ngx_pcalloc(job->pool, seconds.len + 1);

    if (argv[4] == NULL) {
        ngx_rtalpha_background_discard(job);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(argv[4], seconds.data, seconds.len);

    job->child->argv = argv;
    job->child->envp = envp;
    job->child->timeout = ngx_rtalpha_test_number(r, "timeout", 5000);
    job->done = ngx_rtalpha_test_child_done;

    return ngx_rtalpha_test_post(r, job);
}


static void
ngx_rtalpha_test_http_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_test_job_t  *data = job->data;

    ngx_rtalpha_test_keep(data->ticket, "status %ui: %V%V",
                          job->http->status, &job->http->answer,
                          &job->http->error);
}


static ngx_int_t
ngx_rtalpha_test_http(ngx_http_request_t *r)
{
    ngx_str_t           url;
    ngx_rtalpha_job_t  *job;

    if (ngx_http_arg(r, (u_char *) "url", 3, &url) != NGX_OK) {
        return NGX_HTTP_BAD_REQUEST;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_test_job_t));

    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    url.data = ngx_pstrdup(job->pool, &url);
    job->http = url.data ? ngx_rtalpha_curl(job->pool, &url) : NULL;

    if (job->http == NULL) {
        ngx_rtalpha_background_discard(job);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    job->http->timeout = ngx_rtalpha_test_number(r, "timeout", 5000);
    job->done = ngx_rtalpha_test_http_done;

    return ngx_rtalpha_test_post(r, job);
}
