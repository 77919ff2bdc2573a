
/*
 * The YAML loader, last part: Spring's YamlProcessor.  A graph of nodes
 * becomes "a.b[0]" keys; aliases are followed as often as they occur, within
 * what is left of nodes and of text.
 *
 * The path of the node in hand lies in one buffer that grows and shrinks.
 * Spring drops a path that is blank, so that the path begins at some offset.
 */


#include "ngx_rtalpha_yaml_node.h"


static ngx_int_t ngx_rtalpha_yaml_flat(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, size_t base);


static ngx_int_t
ngx_rtalpha_yaml_charge(ngx_rtalpha_yaml_ctx_t *ctx,
    const ngx_rtalpha_yaml_node_t *node, size_t len)
{
    if (len > ctx->text) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "keys are too long");
    }

    ctx->text -= len;

    return NGX_OK;
}


/* the text of a node that has to outlive the nodes; aliases share it */

static ngx_int_t
ngx_rtalpha_yaml_keep(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node)
{
    u_char  *p;

    if (node->kept || node->text.len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(ctx->pool, node->text.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, node->text.data, node->text.len);

    node->text.data = p;
    node->kept = 1;

    return NGX_OK;
}


/* an empty collection is the empty string */

static ngx_int_t
ngx_rtalpha_yaml_put(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, size_t base, ngx_uint_t placed)
{
    u_char              *p;
    ngx_int_t            rc;
    ngx_rtalpha_prop_t   prop;

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));

    p = ctx->path.start + base;
    prop.key.len = ctx->path.pos - p;

    rc = ngx_rtalpha_yaml_charge(ctx, node, prop.key.len);
    if (rc != NGX_OK) {
        return rc;
    }

    prop.key.data = ngx_pnalloc(ctx->pool, prop.key.len + 1);

    if (prop.key.data == NULL || ngx_rtalpha_yaml_keep(ctx, node) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memcpy(prop.key.data, p, prop.key.len);

    prop.type = NGX_RTALPHA_PROP_STRING;
    prop.file = ctx->file;

    if (placed) {
        prop.line = node->line;
        prop.column = node->column;
    }

    if (node->kind == NGX_RTALPHA_YAML_SCALAR) {
        prop.type = node->type;
        prop.text = node->text;

    } else {
        ngx_str_set(&prop.text, "");
    }

    return ngx_rtalpha_props_set(ctx->doc, &prop);
}


/* StringUtils.hasText() */

