/* unit: ngx_rtalpha_core/ngx_rtalpha_child.c ngx_rtalpha_core/ngx_rtalpha_poll.c */

/*
 * Children: input, output, errors, status, limits, and what they inherit.
 * SIGCHLD is ignored here, which takes the children's statuses away as
 * nginx's handler does.
 */

#include "unit.h"
#include "ngx_rtalpha_child.h"

#include <signal.h>


static ngx_pool_t              *pool;
static ngx_rtalpha_children_t  *children;
static ngx_rtalpha_poll_t       set;
static ngx_uint_t               ended;
static void                    *last;


static void
child_ended(void *owner)
{
    ended++;
    last = owner;
}


static ngx_rtalpha_child_t *
make(char **argv)
{
    ngx_rtalpha_child_t  *child;

    static char          *envp[] = { "PATH=/usr/bin:/bin", "A=b c", NULL };

    child = ngx_pcalloc(pool, sizeof(ngx_rtalpha_child_t));
    child->argv = argv;
    child->envp = envp;
    child->timeout = 20000;

    return child;
}


static ngx_rtalpha_child_t *
shell(char *script)
{
    char  **argv;

    argv = ngx_pcalloc(pool, 4 * sizeof(char *));
    argv[0] = "sh";
    argv[1] = "-c";
    argv[2] = script;

    return make(argv);
}


static void
start(ngx_rtalpha_child_t *child)
{
    ngx_rtalpha_children_start(children, pool, child, child);
}


/* until so many have ended in all */

static void
wait_for(ngx_uint_t n)
{
    while (ended < n) {
        ngx_rtalpha_poll_begin(&set);
        CHECK(ngx_rtalpha_children_poll(children, &set) == NGX_OK);
        ngx_rtalpha_poll_wait(&set, 0);
        ngx_rtalpha_children_serve(children, &set);
    }
}


static void
run(ngx_rtalpha_child_t *child)
{
    ended = 0;
    start(child);
    wait_for(1);

    CHECK(last == child);
    CHECK(ngx_rtalpha_children_count(children) == 0);
}


static ngx_uint_t
has(ngx_str_t *s, char *text)
{
    return s->len && ngx_strnstr(s->data, text, s->len) != NULL;
}


static void
test_streams(void)
{
    size_t                i;
    ngx_rtalpha_child_t  *child;

    child = shell("echo out; echo err >&2; exit 3");
    run(child);
    CHECK_STR(&child->output, "out\n");
    CHECK_STR(&child->errors, "err\n");
    CHECK(child->status == 3);
    CHECK(!child->overflow && !child->timed_out);

    child = shell("cat");
    ngx_str_set(&child->input, "all of it");
    run(child);
    CHECK_STR(&child->output, "all of it");
    CHECK(child->status == 0);

    /* more than pipes hold, both ways at once */

    child = shell("cat");
    child->input.len = 3000000;
    child->input.data = ngx_palloc(pool, child->input.len);

    for (i = 0; i < child->input.len; i++) {
        child->input.data[i] = (u_char) (i * 7);
    }

    run(child);
    CHECK(child->status == 0);
    CHECK(child->output.len == child->input.len);
    CHECK(ngx_memcmp(child->output.data, child->input.data,
                     child->input.len) == 0);

    /* without input it reads the end of it at once */

    child = shell("cat; echo done");
    run(child);
    CHECK_STR(&child->output, "done\n");

    /* one that does not read its input is no failure */

    child = shell("exec 0<&-; echo done");
    child->input.len = 1000000;
    child->input.data = ngx_pcalloc(pool, child->input.len);
    run(child);
    CHECK_STR(&child->output, "done\n");
    CHECK(child->status == 0);

    /* the last 4 KB of the errors */

    child = shell("seq 1 100000 >&2");
    run(child);
    CHECK(child->errors.len == 4096);
    CHECK(ngx_strncmp(child->errors.data + 4096 - 7, "100000\n", 7) == 0);
    CHECK(child->output.len == 0);
}


static void
test_status(void)
{
    ngx_rtalpha_child_t  *child;

    static char  *missing[] = { "no-such-program", "x", NULL };
    static char  *folder[] = { "/tmp", NULL };
    static char  *args[] = { "printf", "<%s>", "a b", "", "$(id)", "*", NULL };

    child = make(missing);
    run(child);
    CHECK(child->status == 127);
    CHECK(has(&child->errors, "not found"));

    child = make(folder);
    run(child);
    CHECK(child->status == 126);

    child = shell("kill -TERM $$");
    run(child);
    CHECK(child->status == 128 + SIGTERM);

    /* arguments are nobody's to read but the program's */

    child = make(args);
    run(child);
    CHECK_STR(&child->output, "<a b><><$(id)><*>");

    /* the shell itself killed, without a word */

    child = shell("kill -KILL 0");
    run(child);
    CHECK(child->status == 128 + SIGKILL);
}


