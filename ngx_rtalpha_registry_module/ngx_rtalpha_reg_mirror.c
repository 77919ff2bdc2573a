
/*
 * The loop of a mirror; see the header.
 *
 * Registries of ours answer when something has changed (a long poll), others
 * are asked at an interval.  A whole list comes first; from then on deltas
 * do, as long as the hash code that comes with each is that of what is here.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_mirror.h"
#include "ngx_rtalpha_reg_mirror_set.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_background.h"


#define NGX_RTALPHA_REG_MIRROR_RETRY   1000     /* ms */
#define NGX_RTALPHA_REG_MIRROR_GAP     100
#define NGX_RTALPHA_REG_MIRROR_WAIT    25       /* seconds of a long poll */
#define NGX_RTALPHA_REG_MIRROR_LIST    ((size_t) 2048 * 1024 * 1024)


typedef struct {
    ngx_rtalpha_reg_list_t   list;
    ngx_array_t              items;         /* of ngx_rtalpha_reg_mirrored_t */
    uint64_t                 now;
    ngx_uint_t               delta;
    ngx_int_t                rc;
} ngx_rtalpha_reg_mirror_job_t;


static void ngx_rtalpha_reg_mirror_timer(ngx_event_t *ev);
static ngx_int_t ngx_rtalpha_reg_mirror_ask(void);
static ngx_int_t ngx_rtalpha_reg_mirror_headers(ngx_pool_t *pool,
    ngx_rtalpha_curl_t *http);
