
/*
 * XML as XStream writes it: no declaration, two blanks a level; compact: one
 * line, fewer fields, in the order of the compact JSON.
 *
 * Where the Java server writes malformed XML -- a colon in a name, an empty
 * name, a control character -- this writes something that every parser
 * takes: the escape of the name, no element, U+FFFD.
 */


#include "ngx_rtalpha_reg_render_xml.h"


static void ngx_rtalpha_reg_xml_break(ngx_rtalpha_reg_render_t *rr);
static void ngx_rtalpha_reg_xml_tag(ngx_rtalpha_reg_render_t *rr,
    const char *name, const ngx_str_t *value);
static void ngx_rtalpha_reg_xml_number(ngx_rtalpha_reg_render_t *rr,
    const char *name, int64_t n);
static void ngx_rtalpha_reg_xml_port(ngx_rtalpha_reg_render_t *rr,
    const char *name, int64_t port, ngx_uint_t on);
static void ngx_rtalpha_reg_xml_open(ngx_rtalpha_reg_render_t *rr,
    const char *name);
static void ngx_rtalpha_reg_xml_close(ngx_rtalpha_reg_render_t *rr,
    const char *name);
static void ngx_rtalpha_reg_xml_dc(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc);
static void ngx_rtalpha_reg_xml_lease(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
static void ngx_rtalpha_reg_xml_pairs(ngx_rtalpha_reg_render_t *rr,
    const ngx_str_t *map, ngx_uint_t compact);
static void ngx_rtalpha_reg_xml_compact(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
static ngx_uint_t ngx_rtalpha_reg_xml_name_char(uint32_t c, ngx_uint_t start);


#define ngx_rtalpha_reg_put(out, s)  ngx_rtalpha_out_bytes(out,               \
                                                       ngx_rtalpha_lit(s))


void
ngx_rtalpha_reg_xml_instance(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    if (rr->depth) {
        ngx_rtalpha_reg_xml_break(rr);
    }

    ngx_rtalpha_reg_xml_open(rr, "instance");
    ngx_rtalpha_reg_xml_members(rr, doc, st);
    ngx_rtalpha_reg_xml_close(rr, "instance");
}


void
ngx_rtalpha_reg_xml_members(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    ngx_uint_t        i;
    const ngx_str_t  *text;

    static const ngx_str_t  yes = ngx_string("true");
    static const ngx_str_t  no = ngx_string("false");

    static const char  *names[] = {
        "homePageUrl", "statusPageUrl", "healthCheckUrl",
        "secureHealthCheckUrl", "vipAddress", "secureVipAddress"
    };

    if (rr->form & NGX_RTALPHA_REG_FORM_COMPACT) {
        ngx_rtalpha_reg_xml_compact(rr, doc, st);
        return;
    }

    text = doc->text;

    ngx_rtalpha_reg_xml_tag(rr, "instanceId", &text[NGX_RTALPHA_REG_TEXT_ID]);
    ngx_rtalpha_reg_xml_tag(rr, "hostName", &text[NGX_RTALPHA_REG_TEXT_HOST]);
    ngx_rtalpha_reg_xml_tag(rr, "app", &text[NGX_RTALPHA_REG_TEXT_APP]);
    ngx_rtalpha_reg_xml_tag(rr, "ipAddr", &text[NGX_RTALPHA_REG_TEXT_IP]);
    ngx_rtalpha_reg_xml_tag(rr, "sid", &text[NGX_RTALPHA_REG_TEXT_SID]);
    ngx_rtalpha_reg_xml_tag(rr, "status",
                            ngx_rtalpha_reg_status_name(st->status));
    ngx_rtalpha_reg_xml_tag(rr, "overriddenstatus",
                            ngx_rtalpha_reg_status_name(st->overridden));
    ngx_rtalpha_reg_xml_port(rr, "port", doc->port, doc->port_on);
    ngx_rtalpha_reg_xml_port(rr, "securePort", doc->secure_port,
                             doc->secure_on);
    ngx_rtalpha_reg_xml_number(rr, "countryId", doc->country);
    ngx_rtalpha_reg_xml_dc(rr, doc);
    ngx_rtalpha_reg_xml_lease(rr, doc, st);

    rr->depth++;
    ngx_rtalpha_reg_xml_break(rr);

    if (doc->metadata.len) {
        ngx_rtalpha_reg_xml_open(rr, "metadata");
        ngx_rtalpha_reg_xml_pairs(rr, &doc->metadata, 0);
        ngx_rtalpha_reg_xml_close(rr, "metadata");

    } else {
        ngx_rtalpha_reg_put(rr->out, "<metadata class="
                                     "\"java.util.Collections$EmptyMap\"/>");
    }

    rr->depth--;

    ngx_rtalpha_reg_xml_tag(rr, "appGroupName",
                            &text[NGX_RTALPHA_REG_TEXT_GROUP]);

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ngx_rtalpha_reg_xml_tag(rr, names[i],
                                &text[NGX_RTALPHA_REG_TEXT_HOME + i]);
    }

    ngx_rtalpha_reg_xml_tag(rr, "isCoordinatingDiscoveryServer",
                            ngx_rtalpha_reg_render_is_self(rr, doc) ? &yes
                                                                    : &no);
    ngx_rtalpha_reg_xml_number(rr, "lastUpdatedTimestamp", st->updated);
    ngx_rtalpha_reg_xml_number(rr, "lastDirtyTimestamp", st->dirty);
    ngx_rtalpha_reg_xml_tag(rr, "actionType",
                            ngx_rtalpha_reg_action_name(st->action));
    ngx_rtalpha_reg_xml_tag(rr, "asgName", &text[NGX_RTALPHA_REG_TEXT_ASG]);
}


