
/*
 * Who is interested in an event: an index by type and subject, so that an
 * event costs those whom it concerns and nobody else.  One for the process;
 * pure.
 */


#ifndef _NGX_RTALPHA_INTEREST_H_INCLUDED_
#define _NGX_RTALPHA_INTEREST_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_INTEREST_TYPES  8


typedef struct {
    ngx_queue_t   queue;
    ngx_uint_t    type;     /* 0: every event, below …_TYPES */
    ngx_str_t     subject;  /* empty: every one of the type */
    void         *data;     /* for found() */
} ngx_rtalpha_interest_t;


/*
 * The record is the caller's and stays until it is dropped; so do the bytes
 * of the subject.  An event's text concerns a subject that is its whole
 * first word, or ends in it at a slash; case does not matter.
 */
void ngx_rtalpha_interest_add(ngx_rtalpha_interest_t *interest);
void ngx_rtalpha_interest_drop(ngx_rtalpha_interest_t *interest);

/* calls found() for each that the event concerns; it must not add or drop */
void ngx_rtalpha_interest_find(ngx_uint_t type, const u_char *text,
    size_t len, void (*found)(void *data));


#endif /* _NGX_RTALPHA_INTEREST_H_INCLUDED_ */
