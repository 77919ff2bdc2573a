
/*
 * Webhooks: which files a push has changed, and which applications that may
 * concern, as spring-cloud-config-monitor reads them.
 */


#ifndef _NGX_RTALPHA_CFG_MONITOR_H_INCLUDED_
#define _NGX_RTALPHA_CFG_MONITOR_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef enum {
    NGX_RTALPHA_CFG_HOOK_GITHUB = 0,
    NGX_RTALPHA_CFG_HOOK_GITLAB,
    NGX_RTALPHA_CFG_HOOK_GITEA,
    NGX_RTALPHA_CFG_HOOK_GITEE,
    NGX_RTALPHA_CFG_HOOK_GOGS,
    NGX_RTALPHA_CFG_HOOK_BITBUCKET,
    NGX_RTALPHA_CFG_HOOKS               /* of no provider */
} ngx_rtalpha_cfg_hook_e;


/* headers that tell providers apart; data NULL: not sent */
typedef struct {
    ngx_str_t  github;                  /* X-Github-Event */
    ngx_str_t  gitlab;                  /* X-Gitlab-Event */
    ngx_str_t  gitee;                   /* X-Git-Oschina-Event */
    ngx_str_t  gogs;                    /* X-Gogs-Event */
    ngx_str_t  gitea;                   /* X-Gitea-Event */
    ngx_str_t  bitbucket;               /* X-Event-Key */
    ngx_str_t  hook;                    /* X-Hook-UUID */
    ngx_str_t  request;                 /* X-Request-Id */
} ngx_rtalpha_cfg_hook_t;


/*
 * Whose event it is.  Gitea and Gogs send the headers of GitHub, too; and
 * Gitea those of Gogs.
 */
ngx_uint_t ngx_rtalpha_cfg_monitor_provider(
    const ngx_rtalpha_cfg_hook_t *hook);

/* takes the header of a provider away, whose events are not read then */
void ngx_rtalpha_cfg_monitor_disable(ngx_rtalpha_cfg_hook_t *hook,
    ngx_uint_t provider);

/*
 * body: JSON.  paths: array of ngx_str_t.  NGX_OK; NGX_DECLINED: the body is
 * no JSON object; NGX_ABORT: it has another shape than such events have;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_cfg_monitor_paths(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_hook_t *hook, const ngx_str_t *body,
    ngx_array_t *paths);

/* appends the applications that a path may belong to, each once */
ngx_int_t ngx_rtalpha_cfg_monitor_names(ngx_pool_t *pool,
    const ngx_str_t *path, ngx_array_t *names);


#endif /* _NGX_RTALPHA_CFG_MONITOR_H_INCLUDED_ */
