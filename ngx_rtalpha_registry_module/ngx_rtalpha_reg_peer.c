
/*
 * Telling peers: the sender's timer and jobs, and what a peer's answers lead
 * to.
 *
 * Every peer has its own place in the queue and at most one batch under way.
 * A peer that cannot be reached is tried again, longer and longer apart,
 * while its operations grow old and are dropped: when it is back, the next
 * heartbeats bring it up to date, for it answers 404 to those it does not
 * know and gets a registration.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_peer.h"
#include "ngx_rtalpha_reg_list.h"
#include "ngx_rtalpha_reg_queue.h"
#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_leader.h"


#define NGX_RTALPHA_REG_PEER_BATCH    250
#define NGX_RTALPHA_REG_PEER_BEAT     50
#define NGX_RTALPHA_REG_PEER_BUSY     1000      /* after 503, time-outs */
#define NGX_RTALPHA_REG_PEER_AWAY     100       /* after errors, doubled … */
#define NGX_RTALPHA_REG_PEER_FAR      5000      /* … up to this */
#define NGX_RTALPHA_REG_PEER_LIST     ((size_t) 2048 * 1024 * 1024)


typedef struct {
    ngx_str_t        url;           /* with a slash at its end */
    ngx_str_t        shown;         /* without a password */
    uint32_t         hash;
    ngx_uint_t       busy;
    ngx_msec_t       delay;         /* before the next try; 0: it answers */
    uint64_t         next;
    ngx_uint_t       status;        /* of its last answer; 0: none came */
} ngx_rtalpha_reg_peer_t;


typedef struct {
    uint32_t         hash;          /* of the peer */
    uint64_t         number;        /* told up to it if it is taken */
    ngx_array_t      ops;           /* of ngx_rtalpha_reg_queued_t */
    ngx_uint_t       sync;          /* it is the list at the start */
    ngx_rtalpha_reg_list_t  list;
    ngx_int_t        rc;
} ngx_rtalpha_reg_peer_job_t;


static ngx_uint_t ngx_rtalpha_reg_peer_is_self(ngx_cycle_t *cycle,
    const ngx_str_t *url);
static void ngx_rtalpha_reg_peer_timer(ngx_event_t *ev);
static uint64_t *ngx_rtalpha_reg_peer_place(uint32_t hash);
static ngx_int_t ngx_rtalpha_reg_peer_send(ngx_rtalpha_reg_peer_t *peer);
static void ngx_rtalpha_reg_peer_items(ngx_array_t *ops,
    ngx_rtalpha_out_t *out);
static ngx_int_t ngx_rtalpha_reg_peer_http(ngx_rtalpha_job_t *job,
    ngx_rtalpha_reg_peer_t *peer, const char *path, ngx_str_t *body);
