/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_route.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_predicate.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_path.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_pattern.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_regex.c ngx_rtalpha_core/ngx_rtalpha_out.c ngx_rtalpha_core/ngx_rtalpha_glob.c ngx_rtalpha_core/ngx_rtalpha_line.c */

/*
 * The matcher gives the route that an ordered scan of the table gives, for
 * random tables and requests.  The number of questions is the first argument
 * (default 200 000); the second is the seed.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_route.h"


#define ROUTES_MAX  40


static uint64_t  seed = 88172645463325252ULL;


static ngx_uint_t
draw(ngx_uint_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed % n;
}


static const char *
pick(const char **list, ngx_uint_t n)
{
    return list[draw(n)];
}


static ngx_str_t
join(ngx_pool_t *pool, const char **list, ngx_uint_t n, u_char separator,
    ngx_uint_t min)
{
    u_char      *p;
    ngx_str_t    s;
    ngx_uint_t   i, parts;

    s.data = ngx_pnalloc(pool, 256);
    p = s.data;
    parts = min + draw(4);

    if (separator == '/' && draw(40)) {
        *p++ = '/';
    }

    for (i = 0; i < parts; i++) {

        if (i) {
            *p++ = separator;
        }

        p = (u_char *) stpcpy((char *) p, pick(list, n));
    }

    if (draw(5) == 0) {
        *p++ = separator;
    }

    s.len = p - s.data;

    return s;
}


#define N(list)  (sizeof(list) / sizeof(list[0]))

static const char  *elems[] = { "a", "b", "c", "a", "b", "*", "**", "a*",
                                "?", "{v}", "{v:[ab]}", "{v}c", "", "b?" };
static const char  *tails[] = { "a", "b", "c", "*", "{v}", "?", "a*" };
static const char  *segs[] = { "a", "b", "c", "ab", "bc", "d", "", "ac" };
static const char  *hosts[] = { "a", "b", "c", "*", "**", "{v}" };
static const char  *labels[] = { "a", "b", "c", "d" };
static ngx_str_t    methods[] = { ngx_string("GET"), ngx_string("POST") };


static ngx_uint_t
patterns(ngx_pool_t *pool, ngx_rtalpha_gw_pred_t *pred, ngx_uint_t host)
{
    ngx_int_t   rc;
    ngx_str_t   text, error;
    ngx_uint_t  i, n, style;

    n = 1 + draw(2);
    pred->type = host ? NGX_RTALPHA_GW_PRED_HOST : NGX_RTALPHA_GW_PRED_PATH;
    pred->n = 0;
    pred->u.patterns = ngx_palloc(pool, n * sizeof(ngx_rtalpha_gw_pattern_t));

    for (i = 0; i < n; i++) {
        style = host ? NGX_RTALPHA_GW_ANT : draw(3);

        if (host) {
            text = join(pool, hosts, N(hosts), '.', 1);

        } else if (style == NGX_RTALPHA_GW_ANT) {
            text = join(pool, elems, N(elems), '/', 0);

        } else {
            text = join(pool, tails, N(tails), '/', 0);

            if (draw(2) && text.len) {
                text.len = ngx_sprintf(text.data + text.len, "/**")
                           - text.data;
            }
        }

        rc = ngx_rtalpha_gw_pattern_compile(pool,
                                  &pred->u.patterns[pred->n], &text, style,
                                  host ? '.' : '/', &error);
        if (rc == NGX_OK) {
            pred->n++;
        }
    }

    return pred->n;
}


static void
make_route(ngx_pool_t *pool, ngx_rtalpha_gw_route_t *route, ngx_uint_t index)
{
    ngx_rtalpha_gw_pred_t  *pred;

    ngx_memzero(route, sizeof(ngx_rtalpha_gw_route_t));
    route->index = index;
    route->preds = ngx_pcalloc(pool, 4 * sizeof(ngx_rtalpha_gw_pred_t));
    pred = route->preds;

    if (draw(8)) {
        pred += patterns(pool, pred, 0) ? 1 : 0;
    }

    if (draw(3) == 0) {
        pred += patterns(pool, pred, 1) ? 1 : 0;
    }

    if (draw(4) == 0) {
        pred->type = NGX_RTALPHA_GW_PRED_METHOD;
        pred->n = 1;
        pred->u.methods = &methods[draw(2)];
        pred++;
    }

    route->npreds = pred - route->preds;
}


static void
ask(ngx_pool_t *pool, ngx_rtalpha_gw_matcher_t *matcher,
    ngx_rtalpha_gw_route_t *routes, ngx_uint_t n)
{
    ngx_str_t                  raw;
    ngx_uint_t                 i;
    ngx_rtalpha_gw_path_t      path, flat;
    ngx_rtalpha_gw_route_t    *found, *want;
    ngx_rtalpha_gw_request_t   req;

    ngx_memzero(&req, sizeof(req));

    raw = join(pool, segs, N(segs), '/', 0);

    if (raw.len == 0 || raw.data[0] != '/'
        || ngx_rtalpha_gw_path_parse(pool, &path, &raw, 0) != NGX_OK)
    {
        return;
    }

    (void) ngx_rtalpha_gw_path_compact(pool, &flat, &path);

    req.pool = pool;
    req.vars.pool = pool;
    req.path = &path;
    req.flat = path.holes ? &flat : &path;
    req.method = methods[draw(2)];
    req.host = join(pool, labels, N(labels), '.', 1);

    found = ngx_rtalpha_gw_matcher_find(matcher, &req);
    want = NULL;

    for (i = 0; i < n; i++) {
        if (ngx_rtalpha_gw_route_matches(&routes[i], &req, 0, NULL)) {
            want = &routes[i];
            break;
        }
    }

    if (found != want) {
        printf("%.*s at %.*s: found %d, want %d\n", (int) raw.len, raw.data,
               (int) req.host.len, req.host.data,
               found ? (int) found->index : -1,
               want ? (int) want->index : -1);
    }

    CHECK(found == want);
}


int
main(int argc, char **argv)
{
    ngx_pool_t                *pool, *temp;
    ngx_uint_t                 i, n, total;
    ngx_rtalpha_gw_route_t     routes[ROUTES_MAX];
    ngx_rtalpha_gw_matcher_t   matcher;

    total = (argc > 1) ? (ngx_uint_t) atol(argv[1]) : 200000;
    seed += (argc > 2) ? (uint64_t) atol(argv[2]) : 0;

    while (unit_passed + unit_failed < total && unit_failed < 20) {
        pool = unit_pool();
        temp = unit_pool();

        n = 1 + draw(ROUTES_MAX - 1);
        (void) ngx_rtalpha_gw_matcher_init(pool, &matcher);

        for (i = 0; i < n; i++) {
            make_route(pool, &routes[i], i);

            if (ngx_rtalpha_gw_matcher_add(pool, &matcher, &routes[i])
                != NGX_OK)
            {
                return 2;
            }
        }

        for (i = 0; i < 50; i++) {
            ask(temp, &matcher, routes, n);
        }

        ngx_destroy_pool(temp);
        ngx_destroy_pool(pool);
    }

    return unit_done();
}
