
/*
 * Ejection of instances that fail, and their latencies.
 */


#include "ngx_rtalpha_gw_outlier.h"


#define NGX_RTALPHA_GW_STAT_TAU  10000      /* ms */


ngx_uint_t
ngx_rtalpha_gw_outlier_record(ngx_rtalpha_gw_stat_t *stat,
    const ngx_rtalpha_gw_outlier_conf_t *conf, uint64_t now,
    ngx_uint_t failed)
{
    uint32_t  sec;

    if (now < stat->ejected) {

        /* of before it was left out */
        return 0;
    }

    sec = (uint32_t) (now / 1000);

    if (sec - stat->interval >= (conf->interval + 999) / 1000) {
        stat->interval = sec;
        stat->total = 0;
        stat->failed = 0;
    }

    stat->total++;

    if (!failed) {
        stat->row = 0;

        /* well for as long as the longest ejection: all is forgiven */

        if (stat->ejections && now >= stat->ejected + conf->max) {
            stat->ejections = 0;
        }

        return 0;
    }

    stat->failed++;
    stat->row++;

    if (conf->row && stat->row >= conf->row) {
        return 1;
    }

    return conf->percent && stat->total >= conf->least
           && (uint64_t) stat->failed * 100
              >= (uint64_t) stat->total * conf->percent;
}


uint64_t
ngx_rtalpha_gw_outlier_eject(ngx_rtalpha_gw_stat_t *stat,
    const ngx_rtalpha_gw_outlier_conf_t *conf, uint64_t now)
{
    uint64_t  time;

    stat->ejections++;
    time = ngx_min((uint64_t) conf->base * stat->ejections, conf->max);

    stat->row = 0;
    stat->total = 0;
    stat->failed = 0;
    stat->ejected = now + time;

    return stat->ejected;
}


ngx_uint_t
ngx_rtalpha_gw_outlier_may(const ngx_rtalpha_gw_outlier_conf_t *conf,
    ngx_uint_t out, ngx_uint_t n)
{
    /* one of several always may, however small the share is */

    return (out + 1) * 100 <= n * conf->most
           || (out == 0 && n > 1 && conf->most);
}


/*
 * In one word, so that no reader sees half of it: the time of the sample in
 * ms (32 bits, wraps) above the microseconds.  1 / (1 + x) stands for exp(-x):
 * over many small steps they are the same.
 */

void
ngx_rtalpha_gw_stat_sample(ngx_rtalpha_gw_stat_t *stat, uint64_t now,
    uint32_t usec)
{
    uint32_t  old, then, passed;
    uint64_t  word, next;

    word = stat->latency;
    old = (uint32_t) word;
    then = (uint32_t) (word >> 32);
    passed = (uint32_t) now - then;

    usec = ngx_max(usec, 1);

    if (word == 0 || usec >= old) {
        next = usec;

    } else {
        next = (uint64_t) old * NGX_RTALPHA_GW_STAT_TAU
               + (uint64_t) usec * passed;
        next /= (uint64_t) NGX_RTALPHA_GW_STAT_TAU + passed;

        /* fast answers within one ms must count as well */

        if (next > usec && next == old) {
            next -= ngx_min(next - usec, 1 + (old - usec) / 512);
        }
    }

    stat->latency = ((uint64_t) (uint32_t) now << 32)
                    | ngx_max((uint32_t) next, 1);
}


uint32_t
ngx_rtalpha_gw_stat_latency(const ngx_rtalpha_gw_stat_t *stat, uint64_t now)
{
    uint32_t  passed;
    uint64_t  word, value;

    word = stat->latency;

    if (word == 0) {
        return 0;
    }

    passed = (uint32_t) now - (uint32_t) (word >> 32);

    /* another process' clock may be a little ahead */

    if (passed > NGX_MAX_INT32_VALUE) {
        passed = 0;
    }

    value = (uint64_t) (uint32_t) word * NGX_RTALPHA_GW_STAT_TAU
            / ((uint64_t) NGX_RTALPHA_GW_STAT_TAU + passed);

    return ngx_max((uint32_t) value, 1);
}
