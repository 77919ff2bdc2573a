
/*
 * What instances are counted by: applications, zones, and the addresses that
 * registered them.  With the zone locked.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"


ngx_rtalpha_reg_app_t *
ngx_rtalpha_reg_app_find(const ngx_str_t *name, uint32_t hash)
{
    ngx_rtalpha_reg_app_t   *app;
    ngx_rtalpha_reg_node_t  *node;

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->apps,
                                            hash);
         node;
         node = node->next)
    {
        app = (ngx_rtalpha_reg_app_t *) node;

        if (node->hash == hash && app->len == name->len
            && ngx_memcmp(app->name, name->data, name->len) == 0)
        {
            return app;
        }
    }

    return NULL;
}


ngx_rtalpha_reg_app_t *
ngx_rtalpha_reg_app_get(const ngx_str_t *name, uint32_t hash)
{
    ngx_rtalpha_reg_app_t  *app;

    app = ngx_rtalpha_reg_app_find(name, hash);

    if (app) {
        return app;
    }

    app = ngx_rtalpha_zone_alloc(offsetof(ngx_rtalpha_reg_app_t, name)
                                 + ngx_max(name->len, 4));
    if (app == NULL) {
        return NULL;
    }

    app->node.hash = hash;
    app->len = (uint32_t) name->len;
    ngx_memcpy(app->name, name->data, name->len);

    ngx_rtalpha_reg_table_add(&ngx_rtalpha_reg_root->apps, &app->node);

    return app;
}


void
ngx_rtalpha_reg_app_release(ngx_rtalpha_reg_app_t *app)
{
    if (app->refs == 0) {
        ngx_rtalpha_reg_table_remove(&ngx_rtalpha_reg_root->apps,
                                     &app->node);
        ngx_rtalpha_zone_free(app);
    }
}


/* zones are few; what comes after the last one shares the first */

ngx_uint_t
ngx_rtalpha_reg_zone_get(const ngx_str_t *name)
{
    size_t                   len;
    ngx_uint_t               i;
    ngx_rtalpha_reg_root_t  *root;
    ngx_rtalpha_reg_zone_t  *zone;

    root = ngx_rtalpha_reg_root;
    len = ngx_min(name->len, NGX_RTALPHA_REG_GUARD_NAME);

    if (len == 0) {
        return 0;
    }

    for (i = 1; i < root->nzones; i++) {
        zone = &root->zones[i];

        if (zone->len == len && ngx_memcmp(zone->name, name->data, len) == 0) {
            return i;
        }
    }

    /* one that nobody is in any more may be taken over */

    for (i = 1; i < root->nzones; i++) {
        if (root->zones[i].n == 0) {
            break;
        }
    }

    if (i == NGX_RTALPHA_REG_ZONES) {
        return 0;
    }

    zone = &root->zones[i];

    ngx_memzero(zone, sizeof(ngx_rtalpha_reg_zone_t));
    ngx_memcpy(zone->name, name->data, len);
    zone->len = (uint32_t) len;

    if (i == root->nzones) {
        root->nzones++;
    }

    return i;
}


ngx_rtalpha_reg_source_t *
ngx_rtalpha_reg_source_find(const ngx_str_t *key)
{
    uint32_t                   hash;
    ngx_rtalpha_reg_node_t    *node;
    ngx_rtalpha_reg_source_t  *source;

    if (key->len == 0) {
        return NULL;
    }

    hash = ngx_rtalpha_reg_store_hash(key);

    for (node = ngx_rtalpha_reg_table_chain(&ngx_rtalpha_reg_root->sources,
                                            hash);
         node;
         node = node->next)
    {
        source = (ngx_rtalpha_reg_source_t *) node;

        if (node->hash == hash && source->len == key->len
            && ngx_memcmp(source->key, key->data, key->len) == 0)
        {
            return source;
        }
    }

    return NULL;
}


/* without memory for it, the instance is counted by no address */

void
ngx_rtalpha_reg_source_enter(ngx_rtalpha_reg_inst_t *inst,
    const ngx_str_t *key)
{
    ngx_rtalpha_reg_source_t  *source;

    if (key->len == 0 || key->len > NGX_RTALPHA_REG_SOURCE) {
        return;
    }

    source = ngx_rtalpha_reg_source_find(key);

    if (source == NULL) {
        source = ngx_rtalpha_zone_alloc(sizeof(ngx_rtalpha_reg_source_t));
        if (source == NULL) {
            return;
        }

        source->node.hash = ngx_rtalpha_reg_store_hash(key);
        source->len = (uint32_t) key->len;
        ngx_memcpy(source->key, key->data, key->len);

        ngx_rtalpha_reg_table_add(&ngx_rtalpha_reg_root->sources,
                                  &source->node);
    }

    source->n++;
    inst->source = source;
}


void
ngx_rtalpha_reg_source_leave(ngx_rtalpha_reg_inst_t *inst)
{
    ngx_rtalpha_reg_source_t  *source;

    source = inst->source;
    inst->source = NULL;

    if (source && --source->n == 0) {
        ngx_rtalpha_reg_table_remove(&ngx_rtalpha_reg_root->sources,
                                     &source->node);
        ngx_rtalpha_zone_free(source);
    }
}
