
/*
 * The registry read from disk, in the master, before there are workers.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_persist.h"
#include "ngx_rtalpha_reg_record.h"
#include "ngx_rtalpha_disk.h"


#define NGX_RTALPHA_REG_LOAD_MAX  ((size_t) 8 * 1024 * 1024 * 1024)


static ngx_int_t ngx_rtalpha_reg_load_records(ngx_log_t *log,
    ngx_str_t *bytes, ngx_uint_t *lost);
static ngx_int_t ngx_rtalpha_reg_load_record(ngx_pool_t *pool,
    ngx_str_t *bytes);


void
ngx_rtalpha_reg_persist_load(ngx_log_t *log)
{
    ngx_int_t    rc;
    ngx_str_t    path, bytes, error;
    ngx_uint_t   lost;
    ngx_pool_t  *pool;

    lost = 0;

    pool = ngx_create_pool(4096, log);
    if (pool == NULL) {
        return;
    }

    ngx_str_null(&error);
    rc = ngx_rtalpha_reg_persist_path(pool, "", &path);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_disk_read(pool, &path, NGX_RTALPHA_REG_LOAD_MAX,
                                   &bytes, &error);
    }

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "rtalpha registry: the state file cannot be read, the "
                      "registry begins empty: %V", &error);
    }

    if (rc != NGX_OK) {
        ngx_destroy_pool(pool);
        return;
    }

    rc = ngx_rtalpha_reg_load_records(log, &bytes, &lost);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "rtalpha registry: the end of \"%V\" is damaged and "
                      "left out", &path);
    }

    if (lost) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "rtalpha registry: no room for %ui instances that are "
                      "on disk: \"rtalpha_zone\" is too small", lost);
    }

    /* nobody has seen what was before: the delta begins empty */

    while (ngx_rtalpha_reg_root->log_first <= ngx_rtalpha_reg_root->seq) {
        ngx_rtalpha_reg_delta_trim(0);
    }

    ngx_rtalpha_reg_root->loaded = ngx_rtalpha_reg_root->n;
    ngx_rtalpha_reg_root->saved = ngx_rtalpha_reg_root->seq;

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "rtalpha registry: %ui instances read from disk",
                  ngx_rtalpha_reg_root->n);

    ngx_destroy_pool(pool);
}


/* NGX_DECLINED: the end is damaged */

static ngx_int_t
ngx_rtalpha_reg_load_records(ngx_log_t *log, ngx_str_t *bytes,
    ngx_uint_t *lost)
{
    ngx_int_t    rc;
    ngx_str_t    record, copy;
    ngx_pool_t  *pool;

    pool = ngx_create_pool(16384, log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    for ( ;; ) {
        rc = ngx_rtalpha_disk_next(bytes, &record);

        if (rc != NGX_OK) {
            break;
        }

        copy = record;

        if (ngx_rtalpha_reg_load_record(pool, &record) != NGX_OK) {

            /* what was deleted since has no reader yet */

            ngx_rtalpha_reg_delta_trim(0);

            if (ngx_rtalpha_reg_load_record(pool, &copy) != NGX_OK) {
                (*lost)++;
            }
        }

        ngx_reset_pool(pool);
    }

    ngx_destroy_pool(pool);

    return rc;
}


/* NGX_ERROR: there is no room for it */

static ngx_int_t
ngx_rtalpha_reg_load_record(ngx_pool_t *pool, ngx_str_t *bytes)
{
    ngx_rtalpha_reg_put_t     put;
    ngx_rtalpha_reg_record_t  record;

    if (ngx_rtalpha_reg_record_read(bytes, &record) != NGX_OK) {
        return NGX_OK;
    }

    if (record.doc.len == 0
        || record.state.action == NGX_RTALPHA_REG_DELETED)
    {
        ngx_rtalpha_reg_store_cancel(&record.app, &record.id);
        return NGX_OK;
    }

    ngx_memzero(&put, sizeof(ngx_rtalpha_reg_put_t));

    put.doc = record.doc;
    put.state = &record.state;
    put.status = record.state.status;
    put.overridden = record.override;
    put.dirty = record.state.dirty;
    put.lease = record.state.lease;
    put.replica = 1;

    if (ngx_rtalpha_reg_store_prepare_doc(pool, &put) != NGX_OK
        || ngx_rtalpha_reg_store_register(&put) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
