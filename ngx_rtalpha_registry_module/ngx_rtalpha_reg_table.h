
/*
 * A hash table in the zone that grows one bucket at a time (linear hashing),
 * so that no insertion ever costs more than another.  With the zone locked.
 *
 * Chains are singly linked and whole at every instruction; a node that is
 * being moved from one bucket to another is noted down meanwhile, and put
 * back by ngx_rtalpha_reg_table_repair().
 */


#ifndef _NGX_RTALPHA_REG_TABLE_H_INCLUDED_
#define _NGX_RTALPHA_REG_TABLE_H_INCLUDED_


#include "ngx_rtalpha.h"


typedef struct ngx_rtalpha_reg_node_s  ngx_rtalpha_reg_node_t;

/* the first member of what is kept in a table */
struct ngx_rtalpha_reg_node_s {
    ngx_rtalpha_reg_node_t   *next;
    uint32_t                  hash;
};


typedef struct {
    ngx_rtalpha_reg_node_t ***pages;    /* of 512 buckets */
    ngx_uint_t                buckets;
    ngx_uint_t                half;     /* largest power of 2 in buckets */
    ngx_uint_t                count;
    ngx_rtalpha_reg_node_t   *moving;
} ngx_rtalpha_reg_table_t;


/* NGX_ERROR: the zone is full.  A table that is there is left alone. */
ngx_int_t ngx_rtalpha_reg_table_init(ngx_rtalpha_reg_table_t *t);

/* the first node of the chain in which the hash is; walk with ->next */
ngx_rtalpha_reg_node_t *ngx_rtalpha_reg_table_chain(
    ngx_rtalpha_reg_table_t *t, uint32_t hash);

/* the first node of the i-th chain of t->buckets */
ngx_rtalpha_reg_node_t *ngx_rtalpha_reg_table_bucket(
    ngx_rtalpha_reg_table_t *t, ngx_uint_t i);

void ngx_rtalpha_reg_table_add(ngx_rtalpha_reg_table_t *t,
    ngx_rtalpha_reg_node_t *node);
void ngx_rtalpha_reg_table_remove(ngx_rtalpha_reg_table_t *t,
    ngx_rtalpha_reg_node_t *node);

/* puts a node in another one's place; their hashes are the same */
void ngx_rtalpha_reg_table_replace(ngx_rtalpha_reg_table_t *t,
    ngx_rtalpha_reg_node_t *old, ngx_rtalpha_reg_node_t *node);

/* after a death in a locked section: counts, and puts back what was moved */
void ngx_rtalpha_reg_table_repair(ngx_rtalpha_reg_table_t *t);

/* keyed, so that nobody can choose names for one chain */
uint32_t ngx_rtalpha_reg_table_hash(uint64_t key, const u_char *data,
    size_t len);


#endif /* _NGX_RTALPHA_REG_TABLE_H_INCLUDED_ */
