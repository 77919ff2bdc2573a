
/*
 * Resolution as Spring Boot does it.
 *
 * Documents form a tree.  The root has one child for the search locations;
 * what a node imports are its children, in two lists: what was found before
 * the profiles were known, and what came after.  The precedence is the order
 * of a walk that visits a node's late children, then its early ones, then
 * the node itself.  Profile-specific children of an early child are moved up
 * to the late children of its parent when that parent gets its own: this is
 * why "imported-dev.yml" ranks above "application-dev.yml".
 */


#include "ngx_rtalpha_cfg_run.h"
#include "ngx_rtalpha_cfg_profile.h"
#include "ngx_rtalpha_cfg_path.h"


#define NGX_RTALPHA_CFG_RESOLVE_DEPTH  50

#define NGX_RTALPHA_CFG_EARLY  0
#define NGX_RTALPHA_CFG_LATE   1


static ngx_int_t ngx_rtalpha_cfg_resolve_step(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node);


ngx_int_t
ngx_rtalpha_cfg_resolve_refuse(ngx_rtalpha_cfg_run_t *run,
    const ngx_str_t *path, const ngx_str_t *text)
{
    run->r->error = *text;
    run->r->error_path = *path;

    return NGX_DECLINED;
}


/* visits in order of precedence, highest first */

