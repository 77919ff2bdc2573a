
/*
 * The peers of a service are made once for each list of instances that a
 * worker gets, and again when a tree says something else about zones or
 * weights; they go with the list.  A request holds nothing of them but the
 * record of its instance, which lies in the zone.
 */


#include "ngx_rtalpha_gw_peers.h"
#include "ngx_rtalpha_gw_shared.h"
#include "ngx_rtalpha_line.h"
#include "ngx_rtalpha_metrics.h"


/* as much as a refused connection counts among latencies, us */
#define NGX_RTALPHA_GW_PEERS_REFUSED  1000000


typedef struct {
    ngx_pool_t                 *pool;
    uint32_t                    shape;
    ngx_rtalpha_gw_peers_t      peers;
    ngx_rtalpha_gw_stat_t      *spare;      /* for those without a record */
} ngx_rtalpha_gw_runtime_t;


static void ngx_rtalpha_gw_peers_ask(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_runtime_t *rt, ngx_rtalpha_gw_choice_t *choice);
static void ngx_rtalpha_gw_peers_tell(const ngx_rtalpha_gw_choice_t *choice);
static ngx_rtalpha_gw_stat_t *ngx_rtalpha_gw_peers_stat(
    ngx_rtalpha_gw_runtime_t *rt, ngx_rtalpha_gw_peer_t *peer);
static ngx_rtalpha_gw_runtime_t *ngx_rtalpha_gw_peers_get(
    ngx_rtalpha_service_t *service, const ngx_rtalpha_gw_svc_t *svc);
static ngx_int_t ngx_rtalpha_gw_peers_make(ngx_rtalpha_gw_runtime_t *rt,
    ngx_rtalpha_service_t *service, const ngx_rtalpha_gw_svc_t *svc);
static uint32_t ngx_rtalpha_gw_peers_weight(
    const ngx_rtalpha_instance_t *instance, const ngx_rtalpha_gw_svc_t *svc);
static ngx_uint_t ngx_rtalpha_gw_peers_zones(ngx_rtalpha_service_t *service,
    const ngx_rtalpha_gw_svc_t *svc, u_char *own);
static void ngx_rtalpha_gw_peers_cleanup(void *data);
static uint64_t ngx_rtalpha_gw_peers_tag(const ngx_str_t *service,
    const ngx_str_t *id);
static ngx_int_t ngx_rtalpha_gw_peers_sticky(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_choice_t *choice);
static void ngx_rtalpha_gw_peers_keep(ngx_rtalpha_gw_ctx_t *ctx);
static uint64_t ngx_rtalpha_gw_peers_key(ngx_rtalpha_gw_ctx_t *ctx,
    const ngx_rtalpha_gw_svc_t *svc);
static ngx_uint_t ngx_rtalpha_gw_peers_cookie(ngx_http_request_t *r,
    const ngx_str_t *name, ngx_str_t *value);
static void ngx_rtalpha_gw_peers_outcome(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t failed);
static uint64_t ngx_rtalpha_gw_peers_now(void);
static uint64_t ngx_rtalpha_gw_peers_usec(void);


static uint64_t    ngx_rtalpha_gw_peers_random;
static ngx_uint_t  ngx_rtalpha_gw_peers_ejections;
static ngx_uint_t  ngx_rtalpha_gw_peers_panics;
static ngx_uint_t  ngx_rtalpha_gw_peers_overflows;
static ngx_uint_t  ngx_rtalpha_gw_peers_full;


void
ngx_rtalpha_gw_peers_counters(ngx_conf_t *cf)
{
    ngx_rtalpha_gw_peers_ejections = ngx_rtalpha_metrics_counter(cf,
                    "rtalpha_gateway_ejections_total", NULL,
                    "Instances left out for a while because they failed.");
    ngx_rtalpha_gw_peers_panics = ngx_rtalpha_metrics_counter(cf,
                    "rtalpha_gateway_panics_total", NULL,
                    "Requests to an ejected instance, as there was no other.");
    ngx_rtalpha_gw_peers_overflows = ngx_rtalpha_metrics_counter(cf,
                    "rtalpha_gateway_zone_overflows_total", NULL,
                    "Requests that left the preferred zone.");
    ngx_rtalpha_gw_peers_full = ngx_rtalpha_metrics_counter(cf,
                    "rtalpha_gateway_instance_limits_total", NULL,
                    "Choices that passed over an instance at its limit.");
}


