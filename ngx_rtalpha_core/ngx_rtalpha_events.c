
/*
 * The ring of changes in the zone: the last 512, each with its number.
 *
 * An entry is written under the lock and copied out under it; the newest
 * number is a word that readers may look at without.
 */


#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_EVENTS_LAYOUT  1
#define NGX_RTALPHA_EVENTS         512


typedef struct {
    ngx_atomic_t          last;
    ngx_rtalpha_event_t   ring[NGX_RTALPHA_EVENTS];
} ngx_rtalpha_events_t;


static ngx_rtalpha_events_t  *ngx_rtalpha_events;


ngx_int_t
ngx_rtalpha_events_init(ngx_log_t *log)
{
    static ngx_str_t  name = ngx_string("events");

    ngx_rtalpha_events = ngx_rtalpha_zone_root(&name,
                                               sizeof(ngx_rtalpha_events_t),
                                               NGX_RTALPHA_EVENTS_LAYOUT);
    if (ngx_rtalpha_events == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "\"rtalpha_zone\" is too small");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_rtalpha_events_publish(ngx_uint_t type, const ngx_str_t *text)
{
    uint64_t              number;
    ngx_rtalpha_event_t  *event;

    ngx_rtalpha_zone_lock();

    number = ngx_rtalpha_events->last + 1;
    event = &ngx_rtalpha_events->ring[number % NGX_RTALPHA_EVENTS];

    event->number = number;
    event->type = type;
    event->len = ngx_min(text->len, NGX_RTALPHA_EVENT_TEXT);
    ngx_memcpy(event->text, text->data, event->len);

    ngx_memory_barrier();
    ngx_rtalpha_events->last = number;

    ngx_rtalpha_zone_unlock();

    ngx_rtalpha_notify_ring();
}


uint64_t
ngx_rtalpha_events_last(void)
{
    return ngx_rtalpha_zone_read(ngx_rtalpha_events->last);
}


ngx_int_t
ngx_rtalpha_events_next(uint64_t after, ngx_rtalpha_event_t *event)
{
    uint64_t   first, last, number;

    if (after >= ngx_rtalpha_events_last()) {
        return NGX_DONE;
    }

    ngx_rtalpha_zone_lock();

    last = ngx_rtalpha_events->last;
    first = last > NGX_RTALPHA_EVENTS ? last - NGX_RTALPHA_EVENTS + 1 : 1;
    number = ngx_max(after + 1, first);

    if (after < last) {
        *event = ngx_rtalpha_events->ring[number % NGX_RTALPHA_EVENTS];
    }

    ngx_rtalpha_zone_unlock();

    if (after >= last) {
        return NGX_DONE;
    }

    return number == after + 1 ? NGX_OK : NGX_DECLINED;
}
