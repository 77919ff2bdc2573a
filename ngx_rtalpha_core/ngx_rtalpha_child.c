
/*
 * Children of the background thread.
 *
 * nginx's SIGCHLD handler waits for every child and logs an alert for one
 * that a signal has ended, so that a program must not be a child of the
 * worker: a shell is started that puts the program into the background, in
 * the same process group, and ends at once.  What is left of the shell
 * waits for the program and writes its status to a pipe; the end of that
 * pipe is the end of the child.
 *
 * The program finds SIGINT and SIGQUIT ignored, as in any background list
 * of a shell; other signals have their default actions.
 */


#include "ngx_rtalpha_child.h"

#include <poll.h>
#include <spawn.h>
#include <signal.h>
#include <sys/wait.h>


#define NGX_RTALPHA_CHILD_SHELL     "/bin/sh"
#define NGX_RTALPHA_CHILD_RUNNING   32
#define NGX_RTALPHA_CHILD_TIMEOUT   60000
#define NGX_RTALPHA_CHILD_OUTPUT    (16 * 1024 * 1024)
#define NGX_RTALPHA_CHILD_ERRORS    4096
#define NGX_RTALPHA_CHILD_READS     64

/* ms for the starting shell to end before its group is killed */
#define NGX_RTALPHA_CHILD_SHELL_WAIT  1000

#define NGX_RTALPHA_CHILD_IN        0
#define NGX_RTALPHA_CHILD_OUT       1
#define NGX_RTALPHA_CHILD_ERR       2
#define NGX_RTALPHA_CHILD_STATUS    3
#define NGX_RTALPHA_CHILD_PIPES     4


typedef struct {
    ngx_queue_t               queue;
    ngx_pool_t               *pool;
    ngx_rtalpha_child_t      *child;
    void                     *owner;
    pid_t                     group;
    uint64_t                  deadline;

    int                       fd[NGX_RTALPHA_CHILD_PIPES];    /* ours */
    ngx_int_t                 slot[NGX_RTALPHA_CHILD_PIPES];

    size_t                    sent;
    u_char                   *out;
    size_t                    out_len;
    size_t                    out_size;
    size_t                    err_len;
    size_t                    said_len;
    u_char                    said[16];
    u_char                    err[2 * NGX_RTALPHA_CHILD_ERRORS];
} ngx_rtalpha_child_run_t;


struct ngx_rtalpha_children_s {
    ngx_queue_t               running;
    ngx_queue_t               waiting;
    ngx_uint_t                nrunning;
    ngx_uint_t                count;
    void                    (*ended)(void *owner);
};


static void ngx_rtalpha_child_launch(ngx_rtalpha_children_t *children);
static const char *ngx_rtalpha_child_spawn(ngx_rtalpha_child_run_t *run);
static int ngx_rtalpha_child_exec(ngx_rtalpha_child_run_t *run, char **argv,
    int *theirs);
static char **ngx_rtalpha_child_argv(ngx_rtalpha_child_run_t *run);
static int ngx_rtalpha_child_pipe(int *ours, int *theirs, ngx_uint_t input);
static int ngx_rtalpha_child_above(int *fd);
static void ngx_rtalpha_child_serve(ngx_rtalpha_children_t *children,
    ngx_rtalpha_child_run_t *run, ngx_rtalpha_poll_t *set);
static void ngx_rtalpha_child_write(ngx_rtalpha_child_run_t *run);
static void ngx_rtalpha_child_read_out(ngx_rtalpha_child_run_t *run);
static ngx_int_t ngx_rtalpha_child_grow(ngx_rtalpha_child_run_t *run);
static void ngx_rtalpha_child_read_err(ngx_rtalpha_child_run_t *run);
static ngx_uint_t ngx_rtalpha_child_read_status(ngx_rtalpha_child_run_t *run);
static size_t ngx_rtalpha_child_read(ngx_rtalpha_child_run_t *run,
    ngx_uint_t i, u_char *buf, size_t size);
static void ngx_rtalpha_child_kill(ngx_rtalpha_child_run_t *run);
static void ngx_rtalpha_child_finish(ngx_rtalpha_children_t *children,
    ngx_rtalpha_child_run_t *run, int status);
static int ngx_rtalpha_child_status(ngx_rtalpha_child_run_t *run);
static void ngx_rtalpha_child_close(int *fd);


/*
 * The shell that remains has the pipe of the status as descriptor 3 and the
 * program's input as 4 (a background list's own input is /dev/null).  PWD is
 * the shell's addition to the environment.
 */

