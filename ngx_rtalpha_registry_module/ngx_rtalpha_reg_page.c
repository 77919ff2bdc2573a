
/*
 * Pages beside the protocol.
 */


#include "ngx_rtalpha_reg_page.h"
#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_settings.h"


static ngx_int_t ngx_rtalpha_reg_page_health(ngx_http_request_t *r,
    const char *text);
static ngx_int_t ngx_rtalpha_reg_page_status(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq);
static void ngx_rtalpha_reg_page_self(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out);
static ngx_int_t ngx_rtalpha_reg_page_texts(ngx_http_request_t *r,
    ngx_rtalpha_reg_doc_t *doc);
static ngx_int_t ngx_rtalpha_reg_page_overrides(ngx_http_request_t *r);


#define ngx_rtalpha_reg_put(out, s)  ngx_rtalpha_out_bytes(out,               \
                                                       ngx_rtalpha_lit(s))


ngx_int_t
ngx_rtalpha_reg_page(ngx_http_request_t *r, ngx_rtalpha_reg_request_t *rq)
{
    switch (rq->path.resource) {

    case NGX_RTALPHA_REG_PATH_HEALTH:
        return ngx_rtalpha_reg_page_health(r, "{\"status\":\"UP\"}");

    case NGX_RTALPHA_REG_PATH_ABOUT:
        return ngx_rtalpha_reg_page_health(r, "{}");

    case NGX_RTALPHA_REG_PATH_INFO:
        return ngx_rtalpha_reg_page_status(r, rq);

    case NGX_RTALPHA_REG_PATH_OVERRIDES:
        return ngx_rtalpha_reg_page_overrides(r);

    case NGX_RTALPHA_REG_PATH_LASTN:
        return ngx_rtalpha_reg_page_lastn(r);

    default:
        return ngx_rtalpha_reg_page_dashboard(r);
    }
}


static ngx_int_t
ngx_rtalpha_reg_page_health(ngx_http_request_t *r, const char *text)
{
    ngx_str_t         body;
    const ngx_str_t  *accept;

    static const ngx_str_t  actuator =
        ngx_string("application/vnd.spring-boot.actuator.v3+json");
    static const ngx_str_t  json = ngx_string("application/json");

    body.data = (u_char *) text;
    body.len = ngx_strlen(text);

    accept = ngx_rtalpha_reg_header(r, "accept");

    if (accept
        && ngx_strnstr(accept->data, "application/json", accept->len))
    {
        return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &json, &body);
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &actuator, &body);
}


/* what Netflix's StatusInfo says, as far as it is true of an nginx */

static ngx_int_t
ngx_rtalpha_reg_page_status(ngx_http_request_t *r,
    ngx_rtalpha_reg_request_t *rq)
{
    ngx_str_t           body;
    ngx_uint_t          minutes;
    ngx_rtalpha_out_t   out;

    static const ngx_str_t  type = ngx_string("application/xml");

    if ((rq->form & NGX_RTALPHA_REG_FORM_XML) == 0) {
        return ngx_rtalpha_reg_error(r, NGX_HTTP_NOT_FOUND);
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 2048, 65536) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    minutes = (ngx_uint_t) ((ngx_rtalpha_reg_clock()
                             - ngx_rtalpha_reg_root->started) / 60000);

    ngx_rtalpha_out_printf(&out, "<com.netflix.eureka.util.StatusInfo>\n"
        "  <generalStats>\n"
        "    <num-of-cpus>%i</num-of-cpus>\n"
        "    <total-avail-memory>%uzmb</total-avail-memory>\n"
        "    <current-memory-usage>%uzmb (%ui%%)</current-memory-usage>\n"
        "    <server-uptime>%02ui:%02ui</server-uptime>\n"
        "  </generalStats>\n"
        "  <applicationStats>\n"
        "    <registered-replicas></registered-replicas>\n"
        "    <available-replicas></available-replicas>\n"
        "    <unavailable-replicas></unavailable-replicas>\n"
        "  </applicationStats>\n"
        "  <instanceInfo>",
        ngx_ncpu, ngx_rtalpha_zone_size() >> 20,
        (ngx_rtalpha_zone_size() - ngx_rtalpha_zone_free_size()) >> 20,
        (ngx_rtalpha_zone_size() - ngx_rtalpha_zone_free_size()) * 100
        / ngx_rtalpha_zone_size(),
        minutes / 60, minutes % 60);

    ngx_rtalpha_reg_page_self(r, &out);

    ngx_rtalpha_reg_put(&out, "\n  </instanceInfo>\n"
                              "</com.netflix.eureka.util.StatusInfo>");

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &type, &body);
}


/* this server as an instance, made of its settings and the request's Host */

static void
ngx_rtalpha_reg_page_self(ngx_http_request_t *r, ngx_rtalpha_out_t *out)
{
    ngx_str_t                 *text;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_state_t    st;
    ngx_rtalpha_reg_render_t   rr;

    ngx_memzero(&doc, sizeof(ngx_rtalpha_reg_doc_t));
    ngx_memzero(&st, sizeof(ngx_rtalpha_reg_state_t));
    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));

    text = doc.text;
    text[NGX_RTALPHA_REG_TEXT_HOST] = r->headers_in.server;

    if (ngx_rtalpha_reg_conf.hostname.len) {
        text[NGX_RTALPHA_REG_TEXT_HOST] = ngx_rtalpha_reg_conf.hostname;
    }

    if (ngx_connection_local_sockaddr(r->connection, NULL, 0) != NGX_OK) {
        return;
    }

    doc.port = ngx_inet_get_port(r->connection->local_sockaddr);
    doc.port_on = 1;
    doc.secure_port = 443;
    doc.country = 1;
    doc.interval = 30;
    doc.duration = 90;
    doc.dc = NGX_RTALPHA_REG_DC_MYOWN;

    if (ngx_rtalpha_reg_page_texts(r, &doc) != NGX_OK) {
        return;
    }

    st.status = NGX_RTALPHA_REG_UP;
    st.overridden = NGX_RTALPHA_REG_UNKNOWN;
    st.action = NGX_RTALPHA_REG_DELETED + 1;
    st.updated = ngx_rtalpha_reg_now();
    st.dirty = (int64_t) st.updated;

    rr.out = out;
    rr.form = NGX_RTALPHA_REG_FORM_XML;
    rr.depth = 1;

    ngx_rtalpha_reg_render_members(&rr, &doc, &st);
}


