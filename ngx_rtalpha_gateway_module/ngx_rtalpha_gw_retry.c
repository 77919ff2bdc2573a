
/*
 * The word of a budget: when it was last looked at, in ms (upper half,
 * wraps), and hundredths of tries.  It begins full.
 */


#include "ngx_rtalpha_gw_retry.h"


const ngx_rtalpha_gw_budget_conf_t  ngx_rtalpha_gw_budget_usual = { 20, 10,
                                                                1000 };


static ngx_uint_t ngx_rtalpha_gw_budget_change(ngx_atomic_t *tokens,
    const ngx_rtalpha_gw_budget_conf_t *conf, uint64_t now, uint64_t in,
    uint32_t out);


void
ngx_rtalpha_gw_budget_add(ngx_atomic_t *tokens,
    const ngx_rtalpha_gw_budget_conf_t *conf, uint64_t now, ngx_uint_t n)
{
    (void) ngx_rtalpha_gw_budget_change(tokens, conf, now,
                         (uint64_t) conf->percent * ngx_min(n, 0xffffffff),
                                        0);
}


ngx_uint_t
ngx_rtalpha_gw_budget_take(ngx_atomic_t *tokens,
    const ngx_rtalpha_gw_budget_conf_t *conf, uint64_t now)
{
    return conf->percent == 0
           || ngx_rtalpha_gw_budget_change(tokens, conf, now, 0, 100);
}


static ngx_uint_t
ngx_rtalpha_gw_budget_change(ngx_atomic_t *tokens,
    const ngx_rtalpha_gw_budget_conf_t *conf, uint64_t now, uint64_t in,
    uint32_t out)
{
    uint32_t           passed;
    uint64_t           max, n;
    ngx_uint_t         i;
    ngx_atomic_uint_t  old;

    max = ((uint64_t) conf->least * 10 + conf->burst) * 100;

    /* others change it at the same time, but not for ever */

    for (i = 0; i < 64; i++) {
        old = *tokens;
        n = (uint32_t) old;
        passed = (uint32_t) now - (uint32_t) (old >> 32);

        if (old == 0) {
            n = max;

        } else if (passed <= NGX_MAX_INT32_VALUE) {
            n += (uint64_t) passed * conf->least / 10;
        }

        n = ngx_min(n + in, max);

        if (n < out) {
            return 0;
        }

        if (ngx_atomic_cmp_set(tokens, old,
                               ((uint64_t) (uint32_t) now << 32)
                               | (n - out)))
        {
            return 1;
        }
    }

    return out == 0;
}


ngx_msec_t
ngx_rtalpha_gw_backoff(const ngx_rtalpha_gw_backoff_t *backoff, ngx_uint_t n,
    uint64_t random)
{
    uint64_t    time, spread;
    ngx_uint_t  i;

    if (backoff->first == 0) {
        return 0;
    }

    time = backoff->first;

    for (i = 1; i < n && time < 3600000; i++) {
        time *= ngx_max(backoff->factor, 1);
    }

    if (backoff->max) {
        time = ngx_min(time, backoff->max);
    }

    spread = time * ngx_min(backoff->jitter, 100) / 100;

    if (spread) {
        time = time - spread + random % (2 * spread + 1);
    }

    return (ngx_msec_t) time;
}
