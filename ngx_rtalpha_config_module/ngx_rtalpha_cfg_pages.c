
/*
 * Pages of the config role: what they share, and the short ones.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_role.h"
#include "ngx_rtalpha_cfg_clients.h"
#include "ngx_rtalpha_cfg_heldback.h"
#include "ngx_rtalpha_cfg_pages.h"


#define NGX_RTALPHA_CFG_PAGES_SIZE     (4 * 1024 * 1024)
#define NGX_RTALPHA_CFG_PAGES_CLIENTS  (64 * 1024 * 1024)


ngx_int_t
ngx_rtalpha_cfg_page_get(ngx_http_request_t *r)
{
    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return NGX_DECLINED;
    }

    return ngx_rtalpha_answer_problem(r, NGX_HTTP_NOT_ALLOWED, "method",
                                      "Only GET and HEAD are answered here.");
}


ngx_rtalpha_cfg_server_t *
ngx_rtalpha_cfg_page_server(ngx_http_request_t *r)
{
    ngx_str_t  name;

    if (ngx_rtalpha_cfg_path_param(r->pool, &r->args, "server", &name)
        != NGX_OK)
    {
        ngx_str_null(&name);
    }

    return ngx_rtalpha_cfg_server_named(&name);
}


ngx_int_t
ngx_rtalpha_cfg_page_answer(ngx_http_request_t *r, ngx_rtalpha_out_t *out)
{
    ngx_str_t  body;

    static ngx_str_t  type = ngx_string("application/json");

    return ngx_rtalpha_out_done(out, &body) == NGX_OK
           ? ngx_rtalpha_answer_bytes(r, 200, &type, &body)
           : ngx_rtalpha_answer_problem(r, 500, "too-large",
                                        "There is too much to tell.");
}


/* an object with one list */

static ngx_int_t
ngx_rtalpha_cfg_page_list(ngx_http_request_t *r, const char *name, size_t max,
    void (*list)(ngx_rtalpha_json_t *j))
{
    ngx_int_t            rc;
    ngx_rtalpha_out_t    out;
    ngx_rtalpha_json_t   j;

    rc = ngx_rtalpha_cfg_page_get(r);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (ngx_rtalpha_out_init(&out, r->pool, 1024, max) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_rtalpha_json_init(&j, &out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key(&j, (u_char *) name, ngx_strlen(name));
    list(&j);
    ngx_rtalpha_json_end(&j);

    return ngx_rtalpha_cfg_page_answer(r, &out);
}


static ngx_int_t
ngx_rtalpha_cfg_page_held(ngx_http_request_t *r)
{
    return ngx_rtalpha_cfg_page_list(r, "heldBack",
                                     NGX_RTALPHA_CFG_PAGES_SIZE,
                                     ngx_rtalpha_cfg_heldback_list);
}


static ngx_int_t
ngx_rtalpha_cfg_page_clients(ngx_http_request_t *r)
{
    return ngx_rtalpha_cfg_page_list(r, "clients",
                                     NGX_RTALPHA_CFG_PAGES_CLIENTS,
                                     ngx_rtalpha_cfg_clients_list);
}


ngx_int_t
ngx_rtalpha_cfg_pages_add(ngx_conf_t *cf)
{
    ngx_uint_t  i;

    static const struct {
        ngx_str_t    path;
        ngx_int_t  (*handler)(ngx_http_request_t *r);
    } pages[] = {
        { ngx_string("/_rtalpha/api/config/check"),
          ngx_rtalpha_cfg_page_check },
        { ngx_string("/_rtalpha/api/config/clients"),
          ngx_rtalpha_cfg_page_clients },
        { ngx_string("/_rtalpha/api/config/held"), ngx_rtalpha_cfg_page_held }
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (ngx_rtalpha_role_page(cf, &pages[i].path, pages[i].handler)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
