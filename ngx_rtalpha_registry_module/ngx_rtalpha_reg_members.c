
/*
 * Members in an array by id, the departed in another.  Each node's entries
 * are found by halving; joining and leaving move the rest.
 */


#include "ngx_rtalpha_reg_members.h"


/* the departed that are remembered: leases of older ones are over */
#define NGX_RTALPHA_REG_DEPARTED  1024


static ngx_uint_t ngx_rtalpha_reg_members_place(
    const ngx_rtalpha_reg_members_t *ms, uint64_t id, ngx_uint_t *found);
static ngx_rtalpha_reg_member_t *ngx_rtalpha_reg_members_find(
    const ngx_rtalpha_reg_members_t *ms, uint64_t id);
static ngx_rtalpha_reg_departed_t *ngx_rtalpha_reg_members_departed(
    const ngx_rtalpha_reg_members_t *ms, uint64_t id);
static uint64_t ngx_rtalpha_reg_members_weight(uint64_t id, uint32_t key);


ngx_int_t
ngx_rtalpha_reg_members_init(ngx_rtalpha_reg_members_t *ms, ngx_pool_t *pool,
    uint64_t self)
{
    ngx_memzero(ms, sizeof(ngx_rtalpha_reg_members_t));

    ms->self = self;

    if (ngx_array_init(&ms->alive, pool, 8, sizeof(ngx_rtalpha_reg_member_t))
        != NGX_OK
        || ngx_array_init(&ms->dead, pool, 8,
                          sizeof(ngx_rtalpha_reg_departed_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_reg_members_join(ms, self);
}


ngx_int_t
ngx_rtalpha_reg_members_join(ngx_rtalpha_reg_members_t *ms, uint64_t id)
{
    ngx_uint_t                   i, found;
    ngx_rtalpha_reg_member_t    *member;
    ngx_rtalpha_reg_departed_t  *gone, *last;

    i = ngx_rtalpha_reg_members_place(ms, id, &found);

    if (!found) {
        if (ngx_array_push(&ms->alive) == NULL) {
            return NGX_ERROR;
        }

        member = ms->alive.elts;
        ngx_memmove(&member[i + 1], &member[i], (ms->alive.nelts - 1 - i)
                                          * sizeof(ngx_rtalpha_reg_member_t));
    }

    member = ms->alive.elts;
    ngx_memzero(&member[i], sizeof(ngx_rtalpha_reg_member_t));
    member[i].id = id;

    gone = ngx_rtalpha_reg_members_departed(ms, id);

    if (gone) {
        last = ms->dead.elts;
        *gone = last[--ms->dead.nelts];
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_members_leave(ngx_rtalpha_reg_members_t *ms, uint64_t id,
    uint64_t now)
{
    ngx_uint_t                   i, found;
    ngx_rtalpha_reg_member_t    *member;
    ngx_rtalpha_reg_departed_t  *gone;

    i = ngx_rtalpha_reg_members_place(ms, id, &found);

    /* that this node is alive, it knows better */

    if (!found || id == ms->self) {
        return NGX_OK;
    }

    if (ms->dead.nelts == NGX_RTALPHA_REG_DEPARTED) {
        gone = ms->dead.elts;
        ngx_memmove(gone, gone + 1, (NGX_RTALPHA_REG_DEPARTED - 1)
                                    * sizeof(ngx_rtalpha_reg_departed_t));
        gone += NGX_RTALPHA_REG_DEPARTED - 1;

    } else {
        gone = ngx_array_push(&ms->dead);
        if (gone == NULL) {
            return NGX_ERROR;
        }
    }

    gone->id = id;
    gone->died = now;

    member = ms->alive.elts;
    ms->alive.nelts--;
    ngx_memmove(&member[i], &member[i + 1], (ms->alive.nelts - i)
                                          * sizeof(ngx_rtalpha_reg_member_t));

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_members_reset(ngx_rtalpha_reg_members_t *ms,
    const uint64_t *nodes, ngx_uint_t n, uint64_t now)
{
    ngx_uint_t                 i;
    ngx_rtalpha_reg_member_t  *member;

    ms->since = now;
    member = ms->alive.elts;

    for (i = 0; i < ms->alive.nelts; i++) {
        member[i].missing = member[i].id != ms->self;
    }

    for (i = 0; i < n; i++) {
        if (ngx_rtalpha_reg_members_join(ms, nodes[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_members_settle(ngx_rtalpha_reg_members_t *ms, uint64_t now)
{
    ngx_uint_t                 i;
    ngx_rtalpha_reg_member_t  *member;

    for (i = ms->alive.nelts; i > 0; i--) {
        member = ms->alive.elts;

        if (member[i - 1].missing
            && ngx_rtalpha_reg_members_leave(ms, member[i - 1].id, now)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_rtalpha_reg_members_watch(const ngx_rtalpha_reg_members_t *ms,
    uint64_t *ids)
{
    ngx_uint_t                 i, k, n, found;
    ngx_rtalpha_reg_member_t  *member;

    member = ms->alive.elts;
    i = ngx_rtalpha_reg_members_place(ms, ms->self, &found);
    n = 0;

    for (k = 1; k < ms->alive.nelts && n < NGX_RTALPHA_REG_WATCH; k++) {
        i = (i + 1) % ms->alive.nelts;

        if (!member[i].missing) {
            ids[n++] = member[i].id;
        }
    }

    return n;
}


ngx_uint_t
ngx_rtalpha_reg_members_count(ngx_rtalpha_reg_members_t *ms, uint64_t id,
    uint64_t count)
{
    ngx_rtalpha_reg_member_t  *member;

    member = ngx_rtalpha_reg_members_find(ms, id);

    if (member == NULL) {
        return 0;
    }

    if (member->count != count) {
        member->count = count;
        member->missed = 0;
        return 0;
    }

    return ++member->missed >= NGX_RTALPHA_REG_MISSED;
}


ngx_uint_t
ngx_rtalpha_reg_members_alive(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id, uint64_t *died)
{
    ngx_rtalpha_reg_departed_t  *gone;

    if (ngx_rtalpha_reg_members_find(ms, id)) {
        return 1;
    }

    gone = ngx_rtalpha_reg_members_departed(ms, id);
    *died = gone ? gone->died : ms->since;

    return 0;
}


/*
 * The highest weight wins: when a node comes or goes, only what is its own
 * changes hands.  Those that are missing are not chosen.
 */

uint64_t
ngx_rtalpha_reg_members_stead(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id, uint32_t key)
{
    uint64_t                   weight, best, who;
    ngx_uint_t                 i;
    ngx_rtalpha_reg_member_t  *member;

    if (ngx_rtalpha_reg_members_find(ms, id)) {
        return id;
    }

    member = ms->alive.elts;
    who = ms->self;
    best = ngx_rtalpha_reg_members_weight(who, key);

    for (i = 0; i < ms->alive.nelts; i++) {

        if (member[i].missing) {
            continue;
        }

        weight = ngx_rtalpha_reg_members_weight(member[i].id, key);

        if (weight > best) {
            best = weight;
            who = member[i].id;
        }
    }

    return who;
}


static ngx_uint_t
ngx_rtalpha_reg_members_place(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id, ngx_uint_t *found)
{
    ngx_uint_t                 low, high, mid;
    ngx_rtalpha_reg_member_t  *member;

    member = ms->alive.elts;
    low = 0;
    high = ms->alive.nelts;

    while (low < high) {
        mid = low + (high - low) / 2;

        if (member[mid].id < id) {
            low = mid + 1;

        } else {
            high = mid;
        }
    }

    *found = low < ms->alive.nelts && member[low].id == id;

    return low;
}


static ngx_rtalpha_reg_member_t *
ngx_rtalpha_reg_members_find(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id)
{
    ngx_uint_t                 i, found;
    ngx_rtalpha_reg_member_t  *member;

    member = ms->alive.elts;
    i = ngx_rtalpha_reg_members_place(ms, id, &found);

    return found ? &member[i] : NULL;
}


static ngx_rtalpha_reg_departed_t *
ngx_rtalpha_reg_members_departed(const ngx_rtalpha_reg_members_t *ms,
    uint64_t id)
{
    ngx_uint_t                   i;
    ngx_rtalpha_reg_departed_t  *gone;

    gone = ms->dead.elts;

    for (i = 0; i < ms->dead.nelts; i++) {
        if (gone[i].id == id) {
            return &gone[i];
        }
    }

    return NULL;
}


/* the finalizer of splitmix64 */

static uint64_t
ngx_rtalpha_reg_members_weight(uint64_t id, uint32_t key)
{
    uint64_t  x;

    x = id ^ ((uint64_t) key << 32 | key);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;

    return x ^ (x >> 31);
}
