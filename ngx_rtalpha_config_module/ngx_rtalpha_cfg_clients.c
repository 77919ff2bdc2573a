
/*
 * Clients.  A record is a line "FIRST LAST COUNT ADDRESS NAME PATH" with tabs
 * between, in the file as in the making of the page; its key in the table is
 * the last three.
 */


#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"
#include "ngx_rtalpha_zone.h"
#include "ngx_rtalpha_cfg_clients.h"


#define NGX_RTALPHA_CFG_CLIENTS_EVERY  10       /* seconds between writes */
#define NGX_RTALPHA_CFG_CLIENTS_HEAD   64       /* bytes before the key */
#define NGX_RTALPHA_CFG_CLIENTS_FILE   (64 * 1024 * 1024)


typedef struct {
    int64_t      first;
    int64_t      last;
    uint64_t     count;
} ngx_rtalpha_cfg_client_t;


typedef struct {
    ngx_str_t    path;
    ngx_str_t    bytes;
    ngx_str_t    error;
    ngx_int_t    rc;
} ngx_rtalpha_cfg_clients_job_t;


static ngx_uint_t  ngx_rtalpha_cfg_clients_leading;
static ngx_uint_t  ngx_rtalpha_cfg_clients_busy;
static time_t      ngx_rtalpha_cfg_clients_written;


/* no byte in it may look like the end of a field or line */

static u_char *
ngx_rtalpha_cfg_clients_field(u_char *p, const u_char *data, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        *p++ = data[i] < ' ' ? '?' : data[i];
    }

    return p;
}


/* /actuator and /actuator/health[/...], and no application of that name */

static ngx_uint_t
ngx_rtalpha_cfg_clients_probe(const ngx_str_t *target)
{
    ngx_str_t  rest;

    if (!ngx_rtalpha_str_begins(target, "/actuator")) {
        return 0;
    }

    rest.data = target->data + sizeof("/actuator") - 1;
    rest.len = target->len - (sizeof("/actuator") - 1);

    if (ngx_rtalpha_str_begins(&rest, "/health")) {
        rest.data += sizeof("/health") - 1;
        rest.len -= sizeof("/health") - 1;

        if (rest.len && rest.data[0] == '/') {
            return 1;
        }
    }

    return rest.len == 0 || rest.data[0] == '?';
}


void
ngx_rtalpha_cfg_clients_seen(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_request_t *req)
{
    u_char                     buf[NGX_RTALPHA_CFG_CACHE_KEY], *p, *end;
    ngx_str_t                  key;
    const ngx_str_t           *name;
    ngx_rtalpha_cfg_item_t    *item;
    ngx_rtalpha_cfg_client_t   client, *known;

    if (ngx_rtalpha_cfg_clients_probe(&req->target)) {
        return;
    }

    end = ngx_strlchr(req->target.data, req->target.data + req->target.len,
                      '?');
    end = end ? end : req->target.data + req->target.len;
    name = req->who.user.len ? &req->who.user : &req->who.subject;

    if (r->connection->addr_text.len + name->len
        + (size_t) (end - req->target.data) + 2
        > sizeof(buf))
    {
        return;
    }

    p = ngx_rtalpha_cfg_clients_field(buf, r->connection->addr_text.data,
                                      r->connection->addr_text.len);
    *p++ = '\t';
    p = ngx_rtalpha_cfg_clients_field(p, name->data, name->len);
    *p++ = '\t';
    p = ngx_rtalpha_cfg_clients_field(p, req->target.data,
                                      end - req->target.data);
    key.data = buf;
    key.len = p - buf;

    ngx_rtalpha_zone_lock();

    item = ngx_rtalpha_cfg_cache_find(&ngx_rtalpha_cfg_root->clients,
                                      NGX_RTALPHA_CFG_CACHE_CLIENT, &key);
    if (item) {
        known = ngx_rtalpha_cfg_cache_meta(item);
        known->last = ngx_time();
        known->count++;
    }

    ngx_rtalpha_zone_unlock();

    if (item == NULL) {
        client.first = ngx_time();
        client.last = ngx_time();
        client.count = 1;

        (void) ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->clients,
                                         NGX_RTALPHA_CFG_CACHE_CLIENT, &key,
                                         &client, sizeof(client), NULL);
    }
}


/* all records as lines; what is new since the room was measured is left out */

