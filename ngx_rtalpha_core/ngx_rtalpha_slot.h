
/*
 * One slot in the zone for each process: what it holds and what it counts.
 *
 * nginx's process slots are unique while old and new workers coexist (worker
 * numbers are not).  A slot whose process is gone is reclaimed by the
 * leader, or by the next process that gets the number: its pins are dropped,
 * its counters are added to those of the dead.
 */


#ifndef _NGX_RTALPHA_SLOT_H_INCLUDED_
#define _NGX_RTALPHA_SLOT_H_INCLUDED_


#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_metrics.h"


/* the master's own while it fills the zone */
#define NGX_RTALPHA_SLOT_MASTER  NGX_MAX_PROCESSES


/* in init_process (ngx_process_slot) and exit_process; by the master around
 * its work in the zone */
ngx_int_t ngx_rtalpha_slot_attach(ngx_uint_t number, ngx_log_t *log);
void ngx_rtalpha_slot_detach(void);
ngx_uint_t ngx_rtalpha_slot_attached(void);

/* reclaims the slots of processes that are gone; once a second */
void ngx_rtalpha_slot_sweep(void);

/* is the process alive (and not a zombie's number only) */
ngx_uint_t ngx_rtalpha_slot_alive(ngx_pid_t pid);

/* a free cell of this process for a pin, zone locked; NULL: zone is full */
ngx_rtalpha_pin_t *ngx_rtalpha_slot_cell(void);
void ngx_rtalpha_slot_cell_free(ngx_rtalpha_pin_t *cell);

/* this process' counters; those of all, living and dead */
ngx_atomic_uint_t *ngx_rtalpha_slot_counters(void);
void ngx_rtalpha_slot_sum(ngx_atomic_uint_t *sums);


#endif /* _NGX_RTALPHA_SLOT_H_INCLUDED_ */
