
/*
 * One pass over the client's lines, one look-up each.
 */


#include "ngx_rtalpha_gw_headers.h"


static ngx_int_t ngx_rtalpha_gw_headers_unlist(
    ngx_rtalpha_gw_headers_t *headers, const ngx_str_t *connection);
static void ngx_rtalpha_gw_headers_put(ngx_table_elt_t *h, u_char *data,
    size_t len);
static ngx_uint_t ngx_rtalpha_gw_headers_server(
    const ngx_rtalpha_gw_client_t *client, ngx_str_t *host, ngx_str_t *port);
static u_char *ngx_rtalpha_gw_headers_before(u_char *p, ngx_table_elt_t *h);
static u_char *ngx_rtalpha_gw_headers_prefix(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *prefix);
static u_char *ngx_rtalpha_gw_headers_for(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *addr);
static u_char *ngx_rtalpha_gw_headers_ports(u_char *p,
    const ngx_str_t *protos);


/* the end of a line and the name of the next */

#define ngx_rtalpha_gw_headers_line(p, name)                                  \
    ngx_cpymem(p, CRLF name ": ", sizeof(CRLF name ": ") - 1)


ngx_uint_t
ngx_rtalpha_gw_headers_clean(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_names_t *names)
{
    ngx_uint_t        i, mark;
    ngx_table_elt_t  *h;

    ngx_memzero(headers->marked, sizeof(headers->marked));

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len > 12 && h[i].lowcase_key[2] == 'f'
                && ngx_memcmp(h[i].lowcase_key, "x-forwarded-", 12) == 0)
            {
                return 0;
            }

            mark = ngx_rtalpha_gw_names_find(names, h[i].hash,
                                             h[i].lowcase_key, h[i].key.len);

            if (mark == NGX_RTALPHA_GW_NAME_NONE
                || mark == NGX_RTALPHA_GW_NAME_HOP
                || mark == NGX_RTALPHA_GW_NAME_UPGRADE)
            {
                continue;
            }

            if (mark != NGX_RTALPHA_GW_NAME_CONNECTION
                || !(ngx_rtalpha_str_is(&h[i].value, "keep-alive")
                     || ngx_rtalpha_str_is(&h[i].value, "close")))
            {
                return 0;
            }
        }
    }

    return 1;
}


ngx_int_t
ngx_rtalpha_gw_headers_sift(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_names_t *names,
    ngx_uint_t trusted, ngx_uint_t spare)
{
    ngx_uint_t              i, n, mark;
    ngx_table_elt_t        *h, *d;
    const ngx_list_part_t  *p;

    n = spare;

    for (p = part; p; p = p->next) {
        n += p->nelts;
    }

    headers->elts = ngx_palloc(headers->pool, n * sizeof(ngx_table_elt_t));
    if (headers->elts == NULL) {
        return NGX_ERROR;
    }

    headers->max = n;
    ngx_memzero(headers->marked, sizeof(headers->marked));
    d = headers->elts;

    for (p = part; p; p = p->next) {
        h = p->elts;

        for (i = 0; i < p->nelts; i++) {
            mark = ngx_rtalpha_gw_names_find(names, h[i].hash,
                                             h[i].lowcase_key, h[i].key.len);

            if (mark == NGX_RTALPHA_GW_NAME_NONE) {

                if (!trusted && h[i].key.len > 12
                    && ngx_memcmp(h[i].lowcase_key, "x-forwarded-", 12) == 0)
                {
                    continue;
                }

                *d++ = h[i];
                continue;
            }

            if (mark == NGX_RTALPHA_GW_NAME_DROP
                || mark == NGX_RTALPHA_GW_NAME_HOP
                || (!trusted && mark >= NGX_RTALPHA_GW_NAME_XFF
                    && mark <= NGX_RTALPHA_GW_NAME_FORWARDED))
            {
                continue;
            }

            if (headers->marked[mark] == NULL) {
                headers->marked[mark] = &h[i];
            }

            /* for $http_upgrade; the proxy leaves it out by itself */

            if (mark == NGX_RTALPHA_GW_NAME_UPGRADE) {
                *d++ = h[i];
            }
        }
    }

    headers->n = d - headers->elts;

    h = headers->marked[NGX_RTALPHA_GW_NAME_CONNECTION];

    if (h) {
        return ngx_rtalpha_gw_headers_unlist(headers, &h->value);
    }

    return NGX_OK;
}


/* RFC 9110, 7.6.1: what Connection names is for this hop only */

