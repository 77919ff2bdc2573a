/* unit: ngx_rtalpha_core/ngx_rtalpha_resp.c */

/*
 * The protocol of Redis: what is written, what is read in pieces of every
 * size, what is refused.
 */

#include "unit.h"
#include "ngx_rtalpha_resp.h"


/* a reply as text: "[a,:1,nil,-ERR x,+OK]" */

static u_char *
show(u_char *p, const ngx_rtalpha_reply_t *reply)
{
    ngx_uint_t  i;

    switch (reply->type) {

    case NGX_RTALPHA_RESP_ARRAY:
        *p++ = '[';

        for (i = 0; i < reply->n; i++) {
            if (i) {
                *p++ = ',';
            }

            p = show(p, ngx_rtalpha_reply_at(reply, i));
        }

        *p++ = ']';
        return p;

    case NGX_RTALPHA_RESP_INTEGER:
        CHECK(ngx_atoi(reply->str.data, reply->str.len) == NGX_ERROR
              || ngx_atoi(reply->str.data, reply->str.len)
                 == reply->integer);
        return ngx_sprintf(p, ":%L", reply->integer);

    case NGX_RTALPHA_RESP_NIL:
        return ngx_cpymem(p, "nil", 3);

    case NGX_RTALPHA_RESP_STATUS:
        return ngx_sprintf(p, "+%V", &reply->str);

    case NGX_RTALPHA_RESP_ERROR:
        return ngx_sprintf(p, "-%V", &reply->str);

    default:
        return ngx_sprintf(p, "%V", &reply->str);
    }
}


/* all replies of a text that comes in pieces; ends with "!" when refused */

static void
read_all(const char *text, size_t len, size_t piece, size_t max,
    ngx_str_t *shown)
{
    size_t                      n;
    u_char                     *p;
    ngx_int_t                   rc;
    ngx_rtalpha_reply_t        *reply;
    ngx_rtalpha_resp_reader_t  *reader;

    static u_char               out[65536];

    reader = ngx_rtalpha_resp_reader_create(max);
    p = out;
    rc = NGX_AGAIN;

    for (/* void */; len && rc == NGX_AGAIN; text += n, len -= n) {
        n = ngx_min(piece, len);
        rc = ngx_rtalpha_resp_feed(reader, (u_char *) text, n);

        while (rc == NGX_OK) {
            rc = ngx_rtalpha_resp_next(reader, &reply);

            if (rc == NGX_OK) {
                p = show(p, reply);
                *p++ = ';';
                ngx_rtalpha_reply_free(reply);
            }
        }
    }

    if (rc == NGX_ERROR) {
        *p++ = '!';
    }

    ngx_rtalpha_resp_reader_destroy(reader);

    shown->data = out;
    shown->len = p - out;
}


static void
test_read(void)
{
    size_t      piece;
    ngx_str_t   shown;

    static char  text[] =
        "+OK\r\n-ERR no\r\n:-12\r\n$0\r\n\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n"
        "*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*1\r\n$-1\r\n+y\r\n"
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n";

    for (piece = 1; piece < sizeof(text); piece++) {
        read_all(text, sizeof(text) - 1, piece, 1000, &shown);
        CHECK_STR(&shown, "+OK;-ERR no;:-12;;a\r\nbc;nil;nil;[];"
                          "[:1,[x,[nil]],+y];[[[[[[:7]]]]]];");
    }
}


static void
test_refusals(void)
{
    size_t      i, piece;
    ngx_str_t   shown;

    static char  *texts[] = {
        "HTTP/1.1 200 OK\r\n",
        "*2000000000\r\n",
        "*99999999999999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        "*2\r\n:1\r\n?\r\n",
        "*3\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n?",
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (piece = 1; piece < 20; piece++) {
            read_all(texts[i], ngx_strlen(texts[i]), piece, 1000, &shown);
            CHECK_STR(&shown, "!");
        }
    }

    /* one that waits for its end takes no more than it may */

    read_all("$100\r\n0123456789012345678901234567890", 35, 4, 20, &shown);
    CHECK_STR(&shown, "!");

    /* what has been read does not count */

    read_all("+12345678\r\n+12345678\r\n+12345678\r\n", 33, 11, 20, &shown);
    CHECK_STR(&shown, "+12345678;+12345678;+12345678;");
}


