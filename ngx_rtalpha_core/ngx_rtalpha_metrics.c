
/*
 * Counters and their Prometheus text.  Declarations belong to the program,
 * not to a configuration: every cycle declares the same ones in the same
 * order, so a number means the same in old and new workers.
 */


#include "ngx_rtalpha_metrics.h"
#include "ngx_rtalpha_slot.h"


typedef struct {
    const char  *name;
    const char  *labels;
    const char  *help;
} ngx_rtalpha_counter_t;


static ngx_rtalpha_counter_t  ngx_rtalpha_counters[NGX_RTALPHA_METRICS_MAX];
static ngx_uint_t             ngx_rtalpha_ncounters;


ngx_uint_t
ngx_rtalpha_metrics_counter(ngx_conf_t *cf, const char *name,
    const char *labels, const char *help)
{
    ngx_uint_t              i;
    ngx_rtalpha_counter_t  *counter;

    for (i = 0; i < ngx_rtalpha_ncounters; i++) {
        counter = &ngx_rtalpha_counters[i];

        if (ngx_strcmp(counter->name, name) == 0
            && (labels == NULL) == (counter->labels == NULL)
            && (labels == NULL || ngx_strcmp(counter->labels, labels) == 0))
        {
            return i;
        }
    }

    if (i == NGX_RTALPHA_METRICS_MAX) {
        ngx_log_error(NGX_LOG_ALERT, cf->log, 0,
                      "too many counters, \"%s\" shares the last one", name);
        return i - 1;
    }

    counter = &ngx_rtalpha_counters[ngx_rtalpha_ncounters++];
    counter->name = name;
    counter->labels = labels;
    counter->help = help;

    return i;
}


void
ngx_rtalpha_metrics_add(ngx_uint_t id, ngx_uint_t n)
{
    ngx_atomic_uint_t  *counters;

    counters = ngx_rtalpha_slot_counters();

    if (counters) {
        counters[id] += n;
    }
}


void
ngx_rtalpha_metrics_write(ngx_rtalpha_out_t *out)
{
    ngx_uint_t              i;
    ngx_atomic_uint_t       sums[NGX_RTALPHA_METRICS_MAX];
    ngx_rtalpha_counter_t  *counter;

    ngx_rtalpha_slot_sum(sums);

    for (i = 0; i < ngx_rtalpha_ncounters; i++) {
        counter = &ngx_rtalpha_counters[i];

        if (i == 0 || ngx_strcmp(counter->name, counter[-1].name) != 0) {
            ngx_rtalpha_out_printf(out, "# HELP %s %s\n# TYPE %s counter\n",
                                   counter->name, counter->help,
                                   counter->name);
        }

        if (counter->labels) {
            ngx_rtalpha_out_printf(out, "%s{%s} %uA\n", counter->name,
                                   counter->labels, sums[i]);
        } else {
            ngx_rtalpha_out_printf(out, "%s %uA\n", counter->name, sums[i]);
        }
    }
}


void
ngx_rtalpha_metrics_gauge(ngx_rtalpha_out_t *out, const char *name,
    const char *help, int64_t value)
{
    ngx_rtalpha_out_printf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %L\n",
                           name, help, name, name, value);
}
