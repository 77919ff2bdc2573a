
/*
 * Places are found by a hash of the name and taken by one compare and swap;
 * counting takes no lock.
 */


#include "ngx_rtalpha_gw_series.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_GW_SERIES_LAYOUT  1
#define NGX_RTALPHA_GW_SERIES_PROBES  64


/* the last one is "overflow" */
typedef struct {
    ngx_rtalpha_gw_series_t  list[NGX_RTALPHA_GW_SERIES_LAST]
                                 [NGX_RTALPHA_GW_SERIES + 1];
} ngx_rtalpha_gw_series_root_t;


static void ngx_rtalpha_gw_series_label(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_gw_series_t *s, const char *kind);
static void ngx_rtalpha_gw_series_requests(ngx_rtalpha_out_t *out,
    ngx_uint_t kind);
static void ngx_rtalpha_gw_series_durations(ngx_rtalpha_out_t *out,
    ngx_uint_t kind);
static void ngx_rtalpha_gw_series_duration(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_gw_series_t *s, const char *kind);


static ngx_rtalpha_gw_series_root_t  *ngx_rtalpha_gw_series_root;

static const char  *ngx_rtalpha_gw_series_kinds[] = { "route", "service" };

/* upper ends in ms; the last bucket has none */

static const ngx_msec_t  ngx_rtalpha_gw_series_ends[] = {
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000
};

static const char  *ngx_rtalpha_gw_series_les[] = {
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5",
    "10", "+Inf"
};


void
ngx_rtalpha_gw_series_init(void)
{
    static ngx_str_t  name = ngx_string("gateway-series");

    ngx_rtalpha_gw_series_root = NULL;

    if (ngx_rtalpha_zone_exists()) {
        ngx_rtalpha_gw_series_root = ngx_rtalpha_zone_root(&name,
                                         sizeof(ngx_rtalpha_gw_series_root_t),
                                         NGX_RTALPHA_GW_SERIES_LAYOUT);
    }
}


ngx_rtalpha_gw_series_t *
ngx_rtalpha_gw_series_get(ngx_uint_t kind, const ngx_str_t *name)
{
    size_t                    len;
    ngx_uint_t                i, n;
    ngx_atomic_uint_t         tag;
    ngx_rtalpha_gw_series_t  *list, *s;

    if (ngx_rtalpha_gw_series_root == NULL) {
        return NULL;
    }

    list = ngx_rtalpha_gw_series_root->list[kind];

    tag = ngx_murmur_hash2(name->data, name->len);
    tag = (tag << 16 << 16) | ngx_crc32_long(name->data, name->len) | 1;

    for (n = 0; n < NGX_RTALPHA_GW_SERIES_PROBES; n++) {
        i = ((tag >> 7) + n) % NGX_RTALPHA_GW_SERIES;
        s = &list[i];

        if (s->tag == tag) {
            return s;
        }

        if (s->tag == 0 && ngx_atomic_cmp_set(&s->tag, 0, tag)) {
            len = ngx_min(name->len, sizeof(s->name) - 1);
            ngx_memcpy(s->name, name->data, len);
            return s;
        }

        if (s->tag == tag) {
            return s;
        }
    }

    s = &list[NGX_RTALPHA_GW_SERIES];

    if (s->tag == 0) {
        ngx_memcpy(s->name, "overflow", sizeof("overflow"));
        s->tag = 1;
    }

    return s;
}


void
ngx_rtalpha_gw_series_add(ngx_rtalpha_gw_series_t *series, ngx_uint_t status,
    ngx_msec_t ms)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_GW_BUCKETS - 1; i++) {
        if (ms <= ngx_rtalpha_gw_series_ends[i]) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&series->buckets[i], 1);
    (void) ngx_atomic_fetch_add(&series->ms, ms);

    i = status / 100;
    (void) ngx_atomic_fetch_add(&series->statuses[i < 6 ? i : 0], 1);
}


void
ngx_rtalpha_gw_series_metrics(ngx_rtalpha_out_t *out)
{
    ngx_uint_t  kind;

    if (ngx_rtalpha_gw_series_root == NULL) {
        return;
    }

    for (kind = 0; kind < NGX_RTALPHA_GW_SERIES_LAST; kind++) {
        ngx_rtalpha_gw_series_requests(out, kind);
        ngx_rtalpha_gw_series_durations(out, kind);
    }
}


