/* unit: ngx_rtalpha_gateway_module/ngx_rtalpha_gw_lb_pick.c ngx_rtalpha_gateway_module/ngx_rtalpha_gw_outlier.c */

/*
 * The algorithms while other workers fill instances, eject them or give them
 * free: what may be used changes after any number of looks at it.  What
 * gw_lb.c has is done here instead.
 */


#include "unit.h"
#include "ngx_rtalpha_gw_lb.h"


#define PEERS  3
#define LOOKS  60


static ngx_uint_t  looks;       /* so far */
static ngx_uint_t  turning;     /* the look from which on it is otherwise */
static ngx_uint_t  before;      /* may they be used until then */


ngx_uint_t
ngx_rtalpha_gw_lb_usable(ngx_rtalpha_gw_choice_t *choice, ngx_uint_t i)
{
    return (looks++ < turning) ? before : !before;
}


uint32_t
ngx_rtalpha_gw_lb_warm(const ngx_rtalpha_gw_choice_t *choice,
    const ngx_rtalpha_gw_peer_t *peer)
{
    return 65536;
}


uint64_t
ngx_rtalpha_gw_lb_random(uint64_t *state)
{
    return (*state)++;
}


uint64_t
ngx_rtalpha_gw_lb_mix(uint64_t a, uint64_t b)
{
    return a ^ b;
}


static void
test_changes(ngx_rtalpha_gw_choice_t *choice, const ngx_rtalpha_gw_set_t *set,
    ngx_uint_t algorithm)
{
    ngx_int_t   place;
    ngx_uint_t  some;

    some = 0;

    for (turning = 0; turning < LOOKS; turning++) {
        looks = 0;
        choice->random = turning;
        place = ngx_rtalpha_gw_lb_algorithms[algorithm](choice, set);

        CHECK(place == NGX_DECLINED || (place >= 0 && place < PEERS));
        some += (place != NGX_DECLINED);
    }

    CHECK(some > 0);
}


int
main(void)
{
    uint32_t                  at[PEERS], turns[PEERS];
    ngx_uint_t                i, algorithm;
    ngx_rtalpha_gw_set_t      set;
    ngx_rtalpha_gw_stat_t     stats[PEERS];
    ngx_rtalpha_gw_peer_t     list[PEERS];
    ngx_rtalpha_gw_peers_t    peers;
    ngx_rtalpha_gw_choice_t   choice;
    ngx_rtalpha_gw_lb_rule_t  rule;

    ngx_memzero(&set, sizeof(set));
    ngx_memzero(stats, sizeof(stats));
    ngx_memzero(list, sizeof(list));
    ngx_memzero(&peers, sizeof(peers));
    ngx_memzero(&choice, sizeof(choice));
    ngx_memzero(&rule, sizeof(rule));

    for (i = 0; i < PEERS; i++) {
        at[i] = i;
        turns[i] = i;
        list[i].stat = &stats[i];
        list[i].tag = i + 1;
        list[i].weight = 100;
    }

    set.n = PEERS;
    set.at = at;
    set.nturns = PEERS;
    set.turns = turns;
    set.heaviest = 100;
    peers.n = PEERS;
    peers.peers = list;
    peers.all = set;
    choice.rule = &rule;
    choice.peers = &peers;

    for (algorithm = 0; algorithm < NGX_RTALPHA_GW_LB_LAST; algorithm++) {

        for (i = 0; i < 8; i++) {
            before = i & 1;
            choice.key = (i & 2) ? 12345 : 0;
            rule.bound = (i & 4) ? 125 : 0;
            test_changes(&choice, &set, algorithm);
        }
    }

    return unit_done();
}
