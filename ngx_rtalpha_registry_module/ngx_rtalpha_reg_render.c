
/*
 * Rendering of instances and lists; see the header.  Order and types of the
 * fields are those of the Java server's four codecs.
 */


#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_json.h"
#include "ngx_rtalpha_reg_render_xml.h"


static void ngx_rtalpha_reg_json_full(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
static void ngx_rtalpha_reg_json_compact(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
static void ngx_rtalpha_reg_json_text(ngx_rtalpha_out_t *out,
    const char *key, size_t len, const ngx_str_t *value);
static void ngx_rtalpha_reg_json_ports(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_doc_t *doc);
static void ngx_rtalpha_reg_json_dc(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_doc_t *doc, ngx_uint_t compact);
static void ngx_rtalpha_reg_json_lease(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st);
static void ngx_rtalpha_reg_json_pairs(ngx_rtalpha_out_t *out,
    const ngx_str_t *map, ngx_uint_t compact);


#define ngx_rtalpha_reg_put(out, s)  ngx_rtalpha_out_bytes(out,               \
                                                       ngx_rtalpha_lit(s))

#define ngx_rtalpha_reg_json_field(out, key, value)                           \
    ngx_rtalpha_reg_json_text(out, ",\"" key "\":\"",                         \
                              sizeof(",\"" key "\":\"") - 1, value)


static const ngx_str_t  ngx_rtalpha_reg_dc_names[] = {
    ngx_string(""),
    ngx_string("Netflix"),
    ngx_string("Amazon"),
    ngx_string("MyOwn"),
    ngx_string("")
};


const ngx_str_t *
ngx_rtalpha_reg_render_dc(ngx_uint_t dc)
{
    return &ngx_rtalpha_reg_dc_names[dc <= NGX_RTALPHA_REG_DC_NAMELESS
                                     ? dc : NGX_RTALPHA_REG_DC_NONE];
}


/* what the compact forms keep of an Amazon data centre */

ngx_uint_t
ngx_rtalpha_reg_render_dc_kept(const ngx_str_t *key)
{
    return ngx_rtalpha_str_is(key, "instance-id")
           || ngx_rtalpha_str_is(key, "public-ipv4")
           || ngx_rtalpha_str_is(key, "public-hostname")
           || ngx_rtalpha_str_is(key, "local-ipv4")
           || ngx_rtalpha_str_is(key, "availability-zone");
}


ngx_uint_t
ngx_rtalpha_reg_render_is_self(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc)
{
    ngx_str_t  id;

    if (rr->self.len == 0) {
        return 0;
    }

    ngx_rtalpha_reg_doc_id(doc, &id);

    return ngx_rtalpha_str_eq(&id, &rr->self);
}


void
ngx_rtalpha_reg_render_members(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        ngx_rtalpha_reg_xml_members(rr, doc, st);

    } else if (rr->form & NGX_RTALPHA_REG_FORM_COMPACT) {
        ngx_rtalpha_reg_json_compact(rr, doc, st);

    } else {
        ngx_rtalpha_reg_json_full(rr, doc, st);
    }
}


void
ngx_rtalpha_reg_render_instance(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        rr->depth = 0;
        ngx_rtalpha_reg_xml_instance(rr, doc, st);
        return;
    }

    ngx_rtalpha_reg_put(rr->out, "{\"instance\":{");
    ngx_rtalpha_reg_render_members(rr, doc, st);
    ngx_rtalpha_reg_put(rr->out, "}}");
}


void
ngx_rtalpha_reg_render_app(ngx_rtalpha_reg_render_t *rr,
    const ngx_str_t *name, ngx_uint_t first)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        ngx_rtalpha_reg_xml_app(rr, name);
        return;
    }

    if (!first) {
        ngx_rtalpha_out_char(rr->out, ',');
    }

    ngx_rtalpha_reg_put(rr->out, "{\"name\":\"");
    ngx_rtalpha_json_escape(rr->out, name->data, name->len);
    ngx_rtalpha_reg_put(rr->out, "\",\"instance\":[");
}


void
ngx_rtalpha_reg_render_app_member(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st,
    ngx_uint_t first)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        rr->depth++;
        ngx_rtalpha_reg_xml_instance(rr, doc, st);
        rr->depth--;
        return;
    }

    if (first) {
        ngx_rtalpha_out_char(rr->out, '{');

    } else {
        ngx_rtalpha_reg_put(rr->out, ",{");
    }

    ngx_rtalpha_reg_render_members(rr, doc, st);
    ngx_rtalpha_out_char(rr->out, '}');
}


