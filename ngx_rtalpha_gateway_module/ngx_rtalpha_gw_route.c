
/*
 * The tree of the matcher has a node for each beginning of a pattern made of
 * literal segments and "one segment of any kind"; what a pattern asks of a
 * segment beyond that is judged with the candidate.  All literal children of
 * all nodes lie in one hash table, by parent and text, so that a node with
 * 100 000 children costs what one with two does.
 *
 * A node lists routes whose pattern ends at it, and routes whose pattern
 * goes on with "**" from it.  Routes are added in table order, so that every
 * list is sorted and the first route that was added below a node is the
 * earliest one there.
 */


#include "ngx_rtalpha_gw_route.h"


typedef struct ngx_rtalpha_gw_entry_s  ngx_rtalpha_gw_entry_t;

struct ngx_rtalpha_gw_entry_s {
    ngx_rtalpha_gw_route_t   *route;
    ngx_rtalpha_gw_entry_t   *next;
};


typedef struct {
    ngx_rtalpha_gw_entry_t   *first;
    ngx_rtalpha_gw_entry_t   *last;
} ngx_rtalpha_gw_entries_t;


struct ngx_rtalpha_gw_node_s {
    uint32_t                  id;
    uint32_t                  min;      /* index of the first route below */
    uint32_t                  parent;
    uint32_t                  hash;
    ngx_str_t                 text;
    ngx_rtalpha_gw_node_t    *any;      /* one segment of any kind */
    ngx_rtalpha_gw_entries_t  ends;
    ngx_rtalpha_gw_entries_t  rests;
};


typedef struct {
    const ngx_rtalpha_gw_matcher_t  *matcher;
    ngx_rtalpha_gw_request_t        *req;
    const ngx_rtalpha_gw_path_t     *path;
    ngx_rtalpha_gw_route_t          *best;
    uint32_t                         bound;     /* index of best */
} ngx_rtalpha_gw_walk_t;


/* parents of the roots of hosts */
#define NGX_RTALPHA_GW_NODE_HOST  0


static ngx_rtalpha_gw_node_t *ngx_rtalpha_gw_matcher_node(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, uint32_t index);
static ngx_rtalpha_gw_node_t *ngx_rtalpha_gw_matcher_lookup(
    const ngx_rtalpha_gw_matcher_t *matcher, uint32_t parent, u_char *text,
    size_t len, uint32_t hash);
static ngx_rtalpha_gw_node_t *ngx_rtalpha_gw_matcher_child(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, uint32_t parent, ngx_str_t *text,
    uint32_t index);
static ngx_int_t ngx_rtalpha_gw_matcher_grow(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher);
static void ngx_rtalpha_gw_matcher_place(ngx_rtalpha_gw_matcher_t *matcher,
    ngx_rtalpha_gw_node_t *node);
static ngx_int_t ngx_rtalpha_gw_matcher_list(ngx_pool_t *pool,
    ngx_rtalpha_gw_entries_t *list, ngx_rtalpha_gw_route_t *route);
static ngx_rtalpha_gw_node_t *ngx_rtalpha_gw_matcher_host(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher,
    const ngx_rtalpha_gw_pattern_t *pattern, uint32_t index);
static ngx_int_t ngx_rtalpha_gw_matcher_below(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_node_t *root,
    const ngx_rtalpha_gw_pred_t *paths, ngx_rtalpha_gw_route_t *route);
static ngx_int_t ngx_rtalpha_gw_matcher_path(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_node_t *node,
    const ngx_rtalpha_gw_pattern_t *pattern, ngx_rtalpha_gw_route_t *route);
static const ngx_rtalpha_gw_pred_t *ngx_rtalpha_gw_route_pred(
    const ngx_rtalpha_gw_route_t *route, ngx_uint_t type);
static void ngx_rtalpha_gw_walk_root(ngx_rtalpha_gw_walk_t *w,
    const ngx_rtalpha_gw_node_t *root);
static void ngx_rtalpha_gw_walk_hosts(ngx_rtalpha_gw_walk_t *w);
static void ngx_rtalpha_gw_walk_node(ngx_rtalpha_gw_walk_t *w,
    const ngx_rtalpha_gw_node_t *node, ngx_uint_t i);
static void ngx_rtalpha_gw_walk_list(ngx_rtalpha_gw_walk_t *w,
    const ngx_rtalpha_gw_entries_t *list);


