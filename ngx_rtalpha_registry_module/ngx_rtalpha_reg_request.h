
/*
 * A request to the registry on its way from the content handler to the verbs
 * of the store, and what answers it.
 */


#ifndef _NGX_RTALPHA_REG_REQUEST_H_INCLUDED_
#define _NGX_RTALPHA_REG_REQUEST_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_reg_path.h"
#include "ngx_rtalpha_reg_store.h"


typedef struct {
    ngx_rtalpha_reg_path_t   path;
    ngx_str_t                app;       /* path.name in upper case */
    ngx_uint_t               form;      /* ngx_rtalpha_reg_render.h */
    ngx_uint_t               replica;   /* sent by a peer */
    ngx_uint_t               gzip;      /* the client takes it */
    ngx_uint_t               wait;      /* Prefer: wait, in seconds */
    uint64_t                 since;     /* version that it waits to end */
} ngx_rtalpha_reg_request_t;


#define ngx_rtalpha_reg_header(r, name)                                       \
    ngx_rtalpha_answer_request_header(r, name, sizeof(name) - 1)


/* content handler of rtalpha_registry; base: the location's prefix */
ngx_int_t ngx_rtalpha_reg_request(ngx_http_request_t *r,
    const ngx_str_t *base);

/* what the two halves of it are made of */
ngx_int_t ngx_rtalpha_reg_read(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
ngx_int_t ngx_rtalpha_reg_write(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);

/* one instance as an answer */
ngx_int_t ngx_rtalpha_reg_read_copy(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq, ngx_uint_t status,
    const ngx_rtalpha_reg_copy_t *copy);

/* who sends it, for the limit of instances of one address */
void ngx_rtalpha_reg_write_source(ngx_http_request_t *r, ngx_str_t *key);

/* why a registration was not taken; counts it, too */
const char *ngx_rtalpha_reg_write_why(ngx_int_t rc);

/* a body that cannot be read: 400 in the words of the contract */
ngx_int_t ngx_rtalpha_reg_write_unreadable(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);

/* 404, 405 and the like: empty, or Spring Boot's page if that is asked for */
ngx_int_t ngx_rtalpha_reg_error(ngx_http_request_t *r, ngx_uint_t status);

/* 503 with a text that says why, and when to try again */
ngx_int_t ngx_rtalpha_reg_refuse(ngx_http_request_t *r, const char *text);

/* the Content-Type of a form */
const ngx_str_t *ngx_rtalpha_reg_type(ngx_uint_t form);

/* a visible change of an application: whoever waits for it is told */
void ngx_rtalpha_reg_tell(const ngx_str_t *app);
ngx_int_t ngx_rtalpha_reg_tell_init(ngx_cycle_t *cycle);

/* counters, in preconfiguration */
void ngx_rtalpha_reg_counters(ngx_conf_t *cf);

typedef enum {
    NGX_RTALPHA_REG_COUNT_REGISTER = 0,
    NGX_RTALPHA_REG_COUNT_RENEW,
    NGX_RTALPHA_REG_COUNT_UNKNOWN,
    NGX_RTALPHA_REG_COUNT_CANCEL,
    NGX_RTALPHA_REG_COUNT_EVICT,
    NGX_RTALPHA_REG_COUNT_OVERRIDE,
    NGX_RTALPHA_REG_COUNT_READ,
    NGX_RTALPHA_REG_COUNT_REFUSED,
    NGX_RTALPHA_REG_COUNT_FULL,
    NGX_RTALPHA_REG_COUNT_OVER_ALL,
    NGX_RTALPHA_REG_COUNT_OVER_APP,
    NGX_RTALPHA_REG_COUNT_OVER_SOURCE,
    NGX_RTALPHA_REG_COUNT_BATCH,
    NGX_RTALPHA_REG_COUNT_APART,
    NGX_RTALPHA_REG_COUNT_MAX
} ngx_rtalpha_reg_count_e;

void ngx_rtalpha_reg_count(ngx_uint_t what, ngx_uint_t n);


#endif /* _NGX_RTALPHA_REG_REQUEST_H_INCLUDED_ */
