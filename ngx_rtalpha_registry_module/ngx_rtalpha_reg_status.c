
/*
 * Names, rules and hash code of instance statuses; see the header.
 */


#include "ngx_rtalpha_reg_status.h"


static const ngx_str_t  ngx_rtalpha_reg_status_names[] = {
    ngx_string("DOWN"),
    ngx_string("OUT_OF_SERVICE"),
    ngx_string("STARTING"),
    ngx_string("UNKNOWN"),
    ngx_string("UP")
};


static const ngx_str_t  ngx_rtalpha_reg_action_names[] = {
    ngx_string("ADDED"),
    ngx_string("MODIFIED"),
    ngx_string("DELETED"),
    ngx_null_string
};


const ngx_str_t *
ngx_rtalpha_reg_status_name(ngx_uint_t status)
{
    if (status >= NGX_RTALPHA_REG_STATUSES) {
        status = NGX_RTALPHA_REG_UNKNOWN;
    }

    return &ngx_rtalpha_reg_status_names[status];
}


const ngx_str_t *
ngx_rtalpha_reg_action_name(ngx_uint_t action)
{
    if (action > NGX_RTALPHA_REG_DELETED) {
        action = NGX_RTALPHA_REG_DELETED + 1;
    }

    return &ngx_rtalpha_reg_action_names[action];
}


ngx_uint_t
ngx_rtalpha_reg_status_find(const u_char *name, size_t len)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_REG_STATUSES; i++) {
        if (ngx_rtalpha_reg_status_names[i].len == len
            && ngx_memcmp(ngx_rtalpha_reg_status_names[i].data, name, len)
               == 0)
        {
            return i;
        }
    }

    return NGX_RTALPHA_REG_NONE;
}


ngx_uint_t
ngx_rtalpha_reg_status_resolve(ngx_uint_t sent, ngx_uint_t override,
    ngx_uint_t current, ngx_uint_t replica)
{
    /* the instance itself knows best that it cannot serve */

    if (sent != NGX_RTALPHA_REG_UP && sent != NGX_RTALPHA_REG_OUT_OF_SERVICE)
    {
        return sent;
    }

    if (override != NGX_RTALPHA_REG_NONE) {
        return override;
    }

    /*
     * A client that goes on saying UP does not know that somebody has taken
     * it out of service; what a peer says has been through these rules.
     */

    if (!replica
        && (current == NGX_RTALPHA_REG_UP
            || current == NGX_RTALPHA_REG_OUT_OF_SERVICE))
    {
        return current;
    }

    return sent;
}


u_char *
ngx_rtalpha_reg_status_hash(u_char *buf, const uint64_t *counts)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_RTALPHA_REG_STATUSES; i++) {
        if (counts[i] != 0) {
            buf = ngx_sprintf(buf, "%V_%uL_",
                              &ngx_rtalpha_reg_status_names[i], counts[i]);
        }
    }

    return buf;
}
