
/*
 * Outgoing HTTP requests of the background thread, by libcurl's multi
 * interface.  libcurl says which sockets it wants to be told of, and its
 * nearest deadline; both go into the thread's poll() set.
 *
 * The name resolver of libcurl is a thread of its own, so that a slow name
 * server holds up nobody.
 */


#include "ngx_rtalpha_curl.h"

#include <poll.h>
#include <curl/curl.h>


#define NGX_RTALPHA_CURL_CONNECT    5000
#define NGX_RTALPHA_CURL_TIMEOUT    30000
#define NGX_RTALPHA_CURL_ANSWER     (16 * 1024 * 1024)
#define NGX_RTALPHA_CURL_HEADERS    256
#define NGX_RTALPHA_CURL_SOCKETS    64L
#define NGX_RTALPHA_CURL_REDIRECTS  5L


typedef struct {
    ngx_queue_t               queue;
    ngx_pool_t               *pool;
    ngx_rtalpha_curl_t       *http;
    void                     *owner;
    CURL                     *easy;
    struct curl_slist        *headers;
    uint64_t                  started;
    size_t                    size;         /* of the memory of answer */
    unsigned                  no_memory:1;
    char                      said[CURL_ERROR_SIZE];
} ngx_rtalpha_transfer_t;


typedef struct {
    curl_socket_t             fd;           /* -1: free */
    short                     events;
    ngx_int_t                 slot;
} ngx_rtalpha_transfer_socket_t;


struct ngx_rtalpha_transfers_s {
    ngx_pool_t               *pool;
    CURLM                    *multi;
    ngx_queue_t               running;
    ngx_array_t               sockets;      /* of …_transfer_socket_t */
    uint64_t                  deadline;     /* 0: none */
    void                    (*ended)(void *owner);
};


static CURLcode ngx_rtalpha_transfer_options(ngx_rtalpha_transfers_t *all,
    ngx_rtalpha_transfer_t *t);
static CURLcode ngx_rtalpha_transfer_limits(ngx_rtalpha_transfer_t *t);
static CURLcode ngx_rtalpha_transfer_security(ngx_rtalpha_transfer_t *t);
static CURLcode ngx_rtalpha_transfer_request(ngx_rtalpha_transfer_t *t);
static CURLcode ngx_rtalpha_transfer_headers(ngx_rtalpha_transfer_t *t);
static CURLcode ngx_rtalpha_transfer_str(ngx_rtalpha_transfer_t *t,
    CURLoption option, const ngx_str_t *value);
static size_t ngx_rtalpha_transfer_write(char *data, size_t one, size_t len,
    void *user);
static size_t ngx_rtalpha_transfer_header(char *data, size_t one, size_t len,
    void *user);
static ngx_int_t ngx_rtalpha_transfer_keep(ngx_rtalpha_transfer_t *t,
    u_char *line, size_t len);
static int ngx_rtalpha_transfers_socket(CURL *easy, curl_socket_t fd,
    int what, void *user, void *data);
static int ngx_rtalpha_transfers_timer(CURLM *multi, long ms, void *user);
static void ngx_rtalpha_transfers_finish(ngx_rtalpha_transfers_t *all);
static void ngx_rtalpha_transfer_end(ngx_rtalpha_transfers_t *all,
    ngx_rtalpha_transfer_t *t, CURLcode rc);
static void ngx_rtalpha_transfer_error(ngx_rtalpha_transfer_t *t,
    CURLcode rc);


ngx_rtalpha_curl_t *
ngx_rtalpha_curl(ngx_pool_t *pool, const ngx_str_t *url)
{
    ngx_rtalpha_curl_t  *http;

    http = ngx_pcalloc(pool, sizeof(ngx_rtalpha_curl_t));

    if (http) {
        http->url = *url;
    }

    return http;
}


ngx_int_t
ngx_rtalpha_curl_header(ngx_pool_t *pool, ngx_rtalpha_curl_t *http,
    const char *name, const ngx_str_t *value)
{
    ngx_keyval_t  *kv;

    if (http->headers == NULL) {
        http->headers = ngx_array_create(pool, 4, sizeof(ngx_keyval_t));

        if (http->headers == NULL) {
            return NGX_ERROR;
        }
    }

    kv = ngx_array_push(http->headers);

    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key.data = (u_char *) name;
    kv->key.len = ngx_strlen(name);
    kv->value = *value;

    return NGX_OK;
}


