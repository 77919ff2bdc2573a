
/*
 * ForwardedHeaderTransformer of Spring, and the two header filters of Spring
 * Cloud Gateway that follow it.
 */


#include "ngx_rtalpha_gw_forwarding.h"
#include "ngx_rtalpha_line.h"


static ngx_uint_t ngx_rtalpha_gw_forwarding_trusts(
    const ngx_rtalpha_gw_forwarding_t *f, const ngx_str_t *addr);
static void ngx_rtalpha_gw_forwarding_trim(ngx_str_t *s);
static void ngx_rtalpha_gw_forwarding_addr(
    const ngx_rtalpha_gw_forwarding_t *f, const ngx_list_part_t *part,
    ngx_rtalpha_gw_origin_t *origin);
static void ngx_rtalpha_gw_forwarding_item(const ngx_str_t *list,
    ngx_str_t *item);
static void ngx_rtalpha_gw_forwarding_host(ngx_rtalpha_gw_origin_t *origin,
    const ngx_str_t *host);
static ngx_uint_t ngx_rtalpha_gw_forwarding_pair(const ngx_str_t *element,
    const char *name, ngx_str_t *value);
static void ngx_rtalpha_gw_forwarding_rfc(const ngx_rtalpha_gw_forwarding_t *f,
    const ngx_list_part_t *part, ngx_rtalpha_gw_origin_t *origin);
static ngx_int_t ngx_rtalpha_gw_forwarding_x(
    const ngx_rtalpha_gw_forwarding_t *f, ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, ngx_uint_t i, const ngx_str_t *value);
static ngx_int_t ngx_rtalpha_gw_forwarding_pass(
    ngx_rtalpha_gw_headers_t *headers, const ngx_list_part_t *part,
    const ngx_str_t *name);
static void ngx_rtalpha_gw_forwarding_prefix(const ngx_str_t *before,
    const ngx_str_t *after, ngx_str_t *prefix);
static ngx_int_t ngx_rtalpha_gw_forwarding_elements(
    const ngx_rtalpha_gw_forwarding_t *f, ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part);
static ngx_int_t ngx_rtalpha_gw_forwarding_element(
    const ngx_rtalpha_gw_forwarding_t *f, ngx_rtalpha_gw_headers_t *headers,
    const ngx_rtalpha_gw_client_t *client,
    const ngx_rtalpha_gw_origin_t *origin);


/* by mark, from NGX_RTALPHA_GW_NAME_XFF on */

static ngx_str_t  ngx_rtalpha_gw_forwarding_names[] = {
    ngx_string("X-Forwarded-For"), ngx_string("X-Forwarded-Host"),
    ngx_string("X-Forwarded-Port"), ngx_string("X-Forwarded-Proto"),
    ngx_string("X-Forwarded-Prefix"), ngx_string("Forwarded")
};

enum { f_for = 0, f_host, f_port, f_proto, f_prefix, f_forwarded };


static ngx_uint_t
ngx_rtalpha_gw_forwarding_trusts(const ngx_rtalpha_gw_forwarding_t *f,
    const ngx_str_t *addr)
{
    return f->trusted == NULL
           || ngx_rtalpha_gw_regex_full(f->trusted, addr->data, addr->len,
                                        NULL, 0);
}


static void
ngx_rtalpha_gw_forwarding_trim(ngx_str_t *s)
{
    while (s->len && (*s->data == ' ' || *s->data == '\t'
                      || *s->data == '"'))
    {
        s->data++;
        s->len--;
    }

    while (s->len && (s->data[s->len - 1] == ' '
                      || s->data[s->len - 1] == '\t'
                      || s->data[s->len - 1] == '"'))
    {
        s->len--;
    }
}


