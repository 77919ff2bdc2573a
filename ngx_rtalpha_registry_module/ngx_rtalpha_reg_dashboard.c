
/*
 * The dashboard, one page without external assets: applications, their
 * instances, statuses, zones and lease ages; and what was registered and
 * deregistered last.  Made from a selection at the time of the request;
 * beyond some thousands of instances only the first are listed.
 */


#include "ngx_rtalpha_reg_page.h"
#include "ngx_rtalpha_reg_lease.h"
#include "ngx_rtalpha_reg_render.h"
#include "ngx_rtalpha_reg_delta.h"
#include "ngx_rtalpha_reg_peer.h"
#include "ngx_rtalpha_reg_redis.h"
#include "ngx_rtalpha_reg_root.h"
#include "ngx_rtalpha_reg_select.h"
#include "ngx_rtalpha_reg_settings.h"


#define NGX_RTALPHA_REG_PAGE_MAX   5000
#define NGX_RTALPHA_REG_PAGE_LAST  1000


static void ngx_rtalpha_reg_page_head(ngx_rtalpha_out_t *out,
    const char *title);
static ngx_int_t ngx_rtalpha_reg_page_send(ngx_http_request_t *r,
    ngx_rtalpha_out_t *out);
static void ngx_rtalpha_reg_page_numbers(ngx_rtalpha_out_t *out);
static void ngx_rtalpha_reg_page_zones(ngx_rtalpha_out_t *out);
static void ngx_rtalpha_reg_page_peers(ngx_rtalpha_out_t *out);
static void ngx_rtalpha_reg_page_row(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy);
static void ngx_rtalpha_reg_page_change(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy);
static void ngx_rtalpha_reg_page_cell(ngx_rtalpha_out_t *out,
    const ngx_str_t *s);
static int ngx_libc_cdecl ngx_rtalpha_reg_page_order(const void *one,
    const void *two);
static ngx_uint_t ngx_rtalpha_reg_page_url(const ngx_str_t *url);


#define ngx_rtalpha_reg_put(out, s)  ngx_rtalpha_out_bytes(out,               \
                                                       ngx_rtalpha_lit(s))


