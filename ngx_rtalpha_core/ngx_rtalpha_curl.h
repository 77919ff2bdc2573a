
/*
 * An outgoing HTTP request that a background job makes first.  The upper
 * fields are filled by who posts the job, the results are there in run()
 * and done(); the verbs at the end are for the background thread alone.
 *
 * Only http and https.  The certificate and the name of a TLS server are
 * verified unless the request says otherwise.  The environment's proxy
 * settings and ~/.netrc are not looked at.
 */


#ifndef _NGX_RTALPHA_CURL_H_INCLUDED_
#define _NGX_RTALPHA_CURL_H_INCLUDED_


#include "ngx_rtalpha.h"
#include "ngx_rtalpha_poll.h"


/*
 * All of it stays until the job is destroyed; ngx_rtalpha_curl() makes one in
 * the job's pool.
 */
typedef struct {
    ngx_str_t       url;            /* may have user:password@ */
    ngx_str_t       method;         /* empty: GET, with a body POST */
    ngx_array_t    *headers;        /* of ngx_keyval_t; NULL: none */
    ngx_str_t       body;           /* len 0: none; it needs a Content-Type
                                       in headers */
    ngx_str_t       username;       /* of basic authentication */
    ngx_str_t       password;
    ngx_str_t       proxy;          /* URL; empty: none */
    ngx_str_t       ca;             /* file of trusted certificates; empty:
                                       the system's */
    ngx_str_t       certificate;    /* PEM files of the client's own; */
    ngx_str_t       key;            /* empty: none */
    ngx_msec_t      connect_timeout;    /* 0: 5 s */
    ngx_msec_t      timeout;        /* of all of it; 0: 30 s */
    size_t          max_answer;     /* bytes, decoded; 0: 16 MB */
    unsigned        follow:1;       /* follow up to 5 redirects */
    unsigned        insecure:1;     /* do not verify the TLS server */
    unsigned        compressed:1;   /* ask for and decode gzip, deflate */

    /* results */
    ngx_uint_t      status;         /* 0: no whole answer; see error */
    ngx_array_t    *answer_headers; /* of ngx_keyval_t, names in lower case;
                                       NULL: none */
    ngx_str_t       answer;
    ngx_str_t       error;          /* why there is no answer */
    ngx_msec_t      took;
    unsigned        too_long:1;     /* the answer exceeded max_answer */
    unsigned        timed_out:1;
} ngx_rtalpha_curl_t;


/* a request with these defaults: all zeros but the URL; NULL: no memory */
ngx_rtalpha_curl_t *ngx_rtalpha_curl(ngx_pool_t *pool, const ngx_str_t *url);

/* one more request header; strings stay until the job is destroyed */
ngx_int_t ngx_rtalpha_curl_header(ngx_pool_t *pool, ngx_rtalpha_curl_t *http,
    const char *name, const ngx_str_t *value);

/* an answer's header, the first of its name; NULL: not there */
const ngx_str_t *ngx_rtalpha_curl_answer(const ngx_rtalpha_curl_t *http,
    const char *lowcase_name);


typedef struct ngx_rtalpha_transfers_s  ngx_rtalpha_transfers_t;


/* once a process, before the first thread is there */
ngx_int_t ngx_rtalpha_transfers_load(void);

/*
 * Transfers of one thread; pool is the thread's own.  ended() is called when
 * the results are there, owner is what start() was given.
 */
ngx_rtalpha_transfers_t *ngx_rtalpha_transfers_create(ngx_pool_t *pool,
    void (*ended)(void *owner));

/* results are made in pool; what cannot be started has ended with an error */
void ngx_rtalpha_transfers_start(ngx_rtalpha_transfers_t *transfers,
    ngx_pool_t *pool, ngx_rtalpha_curl_t *http, void *owner);

/* says what to wait for, and serves what has come */
ngx_int_t ngx_rtalpha_transfers_poll(ngx_rtalpha_transfers_t *transfers,
    ngx_rtalpha_poll_t *set);
void ngx_rtalpha_transfers_serve(ngx_rtalpha_transfers_t *transfers,
    ngx_rtalpha_poll_t *set);

/* gives up all and frees everything; ended() is called for each */
void ngx_rtalpha_transfers_destroy(ngx_rtalpha_transfers_t *transfers);


#endif /* _NGX_RTALPHA_CURL_H_INCLUDED_ */
