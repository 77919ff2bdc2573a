
/*
 * What rtalpha_admin serves under /_rtalpha/: health, metrics, the event
 * stream, the settings report.
 *
 * health is 200 with status UP when every role in use is ready and every
 * settings object has a tree, else 503 with status DOWN and the reasons;
 * health/live is 200 as long as a worker answers at all.
 */


#include "ngx_rtalpha_module.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_events.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_settings.h"
#include "ngx_rtalpha_state.h"
#include "ngx_rtalpha_stream.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_ADMIN_MAX  (4 * 1024 * 1024)


typedef struct {
    ngx_str_t    path;
    ngx_int_t  (*handler)(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
                          ngx_uint_t *status);
    ngx_str_t    type;
    ngx_int_t  (*stream)(ngx_http_request_t *r);
} ngx_rtalpha_admin_page_t;


static ngx_int_t ngx_rtalpha_admin_live(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out, ngx_uint_t *status);
static ngx_int_t ngx_rtalpha_admin_health(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out, ngx_uint_t *status);
static ngx_uint_t ngx_rtalpha_admin_roles(ngx_rtalpha_json_t *j);
static ngx_int_t ngx_rtalpha_admin_settings(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out, ngx_uint_t *status);
static ngx_int_t ngx_rtalpha_admin_metrics(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out, ngx_uint_t *status);


static ngx_rtalpha_admin_page_t  ngx_rtalpha_admin_pages[] = {

    { ngx_string("/_rtalpha/health"), ngx_rtalpha_admin_health,
      ngx_string("application/json"), NULL },

    { ngx_string("/_rtalpha/health/ready"), ngx_rtalpha_admin_health,
      ngx_string("application/json"), NULL },

    { ngx_string("/_rtalpha/health/live"), ngx_rtalpha_admin_live,
      ngx_string("application/json"), NULL },

    { ngx_string("/_rtalpha/api/settings"), ngx_rtalpha_admin_settings,
      ngx_string("application/json"), NULL },

    { ngx_string("/_rtalpha/metrics"), ngx_rtalpha_admin_metrics,
      ngx_string("text/plain; version=0.0.4; charset=utf-8"), NULL },

    { ngx_string("/_rtalpha/events"), NULL, ngx_null_string,
      ngx_rtalpha_stream_handler },

    { ngx_null_string, NULL, ngx_null_string, NULL }
};


