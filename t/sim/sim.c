
/*
 * Usage: sim [-n SCHEDULES] [-f FIRST] [-q] [SEED]
 *
 * Runs schedules with the seeds FIRST … FIRST + SCHEDULES - 1; the last line
 * of the output is "N passed, N failed".  With SEED: replays that one and
 * prints what happens.  -q: stops at the first failure.
 */


#include <unistd.h>
#include "sim.h"


#define SIM_TROUBLES   60000    /* ms of it */
#define SIM_HEALED     5000     /* until all nodes agree */
#define SIM_LEASES     30000    /* until what is dead is gone */


static void sim_setup(uint64_t seed, ngx_uint_t nodes, ngx_uint_t keys);
static void sim_trouble(void);
static void sim_heal(void);
static void sim_calm(void);
static void sim_until(uint64_t time);
static void sim_handle(sim_event_t *ev);
static void sim_stop_node(ngx_uint_t n);
static void sim_settled(void);
static void sim_schedule(uint64_t seed);
static uint64_t sim_total(void);
static uint64_t sim_peace(ngx_uint_t nodes, ngx_uint_t keys);
static void sim_bound(void);


static void
sim_setup(uint64_t seed, ngx_uint_t nodes, ngx_uint_t keys)
{
    ngx_uint_t  i, trace;

    for (i = 0; i < SIM_NODES; i++) {
        if (sim.nodes[i].pool) {
            ngx_destroy_pool(sim.nodes[i].pool);
        }
    }

    sim_clear();
    trace = sim.trace;
    ngx_memzero(&sim, sizeof(sim_t));

    sim.trace = trace;
    sim.seed = seed;
    sim.random[0] = seed * 0x9e3779b97f4a7c15 + 1;
    sim.random[1] = ~seed ^ 0xbf58476d1ce4e5b9;

    for (i = 0; i < 16; i++) {
        (void) sim_random(0);
    }

    sim.nodes_n = nodes ? nodes : 3 + sim_random(5);
    sim.keys_n = keys ? keys : 6 + sim_random(SIM_KEYS - 5);
    sim.delay = sim_chance(3) ? 100 : 5;
    sim.loss = sim_chance(2) ? 200 + sim_random(2000) : 0;
    sim.twice = sim_chance(2) ? 5 + sim_random(50) : 0;
    sim.trim = sim_chance(3) ? 20 + sim_random(60) : SIM_STREAM;
    sim.retain = sim_chance(3) ? 16000 : 3600000;
    sim.end = 10000 + SIM_TROUBLES;
    sim.now = 1000;

    sim_store_reset(&sim.data);
    sim.saved = sim.data;
    sim.data.era = 0;
    sim.store_up = 1;

    for (i = 0; i < sim.nodes_n; i++) {
        sim_node_start(i, 0);
    }

    for (i = 0; i < sim.keys_n; i++) {
        sim_client_init(i);
    }
}


static void
sim_stop_node(ngx_uint_t n)
{
    ngx_uint_t  disk;

    if (!sim.nodes[n].up) {
        return;
    }

    disk = sim_chance(2);
    sim_node_stop(n, disk);
    sim_check_lost();
    sim_at(sim.now + 200 + sim_random(sim_chance(4) ? 40000 : 8000),
           SIM_EV_START, n, disk, 0);
}


/* something happens; then all may be well for a while */

static void
sim_trouble(void)
{
    ngx_uint_t  n, how;

    if (sim.now >= sim.end) {
        return;
    }

    n = sim_random(sim.nodes_n);

    switch (sim_random(8)) {

    case 0:
    case 1:
        sim_stop_node(n);
        break;

    case 2:
    case 3:
        sim.nodes[n].cut = 1;
        sim_node_break(n);
        break;

    case 4:
        sim.nodes[n].cut = 0;
        sim_node_break(n);
        break;

    case 5:
        if (sim.store_up) {
            how = sim_random(3);
            sim_store_crash(how);
            sim_check_lost();
            sim_at(sim.now + 10 + sim_random(sim_chance(2) ? 300 : 15000),
                   SIM_EV_STORE_UP, 0, 0, 0);
        }
        break;

    case 6:
        sim.saved = sim.data;
        break;

    case 7:
        for (n = 0; n < sim.nodes_n; n++) {
            sim.nodes[n].cut = 0;
        }
        break;
    }

    sim_at(sim.now + 50 + sim_random(sim_chance(4) ? 25000 : 5000),
           SIM_EV_TROUBLE, 0, 0, 0);
}


