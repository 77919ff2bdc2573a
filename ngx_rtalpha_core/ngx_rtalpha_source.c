
/*
 * Sources of settings: parsing what nginx.conf says, reading files.
 */


#include "ngx_rtalpha_source.h"
#include "ngx_rtalpha_disk.h"
#include "ngx_rtalpha_module.h"
#include "ngx_rtalpha_properties.h"
#include "ngx_rtalpha_yaml.h"


static ngx_int_t ngx_rtalpha_source_parse_file(ngx_conf_t *cf,
    ngx_rtalpha_source_t *source);
static ngx_int_t ngx_rtalpha_source_parse_config(ngx_conf_t *cf,
    ngx_rtalpha_source_t *source);
static ngx_uint_t ngx_rtalpha_source_is_properties(const ngx_str_t *path);
static ngx_int_t ngx_rtalpha_source_flatten(ngx_pool_t *pool,
    ngx_array_t *docs, ngx_rtalpha_props_t **props);
static ngx_uint_t ngx_rtalpha_source_is_conditional(
    const ngx_rtalpha_props_t *doc);


ngx_int_t
ngx_rtalpha_source_parse(ngx_conf_t *cf, ngx_str_t *text,
    ngx_rtalpha_source_t *source)
{
    source->text = *text;

    if (ngx_rtalpha_str_begins(text, "file:")) {
        return ngx_rtalpha_source_parse_file(cf, source);
    }

    if (ngx_rtalpha_str_begins(text, "config:")) {
        return ngx_rtalpha_source_parse_config(cf, source);
    }

    if (ngx_rtalpha_str_begins(text, "http://")
        || ngx_rtalpha_str_begins(text, "https://"))
    {
        source->type = NGX_RTALPHA_SOURCE_HTTP;
        source->path = *text;
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid settings source \"%V\": it begins with "
                       "\"file:\", \"config:\", \"http://\" or "
                       "\"https://\"", text);
    return NGX_ERROR;
}