static char  ngx_rtalpha_child_script[] =
    "exec 4<&0; unset PWD OLDPWD; "
    "{ \"$@\" <&4 3>&- 4<&-; echo $? >&3; } &";


ngx_rtalpha_children_t *
ngx_rtalpha_children_create(ngx_pool_t *pool, void (*ended)(void *owner))
{
    ngx_rtalpha_children_t  *children;

    children = ngx_pcalloc(pool, sizeof(ngx_rtalpha_children_t));

    if (children == NULL) {
        return NULL;
    }

    ngx_queue_init(&children->running);
    ngx_queue_init(&children->waiting);
    children->ended = ended;

    return children;
}


void
ngx_rtalpha_children_start(ngx_rtalpha_children_t *children,
    ngx_pool_t *pool, ngx_rtalpha_child_t *child, void *owner)
{
    ngx_uint_t                i;
    ngx_rtalpha_child_run_t  *run;

    run = ngx_pcalloc(pool, sizeof(ngx_rtalpha_child_run_t));

    if (run == NULL) {
        child->status = 127;
        children->ended(owner);
        return;
    }

    run->pool = pool;
    run->child = child;
    run->owner = owner;

    for (i = 0; i < NGX_RTALPHA_CHILD_PIPES; i++) {
        run->fd[i] = -1;
        run->slot[i] = -1;
    }

    if (child->max_output == 0) {
        child->max_output = NGX_RTALPHA_CHILD_OUTPUT;
    }

    if (child->timeout == 0) {
        child->timeout = NGX_RTALPHA_CHILD_TIMEOUT;
    }

    children->count++;
    ngx_queue_insert_tail(&children->waiting, &run->queue);

    ngx_rtalpha_child_launch(children);
}


ngx_int_t
ngx_rtalpha_children_poll(ngx_rtalpha_children_t *children,
    ngx_rtalpha_poll_t *set)
{
    ngx_uint_t                i;
    ngx_queue_t              *q;
    ngx_rtalpha_child_run_t  *run;

    for (q = ngx_queue_head(&children->running);
         q != ngx_queue_sentinel(&children->running);
         q = ngx_queue_next(q))
    {
        run = ngx_queue_data(q, ngx_rtalpha_child_run_t, queue);

        for (i = 0; i < NGX_RTALPHA_CHILD_PIPES; i++) {
            run->slot[i] = -1;

            if (run->fd[i] == -1) {
                continue;
            }

            run->slot[i] = ngx_rtalpha_poll_add(set, run->fd[i],
                             (i == NGX_RTALPHA_CHILD_IN) ? POLLOUT : POLLIN);

            if (run->slot[i] == NGX_ERROR) {
                return NGX_ERROR;
            }
        }

        ngx_rtalpha_poll_until(set, run->deadline);
    }

    return NGX_OK;
}


void
ngx_rtalpha_children_serve(ngx_rtalpha_children_t *children,
    ngx_rtalpha_poll_t *set)
{
    ngx_queue_t  *q, *next;

    for (q = ngx_queue_head(&children->running);
         q != ngx_queue_sentinel(&children->running);
         q = next)
    {
        next = ngx_queue_next(q);

        ngx_rtalpha_child_serve(children,
                        ngx_queue_data(q, ngx_rtalpha_child_run_t, queue),
                        set);
    }

    ngx_rtalpha_child_launch(children);
}


ngx_uint_t
ngx_rtalpha_children_count(ngx_rtalpha_children_t *children)
{
    return children->count;
}


void
ngx_rtalpha_children_kill(ngx_rtalpha_children_t *children)
{
    ngx_queue_t              *q;
    ngx_rtalpha_child_run_t  *run;

    while (!ngx_queue_empty(&children->running)) {
        q = ngx_queue_head(&children->running);
        run = ngx_queue_data(q, ngx_rtalpha_child_run_t, queue);

        ngx_rtalpha_child_kill(run);
        ngx_rtalpha_child_finish(children, run, 128 + SIGKILL);
    }

    while (!ngx_queue_empty(&children->waiting)) {
        q = ngx_queue_head(&children->waiting);
        ngx_queue_remove(q);

        run = ngx_queue_data(q, ngx_rtalpha_child_run_t, queue);

        children->nrunning++;
        ngx_queue_insert_tail(&children->running, q);
        ngx_rtalpha_child_finish(children, run, 127);
    }
}


