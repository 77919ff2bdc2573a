
/*
 * A pull reader of JSON (RFC 8259) for bodies of the Eureka protocol.  Pure.
 *
 * It gives one token after another, as the parser of the Java server does,
 * because the contract for odd bodies is written in terms of its tokens:
 * fields of an unknown nested object count as fields of the instance, and
 * what follows the end of the root is not looked at.  No recursion; nesting
 * is at most NGX_RTALPHA_REG_TOKEN_DEPTH.
 */


#ifndef _NGX_RTALPHA_REG_TOKEN_H_INCLUDED_
#define _NGX_RTALPHA_REG_TOKEN_H_INCLUDED_


#include "ngx_rtalpha.h"


#define NGX_RTALPHA_REG_TOKEN_DEPTH  1000


typedef enum {
    NGX_RTALPHA_REG_TOKEN_ERROR = 0,    /* also: nothing is left */
    NGX_RTALPHA_REG_TOKEN_OBJECT,
    NGX_RTALPHA_REG_TOKEN_OBJECT_END,
    NGX_RTALPHA_REG_TOKEN_ARRAY,
    NGX_RTALPHA_REG_TOKEN_ARRAY_END,
    NGX_RTALPHA_REG_TOKEN_NAME,
    NGX_RTALPHA_REG_TOKEN_STRING,
    NGX_RTALPHA_REG_TOKEN_INT,
    NGX_RTALPHA_REG_TOKEN_FLOAT,
    NGX_RTALPHA_REG_TOKEN_TRUE,
    NGX_RTALPHA_REG_TOKEN_FALSE,
    NGX_RTALPHA_REG_TOKEN_NULL
} ngx_rtalpha_reg_token_e;


typedef struct {
    u_char      *pos;
    u_char      *last;
    u_char      *buf;               /* decoded strings go here */
    ngx_uint_t   type;
    ngx_str_t    text;              /* of the token, decoded */
    ngx_uint_t   depth;
    unsigned     named:1;           /* a name has been read, a value comes */
    unsigned     next:1;            /* a value has been read before */
    unsigned     failed:1;
    u_char       array[NGX_RTALPHA_REG_TOKEN_DEPTH / 8];
} ngx_rtalpha_reg_token_t;


/* NGX_ERROR: no memory.  The body is not changed. */
ngx_int_t ngx_rtalpha_reg_token_init(ngx_rtalpha_reg_token_t *t,
    ngx_pool_t *pool, const ngx_str_t *body);

/* the next token's type; after an error nothing but errors */
ngx_uint_t ngx_rtalpha_reg_token_next(ngx_rtalpha_reg_token_t *t);

/*
 * The next member of an object, its value the current token; NGX_DONE: the
 * object's end; NGX_DECLINED: neither.
 */
ngx_int_t ngx_rtalpha_reg_token_member(ngx_rtalpha_reg_token_t *t,
    ngx_str_t *name);

/*
 * The token as a number or a truth value, as Jackson's getValueAs…() does:
 * numeric strings count, what is none is 0 (false).  NGX_ERROR: a number
 * that does not fit.
 */
ngx_int_t ngx_rtalpha_reg_token_int(ngx_rtalpha_reg_token_t *t,
    int32_t *value);
ngx_int_t ngx_rtalpha_reg_token_long(ngx_rtalpha_reg_token_t *t,
    int64_t *value);
ngx_uint_t ngx_rtalpha_reg_token_bool(ngx_rtalpha_reg_token_t *t);

/* steps over the value that begins with the current token */
ngx_int_t ngx_rtalpha_reg_token_skip(ngx_rtalpha_reg_token_t *t);

/* decimal text as a Java long; NGX_DECLINED: it is none */
ngx_int_t ngx_rtalpha_reg_token_parse_long(const ngx_str_t *text,
    int64_t *value);


#endif /* _NGX_RTALPHA_REG_TOKEN_H_INCLUDED_ */
