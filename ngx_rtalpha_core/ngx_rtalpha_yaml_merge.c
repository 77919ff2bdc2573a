
/*
 * The YAML loader, second part: what SnakeYAML's SafeConstructor and Boot's
 * constructor on top of it do to a node.  Scalars are converted, keys are
 * checked for duplicates, "<<" is resolved.
 *
 * A key is told apart by kind and text: the number 1 is not the string "1".
 * Few keys are compared one by one, many are kept in a hash for each kind.
 */


#include "ngx_rtalpha_yaml_node.h"


#define NGX_RTALPHA_YAML_KEYS      16       /* compared one by one */

/* kinds of keys: types, bare or not; null; collections */
#define NGX_RTALPHA_YAML_CLASSES   16
#define NGX_RTALPHA_YAML_NULL_KEY  14
#define NGX_RTALPHA_YAML_LONG_KEY  15


typedef struct {
    ngx_uint_t                 n;
    ngx_rtalpha_yaml_tuple_t  *few[NGX_RTALPHA_YAML_KEYS];
    ngx_rtalpha_props_t       *many[NGX_RTALPHA_YAML_CLASSES];
} ngx_rtalpha_yaml_keys_t;


static ngx_int_t ngx_rtalpha_yaml_print(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_out_t *out, ngx_rtalpha_yaml_node_t *node, ngx_uint_t depth);


static ngx_uint_t
ngx_rtalpha_yaml_key_class(const ngx_rtalpha_yaml_tuple_t *tuple)
{
    const ngx_rtalpha_yaml_node_t  *key;

    key = tuple->key;

    if (key->kind != NGX_RTALPHA_YAML_SCALAR) {
        return key->list.first ? NGX_RTALPHA_YAML_LONG_KEY : 0;
    }

    if (key->null && tuple->bare) {
        return NGX_RTALPHA_YAML_NULL_KEY;
    }

    return key->type * 2 + tuple->bare;
}


ngx_str_t *
ngx_rtalpha_yaml_key_text(const ngx_rtalpha_yaml_tuple_t *tuple,
    ngx_uint_t *brackets)
{
    static ngx_str_t  null = ngx_string("null");

    switch (ngx_rtalpha_yaml_key_class(tuple)) {

    case NGX_RTALPHA_PROP_STRING * 2:
    case NGX_RTALPHA_PROP_STRING * 2 + 1:
        *brackets = 0;
        return &tuple->key->text;

    case NGX_RTALPHA_YAML_NULL_KEY:
        *brackets = 1;
        return &null;

    default:
        *brackets = 1;
        return &tuple->key->text;
    }
}


