
/*
 * The keys of an Eureka server, and what each does here.
 */


#include "ngx_rtalpha_reg_settings.h"


#define ngx_rtalpha_reg_at(field)                                             \
    offsetof(ngx_rtalpha_reg_conf_t, field)

#define ngx_rtalpha_reg_used(key, type, field)                                \
    { ngx_string(key), NGX_RTALPHA_BIND_##type, ngx_rtalpha_reg_at(field),    \
      0, 0, NGX_RTALPHA_BIND_USED, NULL }

#define ngx_rtalpha_reg_limit(key, type, field, min, max)                     \
    { ngx_string(key), NGX_RTALPHA_BIND_##type, ngx_rtalpha_reg_at(field),    \
      min, max, NGX_RTALPHA_BIND_USED, NULL }

#define ngx_rtalpha_reg_differs(key, type, field, note)                       \
    { ngx_string(key), NGX_RTALPHA_BIND_##type, ngx_rtalpha_reg_at(field),    \
      0, 0, NGX_RTALPHA_BIND_DIFFERENT, note }

#define ngx_rtalpha_reg_ignored(key, note)                                    \
    { ngx_string(key), NGX_RTALPHA_BIND_NONE, 0, 0, 0,                        \
      NGX_RTALPHA_BIND_IGNORED, note }

#define ngx_rtalpha_reg_read(key)                                             \
    { ngx_string(key), NGX_RTALPHA_BIND_NONE, 0, 0, 0,                        \
      NGX_RTALPHA_BIND_USED, NULL }


#define NGX_RTALPHA_REG_CLUSTER_NAME  64


#define JAVA    "a matter of the Java server's threads or caches"
#define AMAZON  "there is no Amazon integration"
#define CLIENT  "the registry is no client of itself"
#define REGION  "there are no remote regions"
#define LIMITS  "limit_req does it"


static ngx_int_t ngx_rtalpha_reg_conf_name(const ngx_rtalpha_props_t *props,
    ngx_rtalpha_reg_conf_t *conf, ngx_rtalpha_report_t *report);
static ngx_int_t ngx_rtalpha_reg_conf_mirror(const ngx_rtalpha_props_t *props,
    ngx_rtalpha_reg_conf_t *conf, ngx_rtalpha_report_t *report);
static ngx_int_t ngx_rtalpha_reg_conf_peers(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_reg_conf_t *conf);
static ngx_uint_t ngx_rtalpha_reg_conf_client(ngx_str_t *rest,
    const char *name);
static ngx_uint_t ngx_rtalpha_reg_conf_zone(const ngx_str_t *zones,
    const ngx_str_t *zone);
static ngx_int_t ngx_rtalpha_reg_conf_peer(ngx_pool_t *pool,
    ngx_rtalpha_reg_conf_t *conf, ngx_str_t *text);


ngx_rtalpha_reg_conf_t  ngx_rtalpha_reg_conf;


