
/*
 * Profile expressions, evaluated while they are parsed.  What Spring accepts
 * is kept to the letter, odd forms such as a surplus ")" included.
 */


#include "ngx_rtalpha_cfg_profile.h"


#define NGX_RTALPHA_CFG_PROFILE_DEPTH  64


typedef enum {
    NGX_RTALPHA_CFG_PROFILE_TOP = 0,
    NGX_RTALPHA_CFG_PROFILE_PAREN,
    NGX_RTALPHA_CFG_PROFILE_NOT
} ngx_rtalpha_cfg_profile_context_e;


typedef struct {
    u_char             *pos;
    u_char             *last;
    const ngx_array_t  *active;
    ngx_uint_t          depth;
} ngx_rtalpha_cfg_profile_parser_t;


/* the operands met so far on one level */
typedef struct {
    ngx_uint_t          n;
    ngx_uint_t          all;
    ngx_uint_t          any;
    u_char              op;
} ngx_rtalpha_cfg_profile_level_t;


static ngx_int_t ngx_rtalpha_cfg_profile_parse(
    ngx_rtalpha_cfg_profile_parser_t *p, ngx_uint_t context);


ngx_int_t
ngx_rtalpha_cfg_profile_match(const ngx_str_t *expression,
    const ngx_array_t *active)
{
    ngx_rtalpha_cfg_profile_parser_t  p;

    p.pos = expression->data;
    p.last = expression->data + expression->len;
    p.active = active;
    p.depth = 0;

    return ngx_rtalpha_cfg_profile_parse(&p, NGX_RTALPHA_CFG_PROFILE_TOP);
}


static ngx_uint_t
ngx_rtalpha_cfg_profile_special(u_char c)
{
    return c == '(' || c == ')' || c == '&' || c == '|' || c == '!';
}


/* the next token without blanks around it; NGX_DONE: there is none */

static ngx_int_t
ngx_rtalpha_cfg_profile_token(ngx_rtalpha_cfg_profile_parser_t *p,
    ngx_str_t *token)
{
    while (p->pos < p->last && *p->pos <= ' ') {
        p->pos++;
    }

    if (p->pos == p->last) {
        return NGX_DONE;
    }

    token->data = p->pos;

    if (ngx_rtalpha_cfg_profile_special(*p->pos)) {
        p->pos++;
        token->len = 1;
        return NGX_OK;
    }

    while (p->pos < p->last && !ngx_rtalpha_cfg_profile_special(*p->pos)) {
        p->pos++;
    }

    token->len = p->pos - token->data;

    while (token->data[token->len - 1] <= ' ') {
        token->len--;
    }

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_profile_add(ngx_rtalpha_cfg_profile_level_t *level,
    ngx_int_t rc)
{
    level->n++;
    level->all &= (rc == NGX_OK);
    level->any |= (rc == NGX_OK);
}


static ngx_int_t
ngx_rtalpha_cfg_profile_merge(const ngx_rtalpha_cfg_profile_level_t *level)
{
    if (level->n == 0) {
        return NGX_ERROR;
    }

    return (level->op == '&' ? level->all : level->any) ? NGX_OK
                                                        : NGX_DECLINED;
}


static void
ngx_rtalpha_cfg_profile_clear(ngx_rtalpha_cfg_profile_level_t *level)
{
    level->n = 0;
    level->all = 1;
    level->any = 0;
    level->op = 0;
}


/* one operand that is not a name */

static ngx_int_t
ngx_rtalpha_cfg_profile_nested(ngx_rtalpha_cfg_profile_parser_t *p, u_char c)
{
    ngx_int_t  rc;

    if (++p->depth > NGX_RTALPHA_CFG_PROFILE_DEPTH) {
        return NGX_ERROR;
    }

    if (c == '(') {
        rc = ngx_rtalpha_cfg_profile_parse(p, NGX_RTALPHA_CFG_PROFILE_PAREN);

    } else {
        rc = ngx_rtalpha_cfg_profile_parse(p, NGX_RTALPHA_CFG_PROFILE_NOT);

        if (rc != NGX_ERROR) {
            rc = (rc == NGX_OK) ? NGX_DECLINED : NGX_OK;
        }
    }

    p->depth--;

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_profile_parse(ngx_rtalpha_cfg_profile_parser_t *p,
    ngx_uint_t context)
{
    u_char                           c;
    ngx_int_t                        rc;
    ngx_str_t                        token;
    ngx_rtalpha_cfg_profile_level_t  level;

    ngx_rtalpha_cfg_profile_clear(&level);

    while (ngx_rtalpha_cfg_profile_token(p, &token) == NGX_OK) {
        c = token.data[0];

        if (!ngx_rtalpha_cfg_profile_special(c)) {
            rc = ngx_rtalpha_cfg_profile_in(p->active, &token) ? NGX_OK
                                                               : NGX_DECLINED;
        } else if (c == '&' || c == '|') {

            if (level.op && level.op != c) {
                return NGX_ERROR;
            }

            level.op = c;
            continue;

        } else if (c == ')') {
            rc = ngx_rtalpha_cfg_profile_merge(&level);

            if (context == NGX_RTALPHA_CFG_PROFILE_PAREN || rc == NGX_ERROR) {
                return rc;
            }

            ngx_rtalpha_cfg_profile_clear(&level);
            ngx_rtalpha_cfg_profile_add(&level, rc);
            continue;

        } else {
            rc = ngx_rtalpha_cfg_profile_nested(p, c);

            if (rc == NGX_ERROR) {
                return rc;
            }
        }

        if (context == NGX_RTALPHA_CFG_PROFILE_NOT && c != '!') {
            return rc;
        }

        ngx_rtalpha_cfg_profile_add(&level, rc);
    }

    return ngx_rtalpha_cfg_profile_merge(&level);
}


ngx_uint_t
ngx_rtalpha_cfg_profile_in(const ngx_array_t *list, const ngx_str_t *one)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    s = list->elts;

    for (i = 0; i < list->nelts; i++) {
        if (ngx_rtalpha_str_eq(&s[i], one)) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_rtalpha_cfg_profile_push(ngx_array_t *list, const ngx_str_t *one)
{
    ngx_str_t  *s;

    if (ngx_rtalpha_cfg_profile_in(list, one)) {
        return NGX_OK;
    }

    s = ngx_array_push(list);
    if (s == NULL) {
        return NGX_ERROR;
    }

    *s = *one;

    return NGX_OK;
}


ngx_array_t *
ngx_rtalpha_cfg_profile_list(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_uint_t trim, ngx_uint_t empty)
{
    u_char       *p, *last, *end;
    ngx_str_t     one, *s;
    ngx_array_t  *list;

    list = ngx_array_create(pool, 4, sizeof(ngx_str_t));
    if (list == NULL) {
        return NULL;
    }

    p = text->data;
    last = text->data + text->len;

    /* "a," is two elements, of which the second is empty */

    while (p < last || (p == last && text->len && last[-1] == ',')) {
        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        one.data = p;
        one.len = end - p;
        p = end + 1;

        while (trim && one.len && *one.data <= ' ') {
            one.data++;
            one.len--;
        }

        while (trim && one.len && one.data[one.len - 1] <= ' ') {
            one.len--;
        }

        if (one.len == 0 && !empty) {
            continue;
        }

        s = ngx_array_push(list);
        if (s == NULL) {
            return NULL;
        }

        *s = one;
    }

    return list;
}
