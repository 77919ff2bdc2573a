
/*
 * XML properties over expat.  The document type must be Java's; one with an
 * internal subset is refused: its entities are of no use here and can be made
 * to grow without end.  External ones are never read (expat does not by
 * itself).
 *
 * Java keeps what it reads in a hash table, whose order shows in the merged
 * formats.
 */


#include "ngx_rtalpha_cfg_xml.h"
#include "ngx_rtalpha_cfg_path.h"

#include <ngx_config.h>
#include <expat.h>


#define NGX_RTALPHA_CFG_XML_TYPE   "http://java.sun.com/dtd/properties.dtd"
#define NGX_RTALPHA_CFG_XML_TABLE  16      /* as Properties() begins */


typedef struct {
    ngx_pool_t            *pool;
    XML_Parser             parser;
    ngx_rtalpha_props_t   *props;
    ngx_rtalpha_out_t      text;
    ngx_str_t              key;
    ngx_uint_t             depth;
    ngx_uint_t             count;
    ngx_uint_t             max;
    const char            *bad;
    unsigned               typed:1;         /* has the document type */
    unsigned               comment:1;       /* has been one */
    unsigned               entry:1;
    unsigned               failed:1;        /* no memory */
} ngx_rtalpha_cfg_xml_t;


typedef struct ngx_rtalpha_cfg_xml_node_s  ngx_rtalpha_cfg_xml_node_t;

struct ngx_rtalpha_cfg_xml_node_s {
    const ngx_rtalpha_prop_t     *prop;
    uint32_t                      hash;
    ngx_rtalpha_cfg_xml_node_t   *next;
};


typedef struct {
    ngx_rtalpha_cfg_xml_node_t  **bins;
    ngx_uint_t                    size;         /* a power of two */
    ngx_uint_t                    count;
} ngx_rtalpha_cfg_xml_table_t;


static void
ngx_rtalpha_cfg_xml_stop(ngx_rtalpha_cfg_xml_t *x, const char *bad)
{
    if (bad == NULL) {
        x->failed = 1;
    }

    x->bad = bad;
    XML_StopParser(x->parser, XML_FALSE);
}


