
/*
 * GET /_rtalpha/api/config/check?ref=REF: what a reference would change, for
 * those who review a change of configuration.
 *
 * Looked at are the environments that have been asked for, and those that
 * the changed files are named after.  A check is a request that waits: it
 * does a little each time that it is woken, and never shows a value.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_backend.h"
#include "ngx_rtalpha_cfg_changes.h"
#include "ngx_rtalpha_cfg_compare.h"
#include "ngx_rtalpha_cfg_docs.h"
#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_cfg_notice.h"
#include "ngx_rtalpha_cfg_pages.h"
#include "ngx_rtalpha_cfg_transport.h"

#include <openssl/rand.h>


#define NGX_RTALPHA_CFG_CHECK_ASKS   1000       /* environments */
#define NGX_RTALPHA_CFG_CHECK_KEYS   1000       /* shown of each kind */
#define NGX_RTALPHA_CFG_CHECK_TURN   8          /* asked in a turn */
#define NGX_RTALPHA_CFG_CHECK_PAUSE  2          /* ms to the next */
#define NGX_RTALPHA_CFG_CHECK_TIME   120000
#define NGX_RTALPHA_CFG_CHECK_SIZE   (8 * 1024 * 1024)


typedef struct {
    ngx_str_t                  application;
    ngx_str_t                  profiles;
} ngx_rtalpha_cfg_pair_asked_t;


typedef struct {
    ngx_str_t                  uri;
    ngx_rtalpha_cfg_commit_t   was;
    ngx_rtalpha_cfg_commit_t   is;
    ngx_array_t                changes;
} ngx_rtalpha_cfg_checked_t;


typedef struct {
    ngx_http_request_t        *request;
    ngx_rtalpha_cfg_server_t  *server;
    uint64_t                   version;     /* of the settings */
    ngx_str_t                  ref;
    ngx_str_t                  against;
    unsigned                   labelled:1;  /* against is given */
    unsigned                   limited:1;
    unsigned                   gathered:1;
    ngx_uint_t                 backend;     /* next */
    ngx_uint_t                 next;        /* of asks */
    ngx_array_t                repos;       /* ngx_rtalpha_cfg_checked_t */
    ngx_array_t                asks;        /* …pair_asked_t */
    ngx_array_t                results;     /* ngx_str_t: JSON */
    ngx_array_t                broken;      /* ngx_str_t: JSON */
    ngx_event_t                timer;
    u_char                     secret[NGX_RTALPHA_CFG_COMPARE_SECRET];
} ngx_rtalpha_cfg_check_t;


static ngx_int_t ngx_rtalpha_cfg_check_go(ngx_http_request_t *r, void *data,
    ngx_uint_t last);


/* the git repositories that need no application to be known, by number */

static const ngx_rtalpha_cfg_backend_t *
ngx_rtalpha_cfg_check_backend(ngx_rtalpha_cfg_conf_t *conf, ngx_uint_t n)
{
    ngx_uint_t                  i, k;
    ngx_rtalpha_cfg_backend_t  *b, *named;

    b = conf->backends.elts;

    for (i = 0; i < conf->backends.nelts; i++) {

        if (b[i].kind != NGX_RTALPHA_CFG_REPO_GIT) {
            continue;
        }

        if (n-- == 0) {
            return &b[i];
        }

        named = b[i].repos->elts;

        for (k = 0; k < b[i].repos->nelts; k++) {
            if (n-- == 0) {
                return &named[k];
            }
        }
    }

    return NULL;
}


/* a label in a repository; NGX_DECLINED: it is not there */

static ngx_int_t
ngx_rtalpha_cfg_check_label(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *label,
    ngx_rtalpha_cfg_repo_t **repo, ngx_rtalpha_cfg_commit_t *commit)
{
    ngx_int_t                rc;
    ngx_rtalpha_cfg_ask_t    ask;
    ngx_rtalpha_cfg_view_t   view;

    ngx_memzero(&ask, sizeof(ngx_rtalpha_cfg_ask_t));
    ask.pool = pool;
    ask.conf = conf;
    ngx_str_set(&ask.application, "application");
    ngx_str_set(&ask.profiles, "default");

    rc = ngx_rtalpha_cfg_view_git(&view, &ask, b, &b->uri, label);

    if (rc == NGX_OK) {
        *repo = view.repo;
        *commit = view.commit;
    }

    return rc;
}


/* one repository: its commits, and the files that differ */

