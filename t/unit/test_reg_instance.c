/* unit: ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance_check.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_instance_xml.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_token.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_doc.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_status.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_render.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_render_xml.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_list.c ngx_rtalpha_registry_module/ngx_rtalpha_reg_gzip.c ngx_rtalpha_core/ngx_rtalpha_json.c ngx_rtalpha_core/ngx_rtalpha_out.c */

#include "unit.h"
#include "ngx_rtalpha_reg_instance.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_list.h"
#include "ngx_rtalpha_reg_gzip.h"

#include <zlib.h>


#define DC  "\"dataCenterInfo\":{\"@class\":"                                 \
            "\"com.netflix.appinfo.MyDataCenterInfo\",\"name\":\"MyOwn\"}"
#define MIN "\"app\":\"a\",\"hostName\":\"h\",\"ipAddr\":\"1.2.3.4\"," DC

static ngx_pool_t              *pool;
static ngx_rtalpha_reg_sent_t   sent;


static ngx_int_t
json(const char *text)
{
    ngx_str_t  body;

    body.data = (u_char *) text;
    body.len = strlen(text);

    return ngx_rtalpha_reg_instance_json(pool, &body, &sent);
}


static ngx_int_t
xml(const char *text)
{
    ngx_str_t  body;

    body.data = (u_char *) text;
    body.len = strlen(text);

    return ngx_rtalpha_reg_instance_xml(pool, &body, &sent);
}


static void
test_bodies(void)
{
    static const char  *bad[] = {
        "", "{", "{}", "[]", "null", "5", "\"\"", "{bad",
        "{\"instance\":null}", "{\"instance\":{}}", "{\"instance\":[]}",
        "{\"instance\":\"x\"}", "{" MIN "}",
        "{\"instance\":{" MIN "},\"more\":1}",
        "{\"more\":1,\"instance\":{" MIN "}}",
        "{\"instance\":{" MIN "},}", "{\"instance\":{" MIN "}",
        "{'instance':{" MIN "}}",
        "{\"instance\":{" MIN ",\"metadata\":[]}}",
        "{\"instance\":{" MIN ",\"metadata\":[\"a\",\"b\"]}}",
        "{\"instance\":{" MIN ",\"metadata\":5}}",
        "{\"instance\":{" MIN ",\"port\":8080}}",
        "{\"instance\":{" MIN ",\"port\":{\"x\":1}}}",
        "{\"instance\":{" MIN ",\"extra\":[]}}",
        "{\"instance\":{" MIN ",\"extra\":[1,2]}}",
        "{\"instance\":{\"app\":\"a\",\"dataCenterInfo\":{\"@class\":"
            "\"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo\","
            "\"name\":\"Amazon\"}}}",
        "{\"instance\":{\"app\":\"a\",\"dataCenterInfo\":{\"name\":"
            "\"MyOwn\"}}}",
        "{\"instance\":{\"app\":\"\x01\"}}", "{\"instance\":{\"app\":\"\xff\"}}"
    };

    ngx_uint_t  i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        unit_check(json(bad[i]) == NGX_DECLINED, __FILE__, __LINE__, bad[i]);
    }

    CHECK(json("{\"instance\":{" MIN "}}") == NGX_OK);
    CHECK(json("\xef\xbb\xbf {\"instance\" : {" MIN "} }trailing")
          == NGX_OK);
    CHECK(json("{\"instance\":{\"instance\":{" MIN "}}}") == NGX_OK);

    /* an unknown object's fields are the instance's */

    CHECK(json("{\"instance\":{\"vipAddress\":\"v\"," MIN
               ",\"x\":{\"hostName\":\"leaked\"}}}") == NGX_OK);
    CHECK_STR(&sent.doc.text[NGX_RTALPHA_REG_TEXT_HOST], "leaked");
    CHECK(sent.doc.text[NGX_RTALPHA_REG_TEXT_VIP].data == NULL);
}


