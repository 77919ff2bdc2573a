
/*
 * /actuator/health and /actuator, as a Spring Boot server has them.
 *
 * The component configServer looks up an environment like any request does,
 * and costs no fetch.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_handler.h"


/* what has been looked up */
typedef struct {
    ngx_array_t                     envs;   /* ngx_rtalpha_cfg_env_t */
    const ngx_rtalpha_cfg_probe_t  *failed; /* NULL: none */
    ngx_str_t                       status;
    unsigned                        empty:1;    /* and that is forbidden */
} ngx_rtalpha_cfg_looked_t;


static ngx_uint_t
ngx_rtalpha_cfg_health_shown(const ngx_str_t *value)
{
    return ngx_rtalpha_str_is(value, "always");
}


/* one repository's entry */

static void
ngx_rtalpha_cfg_health_repository(ngx_rtalpha_json_t *j,
    ngx_rtalpha_cfg_env_t *env)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_named_t  *source;

    ngx_rtalpha_json_object(j);
    source = env->sources.elts;

    if (env->sources.nelts) {
        ngx_rtalpha_json_key_lit(j, "sources");
        ngx_rtalpha_json_array(j);

        for (i = 0; i < env->sources.nelts; i++) {
            ngx_rtalpha_json_str(j, &source[i].name);
        }

        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_key_lit(j, "name");
    ngx_rtalpha_json_str(j, &env->name);
    ngx_rtalpha_json_key_lit(j, "profiles");
    ngx_rtalpha_json_array(j);
    ngx_rtalpha_json_str(j, &env->profiles);
    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_key_lit(j, "label");

    if (env->labelled) {
        ngx_rtalpha_json_str(j, &env->label);

    } else {
        ngx_rtalpha_json_null(j);
    }

    ngx_rtalpha_json_end(j);
}


/* the component, as far as details are shown */

static void
ngx_rtalpha_cfg_health_component(ngx_rtalpha_json_t *j,
    ngx_rtalpha_cfg_pass_t *pass, ngx_rtalpha_cfg_looked_t *looked,
    ngx_uint_t details)
{
    ngx_uint_t              i;
    ngx_rtalpha_cfg_env_t  *env;

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "status");
    ngx_rtalpha_json_str(j, &looked->status);

    if (details && looked->failed) {
        ngx_rtalpha_json_key_lit(j, "details");
        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "repository");
        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "application");
        ngx_rtalpha_json_str(j, &looked->failed->name);
        ngx_rtalpha_json_key_lit(j, "profiles");
        ngx_rtalpha_json_str(j, &looked->failed->profiles);
        ngx_rtalpha_json_end(j);
        ngx_rtalpha_json_key_lit(j, "error");
        ngx_rtalpha_json_str(j, &pass->ask.message);
        ngx_rtalpha_json_end(j);

    } else if (details) {
        ngx_rtalpha_json_key_lit(j, "details");
        ngx_rtalpha_json_object(j);

        if (looked->empty) {
            ngx_rtalpha_json_key_lit(j, "acceptEmpty");
            ngx_rtalpha_json_bool(j, 0);
        }

        ngx_rtalpha_json_key_lit(j, "repositories");
        ngx_rtalpha_json_array(j);
        env = looked->envs.elts;

        for (i = 0; i < looked->envs.nelts; i++) {
            ngx_rtalpha_cfg_health_repository(j, &env[i]);
        }

        ngx_rtalpha_json_end(j);
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
}


/* which of the actuator's types: Accept names it, or takes anything */

