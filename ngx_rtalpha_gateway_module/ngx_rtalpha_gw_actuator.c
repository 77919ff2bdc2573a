
/*
 * location /actuator/ { rtalpha_actuator; }
 *
 * The endpoints of Spring's actuator that tools read routes from, for the
 * gateway of the same server:
 *
 *     GET  /actuator/routes, /actuator/routes/details     (Zuul)
 *     POST /actuator/routes
 *     GET  /actuator/gateway/routes, .../routes/ID (/combinedfilters),
 *          .../routedefinitions, .../globalfilters, .../routefilters,
 *          .../routepredicates           (Spring Cloud Gateway)
 *     POST /actuator/gateway/refresh
 *
 * A refresh answers as it does there and changes nothing: settings are live.
 * Routes are written where the settings are, so there is no writing here.
 */


#include "ngx_rtalpha_gw_explain.h"
#include "ngx_rtalpha_answer.h"


#define NGX_RTALPHA_GW_ACTUATOR_MAX  (64 * 1024 * 1024)


typedef struct {
    ngx_str_t    path;                      /* behind "/actuator" */
    void       (*write)(ngx_rtalpha_json_t *j,
                        const ngx_rtalpha_gw_table_t *table);
    ngx_uint_t   methods;
} ngx_rtalpha_gw_endpoint_t;


static void ngx_rtalpha_gw_actuator_links(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_zuul(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_details(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_routes(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_definitions(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_globals(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_filters(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_preds(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table);
static void ngx_rtalpha_gw_actuator_detail(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule);
static void ngx_rtalpha_gw_actuator_route(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule);
static void ngx_rtalpha_gw_actuator_conditions(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule);
static u_char *ngx_rtalpha_gw_actuator_pred(u_char *p, u_char *last,
    const ngx_rtalpha_gw_pred_t *pred);
static void ngx_rtalpha_gw_actuator_ops(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan, ngx_uint_t combined);
static ngx_int_t ngx_rtalpha_gw_actuator_one(ngx_http_request_t *r,
    const ngx_rtalpha_gw_table_t *table, ngx_str_t *rest);
static ngx_int_t ngx_rtalpha_gw_actuator_send(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out);


static const ngx_rtalpha_gw_endpoint_t  ngx_rtalpha_gw_endpoints[] = {
    { ngx_string(""), ngx_rtalpha_gw_actuator_links, NGX_HTTP_GET },
    { ngx_string("/routes"), ngx_rtalpha_gw_actuator_zuul,
      NGX_HTTP_GET|NGX_HTTP_POST },
    { ngx_string("/routes/details"), ngx_rtalpha_gw_actuator_details,
      NGX_HTTP_GET },
    { ngx_string("/gateway/routes"), ngx_rtalpha_gw_actuator_routes,
      NGX_HTTP_GET },
    { ngx_string("/gateway/routedefinitions"),
      ngx_rtalpha_gw_actuator_definitions, NGX_HTTP_GET },
    { ngx_string("/gateway/globalfilters"), ngx_rtalpha_gw_actuator_globals,
      NGX_HTTP_GET },
    { ngx_string("/gateway/routefilters"), ngx_rtalpha_gw_actuator_filters,
      NGX_HTTP_GET },
    { ngx_string("/gateway/routepredicates"), ngx_rtalpha_gw_actuator_preds,
      NGX_HTTP_GET },
    { ngx_null_string, NULL, 0 }
};

/* by type of operation; two that belong to one filter have one name */

static const char  *ngx_rtalpha_gw_op_names[] = {
    "AddRequestHeader", "AddRequestHeadersIfNotPresent", "SetRequestHeader",
    "RemoveRequestHeader", "MapRequestHeader", "AddRequestParameter",
    "RemoveRequestParameter", "RewriteRequestParameter", "PrefixPath",
    "StripPrefix", "SetPath", "RewritePath", "SetRequestUri",
    "RequestHeaderToRequestUri", "PreserveHostHeader",
    "SetRequestHostHeader", "RequestSize", "RequestHeaderSize", "RedirectTo",
    "AddResponseHeader", "SetResponseHeader", "RemoveResponseHeader",
    "RewriteResponseHeader", "DedupeResponseHeader",
    "RewriteLocationResponseHeader", "SetStatus"
};

static const char  *ngx_rtalpha_gw_pred_names[] = {
    "Path", "Host", "Method", "Header", "Query", "Cookie", "Between",
    "RemoteAddr", "XForwardedRemoteAddr", "Weight"
};


char *
ngx_rtalpha_gw_actuator_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "conflicts with another content handler of this location";
    }

    clcf->handler = ngx_rtalpha_gw_actuator_handler;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_rtalpha_gw_actuator_handler(ngx_http_request_t *r)
{
    ngx_str_t                         rest;
    ngx_rtalpha_gw_t                 *gateway;
    ngx_rtalpha_out_t                 out;
    ngx_rtalpha_json_t                j;
    ngx_rtalpha_gw_srv_conf_t        *scf;
    const ngx_rtalpha_gw_endpoint_t  *e;

    scf = ngx_http_get_module_srv_conf(r, ngx_rtalpha_gw_module);
    gateway = scf->first;

    if (!ngx_rtalpha_str_begins(&r->uri, "/actuator") || gateway == NULL
        || gateway->table == NULL)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_FOUND);
    }

    rest.data = r->uri.data + sizeof("/actuator") - 1;
    rest.len = r->uri.len - (sizeof("/actuator") - 1);

    if (rest.len && rest.data[rest.len - 1] == '/') {
        rest.len--;
    }

    if (ngx_rtalpha_str_is(&rest, "/gateway/refresh")) {
        return ngx_rtalpha_answer_empty(r, r->method == NGX_HTTP_POST
                                           ? NGX_HTTP_OK
                                           : NGX_HTTP_NOT_ALLOWED);
    }

    for (e = ngx_rtalpha_gw_endpoints; e->write; e++) {
        if (ngx_rtalpha_str_eq(&e->path, &rest)) {
            break;
        }
    }

    if (e->write == NULL) {
        return ngx_rtalpha_gw_actuator_one(r, gateway->table, &rest);
    }

    if (!(r->method & (e->methods | NGX_HTTP_HEAD))) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_ALLOWED);
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 4096, NGX_RTALPHA_GW_ACTUATOR_MAX)
        != NGX_OK)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_rtalpha_json_init(&j, &out);
    e->write(&j, gateway->table);

    return ngx_rtalpha_gw_actuator_send(r, &out);
}


static ngx_int_t
ngx_rtalpha_gw_actuator_send(ngx_http_request_t *r, ngx_rtalpha_out_t *out)
{
    ngx_str_t  body;

    static ngx_str_t  type = ngx_string("application/json");

    if (ngx_rtalpha_out_done(out, &body) != NGX_OK) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &type, &body);
}


