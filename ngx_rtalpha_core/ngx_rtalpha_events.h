
/*
 * The numbered ring of changes: what every role tells, and what event
 * streams, long polls, the bus and other workers read.
 */


#ifndef _NGX_RTALPHA_EVENTS_H_INCLUDED_
#define _NGX_RTALPHA_EVENTS_H_INCLUDED_


#include "ngx_rtalpha_http.h"


#define NGX_RTALPHA_EVENT_TEXT  224


typedef enum {
    NGX_RTALPHA_EVENT_CONFIG = 1,   /* subject "app/label" */
    NGX_RTALPHA_EVENT_SERVICE,      /* subject "service" */
    NGX_RTALPHA_EVENT_ROUTES,       /* subject: settings object */
    NGX_RTALPHA_EVENT_SETTINGS
} ngx_rtalpha_event_type_e;


typedef struct {
    uint64_t     number;            /* from 1, never reused in a zone */
    uint32_t     type;
    uint32_t     len;
    u_char       text[NGX_RTALPHA_EVENT_TEXT];  /* subject, blank, detail */
} ngx_rtalpha_event_t;


/* in the master and in init_process */
ngx_int_t ngx_rtalpha_events_init(ngx_log_t *log);

/* publishes and rings the doorbell; a longer text is cut.  Zone not locked. */
void ngx_rtalpha_events_publish(ngx_uint_t type, const ngx_str_t *text);

/* number of the newest event; 0: none yet.  Without a lock. */
uint64_t ngx_rtalpha_events_last(void);

/*
 * Copies the first event after the given number.  NGX_OK; NGX_DONE: there is
 * none; NGX_DECLINED: that far back is no longer kept (event is the oldest).
 */
ngx_int_t ngx_rtalpha_events_next(uint64_t after,
    ngx_rtalpha_event_t *event);


#endif /* _NGX_RTALPHA_EVENTS_H_INCLUDED_ */
