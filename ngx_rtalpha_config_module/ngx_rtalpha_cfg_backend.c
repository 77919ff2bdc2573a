
/*
 * Views: what one backend has under one label.
 */


#include "ngx_rtalpha_cfg_backend.h"
#include "ngx_rtalpha_cfg_load.h"
#include "ngx_rtalpha_cfg_local.h"
#include "ngx_rtalpha_cfg_names.h"
#include "ngx_rtalpha_cfg_places.h"
#include "ngx_rtalpha_cfg_profile.h"
#include "ngx_rtalpha_cfg_squeeze.h"
#include "ngx_rtalpha_cfg_watch.h"
#include "ngx_rtalpha_notify.h"


static ngx_int_t ngx_rtalpha_cfg_view_label(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *label);
static ngx_int_t ngx_rtalpha_cfg_view_commit(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *label);
static ngx_int_t ngx_rtalpha_cfg_view_git_places(
    ngx_rtalpha_cfg_view_t *view, const ngx_str_t *label);


ngx_int_t
ngx_rtalpha_cfg_view_refuse(ngx_rtalpha_cfg_ask_t *ask, ngx_uint_t status,
    char *reason, const ngx_str_t *message)
{
    ask->status = status;
    ask->reason = reason;
    ask->message = *message;

    return NGX_DECLINED;
}


/* what the answer depends on */

void
ngx_rtalpha_cfg_view_depend(ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_cfg_repo_t *repo, ngx_uint_t version, const ngx_str_t *label,
    const ngx_rtalpha_cfg_commit_t *commit)
{
    ngx_uint_t              i;
    ngx_rtalpha_cfg_dep_t   dep;

    ngx_rtalpha_cfg_depend_set(&dep, repo, version, label, commit);

    for (i = 0; i < ask->ndeps; i++) {
        if (ngx_memcmp(&ask->deps[i], &dep, sizeof(dep)) == 0) {
            return;
        }
    }

    if (ask->ndeps == NGX_RTALPHA_CFG_ASK_DEPS) {
        ask->volatile_ = 1;
        return;
    }

    ask->deps[ask->ndeps++] = dep;
}


/* the first content is still to come: wait, or say that it will not */

