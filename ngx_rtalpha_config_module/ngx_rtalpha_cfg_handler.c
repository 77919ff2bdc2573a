
/*
 * The content handler.
 *
 * An answer that has been given before costs one look into the cache under
 * its question's bytes as sent: target, Accept, Accept-Charset.  It is good
 * while the repositories that it was made from have not moved.
 */


#include <ngx_md5.h>

#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_zone.h"
#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_access.h"
#include "ngx_rtalpha_cfg_ask.h"
#include "ngx_rtalpha_cfg_clients.h"
#include "ngx_rtalpha_cfg_errors.h"
#include "ngx_rtalpha_cfg_handler.h"
#include "ngx_rtalpha_cfg_notice.h"
#include "ngx_rtalpha_cfg_render_text.h"
#include "ngx_rtalpha_cfg_request.h"


static ngx_uint_t
ngx_rtalpha_cfg_method(ngx_http_request_t *r)
{
    switch (r->method) {
    case NGX_HTTP_GET:
    case NGX_HTTP_HEAD:
        return NGX_RTALPHA_CFG_GET;
    case NGX_HTTP_POST:
        return NGX_RTALPHA_CFG_POST;
    case NGX_HTTP_OPTIONS:
        return NGX_RTALPHA_CFG_OPTIONS;
    default:
        return NGX_RTALPHA_CFG_OTHER;
    }
}


/* the target below the location's own path */

static ngx_str_t
ngx_rtalpha_cfg_target(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_server_t *server)
{
    size_t     len;
    ngx_str_t  target;

    target = r->unparsed_uri;
    len = server->base.len;

    if (len && server->base.data[len - 1] == '/') {
        len--;
    }

    if (len && target.len > len && target.data[len] == '/'
        && ngx_memcmp(target.data, server->base.data, len) == 0)
    {
        target.data += len;
        target.len -= len;
    }

    return target;
}


static const ngx_str_t *
ngx_rtalpha_cfg_header(ngx_http_request_t *r, const char *name)
{
    return ngx_rtalpha_answer_request_header(r, name, ngx_strlen(name));
}


/* everything that the answer may depend on, but for the content */