void
ngx_rtalpha_reg_render_app_end(ngx_rtalpha_reg_render_t *rr)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        ngx_rtalpha_reg_xml_app_end(rr);
        return;
    }

    ngx_rtalpha_reg_put(rr->out, "]}");
}


void
ngx_rtalpha_reg_render_only(ngx_rtalpha_reg_render_t *rr, ngx_uint_t edge)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        return;
    }

    if (edge == NGX_RTALPHA_REG_OPEN) {
        ngx_rtalpha_reg_put(rr->out, "{\"application\":");

    } else {
        ngx_rtalpha_out_char(rr->out, '}');
    }
}


void
ngx_rtalpha_reg_render_list(ngx_rtalpha_reg_render_t *rr, ngx_uint_t edge,
    const ngx_str_t *version, const ngx_str_t *hash)
{
    if (rr->form & NGX_RTALPHA_REG_FORM_XML) {
        ngx_rtalpha_reg_xml_list(rr, edge, version, hash);
        return;
    }

    if (edge == NGX_RTALPHA_REG_OPEN) {

        if (rr->form & NGX_RTALPHA_REG_FORM_COMPACT) {
            ngx_rtalpha_reg_put(rr->out, "{\"applications\":{"
                                         "\"application\":[");
            return;
        }

        ngx_rtalpha_reg_put(rr->out, "{\"applications\":{"
                                     "\"versions__delta\":\"");
        ngx_rtalpha_out_str(rr->out, version);
        ngx_rtalpha_reg_put(rr->out, "\",\"apps__hashcode\":\"");
        ngx_rtalpha_out_str(rr->out, hash);
        ngx_rtalpha_reg_put(rr->out, "\",\"application\":[");
        return;
    }

    if ((rr->form & NGX_RTALPHA_REG_FORM_COMPACT) == 0) {
        ngx_rtalpha_reg_put(rr->out, "]}}");
        return;
    }

    ngx_rtalpha_reg_put(rr->out, "],\"versions__delta\":\"");
    ngx_rtalpha_out_str(rr->out, version);
    ngx_rtalpha_reg_put(rr->out, "\",\"apps__hashcode\":\"");
    ngx_rtalpha_out_str(rr->out, hash);
    ngx_rtalpha_reg_put(rr->out, "\"}}");
}


