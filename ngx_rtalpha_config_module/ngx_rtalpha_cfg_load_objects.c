
/*
 * Loading objects: files as documents or as they are, and directories.  All
 * that is missing for an answer is read by one child.
 */


#include "ngx_rtalpha_cfg_load_inner.h"
#include "ngx_rtalpha_cfg_docs.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_squeeze.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_notify.h"


/* one object's bytes: parsed, or kept */

static void
ngx_rtalpha_cfg_load_object(ngx_rtalpha_job_t *job, ngx_uint_t i,
    const ngx_str_t *bytes)
{
    ngx_rtalpha_cfg_load_t     *load;
    ngx_rtalpha_cfg_loaded_t   *loaded;
    ngx_rtalpha_cfg_wanted_t   *wanted;
    ngx_rtalpha_load_limits_t   limits;

    load = job->data;
    loaded = &load->loaded[i];
    wanted = load->wanted.elts;
    wanted += i;

    if (wanted->kind == NGX_RTALPHA_CFG_LOAD_TREE) {
        ngx_rtalpha_cfg_load_tree(job, bytes, wanted->oid_len, loaded);
        return;
    }

    if (wanted->kind == NGX_RTALPHA_CFG_FILE_NONE) {
        loaded->bytes = *bytes;
        loaded->there = 1;
        return;
    }

    limits = load->limits;

    if (ngx_rtalpha_cfg_docs_pack(job->pool, wanted->kind, bytes, &limits,
                                  &loaded->bytes)
        == NGX_OK
        && ngx_rtalpha_cfg_squeeze(job->pool, &loaded->bytes) == NGX_OK)
    {
        loaded->there = 1;
        return;
    }

    ngx_str_set(&loaded->error, "no memory to parse a file");
}


/* a file that is not even read */

static void
ngx_rtalpha_cfg_load_large(ngx_rtalpha_job_t *job, ngx_uint_t i)
{
    ngx_rtalpha_cfg_load_t    *load;
    ngx_rtalpha_cfg_loaded_t  *loaded;
    ngx_rtalpha_cfg_wanted_t  *wanted;

    static ngx_str_t  why = ngx_string("the file is too large "
                                       "(rtalpha.config.limits.file-size)");

    load = job->data;
    loaded = &load->loaded[i];
    wanted = load->wanted.elts;
    wanted += i;

    loaded->large = 1;
    loaded->error = why;

    /* that it cannot be used is remembered like what can */

    if (wanted->kind != NGX_RTALPHA_CFG_FILE_NONE
        && wanted->kind != NGX_RTALPHA_CFG_LOAD_TREE
        && ngx_rtalpha_cfg_docs_refuse(job->pool, wanted->kind, &why,
                                       &loaded->bytes)
           == NGX_OK)
    {
        loaded->there = 1;
    }
}


/* which of those wanted has this id and no result yet; *i: where to begin */

