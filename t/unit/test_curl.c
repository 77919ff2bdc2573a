/* unit: ngx_rtalpha_core/ngx_rtalpha_curl.c ngx_rtalpha_core/ngx_rtalpha_poll.c */

/*
 * Outgoing HTTP requests, against a server of this test's own: a process
 * that answers by the path and gives the request back as the body of /echo.
 */

#include "unit.h"
#include "ngx_rtalpha_curl.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <zlib.h>


static ngx_pool_t               *pool;
static ngx_rtalpha_transfers_t  *transfers;
static ngx_rtalpha_poll_t        set;
static ngx_uint_t                ended;
static int                       port;


static void
transfer_ended(void *owner)
{
    ended++;
}


static void
say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) == -1) {
        _exit(0);
    }
}


static void
say_gzip(int fd)
{
    char      head[128];
    u_char    in[100000], out[4096];
    z_stream  z;

    memset(&z, 0, sizeof(z));
    memset(in, 'z', sizeof(in));

    deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    z.next_in = in;
    z.avail_in = sizeof(in);
    z.next_out = out;
    z.avail_out = sizeof(out);
    deflate(&z, Z_FINISH);

    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"
             "\r\nContent-Length: %lu\r\n\r\n", z.total_out);
    say(fd, head);

    if (write(fd, out, z.total_out) == -1) {
        _exit(0);
    }

    deflateEnd(&z);
}


/* a head, and so much of a body as the head says */

static ssize_t
hear(int fd, char *buf, size_t size)
{
    char     *end, *len;
    size_t    n, want;
    ssize_t   got;

    for (n = 0, want = size; n < want; n += got) {
        got = read(fd, buf + n, size - n - 1);

        if (got <= 0) {
            return -1;
        }

        buf[n + got] = '\0';
        end = strstr(buf, "\r\n\r\n");

        if (end) {
            len = strcasestr(buf, "\r\nContent-Length:");
            want = end + 4 - buf + (len ? atoi(len + 17) : 0);
        }
    }

    return n;
}


static void
answer(int fd, char *request)
{
    char    head[128], *path;

    path = strchr(request, ' ') + 1;

    if (strncmp(path, "http://", 7) == 0) {
        path = strchr(path + 7, '/');
    }

    if (strncmp(path, "/echo", 5) == 0) {
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu"
                 "\r\nX-Two:  a b \t\r\nX-TWO: second\r\nEmpty:\r\n\r\n",
                 strlen(request));
        say(fd, head);

        if (strncmp(request, "HEAD", 4) != 0) {
            say(fd, request);
        }

    } else if (strncmp(path, "/404", 4) == 0) {
        say(fd, "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnone");

    } else if (strncmp(path, "/304", 4) == 0) {
        say(fd, "HTTP/1.1 304 Same\r\nETag: \"x\"\r\n\r\n");

    } else if (strncmp(path, "/chunked", 8) == 0) {
        say(fd, "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

    } else if (strncmp(path, "/there", 6) == 0) {
        say(fd, "HTTP/1.1 302 Go\r\nLocation: /echo\r\nX-First: 1\r\n"
                "Content-Length: 0\r\n\r\n");

    } else if (strncmp(path, "/file", 5) == 0) {
        say(fd, "HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\n"
                "Content-Length: 0\r\n\r\n");

    } else if (strncmp(path, "/loop", 5) == 0) {
        say(fd, "HTTP/1.1 302 Go\r\nLocation: /loop\r\n"
                "Content-Length: 0\r\n\r\n");

    } else if (strncmp(path, "/cut", 4) == 0) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
        _exit(0);

    } else if (strncmp(path, "/gzip", 5) == 0) {
        say_gzip(fd);

    } else if (strncmp(path, "/endless", 8) == 0) {
        say(fd, "HTTP/1.1 200 OK\r\n\r\n");

        for ( ;; ) {
            say(fd, "0123456789012345678901234567890123456789");
        }

    } else if (strncmp(path, "/slow", 5) == 0) {
        sleep(30);

    } else {
        say(fd, "no HTTP at all\r\n\r\n");
        _exit(0);
    }
}


