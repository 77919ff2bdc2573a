
/*
 * Records of instances; see the header.
 */


#include "ngx_rtalpha_reg_record.h"


#define NGX_RTALPHA_REG_RECORD_VERSION  1


typedef struct {
    u_char                   version;
    u_char                   override;
    u_char                   reserved[2];
    uint32_t                 app;           /* lengths */
    uint32_t                 id;
    uint32_t                 doc;
    ngx_rtalpha_reg_state_t  state;
} ngx_rtalpha_reg_record_head_t;


void
ngx_rtalpha_reg_record_write(const ngx_rtalpha_reg_record_t *record,
    ngx_rtalpha_out_t *out)
{
    ngx_rtalpha_reg_record_head_t  head;

    ngx_memzero(&head, sizeof(ngx_rtalpha_reg_record_head_t));

    head.version = NGX_RTALPHA_REG_RECORD_VERSION;
    head.override = (u_char) record->override;
    head.app = (uint32_t) record->app.len;
    head.id = (uint32_t) record->id.len;
    head.doc = (uint32_t) record->doc.len;

    head.state.registered = record->state.registered;
    head.state.renewed = record->state.renewed;
    head.state.evicted = record->state.evicted;
    head.state.service_up = record->state.service_up;
    head.state.updated = record->state.updated;
    head.state.dirty = record->state.dirty;
    head.state.lease = record->state.lease;
    head.state.status = record->state.status;
    head.state.overridden = record->state.overridden;
    head.state.action = record->state.action;

    ngx_rtalpha_out_bytes(out, (u_char *) &head, sizeof(head));
    ngx_rtalpha_out_str(out, &record->app);
    ngx_rtalpha_out_str(out, &record->id);
    ngx_rtalpha_out_str(out, &record->doc);
}


ngx_int_t
ngx_rtalpha_reg_record_read(ngx_str_t *bytes,
    ngx_rtalpha_reg_record_t *record)
{
    size_t                         left;
    u_char                        *p;
    ngx_rtalpha_reg_record_head_t  head;

    if (bytes->len < sizeof(head)) {
        return NGX_ERROR;
    }

    ngx_memcpy(&head, bytes->data, sizeof(head));

    p = bytes->data + sizeof(head);
    left = bytes->len - sizeof(head);

    if (head.version != NGX_RTALPHA_REG_RECORD_VERSION
        || head.app > left || head.id > left - head.app
        || head.doc != left - head.app - head.id
        || head.state.status > 4 || head.state.overridden > 4
        || head.state.action > 2
        || (head.override > 4 && head.override != 255))
    {
        return NGX_ERROR;
    }

    record->state = head.state;
    record->override = head.override;

    record->app.data = p;
    record->app.len = head.app;
    record->id.data = p + head.app;
    record->id.len = head.id;
    record->doc.data = record->id.data + head.id;
    record->doc.len = head.doc;

    return NGX_OK;
}
