
/*
 * Who sends a request.
 */


#include "ngx_rtalpha_access_who.h"
#include "ngx_rtalpha_answer.h"


static ngx_int_t
ngx_rtalpha_access_basic(ngx_http_request_t *r, const ngx_array_t *users,
    ngx_str_t *name)
{
    ngx_str_t         coded, plain;
    ngx_table_elt_t  *h;

    h = r->headers_in.authorization;

    if (h == NULL || h->value.len < 6
        || ngx_strncasecmp(h->value.data, (u_char *) "basic ", 6) != 0)
    {
        return NGX_OK;
    }

    coded.data = h->value.data + 6;
    coded.len = h->value.len - 6;

    while (coded.len && coded.data[0] == ' ') {
        coded.data++;
        coded.len--;
    }

    plain.data = ngx_pnalloc(r->pool,
                             ngx_base64_decoded_length(coded.len) + 1);
    if (plain.data == NULL) {
        return NGX_ERROR;
    }

    return ngx_decode_base64(&plain, &coded) == NGX_OK
           && ngx_rtalpha_access_known(users, &plain, name)
           ? NGX_OK : NGX_DECLINED;
}


#if (NGX_HTTP_SSL)

static ngx_http_variable_value_t *
ngx_rtalpha_access_variable(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_http_variable_value_t  *v;

    v = ngx_http_get_variable(r, name,
                              ngx_hash_key(name->data, name->len));

    return (v == NULL || v->not_found || v->len == 0) ? NULL : v;
}

#endif


static void
ngx_rtalpha_access_subject(ngx_http_request_t *r, ngx_str_t *subject)
{
#if (NGX_HTTP_SSL)

    ngx_http_variable_value_t  *v;

    static ngx_str_t  verify = ngx_string("ssl_client_verify");
    static ngx_str_t  dn = ngx_string("ssl_client_s_dn");

    if (r->connection->ssl == NULL) {
        return;
    }

    v = ngx_rtalpha_access_variable(r, &verify);

    if (v == NULL || v->len != 7 || ngx_memcmp(v->data, "SUCCESS", 7) != 0) {
        return;
    }

    v = ngx_rtalpha_access_variable(r, &dn);

    if (v) {
        subject->data = v->data;
        subject->len = v->len;
    }

#endif
}


ngx_int_t
ngx_rtalpha_access_who(ngx_http_request_t *r, const ngx_array_t *users,
    ngx_rtalpha_access_who_t *who)
{
    ngx_str_null(&who->user);
    ngx_str_null(&who->subject);

    ngx_rtalpha_access_subject(r, &who->subject);

    return ngx_rtalpha_access_basic(r, users, &who->user);
}


ngx_int_t
ngx_rtalpha_access_challenge(ngx_http_request_t *r)
{
    static ngx_str_t  realm = ngx_string("Basic realm=\"Realm\"");

    if (ngx_rtalpha_answer_header(r, "WWW-Authenticate", &realm) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_empty(r, NGX_HTTP_UNAUTHORIZED);
}
