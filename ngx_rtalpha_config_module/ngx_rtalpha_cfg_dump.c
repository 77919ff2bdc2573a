
/*
 * Trees as JSON and YAML.
 */


#include "ngx_rtalpha_cfg_dump.h"
#include "ngx_rtalpha_cfg_scalar.h"


#define NGX_RTALPHA_CFG_DUMP_ROOT  ((ngx_uint_t) -1)


static void ngx_rtalpha_cfg_dump_node(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_rtalpha_cfg_tree_t *node, ngx_uint_t indent, ngx_uint_t mapping);


static void
ngx_rtalpha_cfg_dump_value(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_prop_t *prop)
{
    u_char  c;

    if (prop->type == NGX_RTALPHA_PROP_BOOL
        || prop->type == NGX_RTALPHA_PROP_INT
        || prop->type == NGX_RTALPHA_PROP_FLOAT)
    {
        c = prop->text.data[prop->text.len - 1];

        if (prop->type != NGX_RTALPHA_PROP_FLOAT || (c >= '0' && c <= '9')) {
            ngx_rtalpha_out_str(out, &prop->text);
            return;
        }
    }

    ngx_rtalpha_out_char(out, '"');
    ngx_rtalpha_json_escape(out, prop->text.data, prop->text.len);
    ngx_rtalpha_out_char(out, '"');
}


/* nesting is as deep as a key is long, which the loaders bound */

static void
ngx_rtalpha_cfg_dump_json_node(const ngx_rtalpha_cfg_tree_t *node,
    ngx_rtalpha_out_t *out)
{
    ngx_uint_t                i, map;
    ngx_rtalpha_cfg_tree_t  **item;

    if (node == NULL) {
        ngx_rtalpha_out_lit(out, "null");
        return;
    }

    if (node->type == NGX_RTALPHA_CFG_NODE_LEAF) {
        ngx_rtalpha_cfg_dump_value(out, node->prop);
        return;
    }

    map = (node->type == NGX_RTALPHA_CFG_NODE_MAP);
    item = node->items->elts;

    ngx_rtalpha_out_char(out, map ? '{' : '[');

    for (i = 0; i < node->items->nelts && !out->failed; i++) {

        if (i) {
            ngx_rtalpha_out_char(out, ',');
        }

        if (map) {
            ngx_rtalpha_out_char(out, '"');
            ngx_rtalpha_json_escape(out, item[i]->key.data, item[i]->key.len);
            ngx_rtalpha_out_lit(out, "\":");
        }

        ngx_rtalpha_cfg_dump_json_node(item[i], out);
    }

    ngx_rtalpha_out_char(out, map ? '}' : ']');
}


void
ngx_rtalpha_cfg_dump_json(const ngx_rtalpha_cfg_tree_t *root,
    ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_cfg_dump_json_node(root, out);
}


/* "…T00:00:00.000+00:00" as "…T00:00:00Z" */

static void
ngx_rtalpha_cfg_dump_date(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_str_t *date)
{
    u_char     *p, buf[64];
    ngx_str_t   text;

    text = *date;

    if (text.len > 6 && text.len < sizeof(buf)) {
        text.len -= 6;

        if (text.len > 4
            && ngx_strncmp(text.data + text.len - 4, ".000", 4) == 0)
        {
            text.len -= 4;
        }

        p = ngx_cpymem(buf, text.data, text.len);
        *p++ = 'Z';
        text.data = buf;
        text.len++;
    }

    ngx_rtalpha_cfg_scalar_plain(e, &text, 0);
}


static void
ngx_rtalpha_cfg_dump_leaf(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t  text;

    text = prop->text;

    switch (prop->type) {

    case NGX_RTALPHA_PROP_BINARY:
        ngx_rtalpha_cfg_scalar_binary(e, &text);
        return;

    case NGX_RTALPHA_PROP_DATE:
        ngx_rtalpha_cfg_dump_date(e, &text);
        return;

    case NGX_RTALPHA_PROP_FLOAT:

        if (ngx_rtalpha_str_is(&text, "Infinity")) {
            ngx_str_set(&text, ".inf");

        } else if (ngx_rtalpha_str_is(&text, "-Infinity")) {
            ngx_str_set(&text, "-.inf");

        } else if (ngx_rtalpha_str_is(&text, "NaN")) {
            ngx_str_set(&text, ".NaN");
        }

        /* fall through */

    case NGX_RTALPHA_PROP_BOOL:
    case NGX_RTALPHA_PROP_INT:
        ngx_rtalpha_cfg_scalar_plain(e, &text, 1);
        return;

    default:
        ngx_rtalpha_cfg_scalar_string(e, &text, 0);
    }
}


