
/*
 * Users that the settings name with their passwords.
 */


#include "ngx_rtalpha_access.h"


#define NGX_RTALPHA_ACCESS_USERS  1000


/* "{noop}" is taken off; NGX_DECLINED: "{bcrypt}", "{pbkdf2}" … */

static ngx_int_t
ngx_rtalpha_access_encoding(ngx_str_t *password)
{
    u_char  *p, *last;

    if (ngx_rtalpha_str_begins(password, "{noop}")) {
        password->data += sizeof("{noop}") - 1;
        password->len -= sizeof("{noop}") - 1;
        return NGX_OK;
    }

    if (password->len == 0 || password->data[0] != '{') {
        return NGX_OK;
    }

    last = password->data + password->len;

    for (p = password->data + 1; p < last; p++) {

        if (*p == '}') {
            return p == password->data + 1 ? NGX_OK : NGX_DECLINED;
        }

        if (!((*p >= '0' && *p <= '9') || (*p | 0x20) == '-' || *p == '@'
              || *p == '.' || *p == '_'
              || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')))
        {
            return NGX_OK;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_access_user(ngx_pool_t *pool, ngx_array_t *users,
    const ngx_str_t *name, const ngx_str_t *password)
{
    ngx_int_t                   rc;
    ngx_str_t                   plain;
    ngx_rtalpha_access_user_t  *user;

    plain = *password;
    rc = ngx_rtalpha_access_encoding(&plain);

    if (rc != NGX_OK) {
        return rc;
    }

    user = ngx_array_push(users);
    if (user == NULL) {
        return NGX_ERROR;
    }

    user->password = plain;
    user->name.len = name->len;
    user->name.data = ngx_pnalloc(pool, name->len + 1);
    if (user->name.data == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(user->name.data, name->data, name->len);

    return NGX_OK;
}


static const ngx_rtalpha_prop_t *
ngx_rtalpha_access_user_key(const ngx_rtalpha_props_t *props,
    const ngx_str_t *prefix, ngx_uint_t i, const char *member)
{
    u_char     buf[256];
    ngx_str_t  key;

    key.data = buf;
    key.len = ngx_snprintf(buf, sizeof(buf), "%V[%ui].%s", prefix, i, member)
              - buf;

    return ngx_rtalpha_bind_find(props, &key);
}


ngx_int_t
ngx_rtalpha_access_users(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    const ngx_str_t *prefix, ngx_rtalpha_report_t *report,
    ngx_array_t *users)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *name, *password;

    for (i = 0; i < NGX_RTALPHA_ACCESS_USERS; i++) {
        name = ngx_rtalpha_access_user_key(props, prefix, i, "name");
        password = ngx_rtalpha_access_user_key(props, prefix, i, "password");

        if (name == NULL && password == NULL) {
            return NGX_OK;
        }

        if (name == NULL || password == NULL || name->text.len == 0
            || password->text.len == 0)
        {
            rc = ngx_rtalpha_report_add(report, name ? name : password,
                                        NGX_RTALPHA_BIND_WRONG,
                                        "a user needs a name and a password");

        } else if (ngx_strlchr(name->text.data,
                               name->text.data + name->text.len, ':'))
        {
            rc = ngx_rtalpha_report_add(report, name, NGX_RTALPHA_BIND_WRONG,
                                        "HTTP Basic has no names with \":\"");

        } else {
            rc = ngx_rtalpha_access_user(pool, users, &name->text,
                                         &password->text);
        }

        if (rc == NGX_DECLINED) {
            rc = ngx_rtalpha_report_add(report, password,
                     NGX_RTALPHA_BIND_WRONG, "passwords are taken as they "
                     "are, also behind {noop}; no other encoding is known");
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* every byte of both is looked at */

static ngx_uint_t
ngx_rtalpha_access_equal(const u_char *data, size_t len, const ngx_str_t *b,
    ngx_uint_t lower)
{
    size_t      i;
    u_char      c;
    ngx_uint_t  diff;

    diff = (len != b->len);

    for (i = 0; i < len; i++) {
        c = lower ? ngx_tolower(data[i]) : data[i];
        diff |= c ^ b->data[b->len ? i % b->len : 0];
    }

    return diff == 0;
}


ngx_uint_t
ngx_rtalpha_access_known(const ngx_array_t *users,
    const ngx_str_t *credentials, ngx_str_t *name)
{
    u_char                     *p, *last;
    ngx_uint_t                  i, found;
    ngx_rtalpha_access_user_t  *user;

    last = credentials->data + credentials->len;
    p = ngx_strlchr(credentials->data, last, ':');

    if (p == NULL) {
        return 0;
    }

    user = users->elts;
    found = 0;

    for (i = 0; i < users->nelts; i++) {

        if (ngx_rtalpha_access_equal(credentials->data,
                                     p - credentials->data, &user[i].name, 1)
            & ngx_rtalpha_access_equal(p + 1, last - p - 1,
                                       &user[i].password, 0))
        {
            *name = user[i].name;
            found = 1;
        }
    }

    return found;
}
