
/*
 * Offers.  A want is looked at again when content has moved since, or while
 * its answer is still being loaded.
 */


#include "ngx_rtalpha_cfg_offer.h"
#include "ngx_rtalpha_cfg_ask.h"
#include "ngx_rtalpha_settings.h"


#define NGX_RTALPHA_CFG_OFFERS  64
#define NGX_RTALPHA_CFG_RETRY   2           /* seconds after a failure */


static ngx_rtalpha_cfg_named_pt   ngx_rtalpha_cfg_offer_named;
static ngx_uint_t                 ngx_rtalpha_cfg_offer_leading;

/* content's number when a want was last answered; 0: not yet */
static ngx_uint_t                 ngx_rtalpha_cfg_offered
                                                [NGX_RTALPHA_CFG_OFFERS];
static time_t                     ngx_rtalpha_cfg_refused
                                                [NGX_RTALPHA_CFG_OFFERS];


void
ngx_rtalpha_cfg_offer_init(ngx_rtalpha_cfg_named_pt named)
{
    ngx_rtalpha_cfg_offer_named = named;
    ngx_rtalpha_cfg_offer_leading = 0;
    ngx_rtalpha_cfg_offer_again();
}


void
ngx_rtalpha_cfg_offer_again(void)
{
    ngx_memzero(ngx_rtalpha_cfg_offered, sizeof(ngx_rtalpha_cfg_offered));
    ngx_memzero(ngx_rtalpha_cfg_refused, sizeof(ngx_rtalpha_cfg_refused));
}


void
ngx_rtalpha_cfg_offer_lead(ngx_uint_t leading)
{
    ngx_rtalpha_cfg_offer_leading = leading;
    ngx_rtalpha_cfg_offer_again();
}


static ngx_int_t
ngx_rtalpha_cfg_offer_tree(ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_props_t **tree)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_named_t  *source;

    *tree = ngx_rtalpha_props_create(ask->pool);
    if (*tree == NULL) {
        return NGX_ERROR;
    }

    source = ask->env.sources.elts;

    for (i = 0; i < ask->env.sources.nelts; i++) {
        if (ngx_rtalpha_props_merge(*tree, source[i].props) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_offer_one(ngx_pool_t *pool, ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_settings_want_t *want)
{
    ngx_int_t               rc;
    ngx_str_t               none;
    ngx_rtalpha_props_t    *tree;
    ngx_rtalpha_cfg_ask_t   ask;

    ngx_memzero(&ask, sizeof(ngx_rtalpha_cfg_ask_t));
    ask.pool = pool;
    ask.conf = conf;
    ask.application = want->application;
    ask.profiles = want->profiles;
    ask.label = want->label;
    ask.labelled = want->label.len != 0;

    rc = ngx_rtalpha_cfg_ask_env(&ask);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_cfg_offer_tree(&ask, &tree);
    }

    if (rc == NGX_OK) {
        ngx_str_null(&none);
        ngx_rtalpha_settings_offer(want, tree, &none);

    } else if (rc == NGX_DECLINED) {
        ngx_rtalpha_settings_offer(want, NULL, &ask.message);
    }

    return rc;
}


void
ngx_rtalpha_cfg_offer_wake(void)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i, number;
    ngx_pool_t                   *pool;
    ngx_array_t                  *wants;
    ngx_rtalpha_cfg_conf_t       *conf;
    ngx_rtalpha_settings_want_t  *want;

    wants = ngx_rtalpha_settings_wants();

    if (!ngx_rtalpha_cfg_offer_leading || wants == NULL) {
        return;
    }

    want = wants->elts;

    for (i = 0; i < wants->nelts && i < NGX_RTALPHA_CFG_OFFERS; i++) {
        number = ngx_rtalpha_cfg_root->number + 1;
        conf = ngx_rtalpha_cfg_offer_named(&want[i].server);

        if (conf == NULL || ngx_rtalpha_cfg_offered[i] == number
            || ngx_time() - ngx_rtalpha_cfg_refused[i] < NGX_RTALPHA_CFG_RETRY)
        {
            continue;
        }

        pool = ngx_create_pool(4096, ngx_cycle->log);
        if (pool == NULL) {
            return;
        }

        rc = ngx_rtalpha_cfg_offer_one(pool, conf, &want[i]);
        ngx_destroy_pool(pool);

        if (rc == NGX_OK) {
            ngx_rtalpha_cfg_offered[i] = number;

        } else if (rc == NGX_DECLINED) {
            ngx_rtalpha_cfg_refused[i] = ngx_time();
        }
    }
}
