
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
static ngx_int_t ngx_rtalpha_gw_scg_nothing(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_java(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);


static ngx_int_t ngx_rtalpha_gw_scg_retry_filter(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f);
static ngx_int_t ngx_rtalpha_gw_scg_breaker_filter(ngx_rtalpha_gw_scg_t *s,
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
    { ngx_string("Retry"), ngx_rtalpha_gw_scg_retry_filter, 0, { NULL, NULL } },
    { ngx_string("CircuitBreaker"), ngx_rtalpha_gw_scg_breaker_filter, 0,
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


ngx_rtalpha_gw_op_t *
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


static ngx_int_t
ngx_rtalpha_gw_scg_retry_filter(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    return ngx_rtalpha_gw_scg_retry_plan(s, rule, def);
}


static ngx_int_t
ngx_rtalpha_gw_scg_breaker_filter(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    return ngx_rtalpha_gw_scg_breaker_plan(s, rule, def);
}


static ngx_int_t
ngx_rtalpha_gw_scg_secure(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def,
    const ngx_rtalpha_gw_scg_filter_t *f)
{
    return ngx_rtalpha_gw_scg_secure_ops(s, rule);
}
