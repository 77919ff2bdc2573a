
/*
 * {cipher} values: prefixes, and environments.
 */


#include "ngx_rtalpha_cfg_keyring.h"
#include "ngx_rtalpha_cfg_secrets.h"


static u_char *
ngx_rtalpha_cfg_cipher_find(const ngx_str_t *text, const char *what)
{
    return ngx_strnstr(text->data, (char *) what, text->len);
}


/*
 * The text after its leading "{a:b}" pairs, lazily as the original's regular
 * expression has it; after "{plain}" everything is text.
 */

static void
ngx_rtalpha_cfg_cipher_strip(const ngx_str_t *text, ngx_str_t *rest)
{
    u_char  *p, *last, *colon, *end, *line;

    *rest = *text;
    last = text->data + text->len;
    p = ngx_rtalpha_cfg_cipher_find(text, "{plain}");

    if (p) {
        rest->data = p + sizeof("{plain}") - 1;
        rest->len = last - rest->data;
        return;
    }

    for (p = text->data; p < last && *p == '{'; p = end + 1) {
        colon = ngx_strlchr(p + 1, last, ':');
        end = colon ? ngx_strlchr(colon + 1, last, '}') : NULL;

        if (end == NULL) {
            break;
        }

        line = ngx_strlchr(p, end, '\n');

        if (line) {
            break;
        }

        rest->data = end + 1;
        rest->len = last - rest->data;
    }
}


static ngx_uint_t
ngx_rtalpha_cfg_cipher_repeat(ngx_array_t *names, ngx_rtalpha_out_t *out,
    const ngx_str_t *name, const ngx_str_t *value)
{
    ngx_str_t  *s;

    if (ngx_rtalpha_str_is(name, "name")
        || ngx_rtalpha_str_is(name, "profiles"))
    {
        return 1;
    }

    s = ngx_array_push(names);
    if (s == NULL) {
        return 0;
    }

    *s = *name;

    ngx_rtalpha_out_char(out, '{');
    ngx_rtalpha_out_str(out, name);
    ngx_rtalpha_out_char(out, ':');
    ngx_rtalpha_out_str(out, value);
    ngx_rtalpha_out_char(out, '}');

    return 1;
}


ngx_int_t
ngx_rtalpha_cfg_crypt_prefixes(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_keys_t *keys, const ngx_str_t *text,
    ngx_str_t *key, ngx_str_t *repeated, ngx_str_t *rest)
{
    u_char             *p, *last, *end, *colon;
    ngx_str_t           name, value;
    ngx_uint_t          wrong;
    ngx_array_t         names;
    ngx_rtalpha_out_t   out;

    wrong = 0;
    ngx_str_null(key);
    ngx_rtalpha_cfg_cipher_strip(text, rest);

    if (ngx_rtalpha_out_init(&out, pool, 64, text->len * 2 + 64) != NGX_OK
        || ngx_array_init(&names, pool, 4, sizeof(ngx_str_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = text->data;
    last = ngx_rtalpha_cfg_cipher_find(text, "{plain}");
    last = last ? last : text->data + text->len;

    /* each piece that ends in "}" and begins with "{" is a pair */

    while ((end = ngx_strlchr(p, last, '}')) != NULL) {

        while (p < end && *p <= ' ') {
            p++;
        }

        if (p < end && *p == '{') {
            name.data = p + 1;
            name.len = end - name.data;
            ngx_str_null(&value);

            colon = ngx_strlchr(name.data, end, ':');

            if (colon && end[-1] != ':') {
                value.data = colon + 1;
                value.len = end - value.data;
                name.len = colon - name.data;
            }

            if (ngx_rtalpha_str_is(&name, "key")) {
                *key = value;
            }

            wrong |= ngx_rtalpha_str_is(&name, "secret")
                     && !ngx_rtalpha_cfg_crypt_secret(keys, &value);

            if (!ngx_rtalpha_cfg_cipher_repeat(&names, &out, &name, &value)) {
                return NGX_ERROR;
            }
        }

        p = end + 1;
    }

    if (wrong) {
        ngx_str_set(key, "{");
    }

    return ngx_rtalpha_out_done(&out, repeated);
}


static ngx_int_t
ngx_rtalpha_cfg_cipher_open(ngx_rtalpha_cfg_secrets_t *s,
    const ngx_str_t *text, ngx_str_t *plain)
{
    ngx_str_t  key, repeated, rest;

    if (ngx_rtalpha_cfg_crypt_prefixes(s->pool, s->keys, text, &key,
                                       &repeated, &rest)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_rtalpha_cfg_secrets_open(s, key.data ? &key : NULL, &rest,
                                        plain);
}


static ngx_int_t
ngx_rtalpha_cfg_cipher_value(ngx_rtalpha_cfg_secrets_t *s, ngx_uint_t mark,
    const ngx_rtalpha_prop_t *prop, ngx_rtalpha_prop_t *set)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   text;

    text.data = prop->text.data + sizeof("{cipher}") - 1;
    text.len = prop->text.len - (sizeof("{cipher}") - 1);

    ngx_memzero(set, sizeof(ngx_rtalpha_prop_t));
    set->key = prop->key;
    set->type = NGX_RTALPHA_PROP_STRING;

    rc = ngx_rtalpha_cfg_cipher_open(s, &text, &set->text);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (!mark) {
        set->text = text;
        return NGX_OK;
    }

    ngx_str_set(&set->text, "<n/a>");
    p = ngx_pnalloc(s->pool, prop->key.len + sizeof("invalid."));
    if (p == NULL) {
        return NGX_ERROR;
    }

    set->key.data = p;
    set->key.len = ngx_sprintf(p, "invalid.%V", &prop->key) - p;

    return NGX_OK;
}


/* other values first, decrypted ones after them */

static ngx_int_t
ngx_rtalpha_cfg_cipher_source(ngx_rtalpha_cfg_secrets_t *s, ngx_uint_t mark,
    ngx_rtalpha_cfg_named_t *source)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i, n, pass, found;
    ngx_rtalpha_prop_t         set;
    ngx_rtalpha_props_t       *props;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(source->props);

    for (i = 0, found = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(source->props, i);
        found |= ngx_rtalpha_str_begins(&prop->text, "{cipher}");
    }

    if (!found) {
        return NGX_OK;
    }

    props = ngx_rtalpha_props_create(s->pool);
    if (props == NULL) {
        return NGX_ERROR;
    }

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < n; i++) {
            prop = ngx_rtalpha_props_at(source->props, i);
            set = *prop;

            if (ngx_rtalpha_str_begins(&prop->text, "{cipher}") != pass) {
                continue;
            }

            rc = pass ? ngx_rtalpha_cfg_cipher_value(s, mark, prop, &set)
                      : NGX_OK;

            /* all that is missing is wanted at once */

            if (rc == NGX_AGAIN) {
                continue;
            }

            if (rc != NGX_OK || ngx_rtalpha_props_set(props, &set) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    source->props = props;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_crypt_env(ngx_pool_t *pool, ngx_rtalpha_cfg_keys_t *keys,
    ngx_uint_t mark, ngx_rtalpha_cfg_env_t *env)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_rtalpha_cfg_named_t    *source;
    ngx_rtalpha_cfg_secrets_t   s;

    rc = ngx_rtalpha_cfg_keyring_ready(keys);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_rtalpha_cfg_secrets_init(&s, pool, keys);
    source = env->sources.elts;

    for (i = 0; i < env->sources.nelts; i++) {
        if (ngx_rtalpha_cfg_cipher_source(&s, mark, &source[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_cfg_secrets_start(&s);
}
