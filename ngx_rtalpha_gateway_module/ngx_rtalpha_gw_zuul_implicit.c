
/*
 * Routes that Zuul makes of services: "/name/" and everything below it.
 */


#include "ngx_rtalpha_gw_zuul.h"
#include "ngx_rtalpha_glob.h"


static ngx_int_t ngx_rtalpha_gw_zuul_service(ngx_rtalpha_gw_zuul_t *z,
    ngx_str_t *name);


/* a route for each service that discovery knows and nobody has ignored */

ngx_int_t
ngx_rtalpha_gw_zuul_implicit(ngx_rtalpha_gw_zuul_t *z, ngx_array_t *services)
{
    ngx_str_t                 *name;
    ngx_uint_t                 i;
    ngx_rtalpha_gw_static_t       **st;
    ngx_rtalpha_gw_zuul_entry_t    *entry;

    entry = z->entries.elts;

    for (i = 0; i < z->entries.nelts; i++) {
        if (ngx_rtalpha_gw_index_add(z->table->temp, &z->paths,
                                     ngx_murmur_hash2(entry[i].path.data,
                                                      entry[i].path.len),
                                     i)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    st = z->table->statics.elts;

    for (i = 0; i < z->table->statics.nelts; i++) {
        if (st[i]->discovered
            && ngx_rtalpha_gw_zuul_service(z, &st[i]->name) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    z->table->discovers = 1;

    if (services == NULL) {
        return NGX_OK;
    }

    name = services->elts;

    for (i = 0; i < services->nelts; i++) {
        if (ngx_rtalpha_gw_zuul_service(z, &name[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_service(ngx_rtalpha_gw_zuul_t *z, ngx_str_t *name)
{
    u_char                       *p;
    ngx_str_t                     text, key, *glob;
    uint32_t                      hash;
    ngx_uint_t                    i, place;
    const ngx_rtalpha_prop_t     *self;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    glob = z->conf.ignored_services ? z->conf.ignored_services->elts : NULL;

    for (i = 0; glob && i < z->conf.ignored_services->nelts; i++) {
        if (ngx_rtalpha_glob_ant(glob[i].data, glob[i].len, name->data,
                                 name->len))
        {
            return NGX_OK;
        }
    }

    ngx_str_set(&key, "spring.application.name");
    self = z->conf.ignore_local ? ngx_rtalpha_bind_find(z->table->props, &key)
                                : NULL;

    if (self && self->text.len == name->len
        && ngx_strncasecmp(self->text.data, name->data, name->len) == 0)
    {
        return NGX_OK;
    }

    text.data = ngx_pnalloc(z->table->pool, name->len + 4);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(text.data, "/%V/**", name);
    text.len = p - text.data;

    /* a route that is written out keeps its path */

    i = 0;
    entry = z->entries.elts;
    hash = ngx_murmur_hash2(text.data, text.len);

    while ((place = ngx_rtalpha_gw_index_next(&z->paths, hash, &i)) != 0) {
        if (ngx_rtalpha_str_eq(&entry[place - 1].path, &text)) {
            return NGX_OK;
        }
    }

    if (ngx_rtalpha_gw_index_add(z->table->temp, &z->paths, hash,
                                 z->entries.nelts)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    entry = ngx_array_push(&z->entries);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(entry, sizeof(ngx_rtalpha_gw_zuul_entry_t));
    entry->key = *name;
    entry->id = *name;
    entry->service = *name;
    entry->path = text;
    entry->strip = 1;
    entry->retryable = -1;

    return NGX_OK;
}
