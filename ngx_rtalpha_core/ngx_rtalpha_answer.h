
/*
 * Answers of the suite's own endpoints, and the bodies of their requests.
 * Every function here reads or discards the request body, so that no byte of
 * it is ever taken for the next request.
 */


#ifndef _NGX_RTALPHA_ANSWER_H_INCLUDED_
#define _NGX_RTALPHA_ANSWER_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_blob.h"


/*
 * All of them answer HEAD without a body, and return what a content handler
 * returns.  type: the Content-Type, must stay until the request ends.
 */

/* a status with an empty body (Content-Length: 0, but for 204 and 304) */
ngx_int_t ngx_rtalpha_answer_empty(ngx_http_request_t *r,
    ngx_uint_t status);

/* bytes that stay until the request ends */
ngx_int_t ngx_rtalpha_answer_bytes(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, const ngx_str_t *body);

/* likewise a chain of buffers, length bytes in all; HEAD sends none of it */
ngx_int_t ngx_rtalpha_answer_chain(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, ngx_chain_t *body, off_t length);

/* a pinned blob; the pin is the callee's, whatever comes */
ngx_int_t ngx_rtalpha_answer_blob(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *type, ngx_rtalpha_pin_t *pin);

/*
 * application/problem+json (RFC 9457) with type, title, status, detail,
 * instance and reason (a short code).  detail is an ngx_sprintf() format.
 */
ngx_int_t ngx_rtalpha_answer_problem(ngx_http_request_t *r,
    ngx_uint_t status, const char *reason, const char *detail, ...);

/*
 * Sets ETag (a strong one, quotes added here) before the answer; returns 1
 * if If-None-Match names it: then answer 304.
 */
ngx_uint_t ngx_rtalpha_answer_etag(ngx_http_request_t *r,
    const ngx_str_t *tag);

/*
 * One more response header; value stays until the request ends.  NGX_ERROR:
 * no memory, or a value with CR, LF or NUL.
 */
ngx_int_t ngx_rtalpha_answer_header(ngx_http_request_t *r,
    const char *name, const ngx_str_t *value);

/* value of a request header, NULL: not sent (of several, the first) */
const ngx_str_t *ngx_rtalpha_answer_request_header(ngx_http_request_t *r,
    const char *lowcase_name, size_t len);

/*
 * Reads the body, at most max bytes (else 413), and calls handler with it in
 * one piece; handler answers and returns like a content handler.  Return the
 * result from the content handler.  The request's context of
 * ngx_rtalpha_module belongs to this function.
 */
typedef ngx_int_t (*ngx_rtalpha_answer_body_pt)(ngx_http_request_t *r,
    ngx_str_t *body, void *data);

ngx_int_t ngx_rtalpha_answer_body(ngx_http_request_t *r, size_t max,
    ngx_rtalpha_answer_body_pt handler, void *data);

/*
 * Parks a request until something has changed.  wake() is called on every
 * ring of the doorbell, at the timeout and when the worker shuts down (the
 * last two with last = 1): it answers and returns a content handler's
 * result, or NGX_AGAIN to go on waiting (not when last); it may park again,
 * with another wake().  data must stay until the request ends.  Return the
 * result from the content handler.  Too many parked (rtalpha_parked, 4096 a
 * worker): 503.
 */
typedef ngx_int_t (*ngx_rtalpha_answer_wake_pt)(ngx_http_request_t *r,
    void *data, ngx_uint_t last);

ngx_int_t ngx_rtalpha_answer_park(ngx_http_request_t *r, ngx_msec_t timeout,
    ngx_rtalpha_answer_wake_pt wake, void *data);

/*
 * The same for many that wait for one thing, which has a version that grows
 * with each change.  At a ring it is asked for once for all who gave the same
 * name and function, and they are only when it is another one than before.
 * since: the version that the caller has seen; name is copied.  wake() is not
 * asked again for the same version when it says NGX_AGAIN.
 */
typedef uint64_t (*ngx_rtalpha_answer_version_pt)(const ngx_str_t *name);

ngx_int_t ngx_rtalpha_answer_park_on(ngx_http_request_t *r,
    ngx_msec_t timeout, ngx_rtalpha_answer_wake_pt wake, void *data,
    ngx_rtalpha_answer_version_pt version, const ngx_str_t *name,
    uint64_t since);

/* how many are parked in this process */
ngx_uint_t ngx_rtalpha_answer_parked(void);


/*
 * For the core module.  counters: in preconfiguration.  limit: sets
 * rtalpha_parked, in init_process.  wake_all: when the doorbell has rung,
 * after the roles' wake hooks.  quit: when the worker begins to shut down;
 * from then on nothing is parked any more.
 */
void ngx_rtalpha_answer_counters(ngx_conf_t *cf);
void ngx_rtalpha_answer_limit(ngx_uint_t n);
void ngx_rtalpha_answer_wake_all(void);
void ngx_rtalpha_answer_quit(void);


#endif /* _NGX_RTALPHA_ANSWER_H_INCLUDED_ */
