
/*
 * Answers in the process' own memory; see the header.
 *
 * Segments are rendered one after another while others go on changing: the
 * hash code is that of the instances as they were copied, so that the answer
 * agrees with itself, and its version is the one at which it was begun.
 *
 * What took long to make is sent for some time after, even if it is no
 * longer the latest: otherwise a large registry in a full zone would do
 * nothing but render.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_apart.h"
#include "ngx_rtalpha_reg_gzip.h"
#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_reg_take.h"


/* lists of segments that came to be while one was copied */
#define NGX_RTALPHA_REG_APART_TRIES  8

/* it is sent for so many times what it took, and so many ms at least */
#define NGX_RTALPHA_REG_APART_TIMES  4
#define NGX_RTALPHA_REG_APART_LEAST  200


struct ngx_rtalpha_reg_apart_s {
    ngx_pool_t               *pool;
    ngx_chain_t              *parts;
    ngx_chain_t             **last;
    size_t                    length;
    ngx_uint_t                refs;
    uint64_t                  seq;
    uint64_t                  made;         /* ms, monotonic */
    uint64_t                  took;         /* us */
    ngx_uint_t                slices;

    /* while it is made */
    ngx_rtalpha_reg_taken_t   taken;
    ngx_rtalpha_reg_text_t    sum;
    ngx_uint_t                tries;
};


static ngx_rtalpha_reg_apart_t *ngx_rtalpha_reg_apart_create(void);
static ngx_int_t ngx_rtalpha_reg_apart_step(ngx_rtalpha_reg_apart_t *a,
    ngx_uint_t form);
static ngx_int_t ngx_rtalpha_reg_apart_segment(ngx_rtalpha_reg_apart_t *a,
    ngx_uint_t form);
static ngx_int_t ngx_rtalpha_reg_apart_comma(ngx_rtalpha_reg_apart_t *a,
    ngx_uint_t form);
static ngx_int_t ngx_rtalpha_reg_apart_text(ngx_rtalpha_reg_apart_t *a,
    ngx_rtalpha_reg_text_t *text);
static ngx_int_t ngx_rtalpha_reg_apart_end(ngx_rtalpha_reg_apart_t *a,
    ngx_uint_t form);
static ngx_int_t ngx_rtalpha_reg_apart_again(ngx_rtalpha_reg_apart_t *a);
static ngx_int_t ngx_rtalpha_reg_apart_add(ngx_rtalpha_reg_apart_t *a,
    const ngx_str_t *bytes);
static ngx_chain_t *ngx_rtalpha_reg_apart_link(ngx_rtalpha_reg_apart_t *a,
    const ngx_str_t *bytes);
static void ngx_rtalpha_reg_given_cleanup(void *data);


static size_t  ngx_rtalpha_reg_apart_bytes;     /* of all in this process */


static ngx_rtalpha_reg_apart_t *
ngx_rtalpha_reg_apart_create(void)
{
    ngx_pool_t               *pool;
    ngx_rtalpha_reg_apart_t  *a;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    a = ngx_pcalloc(pool, sizeof(ngx_rtalpha_reg_apart_t));
    if (a == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    a->pool = pool;
    a->refs = 1;
    a->last = &a->parts;
    a->seq = ngx_rtalpha_reg_root->seq;
    a->taken.every = 1;

    return a;
}


ngx_int_t
ngx_rtalpha_reg_apart_renew(ngx_rtalpha_reg_apart_pair_t *pair,
    ngx_uint_t form, const ngx_str_t *app, uint64_t usec)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_reg_apart_list(&pair->making, form, app, usec);

    if (rc == NGX_OK) {

        if (pair->made) {
            ngx_rtalpha_reg_apart_drop(pair->made);
        }

        pair->made = pair->making;
        pair->making = NULL;
    }

    return rc;
}


void
ngx_rtalpha_reg_apart_empty(ngx_rtalpha_reg_apart_pair_t *pair)
{
    if (pair->made) {
        ngx_rtalpha_reg_apart_drop(pair->made);
        pair->made = NULL;
    }

    if (pair->making) {
        ngx_rtalpha_reg_apart_drop(pair->making);
        pair->making = NULL;
    }
}


ngx_rtalpha_reg_apart_t *
ngx_rtalpha_reg_apart_copy(const ngx_str_t *bytes, uint64_t seq,
    ngx_uint_t slow)
{
    ngx_rtalpha_reg_apart_t  *a;

    a = ngx_rtalpha_reg_apart_create();
    if (a == NULL) {
        return NULL;
    }

    a->seq = seq;
    a->slices = slow ? 2 : 1;
    a->made = ngx_rtalpha_reg_clock();

    if (ngx_rtalpha_reg_apart_add(a, bytes) != NGX_OK) {
        ngx_rtalpha_reg_apart_drop(a);
        return NULL;
    }

    ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_APART, 1);

    return a;
}


