
/*
 * The tree of Spring Cloud Netflix Zuul: zuul.routes in short and long form,
 * and implicit routes of services.
 *
 * The order is Zuul's: routes as written, keyed by path (the same path again
 * replaces the value in its place), then one for each service, the catch-all
 * last.  No ranking: the first match wins.
 *
 * Routes that Zuul compiles but never serves work as they are meant: a path
 * or prefix without its leading slash, "{x}" or "?" in a part that is
 * stripped.  The report says so.
 */


#include "ngx_rtalpha_gw_zuul.h"


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
static ngx_int_t ngx_rtalpha_gw_zuul_short(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_field(ngx_rtalpha_gw_zuul_t *z,
    ngx_str_t *key, ngx_str_t *field, ngx_uint_t indexed,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_set(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, ngx_uint_t field,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_zuul_sensitive(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_zuul_defaults(ngx_rtalpha_gw_zuul_t *z);
static ngx_int_t ngx_rtalpha_gw_zuul_order(ngx_rtalpha_gw_zuul_t *z);


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


/* properties of a route; from "strip-prefix" on they are flags */

typedef enum {
    NGX_RTALPHA_GW_ZUUL_ID = 0,
    NGX_RTALPHA_GW_ZUUL_PATH,
    NGX_RTALPHA_GW_ZUUL_SERVICE,
    NGX_RTALPHA_GW_ZUUL_URL,
    NGX_RTALPHA_GW_ZUUL_SENSITIVE,
    NGX_RTALPHA_GW_ZUUL_STRIP,
    NGX_RTALPHA_GW_ZUUL_RETRYABLE,
    NGX_RTALPHA_GW_ZUUL_CUSTOM,
    NGX_RTALPHA_GW_ZUUL_NONE
} ngx_rtalpha_gw_zuul_field_e;

static ngx_str_t  ngx_rtalpha_gw_zuul_fields[] = {
    ngx_string("id"), ngx_string("path"), ngx_string("service-id"),
    ngx_string("url"), ngx_string("sensitive-headers"),
    ngx_string("strip-prefix"), ngx_string("retryable"),
    ngx_string("custom-sensitive-headers")
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

    if (ngx_array_init(&z.entries, table->temp, 16,
                       sizeof(ngx_rtalpha_gw_zuul_entry_t))
        != NGX_OK
        || ngx_array_init(&z.breakers, table->temp, 16,
                          sizeof(ngx_rtalpha_gw_fallback_t *))
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
        (void) ngx_rtalpha_put(p, prefix);
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


static ngx_rtalpha_gw_zuul_entry_t *
ngx_rtalpha_gw_zuul_entry(ngx_rtalpha_gw_zuul_t *z, ngx_str_t *key)
{
    uint32_t                      hash;
    ngx_uint_t                    i, place;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    i = 0;
    entry = z->entries.elts;
    hash = ngx_murmur_hash2(key->data, key->len);

    while ((place = ngx_rtalpha_gw_index_next(&z->keys, hash, &i)) != 0) {
        if (ngx_rtalpha_str_eq(&entry[place - 1].key, key)) {
            return &entry[place - 1];
        }
    }

    if (ngx_rtalpha_gw_index_add(z->table->temp, &z->keys, hash,
                                 z->entries.nelts)
        != NGX_OK)
    {
        return NULL;
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


ngx_uint_t
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
    ngx_uint_t                    i;
    ngx_rtalpha_gw_zuul_entry_t  *entry;

    for (i = 0; i < NGX_RTALPHA_GW_ZUUL_NONE; i++) {
        if (ngx_rtalpha_bind_same(field, &ngx_rtalpha_gw_zuul_fields[i])) {
            break;
        }
    }

    if (i == NGX_RTALPHA_GW_ZUUL_NONE
        || (indexed && i != NGX_RTALPHA_GW_ZUUL_SENSITIVE))
    {
        return ngx_rtalpha_report_add(z->table->report, prop,
                                      NGX_RTALPHA_BIND_UNKNOWN,
                                      "a route has no such property");
    }

    entry = ngx_rtalpha_gw_zuul_entry(z, key);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    if (entry->prop == NULL || i == NGX_RTALPHA_GW_ZUUL_PATH) {
        entry->prop = prop;
    }

    return ngx_rtalpha_gw_zuul_set(z, entry, i, prop);
}


static ngx_int_t
ngx_rtalpha_gw_zuul_set(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, ngx_uint_t field,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_flag_t  flag;

    flag = 0;

    if (field >= NGX_RTALPHA_GW_ZUUL_STRIP && prop->text.len
        && ngx_rtalpha_bind_flag(&prop->text, &flag) != NGX_OK)
    {
        return ngx_rtalpha_report_add(z->table->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "\"%V\" is not true or false",
                                      &prop->text);
    }

    switch (field) {

    case NGX_RTALPHA_GW_ZUUL_ID:
        entry->id = prop->text;
        break;

    case NGX_RTALPHA_GW_ZUUL_PATH:
        entry->path = prop->text;
        break;

    case NGX_RTALPHA_GW_ZUUL_SERVICE:
        entry->service = prop->text;
        break;

    case NGX_RTALPHA_GW_ZUUL_URL:
        entry->url = prop->text;
        entry->where = prop;
        break;

    case NGX_RTALPHA_GW_ZUUL_SENSITIVE:
        entry->custom = 1;
        return ngx_rtalpha_gw_zuul_sensitive(z, entry, &prop->text);

    case NGX_RTALPHA_GW_ZUUL_STRIP:
        entry->strip = flag;
        break;

    case NGX_RTALPHA_GW_ZUUL_RETRYABLE:
        entry->retryable = prop->text.len ? flag : -1;
        break;

    default:
        entry->custom |= flag;
        break;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_zuul_sensitive(ngx_rtalpha_gw_zuul_t *z,
    ngx_rtalpha_gw_zuul_entry_t *entry, const ngx_str_t *text)
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
 * The same path again replaces the earlier value in its place; the catch-all
 * goes to the end.  Paths are compared by a table of hashes.
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
