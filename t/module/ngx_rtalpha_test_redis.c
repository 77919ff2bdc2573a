
/*
 * Handlers that call the Redis of rtalpha_redis:
 *
 *     /redis?w=SET,{k},v&key={k}     the words of a call
 *     /eval?key={k}&by=3             a script
 *     /many?n=1000                   so many calls in one turn
 */


#include "ngx_rtalpha_test.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_out.h"
#include "ngx_rtalpha_redis.h"


#define NGX_RTALPHA_TEST_WORDS  16


typedef struct {
    ngx_http_request_t        *request;
    ngx_rtalpha_redis_call_t  *call;
    ngx_uint_t                 left;
    ngx_uint_t                 good;
    ngx_uint_t                 bad;
} ngx_rtalpha_test_wait_t;


static ngx_rtalpha_redis_conf_t     ngx_rtalpha_test_conf;
static ngx_rtalpha_redis_t         *ngx_rtalpha_test_caller;
static ngx_rtalpha_redis_t         *ngx_rtalpha_test_listener;
static ngx_uint_t                   ngx_rtalpha_test_changes;
static u_char                       ngx_rtalpha_test_heard[4096];
static size_t                       ngx_rtalpha_test_heard_len;

static ngx_rtalpha_redis_script_t   ngx_rtalpha_test_script = {
    ngx_string("return redis.call('INCRBY', KEYS[1], ARGV[1])"), ""
};


static void
ngx_rtalpha_test_changed(void *data, ngx_uint_t up)
{
    ngx_rtalpha_test_changes++;
}


static void
ngx_rtalpha_test_message(void *data, const ngx_str_t *channel,
    const ngx_str_t *message)
{
    u_char  *p;

    p = ngx_rtalpha_test_heard + ngx_rtalpha_test_heard_len;

    p = message ? ngx_slprintf(p, ngx_rtalpha_test_heard
                                  + sizeof(ngx_rtalpha_test_heard),
                               "%V=%V\n", channel, message)
                : ngx_slprintf(p, ngx_rtalpha_test_heard
                                  + sizeof(ngx_rtalpha_test_heard),
                               "%V stands\n", channel);

    ngx_rtalpha_test_heard_len = p - ngx_rtalpha_test_heard;
}


ngx_int_t
ngx_rtalpha_test_redis_init(ngx_cycle_t *cycle)
{
    ngx_str_t                        channels[2];
    const ngx_rtalpha_redis_conf_t  *conf;

    conf = ngx_rtalpha_redis_configured(cycle);

    if (conf == NULL
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    ngx_str_set(&channels[0], "one");
    ngx_str_set(&channels[1], "two");

    ngx_rtalpha_test_conf = *conf;
    ngx_rtalpha_test_conf.link.timeout = 300;
    ngx_rtalpha_test_conf.link.ping = 300;

    ngx_rtalpha_test_caller = ngx_rtalpha_redis_create(&ngx_rtalpha_test_conf,
                                            ngx_rtalpha_test_changed, NULL);
    ngx_rtalpha_test_listener =
                ngx_rtalpha_redis_create(&ngx_rtalpha_test_conf, NULL, NULL);

    return ngx_rtalpha_redis_subscribe(ngx_rtalpha_test_listener, 2, channels,
                                       ngx_rtalpha_test_message, NULL);
}


void
ngx_rtalpha_test_redis_exit(ngx_cycle_t *cycle)
{
    if (ngx_rtalpha_test_caller) {
        ngx_rtalpha_redis_destroy(ngx_rtalpha_test_caller);
        ngx_rtalpha_redis_destroy(ngx_rtalpha_test_listener);
    }
}


static ngx_int_t
ngx_rtalpha_test_show(ngx_http_request_t *r, const ngx_rtalpha_reply_t *reply)
{
    ngx_uint_t           i;
    ngx_rtalpha_reply_t *element;

    if (reply == NULL) {
        return ngx_rtalpha_answer_problem(r, 502, "no-reply", "no reply");
    }

    if (reply->type == NGX_RTALPHA_RESP_ARRAY) {
        element = NULL;

        for (i = 0; i < reply->n; i++) {
            element = ngx_rtalpha_reply_at(reply, i);
        }

        return ngx_rtalpha_test_say(r, "%ui elements, last: %V\n", reply->n,
                                    element ? &element->str : &r->method_name);
    }

    return ngx_rtalpha_test_say(r, "%ui %V\n", reply->type, &reply->str);
}


static void
ngx_rtalpha_test_finish(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_connection_t  *c;

    c = r->connection;

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static void
ngx_rtalpha_test_replied(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_test_wait_t  *wait = data;

    wait->call = NULL;

    ngx_rtalpha_test_finish(wait->request,
                            ngx_rtalpha_test_show(wait->request, reply));
}


static void
ngx_rtalpha_test_gone(void *data)
{
    ngx_rtalpha_test_wait_t  *wait = data;

    if (wait->call) {
        ngx_rtalpha_redis_cancel(wait->call);
    }
}


static ngx_rtalpha_test_wait_t *
ngx_rtalpha_test_hold(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t       *cln;
    ngx_rtalpha_test_wait_t  *wait;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_rtalpha_test_wait_t));

    if (cln == NULL) {
        return NULL;
    }

    wait = cln->data;
    ngx_memzero(wait, sizeof(ngx_rtalpha_test_wait_t));

    wait->request = r;
    cln->handler = ngx_rtalpha_test_gone;

    r->read_event_handler = ngx_http_test_reading;

    return wait;
}


