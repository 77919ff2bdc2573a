
/*
 * Request target to question, with the rules of a Spring Cloud Config
 * Server: which route, which name, profiles, label and path, and what is
 * refused before any repository is looked at.
 *
 * Works on the bytes as sent: Spring splits on "/" first and decodes each
 * segment afterwards, so nginx's normalised URI would be too late.
 */


#ifndef _NGX_RTALPHA_CFG_PATH_H_INCLUDED_
#define _NGX_RTALPHA_CFG_PATH_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_CFG_ROUTE_NONE = 0,
    NGX_RTALPHA_CFG_ROUTE_ENV,          /* /name/profiles[/label] */
    NGX_RTALPHA_CFG_ROUTE_FORMAT,       /* [/label]/name-profiles.ext */
    NGX_RTALPHA_CFG_ROUTE_PLAIN,        /* /name/profile/label/path */
    NGX_RTALPHA_CFG_ROUTE_KEY,          /* /key[/name/profiles] */
    NGX_RTALPHA_CFG_ROUTE_STATUS,       /* /encrypt/status */
    NGX_RTALPHA_CFG_ROUTE_ENCRYPT,      /* POST /encrypt[/name/profiles] */
    NGX_RTALPHA_CFG_ROUTE_DECRYPT,
    NGX_RTALPHA_CFG_ROUTE_MONITOR,
    NGX_RTALPHA_CFG_ROUTE_HEALTH,       /* /actuator[/health[/x]]: path */
    NGX_RTALPHA_CFG_ROUTE_ERROR,        /* /error */
    NGX_RTALPHA_CFG_ROUTE_OPTIONS       /* Allow: as q->methods says */
} ngx_rtalpha_cfg_route_e;


typedef enum {
    NGX_RTALPHA_CFG_YAML = 1,           /* .yml and .yaml */
    NGX_RTALPHA_CFG_JSON,
    NGX_RTALPHA_CFG_PROPERTIES
} ngx_rtalpha_cfg_format_e;


typedef enum {
    NGX_RTALPHA_CFG_GET = 1,            /* HEAD too */
    NGX_RTALPHA_CFG_POST = 2,
    NGX_RTALPHA_CFG_OPTIONS = 4,
    NGX_RTALPHA_CFG_OTHER = 8
} ngx_rtalpha_cfg_method_e;


typedef struct {
    ngx_str_t    prefix;                /* before all routes but /monitor */
    ngx_str_t    monitor;               /* path of the monitor; empty: none */
    ngx_str_t    application;           /* where /encrypt names nobody */
    ngx_str_t    profile;
    unsigned     slash:1;               /* %2F in a segment is a slash, as
                                           clients mean it (Tomcat: 400) */
    unsigned     validate:1;            /* profile characters */
    unsigned     firewall:1;            /* Spring Security is there */
} ngx_rtalpha_cfg_path_conf_t;


typedef struct {
    ngx_uint_t   route;
    ngx_uint_t   format;

    ngx_str_t    name;
    ngx_str_t    profiles;
    ngx_str_t    label;                 /* len 0 and !labelled: none given */
    ngx_str_t    path;                  /* of a plain text resource */

    ngx_uint_t   status;                /* 0, or the error to answer */
    ngx_uint_t   methods;               /* of the route, for Allow */
    char        *reason;                /* of the error */

    unsigned     labelled:1;
    unsigned     formatted:1;           /* of /name/profiles, where the second
                                           is name-profiles.ext as well */
    unsigned     bare:1;                /* the error is the container's own:
                                           not of Spring's error body */
    unsigned     empty:1;               /* the error has no body */
    unsigned     resolve:1;             /* resolvePlaceholders */
    unsigned     unresolved:1;          /* that is no boolean */
    unsigned     probe:1;               /* /actuator/health: for everybody */
} ngx_rtalpha_cfg_question_t;


/*
 * target: path and query as sent.  Fills q; NGX_OK (with q->status set for
 * what is refused) or NGX_ERROR (no memory).  Strings are of the pool.
 */
ngx_int_t ngx_rtalpha_cfg_path_parse(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_path_conf_t *conf, ngx_uint_t method,
    const ngx_str_t *target, ngx_rtalpha_cfg_question_t *q);

/*
 * Names, labels and paths: 1 if refused (contains "..", "#" or begins with
 * "(_)", also when decoded once more).  CVE-2019-3799, -2020-5405, -2020-5410.
 */
ngx_uint_t ngx_rtalpha_cfg_path_invalid(ngx_pool_t *pool,
    const ngx_str_t *value);

/* "(_)" becomes "/" */
ngx_int_t ngx_rtalpha_cfg_path_slashes(ngx_pool_t *pool,
    const ngx_str_t *value, ngx_str_t *result);

/*
 * Is one profile made of letters, digits and "-_.+@", beginning and ending
 * with a letter or digit (Spring Boot's rule).
 */
ngx_uint_t ngx_rtalpha_cfg_path_profile_valid(const ngx_str_t *profile);

/* value of the first query parameter of that name; NGX_DECLINED: none */
ngx_int_t ngx_rtalpha_cfg_path_param(ngx_pool_t *pool,
    const ngx_str_t *query, const char *name, ngx_str_t *value);

/*
 * Percent decoding; plus: "+" is a blank.  NGX_DECLINED: malformed.
 */
ngx_int_t ngx_rtalpha_cfg_path_decode(ngx_pool_t *pool, const ngx_str_t *raw,
    ngx_uint_t plus, ngx_str_t *value);

/*
 * The character at p and its length, strictly (nginx's own decoder takes
 * what is no continuation); 0: these bytes are none.
 */
size_t ngx_rtalpha_cfg_path_char(const u_char *p, const u_char *last,
    uint32_t *c);

/* is it well-formed UTF-8 */
ngx_uint_t ngx_rtalpha_cfg_path_utf8(const ngx_str_t *text);


#endif /* _NGX_RTALPHA_CFG_PATH_H_INCLUDED_ */
