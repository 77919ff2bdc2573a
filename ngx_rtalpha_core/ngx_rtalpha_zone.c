
/*
 * The shared zone: named roots, and records in size classes.
 *
 * nginx's slab rounds a record of 1 025 bytes up to 2 048, and mixing long
 * runs of pages with small objects leaves half of a zone unusable.  So the
 * slab gives single pages here, which never fragment, and records are carved
 * out of them in steps of 64 bytes.  A page's head counts its records; an
 * empty page goes back, unless it is the last one of its class.
 *
 * Whoever dies in the middle of these functions leaks at most one record or
 * page: counts are raised before a record is taken and lowered after it has
 * been given back.
 */


#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_ZONE_LAYOUT   0x72740001
#define NGX_RTALPHA_ZONE_STEP     64
#define NGX_RTALPHA_ZONE_CLASSES                                              \
    (NGX_RTALPHA_ZONE_RECORD_MAX / NGX_RTALPHA_ZONE_STEP)
#define NGX_RTALPHA_ZONE_ROOTS    32
#define NGX_RTALPHA_ZONE_HOLDS    10


typedef struct ngx_rtalpha_zone_page_s  ngx_rtalpha_zone_page_t;

struct ngx_rtalpha_zone_page_s {
    ngx_rtalpha_zone_page_t  *next;     /* pages of the class with room */
    ngx_rtalpha_zone_page_t  *prev;
    void                     *free;     /* records given back */
    uint32_t                  used;
    uint32_t                  fresh;    /* records never used yet */
    uint32_t                  class;
    uint32_t                  listed;   /* epoch in which it was; or 0 */
};


typedef struct {
    u_char                    name[24];
    size_t                    size;
    uint32_t                  layout;
    void                     *data;
} ngx_rtalpha_zone_root_t;


typedef struct {
    uint32_t                  layout;
    uint32_t                  epoch;    /* of the lists of pages, from 1 */
    ngx_uint_t                nroots;
    ngx_atomic_t              inside;   /* pid in a locked section */
    ngx_atomic_t              repairs;
    ngx_rtalpha_zone_page_t  *classes[NGX_RTALPHA_ZONE_CLASSES];
    ngx_rtalpha_zone_root_t   roots[NGX_RTALPHA_ZONE_ROOTS];
    uint64_t                  holds[NGX_RTALPHA_ZONE_HOLDS];
    uint64_t                  held;     /* ns, by all of them */
    uint64_t                  longest;  /* ns */
} ngx_rtalpha_zone_head_t;


static uint64_t ngx_rtalpha_zone_cpu(void);
static void ngx_rtalpha_zone_hold(uint64_t ns);
static ngx_rtalpha_zone_page_t *ngx_rtalpha_zone_page_add(ngx_uint_t class);
static void ngx_rtalpha_zone_page_list(ngx_rtalpha_zone_page_t *page);
static void ngx_rtalpha_zone_page_unlist(ngx_rtalpha_zone_page_t *page);


static ngx_slab_pool_t          *ngx_rtalpha_zone_pool;
static ngx_rtalpha_zone_head_t  *ngx_rtalpha_zone_head;
static void                    (*ngx_rtalpha_zone_repair)(void);
static ngx_uint_t                ngx_rtalpha_zone_timing;
static uint64_t                  ngx_rtalpha_zone_since;

/* the last one is for all that are longer */
static const ngx_uint_t  ngx_rtalpha_zone_usec[NGX_RTALPHA_ZONE_HOLDS] = {
    5, 20, 50, 100, 200, 500, 1000, 5000, 20000, 0
};


ngx_int_t
ngx_rtalpha_zone_init(ngx_slab_pool_t *shpool, ngx_log_t *log)
{
    ngx_rtalpha_zone_head_t  *head;

    head = shpool->data;

    if (head) {
        if (head->layout != NGX_RTALPHA_ZONE_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, log, 0,
                          "the rtalpha zone was laid out by another build: "
                          "restart nginx instead of reloading it");
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    head = ngx_slab_calloc(shpool, ngx_max(sizeof(ngx_rtalpha_zone_head_t),
                                           ngx_pagesize));
    if (head == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "\"rtalpha_zone\" is too small");
        return NGX_ERROR;
    }

    head->layout = NGX_RTALPHA_ZONE_LAYOUT;
    head->epoch = 1;
    shpool->log_nomem = 0;
    shpool->data = head;

    return NGX_OK;
}


void
ngx_rtalpha_zone_use(ngx_slab_pool_t *shpool, void (*repair)(void))
{
    ngx_rtalpha_zone_pool = shpool;
    ngx_rtalpha_zone_head = shpool ? shpool->data : NULL;
    ngx_rtalpha_zone_repair = repair;
}


ngx_uint_t
ngx_rtalpha_zone_exists(void)
{
    return ngx_rtalpha_zone_head != NULL;
}


