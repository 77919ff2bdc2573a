
/*
 * Instance documents in JSON.
 *
 * The reader follows the tokens as the Java server's does: a value that is
 * an unknown object is only stepped into, so that its fields count as the
 * instance's and its end ends the instance.  That looks careless, but it
 * decides which odd bodies are taken and which are refused.
 */


#include "ngx_rtalpha_reg_instance.h"


typedef struct {
    ngx_pool_t               *pool;
    ngx_rtalpha_reg_token_t  *t;
    ngx_rtalpha_reg_sent_t   *sent;
    ngx_array_t               metadata;
    ngx_array_t               dc_metadata;
} ngx_rtalpha_reg_reader_t;


typedef struct {
    uint32_t                  dc;
    unsigned                  amazon:1;     /* by its class */
    unsigned                  other:1;
    unsigned                  map:1;
    unsigned                  extra:1;      /* what a plain one must not have */
} ngx_rtalpha_reg_dc_seen_t;


typedef ngx_int_t (*ngx_rtalpha_reg_field_pt)(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);


typedef struct {
    ngx_str_t                 name;
    ngx_rtalpha_reg_field_pt  handler;
    ngx_uint_t                data;
} ngx_rtalpha_reg_field_t;


static ngx_int_t ngx_rtalpha_reg_read_fields(ngx_rtalpha_reg_reader_t *rd);
static ngx_int_t ngx_rtalpha_reg_read_field(ngx_rtalpha_reg_reader_t *rd,
    const ngx_str_t *name);