static void
test_inherited(void)
{
    ngx_rtalpha_child_t  *child;

    static char  *env[] = { "env", NULL };
    static char  *fds[] = { "ls", "/proc/self/fd", NULL };
    static char  *masks[] = { "grep", "-E", "SigBlk|SigIgn",
                              "/proc/self/status", NULL };

    child = make(env);
    run(child);
    CHECK(has(&child->output, "PATH=/usr/bin:/bin\n"));
    CHECK(has(&child->output, "A=b c\n"));
    CHECK(!has(&child->output, "PWD="));
    CHECK(!has(&child->output, "HOME="));

    /* the fourth is the listing's own */

    child = make(fds);
    run(child);
    CHECK_STR(&child->output, "0\n1\n2\n3\n");

    child = make(masks);
    run(child);
    CHECK(has(&child->output, "SigBlk:\t0000000000000000\n"));

    /* but for SIGINT and SIGQUIT, and two that are the C library's own */

    CHECK(has(&child->output, "0000006\n"));
}


static void
test_limits(void)
{
    uint64_t              begin;
    ngx_rtalpha_child_t  *child;

    child = shell("seq 1 100000; sleep 30");
    child->max_output = 10000;
    run(child);
    CHECK(child->overflow);
    CHECK(child->output.len == 10000);
    CHECK(child->status == 128 + SIGKILL);

    child = shell("printf 0123456789");
    child->max_output = 10;
    run(child);
    CHECK(!child->overflow);
    CHECK_STR(&child->output, "0123456789");

    /* its own children go with it */

    begin = ngx_rtalpha_poll_clock();

    child = shell("echo begun; sleep 31.4159 | sleep 31.4159");
    child->timeout = 300;
    run(child);
    CHECK(child->timed_out);
    CHECK_STR(&child->output, "begun\n");
    CHECK(ngx_rtalpha_poll_clock() - begin >= 300);
    CHECK(ngx_rtalpha_poll_clock() - begin < 5000);

    child = shell("for i in 1 2 3 4 5 6 7 8 9 10; do "
                  "  grep -qsz '^31.4159$' /proc/[0-9]*/cmdline || exit 0;"
                  "  sleep 0.1; "
                  "done; exit 1");
    run(child);
    CHECK(child->status == 0);

    /* one that leaves a process with its pipes behind has ended */

    begin = ngx_rtalpha_poll_clock();

    child = shell("sleep 3 & echo left");
    run(child);
    CHECK_STR(&child->output, "left\n");
    CHECK(child->status == 0);
    CHECK(ngx_rtalpha_poll_clock() - begin < 2500);
}


static void
test_many(void)
{
    ngx_uint_t             i;
    ngx_rtalpha_child_t   *child[100];

    ended = 0;

    for (i = 0; i < 100; i++) {
        child[i] = shell("sleep 0.05; echo x");
        start(child[i]);
    }

    CHECK(ngx_rtalpha_children_count(children) == 100);

    wait_for(100);

    for (i = 0; i < 100; i++) {
        CHECK(child[i]->status == 0);
        CHECK_STR(&child[i]->output, "x\n");
    }

    CHECK(ngx_rtalpha_children_count(children) == 0);
}


static void
test_kill(void)
{
    ngx_uint_t            i;
    ngx_rtalpha_child_t  *child[40];

    ended = 0;

    for (i = 0; i < 40; i++) {
        child[i] = shell("sleep 30");
        start(child[i]);
    }

    ngx_rtalpha_children_kill(children);

    CHECK(ended == 40);
    CHECK(ngx_rtalpha_children_count(children) == 0);
    CHECK(child[0]->status == 128 + SIGKILL);
    CHECK(child[39]->status == 127);
}


int
main(void)
{
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);

    pool = unit_pool();
    children = ngx_rtalpha_children_create(pool, child_ended);

    if (children == NULL || ngx_rtalpha_poll_init(&set, pool) != NGX_OK) {
        return 2;
    }

    test_streams();
    test_status();
    test_inherited();
    test_limits();
    test_many();
    test_kill();

    ngx_destroy_pool(pool);

    return unit_done();
}