static void
ngx_rtalpha_cfg_dump_map(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_rtalpha_cfg_tree_t *node, ngx_uint_t indent)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_tree_t  **item;

    if (node->items->nelts == 0) {
        ngx_rtalpha_cfg_scalar_indicator(e, "{", 1, 1, 0);
        ngx_rtalpha_cfg_scalar_indicator(e, "}", 0, 0, 0);
        return;
    }

    indent = (indent == NGX_RTALPHA_CFG_DUMP_ROOT) ? 0 : indent + 2;
    item = node->items->elts;

    for (i = 0; i < node->items->nelts && !e->out->failed; i++) {
        e->indent = indent;
        ngx_rtalpha_cfg_scalar_indent(e);

        if (ngx_rtalpha_cfg_scalar_simple(&item[i]->key)) {
            ngx_rtalpha_cfg_scalar_string(e, &item[i]->key, 1);
            ngx_rtalpha_cfg_scalar_indicator(e, ":", 0, 0, 0);

        } else {
            ngx_rtalpha_cfg_scalar_indicator(e, "?", 1, 0, 1);
            e->indent = indent + 2;
            ngx_rtalpha_cfg_scalar_string(e, &item[i]->key, 0);
            e->indent = indent;
            ngx_rtalpha_cfg_scalar_indent(e);
            ngx_rtalpha_cfg_scalar_indicator(e, ":", 1, 0, 1);
        }

        ngx_rtalpha_cfg_dump_node(e, item[i], indent, 1);
    }
}


static void
ngx_rtalpha_cfg_dump_list(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_rtalpha_cfg_tree_t *node, ngx_uint_t indent, ngx_uint_t mapping)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_tree_t  **item;

    /* a list stands at the column of its key */

    if (indent == NGX_RTALPHA_CFG_DUMP_ROOT) {
        indent = 0;

    } else if (!mapping || e->indention) {
        indent += 2;
    }

    item = node->items->elts;

    for (i = 0; i < node->items->nelts && !e->out->failed; i++) {
        e->indent = indent;
        ngx_rtalpha_cfg_scalar_indent(e);
        ngx_rtalpha_cfg_scalar_indicator(e, "-", 1, 0, 1);
        ngx_rtalpha_cfg_dump_node(e, item[i], indent, 0);
    }
}


static void
ngx_rtalpha_cfg_dump_node(ngx_rtalpha_cfg_emitter_t *e,
    const ngx_rtalpha_cfg_tree_t *node, ngx_uint_t indent, ngx_uint_t mapping)
{
    static ngx_str_t  null = ngx_string("null");

    if (node && node->type == NGX_RTALPHA_CFG_NODE_MAP) {
        ngx_rtalpha_cfg_dump_map(e, node, indent);
        return;
    }

    if (node && node->type == NGX_RTALPHA_CFG_NODE_LIST) {
        ngx_rtalpha_cfg_dump_list(e, node, indent, mapping);
        return;
    }

    e->indent = (indent == NGX_RTALPHA_CFG_DUMP_ROOT) ? 0 : indent + 2;

    if (node == NULL) {
        ngx_rtalpha_cfg_scalar_plain(e, &null, 0);
        return;
    }

    ngx_rtalpha_cfg_dump_leaf(e, node->prop);
}


void
ngx_rtalpha_cfg_dump_yaml(const ngx_rtalpha_cfg_tree_t *root,
    ngx_uint_t strip, ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_prop_t           text;
    ngx_rtalpha_cfg_tree_t     **item, leaf;
    ngx_rtalpha_cfg_emitter_t    e;

    e.out = out;
    e.column = 0;
    e.indent = 0;
    e.whitespace = 1;
    e.indention = 1;

    if (strip && root->items->nelts == 1) {
        item = root->items->elts;

        if (ngx_rtalpha_str_is(&item[0]->key, "document")) {
            root = item[0];

            /* whatever it was, a scalar comes out as a string */

            if (root->type == NGX_RTALPHA_CFG_NODE_LEAF) {
                leaf = *root;
                text = *root->prop;
                text.type = NGX_RTALPHA_PROP_STRING;
                leaf.prop = &text;
                root = &leaf;
            }
        }
    }

    ngx_rtalpha_cfg_dump_node(&e, root, NGX_RTALPHA_CFG_DUMP_ROOT, 0);

    e.indent = 0;
    ngx_rtalpha_cfg_scalar_indent(&e);
}
