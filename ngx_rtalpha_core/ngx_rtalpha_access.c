
/*
 * Access rules: compiled from the settings, and asked.
 */


#include "ngx_rtalpha_access.h"
#include "ngx_rtalpha_glob.h"


typedef enum {
    NGX_RTALPHA_ACCESS_ANYBODY = 0,
    NGX_RTALPHA_ACCESS_NAMED,
    NGX_RTALPHA_ACCESS_USER,
    NGX_RTALPHA_ACCESS_SUBJECT,
    NGX_RTALPHA_ACCESS_NOBODY
} ngx_rtalpha_access_kind_e;


typedef struct {
    ngx_uint_t    kind;
    ngx_str_t     pattern;
} ngx_rtalpha_access_principal_t;


typedef struct {
    ngx_array_t   principals;       /* of ngx_rtalpha_access_principal_t */
    ngx_array_t  *lists[NGX_RTALPHA_ACCESS_LISTS];  /* of ngx_str_t; NULL:
                                                       any */
    ngx_uint_t    named;            /* operations */
    ngx_uint_t    anybody;
} ngx_rtalpha_access_rule_t;


struct ngx_rtalpha_access_s {
    ngx_array_t   rules;
};


typedef struct {
    ngx_pool_t                       *pool;
    const ngx_rtalpha_props_t        *props;
    const ngx_rtalpha_access_type_t  *type;
    ngx_rtalpha_report_t             *report;
    ngx_uint_t                        index;    /* of the rule */
    ngx_uint_t                        wrong;
} ngx_rtalpha_access_reader_t;


/* the value of prefix[index].name, or of one element of it */

static const ngx_rtalpha_prop_t *
ngx_rtalpha_access_find(ngx_rtalpha_access_reader_t *rd,
    const ngx_str_t *name, ngx_int_t element)
{
    u_char     buf[256];
    ngx_str_t  key;

    key.data = buf;
    key.len = ngx_snprintf(buf, sizeof(buf), "%V[%ui].%V", &rd->type->prefix,
                           rd->index, name)
              - buf;

    if (element >= 0) {
        key.len = ngx_snprintf(buf + key.len, sizeof(buf) - key.len, "[%i]",
                               element)
                  - buf;
    }

    return ngx_rtalpha_bind_find(rd->props, &key);
}


static ngx_int_t
ngx_rtalpha_access_wrong(ngx_rtalpha_access_reader_t *rd,
    const ngx_rtalpha_prop_t *prop, const char *note)
{
    rd->wrong = 1;

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_WRONG,
                                  note);
}


static ngx_int_t
ngx_rtalpha_access_claim(ngx_rtalpha_access_reader_t *rd,
    const ngx_rtalpha_prop_t *prop, const ngx_str_t *text)
{
    if (!ngx_rtalpha_str_begins(text, "claim:")) {
        return NGX_OK;
    }

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_IGNORED,
                                  "claims of tokens are not read: this "
                                  "principal is nobody");
}


static ngx_int_t
ngx_rtalpha_access_principal(ngx_rtalpha_access_reader_t *rd,
    const ngx_rtalpha_prop_t *prop, ngx_rtalpha_access_rule_t *rule)
{
    ngx_str_t                        text;
    ngx_rtalpha_access_principal_t  *p;

    p = ngx_array_push(&rule->principals);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text = prop->text;
    p->kind = NGX_RTALPHA_ACCESS_USER;

    if (text.len == 0) {
        p->kind = NGX_RTALPHA_ACCESS_NOBODY;
        return ngx_rtalpha_access_wrong(rd, prop, "names nobody");
    }

    if (ngx_rtalpha_str_is(&text, "*")
        || ngx_rtalpha_str_is(&text, "anonymous"))
    {
        p->kind = NGX_RTALPHA_ACCESS_ANYBODY;

    } else if (ngx_rtalpha_str_is(&text, "authenticated")) {
        p->kind = NGX_RTALPHA_ACCESS_NAMED;

    } else if (ngx_rtalpha_str_begins(&text, "claim:")) {
        p->kind = NGX_RTALPHA_ACCESS_NOBODY;

    } else if (ngx_rtalpha_str_begins(&text, "subject:")) {
        p->kind = NGX_RTALPHA_ACCESS_SUBJECT;
        text.data += sizeof("subject:") - 1;
        text.len -= sizeof("subject:") - 1;

    } else if (ngx_rtalpha_str_begins(&text, "user:")) {
        text.data += sizeof("user:") - 1;
        text.len -= sizeof("user:") - 1;
    }

    p->pattern.len = text.len;
    p->pattern.data = ngx_pnalloc(rd->pool, text.len + 1);
    if (p->pattern.data == NULL) {
        return NGX_ERROR;
    }

    if (p->kind == NGX_RTALPHA_ACCESS_USER) {
        ngx_strlow(p->pattern.data, text.data, text.len);

    } else {
        ngx_memcpy(p->pattern.data, text.data, text.len);
    }

    return ngx_rtalpha_access_claim(rd, prop, &prop->text);
}


