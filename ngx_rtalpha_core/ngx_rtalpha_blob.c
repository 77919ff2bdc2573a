
/*
 * Blobs: bytes in single pages of the zone, or a list of other blobs.
 *
 * The bytes are described by pieces.  Pages come one at a time, and in a
 * zone that is not crowded the next one is the neighbour of the last: then
 * the piece grows, and a 64 KB blob is sent as one buffer.  A tail of up to
 * 2 KB lies in a record.  The first pieces are in the blob's own record of
 * 64 bytes, more in tables that hang on it.
 *
 * A piece that begins at a page's border is made of pages, any other is a
 * record: records never begin there.
 */


#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_slot.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_BLOB_INLINE  2
#define NGX_RTALPHA_BLOB_TABLE                                                \
    ((1024 - offsetof(ngx_rtalpha_blob_table_t, pieces))                      \
     / sizeof(ngx_rtalpha_blob_piece_t))

/* pages taken in one locked section */
#define NGX_RTALPHA_BLOB_STRIDE  16

#define NGX_RTALPHA_BLOB_PARTS   4096


typedef struct {
    void                      *data;    /* bytes, or a blob if joined */
    size_t                     len;
} ngx_rtalpha_blob_piece_t;


typedef struct ngx_rtalpha_blob_table_s  ngx_rtalpha_blob_table_t;

struct ngx_rtalpha_blob_table_s {
    ngx_rtalpha_blob_table_t  *next;
    ngx_uint_t                 n;
    ngx_rtalpha_blob_piece_t   pieces[1];
};


struct ngx_rtalpha_blob_s {
    size_t                     len;
    uint32_t                   refs;
    uint16_t                   n;       /* pieces in this record */
    uint16_t                   joined;
    ngx_rtalpha_blob_table_t  *tables;
    ngx_rtalpha_blob_table_t  *last;
    ngx_rtalpha_blob_piece_t   pieces[NGX_RTALPHA_BLOB_INLINE];
};


/* where a walk over the pieces stands */
typedef struct {
    ngx_rtalpha_blob_piece_t  *piece;
    ngx_uint_t                 left;
    ngx_rtalpha_blob_table_t  *table;
} ngx_rtalpha_blob_walk_t;


static ngx_rtalpha_pin_t *ngx_rtalpha_blob_begin(void);
static ngx_int_t ngx_rtalpha_blob_extend(ngx_rtalpha_blob_t *blob,
    const u_char *data, size_t len);
static size_t ngx_rtalpha_blob_extend_once(ngx_rtalpha_blob_t *blob,
    size_t len, u_char **to);
static ngx_rtalpha_blob_piece_t *ngx_rtalpha_blob_piece_add(
    ngx_rtalpha_blob_t *blob);
static ngx_rtalpha_blob_piece_t *ngx_rtalpha_blob_piece_last(
    ngx_rtalpha_blob_t *blob);
static void ngx_rtalpha_blob_destroy(ngx_rtalpha_blob_t *blob);
static void ngx_rtalpha_blob_piece_free(ngx_rtalpha_blob_t *blob,
    ngx_rtalpha_blob_piece_t *piece);
static ngx_rtalpha_blob_piece_t *ngx_rtalpha_blob_first(
    const ngx_rtalpha_blob_t *blob, ngx_rtalpha_blob_walk_t *walk);
static ngx_rtalpha_blob_piece_t *ngx_rtalpha_blob_next(
    ngx_rtalpha_blob_walk_t *walk);
static void ngx_rtalpha_blob_unpin_cleanup(void *data);
static u_char *ngx_rtalpha_blob_copy(const ngx_rtalpha_blob_t *blob,
    u_char *p);


ngx_rtalpha_pin_t *
ngx_rtalpha_blob_create(const u_char *data, size_t len)
{
    ngx_rtalpha_pin_t  *pin;

    pin = ngx_rtalpha_blob_begin();
    if (pin == NULL) {
        return NULL;
    }

    if (ngx_rtalpha_blob_extend(pin->blob, data, len) != NGX_OK) {
        ngx_rtalpha_blob_unpin(pin);
        return NULL;
    }

    return pin;
}