ngx_uint_t
ngx_rtalpha_zone_fresh(void)
{
    return ngx_rtalpha_zone_head->nroots == 0;
}


void
ngx_rtalpha_zone_lock(void)
{
    ngx_rtalpha_zone_head_t  *head;

    ngx_shmtx_lock(&ngx_rtalpha_zone_pool->mutex);

    head = ngx_rtalpha_zone_head;

    if (head->inside) {
        head->repairs++;

        /* the lists of pages may be torn: pages come back as they are used */
        ngx_memzero(head->classes, sizeof(head->classes));
        head->epoch++;

        if (ngx_rtalpha_zone_repair) {
            ngx_rtalpha_zone_repair();
        }
    }

    head->inside = ngx_pid;
    ngx_memory_barrier();

    if (ngx_rtalpha_zone_timing) {
        ngx_rtalpha_zone_since = ngx_rtalpha_zone_cpu();
    }
}


void
ngx_rtalpha_zone_unlock(void)
{
    if (ngx_rtalpha_zone_timing) {
        ngx_rtalpha_zone_hold(ngx_rtalpha_zone_cpu()
                              - ngx_rtalpha_zone_since);
    }

    ngx_memory_barrier();
    ngx_rtalpha_zone_head->inside = 0;
    ngx_memory_barrier();

    ngx_shmtx_unlock(&ngx_rtalpha_zone_pool->mutex);
}


static uint64_t
ngx_rtalpha_zone_cpu(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + (uint64_t) ts.tv_nsec;
}


static void
ngx_rtalpha_zone_hold(uint64_t ns)
{
    ngx_uint_t                i;
    ngx_rtalpha_zone_head_t  *head;

    head = ngx_rtalpha_zone_head;

    for (i = 0; i < NGX_RTALPHA_ZONE_HOLDS - 1; i++) {
        if (ns <= ngx_rtalpha_zone_usec[i] * 1000) {
            break;
        }
    }

    head->holds[i]++;
    head->held += ns;
    head->longest = ngx_max(head->longest, ns);
}


void
ngx_rtalpha_zone_timed(ngx_uint_t on)
{
    ngx_rtalpha_zone_timing = on;
    ngx_rtalpha_zone_since = ngx_rtalpha_zone_cpu();
}


void
ngx_rtalpha_zone_holds(ngx_rtalpha_out_t *out)
{
    uint64_t                  n;
    ngx_uint_t                i;
    ngx_rtalpha_zone_head_t  *head;

    head = ngx_rtalpha_zone_head;

    if (head->longest == 0) {
        return;
    }

    ngx_rtalpha_out_printf(out, "# HELP rtalpha_zone_hold_microseconds CPU "
                                "time of sections with the zone locked\n"
                                "# TYPE rtalpha_zone_hold_microseconds "
                                "histogram\n");
    n = 0;

    for (i = 0; i < NGX_RTALPHA_ZONE_HOLDS - 1; i++) {
        n += head->holds[i];
        ngx_rtalpha_out_printf(out, "rtalpha_zone_hold_microseconds_bucket{"
                                    "le=\"%ui\"} %uL\n",
                               ngx_rtalpha_zone_usec[i], n);
    }

    n += head->holds[i];

    ngx_rtalpha_out_printf(out, "rtalpha_zone_hold_microseconds_bucket{"
                                "le=\"+Inf\"} %uL\n"
                                "rtalpha_zone_hold_microseconds_sum %uL\n"
                                "rtalpha_zone_hold_microseconds_count %uL\n"
                                "# HELP rtalpha_zone_hold_longest_microseconds"
                                " The longest of them\n"
                                "# TYPE rtalpha_zone_hold_longest_microseconds"
                                " gauge\n"
                                "rtalpha_zone_hold_longest_microseconds %uL\n",
                           n, head->held / 1000, n, head->longest / 1000);
}


void *
ngx_rtalpha_zone_root(const ngx_str_t *name, size_t size, uint32_t layout)
{
    void                     *data;
    ngx_uint_t                i;
    ngx_rtalpha_zone_head_t  *head;
    ngx_rtalpha_zone_root_t  *root;

    head = ngx_rtalpha_zone_head;
    data = NULL;

    ngx_rtalpha_zone_lock();

    for (i = 0; i < head->nroots; i++) {
        root = &head->roots[i];

        if (ngx_strlen(root->name) == name->len
            && ngx_memcmp(root->name, name->data, name->len) == 0)
        {
            if (root->size == size && root->layout == layout) {
                data = root->data;
            }

            goto done;
        }
    }

    if (i == NGX_RTALPHA_ZONE_ROOTS || name->len >= sizeof(root->name)) {
        goto done;
    }

    data = ngx_rtalpha_zone_array(size);
    if (data == NULL) {
        goto done;
    }

    root = &head->roots[i];
    ngx_memcpy(root->name, name->data, name->len);
    root->name[name->len] = '\0';
    root->size = size;
    root->layout = layout;
    root->data = data;
    head->nroots++;

done:

    ngx_rtalpha_zone_unlock();

    return data;
}


