
/*
 * Property trees.  Entries lie in chunks that double in size, so that an
 * entry never moves and ngx_rtalpha_props_at() needs no search.  Beyond a
 * few entries a hash table with open addressing holds {hash, index + 1}.
 *
 * Keys come from files that somebody else wrote.  The hash is keyed
 * (SipHash-1-3), so that nobody can write keys that all fall into one
 * place.  In a process the key comes from addresses; in packed form it comes
 * from the content, so that equal trees are packed into equal bytes.
 */


#include "ngx_rtalpha_props.h"


#define NGX_RTALPHA_PROPS_FIRST   16        /* entries of the first chunk */
#define NGX_RTALPHA_PROPS_CHUNKS  24
#define NGX_RTALPHA_PROPS_LINEAR  8         /* up to here: no hash table */
#define NGX_RTALPHA_PROPS_MAX                                                 \
    ((NGX_RTALPHA_PROPS_FIRST << NGX_RTALPHA_PROPS_CHUNKS)                    \
     - NGX_RTALPHA_PROPS_FIRST)

#define NGX_RTALPHA_PROPS_MAGIC   0x31707472


typedef struct {
    uint32_t  hash;
    uint32_t  index;                        /* + 1; 0: empty */
} ngx_rtalpha_props_slot_t;


struct ngx_rtalpha_props_s {
    ngx_pool_t                *pool;
    uint32_t                   count;
    uint32_t                   size;        /* of slots, power of 2; or 0 */
    uint64_t                   seed[2];
    ngx_rtalpha_props_slot_t  *slots;
    ngx_rtalpha_prop_t        *chunks[NGX_RTALPHA_PROPS_CHUNKS];
};


typedef struct {
    uint32_t  magic;
    uint32_t  count;
    uint32_t  size;
    uint32_t  total;                        /* bytes, this header included */
    uint64_t  seed[2];
} ngx_rtalpha_props_head_t;


typedef struct {
    uint32_t  key;                          /* offsets from the header */
    uint32_t  key_len;
    uint32_t  text;
    uint32_t  text_len;
    uint32_t  line;
    uint32_t  column;
    uint32_t  file;
    uint32_t  type;
} ngx_rtalpha_props_entry_t;


static ngx_rtalpha_prop_t *ngx_rtalpha_props_entry(
    const ngx_rtalpha_props_t *props, ngx_uint_t i);
static ngx_rtalpha_prop_t *ngx_rtalpha_props_lookup(
    const ngx_rtalpha_props_t *props, const u_char *key, size_t len,
    uint32_t hash);
static ngx_int_t ngx_rtalpha_props_append(ngx_rtalpha_props_t *props,
    const ngx_rtalpha_prop_t *prop, uint32_t hash);
static ngx_int_t ngx_rtalpha_props_index(ngx_rtalpha_props_t *props);
static void ngx_rtalpha_props_place(ngx_rtalpha_props_slot_t *slots,
    uint32_t size, uint32_t hash, uint32_t index);
static uint64_t ngx_rtalpha_props_hash(const uint64_t *seed,
    const u_char *data, size_t len);


#define ngx_rtalpha_props_same(prop, name, n)                                 \
    ((prop)->key.len == (n)                                                   \
     && ((n) == 0 || ngx_memcmp((prop)->key.data, name, n) == 0))

#define ngx_rtalpha_props_hash32(props, key, len)                             \
    ((props)->size                                                            \
     ? (uint32_t) ngx_rtalpha_props_hash((props)->seed, key, len) : 0)


ngx_rtalpha_props_t *
ngx_rtalpha_props_create(ngx_pool_t *pool)
{
    ngx_rtalpha_props_t  *props;

    props = ngx_pcalloc(pool, sizeof(ngx_rtalpha_props_t));
    if (props == NULL) {
        return NULL;
    }

    props->pool = pool;
    props->seed[0] = (uint64_t) (uintptr_t) props;
    props->seed[1] = (uint64_t) (uintptr_t) &props;

    return props;
}


