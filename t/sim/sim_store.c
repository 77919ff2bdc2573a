
/*
 * The shared store: what its scripts do, a stream whose old entries go, and
 * the ways in which it comes back after a crash.
 */


#include "sim.h"


static void sim_store_hello(sim_msg_t *m);
static void sim_store_scan(sim_msg_t *m);
static void sim_store_read(sim_msg_t *m);
static void sim_store_merge(sim_msg_t *m);
static void sim_store_fetch(sim_msg_t *m);
static void sim_store_forget(sim_msg_t *m);
static void sim_store_beat(sim_msg_t *m);
static void sim_store_silent(sim_msg_t *m);
static void sim_store_reply(sim_msg_t *m);
static void sim_store_add(sim_entry_t *e);
static sim_member_t *sim_store_member(uint64_t id);
static sim_member_t *sim_store_enter(uint64_t id);


static void  (*sim_store_commands[])(sim_msg_t *m) = {
    sim_store_hello, sim_store_scan, sim_store_read, sim_store_merge,
    sim_store_fetch, sim_store_forget, sim_store_beat, sim_store_silent
};


void
sim_store_reset(sim_data_t *d)
{
    ngx_memzero(d, offsetof(sim_data_t, stream));
    d->kept = 0;
    d->run = sim_random(0) | 1;
}


void
sim_store_run(sim_msg_t *m)
{
    if (!sim.store_up) {
        return;
    }

    sim.commands[m->kind]++;

    if (m->kind != SIM_HELLO && m->era != sim.data.era) {
        m->status = SIM_ERA;
        sim_store_reply(m);
        return;
    }

    m->status = SIM_OK;
    sim_store_commands[m->kind](m);
}


/* the answer goes the same way back, if that is still there */

static void
sim_store_reply(sim_msg_t *m)
{
    sim_node_t   *node;
    sim_event_t  *ev;

    node = &sim.nodes[m->node];

    if (m->conn != node->conn || !node->wire) {
        free(m->list);
        m->list = NULL;
        return;
    }

    if (sim_chance(sim.loss)) {
        free(m->list);
        m->list = NULL;
        sim_node_break(m->node);
        return;
    }

    ev = sim_at(sim.now + 1 + sim_random(sim.delay), SIM_EV_REPLY, m->node, 0,
                0);
    ev->msg = *m;
    m->list = NULL;
}


/* a store that has been started anew begins an era */

static void
sim_store_hello(sim_msg_t *m)
{
    uint64_t    *ids;
    ngx_uint_t   i;

    if (sim.data.era == 0) {
        sim.data.era = m->era;
    }

    (void) sim_store_enter(m->ids[0]);

    m->era = sim.data.era;
    m->seq = sim.data.seq;
    m->n = sim.data.nmembers;

    ids = malloc((m->n + 1) * sizeof(uint64_t));

    for (i = 0; i < m->n; i++) {
        ids[i] = sim.data.members[i].id;
    }

    m->list = ids;
    sim_store_reply(m);
}


static void
sim_store_scan(sim_msg_t *m)
{
    sim_row_t   *rows;
    ngx_uint_t   i, first;

    first = m->key;
    rows = malloc(SIM_READ * sizeof(sim_row_t));

    for (i = 0; i < SIM_READ && first + i < SIM_KEYS; i++) {
        rows[i] = sim.data.rows[first + i];
    }

    m->n = i;
    m->list = rows;
    sim_store_reply(m);
}


/* what follows m->seq; with block, when there is something */

static void
sim_store_read(sim_msg_t *m)
{
    uint64_t     first, from;
    ngx_uint_t   i;
    sim_data_t  *d;
    sim_entry_t *list;

    d = &sim.data;
    m->n = 0;

    if (m->seq >= d->seq || d->kept == 0) {

        if (m->block) {
            sim.waiting[m->node] = *m;
            return;
        }

        sim_store_reply(m);
        return;
    }

    first = d->seq - d->kept + 1;
    from = ngx_max(m->seq + 1, first);

    list = malloc(SIM_READ * sizeof(sim_entry_t));

    for (i = 0; i < SIM_READ && from + i <= d->seq; i++) {
        list[i] = d->stream[(from + i) % SIM_STREAM];
    }

    m->n = i;
    m->list = list;
    sim_store_reply(m);
}


/*
 * Takes the greater of each register.  An instance that is to be seen needs
 * a document; without one it asks, and changes nothing.
 */

static void
sim_store_merge(sim_msg_t *m)
{
    sim_row_t    *row, next;
    ngx_int_t     order;
    ngx_uint_t    content, lease, was;
    sim_entry_t   e;

    row = &sim.data.rows[m->key];
    order = row->there
            ? ngx_rtalpha_reg_regs_content(&m->row.regs, &row->regs) : 1;
    content = order > 0 || (order == 0 && row->doc == 0 && m->row.doc);
    lease = !row->there
            || ngx_rtalpha_reg_regs_lease(&m->row.regs, &row->regs) > 0;
    was = row->there && ngx_rtalpha_reg_regs_show(&row->regs);
    next = *row;

    if (content) {
        next.regs = m->row.regs;
        next.doc = m->row.doc;
    }

    if (lease) {
        next.regs.turn = m->row.regs.turn;
        next.regs.live = m->row.regs.live;
        next.regs.owner = m->row.regs.owner;
        next.regs.age = m->row.regs.age;

    } else {
        next.regs.turn = row->regs.turn;
        next.regs.live = row->regs.live;
        next.regs.owner = row->regs.owner;
        next.regs.age = 0;
    }

    if (ngx_rtalpha_reg_regs_show(&next.regs) && next.doc == 0) {
        m->status = SIM_NEED;
        sim_store_reply(m);
        return;
    }

    if (content || lease) {
        next.there = 1;

        ngx_memzero(&e, sizeof(sim_entry_t));
        e.kind = SIM_ENTRY_ROW;
        e.key = m->key;
        e.row = next;

        next.regs.age = 0;
        *row = next;

        if (!next.regs.live && !next.regs.closed) {
            /* a change may end with its lease */
            sim.clients[m->key].excused |= !sim.clients[m->key].wrote.closed;
        }

        if (!content && was) {
            e.row.doc = 0;
        }

        sim_store_add(&e);
    }

    content = ngx_rtalpha_reg_regs_content(&row->regs, &m->row.regs) > 0;
    m->row = *row;

    if (!content) {
        m->row.doc = 0;
    }

    sim_store_reply(m);
}