static ngx_int_t
ngx_rtalpha_cfg_key(ngx_http_request_t *r, ngx_rtalpha_cfg_request_t *req)
{
    u_char           *p;
    size_t            len;
    const ngx_str_t  *accept, *charset;

    accept = ngx_rtalpha_cfg_header(r, "accept");
    charset = ngx_rtalpha_cfg_header(r, "accept-charset");

    len = 1 + sizeof(req->version) + req->target.len + 4
          + (accept ? accept->len : 0) + (charset ? charset->len : 0);

    if (len > NGX_RTALPHA_CFG_CACHE_KEY) {
        req->key.len = 0;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    req->key.data = p;
    *p++ = (u_char) req->server->index;
    p = ngx_cpymem(p, &req->version, sizeof(req->version));
    p = ngx_cpymem(p, req->target.data, req->target.len);
    *p++ = '\0';
    *p++ = accept ? '+' : '-';

    if (accept) {
        p = ngx_cpymem(p, accept->data, accept->len);
    }

    *p++ = '\0';
    *p++ = charset ? '+' : '-';

    if (charset) {
        p = ngx_cpymem(p, charset->data, charset->len);
    }

    req->key.len = p - req->key.data;

    return NGX_OK;
}


/* how old content is whose origin cannot be read */

static ngx_int_t
ngx_rtalpha_cfg_age(ngx_http_request_t *r, const ngx_rtalpha_cfg_dep_t *dep,
    ngx_uint_t n)
{
    time_t                   age, oldest;
    ngx_uint_t               i, failed;
    ngx_str_t               *value;
    ngx_rtalpha_cfg_repo_t  *repo;

    failed = 0;
    oldest = 0;

    for (i = 0; i < n; i++) {
        repo = dep[i].repo;

        if (repo->failed == 0) {
            continue;
        }

        failed = 1;
        age = ngx_time() - (time_t) (repo->good ? repo->good : repo->failed);
        oldest = ngx_max(oldest, age);
    }

    if (!failed) {
        return NGX_OK;
    }

    value = ngx_palloc(r->pool, sizeof(ngx_str_t) + NGX_TIME_T_LEN);
    if (value == NULL) {
        return NGX_ERROR;
    }

    value->data = (u_char *) (value + 1);
    value->len = ngx_sprintf(value->data, "%T", oldest) - value->data;

    return ngx_rtalpha_answer_header(r, "RTalpha-Config-Age", value);
}


ngx_uint_t
ngx_rtalpha_cfg_unmodified(ngx_http_request_t *r, int64_t modified)
{
    time_t  since;

    if (modified < 0) {
        return 0;
    }

    r->headers_out.last_modified_time = modified;

    if (r->headers_in.if_modified_since == NULL) {
        return 0;
    }

    /* nginx's own filter compares for equality */

    r->disable_not_modified = 1;

    since = ngx_parse_http_time(r->headers_in.if_modified_since->value.data,
                                r->headers_in.if_modified_since->value.len);

    return since != NGX_ERROR && since >= modified;
}


/* headers of an answer; NGX_DONE: it has been answered with 304 */

static ngx_int_t
ngx_rtalpha_cfg_headers(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_kept_t *kept,
    ngx_uint_t java)
{
    u_char     *hex;
    ngx_str_t   tag;

    if (ngx_rtalpha_cfg_age(r, kept->deps, kept->ndeps) != NGX_OK
        || ngx_rtalpha_cfg_hold_applied(r, req) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_cfg_clients_seen(r, req);

    if (ngx_rtalpha_cfg_unmodified(r, kept->modified)) {
        return NGX_DONE;
    }

    if (java) {
        return ngx_rtalpha_cfg_error_disposition(r);
    }

    hex = ngx_pnalloc(r->pool, 2 * sizeof(kept->etag));
    if (hex == NULL) {
        return NGX_ERROR;
    }

    tag.data = hex;
    tag.len = ngx_hex_dump(hex, (u_char *) kept->etag, sizeof(kept->etag))
              - hex;

    return ngx_rtalpha_answer_etag(r, &tag)
           ? NGX_DONE : ngx_rtalpha_cfg_error_disposition(r);
}


ngx_uint_t
ngx_rtalpha_cfg_request_fresh(ngx_rtalpha_cfg_kept_t *kept)
{
    return ngx_rtalpha_cfg_depend_fresh(kept->deps, kept->ndeps);
}


/*
 * References have moved since the answer was looked at last: is it still the
 * one; then it is noted for the next.
 */

static ngx_uint_t
ngx_rtalpha_cfg_outlives(const ngx_str_t *key, ngx_rtalpha_cfg_kept_t *kept)
{
    ngx_rtalpha_cfg_item_t  *item;
    ngx_rtalpha_cfg_kept_t  *shared;

    if (ngx_rtalpha_cfg_depend_same(kept->deps, kept->ndeps)) {
        return 1;
    }

    if (!ngx_rtalpha_cfg_request_fresh(kept)) {
        return 0;
    }

    ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.outlived, 1);
    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache,
                                      NGX_RTALPHA_CFG_CACHE_ANSWER, key);

    if (item) {
        shared = ngx_rtalpha_cfg_cache_meta(item);

        if (ngx_memcmp(shared->etag, kept->etag, sizeof(kept->etag)) == 0
            && shared->ndeps == kept->ndeps)
        {
            ngx_memcpy(shared->deps, kept->deps, sizeof(kept->deps));
        }
    }

    ngx_rtalpha_zone_unlock();

    return 1;
}


ngx_int_t
ngx_rtalpha_cfg_request_same(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_kept_t *kept)
{
    return ngx_rtalpha_cfg_headers(r, req, kept, 0) == NGX_ERROR
           ? NGX_HTTP_INTERNAL_SERVER_ERROR
           : ngx_rtalpha_answer_empty(r, 304);
}


