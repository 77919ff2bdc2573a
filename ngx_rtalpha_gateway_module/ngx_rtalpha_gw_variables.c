
/*
 * Variables: those that conf/rtalpha_server.conf proxies with, and those for
 * logs.
 */


#include "ngx_rtalpha_gw.h"


typedef enum {
    NGX_RTALPHA_GW_VAR_SCHEME = 0,
    NGX_RTALPHA_GW_VAR_UPSTREAM,
    NGX_RTALPHA_GW_VAR_TARGET,
    NGX_RTALPHA_GW_VAR_HOST,
    NGX_RTALPHA_GW_VAR_SSL_NAME,
    NGX_RTALPHA_GW_VAR_ROUTE,
    NGX_RTALPHA_GW_VAR_SERVICE,
    NGX_RTALPHA_GW_VAR_INSTANCE,
    NGX_RTALPHA_GW_VAR_REASON,
    NGX_RTALPHA_GW_VAR_TRIES
} ngx_rtalpha_gw_var_e;


static ngx_int_t ngx_rtalpha_gw_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_rtalpha_gw_variable_text(ngx_http_request_t *r,
    ngx_rtalpha_gw_ctx_t *ctx, ngx_uint_t which, ngx_str_t *text);


static ngx_http_variable_t  ngx_rtalpha_gw_variables[] = {

    { ngx_string("rtalpha_scheme"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_SCHEME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_upstream"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_UPSTREAM, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_target"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_TARGET, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_host"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_HOST, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_ssl_name"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_SSL_NAME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_route"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_ROUTE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_service"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_SERVICE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_instance"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_INSTANCE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_reason"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_REASON, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("rtalpha_tries"), NULL, ngx_rtalpha_gw_variable,
      NGX_RTALPHA_GW_VAR_TRIES, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_rtalpha_gw_vars_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_rtalpha_gw_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t              text;
    ngx_rtalpha_gw_ctx_t  *ctx;

    ctx = ngx_rtalpha_gw_ctx(r);

    if (ctx == NULL
        || ngx_rtalpha_gw_variable_text(r, ctx, data, &text) != NGX_OK
        || text.data == NULL)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = text.data;
    v->len = text.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_variable_text(ngx_http_request_t *r, ngx_rtalpha_gw_ctx_t *ctx,
    ngx_uint_t which, ngx_str_t *text)
{
    ngx_str_t  port;

    ngx_str_null(text);

    switch (which) {

    case NGX_RTALPHA_GW_VAR_SCHEME:
        if (ctx->secure) {
            ngx_str_set(text, "https");

        } else {
            ngx_str_set(text, "http");
        }

        break;

    case NGX_RTALPHA_GW_VAR_UPSTREAM:
        if (ctx->secure) {
            ngx_str_set(text, "rtalpha_https");

        } else {
            ngx_str_set(text, "rtalpha_http");
        }

        break;

    case NGX_RTALPHA_GW_VAR_TARGET:
        *text = ctx->target;
        break;

    case NGX_RTALPHA_GW_VAR_HOST:
        *text = ctx->host;
        break;

    case NGX_RTALPHA_GW_VAR_SSL_NAME:
        ngx_rtalpha_gw_headers_host(&ctx->host, text, &port);
        break;

    case NGX_RTALPHA_GW_VAR_ROUTE:
        if (ctx->rule) {
            *text = ctx->rule->match.id;
        }

        break;

    case NGX_RTALPHA_GW_VAR_SERVICE:
        if (ctx->rule) {
            *text = ctx->rule->plan.service;
        }

        break;

    case NGX_RTALPHA_GW_VAR_INSTANCE:
        if (ctx->instance) {
            *text = ctx->instance->id;
        }

        break;

    case NGX_RTALPHA_GW_VAR_REASON:
        text->data = (u_char *) ngx_rtalpha_gw_reason(ctx->reason);
        text->len = ngx_strlen(text->data);
        break;

    case NGX_RTALPHA_GW_VAR_TRIES:
        text->data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
        if (text->data == NULL) {
            return NGX_ERROR;
        }

        text->len = ngx_sprintf(text->data, "%ui", ctx->tries) - text->data;
        break;
    }

    return NGX_OK;
}