void
ngx_rtalpha_gw_origin_read(const ngx_rtalpha_gw_forwarding_t *f,
    const ngx_list_part_t *part, const ngx_rtalpha_gw_client_t *client,
    ngx_uint_t trusted, ngx_rtalpha_gw_origin_t *origin)
{
    ngx_table_elt_t  *h;

    origin->addr = client->addr;
    origin->scheme = client->scheme;
    ngx_rtalpha_gw_headers_host(client->host.len ? &client->host
                                                 : &client->server,
                                &origin->host, &origin->port);
    origin->known = trusted;
    origin->trusted = (f->trusted == NULL);

    if (!trusted) {
        return;
    }

    if (ngx_rtalpha_line_first(part,
                             &ngx_rtalpha_gw_forwarding_names[f_forwarded]))
    {
        ngx_rtalpha_gw_forwarding_rfc(f, part, origin);

    } else {
        ngx_rtalpha_gw_forwarding_addr(f, part, origin);

        h = ngx_rtalpha_line_first(part,
                                   &ngx_rtalpha_gw_forwarding_names[f_proto]);
        if (h) {
            ngx_rtalpha_gw_forwarding_item(&h->value, &origin->scheme);
        }

        h = ngx_rtalpha_line_first(part,
                                   &ngx_rtalpha_gw_forwarding_names[f_host]);
        if (h) {
            ngx_rtalpha_gw_forwarding_host(origin, &h->value);
        }

        h = ngx_rtalpha_line_first(part,
                                   &ngx_rtalpha_gw_forwarding_names[f_port]);
        if (h && ngx_atoi(h->value.data, h->value.len) > 0) {
            origin->port = h->value;
        }
    }

    origin->trusted = ngx_rtalpha_gw_forwarding_trusts(f, &origin->addr);
}


/* the first item of a list */

static void
ngx_rtalpha_gw_forwarding_item(const ngx_str_t *list, ngx_str_t *item)
{
    u_char  *p;

    *item = *list;
    p = ngx_strlchr(item->data, item->data + item->len, ',');

    if (p) {
        item->len = p - item->data;
    }

    ngx_rtalpha_gw_forwarding_trim(item);
}


static void
ngx_rtalpha_gw_forwarding_host(ngx_rtalpha_gw_origin_t *origin,
    const ngx_str_t *host)
{
    ngx_str_t  first;

    ngx_rtalpha_gw_forwarding_item(host, &first);
    ngx_rtalpha_gw_headers_host(&first, &origin->host, &origin->port);
}


/* X-Forwarded-For, all its lines */

static void
ngx_rtalpha_gw_forwarding_addr(const ngx_rtalpha_gw_forwarding_t *f,
    const ngx_list_part_t *part, ngx_rtalpha_gw_origin_t *origin)
{
    u_char           *p, *start, *last;
    ngx_str_t         addr, leftmost, found;
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    i = 0;
    ngx_str_null(&leftmost);
    ngx_str_null(&found);

    while ((h = ngx_rtalpha_line_next(&part, &i,
                                      &ngx_rtalpha_gw_forwarding_names[f_for]))
           != NULL)
    {
        last = h->value.data + h->value.len;

        for (start = h->value.data; start < last; start = p + 1) {

            for (p = start; p < last && *p != ','; p++) { /* void */ }

            addr.data = start;
            addr.len = p - start;
            ngx_rtalpha_gw_forwarding_trim(&addr);

            if (addr.len == 0) {
                continue;
            }

            if (leftmost.len == 0) {
                leftmost = addr;
            }

            if (!ngx_rtalpha_gw_forwarding_trusts(f, &addr)) {
                found = addr;
            }
        }
    }

    if (found.len) {
        origin->addr = found;

    } else if (leftmost.len) {
        origin->addr = leftmost;
    }
}


/* "name=value" of one element of Forwarded */

