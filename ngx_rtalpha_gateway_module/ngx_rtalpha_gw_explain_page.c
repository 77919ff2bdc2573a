
/*
 * GET /_rtalpha/api/explain?method=&url=&header=Name:%20value&gateway=
 *
 * What the gateway would do with such a request, without doing it.
 */


#include "ngx_rtalpha_gw_explain.h"
#include "ngx_rtalpha_answer.h"


#define NGX_RTALPHA_GW_EXPLAIN_HEADERS  100
#define NGX_RTALPHA_GW_EXPLAIN_MAX      (1024 * 1024)


typedef struct {
    ngx_str_t                   method;
    ngx_str_t                   url;
    ngx_str_t                   gateway;
    ngx_str_t                   host;
    ngx_str_t                   path;       /* raw */
    ngx_list_part_t             part;
    ngx_table_elt_t            *headers;
    ngx_rtalpha_gw_path_t       parsed;
    ngx_rtalpha_gw_path_t       flat;
    ngx_rtalpha_gw_request_t    req;
} ngx_rtalpha_gw_question_t;


static ngx_int_t ngx_rtalpha_gw_question_args(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q);
static ngx_int_t ngx_rtalpha_gw_question_arg(ngx_http_request_t *r,
    const ngx_str_t *value, ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_question_header(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q, ngx_str_t *line);
static void ngx_rtalpha_gw_question_url(ngx_rtalpha_gw_question_t *q);
static ngx_int_t ngx_rtalpha_gw_question_request(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q, const ngx_rtalpha_gw_table_t *table);
static ngx_int_t ngx_rtalpha_gw_question_answer(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q, ngx_rtalpha_gw_t *gateway, ngx_int_t rc);


ngx_int_t
ngx_rtalpha_gw_explain_page(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_rtalpha_gw_t           *gateway;
    ngx_rtalpha_gw_question_t  *q;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_ALLOWED, "method",
                                          "Only GET and HEAD are answered "
                                          "here.");
    }

    q = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_gw_question_t));

    if (q == NULL || ngx_rtalpha_gw_question_args(r, q) != NGX_OK) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_rtalpha_gw_question_url(q);

    if (q->path.len == 0 || q->path.data[0] != '/') {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_BAD_REQUEST, "url",
                                          "\"url\" is a path, or a whole URL "
                                          "of http or https.");
    }

    gateway = ngx_rtalpha_gw_by_name(&q->gateway);

    if (gateway == NULL) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_FOUND, "gateway",
                                          "There is no gateway of this name; "
                                          "health lists them.");
    }

    if (gateway->table == NULL) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                          "not-ready", "The gateway has no "
                                          "routes yet.");
    }

    rc = ngx_rtalpha_gw_question_request(r, q, gateway->table);

    if (rc == NGX_ERROR) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_rtalpha_gw_question_answer(r, q, gateway, rc);
}