/* "/gateway/routes/ID" and "/gateway/routes/ID/combinedfilters" */

static ngx_int_t
ngx_rtalpha_gw_actuator_one(ngx_http_request_t *r,
    const ngx_rtalpha_gw_table_t *table, ngx_str_t *rest)
{
    ngx_str_t                id;
    ngx_uint_t               i, combined;
    ngx_rtalpha_out_t        out;
    ngx_rtalpha_json_t       j;
    ngx_rtalpha_gw_rule_t  **rule;

    static ngx_str_t  tail = ngx_string("/combinedfilters");

    if (!ngx_rtalpha_str_begins(rest, "/gateway/routes/")) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_FOUND);
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_ALLOWED);
    }

    id.data = rest->data + sizeof("/gateway/routes/") - 1;
    id.len = rest->len - (sizeof("/gateway/routes/") - 1);
    combined = id.len > tail.len
               && ngx_memcmp(id.data + id.len - tail.len, tail.data, tail.len)
                  == 0;

    if (combined) {
        id.len -= tail.len;
    }

    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        if (rule[i]->plan.dialect != NGX_RTALPHA_GW_ZUUL
            && ngx_rtalpha_str_eq(&rule[i]->match.id, &id))
        {
            break;
        }
    }

    if (i == table->rules.nelts) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_NOT_FOUND);
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 4096, 1024 * 1024) != NGX_OK) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_rtalpha_json_init(&j, &out);

    if (combined) {
        ngx_rtalpha_json_object(&j);
        ngx_rtalpha_gw_actuator_ops(&j, &rule[i]->plan, 1);
        ngx_rtalpha_json_end(&j);

    } else {
        ngx_rtalpha_gw_actuator_route(&j, rule[i]);
    }

    return ngx_rtalpha_gw_actuator_send(r, &out);
}