const ngx_str_t *
ngx_rtalpha_curl_answer(const ngx_rtalpha_curl_t *http,
    const char *lowcase_name)
{
    size_t         len;
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    if (http->answer_headers == NULL) {
        return NULL;
    }

    len = ngx_strlen(lowcase_name);
    kv = http->answer_headers->elts;

    for (i = 0; i < http->answer_headers->nelts; i++) {
        if (kv[i].key.len == len
            && ngx_memcmp(kv[i].key.data, lowcase_name, len) == 0)
        {
            return &kv[i].value;
        }
    }

    return NULL;
}


ngx_int_t
ngx_rtalpha_transfers_load(void)
{
    return (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) ? NGX_OK
                                                               : NGX_ERROR;
}


ngx_rtalpha_transfers_t *
ngx_rtalpha_transfers_create(ngx_pool_t *pool, void (*ended)(void *owner))
{
    ngx_rtalpha_transfers_t  *all;

    all = ngx_pcalloc(pool, sizeof(ngx_rtalpha_transfers_t));

    if (all == NULL
        || ngx_array_init(&all->sockets, pool, 8,
                          sizeof(ngx_rtalpha_transfer_socket_t))
           != NGX_OK)
    {
        return NULL;
    }

    all->multi = curl_multi_init();

    if (all->multi == NULL) {
        return NULL;
    }

    all->pool = pool;
    all->ended = ended;
    ngx_queue_init(&all->running);

    curl_multi_setopt(all->multi, CURLMOPT_SOCKETFUNCTION,
                      ngx_rtalpha_transfers_socket);
    curl_multi_setopt(all->multi, CURLMOPT_SOCKETDATA, all);
    curl_multi_setopt(all->multi, CURLMOPT_TIMERFUNCTION,
                      ngx_rtalpha_transfers_timer);
    curl_multi_setopt(all->multi, CURLMOPT_TIMERDATA, all);
    curl_multi_setopt(all->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      NGX_RTALPHA_CURL_SOCKETS);

    return all;
}


void
ngx_rtalpha_transfers_start(ngx_rtalpha_transfers_t *all, ngx_pool_t *pool,
    ngx_rtalpha_curl_t *http, void *owner)
{
    CURLcode                 rc;
    ngx_rtalpha_transfer_t  *t;

    t = ngx_pcalloc(pool, sizeof(ngx_rtalpha_transfer_t));

    if (t == NULL) {
        ngx_str_set(&http->error, "no memory");
        all->ended(owner);
        return;
    }

    t->pool = pool;
    t->http = http;
    t->owner = owner;
    t->started = ngx_rtalpha_poll_clock();
    t->easy = curl_easy_init();

    ngx_queue_insert_tail(&all->running, &t->queue);

    rc = t->easy ? ngx_rtalpha_transfer_options(all, t)
                 : CURLE_OUT_OF_MEMORY;

    if (rc == CURLE_OK
        && curl_multi_add_handle(all->multi, t->easy) != CURLM_OK)
    {
        rc = CURLE_OUT_OF_MEMORY;
    }

    if (rc != CURLE_OK) {
        ngx_rtalpha_transfer_end(all, t, rc);
    }
}


ngx_int_t
ngx_rtalpha_transfers_poll(ngx_rtalpha_transfers_t *all,
    ngx_rtalpha_poll_t *set)
{
    ngx_uint_t                      i;
    ngx_rtalpha_transfer_socket_t  *s;

    s = all->sockets.elts;

    for (i = 0; i < all->sockets.nelts; i++) {
        s[i].slot = -1;

        if (s[i].fd == CURL_SOCKET_BAD) {
            continue;
        }

        s[i].slot = ngx_rtalpha_poll_add(set, s[i].fd, s[i].events);

        if (s[i].slot == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    if (all->deadline) {
        ngx_rtalpha_poll_until(set, all->deadline);
    }

    return NGX_OK;
}


void
ngx_rtalpha_transfers_serve(ngx_rtalpha_transfers_t *all,
    ngx_rtalpha_poll_t *set)
{
    int                             n, mask;
    short                           events;
    ngx_int_t                       slot;
    ngx_uint_t                      i;
    curl_socket_t                   fd;
    ngx_rtalpha_transfer_socket_t  *s;

    /* libcurl adds and removes sockets meanwhile: by index, looked up anew */

    for (i = 0; i < all->sockets.nelts; i++) {
        s = (ngx_rtalpha_transfer_socket_t *) all->sockets.elts + i;

        fd = s->fd;
        slot = s->slot;
        s->slot = -1;

        events = (fd == CURL_SOCKET_BAD) ? 0
                                         : ngx_rtalpha_poll_events(set, slot);

        if (events == 0) {
            continue;
        }

        mask = ((events & POLLIN) ? CURL_CSELECT_IN : 0)
               | ((events & POLLOUT) ? CURL_CSELECT_OUT : 0)
               | ((events & (POLLERR|POLLHUP|POLLNVAL)) ? CURL_CSELECT_ERR
                                                        : 0);

        (void) curl_multi_socket_action(all->multi, fd, mask, &n);
    }

    if (all->deadline && set->now >= all->deadline) {
        all->deadline = 0;
        (void) curl_multi_socket_action(all->multi, CURL_SOCKET_TIMEOUT, 0,
                                        &n);
    }

    ngx_rtalpha_transfers_finish(all);
}


void
ngx_rtalpha_transfers_destroy(ngx_rtalpha_transfers_t *all)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&all->running)) {
        q = ngx_queue_head(&all->running);

        ngx_rtalpha_transfer_end(all,
                          ngx_queue_data(q, ngx_rtalpha_transfer_t, queue),
                          CURLE_ABORTED_BY_CALLBACK);
    }

    (void) curl_multi_cleanup(all->multi);
}


