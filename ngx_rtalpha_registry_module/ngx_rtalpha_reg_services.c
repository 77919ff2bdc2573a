
/*
 * Instances that are UP, as a balancer wants them.  An address is taken from
 * the host name if that is one, else from ipAddr; TLS where the secure port
 * is enabled, as Spring's clients decide.
 */


#include "ngx_rtalpha_reg_services.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_services.h"


static uint64_t ngx_rtalpha_reg_services_version(void *data,
    const ngx_str_t *service);
static ngx_int_t ngx_rtalpha_reg_services_read(void *data,
    const ngx_str_t *service, ngx_pool_t *pool, ngx_array_t *array,
    uint64_t *version);
static ngx_int_t ngx_rtalpha_reg_services_names(void *data, ngx_pool_t *pool,
    ngx_array_t *names);
static ngx_int_t ngx_rtalpha_reg_services_add(ngx_pool_t *pool,
    ngx_array_t *array, const ngx_rtalpha_reg_copy_t *copy);
static ngx_int_t ngx_rtalpha_reg_services_addr(ngx_pool_t *pool,
    ngx_rtalpha_instance_t *inst, const ngx_rtalpha_reg_doc_t *doc);
static ngx_int_t ngx_rtalpha_reg_services_metadata(ngx_pool_t *pool,
    ngx_rtalpha_instance_t *inst, const ngx_rtalpha_reg_doc_t *doc);


static const ngx_rtalpha_services_source_t  ngx_rtalpha_reg_source = {
    ngx_string("registry"),
    10,
    ngx_rtalpha_reg_services_version,
    ngx_rtalpha_reg_services_read,
    ngx_rtalpha_reg_services_names,
    NULL
};


ngx_int_t
ngx_rtalpha_reg_services_init(void)
{
    return ngx_rtalpha_services_add(&ngx_rtalpha_reg_source);
}


static uint64_t
ngx_rtalpha_reg_services_version(void *data, const ngx_str_t *service)
{
    u_char     buf[1024];
    ngx_str_t  name;

    if (service->len * 3 > sizeof(buf)) {
        return 0;
    }

    ngx_rtalpha_reg_doc_upper(service, buf, &name);

    return ngx_rtalpha_reg_select_version(&name);
}


static ngx_int_t
ngx_rtalpha_reg_services_read(void *data, const ngx_str_t *service,
    ngx_pool_t *pool, ngx_array_t *array, uint64_t *version)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_array_t                copies;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_select_t   select;

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    select.usable = 1;
    select.status = NGX_RTALPHA_REG_NONE;

    select.app.data = ngx_pnalloc(pool, service->len * 3 + 1);

    if (select.app.data == NULL
        || ngx_array_init(&copies, pool, 16, sizeof(ngx_rtalpha_reg_copy_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_doc_upper(service, select.app.data, &select.app);

    rc = ngx_rtalpha_reg_select(pool, &select, &copies, version);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    copy = copies.elts;

    for (i = 0; i < copies.nelts; i++) {
        if (ngx_rtalpha_reg_services_add(pool, array, &copy[i]) == NGX_ERROR)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_services_names(void *data, ngx_pool_t *pool,
    ngx_array_t *names)
{
    return ngx_rtalpha_reg_select_names(pool, names);
}


/* one that cannot be called (no address, no port) is left out */

static ngx_int_t
ngx_rtalpha_reg_services_add(ngx_pool_t *pool, ngx_array_t *array,
    const ngx_rtalpha_reg_copy_t *copy)
{
    ngx_int_t                rc, weight;
    ngx_str_t                value;
    ngx_rtalpha_reg_doc_t    doc;
    ngx_rtalpha_instance_t  *inst, made;

    if (ngx_rtalpha_reg_doc_unpack(copy->doc.data, copy->doc.len, &doc)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_memzero(&made, sizeof(ngx_rtalpha_instance_t));

    made.id = copy->id;
    made.since = copy->state.service_up ? copy->state.service_up
                                        : copy->state.registered;
    made.weight = 100;
    made.secure = doc.secure_on;

    ngx_rtalpha_reg_doc_zone(&doc, &made.zone);

    if (ngx_rtalpha_reg_doc_find(&doc.metadata, "weight", &value) == NGX_OK) {
        weight = ngx_atoi(value.data, value.len);

        if (weight >= 1 && weight <= 65535) {
            made.weight = (uint32_t) weight;
        }
    }

    rc = ngx_rtalpha_reg_services_addr(pool, &made, &doc);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_reg_services_metadata(pool, &made, &doc) != NGX_OK) {
        return NGX_ERROR;
    }

    inst = ngx_array_push(array);
    if (inst == NULL) {
        return NGX_ERROR;
    }

    *inst = made;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_services_addr(ngx_pool_t *pool, ngx_rtalpha_instance_t *inst,
    const ngx_rtalpha_reg_doc_t *doc)
{
    int32_t      port;
    ngx_int_t    rc;
    ngx_addr_t   addr;
    ngx_str_t   *host, *ip;

    host = (ngx_str_t *) &doc->text[NGX_RTALPHA_REG_TEXT_HOST];
    ip = (ngx_str_t *) &doc->text[NGX_RTALPHA_REG_TEXT_IP];

    port = inst->secure ? doc->secure_port : doc->port;

    if (port <= 0 || port > 65535) {
        return NGX_DECLINED;
    }

    rc = ngx_parse_addr(pool, &addr, host->data, host->len);

    if (rc == NGX_DECLINED) {
        rc = ngx_parse_addr(pool, &addr, ip->data, ip->len);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_inet_set_port(addr.sockaddr, (in_port_t) port);

    inst->host = *host;
    inst->port = (in_port_t) port;
    inst->sockaddr = addr.sockaddr;
    inst->socklen = addr.socklen;

    inst->addr.data = ngx_pnalloc(pool, NGX_SOCKADDR_STRLEN);
    if (inst->addr.data == NULL) {
        return NGX_ERROR;
    }

    inst->addr.len = ngx_sock_ntop(addr.sockaddr, addr.socklen,
                                   inst->addr.data, NGX_SOCKADDR_STRLEN, 1);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_services_metadata(ngx_pool_t *pool,
    ngx_rtalpha_instance_t *inst, const ngx_rtalpha_reg_doc_t *doc)
{
    ngx_str_t      rest, key, value;
    ngx_keyval_t  *kv;

    if (doc->metadata.len == 0) {
        return NGX_OK;
    }

    inst->metadata = ngx_array_create(pool, 4, sizeof(ngx_keyval_t));
    if (inst->metadata == NULL) {
        return NGX_ERROR;
    }

    rest = doc->metadata;

    while (ngx_rtalpha_reg_doc_next(&rest, &key, &value) == NGX_OK) {

        kv = ngx_array_push(inst->metadata);
        if (kv == NULL) {
            return NGX_ERROR;
        }

        kv->key = key;
        kv->value = value;
    }

    return NGX_OK;
}
