
/*
 * What must hold.  An acknowledged change counts as lost only if something
 * that has heard of it survived: a node, the store, a disk.
 */


#include "sim.h"


static ngx_uint_t sim_check_has(const ngx_rtalpha_reg_regs_t *r,
    const ngx_rtalpha_reg_regs_t *wrote);
static ngx_uint_t sim_check_same(ngx_uint_t a, ngx_uint_t b, ngx_uint_t key);


/* the order of contents, written anew: the rules' own may be wrong */

ngx_uint_t
sim_check_older(const ngx_rtalpha_reg_regs_t *a,
    const ngx_rtalpha_reg_regs_t *b)
{
    if (a->stamp != b->stamp) {
        return a->stamp < b->stamp;
    }

    if (a->closed != b->closed) {
        return b->closed;
    }

    return a->rev != b->rev ? a->rev < b->rev : a->writer < b->writer;
}


/*
 * A client that has renewed in time was answered 404 by node n.  Never by
 * the node that took its last renewal; by another one only if there was
 * trouble since a lease before that.
 */

void
sim_check_answer(ngx_uint_t key, ngx_uint_t n)
{
    sim_node_t    *node;
    sim_client_t  *cl;

    cl = &sim.clients[key];
    node = &sim.nodes[n];
    sim.checks++;

    if (sim.now - cl->acked >= cl->lease || cl->dateless) {
        return;
    }

    if (cl->acker == n && cl->acker_id == node->self.id) {
        sim_fail("node %lu forgot instance %lu, which renewed with it",
                 (unsigned long) n, (unsigned long) key);
        return;
    }

    if (sim.calm && sim.calm + cl->lease + 6000 < cl->acked && node->joined) {
        sim_fail("node %lu does not know instance %lu, which renews",
                 (unsigned long) n, (unsigned long) key);
    }

    if (sim.mild && sim.mild + cl->lease + 6000 < cl->acked && node->joined
        && !sim.nodes[cl->acker].up
        && sim.nodes[cl->acker].gone_at > cl->acked + 1000)
    {
        sim_fail("node %lu forgot instance %lu of a node that died",
                 (unsigned long) n, (unsigned long) key);
    }
}


/* node n has taken an instance from its lists: if all is well, for a reason */

void
sim_check_gone(ngx_uint_t key, ngx_uint_t n)
{
    sim_client_t  *cl;

    cl = &sim.clients[key];
    sim.checks++;

    if (cl->known && cl->running && !cl->dateless
        && sim.nodes[n].linked
        && sim.calm && sim.calm + cl->lease + 6000 < cl->acked
        && sim.now > cl->acked + 4 * sim.delay + 50
        && sim.now - cl->acked < cl->lease)
    {
        sim_fail("node %lu does not show instance %lu, which renews",
                 (unsigned long) n, (unsigned long) key);
    }
}


/* a node that is alone ends a lease: its own, or that of a dead node */

void
sim_check_lapse(ngx_uint_t key, ngx_uint_t n)
{
    uint64_t                 died;
    sim_node_t              *node;
    ngx_rtalpha_reg_regs_t  *r;

    node = &sim.nodes[n];
    r = &node->marks[key].regs;
    sim.checks++;

    if (r->owner != node->self.id
        && ngx_rtalpha_reg_members_alive(&node->c.members, r->owner, &died))
    {
        sim_fail("node %lu, alone, ends the lease of another's instance %lu",
                 (unsigned long) n, (unsigned long) key);
    }
}


static ngx_uint_t
sim_check_has(const ngx_rtalpha_reg_regs_t *r,
    const ngx_rtalpha_reg_regs_t *wrote)
{
    return r->turn && !sim_check_older(r, wrote);
}


/* after a loss: what nobody has heard of is excused */

void
sim_check_lost(void)
{
    ngx_uint_t     n, key, found;
    sim_node_t    *node;
    sim_client_t  *cl;

    for (key = 0; key < sim.keys_n; key++) {
        cl = &sim.clients[key];

        if (cl->wrote.turn == 0 || cl->excused || cl->buried) {
            continue;
        }

        found = sim.data.rows[key].there
                && sim_check_has(&sim.data.rows[key].regs, &cl->wrote);

        for (n = 0; n < sim.nodes_n && !found; n++) {
            node = &sim.nodes[n];

            /* one that was away too long is not to be trusted */

            if (node->up
                && (node->wire || sim.now - node->lost < sim.retain / 2))
            {
                found = sim_check_has(&node->marks[key].regs, &cl->wrote)
                        && (cl->wrote.closed || sim_node_shows(n, key));
            }
        }

        cl->excused = !found;
    }
}


/*
 * A client died long ago.  If all was well meanwhile, everybody knows within
 * a second after the end of its lease.
 */

