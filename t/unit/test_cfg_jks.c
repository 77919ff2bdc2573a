/* unit: ngx_rtalpha_config_module/ngx_rtalpha_cfg_jks.c */

/*
 * Key stores that Java's keytool has written: two keys with different
 * passwords and a certificate; every way for such a file to be damaged.
 */

#include "unit.h"

#include "ngx_rtalpha_cfg_jks.h"


static ngx_pool_t  *pool;

static const char  store[] =
    "/u3+7QAAAAIAAAADAAAAAQAFb3RoZXIAAAGiDyDGCwAAAH8wfTAOBgorBgEEASoCEQEB"
    "BQAEa/Inll7B6N3Ksyo5AOZWsQYWAUZI+P9htd4DXUI9KVGBbqrMFDWT+vid4ewFZg/H"
    "HH2L6g96GwYr8VURFfqK4McfmLcqEzhjXQzNOXG4XyC4Fjoya+7d7XSsDCKwhTpalOHU"
    "f+WHDlZNWjxUAAAAAQAFWC41MDkAAAEyMIIBLjCB1qADAgECAgkA+0lc6+QYS64wCgYI"
    "KoZIzj0EAwIwDDEKMAgGA1UEAxMBeTAeFw0yNjExMjQxOTU1MzVaFw0yNzAyMjIxOTU1"
    "MzVaMAwxCjAIBgNVBAMTAXkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQguxCBS1uq"
    "zKJI6nylVA06Ekei23k4I1+f2buTSt0Y7KuECpSmEwjleHU8PhVFkZ/ZOS8quuqku3lR"
    "YoQSkJo2oyEwHzAdBgNVHQ4EFgQUF2l9Le5iKDajjosw3GXxqvTST5gwCgYIKoZIzj0E"
    "AwIDRwAwRAIge3wpD+s1h/7+HApSf+iY8zvOsceNJWVhZ5PnPYmUh6UCIA4bkwFSEXT7"
    "unG7fl2ToRkr43FCxVy2gM2zwNpciwaIAAAAAgAHdHJ1c3RlZAAAAaIPIMjEAAVYLjUw"
    "OQAAATIwggEuMIHWoAMCAQICCQD7SVzr5BhLrjAKBggqhkjOPQQDAjAMMQowCAYDVQQD"
    "EwF5MB4XDTI2MTEyNDE5NTUzNVoXDTI3MDIyMjE5NTUzNVowDDEKMAgGA1UEAxMBeTBZ"
    "MBMGByqGSM49AgEGCCqGSM49AwEHA0IABCC7EIFLW6rMokjqfKVUDToSR6LbeTgjX5/Z"
    "u5NK3Rjsq4QKlKYTCOV4dTw+FUWRn9k5Lyq66qS7eVFihBKQmjajITAfMB0GA1UdDgQW"
    "BBQXaX0t7mIoNqOOizDcZfGq9NJPmDAKBggqhkjOPQQDAgNHADBEAiB7fCkP6zWH/v4c"
    "ClJ/6JjzO86xx40lZWFnk+c9iZSHpQIgDhuTAVIRdPu6cbt+XZOhGSvjcULFXLaAzbPA"
    "2lyLBogAAAABAARtaW5lAAABog8gw2QAAAB/MH0wDgYKKwYBBAEqAhEBAQUABGtFkbJd"
    "eFUy6X0fQOw5ZRz5E83LE3/UIHIz5ULuIlcSz7s7loc7DVVCh4KgUCZ+pwpRTpWqet70"
    "wqIUwTiQHSER2X9nmEZlbKo7O4/b2J/dfZND5n/r9lS+Og29KA+0jJAXHHuOYU/ALqJK"
    "CQAAAAEABVguNTA5AAABMzCCAS8wgdagAwIBAgIJAP8OXd7w4SMYMAoGCCqGSM49BAMC"
    "MAwxCjAIBgNVBAMTAXgwHhcNMjYxMTI0MTk1NTM1WhcNMjcwMjIyMTk1NTM1WjAMMQow"
    "CAYDVQQDEwF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzKA+0eGewvKS340GHDnC"
    "m1PMHpc9uk7/7XXWtWK6IQe9Itrne2LVNBa1okMUVezHcCJfNviw7HkXRifXAXyWUaMh"
    "MB8wHQYDVR0OBBYEFPIe8DCJXQv4D/IYxwuekYlMXZ3lMAoGCCqGSM49BAMCA0gAMEUC"
    "IChZBXUmHk2iaXYyt/TTwZAIfHgl2ZnDTye/G3hBOC+qAiEAn2MG6IxbnNyz19/+C6iM"
    "OFtaweU/FIy53qMYjYWGEuLMUuUAFDoyZ2pFTLs8RjVF9RTPLA==";