ngx_rtalpha_instance_t *
ngx_rtalpha_gw_peers_choose(ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_int_t                  i;
    ngx_rtalpha_gw_svc_t      *svc;
    ngx_rtalpha_gw_stat_t     *stat;
    ngx_rtalpha_gw_choice_t    choice;
    ngx_rtalpha_gw_runtime_t  *rt;

    ngx_rtalpha_gw_peers_leave(ctx);

    svc = ctx->rule->plan.lb;
    rt = ngx_rtalpha_gw_peers_get(ctx->service, svc);

    if (rt == NULL) {
        return NULL;
    }

    ngx_rtalpha_gw_peers_ask(ctx, rt, &choice);

    i = svc->sticky.len ? ngx_rtalpha_gw_peers_sticky(ctx, &choice)
                        : NGX_DECLINED;

    for ( ;; ) {

        if (i == NGX_DECLINED) {
            i = ngx_rtalpha_gw_lb_choose(&choice);
        }

        ctx->busy = choice.full;

        if (i == NGX_DECLINED) {
            ngx_rtalpha_gw_peers_tell(&choice);
            return NULL;
        }

        stat = ngx_rtalpha_gw_peers_stat(rt, &rt->peers.peers[i]);

        if (ngx_rtalpha_gw_shared_enter(stat) < svc->rule.max_active
            || svc->rule.max_active == 0)
        {
            break;
        }

        /* another worker was faster */

        ngx_rtalpha_gw_shared_leave(stat);
        choice.tried |= 1ULL << (i % 64);
        i = NGX_DECLINED;
    }

    ngx_rtalpha_gw_peers_tell(&choice);

    stat->seen = (uint32_t) ngx_time();
    ctx->stat = stat;
    ctx->started = 0;
    ctx->tried |= 1ULL << (i % 64);

    return &ctx->service->instances[i];
}


static void
ngx_rtalpha_gw_peers_ask(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_runtime_t *rt, ngx_rtalpha_gw_choice_t *choice)
{
    ngx_rtalpha_gw_svc_t  *svc;

    if (ngx_rtalpha_gw_peers_random == 0) {
        ngx_rtalpha_gw_peers_random = 1
                      | ngx_rtalpha_gw_lb_mix(ngx_rtalpha_gw_peers_usec(),
                                              ngx_pid);
    }

    svc = ctx->rule->plan.lb;
    ngx_memzero(choice, sizeof(ngx_rtalpha_gw_choice_t));

    choice->rule = &svc->rule;
    choice->peers = &rt->peers;
    choice->now = ngx_rtalpha_gw_peers_now();
    choice->tried = ctx->tried;
    choice->key = svc->key ? ngx_rtalpha_gw_peers_key(ctx, svc) : 0;
    choice->random = ngx_rtalpha_gw_peers_random;
    choice->turn = ngx_rtalpha_gw_turn(&ctx->service->name);
}


static void
ngx_rtalpha_gw_peers_tell(const ngx_rtalpha_gw_choice_t *choice)
{
    ngx_rtalpha_gw_peers_random = choice->random;

    if (choice->full) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_gw_peers_full, 1);
    }

    if (choice->left) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_gw_peers_overflows, 1);
    }

    if (choice->panic) {
        ngx_rtalpha_metrics_add(ngx_rtalpha_gw_peers_panics, 1);
    }
}


/* its record may have been given away while nobody used it */

static ngx_rtalpha_gw_stat_t *
ngx_rtalpha_gw_peers_stat(ngx_rtalpha_gw_runtime_t *rt,
    ngx_rtalpha_gw_peer_t *peer)
{
    if (peer->stat != rt->spare && peer->stat->tag != peer->tag) {
        peer->stat = ngx_rtalpha_gw_shared_stat(peer->tag);

        if (peer->stat == NULL) {
            peer->stat = rt->spare;
        }
    }

    return peer->stat;
}


static ngx_rtalpha_gw_runtime_t *
ngx_rtalpha_gw_peers_get(ngx_rtalpha_service_t *service,
    const ngx_rtalpha_gw_svc_t *svc)
{
    ngx_pool_cleanup_t        *cln;
    ngx_rtalpha_gw_runtime_t  *rt;

    rt = service->runtime;

    if (rt == NULL) {
        rt = ngx_pcalloc(service->pool, sizeof(ngx_rtalpha_gw_runtime_t));
        cln = ngx_pool_cleanup_add(service->pool, 0);

        if (rt == NULL || cln == NULL) {
            return NULL;
        }

        cln->handler = ngx_rtalpha_gw_peers_cleanup;
        cln->data = rt;
        service->runtime = rt;
    }

    if (rt->pool == NULL || rt->shape != svc->shape) {
        ngx_rtalpha_gw_peers_cleanup(rt);

        if (ngx_rtalpha_gw_peers_make(rt, service, svc) != NGX_OK) {
            ngx_rtalpha_gw_peers_cleanup(rt);
            return NULL;
        }
    }

    return rt;
}