static ngx_int_t
ngx_rtalpha_test_held(ngx_http_request_t *r, ngx_rtalpha_test_wait_t *wait)
{
    if (wait->call == NULL) {
        return ngx_rtalpha_answer_problem(r, 503, "down", "no call");
    }

    r->main->count++;

    return NGX_DONE;
}


ngx_int_t
ngx_rtalpha_test_redis(ngx_http_request_t *r)
{
    u_char                   *p, *end;
    ngx_str_t                 text, key, words[NGX_RTALPHA_TEST_WORDS];
    ngx_uint_t                n, keyed;
    ngx_rtalpha_test_wait_t  *wait;

    if (ngx_http_arg(r, (u_char *) "w", 1, &text) != NGX_OK) {
        return NGX_HTTP_BAD_REQUEST;
    }

    keyed = (ngx_http_arg(r, (u_char *) "key", 3, &key) == NGX_OK);
    wait = ngx_rtalpha_test_hold(r);

    if (wait == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = text.data;
    end = text.data + text.len;

    for (n = 0; n < NGX_RTALPHA_TEST_WORDS && p <= end; n++) {
        words[n].data = p;
        p = ngx_strlchr(p, end, ',');
        p = p ? p : end;
        words[n].len = p++ - words[n].data;
    }

    wait->call = ngx_rtalpha_redis_call(ngx_rtalpha_test_caller,
                                        keyed ? &key : NULL, n, words,
                                        ngx_rtalpha_test_replied, wait);

    return ngx_rtalpha_test_held(r, wait);
}


ngx_int_t
ngx_rtalpha_test_eval(ngx_http_request_t *r)
{
    ngx_str_t                 words[2];
    ngx_rtalpha_test_wait_t  *wait;

    if (ngx_http_arg(r, (u_char *) "key", 3, &words[0]) != NGX_OK
        || ngx_http_arg(r, (u_char *) "by", 2, &words[1]) != NGX_OK)
    {
        return NGX_HTTP_BAD_REQUEST;
    }

    wait = ngx_rtalpha_test_hold(r);

    if (wait == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    wait->call = ngx_rtalpha_redis_eval(ngx_rtalpha_test_caller,
                                        &ngx_rtalpha_test_script, 1, 2,
                                        words, ngx_rtalpha_test_replied,
                                        wait);

    return ngx_rtalpha_test_held(r, wait);
}


static void
ngx_rtalpha_test_one(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_test_wait_t  *wait = data;

    if (reply && reply->type == NGX_RTALPHA_RESP_INTEGER) {
        wait->good++;

    } else {
        wait->bad++;
    }

    if (--wait->left == 0) {
        ngx_rtalpha_test_finish(wait->request,
                ngx_rtalpha_test_say(wait->request, "%ui good, %ui bad\n",
                                     wait->good, wait->bad));
    }
}


ngx_int_t
ngx_rtalpha_test_many(ngx_http_request_t *r)
{
    u_char                    text[NGX_INT_T_LEN + 1];
    ngx_str_t                 words[2];
    ngx_uint_t                i, n;
    ngx_rtalpha_test_wait_t  *wait;

    n = ngx_rtalpha_test_number(r, "n", 1);
    wait = ngx_rtalpha_test_hold(r);

    if (wait == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* this one counts too: the answer never comes from within the loop */

    r->read_event_handler = ngx_http_block_reading;
    wait->left = 1;

    for (i = 0; i < n; i++) {
        ngx_str_set(&words[0], "INCR");
        words[1].data = text;
        words[1].len = ngx_sprintf(text, "m%ui", i) - text;

        if (ngx_rtalpha_redis_call(ngx_rtalpha_test_caller, &words[1], 2,
                                   words, ngx_rtalpha_test_one, wait))
        {
            wait->left++;

        } else {
            wait->bad++;
        }
    }

    if (--wait->left == 0) {
        return ngx_rtalpha_answer_problem(r, 503, "down", "no call");
    }

    r->main->count++;

    return NGX_DONE;
}


ngx_int_t
ngx_rtalpha_test_messages(ngx_http_request_t *r)
{
    ngx_str_t  text, heard;

    ngx_str_set(&text, "text/plain");
    heard.data = ngx_rtalpha_test_heard;
    heard.len = ngx_rtalpha_test_heard_len;

    return ngx_rtalpha_answer_bytes(r, 200, &text, &heard);
}


ngx_int_t
ngx_rtalpha_test_redis_state(ngx_http_request_t *r)
{
    return ngx_rtalpha_test_say(r, "%s, %ui changes\n",
                 ngx_rtalpha_redis_ready(ngx_rtalpha_test_caller) ? "up"
                                                                  : "down",
                 ngx_rtalpha_test_changes);
}