static void
sim_heal(void)
{
    ngx_uint_t  n;

    sim_say("healed");
    sim_check_lost();

    sim.loss = 0;
    sim.twice = 0;

    if (!sim.store_up) {
        sim_store_start();
    }

    for (n = 0; n < sim.nodes_n; n++) {
        sim.nodes[n].cut = 0;

        if (!sim.nodes[n].up) {
            sim_node_start(n, sim.nodes[n].disk);
        }
    }
}


/*
 * Calm: everything is up, linked and up to date; mild: so are all nodes that
 * are up.
 */

static void
sim_calm(void)
{
    ngx_uint_t   n, well, all;
    sim_node_t  *node;

    well = sim.store_up;
    all = well;

    for (n = 0; n < sim.nodes_n; n++) {
        node = &sim.nodes[n];
        well = well && (!node->up || (node->wire && node->joined));
        all = all && node->up;
    }

    sim.mild = !well ? 0 : sim.mild ? sim.mild : sim.now;
    sim.calm = !well || !all ? 0 : sim.calm ? sim.calm : sim.now;

    /* what the store goes back to if it is set back */

    if (sim.store_up && sim_chance(60)) {
        sim.saved = sim.data;
    }
}


static void
sim_handle(sim_event_t *ev)
{
    sim_node_t  *node;

    /* of some, the first number is that of an instance */

    node = &sim.nodes[ev->a < SIM_NODES ? ev->a : 0];

    switch (ev->kind) {

    case SIM_EV_COMMAND:

        /* of a link that broke: it may have arrived, or may not */

        if (ev->c && (ev->msg.conn == node->conn || sim_chance(2))) {
            sim_store_run(&ev->msg);
        }
        break;

    case SIM_EV_REPLY:
        sim_node_reply(&ev->msg);
        break;

    case SIM_EV_NOTICE:
        if (ev->b == node->conn) {
            sim_node_notice(ev->a);
        }
        break;

    case SIM_EV_LINK:
        if (ev->b == node->conn) {
            sim_node_link(ev->a);
        }
        break;

    case SIM_EV_BEAT:
        if (node->up && ev->c == node->self.id) {
            sim_node_beat(ev->a);
        }
        break;

    case SIM_EV_TICK:
        if (node->up && ev->c == node->self.id) {
            sim_node_tick(ev->a);
        }
        sim_calm();
        break;

    case SIM_EV_DUE:
        sim_node_due(ev->a, ev->b);
        break;

    case SIM_EV_CLIENT:
        sim_client_act(ev->a, ev->b);
        break;

    case SIM_EV_START:
        if (!node->up) {
            sim_node_start(ev->a, ev->b);
        }
        break;

    case SIM_EV_STORE_UP:
        if (!sim.store_up) {
            sim_store_start();
        }
        break;

    case SIM_EV_CHECK:
        sim_check_death(ev->a, ev->c);
        break;

    case SIM_EV_TROUBLE:
        sim_trouble();
        break;
    }
}


static void
sim_until(uint64_t time)
{
    sim_event_t  *ev;

    while (!sim.failed && (ev = sim_next(time)) != NULL) {
        sim.now = ev->time;
        sim_handle(ev);
        sim_free(ev);
    }

    sim.now = time;
}


/*
 * Something is always under way: an instance is settled if all nodes agree
 * on it at one of ten times.
 */

static void
sim_settled(void)
{
    ngx_uint_t  i;

    for (i = 0; i < 10 && !sim.failed; i++) {
        sim.quiet = 1;
        sim_check_converged();
        sim.quiet = 0;
        sim_until(sim.now + 50);
    }

    sim_check_converged();
}


