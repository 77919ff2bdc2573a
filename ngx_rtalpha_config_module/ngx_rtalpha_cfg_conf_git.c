
/*
 * The keys of one git repository: where it is, how it is reached, how often
 * it is looked at.  What ssh would be told by a value that it cannot mean is
 * refused here, so that nothing else has to be quoted.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>

#include "ngx_rtalpha_cfg_conf_read.h"


static const char  *ngx_rtalpha_cfg_conf_algorithms[] = {
    "ssh-dss", "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", NULL
};


void
ngx_rtalpha_cfg_conf_owner(ngx_rtalpha_cfg_backend_t *b)
{
    u_char       flags[3];
    ngx_uint_t   i;
    ngx_sha1_t   sha;
    ngx_str_t   *s[] = { &b->uri, &b->username, &b->password,
                         &b->private_key, &b->passphrase, &b->host_key,
                         &b->host_key_algorithm, &b->known_hosts,
                         &b->preferred, &b->filter, &b->proxy_http.url,
                         &b->proxy_http.direct, &b->proxy_https.url,
                         &b->proxy_https.direct };

    ngx_sha1_init(&sha);

    for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
        ngx_sha1_update(&sha, s[i]->len ? (char *) s[i]->data : "", s[i]->len);
        ngx_sha1_update(&sha, "\0", 1);
    }

    flags[0] = b->skip_ssl;
    flags[1] = b->strict_host_key;
    flags[2] = b->ignore_local;

    ngx_sha1_update(&sha, flags, sizeof(flags));
    ngx_sha1_update(&sha, &b->depth, sizeof(b->depth));
    ngx_sha1_final(b->owner, &sha);
}


static ngx_int_t
ngx_rtalpha_cfg_conf_wrong(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, const char *note)
{
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, name);

    return prop ? ngx_rtalpha_report_add(rd->report, prop,
                                         NGX_RTALPHA_BIND_WRONG, "%s", note)
                : NGX_OK;
}


/* a text of one line; wrong: the line of the report has been written */

static ngx_int_t
ngx_rtalpha_cfg_conf_line(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, const char *refused,
    ngx_str_t *value)
{
    size_t     i;
    ngx_str_t  text;

    text = *value;
    ngx_rtalpha_cfg_conf_str(rd, prefix, name, &text);

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < ' ' || text.data[i] == 0x7f
            || ngx_strchr(refused, text.data[i]))
        {
            return ngx_rtalpha_cfg_conf_wrong(rd, prefix, name,
                                              "holds a character that cannot "
                                              "be in it");
        }
    }

    *value = text;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_flags(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b)
{
    ngx_uint_t  i;
    ngx_flag_t  flag[6];

    static const char  *names[] = {
        "try-master-branch", "skip-ssl-validation",
        "strict-host-key-checking", "continue-on-multiple-label-failure",
        "ignore-local-ssh-settings", "delete-untracked-branches"
    };

    flag[0] = b->try_master;
    flag[1] = b->skip_ssl;
    flag[2] = b->strict_host_key;
    flag[3] = b->lenient;
    flag[4] = b->ignore_local;
    flag[5] = b->prune;

    for (i = 0; i < 6; i++) {
        if (ngx_rtalpha_cfg_conf_flag(rd, prefix, names[i], flag[i], &flag[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    b->try_master_written |= ngx_rtalpha_cfg_conf_find(rd, prefix,
                                                       "try-master-branch")
                             != NULL;
    b->try_master = flag[0];
    b->skip_ssl = flag[1];
    b->strict_host_key = flag[2];
    b->lenient = flag[3];
    b->ignore_local = flag[4];
    b->prune = flag[5];

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_conf_host_key(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b)
{
    const char  **name;

    if (b->host_key.len == 0 && b->host_key_algorithm.len == 0) {
        return NGX_OK;
    }

    if (b->host_key.len == 0) {
        return ngx_rtalpha_cfg_conf_wrong(rd, prefix, "host-key-algorithm",
                                          "needs a host-key");
    }

    if (b->host_key_algorithm.len == 0) {
        return ngx_rtalpha_cfg_conf_wrong(rd, prefix, "host-key",
                                          "needs a host-key-algorithm");
    }

    for (name = ngx_rtalpha_cfg_conf_algorithms; *name; name++) {
        if (ngx_strlen(*name) == b->host_key_algorithm.len
            && ngx_strncmp(*name, b->host_key_algorithm.data,
                           b->host_key_algorithm.len)
               == 0)
        {
            return NGX_OK;
        }
    }

    return ngx_rtalpha_cfg_conf_wrong(rd, prefix, "host-key-algorithm",
               "is none of ssh-dss, ssh-rsa, ssh-ed25519, "
               "ecdsa-sha2-nistp256, -nistp384 and -nistp521");
}


static ngx_int_t
ngx_rtalpha_cfg_conf_ssh(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b)
{
    ngx_rtalpha_cfg_conf_str(rd, prefix, "private-key", &b->private_key);

    if (ngx_rtalpha_cfg_conf_line(rd, prefix, "username", " \"\\",
                                  &b->username)
        != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix, "password", "", &b->password)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix, "passphrase", "",
                                     &b->passphrase)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix, "host-key", " \"",
                                     &b->host_key)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix, "host-key-algorithm", " \"",
                                     &b->host_key_algorithm)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix, "known-hosts-file", "\"\\",
                                     &b->known_hosts)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix,
                                     "preferred-authentications", " \"\\",
                                     &b->preferred)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_host_key(rd, prefix, b) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (b->private_key.len
        && ngx_strnstr(b->private_key.data, "PRIVATE KEY-----",
                       b->private_key.len)
           == NULL)
    {
        return ngx_rtalpha_cfg_conf_wrong(rd, prefix, "private-key",
                                          "is no private key");
    }

    return NGX_OK;
}


