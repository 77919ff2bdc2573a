
/*
 * A node: the rules, and around them no more than what a real one does --
 * a table of documents, commands to the store, timers.  A node stops losing
 * what it had in memory; its disk has the documents, not the registers.
 */


#include "sim.h"


static void sim_node_send(ngx_uint_t n, sim_msg_t *m);
static void sim_node_tell(ngx_uint_t n, ngx_uint_t key, ngx_uint_t todo);
static void sim_node_do(ngx_uint_t n, ngx_uint_t key, ngx_uint_t todo,
    uint32_t doc);
static void sim_node_show(ngx_uint_t n, ngx_uint_t key, uint32_t doc);
static void sim_node_ask(ngx_uint_t n, ngx_uint_t key);
static void sim_node_hello(ngx_uint_t n);
static void sim_node_helloed(ngx_uint_t n, sim_msg_t *m);
static void sim_node_read(ngx_uint_t n);
static void sim_node_scanned(ngx_uint_t n, sim_msg_t *m);
static void sim_node_entries(ngx_uint_t n, sim_msg_t *m);
static void sim_node_entry(ngx_uint_t n, sim_entry_t *e);
static void sim_node_merged(ngx_uint_t n, sim_msg_t *m);
static void sim_node_fetched(ngx_uint_t n, sim_msg_t *m);
static void sim_node_beaten(ngx_uint_t n, sim_msg_t *m);
static void sim_node_trace(ngx_uint_t n, ngx_uint_t key,
    ngx_rtalpha_reg_regs_t *had, ngx_rtalpha_reg_regs_t *came);
static void sim_node_merge(ngx_uint_t n, ngx_uint_t key, sim_row_t *row);
static void sim_node_drop(ngx_uint_t n, ngx_uint_t key);
static void sim_node_joined(ngx_uint_t n);


uint64_t
sim_node_now(ngx_uint_t n)
{
    return (uint64_t) ((int64_t) sim.now + sim.nodes[n].skew);
}


void
sim_node_start(ngx_uint_t n, ngx_uint_t disk)
{
    uint64_t       current, down;
    ngx_log_t      log;
    ngx_uint_t     key;
    sim_node_t    *node;

    node = &sim.nodes[n];
    down = sim.now - node->gone_at;

    /* a monotonic clock begins anywhere; none of ours begins at 0 */

    node->skew = 1000000 + (int64_t) sim_random(1000000000);
    node->wall = (int64_t) sim_random(7200000) - 3600000;

    node->up = 1;
    node->linked = 0;
    node->wire = 0;
    node->ready = 0;
    node->joined = 0;
    node->conn++;
    node->pool = ngx_create_pool(1024, &log);
    node->self.id = sim_random(0) | 1;
    node->self.joined = 0;
    node->self.writes = 0;

    /* the disk knows, too, how old what it has was when the node stopped */

    current = disk ? sim_node_now(n) - ngx_min(down + node->stale, 900000)
                   : 0;

    if (node->pool == NULL
        || ngx_rtalpha_reg_cluster_init(&node->c, node->pool, &node->self,
                                        current)
           != NGX_OK)
    {
        fprintf(stderr, "no memory\n");
        exit(2);
    }

    node->c.retain = sim.retain;

    for (key = 0; key < SIM_KEYS; key++) {
        node->due[key] = 0;

        if (disk && node->docs[key]) {
            ngx_rtalpha_reg_cluster_load(&node->self, &node->marks[key],
                                         node->marks[key].regs.stamp,
                                         node->marks[key].lease,
                                         sim_node_now(n));
            sim_node_ask(n, key);
            continue;
        }

        node->docs[key] = 0;
        ngx_memzero(&node->marks[key], sizeof(ngx_rtalpha_reg_mark_t));
    }

    sim_say("node %lu: up as %08lx%s", (unsigned long) n,
            (unsigned long) (node->self.id >> 32), disk ? ", with disk" : "");

    sim_at(sim.now + sim_random(300), SIM_EV_LINK, n, node->conn, 0);
    sim_at(sim.now + sim_random(1000), SIM_EV_BEAT, n, 0, node->self.id);
    sim_at(sim.now + sim_random(250), SIM_EV_TICK, n, 0, node->self.id);
}


