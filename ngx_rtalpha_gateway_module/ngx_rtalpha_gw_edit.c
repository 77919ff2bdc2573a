
/*
 * Operations are applied one after the other, as the filters they come from
 * stand in the tree.  A filter changes what it names and nothing else:
 * parameters and path segments beside it keep their bytes.
 */


#include "ngx_rtalpha_gw_edit.h"


typedef ngx_int_t (*ngx_rtalpha_gw_op_pt)(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);


static ngx_int_t ngx_rtalpha_gw_op_add(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_absent(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_set(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_remove(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_map(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_add_param(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_remove_param(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_rewrite_param(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_prefix(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_strip(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_set_path(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_rewrite(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_uri(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_header_uri(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_keep_host(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_set_host(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_size(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_header_size(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_redirect(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op);
static ngx_int_t ngx_rtalpha_gw_op_value(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op, ngx_str_t *value);
static ngx_uint_t ngx_rtalpha_gw_op_named(const ngx_table_elt_t *h,
    const ngx_str_t *name);
static ngx_int_t ngx_rtalpha_gw_op_drop_param(ngx_rtalpha_gw_message_t *m,
    const ngx_str_t *name, ngx_uint_t *found);
static ngx_int_t ngx_rtalpha_gw_op_put_param(ngx_rtalpha_gw_message_t *m,
    const ngx_str_t *name, const ngx_str_t *value);
static void ngx_rtalpha_gw_op_encode(ngx_rtalpha_out_t *out,
    const ngx_str_t *text, const char *safe);
static u_char *ngx_rtalpha_gw_op_bytes(u_char *p, off_t n);
static u_char *ngx_rtalpha_gw_edit_version(u_char *p, u_char *last);


/* in the order of ngx_rtalpha_gw_op_e */

static const ngx_rtalpha_gw_op_pt  ngx_rtalpha_gw_ops[] = {
    ngx_rtalpha_gw_op_add,
    ngx_rtalpha_gw_op_absent,
    ngx_rtalpha_gw_op_set,
    ngx_rtalpha_gw_op_remove,
    ngx_rtalpha_gw_op_map,
    ngx_rtalpha_gw_op_add_param,
    ngx_rtalpha_gw_op_remove_param,
    ngx_rtalpha_gw_op_rewrite_param,
    ngx_rtalpha_gw_op_prefix,
    ngx_rtalpha_gw_op_strip,
    ngx_rtalpha_gw_op_set_path,
    ngx_rtalpha_gw_op_rewrite,
    ngx_rtalpha_gw_op_uri,
    ngx_rtalpha_gw_op_header_uri,
    ngx_rtalpha_gw_op_keep_host,
    ngx_rtalpha_gw_op_set_host,
    ngx_rtalpha_gw_op_size,
    ngx_rtalpha_gw_op_header_size,
    ngx_rtalpha_gw_op_redirect
};


ngx_int_t
ngx_rtalpha_gw_edit_request(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op, ngx_uint_t n)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        rc = ngx_rtalpha_gw_ops[op[i].type](m, &op[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_gw_edit_expand(ngx_pool_t *pool,
    const ngx_rtalpha_gw_vars_t *vars, const ngx_str_t *text,
    ngx_uint_t encode, ngx_str_t *result)
{
    u_char             *p, *last, *close;
    ngx_str_t           name;
    const ngx_str_t    *value;
    ngx_rtalpha_out_t   out;

    if (ngx_rtalpha_out_init(&out, pool, text->len + 64, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    p = text->data;
    last = p + text->len;

    while (p < last) {

        if (*p != '{') {
            ngx_rtalpha_out_char(&out, *p++);
            continue;
        }

        close = ngx_strlchr(p, last, '}');
        if (close == NULL) {
            return NGX_DECLINED;
        }

        name.data = p + 1;
        name.len = close - name.data;
        value = ngx_rtalpha_gw_vars_get(vars, &name);

        if (value == NULL) {
            return NGX_DECLINED;
        }

        if (encode) {
            ngx_rtalpha_gw_op_encode(&out, value, "/:@!$&'()*+,;=");

        } else {

            /* a value of the client's must not begin another field */

            if (ngx_strlchr(value->data, value->data + value->len, LF)
                || ngx_strlchr(value->data, value->data + value->len, CR))
            {
                return NGX_DECLINED;
            }

            ngx_rtalpha_out_str(&out, value);
        }

        p = close + 1;
    }

    return ngx_rtalpha_out_done(&out, result) == NGX_OK ? NGX_OK
                                                        : NGX_DECLINED;
}


/* RFC 3986: unreserved bytes and those in safe stay, others are encoded */

static void
ngx_rtalpha_gw_op_encode(ngx_rtalpha_out_t *out, const ngx_str_t *text,
    const char *safe)
{
    size_t  i;
    u_char  ch;

    static u_char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9')
            || (ch && ngx_strchr("-._~", ch) != NULL)
            || (ch && ngx_strchr(safe, ch) != NULL))
        {
            ngx_rtalpha_out_char(out, ch);
            continue;
        }

        ngx_rtalpha_out_char(out, '%');
        ngx_rtalpha_out_char(out, hex[ch >> 4]);
        ngx_rtalpha_out_char(out, hex[ch & 15]);
    }
}


static ngx_int_t
ngx_rtalpha_gw_op_value(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op, ngx_str_t *value)
{
    if (op->vars) {
        return ngx_rtalpha_gw_edit_expand(m->pool, m->vars, &op->value, 0,
                                          value);
    }

    *value = op->value;

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_gw_op_named(const ngx_table_elt_t *h, const ngx_str_t *name)
{
    return h->key.len == name->len
           && ngx_strncasecmp(h->key.data, name->data, name->len) == 0;
}


static ngx_int_t
ngx_rtalpha_gw_op_add(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_int_t  rc;
    ngx_str_t  value;

    rc = ngx_rtalpha_gw_op_value(m, op, &value);

    return rc == NGX_OK ? ngx_rtalpha_gw_headers_add(m->headers, &op->name,
                                                     &value)
                        : rc;
}


/*
 * Names that are given several times are all added, or none: whether one is
 * missing is asked at the first of them (n is 0), and remembered for the
 * others, which follow.
 */

static ngx_int_t
ngx_rtalpha_gw_op_absent(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (m->absent == NULL) {
        m->absent = ngx_array_create(m->pool, 4, sizeof(ngx_str_t));
        if (m->absent == NULL) {
            return NGX_ERROR;
        }
    }

    if (op->n == 0) {

        for (i = 0; i < m->headers->n; i++) {
            if (ngx_rtalpha_gw_op_named(&m->headers->elts[i], &op->name)
                && m->headers->elts[i].value.len)
            {
                return NGX_OK;
            }
        }

        name = ngx_array_push(m->absent);
        if (name == NULL) {
            return NGX_ERROR;
        }

        *name = op->name;

        return ngx_rtalpha_gw_op_add(m, op);
    }

    name = m->absent->elts;

    for (i = 0; i < m->absent->nelts; i++) {
        if (name[i].len == op->name.len
            && ngx_strncasecmp(name[i].data, op->name.data, name[i].len) == 0)
        {
            return ngx_rtalpha_gw_op_add(m, op);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_set(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    (void) ngx_rtalpha_gw_op_remove(m, op);

    return ngx_rtalpha_gw_op_add(m, op);
}


static ngx_int_t
ngx_rtalpha_gw_op_remove(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_uint_t                 i, n;
    ngx_rtalpha_gw_headers_t  *headers;

    n = 0;
    headers = m->headers;

    for (i = 0; i < headers->n; i++) {
        if (!ngx_rtalpha_gw_op_named(&headers->elts[i], &op->name)) {
            headers->elts[n++] = headers->elts[i];
        }
    }

    headers->n = n;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_map(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_str_t   value;
    ngx_uint_t  i, n;

    n = m->headers->n;

    for (i = 0; i < n; i++) {

        if (!ngx_rtalpha_gw_op_named(&m->headers->elts[i], &op->name)) {
            continue;
        }

        value = m->headers->elts[i].value;

        if (ngx_rtalpha_gw_headers_add(m->headers, &op->value, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_add_param(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_int_t  rc;
    ngx_str_t  value;

    rc = ngx_rtalpha_gw_op_value(m, op, &value);

    return rc == NGX_OK ? ngx_rtalpha_gw_op_put_param(m, &op->name, &value)
                        : rc;
}


static ngx_int_t
ngx_rtalpha_gw_op_put_param(ngx_rtalpha_gw_message_t *m,
    const ngx_str_t *name, const ngx_str_t *value)
{
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, m->pool, m->query.len + 64, 131072)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (m->query.len) {
        ngx_rtalpha_out_str(&out, &m->query);
        ngx_rtalpha_out_char(&out, '&');
    }

    ngx_rtalpha_gw_op_encode(&out, name, "/:@!$'()*,;?");
    ngx_rtalpha_out_char(&out, '=');
    ngx_rtalpha_gw_op_encode(&out, value, "/:@!$'()*,;?=");

    return ngx_rtalpha_out_done(&out, &m->query) == NGX_OK ? NGX_OK
                                                           : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_gw_op_remove_param(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_uint_t  found;

    return ngx_rtalpha_gw_op_drop_param(m, &op->name, &found);
}


static ngx_int_t
ngx_rtalpha_gw_op_drop_param(ngx_rtalpha_gw_message_t *m,
    const ngx_str_t *name, ngx_uint_t *found)
{
    u_char     *p, *d, *start, *last, *equals, *plain, *end;
    size_t      len;

    *found = 0;

    if (m->query.len == 0) {
        return NGX_OK;
    }

    start = ngx_pnalloc(m->pool, m->query.len);
    plain = ngx_pnalloc(m->pool, m->query.len);

    if (start == NULL || plain == NULL) {
        return NGX_ERROR;
    }

    d = start;
    last = m->query.data + m->query.len;

    for (p = m->query.data; p < last; p = end + 1) {

        for (end = p; end < last && *end != '&'; end++) { /* void */ }

        equals = ngx_strlchr(p, end, '=');
        len = ngx_rtalpha_gw_path_decode(plain, p,
                                         (equals ? equals : end) - p, 1);

        if (len == name->len && ngx_memcmp(plain, name->data, len) == 0) {
            *found = 1;
            continue;
        }

        if (d != start) {
            *d++ = '&';
        }

        d = ngx_cpymem(d, p, end - p);
    }

    if (*found) {
        m->query.data = (d == start) ? NULL : start;
        m->query.len = d - start;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_rewrite_param(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_int_t   rc;
    ngx_str_t   value;
    ngx_uint_t  found;

    rc = ngx_rtalpha_gw_op_value(m, op, &value);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_rtalpha_gw_op_drop_param(m, &op->name, &found);

    return (rc == NGX_OK && found)
           ? ngx_rtalpha_gw_op_put_param(m, &op->name, &value) : rc;
}


/* once a request, as in Spring */

static ngx_int_t
ngx_rtalpha_gw_op_prefix(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   prefix, path;

    if (m->prefixed) {
        return NGX_OK;
    }

    m->prefixed = 1;

    rc = ngx_rtalpha_gw_edit_expand(m->pool, m->vars, &op->value, 1,
                                    &prefix);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_rtalpha_gw_path_merge(&prefix);

    while (prefix.len && prefix.data[prefix.len - 1] == '/') {
        prefix.len--;
    }

    path.len = prefix.len + m->path.len;
    path.data = ngx_pnalloc(m->pool, path.len);
    if (path.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_rtalpha_put(path.data, &prefix);
    (void) ngx_rtalpha_put(p, &m->path);
    m->path = path;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_strip(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    off_t    n;
    u_char  *p, *last;

    p = m->path.data;
    last = p + m->path.len;

    for (n = op->n; n > 0; n--) {

        while (p < last && *p == '/') {
            p++;
        }

        while (p < last && *p != '/') {
            p++;
        }
    }

    if (p == last) {
        ngx_str_set(&m->path, "/");
        return NGX_OK;
    }

    m->path.data = p;
    m->path.len = last - p;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_set_path(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    u_char     *query;
    ngx_int_t   rc;
    ngx_str_t   path;

    rc = ngx_rtalpha_gw_edit_expand(m->pool, m->vars, &op->value, 1, &path);

    if (rc == NGX_OK) {
        ngx_rtalpha_gw_path_merge(&path);
        query = ngx_strlchr(path.data, path.data + path.len, '?');
        path.len = query ? (size_t) (query - path.data) : path.len;
        m->path = path;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_gw_op_rewrite(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    u_char             *p, *last;
    ngx_int_t           rc;
    ngx_str_t           path;
    ngx_rtalpha_out_t   out;

    if (ngx_rtalpha_out_init(&out, m->pool, m->path.len + 64, 65536)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_gw_regex_replace(op->regex, &m->path, &op->value, &out);

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    if (rc != NGX_OK || ngx_rtalpha_out_done(&out, &path) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_gw_path_merge(&path);

    /* nothing that would end the request line */

    p = path.data;
    last = p + path.len;

    for ( /* void */ ; p < last; p++) {
        if (*p <= ' ' || *p == 0x7f) {
            return NGX_DECLINED;
        }
    }

    if (path.len == 0 || path.data[0] != '/') {
        p = ngx_pnalloc(m->pool, path.len + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        *p = '/';
        (void) ngx_rtalpha_put(p + 1, &path);
        path.data = p;
        path.len++;
    }

    m->path = path;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_uri(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    return ngx_rtalpha_gw_edit_expand(m->pool, m->vars, &op->value, 1,
                                      &m->uri);
}


/* only what is a URL of HTTP is taken */

static ngx_int_t
ngx_rtalpha_gw_op_header_uri(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    size_t      k;
    ngx_str_t   value;
    ngx_uint_t  i;

    for (i = 0; i < m->headers->n; i++) {

        if (!ngx_rtalpha_gw_op_named(&m->headers->elts[i], &op->name)) {
            continue;
        }

        value = m->headers->elts[i].value;

        if (!ngx_rtalpha_str_begins(&value, "http://")
            && !ngx_rtalpha_str_begins(&value, "https://"))
        {
            return NGX_OK;
        }

        for (k = 0; k < value.len; k++) {
            if (value.data[k] <= ' ' || value.data[k] >= 0x7f) {
                return NGX_OK;
            }
        }

        m->uri = value;
        return NGX_OK;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_keep_host(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    m->keep_host = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_set_host(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    m->host = op->value;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_op_size(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    u_char  *p;

    if (m->length <= op->n) {
        return NGX_OK;
    }

    p = ngx_pnalloc(m->pool, 160);
    if (p == NULL) {
        return NGX_ERROR;
    }

    m->status = 413;
    m->field = op->name;
    m->text.data = p;

    p = ngx_cpymem(p, "Request size is larger than permissible limit. "
                      "Request size is ",
                   sizeof("Request size is larger than permissible limit. "
                          "Request size is ") - 1);
    p = ngx_rtalpha_gw_op_bytes(p, m->length);
    p = ngx_cpymem(p, " where permissible limit is ",
                   sizeof(" where permissible limit is ") - 1);
    p = ngx_rtalpha_gw_op_bytes(p, op->n);

    m->text.len = p - m->text.data;

    return NGX_DONE;
}


/* "999 B", "1.0 kB", "5.0 MB" */

static u_char *
ngx_rtalpha_gw_op_bytes(u_char *p, off_t n)
{
    ngx_uint_t  i, tenths;

    if (n < 1000) {
        return ngx_sprintf(p, "%O B", n);
    }

    for (i = 0; n >= 1000000 && i < 5; i++) {
        n /= 1000;
    }

    tenths = (n + 50) / 100;

    return ngx_sprintf(p, "%ui.%ui %cB", tenths / 10, tenths % 10,
                       "kMGTPE"[i]);
}


/* each field by itself: the length of its name and value */

static ngx_int_t
ngx_rtalpha_gw_op_header_size(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_uint_t          i;
    ngx_table_elt_t    *h;
    ngx_rtalpha_out_t   out;

    h = m->headers->elts;

    for (i = 0; i < m->headers->n; i++) {
        if ((off_t) (h[i].key.len + h[i].value.len) > op->n) {
            break;
        }
    }

    if (i == m->headers->n) {
        return NGX_OK;
    }

    if (ngx_rtalpha_out_init(&out, m->pool, 256, 4096) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_lit(&out, "Request Header/s size is larger than "
                              "permissible limit (");
    ngx_rtalpha_out_int(&out, op->n);
    ngx_rtalpha_out_lit(&out, "B). Request Header/s size for '");
    ngx_rtalpha_out_str(&out, &h[i].key);
    ngx_rtalpha_out_lit(&out, "' is ");
    ngx_rtalpha_out_int(&out, h[i].key.len + h[i].value.len);
    ngx_rtalpha_out_lit(&out, "B.");

    m->status = 431;
    m->field = op->name;

    return ngx_rtalpha_out_done(&out, &m->text) == NGX_OK ? NGX_DONE
                                                          : NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_gw_op_redirect(ngx_rtalpha_gw_message_t *m,
    const ngx_rtalpha_gw_op_t *op)
{
    ngx_rtalpha_out_t  out;

    if (ngx_rtalpha_out_init(&out, m->pool, 128, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_str(&out, &op->value);

    if (op->flag && m->query.len) {
        ngx_rtalpha_out_char(&out,
                             ngx_strlchr(op->value.data,
                                         op->value.data + op->value.len, '?')
                             ? '&' : '?');
        ngx_rtalpha_out_str(&out, &m->query);
    }

    m->status = op->n;
    ngx_str_set(&m->field, "Location");

    return ngx_rtalpha_out_done(&out, &m->text) == NGX_OK ? NGX_DONE
                                                          : NGX_ERROR;
}


/* behind "/v" and digits, if a slash follows; NULL: no version */

static u_char *
ngx_rtalpha_gw_edit_version(u_char *p, u_char *last)
{
    u_char  *start;

    if (last - p < 4 || p[0] != '/' || p[1] != 'v') {
        return NULL;
    }

    for (start = p += 2; p < last && *p >= '0' && *p <= '9'; p++) {
        /* void */
    }

    return (p != start && p < last && *p == '/') ? p : NULL;
}


/*
 * "scheme://host[:port]/[vN/]rest": host and port are replaced, the version
 * goes as the operation says.  Relative references stay, and so does one
 * without a path.  NGX_DECLINED: nothing to change.
 */

ngx_int_t
ngx_rtalpha_gw_edit_location(ngx_pool_t *pool, const ngx_rtalpha_gw_op_t *op,
    const ngx_str_t *value, const ngx_str_t *host, const ngx_str_t *path,
    ngx_str_t *result)
{
    u_char             *p, *last, *slash, *v;
    ngx_uint_t          strip;
    ngx_rtalpha_out_t   out;

    p = value->data;
    last = p + value->len;

    slash = ngx_strlchr(p, last, ':');

    if (slash == NULL || last - slash < 4
        || ngx_memcmp(slash, "://", 3) != 0
        || !ngx_rtalpha_gw_regex_full(op->regex, p, slash - p, NULL, 0))
    {
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_out_init(&out, pool, value->len + 64, 65536) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_bytes(&out, p, slash + 3 - p);
    ngx_rtalpha_out_str(&out, op->value.len ? &op->value : host);

    p = ngx_strlchr(slash + 3, last, '/');
    if (p == NULL) {
        return NGX_DECLINED;
    }

    v = ngx_rtalpha_gw_edit_version(p, last);
    strip = (op->n == NGX_RTALPHA_GW_STRIP_ALWAYS
             || (op->n == NGX_RTALPHA_GW_STRIP_AS_IN_REQUEST
                 && ngx_rtalpha_gw_edit_version(path->data,
                                            path->data + path->len) == NULL));

    if (v && strip) {
        p = v;
    }

    ngx_rtalpha_out_bytes(&out, p, last - p);

    return ngx_rtalpha_out_done(&out, result);
}
