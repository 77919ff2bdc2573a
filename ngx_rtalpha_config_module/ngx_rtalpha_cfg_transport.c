
/*
 * Transports.
 *
 * Over http git asks a credential helper, which is bound to the scheme, host
 * and port of the URI, so that an origin that redirects elsewhere gets no
 * login there.  ssh is configured by a file of its own; passwords and
 * passphrases come from an askpass script.  All names of files are taken
 * from one variable of the environment, so that no shell reads a path.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <dirent.h>
#include <sys/stat.h>

#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_names.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_glob.h"


#define NGX_RTALPHA_CFG_TRANSPORT_MAX   65536
#define NGX_RTALPHA_CFG_TRANSPORT_HEX   (2 * NGX_RTALPHA_CFG_ID)
#define NGX_RTALPHA_CFG_TRANSPORT_SLOW  5       /* git's own keepalive */


/* ssh calls it with its question */

static const char  ngx_rtalpha_cfg_transport_ask[] =
    "#!/bin/sh\n"
    "case $1 in\n"
    "*assphrase*) exec cat \"$RTALPHA_FILES.pass\" ;;\n"
    "*assword*) exec cat \"$RTALPHA_FILES.word\" ;;\n"
    "esac\n"
    "exit 1\n";


/* the parts of "scheme://user:password@host/path" */
typedef struct {
    ngx_str_t    scheme;
    ngx_str_t    user;
    ngx_str_t    password;
    ngx_str_t    host;                  /* with its port */
    ngx_str_t    rest;                  /* from the slash on */
    unsigned     password_given:1;
} ngx_rtalpha_cfg_address_t;


/* NGX_DECLINED: the URI has no scheme */

static ngx_int_t
ngx_rtalpha_cfg_transport_split(const ngx_str_t *uri,
    ngx_rtalpha_cfg_address_t *a)
{
    u_char  *p, *last, *end, *at, *colon;

    ngx_memzero(a, sizeof(ngx_rtalpha_cfg_address_t));
    last = uri->data + uri->len;
    p = ngx_strnstr(uri->data, "://", uri->len);

    if (p == NULL) {
        return NGX_DECLINED;
    }

    a->scheme.data = uri->data;
    a->scheme.len = p - uri->data;
    p += 3;

    end = ngx_strlchr(p, last, '/');
    end = end ? end : last;

    for (at = end; at > p && at[-1] != '@'; at--) { /* void */ }

    if (at > p) {
        colon = ngx_strlchr(p, at - 1, ':');
        a->user.data = p;
        a->user.len = (colon ? colon : at - 1) - p;

        if (colon) {
            a->password.data = colon + 1;
            a->password.len = at - 1 - a->password.data;
            a->password_given = 1;
        }
    }

    a->host.data = at;
    a->host.len = end - at;
    a->rest.data = end;
    a->rest.len = last - end;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_transport_of(const ngx_rtalpha_cfg_repo_t *repo,
    ngx_str_t *uri)
{
    uri->data = (u_char *) repo->uri;
    uri->len = repo->uri_len;
}


void
ngx_rtalpha_cfg_transport_shown(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, ngx_str_t *uri)
{
    ngx_str_t  whole;

    ngx_rtalpha_cfg_transport_of(repo, &whole);

    if (ngx_rtalpha_cfg_names_uri(pool, &whole, uri) != NGX_OK) {
        ngx_str_set(uri, "?");
    }
}


ngx_int_t
ngx_rtalpha_cfg_transport_uri(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_str_t *uri)
{
    ngx_str_t  whole, path;

    ngx_rtalpha_cfg_transport_of(repo, &whole);

    if (!ngx_rtalpha_cfg_conf_local(&whole, &path)) {
        return ngx_rtalpha_cfg_names_uri(pool, &whole, uri);
    }

    /* git ignores depth and filter where it copies a path */

    uri->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%s%V",
                               b->depth > 0 || b->filter.len ? "file://" : "",
                               &path);
    if (uri->data == NULL) {
        return NGX_ERROR;
    }

    uri->len = ngx_strlen(uri->data);

    return NGX_OK;
}


/* user and password for the origin: the settings' own, or the URI's */