void
sim_node_stop(ngx_uint_t n, ngx_uint_t disk)
{
    uint64_t     mild;
    ngx_uint_t   key;
    sim_node_t  *node;

    node = &sim.nodes[n];
    sim_say("node %lu: down", (unsigned long) n);

    mild = node->joined ? sim.mild : 0;
    sim_node_break(n);
    sim.mild = mild;
    node->up = 0;
    node->linked = 0;
    node->joined = 0;
    node->conn++;
    node->disk = disk;
    node->gone_at = sim.now;
    node->stale = sim_node_now(n) - node->c.current;
    sim.waiting[n].block = 0;
    ngx_destroy_pool(node->pool);
    node->pool = NULL;

    for (key = 0; key < SIM_KEYS; key++) {
        if (!disk || !ngx_rtalpha_reg_mark_show(&node->marks[key])) {
            node->docs[key] = 0;
        }
    }
}


/* the wire breaks; the node finds out later */

void
sim_node_break(ngx_uint_t n)
{
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!node->wire) {
        return;
    }

    node->wire = 0;
    node->lost = sim.now;
    sim.calm = 0;
    sim.mild = 0;
    sim.waiting[n].block = 0;

    sim_at(sim.now + sim_random(1000), SIM_EV_NOTICE, n, node->conn, 0);
}


void
sim_node_notice(ngx_uint_t n)
{
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!node->up || !node->linked || node->wire) {
        return;
    }

    sim_say("node %lu: link down", (unsigned long) n);

    node->linked = 0;
    node->ready = 0;
    node->joined = 0;
    node->conn++;
    ngx_rtalpha_reg_cluster_down(&node->c);

    sim_at(sim.now + 20 + sim_random(480), SIM_EV_LINK, n, node->conn, 0);
}


void
sim_node_link(ngx_uint_t n)
{
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!node->up || node->linked) {
        return;
    }

    if (!sim.store_up || node->cut) {
        sim_at(sim.now + 20 + sim_random(480), SIM_EV_LINK, n, node->conn, 0);
        return;
    }

    node->linked = 1;
    node->wire = 1;
    sim_node_hello(n);
}


/* also on a link that is up: answers to what was asked before are void */

static void
sim_node_hello(ngx_uint_t n)
{
    sim_msg_t    m;
    sim_node_t  *node;

    node = &sim.nodes[n];
    node->conn++;
    node->ready = 0;
    node->joined = 0;
    sim.waiting[n].block = 0;

    ngx_memzero(&m, sizeof(sim_msg_t));
    m.kind = SIM_HELLO;
    m.era = sim_random(0) | 1;
    m.ids[0] = node->self.id;
    sim_node_send(n, &m);
}


static void
sim_node_send(ngx_uint_t n, sim_msg_t *m)
{
    ngx_uint_t    i, times;
    sim_node_t   *node;
    sim_event_t  *ev;

    node = &sim.nodes[n];

    if (!node->linked || (!node->ready && m->kind != SIM_HELLO)) {
        return;
    }

    m->node = n;
    m->conn = node->conn;

    if (m->kind != SIM_HELLO) {
        m->era = node->c.era;
    }

    if (m->kind == SIM_MERGE) {
        sim.told++;
    }

    if (sim_chance(sim.loss)) {
        sim_node_break(n);
        return;
    }

    /* what is only told may be told twice: the store has to bear it */

    times = m->kind >= SIM_MERGE && sim_chance(sim.twice) ? 2 : 1;

    for (i = 0; i < times; i++) {
        ev = sim_at(sim.now + 1 + sim_random(sim.delay), SIM_EV_COMMAND, n,
                    m->conn, node->wire);
        ev->msg = *m;
        ev->msg.list = NULL;
    }
}


