
/*
 * What an answer was made from: for each repository that it has looked into,
 * the label and the commit that the label meant.  An answer outlives changes
 * of other labels.
 */


#ifndef _NGX_RTALPHA_CFG_DEPEND_H_INCLUDED_
#define _NGX_RTALPHA_CFG_DEPEND_H_INCLUDED_


#include "ngx_rtalpha_cfg_refs.h"
#include "ngx_rtalpha_cfg_store.h"


#define NGX_RTALPHA_CFG_DEPEND_LABEL  46


typedef struct {
    ngx_rtalpha_cfg_repo_t    *repo;
    ngx_uint_t                 version;     /* of the references seen */
    u_char                     oid[NGX_RTALPHA_CFG_OID];    /* zeros: they
                                               do not know the label */
    uint8_t                    strict;      /* any change counts */
    uint8_t                    label_len;
    u_char                     label[NGX_RTALPHA_CFG_DEPEND_LABEL];
} ngx_rtalpha_cfg_dep_t;


/* label NULL: any change counts; commit NULL: the references lack it */
void ngx_rtalpha_cfg_depend_set(ngx_rtalpha_cfg_dep_t *dep,
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t version, const ngx_str_t *label,
    const ngx_rtalpha_cfg_commit_t *commit);

/* are the references those that were seen: cheap, the zone may be locked */
ngx_uint_t ngx_rtalpha_cfg_depend_same(const ngx_rtalpha_cfg_dep_t *dep,
    ngx_uint_t n);

/*
 * Does each label mean what it meant.  The versions are brought up to date,
 * so that the next time is cheap.
 */
ngx_uint_t ngx_rtalpha_cfg_depend_fresh(ngx_rtalpha_cfg_dep_t *dep,
    ngx_uint_t n);

/*
 * The dependencies again in at most max places: one for each repository, for
 * which any change counts.  Returns how many there are.
 */
ngx_uint_t ngx_rtalpha_cfg_depend_fit(const ngx_rtalpha_cfg_dep_t *dep,
    ngx_uint_t n, ngx_rtalpha_cfg_dep_t *to, ngx_uint_t max);


#endif /* _NGX_RTALPHA_CFG_DEPEND_H_INCLUDED_ */
