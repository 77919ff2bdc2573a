
/*
 * Telling Redis: the leader takes instances off the list and sends what is
 * to be said of each, a bounded number of commands at a time.  What cannot
 * be sent is not kept: an instance that Redis has not been seen to have is
 * found by the next sweep.
 */


#include "ngx_rtalpha_reg_redis_inner.h"
#include "ngx_rtalpha_reg_record.h"


/* one command on its way */
typedef struct {
    ngx_uint_t               conn;
    ngx_str_t                name;
} ngx_rtalpha_reg_sent_name_t;


/* one instance, taken off the list */
typedef struct {
    ngx_uint_t               todo;
    ngx_rtalpha_reg_regs_t   regs;
    ngx_uint_t               override;
} ngx_rtalpha_reg_tale_t;


static ngx_uint_t ngx_rtalpha_reg_redis_take(
    ngx_rtalpha_reg_copies_t *copies, ngx_rtalpha_reg_tale_t *tales);
static ngx_uint_t ngx_rtalpha_reg_redis_judge(ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_tale_t *tale);
static void ngx_rtalpha_reg_redis_say(ngx_pool_t *pool,
    const ngx_rtalpha_reg_copy_t *copy, const ngx_rtalpha_reg_tale_t *tale);
static ngx_int_t ngx_rtalpha_reg_redis_doc(ngx_pool_t *pool,
    const ngx_rtalpha_reg_copy_t *copy, const ngx_rtalpha_reg_tale_t *tale,
    ngx_str_t *doc);
static void ngx_rtalpha_reg_redis_send(ngx_rtalpha_redis_script_t *script,
    const ngx_str_t *name, ngx_str_t *words, ngx_uint_t n,
    ngx_rtalpha_redis_pt handler);
