
/*
 * A flat, ordered, typed property tree: the form in which configuration
 * travels through the suite.
 *
 * It is what Spring calls a property source: keys such as "a.b[0].c" in the
 * order in which they were first set, each with a scalar.  The packed form
 * has no pointers: the same bytes lie in shared memory, on disk and in a
 * process.
 */


#ifndef _NGX_RTALPHA_PROPS_H_INCLUDED_
#define _NGX_RTALPHA_PROPS_H_INCLUDED_


#include "ngx_rtalpha_out.h"


/*
 * text always holds the value as Java's String.valueOf() would print it
 * (and as JSON prints it, for BOOL, INT and FLOAT).
 */
typedef enum {
    NGX_RTALPHA_PROP_STRING = 0,
    NGX_RTALPHA_PROP_BOOL,          /* "true" or "false" */
    NGX_RTALPHA_PROP_INT,           /* decimal digits, any size */
    NGX_RTALPHA_PROP_FLOAT,         /* as Double.toString() */
    NGX_RTALPHA_PROP_NULL,          /* text is empty */
    NGX_RTALPHA_PROP_BINARY,        /* !!binary in YAML; base64 */
    NGX_RTALPHA_PROP_DATE           /* !!timestamp in YAML, as Jackson prints
                                       it: "2001-12-14T00:00:00.000+00:00" */
} ngx_rtalpha_prop_type_e;


typedef struct {
    ngx_str_t    key;
    ngx_str_t    text;
    uint32_t     line;              /* from 1; 0: unknown */
    uint32_t     column;            /* from 1; 0: unknown */
    uint32_t     file;              /* index given by the loader's caller */
    uint32_t     type;              /* ngx_rtalpha_prop_type_e */
} ngx_rtalpha_prop_t;


typedef struct ngx_rtalpha_props_s  ngx_rtalpha_props_t;


/* an empty tree; NULL: no memory */
ngx_rtalpha_props_t *ngx_rtalpha_props_create(ngx_pool_t *pool);

ngx_uint_t ngx_rtalpha_props_count(const ngx_rtalpha_props_t *props);

/* i < count, in order */
const ngx_rtalpha_prop_t *ngx_rtalpha_props_at(
    const ngx_rtalpha_props_t *props, ngx_uint_t i);

/* exact key; NULL: not there */
const ngx_rtalpha_prop_t *ngx_rtalpha_props_find(
    const ngx_rtalpha_props_t *props, const u_char *key, size_t len);

#define ngx_rtalpha_props_find_lit(props, s)                                  \
    ngx_rtalpha_props_find(props, ngx_rtalpha_lit(s))

/*
 * Sets a key; a key that is there keeps its place and gets the new value
 * (LinkedHashMap.put).  The strings are referenced, not copied.
 */
ngx_int_t ngx_rtalpha_props_set(ngx_rtalpha_props_t *props,
    const ngx_rtalpha_prop_t *prop);

/*
 * Sets only what is not there yet: lower-ranking sources are merged last.
 * A list is taken from one source only, as by Spring's Binder: where props
 * holds any element of it, or a value in its place, its elements in lower
 * are left out.  Each source has to be a tree of its own for that.
 */
ngx_int_t ngx_rtalpha_props_merge(ngx_rtalpha_props_t *props,
    const ngx_rtalpha_props_t *lower);

/* position-independent form, written to out */
ngx_int_t ngx_rtalpha_props_pack(const ngx_rtalpha_props_t *props,
    ngx_rtalpha_out_t *out);

/*
 * A tree over packed bytes; strings point into data, which has to outlive
 * the tree.  NULL: no memory, or not a packed tree (every offset is checked).
 */
ngx_rtalpha_props_t *ngx_rtalpha_props_unpack(ngx_pool_t *pool, u_char *data,
    size_t len);


#endif /* _NGX_RTALPHA_PROPS_H_INCLUDED_ */