static ngx_int_t ngx_rtalpha_reg_read_text(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_upper(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_status(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_port(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_country(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_dirty(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_action(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_number(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_lease(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_metadata(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_dc(ngx_rtalpha_reg_reader_t *rd,
    ngx_uint_t data);
static ngx_int_t ngx_rtalpha_reg_read_dc_field(ngx_rtalpha_reg_reader_t *rd,
    const ngx_str_t *name, ngx_rtalpha_reg_dc_seen_t *seen);
static ngx_int_t ngx_rtalpha_reg_read_dc_map(ngx_rtalpha_reg_reader_t *rd);
static ngx_int_t ngx_rtalpha_reg_dc_find(const ngx_str_t *s, uint32_t *dc);


static const ngx_rtalpha_reg_field_t  ngx_rtalpha_reg_fields[] = {
    { ngx_string("instanceId"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_ID },
    { ngx_string("hostName"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_HOST },
    { ngx_string("app"), ngx_rtalpha_reg_read_upper,
      NGX_RTALPHA_REG_TEXT_APP },
    { ngx_string("ipAddr"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_IP },
    { ngx_string("sid"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_SID },
    { ngx_string("status"), ngx_rtalpha_reg_read_status, 0 },
    { ngx_string("overriddenStatus"), ngx_rtalpha_reg_read_status, 1 },
    { ngx_string("overriddenstatus"), ngx_rtalpha_reg_read_status, 1 },
    { ngx_string("port"), ngx_rtalpha_reg_read_port, 0 },
    { ngx_string("securePort"), ngx_rtalpha_reg_read_port, 1 },
    { ngx_string("countryId"), ngx_rtalpha_reg_read_country, 0 },
    { ngx_string("dataCenterInfo"), ngx_rtalpha_reg_read_dc, 0 },
    { ngx_string("leaseInfo"), ngx_rtalpha_reg_read_lease, 0 },
    { ngx_string("metadata"), ngx_rtalpha_reg_read_metadata, 0 },
    { ngx_string("appGroupName"), ngx_rtalpha_reg_read_upper,
      NGX_RTALPHA_REG_TEXT_GROUP },
    { ngx_string("homePageUrl"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_HOME },
    { ngx_string("statusPageUrl"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_PAGE },
    { ngx_string("healthCheckUrl"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_HEALTH },
    { ngx_string("secureHealthCheckUrl"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_HEALTHS },
    { ngx_string("vipAddress"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_VIP },
    { ngx_string("secureVipAddress"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_VIPS },
    { ngx_string("asgName"), ngx_rtalpha_reg_read_text,
      NGX_RTALPHA_REG_TEXT_ASG },
    { ngx_string("actionType"), ngx_rtalpha_reg_read_action, 0 },
    { ngx_string("lastDirtyTimestamp"), ngx_rtalpha_reg_read_dirty, 0 },
    { ngx_string("lastUpdatedTimestamp"), ngx_rtalpha_reg_read_number, 0 }
};


ngx_int_t
ngx_rtalpha_reg_instance_json(ngx_pool_t *pool, const ngx_str_t *body,
    ngx_rtalpha_reg_sent_t *sent)
{
    ngx_int_t                rc;
    ngx_rtalpha_reg_token_t  t;

    if (ngx_rtalpha_reg_token_init(&t, pool, body) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT
        || ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_NAME
        || !ngx_rtalpha_str_is(&t.text, "instance"))
    {
        return NGX_DECLINED;
    }

    if (ngx_rtalpha_reg_token_next(&t) == NGX_RTALPHA_REG_TOKEN_NULL) {
        return NGX_DECLINED;
    }

    rc = ngx_rtalpha_reg_instance_read(pool, &t, sent);
    if (rc != NGX_OK) {
        return rc;
    }

    /* what comes after the root is nobody's concern */

    if (ngx_rtalpha_reg_token_next(&t) != NGX_RTALPHA_REG_TOKEN_OBJECT_END) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_rtalpha_reg_instance_read(ngx_pool_t *pool, ngx_rtalpha_reg_token_t *t,
    ngx_rtalpha_reg_sent_t *sent)
{
    ngx_int_t                 rc;
    ngx_rtalpha_reg_reader_t  rd;

    ngx_memzero(&rd, sizeof(ngx_rtalpha_reg_reader_t));

    rd.pool = pool;
    rd.t = t;
    rd.sent = sent;

    if (ngx_array_init(&rd.metadata, pool, 8, sizeof(ngx_keyval_t)) != NGX_OK
        || ngx_array_init(&rd.dc_metadata, pool, 1, sizeof(ngx_keyval_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rtalpha_reg_instance_begin(sent);

    rc = ngx_rtalpha_reg_read_fields(&rd);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_rtalpha_reg_instance_finish(pool, sent, &rd.metadata,
                                           &rd.dc_metadata);
}


/* the next member of an object, its value taken up; NGX_DONE: its end */

static ngx_int_t
ngx_rtalpha_reg_read_member(ngx_rtalpha_reg_reader_t *rd, ngx_str_t *name)
{
    ngx_uint_t  type;

    type = ngx_rtalpha_reg_token_next(rd->t);

    if (type == NGX_RTALPHA_REG_TOKEN_OBJECT_END) {
        return NGX_DONE;
    }

    *name = rd->t->text;

    if (type == NGX_RTALPHA_REG_TOKEN_ERROR
        || ngx_rtalpha_reg_token_next(rd->t) == NGX_RTALPHA_REG_TOKEN_ERROR)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_read_fields(ngx_rtalpha_reg_reader_t *rd)
{
    ngx_int_t  rc;
    ngx_str_t  name;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_read_member(rd, &name);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        if (rd->t->type == NGX_RTALPHA_REG_TOKEN_NULL) {
            continue;
        }

        rc = ngx_rtalpha_reg_read_field(rd, &name);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_read_field(ngx_rtalpha_reg_reader_t *rd,
    const ngx_str_t *name)
{
    ngx_uint_t                      i;
    const ngx_rtalpha_reg_field_t  *field;

    field = ngx_rtalpha_reg_fields;

    for (i = 0;
         i < sizeof(ngx_rtalpha_reg_fields) / sizeof(ngx_rtalpha_reg_fields[0]);
         i++)
    {
        if (ngx_rtalpha_str_eq(&field[i].name, name)) {
            return field[i].handler(rd, field[i].data);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_read_text(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    ngx_rtalpha_reg_instance_text(rd->sent, data, &rd->t->text);

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_read_upper(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    rd->sent->doc.text[data] = rd->t->text;

    return ngx_rtalpha_reg_instance_upper(rd->pool,
                                          &rd->sent->doc.text[data]);
}


static ngx_int_t
ngx_rtalpha_reg_read_status(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    ngx_uint_t  status;

    status = ngx_rtalpha_reg_status_find(rd->t->text.data, rd->t->text.len);

    if (status == NGX_RTALPHA_REG_NONE) {
        status = NGX_RTALPHA_REG_UNKNOWN;
    }

    if (data) {
        rd->sent->overridden = status;

    } else {
        rd->sent->status = status;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_read_port(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    int32_t                 n;
    ngx_uint_t              type, on, port;
    ngx_rtalpha_reg_doc_t  *doc;

    doc = &rd->sent->doc;

    if (rd->t->type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return NGX_DECLINED;
    }

    for ( ;; ) {
        type = ngx_rtalpha_reg_token_next(rd->t);

        if (type == NGX_RTALPHA_REG_TOKEN_OBJECT_END) {
            return NGX_OK;
        }

        port = ngx_rtalpha_str_is(&rd->t->text, "$");

        if (type == NGX_RTALPHA_REG_TOKEN_ERROR
            || (!port && !ngx_rtalpha_str_is(&rd->t->text, "@enabled")))
        {
            return NGX_DECLINED;
        }

        if (type == NGX_RTALPHA_REG_TOKEN_NAME
            && ngx_rtalpha_reg_token_next(rd->t)
               == NGX_RTALPHA_REG_TOKEN_ERROR)
        {
            return NGX_DECLINED;
        }

        if (!port) {
            on = ngx_rtalpha_reg_token_bool(rd->t);

            if (data) {
                doc->secure_on = on;

            } else {
                doc->port_on = on;
            }

            continue;
        }

        if (ngx_rtalpha_reg_token_int(rd->t, &n) != NGX_OK) {
            return NGX_DECLINED;
        }

        if (data) {
            doc->secure_port = n;

        } else {
            doc->port = n;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_read_country(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    int32_t  n;

    if (ngx_rtalpha_reg_token_int(rd->t, &n) != NGX_OK) {
        return NGX_DECLINED;
    }

    rd->sent->doc.country = n;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_read_dirty(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    if (ngx_rtalpha_reg_token_long(rd->t, &rd->sent->dirty) != NGX_OK) {
        return NGX_DECLINED;
    }

    rd->sent->dirty_sent = 1;

    return NGX_OK;
}


/* of lists that are read, not of registrations: those are always new */

static ngx_int_t
ngx_rtalpha_reg_read_action(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    rd->sent->deleted = ngx_rtalpha_str_is(&rd->t->text, "DELETED");

    return NGX_OK;
}


/* read for its form only: the registry has a value of its own */

static ngx_int_t
ngx_rtalpha_reg_read_number(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    int64_t  n;

    return ngx_rtalpha_reg_token_long(rd->t, &n) == NGX_OK ? NGX_OK
                                                           : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_read_lease(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    int32_t     n;
    uint32_t   *p;
    ngx_int_t   rc;
    ngx_str_t   name;

    /*
     * Whatever this value is, the Java server takes what comes up to the end
     * of an object as fields of the lease: with a plain value those of the
     * object that follows.
     */

    if (rd->t->type == NGX_RTALPHA_REG_TOKEN_ARRAY) {
        return NGX_DECLINED;
    }

    rd->sent->doc.lease_sent = 1;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_read_member(rd, &name);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        if (ngx_rtalpha_str_is(&name, "renewalIntervalInSecs")) {
            p = &rd->sent->doc.interval;

        } else if (ngx_rtalpha_str_is(&name, "durationInSecs")) {
            p = &rd->sent->doc.duration;

        } else {
            continue;
        }

        if (rd->t->type == NGX_RTALPHA_REG_TOKEN_NULL) {
            continue;
        }

        if (ngx_rtalpha_reg_token_int(rd->t, &n) != NGX_OK) {
            return NGX_DECLINED;
        }

        *p = n > 0 ? (uint32_t) n : 0;
    }
}


static ngx_int_t
ngx_rtalpha_reg_read_metadata(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    ngx_int_t  rc;
    ngx_str_t  key;

    if (rd->t->type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return NGX_DECLINED;
    }

    rd->metadata.nelts = 0;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_read_member(rd, &key);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        /* the mark of Java's empty map is no entry */

        if (ngx_rtalpha_str_is(&key, "@class")) {
            continue;
        }

        rc = ngx_rtalpha_reg_doc_put(&rd->metadata, &key, &rd->t->text);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


/*
 * Bound by Jackson with its class: "@class" is needed and must be known,
 * other fields than these are refused, but for Amazon, where everything but
 * the metadata is overlooked.  An object that calls itself Amazon without
 * being of Amazon's class is refused: it would spoil every answer of the
 * Java server.
 */

static ngx_int_t
ngx_rtalpha_reg_read_dc(ngx_rtalpha_reg_reader_t *rd, ngx_uint_t data)
{
    ngx_int_t                   rc;
    ngx_str_t                   name;
    ngx_rtalpha_reg_dc_seen_t   seen;

    if (rd->t->type != NGX_RTALPHA_REG_TOKEN_OBJECT) {
        return NGX_DECLINED;
    }

    ngx_memzero(&seen, sizeof(ngx_rtalpha_reg_dc_seen_t));
    seen.dc = NGX_RTALPHA_REG_DC_NAMELESS;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_read_member(rd, &name);

        if (rc == NGX_DONE) {
            break;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_rtalpha_reg_read_dc_field(rd, &name, &seen);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (seen.amazon) {

        if (!seen.map) {
            return NGX_DECLINED;
        }

        rd->sent->doc.dc = NGX_RTALPHA_REG_DC_AMAZON;
        return NGX_OK;
    }

    if (!seen.other || seen.extra || seen.dc == NGX_RTALPHA_REG_DC_AMAZON) {
        return NGX_DECLINED;
    }

    rd->sent->doc.dc = seen.dc;
    rd->dc_metadata.nelts = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_reg_read_dc_field(ngx_rtalpha_reg_reader_t *rd,
    const ngx_str_t *name, ngx_rtalpha_reg_dc_seen_t *seen)
{
    const ngx_str_t  *text;

    text = &rd->t->text;

    if (ngx_rtalpha_str_is(name, "@class")) {

        if (ngx_rtalpha_str_is(text, "com.netflix.appinfo.AmazonInfo")) {
            seen->amazon = 1;
            return NGX_OK;
        }

        if (!ngx_rtalpha_str_is(text, "com.netflix.appinfo.MyDataCenterInfo")
            && !ngx_rtalpha_str_is(text,
                   "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"))
        {
            return NGX_DECLINED;
        }

        seen->other = 1;
        return NGX_OK;
    }

    if (ngx_rtalpha_str_is(name, "name")) {

        if (rd->t->type == NGX_RTALPHA_REG_TOKEN_NULL) {
            seen->dc = NGX_RTALPHA_REG_DC_NAMELESS;

        } else if (ngx_rtalpha_reg_dc_find(text, &seen->dc) != NGX_OK) {
            seen->extra = 1;
        }

        return NGX_OK;
    }

    seen->extra = 1;

    if (ngx_rtalpha_str_is(name, "metadata")
        && rd->t->type == NGX_RTALPHA_REG_TOKEN_OBJECT)
    {
        seen->map = 1;
        return ngx_rtalpha_reg_read_dc_map(rd);
    }

    return ngx_rtalpha_reg_token_skip(rd->t) == NGX_OK ? NGX_OK
                                                       : NGX_DECLINED;
}


static ngx_int_t
ngx_rtalpha_reg_read_dc_map(ngx_rtalpha_reg_reader_t *rd)
{
    ngx_int_t  rc;
    ngx_str_t  key;

    rd->dc_metadata.nelts = 0;

    for ( ;; ) {
        rc = ngx_rtalpha_reg_read_member(rd, &key);
        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        rc = ngx_rtalpha_reg_doc_put(&rd->dc_metadata, &key, &rd->t->text);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_rtalpha_reg_dc_find(const ngx_str_t *s, uint32_t *dc)
{
    if (ngx_rtalpha_str_is(s, "MyOwn")) {
        *dc = NGX_RTALPHA_REG_DC_MYOWN;

    } else if (ngx_rtalpha_str_is(s, "Amazon")) {
        *dc = NGX_RTALPHA_REG_DC_AMAZON;

    } else if (ngx_rtalpha_str_is(s, "Netflix")) {
        *dc = NGX_RTALPHA_REG_DC_NETFLIX;

    } else {
        return NGX_DECLINED;
    }

    return NGX_OK;
}