const ngx_rtalpha_bind_t  ngx_rtalpha_reg_binds[] = {

    ngx_rtalpha_reg_differs("eureka.server.enable-self-preservation", FLAG,
        self_preservation, "by the time that renewals cover, per zone, with "
        "rtalpha.registry.self-preservation.floor"),
    ngx_rtalpha_reg_limit("eureka.server.renewal-percent-threshold",
        FRACTION, threshold, 0, 1000000),
    ngx_rtalpha_reg_differs("eureka.server.eviction-interval-timer-in-ms",
        MSEC, eviction_interval, "leases are exact; it counts with "
        "rtalpha.registry.compat.eviction-share only"),
    ngx_rtalpha_reg_used("eureka.server.use-read-only-response-cache", FLAG,
        read_only_cache),
    ngx_rtalpha_reg_limit("eureka.server.response-cache-update-interval-ms",
        MSEC, cache_interval, 1, 0),
    ngx_rtalpha_reg_limit("eureka.server.retention-time-in-m-s-in-delta-queue",
        MSEC, delta_retention, 1000, 86400000),
    ngx_rtalpha_reg_limit("eureka.server.delta-retention-timer-interval-in-ms",
        MSEC, delta_timer, 1000, 86400000),
    ngx_rtalpha_reg_used("eureka.server.disable-delta", FLAG, disable_delta),
    ngx_rtalpha_reg_used("eureka.server.sync-when-timestamp-differs", FLAG,
        sync_dirty),
    ngx_rtalpha_reg_limit("eureka.server.peer-node-connect-timeout-ms", MSEC,
        peer_connect, 1, 0),
    ngx_rtalpha_reg_limit("eureka.server.peer-node-read-timeout-ms", MSEC,
        peer_read, 1, 0),
    ngx_rtalpha_reg_limit(
        "eureka.server.max-elements-in-peer-replication-pool", INT,
        peer_queue, 1, 1000000),
    ngx_rtalpha_reg_limit("eureka.server.max-time-for-replication", MSEC,
        peer_max_age, 1000, 0),
    ngx_rtalpha_reg_used("eureka.server.my-url", STR, my_url),
    ngx_rtalpha_reg_ignored(
        "eureka.server.expected-client-renewal-interval-seconds",
        "each instance's own interval counts"),
    ngx_rtalpha_reg_ignored(
        "eureka.server.renewal-threshold-update-interval-ms",
        "the threshold follows every change"),
    ngx_rtalpha_reg_ignored(
        "eureka.server.response-cache-auto-expiration-in-seconds",
        "an answer is made anew when it has changed"),
    ngx_rtalpha_reg_ignored("eureka.server.wait-time-in-ms-when-sync-empty",
        "an empty registry answers at once"),
    ngx_rtalpha_reg_ignored("eureka.server.number-of-replication-retries",
        "a peer is tried until what is queued is too old"),
    ngx_rtalpha_reg_ignored("eureka.server.peer-eureka-nodes-update-interval-"
        "ms", "the list follows the settings"),
    ngx_rtalpha_reg_ignored("eureka.server.peer-eureka-status-refresh-time-"
        "interval-ms", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.registry-sync-retries", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.registry-sync-retry-wait-ms",
        JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.peer-node-total-connections",
        JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.peer-node-total-connections-per-host", JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.peer-node-connection-idle-timeout-seconds", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.max-threads-for-peer-replication",
        JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.min-threads-for-peer-replication",
        JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.max-idle-thread-age-in-minutes-for-peer-replication",
        JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.max-idle-thread-in-minutes-age-for-status-replication",
        JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.max-threads-for-status-replication", JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.min-threads-for-status-replication", JAVA),
    ngx_rtalpha_reg_ignored(
        "eureka.server.max-elements-in-status-replication-pool", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.prime-aws-replica-connections",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.initial-capacity-of-response-cache",
        JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.enable-replicated-request-"
        "compression", "bodies are sent as they are"),
    ngx_rtalpha_reg_ignored("eureka.server.batch-replication",
        "batches are always used"),
    ngx_rtalpha_reg_ignored(
        "eureka.server.min-available-instances-for-peer-replication",
        "a node serves whatever its peers do"),
    ngx_rtalpha_reg_ignored("eureka.server.log-identity-headers",
        "the access log has them"),
    ngx_rtalpha_reg_ignored("eureka.server.rate-limiter-enabled", LIMITS),
    ngx_rtalpha_reg_ignored(
        "eureka.server.rate-limiter-throttle-standard-clients", LIMITS),
    ngx_rtalpha_reg_ignored("eureka.server.rate-limiter-burst-size", LIMITS),
    ngx_rtalpha_reg_ignored("eureka.server.rate-limiter-privileged-clients",
        LIMITS),
    ngx_rtalpha_reg_ignored(
        "eureka.server.rate-limiter-registry-fetch-average-rate", LIMITS),
    ngx_rtalpha_reg_ignored(
        "eureka.server.rate-limiter-full-fetch-average-rate", LIMITS),
    ngx_rtalpha_reg_ignored("eureka.server.json-codec-name", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.xml-codec-name", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.property-resolver", JAVA),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-urls", REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-urls-with-name.*",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-app-whitelist.**",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-trust-store",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-trust-store-password",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-connect-timeout-ms",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-read-timeout-ms",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-total-connections",
        REGION),
    ngx_rtalpha_reg_ignored(
        "eureka.server.remote-region-total-connections-per-host", REGION),
    ngx_rtalpha_reg_ignored(
        "eureka.server.remote-region-connection-idle-timeout-seconds",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-fetch-thread-pool-"
        "size", REGION),
    ngx_rtalpha_reg_ignored("eureka.server.remote-region-registry-fetch-"
        "interval", REGION),
    ngx_rtalpha_reg_ignored("eureka.server.disable-transparent-fallback-to-"
        "other-region", REGION),
    ngx_rtalpha_reg_ignored("eureka.server.g-zip-content-from-remote-region",
        REGION),
    ngx_rtalpha_reg_ignored("eureka.server.aws-access-id", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.aws-secret-key", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.list-auto-scaling-groups-role-name",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.use-aws-asg-api", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.asg-query-timeout-ms", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.asg-update-interval-ms", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.asg-cache-expiry-timeout-ms",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.e-i-p-bind-rebind-retries",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.e-i-p-binding-retry-interval-ms",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.e-i-p-binding-retry-interval-ms-"
        "when-unbound", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.route53-bind-rebind-retries",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.route53-binding-retry-interval-ms",
        AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.route53-domain-t-t-l", AMAZON),
    ngx_rtalpha_reg_ignored("eureka.server.binding-strategy", AMAZON),

    ngx_rtalpha_reg_used("eureka.instance.hostname", STR, hostname),
    ngx_rtalpha_reg_used("eureka.instance.instance-id", STR, instance_id),
    ngx_rtalpha_reg_ignored("eureka.instance.**", CLIENT),
    ngx_rtalpha_reg_used("eureka.environment", STR, environment),
    ngx_rtalpha_reg_used("eureka.datacenter", STR, datacenter),
    ngx_rtalpha_reg_used("eureka.dashboard.enabled", FLAG, dashboard),
    ngx_rtalpha_reg_used("eureka.dashboard.path", STR, dashboard_path),
    ngx_rtalpha_reg_read("eureka.client.service-url.*"),
    ngx_rtalpha_reg_used("eureka.client.region", STR, region),
    ngx_rtalpha_reg_read("eureka.client.availability-zones.*"),
    ngx_rtalpha_reg_used("eureka.client.prefer-same-zone-eureka", FLAG,
        prefer_zone),
    ngx_rtalpha_reg_limit("eureka.client.registry-fetch-interval-seconds",
        SEC, fetch_interval, 1000, 3600000),
    ngx_rtalpha_reg_ignored("eureka.client.**", CLIENT),

    ngx_rtalpha_reg_used("rtalpha.registry.compat.double-lease", FLAG,
        double_lease),
    ngx_rtalpha_reg_limit("rtalpha.registry.compat.eviction-share", FRACTION,
        eviction_share, 1, 1000000),
    ngx_rtalpha_reg_used("rtalpha.registry.compat.error-body", FLAG,
        error_body),
    ngx_rtalpha_reg_used("rtalpha.registry.persist", FLAG, persist),
    ngx_rtalpha_reg_limit("rtalpha.registry.self-preservation.floor", INT,
        floor, 0, 1000000),
    ngx_rtalpha_reg_used("rtalpha.registry.cluster.enabled", FLAG, cluster),
    ngx_rtalpha_reg_used("rtalpha.registry.cluster.name", STR, cluster_name),
    ngx_rtalpha_reg_limit("rtalpha.registry.cluster.stream", INT,
        cluster_stream, 1000, 10000000),
    ngx_rtalpha_reg_used("rtalpha.registry.mirror", FLAG, mirror),
    ngx_rtalpha_reg_limit("rtalpha.registry.mirror-hold", MSEC, mirror_hold,
        1, 0),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-instances", INT,
        max_instances, 1, 0),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-instances-per-application",
        INT, max_app, 1, 0),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-instances-per-address", INT,
        max_source, 1, 0),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-delta", INT, max_delta, 1,
        1000000),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-body", SIZE, max_body, 1024,
        64 * 1024 * 1024),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-batch", SIZE, max_batch,
        1024, 64 * 1024 * 1024),
    ngx_rtalpha_reg_limit("rtalpha.registry.max-answer", SIZE, max_answer,
        1024 * 1024, 0),

    ngx_rtalpha_bind_null
};


