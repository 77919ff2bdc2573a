
/*
 * The list of what is held back.  It is made again from the questions that
 * are asked, so nothing is lost with it.
 */


#include "ngx_rtalpha_cfg_conf.h"
#include "ngx_rtalpha_cfg_heldback.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_CFG_HELDBACK_MAX  256


static uint16_t
ngx_rtalpha_cfg_heldback_copy(u_char *dst, size_t size, const ngx_str_t *text)
{
    size_t  len;

    len = ngx_min(size, text->len);
    ngx_memcpy(dst, text->data, len);

    return (uint16_t) len;
}


/* the zone locked */

static ngx_rtalpha_cfg_heldback_t *
ngx_rtalpha_cfg_heldback_find(const ngx_rtalpha_cfg_heldback_t *like)
{
    ngx_rtalpha_cfg_heldback_t  *h;

    for (h = ngx_rtalpha_cfg_root->heldback; h; h = h->next) {
        if (h->repo == like->repo
            && ngx_memcmp(h->bad.oid, like->bad.oid, NGX_RTALPHA_CFG_OID)
               == 0
            && h->application_len == like->application_len
            && ngx_memcmp(h->application, like->application,
                          h->application_len)
               == 0
            && h->label_len == like->label_len
            && ngx_memcmp(h->label, like->label, h->label_len) == 0)
        {
            return h;
        }
    }

    return NULL;
}


/* NGX_OK: it is new */

static ngx_int_t
ngx_rtalpha_cfg_heldback_put(const ngx_rtalpha_cfg_heldback_t *like)
{
    ngx_int_t                    rc;
    ngx_rtalpha_cfg_heldback_t  *h;

    rc = NGX_DECLINED;
    ngx_rtalpha_zone_lock();

    if (ngx_rtalpha_cfg_heldback_find(like) == NULL
        && ngx_rtalpha_cfg_root->nheldback < NGX_RTALPHA_CFG_HELDBACK_MAX)
    {
        h = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_cfg_heldback_t));

        if (h) {
            *h = *like;
            h->next = ngx_rtalpha_cfg_root->heldback;
            ngx_rtalpha_cfg_root->heldback = h;
            ngx_rtalpha_cfg_root->nheldback++;
            rc = NGX_OK;
        }
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


void
ngx_rtalpha_cfg_heldback_add(ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_commit_t *bad, const ngx_rtalpha_cfg_commit_t *good,
    const ngx_str_t *application, const ngx_str_t *label,
    const ngx_str_t *message)
{
    u_char                       hex[2][2 * NGX_RTALPHA_CFG_OID];
    ngx_str_t                    is, was, uri;
    ngx_pool_t                  *pool;
    ngx_rtalpha_cfg_heldback_t   h;

    ngx_memzero(&h, sizeof(ngx_rtalpha_cfg_heldback_t));
    h.repo = repo;
    h.bad = *bad;
    h.good = *good;
    h.since = ngx_time();
    h.application_len = ngx_rtalpha_cfg_heldback_copy(h.application,
                            sizeof(h.application), application);
    h.label_len = ngx_rtalpha_cfg_heldback_copy(h.label, sizeof(h.label),
                                                label);
    h.message_len = ngx_rtalpha_cfg_heldback_copy(h.message,
                                                  sizeof(h.message), message);

    if (ngx_rtalpha_cfg_heldback_put(&h) != NGX_OK) {
        return;
    }

    ngx_rtalpha_cfg_refs_hex(bad, hex[0], &is);
    ngx_rtalpha_cfg_refs_hex(good, hex[1], &was);

    pool = ngx_create_pool(2048, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    ngx_rtalpha_cfg_transport_shown(pool, repo, &uri);

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "rtalpha config: commit %V of \"%V\" is held back for "
                  "\"%*s\", which keeps %V: %V", &is, &uri,
                  (size_t) h.application_len, h.application, &was, message);

    ngx_destroy_pool(pool);
}


