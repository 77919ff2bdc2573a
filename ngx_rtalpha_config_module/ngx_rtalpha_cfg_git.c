
/*
 * git children.
 */


#include "ngx_rtalpha_cfg_git.h"
#include "ngx_rtalpha_cfg_transport.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_leader.h"


#define NGX_RTALPHA_CFG_GIT_OUTPUT   (512 * 1024 * 1024)
#define NGX_RTALPHA_CFG_GIT_ENOUGH   (32 * 1024 * 1024)
#define NGX_RTALPHA_CFG_GIT_READ     60000
#define NGX_RTALPHA_CFG_GIT_FETCH    60000
#define NGX_RTALPHA_CFG_GIT_CLONE    3600000


/* what every child sees; protected configuration allows any owner */

static const char  ngx_rtalpha_cfg_git_config[] =
    "[safe]\n\tdirectory = *\n"
    "[gc]\n\tautoDetach = false\n"
    "[core]\n\taskPass = true\n"
    "[advice]\n\tdetachedHead = false\n";


char *
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


char **
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
ngx_rtalpha_cfg_git_env(ngx_pool_t *pool, ngx_array_t *env,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_uint_t   i;
    ngx_str_t    dir;

    static char  *fixed[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_OPTIONAL_LOCKS=0",
        "GIT_ALLOW_PROTOCOL=file:git:http:https:ssh"
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

    return b ? ngx_rtalpha_cfg_transport_env(pool, &dir, repo, b, env)
             : NGX_OK;
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
        || ngx_rtalpha_cfg_git_env(job->pool, &env, repo, b) != NGX_OK)
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
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    char **args)
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

    /* what a partial clone lacks, git gets from the origin by itself */

    return ngx_rtalpha_cfg_git_child(job, repo, b, argv,
                                     NGX_RTALPHA_CFG_GIT_READ);
}


/*
 * A shallow clone lacks most commits; a whole id can be fetched.  The
 * arguments of the script are the mirror and the id.
 */

static char  ngx_rtalpha_cfg_git_script[] =
    "git -C \"$1\" cat-file -e \"$2^{commit}\" 2>/dev/null"
    " || git -C \"$1\" fetch --quiet --depth=1 origin \"$2\" >/dev/null 2>&1;"
    " exec git -C \"$1\" cat-file --batch";


