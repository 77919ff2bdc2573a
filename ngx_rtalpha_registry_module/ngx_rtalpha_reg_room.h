
/*
 * What the registry does when the zone gets full.
 *
 * A reserve is kept free: a 32nd of the zone, 128 KB at least and 16 MB at
 * most.  Registrations and rendered forms leave it alone; heartbeats,
 * cancellations, evictions, overrides and reads go on with it.  Before a
 * registration is refused, rendered forms are given up, then the oldest
 * entries of the log, with what was deleted.
 */


#ifndef _NGX_RTALPHA_REG_ROOM_H_INCLUDED_
#define _NGX_RTALPHA_REG_ROOM_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_out.h"


/* in bytes */
size_t ngx_rtalpha_reg_room_reserve(void);

/*
 * Gives up what can be made again until so many bytes are free beyond the
 * reserve; NGX_ERROR: they are not.  With the zone locked.
 */
ngx_int_t ngx_rtalpha_reg_room_make(size_t bytes);

/* may so many bytes of rendered text be kept in the zone */
ngx_uint_t ngx_rtalpha_reg_room_kept(size_t bytes);

/* is a new registration refused, unless something is given up */
ngx_uint_t ngx_rtalpha_reg_room_short(void);

void ngx_rtalpha_reg_room_metrics(ngx_rtalpha_out_t *out);


#endif /* _NGX_RTALPHA_REG_ROOM_H_INCLUDED_ */
