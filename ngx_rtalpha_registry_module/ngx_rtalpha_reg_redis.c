
/*
 * The link of a cluster to Redis, in the zone leader: two connections, the
 * hello on each new one, the beat, and what to do when something is wrong.
 *
 * Whatever goes wrong has one answer: the node is alone, and says hello
 * again a little later.  Answers to what was asked before are void then, and
 * what has not been told is found by the sweeps after the hello.
 */


#include "ngx_rtalpha_reg_redis_inner.h"


#define NGX_RTALPHA_REG_REDIS_TICK   100
#define NGX_RTALPHA_REG_REDIS_PAUSE  250
#define NGX_RTALPHA_REG_REDIS_FAR    500        /* between connects */
#define NGX_RTALPHA_REG_REDIS_READ   6000       /* longest read */


static ngx_uint_t ngx_rtalpha_reg_redis_wanted(void);
static void ngx_rtalpha_reg_redis_start(void);
static ngx_int_t ngx_rtalpha_reg_redis_keys(ngx_rtalpha_reg_link_t *link);
static void ngx_rtalpha_reg_redis_stop(void);
static void ngx_rtalpha_reg_redis_connect(void);
static void ngx_rtalpha_reg_redis_changed(void *data, ngx_uint_t up);
static void ngx_rtalpha_reg_redis_reader(void *data, ngx_uint_t up);
static void ngx_rtalpha_reg_redis_alone(void);
static void ngx_rtalpha_reg_redis_timer(ngx_event_t *ev);
static void ngx_rtalpha_reg_redis_work(ngx_event_t *ev);
static void ngx_rtalpha_reg_redis_helloed(void *data,
    const ngx_rtalpha_reply_t *reply);