static pid_t
serve(void)
{
    int                 fd, s;
    char                request[65536];
    pid_t               pid;
    socklen_t           len;
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);

    s = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(s, (struct sockaddr *) &sin, len) == -1
        || listen(s, 64) == -1
        || getsockname(s, (struct sockaddr *) &sin, &len) == -1)
    {
        exit(2);
    }

    port = ntohs(sin.sin_port);
    pid = fork();

    if (pid) {
        close(s);
        return pid;
    }

    signal(SIGCHLD, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);

    for ( ;; ) {
        fd = accept(s, NULL, NULL);

        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(s);

            while (hear(fd, request, sizeof(request)) > 0) {
                answer(fd, request);
            }

            _exit(0);
        }

        close(fd);
    }
}


static ngx_rtalpha_curl_t *
make(const char *path)
{
    ngx_str_t  url;

    url.data = ngx_pnalloc(pool, 256);
    url.len = ngx_snprintf(url.data, 256, "http://127.0.0.1:%d%s", port, path)
              - url.data;

    return ngx_rtalpha_curl(pool, &url);
}


static void
wait_for(ngx_uint_t n)
{
    while (ended < n) {
        ngx_rtalpha_poll_begin(&set);
        CHECK(ngx_rtalpha_transfers_poll(transfers, &set) == NGX_OK);
        ngx_rtalpha_poll_wait(&set, 0);
        ngx_rtalpha_transfers_serve(transfers, &set);
    }
}


static void
run(ngx_rtalpha_curl_t *http)
{
    ended = 0;
    ngx_rtalpha_transfers_start(transfers, pool, http, http);
    wait_for(1);
}


static ngx_uint_t
has(ngx_str_t *s, char *text)
{
    return s->len && ngx_strnstr(s->data, text, s->len) != NULL;
}


static void
test_requests(void)
{
    ngx_str_t            value;
    ngx_rtalpha_curl_t  *http;

    http = make("/echo?a=b");
    ngx_str_set(&value, "one, two");
    CHECK(ngx_rtalpha_curl_header(pool, http, "X-Mine", &value) == NGX_OK);
    ngx_str_null(&value);
    CHECK(ngx_rtalpha_curl_header(pool, http, "X-Nil", &value) == NGX_OK);
    run(http);
    CHECK(http->status == 200);
    CHECK(http->error.len == 0);
    CHECK(has(&http->answer, "GET /echo?a=b HTTP/1.1\r\n"));
    CHECK(has(&http->answer, "\r\nX-Mine: one, two\r\n"));
    CHECK(has(&http->answer, "\r\nX-Nil:\r\n"));
    CHECK(has(&http->answer, "\r\nUser-Agent: rtalpha\r\n"));
    CHECK(!has(&http->answer, "Accept-Encoding"));
    CHECK_STR(ngx_rtalpha_curl_answer(http, "x-two"), "a b");
    CHECK_STR(ngx_rtalpha_curl_answer(http, "empty"), "");
    CHECK(ngx_rtalpha_curl_answer(http, "x-none") == NULL);

    http = make("/echo");
    ngx_str_set(&http->body, "{\"a\":1}");
    ngx_str_set(&value, "application/json");
    CHECK(ngx_rtalpha_curl_header(pool, http, "Content-Type", &value)
          == NGX_OK);
    run(http);
    CHECK(has(&http->answer, "POST /echo HTTP/1.1\r\n"));
    CHECK(has(&http->answer, "\r\nContent-Type: application/json\r\n"));
    CHECK(!has(&http->answer, "urlencoded"));
    CHECK(!has(&http->answer, "Expect"));
    CHECK(has(&http->answer, "\r\n\r\n{\"a\":1}"));

    http = make("/echo");
    ngx_str_set(&http->method, "PUT");
    ngx_str_set(&http->username, "us");
    ngx_str_set(&http->password, "pa:ss");
    run(http);
    CHECK(has(&http->answer, "PUT /echo HTTP/1.1\r\n"));
    CHECK(has(&http->answer, "\r\nAuthorization: Basic dXM6cGE6c3M=\r\n"));

    http = make("/echo");
    ngx_str_set(&http->method, "HEAD");
    run(http);
    CHECK(http->status == 200);
    CHECK(http->answer.len == 0);

    http = make("/echo");
    ngx_str_set(&http->method, "DELETE");
    ngx_str_set(&value, "a\r\nX-Smuggled: b");
    CHECK(ngx_rtalpha_curl_header(pool, http, "X-Mine", &value) == NGX_OK);
    run(http);
    CHECK(http->status == 0);
    CHECK(http->error.len != 0);
}


