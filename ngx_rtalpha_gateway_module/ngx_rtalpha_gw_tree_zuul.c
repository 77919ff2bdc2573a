
/*
 * The tree of Spring Cloud Netflix Zuul: zuul.routes in short and long form,
 * implicit routes of services, and what of ribbon.* and hystrix.* shapes
 * behaviour.
 *
 * The order is Zuul's: routes as written, keyed by path (the same path again
 * replaces the value in its place), then one for each service, the catch-all last.
 * No ranking: the first match wins.
 *
 * Routes that Zuul compiles but never serves work as they are meant: a path
 * or prefix without its leading slash, "{x}" or "?" in a part that is
 * stripped.  The report says so.
 */


#include "ngx_rtalpha_gw_table.h"


typedef struct {
    ngx_str_t                   prefix;
    ngx_flag_t                  strip_prefix;
    ngx_flag_t                  retryable;
    ngx_flag_t                  add_proxy_headers;
    ngx_flag_t                  add_host_header;
    ngx_flag_t                  decode_url;
    ngx_flag_t                  remove_semicolon;
    ngx_flag_t                  ignore_local;
    ngx_array_t                *ignored_services;
    ngx_array_t                *ignored_patterns;
    ngx_array_t                *ignored_headers;
    ngx_array_t                *sensitive_headers;
    ngx_str_t                   servlet;
    ngx_msec_t                  socket_timeout;
    ngx_msec_t                  connect_timeout;
    ngx_str_t                   include_message;
} ngx_rtalpha_gw_zuul_conf_t;


typedef struct {
    ngx_str_t                   key;
    ngx_str_t                   id;
    ngx_str_t                   path;
    ngx_str_t                   service;
    ngx_str_t                   url;
    ngx_flag_t                  strip;
    ngx_flag_t                  retryable;
    ngx_array_t                *sensitive;  /* NULL: the global list */
    const ngx_rtalpha_prop_t   *prop;       /* of the path */
    const ngx_rtalpha_prop_t   *where;      /* of the target */
    unsigned                    custom:1;
} ngx_rtalpha_gw_zuul_entry_t;


typedef struct {
    ngx_rtalpha_gw_table_t     *table;
    ngx_rtalpha_gw_zuul_conf_t  conf;
    ngx_array_t                 entries;    /* ngx_rtalpha_gw_zuul_entry_t */
    ngx_rtalpha_gw_names_t     *base[2];    /* request, response */
    ngx_rtalpha_gw_names_t     *shared[2];  /* with the global lists */
    ngx_uint_t                  prefix_segs;
} ngx_rtalpha_gw_zuul_t;


