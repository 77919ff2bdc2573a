
/*
 * HTTP Basic authentication against the one user of the settings.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_handler.h"


/* in a time that does not depend on where the difference is */

static ngx_uint_t
ngx_rtalpha_cfg_basic_equal(const ngx_str_t *a, const ngx_str_t *b)
{
    size_t      i;
    ngx_uint_t  diff;

    diff = (a->len != b->len);

    for (i = 0; i < a->len; i++) {
        diff |= a->data[i] ^ b->data[b->len ? i % b->len : 0];
    }

    return diff == 0;
}


ngx_uint_t
ngx_rtalpha_cfg_authorized(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    size_t            n;
    ngx_str_t         coded, plain, want, pass;
    ngx_table_elt_t  *h;

    h = r->headers_in.authorization;

    if (h == NULL || h->value.len < 6
        || ngx_strncasecmp(h->value.data, (u_char *) "basic ", 6) != 0)
    {
        return 0;
    }

    coded.data = h->value.data + 6;
    coded.len = h->value.len - 6;

    while (coded.len && coded.data[0] == ' ') {
        coded.data++;
        coded.len--;
    }

    plain.data = ngx_pnalloc(r->pool, ngx_base64_decoded_length(coded.len) + 1);
    want.data = ngx_pnalloc(r->pool, conf->user.len + conf->pass.len + 1);

    if (plain.data == NULL || want.data == NULL
        || ngx_decode_base64(&plain, &coded) != NGX_OK)
    {
        return 0;
    }

    pass = conf->pass;

    if (ngx_rtalpha_str_begins(&pass, "{noop}")) {
        pass.data += sizeof("{noop}") - 1;
        pass.len -= sizeof("{noop}") - 1;
    }

    want.len = ngx_sprintf(want.data, "%V:%V", &conf->user, &pass)
               - want.data;

    /* names of users are the same in any case, as Spring Security has it */

    n = ngx_min(plain.len, conf->user.len);
    ngx_strlow(plain.data, plain.data, n);
    ngx_strlow(want.data, want.data, conf->user.len);

    return ngx_rtalpha_cfg_basic_equal(&plain, &want);
}


ngx_int_t
ngx_rtalpha_cfg_challenge(ngx_http_request_t *r)
{
    static ngx_str_t  realm = ngx_string("Basic realm=\"Realm\"");

    if (ngx_rtalpha_answer_header(r, "WWW-Authenticate", &realm) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_empty(r, 401);
}