static void
ngx_rtalpha_gw_peers_cleanup(void *data)
{
    ngx_rtalpha_gw_runtime_t  *rt = data;

    if (rt->pool) {
        ngx_destroy_pool(rt->pool);
        rt->pool = NULL;
    }
}


static ngx_int_t
ngx_rtalpha_gw_peers_make(ngx_rtalpha_gw_runtime_t *rt,
    ngx_rtalpha_service_t *service, const ngx_rtalpha_gw_svc_t *svc)
{
    u_char                  *own;
    ngx_uint_t               i, zones;
    ngx_rtalpha_gw_peer_t   *peer;
    ngx_rtalpha_instance_t  *instance;

    rt->pool = ngx_create_pool(4096, ngx_cycle->log);
    if (rt->pool == NULL) {
        return NGX_ERROR;
    }

    rt->shape = svc->shape;
    rt->peers.n = service->n;

    if (rt->spare == NULL) {
        rt->spare = ngx_pcalloc(service->pool, sizeof(ngx_rtalpha_gw_stat_t));
    }

    peer = ngx_pcalloc(rt->pool, ngx_max(service->n, 1)
                                 * sizeof(ngx_rtalpha_gw_peer_t));
    own = ngx_palloc(rt->pool, service->n + 1);

    if (rt->spare == NULL || peer == NULL || own == NULL) {
        return NGX_ERROR;
    }

    rt->peers.peers = peer;
    instance = service->instances;

    for (i = 0; i < service->n; i++) {
        peer[i].tag = ngx_rtalpha_gw_peers_tag(&service->name,
                                               &instance[i].id);
        peer[i].since = instance[i].since;
        peer[i].weight = ngx_rtalpha_gw_peers_weight(&instance[i], svc);
        peer[i].stat = ngx_rtalpha_gw_shared_stat(peer[i].tag);

        if (peer[i].stat == NULL) {
            peer[i].stat = rt->spare;
        }
    }

    zones = ngx_rtalpha_gw_peers_zones(service, svc, own);

    return ngx_rtalpha_gw_lb_sets(rt->pool, &rt->peers, zones ? own : NULL,
                                  svc->overflow ? zones : 0,
                                  svc->rule.algorithm
                                  == NGX_RTALPHA_GW_LB_WEIGHTED);
}


static uint32_t
ngx_rtalpha_gw_peers_weight(const ngx_rtalpha_instance_t *instance,
    const ngx_rtalpha_gw_svc_t *svc)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    if (svc->missing == 0) {
        return instance->weight ? instance->weight : 100;
    }

    if (instance->metadata) {
        kv = instance->metadata->elts;

        for (i = 0; i < instance->metadata->nelts; i++) {
            if (ngx_rtalpha_str_is(&kv[i].key, "weight")) {
                return instance->weight;
            }
        }

        return svc->missing;
    }

    return instance->weight ? instance->weight : svc->missing;
}


/* in how many zones they stand, and which ones in that of the gateway */

static ngx_uint_t
ngx_rtalpha_gw_peers_zones(ngx_rtalpha_service_t *service,
    const ngx_rtalpha_gw_svc_t *svc, u_char *own)
{
    ngx_uint_t               i, k, zones;
    ngx_rtalpha_instance_t  *instance;

    if (!svc->zones) {
        return 0;
    }

    zones = 0;
    instance = service->instances;

    for (i = 0; i < service->n; i++) {
        own[i] = ngx_rtalpha_str_eq(&instance[i].zone, &svc->zone);

        for (k = 0; k < i && zones < 64; k++) {
            if (ngx_rtalpha_str_eq(&instance[k].zone, &instance[i].zone)) {
                break;
            }
        }

        zones += (k == i);
    }

    return zones;
}


static uint64_t
ngx_rtalpha_gw_peers_tag(const ngx_str_t *service, const ngx_str_t *id)
{
    uint64_t  tag;

    tag = ngx_murmur_hash2(id->data, id->len);
    tag = (tag << 32) | ngx_crc32_long(id->data, id->len);
    tag = ngx_rtalpha_gw_lb_mix(tag, ngx_murmur_hash2(service->data,
                                                      service->len));
    return tag ? tag : 1;
}