static void
test_values(void)
{
    ngx_str_t  value;

    CHECK(json("{\"instance\":{" MIN ",\"port\":{\"$\":\" 8080\","
               "\"@enabled\":\" true\"},\"securePort\":{\"$\":8.5,"
               "\"@enabled\":1},\"status\":\"up\",\"countryId\":\"7\","
               "\"lastDirtyTimestamp\":\"1.5e3\",\"leaseInfo\":"
               "{\"durationInSecs\":2.5,\"renewalIntervalInSecs\":-5},"
               "\"metadata\":{\"@class\":\"x\",\"k\":null,\"n\":-0.0,"
               "\"k2\":\"1\",\"k2\":\"2\"}}}") == NGX_OK);
    CHECK(sent.doc.port == 8080 && sent.doc.port_on);
    CHECK(sent.doc.secure_port == 8 && sent.doc.secure_on);
    CHECK(sent.status == NGX_RTALPHA_REG_UNKNOWN);
    CHECK(sent.doc.country == 7);
    CHECK(sent.dirty_sent && sent.dirty == 1500);
    CHECK(sent.doc.duration == 2 && sent.doc.interval == 30);
    CHECK_STR(&sent.doc.text[NGX_RTALPHA_REG_TEXT_APP], "A");
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "k", &value)
          == NGX_OK);
    CHECK_STR(&value, "null");
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "n", &value)
          == NGX_OK);
    CHECK_STR(&value, "-0.0");
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "k2", &value)
          == NGX_OK);
    CHECK_STR(&value, "2");
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "@class", &value)
          == NGX_DECLINED);

    CHECK(json("{\"instance\":{" MIN ",\"port\":{\"$\":\"abc\"},"
               "\"lastDirtyTimestamp\":\"x\",\"app\":\"stra\xc3\x9f" "e\"}}")
          == NGX_OK);
    CHECK(sent.doc.port == 0 && sent.doc.port_on);
    CHECK(sent.dirty_sent && sent.dirty == 0);
    CHECK_STR(&sent.doc.text[NGX_RTALPHA_REG_TEXT_APP], "STRASSE");

    CHECK(json("{\"instance\":{" MIN ",\"port\":{\"$\":99999999999}}}")
          == NGX_DECLINED);

    /* the id of clients before Spring Cloud 1.2 */

    CHECK(json("{\"instance\":{" MIN ",\"metadata\":{\"instanceId\":"
               "\"x\"}}}") == NGX_OK);
    CHECK_STR(&sent.doc.text[NGX_RTALPHA_REG_TEXT_ID], "h:x");
}


static void
test_check(void)
{
    ngx_uint_t  i;
    ngx_str_t   app, problem;

    static const char  *cases[][2] = {
        { "{\"instance\":{\"app\":\"a\"}}", "Missing instanceId" },
        { "{\"instance\":{\"app\":\"a\",\"instanceId\":\"i\"}}",
          "Missing hostname" },
        { "{\"instance\":{\"app\":\"a\",\"hostName\":\"h\"}}",
          "Missing ip address" },
        { "{\"instance\":{\"app\":\"b\",\"hostName\":\"h\","
          "\"ipAddr\":\"i\"}}",
          "Mismatched appName, expecting A but was B" },
        { "{\"instance\":{\"app\":\"a\",\"hostName\":\"h\","
          "\"ipAddr\":\"i\"}}", "Missing dataCenterInfo" },
        { "{\"instance\":{" MIN "}}", "" }
    };

    ngx_str_set(&app, "A");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK(json(cases[i][0]) == NGX_OK);
        CHECK(ngx_rtalpha_reg_instance_check(pool, &sent, &app, &problem)
              == NGX_OK);
        unit_check_str(&problem, cases[i][1], strlen(cases[i][1]), __FILE__,
                       __LINE__);
    }
}


static void
test_xml(void)
{
    ngx_uint_t  i;
    ngx_str_t   value;

    static const char  *bad[] = {
        "", "<", "<instance>", "<foo/>", "plain", "<instance/>",
        "<!DOCTYPE x [<!ENTITY e \"v\">]><instance><app>&e;</app></instance>",
        "<!DOCTYPE instance><instance><app>a</app></instance>",
        "<instance><app>a</app></instance>trailing",
        "<instance><app>a</app><port> 8080 </port></instance>",
        "<instance><app>a</app><port/></instance>",
        "<instance><app>a</app><countryId>abc</countryId></instance>",
        "<instance><app>a</app><dataCenterInfo><name>myown</name>"
            "</dataCenterInfo></instance>",
        "<instance><app>a</app><dataCenterInfo><metadata><x>1</x></metadata>"
            "<name>Amazon</name></dataCenterInfo></instance>"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        unit_check(xml(bad[i]) == NGX_DECLINED, __FILE__, __LINE__, bad[i]);
    }

    CHECK(xml(" \n<instance xmlns=\"urn:x\"><app>a</app><hostName>h"
              "</hostName><status>out_of_service</status><port "
              "enabled=\"TRUE\">80</port><securePort>443</securePort>"
              "<unknown><app>no</app></unknown><leaseInfo><durationInSecs>77"
              "</durationInSecs><junk>1</junk></leaseInfo><metadata>"
              "<a__b>1</a__b><_-x>2</_-x><_.0020y>3</_.0020y><k> sp </k>"
              "<d><deep>1</deep></d></metadata><dataCenterInfo><name>amazon"
              "</name><metadata><mac>m</mac></metadata></dataCenterInfo>"
              "</instance>") == NGX_OK);
    CHECK_STR(&sent.doc.text[NGX_RTALPHA_REG_TEXT_APP], "A");
    CHECK(sent.status == NGX_RTALPHA_REG_OUT_OF_SERVICE);
    CHECK(sent.doc.port == 80 && sent.doc.port_on && !sent.doc.secure_on);
    CHECK(sent.doc.duration == 77);
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "a_b", &value)
          == NGX_OK);
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "$x", &value)
          == NGX_OK);
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, " y", &value)
          == NGX_OK);
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "k", &value)
          == NGX_OK);
    CHECK_STR(&value, " sp ");
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.metadata, "d", &value)
          == NGX_OK);
    CHECK(value.len == 0);
    CHECK(sent.doc.dc == NGX_RTALPHA_REG_DC_AMAZON);
    CHECK(ngx_rtalpha_reg_doc_find(&sent.doc.dc_metadata, "instance-id",
                                   &value) == NGX_OK);
    CHECK_STR(&value, "h");
}


