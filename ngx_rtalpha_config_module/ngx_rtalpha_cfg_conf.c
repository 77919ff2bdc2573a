
/*
 * Settings of a config server: one table for what is bound by name, and
 * readers for what comes in numbers or by name.
 */


#include "ngx_rtalpha_cfg_access.h"
#include "ngx_rtalpha_cfg_keyring.h"


static void
ngx_rtalpha_cfg_conf_defaults(ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_uint_t  i;

    ngx_str_set(&conf->application, "application");
    ngx_str_set(&conf->profile, "default");
    ngx_str_set(&conf->user, "user");
    ngx_str_set(&conf->salt, "deadbeef");
    ngx_str_set(&conf->rsa_salt, "deadbeef");
    ngx_str_set(&conf->rsa_algorithm, "DEFAULT");
    ngx_str_set(&conf->store_type, "jks");
    ngx_str_set(&conf->monitor_path, "/monitor");
    ngx_str_set(&conf->down, "DOWN");

    ngx_rtalpha_cfg_bus_defaults(&conf->bus);
    conf->accept_empty = 1;
    conf->strip_document = 1;
    conf->fail_composite = 1;
    conf->encrypt = 1;
    conf->encrypt_mark = 1;
    conf->realtime = 1;

    for (i = 0; i < NGX_RTALPHA_CFG_HOOKS; i++) {
        conf->hook_enabled[i] = 1;
    }

    conf->health = 1;
    conf->validate = 1;

    conf->max_repos = 256;
    conf->max_files = 1000000;
    conf->max_nodes = 1000000;
    conf->max_depth = 50;
    conf->max_index = 65535;
    conf->max_file = 16 * 1024 * 1024;
    conf->max_answer = 16 * 1024 * 1024;
    conf->max_clients = 1024 * 1024;
    conf->wait = 30000;
    conf->hold = 300000;
}


/* "\{" is "{" there */