/* the instance that the client's cookie names, while it may be used */

static ngx_int_t
ngx_rtalpha_gw_peers_sticky(ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_choice_t *choice)
{
    ngx_str_t                value;
    ngx_uint_t               i;
    ngx_rtalpha_instance_t  *instance;

    ctx->stuck = 0;

    if (!ngx_rtalpha_gw_peers_cookie(ctx->request,
                                     &ctx->rule->plan.lb->sticky, &value))
    {
        return NGX_DECLINED;
    }

    instance = ctx->service->instances;

    for (i = 0; i < ctx->service->n; i++) {

        if (ngx_rtalpha_str_eq(&instance[i].id, &value)) {

            if (!ngx_rtalpha_gw_lb_usable(choice, i)) {
                return NGX_DECLINED;
            }

            ctx->stuck = 1;

            return i;
        }
    }

    return NGX_DECLINED;
}


/*
 * The client is told which instance has answered.  An id with bytes that a
 * cookie cannot have (RFC 6265, 4.1.1) is not told.
 */

static void
ngx_rtalpha_gw_peers_keep(ngx_rtalpha_gw_ctx_t *ctx)
{
    u_char        *p;
    ngx_str_t     *id, *name;
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    id = &ctx->instance->id;
    name = &ctx->rule->plan.lb->sticky;

    for (i = 0; i < id->len; i++) {
        if (id->data[i] <= ' ' || id->data[i] >= 0x7f || id->data[i] == '"'
            || id->data[i] == ',' || id->data[i] == ';'
            || id->data[i] == '\\')
        {
            return;
        }
    }

    if (ctx->fields == NULL) {
        ctx->fields = ngx_array_create(ctx->request->pool, 1,
                                       sizeof(ngx_keyval_t));
        if (ctx->fields == NULL) {
            return;
        }
    }

    p = ngx_pnalloc(ctx->request->pool, name->len + id->len
                                 + sizeof("=; Path=/; HttpOnly; Secure"));
    kv = ngx_array_push(ctx->fields);

    if (kv == NULL) {
        return;
    }

    if (p == NULL) {
        ctx->fields->nelts--;
        return;
    }

    ngx_str_set(&kv->key, "Set-Cookie");
    kv->value.data = p;
    p = ngx_sprintf(p, "%V=%V; Path=/; HttpOnly", name, id);

#if (NGX_HTTP_SSL)

    if (ctx->request->connection->ssl) {
        p = ngx_cpymem(p, "; Secure", sizeof("; Secure") - 1);
    }

#endif

    kv->value.len = p - kv->value.data;
}


/* what is hashed; 0: the request has none of it */

static uint64_t
ngx_rtalpha_gw_peers_key(ngx_rtalpha_gw_ctx_t *ctx,
    const ngx_rtalpha_gw_svc_t *svc)
{
    uint64_t             hash;
    ngx_str_t            text;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = ctx->request;
    ngx_str_null(&text);

    switch (svc->key) {

    case NGX_RTALPHA_GW_KEY_ADDR:
        text = r->connection->addr_text;
        break;

    case NGX_RTALPHA_GW_KEY_PATH:
        text = r->uri;
        break;

    case NGX_RTALPHA_GW_KEY_HEADER:
        h = ngx_rtalpha_line_first(&r->headers_in.headers.part,
                                   &svc->key_name);

        if (h) {
            text = h->value;
        }

        break;

    default:
        (void) ngx_rtalpha_gw_peers_cookie(r, &svc->key_name, &text);
    }

    if (text.len == 0) {
        return 0;
    }

    hash = ngx_murmur_hash2(text.data, text.len);
    hash = (hash << 32) | ngx_crc32_long(text.data, text.len);

    return hash ? hash : 1;
}


static ngx_uint_t
ngx_rtalpha_gw_peers_cookie(ngx_http_request_t *r, const ngx_str_t *name,
    ngx_str_t *value)
{
    u_char                 *p, *last, *start;
    ngx_uint_t              i, n;
    ngx_table_elt_t        *h;
    const ngx_list_part_t  *part;

    static ngx_str_t  cookie = ngx_string("Cookie");

    part = &r->headers_in.headers.part;
    i = 0;

    for (n = 0; n < 16; n++) {
        h = ngx_rtalpha_line_next(&part, &i, &cookie);

        if (h == NULL) {
            return 0;
        }

        p = h->value.data;
        last = p + h->value.len;

        for (start = p; start < last; start = p + 1) {

            while (start < last && *start == ' ') {
                start++;
            }

            for (p = start; p < last && *p != ';'; p++) { /* void */ }

            if ((size_t) (p - start) > name->len
                && start[name->len] == '='
                && ngx_memcmp(start, name->data, name->len) == 0)
            {
                value->data = start + name->len + 1;
                value->len = p - value->data;
                return 1;
            }
        }
    }

    return 0;
}


