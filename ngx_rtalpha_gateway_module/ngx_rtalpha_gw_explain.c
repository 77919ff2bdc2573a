
/*
 * The parts of an explanation.  All of it is read from the table: nothing is
 * written down while requests are served.
 */


#include "ngx_rtalpha_gw_explain.h"
#include "ngx_rtalpha_gw_peers.h"


static void ngx_rtalpha_gw_explain_text(ngx_rtalpha_json_t *j,
    const char *text);
static void ngx_rtalpha_gw_explain_limit(ngx_rtalpha_json_t *j,
    const char *name, ngx_msec_t value, const ngx_str_t *said,
    const char *usual);
static void ngx_rtalpha_gw_explain_breaker(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_fallback_t *fallback);
static ngx_uint_t ngx_rtalpha_gw_explain_path_holds(
    const ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_request_t *req);


static const char  *ngx_rtalpha_gw_explain_preds[] = {
    "Path", "Host", "Method", "Header", "Query", "Cookie", "time",
    "RemoteAddr", "XForwardedRemoteAddr", "Weight"
};

static const char  *ngx_rtalpha_gw_explain_dialects[] = {
    "zuul", "spring-cloud-gateway", "native"
};

static const char  *ngx_rtalpha_gw_explain_marks[] = {
    NULL, "the tree drops it (sensitive or ignored)",
    "the peer is not trusted", "the peer is not trusted",
    "the peer is not trusted", "the peer is not trusted",
    "the peer is not trusted", "the peer is not trusted",
    "for this hop only (RFC 9110, 7.6.1)", "only for a WebSocket",
    "for this hop only (RFC 9110, 7.6.1)"
};


static void
ngx_rtalpha_gw_explain_text(ngx_rtalpha_json_t *j, const char *text)
{
    ngx_rtalpha_json_text(j, (u_char *) text, ngx_strlen(text));
}


void
ngx_rtalpha_gw_explain_pred(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_pred_t *pred)
{
    uint32_t           i;
    u_char             room[512];
    ngx_str_t          text;
    u_char            *p, *last;

    p = room;
    last = room + sizeof(room);
    p = ngx_slprintf(p, last, "%s",
                     ngx_rtalpha_gw_explain_preds[pred->type]);

    switch (pred->type) {

    case NGX_RTALPHA_GW_PRED_PATH:
    case NGX_RTALPHA_GW_PRED_HOST:
        for (i = 0; i < pred->n; i++) {
            p = ngx_slprintf(p, last, "%s%V", i ? "," : "=",
                             &pred->u.patterns[i].text);
        }

        break;

    case NGX_RTALPHA_GW_PRED_METHOD:
        for (i = 0; i < pred->n; i++) {
            p = ngx_slprintf(p, last, "%s%V", i ? "," : "=",
                             &pred->u.methods[i]);
        }

        break;

    case NGX_RTALPHA_GW_PRED_HEADER:
    case NGX_RTALPHA_GW_PRED_QUERY:
    case NGX_RTALPHA_GW_PRED_COOKIE:
        p = ngx_slprintf(p, last, "=%V%s", pred->u.value.name,
                         pred->u.value.regex ? " (expression)" : "");
        break;

    case NGX_RTALPHA_GW_PRED_WEIGHT:
        p = ngx_slprintf(p, last, "=%V,%ui", &pred->u.group->name,
                         pred->u.group->weights[pred->n]);
        break;

    default:
        break;
    }

    text.data = room;
    text.len = p - room;
    ngx_rtalpha_json_str(j, &text);
}


void
ngx_rtalpha_gw_explain_route(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_rule_t *rule)
{
    ngx_uint_t                    i;
    const ngx_rtalpha_gw_plan_t  *plan;

    ngx_rtalpha_json_key_lit(j, "route");

    if (rule == NULL) {
        ngx_rtalpha_json_null(j);
        return;
    }

    plan = &rule->plan;

    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "id");
    ngx_rtalpha_json_str(j, &rule->match.id);
    ngx_rtalpha_json_key_lit(j, "place");
    ngx_rtalpha_json_int(j, rule->match.index);
    ngx_rtalpha_json_key_lit(j, "tree");
    ngx_rtalpha_gw_explain_text(j,
                             ngx_rtalpha_gw_explain_dialects[plan->dialect]);
    ngx_rtalpha_json_key_lit(j, "to");
    ngx_rtalpha_json_str(j, &plan->location);

    if (plan->kind == NGX_RTALPHA_GW_TO_SERVICE) {
        ngx_rtalpha_json_key_lit(j, "service");
        ngx_rtalpha_json_str(j, &plan->service);
    }

    if (plan->strip) {
        ngx_rtalpha_json_key_lit(j, "strip");
        ngx_rtalpha_json_int(j, plan->strip);
    }

    ngx_rtalpha_json_key_lit(j, "filters");
    ngx_rtalpha_json_int(j, plan->edits ? plan->edits->request.nelts
                                          + plan->edits->answer.nelts : 0);
    ngx_rtalpha_json_key_lit(j, "conditions");
    ngx_rtalpha_json_array(j);

    for (i = 0; i < rule->match.npreds; i++) {
        ngx_rtalpha_gw_explain_pred(j, &rule->match.preds[i]);
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_end(j);
}


