/* unit: ngx_rtalpha_core/ngx_rtalpha_zone.c ngx_rtalpha_core/ngx_rtalpha_blob.c ngx_rtalpha_core/ngx_rtalpha_slot.c */

/*
 * The zone's allocator and blobs against a model: random work, then
 * everything given back has to leave as much free memory as before; and what
 * a process that died held is dropped by the one that reclaims its slot.
 */

#include "unit.h"
#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_slot.h"
#include "ngx_rtalpha_zone.h"

#include <sys/mman.h>
#include <sys/wait.h>


#define ZONE     (16 * 1024 * 1024)
#define RECORDS  4000


static ngx_log_t         zone_log;
static ngx_cycle_t       zone_cycle;
static ngx_slab_pool_t  *zone_pool;


static void
zone_make(size_t size)
{
    zone_pool = mmap(NULL, size, PROT_READ|PROT_WRITE,
                     MAP_ANON|MAP_SHARED, -1, 0);

    zone_pool->end = (u_char *) zone_pool + size;
    zone_pool->min_shift = 3;
    zone_pool->addr = zone_pool;

    for (ngx_pagesize_shift = 0;
         ngx_pagesize >> ngx_pagesize_shift > 1;
         ngx_pagesize_shift++)
    { /* void */ }

    ngx_slab_sizes_init();
    ngx_shmtx_create(&zone_pool->mutex, &zone_pool->lock, NULL);
    ngx_slab_init(zone_pool);

    CHECK(ngx_rtalpha_zone_init(zone_pool, &zone_log) == NGX_OK);
    ngx_rtalpha_zone_use(zone_pool, NULL);
    CHECK(ngx_rtalpha_slot_attach(0, &zone_log) == NGX_OK);
}


static void
test_records(void)
{
    size_t       size, before;
    void        *record[RECORDS];
    size_t       len[RECORDS];
    u_char      *p;
    ngx_uint_t   i, n, k, bad;

    srandom(1);
    ngx_memzero(record, sizeof(record));
    before = ngx_rtalpha_zone_free_size();
    bad = 0;

    ngx_rtalpha_zone_lock();

    CHECK(ngx_rtalpha_zone_alloc(0) == NULL);
    CHECK(ngx_rtalpha_zone_alloc(NGX_RTALPHA_ZONE_RECORD_MAX + 1) == NULL);

    for (n = 0; n < 200000; n++) {
        i = random() % RECORDS;

        if (record[i]) {
            p = record[i];

            for (k = 0; k < len[i]; k++) {
                bad += p[k] != (u_char) i;
            }

            ngx_rtalpha_zone_free(record[i]);
            record[i] = NULL;
            continue;
        }

        size = 1 + random() % NGX_RTALPHA_ZONE_RECORD_MAX;
        p = ngx_rtalpha_zone_alloc(size);

        if (p == NULL) {
            bad++;
            continue;
        }

        for (k = 0; k < size; k++) {
            bad += p[k] != 0;
        }

        bad += ((uintptr_t) p & 63) != 0 || ((uintptr_t) p & 4095) == 0;
        ngx_memset(p, (u_char) i, size);
        record[i] = p;
        len[i] = size;
    }

    for (i = 0; i < RECORDS; i++) {
        if (record[i]) {
            ngx_rtalpha_zone_free(record[i]);
        }
    }

    ngx_rtalpha_zone_unlock();

    CHECK(bad == 0);

    /* an empty page of each of the 32 classes may stay */
    CHECK(ngx_rtalpha_zone_free_size() + 32 * 4096 >= before);
}


static void
test_roots(void)
{
    void       *a;
    ngx_str_t   name = ngx_string("test");

    a = ngx_rtalpha_zone_root(&name, 100, 1);
    CHECK(a != NULL);
    CHECK(ngx_rtalpha_zone_root(&name, 100, 1) == a);
    CHECK(ngx_rtalpha_zone_root(&name, 100, 2) == NULL);
    CHECK(ngx_rtalpha_zone_root(&name, 200, 1) == NULL);
}


static ngx_uint_t
chain_is(ngx_chain_t *cl, const u_char *data, size_t len)
{
    size_t  n;

    for ( /* void */ ; cl; cl = cl->next) {
        n = cl->buf->last - cl->buf->pos;

        if (n > len || ngx_memcmp(cl->buf->pos, data, n) != 0) {
            return 0;
        }

        data += n;
        len -= n;
    }

    return len == 0;
}


