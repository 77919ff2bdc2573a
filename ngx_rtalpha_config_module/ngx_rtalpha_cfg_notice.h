
/*
 * Notices of change: which of the environments that have been asked for have
 * other values than before.
 *
 * Each question is kept with a digest of its answer.  When content has moved
 * the leader answers all of them again, a few at a time, and compares: so
 * only those are told whose values are different, whatever files were
 * touched.
 */


#ifndef _NGX_RTALPHA_CFG_NOTICE_H_INCLUDED_
#define _NGX_RTALPHA_CFG_NOTICE_H_INCLUDED_


#include "ngx_rtalpha_cfg_ask.h"
#include "ngx_rtalpha_cfg_once.h"


/* the settings of a server by its index; NULL: none */
typedef ngx_rtalpha_cfg_conf_t *(*ngx_rtalpha_cfg_conf_pt)(ngx_uint_t index);

/* strings are good during the call only */
typedef void (*ngx_rtalpha_cfg_told_pt)(const ngx_rtalpha_cfg_once_t *notice);


/* in init_process */
void ngx_rtalpha_cfg_notice_init(ngx_rtalpha_cfg_conf_pt conf,
    ngx_rtalpha_cfg_told_pt told);

/* an environment has been answered, in any worker */
void ngx_rtalpha_cfg_notice_asked(ngx_uint_t index,
    const ngx_rtalpha_cfg_ask_t *ask);

/* one of the questions that have been asked */
typedef struct {
    ngx_str_t      application;
    ngx_str_t      profiles;
    ngx_str_t      label;
    unsigned       labelled:1;
} ngx_rtalpha_cfg_known_t;


/*
 * Appends those that have been asked of a server to an array of
 * ngx_rtalpha_cfg_known_t, strings of the pool.
 */
ngx_int_t ngx_rtalpha_cfg_notice_known(ngx_pool_t *pool, ngx_uint_t index,
    ngx_array_t *known);

/* content or settings have moved; in the leader */
void ngx_rtalpha_cfg_notice_check(void);

/* leadership gained (it checks then) or lost */
void ngx_rtalpha_cfg_notice_lead(ngx_uint_t leading);


#endif /* _NGX_RTALPHA_CFG_NOTICE_H_INCLUDED_ */
