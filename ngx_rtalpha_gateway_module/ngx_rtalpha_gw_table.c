
/*
 * What the readers of trees have in common.
 */


#include "ngx_rtalpha_gw_table.h"


static ngx_int_t ngx_rtalpha_gw_table_init(ngx_pool_t *pool,
    ngx_rtalpha_gw_table_t *table);
static ngx_int_t ngx_rtalpha_gw_table_index(ngx_rtalpha_gw_table_t *table);


ngx_int_t
ngx_rtalpha_gw_table_compile(ngx_pool_t *pool, ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_props_t *props, ngx_array_t *services,
    ngx_rtalpha_report_t *report)
{
    ngx_int_t  rc;

    ngx_memzero(table, sizeof(ngx_rtalpha_gw_table_t));

    /* lists of what is read, which nobody needs afterwards */

    table->temp = ngx_create_pool(16384, pool->log);
    if (table->temp == NULL) {
        return NGX_ERROR;
    }

    table->pool = pool;
    table->props = props;
    table->report = report;

    if (ngx_rtalpha_gw_table_init(pool, table) != NGX_OK
        || ngx_rtalpha_gw_tree_statics(table) != NGX_OK
        || ngx_rtalpha_gw_tree_zuul(table, services) != NGX_OK
        || ngx_rtalpha_gw_tree_scg(table, services) != NGX_OK
        || ngx_rtalpha_gw_tree_native(table) != NGX_OK
        || ngx_rtalpha_gw_tree_policies(table) != NGX_OK
        || ngx_rtalpha_gw_tree_services(table) != NGX_OK)
    {
        rc = NGX_ERROR;

    } else {
        rc = ngx_rtalpha_gw_table_index(table);
    }

    ngx_destroy_pool(table->temp);
    table->temp = NULL;

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_table_init(ngx_pool_t *pool, ngx_rtalpha_gw_table_t *table)
{
    if (ngx_array_init(&table->rules, pool, 16,
                       sizeof(ngx_rtalpha_gw_rule_t *))
        != NGX_OK
        || ngx_array_init(&table->statics, pool, 4,
                          sizeof(ngx_rtalpha_gw_static_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_matcher_init(pool, &table->matcher);
}


static ngx_int_t
ngx_rtalpha_gw_table_index(ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        rule[i]->match.index = i;

        if (ngx_rtalpha_gw_matcher_add(table->pool, &table->matcher,
                                       &rule[i]->match)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_rtalpha_gw_rule_t *
ngx_rtalpha_gw_table_find(const ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_request_t *req)
{
    return (ngx_rtalpha_gw_rule_t *)
                         ngx_rtalpha_gw_matcher_find(&table->matcher, req);
}


ngx_rtalpha_gw_rule_t *
ngx_rtalpha_gw_table_rule(ngx_rtalpha_gw_table_t *table, const ngx_str_t *id)
{
    ngx_rtalpha_gw_rule_t  *rule, **slot;

    rule = ngx_pcalloc(table->pool, sizeof(ngx_rtalpha_gw_rule_t));
    slot = ngx_array_push(&table->rules);

    if (rule == NULL || slot == NULL) {
        return NULL;
    }

    rule->match.id = *id;
    *slot = rule;

    return rule;
}


ngx_rtalpha_gw_static_t *
ngx_rtalpha_gw_table_static(ngx_rtalpha_gw_table_t *table,
    const ngx_str_t *name, ngx_uint_t make)
{
    uint32_t                   hash;
    ngx_uint_t                 i, place;
    ngx_rtalpha_gw_static_t  **s, *st;

    i = 0;
    s = table->statics.elts;
    hash = ngx_murmur_hash2(name->data, name->len);

    while ((place = ngx_rtalpha_gw_index_next(&table->names, hash, &i)) != 0)
    {
        if (ngx_rtalpha_str_eq(&s[place - 1]->name, name)) {
            return s[place - 1];
        }
    }

    if (!make) {
        return NULL;
    }

    st = ngx_pcalloc(table->pool, sizeof(ngx_rtalpha_gw_static_t));
    s = ngx_array_push(&table->statics);

    if (st == NULL || s == NULL
        || ngx_rtalpha_gw_index_add(table->pool, &table->names, hash,
                                    table->statics.nelts - 1)
           != NGX_OK
        || ngx_array_init(&st->servers, table->pool, 2,
                          sizeof(ngx_rtalpha_gw_server_t))
           != NGX_OK)
    {
        return NULL;
    }

    st->name = *name;
    *s = st;

    return st;
}


ngx_int_t
ngx_rtalpha_gw_table_url(const ngx_str_t *url,
    ngx_rtalpha_gw_server_t *server, ngx_str_t *path)
{
    u_char      *p, *last, *slash;
    ngx_int_t    port;
    ngx_str_t    digits;

    ngx_memzero(server, sizeof(ngx_rtalpha_gw_server_t));

    p = url->data;
    last = p + url->len;

    if (url->len > 7 && ngx_strncasecmp(p, (u_char *) "http://", 7) == 0) {
        p += 7;

    } else if (url->len > 8
               && ngx_strncasecmp(p, (u_char *) "https://", 8) == 0)
    {
        p += 8;
        server->secure = 1;

    } else if (url->len > 5 && ngx_strncasecmp(p, (u_char *) "ws://", 5) == 0)
    {
        p += 5;

    } else if (url->len > 6
               && ngx_strncasecmp(p, (u_char *) "wss://", 6) == 0)
    {
        p += 6;
        server->secure = 1;

    } else {
        return NGX_DECLINED;
    }

    for (slash = p; slash < last && *slash != '/' && *slash != '?'; slash++) {
        /* void */
    }

    path->data = slash;
    path->len = last - slash;

    server->host.data = p;
    server->host.len = slash - p;

    p = ngx_strlchr(p, slash, '@');
    if (p) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_gw_headers_host(&server->host, &server->host, &digits);

    server->port = server->secure ? 443 : 80;

    if (digits.len) {
        port = ngx_atoi(digits.data, digits.len);

        if (port < 1 || port > 65535) {
            return NGX_DECLINED;
        }

        server->port = (in_port_t) port;
    }

    return server->host.len ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_gw_table_to_url(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_server_t *server)
{
    u_char                   *p;
    ngx_str_t                 name;
    ngx_rtalpha_gw_server_t  *s;
    ngx_rtalpha_gw_static_t  *st;

    /* one list for all routes to an address; no service has such a name */

    name.data = ngx_pnalloc(table->pool,
                            server->host.len + sizeof("https://:65535") - 1);
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(name.data, "%s://%V:%ui",
                    server->secure ? "https" : "http", &server->host,
                    (ngx_uint_t) server->port);
    name.len = p - name.data;

    st = ngx_rtalpha_gw_table_static(table, &name, 1);
    if (st == NULL) {
        return NGX_ERROR;
    }

    if (st->servers.nelts == 0) {
        s = ngx_array_push(&st->servers);
        if (s == NULL) {
            return NGX_ERROR;
        }

        *s = *server;
    }

    plan->kind = NGX_RTALPHA_GW_TO_URL;
    plan->secure = server->secure;
    plan->fixed = st;
    plan->service = server->host;

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_gw_index_next(const ngx_rtalpha_gw_index_t *index, uint32_t hash,
    ngx_uint_t *i)
{
    ngx_uint_t  at;

    if (index->used == 0) {
        return 0;
    }

    for ( ;; ) {
        at = (hash + (*i)++) & index->mask;

        if (index->places[at] == 0) {
            return 0;
        }

        if (index->hashes[at] == hash) {
            return index->places[at];
        }
    }
}


ngx_int_t
ngx_rtalpha_gw_index_add(ngx_pool_t *pool, ngx_rtalpha_gw_index_t *index,
    uint32_t hash, ngx_uint_t place)
{
    ngx_uint_t               i, n;
    ngx_rtalpha_gw_index_t   old;

    if (index->used * 2 >= index->mask) {
        old = *index;
        n = old.mask ? 4 * (old.mask + 1) : 64;

        index->mask = n - 1;
        index->used = 0;
        index->hashes = ngx_palloc(pool, n * sizeof(uint32_t));
        index->places = ngx_pcalloc(pool, n * sizeof(uint32_t));

        if (index->hashes == NULL || index->places == NULL) {
            *index = old;
            return NGX_ERROR;
        }

        for (i = 0; old.mask && i <= old.mask; i++) {
            if (old.places[i]) {
                (void) ngx_rtalpha_gw_index_add(pool, index, old.hashes[i],
                                                old.places[i] - 1);
            }
        }
    }

    for (i = hash; index->places[i & index->mask]; i++) { /* void */ }

    index->hashes[i & index->mask] = hash;
    index->places[i & index->mask] = place + 1;
    index->used++;

    return NGX_OK;
}
