
/*
 * The protocol of Redis (RESP2): commands out, replies in.  hiredis' reader
 * takes replies apart; what it finds becomes the structure below, so that
 * nobody else knows hiredis.
 */


#ifndef _NGX_RTALPHA_RESP_H_INCLUDED_
#define _NGX_RTALPHA_RESP_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_RESP_STRING = 1,    /* str */
    NGX_RTALPHA_RESP_ARRAY,         /* n, elements */
    NGX_RTALPHA_RESP_INTEGER,       /* integer */
    NGX_RTALPHA_RESP_NIL,
    NGX_RTALPHA_RESP_STATUS,        /* str: "OK" */
    NGX_RTALPHA_RESP_ERROR          /* str: "NOSCRIPT No matching …" */
} ngx_rtalpha_resp_type_e;


typedef struct ngx_rtalpha_reply_s  ngx_rtalpha_reply_t;

struct ngx_rtalpha_reply_s {
    ngx_uint_t             type;
    int64_t                integer;
    ngx_str_t              str;         /* of an integer: its digits */
    ngx_uint_t             n;
    ngx_rtalpha_reply_t  **elements;
};


/* does an error begin with this code */
#define ngx_rtalpha_reply_is_error(r, code)                                   \
    ((r)->type == NGX_RTALPHA_RESP_ERROR                                      \
     && ngx_rtalpha_str_begins(&(r)->str, code))

/* element i of an array; NULL: there is none, or it is no array */
ngx_rtalpha_reply_t *ngx_rtalpha_reply_at(const ngx_rtalpha_reply_t *reply,
    ngx_uint_t i);


/* a growing buffer of what is to be sent */
typedef struct {
    u_char    *start;
    u_char    *pos;                     /* sent up to here */
    u_char    *last;
    u_char    *end;
    size_t     max;
} ngx_rtalpha_resp_buf_t;


/*
 * Appends an array head and bulk strings.  NGX_ERROR: no memory, or more
 * than max bytes would wait; then the buffer has lost nothing and has got
 * nothing but whole strings: take it back to a mark.
 */
ngx_int_t ngx_rtalpha_resp_head(ngx_rtalpha_resp_buf_t *buf, ngx_uint_t n);
ngx_int_t ngx_rtalpha_resp_bulk(ngx_rtalpha_resp_buf_t *buf,
    const u_char *data, size_t len);
ngx_int_t ngx_rtalpha_resp_raw(ngx_rtalpha_resp_buf_t *buf,
    const u_char *data, size_t len);

#define ngx_rtalpha_resp_size(buf)  ((size_t) ((buf)->last - (buf)->pos))

/* a mark, and back to it */
#define ngx_rtalpha_resp_mark(buf)  ((size_t) ((buf)->last - (buf)->pos))
#define ngx_rtalpha_resp_back(buf, mark)                                      \
    (buf)->last = (buf)->pos + (mark)

/* n bytes have been sent */
void ngx_rtalpha_resp_sent(ngx_rtalpha_resp_buf_t *buf, size_t n);

void ngx_rtalpha_resp_free(ngx_rtalpha_resp_buf_t *buf);


typedef struct ngx_rtalpha_resp_reader_s  ngx_rtalpha_resp_reader_t;


/* max: bytes of a reply not whole yet; NULL: no memory */
ngx_rtalpha_resp_reader_t *ngx_rtalpha_resp_reader_create(size_t max);
void ngx_rtalpha_resp_reader_destroy(ngx_rtalpha_resp_reader_t *reader);

/* NGX_ERROR: no memory, or more than max */
ngx_int_t ngx_rtalpha_resp_feed(ngx_rtalpha_resp_reader_t *reader,
    const u_char *data, size_t len);

/* NGX_OK and the next whole reply; NGX_AGAIN; NGX_ERROR: not RESP2 */
ngx_int_t ngx_rtalpha_resp_next(ngx_rtalpha_resp_reader_t *reader,
    ngx_rtalpha_reply_t **reply);

void ngx_rtalpha_reply_free(ngx_rtalpha_reply_t *reply);


/* the slot of a key in a cluster: of what is in {}, else of all of it */
ngx_uint_t ngx_rtalpha_resp_slot(const ngx_str_t *key);

#define NGX_RTALPHA_RESP_SLOTS  16384


#endif /* _NGX_RTALPHA_RESP_H_INCLUDED_ */