static ngx_uint_t
ngx_rtalpha_gw_explain_path_holds(const ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_request_t *req)
{
    ngx_uint_t  i;

    for (i = 0; i < rule->match.npreds; i++) {
        if (rule->match.preds[i].type == NGX_RTALPHA_GW_PRED_PATH) {
            return ngx_rtalpha_gw_pred_holds(&rule->match.preds[i], req, 0);
        }
    }

    return 1;
}


void
ngx_rtalpha_gw_explain_lost(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table, const ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_request_t *req)
{
    ngx_uint_t               i, n, failed, matches;
    ngx_rtalpha_gw_rule_t  **rules;

    ngx_rtalpha_json_key_lit(j, "lost");
    ngx_rtalpha_json_array(j);

    n = 0;
    rules = table->rules.elts;

    for (i = 0; i < table->rules.nelts && n < NGX_RTALPHA_GW_EXPLAIN_LOST;
         i++)
    {
        if (rules[i] == rule
            || !ngx_rtalpha_gw_explain_path_holds(rules[i], req))
        {
            continue;
        }

        n++;
        matches = ngx_rtalpha_gw_route_matches(&rules[i]->match, req, 0,
                                               &failed);

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "id");
        ngx_rtalpha_json_str(j, &rules[i]->match.id);
        ngx_rtalpha_json_key_lit(j, "why");

        if (matches) {
            ngx_rtalpha_json_lit(j, "comes later in the table");

        } else {
            ngx_rtalpha_json_lit(j, "a condition does not hold");
            ngx_rtalpha_json_key_lit(j, "condition");
            ngx_rtalpha_gw_explain_pred(j, &rules[i]->match.preds[failed]);
        }

        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
    ngx_rtalpha_json_key_lit(j, "otherPaths");
    ngx_rtalpha_json_int(j, i - n - (rule && rule->match.index < i));
}


void
ngx_rtalpha_gw_explain_headers(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan, const ngx_list_part_t *part,
    ngx_uint_t trusted)
{
    ngx_uint_t              i, mark;
    const char             *why;
    const ngx_str_t        *connection;
    const ngx_table_elt_t  *h;
    const ngx_list_part_t  *p;

    connection = NULL;

    for (p = part; p; p = p->next) {
        h = p->elts;

        for (i = 0; i < p->nelts; i++) {
            if (ngx_rtalpha_gw_names_find(plan->request, h[i].hash,
                                          h[i].lowcase_key, h[i].key.len)
                == NGX_RTALPHA_GW_NAME_CONNECTION)
            {
                connection = &h[i].value;
            }
        }
    }

    ngx_rtalpha_json_key_lit(j, "stripped");
    ngx_rtalpha_json_array(j);

    for (p = part; p; p = p->next) {
        h = p->elts;

        for (i = 0; i < p->nelts; i++) {
            mark = ngx_rtalpha_gw_names_find(plan->request, h[i].hash,
                                             h[i].lowcase_key, h[i].key.len);
            why = ngx_rtalpha_gw_explain_marks[mark];

            if (mark >= NGX_RTALPHA_GW_NAME_XFF
                && mark <= NGX_RTALPHA_GW_NAME_FORWARDED && trusted)
            {
                continue;
            }

            if (mark == NGX_RTALPHA_GW_NAME_NONE && connection
                && ngx_rtalpha_gw_headers_named(connection, h[i].lowcase_key,
                                                h[i].key.len))
            {
                why = "Connection names it";
            }

            if (why) {
                ngx_rtalpha_json_object(j);
                ngx_rtalpha_json_key_lit(j, "name");
                ngx_rtalpha_json_str(j, &h[i].key);
                ngx_rtalpha_json_key_lit(j, "why");
                ngx_rtalpha_gw_explain_text(j, why);
                ngx_rtalpha_json_end(j);
            }
        }
    }

    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_gw_explain_limit(ngx_rtalpha_json_t *j, const char *name,
    ngx_msec_t value, const ngx_str_t *said, const char *usual)
{
    ngx_rtalpha_json_key(j, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "ms");

    if (value) {
        ngx_rtalpha_json_int(j, value);

    } else {
        ngx_rtalpha_json_null(j);
    }

    ngx_rtalpha_json_key_lit(j, "from");

    if (said) {
        ngx_rtalpha_json_str(j, said);

    } else if (value) {
        ngx_rtalpha_json_lit(j, "the route's tree");

    } else {
        ngx_rtalpha_gw_explain_text(j, usual);
    }

    ngx_rtalpha_json_end(j);
}


void
ngx_rtalpha_gw_explain_limits(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan)
{
    const ngx_str_t  *const  *said;

    said = plan->said;

    ngx_rtalpha_json_key_lit(j, "timeouts");
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_gw_explain_limit(j, "connect", plan->connect_timeout,
                                 said[NGX_RTALPHA_GW_SAID_CONNECT],
                                 "proxy_connect_timeout of @rtalpha_http");
    ngx_rtalpha_gw_explain_limit(j, "read", plan->read_timeout,
                                 said[NGX_RTALPHA_GW_SAID_READ],
                                 "proxy_read_timeout of @rtalpha_http");
    ngx_rtalpha_gw_explain_limit(j, "total", plan->total_timeout,
                                 said[NGX_RTALPHA_GW_SAID_TOTAL],
                                 "none");
    ngx_rtalpha_json_end(j);

    ngx_rtalpha_json_key_lit(j, "retries");
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "same");
    ngx_rtalpha_json_int(j, plan->retry ? plan->retry->same : 0);
    ngx_rtalpha_json_key_lit(j, "next");
    ngx_rtalpha_json_int(j, plan->retry ? plan->retry->next : 0);
    ngx_rtalpha_json_key_lit(j, "from");

    if (said[NGX_RTALPHA_GW_SAID_RETRIES]) {
        ngx_rtalpha_json_str(j, said[NGX_RTALPHA_GW_SAID_RETRIES]);

    } else {
        ngx_rtalpha_gw_explain_text(j, plan->retry ? "the route's tree"
                                                   : "none: a refused "
                                                     "connection only");
    }

    ngx_rtalpha_json_end(j);

    if (plan->fallback) {
        ngx_rtalpha_gw_explain_breaker(j, plan->fallback);
    }
}


