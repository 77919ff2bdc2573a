
/*
 * Questions: which backends, which repositories of a backend, which labels;
 * what happens when one of them fails.
 */


#include "ngx_rtalpha_cfg_backend.h"
#include "ngx_rtalpha_cfg_before.h"
#include "ngx_rtalpha_cfg_crypt.h"
#include "ngx_rtalpha_cfg_heldback.h"
#include "ngx_rtalpha_cfg_names.h"
#include "ngx_rtalpha_cfg_places.h"
#include "ngx_rtalpha_cfg_profile.h"


#define NGX_RTALPHA_CFG_ASK_BEFORE  16      /* broken files, one by one */


/* what one attempt wants: an environment, or a file */
typedef struct {
    ngx_rtalpha_cfg_ask_t   *ask;
    const ngx_str_t         *path;          /* NULL: an environment */
    ngx_str_t                version;       /* of the backend */
} ngx_rtalpha_cfg_try_t;


static ngx_str_t  ngx_rtalpha_cfg_master = ngx_string("master");


static void
ngx_rtalpha_cfg_ask_clear(ngx_rtalpha_cfg_ask_t *ask)
{
    ask->status = 0;
    ask->reason = NULL;
    ngx_str_null(&ask->message);
}


/*
 * A branch has come to a commit that cannot be used here: what it was before
 * each unusable file became what it is.  Nothing is kept of what has been
 * served: history has it, also for a node that starts now.
 */

