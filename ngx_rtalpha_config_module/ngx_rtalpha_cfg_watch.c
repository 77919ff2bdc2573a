
/*
 * Looking at origins on this machine.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>
#include <dirent.h>
#include <sys/stat.h>

#include "ngx_rtalpha_cfg_watch.h"


#define NGX_RTALPHA_CFG_WATCH_DEPTH  40
#define NGX_RTALPHA_CFG_WATCH_REFS   1000000
#define NGX_RTALPHA_CFG_WATCH_PATH   4096


typedef struct {
    ngx_sha1_t    sha;
    ngx_uint_t    seen;
} ngx_rtalpha_cfg_watch_t;


typedef struct {
    ngx_pool_t   *pool;
    size_t        root;                 /* length of the root's path */
    ngx_uint_t    max;
    ngx_array_t   entries;
} ngx_rtalpha_cfg_scan_t;


static void
ngx_rtalpha_cfg_watch_add(ngx_rtalpha_cfg_watch_t *w, const char *path,
    struct stat *st)
{
    uint64_t  facts[5];

    facts[0] = st->st_ino;
    facts[1] = st->st_size;
    facts[2] = st->st_mtim.tv_sec;
    facts[3] = st->st_mtim.tv_nsec;
    facts[4] = st->st_mode;

    ngx_sha1_update(&w->sha, path, strlen(path) + 1);
    ngx_sha1_update(&w->sha, facts, sizeof(facts));
    w->seen++;
}


static int
ngx_rtalpha_cfg_watch_name(const void *one, const void *two)
{
    return strcmp(*(char **) one, *(char **) two);
}


/* the names in a folder, sorted and malloc()ed; -1: cannot be read */

static ngx_int_t
ngx_rtalpha_cfg_watch_names(const char *path, char ***names)
{
    DIR            *dir;
    char          **list, **more;
    size_t          n, size;
    struct dirent  *entry;

    dir = opendir(path);
    if (dir == NULL) {
        return -1;
    }

    list = NULL;
    n = 0;
    size = 0;

    while ((entry = readdir(dir)) != NULL) {

        if (strcmp(entry->d_name, ".") == 0
            || strcmp(entry->d_name, "..") == 0)
        {
            continue;
        }

        if (n == size) {
            size = size ? size * 2 : 64;
            more = realloc(list, size * sizeof(char *));

            if (more == NULL) {
                break;
            }

            list = more;
        }

        list[n] = strdup(entry->d_name);

        if (list[n] == NULL) {
            break;
        }

        n++;
    }

    closedir(dir);
    if (n) {
        qsort(list, n, sizeof(char *), ngx_rtalpha_cfg_watch_name);
    }

    *names = list;

    return n;
}


static void
ngx_rtalpha_cfg_watch_tree(ngx_rtalpha_cfg_watch_t *w, const char *path,
    ngx_uint_t depth)
{
    char         sub[NGX_RTALPHA_CFG_WATCH_PATH], **names;
    ngx_int_t    i, n;
    struct stat  st;

    if (depth == NGX_RTALPHA_CFG_WATCH_DEPTH
        || w->seen > NGX_RTALPHA_CFG_WATCH_REFS || lstat(path, &st) == -1)
    {
        return;
    }

    ngx_rtalpha_cfg_watch_add(w, path, &st);

    if (!S_ISDIR(st.st_mode)) {
        return;
    }

    n = ngx_rtalpha_cfg_watch_names(path, &names);

    for (i = 0; i < n; i++) {
        if (snprintf(sub, sizeof(sub), "%s/%s", path, names[i])
            < (int) sizeof(sub))
        {
            ngx_rtalpha_cfg_watch_tree(w, sub, depth + 1);
        }

        free(names[i]);
    }

    if (n >= 0) {
        free(names);
    }
}


ngx_int_t
ngx_rtalpha_cfg_watch_refs(const u_char *path, u_char *digest)
{
    char                      base[NGX_RTALPHA_CFG_WATCH_PATH];
    char                      file[NGX_RTALPHA_CFG_WATCH_PATH + 32];
    ngx_uint_t                i;
    struct stat               st;
    ngx_rtalpha_cfg_watch_t   w;

    static const char  *parts[] = { "HEAD", "packed-refs", "refs",
                                    "reftable" };

    if (snprintf(base, sizeof(base), "%s/.git", path) >= (int) sizeof(base)) {
        return NGX_DECLINED;
    }

    if (stat(base, &st) == -1) {
        (void) snprintf(base, sizeof(base), "%s", path);
    }

    ngx_sha1_init(&w.sha);
    w.seen = 0;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        (void) snprintf(file, sizeof(file), "%s/%s", base, parts[i]);
        ngx_rtalpha_cfg_watch_tree(&w, file, 0);
    }

    ngx_sha1_final(digest, &w.sha);

    return w.seen ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_watch_entry(ngx_rtalpha_cfg_scan_t *scan, const char *path,
    struct stat *st)
{
    size_t                    len;
    int64_t                   modified;
    ngx_rtalpha_cfg_entry_t  *e;
    ngx_rtalpha_cfg_watch_t   w;

