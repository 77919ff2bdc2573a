
/*
 * Access to a config server: the users of the settings, and for each route
 * the operation and the things that the core's rules are asked about.
 *
 * A file can hold the configuration of any application.  So files are an
 * operation of their own, which a rule for some applications, profiles or
 * labels grants only when it is written out.
 */


#include "ngx_rtalpha_cfg_access.h"
#include "ngx_rtalpha_cfg_handler.h"
#include "ngx_rtalpha_cfg_profile.h"
#include "ngx_rtalpha_cfg_refs.h"


typedef enum {
    NGX_RTALPHA_CFG_MAY_READ = 0,
    NGX_RTALPHA_CFG_MAY_FILES,
    NGX_RTALPHA_CFG_MAY_ENCRYPT,
    NGX_RTALPHA_CFG_MAY_DECRYPT,
    NGX_RTALPHA_CFG_MAY_MONITOR
} ngx_rtalpha_cfg_may_e;


static const ngx_rtalpha_access_type_t  ngx_rtalpha_cfg_access_type = {
    ngx_string("rtalpha.config.access"),
    {
        ngx_string("applications"),
        ngx_string("profiles"),
        ngx_string("labels"),
        ngx_null_string
    },
    {
        ngx_string("read"),
        ngx_string("files"),
        ngx_string("encrypt"),
        ngx_string("decrypt"),
        ngx_string("monitor")
    },
    1 << NGX_RTALPHA_CFG_MAY_READ | 1 << NGX_RTALPHA_CFG_MAY_FILES
    | 1 << NGX_RTALPHA_CFG_MAY_ENCRYPT | 1 << NGX_RTALPHA_CFG_MAY_DECRYPT,
    1 << NGX_RTALPHA_CFG_MAY_READ | 1 << NGX_RTALPHA_CFG_MAY_FILES,
    1 << NGX_RTALPHA_CFG_MAY_FILES
};


/* a label that stands for others is what requests without one ask for */