/* what the stock server writes as malformed XML is well-formed here */

static void
test_names(void)
{
    ngx_uint_t         i;
    ngx_str_t          key, got;
    ngx_rtalpha_out_t  out;

    static const char  *cases[][2] = {
        { "a_b", "a__b" }, { "$x", "_-x" }, { "foo bar", "foo_.0020bar" },
        { "1x", "_.0031x" }, { "a/b", "a_.002fb" }, { "-a", "_.002da" },
        { "a.b", "a.b" }, { "a:b", "a_.003ab" },
        { "gr\xc3\xbc\xc3\x9f" "e", "gr\xc3\xbc\xc3\x9f" "e" },
        { "\xf0\x9f\x98\x80", "_.d83d_.de00" }, { "\x01", "_.0001" }
    };

    CHECK(ngx_rtalpha_out_init(&out, pool, 64, 1000) == NGX_OK);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        key.data = (u_char *) cases[i][0];
        key.len = strlen(cases[i][0]);

        ngx_rtalpha_out_reset(&out);
        ngx_rtalpha_reg_render_xml_name(&out, &key);
        CHECK(ngx_rtalpha_out_done(&out, &got) == NGX_OK);
        unit_check_str(&got, cases[i][1], strlen(cases[i][1]), __FILE__,
                       __LINE__);
    }

    ngx_str_set(&key, "<&>\"'\x01\x1f\xff" "e");
    ngx_rtalpha_out_reset(&out);
    ngx_rtalpha_reg_render_xml_text(&out, &key);
    CHECK(ngx_rtalpha_out_done(&out, &got) == NGX_OK);
    CHECK_STR(&got, "&lt;&amp;&gt;&quot;&apos;\xef\xbf\xbd\xef\xbf\xbd"
                    "\xef\xbf\xbd" "e");
}


