/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_svc.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_retry.c ngx_rtalpha_core/ngx_rtalpha_props.c ngx_rtalpha_core/ngx_rtalpha_out.c ngx_rtalpha_core/ngx_rtalpha_bind.c ngx_rtalpha_core/ngx_rtalpha_bind_key.c ngx_rtalpha_core/ngx_rtalpha_bind_value.c ngx_rtalpha_core/ngx_rtalpha_bind_report.c */

/*
 * What trees say about services: ours, Ribbon's and Spring's words.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_svc.h"


static ngx_rtalpha_props_t    *props;
static ngx_rtalpha_report_t    report;
static ngx_rtalpha_gw_svcs_t   svcs;


static void
set(char *key, char *text)
{
    ngx_rtalpha_prop_t  prop;

    ngx_memzero(&prop, sizeof(prop));
    prop.key.data = (u_char *) key;
    prop.key.len = strlen(key);
    prop.text.data = (u_char *) text;
    prop.text.len = strlen(text);
    prop.type = NGX_RTALPHA_PROP_STRING;

    CHECK(ngx_rtalpha_props_set(props, &prop) == NGX_OK);
}


static ngx_rtalpha_gw_svc_t *
find(char *name)
{
    ngx_str_t  s;

    s.data = (u_char *) name;
    s.len = strlen(name);

    return ngx_rtalpha_gw_svcs_find(&svcs, &s);
}


static void
begin(ngx_pool_t *pool)
{
    props = ngx_rtalpha_props_create(pool);
    CHECK(ngx_rtalpha_report_init(&report, pool) == NGX_OK);
}


static ngx_uint_t
verdict(char *key)
{
    ngx_uint_t                  i;
    ngx_rtalpha_report_line_t  *line;

    line = report.lines.elts;

    for (i = 0; i < report.lines.nelts; i++) {
        if (line[i].key.len == strlen(key)
            && ngx_memcmp(line[i].key.data, key, line[i].key.len) == 0)
        {
            return line[i].verdict;
        }
    }

    return 99;
}


static void
test_own(ngx_pool_t *pool)
{
    ngx_rtalpha_gw_svc_t  *a, *b;

    begin(pool);
    set("rtalpha.gateway.services.orders.balance", "least-requests");
    set("rtalpha.gateway.services.orders.outlier.consecutiveErrors", "7");
    set("rtalpha.gateway.services[*].slow-start", "30s");
    set("rtalpha.gateway.services[*].max-connections", "9");
    set("rtalpha.gateway.services.orders.max-connections", "4");
    set("rtalpha.gateway.services[with.dot].hash-key", "cookie:id");
    set("rtalpha.gateway.services.orders.nonsense", "4");
    set("rtalpha.gateway.services.orders.hash-bound", "-4");
    set("rtalpha.gateway.services.orders.retry-budget", "many");
    set("rtalpha.gateway.zone", "z1");

    CHECK(ngx_rtalpha_gw_svcs_read(pool, props, &report, &svcs) == NGX_OK);

    a = find("ORDERS");
    CHECK(a && a->rule.algorithm == NGX_RTALPHA_GW_LB_LEAST && a->balances);
    CHECK(a && a->outlier.row == 7 && a->rule.slow_start == 30000);
    CHECK(a && a->rule.max_active == 4 && a->budget.percent == 20);
    CHECK(a && a->zone.len == 2 && !a->zones);

    b = find("anything");
    CHECK(b && b->rule.max_active == 9 && b->outlier.row == 0);
    CHECK(b && b->rule.algorithm == NGX_RTALPHA_GW_LB_ROUND_ROBIN);

    b = find("with.dot");
    CHECK(b && b->key == NGX_RTALPHA_GW_KEY_COOKIE);
    CHECK(b && b->key_name.len == 2);

    CHECK(verdict("rtalpha.gateway.services.orders.nonsense")
          == NGX_RTALPHA_BIND_UNKNOWN);
    CHECK(verdict("rtalpha.gateway.services.orders.hash-bound")
          == NGX_RTALPHA_BIND_WRONG);
    CHECK(verdict("rtalpha.gateway.services.orders.retry-budget")
          == NGX_RTALPHA_BIND_WRONG);
    CHECK(verdict("rtalpha.gateway.zone") == NGX_RTALPHA_BIND_USED);
    CHECK(report.wrong == 2);
}


static void
test_others(ngx_pool_t *pool)
{
    ngx_rtalpha_gw_svc_t  *a;

    begin(pool);
    CHECK(ngx_rtalpha_gw_svcs_read(pool, props, &report, &svcs) == NGX_OK);
    CHECK(find("orders") == NULL);

    begin(pool);
    set("orders.ribbon.NFLoadBalancerRuleClassName",
        "com.netflix.loadbalancer.WeightedResponseTimeRule");
    set("with.dot.ribbon.NFLoadBalancerRuleClassName", "RandomRule");
    set("mine.ribbon.NFLoadBalancerRuleClassName", "org.example.MyRule");
    set("ribbon.NFLoadBalancerRuleClassName",
        "com.netflix.loadbalancer.ZoneAvoidanceRule");
    set("spring.cloud.loadbalancer.zone", "z2");
    set("spring.cloud.loadbalancer.clients.paid.configurations",
        "request-based-sticky-session");
    set("spring.cloud.loadbalancer.clients.light.configurations",
        "weighted");
    set("spring.cloud.loadbalancer.cache.ttl", "35s");
    CHECK(ngx_rtalpha_gw_svcs_read(pool, props, &report, &svcs) == NGX_OK);

    a = find("orders");
    CHECK(a && a->rule.algorithm == NGX_RTALPHA_GW_LB_EWMA && !a->zones);
    a = find("with.dot");
    CHECK(a && a->rule.algorithm == NGX_RTALPHA_GW_LB_RANDOM);
    a = find("mine");
    CHECK(a && a->rule.algorithm == NGX_RTALPHA_GW_LB_ROUND_ROBIN);
    CHECK(verdict("mine.ribbon.NFLoadBalancerRuleClassName")
          == NGX_RTALPHA_BIND_IGNORED);
    a = find("any");
    CHECK(a && a->zones && a->balances && a->zone.len == 2);
    a = find("paid");
    CHECK(a && a->sticky.len == sizeof("sc-lb-instance-id") - 1);
    a = find("light");
    CHECK(a && a->rule.algorithm == NGX_RTALPHA_GW_LB_WEIGHTED);
    CHECK(a && a->missing == 1 && a->shape != find("any")->shape);
    CHECK(verdict("spring.cloud.loadbalancer.cache.ttl")
          == NGX_RTALPHA_BIND_IGNORED);
    CHECK(report.wrong == 0);
}


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_pool();

    test_own(pool);
    test_others(pool);

    ngx_destroy_pool(pool);

    return unit_done();
}
