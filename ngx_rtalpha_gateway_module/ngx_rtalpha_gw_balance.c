
/*
 * Which instance serves a request.
 *
 * Round robin is exact over all workers: each service has one counter in the
 * zone.  The list of instances is the request's own reference, so that an
 * index means the same instance for all of its tries.
 */


#include "ngx_rtalpha_gw_peers.h"
#include "ngx_rtalpha_resolve.h"


#define NGX_RTALPHA_GW_STATIC_DUE  5000     /* ms, for host names */


/* addresses of a list that is written in the tree */
typedef struct {
    ngx_rtalpha_service_t      *service;
    ngx_uint_t                  resolved;
    ngx_msec_t                  due;
} ngx_rtalpha_gw_addresses_t;


static ngx_rtalpha_service_t *ngx_rtalpha_gw_static_get(
    ngx_rtalpha_gw_static_t *st);
static ngx_rtalpha_service_t *ngx_rtalpha_gw_static_read(
    ngx_rtalpha_gw_static_t *st);
static ngx_int_t ngx_rtalpha_gw_static_one(ngx_pool_t *pool,
    ngx_rtalpha_gw_server_t *s, ngx_rtalpha_instance_t *in);
static void ngx_rtalpha_gw_static_cleanup(void *data);
static ngx_atomic_t *ngx_rtalpha_gw_counter_of(const ngx_str_t *name);


static ngx_rtalpha_gw_root_t  *ngx_rtalpha_gw_root;


void
ngx_rtalpha_gw_balance_init(void)
{
    ngx_rtalpha_gw_root = ngx_rtalpha_role_root(&ngx_rtalpha_gw_role);
}


ngx_rtalpha_service_t *
ngx_rtalpha_gw_servers(const ngx_rtalpha_gw_plan_t *plan)
{
    return ngx_rtalpha_gw_servers_of(plan->fixed, &plan->service);
}


ngx_rtalpha_service_t *
ngx_rtalpha_gw_servers_of(ngx_rtalpha_gw_static_t *fixed,
    const ngx_str_t *name)
{
    return fixed ? ngx_rtalpha_gw_static_get(fixed)
                 : ngx_rtalpha_services_get(name);
}


static ngx_rtalpha_service_t *
ngx_rtalpha_gw_static_get(ngx_rtalpha_gw_static_t *st)
{
    ngx_rtalpha_service_t       *service;
    ngx_rtalpha_gw_addresses_t  *a;

    a = st->runtime;

    if (a->service == NULL
        || (a->service->named
            && (a->resolved != ngx_rtalpha_resolve_number()
                || (ngx_msec_int_t) (ngx_current_msec - a->due) >= 0)))
    {
        service = ngx_rtalpha_gw_static_read(st);

        if (service) {

            if (a->service) {
                ngx_rtalpha_services_release(a->service);
            }

            a->service = service;
            a->resolved = ngx_rtalpha_resolve_number();
            a->due = ngx_current_msec + NGX_RTALPHA_GW_STATIC_DUE;
        }
    }

    if (a->service) {
        a->service->refs++;
    }

    return a->service;
}


ngx_int_t
ngx_rtalpha_gw_static_init(ngx_pool_t *pool, ngx_rtalpha_gw_static_t *st)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_rtalpha_gw_addresses_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(cln->data, sizeof(ngx_rtalpha_gw_addresses_t));
    cln->handler = ngx_rtalpha_gw_static_cleanup;
    st->runtime = cln->data;

    return NGX_OK;
}


static void
ngx_rtalpha_gw_static_cleanup(void *data)
{
    ngx_rtalpha_gw_addresses_t  *a = data;

    if (a->service) {
        ngx_rtalpha_services_release(a->service);
    }
}


static ngx_rtalpha_service_t *
ngx_rtalpha_gw_static_read(ngx_rtalpha_gw_static_t *st)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_pool_t               *pool;
    ngx_rtalpha_service_t    *service;
    ngx_rtalpha_gw_server_t  *s;
    ngx_rtalpha_instance_t   *in;

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    service = ngx_pcalloc(pool, sizeof(ngx_rtalpha_service_t));
    in = ngx_pcalloc(pool, ngx_max(st->servers.nelts, 1)
                           * sizeof(ngx_rtalpha_instance_t));

    if (service == NULL || in == NULL) {
        goto failed;
    }

    service->pool = pool;
    service->refs = 1;
    service->version = 1;
    service->instances = in;
    service->name.len = st->name.len;
    service->name.data = ngx_pstrdup(pool, &st->name);

    if (service->name.data == NULL) {
        goto failed;
    }

    s = st->servers.elts;

    for (i = 0; i < st->servers.nelts; i++) {
        service->named |= !ngx_rtalpha_resolve_is_literal(&s[i].host);

        rc = ngx_rtalpha_gw_static_one(pool, &s[i], in);

        if (rc == NGX_ERROR) {
            goto failed;
        }

        if (rc == NGX_OK) {
            in++;
        }
    }

    service->n = in - service->instances;

    return service;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


