
/*
 * Reading a source again: a file that has changed, a remote config server
 * every few seconds.  In the zone leader; the work is the background
 * thread's.
 */


#include "ngx_rtalpha_source.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_remote.h"


typedef struct {
    ngx_rtalpha_settings_t             *settings;
    ngx_rtalpha_source_t               *source;
    ngx_rtalpha_props_t                *props;
    ngx_int_t                           rc;
    ngx_str_t                           error;
} ngx_rtalpha_reread_job_t;


static ngx_uint_t ngx_rtalpha_reread_is_due(ngx_rtalpha_source_t *source);
static ngx_int_t ngx_rtalpha_reread_fetch(ngx_rtalpha_job_t *job,
    ngx_rtalpha_source_t *source);
static void ngx_rtalpha_reread_run(ngx_rtalpha_job_t *job);
static ngx_int_t ngx_rtalpha_reread_fetched(ngx_rtalpha_job_t *job,
    ngx_rtalpha_reread_job_t *reread);
static void ngx_rtalpha_reread_done(ngx_rtalpha_job_t *job);


static ngx_uint_t
ngx_rtalpha_reread_is_due(ngx_rtalpha_source_t *source)
{
    if (source->reading) {
        return 0;
    }

    switch (source->type) {

    case NGX_RTALPHA_SOURCE_FILE:
        return ngx_rtalpha_source_moved(&source->path, &source->stamp);

    case NGX_RTALPHA_SOURCE_HTTP:
        return (ngx_msec_int_t) (ngx_current_msec - source->due) >= 0;

    default:
        return 0;
    }
}


void
ngx_rtalpha_reread(ngx_rtalpha_settings_t *settings,
    ngx_rtalpha_source_t *source)
{
    ngx_rtalpha_job_t           *job;
    ngx_rtalpha_reread_job_t  *reread;

    if (!ngx_rtalpha_reread_is_due(source)) {
        return;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_reread_job_t));
    if (job == NULL) {
        return;
    }

    reread = job->data;
    reread->settings = settings;
    reread->source = source;

    if (source->type == NGX_RTALPHA_SOURCE_HTTP
        && ngx_rtalpha_reread_fetch(job, source) != NGX_OK)
    {
        ngx_rtalpha_background_discard(job);
        return;
    }

    job->run = ngx_rtalpha_reread_run;
    job->done = ngx_rtalpha_reread_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return;
    }

    source->reading = 1;
}


static ngx_int_t
ngx_rtalpha_reread_fetch(ngx_rtalpha_job_t *job,
    ngx_rtalpha_source_t *source)
{
    ngx_str_t  etag;

    static ngx_str_t  json = ngx_string("application/json");

    source->due = ngx_current_msec + NGX_RTALPHA_SOURCE_FETCH;

    job->http = ngx_rtalpha_curl(job->pool, &source->path);

    if (job->http == NULL
        || ngx_rtalpha_curl_header(job->pool, job->http, "Accept", &json)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    job->http->max_answer = NGX_RTALPHA_SETTINGS_MAX;

    if (source->etag[0] == '\0') {
        return NGX_OK;
    }

    etag.len = ngx_strlen(source->etag);
    etag.data = ngx_pnalloc(job->pool, etag.len);
    if (etag.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(etag.data, source->etag, etag.len);

    return ngx_rtalpha_curl_header(job->pool, job->http, "If-None-Match",
                                   &etag);
}


/* in the thread: path and number of a source never change */

static void
ngx_rtalpha_reread_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_reread_job_t  *reread;

    reread = job->data;

    if (job->http) {
        reread->rc = ngx_rtalpha_reread_fetched(job, reread);
        return;
    }

    reread->rc = ngx_rtalpha_source_load(job->pool, &reread->source->path,
                                         reread->source->number,
                                         &reread->props, &reread->error);
}


/* NGX_ABORT: the server says that nothing has changed */

static ngx_int_t
ngx_rtalpha_reread_fetched(ngx_rtalpha_job_t *job,
    ngx_rtalpha_reread_job_t *reread)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   why;

    if (job->http->status == NGX_HTTP_NOT_MODIFIED) {
        return NGX_ABORT;
    }

    if (job->http->status == NGX_HTTP_OK) {
        rc = ngx_rtalpha_remote_parse(job->pool, &job->http->answer,
                                      reread->source->number, &reread->props,
                                      &why);
        if (rc != NGX_DECLINED) {
            return rc;
        }

    } else if (job->http->status == 0) {
        why = job->http->error;

    } else {
        why.data = ngx_pnalloc(job->pool, sizeof("it answers ")
                                          + NGX_INT_T_LEN);
        if (why.data == NULL) {
            return NGX_ERROR;
        }

        why.len = ngx_sprintf(why.data, "it answers %ui", job->http->status)
                  - why.data;
    }

    reread->error.data = ngx_pnalloc(job->pool, sizeof("config server: ")
                                                + why.len);
    if (reread->error.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(reread->error.data, "config server: %V", &why);
    reread->error.len = p - reread->error.data;

    return NGX_DECLINED;
}


static void
ngx_rtalpha_reread_done(ngx_rtalpha_job_t *job)
{
    const ngx_str_t             *etag;
    ngx_rtalpha_reread_job_t  *reread;

    reread = job->data;
    reread->source->reading = 0;

    if (!ngx_rtalpha_leader_of_zone()) {
        return;
    }

    if (reread->rc == NGX_DECLINED) {
        ngx_rtalpha_settings_fail(reread->settings, &reread->error);
        return;
    }

    if (reread->rc != NGX_OK
        || ngx_rtalpha_source_keep(reread->source, reread->props) != NGX_OK)
    {
        return;
    }

    reread->source->etag[0] = '\0';
    etag = job->http ? ngx_rtalpha_curl_answer(job->http, "etag") : NULL;

    if (etag && etag->len < sizeof(reread->source->etag)) {
        *ngx_cpymem(reread->source->etag, etag->data, etag->len) = '\0';
    }

    ngx_rtalpha_settings_merge(reread->settings);
}
