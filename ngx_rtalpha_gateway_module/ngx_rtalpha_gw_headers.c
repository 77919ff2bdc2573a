
/*
 * One pass over the client's lines, one look-up each.
 */


#include "ngx_rtalpha_gw_headers.h"


static ngx_int_t ngx_rtalpha_gw_headers_unlist(
    ngx_rtalpha_gw_headers_t *headers, const ngx_str_t *connection);
static void ngx_rtalpha_gw_headers_put(ngx_rtalpha_gw_headers_t *headers,
    ngx_uint_t name, u_char *data, size_t len);
static ngx_table_elt_t *ngx_rtalpha_gw_headers_push(
    ngx_rtalpha_gw_headers_t *headers);
static ngx_uint_t ngx_rtalpha_gw_headers_server(
    const ngx_rtalpha_gw_client_t *client, ngx_str_t *host, ngx_str_t *port);
static u_char *ngx_rtalpha_gw_headers_before(u_char *p, ngx_table_elt_t *h);
static u_char *ngx_rtalpha_gw_headers_prefix(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *prefix);
static u_char *ngx_rtalpha_gw_headers_for(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *addr);
static u_char *ngx_rtalpha_gw_headers_ports(u_char *p,
    const ngx_str_t *protos);


/* by mark, from NGX_RTALPHA_GW_NAME_XFF on */

typedef struct {
    ngx_str_t    key;
    u_char      *lowcase;
} ngx_rtalpha_gw_own_t;

static ngx_rtalpha_gw_own_t  ngx_rtalpha_gw_own[] = {
    { ngx_string("X-Forwarded-For"), (u_char *) "x-forwarded-for" },
    { ngx_string("X-Forwarded-Host"), (u_char *) "x-forwarded-host" },
    { ngx_string("X-Forwarded-Port"), (u_char *) "x-forwarded-port" },
    { ngx_string("X-Forwarded-Proto"), (u_char *) "x-forwarded-proto" },
    { ngx_string("X-Forwarded-Prefix"), (u_char *) "x-forwarded-prefix" },
    { ngx_string("Forwarded"), (u_char *) "forwarded" }
};

static ngx_uint_t  ngx_rtalpha_gw_own_hash[6];


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
                || (!trusted && mark >= NGX_RTALPHA_GW_NAME_XFF
                    && mark <= NGX_RTALPHA_GW_NAME_FORWARDED))
            {
                continue;
            }

            if (headers->marked[mark] == NULL) {
                headers->marked[mark] = &h[i];
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
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < headers->n; i++) {

        if (ngx_rtalpha_gw_headers_named(connection,
                                         headers->elts[i].lowcase_key,
                                         headers->elts[i].key.len))
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


static ngx_table_elt_t *
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


/* room has been made by sift() */

static void
ngx_rtalpha_gw_headers_put(ngx_rtalpha_gw_headers_t *headers, ngx_uint_t name,
    u_char *data, size_t len)
{
    ngx_uint_t             i;
    ngx_table_elt_t       *h;
    ngx_rtalpha_gw_own_t  *own;

    i = name - NGX_RTALPHA_GW_NAME_XFF;
    own = &ngx_rtalpha_gw_own[i];

    if (ngx_rtalpha_gw_own_hash[i] == 0) {
        ngx_rtalpha_gw_own_hash[i] = ngx_hash_key(own->lowcase, own->key.len);
    }

    h = &headers->elts[headers->n++];

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = ngx_rtalpha_gw_own_hash[i];
    h->key = own->key;
    h->lowcase_key = own->lowcase;
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
 * before a comma.  All values are written into one piece of memory.
 */

ngx_int_t
ngx_rtalpha_gw_headers_zuul(ngx_rtalpha_gw_headers_t *headers,
    const ngx_rtalpha_gw_client_t *client, const ngx_str_t *prefix)
{
    size_t             size;
    u_char            *p, *start;
    ngx_str_t          host, port;
    ngx_uint_t         i, usual;
    ngx_table_elt_t  **m;

    m = headers->marked;
    size = client->host.len + client->server.len + client->addr.len
           + prefix->len + 64;

    for (i = NGX_RTALPHA_GW_NAME_XFF; i <= NGX_RTALPHA_GW_NAME_XFPREFIX; i++)
    {
        size += m[i] ? m[i]->value.len * 5 + 4 : 0;
    }

    p = ngx_pnalloc(headers->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    usual = ngx_rtalpha_gw_headers_server(client, &host, &port);

    start = p;
    p = ngx_rtalpha_gw_headers_before(p, m[NGX_RTALPHA_GW_NAME_XFHOST]);
    p = ngx_cpymem(p, host.data, host.len);

    if (!usual) {
        *p++ = ':';
        p = ngx_cpymem(p, port.data, port.len);
    }

    ngx_rtalpha_gw_headers_put(headers, NGX_RTALPHA_GW_NAME_XFHOST, start,
                               p - start);
    start = p;
    p = ngx_rtalpha_gw_headers_before(p, m[NGX_RTALPHA_GW_NAME_XFPROTO]);
    p = ngx_cpymem(p, client->scheme.data, client->scheme.len);
    ngx_rtalpha_gw_headers_put(headers, NGX_RTALPHA_GW_NAME_XFPROTO, start,
                               p - start);
    start = p;
    p = ngx_rtalpha_gw_headers_before(p, m[NGX_RTALPHA_GW_NAME_XFPORT]);

    if (p == start && m[NGX_RTALPHA_GW_NAME_XFPROTO]) {
        p = ngx_rtalpha_gw_headers_ports(p,
                                    &m[NGX_RTALPHA_GW_NAME_XFPROTO]->value);
    }

    p = ngx_cpymem(p, port.data, port.len);
    ngx_rtalpha_gw_headers_put(headers, NGX_RTALPHA_GW_NAME_XFPORT, start,
                               p - start);
    start = p;
    p = ngx_rtalpha_gw_headers_prefix(p, m[NGX_RTALPHA_GW_NAME_XFPREFIX],
                                      prefix);
    if (p != start) {
        ngx_rtalpha_gw_headers_put(headers, NGX_RTALPHA_GW_NAME_XFPREFIX,
                                   start, p - start);
    }

    start = p;
    p = ngx_rtalpha_gw_headers_for(p, m[NGX_RTALPHA_GW_NAME_XFF],
                                   &client->addr);
    ngx_rtalpha_gw_headers_put(headers, NGX_RTALPHA_GW_NAME_XFF, start,
                               p - start);

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

    p = ngx_cpymem(p, h->value.data, h->value.len);
    *p++ = ',';

    return p;
}


static u_char *
ngx_rtalpha_gw_headers_prefix(u_char *p, ngx_table_elt_t *h,
    const ngx_str_t *prefix)
{
    if (h && h->value.len) {
        p = ngx_cpymem(p, h->value.data, h->value.len);

        if (p[-1] == '/' && prefix->len) {
            p--;
        }
    }

    return ngx_cpymem(p, prefix->data, prefix->len);
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
        p = ngx_cpymem(p, q, h->value.len);

        for ( /* void */ ; (size_t) (last - q) >= addr->len; q++) {
            if (ngx_memcmp(q, addr->data, addr->len) == 0) {
                return p;
            }
        }

        *p++ = ',';
        *p++ = ' ';
    }

    return ngx_cpymem(p, addr->data, addr->len);
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
