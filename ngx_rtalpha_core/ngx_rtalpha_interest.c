
/*
 * A hash table of queues.  An event is looked up as often as its subject has
 * parts: "shop/main" concerns "shop/main" and "shop".  Hashes are of lower
 * case and of the type; whether a record is meant is compared in full.
 */


#include "ngx_rtalpha_interest.h"


#define NGX_RTALPHA_INTEREST_BUCKETS  16384     /* a power of two */


static ngx_queue_t *ngx_rtalpha_interest_queue(ngx_queue_t *queue);
static uint32_t ngx_rtalpha_interest_step(uint32_t hash, u_char ch);
static void ngx_rtalpha_interest_tell(ngx_queue_t *queue, ngx_uint_t type,
    const u_char *text, size_t len, void (*found)(void *data));


static ngx_queue_t  ngx_rtalpha_interest_any;
static ngx_queue_t  ngx_rtalpha_interest_types[NGX_RTALPHA_INTEREST_TYPES];
static ngx_queue_t  ngx_rtalpha_interest_table[NGX_RTALPHA_INTEREST_BUCKETS];


/* made at the first use: most of the table is never touched */

static ngx_queue_t *
ngx_rtalpha_interest_queue(ngx_queue_t *queue)
{
    if (queue->next == NULL) {
        ngx_queue_init(queue);
    }

    return queue;
}


/* FNV-1a, byte by byte: each part of a subject goes on from the one before */

static uint32_t
ngx_rtalpha_interest_step(uint32_t hash, u_char ch)
{
    return (hash ^ ngx_tolower(ch)) * 16777619u;
}


void
ngx_rtalpha_interest_add(ngx_rtalpha_interest_t *interest)
{
    size_t        i;
    uint32_t      hash;
    ngx_queue_t  *queue;

    if (interest->type == 0) {
        queue = &ngx_rtalpha_interest_any;

    } else if (interest->subject.len == 0) {
        queue = &ngx_rtalpha_interest_types[interest->type];

    } else {
        hash = 2166136261u + interest->type;

        for (i = 0; i < interest->subject.len; i++) {
            hash = ngx_rtalpha_interest_step(hash, interest->subject.data[i]);
        }

        queue = &ngx_rtalpha_interest_table[hash
                                        & (NGX_RTALPHA_INTEREST_BUCKETS - 1)];
    }

    ngx_queue_insert_tail(ngx_rtalpha_interest_queue(queue),
                          &interest->queue);
}


void
ngx_rtalpha_interest_drop(ngx_rtalpha_interest_t *interest)
{
    ngx_queue_remove(&interest->queue);
}


void
ngx_rtalpha_interest_find(ngx_uint_t type, const u_char *text, size_t len,
    void (*found)(void *data))
{
    size_t    i;
    uint32_t  hash;

    ngx_rtalpha_interest_tell(&ngx_rtalpha_interest_any, 0, text, 0, found);

    if (type == 0 || type >= NGX_RTALPHA_INTEREST_TYPES) {
        return;
    }

    ngx_rtalpha_interest_tell(&ngx_rtalpha_interest_types[type], type, text,
                              0, found);

    hash = 2166136261u + type;

    for (i = 0; i < len; i++) {

        if (i && (text[i] == '/' || text[i] == ' ')) {
            ngx_rtalpha_interest_tell(&ngx_rtalpha_interest_table[hash
                                        & (NGX_RTALPHA_INTEREST_BUCKETS - 1)],
                                      type, text, i, found);
        }

        if (text[i] == ' ') {
            return;
        }

        hash = ngx_rtalpha_interest_step(hash, text[i]);
    }

    if (len) {
        ngx_rtalpha_interest_tell(&ngx_rtalpha_interest_table[hash
                                        & (NGX_RTALPHA_INTEREST_BUCKETS - 1)],
                                  type, text, len, found);
    }
}


static void
ngx_rtalpha_interest_tell(ngx_queue_t *queue, ngx_uint_t type,
    const u_char *text, size_t len, void (*found)(void *data))
{
    ngx_queue_t             *q;
    ngx_rtalpha_interest_t  *interest;

    if (queue->next == NULL) {
        return;
    }

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        interest = ngx_queue_data(q, ngx_rtalpha_interest_t, queue);

        if (interest->type == type && interest->subject.len == len
            && (len == 0
                || ngx_strncasecmp((u_char *) text, interest->subject.data,
                                   len) == 0))
        {
            found(interest->data);
        }
    }
}
