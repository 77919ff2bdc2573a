
/*
 * Policies: read by key, then put into the plans of routes.
 */


#include "ngx_rtalpha_gw_policy.h"


typedef enum {
    NGX_RTALPHA_GW_POLICY_CONNECT = 0,
    NGX_RTALPHA_GW_POLICY_READ,
    NGX_RTALPHA_GW_POLICY_TOTAL,
    NGX_RTALPHA_GW_POLICY_RETRIES,
    NGX_RTALPHA_GW_POLICY_HOST,
    NGX_RTALPHA_GW_POLICY_METRICS,
    NGX_RTALPHA_GW_POLICY_NONE
} ngx_rtalpha_gw_policy_e;


static ngx_int_t ngx_rtalpha_gw_policy_value(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_policy_t *policy, ngx_uint_t field,
    const ngx_rtalpha_prop_t *prop);
static ngx_rtalpha_gw_policy_t *ngx_rtalpha_gw_policy_of(
    ngx_rtalpha_gw_table_t *table, ngx_array_t *policies,
    const ngx_str_t *id, const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_policies_read(ngx_rtalpha_gw_table_t *table,
    ngx_array_t *policies);
static ngx_int_t ngx_rtalpha_gw_policies_ids(ngx_rtalpha_gw_table_t *table,
    ngx_array_t *policies);


static ngx_str_t  ngx_rtalpha_gw_policy_keys[] = {
    ngx_string("connect-timeout"), ngx_string("read-timeout"),
    ngx_string("timeout"), ngx_string("retries"),
    ngx_string("preserve-host"), ngx_string("metrics")
};

/* what a configuration written for more than this gateway can do */
static ngx_str_t  ngx_rtalpha_gw_policy_later[] = {
    ngx_string("auth"), ngx_string("require"), ngx_string("limit"),
    ngx_string("cache"), ngx_string("trace"), ngx_string("observe")
};


ngx_int_t
ngx_rtalpha_gw_policy_set(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_policy_t *policy, ngx_str_t *rest,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_str_t   elem;
    ngx_uint_t  i;

    if (ngx_rtalpha_bind_element(rest, &elem) != NGX_OK) {
        return NGX_DECLINED;
    }

    for (i = 0; i < sizeof(ngx_rtalpha_gw_policy_later) / sizeof(ngx_str_t);
         i++)
    {
        if (ngx_rtalpha_bind_same(&elem, &ngx_rtalpha_gw_policy_later[i])) {
            return ngx_rtalpha_report_add(table->report, prop,
                                          NGX_RTALPHA_BIND_WRONG,
                                          "there is no policy \"%V\" in this "
                                          "version, and a route does not go "
                                          "without one that it asks for",
                                          &ngx_rtalpha_gw_policy_later[i]);
        }
    }

    for (i = 0; i < NGX_RTALPHA_GW_POLICY_NONE; i++) {
        if (ngx_rtalpha_bind_same(&elem, &ngx_rtalpha_gw_policy_keys[i])) {
            break;
        }
    }

    if (i == NGX_RTALPHA_GW_POLICY_NONE || rest->len) {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_gw_policy_value(table, policy, i, prop);
}


static ngx_int_t
ngx_rtalpha_gw_policy_value(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_policy_t *policy, ngx_uint_t field,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t  rc;

    switch (field) {

    case NGX_RTALPHA_GW_POLICY_CONNECT:
        policy->connect = prop;
        rc = ngx_rtalpha_bind_msec(&prop->text, 1, &policy->connect_timeout);
        rc = policy->connect_timeout ? rc : NGX_ERROR;
        break;

    case NGX_RTALPHA_GW_POLICY_READ:
        policy->read = prop;
        rc = ngx_rtalpha_bind_msec(&prop->text, 1, &policy->read_timeout);
        rc = policy->read_timeout ? rc : NGX_ERROR;
        break;

    case NGX_RTALPHA_GW_POLICY_TOTAL:
        policy->total = prop;
        rc = ngx_rtalpha_bind_msec(&prop->text, 1, &policy->total_timeout);
        rc = policy->total_timeout ? rc : NGX_ERROR;
        break;

    case NGX_RTALPHA_GW_POLICY_RETRIES:
        policy->tries = prop;
        rc = ngx_rtalpha_bind_int(&prop->text, &policy->retries);

        if (policy->retries < 0 || policy->retries > 100) {
            rc = NGX_ERROR;
        }

        break;

    case NGX_RTALPHA_GW_POLICY_HOST:
        policy->host = prop;
        rc = ngx_rtalpha_bind_flag(&prop->text, &policy->keep_host);
        break;

    default: /* NGX_RTALPHA_GW_POLICY_METRICS */
        policy->metered = prop;
        rc = ngx_rtalpha_bind_flag(&prop->text, &policy->metrics);
        break;
    }

    return ngx_rtalpha_report_add(table->report, prop,
                                  rc == NGX_OK ? NGX_RTALPHA_BIND_USED
                                               : NGX_RTALPHA_BIND_WRONG,
                                  rc == NGX_OK ? "" : "not a value of this "
                                  "key, or out of its range");
}


ngx_int_t
ngx_rtalpha_gw_policy_apply(ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_plan_t *plan, const ngx_rtalpha_gw_policy_t *policy)
{
    ngx_rtalpha_gw_retry_t  *retry;

    if (policy->connect) {
        plan->connect_timeout = policy->connect_timeout;
        plan->said[NGX_RTALPHA_GW_SAID_CONNECT] = &policy->connect->key;
    }

    if (policy->read) {
        plan->read_timeout = policy->read_timeout;
        plan->said[NGX_RTALPHA_GW_SAID_READ] = &policy->read->key;
    }

    if (policy->total) {
        plan->total_timeout = policy->total_timeout;
        plan->said[NGX_RTALPHA_GW_SAID_TOTAL] = &policy->total->key;
    }

    if (policy->host) {
        plan->keep_host = policy->keep_host;
    }

    if (policy->metered) {
        plan->unmetered = !policy->metrics;
    }

    if (policy->tries == NULL) {
        return NGX_OK;
    }

    plan->said[NGX_RTALPHA_GW_SAID_RETRIES] = &policy->tries->key;
    plan->retry = NULL;

    if (policy->retries == 0) {
        return NGX_OK;
    }

    retry = ngx_pcalloc(table->pool, sizeof(ngx_rtalpha_gw_retry_t));
    if (retry == NULL) {
        return NGX_ERROR;
    }

    /* methods that may be repeated (RFC 9110, 9.2.2), by nginx's bits */

    retry->next = policy->retries;
    retry->timeouts = 1;
    retry->closed = 1;
    retry->methods = 0x2 | 0x4 | 0x10 | 0x20 | 0x200 | 0x8000;
    ngx_rtalpha_gw_retry_status(retry, 502);
    ngx_rtalpha_gw_retry_status(retry, 503);
    ngx_rtalpha_gw_retry_status(retry, 504);
    plan->retry = retry;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_tree_policies(ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t                 i, k;
    ngx_array_t                policies;
    ngx_rtalpha_gw_rule_t    **rule;
    ngx_rtalpha_gw_policy_t   *policy;

    if (ngx_array_init(&policies, table->temp, 4,
                       sizeof(ngx_rtalpha_gw_policy_t))
        != NGX_OK
        || ngx_rtalpha_gw_policies_read(table, &policies) != NGX_OK)
    {
        return NGX_ERROR;
    }

    policy = policies.elts;
    rule = table->rules.elts;

    for (i = 0; i < policies.nelts; i++) {

        if (!ngx_rtalpha_str_is(&policy[i].id, "*")) {
            continue;
        }

        for (k = 0; k < table->rules.nelts; k++) {
            if (ngx_rtalpha_gw_policy_apply(table, &rule[k]->plan, &policy[i])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return policies.nelts ? ngx_rtalpha_gw_policies_ids(table, &policies)
                          : NGX_OK;
}


/* those of single routes */

static ngx_int_t
ngx_rtalpha_gw_policies_ids(ngx_rtalpha_gw_table_t *table,
    ngx_array_t *policies)
{
    uint32_t                   hash;
    ngx_uint_t                 i, n, at, place;
    ngx_rtalpha_gw_rule_t    **rule;
    ngx_rtalpha_gw_index_t     index;
    ngx_rtalpha_gw_policy_t   *policy;

    ngx_memzero(&index, sizeof(ngx_rtalpha_gw_index_t));
    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        hash = ngx_murmur_hash2(rule[i]->match.id.data,
                                rule[i]->match.id.len);

        if (ngx_rtalpha_gw_index_add(table->temp, &index, hash, i) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    policy = policies->elts;

    for (i = 0; i < policies->nelts; i++) {

        if (ngx_rtalpha_str_is(&policy[i].id, "*")) {
            continue;
        }

        hash = ngx_murmur_hash2(policy[i].id.data, policy[i].id.len);
        at = 0;
        n = 0;

        while ((place = ngx_rtalpha_gw_index_next(&index, hash, &at)) != 0) {

            if (!ngx_rtalpha_str_eq(&rule[place - 1]->match.id,
                                    &policy[i].id))
            {
                continue;
            }

            n++;

            if (ngx_rtalpha_gw_policy_apply(table, &rule[place - 1]->plan,
                                            &policy[i])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        /* a route of a service may come later */

        if (n == 0
            && ngx_rtalpha_report_add(table->report, policy[i].prop,
                                      NGX_RTALPHA_BIND_UNKNOWN,
                                      "no route has this id")
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_policies_read(ngx_rtalpha_gw_table_t *table,
    ngx_array_t *policies)
{
    ngx_int_t                  rc;
    ngx_str_t                  rest, id;
    ngx_uint_t                 i, n;
    const ngx_rtalpha_prop_t  *prop;
    ngx_rtalpha_gw_policy_t   *policy;

    n = ngx_rtalpha_props_count(table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(table->props, i);

        if (!ngx_rtalpha_gw_native_below(prop, "policies", &rest)
            || ngx_rtalpha_bind_element(&rest, &id) != NGX_OK)
        {
            continue;
        }

        policy = ngx_rtalpha_gw_policy_of(table, policies, &id, prop);
        if (policy == NULL) {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_gw_policy_set(table, policy, &rest, prop);

        if (rc == NGX_DECLINED) {
            rc = ngx_rtalpha_report_add(table->report, prop,
                                        NGX_RTALPHA_BIND_WRONG,
                                        "there is no such policy");
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_rtalpha_gw_policy_t *
ngx_rtalpha_gw_policy_of(ngx_rtalpha_gw_table_t *table, ngx_array_t *policies,
    const ngx_str_t *id, const ngx_rtalpha_prop_t *prop)
{
    ngx_uint_t                i;
    ngx_rtalpha_gw_policy_t  *policy;

    policy = policies->elts;

    /* keys of one policy mostly follow each other */

    for (i = policies->nelts; i > 0; i--) {
        if (ngx_rtalpha_str_eq(&policy[i - 1].id, id)) {
            return &policy[i - 1];
        }
    }

    policy = ngx_array_push(policies);

    if (policy) {
        ngx_memzero(policy, sizeof(ngx_rtalpha_gw_policy_t));
        policy->id = *id;
        policy->prop = prop;
    }

    return policy;
}
