
/*
 * Un-flattening.  A key is walked from left to right: "." ends the key of a
 * map, "[digits]" makes a list.  Oddities are the original's: a child of a
 * scalar stands beside it under a name that begins with that of the last such
 * scalar, a bracket without an index is part of a name.
 */


#include "ngx_rtalpha_cfg_unflatten.h"


#define NGX_RTALPHA_CFG_UNFLATTEN_INDEX  65535
#define NGX_RTALPHA_CFG_UNFLATTEN_NULLS  1000000
#define NGX_RTALPHA_CFG_UNFLATTEN_SMALL  16


typedef enum {
    NGX_RTALPHA_CFG_NEXT_LEAF = 0,
    NGX_RTALPHA_CFG_NEXT_MAP,
    NGX_RTALPHA_CFG_NEXT_LIST
} ngx_rtalpha_cfg_next_e;


typedef struct {
    ngx_pool_t                *pool;
    ngx_str_t                  key;
    size_t                     pos;
    ngx_uint_t                 next;
    ngx_uint_t                 max;         /* list index */
    ngx_uint_t                 nulls;       /* put in so far */
    const ngx_rtalpha_prop_t  *prop;
    ngx_str_t                  prefix;      /* of the leaf */
    ngx_uint_t                 beside;      /* is there one */
} ngx_rtalpha_cfg_walk_t;


static ngx_rtalpha_cfg_tree_t *
ngx_rtalpha_cfg_tree_new(ngx_pool_t *pool, ngx_uint_t type)
{
    ngx_rtalpha_cfg_tree_t  *t;

    t = ngx_pcalloc(pool, sizeof(ngx_rtalpha_cfg_tree_t));
    if (t == NULL) {
        return NULL;
    }

    t->type = type;

    if (type != NGX_RTALPHA_CFG_NODE_LEAF) {
        t->items = ngx_array_create(pool, 4, sizeof(void *));
        if (t->items == NULL) {
            return NULL;
        }
    }

    return t;
}


/* the number of a key in a map, or -1 */

static ngx_int_t
ngx_rtalpha_cfg_tree_find(ngx_rtalpha_cfg_tree_t *map, const ngx_str_t *key)
{
    ngx_uint_t                  i;
    ngx_rtalpha_cfg_tree_t    **item;
    const ngx_rtalpha_prop_t   *prop;

    if (map->index) {
        prop = ngx_rtalpha_props_find(map->index, key->data, key->len);
        return prop ? (ngx_int_t) prop->line - 1 : -1;
    }

    item = map->items->elts;

    for (i = 0; i < map->items->nelts; i++) {
        if (ngx_rtalpha_str_eq(&item[i]->key, key)) {
            return i;
        }
    }

    return -1;
}


static ngx_int_t
ngx_rtalpha_cfg_tree_index(ngx_pool_t *pool, ngx_rtalpha_cfg_tree_t *map,
    ngx_uint_t i)
{
    ngx_rtalpha_prop_t        entry;
    ngx_rtalpha_cfg_tree_t  **item;

    item = map->items->elts;
    ngx_memzero(&entry, sizeof(ngx_rtalpha_prop_t));
    entry.key = item[i]->key;
    entry.line = (uint32_t) i + 1;

    return ngx_rtalpha_props_set(map->index, &entry);
}