static ngx_int_t
ngx_rtalpha_cfg_clients_lines(ngx_pool_t *pool, ngx_str_t *lines)
{
    u_char                    *p, *last;
    size_t                     size;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_item_t    *item;
    ngx_rtalpha_cfg_cache_t   *table;
    ngx_rtalpha_cfg_client_t  *c;

    table = &ngx_rtalpha_cfg_root->clients;
    size = table->size + table->count * NGX_RTALPHA_CFG_CLIENTS_HEAD + 1;

    p = ngx_palloc(pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    lines->data = p;
    last = p + size;

    ngx_rtalpha_zone_lock();

    for (i = 0; i < table->n; i++) {
        for (item = table->buckets[i]; item; item = item->next) {

            if ((size_t) (last - p)
                < NGX_RTALPHA_CFG_CLIENTS_HEAD + item->key_len + 1u)
            {
                break;
            }

            c = ngx_rtalpha_cfg_cache_meta(item);
            p = ngx_sprintf(p, "%L\t%L\t%uL\t", c->first, c->last, c->count);
            p = ngx_cpymem(p, ngx_rtalpha_cfg_cache_key(item), item->key_len);
            *p++ = '\n';
        }
    }

    ngx_rtalpha_zone_unlock();

    lines->len = p - lines->data;

    return NGX_OK;
}


/* cuts the next line into its six fields; NGX_DECLINED: it is none */

static ngx_int_t
ngx_rtalpha_cfg_clients_line(ngx_str_t *lines, ngx_str_t *f)
{
    u_char      *p, *end, *tab;
    ngx_uint_t   i;

    p = lines->data;
    end = ngx_strlchr(p, p + lines->len, '\n');

    if (end == NULL) {
        return NGX_DONE;
    }

    lines->len -= end + 1 - p;
    lines->data = end + 1;

    for (i = 0; i < 6; i++) {
        tab = (i < 5) ? ngx_strlchr(p, end, '\t') : end;

        if (tab == NULL) {
            return NGX_DECLINED;
        }

        f[i].data = p;
        f[i].len = tab - p;
        p = tab + 1;
    }

    return NGX_OK;
}


static ngx_rtalpha_job_t *
ngx_rtalpha_cfg_clients_job(void)
{
    u_char                         *p;
    const ngx_str_t                *state;
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_cfg_clients_job_t  *j;

    state = ngx_rtalpha_leader_state_path();
    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_cfg_clients_job_t));

    if (job == NULL) {
        return NULL;
    }

    j = job->data;
    p = ngx_pnalloc(job->pool, state->len + sizeof("/config-clients"));

    if (p == NULL) {
        ngx_rtalpha_background_discard(job);
        return NULL;
    }

    j->path.data = p;
    j->path.len = ngx_sprintf(p, "%V/config-clients%Z", state) - p - 1;

    return job;
}


static void
ngx_rtalpha_cfg_clients_post(ngx_rtalpha_job_t *job)
{
    if (ngx_rtalpha_background_post(job) == NGX_OK) {
        ngx_rtalpha_cfg_clients_busy = 1;
        return;
    }

    ngx_rtalpha_background_discard(job);
}


static void
ngx_rtalpha_cfg_clients_write_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_clients_job_t  *j;

    j = job->data;
    j->rc = ngx_rtalpha_disk_write(job->pool, &j->path, &j->bytes, &j->error);
}


static void
ngx_rtalpha_cfg_clients_write_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_clients_job_t  *j;

    j = job->data;
    ngx_rtalpha_cfg_clients_busy = 0;

    if (j->rc != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha config: clients are not kept: %V", &j->error);
    }
}


static void
ngx_rtalpha_cfg_clients_read_run(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_cfg_clients_job_t  *j;

    j = job->data;
    j->rc = ngx_rtalpha_disk_read(job->pool, &j->path,
                                  NGX_RTALPHA_CFG_CLIENTS_FILE, &j->bytes,
                                  &j->error);
}


/* what has been seen meanwhile is newer */

