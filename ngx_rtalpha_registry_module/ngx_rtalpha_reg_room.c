
/*
 * Room in the zone; see the header.  Sections stay short: each registration
 * gives up a few segments' forms and a few entries, which is more than it
 * takes itself.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_room.h"
#include "ngx_rtalpha_metrics.h"


#define NGX_RTALPHA_REG_ROOM_SHARE  32
#define NGX_RTALPHA_REG_ROOM_MIN    (128 * 1024)
#define NGX_RTALPHA_REG_ROOM_MAX    (16 * 1024 * 1024)

/* forms are kept while so many reserves are free */
#define NGX_RTALPHA_REG_ROOM_FORMS  2

/* segments and slices of the log given up for one registration */
#define NGX_RTALPHA_REG_ROOM_STEPS  4


size_t
ngx_rtalpha_reg_room_reserve(void)
{
    size_t  size;

    size = ngx_rtalpha_zone_size() / NGX_RTALPHA_REG_ROOM_SHARE;
    size = ngx_max(size, NGX_RTALPHA_REG_ROOM_MIN);

    return ngx_min(size, NGX_RTALPHA_REG_ROOM_MAX);
}


ngx_int_t
ngx_rtalpha_reg_room_make(size_t bytes)
{
    size_t                   reserve;
    ngx_uint_t               n;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    bytes = ngx_align(bytes, ngx_pagesize);
    reserve = ngx_rtalpha_reg_room_reserve();

    for (n = 0; n < NGX_RTALPHA_REG_ROOM_STEPS; n++) {

        if (ngx_rtalpha_zone_free_size()
            >= bytes + NGX_RTALPHA_REG_ROOM_FORMS * reserve)
        {
            return NGX_OK;
        }

        ngx_rtalpha_reg_segment_shed();
    }

    /* of what leaves the log, only what was deleted gives back memory */

    for (n = 0; n < NGX_RTALPHA_REG_ROOM_STEPS; n++) {

        if (ngx_rtalpha_zone_free_size() >= bytes + reserve) {
            return NGX_OK;
        }

        if (root->insts.count == root->n
            || !ngx_rtalpha_reg_delta_shed())
        {
            break;
        }
    }

    return ngx_rtalpha_zone_free_size() >= bytes + reserve ? NGX_OK
                                                           : NGX_ERROR;
}


ngx_uint_t
ngx_rtalpha_reg_room_kept(size_t bytes)
{
    return ngx_rtalpha_zone_free_size()
           >= bytes + NGX_RTALPHA_REG_ROOM_FORMS
                      * ngx_rtalpha_reg_room_reserve();
}


ngx_uint_t
ngx_rtalpha_reg_room_short(void)
{
    return ngx_rtalpha_zone_free_size()
           < ngx_rtalpha_reg_room_reserve() + ngx_pagesize;
}


void
ngx_rtalpha_reg_room_metrics(ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_reserve_bytes",
                              "Of the zone, kept free of registrations",
                              (int64_t) ngx_rtalpha_reg_room_reserve());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_full",
                              "Whether the zone is down to the reserve",
                              (int64_t) ngx_rtalpha_reg_room_short());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_forms_shed",
                              "Rendered segments given up for memory",
                              (int64_t) ngx_rtalpha_reg_root->nshed);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_registry_log_recycled",
                              "Pieces of the log given up for memory",
                              (int64_t) ngx_rtalpha_reg_root->recycled);
}
