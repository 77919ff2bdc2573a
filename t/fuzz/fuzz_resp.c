/* unit: ngx_rtalpha_core/ngx_rtalpha_resp.c */

#include "fuzz.h"
#include "ngx_rtalpha_resp.h"


static ngx_uint_t
fuzz_count(const ngx_rtalpha_reply_t *reply)
{
    ngx_uint_t            i, n;
    ngx_rtalpha_reply_t  *element;

    n = reply->str.len ? reply->str.data[reply->str.len - 1] & 1 : 0;

    for (i = 0; i < reply->n; i++) {
        element = ngx_rtalpha_reply_at(reply, i);
        FUZZ_CHECK(element);
        n += fuzz_count(element);
    }

    FUZZ_CHECK(ngx_rtalpha_reply_at(reply, reply->n) == NULL);

    return n + 1;
}


/* replies, and how they end: as a number */

static ngx_uint_t
fuzz_read(const uint8_t *data, size_t size, size_t piece)
{
    size_t                      n;
    u_char                     *copy;
    ngx_int_t                   rc;
    ngx_uint_t                  sum;
    ngx_rtalpha_reply_t        *reply;
    ngx_rtalpha_resp_reader_t  *reader;

    reader = ngx_rtalpha_resp_reader_create(4096);
    FUZZ_CHECK(reader);

    sum = 0;
    rc = NGX_AGAIN;

    for (/* void */; size && rc == NGX_AGAIN; data += n, size -= n) {
        n = ngx_min(piece, size);

        copy = malloc(n);
        FUZZ_CHECK(copy);
        ngx_memcpy(copy, data, n);

        rc = ngx_rtalpha_resp_feed(reader, copy, n);
        free(copy);

        while (rc == NGX_OK) {
            rc = ngx_rtalpha_resp_next(reader, &reply);

            if (rc == NGX_OK) {
                sum = sum * 31 + fuzz_count(reply);
                ngx_rtalpha_reply_free(reply);
            }
        }
    }

    ngx_rtalpha_resp_reader_destroy(reader);

    return sum * 2 + (rc == NGX_ERROR);
}


/* the first byte is the size of the pieces; pieces must not matter */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 2048) {
        return 0;
    }

    FUZZ_CHECK(fuzz_read(data + 1, size - 1, 1 + data[0] % 64)
               == fuzz_read(data + 1, size - 1, size));

    return 0;
}