static ngx_int_t
ngx_rtalpha_gw_question_args(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q)
{
    size_t      pos;
    ngx_str_t   name, value, text;
    ngx_uint_t  has;

    q->headers = ngx_pcalloc(r->pool, NGX_RTALPHA_GW_EXPLAIN_HEADERS
                                      * sizeof(ngx_table_elt_t));
    if (q->headers == NULL) {
        return NGX_ERROR;
    }

    q->part.elts = q->headers;
    ngx_str_set(&q->method, "GET");
    pos = 0;

    while (ngx_rtalpha_gw_query_next(&r->args, &pos, &name, &value, &has)) {

        if (ngx_rtalpha_gw_question_arg(r, &value, &text) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_str_is(&name, "method") && text.len) {
            q->method = text;

        } else if (ngx_rtalpha_str_is(&name, "url")) {
            q->url = text;

        } else if (ngx_rtalpha_str_is(&name, "gateway")) {
            q->gateway = text;

        } else if (ngx_rtalpha_str_is(&name, "header")
                   && ngx_rtalpha_gw_question_header(r, q, &text) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_question_arg(ngx_http_request_t *r, const ngx_str_t *value,
    ngx_str_t *text)
{
    text->data = ngx_pnalloc(r->pool, value->len + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_rtalpha_gw_path_decode(text->data, value->data,
                                           value->len, 1);

    return NGX_OK;
}


/* "Name: value"; anything else is no header */

static ngx_int_t
ngx_rtalpha_gw_question_header(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q, ngx_str_t *line)
{
    u_char           *p, *last;
    ngx_table_elt_t  *h;

    last = line->data + line->len;
    p = line->len ? ngx_strlchr(line->data, last, ':') : NULL;

    if (p == NULL || p == line->data
        || q->part.nelts == NGX_RTALPHA_GW_EXPLAIN_HEADERS)
    {
        return NGX_OK;
    }

    h = &q->headers[q->part.nelts++];

    h->key.data = line->data;
    h->key.len = p - line->data;
    h->lowcase_key = ngx_pnalloc(r->pool, h->key.len);
    if (h->lowcase_key == NULL) {
        return NGX_ERROR;
    }

    h->hash = ngx_hash_strlow(h->lowcase_key, h->key.data, h->key.len);

    for (p++; p < last && *p == ' '; p++) { /* void */ }

    h->value.data = p;
    h->value.len = last - p;

    if (h->key.len == 4 && ngx_memcmp(h->lowcase_key, "host", 4) == 0) {
        q->host = h->value;
    }

    return NGX_OK;
}


/* host and path of a whole URL; the Host header wins */

static void
ngx_rtalpha_gw_question_url(ngx_rtalpha_gw_question_t *q)
{
    u_char  *p, *last, *end;

    p = q->url.data;
    last = p + q->url.len;

    if (ngx_rtalpha_str_begins(&q->url, "http://")
        || ngx_rtalpha_str_begins(&q->url, "https://"))
    {
        p += q->url.data[4] == 's' ? 8 : 7;

        for (end = p; end < last && *end != '/' && *end != '?'; end++) {
            /* void */
        }

        if (q->host.len == 0) {
            q->host.data = p;
            q->host.len = end - p;
        }

        p = end;

        if (p == last) {
            ngx_str_set(&q->path, "/");
            return;
        }
    }

    q->path.data = p;
    q->path.len = last - p;
}


/* NGX_DECLINED: the path is refused */

static ngx_int_t
ngx_rtalpha_gw_question_request(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q, const ngx_rtalpha_gw_table_t *table)
{
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_str_t                  port;
    ngx_rtalpha_gw_request_t  *req;

    req = &q->req;
    p = ngx_strlchr(q->path.data, q->path.data + q->path.len, '?');

    if (p) {
        req->query.data = p + 1;
        req->query.len = q->path.data + q->path.len - p - 1;
        q->path.len = p - q->path.data;
    }

    req->pool = r->pool;
    req->vars.pool = r->pool;
    req->method = q->method;
    req->headers = &q->part;
    req->peer = r->connection->sockaddr;
    req->path = &q->parsed;
    req->flat = &q->parsed;
    req->host = q->host;

    if (table->strip_port || table->lower_host) {
        ngx_rtalpha_gw_headers_host(&q->host, &req->host, &port);
    }

    if (table->lower_host && req->host.len) {
        ngx_strlow(req->host.data, req->host.data, req->host.len);
    }

    rc = ngx_rtalpha_gw_path_parse(r->pool, &q->parsed, &q->path,
                                   table->matrix);
    if (rc != NGX_OK) {
        return rc;
    }

    if (q->parsed.holes) {
        req->flat = &q->flat;
        return ngx_rtalpha_gw_path_compact(r->pool, &q->flat, &q->parsed);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_question_answer(ngx_http_request_t *r,
    ngx_rtalpha_gw_question_t *q, ngx_rtalpha_gw_t *gateway, ngx_int_t rc)
{
    ngx_str_t               body;
    ngx_rtalpha_out_t       out;
    ngx_rtalpha_json_t      j;
    ngx_rtalpha_gw_rule_t  *rule;

    static ngx_str_t  type = ngx_string("application/json");

    if (ngx_rtalpha_out_init(&out, r->pool, 4096, NGX_RTALPHA_GW_EXPLAIN_MAX)
        != NGX_OK)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "gateway");
    ngx_rtalpha_json_str(&j, &gateway->name);
    ngx_rtalpha_json_key_lit(&j, "version");
    ngx_rtalpha_json_int(&j, gateway->table->version);
    ngx_rtalpha_json_key_lit(&j, "host");
    ngx_rtalpha_json_str(&j, &q->req.host);

    if (rc == NGX_DECLINED) {
        ngx_rtalpha_json_key_lit(&j, "status");
        ngx_rtalpha_json_int(&j, NGX_HTTP_BAD_REQUEST);
        ngx_rtalpha_json_key_lit(&j, "reason");
        ngx_rtalpha_json_lit(&j, "bad-path");

    } else {
        ngx_rtalpha_json_key_lit(&j, "path");
        ngx_rtalpha_json_str(&j, &q->parsed.raw);

        rule = ngx_rtalpha_gw_table_find(gateway->table, &q->req);

        if (rule == NULL || rule->plan.kind == NGX_RTALPHA_GW_TO_NONE) {
            ngx_rtalpha_json_key_lit(&j, "status");
            ngx_rtalpha_json_int(&j, NGX_HTTP_NOT_FOUND);
            ngx_rtalpha_json_key_lit(&j, "reason");
            ngx_rtalpha_json_lit(&j, "no-route");
        }

        ngx_rtalpha_gw_explain_route(&j, rule);
        ngx_rtalpha_gw_explain_lost(&j, gateway->table, rule, &q->req);

        if (rule && rule->plan.kind != NGX_RTALPHA_GW_TO_NONE) {
            ngx_rtalpha_gw_explain_headers(&j, &rule->plan, &q->part,
                                           ngx_rtalpha_gw_trusted(r,
                                                           gateway->table));
            ngx_rtalpha_gw_explain_limits(&j, &rule->plan);
            ngx_rtalpha_gw_explain_candidates(&j, &rule->plan);
        }
    }

    ngx_rtalpha_json_end(&j);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &type, &body);
}
