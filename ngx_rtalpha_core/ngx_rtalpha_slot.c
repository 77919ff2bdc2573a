
/*
 * Process slots: pins and counters that a kill -9 cannot leak.
 *
 * A pin is a cell with the blob's address, in pages that belong to the slot;
 * which cells are free is known to the process alone.  Taking a pin raises
 * the blob's count before the cell is written and giving it back clears the
 * cell before the count is lowered, so that a death in between leaks a count
 * and never drops one twice.
 */


#include "ngx_rtalpha_slot.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_SLOT_LAYOUT  1


typedef struct ngx_rtalpha_slot_cells_s  ngx_rtalpha_slot_cells_t;

struct ngx_rtalpha_slot_cells_s {
    ngx_rtalpha_slot_cells_t  *next;
    ngx_rtalpha_pin_t          cells[1];    /* to the end of the page */
};


typedef struct {
    ngx_pid_t                  pid;         /* 0: free */
    ngx_rtalpha_slot_cells_t  *pages;
    ngx_atomic_uint_t         *counters;
} ngx_rtalpha_slot_t;


typedef struct {
    ngx_rtalpha_slot_t         slots[NGX_MAX_PROCESSES + 1];
    ngx_atomic_uint_t          dead[NGX_RTALPHA_METRICS_MAX];
} ngx_rtalpha_slots_t;


static void ngx_rtalpha_slot_reclaim(ngx_rtalpha_slot_t *slot);
static ngx_int_t ngx_rtalpha_slot_more_cells(void);


static ngx_rtalpha_slots_t   *ngx_rtalpha_slots;
static ngx_rtalpha_slot_t    *ngx_rtalpha_slot;

/* a stack of the free cells of this process */
static ngx_rtalpha_pin_t    **ngx_rtalpha_slot_free;
static ngx_uint_t             ngx_rtalpha_slot_nfree;
static ngx_uint_t             ngx_rtalpha_slot_ncells;


ngx_int_t
ngx_rtalpha_slot_attach(ngx_uint_t number, ngx_log_t *log)
{
    ngx_rtalpha_slot_t  *slot;

    static ngx_str_t     name = ngx_string("slots");

    ngx_rtalpha_slots = ngx_rtalpha_zone_root(&name,
                                              sizeof(ngx_rtalpha_slots_t),
                                              NGX_RTALPHA_SLOT_LAYOUT);
    if (ngx_rtalpha_slots == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "\"rtalpha_zone\" is too small");
        return NGX_ERROR;
    }

    slot = &ngx_rtalpha_slots->slots[number];

    ngx_rtalpha_zone_lock();

    ngx_rtalpha_slot_reclaim(slot);

    /* the master counts nothing; in a full zone a worker does not either */

    if (number != NGX_RTALPHA_SLOT_MASTER) {
        slot->counters = ngx_rtalpha_zone_alloc(NGX_RTALPHA_METRICS_MAX
                                                * sizeof(ngx_atomic_uint_t));
    }

    slot->pid = ngx_pid;

    ngx_rtalpha_zone_unlock();

    if (number != NGX_RTALPHA_SLOT_MASTER && slot->counters == NULL) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "the rtalpha zone is full: this process counts nothing");
    }

    ngx_rtalpha_slot = slot;
    ngx_rtalpha_slot_nfree = 0;
    ngx_rtalpha_slot_ncells = 0;

    return NGX_OK;
}


void
ngx_rtalpha_slot_detach(void)
{
    if (ngx_rtalpha_slot == NULL) {
        return;
    }

    ngx_rtalpha_zone_lock();
    ngx_rtalpha_slot_reclaim(ngx_rtalpha_slot);
    ngx_rtalpha_zone_unlock();

    ngx_rtalpha_slot = NULL;

    if (ngx_rtalpha_slot_free) {
        ngx_free(ngx_rtalpha_slot_free);
        ngx_rtalpha_slot_free = NULL;
    }

    ngx_rtalpha_slot_nfree = 0;
    ngx_rtalpha_slot_ncells = 0;
}


ngx_uint_t
ngx_rtalpha_slot_attached(void)
{
    return ngx_rtalpha_slot != NULL;
}


