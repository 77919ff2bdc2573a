
/*
 * Operations for peers, rendered where and when clients do them.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_peer.h"
#include "ngx_rtalpha_reg_queue.h"
#include "ngx_rtalpha_reg_settings.h"
#include "ngx_rtalpha_json.h"


static void ngx_rtalpha_reg_peer_add(ngx_rtalpha_out_t *out, uint32_t key,
    uint32_t only, ngx_msec_t life);
static void ngx_rtalpha_reg_peer_begin(ngx_rtalpha_json_t *j,
    const ngx_str_t *app, const ngx_str_t *id);
static void ngx_rtalpha_reg_peer_instance(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
static void ngx_rtalpha_reg_peer_end(ngx_rtalpha_json_t *j,
    const char *action);


/* an operation's text, in the order of fields of the Java server */

static void
ngx_rtalpha_reg_peer_begin(ngx_rtalpha_json_t *j, const ngx_str_t *app,
    const ngx_str_t *id)
{
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "appName");
    ngx_rtalpha_json_str(j, app);
    ngx_rtalpha_json_key_lit(j, "id");
    ngx_rtalpha_json_str(j, id);
}


static void
ngx_rtalpha_reg_peer_end(ngx_rtalpha_json_t *j, const char *action)
{
    ngx_rtalpha_json_key_lit(j, "action");
    ngx_rtalpha_json_text(j, (u_char *) action, ngx_strlen(action));
    ngx_rtalpha_json_end(j);
}


static void
ngx_rtalpha_reg_peer_instance(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    ngx_rtalpha_reg_render_t  rr;

    ngx_memzero(&rr, sizeof(ngx_rtalpha_reg_render_t));
    rr.out = j->out;
    rr.as_sent = 1;

    ngx_rtalpha_json_key_lit(j, "lastDirtyTimestamp");
    ngx_rtalpha_json_int(j, st->dirty);
    ngx_rtalpha_json_key_lit(j, "status");
    ngx_rtalpha_json_str(j, ngx_rtalpha_reg_status_name(st->status));
    ngx_rtalpha_json_key_lit(j, "instanceInfo");
    ngx_rtalpha_json_raw(j, ngx_rtalpha_lit("{"));
    ngx_rtalpha_reg_render_members(&rr, doc, st);
    ngx_rtalpha_out_char(j->out, '}');
}


static void
ngx_rtalpha_reg_peer_add(ngx_rtalpha_out_t *out, uint32_t key, uint32_t only,
    ngx_msec_t life)
{
    ngx_str_t  text;

    if (ngx_rtalpha_out_done(out, &text) == NGX_OK) {
        ngx_rtalpha_reg_queue_add(&text, key, only, life,
                                  (ngx_uint_t)
                                  ngx_rtalpha_reg_conf.peer_queue);
    }
}


/*
 * What is stored is told; where the client's word was older than that, its
 * word is told as it was, and the peer decides for itself.
 */