static ngx_int_t
ngx_rtalpha_cfg_ask_before(ngx_rtalpha_cfg_try_t *t,
    ngx_rtalpha_cfg_view_t *view, const ngx_str_t *uri,
    const ngx_str_t *label, ngx_uint_t nsources)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_ask_t     *ask, first;
    ngx_rtalpha_cfg_commit_t   bad, before;

    ask = t->ask;
    first = *ask;
    bad = view->commit;

    for (i = 0; i < NGX_RTALPHA_CFG_ASK_BEFORE; i++) {
        rc = ngx_rtalpha_cfg_before(ask->pool, ask->conf, view->repo,
                                    &view->commit, &ask->broken, &before);
        if (rc == NGX_DECLINED) {
            break;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        ask->env.sources.nelts = nsources;
        ngx_rtalpha_cfg_ask_clear(ask);
        rc = ngx_rtalpha_cfg_view_at(view, &before, label);

        if (rc == NGX_OK) {
            rc = ngx_rtalpha_cfg_view_env(view, uri);
        }

        if (rc == NGX_OK) {
            ngx_rtalpha_cfg_heldback_add(view->repo, &bad, &before,
                                         &ask->application, label,
                                         &first.message);
            return NGX_OK;
        }

        if (rc != NGX_DECLINED) {
            return rc;
        }

        if (ngx_strcmp(ask->reason, "unusable-file") != 0) {
            break;
        }
    }

    ask->env.sources.nelts = nsources;
    ask->status = first.status;
    ask->reason = first.reason;
    ask->message = first.message;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_ask_commit(ngx_rtalpha_cfg_try_t *t,
    ngx_rtalpha_cfg_view_t *view, const ngx_str_t *uri,
    const ngx_str_t *label)
{
    u_char      *hex;
    ngx_int_t    rc;
    ngx_uint_t   n;

    n = t->ask->env.sources.nelts;
    rc = ngx_rtalpha_cfg_view_env(view, uri);

    if (rc == NGX_DECLINED && view->branch && !t->ask->conf->java_errors
        && !t->ask->exact
        && ngx_strcmp(t->ask->reason, "unusable-file") == 0)
    {
        rc = ngx_rtalpha_cfg_ask_before(t, view, uri, label, n);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    hex = ngx_pnalloc(t->ask->pool, 2 * NGX_RTALPHA_CFG_OID);
    if (hex == NULL) {
        return NGX_ERROR;
    }

    ngx_rtalpha_cfg_refs_hex(&view->commit, hex, &t->version);

    return NGX_OK;
}


/*
 * Could "refs/heads/" and the label be the name of a reference (git's rules)?
 * The original fails on such a label with files, though not with
 * environments.
 */

static ngx_uint_t
ngx_rtalpha_cfg_ask_branch(const ngx_str_t *label)
{
    size_t  i;
    u_char  c, before;

    before = '/';

    for (i = 0; i < label->len; i++, before = c) {
        c = label->data[i];

        if (c <= ' ' || c == 0x7f || ngx_strchr("~^:?[*\\", c)
            || (c == '{' && before == '@')
            || (c == '/' && (before == '/' || i + 1 == label->len))
            || (c == '.' && (before == '/' || before == '.'
                             || i + 1 == label->len)))
        {
            return 0;
        }
    }

    return i != 0
           && (i < sizeof(".lock") - 1
               || ngx_memcmp(label->data + i - 5, ".lock", 5) != 0);
}


/* one repository at one label, which is no list */

static ngx_int_t
ngx_rtalpha_cfg_ask_label(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *uri,
    const ngx_str_t *label)
{
    ngx_int_t                rc;
    ngx_str_t                filled;
    ngx_rtalpha_cfg_view_t   view;

    if (ngx_rtalpha_cfg_places_fill(t->ask->pool, uri, &t->ask->application,
                                    &t->ask->profiles, label, &filled)
        != NGX_OK
        || ngx_rtalpha_cfg_conf_uri(t->ask->pool, &filled) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (t->path && t->ask->conf->java_errors
        && !ngx_rtalpha_cfg_ask_branch(label))
    {
        return ngx_rtalpha_cfg_view_refuse(t->ask, 500, "invalid-label",
                   &(ngx_str_t) ngx_string("no name of a branch"));
    }

    rc = ngx_rtalpha_cfg_view_git(&view, t->ask, b, &filled, label);

    if (rc != NGX_OK) {
        return rc;
    }

    return t->path ? ngx_rtalpha_cfg_view_file(&view, t->path)
                   : ngx_rtalpha_cfg_ask_commit(t, &view, &filled, label);
}


/* does a failure under "main" lead to "master" */

static ngx_uint_t
ngx_rtalpha_cfg_ask_falls_back(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *label)
{
    if (!ngx_rtalpha_str_is(label, "main") || !b->try_master || t->ask->exact
        || ngx_strcmp(t->ask->reason, "no-repository") == 0)
    {
        return 0;
    }

    return t->ask->conf->java_errors || b->try_master_written
           || t->ask->status == 404;
}


/* missing: only a label that is not there leads to master */

static ngx_int_t
ngx_rtalpha_cfg_ask_or_master(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *uri,
    const ngx_str_t *label, ngx_uint_t missing)
{
    ngx_int_t              rc;
    ngx_uint_t             n;
    ngx_rtalpha_cfg_ask_t  first, *ask;

    ask = t->ask;
    n = ask->env.sources.nelts;
    rc = ngx_rtalpha_cfg_ask_label(t, b, uri, label);

    if (rc != NGX_DECLINED || !ngx_rtalpha_cfg_ask_falls_back(t, b, label)) {
        return rc;
    }

    /* a file that is not there is not looked for in another branch */

    if ((t->path || missing)
        && ngx_strcmp(ask->reason, "no-such-label") != 0)
    {
        return rc;
    }

    first = *ask;
    ask->env.sources.nelts = n;
    ngx_rtalpha_cfg_ask_clear(ask);
    rc = ngx_rtalpha_cfg_ask_label(t, b, uri, &ngx_rtalpha_cfg_master);

    if (rc == NGX_DECLINED && !ask->conf->java_errors) {
        ask->status = first.status;
        ask->reason = first.reason;
        ask->message = first.message;
    }

    return rc;
}


static ngx_int_t
ngx_rtalpha_cfg_ask_join(ngx_pool_t *pool, const ngx_str_t *a,
    const ngx_str_t *b, ngx_str_t *result)
{
    u_char     *p;
    ngx_str_t   joined;

    p = ngx_pnalloc(pool, a->len + b->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    joined.data = p;

    if (a->len) {
        p = ngx_cpymem(p, a->data, a->len);
    }

    if (a->len && b->len) {
        *p++ = ',';
    }

    if (b->len) {
        p = ngx_cpymem(p, b->data, b->len);
    }

    joined.len = p - joined.data;
    *result = joined;

    return NGX_OK;
}


/*
 * A list: the last label ranks highest, the versions come in the order of
 * the list.
 */

static ngx_int_t
ngx_rtalpha_cfg_ask_labels(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *uri,
    ngx_array_t *labels)
{
    ngx_int_t    rc;
    ngx_str_t   *label, version;
    ngx_uint_t   i, again;

    label = labels->elts;
    ngx_str_null(&version);
    again = 0;

    for (i = labels->nelts; i > 0; i--) {
        ngx_str_null(&t->version);
        rc = ngx_rtalpha_cfg_ask_or_master(t, b, uri, &label[i - 1], 1);

        if (rc == NGX_AGAIN) {
            again = 1;
            continue;
        }

        if (rc == NGX_DECLINED && b->lenient) {
            ngx_rtalpha_cfg_ask_clear(t->ask);
            continue;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        if (ngx_rtalpha_cfg_ask_join(t->ask->pool, &t->version, &version,
                                     &version)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    t->version = version;

    return again ? NGX_AGAIN : NGX_OK;
}


/* one repository, its default label known */

static ngx_int_t
ngx_rtalpha_cfg_ask_repo(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b, const ngx_str_t *uri,
    const ngx_str_t *fallback)
{
    ngx_str_t     label;
    ngx_array_t  *labels;

    label = t->ask->labelled ? t->ask->label : *fallback;

    if (t->path == NULL) {
        labels = ngx_rtalpha_cfg_profile_list(t->ask->pool, &label, 0, 0);

        if (labels == NULL) {
            return NGX_ERROR;
        }

        if (labels->nelts > 64) {
            return ngx_rtalpha_cfg_view_refuse(t->ask, 400, "too-many-labels",
                       &(ngx_str_t) ngx_string("too many labels"));
        }

        if (labels->nelts > 1) {
            return ngx_rtalpha_cfg_ask_labels(t, b, uri, labels);
        }

        if (labels->nelts == 1) {
            label = *(ngx_str_t *) labels->elts;
        }
    }

    return ngx_rtalpha_cfg_ask_or_master(t, b, uri, &label, 0);
}


static ngx_uint_t
ngx_rtalpha_cfg_ask_pattern(const ngx_rtalpha_cfg_backend_t *b,
    const ngx_str_t *name)
{
    ngx_str_t   *pattern;
    ngx_uint_t   i;

    pattern = b->patterns->elts;

    for (i = 0; i < b->patterns->nelts; i++) {

        if (ngx_rtalpha_cfg_names_glob(&pattern[i], name)) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_rtalpha_cfg_ask_named(ngx_pool_t *pool, const ngx_str_t *application,
    const ngx_str_t *profile, ngx_str_t *name)
{
    u_char  *p;

    p = ngx_pnalloc(pool, application->len + profile->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name->data = p;
    name->len = ngx_sprintf(p, "%V/%V", application, profile) - p;

    return NGX_OK;
}


/* 1: this named repository is for the application under the profiles */

static ngx_int_t
ngx_rtalpha_cfg_ask_matches(ngx_rtalpha_cfg_ask_t *ask,
    const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_str_t    *profile, name;
    ngx_uint_t    i;
    ngx_array_t  *profiles;

    profiles = ngx_rtalpha_cfg_profile_list(ask->pool, &ask->profiles, 0, 0);

    if (profiles == NULL
        || ngx_rtalpha_cfg_ask_named(ask->pool, &ask->application,
                                     &ask->profiles, &name)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_rtalpha_cfg_ask_pattern(b, &name)) {
        return 0;
    }

    profile = profiles->elts;

    for (i = profiles->nelts; i > 0; i--) {

        if (ngx_rtalpha_cfg_ask_named(ask->pool, &ask->application,
                                      &profile[i - 1], &name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_rtalpha_cfg_ask_pattern(b, &name)) {
            return 1;
        }
    }

    return 0;
}


/*
 * A repository with a pattern.  NGX_DECLINED: it is passed over.  A file is
 * looked for in the first one that has the environment that goes with it,
 * and if it is not there, nowhere else.
 */

static ngx_int_t
ngx_rtalpha_cfg_ask_named_repo(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *named)
{
    ngx_int_t         rc;
    const ngx_str_t  *path;

    path = t->path;

    if (path) {
        t->path = NULL;
        rc = ngx_rtalpha_cfg_ask_repo(t, named, &named->uri, &named->label);
        t->path = path;
        t->ask->env.sources.nelts = 0;

        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ngx_rtalpha_cfg_ask_repo(t, named, &named->uri, &named->label);

    return (rc == NGX_DECLINED && path
            && ngx_strcmp(t->ask->reason, "no-such-file") == 0)
           ? NGX_DONE : rc;
}


/*
 * A git backend: repositories with a pattern first, each passed over when it
 * fails, then the one of the backend itself.
 */

static ngx_int_t
ngx_rtalpha_cfg_ask_git(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_int_t                   rc;
    ngx_str_t                   label;
    ngx_uint_t                  i, n;
    ngx_rtalpha_cfg_backend_t  *named;

    label = b->label;
    named = b->repos->elts;
    n = t->ask->env.sources.nelts;

    for (i = 0; i < b->repos->nelts; i++) {
        rc = ngx_rtalpha_cfg_ask_matches(t->ask, &named[i]);

        if (rc == NGX_ERROR) {
            return rc;
        }

        if (rc == 0) {
            continue;
        }

        rc = ngx_rtalpha_cfg_ask_named_repo(t, &named[i]);

        if (rc == NGX_DONE) {
            return NGX_DECLINED;
        }

        if (rc != NGX_DECLINED) {
            return rc;
        }

        t->ask->env.sources.nelts = n;
        ngx_rtalpha_cfg_ask_clear(t->ask);
    }

    return ngx_rtalpha_cfg_ask_repo(t, b, &b->uri, &label);
}


static ngx_int_t
ngx_rtalpha_cfg_ask_native(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_int_t                rc;
    ngx_str_t               *s, swap;
    ngx_uint_t               i, n;
    ngx_array_t             *labels;
    ngx_rtalpha_cfg_view_t   view;

    labels = ngx_rtalpha_cfg_profile_list(t->ask->pool,
                 t->ask->labelled ? &t->ask->label : &b->label, 0, 1);

    if (labels == NULL) {
        return NGX_ERROR;
    }

    /* the first label ranks highest */

    s = labels->elts;
    n = labels->nelts;

    for (i = 0; i < n / 2; i++) {
        swap = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = swap;
    }

    rc = ngx_rtalpha_cfg_view_native(&view, t->ask, b,
                                     t->ask->labelled ? &t->ask->label
                                                      : &b->label, labels);

    if (rc != NGX_OK) {
        return rc;
    }

    t->version = b->version;

    return t->path ? ngx_rtalpha_cfg_view_file(&view, t->path)
                   : ngx_rtalpha_cfg_view_env(&view, NULL);
}


static ngx_int_t
ngx_rtalpha_cfg_ask_backend(ngx_rtalpha_cfg_try_t *t,
    const ngx_rtalpha_cfg_backend_t *b)
{
    ngx_str_null(&t->version);

    return b->kind == NGX_RTALPHA_CFG_REPO_NATIVE
           ? ngx_rtalpha_cfg_ask_native(t, b) : ngx_rtalpha_cfg_ask_git(t, b);
}


static ngx_int_t
ngx_rtalpha_cfg_ask_overrides(ngx_rtalpha_cfg_ask_t *ask)
{
    ngx_rtalpha_cfg_named_t  *named, *first;

    if (ask->conf->overrides == NULL) {
        return NGX_OK;
    }

    named = ngx_array_push(&ask->env.sources);
    if (named == NULL) {
        return NGX_ERROR;
    }

    first = ask->env.sources.elts;
    ngx_memmove(first + 1, first,
                (ask->env.sources.nelts - 1)
                * sizeof(ngx_rtalpha_cfg_named_t));

    ngx_str_set(&first->name, "overrides");
    first->props = ask->conf->overrides;
    first->overrides = 1;

    return NGX_OK;
}


static void
ngx_rtalpha_cfg_ask_begin(ngx_rtalpha_cfg_ask_t *ask)
{
    ask->env.name = ask->application;
    ask->env.profiles = ask->profiles;
    ask->env.label = ask->label;
    ask->env.labelled = ask->labelled;
    ngx_str_set(&ask->env.state, "");
    ask->ndeps = 0;
    ask->volatile_ = 0;
    ngx_rtalpha_cfg_ask_clear(ask);
}


/* every backend's sources, in their order; one alone gives the version */

static ngx_int_t
ngx_rtalpha_cfg_ask_all(ngx_rtalpha_cfg_ask_t *ask)
{
    ngx_int_t                         rc;
    ngx_uint_t                        i, n, again;
    ngx_rtalpha_cfg_try_t             t;
    const ngx_rtalpha_cfg_backend_t  *b;

    ngx_memzero(&t, sizeof(ngx_rtalpha_cfg_try_t));
    t.ask = ask;
    b = ask->conf->backends.elts;
    again = 0;

    for (i = 0; i < ask->conf->backends.nelts; i++) {
        n = ask->env.sources.nelts;
        rc = ngx_rtalpha_cfg_ask_backend(&t, &b[i]);

        if (rc == NGX_AGAIN) {
            again = 1;
            continue;
        }

        if (rc == NGX_DECLINED && !ask->conf->fail_composite
            && ask->conf->backends.nelts > 1)
        {
            ask->env.sources.nelts = n;
            ngx_rtalpha_cfg_ask_clear(ask);
            continue;
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (again) {
        return NGX_AGAIN;
    }

    if (ask->conf->backends.nelts == 1) {
        ask->env.version = t.version;

        if (b->kind == NGX_RTALPHA_CFG_REPO_GIT) {
            ask->env.versioned = 1;
            ask->env.stated = 1;

        } else {
            ask->env.versioned = b->versioned;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_ask_env(ngx_rtalpha_cfg_ask_t *ask)
{
    ngx_int_t  rc;

    ngx_rtalpha_cfg_ask_begin(ask);

    if (ngx_array_init(&ask->env.sources, ask->pool, 8,
                       sizeof(ngx_rtalpha_cfg_named_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_ask_all(ask);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ask->conf->encrypt) {
        rc = ngx_rtalpha_cfg_crypt_env(ask->pool, ask->conf->keys,
                                       ask->conf->encrypt_mark, &ask->env);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_rtalpha_cfg_ask_overrides(ask);
}


ngx_int_t
ngx_rtalpha_cfg_ask_nonempty(ngx_rtalpha_cfg_ask_t *ask)
{
    if (ask->env.sources.nelts || ask->conf->accept_empty) {
        return NGX_OK;
    }

    return ngx_rtalpha_cfg_view_refuse(ask, 404, "empty",
               &(ngx_str_t) ngx_string("nothing is configured"));
}


ngx_int_t
ngx_rtalpha_cfg_ask_file(ngx_rtalpha_cfg_ask_t *ask, const ngx_str_t *path)
{
    ngx_int_t                         rc;
    ngx_uint_t                        i;
    ngx_rtalpha_cfg_ask_t             first;
    ngx_rtalpha_cfg_try_t             t;
    const ngx_rtalpha_cfg_backend_t  *b;

    ngx_rtalpha_cfg_ask_begin(ask);

    if (ngx_array_init(&ask->env.sources, ask->pool, 8,
                       sizeof(ngx_rtalpha_cfg_named_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&t, sizeof(ngx_rtalpha_cfg_try_t));
    t.ask = ask;
    t.path = path;
    first.status = 0;
    b = ask->conf->backends.elts;

    /* the first backend that has it, unless one fails otherwise */

    for (i = 0; i < ask->conf->backends.nelts; i++) {
        rc = ngx_rtalpha_cfg_ask_backend(&t, &b[i]);

        if (rc != NGX_DECLINED
            || ngx_strcmp(ask->reason, "no-such-file") != 0)
        {
            return rc;
        }

        first = *ask;
        ngx_rtalpha_cfg_ask_clear(ask);
    }

    if (first.status == 0) {
        return NGX_ERROR;
    }

    return ngx_rtalpha_cfg_view_refuse(ask, first.status, first.reason,
                                       &first.message);
}
