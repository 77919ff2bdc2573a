
/*
 * globalcors.cors-configurations and metadata.cors.
 */


#include "ngx_rtalpha_gw_scg.h"


static ngx_rtalpha_gw_cors_entry_t *ngx_rtalpha_gw_scg_cors_entry(
    ngx_rtalpha_gw_scg_t *s, ngx_str_t *pattern,
    const ngx_rtalpha_prop_t *prop);
static ngx_int_t ngx_rtalpha_gw_scg_cors_add(ngx_rtalpha_gw_scg_t *s,
    ngx_array_t **list, const ngx_str_t *text);


ngx_int_t
ngx_rtalpha_gw_scg_cors(ngx_rtalpha_gw_scg_t *s)
{
    ngx_str_t                     rest, pattern;
    ngx_uint_t                    i, n;
    const ngx_rtalpha_prop_t     *prop;
    ngx_rtalpha_gw_cors_entry_t  *entry;

    n = ngx_rtalpha_props_count(s->table->props);

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(s->table->props, i);

        if (!ngx_rtalpha_gw_scg_below(prop, &rest)
            || !ngx_rtalpha_gw_scg_element(&rest, "globalcors")
            || !ngx_rtalpha_gw_scg_element(&rest, "cors-configurations")
            || ngx_rtalpha_bind_element(&rest, &pattern) != NGX_OK
            || rest.len == 0)
        {
            continue;
        }

        entry = ngx_rtalpha_gw_scg_cors_entry(s, &pattern, prop);

        if (entry == NULL
            || ngx_rtalpha_gw_scg_cors_field(s, &entry->cors, &rest,
                                             &prop->text)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_rtalpha_gw_cors_entry_t *
ngx_rtalpha_gw_scg_cors_entry(ngx_rtalpha_gw_scg_t *s, ngx_str_t *pattern,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_int_t                     rc;
    ngx_str_t                     error;
    ngx_uint_t                    i;
    ngx_rtalpha_gw_cors_entry_t  *entry;

    entry = s->table->cors.entries.elts;

    for (i = 0; i < s->table->cors.entries.nelts; i++) {
        if (ngx_rtalpha_str_eq(&entry[i].pattern.text, pattern)) {
            return &entry[i];
        }
    }

    entry = ngx_array_push(&s->table->cors.entries);
    if (entry == NULL) {
        return NULL;
    }

    ngx_memzero(entry, sizeof(ngx_rtalpha_gw_cors_entry_t));
    entry->cors.max_age = -1;

    rc = ngx_rtalpha_gw_pattern_compile(s->table->pool, &entry->pattern,
                                        pattern, NGX_RTALPHA_GW_PATH_SLASH,
                                        '/', &error);
    if (rc == NGX_DECLINED
        && ngx_rtalpha_report_add(s->table->report, prop,
                                  NGX_RTALPHA_BIND_WRONG, "%V", &error)
           == NGX_OK)
    {
        entry->pattern.n = 0;
        return entry;
    }

    return rc == NGX_OK ? entry : NULL;
}


/* one value, or a list with commas; an index in the field adds one more */

ngx_int_t
ngx_rtalpha_gw_scg_cors_field(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_cors_t *cors, ngx_str_t *field, const ngx_str_t *text)
{
    ngx_str_t      rest, name;
    ngx_flag_t     flag;
    ngx_msec_t     ms;
    ngx_uint_t     i;
    ngx_array_t  **lists[5];

    static ngx_str_t  names[] = {
        ngx_string("allowed-origins"), ngx_string("allowed-origin-patterns"),
        ngx_string("allowed-methods"), ngx_string("allowed-headers"),
        ngx_string("exposed-headers"), ngx_string("allow-credentials"),
        ngx_string("max-age")
    };

    rest = *field;

    if (ngx_rtalpha_bind_element(&rest, &name) != NGX_OK) {
        return NGX_OK;
    }

    lists[0] = &cors->origins;
    lists[1] = &cors->patterns;
    lists[2] = &cors->methods;
    lists[3] = &cors->headers;
    lists[4] = &cors->exposed;

    for (i = 0; i < 7; i++) {
        if (ngx_rtalpha_bind_same(&name, &names[i])) {
            break;
        }
    }

    if (i < 5) {
        return ngx_rtalpha_gw_scg_cors_add(s, lists[i], text);
    }

    if (i == 5 && ngx_rtalpha_bind_flag(text, &flag) == NGX_OK) {
        cors->credentials = flag;
    }

    if (i == 6 && ngx_rtalpha_bind_msec(text, 1000, &ms) == NGX_OK) {
        cors->max_age = ms / 1000;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_gw_scg_cors_add(ngx_rtalpha_gw_scg_t *s, ngx_array_t **list,
    const ngx_str_t *text)
{
    u_char     *p, *start, *last;
    ngx_str_t  *item;

    if (*list == NULL) {
        *list = ngx_array_create(s->table->pool, 2, sizeof(ngx_str_t));

        if (*list == NULL) {
            return NGX_ERROR;
        }
    }

    start = text->data;
    last = start + text->len;

    for ( /* void */ ; start < last; start = p + 1) {

        for (p = start; p < last && *p != ','; p++) { /* void */ }

        while (start < p && *start == ' ') {
            start++;
        }

        item = ngx_array_push(*list);
        if (item == NULL) {
            return NGX_ERROR;
        }

        item->data = start;
        item->len = p - start;
    }

    return NGX_OK;
}