static ngx_int_t
ngx_rtalpha_cfg_health_type(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_rtalpha_cfg_accept_t  accept;

    if (ngx_rtalpha_cfg_accept_parse(pass->pool,
            ngx_rtalpha_answer_request_header(r, "accept", 6), &accept)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_cfg_accept_actuator(&accept, &pass->type)) {
        return NGX_OK;
    }

    pass->q.status = 406;
    pass->q.reason = "not-acceptable";

    return NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_health_links(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_str_t           *host, base;
    ngx_rtalpha_out_t    out;

    host = (r->headers_in.host) ? &r->headers_in.host->value
                                : &r->headers_in.server;
    base = *host;

    if (ngx_rtalpha_out_init(&out, pass->pool, 512, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_printf(&out, "{\"_links\":{\"self\":{\"href\":"
        "\"http://%V/actuator\",\"templated\":false},", &base);
    ngx_rtalpha_out_printf(&out, "\"health\":{\"href\":"
        "\"http://%V/actuator/health\",\"templated\":false},", &base);
    ngx_rtalpha_out_printf(&out, "\"health-path\":{\"href\":"
        "\"http://%V/actuator/health/{*path}\",\"templated\":true}}}", &base);

    pass->ask.volatile_ = 1;

    return ngx_rtalpha_out_done(&out, &pass->body);
}


/* the environments of the settings, as the original's indicator does */

static ngx_int_t
ngx_rtalpha_cfg_health_ask(ngx_rtalpha_cfg_pass_t *pass,
    ngx_rtalpha_cfg_looked_t *looked)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_rtalpha_cfg_env_t    *env;
    ngx_rtalpha_cfg_probe_t  *probe;

    probe = pass->conf->probes.elts;

    for (i = 0; pass->conf->health && i < pass->conf->probes.nelts; i++) {
        ngx_memzero(&pass->ask, sizeof(ngx_rtalpha_cfg_ask_t));
        pass->ask.pool = pass->pool;
        pass->ask.conf = pass->conf;
        pass->ask.application = probe[i].name;
        pass->ask.profiles = probe[i].profiles;
        pass->ask.label = probe[i].label;
        pass->ask.labelled = probe[i].labelled;

        rc = ngx_rtalpha_cfg_ask_env(&pass->ask);

        if (rc == NGX_DECLINED) {
            looked->failed = &probe[i];
            looked->status = pass->conf->down;
            return NGX_OK;
        }

        env = (rc == NGX_OK) ? ngx_array_push(&looked->envs) : NULL;

        if (env == NULL) {
            return rc == NGX_OK ? NGX_ERROR : rc;
        }

        *env = pass->ask.env;

        if (env->sources.nelts == 0 && !pass->conf->accept_empty) {
            looked->empty = 1;
            looked->status = pass->conf->down;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_health_write(ngx_rtalpha_cfg_pass_t *pass,
    ngx_rtalpha_cfg_looked_t *looked, ngx_uint_t component)
{
    ngx_uint_t           details, components;
    ngx_rtalpha_out_t    out;
    ngx_rtalpha_json_t   j;

    details = ngx_rtalpha_cfg_health_shown(&pass->conf->show_details);
    components = details
                 || ngx_rtalpha_cfg_health_shown(&pass->conf->show_components);

    if (ngx_rtalpha_out_init(&out, pass->pool, 512, 1024 * 1024) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_json_init(&j, &out);

    if (component) {
        ngx_rtalpha_cfg_health_component(&j, pass, looked, details);
        return ngx_rtalpha_out_done(&out, &pass->body);
    }

    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "status");
    ngx_rtalpha_json_str(&j, &looked->status);

    if (components && pass->conf->health) {
        ngx_rtalpha_json_key_lit(&j, "components");
        ngx_rtalpha_json_object(&j);
        ngx_rtalpha_json_key_lit(&j, "configServer");
        ngx_rtalpha_cfg_health_component(&j, pass, looked, details);
        ngx_rtalpha_json_end(&j);
    }

    ngx_rtalpha_json_end(&j);

    return ngx_rtalpha_out_done(&out, &pass->body);
}


ngx_int_t
ngx_rtalpha_cfg_route_actuator(ngx_http_request_t *r,
    ngx_rtalpha_cfg_pass_t *pass)
{
    ngx_int_t                  rc;
    ngx_uint_t                 component;
    ngx_rtalpha_cfg_looked_t   looked;

    rc = ngx_rtalpha_cfg_health_type(r, pass);

    if (rc != NGX_OK) {
        return rc;
    }

    if (pass->q.path.len == 0) {
        return ngx_rtalpha_cfg_health_links(r, pass);
    }

    component = !ngx_rtalpha_str_is(&pass->q.path, "health");

    if (component
        && (!ngx_rtalpha_str_is(&pass->q.path, "configServer")
            || !pass->conf->health
            || (!ngx_rtalpha_cfg_health_shown(&pass->conf->show_components)
                && !ngx_rtalpha_cfg_health_shown(&pass->conf->show_details))))
    {
        pass->q.status = 404;
        pass->q.empty = 1;
        return NGX_DECLINED;
    }

    ngx_memzero(&looked, sizeof(ngx_rtalpha_cfg_looked_t));
    ngx_str_set(&looked.status, "UP");

    if (ngx_array_init(&looked.envs, pass->pool, 1,
                       sizeof(ngx_rtalpha_cfg_env_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_health_ask(pass, &looked);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_cfg_health_write(pass, &looked, component) != NGX_OK) {
        return NGX_ERROR;
    }

    pass->ask.volatile_ = 1;

    if (!ngx_rtalpha_str_is(&looked.status, "DOWN")
        && !ngx_rtalpha_str_is(&looked.status, "OUT_OF_SERVICE"))
    {
        return NGX_OK;
    }

    pass->rc = ngx_rtalpha_answer_bytes(r, 503, &pass->type, &pass->body);

    return NGX_DONE;
}
