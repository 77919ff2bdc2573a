
/*
 * Where libyaml and SnakeYAML do not agree about the text of a file.
 *
 * Refused by libyaml only: two \uXXXX escapes of one character, a block
 * scalar whose first line begins with a tab.  They are replaced by characters
 * of the private use area that do not occur in the file, one for each column,
 * and put back in the scalar.  Refused by SnakeYAML only: tabs between
 * tokens, "\/" in double quotes.
 */


#ifndef _NGX_RTALPHA_YAML_TEXT_H_INCLUDED_
#define _NGX_RTALPHA_YAML_TEXT_H_INCLUDED_


#include "ngx_rtalpha_load.h"

#include <yaml.h>


typedef struct {
    ngx_str_t    text;              /* what libyaml is given */
    ngx_uint_t   mends;             /* so far */
    u_char       filler[4];         /* in UTF-8; empty: nothing is mended */
    u_char       tab[4];
} ngx_rtalpha_yaml_text_t;


/*
 * After an error of the parser: NGX_OK when the text has been changed and is
 * worth another try, NGX_DECLINED when not, NGX_ERROR without memory.
 */
ngx_int_t ngx_rtalpha_yaml_text_mend(ngx_rtalpha_yaml_text_t *t,
    ngx_pool_t *pool, const yaml_parser_t *parser);

/*
 * Puts the characters of a scalar back, in place.  NGX_DECLINED: there is a
 * tab where none may be.
 */
ngx_int_t ngx_rtalpha_yaml_text_restore(const ngx_rtalpha_yaml_text_t *t,
    yaml_scalar_style_t style, ngx_str_t *scalar);

/* NGX_OK, NGX_DECLINED with the error filled, NGX_ERROR */
ngx_int_t ngx_rtalpha_yaml_text_check(const ngx_str_t *text,
    ngx_pool_t *pool, ngx_rtalpha_load_error_t *error);


#endif /* _NGX_RTALPHA_YAML_TEXT_H_INCLUDED_ */
