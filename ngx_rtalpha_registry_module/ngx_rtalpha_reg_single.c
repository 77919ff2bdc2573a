
/*
 * Large applications' lists; see the header.  A few of them can be made at
 * the same time, and stay until others take their places.
 */


#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_store.h"
#include "ngx_rtalpha_reg_single.h"
#include "ngx_rtalpha_notify.h"


/* instances of an application that is large */
#define NGX_RTALPHA_REG_SINGLE_LARGE  1000

#define NGX_RTALPHA_REG_SINGLE_PLACES  4
#define NGX_RTALPHA_REG_SINGLE_NAME    1200
#define NGX_RTALPHA_REG_SINGLE_SLICE   4000     /* microseconds */


typedef struct {
    ngx_event_t                timer;       /* first: it leads back here */
    ngx_uint_t                 form;
    ngx_str_t                  app;
    uint64_t                   used;        /* clock */
    u_char                     name[NGX_RTALPHA_REG_SINGLE_NAME];

    ngx_rtalpha_reg_apart_pair_t  pair;
} ngx_rtalpha_reg_single_t;


static ngx_rtalpha_reg_single_t *ngx_rtalpha_reg_single_place(
    ngx_uint_t form, const ngx_str_t *app);
static void ngx_rtalpha_reg_single_empty(ngx_rtalpha_reg_single_t *s);
static ngx_int_t ngx_rtalpha_reg_single_slice(ngx_rtalpha_reg_single_t *s);
static void ngx_rtalpha_reg_single_timer(ngx_event_t *ev);


static ngx_rtalpha_reg_single_t  ngx_rtalpha_reg_singles[
                                              NGX_RTALPHA_REG_SINGLE_PLACES];


ngx_int_t
ngx_rtalpha_reg_single_get(ngx_uint_t form, const ngx_str_t *name,
    ngx_rtalpha_reg_given_t *given)
{
    uint32_t                   hash;
    uint64_t                   seq;
    ngx_int_t                  rc;
    ngx_uint_t                 n;
    ngx_rtalpha_reg_app_t     *app;
    ngx_rtalpha_reg_single_t  *s;

    hash = ngx_rtalpha_reg_store_hash(name);

    ngx_rtalpha_zone_lock();
    app = ngx_rtalpha_reg_app_find(name, hash);
    n = app ? app->n : 0;
    seq = app ? app->seq : 0;
    ngx_rtalpha_zone_unlock();

    if (n < NGX_RTALPHA_REG_SINGLE_LARGE
        || name->len > NGX_RTALPHA_REG_SINGLE_NAME)
    {
        return NGX_DECLINED;
    }

    s = ngx_rtalpha_reg_single_place(form, name);

    if (s == NULL) {
        return NGX_AGAIN;
    }

    s->used = ngx_rtalpha_reg_clock();

    if (s->pair.made && ngx_rtalpha_reg_apart_fresh(s->pair.made, seq)) {
        ngx_rtalpha_reg_apart_give(s->pair.made, given);
        return NGX_OK;
    }

    if (s->timer.timer_set) {
        return NGX_AGAIN;
    }

    rc = ngx_rtalpha_reg_single_slice(s);

    if (rc == NGX_OK) {
        ngx_rtalpha_reg_apart_give(s->pair.made, given);
    }

    if (rc == NGX_AGAIN) {
        s->timer.handler = ngx_rtalpha_reg_single_timer;
        s->timer.data = &ngx_rtalpha_reg_nobody;
        s->timer.log = ngx_cycle->log;
        s->timer.cancelable = 1;
        ngx_add_timer(&s->timer, 1);
    }

    return rc;
}


/* its own, or that of what was asked for longest ago; NULL: all are busy */

static ngx_rtalpha_reg_single_t *
ngx_rtalpha_reg_single_place(ngx_uint_t form, const ngx_str_t *app)
{
    ngx_uint_t                 i;
    ngx_rtalpha_reg_single_t  *s, *oldest;

    oldest = NULL;

    for (i = 0; i < NGX_RTALPHA_REG_SINGLE_PLACES; i++) {
        s = &ngx_rtalpha_reg_singles[i];

        if (s->form == form && s->app.len
            && ngx_rtalpha_str_eq(&s->app, app))
        {
            return s;
        }

        if (!s->timer.timer_set
            && (oldest == NULL || s->used < oldest->used))
        {
            oldest = s;
        }
    }

    if (oldest) {
        ngx_rtalpha_reg_single_empty(oldest);

        oldest->form = form;
        oldest->app.data = oldest->name;
        oldest->app.len = app->len;
        ngx_memcpy(oldest->name, app->data, app->len);
    }

    return oldest;
}


static void
ngx_rtalpha_reg_single_empty(ngx_rtalpha_reg_single_t *s)
{
    s->app.len = 0;

    ngx_rtalpha_reg_apart_empty(&s->pair);
}


static ngx_int_t
ngx_rtalpha_reg_single_slice(ngx_rtalpha_reg_single_t *s)
{
    return ngx_rtalpha_reg_apart_renew(&s->pair, s->form, &s->app,
                                       NGX_RTALPHA_REG_SINGLE_SLICE);
}


static void
ngx_rtalpha_reg_single_timer(ngx_event_t *ev)
{
    ngx_int_t                  rc;
    ngx_rtalpha_reg_single_t  *s;

    s = (ngx_rtalpha_reg_single_t *) ev;

    rc = ngx_rtalpha_reg_single_slice(s);

    if (rc == NGX_AGAIN && !ngx_exiting) {
        ngx_add_timer(ev, 1);
        return;
    }

    ngx_rtalpha_notify_ring();
}


void
ngx_rtalpha_reg_single_exit(void)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_REG_SINGLE_PLACES; i++) {
        ngx_rtalpha_reg_single_empty(&ngx_rtalpha_reg_singles[i]);
    }
}
