
/*
 * The SecureHeaders filter: fields that are added where a service has not
 * sent them, each with a key of its own and lists to switch them off and on.
 */


#include "ngx_rtalpha_gw_scg.h"


/* what SecureHeaders adds; the last one only if it is asked for */

typedef struct {
    ngx_str_t    name;
    const char  *key;
    ngx_str_t    value;
} ngx_rtalpha_gw_secure_t;

static const ngx_rtalpha_gw_secure_t  ngx_rtalpha_gw_secure[] = {
    { ngx_string("X-Xss-Protection"), "xss-protection-header",
      ngx_string("1 ; mode=block") },
    { ngx_string("Strict-Transport-Security"),
      "strict-transport-security", ngx_string("max-age=631138519") },
    { ngx_string("X-Frame-Options"), "frame-options",
      ngx_string("DENY") },
    { ngx_string("X-Content-Type-Options"), "content-type-options",
      ngx_string("nosniff") },
    { ngx_string("Referrer-Policy"), "referrer-policy",
      ngx_string("no-referrer") },
    { ngx_string("Content-Security-Policy"), "content-security-policy",
      ngx_string("default-src 'self' https:; font-src 'self' https: "
                 "data:; img-src 'self' https: data:; object-src "
                 "'none'; script-src https:; style-src 'self' https: "
                 "'unsafe-inline'") },
    { ngx_string("X-Download-Options"), "download-options",
      ngx_string("noopen") },
    { ngx_string("X-Permitted-Cross-Domain-Policies"),
      "permitted-cross-domain-policies", ngx_string("none") },
    { ngx_string("Permissions-Policy"), "permissions-policy",
      ngx_string("accelerometer=(), ambient-light-sensor=(), "
                 "autoplay=(), battery=(), camera=(), "
                 "cross-origin-isolated=(), display-capture=(), "
                 "document-domain=(), encrypted-media=(), "
                 "execution-while-not-rendered=(), "
                 "execution-while-out-of-viewport=(), fullscreen=(), "
                 "geolocation=(), gyroscope=(), keyboard-map=(), "
                 "magnetometer=(), microphone=(), midi=(), "
                 "navigation-override=(), payment=(), "
                 "picture-in-picture=(), publickey-credentials-get=(), "
                 "screen-wake-lock=(), sync-xhr=(), usb=(), "
                 "web-share=(), xr-spatial-tracking=()") }
};

#define NGX_RTALPHA_GW_SECURE                                                 \
    (sizeof(ngx_rtalpha_gw_secure) / sizeof(ngx_rtalpha_gw_secure_t))


ngx_int_t
ngx_rtalpha_gw_scg_secure_ops(ngx_rtalpha_gw_scg_t *s,
    ngx_rtalpha_gw_rule_t *rule)
{
    u_char                     key[96];
    ngx_str_t                 *text;
    ngx_uint_t                 i, k, off;
    ngx_array_t               *list[2];
    ngx_rtalpha_gw_op_t       *op;
    const ngx_rtalpha_prop_t  *prop;

    if (ngx_rtalpha_gw_scg_list(s, "filter.secure-headers.disable", &list[0])
        != NGX_OK
        || ngx_rtalpha_gw_scg_list(s, "filter.secure-headers.enable",
                                   &list[1])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_RTALPHA_GW_SECURE; i++) {

        /* the last one is off unless it is asked for */
        off = (i + 1 == NGX_RTALPHA_GW_SECURE);

        for (k = 0; list[off] && k < list[off]->nelts; k++) {
            text = (ngx_str_t *) list[off]->elts + k;

            if (text->len == ngx_rtalpha_gw_secure[i].name.len
                && ngx_strncasecmp(text->data,
                                   ngx_rtalpha_gw_secure[i].name.data,
                                   text->len)
                   == 0)
            {
                off = !off;
                break;
            }
        }

        if (off) {
            continue;
        }

        op = ngx_rtalpha_gw_scg_op(rule, NGX_RTALPHA_GW_ADD_ANSWER);
        if (op == NULL) {
            return NGX_ERROR;
        }

        op->flag = 1;
        op->name = ngx_rtalpha_gw_secure[i].name;
        op->value = ngx_rtalpha_gw_secure[i].value;

        (void) ngx_snprintf(key, sizeof(key), "filter.secure-headers.%s%Z",
                            ngx_rtalpha_gw_secure[i].key);
        prop = ngx_rtalpha_gw_scg_find(s, (char *) key);

        if (prop) {
            op->value = prop->text;
        }
    }

    return NGX_OK;
}
