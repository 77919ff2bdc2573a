
/*
 * The loop of a mirror; see the header.
 *
 * Registries of ours answer when something has changed (a long poll), others
 * are asked at an interval.  A list is read and hashed in the background;
 * the event loop compares two sorted arrays and touches only what differs.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_mirror.h"
#include "ngx_rtalpha_reg_list.h"
#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_background.h"


#define NGX_RTALPHA_REG_MIRROR_RETRY   1000     /* ms */
#define NGX_RTALPHA_REG_MIRROR_GAP     100
#define NGX_RTALPHA_REG_MIRROR_WAIT    25       /* seconds of a long poll */
#define NGX_RTALPHA_REG_MIRROR_LIST    ((size_t) 2048 * 1024 * 1024)


typedef struct {
    uint64_t                 key;           /* of application and id */
    uint64_t                 content;
    ngx_str_t                app;
    ngx_str_t                id;
    ngx_rtalpha_reg_put_t   *put;           /* of a list just read */
    ngx_rtalpha_reg_state_t  state;
} ngx_rtalpha_reg_mirrored_t;


typedef struct {
    ngx_rtalpha_reg_list_t   list;
    ngx_array_t              items;         /* of ngx_rtalpha_reg_mirrored_t */
    uint64_t                 now;
    ngx_int_t                rc;
} ngx_rtalpha_reg_mirror_job_t;


static void ngx_rtalpha_reg_mirror_timer(ngx_event_t *ev);
static ngx_int_t ngx_rtalpha_reg_mirror_ask(void);
static ngx_int_t ngx_rtalpha_reg_mirror_headers(ngx_pool_t *pool,
    ngx_rtalpha_curl_t *http);
static void ngx_rtalpha_reg_mirror_read(ngx_rtalpha_job_t *job);
static ngx_int_t ngx_rtalpha_reg_mirror_item(ngx_pool_t *pool,
    ngx_rtalpha_reg_sent_t *sent, uint64_t now,
    ngx_rtalpha_reg_mirrored_t *item);
static int ngx_libc_cdecl ngx_rtalpha_reg_mirror_compare(const void *one,
    const void *two);
static void ngx_rtalpha_reg_mirror_done(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_mirror_failed(ngx_rtalpha_curl_t *http);
static ngx_int_t ngx_rtalpha_reg_mirror_tag(ngx_rtalpha_curl_t *http);
static ngx_int_t ngx_rtalpha_reg_mirror_begin(void);
static ngx_int_t ngx_rtalpha_reg_mirror_apply(ngx_array_t *items);
static ngx_uint_t ngx_rtalpha_reg_mirror_holds(ngx_array_t *items);
static ngx_int_t ngx_rtalpha_reg_mirror_keep(ngx_pool_t *pool,
    ngx_array_t *known, const ngx_rtalpha_reg_mirrored_t *item);


static ngx_event_t   ngx_rtalpha_reg_mirror_event;
static ngx_uint_t    ngx_rtalpha_reg_mirror_leads;
static ngx_uint_t    ngx_rtalpha_reg_mirror_busy;
static ngx_uint_t    ngx_rtalpha_reg_mirror_url;    /* that is asked */
static ngx_uint_t    ngx_rtalpha_reg_mirror_away;   /* it did not answer */
static ngx_msec_t    ngx_rtalpha_reg_mirror_held;   /* since; 0: not */
static u_char        ngx_rtalpha_reg_mirror_etag[128];
static size_t        ngx_rtalpha_reg_mirror_etag_len;

/* what was taken over, sorted; NULL: not known yet */
static ngx_array_t  *ngx_rtalpha_reg_mirror_known;


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

    if (!leading && ngx_rtalpha_reg_mirror_known) {
        ngx_destroy_pool(ngx_rtalpha_reg_mirror_known->pool);
        ngx_rtalpha_reg_mirror_known = NULL;
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

    url.len = urls->len + sizeof("apps/") - 1;
    url.data = ngx_pnalloc(job->pool, url.len + 1);

    if (url.data == NULL) {
        goto failed;
    }

    ngx_sprintf(url.data, "%Vapps/%Z", urls);

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
    ngx_uint_t                     i;
    ngx_rtalpha_reg_sent_t        *sent;
    ngx_rtalpha_reg_mirrored_t    *item;
    ngx_rtalpha_reg_mirror_job_t  *mj;

    mj = job->data;
    mj->rc = NGX_ERROR;

    if (job->http->status != NGX_HTTP_OK
        || ngx_rtalpha_reg_list_read(job->pool, &job->http->answer, &mj->list)
           != NGX_OK
        || ngx_array_init(&mj->items, job->pool,
                          mj->list.instances.nelts + 1,
                          sizeof(ngx_rtalpha_reg_mirrored_t))
           != NGX_OK)
    {
        return;
    }

    sent = mj->list.instances.elts;
    item = mj->items.elts;

    for (i = 0; i < mj->list.instances.nelts; i++) {

        switch (ngx_rtalpha_reg_mirror_item(job->pool, &sent[i], mj->now,
                                            &item[mj->items.nelts]))
        {
        case NGX_OK:
            mj->items.nelts++;
            break;

        case NGX_ERROR:
            return;
        }
    }

    ngx_qsort(item, mj->items.nelts, sizeof(ngx_rtalpha_reg_mirrored_t),
              ngx_rtalpha_reg_mirror_compare);

    mj->rc = NGX_OK;
}


/* FNV-1a of 64 bits; the end of the text is part of it */

static uint64_t
ngx_rtalpha_reg_mirror_hash(const ngx_str_t *text, uint64_t hash)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        hash = (hash ^ text->data[i]) * 0x100000001b3ULL;
    }

    return (hash ^ 0xff) * 0x100000001b3ULL;
}


