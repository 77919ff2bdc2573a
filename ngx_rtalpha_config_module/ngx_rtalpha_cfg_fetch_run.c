
/*
 * The thread's part of fetching.
 */


#include "ngx_rtalpha_cfg_fetch_run.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_refs.h"
#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_cfg_watch.h"
#include "ngx_rtalpha_disk.h"


void
ngx_rtalpha_cfg_fetch_look_run(ngx_rtalpha_job_t *job)
{
    ngx_int_t                     rc;
    struct stat                   st;
    u_char                       *path;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    j = job->data;

    if (j->origin.len && j->origin.data[j->origin.len - 1] == '/') {

        /* a folder of files */

        rc = ngx_rtalpha_cfg_watch_folder(job->pool, j->origin.data,
                                          j->max_files, &j->bytes);
        if (rc != NGX_OK) {
            ngx_str_set(&j->error, "the folder has too many files");
        }

        j->ok = (rc == NGX_OK);
        return;
    }

    if (ngx_rtalpha_cfg_git_prepare(job->pool, &j->dir, &j->error) != NGX_OK
        || ngx_rtalpha_cfg_transport_write(job->pool, &j->dir, &j->files,
                                           j->known, &j->error)
           != NGX_OK)
    {
        return;
    }

    path = ngx_pnalloc(job->pool, j->mirror.len + sizeof("/shallow"));
    if (path == NULL) {
        return;
    }

    ngx_sprintf(path, "%V/HEAD%Z", &j->mirror);
    j->there = stat((char *) path, &st) == 0;
    ngx_sprintf(path, "%V/shallow%Z", &j->mirror);
    j->shallow = stat((char *) path, &st) == 0;

    if (j->origin.len) {
        j->digested = ngx_rtalpha_cfg_watch_refs(j->origin.data, j->digest)
                      == NGX_OK;
    }

    j->ok = 1;
}


void
ngx_rtalpha_cfg_fetch_pull_run(ngx_rtalpha_job_t *job)
{
    u_char                       *path;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    j = job->data;

    if (job->child->status != 0) {
        ngx_rtalpha_cfg_git_error(job->pool, job->child, &j->error);
        j->stuck = job->child->errors.len
                   && ngx_strnstr(job->child->errors.data, "cannot lock ref",
                                  job->child->errors.len)
                      != NULL;
        return;
    }

    j->ok = 1;

    if (j->there) {
        return;
    }

    /* a whole clone takes its name in one step */

    path = ngx_pnalloc(job->pool, j->mirror.len + sizeof(".new"));
    if (path == NULL) {
        j->ok = 0;
        return;
    }

    ngx_sprintf(path, "%V.new%Z", &j->mirror);

    if (rename((char *) path, (char *) j->mirror.data) == -1) {
        ngx_str_set(&j->error, "cannot rename the new mirror");
        j->ok = 0;
    }
}


void
ngx_rtalpha_cfg_fetch_clean_run(ngx_rtalpha_job_t *job)
{
    u_char                       *path;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    j = job->data;
    path = ngx_pnalloc(job->pool, j->mirror.len + sizeof(".new"));

    if (path) {
        ngx_sprintf(path, "%V.new%Z", &j->mirror);
        ngx_rtalpha_cfg_watch_remove((char *) path);
    }
}


void
ngx_rtalpha_cfg_fetch_refs_run(ngx_rtalpha_job_t *job)
{
    ngx_str_t                     path;
    ngx_rtalpha_cfg_fetch_job_t  *j;

    j = job->data;

    if (job->child->status != 0) {
        ngx_rtalpha_cfg_git_error(job->pool, job->child, &j->error);
        return;
    }

    path.data = ngx_pnalloc(job->pool, j->mirror.len + sizeof("/HEAD"));
    if (path.data == NULL) {
        return;
    }

    path.len = ngx_sprintf(path.data, "%V/HEAD%Z", &j->mirror) - path.data
               - 1;

    if (ngx_rtalpha_disk_read(job->pool, &path, 4096, &j->head, &j->error)
        != NGX_OK)
    {
        ngx_str_null(&j->head);
    }

    j->ok = ngx_rtalpha_cfg_refs_make(job->pool, &job->child->output,
                                      &j->head, &j->bytes)
            == NGX_OK;
}
