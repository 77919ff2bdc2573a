
/*
 * Reading requests.
 */


#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_full.h"
#include "ngx_rtalpha_reg_page.h"
#include "ngx_rtalpha_reg_recent.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_reg_single.h"
#include "ngx_rtalpha_reg_take.h"
#include "ngx_rtalpha_prefer.h"


/* the longest that Prefer: wait is granted, in seconds */
#define NGX_RTALPHA_REG_READ_WAIT   300

/* what a large answer may take to be made, in ms */
#define NGX_RTALPHA_REG_READ_BUILD  60000


typedef ngx_int_t (*ngx_rtalpha_reg_get_pt)(ngx_uint_t form,
    ngx_rtalpha_reg_given_t *given);


static ngx_int_t ngx_rtalpha_reg_read_whole(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_send(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, ngx_rtalpha_reg_given_t *given);
static ngx_int_t ngx_rtalpha_reg_read_wake(ngx_http_request_t *r, void *data,
    ngx_uint_t last);
static ngx_int_t ngx_rtalpha_reg_read_app(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_small(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_pack(ngx_http_request_t *r,
    ngx_str_t *body);
static ngx_int_t ngx_rtalpha_reg_read_encoding(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_reg_read_app_text(ngx_pool_t *pool,
    ngx_rtalpha_reg_request_t *rq, ngx_array_t *copies, ngx_str_t *body);
static ngx_int_t ngx_rtalpha_reg_read_one(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_some(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, ngx_rtalpha_reg_select_t *select,
    const char *version);
static ngx_int_t ngx_rtalpha_reg_read_filter(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_tag(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, uint64_t seq);
static uint64_t ngx_rtalpha_reg_read_version(ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_any(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static ngx_int_t ngx_rtalpha_reg_read_wait(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static void ngx_rtalpha_reg_read_prefer(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);


ngx_int_t
ngx_rtalpha_reg_read(ngx_http_request_t *r, ngx_rtalpha_reg_request_t *rq)
{
    uint64_t  seq;

    switch (rq->path.resource) {

    case NGX_RTALPHA_REG_PATH_APPS:
    case NGX_RTALPHA_REG_PATH_DELTA:
    case NGX_RTALPHA_REG_PATH_APP:
        break;

    default:
        return ngx_rtalpha_reg_read_any(r, rq);
    }

    ngx_rtalpha_reg_read_prefer(r, rq);

    if (rq->wait) {
        seq = ngx_rtalpha_reg_read_version(rq);

        if (seq == rq->since) {
            return ngx_rtalpha_reg_read_wait(r, rq);
        }
    }

    return ngx_rtalpha_reg_read_any(r, rq);
}


static ngx_int_t
ngx_rtalpha_reg_read_any(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_rtalpha_reg_select_t  select;

    switch (rq->path.resource) {

    case NGX_RTALPHA_REG_PATH_APPS:
        if (r->args.len) {
            return ngx_rtalpha_reg_read_filter(r, rq);
        }

        return ngx_rtalpha_reg_read_whole(r, rq);

    case NGX_RTALPHA_REG_PATH_DELTA:
        if (ngx_rtalpha_reg_conf.disable_delta) {
            return ngx_rtalpha_reg_error(r, NGX_HTTP_FORBIDDEN);
        }

        return ngx_rtalpha_reg_read_whole(r, rq);

    case NGX_RTALPHA_REG_PATH_APP:
        return ngx_rtalpha_reg_read_app(r, rq);

    case NGX_RTALPHA_REG_PATH_INSTANCE:
    case NGX_RTALPHA_REG_PATH_BY_ID:
        return ngx_rtalpha_reg_read_one(r, rq);

    case NGX_RTALPHA_REG_PATH_VIP:
    case NGX_RTALPHA_REG_PATH_SVIP:
        ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
        select.vip = rq->path.name;
        select.status = NGX_RTALPHA_REG_NONE;
        select.secure = (rq->path.resource == NGX_RTALPHA_REG_PATH_SVIP);

        return ngx_rtalpha_reg_read_some(r, rq, &select, "-1");

    default:
        return ngx_rtalpha_reg_page(r, rq);
    }
}


static ngx_int_t
ngx_rtalpha_reg_read_whole(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_int_t                rc;
    ngx_uint_t               form;
    ngx_rtalpha_reg_given_t  given;
    ngx_rtalpha_reg_get_pt   get;

    get = (rq->path.resource == NGX_RTALPHA_REG_PATH_APPS)
          ? ngx_rtalpha_reg_full_get : ngx_rtalpha_reg_delta_get;

    form = rq->form | (rq->gzip ? NGX_RTALPHA_REG_FORM_GZIP : 0);

    rc = get(form, &given);

    if (rc == NGX_AGAIN) {
        rq->wait = 0;
        return ngx_rtalpha_answer_park(r, NGX_RTALPHA_REG_READ_BUILD,
                                       ngx_rtalpha_reg_read_wake, rq);
    }

    /* a delta that would be larger than the list: clients read that one */

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_FORBIDDEN);
    }

    if (rc != NGX_OK) {
        return ngx_rtalpha_reg_refuse(r, "no memory for this answer\n");
    }

    return ngx_rtalpha_reg_read_send(r, rq, &given);
}


static ngx_int_t
ngx_rtalpha_reg_read_send(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, ngx_rtalpha_reg_given_t *given)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_reg_read_tag(r, rq, given->seq);

    if (rc != NGX_DECLINED) {
        ngx_rtalpha_reg_given_release(given);
        return rc;
    }

    if (rq->gzip && ngx_rtalpha_reg_read_encoding(r) != NGX_OK) {
        ngx_rtalpha_reg_given_release(given);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_reg_given_send(r, ngx_rtalpha_reg_type(rq->form),
                                      given);
}


/* ETag and 304; NGX_DECLINED: go on, else what the handler returns */

static ngx_int_t
ngx_rtalpha_reg_read_tag(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, uint64_t seq)
{
    u_char     *p;
    ngx_str_t   tag;

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN + 4);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    tag.data = p;
    tag.len = ngx_sprintf(p, "%uL-%ui", seq,
                          rq->form | (rq->gzip ? NGX_RTALPHA_REG_FORM_GZIP
                                               : 0))
              - p;

    if (ngx_rtalpha_answer_etag(r, &tag)) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_MODIFIED);
    }

    return NGX_DECLINED;
}


/*
 * Prefer: wait=N together with an ETag of ours: the version that the client
 * has.  Anything else is an ordinary request.
 */

static void
ngx_rtalpha_reg_read_prefer(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    u_char           *p, *last;
    const ngx_str_t  *prefer, *match;

    prefer = ngx_rtalpha_reg_header(r, "prefer");
    match = ngx_rtalpha_reg_header(r, "if-none-match");

    if (prefer == NULL || match == NULL) {
        return;
    }

    rq->wait = ngx_rtalpha_prefer_wait(prefer, NGX_RTALPHA_REG_READ_WAIT);

    if (rq->wait == 0) {
        return;
    }

    p = match->data;
    last = p + match->len;

    if (p < last && *p == '"') {
        p++;
    }

    for ( /* void */ ; p < last && *p >= '0' && *p <= '9'; p++) {
        rq->since = rq->since * 10 + (*p - '0');
    }
}


static uint64_t
ngx_rtalpha_reg_read_version(ngx_rtalpha_reg_request_t *rq)
{
    if (rq->path.resource == NGX_RTALPHA_REG_PATH_APP) {
        return ngx_rtalpha_reg_select_version(&rq->app);
    }

    return ngx_rtalpha_reg_delta_last();
}


static uint64_t
ngx_rtalpha_reg_read_version_all(const ngx_str_t *name)
{
    return ngx_rtalpha_reg_delta_last();
}


/* those who wait for one application are asked when it has changed */

static ngx_int_t
ngx_rtalpha_reg_read_wait(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_rtalpha_answer_version_pt  version;

    static ngx_str_t               all = ngx_string("");

    version = rq->path.resource == NGX_RTALPHA_REG_PATH_APP
              ? ngx_rtalpha_reg_select_version
              : ngx_rtalpha_reg_read_version_all;

    return ngx_rtalpha_answer_park_on(r, rq->wait * 1000,
                                      ngx_rtalpha_reg_read_wake, rq, version,
                                      rq->path.resource
                                      == NGX_RTALPHA_REG_PATH_APP
                                      ? &rq->app : &all, rq->since);
}


static ngx_int_t
ngx_rtalpha_reg_read_wake(ngx_http_request_t *r, void *data, ngx_uint_t last)
{
    ngx_rtalpha_reg_request_t  *rq;

    rq = data;

    if (rq->wait && !last
        && ngx_rtalpha_reg_read_version(rq) == rq->since)
    {
        return NGX_AGAIN;
    }

    if (last && !rq->wait) {
        return ngx_rtalpha_reg_refuse(r, "this answer is not ready yet\n");
    }

    rq->wait = 0;

    return ngx_rtalpha_reg_read_any(r, rq);
}


static ngx_int_t
ngx_rtalpha_reg_read_app(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_int_t                rc;
    ngx_rtalpha_reg_given_t  given;

    rc = ngx_rtalpha_reg_single_get(rq->form | (rq->gzip
                                            ? NGX_RTALPHA_REG_FORM_GZIP : 0),
                                    &rq->app, &given);

    switch (rc) {

    case NGX_OK:
        return ngx_rtalpha_reg_read_send(r, rq, &given);

    case NGX_AGAIN:
        rq->wait = 0;
        return ngx_rtalpha_answer_park(r, NGX_RTALPHA_REG_READ_BUILD,
                                       ngx_rtalpha_reg_read_wake, rq);

    case NGX_DECLINED:
        return ngx_rtalpha_reg_read_small(r, rq);

    default:
        return ngx_rtalpha_reg_refuse(r, "no memory for this answer\n");
    }
}


static ngx_int_t
ngx_rtalpha_reg_read_small(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    uint64_t                   seq;
    ngx_int_t                  rc;
    ngx_str_t                  body;
    ngx_array_t                copies;
    ngx_rtalpha_reg_select_t   select;

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    select.app = rq->app;
    select.status = NGX_RTALPHA_REG_NONE;

    if (ngx_array_init(&copies, r->pool, 16, sizeof(ngx_rtalpha_reg_copy_t))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_reg_select(r->pool, &select, &copies, &seq);

    if (rc == NGX_DECLINED || rc == NGX_DONE) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_NOT_FOUND);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_reg_read_tag(r, rq, seq);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (ngx_rtalpha_reg_read_app_text(r->pool, rq, &copies, &body) != NGX_OK
        || (rq->gzip && ngx_rtalpha_reg_read_pack(r, &body) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK,
                                    ngx_rtalpha_reg_type(rq->form), &body);
}


static ngx_int_t
ngx_rtalpha_reg_read_pack(ngx_http_request_t *r, ngx_str_t *body)
{
    u_char     *p;
    ngx_str_t   bytes;

    if (ngx_rtalpha_reg_take_gzip(body, &bytes) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, bytes.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, bytes.data, bytes.len);
    body->data = p;
    body->len = bytes.len;

    return ngx_rtalpha_reg_read_encoding(r);
}


/* what is sent is compressed */

static ngx_int_t
ngx_rtalpha_reg_read_encoding(ngx_http_request_t *r)
{
    static const ngx_str_t  gzip = ngx_string("gzip");

    return ngx_rtalpha_answer_header(r, "Content-Encoding", &gzip);
}


static ngx_int_t
ngx_rtalpha_reg_read_app_text(ngx_pool_t *pool,
    ngx_rtalpha_reg_request_t *rq, ngx_array_t *copies, ngx_str_t *body)
{
    ngx_uint_t                 i, first;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_render_t   rr;

    if (ngx_rtalpha_out_init(&out, pool, 256 + copies->nelts * 1200,
                             (size_t) 1024 * 1024 * 1024)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
    rr.out = &out;
    rr.form = rq->form;
    rr.self = ngx_rtalpha_reg_conf.instance_id;

    ngx_rtalpha_reg_render_only(&rr, NGX_RTALPHA_REG_OPEN);
    ngx_rtalpha_reg_render_app(&rr, &rq->app, 1);

    copy = copies->elts;
    first = 1;

    for (i = 0; i < copies->nelts; i++) {
        if (ngx_rtalpha_reg_doc_unpack(copy[i].doc.data, copy[i].doc.len,
                                       &doc)
            == NGX_OK)
        {
            ngx_rtalpha_reg_render_app_member(&rr, &doc, &copy[i].state,
                                              first);
            first = 0;
        }
    }

    ngx_rtalpha_reg_render_app_end(&rr);
    ngx_rtalpha_reg_render_only(&rr, NGX_RTALPHA_REG_CLOSE);

    return ngx_rtalpha_out_done(&out, body);
}


static ngx_int_t
ngx_rtalpha_reg_read_one(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_int_t                  rc;
    const ngx_str_t           *app;
    ngx_rtalpha_reg_copy_t     copy;

    app = (rq->path.resource == NGX_RTALPHA_REG_PATH_BY_ID) ? NULL
                                                            : &rq->app;

    rc = ngx_rtalpha_reg_store_get(r->pool, app, &rq->path.id, 0, &copy);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_NOT_FOUND);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_reg_read_copy(r, rq, NGX_HTTP_OK, &copy);
}


/* one instance; compact forms are for lists only */

ngx_int_t
ngx_rtalpha_reg_read_copy(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, ngx_uint_t status,
    const ngx_rtalpha_reg_copy_t *copy)
{
    ngx_str_t                  body;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_render_t   rr;

    if (ngx_rtalpha_reg_doc_unpack(copy->doc.data, copy->doc.len, &doc)
        != NGX_OK
        || ngx_rtalpha_out_init(&out, r->pool, 2048,
                                (size_t) 1024 * 1024 * 1024)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
    rr.out = &out;
    rr.form = rq->form & NGX_RTALPHA_REG_FORM_XML;
    rr.self = ngx_rtalpha_reg_conf.instance_id;

    ngx_rtalpha_reg_render_instance(&rr, &doc, &copy->state);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, status,
                                    ngx_rtalpha_reg_type(rq->form), &body);
}


/* GET apps with a query: ours are app, status and zone; others are nothing */

static ngx_int_t
ngx_rtalpha_reg_read_filter(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    u_char                    *buf;
    ngx_str_t                  value;
    ngx_uint_t                 found;
    ngx_rtalpha_reg_select_t   select;

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    select.status = NGX_RTALPHA_REG_NONE;
    found = 0;

    buf = ngx_pnalloc(r->pool, 6 * r->args.len);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_rtalpha_reg_path_arg(&r->args, "app", buf, &value) == NGX_OK) {
        ngx_rtalpha_reg_doc_upper(&value, buf + r->args.len, &select.apps);
        found = 1;
    }

    buf += 4 * r->args.len;

    if (ngx_rtalpha_reg_path_arg(&r->args, "zone", buf, &value) == NGX_OK) {
        select.zone = value;
        found = 1;
    }

    buf += r->args.len;

    if (ngx_rtalpha_reg_path_arg(&r->args, "status", buf, &value) == NGX_OK)
    {
        select.status = ngx_rtalpha_reg_status_find(value.data, value.len);

        if (select.status == NGX_RTALPHA_REG_NONE) {
            return ngx_rtalpha_reg_error(r, NGX_HTTP_BAD_REQUEST);
        }

        found = 1;
    }

    if (!found) {
        return ngx_rtalpha_reg_read_whole(r, rq);
    }

    return ngx_rtalpha_reg_read_some(r, rq, &select, "1");
}


/* a list of what a selection gives, with the hash code of just that */

static ngx_int_t
ngx_rtalpha_reg_read_some(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, ngx_rtalpha_reg_select_t *select,
    const char *version)
{
    u_char                    *p;
    uint64_t                   seq, counts[NGX_RTALPHA_REG_STATUSES];
    ngx_uint_t                 i;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_recent_t   recent;

    ngx_memzero(&recent, sizeof(ngx_rtalpha_reg_recent_t));
    ngx_memzero(counts, sizeof(counts));

    recent.pool = r->pool;
    recent.form = rq->form;
    recent.self = ngx_rtalpha_reg_conf.instance_id;

    if (ngx_array_init(&recent.copies, r->pool, 16,
                       sizeof(ngx_rtalpha_reg_copy_t))
        != NGX_OK
        || ngx_rtalpha_reg_select(r->pool, select, &recent.copies, &seq)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    copy = recent.copies.elts;

    for (i = 0; i < recent.copies.nelts; i++) {
        counts[copy[i].state.status]++;
    }

    p = ngx_pnalloc(r->pool, NGX_RTALPHA_REG_HASH_LEN);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    recent.hash.data = p;
    recent.hash.len = ngx_rtalpha_reg_status_hash(p, counts) - p;
    recent.version.data = (u_char *) version;
    recent.version.len = ngx_strlen(version);

    ngx_rtalpha_reg_recent_render(&recent);

    if (recent.text.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK,
                                    ngx_rtalpha_reg_type(rq->form),
                                    &recent.text);
}