ngx_int_t
ngx_rtalpha_cfg_resolve_walk(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, ngx_rtalpha_cfg_visit_pt visit)
{
    ngx_int_t                 rc, side;
    ngx_uint_t                i;
    ngx_rtalpha_cfg_node_t  **child;

    for (side = NGX_RTALPHA_CFG_LATE; side >= NGX_RTALPHA_CFG_EARLY; side--) {

        if (node->child[side] == NULL) {
            continue;
        }

        for (i = 0; i < node->child[side]->nelts; i++) {
            child = node->child[side]->elts;
            rc = ngx_rtalpha_cfg_resolve_walk(run, child[i], visit);

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return visit(run, node);
}


/* 1: active, 0: not, NGX_ERROR is a bad expression */

ngx_int_t
ngx_rtalpha_cfg_resolve_active(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node)
{
    ngx_int_t               rc;
    ngx_str_t              *s;
    ngx_uint_t              i, yes;
    ngx_rtalpha_cfg_doc_t  *doc;

    doc = node->doc;

    if (doc == NULL || !doc->activate) {
        return 1;
    }

    if (run->phase == NGX_RTALPHA_CFG_PHASE_FIRST || doc->platform) {
        return 0;
    }

    if (doc->profiles == NULL || doc->profiles->nelts == 0) {
        return 1;
    }

    if (run->phase != NGX_RTALPHA_CFG_PHASE_PROFILES) {
        return 0;
    }

    s = doc->profiles->elts;
    yes = 0;

    for (i = 0; i < doc->profiles->nelts; i++) {
        rc = ngx_rtalpha_cfg_profile_match(&s[i], run->r->active);

        if (rc == NGX_ERROR) {
            return rc;
        }

        yes |= (rc == NGX_OK);
    }

    return yes;
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_normal(ngx_str_t *path)
{
    u_char  *p, *d, *last, *start, *end;

    p = path->data;
    d = p;
    last = p + path->len;

    while (p < last) {
        start = p;
        end = ngx_strlchr(p, last, '/');
        end = end ? end + 1 : last;
        p = end;

        if (end - start == 1 && *start == '/' && d != path->data) {
            continue;
        }

        if (end - start == 2 && ngx_strncmp(start, "./", 2) == 0) {
            continue;
        }

        if (end - start == 3 && ngx_strncmp(start, "../", 3) == 0) {

            if (d - path->data < 2) {
                return NGX_DECLINED;
            }

            for (d--; d > path->data && d[-1] != '/'; d--) { /* void */ }

            continue;
        }

        ngx_memmove(d, start, end - start);
        d += end - start;
    }

    path->len = d - path->data;

    return NGX_OK;
}


/* a scheme before a colon, as Spring Boot's URL_PREFIX */

static size_t
ngx_rtalpha_cfg_resolve_scheme(const ngx_str_t *text)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (c == ':') {
            return i;
        }

        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
            && (i == 0 || !((c >= '0' && c <= '9') || c == '*')))
        {
            return 0;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_foreign(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, const ngx_str_t *text, size_t scheme)
{
    ngx_str_t  s;

    s.data = text->data;
    s.len = scheme;

    /* read by the original, too, but never part of its answer */

    if (ngx_rtalpha_str_is(&s, "file") || ngx_rtalpha_str_is(&s, "classpath")
        || ngx_rtalpha_str_is(&s, "configtree")
        || ngx_rtalpha_str_is(&s, "http") || ngx_rtalpha_str_is(&s, "https"))
    {
        return NGX_OK;
    }

    return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
               "spring.config.import: unsupported location");
}


/* one file of an import, for a profile or for none */

static ngx_int_t
ngx_rtalpha_cfg_resolve_import_file(ngx_rtalpha_cfg_run_t *run,
    ngx_array_t *children, const ngx_str_t *path, const ngx_str_t *text,
    const ngx_str_t *profile)
{
    ngx_str_t                root, none, ext;
    ngx_rtalpha_cfg_node_t   like;

    ngx_memzero(&like, sizeof(ngx_rtalpha_cfg_node_t));
    like.place = *text;
    like.specific = (profile != NULL);
    like.movable = (profile != NULL);
    like.path = *path;

    if (profile) {
        ngx_str_set(&none, "");
        ext.data = path->data + path->len;

        while (*--ext.data != '.') { /* void */ }

        root.data = path->data;
        root.len = ext.data - path->data;
        ext.len = path->len - root.len;

        if (ngx_rtalpha_cfg_resolve_join(run->r->pool, &like.path, &root,
                                         &none, profile, &ext)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_cfg_resolve_file(run, children, &like);
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_import_path(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, const ngx_str_t *text, ngx_str_t *path)
{
    u_char  *p;
    size_t   dir;

    for (dir = node->path.len; dir && node->path.data[dir - 1] != '/'; dir--) {
        /* void */
    }

    p = ngx_pnalloc(run->r->pool, dir + text->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    path->data = p;
    path->len = dir + text->len;
    p = dir ? ngx_cpymem(p, node->path.data, dir) : p;
    ngx_memcpy(p, text->data, text->len);

    return ngx_rtalpha_cfg_resolve_normal(path);
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_import(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, ngx_array_t *children, ngx_str_t text,
    const ngx_str_t *profile)
{
    size_t                   scheme;
    ngx_int_t                rc;
    ngx_str_t                path;
    ngx_uint_t               optional;
    ngx_rtalpha_cfg_place_t  place;

    optional = ngx_rtalpha_str_begins(&text, "optional:");

    if (optional) {
        text.data += sizeof("optional:") - 1;
        text.len -= sizeof("optional:") - 1;
    }

    if (text.len == 0) {
        return NGX_OK;
    }

    scheme = ngx_rtalpha_cfg_resolve_scheme(&text);

    if (scheme) {
        return ngx_rtalpha_cfg_resolve_foreign(run, node, &text, scheme);
    }

    if (text.data[0] == '/') {
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_resolve_import_path(run, node, &text, &path);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : rc;
    }

    if (text.data[text.len - 1] == '/') {
        place.dir = path;
        place.text = text;
        return ngx_rtalpha_cfg_resolve_import_dir(run, children, &place,
                                                  profile);
    }

    if (ngx_rtalpha_cfg_docs_kind(&path) == NGX_RTALPHA_CFG_FILE_NONE) {
        return optional ? NGX_OK : ngx_rtalpha_cfg_resolve_refuse_lit(run,
                   &node->path, "spring.config.import: the file's extension "
                   "is not known");
    }

    return ngx_rtalpha_cfg_resolve_import_file(run, children, &path, &text,
                                               profile);
}


/* what a document imports, or the search locations, for one profile */

static ngx_int_t
ngx_rtalpha_cfg_resolve_imports(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, ngx_array_t *children,
    const ngx_str_t *profile)
{
    ngx_int_t    rc;
    ngx_str_t   *s;
    ngx_uint_t   i;

    if (node->doc == NULL) {
        return ngx_rtalpha_cfg_resolve_places(run, children, profile);
    }

    s = node->doc->imports->elts;

    for (i = node->doc->imports->nelts; i > 0; i--) {
        rc = ngx_rtalpha_cfg_resolve_import(run, node, children, s[i - 1],
                                            profile);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_take(ngx_array_t *from, ngx_array_t *to)
{
    ngx_uint_t                i, kept;
    ngx_rtalpha_cfg_node_t  **node, **slot;

    if (from == NULL) {
        return NGX_OK;
    }

    node = from->elts;

    for (i = 0, kept = 0; i < from->nelts; i++) {

        if (!node[i]->movable) {
            node[kept++] = node[i];
            continue;
        }

        node[i]->movable = 0;

        slot = ngx_array_push(to);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        *slot = node[i];
    }

    from->nelts = kept;

    return NGX_OK;
}


/* profile-specific grandchildren become late children, before the others */

static ngx_int_t
ngx_rtalpha_cfg_resolve_move(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node)
{
    ngx_uint_t                i;
    ngx_array_t              *late, *early;
    ngx_rtalpha_cfg_node_t  **child, **slot;

    early = node->child[NGX_RTALPHA_CFG_EARLY];

    if (early == NULL) {
        return NGX_OK;
    }

    late = ngx_array_create(run->r->pool, 8, sizeof(ngx_rtalpha_cfg_node_t *));
    if (late == NULL) {
        return NGX_ERROR;
    }

    child = early->elts;

    for (i = 0; i < early->nelts; i++) {

        if (ngx_rtalpha_cfg_resolve_take(child[i]->child[0], late) != NGX_OK
            || ngx_rtalpha_cfg_resolve_take(child[i]->child[1], late)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    child = node->child[NGX_RTALPHA_CFG_LATE]->elts;

    for (i = 0; i < node->child[NGX_RTALPHA_CFG_LATE]->nelts; i++) {
        slot = ngx_array_push(late);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        *slot = child[i];
    }

    node->child[NGX_RTALPHA_CFG_LATE] = late;

    return NGX_OK;
}


/* resolves and loads what a node imports in this phase */

static ngx_int_t
ngx_rtalpha_cfg_resolve_attach(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node, ngx_uint_t side)
{
    ngx_int_t     rc;
    ngx_str_t    *profile;
    ngx_uint_t    i;
    ngx_array_t  *children;

    children = ngx_array_create(run->r->pool, 8,
                                sizeof(ngx_rtalpha_cfg_node_t *));
    if (children == NULL) {
        return NGX_ERROR;
    }

    node->child[side] = children;

    if (side == NGX_RTALPHA_CFG_LATE) {
        profile = run->r->active->elts;

        for (i = run->r->active->nelts; i > 0; i--) {
            rc = ngx_rtalpha_cfg_resolve_imports(run, node, children,
                                                 &profile[i - 1]);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    rc = ngx_rtalpha_cfg_resolve_imports(run, node, children, NULL);

    if (rc != NGX_OK || side == NGX_RTALPHA_CFG_EARLY) {
        return rc;
    }

    return ngx_rtalpha_cfg_resolve_move(run, node);
}


/*
 * Children come before their parent, as in the original, where the next
 * node to process is the first in the order of precedence.
 */

static ngx_int_t
ngx_rtalpha_cfg_resolve_step(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node)
{
    ngx_int_t                 rc, k;
    ngx_uint_t                i, side;
    ngx_rtalpha_cfg_node_t  **child;

    side = (run->phase == NGX_RTALPHA_CFG_PHASE_PROFILES)
           ? NGX_RTALPHA_CFG_LATE : NGX_RTALPHA_CFG_EARLY;

    if (++run->depth > NGX_RTALPHA_CFG_RESOLVE_DEPTH) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                   "imports are nested too deeply");
    }

    for (k = NGX_RTALPHA_CFG_LATE; k >= NGX_RTALPHA_CFG_EARLY; k--) {

        for (i = 0; node->child[k] && i < node->child[k]->nelts; i++) {
            child = node->child[k]->elts;
            rc = ngx_rtalpha_cfg_resolve_step(run, child[i]);

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    if (node->child[side] == NULL
        && (node->doc == NULL || node->doc->imports))
    {
        rc = ngx_rtalpha_cfg_resolve_active(run, node);

        if (rc == NGX_ERROR) {
            return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                       "malformed profile expression");
        }

        if (rc) {
            rc = ngx_rtalpha_cfg_resolve_attach(run, node, side);

            /* what is new may import in turn */

            for (i = 0; rc == NGX_OK && i < node->child[side]->nelts; i++) {
                child = node->child[side]->elts;
                rc = ngx_rtalpha_cfg_resolve_step(run, child[i]);
            }

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    run->depth--;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_resolve_emit(ngx_rtalpha_cfg_run_t *run,
    ngx_rtalpha_cfg_node_t *node)
{
    ngx_int_t                  rc;
    ngx_rtalpha_cfg_doc_t     *doc;
    ngx_rtalpha_cfg_source_t  *source;

    doc = node->doc;

    if (doc == NULL) {
        return NGX_OK;
    }

    if (doc->legacy) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                   "spring.profiles should be replaced with "
                   "spring.config.activate.on-profile");
    }

    if (node->specific && !run->plain
        && (doc->includes || doc->active || doc->fallback))
    {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                   "profiles are set in a profile-specific file");
    }

    rc = ngx_rtalpha_cfg_resolve_active(run, node);

    if (rc == NGX_ERROR) {
        return ngx_rtalpha_cfg_resolve_refuse_lit(run, &node->path,
                   "malformed profile expression");
    }

    if (!rc) {
        return NGX_OK;
    }

    source = ngx_array_push(&run->r->sources);
    if (source == NULL) {
        return NGX_ERROR;
    }

    source->path = node->path;
    source->place = node->place;
    source->props = doc->props;
    source->number = node->number;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_resolve(ngx_rtalpha_cfg_resolve_t *r)
{
    ngx_int_t              rc;
    ngx_str_t             *first, *name;
    ngx_uint_t             i, phase;
    ngx_rtalpha_cfg_run_t  run;

    ngx_memzero(&run, sizeof(ngx_rtalpha_cfg_run_t));
    run.r = r;
    first = r->profiles->elts;
    run.plain = r->profiles->nelts == 0
                || (first->len == sizeof("default") - 1
                    && ngx_strncasecmp(first->data, (u_char *) "default",
                                       first->len)
                       == 0);

    for (i = 0; i < r->names->nelts; i++) {
        name = (ngx_str_t *) r->names->elts + i;
        run.nested |= (ngx_strlchr(name->data, name->data + name->len, '/')
                       != NULL);
    }

    if (ngx_array_init(&r->sources, r->pool, 8,
                       sizeof(ngx_rtalpha_cfg_source_t))
        != NGX_OK
        || ngx_array_init(&run.loaded, r->pool, 8, sizeof(ngx_str_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (phase = NGX_RTALPHA_CFG_PHASE_FIRST;
         phase <= NGX_RTALPHA_CFG_PHASE_PROFILES;
         phase++)
    {
        if (phase == NGX_RTALPHA_CFG_PHASE_PROFILES) {
            rc = ngx_rtalpha_cfg_resolve_profiles(&run);

            if (rc != NGX_OK) {
                return rc;
            }
        }

        run.phase = phase;
        run.depth = 0;
        rc = ngx_rtalpha_cfg_resolve_step(&run, &run.root);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (run.missing) {
        return NGX_AGAIN;
    }

    return ngx_rtalpha_cfg_resolve_walk(&run, &run.root,
                                        ngx_rtalpha_cfg_resolve_emit);
}
