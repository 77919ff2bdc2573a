
/*
 * Lists of applications; see the header.
 */


#include "ngx_rtalpha_reg_list.h"


static ngx_int_t ngx_rtalpha_reg_list_members(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_list_t *list);
static ngx_int_t ngx_rtalpha_reg_list_apps(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_list_t *list);
static ngx_int_t ngx_rtalpha_reg_list_app(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_list_t *list);
static ngx_int_t ngx_rtalpha_reg_list_instances(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_list_t *list);


ngx_int_t
ngx_rtalpha_reg_list_read(ngx_pool_t *pool, const ngx_str_t *body,
    ngx_rtalpha_reg_list_t *list)
{
    ngx_rtalpha_reg_token_t  t;

    ngx_memzero(list, sizeof(ngx_rtalpha_reg_list_t));

    if (ngx_array_init(&list->instances, pool, 64,
                       sizeof(ngx_rtalpha_reg_sent_t))
        != NGX_OK
        || ngx_rtalpha_reg_token_init(&t, pool, body) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT
        || ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_NAME
        || !ngx_rtalpha_str_is(&t.text, "applications")
        || ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT)
    {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_reg_list_members(pool, &t, list);
}


static ngx_int_t
ngx_rtalpha_reg_list_members(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_list_t *list)
{
    ngx_int_t  rc;
    ngx_str_t  name;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_token_member(t, &name);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        if (ngx_rtalpha_str_is(&name, "versions__delta")) {
            list->version = t->text;

        } else if (ngx_rtalpha_str_is(&name, "apps__hashcode")) {
            list->hash = t->text;

        } else if (ngx_rtalpha_str_is(&name, "application")) {
            rc = ngx_rtalpha_reg_list_apps(pool, t, list);
            if (rc != NGX_OK) {
                return rc;
            }

        } else if (ngx_rtalpha_reg_token_skip(t) != NGX_OK) {
            return NGX_DECLINED;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_list_apps(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_list_t *list)
{
    ngx_int_t   rc;
    ngx_uint_t  type;

    if (t->type == NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return ngx_rtalpha_reg_list_app(pool, t, list);
    }

    if (t->type != NGX_RTALPHA_REG_TOKEN_ARRAY) {
        return NGX_DECLINED;
    }

    for ( ;; ) {
        type = ngx_rtalpha_reg_token_next(t);

        if (type == NGX_RTALPHA_REG_TOKEN_ARRAY_END) {
            return NGX_OK;
        }

        if (type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
            return NGX_DECLINED;
        }

        rc = ngx_rtalpha_reg_list_app(pool, t, list);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_list_app(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_list_t *list)
{
    ngx_int_t  rc;
    ngx_str_t  name;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_token_member(t, &name);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        if (!ngx_rtalpha_str_is(&name, "instance")) {
            if (ngx_rtalpha_reg_token_skip(t) != NGX_OK) {
                return NGX_DECLINED;
            }

            continue;
        }

        rc = ngx_rtalpha_reg_list_instances(pool, t, list);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_list_instances(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_list_t *list)
{
    ngx_int_t                rc;
    ngx_uint_t               type, single;
    ngx_rtalpha_reg_sent_t  *sent;

    single = (t->type == NGX_RTALPHA_REG_TOKEN_OBJECT);

    if (!single && t->type != NGX_RTALPHA_REG_TOKEN_ARRAY) {
        return NGX_DECLINED;
    }

    for ( ;; ) {

        if (!single) {
            type = ngx_rtalpha_reg_token_next(t);

            if (type == NGX_RTALPHA_REG_TOKEN_ARRAY_END) {
                return NGX_OK;
            }

            if (type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
                return NGX_DECLINED;
            }
        }

        sent = ngx_array_push(&list->instances);
        if (sent == NULL) {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_reg_instance_read(pool, t, sent);
        if (rc != NGX_OK || single) {
            return rc;
        }
    }
}
