
/*
 * Which backend of the settings a repository belongs to.
 */


#include "ngx_rtalpha_cfg_origin.h"


/* which backend of which server a record belongs to */

const ngx_rtalpha_cfg_backend_t *
ngx_rtalpha_cfg_origin_backend(ngx_rtalpha_cfg_conf_t **confs,
    const ngx_rtalpha_cfg_repo_t *repo, ngx_rtalpha_cfg_conf_t **conf)
{
    ngx_uint_t                    i, k;
    ngx_rtalpha_cfg_backend_t    *b, *named;

    for ( /* void */ ; *confs; confs++) {
        *conf = *confs;
        b = (*confs)->backends.elts;

        for (i = 0; i < (*confs)->backends.nelts; i++) {

            if (ngx_memcmp(b[i].owner, repo->owner, NGX_RTALPHA_CFG_ID) == 0)
            {
                return &b[i];
            }

            named = b[i].repos ? b[i].repos->elts : NULL;

            for (k = 0; named && k < b[i].repos->nelts; k++) {

                if (ngx_memcmp(named[k].owner, repo->owner,
                               NGX_RTALPHA_CFG_ID)
                    == 0)
                {
                    return &named[k];
                }
            }
        }
    }

    return NULL;
}


void
ngx_rtalpha_cfg_origin_seed(ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_cfg_backend_t *b, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {

        if (b[i].kind == NGX_RTALPHA_CFG_REPO_GIT && b[i].uri.len
            && ngx_strlchr(b[i].uri.data, b[i].uri.data + b[i].uri.len, '{')
               == NULL)
        {
            (void) ngx_rtalpha_cfg_store_repo(b[i].kind, &b[i].uri,
                                              b[i].owner, conf->max_repos, 1);
        }

        if (b[i].repos) {
            ngx_rtalpha_cfg_origin_seed(conf, b[i].repos->elts,
                                       b[i].repos->nelts);
        }
    }
}
