
/*
 * The five statuses of an instance, the rules by which the registry decides
 * which one an instance has, and the hash code that clients compare.  Pure.
 *
 * The rules are those of Eureka's server: the first one that matches wins
 * (DownOrStarting, OverrideExists, LeaseExists, AlwaysMatch).
 */


#ifndef _NGX_RTALPHA_REG_STATUS_H_INCLUDED_
#define _NGX_RTALPHA_REG_STATUS_H_INCLUDED_


#include "ngx_rtalpha_out.h"


/* in the alphabetical order of their names, which the hash code needs */
typedef enum {
    NGX_RTALPHA_REG_DOWN = 0,
    NGX_RTALPHA_REG_OUT_OF_SERVICE,
    NGX_RTALPHA_REG_STARTING,
    NGX_RTALPHA_REG_UNKNOWN,
    NGX_RTALPHA_REG_UP
} ngx_rtalpha_reg_status_e;

#define NGX_RTALPHA_REG_STATUSES  5

/* in place of a status: none is known (no override, no lease) */
#define NGX_RTALPHA_REG_NONE      255

/* … one was given, but it is none of the five */
#define NGX_RTALPHA_REG_JUNK      254

typedef enum {
    NGX_RTALPHA_REG_ADDED = 0,
    NGX_RTALPHA_REG_MODIFIED,
    NGX_RTALPHA_REG_DELETED
} ngx_rtalpha_reg_action_e;

/* "UP_" and 20 digits and "_" for each status */
#define NGX_RTALPHA_REG_HASH_LEN  256


const ngx_str_t *ngx_rtalpha_reg_status_name(ngx_uint_t status);
/* without data for what is no action: it is not rendered */
const ngx_str_t *ngx_rtalpha_reg_action_name(ngx_uint_t action);

/* the exact name, in upper case; NGX_RTALPHA_REG_NONE: no such status */
ngx_uint_t ngx_rtalpha_reg_status_find(const u_char *name, size_t len);

/*
 * The status an instance gets.  sent: what it says of itself; override: the
 * one recorded for its id or NONE; current: the status of the lease that is
 * there or NONE; replica: the word of a peer, not of a client.
 */
ngx_uint_t ngx_rtalpha_reg_status_resolve(ngx_uint_t sent,
    ngx_uint_t override, ngx_uint_t current, ngx_uint_t replica);

/* "DOWN_1_UP_2_" of the counts by status; returns the end of the text */
u_char *ngx_rtalpha_reg_status_hash(u_char *buf, const uint64_t *counts);


#endif /* _NGX_RTALPHA_REG_STATUS_H_INCLUDED_ */
