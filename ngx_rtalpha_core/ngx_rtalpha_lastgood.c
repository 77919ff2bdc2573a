
/*
 * The last good settings on disk: a file for each object, packed properties,
 * written by the state leader and read by the master into a new zone.
 */


#include "ngx_rtalpha_lastgood.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_settings.h"


typedef struct {
    ngx_int_t   rc;
    ngx_str_t   path;
    ngx_str_t   bytes;
    ngx_str_t   error;
} ngx_rtalpha_lastgood_job_t;


static ngx_int_t ngx_rtalpha_lastgood_path(ngx_pool_t *pool,
    const ngx_str_t *state, const ngx_str_t *name, ngx_str_t *path);
static void ngx_rtalpha_lastgood_save_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_lastgood_save_done(ngx_rtalpha_job_t *job);


/* <state>/settings/NAME, with what has no place in a file name as '_' */

static ngx_int_t
ngx_rtalpha_lastgood_path(ngx_pool_t *pool, const ngx_str_t *state,
    const ngx_str_t *name, ngx_str_t *path)
{
    u_char      *p, ch;
    ngx_uint_t   i;

    path->data = ngx_pnalloc(pool, state->len + sizeof("/settings/")
                                   + name->len);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(path->data, "%V/settings/", state);

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        *p++ = ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
               || (ch >= '0' && ch <= '9') || ch == '-' || ch == ':'
               ? ch : '_';
    }

    *p = '\0';
    path->len = p - path->data;

    return NGX_OK;
}


void
ngx_rtalpha_lastgood_save(const ngx_str_t *name,
    const ngx_str_t *bytes)
{
    ngx_rtalpha_job_t           *job;
    ngx_rtalpha_lastgood_job_t  *save;

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_lastgood_job_t));
    if (job == NULL) {
        return;
    }

    save = job->data;
    save->bytes.len = bytes->len;
    save->bytes.data = ngx_pstrdup(job->pool, (ngx_str_t *) bytes);

    if (save->bytes.data == NULL
        || ngx_rtalpha_lastgood_path(job->pool,
                                     ngx_rtalpha_leader_state_path(),
                                     name, &save->path)
           != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return;
    }

    job->run = ngx_rtalpha_lastgood_save_run;
    job->done = ngx_rtalpha_lastgood_save_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
    }
}


static void
ngx_rtalpha_lastgood_save_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_lastgood_job_t  *save;

    save = job->data;
    save->rc = ngx_rtalpha_disk_write(job->pool, &save->path, &save->bytes,
                                      &save->error);
}


static void
ngx_rtalpha_lastgood_save_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_lastgood_job_t  *save;

    save = job->data;

    if (save->rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "the last good settings could not be kept: %V",
                      &save->error);
    }
}


ngx_rtalpha_props_t *
ngx_rtalpha_lastgood_read(ngx_pool_t *pool, ngx_log_t *log,
    const ngx_str_t *state, const ngx_str_t *name)
{
    ngx_int_t             rc;
    ngx_str_t             path, bytes, error;
    ngx_rtalpha_props_t  *props;

    if (ngx_rtalpha_lastgood_path(pool, state, name, &path) != NGX_OK) {
        return NULL;
    }

    rc = ngx_rtalpha_disk_read(pool, &path, NGX_RTALPHA_SETTINGS_MAX, &bytes,
                               &error);

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "%V", &error);
    }

    if (rc != NGX_OK) {
        return NULL;
    }

    props = ngx_rtalpha_props_unpack(pool, bytes.data, bytes.len);

    if (props == NULL) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "\"%V\" is damaged and not used", &path);
    }

    return props;
}
