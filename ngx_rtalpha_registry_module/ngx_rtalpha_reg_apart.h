
/*
 * Answers that a process has made for itself, in its own memory, while the
 * zone has no room for them.  Counted references, like blobs.
 */


#ifndef _NGX_RTALPHA_REG_APART_H_INCLUDED_
#define _NGX_RTALPHA_REG_APART_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_blob.h"


typedef struct ngx_rtalpha_reg_apart_s  ngx_rtalpha_reg_apart_t;

/* an answer to be sent: one of the two is there */
typedef struct ngx_rtalpha_reg_given_s {
    ngx_rtalpha_pin_t        *pin;
    ngx_rtalpha_reg_apart_t  *apart;
    uint64_t                  seq;          /* the version that it shows */
} ngx_rtalpha_reg_given_t;


/*
 * Builds the whole list in a form, or (unless it is empty) the one of an
 * application, a slice of usec a call, into *apart (NULL: begins).
 * NGX_OK: it is whole; NGX_AGAIN: not yet; NGX_ERROR: no
 * memory, over the limit of rtalpha.registry.max-answer, or the list changes
 * faster than it is copied: *apart is given up.
 */
ngx_int_t ngx_rtalpha_reg_apart_list(ngx_rtalpha_reg_apart_t **apart,
    ngx_uint_t form, const ngx_str_t *app, uint64_t usec);

/*
 * An answer of these bytes, which are copied; NULL: as above.  slow: it took
 * more than a moment to make.
 */
ngx_rtalpha_reg_apart_t *ngx_rtalpha_reg_apart_copy(const ngx_str_t *bytes,
    uint64_t seq, ngx_uint_t slow);

/* has it been made of that version, the present one, or just now */
ngx_uint_t ngx_rtalpha_reg_apart_fresh(const ngx_rtalpha_reg_apart_t *apart,
    uint64_t seq);

void ngx_rtalpha_reg_apart_give(ngx_rtalpha_reg_apart_t *apart,
    ngx_rtalpha_reg_given_t *given);
void ngx_rtalpha_reg_apart_drop(ngx_rtalpha_reg_apart_t *apart);

/* one that is there, and the next one of the same that is being built */
typedef struct {
    ngx_rtalpha_reg_apart_t  *made;         /* NULL: none */
    ngx_rtalpha_reg_apart_t  *making;
} ngx_rtalpha_reg_apart_pair_t;

/* as ngx_rtalpha_reg_apart_list(); NGX_OK: made is the new one */
ngx_int_t ngx_rtalpha_reg_apart_renew(ngx_rtalpha_reg_apart_pair_t *pair,
    ngx_uint_t form, const ngx_str_t *app, uint64_t usec);
/* gives both up */
void ngx_rtalpha_reg_apart_empty(ngx_rtalpha_reg_apart_pair_t *pair);

/* gives back what was given and is not sent */
void ngx_rtalpha_reg_given_release(ngx_rtalpha_reg_given_t *given);

/* sends it, and gives it back when the request ends, whatever comes */
ngx_int_t ngx_rtalpha_reg_given_send(ngx_http_request_t *r,
    const ngx_str_t *type, ngx_rtalpha_reg_given_t *given);


#endif /* _NGX_RTALPHA_REG_APART_H_INCLUDED_ */