static ngx_rtalpha_yaml_tuple_t *
ngx_rtalpha_yaml_keys_find(const ngx_rtalpha_yaml_keys_t *keys,
    const ngx_rtalpha_yaml_tuple_t *tuple, ngx_uint_t class,
    const ngx_str_t *text)
{
    ngx_uint_t                 i;
    ngx_rtalpha_yaml_tuple_t  *other;
    const ngx_rtalpha_prop_t  *prop;

    if (keys->n > NGX_RTALPHA_YAML_KEYS) {
        prop = keys->many[class]
               ? ngx_rtalpha_props_find(keys->many[class], text->data,
                                        text->len)
               : NULL;

        return prop ? (ngx_rtalpha_yaml_tuple_t *) prop->text.data : NULL;
    }

    for (i = 0; i < keys->n; i++) {
        other = keys->few[i];

        if (ngx_rtalpha_yaml_key_class(other) == class
            && ngx_rtalpha_str_eq(&other->key->text, text))
        {
            return other;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_rtalpha_yaml_keys_put(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_keys_t *keys, ngx_rtalpha_yaml_tuple_t *tuple)
{
    ngx_uint_t             class;
    ngx_rtalpha_prop_t     prop;
    ngx_rtalpha_props_t  **many;

    class = ngx_rtalpha_yaml_key_class(tuple);
    many = &keys->many[class];

    if (*many == NULL) {
        *many = ngx_rtalpha_props_create(ctx->temp);
        if (*many == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));

    prop.key = tuple->key->text;
    prop.text.data = (u_char *) tuple;

    return ngx_rtalpha_props_set(*many, &prop);
}


static ngx_int_t
ngx_rtalpha_yaml_keys_add(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_keys_t *keys, ngx_rtalpha_yaml_tuple_t *tuple)
{
    ngx_uint_t  i;

    if (keys->n < NGX_RTALPHA_YAML_KEYS) {
        keys->few[keys->n++] = tuple;
        return NGX_OK;
    }

    if (keys->n++ == NGX_RTALPHA_YAML_KEYS) {
        ngx_memzero(keys->many, sizeof(keys->many));

        for (i = 0; i < NGX_RTALPHA_YAML_KEYS; i++) {
            if (ngx_rtalpha_yaml_keys_put(ctx, keys, keys->few[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return ngx_rtalpha_yaml_keys_put(ctx, keys, tuple);
}


static ngx_int_t
ngx_rtalpha_yaml_construct_scalar(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t   rc;
    ngx_str_t   value;
    ngx_uint_t  type;

    if (node->tag == NGX_RTALPHA_SCALAR_MERGE) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "\"<<\" is no value");
    }

    rc = ngx_rtalpha_scalar_value(ctx->temp, node->tag, &node->text, &type,
                                  &value);

    if (rc == NGX_DECLINED) {
        value = node->text;
        value.len = ngx_min(value.len, 64);

        return ngx_rtalpha_yaml_refuse(ctx, node, "\"%V\" is no %s", &value,
                                       node->tag == NGX_RTALPHA_SCALAR_BINARY
                                       ? "base64 text" : node->tag
                                       == NGX_RTALPHA_SCALAR_TIMESTAMP
                                       ? "timestamp" : "number");
    }

    if (rc != NGX_OK) {
        return rc;
    }

    node->null = (node->tag == NGX_RTALPHA_SCALAR_NULL
                  || (node->tag == NGX_RTALPHA_SCALAR_BOOL
                      && type == NGX_RTALPHA_PROP_STRING));
    node->text = value;
    node->type = type;
    node->done = 1;

    return NGX_OK;
}


/* a collection as a key: "[a, b]", "{k=v}", as Java prints it */

static ngx_int_t
ngx_rtalpha_yaml_construct_key(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *key)
{
    ngx_int_t          rc;
    ngx_rtalpha_out_t  out;

    rc = ngx_rtalpha_yaml_construct(ctx, key);
    if (rc != NGX_OK) {
        return rc;
    }

    if (key->kind == NGX_RTALPHA_YAML_SCALAR) {

        if (key->type == NGX_RTALPHA_PROP_BINARY) {
            return ngx_rtalpha_yaml_refuse(ctx, key, "a key cannot be binary");
        }

        return NGX_OK;
    }

    if (key->printed) {
        return NGX_OK;
    }

    key->printed = 1;

    if (ngx_rtalpha_out_init(&out, ctx->temp, 0, ctx->text) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_yaml_print(ctx, &out, key, 0);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_out_done(&out, &key->text) != NGX_OK) {
        return ngx_rtalpha_yaml_refuse(ctx, key, "keys are too long");
    }

    ctx->text -= key->text.len;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_print_members(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_out_t *out, ngx_rtalpha_yaml_node_t *node, ngx_uint_t depth)
{
    ngx_int_t                        rc;
    ngx_uint_t                       set, brackets;
    const ngx_rtalpha_yaml_tuple_t  *tuple;

    set = (node->tag == NGX_RTALPHA_YAML_TAG_SET);

    tuple = node->ordered.first ? node->ordered.first : node->list.first;

    for ( /* void */ ; tuple; tuple = tuple->next) {
        if (tuple->key) {
            ngx_rtalpha_out_str(out, ngx_rtalpha_yaml_key_text(tuple,
                                                               &brackets));
        }

        if (tuple->key && !set) {
            ngx_rtalpha_out_char(out, '=');
        }

        if (!set) {
            rc = ngx_rtalpha_yaml_print(ctx, out, tuple->value, depth + 1);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        if (tuple->next) {
            ngx_rtalpha_out_lit(out, ", ");
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_print(ngx_rtalpha_yaml_ctx_t *ctx, ngx_rtalpha_out_t *out,
    ngx_rtalpha_yaml_node_t *node, ngx_uint_t depth)
{
    ngx_int_t   rc;
    ngx_uint_t  map;

    if (depth > NGX_RTALPHA_YAML_DEPTH || ctx->visits-- == 0) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "key is too complex");
    }

    if (node->kind == NGX_RTALPHA_YAML_SCALAR) {
        ngx_rtalpha_out_str(out, &node->text);
        return NGX_OK;
    }

    if (node->kind == NGX_RTALPHA_YAML_SEQ && node->list.first == NULL) {
        return NGX_OK;
    }

    map = (node->ordered.first != NULL
           || (node->kind == NGX_RTALPHA_YAML_MAP
               && node->tag != NGX_RTALPHA_YAML_TAG_SET));

    ngx_rtalpha_out_char(out, map ? '{' : '[');

    rc = ngx_rtalpha_yaml_print_members(ctx, out, node, depth);

    ngx_rtalpha_out_char(out, map ? '}' : ']');

    return rc;
}


static ngx_int_t
ngx_rtalpha_yaml_check_keys(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t                  rc;
    ngx_str_t                  text;
    ngx_uint_t                 class;
    ngx_rtalpha_yaml_keys_t    keys;
    ngx_rtalpha_yaml_tuple_t  *tuple;

    keys.n = 0;

    for (tuple = node->list.first; tuple; tuple = tuple->next) {

        if (tuple->key->tag == NGX_RTALPHA_SCALAR_MERGE) {
            continue;
        }

        rc = ngx_rtalpha_yaml_construct_key(ctx, tuple->key);
        if (rc != NGX_OK) {
            return rc;
        }

        class = ngx_rtalpha_yaml_key_class(tuple);

        if (ngx_rtalpha_yaml_keys_find(&keys, tuple, class, &tuple->key->text))
        {
            text = tuple->key->text;
            text.len = ngx_min(text.len, 200);

            return ngx_rtalpha_yaml_refuse(ctx, tuple->key,
                                           "found duplicate key %V", &text);
        }

        if (ngx_rtalpha_yaml_keys_add(ctx, &keys, tuple) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_merge_tuple(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_tuple_t *tuple, ngx_uint_t preferred,
    ngx_rtalpha_yaml_keys_t *keys, ngx_rtalpha_yaml_list_t *result)
{
    ngx_int_t                   rc;
    ngx_uint_t                  class;
    ngx_rtalpha_yaml_tuple_t   *old, **place;

    if (ctx->visits-- == 0) {
        return ngx_rtalpha_yaml_refuse(ctx, tuple->key, "too much is merged");
    }

    rc = ngx_rtalpha_yaml_construct_key(ctx, tuple->key);
    if (rc != NGX_OK) {
        return rc;
    }

    class = ngx_rtalpha_yaml_key_class(tuple);
    old = ngx_rtalpha_yaml_keys_find(keys, tuple, class, &tuple->key->text);

    if (old) {
        if (preferred) {
            old->key = tuple->key;
            old->value = tuple->value;
            old->bare = tuple->bare;
        }

        return NGX_OK;
    }

    place = result->last;

    rc = ngx_rtalpha_yaml_list_add(ctx, result, tuple->key, tuple->value,
                                   tuple->bare);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_yaml_keys_add(ctx, keys, *place);
}


static ngx_int_t ngx_rtalpha_yaml_merge(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, ngx_uint_t preferred,
    ngx_rtalpha_yaml_keys_t *keys, ngx_rtalpha_yaml_list_t *result,
    ngx_uint_t depth);


static ngx_int_t
ngx_rtalpha_yaml_merge_value(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *value, ngx_rtalpha_yaml_keys_t *keys,
    ngx_rtalpha_yaml_list_t *result, ngx_uint_t depth)
{
    ngx_int_t                  rc;
    ngx_rtalpha_yaml_tuple_t  *item;

    if (value->kind == NGX_RTALPHA_YAML_MAP) {
        return ngx_rtalpha_yaml_merge(ctx, value, 0, keys, result, depth);
    }

    if (value->kind == NGX_RTALPHA_YAML_SCALAR) {
        return ngx_rtalpha_yaml_refuse(ctx, value,
                                       "expected a mapping or list of "
                                       "mappings for merging");
    }

    for (item = value->list.first; item; item = item->next) {

        if (item->value->kind != NGX_RTALPHA_YAML_MAP) {
            return ngx_rtalpha_yaml_refuse(ctx, item->value,
                                           "expected a mapping for merging");
        }

        rc = ngx_rtalpha_yaml_merge(ctx, item->value, 0, keys, result, depth);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/*
 * Adds the members of a mapping to the result.  SnakeYAML takes "<<" out of
 * the mapping on the way, also out of one that is only merged.
 */

static ngx_int_t
ngx_rtalpha_yaml_merge(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, ngx_uint_t preferred,
    ngx_rtalpha_yaml_keys_t *keys, ngx_rtalpha_yaml_list_t *result,
    ngx_uint_t depth)
{
    ngx_int_t                   rc;
    ngx_rtalpha_yaml_tuple_t   *tuple, **link;

    if (depth > NGX_RTALPHA_YAML_DEPTH || ctx->visits-- == 0) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "too much is merged");
    }

    link = &node->list.first;

    while (*link) {
        tuple = *link;

        if (tuple->key->tag != NGX_RTALPHA_SCALAR_MERGE) {
            link = &tuple->next;
            rc = ngx_rtalpha_yaml_merge_tuple(ctx, tuple, preferred, keys,
                                              result);

        } else {
            *link = tuple->next;
            rc = ngx_rtalpha_yaml_merge_value(ctx, tuple->value, keys, result,
                                              depth + 1);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    node->list.last = link;

    return NGX_OK;
}


/* a sequence of mappings of one key each is a mapping in that order */

static ngx_int_t
ngx_rtalpha_yaml_construct_omap(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t                  rc;
    ngx_rtalpha_yaml_node_t   *map;
    ngx_rtalpha_yaml_tuple_t  *item, *tuple;

    for (item = node->list.first; item; item = item->next) {
        map = item->value;
        tuple = map->list.first;

        if (map->kind != NGX_RTALPHA_YAML_MAP || tuple == NULL
            || tuple->next != NULL)
        {
            return ngx_rtalpha_yaml_refuse(ctx, map,
                                           "expected a mapping of length 1");
        }

        rc = ngx_rtalpha_yaml_construct_key(ctx, tuple->key);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_yaml_construct(ctx, tuple->value);
        }

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_yaml_list_add(ctx, &node->ordered, tuple->key,
                                           tuple->value, tuple->bare);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    node->mixed = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_construct_map(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t                  rc;
    ngx_uint_t                 merged;
    ngx_rtalpha_yaml_keys_t    keys;
    ngx_rtalpha_yaml_list_t    result;
    ngx_rtalpha_yaml_tuple_t  *tuple;

    merged = 0;

    for (tuple = node->list.first; tuple; tuple = tuple->next) {
        tuple->bare = 1;
        merged |= (tuple->key->tag == NGX_RTALPHA_SCALAR_MERGE);
    }

    if (node->done) {
        return NGX_OK;
    }

    node->done = 1;

    rc = ngx_rtalpha_yaml_check_keys(ctx, node);

    if (rc == NGX_OK && merged) {
        keys.n = 0;
        ngx_rtalpha_yaml_list_init(&result);

        rc = ngx_rtalpha_yaml_merge(ctx, node, 1, &keys, &result, 0);

        node->list.first = result.first;
        node->list.last = result.first ? result.last : &node->list.first;
    }

    for (tuple = node->list.first; tuple && rc == NGX_OK; tuple = tuple->next)
    {
        if (ngx_rtalpha_yaml_key_class(tuple)
            != NGX_RTALPHA_PROP_STRING * 2 + 1)
        {
            node->mixed = 1;
        }

        if (node->tag != NGX_RTALPHA_YAML_TAG_SET) {
            rc = ngx_rtalpha_yaml_construct(ctx, tuple->value);
        }
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_yaml_construct_seq(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t                  rc;
    ngx_rtalpha_yaml_tuple_t  *item;

    node->done = 1;

    if (node->tag == NGX_RTALPHA_YAML_TAG_OMAP) {
        return ngx_rtalpha_yaml_construct_omap(ctx, node);
    }

    for (item = node->list.first; item; item = item->next) {
        rc = ngx_rtalpha_yaml_construct(ctx, item->value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_yaml_construct(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t  rc;

    if (node->done && node->kind != NGX_RTALPHA_YAML_MAP) {
        return NGX_OK;
    }

    if (++ctx->depth > NGX_RTALPHA_YAML_DEPTH) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "aliases nest too deep");
    }

    switch (node->kind) {

    case NGX_RTALPHA_YAML_MAP:
        rc = ngx_rtalpha_yaml_construct_map(ctx, node);
        break;

    case NGX_RTALPHA_YAML_SEQ:
        rc = ngx_rtalpha_yaml_construct_seq(ctx, node);
        break;

    default:
        rc = ngx_rtalpha_yaml_construct_scalar(ctx, node);
    }

    ctx->depth--;

    return rc;
}


ngx_int_t
ngx_rtalpha_yaml_settle(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_list_t *list)
{
    ngx_str_t                  *text;
    ngx_uint_t                  brackets;
    ngx_rtalpha_prop_t          prop;
    ngx_rtalpha_props_t        *seen;
    ngx_rtalpha_yaml_tuple_t   *tuple, *first, **link;
    const ngx_rtalpha_prop_t   *old;

    seen = ngx_rtalpha_props_create(ctx->temp);
    if (seen == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));

    link = &list->first;

    while (*link) {
        tuple = *link;
        text = ngx_rtalpha_yaml_key_text(tuple, &brackets);
        prop.key = *text;

        if (brackets) {
            prop.key.len = text->len + 2;
            prop.key.data = ngx_pnalloc(ctx->temp, prop.key.len);
            if (prop.key.data == NULL) {
                return NGX_ERROR;
            }

            (void) ngx_sprintf(prop.key.data, "[%V]", text);
        }

        old = ngx_rtalpha_props_find(seen, prop.key.data, prop.key.len);

        if (old) {
            first = (ngx_rtalpha_yaml_tuple_t *) old->text.data;
            first->value = tuple->value;
            *link = tuple->next;
            continue;
        }

        prop.text.data = (u_char *) tuple;

        if (ngx_rtalpha_props_set(seen, &prop) != NGX_OK) {
            return NGX_ERROR;
        }

        link = &tuple->next;
    }

    list->last = link;

    return NGX_OK;
}