ngx_int_t
ngx_rtalpha_cfg_git_commit(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *id)
{
    char       *argv[7], *args[3];
    u_char     *input;
    ngx_int_t   rc;
    ngx_str_t   mirror;

    if (b && b->depth > 0 && (id->len == 40 || id->len == 64)) {

        if (ngx_rtalpha_cfg_git_mirror(job->pool, repo, &mirror) != NGX_OK) {
            return NGX_ERROR;
        }

        argv[0] = "sh";
        argv[1] = "-c";
        argv[2] = ngx_rtalpha_cfg_git_script;
        argv[3] = "git";
        argv[4] = (char *) mirror.data;
        argv[5] = ngx_rtalpha_cfg_git_printf(job->pool, "%V", id);
        argv[6] = NULL;

        rc = argv[5] ? ngx_rtalpha_cfg_git_child(job, repo, b, argv,
                                                 NGX_RTALPHA_CFG_GIT_READ)
                     : NGX_ERROR;

    } else {
        args[0] = "cat-file";
        args[1] = "--batch";
        args[2] = NULL;
        rc = ngx_rtalpha_cfg_git_read(job, repo, b, args);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    input = (u_char *) ngx_rtalpha_cfg_git_printf(job->pool, "%V^{commit}\n",
                                                  id);
    if (input == NULL) {
        return NGX_ERROR;
    }

    job->child->input.data = input;
    job->child->input.len = ngx_strlen(input);

    return NGX_OK;
}


/*
 * Sizes are looked at before contents: what is too large never leaves git.
 * The arguments of the script are the mirror, the largest file and how many
 * bytes are enough for one child.
 */

static char  ngx_rtalpha_cfg_git_sizes[] =
    "git -C \"$1\" cat-file"
    " --batch-check='%(objectname) %(objecttype) %(objectsize)' | {\n"
    "sum=0 ids=\n"
    "while read -r id type size; do\n"
    "    max=$3\n"
    "    [ \"$type\" = tree ] || max=$2\n"
    "    if [ -z \"$size\" ]; then echo \"$id missing\"\n"
    "    elif [ \"$size\" -gt \"$max\" ]; then echo \"$id large $size\"\n"
    "    elif [ \"$sum\" -gt \"$3\" ]; then echo \"$id later 0\"\n"
    "    else sum=$((sum + size)) ids=\"$ids$id\n\"\n"
    "    fi\n"
    "done\n"
    "printf %s \"$ids\" | git -C \"$1\" cat-file --batch\n"
    "}";


ngx_int_t
ngx_rtalpha_cfg_git_objects(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    size_t max)
{
    char        *argv[8];
    ngx_int_t    rc;
    ngx_str_t    mirror;

    if (ngx_rtalpha_cfg_git_mirror(job->pool, repo, &mirror) != NGX_OK) {
        return NGX_ERROR;
    }

    argv[0] = "sh";
    argv[1] = "-c";
    argv[2] = ngx_rtalpha_cfg_git_sizes;
    argv[3] = "git";
    argv[4] = (char *) mirror.data;
    argv[5] = ngx_rtalpha_cfg_git_printf(job->pool, "%uz", max);
    argv[6] = ngx_rtalpha_cfg_git_printf(job->pool, "%uz",
                                         (size_t) NGX_RTALPHA_CFG_GIT_ENOUGH);
    argv[7] = NULL;

    if (argv[5] == NULL || argv[6] == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_git_child(job, repo, b, argv,
                                   NGX_RTALPHA_CFG_GIT_READ);
    if (rc == NGX_OK) {
        job->child->max_output = 3 * NGX_RTALPHA_CFG_GIT_ENOUGH + max;
    }

    return rc;
}


ngx_int_t
ngx_rtalpha_cfg_git_clone(ngx_rtalpha_job_t *job,
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b)
{
    char        *argv[12];
    ngx_str_t    mirror, uri;
    ngx_uint_t   n;

    if (ngx_rtalpha_cfg_git_mirror(job->pool, repo, &mirror) != NGX_OK
        || ngx_rtalpha_cfg_transport_uri(job->pool, repo, b, &uri) != NGX_OK)
    {
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
    argv[n++] = ngx_rtalpha_cfg_git_printf(job->pool, "%V", &uri);
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
    const ngx_rtalpha_cfg_repo_t *repo, const ngx_rtalpha_cfg_backend_t *b,
    ngx_uint_t prune, ngx_uint_t shallow)
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
    argv[n++] = "--force";

    if (prune) {
        argv[n++] = "--prune";
    }

    if (b->depth <= 0 && shallow) {
        argv[n++] = "--unshallow";
    }

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
                                    "cannot make the folder %V: %s", dir,
                                    strerror(errno));
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


/*
 * The first line that complains; where that is only of a transport that has
 * ended, what the transport said last before it.
 */

static void
ngx_rtalpha_cfg_git_complaint(const ngx_str_t *errors, ngx_str_t *line)
{
    u_char  *p, *last, *start, *end;

    static const char  vague[] = "fatal: Could not read from remote";

    *line = *errors;
    last = errors->data + errors->len;
    start = NULL;

    for (p = errors->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '\n');
        end = end ? end : last;

        if ((size_t) (end - p) >= sizeof(vague) - 1
            && ngx_strncmp(p, vague, sizeof(vague) - 1) == 0 && start)
        {
            line->data = start;
            break;
        }

        if (end - p > 7 && (ngx_strncmp(p, "fatal: ", 7) == 0
                            || ngx_strncmp(p, "error: ", 7) == 0))
        {
            line->data = p + 7;
            break;
        }

        if (end - p > 1) {
            start = p;
        }
    }

    line->len = last - line->data;
    p = ngx_strlchr(line->data, last, '\n');

    if (p) {
        line->len = p - line->data;
    }

    while (line->len && line->data[line->len - 1] <= ' ') {
        line->len--;
    }
}


void
ngx_rtalpha_cfg_git_error(ngx_pool_t *pool, const ngx_rtalpha_child_t *child,
    ngx_str_t *error)
{
    u_char  *text;

    static const char  absent[] = "' does not exist";

    if (child->timed_out) {
        ngx_str_set(error, "git has taken too long");
        return;
    }

    if (child->overflow) {
        ngx_str_set(error, "git has written too much");
        return;
    }

    ngx_rtalpha_cfg_git_complaint(&child->errors, error);

    /* git says so of a local path that it may not look into, too */

    if (error->len >= sizeof(absent) - 1
        && ngx_memcmp(error->data + error->len - (sizeof(absent) - 1), absent,
                      sizeof(absent) - 1) == 0)
    {
        text = (u_char *) ngx_rtalpha_cfg_git_printf(pool,
                              "%V, or the workers' user may not read it",
                              error);
        if (text) {
            error->data = text;
            error->len = ngx_strlen(text);
        }
    }

    if (error->len) {
        return;
    }

    error->data = (u_char *) ngx_rtalpha_cfg_git_printf(pool,
                                 "git has ended with status %d",
                                 child->status);
    error->len = error->data ? ngx_strlen(error->data) : 0;
}
