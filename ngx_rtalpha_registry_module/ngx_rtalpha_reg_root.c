
/*
 * The root of all that the registry has in the zone, made once in the master
 * and found by each process, and the two clocks of what is below it.
 */


#include "ngx_rtalpha_reg_root.h"


ngx_rtalpha_reg_root_t  *ngx_rtalpha_reg_root;
ngx_connection_t         ngx_rtalpha_reg_nobody = { .fd = (ngx_socket_t) -1 };


uint64_t
ngx_rtalpha_reg_now(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (uint64_t) tp->sec * 1000 + tp->msec;
}


uint64_t
ngx_rtalpha_reg_clock(void)
{
    /* an hour ahead, so that "before the start" is a time, too */

    return (uint64_t) ngx_current_msec + 3600000;
}


void
ngx_rtalpha_reg_clock_check(void)
{
    uint64_t  offset, *shown;

    offset = ngx_rtalpha_reg_now() - ngx_rtalpha_reg_clock();
    shown = &ngx_rtalpha_reg_root->offset;

    if (offset - *shown + 1000 > 2000) {
        *shown = offset;
    }
}


ngx_int_t
ngx_rtalpha_reg_root_init(void *data)
{
    ngx_int_t                rc;
    ngx_rtalpha_reg_root_t  *root;

    root = data;
    ngx_rtalpha_reg_root = root;

    if (root->ready) {
        return NGX_OK;
    }

    ngx_rtalpha_zone_lock();

    if (root->key == 0) {
        root->key = ((uint64_t) ngx_random() << 32) ^ (uint64_t) ngx_random()
                    ^ ((uint64_t) ngx_pid << 20)
                    ^ (uint64_t) ngx_time() ^ (uintptr_t) &rc;
    }

    if (root->wheel == NULL) {
        root->wheel = ngx_rtalpha_zone_array(NGX_RTALPHA_REG_WHEEL
                                             * sizeof(void *));
    }

    if (root->log == NULL) {
        root->log = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_reg_log_t));
    }

    rc = (root->wheel && root->log) ? NGX_OK : NGX_ERROR;

    if (ngx_rtalpha_reg_table_init(&root->insts) != NGX_OK
        || ngx_rtalpha_reg_table_init(&root->apps) != NGX_OK
        || ngx_rtalpha_reg_table_init(&root->overrides) != NGX_OK
        || ngx_rtalpha_reg_table_init(&root->sources) != NGX_OK)
    {
        rc = NGX_ERROR;
    }

    if (rc == NGX_OK) {
        root->wheel_tick = ngx_rtalpha_reg_clock()
                           >> NGX_RTALPHA_REG_WHEEL_SHIFT;
        root->log->base = 1;
        root->log_last = root->log;
        root->log_first = 1;
        root->seg_target = 65536;
        root->nzones = 1;
        root->started = ngx_rtalpha_reg_clock();
        root->offset = ngx_rtalpha_reg_now() - root->started;
        root->ready = 1;
    }

    ngx_rtalpha_zone_unlock();

    return rc;
}


void
ngx_rtalpha_reg_root_use(void *root)
{
    ngx_rtalpha_reg_root = root;
}