static void
ngx_rtalpha_cfg_clients_fill(const ngx_str_t *f)
{
    ngx_str_t                  key;
    ngx_uint_t                 known;
    ngx_rtalpha_cfg_client_t   c;

    c.first = ngx_atotm(f[0].data, f[0].len);
    c.last = ngx_atotm(f[1].data, f[1].len);
    c.count = (uint64_t) ngx_atotm(f[2].data, f[2].len);

    if (c.first < 0 || c.last < 0 || (int64_t) c.count < 0) {
        return;
    }

    key.data = f[3].data;
    key.len = f[5].data + f[5].len - key.data;

    ngx_rtalpha_zone_lock();
    known = ngx_rtalpha_cfg_cache_look(&ngx_rtalpha_cfg_root->clients,
                                       NGX_RTALPHA_CFG_CACHE_CLIENT, &key)
            != NULL;
    ngx_rtalpha_zone_unlock();

    if (!known) {
        (void) ngx_rtalpha_cfg_cache_put(&ngx_rtalpha_cfg_root->clients,
                                         NGX_RTALPHA_CFG_CACHE_CLIENT, &key,
                                         &c, sizeof(c), NULL);
    }
}


static void
ngx_rtalpha_cfg_clients_read_done(ngx_rtalpha_job_t *job)
{
    ngx_int_t                       rc;
    ngx_str_t                       f[6];
    ngx_rtalpha_cfg_clients_job_t  *j;

    j = job->data;
    ngx_rtalpha_cfg_clients_busy = 0;
    ngx_rtalpha_cfg_root->clients_read = 1;

    if (j->rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "rtalpha config: clients cannot be read: %V",
                      &j->error);
    }

    while (j->rc == NGX_OK) {
        rc = ngx_rtalpha_cfg_clients_line(&j->bytes, f);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc == NGX_OK) {
            ngx_rtalpha_cfg_clients_fill(f);
        }
    }
}


void
ngx_rtalpha_cfg_clients_lead(ngx_uint_t leading)
{
    ngx_rtalpha_cfg_clients_leading = leading;
    ngx_rtalpha_cfg_clients_written = ngx_time();
}


void
ngx_rtalpha_cfg_clients_tick(void)
{
    ngx_rtalpha_job_t              *job;
    ngx_rtalpha_cfg_clients_job_t  *j;

    if (!ngx_rtalpha_cfg_clients_leading || ngx_rtalpha_cfg_clients_busy
        || !ngx_rtalpha_leader_of_state()
        || (ngx_rtalpha_cfg_root->clients_read
            && ngx_time() - ngx_rtalpha_cfg_clients_written
               < NGX_RTALPHA_CFG_CLIENTS_EVERY))
    {
        return;
    }

    job = ngx_rtalpha_cfg_clients_job();
    if (job == NULL) {
        return;
    }

    if (!ngx_rtalpha_cfg_root->clients_read) {
        job->run = ngx_rtalpha_cfg_clients_read_run;
        job->done = ngx_rtalpha_cfg_clients_read_done;
        ngx_rtalpha_cfg_clients_post(job);
        return;
    }

    j = job->data;
    ngx_rtalpha_cfg_clients_written = ngx_time();

    if (ngx_rtalpha_cfg_clients_lines(job->pool, &j->bytes) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return;
    }

    job->run = ngx_rtalpha_cfg_clients_write_run;
    job->done = ngx_rtalpha_cfg_clients_write_done;
    ngx_rtalpha_cfg_clients_post(job);
}


void
ngx_rtalpha_cfg_clients_list(ngx_rtalpha_json_t *j)
{
    ngx_str_t   lines, f[6];
    ngx_uint_t  i;

    static const char  *names[] = {
        "first", "last", "count", "address", "name", "path"
    };

    ngx_rtalpha_json_array(j);

    if (ngx_rtalpha_cfg_clients_lines(j->out->pool, &lines) != NGX_OK) {
        ngx_str_null(&lines);
    }

    while (lines.len
           && ngx_rtalpha_cfg_clients_line(&lines, f) == NGX_OK)
    {
        ngx_rtalpha_json_object(j);

        for (i = 0; i < 6; i++) {
            ngx_rtalpha_json_key(j, (u_char *) names[i],
                                 ngx_strlen(names[i]));

            if (i < 3) {
                ngx_rtalpha_json_raw(j, f[i].data, f[i].len);

            } else {
                ngx_rtalpha_json_str(j, &f[i]);
            }
        }

        ngx_rtalpha_json_end(j);
    }

    ngx_rtalpha_json_end(j);
}
