
/*
 * Un-flattening.  A key is walked from left to right: "." ends the key of a
 * map, "[digits]" makes a list.  Oddities are the original's: a child of a
 * scalar stands beside it under the compound name, a bracket without an
 * index is part of a name.
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


/* does "[…]" at pos hold an index */

static ngx_uint_t
ngx_rtalpha_cfg_walk_is_index(ngx_rtalpha_cfg_walk_t *w, size_t pos)
{
    size_t  i;

    for (i = pos + 1; i < w->key.len; i++) {

        if (w->key.data[i] == ']') {
            return i > pos + 1;
        }

        if (w->key.data[i] < '0' || w->key.data[i] > '9') {
            return 0;
        }
    }

    return 0;
}


/* the next key of a map, and what it leads to */

static ngx_int_t
ngx_rtalpha_cfg_walk_key(ngx_rtalpha_cfg_walk_t *w, ngx_str_t *key)
{
    size_t  i, start;

    start = w->pos;
    w->next = NGX_RTALPHA_CFG_NEXT_LEAF;

    for (i = start; i < w->key.len; i++) {

        if (w->key.data[i] == '.') {
            w->next = NGX_RTALPHA_CFG_NEXT_MAP;
            break;
        }

        if (w->key.data[i] == '[' && ngx_rtalpha_cfg_walk_is_index(w, i)) {
            w->next = NGX_RTALPHA_CFG_NEXT_LIST;
            break;
        }
    }

    if (w->next != NGX_RTALPHA_CFG_NEXT_LEAF && i == start) {
        return NGX_DECLINED;
    }

    key->data = w->key.data + start;
    key->len = i - start;
    w->pos = (w->next == NGX_RTALPHA_CFG_NEXT_MAP) ? i + 1 : i;

    return NGX_OK;
}


/* the index at "[", and what it leads to */

static ngx_int_t
ngx_rtalpha_cfg_walk_number(ngx_rtalpha_cfg_walk_t *w, ngx_uint_t *index)
{
    size_t     i;
    ngx_int_t  n;

    for (i = w->pos; w->key.data[i] != ']'; i++) { /* void */ }

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

    if (w->key.data[w->pos] == '['
        && ngx_rtalpha_cfg_walk_is_index(w, w->pos))
    {
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


static ngx_int_t
ngx_rtalpha_cfg_walk_compound(ngx_rtalpha_cfg_walk_t *w, ngx_str_t *compound,
    const ngx_str_t *key)
{
    u_char  *p;

    p = ngx_pnalloc(w->pool, compound->len + key->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(p, "%V%V.", compound, key);
    compound->data = p;
    compound->len += key->len + 1;

    return NGX_OK;
}


/* the member of a map, made if it is not there; child NULL: a leaf is set */

static ngx_int_t
ngx_rtalpha_cfg_walk_member(ngx_rtalpha_cfg_walk_t *w,
    ngx_rtalpha_cfg_tree_t *map, ngx_str_t *compound,
    ngx_rtalpha_cfg_tree_t **child)
{
    ngx_int_t                 rc, at;
    ngx_str_t                 key, full;
    ngx_uint_t                type;
    ngx_rtalpha_cfg_tree_t   *value, **item;

    rc = ngx_rtalpha_cfg_walk_key(w, &key);

    if (rc != NGX_OK) {
        return rc;
    }

    if (w->next == NGX_RTALPHA_CFG_NEXT_LEAF) {
        full = key;

        if (compound->len) {
            full.data = compound->data;
            full.len = compound->len;

            if (ngx_rtalpha_cfg_walk_compound(w, &full, &key) != NGX_OK) {
                return NGX_ERROR;
            }

            full.len--;
        }

        *child = NULL;
        value = ngx_rtalpha_cfg_walk_leaf(w);

        return value ? ngx_rtalpha_cfg_tree_put(w->pool, map, &full, value)
                     : NGX_ERROR;
    }

    type = (w->next == NGX_RTALPHA_CFG_NEXT_MAP) ? NGX_RTALPHA_CFG_NODE_MAP
                                                 : NGX_RTALPHA_CFG_NODE_LIST;
    at = ngx_rtalpha_cfg_tree_find(map, &key);
    item = map->items->elts;

    if (at >= 0 && item[at]->type != type) {

        if (type == NGX_RTALPHA_CFG_NODE_LIST) {
            return NGX_ABORT;
        }

        *child = map;
        return ngx_rtalpha_cfg_walk_compound(w, compound, &key);
    }

    ngx_str_set(compound, "");

    if (at >= 0) {
        *child = item[at];
        return NGX_OK;
    }

    *child = ngx_rtalpha_cfg_tree_new(w->pool, type);

    return *child ? ngx_rtalpha_cfg_tree_put(w->pool, map, &key, *child)
                  : NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_cfg_unflatten(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_uint_t index, ngx_rtalpha_cfg_tree_t **root, ngx_str_t *error)
{
    ngx_int_t                rc;
    ngx_str_t                compound;
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
        ngx_str_set(&compound, "");

        for (t = *root; t; /* void */ ) {

            rc = (t->type == NGX_RTALPHA_CFG_NODE_LIST)
                 ? ngx_rtalpha_cfg_walk_element(&w, t, &t)
                 : ngx_rtalpha_cfg_walk_member(&w, t, &compound, &t);

            if (rc != NGX_OK) {
                *error = w.key;
                return rc;
            }
        }
    }

    return NGX_OK;
}