static void
sim_node_tell(ngx_uint_t n, ngx_uint_t key, ngx_uint_t todo)
{
    sim_msg_t                m;
    sim_node_t              *node;
    ngx_rtalpha_reg_mark_t  *mark;

    node = &sim.nodes[n];
    mark = &node->marks[key];

    ngx_memzero(&m, sizeof(sim_msg_t));
    m.key = key;

    if (todo & NGX_RTALPHA_REG_DO_FETCH) {
        m.kind = SIM_FETCH;
        sim_node_send(n, &m);
        return;
    }

    if (todo & NGX_RTALPHA_REG_DO_FORGET) {
        m.kind = SIM_FORGET;
        m.row.regs = mark->regs;
        sim_node_send(n, &m);
        return;
    }

    m.kind = SIM_MERGE;

    if (todo & NGX_RTALPHA_REG_DO_EXPIRE) {
        ngx_rtalpha_reg_cluster_ended(&node->c, mark, &m.row.regs);

    } else {
        ngx_rtalpha_reg_cluster_told(mark, sim_node_now(n), &m.row.regs);

        if ((todo & NGX_RTALPHA_REG_DO_PUSH) && ngx_rtalpha_reg_mark_show(mark))
        {
            m.row.doc = node->docs[key];
        }
    }

    sim_node_send(n, &m);
}


/* what the rules said; doc: the one that came, if it did */

static void
sim_node_do(ngx_uint_t n, ngx_uint_t key, ngx_uint_t todo, uint32_t doc)
{
    if (todo & NGX_RTALPHA_REG_DO_DROP) {
        sim_node_drop(n, key);
        return;
    }

    if (todo & (NGX_RTALPHA_REG_DO_SHOW|NGX_RTALPHA_REG_DO_LAPSE)) {
        sim_node_show(n, key, doc);
    }

    if (todo & (NGX_RTALPHA_REG_DO_LEASE|NGX_RTALPHA_REG_DO_PUSH
                |NGX_RTALPHA_REG_DO_FETCH|NGX_RTALPHA_REG_DO_EXPIRE
                |NGX_RTALPHA_REG_DO_FORGET))
    {
        sim_node_tell(n, key, todo);
    }
}


static void
sim_node_show(ngx_uint_t n, ngx_uint_t key, uint32_t doc)
{
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!sim_node_shows(n, key)) {
        node->docs[key] = 0;
        sim_check_lost();
        sim_check_gone(key, n);
        return;
    }

    if (doc) {
        node->docs[key] = doc;
        node->marks[key].lease = (uint32_t) sim.clients[key].lease;
    }

    if (node->docs[key] == 0) {
        sim_fail("node %lu shows %lu without a document", (unsigned long) n,
                 (unsigned long) key);
    }

    sim_node_ask(n, key);
}


static void
sim_node_drop(ngx_uint_t n, ngx_uint_t key)
{
    sim.nodes[n].docs[key] = 0;
    ngx_memzero(&sim.nodes[n].marks[key], sizeof(ngx_rtalpha_reg_mark_t));
}


/* has the lease looked at; the wheel of the real registry */

static void
sim_node_ask(ngx_uint_t n, ngx_uint_t key)
{
    sim_node_t  *node;

    node = &sim.nodes[n];
    node->due[key] = sim.now;
    sim_node_due(n, key);
}


void
sim_node_due(ngx_uint_t n, ngx_uint_t key)
{
    uint64_t     next, at;
    ngx_uint_t   todo;
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!node->up || node->due[key] == 0 || node->due[key] > sim.now) {
        return;
    }

    node->due[key] = 0;
    todo = ngx_rtalpha_reg_cluster_due(&node->c, &node->marks[key],
                                       (uint32_t) key, sim_node_now(n),
                                       &next);
    if (todo) {
        sim_say("node %lu: %lu %s", (unsigned long) n, (unsigned long) key,
                todo == NGX_RTALPHA_REG_DO_LAPSE ? "lapses"
                : todo == NGX_RTALPHA_REG_DO_LEASE ? "owes" : "expires");
        sim.changes++;

        if (todo & NGX_RTALPHA_REG_DO_LAPSE) {
            sim_check_lapse(key, n);
        }

        sim_node_do(n, key, todo, 0);
    }

    if (next) {
        at = sim.now + (next - sim_node_now(n));
        node->due[key] = at;
        sim_at(at, SIM_EV_DUE, n, key, 0);
    }
}


