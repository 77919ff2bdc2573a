
/*
 * ${…} in settings: looked up in the tree itself, then in the environment.
 *
 * The environment is copied when the first configuration is read: nginx
 * clears that of its workers later, and a reload has to see the same.
 */


#include "ngx_rtalpha_env.h"
#include "ngx_rtalpha_placeholder.h"


/* where ${…} is looked up: the tree itself, then the environment */
typedef struct {
    const ngx_rtalpha_props_t          *props;
    ngx_pool_t                         *pool;
} ngx_rtalpha_env_lookup_t;


static ngx_int_t ngx_rtalpha_env_lookup(void *data, const ngx_str_t *name,
    ngx_str_t *value);
static ngx_int_t ngx_rtalpha_env_read(ngx_log_t *log);
static void ngx_rtalpha_env_release(void *data);


/* as nginx was started with, and how many configurations need it */
static char       **ngx_rtalpha_env_copy;
static ngx_uint_t   ngx_rtalpha_env_users;


ngx_int_t
ngx_rtalpha_env_resolve(ngx_pool_t *pool, ngx_rtalpha_props_t *props)
{
    ngx_str_t                       bad, text;
    ngx_uint_t                      i;
    ngx_rtalpha_prop_t              prop;
    ngx_rtalpha_placeholder_t       ph;
    ngx_rtalpha_env_lookup_t   where;

    where.props = props;
    where.pool = pool;

    ngx_memzero(&ph, sizeof(ph));
    ph.lookup = ngx_rtalpha_env_lookup;
    ph.data = &where;

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        prop = *ngx_rtalpha_props_at(props, i);

        if (ngx_strlchr(prop.text.data, prop.text.data + prop.text.len, '$')
            == NULL)
        {
            continue;
        }

        switch (ngx_rtalpha_placeholder_resolve(pool, &ph, &prop.text, &text,
                                                &bad))
        {
        case NGX_OK:
            prop.text = text;
            break;

        case NGX_DECLINED:
            continue;

        default:
            return NGX_ERROR;
        }

        if (ngx_rtalpha_props_set(props, &prop) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_env_lookup(void *data, const ngx_str_t *name,
    ngx_str_t *value)
{
    u_char                         *p, ch, upper[256];
    ngx_str_t                       var;
    ngx_uint_t                      i;
    const ngx_rtalpha_prop_t       *prop;
    ngx_rtalpha_env_lookup_t  *where;

    where = data;
    prop = ngx_rtalpha_props_find(where->props, name->data, name->len);

    if (prop) {
        *value = prop->text;
        return NGX_OK;
    }

    if (ngx_rtalpha_env_get(name, value) == NGX_OK) {
        return NGX_OK;
    }

    /* "a.b-c" in the environment is A_BC, as Spring has it */

    if (name->len > sizeof(upper)) {
        return NGX_DECLINED;
    }

    p = upper;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (ch != '-') {
            *p++ = (ch == '.' || ch == '[' || ch == ']') ? '_'
                                                         : ngx_toupper(ch);
        }
    }

    var.data = upper;
    var.len = p - upper;

    return ngx_rtalpha_env_get(&var, value);
}


ngx_int_t
ngx_rtalpha_env_keep(ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_env_users == 0
        && ngx_rtalpha_env_read(pool->log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = ngx_rtalpha_env_release;
    ngx_rtalpha_env_users++;

    return NGX_OK;
}


/* one block: the pointers, then the texts */

static ngx_int_t
ngx_rtalpha_env_read(ngx_log_t *log)
{
    u_char      *p;
    size_t       size;
    ngx_uint_t   i, n;

    size = 0;

    for (n = 0; environ[n]; n++) {
        size += ngx_strlen(environ[n]) + 1;
    }

    ngx_rtalpha_env_copy = ngx_alloc((n + 1) * sizeof(char *) + size, log);
    if (ngx_rtalpha_env_copy == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) &ngx_rtalpha_env_copy[n + 1];

    for (i = 0; i < n; i++) {
        ngx_rtalpha_env_copy[i] = (char *) p;
        p = ngx_cpymem(p, environ[i], ngx_strlen(environ[i]) + 1);
    }

    ngx_rtalpha_env_copy[n] = NULL;

    return NGX_OK;
}


static void
ngx_rtalpha_env_release(void *data)
{
    if (--ngx_rtalpha_env_users == 0) {
        ngx_free(ngx_rtalpha_env_copy);
        ngx_rtalpha_env_copy = NULL;
    }
}


ngx_int_t
ngx_rtalpha_env_get(const ngx_str_t *name, ngx_str_t *value)
{
    char  **var;

    if (name->len == 0) {
        return NGX_DECLINED;
    }

    for (var = ngx_rtalpha_env_copy; *var; var++) {

        if (ngx_strncmp(*var, name->data, name->len) == 0
            && (*var)[name->len] == '=')
        {
            value->data = (u_char *) *var + name->len + 1;
            value->len = ngx_strlen(value->data);
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}
