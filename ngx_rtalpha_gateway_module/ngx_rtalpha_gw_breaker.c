
/*
 * Outcomes are bits of a ring, with a running count of the failures.
 */


#include "ngx_rtalpha_gw_breaker.h"


static void ngx_rtalpha_gw_breaker_turn(ngx_rtalpha_gw_breaker_t *b,
    ngx_uint_t state, uint64_t now);
static ngx_uint_t ngx_rtalpha_gw_breaker_recovers(
    ngx_rtalpha_gw_breaker_t *b, const ngx_rtalpha_gw_breaker_conf_t *conf,
    uint64_t now);
static void ngx_rtalpha_gw_breaker_put(ngx_rtalpha_gw_breaker_t *b,
    uint32_t window, ngx_uint_t failed);


#define ngx_rtalpha_gw_breaker_window(conf)                                   \
    (((conf)->window < 1                                                      \
      || (conf)->window > NGX_RTALPHA_GW_BREAKER_WINDOW)                      \
     ? NGX_RTALPHA_GW_BREAKER_WINDOW : (conf)->window)


ngx_uint_t
ngx_rtalpha_gw_breaker_admit(ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now, uint32_t *round)
{
    if (b->state == NGX_RTALPHA_GW_BREAKER_OPEN) {

        if (now < b->since + conf->open) {
            return 0;
        }

        ngx_rtalpha_gw_breaker_turn(b, NGX_RTALPHA_GW_BREAKER_TRIAL, now);
    }

    *round = b->round;

    if (b->state == NGX_RTALPHA_GW_BREAKER_CLOSED) {
        return 1;
    }

    if (b->state == NGX_RTALPHA_GW_BREAKER_RECOVERY) {
        return ngx_rtalpha_gw_breaker_recovers(b, conf, now);
    }

    /* outcomes that never came do not keep it shut */

    if (b->admitted >= conf->trial && now >= b->since + conf->open) {
        ngx_rtalpha_gw_breaker_turn(b, NGX_RTALPHA_GW_BREAKER_TRIAL, now);
        *round = b->round;
    }

    if (b->admitted >= conf->trial) {
        return 0;
    }

    b->admitted++;

    return 1;
}


ngx_uint_t
ngx_rtalpha_gw_breaker_well(const ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now)
{
    return b->state == NGX_RTALPHA_GW_BREAKER_CLOSED
           && b->failed == 0
           && b->n >= ngx_rtalpha_gw_breaker_window(conf)
           && (conf->span == 0 || now < b->since + conf->span);
}


/*
 * Each call brings as much credit as has passed of the recovery, and one that
 * passes costs the whole of it: at half of the time every second one passes.
 * A tenth passes from the beginning.
 */

static ngx_uint_t
ngx_rtalpha_gw_breaker_recovers(ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now)
{
    uint64_t  passed;

    passed = (now > b->since) ? now - b->since : 0;

    if (passed >= conf->recover) {
        b->state = NGX_RTALPHA_GW_BREAKER_CLOSED;
        b->since = now;
        return 1;
    }

    b->admitted += (uint32_t) ngx_max(passed, conf->recover / 10);

    if (b->admitted < conf->recover) {
        return 0;
    }

    b->admitted -= (uint32_t) conf->recover;

    return 1;
}


void
ngx_rtalpha_gw_breaker_record(ngx_rtalpha_gw_breaker_t *b,
    const ngx_rtalpha_gw_breaker_conf_t *conf, uint64_t now, uint32_t round,
    ngx_uint_t failed)
{
    uint32_t  least;

    if (round != b->round) {
        return;
    }

    if (b->state == NGX_RTALPHA_GW_BREAKER_CLOSED) {

        if (conf->span && b->n && now >= b->since + conf->span) {
            b->n = 0;
            b->at = 0;
            b->failed = 0;
        }

        if (b->n == 0) {
            b->since = now;
        }
    }

    ngx_rtalpha_gw_breaker_put(b, ngx_rtalpha_gw_breaker_window(conf), failed);

    least = (b->state == NGX_RTALPHA_GW_BREAKER_CLOSED) ? conf->least
                                                        : conf->trial;
    if (b->n < least) {
        return;
    }

    if ((uint64_t) b->failed * 100 >= (uint64_t) b->n * conf->percent) {
        ngx_rtalpha_gw_breaker_turn(b, NGX_RTALPHA_GW_BREAKER_OPEN, now);

    } else if (b->state == NGX_RTALPHA_GW_BREAKER_TRIAL) {
        ngx_rtalpha_gw_breaker_turn(b, conf->recover
                                       ? NGX_RTALPHA_GW_BREAKER_RECOVERY
                                       : NGX_RTALPHA_GW_BREAKER_CLOSED,
                                    now);
    }
}


void
ngx_rtalpha_gw_breaker_release(ngx_rtalpha_gw_breaker_t *b, uint32_t round)
{
    if (b->state == NGX_RTALPHA_GW_BREAKER_TRIAL && round == b->round
        && b->admitted)
    {
        b->admitted--;
    }
}


static void
ngx_rtalpha_gw_breaker_turn(ngx_rtalpha_gw_breaker_t *b, ngx_uint_t state,
    uint64_t now)
{
    b->state = state;
    b->round++;
    b->n = 0;
    b->at = 0;
    b->failed = 0;
    b->admitted = 0;
    b->since = now;
}


static void
ngx_rtalpha_gw_breaker_put(ngx_rtalpha_gw_breaker_t *b, uint32_t window,
    ngx_uint_t failed)
{
    uint64_t  bit, *word;

    if (b->at >= window) {
        b->at = 0;
    }

    word = &b->bits[b->at / 64];
    bit = 1ULL << (b->at % 64);

    if (b->n >= window) {
        b->failed -= (*word & bit) ? 1 : 0;

    } else {
        b->n++;
    }

    if (failed) {
        *word |= bit;
        b->failed++;

    } else {
        *word &= ~bit;
    }

    b->at++;
}
