
/*
 * One pass over the lines of the head; of a body, what has come with it.
 */


#include "ngx_rtalpha_gw_verify.h"


static ngx_uint_t ngx_rtalpha_gw_verify_named(const ngx_table_elt_t *h,
    const char *lowcase, size_t len);
static ngx_uint_t ngx_rtalpha_gw_verify_number(const ngx_str_t *value);
static const u_char *ngx_rtalpha_gw_verify_size(const u_char *p,
    const u_char *last, size_t *size);


#define ngx_rtalpha_gw_verify_is(h, name)                                     \
    ((h)->key.len == sizeof(name) - 1                                         \
     && ngx_rtalpha_gw_verify_named(h, name, sizeof(name) - 1))


const char *
ngx_rtalpha_gw_verify_head(ngx_uint_t status, const ngx_list_part_t *part,
    ngx_uint_t upgrade)
{
    ngx_uint_t              i, lengths, codings, websocket;
    const ngx_table_elt_t  *h;

    lengths = 0;
    codings = 0;
    websocket = 0;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_rtalpha_gw_verify_is(&h[i], "content-length")) {

                if (!ngx_rtalpha_gw_verify_number(&h[i].value)) {
                    return "a Content-Length that is no number";
                }

                lengths++;

            } else if (ngx_rtalpha_gw_verify_is(&h[i], "transfer-encoding")) {

                if (h[i].value.len != sizeof("chunked") - 1
                    || ngx_strncasecmp(h[i].value.data, (u_char *) "chunked",
                                       sizeof("chunked") - 1)
                       != 0)
                {
                    return "an unknown Transfer-Encoding";
                }

                codings++;

            } else if (ngx_rtalpha_gw_verify_is(&h[i], "upgrade")) {
                websocket = h[i].value.len == sizeof("websocket") - 1
                            && ngx_strncasecmp(h[i].value.data,
                                               (u_char *) "websocket",
                                               sizeof("websocket") - 1)
                               == 0;
            }
        }
    }

    if (lengths + codings > 1) {
        return "more than one length";
    }

    if (status == 101) {
        return (upgrade && websocket) ? NULL
                                      : "a switch of protocols that was not "
                                        "asked for";
    }

    return (status < 200 || status > 599) ? "an invalid status" : NULL;
}


static ngx_uint_t
ngx_rtalpha_gw_verify_named(const ngx_table_elt_t *h, const char *lowcase,
    size_t len)
{
    return h->lowcase_key && ngx_memcmp(h->lowcase_key, lowcase, len) == 0;
}


static ngx_uint_t
ngx_rtalpha_gw_verify_number(const ngx_str_t *value)
{
    return value->len
           && ngx_atoof(value->data, value->len) != (off_t) NGX_ERROR;
}


/* as lenient as nginx's own parser, which reads the body afterwards */

ngx_uint_t
ngx_rtalpha_gw_verify_chunks(const u_char *p, const u_char *last)
{
    size_t  size;

    while (p < last) {

        p = ngx_rtalpha_gw_verify_size(p, last, &size);

        if (p == NULL) {
            return 0;
        }

        /* not all has come, or trailers follow */

        if (size == 0 || size >= (size_t) (last - p)) {
            return 1;
        }

        p += size;

        if (*p == CR) {
            p++;
        }

        if (p == last) {
            break;
        }

        if (*p++ != LF) {
            return 0;
        }
    }

    return 1;
}


/* the line with the size; last: it is not complete yet, NULL: it is none */

static const u_char *
ngx_rtalpha_gw_verify_size(const u_char *p, const u_char *last, size_t *size)
{
    u_char         c;
    size_t         n;
    const u_char  *start;

    n = 0;

    for (start = p; p < last; p++) {
        c = (u_char) (*p | 0x20);

        if (*p >= '0' && *p <= '9') {
            c = *p - '0';

        } else if (c >= 'a' && c <= 'f') {
            c = c - 'a' + 10;

        } else {
            break;
        }

        if (n > (size_t) NGX_MAX_OFF_T_VALUE / 16) {
            return NULL;
        }

        n = n * 16 + c;
    }

    *size = n;

    if (p == last) {
        *size = 0;
        return p;
    }

    if (p == start
        || (*p != CR && *p != LF && *p != ';' && *p != ' ' && *p != '\t'))
    {
        return NULL;
    }

    while (p < last && *p != LF) {
        p++;
    }

    if (p == last) {
        *size = 0;
        return p;
    }

    return p + 1;
}