ngx_rtalpha_pin_t *
ngx_rtalpha_blob_join(ngx_rtalpha_blob_t **parts, ngx_uint_t n)
{
    ngx_uint_t                 i;
    ngx_rtalpha_pin_t         *pin;
    ngx_rtalpha_blob_t        *blob;
    ngx_rtalpha_blob_piece_t  *piece;

    if (n > NGX_RTALPHA_BLOB_PARTS) {
        return NULL;
    }

    pin = ngx_rtalpha_blob_begin();
    if (pin == NULL) {
        return NULL;
    }

    blob = pin->blob;

    ngx_rtalpha_zone_lock();

    blob->joined = 1;

    for (i = 0; i < n; i++) {
        piece = ngx_rtalpha_blob_piece_add(blob);

        if (piece == NULL) {
            ngx_rtalpha_blob_unpin_locked(pin);
            pin = NULL;
            break;
        }

        ngx_rtalpha_blob_hold(parts[i]);
        piece->data = parts[i];
        piece->len = parts[i]->len;
        blob->len += piece->len;
    }

    ngx_rtalpha_zone_unlock();

    return pin;
}


size_t
ngx_rtalpha_blob_len(const ngx_rtalpha_blob_t *blob)
{
    return blob->len;
}


static ngx_rtalpha_pin_t *
ngx_rtalpha_blob_begin(void)
{
    ngx_rtalpha_pin_t   *pin;
    ngx_rtalpha_blob_t  *blob;

    ngx_rtalpha_zone_lock();

    pin = NULL;
    blob = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_blob_t));

    if (blob) {
        pin = ngx_rtalpha_blob_pin(blob);

        if (pin == NULL) {
            ngx_rtalpha_zone_free(blob);
        }
    }

    ngx_rtalpha_zone_unlock();

    return pin;
}


static ngx_int_t
ngx_rtalpha_blob_extend(ngx_rtalpha_blob_t *blob, const u_char *data,
    size_t len)
{
    u_char      *to[NGX_RTALPHA_BLOB_STRIDE];
    size_t       size, want;
    ngx_uint_t   i, n;

    while (len) {
        want = len;

        ngx_rtalpha_zone_lock();

        for (n = 0; n < NGX_RTALPHA_BLOB_STRIDE && want; n++) {
            size = ngx_rtalpha_blob_extend_once(blob, want, &to[n]);
            if (size == 0) {
                break;
            }

            want -= size;
        }

        ngx_rtalpha_zone_unlock();

        if (n == 0) {
            return NGX_ERROR;
        }

        for (i = 0; i < n; i++) {
            size = ngx_min(len, ngx_pagesize);
            ngx_memcpy(to[i], data, size);
            data += size;
            len -= size;
        }
    }

    return NGX_OK;
}


/* room for up to a page; how much of len it holds, 0: the zone is full */

static size_t
ngx_rtalpha_blob_extend_once(ngx_rtalpha_blob_t *blob, size_t len,
    u_char **to)
{
    u_char                    *data;
    size_t                     size;
    ngx_rtalpha_blob_piece_t  *piece;

    if (len <= NGX_RTALPHA_ZONE_RECORD_MAX) {
        data = ngx_rtalpha_zone_alloc(len);
        size = len;

    } else {
        data = ngx_rtalpha_zone_page();
        size = ngx_min(len, ngx_pagesize);
    }

    if (data == NULL) {
        return 0;
    }

    piece = ngx_rtalpha_blob_piece_last(blob);

    if (piece
        && len > NGX_RTALPHA_ZONE_RECORD_MAX
        && (u_char *) piece->data + piece->len == data)
    {
        piece->len += size;

    } else {
        piece = ngx_rtalpha_blob_piece_add(blob);

        if (piece == NULL) {
            if (len <= NGX_RTALPHA_ZONE_RECORD_MAX) {
                ngx_rtalpha_zone_free(data);
            } else {
                ngx_rtalpha_zone_array_free(data);
            }

            return 0;
        }

        piece->data = data;
        piece->len = size;
    }

    blob->len += size;
    *to = data;

    return size;
}