static void
ngx_rtalpha_reg_xml_compact(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    const ngx_str_t  *text;

    text = doc->text;

    ngx_rtalpha_reg_xml_tag(rr, "instanceId", &text[NGX_RTALPHA_REG_TEXT_ID]);
    ngx_rtalpha_reg_xml_tag(rr, "app", &text[NGX_RTALPHA_REG_TEXT_APP]);
    ngx_rtalpha_reg_xml_tag(rr, "ipAddr", &text[NGX_RTALPHA_REG_TEXT_IP]);
    ngx_rtalpha_reg_xml_tag(rr, "vipAddress",
                            &text[NGX_RTALPHA_REG_TEXT_VIP]);
    ngx_rtalpha_reg_xml_tag(rr, "secureVipAddress",
                            &text[NGX_RTALPHA_REG_TEXT_VIPS]);
    ngx_rtalpha_reg_xml_dc(rr, doc);
    ngx_rtalpha_reg_xml_tag(rr, "hostName", &text[NGX_RTALPHA_REG_TEXT_HOST]);
    ngx_rtalpha_reg_xml_tag(rr, "status",
                            ngx_rtalpha_reg_status_name(st->status));
    ngx_rtalpha_reg_xml_number(rr, "lastUpdatedTimestamp", st->updated);
    ngx_rtalpha_reg_xml_tag(rr, "actionType",
                            ngx_rtalpha_reg_action_name(st->action));
    ngx_rtalpha_reg_xml_tag(rr, "asgName", &text[NGX_RTALPHA_REG_TEXT_ASG]);
    ngx_rtalpha_reg_xml_port(rr, "port", doc->port, doc->port_on);
    ngx_rtalpha_reg_xml_port(rr, "securePort", doc->secure_port,
                             doc->secure_on);
}


void
ngx_rtalpha_reg_xml_app(ngx_rtalpha_reg_render_t *rr, const ngx_str_t *name)
{
    if (rr->depth) {
        ngx_rtalpha_reg_xml_break(rr);
    }

    ngx_rtalpha_reg_xml_open(rr, "application");
    ngx_rtalpha_reg_xml_tag(rr, "name", name);
}


void
ngx_rtalpha_reg_xml_app_end(ngx_rtalpha_reg_render_t *rr)
{
    ngx_rtalpha_reg_xml_close(rr, "application");
}