static void
test_render(void)
{
    ngx_str_t                  packed, got;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_reg_doc_t      doc;
    ngx_rtalpha_reg_list_t     list;
    ngx_rtalpha_reg_state_t    st;
    ngx_rtalpha_reg_render_t   rr;

    CHECK(json("{\"instance\":{\"instanceId\":\"i\"," MIN ",\"metadata\":"
               "{\"a\":\"b\\\"\"},\"appGroupName\":\"g\"}}") == NGX_OK);
    CHECK(ngx_rtalpha_out_init(&out, pool, 64, 100000) == NGX_OK);
    ngx_rtalpha_reg_doc_pack(&sent.doc, &out);
    CHECK(ngx_rtalpha_out_done(&out, &packed) == NGX_OK);
    CHECK(ngx_rtalpha_reg_doc_unpack(packed.data, packed.len, &doc)
          == NGX_OK);
    CHECK(ngx_rtalpha_reg_doc_unpack(packed.data, packed.len - 1, &doc)
          == NGX_ERROR);
    CHECK(ngx_rtalpha_reg_doc_unpack(packed.data, packed.len, &doc)
          == NGX_OK);

    ngx_memzero(&st, sizeof(st));
    st.status = NGX_RTALPHA_REG_UP;
    st.overridden = NGX_RTALPHA_REG_UNKNOWN;
    st.updated = 5;
    st.dirty = -1;

    CHECK(ngx_rtalpha_out_init(&out, pool, 64, 100000) == NGX_OK);
    ngx_memzero(&rr, sizeof(rr));
    rr.out = &out;
    ngx_rtalpha_reg_render_instance(&rr, &doc, &st);
    CHECK(ngx_rtalpha_out_done(&out, &got) == NGX_OK);
    CHECK_STR(&got, "{\"instance\":{\"instanceId\":\"i\",\"hostName\":\"h\","
        "\"app\":\"A\",\"ipAddr\":\"1.2.3.4\",\"status\":\"UP\","
        "\"overriddenStatus\":\"UNKNOWN\",\"port\":{\"$\":7001,\"@enabled\":"
        "\"true\"},\"securePort\":{\"$\":7002,\"@enabled\":\"false\"},"
        "\"countryId\":1,\"dataCenterInfo\":{\"@class\":\"com.netflix.appinfo."
        "InstanceInfo$DefaultDataCenterInfo\",\"name\":\"MyOwn\"},"
        "\"leaseInfo\":{\"renewalIntervalInSecs\":30,\"durationInSecs\":90,"
        "\"registrationTimestamp\":0,\"lastRenewalTimestamp\":0,"
        "\"evictionTimestamp\":0,\"serviceUpTimestamp\":0},\"metadata\":"
        "{\"a\":\"b\\\"\"},\"appGroupName\":\"G\","
        "\"isCoordinatingDiscoveryServer\":\"false\","
        "\"lastUpdatedTimestamp\":\"5\",\"lastDirtyTimestamp\":\"-1\","
        "\"actionType\":\"ADDED\"}}");

    ngx_str_set(&packed, "{\"applications\":{\"versions__delta\":\"7\","
        "\"x\":[{}],\"application\":{\"name\":\"A\",\"instance\":[{" MIN
        ",\"actionType\":\"DELETED\"},{" MIN "}]},\"apps__hashcode\":"
        "\"UP_1_\"}}");
    CHECK(ngx_rtalpha_reg_list_read(pool, &packed, &list) == NGX_OK);
    CHECK(list.instances.nelts == 2);
    CHECK(((ngx_rtalpha_reg_sent_t *) list.instances.elts)[0].deleted);
    CHECK(!((ngx_rtalpha_reg_sent_t *) list.instances.elts)[1].deleted);
    CHECK_STR(&list.version, "7");
    CHECK_STR(&list.hash, "UP_1_");
}


/* parts deflated apart and put together are one valid stream */

static void
test_gzip(void)
{
    u_char                   text[100000];
    z_stream                 z;
    uint32_t                 crc, sum;
    ngx_str_t                s, got;
    ngx_uint_t               i, n;
    ngx_rtalpha_out_t        out;
    ngx_rtalpha_reg_gzip_t  *gz;

    gz = ngx_rtalpha_reg_gzip_create(pool);
    CHECK(gz != NULL);
    CHECK(ngx_rtalpha_out_init(&out, pool, 64, 1000000) == NGX_OK);

    for (i = 0; i < sizeof(text); i++) {
        text[i] = (u_char) ('a' + (i * i / 7) % 13);
    }

    sum = 0;

    for (i = 0; i < 10; i++) {
        s.data = text + i * 9000;
        s.len = i == 3 ? 1 : 9000;
        CHECK(ngx_rtalpha_reg_gzip_part(gz, &s, i == 0, &out, &crc)
              == NGX_OK);
        sum = i ? ngx_rtalpha_reg_gzip_combine(sum, crc, s.len) : crc;
    }

    ngx_str_set(&s, "end");
    CHECK(ngx_rtalpha_reg_gzip_last(gz, &s, sum, 9 * 9000 + 1, &out)
          == NGX_OK);
    CHECK(ngx_rtalpha_out_done(&out, &got) == NGX_OK);
    ngx_rtalpha_reg_gzip_destroy(gz);

    ngx_memzero(&z, sizeof(z));
    CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
    s.data = ngx_palloc(pool, 200000);
    z.next_in = got.data;
    z.avail_in = (uInt) got.len;
    z.next_out = s.data;
    z.avail_out = 200000;
    CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
    n = z.total_out;
    inflateEnd(&z);

    CHECK(n == 9 * 9000 + 1 + 3);
    CHECK(ngx_memcmp(s.data, text, 27000) == 0);
    CHECK(ngx_memcmp(s.data + n - 3, "end", 3) == 0);
}


int
main(void)
{
    pool = unit_pool();

    test_bodies();
    test_values();
    test_check();
    test_xml();
    test_names();
    test_render();
    test_gzip();

    ngx_destroy_pool(pool);

    return unit_done();
}
