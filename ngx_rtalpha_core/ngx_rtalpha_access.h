
/*
 * Who may do what: a list of rules from the settings, each of them a grant.
 *
 *     rtalpha.config.access:
 *     - principal: ops                    a user of HTTP Basic
 *       applications: [orders, 'team-*']  without a list: any
 *       operations: [read, decrypt]
 *     - principal: ['subject:CN=ci,*', build]
 *
 * A role describes its rules once (which lists, which operations) and asks
 * for each request.  Where there is a rule, what no rule grants is refused;
 * where there is none, nothing is said here.
 *
 * A principal is a user's name, "user:NAME", "subject:DN" of a verified
 * client certificate, "authenticated" (anybody with a name or certificate)
 * or "anonymous", also written "*" (anybody at all).  Names, subjects and
 * what lists hold may have "*" for any text; case counts, but not in names
 * of users.  "claim:…" is kept for tokens and is nobody yet.
 *
 * This header and ngx_rtalpha_access.c are pure; who sends a request is
 * found out in ngx_rtalpha_access_who.c.
 */


#ifndef _NGX_RTALPHA_ACCESS_H_INCLUDED_
#define _NGX_RTALPHA_ACCESS_H_INCLUDED_


#include "ngx_rtalpha_bind.h"


#define NGX_RTALPHA_ACCESS_LISTS       4
#define NGX_RTALPHA_ACCESS_OPERATIONS  16
#define NGX_RTALPHA_ACCESS_RULES       1000


/* constant, one for a role; unused places of lists and operations: empty */
typedef struct {
    ngx_str_t    prefix;            /* canonical: "rtalpha.config.access" */
    ngx_str_t    lists[NGX_RTALPHA_ACCESS_LISTS];
    ngx_str_t    operations[NGX_RTALPHA_ACCESS_OPERATIONS];

    /* what a rule without operations grants; operation i is bit i */
    ngx_uint_t   usual;
    ngx_uint_t   anonymous;         /* … of these, to anybody at all */
    ngx_uint_t   wide;              /* … only without any list */
} ngx_rtalpha_access_type_t;


typedef struct ngx_rtalpha_access_s  ngx_rtalpha_access_t;


/* proven by whoever fills it; both empty: anonymous */
typedef struct {
    ngx_str_t    user;              /* in lower case */
    ngx_str_t    subject;
} ngx_rtalpha_access_who_t;


/* one of the things that a request is about */
typedef struct {
    ngx_str_t    text;
    unsigned     exact:1;           /* patterns with more than "*" alone do
                                       not grant it: it has other names */
} ngx_rtalpha_access_thing_t;


/* one user of the settings */
typedef struct {
    ngx_str_t    name;              /* in lower case */
    ngx_str_t    password;
} ngx_rtalpha_access_user_t;


/*
 * Compiles the rules below type->prefix; *access is NULL when there are
 * none.  What cannot be read is a WRONG line and grants nothing: also a
 * member that is not known, since a rule with a misspelt list would grant
 * too much.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_rtalpha_access_create(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, const ngx_rtalpha_access_type_t *type,
    ngx_rtalpha_report_t *report, ngx_rtalpha_access_t **access);

/*
 * Does one rule grant the operation (its number) on all the things.  things:
 * for each list of the type an array of ngx_rtalpha_access_thing_t, or NULL
 * where the request is not about such things.
 */
ngx_uint_t ngx_rtalpha_access_allowed(const ngx_rtalpha_access_t *access,
    const ngx_rtalpha_access_who_t *who, ngx_uint_t operation,
    ngx_array_t *const *things);

/* does some rule grant the operation to somebody */
ngx_uint_t ngx_rtalpha_access_granted(const ngx_rtalpha_access_t *access,
    ngx_uint_t operation);

/*
 * Users below a prefix, "rtalpha.config.users[n].{name,password}", appended
 * to an array of ngx_rtalpha_access_user_t.
 */
ngx_int_t ngx_rtalpha_access_users(ngx_pool_t *pool,
    const ngx_rtalpha_props_t *props, const ngx_str_t *prefix,
    ngx_rtalpha_report_t *report, ngx_array_t *users);

/*
 * Appends one; a password may begin with "{noop}".  NGX_DECLINED: it is of
 * an encoding that is not there ("{bcrypt}…").
 */
ngx_int_t ngx_rtalpha_access_user(ngx_pool_t *pool, ngx_array_t *users,
    const ngx_str_t *name, const ngx_str_t *password);

/*
 * Is "name:password" one of the users; in a time that does not tell how
 * much of it is right.  name: set, of the user's record.
 */
ngx_uint_t ngx_rtalpha_access_known(const ngx_array_t *users,
    const ngx_str_t *credentials, ngx_str_t *name);


#endif /* _NGX_RTALPHA_ACCESS_H_INCLUDED_ */
