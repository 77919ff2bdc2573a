
/*
 * POST /_rtalpha/api/preview[?gateway=NAME]: a tree comes in, and what would
 * change goes out.  Nothing is put in place.
 *
 * Routes are compared by id.  A route is unreachable if an earlier one takes
 * every request that its patterns allow, and shadowed if an earlier one with
 * further conditions takes some: both are found by asking the new table for
 * a request made of the route's own patterns, with segments that nobody
 * writes where any would do.  Many routes of the same path make that
 * quadratic, so it has a time.
 */


#include "ngx_rtalpha_gw_explain.h"
#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_env.h"
#include "ngx_rtalpha_yaml.h"


#define NGX_RTALPHA_GW_PREVIEW_BODY   (1024 * 1024)
#define NGX_RTALPHA_GW_PREVIEW_MAX    (8 * 1024 * 1024)
#define NGX_RTALPHA_GW_PREVIEW_ANY    "/.any~"
#define NGX_RTALPHA_GW_PREVIEW_TIME   100     /* ms of the CPU */


/* where a search for an earlier route is */
typedef struct {
    const ngx_rtalpha_gw_table_t  *table;
    ngx_pool_t                    *pool;
    uint64_t                       end;     /* ms */
    ngx_uint_t                     whole;
    ngx_uint_t                     late;
} ngx_rtalpha_gw_preview_t;


static ngx_int_t ngx_rtalpha_gw_preview_body(ngx_http_request_t *r,
    ngx_str_t *body, void *data);
static ngx_int_t ngx_rtalpha_gw_preview_tree(ngx_http_request_t *r,
    ngx_str_t *body, ngx_rtalpha_props_t **props,
    ngx_rtalpha_load_error_t *error);
static ngx_int_t ngx_rtalpha_gw_preview_answer(ngx_http_request_t *r,
    ngx_rtalpha_gw_table_t *now, ngx_rtalpha_gw_table_t *next,
    ngx_rtalpha_report_t *report);
static void ngx_rtalpha_gw_preview_report(ngx_rtalpha_json_t *j,
    ngx_rtalpha_report_t *report);
static ngx_int_t ngx_rtalpha_gw_preview_ids(ngx_pool_t *pool,
    const ngx_rtalpha_gw_table_t *table, ngx_rtalpha_gw_index_t *index);
static const ngx_rtalpha_gw_rule_t *ngx_rtalpha_gw_preview_find(
    const ngx_rtalpha_gw_table_t *table, const ngx_rtalpha_gw_index_t *index,
    const ngx_rtalpha_gw_rule_t *as);
static void ngx_rtalpha_gw_preview_missing(ngx_rtalpha_json_t *j,
    const char *name, const ngx_rtalpha_gw_table_t *of,
    const ngx_rtalpha_gw_table_t *in, const ngx_rtalpha_gw_index_t *index);
static ngx_int_t ngx_rtalpha_gw_preview_changed(ngx_pool_t *pool,
    ngx_rtalpha_json_t *j, const ngx_rtalpha_gw_table_t *now,
    const ngx_rtalpha_gw_table_t *next, const ngx_rtalpha_gw_index_t *index);
