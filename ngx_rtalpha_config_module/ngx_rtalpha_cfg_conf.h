
/*
 * The settings of one config server, compiled from a property tree with the
 * keys of a Spring Cloud Config Server.
 */


#ifndef _NGX_RTALPHA_CFG_CONF_H_INCLUDED_
#define _NGX_RTALPHA_CFG_CONF_H_INCLUDED_


#include "ngx_rtalpha_access.h"
#include "ngx_rtalpha_bind.h"
#include "ngx_rtalpha_cfg_monitor.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_cfg_store.h"


/* an http proxy; url: with its own login, empty: none */
typedef struct {
    ngx_str_t      url;
    ngx_str_t      direct;                  /* hosts without it: "a|*.b" */
} ngx_rtalpha_cfg_proxy_t;


typedef struct {
    ngx_uint_t     kind;                    /* NGX_RTALPHA_CFG_REPO_* */
    ngx_str_t      name;                    /* of spring…git.repos.NAME */
    ngx_str_t      uri;                     /* may hold placeholders */
    ngx_array_t   *patterns;                /* of a named repository */
    ngx_array_t   *search;                  /* search paths, or NULL */
    ngx_str_t      label;                   /* default label */
    ngx_str_t      username;
    ngx_str_t      password;
    ngx_str_t      private_key;
    ngx_str_t      passphrase;
    ngx_str_t      host_key;
    ngx_str_t      host_key_algorithm;
    ngx_str_t      known_hosts;             /* file */
    ngx_str_t      preferred;               /* ways for ssh to log in */
    ngx_str_t      filter;                  /* clone.filter */
    ngx_int_t      depth;                   /* clone.depth */
    ngx_int_t      refresh;                 /* seconds; -1: never again */
    ngx_msec_t     timeout;
    ngx_array_t   *repos;                   /* of this type: by pattern */
    ngx_rtalpha_cfg_proxy_t  proxy_http;
    ngx_rtalpha_cfg_proxy_t  proxy_https;

    unsigned       try_master:1;
    unsigned       try_master_written:1;
    unsigned       lenient:1;               /* continue-on-multiple-label- */
    unsigned       skip_ssl:1;
    unsigned       strict_host_key:1;
    unsigned       ignore_local:1;          /* ssh settings of the user */
    unsigned       prune:1;                 /* delete-untracked-branches */
    unsigned       label_places:1;          /* native: add-label-locations */
    unsigned       versioned:1;

    ngx_str_t      version;                 /* native.version */
    u_char         owner[NGX_RTALPHA_CFG_ID];
} ngx_rtalpha_cfg_backend_t;


/* an environment that /actuator/health looks up */
typedef struct {
    ngx_str_t      key;                     /* of health.repositories.KEY */
    ngx_str_t      name;
    ngx_str_t      profiles;
    ngx_str_t      label;
    ngx_flag_t     labelled;
} ngx_rtalpha_cfg_probe_t;


typedef struct ngx_rtalpha_cfg_keys_s  ngx_rtalpha_cfg_keys_t;


/* Spring Cloud Bus over RabbitMQ */
typedef struct {
    ngx_str_t      host;
    ngx_str_t      addresses;               /* instead of host and port */
    ngx_str_t      user;
    ngx_str_t      password;
    ngx_str_t      vhost;
    ngx_str_t      destination;             /* the exchange */
    ngx_str_t      id;
    ngx_int_t      port;                    /* 0: the usual one */
    ngx_msec_t     heartbeat;
    ngx_msec_t     timeout;
    ngx_flag_t     tls;
    ngx_flag_t     enabled;
} ngx_rtalpha_cfg_bus_t;


