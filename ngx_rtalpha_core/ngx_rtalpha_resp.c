
/*
 * The protocol of Redis.  Memory is malloc's: replies live and die between
 * two events, and a pool would only grow.
 */


#include "ngx_rtalpha_resp.h"

#include <hiredis/hiredis.h>


#define NGX_RTALPHA_RESP_BUF       4096
#define NGX_RTALPHA_RESP_ELEMENTS  (1024 * 1024)


#if (HIREDIS_MAJOR >= 1)
typedef size_t  ngx_rtalpha_resp_count_t;
#else
typedef int     ngx_rtalpha_resp_count_t;
#endif


struct ngx_rtalpha_resp_reader_s {
    redisReader  *reader;
    size_t        max;
};


static ngx_rtalpha_reply_t *ngx_rtalpha_resp_make(const redisReadTask *task,
    ngx_uint_t type, size_t len);
static void *ngx_rtalpha_resp_string(const redisReadTask *task, char *data,
    size_t len);
static void *ngx_rtalpha_resp_array(const redisReadTask *task,
    ngx_rtalpha_resp_count_t n);
static void *ngx_rtalpha_resp_integer(const redisReadTask *task,
    long long value);
static void *ngx_rtalpha_resp_nil(const redisReadTask *task);
static void ngx_rtalpha_resp_object_free(void *object);
static ngx_int_t ngx_rtalpha_resp_reserve(ngx_rtalpha_resp_buf_t *buf,
    size_t n);


static redisReplyObjectFunctions  ngx_rtalpha_resp_functions = {
    .createString = ngx_rtalpha_resp_string,
    .createArray = ngx_rtalpha_resp_array,
    .createInteger = ngx_rtalpha_resp_integer,
    .createNil = ngx_rtalpha_resp_nil,
    .freeObject = ngx_rtalpha_resp_object_free
};


ngx_rtalpha_reply_t *
ngx_rtalpha_reply_at(const ngx_rtalpha_reply_t *reply, ngx_uint_t i)
{
    if (reply->type != NGX_RTALPHA_RESP_ARRAY || i >= reply->n) {
        return NULL;
    }

    return reply->elements[i];
}


ngx_int_t
ngx_rtalpha_resp_head(ngx_rtalpha_resp_buf_t *buf, ngx_uint_t n)
{
    u_char  head[NGX_INT_T_LEN + 3], *p;

    p = ngx_sprintf(head, "*%ui" CRLF, n);

    return ngx_rtalpha_resp_raw(buf, head, (size_t) (p - head));
}