static ngx_int_t ngx_rtalpha_gw_preview_text(ngx_pool_t *pool,
    const ngx_rtalpha_gw_rule_t *rule, ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_preview_hidden(ngx_pool_t *pool,
    ngx_rtalpha_json_t *j, const ngx_rtalpha_gw_table_t *table);
static const ngx_rtalpha_gw_rule_t *ngx_rtalpha_gw_preview_taker(
    ngx_rtalpha_gw_preview_t *p, const ngx_rtalpha_gw_rule_t *rule);
static void ngx_rtalpha_gw_preview_pairs(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_gw_rule_t *const *taker, ngx_uint_t whole);
static uint64_t ngx_rtalpha_gw_preview_clock(void);
static const ngx_rtalpha_gw_pred_t *ngx_rtalpha_gw_preview_method(
    const ngx_rtalpha_gw_rule_t *rule, ngx_str_t *method);
static const ngx_rtalpha_gw_rule_t *ngx_rtalpha_gw_preview_ask(
    ngx_pool_t *pool, const ngx_rtalpha_gw_table_t *table,
    ngx_rtalpha_gw_request_t *req, const ngx_str_t *raw);
static ngx_int_t ngx_rtalpha_gw_preview_sample(ngx_pool_t *pool,
    const ngx_rtalpha_gw_pattern_t *pattern, ngx_uint_t n, ngx_str_t *text);
static ngx_uint_t ngx_rtalpha_gw_preview_plain(
    const ngx_rtalpha_gw_rule_t *rule);


ngx_int_t
ngx_rtalpha_gw_preview_page(ngx_http_request_t *r)
{
    if (r->method != NGX_HTTP_POST) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_ALLOWED, "method",
                                          "A tree is posted here.");
    }

    return ngx_rtalpha_answer_body(r, NGX_RTALPHA_GW_PREVIEW_BODY,
                                   ngx_rtalpha_gw_preview_body, NULL);
}


static ngx_int_t
ngx_rtalpha_gw_preview_body(ngx_http_request_t *r, ngx_str_t *body,
    void *data)
{
    ngx_int_t                  rc;
    ngx_str_t                  name;
    ngx_uint_t                 hash;
    ngx_array_t               *services;
    ngx_rtalpha_gw_t          *gateway;
    ngx_rtalpha_props_t       *props;
    ngx_rtalpha_report_t       report;
    ngx_rtalpha_gw_table_t    *table;
    ngx_rtalpha_load_error_t   error;

    if (ngx_http_arg(r, (u_char *) "gateway", 7, &name) != NGX_OK) {
        ngx_str_null(&name);
    }

    gateway = ngx_rtalpha_gw_by_name(&name);

    if (gateway == NULL) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_FOUND, "gateway",
                                          "There is no gateway of this name; "
                                          "health lists them.");
    }

    rc = ngx_rtalpha_gw_preview_tree(r, body, &props, &error);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_answer_problem(r, NGX_HTTP_BAD_REQUEST, "tree",
                                          "line %ui: %V", error.line,
                                          &error.message);
    }

    services = ngx_rtalpha_gw_live_names(r->pool, &hash);
    table = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_gw_table_t));

    if (rc != NGX_OK || services == NULL || table == NULL
        || ngx_rtalpha_report_init(&report, r->pool) != NGX_OK
        || (gateway->own && ngx_rtalpha_props_merge(props, gateway->own)
                            != NGX_OK)
        || ngx_rtalpha_gw_table_compile(r->pool, table, props, services,
                                        &report)
           != NGX_OK)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_rtalpha_gw_preview_answer(r, gateway->table, table, &report);
}


/* the documents of a YAML text, the last one wins; JSON is YAML, too */