static ngx_int_t
ngx_rtalpha_source_parse_file(ngx_conf_t *cf, ngx_rtalpha_source_t *source)
{
    ngx_int_t  rc;
    ngx_str_t  error;

    source->type = NGX_RTALPHA_SOURCE_FILE;
    source->path.data = source->text.data + sizeof("file:") - 1;
    source->path.len = source->text.len - (sizeof("file:") - 1);

    if (source->path.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no path in settings source \"%V\"",
                           &source->text);
        return NGX_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, &source->path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    (void) ngx_rtalpha_source_moved(&source->path, &source->stamp);

    rc = ngx_rtalpha_source_load(cf->pool, &source->path, source->number,
                                 &source->initial, &error);

    if (rc == NGX_DECLINED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V", &error);
        return NGX_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_source_parse_config(ngx_conf_t *cf, ngx_rtalpha_source_t *source)
{
    u_char                       *p, *last, *slash;
    ngx_str_t                    *parts[3];
    ngx_uint_t                    i;
    ngx_rtalpha_main_conf_t      *mcf;
    ngx_rtalpha_settings_want_t  *want;

    source->type = NGX_RTALPHA_SOURCE_CONFIG;

    ngx_str_set(&source->want.profiles, "default");

    parts[0] = &source->want.application;
    parts[1] = &source->want.profiles;
    parts[2] = &source->want.label;

    p = source->text.data + sizeof("config:") - 1;
    last = source->text.data + source->text.len;

    for (i = 0; i < 3; i++) {
        slash = i < 2 ? ngx_strlchr(p, last, '/') : NULL;

        parts[i]->data = p;
        parts[i]->len = (slash ? slash : last) - p;

        if (parts[i]->len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid settings source \"%V\": it reads "
                               "\"config:APPLICATION[/PROFILES[/LABEL]]\"",
                               &source->text);
            return NGX_ERROR;
        }

        if (slash == NULL) {
            break;
        }

        p = slash + 1;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_rtalpha_module);

    want = ngx_array_push(&mcf->wants);
    if (want == NULL) {
        return NGX_ERROR;
    }

    *want = source->want;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_source_load(ngx_pool_t *pool, const ngx_str_t *path,
    uint32_t number, ngx_rtalpha_props_t **props, ngx_str_t *error)
{
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_str_t                  bytes;
    ngx_array_t               *docs;
    ngx_rtalpha_load_error_t   bad;

    rc = ngx_rtalpha_disk_read(pool, path, NGX_RTALPHA_SETTINGS_MAX, &bytes,
                               error);

    if (rc == NGX_DECLINED) {
        ngx_str_set(&bad.message, "no such file");
        bad.line = 0;
        goto declined;
    }

    if (rc != NGX_OK) {
        return error->len ? NGX_DECLINED : NGX_ERROR;
    }

    if (ngx_rtalpha_source_is_properties(path)) {
        rc = ngx_rtalpha_properties_load(pool, &bytes,
                                         &ngx_rtalpha_load_defaults, number,
                                         &docs, &bad);
    } else {
        rc = ngx_rtalpha_yaml_load(pool, &bytes, &ngx_rtalpha_load_defaults,
                                   number, &docs, &bad);
    }

    if (rc == NGX_DECLINED) {
        goto declined;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_source_flatten(pool, docs, props);

declined:

    error->data = ngx_pnalloc(pool, path->len + bad.message.len
                                    + NGX_INT_T_LEN + sizeof(":: ") - 1);
    if (error->data == NULL) {
        return NGX_ERROR;
    }

    p = bad.line ? ngx_sprintf(error->data, "%V:%ui: %V", path, bad.line,
                               &bad.message)
                 : ngx_sprintf(error->data, "%V: %V", path, &bad.message);

    error->len = p - error->data;

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_rtalpha_source_is_properties(const ngx_str_t *path)
{
    size_t  len;

    len = sizeof(".properties") - 1;

    return path->len > len
           && ngx_strncmp(path->data + path->len - len, ".properties", len)
              == 0;
}


/* the last document ranks highest */

static ngx_int_t
ngx_rtalpha_source_flatten(ngx_pool_t *pool, ngx_array_t *docs,
    ngx_rtalpha_props_t **props)
{
    ngx_uint_t             i;
    ngx_rtalpha_props_t  **doc;

    *props = ngx_rtalpha_props_create(pool);
    if (*props == NULL) {
        return NGX_ERROR;
    }

    doc = docs->elts;

    for (i = docs->nelts; i > 0; i--) {
        if (!ngx_rtalpha_source_is_conditional(doc[i - 1])
            && ngx_rtalpha_props_merge(*props, doc[i - 1]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_source_is_conditional(const ngx_rtalpha_props_t *doc)
{
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *prop;

    for (i = 0; i < ngx_rtalpha_props_count(doc); i++) {
        prop = ngx_rtalpha_props_at(doc, i);

        if (ngx_rtalpha_str_begins(&prop->key, "spring.config.activate.")) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_source_moved(const ngx_str_t *path,
    ngx_rtalpha_source_stamp_t *stamp)
{
    struct stat                 st;
    ngx_rtalpha_source_stamp_t  now;

    if (stat((char *) path->data, &st) == -1) {
        /* gone, or being replaced: what we have stays good */
        return 0;
    }

    now.sec = st.st_mtim.tv_sec;
    now.nsec = st.st_mtim.tv_nsec;
    now.size = st.st_size;
    now.inode = st.st_ino;

    if (now.sec == stamp->sec && now.nsec == stamp->nsec
        && now.size == stamp->size && now.inode == stamp->inode)
    {
        return 0;
    }

    *stamp = now;

    return 1;
}


ngx_int_t
ngx_rtalpha_source_keep(ngx_rtalpha_source_t *source,
    const ngx_rtalpha_props_t *props)
{
    u_char             *copy;
    ngx_str_t           bytes;
    ngx_pool_t         *pool;
    ngx_rtalpha_out_t   out;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    copy = NULL;

    if (ngx_rtalpha_out_init(&out, pool, 4096, NGX_RTALPHA_SETTINGS_MAX)
        == NGX_OK
        && ngx_rtalpha_props_pack(props, &out) == NGX_OK
        && ngx_rtalpha_out_done(&out, &bytes) == NGX_OK)
    {
        copy = ngx_alloc(bytes.len, ngx_cycle->log);
    }

    if (copy) {
        ngx_memcpy(copy, bytes.data, bytes.len);

        ngx_rtalpha_source_forget(source);

        source->packed.data = copy;
        source->packed.len = bytes.len;
    }

    ngx_destroy_pool(pool);

    return copy ? NGX_OK : NGX_ERROR;
}


void
ngx_rtalpha_source_forget(ngx_rtalpha_source_t *source)
{
    if (source->packed.data) {
        ngx_free(source->packed.data);
        ngx_str_null(&source->packed);
    }
}
