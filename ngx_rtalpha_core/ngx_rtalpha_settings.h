
/*
 * Settings: where a role's property tree comes from, and how it stays live.
 *
 * A settings object has an ordered list of sources (earlier wins): file:PATH,
 * config:APP[/PROFILES[/LABEL]], and http(s):// URLs of any Spring-compatible
 * config server, asked every 5 s (with If-None-Match).  The zone leader reads
 * and merges them, resolves ${...}, lets the role check the result, and
 * publishes it in the zone as packed properties with a version.  A tree with
 * an error never replaces a good one.  Each worker's apply() is called when
 * the version has moved.  Files are read at configuration time too: there an
 * error fails nginx -t.
 */


#ifndef _NGX_RTALPHA_SETTINGS_H_INCLUDED_
#define _NGX_RTALPHA_SETTINGS_H_INCLUDED_


#include "ngx_rtalpha_http.h"
#include "ngx_rtalpha_props.h"
#include "ngx_rtalpha_bind.h"
#include "ngx_rtalpha_json.h"


typedef struct ngx_rtalpha_settings_s  ngx_rtalpha_settings_t;


#define NGX_RTALPHA_SETTINGS_MAX   (16 * 1024 * 1024)   /* bytes of a tree */
#define NGX_RTALPHA_SETTINGS_NAME  128


typedef struct {
    /*
     * Pure: is this tree good?  WRONG lines in the report refuse it.  At
     * configuration time and in the leader's event loop.
     */
    ngx_int_t  (*check)(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
                        ngx_rtalpha_report_t *report);

    /*
     * In every worker, in the event loop, when a new version is there (and
     * once at the start of the worker if there is one).  The tree lives in
     * pool, which is the callee's from now on: to keep until the next
     * version or to destroy at once.
     */
    void       (*apply)(void *data, ngx_pool_t *pool,
                        const ngx_rtalpha_props_t *props, uint64_t version);
} ngx_rtalpha_settings_user_t;


/*
 * At configuration time, from a directive parser: sources is an array of
 * ngx_str_t as given after "settings=" (may be empty: an empty tree).
 * name tells settings objects apart in messages, on disk and in reports,
 * e.g. "gateway:api-gateway"; the same name gives the same object.  NULL: an
 * error has been logged.
 */
ngx_rtalpha_settings_t *ngx_rtalpha_settings_add(ngx_conf_t *cf,
    ngx_str_t *name, ngx_array_t *sources,
    const ngx_rtalpha_settings_user_t *user, void *data);

/*
 * The tree as known at configuration time (file: sources only, merged and
 * resolved); NULL: none.  For roles that need their settings before workers
 * exist.
 */
const ngx_rtalpha_props_t *ngx_rtalpha_settings_initial(
    ngx_rtalpha_settings_t *settings);

/* version in the zone; 0: none yet.  Without a lock. */
uint64_t ngx_rtalpha_settings_version(ngx_rtalpha_settings_t *settings);


/*
 * config: sources, for the role that serves them.  The core lists what is
 * wanted; the role looks at the list when it leads and whenever its content
 * changes, and offers each one's tree.
 */
typedef struct {
    ngx_str_t    application;
    ngx_str_t    profiles;          /* "default" if not given */
    ngx_str_t    label;             /* empty: the server's default */
    ngx_str_t    server;            /* name= of the config role; empty */
} ngx_rtalpha_settings_want_t;

/*
 * Array of ngx_rtalpha_settings_want_t of this configuration; of one that is
 * being read, whole after the merge of locations.
 */
ngx_array_t *ngx_rtalpha_settings_wants(void);
ngx_array_t *ngx_rtalpha_settings_wanted(ngx_conf_t *cf);

/*
 * In the zone leader: props is the merged tree of the application (or NULL
 * with a reason why there is none).  Copied.
 */
void ngx_rtalpha_settings_offer(const ngx_rtalpha_settings_want_t *want,
    const ngx_rtalpha_props_t *props, const ngx_str_t *reason);


/*
 * For the core's module: the zone filled by the master; in init_process; on
 * the doorbell; leadership; each second while leading; in the state leader,
 * all last good trees into an empty folder; in exit_process.
 */
ngx_int_t ngx_rtalpha_settings_init_zone(ngx_cycle_t *cycle);
ngx_int_t ngx_rtalpha_settings_init_process(ngx_cycle_t *cycle);
void ngx_rtalpha_settings_wake(void);
void ngx_rtalpha_settings_lead(ngx_uint_t leading);
void ngx_rtalpha_settings_tick(void);
void ngx_rtalpha_settings_save(void);
void ngx_rtalpha_settings_exit(void);


/*
 * The state of each settings object, for health and the dashboard: an array
 * member of an open JSON array.  Returns how many have no tree yet.
 */
ngx_uint_t ngx_rtalpha_settings_health(ngx_rtalpha_json_t *j);

/* an array with every object, its sources, and what became of each key */
void ngx_rtalpha_settings_report(ngx_pool_t *pool, ngx_rtalpha_json_t *j);


#endif /* _NGX_RTALPHA_SETTINGS_H_INCLUDED_ */