static ngx_uint_t ngx_rtalpha_gw_zuul_present(ngx_rtalpha_gw_table_t *table);
static ngx_int_t ngx_rtalpha_gw_zuul_conf(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_prefix(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_names(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_read(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_prop(ngx_rtalpha_gw_zuul_t *z,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest);
static ngx_rtalpha_gw_zuul_entry_t *ngx_rtalpha_gw_zuul_entry(
    ngx_rtalpha_gw_zuul_t *z, ngx_str_t *key);
static void ngx_rtalpha_gw_zuul_trim(ngx_str_t *s);
static ngx_uint_t ngx_rtalpha_gw_zuul_is_url(ngx_str_t *s);
static ngx_int_t ngx_rtalpha_gw_zuul_short(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_field(ngx_rtalpha_gw_zuul_t *z,
    ngx_str_t *key, ngx_str_t *field, ngx_uint_t indexed,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_sensitive(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_zuul_defaults(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_order(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_implicit(ngx_rtalpha_gw_zuul_t *z,
    ngx_array_t *services);
static ngx_int_t ngx_rtalpha_gw_zuul_service(ngx_rtalpha_gw_zuul_t *z,
    ngx_str_t *name);
static ngx_int_t ngx_rtalpha_gw_zuul_ignored(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_rule(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry);
static ngx_int_t ngx_rtalpha_gw_zuul_pattern(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_str_t *text,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_strip(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry);
static ngx_int_t ngx_rtalpha_gw_zuul_target(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry);
static ngx_int_t ngx_rtalpha_gw_zuul_lists(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_rtalpha_gw_zuul_entry_t *entry);
static ngx_int_t ngx_rtalpha_gw_zuul_ribbon(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_uint_t retryable);
static const ngx_str_t *ngx_rtalpha_gw_zuul_value(ngx_rtalpha_gw_zuul_t *z,
    const char *before, const ngx_str_t *service, const char *after);
static ngx_uint_t ngx_rtalpha_gw_zuul_number(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, const char *name, ngx_uint_t usual);
static ngx_int_t ngx_rtalpha_gw_zuul_statuses(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, ngx_rtalpha_gw_retry_t *retry);


#define ngx_rtalpha_gw_zuul_offset(m)                                         \
    offsetof(ngx_rtalpha_gw_zuul_conf_t, m)

#define ngx_rtalpha_gw_zuul_key(k, t, m)                                      \
    { ngx_string(k), t, ngx_rtalpha_gw_zuul_offset(m), 0, 0,                  \
      NGX_RTALPHA_BIND_USED, NULL }

#define ngx_rtalpha_gw_zuul_none(k, v, note)                                  \
    { ngx_string(k), NGX_RTALPHA_BIND_NONE, 0, 0, 0, v, note }


static const ngx_rtalpha_bind_t  ngx_rtalpha_gw_zuul_keys[] = {

    ngx_rtalpha_gw_zuul_key("zuul.prefix", NGX_RTALPHA_BIND_STR, prefix),
    ngx_rtalpha_gw_zuul_key("zuul.strip-prefix", NGX_RTALPHA_BIND_FLAG,
                            strip_prefix),
    ngx_rtalpha_gw_zuul_key("zuul.retryable", NGX_RTALPHA_BIND_FLAG,
                            retryable),
    ngx_rtalpha_gw_zuul_key("zuul.add-proxy-headers", NGX_RTALPHA_BIND_FLAG,
                            add_proxy_headers),
    ngx_rtalpha_gw_zuul_key("zuul.add-host-header", NGX_RTALPHA_BIND_FLAG,
                            add_host_header),
    { ngx_string("zuul.decode-url"), NGX_RTALPHA_BIND_FLAG,
      ngx_rtalpha_gw_zuul_offset(decode_url), 0, 0,
      NGX_RTALPHA_BIND_DIFFERENT,
      "paths are matched decoded and forwarded as they were sent" },
    ngx_rtalpha_gw_zuul_key("zuul.remove-semicolon-content",
                            NGX_RTALPHA_BIND_FLAG, remove_semicolon),
    ngx_rtalpha_gw_zuul_key("zuul.ignore-local-service",
                            NGX_RTALPHA_BIND_FLAG, ignore_local),
    ngx_rtalpha_gw_zuul_key("zuul.ignored-services", NGX_RTALPHA_BIND_LIST,
                            ignored_services),
    ngx_rtalpha_gw_zuul_key("zuul.ignored-patterns", NGX_RTALPHA_BIND_LIST,
                            ignored_patterns),
    ngx_rtalpha_gw_zuul_key("zuul.ignored-headers", NGX_RTALPHA_BIND_LIST,
                            ignored_headers),
    ngx_rtalpha_gw_zuul_key("zuul.sensitive-headers", NGX_RTALPHA_BIND_LIST,
                            sensitive_headers),
    ngx_rtalpha_gw_zuul_key("zuul.servlet-path", NGX_RTALPHA_BIND_STR,
                            servlet),
    ngx_rtalpha_gw_zuul_key("zuul.host.socket-timeout-millis",
                            NGX_RTALPHA_BIND_MSEC, socket_timeout),
    ngx_rtalpha_gw_zuul_key("zuul.host.connect-timeout-millis",
                            NGX_RTALPHA_BIND_MSEC, connect_timeout),
    ngx_rtalpha_gw_zuul_none("zuul.routes.**", NGX_RTALPHA_BIND_USED, NULL),

    ngx_rtalpha_gw_zuul_none("zuul.force-original-query-string-encoding",
        NGX_RTALPHA_BIND_DIFFERENT, "the query always passes as sent"),
    ngx_rtalpha_gw_zuul_none("zuul.ignore-security-headers",
        NGX_RTALPHA_BIND_IGNORED, "security headers of services pass"),
    ngx_rtalpha_gw_zuul_none("zuul.ssl-hostname-validation-enabled",
        NGX_RTALPHA_BIND_IGNORED, "see proxy_ssl_verify"),
    ngx_rtalpha_gw_zuul_none("zuul.trace-request-body",
        NGX_RTALPHA_BIND_IGNORED, "bodies are not traced"),
    ngx_rtalpha_gw_zuul_none("zuul.set-content-length",
        NGX_RTALPHA_BIND_IGNORED, "lengths pass as sent"),
    ngx_rtalpha_gw_zuul_none("zuul.include-debug-header",
        NGX_RTALPHA_BIND_IGNORED, "see explain"),
    ngx_rtalpha_gw_zuul_none("zuul.initial-stream-buffer-size",
        NGX_RTALPHA_BIND_IGNORED, "see proxy_buffer_size"),
    ngx_rtalpha_gw_zuul_none("zuul.ribbon-isolation-strategy",
        NGX_RTALPHA_BIND_IGNORED, "requests take no threads"),
    ngx_rtalpha_gw_zuul_none("zuul.thread-pool.**", NGX_RTALPHA_BIND_IGNORED,
        "requests take no threads"),
    ngx_rtalpha_gw_zuul_none("zuul.semaphore.**", NGX_RTALPHA_BIND_IGNORED,
        "requests take no threads"),
    ngx_rtalpha_gw_zuul_none("zuul.eureka.**", NGX_RTALPHA_BIND_IGNORED,
        "requests take no threads"),
    ngx_rtalpha_gw_zuul_none("zuul.ribbon.**", NGX_RTALPHA_BIND_IGNORED,
        "instances are known at once"),
    ngx_rtalpha_gw_zuul_none("zuul.host.**", NGX_RTALPHA_BIND_IGNORED,
        "connections are kept by nginx: see keepalive"),
    ngx_rtalpha_gw_zuul_none("zuul.ratelimit.**", NGX_RTALPHA_BIND_IGNORED,
        "see rtalpha.gateway.limits"),
    ngx_rtalpha_gw_zuul_none("zuul.*.*.disable", NGX_RTALPHA_BIND_IGNORED,
        "there are no filter classes"),

    { ngx_string("server.error.include-message"), NGX_RTALPHA_BIND_STR,
      ngx_rtalpha_gw_zuul_offset(include_message), 0, 0,
      NGX_RTALPHA_BIND_USED, NULL },

    ngx_rtalpha_bind_null
};


static ngx_str_t  ngx_rtalpha_gw_zuul_usual[] = {
    ngx_string("Cookie"), ngx_string("Set-Cookie"),
    ngx_string("Authorization")
};

static ngx_str_t  ngx_rtalpha_gw_zuul_never =
                                        ngx_string("X-Application-Context");


ngx_int_t
ngx_rtalpha_gw_tree_zuul(ngx_rtalpha_gw_table_t *table, ngx_array_t *services)
{
    ngx_uint_t                    i;
    ngx_rtalpha_gw_zuul_t         z;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    ngx_memzero(&z, sizeof(ngx_rtalpha_gw_zuul_t));
    z.table = table;

    if (ngx_array_init(&z.entries, table->pool, 16,
                       sizeof(ngx_rtalpha_gw_zuul_entry_t))
        != NGX_OK
        || ngx_rtalpha_gw_zuul_conf(&z) != NGX_OK
        || ngx_rtalpha_gw_zuul_names(&z) != NGX_OK
        || ngx_rtalpha_gw_zuul_read(&z) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (z.entries.nelts == 0 && !ngx_rtalpha_gw_zuul_present(table)) {
        return NGX_OK;
    }

    table->matrix = z.conf.remove_semicolon ? NGX_RTALPHA_GW_MATRIX_REMOVE
                                            : NGX_RTALPHA_GW_MATRIX_TEXT;
    table->servlet = z.conf.servlet;
    table->message = ngx_rtalpha_str_is(&z.conf.include_message, "always");

    if (ngx_rtalpha_gw_zuul_defaults(&z) != NGX_OK
        || ngx_rtalpha_gw_zuul_implicit(&z, services) != NGX_OK
        || ngx_rtalpha_gw_zuul_order(&z) != NGX_OK
        || ngx_rtalpha_gw_zuul_ignored(&z) != NGX_OK)
    {
        return NGX_ERROR;
    }

    entry = z.entries.elts;

    for (i = 0; i < z.entries.nelts; i++) {
        if (ngx_rtalpha_gw_zuul_rule(&z, &entry[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* is there any key of Zuul's */

static ngx_uint_t
ngx_rtalpha_gw_zuul_present(ngx_rtalpha_gw_table_t *table)
{
    ngx_str_t                  rest, elem;
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  zuul = ngx_string("zuul");

    n = ngx_rtalpha_props_count(table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(table->props, i);
        rest = prop->key;

        if (ngx_rtalpha_bind_element(&rest, &elem) == NGX_OK
            && ngx_rtalpha_bind_same(&elem, &zuul))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_conf(ngx_rtalpha_gw_zuul_t *z)
{
    ngx_uint_t                   i;
    ngx_str_t                   *name;
    ngx_pool_t                  *pool;
    ngx_rtalpha_gw_zuul_conf_t  *conf;

    conf = &z->conf;
    pool = z->table->pool;

    conf->strip_prefix = 1;
    conf->add_proxy_headers = 1;
    conf->decode_url = 1;
    conf->remove_semicolon = 1;
    conf->ignore_local = 1;
    conf->socket_timeout = 10000;
    conf->connect_timeout = 2000;
    ngx_str_set(&conf->servlet, "/zuul");

    if (ngx_rtalpha_bind(pool, z->table->props, ngx_rtalpha_gw_zuul_keys,
                         conf, z->table->report)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (conf->sensitive_headers == NULL) {
        conf->sensitive_headers = ngx_array_create(pool, 3,
                                                   sizeof(ngx_str_t));
        if (conf->sensitive_headers == NULL) {
            return NGX_ERROR;
        }

        for (i = 0; i < 3; i++) {
            name = ngx_array_push(conf->sensitive_headers);
            if (name == NULL) {
                return NGX_ERROR;
            }

            *name = ngx_rtalpha_gw_zuul_usual[i];
        }
    }

    while (conf->servlet.len && conf->servlet.data[0] == '/') {
        conf->servlet.data++;
        conf->servlet.len--;
    }

    return ngx_rtalpha_gw_zuul_prefix(z);
}


/* "/a/b", whatever slashes it was written with */

static ngx_int_t
ngx_rtalpha_gw_zuul_prefix(ngx_rtalpha_gw_zuul_t *z)
{
    u_char                    *p;
    ngx_str_t                  text, key, *prefix;
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    prefix = &z->conf.prefix;

    while (prefix->len && prefix->data[prefix->len - 1] == '/') {
        prefix->len--;
    }

    if (prefix->len == 0) {
        return NGX_OK;
    }

    if (prefix->data[0] != '/') {
        text.len = prefix->len + 1;
        text.data = ngx_pnalloc(z->table->pool, text.len);
        if (text.data == NULL) {
            return NGX_ERROR;
        }

        p = text.data;
        *p++ = '/';
        ngx_memcpy(p, prefix->data, prefix->len);
        *prefix = text;

        ngx_str_set(&key, "zuul.prefix");
        prop = ngx_rtalpha_bind_find(z->table->props, &key);

        if (prop
            && ngx_rtalpha_report_add(z->table->report, prop,
                   NGX_RTALPHA_BIND_DIFFERENT,
                   "works as \"%V\"; Zuul serves nothing under it", prefix)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < prefix->len; i++) {
        z->prefix_segs += (prefix->data[i] == '/');
    }

    return NGX_OK;
}


/* sets of header names: those with the global lists serve most routes */

static ngx_int_t
ngx_rtalpha_gw_zuul_names(ngx_rtalpha_gw_zuul_t *z)
{
    ngx_str_t    server;
    ngx_uint_t   i;
    ngx_pool_t  *pool;

    pool = z->table->pool;
    ngx_str_set(&server, "Server");

    for (i = 0; i < 2; i++) {
        z->base[i] = ngx_rtalpha_gw_names_create(pool, NULL);

        if (z->base[i] == NULL
            || (i ? ngx_rtalpha_gw_names_response(pool, z->base[i])
                  : ngx_rtalpha_gw_names_request(pool, z->base[i]))
               != NGX_OK
            || ngx_rtalpha_gw_names_add(pool, z->base[i],
                                        &ngx_rtalpha_gw_zuul_never,
                                        NGX_RTALPHA_GW_NAME_DROP)
               != NGX_OK
            || ngx_rtalpha_gw_names_add(pool, z->base[i], &server,
                                        NGX_RTALPHA_GW_NAME_DROP)
               != NGX_OK
            || ngx_rtalpha_gw_names_drop(pool, z->base[i],
                                         z->conf.ignored_headers)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        z->shared[i] = ngx_rtalpha_gw_names_create(pool, z->base[i]);

        if (z->shared[i] == NULL
            || ngx_rtalpha_gw_names_drop(pool, z->shared[i],
                                         z->conf.sensitive_headers)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_read(ngx_rtalpha_gw_zuul_t *z)
{
    ngx_str_t                  rest, elem;
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  zuul = ngx_string("zuul");
    static ngx_str_t  routes = ngx_string("routes");

    n = ngx_rtalpha_props_count(z->table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(z->table->props, i);
        rest = prop->key;

        if (rest.len < 12 || (rest.data[0] | 0x20) != 'z'
            || ngx_rtalpha_bind_element(&rest, &elem) != NGX_OK
            || !ngx_rtalpha_bind_same(&elem, &zuul)
            || ngx_rtalpha_bind_element(&rest, &elem) != NGX_OK
            || !ngx_rtalpha_bind_same(&elem, &routes))
        {
            continue;
        }

        if (ngx_rtalpha_gw_zuul_prop(z, prop, &rest) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_prop(ngx_rtalpha_gw_zuul_t *z,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest)
{
    ngx_int_t                     rc;
    ngx_str_t                     key, field, index;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    if (ngx_rtalpha_bind_element(rest, &key) != NGX_OK) {
        return NGX_OK;
    }

    rc = ngx_rtalpha_bind_element(rest, &field);

    if (rc == NGX_DONE) {
        entry = ngx_rtalpha_gw_zuul_entry(z, &key);
        return entry ? ngx_rtalpha_gw_zuul_short(z, entry, prop) : NGX_ERROR;
    }

    if (rc != NGX_OK) {
        return NGX_OK;
    }

    rc = ngx_rtalpha_bind_element(rest, &index);

    if (rc == NGX_OK && (index.len == 0 || index.data[0] < '0'
                         || index.data[0] > '9'))
    {
        return ngx_rtalpha_report_add(z->table->report, prop,
                             NGX_RTALPHA_BIND_UNKNOWN,
                             "a route's name with dots needs brackets: "
                             "\"[a.b]\"");
    }

    return ngx_rtalpha_gw_zuul_field(z, &key, &field, rc == NGX_OK, prop);
}


/* the last entry is nearly always the one */

static ngx_rtalpha_gw_zuul_entry_t *
ngx_rtalpha_gw_zuul_entry(ngx_rtalpha_gw_zuul_t *z, ngx_str_t *key)
{
    ngx_uint_t                    i;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    entry = z->entries.elts;

    for (i = z->entries.nelts; i > 0; i--) {
        if (ngx_rtalpha_str_eq(&entry[i - 1].key, key)) {
            return &entry[i - 1];
        }
    }

    entry = ngx_array_push(&z->entries);
    if (entry == NULL) {
        return NULL;
    }

    ngx_memzero(entry, sizeof(ngx_rtalpha_gw_zuul_entry_t));
    entry->key = *key;
    entry->strip = 1;
    entry->retryable = -1;

    return entry;
}


static void
ngx_rtalpha_gw_zuul_trim(ngx_str_t *s)
{
    while (s->len && s->data[0] == ' ') {
        s->data++;
        s->len--;
    }

    while (s->len && s->data[s->len - 1] == ' ') {
        s->len--;
    }
}


static ngx_uint_t
ngx_rtalpha_gw_zuul_is_url(ngx_str_t *s)
{
    return ngx_rtalpha_str_begins(s, "http:")
           || ngx_rtalpha_str_begins(s, "https:");
}


/* "path" or "path=location" */

static ngx_int_t
ngx_rtalpha_gw_zuul_short(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, const ngx_rtalpha_prop_t *prop)
{
    u_char     *equals, *last, *d;
    size_t      i;
    ngx_str_t   path, location, id;

    entry->prop = prop;
    path = prop->text;
    last = path.data + path.len;
    equals = ngx_strlchr(path.data, last, '=');

    if (equals) {
        location.data = equals + 1;
        location.len = last - location.data;
        path.len = equals - path.data;

        ngx_rtalpha_gw_zuul_trim(&location);
        ngx_rtalpha_gw_zuul_trim(&path);

        if (ngx_rtalpha_gw_zuul_is_url(&location)) {
            entry->url = location;

        } else {
            entry->service = location;
        }
    }

    entry->path = path;

    /* the id is the path without its first slash and its stars */

    id.data = ngx_pnalloc(z->table->pool, path.len + 1);
    if (id.data == NULL) {
        return NGX_ERROR;
    }

    d = id.data;
    i = (path.len && path.data[0] == '/') ? 1 : 0;

    for ( /* void */ ; i < path.len; i++) {

        if (path.data[i] == '*'
            || (path.data[i] == '/' && i + 1 < path.len
                && path.data[i + 1] == '*'))
        {
            continue;
        }

        *d++ = path.data[i];
    }

    id.len = d - id.data;
    entry->id = id;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_field(ngx_rtalpha_gw_zuul_t *z, ngx_str_t *key,
    ngx_str_t *field, ngx_uint_t indexed, const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t                    *text;
    ngx_flag_t                    flag;
    ngx_uint_t                    i;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    enum {
        id = 0, path, service, url, strip, retryable, sensitive, custom, none
    };

    static ngx_str_t  names[] = {
        ngx_string("id"), ngx_string("path"), ngx_string("service-id"),
        ngx_string("url"), ngx_string("strip-prefix"),
        ngx_string("retryable"), ngx_string("sensitive-headers"),
        ngx_string("custom-sensitive-headers")
    };

    for (i = 0; i < none; i++) {
        if (ngx_rtalpha_bind_same(field, &names[i])) {
            break;
        }
    }

    if (i == none || (indexed && i != sensitive)) {
        return ngx_rtalpha_report_add(z->table->report, prop,
                                      NGX_RTALPHA_BIND_UNKNOWN,
                                      "a route has no such property");
    }

    entry = ngx_rtalpha_gw_zuul_entry(z, key);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    if (entry->prop == NULL) {
        entry->prop = prop;
    }

    text = (ngx_str_t *) &prop->text;
    flag = 0;

    if ((i == strip || i == retryable || i == custom) && text->len
        && ngx_rtalpha_bind_flag(text, &flag) != NGX_OK)
    {
        return ngx_rtalpha_report_add(z->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "\"%V\" is not true or false", text);
    }

    switch (i) {

    case id:
        entry->id = *text;
        break;

    case path:
        entry->path = *text;
        entry->prop = prop;
        break;

    case service:
        entry->service = *text;
        break;

    case url:
        entry->url = *text;
        entry->where = prop;
        break;

    case strip:
        entry->strip = flag;
        break;

    case retryable:
        entry->retryable = text->len ? flag : -1;
        break;

    case sensitive:
        entry->custom = 1;
        return ngx_rtalpha_gw_zuul_sensitive(z, entry, text);

    default:
        entry->custom |= flag;
        break;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_sensitive(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, ngx_str_t *text)
{
    u_char     *p, *start, *last;
    ngx_str_t  *name;

    if (entry->sensitive == NULL) {
        entry->sensitive = ngx_array_create(z->table->pool, 4,
                                            sizeof(ngx_str_t));
        if (entry->sensitive == NULL) {
            return NGX_ERROR;
        }
    }

    p = text->data;
    last = p + text->len;

    for (start = p; start < last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        name = ngx_array_push(entry->sensitive);
        if (name == NULL) {
            return NGX_ERROR;
        }

        name->data = start;
        name->len = p - start;
        ngx_rtalpha_gw_zuul_trim(name);
    }

    return NGX_OK;
}


/* what ZuulProperties.init() fills in */

static ngx_int_t
ngx_rtalpha_gw_zuul_defaults(ngx_rtalpha_gw_zuul_t *z)
{
    u_char                       *p;
    ngx_str_t                     text;
    ngx_uint_t                    i;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    entry = z->entries.elts;

    for (i = 0; i < z->entries.nelts; i++, entry++) {

        if (entry->url.len == 0 && entry->service.len == 0) {
            entry->service = entry->key;
        }

        if (entry->id.len == 0) {
            entry->id = entry->key;
        }

        if (entry->path.len && entry->path.data[0] == '/') {
            continue;
        }

        text.data = ngx_pnalloc(z->table->pool,
                                entry->path.len + entry->key.len + 5);
        if (text.data == NULL) {
            return NGX_ERROR;
        }

        if (entry->path.len == 0) {
            p = ngx_sprintf(text.data, "/%V/**", &entry->key);

        } else {
            p = ngx_sprintf(text.data, "/%V", &entry->path);

            if (ngx_rtalpha_report_add(z->table->report, entry->prop,
                       NGX_RTALPHA_BIND_DIFFERENT,
                       "a path without its slash works as meant")
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        entry->path.data = text.data;
        entry->path.len = p - text.data;
    }

    return NGX_OK;
}


/*
 * The same path again replaces the earlier value in its place; the catch-all goes
 * to the end.  Paths are compared by a table of hashes.
 */

static ngx_int_t
ngx_rtalpha_gw_zuul_order(ngx_rtalpha_gw_zuul_t *z)
{
    uint32_t                      hash;
    ngx_uint_t                    i, k, n, mask, *slots;
    ngx_rtalpha_gw_zuul_entry_t  *entry, last;

    for (mask = 63; mask < 2 * z->entries.nelts; mask = 2 * mask + 1) {
        /* void */
    }

    slots = ngx_pcalloc(z->table->pool, (mask + 1) * sizeof(ngx_uint_t));
    if (slots == NULL) {
        return NGX_ERROR;
    }

    entry = z->entries.elts;
    n = 0;

    for (i = 0; i < z->entries.nelts; i++) {
        hash = ngx_rtalpha_gw_path_hash(entry[i].path.data,
                                        entry[i].path.len);

        for (k = hash; slots[k & mask]; k++) {
            if (ngx_rtalpha_str_eq(&entry[slots[k & mask] - 1].path,
                                   &entry[i].path))
            {
                break;
            }
        }

        if (slots[k & mask]) {
            entry[slots[k & mask] - 1] = entry[i];
            continue;
        }

        if (n != i) {
            entry[n] = entry[i];
        }

        slots[k & mask] = ++n;
    }

    z->entries.nelts = n;

    for (i = 0; i < n; i++) {
        if (ngx_rtalpha_str_is(&entry[i].path, "/**")) {
            last = entry[i];
            ngx_memmove(&entry[i], &entry[i + 1],
                        (n - i - 1) * sizeof(ngx_rtalpha_gw_zuul_entry_t));
            entry[n - 1] = last;
            break;
        }
    }

    return ngx_pfree(z->table->pool, slots) == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* a route for each service that discovery knows and nobody has ignored */

static ngx_int_t
ngx_rtalpha_gw_zuul_implicit(ngx_rtalpha_gw_zuul_t *z, ngx_array_t *services)
{
    ngx_str_t                 *name;
    ngx_uint_t                 i;
    ngx_rtalpha_gw_static_t  **st;

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
    ngx_uint_t                    i;
    const ngx_rtalpha_prop_t     *self;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    glob = z->conf.ignored_services ? z->conf.ignored_services->elts : NULL;

    for (i = 0; glob && i < z->conf.ignored_services->nelts; i++) {
        if (ngx_rtalpha_gw_pattern_glob(glob[i].data, glob[i].len,
                                        name->data, name->len))
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

    entry = z->entries.elts;

    for (i = 0; i < z->entries.nelts; i++) {
        if (ngx_rtalpha_str_eq(&entry[i].path, &text)) {
            return NGX_OK;
        }
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


/* paths that are not proxied come first, as routes to nowhere */

static ngx_int_t
ngx_rtalpha_gw_zuul_ignored(ngx_rtalpha_gw_zuul_t *z)
{
    ngx_str_t                   id, key, *text;
    ngx_uint_t                  i;
    const ngx_rtalpha_prop_t   *prop;
    ngx_rtalpha_gw_rule_t      *rule;

    if (z->conf.ignored_patterns == NULL) {
        return NGX_OK;
    }

    ngx_str_set(&id, "ignored");
    ngx_str_set(&key, "zuul.ignored-patterns");

    text = z->conf.ignored_patterns->elts;
    prop = ngx_rtalpha_bind_find(z->table->props, &key);

    for (i = 0; i < z->conf.ignored_patterns->nelts; i++) {
        rule = ngx_rtalpha_gw_table_rule(z->table, &id);

        if (rule == NULL
            || ngx_rtalpha_gw_zuul_pattern(z, rule, &text[i], prop)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        rule->plan.dialect = NGX_RTALPHA_GW_ZUUL;
        rule->plan.kind = NGX_RTALPHA_GW_TO_NONE;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_pattern(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_str_t *text,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t               rc;
    ngx_str_t               error;
    ngx_rtalpha_gw_pred_t  *pred;

    pred = ngx_pcalloc(z->table->pool, sizeof(ngx_rtalpha_gw_pred_t));
    if (pred == NULL) {
        return NGX_ERROR;
    }

    pred->type = NGX_RTALPHA_GW_PRED_PATH;
    pred->n = 1;
    pred->u.patterns = ngx_palloc(z->table->pool,
                                  sizeof(ngx_rtalpha_gw_pattern_t));
    if (pred->u.patterns == NULL) {
        return NGX_ERROR;
    }

    rule->match.preds = pred;
    rule->match.npreds = 1;

    rc = ngx_rtalpha_gw_pattern_compile(z->table->pool, pred->u.patterns,
                                        text, NGX_RTALPHA_GW_ANT, '/',
                                        &error);
    if (rc == NGX_DECLINED && prop) {
        pred->u.patterns->n = 0;
        return ngx_rtalpha_report_add(z->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "pattern \"%V\": %V", text, &error);
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_rule(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry)
{
    u_char                 *p;
    ngx_str_t               text;
    ngx_rtalpha_gw_rule_t  *rule;

    rule = ngx_rtalpha_gw_table_rule(z->table, &entry->id);
    if (rule == NULL) {
        return NGX_ERROR;
    }

    text = entry->path;

    if (z->conf.prefix.len) {
        text.len = z->conf.prefix.len + entry->path.len;
        text.data = ngx_pnalloc(z->table->pool, text.len);
        if (text.data == NULL) {
            return NGX_ERROR;
        }

        p = ngx_cpymem(text.data, z->conf.prefix.data, z->conf.prefix.len);
        ngx_memcpy(p, entry->path.data, entry->path.len);
    }

    rule->plan.dialect = NGX_RTALPHA_GW_ZUUL;
    rule->plan.keep_host = z->conf.add_host_header;
    rule->plan.add_forwarded = z->conf.add_proxy_headers;

    if (ngx_rtalpha_gw_zuul_pattern(z, rule, &text, entry->prop) != NGX_OK
        || ngx_rtalpha_gw_zuul_strip(z, rule, entry) != NGX_OK
        || ngx_rtalpha_gw_zuul_target(z, rule, entry) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_zuul_lists(z, &rule->plan, entry);
}


/*
 * What is taken off the path: the segments before the first one with a star.
 * A pattern without a star loses nothing.
 */

static ngx_int_t
ngx_rtalpha_gw_zuul_strip(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry)
{
    u_char                    *end;
    ngx_str_t                 *text;
    ngx_uint_t                 i;
    ngx_rtalpha_gw_elem_t     *e;
    ngx_rtalpha_gw_plan_t     *plan;
    ngx_rtalpha_gw_pattern_t  *pattern;

    plan = &rule->plan;
    pattern = rule->match.preds->u.patterns;
    text = &pattern->text;

    plan->prefix = z->prefix_segs;
    plan->keep_prefix = !z->conf.strip_prefix;
    plan->forwarded_prefix = z->conf.prefix;

    if (!entry->strip) {
        return NGX_OK;
    }

    for (i = plan->prefix; i < pattern->n; i++) {
        e = &pattern->elems[i];

        if (e->kind == NGX_RTALPHA_GW_DOUBLE || e->kind == NGX_RTALPHA_GW_ANY
            || (e->kind == NGX_RTALPHA_GW_GLOB
                && ngx_strlchr(e->text.data, e->text.data + e->text.len, '*')))
        {
            break;
        }

        plan->prefix_raw |= (e->kind != NGX_RTALPHA_GW_LITERAL);
    }

    if (i == pattern->n || i <= plan->prefix) {
        plan->prefix_raw = 0;
        return NGX_OK;
    }

    plan->strip = i - plan->prefix;

    e = &pattern->elems[i - 1];
    end = e->text.data + e->text.len;
    plan->forwarded_prefix.data = text->data;
    plan->forwarded_prefix.len = end - text->data;

    if (plan->prefix_raw) {
        return ngx_rtalpha_report_add(z->table->report, entry->prop,
                                      NGX_RTALPHA_BIND_DIFFERENT,
                                      "works as meant: variables in what is "
                                      "stripped; Zuul never serves it");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_target(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_zuul_entry_t *entry)
{
    ngx_str_t                path;
    ngx_uint_t               retryable;
    ngx_rtalpha_gw_plan_t   *plan;
    ngx_rtalpha_gw_server_t  server;

    plan = &rule->plan;
    plan->location = entry->url.len ? entry->url : entry->service;

    if (ngx_rtalpha_gw_zuul_is_url(&entry->url)) {

        if (ngx_rtalpha_gw_table_url(&entry->url, &server, &path) != NGX_OK) {
            return ngx_rtalpha_report_add(z->table->report,
                                          entry->where ? entry->where
                                                       : entry->prop,
                                          NGX_RTALPHA_BIND_WRONG,
                                          "\"%V\" is not a URL", &entry->url);
        }

        plan->base = path;
        plan->connect_timeout = z->conf.connect_timeout;
        plan->read_timeout = z->conf.socket_timeout;

        return ngx_rtalpha_gw_table_to_url(z->table, plan, &server);
    }

    if (ngx_rtalpha_str_begins(&entry->url, "forward:")) {
        plan->kind = NGX_RTALPHA_GW_TO_LOCATION;
        plan->base.data = entry->url.data + sizeof("forward:") - 1;
        plan->base.len = entry->url.len - (sizeof("forward:") - 1);
        return NGX_OK;
    }

    plan->kind = NGX_RTALPHA_GW_TO_SERVICE;
    plan->service = plan->location;
    plan->fixed = ngx_rtalpha_gw_table_static(z->table, &plan->service, 0);

    retryable = (entry->retryable == -1) ? z->conf.retryable
                                         : entry->retryable;

    return ngx_rtalpha_gw_zuul_ribbon(z, plan, retryable);
}


static ngx_int_t
ngx_rtalpha_gw_zuul_lists(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_rtalpha_gw_zuul_entry_t *entry)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_names_t  *set[2];

    for (i = 0; i < 2; i++) {

        if (!entry->custom) {
            set[i] = z->shared[i];
            continue;
        }

        if (entry->sensitive == NULL || entry->sensitive->nelts == 0) {
            set[i] = z->base[i];
            continue;
        }

        set[i] = ngx_rtalpha_gw_names_create(z->table->pool, z->base[i]);

        if (set[i] == NULL
            || ngx_rtalpha_gw_names_drop(z->table->pool, set[i],
                                         entry->sensitive)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    plan->request = set[0];
    plan->response = set[1];

    return NGX_OK;
}


/* the value of "before + service + after", exact; NULL: not there */

static const ngx_str_t *
ngx_rtalpha_gw_zuul_value(ngx_rtalpha_gw_zuul_t *z, const char *before,
    const ngx_str_t *service, const char *after)
{
    u_char                     key[512], *p;
    const ngx_rtalpha_prop_t  *prop;

    p = ngx_snprintf(key, sizeof(key), "%s%V%s", before, service, after);
    prop = ngx_rtalpha_props_find(z->table->props, key, p - key);

    return prop ? &prop->text : NULL;
}


/* NAME.ribbon.X, else ribbon.X */

static ngx_uint_t
ngx_rtalpha_gw_zuul_number(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, const char *name, ngx_uint_t usual)
{
    u_char            key[64];
    ngx_int_t         n;
    const ngx_str_t  *text;
    ngx_str_t         empty;

    ngx_str_null(&empty);
    (void) ngx_snprintf(key, sizeof(key), ".ribbon.%s%Z", name);

    text = ngx_rtalpha_gw_zuul_value(z, "", service, (char *) key);

    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "", &empty, (char *) key + 1);
    }

    if (text == NULL) {
        return usual;
    }

    if (ngx_rtalpha_str_is(text, "true")) {
        return 1;
    }

    n = ngx_atoi(text->data, text->len);

    return (n == NGX_ERROR) ? usual : (ngx_uint_t) n;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_ribbon(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_plan_t *plan, ngx_uint_t retryable)
{
    ngx_int_t                n;
    const ngx_str_t         *text, *name;
    ngx_rtalpha_gw_retry_t  *retry;

    static ngx_str_t  usual = ngx_string("default");

    name = &plan->service;

    plan->connect_timeout = ngx_rtalpha_gw_zuul_number(z, name,
                                                  "ConnectTimeout", 1000);
    plan->read_timeout = ngx_rtalpha_gw_zuul_number(z, name, "ReadTimeout",
                                                    1000);
    plan->secure = ngx_rtalpha_gw_zuul_number(z, name, "IsSecure", 0) ? 1 : 0;

    text = ngx_rtalpha_gw_zuul_value(z, "hystrix.command.", name,
                      ".execution.isolation.thread.timeoutInMilliseconds");

    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "hystrix.command.", &usual,
                      ".execution.isolation.thread.timeoutInMilliseconds");
    }

    n = text ? ngx_atoi(text->data, text->len) : NGX_ERROR;

    if (n > 0) {
        plan->total_timeout = n;
    }

    if (!retryable) {
        return NGX_OK;
    }

    retry = ngx_pcalloc(z->table->pool, sizeof(ngx_rtalpha_gw_retry_t));
    if (retry == NULL) {
        return NGX_ERROR;
    }

    retry->same = ngx_min(ngx_rtalpha_gw_zuul_number(z, name,
                                                "MaxAutoRetries", 0), 100);
    retry->next = ngx_min(ngx_rtalpha_gw_zuul_number(z, name,
                                       "MaxAutoRetriesNextServer", 1), 100);
    retry->all = ngx_rtalpha_gw_zuul_number(z, name,
                                            "OkToRetryOnAllOperations", 0)
                 ? 1 : 0;
    retry->timeouts = 1;
    retry->closed = 1;
    plan->retry = retry;

    return ngx_rtalpha_gw_zuul_statuses(z, name, retry);
}


static ngx_int_t
ngx_rtalpha_gw_zuul_statuses(ngx_rtalpha_gw_zuul_t *z,
    const ngx_str_t *service, ngx_rtalpha_gw_retry_t *retry)
{
    u_char           *p, *last;
    ngx_str_t         empty;
    ngx_uint_t        n;
    const ngx_str_t  *text;

    ngx_str_null(&empty);

    text = ngx_rtalpha_gw_zuul_value(z, "", service,
                                     ".ribbon.retryableStatusCodes");
    if (text == NULL) {
        text = ngx_rtalpha_gw_zuul_value(z, "", &empty,
                                         "ribbon.retryableStatusCodes");
    }

    if (text == NULL) {
        return NGX_OK;
    }

    p = text->data;
    last = p + text->len;
    n = 0;

    for ( /* void */ ; p <= last; p++) {

        if (p < last && *p >= '0' && *p <= '9') {
            n = ngx_min(n * 10 + (*p - '0'), 1000);
            continue;
        }

        ngx_rtalpha_gw_retry_status(retry, n);
        n = 0;
    }

    return NGX_OK;
}