ngx_int_t
ngx_rtalpha_reg_apart_list(ngx_rtalpha_reg_apart_t **apart, ngx_uint_t form,
    const ngx_str_t *app, uint64_t usec)
{
    uint64_t                  begun, spent;
    ngx_int_t                 rc;
    ngx_rtalpha_reg_apart_t  *a;

    a = *apart;

    if (a == NULL) {
        a = ngx_rtalpha_reg_apart_create();
        if (a == NULL) {
            return NGX_ERROR;
        }

        if (app->len) {
            a->taken.app.data = ngx_pnalloc(a->pool, app->len);
            if (a->taken.app.data == NULL) {
                ngx_rtalpha_reg_apart_drop(a);
                return NGX_ERROR;
            }

            ngx_memcpy(a->taken.app.data, app->data, app->len);
            a->taken.app.len = app->len;
            a->seq = ngx_rtalpha_reg_select_version(app);
        }

        *apart = a;
    }

    begun = ngx_rtalpha_reg_take_usec();

    do {
        rc = ngx_rtalpha_reg_apart_step(a, form);
        spent = ngx_rtalpha_reg_take_usec() - begun;

    } while (rc == NGX_AGAIN && spent < usec);

    a->took += spent;
    a->slices++;

    if (rc == NGX_OK) {
        a->made = ngx_rtalpha_reg_clock();

        if (app->len == 0) {
            ngx_rtalpha_reg_count(NGX_RTALPHA_REG_COUNT_APART, 1);
        }
    }

    if (rc == NGX_ERROR) {
        ngx_rtalpha_reg_apart_drop(a);
        *apart = NULL;
    }

    return rc;
}


/* one segment more; NGX_OK: that was all */

static ngx_int_t
ngx_rtalpha_reg_apart_step(ngx_rtalpha_reg_apart_t *a, ngx_uint_t form)
{
    ngx_int_t  rc;

    rc = ngx_rtalpha_reg_take(form, &a->taken);

    switch (rc) {

    case NGX_OK:
        rc = ngx_rtalpha_reg_apart_segment(a, form);
        return rc == NGX_OK ? NGX_AGAIN : NGX_ERROR;

    case NGX_DONE:
        return ngx_rtalpha_reg_apart_end(a, form);

    case NGX_AGAIN:
        return ngx_rtalpha_reg_apart_again(a);

    default:
        return NGX_ERROR;
    }
}


