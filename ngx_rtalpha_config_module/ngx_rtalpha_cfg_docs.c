
/*
 * Documents, packed: a head, the error text, then per document its length
 * and the packed tree, each aligned to eight bytes.
 */


#include "ngx_rtalpha_cfg_docs.h"
#include "ngx_rtalpha_cfg_profile.h"
#include "ngx_rtalpha_cfg_xml.h"
#include "ngx_rtalpha_properties.h"


#define NGX_RTALPHA_CFG_DOCS_MAGIC  0x31646372
#define NGX_RTALPHA_CFG_DOCS_KEY    96      /* steering keys are shorter */

#define ngx_rtalpha_cfg_docs_align(n)  (((n) + 7) & ~(size_t) 7)


typedef struct {
    uint32_t  magic;
    uint32_t  count;
    uint32_t  error;                        /* length */
    uint32_t  kind;
} ngx_rtalpha_cfg_docs_head_t;


static ngx_int_t ngx_rtalpha_cfg_docs_scan(ngx_pool_t *pool,
    ngx_rtalpha_cfg_doc_t *doc);


ngx_uint_t
ngx_rtalpha_cfg_docs_kind(const ngx_str_t *path)
{
    ngx_uint_t  i;

    static const struct {
        ngx_str_t   ext;
        ngx_uint_t  kind;
    } kinds[] = {
        { ngx_string(".yml"),        NGX_RTALPHA_CFG_FILE_YAML },
        { ngx_string(".yaml"),       NGX_RTALPHA_CFG_FILE_YAML },
        { ngx_string(".properties"), NGX_RTALPHA_CFG_FILE_PROPERTIES },
        { ngx_string(".xml"),        NGX_RTALPHA_CFG_FILE_XML }
    };

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {

        if (path->len > kinds[i].ext.len
            && ngx_strncasecmp(path->data + path->len - kinds[i].ext.len,
                               kinds[i].ext.data, kinds[i].ext.len)
               == 0)
        {
            return kinds[i].kind;
        }
    }

    return NGX_RTALPHA_CFG_FILE_NONE;
}


static ngx_int_t
ngx_rtalpha_cfg_docs_load(ngx_pool_t *pool, ngx_uint_t kind,
    const ngx_str_t *input, const ngx_rtalpha_load_limits_t *limits,
    ngx_array_t **docs, ngx_rtalpha_load_error_t *error)
{
    switch (kind) {
    case NGX_RTALPHA_CFG_FILE_PROPERTIES:
        return ngx_rtalpha_properties_load(pool, input, limits, 0, docs,
                                           error);
    case NGX_RTALPHA_CFG_FILE_XML:
        return ngx_rtalpha_cfg_xml_load(pool, input, limits, docs, error);

    default:
        return ngx_rtalpha_yaml_load(pool, input, limits, 0, docs, error);
    }
}


/* the message that is kept says where in the file */