/* any bytes: nothing but memory is checked here, by the sanitizers */

static void
test_noise(void)
{
    char         text[64];
    size_t       i, round;
    ngx_str_t    shown;

    static char  letters[] = "*$+-:0123456789\r\n\r\nab";

    srandom(1);

    for (round = 0; round < 20000; round++) {
        for (i = 0; i < sizeof(text); i++) {
            text[i] = letters[random() % (sizeof(letters) - 1)];
        }

        read_all(text, sizeof(text), 1 + random() % 64, 1000, &shown);
    }

    CHECK(round == 20000);
}


static void
test_write(void)
{
    size_t                  mark;
    ngx_str_t               said;
    ngx_uint_t              i;
    ngx_rtalpha_resp_buf_t  buf;

    ngx_memzero(&buf, sizeof(buf));
    buf.max = 10000;

    CHECK(ngx_rtalpha_resp_head(&buf, 2) == NGX_OK);
    CHECK(ngx_rtalpha_resp_bulk(&buf, ngx_rtalpha_lit("GET")) == NGX_OK);
    CHECK(ngx_rtalpha_resp_bulk(&buf, NULL, 0) == NGX_OK);

    said.data = buf.pos;
    said.len = ngx_rtalpha_resp_size(&buf);
    CHECK_STR(&said, "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");

    ngx_rtalpha_resp_sent(&buf, 4);
    mark = ngx_rtalpha_resp_mark(&buf);
    CHECK(ngx_rtalpha_resp_bulk(&buf, ngx_rtalpha_lit("lost")) == NGX_OK);
    ngx_rtalpha_resp_back(&buf, mark);

    said.data = buf.pos;
    said.len = ngx_rtalpha_resp_size(&buf);
    CHECK_STR(&said, "$3\r\nGET\r\n$0\r\n\r\n");

    /* it grows to its limit, and what is sent makes room */

    for (i = 0; ngx_rtalpha_resp_raw(&buf, ngx_rtalpha_lit("0123456789"))
                == NGX_OK; i++) { /* void */ }

    CHECK(i == (10000 - said.len) / 10);
    CHECK(ngx_strncmp(buf.pos, "$3\r\nGET\r\n$0\r\n\r\n0123", 19) == 0);

    ngx_rtalpha_resp_sent(&buf, 5015);
    CHECK(ngx_rtalpha_resp_raw(&buf, ngx_rtalpha_lit("0123456789"))
          == NGX_OK);
    CHECK(ngx_strncmp(buf.pos, "0123456789", 10) == 0);

    ngx_rtalpha_resp_sent(&buf, ngx_rtalpha_resp_size(&buf));
    CHECK(ngx_rtalpha_resp_size(&buf) == 0);
    CHECK(buf.pos == buf.start);

    ngx_rtalpha_resp_free(&buf);
    CHECK(buf.start == NULL);
}


static void
test_slots(void)
{
    ngx_uint_t  i;

    static struct {
        ngx_str_t    key;
        ngx_uint_t   slot;
    }  keys[] = {

        /* "123456789" is the specification's own example: 0x31c3 */

        { ngx_string("123456789"), 0x31c3 },
        { ngx_string("foo"), 12182 },
        { ngx_string("{foo}.bar"), 12182 },
        { ngx_string("a{foo}{bar}"), 12182 },
        { ngx_string("foo{}{bar}"), 8363 },
        { ngx_string("foo{{bar}}zap"), 4015 },
        { ngx_string("{foo"), 13308 },
        { ngx_string(""), 0 }
    };

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        CHECK(ngx_rtalpha_resp_slot(&keys[i].key) == keys[i].slot);
    }
}


int
main(void)
{
    test_read();
    test_refusals();
    test_noise();
    test_write();
    test_slots();

    return unit_done();
}
