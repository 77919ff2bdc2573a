
/*
 * The lock is on the file "leader" in the folder, with the pid of the master
 * in it for whoever finds it taken.  A reload frees and takes it within one
 * turn of the loop, so only a lock that is refused twice, a second apart, is
 * worth a line in the log.
 *
 * Whether the file is still the one that is locked is asked in the background
 * thread: a file system that hangs must not hang the worker.
 */


#include "ngx_rtalpha_state.h"
#include "ngx_rtalpha_background.h"
#include "ngx_rtalpha_zone.h"

#include <sys/file.h>


#define NGX_RTALPHA_STATE_LAYOUT   1
#define NGX_RTALPHA_STATE_AGAIN    1000
#define NGX_RTALPHA_STATE_REFUSED  2


typedef struct {
    ngx_atomic_t  seen;
} ngx_rtalpha_state_root_t;


typedef struct {
    char          file[NGX_MAX_PATH];
    char          folder[NGX_MAX_PATH];
    dev_t         dev;
    ino_t         ino;
    ngx_uint_t    gone;
} ngx_rtalpha_state_look_t;


static ngx_err_t ngx_rtalpha_state_folder(u_char *path);
static void ngx_rtalpha_state_lock(ngx_log_t *log);
static void ngx_rtalpha_state_refused(ngx_log_t *log, int fd);
static void ngx_rtalpha_state_missing(ngx_log_t *log, ngx_err_t err,
    const char *verb, u_char *path);
static void ngx_rtalpha_state_sign(int fd);
static void ngx_rtalpha_state_look(void);
static void ngx_rtalpha_state_look_run(ngx_rtalpha_job_t *job);
static void ngx_rtalpha_state_look_done(ngx_rtalpha_job_t *job);


static ngx_rtalpha_state_root_t  *ngx_rtalpha_state_root;
static ngx_str_t                  ngx_rtalpha_state_dir;
static int                        ngx_rtalpha_state_fd = -1;
static ngx_msec_t                 ngx_rtalpha_state_next;
static ngx_uint_t                 ngx_rtalpha_state_tried;
static ngx_uint_t                 ngx_rtalpha_state_nrefused;
static ngx_uint_t                 ngx_rtalpha_state_told;
static ngx_uint_t                 ngx_rtalpha_state_new;
static ngx_uint_t                 ngx_rtalpha_state_looking;


ngx_int_t
ngx_rtalpha_state_make(ngx_cycle_t *cycle, const ngx_str_t *state)
{
    u_char            path[NGX_MAX_PATH];
    ngx_err_t         err;
    ngx_core_conf_t  *ccf;

    if (state->len + sizeof("/settings") > NGX_MAX_PATH) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "the path of \"rtalpha_state\" is too long");
        return NGX_ERROR;
    }

    ngx_sprintf(path, "%V/settings%Z", state);

    err = ngx_rtalpha_state_folder(path);

    if (err) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, err,
                      "mkdir() \"%s\" failed (rtalpha_state)", path);
        return NGX_ERROR;
    }

    if (geteuid() != 0) {
        return NGX_OK;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (chown((char *) path, ccf->user, ccf->group) == -1) {
        goto failed;
    }

    path[state->len] = '\0';

    if (chown((char *) path, ccf->user, ccf->group) == -1) {
        goto failed;
    }

    return NGX_OK;

failed:

    ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                  "chown() \"%s\" failed (rtalpha_state)", path);

    return NGX_ERROR;
}


/* the folder and those above it; 0, or what has failed */

static ngx_err_t
ngx_rtalpha_state_folder(u_char *path)
{
    ngx_err_t  err;

    err = ngx_create_full_path(path, 0700);

    if (err == 0 && ngx_create_dir(path, 0700) == NGX_FILE_ERROR
        && ngx_errno != NGX_EEXIST)
    {
        err = ngx_errno;
    }

    return err;
}