/* NGX_DECLINED: its address is not known yet */

static ngx_int_t
ngx_rtalpha_gw_static_one(ngx_pool_t *pool, ngx_rtalpha_gw_server_t *s,
    ngx_rtalpha_instance_t *in)
{
    u_char  *p;

    in->host.len = s->host.len;
    in->host.data = ngx_pstrdup(pool, &s->host);
    in->id.data = ngx_pnalloc(pool, s->host.len + 6);

    if (in->host.data == NULL || in->id.data == NULL) {
        return NGX_ERROR;
    }

    if (s->zone.len) {
        in->zone.len = s->zone.len;
        in->zone.data = ngx_pstrdup(pool, &s->zone);

        if (in->zone.data == NULL) {
            return NGX_ERROR;
        }
    }

    p = ngx_sprintf(in->id.data, "%V:%ui", &s->host, (ngx_uint_t) s->port);
    in->id.len = p - in->id.data;
    in->port = s->port;
    in->secure = s->secure;
    in->weight = s->weight;

    return ngx_rtalpha_resolve(pool, &in->host, in->port, &in->sockaddr,
                               &in->socklen, &in->addr);
}


ngx_rtalpha_service_t *
ngx_rtalpha_gw_one_server(ngx_rtalpha_gw_server_t *server)
{
    ngx_rtalpha_gw_static_t  st;

    if (!ngx_rtalpha_resolve_is_literal(&server->host)) {
        return NULL;
    }

    ngx_memzero(&st, sizeof(ngx_rtalpha_gw_static_t));
    st.name = server->host;
    st.servers.elts = server;
    st.servers.nelts = 1;

    return ngx_rtalpha_gw_static_read(&st);
}


/* the service's next turn; a counter of the process when the zone's are out */

ngx_uint_t
ngx_rtalpha_gw_turn(const ngx_str_t *name)
{
    return ngx_atomic_fetch_add(ngx_rtalpha_gw_counter_of(name), 1);
}


ngx_uint_t
ngx_rtalpha_gw_turns(const ngx_str_t *name)
{
    return *ngx_rtalpha_gw_counter_of(name);
}


static ngx_atomic_t *
ngx_rtalpha_gw_counter_of(const ngx_str_t *name)
{
    ngx_uint_t              i, n;
    ngx_atomic_uint_t       hash, old;
    ngx_rtalpha_gw_root_t  *root;

    static ngx_atomic_t     own;

    root = ngx_rtalpha_gw_root;

    if (root == NULL) {
        return &own;
    }

    hash = ngx_murmur_hash2(name->data, name->len);
    hash = (hash << 16) ^ (ngx_atomic_uint_t) name->len ^ 1;

    for (n = 0; n < 64; n++) {
        i = ((hash >> 16) + n) % NGX_RTALPHA_GW_COUNTERS;
        old = root->counters[i].hash;

        if (old == hash
            || (old == 0
                && (ngx_atomic_cmp_set(&root->counters[i].hash, 0, hash)
                    || root->counters[i].hash == hash)))
        {
            return &root->counters[i].turn;
        }
    }

    return &own;
}


ngx_rtalpha_instance_t *
ngx_rtalpha_gw_balance(ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t again)
{
    ngx_uint_t              i, k, n;
    ngx_rtalpha_service_t  *service;

    service = ctx->service;
    n = service->n;

    if (n == 0) {
        return NULL;
    }

    if (again && ctx->instance) {
        return ctx->instance;
    }

    if (ctx->rule->plan.lb) {
        return ngx_rtalpha_gw_peers_choose(ctx);
    }

    if (n == 1) {
        i = 0;

    } else if (ctx->instance) {

        /* the next one is the neighbour: turns are for first tries */
        i = (ctx->instance - service->instances + 1) % n;

    } else {
        i = ngx_rtalpha_gw_turn(&service->name) % n;
    }

    for (k = 0; k < n; k++, i = (i + 1) % n) {
        if (!(ctx->tried & (1ULL << (i % 64)))) {
            ctx->tried |= 1ULL << (i % 64);
            return &service->instances[i];
        }
    }

    return NULL;
}
