
/*
 * Segments taken out of the zone as text: their instances are copied in
 * short sections and rendered outside them.  One segment at a time, in
 * memory of the process that is used again for the next one.
 */


#ifndef _NGX_RTALPHA_REG_TAKE_H_INCLUDED_
#define _NGX_RTALPHA_REG_TAKE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_out.h"
#include "ngx_rtalpha_reg_status.h"


struct ngx_rtalpha_reg_seg_s;
struct ngx_rtalpha_reg_piece_s;


/* what has been taken, and where to go on */
typedef struct {
    struct ngx_rtalpha_reg_seg_s  *seg;
    uint64_t                       id;
    uint64_t                       seq;
    uint64_t                       epoch;
    uint32_t                       edges;
    ngx_uint_t                     every;   /* up to date or not */

    /* pieces of one application instead of segments, every one of them */
    ngx_str_t                      app;
    struct ngx_rtalpha_reg_piece_s  *piece;
} ngx_rtalpha_reg_taken_t;


/* a segment's text in a form; good until the next one */
typedef struct {
    ngx_str_t                      bytes;
    size_t                         raw;     /* length of the text */
    uint32_t                       crc;     /* of the text; compressed only */
    uint64_t                       counts[NGX_RTALPHA_REG_STATUSES];
} ngx_rtalpha_reg_text_t;


/* in init_process, exit_process */
ngx_int_t ngx_rtalpha_reg_take_init(ngx_cycle_t *cycle);
void ngx_rtalpha_reg_take_exit(void);

/*
 * With taken->app set: copies the next piece of that application, and sets
 * taken->seq to its version.  NGX_AGAIN: its pieces are others now.
 *
 * Copies the next segment whose bytes in this form are out of date, or with
 * every the next one of all.  NGX_DONE: there is none; NGX_AGAIN (every):
 * the list of segments is another one now; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_take(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken);

/* renders what was copied, compresses it if the form is compressed */
ngx_int_t ngx_rtalpha_reg_take_text(ngx_uint_t form,
    ngx_rtalpha_reg_taken_t *taken, ngx_rtalpha_reg_text_t *text);

/*
 * What stands before (NGX_RTALPHA_REG_OPEN) and after all segments, whose
 * counts, length and check sum text has; the result is left in it.
 */
ngx_int_t ngx_rtalpha_reg_take_frame(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_text_t *text);

/* the same around one application's text */
ngx_int_t ngx_rtalpha_reg_take_only(ngx_uint_t form, ngx_uint_t edge,
    ngx_rtalpha_reg_text_t *text);

/* a text compressed as a whole; good until the next one */
ngx_int_t ngx_rtalpha_reg_take_gzip(const ngx_str_t *text, ngx_str_t *bytes);

/* a few bytes as a part of a compressed answer */
ngx_int_t ngx_rtalpha_reg_take_part(const ngx_str_t *bytes,
    ngx_rtalpha_reg_text_t *text);

uint64_t ngx_rtalpha_reg_take_usec(void);


#endif /* _NGX_RTALPHA_REG_TAKE_H_INCLUDED_ */