void
ngx_rtalpha_reg_conf_defaults(ngx_rtalpha_reg_conf_t *conf)
{
    ngx_memzero(conf, sizeof(ngx_rtalpha_reg_conf_t));

    conf->self_preservation = 1;
    conf->threshold = 850000;
    conf->eviction_interval = 60000;
    conf->cache_interval = 30000;
    conf->delta_retention = 180000;
    conf->delta_timer = 30000;
    conf->sync_dirty = 1;
    conf->peer_connect = 200;
    conf->peer_read = 200;
    conf->peer_queue = 10000;
    conf->peer_max_age = 30000;
    conf->eviction_share = 1000000;
    conf->persist = 1;
    conf->prefer_zone = 1;
    conf->cluster = 1;
    conf->cluster_stream = 20000;
    conf->floor = 5;
    conf->fetch_interval = 30000;
    conf->mirror_hold = 300000;
    conf->max_instances = 1000000;
    conf->max_app = 1000000;
    conf->max_source = 100000;
    conf->max_delta = 50000;
    conf->max_body = 2 * 1024 * 1024;
    conf->max_batch = 16 * 1024 * 1024;
    conf->max_answer = 256 * 1024 * 1024;
    conf->dashboard = 1;

    ngx_str_set(&conf->dashboard_path, "/");
    ngx_str_set(&conf->region, "us-east-1");
    ngx_str_set(&conf->cluster_name, "registry");
    ngx_str_set(&conf->environment, "test");
    ngx_str_set(&conf->datacenter, "default");
}