/* one text, or a list; a comma is part of a subject and cuts nothing */

static ngx_int_t
ngx_rtalpha_access_principals(ngx_rtalpha_access_reader_t *rd,
    ngx_rtalpha_access_rule_t *rule)
{
    ngx_int_t                  i;
    const ngx_rtalpha_prop_t  *prop;

    static ngx_str_t  name = ngx_string("principal");

    if (ngx_array_init(&rule->principals, rd->pool, 1,
                       sizeof(ngx_rtalpha_access_principal_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    prop = ngx_rtalpha_access_find(rd, &name, -1);

    if (prop) {
        return ngx_rtalpha_access_principal(rd, prop, rule);
    }

    for (i = 0; i < NGX_RTALPHA_ACCESS_RULES; i++) {
        prop = ngx_rtalpha_access_find(rd, &name, i);

        if (prop == NULL) {
            break;
        }

        if (ngx_rtalpha_access_principal(rd, prop, rule) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* "a, b" */

static ngx_int_t
ngx_rtalpha_access_split(const ngx_str_t *text, ngx_array_t *list)
{
    u_char     *p, *last, *end;
    ngx_str_t  *s, one;

    last = text->data + text->len;

    for (p = text->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ',');
        end = end ? end : last;
        one.data = p;
        one.len = end - p;

        while (one.len && one.data[0] == ' ') {
            one.data++;
            one.len--;
        }

        while (one.len && one.data[one.len - 1] == ' ') {
            one.len--;
        }

        if (one.len == 0) {
            continue;
        }

        s = ngx_array_push(list);
        if (s == NULL) {
            return NGX_ERROR;
        }

        *s = one;
    }

    return NGX_OK;
}


/* *first: where the list is written; NULL: nowhere, and *list is NULL */

static ngx_int_t
ngx_rtalpha_access_list(ngx_rtalpha_access_reader_t *rd,
    const ngx_str_t *name, ngx_array_t **list,
    const ngx_rtalpha_prop_t **first)
{
    ngx_int_t                  i;
    const ngx_rtalpha_prop_t  *prop;

    *list = NULL;
    *first = NULL;

    /* -1: in one text */

    for (i = -1; i < NGX_RTALPHA_ACCESS_RULES; i++) {
        prop = ngx_rtalpha_access_find(rd, name, i);

        if (prop == NULL) {
            if (i == -1) {
                continue;
            }

            break;
        }

        if (*list == NULL) {
            *first = prop;
            *list = ngx_array_create(rd->pool, 4, sizeof(ngx_str_t));
            if (*list == NULL) {
                return NGX_ERROR;
            }
        }

        if (ngx_rtalpha_access_split(&prop->text, *list) != NGX_OK) {
            return NGX_ERROR;
        }

        if (i == -1) {
            break;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_access_operations(ngx_rtalpha_access_reader_t *rd,
    ngx_rtalpha_access_rule_t *rule)
{
    ngx_str_t                 *s;
    ngx_uint_t                 i, k, bits, narrow;
    ngx_array_t               *list;
    const ngx_rtalpha_prop_t  *first;

    static ngx_str_t  name = ngx_string("operations");

    if (ngx_rtalpha_access_list(rd, &name, &list, &first) != NGX_OK) {
        return NGX_ERROR;
    }

    if (list == NULL) {
        for (i = 0, narrow = 0; i < NGX_RTALPHA_ACCESS_LISTS; i++) {
            narrow |= rule->lists[i] != NULL;
        }

        bits = narrow ? ~rd->type->wide : ~(ngx_uint_t) 0;
        rule->named = rd->type->usual & bits;
        rule->anybody = rd->type->usual & rd->type->anonymous & bits;
        return NGX_OK;
    }

    s = list->elts;
    bits = 0;

    for (i = 0; i < list->nelts; i++) {

        if (ngx_rtalpha_str_is(&s[i], "*")) {
            bits = ~(ngx_uint_t) 0;
            continue;
        }

        for (k = 0; k < NGX_RTALPHA_ACCESS_OPERATIONS; k++) {
            if (s[i].len && ngx_rtalpha_str_eq(&rd->type->operations[k],
                                               &s[i]))
            {
                break;
            }
        }

        if (k == NGX_RTALPHA_ACCESS_OPERATIONS) {
            if (ngx_rtalpha_access_wrong(rd, first, "has an operation that "
                                         "is not known")
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        bits |= (ngx_uint_t) 1 << k;
    }

    rule->named = bits;
    rule->anybody = bits;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_access_rule(ngx_rtalpha_access_reader_t *rd,
    ngx_rtalpha_access_rule_t *rule, const ngx_rtalpha_prop_t *some)
{
    ngx_uint_t                 i;
    const ngx_rtalpha_prop_t  *first;

    ngx_memzero(rule, sizeof(ngx_rtalpha_access_rule_t));

    if (ngx_rtalpha_access_principals(rd, rule) != NGX_OK) {
        return NGX_ERROR;
    }

    if (rule->principals.nelts == 0
        && ngx_rtalpha_access_wrong(rd, some, "is of a rule without a "
                                    "principal")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_RTALPHA_ACCESS_LISTS; i++) {

        if (rd->type->lists[i].len
            && ngx_rtalpha_access_list(rd, &rd->type->lists[i],
                                       &rule->lists[i], &first)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_rtalpha_access_operations(rd, rule);
}


/* index and member of a key below the prefix; NGX_DECLINED: another key */

static ngx_int_t
ngx_rtalpha_access_key(const ngx_rtalpha_access_type_t *type,
    const ngx_str_t *key, ngx_uint_t *index, ngx_str_t *member)
{
    ngx_int_t   rc, n;
    ngx_str_t   left, right, a, b;

    left = *key;
    right = type->prefix;

    while (right.len) {

        if (ngx_rtalpha_bind_element(&left, &a) != NGX_OK
            || ngx_rtalpha_bind_element(&right, &b) != NGX_OK
            || !ngx_rtalpha_bind_same(&a, &b))
        {
            return NGX_DECLINED;
        }
    }

    rc = ngx_rtalpha_bind_element(&left, &a);

    if (rc == NGX_DONE) {
        return NGX_DECLINED;
    }

    n = (rc == NGX_OK) ? ngx_atoi(a.data, a.len) : NGX_ERROR;

    if (n == NGX_ERROR || n >= NGX_RTALPHA_ACCESS_RULES
        || ngx_rtalpha_bind_element(&left, member) != NGX_OK)
    {
        return NGX_ERROR;
    }

    *index = n;

    return NGX_OK;
}


static ngx_uint_t
ngx_rtalpha_access_member(const ngx_rtalpha_access_type_t *type,
    const ngx_str_t *member)
{
    ngx_uint_t  i;

    static ngx_str_t  known[] = {
        ngx_string("principal"),
        ngx_string("operations")
    };

    for (i = 0; i < NGX_RTALPHA_ACCESS_LISTS; i++) {

        if (type->lists[i].len
            && ngx_rtalpha_bind_same(member, &type->lists[i]))
        {
            return 1;
        }
    }

    return ngx_rtalpha_bind_same(member, &known[0])
           || ngx_rtalpha_bind_same(member, &known[1]);
}


/* the first key of each rule, by its index */

static ngx_int_t
ngx_rtalpha_access_collect(ngx_rtalpha_access_reader_t *rd,
    const ngx_rtalpha_prop_t **first, ngx_uint_t *found)
{
    ngx_int_t                  rc;
    ngx_str_t                  member;
    ngx_uint_t                 i, n, index;
    const ngx_rtalpha_prop_t  *prop;

    *found = 0;
    n = ngx_rtalpha_props_count(rd->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(rd->props, i);
        rc = ngx_rtalpha_access_key(rd->type, &prop->key, &index, &member);

        if (rc == NGX_DECLINED) {
            continue;
        }

        *found = 1;

        if (rc == NGX_ERROR || !ngx_rtalpha_access_member(rd->type, &member))
        {
            if (ngx_rtalpha_access_wrong(rd, prop, "is no member of an "
                                         "access rule")
                != NGX_OK)
            {
                return NGX_ERROR;
            }

        } else if (first[index] == NULL) {
            first[index] = prop;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_access_create(ngx_pool_t *pool, const ngx_rtalpha_props_t *props,
    const ngx_rtalpha_access_type_t *type, ngx_rtalpha_report_t *report,
    ngx_rtalpha_access_t **access)
{
    ngx_uint_t                    found;
    ngx_rtalpha_access_t         *a;
    const ngx_rtalpha_prop_t    **first;
    ngx_rtalpha_access_rule_t    *rule;
    ngx_rtalpha_access_reader_t   rd;

    ngx_memzero(&rd, sizeof(ngx_rtalpha_access_reader_t));
    rd.pool = pool;
    rd.props = props;
    rd.type = type;
    rd.report = report;

    *access = NULL;
    a = ngx_palloc(pool, sizeof(ngx_rtalpha_access_t));
    first = ngx_pcalloc(pool, NGX_RTALPHA_ACCESS_RULES * sizeof(void *));

    if (a == NULL || first == NULL
        || ngx_array_init(&a->rules, pool, 4,
                          sizeof(ngx_rtalpha_access_rule_t))
           != NGX_OK
        || ngx_rtalpha_access_collect(&rd, first, &found) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!found) {
        return NGX_OK;
    }

    for ( /* void */ ; rd.index < NGX_RTALPHA_ACCESS_RULES; rd.index++) {

        if (first[rd.index] == NULL) {
            continue;
        }

        rule = ngx_array_push(&a->rules);

        if (rule == NULL
            || ngx_rtalpha_access_rule(&rd, rule, first[rd.index]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    /* half of what was meant is worse than nothing */

    if (rd.wrong) {
        a->rules.nelts = 0;
    }

    *access = a;

    return NGX_OK;
}


/* the operations that a rule grants to somebody */

static ngx_uint_t
ngx_rtalpha_access_grants(const ngx_rtalpha_access_rule_t *rule,
    const ngx_rtalpha_access_who_t *who)
{
    ngx_uint_t                       i, matches, bits;
    ngx_rtalpha_access_principal_t  *p;

    p = rule->principals.elts;
    bits = 0;

    for (i = 0; i < rule->principals.nelts; i++) {

        switch (p[i].kind) {

        case NGX_RTALPHA_ACCESS_ANYBODY:
            bits |= rule->anybody;
            matches = 0;
            break;

        case NGX_RTALPHA_ACCESS_NAMED:
            matches = who->user.len || who->subject.len;
            break;

        case NGX_RTALPHA_ACCESS_USER:
            matches = who->user.len
                      && ngx_rtalpha_glob(&p[i].pattern, &who->user);
            break;

        case NGX_RTALPHA_ACCESS_SUBJECT:
            matches = who->subject.len
                      && ngx_rtalpha_glob(&p[i].pattern, &who->subject);
            break;

        default:
            matches = 0;
        }

        if (matches) {
            bits |= rule->named;
        }
    }

    return bits;
}


/* does one of the patterns cover the thing */

static ngx_uint_t
ngx_rtalpha_access_covers(const ngx_array_t *patterns,
    const ngx_rtalpha_access_thing_t *thing)
{
    ngx_str_t   *s;
    ngx_uint_t   i;

    s = patterns->elts;

    for (i = 0; i < patterns->nelts; i++) {

        if (ngx_rtalpha_str_is(&s[i], "*")
            || ngx_rtalpha_str_eq(&s[i], &thing->text)
            || (!thing->exact
                && ngx_rtalpha_glob(&s[i], &thing->text)))
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_access_allowed(const ngx_rtalpha_access_t *access,
    const ngx_rtalpha_access_who_t *who, ngx_uint_t operation,
    ngx_array_t *const *things)
{
    ngx_uint_t                   i, k, n, covered;
    ngx_rtalpha_access_rule_t   *rule;
    ngx_rtalpha_access_thing_t  *thing;

    rule = access->rules.elts;

    for (i = 0; i < access->rules.nelts; i++) {

        if (!(ngx_rtalpha_access_grants(&rule[i], who)
              & ((ngx_uint_t) 1 << operation)))
        {
            continue;
        }

        covered = 1;

        for (k = 0; covered && k < NGX_RTALPHA_ACCESS_LISTS; k++) {

            if (rule[i].lists[k] == NULL || things == NULL
                || things[k] == NULL)
            {
                continue;
            }

            thing = things[k]->elts;

            for (n = 0; covered && n < things[k]->nelts; n++) {
                covered = ngx_rtalpha_access_covers(rule[i].lists[k],
                                                    &thing[n]);
            }
        }

        if (covered) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_rtalpha_access_granted(const ngx_rtalpha_access_t *access,
    ngx_uint_t operation)
{
    ngx_uint_t                  i;
    ngx_rtalpha_access_rule_t  *rule;

    rule = access->rules.elts;

    for (i = 0; i < access->rules.nelts; i++) {
        if ((rule[i].named | rule[i].anybody)
            & ((ngx_uint_t) 1 << operation))
        {
            return 1;
        }
    }

    return 0;
}