static void
ngx_rtalpha_child_launch(ngx_rtalpha_children_t *children)
{
    size_t                    len;
    const char               *failed;
    ngx_queue_t              *q;
    ngx_rtalpha_child_run_t  *run;

    while (children->nrunning < NGX_RTALPHA_CHILD_RUNNING
           && !ngx_queue_empty(&children->waiting))
    {
        q = ngx_queue_head(&children->waiting);
        ngx_queue_remove(q);

        run = ngx_queue_data(q, ngx_rtalpha_child_run_t, queue);

        children->nrunning++;
        ngx_queue_insert_tail(&children->running, q);

        failed = ngx_rtalpha_child_spawn(run);

        if (failed) {
            len = ngx_min(ngx_strlen(failed), NGX_RTALPHA_CHILD_ERRORS);
            ngx_memcpy(run->err, failed, len);
            run->err_len = len;

            ngx_rtalpha_child_finish(children, run, 127);
        }
    }
}


/* NULL, or what went wrong */

static const char *
ngx_rtalpha_child_spawn(ngx_rtalpha_child_run_t *run)
{
    int         err, theirs[NGX_RTALPHA_CHILD_PIPES];
    char      **argv;
    ngx_uint_t  i;

    argv = ngx_rtalpha_child_argv(run);

    if (argv == NULL) {
        return strerror(NGX_ENOMEM);
    }

    for (i = 0; i < NGX_RTALPHA_CHILD_PIPES; i++) {
        theirs[i] = -1;
    }

    for (i = 0; i < NGX_RTALPHA_CHILD_PIPES; i++) {
        err = ngx_rtalpha_child_pipe(&run->fd[i], &theirs[i],
                                     i == NGX_RTALPHA_CHILD_IN);
        if (err) {
            goto done;
        }
    }

    err = ngx_rtalpha_child_exec(run, argv, theirs);

    run->deadline = ngx_rtalpha_poll_clock() + run->child->timeout;

    if (run->child->input.len == 0) {
        ngx_rtalpha_child_close(&run->fd[NGX_RTALPHA_CHILD_IN]);
    }

done:

    for (i = 0; i < NGX_RTALPHA_CHILD_PIPES; i++) {
        ngx_rtalpha_child_close(&theirs[i]);
    }

    return err ? strerror(err) : NULL;
}


/* 0 or an error number */

static int
ngx_rtalpha_child_exec(ngx_rtalpha_child_run_t *run, char **argv, int *theirs)
{
    int                         err, i;
    sigset_t                    none, all;
    posix_spawnattr_t           attr;
    posix_spawn_file_actions_t  files;

    err = posix_spawnattr_init(&attr);

    if (err) {
        return err;
    }

    err = posix_spawn_file_actions_init(&files);

    if (err) {
        (void) posix_spawnattr_destroy(&attr);
        return err;
    }

    sigemptyset(&none);
    sigfillset(&all);

    (void) posix_spawnattr_setsigmask(&attr, &none);
    (void) posix_spawnattr_setsigdefault(&attr, &all);
    (void) posix_spawnattr_setpgroup(&attr, 0);
    (void) posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK
                                    |POSIX_SPAWN_SETSIGDEF
                                    |POSIX_SPAWN_SETPGROUP);

    for (i = 0; i < NGX_RTALPHA_CHILD_PIPES && err == 0; i++) {
        err = posix_spawn_file_actions_adddup2(&files, theirs[i], i);
    }

    if (err == 0) {
        err = posix_spawn_file_actions_addclosefrom_np(&files,
                                                   NGX_RTALPHA_CHILD_PIPES);
    }

    if (err == 0) {
        err = posix_spawn(&run->group, NGX_RTALPHA_CHILD_SHELL, &files,
                          &attr, argv, run->child->envp);
    }

    (void) posix_spawn_file_actions_destroy(&files);
    (void) posix_spawnattr_destroy(&attr);

    return err;
}


static char **
ngx_rtalpha_child_argv(ngx_rtalpha_child_run_t *run)
{
    char        **argv, **p;
    ngx_uint_t    i, n;

    for (n = 0; run->child->argv[n]; n++) { /* void */ }

    argv = ngx_palloc(run->pool, (n + 5) * sizeof(char *));

    if (argv == NULL) {
        return NULL;
    }

    p = argv;

    *p++ = (char *) NGX_RTALPHA_CHILD_SHELL;
    *p++ = (char *) "-c";
    *p++ = ngx_rtalpha_child_script;
    *p++ = (char *) "sh";

    for (i = 0; i <= n; i++) {
        *p++ = run->child->argv[i];
    }

    return argv;
}