static ngx_int_t
ngx_rtalpha_gw_preview_tree(ngx_http_request_t *r, ngx_str_t *body,
    ngx_rtalpha_props_t **props, ngx_rtalpha_load_error_t *error)
{
    ngx_int_t              rc;
    ngx_uint_t             i;
    ngx_array_t           *docs;
    ngx_rtalpha_props_t  **doc;

    rc = ngx_rtalpha_yaml_load(r->pool, body, NULL, 0, &docs, error);

    if (rc != NGX_OK) {
        return rc;
    }

    *props = ngx_rtalpha_props_create(r->pool);
    if (*props == NULL) {
        return NGX_ERROR;
    }

    doc = docs->elts;

    for (i = docs->nelts; i > 0; i--) {
        if (ngx_rtalpha_props_merge(*props, doc[i - 1]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_env_resolve(r->pool, *props);
}


static ngx_int_t
ngx_rtalpha_gw_preview_answer(ngx_http_request_t *r,
    ngx_rtalpha_gw_table_t *now, ngx_rtalpha_gw_table_t *next,
    ngx_rtalpha_report_t *report)
{
    ngx_str_t               body;
    ngx_rtalpha_out_t       out;
    ngx_rtalpha_json_t      j;
    ngx_rtalpha_gw_index_t  before, after;
    ngx_rtalpha_gw_table_t  none;

    static ngx_str_t  type = ngx_string("application/json");

    if (now == NULL) {
        ngx_memzero(&none, sizeof(ngx_rtalpha_gw_table_t));
        now = &none;
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 4096, NGX_RTALPHA_GW_PREVIEW_MAX)
        != NGX_OK
        || ngx_rtalpha_gw_preview_ids(r->pool, now, &before) != NGX_OK
        || ngx_rtalpha_gw_preview_ids(r->pool, next, &after) != NGX_OK)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "good");
    ngx_rtalpha_json_bool(&j, report->wrong == 0);
    ngx_rtalpha_gw_preview_report(&j, report);
    ngx_rtalpha_json_key_lit(&j, "routes");
    ngx_rtalpha_json_int(&j, next->rules.nelts);
    ngx_rtalpha_gw_preview_missing(&j, "added", next, now, &before);
    ngx_rtalpha_gw_preview_missing(&j, "removed", now, next, &after);

    if (ngx_rtalpha_gw_preview_changed(r->pool, &j, now, next, &before)
        != NGX_OK
        || ngx_rtalpha_gw_preview_hidden(r->pool, &j, next) != NGX_OK)
    {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    ngx_rtalpha_json_end(&j);

    if (ngx_rtalpha_out_done(&out, &body) != NGX_OK) {
        return ngx_rtalpha_answer_empty(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &type, &body);
}


/* all but what is used as it stands */

static void
ngx_rtalpha_gw_preview_report(ngx_rtalpha_json_t *j,
    ngx_rtalpha_report_t *report)
{
    ngx_uint_t                  i;
    const char                 *verdict;
    ngx_rtalpha_report_line_t  *line;

    static const char  *verdicts[] = {
        "used", "used differently", "ignored", "unknown", "wrong"
    };

    ngx_rtalpha_json_key_lit(j, "report");
    ngx_rtalpha_json_array(j);
    line = report->lines.elts;

    for (i = 0; i < report->lines.nelts; i++) {

        if (line[i].verdict == NGX_RTALPHA_BIND_USED) {
            continue;
        }

        verdict = verdicts[line[i].verdict];

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "key");
        ngx_rtalpha_json_str(j, &line[i].key);
        ngx_rtalpha_json_key_lit(j, "line");
        ngx_rtalpha_json_int(j, line[i].line);
        ngx_rtalpha_json_key_lit(j, "verdict");
        ngx_rtalpha_json_text(j, (u_char *) verdict, ngx_strlen(verdict));
        ngx_rtalpha_json_key_lit(j, "note");
        ngx_rtalpha_json_str(j, &line[i].note);
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
}


static ngx_int_t
ngx_rtalpha_gw_preview_ids(ngx_pool_t *pool,
    const ngx_rtalpha_gw_table_t *table, ngx_rtalpha_gw_index_t *index)
{
    uint32_t                 hash;
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    ngx_memzero(index, sizeof(ngx_rtalpha_gw_index_t));
    rule = table->rules.elts;

    for (i = 0; i < table->rules.nelts; i++) {
        hash = ngx_murmur_hash2(rule[i]->match.id.data,
                                rule[i]->match.id.len);

        if (ngx_rtalpha_gw_index_add(pool, index, hash, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the route of the same id and tree */

static const ngx_rtalpha_gw_rule_t *
ngx_rtalpha_gw_preview_find(const ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_gw_index_t *index, const ngx_rtalpha_gw_rule_t *as)
{
    uint32_t                 hash;
    ngx_uint_t               i, place;
    ngx_rtalpha_gw_rule_t  **rule;

    i = 0;
    rule = table->rules.elts;
    hash = ngx_murmur_hash2(as->match.id.data, as->match.id.len);

    while ((place = ngx_rtalpha_gw_index_next(index, hash, &i)) != 0) {
        if (rule[place - 1]->plan.dialect == as->plan.dialect
            && ngx_rtalpha_str_eq(&rule[place - 1]->match.id, &as->match.id))
        {
            return rule[place - 1];
        }
    }

    return NULL;
}


static void
ngx_rtalpha_gw_preview_missing(ngx_rtalpha_json_t *j, const char *name,
    const ngx_rtalpha_gw_table_t *of, const ngx_rtalpha_gw_table_t *in,
    const ngx_rtalpha_gw_index_t *index)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    ngx_rtalpha_json_key(j, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_json_array(j);
    rule = of->rules.elts;

    for (i = 0; i < of->rules.nelts; i++) {
        if (ngx_rtalpha_gw_preview_find(in, index, rule[i])
            == NULL)
        {
            ngx_rtalpha_json_str(j, &rule[i]->match.id);
        }
    }

    ngx_rtalpha_json_end(j);
}


/* what an explanation says of a route and its limits, but for its place */

static ngx_int_t
ngx_rtalpha_gw_preview_text(ngx_pool_t *pool,
    const ngx_rtalpha_gw_rule_t *rule, ngx_str_t *text)
{
    ngx_rtalpha_out_t      out;
    ngx_rtalpha_json_t     j;
    ngx_rtalpha_gw_rule_t  copy;

    copy = *rule;
    copy.match.index = 0;

    if (ngx_rtalpha_out_init(&out, pool, 1024, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    /* its state is no part of the route */

    copy.plan.fallback = NULL;

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_gw_explain_route(&j, &copy);
    ngx_rtalpha_gw_explain_limits(&j, &copy.plan);
    ngx_rtalpha_json_end(&j);

    return ngx_rtalpha_out_done(&out, text);
}


static ngx_int_t
ngx_rtalpha_gw_preview_changed(ngx_pool_t *pool, ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *now, const ngx_rtalpha_gw_table_t *next,
    const ngx_rtalpha_gw_index_t *index)
{
    ngx_str_t                      a, b;
    ngx_pool_t                    *temp;
    ngx_uint_t                     i;
    ngx_rtalpha_gw_rule_t        **rule;
    const ngx_rtalpha_gw_rule_t   *was;

    ngx_rtalpha_json_key_lit(j, "changed");
    ngx_rtalpha_json_array(j);
    rule = next->rules.elts;

    for (i = 0; i < next->rules.nelts; i++) {
        was = ngx_rtalpha_gw_preview_find(now, index, rule[i]);

        if (was == NULL) {
            continue;
        }

        temp = ngx_create_pool(4096, pool->log);
        if (temp == NULL) {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_gw_preview_text(temp, was, &a) != NGX_OK
            || ngx_rtalpha_gw_preview_text(temp, rule[i], &b) != NGX_OK)
        {
            ngx_destroy_pool(temp);
            return NGX_ERROR;
        }

        if (!ngx_rtalpha_str_eq(&a, &b)) {
            ngx_rtalpha_json_str(j, &rule[i]->match.id);
        }

        ngx_destroy_pool(temp);
    }

    ngx_rtalpha_json_end(j);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_preview_hidden(ngx_pool_t *pool, ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table)
{
    ngx_uint_t                      i, n;
    ngx_rtalpha_gw_rule_t         **rule;
    ngx_rtalpha_gw_preview_t        p;
    const ngx_rtalpha_gw_rule_t    *found, **taker;

    rule = table->rules.elts;
    n = table->rules.nelts;

    p.table = table;
    p.late = 0;
    p.end = ngx_rtalpha_gw_preview_clock() + NGX_RTALPHA_GW_PREVIEW_TIME;

    /* those that shadow, and behind them those that hide the whole route */

    taker = ngx_pcalloc(pool, (2 * n + 1) * sizeof(void *));
    if (taker == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n && !p.late; i++) {
        p.pool = ngx_create_pool(4096, pool->log);
        if (p.pool == NULL) {
            return NGX_ERROR;
        }

        found = ngx_rtalpha_gw_preview_taker(&p, rule[i]);

        if (!p.late) {
            taker[p.whole ? n + i : i] = found;
        }

        ngx_destroy_pool(p.pool);
    }

    ngx_rtalpha_json_key_lit(j, "shadowed");
    ngx_rtalpha_gw_preview_pairs(j, table, taker, 0);
    ngx_rtalpha_json_key_lit(j, "unreachable");
    ngx_rtalpha_gw_preview_pairs(j, table, taker, 1);
    ngx_rtalpha_json_key_lit(j, "limited");
    ngx_rtalpha_json_bool(j, p.late);

    return NGX_OK;
}


static void
ngx_rtalpha_gw_preview_pairs(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_gw_table_t *table,
    const ngx_rtalpha_gw_rule_t *const *taker, ngx_uint_t whole)
{
    ngx_uint_t               i;
    ngx_rtalpha_gw_rule_t  **rule;

    rule = table->rules.elts;
    taker += whole ? table->rules.nelts : 0;
    ngx_rtalpha_json_array(j);

    for (i = 0; i < table->rules.nelts; i++) {

        if (taker[i] == NULL) {
            continue;
        }

        ngx_rtalpha_json_object(j);
        ngx_rtalpha_json_key_lit(j, "id");
        ngx_rtalpha_json_str(j, &rule[i]->match.id);
        ngx_rtalpha_json_key_lit(j, "by");
        ngx_rtalpha_json_str(j, &taker[i]->match.id);
        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
}


/* of the CPU: a busy machine does not make the answer another one */

static uint64_t
ngx_rtalpha_gw_preview_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/*
 * An earlier route that takes requests made of the patterns, NULL: none.
 * p->whole: it takes each of them, and asks for nothing else.
 */

static const ngx_rtalpha_gw_rule_t *
ngx_rtalpha_gw_preview_taker(ngx_rtalpha_gw_preview_t *p,
    const ngx_rtalpha_gw_rule_t *rule)
{
    uint32_t                      i, n;
    ngx_str_t                     raw;
    ngx_list_part_t               none;
    struct sockaddr               peer;
    ngx_rtalpha_gw_request_t      req;
    const ngx_rtalpha_gw_pred_t  *paths;
    const ngx_rtalpha_gw_rule_t  *found, *taker;

    ngx_memzero(&none, sizeof(ngx_list_part_t));
    ngx_memzero(&req, sizeof(ngx_rtalpha_gw_request_t));
    req.headers = &none;

    /* of no family: in no range of addresses */

    ngx_memzero(&peer, sizeof(struct sockaddr));
    req.peer = &peer;

    paths = ngx_rtalpha_gw_preview_method(rule, &req.method);
    taker = NULL;
    p->whole = 1;

    /* each pattern twice: "**" stands for nothing, and for something */

    for (i = 0; paths && i < 2 * paths->n; i++) {

        if (ngx_rtalpha_gw_preview_clock() > p->end) {
            p->late = 1;
            return NULL;
        }

        n = i % 2 ? 3 : 0;

        if (ngx_rtalpha_gw_preview_sample(p->pool, &paths->u.patterns[i / 2],
                                          n, &raw)
            != NGX_OK)
        {
            return NULL;
        }

        found = ngx_rtalpha_gw_preview_ask(p->pool, p->table, &req, &raw);

        if (found == NULL || found->match.index >= rule->match.index) {
            p->whole = 0;
            continue;
        }

        taker = found;

        if (!ngx_rtalpha_gw_preview_plain(found)) {
            p->whole = 0;
        }
    }

    return taker;
}


/* the predicate of paths, and a method that the route takes */

static const ngx_rtalpha_gw_pred_t *
ngx_rtalpha_gw_preview_method(const ngx_rtalpha_gw_rule_t *rule,
    ngx_str_t *method)
{
    ngx_uint_t                    i;
    const ngx_rtalpha_gw_pred_t  *pred, *paths;

    paths = NULL;
    ngx_str_set(method, "GET");

    for (i = 0; i < rule->match.npreds; i++) {
        pred = &rule->match.preds[i];

        if (pred->type == NGX_RTALPHA_GW_PRED_PATH) {
            paths = pred;

        } else if (pred->type == NGX_RTALPHA_GW_PRED_METHOD && pred->n) {
            *method = pred->u.methods[0];
        }
    }

    return paths;
}


static const ngx_rtalpha_gw_rule_t *
ngx_rtalpha_gw_preview_ask(ngx_pool_t *pool,
    const ngx_rtalpha_gw_table_t *table, ngx_rtalpha_gw_request_t *req,
    const ngx_str_t *raw)
{
    ngx_rtalpha_gw_path_t  *path;

    path = ngx_palloc(pool, sizeof(ngx_rtalpha_gw_path_t));

    if (path == NULL
        || ngx_rtalpha_gw_path_parse(pool, path, raw, table->matrix)
           != NGX_OK
        || path->holes)
    {
        return NULL;
    }

    req->pool = pool;
    req->vars.pool = pool;
    req->vars.array = NULL;
    req->labels = NULL;
    req->path = path;
    req->flat = path;

    return ngx_rtalpha_gw_table_find(table, req);
}


/*
 * n: segments for "**".  NGX_DECLINED: segments of a shape that cannot be
 * made up.
 */

static ngx_int_t
ngx_rtalpha_gw_preview_sample(ngx_pool_t *pool,
    const ngx_rtalpha_gw_pattern_t *pattern, ngx_uint_t n, ngx_str_t *text)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   i, k;

    len = 2;

    for (i = 0; i < pattern->n; i++) {
        len += pattern->elems[i].text.len * 3 + 1
               + 3 * sizeof(NGX_RTALPHA_GW_PREVIEW_ANY);
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    for (i = 0; i < pattern->n; i++) {
        k = 1;

        switch (pattern->elems[i].kind) {

        case NGX_RTALPHA_GW_LITERAL:
            *p++ = '/';
            p = (u_char *) ngx_escape_uri(p, pattern->elems[i].text.data,
                                          pattern->elems[i].text.len,
                                          NGX_ESCAPE_URI_COMPONENT);
            k = 0;
            break;

        case NGX_RTALPHA_GW_DOUBLE:
        case NGX_RTALPHA_GW_REST:
            k = n;
            break;

        case NGX_RTALPHA_GW_ANY:
        case NGX_RTALPHA_GW_VAR:
            break;

        default:
            return NGX_DECLINED;
        }

        while (k--) {
            p = ngx_cpymem(p, NGX_RTALPHA_GW_PREVIEW_ANY,
                           sizeof(NGX_RTALPHA_GW_PREVIEW_ANY) - 1);
        }
    }

    if (p == text->data) {
        *p++ = '/';
    }

    text->len = p - text->data;

    return NGX_OK;
}


/* nothing but paths, and these without shapes within a segment */

static ngx_uint_t
ngx_rtalpha_gw_preview_plain(const ngx_rtalpha_gw_rule_t *rule)
{
    uint32_t                         i;
    ngx_uint_t                       k;
    const ngx_rtalpha_gw_pred_t     *pred;
    const ngx_rtalpha_gw_pattern_t  *pattern;

    pred = rule->match.preds;

    if (rule->match.npreds > 1
        || (rule->match.npreds && pred->type != NGX_RTALPHA_GW_PRED_PATH))
    {
        return 0;
    }

    for (i = 0; rule->match.npreds && i < pred->n; i++) {
        pattern = &pred->u.patterns[i];

        for (k = 0; k < pattern->n; k++) {
            if (pattern->elems[k].kind == NGX_RTALPHA_GW_GLOB
                || pattern->elems[k].kind == NGX_RTALPHA_GW_REGEX)
            {
                return 0;
            }
        }
    }

    return 1;
}