void
ngx_rtalpha_reg_xml_list(ngx_rtalpha_reg_render_t *rr, ngx_uint_t edge,
    const ngx_str_t *version, const ngx_str_t *hash)
{
    ngx_uint_t  compact;

    compact = rr->form & NGX_RTALPHA_REG_FORM_COMPACT;
    rr->depth = 0;

    if (edge == NGX_RTALPHA_REG_OPEN) {
        ngx_rtalpha_reg_xml_open(rr, "applications");
    }

    if ((edge == NGX_RTALPHA_REG_OPEN) == (compact == 0)) {
        rr->depth = 1;
        ngx_rtalpha_reg_xml_break(rr);
        ngx_rtalpha_reg_put(rr->out, "<versions__delta>");
        ngx_rtalpha_out_str(rr->out, version);
        ngx_rtalpha_reg_put(rr->out, "</versions__delta>");
        ngx_rtalpha_reg_xml_break(rr);
        ngx_rtalpha_reg_put(rr->out, "<apps__hashcode>");
        ngx_rtalpha_out_str(rr->out, hash);
        ngx_rtalpha_reg_put(rr->out, "</apps__hashcode>");
    }

    if (edge == NGX_RTALPHA_REG_OPEN) {
        rr->depth = 1;
        return;
    }

    rr->depth = 0;
    ngx_rtalpha_reg_xml_close(rr, "applications");
}


static void
ngx_rtalpha_reg_xml_break(ngx_rtalpha_reg_render_t *rr)
{
    ngx_uint_t  i;

    if (rr->form & NGX_RTALPHA_REG_FORM_COMPACT) {
        return;
    }

    ngx_rtalpha_out_char(rr->out, '\n');

    for (i = 0; i < rr->depth; i++) {
        ngx_rtalpha_reg_put(rr->out, "  ");
    }
}