void *
ngx_rtalpha_zone_alloc(size_t size)
{
    void                     *record;
    ngx_uint_t                class;
    ngx_rtalpha_zone_page_t  *page;

    if (size == 0 || size > NGX_RTALPHA_ZONE_RECORD_MAX) {
        return NULL;
    }

    class = (size - 1) / NGX_RTALPHA_ZONE_STEP;
    page = ngx_rtalpha_zone_head->classes[class];

    if (page == NULL) {
        page = ngx_rtalpha_zone_page_add(class);
        if (page == NULL) {
            return NULL;
        }
    }

    page->used++;

    if (page->free) {
        record = page->free;
        page->free = *(void **) record;

    } else {
        page->fresh--;
        record = (u_char *) page + NGX_RTALPHA_ZONE_STEP
                 + page->fresh * (class + 1) * NGX_RTALPHA_ZONE_STEP;
    }

    if (page->free == NULL && page->fresh == 0) {
        ngx_rtalpha_zone_page_unlist(page);
    }

    ngx_memzero(record, (class + 1) * NGX_RTALPHA_ZONE_STEP);

    return record;
}


void
ngx_rtalpha_zone_free(void *record)
{
    ngx_rtalpha_zone_page_t  *page;

    page = (ngx_rtalpha_zone_page_t *)
                             ((uintptr_t) record & ~(ngx_pagesize - 1));

    *(void **) record = page->free;
    page->free = record;
    page->used--;

    if (page->listed != ngx_rtalpha_zone_head->epoch) {
        ngx_rtalpha_zone_page_list(page);
    }

    if (page->used == 0 && (page->next || page->prev)) {
        ngx_rtalpha_zone_page_unlist(page);
        ngx_slab_free_locked(ngx_rtalpha_zone_pool, page);
    }
}


ngx_uint_t
ngx_rtalpha_zone_has(size_t size)
{
    return size && size <= NGX_RTALPHA_ZONE_RECORD_MAX
           && ngx_rtalpha_zone_head->classes[(size - 1)
                                             / NGX_RTALPHA_ZONE_STEP];
}


static ngx_rtalpha_zone_page_t *
ngx_rtalpha_zone_page_add(ngx_uint_t class)
{
    ngx_rtalpha_zone_page_t  *page;

    page = ngx_slab_alloc_locked(ngx_rtalpha_zone_pool, ngx_pagesize);
    if (page == NULL) {
        return NULL;
    }

    page->free = NULL;
    page->used = 0;
    page->class = class;
    page->fresh = (ngx_pagesize - NGX_RTALPHA_ZONE_STEP)
                  / ((class + 1) * NGX_RTALPHA_ZONE_STEP);

    ngx_rtalpha_zone_page_list(page);

    return page;
}


static void
ngx_rtalpha_zone_page_list(ngx_rtalpha_zone_page_t *page)
{
    ngx_rtalpha_zone_page_t  **first;

    first = &ngx_rtalpha_zone_head->classes[page->class];

    page->prev = NULL;
    page->next = *first;
    page->listed = ngx_rtalpha_zone_head->epoch;

    if (*first) {
        (*first)->prev = page;
    }

    *first = page;
}


static void
ngx_rtalpha_zone_page_unlist(ngx_rtalpha_zone_page_t *page)
{
    if (page->prev) {
        page->prev->next = page->next;

    } else {
        ngx_rtalpha_zone_head->classes[page->class] = page->next;
    }

    if (page->next) {
        page->next->prev = page->prev;
    }

    page->next = NULL;
    page->prev = NULL;
    page->listed = 0;
}


void *
ngx_rtalpha_zone_page(void)
{
    return ngx_slab_alloc_locked(ngx_rtalpha_zone_pool, ngx_pagesize);
}


void *
ngx_rtalpha_zone_array(size_t bytes)
{
    /* whole pages, so that it never shares one with nginx's small slots */

    return ngx_slab_calloc_locked(ngx_rtalpha_zone_pool,
                                  ngx_align(bytes, ngx_pagesize));
}


void
ngx_rtalpha_zone_array_free(void *array)
{
    ngx_slab_free_locked(ngx_rtalpha_zone_pool, array);
}


size_t
ngx_rtalpha_zone_size(void)
{
    return ngx_rtalpha_zone_pool->end - (u_char *) ngx_rtalpha_zone_pool;
}


size_t
ngx_rtalpha_zone_free_size(void)
{
    return ngx_rtalpha_zone_pool->pfree * ngx_pagesize;
}


ngx_uint_t
ngx_rtalpha_zone_repairs(void)
{
    return ngx_rtalpha_zone_head->repairs;
}
