
/*
 * Header lines of a name: the list is walked, since nginx indexes only the
 * lines that it knows itself.
 */


#include "ngx_rtalpha_line.h"


ngx_table_elt_t *
ngx_rtalpha_line_next(const ngx_list_part_t **part, ngx_uint_t *i,
    const ngx_str_t *name)
{
    ngx_table_elt_t  *h;

    for ( /* void */ ; *part; *part = (*part)->next, *i = 0) {

        while (*i < (*part)->nelts) {
            h = (ngx_table_elt_t *) (*part)->elts + (*i)++;

            if (h->key.len == name->len
                && ngx_strncasecmp(h->key.data, name->data, name->len) == 0)
            {
                return h;
            }
        }
    }

    return NULL;
}


ngx_table_elt_t *
ngx_rtalpha_line_first(const ngx_list_part_t *part, const ngx_str_t *name)
{
    ngx_uint_t  i;

    i = 0;

    return ngx_rtalpha_line_next(&part, &i, name);
}