static ngx_int_t
read_store(const ngx_str_t *bytes, const char *password, const char *secret,
    ngx_array_t *keys)
{
    ngx_str_t  p, s;

    p.data = (u_char *) password;
    p.len = ngx_strlen(password);
    s.data = (u_char *) secret;
    s.len = ngx_strlen(secret);

    ngx_array_init(keys, pool, 2, sizeof(ngx_rtalpha_cfg_jks_key_t));

    return ngx_rtalpha_cfg_jks_read(pool, bytes, &p, &s, keys);
}


static void
test_keys(const ngx_str_t *bytes)
{
    ngx_array_t                 keys;
    ngx_rtalpha_cfg_jks_key_t  *key;

    CHECK(ngx_rtalpha_cfg_jks_is(bytes));

    CHECK(read_store(bytes, "letmein", "letmein", &keys) == NGX_OK);
    CHECK(keys.nelts == 1);
    key = keys.elts;
    CHECK(ngx_rtalpha_str_is(&key->alias, "other"));
    CHECK(key->pkcs8.len > 60 && key->pkcs8.data[0] == 0x30);

    CHECK(read_store(bytes, "letmein", "ge-heim9", &keys) == NGX_OK);
    CHECK(keys.nelts == 1);
    key = keys.elts;
    CHECK(ngx_rtalpha_str_is(&key->alias, "mine"));

    CHECK(read_store(bytes, "letmein", "other", &keys) == NGX_OK);
    CHECK(keys.nelts == 0);

    CHECK(read_store(bytes, "letmein ", "letmein", &keys) == NGX_DECLINED);
    CHECK(read_store(bytes, "", "letmein", &keys) == NGX_DECLINED);
    CHECK(read_store(bytes, "\xff\xfe", "letmein", &keys) == NGX_DECLINED);
    CHECK(read_store(bytes, "letmein", "\xff", &keys) == NGX_DECLINED);
    CHECK(read_store(bytes, "\xf0\x9f\x94\x91", "x", &keys) == NGX_DECLINED);
}


static void
test_damage(const ngx_str_t *bytes)
{
    u_char       *copy;
    ngx_str_t     cut;
    ngx_uint_t    i, good;
    ngx_array_t   keys;

    for (i = 0; i < bytes->len; i++) {
        copy = ngx_pnalloc(pool, i + 1);
        ngx_memcpy(copy, bytes->data, i);
        cut.data = copy;
        cut.len = i;

        if (read_store(&cut, "letmein", "letmein", &keys) != NGX_DECLINED) {
            break;
        }
    }

    CHECK(i == bytes->len);
    good = 0;

    for (i = 0; i < bytes->len; i++) {
        copy = ngx_pnalloc(pool, bytes->len);
        ngx_memcpy(copy, bytes->data, bytes->len);
        copy[i] ^= 0x41;
        cut.data = copy;
        cut.len = bytes->len;
        good += (read_store(&cut, "letmein", "letmein", &keys) == NGX_OK);
    }

    CHECK(good == 0);
}


int
main(void)
{
    ngx_str_t  coded, bytes;

    pool = unit_pool();
    coded.data = (u_char *) store;
    coded.len = sizeof(store) - 1;
    bytes.data = ngx_pnalloc(pool, ngx_base64_decoded_length(coded.len));

    CHECK(ngx_decode_base64(&bytes, &coded) == NGX_OK);

    test_keys(&bytes);
    test_damage(&bytes);

    return unit_done();
}
