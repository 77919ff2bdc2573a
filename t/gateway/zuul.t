use Test::Nginx::Rtalpha 'no_plan';

use Cwd ();

our $Settings = $ENV{TEST_NGINX_SETTINGS} = "$ENV{TEST_NGINX_REPOS}/zuul.yml";
$ENV{TEST_NGINX_CONF} = Cwd::abs_path("$INC{'Test/Nginx/Rtalpha.pm'}"
                                     . '/../../../../../conf');
$ENV{TEST_NGINX_BACK} = 21941;
$ENV{TEST_NGINX_DEAD} = 21942;

write_file($Settings, <<"EOF");
zuul:
  routes:
    pms: /pms/**
    ums: {path: /users/**, service-id: ums-app}
    url: {path: /url/**, url: "http://127.0.0.1:$ENV{TEST_NGINX_BACK}/base"}
    keep: {path: /keep/**, service-id: pms, strip-prefix: false}
    half: {path: /half/**, service-id: half}
    dead: {path: /dead/**, service-id: dead}
    none: {path: /none/**, service-id: nobody}
    local: {path: /fwd/**, url: "forward:/local"}
    loop: {path: /loop/**, url: "forward:/loop/x"}
    cookies: {path: /cookies/**, service-id: pms, sensitive-headers: ""}
ribbon: {eureka: {enabled: false}}
pms: {ribbon: {listOfServers: "127.0.0.1:$ENV{TEST_NGINX_BACK}"}}
ums-app: {ribbon: {listOfServers: "127.0.0.1:$ENV{TEST_NGINX_BACK}"}}
half: {ribbon: {listOfServers: "127.0.0.1:$ENV{TEST_NGINX_DEAD},127.0.0.1:$ENV{TEST_NGINX_BACK}"}}
dead: {ribbon: {listOfServers: "127.0.0.1:$ENV{TEST_NGINX_DEAD}"}}
EOF

write_file("$ENV{TEST_NGINX_REPOS}/wrong.yml", <<'EOF');
zuul.routes.a.path: /a/**
zuul.routes.a.url: "http://:1"
EOF

our $HttpConfig = <<'EOF';
    rtalpha_zone 16m;
    rtalpha_state $TEST_NGINX_STATE;
    include $TEST_NGINX_CONF/rtalpha_http.conf;
    server {
        listen 127.0.0.1:$TEST_NGINX_BACK;
        merge_slashes off;
        location / {
            return 200 "$request_method $request_uri h=$http_host a=$http_authorization c=$http_cookie x=$http_x_one f=$http_x_forwarded_for p=$http_x_forwarded_prefix k=$http_keep_alive\n";
        }
        location /body {
            client_body_in_single_buffer on;
            proxy_pass http://127.0.0.1:$TEST_NGINX_BACK/echo;
            proxy_set_header X-Body $request_body;
        }
        location /echo {
            return 200 "body=$http_x_body\n";
        }
        location /answer {
            add_header Set-Cookie "a=1";
            add_header X-Keep yes;
            add_header X-Hop 1;
            add_header Keep-Alive "timeout=9";
            return 200 "ok\n";
        }
    }
EOF

our $Config = <<'EOF';
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_SETTINGS; }
    location ^~ /local/ { return 200 "local $uri $args\n"; }
    location ^~ /_rtalpha/ { rtalpha_admin; }
EOF

no_long_string();
run_tests();

__DATA__

=== TEST 1: a service route loses its prefix
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /pms/a/b?x=1&&y
--- response_body_like: ^GET /a/b\?x=1&&y h=127.0.0.1:21941 a= c= x= f=127.0.0.1 p=/pms k=$



=== TEST 2: the path of a URL is put before
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /url/a
--- response_body_like: ^GET /base/a h=



=== TEST 3: strip-prefix false keeps the path
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /keep/a
--- response_body_like: ^GET /keep/a h=



=== TEST 4: no route is Zuul's 404
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /nothing/here
--- error_code: 404
--- response_headers
Content-Type: application/json
--- response_body_like: ^\{"timestamp":"\d{4}-\d\d-\d\dT[\d:.]+\+00:00","status":404,"error":"Not Found","message":"","path":"/nothing/here"\}$



=== TEST 5: sensitive headers and hop-by-hop fields do not pass, others do
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /pms/a
--- more_headers
Cookie: a=1
Authorization: Basic eA==
X-One: 1
Keep-Alive: timeout=5
--- response_body_like: h=127.0.0.1:21941 a= c= x=1 f=



=== TEST 6: a field that Connection names is for one hop
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- raw_request eval
"GET /pms/a HTTP/1.1\r\nHost: localhost\r\nConnection: close, X-One\r\nX-One: 1\r\n\r\n"
--- response_body_like: x= f=



=== TEST 7: an empty list of sensitive headers passes all
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /cookies/a
--- more_headers
Cookie: a=1
Authorization: Basic eA==
--- response_body_like: a=Basic eA== c=a=1



=== TEST 8: Set-Cookie is sensitive too, other fields of an answer pass
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /pms/answer
--- response_headers
!Set-Cookie
X-Keep: yes
!Keep-Alive
--- response_body
ok



=== TEST 9: a trusted peer's X-Forwarded-For is continued
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /pms/a
--- more_headers
X-Forwarded-For: 10.1.1.1
X-Forwarded-Prefix: /outer
--- response_body_like: f=10.1.1.1, 127.0.0.1 p=/outer/pms



=== TEST 10: a refused connection goes to the next instance, for any method
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /half/a", "POST /half/a\nx", "GET /half/a", "POST /half/a\nx"]
--- error_code eval
[200, 200, 200, 200]



=== TEST 11: nobody listens: 502 with a reason
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /dead/a
--- error_code: 502
--- response_body_like: "status":502,"error":"Bad Gateway","message":"","reason":"refused"\}$



=== TEST 12: a service that nobody offers: 503 with a reason
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /none/a
--- error_code: 503
--- response_body_like: "status":503,"error":"Service Unavailable","message":"","reason":"no-instance"\}$



=== TEST 13: HTML where it is asked for
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /none/a
--- more_headers
Accept: text/html
--- error_code: 503
--- response_headers
Content-Type: text/html;charset=UTF-8



=== TEST 14: HEAD of an error has no body
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
HEAD /none/a
--- error_code: 503
--- response_body



=== TEST 15: forward: is another location, with the query
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /fwd/a?b=c
--- response_body
local /local/a b=c



=== TEST 16: a route to itself ends
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /loop/a
--- error_code: 500
--- response_body_like: "status":500



=== TEST 17: dot segments are resolved before the match and after it
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /pms/x/../a", "GET /pms/x/%2e%2e/a", "GET /users/..;x=1/pms/a",
 "GET /pms/../pms/a"]
--- response_body_like eval
["^GET /a h=", "^GET /a h=", "^GET /a h=.*p=/pms", "^GET /a h="]



=== TEST 18: an encoded slash is no separator and stays as sent
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /pms/a%2Fb", "GET /pms%2Fa", "GET /pms/a%252Fb%61"]
--- error_code eval
[200, 404, 200]
--- response_body_like eval
["^GET /a%2Fb h=", "Not Found", "^GET /a%252Fb%61 h="]



=== TEST 19: hostile paths are 400
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /pms/a%5Cb", "GET /pms/a%00b", "GET /pms/a%zz", "GET /pms/../../x",
 "GET /pms/%2e%2e%2fx", "GET /pms/a;b=%5C/\\c"]
--- error_code eval
[400, 400, 400, 400, 400, 400]



=== TEST 20: both lengths of a body are refused
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- raw_request eval
"POST /pms/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
. "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
--- error_code: 400



=== TEST 21: a chunked body passes, and so does a large one
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["POST /pms/body\nhello", "POST /pms/body\n" . ("y" x 3000)]
--- response_body eval
["body=hello\n", "body=" . ("y" x 3000) . "\n"]



=== TEST 22: pipelined requests keep their answers apart
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- pipelined_requests eval
["GET /pms/one", "GET /nothing", "GET /url/two"]
--- error_code eval
[200, 404, 200]
--- response_body_like eval
["^GET /one", "Not Found", "^GET /base/two"]



=== TEST 23: health says how many routes there are
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /_rtalpha/health
--- response_body_like: "gateway":\{.*"gateways":\[\{"name":"gateway:file:[^"]+","routes":10,"version":\d+\}



=== TEST 24: a tree with a wrong value fails the test of the configuration
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/wrong.yml; }
--- must_die
--- error_log
"zuul.routes.a.url" "http://:1" is not a URL



=== TEST 25: without the named locations nginx says what is missing
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_SETTINGS; }
--- must_die
--- error_log
include rtalpha_server.conf



=== TEST 26: HTTP/0.9 and HTTP/1.0
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- raw_request eval
"GET /pms/a HTTP/1.0\r\n\r\n"
--- response_body_like: ^GET /a h=127.0.0.1:21941



=== TEST 27: access rules of nginx come before the gateway's answers
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . {
        deny all;
        rtalpha_gateway settings=file:$TEST_NGINX_SETTINGS;
    }
--- request eval
["GET /pms/a", "GET /nothing"]
--- error_code eval
[403, 403]