static ngx_uint_t
ngx_rtalpha_yaml_is_blank(const ngx_rtalpha_yaml_ctx_t *ctx, size_t base)
{
    u_char  *p;

    for (p = ctx->path.start + base; p < ctx->path.pos; p++) {
        if (*p > ' ' || (*p < 0x1c && (*p < '\t' || *p > '\r'))) {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_rtalpha_yaml_flat_map(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, size_t base, ngx_uint_t blank)
{
    size_t                     len;
    ngx_int_t                  rc;
    ngx_str_t                 *text;
    ngx_uint_t                 brackets;
    ngx_rtalpha_yaml_list_t   *list;
    ngx_rtalpha_yaml_tuple_t  *tuple;

    list = node->ordered.first ? &node->ordered : &node->list;

    if (node->mixed) {
        node->mixed = 0;

        if (ngx_rtalpha_yaml_settle(ctx, list) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    len = ctx->path.pos - ctx->path.start;

    for (tuple = list->first; tuple; tuple = tuple->next) {
        text = ngx_rtalpha_yaml_key_text(tuple, &brackets);

        rc = ngx_rtalpha_yaml_charge(ctx, tuple->key, text->len + 2);
        if (rc != NGX_OK) {
            return rc;
        }

        if (brackets && ctx->listed) {

            /* Spring converts keys in mappings only */

            return ngx_rtalpha_yaml_refuse(ctx, tuple->key, "key [%V] inside "
                                           "of a list is no string", text);
        }

        if (brackets) {
            ngx_rtalpha_out_char(&ctx->path, '[');

        } else if (!blank && (text->len == 0 || text->data[0] != '[')) {
            ngx_rtalpha_out_char(&ctx->path, '.');
        }

        ngx_rtalpha_out_str(&ctx->path, text);

        if (brackets) {
            ngx_rtalpha_out_char(&ctx->path, ']');
        }

        rc = ngx_rtalpha_yaml_flat(ctx, tuple->value, blank ? len : base);
        if (rc != NGX_OK) {
            return rc;
        }

        ctx->path.pos = ctx->path.start + len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_flat_set_member(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_tuple_t *tuple, size_t base)
{
    if (tuple->key->kind != NGX_RTALPHA_YAML_SCALAR) {
        return ngx_rtalpha_yaml_flat(ctx, tuple->key, base);
    }

    if (ctx->visits-- == 0) {
        return ngx_rtalpha_yaml_refuse(ctx, tuple->key, "more than %ui nodes",
                                       ctx->limits.nodes);
    }

    return ngx_rtalpha_yaml_put(ctx, tuple->key, base, !tuple->bare);
}


static ngx_int_t
ngx_rtalpha_yaml_flat_list(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, size_t base, ngx_uint_t blank)
{
    size_t                     len;
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_rtalpha_yaml_tuple_t  *tuple;

    if (node->list.first == NULL) {
        return ngx_rtalpha_yaml_put(ctx, node, base,
                                    node->kind == NGX_RTALPHA_YAML_SEQ);
    }

    i = 0;
    len = ctx->path.pos - ctx->path.start;

    for (tuple = node->list.first; tuple; tuple = tuple->next) {

        if (i > ctx->limits.index) {
            return ngx_rtalpha_yaml_refuse(ctx, node,
                                           "list is longer than %ui",
                                           ctx->limits.index + 1);
        }

        ngx_rtalpha_out_char(&ctx->path, '[');
        ngx_rtalpha_out_int(&ctx->path, i++);
        ngx_rtalpha_out_char(&ctx->path, ']');

        if (tuple->key) {
            rc = ngx_rtalpha_yaml_flat_set_member(ctx, tuple,
                                                  blank ? len : base);

        } else {
            rc = ngx_rtalpha_yaml_flat(ctx, tuple->value, blank ? len : base);
        }

        if (rc != NGX_OK) {
            return rc;
        }

        ctx->path.pos = ctx->path.start + len;
    }

    return NGX_OK;
}


#define ngx_rtalpha_yaml_is_map(node)                                         \
    ((node)->ordered.first                                                    \
     || ((node)->kind == NGX_RTALPHA_YAML_MAP                                 \
         && (node)->tag != NGX_RTALPHA_YAML_TAG_SET))


static ngx_int_t
ngx_rtalpha_yaml_flat(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node, size_t base)
{
    ngx_int_t   rc;
    ngx_uint_t  blank;

    if (ctx->path.failed) {
        return NGX_ERROR;
    }

    if (ctx->visits-- == 0) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "more than %ui nodes",
                                       ctx->limits.nodes);
    }

    if (node->kind == NGX_RTALPHA_YAML_SCALAR) {
        return ngx_rtalpha_yaml_put(ctx, node, base, 1);
    }

    if (++ctx->depth > NGX_RTALPHA_YAML_DEPTH) {
        return ngx_rtalpha_yaml_refuse(ctx, node, "aliases nest too deep");
    }

    blank = ngx_rtalpha_yaml_is_blank(ctx, base);

    if (ngx_rtalpha_yaml_is_map(node)) {
        rc = ngx_rtalpha_yaml_flat_map(ctx, node, base, blank);

    } else {
        ctx->listed++;
        rc = ngx_rtalpha_yaml_flat_list(ctx, node, base, blank);
        ctx->listed--;
    }

    ctx->depth--;

    return rc;
}


ngx_int_t
ngx_rtalpha_yaml_flatten(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *root)
{
    if ((root->kind == NGX_RTALPHA_YAML_SCALAR
         && root->type == NGX_RTALPHA_PROP_STRING && root->text.len == 0)
        || (root->kind == NGX_RTALPHA_YAML_SEQ && root->list.first == NULL))
    {
        return NGX_DONE;
    }

    ctx->doc = ngx_rtalpha_props_create(ctx->pool);
    if (ctx->doc == NULL) {
        return NGX_ERROR;
    }

    /* what goes into the path is charged, so that it has no limit itself */

    if (ngx_rtalpha_out_init(&ctx->path, ctx->temp, 256, NGX_MAX_SIZE_T_VALUE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_rtalpha_yaml_is_map(root)) {
        ngx_rtalpha_out_lit(&ctx->path, "document");
    }

    return ngx_rtalpha_yaml_flat(ctx, root, 0);
}