ngx_uint_t
ngx_rtalpha_props_count(const ngx_rtalpha_props_t *props)
{
    return props->count;
}


const ngx_rtalpha_prop_t *
ngx_rtalpha_props_at(const ngx_rtalpha_props_t *props, ngx_uint_t i)
{
    return ngx_rtalpha_props_entry(props, i);
}


/* chunk k begins at entry FIRST * (2^k - 1) */

static ngx_rtalpha_prop_t *
ngx_rtalpha_props_entry(const ngx_rtalpha_props_t *props, ngx_uint_t i)
{
    ngx_uint_t  k, n;

    n = i / NGX_RTALPHA_PROPS_FIRST + 1;
    k = 31 - __builtin_clz((unsigned) n);

    return &props->chunks[k][i - NGX_RTALPHA_PROPS_FIRST
                                 * (((ngx_uint_t) 1 << k) - 1)];
}


const ngx_rtalpha_prop_t *
ngx_rtalpha_props_find(const ngx_rtalpha_props_t *props, const u_char *key,
    size_t len)
{
    return ngx_rtalpha_props_lookup(props, key, len,
                                    ngx_rtalpha_props_hash32(props, key, len));
}


static ngx_rtalpha_prop_t *
ngx_rtalpha_props_lookup(const ngx_rtalpha_props_t *props, const u_char *key,
    size_t len, uint32_t hash)
{
    uint32_t                   i, mask;
    ngx_rtalpha_prop_t        *prop;
    ngx_rtalpha_props_slot_t  *slot;

    if (props->size == 0) {
        for (i = 0; i < props->count; i++) {
            prop = ngx_rtalpha_props_entry(props, i);

            if (ngx_rtalpha_props_same(prop, key, len)) {
                return prop;
            }
        }

        return NULL;
    }

    mask = props->size - 1;

    for (i = hash & mask; /* void */ ; i = (i + 1) & mask) {
        slot = &props->slots[i];

        if (slot->index == 0) {
            return NULL;
        }

        if (slot->hash != hash) {
            continue;
        }

        prop = ngx_rtalpha_props_entry(props, slot->index - 1);

        if (ngx_rtalpha_props_same(prop, key, len)) {
            return prop;
        }
    }
}


ngx_int_t
ngx_rtalpha_props_set(ngx_rtalpha_props_t *props,
    const ngx_rtalpha_prop_t *prop)
{
    uint32_t             hash;
    ngx_rtalpha_prop_t  *old;

    hash = ngx_rtalpha_props_hash32(props, prop->key.data, prop->key.len);
    old = ngx_rtalpha_props_lookup(props, prop->key.data, prop->key.len, hash);

    if (old) {
        *old = *prop;
        return NGX_OK;
    }

    return ngx_rtalpha_props_append(props, prop, hash);
}


/* the key of the outermost list that the key is in: "a.b" for "a.b[0].c[1]" */

static size_t
ngx_rtalpha_props_list(const ngx_str_t *key)
{
    u_char  *p, *q, *last;

    p = key->data;
    last = p + key->len;

    while (p < last && (p = ngx_strlchr(p, last, '[')) != NULL) {

        for (q = p + 1; q < last && *q >= '0' && *q <= '9'; q++) {
            /* void */
        }

        if (q > p + 1 && q < last && *q == ']') {
            return p - key->data;
        }

        p++;
    }

    return 0;
}


/* the lists of a tree, as a tree with their keys */

static ngx_rtalpha_props_t *
ngx_rtalpha_props_lists(const ngx_rtalpha_props_t *props)
{
    size_t                len;
    ngx_uint_t            i;
    ngx_rtalpha_prop_t    list;
    ngx_rtalpha_props_t  *lists;

    lists = ngx_rtalpha_props_create(props->pool);
    if (lists == NULL) {
        return NULL;
    }

    for (i = 0; i < props->count; i++) {
        list = *ngx_rtalpha_props_entry(props, i);

        len = ngx_rtalpha_props_list(&list.key);

        if (len) {
            list.key.len = len;

            if (ngx_rtalpha_props_set(lists, &list) != NGX_OK) {
                return NULL;
            }
        }
    }

    return lists;
}


