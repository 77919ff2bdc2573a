
/*
 * Environments as documents.
 */


#include "ngx_rtalpha_cfg_render_text.h"
#include "ngx_rtalpha_cfg_path.h"
#include "ngx_rtalpha_cfg_unflatten.h"
#include "ngx_rtalpha_cfg_dump.h"
#include "ngx_rtalpha_placeholder.h"


typedef struct {
    ngx_str_t             name;             /* before the first "[" */
    ngx_rtalpha_props_t  *props;
    ngx_uint_t            source;           /* which one they are of */
} ngx_rtalpha_cfg_list_t;


typedef struct {
    ngx_pool_t           *pool;
    ngx_rtalpha_props_t  *plain;
    ngx_array_t           lists;            /* ngx_rtalpha_cfg_list_t */
    ngx_rtalpha_props_t  *index;            /* name of a list: its number */
} ngx_rtalpha_cfg_merge_t;


/* the first source that has the key */

static ngx_int_t
ngx_rtalpha_cfg_render_lookup(void *data, const ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_uint_t                    i;
    ngx_rtalpha_cfg_named_t      *source;
    const ngx_rtalpha_prop_t     *prop;
    const ngx_rtalpha_cfg_env_t  *env;

    env = data;
    source = env->sources.elts;

    for (i = 0; i < env->sources.nelts; i++) {
        prop = ngx_rtalpha_props_find(source[i].props, name->data, name->len);

        if (prop) {
            *value = prop->text;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_rtalpha_cfg_render_resolve(ngx_pool_t *pool,
    const ngx_rtalpha_cfg_env_t *env, const ngx_str_t *text,
    ngx_str_t *result, ngx_str_t *error)
{
    ngx_rtalpha_placeholder_t  ph;

    ngx_memzero(&ph, sizeof(ngx_rtalpha_placeholder_t));
    ph.lookup = ngx_rtalpha_cfg_render_lookup;
    ph.data = (void *) env;

    return ngx_rtalpha_placeholder_text(pool, &ph, text, result, error);
}


/* the list of a key with "[", emptied when a higher source begins it */

static ngx_rtalpha_cfg_list_t *
ngx_rtalpha_cfg_render_list(ngx_rtalpha_cfg_merge_t *m, const ngx_str_t *name,
    ngx_uint_t source)
{
    u_char                    *p;
    ngx_rtalpha_prop_t         entry;
    ngx_rtalpha_cfg_list_t    *list;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_props_find(m->index, name->data, name->len);

    if (prop) {
        list = m->lists.elts;
        list += ngx_atoi(prop->text.data, prop->text.len);

        if (list->source == source) {
            return list;
        }

    } else {
        p = ngx_pnalloc(m->pool, NGX_INT_T_LEN);
        list = ngx_array_push(&m->lists);

        if (p == NULL || list == NULL) {
            return NULL;
        }

        ngx_memzero(&entry, sizeof(ngx_rtalpha_prop_t));
        entry.key = *name;
        entry.text.data = p;
        entry.text.len = ngx_sprintf(p, "%ui", m->lists.nelts - 1) - p;

        if (ngx_rtalpha_props_set(m->index, &entry) != NGX_OK) {
            return NULL;
        }

        list->name = *name;
    }

    list->source = source;
    list->props = ngx_rtalpha_props_create(m->pool);

    return list->props ? list : NULL;
}


static ngx_int_t
ngx_rtalpha_cfg_render_merge_one(ngx_rtalpha_cfg_merge_t *m,
    const ngx_rtalpha_props_t *props, ngx_uint_t source)
{
    u_char                    *bracket;
    ngx_str_t                  name;
    ngx_uint_t                 i, n;
    ngx_rtalpha_cfg_list_t    *list;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(props, i);
        bracket = ngx_strlchr(prop->key.data, prop->key.data + prop->key.len,
                              '[');

        if (bracket == NULL) {
            if (ngx_rtalpha_props_set(m->plain, prop) != NGX_OK) {
                return NGX_ERROR;
            }

            continue;
        }

        name.data = prop->key.data;
        name.len = bracket - name.data;
        list = ngx_rtalpha_cfg_render_list(m, &name, source);

        if (list == NULL
            || ngx_rtalpha_props_set(list->props, prop) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* lowest source first; lists come last, in the order of their first one */

static ngx_int_t
ngx_rtalpha_cfg_render_merge(ngx_rtalpha_cfg_text_t *text,
    ngx_rtalpha_props_t **result)
{
    ngx_uint_t                 i, k, n;
    ngx_rtalpha_cfg_list_t    *list;
    ngx_rtalpha_cfg_merge_t    m;
    ngx_rtalpha_cfg_named_t   *source;

    m.pool = text->pool;
    m.plain = ngx_rtalpha_props_create(text->pool);
    m.index = ngx_rtalpha_props_create(text->pool);

    if (m.plain == NULL || m.index == NULL
        || ngx_array_init(&m.lists, text->pool, 4,
                          sizeof(ngx_rtalpha_cfg_list_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    source = text->env->sources.elts;

    for (i = text->env->sources.nelts; i > 0; i--) {
        if (ngx_rtalpha_cfg_render_merge_one(&m, source[i - 1].props, i)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    list = m.lists.elts;

    for (i = 0; i < m.lists.nelts; i++) {
        n = ngx_rtalpha_props_count(list[i].props);

        for (k = 0; k < n; k++) {
            if (ngx_rtalpha_props_set(m.plain,
                                      ngx_rtalpha_props_at(list[i].props, k))
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    *result = m.plain;

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_cfg_render_dropped(const ngx_rtalpha_prop_t *prop)
{
    return ngx_rtalpha_str_is(&prop->key, "spring.profiles");
}


static ngx_int_t
ngx_rtalpha_cfg_render_circle(ngx_rtalpha_cfg_text_t *text)
{
    text->status = 400;
    ngx_str_set(&text->error, "a placeholder cannot be resolved");

    return NGX_DECLINED;
}


/* a date as Java's Date.toString() prints it, all else as it is */

static void
ngx_rtalpha_cfg_render_plain(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t  y, m, d, k;
    ngx_str_t  s;

    static const u_char   shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
    static const char    *days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
                                     "Sat" };
    static const char    *months[] = { "Jan", "Feb", "Mar", "Apr", "May",
                                       "Jun", "Jul", "Aug", "Sep", "Oct",
                                       "Nov", "Dec" };

    s = prop->text;
    y = (s.len < 19) ? NGX_ERROR : ngx_atoi(s.data, 4);
    m = (s.len < 19) ? NGX_ERROR : ngx_atoi(s.data + 5, 2);
    d = (s.len < 19) ? NGX_ERROR : ngx_atoi(s.data + 8, 2);

    if (prop->type != NGX_RTALPHA_PROP_DATE || y < 1 || m < 1 || m > 12
        || d < 1)
    {
        ngx_rtalpha_out_str(out, &s);
        return;
    }

    /* the day of the week is not in the text (Sakamoto's formula) */

    k = y - (m < 3);
    k = (k + k / 4 - k / 100 + k / 400 + shift[m - 1] + d) % 7;

    ngx_rtalpha_out_printf(out, "%s %s %02i %*s UTC %i", days[k],
                           months[m - 1], d, (size_t) 8, s.data + 11, y);
}


static ngx_int_t
ngx_rtalpha_cfg_render_properties(ngx_rtalpha_cfg_text_t *text,
    ngx_rtalpha_props_t *props, ngx_rtalpha_out_t *out)
{
    ngx_int_t                  rc;
    ngx_str_t                  lines, result, bad;
    ngx_uint_t                 i, n, more;
    ngx_rtalpha_out_t          raw;
    const ngx_rtalpha_prop_t  *prop;

    if (ngx_rtalpha_out_init(&raw, text->pool, 4096, out->max) != NGX_OK) {
        return NGX_ERROR;
    }

    n = ngx_rtalpha_props_count(props);
    more = 0;

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(props, i);

        if (ngx_rtalpha_cfg_render_dropped(prop)) {
            continue;
        }

        if (more) {
            ngx_rtalpha_out_char(&raw, '\n');
        }

        more = 1;
        ngx_rtalpha_out_str(&raw, &prop->key);
        ngx_rtalpha_out_lit(&raw, ": ");
        ngx_rtalpha_cfg_render_plain(&raw, prop);
    }

    if (ngx_rtalpha_out_done(&raw, &lines) != NGX_OK) {
        return NGX_ERROR;
    }

    result = lines;

    if (text->resolve) {
        rc = ngx_rtalpha_cfg_render_resolve(text->pool, text->env, &lines,
                                            &result, &bad);
        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? ngx_rtalpha_cfg_render_circle(text)
                                      : rc;
        }
    }

    ngx_rtalpha_out_str(out, &result);

    return NGX_OK;
}


/* strings with their placeholders resolved */

static ngx_int_t
ngx_rtalpha_cfg_render_values(ngx_rtalpha_cfg_text_t *text,
    ngx_rtalpha_props_t *props, ngx_rtalpha_props_t **result)
{
    ngx_int_t                   rc;
    ngx_str_t                   bad;
    ngx_uint_t                  i, n;
    ngx_rtalpha_prop_t          set;
    ngx_rtalpha_placeholder_t   ph;

    ngx_memzero(&ph, sizeof(ngx_rtalpha_placeholder_t));
    ph.lookup = ngx_rtalpha_cfg_render_lookup;
    ph.data = (void *) text->env;

    *result = ngx_rtalpha_props_create(text->pool);
    if (*result == NULL) {
        return NGX_ERROR;
    }

    n = ngx_rtalpha_props_count(props);

    for (i = 0; i < n; i++) {
        set = *ngx_rtalpha_props_at(props, i);

        if (ngx_rtalpha_cfg_render_dropped(&set)) {
            continue;
        }

        if (text->resolve && set.type == NGX_RTALPHA_PROP_STRING) {
            rc = ngx_rtalpha_placeholder_value(text->pool, &ph, &set.text,
                                               &set.text, &bad);
            if (rc != NGX_OK) {
                return rc == NGX_DECLINED
                       ? ngx_rtalpha_cfg_render_circle(text) : rc;
            }
        }

        if (ngx_rtalpha_props_set(*result, &set) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_render_text(ngx_rtalpha_cfg_text_t *text,
    ngx_rtalpha_out_t *out)
{
    ngx_int_t                rc;
    ngx_rtalpha_props_t     *props, *values;
    ngx_rtalpha_cfg_tree_t  *root;

    if (ngx_rtalpha_cfg_render_merge(text, &props) != NGX_OK) {
        return NGX_ERROR;
    }

    if (text->format == NGX_RTALPHA_CFG_PROPERTIES) {
        return ngx_rtalpha_cfg_render_properties(text, props, out);
    }

    rc = ngx_rtalpha_cfg_render_values(text, props, &values);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_rtalpha_cfg_unflatten(text->pool, values, text->index, &root,
                                   &text->error);
    if (rc != NGX_OK) {
        text->status = (rc == NGX_ABORT) ? 500 : 400;
        return rc == NGX_ERROR ? rc : NGX_DECLINED;
    }

    if (text->format == NGX_RTALPHA_CFG_JSON) {
        ngx_rtalpha_cfg_dump_json(root, out);

    } else {
        ngx_rtalpha_cfg_dump_yaml(root, text->strip, out);
    }

    return NGX_OK;
}
