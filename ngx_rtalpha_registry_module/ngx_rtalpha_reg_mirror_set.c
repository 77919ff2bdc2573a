
/*
 * The set of a mirror; see the header.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_mirror_set.h"
#include "ngx_rtalpha_reg_request.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_reg_settings.h"


/* deleted ones that stay in the array until a whole list comes */
#define NGX_RTALPHA_REG_MIRROR_HOLES  1000


static ngx_int_t ngx_rtalpha_reg_mirror_item(ngx_pool_t *pool,
    ngx_rtalpha_reg_sent_t *sent, uint64_t now,
    ngx_rtalpha_reg_mirrored_t *item);
static int ngx_libc_cdecl ngx_rtalpha_reg_mirror_compare(const void *one,
    const void *two);
static ngx_int_t ngx_rtalpha_reg_mirror_begin(void);
static ngx_uint_t ngx_rtalpha_reg_mirror_holds(ngx_array_t *items);
static void ngx_rtalpha_reg_mirror_cancel(ngx_rtalpha_reg_mirrored_t *old);
static void ngx_rtalpha_reg_mirror_take(ngx_rtalpha_reg_mirrored_t *new);
static ngx_int_t ngx_rtalpha_reg_mirror_keep(ngx_pool_t *pool,
    ngx_array_t *known, const ngx_rtalpha_reg_mirrored_t *item);
static ngx_rtalpha_reg_mirrored_t *ngx_rtalpha_reg_mirror_find(uint64_t key);
static ngx_int_t ngx_rtalpha_reg_mirror_insert(ngx_array_t *items,
    ngx_uint_t n);
static ngx_uint_t ngx_rtalpha_reg_mirror_count(void);


static ngx_msec_t    ngx_rtalpha_reg_mirror_since;  /* held; 0: not */

/* what was taken over, sorted; NULL: not known yet */
static ngx_array_t  *ngx_rtalpha_reg_mirror_known;
static ngx_uint_t    ngx_rtalpha_reg_mirror_holes;