static void ngx_rtalpha_reg_redis_merged(void *data,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_reg_redis_fetched(void *data,
    const ngx_rtalpha_reply_t *reply);
static void ngx_rtalpha_reg_redis_forgotten(void *data,
    const ngx_rtalpha_reply_t *reply);


void
ngx_rtalpha_reg_redis_flush(void)
{
    ngx_uint_t                i, more;
    ngx_pool_t               *pool;
    ngx_rtalpha_reg_tale_t    tales[NGX_RTALPHA_REG_REDIS_SLICE];
    ngx_rtalpha_reg_copies_t  copies;

    do {
        pool = ngx_create_pool(16384, ngx_cycle->log);
        if (pool == NULL) {
            return;
        }

        more = 0;

        if (ngx_rtalpha_reg_copies_init(&copies, pool,
                                        NGX_RTALPHA_REG_REDIS_SLICE,
                                        NGX_RTALPHA_REG_REDIS_SLICE * 4096)
            == NGX_OK)
        {
            more = ngx_rtalpha_reg_redis_take(&copies, tales);
        }

        if (ngx_rtalpha_reg_copies_settle(&copies, pool) == NGX_OK) {
            for (i = 0; i < copies.n; i++) {
                ngx_rtalpha_reg_redis_say(pool, &copies.copies[i],
                                          &tales[i]);
            }
        }

        ngx_destroy_pool(pool);

    } while (more);
}


/* some instances of the list; 1: there may be more that can be told now */

static ngx_uint_t
ngx_rtalpha_reg_redis_take(ngx_rtalpha_reg_copies_t *copies,
    ngx_rtalpha_reg_tale_t *tales)
{
    ngx_uint_t                 n;
    ngx_queue_t               *todo;
    ngx_rtalpha_reg_link_t    *link;
    ngx_rtalpha_reg_share_t   *share;

    link = &ngx_rtalpha_reg_link;
    todo = &ngx_rtalpha_reg_root->cluster.todo;

    ngx_rtalpha_zone_lock();

    for (n = 0; n < NGX_RTALPHA_REG_REDIS_SLICE; n++) {

        if (ngx_queue_empty(todo)
            || link->calls + copies->n >= NGX_RTALPHA_REG_REDIS_WINDOW)
        {
            ngx_rtalpha_zone_unlock();
            return 0;
        }

        share = ngx_queue_data(ngx_queue_head(todo), ngx_rtalpha_reg_share_t,
                               todo);

        if (ngx_rtalpha_reg_redis_judge(share->inst, &tales[copies->n])
            && link->ready
            && ngx_rtalpha_reg_copies_add(copies, share->inst) != NGX_OK)
        {
            break;
        }

        ngx_rtalpha_reg_redis_unwant(share);
    }

    ngx_rtalpha_zone_unlock();

    return copies->n != 0 || n == NGX_RTALPHA_REG_REDIS_SLICE;
}


/* what is to be said of it now, whatever it was when it came on the list */

static ngx_uint_t
ngx_rtalpha_reg_redis_judge(ngx_rtalpha_reg_inst_t *inst,
    ngx_rtalpha_reg_tale_t *tale)
{
    uint64_t                     now, next;
    ngx_str_t                    id;
    ngx_uint_t                   want;
    ngx_rtalpha_reg_mark_t      *mark, copy;
    ngx_rtalpha_reg_cluster_t   *c;
    ngx_rtalpha_reg_override_t  *o;

    enum {
        say = NGX_RTALPHA_REG_DO_LEASE|NGX_RTALPHA_REG_DO_PUSH
              |NGX_RTALPHA_REG_DO_FETCH|NGX_RTALPHA_REG_DO_FORGET
    };

    c = &ngx_rtalpha_reg_link.c;
    mark = &ngx_rtalpha_reg_share(inst)->mark;
    now = ngx_rtalpha_reg_clock();

    ngx_rtalpha_reg_redis_ask(inst);

    want = ngx_rtalpha_reg_share(inst)->want;
    tale->todo = want & say;

    if (mark->regs.turn == 0) {
        return 0;
    }

    if (tale->todo) {
        ngx_rtalpha_reg_inst_id(inst, &id);
        o = ngx_rtalpha_reg_store_override_find(&id, inst->node.hash);

        tale->override = o ? o->status : NGX_RTALPHA_REG_NONE;
        ngx_rtalpha_reg_cluster_told(mark, now, &tale->regs);

        if (tale->todo & NGX_RTALPHA_REG_DO_FORGET) {
            tale->regs = mark->regs;
        }

        return 1;
    }

    copy = *mark;

    if ((want & NGX_RTALPHA_REG_DO_EXPIRE)
        && (mark->lapsed
            || ngx_rtalpha_reg_cluster_due(c, &copy,
                                        ngx_rtalpha_reg_redis_inst_key(inst),
                                        now, &next)
               == NGX_RTALPHA_REG_DO_EXPIRE))
    {
        tale->todo = NGX_RTALPHA_REG_DO_EXPIRE;
        ngx_rtalpha_reg_cluster_ended(c, mark, &tale->regs);
        return 1;
    }

    return 0;
}


static void
ngx_rtalpha_reg_redis_say(ngx_pool_t *pool,
    const ngx_rtalpha_reg_copy_t *copy, const ngx_rtalpha_reg_tale_t *tale)
{
    u_char     line[NGX_RTALPHA_REG_LINE], age[NGX_INT64_LEN];
    ngx_str_t  name, *arg;
    ngx_str_t  words[NGX_RTALPHA_REG_REDIS_HEAD + 5];

    name.len = copy->app.len + 1 + copy->id.len;
    name.data = ngx_pnalloc(pool, name.len);

    if (name.data == NULL) {
        return;
    }

    ngx_sprintf(name.data, "%V%Z%V", &copy->app, &copy->id);

    arg = &words[NGX_RTALPHA_REG_REDIS_HEAD];
    arg[0] = name;

    if (tale->todo & NGX_RTALPHA_REG_DO_FETCH) {
        ngx_rtalpha_reg_redis_fetch(&name);
        return;
    }

    ngx_rtalpha_reg_line_write(&tale->regs, line);
    arg[1].data = line;
    arg[1].len = NGX_RTALPHA_REG_LINE;

    if (tale->todo & NGX_RTALPHA_REG_DO_FORGET) {
        ngx_rtalpha_reg_redis_send(&ngx_rtalpha_reg_script_forget, &name,
                                   words, 2, ngx_rtalpha_reg_redis_forgotten);
        return;
    }

    arg[1].len = NGX_RTALPHA_REG_LINE_CONTENT;
    arg[2].data = line + NGX_RTALPHA_REG_LINE_CONTENT;
    arg[2].len = NGX_RTALPHA_REG_LINE_LEASE;
    arg[3].data = age;
    arg[3].len = ngx_sprintf(age, "%uD", tale->regs.age) - age;

    if (ngx_rtalpha_reg_redis_doc(pool, copy, tale, &arg[4]) == NGX_OK) {
        ngx_rtalpha_reg_redis_send(&ngx_rtalpha_reg_script_merge, &name,
                                   words, 5, ngx_rtalpha_reg_redis_merged);
    }
}


/* as the journal has it; nothing where registers alone are to be told */

static ngx_int_t
ngx_rtalpha_reg_redis_doc(ngx_pool_t *pool,
    const ngx_rtalpha_reg_copy_t *copy, const ngx_rtalpha_reg_tale_t *tale,
    ngx_str_t *doc)
{
    ngx_rtalpha_out_t         out;
    ngx_rtalpha_reg_record_t  record;

    ngx_str_set(doc, "");

    if (!(tale->todo & NGX_RTALPHA_REG_DO_PUSH)
        || !ngx_rtalpha_reg_regs_show(&tale->regs)
        || copy->state.action == NGX_RTALPHA_REG_DELETED)
    {
        return NGX_OK;
    }

    record.state = copy->state;
    record.app = copy->app;
    record.id = copy->id;
    record.doc = copy->doc;
    record.override = tale->override;

    if (ngx_rtalpha_out_init(&out, pool, 2048, NGX_MAX_INT32_VALUE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_record_write(&record, &out);

    return ngx_rtalpha_out_done(&out, doc);
}


void
ngx_rtalpha_reg_redis_fetch(const ngx_str_t *name)
{
    ngx_str_t  words[NGX_RTALPHA_REG_REDIS_HEAD + 1];

    words[NGX_RTALPHA_REG_REDIS_HEAD] = *name;

    ngx_rtalpha_reg_redis_send(&ngx_rtalpha_reg_script_fetch, name, words, 1,
                               ngx_rtalpha_reg_redis_fetched);
}


static void
ngx_rtalpha_reg_redis_send(ngx_rtalpha_redis_script_t *script,
    const ngx_str_t *name, ngx_str_t *words, ngx_uint_t n,
    ngx_rtalpha_redis_pt handler)
{
    ngx_rtalpha_reg_sent_name_t  *sent;

    sent = ngx_alloc(sizeof(ngx_rtalpha_reg_sent_name_t) + name->len,
                     ngx_cycle->log);
    if (sent == NULL) {
        return;
    }

    sent->conn = ngx_rtalpha_reg_link.conn;
    sent->name.len = name->len;
    sent->name.data = (u_char *) (sent + 1);
    ngx_memcpy(sent->name.data, name->data, name->len);

    if (ngx_rtalpha_reg_redis_eval(script, words, n, handler, sent) == NULL) {
        ngx_free(sent);
        return;
    }

    ngx_rtalpha_reg_link.calls++;
    ngx_rtalpha_reg_root->cluster.told++;
}


/* the answer is void if the link was another one then */

static ngx_uint_t
ngx_rtalpha_reg_redis_answered(ngx_rtalpha_reg_sent_name_t *sent,
    const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_reg_link.calls--;

    if (!ngx_queue_empty(&ngx_rtalpha_reg_root->cluster.todo)) {
        ngx_rtalpha_reg_redis_post();
    }

    return ngx_rtalpha_reg_redis_good(reply, sent->conn);
}


static void
ngx_rtalpha_reg_redis_merged(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_reply_t          *line, *doc;
    ngx_rtalpha_reg_regs_t        regs;
    ngx_rtalpha_reg_sent_name_t  *sent = data;

    if (ngx_rtalpha_reg_redis_answered(sent, reply)) {
        line = ngx_rtalpha_reply_at(reply, 1);
        doc = ngx_rtalpha_reply_at(reply, 2);

        if (ngx_rtalpha_str_is(&ngx_rtalpha_reply_at(reply, 0)->str, "need"))
        {
            ngx_rtalpha_reg_redis_need(&sent->name);

        } else if (line && doc
                   && ngx_rtalpha_reg_line_read(&line->str, &regs) == NGX_OK)
        {
            ngx_rtalpha_reg_redis_merge(&sent->name, &regs, &doc->str);
        }
    }

    ngx_free(sent);
}


static void
ngx_rtalpha_reg_redis_fetched(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_str_t                     doc;
    ngx_rtalpha_reply_t          *line;
    ngx_rtalpha_reg_regs_t        regs;
    ngx_rtalpha_reg_sent_name_t  *sent = data;

    if (ngx_rtalpha_reg_redis_answered(sent, reply)) {
        line = ngx_rtalpha_reply_at(reply, 1);

        if (line == NULL || line->type != NGX_RTALPHA_RESP_STRING) {
            ngx_rtalpha_reg_redis_unknown(&sent->name);

        } else if (ngx_rtalpha_reg_line_read(&line->str, &regs) == NGX_OK) {
            doc.data = line->str.data + NGX_RTALPHA_REG_LINE;
            doc.len = line->str.len - NGX_RTALPHA_REG_LINE;
            ngx_rtalpha_reg_redis_merge(&sent->name, &regs, &doc);
        }
    }

    ngx_free(sent);
}


static void
ngx_rtalpha_reg_redis_forgotten(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_reg_sent_name_t  *sent = data;

    ngx_rtalpha_reg_redis_answered(sent, reply);
    ngx_free(sent);
}
