
/*
 * What a request carries to its instance: the header list, sifted and with
 * the forwarding fields that the tree asks for, and the Host.
 */


#include "ngx_rtalpha_gw.h"
#include "ngx_rtalpha_line.h"


static ngx_int_t ngx_rtalpha_gw_client(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_client_t *client,
    ngx_uint_t local);
static ngx_int_t ngx_rtalpha_gw_forwarded(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_headers_t *headers,
    ngx_table_elt_t *h, const ngx_str_t *prefix);
static ngx_uint_t ngx_rtalpha_gw_is_here(const ngx_rtalpha_instance_t *in);
static ngx_uint_t ngx_rtalpha_gw_visits(ngx_http_request_t *r);
static ngx_int_t ngx_rtalpha_gw_held_back(ngx_rtalpha_gw_headers_t *headers,
    ngx_list_part_t *part, ngx_rtalpha_gw_plan_t *plan);


#define NGX_RTALPHA_GW_VISITS  8    /* of one request, by way of ourselves */


ngx_uint_t
ngx_rtalpha_gw_trusted(ngx_http_request_t *r, ngx_rtalpha_gw_table_t *table)
{
    in_addr_t             addr;
    struct sockaddr      *sa;
    struct sockaddr_in6  *sin6;

    sa = r->connection->sockaddr;

    if (table->trusted) {
        return ngx_rtalpha_gw_cidr_holds(table->trusted->elts,
                                         table->trusted->nelts, sa);
    }

    if (table->trusted_re) {
        return ngx_rtalpha_gw_regex_full(table->trusted_re,
                                         r->connection->addr_text.data,
                                         r->connection->addr_text.len,
                                         NULL, 0);
    }

    switch (sa->sa_family) {

    case AF_INET:
        addr = ((struct sockaddr_in *) sa)->sin_addr.s_addr;
        return (ntohl(addr) >> 24) == 127;

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr)
               || (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)
                   && sin6->sin6_addr.s6_addr[12] == 127);

    case AF_UNIX:
        return 1;

    default:
        return 0;
    }
}


