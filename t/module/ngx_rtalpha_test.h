
/*
 * What the files of the tests' module know of each other.
 */


#ifndef _NGX_RTALPHA_TEST_H_INCLUDED_
#define _NGX_RTALPHA_TEST_H_INCLUDED_


#include "ngx_rtalpha_http.h"


ngx_int_t ngx_rtalpha_test_number(ngx_http_request_t *r, char *name,
    ngx_int_t other);
ngx_int_t ngx_rtalpha_test_say(ngx_http_request_t *r, const char *fmt, ...);

ngx_int_t ngx_rtalpha_test_redis_init(ngx_cycle_t *cycle);
void ngx_rtalpha_test_redis_exit(ngx_cycle_t *cycle);

ngx_int_t ngx_rtalpha_test_redis(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_test_eval(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_test_many(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_test_messages(ngx_http_request_t *r);
ngx_int_t ngx_rtalpha_test_redis_state(ngx_http_request_t *r);


#endif /* _NGX_RTALPHA_TEST_H_INCLUDED_ */
