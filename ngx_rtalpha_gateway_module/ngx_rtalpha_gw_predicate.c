
/*
 * One function a predicate, chosen from a table.  Semantics are those of
 * Spring Cloud Gateway's factories of the same name.
 */


#include "ngx_rtalpha_gw_predicate.h"
#include "ngx_rtalpha_line.h"


typedef ngx_uint_t (*ngx_rtalpha_gw_pred_pt)(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);


static ngx_uint_t ngx_rtalpha_gw_pred_path(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_host(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_method(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_header(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_parts(
    const ngx_rtalpha_gw_regex_t *regex, const ngx_str_t *value);
static ngx_uint_t ngx_rtalpha_gw_pred_query(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_cookie(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_cookies(
    const ngx_rtalpha_gw_pred_t *pred, const ngx_str_t *line);
static ngx_uint_t ngx_rtalpha_gw_pred_time(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_remote(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_forwarded(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);
static ngx_uint_t ngx_rtalpha_gw_pred_weight(
    const ngx_rtalpha_gw_pred_t *pred, ngx_rtalpha_gw_request_t *req,
    ngx_uint_t vars);


/* in the order of ngx_rtalpha_gw_pred_e */

static const ngx_rtalpha_gw_pred_pt  ngx_rtalpha_gw_preds[] = {
    ngx_rtalpha_gw_pred_path,
    ngx_rtalpha_gw_pred_host,
    ngx_rtalpha_gw_pred_method,
    ngx_rtalpha_gw_pred_header,
    ngx_rtalpha_gw_pred_query,
    ngx_rtalpha_gw_pred_cookie,
    ngx_rtalpha_gw_pred_time,
    ngx_rtalpha_gw_pred_remote,
    ngx_rtalpha_gw_pred_forwarded,
    ngx_rtalpha_gw_pred_weight
};


ngx_uint_t
ngx_rtalpha_gw_pred_holds(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    return ngx_rtalpha_gw_preds[pred->type](pred, req, vars);
}


static ngx_uint_t
ngx_rtalpha_gw_pred_path(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    uint32_t                         i;
    const ngx_rtalpha_gw_pattern_t  *p;

    for (i = 0; i < pred->n; i++) {
        p = &pred->u.patterns[i];

        if (ngx_rtalpha_gw_pattern_match(p,
                       p->style == NGX_RTALPHA_GW_ANT ? req->flat : req->path,
                       vars ? &req->vars : NULL))
        {
            return 1;
        }
    }

    return 0;
}


ngx_rtalpha_gw_path_t *
ngx_rtalpha_gw_request_labels(ngx_rtalpha_gw_request_t *req)
{
    ngx_rtalpha_gw_path_t  *labels, *flat;

    if (req->labels) {
        return req->labels;
    }

    labels = ngx_palloc(req->pool, sizeof(ngx_rtalpha_gw_path_t));

    if (labels == NULL
        || ngx_rtalpha_gw_path_split(req->pool, labels, &req->host, '.')
           != NGX_OK)
    {
        return NULL;
    }

    if (labels->holes) {
        flat = ngx_palloc(req->pool, sizeof(ngx_rtalpha_gw_path_t));

        if (flat == NULL
            || ngx_rtalpha_gw_path_compact(req->pool, flat, labels) != NGX_OK)
        {
            return NULL;
        }

        labels = flat;
    }

    req->labels = labels;

    return labels;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_host(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    uint32_t                i;
    ngx_rtalpha_gw_path_t  *labels;

    labels = ngx_rtalpha_gw_request_labels(req);

    if (labels == NULL || req->host.len == 0) {
        return 0;
    }

    for (i = 0; i < pred->n; i++) {
        if (ngx_rtalpha_gw_pattern_match(&pred->u.patterns[i], labels,
                                         vars ? &req->vars : NULL))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_method(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    uint32_t  i;

    for (i = 0; i < pred->n; i++) {
        if (ngx_rtalpha_str_eq(&pred->u.methods[i], &req->method)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_header(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    ngx_uint_t              i;
    ngx_table_elt_t        *h;
    const ngx_list_part_t  *part;

    part = req->headers;
    i = 0;

    for ( ;; ) {
        h = ngx_rtalpha_line_next(&part, &i, pred->u.value.name);

        if (h == NULL) {
            return 0;
        }

        if (pred->u.value.regex == NULL) {

            if (h->value.len) {
                return 1;
            }

            continue;
        }

        if (ngx_rtalpha_gw_regex_full(pred->u.value.regex, h->value.data,
                                      h->value.len, NULL, 0)
            || ngx_rtalpha_gw_pred_parts(pred->u.value.regex, &h->value))
        {
            return 1;
        }
    }
}


/* the parts between commas */

static ngx_uint_t
ngx_rtalpha_gw_pred_parts(const ngx_rtalpha_gw_regex_t *regex,
    const ngx_str_t *value)
{
    u_char  *p, *start, *end, *last;

    p = value->data;
    last = p + value->len;

    if (ngx_strlchr(p, last, ',') == NULL) {
        return 0;
    }

    for (start = p; start <= last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        for (end = p; end > start && end[-1] == ' '; end--) { /* void */ }

        if (ngx_rtalpha_gw_regex_full(regex, start, end - start, NULL, 0)) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_gw_query_next(const ngx_str_t *query, size_t *pos,
    ngx_str_t *name, ngx_str_t *value, ngx_uint_t *has_value)
{
    u_char  *p, *last, *equals;

    if (*pos >= query->len) {
        return 0;
    }

    p = query->data + *pos;
    last = ngx_strlchr(p, query->data + query->len, '&');

    if (last == NULL) {
        last = query->data + query->len;
    }

    *pos = last - query->data + 1;

    equals = ngx_strlchr(p, last, '=');

    name->data = p;
    name->len = (equals ? equals : last) - p;
    value->data = equals ? equals + 1 : last;
    value->len = last - value->data;
    *has_value = (equals != NULL);

    return 1;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_query(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    size_t      pos, len;
    u_char     *buf;
    ngx_str_t   name, value;
    ngx_uint_t  has;

    if (req->query.len == 0) {
        return 0;
    }

    buf = ngx_pnalloc(req->pool, req->query.len);
    if (buf == NULL) {
        return 0;
    }

    pos = 0;

    while (ngx_rtalpha_gw_query_next(&req->query, &pos, &name, &value, &has)) {

        len = ngx_rtalpha_gw_path_decode(buf, name.data, name.len, 1);

        if (len != pred->u.value.name->len
            || ngx_memcmp(buf, pred->u.value.name->data, len) != 0)
        {
            continue;
        }

        if (pred->u.value.regex == NULL) {
            return 1;
        }

        len = ngx_rtalpha_gw_path_decode(buf, value.data, value.len, 1);

        if (ngx_rtalpha_gw_regex_full(pred->u.value.regex, buf, len, NULL, 0))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_cookie(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    ngx_uint_t              i;
    ngx_table_elt_t        *h;
    const ngx_list_part_t  *part;

    static ngx_str_t   name = ngx_string("Cookie");

    part = req->headers;
    i = 0;

    for ( ;; ) {
        h = ngx_rtalpha_line_next(&part, &i, &name);

        if (h == NULL) {
            return 0;
        }

        if (ngx_rtalpha_gw_pred_cookies(pred, &h->value)) {
            return 1;
        }
    }
}


/* RFC 6265, 4.2.1; quotes around a value are not part of it */

static ngx_uint_t
ngx_rtalpha_gw_pred_cookies(const ngx_rtalpha_gw_pred_t *pred,
    const ngx_str_t *line)
{
    u_char      *p, *start, *end, *last, *equals;
    ngx_str_t    value;
    ngx_str_t   *name;

    name = pred->u.value.name;
    p = line->data;
    last = p + line->len;

    for (start = p; start <= last; start = p + 1) {

        for (p = start; p < last && *p != ';'; p++) { /* void */ }

        while (start < p && (*start == ' ' || *start == '\t')) {
            start++;
        }

        for (end = p; end > start && end[-1] == ' '; end--) { /* void */ }

        equals = ngx_strlchr(start, end, '=');

        if (equals == NULL || (size_t) (equals - start) != name->len
            || ngx_memcmp(start, name->data, name->len) != 0)
        {
            continue;
        }

        value.data = equals + 1;
        value.len = end - value.data;

        if (value.len >= 2 && value.data[0] == '"'
            && value.data[value.len - 1] == '"')
        {
            value.data++;
            value.len -= 2;
        }

        if (pred->u.value.regex == NULL
            || ngx_rtalpha_gw_regex_full(pred->u.value.regex, value.data,
                                         value.len, NULL, 0))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_time(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    ngx_time_t  *tp;

    if (req->now == 0) {
        tp = ngx_timeofday();
        req->now = (uint64_t) tp->sec * 1000 + tp->msec;
    }

    if (pred->u.time.after && req->now <= pred->u.time.after) {
        return 0;
    }

    return pred->u.time.before == 0 || req->now < pred->u.time.before;
}


static ngx_uint_t
ngx_rtalpha_gw_pred_remote(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    return ngx_rtalpha_gw_cidr_holds(pred->u.cidrs, pred->n, req->peer);
}


ngx_uint_t
ngx_rtalpha_gw_cidr_holds(const ngx_cidr_t *cidrs, ngx_uint_t n,
    struct sockaddr *sa)
{
    in_addr_t             addr;
    ngx_uint_t            i, k;
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    addr = INADDR_NONE;
    sin6 = NULL;

    if (sa->sa_family == AF_INET) {
        sin = (struct sockaddr_in *) sa;
        addr = sin->sin_addr.s_addr;

    } else if (sa->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            ngx_memcpy(&addr, &sin6->sin6_addr.s6_addr[12], 4);
            sin6 = NULL;
        }

    } else {
        return 0;
    }

    for (i = 0; i < n; i++) {

        if (sin6 == NULL) {

            if (cidrs[i].family == AF_INET
                && (addr & cidrs[i].u.in.mask) == cidrs[i].u.in.addr)
            {
                return 1;
            }

            continue;
        }

        if (cidrs[i].family != AF_INET6) {
            continue;
        }

        for (k = 0; k < 16; k++) {
            if ((sin6->sin6_addr.s6_addr[k] & cidrs[i].u.in6.mask.s6_addr[k])
                != cidrs[i].u.in6.addr.s6_addr[k])
            {
                break;
            }
        }

        if (k == 16) {
            return 1;
        }
    }

    return 0;
}


/*
 * The address that the last "depth" proxies agree on: that far from the
 * right.  Two lines, or anything that is not an address: the peer itself.
 */

static ngx_uint_t
ngx_rtalpha_gw_pred_forwarded(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    u_char                 *p, *end;
    uint32_t                depth;
    ngx_addr_t              addr;
    ngx_uint_t              i;
    ngx_table_elt_t        *h;
    const ngx_list_part_t  *part;

    static ngx_str_t   name = ngx_string("X-Forwarded-For");

    part = req->headers;
    i = 0;
    h = ngx_rtalpha_line_next(&part, &i, &name);

    if (h == NULL
        || ngx_rtalpha_line_next(&part, &i, &name) != NULL)
    {
        return ngx_rtalpha_gw_cidr_holds(pred->u.cidrs, pred->n, req->peer);
    }

    end = h->value.data + h->value.len;
    depth = ngx_max(pred->depth, 1);

    for ( ;; ) {

        for (p = end; p > h->value.data && p[-1] != ','; p--) { /* void */ }

        if (--depth == 0 || p == h->value.data) {
            break;
        }

        end = p - 1;
    }

    while (p < end && *p == ' ') {
        p++;
    }

    while (end > p && end[-1] == ' ') {
        end--;
    }

    if (ngx_parse_addr_port(req->pool, &addr, p, end - p) != NGX_OK) {
        return ngx_rtalpha_gw_cidr_holds(pred->u.cidrs, pred->n, req->peer);
    }

    return ngx_rtalpha_gw_cidr_holds(pred->u.cidrs, pred->n, addr.sockaddr);
}


static ngx_uint_t
ngx_rtalpha_gw_pred_weight(const ngx_rtalpha_gw_pred_t *pred,
    ngx_rtalpha_gw_request_t *req, ngx_uint_t vars)
{
    uint32_t                       i;
    ngx_uint_t                     at;
    const ngx_rtalpha_gw_group_t  *group;

    group = pred->u.group;

    if (group->total == 0) {
        return 0;
    }

    if (req->random == 0) {
        req->random = (uint32_t) ngx_random() | 1;
    }

    /* groups draw independently of each other */

    at = ngx_murmur_hash2(group->name.data, group->name.len) ^ req->random;
    at = ngx_murmur_hash2((u_char *) &at, sizeof(at)) % group->total;

    for (i = 0; i < pred->n; i++) {

        if (at < group->weights[i]) {
            return 0;
        }

        at -= group->weights[i];
    }

    return at < group->weights[pred->n];
}
