
/*
 * Path and host patterns, compiled.
 *
 * ANT is Spring's AntPathMatcher (Zuul's routes, and hosts with "." for a
 * separator): "?" one character, "*" within a segment, "**" any number of
 * segments, "{v}" and "{v:regex}" one segment; empty segments do not count.
 * PATH is Spring's PathPattern (Spring Cloud Gateway): "**" and "{*v}" only
 * at the end, empty segments count, a slash at the end of the path is
 * optional if asked for.
 */


#ifndef _NGX_RTALPHA_GW_PATTERN_H_INCLUDED_
#define _NGX_RTALPHA_GW_PATTERN_H_INCLUDED_


#include "ngx_rtalpha_gw_path.h"
#include "ngx_rtalpha_gw_regex.h"


typedef enum {
    NGX_RTALPHA_GW_ANT = 0,
    NGX_RTALPHA_GW_PATH,
    NGX_RTALPHA_GW_PATH_SLASH       /* the slash at the end is optional */
} ngx_rtalpha_gw_style_e;


typedef enum {
    NGX_RTALPHA_GW_LITERAL = 0,
    NGX_RTALPHA_GW_ANY,             /* "*" */
    NGX_RTALPHA_GW_VAR,             /* "{v}" */
    NGX_RTALPHA_GW_GLOB,            /* "a*", "a?b" */
    NGX_RTALPHA_GW_REGEX,           /* "{v:re}", "a-{v}" */
    NGX_RTALPHA_GW_DOUBLE,          /* "**" */
    NGX_RTALPHA_GW_REST             /* "{*v}" */
} ngx_rtalpha_gw_elem_e;


typedef struct {
    uint32_t                 kind;      /* ngx_rtalpha_gw_elem_e */
    uint32_t                 hash;      /* of a literal */
    ngx_str_t                text;      /* literal, glob, or variable */
    ngx_rtalpha_gw_regex_t  *regex;
    ngx_str_t               *names;     /* of the regex's groups */
} ngx_rtalpha_gw_elem_t;


typedef struct {
    ngx_str_t                text;      /* as written */
    ngx_rtalpha_gw_elem_t   *elems;
    uint16_t                 n;
    uint8_t                  style;
    unsigned                 lead:1;
    unsigned                 slash:1;
} ngx_rtalpha_gw_pattern_t;


/* variables set by a pattern: the array is created when the first is set */
typedef struct {
    ngx_pool_t              *pool;
    ngx_array_t             *array;     /* of ngx_keyval_t */
    unsigned                 failed:1;
} ngx_rtalpha_gw_vars_t;


/* NGX_OK; NGX_DECLINED: *error says why; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_gw_pattern_compile(ngx_pool_t *pool,
    ngx_rtalpha_gw_pattern_t *pattern, const ngx_str_t *text,
    ngx_uint_t style, u_char separator, ngx_str_t *error);

/*
 * For ANT path must have no empty segments (ngx_rtalpha_gw_path_compact()).
 * vars may be NULL.  1 or 0.
 */
ngx_uint_t ngx_rtalpha_gw_pattern_match(
    const ngx_rtalpha_gw_pattern_t *pattern,
    const ngx_rtalpha_gw_path_t *path, ngx_rtalpha_gw_vars_t *vars);

void ngx_rtalpha_gw_vars_set(ngx_rtalpha_gw_vars_t *vars,
    const ngx_str_t *name, const ngx_str_t *value);

/* NULL: not set */
const ngx_str_t *ngx_rtalpha_gw_vars_get(const ngx_rtalpha_gw_vars_t *vars,
    const ngx_str_t *name);


#endif /* _NGX_RTALPHA_GW_PATTERN_H_INCLUDED_ */
