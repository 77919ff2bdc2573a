
/*
 * Long polls: a GET with If-None-Match and "Prefer: wait=SECONDS" (RFC 7240)
 * is answered when its answer changes, and with 304 when the time is over,
 * or when the worker goes.
 *
 * Each ring of the doorbell asks every held request.  Most see at once that
 * nothing has moved; those that have to make their answer anew do so a few
 * in each turn of the event loop, so that a commit which moves thousands of
 * them holds up nobody.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_prefer.h"
#include "ngx_rtalpha_cfg_request.h"


#define NGX_RTALPHA_CFG_HOLD_TURN   8       /* answers made in a turn */
#define NGX_RTALPHA_CFG_HOLD_PAUSE  5       /* ms to the next */


static void ngx_rtalpha_cfg_hold_later(ngx_event_t *ev);


static ngx_event_t       ngx_rtalpha_cfg_hold_event;
static ngx_connection_t  ngx_rtalpha_cfg_hold_connection;
static ngx_msec_t        ngx_rtalpha_cfg_hold_turn;
static ngx_uint_t        ngx_rtalpha_cfg_hold_made;


void
ngx_rtalpha_cfg_hold_asked(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_conf_t *conf)
{
    const ngx_str_t  *prefer;

    req->hold = 0;
    prefer = ngx_rtalpha_answer_request_header(r, "prefer", 6);

    /* without an ETag there is nothing to compare */

    if (prefer && !conf->java_errors
        && ngx_rtalpha_answer_request_header(r, "if-none-match", 13))
    {
        req->hold = ngx_rtalpha_prefer_wait(prefer, conf->hold / 1000);
    }
}


/* does If-None-Match name the tag; "*" asks for no change of an answer */

static ngx_uint_t
ngx_rtalpha_cfg_hold_match(ngx_http_request_t *r, const u_char *etag)
{
    u_char            tag[34];
    size_t            i;
    const ngx_str_t  *match;

    match = ngx_rtalpha_answer_request_header(r, "if-none-match", 13);

    if (match == NULL || match->len < sizeof(tag)) {
        return 0;
    }

    tag[0] = '"';
    (void) ngx_hex_dump(tag + 1, (u_char *) etag, 16);
    tag[33] = '"';

    for (i = 0; i + sizeof(tag) <= match->len; i++) {
        if (ngx_memcmp(match->data + i, tag, sizeof(tag)) == 0) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_cfg_hold_wanted(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_kept_t *kept)
{
    return req->hold && req->key.len && !kept->volatile_
           && ngx_rtalpha_cfg_hold_match(r, kept->etag);
}


ngx_int_t
ngx_rtalpha_cfg_hold_applied(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req)
{
    ngx_str_t  *value;

    if (req->hold == 0) {
        return NGX_OK;
    }

    value = ngx_palloc(r->pool, sizeof(ngx_str_t) + sizeof("wait=")
                                + NGX_INT_T_LEN);
    if (value == NULL) {
        return NGX_ERROR;
    }

    value->data = (u_char *) (value + 1);
    value->len = ngx_sprintf(value->data, "wait=%ui", req->hold)
                 - value->data;

    return ngx_rtalpha_answer_header(r, "Preference-Applied", value);
}


/* has this turn of the event loop time for one more answer */

static ngx_uint_t
ngx_rtalpha_cfg_hold_time(void)
{
    ngx_event_t  *ev;

    if (ngx_rtalpha_cfg_hold_turn != ngx_current_msec) {
        ngx_rtalpha_cfg_hold_turn = ngx_current_msec;
        ngx_rtalpha_cfg_hold_made = 0;
    }

    if (ngx_rtalpha_cfg_hold_made++ < NGX_RTALPHA_CFG_HOLD_TURN) {
        return 1;
    }

    ev = &ngx_rtalpha_cfg_hold_event;

    if (!ev->timer_set) {
        ngx_rtalpha_cfg_hold_connection.fd = (ngx_socket_t) -1;
        ev->handler = ngx_rtalpha_cfg_hold_later;
        ev->data = &ngx_rtalpha_cfg_hold_connection;
        ev->log = ngx_cycle->log;
        ev->cancelable = 1;
        ngx_add_timer(ev, NGX_RTALPHA_CFG_HOLD_PAUSE);
    }

    return 0;
}


static void
ngx_rtalpha_cfg_hold_later(ngx_event_t *ev)
{
    ngx_rtalpha_answer_wake_all();
}


/* the wake callback of a held request */

static ngx_int_t
ngx_rtalpha_cfg_hold_wake(ngx_http_request_t *r, void *data, ngx_uint_t last)
{
    ngx_int_t                   rc;
    ngx_rtalpha_cfg_conf_t     *conf;
    ngx_rtalpha_cfg_request_t  *req;

    req = data;
    conf = ngx_rtalpha_cfg_server_conf(req->server);

    if (last) {
        return ngx_rtalpha_cfg_request_same(r, req, &req->kept);
    }

    if (conf->version == req->version
        && ngx_rtalpha_cfg_request_fresh(&req->kept))
    {
        return NGX_AGAIN;
    }

    if (!ngx_rtalpha_cfg_hold_time()) {
        return NGX_AGAIN;
    }

    if (conf->version != req->version) {
        rc = ngx_rtalpha_cfg_request_begin(r, req, conf);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return ngx_rtalpha_cfg_request_answer(r, req, conf);
}


ngx_int_t
ngx_rtalpha_cfg_hold(ngx_http_request_t *r, ngx_rtalpha_cfg_request_t *req,
    const ngx_rtalpha_cfg_kept_t *kept)
{
    req->kept = *kept;

    if (req->held) {
        return NGX_AGAIN;
    }

    req->held = 1;
    req->waited = 1;
    ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.held, 1);

    return ngx_rtalpha_answer_park(r, req->hold * 1000,
                                   ngx_rtalpha_cfg_hold_wake, req);
}