ngx_int_t
ngx_rtalpha_state_init(ngx_log_t *log, const ngx_str_t *path)
{
    static ngx_str_t  name = ngx_string("state");

    ngx_rtalpha_state_root = ngx_rtalpha_zone_root(&name,
                                             sizeof(ngx_rtalpha_state_root_t),
                                             NGX_RTALPHA_STATE_LAYOUT);
    if (ngx_rtalpha_state_root == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "\"rtalpha_zone\" is too small");
        return NGX_ERROR;
    }

    ngx_rtalpha_state_dir = *path;
    ngx_rtalpha_state_tried = 0;
    ngx_rtalpha_state_nrefused = 0;
    ngx_rtalpha_state_told = 0;
    ngx_rtalpha_state_new = 0;

    return NGX_OK;
}


void
ngx_rtalpha_state_hold(ngx_log_t *log)
{
    if (ngx_rtalpha_state_tried
        && (ngx_msec_int_t) (ngx_current_msec - ngx_rtalpha_state_next) < 0)
    {
        return;
    }

    ngx_rtalpha_state_tried = 1;
    ngx_rtalpha_state_next = ngx_current_msec + NGX_RTALPHA_STATE_AGAIN;

    if (ngx_rtalpha_state_fd == -1) {
        ngx_rtalpha_state_lock(log);

    } else if (!ngx_rtalpha_state_looking) {
        ngx_rtalpha_state_look();
    }
}


static void
ngx_rtalpha_state_lock(ngx_log_t *log)
{
    int        fd;
    u_char     path[NGX_MAX_PATH];
    ngx_err_t  err;

    ngx_sprintf(path, "%V/settings%Z", &ngx_rtalpha_state_dir);

    err = ngx_rtalpha_state_folder(path);

    if (err) {
        ngx_rtalpha_state_missing(log, err, "mkdir()", path);
        return;
    }

    ngx_sprintf(path, "%V/leader%Z", &ngx_rtalpha_state_dir);

    fd = open((char *) path, O_RDWR|O_CREAT|O_CLOEXEC, 0600);

    if (fd == -1) {
        ngx_rtalpha_state_missing(log, ngx_errno, "open()", path);
        return;
    }

    if (flock(fd, LOCK_EX|LOCK_NB) == -1) {
        ngx_rtalpha_state_refused(log, fd);
        (void) close(fd);
        return;
    }

    ngx_rtalpha_state_sign(fd);

    if (ngx_rtalpha_state_told) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "the state folder \"%V\" is written to again",
                      &ngx_rtalpha_state_dir);
    }

    ngx_rtalpha_state_fd = fd;
    ngx_rtalpha_state_new = 1;
    ngx_rtalpha_state_told = 0;
    ngx_rtalpha_state_nrefused = 0;
    ngx_rtalpha_state_root->seen = NGX_RTALPHA_STATE_HELD;
}


static void
ngx_rtalpha_state_refused(ngx_log_t *log, int fd)
{
    u_char   pid[NGX_INT64_LEN];
    ssize_t  n;

    if (++ngx_rtalpha_state_nrefused < NGX_RTALPHA_STATE_REFUSED) {
        return;
    }

    ngx_rtalpha_state_root->seen = NGX_RTALPHA_STATE_ELSEWHERE;

    if (ngx_rtalpha_state_told) {
        return;
    }

    ngx_rtalpha_state_told = 1;
    n = pread(fd, pid, sizeof(pid), 0);

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "another nginx (process %*s) writes to the state folder "
                  "\"%V\": until it ends nothing that changes here outlives "
                  "a restart; give each its own \"rtalpha_state\"",
                  n > 0 ? (size_t) n : 1, n > 0 ? pid : (u_char *) "?",
                  &ngx_rtalpha_state_dir);
}


static void
ngx_rtalpha_state_missing(ngx_log_t *log, ngx_err_t err, const char *verb,
    u_char *path)
{
    ngx_rtalpha_state_root->seen = NGX_RTALPHA_STATE_MISSING;

    if (ngx_rtalpha_state_told) {
        return;
    }

    ngx_rtalpha_state_told = 1;

    ngx_log_error(NGX_LOG_ERR, log, err,
                  "%s \"%s\" failed: until the state folder can be used "
                  "nothing that changes outlives a restart", verb, path);
}


