
/*
 * The rules.  Registers only grow (the join of a lattice), so that whatever
 * happens to messages, nodes that have heard the same things agree; all else
 * here is about who must say what to the store, and when a lease is over.
 *
 * The one thing that is not a join is forgetting the dead, which nobody may
 * miss: a node that was away for longer than they are remembered does not
 * trust what it has, unless a client has renewed it here meanwhile.
 */


#include "ngx_rtalpha_reg_cluster.h"


/* in place of the number of a resync: read from disk, the store may know */
#define NGX_RTALPHA_REG_LOADED  0xffffffff

#define ngx_rtalpha_reg_mark_known(m)  ((m)->regs.turn != 0)

/* between two changes of the owner */
#define ngx_rtalpha_reg_mark_pause(m)  ((m)->lease / 8 * 3)


static void ngx_rtalpha_reg_cluster_revise(ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_regs_t *r, ngx_uint_t same);
static void ngx_rtalpha_reg_cluster_own(const ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m);
static ngx_uint_t ngx_rtalpha_reg_cluster_held(
    const ngx_rtalpha_reg_mark_t *m, uint64_t now);
static ngx_uint_t ngx_rtalpha_reg_cluster_stale(
    const ngx_rtalpha_reg_cluster_t *c, const ngx_rtalpha_reg_mark_t *m);
static void ngx_rtalpha_reg_cluster_join(const ngx_rtalpha_reg_regs_t *had,
    const ngx_rtalpha_reg_regs_t *came, ngx_uint_t content, ngx_uint_t lease,
    ngx_rtalpha_reg_regs_t *next);
static ngx_uint_t ngx_rtalpha_reg_cluster_claims(
    const ngx_rtalpha_reg_cluster_t *c, const ngx_rtalpha_reg_mark_t *m,
    const ngx_rtalpha_reg_regs_t *r, uint64_t now);
static ngx_uint_t ngx_rtalpha_reg_cluster_mine(
    const ngx_rtalpha_reg_cluster_t *c, const ngx_rtalpha_reg_mark_t *m,
    uint32_t key);
static ngx_uint_t ngx_rtalpha_reg_cluster_owed(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, uint64_t now, uint64_t *next);
static void ngx_rtalpha_reg_cluster_bare(ngx_rtalpha_reg_regs_t *r);
static uint64_t ngx_rtalpha_reg_cluster_end(
    const ngx_rtalpha_reg_cluster_t *c, const ngx_rtalpha_reg_mark_t *m);