ngx_int_t
ngx_rtalpha_reg_conf_bind(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_rtalpha_reg_conf_t *conf, ngx_rtalpha_report_t *report)
{
    ngx_rtalpha_reg_conf_defaults(conf);

    if (ngx_rtalpha_bind(pool, props, ngx_rtalpha_reg_binds, conf, report)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_conf_name(props, conf, report) != NGX_OK
        || ngx_rtalpha_reg_conf_peers(pool, props, conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_reg_conf_mirror(props, conf, report);
}


/* one that follows nobody would be empty for ever */

static ngx_int_t
ngx_rtalpha_reg_conf_mirror(const ngx_rtalpha_props_t *props,
    ngx_rtalpha_reg_conf_t *conf, ngx_rtalpha_report_t *report)
{
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_props_find_lit(props, "rtalpha.registry.mirror");

    if (!conf->mirror || conf->peers->nelts || prop == NULL) {
        return NGX_OK;
    }

    return ngx_rtalpha_report_add(report, prop, NGX_RTALPHA_BIND_WRONG,
                                  "a mirror needs somebody to follow: "
                                  "eureka.client.service-url.defaultZone");
}


/* it stands between braces in the keys of Redis */

static ngx_int_t
ngx_rtalpha_reg_conf_name(const ngx_rtalpha_props_t *props,
    ngx_rtalpha_reg_conf_t *conf, ngx_rtalpha_report_t *report)
{
    u_char                    *last;
    ngx_str_t                 *name;
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    name = &conf->cluster_name;
    last = name->data + name->len;

    if (name->len && name->len <= NGX_RTALPHA_REG_CLUSTER_NAME
        && ngx_strlchr(name->data, last, '{') == NULL
        && ngx_strlchr(name->data, last, '}') == NULL)
    {
        return NGX_OK;
    }

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        prop = ngx_rtalpha_props_at(props, i);

        if (prop->text.data == name->data) {
            return ngx_rtalpha_report_add(report, prop,
                                          NGX_RTALPHA_BIND_WRONG,
                                          "a name of 1 to %d bytes without "
                                          "braces is wanted",
                                          NGX_RTALPHA_REG_CLUSTER_NAME);
        }
    }

    return NGX_OK;
}


/*
 * The URLs in the order in which they are to be asked: those of one's own
 * zone, which is the first one listed for the region (or, if it is not
 * preferred, the last to be asked), those of the other zones as listed,
 * those of zones that are not.
 */

static ngx_int_t
ngx_rtalpha_reg_conf_peers(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, ngx_rtalpha_reg_conf_t *conf)
{
    ngx_str_t                  rest, zones, zone, e;
    ngx_uint_t                 i, rank, last, wanted;
    const ngx_rtalpha_prop_t  *prop;

    conf->peers = ngx_array_create(pool, 2, sizeof(ngx_str_t));
    if (conf->peers == NULL) {
        return NGX_ERROR;
    }

    ngx_str_null(&zones);

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        prop = ngx_rtalpha_props_at(props, i);
        rest = prop->key;

        if (ngx_rtalpha_reg_conf_client(&rest, "availability-zones")
            && ngx_rtalpha_bind_element(&rest, &e) == NGX_OK
            && ngx_rtalpha_str_eq(&e, &conf->region))
        {
            zones = prop->text;
        }
    }

    last = ngx_rtalpha_reg_conf_zone(&zones, NULL);

    for (wanted = 0; wanted <= last; wanted++) {

        for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
            prop = ngx_rtalpha_props_at(props, i);
            rest = prop->key;

            if (!ngx_rtalpha_reg_conf_client(&rest, "service-url")) {
                continue;
            }

            ngx_str_null(&zone);
            (void) ngx_rtalpha_bind_element(&rest, &zone);
            rank = ngx_rtalpha_reg_conf_zone(&zones, &zone);

            if (!conf->prefer_zone && last && rank < last) {
                rank = (rank + last - 1) % last;
            }

            e = prop->text;

            if (rank == wanted
                && ngx_rtalpha_reg_conf_peer(pool, conf, &e) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* takes "eureka.client.NAME." off a key, in any of Spring's spellings */

static ngx_uint_t
ngx_rtalpha_reg_conf_client(ngx_str_t *rest, const char *name)
{
    ngx_str_t   e, words[3];
    ngx_uint_t  n;

    ngx_str_set(&words[0], "eureka");
    ngx_str_set(&words[1], "client");
    words[2].data = (u_char *) name;
    words[2].len = ngx_strlen(name);

    for (n = 0; n < 3; n++) {
        if (ngx_rtalpha_bind_element(rest, &e) != NGX_OK
            || !ngx_rtalpha_bind_same(&e, &words[n]))
        {
            return 0;
        }
    }

    return 1;
}


/* the place of a zone in "a, b,c"; the number of them if it is not there */

static ngx_uint_t
ngx_rtalpha_reg_conf_zone(const ngx_str_t *zones, const ngx_str_t *zone)
{
    u_char      *p, *q, *last, *end;
    ngx_uint_t   n;

    last = zones->data + zones->len;
    n = 0;

    for (p = zones->data; p < last; p = q + 1) {
        q = ngx_strlchr(p, last, ',');
        q = q ? q : last;
        end = q;

        while (p < end && *p == ' ') {
            p++;
        }

        while (p < end && end[-1] == ' ') {
            end--;
        }

        if (p == end) {
            continue;
        }

        if (zone && zone->len == (size_t) (end - p)
            && ngx_memcmp(zone->data, p, zone->len) == 0)
        {
            return n;
        }

        n++;
    }

    return n;
}


/* "http://a/eureka/, http://b/eureka/": each with a slash at its end */

static ngx_int_t
ngx_rtalpha_reg_conf_peer(ngx_pool_t *pool, ngx_rtalpha_reg_conf_t *conf,
    ngx_str_t *text)
{
    u_char      *p, *last;
    size_t       len;
    ngx_str_t   *url;

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {

        for (len = 0; p + len < last && p[len] != ','; len++) { /* void */ }

        text->data = p;
        text->len = len;
        p += len;

        while (text->len && text->data[0] == ' ') {
            text->data++;
            text->len--;
        }

        while (text->len && text->data[text->len - 1] == ' ') {
            text->len--;
        }

        if (text->len == 0) {
            continue;
        }

        url = ngx_array_push(conf->peers);
        if (url == NULL) {
            return NGX_ERROR;
        }

        url->data = ngx_pnalloc(pool, text->len + 1);
        if (url->data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(url->data, text->data, text->len);
        url->len = text->len;

        if (url->data[url->len - 1] != '/') {
            url->data[url->len++] = '/';
        }
    }

    return NGX_OK;
}


ngx_str_t
ngx_rtalpha_reg_conf_shown(const ngx_str_t *url)
{
    u_char     *p, *last;
    ngx_str_t   shown;

    shown = *url;
    last = url->data + url->len;
    p = ngx_strnstr(url->data, "://", url->len);

    for (p = p ? p + 3 : url->data; p < last && *p != '/'; p++) {

        if (*p == '@') {
            shown.data = p + 1;
            shown.len = last - shown.data;
        }
    }

    return shown;
}


ngx_str_t
ngx_rtalpha_reg_conf_why(ngx_uint_t status, const ngx_str_t *error,
    u_char *buf)
{
    ngx_str_t  why;

    if (status == 0) {
        return *error;
    }

    why.data = buf;
    why.len = ngx_snprintf(buf, NGX_RTALPHA_REG_WHY, "it answers %ui", status)
              - buf;

    return why;
}
