
/*
 * Reading Redis: the stream of changes, on a connection of its own since a
 * read waits there for the next one; and all lines, after a resync.
 */


#include "ngx_rtalpha_reg_redis_inner.h"


#define NGX_RTALPHA_REG_REDIS_READ   128        /* entries of a read */
#define NGX_RTALPHA_REG_REDIS_COUNT  "128"      /* … in its words */
#define NGX_RTALPHA_REG_REDIS_BLOCK  "2000"     /* ms; see read_conf */
#define NGX_RTALPHA_REG_REDIS_LINES  "200"      /* of a scan */


static void ngx_rtalpha_reg_redis_entries(void *data,
    const ngx_rtalpha_reply_t *reply);
static ngx_int_t ngx_rtalpha_reg_redis_entry(
    const ngx_rtalpha_reply_t *entry);
static void ngx_rtalpha_reg_redis_apply(const ngx_rtalpha_reply_t *fields);
static const ngx_str_t *ngx_rtalpha_reg_redis_field(
    const ngx_rtalpha_reply_t *fields, char name);
static void ngx_rtalpha_reg_redis_scanned(void *data,
    const ngx_rtalpha_reply_t *reply);


#define ngx_rtalpha_reg_conn_data(conn)  ((void *) (uintptr_t) (conn))
#define ngx_rtalpha_reg_conn(data)       ((ngx_uint_t) (uintptr_t) (data))


void
ngx_rtalpha_reg_redis_read(void)
{
    u_char                   id[NGX_INT64_LEN + 2];
    ngx_str_t                words[8];
    ngx_uint_t               n;
    ngx_rtalpha_reg_link_t  *link;

    static const ngx_str_t  next[] = {
        ngx_string("XREAD"), ngx_string("COUNT"),
        ngx_string(NGX_RTALPHA_REG_REDIS_COUNT), ngx_string("STREAMS")
    };
    static const ngx_str_t  wait[] = {
        ngx_string("XREAD"), ngx_string("COUNT"),
        ngx_string(NGX_RTALPHA_REG_REDIS_COUNT),
        ngx_string("BLOCK"), ngx_string(NGX_RTALPHA_REG_REDIS_BLOCK),
        ngx_string("STREAMS")
    };

    link = &ngx_rtalpha_reg_link;

    if (link->reading || !link->ready
        || link->c.phase < NGX_RTALPHA_REG_CATCHUP
        || !ngx_rtalpha_redis_ready(link->reader))
    {
        return;
    }

    n = (link->c.phase == NGX_RTALPHA_REG_JOINED) ? 6 : 4;

    ngx_memcpy(words, n == 6 ? wait : next, n * sizeof(ngx_str_t));
    words[n++] = link->keys[NGX_RTALPHA_REG_KEY_STREAM];
    words[n].data = id;
    words[n++].len = ngx_sprintf(id, "%uL-0", link->c.pos) - id;

    if (ngx_rtalpha_redis_call(link->reader,
                               &link->keys[NGX_RTALPHA_REG_KEY_STREAM], n,
                               words, ngx_rtalpha_reg_redis_entries,
                               ngx_rtalpha_reg_conn_data(link->conn)))
    {
        link->reading = 1;
    }
}


/* [[STREAM, [[ID, [FIELD, VALUE, …]], …]]], or nil: there is nothing */

static void
ngx_rtalpha_reg_redis_entries(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_rtalpha_reply_t        *list;
    ngx_rtalpha_reg_link_t     *link;

    link = &ngx_rtalpha_reg_link;
    link->reading = 0;

    if (ngx_rtalpha_reg_conn(data) != link->conn || !link->ready) {
        return;
    }

    if (reply == NULL || reply->type == NGX_RTALPHA_RESP_ERROR) {

        /* the timer tries again; what may be missing then is noticed */

        return;
    }

    list = ngx_rtalpha_reply_at(reply, 0);
    list = list ? ngx_rtalpha_reply_at(list, 1) : NULL;
    rc = NGX_OK;

    for (i = 0; list && i < list->n && rc == NGX_OK; i++) {
        rc = ngx_rtalpha_reg_redis_entry(list->elements[i]);
    }

    if (rc == NGX_OK
        && (list == NULL
            || list->n < NGX_RTALPHA_REG_REDIS_READ))
    {
        rc = ngx_rtalpha_reg_cluster_tip(&link->c);
        ngx_rtalpha_reg_redis_note();
    }

    if (rc != NGX_OK) {
        ngx_rtalpha_reg_redis_hello();
        return;
    }

    ngx_rtalpha_reg_redis_read();
}


static ngx_int_t
ngx_rtalpha_reg_redis_entry(const ngx_rtalpha_reply_t *entry)
{
    u_char                     *dash;
    ngx_int_t                   rc, seq;
    ngx_rtalpha_reply_t        *id, *fields;

    id = ngx_rtalpha_reply_at(entry, 0);
    fields = ngx_rtalpha_reply_at(entry, 1);

    if (id == NULL || fields == NULL) {
        return NGX_OK;
    }

    dash = ngx_strlchr(id->str.data, id->str.data + id->str.len, '-');
    seq = dash ? ngx_atoi(id->str.data, dash - id->str.data) : NGX_ERROR;

    if (seq == NGX_ERROR) {
        return NGX_OK;
    }

    rc = ngx_rtalpha_reg_cluster_entry(&ngx_rtalpha_reg_link.c,
                                       (uint64_t) seq);
    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_OK) {
        ngx_rtalpha_reg_root->cluster.heard++;
        ngx_rtalpha_reg_redis_apply(fields);
    }

    return NGX_OK;
}