ngx_int_t
ngx_rtalpha_cfg_view_absent(ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_cfg_repo_t *repo)
{
    ngx_str_t   why, uri, path;
    ngx_uint_t  status;

    if (repo->failed == 0) {
        return NGX_AGAIN;
    }

    why.len = repo->error_len;
    why.data = ngx_pnalloc(ask->pool, why.len + 1);
    if (why.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(why.data, repo->error, why.len);

    uri.data = repo->uri;
    uri.len = repo->uri_len;
    status = 503;

    if (ask->conf->java_errors) {
        status = ngx_rtalpha_cfg_conf_local(&uri, &path) ? 500 : 404;
    }

    return ngx_rtalpha_cfg_view_refuse(ask, status, "no-repository", &why);
}


ngx_rtalpha_cfg_repo_t *
ngx_rtalpha_cfg_view_repo(ngx_rtalpha_cfg_ask_t *ask, ngx_uint_t kind,
    const ngx_str_t *uri, const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_rtalpha_cfg_repo_t  *repo;

    repo = ngx_rtalpha_cfg_store_repo(kind, uri, b->owner,
                                      ask->conf->max_repos, 0);
    if (repo == NULL) {
        return NULL;
    }

    repo->asked = ngx_time();

    /* the leader has not seen it yet */

    if (repo->version == 0) {
        ngx_rtalpha_notify_ring();
    }

    return repo;
}


ngx_int_t
ngx_rtalpha_cfg_view_git(ngx_rtalpha_cfg_view_t *view,
    ngx_rtalpha_cfg_ask_t *ask, const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *uri, const ngx_str_t *label)
{
    ngx_int_t  rc;

    ngx_memzero(view, sizeof(ngx_rtalpha_cfg_view_t));
    view->ask = ask;
    view->backend = b;

    if (uri->len == 0) {
        return ngx_rtalpha_cfg_view_refuse_lit(ask, 500, "no-uri",
                   "spring.cloud.config.server.git.uri is not set");
    }

    view->repo = ngx_rtalpha_cfg_view_repo(ask, NGX_RTALPHA_CFG_REPO_GIT, uri,
                                           b);
    if (view->repo == NULL) {
        return ngx_rtalpha_cfg_view_refuse_lit(ask, 503,
                   "too-many-repositories", "there are too many repositories "
                   "(rtalpha.config.limits.repositories)");
    }

    rc = ngx_rtalpha_cfg_view_label(view, label);

    return rc == NGX_OK ? ngx_rtalpha_cfg_view_commit(view, label) : rc;
}


ngx_int_t
ngx_rtalpha_cfg_view_at(ngx_rtalpha_cfg_view_t *view,
    const ngx_rtalpha_cfg_commit_t *commit, const ngx_str_t *label)
{
    ngx_rtalpha_cfg_view_t  at;

    ngx_memzero(&at, sizeof(ngx_rtalpha_cfg_view_t));
    at.ask = view->ask;
    at.backend = view->backend;
    at.repo = view->repo;
    at.commit = *commit;
    at.branch = view->branch;
    *view = at;

    return ngx_rtalpha_cfg_view_commit(view, label);
}


/* the files of view->commit */

static ngx_int_t
ngx_rtalpha_cfg_view_commit(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *label)
{
    ngx_int_t  rc;
    ngx_str_t  why;

    rc = ngx_rtalpha_cfg_local_root(&view->commit, view->files.root);

    if (rc == NGX_OK) {
        return ngx_rtalpha_cfg_view_git_places(view, label);
    }

    rc = ngx_rtalpha_cfg_load_listing(view->ask->conf, view->repo,
                                      &view->commit, &why);
    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_refuse(view->ask, 500, "unreadable", &why);
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_view_no_label(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *digits)
{
    /* JGit finds out about a whole id only when it wants the object */

    if (digits && digits->len == 40 && view->ask->conf->java_errors) {
        return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 500, "no-such-label",
                                               "no such commit");
    }

    return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 404, "no-such-label",
                                           "no such label");
}


/* a commit by its id, which only git can tell */

