
/*
 * Single keys of the settings.
 */


#include "ngx_rtalpha_cfg_conf_read.h"
#include "ngx_rtalpha_cfg_profile.h"


const ngx_rtalpha_prop_t *
ngx_rtalpha_cfg_conf_find(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name)
{
    u_char     buf[512];
    ngx_str_t  key;

    key.data = buf;
    key.len = ngx_snprintf(buf, sizeof(buf), "%V%s", prefix, name) - buf;

    return ngx_rtalpha_bind_find(rd->props, &key);
}


void
ngx_rtalpha_cfg_conf_str(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_str_t *value)
{
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, name);

    if (prop) {
        *value = prop->text;
    }
}


ngx_int_t
ngx_rtalpha_cfg_conf_flag(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_flag_t value,
    ngx_flag_t *result)
{
    const ngx_rtalpha_prop_t  *prop;

    *result = value;
    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, name);

    if (prop == NULL
        || ngx_rtalpha_bind_flag(&prop->text, result) == NGX_OK)
    {
        return NGX_OK;
    }

    return ngx_rtalpha_report_add(rd->report, prop, NGX_RTALPHA_BIND_WRONG,
                                  "is neither true nor false");
}


ngx_int_t
ngx_rtalpha_cfg_conf_number(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_int_t *result)
{
    ngx_int_t                  n;
    ngx_str_t                  text;
    ngx_uint_t                 negative;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, name);

    if (prop == NULL || prop->text.len == 0) {
        return NGX_OK;
    }

    text = prop->text;
    negative = text.data[0] == '-';
    text.data += negative;
    text.len -= negative;
    n = ngx_atoi(text.data, text.len);

    if (n == NGX_ERROR) {
        return ngx_rtalpha_report_add(rd->report, prop,
                                      NGX_RTALPHA_BIND_WRONG,
                                      "is not a number");
    }

    *result = negative ? -n : n;

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_cfg_conf_list(ngx_rtalpha_cfg_reader_t *rd,
    const ngx_str_t *prefix, const char *name, ngx_array_t **list)
{
    u_char                     buf[256];
    ngx_str_t                 *s;
    ngx_uint_t                 i;
    ngx_array_t               *items;
    const ngx_rtalpha_prop_t  *prop;

    prop = ngx_rtalpha_cfg_conf_find(rd, prefix, name);

    if (prop) {
        *list = ngx_rtalpha_cfg_profile_list(rd->pool, &prop->text, 1, 0);
        return *list ? NGX_OK : NGX_ERROR;
    }

    items = NULL;

    for (i = 0; i < 10000; i++) {
        *ngx_snprintf(buf, sizeof(buf) - 1, "%s[%ui]", name, i) = '\0';
        prop = ngx_rtalpha_cfg_conf_find(rd, prefix, (char *) buf);

        if (prop == NULL) {
            break;
        }

        if (items == NULL) {
            items = ngx_array_create(rd->pool, 4, sizeof(ngx_str_t));
            if (items == NULL) {
                return NGX_ERROR;
            }
        }

        s = ngx_array_push(items);
        if (s == NULL) {
            return NGX_ERROR;
        }

        *s = prop->text;
    }

    if (items) {
        *list = items;
    }

    return NGX_OK;
}
