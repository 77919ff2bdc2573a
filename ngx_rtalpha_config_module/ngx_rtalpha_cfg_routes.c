
/*
 * The routes: environment, formats, files.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_charset.h"
#include "ngx_rtalpha_cfg_endpoints.h"
#include "ngx_rtalpha_cfg_errors.h"
#include "ngx_rtalpha_cfg_handler.h"
#include "ngx_rtalpha_cfg_module.h"
#include "ngx_rtalpha_cfg_render_text.h"


static void
ngx_rtalpha_cfg_ask_of(ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_memzero(&pass->ask, sizeof(ngx_rtalpha_cfg_ask_t));
    pass->ask.pool = pass->pool;
    pass->ask.conf = pass->conf;
    pass->ask.application = pass->q.name;
    pass->ask.profiles = pass->q.profiles;
    pass->ask.label = pass->q.label;
    pass->ask.labelled = pass->q.labelled;
}


static ngx_int_t
ngx_rtalpha_cfg_route_ask(ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t  rc;

    ngx_rtalpha_cfg_ask_of(pass);
    rc = ngx_rtalpha_cfg_ask_env(&pass->ask);

    return rc == NGX_OK ? ngx_rtalpha_cfg_ask_nonempty(&pass->ask) : rc;
}


static ngx_int_t
ngx_rtalpha_cfg_accept_of(ngx_http_request_t *r, ngx_rtalpha_cfg_pass_t *pass,
    ngx_rtalpha_cfg_accept_t *accept)
{
    return ngx_rtalpha_cfg_accept_parse(pass->pool,
               ngx_rtalpha_answer_request_header(r, "accept", 6), accept);
}


static ngx_int_t ngx_rtalpha_cfg_route_plain(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass);


static ngx_int_t
ngx_rtalpha_cfg_route_env(ngx_http_request_t *r, ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t                  rc;
    ngx_uint_t                 kind;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_cfg_accept_t   accept;

    if (ngx_rtalpha_cfg_accept_of(r, pass, &accept) != NGX_OK) {
        return NGX_ERROR;
    }

    kind = ngx_rtalpha_cfg_accept_env(&accept, &pass->type);

    if (kind == NGX_RTALPHA_CFG_ACCEPT_NONE) {

        /* with a label it is a file's route, of an empty path */

        if (pass->q.labelled) {
            return ngx_rtalpha_cfg_route_plain(r, pass);
        }

        /* profiles that end in a format's extension are none (and invalid) */

        if (!pass->q.formatted || pass->q.status == 0) {
            pass->q.status = 406;
            pass->q.reason = "not-acceptable";
        }
    }

    if (pass->q.status) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_route_ask(pass);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_out_init(&out, pass->pool, 4096, pass->conf->max_answer)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_cfg_render_env(&out, &pass->ask.env,
                               kind == NGX_RTALPHA_CFG_ACCEPT_V2);

    if (ngx_rtalpha_out_done(&out, &pass->body) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_accept_encode(&accept, &pass->body);

    if (rc == NGX_DECLINED) {
        pass->q.status = 500;
        pass->q.reason = "invalid-charset";
        pass->q.empty = 1;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_route_format(ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t               rc;
    ngx_rtalpha_out_t       out;
    ngx_rtalpha_cfg_text_t  text;

    rc = ngx_rtalpha_cfg_route_ask(pass);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_out_init(&out, pass->pool, 4096, pass->conf->max_answer)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&text, sizeof(ngx_rtalpha_cfg_text_t));
    text.pool = pass->pool;
    text.env = &pass->ask.env;
    text.format = pass->q.format;
    text.resolve = pass->q.resolve;
    text.strip = pass->conf->strip_document;

    rc = ngx_rtalpha_cfg_render_text(&text, &out);

    if (rc == NGX_DECLINED) {
        pass->ask.status = text.status;
        pass->ask.reason = "invalid-key";
        pass->ask.message = text.error;
        return rc;
    }

    if (pass->q.format == NGX_RTALPHA_CFG_JSON) {
        ngx_str_set(&pass->type, "application/json");

    } else {
        ngx_str_set(&pass->type, "text/plain");
    }

    return rc == NGX_OK ? ngx_rtalpha_out_done(&out, &pass->body) : rc;
}


/* the environment that goes with a file; keeps what the file depends on */

static ngx_int_t
ngx_rtalpha_cfg_route_beside(ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t               rc;
    ngx_uint_t              i;
    ngx_rtalpha_cfg_ask_t   file;

    file = pass->ask;
    ngx_rtalpha_cfg_ask_of(pass);
    rc = ngx_rtalpha_cfg_ask_env(&pass->ask);

    if (rc != NGX_OK) {
        return rc;
    }

    for (i = 0; i < file.ndeps; i++) {
        if (pass->ask.ndeps < NGX_RTALPHA_CFG_ASK_DEPS) {
            pass->ask.deps[pass->ask.ndeps++] = file.deps[i];
        }
    }

    return NGX_OK;
}


/* placeholders of a text come from the environment that goes with it */

static ngx_int_t
ngx_rtalpha_cfg_route_text(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t         rc;
    ngx_str_t         text;
    ngx_uint_t        charset;
    const ngx_str_t  *name;

    text = pass->ask.bytes;
    charset = NGX_RTALPHA_CFG_CHARSET_UTF8;
    name = ngx_rtalpha_answer_request_header(r, "accept-charset", 14);

    if (name) {
        charset = ngx_rtalpha_cfg_charset_find(name);

        if (pass->conf->java_errors && !ngx_rtalpha_cfg_charset_legal(name)) {
            pass->ask.status = 500;
            pass->ask.reason = "invalid-charset";
            return NGX_DECLINED;
        }
    }

    if (ngx_rtalpha_cfg_charset_decode(pass->pool, charset, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    /* the original asks for the environment in any case */

    if (pass->q.resolve || pass->conf->java_errors) {
        rc = ngx_rtalpha_cfg_route_beside(pass);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (!pass->q.resolve) {
        pass->body = text;
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_render_resolve(pass->pool, &pass->ask.env, &text,
                                        &pass->body, &pass->ask.message);
    if (rc == NGX_DECLINED) {
        pass->ask.status = pass->conf->java_errors ? 500 : 400;
        pass->ask.reason = "circular-placeholder";
    }

    return rc;
}


/* what is not there has no body on these routes */

static ngx_int_t
ngx_rtalpha_cfg_route_missing(ngx_rtalpha_cfg_pass_t *pass, ngx_int_t rc)
{
    if (rc == NGX_DECLINED && pass->ask.status == 404) {
        pass->empty = 1;
    }

    return rc;
}


/* the body of a file that has been found, before the accepted type counts */

static ngx_int_t
ngx_rtalpha_cfg_route_body(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass, ngx_uint_t kind)
{
    ngx_int_t  rc;
    ngx_str_t  bytes;

    if (pass->conf->java_errors
        && ngx_rtalpha_cfg_unmodified(r, pass->modified))
    {
        pass->rc = ngx_rtalpha_answer_empty(r, 304);
        return NGX_DONE;
    }

    if (kind != NGX_RTALPHA_CFG_ACCEPT_BINARY) {
        return ngx_rtalpha_cfg_route_text(r, pass);
    }

    bytes = pass->ask.bytes;

    if (pass->conf->java_errors) {
        rc = ngx_rtalpha_cfg_route_beside(pass);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    pass->body = bytes;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_route_plain(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t                  rc;
    ngx_uint_t                 kind;
    ngx_rtalpha_cfg_accept_t   accept;

    if (ngx_rtalpha_cfg_accept_of(r, pass, &accept) != NGX_OK) {
        return NGX_ERROR;
    }

    kind = ngx_rtalpha_cfg_accept_plain(&accept, &pass->type);

    if (pass->q.unresolved && kind != NGX_RTALPHA_CFG_ACCEPT_BINARY) {
        pass->q.status = 400;
        pass->q.reason = "invalid-parameter";
    }

    if (pass->q.status) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_cfg_ask_of(pass);

    /* behind a prefix the original takes the end of the target as the path */

    if (pass->q.path.len == 0 && pass->conf->path.prefix.len == 0) {
        pass->q.status = 404;
        pass->q.reason = "no-such-file";
        pass->q.empty = 1;
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_ask_file(&pass->ask, &pass->q.path);

    if (rc == NGX_OK) {
        pass->modified = pass->ask.time;
        rc = ngx_rtalpha_cfg_route_body(r, pass, kind);
    }

    if (rc != NGX_OK) {
        return ngx_rtalpha_cfg_route_missing(pass, rc);
    }

    if (kind == NGX_RTALPHA_CFG_ACCEPT_NONE
        || accept.charset == NGX_RTALPHA_CFG_CHARSET_OTHER)
    {
        pass->q.status = 406;
        pass->q.reason = "not-acceptable";
        return NGX_DECLINED;
    }

    return kind == NGX_RTALPHA_CFG_ACCEPT_BINARY
           ? NGX_OK
           : ngx_rtalpha_cfg_charset_encode(pass->pool, accept.charset,
                                            &pass->body);
}


static ngx_int_t
ngx_rtalpha_cfg_route_options(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    pass->rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    if (ngx_rtalpha_cfg_error_allow(r, pass->q.methods, 1) == NGX_OK) {
        pass->rc = ngx_rtalpha_answer_empty(r, 200);
    }

    return NGX_DONE;
}


ngx_int_t
ngx_rtalpha_cfg_dispatch(ngx_http_request_t *r, ngx_rtalpha_cfg_pass_t *pass)
{
    /* what the values are comes after what is accepted */

    if (pass->q.status && (pass->q.status != 400 || pass->q.bare
                           || (pass->q.route != NGX_RTALPHA_CFG_ROUTE_ENV
                               && pass->q.route
                                  != NGX_RTALPHA_CFG_ROUTE_PLAIN)))
    {
        return NGX_DECLINED;
    }

    switch (pass->q.route) {

    case NGX_RTALPHA_CFG_ROUTE_ENV:
        return ngx_rtalpha_cfg_route_env(r, pass);

    case NGX_RTALPHA_CFG_ROUTE_FORMAT:
        return ngx_rtalpha_cfg_route_format(pass);

    case NGX_RTALPHA_CFG_ROUTE_PLAIN:
        return ngx_rtalpha_cfg_route_plain(r, pass);

    case NGX_RTALPHA_CFG_ROUTE_OPTIONS:
        return ngx_rtalpha_cfg_route_options(r, pass);

    case NGX_RTALPHA_CFG_ROUTE_HEALTH:
        return ngx_rtalpha_cfg_route_actuator(r, pass);

    case NGX_RTALPHA_CFG_ROUTE_MONITOR:
        pass->rc = ngx_rtalpha_cfg_endpoint_monitor(r);
        return NGX_DONE;

    case NGX_RTALPHA_CFG_ROUTE_STATUS:
        pass->rc = ngx_rtalpha_cfg_endpoint_status(r, pass->conf);
        return NGX_DONE;

    case NGX_RTALPHA_CFG_ROUTE_KEY:
        pass->rc = ngx_rtalpha_cfg_endpoint_key(r, pass->conf);
        return NGX_DONE;

    case NGX_RTALPHA_CFG_ROUTE_ENCRYPT:
    case NGX_RTALPHA_CFG_ROUTE_DECRYPT:
        pass->rc = ngx_rtalpha_cfg_endpoint_crypt(r,
                       pass->q.route == NGX_RTALPHA_CFG_ROUTE_ENCRYPT);
        return NGX_DONE;

    case NGX_RTALPHA_CFG_ROUTE_ERROR:

        /* the error controller, asked without an error */

        pass->ask.status = 999;
        return NGX_DECLINED;

    default:
        pass->q.status = 404;
        pass->q.reason = "no-such-route";
        return NGX_DECLINED;
    }
}