#define ngx_rtalpha_gw_matcher_key(parent, hash)                              \
    (((parent) * 0x9e3779b1u) ^ ((hash) * 0x85ebca6bu))


ngx_int_t
ngx_rtalpha_gw_matcher_init(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher)
{
    ngx_memzero(matcher, sizeof(ngx_rtalpha_gw_matcher_t));

    matcher->mask = 15;
    matcher->slots = ngx_pcalloc(pool, 16 * sizeof(ngx_rtalpha_gw_node_t *));

    if (matcher->slots == NULL) {
        return NGX_ERROR;
    }

    matcher->root = ngx_rtalpha_gw_matcher_node(pool, matcher, 0);

    return matcher->root ? NGX_OK : NGX_ERROR;
}


static ngx_rtalpha_gw_node_t *
ngx_rtalpha_gw_matcher_node(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, uint32_t index)
{
    ngx_rtalpha_gw_node_t  *node;

    node = ngx_pcalloc(pool, sizeof(ngx_rtalpha_gw_node_t));

    if (node) {
        node->id = ++matcher->nodes;
        node->min = index;
    }

    return node;
}


static ngx_rtalpha_gw_node_t *
ngx_rtalpha_gw_matcher_lookup(const ngx_rtalpha_gw_matcher_t *matcher,
    uint32_t parent, u_char *text, size_t len, uint32_t hash)
{
    ngx_uint_t              i;
    ngx_rtalpha_gw_node_t  *node;

    i = ngx_rtalpha_gw_matcher_key(parent, hash);

    for ( ;; ) {
        node = matcher->slots[i++ & matcher->mask];

        if (node == NULL
            || (node->hash == hash && node->parent == parent
                && node->text.len == len
                && ngx_memcmp(node->text.data, text, len) == 0))
        {
            return node;
        }
    }
}


static ngx_rtalpha_gw_node_t *
ngx_rtalpha_gw_matcher_child(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, uint32_t parent, ngx_str_t *text,
    uint32_t index)
{
    uint32_t                hash;
    ngx_rtalpha_gw_node_t  *node;

    hash = ngx_rtalpha_gw_path_hash(text->data, text->len);
    node = ngx_rtalpha_gw_matcher_lookup(matcher, parent, text->data,
                                         text->len, hash);
    if (node) {
        return node;
    }

    if (matcher->used * 2 > matcher->mask
        && ngx_rtalpha_gw_matcher_grow(pool, matcher) != NGX_OK)
    {
        return NULL;
    }

    node = ngx_rtalpha_gw_matcher_node(pool, matcher, index);
    if (node == NULL) {
        return NULL;
    }

    node->parent = parent;
    node->hash = hash;
    node->text = *text;

    ngx_rtalpha_gw_matcher_place(matcher, node);
    matcher->used++;

    return node;
}


static ngx_int_t
ngx_rtalpha_gw_matcher_grow(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher)
{
    ngx_uint_t               i, n;
    ngx_rtalpha_gw_node_t  **old;

    n = matcher->mask + 1;
    old = matcher->slots;

    matcher->slots = ngx_pcalloc(pool,
                                 4 * n * sizeof(ngx_rtalpha_gw_node_t *));
    if (matcher->slots == NULL) {
        matcher->slots = old;
        return NGX_ERROR;
    }

    matcher->mask = 4 * n - 1;

    for (i = 0; i < n; i++) {
        if (old[i]) {
            ngx_rtalpha_gw_matcher_place(matcher, old[i]);
        }
    }

    (void) ngx_pfree(pool, old);

    return NGX_OK;
}


static void
ngx_rtalpha_gw_matcher_place(ngx_rtalpha_gw_matcher_t *matcher,
    ngx_rtalpha_gw_node_t *node)
{
    ngx_uint_t  i;

    i = ngx_rtalpha_gw_matcher_key(node->parent, node->hash);

    while (matcher->slots[i & matcher->mask]) {
        i++;
    }

    matcher->slots[i & matcher->mask] = node;
}


static ngx_int_t
ngx_rtalpha_gw_matcher_list(ngx_pool_t *pool, ngx_rtalpha_gw_entries_t *list,
    ngx_rtalpha_gw_route_t *route)
{
    ngx_rtalpha_gw_entry_t  *entry;

    if (list->last && list->last->route == route) {
        return NGX_OK;
    }

    entry = ngx_palloc(pool, sizeof(ngx_rtalpha_gw_entry_t));
    if (entry == NULL) {
        return NGX_ERROR;
    }

    entry->route = route;
    entry->next = NULL;

    if (list->last) {
        list->last->next = entry;

    } else {
        list->first = entry;
    }

    list->last = entry;

    return NGX_OK;
}