static ngx_int_t
ngx_rtalpha_cfg_xml_copy(ngx_pool_t *pool, const u_char *data, size_t len,
    ngx_str_t *s)
{
    s->len = len;
    s->data = ngx_pnalloc(pool, len ? len : 1);
    if (s->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(s->data, data, len);

    return NGX_OK;
}


static void XMLCALL
ngx_rtalpha_cfg_xml_start(void *data, const XML_Char *name,
    const XML_Char **atts)
{
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;
    x->depth++;

    if (x->depth == 1) {
        if (!x->typed) {
            ngx_rtalpha_cfg_xml_stop(x, "not of the document type "
                                     NGX_RTALPHA_CFG_XML_TYPE);

        } else if (ngx_strcmp(name, "properties") != 0) {
            ngx_rtalpha_cfg_xml_stop(x, "the root is not <properties>");
        }

        return;
    }

    if (x->depth > 2) {
        ngx_rtalpha_cfg_xml_stop(x, "an element inside an entry");
        return;
    }

    if (ngx_strcmp(name, "comment") == 0) {

        if (x->comment) {
            ngx_rtalpha_cfg_xml_stop(x, "a second <comment>");
        }

        x->comment = 1;
        return;
    }

    if (ngx_strcmp(name, "entry") != 0) {
        ngx_rtalpha_cfg_xml_stop(x, "an element that is no <entry>");
        return;
    }

    for ( /* void */ ; atts[0]; atts += 2) {
        if (ngx_strcmp(atts[0], "key") == 0) {
            break;
        }
    }

    if (atts[0] == NULL) {
        ngx_rtalpha_cfg_xml_stop(x, "an <entry> without a key");
        return;
    }

    if (++x->count > x->max) {
        ngx_rtalpha_cfg_xml_stop(x, "too many entries");
        return;
    }

    if (ngx_rtalpha_cfg_xml_copy(x->pool, (u_char *) atts[1],
                                 ngx_strlen(atts[1]), &x->key)
        != NGX_OK)
    {
        ngx_rtalpha_cfg_xml_stop(x, NULL);
        return;
    }

    x->entry = 1;
    ngx_rtalpha_out_reset(&x->text);
}


static void XMLCALL
ngx_rtalpha_cfg_xml_chars(void *data, const XML_Char *s, int len)
{
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;

    if (x->entry) {
        ngx_rtalpha_out_bytes(&x->text, (u_char *) s, len);
    }
}


static void XMLCALL
ngx_rtalpha_cfg_xml_end(void *data, const XML_Char *name)
{
    ngx_str_t               text;
    ngx_rtalpha_prop_t      prop;
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;
    x->depth--;

    if (!x->entry) {
        return;
    }

    x->entry = 0;
    ngx_memzero(&prop, sizeof(ngx_rtalpha_prop_t));
    prop.key = x->key;
    prop.type = NGX_RTALPHA_PROP_STRING;

    if (ngx_rtalpha_out_done(&x->text, &text) != NGX_OK
        || ngx_rtalpha_cfg_xml_copy(x->pool, text.data, text.len, &prop.text)
           != NGX_OK
        || ngx_rtalpha_props_set(x->props, &prop) != NGX_OK)
    {
        ngx_rtalpha_cfg_xml_stop(x, NULL);
    }
}


static void XMLCALL
ngx_rtalpha_cfg_xml_doctype(void *data, const XML_Char *name,
    const XML_Char *sysid, const XML_Char *pubid, int subset)
{
    ngx_rtalpha_cfg_xml_t  *x;

    x = data;
    x->typed = (sysid
                && ngx_strcmp(sysid, NGX_RTALPHA_CFG_XML_TYPE) == 0);

    if (subset) {
        ngx_rtalpha_cfg_xml_stop(x, "a document type of its own");
    }
}


/* String.hashCode(), spread as ConcurrentHashMap does */

static uint32_t
ngx_rtalpha_cfg_xml_hash(const ngx_str_t *key)
{
    u_char    *p, *last;
    size_t     len;
    uint32_t   c, h;

    h = 0;
    last = key->data + key->len;

    for (p = key->data; p < last; p += len) {
        len = ngx_rtalpha_cfg_path_char(p, last, &c);

        if (len == 0) {
            len = 1;
            c = *p;
        }

        if (c >= 0x10000) {
            c -= 0x10000;
            h = h * 31 + 0xd800 + (c >> 10);
            c = 0xdc00 + (c & 0x3ff);
        }

        h = h * 31 + c;
    }

    return (h ^ (h >> 16)) & 0x7fffffff;
}


/* a bin of a table of n becomes two: what stays and what moves by n */

static void
ngx_rtalpha_cfg_xml_split(ngx_rtalpha_cfg_xml_node_t *bin, uint32_t n,
    ngx_rtalpha_cfg_xml_node_t **low, ngx_rtalpha_cfg_xml_node_t **high)
{
    ngx_rtalpha_cfg_xml_node_t  *node, *next, *run, **side;

    *low = NULL;
    *high = NULL;

    if (bin == NULL) {
        return;
    }

    /* the end of the chain that goes one way stays as it is */

    run = bin;

    for (node = bin->next; node; node = node->next) {
        if ((node->hash & n) != (run->hash & n)) {
            run = node;
        }
    }

    *((run->hash & n) ? high : low) = run;

    for (node = bin; node != run; node = next) {
        next = node->next;
        side = (node->hash & n) ? high : low;
        node->next = *side;
        *side = node;
    }
}


/* the table grows when three quarters of it are used */

static ngx_int_t
ngx_rtalpha_cfg_xml_grow(ngx_pool_t *pool, ngx_rtalpha_cfg_xml_table_t *t)
{
    ngx_uint_t                    i;
    ngx_rtalpha_cfg_xml_node_t  **bins;

    bins = ngx_palloc(pool, 2 * t->size * sizeof(void *));
    if (bins == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < t->size; i++) {
        ngx_rtalpha_cfg_xml_split(t->bins[i], (uint32_t) t->size, &bins[i],
                                  &bins[i + t->size]);
    }

    t->bins = bins;
    t->size *= 2;

    return NGX_OK;
}


static ngx_int_t
ngx_rtalpha_cfg_xml_add(ngx_pool_t *pool, ngx_rtalpha_cfg_xml_table_t *t,
    const ngx_rtalpha_prop_t *prop)
{
    ngx_rtalpha_cfg_xml_node_t  *node, **last;

    node = ngx_palloc(pool, sizeof(ngx_rtalpha_cfg_xml_node_t));
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->prop = prop;
    node->hash = ngx_rtalpha_cfg_xml_hash(&prop->key);
    node->next = NULL;

    last = &t->bins[node->hash & (t->size - 1)];

    while (*last) {
        last = &(*last)->next;
    }

    *last = node;
    t->count++;

    return t->count >= t->size - t->size / 4
           ? ngx_rtalpha_cfg_xml_grow(pool, t) : NGX_OK;
}


/* the same properties in the order of java.util.Properties */

static ngx_rtalpha_props_t *
ngx_rtalpha_cfg_xml_order(ngx_pool_t *pool, const ngx_rtalpha_props_t *props)
{
    ngx_uint_t                    i;
    ngx_rtalpha_props_t          *ordered;
    ngx_rtalpha_cfg_xml_node_t   *node;
    ngx_rtalpha_cfg_xml_table_t   t;

    t.size = NGX_RTALPHA_CFG_XML_TABLE;
    t.count = 0;
    t.bins = ngx_pcalloc(pool, t.size * sizeof(void *));
    ordered = ngx_rtalpha_props_create(pool);

    if (t.bins == NULL || ordered == NULL) {
        return NULL;
    }

    for (i = 0; i < ngx_rtalpha_props_count(props); i++) {
        if (ngx_rtalpha_cfg_xml_add(pool, &t, ngx_rtalpha_props_at(props, i))
            != NGX_OK)
        {
            return NULL;
        }
    }

    for (i = 0; i < t.size; i++) {
        for (node = t.bins[i]; node; node = node->next) {
            if (ngx_rtalpha_props_set(ordered, node->prop) != NGX_OK) {
                return NULL;
            }
        }
    }

    return ordered;
}


static void
ngx_rtalpha_cfg_xml_error(ngx_rtalpha_cfg_xml_t *x,
    ngx_rtalpha_load_error_t *error)
{
    const char  *text;

    text = x->bad ? x->bad : XML_ErrorString(XML_GetErrorCode(x->parser));

    if (text == NULL) {
        text = "malformed";
    }

    error->line = XML_GetCurrentLineNumber(x->parser);
    error->column = XML_GetCurrentColumnNumber(x->parser) + 1;
    error->message.data = (u_char *) text;
    error->message.len = ngx_strlen(text);
}


ngx_int_t
ngx_rtalpha_cfg_xml_load(ngx_pool_t *pool, const ngx_str_t *input,
    const ngx_rtalpha_load_limits_t *limits, ngx_array_t **docs,
    ngx_rtalpha_load_error_t *error)
{
    ngx_int_t               rc;
    ngx_rtalpha_props_t   **doc;
    ngx_rtalpha_cfg_xml_t   x;

    if (input->len > limits->size) {
        ngx_str_set(&error->message, "the file is too large");
        return NGX_DECLINED;
    }

    ngx_memzero(&x, sizeof(ngx_rtalpha_cfg_xml_t));
    x.pool = pool;
    x.max = limits->nodes;
    x.props = ngx_rtalpha_props_create(pool);
    x.parser = XML_ParserCreate(NULL);
    *docs = ngx_array_create(pool, 1, sizeof(ngx_rtalpha_props_t *));

    if (x.parser == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (x.props == NULL || *docs == NULL
        || ngx_rtalpha_out_init(&x.text, pool, 256, limits->size) != NGX_OK)
    {
        goto done;
    }

    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, ngx_rtalpha_cfg_xml_start,
                          ngx_rtalpha_cfg_xml_end);
    XML_SetCharacterDataHandler(x.parser, ngx_rtalpha_cfg_xml_chars);
    XML_SetStartDoctypeDeclHandler(x.parser, ngx_rtalpha_cfg_xml_doctype);

    if (XML_Parse(x.parser, (char *) input->data, (int) input->len, 1)
        == XML_STATUS_OK)
    {
        doc = ngx_array_push(*docs);

        if (doc) {
            *doc = ngx_rtalpha_cfg_xml_order(pool, x.props);
            rc = *doc ? NGX_OK : NGX_ERROR;
        }

    } else if (!x.failed) {
        ngx_rtalpha_cfg_xml_error(&x, error);
        rc = NGX_DECLINED;
    }

done:

    XML_ParserFree(x.parser);

    return rc;
}