static void
sim_store_fetch(sim_msg_t *m)
{
    m->row = sim.data.rows[m->key];
    m->status = m->row.there ? SIM_OK : SIM_NONE;
    sim_store_reply(m);
}


static void
sim_store_forget(sim_msg_t *m)
{
    sim_row_t    *row;
    sim_entry_t   e;

    row = &sim.data.rows[m->key];

    if (row->there
        && ngx_rtalpha_reg_regs_content(&row->regs, &m->row.regs) == 0
        && ngx_rtalpha_reg_regs_lease(&row->regs, &m->row.regs) == 0)
    {
        ngx_memzero(&e, sizeof(sim_entry_t));
        e.kind = SIM_ENTRY_GONE;
        e.key = m->key;
        e.row = *row;
        sim.clients[m->key].buried = row->regs.closed
                              && !sim_check_older(&row->regs,
                                                  &sim.clients[m->key].wrote);
        ngx_memzero(row, sizeof(sim_row_t));
        sim_store_add(&e);
        sim_say("store: %lu forgotten, at %lu", (unsigned long) m->key,
                (unsigned long) e.seq);
    }

    sim_store_reply(m);
}


static void
sim_store_beat(sim_msg_t *m)
{
    ngx_uint_t     i;
    sim_member_t  *member;

    member = sim_store_enter(m->seq);

    if (member == NULL) {
        return;
    }

    member->count++;

    for (i = 0; i < m->n; i++) {
        member = sim_store_member(m->ids[i]);
        m->counts[i] = member ? member->count : 0;
    }

    sim_store_reply(m);
}


/* a node that is not known, or has been found dead, joins */

static sim_member_t *
sim_store_enter(uint64_t id)
{
    sim_entry_t    e;
    sim_member_t  *member;

    member = sim_store_member(id);

    if (member) {
        return member;
    }

    if (sim.data.nmembers == SIM_MEMBERS) {
        sim_fail("too many members for the simulation");
        return NULL;
    }

    member = &sim.data.members[sim.data.nmembers++];
    member->id = id;
    member->count = sim_random(1000);

    ngx_memzero(&e, sizeof(sim_entry_t));
    e.kind = SIM_ENTRY_JOIN;
    e.node = id;
    sim_store_add(&e);

    return member;
}


static void
sim_store_silent(sim_msg_t *m)
{
    sim_entry_t    e;
    sim_member_t  *member;

    member = sim_store_member(m->ids[0]);

    if (member && member->count == m->counts[0]) {
        *member = sim.data.members[--sim.data.nmembers];

        ngx_memzero(&e, sizeof(sim_entry_t));
        e.kind = SIM_ENTRY_DEAD;
        e.node = m->ids[0];
        sim_store_add(&e);
    }

    sim_store_reply(m);
}


static sim_member_t *
sim_store_member(uint64_t id)
{
    ngx_uint_t  i;

    for (i = 0; i < sim.data.nmembers; i++) {
        if (sim.data.members[i].id == id) {
            return &sim.data.members[i];
        }
    }

    return NULL;
}


static void
sim_store_add(sim_entry_t *e)
{
    sim_msg_t    m;
    ngx_uint_t   n;
    sim_data_t  *d;

    d = &sim.data;
    e->seq = ++d->seq;
    d->stream[e->seq % SIM_STREAM] = *e;

    if (++d->kept > sim.trim) {
        d->kept = sim.trim;
    }

    for (n = 0; n < sim.nodes_n; n++) {
        if (sim.waiting[n].block) {
            m = sim.waiting[n];
            sim.waiting[n].block = 0;
            sim_store_read(&m);
        }
    }
}


/* how: 0 it keeps everything; 1 it is set back; 2 it is empty */

void
sim_store_crash(ngx_uint_t how)
{
    ngx_uint_t  n, key;

    sim_say("store: down, comes back %s", how == 0 ? "whole"
            : how == 1 ? "set back" : "empty");

    sim.store_up = 0;

    for (n = 0; n < sim.nodes_n; n++) {
        sim.waiting[n].block = 0;
        sim_node_break(n);
    }

    if (how == 1) {
        sim.data = sim.saved;

        for (key = 0; key < sim.keys_n; key++) {
            if (sim.data.rows[key].there) {
                sim.clients[key].buried = 0;
            }
        }

    } else if (how == 2) {
        sim_store_reset(&sim.data);
        sim.saved = sim.data;
    }

    sim.data.run = sim_random(0) | 1;
    sim.data.era = 0;
}


void
sim_store_start(void)
{
    sim_say("store: up, at %lu", (unsigned long) sim.data.seq);
    sim.store_up = 1;
}