ngx_int_t
ngx_rtalpha_reg_page_dashboard(ngx_http_request_t *r)
{
    uint64_t                   seq;
    ngx_uint_t                 i;
    ngx_array_t                copies;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_reg_copy_t    *copy;
    ngx_rtalpha_reg_select_t   select;

    ngx_memzero(&select, sizeof(ngx_rtalpha_reg_select_t));
    select.status = NGX_RTALPHA_REG_NONE;
    select.limit = NGX_RTALPHA_REG_PAGE_MAX;

    if (ngx_array_init(&copies, r->pool, 64, sizeof(ngx_rtalpha_reg_copy_t))
        != NGX_OK
        || ngx_rtalpha_reg_select(r->pool, &select, &copies, &seq) != NGX_OK
        || ngx_rtalpha_out_init(&out, r->pool, 16384, 64 * 1024 * 1024)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_qsort(copies.elts, copies.nelts, sizeof(ngx_rtalpha_reg_copy_t),
              ngx_rtalpha_reg_page_order);

    ngx_rtalpha_reg_page_head(&out, "Registry");
    ngx_rtalpha_reg_page_numbers(&out);
    ngx_rtalpha_reg_page_zones(&out);
    ngx_rtalpha_reg_redis_page(&out);
    ngx_rtalpha_reg_page_peers(&out);

    ngx_rtalpha_reg_put(&out, "<h2>Instances</h2>\n<table><thead><tr>"
                              "<th scope=col>Application"
                              "<th scope=col>Instance<th scope=col>Status"
                              "<th scope=col>Override<th scope=col>Zone"
                              "<th scope=col>Address"
                              "<th scope=col>Last renewal"
                              "<th scope=col>Lease</thead><tbody>\n");

    copy = copies.elts;

    for (i = 0; i < copies.nelts; i++) {
        ngx_rtalpha_reg_page_row(&out, &copy[i]);
    }

    ngx_rtalpha_reg_put(&out, "</tbody></table>\n");

    if (copies.nelts == 0) {
        ngx_rtalpha_reg_put(&out, "<p>No instances available</p>\n");
    }

    if (copies.nelts < ngx_rtalpha_reg_root->n) {
        ngx_rtalpha_out_printf(&out, "<p>%ui of %ui instances are listed."
                               "</p>\n", copies.nelts,
                               ngx_rtalpha_reg_root->n);
    }

    ngx_rtalpha_reg_put(&out, "</main>\n");

    return ngx_rtalpha_reg_page_send(r, &out);
}


static void
ngx_rtalpha_reg_page_change(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy)
{
    ngx_tm_t  tm;

    ngx_gmtime((time_t) (copy->state.updated / 1000), &tm);

    ngx_rtalpha_out_printf(out, "<tr><td>%4d-%02d-%02d %02d:%02d:%02d.%03uL"
                           "<td>%V<td>", tm.ngx_tm_year, tm.ngx_tm_mon,
                           tm.ngx_tm_mday, tm.ngx_tm_hour, tm.ngx_tm_min,
                           tm.ngx_tm_sec, copy->state.updated % 1000,
                           ngx_rtalpha_reg_action_name(copy->state.action));
    ngx_rtalpha_reg_render_xml_text(out, &copy->app);
    ngx_rtalpha_out_char(out, '(');
    ngx_rtalpha_reg_render_xml_text(out, &copy->id);
    ngx_rtalpha_reg_put(out, ")\n");
}


/* GET /lastn: the last thousand changes, old ones first */

ngx_int_t
ngx_rtalpha_reg_page_lastn(ngx_http_request_t *r)
{
    uint64_t                   after;
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_rtalpha_out_t          out;
    ngx_rtalpha_reg_copies_t   c;

    if (ngx_rtalpha_out_init(&out, r->pool, 16384, 16 * 1024 * 1024)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    after = ngx_rtalpha_reg_delta_last();
    after = after > NGX_RTALPHA_REG_PAGE_LAST
            ? after - NGX_RTALPHA_REG_PAGE_LAST : 0;

    ngx_rtalpha_reg_page_head(&out, "Last changes");
    ngx_rtalpha_reg_put(&out, "<table><thead><tr><th scope=col>Time (UTC)"
                              "<th scope=col>Change<th scope=col>Lease"
                              "</thead><tbody>\n");

    do {
        if (ngx_rtalpha_reg_copies_init(&c, r->pool, 128, 128 * 1024)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        rc = ngx_rtalpha_reg_delta_read(&after, &c, NULL, NULL);

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (ngx_rtalpha_reg_copies_settle(&c, r->pool) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        for (i = 0; i < c.n; i++) {
            ngx_rtalpha_reg_page_change(&out, &c.copies[i]);
        }

    } while (rc != NGX_OK);

    ngx_rtalpha_reg_put(&out, "</tbody></table></main>\n");

    return ngx_rtalpha_reg_page_send(r, &out);
}


static void
ngx_rtalpha_reg_page_head(ngx_rtalpha_out_t *out, const char *title)
{
    ngx_rtalpha_reg_put(out, "<!DOCTYPE html>\n<html lang=en><head>"
        "<meta charset=utf-8><meta name=viewport "
        "content=\"width=device-width,initial-scale=1\"><title>");
    ngx_rtalpha_out_bytes(out, (u_char *) title, ngx_strlen(title));
    ngx_rtalpha_reg_put(out, " - rtalpha</title>\n<style>"
        ":root{color-scheme:light dark}"
        "body{font:15px/1.45 system-ui,sans-serif;margin:0}"
        "header{padding:.8em 1.2em;border-bottom:1px solid #8886}"
        "main{padding:.4em 1.2em 2em}h1{font-size:1.2em;margin:0}"
        "h2{font-size:1.05em;margin:1.4em 0 .4em}"
        "table{border-collapse:collapse;width:100%}"
        "th,td{text-align:left;padding:.28em .7em;border-bottom:1px solid "
        "#8884;vertical-align:top;overflow-wrap:anywhere}"
        ".bad{color:#b00020;font-weight:600}"
        "@media(prefers-color-scheme:dark){.bad{color:#ff8a80}}"
        ".note{padding:.6em .9em;border-left:4px solid #b00020}"
        "dl{display:grid;grid-template-columns:max-content 1fr;"
        "gap:.15em 1em;margin:0}dd{margin:0}"
        "nav a{margin-right:1em}</style></head>\n<body><header><h1>");
    ngx_rtalpha_out_bytes(out, (u_char *) title, ngx_strlen(title));
    ngx_rtalpha_reg_put(out, "</h1><nav><a href=\"./\">Home</a>"
                             "<a href=\"lastn\">Last changes</a></nav>"
                             "</header>\n<main>\n");
}


static ngx_int_t
ngx_rtalpha_reg_page_send(ngx_http_request_t *r, ngx_rtalpha_out_t *out)
{
    ngx_str_t  body;

    static const ngx_str_t  type = ngx_string("text/html;charset=UTF-8");

    ngx_rtalpha_reg_put(out, "</body></html>\n");

    if (ngx_rtalpha_out_done(out, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_rtalpha_answer_bytes(r, NGX_HTTP_OK, &type, &body);
}


static void
ngx_rtalpha_reg_page_numbers(ngx_rtalpha_out_t *out)
{
    ngx_uint_t               i;
    ngx_rtalpha_reg_root_t  *root;

    root = ngx_rtalpha_reg_root;

    if (!ngx_rtalpha_reg_conf.self_preservation) {
        ngx_rtalpha_reg_put(out, "<p class=note>Self-preservation is turned "
                                 "off: a lease that ends is removed, even "
                                 "when a network is cut.</p>\n");

    } else if (ngx_rtalpha_reg_lease_preserved()) {
        ngx_rtalpha_reg_put(out, "<p class=note>Self-preservation: too many "
                                 "renewals are missing in a zone. Instances "
                                 "there are kept although their leases have "
                                 "ended.</p>\n");
    }

    ngx_rtalpha_reg_put(out, "<h2>System</h2>\n<dl><dt>Environment<dd>");
    ngx_rtalpha_reg_render_xml_text(out, &ngx_rtalpha_reg_conf.environment);
    ngx_rtalpha_reg_put(out, "<dt>Data center<dd>");
    ngx_rtalpha_reg_render_xml_text(out, &ngx_rtalpha_reg_conf.datacenter);
    ngx_rtalpha_out_printf(out, "<dt>Applications<dd>%ui<dt>Instances<dd>%ui",
                           root->napps, root->n);

    for (i = 0; i < NGX_RTALPHA_REG_STATUSES; i++) {
        if (root->counts[i]) {
            ngx_rtalpha_out_printf(out, ", %uL %V", root->counts[i],
                                   ngx_rtalpha_reg_status_name(i));
        }
    }

    ngx_rtalpha_out_printf(out, "<dt>Lease expiration<dd>exact%s"
                           "<dt>Version<dd>%uL</dl>\n",
                           ngx_rtalpha_reg_conf.double_lease
                           ? ", doubled" : "", root->seq);
}


static void
ngx_rtalpha_reg_page_zones(ngx_rtalpha_out_t *out)
{
    uint64_t                 clock;
    ngx_str_t                name;
    ngx_uint_t               i;
    ngx_rtalpha_reg_zone_t   zone;
    ngx_rtalpha_reg_guard_t  sum;

    clock = ngx_rtalpha_reg_clock();

    ngx_rtalpha_reg_put(out, "<h2>Zones</h2>\n<table><thead><tr>"
                             "<th scope=col>Zone<th scope=col>Instances"
                             "<th scope=col>Renewals (last min)"
                             "<th scope=col>Covered"
                             "<th scope=col>Missing instances"
                             "<th scope=col>Self-preservation"
                             "</thead><tbody>\n");

    for (i = 0; i < ngx_rtalpha_reg_root->nzones; i++) {

        ngx_rtalpha_zone_lock();
        zone = ngx_rtalpha_reg_root->zones[i];
        ngx_rtalpha_zone_unlock();

        if (zone.n == 0) {
            continue;
        }

        ngx_rtalpha_reg_guard_sum(&zone, clock, &sum);

        name.data = zone.name;
        name.len = zone.len;

        ngx_rtalpha_reg_put(out, "<tr>");

        if (name.len) {
            ngx_rtalpha_reg_page_cell(out, &name);

        } else {
            ngx_rtalpha_reg_put(out, "<td>(none)");
        }

        ngx_rtalpha_out_printf(out, "<td>%uL<td>%uL<td>%uL %%<td>%ui<td>%s\n",
                 zone.n, sum.renewals,
                 sum.expected ? ngx_min(sum.covered * 100 / sum.expected, 100)
                              : 100,
                 sum.missing,
                 ngx_rtalpha_reg_conf.self_preservation
                 && ngx_rtalpha_reg_guard_holds(&sum,
                                              ngx_rtalpha_reg_conf.threshold,
                                              ngx_rtalpha_reg_conf.floor)
                 ? "<span class=bad>holds</span>" : "no");
    }

    ngx_rtalpha_reg_put(out, "</tbody></table>\n");
}


static void
ngx_rtalpha_reg_page_peers(ngx_rtalpha_out_t *out)
{
    if (ngx_rtalpha_reg_peer_count() == 0) {
        return;
    }

    ngx_rtalpha_reg_put(out, "<h2>Peers</h2>\n<table><thead><tr>"
                             "<th scope=col>URL<th scope=col>Waiting"
                             "</thead><tbody>\n");
    ngx_rtalpha_reg_peer_rows(out);
    ngx_rtalpha_reg_put(out, "</tbody></table>\n");
}


static void
ngx_rtalpha_reg_page_row(ngx_rtalpha_out_t *out,
    const ngx_rtalpha_reg_copy_t *copy)
{
    uint64_t                now, age;
    ngx_str_t               zone, *url;
    ngx_uint_t              link;
    ngx_rtalpha_reg_doc_t   doc;

    if (ngx_rtalpha_reg_doc_unpack(copy->doc.data, copy->doc.len, &doc)
        != NGX_OK)
    {
        return;
    }

    now = ngx_rtalpha_reg_now();
    age = now > copy->state.renewed ? now - copy->state.renewed : 0;
    url = &doc.text[NGX_RTALPHA_REG_TEXT_PAGE];
    link = ngx_rtalpha_reg_page_url(url);
    ngx_rtalpha_reg_doc_zone(&doc, &zone);

    ngx_rtalpha_reg_put(out, "<tr>");
    ngx_rtalpha_reg_page_cell(out, &copy->app);
    ngx_rtalpha_reg_put(out, "<td>");

    if (link) {
        ngx_rtalpha_reg_put(out, "<a rel=noreferrer href=\"");
        ngx_rtalpha_reg_render_xml_text(out, url);
        ngx_rtalpha_reg_put(out, "\">");
    }

    ngx_rtalpha_reg_render_xml_text(out, &copy->id);

    if (link) {
        ngx_rtalpha_reg_put(out, "</a>");
    }

    ngx_rtalpha_out_printf(out, "<td%s>%V<td>%V",
                           copy->state.status == NGX_RTALPHA_REG_UP
                           ? "" : " class=bad",
                           ngx_rtalpha_reg_status_name(copy->state.status),
                           ngx_rtalpha_reg_status_name(
                                                    copy->state.overridden));
    ngx_rtalpha_reg_page_cell(out, &zone);
    ngx_rtalpha_reg_page_cell(out, &doc.text[NGX_RTALPHA_REG_TEXT_IP]);
    ngx_rtalpha_out_printf(out, ":%uD<td>%uL s ago<td>%uD s\n",
                           doc.secure_on ? doc.secure_port : doc.port,
                           age / 1000, copy->state.lease);
}


static void
ngx_rtalpha_reg_page_cell(ngx_rtalpha_out_t *out, const ngx_str_t *s)
{
    ngx_rtalpha_reg_put(out, "<td>");
    ngx_rtalpha_reg_render_xml_text(out, s);
}


/* a link is made of nothing but http and https: "javascript:" is text */

static ngx_uint_t
ngx_rtalpha_reg_page_url(const ngx_str_t *url)
{
    return ngx_rtalpha_str_begins(url, "http://")
           || ngx_rtalpha_str_begins(url, "https://");
}


static int ngx_libc_cdecl
ngx_rtalpha_reg_page_order(const void *one, const void *two)
{
    ngx_int_t                      rc;
    const ngx_rtalpha_reg_copy_t  *a, *b;

    a = one;
    b = two;

    rc = ngx_memn2cmp(a->app.data, b->app.data, a->app.len, b->app.len);

    return (int) (rc ? rc : ngx_memn2cmp(a->id.data, b->id.data, a->id.len,
                                         b->id.len));
}