static ngx_int_t
ngx_rtalpha_reg_page_texts(ngx_http_request_t *r, ngx_rtalpha_reg_doc_t *doc)
{
    u_char             *p;
    ngx_str_t           url, *text;
    ngx_array_t         pairs;
    ngx_keyval_t       *kv;
    ngx_rtalpha_out_t   map;

    text = doc->text;

    p = ngx_pnalloc(r->pool, NGX_SOCKADDR_STRLEN);
    url.data = ngx_pnalloc(r->pool, text[NGX_RTALPHA_REG_TEXT_HOST].len + 64);

    if (p == NULL || url.data == NULL
        || ngx_array_init(&pairs, r->pool, 1, sizeof(ngx_keyval_t)) != NGX_OK
        || ngx_rtalpha_out_init(&map, r->pool, 64, 4096) != NGX_OK)
    {
        return NGX_ERROR;
    }

    text[NGX_RTALPHA_REG_TEXT_IP].data = p;
    text[NGX_RTALPHA_REG_TEXT_IP].len =
        ngx_sock_ntop(r->connection->local_sockaddr,
                      r->connection->local_socklen, p, NGX_SOCKADDR_STRLEN,
                      0);

    url.len = ngx_sprintf(url.data, "http://%V:%D/",
                          &text[NGX_RTALPHA_REG_TEXT_HOST], doc->port)
              - url.data;

    text[NGX_RTALPHA_REG_TEXT_ID] = ngx_rtalpha_reg_conf.instance_id;

    if (text[NGX_RTALPHA_REG_TEXT_ID].len == 0) {
        text[NGX_RTALPHA_REG_TEXT_ID].data = url.data + 7;
        text[NGX_RTALPHA_REG_TEXT_ID].len = url.len - 8;
    }

    text[NGX_RTALPHA_REG_TEXT_HOME] = url;
    text[NGX_RTALPHA_REG_TEXT_PAGE] = url;
    text[NGX_RTALPHA_REG_TEXT_HEALTH] = url;
    ngx_str_set(&text[NGX_RTALPHA_REG_TEXT_APP], "RTALPHA");
    ngx_str_set(&text[NGX_RTALPHA_REG_TEXT_VIP], "rtalpha");
    ngx_str_set(&text[NGX_RTALPHA_REG_TEXT_VIPS], "rtalpha");

    kv = ngx_array_push(&pairs);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&kv->key, "management.port");
    kv->value.data = url.data + url.len - 1;

    while (*--kv->value.data != ':') { /* void */ }

    kv->value.data++;
    kv->value.len = url.data + url.len - 1 - kv->value.data;

    ngx_rtalpha_reg_doc_map(&pairs, &map);

    if (ngx_rtalpha_out_done(&map, &doc->metadata) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* {"id":"OUT_OF_SERVICE", …} */

static ngx_int_t
ngx_rtalpha_reg_page_overrides(ngx_http_request_t *r)
{
    ngx_str_t                     body, s;
    ngx_uint_t                    i, n;
    ngx_array_t                   ids;
    ngx_keyval_t                 *kv;
    ngx_rtalpha_out_t             out;
    ngx_rtalpha_json_t            j;
    ngx_rtalpha_reg_node_t       *node;
    ngx_rtalpha_reg_root_t       *root;
    ngx_rtalpha_reg_override_t   *o;

    static const ngx_str_t  type = ngx_string("application/json");

    root = ngx_rtalpha_reg_root;

    if (ngx_array_init(&ids, r->pool, 16, sizeof(ngx_keyval_t)) != NGX_OK
        || ngx_rtalpha_out_init(&out, r->pool, 1024, 64 * 1024 * 1024)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; i < root->overrides.buckets; /* void */ ) {

        ngx_rtalpha_zone_lock();

        for (n = 0; i < root->overrides.buckets && n < 64; i++, n++) {
            for (node = ngx_rtalpha_reg_table_bucket(&root->overrides, i);
                 node;
                 node = node->next)
            {
                o = (ngx_rtalpha_reg_override_t *) node;

                kv = ngx_array_push(&ids);
                s.data = o->id;
                s.len = o->len;

                if (kv) {
                    kv->value = *ngx_rtalpha_reg_status_name(o->status);
                    kv->key.len = s.len;
                    kv->key.data = ngx_pstrdup(r->pool, &s);
                }
            }
        }

        ngx_rtalpha_zone_unlock();
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);

    kv = ids.elts;

    for (i = 0; i < ids.nelts; i++) {
        if (kv[i].key.data) {
            ngx_rtalpha_json_key(&j, kv[i].key.data, kv[i].key.len);
            ngx_rtalpha_json_str(&j, &kv[i].value);
        }
    }

    ngx_rtalpha_json_end(&j);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &type, &body);
}
