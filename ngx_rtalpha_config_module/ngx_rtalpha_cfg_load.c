
/*
 * Loading.  A list of what is on its way, or has failed a moment ago, keeps
 * the requests that wait for one thing from starting it again with every
 * ring of the doorbell.
 */


#include "ngx_rtalpha_cfg_load_inner.h"
#include "ngx_rtalpha_cfg_docs.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_origin.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_cfg_gittree.h"


#define NGX_RTALPHA_CFG_LOAD_PENDING  256
#define NGX_RTALPHA_CFG_LOAD_SULK     2000      /* ms after a failure */
#define NGX_RTALPHA_CFG_LOAD_WHY      200


typedef struct {
    ngx_queue_t      queue;
    ngx_uint_t       type;
    size_t           len;
    u_char           key[NGX_RTALPHA_CFG_LOAD_KEY];
    u_char           why[NGX_RTALPHA_CFG_LOAD_WHY];
    size_t           why_len;
    ngx_msec_t       until;                 /* failed: forget it then */
    unsigned         failed:1;
} ngx_rtalpha_cfg_pending_t;


static ngx_queue_t  ngx_rtalpha_cfg_pending;
static ngx_uint_t   ngx_rtalpha_cfg_npending;


void
ngx_rtalpha_cfg_load_init(void)
{
    ngx_queue_init(&ngx_rtalpha_cfg_pending);
    ngx_rtalpha_cfg_npending = 0;
}


void
ngx_rtalpha_cfg_load_listing_key(const u_char *oid, u_char *buf,
    ngx_str_t *key)
{
    key->data = buf;
    key->len = NGX_RTALPHA_CFG_OID;
    ngx_memcpy(buf, oid, NGX_RTALPHA_CFG_OID);
}


void
ngx_rtalpha_cfg_load_object_key(ngx_uint_t kind, const u_char *oid,
    u_char *buf, ngx_str_t *key)
{
    key->data = buf;
    key->len = NGX_RTALPHA_CFG_OID + 1;
    buf[0] = (u_char) kind;
    ngx_memcpy(buf + 1, oid, NGX_RTALPHA_CFG_OID);
}


void
ngx_rtalpha_cfg_load_revision_key(const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_str_t *digits, u_char *buf, ngx_str_t *key)
{
    key->data = buf;
    key->len = NGX_RTALPHA_CFG_ID + digits->len;
    ngx_memcpy(ngx_cpymem(buf, repo->id, NGX_RTALPHA_CFG_ID), digits->data,
               digits->len);
}


static void
ngx_rtalpha_cfg_load_forget(ngx_rtalpha_cfg_pending_t *p)
{
    ngx_queue_remove(&p->queue);
    ngx_rtalpha_cfg_npending--;
    ngx_free(p);
}


static ngx_rtalpha_cfg_pending_t *
ngx_rtalpha_cfg_load_find(ngx_uint_t type, const ngx_str_t *key)
{
    ngx_queue_t                *q, *next;
    ngx_rtalpha_cfg_pending_t  *p, *found;

    found = NULL;

    for (q = ngx_queue_head(&ngx_rtalpha_cfg_pending);
         q != ngx_queue_sentinel(&ngx_rtalpha_cfg_pending);
         q = next)
    {
        next = ngx_queue_next(q);
        p = ngx_queue_data(q, ngx_rtalpha_cfg_pending_t, queue);

        if (p->failed && (ngx_msec_int_t) (ngx_current_msec - p->until) > 0) {
            ngx_rtalpha_cfg_load_forget(p);
            continue;
        }

        if (p->type == type && p->len == key->len
            && ngx_memcmp(p->key, key->data, key->len) == 0)
        {
            found = p;
        }
    }

    return found;
}


/*
 * NGX_OK: nobody loads it, and now the caller does; NGX_AGAIN, NGX_DECLINED,
 * NGX_ERROR as in the header.
 */