static int
ngx_rtalpha_child_pipe(int *ours, int *theirs, ngx_uint_t input)
{
    int  err, fds[2];

    if (pipe2(fds, O_CLOEXEC) == -1) {
        return ngx_errno;
    }

    *ours = fds[input ? 1 : 0];
    *theirs = fds[input ? 0 : 1];

    err = ngx_rtalpha_child_above(theirs);

    if (err == 0 && fcntl(*ours, F_SETFL, O_NONBLOCK) == -1) {
        err = ngx_errno;
    }

    return err;
}


/* out of the way of the descriptors that the child will have */

static int
ngx_rtalpha_child_above(int *fd)
{
    int  high;

    if (*fd >= NGX_RTALPHA_CHILD_PIPES) {
        return 0;
    }

    high = fcntl(*fd, F_DUPFD_CLOEXEC, NGX_RTALPHA_CHILD_PIPES);

    if (high == -1) {
        return ngx_errno;
    }

    (void) close(*fd);
    *fd = high;

    return 0;
}


static void
ngx_rtalpha_child_serve(ngx_rtalpha_children_t *children,
    ngx_rtalpha_child_run_t *run, ngx_rtalpha_poll_t *set)
{
    if (ngx_rtalpha_poll_events(set, run->slot[NGX_RTALPHA_CHILD_IN])) {
        ngx_rtalpha_child_write(run);
    }

    if (ngx_rtalpha_poll_events(set, run->slot[NGX_RTALPHA_CHILD_OUT])) {
        ngx_rtalpha_child_read_out(run);
    }

    if (ngx_rtalpha_poll_events(set, run->slot[NGX_RTALPHA_CHILD_ERR])) {
        ngx_rtalpha_child_read_err(run);
    }

    if (run->child->overflow) {
        ngx_rtalpha_child_kill(run);
        ngx_rtalpha_child_finish(children, run, 128 + SIGKILL);
        return;
    }

    if (ngx_rtalpha_poll_events(set, run->slot[NGX_RTALPHA_CHILD_STATUS])
        && ngx_rtalpha_child_read_status(run))
    {
        /* what the program has written before its end is in the pipes */

        ngx_rtalpha_child_read_out(run);
        ngx_rtalpha_child_read_err(run);
        ngx_rtalpha_child_finish(children, run,
                                 ngx_rtalpha_child_status(run));
        return;
    }

    if (set->now >= run->deadline) {
        run->child->timed_out = 1;
        ngx_rtalpha_child_kill(run);
        ngx_rtalpha_child_finish(children, run, 128 + SIGKILL);
    }
}


static void
ngx_rtalpha_child_write(ngx_rtalpha_child_run_t *run)
{
    ssize_t     n;
    ngx_str_t  *input;

    input = &run->child->input;

    n = write(run->fd[NGX_RTALPHA_CHILD_IN], input->data + run->sent,
              input->len - run->sent);

    if (n == -1) {
        if (ngx_errno != NGX_EAGAIN) {

            /* it does not want to read on: no fault */

            ngx_rtalpha_child_close(&run->fd[NGX_RTALPHA_CHILD_IN]);
        }

        return;
    }

    run->sent += (size_t) n;

    if (run->sent == input->len) {
        ngx_rtalpha_child_close(&run->fd[NGX_RTALPHA_CHILD_IN]);
    }
}


static void
ngx_rtalpha_child_read_out(ngx_rtalpha_child_run_t *run)
{
    size_t  n;

    while (run->fd[NGX_RTALPHA_CHILD_OUT] != -1 && !run->child->overflow) {

        if (run->out_len == run->out_size
            && ngx_rtalpha_child_grow(run) != NGX_OK)
        {
            run->child->overflow = 1;
            return;
        }

        n = ngx_rtalpha_child_read(run, NGX_RTALPHA_CHILD_OUT,
                                   run->out + run->out_len,
                                   run->out_size - run->out_len);
        if (n == 0) {
            return;
        }

        run->out_len += n;

        if (run->out_len > run->child->max_output) {
            run->out_len = run->child->max_output;
            run->child->overflow = 1;
        }
    }
}