static void ngx_rtalpha_reg_peer_done(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_peer_answers(ngx_rtalpha_job_t *job);
static ngx_int_t ngx_rtalpha_reg_peer_answer(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_uint_t *status,
    ngx_rtalpha_reg_sent_t **sent);
static void ngx_rtalpha_reg_peer_react(ngx_pool_t *pool, uint32_t hash,
    ngx_str_t *item, ngx_uint_t status, ngx_rtalpha_reg_sent_t *sent);
static void ngx_rtalpha_reg_peer_take(ngx_pool_t *pool,
    ngx_rtalpha_reg_sent_t *sent);
static ngx_int_t ngx_rtalpha_reg_peer_fetch(ngx_rtalpha_reg_peer_t *peer);
static void ngx_rtalpha_reg_peer_parse(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_reg_peer_fetched(ngx_rtalpha_job_t *job);


static ngx_rtalpha_reg_peer_t  ngx_rtalpha_reg_peers[NGX_RTALPHA_REG_PEERS];
static ngx_uint_t              ngx_rtalpha_reg_npeers;
static ngx_event_t             ngx_rtalpha_reg_peer_event;
static ngx_uint_t              ngx_rtalpha_reg_peer_leads;


ngx_uint_t
ngx_rtalpha_reg_peer_count(void)
{
    return ngx_rtalpha_reg_npeers;
}


void
ngx_rtalpha_reg_peer_settings(ngx_cycle_t *cycle)
{
    ngx_str_t               *url;
    ngx_uint_t               i;
    ngx_rtalpha_reg_peer_t  *peer;

    ngx_rtalpha_reg_npeers = 0;

    if (ngx_rtalpha_reg_conf.peers == NULL || ngx_rtalpha_reg_conf.mirror) {
        return;
    }

    url = ngx_rtalpha_reg_conf.peers->elts;

    for (i = 0; i < ngx_rtalpha_reg_conf.peers->nelts; i++) {

        if (ngx_rtalpha_reg_npeers == NGX_RTALPHA_REG_PEERS
            || ngx_rtalpha_reg_peer_is_self(cycle, &url[i]))
        {
            continue;
        }

        peer = &ngx_rtalpha_reg_peers[ngx_rtalpha_reg_npeers++];

        ngx_memzero(peer, sizeof(ngx_rtalpha_reg_peer_t));
        peer->url = url[i];
        peer->shown = ngx_rtalpha_reg_conf_shown(&url[i]);
        peer->status = NGX_HTTP_OK;
        peer->hash = ngx_crc32_long(url[i].data, url[i].len) | 1;
    }
}


/*
 * One's own URL stands in the list of every server of a cluster.  It is told
 * by my-url, by the host name of the settings, or by being a loopback name
 * with a port that is listened on.
 */

static ngx_uint_t
ngx_rtalpha_reg_peer_is_self(ngx_cycle_t *cycle, const ngx_str_t *url)
{
    u_char           *p, *last, *colon;
    in_port_t         port;
    ngx_str_t         host;
    ngx_uint_t        i;
    ngx_listening_t  *ls;

    if (ngx_rtalpha_reg_conf.my_url.len
        && url->len >= ngx_rtalpha_reg_conf.my_url.len
        && ngx_memcmp(url->data, ngx_rtalpha_reg_conf.my_url.data,
                      ngx_rtalpha_reg_conf.my_url.len) == 0)
    {
        return 1;
    }

    last = url->data + url->len;
    p = ngx_strnstr(url->data, "://", url->len);
    p = p ? p + 3 : url->data;

    host.data = p;

    while (p < last && *p != '/') {

        if (*p == '@') {
            host.data = p + 1;
        }

        p++;
    }

    host.len = p - host.data;
    colon = ngx_strlchr(host.data, host.data + host.len, ':');
    port = ngx_rtalpha_str_begins(url, "https") ? 443 : 80;

    if (colon) {
        port = (in_port_t) ngx_atoi(colon + 1, host.data + host.len
                                               - colon - 1);
        host.len = colon - host.data;
    }

    if (ngx_rtalpha_reg_conf.hostname.len) {
        return host.len == ngx_rtalpha_reg_conf.hostname.len
               && ngx_strncasecmp(host.data,
                                  ngx_rtalpha_reg_conf.hostname.data,
                                  host.len) == 0;
    }

    if (!ngx_rtalpha_str_is(&host, "localhost")
        && !ngx_rtalpha_str_is(&host, "127.0.0.1")
        && !(host.len == cycle->hostname.len
             && ngx_strncasecmp(host.data, cycle->hostname.data, host.len)
                == 0))
    {
        return 0;
    }

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {
        if (ngx_inet_get_port(ls[i].sockaddr) == port) {
            return 1;
        }
    }

    return 0;
}


void
ngx_rtalpha_reg_peer_lead(ngx_uint_t leading)
{
    ngx_event_t  *ev;

    ngx_rtalpha_reg_peer_leads = leading;
    ev = &ngx_rtalpha_reg_peer_event;

    if (leading && !ev->timer_set) {
        ev->handler = ngx_rtalpha_reg_peer_timer;
        ev->log = ngx_cycle->log;
        ev->data = &ngx_rtalpha_reg_nobody;
        ev->cancelable = 1;
        ngx_add_timer(ev, NGX_RTALPHA_REG_PEER_BEAT);
    }
}


static void
ngx_rtalpha_reg_peer_timer(ngx_event_t *ev)
{
    uint64_t                 clock, told, *place;
    ngx_uint_t               i;
    ngx_rtalpha_reg_peer_t  *peer;

    if (!ngx_rtalpha_reg_peer_leads || ngx_exiting) {
        return;
    }

    ngx_add_timer(ev, NGX_RTALPHA_REG_PEER_BEAT);

    if (ngx_rtalpha_reg_npeers == 0 || !ngx_rtalpha_leader_of_state()) {
        return;
    }

    clock = ngx_rtalpha_reg_clock();
    told = ngx_rtalpha_reg_queue_last();

    for (i = 0; i < ngx_rtalpha_reg_npeers; i++) {
        peer = &ngx_rtalpha_reg_peers[i];
        place = ngx_rtalpha_reg_peer_place(peer->hash);

        if (place == NULL) {
            continue;
        }

        if (!peer->busy && clock >= peer->next) {

            if (!ngx_rtalpha_reg_root->synced) {
                ngx_rtalpha_reg_peer_fetch(peer);

            } else if (*place < ngx_rtalpha_reg_queue_last()) {
                ngx_rtalpha_reg_peer_send(peer);
            }
        }

        told = ngx_min(told, *place);
    }

    ngx_rtalpha_reg_queue_trim(told);
}


/*
 * How far a peer has been told: in the zone, so that the next leader goes on
 * from there.  A new peer begins at the end.
 */

static uint64_t *
ngx_rtalpha_reg_peer_place(uint32_t hash)
{
    ngx_uint_t              i, k;
    ngx_rtalpha_reg_told_t  *told, *free;

    told = ngx_rtalpha_reg_root->told;
    free = NULL;

    for (i = 0; i < NGX_RTALPHA_REG_PEERS; i++) {

        if (told[i].hash == hash) {
            return &told[i].number;
        }

        if (free == NULL) {

            for (k = 0; k < ngx_rtalpha_reg_npeers; k++) {
                if (ngx_rtalpha_reg_peers[k].hash == told[i].hash) {
                    break;
                }
            }

            if (k == ngx_rtalpha_reg_npeers) {
                free = &told[i];
            }
        }
    }

    if (free == NULL) {
        return NULL;
    }

    free->number = ngx_rtalpha_reg_root->queue.first
                   ? ngx_rtalpha_reg_root->queue.first->number - 1
                   : ngx_rtalpha_reg_root->queue.number;
    free->hash = hash;

    return &free->number;
}


static ngx_int_t
ngx_rtalpha_reg_peer_send(ngx_rtalpha_reg_peer_t *peer)
{
    uint64_t                    *place;
    ngx_str_t                    body;
    ngx_rtalpha_job_t           *job;
    ngx_rtalpha_out_t            out;
    ngx_rtalpha_reg_peer_job_t  *pj;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_peer_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    pj = job->data;
    place = ngx_rtalpha_reg_peer_place(peer->hash);
    pj->hash = peer->hash;
    pj->number = *place;

    if (ngx_array_init(&pj->ops, job->pool, 64,
                       sizeof(ngx_rtalpha_reg_queued_t))
        != NGX_OK
        || ngx_rtalpha_reg_queue_read(job->pool, peer->hash, &pj->number,
                                      NGX_RTALPHA_REG_PEER_BATCH, &pj->ops)
           != NGX_OK
        || ngx_rtalpha_out_init(&out, job->pool, 16384, 512 * 1024 * 1024)
           != NGX_OK)
    {
        goto failed;
    }

    if (pj->ops.nelts == 0) {
        *place = pj->number;
        goto failed;
    }

    ngx_rtalpha_reg_peer_items(&pj->ops, &out);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK
        || ngx_rtalpha_reg_peer_http(job, peer, "peerreplication/batch/",
                                     &body)
           != NGX_OK)
    {
        goto failed;
    }

    job->done = ngx_rtalpha_reg_peer_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        goto failed;
    }

    peer->busy = 1;

    return NGX_OK;

failed:

    ngx_rtalpha_background_discard(job);

    return NGX_ERROR;
}