static ngx_int_t
ngx_rtalpha_cfg_check_repo(ngx_rtalpha_cfg_check_t *c, ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_int_t                   rc;
    ngx_str_t                   why;
    ngx_rtalpha_cfg_repo_t     *repo;
    ngx_rtalpha_cfg_commit_t    was, is;
    ngx_rtalpha_cfg_checked_t  *checked;

    if (b->uri.len == 0
        || ngx_strlchr(b->uri.data, b->uri.data + b->uri.len, '{'))
    {
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_check_label(pool, conf, b, &c->ref, &repo, &is);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_cfg_check_label(pool, conf, b,
                                         c->labelled ? &c->against
                                                     : &b->label,
                                         &repo, &was);
    }

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : rc;
    }

    checked = ngx_array_push(&c->repos);

    if (checked == NULL
        || ngx_array_init(&checked->changes, c->request->pool, 8,
                          sizeof(ngx_rtalpha_cfg_change_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    checked->was = was;
    checked->is = is;
    ngx_rtalpha_cfg_transport_shown(c->request->pool, repo, &checked->uri);

    rc = ngx_rtalpha_cfg_changes(c->request->pool, conf, repo, &was, &is,
                                 &checked->changes, &why);
    if (rc == NGX_AGAIN) {
        c->repos.nelts--;
    }

    c->limited |= (rc == NGX_DECLINED);

    return rc == NGX_DECLINED ? NGX_OK : rc;
}


static ngx_int_t
ngx_rtalpha_cfg_check_add(ngx_rtalpha_cfg_check_t *c,
    const ngx_str_t *application, const ngx_str_t *profiles)
{
    u_char                         *p;
    ngx_uint_t                      i;
    ngx_rtalpha_cfg_pair_asked_t   *pair;

    pair = c->asks.elts;

    for (i = 0; i < c->asks.nelts; i++) {
        if (ngx_rtalpha_str_eq(&pair[i].application, application)
            && ngx_rtalpha_str_eq(&pair[i].profiles, profiles))
        {
            return NGX_OK;
        }
    }

    if (c->asks.nelts == NGX_RTALPHA_CFG_CHECK_ASKS) {
        c->limited = 1;
        return NGX_OK;
    }

    pair = ngx_array_push(&c->asks);
    p = ngx_pnalloc(c->request->pool, application->len + profiles->len + 1);

    if (pair == NULL || p == NULL) {
        return NGX_ERROR;
    }

    pair->application.data = p;
    pair->application.len = application->len;
    p = ngx_cpymem(p, application->data, application->len);
    pair->profiles.data = p;
    pair->profiles.len = profiles->len;
    ngx_memcpy(p, profiles->data, profiles->len);

    return NGX_OK;
}


/* "dir/foo-bar.yml": foo-bar, and foo under the profile bar */

static ngx_int_t
ngx_rtalpha_cfg_check_named(ngx_rtalpha_cfg_check_t *c, const ngx_str_t *path)
{
    u_char     *p, *last;
    ngx_str_t   stem, application, profile;

    static ngx_str_t  fallback = ngx_string("default");

    if (ngx_rtalpha_cfg_docs_kind(path) == NGX_RTALPHA_CFG_FILE_NONE) {
        return NGX_OK;
    }

    last = path->data + path->len;

    while (last > path->data && *--last != '.') {
        /* void */
    }

    for (p = last; p > path->data && p[-1] != '/'; p--) {
        /* void */
    }

    stem.data = p;
    stem.len = last - p;

    if (stem.len == 0
        || ngx_strlchr(stem.data, stem.data + stem.len, '*')
        || ngx_strlchr(stem.data, stem.data + stem.len, ',')
        || ngx_rtalpha_cfg_check_add(c, &stem, &fallback) != NGX_OK)
    {
        return stem.len ? NGX_OK : NGX_DECLINED;
    }

    for (p = last; p > stem.data && p[-1] != '-'; p--) {
        /* void */
    }

    if (p <= stem.data + 1 || p == last) {
        return NGX_OK;
    }

    application.data = stem.data;
    application.len = p - 1 - stem.data;
    profile.data = p;
    profile.len = last - p;

    return ngx_rtalpha_cfg_check_add(c, &application, &profile);
}


/* what has been asked for, and what changed files are named after */

static ngx_int_t
ngx_rtalpha_cfg_check_gather(ngx_rtalpha_cfg_check_t *c, ngx_pool_t *pool)
{
    ngx_uint_t                  i, k;
    ngx_array_t                 known;
    ngx_rtalpha_cfg_known_t    *q;
    ngx_rtalpha_cfg_change_t   *change;
    ngx_rtalpha_cfg_checked_t  *checked;

    if (ngx_array_init(&known, pool, 64, sizeof(ngx_rtalpha_cfg_known_t))
        != NGX_OK
        || ngx_rtalpha_cfg_notice_known(pool, c->server->index, &known)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    q = known.elts;

    for (i = 0; i < known.nelts; i++) {

        if (q[i].labelled
            && !(c->labelled && ngx_rtalpha_str_eq(&q[i].label, &c->against)))
        {
            continue;
        }

        if (ngx_rtalpha_cfg_check_add(c, &q[i].application, &q[i].profiles)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    checked = c->repos.elts;

    for (i = 0; i < c->repos.nelts; i++) {
        change = checked[i].changes.elts;

        for (k = 0; k < checked[i].changes.nelts; k++) {
            if (ngx_rtalpha_cfg_check_named(c, &change[k].path) == NGX_ERROR)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* an environment as a client sees it; NGX_DECLINED: message says why not */

static ngx_int_t
ngx_rtalpha_cfg_check_tree(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    const ngx_rtalpha_cfg_pair_asked_t *pair, const ngx_str_t *label,
    ngx_uint_t exact, ngx_rtalpha_props_t **tree, ngx_str_t *message)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_rtalpha_cfg_ask_t     ask;
    ngx_rtalpha_cfg_named_t  *source;

    ngx_memzero(&ask, sizeof(ngx_rtalpha_cfg_ask_t));
    ask.pool = pool;
    ask.conf = conf;
    ask.application = pair->application;
    ask.profiles = pair->profiles;
    ask.exact = exact;

    if (label) {
        ask.label = *label;
        ask.labelled = 1;
    }

    rc = ngx_rtalpha_cfg_ask_env(&ask);
    *message = ask.message;
    *tree = ngx_rtalpha_props_create(pool);

    if (*tree == NULL) {
        return NGX_ERROR;
    }

    source = ask.env.sources.elts;

    for (i = 0; rc == NGX_OK && i < ask.env.sources.nelts; i++) {
        rc = ngx_rtalpha_props_merge(*tree, source[i].props);
    }

    return rc;
}


/* keeps what has been written of one environment */

static ngx_int_t
ngx_rtalpha_cfg_check_keep(ngx_rtalpha_cfg_check_t *c, ngx_array_t *list,
    ngx_rtalpha_out_t *out)
{
    ngx_str_t  *kept, text;

    if (ngx_rtalpha_out_done(out, &text) != NGX_OK) {
        c->limited = 1;
        return NGX_OK;
    }

    kept = ngx_array_push(list);
    if (kept == NULL) {
        return NGX_ERROR;
    }

    kept->len = text.len;
    kept->data = ngx_pnalloc(c->request->pool, text.len);
    if (kept->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(kept->data, text.data, text.len);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_check_one(ngx_rtalpha_cfg_check_t *c, ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_pair_asked_t *pair)
{
    ngx_int_t              rc;
    ngx_str_t              message, none;
    ngx_uint_t             n;
    ngx_rtalpha_out_t      out;
    ngx_rtalpha_json_t     j;
    ngx_rtalpha_props_t   *was, *is;

    rc = ngx_rtalpha_cfg_check_tree(pool, conf, pair, &c->ref, 1, &is,
                                    &message);
    if (rc != NGX_OK && rc != NGX_DECLINED) {
        return rc;
    }

    if (ngx_rtalpha_out_init(&out, pool, 1024, NGX_RTALPHA_CFG_CHECK_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "application");
    ngx_rtalpha_json_str(&j, &pair->application);
    ngx_rtalpha_json_key_lit(&j, "profiles");
    ngx_rtalpha_json_str(&j, &pair->profiles);

    if (rc == NGX_DECLINED) {
        ngx_rtalpha_json_key_lit(&j, "error");
        ngx_rtalpha_json_str(&j, &message);
        ngx_rtalpha_json_end(&j);
        return ngx_rtalpha_cfg_check_keep(c, &c->broken, &out);
    }

    rc = ngx_rtalpha_cfg_check_tree(pool, conf, pair,
                                    c->labelled ? &c->against : NULL, 0, &was,
                                    &none);
    if (rc != NGX_OK && rc != NGX_DECLINED) {
        return rc;
    }

    n = ngx_rtalpha_cfg_compare(&j, was, is, c->secret,
                                NGX_RTALPHA_CFG_CHECK_KEYS);
    ngx_rtalpha_json_end(&j);

    return n ? ngx_rtalpha_cfg_check_keep(c, &c->results, &out) : NGX_OK;
}


static void
ngx_rtalpha_cfg_check_repository(ngx_rtalpha_json_t *j,
    ngx_rtalpha_cfg_checked_t *checked)
{
    u_char                     hex[2][2 * NGX_RTALPHA_CFG_OID];
    ngx_str_t                  was, is;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_change_t  *change;

    ngx_rtalpha_cfg_refs_hex(&checked->was, hex[0], &was);
    ngx_rtalpha_cfg_refs_hex(&checked->is, hex[1], &is);
    change = checked->changes.elts;

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "uri");
    ngx_rtalpha_json_str(j, &checked->uri);
    ngx_rtalpha_json_key_lit(j, "was");
    ngx_rtalpha_json_str(j, &was);
    ngx_rtalpha_json_key_lit(j, "is");
    ngx_rtalpha_json_str(j, &is);
    ngx_rtalpha_json_key_lit(j, "files");
    ngx_rtalpha_json_array(j);

    for (i = 0; i < checked->changes.nelts; i++) {
        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "path");
        ngx_rtalpha_json_str(j, &change[i].path);
        ngx_rtalpha_json_key_lit(j, "change");

        switch (change[i].letter) {
        case 'A':
            ngx_rtalpha_json_lit(j, "added");
            break;
        case 'D':
            ngx_rtalpha_json_lit(j, "removed");
            break;
        default:
            ngx_rtalpha_json_lit(j, "changed");
        }

        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_cfg_check_fragments(ngx_rtalpha_json_t *j, const char *name,
    const ngx_array_t *list)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    s = list->elts;
    ngx_rtalpha_json_key(j, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_json_array(j);

    for (i = 0; i < list->nelts; i++) {
        ngx_rtalpha_json_raw(j, s[i].data, s[i].len);
    }

    ngx_rtalpha_json_end(j);
}


static ngx_int_t
ngx_rtalpha_cfg_check_answer(ngx_http_request_t *r,
    ngx_rtalpha_cfg_check_t *c)
{
    ngx_uint_t                  i;
    ngx_rtalpha_out_t           out;
    ngx_rtalpha_json_t          j;
    ngx_rtalpha_cfg_checked_t  *checked;

    if (ngx_rtalpha_out_init(&out, r->pool, 4096, NGX_RTALPHA_CFG_CHECK_SIZE)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    checked = c->repos.elts;

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "ref");
    ngx_rtalpha_json_str(&j, &c->ref);
    ngx_rtalpha_json_key_lit(&j, "ok");
    ngx_rtalpha_json_bool(&j, c->broken.nelts == 0);
    ngx_rtalpha_json_key_lit(&j, "checked");
    ngx_rtalpha_json_int(&j, c->asks.nelts);
    ngx_rtalpha_json_key_lit(&j, "limited");
    ngx_rtalpha_json_bool(&j, c->limited);
    ngx_rtalpha_json_key_lit(&j, "repositories");
    ngx_rtalpha_json_array(&j);

    for (i = 0; i < c->repos.nelts; i++) {
        ngx_rtalpha_cfg_check_repository(&j, &checked[i]);
    }

    ngx_rtalpha_json_end(&j);
    ngx_rtalpha_cfg_check_fragments(&j, "broken", &c->broken);
    ngx_rtalpha_cfg_check_fragments(&j, "applications", &c->results);
    ngx_rtalpha_json_end(&j);

    return ngx_rtalpha_cfg_page_answer(r, &out);
}


/* a step; NGX_DONE: that was the last */

static ngx_int_t
ngx_rtalpha_cfg_check_step(ngx_rtalpha_cfg_check_t *c, ngx_pool_t *pool,
    ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_int_t                         rc;
    const ngx_rtalpha_cfg_backend_t  *b;

    b = ngx_rtalpha_cfg_check_backend(conf, c->backend);

    if (b) {
        rc = ngx_rtalpha_cfg_check_repo(c, pool, conf, b);
        c->backend += (rc == NGX_OK);
        return rc;
    }

    if (c->repos.nelts == 0) {
        return NGX_DECLINED;
    }

    if (!c->gathered) {
        c->gathered = 1;
        return ngx_rtalpha_cfg_check_gather(c, pool);
    }

    if (c->next == c->asks.nelts) {
        return NGX_DONE;
    }

    rc = ngx_rtalpha_cfg_check_one(c, pool, conf,
             (ngx_rtalpha_cfg_pair_asked_t *) c->asks.elts + c->next);
    c->next += (rc == NGX_OK);

    return rc;
}


static void
ngx_rtalpha_cfg_check_later(ngx_event_t *ev)
{
    ngx_rtalpha_answer_wake_all();
}


static void
ngx_rtalpha_cfg_check_cleanup(void *data)
{
    ngx_rtalpha_cfg_check_t  *c;

    c = data;

    if (c->timer.timer_set) {
        ngx_del_timer(&c->timer);
    }
}


static ngx_int_t
ngx_rtalpha_cfg_check_go(ngx_http_request_t *r, void *data, ngx_uint_t last)
{
    ngx_int_t                 rc;
    ngx_uint_t                n;
    ngx_pool_t               *pool;
    ngx_rtalpha_cfg_conf_t   *conf;
    ngx_rtalpha_cfg_check_t  *c;

    c = data;
    conf = ngx_rtalpha_cfg_server_conf(c->server);

    if (last || conf->version != c->version) {
        return ngx_rtalpha_answer_problem(r, 503, "not-ready", "The check "
                                          "has not come to its end.");
    }

    rc = NGX_OK;

    for (n = 0; rc == NGX_OK && n < NGX_RTALPHA_CFG_CHECK_TURN; n++) {
        pool = ngx_create_pool(16384, ngx_cycle->log);
        if (pool == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        rc = ngx_rtalpha_cfg_check_step(c, pool, conf);
        ngx_destroy_pool(pool);
    }

    switch (rc) {

    case NGX_OK:
        if (!c->timer.timer_set) {
            ngx_add_timer(&c->timer, NGX_RTALPHA_CFG_CHECK_PAUSE);
        }

        return NGX_AGAIN;

    case NGX_AGAIN:
        return NGX_AGAIN;

    case NGX_DONE:
        return ngx_rtalpha_cfg_check_answer(r, c);

    case NGX_DECLINED:
        return ngx_rtalpha_answer_problem(r, 404, "no-such-label",
                                          "No repository has \"%V\".",
                                          &c->ref);
    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static ngx_int_t
ngx_rtalpha_cfg_check_init(ngx_http_request_t *r, ngx_rtalpha_cfg_check_t *c)
{
    ngx_pool_cleanup_t  *cln;

    static ngx_connection_t  dummy = { .fd = (ngx_socket_t) -1 };

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL
        || RAND_bytes(c->secret, sizeof(c->secret)) != 1
        || ngx_array_init(&c->repos, r->pool, 2,
                          sizeof(ngx_rtalpha_cfg_checked_t))
           != NGX_OK
        || ngx_array_init(&c->asks, r->pool, 64,
                          sizeof(ngx_rtalpha_cfg_pair_asked_t))
           != NGX_OK
        || ngx_array_init(&c->results, r->pool, 16, sizeof(ngx_str_t))
           != NGX_OK
        || ngx_array_init(&c->broken, r->pool, 4, sizeof(ngx_str_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = ngx_rtalpha_cfg_check_cleanup;
    cln->data = c;

    c->request = r;
    c->timer.handler = ngx_rtalpha_cfg_check_later;
    c->timer.data = &dummy;
    c->timer.log = ngx_cycle->log;
    c->timer.cancelable = 1;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_page_check(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_rtalpha_cfg_conf_t   *conf;
    ngx_rtalpha_cfg_check_t  *c;

    rc = ngx_rtalpha_cfg_page_get(r);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    c = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_cfg_check_t));

    if (c == NULL || ngx_rtalpha_cfg_check_init(r, c) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_rtalpha_cfg_path_param(r->pool, &r->args, "ref", &c->ref)
        != NGX_OK
        || c->ref.len == 0)
    {
        return ngx_rtalpha_answer_problem(r, 400, "no-ref", "The parameter "
                                          "\"ref\" names a branch, a tag or "
                                          "a commit.");
    }

    c->labelled = ngx_rtalpha_cfg_path_param(r->pool, &r->args, "against",
                                             &c->against)
                  == NGX_OK;
    c->server = ngx_rtalpha_cfg_page_server(r);
    conf = c->server ? ngx_rtalpha_cfg_server_conf(c->server) : NULL;

    if (conf == NULL) {
        return ngx_rtalpha_answer_problem(r, 404, "no-such-server",
                                          "There is no such config server, "
                                          "or it has no settings yet.");
    }

    c->version = conf->version;

    rc = ngx_rtalpha_cfg_check_go(r, c, 0);

    return rc == NGX_AGAIN
           ? ngx_rtalpha_answer_park(r, NGX_RTALPHA_CFG_CHECK_TIME,
                                     ngx_rtalpha_cfg_check_go, c)
           : rc;
}