ngx_int_t
ngx_rtalpha_cfg_load_claim(ngx_uint_t type, const ngx_str_t *key,
    ngx_str_t *why)
{
    ngx_rtalpha_cfg_pending_t  *p;

    p = ngx_rtalpha_cfg_load_find(type, key);

    if (p) {
        if (!p->failed) {
            return NGX_AGAIN;
        }

        why->data = p->why;
        why->len = p->why_len;
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_cfg_npending >= NGX_RTALPHA_CFG_LOAD_PENDING * 16
        || key->len > NGX_RTALPHA_CFG_LOAD_KEY)
    {
        return NGX_ERROR;
    }

    p = ngx_calloc(sizeof(ngx_rtalpha_cfg_pending_t), ngx_cycle->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    p->type = type;
    p->len = key->len;
    ngx_memcpy(p->key, key->data, key->len);
    ngx_queue_insert_tail(&ngx_rtalpha_cfg_pending, &p->queue);
    ngx_rtalpha_cfg_npending++;

    return NGX_OK;
}


void
ngx_rtalpha_cfg_load_end(ngx_uint_t type, const ngx_str_t *key,
    const ngx_str_t *why)
{
    ngx_rtalpha_cfg_pending_t  *p;

    p = ngx_rtalpha_cfg_load_find(type, key);

    if (p == NULL) {
        return;
    }

    if (why == NULL) {
        ngx_rtalpha_cfg_load_forget(p);
        return;
    }

    p->failed = 1;
    p->until = ngx_current_msec + NGX_RTALPHA_CFG_LOAD_SULK;
    p->why_len = ngx_min(why->len, NGX_RTALPHA_CFG_LOAD_WHY);
    ngx_memcpy(p->why, why->data, p->why_len);
}


void
ngx_rtalpha_cfg_load_put(ngx_uint_t type, const ngx_str_t *key,
    const void *meta, size_t meta_len, ngx_rtalpha_cfg_loaded_t *loaded)
{
    if (!loaded->there) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha config: cannot load: %V", &loaded->error);
        ngx_rtalpha_cfg_load_end(type, key, &loaded->error);
        return;
    }

    if (ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->cache, type, key,
                                  meta, meta_len,
                                  loaded->bytes.data ? &loaded->bytes : NULL)
        == NGX_OK)
    {
        ngx_rtalpha_cfg_load_end(type, key, NULL);
        return;
    }

    ngx_str_set(&loaded->error, "there is no room in rtalpha_zone");
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "rtalpha config: %V",
                  &loaded->error);
    ngx_rtalpha_cfg_load_end(type, key, &loaded->error);
}


ngx_rtalpha_job_t *
ngx_rtalpha_cfg_load_job(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t type)
{
    ngx_rtalpha_job_t       *job;
    ngx_rtalpha_cfg_load_t  *load;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_cfg_load_t));
    if (job == NULL) {
        return NULL;
    }

    load = job->data;
    load->type = type;
    load->kind = repo->kind;
    load->version = repo->version;
    load->max_files = conf->max_files;
    load->max_file = conf->max_file;
    load->limits = ngx_rtalpha_load_defaults;
    load->limits.size = conf->max_file;
    load->limits.nodes = conf->max_nodes;
    load->limits.depth = conf->max_depth;
    load->limits.index = conf->max_index;

    return job;
}


const ngx_rtalpha_cfg_backend_t *
ngx_rtalpha_cfg_load_backend(ngx_rtalpha_cfg_conf_t *conf,
    const ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_rtalpha_cfg_conf_t  *confs[2], *found;

    confs[0] = conf;
    confs[1] = NULL;

    return ngx_rtalpha_cfg_origin_backend(confs, repo, &found);
}


