
/*
 * Open addressing, never more than half full; made with the table, read only
 * afterwards.
 */


#include "ngx_rtalpha_gw_names.h"


static ngx_int_t ngx_rtalpha_gw_names_grow(ngx_pool_t *pool,
    ngx_rtalpha_gw_names_t *names);
static ngx_rtalpha_gw_name_t *ngx_rtalpha_gw_names_slot(
    ngx_rtalpha_gw_names_t *names, uint32_t hash, const ngx_str_t *lowcase);


typedef struct {
    ngx_str_t    name;
    ngx_uint_t   mark;
} ngx_rtalpha_gw_known_t;


/* RFC 9110, 7.6.1; the forwarding fields; X-Application-Context is Spring's */

static const ngx_rtalpha_gw_known_t  ngx_rtalpha_gw_names_requests[] = {
    { ngx_string("connection"), NGX_RTALPHA_GW_NAME_CONNECTION },
    { ngx_string("upgrade"), NGX_RTALPHA_GW_NAME_UPGRADE },
    { ngx_string("keep-alive"), NGX_RTALPHA_GW_NAME_HOP },
    { ngx_string("te"), NGX_RTALPHA_GW_NAME_HOP },
    { ngx_string("trailer"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("transfer-encoding"), NGX_RTALPHA_GW_NAME_HOP },
    { ngx_string("proxy-authenticate"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("proxy-authorization"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("proxy-connection"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("x-forwarded-for"), NGX_RTALPHA_GW_NAME_XFF },
    { ngx_string("x-forwarded-host"), NGX_RTALPHA_GW_NAME_XFHOST },
    { ngx_string("x-forwarded-port"), NGX_RTALPHA_GW_NAME_XFPORT },
    { ngx_string("x-forwarded-proto"), NGX_RTALPHA_GW_NAME_XFPROTO },
    { ngx_string("x-forwarded-prefix"), NGX_RTALPHA_GW_NAME_XFPREFIX },
    { ngx_string("forwarded"), NGX_RTALPHA_GW_NAME_FORWARDED },
    { ngx_null_string, 0 }
};


static const ngx_rtalpha_gw_known_t  ngx_rtalpha_gw_names_responses[] = {
    { ngx_string("connection"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("upgrade"), NGX_RTALPHA_GW_NAME_UPGRADE },
    { ngx_string("keep-alive"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("te"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("trailer"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("transfer-encoding"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("proxy-authenticate"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("proxy-authorization"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_string("proxy-connection"), NGX_RTALPHA_GW_NAME_DROP },
    { ngx_null_string, 0 }
};


ngx_rtalpha_gw_names_t *
ngx_rtalpha_gw_names_create(ngx_pool_t *pool,
    const ngx_rtalpha_gw_names_t *base)
{
    ngx_uint_t               n;
    ngx_rtalpha_gw_names_t  *names;

    names = ngx_palloc(pool, sizeof(ngx_rtalpha_gw_names_t));
    if (names == NULL) {
        return NULL;
    }

    n = base ? base->mask + 1 : 64;

    names->mask = n - 1;
    names->bits = base ? base->bits : 0;
    names->used = base ? base->used : 0;
    names->slots = ngx_pcalloc(pool, n * sizeof(ngx_rtalpha_gw_name_t));

    if (names->slots == NULL) {
        return NULL;
    }

    if (base) {
        ngx_memcpy(names->slots, base->slots,
                   n * sizeof(ngx_rtalpha_gw_name_t));
    }

    return names;
}


static ngx_rtalpha_gw_name_t *
ngx_rtalpha_gw_names_slot(ngx_rtalpha_gw_names_t *names, uint32_t hash,
    const ngx_str_t *lowcase)
{
    ngx_uint_t              i;
    ngx_rtalpha_gw_name_t  *slot;

    for (i = hash; /* void */ ; i++) {
        slot = &names->slots[i & names->mask];

        if (slot->mark == NGX_RTALPHA_GW_NAME_NONE
            || (slot->hash == hash
                && ngx_rtalpha_str_eq(&slot->name, lowcase)))
        {
            return slot;
        }
    }
}


static ngx_int_t
ngx_rtalpha_gw_names_grow(ngx_pool_t *pool, ngx_rtalpha_gw_names_t *names)
{
    ngx_uint_t              i, n;
    ngx_rtalpha_gw_name_t  *old;

    n = names->mask + 1;
    old = names->slots;

    names->slots = ngx_pcalloc(pool, 4 * n * sizeof(ngx_rtalpha_gw_name_t));
    if (names->slots == NULL) {
        names->slots = old;
        return NGX_ERROR;
    }

    names->mask = 4 * n - 1;

    for (i = 0; i < n; i++) {
        if (old[i].mark != NGX_RTALPHA_GW_NAME_NONE) {
            *ngx_rtalpha_gw_names_slot(names, old[i].hash, &old[i].name) =
                                                                      old[i];
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_names_add(ngx_pool_t *pool, ngx_rtalpha_gw_names_t *names,
    const ngx_str_t *name, ngx_uint_t mark)
{
    uint32_t                hash;
    ngx_str_t               lowcase;
    ngx_rtalpha_gw_name_t  *slot;

    if (name->len == 0) {
        return NGX_OK;
    }

    if (names->used * 2 > names->mask
        && ngx_rtalpha_gw_names_grow(pool, names) != NGX_OK)
    {
        return NGX_ERROR;
    }

    lowcase.len = name->len;
    lowcase.data = ngx_pnalloc(pool, name->len);
    if (lowcase.data == NULL) {
        return NGX_ERROR;
    }

    hash = (uint32_t) ngx_hash_strlow(lowcase.data, name->data, name->len);
    slot = ngx_rtalpha_gw_names_slot(names, hash, &lowcase);

    if (slot->mark == NGX_RTALPHA_GW_NAME_NONE) {
        slot->hash = hash;
        slot->name = lowcase;
        slot->mark = mark;
        names->bits |= 1ULL << (hash % 64);
        names->used++;

    } else if (mark == NGX_RTALPHA_GW_NAME_DROP) {
        slot->mark = mark;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_names_drop(ngx_pool_t *pool, ngx_rtalpha_gw_names_t *names,
    const ngx_array_t *list)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (list == NULL) {
        return NGX_OK;
    }

    name = list->elts;

    for (i = 0; i < list->nelts; i++) {
        if (ngx_rtalpha_gw_names_add(pool, names, &name[i],
                                     NGX_RTALPHA_GW_NAME_DROP)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_names_known(ngx_pool_t *pool, ngx_rtalpha_gw_names_t *names,
    const ngx_rtalpha_gw_known_t *known)
{
    for ( /* void */ ; known->name.len; known++) {
        if (ngx_rtalpha_gw_names_add(pool, names, &known->name, known->mark)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_names_request(ngx_pool_t *pool, ngx_rtalpha_gw_names_t *names)
{
    return ngx_rtalpha_gw_names_known(pool, names,
                                      ngx_rtalpha_gw_names_requests);
}


ngx_int_t
ngx_rtalpha_gw_names_response(ngx_pool_t *pool,
    ngx_rtalpha_gw_names_t *names)
{
    return ngx_rtalpha_gw_names_known(pool, names,
                                      ngx_rtalpha_gw_names_responses);
}
