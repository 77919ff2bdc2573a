
/*
 * POST /monitor: a look at every origin, and the names that the original
 * guesses.
 *
 * The endpoint is there only where it knows whom to trust: with a secret, by
 * an access rule, or where rtalpha.config.monitor.unauthenticated says so.
 * With a secret, an event of a provider is taken once.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_zone.h"
#include "ngx_rtalpha_cfg_access.h"
#include "ngx_rtalpha_cfg_endpoints.h"
#include "ngx_rtalpha_cfg_errors.h"
#include "ngx_rtalpha_cfg_fetch.h"
#include "ngx_rtalpha_cfg_hooksign.h"
#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_cfg_monitor.h"
#include "ngx_rtalpha_cfg_profile.h"


#define NGX_RTALPHA_CFG_WEBHOOK_BODY  (4 * 1024 * 1024)


static void
ngx_rtalpha_cfg_webhook_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    const ngx_str_t  *h;

    h = ngx_rtalpha_answer_request_header(r, name, ngx_strlen(name));

    if (h) {
        *value = *h;
    }
}


static void
ngx_rtalpha_cfg_webhook_headers(ngx_http_request_t *r,
    ngx_rtalpha_cfg_hook_t *hook)
{
    ngx_memzero(hook, sizeof(ngx_rtalpha_cfg_hook_t));

    ngx_rtalpha_cfg_webhook_header(r, "x-github-event", &hook->github);
    ngx_rtalpha_cfg_webhook_header(r, "x-gitlab-event", &hook->gitlab);
    ngx_rtalpha_cfg_webhook_header(r, "x-git-oschina-event", &hook->gitee);
    ngx_rtalpha_cfg_webhook_header(r, "x-gogs-event", &hook->gogs);
    ngx_rtalpha_cfg_webhook_header(r, "x-gitea-event", &hook->gitea);
    ngx_rtalpha_cfg_webhook_header(r, "x-event-key", &hook->bitbucket);
    ngx_rtalpha_cfg_webhook_header(r, "x-hook-uuid", &hook->hook);
    ngx_rtalpha_cfg_webhook_header(r, "x-request-id", &hook->request);
}


/* every value of "path" in a form; NGX_DECLINED: there is none */