ngx_int_t
ngx_rtalpha_cfg_load_post(ngx_rtalpha_job_t *job, ngx_uint_t type,
    const ngx_str_t *key)
{
    static ngx_str_t  busy = ngx_string("too much is being loaded");

    if (job && ngx_rtalpha_background_post(job) == NGX_OK) {
        return NGX_AGAIN;
    }

    ngx_rtalpha_cfg_load_end(type, key, &busy);

    if (job) {
        ngx_rtalpha_background_discard(job);
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_cfg_load_key_copy(ngx_rtalpha_job_t *job, const ngx_str_t *key)
{
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;
    load->key.len = key->len;
    load->key.data = ngx_pnalloc(job->pool, key->len);
    if (load->key.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(load->key.data, key->data, key->len);

    return NGX_OK;
}


void
ngx_rtalpha_cfg_load_tree(ngx_rtalpha_job_t *job, const ngx_str_t *bytes,
    ngx_uint_t oid_len, ngx_rtalpha_cfg_loaded_t *loaded)
{
    ngx_rtalpha_cfg_load_t  *load;
    ngx_rtalpha_cfg_gittree_t   tree;

    load = job->data;

    if (ngx_rtalpha_cfg_gittree_open(&tree, job->pool, bytes, oid_len,
                                  load->max_files)
        != NGX_OK)
    {
        ngx_str_set(&loaded->error, "a directory has too many files");
        return;
    }

    loaded->bytes = *bytes;
    loaded->there = 1;
}


/* "OID tree SIZE\nBYTES\n" of a commit's root */

static void
ngx_rtalpha_cfg_load_listing_run(ngx_rtalpha_job_t *job)
{
    u_char                  *p, *last, *size;
    ngx_int_t                n;
    ngx_str_t                bytes;
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;

    if (job->child->status != 0 || job->child->overflow) {
        ngx_rtalpha_cfg_git_error(job->pool, job->child, &load->result.error);
        return;
    }

    p = job->child->output.data;
    last = p + job->child->output.len;
    size = ngx_strlchr(p, last, '\n');
    ngx_str_set(&load->result.error, "the commit is missing");

    if (size == NULL || size - p < 46
        || ngx_rtalpha_cfg_oid_parse(p, 2 * load->oid_len, load->commit.oid)
           != NGX_OK
        || ngx_strncmp(p + 2 * load->oid_len, " tree ", 6) != 0)
    {
        return;
    }

    p += 2 * load->oid_len + 6;
    n = ngx_atoi(p, size - p);
    p = size + 1;

    if (n == NGX_ERROR || last - p < n) {
        return;
    }

    bytes.data = p;
    bytes.len = n;
    ngx_rtalpha_cfg_load_tree(job, &bytes, load->oid_len, &load->result);
}


/* the root is known, and so is what is in it */

static void
ngx_rtalpha_cfg_load_listing_done(ngx_rtalpha_job_t *job)
{
    u_char                       buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_str_t                    key;
    ngx_rtalpha_cfg_load_t      *load;
    ngx_rtalpha_cfg_revision_t   root;

    load = job->data;

    if (load->result.there) {
        ngx_rtalpha_cfg_load_object_key(NGX_RTALPHA_CFG_LOAD_TREE,
                                        load->commit.oid, buf, &key);
        (void) ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->cache,
                                         NGX_RTALPHA_CFG_CACHE_TREE, &key,
                                         NULL, 0, &load->result.bytes);
        ngx_str_null(&load->result.bytes);
    }

    ngx_memzero(&root, sizeof(root));
    root.commit = load->commit;

    ngx_rtalpha_cfg_load_put(load->type, &load->key, &root, sizeof(root),
                             &load->result);
    ngx_rtalpha_notify_ring();
}


void
ngx_rtalpha_cfg_load_single_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_load_t      *load;
    ngx_rtalpha_cfg_revision_t   revision;

    load = job->data;
    ngx_memzero(&revision, sizeof(revision));
    revision.commit = load->commit;
    revision.version = load->version;

    ngx_rtalpha_cfg_load_put(load->type, &load->key, &revision,
                             sizeof(revision), &load->result);
    ngx_rtalpha_notify_ring();
}


ngx_int_t
ngx_rtalpha_cfg_load_listing(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_commit_t *commit,
    ngx_str_t *why)
{
    char                    *args[3];
    u_char                   buf[NGX_RTALPHA_CFG_LOAD_KEY];
    u_char                   digits[2 * NGX_RTALPHA_CFG_OID];
    ngx_int_t                rc;
    ngx_str_t                key, hex;
    ngx_rtalpha_job_t       *job;
    ngx_rtalpha_cfg_load_t  *load;

    ngx_rtalpha_cfg_load_listing_key(commit->oid, buf, &key);
    rc = ngx_rtalpha_cfg_load_claim(NGX_RTALPHA_CFG_CACHE_LISTING, &key, why);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_rtalpha_cfg_refs_hex(commit, digits, &hex);

    job = ngx_rtalpha_cfg_load_job(conf, repo, NGX_RTALPHA_CFG_CACHE_LISTING);

    if (job) {
        load = job->data;
        load->commit = *commit;
        load->oid_len = commit->oid_len;
        args[0] = "cat-file";
        args[1] = "--batch";
        args[2] = NULL;

        if (ngx_rtalpha_cfg_load_key_copy(job, &key) != NGX_OK
            || ngx_rtalpha_cfg_git_read(job, repo,
                   ngx_rtalpha_cfg_load_backend(conf, repo), args)
               != NGX_OK
            || (job->child->input.data = (u_char *)
                    ngx_rtalpha_cfg_git_printf(job->pool, "%V^{tree}\n",
                                               &hex))
               == NULL)
        {
            ngx_rtalpha_background_discard(job);
            job = NULL;

        } else {
            job->child->input.len = ngx_strlen(job->child->input.data);
            job->run = ngx_rtalpha_cfg_load_listing_run;
            job->done = ngx_rtalpha_cfg_load_listing_done;
        }
    }

    return ngx_rtalpha_cfg_load_post(job, NGX_RTALPHA_CFG_CACHE_LISTING, &key);
}


/* "OID commit SIZE\n" and the commit, or "TEXT missing\n" */

static void
ngx_rtalpha_cfg_load_revision_run(ngx_rtalpha_job_t *job)
{
    u_char                  *p, *last, *line;
    ngx_str_t                out;
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;

    if (job->child->status != 0) {
        ngx_rtalpha_cfg_git_error(job->pool, job->child, &load->result.error);
        return;
    }

    load->result.there = 1;
    out = job->child->output;
    last = out.data + out.len;
    p = ngx_strlchr(out.data, last, ' ');

    if (p == NULL || last - p < 8 || ngx_strncmp(p, " commit ", 8) != 0
        || ngx_rtalpha_cfg_oid_parse(out.data, p - out.data,
                                     load->commit.oid)
           != NGX_OK)
    {
        return;
    }

    load->commit.oid_len = (p - out.data) / 2;

    /* the committer's line ends in seconds and a time zone */

    for (line = p; line < last; line++) {

        if (*line != '\n' || last - line < 11
            || ngx_strncmp(line, "\ncommitter ", 11) != 0)
        {
            continue;
        }

        p = ngx_strlchr(line + 1, last, '>');

        if (p && p + 2 < last) {
            for (p += 2; p < last && *p >= '0' && *p <= '9'; p++) {
                load->commit.time = load->commit.time * 10 + (*p - '0');
            }
        }

        break;
    }
}


ngx_int_t
ngx_rtalpha_cfg_load_revision(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_str_t *digits, ngx_str_t *why)
{
    u_char              buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_int_t           rc;
    ngx_str_t           key;
    ngx_rtalpha_job_t  *job;

    ngx_rtalpha_cfg_load_revision_key(repo, digits, buf, &key);
    rc = ngx_rtalpha_cfg_load_claim(NGX_RTALPHA_CFG_CACHE_REVISION, &key,
                                    why);
    if (rc != NGX_OK) {
        return rc;
    }

    job = ngx_rtalpha_cfg_load_job(conf, repo, NGX_RTALPHA_CFG_CACHE_REVISION);

    if (job) {
        if (ngx_rtalpha_cfg_load_key_copy(job, &key) != NGX_OK
            || ngx_rtalpha_cfg_git_commit(job, repo,
                   ngx_rtalpha_cfg_load_backend(conf, repo), digits)
               != NGX_OK)
        {
            ngx_rtalpha_background_discard(job);
            job = NULL;

        } else {
            job->run = ngx_rtalpha_cfg_load_revision_run;
            job->done = ngx_rtalpha_cfg_load_single_done;
        }
    }

    return ngx_rtalpha_cfg_load_post(job, NGX_RTALPHA_CFG_CACHE_REVISION,
                                     &key);
}