static void
test_blobs(ngx_pool_t *pool)
{
    size_t               sizes[] = { 0, 1, 63, 2048, 2049, 4096, 4097, 65536,
                                     1000001 };
    u_char              *data;
    size_t               before;
    ngx_str_t            flat;
    ngx_uint_t           i;
    ngx_chain_t         *cl, **last;
    ngx_rtalpha_pin_t   *pin[9], *joined;
    ngx_rtalpha_blob_t  *parts[9];
    u_char              *whole, *p;

    data = malloc(1000001);
    whole = malloc(2000000);
    p = whole;

    for (i = 0; i < 1000001; i++) {
        data[i] = (u_char) (i * 7 + i / 4096);
    }

    before = ngx_rtalpha_zone_free_size();

    for (i = 0; i < 9; i++) {
        pin[i] = ngx_rtalpha_blob_create(data, sizes[i]);
        CHECK(pin[i] != NULL);
        parts[i] = ngx_rtalpha_blob_of(pin[i]);
        CHECK(ngx_rtalpha_blob_len(parts[i]) == sizes[i]);
        CHECK(ngx_rtalpha_blob_flat(pool, parts[i], &flat) == NGX_OK);
        CHECK(flat.len == sizes[i]
              && ngx_memcmp(flat.data, data, sizes[i]) == 0);

        cl = NULL;
        last = &cl;
        CHECK(ngx_rtalpha_blob_chain(pool, parts[i], &last) == NGX_OK);
        CHECK(chain_is(cl, data, sizes[i]));

        p = ngx_cpymem(p, data, sizes[i]);
    }

    joined = ngx_rtalpha_blob_join(parts, 9);
    CHECK(joined != NULL);

    for (i = 0; i < 9; i++) {
        ngx_rtalpha_blob_unpin(pin[i]);
    }

    cl = NULL;
    last = &cl;
    CHECK(ngx_rtalpha_blob_len(ngx_rtalpha_blob_of(joined))
          == (size_t) (p - whole));
    CHECK(ngx_rtalpha_blob_chain(pool, ngx_rtalpha_blob_of(joined), &last)
          == NGX_OK);
    CHECK(chain_is(cl, whole, p - whole));

    ngx_rtalpha_blob_unpin(joined);

    CHECK(ngx_rtalpha_zone_free_size() + 40 * 4096 >= before);

    /* more than there is room for: nothing is left behind */

    before = ngx_rtalpha_zone_free_size();
    CHECK(ngx_rtalpha_blob_create((u_char *) zone_pool, ZONE - 4096) == NULL);
    CHECK(ngx_rtalpha_zone_free_size() + 8 * 4096 >= before);

    free(data);
    free(whole);
}


static void
test_dead_process(void)
{
    int                 status;
    pid_t               pid;
    u_char              data[50000];
    size_t              before;
    ngx_uint_t          i;
    ngx_atomic_uint_t   sums[NGX_RTALPHA_METRICS_MAX];

    ngx_memset(data, 'x', sizeof(data));
    before = ngx_rtalpha_zone_free_size();

    pid = fork();

    if (pid == 0) {
        ngx_pid = getpid();
        ngx_rtalpha_slot_attach(5, &zone_log);
        ngx_rtalpha_slot_counters()[3] += 7;

        for (i = 0; i < 20; i++) {
            ngx_rtalpha_blob_create(data, sizeof(data));
        }

        _exit(0);
    }

    waitpid(pid, &status, 0);

    CHECK(ngx_rtalpha_zone_free_size() + 1000000 < before);
    ngx_rtalpha_slot_sum(sums);
    CHECK(sums[3] == 7);

    ngx_rtalpha_slot_sweep();

    CHECK(ngx_rtalpha_zone_free_size() + 8 * 4096 >= before);
    ngx_rtalpha_slot_sum(sums);
    CHECK(sums[3] == 7);
}


static ngx_uint_t  repaired;


static void
repair(void)
{
    repaired++;
}


/* death inside a locked section: the next lock repairs, records go on */

static void
test_death_inside(void)
{
    int          status;
    pid_t        pid;
    void        *record[100];
    ngx_uint_t   i, nulls;

    ngx_rtalpha_zone_use(zone_pool, repair);

    ngx_rtalpha_zone_lock();
    for (i = 0; i < 100; i++) {
        record[i] = ngx_rtalpha_zone_alloc(300);
    }
    ngx_rtalpha_zone_unlock();
    CHECK(repaired == 0);

    pid = fork();

    if (pid == 0) {
        ngx_pid = getpid();
        ngx_rtalpha_zone_lock();
        _exit(0);
    }

    waitpid(pid, &status, 0);
    CHECK(ngx_shmtx_force_unlock(&zone_pool->mutex, pid));

    ngx_rtalpha_zone_lock();
    CHECK(repaired == 1);
    CHECK(ngx_rtalpha_zone_repairs() == 1);

    for (i = 0; i < 100; i++) {
        ngx_rtalpha_zone_free(record[i]);
    }

    for (nulls = 0, i = 0; i < 100; i++) {
        record[i] = ngx_rtalpha_zone_alloc(300);
        nulls += record[i] == NULL;
    }

    ngx_rtalpha_zone_unlock();
    CHECK(nulls == 0);

    ngx_rtalpha_zone_lock();
    ngx_rtalpha_zone_unlock();
    CHECK(repaired == 1);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();
    ngx_pid = getpid();
    zone_cycle.log = &zone_log;
    ngx_cycle = &zone_cycle;

    zone_make(ZONE);

    test_records();
    test_roots();
    test_blobs(pool);
    test_dead_process();
    test_death_inside();

    ngx_rtalpha_slot_detach();
    ngx_destroy_pool(pool);

    return unit_done();
}