static void
ngx_rtalpha_gw_actuator_links(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t  i;

    static ngx_str_t  links[] = {
        ngx_string("self"), ngx_string("/actuator"),
        ngx_string("routes"), ngx_string("/actuator/routes"),
        ngx_string("gateway"), ngx_string("/actuator/gateway")
    };

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "_links");
    ngx_rtalpha_json_object(j);

    for (i = 0; i < sizeof(links) / sizeof(links[0]); i += 2) {
        ngx_rtalpha_json_key(j, links[i].data, links[i].len);
        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "href");
        ngx_rtalpha_json_str(j, &links[i + 1]);
        ngx_rtalpha_json_key_lit(j, "templated");
        ngx_rtalpha_json_bool(j, 0);
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_end(j);
}


#define ngx_rtalpha_gw_actuator_is_zuul(rule)                                 \
    ((rule)->plan.dialect == NGX_RTALPHA_GW_ZUUL                              \
     && (rule)->plan.kind != NGX_RTALPHA_GW_TO_NONE)


static void
ngx_rtalpha_gw_actuator_zuul(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_str_t               *path;
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    ngx_rtalpha_json_object(j);
    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        if (ngx_rtalpha_gw_actuator_is_zuul(rule[i])) {
            path = &rule[i]->match.preds->u.patterns->text;
            ngx_rtalpha_json_key(j, path->data, path->len);
            ngx_rtalpha_json_str(j, &rule[i]->plan.location);
        }
    }

    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_gw_actuator_details(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    ngx_rtalpha_json_object(j);
    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        if (ngx_rtalpha_gw_actuator_is_zuul(rule[i])) {
            ngx_rtalpha_gw_actuator_detail(j, rule[i]);
        }
    }

    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_gw_actuator_detail(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule)
{
    ngx_str_t                     path, prefix, *full;
    const ngx_rtalpha_gw_plan_t  *plan;

    plan = &rule->plan;
    full = &rule->match.preds->u.patterns->text;
    prefix = plan->forwarded_prefix;
    path = *full;

    if (prefix.len && path.len >= prefix.len
        && ngx_memcmp(path.data, prefix.data, prefix.len) == 0)
    {
        path.data += prefix.len;
        path.len -= prefix.len;
    }

    ngx_rtalpha_json_key(j, full->data, full->len);
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "id");
    ngx_rtalpha_json_str(j, &rule->match.id);
    ngx_rtalpha_json_key_lit(j, "fullPath");
    ngx_rtalpha_json_str(j, full);
    ngx_rtalpha_json_key_lit(j, "location");
    ngx_rtalpha_json_str(j, &plan->location);
    ngx_rtalpha_json_key_lit(j, "path");
    ngx_rtalpha_json_str(j, &path);
    ngx_rtalpha_json_key_lit(j, "prefix");
    ngx_rtalpha_json_str(j, &prefix);
    ngx_rtalpha_json_key_lit(j, "retryable");
    ngx_rtalpha_json_bool(j, plan->retry != NULL);
    ngx_rtalpha_json_key_lit(j, "customSensitiveHeaders");
    ngx_rtalpha_json_bool(j, plan->custom);
    ngx_rtalpha_json_key_lit(j, "prefixStripped");
    ngx_rtalpha_json_bool(j, plan->strip != 0);
    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_gw_actuator_routes(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    ngx_rtalpha_json_array(j);
    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        if (rule[i]->plan.dialect != NGX_RTALPHA_GW_ZUUL) {
            ngx_rtalpha_gw_actuator_route(j, rule[i]);
        }
    }

    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_gw_actuator_route(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule)
{
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "predicate");
    ngx_rtalpha_gw_actuator_conditions(j, rule);
    ngx_rtalpha_json_key_lit(j, "route_id");
    ngx_rtalpha_json_str(j, &rule->match.id);
    ngx_rtalpha_json_key_lit(j, "filters");
    ngx_rtalpha_json_array(j);
    ngx_rtalpha_gw_actuator_ops(j, &rule->plan, 0);
    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_key_lit(j, "uri");
    ngx_rtalpha_json_str(j, &rule->plan.location);
    ngx_rtalpha_json_key_lit(j, "order");
    ngx_rtalpha_json_int(j, rule->plan.order);
    ngx_rtalpha_json_end(j);
}


