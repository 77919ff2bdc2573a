
/*
 * What filters of a route do to a request and its answer, as lists of small
 * operations.
 */


#ifndef _NGX_RTALPHA_GW_EDIT_H_INCLUDED_
#define _NGX_RTALPHA_GW_EDIT_H_INCLUDED_


#include "ngx_rtalpha_gw_headers.h"
#include "ngx_rtalpha_gw_pattern.h"


typedef enum {
    /* of requests */
    NGX_RTALPHA_GW_ADD_HEADER = 0,
    NGX_RTALPHA_GW_ADD_ABSENT,
    NGX_RTALPHA_GW_SET_HEADER,
    NGX_RTALPHA_GW_REMOVE_HEADER,
    NGX_RTALPHA_GW_MAP_HEADER,          /* name → value */
    NGX_RTALPHA_GW_ADD_PARAM,
    NGX_RTALPHA_GW_REMOVE_PARAM,
    NGX_RTALPHA_GW_REWRITE_PARAM,
    NGX_RTALPHA_GW_PREFIX_PATH,
    NGX_RTALPHA_GW_STRIP_PREFIX,        /* n segments */
    NGX_RTALPHA_GW_SET_PATH,
    NGX_RTALPHA_GW_REWRITE_PATH,
    NGX_RTALPHA_GW_SET_URI,
    NGX_RTALPHA_GW_HEADER_URI,
    NGX_RTALPHA_GW_KEEP_HOST,
    NGX_RTALPHA_GW_SET_HOST,
    NGX_RTALPHA_GW_REQUEST_SIZE,
    NGX_RTALPHA_GW_HEADER_SIZE,
    NGX_RTALPHA_GW_REDIRECT,            /* n: status; flag: with query */

    /* of answers */
    NGX_RTALPHA_GW_ADD_ANSWER,          /* flag: only if absent */
    NGX_RTALPHA_GW_SET_ANSWER,
    NGX_RTALPHA_GW_REMOVE_ANSWER,
    NGX_RTALPHA_GW_REWRITE_ANSWER,
    NGX_RTALPHA_GW_DEDUPE_ANSWER,       /* n: which is kept */
    NGX_RTALPHA_GW_LOCATION_ANSWER,     /* n: when a version goes */
    NGX_RTALPHA_GW_STATUS_ANSWER        /* n: status; name: original's */
} ngx_rtalpha_gw_op_e;


enum { NGX_RTALPHA_GW_RETAIN_FIRST = 0, NGX_RTALPHA_GW_RETAIN_LAST,
       NGX_RTALPHA_GW_RETAIN_UNIQUE };

enum { NGX_RTALPHA_GW_STRIP_NEVER = 0, NGX_RTALPHA_GW_STRIP_AS_IN_REQUEST,
       NGX_RTALPHA_GW_STRIP_ALWAYS };


typedef struct {
    uint32_t                   type;    /* ngx_rtalpha_gw_op_e */
    unsigned                   flag:1;
    unsigned                   vars:1;  /* value has variables */
    ngx_str_t                  name;
    ngx_str_t                  value;
    ngx_rtalpha_gw_regex_t    *regex;
    off_t                      n;
} ngx_rtalpha_gw_op_t;


struct ngx_rtalpha_gw_edits_s {
    ngx_array_t                request; /* ngx_rtalpha_gw_op_t */
    ngx_array_t                answer;  /* in the order they are applied */
    ngx_array_t               *members; /* ngx_str_t, out of JSON bodies */
    unsigned                   deep:1;
};

typedef struct ngx_rtalpha_gw_edits_s  ngx_rtalpha_gw_edits_t;


/* a request on its way to an instance */
typedef struct {
    ngx_pool_t                *pool;
    ngx_rtalpha_gw_headers_t  *headers;
    ngx_rtalpha_gw_vars_t     *vars;
    ngx_str_t                  path;
    ngx_str_t                  query;   /* data NULL: none */
    ngx_str_t                  host;    /* of the instance, if it is set */
    ngx_str_t                  uri;     /* instead of target and path */
    off_t                      length;  /* of the body; -1: unknown */
    ngx_array_t               *absent;  /* ngx_str_t: names that were */
    unsigned                   keep_host:1;
    unsigned                   prefixed:1;

    /* an answer at once */
    ngx_uint_t                 status;
    ngx_str_t                  field;   /* one header field */
    ngx_str_t                  text;    /* its value */
} ngx_rtalpha_gw_message_t;


/*
 * NGX_OK; NGX_DONE: answer with status and field; NGX_DECLINED: answer 500
 * (a variable that is not set, an expression over its limits); NGX_ERROR:
 * no memory.
 */
ngx_int_t ngx_rtalpha_gw_edit_request(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op, ngx_uint_t n);

/*
 * "{name}" replaced by variables; encode: for a path.  As above; a value
 * with a line end is NGX_DECLINED too.
 */
ngx_int_t ngx_rtalpha_gw_edit_expand(ngx_pool_t *pool,
    const ngx_rtalpha_gw_vars_t *vars, const ngx_str_t *text,
    ngx_uint_t encode, ngx_str_t *result);

/* Location of an answer: see RewriteLocationResponseHeader */
ngx_int_t ngx_rtalpha_gw_edit_location(ngx_pool_t *pool,
    const ngx_rtalpha_gw_op_t *op, const ngx_str_t *value,
    const ngx_str_t *host, const ngx_str_t *path, ngx_str_t *result);


#endif /* _NGX_RTALPHA_GW_EDIT_H_INCLUDED_ */