static ngx_int_t
ngx_rtalpha_cfg_transport_login(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_str_t *user, ngx_str_t *password)
{
    u_char                     *d, *s;
    ngx_str_t                   uri, *part;
    ngx_uint_t                  i;
    ngx_rtalpha_cfg_address_t   a;

    *user = b->username;
    *password = b->password;

    if (b->username.len) {
        return NGX_OK;
    }

    ngx_rtalpha_cfg_transport_of(repo, &uri);

    if (ngx_rtalpha_cfg_transport_split(&uri, &a) != NGX_OK
        || (a.user.len == 0 && !a.password_given))
    {
        return NGX_OK;
    }

    part = &a.user;

    for (i = 0; i < 2; i++) {
        d = ngx_pnalloc(pool, part->len + 1);
        if (d == NULL) {
            return NGX_ERROR;
        }

        s = part->data;
        part->data = d;
        ngx_unescape_uri(&d, &s, part->len, 0);
        part->len = d - part->data;
        part = &a.password;
    }

    *user = a.user;

    if (a.password_given) {
        *password = a.password;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_cfg_transport_is_ssh(const ngx_str_t *uri)
{
    u_char  *colon, *slash, *last;

    if (ngx_rtalpha_str_begins(uri, "ssh://")
        || ngx_rtalpha_str_begins(uri, "git+ssh://")
        || ngx_rtalpha_str_begins(uri, "ssh+git://"))
    {
        return 1;
    }

    /* host:path */

    last = uri->data + uri->len;
    colon = ngx_strlchr(uri->data, last, ':');
    slash = ngx_strlchr(uri->data, last, '/');

    return colon && (slash == NULL || colon < slash)
           && ngx_strnstr(uri->data, "://", uri->len) == NULL
           && !ngx_rtalpha_str_begins(uri, "file:");
}


static ngx_uint_t
ngx_rtalpha_cfg_transport_is_http(const ngx_str_t *uri)
{
    return ngx_rtalpha_str_begins(uri, "http://")
           || ngx_rtalpha_str_begins(uri, "https://");
}


static ngx_int_t
ngx_rtalpha_cfg_transport_file(ngx_pool_t *pool, const ngx_str_t *dir,
    const ngx_rtalpha_cfg_repo_t *repo, const char *tail,
    const ngx_str_t *bytes, ngx_array_t *files)
{
    u_char                     hex[NGX_RTALPHA_CFG_TRANSPORT_HEX];
    ngx_rtalpha_cfg_secret_t  *f;

    f = ngx_array_push(files);
    if (f == NULL) {
        return NGX_ERROR;
    }

    ngx_hex_dump(hex, (u_char *) repo->id, NGX_RTALPHA_CFG_ID);

    f->path.data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%V/keys/%*s%s",
                                  dir, sizeof(hex), hex, tail);
    f->bytes.data = ngx_pnalloc(pool, bytes->len + 1);

    if (f->path.data == NULL || f->bytes.data == NULL) {
        return NGX_ERROR;
    }

    f->path.len = ngx_strlen(f->path.data);
    f->bytes.len = bytes->len;
    ngx_memcpy(f->bytes.data, bytes->data, bytes->len);
    f->mode = 0600;

    /* a key without the end of its last line is none to ssh */

    if (bytes->len && bytes->data[bytes->len - 1] != LF) {
        f->bytes.data[f->bytes.len++] = LF;
    }

    return NGX_OK;
}


/* a path in ssh's configuration: quoted, "%" doubled */

static void
ngx_rtalpha_cfg_transport_path(ngx_rtalpha_out_t *out, const char *option,
    const ngx_str_t *path, const char *tail)
{
    size_t  i;

    ngx_rtalpha_out_printf(out, "%s \"", option);

    for (i = 0; i < path->len; i++) {

        if (path->data[i] == '%') {
            ngx_rtalpha_out_char(out, '%');
        }

        ngx_rtalpha_out_char(out, path->data[i]);
    }

    ngx_rtalpha_out_printf(out, "%s\"\n", tail);
}


static void
ngx_rtalpha_cfg_transport_hosts(ngx_rtalpha_out_t *out,
    const ngx_str_t *prefix, const ngx_rtalpha_cfg_backend_t *b)
{
    if (!b->strict_host_key) {

        /* a file of known hosts could still hold another key */

        ngx_rtalpha_out_lit(out, "StrictHostKeyChecking no\n"
                                 "UserKnownHostsFile /dev/null\n"
                                 "GlobalKnownHostsFile /dev/null\n");
        return;
    }

    ngx_rtalpha_out_lit(out, "StrictHostKeyChecking yes\n");

    if (b->host_key.len) {

        /* one key for whatever host and port the URI names */

        ngx_rtalpha_out_lit(out, "HostKeyAlias rtalpha\n"
                                 "CheckHostIP no\n"
                                 "GlobalKnownHostsFile /dev/null\n");
        ngx_rtalpha_cfg_transport_path(out, "UserKnownHostsFile", prefix,
                                       ".hosts");
        ngx_rtalpha_out_lit(out, "HostKeyAlgorithms ");

        if (ngx_rtalpha_str_is(&b->host_key_algorithm, "ssh-rsa")) {
            ngx_rtalpha_out_lit(out, "rsa-sha2-512,rsa-sha2-256,");
        }

        ngx_rtalpha_out_printf(out, "%V\n", &b->host_key_algorithm);

    } else if (b->known_hosts.len) {
        ngx_rtalpha_cfg_transport_path(out, "UserKnownHostsFile",
                                       &b->known_hosts, "");
    }
}


/* the configuration of ssh; its first word on an option counts */

static ngx_int_t
ngx_rtalpha_cfg_transport_ssh(ngx_pool_t *pool, const ngx_str_t *prefix,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *user,
    const ngx_str_t *password, ngx_str_t *text)
{
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, pool, 1024, NGX_RTALPHA_CFG_TRANSPORT_MAX)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_printf(&out, "BatchMode %s\nNumberOfPasswordPrompts 1\n"
                           "LogLevel ERROR\nConnectTimeout %M\n"
                           "ServerAliveInterval %M\nServerAliveCountMax 3\n",
                           b->passphrase.len || password->len ? "no" : "yes",
                           ngx_max(b->timeout / 1000, 1),
                           ngx_max(b->timeout / 1000, 1));

    ngx_rtalpha_cfg_transport_hosts(&out, prefix, b);

    if (user->len) {
        ngx_rtalpha_out_printf(&out, "User %V\n", user);
    }

    if (b->preferred.len) {
        ngx_rtalpha_out_printf(&out, "PreferredAuthentications %V\n",
                               &b->preferred);
    }

    if (b->private_key.len) {
        ngx_rtalpha_cfg_transport_path(&out, "IdentityFile", prefix, ".key");
    }

    if (b->private_key.len || b->ignore_local) {
        ngx_rtalpha_out_lit(&out, "IdentitiesOnly yes\n");
    }

    if (b->ignore_local) {

        if (b->private_key.len == 0) {
            ngx_rtalpha_out_lit(&out, "IdentityFile none\n");
        }

    } else {
        ngx_rtalpha_out_lit(&out, "Include ~/.ssh/config\n"
                                  "Include /etc/ssh/ssh_config\n");
    }

    return ngx_rtalpha_out_done(&out, text);
}


