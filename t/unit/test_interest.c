/* unit: ngx_rtalpha_core/ngx_rtalpha_interest.c */

/*
 * Whom an event concerns: all, those of its type, those of its subject and of
 * what that begins with; and that a great many others do not matter.
 */

#include "unit.h"
#include "ngx_rtalpha_interest.h"


#define MANY  100000


static ngx_uint_t  found[8];
static ngx_uint_t  nfound;

static ngx_rtalpha_interest_t  many[MANY];
static u_char                  names[MANY][16];


static void
tell(void *data)
{
    nfound++;
    found[(uintptr_t) data & 7]++;
}


static ngx_uint_t
count(ngx_uint_t type, const char *text)
{
    ngx_memzero(found, sizeof(found));
    nfound = 0;

    ngx_rtalpha_interest_find(type, (u_char *) text, ngx_strlen(text), tell);

    return nfound;
}


static void
want(ngx_rtalpha_interest_t *in, ngx_uint_t type, const char *subject,
    uintptr_t id)
{
    in->type = type;
    in->subject.data = (u_char *) subject;
    in->subject.len = ngx_strlen(subject);
    in->data = (void *) id;

    ngx_rtalpha_interest_add(in);
}


static void
test_subjects(void)
{
    ngx_uint_t              i;
    ngx_rtalpha_interest_t  in[6];

    CHECK(count(1, "shop") == 0);

    want(&in[0], 0, "", 0);
    want(&in[1], 1, "", 1);
    want(&in[2], 1, "shop", 2);
    want(&in[3], 1, "Shop/Main", 3);
    want(&in[4], 2, "shop", 4);
    want(&in[5], 1, "shop", 5);

    CHECK(count(1, "shop") == 4);
    CHECK(found[0] && found[1] && found[2] && found[5]);

    CHECK(count(1, "SHOP detail/x") == 4);
    CHECK(count(1, "shop/main") == 5 && found[3]);
    CHECK(count(1, "shop/main/more it is") == 5 && found[3]);
    CHECK(count(1, "shop/mainly") == 4 && !found[3]);
    CHECK(count(1, "shops") == 2);
    CHECK(count(1, "sho") == 2);
    CHECK(count(1, "/shop") == 2);
    CHECK(count(1, "") == 2);
    CHECK(count(2, "shop") == 2 && found[4]);
    CHECK(count(3, "shop") == 1 && found[0]);
    CHECK(count(0, "shop") == 1);
    CHECK(count(NGX_RTALPHA_INTEREST_TYPES, "shop") == 1);

    ngx_rtalpha_interest_drop(&in[2]);
    CHECK(count(1, "shop") == 3 && !found[2]);

    for (i = 0; i < 6; i++) {
        if (i != 2) {
            ngx_rtalpha_interest_drop(&in[i]);
        }
    }

    CHECK(count(1, "shop/main") == 0);
}


static void
test_many(void)
{
    ngx_uint_t  i, wrong;

    for (i = 0; i < MANY; i++) {
        *ngx_sprintf(names[i], "service-%ui", i) = '\0';
        want(&many[i], 2, (char *) names[i], i & 7);
    }

    wrong = 0;

    for (i = 0; i < MANY; i++) {
        wrong += count(2, (char *) names[i]) != 1;
    }

    CHECK(wrong == 0);

    for (i = 0; i < MANY; i++) {
        ngx_rtalpha_interest_drop(&many[i]);
    }

    CHECK(count(2, "service-7") == 0);
}


int
main(void)
{
    test_subjects();
    test_many();

    return unit_done();
}