typedef struct {
    ngx_pool_t                   *pool;
    uint64_t                      version;  /* of the settings */
    ngx_rtalpha_cfg_keys_t       *keys;     /* NULL: none */
    ngx_array_t                   backends; /* ngx_rtalpha_cfg_backend_t */
    ngx_rtalpha_props_t          *overrides;/* NULL: none */
    ngx_rtalpha_access_t         *access;   /* NULL: no rules */
    ngx_array_t                   users;    /* ngx_rtalpha_access_user_t */
    ngx_array_t                   labels;   /* ngx_str_t: the default ones */
    ngx_rtalpha_cfg_path_conf_t   path;

    ngx_str_t                     prefix;
    ngx_str_t                     label;    /* server default-label */
    ngx_str_t                     application;
    ngx_str_t                     profile;
    ngx_str_t                     user;
    ngx_str_t                     pass;
    ngx_str_t                     key;              /* encrypt.key */
    ngx_str_t                     salt;
    ngx_str_t                     store;            /* encrypt.key-store */
    ngx_str_t                     store_type;
    ngx_str_t                     store_password;
    ngx_str_t                     store_alias;
    ngx_str_t                     store_secret;
    ngx_str_t                     rsa_algorithm;
    ngx_str_t                     rsa_salt;
    ngx_str_t                     monitor_path;
    ngx_str_t                     monitor_secret;   /* empty: none */
    ngx_str_t                     hook_secret[NGX_RTALPHA_CFG_HOOKS];
    ngx_flag_t                    hook_enabled[NGX_RTALPHA_CFG_HOOKS];
    ngx_rtalpha_cfg_bus_t         bus;
    ngx_array_t                   probes;   /* ngx_rtalpha_cfg_probe_t */
    ngx_str_t                     down;     /* the status of a failure */
    ngx_str_t                     show_details;
    ngx_str_t                     show_components;

    ngx_flag_t                    rsa_strong;
    ngx_flag_t                    accept_empty;
    ngx_flag_t                    strip_document;
    ngx_flag_t                    fail_composite;
    ngx_flag_t                    reverse;
    ngx_flag_t                    encrypt;          /* decrypts answers */
    ngx_flag_t                    encrypt_mark;     /* invalid. */
    ngx_flag_t                    java_errors;
    ngx_flag_t                    realtime;
    ngx_flag_t                    monitor_open;
    ngx_flag_t                    health;
    ngx_flag_t                    validate;

    ngx_int_t                     max_repos;
    ngx_int_t                     max_files;
    ngx_int_t                     max_nodes;        /* of a YAML file */
    ngx_int_t                     max_depth;
    ngx_int_t                     max_index;        /* of a list */
    size_t                        max_file;
    size_t                        max_answer;
    size_t                        max_cache;
    size_t                        max_clients;
    ngx_msec_t                    wait;             /* for git, at most */
    ngx_msec_t                    hold;             /* for a change */
} ngx_rtalpha_cfg_conf_t;


/* every key that is known */
extern const ngx_rtalpha_bind_t  ngx_rtalpha_cfg_conf_table[];


/*
 * Compiles.  The report gets a line for every key.  keys: those of the same
 * server's settings until now; NULL: none.  NULL: no memory.
 */
ngx_rtalpha_cfg_conf_t *ngx_rtalpha_cfg_conf_create(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, const ngx_rtalpha_cfg_keys_t *keys,
    ngx_rtalpha_report_t *report);

/* is there a secret that some webhook has to know */
ngx_uint_t ngx_rtalpha_cfg_conf_secret(const ngx_rtalpha_cfg_conf_t *conf);

/* without trailing slashes, but for one after a host alone */
ngx_int_t ngx_rtalpha_cfg_conf_uri(ngx_pool_t *pool, ngx_str_t *uri);

/* of a broker that listens where RabbitMQ does by itself */
void ngx_rtalpha_cfg_bus_defaults(ngx_rtalpha_cfg_bus_t *bus);

/* is a git URI a path of this machine */
ngx_uint_t ngx_rtalpha_cfg_conf_local(const ngx_str_t *uri, ngx_str_t *path);


#endif /* _NGX_RTALPHA_CFG_CONF_H_INCLUDED_ */
