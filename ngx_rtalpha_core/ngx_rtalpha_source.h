
/*
 * The inside of settings objects: their sources, what each text says and
 * the tree it last gave, and the record in the zone.  For the files of
 * settings alone.
 */


#ifndef _NGX_RTALPHA_SOURCE_H_INCLUDED_
#define _NGX_RTALPHA_SOURCE_H_INCLUDED_


#include "ngx_rtalpha_blob.h"
#include "ngx_rtalpha_settings.h"


#define NGX_RTALPHA_SOURCE_ERROR  256

/* how often a remote config server is asked, ms */
#define NGX_RTALPHA_SOURCE_FETCH  5000


typedef enum {
    NGX_RTALPHA_SOURCE_FILE = 0,
    NGX_RTALPHA_SOURCE_CONFIG,
    NGX_RTALPHA_SOURCE_HTTP
} ngx_rtalpha_source_type_e;


/* what tells one state of a file from another */
typedef struct {
    time_t                        sec;
    long                          nsec;
    off_t                         size;
    ino_t                         inode;
} ngx_rtalpha_source_stamp_t;


typedef struct {
    ngx_uint_t                    type;
    ngx_str_t                     text;     /* as in nginx.conf */
    ngx_str_t                     path;     /* FILE: full, NUL-terminated;
                                               HTTP: the URL */
    ngx_rtalpha_settings_want_t   want;     /* CONFIG */
    uint32_t                      number;   /* place in the list, from 0 */

    /* FILE, at configuration time */
    ngx_rtalpha_props_t          *initial;
    ngx_rtalpha_source_stamp_t    stamp;

    /* in the leader: the last good tree, packed, in ngx_alloc() memory */
    ngx_str_t                     packed;
    ngx_uint_t                    reading;
    ngx_msec_t                    due;      /* HTTP: the next fetch */
    u_char                        etag[128];
} ngx_rtalpha_source_t;


typedef struct ngx_rtalpha_settings_record_s  ngx_rtalpha_settings_record_t;

struct ngx_rtalpha_settings_record_s {
    ngx_rtalpha_settings_record_t      *next;
    ngx_atomic_t                        version;
    ngx_rtalpha_blob_t                 *tree;
    size_t                              len;
    u_char                              name[NGX_RTALPHA_SETTINGS_NAME];
    u_char                              error[NGX_RTALPHA_SOURCE_ERROR];
};


struct ngx_rtalpha_settings_s {
    ngx_str_t                           name;
    ngx_array_t                         sources;
    const ngx_rtalpha_settings_user_t  *user;
    void                               *data;
    ngx_rtalpha_props_t                *initial;
    ngx_uint_t                          files;  /* all sources are files */

    /* of the process */
    ngx_rtalpha_settings_record_t      *record;
    uint64_t                            seen;
};


/*
 * Parses "file:PATH", "config:APP[/PROFILES[/LABEL]]" or a URL at
 * configuration time; files are read, and an error in one is an error of the
 * configuration.
 */
ngx_int_t ngx_rtalpha_source_parse(ngx_conf_t *cf, ngx_str_t *text,
    ngx_rtalpha_source_t *source);

/*
 * Reads a file into one tree: documents in their order, later ones win,
 * those with an activation condition are left out.  Usable in the thread.
 * NGX_OK; NGX_DECLINED with *error; NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_source_load(ngx_pool_t *pool, const ngx_str_t *path,
    uint32_t number, ngx_rtalpha_props_t **props, ngx_str_t *error);

/* is the file another one than stamp says; stamp is brought up to date */
ngx_uint_t ngx_rtalpha_source_moved(const ngx_str_t *path,
    ngx_rtalpha_source_stamp_t *stamp);

/* keeps a tree as the source's last good one; NGX_ERROR: no memory */
ngx_int_t ngx_rtalpha_source_keep(ngx_rtalpha_source_t *source,
    const ngx_rtalpha_props_t *props);
void ngx_rtalpha_source_forget(ngx_rtalpha_source_t *source);

/*
 * The current tree, copied out of the zone into pool; NULL: there is none
 * yet, or no memory.
 */
ngx_rtalpha_props_t *ngx_rtalpha_settings_tree(
    ngx_rtalpha_settings_t *settings, ngx_pool_t *pool, uint64_t *version);

/* in the leader: merges what the sources have given and publishes it */
void ngx_rtalpha_settings_merge(ngx_rtalpha_settings_t *settings);

/* says once why there is no new tree; the old one stays */
void ngx_rtalpha_settings_fail(ngx_rtalpha_settings_t *settings,
    const ngx_str_t *why);

/* in the leader, once a second: reads the source again if that is due */
void ngx_rtalpha_reread(ngx_rtalpha_settings_t *settings,
    ngx_rtalpha_source_t *source);

/* asks the role; NGX_DECLINED: a value is wrong, and why */
ngx_int_t ngx_rtalpha_settings_check(ngx_rtalpha_settings_t *settings,
    ngx_pool_t *pool, const ngx_rtalpha_props_t *props, ngx_str_t *why);

/*
 * At configuration time: checks a tree made of files alone and logs what is
 * wrong or unknown, and a summary.  NGX_ERROR: something is wrong.
 */
ngx_int_t ngx_rtalpha_settings_report_initial(ngx_conf_t *cf,
    ngx_rtalpha_settings_t *settings);


#endif /* _NGX_RTALPHA_SOURCE_H_INCLUDED_ */