void
ngx_rtalpha_reg_peer_register(ngx_pool_t *pool,
    const ngx_rtalpha_reg_sent_t *sent, const ngx_rtalpha_reg_put_t *put)
{
    ngx_rtalpha_out_t         out;
    ngx_rtalpha_json_t        j;
    ngx_rtalpha_reg_doc_t     doc;
    ngx_rtalpha_reg_copy_t    copy;
    ngx_rtalpha_reg_state_t  *st;

    if (ngx_rtalpha_reg_peer_count() == 0
        || ngx_rtalpha_reg_store_get(pool, &put->app, &put->id, 1, &copy)
           != NGX_OK
        || ngx_rtalpha_reg_doc_unpack(put->doc.data, put->doc.len, &doc)
           != NGX_OK
        || ngx_rtalpha_out_init(&out, pool, 2048, 64 * 1024 * 1024) != NGX_OK)
    {
        return;
    }

    st = &copy.state;

    if (st->dirty != put->dirty) {
        st->dirty = put->dirty;
        st->status = (u_char) sent->status;
        st->overridden = (u_char) sent->overridden;
        st->action = NGX_RTALPHA_REG_DELETED + 1;
        st->registered = 0;
        st->renewed = 0;
        st->service_up = 0;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_reg_peer_begin(&j, &put->app, &put->id);
    ngx_rtalpha_reg_peer_instance(&j, &doc, st);
    ngx_rtalpha_reg_peer_end(&j, "Register");
    ngx_rtalpha_reg_peer_add(&out, 0, 0, put->interval * 1000);
}


/* an instance that a peer said it does not know */

void
ngx_rtalpha_reg_peer_again(ngx_pool_t *pool, uint32_t only,
    const ngx_str_t *app, const ngx_str_t *id)
{
    ngx_rtalpha_out_t       out;
    ngx_rtalpha_json_t      j;
    ngx_rtalpha_reg_doc_t   doc;
    ngx_rtalpha_reg_copy_t  copy;

    if (ngx_rtalpha_reg_store_get(pool, app, id, 1, &copy) != NGX_OK
        || ngx_rtalpha_reg_doc_unpack(copy.doc.data, copy.doc.len, &doc)
           != NGX_OK
        || ngx_rtalpha_out_init(&out, pool, 2048, 64 * 1024 * 1024) != NGX_OK)
    {
        return;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_reg_peer_begin(&j, app, id);
    ngx_rtalpha_reg_peer_instance(&j, &doc, &copy.state);
    ngx_rtalpha_reg_peer_end(&j, "Register");
    ngx_rtalpha_reg_peer_add(&out, 0, only, doc.interval * 1000);
}


/* with what is registered here, whatever the heartbeat itself said */

void
ngx_rtalpha_reg_peer_heartbeat(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id)
{
    uint32_t                 key;
    ngx_uint_t               override;
    ngx_rtalpha_out_t        out;
    ngx_rtalpha_json_t       j;
    ngx_rtalpha_reg_doc_t    doc;
    ngx_rtalpha_reg_copy_t   copy;

    if (ngx_rtalpha_reg_peer_count() == 0
        || ngx_rtalpha_reg_store_get(pool, app, id, 1, &copy) != NGX_OK
        || ngx_rtalpha_reg_doc_unpack(copy.doc.data, copy.doc.len, &doc)
           != NGX_OK
        || ngx_rtalpha_out_init(&out, pool, 512, 65536) != NGX_OK)
    {
        return;
    }

    override = ngx_rtalpha_reg_store_overridden(id);

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_reg_peer_begin(&j, app, id);
    ngx_rtalpha_json_key_lit(&j, "lastDirtyTimestamp");
    ngx_rtalpha_json_int(&j, copy.state.dirty);

    if (override != NGX_RTALPHA_REG_NONE) {
        ngx_rtalpha_json_key_lit(&j, "overriddenStatus");
        ngx_rtalpha_json_str(&j, ngx_rtalpha_reg_status_name(override));
    }

    ngx_rtalpha_json_key_lit(&j, "status");
    ngx_rtalpha_json_str(&j, ngx_rtalpha_reg_status_name(copy.state.status));
    ngx_rtalpha_reg_peer_end(&j, "Heartbeat");

    key = (ngx_rtalpha_reg_store_hash(app) ^ ngx_rtalpha_reg_store_hash(id))
          | 1;

    ngx_rtalpha_reg_peer_add(&out, key, 0, doc.interval * 1000);
}


void
ngx_rtalpha_reg_peer_cancel(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id)
{
    ngx_rtalpha_out_t   out;
    ngx_rtalpha_json_t  j;

    if (ngx_rtalpha_reg_peer_count() == 0
        || ngx_rtalpha_out_init(&out, pool, 512, 65536) != NGX_OK)
    {
        return;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_reg_peer_begin(&j, app, id);
    ngx_rtalpha_reg_peer_end(&j, "Cancel");
    ngx_rtalpha_reg_peer_add(&out, 0, 0, ngx_rtalpha_reg_conf.peer_max_age);
}


void
ngx_rtalpha_reg_peer_status(ngx_pool_t *pool, const ngx_str_t *app,
    const ngx_str_t *id, ngx_uint_t restore)
{
    ngx_rtalpha_out_t        out;
    ngx_rtalpha_json_t       j;
    ngx_rtalpha_reg_copy_t   copy;

    if (ngx_rtalpha_reg_peer_count() == 0
        || ngx_rtalpha_reg_store_get(pool, app, id, 1, &copy) != NGX_OK
        || ngx_rtalpha_out_init(&out, pool, 512, 65536) != NGX_OK)
    {
        return;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_reg_peer_begin(&j, app, id);
    ngx_rtalpha_json_key_lit(&j, "lastDirtyTimestamp");
    ngx_rtalpha_json_int(&j, copy.state.dirty);
    ngx_rtalpha_json_key_lit(&j, "status");
    ngx_rtalpha_json_str(&j, ngx_rtalpha_reg_status_name(copy.state.status));
    ngx_rtalpha_reg_peer_end(&j, restore ? "DeleteStatusOverride"
                                         : "StatusUpdate");
    ngx_rtalpha_reg_peer_add(&out, 0, 0, ngx_rtalpha_reg_conf.peer_max_age);
}
