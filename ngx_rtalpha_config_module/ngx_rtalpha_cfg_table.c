
/*
 * The keys of a config server: bound by name, read elsewhere, or reported
 * with the reason why they do nothing.
 */


#include "ngx_rtalpha_cfg_conf.h"


#define NGX_RTALPHA_CFG_SERVER  "spring.cloud.config.server."


#define ngx_rtalpha_cfg_use(key, type, field)                                 \
    { ngx_string(key), NGX_RTALPHA_BIND_##type,                               \
      offsetof(ngx_rtalpha_cfg_conf_t, field), 0, 0,                          \
      NGX_RTALPHA_BIND_USED, NULL }

#define ngx_rtalpha_cfg_limit(key, type, field, min, max)                     \
    { ngx_string(key), NGX_RTALPHA_BIND_##type,                               \
      offsetof(ngx_rtalpha_cfg_conf_t, field), min, max,                      \
      NGX_RTALPHA_BIND_USED, NULL }

#define ngx_rtalpha_cfg_read(key)                                             \
    { ngx_string(key), NGX_RTALPHA_BIND_NONE, 0, 0, 0,                        \
      NGX_RTALPHA_BIND_USED, NULL }

#define ngx_rtalpha_cfg_hook(name, hook)                                      \
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "monitor." name ".enabled",    \
                        FLAG, hook_enabled[NGX_RTALPHA_CFG_HOOK_##hook]),     \
    ngx_rtalpha_cfg_use("rtalpha.config.monitor." name ".secret", STR,        \
                        hook_secret[NGX_RTALPHA_CFG_HOOK_##hook])

#define ngx_rtalpha_cfg_say(key, verdict, note)                               \
    { ngx_string(key), NGX_RTALPHA_BIND_NONE, 0, 0, 0,                        \
      NGX_RTALPHA_BIND_##verdict, note }

#define NGX_RTALPHA_CFG_OBJECTS                                               \
    "answers are made from git objects, there is no working copy"


const ngx_rtalpha_bind_t  ngx_rtalpha_cfg_conf_table[] = {
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "prefix", STR, prefix),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "default-label", STR, label),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "default-application-name",
                        STR, application),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "default-profile", STR,
                        profile),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "accept-empty", FLAG,
                        accept_empty),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "strip-document-from-yaml",
                        FLAG, strip_document),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "fail-on-composite-error",
                        FLAG, fail_composite),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "reverse-location-order", FLAG,
                        reverse),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "encrypt.enabled", FLAG,
                        encrypt),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "encrypt.plain-text-encrypt",
                        IGNORED, "cipher text in files is served as it is, "
                        "and so it is by Config Server 4.3.1 with this key"),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER
                        "encrypt.prefix-invalid-properties", FLAG,
                        encrypt_mark),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "health.enabled", FLAG,
                        health),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER
                         "health.repositories.*.name"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER
                         "health.repositories.*.profiles"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER
                         "health.repositories.*.label"),
    ngx_rtalpha_cfg_use(NGX_RTALPHA_CFG_SERVER "health.down-health-status",
                        STR, down),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "overrides.**"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "bootstrap", IGNORED,
                        "the server is no client of itself"),

    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.uri"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.search-paths"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.search-paths.*"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.default-label"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.try-master-branch"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.username"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.password"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.passphrase"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.private-key"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.host-key"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.host-key-algorithm"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.known-hosts-file"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER
                         "git.strict-host-key-checking"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.skip-ssl-validation"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER
                         "git.continue-on-multiple-label-failure"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.refresh-rate"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.timeout"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.proxy.**"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.clone.*"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "git.repos.**"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "git.basedir", IGNORED,
                        "mirrors are kept in rtalpha_state"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "git.clone-on-start",
                        DIFFERENT, "repositories without placeholders are "
                        "always cloned at start"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "git.force-pull", IGNORED,
                        NGX_RTALPHA_CFG_OBJECTS),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER
                        "git.delete-untracked-branches", DIFFERENT,
                        "a local repository is served as it is, without "
                        "branches that were deleted in it"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "git.clone-submodules",
                        IGNORED, "files of submodules are not served"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER
                        "git.ignore-local-ssh-settings", DIFFERENT,
                        "a private-key and a host-key count without it as "
                        "well"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER
                         "git.preferred-authentications"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "git.order", IGNORED,
                        "write a composite to order backends"),

    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "native.search-locations"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "native.search-locations.*"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "native.default-label"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "native.add-label-locations"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "native.version"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "native.fail-on-error",
                        IGNORED, "unusable files are always an error"),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "native.order", IGNORED,
                        "write a composite to order backends"),
    ngx_rtalpha_cfg_read(NGX_RTALPHA_CFG_SERVER "composite.**"),

    ngx_rtalpha_cfg_read("spring.profiles.active"),
    ngx_rtalpha_cfg_read("spring.profiles.active.*"),
    ngx_rtalpha_cfg_say("spring.profiles.include", IGNORED,
                        "write the backends' profiles into "
                        "spring.profiles.active"),
    ngx_rtalpha_cfg_use("spring.profiles.validate", FLAG, validate),
    ngx_rtalpha_cfg_use("spring.security.user.name", STR, user),
    ngx_rtalpha_cfg_use("spring.security.user.password", STR, pass),
    ngx_rtalpha_cfg_say("spring.security.user.roles", IGNORED,
                        "access rules are rtalpha.config.access"),

    ngx_rtalpha_cfg_use("encrypt.key", STR, key),
    ngx_rtalpha_cfg_use("encrypt.salt", STR, salt),
    ngx_rtalpha_cfg_use("encrypt.key-store.location", STR, store),
    ngx_rtalpha_cfg_use("encrypt.key-store.type", STR, store_type),
    ngx_rtalpha_cfg_use("encrypt.key-store.password", STR, store_password),
    ngx_rtalpha_cfg_use("encrypt.key-store.alias", STR, store_alias),
    ngx_rtalpha_cfg_use("encrypt.key-store.secret", STR, store_secret),
    ngx_rtalpha_cfg_use("encrypt.rsa.algorithm", STR, rsa_algorithm),
    ngx_rtalpha_cfg_use("encrypt.rsa.salt", STR, rsa_salt),
    ngx_rtalpha_cfg_use("encrypt.rsa.strong", FLAG, rsa_strong),
    ngx_rtalpha_cfg_say("encrypt.fail-on-error", IGNORED,
                        "values that cannot be decrypted are marked"),

    ngx_rtalpha_cfg_use("spring.cloud.config.monitor.endpoint.path", STR,
                        monitor_path),
    ngx_rtalpha_cfg_hook("github", GITHUB),
    ngx_rtalpha_cfg_hook("gitlab", GITLAB),
    ngx_rtalpha_cfg_hook("gitea", GITEA),
    ngx_rtalpha_cfg_hook("gitee", GITEE),
    ngx_rtalpha_cfg_hook("gogs", GOGS),
    ngx_rtalpha_cfg_hook("bitbucket", BITBUCKET),
    ngx_rtalpha_cfg_say(NGX_RTALPHA_CFG_SERVER "monitor.fixed-delay",
                        IGNORED, "local origins are watched several times a "
                        "second"),
    ngx_rtalpha_cfg_use("spring.cloud.bus.enabled", FLAG, bus.enabled),
    ngx_rtalpha_cfg_use("spring.cloud.bus.destination", STR,
                        bus.destination),
    ngx_rtalpha_cfg_use("spring.cloud.bus.id", STR, bus.id),
    ngx_rtalpha_cfg_use("spring.rabbitmq.host", STR, bus.host),
    ngx_rtalpha_cfg_limit("spring.rabbitmq.port", INT, bus.port, 1, 65535),
    ngx_rtalpha_cfg_use("spring.rabbitmq.username", STR, bus.user),
    ngx_rtalpha_cfg_use("spring.rabbitmq.password", STR, bus.password),
    ngx_rtalpha_cfg_use("spring.rabbitmq.virtual-host", STR, bus.vhost),
    { ngx_string("spring.rabbitmq.addresses"), NGX_RTALPHA_BIND_STR,
      offsetof(ngx_rtalpha_cfg_conf_t, bus.addresses), 0, 0,
      NGX_RTALPHA_BIND_DIFFERENT, "the first address is used" },
    { ngx_string("spring.rabbitmq.ssl.enabled"), NGX_RTALPHA_BIND_FLAG,
      offsetof(ngx_rtalpha_cfg_conf_t, bus.tls), 0, 0,
      NGX_RTALPHA_BIND_DIFFERENT,
      "the broker is verified with the system's certificates" },
    ngx_rtalpha_cfg_limit("spring.rabbitmq.requested-heartbeat", SEC,
                          bus.heartbeat, 1000, 3600000),
    ngx_rtalpha_cfg_limit("spring.rabbitmq.connection-timeout", MSEC,
                          bus.timeout, 1, 60000),
    ngx_rtalpha_cfg_use("management.endpoint.health.show-details", STR,
                        show_details),
    ngx_rtalpha_cfg_use("management.endpoint.health.show-components", STR,
                        show_components),

    ngx_rtalpha_cfg_use("rtalpha.config.compat.java-errors", FLAG,
                        java_errors),
    ngx_rtalpha_cfg_use("rtalpha.config.realtime", FLAG, realtime),
    ngx_rtalpha_cfg_read("rtalpha.config.access.**"),
    ngx_rtalpha_cfg_read("rtalpha.config.users.*.name"),
    ngx_rtalpha_cfg_read("rtalpha.config.users.*.password"),
    ngx_rtalpha_cfg_use("rtalpha.config.monitor.secret", STR,
                        monitor_secret),
    ngx_rtalpha_cfg_use("rtalpha.config.monitor.unauthenticated", FLAG,
                        monitor_open),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.repositories", INT,
                          max_repos, 1, 100000),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.files", INT, max_files, 1,
                          10000000),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.nodes", INT, max_nodes, 1,
                          100000000),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.depth", INT, max_depth, 1,
                          1000),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.index", INT, max_index, 1,
                          10000000),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.file-size", SIZE, max_file,
                          1, 0),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.answer-size", SIZE,
                          max_answer, 1, 0),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.cache-size", SIZE, max_cache,
                          1, 0),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.clients-size", SIZE,
                          max_clients, 0, 67108864),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.wait", MSEC, wait, 1, 0),
    ngx_rtalpha_cfg_limit("rtalpha.config.limits.hold", MSEC, hold, 0,
                          86400000),
    ngx_rtalpha_bind_null
};


void
ngx_rtalpha_cfg_bus_defaults(ngx_rtalpha_cfg_bus_t *bus)
{
    ngx_str_set(&bus->user, "guest");
    ngx_str_set(&bus->password, "guest");
    ngx_str_set(&bus->vhost, "/");
    ngx_str_set(&bus->destination, "springCloudBus");
    bus->heartbeat = 60000;
    bus->timeout = 5000;
    bus->enabled = 1;
}