static ngx_int_t
ngx_rtalpha_gw_headers_unlist(ngx_rtalpha_gw_headers_t *headers,
    const ngx_str_t *connection)
{
    ngx_str_t   name, upgrade;
    ngx_uint_t  i, n;

    n = 0;
    ngx_str_set(&upgrade, "upgrade");

    for (i = 0; i < headers->n; i++) {

        name.data = headers->elts[i].lowcase_key;
        name.len = headers->elts[i].key.len;

        /* whether Upgrade goes on is another matter: see sift() */

        if (!ngx_rtalpha_str_eq(&name, &upgrade)
            && ngx_rtalpha_gw_headers_named(connection, name.data, name.len))
        {
            continue;
        }

        if (n != i) {
            headers->elts[n] = headers->elts[i];
        }

        n++;
    }

    headers->n = n;

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_gw_headers_named(const ngx_str_t *connection,
    const u_char *lowcase, size_t len)
{
    u_char  *p, *start, *last;

    p = connection->data;
    last = p + connection->len;

    while (p < last) {

        while (p < last && (*p == ' ' || *p == '\t' || *p == ',')) {
            p++;
        }

        for (start = p; p < last && *p != ',' && *p != ' ' && *p != '\t';
             p++)
        {
            /* void */
        }

        if ((size_t) (p - start) == len && len
            && ngx_strncasecmp(start, (u_char *) lowcase, len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_gw_headers_pass(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_names_t *names,
    ngx_uint_t mark)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    if (headers->marked[mark] == NULL) {
        return NGX_OK;
    }

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_rtalpha_gw_names_find(names, h[i].hash, h[i].lowcase_key,
                                          h[i].key.len)
                == mark
                && ngx_rtalpha_gw_headers_add(headers, &h[i].key, &h[i].value)
                   != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_table_elt_t *
ngx_rtalpha_gw_headers_push(ngx_rtalpha_gw_headers_t *headers)
{
    ngx_table_elt_t  *h;

    if (headers->n == headers->max) {
        h = ngx_palloc(headers->pool,
                       (2 * headers->max + 4) * sizeof(ngx_table_elt_t));
        if (h == NULL) {
            return NULL;
        }

        ngx_memcpy(h, headers->elts, headers->n * sizeof(ngx_table_elt_t));
        headers->elts = h;
        headers->max = 2 * headers->max + 4;
    }

    h = &headers->elts[headers->n++];
    ngx_memzero(h, sizeof(ngx_table_elt_t));

    return h;
}


ngx_int_t
ngx_rtalpha_gw_headers_add(ngx_rtalpha_gw_headers_t *headers,
    const ngx_str_t *name, const ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_rtalpha_gw_headers_push(headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->lowcase_key = ngx_pnalloc(headers->pool, name->len + 1);
    if (h->lowcase_key == NULL) {
        headers->n--;
        return NGX_ERROR;
    }

    h->hash = ngx_hash_strlow(h->lowcase_key, name->data, name->len);
    h->key = *name;
    h->value = *value;

    return NGX_OK;
}


/* the first of the lines is X-Forwarded-Host */

static void
ngx_rtalpha_gw_headers_put(ngx_table_elt_t *h, u_char *data, size_t len)
{
    static ngx_uint_t       hash;
    static const ngx_str_t  key = ngx_string("X-Forwarded-Host");
    static u_char           lowcase[] = "x-forwarded-host";

    if (hash == 0) {
        hash = ngx_hash_key(lowcase, sizeof(lowcase) - 1);
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = hash;
    h->key = key;
    h->lowcase_key = lowcase;
    h->value.data = data;
    h->value.len = len;
}


void
ngx_rtalpha_gw_headers_host(const ngx_str_t *host, ngx_str_t *name,
    ngx_str_t *port)
{
    u_char  *p, *last;

    last = host->data + host->len;
    *name = *host;
    ngx_str_null(port);

    for (p = last; p > host->data && p[-1] >= '0' && p[-1] <= '9'; p--) {
        /* void */
    }

    if (p > host->data && p[-1] == ':' && p != last) {
        name->len = p - 1 - host->data;
        port->data = p;
        port->len = last - p;
    }
}


/*
 * PreDecorationFilter of Spring Cloud Netflix: each field once, what came in
 * before a comma.
 *
 * All of them are one element of the list, whose value goes on with the
 * lines that follow: the proxy looks each element up and copies it, and
 * that, five times over, would cost more than to find the route.  What comes
 * from the client is free of line ends, since nginx has parsed it.
 */

ngx_int_t
ngx_rtalpha_gw_headers_zuul(const ngx_rtalpha_gw_headers_t *headers,
    ngx_table_elt_t *h, const ngx_rtalpha_gw_client_t *client,
    const ngx_str_t *prefix)
{
    size_t                   size;
    u_char                  *p, *start, *line;
    ngx_str_t                host, port;
    ngx_uint_t               i, usual;
    ngx_table_elt_t *const  *m;

    m = headers->marked;
    size = (client->host.len ? client->host.len : client->server.len)
           + client->addr.len + prefix->len + sizeof(":65535" "https"
                                  CRLF "X-Forwarded-Proto: " CRLF
                                  "X-Forwarded-Port: 65535" CRLF
                                  "X-Forwarded-Prefix: " CRLF
                                  "X-Forwarded-For: ");

    for (i = NGX_RTALPHA_GW_NAME_XFF; i <= NGX_RTALPHA_GW_NAME_XFPREFIX; i++)
    {
        size += m[i] ? m[i]->value.len * 5 + 4 : 0;
    }

    start = headers->room;

    if (size > headers->nroom) {
        start = ngx_pnalloc(headers->pool, size);
        if (start == NULL) {
            return NGX_ERROR;
        }
    }

    usual = ngx_rtalpha_gw_headers_server(client, &host, &port);

    p = ngx_rtalpha_gw_headers_before(start, m[NGX_RTALPHA_GW_NAME_XFHOST]);
    p = ngx_rtalpha_put(p, &host);

    if (!usual) {
        *p++ = ':';
        p = ngx_rtalpha_put(p, &port);
    }

    p = ngx_rtalpha_gw_headers_line(p, "X-Forwarded-Proto");
    p = ngx_rtalpha_gw_headers_before(p, m[NGX_RTALPHA_GW_NAME_XFPROTO]);
    p = ngx_cpymem(p, client->scheme.data, client->scheme.len);

    p = ngx_rtalpha_gw_headers_line(p, "X-Forwarded-Port");
    line = p;
    p = ngx_rtalpha_gw_headers_before(p, m[NGX_RTALPHA_GW_NAME_XFPORT]);

    if (p == line && m[NGX_RTALPHA_GW_NAME_XFPROTO]) {
        p = ngx_rtalpha_gw_headers_ports(p,
                                    &m[NGX_RTALPHA_GW_NAME_XFPROTO]->value);
    }

    p = ngx_rtalpha_put(p, &port);

    if (prefix->len || (m[NGX_RTALPHA_GW_NAME_XFPREFIX]
                        && m[NGX_RTALPHA_GW_NAME_XFPREFIX]->value.len))
    {
        p = ngx_rtalpha_gw_headers_line(p, "X-Forwarded-Prefix");
        p = ngx_rtalpha_gw_headers_prefix(p, m[NGX_RTALPHA_GW_NAME_XFPREFIX],
                                          prefix);
    }

    p = ngx_rtalpha_gw_headers_line(p, "X-Forwarded-For");
    p = ngx_rtalpha_gw_headers_for(p, m[NGX_RTALPHA_GW_NAME_XFF],
                                   &client->addr);

    ngx_rtalpha_gw_headers_put(h, start, p - start);

    return NGX_OK;
}


/* name and port that the client asked for; 1: the scheme's usual port */

static ngx_uint_t
ngx_rtalpha_gw_headers_server(const ngx_rtalpha_gw_client_t *client,
    ngx_str_t *host, ngx_str_t *port)
{
    ngx_str_t  usual;

    ngx_rtalpha_gw_headers_host(client->host.len ? &client->host
                                                 : &client->server,
                                host, port);

    if (client->scheme.len == sizeof("https") - 1) {
        ngx_str_set(&usual, "443");

    } else {
        ngx_str_set(&usual, "80");
    }

    if (port->len == 0) {
        *port = usual;
        return 1;
    }

    return ngx_rtalpha_str_eq(port, &usual);
}


static u_char *
ngx_rtalpha_gw_headers_before(u_char *p, ngx_table_elt_t *h)
{
    if (h == NULL) {
        return p;
    }

    p = ngx_rtalpha_put(p, &h->value);
    *p++ = ',';

    return p;
}


static u_char *
ngx_rtalpha_gw_headers_prefix(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *prefix)
{
    if (h && h->value.len) {
        p = ngx_rtalpha_put(p, &h->value);

        if (p[-1] == '/' && prefix->len) {
            p--;
        }
    }

    return ngx_rtalpha_put(p, prefix);
}


/* the peer's address is added unless the text already has it somewhere */

static u_char *
ngx_rtalpha_gw_headers_for(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *addr)
{
    u_char  *q, *last;

    if (h) {
        q = h->value.data;
        last = q + h->value.len;
        p = ngx_rtalpha_put(p, &h->value);

        for ( /* void */ ; (size_t) (last - q) >= addr->len; q++) {
            if (ngx_memcmp(q, addr->data, addr->len) == 0) {
                return p;
            }
        }

        *p++ = ',';
        *p++ = ' ';
    }

    return ngx_rtalpha_put(p, addr);
}


/* the ports that go with the schemes of the proxies before */

static u_char *
ngx_rtalpha_gw_headers_ports(u_char *p, const ngx_str_t *protos)
{
    u_char  *q, *start, *last;

    q = protos->data;
    last = q + protos->len;

    for (start = q; start <= last; start = q + 1) {

        for (q = start; q < last && *q != ','; q++) { /* void */ }

        p = (q - start == 5 && ngx_memcmp(start, "https", 5) == 0)
            ? ngx_cpymem(p, "443,", 4) : ngx_cpymem(p, "80,", 3);
    }

    return p;
}
