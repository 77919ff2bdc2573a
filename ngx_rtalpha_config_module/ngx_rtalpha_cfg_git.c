
/*
 * git children.
 */


#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_names.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"


#define NGX_RTALPHA_CFG_GIT_OUTPUT   (512 * 1024 * 1024)
#define NGX_RTALPHA_CFG_GIT_READ     60000
#define NGX_RTALPHA_CFG_GIT_FETCH    60000
#define NGX_RTALPHA_CFG_GIT_CLONE    3600000


/* what every child sees; protected configuration allows any owner */

static const char  ngx_rtalpha_cfg_git_config[] =
    "[safe]\n\tdirectory = *\n"
    "[gc]\n\tautoDetach = false\n"
    "[core]\n\taskPass = true\n"
    "[advice]\n\tdetachedHead = false\n";


static char *
ngx_rtalpha_cfg_git_printf(ngx_pool_t *pool, const char *fmt, ...)
{
    u_char            *p;
    va_list            args;
    ngx_str_t          text;
    ngx_rtalpha_out_t  out;
    u_char             buf[8192];

    va_start(args, fmt);
    p = ngx_vslprintf(buf, buf + sizeof(buf), fmt, args);
    va_end(args);

    if (ngx_rtalpha_out_init(&out, pool, p - buf + 1, sizeof(buf) + 1)
        != NGX_OK)
    {
        return NULL;
    }

    ngx_rtalpha_out_bytes(&out, buf, p - buf);
    ngx_rtalpha_out_char(&out, '\0');

    if (ngx_rtalpha_out_done(&out, &text) != NGX_OK) {
        return NULL;
    }

    return (char *) text.data;
}


ngx_int_t
ngx_rtalpha_cfg_git_dir(ngx_pool_t *pool, ngx_str_t *dir)
{
    dir->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%V/git",
                               ngx_rtalpha_leader_state_path());
    if (dir->data == NULL) {
        return NGX_ERROR;
    }

    dir->len = ngx_strlen(dir->data);

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_git_mirror(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_repo_t *repo, ngx_str_t *path)
{
    u_char  hex[2 * NGX_RTALPHA_CFG_ID];

    ngx_hex_dump(hex, (u_char *) repo->mirror, NGX_RTALPHA_CFG_ID);

    path->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%V/git/%*s.git",
                               ngx_rtalpha_leader_state_path(), sizeof(hex),
                               hex);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    path->len = ngx_strlen(path->data);

    return NGX_OK;
}


static char **
ngx_rtalpha_cfg_git_push(ngx_array_t *list, char *text)
{
    char  **s;

    s = text ? ngx_array_push(list) : NULL;

    if (s) {
        *s = text;
    }

    return s;
}


