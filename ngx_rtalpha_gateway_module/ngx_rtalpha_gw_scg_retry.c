
/*
 * The Retry filter, and the names of statuses.
 */


#include "ngx_rtalpha_gw_scg.h"


static ngx_int_t ngx_rtalpha_gw_scg_retry_statuses(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry);
static ngx_int_t ngx_rtalpha_gw_scg_retry_backoff(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry);
static ngx_int_t ngx_rtalpha_gw_scg_retry_methods(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry);


ngx_uint_t
ngx_rtalpha_gw_scg_status(const ngx_str_t *text)
{
    ngx_int_t   n;
    ngx_uint_t  i;

    static struct {
        ngx_str_t   name;
        ngx_uint_t  status;
    } names[] = {
        { ngx_string("OK"), 200 }, { ngx_string("CREATED"), 201 },
        { ngx_string("ACCEPTED"), 202 }, { ngx_string("NO_CONTENT"), 204 },
        { ngx_string("MOVED_PERMANENTLY"), 301 }, { ngx_string("FOUND"), 302 },
        { ngx_string("SEE_OTHER"), 303 }, { ngx_string("NOT_MODIFIED"), 304 },
        { ngx_string("TEMPORARY_REDIRECT"), 307 },
        { ngx_string("PERMANENT_REDIRECT"), 308 },
        { ngx_string("BAD_REQUEST"), 400 }, { ngx_string("UNAUTHORIZED"), 401 },
        { ngx_string("PAYMENT_REQUIRED"), 402 },
        { ngx_string("FORBIDDEN"), 403 }, { ngx_string("NOT_FOUND"), 404 },
        { ngx_string("METHOD_NOT_ALLOWED"), 405 },
        { ngx_string("NOT_ACCEPTABLE"), 406 },
        { ngx_string("REQUEST_TIMEOUT"), 408 }, { ngx_string("CONFLICT"), 409 },
        { ngx_string("GONE"), 410 }, { ngx_string("LENGTH_REQUIRED"), 411 },
        { ngx_string("PRECONDITION_FAILED"), 412 },
        { ngx_string("PAYLOAD_TOO_LARGE"), 413 },
        { ngx_string("URI_TOO_LONG"), 414 },
        { ngx_string("UNSUPPORTED_MEDIA_TYPE"), 415 },
        { ngx_string("I_AM_A_TEAPOT"), 418 },
        { ngx_string("UNPROCESSABLE_ENTITY"), 422 },
        { ngx_string("LOCKED"), 423 }, { ngx_string("TOO_EARLY"), 425 },
        { ngx_string("PRECONDITION_REQUIRED"), 428 },
        { ngx_string("TOO_MANY_REQUESTS"), 429 },
        { ngx_string("REQUEST_HEADER_FIELDS_TOO_LARGE"), 431 },
        { ngx_string("UNAVAILABLE_FOR_LEGAL_REASONS"), 451 },
        { ngx_string("INTERNAL_SERVER_ERROR"), 500 },
        { ngx_string("NOT_IMPLEMENTED"), 501 },
        { ngx_string("BAD_GATEWAY"), 502 },
        { ngx_string("SERVICE_UNAVAILABLE"), 503 },
        { ngx_string("GATEWAY_TIMEOUT"), 504 },
        { ngx_string("INSUFFICIENT_STORAGE"), 507 }
    };

    n = ngx_atoi(text->data, text->len);

    if (n >= 100 && n <= 999) {
        return n;
    }

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].name.len == text->len
            && ngx_strncasecmp(names[i].name.data, text->data, text->len)
               == 0)
        {
            return names[i].status;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_gw_scg_next(const ngx_str_t *list, size_t *pos, ngx_str_t *item)
{
    size_t  start;

    while (*pos < list->len) {

        for (start = *pos; *pos < list->len && list->data[*pos] != ',';
             (*pos)++)
        {
            /* void */
        }

        item->data = list->data + start;
        item->len = *pos - start;
        (*pos)++;

        while (item->len && item->data[0] == ' ') {
            item->data++;
            item->len--;
        }

        while (item->len && item->data[item->len - 1] == ' ') {
            item->len--;
        }

        if (item->len) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_gw_scg_retry_plan(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule, ngx_rtalpha_gw_def_t *def)
{
    ngx_int_t                n, rc;
    const ngx_str_t         *text;
    ngx_rtalpha_gw_retry_t  *retry;

    text = ngx_rtalpha_gw_def_arg(def, 0, "retries");
    n = text ? ngx_atoi(text->data, text->len) : 3;

    if (n == NGX_ERROR || n > 100) {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "\"%V\" is not a number of retries",
                                         (ngx_str_t *) text);
    }

    retry = ngx_pcalloc(s->table->pool, sizeof(ngx_rtalpha_gw_retry_t));
    if (retry == NULL) {
        return NGX_ERROR;
    }

    retry->next = n;
    retry->timeouts = 1;
    retry->closed = 1;
    rule->plan.retry = retry;

    rc = ngx_rtalpha_gw_scg_retry_statuses(s, def, retry);

    if (rc == NGX_OK) {
        rc = ngx_rtalpha_gw_scg_retry_methods(s, def, retry);
    }

    return rc == NGX_OK ? ngx_rtalpha_gw_scg_retry_backoff(s, def, retry)
                        : rc;
}


/* none unless one of its values is given; then 5 ms, doubled each time */

static ngx_int_t
ngx_rtalpha_gw_scg_retry_backoff(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry)
{
    ngx_int_t                  factor, jitter;
    const ngx_str_t           *first, *max, *times, *previous, *random;
    ngx_rtalpha_gw_backoff_t  *b;

    first = ngx_rtalpha_gw_def_arg(def, 3, "backoff.first-backoff");
    max = ngx_rtalpha_gw_def_arg(def, 4, "backoff.max-backoff");
    times = ngx_rtalpha_gw_def_arg(def, 5, "backoff.factor");
    previous = ngx_rtalpha_gw_def_arg(def, 6,
                                      "backoff.based-on-previous-value");
    random = ngx_rtalpha_gw_def_arg(def, 7, "jitter.random-factor");

    if (first == NULL && max == NULL && times == NULL && previous == NULL) {
        return NGX_OK;
    }

    b = &retry->backoff;
    b->first = 5;
    factor = 2;
    jitter = 500000;

    if ((first && ngx_rtalpha_bind_msec(first, 1, &b->first) != NGX_OK)
        || (max && ngx_rtalpha_bind_msec(max, 1, &b->max) != NGX_OK)
        || (times && ngx_rtalpha_bind_int(times, &factor) != NGX_OK)
        || (random && ngx_rtalpha_bind_fraction(random, &jitter) != NGX_OK)
        || factor < 1 || factor > 1000 || jitter < 0 || jitter > 1000000)
    {
        return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                         "wrong values of backoff", NULL);
    }

    b->factor = factor;
    b->jitter = jitter / 10000;

    return NGX_OK;
}


/* statuses, and whole series (5xx unless others are given) */

static ngx_int_t
ngx_rtalpha_gw_scg_retry_statuses(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry)
{
    size_t       pos;
    ngx_str_t    item, list;
    ngx_uint_t   i, k, n;

    static ngx_str_t  series[] = {
        ngx_string("INFORMATIONAL"), ngx_string("SUCCESSFUL"),
        ngx_string("REDIRECTION"), ngx_string("CLIENT_ERROR"),
        ngx_string("SERVER_ERROR")
    };

    pos = 0;

    if (ngx_rtalpha_gw_def_joined(s, def, 1, "statuses", &list) != NGX_OK) {
        return NGX_ERROR;
    }

    while (ngx_rtalpha_gw_scg_next(&list, &pos, &item)) {
        n = ngx_rtalpha_gw_scg_status(&item);

        if (n == 0) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a status", &item);
        }

        ngx_rtalpha_gw_retry_status(retry, n);
    }

    pos = 0;

    if (ngx_rtalpha_gw_def_joined(s, def, (ngx_uint_t) -1, "series", &list)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (list.data == NULL) {
        ngx_str_set(&list, "SERVER_ERROR");
    }

    while (ngx_rtalpha_gw_scg_next(&list, &pos, &item)) {

        for (i = 0; i < 5; i++) {
            if (ngx_rtalpha_str_eq(&series[i], &item)) {
                break;
            }
        }

        if (i == 5) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a series", &item);
        }

        for (k = (i + 1) * 100; k < (i + 2) * 100; k++) {
            ngx_rtalpha_gw_retry_status(retry, k);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_retry_methods(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_def_t *def, ngx_rtalpha_gw_retry_t *retry)
{
    size_t       pos;
    ngx_str_t    item, list;
    ngx_uint_t   i;

    /* bits as nginx has them */

    static struct {
        ngx_str_t  name;
        uint32_t   bit;
    } methods[] = {
        { ngx_string("GET"), 0x2 }, { ngx_string("HEAD"), 0x4 },
        { ngx_string("POST"), 0x8 }, { ngx_string("PUT"), 0x10 },
        { ngx_string("DELETE"), 0x20 }, { ngx_string("OPTIONS"), 0x200 },
        { ngx_string("PATCH"), 0x4000 }, { ngx_string("TRACE"), 0x8000 }
    };

    pos = 0;

    if (ngx_rtalpha_gw_def_joined(s, def, 2, "methods", &list) != NGX_OK) {
        return NGX_ERROR;
    }

    while (ngx_rtalpha_gw_scg_next(&list, &pos, &item)) {

        for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
            if (ngx_rtalpha_str_eq(&methods[i].name, &item)) {
                retry->methods |= methods[i].bit;
                break;
            }
        }

        if (i == sizeof(methods) / sizeof(methods[0])) {
            return ngx_rtalpha_gw_scg_refuse(s, def->prop,
                                             "\"%V\" is not a method", &item);
        }
    }

    return NGX_OK;
}
