
/*
 * Error bodies.
 */


#include "ngx_rtalpha_cfg_errors.h"
#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_disposition.h"
#include "ngx_rtalpha_json.h"


static const char *
ngx_rtalpha_cfg_error_text(ngx_uint_t status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 409: return "Conflict";
    case 413: return "Payload Too Large";
    case 415: return "Unsupported Media Type";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default:  return "None";
    }
}


/* the path as sent, without the query */

static ngx_str_t
ngx_rtalpha_cfg_error_path(ngx_http_request_t *r)
{
    u_char     *p;
    ngx_str_t   path;

    path = r->unparsed_uri;
    p = ngx_strlchr(path.data, path.data + path.len, '?');

    if (p) {
        path.len = p - path.data;
    }

    return path;
}


static void
ngx_rtalpha_cfg_error_time(ngx_rtalpha_out_t *out)
{
    ngx_tm_t     tm;
    ngx_time_t  *tp;

    tp = ngx_timeofday();
    ngx_gmtime(tp->sec, &tm);

    ngx_rtalpha_out_printf(out, "%4d-%02d-%02dT%02d:%02d:%02d.%03M+00:00",
                           tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                           tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
                           tp->msec);
}


static void
ngx_rtalpha_cfg_error_json(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
    ngx_uint_t status, const char *reason, const ngx_str_t *message)
{
    const char          *text;
    ngx_str_t            path;
    ngx_rtalpha_json_t   j;

    text = ngx_rtalpha_cfg_error_text(status);
    path = ngx_rtalpha_cfg_error_path(r);

    ngx_rtalpha_out_lit(out, "{\"timestamp\":\"");
    ngx_rtalpha_cfg_error_time(out);
    ngx_rtalpha_out_printf(out, "\",\"status\":%ui,\"error\":\"%s\"", status,
                           text);

    ngx_rtalpha_json_init(&j, out);

    if (reason) {
        ngx_rtalpha_out_printf(out, ",\"reason\":\"%s\"", reason);
    }

    if (message && message->len) {
        ngx_rtalpha_out_lit(out, ",\"message\":\"");
        ngx_rtalpha_json_escape(out, message->data, message->len);
        ngx_rtalpha_out_char(out, '"');
    }

    if (status != 999) {
        ngx_rtalpha_out_lit(out, ",\"path\":\"");
        ngx_rtalpha_json_escape(out, path.data, path.len);
        ngx_rtalpha_out_char(out, '"');
    }

    ngx_rtalpha_out_char(out, '}');
}


ngx_int_t
ngx_rtalpha_cfg_error_disposition(ngx_http_request_t *r)
{
    static ngx_str_t  text = ngx_string("inline;filename=f.txt");

    return ngx_rtalpha_cfg_disposition(r->pool, &r->unparsed_uri)
           ? ngx_rtalpha_answer_header(r, "Content-Disposition", &text)
           : NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *reason, const ngx_str_t *message)
{
    ngx_str_t                  body, *type;
    ngx_uint_t                 kind;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_cfg_accept_t   accept;

    type = ngx_palloc(r->pool, sizeof(ngx_str_t));

    if (type == NULL
        || ngx_rtalpha_cfg_accept_parse(r->pool,
               ngx_rtalpha_answer_request_header(r, "accept", 6), &accept)
           != NGX_OK
        || ngx_rtalpha_out_init(&out, r->pool, 512, 65536) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    kind = ngx_rtalpha_cfg_accept_error(&accept, type);

    switch (kind) {

    case NGX_RTALPHA_CFG_ACCEPT_NONE:
        return ngx_rtalpha_answer_empty(r, status == 999 ? 500 : status);

    case NGX_RTALPHA_CFG_ACCEPT_HTML:
        ngx_rtalpha_out_printf(&out, "<html><body><h1>%ui %s</h1>"
                               "</body></html>\n", status,
                               ngx_rtalpha_cfg_error_text(status));
        break;

    case NGX_RTALPHA_CFG_ACCEPT_YAML:
        ngx_rtalpha_out_printf(&out, "---\nstatus: %ui\nerror: \"%s\"\n",
                               status, ngx_rtalpha_cfg_error_text(status));
        break;

    default:
        ngx_rtalpha_cfg_error_json(r, &out, status, reason, message);
    }

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK
        || (kind != NGX_RTALPHA_CFG_ACCEPT_HTML
            && ngx_rtalpha_cfg_error_disposition(r) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (kind == NGX_RTALPHA_CFG_ACCEPT_JSON) {

        switch (ngx_rtalpha_cfg_accept_encode(&accept, &body)) {

        case NGX_OK:
            break;

        case NGX_DECLINED:
            return ngx_rtalpha_answer_empty(r, status == 999 ? 500 : status);

        default:
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_rtalpha_answer_bytes(r, status == 999 ? 500 : status, type,
                                    &body);
}


ngx_int_t
ngx_rtalpha_cfg_error_allow(ngx_http_request_t *r, ngx_uint_t methods,
    ngx_uint_t options)
{
    u_char      *p;
    ngx_str_t   *value;

    value = ngx_palloc(r->pool, sizeof(ngx_str_t) + 64);
    if (value == NULL) {
        return NGX_ERROR;
    }

    value->data = (u_char *) (value + 1);
    p = value->data;

    if (methods & NGX_RTALPHA_CFG_GET) {
        p = ngx_cpymem(p, "GET", 3);

        if (options) {
            p = ngx_cpymem(p, ",HEAD", 5);
        }
    }

    if (methods & NGX_RTALPHA_CFG_POST) {
        p = (p == value->data) ? ngx_cpymem(p, "POST", 4)
                               : ngx_cpymem(p, ", POST", 6);
    }

    if (options) {
        p = ngx_cpymem(p, ",OPTIONS", 8);
    }

    value->len = p - value->data;

    return ngx_rtalpha_answer_header(r, "Allow", value);
}


ngx_int_t
ngx_rtalpha_cfg_error_question(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_question_t *q)
{
    ngx_str_t  body;

    static ngx_str_t  html = ngx_string("text/html;charset=utf-8");

    if (q->bare) {

        /* the container's own page; the connection is not to be trusted */

        r->keepalive = 0;
        ngx_str_set(&body, "<html><body><h1>HTTP Status 400 &ndash; Bad "
                           "Request</h1></body></html>\n");
        return ngx_rtalpha_answer_bytes(r, q->status, &html, &body);
    }

    if (q->status == 405
        && ngx_rtalpha_cfg_error_allow(r, q->methods, 0) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (q->empty) {
        return ngx_rtalpha_answer_empty(r, q->status);
    }

    return ngx_rtalpha_cfg_error(r, q->status, q->reason, NULL);
}
