
/*
 * The YAML loader, first part: libyaml's events become a graph of nodes,
 * with the limits that keep hostile input small.  An alias of a collection
 * that is still open would make the graph infinite and is refused.
 */


#include "ngx_rtalpha_yaml.h"
#include "ngx_rtalpha_yaml_node.h"
#include "ngx_rtalpha_yaml_text.h"


#define NGX_RTALPHA_YAML_DOCUMENTS  10000
#define NGX_RTALPHA_YAML_POOL       16384


typedef struct {
    ngx_rtalpha_yaml_ctx_t    ctx;
    yaml_parser_t             parser;
    yaml_event_t              event;
    ngx_uint_t                nodes;        /* what is left */
    ngx_uint_t                aliases;      /* of collections, what is left */
    ngx_rtalpha_props_t      *anchors;
    ngx_rtalpha_yaml_text_t   text;
} ngx_rtalpha_yaml_loader_t;


typedef struct {
    ngx_str_t                 name;
    unsigned                  kind:8;
    unsigned                  tag:8;
} ngx_rtalpha_yaml_tag_name_t;


static ngx_int_t ngx_rtalpha_yaml_compose(ngx_rtalpha_yaml_loader_t *loader,
    ngx_uint_t level, ngx_rtalpha_yaml_node_t **nodep);


#define NGX_RTALPHA_YAML_TAG_PREFIX  "tag:yaml.org,2002:"

static const ngx_rtalpha_yaml_tag_name_t  ngx_rtalpha_yaml_tag_names[] = {
    { ngx_string("str"), NGX_RTALPHA_YAML_SCALAR, NGX_RTALPHA_SCALAR_STR },
    { ngx_string("int"), NGX_RTALPHA_YAML_SCALAR, NGX_RTALPHA_SCALAR_INT },
    { ngx_string("float"), NGX_RTALPHA_YAML_SCALAR, NGX_RTALPHA_SCALAR_FLOAT },
    { ngx_string("bool"), NGX_RTALPHA_YAML_SCALAR, NGX_RTALPHA_SCALAR_BOOL },
    { ngx_string("null"), NGX_RTALPHA_YAML_SCALAR, NGX_RTALPHA_SCALAR_NULL },
    { ngx_string("merge"), NGX_RTALPHA_YAML_SCALAR, NGX_RTALPHA_SCALAR_MERGE },
    { ngx_string("binary"), NGX_RTALPHA_YAML_SCALAR,
      NGX_RTALPHA_SCALAR_BINARY },
    { ngx_string("timestamp"), NGX_RTALPHA_YAML_SCALAR,
      NGX_RTALPHA_SCALAR_TIMESTAMP },
    { ngx_string("seq"), NGX_RTALPHA_YAML_SEQ, NGX_RTALPHA_YAML_TAG_NONE },
    { ngx_string("omap"), NGX_RTALPHA_YAML_SEQ, NGX_RTALPHA_YAML_TAG_OMAP },
    { ngx_string("map"), NGX_RTALPHA_YAML_MAP, NGX_RTALPHA_YAML_TAG_NONE },
    { ngx_string("set"), NGX_RTALPHA_YAML_MAP, NGX_RTALPHA_YAML_TAG_SET },
    { ngx_null_string, 0, 0 }
};


