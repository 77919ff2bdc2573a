
/*
 * An instance document: what a client says of itself, in one compact packed
 * form that lies in the zone, in the journal and in messages between nodes,
 * and that every answer is rendered from.  Pure.
 *
 * The packed form has no pointers.  Unpacking copies nothing: the strings
 * point into the packed bytes, maps are read with an iterator.
 */


#ifndef _NGX_RTALPHA_REG_DOC_H_INCLUDED_
#define _NGX_RTALPHA_REG_DOC_H_INCLUDED_


#include "ngx_rtalpha_out.h"


typedef enum {
    NGX_RTALPHA_REG_DC_NONE = 0,    /* no dataCenterInfo at all */
    NGX_RTALPHA_REG_DC_NETFLIX,
    NGX_RTALPHA_REG_DC_AMAZON,
    NGX_RTALPHA_REG_DC_MYOWN,
    NGX_RTALPHA_REG_DC_NAMELESS     /* one without a name */
} ngx_rtalpha_reg_dc_e;


/* texts of a document; one that is absent has data == NULL */
typedef enum {
    NGX_RTALPHA_REG_TEXT_ID = 0,
    NGX_RTALPHA_REG_TEXT_HOST,
    NGX_RTALPHA_REG_TEXT_APP,       /* in upper case */
    NGX_RTALPHA_REG_TEXT_IP,
    NGX_RTALPHA_REG_TEXT_SID,
    NGX_RTALPHA_REG_TEXT_GROUP,     /* in upper case */
    NGX_RTALPHA_REG_TEXT_HOME,
    NGX_RTALPHA_REG_TEXT_PAGE,
    NGX_RTALPHA_REG_TEXT_HEALTH,
    NGX_RTALPHA_REG_TEXT_HEALTHS,
    NGX_RTALPHA_REG_TEXT_VIP,
    NGX_RTALPHA_REG_TEXT_VIPS,
    NGX_RTALPHA_REG_TEXT_ASG
} ngx_rtalpha_reg_text_e;

#define NGX_RTALPHA_REG_TEXTS  13

/* pairs of a map: more are refused, for a map is searched in order */
#define NGX_RTALPHA_REG_PAIRS  1024


typedef struct {
    ngx_str_t    text[NGX_RTALPHA_REG_TEXTS];
    int32_t      port;
    int32_t      secure_port;
    int32_t      country;
    uint32_t     interval;          /* seconds, as the answers show it */
    uint32_t     duration;
    uint32_t     dc;                /* ngx_rtalpha_reg_dc_e */
    unsigned     port_on:1;
    unsigned     secure_on:1;
    unsigned     lease_sent:1;      /* a leaseInfo was there */

    /* maps, packed: read with ngx_rtalpha_reg_doc_next() */
    ngx_str_t    metadata;
    ngx_str_t    dc_metadata;       /* Amazon only */
} ngx_rtalpha_reg_doc_t;


/*
 * Everything of an instance that is not in its document: what the registry
 * keeps.  Times are milliseconds of the epoch.
 */
typedef struct {
    uint64_t     registered;
    uint64_t     renewed;
    uint64_t     evicted;
    uint64_t     service_up;
    uint64_t     updated;
    int64_t      dirty;
    uint32_t     lease;             /* seconds that a renewal lasts */
    u_char       status;            /* ngx_rtalpha_reg_status_e */
    u_char       overridden;
    u_char       action;
} ngx_rtalpha_reg_state_t;


/* writes the packed form; it is at most as long as out allows */
void ngx_rtalpha_reg_doc_pack(const ngx_rtalpha_reg_doc_t *doc,
    ngx_rtalpha_out_t *out);

/*
 * Every length is checked.  NGX_ERROR: not a packed document (of a journal
 * or a message: what lies in the zone has been packed here).
 */
ngx_int_t ngx_rtalpha_reg_doc_unpack(u_char *data, size_t len,
    ngx_rtalpha_reg_doc_t *doc);

/* maps: packs pairs (of ngx_keyval_t) into a map; nothing for none */
void ngx_rtalpha_reg_doc_map(ngx_array_t *pairs, ngx_rtalpha_out_t *out);

/* the next pair; rest begins as the map.  NGX_DONE at the end. */
ngx_int_t ngx_rtalpha_reg_doc_next(ngx_str_t *rest, ngx_str_t *key,
    ngx_str_t *value);

/* the value under a key of a map; NGX_DECLINED: not there */
ngx_int_t ngx_rtalpha_reg_doc_find(const ngx_str_t *map, const char *key,
    ngx_str_t *value);

/*
 * Puts a pair into an array as into a Java map: the last value of a key
 * wins.  NGX_DECLINED: too many pairs; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_doc_put(ngx_array_t *pairs, const ngx_str_t *key,
    const ngx_str_t *value);

/*
 * The id an instance goes by: its own, else that of its Amazon data centre,
 * else its host name.  Empty: it has none.
 */
void ngx_rtalpha_reg_doc_id(const ngx_rtalpha_reg_doc_t *doc, ngx_str_t *id);

/* the availability zone; empty: it names none */
void ngx_rtalpha_reg_doc_zone(const ngx_rtalpha_reg_doc_t *doc,
    ngx_str_t *zone);

/* Java's toUpperCase(Locale.ROOT) of UTF-8; src->len * 3 bytes at dst */
void ngx_rtalpha_reg_doc_upper(const ngx_str_t *src, u_char *dst,
    ngx_str_t *result);


#endif /* _NGX_RTALPHA_REG_DOC_H_INCLUDED_ */
