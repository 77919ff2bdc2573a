
/*
 * Who offers what: per service name a versioned, immutable array of
 * instances.  The registry role (later: a client loop, a static list) is
 * the source; the gateway's balancer is the reader.  Names are compared
 * without regard to case.
 *
 * Reading is by pull.  A source raises the change number once for every
 * change that a balancer must see; each worker keeps the arrays that it
 * uses and asks the source again only when the number has moved.  A node
 * without a gateway pays nothing for it.
 */


#ifndef _NGX_RTALPHA_SERVICES_H_INCLUDED_
#define _NGX_RTALPHA_SERVICES_H_INCLUDED_


#include "ngx_rtalpha_http.h"


typedef struct {
    ngx_str_t          id;          /* unique within the service */
    ngx_str_t          host;        /* name or literal address */
    ngx_str_t          zone;        /* availability zone; may be empty */
    ngx_str_t          addr;        /* "ip:port", for logs and variables */
    struct sockaddr   *sockaddr;
    socklen_t          socklen;
    in_port_t          port;
    uint32_t           weight;      /* 1 … 65 535; 100 is usual */
    uint64_t           since;       /* ms of the epoch: up since */
    unsigned           secure:1;    /* TLS */
    ngx_array_t       *metadata;    /* of ngx_keyval_t; NULL: none */
} ngx_rtalpha_instance_t;


typedef struct {
    ngx_str_t                name;
    uint64_t                 version;   /* the source's, for this service */
    ngx_uint_t               n;
    ngx_rtalpha_instance_t  *instances; /* usable ones only */

    /* of the core: */
    ngx_pool_t              *pool;
    ngx_uint_t               refs;
    ngx_uint_t               named;     /* some host is not a literal */
    void                    *runtime;   /* of the balancer, from pool */
} ngx_rtalpha_service_t;


typedef struct {
    ngx_str_t    name;              /* "registry", "static", … */
    ngx_uint_t   rank;              /* the lower one wins for a service */

    /* 0: it does not know the service.  In the event loop, cheap. */
    uint64_t   (*version)(void *data, const ngx_str_t *service);

    /*
     * Fills array (of ngx_rtalpha_instance_t, from pool) with what may be
     * used now, in a stable order; sockaddr and addr may be left out where
     * host is a literal address: the core makes them.  *version as above.
     * Never holds the zone's lock for more than some 100 instances at once.
     */
    ngx_int_t  (*read)(void *data, const ngx_str_t *service,
                       ngx_pool_t *pool, ngx_array_t *array,
                       uint64_t *version);

    /* appends the names (ngx_str_t) it knows, for discovery routes and the
     * dashboard */
    ngx_int_t  (*names)(void *data, ngx_pool_t *pool, ngx_array_t *names);
    void        *data;
} ngx_rtalpha_services_source_t;


/* in the master and in init_process */
ngx_int_t ngx_rtalpha_services_init(ngx_cycle_t *cycle);

/* in init_process; source must live as long as the process */
ngx_int_t ngx_rtalpha_services_add(
    const ngx_rtalpha_services_source_t *source);

/* a change that balancers must see; cheap; no need of a lock */
void ngx_rtalpha_services_changed(void);
uint64_t ngx_rtalpha_services_number(void);

/*
 * The current array, referenced until released; NULL: unknown service or no
 * memory.  n may be 0: known, but nobody is up.
 */
ngx_rtalpha_service_t *ngx_rtalpha_services_get(const ngx_str_t *name);
void ngx_rtalpha_services_release(ngx_rtalpha_service_t *service);

/* releases when the pool goes */
ngx_rtalpha_service_t *ngx_rtalpha_services_get_for(ngx_pool_t *pool,
    const ngx_str_t *name);

ngx_int_t ngx_rtalpha_services_names(ngx_pool_t *pool, ngx_array_t *names);


#endif /* _NGX_RTALPHA_SERVICES_H_INCLUDED_ */
