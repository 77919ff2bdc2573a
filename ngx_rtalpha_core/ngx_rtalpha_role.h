
/*
 * How a role hooks into the core.  The core knows no role: each one adds a
 * constant description in its preconfiguration, and the core calls it at
 * the places below.  Every hook may be NULL.
 *
 * Each role has a root in the zone: root_size bytes, zeroed when the zone is
 * new, found again after a reload.  Only ever append members to it: old
 * workers go on with the old code.
 */


#ifndef _NGX_RTALPHA_ROLE_H_INCLUDED_
#define _NGX_RTALPHA_ROLE_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_json.h"


/* how long a worker that ends may write, ms */
#define NGX_RTALPHA_FLUSH  2000


typedef struct {
    ngx_str_t     name;             /* "config", "registry", "gateway" */
    size_t        root_size;
    uint32_t      layout;           /* changes with the meaning of root */

    /*
     * In the master (single process: in it), after the zone is there and
     * before any worker; fresh: nothing in it, fill from the state folder.
     * Not called by nginx -t.
     */
    ngx_int_t   (*init_zone)(ngx_cycle_t *cycle, ngx_uint_t fresh);

    /*
     * Called with the zone locked when a process died inside a locked
     * section: rebuild what is derived.
     */
    void        (*repair)(void);

    /* in every worker */
    ngx_int_t   (*init_process)(ngx_cycle_t *cycle);
    void        (*exit_process)(ngx_cycle_t *cycle);

    /* the worker begins to shut down: end streams, answer parked requests */
    void        (*quit)(void);

    /* the doorbell has rung: compare sequence numbers, do what is due */
    void        (*wake)(void);

    /* leadership of the zone gained or lost by this worker */
    void        (*lead)(ngx_uint_t leading);

    /* about once a second, in the zone leader only */
    void        (*tick)(void);

    /* members of the role's object in /_rtalpha/health (an object is
     * open); returns 1 if the role is ready to serve */
    ngx_uint_t  (*health)(ngx_rtalpha_json_t *j);

    /* further lines of Prometheus text for /_rtalpha/metrics */
    void        (*metrics)(ngx_rtalpha_out_t *out);

    /*
     * The state folder has just become this worker's, or had to be made
     * again: whatever is in it, write what belongs there anew.  After lead.
     */
    void        (*state)(void);

    /*
     * In the state leader that is about to end: is everything on disk?
     * NGX_OK: yes; NGX_AGAIN: a job (ngx_rtalpha_background.h, without child
     * or transfer) writes it, ask again when it is done; NGX_ERROR: it
     * cannot be written.  Also in the last of the workers that end, when no
     * worker leads any more; lead has not been called in that one.  All
     * roles together are given NGX_RTALPHA_FLUSH ms.
     */
    ngx_int_t   (*flush)(void);
} ngx_rtalpha_role_t;


/* in preconfiguration; role must live as long as the program */
ngx_int_t ngx_rtalpha_role_add(ngx_conf_t *cf,
    const ngx_rtalpha_role_t *role);

/*
 * In preconfiguration: a page of a role below /_rtalpha/, by its whole path
 * (static).  The handler is a content handler: it looks at the method and
 * reads or discards the body.
 */
ngx_int_t ngx_rtalpha_role_page(ngx_conf_t *cf, const ngx_str_t *path,
    ngx_int_t (*handler)(ngx_http_request_t *r));

/*
 * The role's root in the zone, in this process; NULL: there is no zone.  To
 * be asked in init_zone and init_process, and kept.
 */
void *ngx_rtalpha_role_root(const ngx_rtalpha_role_t *role);

/*
 * A role's directive parser calls this when the role is used: the zone, the
 * state folder and the process hooks exist only where some role needs them.
 */
ngx_int_t ngx_rtalpha_role_use(ngx_conf_t *cf,
    const ngx_rtalpha_role_t *role);


#endif /* _NGX_RTALPHA_ROLE_H_INCLUDED_ */
