
/*
 * Predicate definitions of Spring Cloud Gateway into predicates.
 */


#include "ngx_rtalpha_gw_scg.h"
#include "ngx_rtalpha_gw_time.h"


typedef ngx_int_t (*ngx_rtalpha_gw_scg_pred_pt)(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);

typedef struct {
    ngx_str_t                    name;
    ngx_rtalpha_gw_scg_pred_pt   make;
} ngx_rtalpha_gw_scg_pred_t;


static ngx_int_t ngx_rtalpha_gw_scg_path(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_host(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_patterns(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_pred_t *pred, ngx_uint_t n,
    ngx_uint_t style, u_char separator);
static ngx_int_t ngx_rtalpha_gw_scg_method(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_header(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_query(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_cookie(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_value(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_pred_t *pred,
    const ngx_str_t *name, const ngx_str_t *expr);
static ngx_int_t ngx_rtalpha_gw_scg_after(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_before(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_between(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_when(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, const ngx_str_t *text, uint64_t *ms);
static ngx_int_t ngx_rtalpha_gw_scg_remote(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_xremote(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);
static ngx_int_t ngx_rtalpha_gw_scg_weight(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred);


static const ngx_rtalpha_gw_scg_pred_t  ngx_rtalpha_gw_scg_preds[] = {
    { ngx_string("Path"), ngx_rtalpha_gw_scg_path },
    { ngx_string("Host"), ngx_rtalpha_gw_scg_host },
    { ngx_string("Method"), ngx_rtalpha_gw_scg_method },
    { ngx_string("Header"), ngx_rtalpha_gw_scg_header },
    { ngx_string("Query"), ngx_rtalpha_gw_scg_query },
    { ngx_string("Cookie"), ngx_rtalpha_gw_scg_cookie },
    { ngx_string("After"), ngx_rtalpha_gw_scg_after },
    { ngx_string("Before"), ngx_rtalpha_gw_scg_before },
    { ngx_string("Between"), ngx_rtalpha_gw_scg_between },
    { ngx_string("RemoteAddr"), ngx_rtalpha_gw_scg_remote },
    { ngx_string("XForwardedRemoteAddr"), ngx_rtalpha_gw_scg_xremote },
    { ngx_string("Weight"), ngx_rtalpha_gw_scg_weight },
    { ngx_null_string, NULL }
};


ngx_int_t
ngx_rtalpha_gw_scg_predicate(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    const ngx_rtalpha_gw_scg_pred_t  *p;

    for (p = ngx_rtalpha_gw_scg_preds; p->make; p++) {
        if (ngx_rtalpha_str_eq(&p->name, &def->name)) {
            return p->make(s, rule, def, pred);
        }
    }

    return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                     "there is no predicate \"%V\" here",
                                     &def->name);
}


static ngx_int_t
ngx_rtalpha_gw_scg_path(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_pred_t *pred)
{
    ngx_flag_t     slash;
    ngx_uint_t     n;
    ngx_keyval_t  *kv;

    pred->type = NGX_RTALPHA_GW_PRED_PATH;
    kv = def->args.elts;
    n = def->args.nelts;
    slash = 1;

    /* the last value may be the flag for the slash at the end */

    if (n > 1
        && (ngx_rtalpha_str_is(&kv[n - 1].value, "true")
            || ngx_rtalpha_str_is(&kv[n - 1].value, "false")))
    {
        slash = ngx_rtalpha_str_is(&kv[n - 1].value, "true");
        n--;
    }

    return ngx_rtalpha_gw_scg_patterns(s, def, pred, n,
                                       slash ? s->style : NGX_RTALPHA_GW_PATH,
                                       '/');
}


static ngx_int_t
ngx_rtalpha_gw_scg_host(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_pred_t *pred)
{
    pred->type = NGX_RTALPHA_GW_PRED_HOST;

    return ngx_rtalpha_gw_scg_patterns(s, def, pred, def->args.nelts,
                                       NGX_RTALPHA_GW_ANT, '.');
}


static ngx_int_t
ngx_rtalpha_gw_scg_patterns(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_pred_t *pred, ngx_uint_t n,
    ngx_uint_t style, u_char separator)
{
    u_char         *p;
    ngx_int_t       rc;
    ngx_str_t       text, error;
    ngx_uint_t      i;
    ngx_keyval_t   *kv;

    if (n == 0) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" needs a pattern",
                                         &def->name);
    }

    kv = def->args.elts;
    pred->n = n;
    pred->u.patterns = ngx_palloc(s->table->pool,
                                  n * sizeof(ngx_rtalpha_gw_pattern_t));
    if (pred->u.patterns == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        text = kv[i].value;

        if (separator == '/' && (text.len == 0 || text.data[0] != '/')) {
            p = ngx_pnalloc(s->table->pool, text.len + 1);
            if (p == NULL) {
                return NGX_ERROR;
            }

            *p = '/';
            (void) ngx_rtalpha_put(p + 1, &text);
            text.data = p;
            text.len++;

            if (ngx_rtalpha_report_add(s->table->report, def->prop,
                           NGX_RTALPHA_BIND_DIFFERENT,
                           "a pattern without its slash works as meant")
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        rc = ngx_rtalpha_gw_pattern_compile(s->table->pool,
                                            &pred->u.patterns[i], &text,
                                            style, separator, &error);
        if (rc == NGX_DECLINED) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop, "%V", &error);
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_method(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    u_char        *p, *start, *last;
    ngx_str_t     *method;
    ngx_uint_t     i;
    ngx_array_t    list;
    ngx_keyval_t  *kv;

    if (ngx_array_init(&list, s->table->pool, 2, sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    kv = def->args.elts;

    for (i = 0; i < def->args.nelts; i++) {
        start = kv[i].value.data;
        last = start + kv[i].value.len;

        for ( /* void */ ; start < last; start = p + 1) {

            for (p = start; p < last && *p != ','; p++) { /* void */ }

            while (start < p && *start == ' ') {
                start++;
            }

            method = ngx_array_push(&list);
            if (method == NULL) {
                return NGX_ERROR;
            }

            method->data = start;
            method->len = p - start;
        }
    }

    pred->type = NGX_RTALPHA_GW_PRED_METHOD;
    pred->n = list.nelts;
    pred->u.methods = list.elts;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_scg_regex(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_def_t *def,
    const ngx_str_t *expr, ngx_rtalpha_gw_regex_t **regex)
{
    ngx_str_t  error;

    *regex = ngx_rtalpha_gw_regex_compile(s->table->pool, expr, &error);

    if (*regex) {
        return NGX_OK;
    }

    return error.data ? ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                                  "the expression: %V",
                                                  &error)
                      : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_gw_scg_value(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred, const ngx_str_t *name,
    const ngx_str_t *expr)
{
    if (name == NULL) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" needs a name", &def->name);
    }

    pred->u.value.name = (ngx_str_t *) name;
    pred->u.value.regex = NULL;

    return expr ? ngx_rtalpha_gw_scg_regex(s, def, expr,
                                           &pred->u.value.regex)
                : NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_header(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    pred->type = NGX_RTALPHA_GW_PRED_HEADER;

    return ngx_rtalpha_gw_scg_value(s, def, pred,
                               ngx_rtalpha_gw_def_arg(def, 0, "header"),
                               ngx_rtalpha_gw_def_arg(def, 1, "regexp"));
}


static ngx_int_t
ngx_rtalpha_gw_scg_query(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    pred->type = NGX_RTALPHA_GW_PRED_QUERY;

    return ngx_rtalpha_gw_scg_value(s, def, pred,
                               ngx_rtalpha_gw_def_arg(def, 0, "param"),
                               ngx_rtalpha_gw_def_arg(def, 1, "regexp"));
}


static ngx_int_t
ngx_rtalpha_gw_scg_cookie(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    pred->type = NGX_RTALPHA_GW_PRED_COOKIE;

    return ngx_rtalpha_gw_scg_value(s, def, pred,
                               ngx_rtalpha_gw_def_arg(def, 0, "name"),
                               ngx_rtalpha_gw_def_arg(def, 1, "regexp"));
}


static ngx_int_t
ngx_rtalpha_gw_scg_after(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    pred->type = NGX_RTALPHA_GW_PRED_TIME;

    return ngx_rtalpha_gw_scg_when(s, def,
                                   ngx_rtalpha_gw_def_arg(def, 0, "datetime"),
                                   &pred->u.time.after);
}


static ngx_int_t
ngx_rtalpha_gw_scg_before(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    pred->type = NGX_RTALPHA_GW_PRED_TIME;

    return ngx_rtalpha_gw_scg_when(s, def,
                                   ngx_rtalpha_gw_def_arg(def, 0, "datetime"),
                                   &pred->u.time.before);
}


static ngx_int_t
ngx_rtalpha_gw_scg_between(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    ngx_int_t  rc;

    pred->type = NGX_RTALPHA_GW_PRED_TIME;

    rc = ngx_rtalpha_gw_scg_when(s, def,
                                 ngx_rtalpha_gw_def_arg(def, 0, "datetime1"),
                                 &pred->u.time.after);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_rtalpha_gw_scg_when(s, def,
                                 ngx_rtalpha_gw_def_arg(def, 1, "datetime2"),
                                 &pred->u.time.before);

    if (rc == NGX_OK && pred->u.time.before <= pred->u.time.after) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" ends before it begins",
                                         &def->name);
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_scg_when(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_def_t *def,
    const ngx_str_t *text, uint64_t *ms)
{
    if (text == NULL) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop, "\"%V\" needs a time",
                                         &def->name);
    }

    if (ngx_rtalpha_gw_time_parse(text, ms) != NGX_OK) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a time with an "
                                         "offset", (ngx_str_t *) text);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_remote(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = def->args.elts;
    pred->type = NGX_RTALPHA_GW_PRED_REMOTE;
    pred->u.cidrs = ngx_pcalloc(s->table->pool,
                                ngx_max(def->args.nelts, 1)
                                * sizeof(ngx_cidr_t));
    if (pred->u.cidrs == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < def->args.nelts; i++) {
        if (ngx_ptocidr(&kv[i].value, &pred->u.cidrs[i]) == NGX_ERROR) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not an address range",
                                             &kv[i].value);
        }
    }

    pred->n = def->args.nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_xremote(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    ngx_int_t         rc;
    ngx_uint_t        i, n;
    ngx_keyval_t     *kv;
    const ngx_str_t  *depth;

    depth = ngx_rtalpha_gw_def_arg(def, (ngx_uint_t) -1, "max-trusted-index");
    kv = def->args.elts;
    n = 0;

    for (i = 0; i < def->args.nelts; i++) {
        if (&kv[i].value != depth) {
            kv[n++] = kv[i];

        } else {
            rc = ngx_atoi(depth->data, depth->len);
            pred->depth = (rc > 0) ? rc : 1;
        }
    }

    def->args.nelts = n;
    rc = ngx_rtalpha_gw_scg_remote(s, rule, def, pred);
    pred->type = NGX_RTALPHA_GW_PRED_FORWARDED;

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_scg_weight(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    ngx_rtalpha_gw_pred_t *pred)
{
    ngx_int_t                 n;
    ngx_uint_t                i, *weights;
    const ngx_str_t          *name, *weight;
    ngx_rtalpha_gw_group_t  **slot, *group;

    name = ngx_rtalpha_gw_def_arg(def, 0, "group");
    weight = ngx_rtalpha_gw_def_arg(def, 1, "weight");
    n = weight ? ngx_atoi(weight->data, weight->len) : NGX_ERROR;

    if (name == NULL || n == NGX_ERROR || n > 1000000) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" needs a group and a weight",
                                         &def->name);
    }

    group = NULL;
    slot = s->groups.elts;

    for (i = 0; i < s->groups.nelts; i++) {
        if (ngx_rtalpha_str_eq(&slot[i]->name, name)) {
            group = slot[i];
            break;
        }
    }

    if (group == NULL) {
        group = ngx_pcalloc(s->table->pool, sizeof(ngx_rtalpha_gw_group_t));
        slot = ngx_array_push(&s->groups);

        if (group == NULL || slot == NULL) {
            return NGX_ERROR;
        }

        group->name = *name;
        *slot = group;
    }

    weights = ngx_palloc(s->table->pool,
                         (group->n + 1) * sizeof(ngx_uint_t));
    if (weights == NULL) {
        return NGX_ERROR;
    }

    if (group->n) {
        ngx_memcpy(weights, group->weights, group->n * sizeof(ngx_uint_t));
    }

    weights[group->n] = n;

    pred->type = NGX_RTALPHA_GW_PRED_WEIGHT;
    pred->u.group = group;
    pred->n = group->n++;
    group->weights = weights;
    group->total += n;

    return NGX_OK;
}