ngx_int_t
ngx_rtalpha_reg_mirror_items(ngx_pool_t *pool, ngx_rtalpha_reg_list_t *list,
    uint64_t now, ngx_array_t *items)
{
    ngx_uint_t                   i, n;
    ngx_rtalpha_reg_sent_t      *sent;
    ngx_rtalpha_reg_mirrored_t  *item;

    if (ngx_array_init(items, pool, list->instances.nelts + 1,
                       sizeof(ngx_rtalpha_reg_mirrored_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    sent = list->instances.elts;
    item = items->elts;
    n = 0;

    for (i = 0; i < list->instances.nelts; i++) {

        switch (ngx_rtalpha_reg_mirror_item(pool, &sent[i], now, &item[n])) {
        case NGX_OK:
            item[n++].order = i;
            break;

        case NGX_ERROR:
            return NGX_ERROR;
        }
    }

    ngx_qsort(item, n, sizeof(ngx_rtalpha_reg_mirrored_t),
              ngx_rtalpha_reg_mirror_compare);

    for (i = 0; i < n; i++) {
        if (i + 1 == n || item[i].key != item[i + 1].key) {
            item[items->nelts++] = item[i];
        }
    }

    return NGX_OK;
}


/* FNV-1a of 64 bits; the end of the text is part of it */

static uint64_t
ngx_rtalpha_reg_mirror_hash(const ngx_str_t *text, uint64_t hash)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        hash = (hash ^ text->data[i]) * 0x100000001b3ULL;
    }

    return (hash ^ 0xff) * 0x100000001b3ULL;
}


static ngx_int_t
ngx_rtalpha_reg_mirror_item(ngx_pool_t *pool, ngx_rtalpha_reg_sent_t *sent,
    uint64_t now, ngx_rtalpha_reg_mirrored_t *item)
{
    ngx_int_t                 rc;
    ngx_str_t                 problem;
    ngx_rtalpha_reg_state_t  *st;

    ngx_memzero(item, sizeof(ngx_rtalpha_reg_mirrored_t));

    rc = ngx_rtalpha_reg_instance_check(pool, sent,
                                     &sent->doc.text[NGX_RTALPHA_REG_TEXT_APP],
                                     &problem);
    if (rc != NGX_OK || problem.len) {
        return rc == NGX_ERROR ? NGX_ERROR : NGX_DECLINED;
    }

    item->put = ngx_pcalloc(pool, sizeof(ngx_rtalpha_reg_put_t));
    if (item->put == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_reg_store_prepare(pool, sent, item->put);
    if (rc != NGX_OK) {
        return rc;
    }

    item->app = item->put->app;
    item->id = item->put->id;
    item->key = ngx_rtalpha_reg_mirror_hash(&item->id,
                  ngx_rtalpha_reg_mirror_hash(&item->app,
                                              0xcbf29ce484222325ULL));

    item->gone = sent->deleted;

    st = &item->state;
    st->status = (u_char) sent->status;
    st->overridden = (u_char) sent->overridden;
    st->dirty = item->put->dirty;
    st->lease = item->put->lease;
    st->registered = now;
    st->updated = now;
    st->action = NGX_RTALPHA_REG_ADDED;
    st->service_up = sent->status == NGX_RTALPHA_REG_UP ? now : 0;

    item->content = ngx_rtalpha_reg_mirror_hash(&item->put->doc,
                      (uint64_t) st->status << 8 | st->overridden);

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_rtalpha_reg_mirror_compare(const void *one, const void *two)
{
    const ngx_rtalpha_reg_mirrored_t  *a, *b;

    a = one;
    b = two;

    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }

    return a->order < b->order ? -1 : a->order > b->order;
}


/* what is there already: read from disk, or the former leader's */

static ngx_int_t
ngx_rtalpha_reg_mirror_begin(void)
{
    uint64_t                     seq;
    ngx_uint_t                   i;
    ngx_pool_t                  *pool;
    ngx_array_t                 *known, copies;
    ngx_rtalpha_reg_copy_t      *copy;
    ngx_rtalpha_reg_select_t     select;
    ngx_rtalpha_reg_mirrored_t   item;

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    ngx_memzero(&item, sizeof(ngx_rtalpha_reg_mirrored_t));
    select.status = NGX_RTALPHA_REG_NONE;

    pool = ngx_create_pool(16384, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    known = ngx_array_create(pool, 64, sizeof(ngx_rtalpha_reg_mirrored_t));

    if (known == NULL
        || ngx_array_init(&copies, pool, 64, sizeof(ngx_rtalpha_reg_copy_t))
           != NGX_OK
        || ngx_rtalpha_reg_select(pool, &select, &copies, &seq) == NGX_ERROR)
    {
        goto failed;
    }

    copy = copies.elts;

    for (i = 0; i < copies.nelts; i++) {
        item.app = copy[i].app;
        item.id = copy[i].id;
        item.state.status = copy[i].state.status;
        item.key = ngx_rtalpha_reg_mirror_hash(&item.id,
                     ngx_rtalpha_reg_mirror_hash(&item.app,
                                                 0xcbf29ce484222325ULL));

        if (ngx_rtalpha_reg_mirror_keep(pool, known, &item) != NGX_OK) {
            goto failed;
        }
    }

    ngx_qsort(known->elts, known->nelts, sizeof(ngx_rtalpha_reg_mirrored_t),
              ngx_rtalpha_reg_mirror_compare);

    ngx_rtalpha_reg_mirror_known = known;

    return NGX_OK;

failed:

    ngx_destroy_pool(pool);

    return NGX_ERROR;
}


/* two sorted arrays, side by side */

ngx_int_t
ngx_rtalpha_reg_mirror_whole(ngx_array_t *items)
{
    ngx_uint_t                   hold, i, k, n;
    ngx_pool_t                  *pool;
    ngx_array_t                 *known;
    ngx_rtalpha_reg_mirrored_t  *old, *new;

    if (ngx_rtalpha_reg_mirror_known == NULL
        && ngx_rtalpha_reg_mirror_begin() != NGX_OK)
    {
        return NGX_ERROR;
    }

    pool = ngx_create_pool(16384, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    known = ngx_array_create(pool, items->nelts + 1,
                             sizeof(ngx_rtalpha_reg_mirrored_t));
    if (known == NULL) {
        ngx_destroy_pool(pool);
        return NGX_ERROR;
    }

    hold = ngx_rtalpha_reg_mirror_holds(items);

    old = ngx_rtalpha_reg_mirror_known->elts;
    n = ngx_rtalpha_reg_mirror_known->nelts;
    new = items->elts;

    for (i = 0, k = 0; i < items->nelts || k < n; /* void */) {

        if (i == items->nelts || (k < n && old[k].key < new[i].key)) {

            if (hold && !old[k].gone) {
                (void) ngx_rtalpha_reg_mirror_keep(pool, known, &old[k]);

            } else {
                ngx_rtalpha_reg_mirror_cancel(&old[k]);
            }

            k++;
            continue;
        }

        if (k == n || old[k].key != new[i].key
            || old[k].content != new[i].content)
        {
            ngx_rtalpha_reg_mirror_take(&new[i]);
        }

        if (k < n && old[k].key == new[i].key) {
            k++;
        }

        (void) ngx_rtalpha_reg_mirror_keep(pool, known, &new[i++]);
    }

    ngx_destroy_pool(ngx_rtalpha_reg_mirror_known->pool);
    ngx_rtalpha_reg_mirror_known = known;
    ngx_rtalpha_reg_mirror_holes = 0;

    return NGX_OK;
}


static void
ngx_rtalpha_reg_mirror_cancel(ngx_rtalpha_reg_mirrored_t *old)
{
    if (!old->gone
        && ngx_rtalpha_reg_store_cancel(&old->app, &old->id) == NGX_HTTP_OK)
    {
        ngx_rtalpha_reg_tell(&old->app);
    }

    old->gone = 1;
    old->content = 0;
}


static void
ngx_rtalpha_reg_mirror_take(ngx_rtalpha_reg_mirrored_t *new)
{
    new->put->state = &new->state;

    if (ngx_rtalpha_reg_store_register(new->put) == NGX_OK) {
        ngx_rtalpha_reg_tell(&new->app);

    } else {
        new->content = 0;
    }
}


/*
 * A list that has lost more than self-preservation would let go is a
 * registry in trouble, or one that has just started: what it no longer has
 * is kept for a time, and as long as it has nothing at all.
 */

static ngx_uint_t
ngx_rtalpha_reg_mirror_holds(ngx_array_t *items)
{
    ngx_uint_t  n, least;

    n = ngx_rtalpha_reg_mirror_count();
    least = n * ngx_rtalpha_reg_conf.threshold / 1000000;

    if (items->nelts >= n
        || (items->nelts
            && (items->nelts >= least
                || n - items->nelts <= (ngx_uint_t)
                                       ngx_rtalpha_reg_conf.floor)))
    {
        ngx_rtalpha_reg_mirror_since = 0;
        return 0;
    }

    if (ngx_rtalpha_reg_mirror_since == 0) {
        ngx_rtalpha_reg_mirror_since = ngx_max(ngx_current_msec, 1);

        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha registry: the list has %ui instances of %ui: "
                      "those that are missing are kept for now",
                      items->nelts, n);
    }

    if (items->nelts
        && ngx_current_msec - ngx_rtalpha_reg_mirror_since
           >= ngx_rtalpha_reg_conf.mirror_hold)
    {
        ngx_rtalpha_reg_mirror_since = 0;
        return 0;
    }

    return 1;
}


static ngx_int_t
ngx_rtalpha_reg_mirror_keep(ngx_pool_t *pool, ngx_array_t *known,
    const ngx_rtalpha_reg_mirrored_t *item)
{
    u_char                      *p;
    ngx_rtalpha_reg_mirrored_t  *kept;

    p = ngx_pnalloc(pool, item->app.len + item->id.len + 1);
    kept = ngx_array_push(known);

    if (p == NULL || kept == NULL) {
        return NGX_ERROR;
    }

    *kept = *item;
    kept->put = NULL;
    kept->app.data = p;
    kept->id.data = ngx_cpymem(p, item->app.data, item->app.len);
    ngx_memcpy(kept->id.data, item->id.data, item->id.len);

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_reg_mirror_held(void)
{
    return ngx_rtalpha_reg_mirror_since != 0;
}


static ngx_uint_t
ngx_rtalpha_reg_mirror_count(void)
{
    return ngx_rtalpha_reg_mirror_known->nelts - ngx_rtalpha_reg_mirror_holes;
}


void
ngx_rtalpha_reg_mirror_forget(void)
{
    if (ngx_rtalpha_reg_mirror_known) {
        ngx_destroy_pool(ngx_rtalpha_reg_mirror_known->pool);
        ngx_rtalpha_reg_mirror_known = NULL;
        ngx_rtalpha_reg_mirror_holes = 0;
    }
}


/*
 * Changes are made in place; those that are new are counted first and put
 * between the others in one go.
 */

ngx_int_t
ngx_rtalpha_reg_mirror_changes(ngx_array_t *items)
{
    ngx_uint_t                   i, n, new, gone;
    ngx_rtalpha_reg_mirrored_t  *item, *old;

    if (ngx_rtalpha_reg_mirror_known == NULL
        || ngx_rtalpha_reg_mirror_since
        || ngx_rtalpha_reg_mirror_holes > NGX_RTALPHA_REG_MIRROR_HOLES)
    {
        return NGX_DECLINED;
    }

    item = items->elts;
    n = ngx_rtalpha_reg_mirror_count();
    new = gone = 0;

    for (i = 0; i < items->nelts; i++) {
        old = ngx_rtalpha_reg_mirror_find(item[i].key);
        new += (old == NULL && !item[i].gone);
        gone += (old && !old->gone && item[i].gone);
    }

    if (gone > (ngx_uint_t) ngx_rtalpha_reg_conf.floor
        && n - gone < n * ngx_rtalpha_reg_conf.threshold / 1000000)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < items->nelts; i++) {
        old = ngx_rtalpha_reg_mirror_find(item[i].key);

        if (old == NULL) {
            continue;
        }

        if (item[i].gone) {
            ngx_rtalpha_reg_mirror_holes += !old->gone;
            ngx_rtalpha_reg_mirror_cancel(old);

        } else if (old->content != item[i].content) {
            ngx_rtalpha_reg_mirror_take(&item[i]);
            ngx_rtalpha_reg_mirror_holes -= old->gone;
            old->gone = 0;
            old->state = item[i].state;
            old->content = item[i].content;
        }
    }

    return new ? ngx_rtalpha_reg_mirror_insert(items, new) : NGX_OK;
}


static ngx_rtalpha_reg_mirrored_t *
ngx_rtalpha_reg_mirror_find(uint64_t key)
{
    ngx_uint_t                   low, high, i;
    ngx_rtalpha_reg_mirrored_t  *known;

    known = ngx_rtalpha_reg_mirror_known->elts;
    low = 0;
    high = ngx_rtalpha_reg_mirror_known->nelts;

    while (low < high) {
        i = low + (high - low) / 2;

        if (known[i].key == key) {
            return &known[i];
        }

        if (known[i].key < key) {
            low = i + 1;

        } else {
            high = i;
        }
    }

    return NULL;
}


/* n of the items are not known: from the end, each to its place */

static ngx_int_t
ngx_rtalpha_reg_mirror_insert(ngx_array_t *items, ngx_uint_t n)
{
    u_char                      *new;
    ngx_uint_t                   i, k, to;
    ngx_array_t                 *known, added;
    ngx_rtalpha_reg_mirrored_t  *item, *elts;

    known = ngx_rtalpha_reg_mirror_known;
    item = items->elts;

    if (ngx_array_init(&added, items->pool, n,
                       sizeof(ngx_rtalpha_reg_mirrored_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < items->nelts; i++) {

        if (item[i].gone || ngx_rtalpha_reg_mirror_find(item[i].key)) {
            continue;
        }

        ngx_rtalpha_reg_mirror_take(&item[i]);

        if (ngx_rtalpha_reg_mirror_keep(known->pool, &added, &item[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    i = known->nelts;
    k = added.nelts;

    new = ngx_array_push_n(known, k);
    if (new == NULL) {
        return NGX_ERROR;
    }

    elts = known->elts;
    item = added.elts;

    for (to = i + k; k; /* void */) {
        if (i && elts[i - 1].key > item[k - 1].key) {
            elts[--to] = elts[--i];

        } else {
            elts[--to] = item[--k];
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_reg_mirror_agrees(const ngx_str_t *hash)
{
    u_char                      *last;
    uint64_t                     counts[NGX_RTALPHA_REG_STATUSES];
    ngx_uint_t                   i;
    ngx_rtalpha_reg_mirrored_t  *known;
    u_char                       text[NGX_RTALPHA_REG_STATUSES * 48];

    if (ngx_rtalpha_reg_mirror_known == NULL) {
        return 0;
    }

    ngx_memzero(counts, sizeof(counts));
    known = ngx_rtalpha_reg_mirror_known->elts;

    for (i = 0; i < ngx_rtalpha_reg_mirror_known->nelts; i++) {
        if (!known[i].gone) {
            counts[known[i].state.status]++;
        }
    }

    last = ngx_rtalpha_reg_status_hash(text, counts);

    return hash->len == (size_t) (last - text)
           && ngx_memcmp(hash->data, text, hash->len) == 0;
}