    if (scan->entries.nelts == scan->max) {
        return NGX_DECLINED;
    }

    e = ngx_array_push(&scan->entries);
    if (e == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(e, sizeof(ngx_rtalpha_cfg_entry_t));

    ngx_sha1_init(&w.sha);
    w.seen = 0;
    ngx_rtalpha_cfg_watch_add(&w, path, st);
    ngx_sha1_final(e->oid, &w.sha);

    modified = st->st_mtime;
    ngx_memcpy(e->oid + NGX_RTALPHA_CFG_WATCH_DIGEST, &modified,
               sizeof(modified));

    len = strlen(path) - scan->root;
    e->path.len = len;
    e->path.data = ngx_pnalloc(scan->pool, len);
    if (e->path.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(e->path.data, path + scan->root, len);
    e->size = st->st_size;
    e->mode = 0100644;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_watch_scan(ngx_rtalpha_cfg_scan_t *scan, const char *path,
    ngx_uint_t depth)
{
    char         sub[NGX_RTALPHA_CFG_WATCH_PATH], **names;
    ngx_int_t    i, n, rc;
    struct stat  st;

    if (depth == NGX_RTALPHA_CFG_WATCH_DEPTH) {
        return NGX_OK;
    }

    n = ngx_rtalpha_cfg_watch_names(path, &names);
    rc = NGX_OK;

    for (i = 0; i < n; i++) {

        if (rc != NGX_OK || strncmp(names[i], "..", 2) == 0
            || strncmp(names[i], ".git", 4) == 0
            || snprintf(sub, sizeof(sub) - 1, "%s%s", path, names[i])
               >= (int) sizeof(sub) - 1
            || stat(sub, &st) == -1)
        {
            free(names[i]);
            continue;
        }

        free(names[i]);

        if (S_ISDIR(st.st_mode)) {
            ngx_memcpy(sub + strlen(sub), "/", 2);
            rc = ngx_rtalpha_cfg_watch_scan(scan, sub, depth + 1);

        } else if (S_ISREG(st.st_mode)) {
            rc = ngx_rtalpha_cfg_watch_entry(scan, sub, &st);
        }
    }

    if (n >= 0) {
        free(names);
    }

    return rc;
}


static int ngx_libc_cdecl
ngx_rtalpha_cfg_watch_order(const void *one, const void *two)
{
    const ngx_rtalpha_cfg_entry_t  *a, *b;

    a = one;
    b = two;

    return (int) ngx_memn2cmp(a->path.data, b->path.data, a->path.len,
                              b->path.len);
}


ngx_int_t
ngx_rtalpha_cfg_watch_folder(ngx_pool_t *pool, const u_char *root,
    ngx_uint_t max, ngx_str_t *packed)
{
    ngx_int_t               rc;
    ngx_rtalpha_cfg_scan_t  scan;

    scan.pool = pool;
    scan.root = ngx_strlen(root);
    scan.max = max;

    if (ngx_array_init(&scan.entries, pool, 64,
                       sizeof(ngx_rtalpha_cfg_entry_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_rtalpha_cfg_watch_scan(&scan, (const char *) root, 0);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_qsort(scan.entries.elts, scan.entries.nelts,
              sizeof(ngx_rtalpha_cfg_entry_t), ngx_rtalpha_cfg_watch_order);

    return ngx_rtalpha_cfg_listing_pack(pool, &scan.entries, packed);
}


static void
ngx_rtalpha_cfg_watch_unlink(const char *path, ngx_uint_t depth)
{
    char         sub[NGX_RTALPHA_CFG_WATCH_PATH], **names;
    ngx_int_t    i, n;
    struct stat  st;

    if (depth == NGX_RTALPHA_CFG_WATCH_DEPTH || lstat(path, &st) == -1) {
        return;
    }

    n = S_ISDIR(st.st_mode) ? ngx_rtalpha_cfg_watch_names(path, &names) : -1;

    for (i = 0; i < n; i++) {
        if (snprintf(sub, sizeof(sub), "%s/%s", path, names[i])
            < (int) sizeof(sub))
        {
            ngx_rtalpha_cfg_watch_unlink(sub, depth + 1);
        }

        free(names[i]);
    }

    if (n >= 0) {
        free(names);
    }

    (void) remove(path);
}


void
ngx_rtalpha_cfg_watch_remove(const char *path)
{
    ngx_rtalpha_cfg_watch_unlink(path, 0);
}


int64_t
ngx_rtalpha_cfg_watch_modified(const u_char *oid)
{
    int64_t  modified;

    ngx_memcpy(&modified, oid + NGX_RTALPHA_CFG_WATCH_DIGEST,
               sizeof(modified));

    return modified;
}