static void
sim_schedule(uint64_t seed)
{
    sim_setup(seed, 0, 0);
    sim_at(sim.now + 5000 + sim_random(20000), SIM_EV_TROUBLE, 0, 0, 0);

    sim_until(sim.end);
    sim_heal();
    sim_until(sim.end + SIM_HEALED);
    sim_settled();
    sim_until(sim.end + SIM_HEALED + SIM_LEASES);
    sim_check_ghosts();
    sim_check_messages();
}


/*
 * Without troubles, renewals cost nothing: what the nodes send to the store
 * does not depend on the number of instances.  Gives the commands of a
 * minute.
 */

static uint64_t
sim_peace(ngx_uint_t nodes, ngx_uint_t keys)
{
    uint64_t    told, total;
    ngx_uint_t  i;

    sim_setup(nodes * 1000 + keys, nodes, keys);

    for (i = 0; i < SIM_KEYS; i++) {
        sim.clients[i].roams = 0;
        sim.clients[i].steady = 1;
    }

    sim.loss = 0;
    sim.twice = 0;
    sim.end = 0;

    sim_until(20000);
    told = sim.told;
    total = sim_total();
    sim_until(80000);

    sim.checks++;

    if (sim.told != told) {
        sim_fail("%lu instances on %lu nodes: %lu messages in peace",
                 (unsigned long) keys, (unsigned long) nodes,
                 (unsigned long) (sim.told - told));
    }

    return sim_total() - total;
}


static uint64_t
sim_total(void)
{
    uint64_t    total;
    ngx_uint_t  i;

    for (total = 0, i = 0; i < SIM_COMMANDS; i++) {
        total += sim.commands[i];
    }

    return total;
}


static void
sim_bound(void)
{
    uint64_t    few, many;
    ngx_uint_t  nodes;

    many = 0;

    for (nodes = 3; nodes <= SIM_NODES && !sim.failed; nodes++) {
        few = sim_peace(nodes, 4);

        if (!sim.failed) {
            many = sim_peace(nodes, SIM_KEYS);
        }

        if (!sim.failed && (few > nodes * 61 || many > nodes * 61)) {
            sim_fail("%lu nodes: %lu commands in a minute, with more "
                     "instances %lu", (unsigned long) nodes,
                     (unsigned long) few, (unsigned long) many);
        }
    }
}


int
main(int argc, char **argv)
{
    int         opt;
    uint64_t    seed, first, n, passed, failed, checks, commands;
    ngx_uint_t  quit;

    first = 1;
    n = 10000;
    quit = 0;

    while ((opt = getopt(argc, argv, "n:f:q")) != -1) {
        switch (opt) {
        case 'n':  n = strtoull(optarg, NULL, 10);      break;
        case 'f':  first = strtoull(optarg, NULL, 10);  break;
        case 'q':  quit = 1;                            break;
        default:   return 2;
        }
    }

    setvbuf(stdout, NULL, _IOFBF, 65536);
    ngx_pagesize = 4096;

    if (optind < argc) {
        first = strtoull(argv[optind], NULL, 10);
        n = 1;
        sim.trace = 1;
    }

    passed = failed = checks = commands = 0;

    for (seed = first; seed < first + n && !(quit && failed); seed++) {
        sim_schedule(seed);
        checks += sim.checks;
        commands += sim_total();

        if (!sim.failed) {
            passed++;
            continue;
        }

        failed++;
        printf("seed %lu: %s; replay it with: sim %lu\n",
               (unsigned long) seed, sim.why, (unsigned long) seed);
    }

    if (!sim.trace && !(quit && failed)) {
        sim_bound();
        sim.failed ? failed++ : passed++;

        if (sim.failed) {
            printf("%s\n", sim.why);
        }
    }

    printf("%lu checks, %lu commands to the store\n",
           (unsigned long) checks, (unsigned long) commands);
    printf("%lu passed, %lu failed\n", (unsigned long) passed,
           (unsigned long) failed);

    return failed ? 1 : 0;
}
