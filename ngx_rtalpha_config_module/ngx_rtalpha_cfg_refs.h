
/*
 * References of a repository: "oid time name" lines sorted by name, and what
 * a label means among them.
 */


#ifndef _NGX_RTALPHA_CFG_REFS_H_INCLUDED_
#define _NGX_RTALPHA_CFG_REFS_H_INCLUDED_


#include "ngx_rtalpha_cfg_listing.h"


typedef struct {
    u_char       oid[NGX_RTALPHA_CFG_OID];
    ngx_uint_t   oid_len;                   /* 20 or 32 */
    int64_t      time;                      /* of the commit, seconds */
} ngx_rtalpha_cfg_commit_t;


typedef struct {
    ngx_str_t    text;
    ngx_array_t  lines;                     /* of ngx_str_t, sorted by name */
} ngx_rtalpha_cfg_refs_t;


/* git for-each-ref's format for ngx_rtalpha_cfg_refs_make() */
#define NGX_RTALPHA_CFG_REFS_FORMAT                                           \
    "--format=%(objecttype) %(objectname) %(committerdate:unix)"              \
    " %(*objecttype) %(*objectname) %(*committerdate:unix) %(refname)"

/*
 * From that output and the content of the HEAD file: commits only, tags
 * peeled, HEAD first.
 */
ngx_int_t ngx_rtalpha_cfg_refs_make(ngx_pool_t *pool, const ngx_str_t *output,
    const ngx_str_t *head, ngx_str_t *text);

ngx_int_t ngx_rtalpha_cfg_refs_open(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_rtalpha_cfg_refs_t *refs);

/* a full name; NGX_DECLINED: there is none */
ngx_int_t ngx_rtalpha_cfg_refs_find(const ngx_rtalpha_cfg_refs_t *refs,
    const ngx_str_t *name, ngx_rtalpha_cfg_commit_t *commit);

/*
 * A label, as JGit resolves it: in a clone branches first, else tags first.
 */
ngx_int_t ngx_rtalpha_cfg_refs_label(const ngx_rtalpha_cfg_refs_t *refs,
    const ngx_str_t *label, ngx_uint_t clone,
    ngx_rtalpha_cfg_commit_t *commit);

/* is it a branch, or HEAD, that the label has led to, and no tag */
ngx_uint_t ngx_rtalpha_cfg_refs_branch(const ngx_rtalpha_cfg_refs_t *refs,
    const ngx_str_t *label, const ngx_rtalpha_cfg_commit_t *commit);

/*
 * Could the label be (or end in, after "-g") an object id, 4 to 64 digits:
 * NGX_OK with the digits, NGX_DECLINED.
 */
ngx_int_t ngx_rtalpha_cfg_refs_revision(const ngx_str_t *label,
    ngx_str_t *digits);

/* the name of a line, and what it says */
ngx_int_t ngx_rtalpha_cfg_refs_line(const ngx_str_t *line, ngx_str_t *name,
    ngx_rtalpha_cfg_commit_t *commit);

/* hexadecimal text of a commit's id; buf: 64 bytes */
void ngx_rtalpha_cfg_refs_hex(const ngx_rtalpha_cfg_commit_t *commit,
    u_char *buf, ngx_str_t *hex);


#endif /* _NGX_RTALPHA_CFG_REFS_H_INCLUDED_ */
