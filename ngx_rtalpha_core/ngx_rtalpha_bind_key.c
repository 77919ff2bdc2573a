
/*
 * Keys, element by element: '-' and '_' do not count and letters have no
 * case, whether an element stands between dots or in brackets.
 */


#include "ngx_rtalpha_bind_key.h"


#define NGX_RTALPHA_BIND_KEY  128       /* bytes of a key compared by edits */


struct ngx_rtalpha_bind_node_s {
    ngx_str_t                  element;
    ngx_rtalpha_bind_node_t   *next;
    ngx_rtalpha_bind_node_t   *children;
    ngx_rtalpha_bind_node_t   *star;
    const ngx_rtalpha_bind_t  *entry;       /* the key ends here */
    const ngx_rtalpha_bind_t  *rest;        /* "**" follows */
};


ngx_int_t
ngx_rtalpha_bind_element(ngx_str_t *rest, ngx_str_t *element)
{
    u_char      *p, *last;
    ngx_uint_t   depth;

    if (rest->len == 0) {
        return NGX_DONE;
    }

    p = rest->data;
    last = p + rest->len;

    if (*p == '[') {
        depth = 1;

        for (p++; p < last; p++) {
            depth += (*p == '[');
            depth -= (*p == ']');

            if (depth == 0) {
                break;
            }
        }

        if (p == last || p - rest->data == 1) {
            return NGX_ERROR;
        }

        element->data = rest->data + 1;
        element->len = p - element->data;
        p++;

    } else {
        while (p < last && *p != '.' && *p != '[') {
            p++;
        }

        if (p == rest->data) {
            return NGX_ERROR;
        }

        element->data = rest->data;
        element->len = p - element->data;
    }

    if (p < last && *p != '[' && (*p != '.' || ++p == last)) {
        return NGX_ERROR;
    }

    rest->data = p;
    rest->len = last - p;

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_bind_same_element(const ngx_str_t *a, const ngx_str_t *b)
{
    u_char  *p, *q, *plast, *qlast;

    p = a->data;
    plast = p + a->len;
    q = b->data;
    qlast = q + b->len;

    for ( ;; ) {
        while (p < plast && (*p == '-' || *p == '_')) {
            p++;
        }

        while (q < qlast && (*q == '-' || *q == '_')) {
            q++;
        }

        if (p == plast || q == qlast) {
            return p == plast && q == qlast;
        }

        if (ngx_tolower(*p) != ngx_tolower(*q)) {
            return 0;
        }

        p++;
        q++;
    }
}


ngx_uint_t
ngx_rtalpha_bind_same(const ngx_str_t *key, const ngx_str_t *canonical)
{
    ngx_int_t  rc;
    ngx_str_t  left, right, a, b;

    left = *key;
    right = *canonical;

    for ( ;; ) {
        rc = ngx_rtalpha_bind_element(&left, &a);

        if (rc != ngx_rtalpha_bind_element(&right, &b) || rc == NGX_ERROR) {
            return 0;
        }

        if (rc == NGX_DONE) {
            return 1;
        }

        if (!ngx_rtalpha_bind_same_element(&a, &b)) {
            return 0;
        }
    }
}


const ngx_rtalpha_prop_t *
ngx_rtalpha_bind_find(const ngx_rtalpha_props_t *props, const ngx_str_t *key)
{
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_props_find(props, key->data, key->len);

    if (prop) {
        return prop;
    }

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        prop = ngx_rtalpha_props_at(props, i);

        if (ngx_rtalpha_bind_same(&prop->key, key)) {
            return prop;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_bind_index(const ngx_str_t *key)
{
    u_char  *p, *last;

    last = key->data + key->len;

    if (key->len < 3 || *--last != ']') {
        return NGX_ERROR;
    }

    for (p = last; p > key->data && p[-1] >= '0' && p[-1] <= '9'; p--) {
        /* void */
    }

    if (p == key->data || p[-1] != '[') {
        return NGX_ERROR;
    }

    return ngx_atoi(p, last - p);
}


static ngx_rtalpha_bind_node_t *
ngx_rtalpha_bind_child(ngx_pool_t *pool, ngx_rtalpha_bind_node_t *node,
    const ngx_str_t *element)
{
    ngx_rtalpha_bind_node_t  *child, **link;

    link = ngx_rtalpha_str_is(element, "*") ? &node->star : &node->children;

    for (child = *link; child; child = child->next) {
        if (ngx_rtalpha_bind_same_element(&child->element, element)) {
            return child;
        }
    }

    child = ngx_pcalloc(pool, sizeof(ngx_rtalpha_bind_node_t));
    if (child == NULL) {
        return NULL;
    }

    child->element = *element;
    child->next = *link;
    *link = child;

    return child;
}


ngx_rtalpha_bind_node_t *
ngx_rtalpha_bind_tree(ngx_pool_t *pool, const ngx_rtalpha_bind_t *table)
{
    ngx_str_t                 rest, element;
    ngx_rtalpha_bind_node_t  *root, *node;

    root = ngx_pcalloc(pool, sizeof(ngx_rtalpha_bind_node_t));
    if (root == NULL) {
        return NULL;
    }

    for ( /* void */ ; table->key.len; table++) {
        node = root;
        rest = table->key;

        while (ngx_rtalpha_bind_element(&rest, &element) == NGX_OK) {

            if (ngx_rtalpha_str_is(&element, "**")) {
                break;
            }

            node = ngx_rtalpha_bind_child(pool, node, &element);
            if (node == NULL) {
                return NULL;
            }

            ngx_str_null(&element);
        }

        if (ngx_rtalpha_str_is(&element, "**")) {
            node->rest = table;

        } else {
            node->entry = table;
        }
    }

    return root;
}


/*
 * Each node is looked at once at most, so that a table with many "*" costs
 * no more than its size.
 */

static const ngx_rtalpha_bind_t *
ngx_rtalpha_bind_match_rest(const ngx_rtalpha_bind_node_t *node,
    ngx_str_t rest)
{
    ngx_str_t                       here, element;
    const ngx_rtalpha_bind_t       *entry;
    const ngx_rtalpha_bind_node_t  *child;

    if (rest.len == 0) {
        return node->entry ? node->entry : node->rest;
    }

    here = rest;

    if (ngx_rtalpha_bind_element(&rest, &element) != NGX_OK) {
        return NULL;
    }

    for (child = node->children; child; child = child->next) {

        if (!ngx_rtalpha_bind_same_element(&element, &child->element)) {
            continue;
        }

        entry = ngx_rtalpha_bind_match_rest(child, rest);
        if (entry) {
            return entry;
        }
    }

    if (node->entry && node->entry->type == NGX_RTALPHA_BIND_LIST
        && rest.len == 0 && ngx_rtalpha_bind_index(&here) != NGX_ERROR)
    {
        return node->entry;
    }

    if (node->star) {
        entry = ngx_rtalpha_bind_match_rest(node->star, rest);
        if (entry) {
            return entry;
        }
    }

    return node->rest;
}


const ngx_rtalpha_bind_t *
ngx_rtalpha_bind_match(const ngx_rtalpha_bind_node_t *root,
    const ngx_str_t *key)
{
    return ngx_rtalpha_bind_match_rest(root, *key);
}


ngx_uint_t
ngx_rtalpha_bind_is_ours(const ngx_rtalpha_bind_node_t *root,
    const ngx_str_t *key)
{
    ngx_str_t                       rest, element;
    ngx_uint_t                      i;
    const ngx_rtalpha_bind_node_t  *node, *child;

    node = root;
    rest = *key;

    for (i = 0; i < 2; i++) {

        if (i && (node->entry || node->rest || node->star)) {
            return 1;
        }

        if (ngx_rtalpha_bind_element(&rest, &element) != NGX_OK) {
            return 0;
        }

        for (child = node->children; child; child = child->next) {
            if (ngx_rtalpha_bind_same_element(&element, &child->element)) {
                break;
            }
        }

        if (child == NULL) {
            return 0;
        }

        node = child;
    }

    return 1;
}


/*
 * A key as it is compared by edits: lower case, no '-' and '_', and "*" in
 * the places where the pattern has it.  NGX_ERROR: it is too long.
 */

static ngx_int_t
ngx_rtalpha_bind_normalize(const ngx_str_t *key, const ngx_str_t *pattern,
    u_char *buf, size_t *len)
{
    u_char     *p, *last;
    size_t      i;
    ngx_int_t   any;
    ngx_str_t   left, right, a, b;

    p = buf;
    last = buf + NGX_RTALPHA_BIND_KEY;
    left = *key;
    right = *pattern;

    while (ngx_rtalpha_bind_element(&left, &a) == NGX_OK) {
        any = (ngx_rtalpha_bind_element(&right, &b) == NGX_OK
               && ngx_rtalpha_str_is(&b, "*"));

        if (any) {
            a = b;
        }

        if ((size_t) (last - p) < a.len + 1) {
            return NGX_ERROR;
        }

        for (i = 0; i < a.len; i++) {
            if (a.data[i] != '-' && a.data[i] != '_') {
                *p++ = ngx_tolower(a.data[i]);
            }
        }

        *p++ = '.';
    }

    *len = p - buf;

    return NGX_OK;
}


/* Levenshtein's distance */

static ngx_uint_t
ngx_rtalpha_bind_distance(const u_char *a, size_t alen, const u_char *b,
    size_t blen)
{
    size_t      i, k;
    ngx_uint_t  left, up, cost, row[NGX_RTALPHA_BIND_KEY + 1];

    for (k = 0; k <= blen; k++) {
        row[k] = k;
    }

    for (i = 1; i <= alen; i++) {
        left = row[0];
        row[0] = i;

        for (k = 1; k <= blen; k++) {
            up = row[k];
            cost = left + (a[i - 1] != b[k - 1]);
            left = up;
            row[k] = ngx_min(cost, ngx_min(up, row[k - 1]) + 1);
        }
    }

    return row[blen];
}


/*
 * How far a key may be from what it was meant to be: a third of it, without
 * the leading names that both share, since those say nothing of the rest.
 */

static ngx_uint_t
ngx_rtalpha_bind_tolerance(const u_char *a, size_t alen, const u_char *b,
    size_t blen)
{
    size_t  i, shared;

    shared = 0;

    for (i = 0; i < alen && i < blen && a[i] == b[i]; i++) {
        if (a[i] == '.') {
            shared = i + 1;
        }
    }

    return (alen - shared) / 3 + 2;
}


const ngx_rtalpha_bind_t *
ngx_rtalpha_bind_nearest(const ngx_rtalpha_bind_t *table,
    const ngx_str_t *key)
{
    u_char                     a[NGX_RTALPHA_BIND_KEY];
    u_char                     b[NGX_RTALPHA_BIND_KEY];
    size_t                     alen, blen;
    ngx_uint_t                 distance, least;
    const ngx_rtalpha_bind_t  *nearest;

    nearest = NULL;
    least = NGX_RTALPHA_BIND_KEY;

    for ( /* void */ ; table->key.len; table++) {

        if (ngx_rtalpha_bind_normalize(key, &table->key, a, &alen) != NGX_OK
            || ngx_rtalpha_bind_normalize(&table->key, &table->key, b, &blen)
               != NGX_OK)
        {
            continue;
        }

        distance = ngx_rtalpha_bind_distance(a, alen, b, blen);

        if (distance < least
            && distance <= ngx_rtalpha_bind_tolerance(a, alen, b, blen))
        {
            least = distance;
            nearest = table;
        }
    }

    return nearest;
}