static void
ngx_rtalpha_reg_json_full(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    const ngx_str_t    *text;
    ngx_rtalpha_out_t  *out;

    out = rr->out;
    text = doc->text;

    if (text[NGX_RTALPHA_REG_TEXT_ID].data) {
        ngx_rtalpha_reg_json_text(out, "\"instanceId\":\"",
                                  sizeof("\"instanceId\":\"") - 1,
                                  &text[NGX_RTALPHA_REG_TEXT_ID]);
        ngx_rtalpha_out_char(out, ',');
    }

    ngx_rtalpha_reg_json_text(out, "\"hostName\":\"",
                              sizeof("\"hostName\":\"") - 1,
                              &text[NGX_RTALPHA_REG_TEXT_HOST]);
    ngx_rtalpha_reg_json_field(out, "app", &text[NGX_RTALPHA_REG_TEXT_APP]);
    ngx_rtalpha_reg_json_field(out, "ipAddr", &text[NGX_RTALPHA_REG_TEXT_IP]);
    ngx_rtalpha_reg_json_field(out, "sid", &text[NGX_RTALPHA_REG_TEXT_SID]);
    ngx_rtalpha_reg_json_field(out, "status",
                               ngx_rtalpha_reg_status_name(st->status));
    ngx_rtalpha_reg_json_field(out, "overriddenStatus",
                               ngx_rtalpha_reg_status_name(st->overridden));
    ngx_rtalpha_reg_json_ports(out, doc);
    ngx_rtalpha_reg_put(out, ",\"countryId\":");
    ngx_rtalpha_out_int(out, doc->country);
    ngx_rtalpha_reg_json_dc(out, doc, 0);

    if (!rr->as_sent || doc->lease_sent) {
        ngx_rtalpha_reg_json_lease(out, doc, st);
    }

    ngx_rtalpha_reg_put(out, ",\"metadata\":");

    if (doc->metadata.len) {
        ngx_rtalpha_reg_json_pairs(out, &doc->metadata, 0);

    } else {
        ngx_rtalpha_reg_put(out, "{\"@class\":"
                                 "\"java.util.Collections$EmptyMap\"}");
    }

    ngx_rtalpha_reg_json_field(out, "appGroupName",
                               &text[NGX_RTALPHA_REG_TEXT_GROUP]);
    ngx_rtalpha_reg_json_field(out, "homePageUrl",
                               &text[NGX_RTALPHA_REG_TEXT_HOME]);
    ngx_rtalpha_reg_json_field(out, "statusPageUrl",
                               &text[NGX_RTALPHA_REG_TEXT_PAGE]);
    ngx_rtalpha_reg_json_field(out, "healthCheckUrl",
                               &text[NGX_RTALPHA_REG_TEXT_HEALTH]);
    ngx_rtalpha_reg_json_field(out, "secureHealthCheckUrl",
                               &text[NGX_RTALPHA_REG_TEXT_HEALTHS]);
    ngx_rtalpha_reg_json_field(out, "vipAddress",
                               &text[NGX_RTALPHA_REG_TEXT_VIP]);
    ngx_rtalpha_reg_json_field(out, "secureVipAddress",
                               &text[NGX_RTALPHA_REG_TEXT_VIPS]);

    if (ngx_rtalpha_reg_render_is_self(rr, doc)) {
        ngx_rtalpha_reg_put(out, ",\"isCoordinatingDiscoveryServer\":"
                                 "\"true\"");
    } else {
        ngx_rtalpha_reg_put(out, ",\"isCoordinatingDiscoveryServer\":"
                                 "\"false\"");
    }

    ngx_rtalpha_reg_put(out, ",\"lastUpdatedTimestamp\":\"");
    ngx_rtalpha_out_int(out, st->updated);
    ngx_rtalpha_reg_put(out, "\",\"lastDirtyTimestamp\":\"");
    ngx_rtalpha_out_int(out, st->dirty);
    ngx_rtalpha_out_char(out, '"');
    ngx_rtalpha_reg_json_field(out, "actionType",
                               ngx_rtalpha_reg_action_name(st->action));
    ngx_rtalpha_reg_json_field(out, "asgName",
                               &text[NGX_RTALPHA_REG_TEXT_ASG]);
}


static void
ngx_rtalpha_reg_json_compact(ngx_rtalpha_reg_render_t *rr,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    const ngx_str_t    *text;
    ngx_rtalpha_out_t  *out;

    out = rr->out;
    text = doc->text;

    if (text[NGX_RTALPHA_REG_TEXT_ID].data) {
        ngx_rtalpha_reg_json_text(out, "\"instanceId\":\"",
                                  sizeof("\"instanceId\":\"") - 1,
                                  &text[NGX_RTALPHA_REG_TEXT_ID]);
        ngx_rtalpha_out_char(out, ',');
    }

    ngx_rtalpha_reg_json_text(out, "\"app\":\"", sizeof("\"app\":\"") - 1,
                              &text[NGX_RTALPHA_REG_TEXT_APP]);
    ngx_rtalpha_reg_json_field(out, "ipAddr", &text[NGX_RTALPHA_REG_TEXT_IP]);
    ngx_rtalpha_reg_json_field(out, "vipAddress",
                               &text[NGX_RTALPHA_REG_TEXT_VIP]);
    ngx_rtalpha_reg_json_field(out, "secureVipAddress",
                               &text[NGX_RTALPHA_REG_TEXT_VIPS]);
    ngx_rtalpha_reg_json_dc(out, doc, 1);
    ngx_rtalpha_reg_json_field(out, "hostName",
                               &text[NGX_RTALPHA_REG_TEXT_HOST]);
    ngx_rtalpha_reg_json_field(out, "status",
                               ngx_rtalpha_reg_status_name(st->status));
    ngx_rtalpha_reg_put(out, ",\"lastUpdatedTimestamp\":");
    ngx_rtalpha_out_int(out, st->updated);
    ngx_rtalpha_reg_json_field(out, "actionType",
                               ngx_rtalpha_reg_action_name(st->action));
    ngx_rtalpha_reg_json_field(out, "asgName",
                               &text[NGX_RTALPHA_REG_TEXT_ASG]);
    ngx_rtalpha_reg_json_ports(out, doc);
}


/* head ends in the quote that opens the value; nothing for no value */

