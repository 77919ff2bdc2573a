
/*
 * Reading single keys of a config server's settings below a prefix, for the
 * files that compile them.
 */


#ifndef _NGX_RTALPHA_CFG_CONF_READ_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CONF_READ_H_INCLUDED_


#include "ngx_rtalpha_cfg_conf.h"


#define NGX_RTALPHA_CFG_SERVER  "spring.cloud.config.server."


typedef struct {
    ngx_pool_t                 *pool;
    const ngx_rtalpha_props_t  *props;
    ngx_rtalpha_report_t       *report;
    ngx_rtalpha_cfg_conf_t     *conf;
} ngx_rtalpha_cfg_reader_t;


/* the value under prefix + name; NULL: not there */
const ngx_rtalpha_prop_t *ngx_rtalpha_cfg_conf_find(
    ngx_rtalpha_cfg_reader_t *rd, const ngx_str_t *prefix, const char *name);

/* what is not there leaves the value as it is */
void ngx_rtalpha_cfg_conf_str(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_str_t *value);

/* value: what *result is without the key; a bad one gets a line */
ngx_int_t ngx_rtalpha_cfg_conf_flag(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_flag_t value,
    ngx_flag_t *result);

ngx_int_t ngx_rtalpha_cfg_conf_number(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_int_t *result);

/* "a,b" or name[0], name[1] …: of ngx_str_t; *list as it was: not there */
ngx_int_t ngx_rtalpha_cfg_conf_list(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_array_t **list);

/* the keys of one git repository; what it has already are the defaults */
ngx_int_t ngx_rtalpha_cfg_conf_git(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b);

/* what tells the credentials and options of one backend from another's */
void ngx_rtalpha_cfg_conf_owner(ngx_rtalpha_cfg_backend_t *b);

/* backends and their repositories */
ngx_int_t ngx_rtalpha_cfg_conf_backends(ngx_rtalpha_cfg_reader_t *rd);


#endif /* _NGX_RTALPHA_CFG_CONF_READ_H_INCLUDED_ */