static ngx_int_t
ngx_rtalpha_cfg_access_default(ngx_array_t *labels, const ngx_str_t *label)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    s = labels->elts;

    for (i = 0; i < labels->nelts; i++) {
        if (ngx_rtalpha_str_eq(&s[i], label)) {
            return NGX_OK;
        }
    }

    s = ngx_array_push(labels);
    if (s == NULL) {
        return NGX_ERROR;
    }

    *s = *label;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_access_defaults(ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_uint_t                  i, k;
    ngx_rtalpha_cfg_backend_t  *b, *named;

    b = conf->backends.elts;

    for (i = 0; i < conf->backends.nelts; i++) {

        if (ngx_rtalpha_cfg_access_default(&conf->labels, &b[i].label)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        named = b[i].repos ? b[i].repos->elts : NULL;

        for (k = 0; named && k < b[i].repos->nelts; k++) {
            if (ngx_rtalpha_cfg_access_default(&conf->labels,
                                               &named[k].label)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* the one user of Spring Security */

static ngx_int_t
ngx_rtalpha_cfg_access_user(ngx_rtalpha_cfg_reader_t *rd)
{
    ngx_int_t                  rc;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  key = ngx_string("spring.security.user.password");

    if (rd->conf->pass.len == 0) {
        return NGX_OK;
    }

    rc = ngx_rtalpha_access_user(rd->pool, &rd->conf->users, &rd->conf->user,
                                 &rd->conf->pass);
    prop = ngx_rtalpha_bind_find(rd->props, &key);

    if (rc != NGX_DECLINED || prop == NULL) {
        return rc;
    }

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_WRONG,
                                  "passwords are taken as they are, also "
                                  "behind {noop}; no other encoding is "
                                  "known");
}


ngx_int_t
ngx_rtalpha_cfg_access_create(ngx_rtalpha_cfg_reader_t *rd)
{
    ngx_rtalpha_cfg_conf_t  *conf;

    static ngx_str_t  users = ngx_string("rtalpha.config.users");

    conf = rd->conf;

    if (ngx_array_init(&conf->users, rd->pool, 2,
                       sizeof(ngx_rtalpha_access_user_t))
        != NGX_OK
        || ngx_array_init(&conf->labels, rd->pool, 2, sizeof(ngx_str_t))
           != NGX_OK
        || ngx_rtalpha_cfg_access_user(rd) != NGX_OK
        || ngx_rtalpha_cfg_access_defaults(conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_access_users(rd->pool, rd->props, &users, rd->report,
                                 &conf->users)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_access_create(rd->pool, rd->props,
                                     &ngx_rtalpha_cfg_access_type,
                                     rd->report, &conf->access);
}


ngx_uint_t
ngx_rtalpha_cfg_access_monitored(const ngx_rtalpha_cfg_conf_t *conf)
{
    return conf->access
           && ngx_rtalpha_access_granted(conf->access,
                                         NGX_RTALPHA_CFG_MAY_MONITOR);
}


ngx_uint_t
ngx_rtalpha_cfg_access_monitor(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_rtalpha_access_who_t  who;

    return conf->access
           && ngx_rtalpha_access_who(r, &conf->users, &who) == NGX_OK
           && ngx_rtalpha_access_allowed(conf->access, &who,
                                         NGX_RTALPHA_CFG_MAY_MONITOR, NULL);
}


/* the elements of "a,b"; labels: ids of commits have other names as well */

static ngx_array_t *
ngx_rtalpha_cfg_access_things(ngx_pool_t *pool, const ngx_array_t *list,
    ngx_uint_t labels)
{
    ngx_str_t                   *s, digits;
    ngx_uint_t                   i;
    ngx_array_t                 *things;
    ngx_rtalpha_access_thing_t  *thing;

    if (list == NULL) {
        return NULL;
    }

    things = ngx_array_create(pool, 4, sizeof(ngx_rtalpha_access_thing_t));
    if (things == NULL) {
        return NULL;
    }

    s = list->elts;

    for (i = 0; i < list->nelts; i++) {
        thing = ngx_array_push(things);
        if (thing == NULL) {
            return NULL;
        }

        thing->text = s[i];
        thing->exact = labels
                       && ngx_rtalpha_cfg_refs_revision(&s[i], &digits)
                          == NGX_OK;
    }

    return things;
}


static ngx_int_t
ngx_rtalpha_cfg_access_ask(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_question_t *q,
    const ngx_rtalpha_access_who_t *who, ngx_uint_t operation)
{
    ngx_uint_t    crypt;
    ngx_array_t  *things[NGX_RTALPHA_ACCESS_LISTS];

    crypt = operation == NGX_RTALPHA_CFG_MAY_ENCRYPT
            || operation == NGX_RTALPHA_CFG_MAY_DECRYPT;

    ngx_memzero(things, sizeof(things));

    things[0] = ngx_rtalpha_cfg_access_things(pool,
                    ngx_rtalpha_cfg_profile_list(pool, &q->name, 0, 1), 0);
    things[1] = ngx_rtalpha_cfg_access_things(pool,
                    ngx_rtalpha_cfg_profile_list(pool, &q->profiles, 0, 1),
                    0);

    if (things[0] == NULL || things[1] == NULL) {
        return NGX_ERROR;
    }

    /* keys belong to no label */

    if (!crypt) {
        things[2] = ngx_rtalpha_cfg_access_things(pool,
                        q->labelled
                            ? ngx_rtalpha_cfg_profile_list(pool, &q->label,
                                                           0, 1)
                            : &conf->labels,
                        q->labelled);
        if (things[2] == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_access_allowed(conf->access, who, operation, things)
           ? NGX_OK : NGX_DECLINED;
}


/* NGX_DECLINED: the route has nothing to be protected */

static ngx_int_t
ngx_rtalpha_cfg_access_operation(const ngx_rtalpha_cfg_question_t *q,
    ngx_uint_t *operation)
{
    if (q->status) {
        return NGX_DECLINED;
    }

    switch (q->route) {

    case NGX_RTALPHA_CFG_ROUTE_ENV:
    case NGX_RTALPHA_CFG_ROUTE_FORMAT:
        *operation = NGX_RTALPHA_CFG_MAY_READ;
        return NGX_OK;

    case NGX_RTALPHA_CFG_ROUTE_PLAIN:
        *operation = NGX_RTALPHA_CFG_MAY_FILES;
        return NGX_OK;

    case NGX_RTALPHA_CFG_ROUTE_KEY:
    case NGX_RTALPHA_CFG_ROUTE_STATUS:
    case NGX_RTALPHA_CFG_ROUTE_ENCRYPT:
        *operation = NGX_RTALPHA_CFG_MAY_ENCRYPT;
        return NGX_OK;

    case NGX_RTALPHA_CFG_ROUTE_DECRYPT:
        *operation = NGX_RTALPHA_CFG_MAY_DECRYPT;
        return NGX_OK;

    default:
        return NGX_DECLINED;
    }
}


ngx_int_t
ngx_rtalpha_cfg_access_check(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf, const ngx_rtalpha_cfg_question_t *q,
    ngx_rtalpha_access_who_t *who, ngx_uint_t *status)
{
    ngx_int_t   rc;
    ngx_uint_t  operation;

    rc = ngx_rtalpha_access_who(r, &conf->users, who);

    if (rc == NGX_ERROR) {
        return rc;
    }

    *status = NGX_HTTP_UNAUTHORIZED;

    if (conf->access == NULL) {

        /* as Spring Security: everything to anybody who is known */

        return (conf->users.nelts && who->user.len == 0) ? NGX_DECLINED
                                                         : NGX_OK;
    }

    if (rc == NGX_DECLINED && conf->users.nelts) {
        return rc;
    }

    if (ngx_rtalpha_cfg_access_operation(q, &operation) != NGX_OK) {
        return NGX_OK;
    }

    if (who->user.len || who->subject.len || conf->users.nelts == 0) {
        *status = NGX_HTTP_FORBIDDEN;
    }

    return ngx_rtalpha_cfg_access_ask(r->pool, conf, q, who, operation);
}