static void
ngx_rtalpha_reg_json_text(ngx_rtalpha_out_t *out, const char *head,
    size_t len, const ngx_str_t *value)
{
    if (value->data == NULL) {
        return;
    }

    ngx_rtalpha_out_bytes(out, (u_char *) head, len);
    ngx_rtalpha_json_escape(out, value->data, value->len);
    ngx_rtalpha_out_char(out, '"');
}


static void
ngx_rtalpha_reg_json_ports(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_doc_t *doc)
{
    ngx_rtalpha_reg_put(out, ",\"port\":{\"$\":");
    ngx_rtalpha_out_int(out, doc->port);

    if (doc->port_on) {
        ngx_rtalpha_reg_put(out, ",\"@enabled\":\"true\"},"
                                 "\"securePort\":{\"$\":");
    } else {
        ngx_rtalpha_reg_put(out, ",\"@enabled\":\"false\"},"
                                 "\"securePort\":{\"$\":");
    }

    ngx_rtalpha_out_int(out, doc->secure_port);

    if (doc->secure_on) {
        ngx_rtalpha_reg_put(out, ",\"@enabled\":\"true\"}");

    } else {
        ngx_rtalpha_reg_put(out, ",\"@enabled\":\"false\"}");
    }
}


static void
ngx_rtalpha_reg_json_dc(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_doc_t *doc, ngx_uint_t compact)
{
    if (doc->dc == NGX_RTALPHA_REG_DC_AMAZON) {
        ngx_rtalpha_reg_put(out, ",\"dataCenterInfo\":{\"@class\":"
                                 "\"com.netflix.appinfo.AmazonInfo\","
                                 "\"name\":\"Amazon\",\"metadata\":");
        ngx_rtalpha_reg_json_pairs(out, &doc->dc_metadata, compact);
        ngx_rtalpha_out_char(out, '}');
        return;
    }

    ngx_rtalpha_reg_put(out, ",\"dataCenterInfo\":{\"@class\":\"com.netflix."
                             "appinfo.InstanceInfo$DefaultDataCenterInfo\","
                             "\"name\":\"");
    ngx_rtalpha_out_str(out, ngx_rtalpha_reg_render_dc(doc->dc));
    ngx_rtalpha_reg_put(out, "\"}");
}


static void
ngx_rtalpha_reg_json_lease(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_doc_t *doc, const ngx_rtalpha_reg_state_t *st)
{
    ngx_rtalpha_reg_put(out, ",\"leaseInfo\":{\"renewalIntervalInSecs\":");
    ngx_rtalpha_out_int(out, doc->interval);
    ngx_rtalpha_reg_put(out, ",\"durationInSecs\":");
    ngx_rtalpha_out_int(out, doc->duration);
    ngx_rtalpha_reg_put(out, ",\"registrationTimestamp\":");
    ngx_rtalpha_out_int(out, st->registered);
    ngx_rtalpha_reg_put(out, ",\"lastRenewalTimestamp\":");
    ngx_rtalpha_out_int(out, st->renewed);
    ngx_rtalpha_reg_put(out, ",\"evictionTimestamp\":");
    ngx_rtalpha_out_int(out, st->evicted);
    ngx_rtalpha_reg_put(out, ",\"serviceUpTimestamp\":");
    ngx_rtalpha_out_int(out, st->service_up);
    ngx_rtalpha_out_char(out, '}');
}


static void
ngx_rtalpha_reg_json_pairs(ngx_rtalpha_out_t *out, const ngx_str_t *map,
    ngx_uint_t compact)
{
    ngx_str_t   rest, key, value;
    ngx_uint_t  first;

    rest = *map;
    first = 1;

    ngx_rtalpha_out_char(out, '{');

    while (ngx_rtalpha_reg_doc_next(&rest, &key, &value) == NGX_OK) {

        if (compact && !ngx_rtalpha_reg_render_dc_kept(&key)) {
            continue;
        }

        if (first) {
            ngx_rtalpha_out_char(out, '"');
            first = 0;

        } else {
            ngx_rtalpha_reg_put(out, ",\"");
        }

        ngx_rtalpha_json_escape(out, key.data, key.len);
        ngx_rtalpha_reg_put(out, "\":\"");
        ngx_rtalpha_json_escape(out, value.data, value.len);
        ngx_rtalpha_out_char(out, '"');
    }

    ngx_rtalpha_out_char(out, '}');
}