static void
ngx_rtalpha_gw_explain_breaker(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_fallback_t *fallback)
{
    const ngx_rtalpha_gw_breaker_t  *b;

    static const char  *states[] = { "closed", "open", "trial" };

    b = fallback->state;

    ngx_rtalpha_json_key_lit(j, "breaker");
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "name");
    ngx_rtalpha_json_str(j, &fallback->name);
    ngx_rtalpha_json_key_lit(j, "state");
    ngx_rtalpha_gw_explain_text(j, states[b ? b->state % 3 : 0]);
    ngx_rtalpha_json_key_lit(j, "outcomes");
    ngx_rtalpha_json_int(j, b ? b->n : 0);
    ngx_rtalpha_json_key_lit(j, "failed");
    ngx_rtalpha_json_int(j, b ? b->failed : 0);

    if (fallback->uri.len) {
        ngx_rtalpha_json_key_lit(j, "fallback");
        ngx_rtalpha_json_str(j, &fallback->uri);
    }

    ngx_rtalpha_json_end(j);
}


void
ngx_rtalpha_gw_explain_candidates(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_plan_t *plan)
{
    ngx_uint_t               i;
    ngx_rtalpha_service_t   *service;
    ngx_rtalpha_gw_stat_t   *stat;
    ngx_rtalpha_instance_t  *in;

    ngx_rtalpha_json_key_lit(j, "candidates");
    ngx_rtalpha_json_array(j);

    service = (plan->kind == NGX_RTALPHA_GW_TO_SERVICE
               || plan->kind == NGX_RTALPHA_GW_TO_URL)
              ? ngx_rtalpha_gw_servers(plan) : NULL;

    for (i = 0; service && i < service->n && i < NGX_RTALPHA_GW_EXPLAIN_LOST;
         i++)
    {
        in = &service->instances[i];
        stat = plan->lb ? ngx_rtalpha_gw_peers_known(&service->name, &in->id)
                        : NULL;

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "id");
        ngx_rtalpha_json_str(j, &in->id);
        ngx_rtalpha_json_key_lit(j, "address");
        ngx_rtalpha_json_str(j, &in->addr);
        ngx_rtalpha_json_key_lit(j, "zone");
        ngx_rtalpha_json_str(j, &in->zone);
        ngx_rtalpha_json_key_lit(j, "weight");
        ngx_rtalpha_json_int(j, in->weight);
        ngx_rtalpha_json_key_lit(j, "secure");
        ngx_rtalpha_json_bool(j, in->secure);

        if (stat) {
            ngx_rtalpha_json_key_lit(j, "active");
            ngx_rtalpha_json_int(j, stat->active);
            ngx_rtalpha_json_key_lit(j, "failuresInARow");
            ngx_rtalpha_json_int(j, stat->row);
            ngx_rtalpha_json_key_lit(j, "ejectedUntil");
            ngx_rtalpha_json_int(j, stat->ejected);
        }

        ngx_rtalpha_json_end(j);
    }

    if (service) {
        ngx_rtalpha_services_release(service);
    }

    ngx_rtalpha_json_end(j);
}