static ngx_int_t
ngx_rtalpha_cfg_conf_unescape(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char  *d, *start;
    size_t   i;

    d = ngx_pnalloc(pool, text->len + 1);
    if (d == NULL) {
        return NGX_ERROR;
    }

    start = d;

    for (i = 0; i < text->len; i++) {

        if (text->data[i] == '\\'
            && ((text->len - i > 1 && text->data[i + 1] == '{')
                || (text->len - i > 2 && text->data[i + 1] == '$'
                    && text->data[i + 2] == '{')))
        {
            continue;
        }

        *d++ = text->data[i];
    }

    text->data = start;
    text->len = d - start;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_overrides(ngx_rtalpha_cfg_reader_t *rd)
{
    ngx_str_t                  key;
    ngx_uint_t                 i, n;
    ngx_rtalpha_prop_t         set;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  prefix = ngx_string(NGX_RTALPHA_CFG_SERVER "overrides.");

    n = ngx_rtalpha_props_count(rd->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(rd->props, i);
        key = prop->key;

        if (key.len <= prefix.len
            || ngx_memcmp(key.data, prefix.data, prefix.len) != 0)
        {
            continue;
        }

        if (rd->conf->overrides == NULL) {
            rd->conf->overrides = ngx_rtalpha_props_create(rd->pool);
            if (rd->conf->overrides == NULL) {
                return NGX_ERROR;
            }
        }

        set = *prop;
        set.type = NGX_RTALPHA_PROP_STRING;
        set.key.data += prefix.len;
        set.key.len -= prefix.len;

        if (ngx_rtalpha_cfg_conf_unescape(rd->pool, &set.text) != NGX_OK
            || ngx_rtalpha_props_set(rd->conf->overrides, &set) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the record of a key, made when there is none */

static ngx_rtalpha_cfg_probe_t *
ngx_rtalpha_cfg_conf_probe(ngx_rtalpha_cfg_reader_t *rd, const ngx_str_t *key)
{
    ngx_uint_t                i;
    ngx_rtalpha_cfg_probe_t  *p;

    p = rd->conf->probes.elts;

    for (i = 0; i < rd->conf->probes.nelts; i++) {
        if (ngx_rtalpha_str_eq(&p[i].key, key)) {
            return &p[i];
        }
    }

    p = ngx_array_push(&rd->conf->probes);
    if (p == NULL) {
        return NULL;
    }

    ngx_memzero(p, sizeof(ngx_rtalpha_cfg_probe_t));
    p->key = *key;
    p->name = *key;
    ngx_str_set(&p->profiles, "default");

    return p;
}


/* health.repositories.KEY.{name,profiles,label}, in the order of the file */

static ngx_int_t
ngx_rtalpha_cfg_conf_probes(ngx_rtalpha_cfg_reader_t *rd)
{
    ngx_str_t                  rest, key, member;
    ngx_uint_t                 i, n;
    ngx_rtalpha_cfg_probe_t   *p;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  prefix = ngx_string(NGX_RTALPHA_CFG_SERVER
                                          "health.repositories.");
    static ngx_str_t  app = ngx_string("app");

    if (ngx_array_init(&rd->conf->probes, rd->pool, 1,
                       sizeof(ngx_rtalpha_cfg_probe_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    n = ngx_rtalpha_props_count(rd->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(rd->props, i);

        if (prop->key.len <= prefix.len
            || ngx_strncasecmp(prop->key.data, prefix.data, prefix.len) != 0)
        {
            continue;
        }

        rest.data = prop->key.data + prefix.len;
        rest.len = prop->key.len - prefix.len;

        if (ngx_rtalpha_bind_element(&rest, &key) != NGX_OK
            || ngx_rtalpha_bind_element(&rest, &member) != NGX_OK)
        {
            continue;
        }

        p = ngx_rtalpha_cfg_conf_probe(rd, &key);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_str_is(&member, "name")) {
            p->name = prop->text;

        } else if (ngx_rtalpha_str_is(&member, "profiles")) {
            p->profiles = prop->text;

        } else if (ngx_rtalpha_str_is(&member, "label")) {
            p->label = prop->text;
            p->labelled = 1;
        }
    }

    return (rd->conf->probes.nelts
            || ngx_rtalpha_cfg_conf_probe(rd, &app))
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_keys(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_rtalpha_cfg_keys_t *before)
{
    ngx_int_t                  rc;
    ngx_str_t                  why;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  key = ngx_string("encrypt.key");
    static ngx_str_t  store = ngx_string("encrypt.key-store.location");

    rc = ngx_rtalpha_cfg_keyring_get(rd->pool, rd->conf, before,
                                     &rd->conf->keys, &why);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    rd->conf->keys = NULL;
    prop = ngx_rtalpha_bind_find(rd->props,
                                 rd->conf->store.len ? &store : &key);

    return prop ? ngx_rtalpha_report_add(rd->report, prop,
                                         NGX_RTALPHA_BIND_WRONG, "%V", &why)
                : NGX_OK;
}


ngx_uint_t
ngx_rtalpha_cfg_conf_secret(const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_CFG_HOOKS; i++) {
        if (conf->hook_secret[i].len) {
            return 1;
        }
    }

    return conf->monitor_secret.len != 0;
}


ngx_rtalpha_cfg_conf_t *
ngx_rtalpha_cfg_conf_create(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, const ngx_rtalpha_cfg_keys_t *keys,
    ngx_rtalpha_report_t *report)
{
    ngx_rtalpha_cfg_conf_t    *conf;
    ngx_rtalpha_cfg_reader_t   rd;

    conf = ngx_pcalloc(pool, sizeof(ngx_rtalpha_cfg_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->pool = pool;
    ngx_rtalpha_cfg_conf_defaults(conf);

    rd.pool = pool;
    rd.props = props;
    rd.report = report;
    rd.conf = conf;

    if (ngx_array_init(&conf->backends, pool, 2,
                       sizeof(ngx_rtalpha_cfg_backend_t))
        != NGX_OK
        || ngx_rtalpha_bind(pool, props, ngx_rtalpha_cfg_conf_table, conf,
                            report)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_backends(&rd) != NGX_OK
        || ngx_rtalpha_cfg_conf_overrides(&rd) != NGX_OK
        || ngx_rtalpha_cfg_conf_probes(&rd) != NGX_OK
        || ngx_rtalpha_cfg_access_create(&rd) != NGX_OK)
    {
        return NULL;
    }

    if (ngx_rtalpha_cfg_conf_keys(&rd, keys) != NGX_OK) {
        return NULL;
    }

    conf->path.prefix = conf->prefix;
    conf->path.application = conf->application;
    conf->path.profile = conf->profile;
    conf->path.slash = !conf->java_errors;
    conf->path.validate = conf->validate;
    conf->path.firewall = conf->pass.len != 0;

    if (conf->monitor_open || ngx_rtalpha_cfg_conf_secret(conf)
        || ngx_rtalpha_cfg_access_monitored(conf))
    {
        conf->path.monitor = conf->monitor_path;
    }

    return conf;
}