ngx_int_t
ngx_rtalpha_yaml_list_add(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_list_t *list, ngx_rtalpha_yaml_node_t *key,
    ngx_rtalpha_yaml_node_t *value, ngx_uint_t bare)
{
    ngx_rtalpha_yaml_tuple_t  *tuple;

    tuple = ngx_palloc(ctx->temp, sizeof(ngx_rtalpha_yaml_tuple_t));
    if (tuple == NULL) {
        return NGX_ERROR;
    }

    tuple->key = key;
    tuple->value = value;
    tuple->next = NULL;
    tuple->bare = bare;

    *list->last = tuple;
    list->last = &tuple->next;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_next(ngx_rtalpha_yaml_loader_t *loader)
{
    yaml_parser_t  *parser;

    parser = &loader->parser;

    if (yaml_parser_parse(parser, &loader->event)) {
        return NGX_OK;
    }

    ngx_memzero(&loader->event, sizeof(yaml_event_t));

    switch (parser->error) {

    case YAML_MEMORY_ERROR:
        return NGX_ERROR;

    case YAML_READER_ERROR:
        return ngx_rtalpha_load_refuse(loader->ctx.pool, loader->ctx.error,
                                       parser->mark.line + 1,
                                       parser->mark.column + 1,
                                       "%s at byte %uz", parser->problem,
                                       parser->problem_offset);

    default:
        return ngx_rtalpha_load_refuse(loader->ctx.pool, loader->ctx.error,
                                       parser->problem_mark.line + 1,
                                       parser->problem_mark.column + 1,
                                       "%s%s%s",
                                       parser->context ? parser->context : "",
                                       parser->context ? ": " : "",
                                       parser->problem);
    }
}


static ngx_rtalpha_yaml_node_t *
ngx_rtalpha_yaml_node(ngx_rtalpha_yaml_loader_t *loader, ngx_uint_t kind)
{
    ngx_rtalpha_yaml_node_t  *node;

    node = ngx_pcalloc(loader->ctx.temp, sizeof(ngx_rtalpha_yaml_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->kind = kind;
    node->line = (uint32_t) loader->event.start_mark.line + 1;
    node->column = (uint32_t) loader->event.start_mark.column + 1;

    ngx_rtalpha_yaml_list_init(&node->list);
    ngx_rtalpha_yaml_list_init(&node->ordered);

    return node;
}


/* only the types that SafeConstructor knows; pairs cannot be shown flat */

static ngx_int_t
ngx_rtalpha_yaml_tag(ngx_rtalpha_yaml_loader_t *loader,
    ngx_rtalpha_yaml_node_t *node, const yaml_char_t *tag)
{
    size_t                              len;
    const u_char                       *name;
    const ngx_rtalpha_yaml_tag_name_t  *known;

    if (tag == NULL || (tag[0] == '!' && tag[1] == '\0')) {
        node->tag = NGX_RTALPHA_YAML_TAG_NONE;
        return NGX_OK;
    }

    len = sizeof(NGX_RTALPHA_YAML_TAG_PREFIX) - 1;

    if (ngx_strncmp(tag, NGX_RTALPHA_YAML_TAG_PREFIX, len) == 0) {
        name = tag + len;
        len = ngx_strlen(name);

        for (known = ngx_rtalpha_yaml_tag_names; known->name.len; known++) {
            if (known->kind == node->kind && known->name.len == len
                && ngx_memcmp(known->name.data, name, len) == 0)
            {
                node->tag = known->tag;
                return NGX_OK;
            }
        }
    }

    return ngx_rtalpha_yaml_refuse(&loader->ctx, node,
                                   "could not determine a constructor for the "
                                   "tag %s", tag);
}


/* a later anchor of the same name takes the name over */

static ngx_int_t
ngx_rtalpha_yaml_anchor(ngx_rtalpha_yaml_loader_t *loader,
    ngx_rtalpha_yaml_node_t *node, const yaml_char_t *anchor)
{
    ngx_rtalpha_prop_t  prop;

    if (anchor == NULL) {
        return NGX_OK;
    }

    if (loader->anchors == NULL) {
        loader->anchors = ngx_rtalpha_props_create(loader->ctx.temp);
        if (loader->anchors == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));

    prop.key.len = ngx_strlen(anchor);
    prop.key.data = ngx_pnalloc(loader->ctx.temp, prop.key.len);
    if (prop.key.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(prop.key.data, anchor, prop.key.len);
    prop.text.data = (u_char *) node;

    return ngx_rtalpha_props_set(loader->anchors, &prop);
}


static ngx_int_t
ngx_rtalpha_yaml_alias(ngx_rtalpha_yaml_loader_t *loader,
    ngx_rtalpha_yaml_node_t **nodep)
{
    ngx_uint_t                 line, column;
    ngx_pool_t                *pool;
    const u_char              *name;
    const ngx_rtalpha_prop_t  *prop;
    ngx_rtalpha_yaml_node_t   *node;

    pool = loader->ctx.pool;
    name = loader->event.data.alias.anchor;
    line = loader->event.start_mark.line + 1;
    column = loader->event.start_mark.column + 1;

    prop = loader->anchors ? ngx_rtalpha_props_find(loader->anchors, name,
                                                    ngx_strlen(name))
                           : NULL;
    if (prop == NULL) {
        return ngx_rtalpha_load_refuse(pool, loader->ctx.error, line, column,
                                       "found undefined alias %s", name);
    }

    node = (ngx_rtalpha_yaml_node_t *) prop->text.data;

    if (node->open) {
        return ngx_rtalpha_load_refuse(pool, loader->ctx.error, line, column,
                                       "alias %s is inside of what it stands "
                                       "for", name);
    }

    if (node->kind != NGX_RTALPHA_YAML_SCALAR && loader->aliases-- == 0) {
        return ngx_rtalpha_load_refuse(pool, loader->ctx.error, line, column,
                                       "more than %ui aliases of collections",
                                       loader->ctx.limits.aliases);
    }

    *nodep = node;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_compose_scalar(ngx_rtalpha_yaml_loader_t *loader,
    ngx_rtalpha_yaml_node_t *node)
{
    ngx_int_t      rc;
    yaml_event_t  *event;

    event = &loader->event;

    rc = ngx_rtalpha_yaml_tag(loader, node, event->data.scalar.tag);
    if (rc != NGX_OK) {
        return rc;
    }

    node->text.len = event->data.scalar.length;
    node->text.data = ngx_pnalloc(loader->ctx.temp, node->text.len + 1);
    if (node->text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(node->text.data, event->data.scalar.value, node->text.len);

    if (loader->text.mends
        && ngx_rtalpha_yaml_text_restore(&loader->text,
                                         event->data.scalar.style,
                                         &node->text)
           != NGX_OK)
    {
        return ngx_rtalpha_yaml_refuse(&loader->ctx, node,
                                       "found a tab where an indentation space "
                                       "is expected");
    }

    /* after "!" even what is in quotes is resolved, as if it were plain */

    if (node->tag == NGX_RTALPHA_YAML_TAG_NONE) {
        node->tag = (event->data.scalar.plain_implicit
                     || event->data.scalar.tag)
                    ? ngx_rtalpha_scalar_resolve(&node->text)
                    : NGX_RTALPHA_SCALAR_STR;
    }

    return ngx_rtalpha_yaml_anchor(loader, node, event->data.scalar.anchor);
}


static ngx_int_t
ngx_rtalpha_yaml_compose_members(ngx_rtalpha_yaml_loader_t *loader,
    ngx_rtalpha_yaml_node_t *node, ngx_uint_t level)
{
    ngx_int_t                 rc;
    ngx_rtalpha_yaml_node_t  *key, *value;

    for ( ;; ) {
        yaml_event_delete(&loader->event);

        rc = ngx_rtalpha_yaml_next(loader);
        if (rc != NGX_OK) {
            return rc;
        }

        if (loader->event.type == YAML_SEQUENCE_END_EVENT
            || loader->event.type == YAML_MAPPING_END_EVENT)
        {
            return NGX_OK;
        }

        key = NULL;

        if (node->kind == NGX_RTALPHA_YAML_MAP) {
            rc = ngx_rtalpha_yaml_compose(loader, level + 1, &key);
            if (rc != NGX_OK) {
                return rc;
            }

            yaml_event_delete(&loader->event);

            rc = ngx_rtalpha_yaml_next(loader);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        rc = ngx_rtalpha_yaml_compose(loader, level + 1, &value);
        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_rtalpha_yaml_list_add(&loader->ctx, &node->list, key, value,
                                       0);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_rtalpha_yaml_compose_collection(ngx_rtalpha_yaml_loader_t *loader,
    ngx_rtalpha_yaml_node_t *node, ngx_uint_t level)
{
    ngx_int_t      rc;
    yaml_event_t  *event;
    yaml_char_t   *tag, *anchor;

    event = &loader->event;

    if (node->kind == NGX_RTALPHA_YAML_SEQ) {
        tag = event->data.sequence_start.tag;
        anchor = event->data.sequence_start.anchor;

    } else {
        tag = event->data.mapping_start.tag;
        anchor = event->data.mapping_start.anchor;
    }

    rc = ngx_rtalpha_yaml_tag(loader, node, tag);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_yaml_anchor(loader, node, anchor);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    node->open = 1;
    rc = ngx_rtalpha_yaml_compose_members(loader, node, level);
    node->open = 0;

    return rc;
}


/* the node that begins with the event in hand */

static ngx_int_t
ngx_rtalpha_yaml_compose(ngx_rtalpha_yaml_loader_t *loader, ngx_uint_t level,
    ngx_rtalpha_yaml_node_t **nodep)
{
    ngx_uint_t                kind;
    ngx_rtalpha_yaml_node_t  *node;

    if (level > loader->ctx.limits.depth) {
        return ngx_rtalpha_load_refuse(loader->ctx.pool, loader->ctx.error,
                                       loader->event.start_mark.line + 1,
                                       loader->event.start_mark.column + 1,
                                       "nesting depth exceeded max %ui",
                                       loader->ctx.limits.depth);
    }

    if (loader->nodes-- == 0) {
        return ngx_rtalpha_load_refuse(loader->ctx.pool, loader->ctx.error,
                                       loader->event.start_mark.line + 1,
                                       loader->event.start_mark.column + 1,
                                       "more than %ui nodes",
                                       loader->ctx.limits.nodes);
    }

    switch (loader->event.type) {

    case YAML_ALIAS_EVENT:
        return ngx_rtalpha_yaml_alias(loader, nodep);

    case YAML_SEQUENCE_START_EVENT:
        kind = NGX_RTALPHA_YAML_SEQ;
        break;

    case YAML_MAPPING_START_EVENT:
        kind = NGX_RTALPHA_YAML_MAP;
        break;

    default:
        kind = NGX_RTALPHA_YAML_SCALAR;
    }

    node = ngx_rtalpha_yaml_node(loader, kind);
    if (node == NULL) {
        return NGX_ERROR;
    }

    *nodep = node;

    if (kind == NGX_RTALPHA_YAML_SCALAR) {
        return ngx_rtalpha_yaml_compose_scalar(loader, node);
    }

    return ngx_rtalpha_yaml_compose_collection(loader, node, level);
}


static ngx_int_t
ngx_rtalpha_yaml_document(ngx_rtalpha_yaml_loader_t *loader,
    ngx_array_t *docs)
{
    ngx_int_t                  rc;
    ngx_rtalpha_props_t      **docp;
    ngx_rtalpha_yaml_ctx_t    *ctx;
    ngx_rtalpha_yaml_node_t   *root;

    ctx = &loader->ctx;
    loader->anchors = NULL;

    ngx_destroy_pool(ctx->temp);

    ctx->temp = ngx_create_pool(NGX_RTALPHA_YAML_POOL, ctx->pool->log);
    if (ctx->temp == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_yaml_next(loader);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_yaml_compose(loader, 0, &root);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_yaml_construct(ctx, root);
    }

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_yaml_flatten(ctx, root);
    }

    if (rc != NGX_OK) {
        return (rc == NGX_DONE) ? NGX_OK : rc;
    }

    if (docs->nelts == NGX_RTALPHA_YAML_DOCUMENTS) {
        return ngx_rtalpha_yaml_refuse(ctx, root, "more than %d documents",
                                       NGX_RTALPHA_YAML_DOCUMENTS);
    }

    docp = ngx_array_push(docs);
    if (docp == NULL) {
        return NGX_ERROR;
    }

    *docp = ctx->doc;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_yaml_stream(ngx_rtalpha_yaml_loader_t *loader, ngx_array_t *docs)
{
    ngx_int_t          rc;
    yaml_event_type_t  type;

    for ( ;; ) {
        rc = ngx_rtalpha_yaml_next(loader);
        if (rc != NGX_OK) {
            return rc;
        }

        type = loader->event.type;

        yaml_event_delete(&loader->event);

        if (type == YAML_STREAM_END_EVENT) {
            return NGX_OK;
        }

        if (type != YAML_DOCUMENT_START_EVENT) {
            continue;
        }

        rc = ngx_rtalpha_yaml_document(loader, docs);

        yaml_event_delete(&loader->event);

        if (rc != NGX_OK) {
            return rc;
        }
    }
}


/* one reading of the text; NGX_AGAIN: it has been mended */

static ngx_int_t
ngx_rtalpha_yaml_read(ngx_rtalpha_yaml_loader_t *loader, ngx_array_t *docs)
{
    ngx_int_t                  rc, mended;
    ngx_rtalpha_load_error_t   error;

    loader->nodes = loader->ctx.limits.nodes;
    loader->aliases = loader->ctx.limits.aliases;
    loader->ctx.visits = loader->ctx.limits.nodes;
    loader->ctx.text = loader->ctx.limits.text;
    loader->ctx.depth = 0;
    loader->ctx.listed = 0;
    docs->nelts = 0;
    error = *loader->ctx.error;

    if (!yaml_parser_initialize(&loader->parser)) {
        return NGX_ERROR;
    }

    yaml_parser_set_input_string(&loader->parser, loader->text.text.data,
                                 loader->text.text.len);

    rc = ngx_rtalpha_yaml_stream(loader, docs);

    if (rc == NGX_DECLINED) {
        mended = ngx_rtalpha_yaml_text_mend(&loader->text, loader->ctx.pool,
                                            &loader->parser);
        if (mended == NGX_OK) {
            *loader->ctx.error = error;
            rc = NGX_AGAIN;

        } else if (mended == NGX_ERROR) {
            rc = NGX_ERROR;
        }
    }

    yaml_parser_delete(&loader->parser);

    return rc;
}


ngx_int_t
ngx_rtalpha_yaml_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, uint32_t file,
    ngx_array_t **docs, ngx_rtalpha_load_error_t *error)
{
    ngx_int_t                  rc;
    ngx_rtalpha_yaml_loader_t  loader;

    ngx_memzero(&loader, sizeof(ngx_rtalpha_yaml_loader_t));

    loader.ctx.pool = pool;
    loader.ctx.error = error;
    loader.ctx.file = file;

    ngx_rtalpha_load_limits(&loader.ctx.limits, limits);

    loader.text.text = *input;

    if (input->len > loader.ctx.limits.size) {
        return ngx_rtalpha_load_refuse(pool, error, 0, 0,
                                       "more than %uz bytes",
                                       loader.ctx.limits.size);
    }

    *docs = ngx_array_create(pool, 4, sizeof(ngx_rtalpha_props_t *));
    if (*docs == NULL) {
        return NGX_ERROR;
    }

    if (input->len == 0) {
        return NGX_OK;
    }

    loader.ctx.temp = ngx_create_pool(NGX_RTALPHA_YAML_POOL, pool->log);
    if (loader.ctx.temp == NULL) {
        return NGX_ERROR;
    }

    do {
        rc = ngx_rtalpha_yaml_read(&loader, *docs);
    } while (rc == NGX_AGAIN);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_yaml_text_check(&loader.text.text, pool, error);
    }

    if (loader.ctx.temp) {
        ngx_destroy_pool(loader.ctx.temp);
    }

    return rc;
}
