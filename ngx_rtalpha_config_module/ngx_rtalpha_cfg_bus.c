
/*
 * The bus of this process: one session, and the numbers of what was sent.
 *
 * Ids of sent messages are kept in a ring that the session's thread looks
 * into when an acknowledgement comes; its mutex is held for a few hundred
 * comparisons at most.
 */


#include "ngx_rtalpha_cfg_bus.h"

#include <pthread.h>

#include "ngx_rtalpha_cfg_bus_text.h"


#define NGX_RTALPHA_CFG_BUS_IDS   256
#define NGX_RTALPHA_CFG_BUS_STOP  500       /* ms for a thread to end */
#define NGX_RTALPHA_CFG_BUS_TEXT  8192


static ngx_rtalpha_amqp_t       *ngx_rtalpha_cfg_bus;
static const ngx_str_t          *ngx_rtalpha_cfg_bus_uri;

/* what the session was made from: of its pool */
static ngx_pool_t               *ngx_rtalpha_cfg_bus_pool;
static ngx_rtalpha_amqp_conf_t   ngx_rtalpha_cfg_bus_used;
static ngx_str_t                 ngx_rtalpha_cfg_bus_origin;

static pthread_mutex_t           ngx_rtalpha_cfg_bus_mutex =
                                                  PTHREAD_MUTEX_INITIALIZER;
static u_char                    ngx_rtalpha_cfg_bus_ids
                                                   [NGX_RTALPHA_CFG_BUS_IDS]
                                                   [NGX_RTALPHA_CFG_BUS_ID];
static ngx_uint_t                ngx_rtalpha_cfg_bus_next;
static ngx_uint_t                ngx_rtalpha_cfg_bus_acks;


void
ngx_rtalpha_cfg_bus_init(const ngx_str_t *uri)
{
    ngx_rtalpha_cfg_bus = NULL;
    ngx_rtalpha_cfg_bus_uri = uri;
    ngx_rtalpha_cfg_bus_acks = 0;
}


/* in the session's thread */

static void
ngx_rtalpha_cfg_bus_received(void *data, const u_char *body, size_t len)
{
    u_char      id[NGX_RTALPHA_CFG_BUS_ID];
    ngx_uint_t  i;

    if (ngx_rtalpha_cfg_bus_ack(body, len, id) != NGX_OK) {
        return;
    }

    (void) pthread_mutex_lock(&ngx_rtalpha_cfg_bus_mutex);

    for (i = 0; i < NGX_RTALPHA_CFG_BUS_IDS; i++) {
        if (ngx_memcmp(ngx_rtalpha_cfg_bus_ids[i], id, sizeof(id)) == 0) {
            ngx_rtalpha_cfg_bus_acks++;
            break;
        }
    }

    (void) pthread_mutex_unlock(&ngx_rtalpha_cfg_bus_mutex);
}


/* spring.rabbitmq.addresses: the first of them */

static const char *
ngx_rtalpha_cfg_bus_address(ngx_pool_t *pool, const ngx_str_t *addresses,
    ngx_rtalpha_amqp_conf_t *amqp)
{
    u_char     *p, *comma;
    ngx_str_t   one, uri;

    one = *addresses;
    comma = ngx_strlchr(one.data, one.data + one.len, ',');

    if (comma) {
        one.len = comma - one.data;
    }

    if (ngx_rtalpha_str_begins(&one, "amqp")) {
        return ngx_rtalpha_amqp_parse(pool, &one, amqp);
    }

    p = ngx_pnalloc(pool, sizeof("amqps://") + one.len);
    if (p == NULL) {
        return "no memory";
    }

    uri.data = p;
    uri.len = ngx_sprintf(p, "%s%V", amqp->tls ? "amqps://" : "amqp://", &one)
              - p;

    return ngx_rtalpha_amqp_parse(pool, &uri, amqp);
}


/* NGX_DECLINED: no bus is asked for */