static ngx_int_t
ngx_rtalpha_cfg_tree_put(ngx_pool_t *pool, ngx_rtalpha_cfg_tree_t *map,
    const ngx_str_t *key, ngx_rtalpha_cfg_tree_t *value)
{
    ngx_int_t                 at;
    ngx_uint_t                i;
    ngx_rtalpha_cfg_tree_t  **item;

    value->key = *key;
    at = ngx_rtalpha_cfg_tree_find(map, key);

    if (at >= 0) {
        item = map->items->elts;
        value->key = item[at]->key;
        item[at] = value;
        return NGX_OK;
    }

    item = ngx_array_push(map->items);
    if (item == NULL) {
        return NGX_ERROR;
    }

    *item = value;

    if (map->index) {
        return ngx_rtalpha_cfg_tree_index(pool, map, map->items->nelts - 1);
    }

    if (map->items->nelts < NGX_RTALPHA_CFG_UNFLATTEN_SMALL) {
        return NGX_OK;
    }

    map->index = ngx_rtalpha_props_create(pool);
    if (map->index == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < map->items->nelts; i++) {
        if (ngx_rtalpha_cfg_tree_index(pool, map, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* does text between brackets look like a number of 32 bits to Java */

static ngx_uint_t
ngx_rtalpha_cfg_walk_is_int(const u_char *p, const u_char *last)
{
    int64_t     n, limit;
    ngx_uint_t  digits;

    limit = INT32_MAX;

    if (p < last && (*p == '-' || *p == '+')) {
        limit += (*p == '-');
        p++;
    }

    n = 0;

    for (digits = 0; p < last; p++, digits++) {
        if (*p < '0' || *p > '9') {
            return 0;
        }

        n = n * 10 + (*p - '0');

        if (n > limit) {
            return 0;
        }
    }

    return digits > 0;
}


/*
 * The next key of a map, and what it leads to.  A bracket counts once it is
 * closed and holds a number; one that is closed without having been opened
 * is taken to have been open since the first character of all.
 */

static ngx_int_t
ngx_rtalpha_cfg_walk_key(ngx_rtalpha_cfg_walk_t *w, ngx_str_t *key)
{
    u_char   *data;
    ssize_t   i, start, end, open;

    data = w->key.data;
    start = w->pos;
    end = open = -1;
    w->next = NGX_RTALPHA_CFG_NEXT_LEAF;

    for (i = start; i < (ssize_t) w->key.len; i++) {

        if (data[i] == '.') {
            w->next = NGX_RTALPHA_CFG_NEXT_MAP;
            end = i;
            break;
        }

        if (data[i] == '[') {
            open = i;

        } else if (data[i] == ']'
                   && ngx_rtalpha_cfg_walk_is_int(data + open + 1, data + i))
        {
            w->next = NGX_RTALPHA_CFG_NEXT_LIST;
            end = open;
            break;
        }
    }

    if (end == start) {
        return NGX_DECLINED;
    }

    if (end < start) {
        w->next = NGX_RTALPHA_CFG_NEXT_LEAF;
        end = w->key.len;
    }

    key->data = data + start;
    key->len = end - start;
    w->pos = (w->next == NGX_RTALPHA_CFG_NEXT_MAP) ? end + 1 : end;

    return NGX_OK;
}


/* the index at "[", and what it leads to */

static ngx_int_t
ngx_rtalpha_cfg_walk_number(ngx_rtalpha_cfg_walk_t *w, ngx_uint_t *index)
{
    size_t     i;
    ngx_int_t  n;

    for (i = w->pos + 1; i < w->key.len; i++) {

        if (w->key.data[i] == ']') {
            break;
        }

        if (w->key.data[i] < '0' || w->key.data[i] > '9') {
            return NGX_DECLINED;
        }
    }

    if (i == w->key.len) {
        return NGX_DECLINED;
    }

    n = ngx_atoi(w->key.data + w->pos + 1, i - w->pos - 1);

    if (n == NGX_ERROR || (ngx_uint_t) n > w->max) {
        return NGX_DECLINED;
    }

    *index = n;
    w->pos = i + 1;

    if (w->pos == w->key.len) {
        w->next = NGX_RTALPHA_CFG_NEXT_LEAF;
        return NGX_OK;
    }

    if (w->key.data[w->pos] == '.') {
        w->next = NGX_RTALPHA_CFG_NEXT_MAP;
        w->pos++;
        return NGX_OK;
    }

    if (w->key.data[w->pos] == '[') {
        w->next = NGX_RTALPHA_CFG_NEXT_LIST;
        return NGX_OK;
    }

    return NGX_DECLINED;
}


static ngx_rtalpha_cfg_tree_t *
ngx_rtalpha_cfg_walk_leaf(ngx_rtalpha_cfg_walk_t *w)
{
    ngx_rtalpha_cfg_tree_t  *leaf;

    leaf = ngx_rtalpha_cfg_tree_new(w->pool, NGX_RTALPHA_CFG_NODE_LEAF);

    if (leaf) {
        leaf->prop = w->prop;
    }

    return leaf;
}


/* the element of a list, made if it is not there */

static ngx_int_t
ngx_rtalpha_cfg_walk_element(ngx_rtalpha_cfg_walk_t *w,
    ngx_rtalpha_cfg_tree_t *list, ngx_rtalpha_cfg_tree_t **child)
{
    ngx_int_t                 rc;
    ngx_uint_t                index, type;
    ngx_rtalpha_cfg_tree_t  **item;

    rc = ngx_rtalpha_cfg_walk_number(w, &index);

    if (rc != NGX_OK) {
        return rc;
    }

    while (list->items->nelts <= index) {

        if (++w->nulls > NGX_RTALPHA_CFG_UNFLATTEN_NULLS) {
            return NGX_DECLINED;
        }

        item = ngx_array_push(list->items);
        if (item == NULL) {
            return NGX_ERROR;
        }

        *item = NULL;
    }

    item = list->items->elts;

    if (w->next == NGX_RTALPHA_CFG_NEXT_LEAF) {
        item[index] = ngx_rtalpha_cfg_walk_leaf(w);
        *child = NULL;
        return item[index] ? NGX_OK : NGX_ERROR;
    }

    type = (w->next == NGX_RTALPHA_CFG_NEXT_MAP) ? NGX_RTALPHA_CFG_NODE_MAP
                                                 : NGX_RTALPHA_CFG_NODE_LIST;

    if (item[index] == NULL) {
        item[index] = ngx_rtalpha_cfg_tree_new(w->pool, type);
        if (item[index] == NULL) {
            return NGX_ERROR;
        }
    }

    if (item[index]->type != type) {
        return NGX_ABORT;
    }

    *child = item[index];

    return NGX_OK;
}


/* "key" as the leaf of a map, with the name of a scalar on the way before it */

static ngx_int_t
ngx_rtalpha_cfg_walk_put_leaf(ngx_rtalpha_cfg_walk_t *w,
    ngx_rtalpha_cfg_tree_t *map, const ngx_str_t *key)
{
    ngx_str_t                full;
    ngx_rtalpha_cfg_tree_t  *leaf;

    full = *key;

    if (w->beside) {
        full.len = w->prefix.len + 1 + key->len;
        full.data = ngx_pnalloc(w->pool, full.len);
        if (full.data == NULL) {
            return NGX_ERROR;
        }

        ngx_sprintf(full.data, "%V.%V", &w->prefix, key);
    }

    leaf = ngx_rtalpha_cfg_walk_leaf(w);

    return leaf ? ngx_rtalpha_cfg_tree_put(w->pool, map, &full, leaf)
                : NGX_ERROR;
}


/* the member of a map, made if it is not there; child NULL: a leaf is set */

static ngx_int_t
ngx_rtalpha_cfg_walk_member(ngx_rtalpha_cfg_walk_t *w,
    ngx_rtalpha_cfg_tree_t *map, ngx_rtalpha_cfg_tree_t **child)
{
    ngx_int_t                 rc, at;
    ngx_str_t                 key;
    ngx_uint_t                type;
    ngx_rtalpha_cfg_tree_t  **item;

    rc = ngx_rtalpha_cfg_walk_key(w, &key);

    if (rc != NGX_OK) {
        return rc;
    }

    if (w->next == NGX_RTALPHA_CFG_NEXT_LEAF) {
        *child = NULL;
        return ngx_rtalpha_cfg_walk_put_leaf(w, map, &key);
    }

    type = (w->next == NGX_RTALPHA_CFG_NEXT_MAP) ? NGX_RTALPHA_CFG_NODE_MAP
                                                 : NGX_RTALPHA_CFG_NODE_LIST;
    at = ngx_rtalpha_cfg_tree_find(map, &key);

    if (at < 0) {
        *child = ngx_rtalpha_cfg_tree_new(w->pool, type);

        return *child ? ngx_rtalpha_cfg_tree_put(w->pool, map, &key, *child)
                      : NGX_ERROR;
    }

    item = map->items->elts;

    if (item[at]->type == type) {
        *child = item[at];
        return NGX_OK;
    }

    if (type == NGX_RTALPHA_CFG_NODE_LIST) {
        return NGX_ABORT;
    }

    w->prefix = key;
    w->beside = 1;
    *child = map;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_unflatten(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_uint_t index, ngx_rtalpha_cfg_tree_t **root, ngx_str_t *error)
{
    ngx_int_t                rc;
    ngx_uint_t               i, n;
    ngx_rtalpha_cfg_tree_t  *t;
    ngx_rtalpha_cfg_walk_t   w;

    *root = ngx_rtalpha_cfg_tree_new(pool, NGX_RTALPHA_CFG_NODE_MAP);
    if (*root == NULL) {
        return NGX_ERROR;
    }

    w.pool = pool;
    w.nulls = 0;
    w.max = index ? index : NGX_RTALPHA_CFG_UNFLATTEN_INDEX;
    n = ngx_rtalpha_props_count(props);

    for (i = 0; i < n; i++) {
        w.prop = ngx_rtalpha_props_at(props, i);
        w.key = w.prop->key;
        w.pos = 0;
        w.beside = 0;

        for (t = *root; t; /* void */ ) {

            rc = (t->type == NGX_RTALPHA_CFG_NODE_LIST)
                 ? ngx_rtalpha_cfg_walk_element(&w, t, &t)
                 : ngx_rtalpha_cfg_walk_member(&w, t, &t);

            if (rc != NGX_OK) {
                *error = w.key;
                return rc;
            }
        }
    }

    return NGX_OK;
}
