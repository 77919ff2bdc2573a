
/*
 * A GET on its way, for the content handler and the file that holds
 * requests until their answer changes.
 */


#ifndef _NGX_RTALPHA_CFG_REQUEST_H_INCLUDED_
#define _NGX_RTALPHA_CFG_REQUEST_H_INCLUDED_


#include "ngx_rtalpha_access_who.h"
#include "ngx_rtalpha_cfg_ask.h"
#include "ngx_rtalpha_cfg_module.h"


#define NGX_RTALPHA_CFG_DEPS   4
#define NGX_RTALPHA_CFG_TYPE   96


/* what is kept beside the bytes of an answer */
typedef struct {
    ngx_rtalpha_cfg_dep_t    deps[NGX_RTALPHA_CFG_DEPS];
    int64_t                  modified;
    u_char                   etag[16];
    uint8_t                  ndeps;
    uint8_t                  type_len;
    uint8_t                  volatile_;         /* other things, too */
    u_char                   type[NGX_RTALPHA_CFG_TYPE];
} ngx_rtalpha_cfg_kept_t;


/* a request on its way */
typedef struct {
    ngx_rtalpha_cfg_server_t    *server;
    ngx_str_t                    target;
    ngx_str_t                    key;           /* empty: not remembered */
    ngx_rtalpha_access_who_t     who;
    ngx_uint_t                   method;
    ngx_uint_t                   hold;          /* seconds; 0: answer now */
    uint64_t                     version;       /* of the settings */
    ngx_rtalpha_cfg_kept_t       kept;          /* the answer it holds */
    unsigned                     waited:1;      /* has been parked */
    unsigned                     held:1;
} ngx_rtalpha_cfg_request_t;


/*
 * What a content handler returns.  answer: as it was answered before, if
 * nothing has moved since.  again: makes the answer; also the wake callback
 * of what waits for content.
 */
ngx_int_t ngx_rtalpha_cfg_request_answer(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_conf_t *conf);
ngx_int_t ngx_rtalpha_cfg_request_again(ngx_http_request_t *r, void *data,
    ngx_uint_t last);

/*
 * May the request have its answer under the settings of now, and what is the
 * answer's key: NGX_DECLINED: go on, else it has been answered.
 */
ngx_int_t ngx_rtalpha_cfg_request_begin(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, ngx_rtalpha_cfg_conf_t *conf);

/* 304 with the headers of an answer */
ngx_int_t ngx_rtalpha_cfg_request_same(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_kept_t *kept);

/* has nothing moved that the answer was made from; notes what has been seen */
ngx_uint_t ngx_rtalpha_cfg_request_fresh(ngx_rtalpha_cfg_kept_t *kept);


/* sets req->hold: seconds that "Prefer: wait" asks for, within the limit */
void ngx_rtalpha_cfg_hold_asked(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_conf_t *conf);

/* is it the answer that the client has, and will it wait for another */
ngx_uint_t ngx_rtalpha_cfg_hold_wanted(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req,
    const ngx_rtalpha_cfg_kept_t *kept);

/* parks the request, or leaves it parked, until kept is out of date */
ngx_int_t ngx_rtalpha_cfg_hold(ngx_http_request_t *r,
    ngx_rtalpha_cfg_request_t *req, const ngx_rtalpha_cfg_kept_t *kept);

/* Preference-Applied, on an answer to a request that would have waited */
ngx_int_t ngx_rtalpha_cfg_hold_applied(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req);


#endif /* _NGX_RTALPHA_CFG_REQUEST_H_INCLUDED_ */