static ngx_int_t
ngx_rtalpha_reg_apart_segment(ngx_rtalpha_reg_apart_t *a, ngx_uint_t form)
{
    ngx_rtalpha_reg_text_t  text;

    if (a->parts
        && (a->taken.edges & NGX_RTALPHA_REG_OPEN)
        && !(form & NGX_RTALPHA_REG_FORM_XML)
        && ngx_rtalpha_reg_apart_comma(a, form) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_take_text(form, &a->taken, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_reg_apart_text(a, &text);
}


static ngx_int_t
ngx_rtalpha_reg_apart_comma(ngx_rtalpha_reg_apart_t *a, ngx_uint_t form)
{
    ngx_str_t               bytes;
    ngx_rtalpha_reg_text_t  text;

    ngx_str_set(&bytes, ",");
    ngx_memzero(&text, sizeof(ngx_rtalpha_reg_text_t));
    text.bytes = bytes;

    if ((form & NGX_RTALPHA_REG_FORM_GZIP)
        && ngx_rtalpha_reg_take_part(&bytes, &text) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_reg_apart_text(a, &text);
}


static ngx_int_t
ngx_rtalpha_reg_apart_text(ngx_rtalpha_reg_apart_t *a,
    ngx_rtalpha_reg_text_t *text)
{
    ngx_uint_t  i;

    a->sum.crc = ngx_rtalpha_reg_gzip_combine(a->sum.crc, text->crc,
                                              text->raw);
    a->sum.raw += text->raw;

    for (i = 0; i < NGX_RTALPHA_REG_STATUSES; i++) {
        a->sum.counts[i] += text->counts[i];
    }

    return ngx_rtalpha_reg_apart_add(a, &text->bytes);
}


static ngx_int_t
ngx_rtalpha_reg_apart_end(ngx_rtalpha_reg_apart_t *a, ngx_uint_t form)
{
    ngx_int_t    (*frame)(ngx_uint_t form, ngx_uint_t edge,
                          ngx_rtalpha_reg_text_t *text);
    ngx_chain_t   *head;

    frame = a->taken.app.len ? ngx_rtalpha_reg_take_only
                             : ngx_rtalpha_reg_take_frame;

    if (frame(form, NGX_RTALPHA_REG_OPEN, &a->sum) != NGX_OK) {
        return NGX_ERROR;
    }

    if (a->sum.bytes.len) {
        head = ngx_rtalpha_reg_apart_link(a, &a->sum.bytes);
        if (head == NULL) {
            return NGX_ERROR;
        }

        head->next = a->parts;
        a->parts = head;

        if (a->last == &a->parts) {
            a->last = &head->next;
        }
    }

    if (frame(form, NGX_RTALPHA_REG_CLOSE, &a->sum) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_reg_apart_add(a, &a->sum.bytes);
}


/* from the beginning: what was made belongs to another list */

static ngx_int_t
ngx_rtalpha_reg_apart_again(ngx_rtalpha_reg_apart_t *a)
{
    if (++a->tries == NGX_RTALPHA_REG_APART_TRIES) {
        return NGX_ERROR;
    }

    while (a->parts) {
        ngx_free(a->parts->buf->start);
        a->parts = a->parts->next;
    }

    ngx_rtalpha_reg_apart_bytes -= a->length;

    a->last = &a->parts;
    a->length = 0;
    a->seq = a->taken.app.len
             ? ngx_rtalpha_reg_select_version(&a->taken.app)
             : ngx_rtalpha_reg_root->seq;
    a->taken.seg = NULL;
    a->taken.piece = NULL;
    ngx_memzero(&a->sum, sizeof(ngx_rtalpha_reg_text_t));

    return NGX_AGAIN;
}


static ngx_int_t
ngx_rtalpha_reg_apart_add(ngx_rtalpha_reg_apart_t *a, const ngx_str_t *bytes)
{
    ngx_chain_t  *cl;

    if (bytes->len == 0) {
        return NGX_OK;
    }

    cl = ngx_rtalpha_reg_apart_link(a, bytes);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    *a->last = cl;
    a->last = &cl->next;

    return NGX_OK;
}


/* a copy of the bytes, counted */

static ngx_chain_t *
ngx_rtalpha_reg_apart_link(ngx_rtalpha_reg_apart_t *a,
    const ngx_str_t *bytes)
{
    u_char       *p;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (ngx_rtalpha_reg_apart_bytes + bytes->len
        > ngx_rtalpha_reg_conf.max_answer)
    {
        return NULL;
    }

    cl = ngx_alloc_chain_link(a->pool);
    b = ngx_calloc_buf(a->pool);
    p = ngx_alloc(bytes->len + 1, ngx_cycle->log);

    if (cl == NULL || b == NULL || p == NULL) {
        ngx_free(p);
        return NULL;
    }

    ngx_memcpy(p, bytes->data, bytes->len);

    b->start = p;
    b->pos = p;
    b->last = p + bytes->len;
    b->end = b->last;
    b->memory = 1;

    cl->buf = b;
    cl->next = NULL;

    a->length += bytes->len;
    ngx_rtalpha_reg_apart_bytes += bytes->len;

    return cl;
}


ngx_uint_t
ngx_rtalpha_reg_apart_fresh(const ngx_rtalpha_reg_apart_t *a, uint64_t seq)
{
    uint64_t  span;

    if (a->seq == seq) {
        return 1;
    }

    if (a->slices < 2) {
        return 0;
    }

    span = ngx_max(NGX_RTALPHA_REG_APART_TIMES * a->took / 1000,
                   NGX_RTALPHA_REG_APART_LEAST);

    return ngx_rtalpha_reg_clock() - a->made < span;
}


void
ngx_rtalpha_reg_apart_give(ngx_rtalpha_reg_apart_t *a,
    ngx_rtalpha_reg_given_t *given)
{
    a->refs++;
    given->pin = NULL;
    given->apart = a;
    given->seq = a->seq;
}


void
ngx_rtalpha_reg_apart_drop(ngx_rtalpha_reg_apart_t *a)
{
    ngx_chain_t  *cl;

    if (--a->refs) {
        return;
    }

    for (cl = a->parts; cl; cl = cl->next) {
        ngx_free(cl->buf->start);
    }

    ngx_rtalpha_reg_apart_bytes -= a->length;
    ngx_destroy_pool(a->pool);
}


void
ngx_rtalpha_reg_given_release(ngx_rtalpha_reg_given_t *given)
{
    if (given->pin) {
        ngx_rtalpha_blob_unpin(given->pin);

    } else {
        ngx_rtalpha_reg_apart_drop(given->apart);
    }
}


ngx_int_t
ngx_rtalpha_reg_given_send(ngx_http_request_t *r, const ngx_str_t *type,
    ngx_rtalpha_reg_given_t *given)
{
    ngx_buf_t           *b;
    ngx_chain_t         *cl, *out, **last;
    ngx_pool_cleanup_t  *cln;

    if (given->pin) {
        return ngx_rtalpha_answer_blob(r, NGX_HTTP_OK, type, given->pin);
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL) {
        ngx_rtalpha_reg_apart_drop(given->apart);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_rtalpha_reg_given_cleanup;
    cln->data = given->apart;

    out = NULL;
    last = &out;

    for (cl = given->apart->parts; cl; cl = cl->next) {
        *last = ngx_alloc_chain_link(r->pool);
        b = ngx_calloc_buf(r->pool);

        if (*last == NULL || b == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        *b = *cl->buf;
        (*last)->buf = b;
        last = &(*last)->next;
    }

    *last = NULL;

    return ngx_rtalpha_answer_chain(r, NGX_HTTP_OK, type, out,
                                    (off_t) given->apart->length);
}


static void
ngx_rtalpha_reg_given_cleanup(void *data)
{
    ngx_rtalpha_reg_apart_drop(data);
}