/* the body of a batch; what is not sent is emptied */

static void
ngx_rtalpha_reg_peer_items(ngx_array_t *ops, ngx_rtalpha_out_t *out)
{
    ngx_uint_t                 i, k;
    ngx_rtalpha_reg_queued_t  *op;

    op = ops->elts;

    ngx_rtalpha_out_lit(out, "{\"replicationList\":[");

    for (i = 0; i < ops->nelts; i++) {

        /* of several heartbeats of an instance the first is enough */

        for (k = 0; op[i].key && k < i; k++) {
            if (op[k].key == op[i].key) {
                op[i].text.len = 0;
                break;
            }
        }

        if (op[i].text.len == 0) {
            continue;
        }

        if (out->pos[-1] != '[') {
            ngx_rtalpha_out_char(out, ',');
        }

        ngx_rtalpha_out_str(out, &op[i].text);
    }

    ngx_rtalpha_out_lit(out, "]}");
}


/* body NULL: a GET */

static ngx_int_t
ngx_rtalpha_reg_peer_http(ngx_rtalpha_job_t *job,
    ngx_rtalpha_reg_peer_t *peer, const char *path, ngx_str_t *body)
{
    ngx_str_t            url;
    ngx_rtalpha_curl_t  *http;

    static const ngx_str_t  json = ngx_string("application/json");
    static const ngx_str_t  name = ngx_string("DefaultServer");
    static const ngx_str_t  version = ngx_string("1.0");
    static const ngx_str_t  agent =
        ngx_string("Java-EurekaClient-Replication");

    url.data = ngx_pnalloc(job->pool, peer->url.len + ngx_strlen(path) + 1);
    if (url.data == NULL) {
        return NGX_ERROR;
    }

    url.len = ngx_sprintf(url.data, "%V%s%Z", &peer->url, path) - url.data
              - 1;

    http = ngx_rtalpha_curl(job->pool, &url);
    if (http == NULL) {
        return NGX_ERROR;
    }

    http->connect_timeout = ngx_rtalpha_reg_conf.peer_connect;
    http->timeout = ngx_rtalpha_reg_conf.peer_connect
                    + ngx_rtalpha_reg_conf.peer_read;

    if (body) {
        http->body = *body;

        if (ngx_rtalpha_curl_header(job->pool, http, "Content-Type", &json)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

    } else {
        http->timeout = 60000;
        http->compressed = 1;
        http->max_answer = NGX_RTALPHA_REG_PEER_LIST;
    }

    if (ngx_rtalpha_curl_header(job->pool, http, "Accept", &json) != NGX_OK
        || ngx_rtalpha_curl_header(job->pool, http, "User-Agent", &agent)
           != NGX_OK
        || ngx_rtalpha_curl_header(job->pool, http, "DiscoveryIdentity-Name",
                                   &name)
           != NGX_OK
        || ngx_rtalpha_curl_header(job->pool, http,
                                   "DiscoveryIdentity-Version", &version)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    job->http = http;

    return NGX_OK;
}


static ngx_rtalpha_reg_peer_t *
ngx_rtalpha_reg_peer_of(uint32_t hash)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_rtalpha_reg_npeers; i++) {
        if (ngx_rtalpha_reg_peers[i].hash == hash) {
            return &ngx_rtalpha_reg_peers[i];
        }
    }

    return NULL;
}


