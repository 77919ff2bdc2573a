
/*
 * Clients as they are: register, renew, register again when told 404, go to
 * another node when theirs is down.  Some are behind a load balancer, some
 * send no timestamp, some die without a word.  Operators override statuses
 * through any node.
 */


#include "sim.h"


static ngx_uint_t sim_client_node(sim_client_t *cl);
static void sim_client_acked(ngx_uint_t key, ngx_uint_t n);
static void sim_client_wrote(ngx_uint_t key, ngx_uint_t n);
static void sim_client_register(ngx_uint_t key, ngx_uint_t n);
static void sim_client_renew(ngx_uint_t key, ngx_uint_t n);
static void sim_client_stop(ngx_uint_t key, ngx_uint_t n);
static ngx_uint_t sim_client_newest(ngx_uint_t key, ngx_uint_t n);
static void sim_client_later(ngx_uint_t key, uint64_t after);


void
sim_client_init(ngx_uint_t key)
{
    sim_client_t  *cl;

    cl = &sim.clients[key];

    cl->lease = 3000 + sim_random(6000);
    cl->interval = cl->lease / (2 + sim_random(4));
    cl->skew = (int64_t) sim_random(7200000) - 3600000;
    cl->roams = sim_chance(5);
    cl->dateless = sim_chance(6);
    cl->node = sim_random(sim.nodes_n);
    cl->running = 1;

    sim_client_later(key, sim_random(4000));
}


static void
sim_client_later(ngx_uint_t key, uint64_t after)
{
    sim_at(sim.now + after, SIM_EV_CLIENT, key, ++sim.clients[key].timer, 0);
}


void
sim_client_act(ngx_uint_t key, ngx_uint_t timer)
{
    ngx_uint_t     n;
    sim_client_t  *cl;

    cl = &sim.clients[key];

    if (timer != cl->timer) {
        return;
    }

    n = sim_client_node(cl);

    if (n == SIM_NODES) {
        sim_client_later(key, 500);
        return;
    }

    if (!cl->running) {

        /* what comes back is a new process, with a new timestamp */

        if (sim.now > sim.end) {
            return;
        }

        cl->running = 1;
        cl->known = 0;
    }

    if (sim.now < sim.end && cl->known && sim_chance(40)) {
        sim_client_stop(key, n);
        return;
    }

    if (sim.now < sim.end && cl->known && sim_chance(40)) {
        n = sim_random(sim.nodes_n);

        if (sim.nodes[n].up && sim_node_override(n, key) == 200) {
            sim_say("client %lu: override at %lu", (unsigned long) key,
                    (unsigned long) n);
            sim_client_wrote(key, n);
        }

    } else if (cl->known && (cl->steady || !sim_chance(60))) {
        sim_client_renew(key, n);

    } else {
        sim_client_register(key, n);
    }

    /* those that roam are irregular, too, but never late */

    sim_client_later(key, cl->roams
                     ? cl->lease / 8 + sim_random(cl->lease / 8 * 5)
                     : cl->interval - sim_random(cl->interval / 8));
}


static ngx_uint_t
sim_client_node(sim_client_t *cl)
{
    ngx_uint_t  i;

    if (!cl->steady && (cl->roams || sim_chance(50))) {
        cl->node = sim_random(sim.nodes_n);
    }

    for (i = 0; i < sim.nodes_n; i++) {
        if (sim.nodes[cl->node].up) {
            return cl->node;
        }

        cl->node = (cl->node + 1) % sim.nodes_n;
    }

    return SIM_NODES;
}


static void
sim_client_register(ngx_uint_t key, ngx_uint_t n)
{
    int64_t        dirty;
    sim_client_t  *cl;

    cl = &sim.clients[key];

    if (cl->dateless) {
        dirty = (int64_t) sim.now + sim.nodes[n].wall;

    } else {
        dirty = ngx_max(cl->dirty + 1, (int64_t) sim.now + cl->skew);
        cl->dirty = dirty;
    }

    (void) sim_node_register(n, key, dirty, cl->lease);

    sim_say("client %lu: registers at %lu", (unsigned long) key,
            (unsigned long) n);

    if (cl->buried) {
        /* nobody knows the stamp of the cancel any more */
        cl->wrote.turn = 0;
    }

    cl->known = 1;
    sim_client_wrote(key, n);
    sim_client_acked(key, n);
}


/* a node whose instance is older than the client's answers 404, too */

static void
sim_client_renew(ngx_uint_t key, ngx_uint_t n)
{
    sim_client_t  *cl;

    cl = &sim.clients[key];

    if (!cl->dateless && sim_node_shows(n, key)
        && sim.nodes[n].marks[key].regs.stamp < cl->dirty)
    {
        sim_client_register(key, n);
        return;
    }

    if (sim_node_renew(n, key) == 200) {
        sim_say("client %lu: renews at %lu", (unsigned long) key,
                (unsigned long) n);
        sim_client_acked(key, n);
        return;
    }

    sim_say("client %lu: 404 at %lu", (unsigned long) key, (unsigned long) n);

    sim_check_answer(key, n);
    sim_client_register(key, n);
}


/* says goodbye, or does not; most come back */

static void
sim_client_stop(ngx_uint_t key, ngx_uint_t n)
{
    sim_client_t  *cl;

    cl = &sim.clients[key];
    cl->running = 0;

    if (sim_chance(2)) {
        sim_say("client %lu: dies", (unsigned long) key);
        sim_at(cl->acked + cl->lease + 1000 + 4 * sim.delay, SIM_EV_CHECK,
               key, 1, cl->acked);

    } else if (sim_client_newest(key, n) && sim_node_cancel(n, key) == 200) {
        sim_say("client %lu: cancels at %lu", (unsigned long) key,
                (unsigned long) n);
        sim_client_wrote(key, n);
        cl->known = 0;
    }

    sim_client_later(key, 200 + sim_random(30000));
}


static void
sim_client_acked(ngx_uint_t key, ngx_uint_t n)
{
    sim_client_t  *cl;

    cl = &sim.clients[key];

    cl->acked = sim.now;
    cl->acker = n;
    cl->acker_id = sim.nodes[n].self.id;
}


/* an operator's change of what is out of date at that node counts for little */

static ngx_uint_t
sim_client_newest(ngx_uint_t key, ngx_uint_t n)
{
    return !sim_check_older(&sim.nodes[n].marks[key].regs,
                            &sim.clients[key].wrote);
}


/* the last content that was acknowledged: it must not get lost */

static void
sim_client_wrote(ngx_uint_t key, ngx_uint_t n)
{
    sim_client_t  *cl;

    cl = &sim.clients[key];
    cl->touched = sim.now;

    if (cl->wrote.turn && !sim_client_newest(key, n)) {
        return;
    }

    cl->excused = 0;
    cl->buried = 0;
    cl->wrote = sim.nodes[n].marks[key].regs;
    cl->doc = sim.nodes[n].docs[key];
}