static CURLcode
ngx_rtalpha_transfer_options(ngx_rtalpha_transfers_t *all,
    ngx_rtalpha_transfer_t *t)
{
    CURL      *easy;
    CURLcode   rc;

    easy = t->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->said);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "rtalpha");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                     ngx_rtalpha_transfer_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
                     ngx_rtalpha_transfer_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);

    /* an unfinished name look-up does not hold up the end of the worker */

    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);

    rc = ngx_rtalpha_transfer_limits(t);

    if (rc == CURLE_OK) {
        rc = ngx_rtalpha_transfer_security(t);
    }

    if (rc == CURLE_OK) {
        rc = ngx_rtalpha_transfer_request(t);
    }

    return rc;
}


static CURLcode
ngx_rtalpha_transfer_limits(ngx_rtalpha_transfer_t *t)
{
    CURL                *easy;
    CURLcode             rc;
    ngx_rtalpha_curl_t  *http;

    easy = t->easy;
    http = t->http;

    if (http->connect_timeout == 0) {
        http->connect_timeout = NGX_RTALPHA_CURL_CONNECT;
    }

    if (http->timeout == 0) {
        http->timeout = NGX_RTALPHA_CURL_TIMEOUT;
    }

    if (http->max_answer == 0) {
        http->max_answer = NGX_RTALPHA_CURL_ANSWER;
    }

    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long) http->connect_timeout);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) http->timeout);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, (long) http->follow);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, NGX_RTALPHA_CURL_REDIRECTS);

    rc = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");

    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
                              "http,https");
    }

    return rc;
}


static CURLcode
ngx_rtalpha_transfer_security(ngx_rtalpha_transfer_t *t)
{
    CURL                *easy;
    CURLcode             rc;
    ngx_rtalpha_curl_t  *http;

    easy = t->easy;
    http = t->http;

    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, http->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, http->insecure ? 0L : 2L);

    rc = ngx_rtalpha_transfer_str(t, CURLOPT_CAINFO, &http->ca);

    if (rc == CURLE_OK) {
        rc = ngx_rtalpha_transfer_str(t, CURLOPT_SSLCERT,
                                      &http->certificate);
    }

    if (rc == CURLE_OK) {
        rc = ngx_rtalpha_transfer_str(t, CURLOPT_SSLKEY, &http->key);
    }

    if (rc == CURLE_OK) {
        rc = ngx_rtalpha_transfer_str(t, CURLOPT_USERNAME, &http->username);
    }

    if (rc == CURLE_OK) {
        rc = ngx_rtalpha_transfer_str(t, CURLOPT_PASSWORD, &http->password);
    }

    if (rc == CURLE_OK) {

        /* an empty name keeps libcurl from the environment's proxies */

        rc = http->proxy.len
             ? ngx_rtalpha_transfer_str(t, CURLOPT_PROXY, &http->proxy)
             : curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }

    return rc;
}


static CURLcode
ngx_rtalpha_transfer_request(ngx_rtalpha_transfer_t *t)
{
    CURL                *easy;
    CURLcode             rc;
    ngx_rtalpha_curl_t  *http;

    easy = t->easy;
    http = t->http;

    rc = ngx_rtalpha_transfer_str(t, CURLOPT_URL, &http->url);

    if (rc != CURLE_OK) {
        return rc;
    }

    if (http->compressed) {
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    }

    if (http->body.len) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t) http->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, http->body.data);
    }

    if (ngx_rtalpha_str_is(&http->method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);

    } else if (http->method.len) {
        rc = ngx_rtalpha_transfer_str(t, CURLOPT_CUSTOMREQUEST,
                                      &http->method);
        if (rc != CURLE_OK) {
            return rc;
        }
    }

    return ngx_rtalpha_transfer_headers(t);
}


