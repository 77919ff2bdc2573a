
/*
 * One pass: values are copied as they stand, members whose name is on the
 * list are read and not copied.  A name with an escape is compared as
 * written.
 */


#include "ngx_rtalpha_gw_json.h"


typedef struct {
    u_char              *p;
    u_char              *last;
    const ngx_array_t   *names;
    ngx_uint_t           deep;
    ngx_rtalpha_out_t   *out;
} ngx_rtalpha_gw_json_t;


static ngx_int_t ngx_rtalpha_gw_json_value(ngx_rtalpha_gw_json_t *j,
    ngx_uint_t depth, ngx_uint_t copy);
static ngx_int_t ngx_rtalpha_gw_json_object(ngx_rtalpha_gw_json_t *j,
    ngx_uint_t depth, ngx_uint_t copy);
static ngx_int_t ngx_rtalpha_gw_json_array(ngx_rtalpha_gw_json_t *j,
    ngx_uint_t depth, ngx_uint_t copy);
static ngx_int_t ngx_rtalpha_gw_json_string(ngx_rtalpha_gw_json_t *j,
    ngx_str_t *text);
static ngx_int_t ngx_rtalpha_gw_json_next(ngx_rtalpha_gw_json_t *j,
    u_char end);
static void ngx_rtalpha_gw_json_blank(ngx_rtalpha_gw_json_t *j);
static ngx_uint_t ngx_rtalpha_gw_json_listed(ngx_rtalpha_gw_json_t *j,
    const ngx_str_t *name);


ngx_int_t
ngx_rtalpha_gw_json_remove(const ngx_str_t *text, const ngx_array_t *names,
    ngx_uint_t deep, ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_gw_json_t  j;

    j.p = text->data;
    j.last = text->data + text->len;
    j.names = names;
    j.deep = deep;
    j.out = out;

    if (ngx_rtalpha_gw_json_value(&j, 0, 1) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_rtalpha_gw_json_blank(&j);

    if (j.p != j.last) {
        return NGX_DECLINED;
    }

    return out->failed ? NGX_ERROR : NGX_OK;
}


static void
ngx_rtalpha_gw_json_blank(ngx_rtalpha_gw_json_t *j)
{
    while (j->p < j->last
           && (*j->p == ' ' || *j->p == '\t' || *j->p == LF || *j->p == CR))
    {
        j->p++;
    }
}


static ngx_uint_t
ngx_rtalpha_gw_json_listed(ngx_rtalpha_gw_json_t *j, const ngx_str_t *name)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    s = j->names->elts;

    for (i = 0; i < j->names->nelts; i++) {
        if (name->len == s[i].len + 2
            && ngx_memcmp(name->data + 1, s[i].data, s[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_gw_json_value(ngx_rtalpha_gw_json_t *j, ngx_uint_t depth,
    ngx_uint_t copy)
{
    u_char     *start;
    ngx_str_t   text;

    ngx_rtalpha_gw_json_blank(j);

    if (j->p == j->last || depth > NGX_RTALPHA_GW_JSON_DEPTH) {
        return NGX_DECLINED;
    }

    if (*j->p == '{') {
        return ngx_rtalpha_gw_json_object(j, depth, copy);
    }

    if (*j->p == '[') {
        return ngx_rtalpha_gw_json_array(j, depth, copy);
    }

    if (*j->p == '"') {

        if (ngx_rtalpha_gw_json_string(j, &text) != NGX_OK) {
            return NGX_DECLINED;
        }

    } else {

        for (start = j->p;
             j->p < j->last && *j->p > ' '
             && ngx_strchr(",]}[{\":", *j->p) == NULL;
             j->p++)
        {
            /* void */
        }

        text.data = start;
        text.len = j->p - start;

        if (text.len == 0) {
            return NGX_DECLINED;
        }
    }

    if (copy) {
        ngx_rtalpha_out_str(j->out, &text);
    }

    return NGX_OK;
}


/* after a member or an element: past the comma, or at the end */

static ngx_int_t
ngx_rtalpha_gw_json_next(ngx_rtalpha_gw_json_t *j, u_char end)
{
    ngx_rtalpha_gw_json_blank(j);

    if (j->p == j->last) {
        return NGX_DECLINED;
    }

    if (*j->p == ',') {
        j->p++;
        return NGX_OK;
    }

    return (*j->p == end) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_gw_json_object(ngx_rtalpha_gw_json_t *j, ngx_uint_t depth,
    ngx_uint_t copy)
{
    ngx_str_t   name;
    ngx_uint_t  n, member;

    j->p++;
    n = 0;

    if (copy) {
        ngx_rtalpha_out_char(j->out, '{');
    }

    for ( ;; ) {
        ngx_rtalpha_gw_json_blank(j);

        if (j->p < j->last && *j->p == '}') {
            break;
        }

        if (ngx_rtalpha_gw_json_string(j, &name) != NGX_OK) {
            return NGX_DECLINED;
        }

        ngx_rtalpha_gw_json_blank(j);

        if (j->p == j->last || *j->p++ != ':') {
            return NGX_DECLINED;
        }

        member = copy && !((depth == 0 || j->deep)
                           && ngx_rtalpha_gw_json_listed(j, &name));

        if (member) {

            if (n++) {
                ngx_rtalpha_out_char(j->out, ',');
            }

            ngx_rtalpha_out_str(j->out, &name);
            ngx_rtalpha_out_char(j->out, ':');
        }

        if (ngx_rtalpha_gw_json_value(j, depth + 1, member) != NGX_OK) {
            return NGX_DECLINED;
        }

        if (ngx_rtalpha_gw_json_next(j, '}') != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    j->p++;

    if (copy) {
        ngx_rtalpha_out_char(j->out, '}');
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_json_array(ngx_rtalpha_gw_json_t *j, ngx_uint_t depth,
    ngx_uint_t copy)
{
    ngx_uint_t  n;

    j->p++;

    if (copy) {
        ngx_rtalpha_out_char(j->out, '[');
    }

    for (n = 0; /* void */ ; n++) {
        ngx_rtalpha_gw_json_blank(j);

        if (j->p < j->last && *j->p == ']') {
            break;
        }

        if (n && copy) {
            ngx_rtalpha_out_char(j->out, ',');
        }

        if (ngx_rtalpha_gw_json_value(j, depth + 1, copy) != NGX_OK) {
            return NGX_DECLINED;
        }

        if (ngx_rtalpha_gw_json_next(j, ']') != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    j->p++;

    if (copy) {
        ngx_rtalpha_out_char(j->out, ']');
    }

    return NGX_OK;
}


/* with its quotes */

static ngx_int_t
ngx_rtalpha_gw_json_string(ngx_rtalpha_gw_json_t *j, ngx_str_t *text)
{
    if (j->p == j->last || *j->p != '"') {
        return NGX_DECLINED;
    }

    text->data = j->p;

    for (j->p++; j->p < j->last; j->p++) {

        if (*j->p == '\\') {
            j->p++;

        } else if (*j->p == '"') {
            j->p++;
            text->len = j->p - text->data;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}