static ngx_int_t
ngx_rtalpha_cfg_request_cached(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_int_t                rc;
    ngx_str_t               *type;
    ngx_uint_t               i;
    ngx_rtalpha_pin_t       *pin;
    ngx_rtalpha_cfg_kept_t   kept;
    ngx_rtalpha_cfg_item_t  *item;

    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache,
                                      NGX_RTALPHA_CFG_CACHE_ANSWER,
                                      &req->key);

    if (item == NULL || item->blob == NULL) {
        ngx_rtalpha_zone_unlock();
        return NGX_DECLINED;
    }

    ngx_memcpy(&kept, ngx_rtalpha_cfg_cache_meta(item), sizeof(kept));
    pin = ngx_rtalpha_blob_pin(item->blob);

    ngx_rtalpha_zone_unlock();

    if (pin == NULL) {
        return NGX_DECLINED;
    }

    if (!ngx_rtalpha_cfg_outlives(&req->key, &kept)) {
        ngx_rtalpha_blob_unpin(pin);
        return NGX_DECLINED;
    }

    ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.cached, 1);

    for (i = 0; i < kept.ndeps; i++) {
        if (kept.deps[i].repo->asked != (ngx_atomic_uint_t) ngx_time()) {
            kept.deps[i].repo->asked = ngx_time();
        }
    }

    if (ngx_rtalpha_cfg_hold_wanted(r, req, &kept)) {
        ngx_rtalpha_blob_unpin(pin);
        return ngx_rtalpha_cfg_hold(r, req, &kept);
    }

    type = ngx_palloc(r->pool, sizeof(ngx_str_t) + kept.type_len);

    if (type == NULL) {
        ngx_rtalpha_blob_unpin(pin);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    type->len = kept.type_len;
    type->data = (u_char *) (type + 1);
    ngx_memcpy(type->data, kept.type, kept.type_len);

    rc = ngx_rtalpha_cfg_headers(r, req, &kept, conf->java_errors);

    if (rc == NGX_OK) {
        return ngx_rtalpha_answer_blob(r, 200, type, pin);
    }

    ngx_rtalpha_blob_unpin(pin);

    return rc == NGX_DONE ? ngx_rtalpha_answer_empty(r, 304)
                          : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_int_t
ngx_rtalpha_cfg_request_answer(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_int_t  rc;

    if (req->key.len) {
        rc = ngx_rtalpha_cfg_request_cached(r, req, conf);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return ngx_rtalpha_cfg_request_again(r, req, 0);
}


/* NGX_DECLINED: go on; else the request has been answered */

static ngx_int_t
ngx_rtalpha_cfg_admit(ngx_http_request_t *r, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_request_t *req)
{
    ngx_int_t                    rc;
    ngx_uint_t                   status;
    ngx_rtalpha_cfg_question_t   q;

    if (ngx_rtalpha_cfg_path_parse(r->pool, &conf->path, req->method,
                                   &req->target, &q)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* what is malformed is told to everybody */

    if (q.bare) {
        return ngx_rtalpha_cfg_error_question(r, &q);
    }

    /* probes have no password */

    if (q.probe) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_access_check(r, conf, &q, &req->who, &status);

    if (rc == NGX_OK) {
        return NGX_DECLINED;
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.forbidden, 1);

    return status == NGX_HTTP_UNAUTHORIZED
           ? ngx_rtalpha_access_challenge(r)
           : ngx_rtalpha_cfg_error(r, status, "forbidden", NULL);
}


ngx_int_t
ngx_rtalpha_cfg_request_begin(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_int_t  rc;

    req->version = conf->version;

    if (conf->users.nelts || conf->access) {
        rc = ngx_rtalpha_cfg_admit(r, conf, req);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    if (req->method != NGX_RTALPHA_CFG_GET) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_cfg_hold_asked(r, req, conf);

    return ngx_rtalpha_cfg_key(r, req) == NGX_OK
           ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_int_t
ngx_rtalpha_cfg_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_rtalpha_cfg_conf_t     *conf;
    ngx_rtalpha_cfg_request_t  *req;

    req = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_cfg_request_t));
    if (req == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    req->server = ngx_rtalpha_cfg_server_of(r);
    conf = ngx_rtalpha_cfg_server_conf(req->server);

    if (conf == NULL) {
        return ngx_rtalpha_cfg_error(r, 503, "no-settings", NULL);
    }

    req->target = ngx_rtalpha_cfg_target(r, req->server);

    req->method = ngx_rtalpha_cfg_method(r);

    rc = ngx_rtalpha_cfg_request_begin(r, req, conf);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    return ngx_rtalpha_cfg_request_answer(r, req, conf);
}


/* nginx leaves this header out of its own errors */

static ngx_int_t
ngx_rtalpha_cfg_modified(ngx_http_request_t *r, int64_t modified)
{
    ngx_str_t  *value;

    if (modified < 0) {
        return NGX_OK;
    }

    value = ngx_palloc(r->pool, sizeof(ngx_str_t)
                                + sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
    if (value == NULL) {
        return NGX_ERROR;
    }

    value->data = (u_char *) (value + 1);
    value->len = ngx_http_time(value->data, (time_t) modified) - value->data;

    return ngx_rtalpha_answer_header(r, "Last-Modified", value);
}


static void
ngx_rtalpha_cfg_destroy_pool(void *data)
{
    ngx_destroy_pool(data);
}


static ngx_int_t
ngx_rtalpha_cfg_refuse(ngx_http_request_t *r, ngx_rtalpha_cfg_pass_t *pass,
    ngx_int_t rc)
{
    ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.refused, 1);

    if (rc != NGX_DECLINED) {
        return ngx_rtalpha_cfg_error(r, 500, "no-memory", NULL);
    }

    if (ngx_rtalpha_cfg_modified(r, pass->modified) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (pass->q.status == 401) {
        return ngx_rtalpha_access_challenge(r);
    }

    if (pass->q.status) {
        return ngx_rtalpha_cfg_error_question(r, &pass->q);
    }

    if (pass->empty) {
        return ngx_rtalpha_answer_empty(r, pass->ask.status);
    }

    return ngx_rtalpha_cfg_error(r, pass->ask.status, pass->ask.reason,
                                 &pass->ask.message);
}


/* remembers what a pass has made */

static void
ngx_rtalpha_cfg_keep(ngx_rtalpha_cfg_pass_t *pass,
    ngx_rtalpha_cfg_request_t *req, ngx_rtalpha_cfg_kept_t *kept)
{
    ngx_md5_t   md5;
    ngx_uint_t  n;

    ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.made, 1);

    if (pass->q.route == NGX_RTALPHA_CFG_ROUTE_ENV
        || pass->q.route == NGX_RTALPHA_CFG_ROUTE_FORMAT)
    {
        ngx_rtalpha_cfg_notice_asked(req->server->index, &pass->ask);
    }

    ngx_memzero(kept, sizeof(ngx_rtalpha_cfg_kept_t));
    kept->modified = pass->modified;
    n = ngx_rtalpha_cfg_depend_fit(pass->ask.deps, pass->ask.ndeps,
                                   kept->deps, NGX_RTALPHA_CFG_DEPS);
    kept->ndeps = (uint8_t) ngx_min(n, NGX_RTALPHA_CFG_DEPS);

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, pass->body.data, pass->body.len);
    ngx_md5_update(&md5, pass->type.data, pass->type.len);
    ngx_md5_final(kept->etag, &md5);

    kept->volatile_ = pass->ask.volatile_
                      || n > NGX_RTALPHA_CFG_DEPS;

    if (req->key.len && !kept->volatile_
        && pass->type.len <= NGX_RTALPHA_CFG_TYPE && pass->body.len)
    {
        kept->type_len = (uint8_t) pass->type.len;
        ngx_memcpy(kept->type, pass->type.data, pass->type.len);

        (void) ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->cache,
                                         NGX_RTALPHA_CFG_CACHE_ANSWER,
                                         &req->key, kept,
                                         sizeof(ngx_rtalpha_cfg_kept_t),
                                         &pass->body);
    }
}


static ngx_int_t
ngx_rtalpha_cfg_send(ngx_http_request_t *r, ngx_rtalpha_cfg_pass_t *pass,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_kept_t *kept)
{
    ngx_int_t   rc;
    ngx_str_t  *type;

    type = ngx_palloc(r->pool, sizeof(ngx_str_t));
    if (type == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *type = pass->type;
    rc = ngx_rtalpha_cfg_headers(r, req, kept, pass->conf->java_errors);

    if (rc == NGX_DONE) {
        return ngx_rtalpha_answer_empty(r, 304);
    }

    return rc == NGX_OK ? ngx_rtalpha_answer_bytes(r, 200, type, &pass->body)
                        : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


/*
 * One try, in a pool that goes with it if it has to wait.  Also the wake
 * callback of a parked request.
 */

ngx_int_t
ngx_rtalpha_cfg_request_again(ngx_http_request_t *r, void *data,
    ngx_uint_t last)
{
    ngx_int_t                   rc;
    ngx_pool_t                 *pool;
    ngx_pool_cleanup_t         *cln;
    ngx_rtalpha_cfg_kept_t      kept;
    ngx_rtalpha_cfg_pass_t      pass;
    ngx_rtalpha_cfg_request_t  *req;

    req = data;
    ngx_memzero(&pass, sizeof(ngx_rtalpha_cfg_pass_t));
    pass.conf = ngx_rtalpha_cfg_server_conf(req->server);

    pool = ngx_create_pool(16384, r->connection->log);
    if (pool == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    pass.pool = pool;
    pass.modified = -1;

    rc = ngx_rtalpha_cfg_path_parse(pool, &pass.conf->path, req->method,
                                    &req->target, &pass.q);
    if (rc == NGX_OK) {
        rc = ngx_rtalpha_cfg_dispatch(r, &pass);
    }

    if (rc == NGX_AGAIN && !last) {
        ngx_destroy_pool(pool);

        if (req->waited) {
            return NGX_AGAIN;
        }

        req->waited = 1;
        ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.waited, 1);
        return ngx_rtalpha_answer_park(r, pass.conf->wait,
                                       ngx_rtalpha_cfg_request_again, req);
    }

    if (rc == NGX_OK) {
        ngx_rtalpha_cfg_keep(&pass, req, &kept);

        if (!last && ngx_rtalpha_cfg_hold_wanted(r, req, &kept)) {
            ngx_destroy_pool(pool);
            return ngx_rtalpha_cfg_hold(r, req, &kept);
        }
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL) {
        ngx_destroy_pool(pool);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_rtalpha_cfg_destroy_pool;
    cln->data = pool;

    if (rc == NGX_AGAIN) {
        return ngx_rtalpha_cfg_error(r, 503, "not-ready", NULL);
    }

    if (rc == NGX_DONE) {
        return pass.rc;
    }

    if (rc == NGX_OK) {
        return ngx_rtalpha_cfg_send(r, &pass, req, &kept);
    }

    return ngx_rtalpha_cfg_refuse(r, &pass, rc);
}