void
sim_node_beat(ngx_uint_t n)
{
    sim_msg_t    m;
    sim_node_t  *node;

    node = &sim.nodes[n];

    ngx_memzero(&m, sizeof(sim_msg_t));
    m.kind = SIM_BEAT;
    m.seq = node->self.id;
    m.n = ngx_rtalpha_reg_members_watch(&node->c.members, m.ids);

    if (node->ready) {
        sim.beats++;
        sim_node_send(n, &m);
    }

    sim_at(sim.now + 1000, SIM_EV_BEAT, n, 0, node->self.id);
}


void
sim_node_tick(ngx_uint_t n)
{
    ngx_uint_t   key, todo, sweep;
    sim_node_t  *node;

    node = &sim.nodes[n];
    sweep = ngx_rtalpha_reg_cluster_tick(&node->c, sim_node_now(n));

    for (key = 0; key < sim.keys_n; key++) {

        if (sweep) {
            todo = ngx_rtalpha_reg_cluster_sweep(&node->c, &node->marks[key],
                                                 (uint32_t) key,
                                                 sim_node_now(n));
            sim.resynced += todo != 0;

        } else {
            todo = ngx_rtalpha_reg_cluster_age(&node->c, &node->marks[key],
                                               (uint32_t) key,
                                               sim_node_now(n));
        }

        sim_node_do(n, key, todo, 0);
    }

    sim_at(sim.now + 250, SIM_EV_TICK, n, 0, node->self.id);
}


void
sim_node_reply(sim_msg_t *m)
{
    sim_node_t  *node;

    node = &sim.nodes[m->node];

    if (!node->up || m->conn != node->conn || !node->wire) {
        return;
    }

    if (m->status == SIM_ERA) {
        sim_node_hello(m->node);
        return;
    }

    switch (m->kind) {
    case SIM_HELLO:        sim_node_helloed(m->node, m);  break;
    case SIM_SCAN:         sim_node_scanned(m->node, m);  break;
    case SIM_READ_STREAM:  sim_node_entries(m->node, m);  break;
    case SIM_MERGE:        sim_node_merged(m->node, m);   break;
    case SIM_FETCH:        sim_node_fetched(m->node, m);  break;
    case SIM_BEAT:         sim_node_beaten(m->node, m);   break;
    default:               break;
    }
}


static void
sim_node_helloed(ngx_uint_t n, sim_msg_t *m)
{
    ngx_int_t    rc;
    sim_msg_t    scan;
    sim_node_t  *node;

    node = &sim.nodes[n];
    rc = ngx_rtalpha_reg_cluster_hello(&node->c, m->era, m->seq, m->list,
                                       m->n, sim_node_now(n));
    node->ready = 1;

    if (rc == NGX_OK) {
        sim_say("node %lu: linked, goes on at %lu", (unsigned long) n,
                (unsigned long) node->c.pos);
        sim_node_read(n);
        return;
    }

    sim_say("node %lu: linked, resync at %lu", (unsigned long) n,
            (unsigned long) m->seq);

    ngx_memzero(&scan, sizeof(sim_msg_t));
    scan.kind = SIM_SCAN;
    sim_node_send(n, &scan);
}


static void
sim_node_scanned(ngx_uint_t n, sim_msg_t *m)
{
    sim_msg_t    scan;
    ngx_uint_t   i;
    sim_row_t   *rows;

    rows = m->list;

    for (i = 0; i < m->n; i++) {
        if (rows[i].there) {
            sim.resynced++;
            sim_node_merge(n, m->key + i, &rows[i]);
        }
    }

    if (m->key + m->n < SIM_KEYS) {
        ngx_memzero(&scan, sizeof(sim_msg_t));
        scan.kind = SIM_SCAN;
        scan.key = m->key + m->n;
        sim_node_send(n, &scan);
        return;
    }

    ngx_rtalpha_reg_cluster_scanned(&sim.nodes[n].c);
    sim_node_read(n);
}


static void
sim_node_read(ngx_uint_t n)
{
    sim_msg_t  m;

    ngx_memzero(&m, sizeof(sim_msg_t));
    m.kind = SIM_READ_STREAM;
    m.seq = sim.nodes[n].c.pos;
    m.block = sim.nodes[n].c.phase == NGX_RTALPHA_REG_JOINED;

    /* entries that were read before come again, now and then */

    if (m.seq > 3 && sim_chance(sim.twice)) {
        m.seq -= 3;
    }

    sim_node_send(n, &m);
}