static ngx_uint_t
ngx_rtalpha_gw_forwarding_pair(const ngx_str_t *element, const char *name,
    ngx_str_t *value)
{
    u_char  *p, *start, *last;
    size_t   len;

    len = ngx_strlen(name);
    last = element->data + element->len;

    for (start = element->data; start < last; start = p + 1) {

        for (p = start; p < last && *p != ';'; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        if ((size_t) (p - start) > len && start[len] == '='
            && ngx_strncasecmp(start, (u_char *) name, len) == 0)
        {
            value->data = start + len + 1;
            value->len = p - value->data;
            ngx_rtalpha_gw_forwarding_trim(value);
            return 1;
        }
    }

    return 0;
}


/* the first element that has each part */

static void
ngx_rtalpha_gw_forwarding_rfc(const ngx_rtalpha_gw_forwarding_t *f,
    const ngx_list_part_t *part, ngx_rtalpha_gw_origin_t *origin)
{
    u_char           *p, *last;
    ngx_str_t         element, value, port;
    ngx_uint_t        i, got;
    ngx_table_elt_t  *h;

    i = 0;
    got = 0;

    while ((h = ngx_rtalpha_line_next(&part, &i,
                              &ngx_rtalpha_gw_forwarding_names[f_forwarded]))
           != NULL)
    {
        last = h->value.data + h->value.len;
        element.data = h->value.data;

        for ( /* void */ ; element.data < last; element.data = p + 1) {

            for (p = element.data; p < last && *p != ','; p++) { /* void */ }

            element.len = p - element.data;

            if (!(got & 1)
                && ngx_rtalpha_gw_forwarding_pair(&element, "for", &value))
            {
                got |= 1;
                ngx_rtalpha_gw_headers_host(&value, &origin->addr, &port);
            }

            if (!(got & 2)
                && ngx_rtalpha_gw_forwarding_pair(&element, "proto",
                                                  &origin->scheme))
            {
                got |= 2;
            }

            if (!(got & 4)
                && ngx_rtalpha_gw_forwarding_pair(&element, "host", &value))
            {
                got |= 4;
                ngx_rtalpha_gw_forwarding_host(origin, &value);
            }
        }
    }
}


ngx_int_t
ngx_rtalpha_gw_forwarding_write(const ngx_rtalpha_gw_forwarding_t *f,
    ngx_rtalpha_gw_headers_t *headers, const ngx_list_part_t *part,
    const ngx_rtalpha_gw_client_t *client,
    const ngx_rtalpha_gw_origin_t *origin, const ngx_str_t *before,
    const ngx_str_t *after)
{
    u_char      *p;
    ngx_str_t    value[5], usual;
    ngx_uint_t   i;

    ngx_memzero(value, sizeof(value));

    if (!origin->known) {

        /* what the client says about itself counts for nothing */
        part = NULL;
    }

    if (origin->trusted && f->x) {
        p = ngx_pnalloc(headers->pool, origin->host.len + 8);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_str_is(&origin->scheme, "https")) {
            ngx_str_set(&usual, "443");

        } else {
            ngx_str_set(&usual, "80");
        }

        value[f_for] = origin->addr;
        value[f_proto] = origin->scheme;
        value[f_port] = origin->port.len ? origin->port : usual;
        value[f_host].data = p;
        p = ngx_rtalpha_put(p, &origin->host);

        if (!ngx_rtalpha_str_eq(&value[f_port], &usual)
            && value[f_port].len <= 5)
        {
            *p++ = ':';
            p = ngx_rtalpha_put(p, &value[f_port]);
        }

        value[f_host].len = p - value[f_host].data;
        ngx_rtalpha_gw_forwarding_prefix(before, after, &value[f_prefix]);
    }

    for (i = 0; i < 5; i++) {
        if (ngx_rtalpha_gw_forwarding_x(f, headers, part, i, &value[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (!origin->trusted || !f->forwarded) {
        return ngx_rtalpha_gw_forwarding_pass(headers, part,
                             &ngx_rtalpha_gw_forwarding_names[f_forwarded]);
    }

    if (ngx_rtalpha_gw_forwarding_elements(f, headers, part) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_forwarding_element(f, headers, client, origin);
}


/* one of the five; without a value of ours the lines pass as they came */

static ngx_int_t
ngx_rtalpha_gw_forwarding_x(const ngx_rtalpha_gw_forwarding_t *f,
    ngx_rtalpha_gw_headers_t *headers, const ngx_list_part_t *part,
    ngx_uint_t i, const ngx_str_t *value)
{
    ngx_str_t                text, *name;
    ngx_uint_t               k;
    ngx_table_elt_t         *h;
    ngx_rtalpha_out_t        out;
    const ngx_list_part_t   *p;

    name = &ngx_rtalpha_gw_forwarding_names[i];

    if (value->len == 0 || !(f->enabled & (1U << i))) {
        return ngx_rtalpha_gw_forwarding_pass(headers, part, name);
    }

    if (!(f->append & (1U << i))) {
        return ngx_rtalpha_gw_headers_add(headers, name, value);
    }

    if (ngx_rtalpha_out_init(&out, headers->pool, 64, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    p = part;
    k = 0;

    while ((h = ngx_rtalpha_line_next(&p, &k, name)) != NULL) {
        ngx_rtalpha_out_str(&out, &h->value);
        ngx_rtalpha_out_char(&out, ',');
    }

    ngx_rtalpha_out_str(&out, value);

    if (ngx_rtalpha_out_done(&out, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_headers_add(headers, name, &text);
}


static ngx_int_t
ngx_rtalpha_gw_forwarding_pass(ngx_rtalpha_gw_headers_t *headers,
    const ngx_list_part_t *part, const ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    i = 0;

    while ((h = ngx_rtalpha_line_next(&part, &i, name)) != NULL) {
        if (ngx_rtalpha_gw_headers_add(headers, &h->key, &h->value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* what has been taken off the beginning, if that is all that was done */

static void
ngx_rtalpha_gw_forwarding_prefix(const ngx_str_t *before,
    const ngx_str_t *after, ngx_str_t *prefix)
{
    ngx_str_t  a, b;

    a = *before;
    b = *after;

    while (a.len && a.data[a.len - 1] == '/') {
        a.len--;
    }

    while (b.len && b.data[b.len - 1] == '/') {
        b.len--;
    }

    if (a.len > b.len
        && ngx_memcmp(a.data + a.len - b.len, b.data, b.len) == 0)
    {
        prefix->data = a.data;
        prefix->len = a.len - b.len;
    }
}


/* elements that came: those for an address that is not trusted go */

static ngx_int_t
ngx_rtalpha_gw_forwarding_elements(const ngx_rtalpha_gw_forwarding_t *f,
    ngx_rtalpha_gw_headers_t *headers, const ngx_list_part_t *part)
{
    ngx_str_t         value, addr, port, *name;
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    i = 0;
    name = &ngx_rtalpha_gw_forwarding_names[f_forwarded];

    while ((h = ngx_rtalpha_line_next(&part, &i, name)) != NULL) {

        if (ngx_strlchr(h->value.data, h->value.data + h->value.len, '=')
            == NULL)
        {
            continue;
        }

        if (ngx_rtalpha_gw_forwarding_pair(&h->value, "for", &value)) {
            ngx_rtalpha_gw_headers_host(&value, &addr, &port);

            if (!ngx_rtalpha_gw_forwarding_trusts(f, &addr)) {
                continue;
            }
        }

        if (ngx_rtalpha_gw_headers_add(headers, name, &h->value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_forwarding_element(const ngx_rtalpha_gw_forwarding_t *f,
    ngx_rtalpha_gw_headers_t *headers, const ngx_rtalpha_gw_client_t *client,
    const ngx_rtalpha_gw_origin_t *origin)
{
    ngx_str_t           text;
    ngx_uint_t          quote;
    ngx_rtalpha_out_t   out;
    const ngx_str_t    *host;

    if (ngx_rtalpha_out_init(&out, headers->pool, 128, 16384) != NGX_OK) {
        return NGX_ERROR;
    }

    host = client->host.len ? &client->host : &client->server;
    quote = ngx_strlchr(host->data, host->data + host->len, ':') != NULL;

    ngx_rtalpha_out_lit(&out, "proto=");
    ngx_rtalpha_out_str(&out, &origin->scheme);
    ngx_rtalpha_out_lit(&out, ";host=");

    if (quote) {
        ngx_rtalpha_out_char(&out, '"');
    }

    ngx_rtalpha_out_str(&out, host);

    if (quote) {
        ngx_rtalpha_out_char(&out, '"');
    }

    ngx_rtalpha_out_lit(&out, ";for=\"");
    ngx_rtalpha_out_str(&out, &origin->addr);

    if (client->client_port) {
        ngx_rtalpha_out_char(&out, ':');
        ngx_rtalpha_out_int(&out, client->client_port);
    }

    ngx_rtalpha_out_char(&out, '"');

    if (f->by && client->local.len) {
        ngx_rtalpha_out_lit(&out, ";by=\"");
        ngx_rtalpha_out_str(&out, &client->local);
        ngx_rtalpha_out_char(&out, '"');
    }

    if (ngx_rtalpha_out_done(&out, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_headers_add(headers,
                     &ngx_rtalpha_gw_forwarding_names[f_forwarded], &text);
}
