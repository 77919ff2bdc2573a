
/*
 * Spring Cloud Bus: texts.
 */


#include "ngx_rtalpha_cfg_bus_text.h"

#include <jansson.h>
#include <openssl/rand.h>

#include "ngx_rtalpha_json.h"


#define NGX_RTALPHA_CFG_BUS_BODY  65536     /* longer messages are no acks */


void
ngx_rtalpha_cfg_bus_uuid(u_char *text)
{
    u_char  bytes[16], hex[32];

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        ngx_memzero(bytes, sizeof(bytes));
    }

    bytes[6] = (u_char) ((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (u_char) ((bytes[8] & 0x3f) | 0x80);
    ngx_hex_dump(hex, bytes, sizeof(bytes));

    ngx_memcpy(text, hex, 8);
    text[8] = '-';
    ngx_memcpy(text + 9, hex + 8, 4);
    text[13] = '-';
    ngx_memcpy(text + 14, hex + 12, 4);
    text[18] = '-';
    ngx_memcpy(text + 19, hex + 16, 4);
    text[23] = '-';
    ngx_memcpy(text + 24, hex + 20, 12);
}


static ngx_uint_t
ngx_rtalpha_cfg_bus_plain(const ngx_str_t *name)
{
    size_t  i;

    for (i = 0; i < name->len; i++) {
        switch (name->data[i]) {
        case ':':
        case '*':
        case '?':
        case '{':
        case '}':
            return 0;
        }
    }

    return name->len != 0;
}


ngx_int_t
ngx_rtalpha_cfg_bus_destination(ngx_pool_t *pool,
    const ngx_str_t *application, const ngx_str_t *profiles,
    ngx_str_t *destination)
{
    u_char     *comma;
    ngx_str_t   app;

    app = *application;
    comma = ngx_strlchr(app.data, app.data + app.len, ',');

    if (comma) {
        app.len = comma - app.data;
    }

    if (!ngx_rtalpha_cfg_bus_plain(&app)
        || !ngx_rtalpha_cfg_bus_plain(profiles))
    {
        return NGX_DECLINED;
    }

    destination->data = ngx_pnalloc(pool, app.len + profiles->len + 8);
    if (destination->data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_str_is(profiles, "default")) {
        destination->len = ngx_sprintf(destination->data, "%V:*:*", &app)
                           - destination->data;
        return NGX_OK;
    }

    destination->len = ngx_sprintf(destination->data, "%V:%V:**", &app,
                                   profiles)
                       - destination->data;

    return NGX_OK;
}


void
ngx_rtalpha_cfg_bus_refresh(ngx_rtalpha_out_t *out, const u_char *id,
    uint64_t msec, const ngx_str_t *origin, const ngx_str_t *destination)
{
    ngx_rtalpha_json_t  j;

    ngx_rtalpha_json_init(&j, out);
    ngx_rtalpha_json_object(&j);
    ngx_rtalpha_json_key_lit(&j, "type");
    ngx_rtalpha_json_lit(&j, "RefreshRemoteApplicationEvent");
    ngx_rtalpha_json_key_lit(&j, "timestamp");
    ngx_rtalpha_json_int(&j, (int64_t) msec);
    ngx_rtalpha_json_key_lit(&j, "originService");
    ngx_rtalpha_json_str(&j, origin);
    ngx_rtalpha_json_key_lit(&j, "destinationService");
    ngx_rtalpha_json_str(&j, destination);
    ngx_rtalpha_json_key_lit(&j, "id");
    ngx_rtalpha_json_text(&j, (u_char *) id, NGX_RTALPHA_CFG_BUS_ID);
    ngx_rtalpha_json_end(&j);
}


ngx_int_t
ngx_rtalpha_cfg_bus_ack(const u_char *body, size_t len, u_char *id)
{
    json_t       *root;
    ngx_int_t     rc;
    const char   *type, *text;

    if (len > NGX_RTALPHA_CFG_BUS_BODY) {
        return NGX_DECLINED;
    }

    root = json_loadb((const char *) body, len, 0, NULL);
    type = json_string_value(json_object_get(root, "type"));
    text = json_string_value(json_object_get(root, "ackId"));
    rc = NGX_DECLINED;

    if (type && text
        && ngx_strcmp(type, "AckRemoteApplicationEvent") == 0
        && ngx_strlen(text) == NGX_RTALPHA_CFG_BUS_ID)
    {
        ngx_memcpy(id, text, NGX_RTALPHA_CFG_BUS_ID);
        rc = NGX_OK;
    }

    json_decref(root);

    return rc;
}