void
ngx_rtalpha_gw_peers_begin(ngx_rtalpha_gw_ctx_t *ctx)
{
    ctx->started = ngx_rtalpha_gw_peers_usec();
}


void
ngx_rtalpha_gw_peers_answered(ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t status)
{
    uint64_t               usec;
    ngx_rtalpha_gw_svc_t  *svc;

    if (ctx->stat == NULL || ctx->started == 0) {
        return;
    }

    svc = ctx->rule->plan.lb;
    usec = ngx_rtalpha_gw_peers_usec() - ctx->started;
    ctx->started = 0;

    ngx_rtalpha_gw_stat_sample(ctx->stat, ngx_rtalpha_gw_peers_now(),
                               (uint32_t) ngx_min(usec, 600000000));

    ngx_rtalpha_gw_peers_outcome(ctx, status >= 500 && status < 600);

    if (svc->sticky.len && !ctx->stuck) {
        ngx_rtalpha_gw_peers_keep(ctx);
    }
}


void
ngx_rtalpha_gw_peers_failed(ngx_rtalpha_gw_ctx_t *ctx)
{
    uint64_t  usec;

    if (ctx->stat == NULL || ctx->started == 0) {
        return;
    }

    usec = ngx_rtalpha_gw_peers_usec() - ctx->started;
    ctx->started = 0;

    ngx_rtalpha_gw_stat_sample(ctx->stat, ngx_rtalpha_gw_peers_now(),
                               (uint32_t) ngx_min(ngx_max(usec,
                                             NGX_RTALPHA_GW_PEERS_REFUSED),
                                                  600000000));

    ngx_rtalpha_gw_peers_outcome(ctx, 1);
}


void
ngx_rtalpha_gw_peers_leave(ngx_rtalpha_gw_ctx_t *ctx)
{
    if (ctx->stat) {
        ngx_rtalpha_gw_shared_leave(ctx->stat);
        ctx->stat = NULL;
    }
}


static void
ngx_rtalpha_gw_peers_outcome(ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t failed)
{
    uint64_t                   now;
    ngx_uint_t                 i, out;
    ngx_rtalpha_gw_svc_t      *svc;
    ngx_rtalpha_gw_peer_t     *peer;
    ngx_rtalpha_gw_runtime_t  *rt;

    svc = ctx->rule->plan.lb;
    now = ngx_rtalpha_gw_peers_now();

    if ((svc->outlier.row == 0 && svc->outlier.percent == 0)
        || !ngx_rtalpha_gw_outlier_record(ctx->stat, &svc->outlier, now,
                                          failed))
    {
        return;
    }

    rt = ngx_rtalpha_gw_peers_get(ctx->service, svc);

    if (rt == NULL) {
        return;
    }

    peer = rt->peers.peers;
    out = 0;

    for (i = 0; i < rt->peers.n; i++) {
        out += (peer[i].stat->ejected > now);
    }

    if (!ngx_rtalpha_gw_outlier_may(&svc->outlier, out, rt->peers.n)) {
        return;
    }

    now = ngx_rtalpha_gw_outlier_eject(ctx->stat, &svc->outlier, now) - now;
    ngx_rtalpha_metrics_add(ngx_rtalpha_gw_peers_ejections, 1);

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "instance \"%V\" of \"%V\" fails: left out for %uL ms",
                  &ctx->instance->id, &ctx->service->name, now);
}


static uint64_t
ngx_rtalpha_gw_peers_now(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (uint64_t) tp->sec * 1000 + tp->msec;
}


/* nginx's own clock is as coarse as the event loop */

static uint64_t
ngx_rtalpha_gw_peers_usec(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000 + 1;
}


ngx_rtalpha_gw_stat_t *
ngx_rtalpha_gw_peers_known(const ngx_str_t *service, const ngx_str_t *id)
{
    return ngx_rtalpha_gw_shared_stat(ngx_rtalpha_gw_peers_tag(service, id));
}