static void
sim_node_entries(ngx_uint_t n, sim_msg_t *m)
{
    ngx_int_t     rc;
    ngx_uint_t    i;
    sim_entry_t  *list;

    list = m->list;

    for (i = 0; i < m->n; i++) {
        rc = ngx_rtalpha_reg_cluster_entry(&sim.nodes[n].c, list[i].seq);

        if (rc == NGX_ERROR) {
            sim_say("node %lu: gap before %lu", (unsigned long) n,
                    (unsigned long) list[i].seq);
            sim_node_hello(n);
            return;
        }

        if (rc == NGX_OK) {
            sim_node_entry(n, &list[i]);
        }
    }

    if (m->n < SIM_READ) {
        if (ngx_rtalpha_reg_cluster_tip(&sim.nodes[n].c) != NGX_OK) {
            sim_node_hello(n);
            return;
        }

        sim_node_joined(n);
    }

    sim_node_read(n);
}


static void
sim_node_joined(ngx_uint_t n)
{
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (node->joined == 0 && node->c.phase == NGX_RTALPHA_REG_JOINED) {
        sim_say("node %lu: joined", (unsigned long) n);
        node->joined = sim.now;
    }
}


static void
sim_node_entry(ngx_uint_t n, sim_entry_t *e)
{
    ngx_uint_t                  todo;
    ngx_rtalpha_reg_cluster_t  *c;

    c = &sim.nodes[n].c;

    switch (e->kind) {

    case SIM_ENTRY_ROW:
        sim_node_merge(n, e->key, &e->row);
        break;

    case SIM_ENTRY_GONE:
        todo = ngx_rtalpha_reg_cluster_gone(&sim.nodes[n].marks[e->key],
                                            &e->row.regs);
        sim_say("node %lu: %lu is forgotten%s", (unsigned long) n,
                (unsigned long) e->key,
                todo == NGX_RTALPHA_REG_DO_DROP ? "" : ", not here");
        sim.changes += todo == NGX_RTALPHA_REG_DO_LEASE;
        sim_node_do(n, e->key, todo, 0);
        break;

    case SIM_ENTRY_JOIN:
        (void) ngx_rtalpha_reg_members_join(&c->members, e->node);
        break;

    case SIM_ENTRY_DEAD:
        sim_say("node %lu: hears that %08lx is dead", (unsigned long) n,
                (unsigned long) (e->node >> 32));
        (void) ngx_rtalpha_reg_members_leave(&c->members, e->node,
                                             sim_node_now(n));
        break;
    }
}


static void
sim_node_trace(ngx_uint_t n, ngx_uint_t key, ngx_rtalpha_reg_regs_t *had,
    ngx_rtalpha_reg_regs_t *came)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_regs_t  *r[3];

    if (!sim.trace) {
        return;
    }

    sim_say("node %lu: %lu is %s", (unsigned long) n, (unsigned long) key,
            sim_node_shows(n, key) ? "there" : "gone");

    r[0] = had;
    r[1] = came;
    r[2] = &sim.nodes[n].marks[key].regs;

    for (i = 0; i < 3; i++) {
        printf("%*s%s %ld.%u %s by %08lx, turn %u %s of %08lx\n", 12, "",
               i == 0 ? "had" : i == 1 ? "came" : "now", (long) r[i]->stamp,
               r[i]->rev, r[i]->closed ? "closed" : "open",
               (unsigned long) (r[i]->writer >> 32), r[i]->turn,
               r[i]->live ? "live" : "ended",
               (unsigned long) (r[i]->owner >> 32));
    }
}


static void
sim_node_merge(ngx_uint_t n, ngx_uint_t key, sim_row_t *row)
{
    ngx_uint_t                  todo, was;
    ngx_rtalpha_reg_mark_t      before;
    ngx_rtalpha_reg_cluster_t  *c;

    c = &sim.nodes[n].c;
    before = sim.nodes[n].marks[key];
    was = sim_node_shows(n, key);

    todo = ngx_rtalpha_reg_cluster_merge(c, &sim.nodes[n].marks[key],
                                         &row->regs, row->doc != 0,
                                         (uint32_t) key, sim_node_now(n));

    if (before.regs.turn != sim.nodes[n].marks[key].regs.turn
        || was != sim_node_shows(n, key))
    {
        sim_node_trace(n, key, &before.regs, &row->regs);
    }

    if (todo & NGX_RTALPHA_REG_DO_LEASE) {
        sim.changes++;
    }

    sim_node_do(n, key, todo, row->doc);
    sim_node_ask(n, key);
}