static ngx_int_t
ngx_rtalpha_cfg_view_revision(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *digits, ngx_uint_t version)
{
    u_char                       buf[NGX_RTALPHA_CFG_LOAD_KEY], low[64];
    ngx_int_t                    rc;
    ngx_str_t                    key, why, lower;
    ngx_rtalpha_blob_t          *blob;
    ngx_rtalpha_cfg_revision_t   revision;

    lower.data = low;
    lower.len = digits->len;
    ngx_strlow(low, digits->data, digits->len);

    ngx_rtalpha_cfg_load_revision_key(view->repo, &lower, buf, &key);

    rc = ngx_rtalpha_cfg_store_get(view->ask->pool,
                                   NGX_RTALPHA_CFG_CACHE_REVISION, &key,
                                   &blob, &revision, sizeof(revision));
    if (rc == NGX_ERROR) {
        return rc;
    }

    /* what is found stays; what was not may have come with a fetch */

    if (rc == NGX_OK
        && (revision.commit.oid_len || revision.version == version))
    {
        if (revision.commit.oid_len == 0) {
            return ngx_rtalpha_cfg_view_no_label(view, digits);
        }

        view->commit = revision.commit;
        return NGX_OK;
    }

    rc = ngx_rtalpha_cfg_load_revision(view->ask->conf, view->repo, &lower,
                                       &why);
    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_refuse(view->ask, 500, "unreadable",
                                           &why);
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_view_label(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *label)
{
    ngx_int_t                rc;
    ngx_str_t                path, uri, digits;
    ngx_uint_t               version;
    ngx_rtalpha_cfg_refs_t  *refs;

    rc = ngx_rtalpha_cfg_local_refs(view->repo, &refs, &version);

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_absent(view->ask, view->repo);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    uri.data = view->repo->uri;
    uri.len = view->repo->uri_len;

    rc = ngx_rtalpha_cfg_refs_label(refs, label,
                                    !ngx_rtalpha_cfg_conf_local(&uri, &path),
                                    &view->commit);
    ngx_rtalpha_cfg_view_depend(view->ask, view->repo, version, label,
                                rc == NGX_OK ? &view->commit : NULL);
    if (rc == NGX_OK) {
        view->branch = ngx_rtalpha_cfg_refs_branch(refs, label,
                                                   &view->commit);
        return NGX_OK;
    }

    if (ngx_rtalpha_cfg_refs_revision(label, &digits) == NGX_OK) {
        rc = ngx_rtalpha_cfg_view_revision(view, &digits, version);

        /* it may come with any fetch */

        if (rc == NGX_DECLINED) {
            ngx_rtalpha_cfg_view_depend(view->ask, view->repo, version, NULL,
                                        NULL);
        }

        return rc;
    }

    return ngx_rtalpha_cfg_view_no_label(view, NULL);
}


/* the entry of a path, and whose it is */

static ngx_int_t
ngx_rtalpha_cfg_view_find(ngx_rtalpha_cfg_view_t *view, const ngx_str_t *path,
    ngx_rtalpha_cfg_entry_t *entry, ngx_rtalpha_cfg_repo_t **repo)
{
    ngx_int_t                   rc;
    ngx_str_t                   rest;
    ngx_uint_t                  i, version;
    ngx_rtalpha_cfg_repo_t    **root;
    ngx_rtalpha_cfg_listing_t  *listing;

    if (view->roots == NULL) {
        *repo = view->repo;
        return ngx_rtalpha_cfg_files_find(&view->files, path, entry);
    }

    root = view->roots->elts;

    for (i = 0; i < view->roots->nelts; i++) {

        if (path->len <= root[i]->uri_len
            || ngx_memcmp(path->data, root[i]->uri, root[i]->uri_len) != 0)
        {
            continue;
        }

        rc = ngx_rtalpha_cfg_local_listing(root[i], &listing, &version);

        if (rc != NGX_OK) {
            return rc;
        }

        rest.data = path->data + root[i]->uri_len;
        rest.len = path->len - root[i]->uri_len;

        if (ngx_rtalpha_cfg_listing_find(listing, &rest, entry) == NGX_OK) {
            *repo = root[i];
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* an object's bytes in one piece; NGX_AGAIN: it has been put on the list */

static ngx_int_t
ngx_rtalpha_cfg_view_object(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *path, ngx_uint_t kind, ngx_str_t *bytes)
{
    u_char                     buf[NGX_RTALPHA_CFG_LOAD_KEY];
    ngx_int_t                  rc;
    ngx_str_t                  key;
    ngx_rtalpha_blob_t        *blob;
    ngx_rtalpha_cfg_repo_t    *repo;
    ngx_rtalpha_cfg_entry_t    entry;
    ngx_rtalpha_cfg_wanted_t  *w;

    rc = ngx_rtalpha_cfg_view_find(view, path, &entry, &repo);

    if (rc != NGX_OK) {
        return rc;
    }

    if (view->roots) {
        view->modified = ngx_rtalpha_cfg_watch_modified(entry.oid);
    }

    ngx_rtalpha_cfg_load_object_key(kind, entry.oid, buf, &key);

    rc = ngx_rtalpha_cfg_store_get(view->ask->pool,
                                   kind == NGX_RTALPHA_CFG_FILE_NONE
                                       ? NGX_RTALPHA_CFG_CACHE_TEXT
                                       : NGX_RTALPHA_CFG_CACHE_DOCS,
                                   &key, &blob, NULL, 0);
    if (rc == NGX_OK) {
        return ngx_rtalpha_blob_flat(view->ask->pool, blob, bytes);
    }

    if (rc == NGX_ERROR) {
        return rc;
    }

    if (view->wanted.pool == NULL
        && ngx_array_init(&view->wanted, view->ask->pool, 8,
                          sizeof(ngx_rtalpha_cfg_wanted_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* one load is of one repository: others follow when this is there */

    if (view->wanted.nelts && view->wanted_repo != repo) {
        return NGX_AGAIN;
    }

    w = ngx_array_push(&view->wanted);
    if (w == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(w->oid, entry.oid, NGX_RTALPHA_CFG_OID);
    w->oid_len = view->commit.oid_len;
    w->kind = kind;
    w->path = entry.path;
    view->wanted_repo = repo;

    return NGX_AGAIN;
}


static ngx_int_t
ngx_rtalpha_cfg_view_load(void *data, const ngx_str_t *path,
    ngx_rtalpha_cfg_docs_t **docs)
{
    ngx_int_t                rc;
    ngx_str_t                bytes;
    ngx_rtalpha_cfg_view_t  *view;

    view = data;
    rc = ngx_rtalpha_cfg_view_object(view, path,
                                     ngx_rtalpha_cfg_docs_kind(path), &bytes);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_rtalpha_cfg_unsqueeze(view->ask->pool, &bytes) != NGX_OK) {
        return NGX_ERROR;
    }

    *docs = ngx_rtalpha_cfg_docs_unpack(view->ask->pool, bytes.data,
                                        bytes.len);

    return *docs ? NGX_OK : NGX_ERROR;
}


/* starts loading what is on the list */

static ngx_int_t
ngx_rtalpha_cfg_view_start(ngx_rtalpha_cfg_view_t *view)
{
    ngx_int_t  rc;
    ngx_str_t  why;

    rc = ngx_rtalpha_cfg_load_objects(view->ask->conf, view->wanted_repo,
                                      &view->wanted, &why);
    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_refuse(view->ask, 500, "unreadable",
                                           &why);
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_view_git_places(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *label)
{
    ngx_int_t                 rc;
    ngx_rtalpha_cfg_places_t  places;

    ngx_memzero(&places, sizeof(ngx_rtalpha_cfg_places_t));
    places.pool = view->ask->pool;
    places.patterns = view->backend->search;
    places.label = label;
    places.files = &view->files;
    places.applications = ngx_rtalpha_cfg_profile_list(view->ask->pool,
                              &view->ask->application, 0, 0);
    places.profiles = ngx_rtalpha_cfg_profile_list(view->ask->pool,
                              &view->ask->profiles, 0, 0);

    if (places.applications == NULL || places.profiles == NULL
        || ngx_array_init(&view->places, view->ask->pool, 4,
                          sizeof(ngx_rtalpha_cfg_place_t))
           != NGX_OK
        || ngx_array_init(&view->wanted, view->ask->pool, 8,
                          sizeof(ngx_rtalpha_cfg_wanted_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    view->wanted_repo = view->repo;
    view->files.pool = view->ask->pool;
    view->files.oid_len = view->commit.oid_len;
    view->files.max = view->ask->conf->max_files;
    view->files.missing = &view->wanted;

    rc = ngx_rtalpha_cfg_places_git(&places, &view->places);

    if (rc == NGX_AGAIN) {
        return ngx_rtalpha_cfg_view_start(view);
    }

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 500,
                   "too-many-directories", "a search path leads through too "
                   "many directories (rtalpha.config.limits.files)");
    }

    return rc;
}


/* "application", then the names asked for, each once */

static ngx_array_t *
ngx_rtalpha_cfg_view_names(ngx_rtalpha_cfg_ask_t *ask)
{
    ngx_str_t    *s;
    ngx_uint_t    i;
    ngx_array_t  *asked, *names;

    static ngx_str_t  application = ngx_string("application");

    names = ngx_array_create(ask->pool, 4, sizeof(ngx_str_t));
    asked = ngx_rtalpha_cfg_profile_list(ask->pool, &ask->application, 1, 0);

    if (names == NULL || asked == NULL
        || ngx_rtalpha_cfg_profile_push(names, &application) != NGX_OK)
    {
        return NULL;
    }

    s = asked->elts;

    for (i = 0; i < asked->nelts; i++) {
        if (ngx_rtalpha_cfg_profile_push(names, &s[i]) != NGX_OK) {
            return NULL;
        }
    }

    return names;
}


static ngx_int_t
ngx_rtalpha_cfg_view_name(ngx_rtalpha_cfg_view_t *view, const ngx_str_t *uri,
    const ngx_rtalpha_cfg_source_t *source, ngx_str_t *name)
{
    ngx_str_t  base, shown;

    static ngx_str_t  root = ngx_string("");
    static ngx_str_t  clone = ngx_string("/config-repo");

    if (view->roots) {
        return ngx_rtalpha_cfg_names_native(view->ask->pool, &root, source,
                                            name);
    }

    if (ngx_rtalpha_cfg_names_uri(view->ask->pool, uri, &shown) != NGX_OK) {
        return NGX_ERROR;
    }

    /* the original's own clone has a random name, ours a constant one */

    if (!ngx_rtalpha_cfg_conf_local(uri, &base)) {
        base = clone;
    }

    return ngx_rtalpha_cfg_names_git(view->ask->pool, &shown, &base, source,
                                     name);
}


static ngx_int_t
ngx_rtalpha_cfg_view_refuse_file(ngx_rtalpha_cfg_ask_t *ask,
    ngx_rtalpha_cfg_resolve_t *r)
{
    u_char     *p;
    ngx_str_t   message;

    p = ngx_pnalloc(ask->pool, r->error.len + r->error_path.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    message.data = p;
    message.len = ngx_sprintf(p, "%V: %V", &r->error_path, &r->error) - p;
    ask->broken = r->error_path;

    return ngx_rtalpha_cfg_view_refuse(ask, 500, "unusable-file", &message);
}


/* a comma cuts the original's list of locations where it stands */

static ngx_int_t
ngx_rtalpha_cfg_view_sources(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *uri, const ngx_array_t *sources)
{
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_named_t   *named;
    ngx_rtalpha_cfg_source_t  *source;

    source = sources->elts;

    for (i = 0; i < sources->nelts; i++) {
        named = ngx_array_push(&view->ask->env.sources);
        if (named == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(named, sizeof(ngx_rtalpha_cfg_named_t));
        named->props = source[i].props;

        if (ngx_rtalpha_cfg_view_name(view, uri, &source[i], &named->name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_view_env(ngx_rtalpha_cfg_view_t *view, const ngx_str_t *uri)
{
    ngx_int_t                   rc;
    ngx_rtalpha_cfg_ask_t      *ask;
    ngx_rtalpha_cfg_resolve_t   r;

    ask = view->ask;

    /* nothing is looked at for a nameless application or profile */

    if ((ask->application.len == 0 || ask->profiles.len == 0)
        && (view->roots == NULL || view->places.nelts == 0))
    {
        return NGX_OK;
    }

    if (ngx_strlchr(ask->application.data,
                    ask->application.data + ask->application.len, '*'))
    {
        return ngx_rtalpha_cfg_view_refuse_lit(ask, 500, "invalid-name",
                   "an application's name cannot contain '*'");
    }

    if (view->roots) {
        rc = ngx_rtalpha_cfg_view_locations(view);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_memzero(&r, sizeof(ngx_rtalpha_cfg_resolve_t));
    r.pool = ask->pool;
    r.names = ngx_rtalpha_cfg_view_names(ask);
    r.places = &view->places;
    r.profiles = ngx_rtalpha_cfg_profile_list(ask->pool, &ask->profiles, 1,
                                              0);
    r.load = ngx_rtalpha_cfg_view_load;
    r.data = view;

    if (r.names == NULL || r.profiles == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_resolve(&r);

    if (rc == NGX_AGAIN) {
        return ngx_rtalpha_cfg_view_start(view);
    }

    if (rc == NGX_DECLINED) {
        return ngx_rtalpha_cfg_view_refuse_file(ask, &r);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_cfg_view_sources(view, uri, &r.sources);
}


/* "dir/" "stem" "-profile" ".ext"; profile NULL: the path itself */

static ngx_int_t
ngx_rtalpha_cfg_view_candidate(ngx_pool_t *pool, const ngx_str_t *dir,
    const ngx_str_t *path, const ngx_str_t *profile, ngx_str_t *candidate)
{
    u_char  *p, *dot, *slash, *last;

    last = path->data + path->len;
    dot = last;
    slash = last;

    while (slash > path->data && slash[-1] != '/') {
        slash--;

        if (*slash == '.' && dot == last) {
            dot = slash;
        }
    }

    p = ngx_pnalloc(pool, dir->len + path->len
                          + (profile ? profile->len + 1 : 0));
    if (p == NULL) {
        return NGX_ERROR;
    }

    candidate->data = p;
    p = ngx_cpymem(p, dir->data, dir->len);
    p = ngx_cpymem(p, path->data, dot - path->data);

    if (profile) {
        *p++ = '-';
        p = ngx_cpymem(p, profile->data, profile->len);
    }

    p = ngx_cpymem(p, dot, last - dot);
    candidate->len = p - candidate->data;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_view_try(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *path)
{
    ngx_int_t               rc;
    ngx_rtalpha_cfg_ask_t  *ask;

    ask = view->ask;
    rc = ngx_rtalpha_cfg_view_object(view, path, NGX_RTALPHA_CFG_FILE_NONE,
                                     &ask->bytes);
    if (rc == NGX_OK) {
        ask->file = *path;
        ask->time = view->roots ? view->modified : view->commit.time;
        return NGX_OK;
    }

    return rc == NGX_AGAIN ? ngx_rtalpha_cfg_view_start(view) : rc;
}


static ngx_int_t
ngx_rtalpha_cfg_view_file_in(ngx_rtalpha_cfg_view_t *view,
    const ngx_str_t *dir, const ngx_str_t *path, ngx_array_t *profiles)
{
    ngx_int_t    rc;
    ngx_str_t   *profile, candidate;
    ngx_uint_t   i;

    profile = profiles->elts;

    for (i = 0; i <= profiles->nelts; i++) {

        if (ngx_rtalpha_cfg_view_candidate(view->ask->pool, dir, path,
                i == profiles->nelts || ngx_rtalpha_str_is(&profile[i],
                                                           "default")
                    ? NULL : &profile[i],
                &candidate)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = ngx_rtalpha_cfg_view_try(view, &candidate);

        if (rc != NGX_DECLINED || view->ask->status) {
            return rc;
        }
    }

    return NGX_DECLINED;
}


/* without "./" */

static ngx_int_t
ngx_rtalpha_cfg_view_clean(ngx_pool_t *pool, const ngx_str_t *path,
    ngx_str_t *clean)
{
    u_char  *d;
    size_t   i;

    d = ngx_pnalloc(pool, path->len + 1);
    if (d == NULL) {
        return NGX_ERROR;
    }

    clean->data = d;

    for (i = 0; i < path->len; i++) {

        if (path->data[i] == '.' && (d == clean->data || d[-1] == '/')
            && i + 1 < path->len && path->data[i + 1] == '/')
        {
            i++;
            continue;
        }

        *d++ = path->data[i];
    }

    clean->len = d - clean->data;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_view_file(ngx_rtalpha_cfg_view_t *view, const ngx_str_t *path)
{
    ngx_int_t                 rc;
    ngx_str_t                 name;
    ngx_uint_t                i, k;
    ngx_array_t              *profiles;
    ngx_rtalpha_cfg_place_t  *place;

    if (ngx_rtalpha_cfg_view_clean(view->ask->pool, path, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    profiles = ngx_rtalpha_cfg_profile_list(view->ask->pool,
                                            &view->ask->profiles, 0, 0);
    if (profiles == NULL) {
        return NGX_ERROR;
    }

    /* "file.txt/" has no extension, so no variant of it is found */

    if (name.len && name.data[name.len - 1] == '/') {
        profiles->nelts = 0;
    }

    while (name.len && (name.data[name.len - 1] == '/'
                        || name.data[name.len - 1] == ' '))
    {
        name.len--;
    }

    while (name.len && name.data[0] == '/') {
        name.data++;
        name.len--;
    }

    place = view->places.elts;

    for (i = 0; name.len && i < view->places.nelts; i++) {
        k = view->ask->conf->reverse ? view->places.nelts - 1 - i : i;
        rc = ngx_rtalpha_cfg_view_file_in(view, &place[k].dir, &name,
                                          profiles);
        if (rc != NGX_DECLINED || view->ask->status) {
            return rc;
        }
    }

    return ngx_rtalpha_cfg_view_refuse_lit(view->ask, 404, "no-such-file",
                                           "no such file");
}
