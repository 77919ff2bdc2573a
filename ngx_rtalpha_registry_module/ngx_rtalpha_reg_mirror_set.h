
/*
 * What a mirror has taken over: a sorted array of names, contents and
 * statuses, compared with lists and deltas as they come.  Instances are read
 * in the background and taken over in the leader's event loop.
 */


#ifndef _NGX_RTALPHA_REG_MIRROR_SET_H_INCLUDED_
#define _NGX_RTALPHA_REG_MIRROR_SET_H_INCLUDED_


#include "ngx_rtalpha_reg_list.h"
#include "ngx_rtalpha_reg_store.h"


typedef struct {
    uint64_t                 key;           /* of application and id */
    uint64_t                 content;       /* 0: it has to be taken anew */
    ngx_str_t                app;
    ngx_str_t                id;
    ngx_rtalpha_reg_put_t   *put;           /* of a list just read */
    ngx_rtalpha_reg_state_t  state;
    ngx_uint_t               order;         /* in its list */
    ngx_uint_t               gone;          /* deleted */
} ngx_rtalpha_reg_mirrored_t;


/*
 * In the background: a list's instances, sorted, into items (of
 * ngx_rtalpha_reg_mirrored_t); of several with one name the last one counts.
 * now: ms of the epoch.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_mirror_items(ngx_pool_t *pool,
    ngx_rtalpha_reg_list_t *list, uint64_t now, ngx_array_t *items);

/*
 * Takes a whole list over.  What it lacks goes, unless that is more than
 * self-preservation would let go: then it is held.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_reg_mirror_whole(ngx_array_t *items);
ngx_uint_t ngx_rtalpha_reg_mirror_held(void);

/*
 * Takes the changes of a delta over.  NGX_DECLINED: that is a matter for a
 * whole list (too many deletions, nothing known yet); nothing has changed.
 */
ngx_int_t ngx_rtalpha_reg_mirror_changes(ngx_array_t *items);

/* has it what the source has, by the source's hash code */
ngx_uint_t ngx_rtalpha_reg_mirror_agrees(const ngx_str_t *hash);

void ngx_rtalpha_reg_mirror_forget(void);


#endif /* _NGX_RTALPHA_REG_MIRROR_SET_H_INCLUDED_ */
