
/*
 * The nodes of a cluster as one of them sees it.  Pure.
 *
 * Each node counts up a number of its own in the shared store once a second
 * and looks at those of the next few nodes in the order of their ids.  One
 * that stands still while this node's own goes on is silent; telling so is
 * one message, which every node reads at the same place in the stream.  No
 * clock is compared with another, and a node's work does not grow with their
 * number.
 */


#ifndef _NGX_RTALPHA_REG_MEMBERS_H_INCLUDED_
#define _NGX_RTALPHA_REG_MEMBERS_H_INCLUDED_


#include "ngx_rtalpha.h"


/* nodes that each one watches; beats missed in a row that mean silence */
#define NGX_RTALPHA_REG_WATCH   3
#define NGX_RTALPHA_REG_MISSED  3


typedef struct {
    uint64_t     id;
    uint64_t     count;         /* its number, when last seen */
    ngx_uint_t   missed;
    ngx_uint_t   missing;       /* not in the store after a resync */
} ngx_rtalpha_reg_member_t;


typedef struct {
    uint64_t     id;
    uint64_t     died;
} ngx_rtalpha_reg_departed_t;


typedef struct {
    uint64_t     self;
    ngx_array_t  alive;         /* members by id, this node among them */
    ngx_array_t  dead;          /* departed */
    uint64_t     since;         /* unknown nodes count as dead since then */
} ngx_rtalpha_reg_members_t;


ngx_int_t ngx_rtalpha_reg_members_init(ngx_rtalpha_reg_members_t *ms,
    ngx_pool_t *pool, uint64_t self);

/* NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_reg_members_join(ngx_rtalpha_reg_members_t *ms,
    uint64_t id);
ngx_int_t ngx_rtalpha_reg_members_leave(ngx_rtalpha_reg_members_t *ms,
    uint64_t id, uint64_t now);

/* after a resync: those the store knows; others are missing from now on */
ngx_int_t ngx_rtalpha_reg_members_reset(ngx_rtalpha_reg_members_t *ms,
    const uint64_t *nodes, ngx_uint_t n, uint64_t now);
/* what is still missing is dead */
ngx_int_t ngx_rtalpha_reg_members_settle(ngx_rtalpha_reg_members_t *ms,
    uint64_t now);

/* ids (NGX_RTALPHA_REG_WATCH at most) to ask the numbers of with a beat */
ngx_uint_t ngx_rtalpha_reg_members_watch(
    const ngx_rtalpha_reg_members_t *ms, uint64_t *ids);

/*
 * The number of one that was watched came with the answer to a beat.  1: it
 * is silent, the store is to be told (if its number is still the same).
 */
ngx_uint_t ngx_rtalpha_reg_members_count(ngx_rtalpha_reg_members_t *ms,
    uint64_t id, uint64_t count);

/* is it alive; if not, *died is when it was found dead */
ngx_uint_t ngx_rtalpha_reg_members_alive(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id, uint64_t *died);

/* who answers for what is the node's: itself, or one that is alive */
uint64_t ngx_rtalpha_reg_members_stead(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id, uint32_t key);


#endif /* _NGX_RTALPHA_REG_MEMBERS_H_INCLUDED_ */
