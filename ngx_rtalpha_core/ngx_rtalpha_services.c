
/*
 * Services as a worker sees them: its own copies of the arrays that it uses,
 * checked against one number in the zone.
 *
 * A request that finds the number unmoved pays for one hash look-up.  When
 * it has moved, the source is asked for the version of this one service, and
 * only when that differs is the array read anew.  Old arrays stay until the
 * last request that uses them releases them.  Only names that some source
 * knows are kept: a client cannot grow the table.
 */


#include "ngx_rtalpha_services.h"
#include "ngx_rtalpha_resolve.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_SERVICES_LAYOUT   1
#define NGX_RTALPHA_SERVICES_SOURCES  8
#define NGX_RTALPHA_SERVICES_NAME     256

/* how often a service with host names is looked at for new addresses, ms */
#define NGX_RTALPHA_SERVICES_NAMED    5000


typedef struct {
    ngx_str_node_t                        sn;   /* lower-case name */
    ngx_rtalpha_service_t                *service;
    const ngx_rtalpha_services_source_t  *source;
    uint64_t                              number;
    ngx_uint_t                            resolved;
    ngx_msec_t                            due;
    u_char                                name[1];
} ngx_rtalpha_services_entry_t;


typedef struct {
    ngx_atomic_t                          number;
} ngx_rtalpha_services_t;


static ngx_rtalpha_services_entry_t *ngx_rtalpha_services_lookup(
    const ngx_str_t *name, uint32_t hash);
static ngx_rtalpha_services_entry_t *ngx_rtalpha_services_refresh(
    ngx_rtalpha_services_entry_t *entry, const ngx_str_t *name,
    uint32_t hash);
static ngx_uint_t ngx_rtalpha_services_is_due(
    ngx_rtalpha_services_entry_t *entry);
static const ngx_rtalpha_services_source_t *ngx_rtalpha_services_who(
    const ngx_str_t *name, uint64_t *version);
static ngx_rtalpha_service_t *ngx_rtalpha_services_read(
    const ngx_rtalpha_services_source_t *source, const ngx_str_t *name);
static ngx_uint_t ngx_rtalpha_services_address(ngx_pool_t *pool,
    ngx_array_t *array);
static void ngx_rtalpha_services_forget(ngx_rtalpha_services_entry_t *entry);
static void ngx_rtalpha_services_cleanup(void *data);


static ngx_rtalpha_services_t               *ngx_rtalpha_services;
static const ngx_rtalpha_services_source_t  *ngx_rtalpha_services_sources
                                            [NGX_RTALPHA_SERVICES_SOURCES];
static ngx_uint_t                            ngx_rtalpha_services_nsources;
static ngx_rbtree_t                          ngx_rtalpha_services_tree;
static ngx_rbtree_node_t                     ngx_rtalpha_services_sentinel;


ngx_int_t
ngx_rtalpha_services_init(ngx_cycle_t *cycle)
{
    static ngx_str_t  name = ngx_string("services");

    ngx_rtalpha_services = ngx_rtalpha_zone_root(&name,
                                               sizeof(ngx_rtalpha_services_t),
                                               NGX_RTALPHA_SERVICES_LAYOUT);
    if (ngx_rtalpha_services == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"rtalpha_zone\" is too small");
        return NGX_ERROR;
    }

    ngx_rtalpha_services_nsources = 0;

    ngx_rbtree_init(&ngx_rtalpha_services_tree,
                    &ngx_rtalpha_services_sentinel,
                    ngx_str_rbtree_insert_value);

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_services_add(const ngx_rtalpha_services_source_t *source)
{
    ngx_uint_t  i;

    if (ngx_rtalpha_services_nsources == NGX_RTALPHA_SERVICES_SOURCES) {
        return NGX_ERROR;
    }

    for (i = ngx_rtalpha_services_nsources++; i > 0; i--) {
        if (ngx_rtalpha_services_sources[i - 1]->rank <= source->rank) {
            break;
        }

        ngx_rtalpha_services_sources[i] = ngx_rtalpha_services_sources[i - 1];
    }

    ngx_rtalpha_services_sources[i] = source;

    return NGX_OK;
}