static void ngx_rtalpha_reg_mirror_read(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_mirror_done(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_mirror_next(ngx_uint_t delta);
static ngx_msec_t ngx_rtalpha_reg_mirror_pause(ngx_rtalpha_curl_t *http);
static ngx_msec_t ngx_rtalpha_reg_mirror_changed(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_mirror_failed(ngx_rtalpha_curl_t *http);
static ngx_int_t ngx_rtalpha_reg_mirror_tag(ngx_rtalpha_curl_t *http);


static ngx_event_t   ngx_rtalpha_reg_mirror_event;
static ngx_uint_t    ngx_rtalpha_reg_mirror_leads;
static ngx_uint_t    ngx_rtalpha_reg_mirror_busy;
static ngx_uint_t    ngx_rtalpha_reg_mirror_url;    /* that is asked */
static ngx_uint_t    ngx_rtalpha_reg_mirror_away;   /* it did not answer */
static ngx_uint_t    ngx_rtalpha_reg_mirror_barred; /* it gives no deltas */
static ngx_uint_t    ngx_rtalpha_reg_mirror_delta;  /* asked for next */
static u_char        ngx_rtalpha_reg_mirror_etag[128];
static size_t        ngx_rtalpha_reg_mirror_etag_len;


void
ngx_rtalpha_reg_mirror_lead(ngx_uint_t leading)
{
    ngx_event_t  *ev;

    ngx_rtalpha_reg_mirror_leads = leading;
    ev = &ngx_rtalpha_reg_mirror_event;

    if (leading && !ev->timer_set) {
        ev->handler = ngx_rtalpha_reg_mirror_timer;
        ev->log = ngx_cycle->log;
        ev->data = &ngx_rtalpha_reg_nobody;
        ev->cancelable = 1;
        ngx_add_timer(ev, 1);
    }

    if (!leading) {
        ngx_rtalpha_reg_mirror_forget();
        ngx_rtalpha_reg_mirror_next(0);
    }
}


static void
ngx_rtalpha_reg_mirror_timer(ngx_event_t *ev)
{
    if (!ngx_rtalpha_reg_mirror_leads || ngx_exiting) {
        return;
    }

    if (!ngx_rtalpha_reg_conf.mirror
        || ngx_rtalpha_reg_conf.peers == NULL
        || ngx_rtalpha_reg_conf.peers->nelts == 0
        || ngx_rtalpha_reg_mirror_busy
        || ngx_rtalpha_reg_mirror_ask() != NGX_OK)
    {
        ngx_add_timer(ev, NGX_RTALPHA_REG_MIRROR_RETRY);
    }
}


static ngx_int_t
ngx_rtalpha_reg_mirror_ask(void)
{
    ngx_str_t                     *urls, url;
    ngx_rtalpha_job_t             *job;
    ngx_rtalpha_curl_t            *http;
    ngx_rtalpha_reg_mirror_job_t  *mj;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_mirror_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    mj = job->data;
    mj->now = ngx_rtalpha_reg_now();

    urls = ngx_rtalpha_reg_conf.peers->elts;
    ngx_rtalpha_reg_mirror_url %= ngx_rtalpha_reg_conf.peers->nelts;
    urls += ngx_rtalpha_reg_mirror_url;

    mj->delta = ngx_rtalpha_reg_mirror_delta;
    url.data = ngx_pnalloc(job->pool, urls->len + sizeof("apps/delta"));

    if (url.data == NULL) {
        goto failed;
    }

    url.len = ngx_sprintf(url.data, "%Vapps/%s%Z", urls,
                          mj->delta ? "delta" : "")
              - url.data - 1;

    http = ngx_rtalpha_curl(job->pool, &url);

    if (http == NULL
        || ngx_rtalpha_reg_mirror_headers(job->pool, http) != NGX_OK)
    {
        goto failed;
    }

    job->http = http;
    job->run = ngx_rtalpha_reg_mirror_read;
    job->done = ngx_rtalpha_reg_mirror_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        goto failed;
    }

    ngx_rtalpha_reg_mirror_busy = 1;

    return NGX_OK;

failed:

    ngx_rtalpha_background_discard(job);

    return NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_reg_mirror_headers(ngx_pool_t *pool, ngx_rtalpha_curl_t *http)
{
    ngx_str_t  tag, wait;

    static const ngx_str_t  json = ngx_string("application/json");

    http->connect_timeout = 2000;
    http->timeout = (NGX_RTALPHA_REG_MIRROR_WAIT + 15) * 1000;
    http->compressed = 1;
    http->max_answer = NGX_RTALPHA_REG_MIRROR_LIST;

    if (ngx_rtalpha_reg_mirror_etag_len) {
        tag.len = ngx_rtalpha_reg_mirror_etag_len;
        tag.data = ngx_pnalloc(pool, tag.len);
        wait.data = ngx_pnalloc(pool, sizeof("wait=") + NGX_INT_T_LEN);

        if (tag.data == NULL || wait.data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(tag.data, ngx_rtalpha_reg_mirror_etag, tag.len);
        wait.len = ngx_sprintf(wait.data, "wait=%d",
                               NGX_RTALPHA_REG_MIRROR_WAIT) - wait.data;

        if (ngx_rtalpha_curl_header(pool, http, "If-None-Match", &tag)
            != NGX_OK
            || ngx_rtalpha_curl_header(pool, http, "Prefer", &wait) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_curl_header(pool, http, "Accept", &json);
}


/* in the background */

static void
ngx_rtalpha_reg_mirror_read(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reg_mirror_job_t  *mj;

    mj = job->data;
    mj->rc = NGX_ERROR;

    if (job->http->status == NGX_HTTP_OK
        && ngx_rtalpha_reg_list_read(job->pool, &job->http->answer, &mj->list)
           == NGX_OK)
    {
        mj->rc = ngx_rtalpha_reg_mirror_items(job->pool, &mj->list, mj->now,
                                              &mj->items);
    }
}


static void
ngx_rtalpha_reg_mirror_done(ngx_rtalpha_job_t *job)
{
    ngx_msec_t                     delay;
    ngx_rtalpha_reg_mirror_job_t  *mj;

    mj = job->data;
    ngx_rtalpha_reg_mirror_busy = 0;

    if (!ngx_rtalpha_reg_mirror_leads || ngx_exiting) {
        return;
    }

    delay = NGX_RTALPHA_REG_MIRROR_RETRY;

    if (job->http->status == NGX_HTTP_NOT_MODIFIED) {
        /* who answers at once does not know how to wait */

        if (job->http->took >= NGX_RTALPHA_REG_MIRROR_RETRY) {
            delay = 1;
        }

    } else if (mj->delta && job->http->status != 0) {
        delay = ngx_rtalpha_reg_mirror_changed(job);

    } else if (mj->rc != NGX_OK) {
        ngx_rtalpha_reg_mirror_failed(job->http);

    } else if (ngx_rtalpha_reg_mirror_whole(&mj->items) == NGX_OK) {
        ngx_rtalpha_reg_mirror_away = 0;
        delay = ngx_rtalpha_reg_mirror_pause(job->http);

        /* a source whose own hash code does not fit gives whole lists */

        if (!ngx_rtalpha_reg_mirror_held()
            && !ngx_rtalpha_reg_mirror_barred
            && ngx_rtalpha_reg_mirror_agrees(&mj->list.hash))
        {
            ngx_rtalpha_reg_mirror_next(1);
        }
    }

    if (ngx_rtalpha_reg_mirror_event.timer_set) {
        ngx_del_timer(&ngx_rtalpha_reg_mirror_event);
    }

    ngx_add_timer(&ngx_rtalpha_reg_mirror_event, delay);
}


/* whole lists or deltas: the tag of the one says nothing of the other */

static void
ngx_rtalpha_reg_mirror_next(ngx_uint_t delta)
{
    if (ngx_rtalpha_reg_mirror_delta != delta) {
        ngx_rtalpha_reg_mirror_delta = delta;
        ngx_rtalpha_reg_mirror_etag_len = 0;
    }
}


/* one of ours says when there is more; others are asked at an interval */

static ngx_msec_t
ngx_rtalpha_reg_mirror_pause(ngx_rtalpha_curl_t *http)
{
    if (ngx_rtalpha_reg_mirror_tag(http) == NGX_OK
        && !ngx_rtalpha_reg_mirror_held())
    {
        return NGX_RTALPHA_REG_MIRROR_GAP;
    }

    return ngx_rtalpha_reg_conf.fetch_interval;
}


/* a delta has been asked for; where it does not fit, the whole list is next */

static ngx_msec_t
ngx_rtalpha_reg_mirror_changed(ngx_rtalpha_job_t *job)
{
    ngx_msec_t                     delay;
    ngx_rtalpha_reg_mirror_job_t  *mj;

    mj = job->data;

    if (mj->rc == NGX_OK
        && ngx_rtalpha_reg_mirror_changes(&mj->items) == NGX_OK)
    {
        ngx_rtalpha_reg_mirror_away = 0;
        delay = ngx_rtalpha_reg_mirror_pause(job->http);

        if (ngx_rtalpha_reg_mirror_agrees(&mj->list.hash)) {
            return delay;
        }
    }

    if (job->http->status == NGX_HTTP_FORBIDDEN) {
        ngx_rtalpha_reg_mirror_barred = 1;
    }

    ngx_rtalpha_reg_mirror_next(0);

    return NGX_RTALPHA_REG_MIRROR_GAP;
}


/* the next one is asked; what we have stays as it is */

static void
ngx_rtalpha_reg_mirror_failed(ngx_rtalpha_curl_t *http)
{
    u_char     buf[NGX_RTALPHA_REG_WHY];
    ngx_str_t  shown, why;

    shown = ngx_rtalpha_reg_conf_shown(&http->url);
    why = ngx_rtalpha_reg_conf_why(http->status, &http->error, buf);

    if (!ngx_rtalpha_reg_mirror_away) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha registry: \"%V\" does not answer as a "
                      "registry: %V", &shown, &why);
    }

    ngx_rtalpha_reg_mirror_away = 1;
    ngx_rtalpha_reg_mirror_barred = 0;
    ngx_rtalpha_reg_mirror_delta = 0;
    ngx_rtalpha_reg_mirror_etag_len = 0;
    ngx_rtalpha_reg_mirror_url++;
}


static ngx_int_t
ngx_rtalpha_reg_mirror_tag(ngx_rtalpha_curl_t *http)
{
    const ngx_str_t  *tag;

    tag = ngx_rtalpha_curl_answer(http, "etag");
    ngx_rtalpha_reg_mirror_etag_len = 0;

    if (tag == NULL || tag->len > sizeof(ngx_rtalpha_reg_mirror_etag)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(ngx_rtalpha_reg_mirror_etag, tag->data, tag->len);
    ngx_rtalpha_reg_mirror_etag_len = tag->len;

    return NGX_OK;
}
