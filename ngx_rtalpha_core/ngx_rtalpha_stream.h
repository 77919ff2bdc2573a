
/*
 * The event stream: server-sent events (WHATWG HTML, 9.2) over the numbered
 * ring of changes.
 */


#ifndef _NGX_RTALPHA_STREAM_H_INCLUDED_
#define _NGX_RTALPHA_STREAM_H_INCLUDED_


#include "ngx_rtalpha_http.h"


/*
 * Content handler: streams events to the client until it goes away.
 * Arguments choose: config=APP, service=NAME, routes, settings; none of them
 * means all.  With Last-Event-ID it begins after that event, else with the
 * next one.  More than rtalpha_streams in this worker: 503.
 */
ngx_int_t ngx_rtalpha_stream_handler(ngx_http_request_t *r);

/*
 * For the core's module: in preconfiguration; the limit, in init_process;
 * when the doorbell has rung; when the worker begins to shut down.
 */
void ngx_rtalpha_stream_counters(ngx_conf_t *cf);
void ngx_rtalpha_stream_limit(ngx_uint_t n);
void ngx_rtalpha_stream_wake(void);
void ngx_rtalpha_stream_quit(void);


#endif /* _NGX_RTALPHA_STREAM_H_INCLUDED_ */