/* taken, to be sent again, or to be forgotten */

static void
ngx_rtalpha_reg_peer_done(ngx_rtalpha_job_t *job)
{
    u_char                       buf[NGX_RTALPHA_REG_WHY];
    uint64_t                    *place;
    ngx_str_t                    why;
    ngx_rtalpha_curl_t          *http;
    ngx_rtalpha_reg_peer_t      *peer;
    ngx_rtalpha_reg_peer_job_t  *pj;

    pj = job->data;
    http = job->http;
    peer = ngx_rtalpha_reg_peer_of(pj->hash);

    if (peer == NULL) {
        return;
    }

    if (peer->status != http->status && http->status != NGX_HTTP_OK) {
        why = ngx_rtalpha_reg_conf_why(http->status, &http->error, buf);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha registry: peer \"%V\" cannot be told: %V",
                      &peer->shown, &why);
    }

    peer->busy = 0;
    peer->status = http->status;

    if (http->status == NGX_HTTP_SERVICE_UNAVAILABLE || http->timed_out) {
        peer->delay = NGX_RTALPHA_REG_PEER_BUSY;
        peer->next = ngx_rtalpha_reg_clock() + peer->delay;
        return;
    }

    if (http->status == 0) {
        peer->delay = peer->delay ? ngx_min(2 * peer->delay,
                                            NGX_RTALPHA_REG_PEER_FAR)
                                  : NGX_RTALPHA_REG_PEER_AWAY;
        peer->next = ngx_rtalpha_reg_clock() + peer->delay;
        return;
    }

    peer->delay = 0;
    place = ngx_rtalpha_reg_peer_place(pj->hash);

    if (place) {
        *place = ngx_max(*place, pj->number);
    }

    if (http->status == NGX_HTTP_OK) {
        ngx_rtalpha_reg_peer_answers(job);
    }
}


/* {"responseList":[{"statusCode":200}, …]}, one for each item that was sent */

