
/*
 * Filter definitions of Spring Cloud Gateway into operations and plans.
 */


#include "ngx_rtalpha_gw_scg.h"


typedef struct ngx_rtalpha_gw_scg_filter_s  ngx_rtalpha_gw_scg_filter_t;

typedef ngx_int_t (*ngx_rtalpha_gw_scg_filter_pt)(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);

struct ngx_rtalpha_gw_scg_filter_s {
    ngx_str_t                      name;
    ngx_rtalpha_gw_scg_filter_pt   make;
    ngx_uint_t                     op;
    const char                    *args[2];     /* of the first two values */
};


static ngx_rtalpha_gw_op_t *ngx_rtalpha_gw_scg_op(
    ngx_rtalpha_gw_rule_t *rule, ngx_uint_t type);
static ngx_int_t ngx_rtalpha_gw_scg_need(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, const ngx_str_t *value, const char *name);
static void ngx_rtalpha_gw_scg_op_value(ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_op_t *op, const ngx_str_t *value);
static ngx_int_t ngx_rtalpha_gw_scg_pair(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_named(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_template(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_absent(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_strip(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_rewrite(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_rewrite_answer(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_regex(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, const ngx_str_t *expr,
    ngx_rtalpha_gw_regex_t **regex);
static ngx_int_t ngx_rtalpha_gw_scg_unescape(ngx_pool_t *pool,
    const ngx_str_t *text, ngx_str_t *result);
static ngx_int_t ngx_rtalpha_gw_scg_size(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_redirect(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_set_status(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_dedupe(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_location(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_secure(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_members(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_retry(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_retry_statuses(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry);
static ngx_int_t ngx_rtalpha_gw_scg_retry_methods(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry);
static ngx_uint_t ngx_rtalpha_gw_scg_next(const ngx_str_t *list, size_t *pos,
    ngx_str_t *item);
static ngx_int_t ngx_rtalpha_gw_scg_breaker(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_nothing(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_java(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);


static const ngx_rtalpha_gw_scg_filter_t  ngx_rtalpha_gw_scg_table[] = {

    { ngx_string("AddRequestHeader"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_ADD_HEADER, { "name", "value" } },
    { ngx_string("SetRequestHeader"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_SET_HEADER, { "name", "value" } },
    { ngx_string("AddRequestHeadersIfNotPresent"), ngx_rtalpha_gw_scg_absent,
      NGX_RTALPHA_GW_ADD_ABSENT, { NULL, NULL } },
    { ngx_string("RemoveRequestHeader"), ngx_rtalpha_gw_scg_named,
      NGX_RTALPHA_GW_REMOVE_HEADER, { "name", NULL } },
    { ngx_string("MapRequestHeader"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_MAP_HEADER, { "from-header", "to-header" } },
    { ngx_string("AddRequestParameter"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_ADD_PARAM, { "name", "value" } },
    { ngx_string("RemoveRequestParameter"), ngx_rtalpha_gw_scg_named,
      NGX_RTALPHA_GW_REMOVE_PARAM, { "name", NULL } },
    { ngx_string("RewriteRequestParameter"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_REWRITE_PARAM, { "name", "replacement" } },
    { ngx_string("PrefixPath"), ngx_rtalpha_gw_scg_template,
      NGX_RTALPHA_GW_PREFIX_PATH, { "prefix", NULL } },
    { ngx_string("StripPrefix"), ngx_rtalpha_gw_scg_strip,
      NGX_RTALPHA_GW_STRIP_PREFIX, { "parts", NULL } },
    { ngx_string("SetPath"), ngx_rtalpha_gw_scg_template,
      NGX_RTALPHA_GW_SET_PATH, { "template", NULL } },
    { ngx_string("RewritePath"), ngx_rtalpha_gw_scg_rewrite,
      NGX_RTALPHA_GW_REWRITE_PATH, { "regexp", "replacement" } },
    { ngx_string("SetRequestUri"), ngx_rtalpha_gw_scg_template,
      NGX_RTALPHA_GW_SET_URI, { "template", NULL } },
    { ngx_string("RequestHeaderToRequestUri"), ngx_rtalpha_gw_scg_named,
      NGX_RTALPHA_GW_HEADER_URI, { "name", NULL } },
    { ngx_string("PreserveHostHeader"), ngx_rtalpha_gw_scg_nothing,
      NGX_RTALPHA_GW_KEEP_HOST, { NULL, NULL } },
    { ngx_string("SetRequestHostHeader"), ngx_rtalpha_gw_scg_template,
      NGX_RTALPHA_GW_SET_HOST, { "host", NULL } },
    { ngx_string("RequestSize"), ngx_rtalpha_gw_scg_size,
      NGX_RTALPHA_GW_REQUEST_SIZE, { "max-size", NULL } },
    { ngx_string("RequestHeaderSize"), ngx_rtalpha_gw_scg_size,
      NGX_RTALPHA_GW_HEADER_SIZE, { "max-size", "error-header-name" } },
    { ngx_string("RedirectTo"), ngx_rtalpha_gw_scg_redirect,
      NGX_RTALPHA_GW_REDIRECT, { "status", "url" } },
    { ngx_string("AddResponseHeader"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_ADD_ANSWER, { "name", "value" } },
    { ngx_string("SetResponseHeader"), ngx_rtalpha_gw_scg_pair,
      NGX_RTALPHA_GW_SET_ANSWER, { "name", "value" } },
    { ngx_string("RemoveResponseHeader"), ngx_rtalpha_gw_scg_named,
      NGX_RTALPHA_GW_REMOVE_ANSWER, { "name", NULL } },
    { ngx_string("RewriteResponseHeader"), ngx_rtalpha_gw_scg_rewrite_answer,
      NGX_RTALPHA_GW_REWRITE_ANSWER, { "name", "regexp" } },
    { ngx_string("DedupeResponseHeader"), ngx_rtalpha_gw_scg_dedupe,
      NGX_RTALPHA_GW_DEDUPE_ANSWER, { "name", "strategy" } },
    { ngx_string("RewriteLocationResponseHeader"),
      ngx_rtalpha_gw_scg_location, NGX_RTALPHA_GW_LOCATION_ANSWER,
      { "strip-version", "location-header-name" } },
    { ngx_string("SetStatus"), ngx_rtalpha_gw_scg_set_status,
      NGX_RTALPHA_GW_STATUS_ANSWER, { "status", NULL } },
    { ngx_string("SecureHeaders"), ngx_rtalpha_gw_scg_secure,
      NGX_RTALPHA_GW_ADD_ANSWER, { NULL, NULL } },
    { ngx_string("RemoveJsonAttributesResponseBody"),
      ngx_rtalpha_gw_scg_members, 0, { NULL, NULL } },
    { ngx_string("Retry"), ngx_rtalpha_gw_scg_retry, 0, { NULL, NULL } },
    { ngx_string("CircuitBreaker"), ngx_rtalpha_gw_scg_breaker, 0,
      { "name", NULL } },

    /* nothing is to be done for these */
    { ngx_string("SaveSession"), NULL, 0, { NULL, NULL } },
    { ngx_string("CacheRequestBody"), NULL, 0, { NULL, NULL } },
    { ngx_string("FallbackHeaders"), NULL, 0, { NULL, NULL } },

    { ngx_null_string, ngx_rtalpha_gw_scg_java, 0, { NULL, NULL } }
};


ngx_int_t
ngx_rtalpha_gw_scg_filter(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def)
{
    const ngx_rtalpha_gw_scg_filter_t  *f;

    for (f = ngx_rtalpha_gw_scg_table; f->name.len; f++) {
        if (ngx_rtalpha_str_eq(&f->name, &def->name)) {
            return f->make ? f->make(s, rule, def, f) : NGX_OK;
        }
    }

    return f->make(s, rule, def, f);
}


static ngx_int_t
ngx_rtalpha_gw_scg_java(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, const ngx_rtalpha_gw_scg_filter_t *f)
{
    return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                     "there is no filter \"%V\" here",
                                     &def->name);
}


static ngx_rtalpha_gw_op_t *
ngx_rtalpha_gw_scg_op(ngx_rtalpha_gw_rule_t *rule, ngx_uint_t type)
{
    ngx_rtalpha_gw_op_t  *op;

    op = ngx_array_push(type >= NGX_RTALPHA_GW_ADD_ANSWER
                        ? &rule->plan.edits->answer
                        : &rule->plan.edits->request);
    if (op) {
        ngx_memzero(op, sizeof(ngx_rtalpha_gw_op_t));
        op->type = type;
    }

    return op;
}


static ngx_int_t
ngx_rtalpha_gw_scg_need(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_def_t *def,
    const ngx_str_t *value, const char *name)
{
    return value ? NGX_OK
                 : ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" needs more values",
                                             &def->name);
}


static void
ngx_rtalpha_gw_scg_op_value(ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_op_t *op, const ngx_str_t *value)
{
    op->value = *value;

    if (ngx_strlchr(value->data, value->data + value->len, '{') != NULL) {
        op->vars = 1;
        rule->match.vars = 1;
    }
}


static ngx_int_t
ngx_rtalpha_gw_scg_pair(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t             rc;
    const ngx_str_t      *name, *value, *flag;
    ngx_rtalpha_gw_op_t  *op;

    name = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    value = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);

    rc = ngx_rtalpha_gw_scg_need(s, def, name && value ? name : NULL, "");
    if (rc != NGX_OK) {
        return rc;
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->name = *name;
    ngx_rtalpha_gw_scg_op_value(rule, op, value);

    if (f->op == NGX_RTALPHA_GW_ADD_ANSWER) {
        flag = ngx_rtalpha_gw_def_arg(def, 2, "override");
        op->flag = flag && ngx_rtalpha_str_is(flag, "false");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_named(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t             rc;
    const ngx_str_t      *name;
    ngx_rtalpha_gw_op_t  *op;

    name = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);

    rc = ngx_rtalpha_gw_scg_need(s, def, name, f->args[0]);
    if (rc != NGX_OK) {
        return rc;
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->name = *name;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_template(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t             rc;
    const ngx_str_t      *value;
    ngx_rtalpha_gw_op_t  *op;

    value = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);

    rc = ngx_rtalpha_gw_scg_need(s, def, value, f->args[0]);
    if (rc != NGX_OK) {
        return rc;
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_gw_scg_op_value(rule, op, value);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_nothing(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    return ngx_rtalpha_gw_scg_op(rule, f->op) ? NGX_OK : NGX_ERROR;
}


/* "name:value" each; n: how many of the same name came before */

static ngx_int_t
ngx_rtalpha_gw_scg_absent(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    u_char               *colon, *last;
    ngx_str_t             value;
    ngx_uint_t            i, k, first;
    ngx_keyval_t         *kv;
    ngx_rtalpha_gw_op_t  *op, *ops;

    kv = def->args.elts;
    first = rule->plan.edits->request.nelts;

    for (i = 0; i < def->args.nelts; i++) {
        last = kv[i].value.data + kv[i].value.len;
        colon = ngx_strlchr(kv[i].value.data, last, ':');

        if (colon == NULL) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not name:value",
                                             &kv[i].value);
        }

        op = ngx_rtalpha_gw_scg_op(rule, f->op);
        if (op == NULL) {
            return NGX_ERROR;
        }

        op->name.data = kv[i].value.data;
        op->name.len = colon - op->name.data;
        value.data = colon + 1;
        value.len = last - value.data;
        ngx_rtalpha_gw_scg_op_value(rule, op, &value);

        ops = rule->plan.edits->request.elts;

        for (k = first; &ops[k] != op; k++) {
            op->n += ops[k].name.len == op->name.len
                     && ngx_strncasecmp(ops[k].name.data, op->name.data,
                                        op->name.len) == 0;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_strip(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t             n;
    const ngx_str_t      *parts;
    ngx_rtalpha_gw_op_t  *op;

    parts = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    n = parts ? ngx_atoi(parts->data, parts->len) : 1;

    if (n == NGX_ERROR || n > 1000) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a number of segments",
                                         (ngx_str_t *) parts);
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->n = n;

    return NGX_OK;
}


static ngx_int_t
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


/* "$\{" is how a group is written where "${" would be a placeholder */

static ngx_int_t
ngx_rtalpha_gw_scg_unescape(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *result)
{
    u_char  *d;
    size_t   i;

    result->data = ngx_pnalloc(pool, text->len + 1);
    if (result->data == NULL) {
        return NGX_ERROR;
    }

    d = result->data;

    for (i = 0; i < text->len; i++) {
        *d++ = text->data[i];

        if (text->data[i] == '$' && i + 1 < text->len
            && text->data[i + 1] == '\\')
        {
            i++;
        }
    }

    result->len = d - result->data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_rewrite(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t             rc;
    const ngx_str_t      *expr, *text;
    ngx_rtalpha_gw_op_t  *op;

    expr = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    text = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);

    rc = ngx_rtalpha_gw_scg_need(s, def, expr && text ? expr : NULL, "");
    if (rc != NGX_OK) {
        return rc;
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);

    if (op == NULL
        || ngx_rtalpha_gw_scg_unescape(s->table->pool, text, &op->value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_gw_scg_regex(s, def, expr, &op->regex);
}


static ngx_int_t
ngx_rtalpha_gw_scg_rewrite_answer(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t             rc;
    const ngx_str_t      *name, *expr, *text;
    ngx_rtalpha_gw_op_t  *op;

    name = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    expr = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);
    text = ngx_rtalpha_gw_def_arg(def, 2, "replacement");

    rc = ngx_rtalpha_gw_scg_need(s, def, name && expr && text ? expr : NULL,
                                 "");
    if (rc != NGX_OK) {
        return rc;
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);

    if (op == NULL
        || ngx_rtalpha_gw_scg_unescape(s->table->pool, text, &op->value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    op->name = *name;

    return ngx_rtalpha_gw_scg_regex(s, def, expr, &op->regex);
}


/* the short form of RequestSize binds nothing in Spring either */

static ngx_int_t
ngx_rtalpha_gw_scg_size(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, const ngx_rtalpha_gw_scg_filter_t *f)
{
    size_t                n;
    const ngx_str_t      *size, *name;
    ngx_rtalpha_gw_op_t  *op;

    size = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    name = NULL;
    n = 16000;

    if (f->op == NGX_RTALPHA_GW_REQUEST_SIZE) {
        n = 5000000;

        if (def->shortcut) {
            size = NULL;
        }

    } else {
        name = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);
    }

    if (size && ngx_rtalpha_bind_size(size, &n) != NGX_OK) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a size",
                                         (ngx_str_t *) size);
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->n = n;
    ngx_str_set(&op->name, "errorMessage");

    if (name) {
        op->name = *name;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_gw_scg_status(const ngx_str_t *text)
{
    ngx_int_t   n;
    ngx_uint_t  i;

    static struct {
        ngx_str_t   name;
        ngx_uint_t  status;
    } names[] = {
        { ngx_string("OK"), 200 }, { ngx_string("CREATED"), 201 },
        { ngx_string("ACCEPTED"), 202 }, { ngx_string("NO_CONTENT"), 204 },
        { ngx_string("MOVED_PERMANENTLY"), 301 }, { ngx_string("FOUND"), 302 },
        { ngx_string("SEE_OTHER"), 303 }, { ngx_string("NOT_MODIFIED"), 304 },
        { ngx_string("TEMPORARY_REDIRECT"), 307 },
        { ngx_string("PERMANENT_REDIRECT"), 308 },
        { ngx_string("BAD_REQUEST"), 400 }, { ngx_string("UNAUTHORIZED"), 401 },
        { ngx_string("PAYMENT_REQUIRED"), 402 },
        { ngx_string("FORBIDDEN"), 403 }, { ngx_string("NOT_FOUND"), 404 },
        { ngx_string("METHOD_NOT_ALLOWED"), 405 },
        { ngx_string("NOT_ACCEPTABLE"), 406 },
        { ngx_string("REQUEST_TIMEOUT"), 408 }, { ngx_string("CONFLICT"), 409 },
        { ngx_string("GONE"), 410 }, { ngx_string("LENGTH_REQUIRED"), 411 },
        { ngx_string("PRECONDITION_FAILED"), 412 },
        { ngx_string("PAYLOAD_TOO_LARGE"), 413 },
        { ngx_string("URI_TOO_LONG"), 414 },
        { ngx_string("UNSUPPORTED_MEDIA_TYPE"), 415 },
        { ngx_string("I_AM_A_TEAPOT"), 418 },
        { ngx_string("UNPROCESSABLE_ENTITY"), 422 },
        { ngx_string("LOCKED"), 423 }, { ngx_string("TOO_EARLY"), 425 },
        { ngx_string("PRECONDITION_REQUIRED"), 428 },
        { ngx_string("TOO_MANY_REQUESTS"), 429 },
        { ngx_string("REQUEST_HEADER_FIELDS_TOO_LARGE"), 431 },
        { ngx_string("UNAVAILABLE_FOR_LEGAL_REASONS"), 451 },
        { ngx_string("INTERNAL_SERVER_ERROR"), 500 },
        { ngx_string("NOT_IMPLEMENTED"), 501 },
        { ngx_string("BAD_GATEWAY"), 502 },
        { ngx_string("SERVICE_UNAVAILABLE"), 503 },
        { ngx_string("GATEWAY_TIMEOUT"), 504 },
        { ngx_string("INSUFFICIENT_STORAGE"), 507 }
    };

    n = ngx_atoi(text->data, text->len);

    if (n >= 100 && n <= 999) {
        return n;
    }

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].name.len == text->len
            && ngx_strncasecmp(names[i].name.data, text->data, text->len)
               == 0)
        {
            return names[i].status;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_gw_scg_redirect(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_uint_t            n;
    const ngx_str_t      *status, *url, *flag;
    ngx_rtalpha_gw_op_t  *op;

    status = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    url = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);
    flag = ngx_rtalpha_gw_def_arg(def, 2, "include-request-params");
    n = status ? ngx_rtalpha_gw_scg_status(status) : 0;

    if (n < 300 || n > 399 || url == NULL) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" needs a 3xx and a URL",
                                         &def->name);
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->n = n;
    op->value = *url;
    op->flag = flag && ngx_rtalpha_str_is(flag, "true");

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_set_status(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_uint_t            n;
    const ngx_str_t      *status;
    ngx_rtalpha_gw_op_t  *op;

    status = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    n = status ? ngx_rtalpha_gw_scg_status(status) : 0;

    if (n < 200) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" needs a status", &def->name);
    }

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->n = n;
    op->name = s->original;

    return NGX_OK;
}


/* one operation for each of the names */

static ngx_int_t
ngx_rtalpha_gw_scg_dedupe(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    u_char               *p, *start, *last;
    ngx_int_t             rc;
    ngx_uint_t            keep;
    const ngx_str_t      *names, *how;
    ngx_rtalpha_gw_op_t  *op;

    names = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    how = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);

    rc = ngx_rtalpha_gw_scg_need(s, def, names, f->args[0]);
    if (rc != NGX_OK) {
        return rc;
    }

    keep = NGX_RTALPHA_GW_RETAIN_FIRST;

    if (how && ngx_rtalpha_str_is(how, "RETAIN_LAST")) {
        keep = NGX_RTALPHA_GW_RETAIN_LAST;

    } else if (how && ngx_rtalpha_str_is(how, "RETAIN_UNIQUE")) {
        keep = NGX_RTALPHA_GW_RETAIN_UNIQUE;

    } else if (how && !ngx_rtalpha_str_is(how, "RETAIN_FIRST")) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a strategy",
                                         (ngx_str_t *) how);
    }

    start = names->data;
    last = start + names->len;

    for ( /* void */ ; start < last; start = p + 1) {

        for (p = start; p < last && *p != ' '; p++) { /* void */ }

        if (p == start) {
            continue;
        }

        op = ngx_rtalpha_gw_scg_op(rule, f->op);
        if (op == NULL) {
            return NGX_ERROR;
        }

        op->name.data = start;
        op->name.len = p - start;
        op->n = keep;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_location(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    const ngx_str_t      *how, *name, *host, *protocols;
    ngx_rtalpha_gw_op_t  *op;

    static ngx_str_t      usual = ngx_string("https?|ftps?");

    how = ngx_rtalpha_gw_def_arg(def, 0, f->args[0]);
    name = ngx_rtalpha_gw_def_arg(def, 1, f->args[1]);
    host = ngx_rtalpha_gw_def_arg(def, 2, "host-value");
    protocols = ngx_rtalpha_gw_def_arg(def, 3, "protocols");

    op = ngx_rtalpha_gw_scg_op(rule, f->op);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->n = NGX_RTALPHA_GW_STRIP_AS_IN_REQUEST;
    ngx_str_set(&op->name, "Location");

    if (how && ngx_rtalpha_str_is(how, "NEVER_STRIP")) {
        op->n = NGX_RTALPHA_GW_STRIP_NEVER;

    } else if (how && ngx_rtalpha_str_is(how, "ALWAYS_STRIP")) {
        op->n = NGX_RTALPHA_GW_STRIP_ALWAYS;

    } else if (how && !ngx_rtalpha_str_is(how, "AS_IN_REQUEST")) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a strategy",
                                         (ngx_str_t *) how);
    }

    if (name) {
        op->name = *name;
    }

    if (host) {
        op->value = *host;
    }

    return ngx_rtalpha_gw_scg_regex(s, def, protocols ? protocols : &usual,
                                    &op->regex);
}


static ngx_int_t
ngx_rtalpha_gw_scg_secure(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    u_char                     key[96];
    ngx_str_t                 *text;
    ngx_uint_t                 i, k, off;
    ngx_array_t               *list[2];
    ngx_rtalpha_gw_op_t       *op;
    const ngx_rtalpha_prop_t  *prop;

    static struct {
        ngx_str_t    name;
        const char  *key;
        ngx_str_t    value;
    } fields[] = {
        { ngx_string("X-Xss-Protection"), "xss-protection-header",
          ngx_string("1 ; mode=block") },
        { ngx_string("Strict-Transport-Security"),
          "strict-transport-security", ngx_string("max-age=631138519") },
        { ngx_string("X-Frame-Options"), "frame-options",
          ngx_string("DENY") },
        { ngx_string("X-Content-Type-Options"), "content-type-options",
          ngx_string("nosniff") },
        { ngx_string("Referrer-Policy"), "referrer-policy",
          ngx_string("no-referrer") },
        { ngx_string("Content-Security-Policy"), "content-security-policy",
          ngx_string("default-src 'self' https:; font-src 'self' https: "
                     "data:; img-src 'self' https: data:; object-src "
                     "'none'; script-src https:; style-src 'self' https: "
                     "'unsafe-inline'") },
        { ngx_string("X-Download-Options"), "download-options",
          ngx_string("noopen") },
        { ngx_string("X-Permitted-Cross-Domain-Policies"),
          "permitted-cross-domain-policies", ngx_string("none") },
        { ngx_string("Permissions-Policy"), "permissions-policy",
          ngx_string("accelerometer=(), ambient-light-sensor=(), "
                     "autoplay=(), battery=(), camera=(), "
                     "cross-origin-isolated=(), display-capture=(), "
                     "document-domain=(), encrypted-media=(), "
                     "execution-while-not-rendered=(), "
                     "execution-while-out-of-viewport=(), fullscreen=(), "
                     "geolocation=(), gyroscope=(), keyboard-map=(), "
                     "magnetometer=(), microphone=(), midi=(), "
                     "navigation-override=(), payment=(), "
                     "picture-in-picture=(), publickey-credentials-get=(), "
                     "screen-wake-lock=(), sync-xhr=(), usb=(), "
                     "web-share=(), xr-spatial-tracking=()") }
    };

    if (ngx_rtalpha_gw_scg_list(s, "filter.secure-headers.disable", &list[0])
        != NGX_OK
        || ngx_rtalpha_gw_scg_list(s, "filter.secure-headers.enable",
                                   &list[1])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {

        /* the last one is off unless it is asked for */
        off = (i + 1 == sizeof(fields) / sizeof(fields[0]));

        for (k = 0; list[off] && k < list[off]->nelts; k++) {
            text = (ngx_str_t *) list[off]->elts + k;

            if (text->len == fields[i].name.len
                && ngx_strncasecmp(text->data, fields[i].name.data,
                                   text->len)
                   == 0)
            {
                off = !off;
                break;
            }
        }

        if (off) {
            continue;
        }

        op = ngx_rtalpha_gw_scg_op(rule, f->op);
        if (op == NULL) {
            return NGX_ERROR;
        }

        op->flag = 1;
        op->name = fields[i].name;
        op->value = fields[i].value;

        (void) ngx_snprintf(key, sizeof(key), "filter.secure-headers.%s%Z",
                            fields[i].key);
        prop = ngx_rtalpha_gw_scg_find(s, (char *) key);

        if (prop) {
            op->value = prop->text;
        }
    }

    return NGX_OK;
}


/* names, and perhaps a flag for objects within objects at the end */

static ngx_int_t
ngx_rtalpha_gw_scg_members(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_str_t               *name;
    ngx_uint_t               i, n;
    ngx_keyval_t            *kv;
    ngx_rtalpha_gw_edits_t  *edits;

    edits = rule->plan.edits;
    kv = def->args.elts;
    n = def->args.nelts;

    if (n && (ngx_rtalpha_str_is(&kv[n - 1].value, "true")
              || ngx_rtalpha_str_is(&kv[n - 1].value, "false")))
    {
        edits->deep = ngx_rtalpha_str_is(&kv[n - 1].value, "true");
        n--;
    }

    edits->members = ngx_array_create(s->table->pool, ngx_max(n, 1),
                                      sizeof(ngx_str_t));
    if (edits->members == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        name = ngx_array_push(edits->members);
        if (name == NULL) {
            return NGX_ERROR;
        }

        *name = kv[i].value;
    }

    return NGX_OK;
}


/* next item of a list with commas; 0: no more */

static ngx_uint_t
ngx_rtalpha_gw_scg_next(const ngx_str_t *list, size_t *pos, ngx_str_t *item)
{
    size_t  start;

    while (*pos < list->len) {

        for (start = *pos; *pos < list->len && list->data[*pos] != ',';
             (*pos)++)
        {
            /* void */
        }

        item->data = list->data + start;
        item->len = *pos - start;
        (*pos)++;

        while (item->len && item->data[0] == ' ') {
            item->data++;
            item->len--;
        }

        while (item->len && item->data[item->len - 1] == ' ') {
            item->len--;
        }

        if (item->len) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_gw_scg_retry(ngx_rtalpha_gw_scg_t *s, ngx_rtalpha_gw_rule_t *rule,
    ngx_rtalpha_gw_def_t *def, const ngx_rtalpha_gw_scg_filter_t *f)
{
    ngx_int_t                n, rc;
    const ngx_str_t         *text;
    ngx_rtalpha_gw_retry_t  *retry;

    text = ngx_rtalpha_gw_def_arg(def, 0, "retries");
    n = text ? ngx_atoi(text->data, text->len) : 3;

    if (n == NGX_ERROR || n > 100) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a number of retries",
                                         (ngx_str_t *) text);
    }

    retry = ngx_pcalloc(s->table->pool, sizeof(ngx_rtalpha_gw_retry_t));
    if (retry == NULL) {
        return NGX_ERROR;
    }

    retry->next = n;
    retry->timeouts = 1;
    retry->closed = 1;
    rule->plan.retry = retry;

    rc = ngx_rtalpha_gw_scg_retry_statuses(s, def, retry);

    return rc == NGX_OK ? ngx_rtalpha_gw_scg_retry_methods(s, def, retry)
                        : rc;
}


/* statuses, and whole series (5xx unless others are given) */

static ngx_int_t
ngx_rtalpha_gw_scg_retry_statuses(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry)
{
    size_t       pos;
    ngx_str_t    item, list;
    ngx_uint_t   i, k, n;

    static ngx_str_t  series[] = {
        ngx_string("INFORMATIONAL"), ngx_string("SUCCESSFUL"),
        ngx_string("REDIRECTION"), ngx_string("CLIENT_ERROR"),
        ngx_string("SERVER_ERROR")
    };

    pos = 0;

    if (ngx_rtalpha_gw_def_joined(s, def, 1, "statuses", &list) != NGX_OK) {
        return NGX_ERROR;
    }

    while (ngx_rtalpha_gw_scg_next(&list, &pos, &item)) {
        n = ngx_rtalpha_gw_scg_status(&item);

        if (n == 0) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a status", &item);
        }

        ngx_rtalpha_gw_retry_status(retry, n);
    }

    pos = 0;

    if (ngx_rtalpha_gw_def_joined(s, def, (ngx_uint_t) -1, "series", &list)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (list.data == NULL) {
        ngx_str_set(&list, "SERVER_ERROR");
    }

    while (ngx_rtalpha_gw_scg_next(&list, &pos, &item)) {

        for (i = 0; i < 5; i++) {
            if (ngx_rtalpha_str_eq(&series[i], &item)) {
                break;
            }
        }

        if (i == 5) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a series", &item);
        }

        for (k = (i + 1) * 100; k < (i + 2) * 100; k++) {
            ngx_rtalpha_gw_retry_status(retry, k);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_retry_methods(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry)
{
    size_t       pos;
    ngx_str_t    item, list;
    ngx_uint_t   i;

    /* bits as nginx has them */

    static struct {
        ngx_str_t  name;
        uint32_t   bit;
    } methods[] = {
        { ngx_string("GET"), 0x2 }, { ngx_string("HEAD"), 0x4 },
        { ngx_string("POST"), 0x8 }, { ngx_string("PUT"), 0x10 },
        { ngx_string("DELETE"), 0x20 }, { ngx_string("OPTIONS"), 0x200 },
        { ngx_string("PATCH"), 0x4000 }, { ngx_string("TRACE"), 0x8000 }
    };

    pos = 0;

    if (ngx_rtalpha_gw_def_joined(s, def, 2, "methods", &list) != NGX_OK) {
        return NGX_ERROR;
    }

    while (ngx_rtalpha_gw_scg_next(&list, &pos, &item)) {

        for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
            if (ngx_rtalpha_str_eq(&methods[i].name, &item)) {
                retry->methods |= methods[i].bit;
                break;
            }
        }

        if (i == sizeof(methods) / sizeof(methods[0])) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a method", &item);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_breaker(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    return ngx_rtalpha_gw_scg_breaker_plan(s, rule, def);
}
