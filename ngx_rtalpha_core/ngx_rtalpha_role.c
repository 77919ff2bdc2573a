
/*
 * The list of roles in a configuration, and their roots in the zone.
 */


#include "ngx_rtalpha_module.h"
#include "ngx_rtalpha_zone.h"


ngx_int_t
ngx_rtalpha_role_add(ngx_conf_t *cf, const ngx_rtalpha_role_t *role)
{
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);

    use = ngx_array_push(&mcf->roles);
    if (use == NULL) {
        return NGX_ERROR;
    }

    use->role = role;
    use->used = 0;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_role_use(ngx_conf_t *cf, const ngx_rtalpha_role_t *role)
{
    ngx_uint_t                i;
    ngx_rtalpha_role_use_t   *use;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);
    use = mcf->roles.elts;

    for (i = 0; i < mcf->roles.nelts; i++) {
        if (use[i].role == role) {
            use[i].used = 1;
            mcf->used = 1;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_role_page(ngx_conf_t *cf, const ngx_str_t *path,
    ngx_int_t (*handler)(ngx_http_request_t *r))
{
    ngx_rtalpha_role_page_t  *page;
    ngx_rtalpha_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);

    page = ngx_array_push(&mcf->pages);
    if (page == NULL) {
        return NGX_ERROR;
    }

    page->path = *path;
    page->handler = handler;

    return NGX_OK;
}


void *
ngx_rtalpha_role_root(const ngx_rtalpha_role_t *role)
{
    if (!ngx_rtalpha_zone_exists()) {
        return NULL;
    }

    return ngx_rtalpha_zone_root(&role->name, role->root_size, role->layout);
}
