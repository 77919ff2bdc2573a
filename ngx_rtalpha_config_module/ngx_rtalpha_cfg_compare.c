
/*
 * Differences of two property trees.
 */


#include "ngx_rtalpha_cfg_compare.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>


#define NGX_RTALPHA_CFG_COMPARE_DIGEST  6       /* bytes that are shown */


static void
ngx_rtalpha_cfg_compare_digest(ngx_rtalpha_json_t *j, const char *name,
    const ngx_rtalpha_prop_t *prop, const u_char *secret)
{
    u_char        md[EVP_MAX_MD_SIZE];
    u_char        hex[2 * NGX_RTALPHA_CFG_COMPARE_DIGEST];
    unsigned int  len;

    if (prop == NULL
        || HMAC(EVP_sha256(), secret, NGX_RTALPHA_CFG_COMPARE_SECRET,
                prop->text.len ? prop->text.data : (u_char *) "",
                prop->text.len, md, &len)
           == NULL)
    {
        return;
    }

    (void) ngx_hex_dump(hex, md, NGX_RTALPHA_CFG_COMPARE_DIGEST);
    ngx_rtalpha_json_key(j, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_json_text(j, hex, sizeof(hex));
}


static void
ngx_rtalpha_cfg_compare_one(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_prop_t *was, const ngx_rtalpha_prop_t *is,
    const u_char *secret)
{
    ngx_rtalpha_json_object(j);
    ngx_rtalpha_json_key_lit(j, "key");
    ngx_rtalpha_json_str(j, is ? &is->key : &was->key);
    ngx_rtalpha_cfg_compare_digest(j, "was", was, secret);
    ngx_rtalpha_cfg_compare_digest(j, "is", is, secret);
    ngx_rtalpha_json_end(j);
}


/*
 * Keys of a tree that the other lacks, or (changed) has with another value.
 * reverse: the tree is the older one.
 */

static ngx_uint_t
ngx_rtalpha_cfg_compare_keys(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_props_t *tree, const ngx_rtalpha_props_t *other,
    ngx_uint_t changed, ngx_uint_t reverse, const u_char *secret,
    ngx_uint_t max)
{
    ngx_uint_t                 i, n, found;
    const ngx_rtalpha_prop_t  *prop, *that;

    ngx_rtalpha_json_array(j);
    n = ngx_rtalpha_props_count(tree);
    found = 0;

    for (i = 0; i < n; i++) {
        prop = ngx_rtalpha_props_at(tree, i);
        that = ngx_rtalpha_props_find(other, prop->key.data, prop->key.len);

        if ((that != NULL) != changed
            || (that && that->type == prop->type
                && ngx_rtalpha_str_eq(&that->text, &prop->text)))
        {
            continue;
        }

        if (found++ < max) {
            ngx_rtalpha_cfg_compare_one(j, reverse ? prop : that,
                                        reverse ? that : prop, secret);
        }
    }

    ngx_rtalpha_json_end(j);

    return found;
}


ngx_uint_t
ngx_rtalpha_cfg_compare(ngx_rtalpha_json_t *j,
    const ngx_rtalpha_props_t *was, const ngx_rtalpha_props_t *is,
    const u_char *secret, ngx_uint_t max)
{
    ngx_uint_t  n;

    ngx_rtalpha_json_key_lit(j, "added");
    n = ngx_rtalpha_cfg_compare_keys(j, is, was, 0, 0, secret, max);

    ngx_rtalpha_json_key_lit(j, "removed");
    n += ngx_rtalpha_cfg_compare_keys(j, was, is, 0, 1, secret, max);

    ngx_rtalpha_json_key_lit(j, "changed");
    n += ngx_rtalpha_cfg_compare_keys(j, is, was, 1, 0, secret, max);

    return n;
}
