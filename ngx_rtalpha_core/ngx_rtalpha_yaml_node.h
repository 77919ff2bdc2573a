
/*
 * The inside of the YAML loader: nodes of one document, from the events of
 * libyaml (ngx_rtalpha_yaml.c) through merging (ngx_rtalpha_yaml_merge.c) to
 * flat keys (ngx_rtalpha_yaml_flat.c).  Nobody else includes this.
 */


#ifndef _NGX_RTALPHA_YAML_NODE_H_INCLUDED_
#define _NGX_RTALPHA_YAML_NODE_H_INCLUDED_


#include "ngx_rtalpha_load.h"
#include "ngx_rtalpha_scalar.h"


typedef struct ngx_rtalpha_yaml_node_s   ngx_rtalpha_yaml_node_t;
typedef struct ngx_rtalpha_yaml_tuple_s  ngx_rtalpha_yaml_tuple_t;


/* nesting with aliases followed: bounds recursion */
#define NGX_RTALPHA_YAML_DEPTH  500


typedef enum {
    NGX_RTALPHA_YAML_SCALAR = 0,
    NGX_RTALPHA_YAML_SEQ,
    NGX_RTALPHA_YAML_MAP
} ngx_rtalpha_yaml_kind_e;


/* tags of collections, after those of ngx_rtalpha_scalar_e */
typedef enum {
    NGX_RTALPHA_YAML_TAG_NONE = 16,
    NGX_RTALPHA_YAML_TAG_SET,
    NGX_RTALPHA_YAML_TAG_OMAP
} ngx_rtalpha_yaml_tag_e;


/*
 * A member of a collection; key is NULL in a sequence.
 *
 * Boot wraps every scalar together with its place, except the keys of a
 * mapping that is constructed on its own.  The keys of a mapping that is
 * only merged stay wrapped, and a wrapped key never equals a bare one: that
 * is why a later map written in place overrides in "<<: [*a, {x: 1}]".
 */
struct ngx_rtalpha_yaml_tuple_s {
    ngx_rtalpha_yaml_node_t   *key;
    ngx_rtalpha_yaml_node_t   *value;
    ngx_rtalpha_yaml_tuple_t  *next;
    unsigned                   bare:1;
};


typedef struct {
    ngx_rtalpha_yaml_tuple_t   *first;
    ngx_rtalpha_yaml_tuple_t  **last;
} ngx_rtalpha_yaml_list_t;


struct ngx_rtalpha_yaml_node_s {
    ngx_str_t                  text;        /* of a key: as Java prints it */
    ngx_rtalpha_yaml_list_t    list;
    ngx_rtalpha_yaml_list_t    ordered;     /* !!omap, when constructed */
    uint32_t                   line;
    uint32_t                   column;
    unsigned                   kind:2;
    unsigned                   tag:6;
    unsigned                   type:4;      /* ngx_rtalpha_prop_type_e */
    unsigned                   null:1;
    unsigned                   open:1;      /* not read to its end yet */
    unsigned                   done:1;      /* constructed */
    unsigned                   printed:1;   /* collection with its text */
    unsigned                   kept:1;      /* text lies in the result pool */
    unsigned                   mixed:1;     /* keys may clash as text */
};


typedef struct {
    ngx_pool_t                 *pool;       /* for what is returned */
    ngx_pool_t                 *temp;       /* for nodes */
    ngx_rtalpha_load_limits_t   limits;
    ngx_rtalpha_load_error_t   *error;
    uint32_t                    file;
    ngx_uint_t                  visits;     /* what is left of nodes */
    ngx_uint_t                  depth;      /* of aliases in aliases */
    ngx_uint_t                  listed;     /* lists around the node */
    size_t                      text;       /* what is left of text */
    ngx_rtalpha_out_t           path;
    ngx_rtalpha_props_t        *doc;
} ngx_rtalpha_yaml_ctx_t;


#define ngx_rtalpha_yaml_list_init(l)                                         \
    (l)->first = NULL;                                                        \
    (l)->last = &(l)->first

ngx_int_t ngx_rtalpha_yaml_list_add(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_list_t *list, ngx_rtalpha_yaml_node_t *key,
    ngx_rtalpha_yaml_node_t *value, ngx_uint_t bare);

/* refuses with the node's place */
#define ngx_rtalpha_yaml_refuse(ctx, node, ...)                               \
    ngx_rtalpha_load_refuse((ctx)->pool, (ctx)->error, (node)->line,          \
                            (node)->column, __VA_ARGS__)

/* converts scalars, applies merges, checks for duplicate keys */
ngx_int_t ngx_rtalpha_yaml_construct(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *node);

/* the text of a key in flat form; brackets are not part of it */
ngx_str_t *ngx_rtalpha_yaml_key_text(const ngx_rtalpha_yaml_tuple_t *tuple,
    ngx_uint_t *brackets);

/*
 * Where keys of different kinds are the same text, the last value counts,
 * in the place of the first.
 */
ngx_int_t ngx_rtalpha_yaml_settle(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_list_t *list);

/* one document into ctx->doc; NGX_DONE: it has no content */
ngx_int_t ngx_rtalpha_yaml_flatten(ngx_rtalpha_yaml_ctx_t *ctx,
    ngx_rtalpha_yaml_node_t *root);


#endif /* _NGX_RTALPHA_YAML_NODE_H_INCLUDED_ */