static ngx_int_t
ngx_rtalpha_cfg_docs_reason(ngx_pool_t *pool, ngx_rtalpha_load_error_t *error)
{
    u_char  *p;

    if (error->message.len == 0) {
        ngx_str_set(&error->message, "unusable");
    }

    if (error->line == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, sizeof("line : ") + NGX_INT_T_LEN
                          + error->message.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    error->message.len = ngx_sprintf(p, "line %ui: %V", error->line,
                                     &error->message)
                         - p;
    error->message.data = p;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_docs_pad(ngx_rtalpha_out_t *out)
{
    while ((out->pos - out->start) & 7 && !out->failed) {
        ngx_rtalpha_out_char(out, '\0');
    }
}


ngx_int_t
ngx_rtalpha_cfg_docs_pack(ngx_pool_t *pool, ngx_uint_t kind,
    const ngx_str_t *input, const ngx_rtalpha_load_limits_t *limits,
    ngx_str_t *packed)
{
    uint64_t                      len;
    ngx_int_t                     rc;
    ngx_str_t                     bytes;
    ngx_uint_t                    i;
    ngx_array_t                  *docs;
    ngx_rtalpha_out_t             out, one;
    ngx_rtalpha_props_t         **props;
    ngx_rtalpha_load_error_t      error;
    ngx_rtalpha_cfg_docs_head_t   head;

    ngx_memzero(&error, sizeof(ngx_rtalpha_load_error_t));
    docs = NULL;

    rc = ngx_rtalpha_cfg_docs_load(pool, kind, input, limits, &docs, &error);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED
        && ngx_rtalpha_cfg_docs_reason(pool, &error) != NGX_OK)
    {
        return NGX_ERROR;
    }

    head.magic = NGX_RTALPHA_CFG_DOCS_MAGIC;
    head.count = (rc == NGX_OK && docs) ? docs->nelts : 0;
    head.error = (rc == NGX_OK) ? 0 : error.message.len;
    head.kind = kind;

    if (ngx_rtalpha_out_init(&out, pool, input->len * 2 + 256, 1 << 30)
        != NGX_OK
        || ngx_rtalpha_out_init(&one, pool, input->len + 256, 1 << 30)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_out_bytes(&out, (u_char *) &head, sizeof(head));
    ngx_rtalpha_out_bytes(&out, error.message.data, head.error);

    props = head.count ? docs->elts : NULL;

    for (i = 0; i < head.count; i++) {
        ngx_rtalpha_out_reset(&one);

        if (ngx_rtalpha_props_pack(props[i], &one) != NGX_OK
            || ngx_rtalpha_out_done(&one, &bytes) != NGX_OK)
        {
            return NGX_ERROR;
        }

        len = bytes.len;
        ngx_rtalpha_cfg_docs_pad(&out);
        ngx_rtalpha_out_bytes(&out, (u_char *) &len, sizeof(len));
        ngx_rtalpha_out_str(&out, &bytes);
    }

    return ngx_rtalpha_out_done(&out, packed);
}


ngx_int_t
ngx_rtalpha_cfg_docs_refuse(ngx_pool_t *pool, ngx_uint_t kind,
    const ngx_str_t *why, ngx_str_t *packed)
{
    u_char                       *p;
    ngx_rtalpha_cfg_docs_head_t   head;

    head.magic = NGX_RTALPHA_CFG_DOCS_MAGIC;
    head.count = 0;
    head.error = why->len;
    head.kind = kind;

    packed->len = sizeof(head) + why->len;
    p = ngx_pnalloc(pool, packed->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    packed->data = p;
    p = ngx_cpymem(p, &head, sizeof(head));
    ngx_memcpy(p, why->data, why->len);

    return NGX_OK;
}


ngx_rtalpha_cfg_docs_t *
ngx_rtalpha_cfg_docs_unpack(ngx_pool_t *pool, u_char *data, size_t len)
{
    size_t                        pos;
    uint64_t                      size;
    ngx_uint_t                    i;
    ngx_rtalpha_cfg_doc_t        *doc;
    ngx_rtalpha_cfg_docs_t       *set;
    ngx_rtalpha_cfg_docs_head_t   head;

    if (len < sizeof(head)) {
        return NULL;
    }

    ngx_memcpy(&head, data, sizeof(head));

    if (head.magic != NGX_RTALPHA_CFG_DOCS_MAGIC
        || head.error > len - sizeof(head) || head.count > len / 8)
    {
        return NULL;
    }

    set = ngx_pcalloc(pool, sizeof(ngx_rtalpha_cfg_docs_t));

    if (set == NULL
        || ngx_array_init(&set->docs, pool, head.count ? head.count : 1,
                          sizeof(ngx_rtalpha_cfg_doc_t))
           != NGX_OK)
    {
        return NULL;
    }

    set->kind = head.kind;
    set->error.data = data + sizeof(head);
    set->error.len = head.error;
    pos = sizeof(head) + head.error;

    for (i = 0; i < head.count; i++) {
        pos = ngx_rtalpha_cfg_docs_align(pos);

        if (pos > len || len - pos < sizeof(size)) {
            return NULL;
        }

        ngx_memcpy(&size, data + pos, sizeof(size));
        pos += sizeof(size);

        if (size > len - pos) {
            return NULL;
        }

        doc = ngx_array_push(&set->docs);
        if (doc == NULL) {
            return NULL;
        }

        ngx_memzero(doc, sizeof(ngx_rtalpha_cfg_doc_t));
        doc->props = ngx_rtalpha_props_unpack(pool, data + pos, size);

        if (doc->props == NULL
            || ngx_rtalpha_cfg_docs_scan(pool, doc) != NGX_OK)
        {
            return NULL;
        }

        pos += size;
    }

    return set;
}


/*
 * Lower case without dashes and underscores: how Spring compares names.  0:
 * too long to be one of ours.
 */

static size_t
ngx_rtalpha_cfg_docs_canonical(const ngx_str_t *key, u_char *buf)
{
    size_t  i, n;

    for (i = 0, n = 0; i < key->len; i++) {

        if (key->data[i] == '-' || key->data[i] == '_') {
            continue;
        }

        if (n == NGX_RTALPHA_CFG_DOCS_KEY) {
            return 0;
        }

        buf[n++] = ngx_tolower(key->data[i]);
    }

    return n;
}


/*
 * Appends a value: an element of a list ("key[3]") as it is, a scalar as a
 * comma list.
 */

static ngx_int_t
ngx_rtalpha_cfg_docs_add(ngx_pool_t *pool, ngx_array_t **list,
    const ngx_str_t *text, ngx_uint_t element)
{
    ngx_str_t    *s;
    ngx_uint_t    i;
    ngx_array_t  *parts;

    if (*list == NULL) {
        *list = ngx_array_create(pool, 4, sizeof(ngx_str_t));
        if (*list == NULL) {
            return NGX_ERROR;
        }
    }

    if (element) {
        s = ngx_array_push(*list);
        if (s == NULL) {
            return NGX_ERROR;
        }

        *s = *text;
        return NGX_OK;
    }

    parts = ngx_rtalpha_cfg_profile_list(pool, text, 1, 1);
    if (parts == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < parts->nelts; i++) {
        s = ngx_array_push(*list);
        if (s == NULL) {
            return NGX_ERROR;
        }

        *s = ((ngx_str_t *) parts->elts)[i];
    }

    return NGX_OK;
}


/* spring.profiles.group.NAME or spring.profiles.group.NAME[n] */

static ngx_int_t
ngx_rtalpha_cfg_docs_group(ngx_pool_t *pool, ngx_rtalpha_cfg_doc_t *doc,
    const ngx_rtalpha_prop_t *prop)
{
    u_char                   *p;
    ngx_str_t                 name;
    ngx_uint_t                i, element;
    ngx_rtalpha_cfg_group_t  *g;

    name = prop->key;

    for (i = 0; i < 3; i++) {
        p = ngx_strlchr(name.data, name.data + name.len, '.');
        name.len -= p + 1 - name.data;
        name.data = p + 1;
    }

    element = name.len && name.data[name.len - 1] == ']';
    p = element ? ngx_strlchr(name.data, name.data + name.len, '[') : NULL;

    if (p) {
        name.len = p - name.data;
    }

    if (doc->groups == NULL) {
        doc->groups = ngx_array_create(pool, 2,
                                       sizeof(ngx_rtalpha_cfg_group_t));
        if (doc->groups == NULL) {
            return NGX_ERROR;
        }
    }

    g = doc->groups->elts;

    for (i = 0; i < doc->groups->nelts; i++) {
        if (ngx_rtalpha_str_eq(&g[i].profile, &name)) {
            return ngx_rtalpha_cfg_docs_add(pool, &g[i].members, &prop->text,
                                            element);
        }
    }

    g = ngx_array_push(doc->groups);
    if (g == NULL) {
        return NGX_ERROR;
    }

    g->profile = name;
    g->members = NULL;

    return ngx_rtalpha_cfg_docs_add(pool, &g->members, &prop->text, element);
}


static ngx_uint_t
ngx_rtalpha_cfg_docs_platform(const ngx_str_t *text, ngx_rtalpha_cfg_doc_t *doc)
{
    u_char      buf[NGX_RTALPHA_CFG_DOCS_KEY];
    ngx_str_t   name;
    ngx_uint_t  i;

    static const char  *known[] = {
        "cloudfoundry", "heroku", "sap", "nomad", "kubernetes",
        "azureappservice"
    };

    name.data = buf;
    name.len = ngx_rtalpha_cfg_docs_canonical(text, buf);

    if (ngx_rtalpha_str_is(&name, "none") || name.len == 0) {
        return 0;
    }

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (name.len == ngx_strlen(known[i])
            && ngx_memcmp(name.data, known[i], name.len) == 0)
        {
            return 1;
        }
    }

    doc->bad = 1;

    return 1;
}


static ngx_int_t
ngx_rtalpha_cfg_docs_steer(ngx_pool_t *pool, ngx_rtalpha_cfg_doc_t *doc,
    const ngx_rtalpha_prop_t *prop, ngx_str_t *name, ngx_uint_t element)
{
    if (ngx_rtalpha_str_is(name, "spring.config.activate.onprofile")) {
        doc->activate = 1;
        return ngx_rtalpha_cfg_docs_add(pool, &doc->profiles, &prop->text,
                                        element);
    }

    if (ngx_rtalpha_str_is(name, "spring.config.activate.oncloudplatform")) {
        doc->activate = 1;
        doc->platform = ngx_rtalpha_cfg_docs_platform(&prop->text, doc);

    } else if (ngx_rtalpha_str_is(name, "spring.config.import")) {
        return ngx_rtalpha_cfg_docs_add(pool, &doc->imports, &prop->text,
                                        element);

    } else if (ngx_rtalpha_str_is(name, "spring.profiles.include")) {
        return ngx_rtalpha_cfg_docs_add(pool, &doc->includes, &prop->text,
                                        element);

    } else if (ngx_rtalpha_str_is(name, "spring.profiles.active")) {
        doc->active = 1;

    } else if (ngx_rtalpha_str_is(name, "spring.profiles.default")) {
        doc->fallback = 1;

    } else if (ngx_rtalpha_str_is(name, "spring.profiles")) {
        doc->legacy = 1;

    } else if (ngx_rtalpha_str_begins(name, "spring.profiles.group.")) {
        return ngx_rtalpha_cfg_docs_group(pool, doc, prop);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_docs_scan(ngx_pool_t *pool, ngx_rtalpha_cfg_doc_t *doc)
{
    u_char                     buf[NGX_RTALPHA_CFG_DOCS_KEY], *p;
    ngx_str_t                  name;
    ngx_uint_t                 i, n, element;
    const ngx_rtalpha_prop_t  *prop;

    n = ngx_rtalpha_props_count(doc->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(doc->props, i);

        if (prop->key.len < sizeof("spring.config") - 1
            || ngx_tolower(prop->key.data[0]) != 's')
        {
            continue;
        }

        name.data = buf;
        name.len = ngx_rtalpha_cfg_docs_canonical(&prop->key, buf);

        if (!ngx_rtalpha_str_begins(&name, "spring.config.")
            && !ngx_rtalpha_str_begins(&name, "spring.profiles"))
        {
            continue;
        }

        element = name.data[name.len - 1] == ']';
        p = element ? ngx_strlchr(name.data, name.data + name.len, '[')
                    : NULL;

        if (p) {
            name.len = p - name.data;
        }

        if (ngx_rtalpha_cfg_docs_steer(pool, doc, prop, &name, element)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
