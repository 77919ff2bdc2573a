
/*
 * The queue for peers; see the header.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_queue.h"


/* operations copied in one locked section */
#define NGX_RTALPHA_REG_QUEUE_SLICE  32

#define NGX_RTALPHA_REG_QUEUE_INLINE                                          \
    (NGX_RTALPHA_ZONE_RECORD_MAX - offsetof(ngx_rtalpha_reg_op_t, text))


static void ngx_rtalpha_reg_queue_drop(void);
static void ngx_rtalpha_reg_queue_settle(ngx_pool_t *pool, ngx_array_t *ops,
    ngx_rtalpha_pin_t **pins, ngx_uint_t n);


uint64_t
ngx_rtalpha_reg_queue_last(void)
{
    return *(volatile uint64_t *) &ngx_rtalpha_reg_root->queue.number;
}


ngx_uint_t
ngx_rtalpha_reg_queue_length(void)
{
    return ngx_rtalpha_reg_root->queue.n;
}


void
ngx_rtalpha_reg_queue_add(const ngx_str_t *text, uint32_t key, uint32_t only,
    ngx_msec_t life, ngx_uint_t limit)
{
    size_t                    size;
    ngx_rtalpha_pin_t        *pin;
    ngx_rtalpha_reg_op_t     *op;
    ngx_rtalpha_reg_queue_t  *q;

    q = &ngx_rtalpha_reg_root->queue;
    pin = NULL;
    size = text->len;

    if (size > NGX_RTALPHA_REG_QUEUE_INLINE) {
        pin = ngx_rtalpha_blob_create(text->data, text->len);
        if (pin == NULL) {
            return;
        }

        size = 0;
    }

    ngx_rtalpha_zone_lock();

    while (q->n >= limit) {
        ngx_rtalpha_reg_queue_drop();
        q->dropped++;
    }

    op = ngx_rtalpha_zone_alloc(ngx_max(sizeof(ngx_rtalpha_reg_op_t),
                                   offsetof(ngx_rtalpha_reg_op_t, text)
                                   + size));
    if (op) {
        op->number = ++q->number;
        op->made = ngx_rtalpha_reg_clock();
        op->ends = op->made + life;
        op->key = key;
        op->only = only;
        op->len = (uint32_t) text->len;

        if (pin) {
            op->blob = ngx_rtalpha_blob_of(pin);
            ngx_rtalpha_blob_hold(op->blob);

        } else {
            ngx_memcpy(op->text, text->data, text->len);
        }

        if (q->last) {
            q->last->next = op;

        } else {
            q->first = op;
        }

        q->last = op;
        q->n++;

    } else {
        q->dropped++;
    }

    if (pin) {
        ngx_rtalpha_blob_unpin_locked(pin);
    }

    ngx_rtalpha_zone_unlock();
}


static void
ngx_rtalpha_reg_queue_drop(void)
{
    ngx_rtalpha_reg_op_t     *op;
    ngx_rtalpha_reg_queue_t  *q;

    q = &ngx_rtalpha_reg_root->queue;
    op = q->first;

    q->first = op->next;

    if (q->first == NULL) {
        q->last = NULL;
    }

    q->n--;

    if (op->blob) {
        ngx_rtalpha_blob_drop(op->blob);
    }

    ngx_rtalpha_zone_free(op);
}


ngx_int_t
ngx_rtalpha_reg_queue_read(ngx_pool_t *pool, uint32_t peer, uint64_t *number,
    ngx_uint_t max, ngx_array_t *ops)
{
    u_char                    *p;
    uint64_t                   clock;
    ngx_uint_t                 n;
    ngx_rtalpha_reg_op_t      *op;
    ngx_rtalpha_reg_queue_t   *q;
    ngx_rtalpha_reg_queued_t  *out;
    ngx_rtalpha_pin_t         *pins[NGX_RTALPHA_REG_QUEUE_SLICE];

    q = &ngx_rtalpha_reg_root->queue;
    clock = ngx_rtalpha_reg_clock();

    do {
        p = ngx_pnalloc(pool, NGX_RTALPHA_REG_QUEUE_SLICE
                              * NGX_RTALPHA_ZONE_RECORD_MAX);
        if (p == NULL) {
            return NGX_ERROR;
        }

        n = 0;

        ngx_rtalpha_zone_lock();

        for (op = q->first;
             op && n < NGX_RTALPHA_REG_QUEUE_SLICE && ops->nelts < max;
             op = op->next)
        {
            if (op->number <= *number) {
                continue;
            }

            *number = op->number;

            if (op->ends < clock || (op->only && op->only != peer)) {
                continue;
            }

            out = ngx_array_push(ops);
            if (out == NULL) {
                break;
            }

            out->number = op->number;
            out->key = op->key;
            out->text.len = op->len;
            out->text.data = p;
            pins[n] = NULL;

            if (op->blob) {
                pins[n] = ngx_rtalpha_blob_pin(op->blob);
                out->text.data = NULL;

            } else {
                p = ngx_cpymem(p, op->text, op->len);
            }

            n++;
        }

        ngx_rtalpha_zone_unlock();

        ngx_rtalpha_reg_queue_settle(pool, ops, pins, n);

    } while (n == NGX_RTALPHA_REG_QUEUE_SLICE && ops->nelts < max);

    return NGX_OK;
}


/* the texts of the last n operations that are blobs; empty: no memory */

static void
ngx_rtalpha_reg_queue_settle(ngx_pool_t *pool, ngx_array_t *ops,
    ngx_rtalpha_pin_t **pins, ngx_uint_t n)
{
    ngx_str_t                  bytes;
    ngx_uint_t                 i;
    ngx_rtalpha_reg_queued_t  *out;

    out = ops->elts;
    out += ops->nelts - n;

    for (i = 0; i < n; i++) {

        if (pins[i]) {

            if (ngx_rtalpha_blob_flat(pool, ngx_rtalpha_blob_of(pins[i]),
                                      &bytes)
                == NGX_OK)
            {
                out[i].text.data = ngx_pnalloc(pool, bytes.len + 1);

                if (out[i].text.data) {
                    ngx_memcpy(out[i].text.data, bytes.data, bytes.len);
                }
            }

            ngx_rtalpha_blob_unpin(pins[i]);
        }

        if (out[i].text.data == NULL) {
            out[i].text.len = 0;
        }
    }
}


void
ngx_rtalpha_reg_queue_trim(uint64_t number)
{
    ngx_uint_t                n;
    ngx_rtalpha_reg_queue_t  *q;

    q = &ngx_rtalpha_reg_root->queue;

    do {
        ngx_rtalpha_zone_lock();

        for (n = 0; n < 128; n++) {
            if (q->first == NULL || q->first->number > number) {
                break;
            }

            ngx_rtalpha_reg_queue_drop();
        }

        ngx_rtalpha_zone_unlock();

    } while (n == 128);
}
