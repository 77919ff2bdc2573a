
/*
 * The log: chunks of pointers to instances, numbered through.  The number of
 * an entry is that of the change.  An instance that changes again gets a new
 * entry at the end and its old one is emptied; it is freed only when its entry
 * leaves the log, so that entries never dangle.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_delta.h"


/* entries and chunks that one locked section looks at */
#define NGX_RTALPHA_REG_DELTA_SLICE  64

/* likewise, when it is one section among others for want of memory */
#define NGX_RTALPHA_REG_DELTA_SHED   64

/* sections in one run, so that the event loop goes on */
#define NGX_RTALPHA_REG_DELTA_TURNS  200

/* empty entries that cost as much as another one */
#define NGX_RTALPHA_REG_DELTA_EMPTY  32


static ngx_rtalpha_reg_log_t *ngx_rtalpha_reg_delta_near(uint64_t seq);
static ngx_rtalpha_reg_log_t *ngx_rtalpha_reg_delta_recycle(void);
static void ngx_rtalpha_reg_delta_leave(ngx_rtalpha_reg_log_t *log,
    ngx_uint_t i);
static ngx_uint_t ngx_rtalpha_reg_delta_trim_slice(ngx_msec_t keep,
    ngx_uint_t left);
static ngx_rtalpha_reg_inst_t *ngx_rtalpha_reg_delta_merge(
    ngx_rtalpha_reg_inst_t *a, ngx_rtalpha_reg_inst_t *b);


/* where this process has last read */
static struct {
    ngx_rtalpha_reg_log_t  *log;
    uint64_t                base;
} ngx_rtalpha_reg_delta_at;


uint64_t
ngx_rtalpha_reg_delta_last(void)
{
    return *(volatile uint64_t *) &ngx_rtalpha_reg_root->seq;
}


void
ngx_rtalpha_reg_delta_reserve(void)
{
    ngx_rtalpha_reg_log_t   *log;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    if (root->log_last->n < NGX_RTALPHA_REG_LOG_CHUNK) {
        return;
    }

    log = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_reg_log_t));

    if (log == NULL) {
        log = ngx_rtalpha_reg_delta_recycle();
        root->recycled++;
    }

    log->base = root->seq + 1;

    if (log == root->log) {
        root->log_first = log->base;

    } else {
        root->log_last->next = log;
    }

    root->log_last = log;
}


/* the oldest chunk, empty, and out of the log unless it is the only one */

static ngx_rtalpha_reg_log_t *
ngx_rtalpha_reg_delta_recycle(void)
{
    ngx_rtalpha_reg_log_t   *log;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    log = root->log;

    while (root->log_first < log->base + log->n) {
        ngx_rtalpha_reg_delta_leave(log, root->log_first - log->base);
        root->log_first++;
    }

    if (log->next) {
        root->log = log->next;
        log->next = NULL;
    }

    log->n = 0;

    return log;
}


/* an entry leaves the log, and what was deleted the registry with it */

static void
ngx_rtalpha_reg_delta_leave(ngx_rtalpha_reg_log_t *log, ngx_uint_t i)
{
    ngx_rtalpha_reg_inst_t  *inst;

    inst = log->insts[i];

    if (inst == NULL) {
        return;
    }

    log->insts[i] = NULL;
    inst->entry = NULL;
    ngx_rtalpha_reg_root->trims++;

    if (inst->piece == NULL) {
        ngx_rtalpha_reg_store_forget(inst);
    }
}


void
ngx_rtalpha_reg_delta_change(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_log_t   *log;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;
    log = root->log_last;

    if (inst->entry) {
        *inst->entry = NULL;
    }

    inst->changed = ngx_rtalpha_reg_clock();
    inst->seq = root->seq + 1;
    inst->entry = &log->insts[log->n];
    *inst->entry = inst;
    log->n++;
    root->seq++;

    inst->app->seq = root->seq;

    if (inst->piece) {
        inst->piece->seg->seq = root->seq;
    }
}


/* the same instance in another record, which is about to change */

void
ngx_rtalpha_reg_delta_replace(ngx_rtalpha_reg_inst_t *old,
    ngx_rtalpha_reg_inst_t *inst)
{
    if (old->entry) {
        *old->entry = NULL;
        old->entry = NULL;
    }
}


ngx_int_t
ngx_rtalpha_reg_delta_read(uint64_t *after, ngx_rtalpha_reg_copies_t *copies,
    void (*end)(void *data), void *data)
{
    uint64_t                 seq;
    ngx_int_t                rc;
    ngx_uint_t               left;
    ngx_rtalpha_reg_log_t   *log;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_inst_t  *inst;

    root = ngx_rtalpha_reg_root;
    left = NGX_RTALPHA_REG_DELTA_SLICE;
    rc = NGX_OK;

    ngx_rtalpha_zone_lock();

    if (*after + 1 < root->log_first) {
        *after = root->log_first - 1;
        ngx_rtalpha_zone_unlock();
        return NGX_DECLINED;
    }

    seq = *after + 1;

    for (log = ngx_rtalpha_reg_delta_near(seq); log; log = log->next) {

        ngx_rtalpha_reg_delta_at.log = log;
        ngx_rtalpha_reg_delta_at.base = log->base;

        if (seq >= log->base + log->n) {

            if (log->next && left-- == 0) {
                rc = NGX_AGAIN;
                break;
            }

            continue;
        }

        for ( /* void */ ; seq < log->base + log->n; seq++) {

            if (left-- == 0) {
                rc = NGX_AGAIN;
                goto done;
            }

            inst = log->insts[seq - log->base];

            if (inst == NULL) {
                continue;
            }

            if (ngx_rtalpha_reg_copies_add(copies, inst) != NGX_OK) {
                rc = NGX_AGAIN;
                goto done;
            }
        }
    }

    if (end && rc == NGX_OK) {
        end(data);
    }

done:

    *after = seq - 1;

    ngx_rtalpha_zone_unlock();

    return rc;
}


