
/*
 * Extensions that Spring Framework takes for safe.
 */


#include "ngx_rtalpha_cfg_disposition.h"
#include "ngx_rtalpha_cfg_path.h"


#define NGX_RTALPHA_CFG_DISPOSITION_MAX  16     /* longest that is known */


/* sorted */

static const char  *ngx_rtalpha_cfg_disposition_safe[] = {
    "3g2", "3gp", "aac", "aif", "aifc", "aiff", "art", "asf", "atom",
    "atomcat", "atomsvc", "au", "avi", "avif", "axa", "axv", "bmp", "btif",
    "ccxml", "cdxml", "cgm", "csv", "dae", "davmount", "dd2", "djv", "djvu",
    "dts", "dtshd", "dv", "dvb", "dwg", "dxf", "ecelp4800", "ecelp7470",
    "ecelp9600", "emma", "eol", "es3", "et3", "fbs", "flac", "fli", "flv",
    "fpx", "fst", "fvt", "gif", "gml", "grxml", "hal", "ico", "ief", "ink",
    "inkml", "irp", "jpe", "jpeg", "jpg", "jpgm", "jpm", "json", "jxl", "kml",
    "ktx", "lasxml", "lbe", "link66", "lostxml", "lvp", "m1v", "m2v", "m3u",
    "m4a", "m4u", "m4v", "mads", "mdi", "meta4", "mets", "mid", "midi", "mj2",
    "mjp2", "mkv", "mmr", "mng", "mods", "mov", "movie", "mp1", "mp2", "mp3",
    "mp4", "mpa", "mpe", "mpeg", "mpega", "mpg", "mpg4", "mpga", "mpkg",
    "mrcx", "mts", "mxml", "mxu", "oga", "ogg", "ogv", "opf", "opus", "pbm",
    "pct", "pcx", "pgm", "pic", "pict", "pls", "png", "pnm", "ppm",
    "properties", "psd", "pskcxml", "pya", "pyv", "qt", "ra", "ram", "ras",
    "rdf", "rgb", "rif", "rip", "rl", "rlc", "rld", "rs", "rss", "sdkd",
    "sdkm", "sgi", "shf", "sid", "smi", "smil", "smv", "snd", "spx", "sru",
    "srx", "ssml", "svg", "svgz", "tei", "teicorpus", "text", "tfi", "tif",
    "tiff", "ts", "txt", "uoml", "uva", "uvg", "uvh", "uvi", "uvm", "uvp",
    "uvs", "uvt", "uvu", "uvv", "uvva", "uvvg", "uvvh", "uvvi", "uvvm",
    "uvvp", "uvvs", "uvvt", "uvvu", "uvvv", "viv", "vxml", "wav", "wax",
    "wbmp", "wbs", "webm", "webp", "wm", "wma", "wmv", "wmx", "wsdl",
    "wspolicy", "wvx", "x3d", "x3dz", "xbm", "xdf", "xdm", "xdp", "xdssc",
    "xer", "xht", "xhtml", "xhvml", "xif", "xlf", "xml", "xop", "xpm", "xslt",
    "xsm", "xspf", "xul", "xvm", "xvml", "xwd", "yaml", "yin", "yml", "zaz",
    "zmm"
};


static ngx_uint_t
ngx_rtalpha_cfg_disposition_known(const ngx_str_t *extension)
{
    u_char       low[NGX_RTALPHA_CFG_DISPOSITION_MAX];
    ngx_int_t    cmp;
    const char  *name;
    ngx_uint_t   first, last, mid;

    if (extension->len > sizeof(low)) {
        return 0;
    }

    ngx_strlow(low, extension->data, extension->len);

    first = 0;
    last = sizeof(ngx_rtalpha_cfg_disposition_safe) / sizeof(char *);

    while (first < last) {
        mid = first + (last - first) / 2;
        name = ngx_rtalpha_cfg_disposition_safe[mid];
        cmp = ngx_memn2cmp(low, (u_char *) name, extension->len,
                           ngx_strlen(name));

        if (cmp == 0) {
            return 1;
        }

        if (cmp < 0) {
            last = mid;

        } else {
            first = mid + 1;
        }
    }

    return 0;
}


/* what stands behind the last dot of a part, decoded, is not known */

static ngx_uint_t
ngx_rtalpha_cfg_disposition_odd(ngx_pool_t *pool, const ngx_str_t *part)
{
    u_char     *p, *last;
    size_t      i;
    ngx_str_t   name, extension;

    if (ngx_rtalpha_cfg_path_decode(pool, part, 0, &name) != NGX_OK) {
        return 0;
    }

    last = name.data + name.len;

    for (p = last; p > name.data && p[-1] != '.'; p--) {
        if (p[-1] == '/') {
            return 0;
        }
    }

    if (p == name.data) {
        return 0;
    }

    extension.data = p;
    extension.len = last - p;

    for (i = 0; i < extension.len && extension.data[i] <= ' '; i++) {
        /* void */
    }

    return i < extension.len
           && !ngx_rtalpha_cfg_disposition_known(&extension);
}


ngx_uint_t
ngx_rtalpha_cfg_disposition(ngx_pool_t *pool, const ngx_str_t *target)
{
    u_char     *p, *last, *dot;
    ngx_str_t   name, parameters;

    p = target->data;
    last = ngx_strlchr(p, p + target->len, '?');
    last = last ? last : p + target->len;
    dot = NULL;

    for (name.data = last; name.data > p && name.data[-1] != '/';
         name.data--)
    {
        if (name.data[-1] == '.' || name.data[-1] == '%') {
            dot = name.data;
        }
    }

    if (dot == NULL) {
        return 0;
    }

    parameters.data = ngx_strlchr(name.data, last, ';');
    parameters.data = parameters.data ? parameters.data : last;
    parameters.len = last - parameters.data;
    name.len = parameters.data - name.data;

    return ngx_rtalpha_cfg_disposition_odd(pool, &name)
           || ngx_rtalpha_cfg_disposition_odd(pool, &parameters);
}
