
/*
 * The documents of one configuration file: parsed once per object, packed
 * into bytes that are shared by all labels, and read back with what steers
 * the resolution -- activation, imports, includes, groups.
 */


#ifndef _NGX_RTALPHA_CFG_DOCS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_DOCS_H_INCLUDED_


#include "ngx_rtalpha_props.h"
#include "ngx_rtalpha_yaml.h"


typedef enum {
    NGX_RTALPHA_CFG_FILE_NONE = 0,      /* not a file with properties */
    NGX_RTALPHA_CFG_FILE_YAML,
    NGX_RTALPHA_CFG_FILE_PROPERTIES,
    NGX_RTALPHA_CFG_FILE_XML
} ngx_rtalpha_cfg_file_e;


typedef struct {
    ngx_str_t              profile;
    ngx_array_t           *members;     /* of ngx_str_t */
} ngx_rtalpha_cfg_group_t;


typedef struct {
    ngx_rtalpha_props_t   *props;
    ngx_array_t           *profiles;    /* on-profile; NULL: no condition */
    ngx_array_t           *imports;     /* spring.config.import; or NULL */
    ngx_array_t           *includes;    /* spring.profiles.include; or NULL */
    ngx_array_t           *groups;      /* ngx_rtalpha_cfg_group_t; or NULL */

    unsigned               activate:1;  /* some condition is written */
    unsigned               platform:1;  /* for a cloud platform that this
                                           is not */
    unsigned               active:1;    /* spring.profiles.active is set */
    unsigned               fallback:1;  /* spring.profiles.default is set */
    unsigned               legacy:1;    /* spring.profiles is set */
    unsigned               bad:1;       /* a condition makes no sense */
} ngx_rtalpha_cfg_doc_t;


typedef struct {
    ngx_array_t            docs;        /* of ngx_rtalpha_cfg_doc_t */
    ngx_str_t              error;       /* the file cannot be used; len 0 */
    uint32_t               kind;        /* ngx_rtalpha_cfg_file_e */
} ngx_rtalpha_cfg_docs_t;


/* by the file name's extension */
ngx_uint_t ngx_rtalpha_cfg_docs_kind(const ngx_str_t *path);

/*
 * Parses a file's bytes and writes the packed form, which also tells why a
 * file cannot be used.  For the background thread.  NGX_OK or NGX_ERROR (no
 * memory).
 */
ngx_int_t ngx_rtalpha_cfg_docs_pack(ngx_pool_t *pool, ngx_uint_t kind,
    const ngx_str_t *input, const ngx_rtalpha_load_limits_t *limits,
    ngx_str_t *packed);

/* the packed form of a file that is not looked into, and why */
ngx_int_t ngx_rtalpha_cfg_docs_refuse(ngx_pool_t *pool, ngx_uint_t kind,
    const ngx_str_t *why, ngx_str_t *packed);

/*
 * Documents over packed bytes, which have to outlive them; NULL: no memory,
 * or not packed documents.
 */
ngx_rtalpha_cfg_docs_t *ngx_rtalpha_cfg_docs_unpack(ngx_pool_t *pool,
    u_char *data, size_t len);


#endif /* _NGX_RTALPHA_CFG_DOCS_H_INCLUDED_ */
