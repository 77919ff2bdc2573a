
/*
 * Batches, read; see the header.  Everything is read before anything is
 * done.
 */


#include "ngx_rtalpha_reg_batch_read.h"


static ngx_int_t ngx_rtalpha_reg_batch_item(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, ngx_rtalpha_reg_item_t *item);
static ngx_int_t ngx_rtalpha_reg_batch_field(ngx_pool_t *pool,
    ngx_rtalpha_reg_token_t *t, const ngx_str_t *name,
    ngx_rtalpha_reg_item_t *item);
static ngx_int_t ngx_rtalpha_reg_batch_dirty(ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_item_t *item);
static ngx_int_t ngx_rtalpha_reg_batch_action(const ngx_str_t *name,
    ngx_uint_t *action);


ngx_int_t
ngx_rtalpha_reg_batch_read(ngx_pool_t *pool, ngx_str_t *body,
    ngx_array_t *items)
{
    ngx_int_t                 rc;
    ngx_uint_t                type, seen;
    ngx_rtalpha_reg_item_t   *item;
    ngx_rtalpha_reg_token_t   t;

    if (ngx_rtalpha_reg_token_init(&t, pool, body) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return NGX_DECLINED;
    }

    seen = 0;

    for ( ;; ) {
        type = ngx_rtalpha_reg_token_next(&t);

        if (type == NGX_RTALPHA_REG_TOKEN_OBJECT_END) {
            break;
        }

        if (type != NGX_RTALPHA_REG_TOKEN_NAME
            || !ngx_rtalpha_str_is(&t.text, "replicationList")
            || ngx_rtalpha_reg_token_next(&t)
               != NGX_RTALPHA_REG_TOKEN_ARRAY)
        {
            return NGX_DECLINED;
        }

        items->nelts = 0;
        seen = 1;

        for ( ;; ) {
            type = ngx_rtalpha_reg_token_next(&t);

            if (type == NGX_RTALPHA_REG_TOKEN_ARRAY_END) {
                break;
            }

            /* a field here: an item that was ended too early goes on as
             * another one, as the Java server reads it */

            if (type != NGX_RTALPHA_REG_TOKEN_OBJECT
                && type != NGX_RTALPHA_REG_TOKEN_NAME)
            {
                return NGX_DECLINED;
            }

            item = ngx_array_push(items);
            if (item == NULL) {
                return NGX_ERROR;
            }

            ngx_memzero(item, sizeof(ngx_rtalpha_reg_item_t));

            rc = ngx_rtalpha_reg_batch_item(pool, &t, item);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return seen ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_batch_item(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_item_t *item)
{
    ngx_int_t   rc;
    ngx_str_t   name;
    ngx_uint_t  type;

    type = t->type;

    if (type == NGX_RTALPHA_REG_TOKEN_OBJECT) {
        type = ngx_rtalpha_reg_token_next(t);
    }

    while (type != NGX_RTALPHA_REG_TOKEN_OBJECT_END) {

        if (type != NGX_RTALPHA_REG_TOKEN_NAME) {
            return NGX_DECLINED;
        }

        name = t->text;

        if (ngx_rtalpha_reg_token_next(t) == NGX_RTALPHA_REG_TOKEN_ERROR) {
            return NGX_DECLINED;
        }

        rc = ngx_rtalpha_reg_batch_field(pool, t, &name, item);
        if (rc != NGX_OK) {
            return rc;
        }

        type = ngx_rtalpha_reg_token_next(t);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_batch_field(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    const ngx_str_t *name, ngx_rtalpha_reg_item_t *item)
{
    ngx_str_t   *text;
    ngx_uint_t   null;

    null = (t->type == NGX_RTALPHA_REG_TOKEN_NULL);

    if (ngx_rtalpha_str_is(name, "instanceInfo")) {

        if (null) {
            return NGX_OK;
        }

        if (t->type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
            return NGX_DECLINED;
        }

        item->sent = ngx_palloc(pool, sizeof(ngx_rtalpha_reg_sent_t));
        if (item->sent == NULL) {
            return NGX_ERROR;
        }

        return ngx_rtalpha_reg_instance_read(pool, t, item->sent);
    }

    /* scalars only */

    if (t->type <= NGX_RTALPHA_REG_TOKEN_NAME) {
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_str_is(name, "action")) {
        return null ? NGX_OK
                    : ngx_rtalpha_reg_batch_action(&t->text, &item->action);
    }

    if (ngx_rtalpha_str_is(name, "lastDirtyTimestamp")) {
        return ngx_rtalpha_reg_batch_dirty(t, item);
    }

    if (ngx_rtalpha_str_is(name, "appName")) {

        if (null) {
            return NGX_OK;
        }

        item->app = t->text;
        item->named = 1;
        return ngx_rtalpha_reg_instance_upper(pool, &item->app);
    }

    if (ngx_rtalpha_str_is(name, "id")) {
        text = &item->id;

    } else if (ngx_rtalpha_str_is(name, "status")) {
        text = &item->status;

    } else if (ngx_rtalpha_str_is(name, "overriddenStatus")) {
        text = &item->overridden;

    } else {
        return NGX_DECLINED;
    }

    if (!null) {
        *text = t->text;
    }

    return NGX_OK;
}


/* a number, or a string that is one */

static ngx_int_t
ngx_rtalpha_reg_batch_dirty(ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_item_t *item)
{
    ngx_int_t  rc;

    switch (t->type) {

    case NGX_RTALPHA_REG_TOKEN_NULL:
        return NGX_OK;

    case NGX_RTALPHA_REG_TOKEN_STRING:

        if (t->text.len == 0) {
            return NGX_OK;
        }

        rc = ngx_rtalpha_reg_token_parse_long(&t->text, &item->dirty);
        break;

    case NGX_RTALPHA_REG_TOKEN_INT:
    case NGX_RTALPHA_REG_TOKEN_FLOAT:
        rc = ngx_rtalpha_reg_token_long(t, &item->dirty);
        break;

    default:
        return NGX_DECLINED;
    }

    item->dirty_sent = 1;

    return rc == NGX_OK ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_batch_action(const ngx_str_t *name, ngx_uint_t *action)
{
    ngx_uint_t  i;

    static const ngx_str_t  names[] = {
        ngx_string("Heartbeat"),
        ngx_string("Register"),
        ngx_string("Cancel"),
        ngx_string("StatusUpdate"),
        ngx_string("DeleteStatusOverride")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ngx_rtalpha_str_eq(&names[i], name)) {
            *action = NGX_RTALPHA_REG_BATCH_HEARTBEAT + i;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}