static ngx_int_t
ngx_rtalpha_reg_mirror_item(ngx_pool_t *pool, ngx_rtalpha_reg_sent_t *sent,
    uint64_t now, ngx_rtalpha_reg_mirrored_t *item)
{
    ngx_int_t                 rc;
    ngx_str_t                 problem;
    ngx_rtalpha_reg_state_t  *st;

    ngx_memzero(item, sizeof(ngx_rtalpha_reg_mirrored_t));

    rc = ngx_rtalpha_reg_instance_check(pool, sent,
                                     &sent->doc.text[NGX_RTALPHA_REG_TEXT_APP],
                                     &problem);
    if (rc != NGX_OK || problem.len) {
        return rc == NGX_ERROR ? NGX_ERROR : NGX_DECLINED;
    }

    item->put = ngx_pcalloc(pool, sizeof(ngx_rtalpha_reg_put_t));
    if (item->put == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_reg_store_prepare(pool, sent, item->put);
    if (rc != NGX_OK) {
        return rc;
    }

    item->app = item->put->app;
    item->id = item->put->id;
    item->key = ngx_rtalpha_reg_mirror_hash(&item->id,
                  ngx_rtalpha_reg_mirror_hash(&item->app,
                                              0xcbf29ce484222325ULL));

    st = &item->state;
    st->status = (u_char) sent->status;
    st->overridden = (u_char) sent->overridden;
    st->dirty = item->put->dirty;
    st->lease = item->put->lease;
    st->registered = now;
    st->updated = now;
    st->action = NGX_RTALPHA_REG_ADDED;
    st->service_up = sent->status == NGX_RTALPHA_REG_UP ? now : 0;

    item->content = ngx_rtalpha_reg_mirror_hash(&item->put->doc,
                      (uint64_t) st->status << 8 | st->overridden);

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_rtalpha_reg_mirror_compare(const void *one, const void *two)
{
    const ngx_rtalpha_reg_mirrored_t  *a, *b;

    a = one;
    b = two;

    return a->key < b->key ? -1 : a->key > b->key;
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

    } else if (mj->rc != NGX_OK) {
        ngx_rtalpha_reg_mirror_failed(job->http);

    } else if (ngx_rtalpha_reg_mirror_apply(&mj->items) == NGX_OK) {
        ngx_rtalpha_reg_mirror_away = 0;

        delay = ngx_rtalpha_reg_conf.fetch_interval;

        if (ngx_rtalpha_reg_mirror_tag(job->http) == NGX_OK
            && ngx_rtalpha_reg_mirror_held == 0)
        {
            delay = NGX_RTALPHA_REG_MIRROR_GAP;
        }
    }

    if (ngx_rtalpha_reg_mirror_event.timer_set) {
        ngx_del_timer(&ngx_rtalpha_reg_mirror_event);
    }

    ngx_add_timer(&ngx_rtalpha_reg_mirror_event, delay);
}


/* the next one is asked; what we have stays as it is */

static void
ngx_rtalpha_reg_mirror_failed(ngx_rtalpha_curl_t *http)
{
    ngx_str_t  shown;

    shown = ngx_rtalpha_reg_conf_shown(&http->url);

    if (!ngx_rtalpha_reg_mirror_away) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha registry: \"%V\" does not answer: %ui %V",
                      &shown, http->status, &http->error);
    }

    ngx_rtalpha_reg_mirror_away = 1;
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


/* what is there already: read from disk, or the former leader's */