static ngx_uint_t
ngx_rtalpha_cfg_heldback_still(const ngx_rtalpha_cfg_heldback_t *h,
    const ngx_rtalpha_cfg_refs_t *refs, ngx_uint_t clone)
{
    ngx_str_t                  label;
    ngx_rtalpha_cfg_commit_t   commit;

    label.data = (u_char *) h->label;
    label.len = h->label_len;

    return ngx_rtalpha_cfg_refs_label(refs, &label, clone, &commit) == NGX_OK
           && ngx_memcmp(commit.oid, h->bad.oid, NGX_RTALPHA_CFG_OID) == 0;
}


void
ngx_rtalpha_cfg_heldback_moved(ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_str_t                     uri, path;
    ngx_uint_t                    version, clone;
    ngx_rtalpha_cfg_refs_t       *refs;
    ngx_rtalpha_cfg_heldback_t   *h, **p;

    uri.data = repo->uri;
    uri.len = repo->uri_len;
    clone = !ngx_rtalpha_cfg_conf_local(&uri, &path);

    if (repo->kind != NGX_RTALPHA_CFG_REPO_GIT
        || ngx_rtalpha_cfg_local_refs(repo, &refs, &version) != NGX_OK)
    {
        return;
    }

    ngx_rtalpha_zone_lock();

    for (p = &ngx_rtalpha_cfg_root->heldback; *p; /* void */ ) {
        h = *p;

        if (h->repo == repo
            && !ngx_rtalpha_cfg_heldback_still(h, refs, clone))
        {
            *p = h->next;
            ngx_rtalpha_cfg_root->nheldback--;
            ngx_rtalpha_zone_free(h);
            continue;
        }

        p = &h->next;
    }

    ngx_rtalpha_zone_unlock();
}


ngx_uint_t
ngx_rtalpha_cfg_heldback_count(void)
{
    return ngx_rtalpha_cfg_root->nheldback;
}


static void
ngx_rtalpha_cfg_heldback_commit(ngx_rtalpha_json_t *j, const char *key,
    const ngx_rtalpha_cfg_commit_t *commit)
{
    u_char     hex[2 * NGX_RTALPHA_CFG_OID];
    ngx_str_t  text;

    ngx_rtalpha_cfg_refs_hex(commit, hex, &text);
    ngx_rtalpha_json_key(j, (u_char *) key, ngx_strlen(key));
    ngx_rtalpha_json_str(j, &text);
}


static void
ngx_rtalpha_cfg_heldback_one(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_cfg_heldback_t *h)
{
    ngx_str_t  uri;

    ngx_rtalpha_cfg_transport_shown(j->out->pool, h->repo, &uri);

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "uri");
    ngx_rtalpha_json_str(j, &uri);
    ngx_rtalpha_json_key_lit(j, "application");
    ngx_rtalpha_json_text(j, h->application, h->application_len);
    ngx_rtalpha_json_key_lit(j, "label");
    ngx_rtalpha_json_text(j, h->label, h->label_len);
    ngx_rtalpha_cfg_heldback_commit(j, "commit", &h->bad);
    ngx_rtalpha_cfg_heldback_commit(j, "served", &h->good);
    ngx_rtalpha_json_key_lit(j, "since");
    ngx_rtalpha_json_int(j, h->since);
    ngx_rtalpha_json_key_lit(j, "error");
    ngx_rtalpha_json_text(j, h->message, h->message_len);
    ngx_rtalpha_json_end(j);
}


void
ngx_rtalpha_cfg_heldback_list(ngx_rtalpha_json_t *j)
{
    ngx_uint_t                   i, n, max;
    ngx_rtalpha_cfg_heldback_t  *h, *copy;

    /* copied, since nothing may fail with the zone locked */

    n = 0;
    max = ngx_rtalpha_cfg_root->nheldback;
    copy = max ? ngx_palloc(j->out->pool, max * sizeof(*copy)) : NULL;

    if (copy) {
        ngx_rtalpha_zone_lock();

        for (h = ngx_rtalpha_cfg_root->heldback;
             h && n < max;
             h = h->next)
        {
            copy[n++] = *h;
        }

        ngx_rtalpha_zone_unlock();
    }

    ngx_rtalpha_json_array(j);

    for (i = 0; i < n; i++) {
        ngx_rtalpha_cfg_heldback_one(j, &copy[i]);
    }

    ngx_rtalpha_json_end(j);
}