static ngx_rtalpha_blob_piece_t *
ngx_rtalpha_blob_piece_add(ngx_rtalpha_blob_t *blob)
{
    ngx_rtalpha_blob_table_t  *table;

    if (blob->n < NGX_RTALPHA_BLOB_INLINE) {
        return &blob->pieces[blob->n++];
    }

    table = blob->last;

    if (table == NULL || table->n == NGX_RTALPHA_BLOB_TABLE) {
        table = ngx_rtalpha_zone_alloc(1024);
        if (table == NULL) {
            return NULL;
        }

        if (blob->last) {
            blob->last->next = table;
        } else {
            blob->tables = table;
        }

        blob->last = table;
    }

    return &table->pieces[table->n++];
}


static ngx_rtalpha_blob_piece_t *
ngx_rtalpha_blob_piece_last(ngx_rtalpha_blob_t *blob)
{
    if (blob->last) {
        return &blob->last->pieces[blob->last->n - 1];
    }

    return blob->n ? &blob->pieces[blob->n - 1] : NULL;
}


ngx_rtalpha_pin_t *
ngx_rtalpha_blob_pin(ngx_rtalpha_blob_t *blob)
{
    ngx_rtalpha_pin_t  *pin;

    pin = ngx_rtalpha_slot_cell();
    if (pin == NULL) {
        return NULL;
    }

    blob->refs++;
    ngx_memory_barrier();
    pin->blob = blob;

    return pin;
}


void
ngx_rtalpha_blob_unpin_locked(ngx_rtalpha_pin_t *pin)
{
    ngx_rtalpha_blob_t  *blob;

    blob = pin->blob;
    pin->blob = NULL;
    ngx_memory_barrier();

    ngx_rtalpha_slot_cell_free(pin);
    ngx_rtalpha_blob_drop(blob);
}


void
ngx_rtalpha_blob_unpin(ngx_rtalpha_pin_t *pin)
{
    if (!ngx_rtalpha_slot_attached()) {
        /* the process has given up its slot, and all pins with it */
        return;
    }

    ngx_rtalpha_zone_lock();
    ngx_rtalpha_blob_unpin_locked(pin);
    ngx_rtalpha_zone_unlock();
}


void
ngx_rtalpha_blob_hold(ngx_rtalpha_blob_t *blob)
{
    blob->refs++;
}


void
ngx_rtalpha_blob_drop(ngx_rtalpha_blob_t *blob)
{
    if (--blob->refs == 0) {
        ngx_rtalpha_blob_destroy(blob);
    }
}


static void
ngx_rtalpha_blob_destroy(ngx_rtalpha_blob_t *blob)
{
    ngx_uint_t                 i;
    ngx_rtalpha_blob_table_t  *table;

    for (i = 0; i < blob->n; i++) {
        ngx_rtalpha_blob_piece_free(blob, &blob->pieces[i]);
    }

    while (blob->tables) {
        table = blob->tables;

        for (i = 0; i < table->n; i++) {
            ngx_rtalpha_blob_piece_free(blob, &table->pieces[i]);
        }

        blob->tables = table->next;
        ngx_rtalpha_zone_free(table);
    }

    ngx_rtalpha_zone_free(blob);
}


static void
ngx_rtalpha_blob_piece_free(ngx_rtalpha_blob_t *blob,
    ngx_rtalpha_blob_piece_t *piece)
{
    u_char  *p, *last;

    if (piece->data == NULL) {
        return;
    }

    if (blob->joined) {
        ngx_rtalpha_blob_drop(piece->data);
        return;
    }

    if ((uintptr_t) piece->data & (ngx_pagesize - 1)) {
        ngx_rtalpha_zone_free(piece->data);
        return;
    }

    last = (u_char *) piece->data + piece->len;

    for (p = piece->data; p < last; p += ngx_pagesize) {
        ngx_rtalpha_zone_array_free(p);
    }
}