static ngx_int_t
ngx_rtalpha_cfg_load_which(ngx_rtalpha_cfg_load_t *load, const u_char *p,
    const u_char *last, ngx_uint_t *i)
{
    u_char                     oid[NGX_RTALPHA_CFG_OID];
    ngx_uint_t                 n;
    ngx_rtalpha_cfg_loaded_t  *loaded;
    ngx_rtalpha_cfg_wanted_t  *wanted;

    if (ngx_rtalpha_cfg_oid_parse(p, last - p, oid) != NGX_OK) {
        return NGX_DECLINED;
    }

    wanted = load->wanted.elts;

    for (n = 0; n < load->wanted.nelts; n++, (*i)++) {
        *i %= load->wanted.nelts;
        loaded = &load->loaded[*i];

        if (!loaded->there && !loaded->later && !loaded->large
            && ngx_memcmp(wanted[*i].oid, oid, NGX_RTALPHA_CFG_OID) == 0)
        {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* "OID type SIZE\n", and with a type of git's the bytes and "\n" */

static u_char *
ngx_rtalpha_cfg_load_line(ngx_rtalpha_job_t *job, u_char *p, u_char *last,
    ngx_uint_t *i)
{
    u_char                  *end, *type, *size;
    ngx_int_t                n;
    ngx_str_t                bytes;
    ngx_uint_t               known;
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;
    end = ngx_strlchr(p, last, '\n');
    type = end ? ngx_strlchr(p, end, ' ') : NULL;

    if (type == NULL) {
        return NULL;
    }

    known = ngx_rtalpha_cfg_load_which(load, p, type, i) == NGX_OK;
    type++;
    size = ngx_strlchr(type, end, ' ');

    if (size == NULL) {                     /* missing */
        return end + 1;
    }

    if (ngx_strncmp(type, "large ", 6) == 0) {
        if (known) {
            ngx_rtalpha_cfg_load_large(job, *i);
        }

        return end + 1;
    }

    if (ngx_strncmp(type, "later ", 6) == 0) {
        if (known) {
            load->loaded[*i].later = 1;
        }

        return end + 1;
    }

    n = ngx_atoi(size + 1, end - size - 1);

    if (n == NGX_ERROR || last - end < n + 2) {
        return NULL;
    }

    if (known) {
        bytes.data = end + 1;
        bytes.len = n;
        ngx_rtalpha_cfg_load_object(job, *i, &bytes);
    }

    return end + n + 2;
}


static void
ngx_rtalpha_cfg_load_git_run(ngx_rtalpha_job_t *job)
{
    u_char                  *p, *last;
    ngx_uint_t               i;
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;

    for (i = 0; i < load->wanted.nelts; i++) {
        ngx_str_set(&load->loaded[i].error, "the object is missing");
    }

    if (job->child->status != 0 || job->child->overflow) {
        for (i = 0; i < load->wanted.nelts; i++) {
            ngx_rtalpha_cfg_git_error(job->pool, job->child,
                                      &load->loaded[i].error);
        }

        return;
    }

    p = job->child->output.data;
    last = p + job->child->output.len;

    for (i = 0; p && p < last && !ngx_rtalpha_background_stopping(); i++) {
        p = ngx_rtalpha_cfg_load_line(job, p, last, &i);
    }
}


static void
ngx_rtalpha_cfg_load_native_run(ngx_rtalpha_job_t *job)
{
    ngx_int_t                  rc;
    ngx_str_t                  bytes;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_load_t    *load;
    ngx_rtalpha_cfg_wanted_t  *wanted;

    load = job->data;
    wanted = load->wanted.elts;

    for (i = 0; i < load->wanted.nelts; i++) {

        if (ngx_rtalpha_background_stopping()) {
            return;
        }

        rc = ngx_rtalpha_disk_read(job->pool, &wanted[i].path, load->max_file,
                                   &bytes, &load->loaded[i].error);
        if (rc == NGX_OK) {
            ngx_rtalpha_cfg_load_object(job, i, &bytes);

        } else if (rc == NGX_DECLINED) {
            ngx_str_set(&load->loaded[i].error, "the file has gone");
        }
    }
}


static ngx_uint_t
ngx_rtalpha_cfg_load_type(ngx_uint_t kind)
{
    switch (kind) {
    case NGX_RTALPHA_CFG_FILE_NONE:
        return NGX_RTALPHA_CFG_CACHE_TEXT;
    case NGX_RTALPHA_CFG_LOAD_TREE:
        return NGX_RTALPHA_CFG_CACHE_TREE;
    default:
        return NGX_RTALPHA_CFG_CACHE_DOCS;
    }
}


static void
ngx_rtalpha_cfg_load_objects_done(ngx_rtalpha_job_t *job)
{
    u_char                     buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_str_t                  key;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_load_t    *load;
    ngx_rtalpha_cfg_wanted_t  *wanted;

    load = job->data;
    wanted = load->wanted.elts;

    for (i = 0; i < load->wanted.nelts; i++) {
        ngx_rtalpha_cfg_load_object_key(wanted[i].kind, wanted[i].oid, buf,
                                        &key);

        if (load->loaded[i].large) {
            ngx_rtalpha_metrics_add(ngx_rtalpha_cfg_counters.large, 1);
        }

        if (load->loaded[i].later) {
            ngx_rtalpha_cfg_load_end(ngx_rtalpha_cfg_load_type(
                                         wanted[i].kind), &key, NULL);
            continue;
        }

        ngx_rtalpha_cfg_load_put(ngx_rtalpha_cfg_load_type(wanted[i].kind),
                                 &key, NULL, 0, &load->loaded[i]);
    }

    ngx_rtalpha_notify_ring();
}


/* the object ids on the child's standard input */

static ngx_int_t
ngx_rtalpha_cfg_load_input(ngx_rtalpha_job_t *job)
{
    u_char                    *p;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_load_t    *load;
    ngx_rtalpha_cfg_wanted_t  *wanted;

    load = job->data;
    wanted = load->wanted.elts;

    p = ngx_pnalloc(job->pool,
                    load->wanted.nelts * (2 * NGX_RTALPHA_CFG_OID + 1));
    if (p == NULL) {
        return NGX_ERROR;
    }

    job->child->input.data = p;

    for (i = 0; i < load->wanted.nelts; i++) {
        p = ngx_hex_dump(p, wanted[i].oid, wanted[i].oid_len);
        *p++ = '\n';
    }

    job->child->input.len = p - job->child->input.data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_load_start(ngx_rtalpha_job_t *job,
    ngx_rtalpha_cfg_conf_t *conf, ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_rtalpha_cfg_load_t  *load;

    load = job->data;
    load->loaded = ngx_pcalloc(job->pool, load->wanted.nelts
                                          * sizeof(ngx_rtalpha_cfg_loaded_t));
    if (load->loaded == NULL) {
        return NGX_ERROR;
    }

    job->done = ngx_rtalpha_cfg_load_objects_done;

    if (repo->kind == NGX_RTALPHA_CFG_REPO_NATIVE) {
        job->run = ngx_rtalpha_cfg_load_native_run;

    } else {
        if (ngx_rtalpha_cfg_git_objects(job, repo,
                ngx_rtalpha_cfg_load_backend(conf, repo), load->max_file)
            != NGX_OK
            || ngx_rtalpha_cfg_load_input(job) != NGX_OK)
        {
            return NGX_ERROR;
        }

        job->run = ngx_rtalpha_cfg_load_git_run;
    }

    return ngx_rtalpha_background_post(job);
}


/* the native file's path, of the job's pool and NUL-terminated */

static ngx_int_t
ngx_rtalpha_cfg_load_path(ngx_rtalpha_job_t *job,
    ngx_rtalpha_cfg_repo_t *repo, ngx_str_t *path)
{
    u_char  *p;

    p = ngx_pnalloc(job->pool, repo->uri_len + path->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ngx_cpymem(p, repo->uri, repo->uri_len), path->data,
               path->len);
    path->data = p;
    path->len += repo->uri_len;
    p[path->len] = '\0';

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_load_objects(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_repo_t *repo, const ngx_array_t *wanted, ngx_str_t *why)
{
    u_char                     buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_int_t                  rc;
    ngx_str_t                  key;
    ngx_uint_t                 i;
    ngx_rtalpha_job_t         *job;
    ngx_rtalpha_cfg_load_t    *load;
    ngx_rtalpha_cfg_wanted_t  *w, *mine;

    static ngx_str_t           busy = ngx_string("too much is being loaded");

    job = ngx_rtalpha_cfg_load_job(conf, repo, NGX_RTALPHA_CFG_CACHE_DOCS);
    if (job == NULL) {
        return NGX_ERROR;
    }

    load = job->data;

    if (ngx_array_init(&load->wanted, job->pool, wanted->nelts,
                       sizeof(ngx_rtalpha_cfg_wanted_t))
        != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return NGX_ERROR;
    }

    w = wanted->elts;

    for (i = 0; i < wanted->nelts; i++) {
        ngx_rtalpha_cfg_load_object_key(w[i].kind, w[i].oid, buf, &key);
        rc = ngx_rtalpha_cfg_load_claim(ngx_rtalpha_cfg_load_type(w[i].kind),
                                        &key, why);
        if (rc == NGX_AGAIN) {
            continue;
        }

        if (rc != NGX_OK) {
            goto failed;
        }

        mine = ngx_array_push(&load->wanted);
        *mine = w[i];
        mine->path = w[i].path;

        if (repo->kind == NGX_RTALPHA_CFG_REPO_NATIVE
            && ngx_rtalpha_cfg_load_path(job, repo, &mine->path) != NGX_OK)
        {
            rc = NGX_ERROR;
            goto failed;
        }
    }

    if (load->wanted.nelts == 0) {
        ngx_rtalpha_background_discard(job);
        return NGX_AGAIN;
    }

    rc = NGX_ERROR;

    if (ngx_rtalpha_cfg_load_start(job, conf, repo) == NGX_OK) {
        return NGX_AGAIN;
    }

failed:

    mine = load->wanted.elts;

    for (i = 0; i < load->wanted.nelts; i++) {
        ngx_rtalpha_cfg_load_object_key(mine[i].kind, mine[i].oid, buf, &key);
        ngx_rtalpha_cfg_load_end(ngx_rtalpha_cfg_load_type(mine[i].kind),
                                 &key, rc == NGX_ERROR ? &busy : NULL);
    }

    ngx_rtalpha_background_discard(job);

    return rc;
}
