
/*
 * JSON out (RFC 8259), over the bounded writer: commas and colons are the
 * writer's business, nesting is at most NGX_RTALPHA_JSON_DEPTH.
 *
 *     ngx_rtalpha_json_init(&j, &out);
 *     ngx_rtalpha_json_object(&j);
 *     ngx_rtalpha_json_key_lit(&j, "name");
 *     ngx_rtalpha_json_str(&j, &name);
 *     ngx_rtalpha_json_end(&j);
 *
 * Strings are escaped as Jackson does by default: the two-character escapes
 * for \b \t \n \f \r \" \\, \u00XX in upper-case hex for other control
 * characters, everything else as it is; invalid UTF-8 becomes U+FFFD.
 */


#ifndef _NGX_RTALPHA_JSON_H_INCLUDED_
#define _NGX_RTALPHA_JSON_H_INCLUDED_


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_JSON_DEPTH  64


typedef struct {
    ngx_rtalpha_out_t  *out;
    uint64_t            array;      /* bit per level: it is an array */
    uint64_t            filled;     /* bit per level: a comma comes next */
    ngx_uint_t          depth;
    unsigned            keyed:1;    /* a key stands before the value */
} ngx_rtalpha_json_t;


void ngx_rtalpha_json_init(ngx_rtalpha_json_t *j, ngx_rtalpha_out_t *out);

void ngx_rtalpha_json_object(ngx_rtalpha_json_t *j);
void ngx_rtalpha_json_array(ngx_rtalpha_json_t *j);
void ngx_rtalpha_json_end(ngx_rtalpha_json_t *j);    /* of either */

void ngx_rtalpha_json_key(ngx_rtalpha_json_t *j, const u_char *data,
    size_t len);
void ngx_rtalpha_json_text(ngx_rtalpha_json_t *j, const u_char *data,
    size_t len);
void ngx_rtalpha_json_str(ngx_rtalpha_json_t *j, const ngx_str_t *s);
void ngx_rtalpha_json_int(ngx_rtalpha_json_t *j, int64_t n);
void ngx_rtalpha_json_bool(ngx_rtalpha_json_t *j, ngx_uint_t b);
void ngx_rtalpha_json_null(ngx_rtalpha_json_t *j);

/* text that is JSON already: a number, a rendered value */
void ngx_rtalpha_json_raw(ngx_rtalpha_json_t *j, const u_char *data,
    size_t len);

/* only the escaped bytes, without quotes: for writers of other formats */
void ngx_rtalpha_json_escape(ngx_rtalpha_out_t *out, const u_char *data,
    size_t len);

#define ngx_rtalpha_json_key_lit(j, s)                                        \
    ngx_rtalpha_json_key(j, ngx_rtalpha_lit(s))
#define ngx_rtalpha_json_lit(j, s)                                            \
    ngx_rtalpha_json_text(j, ngx_rtalpha_lit(s))


#endif /* _NGX_RTALPHA_JSON_H_INCLUDED_ */