ngx_int_t
ngx_rtalpha_reg_regs_content(const ngx_rtalpha_reg_regs_t *a,
    const ngx_rtalpha_reg_regs_t *b)
{
    if (a->stamp != b->stamp) {
        return a->stamp < b->stamp ? -1 : 1;
    }

    if (a->closed != b->closed) {
        return a->closed ? 1 : -1;
    }

    if (a->rev != b->rev) {
        return a->rev < b->rev ? -1 : 1;
    }

    if (a->writer != b->writer) {
        return a->writer < b->writer ? -1 : 1;
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_reg_regs_lease(const ngx_rtalpha_reg_regs_t *a,
    const ngx_rtalpha_reg_regs_t *b)
{
    if (a->turn != b->turn) {
        return a->turn < b->turn ? -1 : 1;
    }

    /* who says that it goes on has seen a renewal, the other has not */

    if (a->live != b->live) {
        return a->live ? 1 : -1;
    }

    if (a->owner != b->owner) {
        return a->owner < b->owner ? -1 : 1;
    }

    return 0;
}


/*
 * A cancel closes its stamp, so that nothing of that stamp comes back; a
 * registration after it opens a greater one, whatever the client's clock.
 */

void
ngx_rtalpha_reg_cluster_write(ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, int64_t dirty, ngx_msec_t lease, uint64_t now)
{
    ngx_uint_t               known;
    ngx_rtalpha_reg_regs_t  *r;

    r = &m->regs;
    known = ngx_rtalpha_reg_mark_known(m);

    if (known && r->closed) {
        dirty = ngx_max(dirty, r->stamp + 1);

    } else if (known) {
        dirty = ngx_max(dirty, r->stamp);
    }

    ngx_rtalpha_reg_cluster_revise(self, r, known && dirty == r->stamp);
    r->stamp = dirty;

    m->held = now;
    m->since = now;
    m->seen = 0;

    if (r->closed || !r->live || r->owner != self->id || m->lapsed) {
        ngx_rtalpha_reg_cluster_own(self, m);
    }

    r->closed = 0;
    m->lapsed = 0;
    m->lease = (uint32_t) lease;
}


/*
 * No two contents of a node have one number, also when it has forgotten the
 * first: one that comes back from elsewhere must not pass for the second.
 */

static void
ngx_rtalpha_reg_cluster_revise(ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_regs_t *r, ngx_uint_t same)
{
    self->writes++;
    r->rev = same ? ngx_max(r->rev + 1, self->writes) : self->writes;
    r->writer = self->id;
}


void
ngx_rtalpha_reg_cluster_cancel(ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, uint64_t now)
{
    ngx_rtalpha_reg_cluster_revise(self, &m->regs, 1);
    m->regs.closed = 1;
    m->lapsed = 0;
    m->held = 0;
    m->since = now;
    m->seen = 0;
}


/*
 * An instance behind a load balancer renews now here, now there.  However
 * often it does, it changes hands once in 3/8 of a lease at most: a renewal
 * that comes sooner is told of when that time has passed (see due()).  Then
 * the owner counts the lease from a renewal 3/8 of a lease ago at the worst,
 * and the next one is told of after 6/8, before the lease can end.
 */

ngx_int_t
ngx_rtalpha_reg_cluster_renew(const ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, uint64_t now)
{
    m->held = now;

    if (!self->joined) {
        m->seen = 0;
    }

    if (m->regs.owner == self->id && m->regs.live) {
        return NGX_OK;
    }

    if (self->joined && !m->late
        && now < m->since + ngx_rtalpha_reg_mark_pause(m))
    {
        return NGX_DECLINED;
    }

    ngx_rtalpha_reg_cluster_own(self, m);

    return NGX_AGAIN;
}


/* the owner is not known any more, and all that the store has is newer */

void
ngx_rtalpha_reg_cluster_load(const ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m, int64_t dirty, ngx_msec_t lease, uint64_t now)
{
    ngx_memzero(m, sizeof(ngx_rtalpha_reg_mark_t));

    m->regs.stamp = dirty;
    m->regs.writer = self->id;
    m->regs.turn = 1;
    m->regs.live = 1;
    m->since = now;
    m->late = 1;
    m->lease = (uint32_t) lease;
    m->seen = NGX_RTALPHA_REG_LOADED;
}


static void
ngx_rtalpha_reg_cluster_own(const ngx_rtalpha_reg_self_t *self,
    ngx_rtalpha_reg_mark_t *m)
{
    m->regs.turn++;
    m->regs.live = 1;
    m->regs.owner = self->id;
    m->since = m->held;
    m->late = 0;
    m->seen = 0;
}


ngx_int_t
ngx_rtalpha_reg_cluster_init(ngx_rtalpha_reg_cluster_t *c, ngx_pool_t *pool,
    ngx_rtalpha_reg_self_t *self, uint64_t current)
{
    ngx_memzero(c, sizeof(ngx_rtalpha_reg_cluster_t));

    c->self = self;
    c->current = current;
    c->settle = NGX_RTALPHA_REG_SETTLE;
    c->retain = NGX_RTALPHA_REG_RETAIN;
    self->joined = 0;

    return ngx_rtalpha_reg_members_init(&c->members, pool, self->id);
}


/*
 * Within an era nothing is lost: what this node has told the store is there,
 * and the stream goes on where it was left, if it reaches back that far.
 */

ngx_int_t
ngx_rtalpha_reg_cluster_hello(ngx_rtalpha_reg_cluster_t *c, uint64_t era,
    uint64_t seq, const uint64_t *nodes, ngx_uint_t n, uint64_t now)
{
    c->up = now;
    c->target = seq;
    c->sweeps = 0;
    c->self->joined = 0;

    if (era == c->era && c->phase == NGX_RTALPHA_REG_ALONE
        && c->pos <= seq)
    {
        c->fresh = 0;
        c->phase = NGX_RTALPHA_REG_CATCHUP;
        return NGX_OK;
    }

    c->era = era;
    c->pos = seq;
    c->epoch++;
    c->resync = now;
    c->fresh = 1;
    c->phase = NGX_RTALPHA_REG_SCAN;

    if (ngx_rtalpha_reg_members_reset(&c->members, nodes, n, now) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


void
ngx_rtalpha_reg_cluster_scanned(ngx_rtalpha_reg_cluster_t *c)
{
    if (c->phase == NGX_RTALPHA_REG_SCAN) {
        c->phase = NGX_RTALPHA_REG_CATCHUP;
    }
}


/* a scan that was not finished is begun anew */

void
ngx_rtalpha_reg_cluster_down(ngx_rtalpha_reg_cluster_t *c)
{
    if (c->phase == NGX_RTALPHA_REG_SCAN) {
        c->era = 0;
    }

    c->phase = NGX_RTALPHA_REG_ALONE;
    c->self->joined = 0;
}


ngx_int_t
ngx_rtalpha_reg_cluster_entry(ngx_rtalpha_reg_cluster_t *c, uint64_t seq)
{
    if (seq <= c->pos) {
        return NGX_DECLINED;
    }

    if (seq != c->pos + 1) {
        c->era = 0;
        return NGX_ERROR;
    }

    c->pos = seq;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_cluster_tip(ngx_rtalpha_reg_cluster_t *c)
{
    if (c->phase < NGX_RTALPHA_REG_CATCHUP) {
        return NGX_OK;
    }

    if (c->pos < c->target) {
        c->era = 0;
        return NGX_ERROR;
    }

    c->phase = NGX_RTALPHA_REG_JOINED;
    c->self->joined = 1;

    return NGX_OK;
}


/*
 * Sweeps after each hello: one as soon as everything has been read, to tell
 * what the store lacks of this node's own; one more when the other nodes
 * have had time to do likewise, for those that are gone, and a third for
 * whatever is still missing, whoever should have told.  They go on as long
 * as there is something left.
 */

ngx_uint_t
ngx_rtalpha_reg_cluster_tick(ngx_rtalpha_reg_cluster_t *c, uint64_t now)
{
    uint64_t    age;
    ngx_uint_t  wanted;

    if (c->phase != NGX_RTALPHA_REG_JOINED) {
        return 0;
    }

    age = now - c->up;
    wanted = 1;

    if (age >= c->settle) {
        wanted = age < 2 * c->settle ? 2 : 3 + age * 3 / c->settle;

        if (ngx_rtalpha_reg_members_settle(&c->members, now) != NGX_OK) {
            return 0;
        }
    }

    if (c->sweeps >= 3 && !c->left) {
        c->current = now;
        return 0;
    }

    if (c->sweeps >= wanted) {
        return 0;
    }

    c->sweeps = wanted;
    c->left = 0;

    return 1;
}


/*
 * Whoever does not show an instance has not kept its document: then its
 * content register is worth nothing beside that of a lease as new as its
 * own.  A document is wanted for an instance that is to be seen and was not,
 * or whose content is newer.
 */

ngx_uint_t
ngx_rtalpha_reg_cluster_merge(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, const ngx_rtalpha_reg_regs_t *r,
    ngx_uint_t doc, uint32_t key, uint64_t now)
{
    ngx_int_t                order;
    ngx_uint_t               was, shows, known, content, lease, todo;
    ngx_rtalpha_reg_regs_t   next;

    known = ngx_rtalpha_reg_mark_known(m)
            && !ngx_rtalpha_reg_cluster_stale(c, m);
    was = ngx_rtalpha_reg_mark_show(m);

    order = known ? ngx_rtalpha_reg_regs_lease(r, &m->regs) : 1;
    lease = order > 0;

    content = !known || ngx_rtalpha_reg_regs_content(r, &m->regs) > 0
              || (!was && !m->regs.closed && order >= 0);

    ngx_rtalpha_reg_cluster_join(&m->regs, r, content, lease, &next);
    todo = 0;

    if (lease && known && !next.closed
        && ngx_rtalpha_reg_cluster_claims(c, m, r, now))
    {
        next.turn = r->turn + 1;
        next.live = 1;
        next.owner = c->self->id;
        todo = NGX_RTALPHA_REG_DO_LEASE;
    }

    shows = ngx_rtalpha_reg_regs_show(&next);

    if (known && m->lapsed && !lease
        && (!content || ngx_rtalpha_reg_cluster_mine(c, m, key)))
    {
        /* older news, or this node's to judge, and it has: see the sweep */
        shows = 0;
    }

    if (shows && !doc && (content || !was)) {
        return NGX_RTALPHA_REG_DO_FETCH;
    }

    if (content || lease) {
        m->since = todo ? m->held : now - r->age;
        m->late = c->phase != NGX_RTALPHA_REG_JOINED;
    }

    if (!known || next.closed || !next.live) {
        m->held = 0;
    }

    m->regs = next;

    if (shows || !ngx_rtalpha_reg_regs_show(&next)) {
        m->lapsed = 0;
    }

    if (todo) {
        m->seen = 0;

    } else if (ngx_rtalpha_reg_regs_content(&next, r) == 0
               && ngx_rtalpha_reg_regs_lease(&next, r) == 0)
    {
        m->seen = c->epoch;
    }

    if (was != shows || (shows && content)) {
        todo |= NGX_RTALPHA_REG_DO_SHOW;
    }

    return todo;
}


/* of each register one of the two; the message's age goes with the message */

static void
ngx_rtalpha_reg_cluster_join(const ngx_rtalpha_reg_regs_t *had,
    const ngx_rtalpha_reg_regs_t *came, ngx_uint_t content, ngx_uint_t lease,
    ngx_rtalpha_reg_regs_t *next)
{
    const ngx_rtalpha_reg_regs_t  *from;

    from = content ? came : had;

    next->stamp = from->stamp;
    next->closed = from->closed;
    next->rev = from->rev;
    next->writer = from->writer;

    from = lease ? came : had;

    next->turn = from->turn;
    next->live = from->live;
    next->owner = from->owner;
    next->age = 0;
}


/*
 * A renewal is a fact, the end of a lease a guess: who has seen a renewal
 * within the lease contradicts.  It also contradicts another owner that had
 * not heard of its claim.
 */

static ngx_uint_t
ngx_rtalpha_reg_cluster_claims(const ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m, const ngx_rtalpha_reg_regs_t *r,
    uint64_t now)
{
    if (!ngx_rtalpha_reg_cluster_held(m, now)) {
        return 0;
    }

    return !r->live || (m->seen == 0 && r->owner != c->self->id);
}


static ngx_uint_t
ngx_rtalpha_reg_cluster_held(const ngx_rtalpha_reg_mark_t *m, uint64_t now)
{
    return m->held != 0 && !m->lapsed && now - m->held < m->lease;
}


/*
 * Not seen in the store after a resync, and older than what is remembered
 * there.  A quarter of the time is kept for clocks that go wrong and for
 * what is under way.  A cancel that the store has not heard of stays good:
 * it closes no more than its stamp.
 */

static ngx_uint_t
ngx_rtalpha_reg_cluster_stale(const ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m)
{
    uint64_t  good;

    if (m->seen == c->epoch || c->phase == NGX_RTALPHA_REG_ALONE
        || (m->seen == 0 && (m->regs.closed || !c->fresh)))
    {
        return 0;
    }

    good = ngx_max(m->held, c->current);

    if (m->seen != NGX_RTALPHA_REG_LOADED) {
        good = ngx_max(good, m->since);
    }

    /* as of the resync: what the scan trusted, the sweeps have to trust */

    return c->resync > good && c->resync - good > c->retain - c->retain / 4;
}


static ngx_uint_t
ngx_rtalpha_reg_cluster_mine(const ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m, uint32_t key)
{
    uint64_t  who;

    who = m->regs.closed ? m->regs.writer : m->regs.owner;

    return ngx_rtalpha_reg_members_stead(&c->members, who, key)
           == c->self->id;
}


static uint64_t
ngx_rtalpha_reg_cluster_end(const ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m)
{
    uint64_t  from, died;

    from = ngx_max(m->held, m->since);

    if (!ngx_rtalpha_reg_members_alive(&c->members, m->regs.owner, &died)) {
        from = ngx_max(from, died);
    }

    return from + m->lease;
}


/*
 * Alone, a node judges what was its to judge when the link broke; of others'
 * it hears nothing and keeps them: an outage of the store empties nothing.
 */

ngx_uint_t
ngx_rtalpha_reg_cluster_due(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, uint32_t key, uint64_t now, uint64_t *next)
{
    uint64_t  end;

    *next = 0;

    if (!ngx_rtalpha_reg_mark_show(m)) {
        return 0;
    }

    if (!ngx_rtalpha_reg_cluster_mine(c, m, key)) {
        return ngx_rtalpha_reg_cluster_owed(c, m, now, next);
    }

    end = ngx_rtalpha_reg_cluster_end(c, m);

    if (now < end) {
        *next = end;
        return 0;
    }

    if (c->phase == NGX_RTALPHA_REG_ALONE) {
        m->lapsed = 1;
        m->since = ngx_max(m->since, m->held);
        m->held = 0;
        return NGX_RTALPHA_REG_DO_LAPSE;
    }

    if (c->phase != NGX_RTALPHA_REG_JOINED) {
        *next = now + 100;
        return 0;
    }

    *next = now + 1000;

    /* what the store may not have heard of must not end with the lease */

    return m->seen == c->epoch ? NGX_RTALPHA_REG_DO_EXPIRE
                               : NGX_RTALPHA_REG_DO_PUSH;
}


/* another's: a renewal that it has not been told of makes it this node's */

static ngx_uint_t
ngx_rtalpha_reg_cluster_owed(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, uint64_t now, uint64_t *next)
{
    if (m->held <= m->since) {
        *next = now + m->lease;
        return 0;
    }

    *next = m->since + ngx_rtalpha_reg_mark_pause(m);

    if (now < *next) {
        return 0;
    }

    ngx_rtalpha_reg_cluster_own(c->self, m);
    *next = m->held + m->lease;

    return NGX_RTALPHA_REG_DO_LEASE;
}


void
ngx_rtalpha_reg_cluster_ended(const ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m, ngx_rtalpha_reg_regs_t *r)
{
    *r = m->regs;
    r->turn++;
    r->live = 0;
    r->owner = c->self->id;
    r->age = 0;
    ngx_rtalpha_reg_cluster_bare(r);
}


void
ngx_rtalpha_reg_cluster_told(const ngx_rtalpha_reg_mark_t *m, uint64_t now,
    ngx_rtalpha_reg_regs_t *r)
{
    *r = m->regs;
    r->age = (uint32_t) ngx_min(now - m->since, m->lease);

    if (!r->closed && !ngx_rtalpha_reg_mark_show(m)) {
        ngx_rtalpha_reg_cluster_bare(r);
    }
}


/* no content: the least of that register */

static void
ngx_rtalpha_reg_cluster_bare(ngx_rtalpha_reg_regs_t *r)
{
    r->stamp = INT64_MIN;
    r->closed = 0;
    r->rev = 0;
    r->writer = 0;
}


ngx_uint_t
ngx_rtalpha_reg_cluster_sweep(ngx_rtalpha_reg_cluster_t *c,
    ngx_rtalpha_reg_mark_t *m, uint32_t key, uint64_t now)
{
    ngx_uint_t  mine;

    if (!ngx_rtalpha_reg_mark_known(m)
        || c->phase != NGX_RTALPHA_REG_JOINED
        || (m->seen == c->epoch && !m->lapsed))
    {
        return 0;
    }

    if (ngx_rtalpha_reg_cluster_stale(c, m)) {
        return NGX_RTALPHA_REG_DO_DROP;
    }

    c->left = 1;
    mine = ngx_rtalpha_reg_cluster_mine(c, m, key)
           || now - c->up >= 2 * c->settle;

    if (m->lapsed) {
        return mine ? NGX_RTALPHA_REG_DO_EXPIRE : NGX_RTALPHA_REG_DO_FETCH;
    }

    if (m->seen == 0) {
        return NGX_RTALPHA_REG_DO_LEASE;
    }

    return mine ? NGX_RTALPHA_REG_DO_PUSH : 0;
}


/*
 * The dead are remembered for a time, and are forgotten in the store first:
 * by one node, which the others hear of.
 */

ngx_uint_t
ngx_rtalpha_reg_cluster_age(ngx_rtalpha_reg_cluster_t *c,
    const ngx_rtalpha_reg_mark_t *m, uint32_t key, uint64_t now)
{
    if (c->phase != NGX_RTALPHA_REG_JOINED || m->seen != c->epoch
        || ngx_rtalpha_reg_regs_show(&m->regs)
        || now - m->since < c->retain)
    {
        return 0;
    }

    if (ngx_rtalpha_reg_cluster_mine(c, m, key)) {
        return NGX_RTALPHA_REG_DO_FORGET;
    }

    return now - m->since < 2 * c->retain ? 0 : NGX_RTALPHA_REG_DO_DROP;
}


/*
 * What is as old as what was forgotten, or older, goes.  What is newer may
 * have come in part from before: the store is told of it anew.
 */

ngx_uint_t
ngx_rtalpha_reg_cluster_gone(ngx_rtalpha_reg_mark_t *m,
    const ngx_rtalpha_reg_regs_t *r)
{
    if (!ngx_rtalpha_reg_mark_known(m)) {
        return 0;
    }

    if (ngx_rtalpha_reg_mark_show(m)
        || ngx_rtalpha_reg_regs_lease(&m->regs, r) > 0
        || (m->regs.closed
            && ngx_rtalpha_reg_regs_content(&m->regs, r) > 0))
    {
        m->seen = 0;
        return NGX_RTALPHA_REG_DO_LEASE;
    }

    return NGX_RTALPHA_REG_DO_DROP;
}