static u_char *
ngx_rtalpha_cfg_conf_escape(u_char *p, const ngx_str_t *s)
{
    return (u_char *) ngx_escape_uri(p, s->data, s->len,
                                     NGX_ESCAPE_URI_COMPONENT);
}


/* proxy.http or proxy.https; without a host there is none */

static ngx_int_t
ngx_rtalpha_cfg_conf_proxy(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *type, ngx_rtalpha_cfg_proxy_t *proxy)
{
    u_char     *p;
    ngx_int_t   port;
    ngx_str_t   under, host, user, password;

    under.data = ngx_pnalloc(rd->pool, prefix->len + 32);
    if (under.data == NULL) {
        return NGX_ERROR;
    }

    under.len = ngx_sprintf(under.data, "%Vproxy.%s.", prefix, type)
                - under.data;
    port = 0;
    ngx_str_null(&host);
    ngx_str_null(&user);
    ngx_str_null(&password);

    if (ngx_rtalpha_cfg_conf_line(rd, &under, "host", " \"/@", &host)
        != NGX_OK
        || ngx_rtalpha_cfg_conf_number(rd, &under, "port", &port) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (host.len == 0) {
        return NGX_OK;
    }

    if (port < 0 || port > 65535) {
        return ngx_rtalpha_cfg_conf_wrong(rd, &under, "port", "is no port");
    }

    ngx_rtalpha_cfg_conf_str(rd, &under, "username", &user);
    ngx_rtalpha_cfg_conf_str(rd, &under, "password", &password);
    ngx_rtalpha_cfg_conf_str(rd, &under, "non-proxy-hosts", &proxy->direct);

    p = ngx_pnalloc(rd->pool, host.len + 3 * (user.len + password.len) + 32);
    if (p == NULL) {
        return NGX_ERROR;
    }

    proxy->url.data = p;
    p = ngx_cpymem(p, "http://", 7);

    if (user.len) {
        p = ngx_rtalpha_cfg_conf_escape(p, &user);
        *p++ = ':';
        p = ngx_rtalpha_cfg_conf_escape(p, &password);
        *p++ = '@';
    }

    proxy->url.len = ngx_sprintf(p, "%V:%i", &host, port ? port : 80)
                     - proxy->url.data;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_conf_git(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, ngx_rtalpha_cfg_backend_t *b)
{
    ngx_int_t  seconds;

    ngx_rtalpha_cfg_conf_str(rd, prefix, "default-label", &b->label);

    seconds = b->timeout / 1000;

    if (ngx_rtalpha_cfg_conf_line(rd, prefix, "uri", "", &b->uri) != NGX_OK
        || ngx_rtalpha_cfg_conf_uri(rd->pool, &b->uri) != NGX_OK
        || ngx_rtalpha_cfg_conf_list(rd, prefix, "search-paths", &b->search)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_number(rd, prefix, "clone.depth", &b->depth)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_line(rd, prefix, "clone.filter", " \"",
                                     &b->filter)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_number(rd, prefix, "refresh-rate",
                                       &b->refresh)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_number(rd, prefix, "timeout", &seconds)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_ssh(rd, prefix, b) != NGX_OK
        || ngx_rtalpha_cfg_conf_proxy(rd, prefix, "http", &b->proxy_http)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_proxy(rd, prefix, "https", &b->proxy_https)
           != NGX_OK
        || ngx_rtalpha_cfg_conf_flags(rd, prefix, b) != NGX_OK)
    {
        return NGX_ERROR;
    }

    b->timeout = ngx_max(seconds, 0) * 1000;

    ngx_rtalpha_cfg_conf_owner(b);

    return NGX_OK;
}