void
sim_check_death(ngx_uint_t key, uint64_t acked)
{
    ngx_uint_t     n;
    sim_client_t  *cl;

    cl = &sim.clients[key];

    if (cl->acked != acked || cl->touched > acked || sim.calm == 0
        || sim.calm + 2 * cl->lease + 6000 > acked)
    {
        return;
    }

    sim.checks++;

    for (n = 0; n < sim.nodes_n; n++) {
        if (sim_node_shows(n, key)) {
            sim_fail("node %lu shows %lu after the end of its lease",
                     (unsigned long) n, (unsigned long) key);
        }
    }
}


static ngx_uint_t
sim_check_same(ngx_uint_t a, ngx_uint_t b, ngx_uint_t key)
{
    ngx_rtalpha_reg_mark_t  *m, *o;

    m = &sim.nodes[a].marks[key];
    o = &sim.nodes[b].marks[key];

    if (ngx_rtalpha_reg_mark_show(m) != ngx_rtalpha_reg_mark_show(o)) {
        return 0;
    }

    if (!ngx_rtalpha_reg_mark_show(m)) {
        return 1;
    }

    return ngx_rtalpha_reg_regs_content(&m->regs, &o->regs) == 0
           && ngx_rtalpha_reg_regs_lease(&m->regs, &o->regs) == 0
           && sim.nodes[a].docs[key] == sim.nodes[b].docs[key];
}


static void
sim_check_dump(ngx_uint_t key)
{
    ngx_uint_t               n;
    ngx_rtalpha_reg_regs_t  *r;

    for (n = 0; n <= sim.nodes_n && !sim.quiet; n++) {
        r = n < sim.nodes_n ? &sim.nodes[n].marks[key].regs
                            : &sim.data.rows[key].regs;

        sim_say("%s %lu: %ld.%u %s by %08lx, turn %u %s of %08lx, %u",
                n < sim.nodes_n ? "node" : "store", (unsigned long) n,
                (long) r->stamp, r->rev, r->closed ? "closed" : "open",
                (unsigned long) (r->writer >> 32), r->turn,
                r->live ? "live" : "ended", (unsigned long) (r->owner >> 32),
                n < sim.nodes_n ? sim.nodes[n].docs[key]
                                : sim.data.rows[key].doc);
    }
}


/*
 * After the healing: all nodes have the same instances, documents and
 * owners, what the store has; those of clients that renew are there, and no
 * acknowledged change was lost.
 */

void
sim_check_converged(void)
{
    ngx_uint_t     n, key;
    sim_row_t     *row;
    sim_client_t  *cl;

    for (key = 0; key < sim.keys_n; key++) {
        if (sim.agreed[key]) {
            continue;
        }

        cl = &sim.clients[key];
        row = &sim.data.rows[key];
        sim.doubt = 0;
        sim.checks++;

        for (n = 1; n < sim.nodes_n; n++) {
            if (!sim_check_same(0, n, key)) {
                sim_check_dump(key);
                sim_fail("nodes 0 and %lu differ in instance %lu",
                         (unsigned long) n, (unsigned long) key);
            }
        }

        if (sim_node_shows(0, key)
            && (!row->there || row->doc != sim.nodes[0].docs[key]))
        {
            sim_fail("the store lacks instance %lu", (unsigned long) key);
        }

        if (cl->running && cl->known && !cl->excused && !sim_node_shows(0, key)
            && sim.now - cl->acked < cl->lease && !cl->dateless)
        {
            sim_fail("instance %lu is lost, its client renews",
                     (unsigned long) key);
        }

        if (!cl->excused && sim_node_shows(0, key)
            && sim.nodes[0].docs[key] != cl->doc
            && sim_check_older(&sim.nodes[0].marks[key].regs, &cl->wrote))
        {
            sim_fail(cl->wrote.closed
                     ? "instance %lu was cancelled and came back"
                     : "a change of instance %lu is lost",
                     (unsigned long) key);
        }

        sim.agreed[key] = !sim.doubt;
    }
}


/* long after: what no client renews is gone, what one renews is there */

void
sim_check_ghosts(void)
{
    ngx_uint_t     n, key;
    sim_client_t  *cl;

    for (key = 0; key < sim.keys_n; key++) {
        cl = &sim.clients[key];
        sim.checks++;

        for (n = 0; n < sim.nodes_n; n++) {

            if (cl->running != sim_node_shows(n, key)) {
                sim_fail(cl->running ? "instance %lu is lost at node %lu"
                         : "instance %lu is a ghost at node %lu",
                         (unsigned long) key, (unsigned long) n);
            }
        }
    }
}


/*
 * The store is told once of each change, and of what a resync or a sweep
 * brought up; messages that got lost or came twice are not counted against
 * the rules, so the bound holds for schedules without them too.
 */

void
sim_check_messages(void)
{
    uint64_t  bound;

    bound = sim.changes + sim.resynced;
    sim.checks++;

    if (sim.told > bound) {
        sim_fail("%lu messages for %lu changes and %lu resynced",
                 (unsigned long) sim.told, (unsigned long) sim.changes,
                 (unsigned long) sim.resynced);
    }
}