/* "((A && B) && C)", as Java prints them */

static void
ngx_rtalpha_gw_actuator_conditions(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule)
{
    u_char       room[2048], *p, *last;
    ngx_uint_t   i;

    p = room;
    last = room + sizeof(room);

    for (i = 1; i < rule->match.npreds; i++) {
        p = ngx_slprintf(p, last, "(");
    }

    for (i = 0; i < rule->match.npreds; i++) {
        p = ngx_slprintf(p, last, i ? " && " : "");
        p = ngx_rtalpha_gw_actuator_pred(p, last, &rule->match.preds[i]);
        p = ngx_slprintf(p, last, i ? ")" : "");
    }

    ngx_rtalpha_json_text(j, room, p - room);
}


static u_char *
ngx_rtalpha_gw_actuator_pred(u_char *p, u_char *last,
    const ngx_rtalpha_gw_pred_t *pred)
{
    uint32_t  i;

    switch (pred->type) {

    case NGX_RTALPHA_GW_PRED_PATH:
    case NGX_RTALPHA_GW_PRED_HOST:
        p = ngx_slprintf(p, last, "%ss: [",
                         ngx_rtalpha_gw_pred_names[pred->type]);

        for (i = 0; i < pred->n; i++) {
            p = ngx_slprintf(p, last, "%s%V", i ? ", " : "",
                             &pred->u.patterns[i].text);
        }

        p = ngx_slprintf(p, last, "]");

        if (pred->type == NGX_RTALPHA_GW_PRED_PATH && pred->n) {
            p = ngx_slprintf(p, last, ", match trailing slash: %s",
                             pred->u.patterns->style
                             == NGX_RTALPHA_GW_PATH_SLASH ? "true" : "false");
        }

        return p;

    case NGX_RTALPHA_GW_PRED_METHOD:
        p = ngx_slprintf(p, last, "Methods: [");

        for (i = 0; i < pred->n; i++) {
            p = ngx_slprintf(p, last, "%s%V", i ? ", " : "",
                             &pred->u.methods[i]);
        }

        return ngx_slprintf(p, last, "]");

    case NGX_RTALPHA_GW_PRED_HEADER:
        return ngx_slprintf(p, last, "Header: %V", pred->u.value.name);

    case NGX_RTALPHA_GW_PRED_QUERY:
        return ngx_slprintf(p, last, "Query: param=%V", pred->u.value.name);

    case NGX_RTALPHA_GW_PRED_COOKIE:
        return ngx_slprintf(p, last, "Cookie: name=%V", pred->u.value.name);

    case NGX_RTALPHA_GW_PRED_WEIGHT:
        return ngx_slprintf(p, last, "Weight: %V %ui",
                            &pred->u.group->name,
                            pred->u.group->weights[pred->n]);

    default:
        return ngx_slprintf(p, last, "%s",
                            ngx_rtalpha_gw_pred_names[pred->type]);
    }
}


/* texts of an array, or members of an object with their place */

static void
ngx_rtalpha_gw_actuator_ops(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan, ngx_uint_t combined)
{
    u_char                     room[1024], *p;
    ngx_uint_t                 i, k, n;
    const ngx_array_t         *list;
    const ngx_rtalpha_gw_op_t *op;

    if (plan->edits == NULL) {
        return;
    }

    n = 0;

    for (k = 0; k < 2; k++) {
        list = k ? &plan->edits->answer : &plan->edits->request;
        op = list->elts;

        for (i = 0; i < list->nelts; i++) {
            n++;
            p = ngx_snprintf(room, sizeof(room), "[%s%s%V%s%V%s]",
                             ngx_rtalpha_gw_op_names[op[i].type],
                             op[i].name.len ? " " : "", &op[i].name,
                             op[i].value.len ? " = '" : "", &op[i].value,
                             op[i].value.len ? "'" : "");

            if (combined) {
                ngx_rtalpha_json_key(j, room, p - room);
                ngx_rtalpha_json_int(j, n);
                continue;
            }

            ngx_memmove(room + 1, room, ngx_min(p - room, 990));
            room[0] = '[';
            p = ngx_slprintf(room + 1 + ngx_min(p - room, 990),
                             room + sizeof(room), ", order = %ui]", n);
            ngx_rtalpha_json_text(j, room, p - room);
        }
    }
}


