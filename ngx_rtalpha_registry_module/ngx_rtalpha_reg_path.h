
/*
 * From a request's path to the resource and its names.  Pure.
 *
 * The raw path counts, not nginx's normalised one: "%2F" within an instance
 * id must not become a separator, and "apps//x" is no resource.  Matrix
 * parameters (";x=1") are cut off every segment, segments are then decoded.
 */


#ifndef _NGX_RTALPHA_REG_PATH_H_INCLUDED_
#define _NGX_RTALPHA_REG_PATH_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_REG_PATH_NONE = 0,  /* no such resource */
    NGX_RTALPHA_REG_PATH_APPS,
    NGX_RTALPHA_REG_PATH_DELTA,
    NGX_RTALPHA_REG_PATH_APP,       /* name */
    NGX_RTALPHA_REG_PATH_INSTANCE,  /* name, id */
    NGX_RTALPHA_REG_PATH_STATUS,    /* name, id */
    NGX_RTALPHA_REG_PATH_METADATA,  /* name, id */
    NGX_RTALPHA_REG_PATH_BY_ID,     /* id */
    NGX_RTALPHA_REG_PATH_VIP,       /* name */
    NGX_RTALPHA_REG_PATH_SVIP,      /* name */
    NGX_RTALPHA_REG_PATH_BATCH,
    NGX_RTALPHA_REG_PATH_ASG,       /* name */
    NGX_RTALPHA_REG_PATH_INFO,      /* GET /eureka/status */
    NGX_RTALPHA_REG_PATH_OVERRIDES, /* GET /eureka/serverinfo/… */
    NGX_RTALPHA_REG_PATH_PAGE,      /* GET / */
    NGX_RTALPHA_REG_PATH_LASTN,
    NGX_RTALPHA_REG_PATH_HEALTH,    /* GET /actuator/health */
    NGX_RTALPHA_REG_PATH_ABOUT,     /* GET /actuator/info */
    NGX_RTALPHA_REG_PATHS
} ngx_rtalpha_reg_path_e;


typedef struct {
    ngx_uint_t   resource;          /* ngx_rtalpha_reg_path_e */
    ngx_str_t    name;
    ngx_str_t    id;
} ngx_rtalpha_reg_path_t;


/*
 * uri: the path as sent, after the location's prefix, without arguments.
 * buf: uri->len bytes for the decoded names.  NGX_OK (the resource may be
 * NONE); NGX_DECLINED: bad escapes, 400.
 */
ngx_int_t ngx_rtalpha_reg_path_parse(const ngx_str_t *uri, u_char *buf,
    ngx_rtalpha_reg_path_t *path);

/* "GET, HEAD, OPTIONS": what a 405 and an OPTIONS say */
const ngx_str_t *ngx_rtalpha_reg_path_allow(ngx_uint_t resource);

/* is a word one of a list's, which has commas and no blanks */
ngx_uint_t ngx_rtalpha_reg_path_listed(const ngx_str_t *list,
    const ngx_str_t *word);

/*
 * The value of a query argument, decoded ('+' is a blank) into a buffer of
 * args->len bytes.  NGX_DECLINED: not there.
 */
ngx_int_t ngx_rtalpha_reg_path_arg(const ngx_str_t *args, const char *name,
    u_char *buf, ngx_str_t *value);

/*
 * The next "key=value" of a query, decoded into *buf, which is moved on;
 * rest begins as the whole query.  NGX_DONE at the end.
 */
ngx_int_t ngx_rtalpha_reg_path_next_arg(ngx_str_t *rest, u_char **buf,
    ngx_str_t *key, ngx_str_t *value);


#endif /* _NGX_RTALPHA_REG_PATH_H_INCLUDED_ */