static ngx_int_t
ngx_rtalpha_child_grow(ngx_rtalpha_child_run_t *run)
{
    u_char  *p;
    size_t   size;

    size = run->out_size ? run->out_size * 2 : 8192;

    p = ngx_pnalloc(run->pool, size);

    if (p == NULL) {
        return NGX_ERROR;
    }

    if (run->out_len) {
        ngx_memcpy(p, run->out, run->out_len);
        (void) ngx_pfree(run->pool, run->out);
    }

    run->out = p;
    run->out_size = size;

    return NGX_OK;
}


static void
ngx_rtalpha_child_read_err(ngx_rtalpha_child_run_t *run)
{
    size_t      n, over;
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_CHILD_READS; i++) {

        if (run->err_len > NGX_RTALPHA_CHILD_ERRORS) {
            over = run->err_len - NGX_RTALPHA_CHILD_ERRORS;
            run->err_len = NGX_RTALPHA_CHILD_ERRORS;
            ngx_memmove(run->err, run->err + over, run->err_len);
        }

        n = ngx_rtalpha_child_read(run, NGX_RTALPHA_CHILD_ERR,
                                   run->err + run->err_len,
                                   sizeof(run->err) - run->err_len);
        if (n == 0) {
            return;
        }

        run->err_len += n;
    }
}


/* has it ended */

static ngx_uint_t
ngx_rtalpha_child_read_status(ngx_rtalpha_child_run_t *run)
{
    size_t  n;

    do {
        n = ngx_rtalpha_child_read(run, NGX_RTALPHA_CHILD_STATUS,
                                   run->said + run->said_len,
                                   sizeof(run->said) - run->said_len);
        run->said_len += n;

    } while (n);

    return run->fd[NGX_RTALPHA_CHILD_STATUS] == -1;
}


/* 0: nothing to read now; the end of file closes the descriptor */

static size_t
ngx_rtalpha_child_read(ngx_rtalpha_child_run_t *run, ngx_uint_t i,
    u_char *buf, size_t size)
{
    ssize_t  n;

    if (run->fd[i] == -1) {
        return 0;
    }

    n = read(run->fd[i], buf, size);

    if (n > 0) {
        return (size_t) n;
    }

    if (n == 0 || ngx_errno != NGX_EAGAIN) {
        ngx_rtalpha_child_close(&run->fd[i]);
    }

    return 0;
}


/*
 * The shell that starts the program is of the same group and ends by itself:
 * it is given a moment for that, since nginx would log its violent death.
 */

static void
ngx_rtalpha_child_kill(ngx_rtalpha_child_run_t *run)
{
    siginfo_t   info;
    ngx_uint_t  i;

    if (run->group <= 0) {
        return;
    }

    for (i = 0; i < NGX_RTALPHA_CHILD_SHELL_WAIT; i++) {
        info.si_pid = 0;

        if (waitid(P_PID, run->group, &info, WEXITED|WNOHANG|WNOWAIT) == -1
            || info.si_pid)
        {
            break;
        }

        usleep(1000);
    }

    (void) kill(-run->group, SIGKILL);
}


static void
ngx_rtalpha_child_finish(ngx_rtalpha_children_t *children,
    ngx_rtalpha_child_run_t *run, int status)
{
    size_t                over;
    ngx_uint_t            i;
    ngx_rtalpha_child_t  *child;

    for (i = 0; i < NGX_RTALPHA_CHILD_PIPES; i++) {
        ngx_rtalpha_child_close(&run->fd[i]);
    }

    over = (run->err_len > NGX_RTALPHA_CHILD_ERRORS)
           ? run->err_len - NGX_RTALPHA_CHILD_ERRORS : 0;

    child = run->child;

    child->status = status;
    child->output.data = run->out;
    child->output.len = run->out_len;
    child->errors.data = run->err + over;
    child->errors.len = run->err_len - over;

    ngx_queue_remove(&run->queue);
    children->nrunning--;
    children->count--;

    /* the owner may destroy the pool that the run lies in */

    children->ended(run->owner);
}


/* a shell that died without a word was killed from outside */

static int
ngx_rtalpha_child_status(ngx_rtalpha_child_run_t *run)
{
    ngx_int_t  n;

    if (run->said_len == 0 || run->said[run->said_len - 1] != LF) {
        return 128 + SIGKILL;
    }

    n = ngx_atoi(run->said, run->said_len - 1);

    return (n == NGX_ERROR) ? 128 + SIGKILL : (int) n;
}


static void
ngx_rtalpha_child_close(int *fd)
{
    if (*fd != -1) {
        (void) close(*fd);
        *fd = -1;
    }
}
