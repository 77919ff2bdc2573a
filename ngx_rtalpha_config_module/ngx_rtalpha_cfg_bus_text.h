
/*
 * Messages of Spring Cloud Bus: what a refresh says, whom it is for, and
 * what an acknowledgement answers.  Also called in the bus's own thread, so
 * nothing here logs or touches the zone.
 */


#ifndef _NGX_RTALPHA_CFG_BUS_TEXT_H_INCLUDED_
#define _NGX_RTALPHA_CFG_BUS_TEXT_H_INCLUDED_


#include "ngx_rtalpha_out.h"


#define NGX_RTALPHA_CFG_BUS_ID   36         /* a UUID as text */


/* random (version 4, RFC 4122) */
void ngx_rtalpha_cfg_bus_uuid(u_char *text);

/*
 * Destination of an application under profiles.  A bus id is
 * APP[:PROFILES]:INDEX:RANDOM, and receivers match it as an Ant pattern with
 * ":" between the parts: "app:dev:**", and for the default profile, which
 * ids do not show, "app:*:*".  Of a list of applications the first counts
 * (receivers try each of their own).  NGX_DECLINED: a name with characters
 * that mean something in such a pattern.
 */
ngx_int_t ngx_rtalpha_cfg_bus_destination(ngx_pool_t *pool,
    const ngx_str_t *application, const ngx_str_t *profiles,
    ngx_str_t *destination);

/* RefreshRemoteApplicationEvent */
void ngx_rtalpha_cfg_bus_refresh(ngx_rtalpha_out_t *out, const u_char *id,
    uint64_t msec, const ngx_str_t *origin, const ngx_str_t *destination);

/*
 * Which message an AckRemoteApplicationEvent answers; NGX_DECLINED: the
 * bytes are something else.
 */
ngx_int_t ngx_rtalpha_cfg_bus_ack(const u_char *body, size_t len,
    u_char *id);


#endif /* _NGX_RTALPHA_CFG_BUS_TEXT_H_INCLUDED_ */