static ngx_int_t
ngx_rtalpha_cfg_webhook_form(ngx_pool_t *pool, const ngx_str_t *body,
    ngx_array_t *paths)
{
    u_char       *p, *last, *end;
    ngx_str_t     one, value;
    ngx_uint_t    i, found;
    ngx_array_t  *list;

    last = body->data + body->len;
    found = 0;

    for (p = body->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '&');
        end = end ? end : last;
        one.data = p;
        one.len = end - p;

        if (ngx_rtalpha_cfg_path_param(pool, &one, "path", &value) != NGX_OK)
        {
            continue;
        }

        found = 1;
        list = ngx_rtalpha_cfg_profile_list(pool, &value, 0, 0);
        if (list == NULL) {
            return NGX_ERROR;
        }

        for (i = 0; i < list->nelts; i++) {
            if (ngx_rtalpha_cfg_profile_push(paths,
                                             (ngx_str_t *) list->elts + i)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return found ? NGX_OK : NGX_DECLINED;
}


static ngx_uint_t
ngx_rtalpha_cfg_webhook_type(const ngx_str_t *type, const char *name)
{
    size_t  len;

    len = ngx_strlen(name);

    return type->len >= len
           && ngx_strncasecmp(type->data, (u_char *) name, len) == 0;
}


/* application/json and application/x+json */

static ngx_uint_t
ngx_rtalpha_cfg_webhook_json(const ngx_str_t *type)
{
    u_char  *semi;
    size_t   len;

    semi = ngx_strlchr(type->data, type->data + type->len, ';');
    len = semi ? (size_t) (semi - type->data) : type->len;

    while (len && type->data[len - 1] == ' ') {
        len--;
    }

    return ngx_rtalpha_cfg_webhook_type(type, "application/")
           && ((len == sizeof("application/json") - 1
                && ngx_rtalpha_cfg_webhook_type(type, "application/json"))
               || (len > 5
                   && ngx_strncasecmp(type->data + len - 5,
                                      (u_char *) "+json", 5)
                      == 0));
}


static ngx_int_t
ngx_rtalpha_cfg_webhook_answer(ngx_http_request_t *r, ngx_array_t *paths)
{
    ngx_str_t           *path, *name, *type, body;
    ngx_uint_t           i;
    ngx_array_t          names;
    ngx_rtalpha_out_t    out;
    ngx_rtalpha_json_t   j;

    type = ngx_rtalpha_cfg_endpoint_json(r);

    if (type == NULL) {
        return ngx_rtalpha_cfg_error(r, 406, "not-acceptable", NULL);
    }

    if (ngx_array_init(&names, r->pool, 8, sizeof(ngx_str_t)) != NGX_OK
        || ngx_rtalpha_out_init(&out, r->pool, 512, 1024 * 1024) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    path = paths->elts;

    for (i = 0; i < paths->nelts; i++) {
        if (ngx_rtalpha_cfg_monitor_names(r->pool, &path[i], &names)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_array(&j);
    name = names.elts;

    for (i = 0; i < names.nelts; i++) {
        ngx_rtalpha_json_str(&j, &name[i]);
    }

    ngx_rtalpha_json_end(&j);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_cfg_fetch_all();

    return ngx_rtalpha_answer_bytes(r, 200, type, &body);
}


/*
 * Has this body of a provider's event been taken before.  What is not of a
 * provider may say the same twice: "path=*" by hand.
 */

static ngx_uint_t
ngx_rtalpha_cfg_webhook_replayed(const ngx_rtalpha_cfg_hook_t *hook,
    u_char *digest)
{
    ngx_str_t   key;
    ngx_uint_t  known;

    if (hook->github.data == NULL && hook->gitlab.data == NULL
        && hook->gitee.data == NULL && hook->gogs.data == NULL
        && hook->gitea.data == NULL && hook->bitbucket.data == NULL)
    {
        return 0;
    }

    key.data = digest;
    key.len = NGX_RTALPHA_CFG_HOOKSIGN;

    ngx_rtalpha_zone_lock();
    known = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->cache,
                                       NGX_RTALPHA_CFG_CACHE_HOOK, &key)
            != NULL;
    ngx_rtalpha_zone_unlock();

    if (!known) {
        (void) ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->cache,
                                         NGX_RTALPHA_CFG_CACHE_HOOK, &key,
                                         NULL, 0, NULL);
    }

    return known;
}


/* 0, or the status to refuse with */

static ngx_uint_t
ngx_rtalpha_cfg_webhook_refused(ngx_http_request_t *r, const ngx_str_t *body,
    const ngx_rtalpha_cfg_hook_t *hook)
{
    u_char                          digest[NGX_RTALPHA_CFG_HOOKSIGN];
    ngx_uint_t                      provider;
    const ngx_str_t                *secret;
    const ngx_rtalpha_cfg_conf_t   *conf;
    ngx_rtalpha_cfg_proof_t         proof;

    conf = ngx_rtalpha_cfg_server_conf(ngx_rtalpha_cfg_server_of(r));

    if (conf == NULL) {
        return 503;
    }

    if (ngx_rtalpha_cfg_access_monitor(r, conf)) {
        return 0;
    }

    if (!ngx_rtalpha_cfg_conf_secret(conf)) {
        return conf->monitor_open ? 0
               : ngx_rtalpha_cfg_access_monitored(conf) ? 401 : 404;
    }

    provider = ngx_rtalpha_cfg_monitor_provider(hook);
    secret = (provider < NGX_RTALPHA_CFG_HOOKS
              && conf->hook_secret[provider].len)
             ? &conf->hook_secret[provider] : &conf->monitor_secret;

    ngx_memzero(&proof, sizeof(ngx_rtalpha_cfg_proof_t));
    ngx_rtalpha_cfg_webhook_header(r, "x-hub-signature-256", &proof.hub256);
    ngx_rtalpha_cfg_webhook_header(r, "x-hub-signature", &proof.hub);
    ngx_rtalpha_cfg_webhook_header(r, "x-gitea-signature", &proof.gitea);
    ngx_rtalpha_cfg_webhook_header(r, "x-gogs-signature", &proof.gogs);
    ngx_rtalpha_cfg_webhook_header(r, "x-gitlab-token", &proof.gitlab);
    ngx_rtalpha_cfg_webhook_header(r, "x-gitee-token", &proof.gitee);
    ngx_rtalpha_cfg_webhook_header(r, "x-gitee-timestamp", &proof.gitee_time);
    ngx_rtalpha_cfg_webhook_header(r, "webhook-signature", &proof.standard);
    ngx_rtalpha_cfg_webhook_header(r, "webhook-id", &proof.standard_id);
    ngx_rtalpha_cfg_webhook_header(r, "webhook-timestamp",
                                   &proof.standard_time);

    if (ngx_rtalpha_cfg_hooksign_check(secret, &proof, body, ngx_time(),
                                       digest)
        != NGX_OK)
    {
        return 401;
    }

    return ngx_rtalpha_cfg_webhook_replayed(hook, digest) ? 409 : 0;
}


/* spring.cloud.config.server.monitor.PROVIDER.enabled: false */

static void
ngx_rtalpha_cfg_webhook_disabled(ngx_http_request_t *r,
    ngx_rtalpha_cfg_hook_t *hook)
{
    ngx_uint_t               i;
    ngx_rtalpha_cfg_conf_t  *conf;

    conf = ngx_rtalpha_cfg_server_conf(ngx_rtalpha_cfg_server_of(r));

    for (i = 0; i < NGX_RTALPHA_CFG_HOOKS; i++) {
        if (!conf->hook_enabled[i]) {
            ngx_rtalpha_cfg_monitor_disable(hook, i);
        }
    }
}


static ngx_int_t
ngx_rtalpha_cfg_webhook_body(ngx_http_request_t *r, ngx_str_t *body,
    void *data)
{
    ngx_int_t                rc;
    ngx_uint_t               status;
    ngx_str_t                type;
    ngx_array_t              paths;
    ngx_rtalpha_cfg_hook_t   hook;

    ngx_rtalpha_cfg_webhook_headers(r, &hook);
    status = ngx_rtalpha_cfg_webhook_refused(r, body, &hook);

    if (status) {
        return ngx_rtalpha_cfg_error(r, status,
                                     status == 409 ? "replayed"
                                                   : "not-trusted", NULL);
    }

    ngx_rtalpha_cfg_webhook_disabled(r, &hook);
    ngx_str_null(&type);

    if (r->headers_in.content_type) {
        type = r->headers_in.content_type->value;
    }

    if (ngx_array_init(&paths, r->pool, 8, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_rtalpha_cfg_webhook_json(&type)) {
        rc = ngx_rtalpha_cfg_monitor_paths(r->pool, &hook, body, &paths);

    } else if (ngx_rtalpha_cfg_webhook_type(&type,
                   "application/x-www-form-urlencoded"))
    {
        rc = ngx_rtalpha_cfg_webhook_form(r->pool, body, &paths);

    } else {
        return ngx_rtalpha_cfg_error(r, 415, "content-type", NULL);
    }

    switch (rc) {
    case NGX_OK:
        return ngx_rtalpha_cfg_webhook_answer(r, &paths);
    case NGX_DECLINED:
        return ngx_rtalpha_cfg_error(r, 400, "invalid-body", NULL);
    case NGX_ABORT:
        return ngx_rtalpha_cfg_error(r, 500, "unexpected-body", NULL);
    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


ngx_int_t
ngx_rtalpha_cfg_endpoint_monitor(ngx_http_request_t *r)
{
    return ngx_rtalpha_answer_body(r, NGX_RTALPHA_CFG_WEBHOOK_BODY,
                                   ngx_rtalpha_cfg_webhook_body, NULL);
}