ngx_int_t
ngx_rtalpha_gw_headers(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    const ngx_str_t *prefix)
{
    ngx_list_t                *list;
    ngx_table_elt_t           *h;
    ngx_rtalpha_gw_plan_t     *plan;
    ngx_rtalpha_gw_headers_t   headers;

    plan = &ctx->rule->plan;
    list = &r->headers_in.headers;

    /* nginx makes no list for HTTP/0.9, which has no fields */

    if (list->last == NULL
        && ngx_list_init(list, r->pool, 8, sizeof(ngx_table_elt_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    headers.pool = r->pool;
    headers.room = ctx->values;
    headers.nroom = sizeof(ctx->values);

    if (ctx->table->forwarding && plan->dialect == NGX_RTALPHA_GW_SCG) {

        if (ngx_rtalpha_gw_headers_take(r, ctx, &headers) != NGX_OK
            || ngx_rtalpha_gw_headers_forwarding(r, ctx, &headers,
                                                 &ctx->path.raw)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        ngx_rtalpha_gw_headers_give(r, &headers);

        return NGX_OK;
    }

    if (ngx_rtalpha_gw_headers_clean(&headers, &list->part, plan->request)) {

        if (!plan->add_forwarded) {
            return NGX_OK;
        }

        h = ngx_list_push(list);

        return h ? ngx_rtalpha_gw_forwarded(r, ctx, &headers, h, prefix)
                 : NGX_ERROR;
    }

    if (ngx_rtalpha_gw_headers_take(r, ctx, &headers) != NGX_OK) {
        return NGX_ERROR;
    }

    if (plan->add_forwarded) {
        h = ngx_rtalpha_gw_headers_push(&headers);

        if (h == NULL
            || ngx_rtalpha_gw_forwarded(r, ctx, &headers, h, prefix)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_rtalpha_gw_headers_give(r, &headers);

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_headers_take(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_headers_t *headers)
{
    ngx_list_part_t        *part;
    ngx_rtalpha_gw_plan_t  *plan;

    plan = &ctx->rule->plan;
    part = &r->headers_in.headers.part;

    headers->pool = r->pool;
    headers->room = ctx->values;
    headers->nroom = sizeof(ctx->values);
    ctx->trusted = ngx_rtalpha_gw_trusted(r, ctx->table);

    if (ngx_rtalpha_gw_headers_sift(headers, part, plan->request,
                                    ctx->trusted, 2)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->table->forwarding && plan->dialect == NGX_RTALPHA_GW_SCG) {

        /* written when the path is known */
        return NGX_OK;
    }

    return ngx_rtalpha_gw_held_back(headers, part, plan);
}


/*
 * Forwarding fields of edited requests, native ones and Spring Cloud
 * Gateway's; after: the path as it is sent.
 */

ngx_int_t
ngx_rtalpha_gw_headers_forwarding(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_rtalpha_gw_headers_t *headers,
    const ngx_str_t *after)
{
    ngx_str_t                none;
    ngx_table_elt_t         *h;
    ngx_rtalpha_gw_client_t  client;

    if (ctx->rule->plan.dialect == NGX_RTALPHA_GW_NATIVE) {
        ngx_str_null(&none);
        h = ngx_rtalpha_gw_headers_push(headers);

        return h ? ngx_rtalpha_gw_forwarded(r, ctx, headers, h, &none)
                 : NGX_ERROR;
    }

    if (ctx->table->forwarding == NULL
        || ctx->rule->plan.dialect != NGX_RTALPHA_GW_SCG)
    {
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_client(r, ctx, &client, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_forwarding_write(ctx->table->forwarding, headers,
                                           &r->headers_in.headers.part,
                                           &client, ctx->origin,
                                           &ctx->path.raw, after);
}


/* local: with the socket's own address */

static ngx_int_t
ngx_rtalpha_gw_client(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_client_t *client, ngx_uint_t local)
{
    u_char  *p;

    if (r->http_connection->ssl) {
        ngx_str_set(&client->scheme, "https");

    } else {
        ngx_str_set(&client->scheme, "http");
    }

    client->addr = r->connection->addr_text;
    client->host = ctx->client_host;
    client->server = r->headers_in.server;
    client->client_port = 0;
    ngx_str_null(&client->local);

    if (!local) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_SOCKADDR_STRLEN);

    if (p == NULL || ngx_connection_local_sockaddr(r->connection, NULL, 0)
                     != NGX_OK)
    {
        return NGX_ERROR;
    }

    client->client_port = ngx_inet_get_port(r->connection->sockaddr);
    client->local.data = p;
    client->local.len = ngx_sock_ntop(r->connection->local_sockaddr,
                                      r->connection->local_socklen, p,
                                      NGX_SOCKADDR_STRLEN, 1);

    return NGX_OK;
}


/* the client, as trusted proxies tell it, for predicates too */

ngx_int_t
ngx_rtalpha_gw_origin(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_addr_t               addr;
    ngx_rtalpha_gw_client_t  client;

    ctx->origin = ngx_palloc(r->pool, sizeof(ngx_rtalpha_gw_origin_t));

    if (ctx->origin == NULL
        || ngx_rtalpha_gw_client(r, ctx, &client, 0) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_gw_origin_read(ctx->table->forwarding,
                               &r->headers_in.headers.part, &client,
                               ngx_rtalpha_gw_trusted(r, ctx->table),
                               ctx->origin);

    if (ctx->origin->addr.data != client.addr.data
        && ngx_parse_addr_port(r->pool, &addr, ctx->origin->addr.data,
                               ctx->origin->addr.len)
           == NGX_OK)
    {
        ctx->req.peer = addr.sockaddr;
    }

    return NGX_OK;
}


/* the new list is handed over as one part */

void
ngx_rtalpha_gw_headers_give(ngx_http_request_t *r,
    ngx_rtalpha_gw_headers_t *headers)
{
    ngx_list_t  *list;

    list = &r->headers_in.headers;

    list->part.elts = headers->elts;
    list->part.nelts = headers->n;
    list->part.next = NULL;
    list->last = &list->part;
    list->nalloc = headers->max;
}


static ngx_int_t
ngx_rtalpha_gw_forwarded(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_rtalpha_gw_headers_t *headers, ngx_table_elt_t *h,
    const ngx_str_t *prefix)
{
    ngx_rtalpha_gw_client_t  client;

    if (ngx_rtalpha_gw_client(r, ctx, &client, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_headers_zuul(headers, h, &client, prefix);
}


/* fields of trusted proxies that are not written anew pass as they came */

static ngx_int_t
ngx_rtalpha_gw_held_back(ngx_rtalpha_gw_headers_t *headers,
    ngx_list_part_t *part, ngx_rtalpha_gw_plan_t *plan)
{
    ngx_uint_t  mark;

    mark = plan->add_forwarded ? NGX_RTALPHA_GW_NAME_FORWARDED
                               : NGX_RTALPHA_GW_NAME_XFF;

    for ( /* void */ ; mark <= NGX_RTALPHA_GW_NAME_FORWARDED; mark++) {
        if (ngx_rtalpha_gw_headers_pass(headers, part, plan->request, mark)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Host for the instance: its own authority, unless the client's is kept */

ngx_int_t
ngx_rtalpha_gw_host(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    u_char                  *p;
    in_port_t                usual;
    ngx_rtalpha_instance_t  *in;

    if (ctx->host.len) {
        return NGX_OK;
    }

    if (ctx->rule->plan.keep_host && ctx->client_host.len) {
        ctx->host = ctx->client_host;
        return NGX_OK;
    }

    in = ctx->instance;
    usual = ctx->secure ? 443 : 80;
    ctx->hosted = 1;

    /* a literal address is there already, with its port */

    if (in->port != usual && in->addr.len > in->host.len
        && in->addr.data[in->host.len] == ':'
        && ngx_memcmp(in->addr.data, in->host.data, in->host.len) == 0)
    {
        ctx->host = in->addr;
        return NGX_OK;
    }

    if (in->port == usual) {
        ctx->host = in->host;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, in->host.len + sizeof(":65535") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->host.data = p;
    p = ngx_cpymem(p, in->host.data, in->host.len);
    p = ngx_sprintf(p, ":%ui", (ngx_uint_t) in->port);
    ctx->host.len = p - ctx->host.data;

    return NGX_OK;
}


/*
 * An instance at one of our own addresses may bring the request back to the
 * same route, for ever: so it carries Via (RFC 9110, 7.6.3) and is ended
 * when it has been here too often.  NGX_DECLINED: it has.
 */

ngx_int_t
ngx_rtalpha_gw_via(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    static ngx_uint_t  hash;
    static u_char      name[] = "via";

    if (!ngx_rtalpha_gw_is_here(ctx->instance)) {
        return NGX_OK;
    }

    if (ngx_rtalpha_gw_visits(r) >= NGX_RTALPHA_GW_VISITS) {
        return NGX_DECLINED;
    }

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    if (hash == 0) {
        hash = ngx_hash_key(name, sizeof(name) - 1);
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = hash;
    h->lowcase_key = name;
    ngx_str_set(&h->key, "Via");
    ngx_str_set(&h->value, "1.1 rtalpha");

    return NGX_OK;
}


/* by port: an address of another machine costs a header line, no more */

static ngx_uint_t
ngx_rtalpha_gw_is_here(const ngx_rtalpha_instance_t *in)
{
    ngx_uint_t        i;
    ngx_listening_t  *ls;

    ls = ngx_cycle->listening.elts;

    for (i = 0; i < ngx_cycle->listening.nelts; i++) {
        if (ngx_inet_get_port(ls[i].sockaddr) == in->port) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_gw_visits(ngx_http_request_t *r)
{
    u_char                 *p, *last;
    ngx_uint_t              i, n;
    const ngx_list_part_t  *part;
    const ngx_table_elt_t  *h;

    static ngx_str_t  via = ngx_string("Via");

    part = &r->headers_in.headers.part;
    i = 0;
    n = 0;

    while ((h = ngx_rtalpha_line_next(&part, &i, &via)) != NULL) {
        p = h->value.data;
        last = p + h->value.len;

        while ((p = ngx_strlcasestrn(p, last, (u_char *) "1.1 rtalpha",
                                     sizeof("1.1 rtalpha") - 2))
               != NULL)
        {
            p += sizeof("1.1 rtalpha") - 1;
            n++;
        }
    }

    return n;
}