static void
ngx_rtalpha_reg_peer_answers(ngx_rtalpha_job_t *job)
{
    ngx_uint_t                   i, status;
    ngx_rtalpha_reg_sent_t      *sent;
    ngx_rtalpha_reg_token_t      t;
    ngx_rtalpha_reg_queued_t    *op;
    ngx_rtalpha_reg_peer_job_t  *pj;

    pj = job->data;
    op = pj->ops.elts;

    if (ngx_rtalpha_reg_token_init(&t, job->pool, &job->http->answer)
        != NGX_OK
        || ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT
        || ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_NAME
        || ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_ARRAY)
    {
        return;
    }

    for (i = 0; i < pj->ops.nelts; i++) {

        if (op[i].text.len == 0) {
            continue;
        }

        if (ngx_rtalpha_reg_peer_answer(job->pool, &t, &status, &sent)
            != NGX_OK)
        {
            return;
        }

        if (status == NGX_HTTP_NOT_FOUND || status == NGX_HTTP_CONFLICT) {
            ngx_rtalpha_reg_peer_react(job->pool, pj->hash, &op[i].text,
                                       status, sent);
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_peer_answer(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_uint_t *status, ngx_rtalpha_reg_sent_t **sent)
{
    int64_t    n;
    ngx_int_t  rc;
    ngx_str_t  name;

    *status = 0;
    *sent = NULL;

    if (ngx_rtalpha_reg_token_next(t) != NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return NGX_DECLINED;
    }

    for ( ;; ) {
        rc = ngx_rtalpha_reg_token_member(t, &name);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        if (ngx_rtalpha_str_is(&name, "statusCode")) {

            if (ngx_rtalpha_reg_token_long(t, &n) != NGX_OK) {
                return NGX_DECLINED;
            }

            *status = (ngx_uint_t) n;

        } else if (ngx_rtalpha_str_is(&name, "responseEntity")
                   && t->type == NGX_RTALPHA_REG_TOKEN_OBJECT)
        {
            *sent = ngx_palloc(pool, sizeof(ngx_rtalpha_reg_sent_t));

            if (*sent == NULL
                || ngx_rtalpha_reg_instance_read(pool, t, *sent) != NGX_OK)
            {
                return NGX_DECLINED;
            }

        } else if (ngx_rtalpha_reg_token_skip(t) != NGX_OK) {
            return NGX_DECLINED;
        }
    }
}


/*
 * Of heartbeats only: 404 is answered with a registration, 409 means that
 * the peer's instance is newer than ours.
 */

static void
ngx_rtalpha_reg_peer_react(ngx_pool_t *pool, uint32_t hash, ngx_str_t *item,
    ngx_uint_t status, ngx_rtalpha_reg_sent_t *sent)
{
    ngx_str_t                 app, id, name, action;
    ngx_rtalpha_reg_token_t   t;

    if (ngx_rtalpha_reg_token_init(&t, pool, item) != NGX_OK) {
        return;
    }

    ngx_str_null(&app);
    ngx_str_null(&id);
    ngx_str_null(&action);

    ngx_rtalpha_reg_token_next(&t);

    while (ngx_rtalpha_reg_token_next(&t) == NGX_RTALPHA_REG_TOKEN_NAME) {
        name = t.text;
        ngx_rtalpha_reg_token_next(&t);

        if (ngx_rtalpha_str_is(&name, "appName")) {
            app = t.text;

        } else if (ngx_rtalpha_str_is(&name, "id")) {
            id = t.text;

        } else if (ngx_rtalpha_str_is(&name, "action")) {
            action = t.text;

        } else if (ngx_rtalpha_reg_token_skip(&t) != NGX_OK) {
            return;
        }
    }

    if (!ngx_rtalpha_str_is(&action, "Heartbeat")) {
        return;
    }

    if (status == NGX_HTTP_NOT_FOUND) {
        ngx_rtalpha_reg_peer_again(pool, hash, &app, &id);

    } else if (sent) {

        if (sent->overridden != NGX_RTALPHA_REG_UNKNOWN) {
            ngx_rtalpha_reg_store_impose(&app, &id, sent->overridden);
        }

        ngx_rtalpha_reg_peer_take(pool, sent);
    }
}


/* an instance of a peer's, registered here as a replica */

static void
ngx_rtalpha_reg_peer_take(ngx_pool_t *pool, ngx_rtalpha_reg_sent_t *sent)
{
    ngx_str_t              problem;
    ngx_rtalpha_reg_put_t  put;

    if (ngx_rtalpha_reg_instance_check(pool, sent,
                                     &sent->doc.text[NGX_RTALPHA_REG_TEXT_APP],
                                     &problem)
        != NGX_OK
        || problem.len
        || ngx_rtalpha_reg_store_prepare(pool, sent, &put) != NGX_OK)
    {
        return;
    }

    put.replica = 1;

    if (ngx_rtalpha_reg_store_register(&put) == NGX_OK) {
        ngx_rtalpha_reg_tell(&put.app);
    }
}


/* once, at the start: what the first peer that answers has */

static ngx_int_t
ngx_rtalpha_reg_peer_fetch(ngx_rtalpha_reg_peer_t *peer)
{
    ngx_rtalpha_job_t           *job;
    ngx_rtalpha_reg_peer_job_t  *pj;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reg_peer_job_t));
    if (job == NULL) {
        return NGX_ERROR;
    }

    pj = job->data;
    pj->hash = peer->hash;

    job->run = ngx_rtalpha_reg_peer_parse;
    job->done = ngx_rtalpha_reg_peer_fetched;

    if (ngx_rtalpha_reg_peer_http(job, peer, "apps/", NULL) != NGX_OK
        || ngx_rtalpha_background_post(job) != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return NGX_ERROR;
    }

    peer->busy = 1;

    return NGX_OK;
}


static void
ngx_rtalpha_reg_peer_parse(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reg_peer_job_t  *pj;

    pj = job->data;
    pj->rc = NGX_ERROR;

    if (job->http->status == NGX_HTTP_OK) {
        pj->rc = ngx_rtalpha_reg_list_read(job->pool, &job->http->answer,
                                           &pj->list);
    }
}


static void
ngx_rtalpha_reg_peer_fetched(ngx_rtalpha_job_t *job)
{
    ngx_uint_t                   i;
    ngx_rtalpha_reg_peer_t      *peer;
    ngx_rtalpha_reg_sent_t      *sent;
    ngx_rtalpha_reg_peer_job_t  *pj;

    pj = job->data;
    peer = ngx_rtalpha_reg_peer_of(pj->hash);

    if (peer == NULL) {
        return;
    }

    peer->busy = 0;

    if (pj->rc != NGX_OK) {

        /* it is not there, or not yet: others may be, and nobody waits */

        peer->delay = NGX_RTALPHA_REG_PEER_BUSY;
        peer->next = ngx_rtalpha_reg_clock() + peer->delay;

        if (ngx_rtalpha_reg_clock() - ngx_rtalpha_reg_root->started
            > NGX_RTALPHA_REG_PEER_FAR)
        {
            ngx_rtalpha_reg_root->synced = 1;
        }

        return;
    }

    peer->delay = 0;

    if (ngx_rtalpha_reg_root->synced) {
        return;
    }

    ngx_rtalpha_reg_root->synced = 1;

    sent = pj->list.instances.elts;

    for (i = 0; i < pj->list.instances.nelts; i++) {
        ngx_rtalpha_reg_peer_take(job->pool, &sent[i]);
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "rtalpha registry: %ui instances taken from peer \"%V\"",
                  pj->list.instances.nelts, &peer->shown);
}


void
ngx_rtalpha_reg_peer_rows(ngx_rtalpha_out_t *out)
{
    uint64_t                 last;
    ngx_uint_t               i, k;
    ngx_rtalpha_reg_told_t  *told;
    ngx_rtalpha_reg_peer_t  *peer;

    told = ngx_rtalpha_reg_root->told;
    last = ngx_rtalpha_reg_queue_last();

    for (i = 0; i < ngx_rtalpha_reg_npeers; i++) {
        peer = &ngx_rtalpha_reg_peers[i];

        ngx_rtalpha_out_lit(out, "<tr><td>");
        ngx_rtalpha_reg_render_xml_text(out, &peer->shown);
        ngx_rtalpha_out_lit(out, "<td>");

        for (k = 0; k < NGX_RTALPHA_REG_PEERS; k++) {
            if (told[k].hash == peer->hash) {
                ngx_rtalpha_out_printf(out, "%uL", last > told[k].number
                                                   ? last - told[k].number
                                                   : 0);
                break;
            }
        }

        ngx_rtalpha_out_lit(out, "\n");
    }
}