static void
ngx_rtalpha_reg_xml_open(ngx_rtalpha_reg_render_t *rr, const char *name)
{
    ngx_rtalpha_out_char(rr->out, '<');
    ngx_rtalpha_out_bytes(rr->out, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_out_char(rr->out, '>');
}


static void
ngx_rtalpha_reg_xml_close(ngx_rtalpha_reg_render_t *rr, const char *name)
{
    ngx_rtalpha_reg_xml_break(rr);
    ngx_rtalpha_reg_put(rr->out, "</");
    ngx_rtalpha_out_bytes(rr->out, (u_char *) name, ngx_strlen(name));
    ngx_rtalpha_out_char(rr->out, '>');
}


static void
ngx_rtalpha_reg_xml_tag(ngx_rtalpha_reg_render_t *rr, const char *name,
    const ngx_str_t *value)
{
    size_t  len;

    if (value->data == NULL) {
        return;
    }

    len = ngx_strlen(name);

    rr->depth++;
    ngx_rtalpha_reg_xml_break(rr);
    rr->depth--;

    ngx_rtalpha_out_char(rr->out, '<');
    ngx_rtalpha_out_bytes(rr->out, (u_char *) name, len);
    ngx_rtalpha_out_char(rr->out, '>');
    ngx_rtalpha_reg_render_xml_text(rr->out, value);
    ngx_rtalpha_reg_put(rr->out, "</");
    ngx_rtalpha_out_bytes(rr->out, (u_char *) name, len);
    ngx_rtalpha_out_char(rr->out, '>');
}


static void
ngx_rtalpha_reg_xml_number(ngx_rtalpha_reg_render_t *rr, const char *name,
    int64_t n)
{
    u_char     buf[NGX_INT64_LEN];
    ngx_str_t  s;

    s.data = buf;
    s.len = ngx_sprintf(buf, "%L", n) - buf;

    ngx_rtalpha_reg_xml_tag(rr, name, &s);
}


static void
ngx_rtalpha_reg_xml_port(ngx_rtalpha_reg_render_t *rr, const char *name,
    int64_t port, ngx_uint_t on)
{
    size_t  len;

    len = ngx_strlen(name);

    rr->depth++;
    ngx_rtalpha_reg_xml_break(rr);
    rr->depth--;

    ngx_rtalpha_out_char(rr->out, '<');
    ngx_rtalpha_out_bytes(rr->out, (u_char *) name, len);

    if (on) {
        ngx_rtalpha_reg_put(rr->out, " enabled=\"true\">");

    } else {
        ngx_rtalpha_reg_put(rr->out, " enabled=\"false\">");
    }

    ngx_rtalpha_out_int(rr->out, port);
    ngx_rtalpha_reg_put(rr->out, "</");
    ngx_rtalpha_out_bytes(rr->out, (u_char *) name, len);
    ngx_rtalpha_out_char(rr->out, '>');
}


static void
ngx_rtalpha_reg_xml_dc(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc)
{
    rr->depth++;
    ngx_rtalpha_reg_xml_break(rr);

    if (doc->dc == NGX_RTALPHA_REG_DC_AMAZON) {
        ngx_rtalpha_reg_put(rr->out, "<dataCenterInfo class="
                                     "\"com.netflix.appinfo.AmazonInfo\">");
    } else {
        ngx_rtalpha_reg_put(rr->out, "<dataCenterInfo class="
                                     "\"com.netflix.appinfo.InstanceInfo"
                                     "$DefaultDataCenterInfo\">");
    }

    ngx_rtalpha_reg_xml_tag(rr, "name", ngx_rtalpha_reg_render_dc(doc->dc));

    if (doc->dc == NGX_RTALPHA_REG_DC_AMAZON) {
        rr->depth++;
        ngx_rtalpha_reg_xml_break(rr);
        ngx_rtalpha_reg_xml_open(rr, "metadata");
        ngx_rtalpha_reg_xml_pairs(rr, &doc->dc_metadata,
                                  rr->form & NGX_RTALPHA_REG_FORM_COMPACT);
        ngx_rtalpha_reg_xml_close(rr, "metadata");
        rr->depth--;
    }

    ngx_rtalpha_reg_xml_close(rr, "dataCenterInfo");
    rr->depth--;
}


static void
ngx_rtalpha_reg_xml_lease(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    rr->depth++;
    ngx_rtalpha_reg_xml_break(rr);
    ngx_rtalpha_reg_xml_open(rr, "leaseInfo");
    ngx_rtalpha_reg_xml_number(rr, "renewalIntervalInSecs", doc->interval);
    ngx_rtalpha_reg_xml_number(rr, "durationInSecs", doc->duration);
    ngx_rtalpha_reg_xml_number(rr, "registrationTimestamp", st->registered);
    ngx_rtalpha_reg_xml_number(rr, "lastRenewalTimestamp", st->renewed);
    ngx_rtalpha_reg_xml_number(rr, "evictionTimestamp", st->evicted);
    ngx_rtalpha_reg_xml_number(rr, "serviceUpTimestamp", st->service_up);
    ngx_rtalpha_reg_xml_close(rr, "leaseInfo");
    rr->depth--;
}


static void
ngx_rtalpha_reg_xml_pairs(ngx_rtalpha_reg_render_t *rr, const ngx_str_t *map,
    ngx_uint_t compact)
{
    ngx_str_t  rest, key, value;

    rest = *map;
    rr->depth++;

    while (ngx_rtalpha_reg_doc_next(&rest, &key, &value) == NGX_OK) {

        if (key.len == 0
            || (compact && !ngx_rtalpha_reg_render_dc_kept(&key)))
        {
            continue;
        }

        ngx_rtalpha_reg_xml_break(rr);
        ngx_rtalpha_out_char(rr->out, '<');
        ngx_rtalpha_reg_render_xml_name(rr->out, &key);
        ngx_rtalpha_out_char(rr->out, '>');
        ngx_rtalpha_reg_render_xml_text(rr->out, &value);
        ngx_rtalpha_reg_put(rr->out, "</");
        ngx_rtalpha_reg_render_xml_name(rr->out, &key);
        ngx_rtalpha_out_char(rr->out, '>');
    }

    rr->depth--;
}


void
ngx_rtalpha_reg_render_xml_text(ngx_rtalpha_out_t *out, const ngx_str_t *s)
{
    u_char    *p, *last, *q;
    uint32_t   c;

    p = s->data;
    last = p + s->len;

    while (p < last) {
        q = p;

        while (q < last && *q >= 0x20 && *q < 0x80 && *q != '<' && *q != '>'
               && *q != '&' && *q != '"' && *q != '\'')
        {
            q++;
        }

        ngx_rtalpha_out_bytes(out, p, q - p);
        p = q;

        if (p == last) {
            return;
        }

        switch (*p) {
        case '<':  ngx_rtalpha_reg_put(out, "&lt;"); p++; continue;
        case '>':  ngx_rtalpha_reg_put(out, "&gt;"); p++; continue;
        case '&':  ngx_rtalpha_reg_put(out, "&amp;"); p++; continue;
        case '"':  ngx_rtalpha_reg_put(out, "&quot;"); p++; continue;
        case '\'': ngx_rtalpha_reg_put(out, "&apos;"); p++; continue;
        case '\r': ngx_rtalpha_reg_put(out, "&#xd;"); p++; continue;
        case '\t':
        case '\n': ngx_rtalpha_out_char(out, *p++); continue;
        }

        c = 0xfffd;

        if (*p < 0x20) {
            p++;

        } else {
            c = ngx_utf8_decode(&p, last - p);

            if (c > 0x10ffff) {
                p = q + 1;
                c = 0xfffd;
            }
        }

        if (c == 0xfffd || c == 0xfffe || c == 0xffff) {
            ngx_rtalpha_reg_put(out, "\xef\xbf\xbd");

        } else {
            ngx_rtalpha_out_bytes(out, q, p - q);
        }
    }
}


void
ngx_rtalpha_reg_render_xml_name(ngx_rtalpha_out_t *out, const ngx_str_t *key)
{
    u_char      *p, *last, *q;
    uint32_t     c;
    ngx_uint_t   start;

    p = key->data;
    last = p + key->len;
    start = 1;

    while (p < last) {
        q = p;

        if (*p < 0x80) {
            c = *p++;

        } else {
            c = ngx_utf8_decode(&p, last - p);

            if (c > 0x10ffff) {
                p = q + 1;
                c = 0xfffd;
            }
        }

        if (c == '_') {
            ngx_rtalpha_reg_put(out, "__");

        } else if (c == '$') {
            ngx_rtalpha_reg_put(out, "_-");

        } else if (ngx_rtalpha_reg_xml_name_char(c, start)) {
            ngx_rtalpha_out_bytes(out, q, p - q);

        } else if (c < 0x10000) {
            ngx_rtalpha_out_printf(out, "_.%04xD", c);

        } else {
            c -= 0x10000;
            ngx_rtalpha_out_printf(out, "_.%04xD_.%04xD",
                                   0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
        }

        start = 0;
    }
}


/* XML 1.0, 2.3, without the colon, which would begin a namespace */

static ngx_uint_t
ngx_rtalpha_reg_xml_name_char(uint32_t c, ngx_uint_t start)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        return 1;
    }

    if (c < 0x80) {
        return !start && ((c >= '0' && c <= '9') || c == '-' || c == '.');
    }

    if (c == 0xb7 || (c >= 0x300 && c <= 0x36f)) {
        return !start;
    }

    /* letters that XML 1.0's fourth and fifth editions both allow */

    return (c >= 0xc0 && c <= 0xd6) || (c >= 0xd8 && c <= 0xf6)
           || (c >= 0xf8 && c <= 0x131) || (c >= 0x134 && c <= 0x13e)
           || (c >= 0x141 && c <= 0x148) || (c >= 0x14a && c <= 0x17e)
           || (c >= 0x38e && c <= 0x3a1 && c != 0x3a2)
           || (c >= 0x3a3 && c <= 0x3ce) || (c >= 0x401 && c <= 0x40c)
           || (c >= 0x40e && c <= 0x44f) || (c >= 0x451 && c <= 0x45c)
           || (c >= 0x3041 && c <= 0x3094) || (c >= 0x30a1 && c <= 0x30fa)
           || (c >= 0x4e00 && c <= 0x9fa5) || (c >= 0xac00 && c <= 0xd7a3);
}