static ngx_int_t ngx_rtalpha_reg_redis_greet(
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_reg_redis_beat(void);
static void ngx_rtalpha_reg_redis_beaten(void *data,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_reg_redis_silent(uint64_t id, uint64_t count);
static void ngx_rtalpha_reg_redis_told(void *data,
    const ngx_rtalpha_reply_t *reply);


#define ngx_rtalpha_reg_conn_data(conn)  ((void *) (uintptr_t) (conn))
#define ngx_rtalpha_reg_conn(data)       ((ngx_uint_t) (uintptr_t) (data))


ngx_rtalpha_reg_link_t  ngx_rtalpha_reg_link;

static ngx_uint_t  ngx_rtalpha_reg_redis_leads;


static ngx_uint_t
ngx_rtalpha_reg_redis_wanted(void)
{
    return ngx_rtalpha_reg_conf.cluster && !ngx_rtalpha_reg_conf.mirror
           && ngx_rtalpha_redis_configured((ngx_cycle_t *) ngx_cycle);
}


void
ngx_rtalpha_reg_redis_lead(ngx_uint_t leading)
{
    ngx_rtalpha_reg_redis_leads = leading;

    if (leading) {
        ngx_rtalpha_reg_redis_settings();
        return;
    }

    ngx_rtalpha_reg_redis_stop();
}


void
ngx_rtalpha_reg_redis_settings(void)
{
    if (!ngx_rtalpha_reg_redis_leads || ngx_rtalpha_reg_root == NULL) {
        return;
    }

    ngx_rtalpha_reg_redis_stop();

    if (ngx_rtalpha_reg_redis_wanted()) {
        ngx_rtalpha_reg_redis_start();
        return;
    }

    ngx_rtalpha_reg_root->cluster.on = 0;
}


static void
ngx_rtalpha_reg_redis_start(void)
{
    ngx_rtalpha_reg_link_t    *link;
    ngx_rtalpha_reg_shared_t  *shared;

    link = &ngx_rtalpha_reg_link;
    shared = &ngx_rtalpha_reg_root->cluster;

    link->pool = ngx_create_pool(4096, ngx_cycle->log);
    if (link->pool == NULL) {
        return;
    }

    if (shared->self.id == 0) {
        shared->self.id = ngx_rtalpha_reg_redis_random();
    }

    if (ngx_rtalpha_reg_redis_keys(link) != NGX_OK
        || ngx_rtalpha_reg_cluster_init(&link->c, link->pool, &shared->self,
                                        shared->current)
           != NGX_OK)
    {
        ngx_destroy_pool(link->pool);
        link->pool = NULL;
        return;
    }

    link->c.epoch = shared->epoch;

    /* those that have no marks get them before anything is heard */

    link->prepare = !shared->on;
    link->sweep = 0;
    link->age = 0;
    shared->on = 1;

    link->timer.handler = ngx_rtalpha_reg_redis_timer;
    link->timer.log = ngx_cycle->log;
    link->timer.data = &ngx_rtalpha_reg_nobody;
    link->timer.cancelable = 1;

    link->work.handler = ngx_rtalpha_reg_redis_work;
    link->work.log = ngx_cycle->log;
    link->work.data = &ngx_rtalpha_reg_nobody;

    ngx_add_timer(&link->timer, 1);
    ngx_rtalpha_reg_redis_note();
}


static ngx_int_t
ngx_rtalpha_reg_redis_keys(ngx_rtalpha_reg_link_t *link)
{
    u_char      *p;
    ngx_str_t   *name;
    ngx_uint_t   i;

    static const char  *kinds[] = { "meta", "docs", "nodes", "stream" };

    name = &ngx_rtalpha_reg_conf.cluster_name;

    for (i = 0; i < 4; i++) {
        p = ngx_pnalloc(link->pool, name->len + sizeof("rt:{}:stream"));
        if (p == NULL) {
            return NGX_ERROR;
        }

        link->keys[i].data = p;
        link->keys[i].len = ngx_sprintf(p, "rt:{%V}:%s", name, kinds[i]) - p;
    }

    p = ngx_pnalloc(link->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    link->limit.data = p;
    link->limit.len = ngx_sprintf(p, "%ui",
                                  ngx_rtalpha_reg_conf.cluster_stream) - p;

    return NGX_OK;
}


static void
ngx_rtalpha_reg_redis_stop(void)
{
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    if (link->pool == NULL) {
        return;
    }

    ngx_rtalpha_reg_redis_alone();

    if (link->timer.timer_set) {
        ngx_del_timer(&link->timer);
    }

    if (link->redis) {
        ngx_rtalpha_redis_destroy(link->redis);
        link->redis = NULL;
    }

    if (link->reader) {
        ngx_rtalpha_redis_destroy(link->reader);
        link->reader = NULL;
    }

    /* those who waited for an answer have been called, and post it */

    if (link->work.posted) {
        ngx_delete_posted_event(&link->work);
    }

    ngx_destroy_pool(link->pool);
    link->pool = NULL;
}


void
ngx_rtalpha_reg_redis_exit(void)
{
    ngx_rtalpha_reg_redis_leads = 0;
    ngx_rtalpha_reg_redis_stop();
}


static void
ngx_rtalpha_reg_redis_connect(void)
{
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    link->conf = *ngx_rtalpha_redis_configured((ngx_cycle_t *) ngx_cycle);
    link->conf.pause = NGX_RTALPHA_REG_REDIS_FAR;
    link->conf.link.background = 1;

    link->read_conf = link->conf;
    link->read_conf.link.timeout = NGX_RTALPHA_REG_REDIS_READ;

    if (link->redis == NULL) {
        link->redis = ngx_rtalpha_redis_create(&link->conf,
                                            ngx_rtalpha_reg_redis_changed,
                                            NULL);
    }

    if (link->reader == NULL) {
        link->reader = ngx_rtalpha_redis_create(&link->read_conf,
                                             ngx_rtalpha_reg_redis_reader,
                                             NULL);
    }
}


static void
ngx_rtalpha_reg_redis_changed(void *data, ngx_uint_t up)
{
    if (up) {
        ngx_rtalpha_reg_redis_hello();
        return;
    }

    ngx_rtalpha_reg_root->cluster.failures++;
    ngx_rtalpha_reg_redis_alone();
}


static void
ngx_rtalpha_reg_redis_reader(void *data, ngx_uint_t up)
{
    if (up) {
        ngx_rtalpha_reg_redis_read();
    }
}


/* answers that are on their way belong to a connection that is no more */

static void
ngx_rtalpha_reg_redis_reset(void)
{
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    link->conn++;
    link->ready = 0;
    link->beating = 0;
    link->again = 0;
    link->sweep = 0;
}


static void
ngx_rtalpha_reg_redis_alone(void)
{
    ngx_rtalpha_reg_redis_reset();
    ngx_rtalpha_reg_cluster_down(&ngx_rtalpha_reg_link.c);
    ngx_rtalpha_reg_redis_note();
}


void
ngx_rtalpha_reg_redis_trouble(const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    ngx_rtalpha_reg_root->cluster.failures++;

    if (reply && reply->type == NGX_RTALPHA_RESP_ERROR && !link->told) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "rtalpha registry: Redis refuses: %V", &reply->str);
        link->told = 1;
    }

    ngx_rtalpha_reg_redis_alone();
    link->again = ngx_rtalpha_reg_clock() + NGX_RTALPHA_REG_REDIS_PAUSE;
}


ngx_uint_t
ngx_rtalpha_reg_redis_good(const ngx_rtalpha_reply_t *reply, ngx_uint_t conn)
{
    ngx_rtalpha_reply_t  *word;

    if (conn != ngx_rtalpha_reg_link.conn) {
        return 0;
    }

    word = reply ? ngx_rtalpha_reply_at(reply, 0) : NULL;

    if (word == NULL || word->type != NGX_RTALPHA_RESP_STRING) {
        ngx_rtalpha_reg_redis_trouble(reply);
        return 0;
    }

    if (ngx_rtalpha_str_is(&word->str, "era")) {
        ngx_rtalpha_reg_redis_hello();
        return 0;
    }

    return 1;
}


void
ngx_rtalpha_reg_redis_wake(void)
{
    if (ngx_rtalpha_reg_link.pool) {
        ngx_rtalpha_reg_redis_post();
    }
}


void
ngx_rtalpha_reg_redis_post(void)
{
    if (!ngx_rtalpha_reg_link.work.posted) {
        ngx_post_event(&ngx_rtalpha_reg_link.work, &ngx_posted_events);
    }
}


/* what has been put on the list */

static void
ngx_rtalpha_reg_redis_work(ngx_event_t *ev)
{
    if (ngx_rtalpha_reg_link.pool
        && !ngx_queue_empty(&ngx_rtalpha_reg_root->cluster.todo))
    {
        ngx_rtalpha_reg_redis_flush();
    }
}


static void
ngx_rtalpha_reg_redis_timer(ngx_event_t *ev)
{
    uint64_t                 now;
    ngx_uint_t               more;
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;
    now = ngx_rtalpha_reg_clock();

    if (ngx_exiting) {
        return;
    }

    more = ngx_rtalpha_reg_redis_walk();

    if (!link->prepare && (link->redis == NULL || link->reader == NULL)) {
        ngx_rtalpha_reg_redis_connect();
    }

    if (link->again && now >= link->again && link->redis
        && ngx_rtalpha_redis_ready(link->redis))
    {
        ngx_rtalpha_reg_redis_hello();
    }

    if (link->ready && now - link->beat >= 1000) {
        link->beat = now;
        ngx_rtalpha_reg_redis_beat();
    }

    ngx_rtalpha_reg_redis_read();
    ngx_rtalpha_reg_redis_work(ev);

    ngx_rtalpha_reg_root->cluster.current = link->c.current;
    ngx_rtalpha_reg_redis_save();

    ngx_add_timer(ev, more ? 1 : NGX_RTALPHA_REG_REDIS_TICK);
}


/* the words of a script: keys, era and limit before n words of its own */

ngx_rtalpha_redis_call_t *
ngx_rtalpha_reg_redis_eval(ngx_rtalpha_redis_script_t *script,
    ngx_str_t *words, ngx_uint_t n, ngx_rtalpha_redis_pt handler, void *data)
{
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    ngx_memcpy(words, link->keys, sizeof(link->keys));
    words[4].data = link->era;
    words[4].len = sizeof(link->era);
    words[5] = link->limit;

    return ngx_rtalpha_redis_eval(link->redis, script, 4,
                                  NGX_RTALPHA_REG_REDIS_HEAD + n, words,
                                  handler, data);
}


void
ngx_rtalpha_reg_redis_hello(void)
{
    u_char                   id[16];
    ngx_str_t                words[NGX_RTALPHA_REG_REDIS_HEAD + 1];
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    ngx_rtalpha_reg_redis_reset();

    /* an era to begin, if one has to be */

    ngx_rtalpha_reg_line_write_hex(ngx_rtalpha_reg_redis_random(), link->era);
    ngx_rtalpha_reg_line_write_hex(ngx_rtalpha_reg_root->cluster.self.id, id);

    words[NGX_RTALPHA_REG_REDIS_HEAD].data = id;
    words[NGX_RTALPHA_REG_REDIS_HEAD].len = sizeof(id);

    if (ngx_rtalpha_reg_redis_eval(&ngx_rtalpha_reg_script_hello, words, 1,
                                   ngx_rtalpha_reg_redis_helloed,
                                   ngx_rtalpha_reg_conn_data(link->conn))
        == NULL)
    {
        link->again = ngx_rtalpha_reg_clock() + NGX_RTALPHA_REG_REDIS_PAUSE;
    }
}


static void
ngx_rtalpha_reg_redis_helloed(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_int_t                rc;
    ngx_rtalpha_reg_link_t  *link;

    static const ngx_str_t  first = ngx_string("0");

    link = &ngx_rtalpha_reg_link;

    if (!ngx_rtalpha_reg_redis_good(reply, ngx_rtalpha_reg_conn(data))) {
        return;
    }

    rc = ngx_rtalpha_reg_redis_greet(reply);

    if (rc == NGX_ERROR) {
        ngx_rtalpha_reg_redis_trouble(reply);
        return;
    }

    link->ready = 1;
    link->told = 0;
    link->beat = 0;
    ngx_rtalpha_reg_redis_note();

    if (rc == NGX_OK) {
        ngx_rtalpha_reg_redis_read();
        return;
    }

    ngx_rtalpha_reg_root->cluster.epoch = link->c.epoch;
    ngx_rtalpha_reg_root->cluster.resyncs++;
    ngx_rtalpha_reg_redis_scan(&first);
}


/* {"ok", ERA, SEQ, [NODE, …]} */

static ngx_int_t
ngx_rtalpha_reg_redis_greet(const ngx_rtalpha_reply_t *reply)
{
    uint64_t                 era, *ids;
    ngx_int_t                rc, seq;
    ngx_uint_t               i, n;
    ngx_rtalpha_reply_t     *word, *nodes;
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    word = ngx_rtalpha_reply_at(reply, 1);

    if (word == NULL || word->str.len != 16
        || ngx_rtalpha_reg_line_read_hex(word->str.data, 16, &era) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(link->era, word->str.data, 16);

    word = ngx_rtalpha_reply_at(reply, 2);
    nodes = ngx_rtalpha_reply_at(reply, 3);
    seq = word ? ngx_atoi(word->str.data, word->str.len) : NGX_ERROR;

    if (seq == NGX_ERROR || nodes == NULL) {
        return NGX_ERROR;
    }

    ids = ngx_alloc((nodes->n + 1) * sizeof(uint64_t), ngx_cycle->log);
    if (ids == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < nodes->n; i++) {
        word = nodes->elements[i];

        if (ngx_rtalpha_reg_line_read_hex(word->str.data, word->str.len,
                                          &ids[n])
            == NGX_OK)
        {
            n++;
        }
    }

    rc = ngx_rtalpha_reg_cluster_hello(&link->c, era, (uint64_t) seq, ids, n,
                                       ngx_rtalpha_reg_clock());
    ngx_free(ids);

    return rc;
}


static void
ngx_rtalpha_reg_redis_beat(void)
{
    u_char                   ids[NGX_RTALPHA_REG_WATCH + 1][16];
    ngx_str_t                words[NGX_RTALPHA_REG_REDIS_HEAD
                                   + NGX_RTALPHA_REG_WATCH + 1], *arg;
    ngx_uint_t               i;
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    if (link->beating) {
        return;
    }

    arg = &words[NGX_RTALPHA_REG_REDIS_HEAD];

    link->nwatched = ngx_rtalpha_reg_members_watch(&link->c.members,
                                                   link->watched);

    for (i = 0; i <= link->nwatched; i++) {
        ngx_rtalpha_reg_line_write_hex(i ? link->watched[i - 1]
                                   : ngx_rtalpha_reg_root->cluster.self.id,
                                       ids[i]);
        arg[i].data = ids[i];
        arg[i].len = 16;
    }

    if (ngx_rtalpha_reg_redis_eval(&ngx_rtalpha_reg_script_beat, words,
                                   link->nwatched + 1,
                                   ngx_rtalpha_reg_redis_beaten,
                                   ngx_rtalpha_reg_conn_data(link->conn)))
    {
        link->beating = 1;
    }
}


static void
ngx_rtalpha_reg_redis_beaten(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_int_t                count;
    ngx_uint_t               i;
    ngx_rtalpha_reply_t     *word;
    ngx_rtalpha_reg_link_t  *link;

    link = &ngx_rtalpha_reg_link;

    if (!ngx_rtalpha_reg_redis_good(reply, ngx_rtalpha_reg_conn(data))) {
        return;
    }

    link->beating = 0;

    for (i = 0; i < link->nwatched; i++) {
        word = ngx_rtalpha_reply_at(reply, i + 1);
        count = word ? ngx_atoi(word->str.data, word->str.len) : NGX_ERROR;

        if (count != NGX_ERROR
            && ngx_rtalpha_reg_members_count(&link->c.members,
                                             link->watched[i],
                                             (uint64_t) count))
        {
            ngx_rtalpha_reg_redis_silent(link->watched[i], (uint64_t) count);
        }
    }
}


static void
ngx_rtalpha_reg_redis_silent(uint64_t id, uint64_t count)
{
    u_char     name[16], number[NGX_INT64_LEN];
    ngx_str_t  words[NGX_RTALPHA_REG_REDIS_HEAD + 2], *arg;

    arg = &words[NGX_RTALPHA_REG_REDIS_HEAD];

    ngx_rtalpha_reg_line_write_hex(id, name);
    arg[0].data = name;
    arg[0].len = sizeof(name);
    arg[1].data = number;
    arg[1].len = ngx_sprintf(number, "%uL", count) - number;

    (void) ngx_rtalpha_reg_redis_eval(&ngx_rtalpha_reg_script_silent, words,
                                      2, ngx_rtalpha_reg_redis_told,
                                      ngx_rtalpha_reg_conn_data(
                                                ngx_rtalpha_reg_link.conn));
}


static void
ngx_rtalpha_reg_redis_told(void *data, const ngx_rtalpha_reply_t *reply)
{
    (void) ngx_rtalpha_reg_redis_good(reply, ngx_rtalpha_reg_conn(data));
}
