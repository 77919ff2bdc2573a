
/*
 * A config server's environment into properties, over jansson.
 */


#include "ngx_rtalpha_remote.h"

#include <jansson.h>


static ngx_int_t ngx_rtalpha_remote_source(ngx_pool_t *pool, json_t *source,
    uint32_t file, ngx_rtalpha_props_t *props);
static ngx_int_t ngx_rtalpha_remote_value(ngx_pool_t *pool, json_t *value,
    ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_remote_copy(ngx_pool_t *pool, const char *data,
    size_t len, ngx_str_t *copy);


ngx_int_t
ngx_rtalpha_remote_parse(ngx_pool_t *pool, const ngx_str_t *bytes,
    uint32_t file, ngx_rtalpha_props_t **props, ngx_str_t *error)
{
    size_t         i;
    json_t        *root, *sources, *source;
    ngx_int_t      rc;
    json_error_t   je;

    *props = ngx_rtalpha_props_create(pool);
    if (*props == NULL) {
        return NGX_ERROR;
    }

    root = json_loadb((char *) bytes->data, bytes->len,
                      JSON_REJECT_DUPLICATES, &je);

    sources = json_object_get(root, "propertySources");

    if (!json_is_array(sources)) {
        json_decref(root);
        ngx_str_set(error, "the answer is not the environment of a config "
                           "server");
        return NGX_DECLINED;
    }

    rc = NGX_OK;

    for (i = 0; i < json_array_size(sources) && rc == NGX_OK; i++) {
        source = json_object_get(json_array_get(sources, i), "source");

        if (json_is_object(source)) {
            rc = ngx_rtalpha_remote_source(pool, source, file, *props);
        }
    }

    json_decref(root);

    return rc;
}


/* earlier sources rank higher, and a list comes from one as a whole */

static ngx_int_t
ngx_rtalpha_remote_source(ngx_pool_t *pool, json_t *source, uint32_t file,
    ngx_rtalpha_props_t *props)
{
    json_t               *value;
    ngx_int_t             rc;
    const char           *key;
    ngx_rtalpha_prop_t    prop;
    ngx_rtalpha_props_t  *tree;

    tree = ngx_rtalpha_props_create(pool);
    if (tree == NULL) {
        return NGX_ERROR;
    }

    json_object_foreach(source, key, value) {
        ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));
        prop.file = file;

        rc = ngx_rtalpha_remote_value(pool, value, &prop);

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (rc != NGX_OK
            || ngx_rtalpha_remote_copy(pool, key, ngx_strlen(key), &prop.key)
               != NGX_OK
            || ngx_rtalpha_props_set(tree, &prop) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_props_merge(props, tree);
}


static ngx_int_t
ngx_rtalpha_remote_value(ngx_pool_t *pool, json_t *value,
    ngx_rtalpha_prop_t *prop)
{
    int   n;
    char  text[64];

    if (json_is_object(value)) {
        value = json_object_get(value, "value");
    }

    switch (value ? json_typeof(value) : JSON_ARRAY) {

    case JSON_STRING:
        prop->type = NGX_RTALPHA_PROP_STRING;
        return ngx_rtalpha_remote_copy(pool, json_string_value(value),
                                       json_string_length(value),
                                       &prop->text);

    case JSON_INTEGER:
        prop->type = NGX_RTALPHA_PROP_INT;
        n = snprintf(text, sizeof(text), "%lld",
                     (long long) json_integer_value(value));
        break;

    case JSON_REAL:
        prop->type = NGX_RTALPHA_PROP_FLOAT;
        n = snprintf(text, sizeof(text), "%.15g", json_real_value(value));
        break;

    case JSON_TRUE:
    case JSON_FALSE:
        prop->type = NGX_RTALPHA_PROP_BOOL;
        n = snprintf(text, sizeof(text), "%s",
                     json_is_true(value) ? "true" : "false");
        break;

    case JSON_NULL:
        prop->type = NGX_RTALPHA_PROP_NULL;
        n = 0;
        break;

    default:
        return NGX_DECLINED;
    }

    return ngx_rtalpha_remote_copy(pool, text, n, &prop->text);
}


static ngx_int_t
ngx_rtalpha_remote_copy(ngx_pool_t *pool, const char *data, size_t len,
    ngx_str_t *copy)
{
    copy->len = len;
    copy->data = ngx_pnalloc(pool, len + 1);

    if (copy->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy->data, data, len);
    copy->data[len] = '\0';

    return NGX_OK;
}
