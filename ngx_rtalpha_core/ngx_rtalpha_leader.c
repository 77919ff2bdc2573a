
/*
 * Leadership: a word in the zone with the leader's pid, and the lock on the
 * state folder (ngx_rtalpha_state.h).
 *
 * A worker claims the word when it is empty or names a process that is gone;
 * every worker looks once a second, and whenever the doorbell rings.  A
 * leader that begins to shut down empties the word and rings.  Work of the
 * leader is idempotent, so that two of them for a moment do no harm.
 */


#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_notify.h"
#include "ngx_rtalpha_slot.h"
#include "ngx_rtalpha_state.h"
#include "ngx_rtalpha_zone.h"


#define NGX_RTALPHA_LEADER_LAYOUT  1


typedef struct {
    ngx_atomic_t   pid;
} ngx_rtalpha_leader_word_t;


static ngx_uint_t ngx_rtalpha_leader_take(ngx_log_t *log);


static ngx_rtalpha_leader_word_t  *ngx_rtalpha_leader_word;
static ngx_uint_t                  ngx_rtalpha_leader_quitting;


ngx_int_t
ngx_rtalpha_leader_init(ngx_log_t *log, const ngx_str_t *state)
{
    static ngx_str_t  name = ngx_string("leader");

    ngx_rtalpha_leader_word = ngx_rtalpha_zone_root(&name,
                                            sizeof(ngx_rtalpha_leader_word_t),
                                            NGX_RTALPHA_LEADER_LAYOUT);
    if (ngx_rtalpha_leader_word == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "\"rtalpha_zone\" is too small");
        return NGX_ERROR;
    }

    ngx_rtalpha_leader_quitting = 0;

    return ngx_rtalpha_state_init(log, state);
}


ngx_uint_t
ngx_rtalpha_leader_claim(ngx_log_t *log)
{
    return ngx_rtalpha_leader_quitting ? 0 : ngx_rtalpha_leader_take(log);
}


ngx_uint_t
ngx_rtalpha_leader_last(ngx_log_t *log)
{
    return ngx_rtalpha_leader_take(log) && ngx_rtalpha_state_held();
}


static ngx_uint_t
ngx_rtalpha_leader_take(ngx_log_t *log)
{
    ngx_atomic_uint_t  pid;

    pid = ngx_rtalpha_leader_word->pid;

    if (pid != (ngx_atomic_uint_t) ngx_pid) {

        if (pid && ngx_rtalpha_slot_alive(pid)) {
            return 0;
        }

        if (!ngx_atomic_cmp_set(&ngx_rtalpha_leader_word->pid, pid, ngx_pid))
        {
            return 0;
        }
    }

    ngx_rtalpha_state_hold(log);

    return 1;
}


void
ngx_rtalpha_leader_resign(void)
{
    ngx_rtalpha_leader_quitting = 1;

    if (ngx_rtalpha_leader_word
        && ngx_atomic_cmp_set(&ngx_rtalpha_leader_word->pid, ngx_pid, 0))
    {
        ngx_rtalpha_notify_ring();
    }
}


ngx_uint_t
ngx_rtalpha_leader_of_zone(void)
{
    return ngx_rtalpha_leader_word
           && ngx_rtalpha_leader_word->pid == (ngx_atomic_uint_t) ngx_pid;
}


ngx_uint_t
ngx_rtalpha_leader_of_state(void)
{
    return ngx_rtalpha_state_held() && ngx_rtalpha_leader_of_zone();
}


const ngx_str_t *
ngx_rtalpha_leader_state_path(void)
{
    return ngx_rtalpha_state_path();
}
