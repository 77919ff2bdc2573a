/* unit: ngx_rtalpha_core/ngx_rtalpha_disk.c */

#include "fuzz.h"
#include "ngx_rtalpha_disk.h"


/*
 * The bytes as a journal; then as one good record with the bytes after it:
 * whatever follows, a good record is read.
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_int_t    rc;
    ngx_str_t    bytes, journal, record;
    ngx_pool_t  *pool;

    pool = fuzz_pool();
    bytes = fuzz_input(pool, data, size);

    for (journal = bytes; /* void */; /* void */) {
        rc = ngx_rtalpha_disk_next(&journal, &record);

        if (rc != NGX_OK) {
            break;
        }

        FUZZ_CHECK(record.data + record.len == journal.data);
    }

    FUZZ_CHECK((rc == NGX_DONE) == (journal.len == 0));

    journal.len = size + NGX_RTALPHA_DISK_HEAD + size;
    journal.data = ngx_pnalloc(pool, journal.len);
    FUZZ_CHECK(journal.data);

    ngx_memcpy(journal.data + NGX_RTALPHA_DISK_HEAD, bytes.data, size);
    ngx_memcpy(journal.data + NGX_RTALPHA_DISK_HEAD + size, bytes.data, size);
    ngx_rtalpha_disk_frame(journal.data,
                           journal.data + NGX_RTALPHA_DISK_HEAD, size);

    FUZZ_CHECK(ngx_rtalpha_disk_next(&journal, &record) == NGX_OK);
    FUZZ_CHECK(record.len == size && journal.len == size);
    FUZZ_CHECK(size == 0 || ngx_memcmp(record.data, data, size) == 0);

    ngx_destroy_pool(pool);

    return 0;
}
