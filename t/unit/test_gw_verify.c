/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_verify.c */

/*
 * Heads and chunked bodies that are none.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_verify.h"


static ngx_uint_t
good(ngx_uint_t status, ngx_uint_t upgrade, const char *lines)
{
    u_char           *p, *q;
    ngx_uint_t        n;
    ngx_list_part_t   part;
    ngx_table_elt_t   h[8];
    static u_char     text[512];

    ngx_memzero(h, sizeof(h));
    (void) ngx_cpystrn(text, (u_char *) lines, sizeof(text));

    for (p = text, n = 0; *p; n++) {
        q = (u_char *) ngx_strchr(p, ':');
        h[n].key.data = p;
        h[n].key.len = q - p;
        h[n].lowcase_key = p;
        h[n].value.data = q + 1;
        p = (u_char *) ngx_strchr(q, '\n');
        h[n].value.len = p - h[n].value.data;
        p++;
    }

    part.elts = h;
    part.nelts = n;
    part.next = NULL;

    return ngx_rtalpha_gw_verify_head(status, &part, upgrade) == NULL;
}


static void
test_heads(void)
{
    CHECK(good(200, 0, ""));
    CHECK(good(200, 0, "content-length:5\n"));
    CHECK(good(200, 0, "transfer-encoding:Chunked\n"));
    CHECK(good(304, 0, "content-length:0\nserver:\n"));
    CHECK(good(599, 0, ""));

    CHECK(!good(99, 0, ""));
    CHECK(!good(600, 0, ""));
    CHECK(!good(999, 0, ""));

    CHECK(!good(200, 0, "content-length:\n"));
    CHECK(!good(200, 0, "content-length:-1\n"));
    CHECK(!good(200, 0, "content-length:5, 5\n"));
    CHECK(!good(200, 0, "content-length:99999999999999999999\n"));
    CHECK(!good(200, 0, "content-length:5\ncontent-length:5\n"));
    CHECK(!good(200, 0, "content-length:5\ntransfer-encoding:chunked\n"));
    CHECK(!good(200, 0, "transfer-encoding:chunked\n"
                        "transfer-encoding:chunked\n"));
    CHECK(!good(200, 0, "transfer-encoding:gzip, chunked\n"));
    CHECK(!good(200, 0, "transfer-encoding:xchunked\n"));

    CHECK(good(101, 1, "upgrade:WebSocket\n"));
    CHECK(!good(101, 0, "upgrade:websocket\n"));
    CHECK(!good(101, 1, "upgrade:h2c\n"));
    CHECK(!good(101, 1, ""));
}


/* from a place of its own, so that a byte too far is seen */

static ngx_uint_t
chunks(const char *text)
{
    size_t       len;
    u_char      *p;
    ngx_uint_t   rc;

    len = ngx_strlen(text);
    p = malloc(len ? len : 1);
    ngx_memcpy(p, text, len);
    rc = ngx_rtalpha_gw_verify_chunks(p, p + len);
    free(p);

    return rc;
}


static void
test_chunks(void)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   i;

    static const char  whole[] = "5\r\nhello\r\n0A;x=y\r\n0123456789\r\n"
                                 "0\r\nTrailer: x\r\n\r\n";

    /* as much as there is, of a good one */

    for (len = 0; len < sizeof(whole); len++) {
        p = malloc(len ? len : 1);
        ngx_memcpy(p, whole, len);
        CHECK(ngx_rtalpha_gw_verify_chunks(p, p + len));
        free(p);
    }

    CHECK(chunks("5\nhello\n0\n\n"));
    CHECK(chunks("00000000000000000000005\r\nhello\r\n"));

    CHECK(!chunks("hello"));
    CHECK(!chunks("\r\n"));
    CHECK(!chunks("-5\r\nhello"));
    CHECK(!chunks("0x5\r\nhello"));
    CHECK(!chunks("5hello"));
    CHECK(!chunks("5\r\nhelloworld"));
    CHECK(!chunks("5\r\nhello\rX"));
    CHECK(!chunks("fffffffffffffffff\r\n"));
    CHECK(!chunks("5\r\nhello\r\nzz\r\n"));

    /* nothing is read behind the end, whatever there is */

    srandom(1);

    for (i = 0; i < 100000; i++) {
        len = random() % 24;
        p = malloc(len ? len : 1);

        for (size_t k = 0; k < len; k++) {
            p[k] = "0123456789abcF;\r\n \tx"[random() % 20];
        }

        (void) ngx_rtalpha_gw_verify_chunks(p, p + len);
        free(p);
    }
}


int
main(void)
{
    test_heads();
    test_chunks();

    return unit_done();
}
