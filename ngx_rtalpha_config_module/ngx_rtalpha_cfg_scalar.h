
/*
 * Scalars of the YAML writer: which style SnakeYAML gives a string, and how
 * each style is written.
 */


#ifndef _NGX_RTALPHA_CFG_SCALAR_H_INCLUDED_
#define _NGX_RTALPHA_CFG_SCALAR_H_INCLUDED_


#include "ngx_rtalpha_out.h"


/* where the writer stands */
typedef struct {
    ngx_rtalpha_out_t  *out;
    ngx_uint_t          column;         /* in UTF-16 units */
    ngx_uint_t          indent;
    unsigned            whitespace:1;   /* the last was a blank */
    unsigned            indention:1;    /* only indentation so far */
} ngx_rtalpha_cfg_emitter_t;


/* can it be the key before a ":" on one line */
ngx_uint_t ngx_rtalpha_cfg_scalar_simple(const ngx_str_t *s);

/* a string in the style that it gets; key: as a simple key */
void ngx_rtalpha_cfg_scalar_string(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t key);

/* text as it is: numbers, true, null */
void ngx_rtalpha_cfg_scalar_plain(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *s, ngx_uint_t split);

/* base64 text with its tag */
void ngx_rtalpha_cfg_scalar_binary(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *base64);

void ngx_rtalpha_cfg_scalar_indent(ngx_rtalpha_cfg_emitter_t *e);
void ngx_rtalpha_cfg_scalar_indicator(ngx_rtalpha_cfg_emitter_t *e,
    const char *text, ngx_uint_t need, ngx_uint_t whitespace,
    ngx_uint_t indention);


#endif /* _NGX_RTALPHA_CFG_SCALAR_H_INCLUDED_ */
