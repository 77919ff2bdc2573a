
/*
 * References.
 */


#include "ngx_rtalpha_cfg_refs.h"


#define NGX_RTALPHA_CFG_REFS_FIELDS  7


/* cuts a line into fields at single blanks; the last takes the rest */

static ngx_uint_t
ngx_rtalpha_cfg_refs_fields(u_char *p, u_char *last, ngx_str_t *f)
{
    u_char      *end;
    ngx_uint_t   n;

    for (n = 0; n < NGX_RTALPHA_CFG_REFS_FIELDS; n++) {
        end = (n + 1 < NGX_RTALPHA_CFG_REFS_FIELDS)
              ? ngx_strlchr(p, last, ' ') : last;

        if (end == NULL) {
            return 0;
        }

        f[n].data = p;
        f[n].len = end - p;
        p = end + 1;
    }

    return 1;
}


static ngx_int_t
ngx_rtalpha_cfg_refs_emit(ngx_rtalpha_out_t *out, const ngx_str_t *f,
    const ngx_str_t *name)
{
    const ngx_str_t  *oid, *time;

    if (ngx_rtalpha_str_is(&f[0], "commit")) {
        oid = &f[1];
        time = &f[2];

    } else if (ngx_rtalpha_str_is(&f[3], "commit")) {
        oid = &f[4];
        time = &f[5];

    } else {
        return NGX_DECLINED;
    }

    ngx_rtalpha_out_str(out, oid);
    ngx_rtalpha_out_char(out, ' ');
    ngx_rtalpha_out_str(out, time);
    ngx_rtalpha_out_char(out, ' ');
    ngx_rtalpha_out_str(out, name);
    ngx_rtalpha_out_char(out, '\n');

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_refs_make(ngx_pool_t *pool, const ngx_str_t *output,
    const ngx_str_t *head, ngx_str_t *text)
{
    u_char             *p, *last, *end;
    ngx_str_t           f[NGX_RTALPHA_CFG_REFS_FIELDS], target;
    ngx_uint_t          pass;
    ngx_rtalpha_out_t   out;

    static ngx_str_t    head_name = ngx_string("HEAD");

    if (ngx_rtalpha_out_init(&out, pool, output->len + 128, 1 << 28)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    target = *head;

    if (ngx_rtalpha_str_begins(&target, "ref: ")) {
        target.data += 5;
        target.len -= 5;
    }

    while (target.len && target.data[target.len - 1] <= ' ') {
        target.len--;
    }

    last = output->data + output->len;

    for (pass = 0; pass < 2; pass++) {

        for (p = output->data; p < last; p = end + 1) {
            end = ngx_strlchr(p, last, '\n');
            end = end ? end : last;

            if (!ngx_rtalpha_cfg_refs_fields(p, end, f)) {
                continue;
            }

            if (pass) {
                (void) ngx_rtalpha_cfg_refs_emit(&out, f, &f[6]);

            } else if (ngx_rtalpha_str_eq(&f[6], &target)) {
                (void) ngx_rtalpha_cfg_refs_emit(&out, f, &head_name);
                break;
            }
        }
    }

    return ngx_rtalpha_out_done(&out, text);
}


ngx_int_t
ngx_rtalpha_cfg_refs_open(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_rtalpha_cfg_refs_t *refs)
{
    u_char     *p, *last, *end;
    ngx_str_t  *line;

    refs->text = *text;

    if (ngx_array_init(&refs->lines, pool, 64, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    p = text->data;
    last = text->data + text->len;

    while (p < last) {
        end = ngx_strlchr(p, last, '\n');
        end = end ? end : last;

        line = ngx_array_push(&refs->lines);
        if (line == NULL) {
            return NGX_ERROR;
        }

        line->data = p;
        line->len = end - p;
        p = end + 1;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_refs_line(const ngx_str_t *line, ngx_str_t *name,
    ngx_rtalpha_cfg_commit_t *commit)
{
    u_char  *p, *last, *end;

    last = line->data + line->len;
    p = ngx_strlchr(line->data, last, ' ');
    end = p ? ngx_strlchr(p + 1, last, ' ') : NULL;

    if (end == NULL) {
        return NGX_DECLINED;
    }

    name->data = end + 1;
    name->len = last - name->data;

    if (commit == NULL) {
        return NGX_OK;
    }

    commit->oid_len = (p - line->data) / 2;
    commit->time = ngx_atotm(p + 1, end - p - 1);

    return ngx_rtalpha_cfg_oid_parse(line->data, p - line->data, commit->oid);
}


ngx_int_t
ngx_rtalpha_cfg_refs_find(const ngx_rtalpha_cfg_refs_t *refs,
    const ngx_str_t *name, ngx_rtalpha_cfg_commit_t *commit)
{
    ngx_int_t    cmp;
    ngx_str_t   *line, got;
    ngx_uint_t   low, high, mid;

    line = refs->lines.elts;
    low = 0;
    high = refs->lines.nelts;

    while (low < high) {
        mid = low + (high - low) / 2;

        if (ngx_rtalpha_cfg_refs_line(&line[mid], &got, NULL) != NGX_OK) {
            return NGX_DECLINED;
        }

        cmp = ngx_memn2cmp(got.data, name->data, got.len, name->len);

        if (cmp == 0) {
            return ngx_rtalpha_cfg_refs_line(&line[mid], &got, commit);
        }

        if (cmp < 0) {
            low = mid + 1;

        } else {
            high = mid;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_cfg_refs_prefixed(const ngx_rtalpha_cfg_refs_t *refs,
    const char *prefix, const ngx_str_t *label,
    ngx_rtalpha_cfg_commit_t *commit)
{
    u_char     buf[1024];
    ngx_str_t  name;

    name.data = buf;
    name.len = ngx_strlen(prefix) + label->len;

    if (name.len > sizeof(buf)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(ngx_cpymem(buf, prefix, ngx_strlen(prefix)), label->data,
               label->len);

    return ngx_rtalpha_cfg_refs_find(refs, &name, commit);
}


ngx_int_t
ngx_rtalpha_cfg_refs_label(const ngx_rtalpha_cfg_refs_t *refs,
    const ngx_str_t *label, ngx_uint_t clone,
    ngx_rtalpha_cfg_commit_t *commit)
{
    ngx_str_t   rest;
    ngx_uint_t  i;

    static const char  *order[] = {
        "", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"
    };

    if (clone && ngx_rtalpha_cfg_refs_prefixed(refs, "refs/heads/", label,
                                               commit)
                 == NGX_OK)
    {
        return NGX_OK;
    }

    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {

        if (ngx_rtalpha_cfg_refs_prefixed(refs, order[i], label, commit)
            == NGX_OK)
        {
            return NGX_OK;
        }
    }

    if (clone && ngx_rtalpha_str_begins(label, "origin/")) {
        rest.data = label->data + sizeof("origin/") - 1;
        rest.len = label->len - (sizeof("origin/") - 1);

        return ngx_rtalpha_cfg_refs_prefixed(refs, "refs/heads/", &rest,
                                             commit);
    }

    return NGX_DECLINED;
}


ngx_uint_t
ngx_rtalpha_cfg_refs_branch(const ngx_rtalpha_cfg_refs_t *refs,
    const ngx_str_t *label, const ngx_rtalpha_cfg_commit_t *commit)
{
    ngx_str_t                  name;
    ngx_uint_t                 i;
    ngx_rtalpha_cfg_commit_t   head;

    static const struct {
        ngx_str_t    begins;
        const char  *prefix;
    } forms[] = {
        { ngx_string("HEAD"), "" },
        { ngx_string("refs/heads/"), "" },
        { ngx_string("heads/"), "refs/" },
        { ngx_string("origin/"), "refs/heads/" },
        { ngx_string(""), "refs/heads/" }
    };

    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        name = *label;

        if (name.len < forms[i].begins.len
            || ngx_memcmp(name.data, forms[i].begins.data,
                          forms[i].begins.len)
               != 0)
        {
            continue;
        }

        if (ngx_rtalpha_str_is(&forms[i].begins, "origin/")) {
            name.data += forms[i].begins.len;
            name.len -= forms[i].begins.len;
        }

        if (ngx_rtalpha_cfg_refs_prefixed(refs, forms[i].prefix, &name, &head)
            == NGX_OK
            && ngx_memcmp(head.oid, commit->oid, NGX_RTALPHA_CFG_OID) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_rtalpha_cfg_refs_digits(const u_char *p, size_t len)
{
    if (len < 4 || len > 64) {
        return 0;
    }

    for ( /* void */ ; len; p++, len--) {
        if (!((*p >= '0' && *p <= '9')
              || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'f')))
        {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_rtalpha_cfg_refs_revision(const ngx_str_t *label, ngx_str_t *digits)
{
    size_t  i;

    if (ngx_rtalpha_cfg_refs_digits(label->data, label->len)) {
        *digits = *label;
        return NGX_OK;
    }

    for (i = label->len; i > 2; i--) {

        if (label->data[i - 2] != '-' || label->data[i - 1] != 'g') {
            continue;
        }

        digits->data = label->data + i;
        digits->len = label->len - i;

        return ngx_rtalpha_cfg_refs_digits(digits->data, digits->len)
               ? NGX_OK : NGX_DECLINED;
    }

    return NGX_DECLINED;
}


void
ngx_rtalpha_cfg_refs_hex(const ngx_rtalpha_cfg_commit_t *commit, u_char *buf,
    ngx_str_t *hex)
{
    hex->data = buf;
    hex->len = ngx_hex_dump(buf, (u_char *) commit->oid, commit->oid_len)
               - buf;
}