void
ngx_rtalpha_services_changed(void)
{
    (void) ngx_atomic_fetch_add(&ngx_rtalpha_services->number, 1);
}


uint64_t
ngx_rtalpha_services_number(void)
{
    return ngx_rtalpha_zone_read(ngx_rtalpha_services->number);
}


ngx_rtalpha_service_t *
ngx_rtalpha_services_get(const ngx_str_t *name)
{
    u_char                         lower[NGX_RTALPHA_SERVICES_NAME];
    uint32_t                       hash;
    ngx_str_t                      key;
    ngx_rtalpha_services_entry_t  *entry;

    if (name->len == 0 || name->len > sizeof(lower)) {
        return NULL;
    }

    hash = ngx_hash_strlow(lower, name->data, name->len);
    key.data = lower;
    key.len = name->len;

    entry = ngx_rtalpha_services_lookup(&key, hash);

    if (entry == NULL
        || entry->number != ngx_rtalpha_services_number()
        || entry->resolved != ngx_rtalpha_resolve_number()
        || ngx_rtalpha_services_is_due(entry))
    {
        entry = ngx_rtalpha_services_refresh(entry, &key, hash);
        if (entry == NULL) {
            return NULL;
        }
    }

    entry->service->refs++;

    return entry->service;
}


static ngx_rtalpha_services_entry_t *
ngx_rtalpha_services_lookup(const ngx_str_t *name, uint32_t hash)
{
    return (ngx_rtalpha_services_entry_t *)
           ngx_str_rbtree_lookup(&ngx_rtalpha_services_tree,
                                 (ngx_str_t *) name, hash);
}


static ngx_rtalpha_services_entry_t *
ngx_rtalpha_services_refresh(ngx_rtalpha_services_entry_t *entry,
    const ngx_str_t *name, uint32_t hash)
{
    uint64_t                              number, version;
    ngx_uint_t                            resolved;
    ngx_rtalpha_service_t                *service;
    const ngx_rtalpha_services_source_t  *source;

    number = ngx_rtalpha_services_number();
    resolved = ngx_rtalpha_resolve_number();

    source = ngx_rtalpha_services_who(name, &version);

    if (source == NULL) {
        if (entry) {
            ngx_rtalpha_services_forget(entry);
        }

        return NULL;
    }

    if (entry == NULL
        || entry->source != source
        || entry->service->version != version
        || entry->resolved != resolved
        || ngx_rtalpha_services_is_due(entry))
    {
        service = ngx_rtalpha_services_read(source, name);

        if (service == NULL) {
            /* no memory: what we have is better than nothing */
            return entry;
        }

        if (entry == NULL) {
            entry = ngx_alloc(sizeof(ngx_rtalpha_services_entry_t)
                              + name->len, ngx_cycle->log);
            if (entry == NULL) {
                ngx_destroy_pool(service->pool);
                return NULL;
            }

            ngx_memcpy(entry->name, name->data, name->len);
            entry->sn.node.key = hash;
            entry->sn.str.data = entry->name;
            entry->sn.str.len = name->len;
            ngx_rbtree_insert(&ngx_rtalpha_services_tree, &entry->sn.node);

        } else {
            ngx_rtalpha_services_release(entry->service);
        }

        entry->service = service;
        entry->source = source;
    }

    entry->number = number;
    entry->resolved = resolved;
    entry->due = ngx_current_msec + NGX_RTALPHA_SERVICES_NAMED;

    return entry;
}


static ngx_uint_t
ngx_rtalpha_services_is_due(ngx_rtalpha_services_entry_t *entry)
{
    return entry->service->named
           && (ngx_msec_int_t) (ngx_current_msec - entry->due) >= 0;
}


