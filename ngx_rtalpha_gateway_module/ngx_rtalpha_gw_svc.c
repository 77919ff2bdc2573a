
/*
 * Reading what trees say about services.  What is said about all ("*",
 * ribbon.*, spring.cloud.loadbalancer.*) is read first, then what is said
 * about each.
 */


#include "ngx_rtalpha_gw_breaker.h"
#include "ngx_rtalpha_gw_svc.h"


typedef enum {
    NGX_RTALPHA_GW_SVC_BALANCE = 0,
    NGX_RTALPHA_GW_SVC_HASH_KEY,
    NGX_RTALPHA_GW_SVC_STR,
    NGX_RTALPHA_GW_SVC_NUMBER,
    NGX_RTALPHA_GW_SVC_TIME,
    NGX_RTALPHA_GW_SVC_SIZE,
    NGX_RTALPHA_GW_SVC_PATH,
    NGX_RTALPHA_GW_SVC_ZONES,
    NGX_RTALPHA_GW_SVC_OVERFLOW
} ngx_rtalpha_gw_svc_type_e;


typedef struct {
    ngx_str_t      key;
    ngx_uint_t     type;
    size_t         offset;
    ngx_int_t      min;
    ngx_int_t      max;
} ngx_rtalpha_gw_svc_field_t;


typedef struct {
    ngx_pool_t                 *pool;
    const ngx_rtalpha_props_t  *props;
    ngx_rtalpha_report_t       *report;
    ngx_rtalpha_gw_svcs_t      *svcs;
    ngx_rtalpha_gw_svc_t        all;
    ngx_uint_t                  said;       /* something about all */
    ngx_uint_t                  pass;       /* 0: about all */
} ngx_rtalpha_gw_svc_read_t;


static ngx_int_t ngx_rtalpha_gw_svc_pass(ngx_rtalpha_gw_svc_read_t *rd);
static ngx_int_t ngx_rtalpha_gw_svc_own(ngx_rtalpha_gw_svc_read_t *rd,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest);
static ngx_int_t ngx_rtalpha_gw_svc_set(ngx_rtalpha_gw_svc_read_t *rd,
    ngx_rtalpha_gw_svc_t *svc, const ngx_rtalpha_prop_t *prop,
    const ngx_rtalpha_gw_svc_field_t *f);