static void
test_answers(void)
{
    ngx_rtalpha_curl_t  *http;

    http = make("/404");
    run(http);
    CHECK(http->status == 404);
    CHECK_STR(&http->answer, "none");

    http = make("/304");
    run(http);
    CHECK(http->status == 304);
    CHECK_STR(ngx_rtalpha_curl_answer(http, "etag"), "\"x\"");

    http = make("/chunked");
    run(http);
    CHECK(http->status == 200);
    CHECK_STR(&http->answer, "abcde");
    CHECK(ngx_rtalpha_curl_answer(http, "x-interim") == NULL);

    http = make("/there");
    run(http);
    CHECK(http->status == 302);
    CHECK_STR(ngx_rtalpha_curl_answer(http, "location"), "/echo");

    http = make("/there");
    http->follow = 1;
    run(http);
    CHECK(http->status == 200);
    CHECK(has(&http->answer, "GET /echo"));
    CHECK(ngx_rtalpha_curl_answer(http, "x-first") == NULL);

    http = make("/file");
    http->follow = 1;
    run(http);
    CHECK(http->status == 0);
    CHECK(http->answer.len == 0);

    http = make("/loop");
    http->follow = 1;
    run(http);
    CHECK(http->status == 0);

    http = make("/gzip");
    http->compressed = 1;
    run(http);
    CHECK(http->status == 200);
    CHECK(http->answer.len == 100000);
}


static void
test_failures(void)
{
    ngx_str_t            url;
    ngx_rtalpha_curl_t  *http;

    http = make("/endless");
    http->max_answer = 10000;
    run(http);
    CHECK(http->status == 0);
    CHECK(http->too_long);
    CHECK_STR(&http->error, "the answer is too long");

    /* it is the decoded length that counts */

    http = make("/gzip");
    http->compressed = 1;
    http->max_answer = 99999;
    run(http);
    CHECK(http->too_long);

    http = make("/cut");
    run(http);
    CHECK(http->status == 0);
    CHECK(http->answer.len == 0);
    CHECK(http->error.len != 0);

    http = make("/nonsense");
    run(http);
    CHECK(http->status == 0);
    CHECK(http->error.len != 0);

    http = make("/slow");
    http->timeout = 200;
    run(http);
    CHECK(http->status == 0);
    CHECK(http->timed_out);
    CHECK(http->took >= 200 && http->took < 5000);

    ngx_str_set(&url, "http://127.0.0.1:1/");
    http = ngx_rtalpha_curl(pool, &url);
    run(http);
    CHECK(http->status == 0);
    CHECK(!http->timed_out);
    CHECK(has(&http->error, "Failed to connect"));

    ngx_str_set(&url, "http://nobody.invalid/");
    http = ngx_rtalpha_curl(pool, &url);
    run(http);
    CHECK(http->status == 0);

    ngx_str_set(&url, "file:///etc/passwd");
    http = ngx_rtalpha_curl(pool, &url);
    run(http);
    CHECK(http->status == 0);
    CHECK(http->answer.len == 0);

    ngx_str_set(&url, "http://127.0.0.1:1/\0x");
    http = ngx_rtalpha_curl(pool, &url);
    run(http);
    CHECK(http->status == 0);
}


/* a proxy that is given is used, one of the environment is not */

static void
test_proxy(void)
{
    ngx_str_t            url;
    ngx_rtalpha_curl_t  *http;

    setenv("http_proxy", "http://127.0.0.1:1", 1);

    http = make("/echo");
    run(http);
    CHECK(http->status == 200);

    unsetenv("http_proxy");

    ngx_str_set(&url, "http://elsewhere.invalid/echo");
    http = ngx_rtalpha_curl(pool, &url);
    http->proxy = make("")->url;
    run(http);
    CHECK(http->status == 200);
    CHECK(has(&http->answer, "GET http://elsewhere.invalid/echo HTTP/1.1"));
}


static void
test_many(void)
{
    ngx_uint_t           i;
    ngx_rtalpha_curl_t  *http[200];

    ended = 0;

    for (i = 0; i < 200; i++) {
        http[i] = make((i % 2) ? "/echo" : "/chunked");
        ngx_rtalpha_transfers_start(transfers, pool, http[i], http[i]);
    }

    wait_for(200);

    for (i = 0; i < 200; i++) {
        CHECK(http[i]->status == 200);
    }
}


