
/*
 * Spring's relaxed binding from a property tree into a C structure, and the
 * settings report that says what became of every key.
 *
 * A role describes its keys in one table; the same table feeds the
 * structure, the report, the documentation test and the search for the
 * nearest known key.  Keys are written in canonical form: lower case,
 * words joined by '-', e.g. "eureka.server.enable-self-preservation";
 * "enableSelfPreservation", "enable_self_preservation" and
 * "ENABLESELFPRESERVATION" in a tree are the same key.
 */


#ifndef _NGX_RTALPHA_BIND_H_INCLUDED_
#define _NGX_RTALPHA_BIND_H_INCLUDED_


#include "ngx_rtalpha_props.h"


typedef enum {
    NGX_RTALPHA_BIND_NONE = 0,      /* only reported; the role reads it */
    NGX_RTALPHA_BIND_FLAG,          /* ngx_flag_t; true/false/on/off/yes/no/
                                       1/0 */
    NGX_RTALPHA_BIND_INT,           /* ngx_int_t */
    NGX_RTALPHA_BIND_MSEC,          /* ngx_msec_t; bare number: ms; also
                                       "10s", "5m", "PT1M30S" */
    NGX_RTALPHA_BIND_SEC,           /* ngx_msec_t; bare number: seconds */
    NGX_RTALPHA_BIND_SIZE,          /* size_t; bare number: bytes; "1MB" */
    NGX_RTALPHA_BIND_FRACTION,      /* ngx_int_t, millionths: "0.85" */
    NGX_RTALPHA_BIND_STR,           /* ngx_str_t */
    NGX_RTALPHA_BIND_LIST           /* ngx_array_t * of ngx_str_t: "a,b"
                                       (empty elements left out) or key[0],
                                       key[1] … */
} ngx_rtalpha_bind_type_e;


typedef enum {
    NGX_RTALPHA_BIND_USED = 0,
    NGX_RTALPHA_BIND_DIFFERENT,     /* used, but note says how it differs */
    NGX_RTALPHA_BIND_IGNORED,       /* note says why */
    NGX_RTALPHA_BIND_UNKNOWN,       /* note names the nearest known key */
    NGX_RTALPHA_BIND_WRONG          /* note says what is wrong */
} ngx_rtalpha_bind_verdict_e;


/*
 * In a key "*" stands for one element (a map key or a list index) and a
 * trailing "**" for the rest.  A key with a "*" has type NONE.
 */
typedef struct {
    ngx_str_t    key;
    ngx_uint_t   type;
    size_t       offset;
    ngx_int_t    min;               /* INT, SIZE, MSEC, SEC, FRACTION */
    ngx_int_t    max;               /* 0: no limit */
    ngx_uint_t   verdict;           /* USED, DIFFERENT or IGNORED */
    char        *note;              /* NULL for USED */
} ngx_rtalpha_bind_t;

#define ngx_rtalpha_bind_null  { ngx_null_string, 0, 0, 0, 0, 0, NULL }


typedef struct {
    ngx_str_t    key;               /* as written in the tree */
    ngx_uint_t   verdict;
    ngx_str_t    note;
    uint32_t     line;
    uint32_t     file;
} ngx_rtalpha_report_line_t;


typedef struct {
    ngx_pool_t   *pool;
    ngx_array_t   lines;            /* of ngx_rtalpha_report_line_t */
    ngx_uint_t    wrong;            /* number of WRONG lines */
} ngx_rtalpha_report_t;


ngx_int_t ngx_rtalpha_report_init(ngx_rtalpha_report_t *report,
    ngx_pool_t *pool);

/* note is an ngx_sprintf() format, at most 512 bytes */
ngx_int_t ngx_rtalpha_report_add(ngx_rtalpha_report_t *report,
    const ngx_rtalpha_prop_t *prop, ngx_uint_t verdict, const char *note,
    ...);

/*
 * Sets what the tree holds and leaves the rest of dst alone (the caller has
 * put defaults there).  Strings are those of the tree, not copies.  Keys
 * outside the table become UNKNOWN lines if they begin with one of the roots
 * (first two elements of the table's keys), and no line at all otherwise.
 * NGX_OK even with WRONG lines (the caller looks at report->wrong);
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_bind(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    const ngx_rtalpha_bind_t *table, void *dst,
    ngx_rtalpha_report_t *report);

/*
 * The value under a canonical key, relaxed; NULL: not there.  A key in
 * another spelling is searched for in the whole tree.
 */
const ngx_rtalpha_prop_t *ngx_rtalpha_bind_find(
    const ngx_rtalpha_props_t *props, const ngx_str_t *key);

/* is this key of a tree the canonical one (relaxed comparison) */
ngx_uint_t ngx_rtalpha_bind_same(const ngx_str_t *key,
    const ngx_str_t *canonical);

/*
 * Splits the next element off a key: "zuul.routes[a.b].path" gives "zuul",
 * "routes", "a.b", "path".  A numeric index is given as its digits.
 * NGX_DONE when nothing is left, NGX_ERROR for a malformed key.
 */
ngx_int_t ngx_rtalpha_bind_element(ngx_str_t *rest, ngx_str_t *element);

/*
 * Values as above, for what roles read themselves.  NGX_OK, or NGX_ERROR and
 * *value as it was.  unit: milliseconds that a bare number counts.
 */
ngx_int_t ngx_rtalpha_bind_msec(const ngx_str_t *text, ngx_msec_t unit,
    ngx_msec_t *value);
ngx_int_t ngx_rtalpha_bind_size(const ngx_str_t *text, size_t *value);
ngx_int_t ngx_rtalpha_bind_flag(const ngx_str_t *text, ngx_flag_t *value);
ngx_int_t ngx_rtalpha_bind_int(const ngx_str_t *text, ngx_int_t *value);
ngx_int_t ngx_rtalpha_bind_fraction(const ngx_str_t *text, ngx_int_t *value);


#endif /* _NGX_RTALPHA_BIND_H_INCLUDED_ */