static void
ngx_rtalpha_gw_actuator_definitions(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t               i, k;
    const char              *name;
    ngx_rtalpha_gw_rule_t  **rule;

    ngx_rtalpha_json_array(j);
    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {

        if (rule[i]->plan.dialect == NGX_RTALPHA_GW_ZUUL) {
            continue;
        }

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "id");
        ngx_rtalpha_json_str(j, &rule[i]->match.id);
        ngx_rtalpha_json_key_lit(j, "predicates");
        ngx_rtalpha_json_array(j);

        for (k = 0; k < rule[i]->match.npreds; k++) {
            name = ngx_rtalpha_gw_pred_names[rule[i]->match.preds[k].type];

            ngx_rtalpha_json_object(j);
            ngx_rtalpha_json_key_lit(j, "name");
            ngx_rtalpha_json_text(j, (u_char *) name, ngx_strlen(name));
            ngx_rtalpha_json_key_lit(j, "args");
            ngx_rtalpha_json_object(j);
            ngx_rtalpha_json_key_lit(j, "_genkey_0");
            ngx_rtalpha_gw_explain_pred(j, &rule[i]->match.preds[k]);
            ngx_rtalpha_json_end(j);
            ngx_rtalpha_json_end(j);
        }

        ngx_rtalpha_json_end(j);
        ngx_rtalpha_json_key_lit(j, "uri");
        ngx_rtalpha_json_str(j, &rule[i]->plan.location);
        ngx_rtalpha_json_key_lit(j, "order");
        ngx_rtalpha_json_int(j, rule[i]->plan.order);
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
}


/* the steps that every request takes, in their order */

static void
ngx_rtalpha_gw_actuator_globals(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t  i;

    static struct {
        ngx_str_t   name;
        ngx_int_t   order;
    } steps[] = {
        { ngx_string("ForwardPathFilter"), 0 },
        { ngx_string("RouteToRequestUrlFilter"), 10000 },
        { ngx_string("ReactiveLoadBalancerClientFilter"), 10150 },
        { ngx_string("WebsocketRoutingFilter"), 2147483646 },
        { ngx_string("NettyRoutingFilter"), 2147483647 },
        { ngx_string("ForwardRoutingFilter"), 2147483647 }
    };

    ngx_rtalpha_json_object(j);

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        ngx_rtalpha_json_key(j, steps[i].name.data, steps[i].name.len);
        ngx_rtalpha_json_int(j, steps[i].order);
    }

    ngx_rtalpha_json_end(j);
}


/* Spring's description of what each is, of which there is none */

static void
ngx_rtalpha_gw_actuator_nulls(ngx_rtalpha_json_t *j, const char **names,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        ngx_rtalpha_json_key(j, (u_char *) names[i], ngx_strlen(names[i]));
        ngx_rtalpha_json_null(j);
    }
}


static void
ngx_rtalpha_gw_actuator_filters(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    static const char  *others[] = {
        "Retry", "CircuitBreaker", "SecureHeaders",
        "RemoveJsonAttributesResponseBody"
    };

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_gw_actuator_nulls(j, ngx_rtalpha_gw_op_names,
                                  sizeof(ngx_rtalpha_gw_op_names)
                                  / sizeof(char *));
    ngx_rtalpha_gw_actuator_nulls(j, others, sizeof(others) / sizeof(char *));
    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_gw_actuator_preds(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    static const char  *others[] = { "After", "Before" };

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_gw_actuator_nulls(j, ngx_rtalpha_gw_pred_names,
                                  sizeof(ngx_rtalpha_gw_pred_names)
                                  / sizeof(char *));
    ngx_rtalpha_gw_actuator_nulls(j, others, sizeof(others) / sizeof(char *));
    ngx_rtalpha_json_end(j);
}