static ngx_int_t
ngx_rtalpha_reg_mirror_begin(void)
{
    uint64_t                     seq;
    ngx_uint_t                   i;
    ngx_pool_t                  *pool;
    ngx_array_t                 *known, copies;
    ngx_rtalpha_reg_copy_t      *copy;
    ngx_rtalpha_reg_select_t     select;
    ngx_rtalpha_reg_mirrored_t   item;

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    ngx_memzero(&item, sizeof(ngx_rtalpha_reg_mirrored_t));
    select.status = NGX_RTALPHA_REG_NONE;

    pool = ngx_create_pool(16384, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    known = ngx_array_create(pool, 64, sizeof(ngx_rtalpha_reg_mirrored_t));

    if (known == NULL
        || ngx_array_init(&copies, pool, 64, sizeof(ngx_rtalpha_reg_copy_t))
           != NGX_OK
        || ngx_rtalpha_reg_select(pool, &select, &copies, &seq) == NGX_ERROR)
    {
        goto failed;
    }

    copy = copies.elts;

    for (i = 0; i < copies.nelts; i++) {
        item.app = copy[i].app;
        item.id = copy[i].id;
        item.key = ngx_rtalpha_reg_mirror_hash(&item.id,
                     ngx_rtalpha_reg_mirror_hash(&item.app,
                                                 0xcbf29ce484222325ULL));

        if (ngx_rtalpha_reg_mirror_keep(pool, known, &item) != NGX_OK) {
            goto failed;
        }
    }

    ngx_qsort(known->elts, known->nelts, sizeof(ngx_rtalpha_reg_mirrored_t),
              ngx_rtalpha_reg_mirror_compare);

    ngx_rtalpha_reg_mirror_known = known;

    return NGX_OK;

failed:

    ngx_destroy_pool(pool);

    return NGX_ERROR;
}


/* two sorted arrays, side by side */

static ngx_int_t
ngx_rtalpha_reg_mirror_apply(ngx_array_t *items)
{
    ngx_uint_t                   hold, i, k, n;
    ngx_pool_t                  *pool;
    ngx_array_t                 *known;
    ngx_rtalpha_reg_mirrored_t  *old, *new;

    if (ngx_rtalpha_reg_mirror_known == NULL
        && ngx_rtalpha_reg_mirror_begin() != NGX_OK)
    {
        return NGX_ERROR;
    }

    pool = ngx_create_pool(16384, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    known = ngx_array_create(pool, items->nelts + 1,
                             sizeof(ngx_rtalpha_reg_mirrored_t));
    if (known == NULL) {
        ngx_destroy_pool(pool);
        return NGX_ERROR;
    }

    hold = ngx_rtalpha_reg_mirror_holds(items);

    old = ngx_rtalpha_reg_mirror_known->elts;
    n = ngx_rtalpha_reg_mirror_known->nelts;
    new = items->elts;

    for (i = 0, k = 0; i < items->nelts || k < n; /* void */) {

        if (i == items->nelts || (k < n && old[k].key < new[i].key)) {

            if (hold) {
                (void) ngx_rtalpha_reg_mirror_keep(pool, known, &old[k]);

            } else if (ngx_rtalpha_reg_store_cancel(&old[k].app, &old[k].id)
                       == NGX_HTTP_OK)
            {
                ngx_rtalpha_reg_tell(&old[k].app);
            }

            k++;
            continue;
        }

        if (k == n || old[k].key != new[i].key
            || old[k].content != new[i].content)
        {
            new[i].put->state = &new[i].state;

            if (ngx_rtalpha_reg_store_register(new[i].put) == NGX_OK) {
                ngx_rtalpha_reg_tell(&new[i].app);

            } else {
                new[i].content = 0;
            }
        }

        if (k < n && old[k].key == new[i].key) {
            k++;
        }

        (void) ngx_rtalpha_reg_mirror_keep(pool, known, &new[i++]);
    }

    ngx_destroy_pool(ngx_rtalpha_reg_mirror_known->pool);
    ngx_rtalpha_reg_mirror_known = known;

    return NGX_OK;
}


/*
 * A list that has lost more than self-preservation would let go is a
 * registry in trouble, or one that has just started: what it no longer has
 * is kept for a time, and as long as it has nothing at all.
 */

static ngx_uint_t
ngx_rtalpha_reg_mirror_holds(ngx_array_t *items)
{
    ngx_uint_t  n, least;

    n = ngx_rtalpha_reg_mirror_known->nelts;
    least = n * ngx_rtalpha_reg_conf.threshold / 1000000;

    if (items->nelts >= n
        || (items->nelts
            && (items->nelts >= least
                || n - items->nelts <= (ngx_uint_t)
                                       ngx_rtalpha_reg_conf.floor)))
    {
        ngx_rtalpha_reg_mirror_held = 0;
        return 0;
    }

    if (ngx_rtalpha_reg_mirror_held == 0) {
        ngx_rtalpha_reg_mirror_held = ngx_max(ngx_current_msec, 1);

        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha registry: the list has %ui instances of %ui: "
                      "those that are missing are kept for now",
                      items->nelts, n);
    }

    if (items->nelts
        && ngx_current_msec - ngx_rtalpha_reg_mirror_held
           >= ngx_rtalpha_reg_conf.mirror_hold)
    {
        ngx_rtalpha_reg_mirror_held = 0;
        return 0;
    }

    return 1;
}


static ngx_int_t
ngx_rtalpha_reg_mirror_keep(ngx_pool_t *pool, ngx_array_t *known,
    const ngx_rtalpha_reg_mirrored_t *item)
{
    u_char                      *p;
    ngx_rtalpha_reg_mirrored_t  *kept;

    p = ngx_pnalloc(pool, item->app.len + item->id.len + 1);
    kept = ngx_array_push(known);

    if (p == NULL || kept == NULL) {
        return NGX_ERROR;
    }

    *kept = *item;
    kept->put = NULL;
    kept->app.data = p;
    kept->id.data = ngx_cpymem(p, item->app.data, item->app.len);
    ngx_memcpy(kept->id.data, item->id.data, item->id.len);

    return NGX_OK;
}