static void
sim_node_merged(ngx_uint_t n, sim_msg_t *m)
{
    if (m->status == SIM_NEED) {
        sim.resynced++;
        sim_node_tell(n, m->key, sim_node_shows(n, m->key)
                                 ? NGX_RTALPHA_REG_DO_PUSH
                                 : NGX_RTALPHA_REG_DO_FETCH);
        return;
    }

    sim_node_merge(n, m->key, &m->row);
}


static void
sim_node_fetched(ngx_uint_t n, sim_msg_t *m)
{
    if (m->status == SIM_OK) {
        sim_node_merge(n, m->key, &m->row);
        return;
    }

    if (!sim_node_shows(n, m->key) && sim.nodes[n].marks[m->key].lapsed) {
        sim_node_drop(n, m->key);
    }
}


static void
sim_node_beaten(ngx_uint_t n, sim_msg_t *m)
{
    sim_msg_t    tell;
    ngx_uint_t   i;

    for (i = 0; i < m->n; i++) {
        if (ngx_rtalpha_reg_members_count(&sim.nodes[n].c.members, m->ids[i],
                                          m->counts[i]))
        {
            sim_say("node %lu: %08lx is silent", (unsigned long) n,
                    (unsigned long) (m->ids[i] >> 32));

            ngx_memzero(&tell, sizeof(sim_msg_t));
            tell.kind = SIM_SILENT;
            tell.ids[0] = m->ids[i];
            tell.counts[0] = m->counts[i];
            sim_node_send(n, &tell);
        }
    }
}


/* a document is a number that nobody has used before */

static uint32_t
sim_node_doc(void)
{
    static uint32_t  last;

    return ++last;
}


ngx_uint_t
sim_node_register(ngx_uint_t n, ngx_uint_t key, int64_t dirty, uint64_t lease)
{
    sim_node_t              *node;
    ngx_rtalpha_reg_mark_t  *m;

    node = &sim.nodes[n];
    m = &node->marks[key];

    ngx_rtalpha_reg_cluster_write(&node->self, m, dirty, lease,
                                  sim_node_now(n));
    node->docs[key] = sim_node_doc();
    sim.changes++;

    sim_node_ask(n, key);
    sim_node_tell(n, key, NGX_RTALPHA_REG_DO_PUSH);

    return 204;
}


ngx_uint_t
sim_node_renew(ngx_uint_t n, ngx_uint_t key)
{
    ngx_int_t    rc;
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!sim_node_shows(n, key)) {
        return 404;
    }

    rc = ngx_rtalpha_reg_cluster_renew(&node->self, &node->marks[key],
                                       sim_node_now(n));

    if (rc == NGX_AGAIN) {
        sim.changes++;
        sim_node_tell(n, key, NGX_RTALPHA_REG_DO_LEASE);
    }

    if (rc != NGX_OK) {
        sim_node_ask(n, key);
    }

    return 200;
}


ngx_uint_t
sim_node_cancel(ngx_uint_t n, ngx_uint_t key)
{
    sim_node_t  *node;

    node = &sim.nodes[n];

    if (!sim_node_shows(n, key)) {
        return 404;
    }

    ngx_rtalpha_reg_cluster_cancel(&node->self, &node->marks[key],
                                   sim_node_now(n));
    node->docs[key] = 0;
    sim.changes++;
    sim_node_tell(n, key, NGX_RTALPHA_REG_DO_PUSH);

    return 200;
}


ngx_uint_t
sim_node_override(ngx_uint_t n, ngx_uint_t key)
{
    if (!sim_node_shows(n, key)) {
        return 404;
    }

    (void) sim_node_register(n, key, sim.nodes[n].marks[key].regs.stamp,
                             sim.clients[key].lease);
    return 200;
}
