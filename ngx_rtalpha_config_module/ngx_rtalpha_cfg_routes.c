
/*
 * The routes: environment, formats, files.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_accept.h"
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
            pass->q.status = 404;
            pass->q.empty = 1;

        } else {
            pass->q.status = 406;
        }

        pass->q.reason = "not-acceptable";
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

    return ngx_rtalpha_out_done(&out, &pass->body);
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


/* placeholders of a text come from the environment that goes with it */

static ngx_int_t
ngx_rtalpha_cfg_route_text(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t               rc;
    ngx_str_t               text;
    ngx_uint_t              i;
    const ngx_str_t        *charset;
    ngx_rtalpha_cfg_ask_t   file;

    text = pass->ask.bytes;
    file = pass->ask;
    charset = ngx_rtalpha_answer_request_header(r, "accept-charset", 14);

    if (pass->conf->java_errors && charset
        && ngx_strlchr(charset->data, charset->data + charset->len, ','))
    {
        /* a list is no name of a charset there */

        pass->ask.status = 500;
        pass->ask.reason = "invalid-charset";
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_render_charset(pass->pool, charset, &text);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!pass->q.resolve) {
        pass->body = text;
        return NGX_OK;
    }

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


/*
 * A label that is no possible name of a branch: the original fails on it
 * with files, though not with environments.
 */

static ngx_uint_t
ngx_rtalpha_cfg_route_odd_label(ngx_rtalpha_cfg_pass_t *pass)
{
    u_char  *p, *last;

    if (!pass->conf->java_errors || !pass->q.labelled) {
        return 0;
    }

    p = pass->q.label.data;
    last = p + pass->q.label.len;

    if (p < last && *p == '/') {
        goto odd;
    }

    for ( /* void */ ; p < last; p++) {
        if (*p <= ' ' || *p == 0x7f || ngx_strchr("*?[\\^~:", *p)) {
            goto odd;
        }
    }

    return 0;

odd:

    pass->ask.status = 500;
    pass->ask.reason = "invalid-label";

    return 1;
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

    ngx_rtalpha_cfg_ask_of(pass);

    if (ngx_rtalpha_cfg_route_odd_label(pass)) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_cfg_ask_file(&pass->ask, &pass->q.path);

    if (rc != NGX_OK) {
        return ngx_rtalpha_cfg_route_missing(pass, rc);
    }

    pass->modified = pass->ask.time;

    if (kind == NGX_RTALPHA_CFG_ACCEPT_NONE) {
        pass->q.status = 406;
        pass->q.reason = "not-acceptable";
        return NGX_DECLINED;
    }

    if (kind == NGX_RTALPHA_CFG_ACCEPT_BINARY) {
        pass->body = pass->ask.bytes;
        return NGX_OK;
    }

    return ngx_rtalpha_cfg_route_missing(pass,
                                         ngx_rtalpha_cfg_route_text(r, pass));
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
    if (pass->q.status) {
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