ngx_int_t
ngx_rtalpha_resp_bulk(ngx_rtalpha_resp_buf_t *buf, const u_char *data,
    size_t len)
{
    u_char  head[NGX_SIZE_T_LEN + 3], *p;

    p = ngx_sprintf(head, "$%uz" CRLF, len);

    if (ngx_rtalpha_resp_reserve(buf, (size_t) (p - head) + len + 2)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    buf->last = ngx_cpymem(buf->last, head, (size_t) (p - head));

    if (len) {
        buf->last = ngx_cpymem(buf->last, data, len);
    }

    *buf->last++ = CR;
    *buf->last++ = LF;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_resp_raw(ngx_rtalpha_resp_buf_t *buf, const u_char *data,
    size_t len)
{
    if (ngx_rtalpha_resp_reserve(buf, len) != NGX_OK) {
        return NGX_ERROR;
    }

    if (len) {
        buf->last = ngx_cpymem(buf->last, data, len);
    }

    return NGX_OK;
}


void
ngx_rtalpha_resp_sent(ngx_rtalpha_resp_buf_t *buf, size_t n)
{
    buf->pos += n;

    if (buf->pos == buf->last) {
        buf->pos = buf->start;
        buf->last = buf->start;
    }
}


void
ngx_rtalpha_resp_free(ngx_rtalpha_resp_buf_t *buf)
{
    if (buf->start) {
        free(buf->start);
    }

    buf->start = NULL;
    buf->pos = NULL;
    buf->last = NULL;
    buf->end = NULL;
}


ngx_rtalpha_resp_reader_t *
ngx_rtalpha_resp_reader_create(size_t max)
{
    ngx_rtalpha_resp_reader_t  *reader;

    reader = malloc(sizeof(ngx_rtalpha_resp_reader_t));

    if (reader == NULL) {
        return NULL;
    }

    reader->max = max;
    reader->reader =
                redisReaderCreateWithFunctions(&ngx_rtalpha_resp_functions);

    if (reader->reader == NULL) {
        free(reader);
        return NULL;
    }

    return reader;
}


void
ngx_rtalpha_resp_reader_destroy(ngx_rtalpha_resp_reader_t *reader)
{
    redisReaderFree(reader->reader);
    free(reader);
}


ngx_int_t
ngx_rtalpha_resp_feed(ngx_rtalpha_resp_reader_t *reader, const u_char *data,
    size_t len)
{
    size_t  waiting;

    waiting = reader->reader->len - reader->reader->pos;

    if (len > reader->max || waiting > reader->max - len) {
        return NGX_ERROR;
    }

    return (redisReaderFeed(reader->reader, (const char *) data, len)
            == REDIS_OK)
           ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_resp_next(ngx_rtalpha_resp_reader_t *reader,
    ngx_rtalpha_reply_t **reply)
{
    void  *object;

    object = NULL;

    if (redisReaderGetReply(reader->reader, &object) != REDIS_OK) {
        return NGX_ERROR;
    }

    *reply = object;

    return object ? NGX_OK : NGX_AGAIN;
}


void
ngx_rtalpha_reply_free(ngx_rtalpha_reply_t *reply)
{
    ngx_uint_t  i;

    if (reply->elements) {
        for (i = 0; i < reply->n; i++) {
            if (reply->elements[i]) {
                ngx_rtalpha_reply_free(reply->elements[i]);
            }
        }

        free(reply->elements);
    }

    free(reply);
}


/* CRC-16 of the XMODEM kind, as the cluster specification has it */

ngx_uint_t
ngx_rtalpha_resp_slot(const ngx_str_t *key)
{
    u_char      *p, *open, *close, *end;
    uint32_t     crc;
    ngx_uint_t   bit;

    p = key->data;
    end = p + key->len;

    open = ngx_strlchr(p, end, '{');

    if (open) {
        close = ngx_strlchr(open + 1, end, '}');

        if (close && close != open + 1) {
            p = open + 1;
            end = close;
        }
    }

    crc = 0;

    for (/* void */; p < end; p++) {
        crc ^= (uint32_t) *p << 8;

        for (bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1;
        }
    }

    return crc & (NGX_RTALPHA_RESP_SLOTS - 1);
}


/* links the object into its parent; the text of len bytes lies behind it */

static ngx_rtalpha_reply_t *
ngx_rtalpha_resp_make(const redisReadTask *task, ngx_uint_t type, size_t len)
{
    ngx_rtalpha_reply_t  *reply, *parent;

    reply = malloc(sizeof(ngx_rtalpha_reply_t) + len);

    if (reply == NULL) {
        return NULL;
    }

    ngx_memzero(reply, sizeof(ngx_rtalpha_reply_t));

    reply->type = type;
    reply->str.data = (u_char *) reply + sizeof(ngx_rtalpha_reply_t);

    if (task->parent) {
        parent = task->parent->obj;
        parent->elements[task->idx] = reply;
    }

    return reply;
}


static void *
ngx_rtalpha_resp_string(const redisReadTask *task, char *data, size_t len)
{
    ngx_uint_t            type;
    ngx_rtalpha_reply_t  *reply;

    type = (task->type == REDIS_REPLY_ERROR) ? NGX_RTALPHA_RESP_ERROR
           : (task->type == REDIS_REPLY_STATUS) ? NGX_RTALPHA_RESP_STATUS
                                                : NGX_RTALPHA_RESP_STRING;

    reply = ngx_rtalpha_resp_make(task, type, len);

    if (reply) {
        ngx_memcpy(reply->str.data, data, len);
        reply->str.len = len;
    }

    return reply;
}


static void *
ngx_rtalpha_resp_array(const redisReadTask *task, ngx_rtalpha_resp_count_t n)
{
    ngx_rtalpha_reply_t   *reply, **elements;

    if ((size_t) n > NGX_RTALPHA_RESP_ELEMENTS) {
        return NULL;
    }

    elements = NULL;

    if (n) {
        elements = calloc((size_t) n, sizeof(ngx_rtalpha_reply_t *));

        if (elements == NULL) {
            return NULL;
        }
    }

    reply = ngx_rtalpha_resp_make(task, NGX_RTALPHA_RESP_ARRAY, 0);

    if (reply == NULL) {
        free(elements);
        return NULL;
    }

    reply->n = (ngx_uint_t) n;
    reply->elements = elements;

    return reply;
}


static void *
ngx_rtalpha_resp_integer(const redisReadTask *task, long long value)
{
    ngx_rtalpha_reply_t  *reply;

    reply = ngx_rtalpha_resp_make(task, NGX_RTALPHA_RESP_INTEGER,
                                  NGX_INT64_LEN + 1);

    if (reply) {
        reply->integer = value;
        reply->str.len = (size_t) (ngx_sprintf(reply->str.data, "%L",
                                               (int64_t) value)
                                   - reply->str.data);
    }

    return reply;
}


static void *
ngx_rtalpha_resp_nil(const redisReadTask *task)
{
    return ngx_rtalpha_resp_make(task, NGX_RTALPHA_RESP_NIL, 0);
}


static void
ngx_rtalpha_resp_object_free(void *object)
{
    if (object) {
        ngx_rtalpha_reply_free(object);
    }
}


static ngx_int_t
ngx_rtalpha_resp_reserve(ngx_rtalpha_resp_buf_t *buf, size_t n)
{
    u_char  *p;
    size_t   used, size;

    used = (size_t) (buf->last - buf->pos);

    if (n > buf->max || used > buf->max - n) {
        return NGX_ERROR;
    }

    if (n <= (size_t) (buf->end - buf->last)) {
        return NGX_OK;
    }

    /* what was sent makes room first */

    if (used && buf->pos != buf->start) {
        ngx_memmove(buf->start, buf->pos, used);
    }

    buf->pos = buf->start;
    buf->last = buf->start + used;

    if (n <= (size_t) (buf->end - buf->last)) {
        return NGX_OK;
    }

    size = (size_t) (buf->end - buf->start);
    size = ngx_max(size * 2, used + n);
    size = ngx_max(size, NGX_RTALPHA_RESP_BUF);

    p = realloc(buf->start, size);

    if (p == NULL) {
        return NGX_ERROR;
    }

    buf->start = p;
    buf->pos = p;
    buf->last = p + used;
    buf->end = p + size;

    return NGX_OK;
}
