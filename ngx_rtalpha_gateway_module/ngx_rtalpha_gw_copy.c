
/*
 * Copies of a location's configuration that differ in one thing.  nginx reads
 * a request's core configuration (keepalive_timeout, tcp_nodelay) when the
 * request is freed already, so they live as long as the configuration.
 */


#include "ngx_rtalpha_gw.h"


#define NGX_RTALPHA_GW_COPIES  1024     /* of a worker */


typedef struct ngx_rtalpha_gw_copy_s  ngx_rtalpha_gw_copy_t;

struct ngx_rtalpha_gw_copy_s {
    ngx_rtalpha_gw_copy_t     *next;
    void                     **from;
    off_t                      max_body;
    void                     **conf;
    ngx_array_t                pages;
};


static void ngx_rtalpha_gw_copy_forget(void *data);


static ngx_rtalpha_gw_copy_t  *ngx_rtalpha_gw_copies;
static ngx_uint_t              ngx_rtalpha_gw_ncopies;


void **
ngx_rtalpha_gw_copy_conf(void **from, off_t max_body)
{
    ngx_pool_t                *pool;
    ngx_pool_cleanup_t        *cln;
    ngx_rtalpha_gw_copy_t     *copy;
    ngx_http_core_loc_conf_t  *clcf;

    for (copy = ngx_rtalpha_gw_copies; copy; copy = copy->next) {
        if (copy->from == from && copy->max_body == max_body) {
            return copy->conf;
        }
    }

    if (ngx_rtalpha_gw_ncopies == NGX_RTALPHA_GW_COPIES) {
        return NULL;
    }

    pool = ngx_cycle->pool;
    copy = ngx_pcalloc(pool, sizeof(ngx_rtalpha_gw_copy_t));
    clcf = ngx_palloc(pool, sizeof(ngx_http_core_loc_conf_t));

    if (copy == NULL || clcf == NULL) {
        return NULL;
    }

    copy->conf = ngx_palloc(pool, ngx_http_max_module * sizeof(void *));
    if (copy->conf == NULL) {
        return NULL;
    }

    if (ngx_rtalpha_gw_copies == NULL) {
        cln = ngx_pool_cleanup_add(pool, 0);
        if (cln == NULL) {
            return NULL;
        }

        cln->handler = ngx_rtalpha_gw_copy_forget;
    }

    ngx_memcpy(copy->conf, from, ngx_http_max_module * sizeof(void *));
    *clcf = *(ngx_http_core_loc_conf_t *)
                                        from[ngx_http_core_module.ctx_index];
    copy->conf[ngx_http_core_module.ctx_index] = clcf;

    if (max_body) {
        clcf->client_max_body_size = max_body;

    } else {
        copy->pages = *clcf->error_pages;
        copy->pages.elts = (ngx_http_err_page_t *) copy->pages.elts + 3;
        copy->pages.nelts -= 3;
        clcf->error_pages = &copy->pages;
    }

    copy->from = from;
    copy->max_body = max_body;
    copy->next = ngx_rtalpha_gw_copies;
    ngx_rtalpha_gw_copies = copy;
    ngx_rtalpha_gw_ncopies++;

    return copy->conf;
}


/* the configuration goes: its copies, and those that lead to them */

static void
ngx_rtalpha_gw_copy_forget(void *data)
{
    ngx_rtalpha_gw_copies = NULL;
    ngx_rtalpha_gw_ncopies = 0;
}
