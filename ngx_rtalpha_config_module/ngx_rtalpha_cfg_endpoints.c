
/*
 * /encrypt, /decrypt, /encrypt/status, /key.
 */


#include "ngx_rtalpha_answer.h"
#include "ngx_rtalpha_cfg_accept.h"
#include "ngx_rtalpha_cfg_crypt.h"
#include "ngx_rtalpha_cfg_endpoints.h"
#include "ngx_rtalpha_cfg_keyring.h"
#include "ngx_rtalpha_cfg_secrets.h"
#include "ngx_rtalpha_cfg_errors.h"
#include "ngx_rtalpha_cfg_module.h"


#define NGX_RTALPHA_CFG_CRYPT_BODY  (1024 * 1024)


ngx_str_t *
ngx_rtalpha_cfg_endpoint_json(ngx_http_request_t *r)
{
    ngx_str_t                 *type;
    ngx_rtalpha_cfg_accept_t   accept;

    type = ngx_palloc(r->pool, sizeof(ngx_str_t));

    if (type == NULL
        || ngx_rtalpha_cfg_accept_parse(r->pool,
               ngx_rtalpha_answer_request_header(r, "accept", 6), &accept)
           != NGX_OK
        || !ngx_rtalpha_cfg_accept_json(&accept, type))
    {
        return NULL;
    }

    return type;
}


static ngx_int_t
ngx_rtalpha_cfg_endpoint_say(ngx_http_request_t *r, ngx_uint_t status,
    const char *description, const char *code)
{
    u_char     *p;
    ngx_str_t   body, *type;

    type = ngx_rtalpha_cfg_endpoint_json(r);

    if (type == NULL) {
        return ngx_rtalpha_cfg_error(r, 500, "not-acceptable", NULL);
    }

    p = ngx_pnalloc(r->pool, 256);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.data = p;
    body.len = ngx_snprintf(p, 256,
                            "{\"description\":\"%s\",\"status\":\"%s\"}",
                            description, code)
               - p;

    return ngx_rtalpha_answer_bytes(r, status, type, &body);
}


static ngx_int_t
ngx_rtalpha_cfg_endpoint_no_key(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    if (conf->java_errors) {
        return ngx_rtalpha_cfg_error(r, 500, "no-key", NULL);
    }

    return ngx_rtalpha_cfg_endpoint_say(r, 404,
               "No key was installed for encryption service", "NO_KEY");
}


/* text as Accept wants it called */

static ngx_int_t
ngx_rtalpha_cfg_endpoint_text(ngx_http_request_t *r, const ngx_str_t *text)
{
    ngx_str_t                 *type;
    ngx_rtalpha_cfg_accept_t   accept;

    type = ngx_palloc(r->pool, sizeof(ngx_str_t));

    if (type == NULL
        || ngx_rtalpha_cfg_accept_parse(r->pool,
               ngx_rtalpha_answer_request_header(r, "accept", 6), &accept)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_rtalpha_cfg_accept_plain(&accept, type)
        == NGX_RTALPHA_CFG_ACCEPT_NONE)
    {
        return ngx_rtalpha_cfg_error(r, 406, "not-acceptable", NULL);
    }

    return ngx_rtalpha_answer_bytes(r, 200, type, text);
}


ngx_int_t
ngx_rtalpha_cfg_endpoint_status(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_str_t  body, *type;

    if (conf->keys == NULL) {
        return ngx_rtalpha_cfg_endpoint_no_key(r, conf);
    }

    type = ngx_rtalpha_cfg_endpoint_json(r);

    if (type == NULL) {
        return ngx_rtalpha_cfg_error(r, 406, "not-acceptable", NULL);
    }

    ngx_str_set(&body, "{\"status\":\"OK\"}");

    return ngx_rtalpha_answer_bytes(r, 200, type, &body);
}