static ngx_int_t ngx_rtalpha_gw_svc_value(void *dst,
    const ngx_rtalpha_gw_svc_field_t *f, const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_svc_balance(ngx_rtalpha_gw_svc_t *svc,
    const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_svc_hash_key(ngx_rtalpha_gw_svc_t *svc,
    const ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_svc_ribbon(ngx_rtalpha_gw_svc_read_t *rd,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_svc_rule_class(ngx_rtalpha_gw_svc_read_t *rd,
    ngx_rtalpha_gw_svc_t *svc, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_svc_spring(ngx_rtalpha_gw_svc_read_t *rd,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest);
static ngx_int_t ngx_rtalpha_gw_svc_spring_key(ngx_rtalpha_gw_svc_read_t *rd,
    ngx_rtalpha_gw_svc_t *svc, const ngx_rtalpha_prop_t *prop,
    ngx_str_t *key);
static ngx_rtalpha_gw_svc_t *ngx_rtalpha_gw_svc_get(
    ngx_rtalpha_gw_svc_read_t *rd, const ngx_str_t *name);
static void ngx_rtalpha_gw_svc_done(ngx_rtalpha_gw_svc_t *svc);


#define ngx_rtalpha_gw_svc_at(m)  offsetof(ngx_rtalpha_gw_svc_t, m)

static const ngx_rtalpha_gw_svc_field_t  ngx_rtalpha_gw_svc_fields[] = {

    { ngx_string("balance"), NGX_RTALPHA_GW_SVC_BALANCE, 0, 0, 0 },
    { ngx_string("hash-key"), NGX_RTALPHA_GW_SVC_HASH_KEY, 0, 0, 0 },
    { ngx_string("hash-bound"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(rule.bound), 0, 10000 },
    { ngx_string("sticky-cookie"), NGX_RTALPHA_GW_SVC_STR,
      ngx_rtalpha_gw_svc_at(sticky), 0, 0 },
    { ngx_string("zone-preference"), NGX_RTALPHA_GW_SVC_ZONES, 0, 0, 0 },
    { ngx_string("zone-overflow"), NGX_RTALPHA_GW_SVC_OVERFLOW, 0, 0, 0 },
    { ngx_string("slow-start"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(rule.slow_start), 0, 3600000 },
    { ngx_string("max-connections"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(rule.max_active), 0, 1000000 },
    { ngx_string("outlier.consecutive-errors"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(outlier.row), 0, 1000000 },
    { ngx_string("outlier.error-share"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(outlier.percent), 0, 100 },
    { ngx_string("outlier.minimum-requests"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(outlier.least), 1, 1000000 },
    { ngx_string("outlier.interval"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(outlier.interval), 1000, 3600000 },
    { ngx_string("outlier.ejection-time"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(outlier.base), 1, 3600000 },
    { ngx_string("outlier.max-ejection-time"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(outlier.max), 1, 86400000 },
    { ngx_string("outlier.max-ejected"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(outlier.most), 0, 100 },
    { ngx_string("retry-budget"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(budget.percent), 0, 1000 },
    { ngx_string("retry-budget-minimum"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(budget.least), 0, 10000 },
    { ngx_string("retry-budget-burst"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(budget.burst), 0, 100000 },
    { ngx_string("connect-timeout"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(connect_timeout), 1, 86400000 },
    { ngx_string("response-timeout"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(response_timeout), 1, 86400000 },
    { ngx_string("total-timeout"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(total_timeout), 1, 86400000 },
    { ngx_string("max-body"), NGX_RTALPHA_GW_SVC_SIZE,
      ngx_rtalpha_gw_svc_at(max_body), 0, 0 },
    { ngx_string("deadline-header"), NGX_RTALPHA_GW_SVC_STR,
      ngx_rtalpha_gw_svc_at(deadline), 0, 0 },
    { ngx_string("breaker.error-share"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(breaker.percent), 1, 100 },
    { ngx_string("breaker.minimum-requests"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(breaker.least), 1,
      NGX_RTALPHA_GW_BREAKER_WINDOW },
    { ngx_string("breaker.trial-requests"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(breaker.trial), 1,
      NGX_RTALPHA_GW_BREAKER_WINDOW },
    { ngx_string("breaker.open-time"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(breaker.open), 1, 3600000 },
    { ngx_string("breaker.recovery"), NGX_RTALPHA_GW_SVC_TIME,
      ngx_rtalpha_gw_svc_at(breaker.recover), 0, 3600000 },
    { ngx_string("fallback.forward"), NGX_RTALPHA_GW_SVC_PATH,
      ngx_rtalpha_gw_svc_at(fallback.forward), 0, 0 },
    { ngx_string("fallback.service"), NGX_RTALPHA_GW_SVC_STR,
      ngx_rtalpha_gw_svc_at(fallback.service), 0, 0 },
    { ngx_string("fallback.status"), NGX_RTALPHA_GW_SVC_NUMBER,
      ngx_rtalpha_gw_svc_at(fallback.status), 200, 599 },
    { ngx_string("fallback.body"), NGX_RTALPHA_GW_SVC_STR,
      ngx_rtalpha_gw_svc_at(fallback.body), 0, 0 },
    { ngx_string("fallback.content-type"), NGX_RTALPHA_GW_SVC_STR,
      ngx_rtalpha_gw_svc_at(fallback.type), 0, 0 }
};

#define NGX_RTALPHA_GW_SVC_FIELDS                                             \
    (sizeof(ngx_rtalpha_gw_svc_fields) / sizeof(ngx_rtalpha_gw_svc_fields[0]))


static struct {
    ngx_str_t   name;
    ngx_uint_t  algorithm;
} ngx_rtalpha_gw_svc_names[] = {
    { ngx_string("round-robin"), NGX_RTALPHA_GW_LB_ROUND_ROBIN },
    { ngx_string("weighted"), NGX_RTALPHA_GW_LB_WEIGHTED },
    { ngx_string("random"), NGX_RTALPHA_GW_LB_RANDOM },
    { ngx_string("least-requests"), NGX_RTALPHA_GW_LB_LEAST },
    { ngx_string("two-choices"), NGX_RTALPHA_GW_LB_EWMA },
    { ngx_string("consistent-hash"), NGX_RTALPHA_GW_LB_HASH }
};


ngx_int_t
ngx_rtalpha_gw_svcs_read(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    ngx_rtalpha_report_t *report, ngx_rtalpha_gw_svcs_t *svcs)
{
    ngx_str_t                    name;
    ngx_uint_t                   i;
    ngx_rtalpha_gw_svc_t       **svc;
    ngx_rtalpha_gw_svc_read_t    rd;

    ngx_memzero(&rd, sizeof(ngx_rtalpha_gw_svc_read_t));
    rd.pool = pool;
    rd.props = props;
    rd.report = report;
    rd.svcs = svcs;

    rd.all.rule.bound = 125;
    rd.all.overflow = 1;
    rd.all.outlier.least = 20;
    rd.all.outlier.most = 50;
    rd.all.outlier.interval = 10000;
    rd.all.outlier.base = 30000;
    rd.all.outlier.max = 300000;
    rd.all.budget = ngx_rtalpha_gw_budget_usual;
    rd.all.breaker.least = 20;
    rd.all.breaker.trial = 5;
    rd.all.breaker.open = 5000;
    rd.all.breaker.recover = 0;
    ngx_str_set(&rd.all.fallback.type, "text/plain");

    if (ngx_array_init(&svcs->list, pool, 4, sizeof(ngx_rtalpha_gw_svc_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (rd.pass = 0; rd.pass < 2; rd.pass++) {
        if (ngx_rtalpha_gw_svc_pass(&rd) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    svcs->native = ngx_palloc(pool, sizeof(ngx_rtalpha_gw_svc_t));
    if (svcs->native == NULL) {
        return NGX_ERROR;
    }

    *svcs->native = rd.all;
    ngx_rtalpha_gw_svc_done(svcs->native);

    if (rd.said) {
        ngx_str_set(&name, "*");

        if (ngx_rtalpha_gw_svc_get(&rd, &name) == NULL) {
            return NGX_ERROR;
        }
    }

    svc = svcs->list.elts;

    for (i = 0; i < svcs->list.nelts; i++) {
        ngx_rtalpha_gw_svc_done(svc[i]);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_svc_pass(ngx_rtalpha_gw_svc_read_t *rd)
{
    ngx_int_t                  rc;
    ngx_str_t                  rest;
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(rd->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(rd->props, i);
        rest = prop->key;
        rc = NGX_OK;

        switch (rest.len ? rest.data[0] | 0x20 : 0) {

        case 'r':
            rc = ngx_rtalpha_gw_svc_own(rd, prop, &rest);
            break;

        case 's':
            rc = ngx_rtalpha_gw_svc_spring(rd, prop, &rest);
            break;
        }

        if (rc == NGX_ERROR
            || ngx_rtalpha_gw_svc_ribbon(rd, prop) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_rtalpha_gw_svc_t *
ngx_rtalpha_gw_svcs_find(const ngx_rtalpha_gw_svcs_t *svcs,
    const ngx_str_t *name)
{
    ngx_uint_t              i;
    ngx_rtalpha_gw_svc_t  **svc, *all;

    all = NULL;
    svc = svcs->list.elts;

    for (i = 0; i < svcs->list.nelts; i++) {

        if (svc[i]->name.len == name->len
            && ngx_strncasecmp(svc[i]->name.data, name->data, name->len) == 0)
        {
            return svc[i];
        }

        if (ngx_rtalpha_str_is(&svc[i]->name, "*")) {
            all = svc[i];
        }
    }

    return all;
}


/* found, or made as a copy of what is said about all */

static ngx_rtalpha_gw_svc_t *
ngx_rtalpha_gw_svc_get(ngx_rtalpha_gw_svc_read_t *rd, const ngx_str_t *name)
{
    ngx_rtalpha_gw_svc_t  *svc, **slot;

    if (rd->pass == 0) {
        rd->said = 1;
        return &rd->all;
    }

    svc = ngx_rtalpha_gw_svcs_find(rd->svcs, name);

    if (svc) {
        return svc;
    }

    svc = ngx_palloc(rd->pool, sizeof(ngx_rtalpha_gw_svc_t));
    slot = ngx_array_push(&rd->svcs->list);

    if (svc == NULL || slot == NULL) {
        return NULL;
    }

    *svc = rd->all;
    svc->name = *name;
    *slot = svc;

    return svc;
}


static void
ngx_rtalpha_gw_svc_done(ngx_rtalpha_gw_svc_t *svc)
{
    svc->zones = svc->zones && svc->zone.len;

    svc->balances = svc->rule.algorithm != NGX_RTALPHA_GW_LB_ROUND_ROBIN
                    || svc->rule.slow_start || svc->rule.max_active
                    || svc->outlier.row || svc->outlier.percent
                    || svc->sticky.len || svc->zones;

    svc->shape = 1 + (svc->missing << 3)
                 + 2 * (svc->rule.algorithm == NGX_RTALPHA_GW_LB_WEIGHTED);

    if (svc->zones) {
        svc->shape += 4 * (1 + svc->overflow)
                      + (ngx_murmur_hash2(svc->zone.data, svc->zone.len)
                         << 8);
    }
}


/* rtalpha.gateway.services.NAME.KEY and rtalpha.gateway.zone */

static ngx_int_t
ngx_rtalpha_gw_svc_own(ngx_rtalpha_gw_svc_read_t *rd,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest)
{
    ngx_str_t              elem, name;
    ngx_uint_t             i;
    ngx_rtalpha_gw_svc_t  *svc;

    static ngx_str_t  rtalpha = ngx_string("rtalpha");
    static ngx_str_t  gateway = ngx_string("gateway");
    static ngx_str_t  services = ngx_string("services");
    static ngx_str_t  zone = ngx_string("zone");

    if (ngx_rtalpha_bind_element(rest, &elem) != NGX_OK
        || !ngx_rtalpha_bind_same(&elem, &rtalpha)
        || ngx_rtalpha_bind_element(rest, &elem) != NGX_OK
        || !ngx_rtalpha_bind_same(&elem, &gateway)
        || ngx_rtalpha_bind_element(rest, &elem) != NGX_OK)
    {
        return NGX_OK;
    }

    if (ngx_rtalpha_bind_same(&elem, &zone) && rest->len == 0) {
        rd->all.zone = prop->text;
        return rd->pass ? ngx_rtalpha_report_add(rd->report, prop,
                                             NGX_RTALPHA_BIND_USED, NULL)
                        : NGX_OK;
    }

    if (!ngx_rtalpha_bind_same(&elem, &services)
        || ngx_rtalpha_bind_element(rest, &name) != NGX_OK
        || ngx_rtalpha_str_is(&name, "*") != (rd->pass == 0))
    {
        return NGX_OK;
    }

    if (rest->len && rest->data[0] == '.') {
        rest->data++;
        rest->len--;
    }

    for (i = 0; i < NGX_RTALPHA_GW_SVC_FIELDS; i++) {

        if (ngx_rtalpha_bind_same(rest, &ngx_rtalpha_gw_svc_fields[i].key)) {
            svc = ngx_rtalpha_gw_svc_get(rd, &name);

            return svc ? ngx_rtalpha_gw_svc_set(rd, svc, prop,
                                                &ngx_rtalpha_gw_svc_fields[i])
                       : NGX_ERROR;
        }
    }

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_UNKNOWN,
                                  "a service has no such setting");
}


static ngx_int_t
ngx_rtalpha_gw_svc_set(ngx_rtalpha_gw_svc_read_t *rd,
    ngx_rtalpha_gw_svc_t *svc, const ngx_rtalpha_prop_t *prop,
    const ngx_rtalpha_gw_svc_field_t *f)
{
    ngx_int_t   rc;
    ngx_flag_t  flag;

    switch (f->type) {

    case NGX_RTALPHA_GW_SVC_BALANCE:
        rc = ngx_rtalpha_gw_svc_balance(svc, &prop->text);
        break;

    case NGX_RTALPHA_GW_SVC_HASH_KEY:
        rc = ngx_rtalpha_gw_svc_hash_key(svc, &prop->text);
        break;

    case NGX_RTALPHA_GW_SVC_ZONES:
        flag = 0;
        rc = ngx_rtalpha_bind_flag(&prop->text, &flag);
        svc->zones = flag;
        break;

    case NGX_RTALPHA_GW_SVC_OVERFLOW:
        flag = 1;
        rc = ngx_rtalpha_bind_flag(&prop->text, &flag);
        svc->overflow = flag;
        break;

    default:
        rc = ngx_rtalpha_gw_svc_value((u_char *) svc + f->offset, f,
                                      &prop->text);
    }

    return ngx_rtalpha_report_add(rd->report, prop,
                                  rc == NGX_OK ? NGX_RTALPHA_BIND_USED
                                               : NGX_RTALPHA_BIND_WRONG,
                                  rc == NGX_OK ? NULL
                                               : "\"%V\" is not a value of it",
                                  &prop->text);
}


static ngx_int_t
ngx_rtalpha_gw_svc_value(void *dst, const ngx_rtalpha_gw_svc_field_t *f,
    const ngx_str_t *text)
{
    ngx_int_t   n;
    ngx_msec_t  time;

    switch (f->type) {

    case NGX_RTALPHA_GW_SVC_NUMBER:

        if (ngx_rtalpha_bind_int(text, &n) != NGX_OK
            || n < f->min || n > f->max)
        {
            return NGX_ERROR;
        }

        *(uint32_t *) dst = (uint32_t) n;
        return NGX_OK;

    case NGX_RTALPHA_GW_SVC_TIME:

        if (ngx_rtalpha_bind_msec(text, 1, &time) != NGX_OK
            || time < (ngx_msec_t) f->min || time > (ngx_msec_t) f->max)
        {
            return NGX_ERROR;
        }

        *(ngx_msec_t *) dst = time;
        return NGX_OK;

    case NGX_RTALPHA_GW_SVC_SIZE:
        return ngx_rtalpha_bind_size(text, dst);

    case NGX_RTALPHA_GW_SVC_PATH:

        if (text->len == 0 || text->data[0] != '/') {
            return NGX_ERROR;
        }

        break;
    }

    *(ngx_str_t *) dst = *text;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_svc_balance(ngx_rtalpha_gw_svc_t *svc, const ngx_str_t *text)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_GW_LB_LAST; i++) {

        if (ngx_rtalpha_str_eq(&ngx_rtalpha_gw_svc_names[i].name, text)) {
            svc->rule.algorithm = ngx_rtalpha_gw_svc_names[i].algorithm;
            svc->chosen = 1;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_gw_svc_hash_key(ngx_rtalpha_gw_svc_t *svc, const ngx_str_t *text)
{
    u_char  *p;

    if (ngx_rtalpha_str_is(text, "ip")) {
        svc->key = NGX_RTALPHA_GW_KEY_ADDR;
        return NGX_OK;
    }

    if (ngx_rtalpha_str_is(text, "path")) {
        svc->key = NGX_RTALPHA_GW_KEY_PATH;
        return NGX_OK;
    }

    if (ngx_rtalpha_str_begins(text, "header:")) {
        svc->key = NGX_RTALPHA_GW_KEY_HEADER;

    } else if (ngx_rtalpha_str_begins(text, "cookie:")) {
        svc->key = NGX_RTALPHA_GW_KEY_COOKIE;

    } else {
        return NGX_ERROR;
    }

    p = text->data + sizeof("header:") - 1;
    svc->key_name.data = p;
    svc->key_name.len = text->data + text->len - p;

    return svc->key_name.len ? NGX_OK : NGX_ERROR;
}


/* [NAME.]ribbon.KEY: exact, since Archaius binds nothing relaxed */

static ngx_int_t
ngx_rtalpha_gw_svc_ribbon(ngx_rtalpha_gw_svc_read_t *rd,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t              name;
    ngx_uint_t             i;
    ngx_rtalpha_gw_svc_t  *svc;

    static ngx_str_t  keys[] = {
        ngx_string("ribbon.NFLoadBalancerRuleClassName"),
        ngx_string("ribbon.EnableZoneAffinity")
    };

    for (i = 0; i < 2; i++) {

        if (prop->key.len >= keys[i].len
            && ngx_memcmp(prop->key.data + prop->key.len - keys[i].len,
                          keys[i].data, keys[i].len)
               == 0)
        {
            break;
        }
    }

    if (i == 2) {
        return NGX_OK;
    }

    name.data = prop->key.data;
    name.len = prop->key.len - keys[i].len;

    if ((name.len == 0) != (rd->pass == 0)
        || (name.len && (name.len == 1 || name.data[--name.len] != '.')))
    {
        return NGX_OK;
    }

    svc = ngx_rtalpha_gw_svc_get(rd, &name);
    if (svc == NULL) {
        return NGX_ERROR;
    }

    if (i == 0) {
        return ngx_rtalpha_gw_svc_rule_class(rd, svc, prop);
    }

    svc->zones = ngx_rtalpha_str_is(&prop->text, "true");

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_USED,
                                  NULL);
}


static ngx_int_t
ngx_rtalpha_gw_svc_rule_class(ngx_rtalpha_gw_svc_read_t *rd,
    ngx_rtalpha_gw_svc_t *svc, const ngx_rtalpha_prop_t *prop)
{
    u_char      *p;
    ngx_str_t    name;
    ngx_uint_t   i;

    static struct {
        ngx_str_t    name;
        ngx_uint_t   algorithm;
        ngx_uint_t   zones;
        char        *note;
    } classes[] = {
        { ngx_string("RoundRobinRule"), NGX_RTALPHA_GW_LB_ROUND_ROBIN, 0,
          NULL },
        { ngx_string("RandomRule"), NGX_RTALPHA_GW_LB_RANDOM, 0, NULL },
        { ngx_string("WeightedResponseTimeRule"), NGX_RTALPHA_GW_LB_EWMA, 0,
          "the better of two by latency" },
        { ngx_string("BestAvailableRule"), NGX_RTALPHA_GW_LB_LEAST, 0,
          NULL },
        { ngx_string("AvailabilityFilteringRule"),
          NGX_RTALPHA_GW_LB_ROUND_ROBIN, 0,
          "round robin; see outlier and max-connections" },
        { ngx_string("RetryRule"), NGX_RTALPHA_GW_LB_ROUND_ROBIN, 0,
          "round robin; see MaxAutoRetriesNextServer" },
        { ngx_string("ZoneAvoidanceRule"), NGX_RTALPHA_GW_LB_ROUND_ROBIN, 1,
          NULL }
    };

    name = prop->text;

    for (p = name.data + name.len; p > name.data && p[-1] != '.'; p--) {
        /* void */
    }

    name.len -= p - name.data;
    name.data = p;

    for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {

        if (ngx_rtalpha_str_eq(&classes[i].name, &name)) {
            svc->rule.algorithm = classes[i].algorithm;
            svc->zones = classes[i].zones;
            svc->chosen = 1;

            return ngx_rtalpha_report_add(rd->report, prop,
                                          classes[i].note
                                          ? NGX_RTALPHA_BIND_DIFFERENT
                                          : NGX_RTALPHA_BIND_USED,
                                          classes[i].note);
        }
    }

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_IGNORED,
                                  "this class is not known: round robin");
}


/* spring.cloud.loadbalancer.KEY and .clients.NAME.KEY */

static ngx_int_t
ngx_rtalpha_gw_svc_spring(ngx_rtalpha_gw_svc_read_t *rd,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *rest)
{
    ngx_str_t              elem, name, after;
    ngx_uint_t             i;
    ngx_rtalpha_gw_svc_t  *svc;

    static ngx_str_t  path[] = {
        ngx_string("spring"), ngx_string("cloud"), ngx_string("loadbalancer")
    };
    static ngx_str_t  clients = ngx_string("clients");

    for (i = 0; i < 3; i++) {
        if (ngx_rtalpha_bind_element(rest, &elem) != NGX_OK
            || !ngx_rtalpha_bind_same(&elem, &path[i]))
        {
            return NGX_OK;
        }
    }

    after = *rest;

    if (ngx_rtalpha_bind_element(&after, &elem) == NGX_OK
        && ngx_rtalpha_bind_same(&elem, &clients))
    {
        *rest = after;

        if (rd->pass == 0
            || ngx_rtalpha_bind_element(rest, &name) != NGX_OK)
        {
            return NGX_OK;
        }

    } else if (rd->pass) {
        return NGX_OK;

    } else {
        ngx_str_set(&name, "*");
    }

    if (rest->len && rest->data[0] == '.') {
        rest->data++;
        rest->len--;
    }

    svc = ngx_rtalpha_gw_svc_get(rd, &name);

    return svc ? ngx_rtalpha_gw_svc_spring_key(rd, svc, prop, rest)
               : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_gw_svc_spring_key(ngx_rtalpha_gw_svc_read_t *rd,
    ngx_rtalpha_gw_svc_t *svc, const ngx_rtalpha_prop_t *prop,
    ngx_str_t *key)
{
    static ngx_str_t  configurations = ngx_string("configurations");
    static ngx_str_t  zone = ngx_string("zone");
    static ngx_str_t  name = ngx_string("sticky-session."
                                        "instance-id-cookie-name");
    static ngx_str_t  add = ngx_string("sticky-session."
                                       "add-service-instance-cookie");

    if (ngx_rtalpha_bind_same(key, &zone)) {
        svc->zone = prop->text;

    } else if (ngx_rtalpha_bind_same(key, &name)) {

        /* only a name: configurations say whether it is used */

        svc->key_name = prop->text;

        if (svc->sticky.len) {
            svc->sticky = prop->text;
        }

    } else if (ngx_rtalpha_bind_same(key, &add)) {
        return ngx_rtalpha_report_add(rd->report, prop,
                                      NGX_RTALPHA_BIND_DIFFERENT,
                                      "the cookie is set at the client");

    } else if (!ngx_rtalpha_bind_same(key, &configurations)) {
        return ngx_rtalpha_report_add(rd->report, prop,
                                      NGX_RTALPHA_BIND_IGNORED,
                                      "instances are known at once and "
                                      "watched; see rtalpha.gateway.services");

    } else if (ngx_rtalpha_str_is(&prop->text, "zone-preference")) {
        svc->zones = 1;
        svc->overflow = 0;

    } else if (ngx_rtalpha_str_is(&prop->text, "weighted")) {
        svc->rule.algorithm = NGX_RTALPHA_GW_LB_WEIGHTED;
        svc->missing = 1;
        svc->chosen = 1;

    } else if (ngx_rtalpha_str_is(&prop->text,
                                  "request-based-sticky-session"))
    {
        svc->sticky = svc->key_name;

        if (svc->sticky.len == 0) {
            ngx_str_set(&svc->sticky, "sc-lb-instance-id");
        }

    } else if (!ngx_rtalpha_str_is(&prop->text, "default")) {
        return ngx_rtalpha_report_add(rd->report, prop,
                                      NGX_RTALPHA_BIND_IGNORED,
                                      "not one that exists here");
    }

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_USED,
                                  NULL);
}