static CURLcode
ngx_rtalpha_transfer_headers(ngx_rtalpha_transfer_t *t)
{
    char               *line;
    u_char             *p;
    ngx_uint_t          i, n;
    ngx_keyval_t       *kv;

    n = t->http->headers ? t->http->headers->nelts : 0;
    kv = n ? t->http->headers->elts : NULL;

    /* a header that libcurl would add to a long body, and wait */

    t->headers = curl_slist_append(NULL, "Expect:");

    if (t->headers == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    for (i = 0; i < n; i++) {
        line = (char *) ngx_pnalloc(t->pool,
                                    kv[i].key.len + kv[i].value.len + 3);
        if (line == NULL) {
            return CURLE_OUT_OF_MEMORY;
        }

        /* "Name;" is how libcurl is told of a header without a value */

        p = ngx_sprintf((u_char *) line, kv[i].value.len ? "%V: %V" : "%V;",
                        &kv[i].key, &kv[i].value);
        *p = '\0';

        if (ngx_strlen(line) != (size_t) (p - (u_char *) line)
            || strpbrk(line, CRLF))
        {
            return CURLE_BAD_FUNCTION_ARGUMENT;
        }

        if (curl_slist_append(t->headers, line) == NULL) {
            return CURLE_OUT_OF_MEMORY;
        }
    }

    return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}


/* an option that is left alone when the value is empty */

static CURLcode
ngx_rtalpha_transfer_str(ngx_rtalpha_transfer_t *t, CURLoption option,
    const ngx_str_t *value)
{
    u_char  *p;

    if (value->len == 0) {
        return CURLE_OK;
    }

    if (memchr(value->data, '\0', value->len)) {
        return CURLE_BAD_FUNCTION_ARGUMENT;
    }

    p = ngx_pnalloc(t->pool, value->len + 1);

    if (p == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    ngx_memcpy(p, value->data, value->len);
    p[value->len] = '\0';

    return curl_easy_setopt(t->easy, option, (char *) p);
}


static size_t
ngx_rtalpha_transfer_write(char *data, size_t one, size_t len, void *user)
{
    u_char                  *p;
    size_t                   size;
    ngx_rtalpha_curl_t      *http;
    ngx_rtalpha_transfer_t  *t = user;

    http = t->http;

    if (len > http->max_answer - http->answer.len) {
        http->too_long = 1;
        return 0;
    }

    if (len > t->size - http->answer.len) {
        size = ngx_max(t->size * 2, http->answer.len + len);

        p = ngx_pnalloc(t->pool, size);

        if (p == NULL) {
            t->no_memory = 1;
            return 0;
        }

        if (http->answer.len) {
            ngx_memcpy(p, http->answer.data, http->answer.len);
            (void) ngx_pfree(t->pool, http->answer.data);
        }

        http->answer.data = p;
        t->size = size;
    }

    ngx_memcpy(http->answer.data + http->answer.len, data, len);
    http->answer.len += len;

    return len;
}


static size_t
ngx_rtalpha_transfer_header(char *data, size_t one, size_t len, void *user)
{
    u_char                  *line;
    size_t                   n;
    ngx_rtalpha_transfer_t  *t = user;

    line = (u_char *) data;

    for (n = len; n && (line[n - 1] == CR || line[n - 1] == LF); n--) {
        /* void */
    }

    if (n > 5 && ngx_memcmp(line, "HTTP/", 5) == 0) {

        /* of an interim answer or a redirect there is nothing to keep */

        if (t->http->answer_headers) {
            t->http->answer_headers->nelts = 0;
        }

        return len;
    }

    if (n && ngx_rtalpha_transfer_keep(t, line, n) != NGX_OK) {
        t->no_memory = 1;
        return 0;
    }

    return len;
}


static ngx_int_t
ngx_rtalpha_transfer_keep(ngx_rtalpha_transfer_t *t, u_char *line, size_t len)
{
    u_char              *p, *colon, *end;
    ngx_keyval_t        *kv;
    ngx_rtalpha_curl_t  *http;

    http = t->http;

    if (http->answer_headers == NULL) {
        http->answer_headers = ngx_array_create(t->pool, 16,
                                                sizeof(ngx_keyval_t));
        if (http->answer_headers == NULL) {
            return NGX_ERROR;
        }
    }

    colon = ngx_strlchr(line, line + len, ':');

    if (colon == NULL
        || http->answer_headers->nelts == NGX_RTALPHA_CURL_HEADERS)
    {
        return NGX_OK;
    }

    p = ngx_pnalloc(t->pool, len);

    if (p == NULL) {
        return NGX_ERROR;
    }

    kv = ngx_array_push(http->answer_headers);

    if (kv == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, line, len);

    end = p + len;
    colon = p + (colon - line);

    kv->key.data = p;
    kv->key.len = (size_t) (colon - p);
    ngx_strlow(p, p, kv->key.len);

    for (p = colon + 1; p < end && (*p == ' ' || *p == '\t'); p++) {
        /* void */
    }

    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    kv->value.data = p;
    kv->value.len = (size_t) (end - p);

    return NGX_OK;
}


static int
ngx_rtalpha_transfers_socket(CURL *easy, curl_socket_t fd, int what,
    void *user, void *data)
{
    ngx_uint_t                      i;
    ngx_rtalpha_transfers_t        *all = user;
    ngx_rtalpha_transfer_socket_t  *s, *place;

    s = all->sockets.elts;
    place = NULL;

    for (i = 0; i < all->sockets.nelts; i++) {

        if (s[i].fd == fd) {
            place = &s[i];
            break;
        }

        if (s[i].fd == CURL_SOCKET_BAD) {
            place = &s[i];
        }
    }

    if (what == CURL_POLL_REMOVE) {

        if (place && place->fd == fd) {
            place->fd = CURL_SOCKET_BAD;
            place->slot = -1;
        }

        return 0;
    }

    if (place == NULL) {
        place = ngx_array_push(&all->sockets);

        if (place == NULL) {
            return -1;
        }

        place->fd = CURL_SOCKET_BAD;
    }

    if (place->fd != fd) {
        place->fd = fd;
        place->slot = -1;
    }

    place->events = (short) (((what & CURL_POLL_IN) ? POLLIN : 0)
                             | ((what & CURL_POLL_OUT) ? POLLOUT : 0));

    return 0;
}


static int
ngx_rtalpha_transfers_timer(CURLM *multi, long ms, void *user)
{
    ngx_rtalpha_transfers_t  *all = user;

    all->deadline = (ms < 0) ? 0 : ngx_rtalpha_poll_clock() + (uint64_t) ms;

    return 0;
}


static void
ngx_rtalpha_transfers_finish(ngx_rtalpha_transfers_t *all)
{
    int                      n;
    char                    *t;
    CURLMsg                 *msg;
    CURLcode                 rc;

    for ( ;; ) {
        msg = curl_multi_info_read(all->multi, &n);

        if (msg == NULL) {
            return;
        }

        if (msg->msg != CURLMSG_DONE) {
            continue;
        }

        /* the message goes with its handle */

        rc = msg->data.result;
        t = NULL;

        (void) curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);

        ngx_rtalpha_transfer_end(all, (ngx_rtalpha_transfer_t *) t, rc);
    }
}


static void
ngx_rtalpha_transfer_end(ngx_rtalpha_transfers_t *all,
    ngx_rtalpha_transfer_t *t, CURLcode rc)
{
    long                 status;
    ngx_rtalpha_curl_t  *http;

    http = t->http;
    http->took = (ngx_msec_t) (ngx_rtalpha_poll_clock() - t->started);

    if (rc == CURLE_OK) {
        status = 0;
        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        http->status = (ngx_uint_t) status;

    } else {
        ngx_rtalpha_transfer_error(t, rc);
    }

    if (t->easy) {
        (void) curl_multi_remove_handle(all->multi, t->easy);
        curl_easy_cleanup(t->easy);
    }

    curl_slist_free_all(t->headers);

    ngx_queue_remove(&t->queue);

    /* the owner may destroy the pool that the transfer lies in */

    all->ended(t->owner);
}


static void
ngx_rtalpha_transfer_error(ngx_rtalpha_transfer_t *t, CURLcode rc)
{
    size_t               len;
    const char          *text;
    ngx_rtalpha_curl_t  *http;

    http = t->http;

    http->answer.len = 0;
    http->timed_out = (rc == CURLE_OPERATION_TIMEDOUT);

    if (http->too_long) {
        text = "the answer is too long";

    } else if (t->no_memory) {
        text = "no memory";

    } else {
        text = t->said[0] ? t->said : curl_easy_strerror(rc);
    }

    len = ngx_strlen(text);
    http->error.data = ngx_pnalloc(t->pool, len);

    if (http->error.data == NULL) {
        ngx_str_set(&http->error, "no memory");
        return;
    }

    ngx_memcpy(http->error.data, text, len);
    http->error.len = len;
}