ngx_int_t
ngx_rtalpha_cfg_endpoint_key(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_str_t  line;

    if (ngx_rtalpha_cfg_keyring_ready(conf->keys) != NGX_OK) {
        return ngx_rtalpha_cfg_error(r, 503, "not-ready", NULL);
    }

    switch (ngx_rtalpha_cfg_crypt_public(r->pool, conf->keys, &line)) {

    case NGX_OK:
        return ngx_rtalpha_cfg_endpoint_text(r, &line);

    case NGX_DECLINED:
        return ngx_rtalpha_cfg_endpoint_say(r, 404, "No public key available",
                                            "NOT_FOUND");
    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static void
ngx_rtalpha_cfg_endpoint_encode(ngx_rtalpha_out_t *out, const ngx_str_t *s)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < s->len; i++) {
        c = s->data[i];

        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
            || c == '.' || c == '-' || c == '*' || c == '_')
        {
            ngx_rtalpha_out_char(out, c);

        } else if (c == ' ') {
            ngx_rtalpha_out_char(out, '+');

        } else {
            ngx_rtalpha_out_printf(out, "%%%02Xd", (ngx_uint_t) c);
        }
    }
}


/*
 * A form as the servlet stack writes it again: names and values decoded and
 * encoded, "=" after each name.  This is how "curl -d secret" arrives as
 * "secret=".
 */

static ngx_int_t
ngx_rtalpha_cfg_endpoint_form(ngx_pool_t *pool, ngx_str_t *body)
{
    u_char             *p, *last, *end, *eq;
    ngx_str_t           raw, name, value;
    ngx_rtalpha_out_t   out;

    if (ngx_rtalpha_out_init(&out, pool, body->len + 16, body->len * 3 + 64)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = body->data;
    last = p + body->len;

    for ( /* void */ ; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '&');
        end = end ? end : last;
        eq = ngx_strlchr(p, end, '=');

        raw.data = p;
        raw.len = (eq ? eq : end) - p;

        if (raw.len == 0
            || ngx_rtalpha_cfg_path_decode(pool, &raw, 1, &name) != NGX_OK)
        {
            continue;
        }

        raw.data = eq ? eq + 1 : end;
        raw.len = end - raw.data;

        if (ngx_rtalpha_cfg_path_decode(pool, &raw, 1, &value) != NGX_OK) {
            continue;
        }

        if (out.pos > out.start) {
            ngx_rtalpha_out_char(&out, '&');
        }

        ngx_rtalpha_cfg_endpoint_encode(&out, &name);
        ngx_rtalpha_out_char(&out, '=');
        ngx_rtalpha_cfg_endpoint_encode(&out, &value);
    }

    return ngx_rtalpha_out_done(&out, body);
}


static ngx_uint_t
ngx_rtalpha_cfg_endpoint_type_is(const ngx_str_t *type, const char *name,
    ngx_uint_t exact)
{
    size_t  len;

    len = ngx_strlen(name);

    return type->len >= len
           && ngx_strncasecmp(type->data, (u_char *) name, len) == 0
           && (type->len == len
               || (!exact && (type->data[len] == ';'
                              || type->data[len] == ' ')));
}


/* hexadecimal or base64, as cipher text is */

static ngx_uint_t
ngx_rtalpha_cfg_endpoint_coded(const ngx_str_t *s)
{
    size_t      i;
    ngx_uint_t  hex, base64;
    u_char      c;

    hex = (s->len % 2 == 0);
    base64 = (s->len % 4 == 0);

    for (i = 0; i < s->len; i++) {
        c = s->data[i];
        hex &= (c >= '0' && c <= '9')
               || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
        base64 &= (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '='
                  || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    }

    return hex || base64;
}


static ngx_uint_t
ngx_rtalpha_cfg_endpoint_hex(const ngx_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (ngx_hextoi(s->data + i, 1) == NGX_ERROR) {
            return 0;
        }
    }

    return s->len != 0;
}


/* takes back what a form did to the text */