static ngx_rtalpha_blob_piece_t *
ngx_rtalpha_blob_first(const ngx_rtalpha_blob_t *blob,
    ngx_rtalpha_blob_walk_t *walk)
{
    walk->piece = (ngx_rtalpha_blob_piece_t *) blob->pieces;
    walk->left = blob->n;
    walk->table = blob->tables;

    return ngx_rtalpha_blob_next(walk);
}


static ngx_rtalpha_blob_piece_t *
ngx_rtalpha_blob_next(ngx_rtalpha_blob_walk_t *walk)
{
    if (walk->left == 0) {
        if (walk->table == NULL) {
            return NULL;
        }

        walk->piece = walk->table->pieces;
        walk->left = walk->table->n;
        walk->table = walk->table->next;
    }

    walk->left--;

    return walk->piece++;
}


ngx_int_t
ngx_rtalpha_blob_unpin_later(ngx_pool_t *pool, ngx_rtalpha_pin_t *pin)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);

    if (cln == NULL) {
        ngx_rtalpha_blob_unpin(pin);
        return NGX_ERROR;
    }

    cln->handler = ngx_rtalpha_blob_unpin_cleanup;
    cln->data = pin;

    return NGX_OK;
}


static void
ngx_rtalpha_blob_unpin_cleanup(void *data)
{
    ngx_rtalpha_blob_unpin(data);
}


ngx_int_t
ngx_rtalpha_blob_flat(ngx_pool_t *pool, const ngx_rtalpha_blob_t *blob,
    ngx_str_t *bytes)
{
    bytes->len = blob->len;

    if (!blob->joined && blob->n == 1) {
        bytes->data = blob->pieces[0].data;
        return NGX_OK;
    }

    bytes->data = ngx_pnalloc(pool, blob->len + 1);
    if (bytes->data == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_blob_copy(blob, bytes->data);

    return NGX_OK;
}


static u_char *
ngx_rtalpha_blob_copy(const ngx_rtalpha_blob_t *blob, u_char *p)
{
    ngx_rtalpha_blob_walk_t    walk;
    ngx_rtalpha_blob_piece_t  *piece;

    for (piece = ngx_rtalpha_blob_first(blob, &walk);
         piece;
         piece = ngx_rtalpha_blob_next(&walk))
    {
        if (blob->joined) {
            p = ngx_rtalpha_blob_copy(piece->data, p);
        } else {
            p = ngx_cpymem(p, piece->data, piece->len);
        }
    }

    return p;
}


ngx_int_t
ngx_rtalpha_blob_chain(ngx_pool_t *pool, const ngx_rtalpha_blob_t *blob,
    ngx_chain_t ***last)
{
    ngx_buf_t                 *b;
    ngx_chain_t               *cl;
    ngx_rtalpha_blob_walk_t    walk;
    ngx_rtalpha_blob_piece_t  *piece;

    for (piece = ngx_rtalpha_blob_first(blob, &walk);
         piece;
         piece = ngx_rtalpha_blob_next(&walk))
    {
        if (blob->joined) {
            if (ngx_rtalpha_blob_chain(pool, piece->data, last) != NGX_OK) {
                return NGX_ERROR;
            }

            continue;
        }

        cl = ngx_alloc_chain_link(pool);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        b = ngx_calloc_buf(pool);
        if (b == NULL) {
            return NGX_ERROR;
        }

        b->pos = piece->data;
        b->last = b->pos + piece->len;
        b->start = b->pos;
        b->end = b->last;
        b->memory = 1;

        cl->buf = b;
        cl->next = NULL;
        **last = cl;
        *last = &cl->next;
    }

    return NGX_OK;
}