static const ngx_rtalpha_gw_pred_t *
ngx_rtalpha_gw_route_pred(const ngx_rtalpha_gw_route_t *route,
    ngx_uint_t type)
{
    ngx_uint_t  i;

    for (i = 0; i < route->npreds; i++) {
        if (route->preds[i].type == type) {
            return &route->preds[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_gw_matcher_add(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_route_t *route)
{
    uint32_t                      i;
    ngx_rtalpha_gw_node_t        *root;
    const ngx_rtalpha_gw_pred_t  *hosts, *paths;

    hosts = ngx_rtalpha_gw_route_pred(route, NGX_RTALPHA_GW_PRED_HOST);
    paths = ngx_rtalpha_gw_route_pred(route, NGX_RTALPHA_GW_PRED_PATH);

    if (hosts == NULL) {
        return ngx_rtalpha_gw_matcher_below(pool, matcher, matcher->root,
                                            paths, route);
    }

    for (i = 0; i < hosts->n; i++) {

        root = ngx_rtalpha_gw_matcher_host(pool, matcher,
                                           &hosts->u.patterns[i],
                                           route->index);
        if (root == NULL
            || ngx_rtalpha_gw_matcher_below(pool, matcher, root, paths, route)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * The root for hosts that end with the literal labels at the pattern's end:
 * a node for each label, the last one first, whose "any" is the root.
 */

static ngx_rtalpha_gw_node_t *
ngx_rtalpha_gw_matcher_host(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher,
    const ngx_rtalpha_gw_pattern_t *pattern, uint32_t index)
{
    uint32_t                parent;
    ngx_uint_t              i;
    ngx_rtalpha_gw_node_t  *node;

    node = NULL;
    parent = NGX_RTALPHA_GW_NODE_HOST;

    for (i = pattern->n; i > 0; i--) {

        if (pattern->elems[i - 1].kind != NGX_RTALPHA_GW_LITERAL) {
            break;
        }

        node = ngx_rtalpha_gw_matcher_child(pool, matcher, parent,
                                            &pattern->elems[i - 1].text,
                                            index);
        if (node == NULL) {
            return NULL;
        }

        parent = node->id;
    }

    if (node == NULL) {
        return matcher->root;
    }

    matcher->hosts = 1;

    if (node->any == NULL) {
        node->any = ngx_rtalpha_gw_matcher_node(pool, matcher, index);
    }

    return node->any;
}


static ngx_int_t
ngx_rtalpha_gw_matcher_below(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_node_t *root,
    const ngx_rtalpha_gw_pred_t *paths, ngx_rtalpha_gw_route_t *route)
{
    uint32_t  i;

    if (paths == NULL) {
        return ngx_rtalpha_gw_matcher_list(pool, &root->rests, route);
    }

    for (i = 0; i < paths->n; i++) {
        if (ngx_rtalpha_gw_matcher_path(pool, matcher, root,
                                        &paths->u.patterns[i], route)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_matcher_path(ngx_pool_t *pool,
    ngx_rtalpha_gw_matcher_t *matcher, ngx_rtalpha_gw_node_t *node,
    const ngx_rtalpha_gw_pattern_t *pattern, ngx_rtalpha_gw_route_t *route)
{
    ngx_uint_t              i;
    ngx_rtalpha_gw_elem_t  *e;

    for (i = 0; i < pattern->n; i++) {
        e = &pattern->elems[i];

        if (e->kind == NGX_RTALPHA_GW_DOUBLE || e->kind == NGX_RTALPHA_GW_REST)
        {
            return ngx_rtalpha_gw_matcher_list(pool, &node->rests, route);
        }

        if (e->kind == NGX_RTALPHA_GW_LITERAL) {
            node = ngx_rtalpha_gw_matcher_child(pool, matcher, node->id,
                                                &e->text, route->index);

        } else {

            if (node->any == NULL) {
                node->any = ngx_rtalpha_gw_matcher_node(pool, matcher,
                                                        route->index);
            }

            node = node->any;
        }

        if (node == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_gw_matcher_list(pool, &node->ends, route);
}


ngx_rtalpha_gw_route_t *
ngx_rtalpha_gw_matcher_find(const ngx_rtalpha_gw_matcher_t *matcher,
    ngx_rtalpha_gw_request_t *req)
{
    ngx_rtalpha_gw_walk_t  w;

    w.matcher = matcher;
    w.req = req;
    w.best = NULL;
    w.bound = NGX_MAX_UINT32_VALUE;

    ngx_rtalpha_gw_walk_root(&w, matcher->root);

    if (matcher->hosts) {
        ngx_rtalpha_gw_walk_hosts(&w);
    }

    if (w.best && w.best->vars) {
        (void) ngx_rtalpha_gw_route_matches(w.best, req, 1, NULL);
    }

    return w.best;
}


static void
ngx_rtalpha_gw_walk_root(ngx_rtalpha_gw_walk_t *w,
    const ngx_rtalpha_gw_node_t *root)
{
    w->path = w->req->path;
    ngx_rtalpha_gw_walk_node(w, root, 0);

    if (w->req->flat != w->req->path) {
        w->path = w->req->flat;
        ngx_rtalpha_gw_walk_node(w, root, 0);
    }
}


static void
ngx_rtalpha_gw_walk_hosts(ngx_rtalpha_gw_walk_t *w)
{
    uint32_t                      parent;
    ngx_uint_t                    i;
    ngx_rtalpha_gw_seg_t         *seg;
    ngx_rtalpha_gw_path_t        *labels;
    const ngx_rtalpha_gw_node_t  *node;

    labels = ngx_rtalpha_gw_request_labels(w->req);

    if (labels == NULL) {
        return;
    }

    parent = NGX_RTALPHA_GW_NODE_HOST;

    for (i = labels->n; i > 0; i--) {
        seg = &labels->segs[i - 1];
        node = ngx_rtalpha_gw_matcher_lookup(w->matcher, parent, seg->text,
                                             seg->len, seg->hash);
        if (node == NULL) {
            return;
        }

        if (node->any) {
            ngx_rtalpha_gw_walk_root(w, node->any);
        }

        parent = node->id;
    }
}


static void
ngx_rtalpha_gw_walk_node(ngx_rtalpha_gw_walk_t *w,
    const ngx_rtalpha_gw_node_t *node, ngx_uint_t i)
{
    const ngx_rtalpha_gw_seg_t   *seg;
    const ngx_rtalpha_gw_node_t  *child;

    if (node->min >= w->bound) {
        return;
    }

    ngx_rtalpha_gw_walk_list(w, &node->rests);

    if (i == w->path->n) {
        ngx_rtalpha_gw_walk_list(w, &node->ends);

        /* "/a/" is also taken by "/a/" and a star */

        if (w->path->slash && node->any) {
            ngx_rtalpha_gw_walk_list(w, &node->any->ends);
        }

        return;
    }

    seg = &w->path->segs[i];
    child = ngx_rtalpha_gw_matcher_lookup(w->matcher, node->id, seg->text,
                                          seg->len, seg->hash);
    if (child) {
        ngx_rtalpha_gw_walk_node(w, child, i + 1);
    }

    if (node->any) {
        ngx_rtalpha_gw_walk_node(w, node->any, i + 1);
    }
}


static void
ngx_rtalpha_gw_walk_list(ngx_rtalpha_gw_walk_t *w,
    const ngx_rtalpha_gw_entries_t *list)
{
    ngx_rtalpha_gw_entry_t  *entry;

    for (entry = list->first; entry; entry = entry->next) {

        if (entry->route->index >= w->bound) {
            return;
        }

        if (ngx_rtalpha_gw_route_matches(entry->route, w->req, 0, NULL)) {
            w->best = entry->route;
            w->bound = entry->route->index;
            return;
        }
    }
}


ngx_uint_t
ngx_rtalpha_gw_route_matches(const ngx_rtalpha_gw_route_t *route,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars, ngx_uint_t *failed)
{
    ngx_uint_t  i;

    if (vars && req->vars.array) {
        req->vars.array->nelts = 0;
    }

    for (i = 0; i < route->npreds; i++) {

        if (!ngx_rtalpha_gw_pred_holds(&route->preds[i], req, vars)) {

            if (failed) {
                *failed = i;
            }

            return 0;
        }
    }

    return 1;
}