static ngx_int_t
ngx_rtalpha_cfg_endpoint_rescue(ngx_pool_t *pool, ngx_str_t *text,
    const ngx_str_t *type, ngx_uint_t cipher)
{
    size_t     i;
    ngx_str_t  decoded;

    if (text->len == 0 || text->data[text->len - 1] != '='
        || ngx_rtalpha_cfg_endpoint_type_is(type, "text/plain", 1))
    {
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_path_decode(pool, text, 1, &decoded) != NGX_OK) {
        return NGX_OK;
    }

    *text = decoded;

    for (i = 0; cipher && i < text->len; i++) {
        if (text->data[i] == ' ') {
            text->data[i] = '+';
        }
    }

    if (!cipher) {
        text->len--;
        return NGX_OK;
    }

    if (text->len % 2 && text->data[text->len - 1] == '=') {
        decoded = *text;
        decoded.len--;

        if (ngx_rtalpha_cfg_endpoint_coded(&decoded)) {
            *text = decoded;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_endpoint_encrypt(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_str_t *body,
    const ngx_str_t *type)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   key, repeated, rest, cipher, text;

    if (ngx_rtalpha_cfg_endpoint_rescue(r->pool, body, type, 0) != NGX_OK
        || ngx_rtalpha_cfg_crypt_prefixes(r->pool, conf->keys, body, &key,
                                          &repeated, &rest)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_cfg_crypt_close(r->pool, conf->keys,
                                     key.data ? &key : NULL, &rest, &cipher);
    if (rc != NGX_OK) {
        return ngx_rtalpha_cfg_error(r, 500, "no-such-key", NULL);
    }

    p = ngx_pnalloc(r->pool, repeated.len + cipher.len);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text.data = p;
    p = ngx_cpymem(p, repeated.data, repeated.len);
    p = ngx_cpymem(p, cipher.data, cipher.len);
    text.len = p - text.data;

    return ngx_rtalpha_cfg_endpoint_text(r, &text);
}


typedef struct {
    ngx_str_t    key;                   /* data NULL: the default one */
    ngx_str_t    text;
} ngx_rtalpha_cfg_cipher_text_t;


/* also the wake callback of a request that waits for the thread */

static ngx_int_t
ngx_rtalpha_cfg_endpoint_opened(ngx_http_request_t *r, void *data,
    ngx_uint_t last)
{
    ngx_int_t                       rc;
    ngx_str_t                       plain, *text;
    ngx_rtalpha_cfg_conf_t         *conf;
    ngx_rtalpha_cfg_secrets_t       s;
    ngx_rtalpha_cfg_cipher_text_t  *c;

    c = data;
    text = &c->text;
    conf = ngx_rtalpha_cfg_server_conf(ngx_rtalpha_cfg_server_of(r));

    if (ngx_rtalpha_cfg_keyring_ready(conf->keys) != NGX_OK) {
        return last ? ngx_rtalpha_cfg_error(r, 503, "not-ready", NULL)
                    : NGX_AGAIN;
    }

    ngx_rtalpha_cfg_secrets_init(&s, r->pool, conf->keys);

    rc = ngx_rtalpha_cfg_secrets_open(&s, c->key.data ? &c->key : NULL, text,
                                      &plain);
    if (rc == NGX_AGAIN) {
        rc = ngx_rtalpha_cfg_secrets_start(&s);

        if (rc == NGX_AGAIN) {
            return last ? ngx_rtalpha_cfg_error(r, 503, "not-ready", NULL)
                        : NGX_AGAIN;
        }
    }

    switch (rc) {
    case NGX_OK:
        return ngx_rtalpha_cfg_endpoint_text(r, &plain);

    case NGX_DECLINED:

        if (conf->java_errors && ngx_rtalpha_cfg_crypt_symmetric(conf->keys)
            && text->len < 32 && text->len % 2 == 0
            && ngx_rtalpha_cfg_endpoint_hex(text))
        {
            /* shorter than the start vector, which it does not expect */

            return ngx_rtalpha_cfg_error(r, 500, "invalid-cipher", NULL);
        }

        return ngx_rtalpha_cfg_endpoint_say(r, 400,
                   "Text not encrypted with this key", "INVALID");
    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static ngx_int_t
ngx_rtalpha_cfg_endpoint_decrypt(ngx_http_request_t *r,
    const ngx_rtalpha_cfg_conf_t *conf, ngx_str_t *body,
    const ngx_str_t *type)
{
    ngx_int_t                       rc;
    ngx_str_t                       repeated;
    ngx_rtalpha_cfg_cipher_text_t  *c;

    c = ngx_pcalloc(r->pool, sizeof(ngx_rtalpha_cfg_cipher_text_t));

    if (c == NULL
        || ngx_rtalpha_cfg_crypt_prefixes(r->pool, conf->keys, body, &c->key,
                                          &repeated, &c->text)
           != NGX_OK
        || ngx_rtalpha_cfg_endpoint_rescue(r->pool, &c->text, type, 1)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_rtalpha_cfg_endpoint_opened(r, c, 0);

    return rc == NGX_AGAIN
           ? ngx_rtalpha_answer_park(r, conf->wait,
                                     ngx_rtalpha_cfg_endpoint_opened, c)
           : rc;
}


/* 0, or the status for a type of content that cannot be read */

static ngx_uint_t
ngx_rtalpha_cfg_endpoint_untyped(ngx_http_request_t *r, const ngx_str_t *type,
    const ngx_rtalpha_cfg_conf_t *conf)
{
    ngx_rtalpha_cfg_accept_t  accept;

    if (type->len == 0) {
        return 0;
    }

    if (ngx_rtalpha_cfg_accept_parse(r->pool, type, &accept) != NGX_OK) {
        return 500;
    }

    if (accept.bad || accept.types.nelts != 1) {
        return 415;
    }

    /* parts of a form are of no use; the original fails on them */

    if (conf->java_errors
        && ngx_rtalpha_cfg_endpoint_type_is(type, "multipart/form-data", 0))
    {
        return 500;
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_cfg_endpoint_body(ngx_http_request_t *r, ngx_str_t *body,
    void *data)
{
    ngx_str_t                type;
    ngx_uint_t               status;
    ngx_rtalpha_cfg_conf_t  *conf;

    conf = ngx_rtalpha_cfg_server_conf(ngx_rtalpha_cfg_server_of(r));

    if (conf == NULL) {
        return ngx_rtalpha_cfg_error(r, 503, "no-settings", NULL);
    }

    ngx_str_null(&type);

    if (r->headers_in.content_type) {
        type = r->headers_in.content_type->value;

        if (ngx_rtalpha_cfg_endpoint_type_is(&type,
                "application/x-www-form-urlencoded", 0)
            && ngx_rtalpha_cfg_endpoint_form(r->pool, body) != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    status = ngx_rtalpha_cfg_endpoint_untyped(r, &type, conf);

    if (status) {
        return ngx_rtalpha_cfg_error(r, status, "content-type", NULL);
    }

    if (type.len == 0 || body->len == 0) {
        return ngx_rtalpha_cfg_error(r, 400, "no-text", NULL);
    }

    if (conf->keys == NULL) {
        return ngx_rtalpha_cfg_endpoint_no_key(r, conf);
    }

    if (ngx_rtalpha_cfg_keyring_ready(conf->keys) != NGX_OK) {
        return ngx_rtalpha_cfg_error(r, 503, "not-ready", NULL);
    }

    return data ? ngx_rtalpha_cfg_endpoint_encrypt(r, conf, body, &type)
                : ngx_rtalpha_cfg_endpoint_decrypt(r, conf, body, &type);
}


ngx_int_t
ngx_rtalpha_cfg_endpoint_crypt(ngx_http_request_t *r, ngx_uint_t encrypt)
{
    return ngx_rtalpha_answer_body(r, NGX_RTALPHA_CFG_CRYPT_BODY,
                                   ngx_rtalpha_cfg_endpoint_body,
                                   encrypt ? r : NULL);
}