/* a certificate for "localhost" that nobody but the test trusts */

static pid_t
serve_tls(const char *folder, int *tls_port)
{
    int                 i, s;
    char                command[1024];
    pid_t               pid;
    socklen_t           len;
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);

    s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(s, (struct sockaddr *) &sin, len) == 0);
    CHECK(getsockname(s, (struct sockaddr *) &sin, &len) == 0);
    close(s);

    *tls_port = ntohs(sin.sin_port);

    snprintf(command, sizeof(command),
             "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
             "-subj /CN=localhost -addext subjectAltName=DNS:localhost "
             "-keyout key.pem -out cert.pem 2>/dev/null", folder);
    CHECK(system(command) == 0);

    snprintf(command, sizeof(command),
             "cd %s && exec openssl s_server -quiet -www -key key.pem "
             "-cert cert.pem -accept 127.0.0.1:%d >/dev/null 2>&1",
             folder, *tls_port);

    pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(1);
    }

    for (i = 0; i < 100; i++) {
        s = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(s, (struct sockaddr *) &sin, len) == 0) {
            close(s);
            break;
        }

        close(s);
        usleep(50000);
    }

    return pid;
}


static ngx_rtalpha_curl_t *
make_tls(const char *host, int tls_port)
{
    ngx_str_t  url;

    url.data = ngx_pnalloc(pool, 256);
    url.len = ngx_snprintf(url.data, 256, "https://%s:%d/", host, tls_port)
              - url.data;

    return ngx_rtalpha_curl(pool, &url);
}


static void
test_tls(void)
{
    int                  tls_port;
    char                 command[64], folder[] = "/tmp/rtalpha-curl-XXXXXX";
    pid_t                server;
    ngx_str_t            ca;
    ngx_rtalpha_curl_t  *http;

    CHECK(mkdtemp(folder) != NULL);
    server = serve_tls(folder, &tls_port);

    ca.data = ngx_pnalloc(pool, 64);
    ca.len = ngx_snprintf(ca.data, 64, "%s/cert.pem", folder) - ca.data;

    http = make_tls("localhost", tls_port);
    run(http);
    CHECK(http->status == 0);
    CHECK(has(&http->error, "certificate"));

    http = make_tls("localhost", tls_port);
    http->ca = ca;
    run(http);
    CHECK(http->status == 200);

    /* trusted, but of another name */

    http = make_tls("127.0.0.1", tls_port);
    http->ca = ca;
    run(http);
    CHECK(http->status == 0);
    CHECK(has(&http->error, "certificate"));

    http = make_tls("127.0.0.1", tls_port);
    http->insecure = 1;
    run(http);
    CHECK(http->status == 200);

    kill(server, SIGKILL);
    waitpid(server, NULL, 0);

    snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(system(command) == 0);
}


static void
test_destroy(void)
{
    ngx_rtalpha_curl_t  *http;

    http = make("/slow");
    ended = 0;
    ngx_rtalpha_transfers_start(transfers, pool, http, http);

    ngx_rtalpha_poll_begin(&set);
    CHECK(ngx_rtalpha_transfers_poll(transfers, &set) == NGX_OK);
    ngx_rtalpha_poll_wait(&set, 0);
    ngx_rtalpha_transfers_serve(transfers, &set);
    CHECK(ended == 0);

    ngx_rtalpha_transfers_destroy(transfers);
    CHECK(ended == 1);
    CHECK(http->status == 0);
    CHECK(http->error.len != 0);
}


int
main(void)
{
    pid_t  server;

    signal(SIGPIPE, SIG_IGN);

    server = serve();
    pool = unit_pool();

    if (ngx_rtalpha_transfers_load() != NGX_OK
        || ngx_rtalpha_poll_init(&set, pool) != NGX_OK)
    {
        return 2;
    }

    transfers = ngx_rtalpha_transfers_create(pool, transfer_ended);

    if (transfers == NULL) {
        return 2;
    }

    test_requests();
    test_answers();
    test_failures();
    test_proxy();
    test_many();
    test_tls();
    test_destroy();

    ngx_destroy_pool(pool);

    kill(-server, SIGKILL);
    waitpid(server, NULL, 0);

    return unit_done();
}
