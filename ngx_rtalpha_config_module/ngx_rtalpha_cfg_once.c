
/*
 * SET key NX PX: the first node gets OK and tells.  A notice that is told
 * twice costs a refresh, one that is not told at all leaves clients behind:
 * so whatever goes wrong, it is told.
 */


#include <ngx_md5.h>

#include "ngx_rtalpha_redis.h"
#include "ngx_rtalpha_cfg_once.h"


#define NGX_RTALPHA_CFG_ONCE_KEEP  "30000"      /* ms */


typedef struct {
    ngx_rtalpha_cfg_once_pt   tell;
    ngx_str_t                 application;
    ngx_str_t                 profiles;
} ngx_rtalpha_cfg_once_call_t;


static ngx_rtalpha_redis_t  *ngx_rtalpha_cfg_once_redis;
static ngx_uint_t            ngx_rtalpha_cfg_once_others;


void
ngx_rtalpha_cfg_once_lead(ngx_uint_t leading)
{
    const ngx_rtalpha_redis_conf_t  *conf;

    conf = ngx_rtalpha_redis_configured((ngx_cycle_t *) ngx_cycle);

    if (leading && conf && ngx_rtalpha_cfg_once_redis == NULL) {
        ngx_rtalpha_cfg_once_redis = ngx_rtalpha_redis_create(conf, NULL,
                                                              NULL);
    }

    if (!leading && ngx_rtalpha_cfg_once_redis) {
        ngx_rtalpha_redis_destroy(ngx_rtalpha_cfg_once_redis);
        ngx_rtalpha_cfg_once_redis = NULL;
    }
}


ngx_uint_t
ngx_rtalpha_cfg_once_left(void)
{
    return ngx_rtalpha_cfg_once_others;
}


static void
ngx_rtalpha_cfg_once_done(void *data, const ngx_rtalpha_reply_t *reply)
{
    ngx_rtalpha_cfg_once_call_t  *call;

    call = data;

    if (reply && reply->type == NGX_RTALPHA_RESP_NIL) {
        ngx_rtalpha_cfg_once_others++;

    } else {
        call->tell(&call->application, &call->profiles);
    }

    ngx_free(call);
}


/* prefix and a digest of everything that makes the notice */

static void
ngx_rtalpha_cfg_once_key(const ngx_rtalpha_cfg_once_t *notice, u_char *buf,
    ngx_str_t *key)
{
    u_char            md[16], *p;
    ngx_md5_t         md5;
    ngx_uint_t        i;
    const ngx_str_t  *s[] = { &notice->application, &notice->profiles,
                              &notice->label, &notice->version };

    ngx_md5_init(&md5);

    for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
        ngx_md5_update(&md5, &s[i]->len, sizeof(s[i]->len));

        if (s[i]->len) {
            ngx_md5_update(&md5, s[i]->data, s[i]->len);
        }
    }

    ngx_md5_update(&md5, notice->digest, sizeof(notice->digest));
    ngx_md5_final(md, &md5);

    p = ngx_cpymem(buf, "rtalpha:config:told:",
                   sizeof("rtalpha:config:told:") - 1);
    p = ngx_hex_dump(p, md, sizeof(md));

    key->data = buf;
    key->len = p - buf;
}


static ngx_rtalpha_cfg_once_call_t *
ngx_rtalpha_cfg_once_copy(const ngx_rtalpha_cfg_once_t *notice,
    ngx_rtalpha_cfg_once_pt tell)
{
    u_char                       *p;
    ngx_rtalpha_cfg_once_call_t  *call;

    call = ngx_alloc(sizeof(ngx_rtalpha_cfg_once_call_t)
                     + notice->application.len + notice->profiles.len,
                     ngx_cycle->log);
    if (call == NULL) {
        return NULL;
    }

    p = (u_char *) (call + 1);
    call->tell = tell;
    call->application.data = p;
    call->application.len = notice->application.len;
    p = ngx_cpymem(p, notice->application.data, notice->application.len);
    call->profiles.data = p;
    call->profiles.len = notice->profiles.len;
    ngx_memcpy(p, notice->profiles.data, notice->profiles.len);

    return call;
}


void
ngx_rtalpha_cfg_once(const ngx_rtalpha_cfg_once_t *notice,
    ngx_rtalpha_cfg_once_pt tell)
{
    u_char                        buf[64];
    ngx_str_t                     words[6];
    ngx_rtalpha_cfg_once_call_t  *call;

    call = NULL;

    if (ngx_rtalpha_cfg_once_redis && notice->version.len
        && ngx_rtalpha_redis_ready(ngx_rtalpha_cfg_once_redis))
    {
        call = ngx_rtalpha_cfg_once_copy(notice, tell);
    }

    if (call) {
        ngx_str_set(&words[0], "SET");
        ngx_rtalpha_cfg_once_key(notice, buf, &words[1]);
        ngx_str_set(&words[2], "1");
        ngx_str_set(&words[3], "NX");
        ngx_str_set(&words[4], "PX");
        ngx_str_set(&words[5], NGX_RTALPHA_CFG_ONCE_KEEP);

        if (ngx_rtalpha_redis_call(ngx_rtalpha_cfg_once_redis, &words[1], 6,
                                   words, ngx_rtalpha_cfg_once_done, call))
        {
            return;
        }

        ngx_free(call);
    }

    tell(&notice->application, &notice->profiles);
}