/*
 * A chunk at or before that number, near it if this process has read there
 * before.  Chunks leave the log at its beginning only, and one with a number
 * not before that of the first one is where it was.
 */

static ngx_rtalpha_reg_log_t *
ngx_rtalpha_reg_delta_near(uint64_t seq)
{
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    if (seq >= root->log_last->base) {
        return root->log_last;
    }

    if (ngx_rtalpha_reg_delta_at.log
        && ngx_rtalpha_reg_delta_at.base <= seq
        && ngx_rtalpha_reg_delta_at.base >= root->log->base)
    {
        return ngx_rtalpha_reg_delta_at.log;
    }

    return root->log;
}


void
ngx_rtalpha_reg_delta_trim(ngx_msec_t keep)
{
    ngx_uint_t  more, turns;

    turns = 0;

    do {
        ngx_rtalpha_zone_lock();
        more = ngx_rtalpha_reg_delta_trim_slice(keep,
                                                NGX_RTALPHA_REG_DELTA_SLICE);
        ngx_rtalpha_zone_unlock();

    } while (more && ++turns < NGX_RTALPHA_REG_DELTA_TURNS);
}


ngx_uint_t
ngx_rtalpha_reg_delta_shed(void)
{
    uint64_t  first;

    first = ngx_rtalpha_reg_root->log_first;

    ngx_rtalpha_reg_delta_trim_slice(0, NGX_RTALPHA_REG_DELTA_SHED);

    return ngx_rtalpha_reg_root->log_first != first;
}


static ngx_uint_t
ngx_rtalpha_reg_delta_trim_slice(ngx_msec_t keep, ngx_uint_t left)
{
    uint64_t                 clock, i;
    ngx_uint_t               cost;
    ngx_rtalpha_reg_log_t   *log;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_inst_t  *inst;

    root = ngx_rtalpha_reg_root;
    clock = ngx_rtalpha_reg_clock();

    /* an entry that is empty costs next to nothing */

    left *= NGX_RTALPHA_REG_DELTA_EMPTY;

    for ( /* void */ ; left; left -= ngx_min(cost, left)) {
        cost = 1;

        log = root->log;

        if (root->log_first > root->seq) {
            return 0;
        }

        i = root->log_first - log->base;

        if (i == NGX_RTALPHA_REG_LOG_CHUNK) {
            root->log = log->next;
            ngx_rtalpha_zone_free(log);
            continue;
        }

        inst = log->insts[i];

        if (inst) {

            if (clock - inst->changed < keep) {
                return 0;
            }

            cost = NGX_RTALPHA_REG_DELTA_EMPTY;
        }

        ngx_rtalpha_reg_delta_leave(log, i);
        root->log_first++;
    }

    return 1;
}


/*
 * Rebuilds the log from what the instances say of their last changes, in
 * order.  The old chunks are given up, for they may be torn, but for the
 * first one: a log has one chunk at least.
 */

void
ngx_rtalpha_reg_delta_repair(void)
{
    ngx_uint_t               i, k;
    ngx_rtalpha_reg_node_t  *node;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_inst_t  *inst, *list, *bins[40];

    root = ngx_rtalpha_reg_root;

    ngx_memzero(bins, sizeof(bins));

    /* a merge sort by number; the wheel's link is free for it meanwhile */

    for (i = 0; i < root->insts.buckets; i++) {
        for (node = ngx_rtalpha_reg_table_bucket(&root->insts, i);
             node;
             node = node->next)
        {
            list = (ngx_rtalpha_reg_inst_t *) node;
            list->wheel_next = NULL;

            /* one that is deleted must stand in it, to be freed some day */

            if (list->entry == NULL
                && list->state.action != NGX_RTALPHA_REG_DELETED)
            {
                continue;
            }

            list->entry = NULL;

            for (k = 0; k < 39 && bins[k]; k++) {
                list = ngx_rtalpha_reg_delta_merge(bins[k], list);
                bins[k] = NULL;
            }

            bins[k] = list;
        }
    }

    list = NULL;

    for (k = 0; k < 40; k++) {
        list = ngx_rtalpha_reg_delta_merge(bins[k], list);
    }

    root->seq++;

    ngx_memzero(root->log, sizeof(ngx_rtalpha_reg_log_t));
    root->log->base = root->seq + 1;
    root->log_last = root->log;
    root->log_first = root->log->base;

    while (list) {
        inst = list;
        list = list->wheel_next;
        inst->wheel_next = NULL;

        ngx_rtalpha_reg_delta_reserve();
        ngx_rtalpha_reg_delta_change(inst);
    }

    root->trims++;
}


static ngx_rtalpha_reg_inst_t *
ngx_rtalpha_reg_delta_merge(ngx_rtalpha_reg_inst_t *a,
    ngx_rtalpha_reg_inst_t *b)
{
    ngx_rtalpha_reg_inst_t  *first, **last;

    last = &first;

    while (a && b) {
        if (a->seq <= b->seq) {
            *last = a;
            last = &a->wheel_next;
            a = a->wheel_next;

        } else {
            *last = b;
            last = &b->wheel_next;
            b = b->wheel_next;
        }
    }

    *last = a ? a : b;

    return first;
}