static ngx_rtalpha_role_page_t *
ngx_rtalpha_admin_role_page(const ngx_str_t *path)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_page_t  *page;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    page = mcf->pages.elts;

    for (i = 0; i < mcf->pages.nelts; i++) {
        if (ngx_rtalpha_str_eq(&page[i].path, path)) {
            return &page[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_admin_handler(ngx_http_request_t *r)
{
    ngx_str_t                  body;
    ngx_uint_t                 status;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_role_page_t   *role;
    ngx_rtalpha_admin_page_t  *page;

    for (page = ngx_rtalpha_admin_pages; page->path.len; page++) {
        if (ngx_rtalpha_str_eq(&page->path, &r->uri)) {
            break;
        }
    }

    if (page->path.len == 0) {
        role = ngx_rtalpha_admin_role_page(&r->uri);

        if (role) {
            return role->handler(r);
        }

        return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_FOUND, "no-page",
                                          "There is no page \"%V\".",
                                          &r->uri);
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_ALLOWED,
                                          "method", "Only GET and HEAD are "
                                          "answered here.");
    }

    if (page->stream) {
        return page->stream(r);
    }

    status = NGX_HTTP_OK;

    if (ngx_rtalpha_out_init(&out, r->pool, 4096, NGX_RTALPHA_ADMIN_MAX)
        != NGX_OK
        || page->handler(r, &out, &status) != NGX_OK
        || ngx_rtalpha_out_done(&out, &body) != NGX_OK)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_rtalpha_answer_bytes(r, status, &page->type, &body);
}


static ngx_int_t
ngx_rtalpha_admin_live(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
    ngx_uint_t *status)
{
    ngx_rtalpha_out_lit(out, "{\"status\":\"UP\"}");

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_admin_health(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
    ngx_uint_t *status)
{
    ngx_str_t           text;
    ngx_uint_t          ready;
    const char         *name;
    ngx_rtalpha_out_t   detail;
    ngx_rtalpha_json_t  j;

    /* the verdict comes first and is known last */

    if (ngx_rtalpha_out_init(&detail, r->pool, 4096, NGX_RTALPHA_ADMIN_MAX)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_json_init(&j, &detail);
    ngx_rtalpha_json_object(&j);

    ngx_rtalpha_json_key_lit(&j, "roles");
    ngx_rtalpha_json_object(&j);
    ready = ngx_rtalpha_admin_roles(&j);
    ngx_rtalpha_json_end(&j);

    ngx_rtalpha_json_key_lit(&j, "settings");
    ngx_rtalpha_json_array(&j);
    ready &= ngx_rtalpha_settings_health(&j) == 0;
    ngx_rtalpha_json_end(&j);

    ngx_rtalpha_json_key_lit(&j, "zone");
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "size");
    ngx_rtalpha_json_int(&j, ngx_rtalpha_zone_size());
    ngx_rtalpha_json_key_lit(&j, "free");
    ngx_rtalpha_json_int(&j, ngx_rtalpha_zone_free_size());
    ngx_rtalpha_json_end(&j);

    /* without it everything is answered, but nothing outlives a restart */

    ngx_rtalpha_json_key_lit(&j, "state");
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "folder");
    ngx_rtalpha_json_str(&j, ngx_rtalpha_state_path());
    ngx_rtalpha_json_key_lit(&j, "lock");
    name = ngx_rtalpha_state_name();
    ngx_rtalpha_json_text(&j, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_json_end(&j);

    ngx_rtalpha_json_end(&j);

    if (ngx_rtalpha_out_done(&detail, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    *status = ready ? NGX_HTTP_OK : NGX_HTTP_SERVICE_UNAVAILABLE;

    ngx_rtalpha_out_printf(out, "{\"status\":\"%s\",", ready ? "UP" : "DOWN");
    ngx_rtalpha_out_bytes(out, text.data + 1, text.len - 1);

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_admin_roles(ngx_rtalpha_json_t *j)
{
    ngx_uint_t                i, up, ready;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    use = mcf->roles.elts;
    ready = 1;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (!use[i].used) {
            continue;
        }

        ngx_rtalpha_json_key(j, use[i].role->name.data,
                             use[i].role->name.len);
        ngx_rtalpha_json_object(j);

        up = use[i].role->health ? use[i].role->health(j) : 1;
        ready &= up;

        ngx_rtalpha_json_key_lit(j, "status");
        ngx_rtalpha_json_text(j, (u_char *) (up ? "UP" : "DOWN"),
                              up ? 2 : 4);
        ngx_rtalpha_json_end(j);
    }

    return ready;
}


static ngx_int_t
ngx_rtalpha_admin_settings(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
    ngx_uint_t *status)
{
    ngx_rtalpha_json_t  j;

    ngx_rtalpha_json_init(&j, out);
    ngx_rtalpha_settings_report(r->pool, &j);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_admin_metrics(ngx_http_request_t *r, ngx_rtalpha_out_t *out,
    ngx_uint_t *status)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    ngx_rtalpha_metrics_gauge(out, "rtalpha_zone_size_bytes",
                              "Size of the shared memory zone.",
                              ngx_rtalpha_zone_size());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_zone_free_bytes",
                              "Whole free pages of the zone.",
                              ngx_rtalpha_zone_free_size());
    ngx_rtalpha_zone_holds(out);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_zone_repairs",
                              "Processes that died while changing the zone.",
                              ngx_rtalpha_zone_repairs());
    ngx_rtalpha_metrics_gauge(out, "rtalpha_state_leader",
                              "1: this nginx writes to the state folder.",
                              ngx_rtalpha_state_seen()
                              == NGX_RTALPHA_STATE_HELD);
    ngx_rtalpha_metrics_gauge(out, "rtalpha_events_last",
                              "Number of the newest event.",
                              ngx_rtalpha_events_last());

    ngx_rtalpha_metrics_write(out);

    mcf = ngx_rtalpha_module_conf((ngx_cycle_t *) ngx_cycle);
    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].used && use[i].role->metrics) {
            use[i].role->metrics(out);
        }
    }

    return NGX_OK;
}