static ngx_uint_t
ngx_rtalpha_props_hidden(const ngx_rtalpha_props_t *props,
    const ngx_rtalpha_props_t *lists, const ngx_str_t *key)
{
    size_t  len;

    len = ngx_rtalpha_props_list(key);

    if (len == 0) {
        return ngx_rtalpha_props_find(lists, key->data, key->len) != NULL;
    }

    return ngx_rtalpha_props_find(lists, key->data, len) != NULL
           || ngx_rtalpha_props_find(props, key->data, len) != NULL;
}


ngx_int_t
ngx_rtalpha_props_merge(ngx_rtalpha_props_t *props,
    const ngx_rtalpha_props_t *lower)
{
    uint32_t                   hash;
    ngx_uint_t                 i;
    ngx_rtalpha_props_t       *lists;
    const ngx_rtalpha_prop_t  *prop;

    lists = ngx_rtalpha_props_lists(props);
    if (lists == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < lower->count; i++) {
        prop = ngx_rtalpha_props_entry(lower, i);

        if (ngx_rtalpha_props_hidden(props, lists, &prop->key)) {
            continue;
        }

        hash = ngx_rtalpha_props_hash32(props, prop->key.data, prop->key.len);

        if (ngx_rtalpha_props_lookup(props, prop->key.data, prop->key.len,
                                     hash))
        {
            continue;
        }

        if (ngx_rtalpha_props_append(props, prop, hash) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_props_append(ngx_rtalpha_props_t *props,
    const ngx_rtalpha_prop_t *prop, uint32_t hash)
{
    uint32_t    size;
    ngx_uint_t  i, k;

    i = props->count;

    if (i == NGX_RTALPHA_PROPS_MAX) {
        return NGX_ERROR;
    }

    k = 31 - __builtin_clz((unsigned) (i / NGX_RTALPHA_PROPS_FIRST + 1));

    if (props->chunks[k] == NULL) {
        props->chunks[k] = ngx_palloc(props->pool,
                                      sizeof(ngx_rtalpha_prop_t)
                                      * ((size_t) NGX_RTALPHA_PROPS_FIRST
                                         << k));
        if (props->chunks[k] == NULL) {
            return NGX_ERROR;
        }
    }

    size = props->size;

    if ((size == 0 && i >= NGX_RTALPHA_PROPS_LINEAR)
        || (size != 0 && i + 1 > size / 4 * 3))
    {
        if (ngx_rtalpha_props_index(props) != NGX_OK) {
            return NGX_ERROR;
        }

        if (size == 0) {
            hash = ngx_rtalpha_props_hash32(props, prop->key.data,
                                            prop->key.len);
        }
    }

    *ngx_rtalpha_props_entry(props, i) = *prop;
    props->count++;

    if (props->size) {
        ngx_rtalpha_props_place(props->slots, props->size, hash, i + 1);
    }

    return NGX_OK;
}


/* the hash table, new or twice as large */

static ngx_int_t
ngx_rtalpha_props_index(ngx_rtalpha_props_t *props)
{
    uint32_t                   i, hash, size;
    ngx_rtalpha_prop_t        *prop;
    ngx_rtalpha_props_slot_t  *slots;

    size = props->size ? props->size * 2 : NGX_RTALPHA_PROPS_LINEAR * 4;

    slots = ngx_pcalloc(props->pool, size * sizeof(ngx_rtalpha_props_slot_t));
    if (slots == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < props->size; i++) {
        if (props->slots[i].index) {
            ngx_rtalpha_props_place(slots, size, props->slots[i].hash,
                                    props->slots[i].index);
        }
    }

    if (props->size) {
        (void) ngx_pfree(props->pool, props->slots);

    } else {
        for (i = 0; i < props->count; i++) {
            prop = ngx_rtalpha_props_entry(props, i);
            hash = (uint32_t) ngx_rtalpha_props_hash(props->seed,
                                                     prop->key.data,
                                                     prop->key.len);
            ngx_rtalpha_props_place(slots, size, hash, i + 1);
        }
    }

    props->slots = slots;
    props->size = size;

    return NGX_OK;
}


static void
ngx_rtalpha_props_place(ngx_rtalpha_props_slot_t *slots, uint32_t size,
    uint32_t hash, uint32_t index)
{
    uint32_t  i;

    i = hash & (size - 1);

    while (slots[i].index) {
        i = (i + 1) & (size - 1);
    }

    slots[i].hash = hash;
    slots[i].index = index;
}


#define ngx_rtalpha_props_rotl(x, n)  ((x) << (n) | (x) >> (64 - (n)))

#define ngx_rtalpha_props_round(v)                                            \
    v[0] += v[1];                                                             \
    v[2] += v[3];                                                             \
    v[1] = ngx_rtalpha_props_rotl(v[1], 13) ^ v[0];                           \
    v[3] = ngx_rtalpha_props_rotl(v[3], 16) ^ v[2];                           \
    v[0] = ngx_rtalpha_props_rotl(v[0], 32);                                  \
    v[2] += v[1];                                                             \
    v[0] += v[3];                                                             \
    v[1] = ngx_rtalpha_props_rotl(v[1], 17) ^ v[2];                           \
    v[3] = ngx_rtalpha_props_rotl(v[3], 21) ^ v[0];                           \
    v[2] = ngx_rtalpha_props_rotl(v[2], 32)


/* SipHash-1-3 (Aumasson, Bernstein); words in the byte order of the host */

static uint64_t
ngx_rtalpha_props_hash(const uint64_t *seed, const u_char *data, size_t len)
{
    size_t    n;
    uint64_t  m, v[4];

    v[0] = seed[0] ^ 0x736f6d6570736575ULL;
    v[1] = seed[1] ^ 0x646f72616e646f6dULL;
    v[2] = seed[0] ^ 0x6c7967656e657261ULL;
    v[3] = seed[1] ^ 0x7465646279746573ULL;

    for (n = len; n >= 8; n -= 8, data += 8) {
        ngx_memcpy(&m, data, 8);
        v[3] ^= m;
        ngx_rtalpha_props_round(v);
        v[0] ^= m;
    }

    m = 0;

    if (n) {
        ngx_memcpy(&m, data, n);
    }

    m ^= (uint64_t) len << 56;

    v[3] ^= m;
    ngx_rtalpha_props_round(v);
    v[0] ^= m;

    v[2] ^= 0xff;
    ngx_rtalpha_props_round(v);
    ngx_rtalpha_props_round(v);
    ngx_rtalpha_props_round(v);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


static size_t
ngx_rtalpha_props_measure(const ngx_rtalpha_props_t *props, uint64_t *seed)
{
    size_t               total;
    ngx_uint_t           i;
    ngx_rtalpha_prop_t  *prop;

    seed[0] = 0;
    seed[1] = props->count;
    total = 0;

    for (i = 0; i < props->count; i++) {
        prop = ngx_rtalpha_props_entry(props, i);
        total += prop->key.len + prop->text.len;

        seed[0] ^= ngx_rtalpha_props_hash(seed, prop->key.data,
                                          prop->key.len);
        seed[1] += seed[0];
    }

    return total;
}


static uint32_t
ngx_rtalpha_props_packed_size(uint32_t count)
{
    uint32_t  size;

    if (count <= NGX_RTALPHA_PROPS_LINEAR) {
        return 0;
    }

    for (size = NGX_RTALPHA_PROPS_LINEAR * 4; size / 4 * 3 < count; size *= 2)
    {
        /* void */
    }

    return size;
}


/*
 * Header, entries, hash table, bytes.  The place of the bytes is handed on
 * in *text.
 */

static void
ngx_rtalpha_props_pack_entry(const ngx_rtalpha_prop_t *prop, u_char *base,
    u_char **text, u_char *dst)
{
    ngx_rtalpha_props_entry_t  entry;

    entry.key = (uint32_t) (*text - base);
    entry.key_len = (uint32_t) prop->key.len;

    if (prop->key.len) {
        *text = ngx_cpymem(*text, prop->key.data, prop->key.len);
    }

    entry.text = (uint32_t) (*text - base);
    entry.text_len = (uint32_t) prop->text.len;

    if (prop->text.len) {
        *text = ngx_cpymem(*text, prop->text.data, prop->text.len);
    }

    entry.line = prop->line;
    entry.column = prop->column;
    entry.file = prop->file;
    entry.type = prop->type;

    ngx_memcpy(dst, &entry, sizeof(ngx_rtalpha_props_entry_t));
}


ngx_int_t
ngx_rtalpha_props_pack(const ngx_rtalpha_props_t *props,
    ngx_rtalpha_out_t *out)
{
    size_t                     total, table;
    u_char                    *base, *text, *p;
    uint32_t                   i, hash;
    ngx_rtalpha_prop_t        *prop;
    ngx_rtalpha_props_head_t   head;
    ngx_rtalpha_props_slot_t  *slots;

    head.magic = NGX_RTALPHA_PROPS_MAGIC;
    head.count = props->count;
    head.size = ngx_rtalpha_props_packed_size(props->count);

    table = (size_t) head.size * sizeof(ngx_rtalpha_props_slot_t);

    total = ngx_rtalpha_props_measure(props, head.seed)
            + sizeof(ngx_rtalpha_props_head_t)
            + (size_t) head.count * sizeof(ngx_rtalpha_props_entry_t) + table;

    if (total > NGX_MAX_UINT32_VALUE) {
        ngx_rtalpha_out_fail(out);
        return NGX_ERROR;
    }

    head.total = (uint32_t) total;

    slots = ngx_pcalloc(out->pool, table ? table : 1);
    if (slots == NULL || ngx_rtalpha_out_reserve(out, total) != NGX_OK) {
        ngx_rtalpha_out_fail(out);
        return NGX_ERROR;
    }

    base = out->pos;
    p = ngx_cpymem(base, &head, sizeof(ngx_rtalpha_props_head_t));
    text = p + (size_t) head.count * sizeof(ngx_rtalpha_props_entry_t) + table;

    for (i = 0; i < head.count; i++) {
        prop = ngx_rtalpha_props_entry(props, i);
        ngx_rtalpha_props_pack_entry(prop, base, &text, p);
        p += sizeof(ngx_rtalpha_props_entry_t);

        if (head.size) {
            hash = (uint32_t) ngx_rtalpha_props_hash(head.seed,
                                                     prop->key.data,
                                                     prop->key.len);
            ngx_rtalpha_props_place(slots, head.size, hash, i + 1);
        }
    }

    ngx_memcpy(p, slots, table);
    (void) ngx_pfree(out->pool, slots);

    out->pos = base + total;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_props_check_head(const ngx_rtalpha_props_head_t *head, size_t len)
{
    uint64_t  need;

    if (head->magic != NGX_RTALPHA_PROPS_MAGIC || head->total > len
        || head->count > NGX_RTALPHA_PROPS_MAX
        || head->size != ngx_rtalpha_props_packed_size(head->count))
    {
        return NGX_ERROR;
    }

    need = sizeof(ngx_rtalpha_props_head_t)
           + (uint64_t) head->count * sizeof(ngx_rtalpha_props_entry_t)
           + (uint64_t) head->size * sizeof(ngx_rtalpha_props_slot_t);

    return (need <= head->total) ? NGX_OK : NGX_ERROR;
}


/*
 * One block for all chunks, and the hash table as it was packed.  A table
 * with exactly as many places taken as there are entries has free ones left,
 * so that no search goes on for ever.
 */

static ngx_int_t
ngx_rtalpha_props_make_room(ngx_rtalpha_props_t *props, const u_char *slots)
{
    uint32_t             i, used;
    ngx_uint_t           k, n;
    ngx_rtalpha_prop_t  *entries;

    if (props->count == 0) {
        return NGX_OK;
    }

    n = NGX_RTALPHA_PROPS_FIRST;

    for (k = 1; n < props->count; k++) {
        n += (ngx_uint_t) NGX_RTALPHA_PROPS_FIRST << k;
    }

    entries = ngx_palloc(props->pool, n * sizeof(ngx_rtalpha_prop_t));
    if (entries == NULL) {
        return NGX_ERROR;
    }

    while (k--) {
        props->chunks[k] = entries + NGX_RTALPHA_PROPS_FIRST
                                     * (((ngx_uint_t) 1 << k) - 1);
    }

    if (props->size == 0) {
        return NGX_OK;
    }

    n = props->size * sizeof(ngx_rtalpha_props_slot_t);

    props->slots = ngx_palloc(props->pool, n);
    if (props->slots == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(props->slots, slots, n);

    used = 0;

    for (i = 0; i < props->size; i++) {
        if (props->slots[i].index > props->count) {
            return NGX_ERROR;
        }

        used += (props->slots[i].index != 0);
    }

    return (used == props->count) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_props_unpack_entry(ngx_rtalpha_prop_t *prop, u_char *data,
    uint32_t total, const u_char *src)
{
    ngx_rtalpha_props_entry_t  entry;

    ngx_memcpy(&entry, src, sizeof(ngx_rtalpha_props_entry_t));

    if (entry.key > total || entry.key_len > total - entry.key
        || entry.text > total || entry.text_len > total - entry.text
        || entry.type > NGX_RTALPHA_PROP_DATE)
    {
        return NGX_ERROR;
    }

    prop->key.data = data + entry.key;
    prop->key.len = entry.key_len;
    prop->text.data = data + entry.text;
    prop->text.len = entry.text_len;
    prop->line = entry.line;
    prop->column = entry.column;
    prop->file = entry.file;
    prop->type = entry.type;

    return NGX_OK;
}


ngx_rtalpha_props_t *
ngx_rtalpha_props_unpack(ngx_pool_t *pool, u_char *data, size_t len)
{
    u_char                    *p;
    uint32_t                   i;
    ngx_rtalpha_props_t       *props;
    ngx_rtalpha_props_head_t   head;

    if (len < sizeof(ngx_rtalpha_props_head_t)) {
        return NULL;
    }

    p = data + sizeof(ngx_rtalpha_props_head_t);
    ngx_memcpy(&head, data, sizeof(ngx_rtalpha_props_head_t));

    if (ngx_rtalpha_props_check_head(&head, len) != NGX_OK) {
        return NULL;
    }

    props = ngx_rtalpha_props_create(pool);
    if (props == NULL) {
        return NULL;
    }

    props->count = head.count;
    props->size = head.size;
    props->seed[0] = head.seed[0];
    props->seed[1] = head.seed[1];

    if (ngx_rtalpha_props_make_room(props, p + (size_t) head.count
                                           * sizeof(ngx_rtalpha_props_entry_t))
        != NGX_OK)
    {
        return NULL;
    }

    for (i = 0; i < head.count; i++) {
        if (ngx_rtalpha_props_unpack_entry(ngx_rtalpha_props_entry(props, i),
                                           data, head.total, p)
            != NGX_OK)
        {
            return NULL;
        }

        p += sizeof(ngx_rtalpha_props_entry_t);
    }

    return props;
}