void
ngx_rtalpha_slot_sweep(void)
{
    ngx_uint_t           i;
    ngx_pid_t            pid;
    ngx_rtalpha_slot_t  *slot;

    for (i = 0; i <= NGX_MAX_PROCESSES; i++) {
        slot = &ngx_rtalpha_slots->slots[i];
        pid = slot->pid;

        if (pid == 0 || pid == ngx_pid || ngx_rtalpha_slot_alive(pid)) {
            continue;
        }

        ngx_rtalpha_zone_lock();

        if (slot->pid == pid) {
            ngx_rtalpha_slot_reclaim(slot);
        }

        ngx_rtalpha_zone_unlock();
    }
}


ngx_uint_t
ngx_rtalpha_slot_alive(ngx_pid_t pid)
{
    return kill(pid, 0) == 0 || ngx_errno != NGX_ESRCH;
}


static void
ngx_rtalpha_slot_reclaim(ngx_rtalpha_slot_t *slot)
{
    ngx_uint_t                 i;
    ngx_rtalpha_blob_t        *blob;
    ngx_atomic_uint_t         *counters;
    ngx_rtalpha_slot_cells_t  *page;

    while (slot->pages) {
        page = slot->pages;

        for (i = 0; (u_char *) &page->cells[i + 1]
                    <= (u_char *) page + ngx_pagesize; i++)
        {
            blob = page->cells[i].blob;

            if (blob) {
                page->cells[i].blob = NULL;
                ngx_rtalpha_blob_drop(blob);
            }
        }

        slot->pages = page->next;
        ngx_rtalpha_zone_array_free(page);
    }

    if (slot->counters) {
        counters = slot->counters;
        slot->counters = NULL;

        for (i = 0; i < NGX_RTALPHA_METRICS_MAX; i++) {
            ngx_rtalpha_slots->dead[i] += counters[i];
        }

        ngx_rtalpha_zone_free(counters);
    }

    slot->pid = 0;
}


ngx_rtalpha_pin_t *
ngx_rtalpha_slot_cell(void)
{
    if (ngx_rtalpha_slot_nfree == 0
        && ngx_rtalpha_slot_more_cells() != NGX_OK)
    {
        return NULL;
    }

    return ngx_rtalpha_slot_free[--ngx_rtalpha_slot_nfree];
}


void
ngx_rtalpha_slot_cell_free(ngx_rtalpha_pin_t *cell)
{
    ngx_rtalpha_slot_free[ngx_rtalpha_slot_nfree++] = cell;
}


static ngx_int_t
ngx_rtalpha_slot_more_cells(void)
{
    ngx_uint_t                  i, n;
    ngx_rtalpha_pin_t         **free;
    ngx_rtalpha_slot_cells_t   *page;

    n = (ngx_pagesize - offsetof(ngx_rtalpha_slot_cells_t, cells))
        / sizeof(ngx_rtalpha_pin_t);

    free = realloc(ngx_rtalpha_slot_free,
                   (ngx_rtalpha_slot_ncells + n) * sizeof(void *));
    if (free == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_slot_free = free;

    page = ngx_rtalpha_zone_page();
    if (page == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(page, ngx_pagesize);

    page->next = ngx_rtalpha_slot->pages;
    ngx_rtalpha_slot->pages = page;
    ngx_rtalpha_slot_ncells += n;

    for (i = n; i > 0; i--) {
        free[ngx_rtalpha_slot_nfree++] = &page->cells[i - 1];
    }

    return NGX_OK;
}


ngx_atomic_uint_t *
ngx_rtalpha_slot_counters(void)
{
    return ngx_rtalpha_slot ? ngx_rtalpha_slot->counters : NULL;
}


void
ngx_rtalpha_slot_sum(ngx_atomic_uint_t *sums)
{
    ngx_uint_t           i, k;
    ngx_rtalpha_slot_t  *slot;

    ngx_rtalpha_zone_lock();

    ngx_memcpy(sums, ngx_rtalpha_slots->dead,
               sizeof(ngx_rtalpha_slots->dead));

    for (i = 0; i <= NGX_MAX_PROCESSES; i++) {
        slot = &ngx_rtalpha_slots->slots[i];

        if (slot->counters == NULL) {
            continue;
        }

        for (k = 0; k < NGX_RTALPHA_METRICS_MAX; k++) {
            sums[k] += slot->counters[k];
        }
    }

    ngx_rtalpha_zone_unlock();
}