static ngx_int_t
ngx_rtalpha_cfg_bus_want(ngx_pool_t *pool, const ngx_rtalpha_cfg_conf_t *conf,
    ngx_rtalpha_amqp_conf_t *amqp)
{
    const char                    *error;
    const ngx_rtalpha_cfg_bus_t   *b;

    b = &conf->bus;

    if (!b->enabled
        || (ngx_rtalpha_cfg_bus_uri->len == 0 && b->host.len == 0
            && b->addresses.len == 0))
    {
        return NGX_DECLINED;
    }

    ngx_memzero(amqp, sizeof(ngx_rtalpha_amqp_conf_t));
    amqp->tls = b->tls;
    amqp->host = b->host;
    amqp->port = b->port ? b->port : (b->tls ? 5671 : 5672);
    amqp->user = b->user;
    amqp->password = b->password;
    amqp->vhost = b->vhost;
    amqp->exchange = b->destination;
    amqp->heartbeat = b->heartbeat / 1000;
    amqp->timeout = b->timeout;
    error = NULL;

    if (ngx_rtalpha_cfg_bus_uri->len) {
        error = ngx_rtalpha_amqp_parse(pool, ngx_rtalpha_cfg_bus_uri, amqp);

    } else if (b->addresses.len) {
        error = ngx_rtalpha_cfg_bus_address(pool, &b->addresses, amqp);
    }

    return error ? NGX_DECLINED : NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_cfg_bus_same(const ngx_rtalpha_amqp_conf_t *a,
    const ngx_rtalpha_amqp_conf_t *b)
{
    return ngx_rtalpha_str_eq(&a->host, &b->host)
           && ngx_rtalpha_str_eq(&a->user, &b->user)
           && ngx_rtalpha_str_eq(&a->password, &b->password)
           && ngx_rtalpha_str_eq(&a->vhost, &b->vhost)
           && ngx_rtalpha_str_eq(&a->exchange, &b->exchange)
           && a->port == b->port && a->heartbeat == b->heartbeat
           && a->timeout == b->timeout && a->tls == b->tls;
}


/* an id that no client has: it must not match theirs */

static ngx_int_t
ngx_rtalpha_cfg_bus_name(ngx_pool_t *pool, const ngx_str_t *wanted)
{
    u_char  *p, uuid[NGX_RTALPHA_CFG_BUS_ID];

    ngx_rtalpha_cfg_bus_uuid(uuid);

    p = ngx_pnalloc(pool, wanted->len + sizeof("rtalpha-config:0:")
                          + sizeof(uuid));
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_cfg_bus_origin.data = p;

    if (wanted->len) {
        p = ngx_cpymem(p, wanted->data, wanted->len);

    } else {
        p = ngx_sprintf(p, "rtalpha-config:0:%*s", sizeof(uuid), uuid);
    }

    ngx_rtalpha_cfg_bus_origin.len = p - ngx_rtalpha_cfg_bus_origin.data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_bus_copy(ngx_pool_t *pool, ngx_str_t *s)
{
    u_char  *p;

    p = ngx_pnalloc(pool, s->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, s->data, s->len);
    s->data = p;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_bus_begin(ngx_pool_t *pool, ngx_rtalpha_amqp_conf_t *amqp,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    if (ngx_rtalpha_cfg_bus_copy(pool, &amqp->host) != NGX_OK
        || ngx_rtalpha_cfg_bus_copy(pool, &amqp->user) != NGX_OK
        || ngx_rtalpha_cfg_bus_copy(pool, &amqp->password) != NGX_OK
        || ngx_rtalpha_cfg_bus_copy(pool, &amqp->vhost) != NGX_OK
        || ngx_rtalpha_cfg_bus_copy(pool, &amqp->exchange) != NGX_OK
        || ngx_rtalpha_cfg_bus_name(pool, &conf->bus.id) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return;
    }

    ngx_rtalpha_cfg_bus = ngx_rtalpha_amqp_start(amqp,
                                          ngx_rtalpha_cfg_bus_received, NULL);

    if (ngx_rtalpha_cfg_bus == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "rtalpha config: the bus cannot be started");
        ngx_destroy_pool(pool);
        return;
    }

    ngx_rtalpha_cfg_bus_pool = pool;
    ngx_rtalpha_cfg_bus_used = *amqp;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "rtalpha config: bus \"%V\" at %V:%ui", &amqp->exchange,
                  &amqp->host, amqp->port);
}


void
ngx_rtalpha_cfg_bus_look(ngx_rtalpha_cfg_conf_t **confs)
{
    ngx_int_t                 rc;
    ngx_pool_t               *pool;
    ngx_rtalpha_amqp_conf_t   amqp;

    pool = ngx_create_pool(2048, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    for (rc = NGX_DECLINED; *confs && rc == NGX_DECLINED; confs++) {
        rc = ngx_rtalpha_cfg_bus_want(pool, *confs, &amqp);

        if (rc == NGX_OK) {
            break;
        }
    }

    if (rc == NGX_OK && ngx_rtalpha_cfg_bus
        && ngx_rtalpha_cfg_bus_same(&amqp, &ngx_rtalpha_cfg_bus_used))
    {
        ngx_destroy_pool(pool);
        return;
    }

    ngx_rtalpha_cfg_bus_leave();

    if (rc == NGX_OK) {
        ngx_rtalpha_cfg_bus_begin(pool, &amqp, *confs);

    } else {
        ngx_destroy_pool(pool);
    }
}


void
ngx_rtalpha_cfg_bus_leave(void)
{
    if (ngx_rtalpha_cfg_bus == NULL) {
        return;
    }

    ngx_rtalpha_amqp_stop(ngx_rtalpha_cfg_bus, NGX_RTALPHA_CFG_BUS_STOP);
    ngx_rtalpha_cfg_bus = NULL;
    ngx_destroy_pool(ngx_rtalpha_cfg_bus_pool);
}


static void
ngx_rtalpha_cfg_bus_remember(const u_char *id)
{
    (void) pthread_mutex_lock(&ngx_rtalpha_cfg_bus_mutex);

    ngx_memcpy(ngx_rtalpha_cfg_bus_ids[ngx_rtalpha_cfg_bus_next], id,
               NGX_RTALPHA_CFG_BUS_ID);
    ngx_rtalpha_cfg_bus_next = (ngx_rtalpha_cfg_bus_next + 1)
                               % NGX_RTALPHA_CFG_BUS_IDS;

    (void) pthread_mutex_unlock(&ngx_rtalpha_cfg_bus_mutex);
}


static ngx_int_t
ngx_rtalpha_cfg_bus_send(ngx_pool_t *pool, const ngx_str_t *application,
    const ngx_str_t *profiles)
{
    u_char               id[NGX_RTALPHA_CFG_BUS_ID];
    ngx_int_t            rc;
    ngx_str_t            destination, body;
    ngx_time_t          *tp;
    ngx_rtalpha_out_t    out;

    rc = ngx_rtalpha_cfg_bus_destination(pool, application, profiles,
                                         &destination);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_out_init(&out, pool, 512, NGX_RTALPHA_CFG_BUS_TEXT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    tp = ngx_timeofday();
    ngx_rtalpha_cfg_bus_uuid(id);
    ngx_rtalpha_cfg_bus_refresh(&out, id,
                                (uint64_t) tp->sec * 1000 + tp->msec,
                                &ngx_rtalpha_cfg_bus_origin, &destination);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_cfg_bus_remember(id);

    return ngx_rtalpha_amqp_publish(ngx_rtalpha_cfg_bus, &destination, &body);
}


void
ngx_rtalpha_cfg_bus_tell(const ngx_str_t *application,
    const ngx_str_t *profiles)
{
    ngx_pool_t  *pool;

    if (ngx_rtalpha_cfg_bus == NULL) {
        return;
    }

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    if (ngx_rtalpha_cfg_bus_send(pool, application, profiles) != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha config: \"%V/%V\" is not told over the bus",
                      application, profiles);
    }

    ngx_destroy_pool(pool);
}


ngx_uint_t
ngx_rtalpha_cfg_bus_state(ngx_rtalpha_amqp_state_t *state,
    ngx_uint_t *acknowledged)
{
    if (ngx_rtalpha_cfg_bus == NULL) {
        return 0;
    }

    ngx_rtalpha_amqp_state(ngx_rtalpha_cfg_bus, state);

    (void) pthread_mutex_lock(&ngx_rtalpha_cfg_bus_mutex);
    *acknowledged = ngx_rtalpha_cfg_bus_acks;
    (void) pthread_mutex_unlock(&ngx_rtalpha_cfg_bus_mutex);

    return 1;
}