static ngx_int_t
ngx_rtalpha_cfg_git_env(ngx_pool_t *pool, ngx_array_t *env)
{
    ngx_uint_t   i;
    ngx_str_t    dir;

    static char  *fixed[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_OPTIONAL_LOCKS=0",
        "GIT_ALLOW_PROTOCOL=file:git:http:https:ssh",
        "GIT_NO_LAZY_FETCH=0"
    };

    if (ngx_rtalpha_cfg_git_dir(pool, &dir) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (ngx_rtalpha_cfg_git_push(env, fixed[i]) == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_rtalpha_cfg_git_push(env,
            ngx_rtalpha_cfg_git_printf(pool, "HOME=%V", &dir)) == NULL
        || ngx_rtalpha_cfg_git_push(env,
            ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_GLOBAL=%V/config",
                                       &dir)) == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* name and value of one configuration entry, by environment: nothing of it
 * shows in the process list */

static ngx_int_t
ngx_rtalpha_cfg_git_setting(ngx_pool_t *pool, ngx_array_t *env,
    ngx_uint_t *n, const char *name, const ngx_str_t *value)
{
    if (ngx_rtalpha_cfg_git_push(env,
            ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_KEY_%ui=%s", *n,
                                       name)) == NULL
        || ngx_rtalpha_cfg_git_push(env,
            ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_VALUE_%ui=%V", *n,
                                       value)) == NULL)
    {
        return NGX_ERROR;
    }

    (*n)++;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_git_basic(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_backend_t *b, ngx_str_t *header)
{
    u_char     *p;
    ngx_str_t   plain, coded;

    plain.len = b->username.len + 1 + b->password.len;
    plain.data = ngx_pnalloc(pool, plain.len);
    coded.data = ngx_pnalloc(pool, ngx_base64_encoded_length(plain.len));

    if (plain.data == NULL || coded.data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(plain.data, "%V:%V", &b->username, &b->password);
    ngx_encode_base64(&coded, &plain);

    p = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "Authorization: Basic %V",
                                              &coded);
    if (p == NULL) {
        return NGX_ERROR;
    }

    header->data = p;
    header->len = ngx_strlen(p);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_git_remote_env(ngx_pool_t *pool, ngx_array_t *env,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_str_t   value, uri;
    ngx_uint_t  n;

    n = 0;
    uri.data = (u_char *) repo->uri;
    uri.len = repo->uri_len;

    if (b->username.len && ngx_rtalpha_str_begins(&uri, "http")) {

        if (ngx_rtalpha_cfg_git_basic(pool, b, &value) != NGX_OK
            || ngx_rtalpha_cfg_git_setting(pool, env, &n, "http.extraHeader",
                                           &value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_str_set(&value, "false");

    if (b->skip_ssl
        && ngx_rtalpha_cfg_git_setting(pool, env, &n, "http.sslVerify",
                                       &value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    value.data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%M",
                                        ngx_max(b->timeout / 1000, 1));
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_strlen(value.data);

    if (ngx_rtalpha_cfg_git_setting(pool, env, &n, "http.lowSpeedTime",
                                    &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "1");

    if (ngx_rtalpha_cfg_git_setting(pool, env, &n, "http.lowSpeedLimit",
                                    &value)
        != NGX_OK
        || ngx_rtalpha_cfg_git_push(env,
               ngx_rtalpha_cfg_git_printf(pool, "GIT_CONFIG_COUNT=%ui", n))
           == NULL
        || ngx_rtalpha_cfg_git_push(env,
               ngx_rtalpha_cfg_git_printf(pool, "GIT_SSH_COMMAND=ssh -F none"
                   " -o BatchMode=yes -o StrictHostKeyChecking=%s"
                   " -o ConnectTimeout=%M%s%V%s",
                   b->strict_host_key ? "yes" : "no",
                   ngx_max(b->timeout / 1000, 1),
                   b->known_hosts.len ? " -o UserKnownHostsFile='" : "",
                   &b->known_hosts, b->known_hosts.len ? "'" : ""))
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_git_child(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    char **args, ngx_msec_t timeout)
{
    char                **arg_end, **env_end;
    ngx_array_t           argv, env;
    ngx_rtalpha_child_t  *child;

    child = ngx_pcalloc(job->pool, sizeof(ngx_rtalpha_child_t));

    if (child == NULL
        || ngx_array_init(&argv, job->pool, 16, sizeof(char *)) != NGX_OK
        || ngx_array_init(&env, job->pool, 16, sizeof(char *)) != NGX_OK
        || ngx_rtalpha_cfg_git_env(job->pool, &env) != NGX_OK
        || (b && ngx_rtalpha_cfg_git_remote_env(job->pool, &env, repo, b)
                 != NGX_OK))
    {
        return NGX_ERROR;
    }

    for ( /* void */ ; *args; args++) {
        if (ngx_rtalpha_cfg_git_push(&argv, *args) == NULL) {
            return NGX_ERROR;
        }
    }

    arg_end = ngx_array_push(&argv);
    env_end = ngx_array_push(&env);

    if (arg_end == NULL || env_end == NULL) {
        return NGX_ERROR;
    }

    *arg_end = NULL;
    *env_end = NULL;

    child->argv = argv.elts;
    child->envp = env.elts;
    child->max_output = NGX_RTALPHA_CFG_GIT_OUTPUT;
    child->timeout = timeout;
    job->child = child;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_git_read(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, char **args)
{
    char        *argv[16];
    ngx_str_t    mirror;
    ngx_uint_t   n;

    if (ngx_rtalpha_cfg_git_mirror(job->pool, repo, &mirror) != NGX_OK) {
        return NGX_ERROR;
    }

    argv[0] = "git";
    argv[1] = "-C";
    argv[2] = (char *) mirror.data;

    for (n = 3; *args && n < 15; n++) {
        argv[n] = *args++;
    }

    argv[n] = NULL;

    return ngx_rtalpha_cfg_git_child(job, repo, NULL, argv,
                                     NGX_RTALPHA_CFG_GIT_READ);
}


ngx_int_t
ngx_rtalpha_cfg_git_clone(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b)
{
    char        *argv[12];
    ngx_str_t    mirror;
    ngx_uint_t   n;

    if (ngx_rtalpha_cfg_git_mirror(job->pool, repo, &mirror) != NGX_OK) {
        return NGX_ERROR;
    }

    n = 0;
    argv[n++] = "git";
    argv[n++] = "clone";
    argv[n++] = "--quiet";
    argv[n++] = "--mirror";

    if (b->depth > 0) {
        argv[n++] = ngx_rtalpha_cfg_git_printf(job->pool, "--depth=%i",
                                               b->depth);
        argv[n++] = "--no-single-branch";
    }

    if (b->filter.len) {
        argv[n++] = ngx_rtalpha_cfg_git_printf(job->pool, "--filter=%V",
                                               &b->filter);
    }

    argv[n++] = "--";
    argv[n++] = ngx_rtalpha_cfg_git_printf(job->pool, "%*s",
                                           (size_t) repo->uri_len, repo->uri);
    argv[n++] = ngx_rtalpha_cfg_git_printf(job->pool, "%V.new", &mirror);
    argv[n] = NULL;

    while (n) {
        if (argv[--n] == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_cfg_git_child(job, repo, b, argv,
                                     NGX_RTALPHA_CFG_GIT_CLONE);
}


ngx_int_t
ngx_rtalpha_cfg_git_fetch(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b)
{
    char       *argv[12];
    ngx_str_t   mirror;
    ngx_uint_t  n;

    if (ngx_rtalpha_cfg_git_mirror(job->pool, repo, &mirror) != NGX_OK) {
        return NGX_ERROR;
    }

    n = 0;
    argv[n++] = "git";
    argv[n++] = "-C";
    argv[n++] = (char *) mirror.data;
    argv[n++] = "fetch";
    argv[n++] = "--quiet";
    argv[n++] = "--prune";
    argv[n++] = "--force";

    if (b->depth > 0) {
        argv[n++] = ngx_rtalpha_cfg_git_printf(job->pool, "--depth=%i",
                                               b->depth);
        if (argv[n - 1] == NULL) {
            return NGX_ERROR;
        }
    }

    argv[n++] = "origin";
    argv[n++] = "+refs/*:refs/*";
    argv[n] = NULL;

    return ngx_rtalpha_cfg_git_child(job, repo, b, argv,
                                     NGX_RTALPHA_CFG_GIT_FETCH);
}


ngx_int_t
ngx_rtalpha_cfg_git_prepare(ngx_pool_t *pool, const ngx_str_t *dir,
    ngx_str_t *error)
{
    ngx_int_t  rc;
    ngx_str_t  path, old;
    ngx_str_t  config = ngx_string(ngx_rtalpha_cfg_git_config);

    if (mkdir((char *) dir->data, 0700) == -1 && errno != EEXIST) {
        error->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool,
                                    "cannot make the folder %V", dir);
        error->len = error->data ? ngx_strlen(error->data) : 0;
        return NGX_ERROR;
    }

    path.data = (u_char *) ngx_rtalpha_cfg_git_printf(pool, "%V/config", dir);
    if (path.data == NULL) {
        return NGX_ERROR;
    }

    path.len = ngx_strlen(path.data);
    rc = ngx_rtalpha_disk_read(pool, &path, 65536, &old, error);

    if (rc == NGX_OK && ngx_rtalpha_str_eq(&old, &config)) {
        return NGX_OK;
    }

    return ngx_rtalpha_disk_write(pool, &path, &config, error);
}


void
ngx_rtalpha_cfg_git_error(ngx_pool_t *pool, const ngx_rtalpha_child_t *child,
    ngx_str_t *error)
{
    u_char     *p, *last;
    ngx_str_t   line;

    if (child->timed_out) {
        ngx_str_set(error, "git has taken too long");
        return;
    }

    if (child->overflow) {
        ngx_str_set(error, "git has written too much");
        return;
    }

    /* the first line that complains */

    line = child->errors;
    last = child->errors.data + child->errors.len;

    for (p = child->errors.data; p + 7 < last; p++) {

        if (ngx_strncmp(p, "fatal: ", 7) == 0
            || ngx_strncmp(p, "error: ", 7) == 0)
        {
            line.data = p + 7;
            line.len = last - line.data;
            break;
        }
    }

    p = ngx_strlchr(line.data, line.data + line.len, '\n');

    if (p) {
        line.len = p - line.data;
    }

    if (line.len == 0) {
        error->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool,
                                     "git has ended with status %d",
                                     child->status);
        error->len = error->data ? ngx_strlen(error->data) : 0;
        return;
    }

    *error = line;
}