static void
ngx_rtalpha_reg_redis_apply(const ngx_rtalpha_reply_t *fields)
{
    uint64_t                    node;
    ngx_int_t                   age;
    const ngx_str_t            *kind, *name, *line, *text, *doc;
    ngx_rtalpha_reg_regs_t      regs;
    ngx_rtalpha_reg_cluster_t  *c;

    c = &ngx_rtalpha_reg_link.c;

    kind = ngx_rtalpha_reg_redis_field(fields, 'k');
    name = ngx_rtalpha_reg_redis_field(fields, 'n');
    line = ngx_rtalpha_reg_redis_field(fields, 'r');

    if (ngx_rtalpha_str_is(kind, "row") || ngx_rtalpha_str_is(kind, "gone")) {

        if (ngx_rtalpha_reg_line_read(line, &regs) != NGX_OK) {
            return;
        }

        if (kind->data[0] == 'g') {
            ngx_rtalpha_reg_redis_gone(name, &regs);
            return;
        }

        text = ngx_rtalpha_reg_redis_field(fields, 'a');
        doc = ngx_rtalpha_reg_redis_field(fields, 'd');
        age = ngx_atoi(text->data, text->len);
        regs.age = age > 0 ? (uint32_t) age : 0;

        ngx_rtalpha_reg_redis_merge(name, &regs, doc);
        return;
    }

    if (ngx_rtalpha_reg_line_read_hex(name->data, name->len, &node)
        != NGX_OK)
    {
        return;
    }

    if (ngx_rtalpha_str_is(kind, "join")) {
        (void) ngx_rtalpha_reg_members_join(&c->members, node);

    } else if (ngx_rtalpha_str_is(kind, "dead")) {
        (void) ngx_rtalpha_reg_members_leave(&c->members, node,
                                             ngx_rtalpha_reg_clock());
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "rtalpha registry: node %V of the cluster is silent",
                      name);
    }

    ngx_rtalpha_reg_redis_note();
}


static const ngx_str_t *
ngx_rtalpha_reg_redis_field(const ngx_rtalpha_reply_t *fields, char name)
{
    ngx_uint_t         i;
    const ngx_str_t   *s;

    static const ngx_str_t  none = ngx_string("");

    for (i = 0; i + 1 < fields->n; i += 2) {
        s = &fields->elements[i]->str;

        if (s->len == 1 && s->data[0] == (u_char) name) {
            return &fields->elements[i + 1]->str;
        }
    }

    return &none;
}


void
ngx_rtalpha_reg_redis_scan(const ngx_str_t *cursor)
{
    ngx_str_t  words[NGX_RTALPHA_REG_REDIS_HEAD + 2], *arg;

    arg = &words[NGX_RTALPHA_REG_REDIS_HEAD];
    arg[0] = *cursor;
    ngx_str_set(&arg[1], NGX_RTALPHA_REG_REDIS_LINES);

    if (ngx_rtalpha_reg_redis_eval(&ngx_rtalpha_reg_script_scan, words, 2,
                            ngx_rtalpha_reg_redis_scanned,
                            ngx_rtalpha_reg_conn_data(
                                                ngx_rtalpha_reg_link.conn))
        == NULL)
    {
        ngx_rtalpha_reg_redis_trouble(NULL);
    }
}


/* {"ok", CURSOR, [NAME, LINE, …]} */

static void
ngx_rtalpha_reg_redis_scanned(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_str_t                   doc;
    ngx_uint_t                  i;
    ngx_rtalpha_reply_t        *cursor, *rows, *line;
    ngx_rtalpha_reg_regs_t      regs;

    if (!ngx_rtalpha_reg_redis_good(reply, ngx_rtalpha_reg_conn(data))) {
        return;
    }

    cursor = ngx_rtalpha_reply_at(reply, 1);
    rows = ngx_rtalpha_reply_at(reply, 2);

    if (cursor == NULL || rows == NULL) {
        ngx_rtalpha_reg_redis_trouble(reply);
        return;
    }

    for (i = 0; i + 1 < rows->n; i += 2) {
        line = rows->elements[i + 1];

        if (ngx_rtalpha_reg_line_read(&line->str, &regs) != NGX_OK) {
            continue;
        }

        doc.data = line->str.data + NGX_RTALPHA_REG_LINE;
        doc.len = line->str.len - NGX_RTALPHA_REG_LINE;
        ngx_rtalpha_reg_redis_merge(&rows->elements[i]->str, &regs, &doc);
    }

    if (cursor->str.len != 1 || cursor->str.data[0] != '0') {
        ngx_rtalpha_reg_redis_scan(&cursor->str);
        return;
    }

    ngx_rtalpha_reg_cluster_scanned(&ngx_rtalpha_reg_link.c);
    ngx_rtalpha_reg_redis_note();
    ngx_rtalpha_reg_redis_read();
}