/* kind="name", escaped as Prometheus has it */

static void
ngx_rtalpha_gw_series_label(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_gw_series_t *s, const char *kind)
{
    const u_char  *p;

    ngx_rtalpha_out_printf(out, "%s=\"", kind);

    for (p = s->name; *p && p < s->name + sizeof(s->name); p++) {

        if (*p == '\n') {
            ngx_rtalpha_out_lit(out, "\\n");
            continue;
        }

        if (*p == '"' || *p == '\\') {
            ngx_rtalpha_out_char(out, '\\');
        }

        ngx_rtalpha_out_char(out, *p);
    }

    ngx_rtalpha_out_char(out, '"');
}


static void
ngx_rtalpha_gw_series_requests(ngx_rtalpha_out_t *out, ngx_uint_t kind)
{
    ngx_uint_t                i, k;
    const char               *name;
    ngx_rtalpha_gw_series_t  *s;

    name = ngx_rtalpha_gw_series_kinds[kind];
    ngx_rtalpha_out_printf(out,
                           "# HELP rtalpha_gateway_%s_requests_total "
                           "Requests by %s and hundred of the status.\n"
                           "# TYPE rtalpha_gateway_%s_requests_total "
                           "counter\n", name, name, name);

    for (i = 0; i <= NGX_RTALPHA_GW_SERIES; i++) {
        s = &ngx_rtalpha_gw_series_root->list[kind][i];

        for (k = 0; s->tag && k < 6; k++) {

            if (s->statuses[k] == 0) {
                continue;
            }

            ngx_rtalpha_out_printf(out, "rtalpha_gateway_%s_requests_total{",
                                   name);
            ngx_rtalpha_gw_series_label(out, s, name);
            ngx_rtalpha_out_printf(out, ",status=\"%uixx\"} %uA\n", k,
                                   s->statuses[k]);
        }
    }
}


static void
ngx_rtalpha_gw_series_durations(ngx_rtalpha_out_t *out, ngx_uint_t kind)
{
    ngx_uint_t                i;
    const char               *name;
    ngx_rtalpha_gw_series_t  *s;

    name = ngx_rtalpha_gw_series_kinds[kind];
    ngx_rtalpha_out_printf(out,
                           "# HELP rtalpha_gateway_%s_duration_seconds "
                           "From the first byte of a request to the last of "
                           "its answer.\n"
                           "# TYPE rtalpha_gateway_%s_duration_seconds "
                           "histogram\n", name, name);

    for (i = 0; i <= NGX_RTALPHA_GW_SERIES; i++) {
        s = &ngx_rtalpha_gw_series_root->list[kind][i];

        if (s->tag) {
            ngx_rtalpha_gw_series_duration(out, s, name);
        }
    }
}


static void
ngx_rtalpha_gw_series_duration(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_gw_series_t *s, const char *kind)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  n, ms;

    n = 0;
    ms = s->ms;

    for (i = 0; i < NGX_RTALPHA_GW_BUCKETS; i++) {
        n += s->buckets[i];
        ngx_rtalpha_out_printf(out,
                               "rtalpha_gateway_%s_duration_seconds_bucket{",
                               kind);
        ngx_rtalpha_gw_series_label(out, s, kind);
        ngx_rtalpha_out_printf(out, ",le=\"%s\"} %uA\n",
                               ngx_rtalpha_gw_series_les[i], n);
    }

    ngx_rtalpha_out_printf(out, "rtalpha_gateway_%s_duration_seconds_sum{",
                           kind);
    ngx_rtalpha_gw_series_label(out, s, kind);
    ngx_rtalpha_out_printf(out, "} %uA.%03uA\n", ms / 1000, ms % 1000);
    ngx_rtalpha_out_printf(out, "rtalpha_gateway_%s_duration_seconds_count{",
                           kind);
    ngx_rtalpha_gw_series_label(out, s, kind);
    ngx_rtalpha_out_printf(out, "} %uA\n", n);
}