/* who holds it, for people and for the others */

static void
ngx_rtalpha_state_sign(int fd)
{
    u_char  *p, pid[NGX_INT64_LEN];

    p = ngx_sprintf(pid, "%P", ngx_process == NGX_PROCESS_SINGLE
                               ? ngx_pid : getppid());

    if (ftruncate(fd, 0) == -1 || pwrite(fd, pid, p - pid, 0) == -1) {

        /* a full disk: the lock is held all the same */

        return;
    }
}


static void
ngx_rtalpha_state_look(void)
{
    struct stat                st;
    ngx_rtalpha_job_t         *job;
    ngx_rtalpha_state_look_t  *look;

    if (fstat(ngx_rtalpha_state_fd, &st) == -1) {
        return;
    }

    job = ngx_rtalpha_background_job(sizeof(ngx_rtalpha_state_look_t));
    if (job == NULL) {
        return;
    }

    look = job->data;
    look->dev = st.st_dev;
    look->ino = st.st_ino;

    ngx_sprintf((u_char *) look->file, "%V/leader%Z", &ngx_rtalpha_state_dir);
    ngx_sprintf((u_char *) look->folder, "%V/settings%Z",
                &ngx_rtalpha_state_dir);

    job->run = ngx_rtalpha_state_look_run;
    job->done = ngx_rtalpha_state_look_done;

    if (ngx_rtalpha_background_post(job) != NGX_OK) {
        ngx_rtalpha_background_discard(job);
        return;
    }

    ngx_rtalpha_state_looking = 1;
}


static void
ngx_rtalpha_state_look_run(ngx_rtalpha_job_t *job)
{
    struct stat                st;
    ngx_rtalpha_state_look_t  *look;

    look = job->data;

    look->gone = stat(look->file, &st) == -1
                 || st.st_dev != look->dev || st.st_ino != look->ino
                 || stat(look->folder, &st) == -1;
}


static void
ngx_rtalpha_state_look_done(ngx_rtalpha_job_t *job)
{
    ngx_rtalpha_state_look_t  *look;

    look = job->data;
    ngx_rtalpha_state_looking = 0;

    if (!look->gone || ngx_rtalpha_state_fd == -1) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "the state folder \"%V\" has been removed or replaced",
                  &ngx_rtalpha_state_dir);

    (void) close(ngx_rtalpha_state_fd);
    ngx_rtalpha_state_fd = -1;
    ngx_rtalpha_state_tried = 0;
}


void
ngx_rtalpha_state_release(void)
{
    if (ngx_rtalpha_state_fd == -1) {
        return;
    }

    (void) close(ngx_rtalpha_state_fd);
    ngx_rtalpha_state_fd = -1;
    ngx_rtalpha_state_tried = 0;
    ngx_rtalpha_state_root->seen = NGX_RTALPHA_STATE_WAITING;
}


ngx_uint_t
ngx_rtalpha_state_held(void)
{
    return ngx_rtalpha_state_fd != -1;
}


ngx_uint_t
ngx_rtalpha_state_renewed(void)
{
    ngx_uint_t  renewed;

    renewed = ngx_rtalpha_state_new;
    ngx_rtalpha_state_new = 0;

    return renewed;
}


ngx_uint_t
ngx_rtalpha_state_seen(void)
{
    return ngx_rtalpha_state_root->seen;
}


const char *
ngx_rtalpha_state_name(void)
{
    static const char  *names[] = {
        "waiting", "held", "elsewhere", "missing"
    };

    return names[ngx_min(ngx_rtalpha_state_root->seen,
                         NGX_RTALPHA_STATE_MISSING)];
}


const ngx_str_t *
ngx_rtalpha_state_path(void)
{
    return &ngx_rtalpha_state_dir;
}