/* "…/keys/<id>" */

static ngx_int_t
ngx_rtalpha_cfg_transport_prefix(ngx_pool_t *pool, const ngx_str_t *dir,
    const ngx_rtalpha_cfg_repo_t *repo, ngx_str_t *prefix)
{
    u_char  hex[NGX_RTALPHA_CFG_TRANSPORT_HEX];

    ngx_hex_dump(hex, (u_char *) repo->id, NGX_RTALPHA_CFG_ID);

    prefix->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%V/keys/%*s",
                                  dir, sizeof(hex), hex);
    if (prefix->data == NULL) {
        return NGX_ERROR;
    }

    prefix->len = ngx_strlen(prefix->data);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_transport_ssh_files(ngx_pool_t *pool, const ngx_str_t *dir,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *user, const ngx_str_t *password, ngx_array_t *files)
{
    ngx_str_t                  prefix, text;
    ngx_rtalpha_cfg_secret_t  *ask;

    if (ngx_rtalpha_cfg_transport_prefix(pool, dir, repo, &prefix) != NGX_OK
        || ngx_rtalpha_cfg_transport_ssh(pool, &prefix, b, user, password,
                                         &text)
           != NGX_OK
        || ngx_rtalpha_cfg_transport_file(pool, dir, repo, ".ssh", &text,
                                          files)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    text.data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "rtalpha %V %V\n",
                               &b->host_key_algorithm, &b->host_key);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_strlen(text.data);

    if ((b->host_key.len
         && ngx_rtalpha_cfg_transport_file(pool, dir, repo, ".hosts", &text,
                                           files)
            != NGX_OK)
        || (b->private_key.len
            && ngx_rtalpha_cfg_transport_file(pool, dir, repo, ".key",
                                              &b->private_key, files)
               != NGX_OK)
        || (b->passphrase.len
            && ngx_rtalpha_cfg_transport_file(pool, dir, repo, ".pass",
                                              &b->passphrase, files)
               != NGX_OK)
        || (password->len
            && ngx_rtalpha_cfg_transport_file(pool, dir, repo, ".word",
                                              password, files)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    ask = ngx_array_push(files);
    if (ask == NULL) {
        return NGX_ERROR;
    }

    ask->path.data = (u_char *) ngx_rtalpha_cfg_git_printf(pool,
                                    "%V/keys/askpass", dir);
    if (ask->path.data == NULL) {
        return NGX_ERROR;
    }

    ask->path.len = ngx_strlen(ask->path.data);
    ask->bytes.data = (u_char *) ngx_rtalpha_cfg_transport_ask;
    ask->bytes.len = sizeof(ngx_rtalpha_cfg_transport_ask) - 1;
    ask->mode = 0700;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_transport_files(ngx_pool_t *pool, const ngx_str_t *dir,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_array_t *files)
{
    ngx_str_t  uri, user, password, text;

    ngx_rtalpha_cfg_transport_of(repo, &uri);

    if (ngx_rtalpha_cfg_transport_login(pool, repo, b, &user, &password)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_cfg_transport_is_ssh(&uri)) {
        return ngx_rtalpha_cfg_transport_ssh_files(pool, dir, repo, b, &user,
                                                   &password, files);
    }

    if (!ngx_rtalpha_cfg_transport_is_http(&uri)
        || (user.len == 0 && password.len == 0))
    {
        return NGX_OK;
    }

    text.data = (u_char *) ngx_rtalpha_cfg_git_printf(pool,
                               "username=%V\npassword=%V\n", &user,
                               &password);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_strlen(text.data);

    return ngx_rtalpha_cfg_transport_file(pool, dir, repo, ".login", &text,
                                          files);
}


/* removes files whose repository is not among those known */

static void
ngx_rtalpha_cfg_transport_sweep(const char *dir, ngx_array_t *known)
{
    int             fd;
    DIR            *d;
    u_char         *id, hex[NGX_RTALPHA_CFG_TRANSPORT_HEX];
    ngx_uint_t      i;
    struct dirent  *entry;

    d = opendir(dir);
    if (d == NULL) {
        return;
    }

    fd = dirfd(d);

    while ((entry = readdir(d)) != NULL) {

        if (strlen(entry->d_name) <= sizeof(hex)
            || entry->d_name[sizeof(hex)] != '.')
        {
            continue;
        }

        id = known->elts;

        for (i = 0; i < known->nelts; i++, id += NGX_RTALPHA_CFG_ID) {
            ngx_hex_dump(hex, id, NGX_RTALPHA_CFG_ID);

            if (ngx_memcmp(entry->d_name, hex, sizeof(hex)) == 0) {
                break;
            }
        }

        if (i == known->nelts) {
            (void) unlinkat(fd, entry->d_name, 0);
        }
    }

    (void) closedir(d);
}


ngx_int_t
ngx_rtalpha_cfg_transport_write(ngx_pool_t *pool, const ngx_str_t *dir,
    ngx_array_t *files, ngx_array_t *known, ngx_str_t *error)
{
    char                      *keys;
    ngx_str_t                  old;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_secret_t  *f;

    if (files->nelts == 0 && known == NULL) {
        return NGX_OK;
    }

    keys = ngx_rtalpha_cfg_git_printf(pool, "%V/keys", dir);
    if (keys == NULL) {
        return NGX_ERROR;
    }

    if (mkdir(keys, 0700) == -1 && errno != EEXIST) {
        ngx_str_set(error, "cannot make the folder \"keys\" in the state "
                           "folder");
        return NGX_ERROR;
    }

    f = files->elts;

    for (i = 0; i < files->nelts; i++) {

        if (ngx_rtalpha_disk_read(pool, &f[i].path,
                                  NGX_RTALPHA_CFG_TRANSPORT_MAX, &old, error)
            == NGX_OK
            && ngx_rtalpha_str_eq(&old, &f[i].bytes))
        {
            continue;
        }

        if (ngx_rtalpha_disk_write(pool, &f[i].path, &f[i].bytes, error)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (chmod((char *) f[i].path.data, f[i].mode) == -1) {
            ngx_str_set(error, "cannot set the mode of a file in the state "
                               "folder");
            return NGX_ERROR;
        }
    }

    if (known) {
        ngx_rtalpha_cfg_transport_sweep(keys, known);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_transport_set(ngx_pool_t *pool, ngx_array_t *env,
    ngx_uint_t *n, const char *name, const char *value)
{
    if (name == NULL || value == NULL
        || ngx_rtalpha_cfg_git_push(env,
               ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_KEY_%ui=%s", *n,
                                          name))
           == NULL
        || ngx_rtalpha_cfg_git_push(env,
               ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_VALUE_%ui=%s",
                                          *n, value))
           == NULL)
    {
        return NGX_ERROR;
    }

    (*n)++;

    return NGX_OK;
}


/* is the host among those that Java reaches without a proxy: "a|*.b" */

static ngx_uint_t
ngx_rtalpha_cfg_transport_direct(const ngx_str_t *hosts,
    const ngx_str_t *host)
{
    u_char     *p, *last, *end, *colon;
    ngx_str_t   name, one;

    name = *host;
    colon = ngx_strlchr(name.data, name.data + name.len, ':');

    if (colon && name.data[0] != '[') {
        name.len = colon - name.data;
    }

    last = hosts->data + hosts->len;

    for (p = hosts->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '|');
        end = end ? end : last;
        one.data = p;
        one.len = end - p;

        if (one.len && ngx_rtalpha_glob(&one, &name)) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_cfg_transport_http_env(ngx_pool_t *pool, ngx_array_t *env,
    ngx_uint_t *n, const ngx_rtalpha_cfg_repo_t *repo,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *uri)
{
    ngx_str_t                       user, password;
    ngx_rtalpha_cfg_address_t       a;
    const ngx_rtalpha_cfg_proxy_t  *proxy;

    if (ngx_rtalpha_cfg_transport_split(uri, &a) != NGX_OK
        || ngx_rtalpha_cfg_transport_login(pool, repo, b, &user, &password)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((user.len || password.len)
        && ngx_rtalpha_cfg_transport_set(pool, env, n,
               ngx_rtalpha_cfg_git_printf(pool, "credential.%V://%V.helper",
                                          &a.scheme, &a.host),
               "!cat \"$RTALPHA_FILES.login\" #")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    proxy = (a.scheme.len == 5) ? &b->proxy_https : &b->proxy_http;

    if (proxy->url.len
        && !ngx_rtalpha_cfg_transport_direct(&proxy->direct, &a.host)
        && ngx_rtalpha_cfg_transport_set(pool, env, n, "http.proxy",
               ngx_rtalpha_cfg_git_printf(pool, "%V", &proxy->url))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (b->skip_ssl
        && ngx_rtalpha_cfg_transport_set(pool, env, n, "http.sslVerify",
                                         "false")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* a server that works says so every 5 seconds */

    return ngx_rtalpha_cfg_transport_set(pool, env, n, "http.lowSpeedTime",
               ngx_rtalpha_cfg_git_printf(pool, "%M",
                   b->timeout / 1000 + NGX_RTALPHA_CFG_TRANSPORT_SLOW))
           == NGX_OK
           ? ngx_rtalpha_cfg_transport_set(pool, env, n, "http.lowSpeedLimit",
                                           "1")
           : NGX_ERROR;
}


ngx_int_t
ngx_rtalpha_cfg_transport_env(ngx_pool_t *pool, const ngx_str_t *dir,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_array_t *env)
{
    ngx_str_t   uri, prefix;
    ngx_uint_t  n;

    static char  *ssh[] = {
        "GIT_SSH_COMMAND=ssh -F \"$RTALPHA_FILES.ssh\"",
        "GIT_SSH_VARIANT=ssh",
        "SSH_ASKPASS_REQUIRE=force"
    };

    ngx_rtalpha_cfg_transport_of(repo, &uri);

    if (ngx_rtalpha_cfg_transport_prefix(pool, dir, repo, &prefix) != NGX_OK
        || ngx_rtalpha_cfg_git_push(env,
               ngx_rtalpha_cfg_git_printf(pool, "RTALPHA_FILES=%V", &prefix))
           == NULL)
    {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_cfg_transport_is_ssh(&uri)) {

        for (n = 0; n < sizeof(ssh) / sizeof(ssh[0]); n++) {
            if (ngx_rtalpha_cfg_git_push(env, ssh[n]) == NULL) {
                return NGX_ERROR;
            }
        }

        return ngx_rtalpha_cfg_git_push(env,
                   ngx_rtalpha_cfg_git_printf(pool,
                       "SSH_ASKPASS=%V/keys/askpass", dir))
               ? NGX_OK : NGX_ERROR;
    }

    n = 0;

    if (!ngx_rtalpha_cfg_transport_is_http(&uri)) {
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_transport_http_env(pool, env, &n, repo, b, &uri)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_cfg_git_push(env,
               ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_COUNT=%ui", n))
           ? NGX_OK : NGX_ERROR;
}