/* the first source, by rank, that knows the service */

static const ngx_rtalpha_services_source_t *
ngx_rtalpha_services_who(const ngx_str_t *name, uint64_t *version)
{
    ngx_uint_t                            i;
    const ngx_rtalpha_services_source_t  *source;

    for (i = 0; i < ngx_rtalpha_services_nsources; i++) {
        source = ngx_rtalpha_services_sources[i];

        *version = source->version(source->data, name);

        if (*version) {
            return source;
        }
    }

    return NULL;
}


static ngx_rtalpha_service_t *
ngx_rtalpha_services_read(const ngx_rtalpha_services_source_t *source,
    const ngx_str_t *name)
{
    ngx_pool_t             *pool;
    ngx_array_t             array;
    ngx_rtalpha_service_t  *service;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    service = ngx_pcalloc(pool, sizeof(ngx_rtalpha_service_t));
    if (service == NULL) {
        goto failed;
    }

    service->pool = pool;
    service->refs = 1;
    service->name.len = name->len;
    service->name.data = ngx_pstrdup(pool, (ngx_str_t *) name);

    if (service->name.data == NULL
        || ngx_array_init(&array, pool, 8, sizeof(ngx_rtalpha_instance_t))
           != NGX_OK
        || source->read(source->data, name, pool, &array, &service->version)
           != NGX_OK)
    {
        goto failed;
    }

    service->named = ngx_rtalpha_services_address(pool, &array);

    service->n = array.nelts;
    service->instances = array.elts;

    return service;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


/*
 * Instances whose address is not known (yet) are left out.  Is there any
 * host name among them, whose address may change?
 */

static ngx_uint_t
ngx_rtalpha_services_address(ngx_pool_t *pool, ngx_array_t *array)
{
    ngx_uint_t               i, n, named;
    ngx_rtalpha_instance_t  *instance;

    instance = array->elts;
    n = 0;
    named = 0;

    for (i = 0; i < array->nelts; i++) {

        if (instance[i].sockaddr == NULL) {
            named |= !ngx_rtalpha_resolve_is_literal(&instance[i].host);

            if (ngx_rtalpha_resolve(pool, &instance[i].host,
                                    instance[i].port, &instance[i].sockaddr,
                                    &instance[i].socklen, &instance[i].addr)
                != NGX_OK)
            {
                continue;
            }
        }

        instance[n++] = instance[i];
    }

    array->nelts = n;

    return named;
}


void
ngx_rtalpha_services_release(ngx_rtalpha_service_t *service)
{
    if (--service->refs == 0) {
        ngx_destroy_pool(service->pool);
    }
}


static void
ngx_rtalpha_services_forget(ngx_rtalpha_services_entry_t *entry)
{
    ngx_rbtree_delete(&ngx_rtalpha_services_tree, &entry->sn.node);
    ngx_rtalpha_services_release(entry->service);
    ngx_free(entry);
}


ngx_rtalpha_service_t *
ngx_rtalpha_services_get_for(ngx_pool_t *pool, const ngx_str_t *name)
{
    ngx_pool_cleanup_t     *cln;
    ngx_rtalpha_service_t  *service;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    service = ngx_rtalpha_services_get(name);

    if (service) {
        cln->handler = ngx_rtalpha_services_cleanup;
        cln->data = service;
    }

    return service;
}


static void
ngx_rtalpha_services_cleanup(void *data)
{
    ngx_rtalpha_services_release(data);
}


ngx_int_t
ngx_rtalpha_services_names(ngx_pool_t *pool, ngx_array_t *names)
{
    ngx_uint_t                            i;
    const ngx_rtalpha_services_source_t  *source;

    for (i = 0; i < ngx_rtalpha_services_nsources; i++) {
        source = ngx_rtalpha_services_sources[i];

        if (source->names(source->data, pool, names) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
